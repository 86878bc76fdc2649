package archive

import (
	"congminh/internal/kit/api"
	"congminh/internal/kit/web"
)

func (s *Service) hang()          {}
func (s *Service) web(*web.Mux)   {}
func (s *Service) api(*api.API)   {}
