package quality

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"congminh/internal/kit/db/dbtest"
	kitpage "congminh/internal/kit/page"
)

// A round and a review are walked through by their pages, without
// scripts: opened, frozen, drawn, repeated, filled, wrong, right, printed, saved.
func TestReviewPages(t *testing.T) {
	h := open(t, dbtest.SQLite(t), day)
	h.Review.Seed = func() string { return seed }
	h.ended(1, 4)
	srv := h.serve()
	page := func(who, path string, want ...string) string {
		t.Helper()
		status, body, _ := h.send(srv, who, http.MethodGet, path, nil)
		if status != http.StatusOK {
			t.Fatalf("%s %s: %d\n%s", who, path, status, body)
		}
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s %s: no %q", who, path, w)
			}
		}
		return body
	}
	post := func(who, path string, status int, form url.Values) string {
		t.Helper()
		got, body, _ := h.send(srv, who, http.MethodPost, path, form)
		if got != status {
			t.Errorf("%s %s: %d, want %d\n%s", who, path, got, status, body)
		}
		return body
	}
	page("ksv", "/quality/reviews", "Không có lượt đánh giá nào")
	page("vientruongtinh", "/quality/rounds", "Chưa có đợt đánh giá nào")
	page("vientruongtinh", "/quality/rounds/new", "Cách chọn vụ án")
	if status, _, _ := h.send(srv, "ksv", http.MethodGet, "/quality/rounds", nil); status != http.StatusForbidden {
		t.Error("a prosecutor opens the rounds:", status)
	}
	post("vientruongtinh", "/quality/rounds/new", http.StatusUnprocessableEntity, url.Values{"title": {""}})
	post("vientruongtinh", "/quality/rounds/new", http.StatusSeeOther, url.Values{"title": {"Đánh giá tháng 10"}, "day": {"2026-10-01"}, "to": {"2026-10-31"}})
	out, err := h.Rounds(h.as("vientruongtinh"), kitpage.Req{})
	h.ok(err)
	at := roundAt(out.Items[0].ID, "")
	if body := page("vientruongtinh", at, "Chốt danh sách"); strings.Contains(body, seed) {
		t.Error("the seed is shown before it is drawn")
	}
	post("vientruongtinh", at+"/freeze", http.StatusSeeOther, url.Values{})
	page("vientruongtinh", at, "Công bố hạt giống và chọn")
	post("vientruongtinh", at+"/draw", http.StatusSeeOther, url.Values{})
	page("vientruongtinh", at, seed, "Vụ án được chọn: 4", "Ngẫu nhiên")
	page("vientruongtinh", at+"/again", "Trùng khớp", "1/2", "2/2")
	if n := strings.Count(page("vientruongtinh", at+"/list"), "\n"); n != 4 {
		t.Error("lines of the list:", n)
	}
	page("vientruongtinh", at+"/xlsx")
	post("vientruongtinh", at+"/add", http.StatusUnprocessableEntity, url.Values{"number": {"999"}})

	rs, err := h.RoundReviews(h.as("vientruongtinh"), out.Items[0].ID)
	h.ok(err)
	var r Review
	for _, x := range rs {
		if x.Body.Names.Handler == "Giàng A Páo" {
			r = x
		}
	}
	one := reviewAt(r.ID, "")
	page("vientruongtinh", one, "Phân công người đánh giá", "Vì sao vụ án này được chọn")
	body := post("vientruongtinh", one+"/assign", http.StatusUnprocessableEntity, url.Values{"reviewer": {r.Handler}})
	if !strings.Contains(body, "không được đánh giá") {
		t.Error("the refusal is not shown")
	}
	reviewer := (&world{house: h}).staff("ksv_kv2")
	post("vientruongtinh", one+"/assign", http.StatusSeeOther, url.Values{"reviewer": {string(reviewer)}})
	page("ksv_kv2", "/quality/reviews?box=review", r.Number)
	page("ksv_kv2", one, "data-autosave", "Bút lục")
	if status, _, _ := h.send(srv, "ksv2", http.MethodGet, one, nil); status != http.StatusNotFound {
		t.Error("somebody else sees it:", status)
	}
	v, err := h.ReviewOf(h.as("ksv_kv2"), r.ID)
	h.ok(err)
	form := url.Values{"rev": {strconv.Itoa(v.Rev)}, "overall": {"Tốt"}}
	for _, i := range v.Body.Items {
		form.Set("mark-"+i.ID, string(Fine))
	}
	first := v.Body.Items[0].ID
	form.Set("mark-"+first, string(Minor))
	form.Set("note-"+first, "Thiếu quyết định phân công")
	if body := post("ksv_kv2", one+"/submit", http.StatusUnprocessableEntity, form); !strings.Contains(body, "Thiếu quyết định phân công") || !strings.Contains(body, "Hãy dẫn bút lục") {
		t.Error("what was typed is lost, or nothing says what is wrong")
	}
	form.Set("folios-"+first, "12, 15-17")
	post("ksv_kv2", one+"/save", http.StatusSeeOther, form)
	post("ksv_kv2", one+"/save", http.StatusConflict, form) // an older page
	page("ksv_kv2", one, "Lấy lại lần lưu trước (1)")
	form.Set("rev", strconv.Itoa(v.Rev+1))
	post("ksv_kv2", one+"/submit", http.StatusSeeOther, form)
	page("ksv", one, "Giải trình của người thụ lý", "BL 15-17")
	post("ksv", one+"/answer", http.StatusSeeOther, url.Values{"text": {"Đồng ý"}})
	page("vientruongtinh", one, "Kết luận của lãnh đạo")
	post("vientruongtinh", one+"/decide", http.StatusSeeOther, url.Values{"grade": {v.Grades.Grades[0].ID}, "text": {"Đã đủ"}, "remedies": {"Sắp xếp lại\n\nĐánh số lại"}, "lesson": {"Lập hồ sơ ngay"}})
	page("ksv", "/quality/reviews?box=remedy", r.Number)
	post("ksv", one+"/prove", http.StatusUnprocessableEntity, url.Values{"n": {"0"}, "proof": {"đã làm"}})
	post("ksv", one+"/prove", http.StatusSeeOther, url.Values{"n": {"0"}, "proof": {"20"}})
	post("vientruongtinh", one+"/accept", http.StatusUnprocessableEntity, url.Values{})
	post("ksv", one+"/prove", http.StatusSeeOther, url.Values{"n": {"1"}, "proof": {"21"}})
	post("vientruongtinh", one+"/accept", http.StatusSeeOther, url.Values{})
	page("vientruong", one+"/print", "PHIẾU ĐÁNH GIÁ", "Thiếu quyết định phân công")
	page("vientruongtinh", at+"/notice", "Lập hồ sơ ngay")
	post("vientruongtinh", at+"/notice", http.StatusSeeOther, url.Values{"notice": {"Rút kinh nghiệm"}})

	all, err := h.SelfChecks(h.as("ksv"))
	h.ok(err)
	page("ksv", "/quality/self", all[0].Number, "Quá hạn")
	self := "/quality/self/" + string(all[0].Case)
	page("ksv", self, "Ghi kết quả tự kiểm tra")
	post("ksv", self, http.StatusUnprocessableEntity, url.Values{})
	form = url.Values{}
	for _, i := range all[0].Items {
		form.Set("mark-"+i.ID, string(Fine))
	}
	post("ksv", self, http.StatusSeeOther, form)
	page("vientruong", self, "Đạt yêu cầu")
}
