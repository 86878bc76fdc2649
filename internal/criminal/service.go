package criminal

import (
	"context"
	"errors"
	"slices"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// Service is what can be done with cases. It is the only thing another package
// may call.
type Service struct {
	store  store
	bus    *event.Bus
	org    *org.Service
	law    func(context.Context) Law
	now    func() time.Time
	panels []Panel
	guards []Guard
	checks *ledger.Rules
	jobs   *job.Runner // does imports; see wire
	rights func(context.Context) (policy.Subject, error)
	follow func(context.Context, policy.Object) error
}

// NewService returns a service that keeps cases in d and asks law what is an act.
func NewService(d *db.DB, bus *event.Bus, o *org.Service, law func(context.Context) Law, now func() time.Time) *Service {
	s := &Service{store: store{d}, bus: bus, org: o, law: law, now: now, checks: ledger.Standard()}
	s.rights = func(ctx context.Context) (policy.Subject, error) { return policy.For(auth.From(ctx), now()), nil }
	return s
}

// Rights has f say who asks, with what was granted to them; without it nothing is
// granted to anybody. Call it while the program is put together.
func (s *Service) Rights(f func(context.Context) (policy.Subject, error)) { s.rights = f }

// Follow has f hear of every case whose office, level or people in charge changed, in
// the same transaction: what was granted may no longer hold. Call it while the program
// is put together.
func (s *Service) Follow(f func(context.Context, policy.Object) error) { s.follow = f }

// Checks lays the rules of an installation over those by which new acts are checked.
// Call it while the program is put together.
func (s *Service) Checks(over *ledger.Rules) { s.checks = s.checks.With(over) }

// Hang puts a panel of a module above this one on the page of every case. Call it
// while the program is put together.
func (s *Service) Hang(p Panel) { s.panels = append(s.panels, p) }

// Scope returns the tags whose cases the asker may see; none for those who may see
// no case at all.
func (s *Service) Scope(ctx context.Context) []string { return s.scope(ctx, policy.See) }

// ReadScope is Scope for pages: fewer may read a file than may see its case.
func (s *Service) ReadScope(ctx context.Context) []string { return s.scope(ctx, policy.Read) }

// scope is empty, so that nothing is seen, if it cannot be found out who asks.
func (s *Service) scope(ctx context.Context, a policy.Action) []string {
	if who := auth.From(ctx); who.ID == "" || !who.May(MayRead) {
		return nil
	}
	subject, err := s.rights(ctx)
	if err != nil {
		return nil
	}
	return subject.Scope(a).List()
}

// Decide says whether the asker may do a to a case, or to a document of it of a level
// of its own, and by which rule. A case that may not even be seen is not found.
func (s *Service) Decide(ctx context.Context, id ID, document string, level policy.Level, a policy.Action) (out policy.Answer, err error) {
	defer fault.Wrap(&err, "rights to case %s", id)
	subject, err := s.rights(ctx)
	if err != nil {
		return out, err
	}
	o, err := s.Object(ctx, id)
	if err != nil {
		return out, err
	}
	o.Document, o.Level = document, max(o.Level, level)
	if out = policy.Decide(&subject, &o, a); !out.Allow && !policy.Decide(&subject, &o, policy.See).Allow {
		err = ErrNone
	}
	return out, err
}

// Object returns a case as the policy of access sees it. It asks nobody's leave.
func (s *Service) Object(ctx context.Context, id ID) (o policy.Object, err error) {
	c, err := s.store.any(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return o, ErrNone
	}
	if err != nil {
		return o, err
	}
	return s.object(ctx, c)
}

func (s *Service) object(ctx context.Context, c Case) (o policy.Object, err error) {
	as, err := s.store.assignments(ctx, c.ID)
	if err != nil {
		return o, err
	}
	var who []org.StaffID
	for _, a := range as {
		if a.To == "" {
			who = append(who, a.Staff)
		}
	}
	people, err := s.store.persons(ctx, c.ID)
	return c.object(people, who), err
}

// Office returns an office, for the head of a paper about one of its cases.
func (s *Service) Office(ctx context.Context, id auth.Office) (org.Office, error) {
	return s.org.Office(ctx, id)
}

// Leaders returns who leads an office now: they decide in what one may not do alone.
func (s *Service) Leaders(ctx context.Context, office auth.Office) (out []org.StaffID, err error) {
	there, err := s.org.Colleagues(ctx, office)
	for _, p := range there {
		if p.Has(org.Chief) || p.Has(org.DeputyChief) {
			out = append(out, p.ID)
		}
	}
	return out, err
}

// Tags returns what a case is marked with, for an index. It asks nobody's leave:
// the index asks Scope when it is searched.
func (s *Service) Tags(ctx context.Context, id ID) (ts []string, err error) {
	defer fault.Wrap(&err, "tags of case %s", id)
	return s.store.tags(ctx, id)
}

// Create enters a case.
func (s *Service) Create(ctx context.Context, in New) (c Case, err error) {
	defer fault.Wrap(&err, "create case")
	reach, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return c, err
	}
	me := auth.From(ctx)
	if in.Office == "" {
		in.Office = me.Office
	}
	today := civil.On(s.now())
	if in, err = in.tidy(today); err != nil {
		return c, err
	}
	o, err := s.org.Office(ctx, in.Office)
	if errors.Is(err, org.ErrNoOffice) || err == nil && !reach.Has(o.Path) {
		err = refusal{ErrInvalid}.Need(false, "office", "Đơn vị này không có hoặc ngoài phạm vi của bạn.")
	}
	if err != nil {
		return c, err
	}
	c = Case{ID: id.New[Case](), Office: o.ID, path: o.Path, Created: s.now()}
	c.put(in)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.free(ctx, c); err != nil {
			return err
		}
		if err := s.store.insert(ctx, c); err != nil {
			return taken(err)
		}
		if err := s.setPersons(ctx, c.ID, c.Persons); err != nil {
			return err
		}
		if err := s.store.setAliases(ctx, c.ID, c.Aliases); err != nil {
			return err
		}
		// Whoever enters a secret case knows it: they must not lose it at once.
		if c.Secrecy > 0 && !leads(me, c.Office) {
			a := Assignment{Staff: org.StaffID(me.ID), Task: Helps, From: today}
			if err := s.store.assign(ctx, c.ID, a); err != nil {
				return err
			}
		}
		if err := s.mark(ctx, c); err != nil {
			return err
		}
		return Created.Emit(ctx, s.bus, CreatedV1{c.ID, c.Office, c.Stage})
	})
	return c, err
}

func (c *Case) put(in New) {
	c.Number, c.EFile, c.Name, c.Secrecy, c.Key, c.Persons, c.Aliases = in.Number, in.EFile, in.Name, in.Secrecy, in.Key, in.Persons, in.Aliases
	if c.Acts == 0 { // else they follow from the acts
		c.Stage, c.Status, c.Opened = in.Stage, in.Status, in.Opened
	}
}

// free refuses a number that another case of the office has.
func (s *Service) free(ctx context.Context, c Case) error {
	other, err := s.numbered(ctx, c.Office, c.Number)
	if err == nil && other != "" && other != c.ID {
		err = ErrNumber
	}
	return err
}

// taken is the refusal of a number that somebody else gave between our look and our
// write.
func taken(err error) error {
	if db.IsUnique(err) {
		return ErrNumber
	}
	return err
}

// numbered returns the case that has a number in an office, "" if none has.
func (s *Service) numbered(ctx context.Context, o auth.Office, number string) (ID, error) {
	other, err := s.store.byNumber(ctx, o, number)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return other, err
}

// mark writes the tags of c as they follow from what is stored.
func (s *Service) mark(ctx context.Context, c Case) error {
	o, err := s.object(ctx, c)
	if err != nil {
		return err
	}
	return s.store.setTags(ctx, c.ID, policy.Tags(o))
}

// remark is mark, and tells the modules above if other people than before may see c.
func (s *Service) remark(ctx context.Context, c Case) error {
	before, err := s.store.tags(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := s.mark(ctx, c); err != nil {
		return err
	}
	after, err := s.store.tags(ctx, c.ID)
	if err != nil || slices.Equal(before, after) {
		return err
	}
	if s.follow != nil {
		o, err := s.object(ctx, c)
		if err == nil {
			err = s.follow(ctx, o)
		}
		if err != nil {
			return err
		}
	}
	return Changed.Emit(ctx, s.bus, ChangedV1{c.ID, c.Office, c.Secrecy})
}

// leads reports whether a leads the office.
func leads(a auth.Actor, office auth.Office) bool {
	return a.Office == office && (a.Is(string(org.Chief)) || a.Is(string(org.DeputyChief)))
}

// Get returns a case without its people. One that may not be seen is not found.
func (s *Service) Get(ctx context.Context, id ID) (c Case, err error) {
	defer fault.Wrap(&err, "get case %s", id)
	return s.get(ctx, MayRead, id)
}

func (s *Service) get(ctx context.Context, v auth.Verb, id ID) (Case, error) {
	if err := auth.Require(ctx, v); err != nil {
		return Case{}, err
	}
	c, err := s.store.get(ctx, s.Scope(ctx), id)
	if errors.Is(err, db.ErrNone) {
		err = ErrNone
	}
	return c, err
}

// Allow returns nil if the asker may do v to a case that they may see: v is held in
// the office of the case, or in one above it and reaches below. Modules whose things
// belong to a case ask it before they change one.
func (s *Service) Allow(ctx context.Context, v auth.Verb, id ID) (err error) {
	defer fault.Wrap(&err, "allow %s", v)
	c, err := s.get(ctx, MayRead, id)
	if err != nil {
		return err
	}
	return auth.RequireIn(ctx, v, c.path)
}

// Detail is Get with the people in it.
func (s *Service) Detail(ctx context.Context, id ID) (c Case, err error) {
	defer fault.Wrap(&err, "detail of case %s", id)
	if c, err = s.get(ctx, MayRead, id); err != nil {
		return c, err
	}
	if c.Persons, err = s.store.persons(ctx, id); err != nil {
		return c, err
	}
	if c.Aliases, err = s.store.aliases(ctx, id); err != nil {
		return c, err
	}
	c.Assigned, err = s.store.assignments(ctx, id)
	return c, err
}

// List returns the cases one may see that pass f, without the people in them.
func (s *Service) List(ctx context.Context, f Filter) (out page.Of[Case], err error) {
	defer fault.Wrap(&err, "list cases")
	if err := auth.Require(ctx, MayRead); err != nil {
		return out, err
	}
	a := auth.From(ctx)
	rows, err := s.store.list(ctx, s.Scope(ctx), len(a.Path) == 1, f, "p:"+a.ID)
	return page.Cut(rows, f.Req, func(c Case) string { return string(c.ID) }), err
}

// change does f to a case that the asker may see and do v to, alone.
func (s *Service) change(ctx context.Context, v auth.Verb, id ID, f func(ctx context.Context, c *Case) error) (c Case, err error) {
	err = s.hold(ctx, v, id, func(ctx context.Context, held *Case) error {
		if err := f(ctx, held); err != nil {
			return err
		}
		c = *held
		return s.remark(ctx, c)
	})
	return c, err
}

// Edit corrects a case. Its office is changed by Send alone.
func (s *Service) Edit(ctx context.Context, id ID, in New) (c Case, err error) {
	defer fault.Wrap(&err, "edit case %s", id)
	if err := auth.Require(ctx, MayManage); err != nil {
		return c, err
	}
	if in, err = in.tidy(civil.On(s.now())); err != nil {
		return c, err
	}
	return s.change(ctx, MayManage, id, func(ctx context.Context, c *Case) error {
		if in.Secrecy != c.Secrecy && auth.RequireIn(ctx, MayAssign, c.path) != nil {
			return ErrSecrecy
		}
		c.put(in)
		if err := s.free(ctx, *c); err != nil {
			return err
		}
		if err := s.store.update(ctx, *c); err != nil {
			return taken(err)
		}
		if err := s.setPersons(ctx, c.ID, c.Persons); err != nil {
			return err
		}
		if err := s.store.setAliases(ctx, c.ID, c.Aliases); err != nil {
			return err
		}
		return s.peopleChanged(ctx, c)
	})
}

// Assign gives a person of the case's office a task in it. A person has one task
// at a time: a new one ends the old.
func (s *Service) Assign(ctx context.Context, id ID, staff org.StaffID, task Task) (err error) {
	defer fault.Wrap(&err, "assign case %s", id)
	_, err = s.change(ctx, MayAssign, id, func(ctx context.Context, c *Case) error {
		there, err := s.org.Colleagues(ctx, c.Office)
		if err != nil {
			return err
		}
		works := slices.ContainsFunc(there, func(p org.Staff) bool { return p.ID == staff && !p.Has(org.SysAdmin) })
		var check fault.Check
		check.Need(works, "staff", "Hãy chọn một cán bộ đang làm việc tại đơn vị của vụ án.")
		check.Need(slices.Contains(Tasks, task), "task", "Hãy chọn nhiệm vụ.")
		if err := check.Err(ErrAssign); err != nil {
			return err
		}
		today := civil.On(s.now())
		if _, err := s.store.unassign(ctx, c.ID, staff, today); err != nil {
			return err
		}
		return s.store.assign(ctx, c.ID, Assignment{Staff: staff, Task: task, From: today})
	})
	return err
}

// Unassign ends a person's task.
func (s *Service) Unassign(ctx context.Context, id ID, staff org.StaffID) (err error) {
	defer fault.Wrap(&err, "unassign case %s", id)
	_, err = s.change(ctx, MayAssign, id, func(ctx context.Context, c *Case) error {
		n, err := s.store.unassign(ctx, c.ID, staff, civil.On(s.now()))
		if err == nil && (n == 0 || staff == "") {
			err = refusal{ErrAssign}.Need(false, "staff", "Cán bộ này không được phân công trong vụ án.")
		}
		return err
	})
	return err
}

// Send gives a case to another office (chuyển vụ án). All tasks end: who has
// charge there is decided there. The sender may see it no more, unless their
// office stands above.
func (s *Service) Send(ctx context.Context, id ID, office auth.Office) (err error) {
	defer fault.Wrap(&err, "send case %s", id)
	_, err = s.change(ctx, MayAssign, id, func(ctx context.Context, c *Case) error {
		today := civil.On(s.now())
		o, err := s.org.Office(ctx, office)
		if errors.Is(err, org.ErrNoOffice) || err == nil && (!o.On(today) || o.ID == c.Office) {
			err = refusal{ErrInvalid}.Need(false, "office", "Hãy chọn một đơn vị khác đang hoạt động.")
		}
		if err != nil {
			return err
		}
		from := c.Office
		c.Office, c.path = o.ID, o.Path
		if c.Persons, err = s.store.persons(ctx, c.ID); err != nil { // words holds their names
			return err
		}
		if c.Aliases, err = s.store.aliases(ctx, c.ID); err != nil {
			return err
		}
		if err := s.free(ctx, *c); errors.Is(err, ErrNumber) {
			// The receiving office gives its own number; until then, and to be found by, it
			// has the old one and whose it was.
			old := Alias{Code: c.Number, Whose: string(from)}
			if !slices.Contains(c.Aliases, old) {
				c.Aliases = append(c.Aliases, old)
			}
			c.Number = c.Number + " (" + string(from) + ")"
			if err := s.store.setAliases(ctx, c.ID, c.Aliases); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		if _, err := s.store.unassign(ctx, c.ID, "", today); err != nil {
			return err
		}
		return s.store.update(ctx, *c)
	})
	return err
}

// refusal is a refusal for one wrong input.
type refusal struct{ *fault.Error }

// Need is fault.Check's, for one input.
func (r refusal) Need(ok bool, name, text string) error {
	var c fault.Check
	c.Need(ok, name, text)
	return c.Err(r.Error)
}
