package quality

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/access"
	"congminh/internal/criminal/ledger"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// patrolled is a house whose cases were looked at, and what people were told.
type patrolled struct {
	*house
	told []access.NoticeV1
}

func patrol(t *testing.T, d *db.DB, cases int) *patrolled {
	h := &patrolled{house: open(t, d, day)}
	files := dossier.NewService(d, h.bus, h.cases, dossier.Engines{Journal: h.Journal}, h.now).Module()
	h.ok(d.Migrate(t.Context(), files.Name, files.Schema))
	access.Notice.On(h.bus, func(_ context.Context, n access.NoticeV1) error { h.told = append(h.told, n); return nil })
	h.fill(cases)
	h.ok(h.Patrol(t.Context(), nil))
	return h
}

// list is everything somebody sees.
func (h *patrolled) list(login string, f WatchFilter) (out []Watched) {
	h.t.Helper()
	h.ok(h.eachWatched(h.as(login), f, 100000, func(w Watched) error { out = append(out, w); return nil }))
	return out
}

func (h *patrolled) tells(login, text string) {
	h.t.Helper()
	id := org.StaffID(auth.From(h.as(login)).ID)
	if !slices.ContainsFunc(h.told, func(n access.NoticeV1) bool { return slices.Contains(n.To, id) && strings.Contains(n.Text, text) }) {
		h.t.Errorf("%s was not told %q: %+v", login, text, h.told)
	}
	h.told = nil
}

// one is an open finding that nobody has handled.
func (h *patrolled) one() Watched {
	h.t.Helper()
	ws := h.list("vientruong", WatchFilter{State: WatchOpen})
	if len(ws) == 0 {
		h.t.Fatal("nothing left to find")
	}
	return ws[0]
}

// A patrol finds, shows to whom it concerns, in any order, and finds the same again.
func TestPatrol(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := patrol(t, d, 30)
		all := h.list("vientruong", WatchFilter{})
		if len(all) < 20 {
			t.Fatalf("only %d findings in 30 cases: the test says little", len(all))
		}
		for _, sort := range []string{"newest", "oldest", "grave"} {
			if got := h.list("vientruong", WatchFilter{Sort: sort, Req: page.Req{Limit: 7}}); len(got) != len(all) {
				t.Errorf("sorted by %s there are %d of %d", sort, len(got), len(all))
			}
		}
		sum, n := 0, 0
		by, err := h.WatchSum(h.as("vientruong"), WatchFilter{})
		h.ok(err)
		for g, s := range by {
			for v, c := range s {
				sum += c
				n += len(h.list("vientruong", WatchFilter{Group: g, Severity: v}))
			}
		}
		if sum != len(all) || n != len(all) {
			t.Errorf("%d counted, %d filtered, %d listed", sum, n, len(all))
		}
		for login, want := range map[string]int{"ksv": len(all), "ksv2": 0, "vientruong2": 0, "vientruongtinh": len(all)} {
			if got := h.list(login, WatchFilter{}); len(got) != want {
				t.Errorf("%s sees %d findings, want %d", login, len(got), want)
			}
		}
		if _, _, err := h.Watched(h.as("ksv2"), all[0].ID); err == nil {
			t.Error("whoever neither supervises nor handles sees a finding")
		}
		h.ok(h.Patrol(t.Context(), nil))
		if again := h.list("vientruong", WatchFilter{}); fmt.Sprint(again) != fmt.Sprint(all) {
			t.Error("a second patrol on the same day finds something else")
		}
	})
}

// What is put right closes by itself as soon as the case is looked at again.
func TestPatrolCloses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := patrol(t, d, 40)
		ws := h.list("ksv", WatchFilter{Rule: "R-07"})
		if len(ws) == 0 {
			t.Fatal("no case whose informant was not told")
		}
		h.clock = h.clock.Add(time.Hour)
		_, _, err := h.cases.Record(h.as("ksv"), ws[0].Case, ledger.Act{Kind: "report.result", At: ledger.Moment(h.today()), By: "police", Fields: map[string]string{"receiver": "người tố giác"}})
		h.ok(err)
		h.ok(h.Stroll(t.Context(), 100))
		w, steps, err := h.Watched(h.as("ksv"), ws[0].ID)
		h.ok(err)
		if w.Closed == nil || w.How != ByItself || !w.Closed.Equal(h.clock) || steps[len(steps)-1].Verb != "gone" {
			t.Errorf("%+v, %+v", w, steps)
		}
	})
}

// A finding goes from a reminder to a notice and upward, and back when it is put right.
func TestWatchHandling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := patrol(t, d, 30)
		w := h.one()
		chief, handler := h.as("vientruong"), h.as("ksv")

		// By word of mouth.
		h.refused(h.AnswerWatched(handler, w.ID, WatchReply{Text: "đã làm"}), ErrWatchStep) // nobody asked yet
		h.refused(h.Remind(handler, w.ID, ""), auth.ErrMay)
		h.ok(h.Remind(chief, w.ID, "Bổ sung trong tuần"))
		h.tells("ksv", "được nhắc")
		h.refused(h.AnswerWatched(handler, w.ID, WatchReply{}), ErrWatchText)
		h.refused(h.AnswerWatched(handler, w.ID, WatchReply{Text: "x", Act: "none"}), ErrWatchText)
		led, _, err := h.cases.Acts(handler, w.Case, "")
		h.ok(err)
		h.ok(h.AnswerWatched(handler, w.ID, WatchReply{Text: "Đã gửi, bút lục 12", Act: ledger.Standing(&led)[0].ID, Folio: 12}))
		h.tells("vientruong", "trả lời")
		h.refused(h.JudgeWatched(chief, w.ID, false, ""), ErrWatchText)
		h.ok(h.JudgeWatched(chief, w.ID, false, "Chưa đúng văn bản"))
		h.tells("ksv", "chưa đạt")

		// In writing, with another finding of the case.
		var more []WatchedID
		for _, x := range h.list("vientruong", WatchFilter{Case: w.Case}) {
			if x.ID != w.ID {
				more = append(more, x.ID)
			}
		}
		_, err = h.GiveNotice(chief, w.ID, more, "")
		h.refused(err, ErrWatchText)
		n, err := h.GiveNotice(chief, w.ID, more, "Khắc phục và báo cáo")
		h.ok(err)
		h.tells("ksv", "Thông báo giám sát số 1/2026/TB-GS")
		if want := h.workdays(chief, 10); n.Due != want || n.N != 1 || len(n.Findings) != 1+len(more) {
			t.Errorf("%+v, due %s", n, want)
		}
		h.refused(h.Remind(chief, w.ID, ""), ErrWatchStep)
		other := h.one()
		second, err := h.GiveNotice(chief, other.ID, nil, "Bổ sung")
		h.ok(err)
		if second.N != 2 {
			t.Errorf("the next number is %d", second.N)
		}

		// Upward, a step at a time, as the days go by.
		h.told = nil
		for _, step := range []struct {
			login string
			after int
			level int
		}{{"phovt", 1, 1}, {"vientruong", 3, 2}, {"vientruongtinh", 8, 3}} {
			at := h.addWorkdays(chief, n.Due, step.after)
			h.clock = at.Add(-1).Start().Add(10 * time.Hour)
			h.ok(h.Escalate(t.Context()))
			if x, err := h.Notice(chief, n.ID); err != nil || x.Level != step.level-1 {
				t.Errorf("the day before it goes to %s it is at %d, %v", step.login, x.Level, err)
			}
			h.clock = at.Start().Add(10 * time.Hour)
			h.ok(h.Escalate(t.Context()))
			h.tells(step.login, "quá hạn trả lời")
			h.ok(h.Escalate(t.Context())) // nothing is said twice
			if len(h.told) != 0 {
				t.Errorf("told again: %+v", h.told)
			}
		}
		if l, err := h.Notices(h.as("vientruongtinh"), "", page.Req{}); err != nil || len(l.Items) != 2 {
			t.Errorf("whom it went up to sees %+v, %v", l, err)
		}
		if l, err := h.Notices(h.as("ksv2"), "", page.Req{}); err != nil || len(l.Items) != 0 {
			t.Errorf("others see %+v, %v", l, err)
		}

		// Answered and judged.
		h.refused(h.AnswerNotice(h.as("vientruong"), n.ID, WatchReply{Text: "x"}), auth.ErrMay)
		h.refused(h.JudgeNotice(handler, n.ID, true, "tốt"), auth.ErrMay)
		h.ok(h.AnswerNotice(handler, n.ID, WatchReply{Text: "Đã khắc phục"}))
		h.ok(h.JudgeNotice(chief, n.ID, true, "Đúng"))
		h.refused(h.JudgeNotice(chief, n.ID, true, "Đúng"), ErrWatchStep)
		if got, _, err := h.Watched(chief, w.ID); err != nil || got.How != ByJudge || got.Reported == nil {
			t.Errorf("%+v, %v", got, err)
		}
		before := len(h.list("vientruong", WatchFilter{Case: w.Case, Rule: w.Rule}))
		h.ok(h.Patrol(t.Context(), nil))
		if after := len(h.list("vientruong", WatchFilter{Case: w.Case, Rule: w.Rule})); after > before {
			t.Error("what was accepted is found again")
		}
	})
}

// The ledger of a month adds up, and stays as it was closed.
func TestWatchLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := patrol(t, d, 20)
		ctx := h.as("vientruong")
		found := len(h.list("vientruong", WatchFilter{}))
		office := auth.From(ctx).Office
		h.refused(h.CloseWatchLedger(ctx, "", "2026-11"), ErrWatchEarly)
		h.clock = h.clock.AddDate(0, 0, 7)
		l, err := h.WatchLedger(ctx, "", "2026-11")
		h.ok(err)
		c := l.Counts.All
		if c.Found != found || c.Before+c.Found-c.Closed != c.Open || l.Due != "2026-12-20" || l.Closed != nil || len(l.Counts.Handlers) != 1 || len(l.Earlier) != monthsBefore {
			t.Errorf("%+v, %d found", l, found)
		}
		h.ok(h.CloseWatchLedger(ctx, office, "2026-11"))
		h.refused(h.CloseWatchLedger(ctx, office, "2026-11"), ErrWatchKept)
		_, err = d.Exec(t.Context(), `DELETE FROM quality_watch`)
		h.ok(err)
		if l, err = h.WatchLedger(ctx, "", "2026-11"); err != nil || l.Counts.All != c || l.Closed == nil {
			t.Errorf("the closed ledger is %+v, %v", l.Counts.All, err)
		}
		for _, month := range []string{"2027-11", "2026", "nonsense"} {
			_, err := h.WatchLedger(ctx, "", month)
			h.refused(err, ErrWatchMonth)
		}
		_, err = h.WatchLedger(h.as("ksv"), "", "2026-11")
		h.refused(err, auth.ErrMay)
	})
}

// On the day a ledger is due its leaders are told, unless it is closed.
func TestLedgerCalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := patrol(t, d, 10)
		h.clock = civil.Date("2026-12-20").Start().Add(3 * time.Hour)
		h.ok(h.callLedgers(patroller(t.Context())))
		h.tells("vientruong", "chốt sổ giám sát tháng 2026-11")
		h.ok(h.CloseWatchLedger(h.as("phovt"), "", "2026-11"))
		h.ok(h.callLedgers(patroller(t.Context())))
		if len(h.told) != 0 {
			t.Errorf("told of a ledger that is closed: %+v", h.told)
		}
	})
}

// The pages carry a finding from the list to its end.
func TestPatrolPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := patrol(t, d, 30)
		srv := h.serve()
		get := func(who, path, want string) {
			t.Helper()
			if status, body, _ := h.send(srv, who, "GET", path, nil); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s reads %s: %d, want %q in it\n%s", who, path, status, want, body)
			}
		}
		post := func(who, path string, form url.Values, status int, want string) {
			t.Helper()
			if got, body, to := h.send(srv, who, "POST", path, form); got != status || !strings.Contains(body+to, want) {
				t.Errorf("%s sends %s: %d %s, want %d and %q\n%s", who, path, got, to, status, want, body)
			}
		}
		w := h.one()
		at := watchPath(w.ID)
		get("vientruong", "/quality/patrol", w.Title)
		get("vientruong", "/quality/patrol?sort=oldest&age=30", "Không có phát hiện nào khớp")
		get("ksv2", "/quality/patrol", "Không có gì phải nhắc")
		get("vientruong", "/quality/patrol/print", "Danh sách tuần tra giám sát")
		get("vientruong", "/quality/patrol/xlsx", "PK")
		get("vientruong", at, "Ghi việc nhắc miệng")
		get("vientruong", "/quality/notices", "Chưa có thông báo giám sát nào")
		get("vientruong", "/quality/ledger", "Chưa chốt")
		get("vientruong", "/quality/ledger?month=2025-01", "Tháng này không có phát hiện nào")
		get("vientruong", "/quality/ledger/xlsx", "PK")
		post("ksv", at+"/remind", url.Values{}, http.StatusForbidden, "")
		post("vientruong", at+"/remind", url.Values{"note": {"Làm ngay"}}, http.StatusSeeOther, at)
		get("ksv", at, "Trả lời của bạn")
		post("ksv", at+"/answer", url.Values{}, http.StatusUnprocessableEntity, "Hãy ghi trả lời")
		post("ksv", at+"/answer", url.Values{"text": {"Đã làm"}, "folio": {"5"}}, http.StatusSeeOther, at)
		get("vientruong", at, "Ghi đánh giá")
		post("vientruong", at+"/judge", url.Values{"remedied": {"no"}}, http.StatusUnprocessableEntity, "Hãy ghi lý do")
		post("vientruong", at+"/judge", url.Values{"remedied": {"no"}, "note": {"Chưa đủ"}}, http.StatusSeeOther, at)
		post("vientruong", at+"/notice", url.Values{"ask": {"Khắc phục"}}, http.StatusSeeOther, "/quality/notices/")
		l, err := h.Notices(h.as("vientruong"), "", page.Req{})
		h.ok(err)
		n := noticePath(l.Items[0].ID)
		get("vientruong", n, "Đánh giá trả lời")
		get("vientruong", n+"/print", "NGƯỜI RA THÔNG BÁO")
		get("ksv", "/quality/notices?state=issued", "Chờ trả lời")
		post("ksv", n+"/answer", url.Values{}, http.StatusUnprocessableEntity, "Hãy ghi trả lời")
		post("ksv", n+"/answer", url.Values{"text": {"Đã xong"}}, http.StatusSeeOther, n)
		post("vientruong", n+"/judge", url.Values{"remedied": {"yes"}, "note": {"Đúng"}}, http.StatusSeeOther, n)
		get("vientruong", at, "Đã xong")
		if status, _, _ := h.send(srv, "ksv2", "GET", at, nil); status != http.StatusNotFound {
			t.Error("others read a finding:", status)
		}
		if status, _, _ := h.send(srv, "ksv2", "GET", n, nil); status != http.StatusNotFound {
			t.Error("others read a notice:", status)
		}
		post("vientruong", "/quality/ledger/close", url.Values{"month": {"2026-11"}}, http.StatusConflict, "chưa hết")
		h.clock = h.clock.AddDate(0, 0, 7)
		post("vientruong", "/quality/ledger/close", url.Values{"month": {"2026-11"}}, http.StatusSeeOther, "/quality/ledger")
		get("vientruong", "/quality/ledger?month=2026-11", "Sổ đã chốt không thay đổi")
	})
}
