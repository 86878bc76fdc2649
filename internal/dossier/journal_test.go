package dossier

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

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

// BenchmarkOpenPage opens a page of a file over HTTP as a browser does (the reader, the
// places of the pages, the picture and the text) on SQLite: by turns with a line of the
// journal that has to be durable first, and with one that is there already.
func BenchmarkOpenPage(b *testing.B) {
	pool := sandbox.NewPool(1, sandbox.Limits{Memory: 1536 << 20, CPU: time.Minute, Wall: 2 * time.Minute})
	defer pool.Close()
	dir := b.TempDir()
	d, err := db.Open(b.Context(), "sqlite:"+filepath.Join(dir, "o.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	o, err := assemble(b.Context(), d, dir, pool)
	must(err)
	a, err := o.org.ActorOf(b.Context(), "vanthu")
	must(err)
	ctx := auth.With(b.Context(), a)
	file, err := o.Create(ctx, New{Case: o.cases[1].ID, Kind: CaseFile})
	must(err)
	var scan bytes.Buffer
	made, err := sample.Make(7, 3, sample.Options{})
	must(err)
	must((sample.Scan{}).PDF(&scan, made.Pages[:1]))
	_, err = o.Receive(ctx, file.ID, "a.pdf", "test", &scan)
	must(err)
	must(o.Jobs.Drain(ctx))
	pages, err := o.store.pages(ctx, file.ID)
	must(err)
	server := o.house(b)
	get := func(at string) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+at, nil)
		must(err)
		r.AddCookie(&http.Cookie{Name: "who", Value: "vanthu"})
		answer, err := server.Client().Do(r)
		must(err)
		_, err = io.Copy(io.Discard, answer.Body)
		must(err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			b.Fatal(at, answer.Status)
		}
	}
	took := map[bool][]time.Duration{}
	for i := 0; b.Loop(); i++ {
		told := i%2 == 0
		if told {
			o.looks.at = nil
		}
		from := time.Now()
		get("/dossiers/" + string(file.ID) + "/read?page=" + string(pages[0].ID))
		get("/dossiers/" + string(file.ID) + "/read/pages")
		get("/pages/" + string(pages[0].ID) + "/access")
		get("/pages/" + string(pages[0].ID) + "/layer")
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
