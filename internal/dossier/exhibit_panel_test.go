package dossier

import (
	"errors"
	"strings"
	"testing"

	"congminh/internal/criminal"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

func TestExhibitPanel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ksv := o.as("ksv")
		file := o.dossier(ksv, 0)
		show := func() string {
			ds, xs, err := o.ExhibitsOfCase(ksv, file.Case)
			o.ok(err)
			var b strings.Builder
			o.ok(exhibitPanel(ds, xs).Render(ksv, &b))
			return b.String()
		}
		if got := show(); !strings.Contains(got, "chưa ghi vật chứng nào") || !strings.Contains(got, path(file.ID, "/exhibits/new")) {
			t.Errorf("empty: %s", got)
		}
		o.papers(file.ID, paperFile{"Biên bản khám xét", "kham-nghiem", 2})
		ms, err := o.MinutesIn(ksv, file.ID)
		o.ok(err)
		x, err := o.AddExhibit(ksv, file.ID, NewExhibit{Code: "VC-01", Name: "Xe máy Honda", Kind: ThingExhibit, Page: ms[0].Page, Measures: []Measure{{"Số lượng", "2", "chiếc"}}})
		o.ok(err)
		got := show()
		for _, want := range []string{"VC-01 — Xe máy Honda", "Số lượng: 2 chiếc", "Chưa ghi", exhibitPath(x.ID, "")} {
			if !strings.Contains(got, want) {
				t.Errorf("panel does not say %q: %s", want, got)
			}
		}
		if _, _, err := o.ExhibitsOfCase(ksv, "none"); !errors.Is(err, criminal.ErrNone) {
			t.Errorf("of no case: %v", err)
		}
	})
}
