package access

import (
	"context"
	"net/http"
	"net/url"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
)

func (s *Service) recusalWeb(m *web.Mux) {
	m.Flash("access.recused", "Đã ghi. Người này không còn thấy vụ án.")
	m.Flash("access.unrecused", "Đã kết thúc. Người này lại có quyền theo chức trách.")
	m.Page("GET /access/recusals", MayDecide, s.recusalsWeb)
	m.Page("GET /access/recusals/new", MayDecide, s.newRecusalWeb)
	m.Page("POST /access/recusals", MayDecide, s.recuseWeb)
	m.Page("GET /access/recusals/{id}", MayDecide, s.oneRecusalWeb)
	m.Page("POST /access/recusals/{id}/end", MayDecide, s.unrecuseWeb)
}

// named is the title of the case, or at least its identifier.
func (x Recusal) named(ctx context.Context) string {
	if x.Title == "" {
		return lang.T(ctx, "Hồ sơ số %s", x.Case)
	}
	return x.Title
}

// address is the list that f asks for.
func (f RecusalFilter) address() string {
	q := url.Values{}
	if f.Case != "" {
		q.Set("case", f.Case)
	}
	if f.Ended {
		q.Set("ended", "on")
	}
	return "/access/recusals?" + q.Encode()
}

func (s *Service) recusalsWeb(w http.ResponseWriter, r *http.Request) error {
	var f RecusalFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, err := s.Recusals(r.Context(), f)
	if err != nil {
		return err
	}
	n, err := s.Waiting(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, recusalsPage(rows, f, n))
}

func (s *Service) newRecusalWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRecuse(w, r, NewRecusal{Case: r.FormValue("case")}, nil)
}

func (s *Service) showRecuse(w http.ResponseWriter, r *http.Request, in NewRecusal, wrong error) error {
	people, err := s.people.Colleagues(r.Context(), auth.From(r.Context()).Office)
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), recusePage(in, hosts(people), s.rules, wrong))
}

func (s *Service) recuseWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewRecusal
	err := web.Form(r, &in)
	var x Recusal
	if err == nil {
		x, err = s.Recuse(r.Context(), in)
	}
	if mine(err) {
		return s.showRecuse(w, r, in, err)
	}
	if err != nil {
		return err
	}
	to := "/access/recusals"
	if x.Staff != "" && string(x.Staff) != auth.From(r.Context()).ID {
		to = recusalPath(x.ID, "") // who left a case themselves does not find it any more
	}
	return web.Done(w, r, to, "access.recused")
}

func (s *Service) oneRecusalWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRecusal(w, r, EndRecusal{}, nil)
}

func (s *Service) showRecusal(w http.ResponseWriter, r *http.Request, in EndRecusal, wrong error) error {
	x, err := s.Recusal(r.Context(), RecusalID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), recusalPage(x, in, s.rules, wrong))
}

func (s *Service) unrecuseWeb(w http.ResponseWriter, r *http.Request) error {
	var in EndRecusal
	rid := RecusalID(r.PathValue("id"))
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Unrecuse(r.Context(), rid, in)
	}
	if mine(err) {
		return s.showRecusal(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, recusalPath(rid, ""), "access.unrecused")
}
