package e2e

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"congminh/e2e/browser"
	"congminh/internal/kit/civil"
)

// watch is a clock that the story sets.
type watch struct{ now atomic.Pointer[time.Time] }

func (w *watch) set(t *testing.T, minute string) {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04", minute, civil.Zone)
	if err != nil {
		t.Fatal(err)
	}
	w.now.Store(&at)
}

func (w *watch) Now() time.Time { return *w.now.Load() }

// trial is the story of one case, told through the browser on the days it happens.
type trial struct {
	*house
	t *testing.T
	b *browser.Browser
	w *watch
	// path of the case
	at string
}

// day turns the clock to a minute and signs in as a person of the office.
func (c *trial) day(minute, login string) {
	c.t.Helper()
	c.w.set(c.t, minute)
	c.b.Do(c.t, chromedp.Evaluate[chromedp.Void](`document.cookie.split(";").forEach(c => document.cookie = c.split("=")[0] + "=; Max-Age=0; path=/")`))
	c.b.Open(c.t, c.url+"/account")
	if browser.Holds(c.b, `!!document.querySelector('form[action="/sign-out"]')`) {
		c.b.Do(c.t, chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/sign-out"]').submit()`))
		until(c.t, c.b, 20*time.Second, "signed out", `location.pathname === "/sign-in"`)
	}
	c.signIn(c.t, c.b, login)
}

// act enters an act by its form: values by field name; who are names of people to
// tick, none for those ticked already.
func (c *trial) act(kind string, values map[string]string, who ...string) {
	c.t.Helper()
	c.b.Open(c.t, c.url+c.at+"/acts/new?kind="+kind)
	until(c.t, c.b, 20*time.Second, "the form of "+kind, `!!document.querySelector("form.act-form")`)
	for name, v := range values {
		if name == "at" && strings.Contains(v, "T") {
			day, hour, _ := strings.Cut(v, "T")
			c.fill("at", day)
			c.fill("hour", hour)
			continue
		}
		if name == "until" && strings.Contains(v, "T") {
			day, hour, _ := strings.Cut(v, "T")
			c.fill("until", day)
			c.fill("until_at", hour)
			continue
		}
		c.fill(name, v)
	}
	for _, name := range who {
		if !browser.Eval[bool](c.t, c.b, fmt.Sprintf(`(() => {
			const l = [...document.querySelectorAll("form.act-form .party label")].find(l => l.textContent.includes(%q));
			if (!l) return false;
			const i = document.getElementById(l.htmlFor);
			if (!i.checked) i.click();
			return true })()`, name)) {
			c.t.Fatalf("%s: %s cannot be chosen", kind, name)
		}
	}
	c.submit(kind)
}

// submit sends the form of an act, and says yes where something unusual was found.
func (c *trial) submit(kind string) {
	c.t.Helper()
	here := `document.querySelector("form.act-form [data-submit]")`
	c.b.Do(c.t, chromedp.Evaluate[chromedp.Void](here+`.click()`))
	for range 2 {
		until(c.t, c.b, 30*time.Second, kind+" answered", `document.readyState === "complete" && (!`+here+` || !!document.querySelector("#sure") || !!document.querySelector(".summary"))`)
		if !browser.Holds(c.b, "!!"+here) {
			return
		}
		if !browser.Holds(c.b, `!!document.querySelector("#sure")`) {
			c.t.Fatalf("%s was refused:\n%s", kind, c.b.Text(c.t, "main"))
		}
		c.b.Do(c.t, chromedp.Evaluate[chromedp.Void](`(() => { const s = document.querySelector("#sure"); if (!s.checked) s.click(); `+here+`.click() })()`))
		time.Sleep(300 * time.Millisecond)
	}
	until(c.t, c.b, 30*time.Second, kind+" entered", "!"+here)
}

// fill puts a value into a field of the form as typing does.
func (c *trial) fill(name, value string) {
	c.t.Helper()
	if !browser.Eval[bool](c.t, c.b, fmt.Sprintf(`(() => {
		const e = document.querySelector('main form [name=%q]');
		if (!e) return false;
		e.value = %q;
		e.dispatchEvent(new Event("input", { bubbles: true }));
		e.dispatchEvent(new Event("change", { bubbles: true }));
		return e.value === %q })()`, name, value, value)) {
		c.t.Fatalf("field %s does not take %q:\n%s", name, value, c.b.Text(c.t, "main"))
	}
}

// due asks that some line of the page says all of words.
func (c *trial) due(words ...string) {
	c.t.Helper()
	if !c.line(words...) {
		c.t.Errorf("on %s no line says %q:\n%s", c.w.Now().Format("02/01/2006 15:04"), words, c.b.Text(c.t, "main"))
	}
}

func (c *trial) line(words ...string) bool {
	c.t.Helper()
	var tests []string
	for _, w := range words {
		tests = append(tests, fmt.Sprintf("r.innerText.includes(%q)", w))
	}
	browser.Holds(c.b, `[...document.querySelectorAll("main details:not([data-fold])")].forEach(d => d.open = true) === undefined`)
	return browser.Holds(c.b, `[...document.querySelectorAll("main tr, main li, main article, main section p, main dl")].some(r => `+strings.Join(tests, " && ")+`)`)
}

// open shows the page of the case, or one below it.
func (c *trial) open(path string) {
	c.t.Helper()
	c.b.Open(c.t, c.url+c.at+path)
}

// A case goes from the crime report to the judgment through the browser: custody,
// detention, two extensions, a return, a juvenile among the accused, a suspension, and
// a warning that nobody answers and that climbs. Every date was computed by hand from
// the articles; the reasoning stands beside it.
func TestCaseFromReportToJudgment(t *testing.T) {
	w := new(watch)
	w.set(t, "2026-03-02T09:00")
	h := openAt(t, w.Now)
	c := &trial{house: h, t: t, b: browser.New(t), w: w}
	b := c.b
	look := func(name string) {
		b.Axe(t, "")
		b.Shot(t, name, 1280, 900)
		b.Shot(t, name+"-phone", 390, 844)
		b.Size(t, 1280, 900)
	}
	const adult, minor = "Vàng A Súa", "Lò Văn Mai"

	// 2 March: the report comes in.
	h.signIn(t, b, "ksv")
	b.Open(t, h.url+"/cases/new")
	for name, v := range map[string]string{"number": "50/2026/HS", "name": "Vàng A Súa và đồng phạm – Trộm cắp tài sản", "stage": "report",
		"accused": adult + "\n" + minor, "victims": "Hoàng Thị Lan"} {
		c.fill(name, v)
	}
	b.Do(t, chromedp.Evaluate[chromedp.Void](`document.querySelector("main form.form").requestSubmit()`))
	until(t, b, 20*time.Second, "the case", `location.pathname.match(/^\/cases\/[0-9a-f-]{36}$/) !== null`)
	c.at = browser.Eval[string](t, b, "location.pathname")
	minorAt := browser.Eval[string](t, b, fmt.Sprintf(`[...document.querySelectorAll('main a[href*="/persons/"]')].find(a => a.textContent.includes(%q)).getAttribute("href")`, minor))
	b.Open(t, h.url+strings.TrimSuffix(minorAt, "/edit")+"/edit")
	c.fill("born", "2009-08-20")
	b.Do(t, chromedp.Evaluate[chromedp.Void](`document.querySelector("main form[data-check]").requestSubmit()`))
	until(t, b, 20*time.Second, "the birthday kept", `!location.pathname.endsWith("/edit")`)
	c.day("2026-03-02T09:30", "vientruong")
	for _, x := range [][2]string{{"Giàng A Páo", "conduct"}, {"Sùng Seo Lử", "lead"}} {
		c.open("/assignments")
		browser.Eval[bool](t, b, fmt.Sprintf(`(() => {
			const f = [...document.querySelectorAll("main form.form")].find(f => f.elements.staff), s = f.elements.staff;
			s.value = [...s.options].find(o => o.text.includes(%q)).value; f.elements.task.value = %q; f.requestSubmit(); return true })()`, x[0], x[1]))
		until(t, b, 20*time.Second, "assigned "+x[0], has("Đã cập nhật phân công"))
	}
	c.day("2026-03-02T10:00", "ksv")
	c.act("report.receive", map[string]string{"at": "2026-03-02", "field.source": "news"})
	c.act("report.receive_vks", map[string]string{"at": "2026-03-02"})
	c.open("")
	// 20 days, the first not counted: 22 March is a Sunday, so Monday 23 March by law.
	c.due("giải quyết nguồn tin", "22/03/2026")
	look("case-01-nguon-tin")

	// 9 March: the case is opened, one is taken into custody, both are charged.
	c.day("2026-03-09T15:00", "ksv")
	c.act("case.open", map[string]string{"at": "2026-03-09", "number": "12/QĐ-ĐTHS", "issuer": "Cơ quan CSĐT Công an tỉnh Lào Cai", "charges": "173-2"})
	c.act("custody.start", map[string]string{"at": "2026-03-09T10:00"}, adult)
	c.act("defendant.charge", map[string]string{"at": "2026-03-09", "number": "31/QĐ-ĐTHS", "issuer": "Cơ quan CSĐT Công an tỉnh Lào Cai", "charges": "173-2"}, adult, minor)
	c.open("")
	// Serious crime: three months. Custody: three times 24 hours. A minor: half of three
	// months is one month and 15 days: 9 April + 15 days.
	c.due("Thời hạn điều tra", "09/06/2026")
	c.due("tạm giữ", adult, "12/03/2026", "10:00")
	c.due(minor, "24/04/2026")
	look("case-02-khoi-to")

	// 10 March: the charge is sent for approval: three days.
	c.day("2026-03-10T09:00", "ksv")
	c.act("defendant.charge_received", map[string]string{"at": "2026-03-10"}, adult, minor)
	c.open("")
	c.due("phê chuẩn", adult, "13/03/2026")

	// 12 March: custody is extended by three days of 24 hours, the charge approved.
	c.day("2026-03-12T08:00", "ksv")
	c.act("custody.extend_file_received", map[string]string{"at": "2026-03-12T07:00"}, adult)
	c.open("")
	c.due("gia hạn tạm giữ", "12/03/2026", "19:00") // twelve hours
	c.act("custody.extend", map[string]string{"at": "2026-03-12T07:50"}, adult)
	c.act("defendant.approve", map[string]string{"at": "2026-03-12"}, adult, minor)
	c.open("")
	c.due("tạm giữ", adult, "15/03/2026", "10:00")
	b.Open(t, h.url+"/work")
	look("case-03-viec-cua-toi")

	// 15 March, a Sunday: detention. 3 × 30 − 6 days of custody = 84 days, both ends
	// counted: March 17 + April 30 + May 31 + June 6.
	c.day("2026-03-15T11:00", "ksv")
	c.act("detention.start", map[string]string{"at": "2026-03-15"}, adult)
	c.open("")
	c.due("tạm giam", adult, "06/06/2026")
	look("case-04-tam-giam")

	// 20 April: the investigation is suspended for the minor, who is ill.
	c.day("2026-04-20T09:00", "ksv")
	c.act("investigation.suspend", map[string]string{"at": "2026-04-20", "number": "3/QĐ-ĐTHS", "issuer": "Cơ quan CSĐT Công an tỉnh Lào Cai", "reason": "serious_illness"}, minor)
	b.Open(t, h.url+"/deadlines/suspended")
	c.due("50/2026/HS")
	look("case-05-tam-dinh-chi")

	// 1 June: both are extended. Investigation: three months from the nominal end.
	// Detention: 60 days from 7 June: June 24 + July 31 + August 5.
	c.day("2026-05-27T09:00", "ksv")
	c.act("detention.extend_request", map[string]string{"at": "2026-05-27"}, adult)
	c.act("investigation.extend_request", map[string]string{"at": "2026-05-27"})
	c.day("2026-06-01T09:00", "ksv")
	c.act("investigation.extend", map[string]string{"at": "2026-06-01", "field.seq": "1"})
	c.act("detention.extend", map[string]string{"at": "2026-06-01", "until": "2026-08-05", "field.seq": "1"}, adult)
	c.open("")
	c.due("Thời hạn điều tra", "09/09/2026")
	c.due("tạm giam", adult, "05/08/2026")
	look("case-06-gia-han")

	// 15 June: the minor is well: two months for a serious crime; 15 August is a
	// Saturday, so Monday 17 August by law.
	c.day("2026-06-15T09:00", "ksv")
	c.act("investigation.resume", map[string]string{"at": "2026-06-15", "number": "9/QĐ-ĐTHS", "issuer": "Cơ quan CSĐT Công an tỉnh Lào Cai"}, minor)
	c.open("")
	c.due("phục hồi điều tra", "15/08/2026")

	// 6 July: the file comes: 20 days to decide (26 July, a Sunday); ten for the minor.
	c.day("2026-07-06T09:00", "ksv")
	c.act("investigation.conclude", map[string]string{"at": "2026-07-03", "number": "15/KLĐT", "issuer": "Cơ quan CSĐT Công an tỉnh Lào Cai"})
	c.act("file.to_vks", map[string]string{"at": "2026-07-06", "field.pages": "204"})
	c.open("")
	c.due("truy tố", "26/07/2026")
	c.due(minor, "16/07/2026")

	// 14 July: returned for additional investigation, and the adult is let go home.
	// The police have it on the 15th: two months.
	c.day("2026-07-15T09:00", "ksv")
	c.act("detention.replace", map[string]string{"at": "2026-07-14", "field.measure": "residence_ban"}, adult)
	c.act("case.return", map[string]string{"at": "2026-07-14", "reason": "evidence"})
	c.act("case.return_received", map[string]string{"at": "2026-07-15"})
	c.open("")
	c.due("Điều tra bổ sung", "15/09/2026")
	if c.line("Thời hạn tạm giam", adult, "Đang chạy") {
		t.Error("the clock of a detention that was replaced still runs")
	}
	look("case-07-tra-ho-so")

	// 17 August: the file is back; 24 August: the indictment, three days to send it.
	c.day("2026-08-17T09:00", "ksv")
	c.act("investigation.conclude", map[string]string{"at": "2026-08-14", "number": "21/KLĐT", "issuer": "Cơ quan CSĐT Công an tỉnh Lào Cai"})
	c.act("file.to_vks", map[string]string{"at": "2026-08-17", "field.pages": "231"})
	c.open("")
	c.due("truy tố", "06/09/2026")
	c.due(minor, "27/08/2026")
	c.day("2026-08-24T09:00", "ksv")
	c.act("case.indict", map[string]string{"at": "2026-08-24", "charges": "173-2"})
	c.open("")
	c.due("cáo trạng", "27/08/2026")

	// Nobody sends it, and nobody answers the warnings. The tick of each day raises what
	// is due; it climbs to the deputy, then to the chief.
	for _, minute := range []string{"2026-08-25T09:00", "2026-08-26T09:00", "2026-08-27T09:00", "2026-08-28T09:00", "2026-08-28T15:00", "2026-08-30T09:00", "2026-08-31T10:00"} {
		w.set(t, minute)
		if err := h.Deadline.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c.day("2026-08-31T16:00", "vientruong")
	b.Open(t, h.url+"/deadlines/inbox")
	c.due("50/2026/HS")
	look("case-08-canh-bao")
	b.Open(t, h.url+"/deadlines?scope=office")
	look("case-09-bang-don-vi")
	// By the law it ended on Thursday the 27th; Monday the 31st is a day off, so no
	// working day changes that.
	c.due("Chuyển hồ sơ và cáo trạng", "50/2026/HS", "27/08/2026")
	c.due("Giao cáo trạng", "50/2026/HS", "27/08/2026")
	c.day("2026-08-31T16:10", "truongphong")
	b.Open(t, h.url+"/deadlines/inbox")
	c.due("50/2026/HS") // nobody of the office answered
	c.day("2026-08-31T16:30", "ksv")
	c.open("")
	c.due("cáo trạng", "27/08/2026")
	clock := browser.Eval[string](t, b, `(() => { const r = [...document.querySelectorAll("main tr, main li")].find(r => r.innerText.includes("cáo trạng") && r.innerText.includes("27/08/2026") && r.querySelector('a[href^="/deadlines/"]')); return r ? r.querySelector('a[href^="/deadlines/"]').getAttribute("href") : "" })()`)
	if clock == "" {
		t.Fatalf("no clock to open:\n%s", b.Text(t, "main"))
	}
	b.Open(t, h.url+clock)
	look("case-10-thoi-han")
	// Its log names everyone it climbed to: the chief at the end, the office above when
	// he did not answer.
	for _, who := range []string{"Trần Quang Vịnh", "Nguyễn Đức Khải"} {
		c.due(who)
	}
	c.act("file.to_court", map[string]string{"at": "2026-08-31", "field.pages": "231"})
	c.open("")
	c.due("cáo trạng", "31/08/2026", "quá hạn") // done late, and it says so

	// The court: 45 days for a serious crime (19 October), 22 for the minor (26
	// September, a Saturday); the judgment; 15 and 30 days to protest.
	c.day("2026-09-07T09:00", "ksv")
	c.act("court.accept", map[string]string{"at": "2026-09-04", "number": "40/TLST-HS", "issuer": "TAND khu vực 3 – Lào Cai"})
	c.open("")
	c.due("chuẩn bị xét xử", "19/10/2026")
	c.due(minor, "26/09/2026")
	c.day("2026-09-21T09:00", "ksv")
	c.act("court.trial_decision", map[string]string{"at": "2026-09-21", "number": "42/QĐXXST-HS", "issuer": "TAND khu vực 3 – Lào Cai"})
	c.open("")
	c.due("Mở phiên tòa", "06/10/2026")
	c.day("2026-10-05T17:00", "ksv")
	c.act("court.judgment", map[string]string{"at": "2026-10-05", "number": "44/HS-ST", "issuer": "TAND khu vực 3 – Lào Cai", "reason": "as_charged"}, adult, minor)
	c.open("")
	c.due("Kháng nghị", "cùng cấp", "20/10/2026")
	c.due("Kháng nghị", "cấp trên", "04/11/2026")
	look("case-11-ban-an")

	// As it stood on 1 May: the minor suspended, the adult detained.
	c.open("?on=2026-05-01")
	c.due(minor, "Tạm đình chỉ")
	look("case-12-ngay-cu")
	c.open("/print")
	look("case-13-tom-tat")
	b.NoOutside(t)
}
