package deadline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

const tickJob = "deadline.tick"

const batchSize = 200

// Tick raises what is due, takes up what was not answered, and writes down that it
// ran. It may run at any time and as often as one likes: nothing is said twice. After
// a pause it catches up: of each clock it says the one thing that is most urgent now,
// custody, detention and hours before all others, and each person gets one message.
func (s *Service) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "tick")
	now := s.now()
	sure, late, note, err := s.agree(ctx, now)
	if err != nil {
		return err
	}
	seq, err := s.store.beginTick(ctx, now.Truncate(time.Minute), now, note)
	if db.IsUnique(err) {
		return nil // another process took this one at the same moment; if it falls, the next tick does its work
	}
	if err != nil {
		return err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return err
	}
	p, err := s.people(ctx)
	if err != nil {
		return err
	}
	raised := 0
	for _, urgent := range []bool{true, false} {
		n, err := s.raiseAll(ctx, l, p, urgent, late, sure)
		raised += n
		if err != nil {
			return err
		}
	}
	climbed, err := s.climbAll(ctx, l, p, now)
	if err != nil {
		return err
	}
	if err := s.endStuck(ctx, p); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.endTick(ctx, seq, s.now(), raised, climbed); err != nil {
			return err
		}
		if err := s.store.pruneTicks(ctx, now.Add(-s.Policy.Keep)); err != nil {
			return err
		}
		if err := s.endAlarm(ctx, "silence", "", fmt.Sprintf("raised %d, climbed %d", raised, climbed)); err != nil {
			return err
		}
		return s.sendSoon(ctx)
	})
}

// agree compares the clock of the machine with that of the database and with the last
// tick. sure is a moment that has come by both, late one that has come by one: leads
// are told by the later, so never too late; failures are recorded by the earlier, so
// never wrongly.
func (s *Service) agree(ctx context.Context, now time.Time) (sure, late time.Time, note string, err error) {
	sure, late = now, now
	other, err := s.DBNow(ctx)
	if err != nil {
		return sure, late, "", err
	}
	last, err := s.store.lastTick(ctx)
	if err != nil {
		return sure, late, "", err
	}
	wrong := ""
	if d := now.Sub(other); d > s.Policy.Skew || d < -s.Policy.Skew {
		wrong = fmt.Sprintf("machine %s, database %s", now.UTC().Format(time.RFC3339), other.UTC().Format(time.RFC3339))
		if other.Before(now) {
			sure = other
		} else {
			late = other
		}
	}
	if !last.started.IsZero() && last.started.Sub(now) > s.Policy.Skew {
		wrong = fmt.Sprintf("machine %s, last tick %s", now.UTC().Format(time.RFC3339), last.started.UTC().Format(time.RFC3339))
	}
	switch {
	case wrong != "":
		note = "clock: " + wrong
		err = s.alarm(ctx, "clock", "", wrong)
	default:
		err = s.endAlarm(ctx, "clock", "", "clocks agree again")
		if gap := now.Sub(last.started); !last.started.IsZero() && gap > s.Policy.Silence {
			note = fmt.Sprintf("gap of %s caught up", gap.Truncate(time.Second))
		}
	}
	return sure, late, note, err
}

func (s *Service) raiseAll(ctx context.Context, l *Law, p *people, urgent bool, late, sure time.Time) (raised int, err error) {
	at, after := "", ClockID("")
	for {
		ks, err := s.store.dueWarnings(ctx, urgent, stamp(late), at, after, batchSize)
		if err != nil || len(ks) == 0 {
			return raised, err
		}
		name := func(i int) string { return string(ks[i].ID) }
		n, err := s.each(ctx, p, len(ks), name, func(ctx context.Context, i int) (bool, error) {
			ok, err := s.raise(ctx, l, p, ks[i], late, sure)
			fault.Wrap(&err, "clock %s", ks[i].ID)
			return ok, err
		})
		if err != nil {
			return raised, err
		}
		raised += n
		at, after = ks[len(ks)-1].warns, ks[len(ks)-1].ID
	}
}

// each does f to n things in one transaction; if that breaks, to each in one of its
// own: one that is broken must not keep the warnings of all others. It returns how
// often f said yes.
func (s *Service) each(ctx context.Context, p *people, n int, name func(int) string, f func(ctx context.Context, i int) (bool, error)) (yes int, err error) {
	all := func(ctx context.Context) error {
		yes = 0
		for i := range n {
			ok, err := f(ctx, i)
			if err != nil {
				return err
			}
			yes += number(ok)
		}
		return nil
	}
	if err = s.store.db.Tx(ctx, all); err == nil || ctx.Err() != nil {
		return yes, err
	}
	yes = 0
	for i := range n {
		var ok bool
		err := s.store.db.Tx(ctx, func(ctx context.Context) (err error) {
			ok, err = f(ctx, i)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return yes, ctx.Err()
		case err != nil:
			s.Log.ErrorContext(ctx, "warning not raised", "error", err)
			if p.stuck[name(i)] = true; len(p.stuck) > stuckMost {
				continue
			}
			if err := s.alarm(ctx, "stuck", name(i), err.Error()); err != nil {
				return yes, err
			}
		default:
			yes += number(ok)
		}
	}
	return yes, nil
}

// stuckMost is how many things that break in one tick are told one by one: where more
// do, it is not they that are broken, and the log has them.
const stuckMost = 20

// endStuck ends the alarms of what was stuck and is no longer.
func (s *Service) endStuck(ctx context.Context, p *people) error {
	open, err := s.store.openAlarms(ctx, "stuck")
	if err != nil {
		return err
	}
	for _, a := range open {
		if p.stuck[a.Subject] {
			continue
		}
		if err := s.endAlarm(ctx, "stuck", a.Subject, "raised"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) climbAll(ctx context.Context, l *Law, p *people, now time.Time) (climbed int, err error) {
	var at time.Time
	after := WarningID("")
	for {
		ws, err := s.store.waking(ctx, now, at, after, batchSize)
		if err != nil || len(ws) == 0 {
			return climbed, err
		}
		name := func(i int) string { return string(ws[i].ID) }
		n, err := s.each(ctx, p, len(ws), name, func(ctx context.Context, i int) (bool, error) {
			err := s.climb(ctx, l, p, ws[i])
			fault.Wrap(&err, "warning %s", ws[i].ID)
			return err == nil, err
		})
		if err != nil {
			return climbed, err
		}
		climbed += n
		at, after = ws[len(ws)-1].Wake, ws[len(ws)-1].ID
	}
}

// alarm says that something is wrong with the watch itself: once while it lasts, to
// the administrators and to the log. One alarm does not hide another of its kind that
// has another subject.
func (s *Service) alarm(ctx context.Context, kind, subject, note string) error {
	if lasts, err := s.lasts(ctx, kind, subject); err != nil || lasts {
		return err
	}
	s.Log.ErrorContext(ctx, "deadline watch", "alarm", kind, "note", note)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.addAlarm(ctx, Alarm{ID: string(id.New[Alarm]()), Kind: kind, Subject: subject, Since: s.now(), Note: note}); err != nil {
			return err
		}
		admins, err := s.admins(ctx)
		if err != nil {
			return err
		}
		for _, a := range admins {
			if err := s.letter(ctx, a, Letter{Kind: "alarm", Text: alarmText(kind, note), Urgent: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// lasts reports whether an alarm has been given that is not over.
func (s *Service) lasts(ctx context.Context, kind, subject string) (bool, error) {
	open, err := s.store.openAlarms(ctx, kind)
	return slices.ContainsFunc(open, func(a Alarm) bool { return a.Subject == subject }), err
}

func (s *Service) endAlarm(ctx context.Context, kind, subject, remedy string) error {
	n, err := s.store.endAlarm(ctx, kind, subject, s.now(), remedy)
	if n > 0 {
		s.Log.InfoContext(ctx, "deadline watch", "over", kind, "subject", subject, "remedy", remedy)
	}
	return err
}

// alarmText says an alarm to an administrator.
func alarmText(kind, note string) string {
	what := map[string]string{
		"silence": "Bộ theo dõi thời hạn đã ngừng quét. Hãy kiểm tra dịch vụ và hàng đợi công việc.",
		"clock":   "Đồng hồ máy chủ sai lệch. Hãy đồng bộ giờ (NTP).",
		"channel": "Không gửi được cảnh báo qua kênh đã chọn. Hãy kiểm tra máy chủ thư hoặc địa chỉ nhận.",
		"stuck":   "Có cảnh báo không phát được vì lỗi phần mềm. Hãy báo người phụ trách phần mềm kèm nội dung lỗi.",
		"nobody":  "Có cảnh báo không tìm được người nhận. Hãy kiểm tra phân công và lãnh đạo đơn vị.",
		"night":   "Tính lại ban đêm thấy số liệu lưu khác kết quả tính. Đã sửa; hãy báo người phụ trách phần mềm.",
	}[kind]
	return what + " (" + note + ")"
}

// admins are those who look after the machines.
func (s *Service) admins(ctx context.Context) (out []org.StaffID, err error) {
	ps, err := s.org.Staff(watcher(ctx), org.StaffFilter{Role: org.SysAdmin, Only: "active", Req: page.Req{Limit: 100}})
	for _, p := range ps.Items {
		out = append(out, p.ID)
	}
	return out, err
}

// Watch looks whether the watch is awake, until ctx is done. It is no job: it must
// notice when jobs stand still.
func (s *Service) Watch(ctx context.Context) {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	w := sentinel{s: s, began: s.now()}
	if err := s.begin(ctx); err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "deadline watch", "error", err)
	}
	for {
		if err := w.look(ctx, watchEvery); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "deadline watch", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// begin has everything computed where it never was: the cases of before this module.
func (s *Service) begin(ctx context.Context) error {
	n, err := s.store.lastNight(ctx)
	if err != nil || n.ID != "" {
		return err
	}
	return s.Jobs.PutUnique(ctx, nightJob, "first", struct{}{})
}

const watchEvery = 30 * time.Second

// sentinel is the watchdog.
type sentinel struct {
	s           *Service
	began, last time.Time
}

// look looks once; elapsed is how long the last look was ago by a clock nobody can set.
func (w *sentinel) look(ctx context.Context, elapsed time.Duration) error {
	s, now := w.s, w.s.now()
	if !w.last.IsZero() {
		if jump := now.Sub(w.last) - elapsed; jump > s.Policy.Skew || jump < -s.Policy.Skew {
			if err := s.alarm(ctx, "clock", "", fmt.Sprintf("machine jumped by %s", jump.Truncate(time.Second))); err != nil {
				return err
			}
			w.began = now // silence is counted anew
		}
	}
	w.last = now
	last, err := s.store.lastTick(ctx)
	if err != nil {
		return err
	}
	since := w.began
	if last.done != nil && last.done.After(since) {
		since = *last.done
	}
	if silent := now.Sub(since); silent > s.Policy.Silence {
		return w.silence(ctx, silent)
	}
	if s.Ping != nil && last.done != nil && now.Sub(*last.done) <= s.Policy.Silence {
		if err := s.Ping(ctx); err != nil {
			s.Log.WarnContext(ctx, "heartbeat not heard outside", "error", err)
		}
	}
	return nil
}

// silence alarms, and mails by itself: the jobs that send may be what stands still.
func (w *sentinel) silence(ctx context.Context, silent time.Duration) error {
	s := w.s
	if lasts, err := s.lasts(ctx, "silence", ""); err != nil || lasts {
		return err
	}
	note := fmt.Sprintf("no tick for %s", silent.Truncate(time.Second))
	if err := s.alarm(ctx, "silence", "", note); err != nil {
		return err
	}
	admins, err := s.admins(ctx)
	if err != nil {
		return err
	}
	for _, a := range admins {
		c, err := s.store.settings(ctx, a)
		if err != nil {
			return err
		}
		if !s.has(c, "mail") {
			continue
		}
		m := Message{To: c.Mail, ID: string(id.New[Message]()), Subject: alarmText("silence", note), At: s.now(), Urgent: true,
			Lines: []Line{{Text: alarmText("silence", note), Link: s.Base + "/operation"}}}
		out, cancel := context.WithTimeout(ctx, sendTimeout)
		if err := s.Mail.Send(out, m); err != nil {
			s.Log.ErrorContext(ctx, "alarm not mailed", "error", err)
		}
		cancel()
	}
	return nil
}

// Heartbeat is what an outside monitor may know: whether the watch is awake.
func (s *Service) Heartbeat(ctx context.Context) (h Health, err error) {
	defer fault.Wrap(&err, "heartbeat")
	last, err := s.store.lastTick(ctx)
	if err != nil {
		return h, err
	}
	now := s.now()
	h.At = now
	if last.done != nil {
		h.LastTick = *last.done
		h.Silent = int(now.Sub(*last.done) / time.Second)
	}
	alarms, err := s.store.alarms(ctx, now.Add(-7*24*time.Hour))
	if err != nil {
		return h, err
	}
	h.Alarms = alarms
	h.OK = last.done != nil && now.Sub(*last.done) <= s.Policy.Silence
	for _, a := range alarms {
		if a.Until == nil && (a.Kind == "silence" || a.Kind == "clock") {
			h.OK = false
		}
	}
	return h, nil
}

// Health is how the watch itself stands, for administrators: no content of cases.
func (s *Service) Health(ctx context.Context) (h Health, err error) {
	defer fault.Wrap(&err, "health")
	if err := auth.Require(ctx, MayManage); err != nil {
		return h, err
	}
	if h, err = s.Heartbeat(ctx); err != nil {
		return h, err
	}
	week := h.At.Add(-7 * 24 * time.Hour)
	if h.Gaps, err = s.store.gaps(ctx, week); err != nil {
		return h, err
	}
	if h.Waiting, h.Failing, err = s.store.deliveryCounts(ctx, h.At.Add(-24*time.Hour)); err != nil {
		return h, err
	}
	if h.Open, err = s.store.openCount(ctx); err != nil {
		return h, err
	}
	if h.Night, err = s.store.lastNight(ctx); err != nil {
		return h, err
	}
	h.Difference, err = s.store.differences(ctx, h.Night.ID, 100)
	return h, err
}

func (s *Service) tickWork(ctx context.Context, _ *job.Run, _ json.RawMessage) error {
	return s.Tick(ctx)
}
