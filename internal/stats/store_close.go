package stats

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

const closingColumns = `id, form, version, office, path, period, revision, body, digest, reason, author, name, at, due`

func scanClosing(r db.Row) (c Closing, err error) {
	var text, p string
	if err = r.Scan(&c.ID, &c.Form, &c.Version, &c.Office, &c.Path, &p, &c.Revision, &text, &c.Digest, &c.Reason, &c.Author, &c.Name, &c.At, &c.Due); err != nil {
		return c, err
	}
	if c.Period, err = period.Parse(p); err == nil {
		err = json.Unmarshal([]byte(text), &c.Body)
	}
	if sum := sha256.Sum256([]byte(text)); err == nil && hex.EncodeToString(sum[:]) != c.Digest {
		err = fmt.Errorf("closing %s is not what was closed: its text in the database was changed", c.ID)
	}
	return c, err
}

func (s store) putClosing(ctx context.Context, c Closing, text string) error {
	_, err := s.db.Exec(ctx, `INSERT INTO stats_closing (id, form, version, office, path, period, first, last, revision, body, digest, reason, author, name, at, due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		c.ID, c.Form, c.Version, c.Office, c.Path, c.Period.String(), c.Period.From, c.Period.To, c.Revision, text, c.Digest, c.Reason, c.Author, c.Name, c.At, c.Due)
	return err
}

func (s store) closing(ctx context.Context, id ClosingID) (Closing, error) {
	c, err := db.One(ctx, s.db, scanClosing, `SELECT `+closingColumns+` FROM stats_closing WHERE id = $1`, id)
	if err == nil {
		c.Signed, err = s.signatures(ctx, id)
	}
	return c, err
}

func (s store) signatures(ctx context.Context, id ClosingID) ([]Signature, error) {
	return db.All(ctx, s.db, func(r db.Row) (x Signature, err error) {
		err = r.Scan(&x.Side, &x.Staff, &x.Name, &x.Title, &x.How, &x.Document, &x.Digest, &x.At)
		return
	}, `SELECT side, staff, name, title, how, document, digest, at FROM stats_signature WHERE closing = $1 ORDER BY at, CASE side WHEN 'procuracy' THEN 0 ELSE 1 END, side`, id)
}

func (s store) putSignature(ctx context.Context, id ClosingID, x Signature) error {
	_, err := s.db.Exec(ctx, `INSERT INTO stats_signature (closing, side, staff, name, title, how, document, digest, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, x.Side, x.Staff, x.Name, x.Title, x.How, x.Document, x.Digest, x.At)
	return err
}

// lastClosing returns the last revision of a form of an office and a period, with its
// signatures.
func (s store) lastClosing(ctx context.Context, form string, o auth.Office, p string) (Closing, error) {
	c, err := db.One(ctx, s.db, scanClosing, `SELECT `+closingColumns+` FROM stats_closing WHERE form = $1 AND office = $2 AND period = $3 ORDER BY revision DESC LIMIT 1`, form, o, p)
	if err == nil {
		c.Signed, err = s.signatures(ctx, c.ID)
	}
	return c, err
}

func (s store) firstClosed(ctx context.Context, form string, o auth.Office, p string) (time.Time, error) {
	return db.One(ctx, s.db, db.Value[time.Time], `SELECT at FROM stats_closing WHERE form = $1 AND office = $2 AND period = $3 ORDER BY revision LIMIT 1`, form, o, p)
}

// closings returns the closings of an office, of one form if one is given, the newest
// first.
func (s store) closings(ctx context.Context, o auth.Office, form, after string, limit int) ([]Closing, error) {
	out, err := db.All(ctx, s.db, scanClosing, `SELECT `+closingColumns+` FROM stats_closing
		WHERE office = $1 AND ($2 = '' OR form = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`, o, form, after, limit)
	for i := range out {
		if err == nil {
			out[i].Signed, err = s.signatures(ctx, out[i].ID)
		}
	}
	return out, err
}

// children lists the offices directly below one that existed on a day.
func (s store) children(ctx context.Context, o auth.Office, day string) ([]org.Office, error) {
	return db.All(ctx, s.db, func(r db.Row) (o org.Office, err error) {
		err = r.Scan(&o.ID, &o.Name, &o.Short, &o.Level, &o.Parent, &o.Path)
		return
	}, `SELECT id, name, short, level, parent, path FROM org_office_v
		WHERE parent = $1 AND (valid_from = '' OR valid_from <= $2) AND (valid_to = '' OR valid_to >= $2) ORDER BY path`, o, day)
}
