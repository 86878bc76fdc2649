package deadline

import (
	"context"

	"congminh/internal/criminal"
	"congminh/internal/kit/api"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "board", "GET /deadlines", MayRead, "The time limits in a scope: counts, and those that pass the filter", s.boardAPI)
	api.Op(a, "get-deadline", "GET /deadlines/{clock}", MayRead, "A time limit with every step of its arithmetic", s.explainAPI)
	api.Op(a, "case-deadlines", "GET /cases/{id}/deadlines", MayRead, "The time limits of a case, running and over", s.ofCaseAPI)
}

func (s *Service) boardAPI(ctx context.Context, in *struct {
	Scope Scope `query:"scope" enum:"mine,unit,office,superior" default:"mine"`
	Filter
}) (*api.Body[Board], error) {
	b, err := s.Board(ctx, in.Scope, in.Filter)
	return &api.Body[Board]{Body: b}, err
}

func (s *Service) explainAPI(ctx context.Context, in *struct {
	Clock ClockID `path:"clock" maxLength:"64"`
}) (*api.Body[Explanation], error) {
	e, err := s.Explain(ctx, in.Clock)
	return &api.Body[Explanation]{Body: e}, err
}

func (s *Service) ofCaseAPI(ctx context.Context, in *struct {
	ID criminal.ID `path:"id" maxLength:"64"`
}) (*api.Body[[]Clock], error) {
	ks, err := s.OfCase(ctx, in.ID)
	return &api.Body[[]Clock]{Body: ks}, err
}
