package deadline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// look is who asks, what they may see and what day it is.
func (s *Service) look(ctx context.Context, scope Scope) (look, error) {
	tags, err := s.sees(ctx, MayRead)
	if err != nil {
		return look{}, err
	}
	a, now := auth.From(ctx), s.now()
	path := a.Path
	if len(path) == 0 {
		path = []auth.Office{a.Office}
	}
	if !slices.Contains(Scopes, scope) {
		scope = Mine
	}
	if scope == Superior && !slices.Contains(a.Below, MayRead) {
		scope = Office
	}
	today := civil.On(now)
	weekday := int(now.In(civil.Zone).Weekday()) // Sunday is 0 and the end of the week
	return look{
		scope: scope, me: org.StaffID(a.ID), office: a.Office, path: auth.Path(path), tags: tags,
		secret: slices.Contains(tags, "x:"+string(a.Office)),
		now:    stamp(now), today: today, week: today.Add((7 - weekday) % 7), month: today.Add(30),
	}, nil
}

// Mine is the board of the asker's own cases.
func (s *Service) Mine(ctx context.Context, f Filter) (Board, error) { return s.Board(ctx, Mine, f) }

// Board returns how many clocks of a scope stand where, and those that pass f,
// nearest end first.
func (s *Service) Board(ctx context.Context, scope Scope, f Filter) (b Board, err error) {
	defer fault.Wrap(&err, "board %s", scope)
	l, err := s.look(ctx, scope)
	if err != nil {
		return b, err
	}
	b = Board{Scope: l.scope, At: s.now()}
	if b.Counts, err = s.counts(ctx, l); err != nil {
		return b, err
	}
	if l.scope == Superior {
		if b.Below, err = s.below(ctx, l); err != nil {
			return b, err
		}
	}
	rows, err := s.store.rows(ctx, l, f)
	if err != nil {
		return b, err
	}
	if err := s.dress(ctx, rows); err != nil {
		return b, err
	}
	b.Rows = page.Cut(rows, f.Req, func(k Clock) string { return string(k.ID) })
	return b, nil
}

// Counts is the counts of a board alone, for a badge.
func (s *Service) Counts(ctx context.Context, scope Scope) (c Counts, err error) {
	defer fault.Wrap(&err, "counts %s", scope)
	l, err := s.look(ctx, scope)
	if err != nil {
		return c, err
	}
	return s.counts(ctx, l)
}

func (s *Service) counts(ctx context.Context, l look) (c Counts, err error) {
	var buckets, passed []bucket
	if l.scope == Mine || l.scope == Unit {
		buckets, err = s.store.personal(ctx, l)
	} else {
		if buckets, err = s.store.counted(ctx, l); err == nil {
			passed, err = s.store.passed(ctx, l)
		}
	}
	if err != nil {
		return c, err
	}
	for _, b := range buckets {
		c.add(b)
	}
	for _, b := range passed { // counted as of today; they are over
		c.Today -= b.n
		c.Breached += b.n
	}
	custody, err := s.store.custody(ctx, l)
	if err != nil {
		return c, err
	}
	c.CustodyLeft = leftOf(custodySteps, len(custody), func(i int) (float64, int) {
		return minute(custody[i]).Sub(s.now()).Hours(), 1
	})
	days, err := s.store.detention(ctx, l)
	if err != nil {
		return c, err
	}
	c.DetentionLeft = leftOf(detentionSteps, len(days), func(i int) (float64, int) {
		return float64(between(l.today, days[i].day) + 1), days[i].n // the last day counts
	})
	c.Suspended, err = s.store.suspendedCount(ctx, l)
	return c, err
}

func (c *Counts) add(b bucket) {
	if b.state == Manual {
		c.Manual += b.n
		return
	}
	switch b.level {
	case Breached:
		c.Breached += b.n
	case Overdue:
		c.Overdue += b.n
	case Today:
		c.Today += b.n
	case Week:
		c.Week += b.n
	case Month:
		c.Month += b.n
	case Later:
		c.Later += b.n
	}
	if b.own {
		c.Own += b.n
	} else {
		c.Waiting += b.n
	}
	switch b.held {
	case InCustody:
		c.Custody += b.n
	case Detained:
		c.Detention += b.n
	case Free:
	}
}

// leftOf sorts what is left into steps.
func leftOf(steps []int, n int, left func(i int) (float64, int)) []Left {
	out := make([]Left, len(steps)+1)
	for i, s := range steps {
		out[i].Within = s
	}
	out[len(steps)].Within = -1
	for i := range n {
		l, count := left(i)
		at := len(steps)
		for j, s := range steps {
			if l <= float64(s) {
				at = j
				break
			}
		}
		out[at].Clocks += count
	}
	return out
}

func between(from, to civil.Date) int {
	a, err := time.Parse(time.DateOnly, string(from))
	b, err2 := time.Parse(time.DateOnly, string(to))
	if err != nil || err2 != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}

// below is the counts of each office directly below with all below it, worst first.
func (s *Service) below(ctx context.Context, l look) ([]OfficeCount, error) {
	kin, err := s.org.Kin(watcher(ctx), org.Office{ID: l.office, Path: l.path}, "")
	if err != nil {
		return nil, err
	}
	var paths []string
	names := map[auth.Office]string{}
	for _, o := range kin.Below {
		paths = append(paths, o.Path)
		names[o.ID] = o.Short
	}
	rows, err := s.store.byOffice(ctx, l, paths)
	if err != nil {
		return nil, err
	}
	by := map[string]*OfficeCount{}
	for _, r := range rows {
		o := by[r.path]
		if o == nil {
			up := auth.Offices(r.path)
			o = &OfficeCount{Office: up[len(up)-1]}
			by[r.path] = o
		}
		o.Counts.add(r.bucket)
	}
	out := make([]OfficeCount, 0, len(by))
	for _, o := range by {
		out = append(out, *o)
	}
	slices.SortFunc(out, func(a, b OfficeCount) int {
		if d := b.Counts.Breached - a.Counts.Breached; d != 0 {
			return d
		}
		if d := b.Counts.Today - a.Counts.Today; d != 0 {
			return d
		}
		return strings.Compare(string(a.Office), string(b.Office))
	})
	for i := range out {
		out[i].Name = names[out[i].Office]
	}
	return out, nil
}

// dress adds to clocks what people are told of them.
func (s *Service) dress(ctx context.Context, ks []Clock) error {
	l, err := s.laws(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	today, at := civil.On(now), stamp(now)
	var open map[ClockID]Warning
	ids := make([]string, 0, len(ks))
	for _, k := range ks {
		if k.waits() {
			ids = append(ids, string(k.ID))
		}
	}
	if open, err = s.store.openOf(ctx, ids); err != nil {
		return err
	}
	week := today.Add((7 - int(now.In(civil.Zone).Weekday())) % 7)
	for i := range ks {
		k := &ks[i]
		if r, ok := l.Pack.Rule(k.Rule, day(k.Start)); ok {
			k.Title, k.Actor, k.Citations = r.Title, r.Actor, r.Citations
			k.Confirmed = r.Confidence == "A" || r.Confidence == "B"
		}
		if w, ok := open[k.ID]; ok {
			k.Open = &w
		}
		if k.State != Running {
			continue
		}
		k.Minutes = int(minute(k.due).Sub(now) / time.Minute)
		k.Days = between(today, day(k.due))
		k.Level = levelAt(k, at, today, week)
	}
	return nil
}

func levelAt(k *Clock, now string, today, week civil.Date) Level {
	switch {
	case k.late <= now:
		return Breached
	case k.due <= now:
		return Overdue
	case k.due <= closes(string(today)):
		return Today
	case k.due <= closes(string(week)):
		return Week
	case k.due <= closes(string(today.Add(30))):
		return Month
	}
	return Later
}

// Calendar returns the days of a month, "2026-11", with what ends on each.
func (s *Service) Calendar(ctx context.Context, month string, scope Scope) (out []Day, err error) {
	defer fault.Wrap(&err, "calendar %s", month)
	l, err := s.look(ctx, scope)
	if err != nil {
		return nil, err
	}
	first, err := civil.Parse(month + "-01")
	if err != nil {
		return nil, ErrMonth
	}
	lw, err := s.laws(ctx)
	if err != nil {
		return nil, err
	}
	for d := first; d.Month() == first.Month(); d = d.Add(1) {
		out = append(out, Day{Date: d, Off: lw.off(d)})
	}
	counts, err := s.store.calendar(ctx, l, first, out[len(out)-1].Date)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		i := between(first, c.day)
		if i < 0 || i >= len(out) {
			continue
		}
		if c.own {
			out[i].Own += c.n
		} else {
			out[i].Other += c.n
		}
	}
	return out, nil
}

// OfCase returns the clocks of a case the asker may see: those that run first.
func (s *Service) OfCase(ctx context.Context, id criminal.ID) (ks []Clock, err error) {
	defer fault.Wrap(&err, "clocks of case %s", id)
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	if _, err := s.cases.Get(ctx, id); err != nil {
		return nil, err
	}
	if ks, err = s.store.namedOf(ctx, id); err != nil {
		return nil, err
	}
	return ks, s.dress(ctx, ks)
}

// Clocks returns every time limit, running and over, of the cases from from to to, in
// the order of cases. It asks nobody's leave: it is for modules that compute, and what
// they show they guard themselves.
func (s *Service) Clocks(ctx context.Context, from, to criminal.ID) (ks []Clock, err error) {
	defer fault.Wrap(&err, "clocks of cases")
	return s.store.clocksBetween(ctx, from, to)
}

// Explain says how a clock came about: computed afresh, so it explains what is, not
// what was.
func (s *Service) Explain(ctx context.Context, id ClockID) (e Explanation, err error) {
	defer fault.Wrap(&err, "explain clock %s", id)
	k, err := s.visible(ctx, MayRead, id)
	if err != nil {
		return e, err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return e, err
	}
	h, c, err := s.cases.Ledger(ctx, k.Case)
	if err != nil {
		return e, err
	}
	acts, st := ledger.Standing(&c), ledger.Fold(l.Pack, &c)
	f := facts(l, h, acts, st)
	e.Result, e.Chain = explained(l, &f, k)
	if e.Result.Rule == "" {
		return e, ErrNone
	}
	ks := []Clock{k}
	if err := s.dress(ctx, ks); err != nil {
		return e, err
	}
	e.Clock = ks[0]
	for _, p := range c.Parties {
		if p.ID == k.Subject {
			e.Clock.Person = p.Name
		}
	}
	e.Rule, _ = l.Pack.Rule(k.Rule, day(k.Start))
	e.Citations, e.Uncertain = e.Rule.Citations, e.Result.Uncertain
	for i := range acts {
		if acts[i].ID == k.Source {
			e.Source = &acts[i]
		}
	}
	e.Sentence = clock.Sentence(e.Result)
	return e, nil
}

// explained computes the chain of a clock with its reasons, and what could still be
// granted to it.
func explained(l *Law, f *clock.Facts, k Clock) (of clock.Result, chain []clock.Result) {
	mine := func(r clock.Result) bool {
		return r.Rule == k.Rule && r.Of == k.Of && r.Subject == string(k.Subject) && r.Source == string(k.Source)
	}
	for _, r := range l.Engine.Evaluate(f) {
		if mine(r) && r.Seq == k.Seq && (of.Rule == "" || r.Nominal == k.Nominal) {
			of = r
		}
	}
	f.Potential = true
	for _, r := range l.Engine.Evaluate(f) {
		if mine(r) {
			chain = append(chain, r)
		}
	}
	return of, chain
}

func cite(law, article, clause string) string {
	out := "Điều " + article + " " + law
	if clause != "" {
		out = "khoản " + clause + " " + out
	}
	return out
}

// vnTime writes a day or a minute as people here do.
func vnTime(s string) string {
	if len(s) >= 16 {
		return s[11:13] + " giờ " + s[14:16] + " ngày " + civil.Date(s[:10]).VN()
	}
	if len(s) == 10 {
		return civil.Date(s).VN()
	}
	return s
}

// WhatIf says what an act would change in the clocks of a case, and enters nothing.
func (s *Service) WhatIf(ctx context.Context, id criminal.ID, a ledger.Act) (out []Change, err error) {
	defer fault.Wrap(&err, "what if %s in case %s", a.Kind, id)
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	if _, err := s.cases.Get(ctx, id); err != nil {
		return nil, err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return nil, err
	}
	h, c, err := s.cases.Ledger(ctx, id)
	if err != nil {
		return nil, err
	}
	sayings, err := s.store.saidOf(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.ID == "" {
		a.ID = "what-if"
	}
	before := compute(l, s.Policy, h, &c, sayings).clocks
	c.Acts = append(slices.Clone(c.Acts), a)
	after := compute(l, s.Policy, h, &c, sayings).clocks
	if err := errors.Join(s.dress(ctx, before), s.dress(ctx, after)); err != nil {
		return nil, err
	}
	return changes(before, after), nil
}

// changes pairs clocks of before and after; both are sorted by id.
func changes(before, after []Clock) (out []Change) {
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].ID < after[0].ID:
			out, before = append(out, Change{Before: &before[0]}), before[1:]
		case len(before) == 0 || after[0].ID < before[0].ID:
			out, after = append(out, Change{After: &after[0]}), after[1:]
		default:
			if before[0].line() != after[0].line() {
				out = append(out, Change{&before[0], &after[0]})
			}
			before, after = before[1:], after[1:]
		}
	}
	return out
}

// SuspendedList is the watch list of suspended cases: why, whose answer is waited
// for, when police and procuracy check next, how long crimes of this class can still
// be prosecuted (TTLT 01/2020).
func (s *Service) SuspendedList(ctx context.Context, scope Scope, f Filter) (out page.Of[Suspended], err error) {
	defer fault.Wrap(&err, "suspended cases")
	l, err := s.look(ctx, scope)
	if err != nil {
		return out, err
	}
	rows, err := s.store.suspended(ctx, l, f)
	for i := range rows {
		r := &rows[i]
		r.NextCheck, r.Check = nextCheck(r.Since, l.today)
		if r.Limitation != "" {
			r.Days = between(l.today, r.Limitation)
		}
	}
	return page.Cut(rows, f.Req, func(x Suspended) string { return string(x.Case) }), err
}

// nextCheck returns the next joint check of suspended cases: each month on its last
// day, in June for the half year, in December for the year.
func nextCheck(since, today civil.Date) (civil.Date, string) {
	from := max(since, today)
	first := civil.Date(civil.MonthOf(from.Year(), from.Month()) + "-01")
	end := first.Add(31)
	end = civil.Date(civil.MonthOf(end.Year(), end.Month()) + "-01").Add(-1)
	switch end.Month() {
	case 6:
		return end, "half"
	case 12:
		return end, "year"
	}
	return end, "month"
}

// Done says that a duty is done which no act shows (đánh dấu đã thực hiện), and when:
// a day or a minute. Sayings are facts like acts: they are kept with who said it.
func (s *Service) Done(ctx context.Context, id ClockID, at, note string) (err error) {
	defer fault.Wrap(&err, "done clock %s", id)
	return s.speak(ctx, id, said{done: at, note: note}, "at")
}

// SetEnd enters the end of a clock that cannot be computed.
func (s *Service) SetEnd(ctx context.Context, id ClockID, until, note string) (err error) {
	defer fault.Wrap(&err, "end of clock %s", id)
	return s.speak(ctx, id, said{until: until, note: note}, "until")
}

func (s *Service) speak(ctx context.Context, id ClockID, x said, field string) error {
	k, err := s.visible(ctx, MayAct, id)
	if err != nil {
		return err
	}
	if err := auth.RequireIn(ctx, MayAct, k.path); err != nil {
		return err
	}
	at := x.done + x.until
	ok := validMoment(at)
	var c fault.Check
	c.Need(ok, field, "Hãy ghi ngày theo dạng năm-tháng-ngày, hoặc cả giờ phút.")
	c.Need(x.done == "" || !ok || opens(at) <= stamp(s.now()), field, "Việc đã làm không thể ở ngày chưa tới.")
	c.Need(x.done == "" || !ok || at[:10] >= string(day(k.Start)) || k.Start > k.Nominal, field, "Ngày thực hiện không được trước ngày bắt đầu thời hạn.")
	c.Need(strings.TrimSpace(x.note) != "" && len([]rune(x.note)) <= 500, "note", "Hãy ghi việc đã làm hoặc căn cứ, nhiều nhất 500 chữ.")
	c.Need(x.until == "" || k.State == Manual || k.State == Running, field, "Thời hạn này đã kết thúc.")
	c.Need(x.done == "" || k.waits() || k.State == Noted, field, "Thời hạn này đã kết thúc.")
	if err := c.Err(ErrDone); err != nil {
		return err
	}
	x.clock, x.by, x.at, x.note = id, auth.From(ctx).ID, s.now(), strings.TrimSpace(x.note)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.say(ctx, k.Case, x); err != nil {
			return err
		}
		_, err := s.refresh(ctx, k.Case)
		return err
	})
}

func validMoment(s string) bool {
	_, day := time.Parse(time.DateOnly, s)
	_, min := time.Parse("2006-01-02T15:04", s)
	return day == nil || min == nil
}

// Possible returns what could still be granted to the clocks of a case, for the form
// of an extension.
func (s *Service) Possible(ctx context.Context, id criminal.ID) (out []clock.Result, err error) {
	defer fault.Wrap(&err, "possible extensions of case %s", id)
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	if _, err := s.cases.Get(ctx, id); err != nil {
		return nil, err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return nil, err
	}
	h, c, err := s.cases.Ledger(ctx, id)
	if err != nil {
		return nil, err
	}
	f := facts(l, h, ledger.Standing(&c), ledger.Fold(l.Pack, &c))
	f.Potential = true
	for _, r := range l.Engine.Evaluate(&f) {
		if r.Seq > 0 && !r.Granted {
			out = append(out, r)
		}
	}
	return out, nil
}
