package access

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"congminh/internal/access/policy"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
)

// A request goes its whole way by forms, as people do it; what each of them is shown is
// what they may know.
func TestPages(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	inner := http.NewServeMux()
	m := web.NewMux(inner, slog.New(slog.DiscardHandler), func(f *fault.Error) templ.Component { return templ.Raw("refused: " + f.Code) })
	h.Module().Web(m)
	mux := h.Gate(inner)
	me, chief, clerk := h.stranger(), h.as("vientruong"), h.as("vanthu")
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
	shows := func(w *httptest.ResponseRecorder, status int, texts ...string) {
		t.Helper()
		if w.Code != status {
			t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
		}
		for _, x := range texts {
			if !strings.Contains(w.Body.String(), x) {
				t.Errorf("no %q in %s", x, w.Body)
			}
		}
	}
	shows(do(me, "GET", "/access", nil), 200, "Bạn chưa có phiếu nào", `href="/access/new"`)
	shows(do(me, "GET", "/access/new?case=13%2F2026", nil), 200, "13/2026")
	shows(do(me, "POST", "/access/new", url.Values{"cases": {"13/2026"}, "mode": {"read"}}), 422, "Hãy ghi căn cứ", "13/2026")
	w := do(me, "POST", "/access/new", url.Values{"cases": {"13/2026"}, "mode": {"read"}, "purpose": {"Đối chiếu lời khai"}, "basis": {"Điều 41"}, "to": {"2026-11-30"}})
	shows(w, 303)
	page := w.Header().Get("Location")
	w = do(me, "GET", page, nil)
	shows(w, 200, "Hồ sơ số 13/2026", "Rút phiếu", "trước 09:00 30/11/2026")
	if strings.Contains(w.Body.String(), "Vụ 13/2026") || strings.Contains(w.Body.String(), "/cases/") {
		t.Error("who may not know the case was told of it")
	}
	shows(do(clerk, "GET", page, nil), 404)
	shows(do(clerk, "GET", "/access?box=office", nil), 403)
	shows(do(chief, "GET", "/access?box=decide", nil), 200, "Vụ 13/2026", "Chờ tôi quyết định (1)")
	shows(do(chief, "GET", page, nil), 200, "Biên bản hỏi cung", "Quyết định", "Bước tiếp theo")
	shows(do(chief, "POST", page+"/decide", url.Values{}), 422, "Hãy chọn đồng ý hoặc từ chối")
	shows(do(chief, "POST", page+"/decide", url.Values{"approve": {"no"}}), 422, "Hãy ghi lý do từ chối")
	shows(do(chief, "POST", page+"/decide", url.Values{"approve": {"yes"}, "document": {"c13-d2"}}), 303)
	shows(do(chief, "POST", page+"/second", url.Values{"approve": {"yes"}}), 403)
	shows(do(h.above(), "GET", page, nil), 200, "Duyệt lần hai")
	shows(do(h.above(), "POST", page+"/second", url.Values{"approve": {"yes"}}), 303)
	shows(do(me, "GET", page, nil), 200, "Vụ 13/2026", "/cases/c13", "Tự đóng lúc", "Chưa có trang nào")
	if !h.may(me, "13/2026", policy.See).Allow {
		t.Error("granted by forms, and closed")
	}
	shows(do(me, "POST", page+"/close", nil), 200, "Đóng phiếu này?")
	shows(do(me, "POST", page+"/close", url.Values{"sure": {"on"}}), 303)
	shows(do(me, "GET", page, nil), 200, "Đã đóng")

	shows(do(me, "POST", "/access/emergency", url.Values{"case": {"12/2026"}, "reason": {"x"}}), 422, "Hãy ghi rõ vì sao")
	w = do(me, "POST", "/access/emergency", url.Values{"case": {"12/2026"}, "reason": {"Bắt quả tang, cần đối chiếu ngay trong đêm nay"}})
	shows(w, 303)
	shows(do(chief, "POST", w.Header().Get("Location")+"/review", url.Values{"review": {"justified"}}), 303)

	shows(do(clerk, "GET", "/access/readings/new", nil), 200, "Người bào chữa")
	w = do(clerk, "POST", "/access/readings", url.Values{"case": {"12/2026"}, "reader": {"Cù Thị Nga"}, "capacity": {"counsel"}, "paper": {"Thẻ luật sư"}, "kinds": {"Kết luận"}, "received": {"2026-11-28"}})
	shows(w, 303)
	page = w.Header().Get("Location")
	shows(do(chief, "POST", page+"/answer", url.Values{"approve": {"yes"}, "document": {"c12-d1"}}), 303)
	w = do(clerk, "POST", page+"/sessions", url.Values{"place": {"Phòng 2"}})
	shows(w, 303)
	shows(do(clerk, "GET", page, nil), 200, "Đang diễn ra")
	sitting := w.Header().Get("Location")
	w = do(clerk, "GET", sitting, nil)
	shows(w, 200, "Kết luận điều tra", "12:00 28/11/2026")
	if strings.Contains(w.Body.String(), "Biên bản hỏi cung") {
		t.Error("a paper that was not granted stands on the supervisor's screen")
	}
	shows(do(clerk, "GET", sitting+"/minutes", nil), 404)
	shows(do(clerk, "POST", sitting+"/end", url.Values{"minutes": {"Đã đọc kết luận."}, "last": {"on"}}), 303)
	shows(do(clerk, "GET", sitting+"/minutes", nil), 200, "Đã đọc kết luận.", "ký, ghi rõ họ tên")
	shows(do(clerk, "GET", "/access/readings?state=done", nil), 200, "Cù Thị Nga")
}
