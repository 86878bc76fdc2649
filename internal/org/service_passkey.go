package org

import (
	"context"
	"errors"
	"unicode/utf8"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
	"congminh/internal/org/passkey"
)

// KeyHost is the name of this program that passkeys are bound to; "" if there are none.
func (s *Service) KeyHost() string {
	if s.opt.Keys == nil {
		return ""
	}
	return s.opt.Keys.Host()
}

func (s *Service) keyUser(ctx context.Context, p Staff) (u passkey.User, err error) {
	keys, err := s.store.passkeys(ctx, p.ID)
	u = passkey.User{ID: string(p.ID), Login: p.Login, Name: p.Name}
	for _, k := range keys {
		u.Keys = append(u.Keys, passkey.Key{ID: k.ID, Data: k.data})
	}
	return u, err
}

// AskPasskey returns what a browser is to ask its devices for, and a token for the
// answer. Anyone may ask: whose key it is shows only in the answer.
func (s *Service) AskPasskey(ctx context.Context) (options any, try string, err error) {
	defer fault.Wrap(&err, "ask for a passkey")
	if s.opt.Keys == nil {
		return nil, "", ErrOff
	}
	options, state, err := s.opt.Keys.Ask()
	if err != nil {
		return nil, "", err
	}
	try, err = s.begin(ctx, tryPasskey, "", state)
	return options, try, err
}

// provePasskey returns whose key answered. An answer is looked at once, right or not.
func (s *Service) provePasskey(ctx context.Context, try, answer, from string) (p Staff, err error) {
	if s.opt.Keys == nil {
		return p, ErrOff
	}
	x, err := s.take(ctx, tryPasskey, try)
	if err != nil {
		return p, err
	}
	_, key, cloned, err := s.opt.Keys.Answered(x.data, answer, func(user string) (passkey.User, error) {
		if p, err = s.store.staff(ctx, StaffID(user)); errors.Is(err, db.ErrNone) {
			return passkey.User{}, passkey.ErrAnswer
		}
		if err != nil {
			return passkey.User{}, err
		}
		return s.keyUser(ctx, p)
	})
	if errors.Is(err, passkey.ErrAnswer) {
		s.opt.Log.InfoContext(ctx, "passkey refused", "staff", p.ID, "error", err)
		return p, errors.Join(ErrPasskey, s.failed(ctx, "passkey.failed", p, from))
	}
	if err != nil {
		return p, err
	}
	if p, err = s.activeStaff(ctx, p.ID); err != nil {
		return p, err
	}
	return p, s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.usePasskey(ctx, key.ID, key.Data, s.now()); err != nil {
			return err
		}
		if !cloned {
			return nil
		}
		// Perhaps someone copied the key; perhaps the device lost count. A person must look.
		return s.note(auth.With(ctx, auth.Actor{ID: string(p.ID)}), "passkey.cloned", string(p.ID), key.ID, from)
	})
}

// SignInByPasskey is SignIn with the answer to AskPasskey. A passkey asks for a PIN
// or a finger, so it is two factors in one step.
func (s *Service) SignInByPasskey(ctx context.Context, try, answer string, in SignIn) (token string, err error) {
	defer fault.Wrap(&err, "sign in by passkey")
	if err := s.admit(ctx, address(in.Address)); err != nil {
		return "", err
	}
	p, err := s.provePasskey(ctx, try, answer, in.Address)
	if err != nil {
		return "", err
	}
	return token, s.store.db.Tx(ctx, func(ctx context.Context) error {
		token, err = s.enter(ctx, p, in, auth.ByPasskey, "")
		return err
	})
}

// ConfirmByPasskey is Confirm with the answer to AskPasskey.
func (s *Service) ConfirmByPasskey(ctx context.Context, token, try, answer, from string) (fresh string, err error) {
	defer fault.Wrap(&err, "confirm by passkey")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return "", err
	}
	if err := s.admit(ctx, address(from)); err != nil {
		return "", err
	}
	p, err := s.provePasskey(ctx, try, answer, from)
	if err == nil && string(p.ID) != auth.From(ctx).ID {
		err = ErrPasskey // of someone else at the same machine
	}
	if err != nil {
		return "", err
	}
	return fresh, s.store.db.Tx(ctx, func(ctx context.Context) error {
		fresh, err = s.confirmed(ctx, p, token, auth.ByPasskey, from)
		return err
	})
}

// NewPasskey returns what a browser is to ask a device for, and a token for AddPasskey.
func (s *Service) NewPasskey(ctx context.Context) (options any, try string, err error) {
	defer fault.Wrap(&err, "new passkey")
	if s.opt.Keys == nil {
		return nil, "", ErrOff
	}
	p, err := s.freshSelf(ctx)
	if err != nil {
		return nil, "", err
	}
	u, err := s.keyUser(ctx, p)
	if err != nil {
		return nil, "", err
	}
	options, state, err := s.opt.Keys.Make(u)
	if err != nil {
		return nil, "", err
	}
	try, err = s.begin(ctx, tryNewKey, p.ID, state)
	return options, try, err
}

// AddPasskey takes the key a device made as one of the asker's. All other sessions
// end; the token of this one changes.
func (s *Service) AddPasskey(ctx context.Context, token, try, answer, name string) (fresh string, err error) {
	defer fault.Wrap(&err, "add passkey")
	p, err := s.freshSelf(ctx)
	if err != nil {
		return "", err
	}
	if s.opt.Keys == nil {
		return "", ErrOff
	}
	name = vn.Clean(name)
	var c fault.Check
	c.Need(name != "" && utf8.RuneCountInString(name) <= longName, "name", "Hãy đặt cho khóa một tên ngắn, nhiều nhất 60 ký tự, ví dụ “Điện thoại của tôi”.")
	if err := c.Err(ErrKey); err != nil {
		return "", err
	}
	x, err := s.take(ctx, tryNewKey, try)
	if err == nil && x.staff != p.ID {
		err = ErrTry
	}
	if err != nil {
		return "", err
	}
	u, err := s.keyUser(ctx, p)
	if err != nil {
		return "", err
	}
	if len(u.Keys) >= mostKeys {
		return "", refusal{ErrKey}.Need(false, "name", "Bạn đã có 20 khóa. Hãy gỡ khóa không còn dùng trước.")
	}
	key, err := s.opt.Keys.Made(u, x.data, answer)
	if errors.Is(err, passkey.ErrAnswer) {
		s.opt.Log.InfoContext(ctx, "passkey not made", "staff", p.ID, "error", err)
		return "", ErrKey
	}
	if err != nil {
		return "", err
	}
	now := s.now()
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertPasskey(ctx, p.ID, Passkey{ID: key.ID, Name: name, Created: now, Used: now, data: key.Data}); err != nil {
			return err
		}
		if fresh, err = s.strengthen(ctx, token, auth.ByPasskey); err != nil {
			return err
		}
		return s.note(ctx, "passkey.added", string(p.ID), name, "")
	})
	if db.IsUnique(err) { // a device that someone else registered, or a made-up name of a key
		err = ErrKey
	}
	return fresh, err
}

// RemovePasskey ends one of the asker's passkeys.
func (s *Service) RemovePasskey(ctx context.Context, key string) (err error) {
	defer fault.Wrap(&err, "remove passkey")
	return s.remove(ctx, func(ctx context.Context, p Staff, _ Methods) error {
		name, err := s.store.dropPasskey(ctx, p.ID, key)
		if errors.Is(err, db.ErrNone) {
			err = ErrNoKey
		}
		if err != nil {
			return err
		}
		return s.note(ctx, "passkey.removed", string(p.ID), name, "")
	})
}
