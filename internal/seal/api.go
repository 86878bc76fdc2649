package seal

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "list-journal", "GET /journal", MayAudit, "Who did what to which thing, newest first", s.listAPI)
	api.Op(a, "list-seals", "GET /seals", MayCertify, "Certified documents, and until when each is proven", s.sealsAPI)
	api.Op(a, "list-witnesses", "GET /witnesses", MayKeys, "Offices that keep heads of this journal, or whose heads are kept here", s.witnessesAPI)
}

func (s *Service) listAPI(ctx context.Context, in *Filter) (*api.Body[page.Of[Entry]], error) {
	es, err := s.Read(ctx, *in)
	return &api.Body[page.Of[Entry]]{Body: es}, err
}

func (s *Service) sealsAPI(ctx context.Context, in *SealFilter) (*api.Body[page.Of[Certified]], error) {
	cs, _, err := s.Seals(ctx, *in)
	return &api.Body[page.Of[Certified]]{Body: cs}, err
}

func (s *Service) witnessesAPI(ctx context.Context, _ *struct{}) (*api.Body[[]Peer], error) {
	ps, err := s.Peers(ctx)
	return &api.Body[[]Peer]{Body: ps}, err
}
