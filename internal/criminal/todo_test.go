package criminal

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

func todoTexts(ts []Todo) (out []string) {
	for _, t := range ts {
		out = append(out, t.Text)
	}
	return out
}

func TestTodos(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		chief, me, second := w.as("chief"), w.as("prosecutor"), w.as("second")
		c, err := w.Create(w.as("clerk"), some("1/2026/HS"))
		w.must(err)
		if _, err := w.AddTodo(chief, c.ID, NewTodo{Due: "2026-11-21", Staff: w.staff["neighbour"].ID}); !errors.Is(err, ErrTodo) || !slices.Equal(fields(err), []string{"text", "due", "staff"}) {
			t.Errorf("a wrong task: %v, %v", err, fields(err))
		}
		give := func(text string, due civil.Date, who string) Todo {
			x, err := w.AddTodo(chief, c.ID, NewTodo{Text: text, Due: due, Staff: w.staff[who].ID})
			w.must(err)
			return x
		}
		give("Không hạn", "", "prosecutor")
		late := give("Triệu tập  nhân chứng ", "2026-12-01", "prosecutor")
		soon := give("Yêu cầu giám định", "2026-11-23", "prosecutor")
		give("Việc của người khác", "2026-11-22", "second")
		if late.Text != "Triệu tập nhân chứng" || late.Name != "Cán bộ prosecutor" || late.State != TodoOpen || late.Overdue("2026-12-01") || !late.Overdue("2026-12-02") {
			t.Errorf("%+v", late)
		}
		var all []string
		f := TodoFilter{Req: page.Req{Limit: 1}}
		for {
			got, err := w.MyTodos(me, f)
			w.must(err)
			all = append(all, todoTexts(got.Items)...)
			if f.After = got.Next; got.Next == "" {
				break
			}
		}
		if want := []string{"Yêu cầu giám định", "Triệu tập nhân chứng", "Không hạn"}; !slices.Equal(all, want) {
			t.Errorf("mine: %q", all)
		}

		// Done by whom it was given to, taken back, cancelled by who may act.
		if err := w.FinishTodo(w.as("phead"), c.ID, soon.ID); err == nil {
			t.Error("done by somebody who may only read")
		}
		w.must(w.FinishTodo(me, c.ID, soon.ID))
		if err := w.FinishTodo(me, c.ID, soon.ID); !errors.Is(err, ErrTodoIn) {
			t.Errorf("done twice: %v", err)
		}
		if x, err := w.Todo(me, c.ID, soon.ID); err != nil || x.State != TodoDone || x.By != auth.From(me).ID {
			t.Errorf("done: %+v, %v", x, err)
		}
		w.must(w.ReopenTodo(me, c.ID, soon.ID))
		if err := w.CancelTodo(chief, c.ID, soon.ID, " "); !errors.Is(err, ErrTodo) {
			t.Errorf("cancelled without a reason: %v", err)
		}
		w.must(w.CancelTodo(chief, c.ID, soon.ID, "Đã có kết luận"))
		if err := w.ReopenTodo(chief, c.ID, soon.ID); !errors.Is(err, ErrTodoIn) {
			t.Errorf("cancelled and reopened: %v", err)
		}
		ts, err := w.Todos(second, c.ID)
		w.must(err)
		if got := todoTexts(ts); len(got) != 4 || got[3] != "Yêu cầu giám định" || ts[3].Why != "Đã có kết luận" {
			t.Errorf("of the case: %q", got)
		}

		// A case that became secret takes its tasks with it.
		if _, err := w.Todos(w.as("neighbour"), c.ID); !errors.Is(err, ErrNone) {
			t.Errorf("another office: %v", err)
		}
		if _, err := w.Todo(me, "none", late.ID); !errors.Is(err, ErrNone) {
			t.Errorf("of no case: %v", err)
		}
		if _, err := w.Todo(me, c.ID, "none"); !errors.Is(err, ErrNoTodo) {
			t.Errorf("no task: %v", err)
		}
		secret := some("1/2026/HS")
		secret.Secrecy = 1
		_, err = w.Edit(chief, c.ID, secret)
		w.must(err)
		if got, err := w.MyTodos(me, TodoFilter{}); err != nil || len(got.Items) != 0 {
			t.Errorf("of a secret case: %q, %v", todoTexts(got.Items), err)
		}
		if err := w.FinishTodo(me, c.ID, late.ID); !errors.Is(err, ErrNone) {
			t.Errorf("done in a secret case: %v", err)
		}
		w.must(w.Assign(chief, c.ID, w.staff["second"].ID, Conducts))
		staff, err := w.TodoStaff(chief, c.ID)
		w.must(err)
		has := func(login string) bool {
			return slices.ContainsFunc(staff, func(p org.Staff) bool { return p.ID == w.staff[login].ID })
		}
		if !has("second") || !has("chief") || has("prosecutor") || has("admin") {
			t.Errorf("who can be given a task of a secret case: %+v", staff)
		}
	})
}

func TestTodoPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := demoDesk(t, d)
		var c Case
		for _, x := range k.cases {
			if err := k.Allow(k.as("ksv"), MayAct, x.ID); err == nil && x.Secrecy == 0 {
				c = x
			}
		}
		home := at(c.ID, "")
		k.see("ksv", home, 200, "Việc cần làm", "Không có việc nào chưa làm.", home+"/tasks/new")
		k.see("ksv", home+"/tasks/new", 200, "Người làm")
		k.see("ksv", "/cases/tasks", 200, "Không có việc nào")
		if code, body, _ := k.ask("ksv", home+"/tasks", url.Values{"text": {""}, "due": {"30/02/2027"}}); code != 422 || !strings.Contains(body, "due-wrong") {
			t.Errorf("a wrong task: %d", code)
		}
		if code, body, _ := k.ask("ksv", home+"/tasks", url.Values{"text": {"Gọi <nhân chứng>"}, "due": {"2026-11-30"}}); code != 303 {
			t.Fatalf("a task: %d %.500s", code, body)
		}
		ts, err := k.Todos(k.as("ksv"), c.ID)
		k.ok(err)
		one := home + "/tasks/" + string(ts[0].ID)
		k.see("ksv", home, 200, "Gọi &lt;nhân chứng&gt;", "trước hết ngày 30/11/2026", one+"/done", one+"/cancel")
		k.see("ksv", home+"/print", 200, "Gọi &lt;nhân chứng&gt;")
		k.see("ksv", "/cases/tasks", 200, "Gọi &lt;nhân chứng&gt;", home)
		if code, _, h := k.ask("ksv", one+"/done", url.Values{"mine": {"on"}}); code != 303 || h.Get("Location") != "/cases/tasks" {
			t.Errorf("done: %d %s", code, h.Get("Location"))
		}
		k.see("ksv", "/cases/tasks?state=done", 200, "Gọi &lt;nhân chứng&gt;", "Đã làm", one+"/reopen")
		if code, _, _ := k.ask("ksv", one+"/reopen", url.Values{}); code != 303 {
			t.Errorf("reopened: %d", code)
		}
		k.see("ksv", one+"/cancel", 200, "Lý do hủy")
		if code, body, _ := k.ask("ksv", one+"/cancel", url.Values{"why": {""}}); code != 422 || !strings.Contains(body, "why-wrong") {
			t.Errorf("cancelled without a reason: %d", code)
		}
		if code, _, _ := k.ask("ksv", one+"/cancel", url.Values{"why": {"Không cần nữa"}}); code != 303 {
			t.Errorf("cancelled: %d", code)
		}
		k.see("ksv", home, 200, "Không làm nữa", "Không cần nữa")
	})
}

// The operations do what the pages do, and refuse whom they refuse.
func TestTodoAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		c, err := w.Create(w.as("clerk"), some("1/2026/HS"))
		w.must(err)
		mux := http.NewServeMux()
		w.api(api.New(mux, "t", "1", slog.New(slog.DiscardHandler)))
		ask := func(who, method, path, body string, want int) string {
			t.Helper()
			r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body)).WithContext(w.as(who))
			r.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			mux.ServeHTTP(rec, r)
			if rec.Code != want {
				t.Errorf("%s %s as %s: %d, want %d: %s", method, path, who, rec.Code, want, rec.Body)
			}
			return rec.Body.String()
		}
		tasks := "/cases/" + string(c.ID) + "/tasks"
		ask("neighbour", "POST", tasks, `{"text":"Gọi"}`, 404)
		var x Todo
		w.must(json.Unmarshal([]byte(ask("chief", "POST", tasks, `{"text":"Gọi","due":"2026-11-30","staff":"`+string(w.staff["prosecutor"].ID)+`"}`, 201)), &x))
		if got := ask("prosecutor", "GET", "/tasks", "", 200); !strings.Contains(got, string(x.ID)) {
			t.Errorf("mine: %s", got)
		}
		ask("prosecutor", "POST", tasks+"/"+string(x.ID)+"/done", "", 204)
		ask("prosecutor", "POST", tasks+"/"+string(x.ID)+"/done", "", 409)
		ask("prosecutor", "POST", tasks+"/"+string(x.ID)+"/reopen", "", 204)
		ask("chief", "DELETE", tasks+"/"+string(x.ID)+"?why=th%C3%B4i", "", 204)
		if got := ask("clerk", "GET", tasks, "", 200); !strings.Contains(got, `"cancelled"`) {
			t.Errorf("of the case: %s", got)
		}
	})
}
