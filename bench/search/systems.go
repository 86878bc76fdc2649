package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/search/query"

	"congminh/internal/kit/db"
	"congminh/internal/kit/search"
	"congminh/internal/kit/vn"
)

const shown = 20

func open(ctx context.Context, name, path, pg string, n int) (s system, fresh bool, err error) {
	_, err = os.Stat(path)
	fresh = errors.Is(err, fs.ErrNotExist)
	switch name {
	case "ours/sqlite":
		d, err := db.Open(ctx, "sqlite:"+path)
		return &ours{d: d, path: path}, fresh, err
	case "plain/sqlite":
		d, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
		return &plainSQLite{d, path}, fresh, err
	case "ours/postgres", "plain/postgres":
		schema := fmt.Sprintf("bench_%s_%d", strings.TrimSuffix(name, "/postgres"), n)
		root, err := sql.Open("pgx", pg)
		if err != nil {
			return nil, false, err
		}
		defer root.Close()
		var there int
		if err := root.QueryRowContext(ctx, `SELECT count(*) FROM pg_namespace WHERE nspname = $1`, schema).Scan(&there); err != nil {
			return nil, false, err
		}
		if _, err := root.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+schema); err != nil {
			return nil, false, err
		}
		sep := "?"
		if strings.Contains(pg, "?") {
			sep = "&"
		}
		url := pg + sep + "application_name=" + schema + "&search_path=" + schema
		if name == "ours/postgres" {
			d, err := db.Open(ctx, url)
			return &ours{d: d}, there == 0, err
		}
		d, err := sql.Open("pgx", url)
		return &plainPostgres{d}, there == 0, err
	case "bleve":
		b := &bleveIndex{path: path}
		if !fresh {
			b.ix, err = bleve.Open(path)
			return b, false, err
		}
		return b, true, nil
	}
	return nil, false, fmt.Errorf("no such system")
}

// ours is the index of this program.
type ours struct {
	d    *db.DB
	path string
}

func (s *ours) build(ctx context.Context, c *corpus, n int) error {
	ix := search.New(s.d)
	if err := ix.Migrate(ctx); err != nil {
		return err
	}
	err := ix.Rebuild(ctx, pages(c, n))
	if err == nil && s.d.Postgres() {
		_, err = s.d.Exec(ctx, `VACUUM search_page`) // as autovacuum would
	}
	return err
}

func pages(c *corpus, n int) iter.Seq2[search.Doc, error] {
	return func(yield func(search.Doc, error) bool) {
		for i := range n {
			d := search.Doc{Key: fmt.Sprintf("0198c0de-0000-7000-8000-%012x", i), Text: c.page(i),
				Tags: []string{"all", fmt.Sprintf("o:%d", i/perCase%20), caseOf(i), fmt.Sprintf("m:%d", i/20000)}}
			if !yield(d, nil) {
				return
			}
		}
	}
}

func (s *ours) size(ctx context.Context) (int64, error) {
	if s.d.Postgres() {
		return db.One(ctx, s.d, db.Value[int64], `SELECT pg_total_relation_size('search_page')`)
	}
	return fileSize(s.path)
}

func (s *ours) ask(ctx context.Context, q question) (int, error) {
	ask := search.Query{Text: strings.Join(q.words, " "), Scope: []string{"all"}, Limit: shown}
	switch q.class {
	case "phrase":
		ask.Text = `"` + ask.Text + `"`
	case "prefix":
		ask.Text += "*"
	case "case":
		ask.Must = [][]string{{q.caseID}}
	}
	f, err := search.New(s.d).Find(ctx, ask)
	return len(f.Hits), err
}

func (s *ours) backends(ctx context.Context) ([]int, error) {
	if !s.d.Postgres() {
		return nil, nil
	}
	return db.All(ctx, s.d, db.Value[int], backends)
}

// A connection is told by the schema it works in.
const backends = `SELECT pid FROM pg_stat_activity WHERE application_name = current_setting('application_name')`

func (s *ours) close() error { return s.d.Close() }

// plainSQLite is one FTS5 table, ranked by bm25.
type plainSQLite struct {
	d    *sql.DB
	path string
}

func (s *plainSQLite) build(ctx context.Context, c *corpus, n int) error {
	_, err := s.d.ExecContext(ctx, `CREATE VIRTUAL TABLE plain USING fts5(text, content='', tokenize='unicode61 remove_diacritics 2')`)
	for at := 0; err == nil && at < n; at += 500 {
		var tx *sql.Tx
		if tx, err = s.d.BeginTx(ctx, nil); err != nil {
			break
		}
		for i := at; err == nil && i < min(at+500, n); i++ {
			_, err = tx.ExecContext(ctx, `INSERT INTO plain (rowid, text) VALUES ($1, $2)`, i+1, vn.Fold(c.page(i))+" "+caseOf(i))
		}
		if err == nil {
			err = tx.Commit()
		}
	}
	if err == nil {
		_, err = s.d.ExecContext(ctx, `INSERT INTO plain (plain) VALUES ('optimize')`)
	}
	return err
}

func (s *plainSQLite) size(context.Context) (int64, error) { return fileSize(s.path) }

func (s *plainSQLite) ask(ctx context.Context, q question) (int, error) {
	m := `"` + strings.Join(q.fold(), `" AND "`) + `"`
	switch q.class {
	case "phrase":
		m = `"` + strings.Join(q.fold(), " ") + `"`
	case "prefix":
		m += "*"
	case "case":
		m += " AND " + q.caseID
	}
	return count(s.d.QueryContext(ctx, `SELECT rowid FROM plain WHERE plain MATCH $1 ORDER BY rank LIMIT $2`, m, shown))
}

func (s *plainSQLite) backends(context.Context) ([]int, error) { return nil, nil }

func (s *plainSQLite) close() error { return s.d.Close() }

// plainPostgres is one tsvector column under GIN, ranked by ts_rank.
type plainPostgres struct{ d *sql.DB }

func (s *plainPostgres) build(ctx context.Context, c *corpus, n int) error {
	_, err := s.d.ExecContext(ctx, `CREATE TABLE plain (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)`)
	for at := 0; err == nil && at < n; at += 500 {
		var ids []int64
		var texts []string
		for i := at; i < min(at+500, n); i++ {
			ids, texts = append(ids, int64(i+1)), append(texts, vn.Fold(c.page(i))+" "+caseOf(i))
		}
		_, err = s.d.ExecContext(ctx, `INSERT INTO plain SELECT id, to_tsvector('simple', t) FROM unnest($1::bigint[], $2::text[]) AS x (id, t)`, ids, texts)
	}
	for _, q := range []string{`CREATE INDEX ON plain USING GIN (words)`, `VACUUM ANALYZE plain`} {
		if err == nil {
			_, err = s.d.ExecContext(ctx, q)
		}
	}
	return err
}

func (s *plainPostgres) size(ctx context.Context) (n int64, err error) {
	err = s.d.QueryRowContext(ctx, `SELECT pg_total_relation_size('plain')`).Scan(&n)
	return
}

func (s *plainPostgres) ask(ctx context.Context, q question) (int, error) {
	m := "'" + strings.Join(q.fold(), "' & '") + "'"
	switch q.class {
	case "phrase":
		m = "'" + strings.Join(q.fold(), "' <-> '") + "'"
	case "prefix":
		m += ":*"
	case "case":
		m += " & " + q.caseID
	}
	return count(s.d.QueryContext(ctx, `SELECT id FROM plain WHERE words @@ $1::tsquery ORDER BY ts_rank(words, $1::tsquery) DESC LIMIT $2`, m, shown))
}

func (s *plainPostgres) backends(ctx context.Context) (pids []int, err error) {
	rows, err := s.d.QueryContext(ctx, backends)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p int
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		pids = append(pids, p)
	}
	return pids, rows.Err()
}

func (s *plainPostgres) close() error { return s.d.Close() }

func count(rows *sql.Rows, err error) (n int, _ error) {
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

// bleveIndex is bleve with its defaults and one text field.
type bleveIndex struct {
	path string
	ix   bleve.Index
}

func (s *bleveIndex) build(ctx context.Context, c *corpus, n int) error {
	m := bleve.NewIndexMapping()
	text := bleve.NewTextFieldMapping()
	text.Store, text.IncludeInAll, text.DocValues, text.Analyzer = false, false, false, "words"
	// The standard analyzer leaves out "do", "an" and "so", which are English.
	err := m.AddCustomAnalyzer("words", map[string]any{"type": custom.Name, "tokenizer": unicode.Name, "token_filters": []string{lowercase.Name}})
	if err != nil {
		return err
	}
	kase := bleve.NewKeywordFieldMapping()
	kase.Store, kase.IncludeInAll, kase.DocValues = false, false, false
	m.DefaultMapping.AddFieldMappingsAt("text", text)
	m.DefaultMapping.AddFieldMappingsAt("case", kase)
	m.DefaultMapping.Dynamic = false
	ix, err := bleve.New(s.path, m)
	if err != nil {
		return err
	}
	s.ix = ix
	for at := 0; at < n; at += 1000 {
		b := ix.NewBatch()
		for i := at; i < min(at+1000, n); i++ {
			if err := b.Index(fmt.Sprint(i), map[string]string{"text": vn.Fold(c.page(i)), "case": caseOf(i)}); err != nil {
				return err
			}
		}
		if err := ix.Batch(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *bleveIndex) size(context.Context) (total int64, err error) {
	err = filepath.WalkDir(s.path, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n, _ := fileSize(p)
			total += n
		}
		return nil
	})
	return
}

func (s *bleveIndex) ask(ctx context.Context, q question) (int, error) {
	var terms []query.Query
	for _, w := range q.fold() {
		t := bleve.NewTermQuery(w)
		t.SetField("text")
		terms = append(terms, t)
	}
	var ask query.Query = bleve.NewConjunctionQuery(terms...)
	switch q.class {
	case "word":
		ask = terms[0]
	case "phrase":
		ask = query.NewPhraseQuery(q.fold(), "text")
	case "prefix":
		p := bleve.NewPrefixQuery(q.fold()[0])
		p.SetField("text")
		ask = p
	case "case":
		t := bleve.NewTermQuery(q.caseID)
		t.SetField("case")
		ask = bleve.NewConjunctionQuery(terms[0], t)
	}
	r, err := s.ix.SearchInContext(ctx, bleve.NewSearchRequestOptions(ask, shown, 0, false))
	if err != nil {
		return 0, err
	}
	return len(r.Hits), nil
}

func (s *bleveIndex) backends(context.Context) ([]int, error) { return nil, nil }

func (s *bleveIndex) close() error {
	if s.ix == nil {
		return nil
	}
	return s.ix.Close()
}

func fileSize(path string) (int64, error) {
	i, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return i.Size(), nil
}
