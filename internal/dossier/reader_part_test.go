package dossier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"congminh/internal/access"
	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// Whoever was granted some documents of a file reads these, one after the other, and
// finds nothing of the rest but how many there are. The same holds for what is above the
// asker in a file they may read, and for what was not laid before a reader in a sitting.
func TestPartOfFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		file, pages := o.shelf(28, func(i int) string { return "Lời khai về chiếc xe máy, trang " + itoa(i) }, nil)
		second, third := pages[7].Document, pages[14].Document
		var grants []policy.Grant
		o.Service.cases.Rights(func(ctx context.Context) (policy.Subject, error) {
			who := policy.For(auth.From(ctx), noon)
			if auth.From(ctx).Name == "Nguyễn Đức Khải" {
				who.Grants = grants
			}
			return who, nil
		})
		h := o.pages()
		read := path(file.ID, "/read")
		body(t, ask(h, "truongphong", read, nil), http.StatusForbidden)

		grants = []policy.Grant{{ID: "g1", Case: string(file.Case), Documents: []string{string(second), string(third)}, Mode: policy.Copies, From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1)}}
		me := o.as("truongphong")
		p, err := o.OpenAt(me, file.ID, At{})
		o.ok(err)
		if p.Page.ID != pages[7].ID || p.Index != 1 || p.All != 14 || p.Prev != "" || p.Next != pages[8].ID || p.Part.Open != 2 || p.Part.All != 4 || p.Dossier.LastFolio != 21 {
			t.Errorf("opened at folio %d, %d of %d, %+v", p.Page.Folio, p.Index, p.All, p.Part)
		}
		if p.Page.right.Grant != "g1" {
			t.Error("read by", p.Page.right)
		}
		if p, err = o.OpenAt(me, file.ID, At{Document: third}); err != nil || p.Index != 8 || p.Prev != pages[13].ID {
			t.Error(p.Index, p.Prev, err)
		}
		for _, at := range []At{{Page: pages[0].ID}, {Folio: "3"}, {Cite: "28"}, {Document: pages[0].Document}} {
			_, err := o.OpenAt(me, file.ID, at)
			refused(t, err, ErrNoPage)
		}
		_, err = o.Folio(me, file.ID, 2)
		refused(t, err, ErrNoPage)
		ls, err := o.Leaves(me, file.ID)
		o.ok(err)
		found, err := o.FindIn(me, file.ID, "xe máy", 0)
		o.ok(err)
		if len(ls) != 14 || len(found.Pages) != 14 {
			t.Errorf("%d pages, %d found", len(ls), len(found.Pages))
		}
		text := body(t, ask(h, "truongphong", read, nil), http.StatusOK)
		for want, in := range map[string]bool{"2/4": true, "lời khai số 2": true, "lời khai số 3": true, "lời khai số 1": false, "lời khai số 4": false, "/index": false, "range-dialog": false, "mark-dialog": false} {
			if strings.Contains(text, want) != in {
				t.Errorf("%q on the page: %v", want, !in)
			}
		}
		if w := ask(h, "truongphong", path(file.ID, ""), nil); w.Header().Get("Location") != read {
			t.Error("from the file to its part:", w.Code, w.Header().Get("Location"))
		}
		for _, to := range []string{"/pages", "/tree", "/search?q=khai"} {
			if text := body(t, ask(h, "truongphong", read+to, nil), http.StatusOK); strings.Contains(text, string(pages[0].Document)) || strings.Contains(text, string(pages[0].ID)) {
				t.Errorf("%s tells of what is closed", to)
			}
		}
		body(t, ask(h, "truongphong", "/pages/"+string(pages[0].ID)+"/access", nil), http.StatusForbidden)
		body(t, ask(h, "truongphong", read+"/notes?page="+string(pages[0].ID), nil), http.StatusForbidden)
		grants = nil
		body(t, ask(h, "truongphong", read, nil), http.StatusForbidden)

		// A restricted document in an ordinary file.
		o.ok(o.store.setLevel(t.Context(), third, 1))
		if p, err = o.OpenAt(o.as("vanthu"), file.ID, At{}); err != nil || p.Part.Open != 3 || p.All != 21 {
			t.Error("the clerk sees", p.Part, p.All, err)
		}
		_, err = o.OpenAt(o.as("vanthu"), file.ID, At{Document: third})
		refused(t, err, ErrNoPage)
		if p, err = o.OpenAt(o.as("vientruong"), file.ID, At{}); err != nil || p.All != 28 || p.Part.All != 0 {
			t.Error("the chief sees", p.Part, p.All, err)
		}

		// A sitting: the supervisor may read all, and shows what was allowed.
		o.Sitting = func(_ context.Context, x access.SessionID) ([]access.Document, error) {
			if x != "s1" {
				return nil, access.ErrOver
			}
			return []access.Document{{ID: string(second)}, {ID: "of another file"}}, nil
		}
		_, err = o.Mark(o.as("vientruong"), pages[7].ID, MarkAs{Kind: MarginNote, Text: "Mâu thuẫn với lời khai trước", Shared: true, Colour: Colours[0]}, nil)
		o.ok(err)
		sit := "/sittings/s1" + read
		text = body(t, ask(h, "vientruong", sit, nil), http.StatusOK)
		for want, in := range map[string]bool{"1/4": true, `data-under="/sittings/s1"`: true, "/access/sessions/s1": true, "lời khai số 2": true, "lời khai số 3": false, "Mâu thuẫn": false, "mark-dialog": false} {
			if strings.Contains(text, want) != in {
				t.Errorf("%q in the sitting: %v", want, !in)
			}
		}
		if got := strings.Count(body(t, ask(h, "vientruong", sit+"/tree", nil), http.StatusOK), `data-doc=`); got != 1 {
			t.Errorf("%d documents in the sitting", got)
		}
		if text := body(t, ask(h, "vientruong", "/sittings/s1/pages/"+string(pages[7].ID)+"/layer", nil), http.StatusOK); strings.Contains(text, "Mâu thuẫn") || !strings.Contains(text, "khai") {
			t.Error("the layer in the sitting:", fmt.Sprintf("%.200s", text))
		}
		body(t, ask(h, "vientruong", sit+"?page="+string(pages[0].ID), nil), http.StatusNotFound)
		body(t, ask(h, "vientruong", "/sittings/s2"+read, nil), http.StatusConflict)
	})
}

func refused(t *testing.T, err, refusal error) {
	t.Helper()
	if !errors.Is(err, refusal) {
		t.Errorf("%v, want %v", err, refusal)
	}
}
