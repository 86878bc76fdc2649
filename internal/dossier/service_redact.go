package dossier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/redact"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/vn"
)

const redactJob = "dossier.redact" // burn the boxes of a redaction into a derivative

// RedactionID names a redaction.
type RedactionID = id.Of[Redaction]

// RedactionState is how far a redaction has come.
type RedactionState string

// The states of a redaction.
const (
	Covering  RedactionState = "open"      // a person decides what is covered
	Burning   RedactionState = "making"    // the derivative is being made
	Covered   RedactionState = "made"      // it can be handed out
	Cancelled RedactionState = "cancelled" // given up before it was made
)

// VN names s for a person.
func (s RedactionState) VN() string {
	switch s {
	case Covering:
		return "Đang che"
	case Burning:
		return "Đang tạo bản cung cấp"
	case Covered:
		return "Đã tạo bản cung cấp"
	case Cancelled:
		return "Đã bỏ"
	}
	return string(s)
}

// Redaction is the covering of a part of a file before it is given to somebody (che
// thông tin trước khi cung cấp). Where the boxes stand and on what ground is kept
// here and never in what is handed out.
type Redaction struct {
	ID      RedactionID    `json:"id"`
	Dossier ID             `json:"dossier"`
	State   RedactionState `json:"state" enum:"open,making,made,cancelled"`
	To      string         `json:"to" doc:"Who it is given to"`
	Purpose string         `json:"purpose"`
	Ground  string         `json:"ground" doc:"What the giving rests on"`
	Rules   []string       `json:"rules" nullable:"false" doc:"Codes of the rules that proposed"`
	Pages   int            `json:"pages"`
	Checked int            `json:"checked" doc:"Pages whose boxes a person confirmed"`
	Looked  int            `json:"looked" doc:"Pages whose rest a person looked at again"`
	SHA256  string         `json:"sha256,omitempty" doc:"Of the derivative"`
	Size    int64          `json:"size,omitempty"`
	Created time.Time      `json:"created"`
	By      string         `json:"by"`
	ByName  string         `json:"by_name"`
	Made    *time.Time     `json:"made,omitempty"`
}

// RedactionPage is one page of a redaction.
type RedactionPage struct {
	N         int          `json:"n" doc:"Its place in the derivative, from 1"`
	Page      PageID       `json:"page"`
	Folio     int          `json:"folio,omitempty"`
	From      string       `json:"derived_from" doc:"SHA-256 of the picture it is made from"`
	Boxes     []redact.Box `json:"boxes" nullable:"false"`
	Checked   *time.Time   `json:"checked,omitempty"`
	CheckedBy string       `json:"checked_by,omitempty"`
	Looked    *time.Time   `json:"looked,omitempty"`
	LookedBy  string       `json:"looked_by,omitempty"`
	words     string       // the reading the boxes were proposed from
}

// NewRedaction asks for a redaction to be begun. Folios are given, or one document.
type NewRedaction struct {
	From     int        `json:"from,omitempty" form:"from" minimum:"0" doc:"First folio"`
	Until    int        `json:"until,omitempty" form:"until" minimum:"0" doc:"Last folio"`
	Document DocumentID `json:"document,omitempty" form:"document"`
	To       string     `json:"to" form:"to" maxLength:"300" doc:"Who it is given to"`
	Purpose  string     `json:"purpose" form:"purpose" maxLength:"1000"`
	Ground   string     `json:"ground" form:"ground" maxLength:"1000"`
	Rules    []string   `json:"rules,omitempty" form:"rule" doc:"Codes of the rules that propose; all but person if absent"`
}

// RedactionChange is a line of the history of a redaction.
type RedactionChange struct {
	ID     string    `json:"id"`
	N      int       `json:"n,omitempty" doc:"The page; 0 for the whole"`
	Act    string    `json:"act"`
	Undone bool      `json:"undone,omitempty"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	ByName string    `json:"by_name"`
	before string    // boxes, for Undo; empty if it cannot be undone
}

// maxRedaction is how many pages one redaction may have: a person confirms each.
const maxRedaction = 1000

// How this part of the module says no.
var (
	ErrNoRedaction  = fault.New(fault.NotFound, "dossier.no-redaction", "Không tìm thấy lần che thông tin này, hoặc bạn không có quyền xem.")
	ErrRedacted     = fault.New(fault.Conflict, "dossier.redacted", "Lần che thông tin này đã kết thúc, không sửa được nữa. Hãy lập lần mới nếu cần.")
	ErrNotAllSeen   = fault.New(fault.Conflict, "dossier.redaction-unseen", "Còn trang chưa xác nhận vùng che hoặc chưa xem lại phần còn đọc được. Hãy xem hết rồi mới tạo bản cung cấp.")
	ErrPagesChanged = fault.New(fault.Conflict, "dossier.redaction-changed", "Có trang vừa được thay ảnh hoặc sửa chữ; vùng che của các trang ấy đã được đề xuất lại. Hãy xác nhận lại các trang đó.")
	ErrNotCovered   = fault.New(fault.NotFound, "dossier.not-covered", "Bản cung cấp chưa tạo xong. Hãy chờ ít phút rồi thử lại.")
	ErrBox          = fault.New(fault.Invalid, "dossier.redaction-box", "Vùng che không nằm trong trang. Hãy vẽ lại hoặc nhập lại tọa độ.")
)

// StartRedaction begins a redaction and proposes what to cover on each page.
func (s *Service) StartRedaction(ctx context.Context, d ID, in NewRedaction) (r Redaction, err error) {
	defer fault.Wrap(&err, "start redaction of %s", d)
	file, err := s.open(ctx, d, MayExport)
	if err != nil {
		return r, err
	}
	in.To, in.Purpose, in.Ground = vn.Clean(in.To), vn.Clean(in.Purpose), vn.Clean(in.Ground)
	var check fault.Check
	check.Need(in.To != "", "to", "Hãy ghi cung cấp cho ai.")
	check.Need(in.Purpose != "", "purpose", "Hãy ghi mục đích cung cấp.")
	check.Need(in.Ground != "", "ground", "Hãy ghi căn cứ cung cấp.")
	if in.Rules == nil {
		for _, x := range redact.Rules() {
			if x.Code != "person" && x.Code != "hand" {
				in.Rules = append(in.Rules, x.Code)
			}
		}
	}
	for _, code := range in.Rules {
		_, ok := redact.RuleOf(code)
		check.Need(ok, "rule", "Loại thông tin cần che không có trong danh sách.")
	}
	pages, err := s.redactable(ctx, d, in)
	if err != nil {
		return r, err
	}
	check.Need(len(pages) > 0, "from", "Không có trang nào có ảnh trong khoảng đã chọn. Hãy chọn lại bút lục hoặc tài liệu.")
	check.Need(len(pages) <= maxRedaction, "until", "Mỗi lần che tối đa 1.000 trang. Hãy chia nhỏ khoảng bút lục.")
	if err := check.Err(ErrInvalid); err != nil {
		return r, err
	}
	known, err := s.protected(ctx, file.Case)
	if err != nil {
		return r, err
	}
	who := auth.From(ctx)
	r = Redaction{
		ID: id.New[Redaction](), Dossier: d, State: Covering, To: in.To, Purpose: in.Purpose, Ground: in.Ground, Rules: in.Rules,
		Pages: len(pages), Created: s.now(), By: who.ID, ByName: who.Name,
	}
	rows := make([]RedactionPage, len(pages))
	for i, p := range pages {
		if rows[i], err = s.proposeBoxes(ctx, p, r.Rules, known); err != nil {
			return r, err
		}
		rows[i].N = i + 1
	}
	return r, s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertRedaction(ctx, r); err != nil {
			return err
		}
		for _, row := range rows {
			if err := s.store.saveRedactionPage(ctx, r.ID, row); err != nil {
				return err
			}
		}
		if err := s.noteRedaction(ctx, r, 0, "Lập lần che thông tin", ""); err != nil {
			return err
		}
		return s.tell(ctx, file, "redact.start", "redaction/"+string(r.ID), "to", r.To, "pages", strconv.Itoa(r.Pages), "ground", r.Ground)
	})
}

// redactable lists the pages that in asks for and that have a picture.
func (s *Service) redactable(ctx context.Context, d ID, in NewRedaction) (out []Page, err error) {
	all, err := s.store.pages(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		wanted := in.Document != "" && p.Document == in.Document ||
			in.Document == "" && in.From > 0 && p.Folio >= in.From && p.Folio <= max(in.From, in.Until)
		if wanted && p.Picture != "" && p.State != Excluded {
			out = append(out, p)
		}
	}
	return out, nil
}

// protected lists the people of a case whose names are covered: minors whatever
// they are in it, victims, and others apart from the accused.
func (s *Service) protected(ctx context.Context, c criminal.ID) (out []redact.Known, err error) {
	full, err := s.cases.Detail(ctx, c)
	if err != nil {
		return nil, err
	}
	day := full.Opened
	if day == "" {
		day = civil.On(s.now())
	}
	for _, p := range full.Persons {
		if p.Entity {
			continue
		}
		k := redact.Known{Name: p.Name, ID: p.IDNumber, Code: "person"}
		years, known := ledger.Age(p.Born, day)
		switch {
		case known && years < 18:
			k.Code = "minor"
		case p.Role == criminal.Victim:
			k.Code = "victim"
		case p.Role == criminal.Accused:
			continue
		}
		out = append(out, k)
	}
	return out, nil
}

// proposeBoxes is a page with what the chosen rules find on it.
func (s *Service) proposeBoxes(ctx context.Context, p Page, rules []string, known []redact.Known) (RedactionPage, error) {
	g, err := s.reading(ctx, p)
	if err != nil {
		return RedactionPage{}, err
	}
	boxes := slices.DeleteFunc(redact.Propose(g, known), func(b redact.Box) bool { return !slices.Contains(rules, b.Rule) })
	for i, b := range boxes { // a reader's boxes may reach beyond the edge
		boxes[i].Box = reading.Box{max(b.Box[0], 0), max(b.Box[1], 0), min(b.Box[2], p.W), min(b.Box[3], p.H)}
	}
	boxes = slices.DeleteFunc(boxes, func(b redact.Box) bool { return b.Box.W() < 1 || b.Box.H() < 1 })
	return RedactionPage{Page: p.ID, Folio: p.Folio, From: p.Picture, words: p.Words, Boxes: boxes}, nil
}

// Redactions lists the redactions of a file, newest first.
func (s *Service) Redactions(ctx context.Context, d ID) (file Dossier, rs []Redaction, err error) {
	defer fault.Wrap(&err, "redactions of %s", d)
	if file, err = s.open(ctx, d, MayExport); err != nil {
		return file, nil, err
	}
	rs, err = s.store.redactions(ctx, d)
	return file, rs, err
}

// openRedaction returns a redaction to those who may take its file out.
func (s *Service) openRedaction(ctx context.Context, id RedactionID) (r Redaction, file Dossier, err error) {
	if err := auth.Require(ctx, MayExport); err != nil {
		return r, file, err
	}
	r, err = s.store.redaction(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return r, file, ErrNoRedaction
	}
	if err != nil {
		return r, file, err
	}
	if file, err = s.open(ctx, r.Dossier, MayExport); err != nil {
		return Redaction{}, file, err
	}
	return r, file, nil
}

// RedactionView is a redaction with its pages and its history.
type RedactionView struct {
	Redaction Redaction         `json:"redaction"`
	Dossier   Dossier           `json:"dossier"`
	Pages     []RedactionPage   `json:"pages" nullable:"false"`
	Changes   []RedactionChange `json:"changes" nullable:"false" doc:"Newest first"`
	Undo      string            `json:"undo,omitempty" doc:"What can be taken back"`
}

// Redaction returns a redaction with its pages and its history.
func (s *Service) Redaction(ctx context.Context, id RedactionID) (v RedactionView, err error) {
	defer fault.Wrap(&err, "redaction %s", id)
	if v.Redaction, v.Dossier, err = s.openRedaction(ctx, id); err != nil {
		return v, err
	}
	if v.Pages, err = s.store.redactionPages(ctx, id); err != nil {
		return v, err
	}
	if v.Changes, err = s.store.redactionChanges(ctx, id, 200); err != nil {
		return v, err
	}
	if v.Redaction.State == Covering {
		for _, c := range v.Changes {
			if c.before != "" && !c.Undone {
				v.Undo = c.Act
				break
			}
		}
	}
	return v, nil
}

// Sheet is one page of a redaction as a person looks at it.
type Sheet struct {
	Redaction Redaction
	Dossier   Dossier
	Row       RedactionPage
	Page      Page
	Lines     []string // what remains readable once the boxes are burnt
	Left      []string // of it, what a rule would cover
	Undo      string
}

// RedactionSheet returns page n of a redaction, from 1.
func (s *Service) RedactionSheet(ctx context.Context, id RedactionID, n int) (v Sheet, err error) {
	defer fault.Wrap(&err, "page %d of redaction %s", n, id)
	if v.Redaction, v.Dossier, err = s.openRedaction(ctx, id); err != nil {
		return v, err
	}
	v.Row, err = s.store.redactionPage(ctx, id, n)
	if errors.Is(err, db.ErrNone) {
		return v, ErrNoPage
	}
	if err != nil {
		return v, err
	}
	if v.Page, err = s.openPage(ctx, v.Row.Page, MayRead); err != nil {
		return v, err
	}
	if err := s.look(ctx, v.Page)(); err != nil {
		return v, err
	}
	known, err := s.protected(ctx, v.Dossier.Case)
	if err != nil {
		return v, err
	}
	g, err := s.reading(ctx, v.Page)
	if err != nil {
		return v, err
	}
	g.Words = redact.Keep(g.Words, v.Row.Boxes)
	for _, l := range g.Lines() {
		v.Lines = append(v.Lines, reading.TextOf(l))
	}
	g.Barcodes = slices.DeleteFunc(slices.Clone(g.Barcodes), func(b reading.Barcode) bool {
		return slices.ContainsFunc(v.Row.Boxes, func(x redact.Box) bool { return redact.Touches(x.Box, b.Box) })
	})
	for _, b := range redact.Propose(g, known) {
		if !slices.Contains(v.Redaction.Rules, b.Rule) {
			continue
		}
		rule, _ := redact.RuleOf(b.Rule)
		for _, t := range redact.Under(g.Words, []redact.Box{b}) {
			v.Left = append(v.Left, rule.Name+": "+t)
		}
	}
	if c, err := s.store.lastRedactionChange(ctx, id); err == nil && v.Redaction.State == Covering {
		v.Undo = c.Act
	} else if err != nil && !errors.Is(err, db.ErrNone) {
		return v, err
	}
	return v, nil
}

// cover does f to page n of a redaction that is still open, alone.
func (s *Service) cover(ctx context.Context, id RedactionID, n int, f func(ctx context.Context, r Redaction, row *RedactionPage) (act, before string, err error)) error {
	if _, _, err := s.openRedaction(ctx, id); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.lockRedaction(ctx, id)
		if err != nil {
			return err
		}
		if r.State != Covering {
			return ErrRedacted
		}
		row, err := s.store.redactionPage(ctx, id, n)
		if errors.Is(err, db.ErrNone) {
			return ErrNoPage
		}
		if err != nil {
			return err
		}
		act, before, err := f(ctx, r, &row)
		if err != nil || act == "" {
			return err
		}
		if err := s.store.saveRedactionPage(ctx, id, row); err != nil {
			return err
		}
		return s.noteRedaction(ctx, r, n, act, before)
	})
}

func (s *Service) noteRedaction(ctx context.Context, r Redaction, n int, act, before string) error {
	who := auth.From(ctx)
	return s.store.insertRedactionChange(ctx, r.ID, RedactionChange{
		ID: string(id.New[RedactionChange]()), N: n, Act: act, before: before, At: s.now(), By: who.ID, ByName: who.Name,
	})
}

// setBoxes puts other boxes on a page, which must then be confirmed anew.
func (s *Service) setBoxes(ctx context.Context, id RedactionID, n int, act string, change func(old []redact.Box) ([]redact.Box, error)) error {
	return s.cover(ctx, id, n, func(ctx context.Context, _ Redaction, row *RedactionPage) (string, string, error) {
		p, err := s.store.page(ctx, row.Page)
		if err != nil {
			return "", "", err
		}
		before, err := json.Marshal(row.Boxes)
		if err != nil {
			return "", "", err
		}
		if row.Boxes, err = change(slices.Clone(row.Boxes)); err != nil {
			return "", "", err
		}
		if err := redact.Check(row.Boxes, p.W, p.H); err != nil {
			return "", "", ErrBox
		}
		row.uncheck()
		return act, string(before), nil
	})
}

func (p *RedactionPage) uncheck() {
	p.Checked, p.CheckedBy, p.Looked, p.LookedBy = nil, "", nil, ""
}

// AddBox covers a further rectangle of page n, in pixels of its upright picture.
func (s *Service) AddBox(ctx context.Context, id RedactionID, n int, b redact.Box) (err error) {
	defer fault.Wrap(&err, "cover on page %d of redaction %s", n, id)
	if b.Rule == "" {
		b.Rule = "hand"
	}
	return s.setBoxes(ctx, id, n, "Thêm vùng che", func(old []redact.Box) ([]redact.Box, error) { return append(old, b), nil })
}

// DropBox uncovers a rectangle of page n. It is given whole, so that two who work at
// once never take away another than they saw.
func (s *Service) DropBox(ctx context.Context, id RedactionID, n int, b redact.Box) (err error) {
	defer fault.Wrap(&err, "uncover on page %d of redaction %s", n, id)
	return s.setBoxes(ctx, id, n, "Bỏ vùng che", func(old []redact.Box) ([]redact.Box, error) {
		i := slices.Index(old, b)
		if i < 0 {
			return nil, ErrStale
		}
		return slices.Delete(old, i, i+1), nil
	})
}

// SetBoxes gives page n these rectangles and no others.
func (s *Service) SetBoxes(ctx context.Context, id RedactionID, n int, boxes []redact.Box) (err error) {
	defer fault.Wrap(&err, "boxes of page %d of redaction %s", n, id)
	return s.setBoxes(ctx, id, n, "Sửa vùng che", func([]redact.Box) ([]redact.Box, error) { return boxes, nil })
}

// CheckBoxes confirms what is covered on page n. seen is how many boxes the person saw.
func (s *Service) CheckBoxes(ctx context.Context, id RedactionID, n, seen int) (err error) {
	defer fault.Wrap(&err, "confirm page %d of redaction %s", n, id)
	return s.cover(ctx, id, n, func(ctx context.Context, _ Redaction, row *RedactionPage) (string, string, error) {
		if len(row.Boxes) != seen {
			return "", "", ErrStale
		}
		now := s.now()
		row.Checked, row.CheckedBy = &now, auth.From(ctx).Name
		return "Xác nhận vùng che", "", nil
	})
}

// LookAgain records that a person looked at what remains readable on page n.
func (s *Service) LookAgain(ctx context.Context, id RedactionID, n int) (err error) {
	defer fault.Wrap(&err, "second look at page %d of redaction %s", n, id)
	return s.cover(ctx, id, n, func(ctx context.Context, _ Redaction, row *RedactionPage) (string, string, error) {
		if row.Checked == nil {
			return "", "", ErrNotAllSeen
		}
		now := s.now()
		row.Looked, row.LookedBy = &now, auth.From(ctx).Name
		return "Xem lại phần còn đọc được", "", nil
	})
}

// UndoBoxes takes back the last change of boxes, and returns the page it was on.
func (s *Service) UndoBoxes(ctx context.Context, id RedactionID) (n int, err error) {
	defer fault.Wrap(&err, "undo in redaction %s", id)
	if _, _, err := s.openRedaction(ctx, id); err != nil {
		return 0, err
	}
	return n, s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.lockRedaction(ctx, id)
		if err != nil {
			return err
		}
		if r.State != Covering {
			return ErrRedacted
		}
		c, err := s.store.lastRedactionChange(ctx, id)
		if errors.Is(err, db.ErrNone) {
			return ErrNoUndo
		}
		if err != nil {
			return err
		}
		row, err := s.store.redactionPage(ctx, id, c.N)
		if err != nil {
			return err
		}
		row.Boxes = nil
		if err := json.Unmarshal([]byte(c.before), &row.Boxes); err != nil {
			return err
		}
		row.uncheck()
		if err := s.store.saveRedactionPage(ctx, id, row); err != nil {
			return err
		}
		if err := s.store.undoneRedactionChange(ctx, c.ID); err != nil {
			return err
		}
		n = c.N
		return s.noteRedaction(ctx, r, n, "Hoàn tác: "+c.Act, "")
	})
}

// CancelRedaction gives a redaction up. What was decided in it stays in its history.
func (s *Service) CancelRedaction(ctx context.Context, id RedactionID) (err error) {
	defer fault.Wrap(&err, "cancel redaction %s", id)
	if _, _, err := s.openRedaction(ctx, id); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.lockRedaction(ctx, id)
		if err != nil {
			return err
		}
		if r.State != Covering {
			return ErrRedacted
		}
		r.State = Cancelled
		if err := s.store.updateRedaction(ctx, r); err != nil {
			return err
		}
		return s.noteRedaction(ctx, r, 0, "Bỏ lần che thông tin", "")
	})
}

// RedactionTopic is the name under which the progress of a redaction is told.
func RedactionTopic(id RedactionID) string { return "redaction:" + string(id) }

type redactWork struct {
	Redaction RedactionID `json:"redaction"`
}

// FinishRedaction has the derivative made, once every page was confirmed and looked
// at again. A page that changed meanwhile is proposed anew, and must be seen again.
func (s *Service) FinishRedaction(ctx context.Context, id RedactionID) (err error) {
	defer fault.Wrap(&err, "finish redaction %s", id)
	_, file, err := s.openRedaction(ctx, id)
	if err != nil {
		return err
	}
	changed := false
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.lockRedaction(ctx, id)
		if err != nil {
			return err
		}
		if r.State != Covering {
			return ErrRedacted
		}
		rows, err := s.store.redactionPages(ctx, id)
		if err != nil {
			return err
		}
		if changed, err = s.refresh(ctx, r, file, rows); err != nil || changed {
			return err
		}
		if slices.ContainsFunc(rows, func(p RedactionPage) bool { return p.Checked == nil || p.Looked == nil }) {
			return ErrNotAllSeen
		}
		r.State = Burning
		if err := s.store.updateRedaction(ctx, r); err != nil {
			return err
		}
		if err := s.noteRedaction(ctx, r, 0, "Kết thúc, tạo bản cung cấp", ""); err != nil {
			return err
		}
		if err := s.tell(ctx, file, "redact.finish", "redaction/"+string(id), "to", r.To, "pages", strconv.Itoa(r.Pages), "boxes", strconv.Itoa(countBoxes(rows))); err != nil {
			return err
		}
		return s.Jobs.PutUnique(ctx, redactJob, string(id), redactWork{id}, job.Topic(RedactionTopic(id)))
	})
	if err == nil && changed {
		err = ErrPagesChanged
	}
	return err
}

func countBoxes(rows []RedactionPage) (n int) {
	for _, p := range rows {
		n += len(p.Boxes)
	}
	return n
}

// refresh proposes anew on pages whose picture or reading changed since.
func (s *Service) refresh(ctx context.Context, r Redaction, file Dossier, rows []RedactionPage) (changed bool, err error) {
	var known []redact.Known
	for _, row := range rows {
		p, err := s.store.page(ctx, row.Page)
		if errors.Is(err, db.ErrNone) {
			return changed, ErrNoPage // it was taken out of the file as a state secret
		}
		if err != nil {
			return changed, err
		}
		if p.Picture == row.From && p.Words == row.words {
			continue
		}
		if known == nil {
			if known, err = s.protected(ctx, file.Case); err != nil {
				return changed, err
			}
		}
		fresh, err := s.proposeBoxes(ctx, p, r.Rules, known)
		if err != nil {
			return changed, err
		}
		fresh.N = row.N
		for _, b := range row.Boxes { // what a person chose is kept as far as it lies on the page
			if b.Rule == "hand" && b.Box[2] <= p.W && b.Box[3] <= p.H {
				fresh.Boxes = append(fresh.Boxes, b)
			}
		}
		if err := s.store.saveRedactionPage(ctx, r.ID, fresh); err != nil {
			return changed, err
		}
		if err := s.noteRedaction(ctx, r, row.N, "Trang đã thay đổi, đề xuất lại vùng che", ""); err != nil {
			return changed, err
		}
		changed = true
	}
	return changed, nil
}

// burn is the job that makes the derivative.
func (s *Service) burn(ctx context.Context, run *job.Run, body json.RawMessage) (err error) {
	defer fault.Wrap(&err, "make redacted copy")
	var w redactWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	r, err := s.store.redaction(ctx, w.Redaction)
	if err != nil || r.State != Burning {
		return err
	}
	rows, err := s.store.redactionPages(ctx, r.ID)
	if err != nil {
		return err
	}
	in, out := io.Pipe()
	go func() { out.CloseWithError(s.writeRedacted(ctx, run, out, r, rows)) }()
	ref, err := s.Blobs.Put(ctx, in)
	in.CloseWithError(err)
	if err != nil {
		return err
	}
	return run.Finish(ctx, func(ctx context.Context) error {
		now := s.now()
		r.State, r.SHA256, r.Size, r.Made = Covered, ref.SHA256, ref.Size, &now
		return s.store.updateRedaction(ctx, r)
	})
}

// writeRedacted writes the derivative: pictures made anew from their pixels with the
// boxes burnt in, and a text layer of the words that no box touches. Title and labels
// say nothing of the case: the names of its papers hold names of people.
func (s *Service) writeRedacted(ctx context.Context, run *job.Run, w io.Writer, r Redaction, rows []RedactionPage) error {
	out, err := pdfa.New(w, pdfa.Meta{Title: "Bản cung cấp đã che thông tin", Author: "Viện kiểm sát nhân dân", Creator: "Công Minh", Time: s.now()})
	if err != nil {
		return err
	}
	for i, row := range rows {
		if err := s.writeCovered(ctx, out, row); err != nil {
			return fmt.Errorf("page %d: %w", row.N, err)
		}
		if err := run.Progress(ctx, i+1, len(rows), "Tạo bản cung cấp"); err != nil {
			return err
		}
	}
	return out.Close()
}

func (s *Service) writeCovered(ctx context.Context, out *pdfa.Writer, row RedactionPage) error {
	p, err := s.store.page(ctx, row.Page)
	if err != nil {
		return err
	}
	// The page as it was confirmed: the blobs it had then, whatever it has now.
	p.Words = row.words
	g, err := s.reading(ctx, p)
	if err != nil {
		return err
	}
	in, _, err := s.Blobs.Get(ctx, row.From)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(in)
	in.Close()
	if err != nil {
		return err
	}
	boxes := make([]reading.Box, len(row.Boxes))
	for i, b := range row.Boxes {
		boxes[i] = b.Box
	}
	pic, format, err := redact.Picture(data, p.Format, p.Rotation, boxes, redact.Margin(p.DPI))
	if err != nil {
		return err
	}
	g.Words = redact.Keep(g.Words, row.Boxes)
	return out.AddPage(pdfa.Page{
		Picture: bytes.NewReader(pic), Format: format, DPI: p.DPI, Rotation: (p.Turn%360 + 360) % 360, Skew: p.Skew,
		Words: turned(g, p.Turn), Label: Cite(row.Folio, row.Folio),
	})
}

// RedactedPDF opens the derivative, to be handed out.
func (s *Service) RedactedPDF(ctx context.Context, id RedactionID) (r Redaction, in io.ReadSeekCloser, err error) {
	defer fault.Wrap(&err, "redacted copy %s", id)
	r, file, err := s.openRedaction(ctx, id)
	if err != nil {
		return r, nil, err
	}
	if r.State != Covered {
		return r, nil, ErrNotCovered
	}
	if err := s.tell(ctx, file, "redact.download", "redaction/"+string(id), "to", r.To, "source", r.SHA256); err != nil {
		return Redaction{}, nil, err
	}
	in, _, err = s.Blobs.Get(ctx, r.SHA256)
	return r, in, err
}
