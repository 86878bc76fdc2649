package seal

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "list-journal", "GET /journal", MayAudit, "Who did what to which thing, newest first", s.listAPI)
}

func (s *Service) listAPI(ctx context.Context, in *Filter) (*api.Body[page.Of[Entry]], error) {
	es, err := s.List(ctx, *in)
	return &api.Body[page.Of[Entry]]{Body: es}, err
}
