package org

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/org/sso"
)

// HasSSO reports whether one can sign in by the identity provider of the sector.
func (s *Service) HasSSO() bool { return s.opt.SSO != nil }

// journey is what is kept while a browser is away at the provider.
type journey struct {
	sso.State
	Back string `json:"back"`
}

// BeginSSO returns where to send the browser, and a token that it must bring back.
// again asks the provider to prove the person now.
func (s *Service) BeginSSO(ctx context.Context, back string, again bool) (to, token string, err error) {
	defer fault.Wrap(&err, "begin sso")
	if s.opt.SSO == nil {
		return "", "", ErrOff
	}
	j := journey{State: sso.State{Begun: s.now(), Again: again}, Back: back}
	if j.Nonce, err = newToken(s.rand); err != nil {
		return "", "", err
	}
	if j.Verifier, err = newToken(s.rand); err != nil {
		return "", "", err
	}
	data, err := json.Marshal(j)
	if err != nil {
		return "", "", err
	}
	if token, err = s.begin(ctx, trySSO, "", string(data)); err != nil {
		return "", "", err
	}
	to, err = s.opt.SSO.Begin(ctx, token, j.State)
	return to, token, err
}

// FinishSSO signs in who the provider says came back, or confirms the asker, and
// returns the token of the session and the page they came from. token is what the
// browser brought, state what the provider did: they are the same unless someone
// else began. Whoever has no account here gets none.
func (s *Service) FinishSSO(ctx context.Context, token, state string, a sso.Answer, in SignIn) (session, back string, err error) {
	defer fault.Wrap(&err, "finish sso")
	if s.opt.SSO == nil {
		return "", "", ErrOff
	}
	if token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(state)) != 1 {
		return "", "", ErrTry
	}
	x, err := s.take(ctx, trySSO, token)
	if err != nil {
		return "", "", err
	}
	var j journey
	if err := json.Unmarshal([]byte(x.data), &j); err != nil {
		return "", "", err
	}
	if err := s.admit(ctx, address(in.Address)); err != nil {
		return "", j.Back, err
	}
	login, err := s.opt.SSO.Finish(ctx, j.State, a)
	var p Staff
	if err == nil {
		p, err = s.store.staffByLogin(ctx, foldLogin(login))
		if errors.Is(err, db.ErrNone) || err == nil && !p.Active(civil.On(s.now())) {
			err = sso.ErrRefused
		}
	}
	if err == nil && j.Again && string(p.ID) != auth.From(ctx).ID {
		err = sso.ErrRefused
	}
	if errors.Is(err, sso.ErrRefused) {
		s.opt.Log.InfoContext(ctx, "identity provider refused", "error", err)
		note := s.store.db.Tx(ctx, func(ctx context.Context) error { return s.note(ctx, "sso.failed", string(p.ID), login, in.Address) })
		return "", j.Back, errors.Join(ErrSSO, note)
	}
	if err != nil {
		return "", j.Back, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if j.Again {
			session, err = s.confirmed(ctx, p, in.Old, auth.ByOIDC, in.Address)
		} else {
			session, err = s.enter(ctx, p, in, auth.ByOIDC, "")
		}
		return err
	})
	return session, j.Back, err
}
