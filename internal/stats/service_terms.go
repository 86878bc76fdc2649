package stats

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"congminh/internal/access"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// State is how far a form of an office and a period has come.
type State string

// The states.
const (
	Waits    State = "waits"    // the period is not over
	Open     State = "open"     // to be closed
	Overdue  State = "overdue"  // to be closed, and its term is over
	Closed   State = "closed"   // closed, not signed by everybody
	Complete State = "complete" // closed and signed by every side
)

// VN names s for a person.
func (s State) VN() string {
	switch s {
	case Waits:
		return "Kỳ chưa kết thúc"
	case Open:
		return "Chưa chốt"
	case Overdue:
		return "Quá hạn chốt"
	case Closed:
		return "Đã chốt, chưa ký đủ"
	case Complete:
		return "Đã ký đủ"
	}
	return string(s)
}

// FormState is a form with what became of it.
type FormState struct {
	Form  *form.Ready
	Last  *Closing
	Due   civil.Date
	State State
}

// meant reports whether f is made for periods of a kind.
func meant(f *form.Ready, k period.Kind) bool {
	return len(f.Periods) == 0 || slices.Contains(f.Periods, k)
}

// States returns the forms made for periods of the kind of p, with what became of each
// at an office.
func (s *Service) States(ctx context.Context, office auth.Office, p period.Period) (out []FormState, err error) {
	defer fault.Wrap(&err, "states of forms, %s", p)
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return nil, err
	}
	fs, err := s.FormList(ctx, p.To)
	if err != nil {
		return nil, err
	}
	for _, f := range fs {
		if !meant(f, p.Kind) {
			continue
		}
		last, err := s.last(ctx, f.ID, o.ID, p)
		if err != nil {
			return nil, err
		}
		x := FormState{Form: f, Last: last, Due: s.due(ctx, f, o.Level, p)}
		x.State = s.state(x, p)
		out = append(out, x)
	}
	return out, nil
}

func (s *Service) state(x FormState, p period.Period) State {
	switch today := s.today(); {
	case x.Last != nil && x.Last.Complete(x.Form):
		return Complete
	case x.Last != nil:
		return Closed
	case today <= p.To:
		return Waits
	case x.Due != "" && today > x.Due:
		return Overdue
	}
	return Open
}

// itself is who acts where no person does.
func itself(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Actor{ID: "stats", Name: "stats", Verbs: []auth.Verb{org.MaySelf}})
}

// keepers are those who keep the statistics of an office; where there are none, whoever
// may close them.
func (s *Service) keepers(ctx context.Context, o auth.Office) (out []org.StaffID, err error) {
	people, err := s.org.Colleagues(itself(ctx), o)
	if err != nil {
		return nil, err
	}
	closes := func(r org.Role) bool { return slices.Contains(org.Rights()[r].Own, MayClose) }
	for _, only := range []func(org.Role) bool{func(r org.Role) bool { return r == org.Statistician }, closes} {
		for _, x := range people {
			if slices.ContainsFunc(x.Roles, only) {
				out = append(out, x.ID)
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out, nil
}

// remindOnce puts a letter into the boxes of those who keep the statistics of an office,
// if it was not said yet. It returns how many people hear of it.
func (s *Service) remindOnce(ctx context.Context, o auth.Office, p period.Period, how, text string, urgent bool) (n int, err error) {
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		fresh, err := s.store.reminded(ctx, o, p.String(), how, s.now())
		if err != nil || fresh == 0 {
			return err
		}
		to, err := s.keepers(ctx, o)
		if err != nil || len(to) == 0 {
			return err
		}
		n = len(to)
		return access.Notice.Emit(ctx, s.bus, access.NoticeV1{To: to, Text: text, Urgent: urgent,
			Href: asked{Office: o, Period: p}.Href("/stats/forms")})
	})
	return n, err
}

// How reminding says no.
var (
	ErrNothingDue = fault.New(fault.Conflict, "stats.nothing-due", "Đơn vị này đã chốt biểu, hoặc kỳ chưa kết thúc, nên không có gì để nhắc.")
	ErrReminded   = fault.New(fault.Conflict, "stats.reminded", "Hôm nay đã nhắc đơn vị này, hoặc đơn vị chưa có cán bộ thống kê để nhắc.")
)

// Remind tells the statisticians of an office below that a form of theirs is waited for,
// at most once a day.
func (s *Service) Remind(ctx context.Context, formID string, office auth.Office, p period.Period) (err error) {
	defer fault.Wrap(&err, "remind %s of form %s", office, formID)
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return err
	}
	above, err := s.org.Office(ctx, o.Parent)
	if err != nil {
		return ErrOffice
	}
	if err := auth.RequireIn(ctx, MayClose, above.Path); err != nil {
		return err
	}
	f, err := s.Form(ctx, formID, p)
	if err != nil {
		return err
	}
	last, err := s.last(ctx, formID, o.ID, p)
	switch {
	case err != nil:
		return err
	case last != nil || s.today() <= p.To:
		return ErrNothingDue
	}
	due := s.due(ctx, f, o.Level, p)
	text := above.Short + " nhắc: " + f.Short + ", " + p.Title() + " chưa chốt."
	if due != "" {
		text += " Hạn chốt: " + due.VN() + "."
	}
	n, err := s.remindOnce(ctx, o.ID, p, formID+" "+string(s.today()), text, due != "" && s.today() > due)
	if err == nil && n == 0 {
		return ErrReminded
	}
	return err
}

// lateFor is how many days an office that has not closed is told of it: an installation
// that begins is not told of years past.
const lateFor = 30

// WatchTerms tells every office that has cases of the forms it has to close by the next
// working day, by today, or had to close before: once each.
func (s *Service) WatchTerms(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "terms of closing")
	today := s.today()
	next := s.Calendar(ctx).AddWorking(today, 1)
	offices, err := s.store.counting(ctx)
	if err != nil {
		return err
	}
	fs, err := s.FormList(ctx, today)
	if err != nil {
		return err
	}
	for _, kind := range period.Kinds {
		if kind == period.Days {
			continue
		}
		p := period.Of(kind, today).Shift(-1)
		closed, err := s.store.closedIn(ctx, p.String())
		if err != nil {
			return err
		}
		for _, o := range offices {
			by := map[string][]string{} // how: names of forms
			for _, f := range fs {
				if !slices.Contains(f.Periods, kind) || closed[string(o.ID)+" "+f.ID] {
					continue
				}
				switch due := s.due(ctx, f, o.Level, p); {
				case due == "" || due > next || due.Add(lateFor) < today:
				case due < today:
					by["late"] = append(by["late"], f.Short)
				case due == today:
					by["today"] = append(by["today"], f.Short)
				default:
					by["soon"] = append(by["soon"], f.Short)
				}
			}
			for how, names := range by {
				text := p.Title() + ": " + termText[how] + " " + strings.Join(names, "; ") + "."
				if _, err := s.remindOnce(ctx, o.ID, p, how, text, how == "late"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

var termText = map[string]string{
	"soon":  "đến hết ngày làm việc tới phải chốt",
	"today": "hôm nay là hạn chốt",
	"late":  "đã quá hạn chốt",
}

// last is the last closing, nil if there is none.
func (s *Service) last(ctx context.Context, formID string, o auth.Office, p period.Period) (*Closing, error) {
	return s.store.lastOrNone(ctx, formID, o, cmp.Or(p.String(), "-"))
}
