package search

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"congminh/internal/kit/db"
)

// row is a page of the index. seq grows with age: the larger, the newer.
type row struct {
	seq    int64
	key    string
	packed []byte
	class  int
}

// store is what differs between the two databases.
type store interface {
	migrate(ctx context.Context) error
	put(ctx context.Context, pages []page) error            // each key once
	packed(ctx context.Context, key string) ([]byte, error) // nil if there is no such page
	delete(ctx context.Context, key string) error
	find(ctx context.Context, f formula, below int64, n int, packed bool) ([]row, error)
	// count counts to n, and only among the recent pages unless whole. exact: there
	// are no others.
	count(ctx context.Context, f formula, n int, whole bool) (total int, exact bool, err error)
	optimise(ctx context.Context) error
	rebuild(ctx context.Context, fill func() error) error
}

// page is a page as it is stored.
type page struct {
	key    string
	packed []byte
	terms  []string
}

func scan(r db.Row) (x row, err error) {
	err = r.Scan(&x.seq, &x.key, &x.packed)
	return
}

func packedColumn(want bool) string {
	if want {
		return "p.words"
	}
	return "NULL"
}

func one[T any](ctx context.Context, d *db.DB, q string, args ...any) (T, bool, error) {
	v, err := db.One(ctx, d, db.Value[T], q, args...)
	if errors.Is(err, db.ErrNone) {
		return v, false, nil
	}
	return v, err == nil, err
}

// sqlite keeps the terms in an FTS5 table without content and without positions:
// it answers which rows hold a term, in order of rowid, and nothing else.
type sqlite struct {
	db     *db.DB
	recent int64 // pages
}

// recent is how many of the newest pages are counted in when counting all could
// take long: as many as the windows of PostgreSQL hold.
const recent = 21 << blockBits

func (s sqlite) migrate(ctx context.Context) error {
	for _, q := range []string{
		`CREATE TABLE IF NOT EXISTS search_page (
			seq INTEGER PRIMARY KEY,
			key TEXT NOT NULL UNIQUE,
			words BLOB NOT NULL)`,
		// The ascii tokenizer takes every byte above 127 as a letter, which leaves
		// the words as they were made here.
		`CREATE VIRTUAL TABLE IF NOT EXISTS search_term USING fts5(
			terms, content='', contentless_delete=1, detail=none,
			tokenize="ascii tokenchars '_=^!'")`,
		// FTS5 reads a leaf whole wherever it lands; small ones make it land softly.
		`INSERT INTO search_term (search_term, rank) VALUES ('pgsz', 1000)`,
	} {
		if _, err := s.db.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (s sqlite) put(ctx context.Context, pages []page) error {
	// Two loops: FTS5 gathers what is added and writes it in one go, but every
	// statement on another table makes it write at once.
	seqs := make([]int64, len(pages))
	for i, p := range pages {
		var err error
		seqs[i], err = db.One(ctx, s.db, db.Value[int64], `INSERT INTO search_page (key, words) VALUES ($1, $2)
			ON CONFLICT (key) DO UPDATE SET words = excluded.words
			RETURNING seq`, p.key, p.packed)
		if err != nil {
			return fmt.Errorf("%s: %w", p.key, err)
		}
	}
	for i, p := range pages {
		_, err := s.db.Exec(ctx, `INSERT OR REPLACE INTO search_term (rowid, terms) VALUES ($1, $2)`, seqs[i], strings.Join(p.terms, " "))
		if err != nil {
			return fmt.Errorf("%s: %w", p.key, err)
		}
	}
	return nil
}

func (s sqlite) packed(ctx context.Context, key string) ([]byte, error) {
	b, _, err := one[[]byte](ctx, s.db, `SELECT words FROM search_page WHERE key = $1`, key)
	return b, err
}

func (s sqlite) delete(ctx context.Context, key string) error {
	seq, ok, err := one[int64](ctx, s.db, `DELETE FROM search_page WHERE key = $1 RETURNING seq`, key)
	if err != nil || !ok {
		return err
	}
	_, err = s.db.Exec(ctx, `DELETE FROM search_term WHERE rowid = $1`, seq)
	return err
}

func (s sqlite) find(ctx context.Context, f formula, below int64, n int, packed bool) ([]row, error) {
	return db.All(ctx, s.db, scan, `SELECT p.seq, p.key, `+packedColumn(packed)+`
		FROM search_term AS t
		CROSS JOIN search_page AS p ON p.seq = t.rowid
		WHERE t.search_term MATCH $1 AND t.rowid < $2
		ORDER BY t.rowid DESC
		LIMIT $3`, f.fts5(), below, n)
}

func (s sqlite) count(ctx context.Context, f formula, n int, whole bool) (total int, exact bool, err error) {
	above := int64(0)
	if !whole {
		top, err := db.One(ctx, s.db, db.Value[int64], `SELECT COALESCE(max(seq), 0) FROM search_page`)
		if err != nil {
			return 0, false, err
		}
		above = max(0, top-s.recent)
	}
	total, err = db.One(ctx, s.db, db.Value[int], `SELECT count(*) FROM (
		SELECT 1 FROM search_term WHERE search_term MATCH $1 AND rowid > $2 LIMIT $3)`, f.fts5(), above, n)
	return total, above == 0 && total < n, err
}

// optimise merges the pieces of the index into one, eight megabytes at a time, so
// that others can write in between. A negative number starts, the same positive
// goes on, and a step that changes less than two rows was the last.
func (s sqlite) optimise(ctx context.Context) error {
	for step, last := -2000, false; !last; step = 2000 {
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			before, err := db.One(ctx, s.db, db.Value[int64], `SELECT total_changes()`)
			if err != nil {
				return err
			}
			if _, err := s.db.Exec(ctx, `INSERT INTO search_term (search_term, rank) VALUES ('merge', $1)`, step); err != nil {
				return err
			}
			after, err := db.One(ctx, s.db, db.Value[int64], `SELECT total_changes()`)
			last = after-before < 2
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s sqlite) rebuild(ctx context.Context, fill func() error) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		for _, q := range []string{
			`DELETE FROM search_page`,
			`INSERT INTO search_term (search_term) VALUES ('delete-all')`,
		} {
			if _, err := s.db.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = fill()
	}
	if err == nil {
		err = s.optimise(ctx)
	}
	return err
}

// postgres keeps the terms in a tsvector made here, under a GIN index.
//
// GIN finds all pages at once and in no order, so asking it for the newest of a
// third of all pages would cost as much as asking for all. Every page therefore
// also holds the number of its block of 4,096 neighbours as a term, and the index
// is asked for the newest blocks first, then for wider windows, at last for
// everything: what is common is found in the first window, what is rare costs
// little in the last.
type postgres struct {
	db        *db.DB
	blockBits int
}

const blockBits = 12

// windows is how many blocks are asked at a time; after them, all the rest.
var windows = [...]int{1, 4, 16}

func block(n int64) string { return fmt.Sprintf("#%d", n) }

// A list of pending entries would make adding cheaper and every question dearer.
const makeGIN = `CREATE INDEX IF NOT EXISTS search_page_terms ON search_page USING GIN (terms) WITH (fastupdate = off)`

func (s postgres) migrate(ctx context.Context) error {
	for _, q := range []string{
		`CREATE SEQUENCE IF NOT EXISTS search_seq`,
		// Small rows keep the bitmap of a common word exact: the long columns stand
		// elsewhere. Statistics of the terms would tempt the planner to read them.
		`CREATE TABLE IF NOT EXISTS search_page (
			seq BIGINT PRIMARY KEY,
			key TEXT NOT NULL UNIQUE,
			words BYTEA NOT NULL,
			terms TSVECTOR NOT NULL) WITH (toast_tuple_target = 128)`,
		`ALTER TABLE search_page ALTER COLUMN words SET STORAGE EXTERNAL`,
		`ALTER TABLE search_page ALTER COLUMN terms SET STATISTICS 0`,
		makeGIN,
	} {
		if _, err := s.db.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (s postgres) put(ctx context.Context, pages []page) error {
	keys, packed, terms := make([]string, len(pages)), make([][]byte, len(pages)), make([]string, len(pages))
	for i, p := range pages {
		keys[i], packed[i] = p.key, p.packed
	}
	seqs, err := db.All(ctx, s.db, db.Value[int64], `SELECT COALESCE(seq, nextval('search_seq')) FROM (
			SELECT p.seq FROM unnest($1::text[]) WITH ORDINALITY AS k (key, n)
			LEFT JOIN search_page AS p ON p.key = k.key
			ORDER BY k.n) AS x`, keys)
	if err != nil {
		return err
	}
	for i, seq := range seqs {
		terms[i] = strings.Join(append(pages[i].terms, block(seq>>s.blockBits)), " ")
	}
	_, err = s.db.Exec(ctx, `INSERT INTO search_page (seq, key, words, terms)
		SELECT seq, key, words, array_to_tsvector(string_to_array(terms, ' '))
		FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[]) AS x (seq, key, words, terms)
		ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, words = excluded.words, terms = excluded.terms`,
		seqs, keys, packed, terms)
	return err
}

func (s postgres) rebuild(ctx context.Context, fill func() error) error {
	for _, q := range []string{`TRUNCATE search_page`, `DROP INDEX IF EXISTS search_page_terms`} {
		if _, err := s.db.Exec(ctx, q); err != nil {
			return err
		}
	}
	err := fill()
	if err == nil {
		err = s.db.Tx(ctx, func(ctx context.Context) error {
			_, err := s.db.Exec(ctx, `SET LOCAL maintenance_work_mem = '512MB'`)
			if err == nil {
				_, err = s.db.Exec(ctx, makeGIN)
			}
			return err
		})
	}
	if err == nil {
		err = s.optimise(ctx)
	}
	return err
}

func (s postgres) packed(ctx context.Context, key string) ([]byte, error) {
	b, _, err := one[[]byte](ctx, s.db, `SELECT words FROM search_page WHERE key = $1`, key)
	return b, err
}

func (s postgres) delete(ctx context.Context, key string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM search_page WHERE key = $1`, key)
	return err
}

// windows calls f with formulas that together cover what is below a place, newest
// first, until f has enough.
func (s postgres) windows(ctx context.Context, q formula, below int64, f func(q formula, below int64) (enough bool, err error)) error {
	return s.recentAnd(ctx, q, below, f, f)
}

// recentAnd calls recent with each window and rest with what is older than all.
func (s postgres) recentAnd(ctx context.Context, q formula, below int64, recent, rest func(q formula, below int64) (enough bool, err error)) error {
	top, err := db.One(ctx, s.db, db.Value[int64], `SELECT COALESCE(max(seq), 0) FROM search_page`)
	if err != nil {
		return err
	}
	next := min(top, below-1) >> s.blockBits // the newest block not asked yet
	for _, n := range windows {
		var blocks []expr
		for ; n > 0 && next >= 0; n, next = n-1, next-1 {
			blocks = append(blocks, term(block(next)))
		}
		if len(blocks) == 0 {
			return nil
		}
		w := formula{concat([]expr{anyOf(blocks...)}, q.all), q.none}
		if enough, err := recent(w, below); enough || err != nil {
			return err
		}
	}
	if next < 0 {
		return nil
	}
	_, err = rest(q, min(below, (next+1)<<s.blockBits))
	return err
}

func (s postgres) find(ctx context.Context, q formula, below int64, n int, packed bool) (out []row, err error) {
	err = s.windows(ctx, q, below, func(q formula, below int64) (bool, error) {
		// seq + 0: reading the pages in order to filter them is never the better plan.
		rows, err := db.All(ctx, s.db, scan, `SELECT p.seq, p.key, `+packedColumn(packed)+`
			FROM search_page AS p
			WHERE p.terms @@ $1::tsquery AND p.seq + 0 < $2
			ORDER BY p.seq + 0 DESC
			LIMIT $3`, q.tsquery(), below, n-len(out))
		out = append(out, rows...)
		return len(out) >= n, err
	})
	return out, err
}

func (s postgres) count(ctx context.Context, q formula, n int, whole bool) (total int, exact bool, err error) {
	add := func(q formula, below int64) (bool, error) {
		k, err := db.One(ctx, s.db, db.Value[int], `SELECT count(*) FROM (
			SELECT 1 FROM search_page WHERE terms @@ $1::tsquery AND seq + 0 < $2 LIMIT $3) AS x`, q.tsquery(), below, n-total)
		total += k
		return total >= n, err
	}
	exact = true
	err = s.recentAnd(ctx, q, maxSeq, add, func(q formula, below int64) (bool, error) {
		if exact = whole; whole {
			return add(q, below)
		}
		return true, nil
	})
	return total, exact && total < n, err
}

func (s postgres) optimise(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `ANALYZE search_page`)
	return err
}
