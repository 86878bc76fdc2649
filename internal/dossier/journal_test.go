package dossier

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"congminh/e2e/browser"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
	"congminh/internal/kit/sandbox"
	"congminh/internal/seal"
)

// Whoever opens a page has left a line of the journal before they see it; a second
// look a moment later is the same look, and nobody else's.
func TestOpeningsAreTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("ksv")
		file, pages := o.shelf(3, func(i int) string { return "Trang " + itoa(i) }, nil)
		told := func() []seal.Entry {
			t.Helper()
			_, out, err := o.Openings(ctx, file.ID, seal.Filter{Req: page.Req{Limit: 100}, Verb: "page.view"})
			if err != nil {
				t.Fatal(err)
			}
			return out.Items
		}
		look := func(v View) {
			t.Helper()
			_, r, _, err := o.Picture(ctx, pages[0].ID, v)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				t.Error(err)
			}
			r.Close()
		}
		look(Small)
		if n := len(told()); n != 0 {
			t.Error("a thumbnail counts as a look", n)
		}
		look(Light)
		look(Full)
		if _, err := o.LayerOf(ctx, pages[0].ID, ""); err != nil {
			t.Fatal(err)
		}
		got := told()
		if len(got) != 1 || got[0].Object != "page/"+string(pages[0].ID) || got[0].Case != string(file.Case) {
			t.Fatal(got)
		}
		ctx = o.as("vientruong")
		look(Light)
		if got = told(); len(got) != 2 || got[0].Actor == got[1].Actor {
			t.Error(got)
		}
	})
}

// scannedPage is an office with a file of one page that was really scanned and read, on
// SQLite, served over HTTP.
func scannedPage(b *testing.B) (o *office, server *httptest.Server, file ID, page PageID) {
	b.Helper()
	pool := sandbox.NewPool(1, sandbox.Limits{Memory: 1536 << 20, CPU: time.Minute, Wall: 2 * time.Minute})
	b.Cleanup(func() { pool.Close() })
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	d, err := db.Open(b.Context(), "sqlite:"+filepath.Join(dir, "o.db"))
	must(err)
	b.Cleanup(func() { d.Close() })
	o, err = assemble(b.Context(), d, dir, pool)
	must(err)
	a, err := o.org.ActorOf(b.Context(), "vanthu")
	must(err)
	ctx := auth.With(b.Context(), a)
	f, err := o.Create(ctx, New{Case: o.cases[1].ID, Kind: CaseFile})
	must(err)
	var scan bytes.Buffer
	made, err := sample.Make(7, 3, sample.Options{})
	must(err)
	must((sample.Scan{}).PDF(&scan, made.Pages[:1]))
	_, err = o.Receive(ctx, f.ID, "a.pdf", "test", &scan)
	must(err)
	must(o.Jobs.Drain(ctx))
	pages, err := o.store.pages(ctx, f.ID)
	must(err)
	return o, o.house(b), f.ID, pages[0].ID
}

// byTurns opens a page with a line of the journal that has to be durable first, and with
// one that is there already, and reports the middle of both.
func byTurns(b *testing.B, o *office, open func()) {
	took := map[bool][]time.Duration{}
	for i := 0; b.Loop(); i++ {
		told := i%2 == 0
		if told {
			o.looks.at = nil
		}
		from := time.Now()
		open()
		took[told] = append(took[told], time.Since(from))
	}
	middle := func(ds []time.Duration) float64 {
		slices.Sort(ds)
		return float64(ds[len(ds)/2])
	}
	if len(took[false]) == 0 {
		return
	}
	with, without := middle(took[true]), middle(took[false])
	b.ReportMetric(with/1e6, "told-ms")
	b.ReportMetric(without/1e6, "told-already-ms")
	b.ReportMetric(100*(with/without-1), "overhead-%")
}

// BenchmarkOpenPage is what the journal costs the server: the reader, the places of the
// pages, the picture and the text over HTTP, without anybody who draws them.
func BenchmarkOpenPage(b *testing.B) {
	o, server, file, page := scannedPage(b)
	byTurns(b, o, func() {
		for _, at := range []string{"/dossiers/" + string(file) + "/read?page=" + string(page), "/dossiers/" + string(file) + "/read/pages",
			"/pages/" + string(page) + "/access", "/pages/" + string(page) + "/layer"} {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+at, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.AddCookie(&http.Cookie{Name: "who", Value: "vanthu"})
			answer, err := server.Client().Do(r)
			if err != nil {
				b.Fatal(err)
			}
			if _, err = io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
				b.Fatal(at, answer.Status, err)
			}
			answer.Body.Close()
		}
	})
}

// BenchmarkSeePage is what it costs a person: until a browser shows the page.
func BenchmarkSeePage(b *testing.B) {
	o, server, file, page := scannedPage(b)
	chrome := browser.New(b)
	chrome.Cookie(b, server.URL, "who", "vanthu")
	at := server.URL + "/dossiers/" + string(file) + "/read?page=" + string(page)
	byTurns(b, o, func() {
		chrome.Do(b, chromedp.Navigate(at))
		for !browser.Holds(chrome, `[...document.images].some(i => i.complete && i.naturalWidth > 400)`) {
			time.Sleep(time.Millisecond)
		}
	})
}
