package org

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vault"
	"congminh/internal/org/passkey"
	"congminh/internal/org/sso"
)

// Options are the settings of this module.
type Options struct {
	Secure   bool          // served by TLS: the cookie is __Host-cm
	Breached string        // file of SHA-1 hashes of breached passwords; "" for none
	Hashes   int           // password hashes at once, 19 MiB each; 0 for two a processor
	Cost     password.Cost // zero for password.Standard
	Second   bool          // roles that ask for a second factor get it
	Keys     *passkey.Keys // nil: no passkeys
	SSO      *sso.Client   // nil: no identity provider
	Log      *slog.Logger  // nil for none
	Vault    *vault.Vault  // encrypts the secrets of telephones; nil: they are kept as they are
	// Tell hears of every fact for the audit, in the transaction that did it; nil:
	// nobody does. The journal stands above this module.
	Tell func(context.Context, Event) error
}

// Service is what can be done with offices, people and sign-in. It is the only
// thing another package may call.
type Service struct {
	store  store
	now    func() time.Time
	rand   io.Reader
	hash   *password.Hasher
	opt    Options
	rights map[Role]Right
}

// NewService returns a service that keeps offices and people in d. Secrets are
// made from rand.
func NewService(d *db.DB, now func() time.Time, rand io.Reader, o Options) *Service {
	if o.Hashes < 1 {
		o.Hashes = 2 * runtime.NumCPU()
	}
	if o.Cost == (password.Cost{}) {
		o.Cost = password.Standard
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store{d}, now, rand, password.NewHasher(o.Cost, o.Hashes, rand), o, Rights()}
}

// Console is who works at the server's own command line: whoever may read the
// database file may do what is done here.
func Console() auth.Actor {
	v := []auth.Verb{MaySelf, MayRead, MayManage}
	return auth.Actor{ID: "console", Name: "Dòng lệnh", Office: "tc", Path: []auth.Office{"tc"}, Verbs: v, Below: v,
		Proof: auth.Proof{By: auth.ByConsole}}
}

// note writes a fact for the audit. Call it in the transaction that did the thing.
func (s *Service) note(ctx context.Context, verb, object, detail, address string) error {
	a := auth.From(ctx).ID
	e := Event{ID: string(id.New[Event]()), At: s.now(), Actor: a, Verb: verb, Object: object, Detail: detail, From: address}
	if err := s.store.insertEvent(ctx, e); err != nil || s.opt.Tell == nil {
		return err
	}
	return s.opt.Tell(ctx, e)
}

// Offices

// Load brings the register of offices that comes with the program into the
// database. It may run at every start: what a person changed here stays.
func (s *Service) Load(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "load offices")
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, o := range Register() {
			if err := s.store.loadOffice(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", o.ID, err)
			}
		}
		return s.sealSecrets(ctx)
	})
}

// Offices returns the offices that pass f. Which offices there are is public law,
// so anyone signed in may ask.
func (s *Service) Offices(ctx context.Context, f OfficeFilter) (out page.Of[Office], err error) {
	defer fault.Wrap(&err, "list offices")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return out, err
	}
	rows, err := s.store.offices(ctx, f)
	return page.Cut(rows, f.Req, func(o Office) string { return string(o.ID) }), err
}

// Office returns one office.
func (s *Service) Office(ctx context.Context, id auth.Office) (o Office, err error) {
	defer fault.Wrap(&err, "get office %s", id)
	if err := auth.Require(ctx, MaySelf); err != nil {
		return o, err
	}
	return s.office(ctx, id)
}

// OfficeName returns the name of an office for the head of a page; its identifier
// if it cannot be found.
func (s *Service) OfficeName(ctx context.Context, id auth.Office) string {
	o, err := s.store.office(ctx, id)
	if err != nil {
		return string(id)
	}
	return o.Short
}

func (s *Service) office(ctx context.Context, id auth.Office) (Office, error) {
	o, err := s.store.office(ctx, id)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoOffice
	}
	return o, err
}

// Kin is what stands around an office: the way up, what is directly below on a
// day, and the offices it took over from.
type Kin struct {
	Above        []Office
	Below        []Office
	Predecessors []Office
	Regions      int // below tc: how many regional offices are in the register
}

// Kin returns the kin of o on day; all days if day is "".
func (s *Service) Kin(ctx context.Context, o Office, day civil.Date) (k Kin, err error) {
	defer fault.Wrap(&err, "kin of office %s", o.ID)
	if err := auth.Require(ctx, MaySelf); err != nil {
		return k, err
	}
	for _, up := range auth.Offices(o.Path) {
		if up == o.ID {
			break
		}
		a, err := s.office(ctx, up)
		if err != nil {
			return k, err
		}
		k.Above = append(k.Above, a)
	}
	if k.Below, err = s.store.below(ctx, o.ID, day); err != nil {
		return k, err
	}
	if k.Predecessors, err = s.store.predecessors(ctx, o.ID); err != nil {
		return k, err
	}
	if o.Level == Supreme {
		k.Regions, err = s.store.countLevel(ctx, Region, civil.On(s.now()))
	}
	return k, err
}

// Manageable returns the offices of today in which the asker manages people.
func (s *Service) Manageable(ctx context.Context) (out []Office, err error) {
	defer fault.Wrap(&err, "manageable offices")
	scope, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return nil, err
	}
	return s.store.reach(ctx, scope, civil.On(s.now()))
}

// AddOffice enters an office that is not in the register.
func (s *Service) AddOffice(ctx context.Context, in NewOffice) (o Office, err error) {
	defer fault.Wrap(&err, "add office")
	scope, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return o, err
	}
	if in, err = in.tidy(); err != nil {
		return o, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		up, err := s.store.office(ctx, in.Parent)
		if errors.Is(err, db.ErrNone) || err == nil && !scope.Has(up.Path) {
			return refusal{ErrOffice}.Need(false, "parent", "Đơn vị cấp trên không có hoặc ngoài phạm vi bạn quản lý.")
		}
		if err != nil {
			return err
		}
		if in.Successor != "" {
			if _, err := s.office(ctx, in.Successor); err != nil {
				return refusal{ErrOffice}.Need(false, "successor", "Không có đơn vị kế thừa này.")
			}
		}
		o = in.office(up.Path)
		if err := s.store.insertOffice(ctx, o); err != nil {
			if db.IsUnique(err) {
				return refusal{ErrOffice}.Need(false, "id", "Mã đơn vị này đã có.")
			}
			return err
		}
		return s.note(ctx, "office.added", string(o.ID), o.Name, "")
	})
	return o, err
}

// EditOffice corrects an office. Its identifier and its place in the tree stay:
// an office that moves is a new office, and the successor of the old.
func (s *Service) EditOffice(ctx context.Context, office auth.Office, in NewOffice) (o Office, err error) {
	defer fault.Wrap(&err, "edit office %s", office)
	scope, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return o, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		old, err := s.office(ctx, office)
		if err != nil {
			return err
		}
		if !scope.Has(old.Path) {
			return auth.ErrMay
		}
		top := old.Level == Supreme
		in.ID, in.Parent, in.Level = old.ID, old.Parent, old.Level
		if top { // has no one above, which tidy rightly refuses for all others
			in.Parent, in.Level = "-", Unit
		}
		if in, err = in.tidy(); err != nil {
			return err
		}
		if in.Successor != "" {
			if _, err := s.office(ctx, in.Successor); err != nil {
				return refusal{ErrOffice}.Need(false, "successor", "Không có đơn vị kế thừa này.")
			}
		}
		o = in.office("")
		o.Path, o.Parent, o.Level = old.Path, old.Parent, old.Level
		if err := s.store.updateOffice(ctx, o); err != nil {
			return err
		}
		return s.note(ctx, "office.changed", string(o.ID), o.Name, "")
	})
	return o, err
}

// SetRegions makes sure that a province has the regional offices 1 to n. The
// resolution that founds them is not in this program whole, so a person who has
// it before them says how many there are. None is ever removed.
func (s *Service) SetRegions(ctx context.Context, province auth.Office, n int) (err error) {
	defer fault.Wrap(&err, "regions of %s", province)
	scope, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.office(ctx, province)
		if err != nil {
			return err
		}
		switch {
		case !scope.Has(p.Path):
			return auth.ErrMay
		case p.Level != Province || p.To != "" || n < 1 || n > 40:
			return refusal{ErrOffice}.Need(false, "regions", "Số viện kiểm sát khu vực của một tỉnh phải từ 1 đến 40.")
		}
		for i := 1; i <= n; i++ {
			o := region(p, i)
			o.Confidence = Entered
			there, err := s.store.office(ctx, o.ID)
			switch {
			case errors.Is(err, db.ErrNone):
				err = s.store.insertOffice(ctx, o)
			case err == nil && there.Confidence != Entered:
				// Now a person has said that it is. The rest stays: its name may have been
				// put right since, or it may have ended.
				there.Confidence = Entered
				err = s.store.updateOffice(ctx, there)
			}
			if err != nil {
				return err
			}
		}
		return s.note(ctx, "office.regions", string(p.ID), strconv.Itoa(n), "")
	})
}

func (n NewOffice) office(above string) Office {
	return Office{ID: n.ID, Name: n.Name, Short: n.Short, Level: n.Level, Parent: n.Parent, Path: above + string(n.ID) + "/",
		Code: n.Code, From: n.From, To: n.To, Successor: n.Successor, Source: n.Source, Confidence: Entered}
}

// refusal is a refusal for one wrong input.
type refusal struct{ *fault.Error }

// Need is fault.Check's, for one input.
func (r refusal) Need(ok bool, name, text string) error {
	var c fault.Check
	c.Need(ok, name, text)
	return c.Err(r.Error)
}

// Staff

// Staff returns the people the asker manages, or reads, that pass f.
func (s *Service) Staff(ctx context.Context, f StaffFilter) (out page.Of[Staff], err error) {
	defer fault.Wrap(&err, "list staff")
	scope, err := auth.Reach(ctx, MayRead)
	if err != nil {
		return out, err
	}
	rows, err := s.store.listStaff(ctx, scope, f)
	return page.Cut(rows, f.Req, func(p Staff) string { return string(p.ID) }), err
}

// Colleagues returns who works in an office now, for choosing one of them.
func (s *Service) Colleagues(ctx context.Context, office auth.Office) (out []Staff, err error) {
	defer fault.Wrap(&err, "colleagues in %s", office)
	if err := auth.Require(ctx, MaySelf); err != nil {
		return nil, err
	}
	rows, err := s.store.colleagues(ctx, office)
	today := civil.On(s.now())
	for _, p := range rows {
		if p.Active(today) {
			out = append(out, p)
		}
	}
	return out, err
}

// Person returns one of the people the asker may read.
func (s *Service) Person(ctx context.Context, id StaffID) (p Staff, err error) {
	defer fault.Wrap(&err, "get staff %s", id)
	return s.reachable(ctx, MayRead, id)
}

// PersonByLogin is Person for a command line.
func (s *Service) PersonByLogin(ctx context.Context, login string) (p Staff, err error) {
	defer fault.Wrap(&err, "get staff %q", login)
	p, err = s.store.staffByLogin(ctx, foldLogin(login))
	if errors.Is(err, db.ErrNone) {
		err = ErrNoStaff
	}
	if err != nil {
		return Staff{}, err
	}
	return s.reachable(ctx, MayRead, p.ID)
}

func (s *Service) reachable(ctx context.Context, v auth.Verb, id StaffID) (Staff, error) {
	scope, err := auth.Reach(ctx, v)
	if err != nil {
		return Staff{}, err
	}
	p, err := s.store.staff(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return Staff{}, ErrNoStaff
	}
	if err != nil {
		return Staff{}, err
	}
	o, err := s.office(ctx, p.Office)
	if err != nil {
		return Staff{}, err
	}
	if !scope.Has(o.Path) {
		return Staff{}, ErrNoStaff
	}
	return p, nil
}

// History returns what was done to a person's account, newest first.
func (s *Service) History(ctx context.Context, id StaffID) (es []Event, err error) {
	defer fault.Wrap(&err, "history of staff %s", id)
	if _, err := s.reachable(ctx, MayManage, id); err != nil {
		return nil, err
	}
	return s.store.events(ctx, string(id))
}

// AddStaff enters a person and returns the one-time code of their first sign-in.
func (s *Service) AddStaff(ctx context.Context, in NewStaff) (p Staff, code string, err error) {
	defer fault.Wrap(&err, "add staff")
	if in, err = s.mayPut(ctx, in); err != nil {
		return p, "", err
	}
	if code, err = newCode(s.rand); err != nil {
		return p, "", err
	}
	p = Staff{ID: id.New[Staff](), Created: s.now()}
	p.put(in)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertStaff(ctx, p, digest(code), s.now().Add(codeLife)); err != nil {
			if db.IsUnique(err) {
				return ErrLogin
			}
			return err
		}
		return s.note(ctx, "staff.added", string(p.ID), p.summary(), "")
	})
	return p, code, err
}

// EditStaff corrects a person. The login stays. No one changes their own roles. Like
// everything that opens or closes an account, it asks for a fresh proof of who asks.
func (s *Service) EditStaff(ctx context.Context, id StaffID, in NewStaff) (p Staff, err error) {
	defer fault.Wrap(&err, "edit staff %s", id)
	p, err = s.reachable(ctx, MayManage, id)
	if err != nil {
		return p, err
	}
	in.Login = p.Login
	if in, err = s.mayPut(ctx, in); err != nil {
		return p, err
	}
	if string(p.ID) == auth.From(ctx).ID && joinRoles(p.Roles) != joinRoles(in.Roles) {
		return p, ErrRoleAbove
	}
	before := p.summary()
	p.put(in)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.updateStaff(ctx, p); err != nil {
			return err
		}
		return s.note(ctx, "staff.changed", string(p.ID), before+" → "+p.summary(), "")
	})
	return p, err
}

func (s *Service) mayPut(ctx context.Context, in NewStaff) (NewStaff, error) {
	scope, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return in, err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return in, err
	}
	if in, err = in.tidy(); err != nil {
		return in, err
	}
	o, err := s.store.office(ctx, in.Office)
	if errors.Is(err, db.ErrNone) || err == nil && (!scope.Has(o.Path) || !o.On(civil.On(s.now()))) {
		err = refusal{ErrStaff}.Need(false, "office", "Đơn vị này không có, đã kết thúc, hoặc ngoài phạm vi bạn quản lý.")
	}
	return in, err
}

func (p *Staff) put(in NewStaff) {
	p.Login, p.Name, p.Office, p.Rank, p.Post, p.Roles, p.From, p.To =
		in.Login, in.Name, in.Office, in.Rank, in.Post, in.Roles, in.From, in.To
}

func (p Staff) summary() string {
	return p.Login + " " + string(p.Office) + " " + strings.Trim(joinRoles(p.Roles), ",")
}

// Disable ends a person's account, and all their sessions with it, or opens it again.
func (s *Service) Disable(ctx context.Context, id StaffID, disabled bool) (err error) {
	defer fault.Wrap(&err, "disable staff %s", id)
	p, err := s.reachable(ctx, MayManage, id)
	if err != nil {
		return err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return err
	}
	if string(p.ID) == auth.From(ctx).ID {
		return ErrSelf
	}
	verb := "staff.enabled"
	if disabled {
		verb = "staff.disabled"
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.setDisabled(ctx, id, disabled); err != nil {
			return err
		}
		if disabled {
			if err := s.store.endSessions(ctx, id); err != nil {
				return err
			}
		}
		return s.note(ctx, verb, string(id), p.Login, "")
	})
}

// Reset ends a person's password and sessions and returns a one-time code with
// which they set a new one. Nobody chooses a password for another. A second factor
// stays: the code alone opens nothing then.
func (s *Service) Reset(ctx context.Context, id StaffID) (code string, err error) {
	defer fault.Wrap(&err, "reset staff %s", id)
	p, err := s.reachable(ctx, MayManage, id)
	if err != nil {
		return "", err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return "", err
	}
	return s.reset(ctx, p, "staff.reset", func(context.Context) error { return nil })
}

// RemoveSecond takes away what a person proves themselves by, for one who lost the
// telephone or the key; the password ends with it, so that whoever comes must hold
// the one-time code that returns. The asker must have proved who they are just now.
func (s *Service) RemoveSecond(ctx context.Context, id StaffID) (code string, err error) {
	defer fault.Wrap(&err, "remove second factor of %s", id)
	p, err := s.reachable(ctx, MayManage, id)
	if err != nil {
		return "", err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return "", err
	}
	return s.reset(ctx, p, "staff.second-removed", func(ctx context.Context) error { return s.store.dropSecond(ctx, id) })
}

func (s *Service) reset(ctx context.Context, p Staff, verb string, also func(context.Context) error) (string, error) {
	code, err := newCode(s.rand)
	if err != nil {
		return "", err
	}
	return code, s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := also(ctx); err != nil {
			return err
		}
		if err := s.store.setCode(ctx, p.ID, digest(code), s.now().Add(codeLife)); err != nil {
			return err
		}
		if err := s.store.endSessions(ctx, p.ID); err != nil {
			return err
		}
		if err := errors.Join(s.store.forget(ctx, account(p.Login)), s.store.forget(ctx, code2(p.Login))); err != nil {
			return err
		}
		return s.note(ctx, verb, string(p.ID), p.Login, "")
	})
}

// Sign-in

// SignIn is an attempt to sign in.
type SignIn struct {
	Login    string `form:"login"`
	Password string `form:"password"` // or a one-time code
	Address  string
	Agent    string
	Old      string // the token the browser held before, which ends
}

// The doors whose failures are counted. The second step has one of its own: a
// password that is known must buy no guesses at the code, nor shut the first door.
func account(login string) string { return "account " + login }
func code2(login string) string   { return "second " + login }
func address(a string) string     { return "address " + a }

// allowance is how many failures at a door cost nothing.
func allowance(door string) int {
	if strings.HasPrefix(door, address("")) {
		return freeAddress
	}
	return freeAccount
}

// SignIn returns the token of a new session and whether the person must set a
// password first. Whoever is unknown, disabled or wrong gets the same answer
// after the same work. Whoever has a second factor gets ErrSecond, and with it a
// token for Second that opens nothing by itself.
func (s *Service) SignIn(ctx context.Context, in SignIn) (token string, mustChange bool, err error) {
	defer fault.Wrap(&err, "sign in")
	login := foldLogin(in.Login)
	if len(login) > 40 || len(in.Password) > 4*longest {
		return "", false, ErrSignIn
	}
	if err := s.admit(ctx, account(login), address(in.Address)); err != nil {
		return "", false, err
	}
	p, err := s.store.staffByLogin(ctx, login)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return "", false, err
	}
	keys, err := s.store.secret(ctx, p.ID)
	if err != nil {
		return "", false, err
	}
	ok, err := s.hash.Check(ctx, in.Password, keys.password)
	if err != nil {
		return "", false, err
	}
	code := digest(tidyCode(in.Password))
	mustChange = keys.code != "" && subtle.ConstantTimeCompare([]byte(code), []byte(keys.code)) == 1
	if now := s.now(); p.ID == "" || !p.Active(civil.On(now)) || !ok && !mustChange {
		err := s.store.db.Tx(ctx, func(ctx context.Context) error {
			return s.note(ctx, "sign-in.failed", string(p.ID), login, in.Address)
		})
		if err != nil {
			return "", false, err // not on record: that is trouble of ours, and is logged as such
		}
		return "", false, ErrSignIn
	}
	if ok && s.hash.Stale(keys.password) {
		fresh, err := s.hash.Hash(ctx, in.Password)
		if err == nil {
			err = s.store.rehash(ctx, p.ID, keys.password, fresh)
		}
		if err != nil {
			return "", false, err
		}
	}
	has, err := s.methods(ctx, p.ID)
	if err != nil {
		return "", false, err
	}
	if !mustChange {
		code = ""
	}
	if has.Second() {
		if err := errors.Join(s.store.forget(ctx, account(login)), s.store.forgive(ctx, address(in.Address))); err != nil {
			return "", false, err
		}
		if token, err = s.begin(ctx, trySecond, p.ID, code); err != nil {
			return "", false, err
		}
		return token, false, ErrSecond
	}
	method := auth.ByPassword
	if mustChange {
		method = auth.ByCode
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		token, err = s.enter(ctx, p, in, method, code)
		return err
	})
	return token, mustChange, err
}

// enter opens a session for p, who proved who they are by method. code is the
// digest of a one-time code they used for it, "" for none. Call it in a transaction.
func (s *Service) enter(ctx context.Context, p Staff, in SignIn, method, code string) (token string, err error) {
	if code != "" {
		if taken, err := s.store.takeCode(ctx, p.ID, code, s.now()); err != nil || !taken {
			if err == nil {
				err = ErrSignIn
			}
			return "", err
		}
	}
	if _, err := s.store.endSession(ctx, digest(in.Old)); err != nil {
		return "", err
	}
	now := s.now()
	if token, err = s.open(ctx, Session{Staff: p.ID, Address: in.Address, Agent: in.Agent, MustChange: code != "", Method: method, Proved: now}); err != nil {
		return "", err
	}
	if err := errors.Join(s.store.forget(ctx, account(p.Login)), s.store.forget(ctx, code2(p.Login)), s.store.forgive(ctx, address(in.Address)),
		s.store.sweepSessions(ctx, now), s.store.sweepFailures(ctx, now)); err != nil {
		return "", err
	}
	return token, s.note(auth.With(ctx, auth.Actor{ID: string(p.ID)}), "sign-in", string(p.ID), p.Login+", "+method, in.Address)
}

// admit counts an attempt at some doors as failed before it is made, so that a
// hundred at once are a hundred failures and not one. Success takes it back.
func (s *Service) admit(ctx context.Context, doors ...string) error {
	now := s.now()
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, door := range doors {
			f, err := s.store.failures(ctx, door, now)
			if err != nil {
				return err
			}
			if now.Sub(f.last) >= forget {
				f.n = 0
			}
			if now.Before(f.last.Add(wait(f.n, allowance(door)))) {
				return ErrWait // undoes the count: waiting is not failing
			}
			if err := s.store.setFailures(ctx, door, f.n+1, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// open enters x, which says whose it is and how they proved it, as a new session.
func (s *Service) open(ctx context.Context, x Session) (string, error) {
	token, err := newToken(s.rand)
	if err != nil {
		return "", err
	}
	now := s.now()
	x.ID, x.Created, x.Seen, x.token = id.New[Session](), now, now, digest(token)
	return token, s.store.insertSession(ctx, x)
}

// Holder returns who holds token, with the rights they have at this moment, and
// what they must do before anything else. The zero Actor is nobody.
func (s *Service) Holder(ctx context.Context, token string) (a auth.Actor, must Must, err error) {
	defer fault.Wrap(&err, "holder of a session")
	if token == "" {
		return a, Nothing, nil
	}
	now := s.now()
	x, err := s.store.session(ctx, digest(token))
	if errors.Is(err, db.ErrNone) || err == nil && !x.live(now) {
		return a, Nothing, nil
	}
	if err != nil {
		return a, Nothing, err
	}
	p, err := s.store.staff(ctx, x.Staff)
	if err != nil || !p.Active(civil.On(now)) {
		return a, Nothing, err
	}
	o, err := s.office(ctx, p.Office)
	if err != nil {
		return a, Nothing, err
	}
	if now.Sub(x.Seen) >= touch {
		if err := s.store.touchSession(ctx, x.token, now); err != nil {
			return a, Nothing, err
		}
	}
	proof := auth.Proof{By: x.Method, Ago: now.Sub(x.Proved)}
	switch {
	case x.MustChange:
		must = MustChange
	case s.opt.Second && asks(s.rights, p.Roles) && !proof.Strong():
		must = MustSecond
	}
	return s.actor(p, o, must, proof), must, nil
}

func (s *Service) actor(p Staff, o Office, must Must, proof auth.Proof) auth.Actor {
	a := auth.Actor{ID: string(p.ID), Name: p.Name, Office: p.Office, Path: auth.Offices(o.Path), Verbs: []auth.Verb{MaySelf}, Proof: proof}
	if must != Nothing {
		return a
	}
	for _, r := range p.Roles {
		a.Roles = append(a.Roles, string(r))
		a.Verbs = append(append(a.Verbs, s.rights[r].Own...), s.rights[r].Below...)
		a.Below = append(a.Below, s.rights[r].Below...)
	}
	return a
}

// SignOut ends the session of token.
func (s *Service) SignOut(ctx context.Context, token string) (err error) {
	defer fault.Wrap(&err, "sign out")
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.endSession(ctx, digest(token))
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, "sign-out", auth.From(ctx).ID, "", "")
	})
}

// SignOutEverywhere ends every session of the asker.
func (s *Service) SignOutEverywhere(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "sign out everywhere")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return err
	}
	me := auth.From(ctx).ID
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.endSessions(ctx, StaffID(me)); err != nil {
			return err
		}
		return s.note(ctx, "sign-out.everywhere", me, "", "")
	})
}

// EndSession ends one session of the asker.
func (s *Service) EndSession(ctx context.Context, session string) (err error) {
	defer fault.Wrap(&err, "end session")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return err
	}
	me := auth.From(ctx).ID
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.endSessionOf(ctx, StaffID(me), session)
		if err == nil && n == 0 {
			err = ErrNoSession
		}
		if err != nil {
			return err
		}
		return s.note(ctx, "session.ended", me, session, "")
	})
}

// Sessions returns the sessions of the asker, newest first; the one of token is
// marked as the current one.
func (s *Service) Sessions(ctx context.Context, token string) (out []Session, err error) {
	defer fault.Wrap(&err, "sessions")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return nil, err
	}
	xs, err := s.store.sessions(ctx, StaffID(auth.From(ctx).ID))
	out = []Session{}
	for _, x := range xs {
		if x.live(s.now()) {
			x.Current = token != "" && x.token == digest(token)
			out = append(out, x)
		}
	}
	return out, err
}

// ChangePassword sets a new password for the asker, who knows the old one or has
// just used a one-time code. Every session ends; the token of a new one returns.
func (s *Service) ChangePassword(ctx context.Context, token, old, pw string) (fresh string, err error) {
	defer fault.Wrap(&err, "change password")
	if err := auth.Require(ctx, MaySelf); err != nil {
		return "", err
	}
	x, err := s.mine(ctx, token)
	if err != nil {
		return "", err
	}
	p, err := s.store.staff(ctx, x.Staff)
	if err != nil {
		return "", err
	}
	if !x.MustChange {
		if err := s.proveOld(ctx, p, x.Address, old); err != nil {
			return "", err
		}
	}
	hash, err := s.newPassword(ctx, p, pw)
	if err != nil {
		return "", err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := errors.Join(s.store.setPassword(ctx, p.ID, hash), s.store.endSessions(ctx, p.ID)); err != nil {
			return err
		}
		next := Session{Staff: p.ID, Address: x.Address, Agent: x.Agent, Method: x.Method, Proved: x.Proved}
		if next.Method == auth.ByCode {
			next.Method = auth.ByPassword
		}
		if fresh, err = s.open(ctx, next); err != nil {
			return err
		}
		return s.note(ctx, "password.changed", string(p.ID), p.Login, x.Address)
	})
	return fresh, err
}

// mine returns the session of token, which must be the asker's.
func (s *Service) mine(ctx context.Context, token string) (Session, error) {
	x, err := s.store.session(ctx, digest(token))
	if errors.Is(err, db.ErrNone) || err == nil && (string(x.Staff) != auth.From(ctx).ID || !x.live(s.now())) {
		err = auth.ErrWho
	}
	return x, err
}

// proveOld asks for the old password, at the same price as signing in.
func (s *Service) proveOld(ctx context.Context, p Staff, from, old string) error {
	if err := s.admit(ctx, account(p.Login), address(from)); err != nil {
		return err
	}
	keys, err := s.store.secret(ctx, p.ID)
	if err != nil {
		return err
	}
	ok, err := s.hash.Check(ctx, old, keys.password)
	if err == nil && !ok {
		err = refusal{ErrPassword}.Need(false, "old", "Mật khẩu hiện tại không đúng.")
	}
	if err != nil {
		return err
	}
	return errors.Join(s.store.forget(ctx, account(p.Login)), s.store.forgive(ctx, address(from)))
}

func (s *Service) newPassword(ctx context.Context, p Staff, pw string) (string, error) {
	breached := false
	if s.opt.Breached != "" {
		var err error
		if breached, err = password.Breached(s.opt.Breached, pw); err != nil {
			return "", err
		}
	}
	if err := goodPassword(pw, p, breached); err != nil {
		return "", err
	}
	return s.hash.Hash(ctx, pw)
}
