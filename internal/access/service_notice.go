package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

// Notice is heard when somebody must act, or must know at once. The module that keeps
// the boxes of people is above this one.
var Notice = event.Define[NoticeV1]("access.notice")

// NoticeV1 is what is told, to whom.
type NoticeV1 struct {
	To     []org.StaffID `json:"to"`
	Text   string        `json:"text"` // Vietnamese
	Case   string        `json:"case"` // "" if whoever hears of it may not know the case
	Href   string        `json:"href"` // where one acts
	Urgent bool          `json:"urgent"`
}

// itself is who acts where no person does.
func itself(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Actor{ID: program, Name: program, Verbs: []auth.Verb{org.MaySelf}})
}

// leaders are those of an office who decide here: about a case, without whoever is kept
// out of it; and without not.
func (s *Service) leaders(ctx context.Context, o auth.Office, about string, not ...org.StaffID) (out []org.StaffID, err error) {
	people, err := s.people.Colleagues(itself(ctx), o)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if slices.Contains(not, p.ID) || !slices.ContainsFunc(p.Roles, decides) {
			continue
		}
		kept, err := s.store.recused(ctx, string(p.ID))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(kept, about) {
			out = append(out, p.ID)
		}
	}
	return out, nil
}

func decides(r org.Role) bool { return slices.Contains(org.Rights()[r].Own, MayDecide) }

func (s *Service) tell(ctx context.Context, n NoticeV1) error {
	if len(n.To) == 0 {
		return nil
	}
	return Notice.Emit(ctx, s.bus, n)
}

// mustAct tells whoever must act on r now; how says why it is said: "", "soon" or "late".
func (s *Service) mustAct(ctx context.Context, r Request, how string) error {
	to, err := s.leaders(ctx, r.Owner, r.Case, r.Requester, r.Beneficiary, r.Approver)
	if err != nil {
		return err
	}
	if offices := auth.Offices(r.path); r.State == Approved && len(offices) > 1 {
		more, err := s.leaders(ctx, offices[len(offices)-2], r.Case, r.Requester, r.Beneficiary, r.Approver)
		if err != nil {
			return err
		}
		to = append(to, more...)
	}
	n := NoticeV1{To: to, Case: r.Case, Href: path(r.ID, ""), Urgent: how == "late"}
	switch {
	case r.Kind == Urgent && how == "":
		n.Urgent = true
		n.Text = fmt.Sprintf("%s (%s) vừa mở khẩn cấp hồ sơ %s. Lý do: %s. Hãy xem xét trước %s.", r.RequesterName, s.people.OfficeName(ctx, r.Office), r.Title, r.Purpose, when(r.Due))
	case r.Kind == Urgent:
		n.Text = fmt.Sprintf("Việc mở khẩn cấp %s (hồ sơ %s) chờ bạn xem xét, %s.", r.Number, r.Title, dueText(how, when(r.Due)))
	case r.State == Approved:
		n.Text = fmt.Sprintf("Phiếu khai thác %s (hồ sơ %s) chờ bạn duyệt lần hai, %s.", r.Number, r.Title, dueText(how, when(r.Due)))
	default:
		n.Text = fmt.Sprintf("Phiếu khai thác %s (hồ sơ %s) chờ bạn quyết định, %s.", r.Number, r.Title, dueText(how, when(r.Due)))
	}
	return s.tell(ctx, n)
}

func dueText(how, by string) string {
	if how == "late" {
		return "đã quá hạn " + by
	}
	return "trước " + by
}

// decided tells who asked what became of it.
func (s *Service) decided(ctx context.Context, r Request) error {
	to := []org.StaffID{r.Requester}
	if r.Beneficiary != r.Requester {
		to = append(to, r.Beneficiary)
	}
	text := fmt.Sprintf("Phiếu khai thác %s (hồ sơ số %s) được đồng ý, mở đến %s.", r.Number, r.Key, when(r.To))
	if r.State == Refused {
		text = fmt.Sprintf("Phiếu khai thác %s (hồ sơ số %s) bị từ chối: %s", r.Number, r.Key, r.Reason)
	}
	return s.tell(ctx, NoticeV1{To: to, Href: path(r.ID, ""), Text: text})
}

// mustRead tells whoever must act on a written request to read.
func (s *Service) mustRead(ctx context.Context, r Reading, how string) error {
	to, err := s.leaders(ctx, r.Office, r.Case)
	if err != nil {
		return err
	}
	n := NoticeV1{To: to, Case: r.Case, Href: readingPath(r.ID, ""), Urgent: how == "late"}
	if _, by := r.next(); r.State == Forwarding {
		if !slices.Contains(to, r.Registered) {
			n.To = append(n.To, r.Registered)
		}
		n.Text = fmt.Sprintf("Yêu cầu đọc tài liệu %s của %s: %s phải chuyển văn bản, %s.", r.Number, r.Reader, r.Facility, dueText(how, "hết ngày "+by.VN()))
	} else {
		n.Text = fmt.Sprintf("Yêu cầu đọc tài liệu %s của %s (hồ sơ %s) chờ bạn trả lời, %s.", r.Number, r.Reader, r.Title, dueText(how, "hết ngày "+by.VN()))
	}
	return s.tell(ctx, n)
}

// Remind tells once of everything that is soon due, and once more of what is late.
func (s *Service) Remind(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "remind of what waits")
	now := s.now()
	for _, x := range []struct {
		how      string
		from, to time.Time
	}{{"late", time.Time{}, now}, {"soon", now, now.Add(s.rules.Notice.Soon)}} {
		rs, err := s.store.dueRequests(ctx, x.how, x.from, x.to)
		if err != nil {
			return err
		}
		for _, r := range rs {
			if err := s.once(ctx, string(r.ID), x.how, r.Due, func(ctx context.Context) error { return s.mustAct(ctx, r, x.how) }); err != nil {
				return err
			}
		}
		var first civil.Date // a day is over when the next begins
		if !x.from.IsZero() {
			first = civil.On(x.from)
		}
		rds, err := s.store.dueReadings(ctx, first, civil.On(x.to))
		if err != nil {
			return err
		}
		for _, r := range rds {
			_, by := r.next()
			if err := s.once(ctx, string(r.ID), x.how, by.Start(), func(ctx context.Context) error { return s.mustRead(ctx, r, x.how) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// once does f if it was not done yet for this due time.
func (s *Service) once(ctx context.Context, object, how string, due time.Time, f func(context.Context) error) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.reminded(ctx, object, how, due)
		if err != nil || n == 0 {
			return err
		}
		return f(ctx)
	})
}
