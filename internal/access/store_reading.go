package access

import (
	"context"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
)

const selectReading = `SELECT id, number, office, path, case_id, title, reader, capacity, paper, kinds, received, due, state, registered, registrar, whole,
	decider, decider_name, decided_s, reason, made_s, facility, handed, forward_due FROM access_reading `

func scanReading(row db.Row) (r Reading, err error) {
	var decided, made int64
	err = row.Scan(&r.ID, &r.Number, &r.Office, &r.path, &r.Case, &r.Title, &r.Reader, &r.Capacity, &r.Paper, &r.Kinds, &r.Received, &r.Due, &r.State, &r.Registered, &r.Registrar, &r.Whole,
		&r.Decider, &r.DeciderName, &decided, &r.Reason, &made, &r.Facility, &r.Handed, &r.ForwardDue)
	if r.State == Received && r.Received == "" {
		r.State = Forwarding
	}
	r.Decided, r.Made = moment(decided), moment(made)
	return r, err
}

// kept is s as the table writes it: what is on its way is received, on no day yet.
func (s ReadingState) kept() ReadingState {
	if s == Forwarding {
		return Received
	}
	return s
}

func (s store) insertReading(ctx context.Context, r Reading) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO access_reading (id, number, office, path, case_id, title, reader, capacity, paper, kinds, received, due, state, registered, registrar, whole,
			decider, decider_name, decided_s, reason, made_s, facility, handed, forward_due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		r.ID, r.Number, r.Office, r.path, r.Case, r.Title, r.Reader, r.Capacity, r.Paper, r.Kinds, r.Received, r.Due, r.State.kept(), r.Registered, r.Registrar, r.Whole,
		r.Decider, r.DeciderName, seconds(r.Decided), r.Reason, seconds(r.Made), r.Facility, r.Handed, r.ForwardDue)
	return err
}

func (s store) saveReading(ctx context.Context, r Reading) error {
	_, err := s.db.Exec(ctx, `UPDATE access_reading SET state = $2, whole = $3, decider = $4, decider_name = $5, decided_s = $6, reason = $7, received = $8, due = $9 WHERE id = $1`,
		r.ID, r.State.kept(), r.Whole, r.Decider, r.DeciderName, seconds(r.Decided), r.Reason, r.Received, r.Due)
	return err
}

func (s store) readingDocuments(ctx context.Context, id ReadingID, ds []Document) error {
	for _, d := range ds {
		if _, err := s.db.Exec(ctx, `INSERT INTO access_reading_document (reading, document, title) VALUES ($1, $2, $3)`, id, d.ID, d.Title); err != nil {
			return err
		}
	}
	return nil
}

func (s store) reading(ctx context.Context, id ReadingID) (r Reading, err error) {
	if r, err = db.One(ctx, s.db, scanReading, selectReading+`WHERE id = $1`, id); err != nil {
		return r, err
	}
	r.Documents, err = s.documents(ctx, `SELECT document, title FROM access_reading_document WHERE reading = $1 ORDER BY title, document`, string(id))
	return r, err
}

// lockReading is reading, for the rest of the transaction.
func (s store) lockReading(ctx context.Context, id ReadingID) (Reading, error) {
	if _, err := s.db.Exec(ctx, `UPDATE access_reading SET id = id WHERE id = $1`, id); err != nil {
		return Reading{}, err
	}
	return s.reading(ctx, id)
}

func (s store) readings(ctx context.Context, o auth.Office, f ReadingFilter) ([]Reading, error) {
	return db.All(ctx, s.db, scanReading, selectReading+`WHERE office = $1 AND ($2 = '' OR state = $2 AND (state <> 'received' OR received <> '') OR $2 = 'forwarding' AND state = 'received' AND received = '') AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		o, string(f.State), f.After, f.Size()+1)
}

const selectSession = `SELECT id, reading, day, n, place, supervisor, supervisor_name, begun_s, until_s, ended_s, minutes FROM access_session `

func scanSession(row db.Row) (x Session, err error) {
	var begun, until, ended int64
	err = row.Scan(&x.ID, &x.Reading, &x.Day, &x.N, &x.Place, &x.Supervisor, &x.Name, &begun, &until, &ended, &x.Minutes)
	x.Begun, x.Until, x.Ended = moment(begun), moment(until), moment(ended)
	return x, err
}

func (s store) sessions(ctx context.Context, of ReadingID) ([]Session, error) {
	return db.All(ctx, s.db, scanSession, selectSession+`WHERE reading = $1 ORDER BY day, n`, of)
}

func (s store) session(ctx context.Context, id SessionID) (Session, error) {
	return db.One(ctx, s.db, scanSession, selectSession+`WHERE id = $1`, id)
}

func (s store) insertSession(ctx context.Context, x Session) error {
	_, err := s.db.Exec(ctx, `INSERT INTO access_session (id, reading, day, n, place, supervisor, supervisor_name, begun_s, until_s, ended_s, minutes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '')`, x.ID, x.Reading, x.Day, x.N, x.Place, x.Supervisor, x.Name, seconds(x.Begun), seconds(x.Until))
	return err
}

func (s store) endSession(ctx context.Context, id SessionID, at time.Time, minutes string) error {
	_, err := s.db.Exec(ctx, `UPDATE access_session SET ended_s = $2, minutes = $3 WHERE id = $1`, id, seconds(at), minutes)
	return err
}

// sittings counts, for a reader in a case, the sittings of a day: a second written
// request makes no third sitting.
func (s store) sittings(ctx context.Context, r Reading, day civil.Date) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `
		SELECT COUNT(*) FROM access_session x JOIN access_reading r ON r.id = x.reading
		WHERE r.case_id = $1 AND r.reader = $2 AND x.day = $3`, r.Case, r.Reader, day)
}
