package db

// Strings is the body of IN (…) for a list handed over as one argument, the JSON
// text of an array of strings: WHERE id IN (` + d.Strings("$1") + `). It is one of
// the few places where the two databases have different words.
func (d *DB) Strings(arg string) string {
	if d.postgres {
		return `SELECT json_array_elements_text(` + arg + `::json)`
	}
	return `SELECT value FROM json_each(` + arg + `)`
}
