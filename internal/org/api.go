package org

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/page"
)

func (s *Service) api(a *api.API) {
	api.Op(a, "get-my-methods", "GET /account/methods", MaySelf, "How you can prove who you are, beside a password", s.methodsAPI)
	api.Op(a, "list-my-sessions", "GET /account/sessions", MaySelf, "List your sessions, newest first", s.sessionsAPI)
	api.Op(a, "end-my-session", "POST /account/sessions/{id}/end", MaySelf, "End one of your sessions", s.endSessionAPI)
	api.Op(a, "list-offices", "GET /offices", MaySelf, "List offices, by their place in the tree", s.listOfficesAPI)
	api.Op(a, "get-office", "GET /offices/{id}", MaySelf, "Get an office", s.getOfficeAPI)
	api.Op(a, "add-office", "POST /offices", MayManage, "Enter an office", s.addOfficeAPI)
	api.Op(a, "edit-office", "PUT /offices/{id}", MayManage, "Correct an office", s.editOfficeAPI)
	api.Op(a, "list-staff", "GET /staff", MayRead, "List the people of your office and those below, by name", s.listStaffAPI)
	api.Op(a, "get-staff", "GET /staff/{id}", MayRead, "Get a person", s.getStaffAPI)
	api.Op(a, "add-staff", "POST /staff", MayManage, "Enter a person; the answer holds the code of their first sign-in", s.addStaffAPI)
	api.Op(a, "edit-staff", "PUT /staff/{id}", MayManage, "Correct a person", s.editStaffAPI)
	api.Op(a, "disable-staff", "POST /staff/{id}/disable", MayManage, "End a person's account and sessions", s.disableAPI(true))
	api.Op(a, "enable-staff", "POST /staff/{id}/enable", MayManage, "Open a person's account again", s.disableAPI(false))
	api.Op(a, "reset-staff", "POST /staff/{id}/reset", MayManage, "End a person's password; the answer holds a one-time code", s.resetAPI)
	api.Op(a, "remove-staff-second", "POST /staff/{id}/second/remove", MayManage, "End what a person proves themselves by, password and all; the answer holds a one-time code", s.removeSecondAPI)
}

type officeID struct {
	ID auth.Office `path:"id" maxLength:"64"`
}

type staffID struct {
	ID StaffID `path:"id" maxLength:"64"`
}

// Welcome is a person and the code of their first sign-in, shown once.
type Welcome struct {
	Staff Staff  `json:"staff"`
	Code  string `json:"code" doc:"Works once, within 72 hours"`
}

func (s *Service) listOfficesAPI(ctx context.Context, in *OfficeFilter) (*api.Body[page.Of[Office]], error) {
	out, err := s.Offices(ctx, *in)
	return &api.Body[page.Of[Office]]{Body: out}, err
}

func (s *Service) getOfficeAPI(ctx context.Context, in *officeID) (*api.Body[Office], error) {
	o, err := s.Office(ctx, in.ID)
	return &api.Body[Office]{Body: o}, err
}

func (s *Service) addOfficeAPI(ctx context.Context, in *api.Body[NewOffice]) (*api.Body[Office], error) {
	o, err := s.AddOffice(ctx, in.Body)
	return &api.Body[Office]{Body: o}, err
}

func (s *Service) editOfficeAPI(ctx context.Context, in *struct {
	ID   auth.Office `path:"id" maxLength:"64"`
	Body NewOffice
}) (*api.Body[Office], error) {
	o, err := s.EditOffice(ctx, in.ID, in.Body)
	return &api.Body[Office]{Body: o}, err
}

func (s *Service) listStaffAPI(ctx context.Context, in *StaffFilter) (*api.Body[page.Of[Staff]], error) {
	out, err := s.Staff(ctx, *in)
	return &api.Body[page.Of[Staff]]{Body: out}, err
}

func (s *Service) getStaffAPI(ctx context.Context, in *staffID) (*api.Body[Staff], error) {
	p, err := s.Person(ctx, in.ID)
	return &api.Body[Staff]{Body: p}, err
}

func (s *Service) addStaffAPI(ctx context.Context, in *api.Body[NewStaff]) (*api.Body[Welcome], error) {
	p, code, err := s.AddStaff(ctx, in.Body)
	return &api.Body[Welcome]{Body: Welcome{p, code}}, err
}

func (s *Service) editStaffAPI(ctx context.Context, in *struct {
	ID   StaffID `path:"id" maxLength:"64"`
	Body NewStaff
}) (*api.Body[Staff], error) {
	p, err := s.EditStaff(ctx, in.ID, in.Body)
	return &api.Body[Staff]{Body: p}, err
}

func (s *Service) disableAPI(disabled bool) func(context.Context, *staffID) (*api.Body[Staff], error) {
	return func(ctx context.Context, in *staffID) (*api.Body[Staff], error) {
		if err := s.Disable(ctx, in.ID, disabled); err != nil {
			return nil, err
		}
		p, err := s.Person(ctx, in.ID)
		return &api.Body[Staff]{Body: p}, err
	}
}

func (s *Service) resetAPI(ctx context.Context, in *staffID) (*api.Body[Welcome], error) {
	code, err := s.Reset(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Person(ctx, in.ID)
	return &api.Body[Welcome]{Body: Welcome{p, code}}, err
}

func (s *Service) removeSecondAPI(ctx context.Context, in *staffID) (*api.Body[Welcome], error) {
	code, err := s.RemoveSecond(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.Person(ctx, in.ID)
	return &api.Body[Welcome]{Body: Welcome{p, code}}, err
}

func (s *Service) methodsAPI(ctx context.Context, _ *struct{}) (*api.Body[Methods], error) {
	m, err := s.Methods(ctx)
	return &api.Body[Methods]{Body: m}, err
}

// Sessions is a list of sessions.
type Sessions struct {
	Items []Session `json:"items" nullable:"false"`
}

func (s *Service) sessionsAPI(ctx context.Context, _ *struct{}) (*api.Body[Sessions], error) {
	xs, err := s.Sessions(ctx, "")
	return &api.Body[Sessions]{Body: Sessions{xs}}, err
}

func (s *Service) endSessionAPI(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
}) (*api.Body[Sessions], error) {
	if err := s.EndSession(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.sessionsAPI(ctx, nil)
}
