package dossier

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"congminh/internal/access"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/web"
)

// readerRoutes registers the reader of a file.
func (s *Service) readerRoutes(m *web.Mux) {
	m.Flash("dossier.marked", "Đã ghi.")
	m.Flash("dossier.unmarked", "Đã xóa ghi chú.")
	m.Flash("dossier.groups", "Đã lưu mẫu nhóm chứng cứ.")
	m.Page("GET /dossiers/{id}/read", MayRead, s.readWeb)
	m.Page("GET /dossiers/{id}/read/pages", MayRead, s.leavesWeb)
	m.Page("GET /dossiers/{id}/read/search", MayRead, s.findInWeb)
	m.Page("GET /dossiers/{id}/read/tree", MayRead, s.treeWeb)
	m.Page("GET /dossiers/{id}/read/notes", MayRead, s.notesWeb)
	m.Page("GET /pages/{id}/layer", MayRead, s.layerWeb)
	// The same, of what may be read in a sitting of the accused or counsel.
	m.Page("GET /sittings/{sitting}/dossiers/{id}/read", MayRead, sat(s.readWeb))
	m.Page("GET /sittings/{sitting}/dossiers/{id}/read/pages", MayRead, sat(s.leavesWeb))
	m.Page("GET /sittings/{sitting}/dossiers/{id}/read/search", MayRead, sat(s.findInWeb))
	m.Page("GET /sittings/{sitting}/dossiers/{id}/read/tree", MayRead, sat(s.treeWeb))
	m.Page("GET /sittings/{sitting}/dossiers/{id}/read/notes", MayRead, sat(s.notesWeb))
	m.Page("GET /sittings/{sitting}/pages/{id}/layer", MayRead, sat(s.layerWeb))
	m.Page("POST /pages/{id}/marks", MayAnnotate, s.markWeb)
	m.Page("POST /marks/{id}", MayAnnotate, s.editMarkWeb)
	m.Page("POST /marks/{id}/delete", MayAnnotate, s.deleteMarkWeb)
	m.Page("GET /c/{dossier}/{bl}", MayRead, s.citeWeb)
	m.Page("GET /dossiers/groups", MayCheck, s.groupsWeb)
	m.Page("POST /dossiers/groups", MayCheck, s.setGroupsWeb)
}

// sat has a page show what may be read in the sitting that its address names.
func sat(f func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		return f(w, r.WithContext(atSitting(r.Context(), access.SessionID(r.PathValue("sitting")))))
	}
}

func (s *Service) readWeb(w http.ResponseWriter, r *http.Request) error {
	var at At
	if err := web.Form(r, &at); err != nil {
		return err
	}
	return s.showRead(w, r, http.StatusOK, dossierID(r), at, nil)
}

func (s *Service) showRead(w http.ResponseWriter, r *http.Request, status int, d ID, at At, wrong error) error {
	ctx := r.Context()
	o, err := s.OpenAt(ctx, d, at)
	if err != nil {
		return err
	}
	if o.Page.ID == "" {
		return web.Show(w, r, status, emptyReader(o))
	}
	all, err := s.MarksIn(ctx, d)
	if err != nil {
		return err
	}
	return web.ShowAfter(w, r, status, readerPage(o, all, at, len(s.Font) > 0, wrong), o.Told)
}

// leavesWeb sends what the reader must know of all pages: columns, not rows, which
// is a third of the size.
func (s *Service) leavesWeb(w http.ResponseWriter, r *http.Request) error {
	ls, err := s.Leaves(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	return sendJSON(w, r, columnsOf(ls))
}

// leafColumns is Leaves column by column.
type leafColumns struct {
	IDs    []PageID     `json:"id"`
	Docs   []DocumentID `json:"docs"` // each once
	Doc    []int        `json:"doc"`  // index into Docs, or -1
	Folios []int        `json:"folio"`
	W      []int        `json:"w"`
	H      []int        `json:"h"`
	DPI    []int        `json:"dpi"`
	Rot    []int        `json:"rot"`
	Turn   []int        `json:"turn"`
	Flags  []int        `json:"flags"`
}

func columnsOf(ls []Leaf) leafColumns {
	n := len(ls)
	c := leafColumns{
		IDs: make([]PageID, n), Docs: []DocumentID{}, Doc: make([]int, n), Folios: make([]int, n),
		W: make([]int, n), H: make([]int, n), DPI: make([]int, n), Rot: make([]int, n), Turn: make([]int, n), Flags: make([]int, n),
	}
	at := map[DocumentID]int{"": -1}
	for i, l := range ls {
		k, ok := at[l.Document]
		if !ok {
			k = len(c.Docs)
			at[l.Document] = k
			c.Docs = append(c.Docs, l.Document)
		}
		c.IDs[i], c.Doc[i], c.Folios[i], c.W[i], c.H[i], c.DPI[i], c.Rot[i], c.Turn[i], c.Flags[i] = l.Page, k, l.Folio, l.W, l.H, l.DPI, l.Rotation, l.Turn, l.Flags
	}
	return c
}

func (s *Service) layerWeb(w http.ResponseWriter, r *http.Request) error {
	l, err := s.LayerOf(r.Context(), PageID(r.PathValue("id")), r.FormValue("q"))
	if err != nil {
		return err
	}
	out := struct {
		W       int           `json:"w"`
		H       int           `json:"h"`
		Words   [][]any       `json:"words"` // text, x0, y0, x1, y1, line
		Hits    []reading.Box `json:"hits"`
		Marks   []shownMark   `json:"marks"`
		Problem string        `json:"problem,omitempty"`
	}{W: l.Page.W, H: l.Page.H, Words: make([][]any, len(l.Read.Words)), Hits: l.Hits, Marks: []shownMark{}, Problem: l.Page.Problem}
	for i, x := range l.Read.Words {
		out.Words[i] = []any{x.T, x.Box[0], x.Box[1], x.Box[2], x.Box[3], x.Line}
	}
	if out.Hits == nil {
		out.Hits = []reading.Box{}
	}
	me := auth.From(r.Context()).ID
	for _, m := range l.Marks {
		out.Marks = append(out.Marks, shownMark{m, m.By == me})
	}
	return sendJSON(w, r, out)
}

type shownMark struct {
	Mark
	Mine bool `json:"mine"`
}

func (s *Service) findInWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Words string `form:"q"`
		From  int    `form:"from"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	f, err := s.FindIn(r.Context(), dossierID(r), in.Words, in.From)
	if err != nil {
		return err
	}
	type hit struct {
		Page    PageID        `json:"page"`
		Folio   int           `json:"folio"`
		Snippet []Piece       `json:"snippet"`
		Boxes   []reading.Box `json:"boxes"`
	}
	out := struct {
		Pages []PageID `json:"pages"`
		All   bool     `json:"all"`
		Hits  []hit    `json:"hits"`
	}{f.Pages, f.All, []hit{}}
	if out.Pages == nil {
		out.Pages = []PageID{}
	}
	for _, h := range f.Hits {
		out.Hits = append(out.Hits, hit(h))
	}
	return sendJSON(w, r, out)
}

func (s *Service) treeWeb(w http.ResponseWriter, r *http.Request) error {
	t, err := s.Tree(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, contents(dossierID(r), t, ""))
}

func (s *Service) notesWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Page(r.Context(), PageID(r.FormValue("page")))
	if err == nil && p.Dossier != dossierID(r) {
		err = ErrNoPage
	}
	if err == nil {
		var part Part
		if _, part, err = s.share(r.Context(), p.Dossier); err == nil && !part.Has(p.Document) {
			err = ErrNoPage
		}
	}
	if err != nil {
		return err
	}
	return s.showNotes(w, r, http.StatusOK, p, nil)
}

func (s *Service) showNotes(w http.ResponseWriter, r *http.Request, status int, p Page, wrong error) error {
	ms, err := s.MarksIn(r.Context(), p.Dossier)
	if err != nil {
		return err
	}
	gs, err := s.GroupsIn(r.Context(), p.Dossier)
	if err != nil {
		return err
	}
	may := May(r.Context(), MayAnnotate) && p.right.Grant == "" && sittingOf(r.Context()) == ""
	return web.Show(w, r, status, notes(p, ms, gs, may, wrong))
}

func (s *Service) markWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		MarkAs
		Boxes string `form:"boxes"`
	}
	err := web.Form(r, &in)
	if err != nil {
		return err
	}
	var boxes []reading.Box
	if in.Boxes != "" && json.Unmarshal([]byte(in.Boxes), &boxes) != nil {
		return web.ErrForm
	}
	p, err := s.Page(r.Context(), PageID(r.PathValue("id")))
	if err != nil {
		return err
	}
	_, err = s.Mark(r.Context(), p.ID, in.MarkAs, boxes)
	return s.marked(w, r, p, "dossier.marked", err)
}

func (s *Service) editMarkWeb(w http.ResponseWriter, r *http.Request) error {
	var in MarkAs
	if err := web.Form(r, &in); err != nil {
		return err
	}
	m, err := s.OwnMark(r.Context(), MarkID(r.PathValue("id")))
	if err != nil {
		return err
	}
	p, err := s.Page(r.Context(), m.Page)
	if err != nil {
		return err
	}
	_, err = s.EditMark(r.Context(), m.ID, in)
	return s.marked(w, r, p, "dossier.marked", err)
}

func (s *Service) deleteMarkWeb(w http.ResponseWriter, r *http.Request) error {
	m, err := s.OwnMark(r.Context(), MarkID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, deleteMarkPage(m))
	}
	p, err := s.Page(r.Context(), m.Page)
	if err != nil {
		return err
	}
	_, err = s.DeleteMark(r.Context(), m.ID)
	return s.marked(w, r, p, "dossier.unmarked", err)
}

// marked answers a change of marks: a script gets the notes anew, a form goes back
// to the page.
func (s *Service) marked(w http.ResponseWriter, r *http.Request, p Page, flash string, err error) error {
	invalid := errors.Is(err, ErrInvalid)
	switch {
	case err != nil && !invalid:
		return err
	case web.Fragment(r) && invalid:
		return s.showNotes(w, r, http.StatusUnprocessableEntity, p, err)
	case web.Fragment(r):
		return s.showNotes(w, r, http.StatusOK, p, nil)
	case invalid:
		return s.showRead(w, r, http.StatusUnprocessableEntity, p.Dossier, At{Page: p.ID}, err)
	}
	return web.Done(w, r, readHref(p.Dossier, p.ID, ""), flash)
}

// citeWeb opens the folios that a document cites.
func (s *Service) citeWeb(w http.ResponseWriter, r *http.Request) error {
	d := ID(r.PathValue("dossier"))
	from, to, ok := ParseCite(r.PathValue("bl"))
	if !ok {
		return ErrNoPage
	}
	if _, err := s.Folio(r.Context(), d, from); err != nil {
		return err
	}
	bl := itoa(from)
	if to > from {
		bl += "-" + itoa(to)
	}
	return web.Go(w, r, path(d, "/read?bl="+bl))
}

func (s *Service) groupsWeb(w http.ResponseWriter, r *http.Request) error {
	gs, own, err := s.Groups(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, groupsPage(gs, own, nil))
}

func (s *Service) setGroupsWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Codes []string `form:"code"`
		Names []string `form:"name"`
		Hide  []string `form:"hide"`
		Up    string   `form:"up"`
		Down  string   `form:"down"`
		Reset string   `form:"reset"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	if len(in.Codes) != len(in.Names) {
		return web.ErrForm
	}
	var gs []GroupLine
	if in.Reset == "" {
		for i, c := range in.Codes {
			gs = append(gs, GroupLine{Code: c, Name: in.Names[i], Hidden: c != "" && slices.Contains(in.Hide, c)})
		}
		for i := range gs {
			if i > 0 && in.Up == gs[i].Code && in.Up != "" {
				gs[i-1], gs[i] = gs[i], gs[i-1]
				break
			}
			if i+1 < len(gs) && in.Down == gs[i].Code && in.Down != "" && gs[i+1].Code != "" {
				gs[i], gs[i+1] = gs[i+1], gs[i]
				break
			}
		}
	}
	err := s.SetGroups(r.Context(), gs)
	if errors.Is(err, ErrInvalid) {
		return web.Show(w, r, http.StatusUnprocessableEntity, groupsPage(gs, true, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/dossiers/groups", "dossier.groups")
}

// sendJSON sends v to a script of ours, packed, and only if it changed.
func sendJSON(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", tag)
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if len(body) > 1000 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		_, _ = z.Write(body)
		_ = z.Close()
		body = b.Bytes()
		h.Set("Content-Encoding", "gzip")
	}
	_, err = w.Write(body)
	return err
}
