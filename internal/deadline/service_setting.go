package deadline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/org"
)

// Settings returns how the asker is told. The secret of the hook is never shown.
func (s *Service) Settings(ctx context.Context) (x Settings, err error) {
	defer fault.Wrap(&err, "settings")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return x, err
	}
	me := org.StaffID(auth.From(ctx).ID)
	c, err := s.store.settings(ctx, me)
	if err != nil {
		return x, err
	}
	x = c.Settings
	x.Secret = ""
	x.Absences, err = s.store.absences(ctx, me)
	return x, err
}

// hookOf is what the secret of a person's hook is encrypted for.
func hookOf(who org.StaffID) string { return "hook/" + string(who) }

// SealSecrets encrypts with the newest key the secrets of hooks that are not encrypted
// with it yet. What no key opens is left, and told.
func (s *Service) SealSecrets(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "seal the secrets of hooks")
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		all, err := s.store.hookSecrets(ctx)
		if err != nil {
			return err
		}
		for _, c := range all {
			if s.Vault.Current(c.Secret) {
				continue
			}
			fresh, err := s.Vault.Renew(hookOf(c.Staff), c.Secret)
			if err != nil {
				s.Log.ErrorContext(ctx, "the secret of a hook cannot be read: restore data/keys/secrets.key, or have it set anew", "staff", c.Staff, "error", err)
				continue
			}
			if err := s.store.resealHook(ctx, c.Staff, c.Secret, fresh); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetSettings changes how the asker is told.
func (s *Service) SetSettings(ctx context.Context, in Settings) (err error) {
	defer fault.Wrap(&err, "set settings")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return err
	}
	in.Mail, in.Hook = strings.TrimSpace(in.Mail), strings.TrimSpace(in.Hook)
	_, badMail := mail.ParseAddress(in.Mail)
	u, badHook := url.Parse(in.Hook)
	var c fault.Check
	c.Need(in.Mail == "" && !in.MailOn || in.Mail != "" && badMail == nil && len(in.Mail) <= 200, "mail", "Hãy ghi một địa chỉ thư điện tử đúng.")
	c.Need(in.Hook == "" && !in.HookOn || badHook == nil && u.Host != "" && u.Scheme == "https" && len(in.Hook) <= 500, "hook", "Địa chỉ nhận phải bắt đầu bằng https://.")
	if err := c.Err(ErrSetting); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		old, err := s.store.settings(ctx, org.StaffID(auth.From(ctx).ID))
		if err != nil {
			return err
		}
		if in.Secret == "" {
			in.Secret = old.Secret
		} else if in.Secret, err = s.Vault.Seal(hookOf(old.Staff), in.Secret); err != nil {
			return err
		}
		if in.HookOn && in.Secret == "" {
			return refusal{ErrSetting}.Need(false, "secret", "Hãy đặt mã bí mật để bên nhận kiểm tra chữ ký.")
		}
		in.Staff = old.Staff
		return s.store.putSettings(ctx, channels{in, old.calendar})
	})
}

// NewCalendar makes a secret address for the calendar of the asker and forgets the
// old one. It is told this once: only its digest is kept.
func (s *Service) NewCalendar(ctx context.Context) (path string, err error) {
	defer fault.Wrap(&err, "new calendar")
	if err := auth.Require(ctx, MayAct); err != nil {
		return "", err
	}
	secret := s.Secret()
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.store.settings(ctx, org.StaffID(auth.From(ctx).ID))
		if err != nil {
			return err
		}
		c.calendar = digest(secret)
		return s.store.putSettings(ctx, c)
	})
	return "/calendar/" + secret + ".ics", err
}

// EndCalendar closes the secret address.
func (s *Service) EndCalendar(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "end calendar")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.store.settings(ctx, org.StaffID(auth.From(ctx).ID))
		if err != nil {
			return err
		}
		c.calendar = ""
		return s.store.putSettings(ctx, c)
	})
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// feed returns the clocks in the charge of whoever has the secret address.
func (s *Service) feed(ctx context.Context, secret string) ([]Clock, error) {
	who, err := s.store.calendarOwner(ctx, digest(secret))
	if errors.Is(err, db.ErrNone) || secret == "" {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	p, err := s.org.Person(watcher(ctx), who)
	if err != nil {
		return nil, ErrNone
	}
	if !p.Active(civil.On(s.now())) {
		return nil, ErrNone
	}
	ks, err := s.store.ofPerson(ctx, who, 500)
	if err != nil {
		return nil, err
	}
	return ks, s.dress(ctx, ks)
}

// SetAbsence says that a person is away and who answers for them. People say it of
// themselves, leaders of the people of their office.
func (s *Service) SetAbsence(ctx context.Context, in Absence) (err error) {
	defer fault.Wrap(&err, "absence")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return err
	}
	me := auth.From(ctx)
	if in.Staff == "" {
		in.Staff = org.StaffID(me.ID)
	}
	p, err := s.org.Person(watcher(ctx), in.Staff)
	if err != nil {
		return err
	}
	o, err := s.org.Office(watcher(ctx), p.Office)
	if err != nil {
		return err
	}
	if in.Staff != org.StaffID(me.ID) && !leadsOffice(ctx, o.Path) {
		return auth.ErrMay
	}
	there, err := s.org.Colleagues(watcher(ctx), p.Office)
	if err != nil {
		return err
	}
	_, badFrom := civil.Parse(string(in.From))
	_, badTo := civil.Parse(string(in.To))
	var c fault.Check
	c.Need(badFrom == nil, "from", "Hãy ghi ngày bắt đầu vắng mặt.")
	c.Need(badTo == nil && in.To >= in.From, "to", "Ngày cuối không được trước ngày bắt đầu.")
	c.Need(in.Substitute == "" || in.Substitute != in.Staff && slices.ContainsFunc(there, func(x org.Staff) bool { return x.ID == in.Substitute }),
		"substitute", "Người thay phải là cán bộ khác đang làm việc tại đơn vị.")
	if err := c.Err(ErrSetting); err != nil {
		return err
	}
	in.ID, in.By = string(id.New[Absence]()), me.ID
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.addAbsence(ctx, in); err != nil {
			return err
		}
		today := civil.On(s.now())
		if in.From > today || today > in.To {
			return nil
		}
		return s.handOver(ctx, in.Staff)
	})
}

// handOver gives the open warnings of somebody who is away to who answers for them.
func (s *Service) handOver(ctx context.Context, away org.StaffID) error {
	l, err := s.laws(ctx)
	if err != nil {
		return err
	}
	p, err := s.people(ctx)
	if err != nil {
		return err
	}
	ws, err := s.store.openFor(ctx, away, 10_000)
	if err != nil {
		return err
	}
	for _, w := range ws {
		k, err := s.store.clock(ctx, w.Clock)
		if errors.Is(err, db.ErrNone) {
			continue // only a reason is missing: it climbs
		}
		if err != nil {
			return err
		}
		to, err := p.find(ctx, &k, w.Rank, away)
		if err != nil {
			return err
		}
		if to.staff == "" {
			continue
		}
		w.Rank = to.rank
		if err := s.step(ctx, &w, StepRow{Step: Reroute, By: auth.From(ctx).ID, Staff: to.staff, Note: to.note}, k.late); err != nil {
			return err
		}
		rule, ok := ruleOf(l, &k)
		if !ok {
			continue
		}
		if err := s.tell(ctx, &w, &k, &rule, string(w.Kind)); err != nil {
			return err
		}
	}
	return nil
}

// EndAbsence says that a person is back.
func (s *Service) EndAbsence(ctx context.Context, absence string) (err error) {
	defer fault.Wrap(&err, "end absence")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return err
	}
	a, err := s.store.absence(ctx, absence)
	if errors.Is(err, db.ErrNone) {
		return ErrSetting
	}
	if err != nil {
		return err
	}
	p, err := s.org.Person(watcher(ctx), a.Staff)
	if err != nil {
		return err
	}
	o, err := s.org.Office(watcher(ctx), p.Office)
	if err != nil {
		return err
	}
	if string(a.Staff) != auth.From(ctx).ID && !leadsOffice(ctx, o.Path) {
		return auth.ErrMay
	}
	_, err = s.store.endAbsence(ctx, absence, a.Staff, civil.On(s.now()).Add(-1))
	return err
}

// alarmsOf are the leads of a clock, for a calendar.
func (s *Service) alarmsOf(ctx context.Context, k *Clock) []time.Duration {
	l, err := s.laws(ctx)
	if err != nil {
		return nil
	}
	r, ok := ruleOf(l, k)
	if !ok {
		return nil
	}
	return l.of(&r).leads
}
