package stats

import (
	"context"
	"errors"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/org"
)

// lastOrNone is lastClosing, nil where nothing was closed.
func (s store) lastOrNone(ctx context.Context, form string, o auth.Office, p string) (*Closing, error) {
	c, err := s.lastClosing(ctx, form, o, p)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	return &c, err
}

// revisions returns every closing of a form of an office and a period, the newest first.
func (s store) revisions(ctx context.Context, form string, o auth.Office, p string) ([]Closing, error) {
	return db.All(ctx, s.db, scanClosing, `SELECT `+closingColumns+` FROM stats_closing WHERE form = $1 AND office = $2 AND period = $3 ORDER BY revision DESC`, form, o, p)
}

// counting lists the offices that have anything to count.
func (s store) counting(ctx context.Context) ([]org.Office, error) {
	return db.All(ctx, s.db, func(r db.Row) (o org.Office, err error) {
		err = r.Scan(&o.ID, &o.Level, &o.Path)
		return
	}, `SELECT o.id, o.level, o.path FROM org_office_v o WHERE EXISTS (SELECT 1 FROM stats_day d WHERE d.office = o.id) ORDER BY o.path`)
}

// closedIn tells which forms were closed for a period: "office form".
func (s store) closedIn(ctx context.Context, p string) (map[string]bool, error) {
	rows, err := db.All(ctx, s.db, db.Value[string], `SELECT DISTINCT office || ' ' || form FROM stats_closing WHERE period = $1`, p)
	out := map[string]bool{}
	for _, x := range rows {
		out[x] = true
	}
	return out, err
}

// reminded writes that something was said, and returns 0 if it was said before.
func (s store) reminded(ctx context.Context, o auth.Office, p, how string, at time.Time) (int64, error) {
	return s.db.Exec(ctx, `INSERT INTO stats_reminder (office, period, how, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, o, p, how, at)
}

// Received is how a closing came here as a file.
type Received struct {
	Staff, Name string
	At          time.Time
	Seal        string
	Signed      string // what the file says of signatures, JSON
}

func (s store) putReceived(ctx context.Context, id ClosingID, x Received) error {
	_, err := s.db.Exec(ctx, `INSERT INTO stats_received (closing, staff, name, at, seal, signed) VALUES ($1, $2, $3, $4, $5, $6)`, id, x.Staff, x.Name, x.At, x.Seal, x.Signed)
	return err
}

// received returns how a closing came here, nil if it was closed here.
func (s store) received(ctx context.Context, id ClosingID) (*Received, error) {
	x, err := db.One(ctx, s.db, func(r db.Row) (x Received, err error) {
		err = r.Scan(&x.Staff, &x.Name, &x.At, &x.Seal, &x.Signed)
		return
	}, `SELECT staff, name, at, seal, signed FROM stats_received WHERE closing = $1`, id)
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	return &x, err
}

// isStale reports whether the facts of a case may not be right any more.
func (s store) isStale(ctx context.Context, id criminal.ID) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM stats_stale WHERE case_id = $1`, id)
	return n > 0, err
}
