package deadline

import "congminh/internal/kit/web"

func (s *Service) web(m *web.Mux) {
	s.machine(m)
}
