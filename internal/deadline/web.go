package deadline

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	s.machine(m)
	m.Menu("Việc của tôi", "/work", MayRead)
	m.Menu("Thời hạn", "/deadlines", MayRead)
	m.Menu("Bộ theo dõi thời hạn", "/system/watch", MayManage)
	m.Flash("deadline.acknowledged", "Đã ghi: bạn đã nhận cảnh báo.")
	m.Flash("deadline.remedied", "Đã ghi: đã khắc phục.")
	m.Flash("deadline.explained", "Đã ghi lý do.")
	m.Flash("deadline.done", "Đã ghi: việc đã làm xong.")
	m.Flash("deadline.end", "Đã lưu hạn nhập bằng tay.")
	m.Flash("deadline.settings", "Đã lưu cách nhận cảnh báo.")
	m.Flash("deadline.calendar-ended", "Đã bỏ địa chỉ lịch. Ai đang dùng nó không xem được nữa.")
	m.Flash("deadline.absence", "Đã ghi vắng mặt.")
	m.Flash("deadline.back", "Đã kết thúc vắng mặt.")
	m.Flash("deadline.mailed", "Máy chủ thư đã nhận thư thử. Hãy kiểm tra hộp thư.")

	m.Handle("GET /static/deadline/", auth.Anyone, assets)
	m.Page("GET /work", MayRead, s.workWeb)
	m.Page("GET /work/live", MayRead, s.workLive)
	m.Page("GET /deadlines", MayRead, s.boardWeb)
	m.Page("GET /deadlines.xlsx", MayRead, s.boardSheet)
	m.Page("GET /deadlines/calendar", MayRead, s.calendarWeb)
	m.Page("GET /deadlines/suspended", MayRead, s.suspendedWeb)
	m.Page("GET /deadlines/suspended.xlsx", MayRead, s.suspendedSheet)
	m.Page("GET /deadlines/policy", MayRead, s.policyWeb)
	m.Page("GET /deadlines/inbox", MayRead, s.inboxWeb)
	m.Page("GET /deadlines/inbox/live", MayRead, s.inboxLive)
	m.Page("POST /deadlines/inbox/seen", MayRead, s.seenWeb)
	m.Page("GET /deadlines/settings", MayAct, s.settingsWeb)
	m.Page("POST /deadlines/settings", MayAct, s.setWeb)
	m.Page("POST /deadlines/settings/calendar", MayAct, s.newCalendarWeb)
	m.Page("POST /deadlines/settings/calendar/end", MayAct, s.endCalendarWeb)
	m.Page("POST /deadlines/settings/absence", MayAct, s.absenceWeb)
	m.Page("POST /deadlines/settings/absence/{id}/end", MayAct, s.endAbsenceWeb)
	m.Page("POST /deadlines/warnings/{id}/acknowledge", MayAct, s.acknowledgeWeb)
	m.Page("POST /deadlines/warnings/{id}/remedy", MayAct, s.remedyWeb)
	m.Page("POST /deadlines/warnings/{id}/explain", MayAct, s.explainWeb)
	m.Page("GET /deadlines/{clock}", MayRead, s.clockWeb)
	m.Page("POST /deadlines/{clock}/done", MayAct, s.doneWeb)
	m.Page("POST /deadlines/{clock}/end", MayAct, s.endWeb)
	m.Page("GET /system/watch", MayManage, s.watchWeb)
	m.Page("POST /system/watch/mail", MayManage, s.testMailWeb)

	s.cases.Hang(criminal.Panel{Title: "Thời hạn", Order: -10, Show: s.showPanel})
	s.cases.HangPreview(s.showPreview)
}

// showPanel is the clocks of a case on its page; nothing for those who may not see
// clocks.
func (s *Service) showPanel(ctx context.Context, c criminal.ID) (templ.Component, error) {
	p, err := s.casePanel(ctx, c)
	if errors.Is(err, auth.ErrMay) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return panel(p), nil
}

// showPreview says what an act would change, while its form is filled in.
func (s *Service) showPreview(ctx context.Context, c criminal.ID, a ledger.Act) (templ.Component, error) {
	if len(a.At) < len("2026-11-26") { // no day yet: nothing follows
		return nil, nil
	}
	cs, err := s.WhatIf(ctx, c, a)
	if errors.Is(err, auth.ErrMay) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return preview(cs), nil
}

func (s *Service) workWeb(w http.ResponseWriter, r *http.Request) error {
	var f DeskFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	d, err := s.Desk(r.Context(), f)
	if err != nil {
		return err
	}
	q := url.Values{}
	for name, v := range map[string]string{"q": f.Words, "whose": f.Whose, "sort": f.Sort} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return web.Show(w, r, http.StatusOK, workPage(d, f, "/work/live?"+q.Encode()))
}

// workLive sends the first screen again when a minute has gone, or when something
// came into the box; what has not changed is not sent.
func (s *Service) workLive(w http.ResponseWriter, r *http.Request) error {
	var f DeskFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	return s.live(w, r, func(ctx context.Context) (map[string]templ.Component, error) {
		d, err := s.Desk(ctx, f)
		return map[string]templ.Component{"count": deskCount(d, f), "desk": desk(d, f)}, err
	})
}

// lookAgain is how often a page that shows hours looks whether they changed.
const lookAgain = time.Minute

// live sends parts of a page, by name, whenever they come out different.
func (s *Service) live(w http.ResponseWriter, r *http.Request, parts func(context.Context) (map[string]templ.Component, error)) error {
	return web.Events(w, r, func(ctx context.Context, send func(string, templ.Component) error) error {
		sign := s.Listen(ctx)
		tick := time.NewTicker(lookAgain)
		defer tick.Stop()
		last := map[string]string{}
		for {
			cs, err := parts(ctx)
			if err != nil {
				return err
			}
			for name, c := range cs {
				var b strings.Builder
				if err := c.Render(ctx, &b); err != nil {
					return err
				}
				was, known := last[name]
				if last[name] = b.String(); known && was != b.String() {
					if err := send(name, templ.Raw(b.String())); err != nil {
						return nil
					}
				}
			}
			select {
			case <-sign:
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	})
}

func (s *Service) boardWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.board(r, 40)
	if err != nil {
		return err
	}
	if v.unseen, err = s.Unseen(ctx); err != nil {
		return err
	}
	if v.b.Scope != Mine && v.f.Office == "" && v.b.Scope != Superior {
		if v.people, err = s.ByStaff(ctx, v.b.Scope); err != nil {
			return err
		}
	}
	return web.Show(w, r, http.StatusOK, boardPage(v))
}

// board reads what is asked of a board and answers it.
func (s *Service) board(r *http.Request, limit int) (v boardView, err error) {
	var in struct {
		Scope Scope `form:"scope"`
	}
	if err := errors.Join(web.Form(r, &in), web.Form(r, &v.f)); err != nil {
		return v, err
	}
	if v.f.Limit == 0 {
		v.f.Limit = limit
	}
	if v.b, err = s.Board(r.Context(), in.Scope, v.f); err != nil {
		return v, err
	}
	if v.b.Scope == Superior {
		v.names = map[auth.Office]string{}
		for _, k := range v.b.Rows.Items {
			v.names[k.Office] = s.org.OfficeName(r.Context(), k.Office)
		}
	}
	q := without(r, "after")
	q.Set("scope", string(v.b.Scope))
	v.sheet = "/deadlines.xlsx?" + q.Encode()
	if v.b.Rows.Next != "" {
		q.Set("after", v.b.Rows.Next)
		v.next = "/deadlines?" + q.Encode()
	}
	return v, nil
}

func (s *Service) calendarWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var in struct {
		page.Req
		Month string     `form:"month"`
		Day   civil.Date `form:"day"`
		Scope Scope      `form:"scope"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	v := calendarView{month: in.Month, scope: in.Scope, day: in.Day, today: civil.On(s.now()), feed: may(ctx, MayAct)}
	if v.month == "" {
		v.month = civil.MonthOf(v.today.Year(), v.today.Month())
	}
	if v.scope == "" {
		v.scope = Mine
	}
	var err error
	if v.days, err = s.Month(ctx, v.month, v.scope); err != nil {
		return err
	}
	if v.day != "" {
		b, err := s.Board(ctx, v.scope, Filter{Day: v.day, Req: page.Req{Limit: 100, After: in.After}})
		if err != nil {
			return err
		}
		v.rows = b.Rows.Items
		if b.Rows.Next != "" {
			v.next = calendarPath(v.month, v.day, v.scope) + "&after=" + url.QueryEscape(b.Rows.Next)
		}
	}
	if v.unseen, err = s.Unseen(ctx); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, calendarPage(v))
}

func (s *Service) suspendedWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var in struct {
		Scope Scope `form:"scope"`
	}
	var f SuspendedFilter
	if err := errors.Join(web.Form(r, &in), web.Form(r, &f)); err != nil {
		return err
	}
	if in.Scope == "" {
		in.Scope = Mine
	}
	rows, err := s.SuspendedNamed(ctx, in.Scope, f)
	if err != nil {
		return err
	}
	v := suspendedView{rows: rows.Items, scope: in.Scope, f: f, sheet: "/deadlines/suspended.xlsx?" + without(r, "after").Encode(), names: map[string]string{}}
	if in.Scope == Superior {
		for _, x := range rows.Items {
			v.names[string(x.Office)] = s.org.OfficeName(ctx, x.Office)
		}
	}
	if rows.Next != "" {
		q := without(r, "after")
		q.Set("after", rows.Next)
		v.next = "/deadlines/suspended?" + q.Encode()
	}
	if v.unseen, err = s.Unseen(ctx); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, suspendedPage(v))
}

// without is what was asked, but for one thing.
func without(r *http.Request, name string) url.Values {
	q := r.URL.Query()
	q.Del(name)
	return q
}

func (s *Service) policyWeb(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Unseen(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, policyPage(s.Policy, n))
}

func clockID(r *http.Request) ClockID { return ClockID(r.PathValue("clock")) }

func (s *Service) clockWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showClock(w, r, clockID(r), nil, "")
}

// showClock shows a clock, with what was wrong in a form and what was typed in it.
func (s *Service) showClock(w http.ResponseWriter, r *http.Request, k ClockID, wrong error, note string) error {
	sh, err := s.Sheet(r.Context(), k)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, clockPage(sh, wrong, note))
}
