// Package e2e drives the program the way people do, in a real Chromium: one story
// from the paper file to the citation, with every page looked at on the way.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"congminh/e2e/browser"
	"congminh/internal/app"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Child(app.Handlers())
	os.Exit(m.Run())
}

// house is a running program with the demo office in it.
type house struct {
	*app.App
	url      string
	password map[string]string
}

func open(t *testing.T) *house { return openAt(t, time.Now) }

// openAt is open with a clock of one's own.
func openAt(t *testing.T, now func() time.Time) *house {
	t.Helper()
	c := app.Default()
	c.Data = t.TempDir()
	c.Seal.Development = true
	if url := os.Getenv("CONGMINH_E2E_DATABASE"); url != "" {
		c.Database = url
	}
	a, err := app.New(t.Context(), c, app.Outside{Now: now, DBNow: func(context.Context) (time.Time, error) { return now(), nil }, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	accounts, err := a.Demo(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{App: a, password: map[string]string{}}
	for _, x := range accounts {
		h.password[x.Login] = x.Password
	}
	ctx, stop := context.WithCancel(t.Context())
	idle := make(chan struct{})
	go func() { defer close(idle); a.Jobs.Run(ctx) }()
	srv := httptest.NewServer(a)
	h.url = srv.URL
	t.Cleanup(func() { stop(); <-idle; srv.CloseClientConnections(); srv.Close() })
	return h
}

// pages is how long the file of the story is. A smaller one makes the test quick
// while one works on a page.
func pages(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("CONGMINH_E2E_PAGES"))
	if err != nil {
		return 204
	}
	return n
}

// paper is the file of the story as a scanner leaves it: two volumes, one as PDF and
// one as TIFF, and loose sheets as JPEG.
func paper(t *testing.T, n int) (truth *sample.File, files []string) {
	t.Helper()
	dir := t.TempDir()
	f, err := sample.Make(20261126, n, sample.Options{Blank: true, Upside: true, Duplicate: true})
	if err != nil {
		t.Fatal(err)
	}
	a, b := len(f.Pages)*6/10, len(f.Pages)*9/10
	write := func(name string, body []byte) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	var buf bytes.Buffer
	if err := (sample.Scan{}).PDF(&buf, f.Pages[:a]); err != nil {
		t.Fatal(err)
	}
	write("tap-1.pdf", buf.Bytes())
	buf.Reset()
	if err := (sample.Scan{}).TIFF(&buf, f.Pages[a:b]); err != nil {
		t.Fatal(err)
	}
	write("tap-2.tif", buf.Bytes())
	for i, p := range f.Pages[b:] {
		buf.Reset()
		if err := jpeg.Encode(&buf, p.Render(200), &jpeg.Options{Quality: 80}); err != nil {
			t.Fatal(err)
		}
		write(fmt.Sprintf("to-roi-%02d.jpg", i+1), buf.Bytes())
	}
	write("hong.pdf", []byte("%PDF-1.7\n1 0 obj <<")) // one bad file must not hold the others
	return f, files
}

func (h *house) signIn(t *testing.T, b *browser.Browser, login string) {
	t.Helper()
	b.Open(t, h.url+"/sign-in")
	b.Do(t, chromedp.SendKeys("#login", login), chromedp.SendKeys("#password", h.password[login]), chromedp.Click(`form[action="/sign-in"] .button`))
	until(t, b, 30*time.Second, "signed in as "+login, `!!document.querySelector('form[action="/sign-out"]')`)
}

// until waits for an expression to be true.
func until(t *testing.T, b *browser.Browser, limit time.Duration, what, expression string) {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		if browser.Holds(b, expression) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain for: %s\n%s", limit, what, b.Text(t, "main"))
		}
	}
}

func has(text string) string {
	return fmt.Sprintf("document.querySelector('main').innerText.includes(%q)", text)
}

// The whole story: scans are dropped on the page and read; a clerk checks what the
// machine proposes, numbers the folios and closes the file; a prosecutor finds the
// words without marks, sees them on the picture, and cites the folio.
func TestStory(t *testing.T) {
	h := open(t)
	n := pages(t)
	truth, files := paper(t, n)
	b := browser.New(t)
	look := func(name string) { // every page of the story is looked at
		t.Helper()
		b.Axe(t, "")
		b.Shot(t, name, 1280, 900)
		b.Shot(t, name+"-phone", 390, 844)
		b.Size(t, 1280, 900)
	}

	// The clerk makes the file and hands in the scans.
	h.signIn(t, b, "vanthu")
	b.Open(t, h.url+"/dossiers")
	look("01-ho-so-trong")
	b.Open(t, h.url+"/dossiers/new")
	look("02-lap-ho-so")
	browser.Eval[bool](t, b, `(() => {
		const s = document.querySelector("select[name=case]");
		s.value = [...s.options].find(o => o.text.includes("01/2026/HS")).value;
		s.form.requestSubmit();
		return true })()`)
	until(t, b, 20*time.Second, "the new file", `location.pathname.startsWith("/dossiers/0")`)
	b.Do(t, chromedp.SetUploadFiles("#files", files))
	until(t, b, 60*time.Second, "all files sent", fmt.Sprintf(`document.querySelectorAll(".upload-done").length === %d`, len(files)))
	until(t, b, 60*time.Second, "progress", `!!document.querySelector("main table progress")`)
	look("03-dang-doc")
	until(t, b, 20*time.Minute, "everything read", has("chờ bạn kiểm tra"))
	look("04-da-doc")
	if text := b.Text(t, "main"); !contains(text, "Tệp bị cụt") {
		t.Errorf("the broken file is not explained:\n%s", text)
	}
	dossier := browser.Eval[string](t, b, "location.pathname")

	// The clerk checks: what the machine is sure of at once, the rest one by one.
	b.Open(t, h.url+dossier+"/check")
	look("05-kiem-tra")
	h.sure(t, b, "sure")
	until(t, b, 5*time.Minute, "the sure ones accepted", `!document.querySelector('[data-ask="ask-sure"]')`)
	b.Open(t, h.url+dossier+"/check?show=waiting")
	look("06-con-lai")
	for range len(truth.Docs) + 10 {
		if browser.Holds(b, has("Mọi tài liệu đã nhận")) {
			break
		}
		was := browser.Eval[string](t, b, `document.querySelector("#paper-form")?.getAttribute("action") + document.querySelector("#desk").innerText`)
		browser.Eval[bool](t, b, `(() => {
			const f = document.querySelector("#paper-form"), kind = f.elements.kind, title = f.elements.title;
			if (!title.value) title.value = "Tài liệu chưa rõ tên";
			if (!kind.value) kind.value = document.querySelector("#kinds option:last-child").value;
			f.querySelector(".form-foot .button").click();
			return true })()`)
		until(t, b, 20*time.Second, "the next document", fmt.Sprintf(`document.querySelector("#paper-form")?.getAttribute("action") + document.querySelector("#desk").innerText !== %q`, was))
	}

	until(t, b, 10*time.Second, "everything accepted", has("Mọi tài liệu đã nhận"))

	// Folios are numbered once, and the file is closed.
	b.Open(t, h.url+dossier+"/numbers")
	look("07-danh-so")
	h.sure(t, b, "number")
	until(t, b, 30*time.Second, "numbered", has("Hồ sơ có thể đóng"))
	h.sure(t, b, "close")
	until(t, b, 30*time.Second, "closed", has("Hồ sơ đã đóng"))
	look("08-da-dong")
	for _, page := range []string{"/index", "/exhibits", "/history"} {
		b.Open(t, h.url+dossier+page)
		look("09" + strings.ReplaceAll(page, "/", "-"))
	}

	// The prosecutor finds the words without marks, on the picture, and cites the folio.
	h.signOutIn(t, b, "ksv")
	b.Open(t, h.url+"/search")
	b.Do(t, chromedp.SendKeys("#q", "qua han tam giam"), chromedp.Click("main form .button"))
	until(t, b, 20*time.Second, "hits", `!!document.querySelector(".hit")`)
	look("10-tim")
	first := b.Text(t, ".hit")
	if !contains(first, "quá hạn tạm giam") || !contains(first, "BL ") {
		t.Errorf("the first hit: %s", first)
	}
	cite := browser.Eval[string](t, b, `document.querySelector(".hit .badge").innerText`)
	b.Do(t, chromedp.Click(".hit h2 a"))
	until(t, b, 30*time.Second, "the hit on the picture", `!!document.querySelector(".hit-box")`)
	look("11-doc")
	b.Prefer(t, "", "prefers-color-scheme", "dark")
	b.Shot(t, "12-doc-toi", 1280, 900)
	b.Prefer(t, "", "prefers-color-scheme", "light")

	// The citation is an address that opens the page it names.
	folio := strings.TrimPrefix(cite, "BL ")
	b.Open(t, h.url+"/c/"+strings.TrimPrefix(dossier, "/dossiers/")+"/"+folio)
	until(t, b, 20*time.Second, "the cited folio", fmt.Sprintf(`(document.querySelector("#go-folio")?.value || "").padStart(2, "0") === %q`, folio))
	b.NoOutside(t)

	// A confirmed paper proposes the act it proves; one key takes it, and the page
	// stands behind it.
	caseAt := browser.Eval[string](t, b, `fetch(`+fmt.Sprintf("%q", dossier)+`).then(r => r.text()).then(s => s.match(/href="(\/cases\/[0-9a-f-]{36})"/)[1])`)
	b.Open(t, h.url+caseAt)
	until(t, b, 20*time.Second, "proposals", `!!document.querySelector("#proposals form[action$='/take']")`)
	look("14-de-xuat")
	waiting := browser.Eval[int](t, b, `document.querySelectorAll("#proposals form[action$='/take']").length`)
	browser.Eval[bool](t, b, `(document.querySelector("#proposals form[action$='/take']").requestSubmit(), true)`)
	until(t, b, 20*time.Second, "the proposal answered or opened", fmt.Sprintf(`location.pathname.includes("/acts/new") || document.querySelectorAll("#proposals form[action$='/take']").length < %d`, waiting))
	look("15-nhan-de-xuat")

	// Whoever has no business with the case finds nothing, and nothing says that
	// there is something.
	h.signOutIn(t, b, "quantri")
	b.Open(t, h.url+dossier)
	if text := b.Text(t, "main"); contains(text, "Bút lục") {
		t.Errorf("the system administrator sees %s", text)
	}
}

// sure presses a button that asks, and answers yes.
func (h *house) sure(t *testing.T, b *browser.Browser, name string) {
	t.Helper()
	until(t, b, 10*time.Second, "the button "+name, fmt.Sprintf(`!!document.querySelector('[data-ask="ask-%s"]')`, name))
	b.Do(t, chromedp.Click(fmt.Sprintf(`[data-ask="ask-%s"]`, name)))
	until(t, b, 10*time.Second, "the question "+name, fmt.Sprintf(`document.querySelector('#ask-%s')?.open === true`, name))
	b.Do(t, chromedp.Click(fmt.Sprintf(`#ask-%s button[name=sure]`, name)))
}

func (h *house) signOutIn(t *testing.T, b *browser.Browser, login string) {
	t.Helper()
	b.Open(t, h.url+"/account")
	b.Do(t, chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/sign-out"]').submit()`))
	until(t, b, 20*time.Second, "signed out", `location.pathname === "/sign-in"`)
	h.signIn(t, b, login)
}

func contains(text, part string) bool { return bytes.Contains([]byte(text), []byte(part)) }
