package quality

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/seal"
)

// SelfChecks lists the cases that ended in the last year and whose handler the asker is;
// for a leader those of their office. Those not checked come first, by the day due.
func (s *Service) SelfChecks(ctx context.Context) (out []SelfCheck, err error) {
	defer fault.Wrap(&err, "self checks")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	a := auth.From(ctx)
	o, err := s.org.Office(ctx, a.Office)
	if err != nil {
		return nil, err
	}
	m := s.Review.Selection
	all, err := s.store.ended(ctx, o.Path, m.Ends, s.today().Add(-365), s.today())
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, e := range all {
		ids[i] = string(e.Case)
	}
	done, err := s.store.selfChecks(ctx, ids)
	if err != nil {
		return nil, err
	}
	calendar := s.stats.Calendar(ctx)
	for _, e := range all {
		h, c, err := s.cases.Ledger(ctx, e.Case)
		if err != nil {
			return nil, err
		}
		who := conductor(h, &c, m.Ends, e.Ended)
		if who != a.ID && !a.May(MayManage) {
			continue
		}
		x := SelfCheck{Case: e.Case, Number: e.Number, Name: e.Name, Office: e.Office, Ended: e.Ended, Due: calendar.AddWorking(e.Ended, m.SelfCheckDays), Staff: who, Found: map[string]Found{}}
		if x.Who, err = s.nameOf(ctx, who); err != nil {
			return nil, err
		}
		for _, i := range s.Review.items(passed(ledger.Fold(s.cases.Law(ctx), &c))) {
			if i.Self {
				x.Items = append(x.Items, i)
			}
		}
		if r, ok := done[e.Case][e.Ended]; ok {
			x.Done = &r.at
			if err := json.Unmarshal([]byte(r.body), &x.Found); err != nil {
				return nil, err
			}
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b SelfCheck) int {
		if (a.Done == nil) != (b.Done == nil) {
			return boolInt(a.Done != nil) - boolInt(b.Done != nil)
		}
		return strings.Compare(string(a.Due), string(b.Due))
	})
	return out, nil
}

// SelfCheck returns one case of SelfChecks.
func (s *Service) SelfCheck(ctx context.Context, c criminal.ID) (SelfCheck, error) {
	all, err := s.SelfChecks(ctx)
	for _, x := range all {
		if x.Case == c {
			return x, err
		}
	}
	if err == nil {
		err = ErrSelf
	}
	return SelfCheck{}, err
}

// CheckSelf is what the handler found of their own case. It may be said again; the
// journal has each.
func (s *Service) CheckSelf(ctx context.Context, c criminal.ID, found map[string]Found) (err error) {
	defer fault.Wrap(&err, "self check of case %s", c)
	x, err := s.SelfCheck(ctx, c)
	if err != nil {
		return err
	}
	a := auth.From(ctx)
	if x.Staff != a.ID {
		return ErrSelf
	}
	var wrong fault.Check
	kept := map[string]Found{}
	for _, i := range x.Items {
		f := found[i.ID]
		f.Note, f.Folios, f.Answer = strings.TrimSpace(f.Note), strings.TrimSpace(f.Folios), ""
		wrong.Need(slices.Contains(Marks, f.Mark), "mark-"+i.ID, "Chưa tự kiểm tra nội dung này.")
		wrong.Need(!f.Mark.Faulty() || f.Note != "", "note-"+i.ID, "Hãy ghi thiếu sót và cách khắc phục.")
		kept[i.ID] = f
	}
	if err := wrong.Err(ErrSheet); err != nil {
		return err
	}
	body, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.putSelf(ctx, c, x.Ended, a.ID, a.Name, s.now(), string(body)); err != nil {
			return err
		}
		return s.Journal.Note(ctx, seal.Entry{At: s.now(), Verb: "quality.self", Object: "case/" + string(c), Case: string(c)})
	})
}
