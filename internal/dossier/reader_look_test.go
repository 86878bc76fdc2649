package dossier

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"congminh/e2e/browser"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/db/dbtest"
)

// The reader in a real browser, over pages that were really scanned and read.
func TestReaderInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("reads pages and starts a browser")
	}
	b := browser.New(t)
	o := open(t, dbtest.SQLite(t))
	clerk, ksv := o.as("vanthu"), o.as("ksv")
	file, err := o.Create(clerk, New{Case: o.cases[2].ID, Kind: CaseFile, Title: "Hồ sơ vụ án Nguyễn Thị Lụa và đồng phạm – Lừa đảo chiếm đoạt tài sản, xảy ra tại thôn Tả Van, xã Mường Hum và các địa bàn lân cận trong tỉnh Lào Cai"})
	o.ok(err)
	truth, pdf := samplePDF(t, 3, 9, sample.Options{Blank: true})
	_, err = o.Receive(clerk, file.ID, "tập 1.pdf", "api", bytes.NewReader(pdf))
	o.ok(err)
	o.work()
	c, err := o.Contents(clerk, file.ID)
	o.ok(err)
	for _, doc := range c.Documents {
		f := doc.fields()
		if f.Title == "" {
			f.Title = "Tài liệu"
		}
		_, err := o.Accept(clerk, doc.ID, f)
		o.ok(err)
	}
	_, err = o.MarkMissing(clerk, c.Pages[len(c.Pages)-1].ID, "Danh mục giấy ghi thêm một trang sơ đồ hiện trường, tập giấy không có")
	o.ok(err)
	_, err = o.number(clerk, file.ID)
	o.ok(err)
	c, err = o.Contents(clerk, file.ID)
	o.ok(err)
	at := truth.Phrase[0] - 1
	_, err = o.Mark(ksv, c.Pages[at].ID, MarkAs{Kind: Bookmark, Group: "vat-chung", Text: "Chỗ nói về thời hạn tạm giam", Shared: true}, nil)
	o.ok(err)
	_, g, err := o.Words(ksv, c.Pages[at].ID)
	o.ok(err)
	_, err = o.Mark(ksv, c.Pages[at].ID, MarkAs{Kind: MarginNote, Colour: "blue", Text: "Đối chiếu với lệnh tạm giam: ngày hết hạn không khớp với biên bản giao nhận."}, Marks("quá hạn tạm giam", g.Words))
	o.ok(err)

	srv := httptest.NewServer(o.pages())
	t.Cleanup(srv.Close)
	home := srv.URL
	b.Cookie(t, home, "As", "ksv")
	read := home + "/dossiers/" + string(file.ID) + "/read"
	ready := func(address string) {
		t.Helper()
		b.Open(t, address)
		b.Do(t, chromedp.WaitReady(`[data-ready]`))
		browser.Eval[bool](t, b, `new Promise(r => { const f = (n) => document.querySelector(".sheet-seen .words, .sheet .bare") || !n ? r(true) : setTimeout(f, 50, n - 1); f(100) })`)
	}
	key := func(k string) {
		t.Helper()
		b.Do(t, chromedp.KeyEvent(k))
		time.Sleep(120 * time.Millisecond) // the page is drawn in the next frame
	}
	now := func() string { return browser.Eval[string](t, b, `document.querySelector("[data-folio]").value`) }
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}

	b.Size(t, 1280, 800)
	ready(read)
	is("opens at", now(), "1")
	key(kb.ArrowRight) // →
	is("→, to the blank page, which has no number", now(), "#2")
	key(kb.PageDown) // PgDn
	is("PgDn", now(), "2")
	key(kb.ArrowLeft) // ←
	is("←", now(), "#2")
	browser.Eval[bool](t, b, `(document.querySelector("[data-folio]").value = "5", document.querySelector("[data-go]").requestSubmit(), true)`)
	is("go to folio", now(), "5")

	// The words over the picture are text: chosen, they are copied line by line.
	ready(read + "?folio=1")
	_, first, err := o.Words(ksv, c.Pages[0].ID)
	o.ok(err)
	line := first.Lines()[0]
	got := browser.Eval[string](t, b, `(() => {
		const l = document.querySelector(".sheet[data-i='0'] .words > div"); getSelection().selectAllChildren(l);
		const d = new DataTransfer(), e = new ClipboardEvent("copy", {clipboardData: d, bubbles: true, cancelable: true});
		l.dispatchEvent(e); return d.getData("text/plain") })()`)
	want := ""
	for i, w := range line {
		if i > 0 {
			want += " "
		}
		want += w.T
	}
	is("copied", got, want)
	wide := browser.Eval[float64](t, b, `(() => { const s = [...document.querySelectorAll(".sheet[data-i='0'] [data-w]")].slice(0, 60), p = document.querySelector(".sheet[data-i='0'] .pic").getBoundingClientRect();
		return fetch("/pages/`+string(c.Pages[0].ID)+`/layer").then(r => r.json()).then(l => Math.max(...s.map(x => { const r = x.getBoundingClientRect(), w = l.words[x.dataset.w], k = p.width / l.w; return Math.max(Math.abs(r.left - p.left - w[1] * k), Math.abs(r.right - p.left - w[3] * k)) }))) })()`)
	if wide > 4 {
		t.Errorf("a word stands %.1f pixels beside its picture", wide)
	}

	// Enlarged far, the picture as it was scanned takes the place of the light one.
	ready(read + "?folio=1&zoom=300")
	b.Do(t, chromedp.WaitReady(`.sheet[data-i='0'] img[src$="/picture"]`))
	is("zoom", browser.Eval[string](t, b, `document.querySelector("[data-zoom]").value + new URL(location).searchParams.get("zoom")`), "300300")
	b.Shot(t, "reader-300", 1280, 800)
	b.Size(t, 1280, 800)

	// Hits stand on the picture, and n goes through them.
	ready(read + "?q=" + "qua+han+tam+giam")
	b.Do(t, chromedp.WaitReady(`.hit-now`))
	b.Shot(t, "reader-hits-1280-light", 1280, 800)
	b.Size(t, 1280, 800)
	pages := browser.Eval[int](t, b, `document.querySelectorAll("[data-found] > li").length`)
	if pages == 0 {
		t.Error("no list of what was found")
	}
	last := ""
	for range 40 { // through all hits, and back to the first
		key("n")
		if last = b.Text(t, "[data-hits]"); last == fmt.Sprintf("%d / %d", pages, pages) {
			break
		}
	}
	is("after the last hit page", last, fmt.Sprintf("%d / %d", pages, pages))

	// What is chosen is marked, and stays where it is when the page grows.
	ready(read + "?folio=2")
	browser.Eval[bool](t, b, `(() => { const l = document.querySelectorAll(".sheet[data-i='2'] .words > div")[4]; getSelection().selectAllChildren(l); return true })()`)
	time.Sleep(300 * time.Millisecond)
	b.Shot(t, "reader-chosen", 1280, 800)
	b.Size(t, 1280, 800)
	key("h")
	b.Do(t, chromedp.WaitReady(`.sheet[data-i='2'] .hl-yellow`))
	marks, err := o.MarksIn(ksv, file.ID)
	o.ok(err)
	_, second, err := o.Words(ksv, c.Pages[2].ID)
	o.ok(err)
	if n := len(marks); n != 3 || marks[0].Kind != Highlight || len(marks[0].Boxes) != 1 {
		t.Errorf("%d marks: %+v", n, marks)
	} else if box := marks[0].Boxes[0]; box[1] > second.Lines()[4][0].Box[3] || box[3] < second.Lines()[4][0].Box[1] {
		t.Errorf("marked %v, the line is %v", box, second.Lines()[4])
	}
	key("+")
	is("page after enlarging", now(), "2")
	key("0")
	key("r")
	is("turned", browser.Eval[string](t, b, `document.querySelector(".sheet[data-i='2'] .pic").style.transform`), "rotate(90deg)")

	ready(read + "?page=" + string(c.Pages[at].ID))
	for _, s := range []struct {
		theme string
		w, h  int
	}{{"light", 1280, 800}, {"dark", 390, 800}, {"contrast", 1920, 1000}} {
		b.Cookie(t, home, "theme", s.theme)
		b.Size(t, s.w, s.h)
		ready(read + "?page=" + string(c.Pages[at].ID))
		b.Axe(t, "")
		b.Shot(t, fmt.Sprintf("reader-%s-%d", s.theme, s.w), s.w, s.h)
	}
	b.Cookie(t, home, "theme", "light")
	b.Size(t, 1280, 800)
	ready(read + "?folio=2&two=1")
	b.Shot(t, "reader-two", 1280, 800)
	ready(read + "?page=" + string(c.Pages[len(c.Pages)-1].ID))
	b.Shot(t, "reader-missing", 1280, 800)
	key("t")
	time.Sleep(300 * time.Millisecond)
	b.Shot(t, "reader-thumbs", 1280, 800)
	key("p")
	b.Shot(t, "reader-range", 1280, 800)
	key(kb.Escape)
	key("m")
	b.Shot(t, "reader-note", 1280, 800)
	b.Axe(t, "")

	// A phone: the panels are drawers.
	b.Size(t, 390, 800)
	ready(read)
	b.Do(t, chromedp.Click(`.reader-bar [data-do="side"]`))
	b.Shot(t, "reader-390-side", 390, 800)
	b.Size(t, 390, 800)
	ready(read)
	b.Do(t, chromedp.Click(`[data-do="more"]`))
	b.Shot(t, "reader-390-more", 390, 800)
	b.Size(t, 390, 800)
	ready(read)
	b.Do(t, chromedp.Click(`.reader-bar [data-do="notes"]`))
	b.Shot(t, "reader-390-notes", 390, 800)
	b.Size(t, 390, 800)
	b.Targets(t, "")

	// A file of thousands of pages holds a dozen of them at a time.
	large, leaves := o.shelf(3000, func(i int) string { return "Trang " + itoa(i%50) }, nil)
	b.Size(t, 1280, 800)
	ready(home + "/dossiers/" + string(large.ID) + "/read")
	for _, k := range []struct{ key, folio string }{{kb.End, itoa(len(leaves))}, {kb.Home, "1"}, {kb.PageDown, "2"}} {
		key(k.key)
		is("large file, "+k.key, now(), k.folio)
		if n := browser.Eval[int](t, b, `document.querySelectorAll(".sheet").length`); n < 2 || n > 12 {
			t.Errorf("%d pages are held", n)
		}
	}
	browser.Eval[bool](t, b, `(document.querySelector("[data-folio]").value = "1500", document.querySelector("[data-go]").requestSubmit(), true)`)
	time.Sleep(200 * time.Millisecond)
	is("large file, go to 1500", now(), "1500")

	b.Reflow(t, read)
	b.Zoom(t, read)
	b.Size(t, 1280, 800)
	ready(read)
	b.FocusOrder(t, "")
	b.Axe(t, home+"/dossiers/groups")
	b.Shot(t, "reader-groups", 1280, 0)
	b.NoOutside(t)

	// Without a script: one page, its text, and the way on.
	b.Cookie(t, home, "theme", "light")
	b.Do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.Do(t, chromedp.Navigate(read+"?page="+string(c.Pages[at].ID)+"&q=tam+giam"), chromedp.WaitVisible(".one-picture"), chromedp.WaitVisible(".one-text"))
	b.Shot(t, "reader-plain", 1280, 0)
	b.Do(t, chromedp.Click(`a[rel="prev"]`), chromedp.WaitVisible(`[data-page="`+string(c.Pages[at-1].ID)+`"]`))
}
