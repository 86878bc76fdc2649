package criminal

import (
	"context"
	"errors"
	"slices"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

// Todos returns what is to be done in a case that the asker may see, by the day it is
// due, then what was done or cancelled.
func (s *Service) Todos(ctx context.Context, c ID) (out []Todo, err error) {
	defer fault.Wrap(&err, "tasks of case %s", c)
	if _, err := s.get(ctx, MayRead, c); err != nil {
		return nil, err
	}
	return s.store.todos(ctx, c)
}

// MyTodos returns what the asker is to do, of the cases they may see, by the day it is
// due.
func (s *Service) MyTodos(ctx context.Context, f TodoFilter) (out page.Of[Todo], err error) {
	defer fault.Wrap(&err, "my tasks")
	if err := auth.Require(ctx, MayRead); err != nil {
		return out, err
	}
	if f.State == "" {
		f.State = TodoOpen
	}
	rows, err := s.store.todosOf(ctx, s.Scope(ctx), auth.From(ctx).ID, f)
	return page.Cut(rows, f.Req, func(t Todo) string { return string(t.ID) }), err
}

// TodoStaff are those a thing to do in a case can be given to: who works in its office
// and may see it.
func (s *Service) TodoStaff(ctx context.Context, c ID) (out []org.Staff, err error) {
	defer fault.Wrap(&err, "staff for tasks of case %s", c)
	of, err := s.Detail(ctx, c)
	if err != nil {
		return nil, err
	}
	all, err := s.org.Colleagues(ctx, of.Office)
	for _, p := range all {
		has := slices.ContainsFunc(of.Assigned, func(a Assignment) bool { return a.Staff == p.ID && a.To == "" })
		if !p.Has(org.SysAdmin) && (of.Secrecy == 0 || has || p.Has(org.Chief) || p.Has(org.DeputyChief)) {
			out = append(out, p)
		}
	}
	return out, err
}

// AddTodo gives somebody a thing to do in a case.
func (s *Service) AddTodo(ctx context.Context, c ID, in NewTodo) (t Todo, err error) {
	defer fault.Wrap(&err, "add task to case %s", c)
	me := auth.From(ctx)
	if in.Staff == "" {
		in.Staff = org.StaffID(me.ID)
	}
	in.Text = vn.Clean(in.Text)
	err = s.hold(ctx, MayAct, c, func(ctx context.Context, _ *Case) error {
		staff, err := s.TodoStaff(ctx, c)
		if err != nil {
			return err
		}
		_, wrong := civil.Parse(string(in.Due))
		var check fault.Check
		check.Need(in.Text != "" && len([]rune(in.Text)) <= 300, "text", "Hãy ghi việc cần làm, nhiều nhất 300 chữ.")
		check.Need(in.Due == "" || wrong == nil && in.Due >= civil.On(s.now()), "due", "Ngày phải làm xong từ hôm nay trở đi.")
		check.Need(slices.ContainsFunc(staff, func(p org.Staff) bool { return p.ID == in.Staff }), "staff", "Hãy chọn một cán bộ của đơn vị được xem vụ án.")
		if err := check.Err(ErrTodo); err != nil {
			return err
		}
		t = Todo{ID: id.New[Todo](), Case: c, Text: in.Text, Due: in.Due, Staff: in.Staff, Created: s.now(), Author: me.ID, State: TodoOpen, Changed: s.now(), By: me.ID}
		if err := s.store.insertTodo(ctx, t); err != nil {
			return err
		}
		t, err = s.store.todo(ctx, c, t.ID)
		return err
	})
	return t, err
}

// Todo returns one thing to do in a case that the asker may see.
func (s *Service) Todo(ctx context.Context, c ID, t TodoID) (out Todo, err error) {
	defer fault.Wrap(&err, "task %s", t)
	if _, err := s.get(ctx, MayRead, c); err != nil {
		return out, err
	}
	out, err = s.store.todo(ctx, c, t)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoTodo
	}
	return out, err
}

// FinishTodo says that a thing was done. Whoever is to do it may, and whoever may
// enter acts in the case.
func (s *Service) FinishTodo(ctx context.Context, c ID, t TodoID) (err error) {
	defer fault.Wrap(&err, "finish task %s", t)
	return s.turn(ctx, c, t, TodoOpen, TodoDone, "")
}

// ReopenTodo takes back that a thing was done.
func (s *Service) ReopenTodo(ctx context.Context, c ID, t TodoID) (err error) {
	defer fault.Wrap(&err, "reopen task %s", t)
	return s.turn(ctx, c, t, TodoDone, TodoOpen, "")
}

// CancelTodo says that a thing need not be done, and why.
func (s *Service) CancelTodo(ctx context.Context, c ID, t TodoID, why string) (err error) {
	defer fault.Wrap(&err, "cancel task %s", t)
	if err := s.Allow(ctx, MayAct, c); err != nil {
		return err
	}
	if why = vn.Clean(why); why == "" || len([]rune(why)) > 300 {
		return refusal{ErrTodo}.Need(false, "why", "Hãy ghi lý do hủy, nhiều nhất 300 chữ.")
	}
	return s.turn(ctx, c, t, TodoOpen, TodoCancelled, why)
}

func (s *Service) turn(ctx context.Context, c ID, t TodoID, from, to TodoState, why string) error {
	x, err := s.Todo(ctx, c, t)
	if err != nil {
		return err
	}
	me := auth.From(ctx).ID
	if string(x.Staff) != me {
		if err := s.Allow(ctx, MayAct, c); err != nil {
			return err
		}
	}
	n, err := s.store.turnTodo(ctx, t, from, to, s.now(), me, why)
	if err == nil && n == 0 {
		err = ErrTodoIn
	}
	return err
}
