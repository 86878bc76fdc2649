package deadline

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"congminh/e2e/browser"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// ask sends a request as a demo person and returns the status and the page.
func (w *desks) ask(login, method, path string, form url.Values, cookies ...string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(form.Encode()))
	w.ok(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.AddCookie(&http.Cookie{Name: "who", Value: login})
	for i := 0; i+1 < len(cookies); i += 2 {
		r.AddCookie(&http.Cookie{Name: cookies[i], Value: cookies[i+1]})
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(r)
	w.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.ok(err)
	return resp.StatusCode, string(body)
}

// line returns the line of the first screen with this rule in this case.
func (w *desks) line(d Desk, part Part, number string) (Clock, bool) {
	for _, g := range d.Groups {
		for _, k := range g.Clocks {
			if g.Part == part && k.Number == number {
				return k, true
			}
		}
	}
	return Clock{}, false
}

// What a prosecutor finds in the morning, against dates reckoned by hand.
func TestDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := openDesks(t, d)
		w.fill()
		ctx := w.as("ksv")
		got, err := w.Desk(ctx, DeskFilter{})
		w.ok(err)
		for _, want := range []struct {
			part            Part
			number, nominal string
			words           string
		}{
			// Custody from 16:40 on the 24th, three days of 24 hours.
			{PartCustody, "21/2026/HS", "2026-11-27T16:40", "còn 33 giờ 25 phút"},
			// Received on Monday the 23rd, three days.
			{PartToday, "19/2026/HS", "2026-11-26", "hết hôm nay"},
			// Four months of 30 days from 5 August, both ends counted.
			{PartDetention, "20/2026/HS", "2026-12-02", "còn 6 ngày"},
			// Received on the 6th, 20 days, a duty of the police.
			{PartWaiting, "22/2026/TB", "2026-11-26", "hết hôm nay"},
		} {
			k, ok := w.line(got, want.part, want.number)
			if !ok {
				t.Errorf("%s: nothing of %s", want.part, want.number)
				continue
			}
			if k.Nominal != want.nominal || left(ctx, k) != want.words {
				t.Errorf("%s of %s: %s, %s; want %s, %s", want.part, want.number, k.Nominal, left(ctx, k), want.nominal, want.words)
			}
			if k.Title == "" || len(k.Citations) == 0 || k.Actor == "" {
				t.Errorf("%s of %s does not say what, by which article and who: %+v", want.part, want.number, k)
			}
		}
		for i, g := range got.Groups { // in the order of the screen
			if i > 0 && slices.Index(Parts, got.Groups[i-1].Part) >= slices.Index(Parts, g.Part) {
				t.Errorf("%s after %s", g.Part, got.Groups[i-1].Part)
			}
		}
		found, err := w.Desk(ctx, DeskFilter{Words: "nguyen thi lua"})
		w.ok(err)
		if _, ok := w.line(found, PartToday, "19/2026/HS"); !ok || found.Shown+found.Hidden != got.Shown || found.Hidden == 0 {
			t.Errorf("found %d and hid %d of %d", found.Shown, found.Hidden, got.Shown)
		}
		others, err := w.Desk(ctx, DeskFilter{Whose: "other"})
		w.ok(err)
		for _, g := range others.Groups {
			for _, k := range g.Clocks {
				if k.Own {
					t.Errorf("%s is a duty of the procuracy", k.Title)
				}
			}
		}

		// The people of an office add up to the office.
		b, err := w.Board(ctx, Office, Filter{})
		w.ok(err)
		people, err := w.ByStaff(ctx, Office)
		w.ok(err)
		var sum Counts
		for _, p := range people {
			for _, l := range Levels {
				switch l {
				case Breached:
					sum.Breached += p.Counts.Breached
				case Today:
					sum.Today += p.Counts.Today
				case Later:
					sum.Later += p.Counts.Later
				}
			}
			sum.Waiting += p.Counts.Waiting
		}
		if len(people) != 2 || sum.Breached != b.Counts.Breached || sum.Today != b.Counts.Today || sum.Later != b.Counts.Later || sum.Waiting != b.Counts.Waiting {
			t.Errorf("%d people come to %+v, the office to %+v", len(people), sum, b.Counts)
		}
		lead, err := w.Desk(w.as("vientruong"), DeskFilter{})
		w.ok(err)
		if got.Lead != nil || lead.Lead == nil || lead.Lead.Breached != b.Counts.Breached {
			t.Errorf("a prosecutor sees %v of the office, its chief %v", got.Lead, lead.Lead)
		}
	})
}

// Answers: a warning is taken in one press, a failure not without a reason.
func TestAnswers(t *testing.T) {
	w := openDesks(t, dbtest.SQLite(t))
	w.fill()
	w.ok(w.Tick(t.Context()))
	d, err := w.Desk(w.as("ksv"), DeskFilter{})
	w.ok(err)
	k, ok := w.line(d, PartToday, "19/2026/HS")
	if !ok || k.Open == nil || d.Warned == 0 {
		t.Fatalf("no warning to answer: %+v", k)
	}
	take := warningPath(k.Open.ID, "acknowledge")
	if code, body := w.ask("ksv", "GET", "/work", nil); code != 200 || !strings.Contains(body, take) {
		t.Fatalf("%d: the first screen does not offer %s", code, take)
	}
	if code, _ := w.ask("ksv2", "POST", take, url.Values{}); code != http.StatusForbidden {
		t.Errorf("somebody else's warning was taken: %d", code)
	}
	if code, _ := w.ask("ksv", "POST", take, url.Values{"back": {"https://elsewhere.example"}}); code != http.StatusSeeOther {
		t.Errorf("not taken: %d", code)
	}
	if code, body := w.ask("ksv", "POST", take, url.Values{}); code != http.StatusConflict || !strings.Contains(body, "sang bước khác") {
		t.Errorf("taken twice: %d", code)
	}
	sh, err := w.Sheet(w.as("ksv"), k.ID)
	w.ok(err)
	if len(sh.Warnings) == 0 || sh.Warnings[0].Life != Acknowledged {
		t.Errorf("warnings %+v", sh.Warnings)
	}

	late, ok := w.line(d, PartBreached, "18/2026/HS")
	if !ok || late.Open == nil {
		t.Fatal("nothing failed")
	}
	explain := warningPath(late.Open.ID, "explain")
	code, body := w.ask("ksv", "POST", explain, url.Values{"reason": {" "}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="reason-wrong"`) {
		t.Errorf("a failure without a reason: %d", code)
	}
	if code, _ := w.ask("ksv", "POST", explain, url.Values{"reason": {"Hồ sơ do cơ quan điều tra gửi chậm, đã kiến nghị"}}); code != http.StatusSeeOther {
		t.Errorf("a failure with its reason: %d", code)
	}
	code, body = w.ask("ksv", "GET", clockPath(late.ID), nil)
	if code != 200 || !strings.Contains(body, "gửi chậm, đã kiến nghị") {
		t.Errorf("%d: the page of the clock does not tell the reason", code)
	}

	// A duty is said to be done, but not in the future and not without a word.
	wrong := url.Values{"at": {"2026-12-24"}, "note": {""}}
	if code, body := w.ask("ksv", "POST", clockPath(k.ID)+"/done", wrong); code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="at-wrong"`) || !strings.Contains(body, `id="note-wrong"`) {
		t.Errorf("done wrongly: %d", code)
	}
	if code, _ := w.ask("ksv", "POST", clockPath(k.ID)+"/done", url.Values{"at": {"2026-11-25"}, "note": {"QĐ phê chuẩn số 12"}}); code != http.StatusSeeOther {
		t.Errorf("done: %d", code)
	}
	if sh, err = w.Sheet(w.as("ksv"), k.ID); err != nil || sh.Clock.State != Done {
		t.Errorf("the clock is %s: %v", sh.Clock.State, err)
	}
}

// Where the law needs what nobody has entered, an end is set by hand, with its basis.
func TestManualEnd(t *testing.T) {
	w := openDesks(t, dbtest.SQLite(t))
	w.fill()
	d, err := w.Desk(w.as("ksv"), DeskFilter{})
	w.ok(err)
	k, ok := w.line(d, PartManual, "17/2026/HS")
	if !ok {
		t.Fatalf("nothing needs an end: %+v", d.Groups)
	}
	code, body := w.ask("ksv", "GET", clockPath(k.ID), nil)
	if code != 200 || !strings.Contains(body, `action="`+clockPath(k.ID)+`/end"`) {
		t.Fatalf("%d: no form for the end", code)
	}
	if code, body := w.ask("ksv", "POST", clockPath(k.ID)+"/end", url.Values{"until": {"2026-12-10"}, "why": {""}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="why-wrong"`) {
		t.Errorf("an end without a basis: %d", code)
	}
	if code, _ := w.ask("ksv", "POST", clockPath(k.ID)+"/end", url.Values{"until": {"2026-12-10"}, "why": {"Lệnh tạm giam số 5 ghi đến 10/12/2026"}}); code != http.StatusSeeOther {
		t.Errorf("an end: %d", code)
	}
	sh, err := w.Sheet(w.as("ksv"), k.ID)
	if err != nil || sh.Clock.State != Running || sh.Clock.Nominal != "2026-12-10" {
		t.Errorf("%s until %s: %v", sh.Clock.State, sh.Clock.Nominal, err)
	}
}

// Whoever may not see cases sees none here, in no way.
func TestDoors(t *testing.T) {
	w := openDesks(t, dbtest.SQLite(t))
	w.fill()
	w.ok(w.Tick(t.Context()))
	d, err := w.Desk(w.as("ksv"), DeskFilter{})
	w.ok(err)
	k := d.Groups[0].Clocks[0]
	for _, p := range []string{"/work", "/work/live", "/deadlines", "/deadlines.xlsx", "/deadlines/calendar", "/deadlines/inbox", "/deadlines/suspended", "/deadlines/suspended.xlsx", clockPath(k.ID)} {
		if code, _ := w.ask("quantri", "GET", p, nil); code != http.StatusForbidden {
			t.Errorf("the administrator opens %s: %d", p, code)
		}
	}
	code, body := w.ask("quantri", "GET", "/system/watch", nil)
	if code != 200 {
		t.Errorf("watch: %d", code)
	}
	for _, secret := range []string{k.Number, k.CaseName, "Lò Văn Pản"} {
		if strings.Contains(body, secret) {
			t.Errorf("the page of the watch tells %s", secret)
		}
	}
	if code, _ := w.ask("ksv", "GET", "/system/watch", nil); code != http.StatusForbidden {
		t.Errorf("a prosecutor opens the watch: %d", code)
	}
	for p, want := range map[string]int{"/deadlines/none": http.StatusNotFound, "/deadlines/calendar?month=2026-13": http.StatusUnprocessableEntity, "/deadlines/policy": 200} {
		if code, _ := w.ask("ksv", "GET", p, nil); code != want {
			t.Errorf("%s: %d, want %d", p, code, want)
		}
	}
	if code, body := w.ask("ksv", "GET", "/work", nil, "lang", "en"); code != 200 || !strings.Contains(body, "In custody: hours left") || strings.Contains(body, "giờ còn lại") {
		t.Errorf("the first screen in English: %d", code)
	}
}

// The boards as spreadsheets hold every line of the board, and the calendar every day.
func TestSheets(t *testing.T) {
	w := openDesks(t, dbtest.SQLite(t))
	w.fill()
	w.more(40, 40)
	b, err := w.Board(w.as("ksv"), Office, Filter{})
	w.ok(err)
	lines := 0
	for _, l := range Levels {
		lines += b.Counts.Of(l)
	}
	if lines <= 100 {
		t.Fatalf("%d lines do not need a second page", lines)
	}
	_, body := w.ask("ksv", "GET", "/deadlines.xlsx?scope=office", nil)
	f, err := excelize.OpenReader(bytes.NewReader([]byte(body)))
	w.ok(err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	w.ok(err)
	n := 0
	for _, r := range rows {
		if len(r) > 5 && strings.Contains(r[5], "/2026/") {
			n++
		}
	}
	if n != lines {
		t.Errorf("%d lines in the spreadsheet, %d on the board", n, lines)
	}
	days, err := w.Month(w.as("ksv"), "2026-11", Office)
	w.ok(err)
	sum := 0
	for _, x := range days {
		sum += x.Own + x.Other
	}
	if len(days) != 30 || sum == 0 || sum > lines {
		t.Errorf("%d days with %d of %d", len(days), sum, lines)
	}
	if d := days[23]; d.Date != "2026-11-24" || !d.Off || d.Name == "" {
		t.Errorf("24 November is a holiday since 2026: %+v", d)
	}
	tet, err := w.Month(w.as("ksv"), "2027-02", Mine)
	w.ok(err)
	if !slices.ContainsFunc(tet, func(d MonthDay) bool { return d.Pending != "" }) {
		t.Error("Tết 2027 is not marked as undecided")
	}
}

// How one is told: what is wrong stands beside the input, the calendar is told once.
func TestSettingsPages(t *testing.T) {
	w := openDesks(t, dbtest.SQLite(t))
	code, body := w.ask("ksv", "POST", "/deadlines/settings", url.Values{"mail": {"nobody"}, "mail_on": {"on"}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="mail-wrong"`) || !strings.Contains(body, `value="nobody"`) {
		t.Errorf("a wrong address: %d", code)
	}
	if code, _ := w.ask("ksv", "POST", "/deadlines/settings", url.Values{"mail": {"giang.a.pao@vks.example"}, "mail_on": {"on"}}); code != http.StatusSeeOther {
		t.Errorf("settings: %d", code)
	}
	_, body = w.ask("ksv", "POST", "/deadlines/settings/calendar", url.Values{})
	_, rest, ok := strings.Cut(body, "https://congminh.example/calendar/")
	secret, _, _ := strings.Cut(rest, ".ics")
	if !ok || len(secret) < 20 {
		t.Fatalf("no address of a calendar: %q", secret)
	}
	if code, body := w.ask("ksv", "GET", "/calendar/"+secret+".ics", nil); code != 200 || !strings.Contains(body, "BEGIN:VCALENDAR") {
		t.Errorf("the calendar: %d", code)
	}
	if _, body := w.ask("ksv", "GET", "/deadlines/settings", nil); strings.Contains(body, secret) || !strings.Contains(body, "giang.a.pao@vks.example") {
		t.Error("the address is told again, or the mail is not")
	}
	away := url.Values{"from": {"2026-12-01"}, "to": {"2026-11-30"}, "substitute": {string(w.staff("ksv2"))}}
	if code, body := w.ask("ksv", "POST", "/deadlines/settings/absence", away); code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="to-wrong"`) {
		t.Errorf("an absence that ends before it begins: %d", code)
	}
	away.Set("to", "2026-12-05")
	if code, _ := w.ask("ksv", "POST", "/deadlines/settings/absence", away); code != http.StatusSeeOther {
		t.Errorf("absence: %d", code)
	}
	if _, body := w.ask("ksv", "GET", "/deadlines/settings", nil); !strings.Contains(body, "05/12/2026") || !strings.Contains(body, "Lương Thu Hà") {
		t.Error("the absence does not show")
	}
}

// Minutes pass and warnings come while the first screen stands open; one key takes
// the topmost.
func TestLiveInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	w := openDesks(t, dbtest.SQLite(t))
	w.fill()
	b.Open(t, w.url+"/work")
	if got := b.Text(t, ".due-left b"); got != "33:25" {
		t.Fatalf("custody has %s left, want 33:25", got)
	}
	w.later.Add(30)
	w.ok(w.Tick(t.Context())) // puts a letter into the box, which gives the sign
	comes(t, func() bool { return browser.Holds(b, `document.querySelector(".due-left b").textContent === "32:55"`) })
	comes(t, func() bool { return browser.Holds(b, `document.querySelector("[data-key=n]")`) })
	// A decision is entered elsewhere: the clock it lengthens moves at once.
	_, _, err := w.Service.cases.Record(w.as("ksv"), w.cases["21/2026/HS"], ledger.Act{Kind: "custody.extend", At: "2026-11-26T07:40", By: "police", Parties: []ledger.PartyID{"p-pan"},
		Number: "12/QĐ-GHTG", Issuer: "Cơ quan CSĐT Công an tỉnh Lào Cai", Signer: "Lý Văn Lèng", Until: "2026-11-30T16:40"})
	w.ok(err)
	entered := time.Now()
	comes(t, func() bool {
		return browser.Holds(b, `document.querySelector(".due time").dateTime === "2026-11-30T16:40"`)
	})
	if d := time.Since(entered); d > 2*time.Second {
		t.Errorf("the first screen moved after %v", d)
	}
	b.Do(t, chromedp.KeyEvent("n"))
	comes(t, func() bool {
		return browser.Holds(b, `document.body.textContent.includes("bạn đã nhận cảnh báo")`)
	})
	d, err := w.Desk(auth.With(t.Context(), w.actor("ksv")), DeskFilter{})
	w.ok(err)
	if k, _ := w.line(d, PartToday, "19/2026/HS"); k.Open == nil || k.Open.Life != Acknowledged {
		t.Errorf("the key took nothing: %+v", k.Open)
	}
}

func comes(t *testing.T, ok func() bool) {
	t.Helper()
	for range 100 {
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("it did not come")
}
