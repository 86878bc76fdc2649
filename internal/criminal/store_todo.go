package criminal

import (
	"context"
	"time"

	"congminh/internal/kit/db"
)

const (
	todoColumns = `k.id, k.case_id, c.number, c.name, k.text, k.due, k.staff, p.name, k.created, k.author, k.state, k.changed, k.changed_by, k.why`
	todoFrom    = ` FROM criminal_task k JOIN criminal c ON c.id = k.case_id JOIN org_staff_v p ON p.id = k.staff `
	// What has no day comes after what has one.
	todoOrder = `CASE WHEN k.due = '' THEN 1 ELSE 0 END, k.due, k.id`
)

func scanTodo(r db.Row) (t Todo, err error) {
	err = r.Scan(&t.ID, &t.Case, &t.Number, &t.CaseName, &t.Text, &t.Due, &t.Staff, &t.Name, &t.Created, &t.Author, &t.State, &t.Changed, &t.By, &t.Why)
	return
}

func (s store) insertTodo(ctx context.Context, t Todo) error {
	return s.db.Insert(ctx, `INSERT INTO criminal_task (id, case_id, text, due, staff, created, author, state, changed, changed_by, why) VALUES`,
		[][]any{{t.ID, t.Case, t.Text, t.Due, t.Staff, t.Created, t.Author, t.State, t.Changed, t.By, t.Why}})
}

func (s store) todo(ctx context.Context, c ID, t TodoID) (Todo, error) {
	return db.One(ctx, s.db, scanTodo, `SELECT `+todoColumns+todoFrom+`WHERE k.case_id = $1 AND k.id = $2`, c, t)
}

// todos returns what is to be done in a case, then what was.
func (s store) todos(ctx context.Context, c ID) ([]Todo, error) {
	return db.All(ctx, s.db, scanTodo, `SELECT `+todoColumns+todoFrom+`WHERE k.case_id = $1
		ORDER BY CASE k.state WHEN 'open' THEN 0 WHEN 'done' THEN 1 ELSE 2 END, `+todoOrder, c)
}

// todosOf returns what a person is to do in the cases scope may see.
func (s store) todosOf(ctx context.Context, scope []string, staff string, f TodoFilter) ([]Todo, error) {
	in, out := sides(scope)
	return db.All(ctx, s.db, scanTodo, `SELECT `+todoColumns+todoFrom+`
		WHERE `+s.walked()+` AND k.staff = $3 AND k.state = $4
		  AND ($5 = '' OR (CASE WHEN k.due = '' THEN 1 ELSE 0 END, k.due, k.id) >
		       (SELECT CASE WHEN a.due = '' THEN 1 ELSE 0 END, a.due, a.id FROM criminal_task a WHERE a.id = $5))
		ORDER BY `+todoOrder+` LIMIT $6`, in, out, staff, f.State, f.After, f.Size()+1)
}

// turnTodo changes the state of what is in state from; 0 rows if it is no longer.
func (s store) turnTodo(ctx context.Context, t TodoID, from, to TodoState, at time.Time, by, why string) (int64, error) {
	return s.db.Exec(ctx, `UPDATE criminal_task SET state = $3, changed = $4, changed_by = $5, why = $6 WHERE id = $1 AND state = $2`, t, from, to, at, by, why)
}
