package dossier

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"congminh/internal/dossier/paper"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/search"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// The checking screen, on both databases. The parts share one office, each with a
// file of its own.
func TestCheck(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		for _, part := range []struct {
			name string
			test func(*testing.T, *office)
		}{
			{"arrange", checkArrange}, {"stale", checkStale}, {"undo keeps", checkUndoKeeps}, {"accept", checkAccept}, {"shows", checkShows},
			{"page", checkOnePage}, {"text", checkText}, {"rights", checkRights}, {"closed", checkClosed}, {"index", checkIndex},
		} {
			t.Run(part.name, func(t *testing.T) {
				here := *o
				here.t = t
				part.test(t, &here)
			})
		}
	})
}

// clerk is a browser at the checking screen of one file.
type clerk struct {
	*office
	door  http.Handler
	login string
	file  Dossier
	pages []Page
	docs  []Document
}

// atDesk puts an unchecked file of n pages straight into the tables, in documents of
// size pages; change makes pages different.
func (o *office) atDesk(n, size int, change func(i int, p *Page)) *clerk {
	o.t.Helper()
	ctx := o.as("vanthu")
	file, err := o.Create(ctx, New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	picture := image.NewGray(image.Rect(0, 0, 62, 88))
	for i := range picture.Pix {
		picture.Pix[i] = color.Gray{uint8(i % 251)}.Y
	}
	var b bytes.Buffer
	o.ok(jpeg.Encode(&b, picture, nil))
	ref, err := o.Blobs.Put(ctx, &b)
	o.ok(err)
	c := &clerk{office: o, login: "vanthu", file: file}
	scan := Scan{ID: id.New[Scan](), Dossier: file.ID, Seq: 1, Name: "tap-1.pdf", SHA256: ref.SHA256, State: Read, Via: "demo", Received: noon, By: "x"}
	tagged, err := o.tagsOf(ctx, file)
	o.ok(err)
	tags := tagged(Document{})
	o.ok(o.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := o.store.insertScan(ctx, scan); err != nil {
			return err
		}
		var doc Document
		for i := range n {
			text := fmt.Sprintf("Biên bản ghi lời khai\ntrang %d", i+1)
			g := reading.Page{W: 620, H: 880, DPI: 75, Text: text, Confidence: 95}
			for line, l := range strings.Split(text, "\n") {
				for k, w := range strings.Fields(l) {
					g.Words = append(g.Words, reading.Word{T: w, C: 95, Line: line, Box: reading.Box{60 + 90*k, 80 + 40*line, 140 + 90*k, 106 + 40*line}})
				}
			}
			body, err := json.Marshal(g)
			if err != nil {
				return err
			}
			words, err := o.Blobs.Put(ctx, bytes.NewReader(body))
			if err != nil {
				return err
			}
			p := Page{ID: id.New[Page](), Dossier: file.ID, Scan: scan.ID, N: i + 1, Position: position(1, i+1, 0), State: Proposed, Picture: ref.SHA256, Format: "jpeg",
				W: 620, H: 880, DPI: 75, Confidence: 95, Words: words.SHA256, Access: ref.SHA256, Thumb: ref.SHA256, Version: 1, ReadAt: noon}
			if i%size == 0 {
				k := i / size
				doc = Document{ID: id.New[Document](), Dossier: file.ID, Kind: "khac", Title: fmt.Sprintf("Biên bản ghi lời khai lần %d", k+1), Number: fmt.Sprintf("%d/BB-CSĐT", k+1),
					Date: "2026-03-12", Confidence: 0.95 - 0.2*float64(k%2), State: Guessed, PDFState: "none", Persons: []Person{{"Giàng Seo Vảng", "người làm chứng"}},
					Seen: map[string]Seen{"number": {p.ID, reading.Box{60, 80, 230, 106}, 0.93}, "person.0": {p.ID, reading.Box{60, 120, 140, 146}, 0.71}}}
				kind, _ := paper.KindOf("khac")
				doc.Group = kind.Group
				if err := o.store.saveDocument(ctx, doc); err != nil {
					return err
				}
				c.docs = append(c.docs, doc)
			}
			p.Document = doc.ID
			if change != nil {
				change(i, &p)
			}
			if _, err := o.store.insertPage(ctx, p); err != nil {
				return err
			}
			if err := o.Index.Put(ctx, search.Doc{Key: string(p.ID), Text: text, Tags: tags}); err != nil {
				return err
			}
			c.pages = append(c.pages, p)
		}
		return o.store.addPages(ctx, file.ID, n)
	}))

	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.NewTextHandler(o.t.Output(), nil)), site.Refusal)
	m.Offices(o.org.OfficeName)
	site.Web(m)
	o.Module().Web(m)
	words, err := lang.Load(site.Texts(), texts)
	o.ok(err)
	m.Languages(words)
	c.door = web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := c.login
		if k, err := r.Cookie("As"); err == nil {
			login = k.Value
		}
		a, err := o.org.ActorOf(r.Context(), login)
		o.ok(err)
		mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), a)))
	}))
	return c
}

func (c *clerk) at(more string) string { return path(c.file.ID, "/check"+more) }

// send asks with a method and returns the answer, whose status must be as told.
func (c *clerk) send(r *http.Request, status int) (string, http.Header) {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.door.ServeHTTP(w, r)
	if w.Code != status {
		c.t.Fatalf("%s %s: %d, want %d\n%.1500s", r.Method, r.URL, w.Code, status, w.Body)
	}
	if strings.Contains(w.Body.String(), "style=") {
		c.t.Errorf("%s %s: a style that the policy forbids", r.Method, r.URL)
	}
	return w.Body.String(), w.Header()
}

func (c *clerk) see(at string, status int) string {
	c.t.Helper()
	text, _ := c.send(httptest.NewRequest(http.MethodGet, at, nil), status)
	return text
}

// post sends a form the way a browser without a script does, and follows.
func (c *clerk) post(at string, status int, form ...string) string {
	c.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		v.Add(form[i], form[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, at, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	text, h := c.send(r, status)
	if status == http.StatusSeeOther {
		return h.Get("Location")
	}
	return text
}

// order writes the file as letters: pages are a, b, c… in the order they came, a bar
// stands between documents, left-out pages are in capitals.
func (c *clerk) order() string {
	c.t.Helper()
	now, err := c.store.pages(c.t.Context(), c.file.ID)
	c.ok(err)
	var out strings.Builder
	last := DocumentID("")
	for i, p := range now {
		if p.Document != "" {
			if p.Document != last && last != "" && i > 0 {
				out.WriteByte('|')
			}
			last = p.Document
		}
		at := slices.IndexFunc(c.pages, func(q Page) bool { return q.ID == p.ID })
		switch {
		case at < 0:
			out.WriteByte('?')
		case p.State == Excluded:
			out.WriteByte(byte('A' + at))
		default:
			out.WriteByte(byte('a' + at))
		}
	}
	return out.String()
}

func has(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("not there: %q", w)
		}
	}
}

func lacks(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if strings.Contains(text, w) {
			t.Errorf("there: %q", w)
		}
	}
}

// Every act on pages, as a form without a script, and taken back.
func checkArrange(t *testing.T, o *office) {
	c := o.atDesk(6, 3, nil)
	p := func(i int) string { return string(c.pages[i].ID) }
	for _, a := range []struct {
		name string
		form []string
		want string
	}{
		{"split", []string{"do", "split", "page", p(1)}, "a|bc|def"},
		{"merge", []string{"do", "merge", "page", p(3)}, "abcdef"},
		{"leave out", []string{"do", "exclude", "page", p(1)}, "aBc|def"},
		{"move to a place", []string{"do", "move", "page", p(5), "to", "1"}, "f|abc|de"},
		{"move two where one of them is", []string{"do", "move", "page", p(0), "page", p(1), "to", "2"}, "abc|def"},
		{"move to the end", []string{"do", "move", "page", p(0)}, "bc|def|a"},
		{"move before a page", []string{"do", "move", "page", p(4), "before", p(1)}, "aebc|df"},
	} {
		before := c.order()
		to := c.post(c.at(""), http.StatusSeeOther, a.form...)
		if to != c.at("") {
			t.Errorf("%s leads to %s", a.name, to)
		}
		if got := c.order(); got != a.want && !strings.HasPrefix(a.name, "move to the end") && !strings.HasPrefix(a.name, "move to a place") && a.name != "move before a page" {
			t.Errorf("%s: %s, want %s", a.name, got, a.want)
		} else if strings.ReplaceAll(got, "|", "") != strings.ReplaceAll(a.want, "|", "") {
			t.Errorf("%s: pages %s, want %s", a.name, got, a.want)
		}
		text := c.see(c.at(""), 200)
		change := regexp.MustCompile(`name="change" value="([^"]+)"`).FindStringSubmatch(text)
		if change == nil {
			if before == c.order() {
				continue
			}
			t.Fatalf("%s: no undo is offered", a.name)
		}
		c.post(c.at("/undo"), http.StatusSeeOther, "change", change[1])
		if got := c.order(); got != before {
			t.Errorf("%s taken back: %s, want %s", a.name, got, before)
		}
		c.post(c.at("/undo"), http.StatusConflict, "change", change[1]) // not twice
	}
	for _, turn := range []struct {
		do   string
		want int
	}{{"right", 90}, {"left", 0}, {"left", 270}} {
		c.post(c.at(""), http.StatusSeeOther, "do", turn.do, "page", p(2))
		if got, err := c.Page(c.as("vanthu"), c.pages[2].ID); err != nil || got.Turn != turn.want {
			t.Errorf("%s: turned by %d, want %d (%v)", turn.do, got.Turn, turn.want, err)
		}
	}
	c.post(c.at(""), http.StatusSeeOther, "do", "check", "page", p(0), "page", p(1))
	if got, err := c.Page(c.as("vanthu"), c.pages[1].ID); err != nil || got.State != Checked {
		t.Errorf("checked: %s (%v)", got.State, err)
	}
	if to := c.post(c.at(""), http.StatusSeeOther, "do", "look", "page", p(4)); to != "/pages/"+p(4)+"/check" {
		t.Errorf("look leads to %s", to)
	}
	has(t, c.post(c.at(""), 422, "do", "split"), "Hãy chọn ít nhất một trang")
	c.post(c.at(""), 404, "do", "split", "page", "khong-co")
	c.post(c.at(""), 422, "do", "burn", "page", p(1))
}

// Who looks at an order that somebody else has changed does not change it further.
func checkStale(t *testing.T, o *office) {
	c := o.atDesk(6, 3, nil)
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(c.see(c.at(""), 200))[1]
	c.ok(c.Arrange(c.as("ksv"), c.file.ID, Act{Do: "move", Pages: []PageID{c.pages[5].ID}, Before: c.pages[0].ID}))
	was := c.order()
	has(t, c.post(c.at(""), http.StatusConflict, "do", "split", "page", string(c.pages[1].ID), "seen", seen), "vừa được người khác sắp xếp")
	if c.order() != was {
		t.Error("a refused act changed something")
	}
	// What a person decided about single pages does not count as another order, and
	// pages that arrive at the end do not either.
	now := arrangement(c.pages)
	stamp := now.stamp()
	more := now.clone()
	more.Slots[0].State, more.Slots[1].Turn = Checked, 90
	more.Slots = append(more.Slots, Slot{Page: "new"})
	if !more.agrees(stamp) {
		t.Error("refused for no reason")
	}
	for _, bad := range []string{"", "x", "-1.0", "99.0", "2." + strings.Repeat("0", 16)} {
		if more.agrees(bad) {
			t.Errorf("agrees with %q", bad)
		}
	}
	// With a script the answer is the desk alone.
	r := httptest.NewRequest(http.MethodGet, c.at("?show=waiting"), nil)
	r.Header.Set("HX-Request", "true")
	text, _ := c.send(r, 200)
	if !strings.HasPrefix(text, `<div id="desk"`) {
		t.Errorf("a fragment begins %.80s", text)
	}
}

// What was checked or turned after a change stays when the change is taken back.
func checkUndoKeeps(t *testing.T, o *office) {
	c := o.atDesk(4, 2, nil)
	ctx := c.as("vanthu")
	c.ok(c.Arrange(ctx, c.file.ID, Act{Do: "move", Pages: []PageID{c.pages[3].ID}, Before: c.pages[0].ID}))
	_, err := c.Accept(ctx, c.docs[0].ID, c.docs[0].fields())
	c.ok(err)
	_, err = c.Undo(ctx, c.file.ID)
	c.ok(err)
	got, err := c.Page(ctx, c.pages[0].ID)
	c.ok(err)
	if got.State != Checked || c.order() != "ab|cd" {
		t.Errorf("%s in %s", got.State, c.order())
	}
}

// The form of a document: shown, wrong, right, and on to the next.
func checkAccept(t *testing.T, o *office) {
	c := o.atDesk(8, 2, nil)
	text := c.see(c.at(""), 200)
	has(t, text, "Biên bản ghi lời khai lần 1", `value="1/BB-CSĐT"`, `value="12/03/2026"`, `value="Giàng Seo Vảng"`, "93% · trang 1", "71% · trang 1", "Nhận 2 đề xuất chắc (từ 85%)")
	kind := paper.Kinds()[0]
	form := []string{"kind", kind.Name, "title", "  Tài liệu   sửa tay ", "number", "7/QĐ", "date", "31/12/2027", "issuer", "Công an", "signer", "Lý A Chớ",
		"person", "Giàng Seo Vảng", "person", "Sùng Thị Dế", "person", "", "article", "Điều 173"}
	at := "/documents/" + string(c.docs[0].ID) + "/accept"
	text = c.post(at, 422, form...)
	has(t, text, "date-wrong", "Ngày của tài liệu phải là một ngày đã tới", `value="31/12/2027"`, "Sùng Thị Dế", `value="`+kind.Name+`"`)
	form[7] = "ngày kia"
	has(t, c.post(at, 422, form...), "date-wrong", `value="ngày kia"`)
	form[7] = "5/3/2026"
	form[1] = "không có loại này"
	has(t, c.post(at, 422, form...), "kind-wrong", `value="không có loại này"`)
	form[1] = strings.ToUpper(kind.Name)
	to := c.post(at, http.StatusSeeOther, form...)
	if to != c.at("?document="+string(c.docs[1].ID)) {
		t.Errorf("after the first comes %s", to)
	}
	got, _, err := c.Document(c.as("vanthu"), c.docs[0].ID)
	c.ok(err)
	if got.State != Accepted || got.Kind != kind.Code || got.Group != kind.Group || got.Title != "Tài liệu sửa tay" || got.Number != "7/QĐ" || got.Date != "2026-03-05" ||
		got.Signer != "Lý A Chớ" || len(got.Persons) != 2 || got.Persons[0].Role != "người làm chứng" || got.Persons[1].Name != "Sùng Thị Dế" || !slices.Equal(got.Articles, []string{"Điều 173"}) {
		t.Errorf("accepted %+v", got)
	}
	// The sure ones at once, after a question.
	text = c.post(c.at("/sure"), 200)
	has(t, text, "Nhận 1 tài liệu như máy đề xuất?", `name="sure"`)
	c.post(c.at("/sure"), http.StatusSeeOther, "sure", "on")
	now, err := c.Contents(c.as("vanthu"), c.file.ID)
	c.ok(err)
	var open []string
	for _, d := range now.Documents {
		if d.State == Guessed {
			open = append(open, d.Title)
		}
	}
	if want := []string{c.docs[1].Title, c.docs[3].Title}; !slices.Equal(open, want) {
		t.Errorf("still open %q, want %q", open, want)
	}
	// The last one leads back to an end.
	for _, i := range []int{1, 3} {
		f := c.docs[i].fields()
		to = c.post("/documents/"+string(c.docs[i].ID)+"/accept", http.StatusSeeOther, "kind", f.Kind, "title", f.Title)
	}
	has(t, c.see(to, 200), "Mọi tài liệu đã nhận: đánh số bút lục")
}

// The tabs show what they say, the grid comes in parts, flags tell what is wrong.
func checkShows(t *testing.T, o *office) {
	c := o.atDesk(12, 4, nil)
	ctx := c.as("vanthu")
	change := func(i int, f func(p *Page)) {
		p, err := c.store.page(ctx, c.pages[i].ID)
		c.ok(err)
		f(&p)
		c.ok(c.store.updatePage(ctx, p))
	}
	change(1, func(p *Page) { p.Confidence = 61 })
	change(2, func(p *Page) { p.Problem, p.Access, p.Thumb, p.Words = "Trang ảnh bị hỏng.", "", "", "" })
	change(5, func(p *Page) { p.Twin, p.TwinExact = c.pages[3].ID, true })
	change(6, func(p *Page) { p.Label, p.Spread = 41, true })
	change(7, func(p *Page) { p.Confidence, p.Blank = 0, true })
	c.ok(c.Arrange(ctx, c.file.ID, Act{Do: "exclude", Pages: []PageID{c.pages[7].ID}}))
	_, err := c.MarkMissing(ctx, c.pages[9].ID, "Bản kê ghi 13 trang")
	c.ok(err)
	_, err = c.Accept(ctx, c.docs[2].ID, c.docs[2].fields())
	c.ok(err)
	cell := regexp.MustCompile(`data-place="(\d+)"`)
	for show, want := range map[Show]string{
		ShowAll: "1 2 3 4 5 6 7 8 9 10 11 12 13", ShowWaiting: "1 2 3 4 5 6 7", ShowWeak: "2", ShowProblem: "3", ShowTwin: "6", ShowExcluded: "8", ShowMissing: "11", "nonsense": "1 2 3 4 5 6 7 8 9 10 11 12 13",
	} {
		var got []string
		for _, m := range cell.FindAllStringSubmatch(c.see(c.at("?show="+string(show)), 200), -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q shows %v, want %s", show, got, want)
		}
	}
	has(t, c.see("/pages/"+string(c.pages[5].ID)+"/check", 200), "Có vẻ trùng với trang 4", "/pages/"+string(c.pages[3].ID)+"/thumb")
	has(t, c.see(c.at(""), 200), "chữ chưa chắc 61%", "không đọc được", "trùng tr. 4", "nhãn 41", "hai trang một tờ", "để ngoài", "trắng", "Bản kê ghi 13 trang")

	// A file that is read, but from which nothing came; and one without anything.
	empty, err := c.Create(ctx, New{Case: c.cases[0].ID, Kind: ProcuracyFile})
	c.ok(err)
	has(t, c.see(path(empty.ID, "/check"), 200), "Chưa có trang nào để kiểm tra")
	c.ok(c.store.insertScan(ctx, Scan{ID: id.New[Scan](), Dossier: empty.ID, Seq: 1, Name: "x.pdf", State: Reading, Received: noon}))
	has(t, c.see(path(empty.ID, "/check"), 200), "Máy đang đọc", "data-live")
}

// A long file is laid out in parts; the part with the open document comes first.
func TestCheckParts(t *testing.T) {
	docs := make([]Document, 5)
	var c Contents
	for i, n := range []int{150, 100, 450, 10, 20} {
		docs[i] = Document{ID: DocumentID(fmt.Sprint("d", i)), State: Guessed}
		for j := range n {
			c.Pages = append(c.Pages, Page{ID: PageID(fmt.Sprintf("%d-%d", i, j)), Document: docs[i].ID})
		}
	}
	c.Documents = docs
	var got []string
	seen := 0
	for _, p := range parts(clusters(c, ShowAll), 200) {
		line := ""
		for _, g := range p {
			line += fmt.Sprintf(" %s:%d", g.Doc.ID, len(g.Pages))
			if g.Rest {
				line += "+"
			}
			for _, x := range g.Pages {
				if x.ID != c.Pages[seen].ID {
					t.Fatalf("page %d is %s", seen, x.ID)
				}
				seen++
			}
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{"d0:150", "d1:100 d2:100", "d2:200+", "d2:150+ d3:10 d4:20"}
	if !slices.Equal(got, want) || seen != len(c.Pages) {
		t.Errorf("parts %q, want %q", got, want)
	}
	for doc, part := range map[DocumentID]int{"d0": 1, "d1": 2, "d2": 2, "d4": 4} {
		if b := newBoard(Desk{Contents: c}, view{Document: doc}); b.Part != part || b.Doc.ID != doc {
			t.Errorf("%s opens part %d, want %d", doc, b.Part, part)
		}
	}
	if b := newBoard(Desk{Contents: c}, view{Document: "gone", Part: 99}); b.Part != 4 || b.Doc.ID != "d0" {
		t.Errorf("part %d of %s", b.Part, b.Doc.ID)
	}
}

// One page: what is missing after it is noted, a replacement needs a reason and a file.
func checkOnePage(t *testing.T, o *office) {
	c := o.atDesk(3, 3, nil)
	at := "/pages/" + string(c.pages[1].ID)
	has(t, c.see(at+"/check?box=60,80,230,106", 200), "Trang 2/3", `class="seen-box" x="60" y="80" width="170" height="26"`, "/pages/"+string(c.pages[0].ID)+"/check", "/pages/"+string(c.pages[2].ID)+"/check")
	lacks(t, c.see(at+"/check?box=1,2,3", 200), "seen-box")
	has(t, c.post(at+"/missing", 422, "reason", "  "), "vì sao biết là thiếu trang", "missing-wrong")
	c.post(at+"/missing", http.StatusSeeOther, "reason", "Bản kê ghi 4 trang")
	if got := c.order(); got != "ab?c" {
		t.Errorf("noted as missing: %s", got)
	}
	replace := func(reason, name string, status int) string {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		c.ok(m.WriteField("reason", reason))
		if name != "" {
			f, err := m.CreateFormFile("file", name)
			c.ok(err)
			_, err = f.Write([]byte("not a picture"))
			c.ok(err)
		}
		c.ok(m.Close())
		r := httptest.NewRequest(http.MethodPost, at+"/replace", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		text, _ := c.send(r, status)
		return text
	}
	has(t, replace("mờ", "", 422), "Hãy chọn tệp quét của trang")
	has(t, replace("", "x.jpg", 422), "Hãy ghi lý do thay trang", "replace-wrong")

	// A page that was replaced shows what it was.
	p, err := c.store.page(c.as("vanthu"), c.pages[1].ID)
	c.ok(err)
	c.ok(c.store.keepVersion(c.as("vanthu"), p, "Quét mờ góc dưới", noon, "x"))
	p.Version = 2
	c.ok(c.store.updatePage(c.as("vanthu"), p))
	has(t, c.see(at+"/check", 200), "Quét mờ góc dưới", at+"/versions/1")
	c.see(at+"/versions/1", 200)
	c.see(at+"/versions/2", 404)
	c.see(at+"/versions/x", 404)
}

// The queue of doubtful text: worst first, saved and locked, on to the next.
func checkText(t *testing.T, o *office) {
	c := o.atDesk(5, 5, func(i int, p *Page) { p.Confidence = []float64{95, 70, 95, 50, 60}[i] })
	q := c.at("/text")
	page := func(i int) string { return string(c.pages[i].ID) }
	text := c.see(q, 200)
	has(t, text, `action="/pages/`+page(3)+`/text"`, "Biên bản ghi lời khai\ntrang 4", "còn 3 trang", "?page="+page(4))
	to := c.post("/pages/"+page(3)+"/text", http.StatusSeeOther, "text", "Biên bản ghi lời khai\r\ntrang bốn")
	if to != q+"?page="+page(4) {
		t.Errorf("after the first comes %s", to)
	}
	p, g, err := c.Words(c.as("vanthu"), c.pages[3].ID)
	c.ok(err)
	if !p.Locked || g.Text != "Biên bản ghi lời khai\ntrang bốn" || g.Words[0].Box != (reading.Box{60, 80, 140, 106}) {
		t.Errorf("saved %q, locked %v", g.Text, p.Locked)
	}
	text = c.see(to, 200)
	has(t, text, "Đã sửa và khóa (1 trang)", "còn 2 trang", "đây là trang thứ 1")
	text = c.see(q+"?page="+page(3), 200)
	has(t, text, "đã sửa và khóa", "Mở khóa và đọc lại")
	has(t, c.post("/pages/"+page(3)+"/unlock", 200), "bị thay bằng kết quả đọc mới")
	c.post("/pages/"+page(3)+"/unlock", http.StatusSeeOther, "sure", "on")
	if p, err = c.Page(c.as("vanthu"), c.pages[3].ID); err != nil || p.Locked {
		t.Errorf("unlocked: %v, %v", p.Locked, err)
	}
	c.see(q+"?page=khong-co", 404)
	for _, i := range []int{1, 4} {
		c.ok(c.Correct(c.as("vanthu"), c.pages[i].ID, "đúng"))
	}
	has(t, c.see(q, 200), "Không còn trang nào có chữ chưa chắc")
}

// Nobody checks without the right to, and nobody sees that a file is there who may
// not see its case.
func checkRights(t *testing.T, o *office) {
	c := o.atDesk(4, 2, nil)
	_, err := c.store.db.Exec(c.t.Context(), `UPDATE dossier SET case_id = $2 WHERE id = $1`, c.file.ID, c.cases[7].ID)
	c.ok(err)
	page, doc := "/pages/"+string(c.pages[0].ID), "/documents/"+string(c.docs[0].ID)
	for login, status := range map[string]int{"quantri": 403, "ksv2": 404} {
		c.login = login
		for _, at := range []string{c.at(""), c.at("/text"), c.at("/index"), page + "/check", page + "/versions/1"} {
			c.see(at, status)
		}
		c.post(c.at(""), status, "do", "split", "page", string(c.pages[1].ID))
		c.post(c.at("/undo"), status)
		c.post(c.at("/sure"), status, "sure", "on")
		c.post(c.at("/index"), status, "lines", "Quyết định")
		c.post(doc+"/accept", status, "title", "x")
		c.post(page+"/missing", status, "reason", "x")
		c.post(page+"/text", status, "text", "x")
		c.post(page+"/unlock", status, "sure", "on")
		r := httptest.NewRequest(http.MethodPost, page+"/replace", strings.NewReader("--b--"))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		c.send(r, status)
	}
	if got := c.order(); got != "ab|cd" {
		t.Errorf("changed to %s", got)
	}
}

// A closed file is looked at and not changed.
func checkClosed(t *testing.T, o *office) {
	c := o.atDesk(4, 2, nil)
	f := c.file
	f.State = Closed
	c.ok(c.store.update(c.as("vanthu"), f))
	lacks(t, c.see(c.at(""), 200), "data-tools", "Nhận tài liệu", `name="sure"`)
	lacks(t, c.see("/pages/"+string(c.pages[0].ID)+"/check", 200), "Thay trang")
	has(t, c.post(c.at(""), http.StatusConflict, "do", "split", "page", string(c.pages[1].ID)), "Hồ sơ đã đóng")
}

// The paper index is kept and compared on its page.
func checkIndex(t *testing.T, o *office) {
	c := o.atDesk(6, 2, nil)
	at := c.at("/index")
	has(t, c.see(at, 200), "Chép bản thống kê tài liệu")
	has(t, c.post(at, 422, "lines", "Biên bản ghi lời khai lần 1 | 9–3"), "Dòng 1: bút lục cuối (3) nhỏ hơn bút lục đầu (9).", "lines-wrong", "9–3")
	c.post(at, http.StatusSeeOther, "lines", "Biên bản ghi lời khai lần 1\t2\t1-2\nBiên bản ghi lời khai lần 2\t5\nKết luận giám định tử thi\t3\nBiên bản ghi lời khai lần 3\t2")
	text := c.see(at, 200)
	has(t, text, "Khớp: 2", "Khác số trang: 1", "Không thấy trong bản quét: 1", "/pages/"+string(c.pages[3].ID)+"/check?form=missing", "Biên bản ghi lời khai lần 1 | 2 | 1–2")
	c.post(at, http.StatusSeeOther, "lines", "")
	lacks(t, c.see(at, 200), "Khớp: ")
}
