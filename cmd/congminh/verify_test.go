package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"image/jpeg"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/sumdb/tlog"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/sample"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
)

// evidence is "evidence": a package of two invented pages as goi.zip and goi/, with
// roots.txt, whom to trust, and head.txt, the head of the journal on paper.
func evidence(ts *testscript.TestScript, _ bool, _ []string) {
	made := time.Date(2026, 11, 28, 2, 30, 0, 0, time.UTC)
	dev, err := pki.NewDevelopment(rand.Reader, made.AddDate(-1, 0, 0))
	ts.Check(err)
	officer, err := dev.Issue(pki.Subject{Name: "Nguyễn Thị Ánh", Office: "VKSND khu vực 3"}, made.AddDate(0, -1, 0), made.AddDate(3, 0, 0))
	ts.Check(err)
	about, err := dev.Evidence(made, officer, dev.Stamping())
	ts.Check(err)
	authority := stamp.Authority{Identity: dev.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return made }, Rand: rand.Reader}
	signed, err := pades.Sign(context.Background(), twoPages(ts, made), pades.Options{Signer: officer, Stamp: authority.Stamp, Evidence: about, Now: made, Rand: rand.Reader})
	ts.Check(err)

	p, err := pack.Prepare(pack.Package{About: pack.About{ID: "goi-1", Title: "Hồ sơ vụ án hư cấu", Agency: "VKSND khu vực 3", MadeBy: "Hoàng Thị Mẩy", Made: made},
		Documents: []pack.Document{{Title: "Biên bản", Kind: "bien-ban", Folios: []string{"11", "12"}, Original: pack.Bytes([]byte("gốc")), OriginalExt: "tif",
			Derivative: pack.Bytes(signed), Certified: &pack.Certified{By: "Nguyễn Thị Ánh", Office: "VKSND khu vực 3", At: made}}}})
	ts.Check(err)
	entry, err := json.Marshal(map[string]any{"n": 0, "verb": "dossier.export", "more": map[string]string{"manifest": p.Digest()}})
	ts.Check(err)
	log, err := tree.NewKey("vks.test/nhat-ky", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)))
	ts.Check(err)
	head := tree.Checkpoint{Origin: log.Name(), Size: 1, Root: tlog.RecordHash(entry)} // a tree of one
	note, err := head.Sign(log)
	ts.Check(err)
	v := pack.Evidence{Log: log.VerifierKey(), Proofs: []pack.Proof{{Entry: entry, Proof: tree.Proof{Checkpoint: note}}}}

	ts.Check(p.WriteFolder(ts.MkAbs("goi"), v))
	var z bytes.Buffer
	ts.Check(p.WriteZip(&z, v))
	ts.Check(os.WriteFile(ts.MkAbs("goi.zip"), z.Bytes(), 0o600))
	roots := []byte("# ai được tin\n" + log.VerifierKey() + "\n")
	for _, c := range dev.Roots() {
		roots = append(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	ts.Check(os.WriteFile(ts.MkAbs("roots.txt"), roots, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("head.txt"), []byte(head.Paper()), 0o600))
}

func twoPages(ts *testscript.TestScript, made time.Time) []byte {
	f, err := sample.Case(7, 2)
	ts.Check(err)
	var b bytes.Buffer
	w, err := pdfa.New(&b, pdfa.Meta{Level: pdfa.A2B, Title: "Biên bản", Time: made})
	ts.Check(err)
	for _, p := range f.Pages[:2] {
		var picture bytes.Buffer
		ts.Check(jpeg.Encode(&picture, p.Render(50), nil))
		ts.Check(w.AddPage(pdfa.Page{Picture: &picture, Format: "jpeg", DPI: 50}))
	}
	ts.Check(w.Close())
	return b.Bytes()
}

// alter is "alter FILE PAGE": one bit in the middle of the picture of a page of a
// package's only document.
func alter(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	text, err := os.ReadFile(filepath.Join(dir, "meta/manifest.json"))
	ts.Check(err)
	var m pack.Manifest
	ts.Check(json.Unmarshal(text, &m))
	name := filepath.Join(dir, m.Documents[0].Derivative)
	pdf, err := os.ReadFile(name)
	ts.Check(err)
	for _, p := range m.Documents[0].Pages {
		for _, part := range p.Parts {
			if args[1] == string(rune('0'+p.N)) && part.Bytes > 2000 {
				pdf[part.At+part.Bytes/2] ^= 1
			}
		}
	}
	ts.Check(os.WriteFile(name, pdf, 0o600))
}
