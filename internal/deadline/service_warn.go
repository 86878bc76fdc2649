package deadline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"congminh/internal/access"
	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/law"
	"congminh/internal/org"
)

// people answers who is to be told, for the time of one tick.
type people struct {
	s       *Service
	today   civil.Date
	working map[auth.Office][]org.Staff
	offices map[auth.Office]org.Office
	away    map[org.StaffID]org.StaffID // absent → who answers for them
	stuck   map[string]bool             // clocks and warnings that could not be raised or taken up
}

func (s *Service) people(ctx context.Context) (*people, error) {
	p := &people{s: s, today: civil.On(s.now()), working: map[auth.Office][]org.Staff{}, offices: map[auth.Office]org.Office{}, away: map[org.StaffID]org.StaffID{}, stuck: map[string]bool{}}
	gone, err := s.store.absent(ctx, p.today)
	for _, a := range gone {
		p.away[a.Staff] = a.Substitute
	}
	return p, err
}

// of returns who works in an office now.
func (p *people) of(ctx context.Context, office auth.Office) ([]org.Staff, error) {
	if ps, ok := p.working[office]; ok {
		return ps, nil
	}
	ps, err := p.s.org.Colleagues(watcher(ctx), office)
	if err == nil {
		p.working[office] = ps
	}
	return ps, err
}

func (p *people) holding(ctx context.Context, office auth.Office, role org.Role) (out []org.StaffID, err error) {
	ps, err := p.of(ctx, office)
	for _, x := range ps {
		if x.Has(role) {
			out = append(out, x.ID)
		}
	}
	return out, err
}

// addressee is who gets a warning, and why it is not who it should be.
type addressee struct {
	staff org.StaffID
	rank  Rank
	note  string
}

// find returns who of a rank answers for a clock; where nobody of it is there, who of
// the next; where there is nobody at all, no one, who is to be looked for from the
// lowest rank again. not is passed over: they have it already.
func (p *people) find(ctx context.Context, k *Clock, rank Rank, not org.StaffID) (a addressee, err error) {
	up := auth.Offices(k.path)
	slices.Reverse(up) // the office itself first
	var why []string
	for ; rank <= ToSuperior; rank++ {
		who, err := p.candidates(ctx, k, rank, up)
		if err != nil {
			return a, err
		}
		for _, x := range who {
			knows, err := p.mayKnow(ctx, k, x)
			if err != nil {
				return a, err
			}
			if !knows {
				why = append(why, "secret:"+string(x))
				continue
			}
			there, instead, err := p.there(ctx, x, up)
			if err == nil && instead != "" {
				if knows, err = p.mayKnow(ctx, k, instead); !knows {
					instead = ""
				}
			}
			switch {
			case err != nil:
				return a, err
			case there && x != not:
				return addressee{x, rank, strings.Join(why, "; ")}, nil
			case !there:
				why = append(why, "absent:"+string(x))
				if instead != "" && instead != not {
					if ok, _, err := p.there(ctx, instead, up); err != nil || ok {
						return addressee{instead, rank, strings.Join(why, "; ")}, err
					}
				}
			}
		}
		if len(who) == 0 {
			why = append(why, fmt.Sprintf("nobody:%d", rank))
		}
	}
	return addressee{"", ToProsecutor, strings.Join(why, "; ")}, nil
}

// mayKnow reports whether a person may hear of a clock. A secret case is for its
// leaders and those assigned: a warning of it stops with the chief of its office, for
// nobody above may open it.
func (p *people) mayKnow(ctx context.Context, k *Clock, x org.StaffID) (bool, error) {
	if !k.secret {
		return true, nil
	}
	tags, err := p.s.cases.Tags(ctx, k.Case)
	if err != nil || slices.Contains(tags, "p:"+string(x)) {
		return err == nil, err
	}
	for _, role := range []org.Role{org.Chief, org.DeputyChief} {
		who, err := p.holding(ctx, k.Office, role)
		if err != nil || slices.Contains(who, x) {
			return err == nil, err
		}
	}
	return false, nil
}

func (p *people) candidates(ctx context.Context, k *Clock, rank Rank, up []auth.Office) (out []org.StaffID, err error) {
	switch rank {
	case ToProsecutor:
		if k.Staff != "" {
			out = append(out, k.Staff)
		}
		return out, nil
	case ToDeputy:
		if k.leader != "" {
			return []org.StaffID{k.leader}, nil
		}
		return p.holding(ctx, k.Office, org.DeputyChief)
	case ToChief:
		return p.holding(ctx, k.Office, org.Chief)
	case ToSuperior:
		for _, o := range up[min(1, len(up)):] {
			for _, role := range []org.Role{org.Chief, org.DeputyChief, org.Head} {
				who, err := p.holding(ctx, o, role)
				if err != nil {
					return nil, err
				}
				out = append(out, who...)
			}
		}
	}
	return out, nil
}

// there reports whether a person works in one of the offices today, and if not who
// answers for them.
func (p *people) there(ctx context.Context, x org.StaffID, offices []auth.Office) (bool, org.StaffID, error) {
	if instead, away := p.away[x]; away {
		return false, instead, nil
	}
	for _, o := range offices {
		ps, err := p.of(ctx, o)
		if err != nil {
			return false, "", err
		}
		if slices.ContainsFunc(ps, func(s org.Staff) bool { return s.ID == x }) {
			return true, "", nil
		}
	}
	return false, "", nil
}

// ruleOf is the rule whose leads and duties a clock has: of one that a modifier gives,
// the rule it changes.
func ruleOf(l *Law, k *Clock) (law.Rule, bool) {
	r, ok := l.Pack.Rule(k.Rule, day(k.Start))
	if !ok || r.Kind == law.Modifier {
		r, ok = l.Pack.Rule(k.Of, day(k.Start))
	}
	return r, ok
}

// raise raises what is due of the warnings of one clock: the most urgent of the points
// that were reached, so that a watch that slept does not say the same thing five
// times. sure is a moment that has come for certain, now one that may have: nothing
// is said to have failed before sure. Call it in a transaction.
func (s *Service) raise(ctx context.Context, l *Law, p *people, k Clock, now, sure time.Time) (raised bool, err error) {
	if err := s.store.lockCase(ctx, k.Case); err != nil {
		return false, err
	}
	// What was read before the lock may have been done, moved or warned of since.
	was := k.warned
	if k, err = s.store.clock(ctx, k.ID); errors.Is(err, db.ErrNone) || err == nil && (!k.waits() || k.warned != was) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	rule, ok := ruleOf(l, &k)
	if !ok { // switched off since: the clocks of the case are out of date
		_, err := s.refresh(ctx, k.Case)
		return false, err
	}
	ps := k.points(l.of(&rule).leads)
	if sure.Before(now) {
		ps = slices.DeleteFunc(slices.Clone(ps), func(x point) bool { return x.kind == Breach && x.at > stamp(sure) })
	}
	pt, ok := reached(ps, k.warned, stamp(now))
	if !ok {
		return false, nil
	}
	if slices.Contains(s.Policy.Rights, rule.ID) && pt.kind == Breach {
		if err := s.store.say(ctx, k.Case, said{clock: k.ID, lapsed: pt.at, by: "deadline", at: s.now()}); err != nil {
			return false, err
		}
		_, err := s.refresh(ctx, k.Case)
		return false, err
	}
	if err := s.store.setWarned(ctx, k.ID, pt.at, next(k.points(l.of(&rule).leads), pt.at)); err != nil {
		return false, err
	}
	rank := ToChief
	switch pt.kind {
	case Lead:
		rank = s.Policy.rank(l.of(&rule).leads, pt.lead)
	case Enter:
		rank = ToProsecutor
	case Due, Breach:
	}
	before, err := s.store.warningsOf(ctx, k.ID)
	if err != nil {
		return false, err
	}
	for i := range before {
		w := &before[i]
		if w.Closed || w.Failed {
			continue
		}
		if w.Life == Escalated {
			rank = max(rank, w.Rank) // who knows of it already stays in the picture
		}
		if err := s.step(ctx, w, StepRow{Step: Supersede, By: "deadline", Note: string(pt.kind)}, k.late); err != nil {
			return false, err
		}
	}
	to, err := p.find(ctx, &k, rank, "")
	if err != nil {
		return false, err
	}
	point := minute(pt.at)
	w := Warning{ID: WarningID(id.New[Warning]()), Clock: k.ID, Case: k.Case, Office: k.Office, Kind: pt.kind, Point: pt.at, Life: Scheduled,
		Rank: to.rank, Staff: to.staff, Urgent: k.Urgent, Raised: s.now(), Late: pt.kind != Enter && k.made.After(point.Add(lateSlack))}
	if err := s.step(ctx, &w, StepRow{Step: Raise, By: "deadline", Staff: to.staff, Note: to.note}, k.late); err != nil {
		return false, err
	}
	if w.Late {
		if err := s.step(ctx, &w, StepRow{Step: LateEntry, By: "deadline", Note: stamp(k.made)}, k.late); err != nil {
			return false, err
		}
	}
	if pt.kind == Breach {
		if err := s.step(ctx, &w, StepRow{Step: Fail, By: "deadline"}, k.late); err != nil {
			return false, err
		}
	}
	return true, s.tell(ctx, &w, &k, &rule, string(pt.kind))
}

// lateSlack is how long after a point an act may be entered and still be in time: the
// tick comes once a minute.
const lateSlack = 2 * time.Minute

// step takes a step of a warning and writes it down.
func (s *Service) step(ctx context.Context, w *Warning, x StepRow, late string) error {
	l, err := life{w.Life, w.Rank, w.Failed, w.Life == Remedied || w.Life == Prolonged, w.Reason}.step(x.Step, x.Note)
	if err != nil {
		return err
	}
	now := s.now()
	w.Life, w.Failed, w.Closed = l.At, l.Failed, !l.open()
	if x.Step == Explain {
		w.Reason = l.Reason
	}
	if x.Staff != "" && (x.Step == Escalate || x.Step == Reroute) {
		w.Staff = x.Staff
	}
	if x.Step != Deliver && x.Step != Bounce && x.Step != LateEntry {
		w.Wake = l.wake(s.Policy, now, minute(late), w.Urgent)
	}
	if err := s.store.putWarning(ctx, *w); err != nil {
		return err
	}
	x.ID, x.Warning, x.At, x.Life, x.Rank = string(id.New[StepRow]()), w.ID, now, w.Life, w.Rank
	if x.Staff == "" {
		x.Staff = w.Staff
	}
	return s.store.addStep(ctx, x)
}

// tell puts a warning into the box of who has it, and into a message if they want one.
func (s *Service) tell(ctx context.Context, w *Warning, k *Clock, rule *law.Rule, kind string) error {
	if w.Staff == "" { // it climbs on: see wake; and the administrators hear that an office is empty
		return s.alarm(ctx, "nobody", string(w.Office), "office "+string(w.Office))
	}
	if err := s.endAlarm(ctx, "nobody", string(w.Office), "reaches "+string(w.Staff)); err != nil {
		return err
	}
	text := fmt.Sprintf("%s: %s (%s), %s.", w.Kind.VN(), rule.Title, rule.ID, ending(k.Start, k.Nominal))
	if err := s.letter(ctx, w.Staff, Letter{Warning: w.ID, Clock: k.ID, Case: k.Case, Kind: kind, Text: text, Urgent: w.Urgent}); err != nil {
		return err
	}
	if err := s.step(ctx, w, StepRow{Step: Deliver, By: "deadline", Channel: "app"}, k.late); err != nil {
		return err
	}
	return s.queue(ctx, w.Staff, w.ID, w.Urgent, "")
}

// ending says in a message when a clock ends, or since when nobody has said it.
func ending(start, nominal string) string {
	if nominal == "" {
		return "tính từ " + vnTime(start) + ", chưa có ngày hết hạn"
	}
	return "hết hạn " + vnTime(nominal)
}

func (s *Service) letter(ctx context.Context, to org.StaffID, x Letter) error {
	x.ID, x.At = string(id.New[Letter]()), s.now()
	if err := s.store.addLetter(ctx, to, x); err != nil {
		return err
	}
	db.AfterCommit(ctx, func() { s.poke(to) })
	return nil
}

// hear puts what the module of access has to say into the boxes of those it is for.
func (s *Service) hear(ctx context.Context, n access.NoticeV1) error {
	for _, to := range n.To {
		if err := s.letter(ctx, to, Letter{Case: criminal.ID(n.Case), Kind: "access", Text: n.Text, Urgent: n.Urgent, Href: n.Href}); err != nil {
			return err
		}
	}
	return nil
}

// climb takes warnings nobody answered one rank up.
func (s *Service) climb(ctx context.Context, l *Law, p *people, w Warning) error {
	if err := s.store.lockCase(ctx, w.Case); err != nil {
		return err
	}
	was := w
	w, err := s.store.warning(ctx, w.ID)
	if err != nil {
		return err
	}
	if w.Closed || w.Life != was.Life || w.Rank != was.Rank || !w.Wake.Equal(was.Wake) {
		return nil // somebody answered, or another tick took it
	}
	k, err := s.store.clock(ctx, w.Clock)
	if errors.Is(err, db.ErrNone) {
		// The act it came from was corrected. Of a failure the reason is still asked.
		k = Clock{ID: w.Clock, Case: w.Case, Office: w.Office, Staff: w.Staff}
		row, err := s.store.caseRow(ctx, w.Case)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		k.path, k.leader, k.Staff, k.secret = row.Path, row.Leader, row.Staff, row.Secret
	} else if err != nil {
		return err
	}
	if !w.Failed && k.State != "" && !k.waits() {
		return s.settle(ctx, k) // it is over: there is nothing to climb for
	}
	rank := min(w.Rank+1, ToSuperior)
	if w.Staff == "" { // it has reached nobody yet: whoever has come since, from below
		rank = ToProsecutor
	}
	to, err := p.find(ctx, &k, rank, w.Staff)
	if err != nil {
		return err
	}
	if to.staff == "" && w.Staff != "" {
		to.staff, to.rank = w.Staff, w.Rank // nobody above: it is said again to who has it
	}
	note := "unanswered"
	if to.note != "" {
		note += "; " + to.note
	}
	w.Rank = to.rank
	if err := s.step(ctx, &w, StepRow{Step: Escalate, By: "deadline", Staff: to.staff, Note: note}, k.late); err != nil {
		return err
	}
	rule, ok := ruleOf(l, &k)
	if !ok {
		rule = law.Rule{ID: k.Rule, Title: k.Rule}
	}
	return s.tell(ctx, &w, &k, &rule, "climbed")
}

// settle ends the warnings of a clock that no longer runs as it did.
func (s *Service) settle(ctx context.Context, k Clock) error {
	ws, err := s.store.warningsOf(ctx, k.ID)
	if err != nil {
		return err
	}
	what := Stop
	switch k.State {
	case Done, Late:
		what = Remedy
	case Extended:
		what = Extend
	case Running, Manual:
		what = Supersede
	case Stopped, Missed, Lapsed, Noted:
	}
	for i := range ws {
		w := &ws[i]
		if w.Closed || what == Supersede && w.Failed {
			continue
		}
		x := StepRow{Step: what, By: "deadline", Note: k.EndedBy}
		if w.Kind == Enter && k.State == Running { // what it asked for is there
			x.Step, x.Note = Remedy, "until "+k.Nominal
		}
		err := s.step(ctx, w, x, k.late)
		if err != nil && !errors.Is(err, ErrStep) {
			return err
		}
	}
	return nil
}

// What people do.

// mine returns a warning the asker may answer: it is theirs, they are in charge of
// the case, or they lead its office or one above.
func (s *Service) mine(ctx context.Context, wid WarningID) (w Warning, k Clock, err error) {
	if err := auth.Require(ctx, MayAct); err != nil {
		return w, k, err
	}
	w, err = s.store.warning(ctx, wid)
	if errors.Is(err, db.ErrNone) {
		return w, k, ErrWarning
	}
	if err != nil {
		return w, k, err
	}
	if _, err := s.cases.Get(ctx, w.Case); err != nil {
		return w, k, ErrWarning
	}
	k, err = s.store.clock(ctx, w.Clock)
	if errors.Is(err, db.ErrNone) {
		row, err := s.store.caseRow(ctx, w.Case)
		if err != nil {
			return w, k, err
		}
		k = Clock{ID: w.Clock, Case: w.Case, Staff: row.Staff, path: row.Path}
	} else if err != nil {
		return w, k, err
	}
	me := org.StaffID(auth.From(ctx).ID)
	if w.Staff != me && k.Staff != me && !leadsOffice(ctx, k.path) {
		return w, k, auth.ErrMay
	}
	return w, k, nil
}

func (s *Service) answer(ctx context.Context, wid WarningID, x StepRow) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		w, _, err := s.mine(ctx, wid)
		if err != nil {
			return err
		}
		if err := s.store.lockCase(ctx, w.Case); err != nil {
			return err
		}
		w, k, err := s.mine(ctx, wid) // as it is now that nobody else can change it
		if err != nil {
			return err
		}
		if w.Kind == Enter && x.Step == Remedy {
			return ErrEnter
		}
		x.By = auth.From(ctx).ID
		return s.step(ctx, &w, x, k.late)
	})
}

// Acknowledge says that the asker knows of a warning (đã nhận cảnh báo).
func (s *Service) Acknowledge(ctx context.Context, w WarningID) (err error) {
	defer fault.Wrap(&err, "acknowledge warning %s", w)
	return s.answer(ctx, w, StepRow{Step: Acknowledge})
}

// Remedy says what was done about a warning that no act shows (đã khắc phục).
func (s *Service) Remedy(ctx context.Context, w WarningID, note string) (err error) {
	defer fault.Wrap(&err, "remedy warning %s", w)
	note = strings.TrimSpace(note)
	var c fault.Check
	c.Need(note != "" && len([]rune(note)) <= 500, "note", "Hãy ghi việc đã làm hoặc căn cứ, nhiều nhất 500 chữ.")
	if err := c.Err(ErrDone); err != nil {
		return err
	}
	return s.answer(ctx, w, StepRow{Step: Remedy, Note: note})
}

// Fail gives the reason why a limit was not kept (lý do để quá hạn): without it the
// warning climbs on.
func (s *Service) Fail(ctx context.Context, w WarningID, reason string) (err error) {
	defer fault.Wrap(&err, "reason of warning %s", w)
	reason = strings.TrimSpace(reason)
	if reason == "" || len([]rune(reason)) > 1000 {
		return ErrReason
	}
	return s.answer(ctx, w, StepRow{Step: Explain, Note: reason})
}

// WarningLog returns every step of every warning of a clock, and before them those
// that are still scheduled.
func (s *Service) WarningLog(ctx context.Context, k ClockID) (steps []StepRow, err error) {
	defer fault.Wrap(&err, "warnings of clock %s", k)
	c, err := s.visible(ctx, MayRead, k)
	if err != nil {
		return nil, err
	}
	if steps, err = s.store.steps(ctx, k); err != nil || !c.waits() {
		return steps, err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return nil, err
	}
	rule, ok := ruleOf(l, &c)
	if !ok {
		return steps, nil
	}
	for _, p := range c.points(l.of(&rule).leads) {
		if p.at > c.warned {
			steps = append(steps, StepRow{At: minute(p.at), Step: Raise, Life: Scheduled, Note: string(p.kind)})
		}
	}
	return steps, nil
}

// Warnings returns the warnings of a clock, oldest first.
func (s *Service) Warnings(ctx context.Context, k ClockID) (ws []Warning, err error) {
	defer fault.Wrap(&err, "warnings of clock %s", k)
	if _, err := s.visible(ctx, MayRead, k); err != nil {
		return nil, err
	}
	return s.store.warningsOf(ctx, k)
}

// Inbox returns the asker's box: letters newest first, and the warnings that wait for
// an answer of theirs.
func (s *Service) Inbox(ctx context.Context, r page.Req) (b Inbox, err error) {
	defer fault.Wrap(&err, "inbox")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return b, err
	}
	me := org.StaffID(auth.From(ctx).ID)
	if b.Unseen, err = s.store.unseen(ctx, me); err != nil {
		return b, err
	}
	rows, err := s.store.letters(ctx, me, r)
	if err != nil {
		return b, err
	}
	b.Letters = page.Cut(rows, r, func(x Letter) string { return x.ID })
	b.Open, err = s.store.openFor(ctx, me, 200)
	if b.Open == nil {
		b.Open = []Warning{}
	}
	return b, err
}

// Unseen is how many letters of the asker's box they have not seen.
func (s *Service) Unseen(ctx context.Context) (int, error) {
	return s.store.unseen(ctx, org.StaffID(auth.From(ctx).ID))
}

// Seen says that the asker has seen their letters up to one, "" for all.
func (s *Service) Seen(ctx context.Context, upTo string) (err error) {
	defer fault.Wrap(&err, "seen")
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return err
	}
	return s.store.markSeen(ctx, org.StaffID(auth.From(ctx).ID), upTo)
}

// Listen gives a sign whenever something comes into the asker's box, until ctx is
// done. What other processes put there is not heard: ask Unseen now and then.
func (s *Service) Listen(ctx context.Context) <-chan struct{} {
	me := org.StaffID(auth.From(ctx).ID)
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.boxes[me] == nil {
		s.boxes[me] = map[chan struct{}]bool{}
	}
	s.boxes[me][c] = true
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.boxes[me], c)
		if len(s.boxes[me]) == 0 {
			delete(s.boxes, me)
		}
	})
	return c
}

func (s *Service) poke(who org.StaffID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.boxes[who] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Failures returns the warnings of the asker's office and those below that failed in
// a stretch of days, with the reasons given: what figures of overdue work are made of.
func (s *Service) Failures(ctx context.Context, from, to civil.Date) (ws []Warning, err error) {
	defer fault.Wrap(&err, "failures")
	l, err := s.look(ctx, Superior)
	if err != nil {
		return nil, err
	}
	return s.store.failures(ctx, l, minute(opens(string(from))), minute(closes(string(to))), 1000)
}
