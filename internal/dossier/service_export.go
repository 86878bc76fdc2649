package dossier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
)

type pdfWork struct {
	Document DocumentID `json:"document"`
}

// makePDF makes the PDF/A of a document, as its pages and folios are now.
func (s *Service) makePDF(ctx context.Context, _ *job.Run, body json.RawMessage) (err error) {
	defer fault.Wrap(&err, "make pdf")
	var w pdfWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	d, err := s.store.document(ctx, w.Document)
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err != nil || d.PDFState == "signed" {
		return err
	}
	pages, err := s.store.pagesOfDocument(ctx, d.ID)
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return s.store.setPDF(ctx, d.ID, "", "none")
	}
	in, out := io.Pipe()
	go func() { out.CloseWithError(s.writePDF(ctx, out, d.Title, []Document{d}, pages, false)) }()
	ref, err := s.Blobs.Put(ctx, in)
	in.CloseWithError(err) // the writer stops if the store refused
	if err != nil {
		return err
	}
	return s.store.setPDF(ctx, d.ID, ref.SHA256, "made")
}

// writePDF writes pages as one PDF/A: pictures as received, text behind them,
// folio numbers as page labels, a bookmark where a document begins. With stamped,
// folio numbers also stand on the pages, as an overlay of this copy.
func (s *Service) writePDF(ctx context.Context, w io.Writer, title string, docs []Document, pages []Page, stamped bool) error {
	meta := pdfa.Meta{Title: title, Author: "Viện kiểm sát nhân dân", Creator: "Công Minh", Time: s.now()}
	if stamped {
		meta.Font = s.Font
	}
	out, err := pdfa.New(w, meta)
	if err != nil {
		return err
	}
	titles := map[DocumentID]string{}
	for _, d := range docs {
		titles[d.ID] = d.Title
	}
	var current DocumentID
	for _, p := range pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.Picture == "" {
			continue // a missing page has no picture
		}
		if p.Document != current {
			current = p.Document
			if t := titles[current]; t != "" {
				out.Bookmark(t, 0)
			}
		}
		if err := s.writePage(ctx, out, p, stamped); err != nil {
			return err
		}
	}
	return out.Close()
}

func (s *Service) writePage(ctx context.Context, out *pdfa.Writer, p Page, stamped bool) error {
	g, err := s.reading(ctx, p)
	if err != nil {
		return err
	}
	pic, _, err := s.Blobs.Get(ctx, p.Picture)
	if err != nil {
		return err
	}
	defer pic.Close()
	if p.right.Grant != "" { // what is taken out on request names who took it
		if pic, _, err = s.inked(ctx, p, pic); err != nil {
			return err
		}
		p.Format = "jpeg"
	}
	page := pdfa.Page{
		Picture: pic, Format: p.Format, DPI: p.DPI, Rotation: (p.Rotation + p.Turn) % 360, Skew: p.Skew,
		Words: turned(g, p.Turn), Label: Cite(p.Folio, p.Folio),
	}
	if stamped && p.Folio > 0 {
		page.Stamps = []pdfa.Stamp{{Text: Cite(p.Folio, p.Folio), Corner: pdfa.TopRight}}
	}
	return out.AddPage(page)
}

// turned is the words of a page after a person turned its picture.
func turned(g reading.Page, turn int) []reading.Word {
	if turn == 0 {
		return g.Words
	}
	out := make([]reading.Word, len(g.Words))
	for i, w := range g.Words {
		w.Box = w.Box.Turn(turn, g.W, g.H)
		out[i] = w
	}
	return out
}

// Export is a part of a file to be taken out or printed.
type Export struct {
	From    int  `query:"from" form:"from" minimum:"0" doc:"First folio; 0 for the first page"`
	To      int  `query:"to" form:"to" minimum:"0" doc:"Last folio; 0 for the last page"`
	Stamped bool `query:"stamped" form:"stamped" doc:"Folio numbers also stand on the pages"`
}

// ExportPDF writes a range of a file as one PDF/A. It checks before it writes:
// begin is called when nothing can be refused any more.
func (s *Service) ExportPDF(ctx context.Context, d ID, e Export, begin func(Dossier, int) io.Writer) (err error) {
	defer fault.Wrap(&err, "export %s", d)
	file, err := s.open(ctx, d, MayExport)
	if err != nil {
		return err
	}
	all, err := s.store.pages(ctx, d)
	if err != nil {
		return err
	}
	var pages []Page
	for _, p := range all {
		if p.Picture == "" || p.State == Excluded {
			continue
		}
		if e.From == 0 && e.To == 0 || p.Folio != 0 && p.Folio >= e.From && (e.To == 0 || p.Folio <= e.To) {
			p.right = file.right
			pages = append(pages, p)
		}
	}
	if len(pages) == 0 {
		return ErrNoPage
	}
	docs, err := s.store.documents(ctx, d)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, file, "document.download", "dossier/"+string(d), "folios", Cite(pages[0].Folio, pages[len(pages)-1].Folio), "pages", strconv.Itoa(len(pages))); err != nil {
		return err
	}
	return s.writePDF(ctx, begin(file, len(pages)), file.Title, docs, pages, e.Stamped)
}

// DocumentPDF opens the PDF/A of a document, or the signed file as it came.
func (s *Service) DocumentPDF(ctx context.Context, id DocumentID) (d Document, r io.ReadSeekCloser, err error) {
	defer fault.Wrap(&err, "pdf of document %s", id)
	if d, err = s.openDocument(ctx, id, MayExport); err != nil {
		return d, nil, err
	}
	sha := d.PDF
	if sha == "" {
		return d, nil, ErrNoPDF
	}
	file, err := s.store.get(ctx, d.Dossier)
	if err == nil {
		file.right = d.right
		err = s.tell(ctx, file, "document.download", "document/"+string(id), "document", d.Title, "source", sha)
	}
	if err != nil {
		return d, nil, err
	}
	if d.right.Grant != "" {
		r, err = s.copyFor(ctx, d)
		return d, r, err
	}
	r, _, err = s.Blobs.Get(ctx, sha)
	return d, r, err
}

// copyFor makes the copy of a document that somebody takes out on request: its pages
// name them, and it is no longer the signed original.
func (s *Service) copyFor(ctx context.Context, d Document) (io.ReadSeekCloser, error) {
	pages, err := s.store.pagesOfDocument(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	for i := range pages {
		pages[i].right = d.right
	}
	var b bytes.Buffer
	if err := s.writePDF(ctx, &b, d.Title, []Document{d}, pages, false); err != nil {
		return nil, err
	}
	return memory{bytes.NewReader(b.Bytes())}, nil
}

// ErrNoPDF is the refusal of a PDF that is not made yet.
var ErrNoPDF = fault.New(fault.NotFound, "dossier.no-pdf", "Bản PDF/A của tài liệu này chưa tạo xong. Hãy chấp nhận tài liệu, hoặc chờ ít phút rồi thử lại.")
