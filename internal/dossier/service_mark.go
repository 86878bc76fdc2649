package dossier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"congminh/internal/dossier/paper"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// MarkID names a mark.
type MarkID = id.Of[Mark]

// MarkKind is what a mark is for.
type MarkKind string

// The kinds of mark.
const (
	Highlight  MarkKind = "highlight" // tô màu
	MarginNote MarkKind = "note"      // ghi chú bên lề
	Bookmark   MarkKind = "bookmark"  // dấu trang
)

// MarkKinds lists the kinds.
var MarkKinds = []MarkKind{Highlight, MarginNote, Bookmark}

// VN names k for a person.
func (k MarkKind) VN() string {
	switch k {
	case Highlight:
		return "Tô màu"
	case MarginNote:
		return "Ghi chú"
	case Bookmark:
		return "Dấu trang"
	}
	return string(k)
}

// Colours a mark may have. Each also has a pattern of its own on the picture, for
// those who do not tell colours apart.
var Colours = []string{"yellow", "green", "blue", "pink"}

// ColourVN names a colour for a person.
func ColourVN(c string) string {
	switch c {
	case "green":
		return "Xanh lá"
	case "blue":
		return "Xanh dương"
	case "pink":
		return "Hồng"
	}
	return "Vàng"
}

// Mark is what a reader laid over a page (ghi chú, tô màu, dấu trang). It is no part
// of the file: the page under it stays as it is, and no export carries it.
type Mark struct {
	ID      MarkID        `json:"id"`
	Dossier ID            `json:"dossier"`
	Page    PageID        `json:"page"`
	Folio   int           `json:"folio,omitempty"`
	Kind    MarkKind      `json:"kind" enum:"highlight,note,bookmark"`
	Boxes   []reading.Box `json:"boxes" nullable:"false" doc:"On the upright picture; none: the whole page"`
	Group   string        `json:"group,omitempty" doc:"Code of an evidence group"`
	Colour  string        `json:"colour" enum:"yellow,green,blue,pink"`
	Text    string        `json:"text,omitempty"`
	Shared  bool          `json:"shared" doc:"Whoever may read the file sees it; else only its author"`
	At      time.Time     `json:"at"`
	By      string        `json:"by"`
	ByName  string        `json:"by_name"`
}

// MarkAs is what a person says of a mark.
type MarkAs struct {
	Kind   MarkKind `json:"kind" form:"kind" enum:"highlight,note,bookmark"`
	Group  string   `json:"group,omitempty" form:"group" maxLength:"60"`
	Colour string   `json:"colour,omitempty" form:"colour" enum:"yellow,green,blue,pink"`
	Text   string   `json:"text,omitempty" form:"text,lines" maxLength:"4000"`
	Shared bool     `json:"shared,omitempty" form:"shared"`
}

// Refusals about marks.
var (
	ErrNoMark   = fault.New(fault.NotFound, "dossier.no-mark", "Không tìm thấy ghi chú này; có thể người ghi đã xóa.")
	ErrNotYours = fault.New(fault.Forbidden, "dossier.not-yours", "Chỉ người ghi mới sửa hoặc xóa được ghi chú này.")
)

// tidy returns in as it is to be stored, or what is wrong with it.
func (in MarkAs) tidy(groups []GroupLine) (MarkAs, error) {
	var c fault.Check
	c.Need(slices.Contains(MarkKinds, in.Kind), "kind", "Hãy chọn tô màu, ghi chú hoặc dấu trang.")
	if in.Colour == "" {
		in.Colour = Colours[0]
	}
	c.Need(slices.Contains(Colours, in.Colour), "colour", "Hãy chọn một màu trong bảng.")
	in.Text = strings.TrimSpace(in.Text)
	c.Need(in.Kind != MarginNote || in.Text != "", "text", "Hãy viết nội dung ghi chú.")
	c.Need(len([]rune(in.Text)) <= 4000, "text", "Ghi chú dài quá 4.000 chữ.")
	c.Need(in.Group == "" || slices.ContainsFunc(groups, func(g GroupLine) bool { return g.Code == in.Group }), "group", "Nhóm này không có trong danh sách nhóm của đơn vị.")
	return in, c.Err(ErrInvalid)
}

// tidyBoxes keeps boxes on the picture of p, and few enough to be drawn.
func tidyBoxes(in []reading.Box, p Page) []reading.Box {
	out := []reading.Box{}
	for _, b := range in {
		b = reading.Box{max(0, b[0]), max(0, b[1]), min(p.W, b[2]), min(p.H, b[3])}
		if b.W() > 0 && b.H() > 0 && len(out) < 200 {
			out = append(out, b)
		}
	}
	return out
}

// Mark lays a mark over a page.
func (s *Service) Mark(ctx context.Context, page PageID, in MarkAs, boxes []reading.Box) (m Mark, err error) {
	defer fault.Wrap(&err, "mark page %s", page)
	p, err := s.openPage(ctx, page, MayAnnotate)
	if err != nil {
		return m, err
	}
	gs, err := s.groupsOf(ctx, p.Dossier)
	if err != nil {
		return m, err
	}
	if in, err = in.tidy(gs); err != nil {
		return m, err
	}
	who := auth.From(ctx)
	m = Mark{
		ID: id.New[Mark](), Dossier: p.Dossier, Page: p.ID, Folio: p.Folio, Kind: in.Kind, Boxes: tidyBoxes(boxes, p),
		Group: in.Group, Colour: in.Colour, Text: in.Text, Shared: in.Shared, At: s.now(), By: who.ID, ByName: who.Name,
	}
	return m, s.store.saveMark(ctx, m)
}

// EditMark changes what one's own mark says.
func (s *Service) EditMark(ctx context.Context, id MarkID, in MarkAs) (m Mark, err error) {
	defer fault.Wrap(&err, "edit mark %s", id)
	if m, err = s.openMark(ctx, id); err != nil {
		return m, err
	}
	gs, err := s.groupsOf(ctx, m.Dossier)
	if err != nil {
		return m, err
	}
	if in.Kind == "" {
		in.Kind = m.Kind
	}
	if in, err = in.tidy(gs); err != nil {
		return m, err
	}
	m.Kind, m.Group, m.Colour, m.Text, m.Shared = in.Kind, in.Group, in.Colour, in.Text, in.Shared
	return m, s.store.saveMark(ctx, m)
}

// DeleteMark takes one's own mark away.
func (s *Service) DeleteMark(ctx context.Context, id MarkID) (m Mark, err error) {
	defer fault.Wrap(&err, "delete mark %s", id)
	if m, err = s.openMark(ctx, id); err != nil {
		return m, err
	}
	return m, s.store.deleteMark(ctx, id)
}

// OwnMark returns a mark that the asker may change.
func (s *Service) OwnMark(ctx context.Context, id MarkID) (m Mark, err error) {
	defer fault.Wrap(&err, "mark %s", id)
	return s.openMark(ctx, id)
}

// openMark returns a mark of one's own. Another's private mark is not there at all.
func (s *Service) openMark(ctx context.Context, id MarkID) (m Mark, err error) {
	if err := auth.Require(ctx, MayAnnotate); err != nil {
		return m, err
	}
	m, err = s.store.mark(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return m, ErrNoMark
	}
	if err != nil {
		return m, err
	}
	if _, err := s.open(ctx, m.Dossier, MayAnnotate); errors.Is(err, ErrNone) {
		return Mark{}, ErrNoMark
	} else if err != nil {
		return Mark{}, err
	}
	switch {
	case m.By == auth.From(ctx).ID:
		return m, nil
	case m.Shared:
		return Mark{}, ErrNotYours
	}
	return Mark{}, ErrNoMark
}

// MarksIn returns the marks in a file that the asker may see: the shared ones and
// their own.
func (s *Service) MarksIn(ctx context.Context, d ID) (ms []Mark, err error) {
	defer fault.Wrap(&err, "marks in %s", d)
	file, part, err := s.share(ctx, d)
	if err == nil {
		ms, err = s.store.marks(ctx, d, auth.From(ctx).ID)
	}
	if err != nil {
		return nil, err
	}
	return s.marksWithin(ctx, file, part, ms)
}

// GroupLine is an evidence group in the template of an office (nhóm chứng cứ).
type GroupLine struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Hidden bool   `json:"hidden,omitempty" doc:"Not offered; what is in it stands under the others"`
}

// Groups returns the template of the asker's office, hidden groups included, and
// whether the office made it its own.
func (s *Service) Groups(ctx context.Context) (gs []GroupLine, own bool, err error) {
	defer fault.Wrap(&err, "evidence groups")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, false, err
	}
	return s.template(ctx, auth.From(ctx).Office)
}

func (s *Service) template(ctx context.Context, o auth.Office) ([]GroupLine, bool, error) {
	gs, err := s.store.groups(ctx, o)
	if err != nil || len(gs) > 0 {
		return gs, true, err
	}
	for _, g := range paper.Groups() {
		gs = append(gs, GroupLine{Code: g.Code, Name: g.Name})
	}
	return gs, false, nil
}

// GroupsIn returns the groups of the office that a file belongs to.
func (s *Service) GroupsIn(ctx context.Context, d ID) (gs []GroupLine, err error) {
	defer fault.Wrap(&err, "groups in %s", d)
	if _, _, err := s.share(ctx, d); err != nil {
		return nil, err
	}
	return s.groupsOf(ctx, d)
}

// groupsOf is the template of the office that a file belongs to.
func (s *Service) groupsOf(ctx context.Context, d ID) ([]GroupLine, error) {
	file, err := s.store.get(ctx, d)
	if err != nil {
		return nil, err
	}
	gs, _, err := s.template(ctx, file.Office)
	return gs, err
}

// SetGroups makes gs the template of the asker's office; none brings the common one
// back. A group without a code is new. The groups that papers are sorted into by
// themselves can be hidden, not taken away.
func (s *Service) SetGroups(ctx context.Context, gs []GroupLine) (err error) {
	defer fault.Wrap(&err, "set evidence groups")
	if err := auth.Require(ctx, MayCheck); err != nil {
		return err
	}
	var c fault.Check
	var out []GroupLine
	seen := map[string]bool{}
	for _, g := range gs {
		g.Name = vn.Clean(g.Name)
		if g.Name == "" && g.Code == "" {
			continue
		}
		c.Need(g.Name != "", "name", "Hãy ghi tên cho mỗi nhóm.")
		c.Need(len([]rune(g.Name)) <= 100, "name", "Tên nhóm dài quá 100 chữ.")
		if g.Code == "" {
			g.Code = "rieng-" + strings.Join(strings.Fields(vn.Fold(g.Name)), "-")
			for seen[g.Code] {
				g.Code += "-2"
			}
		}
		if seen[g.Code] {
			continue
		}
		seen[g.Code] = true
		out = append(out, g)
	}
	c.Need(len(out) <= 100, "name", "Nhiều nhất là 100 nhóm.")
	if err := c.Err(ErrInvalid); err != nil {
		return err
	}
	if len(out) > 0 {
		for _, g := range paper.Groups() {
			if !seen[g.Code] {
				out = append(out, GroupLine{Code: g.Code, Name: g.Name, Hidden: true})
			}
		}
	}
	o := auth.From(ctx).Office
	return s.store.db.Tx(ctx, func(ctx context.Context) error { return s.store.setGroups(ctx, o, out) })
}
