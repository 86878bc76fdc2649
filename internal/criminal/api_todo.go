package criminal

import (
	"context"

	"congminh/internal/kit/api"
	"congminh/internal/kit/page"
)

func (s *Service) todoAPI(a *api.API) {
	api.Op(a, "list-tasks", "GET /tasks", MayRead, "List what you are to do, by the day it is due", s.myTodosAPI)
	api.Op(a, "list-case-tasks", "GET /cases/{id}/tasks", MayRead, "List what is to be done in a case, then what was", s.todosAPI)
	api.Op(a, "add-task", "POST /cases/{id}/tasks", MayAct, "Give somebody a thing to do in a case", s.addTodoAPI)
	api.Op(a, "finish-task", "POST /cases/{id}/tasks/{task}/done", MayRead, "Say that a thing was done", s.finishTodoAPI)
	api.Op(a, "reopen-task", "POST /cases/{id}/tasks/{task}/reopen", MayRead, "Take back that a thing was done", s.reopenTodoAPI)
	api.Op(a, "cancel-task", "DELETE /cases/{id}/tasks/{task}", MayAct, "Say that a thing need not be done, with the reason", s.cancelTodoAPI)
}

type caseTodo struct {
	ID   ID     `path:"id" maxLength:"64"`
	Task TodoID `path:"task" maxLength:"64"`
}

func (s *Service) myTodosAPI(ctx context.Context, in *TodoFilter) (*api.Body[page.Of[Todo]], error) {
	out, err := s.MyTodos(ctx, *in)
	return &api.Body[page.Of[Todo]]{Body: out}, err
}

func (s *Service) todosAPI(ctx context.Context, in *caseID) (*api.Body[[]Todo], error) {
	out, err := s.Todos(ctx, in.ID)
	return &api.Body[[]Todo]{Body: append([]Todo{}, out...)}, err
}

func (s *Service) addTodoAPI(ctx context.Context, in *struct {
	ID   ID `path:"id" maxLength:"64"`
	Body NewTodo
}) (*api.Body[Todo], error) {
	t, err := s.AddTodo(ctx, in.ID, in.Body)
	return &api.Body[Todo]{Body: t}, err
}

func (s *Service) finishTodoAPI(ctx context.Context, in *caseTodo) (*struct{}, error) {
	return nil, s.FinishTodo(ctx, in.ID, in.Task)
}

func (s *Service) reopenTodoAPI(ctx context.Context, in *caseTodo) (*struct{}, error) {
	return nil, s.ReopenTodo(ctx, in.ID, in.Task)
}

func (s *Service) cancelTodoAPI(ctx context.Context, in *struct {
	ID   ID     `path:"id" maxLength:"64"`
	Task TodoID `path:"task" maxLength:"64"`
	Why  string `query:"why" required:"true" minLength:"1" maxLength:"300" doc:"Why it need not be done"`
}) (*struct{}, error) {
	return nil, s.CancelTodo(ctx, in.ID, in.Task, in.Why)
}
