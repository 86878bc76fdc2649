package dossier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"congminh/internal/dossier/paper"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/vn"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// checkRoutes registers the checking screen. Every act is a form that is posted;
// with a script the answer is the desk alone, without one the page comes anew.
func (s *Service) checkRoutes(m *web.Mux) {
	m.Flash("dossier.done", "Đã làm.")
	m.Flash("dossier.undone", "Đã hoàn tác.")
	m.Flash("dossier.accepted", "Đã nhận tài liệu.")
	m.Flash("dossier.accepted-sure", "Đã nhận các đề xuất chắc.")
	m.Flash("dossier.missing", "Đã ghi thiếu trang.")
	m.Flash("dossier.replaced", "Đã thay trang. Hình cũ được giữ trong lịch sử của trang.")
	m.Flash("dossier.corrected", "Đã lưu và khóa nội dung trang.")
	m.Flash("dossier.unlocked", "Đã mở khóa. Trang được đọc lại.")
	m.Flash("dossier.paper-index", "Đã lưu bản kê giấy.")
	m.Page("GET /dossiers/{id}/check", MayCheck, s.checkWeb)
	m.Page("POST /dossiers/{id}/check", MayCheck, s.arrangeWeb)
	m.Page("POST /dossiers/{id}/check/undo", MayCheck, s.undoWeb)
	m.Page("POST /dossiers/{id}/check/sure", MayCheck, s.acceptSureWeb)
	m.Page("POST /documents/{id}/accept", MayCheck, s.acceptWeb)
	m.Page("GET /pages/{id}/check", MayCheck, s.leafWeb)
	m.Page("GET /pages/{id}/versions/{version}", MayRead, s.versionWeb)
	m.Page("POST /pages/{id}/missing", MayCheck, s.missingWeb)
	m.Upload("POST /pages/{id}/replace", MayCheck, s.replaceWeb)
	m.Page("GET /dossiers/{id}/check/text", MayCheck, s.queueWeb)
	m.Page("POST /pages/{id}/text", MayCheck, s.correctWeb)
	m.Page("POST /pages/{id}/unlock", MayCheck, s.unlockWeb)
	m.Page("GET /dossiers/{id}/check/index", MayCheck, s.paperWeb)
	m.Page("POST /dossiers/{id}/check/index", MayCheck, s.setPaperWeb)
}

// Show is which pages the checking screen shows.
type Show string

// What can be shown.
const (
	ShowAll      Show = ""
	ShowWaiting  Show = "waiting"
	ShowWeak     Show = "weak"
	ShowProblem  Show = "problem"
	ShowTwin     Show = "twin"
	ShowExcluded Show = "excluded"
	ShowMissing  Show = "missing"
)

// Shows lists them, in the order of the tabs.
var Shows = []Show{ShowAll, ShowWaiting, ShowWeak, ShowProblem, ShowTwin, ShowExcluded, ShowMissing}

// VN names s for a person.
func (s Show) VN() string {
	switch s {
	case ShowWaiting:
		return "Chờ kiểm tra"
	case ShowWeak:
		return "Chữ chưa chắc"
	case ShowProblem:
		return "Không đọc được"
	case ShowTwin:
		return "Trùng"
	case ShowExcluded:
		return "Để ngoài"
	case ShowMissing:
		return "Thiếu"
	case ShowAll:
	}
	return "Tất cả"
}

// holds reports whether p is shown; d is its document, nil if it has none.
func (s Show) holds(p Page, d *Document) bool {
	switch s {
	case ShowWaiting:
		return d != nil && d.State == Guessed || d == nil && p.State == Proposed
	case ShowWeak:
		return p.Weak() && p.State != Excluded
	case ShowProblem:
		return p.Problem != "" && p.State != Missing
	case ShowTwin:
		return p.Twin != "" && p.State != Excluded
	case ShowExcluded:
		return p.State == Excluded
	case ShowMissing:
		return p.State == Missing
	case ShowAll:
	}
	return true
}

// view is where a person is on the checking screen; it is all in the address.
type view struct {
	Show     Show       `form:"show"`
	Part     int        `form:"part"`
	Document DocumentID `form:"document"`
}

func (v view) query() string {
	q := url.Values{}
	if v.Show != "" {
		q.Set("show", string(v.Show))
	}
	if v.Part > 0 {
		q.Set("part", strconv.Itoa(v.Part))
	}
	if v.Document != "" {
		q.Set("document", string(v.Document))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// cluster is one document in the grid with those of its pages that are shown, and
// with pages left out that lie in or after it.
type cluster struct {
	Doc   *Document // nil: pages that belong to none
	Rest  bool      // it began in the part before
	Pages []Page
}

// partSize is about how many pages are laid out at once.
const partSize = 200

// clusters sorts the pages that are shown by document, in file order.
func clusters(c Contents, show Show) (out []cluster) {
	docs := make(map[DocumentID]*Document, len(c.Documents))
	for i := range c.Documents {
		docs[c.Documents[i].ID] = &c.Documents[i]
	}
	var current *Document
	first := true
	for _, p := range c.Pages {
		d := docs[p.Document]
		if d == nil && p.State == Excluded {
			d = current // stays where it lies on the paper
		}
		if d != current || first {
			out, current, first = append(out, cluster{Doc: d}), d, false
		}
		if show.holds(p, docs[p.Document]) {
			last := &out[len(out)-1]
			last.Pages = append(last.Pages, p)
		}
	}
	return slices.DeleteFunc(out, func(g cluster) bool { return len(g.Pages) == 0 })
}

// parts deals clusters out so that none holds many more than size pages; only a
// document that is longer by itself is cut.
func parts(gs []cluster, size int) (out [][]cluster) {
	room := 0
	for _, g := range gs {
		for len(g.Pages) > 0 {
			if room <= 0 || len(g.Pages) > room && room < size && len(g.Pages) <= size {
				out, room = append(out, nil), size
			}
			n := min(room, len(g.Pages))
			last := len(out) - 1
			out[last] = append(out[last], cluster{g.Doc, g.Rest, g.Pages[:n]})
			g.Pages, g.Rest, room = g.Pages[n:], true, room-n
		}
	}
	return out
}

// board is the checking screen.
type board struct {
	Desk
	view
	Parts    int
	Clusters []cluster // of this part
	Papers   []*Document
	Doc      *Document // whose form is open
	Fields   Fields
	Wrong    error
	Sure     int
	Counts   map[Show]int
	page     map[PageID]Page
	place    map[PageID]int // from 1
}

func newBoard(k Desk, v view) *board {
	b := &board{Desk: k, view: v, Counts: map[Show]int{}, page: map[PageID]Page{}, place: map[PageID]int{}}
	docs := make(map[DocumentID]*Document, len(k.Documents))
	for i := range k.Documents {
		d := &k.Documents[i]
		docs[d.ID] = d
		if d.State == Guessed {
			b.Counts[ShowWaiting]++
			if d.Confidence >= SureFrom {
				b.Sure++
			}
		}
	}
	for i, p := range k.Pages {
		b.page[p.ID], b.place[p.ID] = p, i+1
		for _, s := range Shows {
			if s != ShowWaiting && s.holds(p, docs[p.Document]) {
				b.Counts[s]++
			}
		}
	}
	if !slices.Contains(Shows, v.Show) {
		b.Show = ShowAll
	}
	gs := clusters(k.Contents, b.Show)
	for _, g := range gs {
		if g.Doc != nil && !slices.Contains(b.Papers, g.Doc) {
			b.Papers = append(b.Papers, g.Doc)
		}
	}
	b.Doc = docs[v.Document]
	if b.Doc == nil {
		b.Doc = b.undecided("")
	}
	if b.Doc == nil && len(b.Papers) > 0 {
		b.Doc = b.Papers[0]
	}
	b.Document = ""
	if b.Doc != nil {
		b.Document, b.Fields = b.Doc.ID, b.Doc.fields()
	}
	ps := parts(gs, partSize)
	b.Parts = len(ps)
	b.Part = min(max(v.Part, 0), b.Parts)
	if b.Part == 0 { // the one with the document
		b.Part = 1
		for i, p := range slices.Backward(ps) {
			if slices.ContainsFunc(p, func(g cluster) bool { return g.Doc != nil && g.Doc == b.Doc }) {
				b.Part = i + 1
			}
		}
	}
	if b.Parts > 0 {
		b.Clusters = ps[b.Part-1]
	}
	if b.Parts < 2 {
		b.Part = 0
	}
	return b
}

// undecided is the next document after one that a person has not accepted, from the
// beginning again at the end, or nil.
func (b *board) undecided(after DocumentID) *Document {
	n := len(b.Documents)
	start := slices.IndexFunc(b.Documents, func(d Document) bool { return d.ID == after }) + 1
	for i := range n {
		if d := &b.Documents[(start+i)%n]; d.State == Guessed && d.ID != after {
			return d
		}
	}
	return nil
}

// beside is the document before or after the one that is open, by 1 or -1.
func (b *board) beside(by int) *Document {
	i := slices.IndexFunc(b.Documents, func(d Document) bool { return d.ID == b.Document })
	if i < 0 || i+by < 0 || i+by >= len(b.Documents) {
		return nil
	}
	return &b.Documents[i+by]
}

func (b *board) href(more string, v view) templ.SafeURL {
	return templ.SafeURL(path(b.Dossier.ID, "/check"+more+v.query()))
}

// at is the address with another document open.
func (b *board) at(d DocumentID) templ.SafeURL {
	return b.href("", view{Show: b.Show, Document: d})
}

// see is what the machine saw for a field: the page and the box, if it knows.
func (b *board) see(field string) (Seen, Page, bool) {
	if b.Doc == nil {
		return Seen{}, Page{}, false
	}
	x, ok := b.Doc.Seen[field]
	p, known := b.page[x.Page]
	return x, p, ok && known && p.Access != "" && x.Box.W() > 0 && x.Box.H() > 0
}

// crop is the part of a picture around a box, as an SVG viewBox: the line it stands
// in, and a little more.
func crop(p Page, b reading.Box) string {
	h := max(b.H()*22/10, p.H/40)
	w := max(b.W()*12/10, h*7)
	w, h = min(w, p.W), min(h, p.H)
	x := min(max(0, (b[0]+b[2]-w)/2), p.W-w)
	y := min(max(0, (b[1]+b[3]-h)/2), p.H-h)
	return fmt.Sprintf("%d %d %d %d", x, y, w, h)
}

// boxText writes a box for an address, and boxOf reads it.
func boxText(b reading.Box) string { return fmt.Sprintf("%d,%d,%d,%d", b[0], b[1], b[2], b[3]) }

func boxOf(s string) (b reading.Box) {
	for i, x := range strings.SplitN(s, ",", 4) {
		b[i], _ = strconv.Atoi(x)
	}
	if b.W() <= 0 || b.H() <= 0 {
		return reading.Box{}
	}
	return b
}

// flag is something to know about a page.
type flag struct{ Kind, Text string }

func (b *board) flags(ctx context.Context, p Page) (out []flag) {
	add := func(yes bool, kind, text string, args ...any) {
		if yes {
			out = append(out, flag{kind, lang.T(ctx, text, args...)})
		}
	}
	add(p.State == Missing, "danger", "thiếu")
	add(p.Problem != "" && p.State != Missing, "danger", "không đọc được")
	add(p.State == Excluded, "neutral", "để ngoài")
	add(p.Blank, "neutral", "trắng")
	add(p.Weak() && p.State != Excluded, "warning", "chữ chưa chắc %d%%", int(p.Confidence))
	add(p.Twin != "" && p.TwinExact, "warning", "trùng tr. %d", b.place[p.Twin])
	add(p.Twin != "" && !p.TwinExact, "warning", "giống tr. %d", b.place[p.Twin])
	add(p.Spread, "info", "hai trang một tờ")
	add(p.Label > 0, "info", "nhãn %d", p.Label)
	add(p.Turn != 0, "info", "xoay %d°", p.Turn)
	add(p.Version > 1, "info", "đã thay")
	add(p.Locked, "info", "đã khóa chữ")
	return out
}

// leafName names a page for a person who does not see it.
func (b *board) leafName(ctx context.Context, p Page) string {
	name := lang.T(ctx, "Trang %d", b.place[p.ID])
	if p.Folio > 0 {
		name += ", " + Cite(p.Folio, p.Folio)
	}
	return name
}

// papersTitle is what a document is called in lists.
func paperTitle(ctx context.Context, d *Document) string {
	if d.Title != "" {
		return d.Title
	}
	if k, ok := paper.KindOf(d.Kind); ok {
		return k.Name
	}
	return lang.T(ctx, "Tài liệu chưa rõ tên")
}

// percent of a confidence 0–1.
func percent(c float64) int { return int(c*100 + 0.5) }

// sureness is how a confidence 0–1 is coloured.
func sureness(c float64) string {
	switch {
	case c >= SureFrom:
		return "success"
	case c >= 0.6:
		return "warning"
	}
	return "danger"
}

// kindName is what stands in the field of a kind: its name, which can be typed.
func kindName(code string) string {
	if k, ok := paper.KindOf(code); ok {
		return k.Name
	}
	return code
}

// kindNamed finds the kind a person typed, by code or by name, marks ignored.
func kindNamed(s string) string {
	for _, k := range paper.Kinds() {
		if s == k.Code || vn.Fold(k.Name) == vn.Fold(s) {
			return k.Code
		}
	}
	return s
}

// groupOf shows "as the kind says" where a document has the group of its kind.
func groupOf(f Fields) string {
	if k, ok := paper.KindOf(f.Kind); ok && k.Group == f.Group {
		return ""
	}
	return f.Group
}

func (s *Service) checkWeb(w http.ResponseWriter, r *http.Request) error {
	var v view
	if err := web.Form(r, &v); err != nil {
		return err
	}
	return s.showBoard(w, r, dossierID(r), v, "")
}

// showBoard answers with the screen, or with the desk alone if a script asks. said
// is what was done, to be read out.
func (s *Service) showBoard(w http.ResponseWriter, r *http.Request, d ID, v view, said string) error {
	k, err := s.Desk(r.Context(), d)
	if err != nil {
		return err
	}
	b := newBoard(k, v)
	if web.Fragment(r) {
		return web.Show(w, r, http.StatusOK, checkDesk(b, said))
	}
	return web.Show(w, r, http.StatusOK, checkPage(b, said))
}

// done answers an act: the desk as it is now, or the way back to it.
func (s *Service) done(w http.ResponseWriter, r *http.Request, d ID, v view, code, said string) error {
	if web.Fragment(r) {
		return s.showBoard(w, r, d, v, said)
	}
	return web.Done(w, r, path(d, "/check"+v.query()), code)
}

func (s *Service) arrangeWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		view
		Act
		To int `form:"to"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx, d, act := r.Context(), dossierID(r), in.Act
	if act.Do == "look" && in.To > 0 {
		act.Do = "move" // Enter in the field of the place presses the first button
	}
	switch act.Do {
	case "left":
		act.Do, act.Turn = "turn", -90
	case "right":
		act.Do, act.Turn = "turn", 90
	case "look": // without a script: everything that one page needs is on its own screen
		if len(act.Pages) == 0 {
			return ErrNoChoice
		}
		return web.Go(w, r, "/pages/"+string(act.Pages[0])+"/check")
	case "move":
		if in.To > 0 {
			c, err := s.Contents(ctx, d)
			if err != nil {
				return err
			}
			if in.To <= len(c.Pages) {
				act.Before = c.Pages[in.To-1].ID
			}
			if slices.Contains(act.Pages, act.Before) { // its place among those that stay
				rest := slices.DeleteFunc(slices.Clone(c.Pages[in.To-1:]), func(p Page) bool { return slices.Contains(act.Pages, p.ID) })
				act.Before = ""
				if len(rest) > 0 {
					act.Before = rest[0].ID
				}
			}
		}
	}
	if len(act.Pages) == 0 {
		return ErrNoChoice
	}
	if err := s.Arrange(ctx, d, act); err != nil {
		return err
	}
	return s.done(w, r, d, in.view, "dossier.done", lang.T(ctx, "%s: %d trang.", lang.T(ctx, act.VN()), len(act.Pages)))
}

// ErrNoChoice is the refusal of an act on no page.
var ErrNoChoice = fault.New(fault.Invalid, "dossier.no-choice", "Hãy chọn ít nhất một trang rồi bấm lại.")

func (s *Service) undoWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		view
		Change string `form:"change"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	act, err := s.undo(r.Context(), dossierID(r), in.Change)
	if err != nil {
		return err
	}
	ctx := r.Context()
	return s.done(w, r, dossierID(r), in.view, "dossier.undone", lang.T(ctx, "Đã hoàn tác: %s.", lang.T(ctx, act)))
}

func (s *Service) acceptSureWeb(w http.ResponseWriter, r *http.Request) error {
	var v view
	if err := web.Form(r, &v); err != nil {
		return err
	}
	ctx, d := r.Context(), dossierID(r)
	if !web.Sure(r) {
		k, err := s.Desk(ctx, d)
		if err != nil {
			return err
		}
		b := newBoard(k, v)
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/dossiers"}, sureAsk(ctx, b)))
	}
	n, err := s.AcceptSure(ctx, d, SureFrom)
	if err != nil {
		return err
	}
	return s.done(w, r, d, view{Show: v.Show}, "dossier.accepted-sure", lang.T(ctx, "Đã nhận %d tài liệu.", n))
}

func sureAsk(ctx context.Context, b *board) site.Ask {
	return site.Ask{
		Action: string(b.href("/sure", view{Show: b.Show})), Name: "sure",
		Label: lang.T(ctx, "Nhận %d đề xuất chắc (từ %d%%)", b.Sure, percent(SureFrom)),
		Title: lang.T(ctx, "Nhận %d tài liệu như máy đề xuất?", b.Sure),
		Text:  lang.T(ctx, "Đó là những đề xuất máy chắc từ %d%% trở lên. Bạn vẫn sửa lại được từng tài liệu sau khi nhận.", percent(SureFrom)),
		Yes:   lang.T(ctx, "Nhận tất cả"), Back: string(b.href("", b.view)),
	}
}

func (s *Service) acceptWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), DocumentID(r.PathValue("id"))
	d, err := s.openDocument(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	var v view
	if err := web.Form(r, &v); err != nil {
		return err
	}
	var f Fields
	wrong := web.Form(r, &f)
	f.Kind = kindNamed(f.Kind)
	if wrong == nil {
		_, wrong = s.Accept(ctx, id, f)
	}
	if wrong != nil && !errors.Is(wrong, ErrInvalid) && !errors.Is(wrong, web.ErrFields) {
		return wrong
	}
	k, err := s.Desk(ctx, d.Dossier)
	if err != nil {
		return err
	}
	if wrong != nil {
		v.Document = id
		b := newBoard(k, v)
		if f.Date == "" {
			f.Date = civil.Date(r.Form.Get("date")) // as it was typed
		}
		b.Fields, b.Wrong = f, wrong
		if web.Fragment(r) {
			return web.Show(w, r, http.StatusUnprocessableEntity, checkDesk(b, ""))
		}
		return web.Show(w, r, http.StatusUnprocessableEntity, checkPage(b, ""))
	}
	next := view{Show: v.Show, Document: id}
	if n := newBoard(k, v).undecided(id); n != nil {
		next.Document = n.ID
	}
	return s.done(w, r, d.Dossier, next, "dossier.accepted", lang.T(ctx, "Đã nhận: %s.", f.Title))
}

// closeUp is one page on a screen of its own.
type closeUp struct {
	Page     Page
	Read     reading.Page
	Box      reading.Box // where to look
	Versions []PageVersion
	Place    int
	All      int
	Prev     PageID
	Next     PageID
	Dossier  Dossier
	Doc      *Document
	Flags    []flag
	Twin     PageID // the page it seems to repeat, and its place
	TwinAt   int
	Wrong    error
	Reason   string
	Form     string // the form that is open: missing or replace
}

func (s *Service) leafWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showLeaf(w, r, http.StatusOK, PageID(r.PathValue("id")), closeUp{Box: boxOf(r.FormValue("box")), Form: r.FormValue("form")})
}

func (s *Service) showLeaf(w http.ResponseWriter, r *http.Request, status int, id PageID, l closeUp) error {
	ctx := r.Context()
	var err error
	if l.Page, l.Read, err = s.Words(ctx, id); err != nil {
		return err
	}
	if l.Versions, err = s.Versions(ctx, id); err != nil {
		return err
	}
	k, err := s.Desk(ctx, l.Page.Dossier)
	if err != nil {
		return err
	}
	b := newBoard(k, view{Document: l.Page.Document})
	l.Dossier, l.Place, l.All = k.Dossier, b.place[id], len(k.Pages)
	if l.Place > 1 {
		l.Prev = k.Pages[l.Place-2].ID
	}
	if l.Place < l.All {
		l.Next = k.Pages[l.Place].ID
	}
	if b.Doc != nil && b.Doc.ID == l.Page.Document {
		l.Doc = b.Doc
	}
	l.Flags = b.flags(ctx, l.Page)
	if twin, ok := b.page[l.Page.Twin]; ok && twin.Thumb != "" {
		l.Twin, l.TwinAt = twin.ID, b.place[twin.ID]
	}
	if web.Fragment(r) {
		return web.Show(w, r, status, leafView(l))
	}
	return web.Show(w, r, status, leafPage(b, l))
}

func (s *Service) versionWeb(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.PathValue("version"))
	if err != nil {
		return ErrNoPage
	}
	in, ref, err := s.VersionPicture(r.Context(), PageID(r.PathValue("id")), n)
	if err != nil {
		return err
	}
	defer in.Close()
	return web.File(w, r, web.Attachment{Name: fmt.Sprintf("hinh-cu-%d.jpeg", n), Type: "image/jpeg", Tag: ref.SHA256, Inline: true}, in)
}

func (s *Service) missingWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `form:"reason"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx, id := r.Context(), PageID(r.PathValue("id"))
	p, err := s.MarkMissing(ctx, id, in.Reason)
	if errors.Is(err, ErrInvalid) {
		return s.showLeaf(w, r, http.StatusUnprocessableEntity, id, closeUp{Wrong: err, Form: "missing", Reason: in.Reason})
	}
	if err != nil {
		return err
	}
	return s.done(w, r, p.Dossier, view{Document: p.Document}, "dossier.missing", lang.T(ctx, "Đã ghi thiếu một trang."))
}

func (s *Service) replaceWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), PageID(r.PathValue("id"))
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	in, err := r.MultipartReader()
	if err != nil {
		return web.ErrForm
	}
	reason, err := s.replaceFrom(ctx, id, in)
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrOnePage) || refusedFile(err) {
		return s.showLeaf(w, r, http.StatusUnprocessableEntity, id, closeUp{Wrong: err, Form: "replace", Reason: reason})
	}
	if err != nil {
		return err
	}
	return s.done(w, r, p.Dossier, view{Document: p.Document}, "dossier.replaced", lang.T(ctx, "Đã thay trang. Hình cũ được giữ trong lịch sử của trang."))
}

// refusedFile reports whether err is about the file a person chose.
func refusedFile(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Kind == fault.Invalid
}

// replaceFrom reads the form of a replacement: first the reason, then the file.
func (s *Service) replaceFrom(ctx context.Context, id PageID, in *multipart.Reader) (reason string, err error) {
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			return reason, fault.Check{{Name: "file", Text: "Hãy chọn tệp quét của trang."}}.Err(ErrInvalid)
		}
		if err != nil {
			return reason, web.ErrForm
		}
		switch {
		case part.FormName() == "reason":
			b, err := io.ReadAll(io.LimitReader(part, 4000))
			if err != nil {
				return reason, web.ErrForm
			}
			reason = vn.Clean(string(b))
		case part.FileName() != "":
			return reason, s.Replace(ctx, id, part.FileName(), reason, capped(part, s.MaxFile))
		}
	}
}

// queue is the screen on which the text of one page is put right.
type queue struct {
	Desk   Desk
	Page   Page
	Read   reading.Page
	Index  int // its place in the queue from 1, 0 if it is not in it
	All    int
	Next   PageID // after this one
	Locked []Page
	place  map[PageID]int
	Wrong  error
}

func (q queue) href(p PageID) templ.SafeURL {
	more := ""
	if p != "" {
		more = "?page=" + string(p)
	}
	return templ.SafeURL(path(q.Desk.Dossier.ID, "/check/text"+more))
}

func (s *Service) queueWeb(w http.ResponseWriter, r *http.Request) error {
	q, err := s.queue(r.Context(), dossierID(r), PageID(r.FormValue("page")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, queuePage(q))
}

// queue opens the correction queue of a file at a page, or at its head.
func (s *Service) queue(ctx context.Context, d ID, at PageID) (q queue, err error) {
	if q.Desk, err = s.Desk(ctx, d); err != nil {
		return q, err
	}
	weak, err := s.Weak(ctx, d)
	if err != nil {
		return q, err
	}
	q.All, q.place = len(weak), map[PageID]int{}
	for i, p := range q.Desk.Pages {
		q.place[p.ID] = i + 1
		if p.Locked {
			q.Locked = append(q.Locked, p)
		}
	}
	if at == "" && len(weak) > 0 {
		at = weak[0].ID
	}
	if at == "" {
		return q, nil
	}
	if q.place[at] == 0 {
		return q, ErrNoPage
	}
	q.Index = slices.IndexFunc(weak, func(p Page) bool { return p.ID == at }) + 1
	if q.Index < len(weak) {
		q.Next = weak[q.Index].ID
	}
	q.Page, q.Read, err = s.Words(ctx, at)
	return q, err
}

func (s *Service) correctWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Text string `form:"text,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx, id := r.Context(), PageID(r.PathValue("id"))
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	q, err := s.queue(ctx, p.Dossier, id) // what comes next is known only before
	if err != nil {
		return err
	}
	if err := s.Correct(ctx, id, in.Text); err != nil {
		return err
	}
	return web.Done(w, r, string(q.href(q.Next)), "dossier.corrected")
}

func (s *Service) unlockWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), PageID(r.PathValue("id"))
	p, err := s.openPage(ctx, id, MayCheck)
	if err != nil {
		return err
	}
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/dossiers"}, unlockAsk(ctx, p)))
	}
	if err := s.ReadAgain(ctx, id); err != nil {
		return err
	}
	return web.Done(w, r, path(p.Dossier, "/check/text"), "dossier.unlocked")
}

func unlockAsk(ctx context.Context, p Page) site.Ask {
	return site.Ask{
		Action: "/pages/" + string(p.ID) + "/unlock", Name: "unlock", Label: lang.T(ctx, "Mở khóa và đọc lại"),
		Title: lang.T(ctx, "Mở khóa và đọc lại trang này?"), Text: lang.T(ctx, "Máy đọc lại hình của trang; nội dung đã sửa bằng tay bị thay bằng kết quả đọc mới."),
		Yes: lang.T(ctx, "Mở khóa và đọc lại"), Danger: true, Back: path(p.Dossier, "/check/text?page="+string(p.ID)),
	}
}

// comparison is the paper index beside the file.
type comparison struct {
	Desk    Desk
	Text    string
	Matches []Match
	Counts  map[Verdict]int
	Wrong   error
}

func (s *Service) paperWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showPaper(w, r, http.StatusOK, "", nil)
}

func (s *Service) showPaper(w http.ResponseWriter, r *http.Request, status int, text string, wrong error) error {
	ctx, d := r.Context(), dossierID(r)
	k, err := s.Desk(ctx, d)
	if err != nil {
		return err
	}
	ls, err := s.PaperIndex(ctx, d)
	if err != nil {
		return err
	}
	c := comparison{Desk: k, Text: text, Counts: map[Verdict]int{}, Wrong: wrong}
	if wrong == nil {
		rows := make([]string, len(ls))
		for i, l := range ls {
			rows[i] = l.String()
		}
		c.Text = strings.Join(rows, "\n")
	}
	if len(ls) > 0 {
		c.Matches = Compare(ls, k.Documents)
	}
	for _, m := range c.Matches {
		c.Counts[m.Verdict]++
	}
	return web.Show(w, r, status, paperPage(c))
}

func (s *Service) setPaperWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Lines string `form:"lines,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.SetPaperIndex(r.Context(), dossierID(r), in.Lines)
	if errors.Is(err, ErrInvalid) {
		return s.showPaper(w, r, http.StatusUnprocessableEntity, in.Lines, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), "/check/index"), "dossier.paper-index")
}

// verdictBadge is how a verdict is coloured.
func verdictBadge(v Verdict) string {
	switch v {
	case Same:
		return "success"
	case Lacking:
		return "danger"
	case OtherSize, OtherRow, Extra:
	}
	return "warning"
}

// lastPage is the last page of a document, after which a lacking one is noted; of
// none, the first page of the file is as near as one can point.
func (c comparison) lastPage(d DocumentID) (id PageID) {
	for _, p := range c.Desk.Pages {
		if id == "" || d != "" && p.Document == d {
			id = p.ID
		}
	}
	return id
}

// answerOf is a field of the form of a document.
type answerOf struct {
	Name, Label, Value, List, Help string
	Seen                           string // what Document.Seen calls it
	Rows                           int
}

// dayText writes a day the way people type it, and leaves alone what is none.
func dayText(d civil.Date) string {
	if ok, err := civil.Parse(string(d)); err == nil {
		return ok.VN()
	}
	return string(d)
}

// textf fills a number into a text that is translated already.
func textf(text string, n int) string { return strings.Replace(text, "%d", itoa(n), 1) }

// lineBox is the box around the words of a line.
func lineBox(ws []reading.Word) (b reading.Box) {
	for _, w := range ws {
		b = b.Union(w.Box)
	}
	return b
}

func faultFields(err error) []fault.Field { return fault.From(err).Fields }

func faultText(err error) string { return fault.From(err).Text }

func weakIn(k Desk) (n int) {
	for _, p := range k.Pages {
		if ShowWeak.holds(p, nil) {
			n++
		}
	}
	return n
}

// title is the longer of two names of a button.
func title(short, long string) string {
	if long != "" {
		return long
	}
	return short
}
