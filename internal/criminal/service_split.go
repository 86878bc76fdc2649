package criminal

import (
	"context"
	"slices"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
)

// Copied marks an act of another case that came along when cases were split or
// joined. It counts for the clocks of the case it came to; registers and figures
// count it once, where it was entered.
const Copied = "copied"

// Split makes a new case of some of the accused (tách vụ án). What concerns them, and
// what concerned the whole case until now, is carried into the new ledger; in the old
// one nothing is lost: the act of splitting says that they left it.
func (s *Service) Split(ctx context.Context, from ID, who []ledger.PartyID, in New, a ledger.Act) (c Case, found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "split case %s", from)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		old, err := s.Detail(ctx, from)
		if err != nil {
			return err
		}
		led, err := s.ledger(ctx, from)
		if err != nil {
			return err
		}
		var people []Person
		now := map[ledger.PartyID]ledger.PartyID{}
		for _, p := range old.Persons {
			if slices.Contains(who, p.ID) || p.Role != Accused {
				now[p.ID] = ledger.PartyID(id.New[Person]())
				p.ID = now[p.ID]
				people = append(people, p)
			}
		}
		if len(who) == 0 || len(accused(led)) <= len(who) {
			return refusal{ErrAct}.Need(false, "parties", "Hãy chọn bị can tách ra; vụ án cũ phải còn ít nhất một bị can.")
		}
		a.Kind, a.Parties = "case.split", who
		var done ledger.Act
		if done, found, err = s.Record(ctx, from, a); err != nil {
			return err
		}
		in.Office, in.Stage, in.Status, in.Secrecy, in.Opened, in.Persons = old.Office, old.Stage, old.Status, old.Secrecy, old.Opened, people
		if c, err = s.Create(ctx, in); err != nil {
			return err
		}
		c.Parent = from
		if err := s.store.update(ctx, c); err != nil {
			return err
		}
		for _, x := range old.Assigned {
			if x.To == "" {
				if err := s.store.assign(ctx, c.ID, x); err != nil {
					return err
				}
			}
		}
		if err := s.mark(ctx, c); err != nil {
			return err
		}
		// The decision comes first: from its day on, the new case has the rest.
		done.Parties, done.Fields = nil, with1(done.Fields, "case", old.Number)
		return s.carry(ctx, c.ID, append([]ledger.Act{done}, ledger.Standing(&led)...), now)
	})
	return c, found, err
}

// Merge takes other into main (nhập vụ án): its people and what was done to them come
// into the ledger of main, and other is closed with the act that did it.
func (s *Service) Merge(ctx context.Context, main, other ID, a ledger.Act) (found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "merge case %s into %s", other, main)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		from, err := s.Detail(ctx, other)
		if err != nil {
			return err
		}
		to, err := s.get(ctx, MayAct, main)
		if err != nil {
			return err
		}
		if main == other || from.Office != to.Office {
			return refusal{ErrAct}.Need(false, "other", "Hãy chọn một vụ án khác của cùng đơn vị.")
		}
		led, err := s.ledger(ctx, other)
		if err != nil {
			return err
		}
		a.Kind, a.Parties = "case.merge", nil
		a.Fields = with1(with1(a.Fields, "case", from.Number), "decision", "take")
		done, more, err := s.Record(ctx, main, a)
		found = more
		if err != nil {
			return err
		}
		a.Number = done.Number // it is one decision, in two ledgers
		now := map[ledger.PartyID]ledger.PartyID{}
		for _, p := range from.Persons {
			now[p.ID] = ledger.PartyID(id.New[Person]())
			p.ID = now[p.ID]
			if err := s.store.insertParty(ctx, main, p); err != nil {
				return err
			}
		}
		if err := s.carry(ctx, main, ledger.Standing(&led), now); err != nil {
			return err
		}
		a.Fields = with1(with1(a.Fields, "case", to.Number), "decision", "into")
		if _, _, err = s.Record(ctx, other, a); err != nil {
			return err
		}
		return s.hold(ctx, MayAct, other, func(ctx context.Context, c *Case) error {
			c.Parent, c.Persons, c.Aliases = main, from.Persons, from.Aliases
			return s.store.update(ctx, *c)
		})
	})
	return found, err
}

func with1(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	for x, y := range m {
		if x != k {
			out[x] = y
		}
	}
	return out
}

// carry writes acts of another case into the ledger of c, as far as they concern the
// whole case or one of the people who came.
func (s *Service) carry(ctx context.Context, c ID, acts []ledger.Act, now map[ledger.PartyID]ledger.PartyID) error {
	return s.hold(ctx, MayRead, c, func(ctx context.Context, k *Case) error {
		led, err := s.ledger(ctx, c)
		if err != nil {
			return err
		}
		for _, a := range acts {
			var who []ledger.PartyID
			for _, p := range a.Parties {
				if n, came := now[p]; came {
					who = append(who, n)
				}
			}
			if len(a.Parties) > 0 && len(who) == 0 {
				continue
			}
			a.Fields = with1(renamed(a.Fields, now), "from_act", string(a.ID))
			a.ID, a.Parties, a.Supersedes, a.Why = ledger.ActID(id.New[ledger.Act]()), who, "", ""
			a.Entered, a.Author, a.Flags = s.now(), auth.From(ctx).ID, append(slices.Clone(a.Flags), Copied)
			if err := s.store.insertAct(ctx, c, int64(len(led.Acts))+1, k.Office, a); err != nil {
				return err
			}
			led.Acts = append(led.Acts, a)
		}
		if err := s.peopleChanged(ctx, k); err != nil {
			return err
		}
		return s.stand(ctx, k, &led)
	})
}

// renamed gives what an act says of each person, "charges.ID", the ids they have now;
// what it says of those who did not come is left behind.
func renamed(m map[string]string, now map[ledger.PartyID]ledger.PartyID) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		name, of, each := strings.Cut(k, ".")
		if !each {
			out[k] = v
		} else if n, came := now[ledger.PartyID(of)]; came {
			out[name+"."+string(n)] = v
		}
	}
	return out
}

// Transfer sends a case to another office with the act that decided it (chuyển vụ án
// theo thẩm quyền).
func (s *Service) Transfer(ctx context.Context, c ID, to auth.Office, a ledger.Act) (found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "transfer case %s", c)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		a.Kind = "case.transfer"
		a.Fields = with1(a.Fields, "office", string(to))
		if _, found, err = s.Record(ctx, c, a); err != nil {
			return err
		}
		return s.Send(ctx, c, to)
	})
	return found, err
}
