package criminal

import (
	"context"
	"errors"
	"net/http"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

func (s *Service) todoRoutes(m *web.Mux) {
	m.Flash("criminal.task", "Đã ghi việc cần làm.")
	m.Flash("criminal.task-done", "Đã đánh dấu là làm xong.")
	m.Flash("criminal.task-open", "Việc lại là chưa làm.")
	m.Flash("criminal.task-cancelled", "Đã hủy việc cần làm. Lý do vẫn giữ trong vụ án.")

	m.Page("GET /cases/tasks", MayRead, s.myTodosWeb)
	m.Page("GET /cases/{id}/tasks/new", MayAct, s.newTodoWeb)
	m.Page("POST /cases/{id}/tasks", MayAct, s.addTodoWeb)
	m.Page("POST /cases/{id}/tasks/{task}/done", MayRead, s.turnTodoWeb(s.FinishTodo, "criminal.task-done"))
	m.Page("POST /cases/{id}/tasks/{task}/reopen", MayRead, s.turnTodoWeb(s.ReopenTodo, "criminal.task-open"))
	m.Page("GET /cases/{id}/tasks/{task}/cancel", MayAct, s.cancelTodoPage)
	m.Page("POST /cases/{id}/tasks/{task}/cancel", MayAct, s.cancelTodoWeb)
}

func todoOf(r *http.Request) TodoID { return TodoID(r.PathValue("task")) }

func todoAt(t Todo, rest string) string { return at(t.Case, "/tasks/"+string(t.ID)+rest) }

func (s *Service) myTodosWeb(w http.ResponseWriter, r *http.Request) error {
	var f TodoFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	ts, err := s.MyTodos(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, myTodosPage(ts, f, civil.On(s.now()), with(r, "after", ts.Next)))
}

func (s *Service) newTodoWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showNewTodo(w, r, http.StatusOK, NewTodo{}, nil)
}

func (s *Service) showNewTodo(w http.ResponseWriter, r *http.Request, status int, in NewTodo, wrong error) error {
	ctx := r.Context()
	c, err := s.Get(ctx, caseOf(r))
	if err != nil {
		return err
	}
	if err := auth.RequireIn(ctx, MayAct, c.path); err != nil {
		return err
	}
	staff, err := s.TodoStaff(ctx, c.ID)
	if err != nil {
		return err
	}
	var people []site.Option
	for _, p := range staff {
		people = append(people, site.Option{Value: string(p.ID), Text: p.Name})
		if in.Staff == "" && string(p.ID) == auth.From(ctx).ID {
			in.Staff = p.ID
		}
	}
	return web.Show(w, r, status, newTodoPage(c, in, people, civil.On(s.now()), wrong))
}

func (s *Service) addTodoWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewTodo
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.AddTodo(r.Context(), caseOf(r), in)
	}
	if errors.Is(err, ErrTodo) || errors.Is(err, web.ErrFields) {
		return s.showNewTodo(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, at(caseOf(r), ""), "criminal.task")
}

// turnTodoWeb ticks a thing, on the page of its case or in the list of one's own.
func (s *Service) turnTodoWeb(do func(context.Context, ID, TodoID) error, code string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := do(r.Context(), caseOf(r), todoOf(r)); err != nil {
			return err
		}
		back := at(caseOf(r), "")
		if r.FormValue("mine") != "" {
			back = "/cases/tasks"
		}
		return web.Done(w, r, back, code)
	}
}

func (s *Service) cancelTodoPage(w http.ResponseWriter, r *http.Request) error {
	return s.showCancelTodo(w, r, http.StatusOK, "", nil)
}

func (s *Service) showCancelTodo(w http.ResponseWriter, r *http.Request, status int, why string, wrong error) error {
	ctx := r.Context()
	t, err := s.Todo(ctx, caseOf(r), todoOf(r))
	if err == nil {
		err = s.Allow(ctx, MayAct, t.Case)
	}
	if err != nil {
		return err
	}
	return web.Show(w, r, status, cancelTodoPage(t, why, wrong))
}

func (s *Service) cancelTodoWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Why string `form:"why"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.CancelTodo(r.Context(), caseOf(r), todoOf(r), in.Why)
	if errors.Is(err, ErrTodo) {
		return s.showCancelTodo(w, r, http.StatusUnprocessableEntity, in.Why, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, at(caseOf(r), ""), "criminal.task-cancelled")
}
