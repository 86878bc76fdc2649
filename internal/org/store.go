package org

import (
	"context"
	"embed"
	"errors"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
)

//go:embed schema/*.sql
var schema embed.FS

// store is the tables of this module. All of its SQL is in this file.
type store struct{ db *db.DB }

// Offices

const officeColumns = `id, name, short, level, parent, path, code, valid_from, valid_to, successor, source, confidence`

func scanOffice(r db.Row) (o Office, err error) {
	err = r.Scan(&o.ID, &o.Name, &o.Short, &o.Level, &o.Parent, &o.Path, &o.Code, &o.From, &o.To, &o.Successor, &o.Source, &o.Confidence)
	return
}

// loadOffice puts in an office of the register, unless a person has changed it here.
func (s store) loadOffice(ctx context.Context, o Office) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_office (`+officeColumns+`, words)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (id) DO UPDATE SET
		  name = excluded.name, short = excluded.short, level = excluded.level, code = excluded.code,
		  valid_from = excluded.valid_from, valid_to = excluded.valid_to, successor = excluded.successor,
		  source = excluded.source, confidence = excluded.confidence, words = excluded.words
		WHERE org_office.edited = FALSE`,
		o.ID, o.Name, o.Short, o.Level, o.Parent, o.Path, o.Code, o.From, o.To, o.Successor, o.Source, o.Confidence, o.words())
	return err
}

func (s store) insertOffice(ctx context.Context, o Office) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_office (`+officeColumns+`, words, edited)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, TRUE)`,
		o.ID, o.Name, o.Short, o.Level, o.Parent, o.Path, o.Code, o.From, o.To, o.Successor, o.Source, o.Confidence, o.words())
	return err
}

func (s store) updateOffice(ctx context.Context, o Office) error {
	_, err := s.db.Exec(ctx, `
		UPDATE org_office
		SET name = $2, short = $3, code = $4, valid_from = $5, valid_to = $6, successor = $7,
		    source = $8, confidence = $9, words = $10, edited = TRUE
		WHERE id = $1`,
		o.ID, o.Name, o.Short, o.Code, o.From, o.To, o.Successor, o.Source, o.Confidence, o.words())
	return err
}

func (o Office) words() string { return vn.Fold(o.Name + " " + o.Code + " " + string(o.ID)) }

func (s store) office(ctx context.Context, id auth.Office) (Office, error) {
	return db.One(ctx, s.db, scanOffice, `SELECT `+officeColumns+` FROM org_office WHERE id = $1`, id)
}

func (s store) offices(ctx context.Context, f OfficeFilter) ([]Office, error) {
	return db.All(ctx, s.db, scanOffice, `
		SELECT `+officeColumns+`
		FROM org_office
		WHERE ($1 = '' OR words LIKE '%' || $1 || '%')
		  AND ($2 = '' OR level = $2)
		  AND ($3 = '' OR parent = $3)
		  AND ($4 = '' OR ((valid_from = '' OR valid_from <= $4) AND (valid_to = '' OR $4 <= valid_to)))
		  AND ($5 = '' OR path > (SELECT path FROM org_office WHERE id = $5))
		ORDER BY path
		LIMIT $6`, vn.Fold(f.Words), f.Level, f.Parent, f.Day, f.After, f.Size()+1)
}

// below returns the offices directly below one, in the order they were numbered.
func (s store) below(ctx context.Context, id auth.Office, day civil.Date) ([]Office, error) {
	return db.All(ctx, s.db, scanOffice, `
		SELECT `+officeColumns+`
		FROM org_office
		WHERE parent = $1
		  AND ($2 = '' OR ((valid_from = '' OR valid_from <= $2) AND (valid_to = '' OR $2 <= valid_to)))
		ORDER BY LENGTH(code), path`, id, day)
}

func (s store) reach(ctx context.Context, scope auth.Scope, day civil.Date) ([]Office, error) {
	return db.All(ctx, s.db, scanOffice, `
		SELECT `+officeColumns+`
		FROM org_office
		WHERE path LIKE $1
		  AND (valid_from = '' OR valid_from <= $2) AND (valid_to = '' OR $2 <= valid_to)
		ORDER BY parent, LENGTH(code), path
		LIMIT 1000`, scope.Like(), day)
}

func (s store) predecessors(ctx context.Context, id auth.Office) ([]Office, error) {
	return db.All(ctx, s.db, scanOffice, `
		SELECT `+officeColumns+` FROM org_office WHERE successor = $1 ORDER BY path`, id)
}

func (s store) countLevel(ctx context.Context, l Level, day civil.Date) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `
		SELECT COUNT(*) FROM org_office
		WHERE level = $1 AND (valid_from = '' OR valid_from <= $2) AND (valid_to = '' OR $2 <= valid_to)`, l, day)
}

// Staff

const staffColumns = `s.id, s.login, s.name, s.office, s.rank, s.post, s.roles, s.valid_from, s.valid_to, s.disabled, s.demo, s.created`

func scanStaff(r db.Row) (s Staff, err error) {
	var roles string
	err = r.Scan(&s.ID, &s.Login, &s.Name, &s.Office, &s.Rank, &s.Post, &roles, &s.From, &s.To, &s.Disabled, &s.Demo, &s.Created)
	s.Roles = splitRoles(roles)
	return
}

// Roles are stored ",chief,head," so that one LIKE finds whoever holds one.
func joinRoles(rs []Role) string {
	out := ","
	for _, r := range rs {
		out += string(r) + ","
	}
	return out
}

func splitRoles(s string) []Role {
	out := []Role{}
	for r := range strings.SplitSeq(s, ",") {
		if r != "" {
			out = append(out, Role(r))
		}
	}
	return out
}

func (p Staff) words() string { return vn.Fold(p.Name) + " " + p.Login }

// sort orders people as a list of names here is ordered: by given name, then
// family name. The identifier makes it a key.
func (p Staff) sort() string {
	w := strings.Fields(vn.Fold(p.Name))
	if n := len(w); n > 1 {
		w = append(w[n-1:], w[:n-1]...)
	}
	return strings.Join(w, " ") + " " + string(p.ID)
}

func (s store) insertStaff(ctx context.Context, p Staff, code string, until time.Time) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_staff (id, login, name, office, rank, post, roles, valid_from, valid_to, disabled, demo, created,
		  words, sort, password, code, code_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', $15, $16)`,
		p.ID, p.Login, p.Name, p.Office, p.Rank, p.Post, joinRoles(p.Roles), p.From, p.To, p.Disabled, p.Demo, p.Created,
		p.words(), p.sort(), code, until)
	return err
}

func (s store) updateStaff(ctx context.Context, p Staff) error {
	_, err := s.db.Exec(ctx, `
		UPDATE org_staff
		SET name = $2, office = $3, rank = $4, post = $5, roles = $6, valid_from = $7, valid_to = $8, words = $9, sort = $10
		WHERE id = $1`,
		p.ID, p.Name, p.Office, p.Rank, p.Post, joinRoles(p.Roles), p.From, p.To, p.words(), p.sort())
	return err
}

func (s store) setDisabled(ctx context.Context, id StaffID, disabled bool) error {
	_, err := s.db.Exec(ctx, `UPDATE org_staff SET disabled = $2 WHERE id = $1`, id, disabled)
	return err
}

func (s store) setCode(ctx context.Context, id StaffID, code string, until time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE org_staff SET password = '', code = $2, code_until = $3 WHERE id = $1`, id, code, until)
	return err
}

// takeCode uses up a code. It reports whether this caller was the one who did.
func (s store) takeCode(ctx context.Context, id StaffID, code string, now time.Time) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE org_staff SET code = '' WHERE id = $1 AND code = $2 AND code_until > $3`, id, code, now)
	return n == 1, err
}

func (s store) setPassword(ctx context.Context, id StaffID, hash string) error {
	_, err := s.db.Exec(ctx, `UPDATE org_staff SET password = $2, code = '' WHERE id = $1`, id, hash)
	return err
}

// rehash replaces a hash by one of the same password, unless it changed meanwhile.
func (s store) rehash(ctx context.Context, id StaffID, old, hash string) error {
	_, err := s.db.Exec(ctx, `UPDATE org_staff SET password = $3 WHERE id = $1 AND password = $2`, id, old, hash)
	return err
}

func (s store) staff(ctx context.Context, id StaffID) (Staff, error) {
	return db.One(ctx, s.db, scanStaff, `SELECT `+staffColumns+` FROM org_staff s WHERE s.id = $1`, id)
}

func (s store) staffByLogin(ctx context.Context, login string) (Staff, error) {
	return db.One(ctx, s.db, scanStaff, `SELECT `+staffColumns+` FROM org_staff s WHERE s.login = $1`, login)
}

func (s store) hasLogin(ctx context.Context, login string) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM org_staff WHERE login = $1`, login)
	return n > 0, err
}

type secret struct{ password, code string }

func scanSecret(r db.Row) (x secret, err error) {
	err = r.Scan(&x.password, &x.code)
	return
}

func (s store) secret(ctx context.Context, id StaffID) (secret, error) {
	x, err := db.One(ctx, s.db, scanSecret, `SELECT password, code FROM org_staff WHERE id = $1`, id)
	if errors.Is(err, db.ErrNone) {
		return secret{}, nil
	}
	return x, err
}

func (s store) listStaff(ctx context.Context, scope auth.Scope, f StaffFilter) ([]Staff, error) {
	return db.All(ctx, s.db, scanStaff, `
		SELECT `+staffColumns+`
		FROM org_staff s JOIN org_office o ON o.id = s.office
		WHERE o.path LIKE $1
		  AND ($2 = '' OR s.words LIKE '%' || $2 || '%')
		  AND ($3 = '' OR s.office = $3)
		  AND ($4 = '' OR s.roles LIKE '%,' || $4 || ',%')
		  AND ($5 = '' OR ($5 = 'disabled') = s.disabled)
		  AND ($6 = '' OR s.sort > (SELECT sort FROM org_staff WHERE id = $6))
		ORDER BY s.sort
		LIMIT $7`, scope.Like(), vn.Fold(f.Words), f.Office, f.Role, f.Only, f.After, f.Size()+1)
}

func (s store) colleagues(ctx context.Context, office auth.Office) ([]Staff, error) {
	return db.All(ctx, s.db, scanStaff, `
		SELECT `+staffColumns+` FROM org_staff s WHERE s.office = $1 AND s.disabled = FALSE ORDER BY s.sort LIMIT 1000`, office)
}

func (s store) countStaff(ctx context.Context, demo bool) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM org_staff WHERE demo = $1`, demo)
}

// Sessions

const sessionColumns = `id, token, staff, created, seen, address, agent, must_change, method, proved`

func scanSession(r db.Row) (x Session, err error) {
	err = r.Scan(&x.ID, &x.token, &x.Staff, &x.Created, &x.Seen, &x.Address, &x.Agent, &x.MustChange, &x.Method, &x.Proved)
	return
}

func (s store) insertSession(ctx context.Context, x Session) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_session (`+sessionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		x.ID, x.token, x.Staff, x.Created, x.Seen, x.Address, x.Agent, x.MustChange, x.Method, x.Proved)
	return err
}

func (s store) session(ctx context.Context, token string) (Session, error) {
	return db.One(ctx, s.db, scanSession, `SELECT `+sessionColumns+` FROM org_session WHERE token = $1`, token)
}

func (s store) sessions(ctx context.Context, staff StaffID) ([]Session, error) {
	return db.All(ctx, s.db, scanSession, `
		SELECT `+sessionColumns+` FROM org_session WHERE staff = $1 ORDER BY id DESC`, staff)
}

func (s store) touchSession(ctx context.Context, token string, now time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE org_session SET seen = $2 WHERE token = $1`, token, now)
	return err
}

func (s store) endSession(ctx context.Context, token string) (int64, error) {
	return s.db.Exec(ctx, `DELETE FROM org_session WHERE token = $1`, token)
}

func (s store) endSessionOf(ctx context.Context, staff StaffID, id string) (int64, error) {
	return s.db.Exec(ctx, `DELETE FROM org_session WHERE staff = $1 AND id = $2`, staff, id)
}

func (s store) endSessions(ctx context.Context, staff StaffID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_session WHERE staff = $1`, staff)
	return err
}

func (s store) sweepSessions(ctx context.Context, now time.Time) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_session WHERE created <= $1 OR seen <= $2`, now.Add(-absolute), now.Add(-idle))
	return err
}

// Failures

type failures struct {
	n    int
	last time.Time
}

func scanFailures(r db.Row) (x failures, err error) {
	err = r.Scan(&x.n, &x.last)
	return
}

// failures reads a count and keeps its row until the transaction ends, so that a
// hundred attempts at once are counted one after another.
func (s store) failures(ctx context.Context, name string, now time.Time) (failures, error) {
	return db.One(ctx, s.db, scanFailures, `
		INSERT INTO org_throttle (name, fails, last) VALUES ($1, 0, $2)
		ON CONFLICT (name) DO UPDATE SET fails = org_throttle.fails
		RETURNING fails, last`, name, now)
}

func (s store) setFailures(ctx context.Context, name string, n int, now time.Time) error {
	_, err := s.db.Exec(ctx, `UPDATE org_throttle SET fails = $2, last = $3 WHERE name = $1`, name, n, now)
	return err
}

// forgive takes back one failure, and forget all of them.
func (s store) forgive(ctx context.Context, name string) error {
	_, err := s.db.Exec(ctx, `UPDATE org_throttle SET fails = fails - 1 WHERE name = $1 AND fails > 0`, name)
	return err
}

func (s store) forget(ctx context.Context, name string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_throttle WHERE name = $1`, name)
	return err
}

func (s store) sweepFailures(ctx context.Context, now time.Time) error {
	_, err := s.db.Exec(ctx, `DELETE FROM org_throttle WHERE last <= $1`, now.Add(-forget))
	return err
}

// Events

func (s store) insertEvent(ctx context.Context, e Event) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO org_event (id, at, actor, verb, object, detail, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, e.ID, e.At, e.Actor, e.Verb, e.Object, e.Detail, e.From)
	return err
}

func scanEvent(r db.Row) (e Event, err error) {
	err = r.Scan(&e.ID, &e.At, &e.Actor, &e.Verb, &e.Object, &e.Detail, &e.From)
	return
}

func (s store) events(ctx context.Context, object string) ([]Event, error) {
	return db.All(ctx, s.db, scanEvent, `
		SELECT id, at, actor, verb, object, detail, address
		FROM org_event WHERE object = $1 ORDER BY id DESC LIMIT 50`, object)
}
