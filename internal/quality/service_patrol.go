package quality

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"congminh/internal/access"
	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/quality/watchlist"
	"congminh/internal/seal"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

const (
	patrolJob = "quality.patrol" // all cases, every night
	strollJob = "quality.stroll" // those that changed
)

// loadPatrol reads what is watched.
func loadPatrol(e *Engines, over fs.FS, _ stats.Engines) error {
	return files(over, "patrol.toml", func(_ string, text []byte) (err error) {
		e.Watch, err = watchlist.Read(text)
		return err
	})
}

func (s *Service) patrolListen(b *event.Bus) {
	criminal.Acted.On(b, func(ctx context.Context, e criminal.ActedV1) error { return s.stale(ctx, e.Case) })
	criminal.Created.On(b, func(ctx context.Context, e criminal.CreatedV1) error { return s.stale(ctx, e.ID) })
	criminal.Changed.On(b, func(ctx context.Context, e criminal.ChangedV1) error { return s.stale(ctx, e.ID) })
	deadline.Updated.On(b, func(ctx context.Context, e deadline.UpdatedV1) error { return s.stale(ctx, e.Case) })
}

func (s *Service) patrolWork(r *job.Runner) {
	r.HandleLong(patrolJob, job.Options{Lease: time.Minute, Attempts: 3}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
		return s.Patrol(ctx, func(done int) error { return run.Progress(ctx, done, 0, "") })
	})
	r.HandleLong(strollJob, job.Options{Lease: time.Minute}, func(ctx context.Context, _ *job.Run, _ json.RawMessage) error { return s.Stroll(ctx, 500) })
	r.Daily(patrolJob, 2, 40)
	r.Every(strollJob, time.Minute)
}

// stale notes that a case changed, in the transaction that changes it.
func (s *Service) stale(ctx context.Context, c criminal.ID) error {
	return db.Late(ctx, s.store.db, "quality.stale", func(ctx context.Context, ids []criminal.ID) error {
		slices.Sort(ids)
		return s.store.markWatch(ctx, slices.Compact(ids), s.now())
	}, c)
}

// patroller is who acts when nobody asked: the patrol itself.
func patroller(ctx context.Context) context.Context {
	v := []auth.Verb{org.MaySelf, org.MayRead}
	return auth.With(ctx, auth.Actor{ID: "quality", Name: "Tuần tra giám sát", Office: "tc", Path: []auth.Office{"tc"}, Verbs: v, Below: v})
}

// patrolBatch is how many cases are looked at in one transaction.
const patrolBatch = 300

var errEnoughCases = errors.New("enough")

// beat is some cases to be looked at together.
type beat struct {
	head criminal.Head
	c    *ledger.Case
}

// Patrol looks at every case (tuần tra hằng ngày), and at what became of notices. tell is
// called after every batch with how many cases are done.
func (s *Service) Patrol(ctx context.Context, tell func(done int) error) (err error) {
	defer fault.Wrap(&err, "patrol")
	ctx = patroller(db.Outside(ctx))
	var last criminal.ID
	for done := 0; ; {
		var batch []beat
		err := s.cases.Ledgers(ctx, last, "", func(h criminal.Head, c *ledger.Case) error {
			batch = append(batch, beat{h, c})
			if len(batch) == patrolBatch {
				return errEnoughCases
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnoughCases) {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := s.walk(ctx, batch); err != nil {
			return err
		}
		last = batch[len(batch)-1].head.ID
		if done += len(batch); tell != nil {
			if err := tell(done); err != nil {
				return err
			}
		}
	}
	if err := s.Escalate(ctx); err != nil {
		return err
	}
	if err := s.callLedgers(ctx); err != nil {
		return err
	}
	return s.store.wentRound(ctx, s.now())
}

// Stroll looks again at cases that changed, at most n of them.
func (s *Service) Stroll(ctx context.Context, n int) (err error) {
	defer fault.Wrap(&err, "patrol of changed cases")
	ctx = patroller(db.Outside(ctx))
	ids, err := s.store.staleWatch(ctx, n)
	if err != nil {
		return err
	}
	for _, c := range ids {
		err := s.store.db.Tx(ctx, func(ctx context.Context) error {
			if err := s.store.holdWatch(ctx); err != nil {
				return err
			}
			if err := s.store.unmarkWatch(ctx, c); err != nil {
				return err
			}
			h, led, err := s.cases.Ledger(ctx, c)
			if errors.Is(err, criminal.ErrNone) { // taken away
				h, led = criminal.Head{ID: c}, ledger.Case{ID: string(c)}
			} else if err != nil {
				return err
			}
			return s.walk(ctx, []beat{{h, &led}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// walk looks at some cases, in the order of their ids, and writes what is different.
func (s *Service) walk(ctx context.Context, batch []beat) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		from, to := batch[0].head.ID, batch[len(batch)-1].head.ID
		clocks, err := s.watchClocks(ctx, from, to)
		if err != nil {
			return err
		}
		exhibits, err := s.store.exhibitsOf(ctx, from, to)
		if err != nil {
			return err
		}
		stored, err := s.store.standingWatch(ctx, from, to)
		if err != nil {
			return err
		}
		of := map[criminal.ID][]Watched{}
		for _, w := range stored {
			of[w.Case] = append(of[w.Case], w)
		}
		cat, day := s.cases.Law(ctx), s.today()
		var fresh []Watched
		for _, b := range batch {
			found := s.Watch.Look(cat, watchlist.Case{Ledger: b.c, Clocks: clocks[b.head.ID], Exhibits: exhibits[b.head.ID]}, day)
			more, err := s.differ(ctx, b.head, found, of[b.head.ID])
			if err != nil {
				return err
			}
			fresh = append(fresh, more...)
		}
		return s.store.insertWatched(ctx, fresh)
	})
}

// watchClocks are the time limits of some cases that wait for something to be done.
func (s *Service) watchClocks(ctx context.Context, from, to criminal.ID) (map[criminal.ID][]watchlist.Clock, error) {
	ks, err := s.deadline.Clocks(ctx, from, to)
	if err != nil {
		return nil, err
	}
	rules, err := s.deadline.Pack(ctx)
	if err != nil {
		return nil, err
	}
	out, day := map[criminal.ID][]watchlist.Clock{}, s.today()
	for _, k := range ks {
		if k.State != deadline.Running {
			continue
		}
		title := k.Rule
		if r, ok := rules.Rule(k.Rule, day); ok {
			title = r.Title
		}
		out[k.Case] = append(out[k.Case], watchlist.Clock{ID: string(k.ID), Rule: k.Rule, Title: title, Act: k.Source, Person: k.Subject, Legal: ledger.Moment(k.Legal), Own: k.Own})
	}
	return out, nil
}

// differ compares what was found in a case with what was known. What is new it returns;
// what is no longer so is closed by itself; what is as before is kept as it is.
func (s *Service) differ(ctx context.Context, h criminal.Head, found []watchlist.Finding, known []Watched) (fresh []Watched, err error) {
	now := s.now()
	handler := handlerOf(h)
	key := func(rule, subject string) string { return rule + "\x00" + subject }
	was := map[string]Watched{}
	for _, w := range known {
		was[key(w.Rule, w.subject)] = w
	}
	for _, f := range found {
		k := key(f.Rule, f.Subject)
		w, ok := was[k]
		delete(was, k)
		old := w
		w.Severity, w.Office, w.path, w.Staff = f.Severity, h.Office, h.Path, handler
		w.Act, w.Folio, w.Since, w.Text, w.Todo = f.Act, f.Folio, f.Since, f.Text, f.Todo
		switch {
		case !ok:
			w.ID, w.Case, w.Rule, w.subject, w.Group, w.person, w.Found = id.New[Watched](), h.ID, f.Rule, f.Subject, f.Group, f.Person, now
			if handler != "" {
				if w.Repeated, err = s.store.brokenSince(ctx, handler, f.Rule, now.AddDate(0, 0, -s.Watch.Handle.RepeatDays)); err != nil {
					return nil, err
				}
			}
			fresh = append(fresh, w)
		case w != old && w.Closed == nil:
			if err := s.store.updateWatched(ctx, w); err != nil {
				return nil, err
			}
		}
	}
	for _, w := range known {
		if _, gone := was[key(w.Rule, w.subject)]; !gone {
			continue
		}
		w.Ended = &now
		if w.Closed == nil {
			w.Closed, w.How = &now, ByItself
		}
		if err := s.store.updateWatched(ctx, w); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// handlerOf is who has charge of a case.
func handlerOf(h criminal.Head) org.StaffID {
	for _, a := range h.Assigned {
		if a.Task == criminal.Conducts && a.To == "" {
			return a.Staff
		}
	}
	return ""
}

// sight is what the asker may see: who supervises sees as far as indicators reach.
func (s *Service) sight(ctx context.Context) (m mayWatch, err error) {
	reach, err := auth.Reach(ctx, MayRead)
	if err != nil {
		return m, err
	}
	a := auth.From(ctx)
	m = mayWatch{me: org.StaffID(a.ID), tags: s.cases.Scope(ctx)}
	if a.May(MayWatch) {
		m.like = reach.Like()
	}
	return m, nil
}

// Watchlist returns findings: of the offices the asker supervises, or of the cases they
// handle.
func (s *Service) Watchlist(ctx context.Context, f WatchFilter) (out page.Of[Watched], err error) {
	defer fault.Wrap(&err, "patrol list")
	m, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	rows, err := s.store.watchedList(ctx, f, m, s.now(), f.Size()+1)
	if err != nil {
		return out, err
	}
	for i := range rows {
		s.entitle(&rows[i])
	}
	return page.Cut(rows, f.Req, func(w Watched) string { return string(w.Severity) + "~" + string(w.ID) }), nil
}

func (s *Service) entitle(w *Watched) {
	w.Title = w.Rule
	if r, ok := s.Watch.Rule(w.Rule); ok {
		w.Title, w.Source = r.Title, r.Source
	}
}

// WatchSum counts what a list shows, by group and severity.
func (s *Service) WatchSum(ctx context.Context, f WatchFilter) (map[watchlist.Group]map[watchlist.Severity]int, error) {
	m, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	return s.store.countWatched(ctx, f, m, s.now())
}

// Watched returns a finding with every step of its handling.
func (s *Service) Watched(ctx context.Context, w WatchedID) (out Watched, steps []WatchStep, err error) {
	defer fault.Wrap(&err, "finding %s", w)
	if out, err = s.seeWatched(ctx, w); err != nil {
		return out, nil, err
	}
	if steps, err = s.store.watchSteps(ctx, string(w)); err != nil {
		return out, nil, err
	}
	if out.Notice != "" {
		more, err := s.store.watchSteps(ctx, string(out.Notice))
		if err != nil {
			return out, nil, err
		}
		steps = append(steps, more...)
	}
	steps = append(steps, WatchStep{Verb: "found", At: out.Found, Note: out.Text})
	if out.Ended != nil {
		steps = append(steps, WatchStep{Verb: "gone", At: *out.Ended})
	}
	slices.SortStableFunc(steps, func(a, b WatchStep) int { return a.At.Compare(b.At) })
	return out, steps, nil
}

func (s *Service) seeWatched(ctx context.Context, w WatchedID) (out Watched, err error) {
	m, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	out, err = s.store.watched(ctx, w)
	if errors.Is(err, db.ErrNone) {
		return out, ErrWatched
	}
	if err != nil {
		return out, err
	}
	if err := s.mayOpen(ctx, m, out.Case, out.path, out.Staff); err != nil {
		return out, errors.Join(ErrWatched, err)
	}
	s.entitle(&out)
	return out, nil
}

// mayOpen says no unless the asker may see the case, and supervises its office or handles it.
func (s *Service) mayOpen(ctx context.Context, m mayWatch, c criminal.ID, path string, staff org.StaffID) error {
	if _, err := s.cases.Get(ctx, c); err != nil {
		return err
	}
	if staff == m.me && m.me != "" {
		return nil
	}
	if err := auth.Require(ctx, MayWatch); err != nil {
		return err
	}
	return auth.RequireIn(ctx, MayRead, path)
}

// supervise opens a finding for somebody who supervises it and does not handle it.
func (s *Service) supervise(ctx context.Context, w WatchedID) (out Watched, err error) {
	if err := auth.Require(ctx, MayWatch); err != nil {
		return out, err
	}
	if out, err = s.seeWatched(ctx, w); err != nil {
		return out, err
	}
	if out.Staff == org.StaffID(auth.From(ctx).ID) {
		return out, ErrWatchOwn
	}
	return out, nil
}

// Remind writes down that whoever handles a case was reminded by word of mouth (nhắc
// miệng), and what of.
func (s *Service) Remind(ctx context.Context, w WatchedID, note string) (err error) {
	defer fault.Wrap(&err, "remind of finding %s", w)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		x, err := s.supervise(ctx, w)
		switch {
		case err != nil:
			return err
		case x.Closed != nil || x.Notice != "":
			return ErrWatchStep
		case x.Staff == "":
			return ErrWatchNobody
		}
		if note == "" {
			note = x.Todo
		}
		now := s.now()
		x.Reminded, x.Answered, x.Due = cmp.Or(x.Reminded, &now), nil, s.workdays(ctx, s.Watch.Handle.RemindDays)
		if err := s.store.updateWatched(ctx, x); err != nil {
			return err
		}
		return s.watchStep(ctx, string(w), x, WatchStep{Verb: "reminded", To: x.Staff, ToName: x.Handler, Note: note}, watchPath(w), x.Staff,
			"Bạn được nhắc về vụ "+x.Number+": "+x.Text)
	})
}

// workdays is the day so many working days from today.
func (s *Service) workdays(ctx context.Context, n int) civil.Date {
	return s.addWorkdays(ctx, s.today(), n)
}

func (s *Service) addWorkdays(ctx context.Context, from civil.Date, n int) civil.Date {
	return s.stats.Calendar(ctx).AddWorking(from, n)
}

// watchStep writes a step down, in the journal too, and tells whoever it concerns.
func (s *Service) watchStep(ctx context.Context, of string, w Watched, x WatchStep, href string, tell org.StaffID, text string) error {
	a := auth.From(ctx)
	x.By, x.ByName, x.At = org.StaffID(a.ID), a.Name, s.now()
	if err := s.store.addWatchStep(ctx, of, x); err != nil {
		return err
	}
	more := map[string]string{"rule": w.Rule}
	if x.To != "" {
		more["to"] = string(x.To)
	}
	if x.Act != "" {
		more["act"] = string(x.Act)
	}
	if err := s.Journal.Note(ctx, seal.Entry{At: x.At, Verb: "watch." + x.Verb, Object: "watch/" + of, Case: string(w.Case), Owner: w.path, More: more}); err != nil {
		return err
	}
	if tell == "" || tell == x.By {
		return nil
	}
	return access.Notice.Emit(ctx, s.bus, access.NoticeV1{To: []org.StaffID{tell}, Text: text, Case: string(w.Case), Href: href, Urgent: w.Severity == watchlist.Serious})
}

// watcherOf is who gave the last reminder or notice: to whom an answer goes.
func (s *Service) watcherOf(ctx context.Context, of string) (org.StaffID, error) {
	steps, err := s.store.watchSteps(ctx, of)
	for i := len(steps) - 1; i >= 0 && err == nil; i-- {
		if v := steps[i].Verb; v == "reminded" || v == "noticed" || v == "unremedied" {
			return steps[i].By, nil
		}
	}
	return "", err
}

// checkReply finds what is wrong with an answer; what proves it must stand in the case.
func (s *Service) checkReply(ctx context.Context, c criminal.ID, r WatchReply) error {
	var k fault.Check
	k.Need(r.Text != "" && len([]rune(r.Text)) <= 2000, "text", "Hãy ghi trả lời, nhiều nhất 2000 chữ.")
	k.Need(r.Folio >= 0, "folio", "Bút lục là một số dương.")
	if r.Act != "" {
		led, _, err := s.cases.Acts(ctx, c, "")
		if err != nil {
			return err
		}
		k.Need(slices.ContainsFunc(ledger.Standing(&led), func(a ledger.Act) bool { return a.ID == r.Act }), "act", "Hãy chọn một hành vi tố tụng đang có trong vụ án.")
	}
	return k.Err(ErrWatchText)
}

// AnswerWatched is the answer to an oral reminder, with what proves it.
func (s *Service) AnswerWatched(ctx context.Context, w WatchedID, r WatchReply) (err error) {
	defer fault.Wrap(&err, "answer finding %s", w)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		x, err := s.seeWatched(ctx, w)
		switch {
		case err != nil:
			return err
		case x.Staff != org.StaffID(auth.From(ctx).ID):
			return auth.ErrMay
		case x.Closed != nil || x.Reminded == nil || x.Notice != "":
			return ErrWatchStep
		}
		if err := s.checkReply(ctx, x.Case, r); err != nil {
			return err
		}
		now := s.now()
		x.Answered = &now
		if err := s.store.updateWatched(ctx, x); err != nil {
			return err
		}
		to, err := s.watcherOf(ctx, string(w))
		if err != nil {
			return err
		}
		return s.watchStep(ctx, string(w), x, WatchStep{Verb: "answered", Note: r.Text, Act: r.Act, Folio: r.Folio}, watchPath(w), to, "Đã có trả lời về vụ "+x.Number+": "+x.Text)
	})
}

// JudgeWatched says whether the answer to an oral reminder puts things right. If it does
// not, a written notice follows.
func (s *Service) JudgeWatched(ctx context.Context, w WatchedID, remedied bool, note string) (err error) {
	defer fault.Wrap(&err, "judge finding %s", w)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		x, err := s.supervise(ctx, w)
		switch {
		case err != nil:
			return err
		case x.Closed != nil || x.Notice != "":
			return ErrWatchStep
		case note == "":
			return needWatchNote()
		}
		now := s.now()
		verb, text := "unremedied", "Trả lời của bạn chưa đạt, vụ "
		x.Answered = nil
		if remedied {
			verb, text = "remedied", "Đã ghi nhận khắc phục, vụ "
			x.Closed, x.How = &now, ByJudge
		}
		if err := s.store.updateWatched(ctx, x); err != nil {
			return err
		}
		return s.watchStep(ctx, string(w), x, WatchStep{Verb: verb, Note: note}, watchPath(w), x.Staff, text+x.Number+": "+x.Text)
	})
}

func needWatchNote() error {
	var k fault.Check
	k.Need(false, "note", "Hãy ghi lý do.")
	return k.Err(ErrWatchText)
}

// GiveNotice issues a written notice (thông báo giám sát) on a finding, and on others of
// the same case, numbered in the book of the office.
func (s *Service) GiveNotice(ctx context.Context, w WatchedID, more []WatchedID, ask string) (n WatchNotice, err error) {
	defer fault.Wrap(&err, "notice on finding %s", w)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		var all []Watched
		ids := append([]WatchedID{w}, more...)
		slices.Sort(ids)
		for _, i := range slices.Compact(ids) {
			x, err := s.supervise(ctx, i)
			if err != nil {
				return err
			}
			all = append(all, x)
		}
		first := all[0]
		for _, x := range all {
			if x.Closed != nil || x.Notice != "" || x.Case != first.Case {
				return ErrWatchStep
			}
		}
		if first.Staff == "" {
			return ErrWatchNobody
		}
		var k fault.Check
		k.Need(ask != "" && len([]rune(ask)) <= 2000, "ask", "Hãy ghi yêu cầu, nhiều nhất 2000 chữ.")
		if err := k.Err(ErrWatchText); err != nil {
			return err
		}
		a, now := auth.From(ctx), s.now()
		n = WatchNotice{ID: id.New[WatchNotice](), Office: a.Office, Year: s.today().Year(), Case: first.Case, Number: first.Number, CaseName: first.CaseName, Staff: first.Staff, Handler: first.Handler, Ask: ask,
			State: NoticeIssued, Due: s.workdays(ctx, s.Watch.Handle.AnswerDays), By: org.StaffID(a.ID), ByName: a.Name, At: now, path: first.path}
		n.lateFrom = n.Due
		var err error
		if n.N, err = s.store.nextNotice(ctx, n.Office, n.Year); err != nil {
			return err
		}
		if err := s.store.insertNotice(ctx, n); err != nil {
			return err
		}
		for _, x := range all {
			x.Notice, x.Noticed, x.Answered, x.Due = n.ID, &now, nil, n.Due
			if err := s.store.updateWatched(ctx, x); err != nil {
				return err
			}
		}
		n.Findings = all
		return s.watchStep(ctx, string(n.ID), first, WatchStep{Verb: "noticed", To: n.Staff, ToName: n.Handler, Note: ask}, noticePath(n.ID), n.Staff,
			"Thông báo giám sát số "+n.Book()+" về vụ "+n.Number+". Hạn trả lời "+n.Due.VN()+".")
	})
	return n, err
}

// Notices lists notices the asker gave, got, supervises, or that went up to them.
func (s *Service) Notices(ctx context.Context, state NoticeState, r page.Req) (out page.Of[WatchNotice], err error) {
	defer fault.Wrap(&err, "notices")
	m, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	rows, err := s.store.noticeList(ctx, state, m, r.After, r.Size()+1)
	return page.Cut(rows, r, func(n WatchNotice) string { return string(n.ID) }), err
}

// Notice returns a notice with its findings and steps.
func (s *Service) Notice(ctx context.Context, n WatchNoticeID) (out WatchNotice, err error) {
	defer fault.Wrap(&err, "notice %s", n)
	m, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	out, err = s.store.notice(ctx, n)
	if errors.Is(err, db.ErrNone) {
		return out, ErrWatchNotice
	}
	if err != nil {
		return out, err
	}
	up, err := s.store.reportedTo(ctx, n, m.me)
	if err != nil {
		return out, err
	}
	if !up {
		if err := s.mayOpen(ctx, m, out.Case, out.path, out.Staff); err != nil {
			return out, errors.Join(ErrWatchNotice, err)
		}
	}
	if out.Findings, err = s.store.noticeFindings(ctx, n); err != nil {
		return out, err
	}
	for i := range out.Findings {
		s.entitle(&out.Findings[i])
	}
	out.Steps, err = s.store.watchSteps(ctx, string(n))
	return out, err
}

// eachOf changes every finding of a notice that is not closed.
func (s *Service) eachOf(ctx context.Context, n WatchNotice, change func(*Watched)) error {
	for _, x := range n.Findings {
		if x.Closed == nil {
			change(&x)
			if err := s.store.updateWatched(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// AnswerNotice is the answer to a notice, with what proves it.
func (s *Service) AnswerNotice(ctx context.Context, n WatchNoticeID, r WatchReply) (err error) {
	defer fault.Wrap(&err, "answer notice %s", n)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		x, err := s.Notice(ctx, n)
		switch {
		case err != nil:
			return err
		case x.Staff != org.StaffID(auth.From(ctx).ID):
			return auth.ErrMay
		case x.State != NoticeIssued && x.State != NoticeUnremedied:
			return ErrWatchStep
		}
		if err := s.checkReply(ctx, x.Case, r); err != nil {
			return err
		}
		x.State = NoticeAnswered
		if err := s.store.updateNotice(ctx, x); err != nil {
			return err
		}
		now := s.now()
		if err := s.eachOf(ctx, x, func(w *Watched) { w.Answered = &now }); err != nil {
			return err
		}
		return s.watchStep(ctx, string(n), x.about(), WatchStep{Verb: "answered", Note: r.Text, Act: r.Act, Folio: r.Folio}, noticePath(n), x.By, "Thông báo giám sát số "+x.Book()+" đã có trả lời. Hãy đánh giá.")
	})
}

// about is a notice as a step is written of it.
func (n WatchNotice) about() Watched {
	w := Watched{Case: n.Case, path: n.path, Severity: watchlist.Serious}
	if len(n.Findings) > 0 {
		w.Rule = n.Findings[0].Rule
	}
	return w
}

// JudgeNotice says whether things were put right. If they were not, the notice goes up.
func (s *Service) JudgeNotice(ctx context.Context, n WatchNoticeID, remedied bool, note string) (err error) {
	defer fault.Wrap(&err, "judge notice %s", n)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		if err := auth.Require(ctx, MayWatch); err != nil {
			return err
		}
		x, err := s.Notice(ctx, n)
		switch {
		case err != nil:
			return err
		case x.Staff == org.StaffID(auth.From(ctx).ID):
			return ErrWatchOwn
		case x.State == NoticeRemedied || x.State == NoticeUnremedied:
			return ErrWatchStep
		case note == "":
			return needWatchNote()
		}
		now := s.now()
		verb, text := "unremedied", "chưa được khắc phục"
		x.State, x.lateFrom = NoticeUnremedied, s.today()
		if remedied {
			verb, text, x.State = "remedied", "đã khắc phục", NoticeRemedied
		}
		if err := s.store.updateNotice(ctx, x); err != nil {
			return err
		}
		err = s.eachOf(ctx, x, func(w *Watched) {
			w.Answered = nil
			if remedied {
				w.Closed, w.How = &now, ByJudge
			}
		})
		if err != nil {
			return err
		}
		return s.watchStep(ctx, string(n), x.about(), WatchStep{Verb: verb, Note: note}, noticePath(n), x.Staff, "Thông báo giám sát số "+x.Book()+" "+text+".")
	})
}

// Escalate takes notices up that nobody answered in time, or met: to the deputy, the
// chief, the office above, by the steps of the file. A rank that nobody holds is passed.
func (s *Service) Escalate(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "report notices upward")
	ctx = patroller(ctx)
	steps := s.Watch.Handle.Escalate
	late, err := s.store.lateNotices(ctx, s.today(), len(steps))
	if err != nil {
		return err
	}
	for _, n := range late {
		err := s.store.db.Tx(ctx, func(ctx context.Context) error {
			if err := s.store.holdWatch(ctx); err != nil {
				return err
			}
			n, err := s.store.notice(ctx, n.ID) // as it is now that nobody else writes
			if err != nil || n.State != NoticeIssued && n.State != NoticeUnremedied {
				return err
			}
			if n.Findings, err = s.store.noticeFindings(ctx, n.ID); err != nil {
				return err
			}
			return s.climbNotice(ctx, n, steps)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) climbNotice(ctx context.Context, n WatchNotice, steps []watchlist.Escalation) error {
	for ; n.Level < len(steps); n.Level++ {
		if s.today() < s.addWorkdays(ctx, n.lateFrom, steps[n.Level].After) {
			break
		}
		people, err := s.superiors(ctx, n, steps[n.Level].To)
		if err != nil {
			return err
		}
		for _, p := range people {
			if err := s.store.addReport(ctx, n.ID, p.ID, s.now()); err != nil {
				return err
			}
			if err := s.watchStep(ctx, string(n.ID), n.about(), WatchStep{Verb: "reported", To: p.ID, ToName: p.Name, Note: n.State.VN()}, noticePath(n.ID), p.ID,
				"Báo cáo: thông báo giám sát số "+n.Book()+" về vụ "+n.Number+" "+cmp.Or(map[NoticeState]string{NoticeUnremedied: "chưa được khắc phục"}[n.State], "quá hạn trả lời "+n.Due.VN())+"."); err != nil {
				return err
			}
		}
	}
	now := s.now()
	err := s.eachOf(ctx, n, func(w *Watched) { w.Reported = cmp.Or(w.Reported, &now) })
	if err != nil || n.Level == 0 {
		return err
	}
	return s.store.updateNotice(ctx, n)
}

// superiors are those a notice goes up to: never whoever it is for.
func (s *Service) superiors(ctx context.Context, n WatchNotice, to string) (out []org.Staff, err error) {
	path := auth.Offices(n.path)
	if len(path) == 0 {
		return nil, nil
	}
	office, role := path[len(path)-1], org.DeputyChief
	switch to {
	case watchlist.ToChief:
		role = org.Chief
	case watchlist.ToAbove:
		if len(path) < 2 {
			return nil, nil
		}
		office, role = path[len(path)-2], org.Chief
	}
	people, err := s.org.Colleagues(ctx, office)
	for _, p := range people {
		if p.Has(role) && p.ID != n.Staff {
			out = append(out, p)
		}
	}
	return out, err
}

// watchMonth reads a month that is not to come.
func (s *Service) watchMonth(m string) (p period.Period, err error) {
	p, err = period.Parse(m)
	if err != nil || p.Kind != period.Month || p.From > s.today() {
		return p, ErrWatchMonth
	}
	return p, nil
}

// monthsBefore is how many earlier months a ledger shows.
const monthsBefore = 6

// WatchLedger returns the ledger of a month of an office and all below it.
func (s *Service) WatchLedger(ctx context.Context, office auth.Office, month string) (l WatchLedger, err error) {
	defer fault.Wrap(&err, "ledger of supervision %s", month)
	if err := auth.Require(ctx, MayWatch); err != nil {
		return l, err
	}
	p, err := s.watchMonth(month)
	if err != nil {
		return l, err
	}
	if l.Office, err = s.reach(ctx, MayRead, office); err != nil {
		return l, err
	}
	l.Month, l.Due = month, civil.Date(p.To.Add(1)[:8]+civil.Date(watchDay(s.Watch.Handle.LedgerDay)))
	var at time.Time
	if l.Counts, l.Closer, at, err = s.monthOf(ctx, l.Office, p); err != nil {
		return l, err
	}
	if !at.IsZero() {
		l.Closed = &at
	}
	for i := monthsBefore; i > 0; i-- {
		q := p.Shift(-i)
		c, _, _, err := s.monthOf(ctx, l.Office, q)
		if err != nil {
			return l, err
		}
		l.Earlier = append(l.Earlier, MonthCount{q.String(), c.All})
	}
	var people []string
	for _, x := range l.Counts.Handlers {
		people = append(people, x.Key)
	}
	if l.Names, err = s.store.staffNames(ctx, people); err != nil {
		return l, err
	}
	for _, x := range l.Counts.Offices {
		l.Names[x.Key] = s.org.OfficeName(ctx, auth.Office(x.Key))
	}
	return l, nil
}

func watchDay(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// monthOf is the counts of a month: as they were closed, or as they stand.
func (s *Service) monthOf(ctx context.Context, o org.Office, p period.Period) (m watchlist.Month, closer string, at time.Time, err error) {
	m, closer, at, err = s.store.monthKept(ctx, o.ID, p.String())
	if !errors.Is(err, db.ErrNone) {
		return m, closer, at, err
	}
	kept, err := s.store.kept(ctx, o.Path, p.From, p.To)
	return watchlist.Tally(kept, p.From, p.To), "", time.Time{}, err
}

// CloseWatchLedger keeps the ledger of a month as it stands (chốt sổ giám sát tháng).
func (s *Service) CloseWatchLedger(ctx context.Context, office auth.Office, month string) (err error) {
	defer fault.Wrap(&err, "close ledger of supervision %s", month)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.holdWatch(ctx); err != nil {
			return err
		}
		l, err := s.WatchLedger(ctx, office, month)
		if err != nil {
			return err
		}
		p, err := s.watchMonth(month)
		switch a := auth.From(ctx); {
		case err != nil:
			return err
		case l.Office.ID != a.Office:
			return auth.ErrMay
		case p.To >= s.today():
			return ErrWatchEarly
		case l.Closed != nil:
			return ErrWatchKept
		default:
			if err := s.store.keepMonth(ctx, l.Office.ID, month, l.Counts, a.ID, a.Name, s.now()); err != nil {
				return err
			}
			return s.note(ctx, "watch.ledger", "watch-ledger/"+string(l.Office.ID)+"/"+month, nil)
		}
	})
}

// callLedgers tells leaders, on the day it is due, of a ledger that was not closed.
func (s *Service) callLedgers(ctx context.Context) error {
	if int(s.today().Start().In(civil.Zone).Day()) != s.Watch.Handle.LedgerDay {
		return nil
	}
	p := period.Of(period.Month, s.today()).Shift(-1)
	offices, err := s.store.officesUnkept(ctx, p.String(), p.From, p.To)
	if err != nil {
		return err
	}
	for _, o := range offices {
		people, err := s.org.Colleagues(ctx, o)
		if err != nil {
			return err
		}
		var to []org.StaffID
		for _, x := range people {
			if x.Has(org.Chief) || x.Has(org.DeputyChief) {
				to = append(to, x.ID)
			}
		}
		if len(to) == 0 {
			continue
		}
		if err := access.Notice.Emit(ctx, s.bus, access.NoticeV1{To: to, Text: "Hôm nay là hạn chốt sổ giám sát tháng " + p.String() + ".", Href: "/quality/ledger?month=" + p.String()}); err != nil {
			return err
		}
	}
	return nil
}

func watchPath(w WatchedID) string      { return "/quality/patrol/" + string(w) }
func noticePath(n WatchNoticeID) string { return "/quality/notices/" + string(n) }

// watchers lists who handles the cases the asker supervises, and when the last whole
// patrol went round.
func (s *Service) watchers(ctx context.Context) (handlers []org.Staff, round *time.Time, err error) {
	m, err := s.sight(ctx)
	if err != nil {
		return nil, nil, err
	}
	if handlers, err = s.store.watchHandlers(ctx, m); err != nil {
		return nil, nil, err
	}
	round, err = s.store.lastRound(ctx)
	return handlers, round, err
}
