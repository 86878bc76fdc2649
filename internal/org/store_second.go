package org

import (
	"context"
	"errors"
	"time"

	"congminh/internal/kit/db"
)

// Steps

type step struct {
	staff StaffID
	data  string
}

func scanStep(r db.Row) (x step, err error) {
	err = r.Scan(&x.staff, &x.data)
	return
}

func (s store) insertStep(ctx context.Context, token, kind string, x step, ends time.Time) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_try (token, kind, staff, data, ends) VALUES ($1, $2, $3, $4, $5)`, token, kind, x.staff, x.data, ends)
	return err
}

func (s store) step(ctx context.Context, token, kind string, now time.Time) (step, error) {
	return db.One(ctx, s.db, scanStep, `
		SELECT staff, data FROM org_try WHERE token = $1 AND kind = $2 AND ends > $3`, token, kind, now)
}

// takeStep is step that no one can take again.
func (s store) takeStep(ctx context.Context, token, kind string, now time.Time) (step, error) {
	return db.One(ctx, s.db, scanStep, `
		DELETE FROM org_try WHERE token = $1 AND kind = $2 AND ends > $3 RETURNING staff, data`, token, kind, now)
}

func (s store) sweepSteps(ctx context.Context, now time.Time) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_try WHERE ends <= $1`, now)
	return err
}

// Codes

func (s store) putTOTP(ctx context.Context, staff StaffID, secret string, step int64, now time.Time) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_totp (staff, secret, step, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (staff) DO UPDATE SET secret = excluded.secret, step = excluded.step, created = excluded.created`,
		staff, secret, step, now)
	return err
}

// secrets returns the secrets of all telephones.
func (s store) secrets(ctx context.Context) ([]step, error) {
	return db.All(ctx, s.db, scanStep, `SELECT staff, secret FROM org_totp ORDER BY staff`)
}

func (s store) resealTOTP(ctx context.Context, staff StaffID, old, fresh string) error {
	_, err := s.db.Exec(ctx, `UPDATE org_totp SET secret = $3 WHERE staff = $1 AND secret = $2`, staff, old, fresh)
	return err
}

// totp returns the secret of a person, "" if there is none.
func (s store) totp(ctx context.Context, staff StaffID) (string, error) {
	x, err := db.One(ctx, s.db, db.Value[string], `SELECT secret FROM org_totp WHERE staff = $1`, staff)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return x, err
}

// takeTOTP reports whether the code of step was not used yet, nor a later one.
func (s store) takeTOTP(ctx context.Context, staff StaffID, step int64) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE org_totp SET step = $2 WHERE staff = $1 AND step < $2`, staff, step)
	return n == 1, err
}

func (s store) dropTOTP(ctx context.Context, staff StaffID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_totp WHERE staff = $1`, staff)
	return err
}

func (s store) putRecovery(ctx context.Context, staff StaffID, digests []string) error {
	if err := s.dropRecovery(ctx, staff); err != nil {
		return err
	}
	for _, d := range digests {
		if _, err := s.db.Exec(ctx, `INSERT INTO org_recovery (staff, code) VALUES ($1, $2)`, staff, d); err != nil {
			return err
		}
	}
	return nil
}

func (s store) takeRecovery(ctx context.Context, staff StaffID, digest string) (bool, error) {
	n, err := s.db.Exec(ctx, `DELETE FROM org_recovery WHERE staff = $1 AND code = $2`, staff, digest)
	return n == 1, err
}

func (s store) dropRecovery(ctx context.Context, staff StaffID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_recovery WHERE staff = $1`, staff)
	return err
}

func (s store) countRecovery(ctx context.Context, staff StaffID) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM org_recovery WHERE staff = $1`, staff)
}

// Passkeys

func scanPasskey(r db.Row) (x Passkey, err error) {
	err = r.Scan(&x.ID, &x.Name, &x.Created, &x.Used, &x.data)
	return
}

func (s store) passkeys(ctx context.Context, staff StaffID) ([]Passkey, error) {
	return db.All(ctx, s.db, scanPasskey, `
		SELECT id, name, created, used, data FROM org_passkey WHERE staff = $1 ORDER BY created, id`, staff)
}

func (s store) insertPasskey(ctx context.Context, staff StaffID, x Passkey) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_passkey (id, staff, name, data, created, used) VALUES ($1, $2, $3, $4, $5, $6)`,
		x.ID, staff, x.Name, x.data, x.Created, x.Used)
	return err
}

func (s store) usePasskey(ctx context.Context, id, data string, now time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE org_passkey SET data = $2, used = $3 WHERE id = $1`, id, data, now)
	return err
}

func (s store) dropPasskey(ctx context.Context, staff StaffID, id string) (string, error) {
	return db.One(ctx, s.db, db.Value[string], `DELETE FROM org_passkey WHERE staff = $1 AND id = $2 RETURNING name`, staff, id)
}

// dropSecond takes away whatever a person has beside a password.
func (s store) dropSecond(ctx context.Context, staff StaffID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_passkey WHERE staff = $1`, staff)
	return errors.Join(err, s.dropTOTP(ctx, staff), s.dropRecovery(ctx, staff))
}

// Sessions

// renewSession gives a session a new token after its holder proved who they are.
func (s store) renewSession(ctx context.Context, old, token, method string, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE org_session SET token = $2, method = $3, proved = $4 WHERE token = $1`, old, token, method, now)
	return n == 1, err
}

func (s store) endOtherSessions(ctx context.Context, staff StaffID, keep string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_session WHERE staff = $1 AND token <> $2`, staff, keep)
	return err
}
