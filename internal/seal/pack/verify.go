package pack

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"congminh/internal/seal/ers"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
)

// State is what was found out about a package.
type State string

// From the best to the worst.
const (
	Intact     State = "intact"     // every byte as it was certified, by whom the checker trusts
	Unproven   State = "unproven"   // nothing is altered, but something is not shown
	Altered    State = "altered"    // something is not as it was
	Unreadable State = "unreadable" // not a package, nor a signed PDF
)

// Finding is one thing the checker has to know.
type Finding struct {
	State State  `json:"state"` // what the finding makes of the whole; Intact is a remark
	File  string `json:"file,omitempty"`
	Page  int    `json:"page,omitempty"` // from 1
	Folio string `json:"folio,omitempty"`
	What  string `json:"what"`
	Do    string `json:"do"`
	// In English.
	WhatEN string `json:"what_en"`
	DoEN   string `json:"do_en"`
}

// Signature is what a PDF's signature, or its archive timestamp, was found to be.
type Signature struct {
	File    string    `json:"file"`
	Signer  string    `json:"signer"`
	Level   string    `json:"level,omitempty"` // B-B, B-T, B-LT, B-LTA
	Archive bool      `json:"archive,omitempty"`
	At      time.Time `json:"at,omitzero"` // the moment that is proven
	Proven  bool      `json:"proven"`
}

// Head is a checkpoint that was found true.
type Head struct {
	Origin    string               `json:"origin"`
	Size      int64                `json:"size"`
	Witnessed map[string]time.Time `json:"witnessed,omitempty"`
	Stamped   *time.Time           `json:"stamped,omitempty"`
}

// Report is what Verify found.
type Report struct {
	State      State       `json:"state"`
	About      *About      `json:"about,omitempty"`
	Documents  int         `json:"documents"`
	Files      int         `json:"files"`
	Signatures []Signature `json:"signatures,omitempty"`
	Head       *Head       `json:"head,omitempty"`
	Findings   []Finding   `json:"findings"`
}

// Options is whom the checker trusts.
type Options struct {
	Roots     []*x509.Certificate
	Logs      []*tree.Verifier
	Witnesses []*tree.Verifier
	Heads     []tree.Checkpoint // as kept on paper
	At        time.Time         // the present
}

type check struct {
	Report
	o   Options
	bag *bag
	sum map[string]File // of every file, as found
}

var worse = []State{Intact, Unproven, Altered, Unreadable}

func (c *check) find(f Finding) {
	c.Findings = append(c.Findings, f)
	if slices.Index(worse, f.State) > slices.Index(worse, c.State) {
		c.State = f.State
	}
}

const (
	askAgain   = "Không dùng tệp này; xin lại gói từ cơ quan đã giao và báo cho cơ quan đó."
	askAgainEN = "Do not use this file; ask the agency for the package again, and tell it."
	askRoots   = "Lấy chứng thư gốc và khóa nhật ký do cơ quan công bố, rồi kiểm lại với --roots."
	askRootsEN = "Get the root certificates and the journal's key the agency publishes, and check again with --roots."
)

func (c *check) altered(file, vn, en string) {
	c.find(Finding{State: Altered, File: file, What: vn, WhatEN: en, Do: askAgain, DoEN: askAgainEN})
}

func (c *check) unproven(file, vn, en string) {
	c.find(Finding{State: Unproven, File: file, What: vn, WhatEN: en, Do: askRoots, DoEN: askRootsEN})
}

// Verify checks a package, as a zip or a folder, or a single signed PDF. It needs no
// network and no database.
func Verify(name string, o Options) Report {
	c := &check{o: o, Report: Report{State: Intact, Findings: []Finding{}}}
	if err := c.run(name); err != nil {
		c.find(Finding{State: Unreadable, File: path.Base(name), What: "Không đọc được: " + err.Error(), WhatEN: "Cannot be read: " + err.Error(),
			Do: "Kiểm tra đúng tệp chưa và tệp đã được chép đủ chưa.", DoEN: "See that it is the right file and was copied whole."})
	}
	return c.Report
}

func (c *check) run(name string) error {
	if pdf, err := asPDF(name); err != nil || pdf != nil {
		if err == nil {
			c.single(path.Base(name), pdf)
		}
		return err
	}
	b, err := open(name)
	if err != nil {
		return err
	}
	defer b.Close()
	return c.all(path.Base(name), b)
}

// all checks a package that was found; the error is of one that cannot be read.
func (c *check) all(name string, b *bag) error {
	c.bag = b
	text, err := b.read(manifestName, maxMeta)
	if err != nil {
		return err
	}
	m, err := parseManifest(text)
	if err != nil {
		c.altered(manifestName, "Danh mục của gói không còn đúng dạng: "+err.Error(), "The manifest is not as it was written: "+err.Error())
		return nil
	}
	c.About, c.Documents = &m.About, len(m.Documents)
	c.files(m)
	c.lists(m)
	c.proofs(digest(text))
	c.documents(m)
	if c.State != Altered && !b.same(m.top()) {
		c.find(Finding{State: Intact, File: name, What: "Vỏ zip không như Công Minh ghi (đã đóng gói lại); nội dung mọi tệp vẫn được kiểm.",
			WhatEN: "The zip around the files is not as it was written (packed anew); the files in it are checked all the same.", Do: "Không cần làm gì.", DoEN: "Nothing to do."})
	}
	return nil
}

// asPDF returns the bytes of a PDF, or nil when the file is none.
func asPDF(name string) ([]byte, error) {
	st, err := os.Stat(name)
	if err != nil || st.IsDir() {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 5)
	if n, _ := io.ReadFull(f, head); string(head[:n]) != "%PDF-" {
		return nil, nil
	}
	if st.Size() > maxPDF {
		return nil, fmt.Errorf("%d bytes are more than a document has", st.Size())
	}
	rest, err := io.ReadAll(f)
	return append(head, rest...), err
}

func (c *check) single(name string, pdf []byte) {
	c.Files, c.Documents = 1, 1
	if c.signatures(name, pdf, c.o.At) == 0 {
		c.find(Finding{State: Unproven, File: name, What: "Tệp PDF không có chữ ký số nào.", WhatEN: "The PDF has no signature.",
			Do: "Xin bản có chữ ký, hoặc cả gói chứng cứ.", DoEN: "Ask for the signed copy, or for the whole package."})
	}
}

// recorded proves the evidence record of a document, if it has one, and returns the
// moment it is known to have been there at the latest.
func (c *check) recorded(d Listed, pdf []byte) time.Time {
	if d.Record == "" || c.sum[d.Record].SHA256 == "" {
		return c.o.At // a record that is missing was told
	}
	der, err := c.bag.read(d.Record, maxMeta)
	if err != nil {
		c.altered(d.Record, "Không đọc được tệp: "+err.Error(), "The file cannot be read: "+err.Error())
		return c.o.At
	}
	sum := sha256.Sum256(pdf)
	t, err := ers.Verify(der, sum[:], c.o.Roots, c.o.At, c.revocations())
	switch {
	case errors.Is(err, ers.ErrRecord), errors.Is(err, ers.ErrDocument), errors.Is(err, stamp.ErrImprint), errors.Is(err, stamp.ErrToken):
		c.altered(d.Record, "Bản ghi chứng cứ không phải của văn bản này: "+err.Error(), "The evidence record is not of this document: "+err.Error())
	case err != nil:
		c.unproven(d.Record, "Bản ghi chứng cứ chưa chứng minh được: "+err.Error(), "The evidence record is not proven: "+err.Error())
	default:
		return t.At
	}
	return c.o.At
}

// revocations is what the package holds about certificates beside its documents.
func (c *check) revocations() (e pki.Evidence) {
	for _, name := range slices.Sorted(maps.Keys(c.bag.files)) {
		if path.Base(path.Dir(name)) != "certificates" {
			continue
		}
		b, err := c.bag.read(name, maxMeta)
		if err != nil {
			continue // told already
		}
		switch path.Ext(name) {
		case ".ocsp":
			e.OCSPs = append(e.OCSPs, b)
		case ".crl":
			e.CRLs = append(e.CRLs, b)
		case ".pem":
			if block, _ := pem.Decode(b); block != nil {
				if one, err := x509.ParseCertificate(block.Bytes); err == nil {
					e.Certificates = append(e.Certificates, one)
				}
			}
		}
	}
	return e
}

// signatures looks at the signatures of a PDF, as of a moment, and returns how many there
// are.
func (c *check) signatures(name string, pdf []byte, at time.Time) (n int) {
	r, err := pades.Verify(pdf, c.o.Roots, at)
	if err != nil {
		c.altered(name, "Chữ ký số không đọc được: "+err.Error(), "The signatures cannot be read: "+err.Error())
	}
	for _, s := range r.Seals {
		x := Signature{File: name, Level: s.Level, Archive: s.Archive, At: s.At, Proven: len(s.Problems) == 0}
		if s.Signer != nil {
			x.Signer = s.Signer.Subject.CommonName
		}
		c.Signatures = append(c.Signatures, x)
		for _, p := range s.Problems {
			c.problem(name, x.Signer, p)
		}
		if s.Development && x.Proven {
			c.find(Finding{State: Intact, File: name, What: "Chứng thư số của " + x.Signer + " là chứng thư thử nghiệm, không có giá trị pháp lý.",
				WhatEN: "The certificate of " + x.Signer + " is for tests and has no legal value.", Do: "Chỉ dùng để thử.", DoEN: "Use it for trials only."})
		}
		if !s.Archive {
			n++
		}
	}
	return n
}

func (c *check) problem(name, signer string, p pades.Problem) {
	vn := fmt.Sprintf("Chữ ký số của %s: %s (%s)", signer, p.Code.VN(), p.Detail)
	en := fmt.Sprintf("Signature of %s: %s (%s: %s)", signer, p.Code, p.Where, p.Detail)
	switch p.Code {
	case pades.Altered, pades.Broken, pades.Outside, pades.Edited:
		c.altered(name, vn, en)
	default:
		c.unproven(name, vn, en)
	}
}

// files reads every file of the package and compares it with what it must be.
func (c *check) files(m Manifest) {
	c.sum = map[string]File{}
	for _, name := range slices.Sorted(maps.Keys(c.bag.files)) {
		e, _, err := measure(name, c.bag.files[name], false)
		c.sum[name] = e.File
		want, listed := m.Files[name]
		switch {
		case err != nil:
			c.altered(name, "Không đọc được tệp: "+err.Error(), "The file cannot be read: "+err.Error())
		case bare(name):
		case !listed:
			c.altered(name, "Tệp không thuộc gói.", "The file is not of the package.")
		case e.File != want:
			c.changed(m, name)
		}
	}
	c.Files = len(c.sum)
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if _, ok := c.bag.files[name]; !ok {
			c.altered(name, "Thiếu tệp này.", "The file is missing.")
		}
	}
}

// changed tells of an altered file, by the page where that can be said.
func (c *check) changed(m Manifest, name string) {
	told := false
	if i := slices.IndexFunc(m.Documents, func(d Listed) bool { return d.Derivative == name }); i >= 0 {
		if pdf, err := c.bag.read(name, maxPDF); err == nil {
			for _, p := range alteredPages(m.Documents[i].Pages, pdf, m.Files[name].Bytes) {
				told = true
				c.find(Finding{State: Altered, File: name, Page: p.N, Folio: p.Folio, What: fmt.Sprintf("Trang %d đã bị sửa.", p.N),
					WhatEN: fmt.Sprintf("Page %d was altered.", p.N), Do: askAgain, DoEN: askAgainEN})
			}
		}
	}
	if !told {
		c.altered(name, "Tệp đã bị sửa.", "The file was altered.")
	}
}

// lists checks the lists of BagIt against what the manifest says and what is there.
func (c *check) lists(m Manifest) {
	c.list(payloadName, sums(m.Files, payload), maxMeta)
	tags := maps.Clone(c.sum)
	delete(tags, tagName)
	for name := range tags {
		want, listed := m.Files[name]
		switch {
		case payload(name) || !listed && !bare(name):
			delete(tags, name)
		case listed: // what was found is told already
			tags[name] = want
		}
	}
	for name, want := range m.Files {
		if !payload(name) {
			tags[name] = want
		}
	}
	c.list(tagName, sums(tags, func(string) bool { return true }), maxMeta)
}

func (c *check) list(name string, want []byte, limit int64) {
	got, err := c.bag.read(name, limit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.altered(name, "Thiếu tệp này.", "The file is missing.")
	case err != nil:
		c.altered(name, "Không đọc được tệp: "+err.Error(), "The file cannot be read: "+err.Error())
	case !bytes.Equal(got, want):
		c.altered(name, "Danh sách SHA-256 không khớp với các tệp: danh sách này, hoặc tệp nó kê, đã bị sửa"+differing(got, want, "."),
			"The list of SHA-256 does not fit the files: it, or a file it lists, was altered"+differing(got, want, "."))
	}
}

// differing names the first file whose lines in two lists differ.
func differing(a, b []byte, end string) string {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			if _, name, ok := strings.Cut(bs[i], "  "); ok {
				return " (" + name + ")" + end
			}
		}
	}
	return end
}

// proofs checks the journal's proofs, and that one of them is of the manifest.
func (c *check) proofs(manifest string) {
	log, known := c.log()
	if log == nil {
		return
	}
	witnesses := c.witnesses()
	var head tree.Signed
	proven, n := false, 0
	newest, _ := c.bag.read(headName, 64<<10)
	for _, name := range slices.Sorted(maps.Keys(c.bag.files)) {
		rest, ok := strings.CutPrefix(name, proofFolder)
		if num, isProof := strings.CutSuffix(rest, ".tlog-proof"); ok && isProof && !strings.HasPrefix(name, keyPrefix) {
			n++
			s, entry, err := c.proof(num, log, witnesses)
			if err != nil {
				c.altered(name, "Chứng minh dòng nhật ký không đúng: "+err.Error(), "The proof of the journal's entry does not hold: "+err.Error())
				continue
			}
			if head.Note == nil || s.Size > head.Size || s.Size == head.Size && bytes.Equal(s.Note, newest) {
				head = s // of one size, the one with the witnesses the package shows
			}
			proven = proven || details(entry)["manifest"] == manifest
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.bag.files)) {
		if strings.HasPrefix(name, proofFolder) && !c.expected(name) {
			c.altered(name, "Tệp không thuộc gói.", "The file is not of the package.")
		}
	}
	if n == 0 {
		c.altered(proofFolder, "Gói không có chứng minh của nhật ký.", "The package has no proof of the journal.")
		return
	}
	if head.Note == nil {
		return
	}
	if !proven {
		c.altered(manifestName, "Danh mục của gói không phải danh mục đã ghi vào nhật ký.", "The manifest is not the one told to the journal.")
	}
	if !known {
		c.unproven(logName, "Chưa biết khóa nhật ký trong gói có phải của cơ quan không: "+log.String(), "Whether the journal's key in the package is the agency's is not known: "+log.String())
	}
	c.head(head, log, witnesses)
}

// log is the key the proofs are checked with, and whether the checker knows it.
func (c *check) log() (*tree.Verifier, bool) {
	text, err := c.bag.read(logName, 4096)
	if err == nil {
		var v *tree.Verifier
		if v, err = tree.ParseVerifier(strings.TrimSuffix(string(text), "\n")); err == nil && v.Witness() {
			err = errors.New("the key of a witness")
		}
		if err == nil {
			followed := c.followed(v)
			return v, followed || slices.ContainsFunc(c.o.Logs, func(k *tree.Verifier) bool { return k.String() == v.String() })
		}
	}
	c.altered(logName, "Khóa nhật ký thiếu hoặc không đúng: "+err.Error(), "The journal's key is missing or wrong: "+err.Error())
	return nil, false
}

// witnesses are those the checker knows, or else those the package names.
func (c *check) witnesses() (out []*tree.Verifier) {
	text, err := c.bag.read(witnessName, 64<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return c.o.Witnesses
	}
	for l := range strings.Lines(string(text)) {
		v, bad := tree.ParseVerifier(strings.TrimSuffix(l, "\n"))
		if bad != nil || !v.Witness() {
			c.altered(witnessName, "Khóa của nơi làm chứng không đúng.", "The key of a witness is wrong.")
			return c.o.Witnesses
		}
		out = append(out, v)
	}
	if len(c.o.Witnesses) > 0 {
		return c.o.Witnesses
	}
	return out
}

func (c *check) proof(num string, log *tree.Verifier, witnesses []*tree.Verifier) (s tree.Signed, entry []byte, err error) {
	text, err := c.bag.read(proofFolder+num+".tlog-proof", 64<<10)
	if err != nil {
		return s, nil, err
	}
	if entry, err = c.bag.read(proofFolder+num+".json", tree.MaxEntry); err != nil {
		return s, nil, err
	}
	p, err := tree.ParseProof(text)
	if err != nil {
		return s, nil, err
	}
	s, err = p.Check(entry, log, witnesses...)
	return s, entry, err
}

// expected reports whether a file below proof/ has a place there.
func (c *check) expected(name string) bool {
	has := func(n string) bool { _, ok := c.bag.files[n]; return ok }
	switch name {
	case logName, witnessName, headName, headText, tokenName:
		return true
	}
	stem, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	switch ext {
	case ".tlog-proof":
		return has(stem + ".json")
	case ".json":
		return has(stem + ".tlog-proof")
	case ".checkpoint":
		return strings.HasPrefix(stem, "proof/grown-") && has(stem+".hashes")
	case ".hashes":
		return strings.HasPrefix(stem, "proof/grown-") && has(stem+".checkpoint")
	}
	return false
}

// head checks the last checkpoint: its files, its timestamp, older ones, paper ones.
func (c *check) head(s tree.Signed, log *tree.Verifier, witnesses []*tree.Verifier) {
	c.Head = &Head{Origin: s.Origin, Size: s.Size}
	if len(s.Cosigned) > 0 {
		c.Head.Witnessed = s.Cosigned
	}
	c.list(headName, s.Note, 64<<10)
	c.list(headText, []byte(s.Text()), 64<<10)
	c.token(s)
	heads := []tree.Checkpoint{s.Checkpoint}
	for _, name := range slices.Sorted(maps.Keys(c.bag.files)) {
		if stem, ok := strings.CutSuffix(name, ".checkpoint"); ok {
			old, err := c.grown(stem, s, log, witnesses)
			if err != nil {
				c.altered(name, "Đầu nhật ký cũ không khớp với đầu sau: "+err.Error(), "The older head does not fit the later one: "+err.Error())
				continue
			}
			heads = append(heads, old)
		}
	}
	for _, paper := range c.o.Heads {
		for _, h := range heads {
			if h.Origin == paper.Origin && h.Size == paper.Size && h.Root != paper.Root {
				c.altered(headName, fmt.Sprintf("Đầu nhật ký ở cỡ %d khác bản giữ trên giấy.", h.Size), fmt.Sprintf("The head at size %d is not the one kept on paper.", h.Size))
			}
		}
		if !slices.ContainsFunc(heads, func(h tree.Checkpoint) bool { return h.Origin == paper.Origin && h.Size == paper.Size }) {
			c.unproven(headName, fmt.Sprintf("Gói không nối với đầu nhật ký trên giấy ở cỡ %d.", paper.Size), fmt.Sprintf("Nothing in the package leads to the paper head at size %d.", paper.Size))
		}
	}
}

func (c *check) grown(stem string, s tree.Signed, log *tree.Verifier, witnesses []*tree.Verifier) (tree.Checkpoint, error) {
	text, err := c.bag.read(stem+".checkpoint", 64<<10)
	if err != nil {
		return tree.Checkpoint{}, err
	}
	old, err := tree.Open(text, log, witnesses...)
	if err != nil {
		return old.Checkpoint, err
	}
	lines, err := c.bag.read(stem+".hashes", 64<<10)
	if err != nil {
		return old.Checkpoint, err
	}
	var hs []tree.Hash
	for l := range strings.Lines(string(lines)) {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(l, "\n"))
		if err != nil || len(raw) != len(tree.Hash{}) {
			return old.Checkpoint, tree.ErrProof
		}
		hs = append(hs, tree.Hash(raw))
	}
	if !bytes.Equal(hashLines(hs), lines) {
		return old.Checkpoint, tree.ErrProof
	}
	return old.Checkpoint, tree.CheckConsistency(hs, s.Size, s.Root, old.Size, old.Root)
}

func (c *check) token(s tree.Signed) {
	token, err := c.bag.read(tokenName, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	sum := sha256.Sum256([]byte(s.Text()))
	t, err := stamp.Read(token, sum[:])
	if err != nil {
		c.altered(tokenName, "Dấu thời gian không đúng: "+err.Error(), "The timestamp does not hold: "+err.Error())
		return
	}
	if _, err := stamp.Check(token, sum[:], c.o.Roots, c.o.At, pki.Evidence{}); err != nil && !errors.Is(err, pki.ErrUnknown) {
		c.unproven(tokenName, "Chưa tin được nơi cấp dấu thời gian: "+err.Error(), "The timestamp's authority is not proven: "+err.Error())
		return
	}
	c.Head.Stamped = &t.At
}

// documents looks at the signatures of each document.
func (c *check) documents(m Manifest) {
	for _, d := range m.Documents {
		if c.sum[d.Derivative] != m.Files[d.Derivative] {
			continue // told already
		}
		pdf, err := c.bag.read(d.Derivative, maxPDF)
		if err != nil {
			c.altered(d.Derivative, "Không đọc được tệp: "+err.Error(), "The file cannot be read: "+err.Error())
			continue
		}
		if n := c.signatures(d.Derivative, pdf, c.recorded(d, pdf)); n == 0 && d.Certified != nil {
			c.altered(d.Derivative, "Danh mục ghi văn bản đã được chứng thực nhưng tệp không có chữ ký số.", "The manifest says the document was certified, but the file has no signature.")
		}
	}
}
