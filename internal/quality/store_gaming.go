package quality

import (
	"context"
	"slices"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
)

func scanChange(r db.Row) (c Change, err error) {
	err = r.Scan(&c.Case, &c.Number, &c.CaseName, &c.Office, &c.Kind, &c.Was, &c.At, &c.Why, &c.Taken, &c.Entered, &c.Seen)
	c.Taken, c.Entered = c.Taken.UTC(), c.Entered.UTC()
	return
}

const changeColumns = `f.case_id, c.number, c.name, f.office, f.kind, SUBSTR(f.was_at, 1, 10)`

// moved lists corrections that took an act out of the period, or into it.
func (s store) moved(ctx context.Context, like string, from, to civil.Date, _ int, tags []string, limit int) ([]Change, error) {
	return db.All(ctx, s.db, scanChange, `SELECT `+changeColumns+`, SUBSTR(f.at, 1, 10), f.why, f.entered, f.entered, CASE WHEN `+s.opened("$4")+` THEN TRUE ELSE FALSE END
		FROM criminal_change_v f JOIN criminal_v c ON c.id = f.case_id
		WHERE f.void = FALSE AND f.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE $1)
			AND ((SUBSTR(f.was_at, 1, 10) BETWEEN $2 AND $3) <> (SUBSTR(f.at, 1, 10) BETWEEN $2 AND $3))
		ORDER BY f.entered DESC, f.case_id, f.seq LIMIT $5`, like, from, to, list(tags), limit)
}

// again lists acts of the period that were taken out and, within some days, entered again.
func (s store) again(ctx context.Context, like string, from, to civil.Date, within int, tags []string, limit int) ([]Change, error) {
	rows, err := db.All(ctx, s.db, scanChange, `SELECT `+changeColumns+`, SUBSTR(a.at, 1, 10), f.why, f.entered, a.entered, CASE WHEN `+s.opened("$4")+` THEN TRUE ELSE FALSE END
		FROM criminal_change_v f JOIN criminal_v c ON c.id = f.case_id
		JOIN criminal_act_v a ON a.case_id = f.case_id AND a.kind = f.was_kind AND a.seq > f.seq AND a.id <> f.id
		WHERE f.void = TRUE AND f.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE $1)
			AND SUBSTR(f.was_at, 1, 10) BETWEEN $2 AND $3
		ORDER BY f.entered DESC, f.case_id, f.seq, a.seq LIMIT $5`, like, from, to, list(tags), limit)
	return slices.DeleteFunc(rows, func(c Change) bool { return c.Entered.Sub(c.Taken) > time.Duration(within)*24*time.Hour }), err
}
