package org

import (
	"context"
	"errors"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/org/totp"
)

// The kinds of steps that have a next one.
const (
	trySecond  = "second"      // a password was right
	tryTOTP    = "totp"        // a secret was shown
	tryPasskey = "passkey"     // a device was asked for a proof
	tryNewKey  = "passkey-new" // a device was asked for a new key
	trySSO     = "sso"         // a browser was sent to the identity provider
)

// begin keeps data until the next step; whoever has the token may take it.
func (s *Service) begin(ctx context.Context, kind string, who StaffID, data string) (string, error) {
	token, err := newToken(s.rand)
	if err != nil {
		return "", err
	}
	now := s.now()
	if data, err = s.opt.Vault.Seal(tryOf(kind, token), data); err != nil {
		return "", err
	}
	return token, s.store.db.Tx(ctx, func(ctx context.Context) error {
		return errors.Join(s.store.sweepSteps(ctx, now), s.store.insertStep(ctx, digest(token), kind, step{who, data}, now.Add(tryLife)))
	})
}

func (s *Service) peek(ctx context.Context, kind, token string) (step, error) {
	x, err := s.store.step(ctx, digest(token), kind, s.now())
	return s.opened(x, err, kind, token)
}

func (s *Service) take(ctx context.Context, kind, token string) (step, error) {
	x, err := s.store.takeStep(ctx, digest(token), kind, s.now())
	return s.opened(x, err, kind, token)
}

// opened decrypts what begin kept: a secret that is shown, the state of a proof.
func (s *Service) opened(x step, err error, kind, token string) (step, error) {
	if errors.Is(err, db.ErrNone) {
		err = ErrTry
	}
	if err == nil {
		x.data, err = s.opt.Vault.Open(tryOf(kind, token), x.data)
	}
	return x, err
}

func tryOf(kind, token string) string { return "try/" + kind + "/" + digest(token) }

// totpOf is what the secret of a person's telephone is encrypted for.
func totpOf(who StaffID) string { return "totp/" + string(who) }

// sealSecrets encrypts with the newest key what is not encrypted with it yet. What no key
// opens is left and told: those people cannot sign in with their telephone until the key
// is there again, or their second factor is taken away.
func (s *Service) sealSecrets(ctx context.Context) error {
	all, err := s.store.secrets(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		if s.opt.Vault.Current(x.data) {
			continue
		}
		fresh, err := s.opt.Vault.Renew(totpOf(x.staff), x.data)
		if err != nil {
			if s.opt.Log != nil {
				s.opt.Log.ErrorContext(ctx, "the secret of a telephone cannot be read: restore data/keys/secrets.key, or take the second factor of this person away", "staff", x.staff, "error", err)
			}
			continue
		}
		if err := s.store.resealTOTP(ctx, x.staff, x.data, fresh); err != nil {
			return err
		}
	}
	return nil
}

// Methods returns how the asker can prove who they are.
func (s *Service) Methods(ctx context.Context) (m Methods, err error) {
	defer fault.Wrap(&err, "methods")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return m, err
	}
	return s.methods(ctx, StaffID(auth.From(ctx).ID))
}

func (s *Service) methods(ctx context.Context, who StaffID) (m Methods, err error) {
	secret, err := s.store.totp(ctx, who)
	if err != nil {
		return m, err
	}
	m.TOTP = secret != ""
	if m.Recovery, err = s.store.countRecovery(ctx, who); err != nil {
		return m, err
	}
	keys, err := s.store.passkeys(ctx, who)
	m.Passkeys = append([]Passkey{}, keys...) // an empty list, not none
	return m, err
}

// Second is the second step of SignIn: token is what came with ErrSecond, typed the
// code of the telephone or a recovery code.
func (s *Service) Second(ctx context.Context, token, typed string, in SignIn) (session string, mustChange bool, err error) {
	defer fault.Wrap(&err, "sign in, second step")
	half, err := s.peek(ctx, trySecond, token)
	if err != nil {
		return "", false, err
	}
	p, err := s.activeStaff(ctx, half.staff)
	if err != nil {
		return "", false, err
	}
	if err := s.admit(ctx, code2(p.Login), address(in.Address)); err != nil {
		return "", false, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.take(ctx, trySecond, token); err != nil {
			return err
		}
		method, err := s.spend(ctx, p.ID, typed, in.Address)
		if err != nil {
			return err
		}
		session, err = s.enter(ctx, p, in, method, half.data)
		return err
	})
	if errors.Is(err, ErrCode) {
		return "", false, errors.Join(err, s.failed(ctx, "second.failed", p, in.Address))
	}
	return session, half.data != "", err
}

// SecondMethods returns what may be used for the second step of token.
func (s *Service) SecondMethods(ctx context.Context, token string) (m Methods, err error) {
	defer fault.Wrap(&err, "methods of a second step")
	half, err := s.peek(ctx, trySecond, token)
	if err != nil {
		return m, err
	}
	return s.methods(ctx, half.staff)
}

// activeStaff returns a person who may sign in now, else ErrSignIn.
func (s *Service) activeStaff(ctx context.Context, id StaffID) (Staff, error) {
	p, err := s.store.staff(ctx, id)
	if errors.Is(err, db.ErrNone) || err == nil && !p.Active(civil.On(s.now())) {
		err = ErrSignIn
	}
	return p, err
}

// failed notes a failure outside the transaction that was undone by it.
func (s *Service) failed(ctx context.Context, verb string, p Staff, from string) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error { return s.note(ctx, verb, string(p.ID), p.Login, from) })
}

// spend uses up a code of the telephone, or a recovery code, and says which it was.
func (s *Service) spend(ctx context.Context, who StaffID, typed, from string) (method string, err error) {
	if code := tidyCode(typed); code != "" {
		taken, err := s.store.takeRecovery(ctx, who, digest(code))
		if err == nil && !taken {
			err = ErrCode
		}
		if err != nil {
			return "", err
		}
		return auth.ByRecovery, s.note(ctx, "recovery.used", string(who), "", from)
	}
	secret, err := s.store.totp(ctx, who)
	if err != nil {
		return "", err
	}
	if secret == "" {
		return "", ErrCode
	}
	if secret, err = s.opt.Vault.Open(totpOf(who), secret); err != nil {
		return "", errors.Join(ErrSecret, err)
	}
	step, ok, err := totp.Match(secret, typed, s.now())
	if err == nil && ok {
		ok, err = s.store.takeTOTP(ctx, who, step)
	}
	if err == nil && !ok {
		err = ErrCode
	}
	return auth.ByTOTP, err
}

// Enrolment is a secret on its way into a telephone.
type Enrolment struct {
	Try     string // for FinishTOTP
	Secret  string // to be typed where the picture cannot be read
	Picture totp.Picture
}

// BeginTOTP makes a secret. It counts for nothing until FinishTOTP.
func (s *Service) BeginTOTP(ctx context.Context) (e Enrolment, err error) {
	defer fault.Wrap(&err, "begin totp")
	p, err := s.freshSelf(ctx)
	if err != nil {
		return e, err
	}
	if e.Secret, err = totp.New(s.rand); err != nil {
		return e, err
	}
	if e.Try, err = s.begin(ctx, tryTOTP, p.ID, e.Secret); err != nil {
		return e, err
	}
	e.Picture, err = totp.QR(totp.URL(issuer, p.Login, e.Secret))
	return e, err
}

// ResumeTOTP returns what BeginTOTP did, after a code that was wrong.
func (s *Service) ResumeTOTP(ctx context.Context, try string) (e Enrolment, err error) {
	defer fault.Wrap(&err, "resume totp")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return e, err
	}
	x, err := s.peek(ctx, tryTOTP, try)
	if err != nil {
		return e, err
	}
	p, err := s.store.staff(ctx, x.staff)
	if err == nil && string(p.ID) != auth.From(ctx).ID {
		err = ErrTry
	}
	if err != nil {
		return e, err
	}
	e.Try, e.Secret = try, x.data
	e.Picture, err = totp.QR(totp.URL(issuer, p.Login, e.Secret))
	return e, err
}

// freshSelf returns the asker, who must have proved who they are just now: what
// opens an account later is not to be added in a browser left open.
func (s *Service) freshSelf(ctx context.Context) (p Staff, err error) {
	if err := auth.Require(ctx, MaySelf); err != nil {
		return p, err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return p, err
	}
	return s.store.staff(ctx, StaffID(auth.From(ctx).ID))
}

// FinishTOTP takes the secret of BeginTOTP as the asker's once they type a code of
// it. All other sessions end; the token of this one changes. The recovery codes are
// shown now and never again.
func (s *Service) FinishTOTP(ctx context.Context, token, try, typed string) (fresh string, recovery []string, err error) {
	defer fault.Wrap(&err, "finish totp")
	e, err := s.ResumeTOTP(ctx, try)
	if err != nil {
		return "", nil, err
	}
	step, ok, err := totp.Match(e.Secret, typed, s.now())
	if err == nil && !ok {
		err = ErrCode
	}
	if err != nil {
		return "", nil, err
	}
	me := StaffID(auth.From(ctx).ID)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.take(ctx, tryTOTP, try); err != nil {
			return err
		}
		secret, err := s.opt.Vault.Seal(totpOf(me), e.Secret)
		if err != nil {
			return err
		}
		if err := s.store.putTOTP(ctx, me, secret, step, s.now()); err != nil {
			return err
		}
		if recovery, err = s.newRecovery(ctx, me); err != nil {
			return err
		}
		if fresh, err = s.strengthen(ctx, token, auth.ByTOTP); err != nil {
			return err
		}
		return s.note(ctx, "totp.added", string(me), "", "")
	})
	return fresh, recovery, err
}

func (s *Service) newRecovery(ctx context.Context, who StaffID) (shown []string, err error) {
	digests := make([]string, codes)
	for i := range digests {
		code, err := newCode(s.rand)
		if err != nil {
			return nil, err
		}
		shown, digests[i] = append(shown, code), digest(code)
	}
	return shown, s.store.putRecovery(ctx, who, digests)
}

// strengthen is renew that ends every other session: those were opened when less
// was asked for.
func (s *Service) strengthen(ctx context.Context, token, method string) (fresh string, err error) {
	if fresh, err = s.renew(ctx, token, method); err != nil {
		return "", err
	}
	return fresh, s.store.endOtherSessions(ctx, StaffID(auth.From(ctx).ID), digest(fresh))
}

// renew gives the asker's session a new token, after they proved who they are by
// method.
func (s *Service) renew(ctx context.Context, token, method string) (fresh string, err error) {
	if _, err := s.mine(ctx, token); err != nil {
		return "", err
	}
	if fresh, err = newToken(s.rand); err != nil {
		return "", err
	}
	there, err := s.store.renewSession(ctx, digest(token), digest(fresh), method, s.now())
	if err == nil && !there {
		err = auth.ErrWho
	}
	return fresh, err
}

// NewRecovery replaces the asker's recovery codes and returns the new ones, once.
func (s *Service) NewRecovery(ctx context.Context) (shown []string, err error) {
	defer fault.Wrap(&err, "recovery codes")
	p, err := s.freshSelf(ctx)
	if err != nil {
		return nil, err
	}
	has, err := s.methods(ctx, p.ID)
	if err == nil && !has.Second() {
		err = ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if shown, err = s.newRecovery(ctx, p.ID); err != nil {
			return err
		}
		return s.note(ctx, "recovery.made", string(p.ID), "", "")
	})
	return shown, err
}

// RemoveTOTP ends the codes of the asker's telephone.
func (s *Service) RemoveTOTP(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "remove totp")
	return s.remove(ctx, func(ctx context.Context, p Staff, has Methods) error {
		if !has.TOTP {
			return ErrNoKey
		}
		if err := s.store.dropTOTP(ctx, p.ID); err != nil {
			return err
		}
		return s.note(ctx, "totp.removed", string(p.ID), "", "")
	})
}

// remove takes away one method by drop, unless a role asks for it and it is the
// last. With the last one the recovery codes go: there is nothing to recover.
func (s *Service) remove(ctx context.Context, drop func(context.Context, Staff, Methods) error) error {
	p, err := s.freshSelf(ctx)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		has, err := s.methods(ctx, p.ID)
		if err != nil {
			return err
		}
		if has.Second() && has.last() && s.opt.Second && asks(s.rights, p.Roles) {
			return ErrLast
		}
		if err := drop(ctx, p, has); err != nil {
			return err
		}
		if has.last() {
			return s.store.dropRecovery(ctx, p.ID)
		}
		return nil
	})
}

// Confirm proves once more who the asker is, by their password and, if they have
// one, a code. The token of their session changes.
func (s *Service) Confirm(ctx context.Context, token, pw, typed, from string) (fresh string, err error) {
	defer fault.Wrap(&err, "confirm")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return "", err
	}
	p, err := s.store.staff(ctx, StaffID(auth.From(ctx).ID))
	if err != nil {
		return "", err
	}
	if err := s.admit(ctx, account(p.Login), address(from)); err != nil {
		return "", err
	}
	keys, err := s.store.secret(ctx, p.ID)
	if err != nil {
		return "", err
	}
	ok, err := s.hash.Check(ctx, pw, keys.password)
	if err == nil && !ok {
		err = refusal{ErrConfirm}.Need(false, "password", "Mật khẩu không đúng.")
	}
	if err != nil {
		return "", errors.Join(err, s.failed(ctx, "confirm.failed", p, from))
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		has, err := s.methods(ctx, p.ID)
		if err != nil {
			return err
		}
		method := auth.ByPassword
		if has.Second() {
			if method, err = s.spend(ctx, p.ID, typed, from); err != nil {
				return err
			}
		}
		fresh, err = s.confirmed(ctx, p, token, method, from)
		return err
	})
	if errors.Is(err, ErrCode) {
		err = refusal{ErrConfirm}.Need(false, "code", ErrCode.Text)
		return "", errors.Join(err, s.failed(ctx, "confirm.failed", p, from))
	}
	return fresh, err
}

// confirmed is what every way of confirming ends with. Call it in a transaction.
func (s *Service) confirmed(ctx context.Context, p Staff, token, method, from string) (fresh string, err error) {
	if fresh, err = s.renew(ctx, token, method); err != nil {
		return "", err
	}
	if err := errors.Join(s.store.forget(ctx, account(p.Login)), s.store.forgive(ctx, address(from))); err != nil {
		return "", err
	}
	return fresh, s.note(ctx, "confirmed", string(p.ID), method, from)
}
