package operation

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/law"
	"congminh/internal/site"
)

// desk serves the pages of the law to the chief of the supreme office, or to whom the
// cookie who names: reader, nobody.
func desk(t *testing.T, files fs.FS) (*law.Service, *httptest.Server) {
	t.Helper()
	d := dbtest.SQLite(t)
	now := func() time.Time { return time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC) }
	log := slog.New(slog.DiscardHandler)
	l, err := law.NewService(d, event.NewBus(job.NewRunner(d, log, now)), files, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context(), "law", l.Module().Schema); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.NewTextHandler(t.Output(), nil)), site.Refusal)
	languages, err := lang.Load(site.Texts(), texts, l.Module().Texts)
	if err != nil {
		t.Fatal(err)
	}
	m.Languages(languages)
	site.Web(m)
	LawModule(l, now).Web(m)
	srv := httptest.NewServer(web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := auth.Actor{ID: "u1", Name: "Hoàng Thị Bích", Office: "tc", Path: []auth.Office{"tc"}, Verbs: []auth.Verb{law.MayRead, law.MayManage}}
		if c, err := r.Cookie("who"); err == nil && c.Value == "reader" {
			a.Verbs, a.Path = a.Verbs[:1], []auth.Office{"tc", "lao-cai"}
		} else if err == nil {
			a = auth.Actor{}
		}
		mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), a)))
	})))
	t.Cleanup(srv.Close)
	return l, srv
}

// visit gets or, with a form, posts a page, without following where it leads.
func visit(t *testing.T, srv *httptest.Server, who, path string, form url.Values) (int, string) {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "who", Value: who})
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestLawPages(t *testing.T) {
	l, srv := desk(t, fstest.MapFS{"bad.toml": {Data: []byte("colour = 1\n")}})
	for _, k := range []struct {
		path   string
		status int
		want   []string
	}{
		{"/system/law", 200, []string{"181 quy tắc", "bad.toml:1: colour", "?page=1"}},
		{"/system/law?page=4", 200, []string{"181 quy tắc", "?page=3"}},
		{"/system/law?page=no", 200, []string{"181 quy tắc", "?page=1"}},
		{"/system/law?stage=dieu_tra", 200, []string{"Thời hạn điều tra vụ án", "2 tháng / 3 tháng / 4 tháng"}},
		{"/system/law?q=dieu+118&own=on", 200, []string{"HLD-06", "1 quy tắc"}},
		{"/system/law?confidence=D", 200, []string{"JUV-03", "Không tính"}},
		{"/system/law?q=xyzzy", 200, []string{"Không có quy tắc nào khớp"}},
		{"/system/law/rules/INV-01", 200, []string{"Không quá 2 tháng (tội ít nghiêm trọng)", "VKSND khu vực / VKSQS khu vực", "BLTTHS 101/2015/QH13, Điều 172(1,2,3,5,6)", "A-12", "U-1", "20 tháng (trường hợp đặc biệt)", "Chưa ai xác nhận, tắt hoặc bật"}},
		{"/system/law/rules/HLD-03", 200, []string{"từ 01/01/2018 đến 31/12/2025", "người từ đủ 18 tuổi"}},
		{"/system/law/rules/JUV-03?from=2026-01-01", 200, []string{"Chưa thấy văn bản"}},
		{"/system/law/rules/INV-01?from=1999-01-01", 404, nil},
		{"/system/law/rules/ZZZ-99", 404, nil},
		{"/system/law/calendar", 200, []string{"Ngày Văn hóa Việt Nam", "thứ Ba 24/11/2026", "làm bù cho 31/8/2026", "Coi 23/11/2026 là ngày làm việc"}},
		{"/system/law/calendar?year=2027", 200, []string{"Tết Đinh Mùi"}},
		{"/system/law/calendar?year=2031", 200, []string{"Chưa có lịch của năm này"}},
		{"/system/law/calendar?year=nan", 422, nil},
		{"/system/law/offences?q=tr%E1%BB%99m+c%E1%BA%AFp", 200, []string{"Tội trộm cắp tài sản", "khoản 1", "đặc biệt nghiêm trọng"}},
		{"/system/law/offences?chapter=XX&on=2025-06-30", 200, []string{"Tội tàng trữ trái phép chất ma túy"}},
		{"/system/law/offences", 200, []string{"319 điều luật", "?page=1"}},
		{"/system/law/offences?q=xyzzy", 200, []string{"Không có điều luật nào khớp"}},
		{"/system/law/offences/249", 200, []string{"từ 3 năm tù đến 5 năm tù", "từ 1 năm tù đến 5 năm tù", "từ 01/07/2025", "đến 30/06/2025"}},
		{"/system/law/offences/999", 404, nil},
		{"/system/law/acts", 200, []string{"Quyết định khởi tố vụ án hình sự"}},
		{"/system/law/acts?q=xyzzy", 200, []string{"Không có hành vi nào khớp"}},
		{"/system/law/acts/case.open", 200, []string{"INV-01", "Thời hạn điều tra vụ án", "BLTTHS"}},
		{"/system/law/acts/case.eat", 404, nil},
		{"/system/law/lists", 200, []string{"Bảo lĩnh", "Biên bản tiếp nhận nguồn tin về tội phạm"}},
		{"/system/law/basis", 200, []string{"A-14", "U-12", "S43", "TAND khu vực"}},
	} {
		status, page := visit(t, srv, "", k.path, nil)
		if status != k.status {
			t.Errorf("%s: %d, want %d", k.path, status, k.status)
		}
		for _, w := range k.want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: without %q", k.path, w)
			}
		}
		if strings.Contains(page, "%!") {
			t.Errorf("%s: a text was filled wrongly", k.path)
		}
	}
	rule, form := "/system/law/rules/REC-05", url.Values{"from": {"2018-03-01"}}
	with := func(name, value string) url.Values {
		return url.Values{"from": form["from"], name: {value}}
	}
	for _, k := range []struct {
		who, do string
		form    url.Values
		status  int
		want    string
	}{
		{"reader", "/confirm", with("sure", "on"), 403, ""},
		{"nobody", "/confirm", with("sure", "on"), 401, ""},
		{"", "/confirm", form, 200, "Xác nhận quy tắc REC-05?"},
		{"", "/confirm", with("sure", "on"), 303, ""},
		{"", "/off", with("reason", " "), 422, "Xin nêu lý do."},
		{"", "/off", with("reason", "Chờ Thông tư mới"), 303, ""},
		{"", "/off", with("reason", "Lần nữa"), 409, ""},
	} {
		status, page := visit(t, srv, k.who, rule+k.do, k.form)
		if status != k.status || !strings.Contains(page, k.want) {
			t.Errorf("%s %s: %d, want %d %q", k.who, k.do, status, k.status, k.want)
		}
	}
	_, page := visit(t, srv, "", rule, nil)
	for _, want := range []string{"Quy tắc đã được tắt ở nơi này.", "Chờ Thông tư mới", "Hoàng Thị Bích", "Lý do bật lại"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a rule switched off: without %q", want)
		}
	}
	if _, page = visit(t, srv, "reader", rule, nil); strings.Contains(page, "<textarea") || strings.Contains(page, "/confirm") {
		t.Error("a reader is shown what they may not do")
	}
	if p, err := l.Pack(context.Background()); err != nil || len(p.Find(law.Filter{Status: "off"}, "2026-11-28")) != 1 {
		t.Errorf("one rule is not off: %v", err)
	}
	if status, _ := visit(t, srv, "", rule+"/on", with("reason", "Đã có Thông tư")); status != 303 {
		t.Errorf("switching on: %d", status)
	}
	if status, _ := visit(t, srv, "", "/system/law/reread", url.Values{"sure": {"on"}}); status != 303 {
		t.Errorf("reading again: %d", status)
	}
}

// The pages of the law in a real browser: no faults of access, nothing cut off on a
// phone, pictures for whoever asks for them.
func TestLawInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browser.New(t)
	l, srv := desk(t, nil)
	ctx := auth.With(t.Context(), auth.Actor{ID: "u1", Name: "Hoàng Thị Bích", Path: []auth.Office{"tc"}, Verbs: []auth.Verb{law.MayRead, law.MayManage}})
	for _, d := range []struct {
		what   law.Verdict
		reason string
	}{{law.Confirmed, ""}, {law.SwitchedOff, "Chờ Thông tư liên tịch mới của VKSNDTC và Bộ Công an"}} {
		if err := l.Decide(ctx, "REC-05", "2018-03-01", d.what, d.reason); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range map[string]string{
		"rules": "", "rules-stage": "?stage=truy_to", "rules-none": "?q=xyzzy", "rule": "/rules/INV-01", "rule-off": "/rules/REC-05", "rule-juvenile": "/rules/JUV-03",
		"calendar": "/calendar", "calendar-pending": "/calendar?year=2027", "calendar-none": "/calendar?year=2031",
		"offences": "/offences?q=ma+tuy", "offence": "/offences/249", "acts": "/acts?group=measure", "act": "/acts/case.open", "lists": "/lists", "basis": "/basis",
	} {
		at := srv.URL + "/system/law" + path
		b.Axe(t, at)
		b.Reflow(t, at)
		b.Shot(t, "law-"+name+"-1280", 1280, 0)
		b.Shot(t, "law-"+name+"-390", 390, 0)
	}
	b.Prefer(t, "print")
	for name, path := range map[string]string{"rules": "?stage=truy_to", "rule": "/rules/INV-01", "calendar": "/calendar"} {
		b.Open(t, srv.URL+"/system/law"+path)
		b.Shot(t, "law-print-"+name, 1000, 0)
	}
	b.NoOutside(t)
}
