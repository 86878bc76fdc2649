package archive

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"congminh/e2e/browser"
	"congminh/internal/dossier"
	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// house serves the pages of w. Who asks is the cookie "who", or login.
func (w *world) house(login string) *httptest.Server {
	t := w.t
	mux := http.NewServeMux()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	m := web.NewMux(mux, log, site.Refusal)
	languages, err := lang.Load(site.Texts(), texts)
	w.ok(err)
	m.Languages(languages)
	m.Offices(w.org.OfficeName)
	site.Web(m)
	w.Service.web(m)
	w.cases.Module().Web(m)
	w.api(api.New(mux, "test", "0", log))
	srv := httptest.NewServer(web.Secure(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		who := login
		if c, err := r.Cookie("who"); err == nil {
			who = c.Value
		}
		a, err := w.org.ActorOf(r.Context(), who)
		if err != nil {
			http.Error(out, err.Error(), http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(out, r.WithContext(auth.With(r.Context(), a)))
	})))
	t.Cleanup(srv.Close)
	return srv
}

// ask sends a request as somebody and returns the answer.
func (w *world) ask(srv *httptest.Server, who, method, path string, form url.Values) (int, string, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, srv.URL+path, strings.NewReader(form.Encode()))
	w.ok(err)
	r.AddCookie(&http.Cookie{Name: "who", Value: who})
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	w.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.ok(err)
	return resp.StatusCode, string(body), resp.Header.Get("Location")
}

// A slip, a hand-over and a destruction are written through the pages, by each of
// those whose part it is, and every page that then exists opens.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		srv := w.house("vanthu")
		get := func(who, path, want string) string {
			t.Helper()
			code, body, _ := w.ask(srv, who, "GET", path, nil)
			if code != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("GET %s as %s: %d, want 200 and %q", path, who, code, want)
			}
			return body
		}
		post := func(who, path string, form url.Values) string {
			t.Helper()
			code, body, to := w.ask(srv, who, "POST", path, form)
			if code != http.StatusSeeOther {
				t.Fatalf("POST %s as %s: %d\n%s", path, who, code, body)
			}
			return to
		}
		refused := func(who, path string, form url.Values, status int, want string) {
			t.Helper()
			code, body, _ := w.ask(srv, who, "POST", path, form)
			if code != status || !strings.Contains(body, want) {
				t.Errorf("POST %s as %s: %d, want %d and %q\n%s", path, who, code, status, want, body)
			}
		}
		get("ksv", "/archive", "Không có việc nào chờ bạn")
		get("luutru", "/archive", "chưa được xác nhận thời hạn")
		for path, want := range map[string]string{"/archive/volumes": "Chưa ghi tập hồ sơ nào", "/archive/slips": "Chưa có phiếu mượn nào", "/archive/files": "Chưa có hồ sơ nào", "/archive/handovers": "Chưa có biên bản bàn giao nào",
			"/archive/destructions": "Chưa có đề nghị tiêu hủy nào", "/archive/destructions/new": "Không có hồ sơ nào tiêu hủy được", "/archive/handovers/new": "không giữ tập hồ sơ nào", "/archive/volumes?q=x": "Không có tập nào khớp", "/archive/files?due=on": "Không có hồ sơ nào khớp", "/archive/slips?state=overdue": "Không có phiếu nào khớp"} {
			get("luutru", path, want)
		}

		// Volumes.
		c, f := w.list[0], w.file(w.list[0], 100)
		get("vanthu", filePath(f.ID, ""), "Chưa lập tập nào")
		if body := get("vanthu", filePath(f.ID, "/volumes/new"), "Lập tập hồ sơ"); !strings.Contains(body, `value="100"`) {
			t.Error("the form does not propose the folios of the file")
		}
		refused("vanthu", filePath(f.ID, "/volumes"), url.Values{"from": {"5"}, "to": {"2"}}, http.StatusUnprocessableEntity, "Bút lục cuối phải từ bút lục đầu")
		post("vanthu", filePath(f.ID, "/volumes"), url.Values{"from": {"1"}, "to": {"60"}, "room": {"Kho 1"}})
		post("vanthu", filePath(f.ID, "/volumes"), url.Values{"from": {"61"}, "to": {"100"}, "room": {"Kho 1"}})
		vs, _, err := w.OfCase(w.as("vanthu"), c.ID)
		w.ok(err)
		a, b := vs[0], vs[1]
		get("vanthu", volumePath(a.ID, ""), "Kho 1")
		if code, body, _ := w.ask(srv, "vanthu", "GET", volumePath(a.ID, "/label"), nil); code != 200 || !strings.HasPrefix(body, "%PDF") {
			t.Errorf("label: %d", code)
		}
		if code, body, _ := w.ask(srv, "vanthu", "GET", filePath(f.ID, "/labels"), nil); code != 200 || !strings.HasPrefix(body, "%PDF") {
			t.Errorf("labels: %d", code)
		}
		if code, _, to := w.ask(srv, "ksv", "GET", "/archive/volumes?q="+url.QueryEscape(a.Code()), nil); code != http.StatusSeeOther || to != volumePath(a.ID, "") {
			t.Errorf("a scanned label leads to %d %s", code, to)
		}
		get("ksv", "/cases/"+string(c.ID), "Hồ sơ giấy")
		post("vanthu", volumePath(b.ID, ""), url.Values{"title": {"Lời khai"}, "from": {"61"}, "to": {"100"}})

		// A slip.
		if body := get("vanthu", "/archive/cases/"+string(c.ID)+"/lend?volume="+string(a.ID), "Lập phiếu mượn"); strings.Count(body, "checked") != 1 {
			t.Error("the volume that was chosen is not ticked")
		}
		refused("vanthu", "/archive/cases/"+string(c.ID)+"/lend", url.Values{"volume": {string(a.ID)}}, http.StatusUnprocessableEntity, "Hãy ghi mục đích mượn")
		slip := url.Values{"volume": {string(a.ID)}, "borrower": {string(w.staff("ksv"))}, "approver": {string(w.staff("vientruong"))}, "purpose": {"Nghiên cứu"}, "due": {"2026-12-01"}}
		at := post("vanthu", "/archive/cases/"+string(c.ID)+"/lend", slip)
		refused("luutru", "/archive/cases/"+string(c.ID)+"/lend", slip, http.StatusConflict, "Có tập đang cho mượn")
		get("ksv", at, "PM-1/2026")
		get("ksv", at+"/print", "Phiếu mượn hồ sơ")
		get("ksv", "/archive", "Bạn đang mượn")
		w.on("2026-12-02")
		get("ksv", "/archive", "quá hạn hồ sơ của 1 phiếu mượn")
		get("vanthu", "/archive", "Có phiếu mượn quá hạn trả")
		get("vientruong", "/cases/"+string(c.ID), "quá hạn từ 01/12/2026")
		refused("vanthu", at+"/renew", url.Values{"due": {"2026-11-30"}}, http.StatusUnprocessableEntity, "Hạn trả mới phải sau hạn cũ")
		post("vanthu", at+"/renew", url.Values{"due": {"2026-12-20"}, "reason": {"Phiên tòa hoãn"}})
		refused("vanthu", at+"/back", url.Values{"volume": {string(a.ID)}, "folios": {"sáu mươi"}}, http.StatusUnprocessableEntity, "Hãy đếm và ghi số tờ")
		post("vanthu", at+"/back", url.Values{"volume": {string(a.ID)}, "folios": {"59"}, "state": {"Mất tờ cuối"}})
		get("vanthu", at, "Có sai khác")
		get("vanthu", at+"/print", "Mất tờ cuối")

		// A hand-over.
		post("vanthu", volumePath(b.ID, "/move"), url.Values{"holder": {string(w.staff("ksv"))}})
		refused("vanthu", volumePath(b.ID, "/move"), url.Values{}, http.StatusUnprocessableEntity, "Hãy ghi vị trí trong kho")
		get("ksv", "/archive/handovers/new", "Lời khai")
		get("vanthu", "/archive/handovers/new?giver="+string(w.staff("ksv")), "Lời khai")
		refused("ksv", "/archive/handovers", url.Values{"taker": {string(w.staff("ksv2"))}}, http.StatusUnprocessableEntity, "Hãy chọn ít nhất một tập")
		over := post("ksv", "/archive/handovers", url.Values{"taker": {string(w.staff("ksv2"))}, "volume": {string(b.ID)}, "reason": {"Thay đổi Kiểm sát viên"}})
		get("ksv2", "/archive", "Bàn giao chờ bạn xác nhận")
		get("ksv2", over, "Xác nhận đã nhận")
		refused("ksv2", over+"/take", url.Values{"volume": {string(b.ID)}, "folios": {"39"}}, http.StatusUnprocessableEntity, "Số tờ khác với biên bản")
		post("ksv2", over+"/take", url.Values{"volume": {string(b.ID)}, "folios": {"40"}})
		get("ksv", over+"/print", "Biên bản bàn giao hồ sơ")
		post("vanthu", volumePath(b.ID, "/move"), url.Values{"room": {"Kho 2"}})

		// The end of a file.
		w.close(f, 100)
		get("luutru", "/archive", "Chờ xác định giá trị")
		get("luutru", "/archive/retention", "Chưa xác nhận")
		refused("luutru", "/archive/retention/"+kind, url.Values{"years": {"20"}}, http.StatusUnprocessableEntity, "Hãy ghi văn bản quy định")
		post("luutru", "/archive/retention/"+kind, url.Values{"years": {"20"}, "counted": {"closed"}, "source": {"Bảng thời hạn, mục 3"}})
		get("luutru", "/archive/retention/"+kind, "20 năm")
		if code, body, _ := w.ask(srv, "luutru", "GET", "/archive/retention/file", nil); code != 200 || body != retention {
			t.Errorf("the table: %d", code)
		}
		refused("luutru", "/archive/retention/file", url.Values{"file": {"[[rule"}}, http.StatusUnprocessableEntity, "Không đọc được tệp")
		refused("luutru", filePath(f.ID, "/appraise"), url.Values{}, http.StatusUnprocessableEntity, "Hãy chọn loại hồ sơ")
		post("luutru", filePath(f.ID, "/appraise"), url.Values{"rule": {kind}})
		get("luutru", filePath(f.ID, "/transfer"), "Nộp lưu")
		refused("luutru", filePath(f.ID, "/transfer"), url.Values{"package": {"x"}}, http.StatusUnprocessableEntity, "64 chữ số thập lục phân")
		minutes := post("luutru", filePath(f.ID, "/transfer"), url.Values{"giver": {string(w.staff("ksv"))}, "package": {digest}, "room": {"Kho lưu trữ"}})
		get("ksv", minutes, digest)
		w.on("2047-01-02")
		post("vientruong", filePath(f.ID, "/hold"), url.Values{"reason": {"Có đơn"}})
		x, err := w.Dossier(w.as("luutru"), f.ID)
		w.ok(err)
		refused("luutru", "/archive/destructions", url.Values{"file": {string(f.ID)}, "basis": {"Hết hạn"}}, http.StatusConflict, "đang bị tạm dừng hủy")
		refused("luutru", "/archive/holds/"+string(x.Holds[0].ID)+"/lift", url.Values{}, http.StatusUnprocessableEntity, "Hãy ghi lý do bỏ tạm dừng hủy")
		post("luutru", "/archive/holds/"+string(x.Holds[0].ID)+"/lift", url.Values{"why": {"Xong"}})
		get("luutru", "/archive/destructions/new", c.Number)
		end := post("luutru", "/archive/destructions", url.Values{"file": {string(f.ID)}, "basis": {"Hết thời hạn bảo quản"}})
		refused("luutru", end+"/decide", url.Values{"yes": {"on"}, "sure": {"on"}}, http.StatusForbidden, "không tự quyết định tiêu hủy")
		if code, body, _ := w.ask(srv, "vientruong", "POST", end+"/decide", url.Values{"yes": {"on"}}); code != 200 || !strings.Contains(body, "không lấy lại được") {
			t.Errorf("the chief is not asked twice: %d", code)
		}
		post("vientruong", end+"/decide", url.Values{"yes": {"on"}, "sure": {"on"}})
		refused("luutru", end+"/carry", url.Values{}, http.StatusUnprocessableEntity, "Hãy ghi thành viên hội đồng")
		post("luutru", end+"/carry", url.Values{"committee": {"Đỗ Hải Yến, Lưu trữ\r\nTrần Quang Vịnh, Viện trưởng"}, "method": {"Nghiền"}, "day": {"2047-01-02"}})
		get("vientruong", end, "Chờ xóa")
		get("vientruong", end+"/print", "Biên bản tiêu hủy hồ sơ")
		get("luutru", filePath(f.ID, ""), "Hồ sơ đã tiêu hủy")
		get("luutru", "/archive/volumes", "Đã tiêu hủy")

		// Spreadsheets hold what the lists show.
		for path, want := range map[string]string{"/archive/volumes/xlsx": "Tập 2 – Lời khai", "/archive/slips/xlsx": "PM-1/2026", "/archive/files/xlsx": digest} {
			code, body, _ := w.ask(srv, "luutru", "GET", path, nil)
			book, err := excelize.OpenReader(bytes.NewReader([]byte(body)))
			if code != 200 || err != nil {
				t.Fatalf("%s: %d %v", path, code, err)
			}
			rows, err := book.GetRows(book.GetSheetName(0))
			w.ok(err)
			all := ""
			for _, r := range rows {
				all += strings.Join(r, "|") + "\n"
			}
			if !strings.Contains(all, want) {
				t.Errorf("%s lacks %q:\n%s", path, want, all)
			}
		}

		// Programs do the same.
		for _, path := range []string{"desk", "volumes", "slips", "files", "handovers", "retention", "destructions", "volumes/" + string(a.ID), "files/" + string(f.ID), strings.TrimPrefix(at, "/archive/"), strings.TrimPrefix(over, "/archive/"), strings.TrimPrefix(end, "/archive/")} {
			who := "luutru"
			if code, body, _ := w.ask(srv, who, "GET", "/api/v1/archive/"+path, nil); code != 200 {
				t.Errorf("%s: %d %s", path, code, body)
			}
		}
		// Those who may not, do not.
		for path, who := range map[string]string{"/archive/destructions": "ksv", "/archive/volumes/" + string(a.ID): "quantri", volumePath(a.ID, "/label"): "ksv"} {
			if code, _, _ := w.ask(srv, who, "GET", path, nil); code != http.StatusForbidden {
				t.Errorf("%s opens %s: %d", who, path, code)
			}
		}
	})
}

// The pages pass the checks of accessibility, fit a phone, and print as papers.
func TestLook(t *testing.T) {
	b := browser.New(t)
	w := open(t, dbtest.SQLite(t))
	keeper := w.as("luutru")
	f := w.file(w.list[0], 245)
	a, c := w.volume(f.ID, 1, 120), w.volume(f.ID, 121, 245)
	_, err := w.Move(w.as("vanthu"), c.ID, Move{Holder: w.staff("luutru")})
	w.ok(err)
	l, err := w.Lend(keeper, w.list[0].ID, w.slip("ksv", a.ID))
	w.ok(err)
	h, err := w.HandOver(keeper, NewHandover{Taker: w.staff("ksv2"), Volumes: []VolumeID{c.ID}, Reason: "Thay đổi Kiểm sát viên theo Quyết định số 12/QĐ-VKSKV3"})
	w.ok(err)
	_, err = w.ConfirmRule(keeper, kind, Period{Years: 1, Counted: FromClosing, Source: "Bảng thời hạn, mục 3"})
	w.ok(err)
	g := w.stored(1, 30)
	other := w.file(w.list[2], 12)
	w.close(other, 12)
	w.on("2028-02-02")
	end, err := w.Propose(keeper, NewDestruction{Files: []dossier.ID{g.ID}, Basis: "Hết thời hạn bảo quản"})
	w.ok(err)
	x, err := w.Dossier(keeper, g.ID)
	w.ok(err)
	home := w.house("luutru").URL
	for name, p := range map[string]string{
		"desk": "/archive", "volumes": "/archive/volumes", "volume": volumePath(c.ID, ""), "slips": "/archive/slips", "slip": slipPath(l.ID, ""), "slip-print": slipPath(l.ID, "/print"),
		"lend": "/archive/cases/" + string(w.list[0].ID) + "/lend", "files": "/archive/files", "file": filePath(g.ID, ""), "file-new": filePath(other.ID, ""), "volume-new": filePath(f.ID, "/volumes/new"),
		"handovers": "/archive/handovers", "handover": handPath(h.ID, ""), "handover-print": handPath(h.ID, "/print"), "handover-new": "/archive/handovers/new", "minutes": "/archive/transfers/" + string(x.Transfers[0].ID),
		"destructions": "/archive/destructions", "destruction": endPath(end.ID, ""), "destruction-print": endPath(end.ID, "/print"), "retention": "/archive/retention", "rule": "/archive/retention/" + kind,
		"case": "/cases/" + string(w.list[0].ID),
	} {
		b.Axe(t, home+p)
		b.Reflow(t, home+p)
		b.Size(t, 1280, 900)
		if wide := browser.Eval[int](t, b, `document.documentElement.scrollWidth`); wide > 1280 {
			t.Errorf("%s is %d pixels wide of 1280", name, wide)
		}
		b.Shot(t, name+"-1280", 1280, 0)
		b.Shot(t, name+"-390", 390, 0)
	}
	b.Prefer(t, "print")
	b.Open(t, home+slipPath(l.ID, "/print"))
	b.Shot(t, "print-slip", 1100, 0)
	if got := b.Text(t, "main"); !strings.Contains(strings.ToUpper(got), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") {
		t.Errorf("the printed slip has no head: %s", got)
	}
	b.NoOutside(t)
}
