package criminal

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "list-cases", "GET /cases", MayRead, "List the cases you may see", s.listAPI)
	api.Op(a, "get-case", "GET /cases/{id}", MayRead, "Get a case with the people in it", s.getAPI)
	api.Op(a, "create-case", "POST /cases", MayManage, "Enter a case", s.createAPI)
	api.Op(a, "edit-case", "PUT /cases/{id}", MayManage, "Correct a case", s.editAPI)
	api.Op(a, "assign-case", "PUT /cases/{id}/assignments/{staff}", MayAssign, "Give a person a task in a case", s.assignAPI)
	api.Op(a, "unassign-case", "DELETE /cases/{id}/assignments/{staff}", MayAssign, "End a person's task in a case", s.unassignAPI)
	api.Op(a, "send-case", "POST /cases/{id}/send", MayAssign, "Give a case to another office", s.sendAPI)
	s.actAPI(a)
	s.todoAPI(a)
}

type caseID struct {
	ID ID `path:"id" maxLength:"64"`
}

type caseStaff struct {
	ID    ID          `path:"id" maxLength:"64"`
	Staff org.StaffID `path:"staff" maxLength:"64"`
}

func (s *Service) listAPI(ctx context.Context, in *Filter) (*api.Body[page.Of[Case]], error) {
	cs, err := s.List(ctx, *in)
	return &api.Body[page.Of[Case]]{Body: cs}, err
}

func (s *Service) getAPI(ctx context.Context, in *caseID) (*api.Body[Case], error) {
	c, err := s.Detail(ctx, in.ID)
	return &api.Body[Case]{Body: c}, err
}

func (s *Service) createAPI(ctx context.Context, in *api.Body[New]) (*api.Body[Case], error) {
	c, err := s.Create(ctx, in.Body)
	return &api.Body[Case]{Body: c}, err
}

func (s *Service) editAPI(ctx context.Context, in *struct {
	ID   ID `path:"id" maxLength:"64"`
	Body New
}) (*api.Body[Case], error) {
	c, err := s.Edit(ctx, in.ID, in.Body)
	return &api.Body[Case]{Body: c}, err
}

func (s *Service) assignAPI(ctx context.Context, in *struct {
	ID    ID          `path:"id" maxLength:"64"`
	Staff org.StaffID `path:"staff" maxLength:"64"`
	Body  struct {
		Task Task `json:"task" enum:"lead,conduct,join,help"`
	}
}) (*struct{}, error) {
	return nil, s.Assign(ctx, in.ID, in.Staff, in.Body.Task)
}

func (s *Service) unassignAPI(ctx context.Context, in *caseStaff) (*struct{}, error) {
	return nil, s.Unassign(ctx, in.ID, in.Staff)
}

func (s *Service) sendAPI(ctx context.Context, in *struct {
	ID   ID `path:"id" maxLength:"64"`
	Body struct {
		Office auth.Office `json:"office" maxLength:"64"`
	}
}) (*struct{}, error) {
	return nil, s.Send(ctx, in.ID, in.Body.Office)
}
