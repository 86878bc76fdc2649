package pades

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"congminh/internal/seal/cms"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

// Code is what is wrong with a seal.
type Code string

// The codes. VN says each to a person.
const (
	Altered   Code = "altered"   // bytes that were sealed are others now
	Broken    Code = "broken"    // the seal itself cannot be read, or is not its signer's
	Outside   Code = "outside"   // the seal does not cover the bytes it has to
	Edited    Code = "edited"    // more than seals was added after it
	Untrusted Code = "untrusted" // no path to a root at the time
	Revoked   Code = "revoked"   // its certificate had been taken back
	Unknown   Code = "unknown"   // nothing tells whether it had
	Untimed   Code = "untimed"   // nothing proves when
	Stamped   Code = "stamped"   // its timestamp proves nothing
)

// VN is the problem in Vietnamese.
func (c Code) VN() string {
	return map[Code]string{
		Altered:   "Nội dung đã bị sửa sau khi ký.",
		Broken:    "Chữ ký số bị hỏng hoặc không phải của người ký ghi trong đó.",
		Outside:   "Chữ ký số không bao trùm phần tệp mà nó phải bao trùm.",
		Edited:    "Tệp có phần được thêm sau khi ký mà chữ ký không xác nhận.",
		Untrusted: "Chứng thư số không dẫn tới gốc tin cậy vào thời điểm ký.",
		Revoked:   "Chứng thư số đã bị thu hồi trước khi ký.",
		Unknown:   "Không có chứng cứ cho biết chứng thư số còn hiệu lực hay đã bị thu hồi vào thời điểm ký.",
		Untimed:   "Không có dấu thời gian chứng minh thời điểm ký.",
		Stamped:   "Dấu thời gian không có giá trị chứng minh.",
	}[c]
}

// Problem is one thing wrong, and where.
type Problem struct {
	Code   Code
	Where  string // the field, the bytes or the object
	Detail string // for whoever looks closer
}

// Seal is what was found of one signature or document timestamp.
type Seal struct {
	Field   string
	Archive bool // a document timestamp (B-LTA)
	Signer  *x509.Certificate
	Reason  string
	Claimed string    // M, as written: only the signer's word
	At      time.Time // the moment that is proven; zero if none is
	Stamp   *stamp.Time
	Level   string // "B-B", "B-T", "B-LT", "B-LTA"; of an archive timestamp empty
	End     int    // it covers the bytes below, but for its own Contents
	Whole   bool   // it covers the file to its end
	// Development says that the signer's or the timestamp's certificate has no legal value.
	Development bool
	Problems    []Problem

	from, to int // where Contents stands
	number   int // of the object
	der      []byte
	stamped  bool // SubFilter ETSI.RFC3161
}

// Report is what was found in a file. One without seals proves nothing.
type Report struct {
	Seals []Seal // by what they cover, the oldest first
}

// Proven reports whether there is a signature and nothing wrong with any seal.
func (r Report) Proven() bool {
	return slices.ContainsFunc(r.Seals, func(s Seal) bool { return !s.Archive }) &&
		!slices.ContainsFunc(r.Seals, func(s Seal) bool { return len(s.Problems) > 0 })
}

func (s *Seal) problem(c Code, where string, format string, args ...any) {
	if where == "" {
		where = s.Field
	}
	s.Problems = append(s.Problems, Problem{c, where, fmt.Sprintf(format, args...)})
}

// Verify proves the seals of a file as of a moment: the present, or another to ask
// what was worth what then. More is evidence from elsewhere, such as a fresh CRL.
// The error is of a file that cannot be read; all else is in the report.
//
// What is newest is proven first: its timestamp says when all below it was there, and
// the certificates below need to have been valid then (ETSI EN 319 102-1, 5.6).
func Verify(pdf []byte, roots []*x509.Certificate, at time.Time, more ...pki.Evidence) (Report, error) {
	f, err := open(pdf)
	if err != nil {
		return Report{}, err
	}
	_, root, err := f.root()
	if err != nil {
		return Report{}, err
	}
	v := verifier{f: f, roots: roots, known: f.evidence(root)}
	for _, e := range more {
		v.known = v.known.Add(e)
	}
	var r Report
	if r.Seals, err = f.seals(root); err != nil {
		return r, err
	}
	for i := len(r.Seals) - 1; i >= 0; i-- {
		s := &r.Seals[i]
		if proven := v.prove(s, at); s.Archive && !proven.IsZero() && len(s.Problems) == 0 {
			at, v.archived = proven, true
		}
	}
	v.edits(r.Seals)
	return r, nil
}

// evidence is what the document security store holds.
func (f *file) evidence(root dict) (e pki.Evidence) {
	dss := f.dict(root.get("DSS"))
	read := func(key name) (out [][]byte) {
		for _, v := range f.array(dss.get(key)) {
			if s, ok := f.resolve(v).(stream); ok {
				if data, err := s.decode(); err == nil {
					out = append(out, data)
				}
			}
		}
		return out
	}
	for _, der := range read("Certs") {
		if c, err := x509.ParseCertificate(der); err == nil {
			e.Certificates = append(e.Certificates, c)
		}
	}
	e.OCSPs, e.CRLs = read("OCSPs"), read("CRLs")
	return e
}

// seals finds the signed fields of the form, by what they cover.
func (f *file) seals(root dict) (out []Seal, err error) {
	seen := map[int]bool{}
	err = f.walk(f.array(f.dict(root.get("AcroForm")).get("Fields")), nil, 0, func(field dict, title string) {
		at, ok := field.get("V").(ref)
		if !ok || seen[at.n] {
			return
		}
		seen[at.n] = true
		out = append(out, f.seal(at, title))
	})
	slices.SortStableFunc(out, func(a, b Seal) int { return a.End - b.End })
	return out, err
}

// walk visits the signature fields (32000, 12.7.3); what a field does not say it has
// of those above.
func (f *file) walk(fields array, above dict, depth int, visit func(field dict, title string)) error {
	if depth > depthLimit || len(fields) > keyLimit {
		return fmt.Errorf("%w: fields nested too deep, or too many", ErrFile)
	}
	for _, v := range fields {
		d := f.dict(v)
		for _, key := range []name{"FT", "V"} {
			if d.get(key) == nil && above.get(key) != nil {
				d = d.with(key, above.get(key))
			}
		}
		if kids := f.array(d.get("Kids")); len(kids) > 0 {
			if err := f.walk(kids, d, depth+1, visit); err != nil {
				return err
			}
		} else if d.get("FT") == any(name("Sig")) {
			title, _ := f.resolve(d.get("T")).(str)
			visit(d, string(title.value))
		}
	}
	return nil
}

// seal reads a signature dictionary (32000, 12.8.1).
func (f *file) seal(at ref, title string) Seal {
	s := Seal{Field: title, number: at.n}
	d := f.dict(at)
	s.stamped = d.get("SubFilter") == any(name("ETSI.RFC3161"))
	s.Archive = s.stamped
	if m, ok := f.resolve(d.get("M")).(str); ok {
		s.Claimed = string(m.value)
	}
	if reason, ok := f.resolve(d.get("Reason")).(str); ok {
		s.Reason = decode(reason.value)
	}
	if sub := d.get("SubFilter"); !s.stamped && sub != any(name("ETSI.CAdES.detached")) && sub != any(name("adbe.pkcs7.detached")) {
		s.problem(Broken, "", "SubFilter %v is none this program knows", sub)
		return s
	}
	if p := f.places[at.n]; p.within != 0 {
		s.problem(Outside, "", "object %d stands in an object stream, where no range frames it", at.n)
		return s
	}
	contents, ok := d.get("Contents").(str)
	if !ok {
		s.problem(Broken, "", "object %d has no Contents", at.n)
		return s
	}
	s.from, s.to = contents.at, contents.end
	f.frame(&s, d)
	s.der = f.unhex(&s, contents)
	return s
}

// frame checks that the range is the file up to an end, but for Contents of this very
// seal: else something could stand in the hole that is not signed.
func (f *file) frame(s *Seal, d dict) {
	var n [4]int
	a := f.array(d.get("ByteRange"))
	ok := len(a) == 4
	for i := 0; i < len(n) && ok; i++ {
		n[i], ok = integer(a[i])
	}
	if !ok || n[0] != 0 || n[1] != s.from || n[2] != s.to || n[3] < 0 || n[3] > len(f.b)-n[2] {
		s.problem(Outside, "", "ByteRange %s, Contents at bytes %d to %d of %d", put(nil, a), s.from, s.to, len(f.b))
		s.End = s.to
		return
	}
	s.End = n[2] + n[3]
	s.Whole = s.End == len(f.b)
	if !bytes.HasSuffix(bytes.TrimRight(f.b[:s.End], "\r\n"), []byte("%%EOF")) {
		s.problem(Outside, "", "what it covers ends at byte %d, where no revision ends", s.End)
	}
}

// unhex decodes Contents, of which every digit has to be what it was: digits of one
// case, and zeros after the message.
func (f *file) unhex(s *Seal, contents str) []byte {
	digits := contents.raw[1 : len(contents.raw)-1]
	der := make([]byte, len(digits)/2)
	_, err := hex.Decode(der, []byte(digits))
	if contents.raw[0] != '<' || err != nil || bytes.ContainsAny([]byte(digits), "abcdef") && bytes.ContainsAny([]byte(digits), "ABCDEF") {
		s.problem(Broken, "", "Contents at byte %d is not hexadecimal of one case", contents.at)
		return nil
	}
	n := messageLength(der)
	if n > len(der) || len(bytes.Trim(der[n:], "\x00")) > 0 {
		s.problem(Broken, "", "Contents at byte %d has something behind the signature", contents.at)
		return nil
	}
	return der[:n]
}

// messageLength is how long a DER value is, from its head; of what has no head it is
// more than there is.
func messageLength(b []byte) int {
	if len(b) < 2 {
		return len(b) + 1
	}
	if b[1] < 0x80 {
		return 2 + int(b[1])
	}
	n, size := int(b[1]&0x7f), 0
	if n == 0 || n > 4 || len(b) < 2+n {
		return len(b) + 1
	}
	for _, c := range b[2 : 2+n] {
		size = size<<8 | int(c)
	}
	return 2 + n + size
}

// decode reads a text string (32000, 7.9.2.2).
func decode(b []byte) string {
	if !bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
		return string(b)
	}
	var out []rune
	for b = b[2:]; len(b) >= 2; b = b[2:] {
		out = append(out, rune(b[0])<<8|rune(b[1]))
	}
	return string(out)
}

// verifier proves the seals of one file.
type verifier struct {
	f        *file
	roots    []*x509.Certificate
	known    pki.Evidence
	archived bool // a proven timestamp covers what comes next
}

// prove judges a seal that is known to have been there at a time, and returns when it
// says it was made, if that is proven.
func (v *verifier) prove(s *Seal, at time.Time) time.Time {
	if s.der == nil || len(s.Problems) > 0 {
		return time.Time{}
	}
	where := fmt.Sprintf("%s, bytes 0 to %d and %d to %d", s.Field, s.from, s.to, s.End)
	if s.Archive {
		return v.proveStamp(s, s.der, v.digest(s, crypto.SHA256), at, where)
	}
	m, err := cms.Parse(s.der, v.known.Certificates...)
	if err != nil {
		s.problem(Broken, where, "%v", err)
		return time.Time{}
	}
	s.Signer = m.Signer
	s.Development = pki.IsDevelopment(m.Signer)
	if m.Content != nil || !m.Type.Equal(cms.Data) {
		s.problem(Broken, where, "the signature carries its own content instead of being over the file's")
		return time.Time{}
	}
	if err := m.Check(v.digest(s, m.Hash)); err != nil {
		s.problem(codeOf(err), where, "%v", err)
		return time.Time{}
	}
	v.proveTime(s, m, at)
	v.proveSigner(s, m)
	return s.At
}

func (v *verifier) digest(s *Seal, hash crypto.Hash) []byte {
	h := hash.New()
	h.Write(v.f.b[:s.from])
	h.Write(v.f.b[s.to:s.End])
	return h.Sum(nil)
}

func (v *verifier) proveStamp(s *Seal, token, digest []byte, at time.Time, where string) time.Time {
	t, err := stamp.Check(token, digest, v.roots, at, v.known)
	if t.Authority != nil {
		s.Stamp = &t
		s.Development = s.Development || pki.IsDevelopment(t.Authority)
	}
	switch {
	case errors.Is(err, stamp.ErrImprint):
		code := Stamped
		if s.Archive {
			code = Altered
		}
		s.problem(code, where, "%v", err)
	case err != nil:
		s.problem(Stamped, where, "%v", err)
	default:
		s.At = t.At
	}
	return s.At
}

// proveTime finds when a signature was there at the latest.
func (v *verifier) proveTime(s *Seal, m *cms.Message, at time.Time) {
	s.Level = "B-B"
	if m.Token != nil {
		h := crypto.SHA256.New()
		h.Write(m.Signature)
		if v.proveStamp(s, m.Token, h.Sum(nil), at, s.Field+", timestamp"); !s.At.IsZero() {
			s.Level = "B-T"
		}
		return
	}
	if v.archived {
		s.At = at // the document timestamp over it says so
		return
	}
	s.problem(Untimed, "", "no timestamp over the signature, nor over the file")
}

// proveSigner judges the signer's certificate at the time that is proven; if none is,
// there is no moment to ask about.
func (v *verifier) proveSigner(s *Seal, m *cms.Message) {
	if s.At.IsZero() {
		return
	}
	chain := append([]*x509.Certificate{m.Signer}, m.Certificates...)
	path, err := pki.Path(chain, v.roots, s.At, v.known, x509.ExtKeyUsageAny)
	if err != nil {
		s.problem(Untrusted, "", "%v", err)
		return
	}
	if u := m.Signer.KeyUsage; u != 0 && u&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		s.problem(Untrusted, "", "the certificate of %s is not for signing", m.Signer.Subject)
	}
	if c := pki.Stray(m.Certificates, path, v.roots, s.At, v.known); c != nil {
		s.problem(Broken, "", "it carries the certificate of %s, which leads to no root", c.Subject)
	}
	if err := v.known.Check(path, s.At); err != nil {
		s.problem(codeOf(err), "", "%v", err)
		return
	}
	if s.Level == "B-T" {
		s.Level = "B-LT"
		if v.archived {
			s.Level = "B-LTA"
		}
	}
}

func codeOf(err error) Code {
	if _, ok := errors.AsType[*pki.Revoked](err); ok {
		return Revoked
	}
	switch {
	case errors.Is(err, cms.ErrDigest):
		return Altered
	case errors.Is(err, pki.ErrUnknown):
		return Unknown
	case errors.Is(err, pki.ErrPath):
		return Untrusted
	}
	return Broken
}
