package pack

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
)

var made = time.Date(2026, 11, 28, 2, 30, 0, 0, time.UTC)

// desk is an office that can certify: an officer, a timestamp authority, a journal.
type desk struct {
	form    Form
	dev     *pki.Development
	officer pki.Identity
	log     *tree.Key
	witness *tree.Key
	hashes  map[int64]tree.Hash
	size    int64
	entries [][]byte
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	dev, err := pki.NewDevelopment(rand.Reader, made.AddDate(-1, 0, 0))
	fatal(t, err)
	d := &desk{dev: dev, hashes: map[int64]tree.Hash{}}
	d.officer, err = dev.Issue(pki.Subject{Name: "Nguyễn Thị Ánh", Office: "VKSND khu vực 3"}, made.AddDate(0, -1, 0), made.AddDate(3, 0, 0))
	fatal(t, err)
	d.log, err = tree.NewKey("vks.test/nhat-ky", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)))
	fatal(t, err)
	d.witness, err = tree.NewWitness("vks.test/lam-chung", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32)), func() time.Time { return made })
	fatal(t, err)
	return d
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tree.Hash, len(at))
	for i, a := range at {
		out[i] = d.hashes[a]
	}
	return out, nil
}

func (d *desk) tell(t testing.TB, more map[string]string) int64 {
	t.Helper()
	e, _ := json.Marshal(map[string]any{"n": d.size, "verb": "dossier.export", "more": more})
	nodes, err := tree.Append(d, d.size, [][]byte{e})
	fatal(t, err)
	for _, n := range nodes {
		d.hashes[n.Index] = n.Hash
	}
	d.size, d.entries = d.size+1, append(d.entries, e)
	return d.size - 1
}

func (d *desk) head(t testing.TB, size int64) []byte {
	t.Helper()
	root, err := tree.Root(d, size)
	fatal(t, err)
	b, err := tree.Checkpoint{Origin: d.log.Name(), Size: size, Root: root}.Sign(d.log)
	fatal(t, err)
	v, _ := tree.ParseVerifier(d.log.VerifierKey())
	s, err := tree.Open(b, v)
	fatal(t, err)
	b, err = tree.Cosign(s, d.witness)
	fatal(t, err)
	return b
}

func (d *desk) stamper() stamp.Stamper {
	a := &stamp.Authority{Identity: d.dev.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return made }, Rand: rand.Reader}
	return a.Stamp
}

// paper is a signed derivative of some pages.
func (d *desk) paper(t testing.TB, pages int, seed uint8) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pdfa.New(&b, pdfa.Meta{Level: pdfa.A2B, Title: "Biên bản", Time: made})
	fatal(t, err)
	for i := range pages {
		m := image.NewGray(image.Rect(0, 0, 24, 24))
		for x := range 24 {
			for y := range 24 {
				m.SetGray(x, y, color.Gray{uint8(x*y) + uint8(i)*7 + seed})
			}
		}
		var p bytes.Buffer
		fatal(t, png.Encode(&p, m))
		fatal(t, w.AddPage(pdfa.Page{Picture: &p, Format: "png", DPI: 72}))
	}
	fatal(t, w.Close())
	id := d.officer
	e, err := d.dev.Evidence(made, id, d.dev.Stamping())
	fatal(t, err)
	pdf, err := pades.Sign(t.Context(), b.Bytes(), pades.Options{Signer: id, Stamp: d.stamper(), Evidence: e, Now: made, Reason: "Số hóa từ bản giấy", Rand: rand.Reader})
	fatal(t, err)
	return pdf
}

func (d *desk) pack(t testing.TB, pages ...int) (*Prepared, Evidence) {
	t.Helper()
	entry := int64(0)
	p := Package{About: About{ID: "019ad0f0-0000-7000-8000-000000000001", Title: "Hồ sơ vụ án hư cấu", Case: "12/2026/HS", Agency: "VKSND khu vực 3 & <thử>", MadeBy: "Hoàng Thị Mẩy", Made: made}, Form: d.form,
		Custody:      []Step{{At: made, By: "Hoàng Thị Mẩy", What: "Xuất hồ sơ cho Tòa án", Entry: &entry}},
		Certificates: d.officer.Chain}
	folio := 0
	for i, n := range pages {
		pdf := d.paper(t, n, uint8(i))
		doc := Document{Title: fmt.Sprintf("Biên bản %d", i+1), Kind: "bien-ban", Date: "2026-11-20", Certified: &Certified{"Nguyễn Thị Ánh", "VKSND khu vực 3", made},
			Original: Bytes([]byte("bản quét gốc")), OriginalExt: "tif", Derivative: Bytes(pdf), Text: Bytes([]byte("lời khai"))}
		for range n {
			folio++
			doc.Folios = append(doc.Folios, fmt.Sprint(folio))
		}
		p.Documents = append(p.Documents, doc)
	}
	ready, err := Prepare(p)
	fatal(t, err)
	for i := range 5 {
		d.tell(t, map[string]string{"page": fmt.Sprint(i)})
	}
	n := d.tell(t, map[string]string{"manifest": ready.Digest()})
	d.tell(t, nil)
	hs, err := tree.ProveInclusion(d, d.size, n)
	fatal(t, err)
	grown, err := tree.ProveConsistency(d, 3, d.size)
	fatal(t, err)
	head := d.head(t, d.size)
	root, _ := tree.Root(d, d.size)
	sum := sha(tree.Checkpoint{Origin: d.log.Name(), Size: d.size, Root: root}.Text())
	token, err := d.stamper()(t.Context(), sum)
	fatal(t, err)
	return ready, Evidence{Log: d.log.VerifierKey(), Witnesses: []string{d.witness.VerifierKey()}, Token: token,
		Proofs: []Proof{{d.entries[n], tree.Proof{Index: n, Hashes: hs, Checkpoint: head}}}, Growth: []Growth{{d.head(t, 3), grown}}}
}

func (d *desk) trust() Options {
	v, _ := tree.ParseVerifier(d.log.VerifierKey())
	w, _ := tree.ParseVerifier(d.witness.VerifierKey())
	return Options{Roots: d.dev.Roots(), Logs: []*tree.Verifier{v}, Witnesses: []*tree.Verifier{w}, At: made.Add(time.Hour)}
}

func save(t testing.TB, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	fatal(t, os.WriteFile(p, b, 0o600))
	return p
}

func zipOf(t testing.TB, p *Prepared, v Evidence) []byte {
	t.Helper()
	var b bytes.Buffer
	fatal(t, p.WriteZip(&b, v))
	return b.Bytes()
}

func files(t testing.TB, z []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(z), int64(len(z)))
	fatal(t, err)
	out := map[string][]byte{}
	for _, f := range r.File {
		c, err := f.Open()
		fatal(t, err)
		out[f.Name], err = io.ReadAll(c)
		fatal(t, err)
	}
	return out
}

// inside is the files of a package by the names its manifest has for them.
func inside(t testing.TB, p *Prepared, v Evidence) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, b := range files(t, zipOf(t, p, v)) {
		out[strings.TrimPrefix(name, p.list.top())] = b
	}
	return out
}

// bothForms runs a test on a package for a court and on one for an archive.
func bothForms(t *testing.T, f func(t *testing.T, d *desk)) {
	for _, form := range []Form{Bag, EARK} {
		t.Run("form "+string(form), func(t *testing.T) {
			d := newDesk(t)
			d.form = form
			f(t, d)
		})
	}
}

func tell(r Report) string {
	b, _ := json.MarshalIndent(r, "", " ")
	return string(b)
}

// What is packed is found intact, as zip and as folder, by whom trusts the office; who
// trusts nobody is told so.
func TestIntact(t *testing.T) { bothForms(t, testIntact) }

func testIntact(t *testing.T, d *desk) {
	p, v := d.pack(t, 2, 1)
	z := zipOf(t, p, v)
	if !bytes.Equal(z, zipOf(t, p, v)) {
		t.Error("the same package has two forms")
	}
	dir := filepath.Join(t.TempDir(), "gói")
	fatal(t, p.WriteFolder(dir, v))
	for _, name := range []string{save(t, "goi.zip", z), dir} {
		r := Verify(name, d.trust())
		if r.State != Intact || r.Documents != 2 || len(r.Signatures) != 2 || r.Head == nil || r.Head.Stamped == nil || len(r.Head.Witnessed) != 1 || r.About.Title != "Hồ sơ vụ án hư cấu" {
			t.Errorf("%s: %s", name, tell(r))
		}
		if r := Verify(name, Options{At: made.Add(time.Hour)}); r.State != Unproven {
			t.Errorf("trusting nobody: %s", tell(r))
		}
		o := d.trust()
		o.Logs = newOther(t)
		if r := Verify(name, o); r.State != Unproven {
			t.Errorf("trusting another journal: %s", tell(r))
		}
	}
	if err := p.WriteFolder(dir, v); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over another: %v", err)
	}
	fs := inside(t, p, v)
	for name, b := range fs {
		if strings.HasSuffix(name, ".xml") {
			if err := xml.Unmarshal(b, new(struct{ XMLName xml.Name })); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	pdf := fs[layouts[d.form].documents+"001/derivative.pdf"]
	if r := Verify(save(t, "a.pdf", pdf), d.trust()); r.State != Intact || len(r.Signatures) != 1 {
		t.Errorf("a PDF alone: %s", tell(r))
	}
	for name, want := range map[string]State{"không.zip": Unreadable} {
		if r := Verify(filepath.Join(t.TempDir(), name), d.trust()); r.State != want {
			t.Errorf("%s: %s", name, tell(r))
		}
	}
	if r := Verify(save(t, "a.txt", []byte("không phải gói")), d.trust()); r.State != Unreadable {
		t.Errorf("a text: %s", tell(r))
	}
}

func newOther(t testing.TB) []*tree.Verifier {
	k, err := tree.NewKey("vks.test/khac", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32)))
	fatal(t, err)
	v, err := tree.ParseVerifier(k.VerifierKey())
	fatal(t, err)
	return []*tree.Verifier{v}
}

// The head on paper is compared with those in the package.
func TestPaperHead(t *testing.T) {
	d := newDesk(t)
	p, v := d.pack(t, 1)
	name := save(t, "goi.zip", zipOf(t, p, v))
	at := func(size int64, wrong bool) State {
		o := d.trust()
		root, _ := tree.Root(d, size)
		if wrong {
			root[0] ^= 1
		}
		o.Heads = []tree.Checkpoint{{Origin: d.log.Name(), Size: size, Root: root}}
		return Verify(name, o).State
	}
	if at(3, false) != Intact || at(d.size, false) != Intact || at(3, true) != Altered || at(4, false) != Unproven {
		t.Error(at(3, false), at(d.size, false), at(3, true), at(4, false))
	}
}

// A changed page is told by its number and folio, also when bytes were put in.
func TestPage(t *testing.T) { bothForms(t, testPage) }

func testPage(t *testing.T, d *desk) {
	p, v := d.pack(t, 2, 3)
	fs := inside(t, p, v)
	name := layouts[d.form].documents + "002/derivative.pdf"
	var m Manifest
	fatal(t, json.Unmarshal(fs[manifestName], &m))
	for _, page := range m.Documents[1].Pages {
		picture := slices.MaxFunc(page.Parts, func(a, b Part) int { return int(a.Bytes - b.Bytes) })
		for _, longer := range []bool{false, true} {
			pdf := bytes.Clone(fs[name])
			at := picture.At + picture.Bytes/2
			pdf[at] ^= 1
			if longer {
				pdf = slices.Insert(pdf, int(at), 'x')
			}
			r := Verify(rewritten(t, fs, name, pdf), d.trust())
			if r.State != Altered || len(pagesTold(r)) != 1 || pagesTold(r)[0].N != page.N || pagesTold(r)[0].Folio != fmt.Sprint(2+page.N) {
				t.Errorf("page %d, longer %v: %s", page.N, longer, tell(r))
			}
		}
	}
}

func pagesTold(r Report) (out []Page) {
	for _, f := range r.Findings {
		if f.Page > 0 {
			out = append(out, Page{N: f.Page, Folio: f.Folio})
		}
	}
	return out
}

// rewritten is a folder with one file changed, or gone when b is nil.
func rewritten(t testing.TB, fs map[string][]byte, name string, b []byte) string {
	t.Helper()
	dir := t.TempDir()
	for n, c := range fs {
		if n == name {
			c = b
		}
		if n == name && b == nil {
			continue
		}
		place(t, dir, n, c)
	}
	if _, ok := fs[name]; !ok && b != nil {
		place(t, dir, name, b)
	}
	return dir
}

func place(t testing.TB, dir, name string, b []byte) {
	t.Helper()
	p := filepath.Join(dir, name)
	fatal(t, os.MkdirAll(filepath.Dir(p), 0o755))
	fatal(t, os.WriteFile(p, b, 0o600))
}

// Every file that is missing, new or renamed is found.
func TestFiles(t *testing.T) { bothForms(t, testFiles) }

func testFiles(t *testing.T, d *desk) {
	p, v := d.pack(t, 1)
	fs := inside(t, p, v)
	for name, b := range fs {
		if r := Verify(rewritten(t, fs, name, nil), d.trust()); r.State != Altered && (r.State != Unreadable || name != manifestName) {
			t.Errorf("without %s: %s", name, tell(r))
		}
		moved := rewritten(t, fs, name, nil)
		place(t, moved, name+".x", b)
		if r := Verify(moved, d.trust()); r.State != Altered && (r.State != Unreadable || name != manifestName) {
			t.Errorf("%s renamed: %s", name, tell(r))
		}
	}
	for _, name := range []string{"data/new.txt", "new", "proof/new", "proof/999.json", "meta/x", "proof/grown-9.hashes", "certificates/99.pem", "representations/rep1/data/new.txt", "representations/rep2/METS.xml", "schemas/new.xsd"} {
		if r := Verify(rewritten(t, fs, name, []byte("x")), d.trust()); r.State != Altered {
			t.Errorf("with %s: %s", name, tell(r))
		}
	}
	dir := rewritten(t, fs, "", nil)
	fatal(t, os.Remove(filepath.Join(dir, premisName)))
	fatal(t, os.Symlink(filepath.Join(dir, manifestName), filepath.Join(dir, premisName)))
	if r := Verify(dir, d.trust()); r.State != Unreadable {
		t.Errorf("a link: %s", tell(r))
	}
}

// A forger who makes all lists fit again is found by the journal.
func TestForged(t *testing.T) {
	d := newDesk(t)
	p, v := d.pack(t, 1)
	forged, _ := Prepare(Package{About: p.list.About, Documents: []Document{{Title: "khác", Original: Bytes([]byte("khác")), Derivative: Bytes([]byte("khác"))}}})
	fs := files(t, zipOf(t, p, v))
	out := map[string][]byte{}
	for name, b := range fs {
		if strings.HasPrefix(name, proofFolder) {
			out[name] = b
		}
	}
	for _, e := range forged.entries {
		r, _ := e.open()
		out[e.name], _ = io.ReadAll(r)
	}
	out[manifestName] = forged.manifest
	out[payloadName] = sums(forged.list.Files, payload)
	tags := map[string]File{}
	for name, b := range out {
		if !payload(name) {
			tags[name] = File{SHA256: digest(b)}
		}
	}
	out[tagName] = sums(tags, func(string) bool { return true })
	r := Verify(rewritten(t, out, "", nil), d.trust())
	if r.State != Altered || r.Findings[0].File != manifestName {
		t.Error(tell(r))
	}
	// Nor can it be written: no entry tells of it.
	if err := forged.WriteZip(io.Discard, v); err == nil {
		t.Error("a package that no entry tells of was written")
	}
}

// Every single byte of a small package, changed: found. What changes nothing but the
// zip around the files is at least told. CONGMINH_TAMPER=all tries every byte, else
// a sample is tried.
func TestTamper(t *testing.T) { bothForms(t, testTamper) }

func testTamper(t *testing.T, d *desk) {
	p, v := d.pack(t, 1)
	z := zipOf(t, p, v)
	step := 1 // two minutes of one processor
	if os.Getenv("CONGMINH_TAMPER") != "all" {
		step = 61
	}
	if d.form == EARK {
		step *= 7 // 190 KB of it are schemas
	}
	if r := look(z, d.trust()); r.State != Intact || len(r.Findings) != 1 { // the remark on the test certificate
		t.Fatal(tell(r))
	}
	container := 0
	for i := 0; i < len(z); i += step {
		z[i] ^= 1 << (i % 8)
		r := look(z, d.trust())
		z[i] ^= 1 << (i % 8)
		switch {
		case r.State != Intact:
		case slices.ContainsFunc(r.Findings, func(f Finding) bool { return strings.HasPrefix(f.WhatEN, "The zip around") }):
			container++
		default:
			t.Fatalf("byte %d of %d may change", i, len(z))
		}
	}
	t.Logf("%d bytes, every %d: all found; %d only in the zip around the files", len(z), step, container)
}

// look is Verify of a zip in memory.
func look(z []byte, o Options) Report {
	c := &check{o: o, Report: Report{State: Intact}}
	b, err := openZip(bytes.NewReader(z), int64(len(z)))
	if err == nil {
		err = c.all("x.zip", b)
	}
	if err != nil {
		c.find(Finding{State: Unreadable, What: err.Error()})
	}
	return c.Report
}

// A large package is sampled.
func TestTamperLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	d := newDesk(t)
	p, v := d.pack(t, 60, 40, 5)
	z := zipOf(t, p, v)
	for range 60 {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(z))))
		i := int(n.Int64())
		z[i] ^= 0x10
		if r := look(z, d.trust()); r.State == Intact && len(r.Findings) == 3 {
			t.Errorf("byte %d of %d may change", i, len(z))
		}
		z[i] ^= 0x10
	}
}

// The guide in the package works with what every system has, and finds what is wrong.
func TestGuide(t *testing.T) { bothForms(t, testGuide) }

func testGuide(t *testing.T, d *desk) {
	for _, tool := range []string{"sha256sum", "openssl", "sh", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	p, v := d.pack(t, 1)
	dir := filepath.Join(t.TempDir(), "goi")
	fatal(t, p.WriteFolder(dir, v))
	text, err := os.ReadFile(filepath.Join(dir, layouts[d.form].guide))
	fatal(t, err)
	_, script, _ := strings.Cut(string(text), "#--8<--\n")
	script, _, ok := strings.Cut(script, "#-->8--")
	if !ok {
		t.Fatal("there is no script in the guide")
	}
	run := func(script string) (string, error) {
		c := exec.Command("sh", "-c", script)
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for _, c := range []string{"sha256sum --quiet -c manifest-sha256.txt", "sha256sum --quiet -c tagmanifest-sha256.txt", "grep -q $(sha256sum meta/manifest.json | cut -c1-64) proof/001.json"} {
		if out, err := run(c); err != nil {
			t.Errorf("%s: %v %s", c, err, out)
		}
	}
	roots := save(t, "roots.pem", certs(d))
	if out, err := run("openssl ts -verify -data proof/head.txt -in proof/head.tst -token_in -CAfile " + roots + " -attime " + fmt.Sprint(made.Unix())); err != nil {
		t.Errorf("openssl ts: %v %s", err, out)
	}
	if out, err := run(script); err != nil || !strings.Contains(out, "Verified Successfully") || !strings.HasSuffix(out, "OK\n") {
		t.Fatalf("%v %s", err, out)
	}
	leaf, _ := os.ReadFile(filepath.Join(dir, "proof/001.json"))
	leaf[3] ^= 1
	place(t, dir, "proof/001.json", leaf)
	if out, _ := run(script); !strings.HasSuffix(out, "FAILED\n") {
		t.Errorf("an altered entry: %s", out)
	}
}
