package db

import (
	"context"
	"strconv"
	"strings"
)

// How many values one statement takes. The driver of SQLite looks for each value among
// all of the statement, so many cost more than they spare; PostgreSQL is asked over a
// line, and few statements are what counts.
const (
	mostSQLite   = 75
	mostPostgres = 5000
)

// Insert writes many rows with few statements. into is the statement up to and with
// VALUES; all rows have the same number of values.
func (d *DB) Insert(ctx context.Context, into string, rows [][]any) error {
	text, size, most := "", 0, mostSQLite
	if d.postgres {
		most = mostPostgres
	}
	for len(rows) > 0 {
		width := len(rows[0])
		n := min(len(rows), max(1, most/width))
		if n != size {
			text, size = into+places(n, width), n
		}
		args := make([]any, 0, n*width)
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := d.Exec(ctx, text, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// places is ($1, $2), ($3, $4) for two rows of two values.
func places(rows, width int) string {
	var b strings.Builder
	for i := range rows {
		for j := range width {
			switch {
			case j > 0:
				b.WriteString(", ")
			case i > 0:
				b.WriteString("), (")
			default:
				b.WriteString(" (")
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i*width + j + 1))
		}
	}
	b.WriteByte(')')
	return b.String()
}
