package db_test

import (
	"fmt"
	"testing"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// Many rows arrive whole and in place, however they divide into statements.
func TestInsert(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), "many", migration(`CREATE TABLE many (a BIGINT PRIMARY KEY, b TEXT NOT NULL, c TEXT NOT NULL)`)); err != nil {
			t.Fatal(err)
		}
		var rows [][]any
		for i := range 1001 {
			rows = append(rows, []any{i, fmt.Sprint("b", i), fmt.Sprint("c", i)})
		}
		for _, part := range [][][]any{rows[:0], rows[:1], rows[1:334], rows[334:]} {
			if err := d.Insert(t.Context(), `INSERT INTO many (a, b, c) VALUES`, part); err != nil {
				t.Fatal(err)
			}
		}
		n, err := db.One(t.Context(), d, db.Value[int], `SELECT COUNT(*) FROM many WHERE b = 'b' || a AND c = 'c' || a`)
		if err != nil || n != len(rows) {
			t.Errorf("%d rows are right of %d: %v", n, len(rows), err)
		}
		if err := d.Insert(t.Context(), `INSERT INTO many (a, b, c) VALUES`, rows[5:6]); !db.IsUnique(err) {
			t.Errorf("a row twice: %v", err)
		}
	})
}
