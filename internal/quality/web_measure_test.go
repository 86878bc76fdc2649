package quality

import (
	"bytes"
	"encoding/csv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/quality/indicator"
	"congminh/internal/site"
	"congminh/internal/stats/period"
)

// serve serves the pages; who asks is the cookie "who".
func (h *house) serve() *httptest.Server {
	t := h.t
	mux := http.NewServeMux()
	m := web.NewMux(mux, slog.New(slog.NewTextHandler(t.(*testing.T).Output(), nil)), site.Refusal)
	languages, err := lang.Load(site.Texts(), texts)
	h.ok(err)
	m.Languages(languages)
	m.Offices(h.org.OfficeName)
	site.Web(m)
	h.Service.web(m)
	srv := httptest.NewServer(web.Secure(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("who")
		if err != nil {
			http.Error(out, "who?", http.StatusUnauthorized)
			return
		}
		a, err := h.org.ActorOf(r.Context(), c.Value)
		if err != nil {
			http.Error(out, err.Error(), http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(out, r.WithContext(auth.With(r.Context(), a)))
	})))
	t.Cleanup(srv.Close)
	return srv
}

// send sends a request as somebody and returns the answer.
func (h *house) send(srv *httptest.Server, who, method, path string, form url.Values) (int, string, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, srv.URL+path, strings.NewReader(form.Encode()))
	h.ok(err)
	r.AddCookie(&http.Cookie{Name: "who", Value: who})
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	h.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	h.ok(err)
	return resp.StatusCode, string(body), resp.Header.Get("Location")
}

func TestIndicatorPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d, day)
		h.fill(60)
		srv := h.serve()
		get := func(who, path, want string) string {
			t.Helper()
			status, body, _ := h.send(srv, who, "GET", path, nil)
			if status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s reads %s: %d, want %q in it", who, path, status, want)
			}
			return body
		}
		get("vientruong", "/quality?period=2026", "Không phát sinh")
		get("vientruong", "/quality?period=2026&state=failed", "Không đạt")
		get("vientruong", "/quality?period=2020", "Chưa có chỉ tiêu cho kỳ này")
		get("ksv", "/quality?kind=half&day=2026-03-01", "6 tháng đầu năm 2026")
		get("vientruong", "/quality/indicators/investigation.10?period=2026", "Cách tính")
		get("vientruong", "/quality/indicators/reception.107?period=2026", "Sổ tiếp công dân")
		get("vientruongtinh", "/quality/indicators/investigation.10?period=2026", "Phân bố giữa các đơn vị cùng loại")
		get("vientruong", "/quality/gaming?period=2026", "không phải là lỗi")
		get("vientruong", "/quality/sets", "Không xếp hạng")
		get("vientruong", "/quality/sets/quoc-gia/1", "tham nhũng")
		list := get("vientruong", "/quality/faults?period=2019-01-01..2026-11-28&fault=returned-procuracy", "Chưa đánh giá")
		get("vientruong", "/quality/faults?period=2019-01-01..2026-11-28&q=khongco", "Không có việc nào")
		for _, path := range []string{"/quality?period=2026&office=lao-cai-kv2", "/quality/indicators/none", "/quality/sets/none/1", "/quality/faults/line?case=x&figure=prosecution.returned"} {
			if status, _, _ := h.send(srv, "vientruong", "GET", path, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
		if status, _, _ := h.send(srv, "vientruong", "GET", "/quality?period=nonsense", nil); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
			t.Error("a period that is none:", status)
		}

		// A fault goes from the list to its decision.
		_, after, found := strings.Cut(list, `href="/quality/faults/line?`)
		if !found {
			t.Fatal("no line to assess")
		}
		query, _, _ := strings.Cut(after, `"`)
		v, err := url.ParseQuery(strings.ReplaceAll(query, "&amp;", "&"))
		h.ok(err)
		line := "/quality/faults/line?" + v.Encode()
		get("ksv", line, "được phân công trong vụ này")
		get("phovt", line, "Gửi đề xuất")
		v.Set("rev", "0")
		v.Set("verdict", "fault")
		if status, body, _ := h.send(srv, "phovt", "POST", "/quality/faults/line", v); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Chọn ai có lỗi") {
			t.Error("half an opinion:", status)
		}
		v.Set("party", "procuracy")
		v.Set("why", "Không phát hiện thiếu chứng cứ.")
		v.Set("folios", "45, 47-49")
		if status, _, to := h.send(srv, "phovt", "POST", "/quality/faults/line", v); status != http.StatusSeeOther || !strings.HasPrefix(to, "/quality/faults/line") {
			t.Error("a proposal:", status, to)
		}
		get("vientruong", line, "Chấp nhận đề xuất")
		v.Set("rev", "1")
		v.Set("accept", "on")
		if status, _, _ := h.send(srv, "vientruong", "POST", "/quality/faults/decide", v); status != http.StatusSeeOther {
			t.Error("a decision:", status)
		}
		get("ksv", line, "Có lỗi – Viện kiểm sát")
		get("vientruong", "/quality/faults?period=2019-01-01..2026-11-28&verdict=fault&sort=number", "Có lỗi")

		// Closing asks first; an explanation stays.
		half := "?period=2026-h1"
		if status, body, _ := h.send(srv, "vientruong", "POST", "/quality/close"+half, url.Values{}); status != http.StatusOK || !strings.Contains(body, "Chốt chỉ tiêu") {
			t.Error("closing does not ask:", status)
		}
		if status, _, _ := h.send(srv, "vientruong", "POST", "/quality/close"+half, url.Values{"sure": {"on"}}); status != http.StatusSeeOther {
			t.Error("closing:", status)
		}
		get("vientruong", "/quality"+half, "Kỳ này đã chốt")
		if status, body, _ := h.send(srv, "vientruong", "POST", "/quality/indicators/investigation.10/notes"+half, url.Values{"body": {""}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "giải trình") {
			t.Error("an empty explanation:", status)
		}
		if status, _, _ := h.send(srv, "vientruong", "POST", "/quality/indicators/investigation.10/notes"+half, url.Values{"body": {"Hai vụ mới nhận ngày cuối kỳ."}}); status != http.StatusSeeOther {
			t.Error("an explanation:", status)
		}
		get("vientruong", "/quality/indicators/investigation.10"+half, "Hai vụ mới nhận ngày cuối kỳ.")
		if status, body, _ := h.send(srv, "vientruong", "POST", "/quality/ranking", url.Values{"on": {"on"}, "reason": {"thử"}}); status != http.StatusForbidden || !strings.Contains(body, "tối cao") {
			t.Error("ranking:", status)
		}

		// Exports hold what the board holds.
		b, err := h.Board(h.as("vientruong"), "", period.Of(period.Year, h.today()))
		h.ok(err)
		_, text, _ := h.send(srv, "vientruong", "GET", "/quality/csv?period=2026", nil)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		h.ok(err)
		if len(rows) != len(b.Rows)+1 {
			t.Errorf("the CSV has %d rows, the board %d", len(rows)-1, len(b.Rows))
		}
		for n, r := range b.Rows {
			if r.NumOf == nil && (rows[n+1][3] != "" || rows[n+1][6] != indicator.Unknown.VN()) {
				t.Error("a number was made up:", rows[n+1])
			}
		}
		for _, path := range []string{"/quality/xlsx?period=2026", "/quality/faults/xlsx?period=2026"} {
			_, text, _ := h.send(srv, "vientruong", "GET", path, nil)
			f, err := excelize.OpenReader(bytes.NewReader([]byte(text)))
			if err != nil {
				t.Error(path, err)
				continue
			}
			h.ok(f.Close())
		}
	})
}
