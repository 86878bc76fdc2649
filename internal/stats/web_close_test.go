package stats

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
	"congminh/internal/stats/period"
)

// A statistician walks from the list of forms over a check that fails and its case to
// the closing and its files; others are refused.
func TestClosePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
		id := o.trial()
		o.opened("ksv", "1/2026/HS", "2026-10-05")
		bad := o.opened("ksv", "2/2026/HS", "2026-10-06")
		if _, _, err := o.cases.Record(o.as("ksv"), bad.ID, ledger.Act{Kind: "investigation.terminate", At: "2026-10-09", Reason: "no_crime"}); err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		o.Module().Web(web.NewMux(mux, slog.New(slog.DiscardHandler), func(f *fault.Error) templ.Component { return templ.Raw("refused: " + f.Code) }))
		do := func(ctx context.Context, method, to string, form url.Values) *httptest.ResponseRecorder {
			t.Helper()
			r := httptest.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			return w
		}
		shows := func(w *httptest.ResponseRecorder, status int, texts ...string) {
			t.Helper()
			if w.Code != status {
				t.Errorf("status %d, want %d: %.300s", w.Code, status, w.Body)
			}
			for _, x := range texts {
				if !strings.Contains(w.Body.String(), x) {
					t.Errorf("the page does not say %q", x)
				}
			}
		}
		keeper := o.as("thongke")
		shows(do(keeper, "GET", "/stats/forms", nil), 200, "Biểu thử", "Chưa chốt", "03/11/2026")
		shows(do(keeper, "GET", "/stats/forms/"+id, nil), 200, "= còn lại", "figure=investigation.new", "check=can-doi", "/stats/forms/thu/close")
		shows(do(keeper, "GET", "/stats/forms/khong-co", nil), 404)
		shows(do(o.as("ksv"), "POST", "/stats/forms/"+id+"/close?period=2026-10", nil), 403)
		shows(do(keeper, "POST", "/stats/forms/"+id+"/close?period=2026-11", url.Values{"reason": {"sớm"}}), 422)
		shows(do(keeper, "GET", "/stats/forms/"+id+"/faults?period=2026-10&check=can-doi&column=a", nil), 200, "2/2026/HS", string(bad.ID))
		shows(do(keeper, "GET", "/stats/forms/"+id+"/faults?period=2026-10&check=khong&column=a", nil), 422)
		shows(do(keeper, "POST", "/stats/forms/"+id+"/close?period=2026-10", nil), 422, "Cần ghi lý do")
		w := do(keeper, "POST", "/stats/forms/"+id+"/close?period=2026-10", url.Values{"reason": {"Biểu thử không có dòng đình chỉ"}})
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/stats/closings/") {
			t.Fatalf("closing: %d to %q: %.300s", w.Code, to, w.Body)
		}
		shows(do(keeper, "GET", to, nil), 200, "Chưa ký", "Gói số liệu")
		shows(do(o.as("thongke2"), "GET", to, nil), 404)
		shows(do(keeper, "POST", to+"/sign", nil), 403, "không tự ký duyệt")
		shows(do(keeper, "POST", to+"/paper", url.Values{"side": {"police"}}), 422, "Cần ghi họ tên người ký.")
		shows(do(o.fresh("vientruong"), "POST", to+"/sign", nil), http.StatusSeeOther)
		for file, begin := range map[string]string{"bieu.pdf": "%PDF-", "bieu.xlsx": "PK", "bieu.csv": "\ufeffMã,", "du-lieu-mo.json": "{", "goi-so-lieu.json": "{"} {
			w := do(keeper, "GET", to+"/"+file, nil)
			if w.Code != 200 || !strings.HasPrefix(w.Body.String(), begin) {
				t.Errorf("%s: %d %.40q", file, w.Code, w.Body)
			}
		}
		shows(do(keeper, "GET", to+"/khac.exe", nil), 404)
		shows(do(o.as("thongketinh"), "GET", "/stats/below?form="+id, nil), 200, "Đã chốt", "Chưa chốt", "Nhận gói số liệu")
	})
}

// A closing goes to another installation as a file: whole, once, from below only.
func TestParcel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
		id := o.trial()
		o.opened("ksv", "1/2026/HS", "2026-10-05")
		p := period.Of(period.Month, "2026-10-15")
		c, err := o.Close(o.as("thongke"), id, "", p, "")
		o.ok(err)
		file, err := c.Parcel()
		o.ok(err)
		if _, err := o.Import(o.as("thongketinh"), file); !errors.Is(err, ErrDoubled) {
			t.Errorf("taken in where it was closed: %v", err)
		}
		// The same office in an installation that does not have it yet.
		_, err = d.Exec(t.Context(), `DELETE FROM stats_closing`)
		o.ok(err)
		for what, bad := range map[string][]byte{"a digit": bytes.Replace(file, []byte(`"revision": 1`), []byte(`"revision": 2`), 1), "cut": file[:len(file)/2], "nothing": nil} {
			if _, err := o.Import(o.as("thongketinh"), bad); !errors.Is(err, ErrParcel) {
				t.Errorf("changed (%s) and taken in: %v", what, err)
			}
		}
		if _, err := o.Import(o.as("thongke2"), file); !errors.Is(err, ErrNotMine) {
			t.Errorf("taken in by an office that is not above: %v", err)
		}
		got, err := o.Import(o.as("thongketinh"), file)
		if err != nil || got.Digest != c.Digest {
			t.Fatal(got.Digest, err)
		}
		if _, err := o.Import(o.as("thongketinh"), file); !errors.Is(err, ErrDoubled) {
			t.Errorf("taken in twice: %v", err)
		}
		whole, err := o.Draft(o.as("thongketinh"), id, "", p)
		o.ok(err)
		if n, _ := whole.Values.Get("2", "a"); n != 1 {
			t.Errorf("the province adds up %v new cases", n)
		}
		open, err := o.Open(o.as("thongketinh"), got)
		o.ok(err)
		if text, err := json.Marshal(open); err != nil || strings.Contains(string(text), c.Digest) {
			t.Errorf("open data tell the digest of what they hide: %v", err)
		}
	})
}

// Statisticians hear once of what is due.
func TestTermsWatched(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
		o.opened("ksv", "1/2026/HS", "2026-10-05")
		o.ok(o.Catch(t.Context(), 100))
		for range 2 {
			o.ok(o.WatchTerms(t.Context()))
		}
		n, err := db.One(t.Context(), d, db.Value[int], `SELECT COUNT(*) FROM stats_reminder WHERE period = '2026-10' AND how = 'soon'`)
		if err != nil || n != 1 {
			t.Errorf("%d reminders, %v", n, err)
		}
	})
}
