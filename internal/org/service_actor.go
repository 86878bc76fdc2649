package org

import (
	"context"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
)

// ActorOf returns who acts when the person with this login works at the server's
// own command line, with the rights they have now.
func (s *Service) ActorOf(ctx context.Context, login string) (a auth.Actor, err error) {
	defer fault.Wrap(&err, "actor %s", login)
	p, err := s.store.staffByLogin(ctx, foldLogin(login))
	if err != nil {
		return a, ErrNoStaff
	}
	o, err := s.office(ctx, p.Office)
	if err != nil {
		return a, err
	}
	if !p.Active(civil.On(s.now())) {
		return a, ErrNoStaff
	}
	return s.actor(p, o, Nothing, auth.Proof{By: auth.ByConsole}), nil
}
