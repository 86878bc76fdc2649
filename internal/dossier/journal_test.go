package dossier

import (
	"bytes"
	"io"
	"path/filepath"
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

// BenchmarkOpenPage opens a page of a file as a browser does, the reader, the picture and
// the text, on SQLite: told to the journal each time, and told already.
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
	for _, told := range []bool{true, false} {
		b.Run(map[bool]string{true: "told", false: "told already"}[told], func(b *testing.B) {
			for b.Loop() {
				if told {
					o.looks.at = nil
				}
				_, err := o.OpenAt(ctx, file.ID, At{Page: pages[0].ID})
				must(err)
				_, r, _, err := o.Picture(ctx, pages[0].ID, Light)
				must(err)
				_, err = io.Copy(io.Discard, r)
				must(err)
				r.Close()
				_, err = o.LayerOf(ctx, pages[0].ID, "")
				must(err)
			}
		})
	}
}
