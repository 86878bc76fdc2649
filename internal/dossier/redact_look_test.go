package dossier

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/kit/db/dbtest"
)

// Covering for release and papers with secret marks, in a real browser: empty, at work,
// refused, done, in English.
func TestRedactionInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	english := browser.NewEnglish(t, "..")
	o := open(t, dbtest.SQLite(t))
	file, _ := o.papered()
	h := o.pages()
	srv := httptest.NewServer(h)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	look := func(who, name, at string) {
		t.Helper()
		b.Cookie(t, srv.URL, "As", who)
		b.Cookie(t, srv.URL, "lang", "vi")
		b.Open(t, srv.URL+at)
		b.Look(t, name)
		b.FocusOrder(t, "")
		b.Cookie(t, srv.URL, "lang", "en")
		b.Open(t, srv.URL+at)
		english.Check(t, b)
		b.Cookie(t, srv.URL, "lang", "vi")
	}
	// wrong sends the last form that matches as it stands and looks at the answer.
	wrong := func(who, name, at, form string) {
		t.Helper()
		b.Cookie(t, srv.URL, "As", who)
		b.Open(t, srv.URL+at)
		browser.Eval[bool](t, b, `(() => { const f = document.querySelector(`+"`"+form+"`"+`); f.noValidate = true; f.querySelector("button:not([type=button])").click(); return true })()`)
		for end := time.Now().Add(20 * time.Second); !browser.Holds(b, `document.readyState === "complete" && document.querySelector("main [role=alert]")`); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: nothing is said to be wrong:\n%s", name, b.Text(t, "main"))
			}
		}
		b.Look(t, name)
	}
	list := path(file.ID, "/redactions")
	look("ksv", "redactions-none", list)
	wrong("ksv", "redactions-wrong", list, "form.form")
	to := "Tòa án nhân dân khu vực 3 – Lào Cai, để giải quyết yêu cầu sao chụp hồ sơ của người bào chữa cho bị cáo theo Công văn số 12/CV-TA"
	w := ask(h, "ksv", list, url.Values{"folios": {"1-3"}, "to": {to}, "purpose": {"Giải quyết yêu cầu sao chụp hồ sơ của người bào chữa"}, "ground": {"Công văn số 12/CV-TA ngày 02/11/2026"}, "rule": {"identity", "phone", "birth", "address"}})
	first := w.Header().Get("Location")
	whole := strings.TrimSuffix(first, "/pages/1")
	look("ksv", "redactions", list)
	look("ksv", "redaction", whole)
	look("ksv", "redaction-sheet", first)
	wrong("ksv", "redaction-sheet-wrong", first, "#add")
	body(t, ask(h, "ksv", first, url.Values{"do": {"check"}, "seen": {itoa(strings.Count(body(t, ask(h, "ksv", first, nil), 200), `class="redact-box"`))}}), 303)
	look("ksv", "redaction-sheet-checked", first)

	if page := body(t, ask(h, "ksv", whole+"/cancel", url.Values{}), 200); !strings.Contains(page, `name="sure"`) {
		t.Error("work is thrown away without a question")
	}
	body(t, ask(h, "ksv", whole+"/cancel", url.Values{"sure": {"on"}}), 303)
	if page := body(t, ask(h, "ksv", list, nil), 200); !strings.Contains(page, Cancelled.VN()) {
		t.Error("the redaction was not given up")
	}

	paper, err := o.Create(o.as("vanthu"), New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	look("vientruong", "secrets-none", path(paper.ID, "/secrets"))
	c, err := o.Receive(o.as("vanthu"), paper.ID, "kế hoạch trinh sát.pdf", "api", bytes.NewReader(secretPDF(t)))
	o.ok(err)
	o.work()
	look("vientruong", "secrets", path(paper.ID, "/secrets"))
	look("vientruong", "secret", secretPath(c.ID, ""))
	wrong("vientruong", "secret-wrong", secretPath(c.ID, ""), "form.form")
	body(t, ask(h, "vientruong", secretPath(c.ID, ""), url.Values{"say": {"secret"}, "level": {"2"}, "place": {"Tủ sắt số 1, phòng cơ yếu"}, "register": {"07/TLM"}}), 303)
	o.work()
	look("ksv", "secret-stub", path(paper.ID, "/secrets"))
	b.NoOutside(t)
}
