package criminal

import (
	"net/http"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/web"
)

func (s *Service) handoverRoutes(m *web.Mux) {
	m.Page("GET /cases/{id}/acts/{act}/minutes", MayRead, s.minutesWeb)
}

func (s *Service) minutesWeb(w http.ResponseWriter, r *http.Request) error {
	m, err := s.MinutesOf(r.Context(), ID(r.PathValue("id")), ledger.ActID(r.PathValue("act")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, minutesPage(m))
}
