package pades

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"congminh/internal/seal/cms"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

// Options say how a file is sealed.
type Options struct {
	Signer   pki.Identity
	Stamp    stamp.Stamper // nil: B-B
	Evidence pki.Evidence  // about the signer's and the timestamp authority's certificates; none: no B-LT
	Mark     *Mark         // nil: nothing to be seen
	Now      time.Time
	Reason   string // such as "Số hóa từ bản giấy"
	Place    string
	Rand     io.Reader
}

// Sign returns a PDF with a seal appended. A file that was PDF/A stays it; earlier
// seals stay what they are.
func Sign(ctx context.Context, pdf []byte, o Options) ([]byte, error) {
	return followed(pdf)(Update(ctx, pdf, o))
}

// followed joins a file and its update, if there is one.
func followed(pdf []byte) func(update []byte, err error) ([]byte, error) {
	return func(update []byte, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return slices.Concat(pdf, update), nil
	}
}

// Update is Sign for whoever writes the file itself: it returns only what follows the
// bytes that are there.
func Update(ctx context.Context, pdf []byte, o Options) ([]byte, error) {
	if err := o.Signer.Check(); err != nil {
		return nil, err
	}
	f, err := open(pdf)
	if err != nil {
		return nil, err
	}
	hole := 1024
	for _, c := range o.Signer.Chain {
		hole += len(c.Raw)
	}
	if o.Stamp != nil {
		hole += 4096
	}
	seal := dict{
		{"Type", name("Sig")}, {"Filter", name("Adobe.PPKLite")}, {"SubFilter", name("ETSI.CAdES.detached")},
		{"M", str{raw: "(D:" + o.Now.UTC().Format("20060102150405") + "Z)"}}, {"Name", text(o.Signer.Leaf().Subject.CommonName)},
	}
	for _, e := range []struct {
		key   name
		value string
	}{{"Reason", o.Reason}, {"Location", o.Place}} {
		if e.value != "" {
			seal = seal.with(e.key, text(e.value))
		}
	}
	return f.append(job{seal: seal, mark: o.Mark, now: o.Now, evidence: o.Evidence, hole: hole}, func(digest []byte) ([]byte, error) {
		d := cms.Draft{Signer: o.Signer, Digest: digest}
		if o.Stamp != nil {
			d.Stamp = func(sum []byte) ([]byte, error) { return o.Stamp(ctx, sum) }
		}
		return cms.Sign(o.Rand, d)
	})
}

// Renew appends evidence and a timestamp over all that is there (B-LTA). It has to
// be done before the certificates of the timestamps there end, or their algorithms
// fall; done in time, again and again, it proves a seal for ever.
func Renew(ctx context.Context, pdf []byte, s stamp.Stamper, e pki.Evidence) ([]byte, error) {
	f, err := open(pdf)
	if err != nil {
		return nil, err
	}
	seal := dict{{"Type", name("DocTimeStamp")}, {"Filter", name("Adobe.PPKLite")}, {"SubFilter", name("ETSI.RFC3161")}}
	return followed(pdf)(f.append(job{seal: seal, evidence: e, hole: 6144}, func(digest []byte) ([]byte, error) { return s(ctx, digest) }))
}

// job is what an update adds.
type job struct {
	seal     dict
	mark     *Mark
	now      time.Time
	evidence pki.Evidence
	hole     int // bytes kept for the CMS
}

// errHole is a CMS that is larger than thought.
type errHole int

func (e errHole) Error() string {
	return fmt.Sprintf("pades: a signature of %d bytes does not fit", int(e))
}

// append writes the update with a hole for the CMS, and fills it. If the CMS turns
// out larger, all is done again with a larger hole: what was signed cannot grow.
func (f *file) append(j job, sign func(digest []byte) ([]byte, error)) ([]byte, error) {
	out, err := f.attempt(j, sign)
	if size, ok := errors.AsType[errHole](err); ok {
		j.hole = int(size) + 1024
		out, err = f.attempt(j, sign)
	}
	return out, err
}

func (f *file) attempt(j job, sign func(digest []byte) ([]byte, error)) ([]byte, error) {
	at, root, err := f.root()
	if err != nil {
		return nil, err
	}
	if f.final(root) {
		return nil, ErrCertified
	}
	r := f.begin(2*j.hole + 64<<10)
	if root, err = r.store(root, j.evidence); err != nil {
		return nil, err
	}
	seal := r.reserve()
	if root, err = r.field(root, seal, j); err != nil {
		return nil, err
	}
	r.set(at, root)
	from, to := r.hole(seal, j)
	r.finish()
	return r.fill(from, to, sign)
}

// final reports whether the author allowed nothing more (32000, 12.8.2.2).
func (f *file) final(root dict) bool {
	sig := f.dict(f.dict(root.get("Perms")).get("DocMDP"))
	for _, r := range f.array(sig.get("Reference")) {
		if p, ok := integer(f.resolve(f.dict(f.dict(r).get("TransformParams")).get("P"))); ok && p == 1 {
			return true
		}
	}
	return false
}

// byteRange is wide enough for files of 9,999,999,999 bytes.
const byteRange = "/ByteRange [0 0000000000 0000000000 0000000000]"

// hole writes the seal with nothing in Contents, and returns where that begins and
// where what follows it does, both in the update.
func (r *revision) hole(at ref, j job) (from, to int) {
	r.at[at.n] = r.end()
	r.out = fmt.Appendf(r.out, "%d 0 obj\n", at.n)
	r.out = put(r.out, j.seal)
	r.out = append(r.out[:len(r.out)-2], byteRange+"\n/Contents "...) // before the >>
	from = len(r.out)
	r.out = append(r.out, '<')
	r.out = append(r.out, strings.Repeat("0", 2*j.hole)...)
	to = len(r.out) + 1
	r.out = append(r.out, ">>>\nendobj\n"...)
	return from, to
}

func (r *revision) fill(from, to int, sign func(digest []byte) ([]byte, error)) ([]byte, error) {
	before := len(r.f.b)
	value := fmt.Sprintf("/ByteRange [0 %d %d %d]", before+from, before+to, len(r.out)-to)
	if len(value) > len(byteRange) {
		return nil, fmt.Errorf("%w: %d bytes are too many", ErrFile, r.end())
	}
	start := from - len("\n/Contents ") - len(byteRange)
	copy(r.out[start:], value+strings.Repeat(" ", len(byteRange)-len(value)))
	h := sha256.New()
	h.Write(r.f.b)
	h.Write(r.out[:from])
	h.Write(r.out[to:])
	der, err := sign(h.Sum(nil))
	if err != nil {
		return nil, err
	}
	if 2*len(der) > to-from-2 {
		return nil, errHole(len(der))
	}
	hex.Encode(r.out[from+1:], der)
	return r.out, nil
}

// field adds a signature field whose value is seal, on page 1 (32000, 12.7.4.5).
func (r *revision) field(root dict, seal ref, j job) (dict, error) {
	at, page, inherited, err := r.f.firstPage(root)
	if err != nil {
		return nil, err
	}
	form := r.f.dict(root.get("AcroForm"))
	fields := r.f.array(form.get("Fields"))
	annots := r.f.array(page.get("Annots"))
	// 19005-1, 6.9: every field has an appearance, be it empty.
	box, rect := array{raw("0"), raw("0"), raw("0"), raw("0")}, [4]float64{}
	var look ref
	if j.mark == nil {
		look = r.add(plain(nil, entry{"Type", name("XObject")}, entry{"Subtype", name("Form")}, entry{"BBox", box}, entry{"Resources", dict{}}))
	} else {
		if look, rect, err = j.mark.draw(r, j.now, newSheet(inherited), r.f.taken(annots)); err != nil {
			return nil, err
		}
		box = reals(rect[:]...)
	}
	title := fmt.Sprintf("(CongMinh%d.%d)", len(fields)+1, seal.n)
	widget := r.add(dict{
		{"Type", name("Annot")}, {"Subtype", name("Widget")}, {"FT", name("Sig")}, {"T", str{raw: title}}, {"F", raw("132")},
		{"Rect", box}, {"V", seal}, {"P", at}, {"AP", dict{{"N", look}}},
	})
	if page = r.grow(page, "Annots", widget); page != nil {
		r.set(at, page)
	}
	return r.form(root, form, widget), nil
}

// form puts the field among those of the document.
func (r *revision) form(root, form dict, widget ref) dict {
	grown := r.grow(form, "Fields", widget)
	if grown == nil {
		grown = form
	}
	grown = grown.with("SigFlags", raw("3")) // signed, and only to be appended to
	if at, ok := root.get("AcroForm").(ref); ok {
		r.set(at, grown)
		return root
	}
	return root.with("AcroForm", grown)
}

// grow appends a reference to the array at key, where that stands: in d, which is
// returned, or in an object of its own, and then there is nothing to return.
func (r *revision) grow(d dict, key name, more ref) dict {
	list := append(slices.Clone(r.f.array(d.get(key))), more)
	if at, ok := d.get(key).(ref); ok && len(list) > 1 {
		r.set(at, list)
		return nil
	}
	return d.with(key, list)
}

// taken are the boxes of the annotations that are seen.
func (f *file) taken(annots array) (out [][4]float64) {
	for _, a := range annots {
		if box, ok := numbers(f.resolve(f.dict(a).get("Rect"))); ok && box[2] != box[0] {
			out = append(out, [4]float64{min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])})
		}
	}
	return out
}

// store adds the evidence to the document security store (ETSI EN 319 142-1, 5.4),
// and leaves out what is there.
func (r *revision) store(root dict, e pki.Evidence) (dict, error) {
	var certs [][]byte
	for _, c := range e.Certificates {
		certs = append(certs, c.Raw)
	}
	old := r.f.dict(root.get("DSS"))
	dss := old.with("Type", name("DSS"))
	changed := false
	for _, part := range []struct {
		key  name
		data [][]byte
	}{{"Certs", certs}, {"OCSPs", e.OCSPs}, {"CRLs", e.CRLs}} {
		list := slices.Clone(r.f.array(old.get(part.key)))
		known := map[string]bool{}
		for _, v := range list {
			if s, ok := r.f.resolve(v).(stream); ok {
				if data, err := s.decode(); err == nil {
					known[string(data)] = true
				}
			}
		}
		for _, data := range part.data {
			if known[string(data)] {
				continue
			}
			known[string(data)], changed = true, true
			list = append(list, r.add(plain(data)))
		}
		if len(list) > 0 {
			dss = dss.with(part.key, list)
		}
	}
	if !changed {
		return root, nil
	}
	return root.with("DSS", r.add(dss)), nil
}
