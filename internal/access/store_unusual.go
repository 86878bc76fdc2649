package access

import (
	"context"
	"errors"
	"time"

	"congminh/internal/kit/db"
)

func (s store) watched(ctx context.Context) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `UPDATE access_watched SET n = n WHERE one = 1 RETURNING n`)
}

func (s store) setWatched(ctx context.Context, n int64) error {
	_, err := s.db.Exec(ctx, `UPDATE access_watched SET n = $1 WHERE one = 1`, n)
	return err
}

// last returns nothing of who never did anything.
func (s store) last(ctx context.Context, actor string) (l last, err error) {
	l, err = db.One(ctx, s.db, func(r db.Row) (l last, err error) {
		var at, back int64
		err = r.Scan(&at, &back, &l.days)
		l.at, l.back = moment(at), moment(back)
		return l, err
	}, `SELECT at_s, back_s, days FROM access_last WHERE actor = $1`, actor)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return l, err
}

func (s store) setLast(ctx context.Context, actor string, l last) error {
	_, err := s.db.Exec(ctx, `INSERT INTO access_last (actor, at_s, back_s, days) VALUES ($1, $2, $3, $4)
		ON CONFLICT (actor) DO UPDATE SET at_s = excluded.at_s, back_s = excluded.back_s, days = excluded.days`, actor, seconds(l.at), seconds(l.back), l.days)
	return err
}

const unusualColumns = `id, rule, rules, actor, actor_name, office, path, from_s, to_s, found, made_s, state, decided_s, decider, decider_name, reason`

func scanUnusual(r db.Row) (x Unusual, err error) {
	var from, to, made, decided int64
	err = r.Scan(&x.ID, &x.Rule, &x.Rules, &x.Actor, &x.ActorName, &x.Office, &x.path, &from, &to, &x.Found, &made, &x.State, &decided, &x.Decider, &x.DeciderName, &x.Reason)
	x.From, x.To, x.Made, x.Decided = moment(from), moment(to), moment(made), moment(decided)
	return x, err
}

// goingOn returns what was found of somebody by a rule, that nobody said anything of and
// that reaches to from.
func (s store) goingOn(ctx context.Context, actor, rule string, from time.Time) (Unusual, error) {
	return db.One(ctx, s.db, scanUnusual, `
		SELECT `+unusualColumns+` FROM access_unusual WHERE state = 'open' AND actor = $1 AND rule = $2 AND to_s >= $3 ORDER BY id DESC LIMIT 1`, actor, rule, seconds(from))
}

func (s store) putUnusual(ctx context.Context, x Unusual) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO access_unusual (`+unusualColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (id) DO UPDATE SET to_s = excluded.to_s, found = excluded.found, state = excluded.state, decided_s = excluded.decided_s,
			decider = excluded.decider, decider_name = excluded.decider_name, reason = excluded.reason`,
		x.ID, x.Rule, x.Rules, x.Actor, x.ActorName, x.Office, x.path, seconds(x.From), seconds(x.To), x.Found, seconds(x.Made), x.State, seconds(x.Decided), x.Decider, x.DeciderName, x.Reason)
	return err
}

func (s store) addLine(ctx context.Context, of UnusualID, l UnusualLine) error {
	_, err := s.db.Exec(ctx, `INSERT INTO access_unusual_line (unusual, n, at_s, verb, owner, rule, detail) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		of, l.N, seconds(l.At), l.Verb, l.owner, l.Rule, l.Detail)
	return err
}

func (s store) unusuals(ctx context.Context, like string, f UnusualFilter) ([]Unusual, error) {
	return db.All(ctx, s.db, scanUnusual, `
		SELECT `+unusualColumns+` FROM access_unusual WHERE path LIKE $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		like, string(f.State), f.After, f.Size()+1)
}

// shownLines is how many lines a page of something unusual shows; the journal has all.
const shownLines = 500

func (s store) unusual(ctx context.Context, id UnusualID) (x Unusual, err error) {
	if x, err = db.One(ctx, s.db, scanUnusual, `SELECT `+unusualColumns+` FROM access_unusual WHERE id = $1`, id); err != nil {
		return x, err
	}
	x.Lines, err = db.All(ctx, s.db, func(r db.Row) (l UnusualLine, err error) {
		var at int64
		err = r.Scan(&l.N, &at, &l.Verb, &l.owner, &l.Rule, &l.Detail)
		l.At = moment(at)
		return l, err
	}, `SELECT n, at_s, verb, owner, rule, detail FROM access_unusual_line WHERE unusual = $1 ORDER BY n LIMIT $2`, id, shownLines)
	return x, err
}
