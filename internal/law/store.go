package law

import (
	"context"
	"embed"
	"time"

	"congminh/internal/kit/db"
)

//go:embed schema/*.sql
var schema embed.FS

// store is the tables of this package. All of its SQL is in this file.
type store struct{ db *db.DB }

func scanDecision(r db.Row) (d Decision, err error) {
	err = r.Scan(&d.ID, &d.Rule, &d.Version, &d.What, &d.Staff, &d.Name, &d.Made, &d.Reason, &d.Digest)
	return
}

// lock lets one transaction at a time decide.
func (s store) lock(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `UPDATE law_lock SET id = id`)
	return err
}

// decisions returns what was decided, newest first.
func (s store) decisions(ctx context.Context) ([]Decision, error) {
	return db.All(ctx, s.db, scanDecision, `
		SELECT id, rule, version, what, staff, name, made, reason, digest FROM law_decision ORDER BY id DESC`)
}

func (s store) insertDecision(ctx context.Context, d Decision) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO law_decision (id, rule, version, what, staff, name, made, reason, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.ID, d.Rule, d.Version, d.What, d.Staff, d.Name, d.Made, d.Reason, d.Digest)
	return err
}

// lastPack returns the digest of the pack that was used last; "" if none was.
func (s store) lastPack(ctx context.Context) (string, error) {
	all, err := db.All(ctx, s.db, db.Value[string], `SELECT digest FROM law_pack ORDER BY id DESC LIMIT 1`)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

func (s store) insertPack(ctx context.Context, id, digest, version string, since time.Time) error {
	_, err := s.db.Exec(ctx, `INSERT INTO law_pack (id, digest, version, since) VALUES ($1, $2, $3, $4)`, id, digest, version, since)
	return err
}
