package stats

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
)

// People put a report together by forms and links alone, share it, have it made, and go
// from every number to its cases.
func TestReportPages(t *testing.T) {
	o := filled(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	o.Module().Web(web.NewMux(mux, slog.New(slog.DiscardHandler), func(f *fault.Error) templ.Component { return templ.Raw("refused: " + f.Code) }))
	do := func(ctx context.Context, method, to string, form url.Values) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
		if method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	shows := func(w *httptest.ResponseRecorder, status int, texts ...string) string {
		t.Helper()
		body := w.Body.String()
		if w.Code != status {
			t.Fatalf("status %d, want %d: %.3000s", w.Code, status, body)
		}
		for _, x := range texts {
			if !strings.Contains(body, x) {
				t.Errorf("no %q in %.6000s", x, body)
			}
		}
		return body
	}
	me, other, clerk := o.as("thongke"), o.as("ksv2"), o.as("ksv")
	const figures = "figure=investigation.new.person&period=this-year"

	shows(do(me, "GET", "/stats/board?period=2026", nil), 200, "Bảng điều hành", "Chưa có nguồn số liệu", `class="spark"`, "Số liệu 12 tháng", "figure=report.new")
	shows(do(me, "GET", "/stats/board?period=2026&set=backlog", nil), 200, "Án tồn, án quá hạn", "figure=report.open")

	shows(do(me, "GET", "/stats/reports", nil), 200, "Chưa có báo cáo nào")
	shows(do(me, "GET", "/stats/reports/new", nil), 200, "Thêm chỉ tiêu", "Số bị can mới khởi tố")
	shows(do(me, "GET", "/stats/reports/new?add=zzz", nil), 422, "Không rõ là chỉ tiêu nào")
	shows(do(me, "GET", "/stats/reports/new?period=this-year&add="+url.QueryEscape("Số bị can mới khởi tố"), nil), 200, `value="investigation.new.person"`, "Tổng cộng")
	shows(do(me, "GET", "/stats/reports/new?period=days&from=2026-03-02&to=2026-03-01&"+"figure=report.new", nil), 422, "Kỳ thống kê không đúng")
	shows(do(me, "GET", "/stats/reports/new?period=this-year&row1=month&figure=investigation.open", nil), 422, "Số tồn là số tại một thời điểm")
	shows(do(me, "GET", "/stats/reports/new?row1=sex&column=sex&"+figures, nil), 422, "Chiều này đã được chọn")
	shows(do(me, "GET", "/stats/reports/new?office=tc&"+figures, nil), 404)
	page := shows(do(me, "GET", "/stats/reports/new?row1=month&column=sex&chart=bars&where.class=any&"+figures, nil), 200, "<svg", `class="chart"`, "where.month=2026", "where.sex=male", "sort=-1", "format=open-json")
	if strings.Contains(page, "where.class") && strings.Contains(page, "Đang lọc theo") {
		t.Error("no filter was asked for")
	}
	shows(do(me, "GET", "/stats/reports/new?row1=month&column=sex&sort=-1&"+figures, nil), 200, `aria-sort="descending"`)
	shows(do(other, "GET", "/stats/reports/new?row1=month&column=sex&"+figures, nil), 200, "&lt;5")

	spec := "row1=month&column=sex&chart=lines&where.class=RNT&" + figures
	shows(do(me, "POST", "/stats/reports", url.Values{"spec": {spec}}), 422, "Hãy đặt tên cho báo cáo")
	w := do(me, "POST", "/stats/reports", url.Values{"spec": {spec}, "name": {"Bị can theo tháng"}})
	shows(w, 303)
	at := w.Header().Get("Location")
	shows(do(me, "GET", at, nil), 200, "Bị can theo tháng", "Rất nghiêm trọng", "Đang lọc theo", "Đổi việc chia sẻ", "Chia sẻ", "Lịch lập tự động", "Giàng A Páo")
	shows(do(me, "POST", "/stats/reports", url.Values{"spec": {spec + "&sort=1"}, "name": {"Bị can theo tháng"}, "id": {strings.TrimPrefix(at, "/stats/reports/")}}), 303)
	shows(do(other, "GET", at, nil), 404)
	shows(do(me, "POST", at+"/share", url.Values{"share": {"named"}}), 422, "Hãy chọn ít nhất một đồng nghiệp")
	shows(do(me, "POST", at+"/share", url.Values{"share": {"below"}}), 303)
	shows(do(other, "GET", at, nil), 200, "Bị can theo tháng", "Lưu thành báo cáo của tôi")
	shows(do(other, "POST", at+"/share", url.Values{"share": {""}}), 404)
	shows(do(other, "POST", at+"/copy", nil), 303)
	shows(do(me, "POST", at+"/schedule", url.Values{"often": {"weekly"}, "day": {"9"}, "at": {"7:30"}}), 422, "Hãy chọn thứ trong tuần")
	shows(do(me, "POST", at+"/schedule", url.Values{"often": {"weekly"}, "day": {"1"}, "at": {"07:30"}}), 303)
	shows(do(me, "GET", at, nil), 200, "Lần tới: 07:30 30/11/2026")
	o.clock = time.Date(2026, 11, 30, 0, 30, 0, 0, time.UTC)
	o.ok(o.MakeDue(t.Context(), func(int) error { return nil }))
	page = shows(do(clerk, "GET", "/stats/reports", nil), 200, "Chưa đọc", "Báo cáo được chia sẻ với tôi", "Thứ 2 hằng tuần")
	_, run, _ := strings.Cut(page, `href="/stats/runs/`)
	run, _, _ = strings.Cut(run, `"`)
	shows(do(clerk, "GET", "/stats/runs/"+run, nil), 200, "Số giữ nguyên như khi lập", "Tổng cộng")
	if strings.Contains(do(clerk, "GET", "/stats/reports", nil).Body.String(), "Chưa đọc") {
		t.Error("read, and marked as not read")
	}
	shows(do(clerk, "GET", "/stats/runs/"+run+"/file?format=csv", nil), 200, "Tháng")
	shows(do(clerk, "GET", "/stats/runs/"+run+"/file?format=open-json", nil), 404)
	for format, begin := range map[string]string{"xlsx": "PK", "csv": "\ufeff", "pdf": "%PDF-", "open-json": "{", "open-csv": "\ufefffigure,", "open-dictionary": "\ufeffname,"} {
		w := do(me, "GET", "/stats/reports/file?row1=chapter&"+figures+"&format="+format, nil)
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), begin) || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %.80q", format, w.Code, w.Body)
		}
	}

	w = do(me, "POST", at+"/delete", nil)
	shows(w, 303)
	shows(do(me, "GET", w.Header().Get("Location"), nil), 200, "Hoàn tác", "Đã xóa trong 30 ngày qua (1)")
	shows(do(me, "POST", at+"/restore", nil), 303)
	shows(do(me, "GET", at, nil), 200)

	const lines = "/stats/lines?figure=investigation.new.person&period=2026"
	shows(do(me, "GET", lines+"&where.sex=male&where.class=any&sort=old", nil), 200, "Giới tính: Nam", "Bỏ: Giới tính: Nam", `aria-sort="ascending"`, "Bạn xem được", "/stats/lines/xlsx?")
	first := shows(do(me, "GET", lines, nil), 200, `rel="next"`)
	_, next, _ := strings.Cut(first, `<a rel="next" href="`)
	next, _, _ = strings.Cut(next, `"`)
	second := shows(do(me, "GET", strings.ReplaceAll(next, "&amp;", "&"), nil), 200)
	if first == second {
		t.Error("the next page is the first")
	}
	shows(do(me, "GET", strings.Replace(lines, "lines", "lines/xlsx", 1)+"&where.sex=male", nil), 200, "PK")
}
