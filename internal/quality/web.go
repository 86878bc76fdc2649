package quality

import (
	"net/http"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Chất lượng", "/quality", MayRead)
	m.Handle("GET /static/quality/", auth.Anyone, assets)
	for _, add := range routes {
		add(s, m)
	}
}

func (s *Service) indicatorRoutes(m *web.Mux) {
	m.Page("GET /quality", MayRead, s.boardWeb)
}

func (s *Service) boardWeb(w http.ResponseWriter, r *http.Request) error {
	return web.Show(w, r, http.StatusOK, boardPage())
}
