package deadline

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// path writes the steps of the warnings of a clock as one line: "raise@1 deliver:app".
func (w *world) path(k ClockID) string {
	w.t.Helper()
	steps, err := w.store.steps(w.t.Context(), k)
	w.must(err)
	var out []string
	for _, s := range steps {
		x := string(s.Step)
		if s.Channel != "" {
			x += ":" + s.Channel
		}
		out = append(out, x)
	}
	return strings.Join(out, " ")
}

func (w *world) warnings(k ClockID) []Warning {
	w.t.Helper()
	ws, err := w.store.warningsOf(w.t.Context(), k)
	w.must(err)
	return ws
}

func (w *world) box(login string) Inbox {
	w.t.Helper()
	b, err := w.Inbox(w.as(login), page.Req{Limit: 100})
	w.must(err)
	return b
}

func (w *world) reach(login, mail, hook string) {
	w.t.Helper()
	w.must(w.SetSettings(w.as(login), Settings{Mail: mail, MailOn: mail != "", Hook: hook, HookOn: hook != "", Secret: "bí mật"}))
}

// approval is a case in which the procuracy has three days, to 2026-03-16, to approve.
func (w *world) approval(number string) ClockID {
	w.t.Helper()
	w.at("2026-03-13T08:00")
	c, p := w.theft(number)
	w.act(c, "case.open", "2026-03-12", charged("173", "1"), numbered("15/QĐ-CSĐT"))
	w.act(c, "defendant.charge", "2026-03-12", of(p), charged("173", "1"), numbered("16/QĐ-CSĐT"))
	w.act(c, "defendant.charge_received", "2026-03-13", of(p))
	return w.clockOf(c, "INI-05").ID
}

func TestWarningIsAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		w.reach("ksv", "pao@example.vn", "")
		k := w.approval("31/2026/HS")
		w.tick()
		if got := w.path(k); got != "" {
			t.Fatalf("three days before nothing is said: got %s", got)
		}
		w.at("2026-03-16T07:00") // the last day: the lead of one day has come
		w.tick()
		if got := w.path(k); got != "raise deliver:app deliver:mail" {
			t.Fatalf("got %s", got)
		}
		m := w.mail.to("pao@example.vn")
		if len(m) != 1 || strings.Contains(m[0].Subject+m[0].Lines[0].Text, "Lềnh") || !strings.Contains(m[0].Lines[0].Text, "31/2026/HS") {
			t.Fatalf("one letter, with the number of the case and no name: got %+v", m)
		}
		w.tick()
		if got := w.path(k); got != "raise deliver:app deliver:mail" {
			t.Errorf("nothing is said twice: got %s", got)
		}
		b := w.box("ksv")
		ws := w.warnings(k)
		if len(b.Open) == 0 || !slices.ContainsFunc(b.Open, func(x Warning) bool { return x.ID == ws[0].ID }) || b.Unseen == 0 {
			t.Fatalf("it lies in the box: got %+v", b)
		}
		if err := w.Acknowledge(w.as("ksv2"), ws[0].ID); !errors.Is(err, auth.ErrMay) {
			t.Errorf("somebody else acknowledges: got %v, want ErrMay", err)
		}
		w.must(w.Acknowledge(w.as("ksv"), ws[0].ID))
		c, err := w.store.clock(t.Context(), k)
		w.must(err)
		cs, err := w.cases.Get(w.as("ksv"), c.Case)
		w.must(err)
		w.act(cs, "defendant.approve", "2026-03-16", of(c.Subject), charged("173", "1"))
		if got := w.path(k); got != "raise deliver:app deliver:mail acknowledge remedy" || !w.warnings(k)[0].Closed {
			t.Errorf("the act remedies and closes it: got %s", got)
		}
		w.calm()
	})
}

// What nobody answers climbs: prosecutor, deputy, chief, the office above; after the
// legal end it is a failure, which only a reason closes.
func TestUnansweredWarningClimbs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("32/2026/HS")
		w.at("2026-03-16T07:00")
		w.tick()
		w.at("2026-03-17T00:01") // the end has passed, nominal and legal
		w.tick()
		ws := w.warnings(k)
		last := ws[len(ws)-1]
		if !last.Failed || last.Kind != Breach || last.Staff != w.staff("vientruong") || ws[0].Closed == false {
			t.Fatalf("the breach goes to the chief and takes over: got %+v", ws)
		}
		for i, who := range []string{"vientruongtinh", "truongphong"} {
			w.clock = w.clock.Add(25 * time.Hour)
			w.tick()
			ws = w.warnings(k)
			if last = ws[len(ws)-1]; last.Staff != w.staff(who) || last.Closed || last.Rank != ToSuperior {
				t.Fatalf("day %d: got %+v, want it with %s", i+1, last, who)
			}
		}
		n := 0
		for _, who := range []string{"vientruongtinh", "truongphong"} {
			n += len(slices.DeleteFunc(w.box(who).Letters.Items, func(l Letter) bool { return l.Clock != k }))
		}
		if n != 2 {
			t.Errorf("the office above is told each day: got %d letters", n)
		}
		c, _ := w.store.clock(t.Context(), k)
		cs, err := w.cases.Get(w.as("ksv"), c.Case)
		w.must(err)
		w.act(cs, "defendant.approve", "2026-03-18", of(c.Subject), charged("173", "1"))
		if last = w.warnings(k)[len(ws)-1]; last.Closed {
			t.Fatal("a late act does not close a failure")
		}
		if err := w.Fail(w.as("ksv"), last.ID, " "); !errors.Is(err, ErrReason) {
			t.Errorf("no reason: got %v", err)
		}
		w.must(w.Fail(w.as("ksv"), last.ID, "Hồ sơ thiếu biên bản hỏi cung, đã yêu cầu bổ sung hai lần"))
		if last = w.warnings(k)[len(ws)-1]; !last.Closed || last.Reason == "" {
			t.Errorf("a reason closes it: got %+v", last)
		}
		fs, err := w.Failures(w.as("vientruong"), "2026-03-01", "2026-03-31")
		w.must(err)
		if !slices.ContainsFunc(fs, func(x Warning) bool { return x.ID == last.ID && x.Reason != "" }) {
			t.Errorf("it is in the figures: got %+v", fs)
		}
		w.calm()
	})
}

// An act entered after its lead: there is a warning at once, and it says that it is
// late through no fault of whoever gets it.
func TestLateEntryIsRecorded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-20T08:00")
		c, p := w.theft("33/2026/HS")
		w.act(c, "case.open", "2026-03-12", charged("173", "1"), numbered("15/QĐ-CSĐT"))
		w.act(c, "defendant.charge", "2026-03-12", of(p), charged("173", "1"), numbered("16/QĐ-CSĐT"))
		w.act(c, "defendant.charge_received", "2026-03-13", of(p))
		w.tick()
		k := w.clockOf(c, "INI-05").ID
		ws := w.warnings(k)
		if len(ws) != 1 || !ws[0].Late || !ws[0].Failed || !strings.HasPrefix(w.path(k), "raise late fail") {
			t.Errorf("got %+v by %s", ws, w.path(k))
		}
	})
}

func TestChannelDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		w.reach("ksv", "pao@example.vn", "https://pao.example.vn/hook")
		k := w.approval("34/2026/HS")
		w.mail.down = errDown
		w.at("2026-03-16T07:00")
		w.tick()
		for range 10 { // all retries
			w.clock = w.clock.Add(3 * time.Hour)
			w.must(w.send(t.Context()))
		}
		got := w.path(k)
		if !strings.Contains(got, "bounce:mail") || !strings.Contains(got, "deliver:hook") || strings.Contains(got, "escalate") {
			t.Errorf("mail is down, so the other channel is taken: got %s", got)
		}

		w = open(t, freshDB(t, d), "2026-03-13T08:00")
		w.reach("ksv", "pao@example.vn", "https://pao.example.vn/hook")
		w.reach("phovt", "lu@example.vn", "")
		k = w.approval("34/2026/HS")
		w.mail.down, w.hook.down = errDown, errDown
		w.at("2026-03-16T07:00")
		w.tick()
		for range 30 {
			w.clock = w.clock.Add(20 * time.Minute)
			w.must(w.send(t.Context()))
		}
		got = w.path(k)
		if !strings.Contains(got, "bounce:mail") || !strings.Contains(got, "bounce:hook") || !strings.Contains(got, "escalate") {
			t.Errorf("all channels are down, so whoever stands above is told: got %s", got)
		}
		if !slices.ContainsFunc(w.box("phovt").Letters.Items, func(l Letter) bool { return l.Clock == k }) {
			t.Errorf("the deputy has it in the box: got %+v", w.box("phovt").Letters.Items)
		}
		if !slices.ContainsFunc(w.box("quantri").Letters.Items, func(l Letter) bool { return l.Kind == "alarm" && l.Case == "" }) {
			t.Error("the administrator hears that a channel is down, and of no case")
		}
		w.mail.down, w.hook.down = nil, nil
		w.reach("vientruong", "vinh@example.vn", "")
		w.clock = w.clock.Add(24 * time.Hour)
		w.tick()
		if h, _ := w.Heartbeat(t.Context()); slices.ContainsFunc(h.Alarms, func(a Alarm) bool { return a.Kind == "channel" && a.Subject == "mail" && a.Until == nil }) {
			t.Errorf("mail works again: got %+v", h.Alarms)
		}
	})
}

// freshDB is another empty database of the kind of d.
func freshDB(t *testing.T, d *db.DB) *db.DB {
	t.Helper()
	url := "sqlite:" + t.TempDir() + "/second.db"
	if d.Postgres() {
		url = dbtest.PostgresURL(t)
	}
	out, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out
}

func TestPersonAbsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("35/2026/HS")
		if err := w.SetAbsence(w.as("ksv2"), Absence{Staff: w.staff("ksv"), From: "2026-03-14", To: "2026-03-20"}); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a colleague says it: got %v", err)
		}
		w.must(w.SetAbsence(w.as("vientruong"), Absence{Staff: w.staff("ksv"), From: "2026-03-14", To: "2026-03-20", Substitute: w.staff("ksv2")}))
		w.at("2026-03-16T07:00")
		w.tick()
		ws := w.warnings(k)
		if len(ws) != 1 || ws[0].Staff != w.staff("ksv2") {
			t.Fatalf("who answers for the absent gets it: got %+v", ws)
		}
		steps, _ := w.store.steps(t.Context(), k)
		if !strings.Contains(steps[0].Note, "absent") {
			t.Errorf("and why is written down: got %+v", steps[0])
		}

		// Whoever falls ill after they were told: what waits for them goes on at once.
		w.must(w.SetAbsence(w.as("ksv2"), Absence{From: "2026-03-16", To: "2026-03-17"}))
		ws = w.warnings(k)
		if ws[0].Staff == w.staff("ksv2") || ws[0].Closed || !strings.HasSuffix(w.path(k), "reroute deliver:app") {
			t.Errorf("handed over: got %+v by %s", ws, w.path(k))
		}

		// Without a substitute, and with the account off, it goes to who stands above.
		w = open(t, freshDB(t, d), "2026-03-13T08:00")
		k = w.approval("35/2026/HS")
		root := auth.With(t.Context(), org.Console())
		w.must(w.org.Disable(root, w.staff("ksv"), true))
		w.at("2026-03-16T07:00")
		w.tick()
		if ws := w.warnings(k); len(ws) != 1 || ws[0].Staff != w.staff("phovt") || ws[0].Rank != ToDeputy {
			t.Fatalf("got %+v, want the deputy", ws)
		}
	})
}

// The watch stood still for three days: nothing is lost, nobody gets hundreds of
// letters, and what holds people comes first.
func TestCatchUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		w.reach("ksv", "pao@example.vn", "")
		w.tick()
		var ks []ClockID
		for i := range 12 {
			ks = append(ks, w.approval(fmt.Sprintf("%d/2026/HS", 40+i)))
		}
		w.at("2026-03-13T22:05")
		c, p := w.theft("60/2026/HS")
		w.act(c, "custody.decide", "2026-03-13T22:00", of(p), numbered("2/QĐ"))
		w.act(c, "custody.start", "2026-03-13T22:00", of(p), until("2026-03-16T22:00"))
		w.at("2026-03-15T10:00")
		dog := sentinel{s: w.Service, began: minute("2026-03-13T08:00")}
		w.must(dog.look(t.Context(), 0))
		h, err := w.Heartbeat(t.Context())
		w.must(err)
		if h.OK || !slices.ContainsFunc(h.Alarms, func(a Alarm) bool { return a.Kind == "silence" && a.Until == nil }) {
			t.Fatalf("the watchdog alarms: got %+v", h)
		}
		if !slices.ContainsFunc(w.box("quantri").Letters.Items, func(l Letter) bool { return l.Kind == "alarm" }) {
			t.Error("the administrator is told")
		}
		w.at("2026-03-16T06:45")
		w.tick()
		for _, k := range ks {
			if ws := w.warnings(k); len(ws) != 1 {
				t.Errorf("each clock is warned of once: got %d", len(ws))
			}
		}
		if m := w.mail.to("pao@example.vn"); len(m) != 1 || len(m[0].Lines) < 13 || m[0].Lines[0].Rule != "HLD-05" || !m[0].Urgent {
			t.Fatalf("one letter with everything, custody first: got %d letters, %+v", len(m), m[0].Lines[0])
		}
		h, err = w.Health(w.as("quantri"))
		w.must(err)
		if !h.OK || len(h.Gaps) != 1 || h.Alarms[0].Remedy == "" {
			t.Errorf("the gap is on record with its remedy, and the watch is well: got %+v", h)
		}
		w.calm()
	})
}

func TestClockOfTheMachineIsWrong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("36/2026/HS")
		w.at("2026-03-16T07:00")
		w.tick()
		// The machine runs nine days ahead of the database: nobody has failed for that.
		w.at("2026-03-25T07:00")
		w.dbAt = -9 * 24 * time.Hour
		w.tick()
		if ws := w.warnings(k); ws[len(ws)-1].Failed {
			t.Fatalf("a failure is recorded by a wrong clock: got %+v", ws)
		}
		if h, _ := w.Heartbeat(t.Context()); h.OK {
			t.Error("the heartbeat says that something is wrong")
		}
		// It is put back: ticks go on, and nothing is said twice.
		w.at("2026-03-16T07:05")
		w.dbAt = 0
		before := w.path(k)
		w.tick()
		w.clock = w.clock.Add(time.Minute)
		w.tick()
		if got := w.path(k); got != before {
			t.Errorf("after the clock is right: got %s, before %s", got, before)
		}
		if h, _ := w.Heartbeat(t.Context()); !h.OK {
			t.Errorf("the alarm is over: got %+v", h)
		}
		// Without a database that knows better the watchdog sees the jump itself.
		dog := sentinel{s: w.Service, began: w.clock}
		w.must(dog.look(t.Context(), watchEvery))
		w.clock = w.clock.Add(3 * time.Hour)
		w.must(dog.look(t.Context(), watchEvery))
		if h, _ := w.Heartbeat(t.Context()); h.OK {
			t.Error("a jump of three hours in thirty seconds is noticed")
		}
	})
}

func TestQuietHoursDoNotDelayCustody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		w.reach("ksv", "pao@example.vn", "")
		w.approval("37/2026/HS")
		c, p := w.theft("38/2026/HS")
		w.act(c, "custody.decide", "2026-03-13T01:00", of(p), numbered("2/QĐ"))
		w.act(c, "custody.start", "2026-03-13T01:00", of(p), until("2026-03-16T01:00"))
		w.at("2026-03-15T01:30") // 24 hours are left, at night, on a Sunday
		w.tick()
		m := w.mail.to("pao@example.vn")
		if len(m) != 1 || !slices.ContainsFunc(m[0].Lines, func(l Line) bool { return l.Rule == "HLD-05" }) {
			t.Errorf("custody goes out at once: got %+v", m)
		}
	})
}

func TestHeartbeatAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		ask := func() int {
			r := httptest.NewRecorder()
			w.must(w.heartbeat(r, httptest.NewRequest(http.MethodGet, "/heartbeat/deadline", nil)))
			return r.Code
		}
		if got := ask(); got != http.StatusServiceUnavailable {
			t.Errorf("before the first tick: got %d", got)
		}
		w.tick()
		if got := ask(); got != http.StatusOK {
			t.Errorf("after a tick: got %d", got)
		}
		w.clock = w.clock.Add(4 * time.Minute)
		if got := ask(); got != http.StatusServiceUnavailable {
			t.Errorf("four minutes later: got %d", got)
		}
		pinged := 0
		w.Ping = func(context.Context) error { pinged++; return nil }
		w.tick()
		dog := sentinel{s: w.Service, began: w.clock}
		w.must(dog.look(t.Context(), 0))
		if pinged != 1 {
			t.Errorf("an outside monitor is told: got %d", pinged)
		}
	})
}

func TestCalendarFeed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("39/2026/HS")
		path, err := w.NewCalendar(w.as("ksv"))
		w.must(err)
		get := func(path string) (string, error) {
			r := httptest.NewRecorder()
			q := httptest.NewRequest(http.MethodGet, path, nil)
			q.SetPathValue("file", strings.TrimPrefix(path, "/calendar/"))
			err := w.calendarFile(r, q)
			return r.Body.String(), err
		}
		text, err := get(path)
		w.must(err)
		if !strings.Contains(text, "UID:"+string(k)+"@congminh") || !strings.Contains(text, "DTSTART;VALUE=DATE:20260316") || strings.Contains(text, "Lềnh") {
			t.Errorf("the feed has the clock and no name: got %s", text)
		}
		if _, err := get("/calendar/khong-biet.ics"); !errors.Is(err, ErrNone) {
			t.Errorf("another address: got %v", err)
		}
		old := path
		if _, err = w.NewCalendar(w.as("ksv")); err != nil {
			t.Fatal(err)
		}
		if _, err := get(old); !errors.Is(err, ErrNone) {
			t.Errorf("the old address is closed: got %v", err)
		}
	})
}

// One clock that breaks does not keep the warnings of the others, and is noticed.
func TestOneThatBreaksStopsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		bad, good := w.approval("71/2026/HS"), w.approval("72/2026/HS")
		k, err := w.store.clock(t.Context(), bad)
		w.must(err)
		// Its place in the tree is gone, and its rule with it.
		if _, err := d.Exec(t.Context(), `UPDATE deadline_clock SET rule = 'ZZZ-1', case_id = 'gone' WHERE id = $1`, k.ID); err != nil {
			t.Fatal(err)
		}
		w.at("2026-03-16T07:00")
		w.tick()
		if got := w.path(good); got != "raise deliver:app" {
			t.Errorf("the other is warned of: got %q", got)
		}
		h, err := w.Heartbeat(t.Context())
		w.must(err)
		if !slices.ContainsFunc(h.Alarms, func(a Alarm) bool { return a.Kind == "stuck" }) || !slices.ContainsFunc(w.box("quantri").Letters.Items, func(l Letter) bool { return l.Kind == "alarm" }) {
			t.Errorf("and it is noticed: got %+v", h.Alarms)
		}
		if _, err := d.Exec(t.Context(), `DELETE FROM deadline_clock WHERE id = $1`, k.ID); err != nil {
			t.Fatal(err)
		}
		w.clock = w.clock.Add(time.Minute)
		w.tick()
		h, err = w.Heartbeat(t.Context())
		w.must(err)
		if slices.ContainsFunc(h.Alarms, func(a Alarm) bool { return a.Kind == "stuck" && a.Until == nil }) {
			t.Errorf("when nothing is stuck the alarm is over: got %+v", h.Alarms)
		}
	})
}

// A warning that reached nobody goes to whoever comes first, not to whoever stands
// highest; and the office it is of is told of beside others that are empty.
func TestNobodyThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		k := w.approval("73/2026/HS")
		root := auth.With(t.Context(), org.Console())
		all, err := w.org.Staff(root, org.StaffFilter{Only: "active", Req: page.Req{Limit: 100}})
		w.must(err)
		gone := slices.DeleteFunc(all.Items, func(x org.Staff) bool { return x.Has(org.SysAdmin) })
		for _, x := range gone {
			w.must(w.org.Disable(root, x.ID, true))
		}
		w.at("2026-03-16T07:00")
		w.tick()
		w.must(w.alarm(t.Context(), "nobody", "t-khac", "office t-khac"))
		empty := func() (out []string) {
			as, err := w.store.openAlarms(t.Context(), "nobody")
			w.must(err)
			for _, a := range as {
				out = append(out, a.Subject)
			}
			return out
		}
		ws := w.warnings(k)
		if len(ws) != 1 || ws[0].Staff != "" || ws[0].Closed {
			t.Fatalf("it stays open with nobody: got %+v", ws)
		}
		if got := empty(); !slices.Equal(got, []string{string(ws[0].Office), "t-khac"}) {
			t.Errorf("both offices are told of: got %v", got)
		}
		if n := len(slices.DeleteFunc(w.box("quantri").Letters.Items, func(l Letter) bool { return l.Kind != "alarm" })); n != 2 {
			t.Errorf("the administrator gets a letter of each: got %d", n)
		}
		w.at("2026-03-16T15:00")
		for _, x := range gone {
			w.must(w.org.Disable(root, x.ID, false))
		}
		w.at("2026-03-17T00:00")
		w.must(w.climbNow(ws[0].ID))
		if got := w.warnings(k)[0]; got.Staff != w.staff("ksv") || got.Rank != ToProsecutor || got.Closed {
			t.Errorf("back at work the prosecutor has it: got %+v", got)
		}
		if got := empty(); !slices.Equal(got, []string{"t-khac"}) {
			t.Errorf("the other office is still empty: got %v", got)
		}
		w.must(w.climbNow(ws[0].ID))
		if got := w.warnings(k)[0]; got.Staff != w.staff("phovt") || got.Rank != ToDeputy {
			t.Errorf("from there it climbs one rank: got %+v", got)
		}
	})
}

// climbNow takes a warning up as if it had waited long enough.
func (w *world) climbNow(id WarningID) error {
	ctx := w.t.Context()
	l, err := w.laws(ctx)
	w.must(err)
	p, err := w.people(ctx)
	w.must(err)
	x, err := w.store.warning(ctx, id)
	w.must(err)
	return w.store.db.Tx(ctx, func(ctx context.Context) error { return w.climb(ctx, l, p, x) })
}

// A channel that works again says nothing of another that is still down.
func TestAlarmsOfOneKind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-13T08:00")
		ctx := t.Context()
		for range 2 {
			w.must(w.alarm(ctx, "channel", "mail", "mail: down"))
			w.must(w.alarm(ctx, "channel", "hook", "hook: down"))
		}
		w.must(w.endAlarm(ctx, "channel", "mail", "works again"))
		as, err := w.store.openAlarms(ctx, "channel")
		w.must(err)
		if len(as) != 1 || as[0].Subject != "hook" {
			t.Errorf("got %+v, want the hook alone", as)
		}
	})
}
