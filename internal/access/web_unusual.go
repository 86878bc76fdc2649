package access

import (
	"context"
	"net/http"

	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/seal"
	"congminh/internal/site"
)

func (s *Service) unusualWeb(m *web.Mux) {
	m.Menu("Dấu hiệu bất thường", "/access/unusual", seal.MayAudit)
	m.Flash("access.said", "Đã ghi kết luận.")
	m.Page("GET /access/unusual", seal.MayAudit, s.unusualsWeb)
	m.Page("GET /access/unusual/{id}", seal.MayAudit, s.oneUnusualWeb)
	m.Page("POST /access/unusual/{id}/verdict", seal.MayAudit, s.sayWeb)
}

func unusualPath(x UnusualID, do string) string { return "/access/unusual/" + string(x) + do }

func unusualTone(x Unusual) string {
	switch x.State {
	case Noticed:
		return "warning"
	case Confirmed:
		return "danger"
	case Dismissed:
	}
	return "neutral"
}

func unusualStates(ctx context.Context) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi trạng thái")}}
	for _, s := range []UnusualState{Noticed, Dismissed, Confirmed} {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

func (s *Service) unusualsWeb(w http.ResponseWriter, r *http.Request) error {
	var f UnusualFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, err := s.ListUnusual(r.Context(), f)
	if err != nil {
		return err
	}
	names := map[UnusualID]string{}
	for _, x := range rows.Items {
		names[x.ID] = s.rule(x).Name
	}
	return web.Show(w, r, http.StatusOK, unusualsPage(rows, names, s.patterns, f))
}

func (s *Service) oneUnusualWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showUnusual(w, r, Verdict{}, nil)
}

func (s *Service) showUnusual(w http.ResponseWriter, r *http.Request, in Verdict, wrong error) error {
	x, err := s.Unusual(r.Context(), UnusualID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), unusualPage(x, s.rule(x), s.people.OfficeName(r.Context(), x.Office), in, wrong))
}

func (s *Service) sayWeb(w http.ResponseWriter, r *http.Request) error {
	var in Verdict
	uid := UnusualID(r.PathValue("id"))
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Say(r.Context(), uid, in)
	}
	if mine(err) {
		return s.showUnusual(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, unusualPath(uid, ""), "access.said")
}
