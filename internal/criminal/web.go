package criminal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Vụ án", "/cases", MayRead)
	m.Flash("criminal.saved", "Đã lưu vụ án.")
	m.Flash("criminal.assigned", "Đã cập nhật phân công.")
	m.Flash("criminal.sent", "Đã chuyển vụ án. Các phân công cũ đã kết thúc.")

	m.Handle("GET /static/criminal/", auth.Anyone, assets)
	s.actRoutes(m)
	s.personRoutes(m)
	s.splitRoutes(m)
	s.registerRoutes(m)
	s.numberRoutes(m)
	s.importRoutes(m)
	s.handoverRoutes(m)
	s.todoRoutes(m)
	m.Page("GET /cases", MayRead, s.listWeb)
	m.Page("GET /cases/new", MayManage, s.newWeb)
	m.Page("POST /cases", MayManage, s.createWeb)
	m.Page("GET /cases/{id}", MayRead, s.caseWeb)
	m.Page("GET /cases/{id}/print", MayRead, s.printWeb)
	m.Page("GET /cases/{id}/edit", MayManage, s.editPage)
	m.Page("POST /cases/{id}", MayManage, s.editWeb)
	m.Page("GET /cases/{id}/assignments", MayRead, s.assignmentsPage)
	m.Page("POST /cases/{id}/assignments", MayAssign, s.assignWeb)
	m.Page("POST /cases/{id}/assignments/{staff}/end", MayAssign, s.unassignWeb)
	m.Page("POST /cases/{id}/send", MayAssign, s.sendWeb)
}

func (s *Service) listWeb(w http.ResponseWriter, r *http.Request) error {
	var f Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	cs, err := s.List(r.Context(), f)
	if err != nil {
		return err
	}
	names := map[auth.Office]string{}
	for _, c := range cs.Items {
		if _, ok := names[c.Office]; !ok {
			names[c.Office] = s.org.OfficeName(r.Context(), c.Office)
		}
	}
	return web.Show(w, r, http.StatusOK, listPage(cs, f, names, with(r, "after", cs.Next), func(sort Sort) string {
		return with(r, "sort", string(sort))
	}))
}

// with is the address of the list at r with one thing changed; a change of order
// begins at the first page. No value, no address.
func with(r *http.Request, name, value string) string {
	if value == "" {
		return ""
	}
	q := url.Values{}
	for k, v := range r.URL.Query() {
		if k != "after" {
			q[k] = v
		}
	}
	q.Set(name, value)
	return "?" + q.Encode()
}

// form is New as a page sends it: people one a line, numbers elsewhere in pairs.
type form struct {
	New
	Accused      string   `form:"accused,lines"`
	Victims      string   `form:"victims,lines"`
	Participants string   `form:"participants,lines"`
	Codes        []string `form:"alias"`
	Whose        []string `form:"whose"`
	acts         int      // how many acts the case has
}

func (f *form) read(r *http.Request) error {
	err := web.Form(r, f)
	f.Persons, f.Aliases = nil, nil
	for _, g := range []struct {
		role  Role
		lines string
	}{{Accused, f.Accused}, {Victim, f.Victims}, {Participant, f.Participants}} {
		for line := range strings.Lines(g.lines) {
			f.Persons = append(f.Persons, Person{Name: line, Role: g.role})
		}
	}
	for i, code := range f.Codes {
		if code != "" && i < len(f.Whose) && !slices.ContainsFunc(f.Aliases, func(a Alias) bool { return a.Code == code }) {
			f.Aliases = append(f.Aliases, Alias{code, f.Whose[i]})
		}
	}
	return err
}

func fill(c Case) form {
	return form{New: New{c.Number, c.EFile, c.Name, c.Office, c.Stage, c.Status, c.Secrecy, c.Key, c.Opened, c.Persons, c.Aliases}, acts: c.Acts}
}

func (s *Service) newWeb(w http.ResponseWriter, r *http.Request) error {
	return web.Show(w, r, http.StatusOK, formPage("", form{New: New{Stage: Investigation, Status: Open}}, nil))
}

// invalid reports whether a form can show err.
func invalid(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrNumber) || errors.Is(err, ErrSecrecy) ||
		errors.Is(err, ErrAssign) || errors.Is(err, web.ErrFields)
}

// beside puts a refusal about a number beside the number.
func beside(err error) error {
	if errors.Is(err, ErrNumber) {
		return refusal{ErrNumber}.Need(false, "number", ErrNumber.Text)
	}
	return err
}

func (s *Service) createWeb(w http.ResponseWriter, r *http.Request) error {
	var in form
	err := in.read(r)
	var c Case
	if err == nil {
		c, err = s.Create(r.Context(), in.New)
	}
	if invalid(err) {
		return web.Show(w, r, http.StatusUnprocessableEntity, formPage("", in, beside(err)))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/cases/"+string(c.ID), "criminal.saved")
}

func (s *Service) caseWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var in struct {
		actFilter
		On civil.Date `form:"on"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	st, err := s.Story(ctx, caseOf(r), in.On)
	if err != nil {
		return err
	}
	v := caseView{Story: st, law: s.law(ctx), may: rightsIn(ctx, st.Case), only: in.actFilter}
	if v.panels, err = s.shownPanels(ctx, st.ID); err != nil {
		return err
	}
	if v.todos, err = s.Todos(ctx, st.ID); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, casePage(v))
}

// shownPanels is what the modules above have to say of a case, in order.
func (s *Service) shownPanels(ctx context.Context, id ID) (out []shown, err error) {
	for _, p := range s.panels {
		if p.Show == nil {
			continue
		}
		body, err := p.Show(ctx, id)
		if err != nil {
			return nil, err
		}
		if body != nil {
			out = append(out, shown{p.Title, p.Order, body})
		}
	}
	slices.SortStableFunc(out, func(a, b shown) int { return a.order - b.order })
	return out, nil
}

// printWeb is the case on paper.
func (s *Service) printWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	st, err := s.Story(ctx, caseOf(r), "")
	if err != nil {
		return err
	}
	v := caseView{Story: st, law: s.law(ctx), only: actFilter{Oldest: true}}
	if v.panels, err = s.shownPanels(ctx, st.ID); err != nil {
		return err
	}
	if v.todos, err = s.Todos(ctx, st.ID); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, printPage(v))
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Detail(r.Context(), ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := auth.RequireIn(r.Context(), MayManage, c.path); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, formPage(c.ID, fill(c), nil))
}

func (s *Service) editWeb(w http.ResponseWriter, r *http.Request) error {
	id := ID(r.PathValue("id"))
	var in form
	err := in.read(r)
	old, gone := s.Detail(r.Context(), id) // people have pages of their own
	if gone != nil {
		return gone
	}
	in.Persons, in.acts = old.Persons, old.Acts
	if err == nil {
		_, err = s.Edit(r.Context(), id, in.New)
	}
	if invalid(err) {
		return web.Show(w, r, http.StatusUnprocessableEntity, formPage(id, in, beside(err)))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/cases/"+string(id), "criminal.saved")
}

func (s *Service) assignmentsPage(w http.ResponseWriter, r *http.Request) error {
	return s.assignments(w, r, nil)
}

func (s *Service) assignments(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	c, err := s.Detail(ctx, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	v := view{c: c}
	v.mayAssign = auth.RequireIn(ctx, MayAssign, c.path) == nil
	if v.mayAssign {
		offices, err := s.Receivers(ctx)
		if err != nil {
			return err
		}
		v.offices = officeOptions(offices)
		people, err := s.org.Colleagues(ctx, c.Office)
		if err != nil {
			return err
		}
		for _, p := range people {
			if !p.Has(org.SysAdmin) {
				text := p.Name
				if p.Rank != "" {
					text += " – " + lang.T(ctx, p.Rank)
				}
				v.people = append(v.people, site.Option{Value: string(p.ID), Text: text})
			}
		}
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, assignmentsPage(v, wrong))
}

func (s *Service) assignWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Staff org.StaffID `form:"staff"`
		Task  Task        `form:"task"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.assigned(w, r, func(ctx context.Context, id ID) error { return s.Assign(ctx, id, in.Staff, in.Task) })
}

func (s *Service) unassignWeb(w http.ResponseWriter, r *http.Request) error {
	return s.assigned(w, r, func(ctx context.Context, id ID) error {
		return s.Unassign(ctx, id, org.StaffID(r.PathValue("staff")))
	})
}

func (s *Service) assigned(w http.ResponseWriter, r *http.Request, do func(context.Context, ID) error) error {
	id := ID(r.PathValue("id"))
	err := do(r.Context(), id)
	if invalid(err) {
		return s.assignments(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/cases/"+string(id)+"/assignments", "criminal.assigned")
}

func (s *Service) sendWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Office string `form:"office"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	to, err := s.Receiver(r.Context(), in.Office)
	if err == nil {
		err = s.Send(r.Context(), caseOf(r), to)
	}
	if invalid(err) {
		return s.assignments(w, r, beside(err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/cases", "criminal.sent")
}
