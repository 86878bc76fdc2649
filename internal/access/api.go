package access

import "congminh/internal/kit/api"

func (s *Service) api(a *api.API) {}
