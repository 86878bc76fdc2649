package dossier

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"congminh/e2e/browser"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/sandbox"
)

// until waits for a JavaScript expression to become true.
func until(t *testing.T, b *browser.Browser, what, expression string) {
	t.Helper()
	if !browser.Eval[bool](t, b, `(async () => { for (let i = 0; i < 200; i++) { if (`+expression+`) return true; await new Promise(r => setTimeout(r, 50)) } return false })()`) {
		t.Fatalf("%s: waited in vain\n%s", what, browser.Eval[string](t, b, `document.getElementById("check-said")?.textContent + " " + document.activeElement?.outerHTML.slice(0, 200)`))
	}
}

// The checking screen in a browser: with the keyboard alone, and to eyes and ears of
// all kinds.
func TestCheckBrowser(t *testing.T) {
	b := browser.New(t)
	c := open(t, dbtest.SQLite(t)).atDesk(9, 3, func(i int, p *Page) {
		if i == 4 {
			p.Confidence = 55
		}
	})
	server := httptest.NewServer(c.door)
	t.Cleanup(server.Close)
	page := func(i int) string { return string(c.pages[i].ID) }
	order := func(what, want string) {
		t.Helper()
		if got := c.order(); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	desk := server.URL + c.at("")
	b.Open(t, desk)
	browser.Eval[bool](t, b, `(document.querySelector(".leaf").focus(), true)`)
	key := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			b.Do(t, chromedp.KeyEvent(k))
		}
	}
	const right, down, left, escape = kb.ArrowRight, kb.ArrowDown, kb.ArrowLeft, kb.Escape
	until(t, b, "focus", `document.activeElement.dataset.page === "`+page(0)+`"`)
	key(right)
	until(t, b, "arrow", `document.activeElement.dataset.page === "`+page(1)+`"`)
	key("s")
	until(t, b, "split", `document.querySelectorAll(".cluster").length === 4`)
	order("split", "a|bc|def|ghi")
	until(t, b, "the focus stays", `document.activeElement.dataset.page === "`+page(1)+`"`)
	key("m")
	until(t, b, "merge", `document.querySelectorAll(".cluster").length === 3`)
	order("merge", "abc|def|ghi")
	key("u")
	until(t, b, "undo", `document.querySelectorAll(".cluster").length === 4`)
	order("undo", "a|bc|def|ghi")
	key("u")
	until(t, b, "undo", `document.querySelectorAll(".cluster").length === 3`)
	// Cut two pages and paste them elsewhere.
	key(" ", right, " ", "x", left, left)
	until(t, b, "arrow", `document.activeElement.dataset.page === "`+page(0)+`"`)
	key("v")
	until(t, b, "paste", `document.querySelector(".leaf").dataset.page === "`+page(1)+`"`)
	order("pasted", "bcadefghi"[:3]+"|def|ghi")
	key("u")
	until(t, b, "undo", `document.querySelector(".leaf").dataset.page === "`+page(0)+`"`)
	// Turn, leave out, large.
	key("]")
	until(t, b, "turned", `!!document.querySelector(".leaf .turn-90")`)
	browser.Eval[bool](t, b, `(document.getElementById("p-`+page(8)+`").focus(), document.getElementById("p-`+page(8)+`").click(), true)`)
	key("d")
	until(t, b, "left out", `!!document.querySelector(".leaf-excluded")`)
	order("left out", "abc|def|ghI")
	key("\r")
	until(t, b, "large", `!!document.querySelector("#leaf[open] .sheet")`)
	b.Axe(t, "")
	b.Shot(t, "check-leaf-plain", 1280, 800)
	key(left)
	until(t, b, "the page before", `document.querySelector("#leaf [data-leaf]").dataset.leaf === "`+page(7)+`"`)
	key(escape)
	until(t, b, "closed", `!document.querySelector("#leaf[open]")`)
	// A wrong answer is told where the focus goes.
	// The browser tells of the close in a moment of its own, and then the focus goes back
	// to the grid: only after that does a person press the next key.
	browser.Eval[bool](t, b, `new Promise(r => setTimeout(() => r(true), 300))`)
	browser.Eval[bool](t, b, `(document.getElementById("date").value = "ngày kia", document.getElementById("date").focus(), true)`)
	key("\r")
	until(t, b, "told what is wrong", `document.activeElement.matches(".error-summary") && document.getElementById("date").value === "ngày kia"`)
	browser.Eval[bool](t, b, `(document.getElementById("date").value = "5/3/2026", true)`)
	// Accept: the next one opens.
	key("a")
	until(t, b, "accepted", `document.querySelector(".paper-form").action.includes("`+string(c.docs[1].ID)+`")`)
	// Somebody else was here: it says so, and shows how it is now.
	c.ok(c.Arrange(c.as("ksv"), c.file.ID, Act{Do: "move", Pages: []PageID{c.pages[6].ID}, Before: c.pages[0].ID}))
	browser.Eval[bool](t, b, `(document.getElementById("p-`+page(4)+`").click(), true)`)
	key("s")
	until(t, b, "refused", `document.getElementById("check-said").textContent.includes("người khác sắp xếp")`)
	until(t, b, "as it is now", `document.querySelector(".leaf").dataset.page === "`+page(6)+`"`)

	// Dragged: on the left half of a page means before it, on the right half behind it.
	drag := func(from, to int, right bool) {
		t.Helper()
		browser.Eval[bool](t, b, `(() => {
			const a = document.getElementById("p-`+page(from)+`"), z = document.getElementById("p-`+page(to)+`"), r = z.getBoundingClientRect(), dataTransfer = new DataTransfer();
			a.dispatchEvent(new DragEvent("dragstart", {bubbles: true, dataTransfer}));
			const at = {bubbles: true, cancelable: true, dataTransfer, clientX: `+map[bool]string{true: "r.right - 3", false: "r.left + 3"}[right]+`, clientY: r.top + 3};
			z.dispatchEvent(new DragEvent("dragover", at));
			z.dispatchEvent(new DragEvent("drop", at));
			a.dispatchEvent(new DragEvent("dragend", {bubbles: true}));
			return true;
		})()`)
	}
	b.Do(t, chromedp.Navigate(desk))
	browser.Eval[bool](t, b, `(document.getElementById("p-`+page(3)+`").click(), true)`)
	key(escape)
	drag(5, 3, false)
	until(t, b, "dragged before", `document.getElementById("p-`+page(5)+`").dataset.place < document.getElementById("p-`+page(3)+`").dataset.place`)
	browser.Eval[bool](t, b, `(document.getElementById("p-`+page(5)+`").click(), true)`)
	key(escape)
	drag(5, 4, true)
	until(t, b, "dragged behind", `document.getElementById("p-`+page(5)+`").dataset.place > document.getElementById("p-`+page(4)+`").dataset.place`)

	// What is missing is noted from the page before it.
	browser.Eval[bool](t, b, `(document.querySelector("#p-`+page(4)+` a").dispatchEvent(new MouseEvent("dblclick", {bubbles: true})), true)`)
	until(t, b, "large", `!!document.querySelector("#leaf[open] #missing-reason")`)
	browser.Eval[bool](t, b, `(document.getElementById("missing-reason").closest("details").open = true, document.getElementById("missing-reason").value = "Bản kê ghi 10 trang", document.getElementById("missing-reason").form.requestSubmit(), true)`)
	until(t, b, "noted", `!document.querySelector("#leaf[open]") && !!document.querySelector(".leaf-missing")`)

	// The sure ones at once, after a question.
	browser.Eval[bool](t, b, `(document.querySelector("[data-ask]").click(), document.querySelector("dialog[open] [name=sure]").click(), true)`)
	until(t, b, "accepted", `document.getElementById("check-said").textContent.includes("Đã nhận")`)

	for _, at := range []string{"", "/text", "/index"} {
		b.Axe(t, server.URL+c.at(at))
		b.Reflow(t, server.URL+c.at(at))
		b.Targets(t, server.URL+c.at(at))
	}
	// The queue: to the line under the caret, saved by keys.
	b.Open(t, server.URL+c.at("/text"))
	until(t, b, "the first line", `document.activeElement.id === "text" && document.querySelector(".line-on").dataset.line === "0"`)
	key(down)
	until(t, b, "the second line", `document.querySelector(".line-on").dataset.line === "1"`)
	browser.Eval[bool](t, b, `(setTimeout(() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true, cancelable: true})), 50), true)`)
	b.Do(t, chromedp.WaitVisible(".empty"))
	b.NoOutside(t)
}

// Pictures of the checking screen with a file that was really read, for people to
// look at. It takes minutes the first time and is kept between runs.
func TestCheckShots(t *testing.T) {
	dir := os.Getenv("CONGMINH_TEST_SHOTS")
	if dir == "" {
		t.Skip("CONGMINH_TEST_SHOTS names no folder for pictures")
	}
	kept := filepath.Join(dir, "desk")
	_, err := os.Stat(filepath.Join(kept, "done"))
	fresh := err != nil
	if err := os.MkdirAll(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(kept, "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	pool := sandbox.NewPool(2, sandbox.Limits{Memory: 1536 << 20, CPU: time.Minute, Wall: 4 * time.Minute})
	t.Cleanup(func() { pool.Close() })
	o, err := assemble(t.Context(), d, kept, pool)
	if err != nil {
		t.Fatal(err)
	}
	o.t = t
	var file Dossier
	if fresh {
		file, err = o.Create(o.as("vanthu"), New{Case: o.cases[0].ID, Kind: CaseFile})
		o.ok(err)
		_, pdf := samplePDF(t, 5, 40, sample.Options{Blank: true, Upside: true, Turned: true, Duplicate: true, Double: true, Labels: true})
		_, err = o.Receive(o.as("vanthu"), file.ID, "Tập 1.pdf", "browser", bytes.NewReader(pdf))
		o.ok(err)
		o.work()
		o.ok(os.WriteFile(filepath.Join(kept, "done"), []byte(file.ID), 0o600))
	} else {
		text, err := os.ReadFile(filepath.Join(kept, "done"))
		o.ok(err)
		file, err = o.Get(o.as("vanthu"), ID(text))
		o.ok(err)
	}
	c := o.atDesk(1, 1, nil) // for its door
	c.file = file
	server := httptest.NewServer(c.door)
	t.Cleanup(server.Close)
	k, err := o.Desk(o.as("vanthu"), file.ID)
	o.ok(err)
	if fresh {
		for _, doc := range k.Documents[:2] {
			_, err = o.Accept(o.as("vanthu"), doc.ID, doc.fields())
			o.ok(err)
		}
		o.ok(o.SetPaperIndex(o.as("vanthu"), file.ID, "Quyết định khởi tố vụ án hình sự | 1\nQuyết định khởi tố bị can | 2\nBiên bản bắt người phạm tội quả tang | 2\nLệnh tạm giam | 1\nKết luận giám định pháp y tử thi | 4"))
	}
	b := browser.New(t)
	for _, theme := range []string{"light", "dark"} {
		b.Cookie(t, server.URL, "theme", theme)
		for _, s := range []struct{ name, at string }{
			{"check", c.at("")}, {"check-text", c.at("/text")}, {"check-index", c.at("/index")}, {"check-page", "/pages/" + string(k.Pages[3].ID) + "/check"},
		} {
			b.Size(t, 1280, 800)
			b.Open(t, server.URL+s.at)
			time.Sleep(time.Second) // the pictures
			b.Shot(t, s.name+"-"+theme, 1280, 800)
			if theme == "light" {
				b.Shot(t, s.name+"-phone", 390, 0)
			}
			if !strings.HasPrefix(s.at, "/pages") {
				b.Axe(t, "")
			}
		}
	}
}
