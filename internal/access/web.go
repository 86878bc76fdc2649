package access

import "congminh/internal/kit/web"

func (s *Service) web(m *web.Mux) {}
