package dossier

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/search"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

// pages serves the pages of the module to whom the header or the cookie As names.
func (o *office) pages() http.Handler {
	o.t.Helper()
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.NewTextHandler(o.t.Output(), nil)), site.Refusal)
	m.Offices(o.org.OfficeName)
	site.Web(m)
	o.Module().Web(m)
	texts, err := lang.Load(site.Texts(), o.Journal.Module().Texts, texts)
	o.ok(err)
	m.Languages(texts)
	return web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := r.Header.Get("As")
		if c, err := r.Cookie("As"); err == nil {
			login = c.Value
		}
		ctx := r.Context()
		if login != "" {
			a, err := o.org.ActorOf(context.WithoutCancel(ctx), login) // a browser that scrolls on drops what it asked for
			o.ok(err)
			ctx = auth.With(ctx, a)
		}
		mux.ServeHTTP(w, r.WithContext(ctx))
	}))
}

// ask sends a request as login; a body makes it a form.
func ask(h http.Handler, login, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("As", login)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// shelf puts a file of n pages straight into the tables, all with the same picture,
// in documents of seven pages, numbered; words says what stands on a page.
func (o *office) shelf(n int, words func(i int) string, change func(i int, p *Page)) (Dossier, []Page) {
	o.t.Helper()
	ctx := o.as("vanthu")
	file, err := o.Create(ctx, New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	picture := image.NewGray(image.Rect(0, 0, 620, 877))
	for y := range 877 {
		for x := range 620 {
			picture.SetGray(x, y, color.Gray{uint8(255 - 120*(y/20%2)*(x/9%2))})
		}
	}
	var b bytes.Buffer
	o.ok(jpeg.Encode(&b, picture, nil))
	ref, err := o.Blobs.Put(ctx, bytes.NewReader(b.Bytes()))
	o.ok(err)
	tagged, err := o.tagsOf(ctx, file)
	o.ok(err)
	read := map[string]string{}
	scan := id.New[Scan]()
	var pages []Page
	groups, _, err := o.Groups(ctx)
	o.ok(err)
	o.ok(o.store.db.Tx(ctx, func(ctx context.Context) error {
		var doc Document
		var found []search.Doc
		for i := range n {
			if i%7 == 0 {
				doc = Document{ID: id.New[Document](), Dossier: file.ID, Kind: "khac", Group: groups[i/7%len(groups)].Code, Title: fmt.Sprintf("Biên bản ghi lời khai số %d của người làm chứng", i/7+1),
					Number: fmt.Sprintf("%d/BB", i/7+1), Date: "2026-03-12", State: Accepted, PDFState: "none"}
				if err := o.store.saveDocument(ctx, doc); err != nil {
					return err
				}
			}
			text := words(i)
			if _, ok := read[text]; !ok {
				ref, err := o.Blobs.Put(ctx, bytes.NewReader(pageOf(text)))
				if err != nil {
					return err
				}
				read[text] = ref.SHA256
			}
			p := Page{ID: id.New[Page](), Dossier: file.ID, Scan: scan, N: i + 1, Position: position(1, i+1, 0), Document: doc.ID, State: Checked, Folio: 0,
				Picture: ref.SHA256, Format: "jpeg", W: 1240, H: 1754, DPI: 150, Confidence: 95, Words: read[text], Access: ref.SHA256, Thumb: ref.SHA256, Version: 1, ReadAt: noon}
			if change != nil {
				change(i, &p)
			}
			if _, err := o.store.insertPage(ctx, p); err != nil {
				return err
			}
			if p.State != Excluded {
				file.LastFolio++
				p.Folio = file.LastFolio
				if err := o.store.setFolio(ctx, file, Slot{Page: p.ID, Folio: p.Folio}, "", noon, "x"); err != nil {
					return err
				}
			}
			pages = append(pages, p)
			if found = append(found, search.Doc{Key: string(p.ID), Text: text, Tags: tagged(doc)}); len(found) == 500 || i == n-1 {
				if err := o.Index.Put(ctx, found...); err != nil {
					return err
				}
				found = nil
			}
		}
		if err := o.store.addPages(ctx, file.ID, n); err != nil {
			return err
		}
		file.Pages = n
		return o.store.update(ctx, file)
	}))
	return file, pages
}

// pageOf is a page with text on it, one word beside the other in lines of twelve.
func pageOf(text string) []byte {
	g := reading.Page{W: 1240, H: 1754, DPI: 150, Text: text}
	for i, w := range strings.Fields(text) {
		x, y := 100+i%12*85, 120+i/12*36
		g.Words = append(g.Words, reading.Word{T: w, Box: reading.Box{x, y, x + 75, y + 26}, C: 95, Line: i / 12})
	}
	b, err := json.Marshal(g)
	if err != nil {
		panic(err)
	}
	return b
}

func body(t *testing.T, w *httptest.ResponseRecorder, status int) string {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %.300s", w.Code, status, w.Body)
	}
	return w.Body.String()
}

func TestReader(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		const phrase = "quá hạn tạm giam"
		file, pages := o.shelf(30, func(i int) string {
			if i%10 == 4 {
				return "Bị can khai đã bị " + phrase + " ba ngày, trang " + itoa(i)
			}
			return "Biên bản ghi lời khai, trang " + itoa(i)
		}, func(i int, p *Page) {
			switch i {
			case 2:
				p.State, p.Blank = Excluded, true
			case 6:
				p.State, p.Picture, p.Access, p.Thumb, p.Words, p.Problem = Missing, "", "", "", "", "Danh mục giấy ghi 30 trang"
			case 7:
				p.Picture, p.Access, p.Thumb, p.Words, p.W, p.H, p.Problem = "", "", "", "", 0, 0, "Trang ảnh bị hỏng."
			case 8:
				p.Turn = 90
			}
		})
		h := o.pages()
		read := "/dossiers/" + string(file.ID) + "/read"

		for _, c := range []struct {
			name, query string
			want        PageID
		}{
			{"at the first page", "", pages[0].ID},
			{"at a page", "?page=" + string(pages[17].ID), pages[17].ID},
			{"at a folio", "?folio=BL+10", pages[10].ID}, // the third page has none
			{"at a cited range", "?bl=10-12", pages[10].ID},
			{"at a document", "?document=" + string(pages[7].Document), pages[7].ID},
			{"at the first hit", "?q=qua+han+tam+giam", pages[4].ID},
			{"at words that stand nowhere", "?q=xyzzy", pages[0].ID},
			{"at no words at all", "?q=%21", pages[0].ID},
		} {
			got := body(t, ask(h, "ksv", read+c.query, nil), 200)
			if !strings.Contains(got, `data-page="`+string(c.want)+`"`) {
				t.Errorf("%s: not the page", c.name)
			}
		}
		for _, q := range []string{"?folio=99", "?folio=x", "?page=x", "?document=x"} {
			body(t, ask(h, "ksv", read+q, nil), 404)
		}
		got := body(t, ask(h, "ksv", read+"?page="+string(pages[6].ID), nil), 200)
		if !strings.Contains(got, "Thiếu trang này") || !strings.Contains(got, "Danh mục giấy ghi 30 trang") {
			t.Error("a missing page does not say so")
		}
		got = body(t, ask(h, "ksv", read+"?page="+string(pages[7].ID), nil), 200)
		if !strings.Contains(got, "không đọc được trang này") || !strings.Contains(got, "Trang ảnh bị hỏng.") {
			t.Error("a broken page does not say so")
		}
		if got = body(t, ask(h, "ksv", read+"?page="+string(pages[8].ID), nil), 200); !strings.Contains(got, `viewBox="0 0 1754 1240"`) {
			t.Error("a turned page is not shown turned")
		}
		if strings.Contains(got, "style=") {
			t.Error("a style that the policy forbids")
		}

		// The table of all pages.
		w := ask(h, "ksv", read+"/pages", nil)
		var cols leafColumns
		o.ok(json.Unmarshal([]byte(body(t, w, 200)), &cols))
		if len(cols.IDs) != 30 || cols.IDs[29] != pages[29].ID || cols.Folios[2] != 0 || cols.Folios[3] != 3 || cols.Turn[8] != 90 ||
			cols.Flags[2] != LeafExcluded|LeafBlank || cols.Flags[6] != LeafMissing|LeafBare || cols.Flags[7] != LeafProblem|LeafBare || cols.Flags[0] != 0 || cols.Docs[cols.Doc[8]] != pages[8].Document {
			t.Errorf("%+v", cols)
		}
		if w = ask(h, "ksv", read+"/pages", nil, "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
			t.Errorf("sent again: %d", w.Code)
		}

		// What lies over a page, and the hits in the file.
		var layer struct {
			Words [][]any
			Hits  []reading.Box
			Marks []map[string]any
		}
		o.ok(json.Unmarshal([]byte(body(t, ask(h, "ksv", "/pages/"+string(pages[4].ID)+"/layer?q=qua+han+tam+giam", nil), 200)), &layer))
		if len(layer.Words) != 13 || len(layer.Hits) != 1 || layer.Hits[0] != (reading.Box{525, 120, 855, 146}) {
			t.Errorf("layer %+v", layer)
		}
		var found struct {
			Pages []PageID
			All   bool
			Hits  []struct {
				Page  PageID
				Folio int
			}
		}
		o.ok(json.Unmarshal([]byte(body(t, ask(h, "ksv", read+"/search?q=qua+han+tam+giam", nil), 200)), &found))
		if !slices.Equal(found.Pages, []PageID{pages[4].ID, pages[14].ID, pages[24].ID}) || !found.All || len(found.Hits) != 3 || found.Hits[2].Folio != 24 {
			t.Errorf("found %+v", found)
		}

		// The short address.
		w = ask(h, "ksv", "/c/"+string(file.ID)+"/45-47", nil)
		body(t, w, 404)
		w = ask(h, "ksv", "/c/"+string(file.ID)+"/10–12", nil)
		if loc := w.Header().Get("Location"); w.Code != 303 || loc != read+"?bl=10-12" {
			t.Errorf("%d to %q", w.Code, loc)
		}

		// Whoever may not see the case finds nothing; quantri holds no such verb at all.
		secret, hidden := o.cases[7], pages[4]
		o.ok(o.move(file.ID, secret.ID))
		for _, p := range []string{read, read + "/pages", read + "/search?q=tam+giam", read + "/tree", read + "/notes?page=" + string(hidden.ID), "/pages/" + string(hidden.ID) + "/layer",
			"/pages/" + string(hidden.ID) + "/access", "/pages/" + string(hidden.ID) + "/thumb", "/c/" + string(file.ID) + "/10"} {
			if w := ask(h, "ksv2", p, nil); w.Code != 404 {
				t.Errorf("%s: %d, want 404", p, w.Code)
			}
			if w := ask(h, "quantri", p, nil); w.Code != 403 {
				t.Errorf("%s as the administrator: %d, want 403", p, w.Code)
			}
			if w := ask(h, "", p, nil); w.Code != 401 {
				t.Errorf("%s as nobody: %d, want 401", p, w.Code)
			}
		}
		if w := ask(h, "ksv2", "/pages/"+string(hidden.ID)+"/marks", url.Values{"kind": {"bookmark"}}); w.Code != 404 {
			t.Errorf("marked what may not be seen: %d", w.Code)
		}
	})
}

// move puts a file under another case, as only a test does.
func (o *office) move(d ID, c any) error {
	_, err := o.store.db.Exec(o.t.Context(), `UPDATE dossier SET case_id = $2 WHERE id = $1`, d, c)
	return err
}

func TestMarks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		file, pages := o.shelf(9, func(i int) string { return "Trang " + itoa(i) }, nil)
		h := o.pages()
		p := "/pages/" + string(pages[3].ID)
		read := "/dossiers/" + string(file.ID) + "/read"

		// An accused is under 18: a colleague of the office knows of the case, but reads
		// its file only with a task in it.
		body(t, ask(h, "ksv2", p+"/layer", nil), 403)
		colleague, err := o.org.ActorOf(t.Context(), "ksv2")
		o.ok(err)
		o.ok(o.Service.cases.Assign(o.as("vientruong"), o.cases[0].ID, org.StaffID(colleague.ID), criminal.Joins))

		// A private note: only its author sees it, by any door.
		w := ask(h, "ksv", p+"/marks", url.Values{"kind": {"note"}, "text": {"Hỏi lại giờ bắt giữ"}, "boxes": {"[[10,10,200,40],[-5,0,99999,20]]"}, "colour": {"pink"}})
		if w.Code != 303 || w.Header().Get("Location") != readHref(file.ID, pages[3].ID, "") {
			t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
		}
		mine, err := o.MarksIn(o.as("ksv"), file.ID)
		o.ok(err)
		if len(mine) != 1 || mine[0].Folio != 4 || mine[0].ByName != "Giàng A Páo" || !slices.Equal(mine[0].Boxes, []reading.Box{{10, 10, 200, 40}, {0, 0, 1240, 20}}) {
			t.Fatalf("%+v", mine)
		}
		note := mine[0]
		for _, door := range []string{read + "?page=" + string(pages[3].ID), read + "/notes?page=" + string(pages[3].ID), p + "/layer"} {
			if !strings.Contains(body(t, ask(h, "ksv", door, nil), 200), "giờ bắt giữ") {
				t.Errorf("%s: the author does not see the note", door)
			}
			if strings.Contains(body(t, ask(h, "ksv2", door, nil), 200), "giờ bắt giữ") {
				t.Errorf("%s: a private note is seen by others", door)
			}
		}
		if _, err := o.EditMark(o.as("ksv2"), note.ID, MarkAs{Text: "x"}); !errors.Is(err, ErrNoMark) {
			t.Errorf("a private note of another: %v", err)
		}

		// Shared, everybody sees it and only the author changes it.
		w = ask(h, "ksv", "/marks/"+string(note.ID), url.Values{"kind": {"note"}, "text": {"Hỏi lại giờ bắt giữ\nvà người chứng kiến"}, "shared": {"on"}, "group": {"ngan-chan"}}, "HX-Request", "true")
		if got := body(t, w, 200); !strings.Contains(got, "người chứng kiến") || strings.Contains(got, "<html") {
			t.Error("a script does not get the notes anew")
		}
		if !strings.Contains(body(t, ask(h, "ksv2", p+"/layer", nil), 200), "người chứng kiến") {
			t.Error("a shared note is not seen")
		}
		if _, err := o.EditMark(o.as("ksv2"), note.ID, MarkAs{Text: "x"}); !errors.Is(err, ErrNotYours) {
			t.Errorf("edited another's: %v", err)
		}
		if w := ask(h, "ksv2", "/marks/"+string(note.ID)+"/delete", url.Values{"sure": {"on"}}); w.Code != 403 {
			t.Errorf("deleted another's: %d", w.Code)
		}
		if w := ask(h, "luutru", p+"/marks", url.Values{"kind": {"bookmark"}}); w.Code != 403 {
			t.Errorf("the archivist annotates: %d", w.Code)
		}

		// What is wrong is said.
		for _, bad := range []MarkAs{{Kind: MarginNote}, {Kind: "x"}, {Kind: Bookmark, Colour: "red"}, {Kind: Bookmark, Group: "no-such"}, {Kind: MarginNote, Text: strings.Repeat("a", 4001)}} {
			if _, err := o.Mark(o.as("ksv"), pages[0].ID, bad, nil); !errors.Is(err, ErrInvalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		body(t, ask(h, "ksv", p+"/marks", url.Values{"kind": {"note"}}), 422)
		body(t, ask(h, "ksv", p+"/marks", url.Values{"kind": {"note"}, "boxes": {"{"}}), 422)

		// A bookmark stands under its group in the table of contents.
		_, err = o.Mark(o.as("ksv"), pages[8].ID, MarkAs{Kind: Bookmark, Group: "vat-chung", Text: "Ảnh con dao", Shared: true}, nil)
		o.ok(err)
		tree, err := o.Tree(o.as("ksv2"), file.ID)
		o.ok(err)
		i := slices.IndexFunc(tree, func(b Branch) bool { return b.Code == "vat-chung" })
		if i < 0 || len(tree[i].Bookmarks) != 1 || tree[i].Bookmarks[0].Folio != 9 {
			t.Errorf("%+v", tree)
		}

		// Without "sure" a deletion asks; with it the note is gone.
		if got := body(t, ask(h, "ksv", "/marks/"+string(note.ID)+"/delete", url.Values{}), 200); !strings.Contains(got, "Xóa ghi chú này?") {
			t.Error("deletion does not ask")
		}
		body(t, ask(h, "ksv", "/marks/"+string(note.ID)+"/delete", url.Values{"sure": {"on"}}), 303)
		if _, err := o.OwnMark(o.as("ksv"), note.ID); !errors.Is(err, ErrNoMark) {
			t.Errorf("still there: %v", err)
		}
	})
}

func TestGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		file, _ := o.shelf(14, func(i int) string { return "Trang " + itoa(i) }, nil)
		h := o.pages()
		clerk := o.as("vanthu")
		gs, own, err := o.Groups(clerk)
		o.ok(err)
		if own || len(gs) < 10 || gs[0].Name != "Thủ tục tố tụng" {
			t.Fatalf("%v %v", own, gs)
		}
		form := url.Values{}
		for _, g := range gs {
			form.Add("code", string(g.Code))
			form.Add("name", g.Name)
		}
		form["name"][0] = "Khởi tố và thủ tục"
		form.Add("code", "")
		form.Add("name", "Camera giao thông")
		form.Set("hide", gs[1].Code)
		form.Set("down", gs[0].Code)
		body(t, ask(h, "ksv", "/dossiers/groups", form), 303)
		got, own, err := o.Groups(clerk)
		o.ok(err)
		if !own || got[1] != (GroupLine{gs[0].Code, "Khởi tố và thủ tục", false}) || got[0] != (GroupLine{gs[1].Code, gs[1].Name, true}) || got[len(got)-1].Code != "rieng-camera-giao-thong" {
			t.Errorf("%v", got)
		}
		tree, err := o.Tree(clerk, file.ID)
		o.ok(err)
		if len(tree) != 2 || tree[0].Name != "Khởi tố và thủ tục" || tree[1].Code != "" || len(tree[1].Papers) != 1 {
			t.Errorf("what is in a hidden group is out of reach: %+v", tree)
		}
		if page := body(t, ask(h, "ksv", "/dossiers/groups", nil), 200); !strings.Contains(page, "Camera giao thông") {
			t.Error("the new group is not shown")
		}
		body(t, ask(h, "ksv", "/dossiers/groups", url.Values{"reset": {"on"}}), 303)
		if got, own, err := o.Groups(clerk); err != nil || own || !slices.Equal(got, gs) {
			t.Errorf("the common template did not come back: %v %v", got, err)
		}
		body(t, ask(h, "luutru", "/dossiers/groups", nil), 403)
		if err := o.SetGroups(clerk, []GroupLine{{Code: "x"}}); !errors.Is(err, ErrInvalid) {
			t.Errorf("a group without a name: %v", err)
		}
	})
}

func TestEmptyFile(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	file, err := o.Create(o.as("vanthu"), New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	if got := body(t, ask(o.pages(), "ksv", "/dossiers/"+string(file.ID)+"/read", nil), 200); !strings.Contains(got, "Hồ sơ chưa có trang nào") {
		t.Error("an empty file does not say so")
	}
}

// The first page of a file of 5,000 pages opens like that of a small one. With
// CONGMINH_TEST_LARGE set the file has so many; -v shows what each door costs.
func TestReaderOfLargeFile(t *testing.T) {
	n := 700
	if os.Getenv("CONGMINH_TEST_LARGE") != "" {
		n = 5000
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		file, pages := o.shelf(n, func(i int) string {
			text := strings.Repeat("Bị can khai nhận toàn bộ hành vi phạm tội, phù hợp với lời khai của người làm chứng và vật chứng thu giữ. ", 12)
			return text + itoa(i%40)
		}, nil)
		h := o.pages()
		read := "/dossiers/" + string(file.ID) + "/read"
		for _, door := range []struct {
			name, path string
			most       int // bytes
		}{
			{"first page", read, 2 << 20},
			{"page 4321 by number", read + "?folio=" + itoa(n-n/7), 2 << 20},
			{"first page, looking for words", read + "?q=" + url.QueryEscape("vật chứng"), 2 << 20},
			{"table of all pages", read + "/pages", 300_000},
			{"search in the file: on every page", read + "/search?q=" + url.QueryEscape("vật chứng"), 1 << 20},
			{"search in the file: on few", read + "/search?q=17", 1 << 20},
			{"layer", "/pages/" + string(pages[n/2].ID) + "/layer", 100_000},
			{"notes", read + "/notes?page=" + string(pages[n/2].ID), 100_000},
			{"tree", read + "/tree", 1 << 20},
			{"access picture", "/pages/" + string(pages[n/2].ID) + "/access", 1 << 20},
			{"thumb", "/pages/" + string(pages[n/2].ID) + "/thumb", 1 << 20},
		} {
			var times []time.Duration
			var w *httptest.ResponseRecorder
			for range 9 {
				start := time.Now()
				w = ask(h, "ksv", door.path, nil, "Accept-Encoding", "gzip")
				times = append(times, time.Since(start))
			}
			size := w.Body.Len()
			if w.Code != 200 || size > door.most {
				t.Errorf("%s: status %d, %d bytes", door.name, w.Code, size)
			}
			first := times[0]
			slices.Sort(times)
			t.Logf("%-36s first %6.1f ms, median %6.1f ms, %7d bytes", door.name, ms(first), ms(times[len(times)/2]), size)
			if door.name == "table of all pages" {
				z, err := gzip.NewReader(w.Body)
				o.ok(err)
				var cols leafColumns
				o.ok(json.NewDecoder(z).Decode(&cols))
				if len(cols.IDs) != n || cols.Folios[n-1] != n {
					t.Errorf("%d pages in the table", len(cols.IDs))
				}
			}
		}
	})
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
