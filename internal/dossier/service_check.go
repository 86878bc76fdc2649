package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"congminh/internal/dossier/paper"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// Act is a change of the arrangement: one of these, on the pages named.
type Act struct {
	Do     string   `json:"do" form:"do" enum:"move,turn,check,exclude,include,split,merge"`
	Pages  []PageID `json:"pages" form:"page"`
	Before PageID   `json:"before,omitempty" form:"before" doc:"For move: the page to put them before; the end if absent"`
	Turn   int      `json:"turn,omitempty" form:"turn" doc:"For turn: degrees clockwise, a multiple of 90"`
	Seen   string   `json:"seen,omitempty" form:"seen" doc:"Stamp of the arrangement the asker looks at; if it has changed since, the act is refused"`
}

// VN names what the act does, for the list of changes.
func (a Act) VN() string {
	switch a.Do {
	case "move":
		return "Dời trang"
	case "turn":
		return "Xoay trang"
	case "check":
		return "Đánh dấu đã kiểm tra"
	case "exclude":
		return "Để trang ra ngoài"
	case "include":
		return "Lấy trang vào lại"
	case "split":
		return "Tách tài liệu"
	case "merge":
		return "Gộp tài liệu"
	}
	return a.Do
}

// apply is the act as a pure function. fresh is the identifier a new document
// would have.
func (a Act) apply(in Arrangement, fresh DocumentID) (Arrangement, error) {
	if len(a.Pages) == 0 {
		return in, ErrNoPage
	}
	switch a.Do {
	case "move":
		return in.Move(a.Pages, a.Before)
	case "turn":
		if a.Turn%90 != 0 {
			return in, ErrInvalid
		}
		return in.Turn(a.Pages, a.Turn)
	case "check":
		return in.Mark(a.Pages, Checked)
	case "exclude":
		return in.Mark(a.Pages, Excluded)
	case "include":
		return in.Mark(a.Pages, Proposed)
	case "split":
		return in.Split(a.Pages[0], fresh)
	case "merge":
		return in.Merge(a.Pages[0])
	}
	return in, ErrInvalid
}

// undo is what a change replaced: the slots that were different, and the order
// where it was.
type undo struct {
	Before Arrangement `json:"before"`
	After  Arrangement `json:"after"`
}

// Arrange changes the order or the grouping of a file.
func (s *Service) Arrange(ctx context.Context, d ID, act Act) (err error) {
	defer fault.Wrap(&err, "arrange %s", d)
	if err := s.mayChange(ctx, d, MayCheck); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, pages, err := s.hold(ctx, d)
		if err != nil {
			return err
		}
		before := arrangement(pages)
		if act.Seen != "" && !before.agrees(act.Seen) {
			return ErrStale
		}
		if err := s.still(ctx, d, act, pages); err != nil {
			return err
		}
		fresh := id.New[Document]()
		after, err := act.apply(before, fresh)
		if err != nil {
			return err
		}
		if err := s.rearrange(ctx, file, pages, after); err != nil {
			return err
		}
		if slices.Contains(after.Documents(), fresh) {
			if err := s.afterSplit(ctx, file, pages, after, fresh); err != nil {
				return err
			}
		}
		if err := s.keepLevel(ctx, pages, after); err != nil {
			return err
		}
		kept, err := json.Marshal(undo{before, after})
		if err != nil {
			return err
		}
		return s.note(ctx, d, act.VN(), string(kept))
	})
}

// still refuses an act on pages whose scan is being read, for its documents are not
// proposed yet; and any move meanwhile, for pages that are to come have their places.
func (s *Service) still(ctx context.Context, d ID, act Act, pages []Page) error {
	busy, err := s.store.busyOf(ctx, d)
	if err != nil || len(busy) == 0 {
		return err
	}
	if act.Do == "move" || act.Do == "" || slices.ContainsFunc(pages, func(p Page) bool {
		return slices.Contains(act.Pages, p.ID) && slices.Contains(busy, p.Scan)
	}) {
		return ErrReading
	}
	return nil
}

// afterSplit recognises the document that a split made, and the one it left.
func (s *Service) afterSplit(ctx context.Context, file Dossier, pages []Page, after Arrangement, fresh DocumentID) error {
	var mine []Page
	for _, slot := range after.Slots {
		if slot.Document == fresh {
			i := slices.IndexFunc(pages, func(p Page) bool { return p.ID == slot.Page })
			mine = append(mine, pages[i])
		}
	}
	texts := make([]reading.Page, len(mine))
	for i, p := range mine {
		var err error
		if texts[i], err = s.reading(ctx, p); err != nil {
			return err
		}
		texts[i].N = i + 1
	}
	doc := s.proposal(file, Scan{}, paper.Read(texts), mine)
	doc.ID = fresh
	return s.store.saveDocument(ctx, doc)
}

// Undo takes back the last change of the arrangement that was not taken back yet.
func (s *Service) Undo(ctx context.Context, d ID) (act string, err error) {
	return s.undo(ctx, d, "")
}

// undo is Undo for a person who was told which change it will take back; "" is
// whichever is the last.
func (s *Service) undo(ctx context.Context, d ID, change string) (act string, err error) {
	defer fault.Wrap(&err, "undo in %s", d)
	if err := s.mayChange(ctx, d, MayCheck); err != nil {
		return "", err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, pages, err := s.hold(ctx, d)
		if err != nil {
			return err
		}
		last, err := s.store.lastChange(ctx, d)
		if errors.Is(err, db.ErrNone) {
			return ErrNoUndo
		}
		if err != nil {
			return err
		}
		if change != "" && change != last.ID {
			return ErrStale
		}
		var u undo
		if err := json.Unmarshal([]byte(last.before), &u); err != nil {
			return err
		}
		// Pages that arrived since stay where they are, after the ones put back.
		now := arrangement(pages)
		if !u.After.holds(now) {
			return ErrStale
		}
		if err := s.still(ctx, d, Act{}, pages); err != nil {
			return err
		}
		if err := s.rearrange(ctx, file, pages, u.back(now)); err != nil {
			return err
		}
		act = last.Act
		return s.store.undone(ctx, last.ID)
	})
	return act, err
}

// holds reports whether now is a followed by nothing but newer pages.
func (a Arrangement) holds(now Arrangement) bool {
	return len(now.Slots) >= len(a.Slots) && slices.EqualFunc(a.Slots, now.Slots[:len(a.Slots)], func(x, y Slot) bool {
		return x.Page == y.Page && x.Folio == y.Folio
	})
}

// back is the arrangement before the change, with what the change did not touch as
// it is now: pages that arrived since, and pages that were checked or turned since.
func (u undo) back(now Arrangement) Arrangement {
	after := make(map[PageID]Slot, len(u.After.Slots))
	for _, x := range u.After.Slots {
		after[x.Page] = x
	}
	today := make(map[PageID]Slot, len(now.Slots))
	for _, x := range now.Slots {
		today[x.Page] = x
	}
	out := u.Before.clone()
	for i, x := range out.Slots {
		if x.State == after[x.Page].State {
			out.Slots[i].State = today[x.Page].State
		}
		if x.Turn == after[x.Page].Turn {
			out.Slots[i].Turn = today[x.Page].Turn
		}
	}
	out.Slots = append(out.Slots, now.Slots[len(u.After.Slots):]...)
	return out
}

// mayChange opens a file for a change of what it holds.
func (s *Service) mayChange(ctx context.Context, d ID, v auth.Verb) error {
	file, err := s.open(ctx, d, v)
	if err == nil && file.State != Open {
		err = ErrClosed
	}
	return err
}

// hold takes a file and its pages for the rest of the transaction.
func (s *Service) hold(ctx context.Context, d ID) (Dossier, []Page, error) {
	file, err := s.store.lock(ctx, d)
	if err != nil {
		return file, nil, err
	}
	if file.State != Open {
		return file, nil, ErrClosed
	}
	pages, err := s.store.pages(ctx, d)
	return file, pages, err
}

func arrangement(pages []Page) Arrangement {
	a := Arrangement{Slots: make([]Slot, len(pages))}
	for i, p := range pages {
		a.Slots[i] = Slot{p.ID, p.Document, p.State, p.Turn, p.Folio}
	}
	return a
}

// rearrange writes what is different in after. The places are the ones the pages
// had, dealt out anew, so that scans still arriving keep theirs.
func (s *Service) rearrange(ctx context.Context, file Dossier, pages []Page, after Arrangement) error {
	byID := make(map[PageID]Page, len(pages))
	for _, p := range pages {
		byID[p.ID] = p
	}
	var moved []Page
	changed := map[DocumentID]Page{}
	for i, slot := range after.Slots {
		p, ok := byID[slot.Page]
		if !ok {
			return ErrStale
		}
		place := pages[i].Position
		if p.Position == place && p.Document == slot.Document && p.State == slot.State && p.Turn == slot.Turn {
			continue
		}
		if err := s.store.setArrangement(ctx, slot, place); err != nil {
			return err
		}
		changed[p.Document] = p
		if p.Document != slot.Document {
			p.Document = slot.Document
			moved = append(moved, p)
			changed[p.Document] = p
		}
	}
	for _, p := range changed { // the order of jobs does not matter
		if err := s.stalePDF(ctx, p.Document); err != nil {
			return err
		}
	}
	return s.retag(ctx, file, moved)
}

// note writes a line in the history of a file. before is what Undo needs, or "".
func (s *Service) note(ctx context.Context, d ID, act, before string) error {
	who := auth.From(ctx)
	return s.store.insertChange(ctx, d, Change{ID: string(id.New[Change]()), Act: act, before: before, At: s.now(), By: who.ID, ByName: who.Name})
}

// Contents is a file as one looks at it: its pages in order and its documents.
type Contents struct {
	Dossier   Dossier    `json:"dossier"`
	Pages     []Page     `json:"pages"`
	Documents []Document `json:"documents"`
}

// Contents returns everything in a file but the words.
func (s *Service) Contents(ctx context.Context, d ID) (c Contents, err error) {
	defer fault.Wrap(&err, "contents of %s", d)
	if c.Dossier, err = s.open(ctx, d, MayRead); err != nil {
		return c, err
	}
	if c.Pages, err = s.store.pages(ctx, d); err != nil {
		return c, err
	}
	docs, err := s.store.documents(ctx, d)
	if err != nil {
		return c, err
	}
	c.Documents = inOrder(docs, c.Pages)
	return c, nil
}

// inOrder puts documents in the order of their pages and counts those; documents
// that lost all their pages are left out.
func inOrder(docs []Document, pages []Page) []Document {
	byID := make(map[DocumentID]*Document, len(docs))
	for i := range docs {
		byID[docs[i].ID] = &docs[i]
	}
	var order []*Document
	for _, p := range pages {
		d := byID[p.Document]
		if d == nil {
			continue
		}
		if d.Pages == 0 {
			order = append(order, d)
			d.From = p.Folio
		}
		d.Pages++
		d.To = p.Folio
	}
	out := make([]Document, len(order))
	for i, d := range order {
		out[i] = *d
	}
	return out
}

// Document returns one document with its pages.
func (s *Service) Document(ctx context.Context, id DocumentID) (d Document, pages []Page, err error) {
	defer fault.Wrap(&err, "document %s", id)
	if d, err = s.openDocument(ctx, id, MayRead); err != nil {
		return d, nil, err
	}
	pages, err = s.store.pagesOfDocument(ctx, id)
	if docs := inOrder([]Document{d}, pages); len(docs) == 1 {
		d = docs[0]
	}
	return d, pages, err
}

func (s *Service) openDocument(ctx context.Context, id DocumentID, v auth.Verb) (d Document, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return d, err
	}
	d, err = s.store.document(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return d, ErrNoDocument
	}
	if err != nil {
		return d, err
	}
	file, err := s.openPart(ctx, d.Dossier, id, v)
	d.right = file.right
	return d, err
}

// Fields is what a person says a document is.
type Fields struct {
	Kind     string     `json:"kind" form:"kind" maxLength:"60"`
	Group    string     `json:"group,omitempty" form:"group" maxLength:"60" doc:"That of the kind if absent"`
	Title    string     `json:"title" form:"title" maxLength:"500"`
	Number   string     `json:"number,omitempty" form:"number" maxLength:"100"`
	Date     civil.Date `json:"date,omitempty" form:"date" format:"date"`
	Issuer   string     `json:"issuer,omitempty" form:"issuer" maxLength:"300"`
	Signer   string     `json:"signer,omitempty" form:"signer" maxLength:"200"`
	Persons  []string   `json:"persons,omitempty" form:"person" doc:"Names; the roles the machine read stay with names that stay"`
	Articles []string   `json:"articles,omitempty" form:"article"`
}

// tidy returns f as it is to be stored, or what is wrong with it.
func (f Fields) tidy(today civil.Date) (Fields, error) {
	f.Title, f.Number, f.Issuer, f.Signer = vn.Clean(f.Title), vn.Clean(f.Number), vn.Clean(f.Issuer), vn.Clean(f.Signer)
	clean := func(in []string) (out []string) {
		for _, x := range in {
			if x = vn.Clean(x); x != "" && !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
		return out
	}
	f.Persons, f.Articles = clean(f.Persons), clean(f.Articles)
	var c fault.Check
	kind, known := paper.KindOf(f.Kind)
	c.Need(known, "kind", "Hãy chọn loại tài liệu trong danh mục.")
	if f.Group == "" {
		f.Group = kind.Group
	}
	c.Need(f.Title != "", "title", "Hãy ghi tên tài liệu.")
	if f.Date != "" {
		day, err := civil.Parse(string(f.Date))
		c.Need(err == nil && day <= today, "date", "Ngày của tài liệu phải là một ngày đã tới, ví dụ 10/03/2026.")
	}
	return f, c.Err(ErrInvalid)
}

// Accept confirms a document as f says. Its pages count as checked. From this
// moment later steps may build on it.
func (s *Service) Accept(ctx context.Context, id DocumentID, f Fields) (d Document, err error) {
	defer fault.Wrap(&err, "accept document %s", id)
	return s.accept(ctx, id, f, false)
}

// errDone is why a sure proposal is not accepted: somebody did it meanwhile.
var errDone = errors.New("accepted already")

// accept is Accept; sure leaves alone what a person accepted meanwhile.
func (s *Service) accept(ctx context.Context, id DocumentID, f Fields, sure bool) (d Document, err error) {
	d, err = s.openDocument(ctx, id, MayCheck)
	if err != nil {
		return d, err
	}
	now := s.now()
	if f, err = f.tidy(civil.On(now)); err != nil {
		return d, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, d.Dossier)
		if err != nil {
			return err
		}
		if file.State != Open {
			return ErrClosed
		}
		// What stood there when the form was shown may have changed since.
		if d, err = s.store.document(ctx, id); err != nil {
			return err
		}
		if sure && d.State == Accepted {
			return errDone
		}
		pages, err := s.store.pagesOfDocument(ctx, id)
		if err != nil {
			return err
		}
		if len(pages) == 0 {
			return ErrNoDocument
		}
		kind, _ := paper.KindOf(f.Kind)
		roles := map[string]string{}
		for _, p := range d.Persons {
			roles[p.Name] = p.Role
		}
		d.Kind, d.Form, d.Group, d.Title = f.Kind, kind.Form, f.Group, f.Title
		d.Number, d.Date, d.Issuer, d.Signer, d.Articles = f.Number, f.Date, f.Issuer, f.Signer, f.Articles
		d.Persons = nil
		for _, n := range f.Persons {
			d.Persons = append(d.Persons, Person{n, roles[n]})
		}
		d.State, d.Accepted, d.AcceptedBy = Accepted, &now, auth.From(ctx).ID
		if err := s.store.saveDocument(ctx, d); err != nil {
			return err
		}
		for _, p := range pages {
			if p.State == Proposed {
				if err := s.store.setArrangement(ctx, Slot{p.ID, p.Document, Checked, p.Turn, p.Folio}, p.Position); err != nil {
					return err
				}
			}
		}
		if err := s.retag(ctx, file, pages); err != nil {
			return err
		}
		if err := s.stalePDF(ctx, d.ID); err != nil {
			return err
		}
		if err := s.suggest(ctx, file.Case, d, pages); err != nil {
			return err
		}
		return AcceptedIn.Emit(ctx, s.bus, AcceptedV1{d.Dossier, file.Case, d.ID, d.Kind, d.Number, d.Date})
	})
	return d, err
}

// AcceptSure accepts, as they are, all proposals at least as sure as confidence
// (0–1), and returns how many.
func (s *Service) AcceptSure(ctx context.Context, d ID, confidence float64) (n int, err error) {
	defer fault.Wrap(&err, "accept sure documents of %s", d)
	if err := s.mayChange(ctx, d, MayCheck); err != nil {
		return 0, err
	}
	c, err := s.Contents(ctx, d)
	if err != nil {
		return 0, err
	}
	for _, doc := range c.Documents {
		if doc.State == Accepted || doc.Confidence < confidence {
			continue
		}
		_, err := s.accept(ctx, doc.ID, doc.fields(), true)
		if errors.Is(err, ErrInvalid) || errors.Is(err, errDone) || errors.Is(err, ErrNoDocument) {
			continue // a person must look at it
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// fields is d as a form shows it.
func (d Document) fields() Fields {
	f := Fields{Kind: d.Kind, Group: d.Group, Title: d.Title, Number: d.Number, Date: d.Date, Issuer: d.Issuer, Signer: d.Signer, Articles: d.Articles}
	for _, p := range d.Persons {
		f.Persons = append(f.Persons, p.Name)
	}
	return f
}

func civilDate(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		return ""
	}
	return d
}
