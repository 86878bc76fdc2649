package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
)

const columns = `id, kind, name, topic, payload, state, priority, attempts, made, run_at, started, ended,
	holder, ready, total, note, reason, error`

func scan(row db.Row) (j Job, err error) {
	var name *string
	var payload string
	err = row.Scan(&j.ID, &j.Kind, &name, &j.Topic, &payload, &j.State, &j.Priority, &j.Attempts, &j.Made, &j.RunAt,
		&j.Started, &j.Ended, &j.holder, &j.Ready, &j.Total, &j.Note, &j.Reason, &j.Error)
	if name != nil {
		j.Name = *name
	}
	j.Payload = json.RawMessage(payload)
	return
}

func (r *Runner) insert(ctx context.Context, j Job) error {
	var name *string
	if j.Name != "" {
		name = &j.Name
	}
	_, err := r.db.Exec(ctx, `INSERT INTO job (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, NULL, NULL, '', 0, 0, '', '', '')
		ON CONFLICT (kind, name) DO UPDATE
		SET state = $6, payload = $5, topic = $4, priority = $7, run_at = $9, attempts = 0, ended = NULL,
		    ready = 0, total = 0, note = '', reason = '', error = ''
		WHERE job.state = 'failed'`,
		j.ID, j.Kind, name, j.Topic, string(j.Payload), Waiting, j.Priority, j.Made, j.RunAt)
	return err
}

// claim takes the next due job of some kinds for a lease.
func (r *Runner) claim(ctx context.Context, kinds []string) (Job, error) {
	now := r.now()
	due, err := r.heads(ctx, kinds, now)
	if err != nil {
		return Job{}, err
	}
	for _, kind := range due {
		pick := `SELECT id FROM job
			WHERE kind = $6 AND state = $5 AND run_at <= $2
			ORDER BY priority DESC, run_at, id
			LIMIT 1`
		if r.db.Postgres() {
			pick += ` FOR UPDATE SKIP LOCKED`
		}
		j, err := db.One(ctx, r.db, scan, `UPDATE job
			SET state = $1, attempts = attempts + 1, started = $2, run_at = $3, holder = $4, ready = 0, total = 0, note = ''
			WHERE id = (`+pick+`)
			RETURNING `+columns, Running, now, now.Add(lease), id.New[Run](), Waiting, kind)
		if !errors.Is(err, db.ErrNone) { // else another process was quicker
			return j, err
		}
	}
	return Job{}, db.ErrNone
}

// heads returns those of kinds that have a due job, the one to be taken first in
// front. One look into the index for each kind: however many jobs of one kind
// wait, those of another are found at once.
func (r *Runner) heads(ctx context.Context, kinds []string, now time.Time) ([]string, error) {
	args := []any{Waiting, now}
	var each []string
	for _, k := range kinds {
		args = append(args, k)
		each = append(each, fmt.Sprintf(`SELECT * FROM (SELECT kind, priority, run_at, id FROM job
			WHERE kind = $%d AND state = $1 AND run_at <= $2
			ORDER BY priority DESC, run_at, id
			LIMIT 1) AS head%[1]d`, len(args)))
	}
	return db.All(ctx, r.db, db.Value[string], `SELECT kind FROM (`+strings.Join(each, ` UNION ALL `)+`) AS heads
		ORDER BY priority DESC, run_at, id`, args...)
}

// held runs an update of a job that only its holder may make.
func (r *Runner) held(ctx context.Context, j Job, set string, args ...any) error {
	n, err := r.db.Exec(ctx, `UPDATE job SET `+set+` WHERE id = $1 AND holder = $2 AND state = 'running'`,
		append([]any{j.ID, j.holder}, args...)...)
	if err == nil && n == 0 {
		err = ErrLost
	}
	return err
}

func (r *Runner) hold(ctx context.Context, j Job) error { return r.held(ctx, j, `holder = holder`) }

func (r *Runner) renew(ctx context.Context, j Job, lease time.Duration) error {
	return r.held(ctx, j, `run_at = $3`, r.now().Add(lease))
}

func (r *Runner) progress(ctx context.Context, j Job, ready, total int, note string) error {
	return r.held(ctx, j, `ready = $3, total = $4, note = $5`, ready, total, note)
}

func (r *Runner) finish(ctx context.Context, j Job) error {
	return r.held(ctx, j, `state = $3, ended = $4, name = NULL, holder = '', reason = '', error = ''`, Done, r.now())
}

func (r *Runner) giveBack(ctx context.Context, j Job) error {
	return kept(r.held(ctx, j, `state = $3, run_at = $4, attempts = attempts - 1, holder = ''`, Waiting, r.now()))
}

func (r *Runner) again(ctx context.Context, j Job, why error) error {
	return kept(r.held(ctx, j, `state = $3, run_at = $4, holder = '', reason = $5, error = $6`,
		Waiting, r.now().Add(backOff(j.ID, j.Attempts)), reason(why), why.Error()))
}

func (r *Runner) fail(ctx context.Context, j Job, why error) error {
	return kept(r.held(ctx, j, `state = $3, ended = $4, holder = '', reason = $5, error = $6`,
		Failed, r.now(), reason(why), why.Error()))
}

// kept takes a lost lease as settled: it is another's to settle now.
func kept(err error) error {
	if errors.Is(err, ErrLost) {
		return nil
	}
	return err
}

func reason(why error) string {
	if refusal, ok := errors.AsType[*fault.Error](why); ok {
		return refusal.Text
	}
	return ""
}

// free makes jobs whose lease ran out wait again.
func (r *Runner) free(ctx context.Context, now time.Time) error {
	// Looking first: an update that finds nothing still waits for the one writer.
	n, err := db.One(ctx, r.db, db.Value[int], `SELECT COUNT(*) FROM job WHERE state = $1 AND run_at <= $2`, Running, now)
	if err != nil || n == 0 {
		return err
	}
	_, err = r.db.Exec(ctx, `UPDATE job SET state = $3, holder = '', reason = '', error = $4 WHERE state = $1 AND run_at <= $2`,
		Running, now, Waiting, "the process that ran it died or lost its lease")
	return err
}

func (r *Runner) prune(ctx context.Context, before time.Time) error {
	_, err := r.db.Exec(ctx, `DELETE FROM job WHERE state = $1 AND ended < $2`, Done, before)
	return err
}

func (r *Runner) due(ctx context.Context, kind string) (time.Time, error) {
	return db.One(ctx, r.db, db.Value[time.Time], `SELECT due FROM job_schedule WHERE kind = $1`, kind)
}

func (r *Runner) schedule(ctx context.Context, kind string, due time.Time) error {
	_, err := r.db.Exec(ctx, `INSERT INTO job_schedule (kind, due) VALUES ($1, $2) ON CONFLICT (kind) DO NOTHING`, kind, due)
	return err
}

// move sets the next due moment, and reports whether it was this call that did.
func (r *Runner) move(ctx context.Context, kind string, from, to time.Time) (bool, error) {
	n, err := r.db.Exec(ctx, `UPDATE job_schedule SET due = $3 WHERE kind = $1 AND due = $2`, kind, from, to)
	return n == 1, err
}

// Filter chooses jobs for List.
type Filter struct {
	State State  `query:"state" form:"state"` // "" for all
	Kind  string `query:"kind" form:"kind"`   // "" for all
	page.Req
}

// List returns jobs, newest first. Like all that follows it asks for no right:
// the module that shows jobs does.
func (r *Runner) List(ctx context.Context, f Filter) (page.Of[Job], error) {
	jobs, err := db.All(ctx, r.db, scan, `SELECT `+columns+` FROM job
		WHERE ($1 = '' OR state = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR id < $3)
		ORDER BY id DESC
		LIMIT $4`, f.State, f.Kind, f.After, f.Size()+1)
	if err != nil {
		return page.Of[Job]{}, fmt.Errorf("list jobs: %w", err)
	}
	return page.Cut(jobs, f.Req, func(j Job) string { return string(j.ID) }), nil
}

// Counts tells how many jobs of each kind are in each state.
func (r *Runner) Counts(ctx context.Context) (map[string]map[State]int, error) {
	out := map[string]map[State]int{}
	_, err := db.All(ctx, r.db, func(row db.Row) (none struct{}, err error) {
		var kind string
		var state State
		var n int
		err = row.Scan(&kind, &state, &n)
		if out[kind] == nil {
			out[kind] = map[State]int{}
		}
		out[kind][state] = n
		return
	}, `SELECT kind, state, COUNT(*) FROM job GROUP BY kind, state`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return out, nil
}

// Get returns one job.
func (r *Runner) Get(ctx context.Context, id id.Of[Job]) (Job, error) {
	j, err := db.One(ctx, r.db, scan, `SELECT `+columns+` FROM job WHERE id = $1`, id)
	if errors.Is(err, db.ErrNone) {
		err = ErrNone
	}
	return j, err
}

// Of returns the last hundred jobs of a topic, oldest first.
func (r *Runner) Of(ctx context.Context, topic string) ([]Job, error) {
	return db.All(ctx, r.db, scan, `SELECT `+columns+` FROM (
			SELECT `+columns+` FROM job WHERE topic = $1 ORDER BY id DESC LIMIT 100) AS last
		ORDER BY id`, topic)
}

// Retry gives a job that was given up all its attempts again, and makes one that
// waits run now.
func (r *Runner) Retry(ctx context.Context, id id.Of[Job]) error {
	return r.change(ctx, id, `UPDATE job SET state = $4, attempts = 0, run_at = $5, ended = NULL
		WHERE id = $1 AND state IN ($2, $3)`, Waiting, Failed, Waiting, r.now())
}

// Cancel stops a job that waits or runs. It is kept, as given up.
func (r *Runner) Cancel(ctx context.Context, id id.Of[Job]) error {
	err := r.change(ctx, id, `UPDATE job SET state = $4, ended = $5, holder = '', reason = $6, error = $7
		WHERE id = $1 AND state IN ($2, $3)`, Waiting, Running, Failed, r.now(), errCancelled.Text, errCancelled.Code)
	if err != nil {
		return err
	}
	db.AfterCommit(ctx, func() { // in another process its next heartbeat notices
		r.mu.Lock()
		defer r.mu.Unlock()
		if cancel, ok := r.running[id]; ok {
			cancel(ErrLost)
		}
	})
	return nil
}

// Discard forgets a job that waits or was given up.
func (r *Runner) Discard(ctx context.Context, id id.Of[Job]) error {
	return r.change(ctx, id, `DELETE FROM job WHERE id = $1 AND state IN ($2, $3)`, Waiting, Failed)
}

func (r *Runner) change(ctx context.Context, id id.Of[Job], q string, args ...any) error {
	j, err := r.Get(ctx, id)
	if err != nil {
		return err
	}
	n, err := r.db.Exec(ctx, q, append([]any{id}, args...)...)
	if err == nil && n == 0 {
		err = ErrState
	}
	if err != nil {
		return err
	}
	db.AfterCommit(ctx, func() { r.nudge(j.Topic) })
	return nil
}
