package db_test

import (
	"testing"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// After Analyze the database knows how many rows a table has.
func TestAnalyze(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := d.Exec(ctx, `CREATE TABLE analyze_line (n BIGINT PRIMARY KEY, word TEXT NOT NULL)`); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Exec(ctx, `CREATE INDEX analyze_line_word ON analyze_line (word)`); err != nil {
			t.Fatal(err)
		}
		var rows [][]any
		for i := range 500 {
			rows = append(rows, []any{i, []string{"một", "hai"}[i%2]})
		}
		if err := d.Insert(ctx, `INSERT INTO analyze_line (n, word) VALUES`, rows); err != nil {
			t.Fatal(err)
		}
		if err := d.Analyze(ctx, "analyze_line"); err != nil {
			t.Fatal(err)
		}
		known := `SELECT stat FROM sqlite_stat1 WHERE tbl = 'analyze_line' AND idx = 'analyze_line_word'`
		want := "500 250"
		if d.Postgres() {
			known, want = `SELECT CAST(CAST(reltuples AS BIGINT) AS TEXT) FROM pg_class WHERE oid = CAST('analyze_line' AS regclass)`, "500"
		}
		if got, err := db.One(ctx, d, db.Value[string], known); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		if n, err := db.One(ctx, d, db.Value[int], `SELECT COUNT(*) FROM analyze_line WHERE word = $1`, "hai"); err != nil || n != 250 {
			t.Errorf("got %d, %v", n, err)
		}
	})
}
