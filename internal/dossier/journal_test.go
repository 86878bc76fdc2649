package dossier

import (
	"io"
	"testing"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
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
