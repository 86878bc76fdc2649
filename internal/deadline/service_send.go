package deadline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/org"
)

const sendJob = "deadline.send"

// order is which channel is tried first. Everybody has the box; these wake people up.
var order = []string{"mail", "hook"}

// has reports whether a person can be reached by a channel.
func (s *Service) has(c channels, channel string) bool {
	switch channel {
	case "mail":
		return s.Mail != nil && c.MailOn && c.Mail != ""
	case "hook":
		return s.Hook != nil && c.HookOn && c.Hook != ""
	}
	return false
}

// queue puts a warning into the message to a person: the one that waits already, so
// that many warnings at once are one message. after is the channel that failed, ""
// for none. Call it in a transaction.
func (s *Service) queue(ctx context.Context, who org.StaffID, w WarningID, urgent bool, after string) error {
	_, err := s.queued(ctx, who, []string{string(w)}, urgent, after)
	return err
}

// queued is queue for many; it reports whether there was a channel left.
func (s *Service) queued(ctx context.Context, who org.StaffID, ws []string, urgent bool, after string) (bool, error) {
	c, err := s.store.settings(ctx, who)
	if err != nil {
		return false, err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return false, err
	}
	past := after == ""
	for _, channel := range order {
		if !past {
			past = channel == after
			continue
		}
		if !s.has(c, channel) {
			continue
		}
		try := s.Policy.quiet(s.now(), urgent, l.off)
		d, err := s.store.waitingFor(ctx, who, channel)
		switch {
		case errors.Is(err, db.ErrNone):
			d = delivery{id: string(id.New[delivery]()), staff: who, channel: channel, try: try, made: s.now()}
		case err != nil:
			return false, err
		}
		d.warnings = append(d.warnings, ws...)
		d.urgent = d.urgent || urgent
		if try.Before(d.try) {
			d.try = try
		}
		return true, s.store.putDelivery(ctx, d)
	}
	return false, nil
}

// send sends what is due, urgent messages first. It reaches outside, so it runs in no
// transaction.
func (s *Service) send(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "send warnings")
	for {
		ds, err := s.store.dueDeliveries(ctx, s.now(), 50)
		if err != nil || len(ds) == 0 {
			return err
		}
		for _, d := range ds {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.deliver(ctx, d); err != nil {
				return err
			}
		}
	}
}

// deliver sends one message and writes down what became of it.
func (s *Service) deliver(ctx context.Context, d delivery) error {
	d, err := s.store.beginDelivery(ctx, d.id, d.attempts)
	if errors.Is(err, db.ErrNone) {
		return nil // another process has it
	}
	if err != nil {
		return err
	}
	ws, err := s.store.lines(ctx, d.warnings)
	if err != nil {
		return err
	}
	if len(ws) == 0 { // everything in it was answered meanwhile
		return s.store.settleDelivery(ctx, d.id, "sent", s.now(), "nothing left to say")
	}
	c, err := s.store.settings(ctx, d.staff)
	if err != nil {
		return err
	}
	sent := errors.New("switched off")
	if s.has(c, d.channel) {
		m, err := s.compose(ctx, d, ws, c)
		if err != nil {
			return err
		}
		sender := s.Mail
		if d.channel == "hook" {
			sender = s.Hook
		}
		out, cancel := context.WithTimeout(ctx, sendTimeout)
		sent = sender.Send(out, m)
		cancel()
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error { return s.delivered(ctx, d, ws, sent) })
}

const sendTimeout = 30 * time.Second

func (s *Service) delivered(ctx context.Context, d delivery, ws []warned, sent error) error {
	step := StepRow{Step: Deliver, By: "deadline", Staff: d.staff, Channel: d.channel}
	if sent != nil {
		step.Step, step.Note = Bounce, sent.Error()
		if len(step.Note) > 300 {
			step.Note = step.Note[:300]
		}
	}
	for i := range ws {
		w, err := s.store.warning(ctx, ws[i].ID)
		if err != nil {
			return err
		}
		if err := s.step(ctx, &w, step, ""); err != nil && !errors.Is(err, ErrStep) {
			return err
		}
	}
	if sent == nil {
		if err := s.endAlarm(ctx, "channel", d.channel, d.channel+" works again"); err != nil {
			return err
		}
		return s.store.settleDelivery(ctx, d.id, "sent", s.now(), "")
	}
	s.Log.WarnContext(ctx, "warning not sent", "channel", d.channel, "attempts", d.attempts, "error", sent)
	ids := d.warnings
	if d.urgent && d.attempts == 1 || d.attempts > len(s.Policy.Retry) {
		// What is urgent does not wait for a channel that may come back.
		another, err := s.queued(ctx, d.staff, ids, d.urgent, d.channel)
		if err != nil {
			return err
		}
		if !another {
			if err := s.unreachable(ctx, d, ws, sent); err != nil {
				return err
			}
		}
	}
	if d.attempts > len(s.Policy.Retry) {
		return s.store.settleDelivery(ctx, d.id, "failed", s.now(), step.Note)
	}
	return s.store.settleDelivery(ctx, d.id, "waiting", s.now().Add(s.Policy.Retry[d.attempts-1]), step.Note)
}

// unreachable is when no channel is left: whoever stands above is told why.
func (s *Service) unreachable(ctx context.Context, d delivery, ws []warned, why error) error {
	l, err := s.laws(ctx)
	if err != nil {
		return err
	}
	p, err := s.people(ctx)
	if err != nil {
		return err
	}
	for i := range ws {
		w, err := s.store.warning(ctx, ws[i].ID)
		if err != nil {
			return err
		}
		if w.Staff != d.staff { // it has climbed already
			continue
		}
		if err := s.climb(ctx, l, p, w); err != nil && !errors.Is(err, ErrStep) {
			return err
		}
	}
	return s.alarm(ctx, "channel", d.channel, fmt.Sprintf("%s: %v", d.channel, why))
}

// compose writes a message: number, rule, end and link, and nothing else of the case.
func (s *Service) compose(ctx context.Context, d delivery, ws []warned, c channels) (Message, error) {
	l, err := s.laws(ctx)
	if err != nil {
		return Message{}, err
	}
	m := Message{ID: d.id, At: d.made, Urgent: d.urgent, To: c.Mail}
	if d.channel == "hook" {
		if m.Secret, err = s.Vault.Open(hookOf(d.staff), c.Secret); err != nil {
			return m, err
		}
		m.To = c.Hook
	}
	for _, w := range ws {
		title := w.rule
		if r, ok := l.Pack.Rule(w.rule, day(w.start)); ok {
			title = r.Title
		}
		m.Lines = append(m.Lines, Line{Number: w.number, Rule: w.rule, Title: title, Kind: w.Kind, Due: w.nominal,
			Link: s.Base + "/cases/" + string(w.Case),
			Text: fmt.Sprintf("%s: vụ %s, %s (%s), %s", w.Kind.VN(), w.number, title, w.rule, ending(w.start, w.nominal))})
	}
	m.Subject = m.Lines[0].Text
	if len(m.Lines) > 1 {
		m.Subject = fmt.Sprintf("%d cảnh báo thời hạn; gấp nhất: vụ %s, %s", len(m.Lines), m.Lines[0].Number, m.Lines[0].Rule)
	}
	return m, nil
}

// sendSoon makes what waits go out.
func (s *Service) sendSoon(ctx context.Context) error {
	return s.Jobs.PutUnique(ctx, sendJob, "send", struct{}{}, job.Priority(10))
}

func (s *Service) sendWork(ctx context.Context, _ *job.Run, _ json.RawMessage) error {
	return s.send(ctx)
}
