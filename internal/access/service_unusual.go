package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"congminh/internal/access/pattern"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// Patterns lays the rules of an installation over those of the program; text is its
// file. Call it while the program is put together.
func (s *Service) Patterns(text string) (err error) {
	s.patterns, err = pattern.Load(unusualFile, text)
	return err
}

// Watch looks through the lines that the journal got since it did last, and keeps what
// is unusual. Whoever leads the office of the person is told.
func (s *Service) Watch(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "watch the journal")
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		seen, err := s.store.watched(ctx)
		if err != nil {
			return err
		}
		es, err := s.lines(ctx, seen)
		if err != nil || len(es) == 0 || es[len(es)-1].N < seen {
			return err
		}
		fresh := slices.IndexFunc(es, func(e seal.Entry) bool { return e.N >= seen })
		lines, err := s.noticeable(ctx, es, fresh)
		if err != nil {
			return err
		}
		for _, f := range pattern.Find(s.patterns, lines, seen) {
			if err := s.keep(ctx, f, es); err != nil {
				return err
			}
		}
		return s.store.setWatched(ctx, es[len(es)-1].N+1)
	})
}

// lines reads the journal from the place seen on, and as far before it as a rule looks,
// oldest first.
func (s *Service) lines(ctx context.Context, seen int64) (out []seal.Entry, err error) {
	ctx = auth.With(ctx, auth.Actor{ID: program, Name: program, Office: root, Path: []auth.Office{root}, Verbs: []auth.Verb{seal.MayAudit}, Below: []auth.Verb{seal.MayAudit}})
	var until time.Time // of the oldest new line, less what a rule looks back
	f := seal.Filter{Req: page.Req{Limit: 100}}
	for {
		es, err := s.journal.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, e := range es.Items {
			if e.N >= seen {
				until = e.At.Add(-pattern.Longest)
			} else if e.At.Before(until) || until.IsZero() {
				slices.Reverse(out)
				return out, nil
			}
			out = append(out, e)
		}
		if f.After = es.Next; f.After == "" {
			slices.Reverse(out)
			return out, nil
		}
	}
}

// root is the office above all.
const root auth.Office = "tc"

// noticeable returns lines as patterns look at them, those from fresh on remembered as
// the last that people did.
func (s *Service) noticeable(ctx context.Context, es []seal.Entry, fresh int) ([]pattern.Line, error) {
	people := map[string]*last{}
	of := func(actor string) (*last, error) {
		if l, ok := people[actor]; ok {
			return l, nil
		}
		l, err := s.store.last(ctx, actor)
		people[actor] = &l
		return &l, err
	}
	for _, e := range es[fresh:] {
		l, err := of(e.Actor)
		if err != nil {
			return nil, err
		}
		if days := int(e.At.Sub(l.at) / (24 * time.Hour)); !l.at.IsZero() && days > 0 {
			l.back, l.days = e.At.Truncate(time.Second), days
		}
		l.at = e.At
	}
	for actor, l := range people {
		if err := s.store.setLast(ctx, actor, *l); err != nil {
			return nil, err
		}
	}
	out := make([]pattern.Line, len(es))
	for i, e := range es {
		l, err := of(e.Actor)
		if err != nil {
			return nil, err
		}
		out[i] = pattern.Line{N: e.N, At: e.At, Actor: e.Actor, Office: string(e.Office), Owner: string(owner(e.Owner)), Case: e.Case, Verb: e.Verb, Rule: e.Rule}
		if !l.back.IsZero() && e.At.Truncate(time.Second).Equal(l.back) {
			out[i].Silent = l.days
		}
	}
	return out, nil
}

// last is when somebody did anything last, and when they last came back.
type last struct {
	at, back time.Time
	days     int
}

// keep writes what was found: into what nobody said anything of yet, if it goes on.
func (s *Service) keep(ctx context.Context, f pattern.Found, es []seal.Entry) error {
	x, err := s.store.goingOn(ctx, f.Actor, f.Rule, f.From)
	isNew := errors.Is(err, db.ErrNone)
	if err != nil && !isNew {
		return err
	}
	at := func(n int64) seal.Entry {
		i, _ := slices.BinarySearchFunc(es, n, func(e seal.Entry, n int64) int { return int(e.N - n) })
		return es[i]
	}
	if isNew {
		e := at(f.Lines[0])
		o, err := s.people.Office(itself(ctx), e.Office)
		if err != nil {
			return err
		}
		x = Unusual{ID: id.New[Unusual](), Rule: f.Rule, Rules: s.patterns.Version, Actor: f.Actor, ActorName: e.Name, Office: e.Office, path: o.Path, From: f.From, Made: s.now(), State: Noticed}
	}
	x.To, x.Found = f.To, max(x.Found, f.Count)
	if err := s.store.putUnusual(ctx, x); err != nil {
		return err
	}
	for _, n := range f.Lines {
		e := at(n)
		if err := s.store.addLine(ctx, x.ID, UnusualLine{N: n, At: e.At, Verb: e.Verb, Rule: e.Rule, Detail: detail(e.More), owner: e.Owner}); err != nil {
			return err
		}
	}
	if !isNew {
		return nil
	}
	to, err := s.leaders(ctx, x.Office, "", org.StaffID(x.Actor))
	if offices := auth.Offices(x.path); err == nil && len(to) == 0 && len(offices) > 1 {
		to, err = s.leaders(ctx, offices[len(offices)-2], "", org.StaffID(x.Actor))
	}
	if err != nil {
		return err
	}
	return s.tell(ctx, NoticeV1{To: to, Href: unusualPath(x.ID, ""), Text: fmt.Sprintf("Dấu hiệu bất thường khi khai thác hồ sơ: %s – %s (%d). Hãy xem xét.", x.ActorName, s.rule(x).Name, x.Found)})
}

// ListUnusual returns what is unusual among the people of the asker's offices.
func (s *Service) ListUnusual(ctx context.Context, f UnusualFilter) (out page.Of[Unusual], err error) {
	defer fault.Wrap(&err, "list what is unusual")
	reach, err := auth.Reach(ctx, seal.MayAudit)
	if err != nil {
		return out, err
	}
	rows, err := s.store.unusuals(ctx, reach.Like(), f)
	return page.Cut(rows, f.Req, func(x Unusual) string { return string(x.ID) }), err
}

// Unusual returns one, with the lines of the journal that made it so.
func (s *Service) Unusual(ctx context.Context, uid UnusualID) (x Unusual, err error) {
	defer fault.Wrap(&err, "get unusual %s", uid)
	reach, err := auth.Reach(ctx, seal.MayAudit)
	if err != nil {
		return x, err
	}
	x, err = s.store.unusual(ctx, uid)
	if errors.Is(err, db.ErrNone) || err == nil && !reach.Has(x.path) {
		return Unusual{}, ErrNoUnusual
	}
	for i := range x.Lines {
		x.Lines[i].Open = reach.Has(x.Lines[i].owner)
	}
	return x, err
}

// Say writes what a person says of something unusual. Nobody says it of themselves.
func (s *Service) Say(ctx context.Context, uid UnusualID, in Verdict) (x Unusual, err error) {
	defer fault.Wrap(&err, "say of unusual %s", uid)
	in.Reason = vn.Clean(in.Reason)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if x, err = s.Unusual(ctx, uid); err != nil {
			return err
		}
		a := auth.From(ctx)
		switch {
		case x.Actor == a.ID:
			return ErrOneself
		case x.State != Noticed:
			return ErrState
		}
		var c fault.Check
		c.Need(in.State == Dismissed || in.State == Confirmed, "state", "Hãy chọn bình thường hay bất thường.")
		c.Need(in.Reason != "", "reason", "Hãy ghi lý do.")
		if err := c.Err(ErrVerdict); err != nil {
			return err
		}
		x.State, x.Reason, x.Decider, x.DeciderName, x.Decided = in.State, in.Reason, a.ID, a.Name, s.now()
		if err := s.store.putUnusual(ctx, x); err != nil {
			return err
		}
		return s.journal.Note(ctx, seal.Entry{Verb: "access.unusual", Object: "unusual/" + string(x.ID), Owner: x.path, More: map[string]string{"rule": x.Rule, "who": x.Actor, "found": string(x.State), "reason": x.Reason}})
	})
	return x, err
}
