package dossier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"

	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/scan"
	"congminh/internal/dossier/watermark"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// Page returns a page of a file one may see.
func (s *Service) Page(ctx context.Context, id PageID) (p Page, err error) {
	defer fault.Wrap(&err, "page %s", id)
	return s.openPage(ctx, id, MayRead)
}

func (s *Service) openPage(ctx context.Context, id PageID, v auth.Verb) (p Page, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return p, err
	}
	p, err = s.store.page(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return p, ErrNoPage
	}
	if err != nil {
		return p, err
	}
	d, err := s.openPart(ctx, p.Dossier, p.Document, v)
	p.right, p.file = d.right, &d
	return p, err
}

// Folio returns the page with a folio number.
func (s *Service) Folio(ctx context.Context, d ID, folio int) (p Page, err error) {
	defer fault.Wrap(&err, "folio %d of %s", folio, d)
	_, part, err := s.share(ctx, d)
	if err != nil {
		return p, err
	}
	p, err = s.store.pageOfFolio(ctx, d, folio)
	if errors.Is(err, db.ErrNone) || err == nil && !part.Has(p.Document) {
		err = ErrNoPage
	}
	return p, err
}

// Words returns what was read on a page.
func (s *Service) Words(ctx context.Context, id PageID) (p Page, g reading.Page, err error) {
	defer fault.Wrap(&err, "words of page %s", id)
	if p, err = s.openPage(ctx, id, MayRead); err != nil {
		return p, g, err
	}
	told := s.look(ctx, p)
	if g, err = s.reading(ctx, p); err != nil {
		return p, g, err
	}
	return p, g, told()
}

// View is which picture of a page is wanted.
type View string

// The pictures of a page.
const (
	Full  View = "picture" // as received
	Light View = "access"  // upright, at most 150 dots per inch
	Small View = "thumb"
)

// Picture opens a picture of a page.
func (s *Service) Picture(ctx context.Context, id PageID, v View) (p Page, r io.ReadSeekCloser, ref blob.Ref, err error) {
	defer fault.Wrap(&err, "%s of page %s", v, id)
	if p, err = s.openPage(ctx, id, MayRead); err != nil {
		return p, nil, ref, err
	}
	sha := p.Access
	switch v {
	case Full:
		sha = p.Picture
	case Small:
		sha = p.Thumb
	case Light:
	}
	if sha == "" {
		return p, nil, ref, ErrNoPage
	}
	told := func() error { return nil }
	if v != Small {
		told = s.look(ctx, p)
	}
	r, ref, err = s.picture(ctx, p, sha)
	if e := told(); err == nil && e != nil {
		return p, nil, ref, errors.Join(e, r.Close())
	}
	return p, r, ref, err
}

// picture opens a picture of p, inked if it is open to the asker by a grant.
func (s *Service) picture(ctx context.Context, p Page, sha string) (io.ReadSeekCloser, blob.Ref, error) {
	r, ref, err := s.Blobs.Get(ctx, sha)
	if err != nil || p.right.Grant == "" {
		return r, ref, err
	}
	return s.inked(ctx, p, r)
}

// inked burns into a picture who was granted to look at it. What it returns is made
// for this look: it has no name in the store.
func (s *Service) inked(ctx context.Context, p Page, r io.ReadSeekCloser) (io.ReadSeekCloser, blob.Ref, error) {
	defer r.Close()
	b, err := watermark.Burn(r, s.Inscription(ctx, p.right), s.Font)
	if err != nil {
		return nil, blob.Ref{}, err
	}
	sum := sha256.Sum256(b)
	return memory{bytes.NewReader(b)}, blob.Ref{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(b))}, nil
}

// memory is bytes read like a file.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// Versions returns the pictures a page had before.
func (s *Service) Versions(ctx context.Context, id PageID) (vs []PageVersion, err error) {
	defer fault.Wrap(&err, "versions of page %s", id)
	if _, err := s.openPage(ctx, id, MayRead); err != nil {
		return nil, err
	}
	return s.store.versions(ctx, id)
}

// Weak is the correction queue of a file: pages whose text is least sure, first.
func (s *Service) Weak(ctx context.Context, d ID) (ps []Page, err error) {
	defer fault.Wrap(&err, "weak pages of %s", d)
	if _, err := s.open(ctx, d, MayCheck); err != nil {
		return nil, err
	}
	return s.store.weakPages(ctx, d, 500)
}

// Correct replaces the text of a page by what a person typed, and locks it against
// every later reading. Words that stay keep their place on the picture.
func (s *Service) Correct(ctx context.Context, id PageID, text string) (err error) {
	defer fault.Wrap(&err, "correct page %s", id)
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	old, err := s.reading(ctx, p)
	if err != nil {
		return err
	}
	words := reading.Correct(old.Words, text, p.W, p.H)
	old.Words, old.Text, old.Confidence = words, reading.TextOf(words), 100
	body, err := json.Marshal(old)
	if err != nil {
		return err
	}
	sha, err := s.keep(ctx, "", body)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.lock(ctx, p.Dossier); err != nil {
			return err
		}
		now, err := s.store.page(ctx, id)
		if err != nil {
			return err
		}
		if now.Words != p.Words {
			return ErrStale // another picture, or another's correction
		}
		p := now
		p.Words, p.Locked, p.Confidence = sha, true, 100
		if err := s.store.updatePage(ctx, p); err != nil {
			return err
		}
		if err := s.index(ctx, p, old.Text); err != nil {
			return err
		}
		if err := s.stalePDF(ctx, p.Document); err != nil {
			return err
		}
		return s.note(ctx, p.Dossier, "Sửa nội dung nhận dạng", "")
	})
}

// Unlock lets a page be read again.
func (s *Service) Unlock(ctx context.Context, id PageID) (err error) {
	defer fault.Wrap(&err, "unlock page %s", id)
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.lock(ctx, p.Dossier); err != nil {
			return err
		}
		p, err := s.store.page(ctx, id)
		if err != nil {
			return err
		}
		p.Locked = false
		if err := s.store.updatePage(ctx, p); err != nil {
			return err
		}
		return s.note(ctx, p.Dossier, "Mở khóa nội dung nhận dạng", "")
	})
}

// stalePDF has the PDF/A of a document made anew, if it is accepted. One that is
// exactly a signed file is that file, and no PDF of ours takes its place.
func (s *Service) stalePDF(ctx context.Context, id DocumentID) error {
	if id == "" {
		return nil
	}
	d, err := s.store.document(ctx, id)
	if errors.Is(err, db.ErrNone) || err == nil && d.State != Accepted {
		return nil
	}
	if err != nil {
		return err
	}
	whole, err := s.signedWhole(ctx, id)
	if err != nil {
		return err
	}
	if whole != nil {
		return s.store.setPDF(ctx, id, whole.SHA256, "signed")
	}
	if err := s.store.setPDF(ctx, id, d.PDF, "waiting"); err != nil {
		return err
	}
	return s.Jobs.Put(ctx, pdfJob, pdfWork{id})
}

// signedWhole returns the signed scan of which a document has every page and nothing
// else, or nil.
func (s *Service) signedWhole(ctx context.Context, id DocumentID) (*Scan, error) {
	pages, err := s.store.pagesOfDocument(ctx, id)
	if err != nil || len(pages) == 0 || pages[0].State == Missing {
		return nil, err
	}
	c, err := s.store.scan(ctx, pages[0].Scan)
	if errors.Is(err, db.ErrNone) || err == nil && !c.Signed {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	of, err := s.store.pagesOfScan(ctx, c.ID)
	same := len(of) == len(pages) && !slices.ContainsFunc(pages, func(p Page) bool { return p.Scan != c.ID || p.Version > 1 })
	if err != nil || !same {
		return nil, err
	}
	return &c, nil
}

// Replace puts a better scan in the place of a page. The picture it had is kept,
// with the reason. The new one must be a single page.
func (s *Service) Replace(ctx context.Context, id PageID, name, reason string, r io.Reader) (err error) {
	defer fault.Wrap(&err, "replace page %s", id)
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	if err := s.mayChange(ctx, p.Dossier, MayCheck); err != nil {
		return err
	}
	if reason = vn.Clean(reason); reason == "" {
		return fault.Check{{Name: "reason", Text: "Hãy ghi lý do thay trang."}}.Err(ErrInvalid)
	}
	dir, err := os.MkdirTemp(s.Spool, "replace-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, screened, err := s.screened(ctx, p.Dossier, "trang thay", capped(r, s.MaxFile))
	defer screened()
	if err != nil {
		return err
	}
	ref, err := s.Blobs.Put(ctx, r) // the new original is kept as received, too
	if err != nil {
		return err
	}
	path, done, err := s.Blobs.Local(ctx, ref.SHA256)
	if err != nil {
		return err
	}
	defer done()
	var got []picture
	_, err = s.Scanner.Pages(ctx, path, dir, func(sp scan.Page) error {
		if sp.N > 1 {
			return ErrOnePage
		}
		if sp.Err != "" {
			return fault.Check{{Name: "file", Text: sp.Err}}.Err(ErrInvalid)
		}
		got, err = s.readPicture(ctx, sp)
		return err
	})
	if err != nil {
		return err
	}
	if len(got) != 1 {
		return ErrOnePage
	}
	if err := s.refuseMarked(ctx, got, ref.SHA256); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		_, pages, err := s.hold(ctx, p.Dossier)
		if err != nil {
			return err
		}
		if err := s.still(ctx, p.Dossier, Act{Do: "replace", Pages: []PageID{id}}, pages); err != nil {
			return err
		}
		p, err := s.store.page(ctx, id)
		if err != nil {
			return err
		}
		if err := s.store.keepVersion(ctx, p, reason, s.now(), auth.From(ctx).ID); err != nil {
			return err
		}
		n := got[0]
		p.Picture, p.Format, p.W, p.H, p.DPI, p.Rotation, p.Turn, p.Skew = n.Picture, n.Format, n.W, n.H, n.DPI, n.Rotation, n.Turn, n.Skew
		p.Blank, p.Spread, p.Twin, p.TwinExact, p.Hash, p.Confidence = n.Blank, n.Spread, "", false, n.Hash, n.Confidence
		p.Words, p.Access, p.Thumb, p.Locked, p.Reader, p.Problem = n.Words, n.Access, n.Thumb, false, n.Reader, ""
		p.Version, p.ReadAt, p.Label = p.Version+1, s.now(), n.Label
		if p.State == Missing {
			p.State = Checked
		}
		if err := s.store.updatePage(ctx, p); err != nil {
			return err
		}
		if err := s.index(ctx, p, n.Text); err != nil {
			return err
		}
		if err := s.stalePDF(ctx, p.Document); err != nil {
			return err
		}
		return s.note(ctx, p.Dossier, "Thay trang: "+reason, "")
	})
}

// ErrOnePage is the refusal of a replacement that is not one page.
var ErrOnePage = fault.New(fault.Invalid, "dossier.one-page", "Tệp thay trang phải có đúng một trang.")

// MarkMissing puts a placeholder after a page, for a page of the paper file that
// is not there.
func (s *Service) MarkMissing(ctx context.Context, after PageID, reason string) (p Page, err error) {
	defer fault.Wrap(&err, "mark missing after %s", after)
	prev, err := s.openPage(ctx, after, MayCheck)
	if err != nil {
		return p, err
	}
	if reason = vn.Clean(reason); reason == "" {
		return p, fault.Check{{Name: "reason", Text: "Hãy ghi vì sao biết là thiếu trang."}}.Err(ErrInvalid)
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		_, pages, err := s.hold(ctx, prev.Dossier)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(pages, func(q Page) bool { return q.ID == after })
		if i < 0 {
			return ErrNoPage
		}
		if err := s.still(ctx, prev.Dossier, Act{}, pages); err != nil {
			return err
		}
		if slices.ContainsFunc(pages[i+1:], func(q Page) bool { return q.Folio != 0 }) {
			return ErrNumbered
		}
		if err := s.makeRoom(ctx, pages, i); err != nil {
			return err
		}
		me := id.New[Page]()
		p = Page{
			ID: me, Dossier: prev.Dossier, Scan: ScanID(me), Position: pages[i].Position + 1, Document: pages[i].Document,
			State: Missing, W: pages[i].W, H: pages[i].H, DPI: pages[i].DPI, Problem: reason, Version: 1, ReadAt: s.now(),
		}
		if pages[i].State == Excluded || pages[i].Folio != 0 {
			p.Document = ""
			if i+1 < len(pages) {
				p.Document = pages[i+1].Document
			}
		}
		if _, err := s.store.insertPage(ctx, p); err != nil {
			return err
		}
		if err := s.store.addPages(ctx, prev.Dossier, 1); err != nil {
			return err
		}
		if err := s.store.forgetUndo(ctx, prev.Dossier); err != nil {
			return err
		}
		return s.note(ctx, prev.Dossier, "Ghi thiếu trang: "+reason, "")
	})
	return p, err
}

// makeRoom sees to it that a place is free after pages[i].
func (s *Service) makeRoom(ctx context.Context, pages []Page, i int) error {
	if i+1 == len(pages) || pages[i+1].Position > pages[i].Position+1 {
		return nil
	}
	for j := len(pages) - 1; j > i; j-- {
		p := pages[j]
		if err := s.store.setArrangement(ctx, Slot{p.ID, p.Document, p.State, p.Turn, p.Folio}, p.Position+64); err != nil {
			return err
		}
	}
	return nil
}
