package quality

import (
	"context"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/quality/indicator"
	"congminh/internal/stats/period"
)

// rankingSwitch lets pages rank offices (cho phép xếp hạng).
const rankingSwitch = "ranking"

// longest is how many bytes an explanation or a reason may have.
const longest = 8000

// mine reports whether the asker is of an office.
func mine(ctx context.Context, o auth.Office) bool { return auth.From(ctx).Office == o }

// CloseResults keeps what every indicator of an office showed in a period that is over.
func (s *Service) CloseResults(ctx context.Context, office auth.Office, p period.Period) (err error) {
	defer fault.Wrap(&err, "close the indicators of %s", p)
	o, err := s.reach(ctx, MayManage, office)
	if err != nil {
		return err
	}
	if p.To >= s.today() {
		return ErrNotOver
	}
	b, err := s.Board(ctx, o.ID, p)
	if err != nil {
		return err
	}
	if b.Closed {
		return ErrClosed
	}
	var rs []Result
	for _, r := range b.Rows {
		if r.NumOf != nil {
			rs = append(rs, s.result(ctx, r, 0, ""))
		}
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.keep(ctx, o.ID, p.String(), auth.From(ctx).ID, rs); err != nil {
			return err
		}
		return s.note(ctx, "quality.close", "quality/"+string(o.ID)+"/"+p.String(), nil)
	})
}

// result is what a row shows, to be kept.
func (s *Service) result(ctx context.Context, r Row, revision int, reason string) Result {
	return Result{Indicator: r.ID, Revision: revision, Set: r.Set.Key(), Digest: r.Digest, Value: r.Now.Value, Target: r.Target.Words(), State: r.Now.State,
		Reason: reason, By: auth.From(ctx).Name, At: s.now()}
}

// ReviseResult takes note that an indicator of a closed period now comes to something else,
// and why. What was closed stays.
func (s *Service) ReviseResult(ctx context.Context, office auth.Office, p period.Period, indicator, reason string) (err error) {
	defer fault.Wrap(&err, "revise %s of %s", indicator, p)
	o, err := s.reach(ctx, MayManage, office)
	if err != nil {
		return err
	}
	if reason = vn.Clean(reason); reason == "" || len(reason) > longest {
		return ErrReason
	}
	d, err := s.Detail(ctx, o.ID, p, indicator)
	if err != nil {
		return err
	}
	switch {
	case d.Kept == nil:
		return ErrOpen
	case !d.Moved():
		return ErrSame
	}
	r := s.result(ctx, d.Row, d.Kept.Revision+1, reason)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.keep(ctx, o.ID, p.String(), auth.From(ctx).ID, []Result{r}); err != nil {
			return err
		}
		return s.note(ctx, "quality.revise", "quality/"+string(o.ID)+"/"+p.String()+"/"+indicator, map[string]string{"why": reason})
	})
}

// Explain adds what an office says about a value of its own. Nothing of it is changed or
// taken away later.
func (s *Service) Explain(ctx context.Context, office auth.Office, p period.Period, indicator, body string) (err error) {
	defer fault.Wrap(&err, "explain %s of %s", indicator, p)
	o, err := s.reach(ctx, MayAssess, office)
	if err != nil {
		return err
	}
	if !mine(ctx, o.ID) {
		return ErrOwn
	}
	if body = strings.TrimSpace(body); body == "" || len(body) > longest {
		return ErrNote
	}
	if _, err := find(s.indicators(o, p.To), indicator); err != nil {
		return err
	}
	a := auth.From(ctx)
	n := Note{ID: string(id.New[Note]()), Body: body, By: a.Name, At: s.now()}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.addNote(ctx, o.ID, p.String(), indicator, a.ID, n); err != nil {
			return err
		}
		return s.note(ctx, "quality.explain", "quality/"+string(o.ID)+"/"+p.String()+"/"+indicator, nil)
	})
}

// MaySwitch reports whether the asker may let offices be ranked, or end it.
func (s *Service) MaySwitch(ctx context.Context) bool {
	a := auth.From(ctx)
	if !a.May(MayManage) || !a.Is(string(org.Chief)) {
		return false
	}
	o, err := s.org.Office(ctx, a.Office)
	return err == nil && o.Level == org.Supreme
}

// SetRanking lets offices be ranked, or ends it. Only the chief of the supreme office may.
func (s *Service) SetRanking(ctx context.Context, on bool, reason string) (err error) {
	defer fault.Wrap(&err, "ranking")
	if !s.MaySwitch(ctx) {
		return ErrSupreme
	}
	if reason = vn.Clean(reason); reason == "" || len(reason) > longest {
		return ErrReason
	}
	a := auth.From(ctx)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.set(ctx, rankingSwitch, a.ID, Switched{On: on, Reason: reason, By: a.Name, At: s.now()}); err != nil {
			return err
		}
		state := "off"
		if on {
			state = "on"
		}
		return s.note(ctx, "quality.ranking", "quality/ranking", map[string]string{"state": state, "why": reason})
	})
}

// Ranking tells every time the switch was set, the newest first.
func (s *Service) Ranking(ctx context.Context) (out []Switched, err error) {
	defer fault.Wrap(&err, "ranking")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	return s.store.switched(ctx, rankingSwitch)
}

// TargetSets lists every version of every set.
func (s *Service) TargetSets(ctx context.Context) ([]*indicator.Set, error) {
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	return s.Sets.All(), nil
}

// TargetSet returns a set by its key, with what it changes of the set it takes the place of,
// or of that of the nation.
func (s *Service) TargetSet(ctx context.Context, key string) (set, base *indicator.Set, changes []indicator.Change, err error) {
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, nil, nil, err
	}
	set, ok := s.Sets.Get(key)
	if !ok {
		return nil, nil, nil, ErrSet
	}
	for _, x := range s.Sets.All() {
		if x.Office == set.Office && x.From < set.From {
			base = x
		}
	}
	if base == nil && set.Office != "" {
		for _, x := range s.Sets.All() {
			if x.Office == "" && x.In(set.From) {
				base = x
			}
		}
	}
	if base != nil {
		changes = indicator.Differ(base, set)
	}
	return set, base, changes, nil
}
