package dossier

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"congminh/internal/dossier/sample"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/tree"
)

// The package for an archive (gói nộp lưu) is an E-ARK SIP, the one for a court (gói chứng
// cứ) a bag, and who has only the zip and what they trust finds either whole.
func TestPackageOverWeb(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	keys := t.TempDir()
	o.ok(makeProofKeys(keys))
	t.Setenv(proofKeys, keys)
	signing, err := readProofKeys()
	o.ok(err)
	o.Journal.Use(signing)
	log, err := tree.ParseVerifier(signing.Log.VerifierKey())
	o.ok(err)
	trust := pack.Options{Roots: signing.Roots, Logs: []*tree.Verifier{log}, At: noon}

	ctx := o.as("vanthu")
	file := o.newFile(ctx)
	_, pdf := samplePDF(t, 3, 2, sample.Options{})
	_, err = o.Receive(ctx, file.ID, "tập 1.pdf", "api", bytes.NewReader(pdf))
	o.ok(err)
	o.work()
	h := o.pages()
	address := "/dossiers/" + string(file.ID) + "/package"
	body(t, ask(h, "ksv", address+"?form=eark", nil), 409) // nothing is certified yet
	docs, err := o.store.documents(ctx, file.ID)
	o.ok(err)
	for _, d := range docs {
		_, err := o.Accept(ctx, d.ID, Fields{Kind: "khac", Group: d.Group, Title: "Biên bản ghi lời khai"})
		o.ok(err)
	}
	_, err = o.number(ctx, file.ID)
	o.ok(err)
	o.ok(o.Service.Close(ctx, file.ID))
	o.work()
	docs, err = o.store.documents(ctx, file.ID)
	o.ok(err)
	office, err := o.Service.cases.Office(ctx, file.Office)
	o.ok(err)
	for _, d := range docs {
		o.ok(o.certify(ctx, file, d, office.Path, office.Name))
	}

	for form, root := range map[string]string{"?form=eark": "METS.xml", "": "bagit.txt"} {
		w := ask(h, "ksv", address+form, nil)
		name := filepath.Join(t.TempDir(), "goi.zip")
		o.ok(os.WriteFile(name, []byte(body(t, w, 200)), 0o600))
		z, err := zip.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range z.File {
			found = found || f.Name == root || strings.HasSuffix(f.Name, "/"+root) && strings.Count(f.Name, "/") == 1
		}
		o.ok(z.Close())
		if !found {
			t.Errorf("%q holds no %s at its top", form, root)
		}
		if r := pack.Verify(name, trust); r.State != pack.Intact || r.Documents != len(docs) {
			t.Errorf("%q: %+v", form, r)
		}
	}
}
