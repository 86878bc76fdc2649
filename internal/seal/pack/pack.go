// Package pack writes and checks evidence packages (gói chứng cứ điện tử): the
// documents of a file with all that proves them, in a form that stands without our
// program. A package is a BagIt bag, or for archives an E-ARK SIP, as a zip or a folder;
// docs/formats/package.md describes every file of it.
//
// Sources: RFC 8493 (BagIt 1.0), METS 1.12 and PREMIS 3 as E-ARK CSIP and SIP 2.2
// shape them (dilcis.eu), C2SP tlog-proof and tlog-checkpoint, RFC 3161.
package pack

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/tree"
)

// Format is what a manifest of this form calls itself.
const Format = "congminh-evidence/1"

// Form is how the files of a package are laid out.
type Form string

// Bag is for a court or a lawyer, EARK for an archive.
const (
	Bag  Form = ""
	EARK Form = "eark"
)

// layout is where a form keeps what.
type layout struct{ documents, certificates, guide string }

var layouts = map[Form]layout{
	Bag:  {"data/documents/", "certificates/", "KIEM-CHUNG.txt"},
	EARK: {representation + "data/documents/", "documentation/certificates/", "documentation/KIEM-CHUNG.txt"},
}

// Content opens bytes anew each time it is asked.
type Content func() (io.ReadCloser, error)

// Bytes is the content of what is in memory.
func Bytes(b []byte) Content {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// About is what a package is and who made it.
type About struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Case   string    `json:"case,omitempty"` // number of the case
	Agency string    `json:"agency"`
	MadeBy string    `json:"made_by"`
	Made   time.Time `json:"made"`
}

// Document is one document of the package.
type Document struct {
	Title, Kind string
	Date        civil.Date
	Folios      []string // of each page of the derivative, "" where there is none
	Certified   *Certified

	Original    Content // as it was scanned or received
	OriginalExt string  // pdf, jpg, tif …
	Derivative  Content // PDF/A, signed when it is certified
	Text        Content // may be nil
	Record      []byte  // evidence record over the derivative (RFC 4998); may be nil
}

// Certified is who certified that the derivative is the paper.
type Certified struct {
	By     string    `json:"by"`
	Office string    `json:"office"`
	At     time.Time `json:"at"`
}

// Step is a line of the chain of custody: what happened to the file, and who did it.
type Step struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Office string    `json:"office,omitempty"`
	What   string    `json:"what"`
	Entry  *int64    `json:"entry,omitempty"` // its place in the journal
}

// Package is what goes in, before it is told to the journal.
type Package struct {
	About
	Form         Form
	Documents    []Document
	Custody      []Step
	Certificates []*x509.Certificate // of the signers, and of those who issued them
	Revocations  pki.Evidence        // what evidence records need beside what the documents hold
}

// Evidence is what the journal gave for the package.
type Evidence struct {
	Log       string   // key of the journal (tree.Key.VerifierKey)
	Witnesses []string // keys of its witnesses
	Proofs    []Proof  // one must be of the entry whose detail "manifest" is Prepared.Digest
	Growth    []Growth // older heads the last checkpoint is proven to have grown from
	Token     []byte   // RFC 3161 over the text of the last checkpoint; may be nil
	Keys      []Proof  // hand-overs that lead from older keys of the journal to Log, oldest first
}

// Proof is an entry of the journal and the proof that it stands there.
type Proof struct {
	Entry []byte
	tree.Proof
}

// Growth proves that the last checkpoint grew from an older one.
type Growth struct {
	Old    []byte // signed checkpoint
	Hashes []tree.Hash
}

// Manifest is meta/manifest.json.
type Manifest struct {
	Format string `json:"format"`
	Form   Form   `json:"form,omitempty"`
	About
	Documents []Listed        `json:"documents"`
	Custody   []Step          `json:"custody"`
	Files     map[string]File `json:"files"` // all but those that prove the manifest
}

// Listed is a document as the manifest lists it.
type Listed struct {
	Number     int        `json:"number"`
	Title      string     `json:"title"`
	Kind       string     `json:"kind"`
	Date       civil.Date `json:"date,omitempty"`
	Certified  *Certified `json:"certified,omitempty"`
	Original   string     `json:"original"`
	Derivative string     `json:"derivative"`
	Text       string     `json:"text,omitempty"`
	Record     string     `json:"record,omitempty"`
	Pages      []Page     `json:"pages,omitempty"`
}

// Page tells where the bytes of a page are in the derivative.
type Page struct {
	N     int    `json:"n"`
	Folio string `json:"folio,omitempty"`
	Parts []Part `json:"parts"`
}

// Part is a run of bytes.
type Part struct {
	At     int64  `json:"at"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// File is what a file of the package must be.
type File struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const (
	manifestName = "meta/manifest.json"
	payloadName  = "manifest-sha256.txt"
	tagName      = "tagmanifest-sha256.txt"
	proofFolder  = "proof/"
	headName     = "proof/checkpoint.txt"
	headText     = "proof/head.txt"
	tokenName    = "proof/head.tst"
	logName      = "proof/log.vkey"
	witnessName  = "proof/witnesses.vkey"
	keyPrefix    = "proof/key-"
)

// bare reports whether a file is proven by other means than the manifest.
func bare(name string) bool {
	return name == manifestName || name == payloadName || name == tagName || strings.HasPrefix(name, proofFolder)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// encode writes a manifest in its one form.
func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// parseManifest reads what encode writes and nothing else.
func parseManifest(b []byte) (m Manifest, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, err
	}
	again, err := m.encode()
	switch {
	case err != nil:
		return m, err
	case m.Format != Format:
		return m, fmt.Errorf("format %q, not %s", m.Format, Format)
	case layouts[m.Form] == layout{}:
		return m, fmt.Errorf("form %q is not known", m.Form)
	case !bytes.Equal(again, b):
		return m, errors.New("not in its one form")
	}
	for name := range m.Files {
		if !nameOK(name) || bare(name) {
			return m, fmt.Errorf("lists %q", name)
		}
	}
	return m, nil
}

// entry is a file to write.
type entry struct {
	name string
	open Content
	File
}

func fixed(name string, b []byte) entry {
	return entry{name, Bytes(b), File{int64(len(b)), digest(b)}}
}

// Prepared is a package whose files have been read and listed. Its digest goes into
// the journal; with the proof of that it can be written.
type Prepared struct {
	manifest []byte
	entries  []entry
	list     Manifest
}

// Digest is the SHA-256 of the manifest, which covers every file: the detail
// "manifest" of the journal's entry about the package.
func (p *Prepared) Digest() string { return digest(p.manifest) }

// Prepare reads every document once.
func Prepare(p Package) (*Prepared, error) {
	if layouts[p.Form] == (layout{}) || p.Form == EARK && (!nameOK(p.ID) || strings.Contains(p.ID, "/")) {
		return nil, fmt.Errorf("pack: no package of form %q can be named %q", p.Form, p.ID)
	}
	m := Manifest{Format: Format, Form: p.Form, About: p.About, Documents: []Listed{}, Custody: p.Custody, Files: map[string]File{}}
	m.Made = m.Made.UTC().Truncate(time.Second)
	if m.Custody == nil {
		m.Custody = []Step{}
	}
	out := &Prepared{}
	for i, d := range p.Documents {
		l, es, err := list(layouts[p.Form].documents, i+1, d)
		if err != nil {
			return nil, fmt.Errorf("pack: document %d, %s: %w", i+1, d.Title, err)
		}
		m.Documents, out.entries = append(m.Documents, l), append(out.entries, es...)
	}
	for i, c := range slices.Concat(p.Certificates, p.Revocations.Certificates) {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		out.entries = append(out.entries, fixed(fmt.Sprintf("%s%02d.pem", layouts[p.Form].certificates, i+1), text))
	}
	for i, der := range p.Revocations.OCSPs {
		out.entries = append(out.entries, fixed(fmt.Sprintf("%s%02d.ocsp", layouts[p.Form].certificates, i+1), der))
	}
	for i, der := range p.Revocations.CRLs {
		out.entries = append(out.entries, fixed(fmt.Sprintf("%s%02d.crl", layouts[p.Form].certificates, i+1), der))
	}
	papers, err := m.papers(out.entries)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	out.entries = append(out.entries, papers...)
	for _, e := range out.entries {
		if _, twice := m.Files[e.name]; twice || !nameOK(m.top()+e.name) {
			return nil, fmt.Errorf("pack: cannot hold a file named %q", e.name)
		}
		m.Files[e.name] = e.File
	}
	if out.manifest, err = m.encode(); err != nil {
		return nil, fmt.Errorf("pack: manifest: %w", err)
	}
	out.list = m
	return out, nil
}

func list(folder string, n int, d Document) (l Listed, es []entry, err error) {
	if d.Original == nil || d.Derivative == nil {
		return l, nil, errors.New("needs an original and a derivative")
	}
	at := fmt.Sprintf("%s%03d/", folder, n)
	ext := strings.ToLower(strings.TrimPrefix(d.OriginalExt, "."))
	if ext == "" {
		ext = "bin"
	}
	l = Listed{Number: n, Title: d.Title, Kind: d.Kind, Date: d.Date, Certified: d.Certified, Original: at + "original." + ext, Derivative: at + "derivative.pdf"}
	original, _, err := measure(l.Original, d.Original, false)
	if err != nil {
		return l, nil, err
	}
	derivative, pdf, err := measure(l.Derivative, d.Derivative, true)
	if err != nil {
		return l, nil, err
	}
	es = []entry{original, derivative}
	if d.Text != nil {
		l.Text = at + "text.txt"
		text, _, err := measure(l.Text, d.Text, false)
		if err != nil {
			return l, nil, err
		}
		es = append(es, text)
	}
	if d.Record != nil {
		l.Record = at + "record.ers"
		es = append(es, fixed(l.Record, d.Record))
	}
	for i, p := range pagesOf(pdf) {
		if i < len(d.Folios) {
			p.Folio = d.Folios[i]
		}
		l.Pages = append(l.Pages, p)
	}
	return l, es, nil
}

// measure reads a content for its size and digest, and keeps it when it has to be
// looked into.
func measure(name string, c Content, keep bool) (e entry, kept []byte, err error) {
	r, err := c()
	if err != nil {
		return e, nil, err
	}
	defer r.Close()
	h := sha256.New()
	var all bytes.Buffer
	w := io.Writer(h)
	if keep {
		w = io.MultiWriter(h, &all)
	}
	n, err := io.Copy(w, r)
	return entry{name, c, File{n, hex.EncodeToString(h.Sum(nil))}}, all.Bytes(), err
}

// sums is a list as sha256sum reads it.
func sums(files map[string]File, take func(name string) bool) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if take(name) {
			fmt.Fprintf(&b, "%s  %s\n", files[name].SHA256, name)
		}
	}
	return b.Bytes()
}

// payload reports whether a file is of the documents, in either form.
func payload(name string) bool {
	return strings.HasPrefix(name, "data/") || strings.HasPrefix(name, representation)
}

// all is every file of the package with its proofs, sorted by name.
func (p *Prepared) all(v Evidence) ([]entry, error) {
	es := append(slices.Clone(p.entries), fixed(manifestName, p.manifest))
	proofs, err := v.entries(p.Digest())
	if err != nil {
		return nil, err
	}
	es = append(es, proofs...)
	es = append(es, fixed(payloadName, sums(p.list.Files, payload)))
	tags := map[string]File{}
	for _, e := range es {
		if !payload(e.name) {
			tags[e.name] = e.File
		}
	}
	es = append(es, fixed(tagName, sums(tags, func(string) bool { return true })))
	slices.SortFunc(es, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return es, nil
}

// entries is the proofs as files. They must prove the manifest, or nobody could.
func (v Evidence) entries(manifest string) (es []entry, err error) {
	log, err := tree.ParseVerifier(v.Log)
	if err != nil {
		return nil, err
	}
	es = append(es, fixed(logName, []byte(v.Log+"\n")))
	if len(v.Witnesses) > 0 {
		es = append(es, fixed(witnessName, []byte(strings.Join(v.Witnesses, "\n")+"\n")))
	}
	var head tree.Signed
	proven := false
	for i, p := range v.Proofs {
		s, err := p.Check(p.Entry, log)
		if err != nil {
			return nil, fmt.Errorf("pack: proof of entry %d: %w", p.Index, err)
		}
		if s.Size >= head.Size {
			head = s
		}
		proven = proven || details(p.Entry)["manifest"] == manifest
		es = append(es, fixed(fmt.Sprintf("proof/%03d.json", i+1), p.Entry), fixed(fmt.Sprintf("proof/%03d.tlog-proof", i+1), p.Marshal()))
	}
	if !proven {
		return nil, fmt.Errorf("pack: no entry of the journal tells the manifest %s", manifest)
	}
	es = append(es, fixed(headName, head.Note), fixed(headText, []byte(head.Text())))
	for i, g := range v.Growth {
		es = append(es, fixed(fmt.Sprintf("proof/grown-%03d.checkpoint", i+1), g.Old), fixed(fmt.Sprintf("proof/grown-%03d.hashes", i+1), hashLines(g.Hashes)))
	}
	if _, _, err := chain(v.Keys, log); err != nil {
		return nil, err
	}
	for i, p := range v.Keys {
		es = append(es, fixed(fmt.Sprintf("%s%03d.json", keyPrefix, i+1), p.Entry), fixed(fmt.Sprintf("%s%03d.tlog-proof", keyPrefix, i+1), p.Marshal()))
	}
	if v.Token != nil {
		es = append(es, fixed(tokenName, v.Token))
	}
	return es, nil
}

func hashLines(hs []tree.Hash) []byte {
	var b bytes.Buffer
	for _, h := range hs {
		fmt.Fprintln(&b, h)
	}
	return b.Bytes()
}

// details returns what an entry of the journal tells beside who and when.
func details(entry []byte) map[string]string {
	var e struct {
		More map[string]string `json:"more"`
	}
	if json.Unmarshal(entry, &e) != nil {
		return nil
	}
	return e.More
}
