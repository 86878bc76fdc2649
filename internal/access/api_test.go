package access

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"congminh/internal/kit/api"
	"congminh/internal/kit/db/dbtest"
)

// A program asks, and is asked, by the same rules as a person.
func TestOperations(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	a := api.New(mux, "test", "1", slog.New(slog.DiscardHandler))
	h.people.Module().API(a)
	h.journal.Module().API(a)
	h.Module().API(a)
	if _, err := a.OpenAPI(); err != nil {
		t.Fatal(err)
	}
	me := h.stranger()
	call := func(as func() *http.Request, status int, into any) {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, as())
		if w.Code != status {
			t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
		}
		if into != nil {
			if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
				t.Fatal(err)
			}
		}
	}
	by := func(login string, method, path, body string) func() *http.Request {
		ctx := me
		if login != "" {
			ctx = h.as(login)
		}
		return func() *http.Request {
			r := httptest.NewRequestWithContext(ctx, method, "/api/v1"+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			return r
		}
	}
	ask := `{"cases":["12/2026"],"mode":"copy","purpose":"Nghiên cứu án liên quan","basis":"Điều 41","from":"2026-11-28","to":"2026-11-29"}`
	var asked []Request
	call(by("", "POST", "/access", ask), 201, &asked)
	one := "/access/" + string(asked[0].ID)
	call(by("vanthu", "GET", one, ""), 404, nil)
	var got Detail
	call(by("vientruong", "GET", one, ""), 200, &got)
	if strings.Join(got.Actions, " ") != "decide" || got.Waiting == "" || got.Title == "" {
		t.Errorf("%+v", got)
	}
	call(by("vientruong", "POST", one+"/decision", `{"approve":false}`), 422, nil)
	call(by("vientruong", "POST", one+"/decision", `{"approve":true,"whole":true}`), 201, &got)
	if got.State != Active {
		t.Error(got.State)
	}
	call(by("vientruong", "POST", one+"/revocation", `{"reason":"Không còn cần"}`), 201, &got)
	if got.State != Revoked {
		t.Error(got.State)
	}
	var reading Reading
	call(by("ksv", "POST", "/readings", `{"case":"12/2026","reader":"Cù Thị Nga","capacity":"counsel","paper":"Thẻ","kinds":"Kết luận","received":"2026-11-28"}`), 201, &reading)
	call(by("phovt", "POST", "/readings/"+string(reading.ID)+"/answer", `{"approve":false,"reason":"Chưa kết thúc điều tra"}`), 201, nil)
	var v ReadingView
	call(by("ksv", "GET", "/readings/"+string(reading.ID), ""), 200, &v)
	if v.State != Denied || v.Begin || v.Reason == "" {
		t.Errorf("%+v", v)
	}
	call(by("ksv", "POST", "/recusals", `{"case":"12/2026","staff":"x","kind":"replaced","reason":"y","basis":"z"}`), 403, nil)
	call(by("vientruong", "GET", "/recusals?case=12%2F2026", ""), 200, nil)
	call(by("vientruong", "POST", "/recusals", `{"case":"12/2026","staff":"`+string(h.staff("ksv"))+`","kind":"refused","reason":"Thân thích","basis":"Điều 49"}`), 201, nil)
	call(by("ksv", "GET", "/readings/"+string(reading.ID), ""), 404, nil)
}
