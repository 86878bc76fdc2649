package dossier

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/seal"
	"congminh/internal/seal/pack"
)

// Refusals of certifying.
var (
	ErrNotClosed = fault.New(fault.Conflict, "dossier.not-closed", "Chỉ ký chứng thực hồ sơ đã đánh số và đóng. Hãy đóng hồ sơ trước.")
	ErrNotMade   = fault.New(fault.Conflict, "dossier.not-made", "Còn tài liệu chưa tạo xong bản PDF/A. Hãy chờ ít phút rồi ký lại.")
	ErrNotSealed = fault.New(fault.Conflict, "dossier.not-sealed", "Còn tài liệu chưa ký chứng thực. Hãy ký trước khi xuất gói chứng cứ.")
)

// sealedState is PDFState of a document whose PDF/A the office has certified.
const sealedState = "sealed"

// Certify seals every document of a closed file for its office and returns how many
// were sealed now. Those that came signed stay as they came. It may be called again:
// what is sealed is not sealed twice.
func (s *Service) Certify(ctx context.Context, d ID) (n int, err error) {
	defer fault.Wrap(&err, "certify %s", d)
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return 0, err
	}
	file, err := s.open(ctx, d, seal.MayCertify)
	if err != nil {
		return 0, err
	}
	if file.State != Closed {
		return 0, ErrNotClosed
	}
	docs, err := s.store.documents(ctx, d)
	if err != nil {
		return 0, err
	}
	o, err := s.cases.Office(ctx, file.Office)
	if err != nil {
		return 0, err
	}
	for _, doc := range docs {
		if doc.State == Accepted && doc.PDFState == "waiting" {
			return n, ErrNotMade
		}
	}
	for _, doc := range docs {
		if doc.State != Accepted || doc.PDFState != "made" {
			continue
		}
		if err := s.certify(ctx, file, doc, o.Path, o.Name); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (s *Service) certify(ctx context.Context, file Dossier, doc Document, path, office string) error {
	pdf, err := s.bytes(ctx, doc.PDF)
	if err != nil {
		return err
	}
	pages, err := s.store.pagesOfDocument(ctx, doc.ID)
	if err != nil {
		return err
	}
	p := seal.Paper{Object: sealed(doc.ID), Case: string(file.Case), Owner: path, Office: file.Office, OfficeName: office,
		Title: doc.Title, PDF: pdf, Digests: map[string]string{"pages": digest(pages)}}
	return s.Journal.Certify(ctx, p, func(ctx context.Context, sealed io.Reader) error {
		ref, err := s.Blobs.Put(ctx, sealed)
		if err != nil {
			return err
		}
		return s.store.setPDF(ctx, doc.ID, ref.SHA256, sealedState)
	})
}

// sealed names a document to the seal.
func sealed(d DocumentID) string { return "document/" + string(d) }

// keeping hands the sealed PDF/A of documents to the seal, and keeps it renewed.
type keeping struct{ s *Service }

// ErrReplaced is the refusal of a renewal of bytes that are not the document's any more.
var ErrReplaced = fault.New(fault.Conflict, "dossier.replaced", "Bản PDF/A của tài liệu đã được thay trong lúc gia hạn. Hãy thử lại.")

func (h keeping) Sealed(ctx context.Context, object string) ([]byte, error) {
	doc, err := h.document(ctx, object)
	if err != nil {
		return nil, err
	}
	return h.s.bytes(ctx, doc.PDF)
}

func (h keeping) document(ctx context.Context, object string) (Document, error) {
	return h.s.store.document(ctx, DocumentID(strings.TrimPrefix(object, "document/")))
}

func (h keeping) Renewed(ctx context.Context, object, was string, pdf []byte) error {
	doc, err := h.document(ctx, object)
	if err != nil {
		return err
	}
	if doc.PDF != was || doc.PDFState != sealedState {
		return ErrReplaced
	}
	ref, err := h.s.Blobs.Put(ctx, bytes.NewReader(pdf))
	if err != nil {
		return err
	}
	return h.s.store.setPDF(ctx, doc.ID, ref.SHA256, sealedState)
}

func (s *Service) bytes(ctx context.Context, sha string) ([]byte, error) {
	r, _, err := blob.GetVerified(ctx, s.Blobs, sha)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// Package writes the evidence package of a file (gói chứng cứ điện tử) as a zip. It
// checks before it writes: begin is called when nothing can be refused any more.
func (s *Service) Package(ctx context.Context, d ID, begin func(Dossier) io.Writer) error {
	return s.PackageAs(ctx, d, pack.Bag, begin)
}

// PackageAs is Package in another form: for an archive, an E-ARK SIP.
func (s *Service) PackageAs(ctx context.Context, d ID, form pack.Form, begin func(Dossier) io.Writer) (err error) {
	defer fault.Wrap(&err, "package of %s", d)
	file, err := s.open(ctx, d, MayExport)
	if err == nil && file.right.Grant != "" {
		err = ErrOriginal
	}
	if err != nil {
		return err
	}
	p, err := s.packageOf(ctx, file)
	if err != nil {
		return err
	}
	p.Form = form
	ready, err := pack.Prepare(p)
	if err != nil {
		return err
	}
	o, err := s.cases.Office(ctx, file.Office)
	if err != nil {
		return err
	}
	evidence, err := s.Journal.Prove(ctx, seal.Entry{Verb: "dossier.export", Object: "dossier/" + string(d), Case: string(file.Case), Owner: o.Path,
		Rule: string(file.right.Rule), More: map[string]string{"manifest": ready.Digest(), "folios": Cite(1, file.LastFolio)}})
	if err != nil {
		return err
	}
	return ready.WriteZip(begin(file), evidence)
}

func (s *Service) packageOf(ctx context.Context, file Dossier) (p pack.Package, err error) {
	c, err := s.cases.Get(ctx, file.Case)
	if err != nil {
		return p, err
	}
	p.About = pack.About{ID: string(file.ID), Title: file.Title, Case: c.Number, Agency: s.officeName(ctx, file.Office), MadeBy: auth.From(ctx).Name, Made: s.now().UTC().Truncate(time.Second)}
	docs, err := s.store.documents(ctx, file.ID)
	if err != nil {
		return p, err
	}
	for _, doc := range docs {
		if doc.State != Accepted || doc.PDFState == "none" {
			continue
		}
		if doc.PDFState != sealedState && doc.PDFState != "signed" {
			return p, ErrNotSealed
		}
		one, err := s.packed(ctx, file, doc)
		if err != nil {
			return p, err
		}
		record, e, err := s.Journal.Record(ctx, sealed(doc.ID))
		if err != nil {
			return p, err
		}
		one.Record, p.Revocations = record, p.Revocations.Add(e)
		p.Documents = append(p.Documents, one)
	}
	if len(p.Documents) == 0 {
		return p, ErrNotSealed
	}
	p.Certificates = append([]*x509.Certificate{}, s.Journal.Roots()...)
	p.Custody, err = s.custody(ctx, file)
	return p, err
}

// packed is one document as the package holds it: the scan it came in, its sealed
// PDF/A, and what was read on it.
func (s *Service) packed(ctx context.Context, file Dossier, doc Document) (out pack.Document, err error) {
	pages, err := s.store.pagesOfDocument(ctx, doc.ID)
	if err != nil {
		return out, err
	}
	out = pack.Document{Title: doc.Title, Kind: doc.Kind, Date: doc.Date, Derivative: s.content(ctx, doc.PDF)}
	var text strings.Builder
	for _, p := range pages {
		if p.Picture == "" {
			continue
		}
		folio := ""
		if p.Folio > 0 {
			folio = itoa(p.Folio)
		}
		out.Folios = append(out.Folios, folio)
		g, err := s.reading(ctx, p)
		if err != nil {
			return out, err
		}
		text.WriteString(g.Text)
		text.WriteString("\f\n")
	}
	out.Text = pack.Bytes([]byte(text.String()))
	if len(pages) > 0 {
		scan, err := s.store.scan(ctx, pages[0].Scan)
		if err != nil {
			return out, err
		}
		out.Original, out.OriginalExt = s.content(ctx, scan.SHA256), orWord(scan.Kind, "bin")
	}
	if at, by, err := s.Journal.CertifiedBy(ctx, sealed(doc.ID)); err == nil {
		out.Certified = &pack.Certified{By: by, Office: s.officeName(ctx, file.Office), At: at}
	} else if !errors.Is(err, seal.ErrNoEntry) {
		return out, err
	}
	return out, nil
}

func (s *Service) officeName(ctx context.Context, id auth.Office) string {
	o, err := s.cases.Office(ctx, id)
	if err != nil {
		return string(id)
	}
	return o.Name
}

// content opens a blob each time it is asked.
func (s *Service) content(ctx context.Context, sha string) pack.Content {
	return func() (io.ReadCloser, error) {
		r, _, err := s.Blobs.Get(ctx, sha)
		return r, err
	}
}

func orWord(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// custody is the chain of custody of a file, oldest first: every line of the journal
// that changed it or took something out.
func (s *Service) custody(ctx context.Context, file Dossier) (out []pack.Step, err error) {
	f := seal.Filter{Req: page.Req{Limit: 100}, Case: string(file.Case)}
	for {
		rows, err := s.Journal.Of(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, e := range rows.Items {
			if e.Verb == "page.view" || e.Verb == "dossier.search" {
				continue
			}
			n := e.N
			out = append([]pack.Step{{At: e.At, By: e.Name, Office: string(e.Office), What: e.Verb, Entry: &n}}, out...)
		}
		if f.After = rows.Next; f.After == "" {
			return out, nil
		}
	}
}
