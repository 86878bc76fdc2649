package dossier

import (
	"context"
	"slices"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// Numbering is what giving numbers to a file would do, for a person to look at
// before it is done: it can be done only once.
type Numbering struct {
	First    int        `json:"first"`
	Last     int        `json:"last"`
	Excluded int        `json:"excluded" doc:"Pages that stay without a number"`
	Missing  int        `json:"missing"`
	Labels   []LabelGap `json:"labels,omitempty" doc:"Pages whose printed label says another number"`
	Stops    []string   `json:"stops,omitempty" doc:"Codes of what stands in the way"`
	Seen     string     `json:"seen,omitempty" doc:"Hand it to number-dossier: if the order changed meanwhile nothing is numbered"`
}

// LabelGap is a page whose printed folio label disagrees with the number it would
// get.
type LabelGap struct {
	Page  PageID `json:"page"`
	Label int    `json:"label"`
	Folio int    `json:"folio"`
}

// Preview says what Number would do now.
func (s *Service) Preview(ctx context.Context, d ID) (n Numbering, err error) {
	defer fault.Wrap(&err, "preview numbers of %s", d)
	file, err := s.open(ctx, d, MayNumber)
	if err != nil {
		return n, err
	}
	pages, err := s.store.pages(ctx, d)
	if err != nil {
		return n, err
	}
	_, given := arrangement(pages).Number(file.LastFolio)
	n.Seen = arrangement(pages).stamp()
	labels := map[PageID]int{}
	for _, p := range pages {
		labels[p.ID] = p.Label
		if p.State == Excluded {
			n.Excluded++
		}
	}
	n.First, n.Last = file.LastFolio+1, file.LastFolio+len(given)
	for _, g := range given {
		if g.State == Missing {
			n.Missing++
		}
		if l := labels[g.Page]; l != 0 && l != g.Folio {
			n.Labels = append(n.Labels, LabelGap{g.Page, l, g.Folio})
		}
	}
	if err := s.ready(ctx, file, pages, given); err != nil {
		n.Stops = append(n.Stops, fault.From(err).Code)
	}
	return n, nil
}

// ready says why a file cannot be numbered now, or nil.
func (s *Service) ready(ctx context.Context, file Dossier, pages []Page, given []Slot) error {
	if file.State != Open {
		return ErrClosed
	}
	busy, err := s.store.busyScans(ctx, file.ID)
	switch {
	case err != nil:
		return err
	case busy > 0:
		return ErrReading
	case len(given) == 0:
		return ErrNothing
	}
	if slices.ContainsFunc(given, func(g Slot) bool { return g.Document == "" }) {
		return ErrUnchecked
	}
	docs, err := s.store.documents(ctx, file.ID)
	if err != nil {
		return err
	}
	for _, d := range inOrder(docs, pages) {
		if d.State != Accepted && !numbered(d, pages) {
			return ErrUnchecked
		}
	}
	return nil
}

func numbered(d Document, pages []Page) bool {
	return !slices.ContainsFunc(pages, func(p Page) bool { return p.Document == d.ID && p.Folio == 0 && p.State != Excluded })
}

// stamps says where each stage puts its stamp and number (TTLT 04/2018, Điều 35).
var stamps = map[Stage]string{Investigation: "top-right", Prosecution: "top-right", Trial: "top-right"}

// Number gives every page without a folio number the next one, in order, once and
// for ever. What was numbered in an earlier stage keeps its place and number. seen is
// what Preview showed: if the order is another by now, nothing is numbered.
func (s *Service) Number(ctx context.Context, d ID, seen string) (n Numbering, err error) {
	defer fault.Wrap(&err, "number %s", d)
	if err := s.mayChange(ctx, d, MayNumber); err != nil {
		return n, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, pages, err := s.hold(ctx, d)
		if err != nil {
			return err
		}
		_, given := arrangement(pages).Number(file.LastFolio)
		if err := s.ready(ctx, file, pages, given); err != nil {
			return err
		}
		if arrangement(pages).stamp() != seen {
			return ErrStale
		}
		now, who := s.now(), auth.From(ctx).ID
		for _, g := range given {
			if err := s.store.setFolio(ctx, file, g, stamps[file.Stage], now, who); err != nil {
				return err
			}
		}
		if err := s.foliate(ctx, given); err != nil {
			return err
		}
		n.First, n.Last = file.LastFolio+1, file.LastFolio+len(given)
		file.LastFolio = n.Last
		if err := s.store.update(ctx, file); err != nil {
			return err
		}
		// The PDF/A of a document carries the folio numbers as page labels.
		seen := map[DocumentID]bool{}
		for _, p := range pages {
			if p.Folio == 0 && p.Document != "" && !seen[p.Document] {
				seen[p.Document] = true
				if err := s.stalePDF(ctx, p.Document); err != nil {
					return err
				}
			}
		}
		if err := s.store.forgetUndo(ctx, d); err != nil {
			return err
		}
		if err := s.note(ctx, d, "Đánh số "+Cite(n.First, n.Last), ""); err != nil {
			return err
		}
		numbered, err := s.store.pages(ctx, d)
		if err != nil {
			return err
		}
		return s.tell(ctx, file, "dossier.number", "dossier/"+string(d), "folios", Cite(n.First, n.Last), "result", digest(numbered))
	})
	return n, err
}

// foliate tells the case at which folio each paper begins, so that the acts it proves
// are cited by it.
func (s *Service) foliate(ctx context.Context, given []Slot) error {
	told := map[DocumentID]bool{}
	for _, g := range given {
		if told[g.Document] {
			continue
		}
		told[g.Document] = true
		if err := s.cases.Foliate(ctx, string(g.Document), g.Folio); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the file for this stage: it must be numbered to its last page.
func (s *Service) Close(ctx context.Context, d ID) (err error) {
	defer fault.Wrap(&err, "close %s", d)
	if err := s.mayChange(ctx, d, MayClose); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, pages, err := s.hold(ctx, d)
		if err != nil {
			return err
		}
		if busy, err := s.store.busyScans(ctx, d); err != nil || busy > 0 {
			return cmp(err, ErrReading)
		}
		if len(pages) == 0 || slices.ContainsFunc(pages, func(p Page) bool { return p.Folio == 0 && p.State != Excluded }) {
			return ErrNotNumbered
		}
		now := s.now()
		file.State, file.Closed, file.ClosedBy = Closed, &now, auth.From(ctx).ID
		if err := s.store.update(ctx, file); err != nil {
			return err
		}
		if err := s.note(ctx, d, "Đóng hồ sơ", ""); err != nil {
			return err
		}
		if err := s.tell(ctx, file, "dossier.close", "dossier/"+string(d), "folios", Cite(1, file.LastFolio), "result", digest(pages)); err != nil {
			return err
		}
		return ClosedIn.Emit(ctx, s.bus, ClosedV1{d, file.Case, file.LastFolio})
	})
}

// cmp is err, or refusal where there is none.
func cmp(err, refusal error) error {
	if err != nil {
		return err
	}
	return refusal
}

// Reopen lets a closed file grow again, for the same stage or a later one. The
// numbers go on where they ended.
func (s *Service) Reopen(ctx context.Context, d ID, stage Stage, reason string) (err error) {
	defer fault.Wrap(&err, "reopen %s", d)
	file, err := s.open(ctx, d, MayClose)
	if err != nil {
		return err
	}
	var c fault.Check
	reason = vn.Clean(reason)
	c.Need(reason != "", "reason", "Hãy ghi lý do mở tiếp hồ sơ.")
	c.Need(slices.Index(Stages, stage) >= slices.Index(Stages, file.Stage), "stage", "Hồ sơ chỉ được mở tiếp cho cùng giai đoạn hoặc giai đoạn sau.")
	if err := c.Err(ErrInvalid); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, d)
		if err != nil || file.State == Open {
			return err
		}
		file.State, file.Stage, file.Closed, file.ClosedBy = Open, stage, nil, ""
		if err := s.store.update(ctx, file); err != nil {
			return err
		}
		if err := s.note(ctx, d, "Mở tiếp ("+stage.VN()+"): "+reason, ""); err != nil {
			return err
		}
		return s.tell(ctx, file, "dossier.open", "dossier/"+string(d), "reason", reason)
	})
}

// Remark kinds.
var remarkKinds = []string{"correction", "erasure", "damage", "other"}

// RemarkKindVN names a kind of remark for a person.
func RemarkKindVN(kind string) string {
	switch kind {
	case "correction":
		return "Đính chính số bút lục"
	case "erasure":
		return "Tẩy xóa, sửa chữa"
	case "damage":
		return "Rách, hư hỏng"
	}
	return "Ghi chú khác"
}

// Remark writes a signed explanation beside a folio. It changes nothing else, and
// it cannot be taken back: a mistake in it is put right by another.
func (s *Service) Remark(ctx context.Context, d ID, folio int, kind, reason string) (m Remark, err error) {
	defer fault.Wrap(&err, "remark on folio %d of %s", folio, d)
	file, err := s.open(ctx, d, MayNumber)
	if err != nil {
		return m, err
	}
	reason = vn.Clean(reason)
	var c fault.Check
	c.Need(folio >= 1 && folio <= file.LastFolio, "folio", "Hãy ghi một số bút lục có trong hồ sơ.")
	c.Need(slices.Contains(remarkKinds, kind), "kind", "Hãy chọn loại nhận xét.")
	c.Need(len([]rune(reason)) >= 5, "reason", "Hãy ghi rõ lý do.")
	if err := c.Err(ErrInvalid); err != nil {
		return m, err
	}
	who := auth.From(ctx)
	m = Remark{ID: string(id.New[Remark]()), Dossier: d, Folio: folio, Kind: kind, Reason: reason, At: s.now(), By: who.ID, ByName: who.Name}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertRemark(ctx, m); err != nil {
			return err
		}
		return s.note(ctx, d, RemarkKindVN(kind)+" "+Cite(folio, folio), "")
	})
	return m, err
}

// Remarks returns the remarks of a file by folio.
func (s *Service) Remarks(ctx context.Context, d ID) (ms []Remark, err error) {
	defer fault.Wrap(&err, "remarks of %s", d)
	if _, err := s.open(ctx, d, MayRead); err != nil {
		return nil, err
	}
	return s.store.remarks(ctx, d)
}

// History returns what was done to a file, newest first.
func (s *Service) History(ctx context.Context, d ID) (cs []Change, err error) {
	defer fault.Wrap(&err, "history of %s", d)
	if _, err := s.open(ctx, d, MayRead); err != nil {
		return nil, err
	}
	return s.store.changes(ctx, d, 200)
}
