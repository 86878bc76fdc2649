// Package browser opens pages in a real Chromium and looks at them the way people
// with different eyes and hands do: with axe, at 320 pixels, four times as large,
// with the keyboard alone. It also notices whatever a page asks of another host.
package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe-core by Deque, under the Mozilla Public License 2.0, unchanged. It is run
// by tests only and is no part of the program.
//
//go:embed axe.min.js
var axe string

// patience is how long one step may take before something must be broken.
const patience = 30 * time.Second

// Browser is one tab of one Chromium, with a profile of its own.
type Browser struct {
	ctx context.Context

	mu       sync.Mutex
	home     string   // the one host that may be asked
	outside  []string // what was asked of others
	mistakes []string // what the console complained of
}

// New starts a Chromium that ends with the test. Where there is none the test is
// skipped, but in CI it fails: there a missing browser is a mistake.
func New(t testing.TB) *Browser {
	t.Helper()
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			bin = p
			break
		}
	}
	if bin == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium: install it")
		}
		t.Skip("no chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "vi"), chromedp.WindowSize(1280, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &Browser{ctx: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *Browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(e.Request.URL)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ws" || u.Scheme == "wss") && u.Host != b.home {
			b.outside = append(b.outside, e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		b.mistakes = append(b.mistakes, e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
	case *log.EventEntryAdded:
		// A refused form is a page with status 422, which the console calls a failure.
		if e.Entry.Level == log.EntryLevelError && !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded") {
			b.mistakes = append(b.mistakes, e.Entry.Text)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument && e.Type != network.ResourceTypeFetch && e.Type != network.ResourceTypeXHR {
			b.mistakes = append(b.mistakes, fmt.Sprintf("%d %s", e.Response.Status, e.Response.URL))
		}
	}
}

// Do takes steps.
func (b *Browser) Do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// Text returns the text of the first element that sel finds.
func (b *Browser) Text(t testing.TB, sel string) string {
	t.Helper()
	return get(t, b, chromedp.Text(sel))
}

// Eval returns what a JavaScript expression comes to, waiting if it is a promise.
func Eval[T any](t testing.TB, b *Browser, expression string) T {
	t.Helper()
	return get(t, b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Holds reports whether a JavaScript expression is true now. A page that is just being
// left, or has not come yet, answers no.
func Holds(b *Browser, expression string) bool {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(() => { try { return !!("+expression+") } catch { return false } })()"))
	return err == nil && ok
}

func get[T any](t testing.TB, b *Browser, a chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Open goes to a page and waits until its letters are there. Its host becomes the
// only one that may be asked.
func (b *Browser) Open(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.home = u.Host
	b.mu.Unlock()
	b.Do(t, chromedp.Navigate(address))
	Eval[bool](t, b, `document.fonts.ready.then(() => true)`)
}

// Size sets the inside of the window, in CSS pixels.
func (b *Browser) Size(t testing.TB, w, h int) {
	t.Helper()
	b.Do(t, chromedp.EmulateViewport(int64(w), int64(h)))
}

// Cookie sets a cookie for the site of address.
func (b *Browser) Cookie(t testing.TB, address, name, value string) {
	t.Helper()
	b.Do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: address})
		return err
	}))
}

// Prefer sets what the person's device asks for, "prefers-color-scheme" "dark".
// Media is "screen" or "print"; "" leaves it.
func (b *Browser) Prefer(t testing.TB, media string, features ...string) {
	t.Helper()
	p := emulation.SetEmulatedMediaParams{Media: media}
	for i := 0; i+1 < len(features); i += 2 {
		p.Features = append(p.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	b.Do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, p)
		return err
	}))
}

// Axe opens a page, or looks at the one that is open if address is "", and fails on
// everything axe-core holds against WCAG 2.2 A and AA, and on what the further
// rules named find.
func (b *Browser) Axe(t testing.TB, address string, rules ...string) {
	t.Helper()
	b.at(t, address)
	// Evaluated through the DevTools, which the page's security policy does not bind.
	b.Do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{Expression: axe + ";0"})
		return err
	}))
	more := map[string]map[string]bool{}
	for _, r := range rules {
		more[r] = map[string]bool{"enabled": true}
	}
	also, err := json.Marshal(more)
	if err != nil {
		t.Fatal(err)
	}
	found := Eval[string](t, b, `axe.run(document, {
		resultTypes: ["violations"], rules: `+string(also)+`,
		runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
	}).then(r => JSON.stringify({rules: r.passes.length, violations: r.violations.map(v => ({id: v.id, help: v.help,
		nodes: v.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " ")) }))}))`)
	var result struct {
		Rules      int
		Violations []struct {
			ID, Help string
			Nodes    []string
		}
	}
	if err := json.Unmarshal([]byte(found), &result); err != nil {
		t.Fatal(err)
	}
	if result.Rules == 0 {
		t.Error("axe: no rule was applied, so nothing was tested")
	}
	for _, v := range result.Violations {
		t.Errorf("axe: %s: %s\n\t%s", v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

func (b *Browser) at(t testing.TB, address string) {
	t.Helper()
	if address != "" {
		b.Open(t, address)
	}
}

// tooWide names what sticks out at the right, and what is cut off. What scrolls
// inside a box of its own is neither.
const tooWide = `(() => {
	const out = [], w = document.documentElement.clientWidth;
	const inside = (el) => { for (let p = el; p && p !== document.body; p = p.parentElement) { const o = getComputedStyle(p).overflowX; if (o !== "visible" && o !== "clip") return true } return false };
	const name = (el) => el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + (el.className?.baseVal === undefined && el.className ? "." + String(el.className).trim().replace(/\s+/g, ".") : "");
	if (document.documentElement.scrollWidth > w) out.push("the page scrolls sideways: " + document.documentElement.scrollWidth + " > " + w);
	for (const el of document.body.querySelectorAll("*")) {
		const r = el.getBoundingClientRect();
		if (!el.checkVisibility() || r.width < 2 || r.height < 2) continue;
		if (r.right > w + 1 && !inside(el.parentElement) && !el.closest(".unseen")) out.push(name(el) + " ends at " + Math.round(r.right) + " of " + w);
		const s = getComputedStyle(el);
		if (s.overflowX === "hidden" && el.scrollWidth > el.clientWidth + 1 && !el.closest(".unseen, svg, progress")) out.push(name(el) + " is cut off");
	}
	return out.slice(0, 12);
})()`

// Reflow fails if the page must be scrolled sideways at 320 pixels (WCAG 1.4.10).
func (b *Browser) Reflow(t testing.TB, address string) {
	t.Helper()
	b.fits(t, address, 320, 640, "at 320 pixels")
}

// Zoom fails if anything sticks out or is cut off when a window of 1280 by 1024 is
// enlarged to 200 and to 400 % (WCAG 1.4.4, 1.4.10).
func (b *Browser) Zoom(t testing.TB, address string) {
	t.Helper()
	b.fits(t, address, 640, 512, "at 200 %")
	b.fits(t, "", 320, 256, "at 400 %")
}

func (b *Browser) fits(t testing.TB, address string, w, h int, when string) {
	t.Helper()
	b.Size(t, w, h)
	defer b.Size(t, 1280, 900)
	b.at(t, address)
	for _, s := range Eval[[]string](t, b, tooWide) {
		t.Errorf("%s: %s", when, s)
	}
}

// onPaper is tooWide for a page as it is printed, and whatever belongs to the screen.
const onPaper = `[...` + tooWide + `, ...[...document.querySelectorAll(".mast-tools, .menu-main, .tabs, .toolbar, .crumbs, .pager, .table")]
	.filter(el => el.checkVisibility() && (!el.matches(".table") || getComputedStyle(el).display !== "table"))
	.map(el => el.matches(".table") ? "a table is printed as cards" : "." + el.className + " is printed")]`

// Paper fails if the open page does not print as a paper: on A4 nothing sticks out, a
// table is one, and what is pressed on the screen is gone. It returns how many sheets
// the page takes. Shot's folder gets the sheets as name.pdf.
func (b *Browser) Paper(t testing.TB, name string) int {
	t.Helper()
	b.Prefer(t, "print")
	b.Size(t, 624, 900) // 165 mm: A4 less the margins of an official paper
	for _, s := range Eval[[]string](t, b, onPaper) {
		t.Errorf("on paper: %s", s)
	}
	b.Prefer(t, "")
	b.Size(t, 1280, 900)
	on := true
	pdf := get(t, b, chromedp.Action[[]byte](func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &on, PaperWidth: 8.27, PaperHeight: 11.69})
		return r.Data, err
	}))
	if dir := os.Getenv("CONGMINH_TEST_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.Count(pdf, []byte("/Type /Page\n")) + bytes.Count(pdf, []byte("/Type /Page "))
}

// focusables puts into window.stops, in document order, what the tab key must reach.
const focusables = `(() => {
	const seen = (el) => el.checkVisibility({visibilityProperty: true});
	const group = (r) => [...document.querySelectorAll("input[type=radio]")].filter(x => x.name === r.name && x.form === r.form);
	window.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(el => {
		if (el.disabled || el.type === "hidden" || el.tabIndex < 0 || !seen(el)) return false;
		if (el.type !== "radio") return true;
		const g = group(el), on = g.find(x => x.checked);
		return on ? on === el : g[0] === el;
	});
	window.name_ = (el) => el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + " " + JSON.stringify((el.textContent || el.name || "").trim().replace(/\s+/g, " ").slice(0, 30));
	document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex"); scrollTo(0, 0);
	return window.stops.length;
})()`

// focused says where the focus is now, and what is wrong with how it looks.
const focused = `(() => {
	const el = document.activeElement;
	if (!el || el === document.body) return {stop: -1, wrong: ""};
	const s = getComputedStyle(el), r = el.getBoundingClientRect();
	let wrong = "";
	if (!(s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)) wrong = "shows no ring";
	else if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) wrong = "is out of sight";
	else {
		const x = Math.min(Math.max((r.left + r.right) / 2, 0), innerWidth - 1), y = Math.min(Math.max((Math.max(r.top, 0) + Math.min(r.bottom, innerHeight)) / 2, 0), innerHeight - 1);
		const top = document.elementFromPoint(x, y);
		if (top && !el.contains(top) && !top.contains(el) && !el.labels?.length) wrong = "is covered by " + name_(top);
	}
	return {stop: window.stops.indexOf(el), wrong, name: name_(el)};
})()`

// FocusOrder goes through the page with the tab key. It fails if something cannot
// be reached, if the order is not that of the document, if the focus cannot be
// seen, or if it cannot leave (WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11).
func (b *Browser) FocusOrder(t testing.TB, address string) {
	t.Helper()
	b.at(t, address)
	n := Eval[int](t, b, focusables)
	if n == 0 {
		t.Error("focus: nothing on the page can be reached")
		return
	}
	type where struct {
		Stop        int
		Wrong, Name string
	}
	reached, last, stay := make([]bool, n), -1, 0
	complained := map[int]bool{}
	for range 4*n + 20 { // a date takes several steps
		b.Do(t, chromedp.KeyEvent("\t"))
		at := Eval[where](t, b, focused)
		if at.Stop < 0 && at.Name == "" || at.Stop == 0 && last == n-1 || n == 1 && reached[0] {
			break // past the end
		}
		if at.Stop < 0 {
			t.Errorf("focus: %s takes the focus unexpectedly", at.Name)
			break
		}
		if at.Wrong != "" && !complained[at.Stop] {
			complained[at.Stop] = true
			t.Errorf("focus: %s %s", at.Name, at.Wrong)
		}
		if at.Stop == last {
			if stay++; stay > 6 {
				t.Errorf("focus: %s does not let go", at.Name)
				return
			}
			continue
		}
		if at.Stop < last {
			t.Errorf("focus: %s comes out of turn", at.Name)
			return
		}
		reached[at.Stop], last, stay = true, at.Stop, 0
	}
	for i, ok := range reached {
		if !ok {
			t.Errorf("focus: the tab key does not reach %s", Eval[string](t, b, fmt.Sprintf("name_(stops[%d])", i)))
		}
	}
}

// Targets fails if something to press is smaller than 24 by 24 pixels, unless it
// stands in a line of text (WCAG 2.5.8).
func (b *Browser) Targets(t testing.TB, address string) {
	t.Helper()
	b.at(t, address)
	for _, s := range Eval[[]string](t, b, `[...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(el => {
		const r = el.getBoundingClientRect();
		return el.checkVisibility() && r.width && el.type !== "hidden" && !el.closest(".skip") && (r.width < 24 || r.height < 24) && !(getComputedStyle(el).display === "inline" && el.closest("p, li, dd, td"));
	}).map(el => { const r = el.getBoundingClientRect(); return (el.id || el.textContent.trim()) + " " + Math.round(r.width) + "×" + Math.round(r.height) })`) {
		t.Errorf("target too small: %s", s)
	}
}

// NoOutside fails if any page so far asked another host for anything, or if the
// console holds an error: a breach of the security policy is one.
func (b *Browser) NoOutside(t testing.TB) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.outside {
		t.Errorf("asked another host: %s", u)
	}
	for _, m := range b.mistakes {
		t.Errorf("console: %s", m)
	}
}

// Look sees whether an open page can be read and used, and takes its picture as wide as
// a desk and as a phone.
func (b *Browser) Look(t testing.TB, name string) {
	t.Helper()
	b.Axe(t, "")
	b.Targets(t, "")
	b.Reflow(t, "")
	b.Zoom(t, "")
	b.Shot(t, name, 1280, 0)
	b.Shot(t, name+"-phone", 390, 0)
}

// Shot writes a picture of the open page, w pixels wide, into the folder that
// CONGMINH_TEST_SHOTS names; without the variable it does nothing. With h 0 the
// picture shows the whole page.
func (b *Browser) Shot(t testing.TB, name string, w, h int) {
	t.Helper()
	dir := os.Getenv("CONGMINH_TEST_SHOTS")
	if dir == "" {
		return
	}
	b.Size(t, w, max(h, 800))
	defer b.Size(t, 1280, 900)
	Eval[bool](t, b, `(scrollTo(0, 0), true)`)
	shot := chromedp.CaptureScreenshot()
	if h == 0 {
		shot = chromedp.FullScreenshot(100)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), get(t, b, shot), 0o644); err != nil {
		t.Fatal(err)
	}
}
