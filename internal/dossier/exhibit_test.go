package dossier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"congminh/internal/criminal"
	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// wrong is the names of the inputs that err complains of.
func wrong(err error) string {
	if !errors.Is(err, ErrInvalid) {
		return fmt.Sprint(err)
	}
	var out []string
	for _, f := range fault.From(err).Fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

func TestExhibit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		o.MaxFile = 1 << 20
		ksv, chief := o.as("ksv"), o.as("vientruong")
		file := o.dossier(ksv, 0)
		o.papers(file.ID, paperFile{"Quyết định khởi tố", "to-tung", 2}, paperFile{"Biên bản khám xét", "kham-nghiem", 2})
		other := o.dossier(ksv, 1)
		elsewhere := o.papers(other.ID, paperFile{"Biên bản", "kham-nghiem", 1})
		ms, err := o.MinutesIn(ksv, file.ID)
		o.ok(err)
		if len(ms) != 2 || ms[0].Title != "Biên bản khám xét" || !ms[0].Sure {
			t.Fatalf("minutes %+v", ms)
		}
		strange, err := o.store.pagesOfDocument(t.Context(), elsewhere[0].ID)
		o.ok(err)

		bike := NewExhibit{Code: " VC-01 ", Name: "Xe máy  Honda", Kind: ThingExhibit, About: "Màu đỏ\nbiển 24B1-000.00", Page: ms[0].Page,
			Measures: []Measure{{"Khối lượng", "98,5", "kg"}, {}, {" Dung tích", "110", "cm³"}}}
		for name, c := range map[string]struct {
			change func(*NewExhibit)
			want   string
		}{
			"nothing":            {func(x *NewExhibit) { *x = NewExhibit{} }, "code name kind page"},
			"no such folio":      {func(x *NewExhibit) { x.Folio = 1 }, "folio"},
			"page of other file": {func(x *NewExhibit) { x.Page = strange[0].ID }, "page"},
			"half a measure":     {func(x *NewExhibit) { x.Measures = []Measure{{"Dài", "", "m"}} }, "measure"},
			"kind":               {func(x *NewExhibit) { x.Kind = "vehicle" }, "kind"},
			"long":               {func(x *NewExhibit) { x.Code = strings.Repeat("ữ", 41) }, "code"},
		} {
			in := bike
			c.change(&in)
			if _, err := o.AddExhibit(ksv, file.ID, in); wrong(err) != c.want {
				t.Errorf("%s: %q, want %q", name, wrong(err), c.want)
			}
		}
		x, err := o.AddExhibit(ksv, file.ID, bike)
		o.ok(err)
		if x.Code != "VC-01" || x.Name != "Xe máy Honda" || len(x.Measures) != 2 || x.Measures[1].Name != "Dung tích" || x.Folio != 0 {
			t.Errorf("%+v", x)
		}
		if _, err := o.AddExhibit(chief, file.ID, bike); wrong(err) != "code" {
			t.Errorf("a code twice: %v", err)
		}
		phone := NewExhibit{Code: "VC-02", Name: "Điện thoại Nokia", Kind: PhotoExhibit, Page: ms[0].Page}
		y, err := o.AddExhibit(ksv, file.ID, phone)
		o.ok(err)
		phone.Code = "VC-01"
		if _, err := o.EditExhibit(ksv, y.ID, phone); wrong(err) != "code" {
			t.Errorf("edited into the code of another: %v", err)
		}

		// After numbering the seizure is cited by its folio.
		_, err = o.number(o.as("vanthu"), file.ID)
		o.ok(err)
		phone.Code, phone.Folio, phone.Page, phone.Name = "VC-02", 4, "", "Điện thoại Nokia màu đen"
		if y, err = o.EditExhibit(ksv, y.ID, phone); err != nil || y.Folio != 4 {
			t.Errorf("edited: %+v, %v", y, err)
		}
		for _, c := range []struct {
			f    ExhibitFilter
			want string
		}{
			{ExhibitFilter{}, "VC-01 BL 03, VC-02 BL 04"}, {ExhibitFilter{Words: "dien thoai"}, "VC-02 BL 04"}, {ExhibitFilter{Words: "24b1"}, "VC-01 BL 03"},
			{ExhibitFilter{Kind: PhotoExhibit}, "VC-02 BL 04"}, {ExhibitFilter{Kind: VideoExhibit}, ""},
		} {
			xs, err := o.Exhibits(ksv, file.ID, c.f)
			o.ok(err)
			var got []string
			for _, x := range xs {
				got = append(got, x.Code+" "+Cite(x.Folio, x.Folio))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%+v finds %q, want %q", c.f, got, c.want)
			}
		}

		t.Run("files", func(t *testing.T) { exhibitFiles(t, o, x) })
		t.Run("custody", func(t *testing.T) { custody(t, o, x) })
		t.Run("rights", func(t *testing.T) { exhibitRights(t, o, file, x) })

		// The index carries them in its appendix.
		idx, err := o.IndexOf(ksv, file.ID)
		o.ok(err)
		if len(idx.Exhibits) != 2 || !strings.HasPrefix(idx.Exhibits[0].Chain.VN(), "Đã trả lại") {
			t.Errorf("appendix %+v", idx.Exhibits)
		}
	})
}

// mp4 begins as a film does.
var mp4 = append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomiso2"), bytes.Repeat([]byte("khung hình "), 5000)...)

func exhibitFiles(t *testing.T, o *office, x Exhibit) {
	ksv := o.as("ksv")
	f, err := o.AttachFile(ksv, x.ID, `C:\phim\hiện trường.html`, bytes.NewReader(mp4))
	o.ok(err)
	sum := sha256.Sum256(mp4)
	if f.Type != "video/mp4" || f.Name != "hiện trường.html" || f.Size != int64(len(mp4)) || f.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", f)
	}
	again, err := o.AttachFile(o.as("vanthu"), x.ID, "khác.mp4", bytes.NewReader(mp4))
	o.ok(err)
	if again.ID != f.ID || again.Name != f.Name {
		t.Errorf("the same bytes were taken twice: %+v", again)
	}
	_, r, err := o.OpenExhibitFile(ksv, f.ID, MayRead)
	o.ok(err)
	got, err := io.ReadAll(r)
	o.ok(err)
	o.ok(r.Close())
	if !bytes.Equal(got, mp4) {
		t.Error("the bytes came back different")
	}
	if _, err := o.AttachFile(ksv, x.ID, "rỗng", strings.NewReader("")); !errors.Is(err, ErrEmptyFile) {
		t.Errorf("an empty file: %v", err)
	}
	full := bytes.Repeat([]byte("a"), 1<<20)
	if _, err := o.AttachFile(ksv, x.ID, "vừa đủ.bin", bytes.NewReader(full)); err != nil {
		t.Errorf("a file of just the limit: %v", err)
	}
	if _, err := o.AttachFile(ksv, x.ID, "to.bin", bytes.NewReader(append(full, 'b'))); !errors.Is(err, ErrSize) {
		t.Errorf("a file over the limit: %v", err)
	}
	if _, err := o.AttachFile(ksv, x.ID, "đứt.bin", io.MultiReader(strings.NewReader("half"), &cut{bytes.NewReader(nil)})); err == nil {
		t.Error("half a file was taken")
	}
	_, fs, _, err := o.Exhibit(ksv, x.ID)
	o.ok(err)
	if len(fs) != 2 {
		t.Errorf("%d files, want 2", len(fs))
	}
}

func TestSniff(t *testing.T) {
	for head, want := range map[string]string{
		"\xff\xd8\xff\xe0\x00\x10JFIF": "image/jpeg", "\x89PNG\r\n\x1a\n....": "image/png", "RIFF....WEBPVP8 ": "image/webp",
		"RIFF....WAVEfmt ": "audio/wav", "RIFF....AVI LIST": "video/x-msvideo", "\x00\x00\x00\x20ftypM4A ....": "audio/mp4", "\x00\x00\x00\x14ftypqt  ....": "video/quicktime",
		"\x00\x00\x00\x18ftypheic....": "image/heic", "\x1a\x45\xdf\xa3....\x42\x82\x84webm": "video/webm", "OggS\x00": "audio/ogg", "ID3\x03": "audio/mpeg", "\xff\xfb\x90\x00": "audio/mpeg",
		"%PDF-1.7": "application/pdf", "\xff\xfeh\x00": unknown, "<html><script>": unknown, "<svg xmlns=": unknown, "PK\x03\x04": unknown, "": unknown, "\xff": unknown,
	} {
		if got := sniff([]byte(head)); got != want {
			t.Errorf("%q is %s, want %s", head, got, want)
		}
	}
	// Nothing that a browser could run is ever shown as what it says.
	if (ExhibitFile{Type: sniff([]byte("<svg onload=alert(1)>"))}).shown() != "" {
		t.Error("a drawing with a script is shown")
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x18ftypisom"))
	f.Add([]byte("RIFF"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if kind := sniff(b); strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.Contains(kind, "javascript") {
			t.Errorf("%q is %s", b, kind)
		}
	})
}

func custody(t *testing.T, o *office, x Exhibit) {
	ksv := o.as("ksv")
	police, store := "Công an xã Mường Hum", "Kho vật chứng Phòng THADS khu vực 3"
	for _, c := range []struct {
		in     NewCustody
		want   string // inputs refused
		holder string
		sealed bool
	}{
		{NewCustody{}, "act day", "", false},
		{NewCustody{Act: Seal, Day: "2026-03-12"}, "act", "", false},
		{NewCustody{Act: Seize, Taker: police, Place: "Nhà ở", Day: "2026-11-27"}, "day", "", false},
		{NewCustody{Act: Seize, Day: "2026-03-12"}, "taker place", "", false},
		{NewCustody{Act: Seize, Giver: "Giàng Seo Vảng", Taker: police, Place: "Nhà ở", Day: "2026-03-12"}, "", police, false},
		{NewCustody{Act: Seize, Taker: police, Place: "Nhà ở", Day: "2026-03-13"}, "act", police, false},
		{NewCustody{Act: Give, Giver: police, Taker: store, Day: "2026-03-11"}, "day note", police, false},
		{NewCustody{Act: Seal, Day: "2026-03-12"}, "", police, true},
		{NewCustody{Act: Give, Giver: police, Day: "2026-03-20"}, "taker", police, true},
		{NewCustody{Act: StoreIn, Giver: "CÔNG AN XÃ MƯỜNG HUM", Taker: store, Place: "Kệ 3", Day: "2026-03-20"}, "", store, true},
		{NewCustody{Act: Unseal, Day: "2026-04-01"}, "note", store, true},
		{NewCustody{Act: Unseal, Day: "2026-04-01", Note: "Theo QĐ trưng cầu giám định"}, "", store, false},
		{NewCustody{Act: Examine, Giver: store, Taker: "Phòng KTHS", Day: "2026-04-01"}, "", "Phòng KTHS", false},
		{NewCustody{Act: Seal, Day: "2026-03-25"}, "note", "Phòng KTHS", false}, // written late
		{NewCustody{Act: Return, Giver: "Phòng KTHS", Taker: "Nguyễn Thị Hảo", Day: "2026-03-30", Note: "sớm"}, "act", "Phòng KTHS", false},
		{NewCustody{Act: Return, Giver: store, Taker: "Nguyễn Thị Hảo", Day: "2026-05-02"}, "", "Nguyễn Thị Hảo", false},
		{NewCustody{Act: Give, Giver: "Nguyễn Thị Hảo", Taker: "B", Day: "2026-05-03"}, "act", "Nguyễn Thị Hảo", false},
		{NewCustody{Act: Destroy, Place: "A", Note: "Theo bản án", Day: "2026-05-03"}, "act", "Nguyễn Thị Hảo", false},
		{NewCustody{Act: Correct, Day: "2026-05-03"}, "note", "Nguyễn Thị Hảo", false},
		{NewCustody{Act: Correct, Note: "Người giao ngày 02/5 là Phòng KTHS", Day: "2026-05-03"}, "", "Nguyễn Thị Hảo", false},
	} {
		before, _, was, err := o.Exhibit(ksv, x.ID)
		o.ok(err)
		got, err := o.AddCustody(ksv, x.ID, c.in)
		now, _, steps, openErr := o.Exhibit(ksv, x.ID)
		o.ok(openErr)
		if c.want != "" {
			if wrong(err) != c.want {
				t.Errorf("%+v: refused %q, want %q", c.in, wrong(err), c.want)
			}
			if len(steps) != len(was) || fmt.Sprint(now.Chain) != fmt.Sprint(before.Chain) {
				t.Errorf("%+v: refused, but written", c.in)
			}
			continue
		}
		if err != nil || len(steps) != len(was)+1 || got.ByName != "Giàng A Páo" {
			t.Errorf("%+v: %v (%d steps)", c.in, wrong(err), len(steps))
		}
		for i, s := range was {
			if steps[i] != s {
				t.Errorf("%+v: an older step changed", c.in)
			}
		}
		if now.Chain.Holder != c.holder || now.Chain.Sealed != c.sealed {
			t.Errorf("%+v: held by %q, sealed %v; want %q, %v", c.in, now.Chain.Holder, now.Chain.Sealed, c.holder, c.sealed)
		}
	}
	now, _, steps, err := o.Exhibit(ksv, x.ID)
	o.ok(err)
	if len(now.Chain.Breaks) != 1 || now.Chain.Breaks[0] != steps[len(steps)-2].ID || now.Chain.Over != Return {
		t.Errorf("breaks %v, over %q", now.Chain.Breaks, now.Chain.Over)
	}
}

// The tables of custody are written to and read, and nothing else: no statement of
// the module changes or removes a step.
func TestCustodyIsOnlyAdded(t *testing.T) {
	for _, name := range sources(t) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range []string{"UPDATE dossier_custody", "DELETE FROM dossier_custody", "DELETE FROM dossier_exhibit", "UPDATE dossier_exhibit_file"} {
			if bytes.Contains(src, []byte(no)) {
				t.Errorf("%s: %s", name, no)
			}
		}
	}
}

func sources(t *testing.T) (out []string) {
	t.Helper()
	all, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if strings.HasPrefix(f.Name(), "store") {
			out = append(out, f.Name())
		}
	}
	if len(out) < 3 {
		t.Fatalf("%d stores", len(out))
	}
	return out
}

// A file in the case of a chain is followed whatever the days are called.
func TestChain(t *testing.T) {
	for _, c := range []struct {
		name string
		cs   []Custody
		want Chain
	}{
		{"nothing", nil, Chain{}},
		{"destroyed", []Custody{{ID: "1", Act: Seize, Taker: "A", Day: "2026-01-01"}, {ID: "2", Act: Destroy, Place: "Lò đốt", Day: "2026-02-01"}},
			Chain{Place: "Lò đốt", Since: "2026-02-01", Over: Destroy}},
		{"place is forgotten when it goes on", []Custody{{Act: Seize, Taker: "A", Place: "Nhà", Day: "2026-01-01"}, {Act: Give, Giver: "A", Taker: "B", Day: "2026-01-02"}},
			Chain{Holder: "B", Since: "2026-01-02"}},
		{"the seizer need not have been the holder", []Custody{{Act: Seize, Giver: "X", Taker: "A", Day: "2026-01-01"}}, Chain{Holder: "A", Since: "2026-01-01"}},
	} {
		if got := chain(c.cs); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func exhibitRights(t *testing.T, o *office, file Dossier, x Exhibit) {
	_, fs, _, err := o.Exhibit(o.as("ksv"), x.ID)
	o.ok(err)
	in := NewExhibit{Code: "VC-09", Name: "Dao", Kind: ThingExhibit, Folio: 3}
	secret := o.dossier(o.as("ksv2"), 5)
	o.papers(secret.ID, paperFile{"Biên bản", "vat-chung", 1})
	ms, err := o.MinutesIn(o.as("ksv2"), secret.ID)
	o.ok(err)
	hidden, err := o.AddExhibit(o.as("ksv2"), secret.ID, NewExhibit{Code: "VC-01", Name: "Sổ", Kind: PaperExhibit, Page: ms[0].Page})
	o.ok(err)
	shown, err := o.AttachFile(o.as("ksv2"), hidden.ID, "a.mp4", bytes.NewReader(mp4))
	o.ok(err)
	reader := auth.With(t.Context(), auth.Actor{ID: "r", Name: "Chỉ đọc", Office: "lao-cai-kv3", Path: []auth.Office{"tc", "lao-cai", "lao-cai-kv3"}, Verbs: []auth.Verb{MayRead, criminal.MayRead}, Below: []auth.Verb{MayRead, criminal.MayRead}})
	nobody := t.Context()
	acts := map[string]func(context.Context, ID, ExhibitID, ExhibitFileID) error{
		"list": func(ctx context.Context, d ID, _ ExhibitID, _ ExhibitFileID) error {
			_, err := o.Exhibits(ctx, d, ExhibitFilter{})
			return err
		},
		"minutes": func(ctx context.Context, d ID, _ ExhibitID, _ ExhibitFileID) error {
			_, err := o.MinutesIn(ctx, d)
			return err
		},
		"see": func(ctx context.Context, _ ID, x ExhibitID, _ ExhibitFileID) error {
			_, _, _, err := o.Exhibit(ctx, x)
			return err
		},
		"look": func(ctx context.Context, _ ID, _ ExhibitID, f ExhibitFileID) error {
			_, r, err := o.OpenExhibitFile(ctx, f, MayRead)
			if err == nil {
				r.Close()
			}
			return err
		},
		"take": func(ctx context.Context, _ ID, _ ExhibitID, f ExhibitFileID) error {
			_, r, err := o.OpenExhibitFile(ctx, f, MayExport)
			if err == nil {
				r.Close()
			}
			return err
		},
		"add": func(ctx context.Context, d ID, _ ExhibitID, _ ExhibitFileID) error {
			_, err := o.AddExhibit(ctx, d, in)
			return err
		},
		"edit": func(ctx context.Context, _ ID, x ExhibitID, _ ExhibitFileID) error {
			_, err := o.EditExhibit(ctx, x, in)
			return err
		},
		"attach": func(ctx context.Context, _ ID, x ExhibitID, _ ExhibitFileID) error {
			_, err := o.AttachFile(ctx, x, "a", strings.NewReader("b"))
			return err
		},
		"custody": func(ctx context.Context, _ ID, x ExhibitID, _ ExhibitFileID) error {
			_, err := o.AddCustody(ctx, x, NewCustody{Act: Correct, Day: civil.On(noon), Note: "x"})
			return err
		},
	}
	changes := []string{"add", "edit", "attach", "custody", "take"}
	for name, do := range acts {
		may := true
		for _, c := range changes {
			may = may && c != name
		}
		if err := do(nobody, file.ID, x.ID, fs[0].ID); !errors.Is(err, auth.ErrWho) {
			t.Errorf("%s, not signed in: %v", name, err)
		}
		if err := do(o.as("quantri"), file.ID, x.ID, fs[0].ID); !errors.Is(err, auth.ErrMay) {
			t.Errorf("%s, administrator: %v", name, err)
		}
		// A colleague who is not in charge knows of a case with somebody under 18 in it,
		// and reads its file on request.
		if err := do(reader, file.ID, x.ID, fs[0].ID); may && !errors.Is(err, ErrAsk) || !may && !errors.Is(err, auth.ErrMay) {
			t.Errorf("%s, a colleague: %v", name, err)
		}
		// What belongs to a case one may not see is not there.
		if err := do(o.as("ksv"), secret.ID, hidden.ID, shown.ID); fault.From(err).Kind != fault.NotFound {
			t.Errorf("%s, secret case: %v", name, err)
		}
	}
}

// house serves the pages of this module to whoever the cookie "who" names.
func (o *office) house(t testing.TB) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.NewTextHandler(t.Output(), nil)), site.Refusal)
	languages, err := lang.Load(site.Texts(), texts)
	if err != nil {
		t.Fatal(err)
	}
	m.Languages(languages)
	m.Offices(o.org.OfficeName)
	site.Web(m)
	o.Service.web(m)
	o.Service.cases.Module().Web(m)
	o.api(api.New(mux, "test", "0", slog.New(slog.NewTextHandler(t.Output(), nil))))
	srv := httptest.NewServer(web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := "ksv"
		if c, err := r.Cookie("who"); err == nil {
			login = c.Value
		}
		a, err := o.org.ActorOf(r.Context(), login)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), a)))
	})))
	t.Cleanup(srv.Close)
	return srv
}

// send sends a request and returns the answer with its body.
func send(t *testing.T, method, address, kind string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

const urlencoded = "application/x-www-form-urlencoded"

// From the form to the film in the page, as a browser does it.
func TestExhibitPages(t *testing.T) {
	d := dbtest.SQLite(t)
	o := open(t, d)
	file := o.dossier(o.as("vanthu"), 0)
	o.papers(file.ID, paperFile{"Biên bản khám xét", "kham-nghiem", 2})
	_, err := o.number(o.as("vanthu"), file.ID)
	o.ok(err)
	home := o.house(t).URL
	list := home + path(file.ID, "/exhibits")

	res, body := send(t, "POST", list, urlencoded, strings.NewReader(url.Values{"code": {"VC-01"}, "folio": {"99"}, "measure": {"Dài", ""}, "amount": {"1,2", ""}, "unit": {"m", ""}}.Encode()))
	if res.StatusCode != 422 || !strings.Contains(body, `href="#folio"`) || !strings.Contains(body, `href="#name"`) || !strings.Contains(body, `value="1,2"`) {
		t.Errorf("a wrong form: %d\n%s", res.StatusCode, body)
	}
	res, _ = send(t, "POST", list, urlencoded, strings.NewReader(url.Values{"code": {"VC-01"}, "name": {"Xe <b>máy</b>"}, "kind": {"object"}, "folio": {"BL 02"}, "measure": {"Dài", ""}, "amount": {"1,2", ""}, "unit": {"m", ""}}.Encode()))
	page := home + res.Header.Get("Location")
	if res.StatusCode != 303 || !strings.Contains(page, "/exhibits/") {
		t.Fatalf("add: %d to %s", res.StatusCode, page)
	}

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("files", "phim.html")
	part.Write(mp4)
	w.Close()
	if res, body := send(t, "POST", page+"/files", w.FormDataContentType(), &form); res.StatusCode != 303 {
		t.Fatalf("attach: %d %s", res.StatusCode, body)
	}
	_, body = send(t, "GET", page, "", nil)
	src := between(body, `<video controls preload="metadata" src="`, `"`)
	for _, want := range []string{"Xe &lt;b&gt;máy&lt;/b&gt;", "read?folio=2", "BL 02", "1,2", "phim.html", "video/mp4"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	res, body = send(t, "GET", home+src, "", nil, "Range", "bytes=4-11")
	h := res.Header
	if res.StatusCode != 206 || body != "ftypisom" || h.Get("Content-Type") != "video/mp4" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox;") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Disposition"), "inline") {
		t.Errorf("a range of the film: %d %q %v", res.StatusCode, body, h)
	}
	if res, _ := send(t, "GET", home+src+"/original", "", nil, "Cookie", "who=vanthu"); res.StatusCode != 403 {
		t.Errorf("taken away by who may not: %d", res.StatusCode)
	}
	if res, body := send(t, "GET", home+src+"/original", "", nil); res.StatusCode != 200 || body != string(mp4) || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("taken away: %d, %d bytes", res.StatusCode, len(body))
	}
	if res, body := send(t, "POST", page+"/files", w.FormDataContentType(), strings.NewReader("--"+w.Boundary()+"--\r\n")); res.StatusCode != 422 || !strings.Contains(body, `href="#files"`) {
		t.Errorf("no file: %d", res.StatusCode)
	}
	if res, body := send(t, "POST", page+"/custody", urlencoded, strings.NewReader("act=seize&day=12%2F03%2F2026")); res.StatusCode != 422 || !strings.Contains(body, `href="#taker"`) {
		t.Errorf("a wrong step: %d", res.StatusCode)
	}
	if res, _ := send(t, "POST", page+"/custody", urlencoded, strings.NewReader("act=seize&day=12%2F03%2F2026&taker=CA&place=Nh%C3%A0")); res.StatusCode != 303 {
		t.Errorf("a step: %d", res.StatusCode)
	}
	for address, want := range map[string]string{
		page + "/custody": "Phiếu theo dõi vật chứng", page + "/edit": `value="VC-01"`, list: "VC-01", list + "?q=khong+co": "Không có vật chứng nào khớp",
		home + path(file.ID, "/index"): "Biên bản khám xét", home + path(file.ID, "/index?order=group"): "Cộng 1 tài liệu", list + "/new": "Biên bản khám xét",
		home + "/cases/" + string(o.cases[0].ID): path(file.ID, "/exhibits"),
	} {
		if res, body := send(t, "GET", address, "", nil); res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, no %q", address, res.StatusCode, want)
		}
	}
	res, body = send(t, "GET", home+path(file.ID, "/index.xlsx"), "", nil)
	if res.StatusCode != 200 || !strings.Contains(bookCells(t, []byte(body)), "Xe <b>máy</b>") {
		t.Errorf("sheet: %d", res.StatusCode)
	}
	if res, _ := send(t, "GET", home+path(file.ID, "/index.pdf"), "", nil, "Cookie", "who=vanthu"); res.StatusCode != 403 {
		t.Errorf("the paper, taken by who may not: %d", res.StatusCode)
	}
}

// The same by the API, as a program does it.
func TestExhibitAPI(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	file := o.dossier(o.as("vanthu"), 0)
	o.papers(file.ID, paperFile{"Biên bản khám xét", "kham-nghiem", 2})
	home := o.house(t).URL + "/api/v1"
	list := home + path(file.ID, "/exhibits")
	type answer struct {
		ID      ExhibitID
		Type    string
		Fields  []fault.Field
		Exhibit json.RawMessage // an exhibit, or the id of one
		Custody []Custody
		Lines   []IndexLine
	}
	call := func(method, address, kind string, body []byte, status int) (out answer) {
		t.Helper()
		res, text := send(t, method, address, kind, bytes.NewReader(body))
		if res.StatusCode != status {
			t.Fatalf("%s %s: %d, want %d: %s", method, address, res.StatusCode, status, text)
		}
		if text != "" && text[0] == '{' {
			o.ok(json.Unmarshal([]byte(text), &out))
		}
		return out
	}
	const js, bin = "application/json", "application/octet-stream"
	in := NewExhibit{Code: "VC-01", Name: "Dao", Kind: ThingExhibit, Page: o.minutes(file.ID), Measures: []Measure{{Name: "Dài", Value: "32", Unit: "cm"}}}
	body, err := json.Marshal(in)
	o.ok(err)
	x := call("POST", list, js, body, 201).ID
	if again := call("POST", list, js, body, 422); again.Type != ErrInvalid.Code && len(again.Fields) == 0 {
		t.Errorf("a code twice: %+v", again)
	}
	one := home + exhibitPath(x, "")
	call("PUT", one, js, body, 200)
	if f := call("POST", one+"/files?name=a.txt", bin, mp4, 201); f.Type != "video/mp4" {
		t.Errorf("file %+v", f)
	}
	call("POST", one+"/custody", js, []byte(`{"act":"seal","day":"2026-03-12"}`), 422)
	call("POST", one+"/custody", js, []byte(`{"act":"seize","day":"2026-03-12","taker":"Công an xã","place":"Nhà ở"}`), 201)
	got := call("GET", one, "", nil, 200)
	var now Exhibit
	o.ok(json.Unmarshal(got.Exhibit, &now))
	if now.Chain.Holder != "Công an xã" || now.Files != 1 || len(got.Custody) != 1 {
		t.Errorf("%+v, %+v", now, got.Custody)
	}
	call("GET", list+"?kind=object&q=dao", "", nil, 200)
	if got := call("GET", home+path(file.ID, "/index"), "", nil, 200); len(got.Lines) != 1 || got.Lines[0].Pages != 2 {
		t.Errorf("index %+v", got)
	}
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}
