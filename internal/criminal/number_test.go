package criminal

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/roll"
	"congminh/internal/kit/api"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// Of a secret case its number in the book is told, and nothing else.
func TestNumbersHide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		chief, clerk := w.as("chief"), w.as("clerk")
		for i, secrecy := range []Secrecy{0, 2} {
			in := some([]string{"60/2026/HS", "61/2026/HS"}[i])
			in.Secrecy = secrecy
			c, err := w.Create(chief, in)
			w.must(err)
			w.acted(chief, c.ID, ledger.Act{Kind: "case.open", At: "2026-03-12", By: "police", Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
			w.acted(chief, c.ID, ledger.Act{Kind: "investigation.request", At: "2026-03-20"})
		}
		all, err := w.Numbers(chief, "", "YC-VKS", 2026, 0)
		w.must(err)
		some, err := w.Numbers(clerk, "", "YC-VKS", 2026, 0)
		w.must(err)
		if len(all.Items) != 2 || all.Items[0].CaseNumber != "61/2026/HS" {
			t.Fatalf("the chief sees %+v", all.Items)
		}
		if len(some.Items) != 2 || some.Items[1].CaseNumber != "60/2026/HS" {
			t.Fatalf("the clerk sees %+v", some.Items)
		}
		if s := some.Items[0]; s.N != 2 || s.CaseNumber != "" || s.Case != "" || s.Kind != "" || s.Act != "" {
			t.Errorf("the clerk learns of the secret case: %+v", s)
		}
		var b bytes.Buffer
		w.must(w.ExportBook(clerk, "", "YC-VKS", 2026, func(string) io.Writer { return &b }))
		l, err := roll.Read("x.xlsx", b.Bytes(), "")
		w.must(err)
		if text := strings.Join(l.Rows[len(l.Rows)-2].Cells, " "); !strings.Contains(text, "02/YC-VKS") || strings.Contains(text, "61/2026") {
			t.Errorf("the file says %q", text)
		}
		if _, err := w.Numbers(w.as("neighbour"), "lao-cai-kv3", "YC-VKS", 2026, 0); err == nil {
			t.Error("the neighbour reads the book")
		}
	})
}

// What a program does with acts, registers and numbers.
func TestActAPI(t *testing.T) {
	w := house(t, dbtest.SQLite(t))
	mux := http.NewServeMux()
	w.Module().API(api.New(mux, "t", "1", slog.New(slog.DiscardHandler)))
	ask := func(who, method, path, body string, want int) (out map[string]any) {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body)).WithContext(w.as(who))
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		if rec.Code != want {
			t.Fatalf("%s %s as %s: %d, want %d\n%s", method, path, who, rec.Code, want, rec.Body)
		}
		if strings.HasPrefix(strings.TrimSpace(rec.Body.String()), "{") {
			w.must(json.Unmarshal(rec.Body.Bytes(), &out))
		}
		return out
	}
	c, err := w.Create(w.as("chief"), some("60/2026/HS"))
	w.must(err)
	path := "/cases/" + string(c.ID) + "/acts"
	open := `{"kind":"case.open","at":"2026-03-12","by":"police","number":"15/QĐ","charges":[{"article":"173","clause":"1"}]}`
	ask("reception", "POST", path, open, http.StatusForbidden)
	ask("neighbour", "POST", path, open, http.StatusNotFound)
	ask("chief", "POST", path+"/check", open, http.StatusCreated)
	if got := ask("chief", "GET", path, "", http.StatusOK); len(got["acts"].([]any)) != 0 {
		t.Errorf("a check entered something: %v", got)
	}
	ask("chief", "POST", path, open, http.StatusCreated)
	ask("chief", "POST", path, `{"kind":"none","at":"2026-03-12"}`, http.StatusUnprocessableEntity)
	made := ask("chief", "POST", path, `{"kind":"investigation.request","at":"2026-03-20"}`, http.StatusCreated)["act"].(map[string]any)
	if made["number"] != "01/YC-VKS" {
		t.Errorf("the act is %v", made)
	}
	act := path + "/" + made["id"].(string)
	fixed := ask("chief", "PUT", act, `{"act":{"kind":"investigation.request","at":"2026-03-21"},"why":"Sai ngày"}`, http.StatusOK)["act"].(map[string]any)
	if fixed["number"] != "01/YC-VKS" || fixed["supersedes"] != made["id"] {
		t.Errorf("the correction is %v", fixed)
	}
	ask("chief", "DELETE", act+"?why=x", "", http.StatusNotFound) // it is superseded
	ask("chief", "DELETE", path+"/"+fixed["id"].(string), "", http.StatusUnprocessableEntity)
	ask("chief", "DELETE", path+"/"+fixed["id"].(string)+"?why=x", "", http.StatusOK) // what it corrected stands again
	ask("chief", "DELETE", act+"?why=Nham", "", http.StatusOK)
	got := ask("chief", "GET", path+"?on=2026-03-15", "", http.StatusOK)
	if state := got["state"].(map[string]any); len(got["acts"].([]any)) != 5 || state["stage"] != "investigation" {
		t.Errorf("the ledger is %v", got)
	}
	rows := ask("chief", "GET", "/registers/investigation?from=2026-01-01&q=60/2026", "", http.StatusOK)["rows"].(map[string]any)["items"].([]any)
	if cells := rows[0].(map[string]any)["cells"].([]any); len(rows) != 1 || !slices.Contains(cells, any("60/2026/HS")) {
		t.Errorf("the register is %v", rows)
	}
	ask("chief", "GET", "/registers/none", "", http.StatusNotFound)
	ask("chief", "GET", "/registers?year=2026", "", http.StatusOK)
	numbers := ask("chief", "GET", "/numbers/book?book=YC-VKS&year=2026", "", http.StatusOK)["items"].([]any)
	if n := numbers[0].(map[string]any); len(numbers) != 1 || n["void"] != "Nham" {
		t.Errorf("the book is %v", numbers)
	}
	ask("chief", "GET", "/numbers", "", http.StatusOK)
	ask("prosecutor", "POST", "/numbers/book", `{"book":"QĐ-VKS","year":2026,"last":40}`, http.StatusForbidden)
	ask("chief", "POST", "/numbers/book", `{"book":"QĐ-VKS","year":2026,"last":40}`, http.StatusNoContent)
}
