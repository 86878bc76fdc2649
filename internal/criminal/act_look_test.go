package criminal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"congminh/e2e/browser"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/db/dbtest"
)

// serve is the demonstration on a port, as k.login sees it.
func (k *desk) serve() string {
	k.t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mux.ServeHTTP(w, r.WithContext(k.as(k.login)))
	}))
	k.t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() }) // an open page may hold a stream
	return srv.URL
}

// propose puts the papers of a scan into a case.
func (k *desk) propose() {
	k.t.Helper()
	id := k.cases["01/2026/HS"].ID
	for _, p := range []Proposal{
		{Document: "d1", Folio: 12, Paper: "qd-phe-chuan-khoi-to-bi-can", Title: "Quyết định phê chuẩn quyết định khởi tố bị can", Number: "14/QĐ-VKS", At: "2026-09-03", Issuer: "VKSND khu vực 3 – Lào Cai", Names: []string{"Giàng Seo Vảng", "Sùng A Tủa"}, Charges: []ledger.Charge{{Article: "173", Clause: "1"}}},
		{Document: "d2", Folio: 31, Paper: "yc-dieu-tra", Title: "Yêu cầu điều tra", Number: "09/YC-VKS", At: "2026-10-02", Issuer: "VKSND khu vực 3 – Lào Cai"},
		{Document: "d3", Folio: 40, Paper: "qd-phuc-hoi-dieu-tra", Title: "Quyết định phục hồi điều tra", Issuer: "Cơ quan CSĐT Công an tỉnh Lào Cai"},
	} {
		p.Case, p.Dossier = id, "d"
		k.ok(k.Propose(k.t.Context(), p))
	}
}

// The pages of a case in a real browser: readable, reachable, within the screen.
func TestCaseLooks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	k := demoDesk(t, dbtest.SQLite(t))
	k.login = "vientruong"
	k.propose()
	home := k.serve()
	one, fraud, cow := at(k.cases["01/2026/HS"].ID, ""), at(k.cases["03/2026/HS"].ID, ""), at(k.cases["08/2026/HS"].ID, "")
	led, _, err := k.Acts(k.as("vientruong"), k.cases["01/2026/HS"].ID, "")
	k.ok(err)
	act := one + "/acts/" + string(led.Acts[0].ID)
	boy := one + "/persons/" + string(k.person("01/2026/HS", "Lý A Chớ"))
	for name, path := range map[string]string{
		"case": one, "case-fraud": fraud, "case-suspended": cow, "case-empty": at(k.cases["118/2024/HS"].ID, ""), "case-on": one + "?on=2026-09-01",
		"case-filter": one + "?group=measure&oldest=on", "case-edit": one + "/edit", "case-new": "/cases/new",
		"chooser": one + "/acts/new", "chooser-words": one + "/acts/new?q=tam+giam", "act-new": one + "/acts/new?kind=case.indict", "act-custody": at(k.cases["09/2026/HS"].ID, "/acts/new?kind=custody.extend"),
		"act-extend": fraud + "/acts/new?kind=detention.extend", "act-judgment": one + "/acts/new?kind=court.judgment",
		"act": act, "act-correct": act + "/correct", "act-void": act + "/void", "act-like": one + "/acts/new?like=" + string(led.Acts[0].ID),
		"person": boy, "person-edit": boy + "/edit", "person-new": one + "/persons/new",
		"split": one + "/split", "split-none": cow + "/split", "merge": one + "/merge", "merge-none": one + "/merge?q=xyz", "transfer": one + "/transfer", "assignments": one + "/assignments", "print": one + "/print",
	} {
		b.Axe(t, home+path)
		b.Reflow(t, home+path)
		time.Sleep(400 * time.Millisecond) // the live check
		b.Shot(t, name+"-1440", 1440, 0)
		b.Shot(t, name+"-390", 390, 0)
	}
	b.Prefer(t, "print")
	b.Open(t, home+one+"/print")
	b.Shot(t, "paper", 800, 0)
	b.NoOutside(t)
}

// A hurried prosecutor approves a longer custody with the keyboard alone.
func TestCustodyByKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	k := demoDesk(t, dbtest.SQLite(t))
	id := k.cases["09/2026/HS"].ID
	home := k.serve()
	b.Open(t, home+at(id, ""))
	keys := 0
	press := func(s string) {
		t.Helper()
		keys += len([]rune(s))
		b.Do(t, chromedp.KeyEvent(s))
	}
	press("n")
	b.Do(t, chromedp.WaitVisible("#q"))
	for _, c := range "ghtg" {
		press(string(c))
	}
	press(kb.Enter)
	b.Do(t, chromedp.WaitVisible("#number"))
	press(kb.Enter)
	b.Do(t, chromedp.WaitVisible(".toast"))
	led, st, err := k.Acts(k.as("ksv"), id, "")
	k.ok(err)
	last := led.Acts[len(led.Acts)-1]
	if last.Kind != "custody.extend" || !strings.HasSuffix(last.Number, "/QĐ-VKS") || last.At != "2026-11-22T12:00" || len(last.Parties) != 1 || st.Accused[0].Extensions != 1 {
		t.Errorf("entered %+v, state %+v", last, st)
	}
	t.Logf("%d keys", keys)
	if keys > 7 {
		t.Errorf("%d keys for one extension", keys)
	}
}

// What only marks an act asks for one yes, in place, without leaving the form; the next
// act follows with its day and people.
func TestMarkedAct(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	k := demoDesk(t, dbtest.SQLite(t))
	id := k.cases["09/2026/HS"].ID
	home := k.serve()
	b.Open(t, home+at(id, "/acts/new?kind=defendant.charge"))
	set := func(input, value string) {
		t.Helper()
		browser.Eval[bool](t, b, `(e => { e.value = "`+value+`"; e.dispatchEvent(new Event("input", {bubbles: true})); return true })(document.getElementById("`+input+`"))`)
	}
	holds := func(what string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !browser.Holds(b, what); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("in vain for %s\n%s", what, b.Text(t, "main"))
			}
		}
	}
	holds(`document.querySelector("#act-check").innerText.includes("Ghi ngày")`)
	set("number", "165/QĐ-CSĐT")
	set("field.offence_day", "2026-11-19")
	browser.Eval[bool](t, b, `(document.querySelector("[name=charges]").value = "171-1", true)`)
	set("at", "2026-10-20") // long ago: it is entered late
	holds(`!!document.querySelector("#act-check .finding") && !!document.getElementById("sure")`)
	set("note", "Nhận muộn")
	b.Do(t, chromedp.Focus("#sure"), chromedp.KeyEvent(" "))
	time.Sleep(500 * time.Millisecond) // the check of the note comes back
	holds(`document.getElementById("sure").checked`)
	set("at", "2026-11-22")
	holds(`!document.getElementById("sure") && document.querySelector("#act-check").innerText.includes("cướp giật")`)
	b.Axe(t, "")
	b.Do(t, chromedp.Focus("#number"), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(2)))
	holds(`location.search.startsWith("?after=") && !!document.querySelector(".toast") && document.activeElement.id === "q"`)
	for _, c := range "pcqd" {
		b.Do(t, chromedp.KeyEvent(string(c)))
	}
	holds(`document.querySelector("#kinds .on a")?.innerText === "Phê chuẩn quyết định khởi tố bị can"`)
	first := browser.Eval[string](t, b, `document.querySelector("#kinds .on").id`)
	b.Do(t, chromedp.KeyEvent(kb.ArrowDown))
	if got := browser.Eval[string](t, b, `document.querySelector("#q").getAttribute("aria-activedescendant")`); got == first || got == "" {
		t.Errorf("after an arrow the choice is %q", got)
	}
	b.Do(t, chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	holds(`document.getElementById("at")?.value === "2026-11-22" && document.querySelectorAll("[name=parties]:checked").length === 1 && document.querySelector("[name=charges]").value === "171-1"`)
}
