package criminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
	"congminh/internal/law"
)

// Guard adds a check of new acts. Call it while the program is put together.
func (s *Service) Guard(g Guard) { s.guards = append(s.guards, g) }

// Law returns the law as it is known now: the catalogue of acts, offences, lists.
func (s *Service) Law(ctx context.Context) Law { return s.law(ctx) }

// Now is the minute it is, as acts are dated.
func (s *Service) Now() ledger.Moment {
	return ledger.Moment(s.now().In(civil.Zone).Format("2006-01-02T15:04"))
}

// Ledger returns the head and the ledger of a case. It asks nobody's leave: it is
// for modules that compute; what they show they must guard themselves.
func (s *Service) Ledger(ctx context.Context, id ID) (h Head, c ledger.Case, err error) {
	defer fault.Wrap(&err, "ledger of case %s", id)
	row, err := s.store.head(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return h, c, ErrNone
	}
	if err != nil {
		return h, c, err
	}
	as, err := s.store.assignedOf(ctx, id, id)
	if err != nil {
		return h, c, err
	}
	h = row.Head
	for _, a := range as {
		h.Assigned = append(h.Assigned, a.Assignment)
	}
	c, err = s.ledger(ctx, id)
	return h, c, err
}

func (s *Service) ledger(ctx context.Context, id ID) (c ledger.Case, err error) {
	c.ID = string(id)
	if c.Acts, err = s.store.acts(ctx, id); err != nil {
		return c, err
	}
	ps, err := s.store.persons(ctx, id)
	for _, p := range ps {
		c.Parties = append(c.Parties, p.party())
	}
	return c, err
}

// batch is how many cases are read at once: enough to be fast, few enough that a
// hundred thousand cases are never in memory.
const batch = 500

// Ledgers calls f for every case whose id is after from, and not after to ("" is no
// end), in the order of ids. The ledger f gets is f's own.
func (s *Service) Ledgers(ctx context.Context, from, to ID, f func(Head, *ledger.Case) error) (err error) {
	defer fault.Wrap(&err, "ledgers")
	for {
		heads, err := s.store.heads(ctx, from, to, batch)
		if err != nil || len(heads) == 0 {
			return err
		}
		first, last := heads[0].ID, heads[len(heads)-1].ID
		acts, err := s.store.actsOf(ctx, first, last)
		if err != nil {
			return err
		}
		people, err := s.store.partiesOf(ctx, first, last)
		if err != nil {
			return err
		}
		assigned, err := s.store.assignedOf(ctx, first, last)
		if err != nil {
			return err
		}
		for _, h := range heads {
			c := ledger.Case{ID: string(h.ID)}
			for ; len(acts) > 0 && acts[0].of <= h.ID; acts = acts[1:] {
				if acts[0].of == h.ID {
					c.Acts = append(c.Acts, acts[0].Act)
				}
			}
			for ; len(people) > 0 && people[0].of <= h.ID; people = people[1:] {
				if people[0].of == h.ID {
					c.Parties = append(c.Parties, people[0].Party)
				}
			}
			for ; len(assigned) > 0 && assigned[0].of <= h.ID; assigned = assigned[1:] {
				if assigned[0].of == h.ID {
					h.Assigned = append(h.Assigned, assigned[0].Assignment)
				}
			}
			if err := f(h.Head, &c); err != nil {
				return err
			}
		}
		from = last
	}
}

// Acts returns the ledger of a case that the asker may see, and where it stands: now,
// or as it stood at the end of day on if that is given.
func (s *Service) Acts(ctx context.Context, id ID, on civil.Date) (c ledger.Case, st ledger.State, err error) {
	defer fault.Wrap(&err, "acts of case %s", id)
	if _, err := s.get(ctx, MayRead, id); err != nil {
		return c, st, err
	}
	if c, err = s.ledger(ctx, id); err != nil {
		return c, st, err
	}
	if on == "" {
		return c, ledger.Fold(s.law(ctx), &c), nil
	}
	return c, ledger.FoldAt(s.law(ctx), &c, ledger.Moment(on+"T23:59"), s.now()), nil
}

// Record enters an act (ghi một hành vi tố tụng). Findings that refuse come back as
// an error of ErrAct; those that flag are kept with the act.
func (s *Service) Record(ctx context.Context, id ID, a ledger.Act) (out ledger.Act, found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "record %s in case %s", a.Kind, id)
	a.Supersedes, a.Void, a.Why = "", false, ""
	return s.enter(ctx, id, a)
}

// Correct enters an act that supersedes one (đính chính), with the reason why.
func (s *Service) Correct(ctx context.Context, id ID, old ledger.ActID, a ledger.Act, why string) (out ledger.Act, found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "correct %s in case %s", old, id)
	a.Supersedes, a.Void, a.Why = old, false, vn.Clean(why)
	return s.enter(ctx, id, a)
}

// Void takes an act back without putting one in its place (hủy việc nhập). Its
// number, if it had one, stays given and keeps the reason.
func (s *Service) Void(ctx context.Context, id ID, old ledger.ActID, why string) (out ledger.Act, found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "void %s in case %s", old, id)
	return s.enter(ctx, id, ledger.Act{Supersedes: old, Void: true, Why: vn.Clean(why)})
}

// Preview says what Record would find, and enters nothing.
func (s *Service) Preview(ctx context.Context, id ID, a ledger.Act) (found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "preview %s in case %s", a.Kind, id)
	c, err := s.get(ctx, MayAct, id)
	if err != nil {
		return nil, err
	}
	led, err := s.ledger(ctx, id)
	if err != nil {
		return nil, err
	}
	if a, _, err = s.ready(ctx, led, a); err != nil {
		return nil, err
	}
	return s.check(ctx, c, led, a)
}

func (s *Service) enter(ctx context.Context, id ID, a ledger.Act) (out ledger.Act, found []ledger.Finding, err error) {
	err = s.hold(ctx, MayAct, id, func(ctx context.Context, c *Case) error {
		led, err := s.ledger(ctx, id)
		if err != nil {
			return err
		}
		a, kind, err := s.ready(ctx, led, a)
		if err != nil {
			return err
		}
		if found, err = s.check(ctx, *c, led, a); err != nil {
			return err
		}
		if err := refused(found); err != nil {
			return err
		}
		for _, f := range found {
			a.Flags = append(a.Flags, f.Code)
		}
		out, err = s.keep(ctx, c, &led, a, kind)
		return err
	})
	return out, found, err
}

// ready fills in what follows by itself from the case and the catalogue.
func (s *Service) ready(ctx context.Context, led ledger.Case, a ledger.Act) (ledger.Act, law.ActKind, error) {
	a.ID, a.Entered, a.Author, a.Flags = ledger.ActID(id.New[ledger.Act]()), s.now(), auth.From(ctx).ID, nil
	if a.Supersedes != "" {
		standing := ledger.Standing(&led)
		i := slices.IndexFunc(standing, func(o ledger.Act) bool { return o.ID == a.Supersedes })
		if i < 0 {
			return a, law.ActKind{}, ErrNoAct
		}
		old := standing[i]
		if a.Void {
			why, aid, t, me := a.Why, a.ID, a.Entered, a.Author
			a = old
			a.ID, a.Entered, a.Author, a.Supersedes, a.Void, a.Why, a.Flags = aid, t, me, old.ID, true, why, nil
		} else if a.Kind == old.Kind && a.Number == "" {
			a.Number = old.Number // the number was given to this decision, right or wrong
		}
	}
	kind, ok := s.law(ctx).Act(a.Kind)
	if !ok {
		return a, kind, refusal{ErrAct}.Need(false, "kind", "Hãy chọn loại hành vi, quyết định trong danh mục.")
	}
	a.Number, a.Issuer, a.Signer, a.Note = vn.Clean(a.Number), vn.Clean(a.Issuer), vn.Clean(a.Signer), vn.Clean(a.Note)
	if a.By == "" && len(kind.By) > 0 {
		a.By = kind.By[0]
	}
	if len(a.Parties) == 0 && kind.Scope == "person" {
		if of := accused(led); len(of) == 1 {
			a.Parties = of
		}
	}
	for k, v := range a.Fields {
		if a.Fields[k] = strings.TrimSpace(v); a.Fields[k] == "" {
			delete(a.Fields, k)
		}
	}
	return a, kind, nil
}

func accused(c ledger.Case) (out []ledger.PartyID) {
	for _, p := range c.Parties {
		if p.Role == string(Accused) {
			out = append(out, p.ID)
		}
	}
	return out
}

// check asks the ledger, the other cases of the office, and the modules above.
func (s *Service) check(ctx context.Context, c Case, led ledger.Case, a ledger.Act) ([]ledger.Finding, error) {
	found := s.checks.Check(s.law(ctx), &led, a, s.Now())
	if a.Void {
		return found, nil
	}
	if a.Number != "" && len(a.At) >= 4 {
		n, err := s.store.sameNumber(ctx, c.Office, c.ID, a.Kind, a.Number, a.Issuer, string(a.At[:4]))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			found = append(found, ledger.Finding{Code: "number.elsewhere", Severity: ledger.Flag, Field: "number",
				Text: "Số này của cùng cơ quan, cùng năm đã có ở một vụ án khác của đơn vị.", Todo: "Hãy so lại số và cơ quan ban hành; nếu đúng thì vẫn ghi được."})
		}
	}
	h := Head{ID: c.ID, Number: c.Number, Name: c.Name, Office: c.Office, Path: c.path, Stage: c.Stage, Status: c.Status, Secrecy: c.Secrecy}
	for _, g := range s.guards {
		more, err := g(ctx, h, led, a)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// refused is the error for those findings that refuse, or nil.
func refused(found []ledger.Finding) error {
	var c fault.Check
	for _, f := range found {
		if f.Severity == ledger.Refuse {
			field := f.Field
			if field == "" {
				field = "kind"
			}
			c.Need(false, field, say(f))
		}
	}
	return c.Err(ErrAct)
}

// keep writes an act that passed, and what follows from it for the case.
func (s *Service) keep(ctx context.Context, c *Case, led *ledger.Case, a ledger.Act, kind law.ActKind) (ledger.Act, error) {
	if a.Number == "" && !a.Void && a.By == "procuracy" && kind.Number != "" {
		n, err := s.issue(ctx, c, kind.Number, a)
		if err != nil {
			return a, err
		}
		a.Number = n
	}
	seq := int64(len(led.Acts)) + 1 // nothing is deleted, and the case is held
	if err := s.store.insertAct(ctx, c.ID, seq, c.Office, a); err != nil {
		return a, err
	}
	before := ledger.Standing(led)
	led.Acts = append(led.Acts, a)
	if a.Supersedes != "" {
		if err := s.restand(ctx, *led, before, a); err != nil {
			return a, err
		}
	}
	if err := s.stand(ctx, c, led); err != nil {
		return a, err
	}
	return a, Acted.Emit(ctx, s.bus, ActedV1{c.ID, a.ID, a.Kind, c.Office})
}

// stand computes where the case stands and keeps it for the lists. What the acts do
// not tell stays as it was entered.
func (s *Service) stand(ctx context.Context, c *Case, led *ledger.Case) error {
	st := ledger.Fold(s.law(ctx), led)
	if st.Stage != "" {
		c.Stage = Stage(st.Stage)
	}
	if st.Status != "" {
		c.Status = Status(st.Status)
	}
	if st.Opened != "" {
		c.Opened = civil.Date(st.Opened[:10])
	}
	c.Class, c.Acts = st.Class.String(), len(led.Acts)
	return s.store.stand(ctx, *c, int64(len(led.Acts)))
}

// issue takes the next number of a book of the office, in the year of the act.
func (s *Service) issue(ctx context.Context, c *Case, book string, a ledger.Act) (string, error) {
	year, err := strconv.Atoi(string(a.At[:4]))
	if err != nil {
		return "", fmt.Errorf("year of %s: %w", a.At, err)
	}
	n, err := s.store.next(ctx, c.Office, book, year)
	if err != nil {
		return "", err
	}
	return Numbered(n, book), s.store.insertNumber(ctx, c.Office, book, year, n, a.ID, c.ID, s.now(), auth.From(ctx).ID)
}

// Numbered writes a number of a book as it stands on the paper.
func Numbered(n int64, book string) string {
	if n < 10 {
		return fmt.Sprintf("0%d/%s", n, book)
	}
	return fmt.Sprintf("%d/%s", n, book)
}

// restand notes which acts stand since a superseded one: to take back a correction
// makes what it corrected stand again. Their number follows: to the act that stands in
// their place, or to the void numbers.
func (s *Service) restand(ctx context.Context, led ledger.Case, before []ledger.Act, a ledger.Act) error {
	has := func(as []ledger.Act, id ledger.ActID) bool {
		return slices.ContainsFunc(as, func(x ledger.Act) bool { return x.ID == id })
	}
	after := ledger.Standing(&led)
	heir := a.ID
	for _, x := range led.Acts {
		if was, is := has(before, x.ID), has(after, x.ID); x.ID != a.ID && was != is {
			if err := s.store.setStands(ctx, x.ID, is); err != nil {
				return err
			}
			if is {
				heir = x.ID
			}
		}
	}
	number := func(id ledger.ActID) string {
		for _, x := range led.Acts {
			if x.ID == id && (id != a.ID || !a.Void) {
				return x.Number
			}
		}
		return ""
	}
	if old := number(a.Supersedes); old != "" && number(heir) == old {
		return s.store.passNumber(ctx, a.Supersedes, heir)
	}
	if err := s.store.voidNumber(ctx, a.Supersedes, a.Why); err != nil || heir == a.ID {
		return err
	}
	return s.store.voidNumber(ctx, heir, "") // its own number is in use again
}

// hold does f to a case that the asker may see and do v to, alone.
func (s *Service) hold(ctx context.Context, v auth.Verb, id ID, f func(ctx context.Context, c *Case) error) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, id); err != nil {
			return err
		}
		c, err := s.get(ctx, v, id)
		if err != nil {
			return err
		}
		if err := auth.RequireIn(ctx, v, c.path); err != nil {
			return err
		}
		return f(ctx, &c)
	})
}
