package db

import (
	"context"
	"strconv"
	"strings"
)

// most is how many values one statement takes: half of what SQLite allows, and what
// it reads in a millisecond.
const most = 1000

// Insert writes many rows with few statements. into is the statement up to and with
// VALUES; all rows have the same number of values.
func (d *DB) Insert(ctx context.Context, into string, rows [][]any) error {
	text, size := "", 0
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
