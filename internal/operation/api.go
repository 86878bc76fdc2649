package operation

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "list-jobs", "GET /jobs", MayRead, "List the work that goes on by itself", s.jobsAPI)
	api.Op(a, "retry-job", "POST /jobs/{id}/retry", MayManage, "Try a job again that was given up", s.retryAPI)
	api.Op(a, "system-state", "GET /system", MayRead, "How the system stands", s.stateAPI)
}

func (s *Service) jobsAPI(ctx context.Context, in *job.Filter) (*api.Body[page.Of[Work]], error) {
	ws, err := s.Jobs(ctx, *in)
	return &api.Body[page.Of[Work]]{Body: ws}, err
}

func (s *Service) retryAPI(ctx context.Context, in *struct {
	ID JobID `path:"id"`
}) (*struct{}, error) {
	return nil, s.Retry(ctx, in.ID)
}

func (s *Service) stateAPI(ctx context.Context, _ *struct{}) (*api.Body[State], error) {
	st, err := s.State(ctx)
	return &api.Body[State]{Body: st}, err
}
