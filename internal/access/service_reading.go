package access

import (
	"context"
	"errors"
	"maps"
	"slices"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// Register enters a written request to read. The answer is due some days after the
// paper came in.
func (s *Service) Register(ctx context.Context, in NewReading) (r Reading, err error) {
	defer fault.Wrap(&err, "register a reading")
	if err := auth.Require(ctx, MayHost); err != nil {
		return r, err
	}
	who, today := auth.From(ctx), civil.On(s.now())
	in, err = s.tidyReading(in, today)
	if err != nil {
		return r, err
	}
	o, title, err := s.ownCase(ctx, in.Case)
	if err != nil {
		return r, err
	}
	r = Reading{ID: id.New[Reading](), Office: who.Office, path: o.Path, Case: o.Case, Title: title, Reader: in.Reader, Capacity: in.Capacity, Paper: in.Paper, Kinds: in.Kinds,
		Facility: in.Facility, Handed: in.Handed, State: Forwarding, Registered: org.StaffID(who.ID), Registrar: who.Name, Made: s.now()}
	if in.Facility != "" {
		r.ForwardDue = in.Handed.Add(s.rules.Reading.Forward)
	}
	if in.Received != "" {
		s.receive(&r, in.Received)
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) (err error) {
		if r.Number, err = s.store.number(ctx, r.Office, "DTL", today.Year()); err != nil {
			return err
		}
		if err := s.store.insertReading(ctx, r); err != nil {
			return err
		}
		if err := s.mustRead(ctx, r, ""); err != nil {
			return err
		}
		return s.noteReading(ctx, r, "access.reading", map[string]string{"to": r.Reader, "reason": r.Kinds, "facility": r.Facility, "handed": string(r.Handed)})
	})
	return r, err
}

func (s *Service) tidyReading(in NewReading, today civil.Date) (NewReading, error) {
	in.Case, in.Reader, in.Paper, in.Facility = vn.Clean(in.Case), vn.Clean(in.Reader), vn.Clean(in.Paper), vn.Clean(in.Facility)
	if in.Received == "" && in.Facility == "" {
		in.Received = today
	}
	var c fault.Check
	c.Need(in.Case != "", "case", "Hãy ghi số vụ án hoặc mã hồ sơ điện tử.")
	c.Need(in.Reader != "", "reader", "Hãy ghi họ và tên người yêu cầu.")
	c.Need(slices.Contains(Capacities, in.Capacity), "capacity", "Hãy chọn tư cách của người yêu cầu.")
	c.Need(in.Paper != "", "paper", "Hãy ghi giấy tờ đã kiểm tra (thẻ căn cước, văn bản thông báo người bào chữa).")
	c.Need(in.Kinds != "", "kinds", "Hãy ghi tài liệu được yêu cầu.")
	if in.Received != "" {
		c.Need(past(in.Received, today), "received", "Ngày nhận văn bản không được sau hôm nay.")
	}
	if in.Facility == "" {
		in.Handed = ""
		return in, c.Err(ErrReading)
	}
	c.Need(in.Capacity == Accused, "facility", "Chỉ bị can đang bị giam, giữ gửi yêu cầu qua nơi giam giữ.")
	c.Need(past(in.Handed, today), "handed", "Hãy ghi ngày bị can gửi yêu cầu tại nơi giam giữ, không sau hôm nay.")
	c.Need(in.Received == "" || in.Received >= in.Handed, "received", "Ngày nhận văn bản không được trước ngày bị can gửi.")
	return in, c.Err(ErrReading)
}

// past reports whether d is a day, and not after today.
func past(d, today civil.Date) bool {
	_, err := civil.Parse(string(d))
	return err == nil && d <= today
}

// receive says that the paper of r came in: from that day the answer is due.
func (s *Service) receive(r *Reading, on civil.Date) {
	r.State, r.Received, r.Due = Received, on, on.Add(s.rules.Reading.Answer)
}

// Arrive says when the request of a detained person came in from where they are held.
func (s *Service) Arrive(ctx context.Context, rid ReadingID, on civil.Date) (v ReadingView, err error) {
	defer fault.Wrap(&err, "reading %s came in", rid)
	if err := auth.Require(ctx, MayHost); err != nil {
		return v, err
	}
	return s.readingStep(ctx, rid, func(ctx context.Context, v *ReadingView) error {
		if v.State != Forwarding {
			return ErrState
		}
		var c fault.Check
		c.Need(past(on, civil.On(s.now())) && on >= v.Handed, "received", "Ngày nhận văn bản không được sau hôm nay, không trước ngày bị can gửi.")
		if err := c.Err(ErrReading); err != nil {
			return err
		}
		s.receive(&v.Reading, on)
		if err := s.mustRead(ctx, v.Reading, ""); err != nil {
			return err
		}
		return s.noteReading(ctx, v.Reading, "access.reading-arrive", map[string]string{"to": v.Reader, "facility": v.Facility, "received": string(on)})
	})
}

// ownCase returns a case of the asker's office that they may read: whoever brings
// papers before others must be able to open them.
func (s *Service) ownCase(ctx context.Context, key string) (o policy.Object, title string, err error) {
	o, title, seen, err := s.find(ctx, key)
	if err == nil && (!seen || owner(o.Path) != auth.From(ctx).Office) {
		err = ErrNoCase
	}
	if err != nil {
		return o, "", err
	}
	a, err := s.Decide(ctx, o, policy.Read)
	if err == nil && !a.Allow {
		err = auth.ErrMay
	}
	return o, title, err
}

func (s *Service) noteReading(ctx context.Context, r Reading, verb string, more map[string]string) error {
	more["number"] = r.Number
	maps.DeleteFunc(more, func(_, v string) bool { return v == "" })
	return s.journal.Note(ctx, seal.Entry{Verb: verb, Object: "reading/" + string(r.ID), Case: r.Case, Owner: r.path, More: more})
}

// Readings returns the readings of the asker's office.
func (s *Service) Readings(ctx context.Context, f ReadingFilter) (out page.Of[Reading], err error) {
	defer fault.Wrap(&err, "list readings")
	if err := mayReadings(ctx); err != nil {
		return out, err
	}
	rows, err := s.store.readings(ctx, auth.From(ctx).Office, f)
	return page.Cut(rows, f.Req, func(r Reading) string { return string(r.ID) }), err
}

// mayReadings is for those who host readings and those who decide on them.
func mayReadings(ctx context.Context) error {
	if auth.From(ctx).May(MayDecide) {
		return nil
	}
	return auth.Require(ctx, MayHost)
}

// Reading returns one reading of the asker's office, of a case they may read.
func (s *Service) Reading(ctx context.Context, rid ReadingID) (v ReadingView, err error) {
	defer fault.Wrap(&err, "get reading %s", rid)
	if err := mayReadings(ctx); err != nil {
		return v, err
	}
	r, err := s.store.reading(ctx, rid)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoReading
	}
	if err != nil {
		return v, err
	}
	return s.readingView(ctx, r)
}

func (s *Service) readingView(ctx context.Context, r Reading) (v ReadingView, err error) {
	a := auth.From(ctx)
	if r.Office != a.Office {
		return v, ErrNoReading
	}
	if _, _, err := s.ownCase(ctx, r.Case); err != nil {
		return v, ErrNoReading
	}
	v = ReadingView{Reading: r, Now: s.now()}
	if v.Sessions, err = s.store.sessions(ctx, r.ID); err != nil {
		return v, err
	}
	v.Decide = r.State == Received && a.May(MayDecide)
	v.Arrive = r.State == Forwarding && a.May(MayHost)
	running := slices.ContainsFunc(v.Sessions, func(x Session) bool { return x.Running(v.Now) })
	v.Begin = r.State == Allowed && a.May(MayHost) && !running
	if s.shelf == nil {
		return v, nil
	}
	all, err := s.shelf.Documents(ctx, r.Case)
	if err != nil {
		return v, err
	}
	if v.Decide {
		v.Choice = all
	}
	if r.Whole {
		v.Documents = all
	}
	placed(v.Documents, all)
	return v, nil
}

// placed gives documents the titles and places that they have now.
func placed(ds, all []Document) {
	for i, d := range ds {
		if at := slices.IndexFunc(all, func(x Document) bool { return x.ID == d.ID }); at >= 0 {
			ds[i] = all[at]
		}
	}
}

// Laid returns what may be read in a sitting that runs: the reader of files shows these
// documents on the supervisor's screen, and no other.
func (s *Service) Laid(ctx context.Context, sid SessionID) ([]Document, error) {
	v, err := s.Sitting(ctx, sid)
	if err == nil && !v.Running(v.Now) {
		err = ErrOver
	}
	return v.Of.Documents, err
}

// readingStep does f to a reading, alone.
func (s *Service) readingStep(ctx context.Context, rid ReadingID, f func(context.Context, *ReadingView) error) (v ReadingView, err error) {
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.lockReading(ctx, rid)
		if errors.Is(err, db.ErrNone) {
			err = ErrNoReading
		}
		if err != nil {
			return err
		}
		if v, err = s.readingView(ctx, r); err != nil {
			return err
		}
		if err := f(ctx, &v); err != nil {
			return err
		}
		if err := s.store.saveReading(ctx, v.Reading); err != nil {
			return err
		}
		if r, err = s.store.reading(ctx, rid); err != nil {
			return err
		}
		v, err = s.readingView(ctx, r)
		return err
	})
	return v, err
}

// Answer allows or refuses a reading; a refusal says why.
func (s *Service) Answer(ctx context.Context, rid ReadingID, d Decision) (v ReadingView, err error) {
	defer fault.Wrap(&err, "answer reading %s", rid)
	if err := auth.Require(ctx, MayDecide); err != nil {
		return v, err
	}
	d.Reason = vn.Clean(d.Reason)
	return s.readingStep(ctx, rid, func(ctx context.Context, v *ReadingView) error {
		if v.State != Received {
			return ErrState
		}
		var c fault.Check
		c.Need(d.Approve || d.Reason != "", "reason", "Hãy ghi lý do từ chối.")
		var parts []Document
		if d.Approve && !d.Whole {
			var err error
			if parts, err = s.choose(ctx, v.Case, d.Documents); err != nil {
				return err
			}
			c.Need(len(parts) > 0, "document", "Hãy chọn tài liệu được mở, hoặc chọn cả hồ sơ.")
		}
		if err := c.Err(ErrDecide); err != nil {
			return err
		}
		a := auth.From(ctx)
		v.Decider, v.DeciderName, v.Decided, v.Reason, v.Whole = org.StaffID(a.ID), a.Name, s.now(), d.Reason, d.Approve && d.Whole
		verb := "access.reading-refuse"
		if v.State = Denied; d.Approve {
			v.State, verb = Allowed, "access.reading-allow"
		}
		if err := s.store.readingDocuments(ctx, v.ID, parts); err != nil {
			return err
		}
		return s.noteReading(ctx, v.Reading, verb, map[string]string{"to": v.Reader, "reason": d.Reason, "documents": ids(parts)})
	})
}

// Begin begins a sitting: two a day at most, each for as long as the law allows, with a
// supervisor.
func (s *Service) Begin(ctx context.Context, rid ReadingID, in NewSession) (x Session, err error) {
	defer fault.Wrap(&err, "begin a session of reading %s", rid)
	if err := auth.Require(ctx, MayHost); err != nil {
		return x, err
	}
	a, now := auth.From(ctx), s.now()
	guard := org.Staff{ID: org.StaffID(a.ID), Name: a.Name}
	if in.Supervisor != "" && string(in.Supervisor) != a.ID {
		if guard, err = s.colleague(ctx, in.Supervisor, "supervisor", ErrReading); err != nil {
			return x, err
		}
	}
	in.Place = vn.Clean(in.Place)
	var c fault.Check
	c.Need(in.Place != "", "place", "Hãy ghi nơi đọc tài liệu.")
	if err := c.Err(ErrReading); err != nil {
		return x, err
	}
	_, err = s.readingStep(ctx, rid, func(ctx context.Context, v *ReadingView) error {
		switch {
		case v.State != Allowed:
			return ErrState
		case !v.Begin:
			return ErrRunning
		}
		day := civil.On(now)
		n, err := s.store.sittings(ctx, v.Reading, day)
		if err != nil {
			return err
		}
		if n >= s.rules.Reading.Sessions {
			return ErrToday
		}
		x = Session{ID: id.New[Session](), Reading: rid, Day: day, N: n + 1, Place: in.Place, Supervisor: guard.ID, Name: guard.Name, Begun: now, Until: now.Add(s.rules.Reading.Session)}
		if err := s.store.insertSession(ctx, x); err != nil {
			return err
		}
		return s.noteReading(ctx, v.Reading, "access.session-begin", map[string]string{"to": v.Reader, "supervisor": string(guard.ID), "session": string(x.ID)})
	})
	return x, err
}

// Sitting returns a sitting with what may be read in it: once it is over, nothing.
func (s *Service) Sitting(ctx context.Context, sid SessionID) (v SessionView, err error) {
	defer fault.Wrap(&err, "get session %s", sid)
	x, err := s.store.session(ctx, sid)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoReading
	}
	if err != nil {
		return v, err
	}
	of, err := s.Reading(ctx, x.Reading)
	if err != nil {
		return v, err
	}
	return SessionView{Session: x, Of: of.Reading, Now: of.Now}, nil
}

// Finish ends a sitting with its minutes; one that ran out of time ended then. last
// says that the reader is done with everything.
func (s *Service) Finish(ctx context.Context, sid SessionID, minutes string, last bool) (v SessionView, err error) {
	defer fault.Wrap(&err, "finish session %s", sid)
	if err := auth.Require(ctx, MayHost); err != nil {
		return v, err
	}
	if v, err = s.Sitting(ctx, sid); err != nil {
		return v, err
	}
	var c fault.Check
	c.Need(minutes != "", "minutes", "Hãy ghi nội dung biên bản: tài liệu đã đọc, yêu cầu, ý kiến của người đọc.")
	if err := c.Err(ErrReading); err != nil {
		return v, err
	}
	_, err = s.readingStep(ctx, v.Reading, func(ctx context.Context, r *ReadingView) error {
		x, err := s.store.session(ctx, sid)
		if err != nil {
			return err
		}
		if !x.Ended.IsZero() {
			return ErrOver
		}
		at := s.now()
		if at.After(x.Until) {
			at = x.Until
		}
		if err := s.store.endSession(ctx, sid, at, minutes); err != nil {
			return err
		}
		if last {
			r.State = Finished
		}
		return s.noteReading(ctx, r.Reading, "access.session-end", map[string]string{"to": r.Reader, "session": string(sid)})
	})
	if err != nil {
		return v, err
	}
	return s.Sitting(ctx, sid)
}
