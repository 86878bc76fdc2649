package pades

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/seal/pki"
)

// codes are what is wrong with all seals of a file.
func codes(t testing.TB, r Report) (out []Code) {
	t.Helper()
	for _, s := range r.Seals {
		for _, p := range s.Problems {
			if !slices.Contains(out, p.Code) {
				out = append(out, p.Code)
			}
			if p.Where == "" || p.Detail == "" || p.Code.VN() == "" {
				t.Errorf("a problem that does not say what and where: %+v", p)
			}
		}
	}
	return out
}

func verify(t testing.TB, o *office, pdf []byte, at time.Time) Report {
	t.Helper()
	r, err := Verify(pdf, o.Roots(), at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerify(t *testing.T) {
	o := newOffice(t)
	for kind, pdf := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			if r := verify(t, o, pdf, start); r.Proven() || len(r.Seals) != 0 {
				t.Errorf("a file without a seal: %+v", r)
			}
			one := o.sign(t, pdf, o.officer)
			two := o.sign(t, one, o.agency)
			long := o.renew(t, two)
			for i, c := range []struct {
				pdf    []byte
				levels string
			}{{one, "B-LT"}, {two, "B-LT B-LT"}, {long, "B-LTA B-LTA "}} {
				r := verify(t, o, c.pdf, start)
				var levels []string
				for _, s := range r.Seals {
					levels = append(levels, s.Level)
				}
				if !r.Proven() || strings.Join(levels, " ") != c.levels {
					t.Errorf("%d: %q, %+v", i, levels, r)
				}
				first, last := r.Seals[0], r.Seals[len(r.Seals)-1]
				if !last.Whole || first.Whole != (i == 0) || !first.At.Equal(start) || first.Reason != "Số hóa từ bản giấy" || !first.Development ||
					first.Signer.Subject.CommonName != "Nguyễn Thị Ánh" || first.End != len(one) {
					t.Errorf("%d: %+v", i, first)
				}
			}
			other := newOffice(t)
			if r := verify(t, other, one, start); r.Proven() || !slices.Contains(codes(t, r), Stamped) {
				t.Errorf("another root: %v", codes(t, r))
			}
		})
	}
}

// A seal is worth what it is by what it carries: a level less, and something is not
// proven.
func TestLevels(t *testing.T) {
	o := newOffice(t)
	pdf := scan(t, pdfa.A2B, 1)
	options := Options{Signer: o.officer, Now: start, Rand: rand.Reader}
	bare, err := Sign(context.Background(), pdf, options)
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(t, verify(t, o, bare, start)); !slices.Equal(got, []Code{Untimed}) {
		t.Errorf("B-B: %v", got)
	}
	// The list of the issuer, embedded for the second, tells of the first too.
	if r := verify(t, o, o.renew(t, o.sign(t, bare, o.agency)), start); !r.Proven() || r.Seals[0].Level != "B-B" {
		t.Errorf("B-B with a document timestamp: %+v", r)
	}
	alone := o.evidence(t)
	alone.CRLs = alone.CRLs[:1]
	long, err := Renew(context.Background(), bare, o.stamper(), alone)
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(t, verify(t, o, long, start)); !slices.Equal(got, []Code{Unknown}) {
		t.Errorf("B-B with a document timestamp, and nothing about the officer: %v", got)
	}
	options.Stamp = o.stamper()
	stamped, err := Sign(context.Background(), pdf, options)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Verify(stamped, o.Roots(), start)
	if got := codes(t, r); err != nil || r.Proven() || got[0] != Stamped {
		t.Errorf("B-T without evidence: %v, %v", got, err)
	}
	r, err = Verify(stamped, o.Roots(), start, o.evidence(t, o.officer))
	if err != nil || !r.Proven() {
		t.Errorf("B-T with evidence from elsewhere: %v, %v", codes(t, r), err)
	}
}

// stride is how many bytes of a file a test of all its bytes goes on: one where
// there is time.
func stride(n int) int {
	if os.Getenv("CONGMINH_TAMPER") == "all" {
		return 1
	}
	return n
}

// Not one byte can change: every byte of the file, one bit each, another for each.
func TestTamper(t *testing.T) {
	o := newOffice(t)
	for name, pdf := range map[string][]byte{
		"B-LT":  o.sign(t, scan(t, pdfa.A2B, 1), o.officer),
		"B-LTA": o.renew(t, o.sign(t, scan(t, pdfa.A1B, 1), o.officer)),
	} {
		if !verify(t, o, pdf, start).Proven() {
			t.Fatalf("%s: not proven before anything is changed", name)
		}
		for i := 0; i < len(pdf); i += stride(13) {
			bit := byte(1) << (i % 8)
			pdf[i] ^= bit
			if r, err := Verify(pdf, o.Roots(), start); err == nil && r.Proven() {
				t.Errorf("%s: byte %d of %d changed by %#x (%q), and nobody notices", name, i, len(pdf), bit, pdf[max(0, i-20):min(len(pdf), i+20)])
			}
			pdf[i] ^= bit
		}
		for _, more := range []string{" ", "\n", "%", "%%EOF\n", "1 0 obj\nnull\nendobj\n"} {
			if r, err := Verify(append(slices.Clone(pdf), more...), o.Roots(), start); err == nil && r.Proven() {
				t.Errorf("%s: %q is appended, and nobody notices", name, more)
			}
		}
		for _, cut := range []int{1, 2, 100} {
			if r, err := Verify(pdf[:len(pdf)-cut], o.Roots(), start); err == nil && r.Proven() {
				t.Errorf("%s: %d bytes are cut off, and nobody notices", name, cut)
			}
		}
	}
}

// The hole of a seal: every digit of it, in every way that reads the same to others.
func TestHole(t *testing.T) {
	o := newOffice(t)
	pdf := o.sign(t, scan(t, pdfa.A2B, 1), o.officer)
	s := verify(t, o, pdf, start).Seals[0]
	for i := s.from; i < s.to; i += stride(17) {
		old := pdf[i]
		for _, c := range []byte{bytes.ToUpper([]byte{old})[0], '0', 'f', ' ', '>'} {
			if c == old {
				continue
			}
			pdf[i] = c
			if r, err := Verify(pdf, o.Roots(), start); err == nil && r.Proven() {
				t.Errorf("byte %d of Contents: %q for %q, and nobody notices", i, c, old)
			}
		}
		pdf[i] = old
	}
}

// update appends objects to a file as any program would.
func update(t testing.TB, pdf []byte, edit func(f *file, r *revision)) []byte {
	t.Helper()
	f, err := open(pdf)
	if err != nil {
		t.Fatal(err)
	}
	r := f.begin(1024)
	edit(f, r)
	r.finish()
	return slices.Concat(f.b, r.out)
}

// What can be done behind a seal without touching its bytes (Shadow Attacks, 2021;
// 1 Trillion Dollar Refund, 2019).
func TestAttacks(t *testing.T) {
	o := newOffice(t)
	for kind, pdf := range kinds(t) {
		sealed := o.sign(t, pdf, o.officer)
		page := func(f *file) (ref, dict) {
			_, root, _ := f.root()
			at, d, _, err := f.firstPage(root)
			if err != nil {
				t.Fatal(err)
			}
			return at, d
		}
		catalog := func(f *file) (ref, dict) {
			at, d, _ := f.root()
			return at, d
		}
		for name, c := range map[string]struct {
			want Code
			edit func(f *file, r *revision)
		}{
			"other content of a page": {Edited, func(f *file, r *revision) {
				at, d := page(f)
				r.set(at, d.with("Contents", r.add(flated([]byte("0 0 100 100 re f")))))
			}},
			"an annotation over a page": {Edited, func(f *file, r *revision) {
				at, d := page(f)
				note := r.add(dict{{"Type", name("Annot")}, {"Subtype", name("FreeText")}, {"Rect", reals(0, 0, 500, 500)}})
				r.set(at, d.with("Annots", append(slices.Clone(f.array(d.get("Annots"))), note)))
			}},
			"a field that is not signed": {Edited, func(f *file, r *revision) {
				at, d := page(f)
				note := r.add(dict{{"Type", name("Annot")}, {"Subtype", name("Widget")}, {"FT", name("Sig")}, {"Rect", reals(0, 0, 500, 500)}})
				r.set(at, d.with("Annots", append(slices.Clone(f.array(d.get("Annots"))), note)))
			}},
			"another page tree": {Edited, func(f *file, r *revision) {
				at, d := catalog(f)
				r.set(at, d.with("Pages", r.add(dict{{"Type", name("Pages")}, {"Kids", array{}}, {"Count", raw("0")}})))
			}},
			"an action on opening": {Edited, func(f *file, r *revision) {
				at, d := catalog(f)
				r.set(at, d.with("OpenAction", dict{{"S", name("JavaScript")}, {"JS", text("app.alert(1)")}}))
			}},
			"the appearance of the mark": {Edited, func(f *file, r *revision) {
				_, d := page(f)
				widget := d.get("Annots")
				look := f.dict(f.dict(f.array(widget)[0]).get("AP")).get("N").(ref)
				r.set(look, flated([]byte("0 0 100 100 re f"), entry{"Subtype", name("Form")}, entry{"BBox", reals(0, 0, 9, 9)}))
			}},
			"the range of the seal": {Outside, func(f *file, r *revision) {
				s := signature(t, f)
				r.set(s, f.dict(s).with("ByteRange", array{raw("0"), raw("9"), raw("10"), raw("9")}))
			}},
			"nothing at all": {"", func(*file, *revision) {}},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				r, err := Verify(update(t, sealed, c.edit), o.Roots(), start)
				if err != nil {
					t.Fatal(err)
				}
				got := codes(t, r)
				if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
					t.Errorf("%v, want %q", got, c.want)
				}
			})
		}
	}
}

func signature(t testing.TB, f *file) ref {
	t.Helper()
	_, root, _ := f.root()
	seals, err := f.seals(root)
	if err != nil || len(seals) == 0 {
		t.Fatal("no seal", err)
	}
	return ref{seals[0].number, 0}
}

// A page that spoke of an object which was not there is given it after the seal.
func TestFilled(t *testing.T) {
	o := newOffice(t)
	var later ref
	pdf := update(t, scan(t, pdfa.A2B, 1), func(f *file, r *revision) {
		_, root, _ := f.root()
		at, page, _, _ := f.firstPage(root)
		later = ref{500, 0}
		r.size = 501
		r.set(at, page.with("Contents", array{page.get("Contents"), later}))
	})
	sealed := o.sign(t, pdf, o.officer)
	if !verify(t, o, sealed, start).Proven() {
		t.Fatal("not proven")
	}
	r := verify(t, o, update(t, sealed, func(_ *file, r *revision) { r.set(later, flated([]byte("0 0 100 100 re f"))) }), start)
	if got := codes(t, r); !slices.Contains(got, Edited) {
		t.Errorf("%v", got)
	}
}

// A seal is moved to another file, and its range with it.
func TestMoved(t *testing.T) {
	o := newOffice(t)
	der, _ := parts(t, o.sign(t, scan(t, pdfa.A2B, 1), o.officer))
	f, err := open(scan(t, pdfa.A2B, 2))
	if err != nil {
		t.Fatal(err)
	}
	seal := dict{{"Type", name("Sig")}, {"Filter", name("Adobe.PPKLite")}, {"SubFilter", name("ETSI.CAdES.detached")}}
	moved, err := f.append(job{seal: seal, hole: 9000, evidence: o.evidence(t, o.officer)}, func([]byte) ([]byte, error) { return der, nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(t, verify(t, o, slices.Concat(f.b, moved), start)); !slices.Equal(got, []Code{Altered}) {
		t.Errorf("%v", got)
	}
}

// The clock moves. What a seal is worth depends on what became of its certificates,
// and on whether it was renewed in time.
func TestTimes(t *testing.T) {
	year := func(n int) time.Time { return start.AddDate(n, 0, 0) }
	for name, c := range map[string]struct {
		revoke     time.Time // the officer's certificate
		sign       time.Time
		renew      []time.Time // each by the authority of its time; a new one every eight years
		ask        time.Time
		want       Code
		sinceKnown bool // the revocation is in evidence from elsewhere
	}{
		"at once":                               {sign: start, ask: start},
		"the officer's certificate has ended":   {sign: start, ask: year(5)},
		"signed after it ended":                 {sign: year(4), ask: year(4), want: Untrusted},
		"revoked after signing":                 {sign: start, revoke: start.Add(time.Hour), ask: start.AddDate(0, 0, 9), sinceKnown: true},
		"revoked before signing":                {sign: start, revoke: start.Add(-time.Hour), ask: start, want: Revoked},
		"revoked before signing, known since":   {sign: start, revoke: start.Add(-time.Hour), ask: start.AddDate(0, 0, 9), sinceKnown: true, want: Revoked},
		"the timestamp's certificate has ended": {sign: start, ask: year(12), want: Stamped},
		"renewed in time":                       {sign: start, renew: []time.Time{year(8)}, ask: year(12)},
		"renewed too late":                      {sign: start, renew: []time.Time{year(11)}, ask: year(12), want: Stamped},
		"renewed in time, twice":                {sign: start, renew: []time.Time{year(8), year(16)}, ask: year(19)},
		"renewed in time, but not again":        {sign: start, renew: []time.Time{year(8)}, ask: year(27), want: Stamped},
		"asked before it was signed":            {sign: year(1), ask: start, want: Stamped},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			if !c.revoke.IsZero() {
				o.Revoke(o.officer.Leaf(), c.revoke, 1)
			}
			o.now = c.sign
			id := o.officer
			e := o.evidence(t, id)
			if c.sinceKnown { // what the office embeds does not know yet
				e, _ = o.Evidence(start.Add(-2*time.Hour), id)
			}
			pdf, err := Sign(context.Background(), scan(t, pdfa.A2B, 1), Options{Signer: id, Stamp: o.stamper(), Evidence: e, Now: o.now, Rand: rand.Reader})
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range c.renew {
				o.now = at
				if _, err := o.NewStamping(at, at.AddDate(10, 0, 0)); err != nil {
					t.Fatal(err)
				}
				pdf = o.renew(t, pdf)
			}
			o.now = c.ask
			var more pki.Evidence
			if c.sinceKnown {
				more = o.evidence(t, id)
			}
			r, err := Verify(pdf, o.Roots(), c.ask, more)
			if err != nil {
				t.Fatal(err)
			}
			got := codes(t, r)
			if c.want == "" && !r.Proven() || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("%v, want %q: %s", got, c.want, fmt.Sprint(r.Seals[0].Problems))
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	o := newOffice(f)
	for _, pdf := range kinds(f) {
		f.Add(o.renew(f, o.sign(f, pdf, o.officer)))
	}
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n44\n%%EOF\n"))
	roots := o.Roots()
	f.Fuzz(func(t *testing.T, pdf []byte) {
		r, err := Verify(pdf, roots, start)
		if err == nil && r.Proven() && !r.Seals[0].At.Equal(start) {
			t.Errorf("a seal nobody made: %+v", r)
		}
	})
}

// What the reader takes, the writer can append to, and the reader takes again.
func FuzzOpen(f *testing.F) {
	for _, pdf := range kinds(f) {
		f.Add(pdf)
	}
	f.Fuzz(func(t *testing.T, pdf []byte) {
		in, err := open(pdf)
		if err != nil {
			return
		}
		_, root, err := in.root()
		if err != nil {
			return
		}
		if _, _, _, err := in.firstPage(root); err != nil {
			return
		}
		out, err := in.append(job{seal: dict{{"Type", name("Sig")}}, hole: 10}, func([]byte) ([]byte, error) { return []byte{0x30, 0}, nil })
		if err != nil {
			return
		}
		if _, err := open(slices.Concat(pdf, out)); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
