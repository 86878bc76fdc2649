package pack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"testing"
)

func sha(s string) []byte { b := sha256.Sum256([]byte(s)); return b[:] }

func certs(d *desk) (out []byte) {
	for _, c := range d.dev.Roots() {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// of makes a zip by hand.
func of(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		f, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Deflate})
		fatal(t, err)
		_, err = f.Write([]byte("{}"))
		fatal(t, err)
	}
	fatal(t, z.Close())
	return b.Bytes()
}

// Names that lead out, that come twice, or that some systems take for one are refused
// before anything is read.
func TestHostile(t *testing.T) {
	const m = manifestName
	for _, names := range [][]string{{m, m}, {m, "META/manifest.json"}, {m, "../x"}, {m, "/etc/passwd"}, {m, "a/../../x"}, {m, `a\b`}, {m, "c:x"}, {m, "a\x00b"}, {m, "./x"}, {m, "a//b"}, {}, {"x"}, {"a/" + m, "b/x"}} {
		z := of(t, names...)
		if _, err := openZip(bytes.NewReader(z), int64(len(z))); !errors.Is(err, ErrContainer) {
			t.Errorf("%q: %v", names, err)
		}
	}
	z := of(t, "gói/"+m, "gói/bagit.txt")
	b, err := openZip(bytes.NewReader(z), int64(len(z)))
	if err != nil || b.files["bagit.txt"] == nil {
		t.Errorf("a folder around the package: %v", err)
	}
}

// A bomb says it is small and is not, or says it is huge, or lets many files share the
// same bytes.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := z.Create(manifestName)
	_, err := f.Write(make([]byte, 64<<20))
	fatal(t, err)
	fatal(t, z.Close())
	big := b.Bytes()
	lied := bytes.Clone(big)
	at := bytes.LastIndex(lied, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lied[at+24:], 1000) // the size it says it has
	bag, err := openZip(bytes.NewReader(lied), int64(len(lied)))
	fatal(t, err)
	if got, err := bag.read(manifestName, maxMeta); len(got) > 1001 {
		t.Errorf("%d bytes came out of 1000, %v", len(got), err)
	}
	shared := bytes.Clone(big[:at])
	dir := big[at : at+46+len(manifestName)]
	const copies = 200
	for i := range copies {
		d := bytes.Clone(dir)
		if i > 0 {
			copy(d[46:], []byte{byte('a' + i%26), byte('a' + i/26)})
		}
		shared = append(shared, d...)
	}
	end := bytes.Clone(big[bytes.LastIndex(big, []byte("PK\x05\x06")):])
	binary.LittleEndian.PutUint16(end[8:], copies)
	binary.LittleEndian.PutUint16(end[10:], copies)
	binary.LittleEndian.PutUint32(end[12:], uint32(copies*len(dir)))
	shared = append(shared, end...)
	if _, err := openZip(bytes.NewReader(shared), int64(len(shared))); !errors.Is(err, ErrContainer) {
		t.Errorf("contents over one another: %v", err)
	}
}

func FuzzZip(f *testing.F) {
	d := newDesk(f)
	p, v := d.pack(f, 1)
	f.Add(zipOf(f, p, v))
	f.Add(of(f, manifestName, "data/a"))
	archive := newDesk(f)
	archive.form = EARK
	q, w := archive.pack(f, 1)
	f.Add(zipOf(f, q, w))
	o := d.trust()
	want := p.Digest()
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := look(b, o); r.State == Intact && r.About.ID != p.list.ID {
			t.Errorf("forged: %s, not %s", tell(r), want)
		}
	})
}

func FuzzManifest(f *testing.F) {
	d := newDesk(f)
	p, _ := d.pack(f, 1)
	f.Add(p.manifest)
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseManifest(b); err == nil {
			if again, err := m.encode(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%q has two forms", b)
			}
		}
	})
}

func FuzzPages(f *testing.F) {
	f.Add(newDesk(f).paper(f, 2, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		ps := pagesOf(b)
		if bad := alteredPages(ps, b, int64(len(b))); len(bad) > 0 {
			t.Errorf("%d pages of a file differ from themselves", len(bad))
		}
	})
}

// A zip packed anew, compressed and in a folder, is checked all the same, and told.
func TestPackedAnew(t *testing.T) {
	d := newDesk(t)
	p, v := d.pack(t, 1)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, c := range files(t, zipOf(t, p, v)) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: "goi/" + name, Method: zip.Deflate})
		fatal(t, err)
		_, err = f.Write(c)
		fatal(t, err)
	}
	fatal(t, z.Close())
	if r := look(b.Bytes(), d.trust()); r.State != Intact || len(r.Findings) != 2 {
		t.Error(tell(r))
	}
}

// Whom to trust is read whole or not at all.
func TestTrust(t *testing.T) {
	d := newDesk(t)
	good := append([]byte("# ai được tin\n"+d.log.VerifierKey()+"\n\n"), certs(d)...)
	good = append(good, d.witness.VerifierKey()...)
	var o Options
	if err := o.Trust(good); err != nil || len(o.Roots) != 1 || len(o.Logs) != 1 || len(o.Witnesses) != 1 {
		t.Errorf("%v: %d roots, %d journals, %d witnesses", err, len(o.Roots), len(o.Logs), len(o.Witnesses))
	}
	for _, bad := range []string{"khóa", d.log.VerifierKey()[1:], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN CERT"} {
		if err := new(Options).Trust([]byte(bad)); err == nil {
			t.Errorf("taken: %q", bad)
		}
	}
}
