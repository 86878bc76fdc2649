package criminal

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/web"
)

func (s *Service) personRoutes(m *web.Mux) {
	m.Flash("criminal.person", "Đã lưu người tham gia tố tụng.")
	m.Flash("criminal.person-removed", "Đã bỏ người này khỏi vụ án.")

	m.Page("GET /cases/{id}/persons/new", MayManage, s.newPersonWeb)
	m.Page("POST /cases/{id}/persons", MayManage, s.addPersonWeb)
	m.Page("POST /cases/{id}/persons/check", MayManage, s.alikeWeb)
	m.Page("GET /cases/{id}/persons/{person}", MayRead, s.personWeb)
	m.Page("GET /cases/{id}/persons/{person}/edit", MayManage, s.editPersonPage)
	m.Page("POST /cases/{id}/persons/{person}", MayManage, s.editPersonWeb)
	m.Page("POST /cases/{id}/persons/{person}/remove", MayManage, web.Fresh(s.removePersonWeb))
}

func partyID(r *http.Request) ledger.PartyID { return ledger.PartyID(r.PathValue("person")) }

// personInput is a person as the form sends them.
type personInput struct {
	Name       string   `form:"name"`
	Role       Role     `form:"role"`
	Capacity   string   `form:"capacity"`
	Entity     bool     `form:"entity"`
	Born       string   `form:"born"`
	Died       string   `form:"died"`
	IDNumber   string   `form:"id_number"`
	Attributes []string `form:"attributes"`
	Next       bool     `form:"next"`
}

// readPerson reads the form. Each further particular has an input of its name.
func readPerson(r *http.Request) (p Person, next bool, err error) {
	var in personInput
	if err = web.Form(r, &in); err != nil {
		return p, false, err
	}
	p = Person{Name: in.Name, Role: in.Role, Capacity: in.Capacity, Entity: in.Entity, Born: parseBorn(in.Born), Died: parseBorn(in.Died),
		IDNumber: strings.ToUpper(strings.ReplaceAll(in.IDNumber, " ", "")), More: map[string]string{}}
	for _, k := range particulars {
		if v := r.Form.Get(k); v != "" && k != "attributes" {
			p.More[k] = v
		}
	}
	if len(in.Attributes) > 0 {
		p.More["attributes"] = strings.Join(in.Attributes, " ")
	}
	if p.Role != Participant {
		p.Capacity = ""
	}
	return p, in.Next, nil
}

// personForm is the form of a person.
type personForm struct {
	c    Case
	law  Law
	p    Person
	like []Same
	err  error
}

func (f personForm) has(attribute string) bool {
	return slices.Contains(strings.Fields(f.p.More["attributes"]), attribute)
}

func (s *Service) newPersonWeb(w http.ResponseWriter, r *http.Request) error {
	role := Role(r.URL.Query().Get("role"))
	if !slices.Contains(Roles, role) {
		role = Accused
	}
	return s.showPerson(w, r, http.StatusOK, Person{Role: role, Name: r.URL.Query().Get("name"), More: map[string]string{"nationality": "Việt Nam"}}, nil)
}

func (s *Service) showPerson(w http.ResponseWriter, r *http.Request, status int, p Person, wrong error) error {
	ctx := r.Context()
	c, err := s.Detail(ctx, caseOf(r))
	if err != nil {
		return err
	}
	if err := auth.RequireIn(ctx, MayManage, c.path); err != nil {
		return err
	}
	f := personForm{c: c, law: s.law(ctx), p: p, err: wrong}
	if p.Name != "" {
		if f.like, err = s.Alike(ctx, c.ID, p); err != nil {
			return err
		}
	}
	return web.Show(w, r, status, personFormPage(f))
}

func (s *Service) addPersonWeb(w http.ResponseWriter, r *http.Request) error {
	p, next, err := readPerson(r)
	if err != nil {
		return err
	}
	made, err := s.AddPerson(r.Context(), caseOf(r), p)
	if errors.Is(err, ErrPerson) {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, p, err)
	}
	if err != nil {
		return err
	}
	if next {
		return web.Done(w, r, at(caseOf(r), "/persons/new?role="+string(made.Role)), "criminal.person")
	}
	return web.Done(w, r, at(caseOf(r), ""), "criminal.person")
}

// alikeWeb says, while one types, who of other cases seems to be the same.
func (s *Service) alikeWeb(w http.ResponseWriter, r *http.Request) error {
	p, _, err := readPerson(r)
	if err != nil {
		return err
	}
	var like []Same
	if p.Name != "" || p.IDNumber != "" {
		if like, err = s.Alike(r.Context(), caseOf(r), p); err != nil {
			return err
		}
	}
	return web.Show(w, r, http.StatusOK, alikePart(like))
}

// personView is the page of a person.
type personView struct {
	Story
	law  Law
	may  rights
	p    Person
	a    ledger.Accused
	told bool
	acts []ledger.Act
	like []Same
}

func (s *Service) personWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onePerson(w, r, http.StatusOK, nil)
}

func (s *Service) onePerson(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	ctx := r.Context()
	st, err := s.Story(ctx, caseOf(r), "")
	if err != nil {
		return err
	}
	v := personView{Story: st, law: s.law(ctx), may: rightsIn(ctx, st.Case)}
	var ok bool
	if v.p, ok = st.person(partyID(r)); !ok {
		return ErrNone
	}
	v.a, v.told = accusedState(st.State, v.p.ID)
	for _, a := range ledger.Standing(&st.Ledger) {
		if slices.Contains(a.Parties, v.p.ID) || len(a.Parties) == 0 && v.p.Role == Accused {
			v.acts = append(v.acts, a)
		}
	}
	slices.Reverse(v.acts)
	if v.like, err = s.Alike(ctx, st.ID, v.p); err != nil {
		return err
	}
	return web.Show(w, r, status, personPage(v, wrong))
}

func (s *Service) editPersonPage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Detail(r.Context(), caseOf(r))
	if err != nil {
		return err
	}
	p, ok := c.person(partyID(r))
	if !ok {
		return ErrNone
	}
	return s.showPerson(w, r, http.StatusOK, p, nil)
}

func (s *Service) editPersonWeb(w http.ResponseWriter, r *http.Request) error {
	p, _, err := readPerson(r)
	if err != nil {
		return err
	}
	p.ID = partyID(r)
	_, err = s.EditPerson(r.Context(), caseOf(r), p)
	if errors.Is(err, ErrPerson) {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, p, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, personAt(caseOf(r), p.ID, ""), "criminal.person")
}

func (s *Service) removePersonWeb(w http.ResponseWriter, r *http.Request) error {
	id, pid := caseOf(r), partyID(r)
	c, err := s.Detail(r.Context(), id)
	if err != nil {
		return err
	}
	p, ok := c.person(pid)
	if !ok {
		return ErrNone
	}
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, removePersonPage(c, p))
	}
	err = s.RemovePerson(r.Context(), id, pid)
	if errors.Is(err, ErrInLedger) {
		return s.onePerson(w, r, http.StatusConflict, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, at(id, ""), "criminal.person-removed")
}
