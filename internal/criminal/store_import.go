package criminal

import (
	"context"
	"encoding/json"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
)

func scanImport(r db.Row) (i Import, err error) {
	var content string
	if err = r.Scan(&i.ID, &i.Office, &i.Author, &i.Made, &i.Name, &i.State, &content); err != nil {
		return i, err
	}
	return i, json.Unmarshal([]byte(content), &i.ImportContent)
}

const importColumns = `id, office, author, made, name, state, content`

func (s store) insertImport(ctx context.Context, i Import) error {
	content, err := json.Marshal(i.ImportContent)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO criminal_import (`+importColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`, i.ID, i.Office, i.Author, i.Made, i.Name, i.State, string(content))
	return err
}

func (s store) oneImport(ctx context.Context, o auth.Office, id ImportID) (Import, error) {
	return db.One(ctx, s.db, scanImport, `SELECT `+importColumns+` FROM criminal_import WHERE id = $1 AND office = $2`, id, o)
}

func (s store) imports(ctx context.Context, o auth.Office, limit int) ([]Import, error) {
	return db.All(ctx, s.db, scanImport, `SELECT `+importColumns+` FROM criminal_import WHERE office = $1 ORDER BY id DESC LIMIT $2`, o, limit)
}

// stepImport brings an import from one state to another; it tells how many it found.
func (s store) stepImport(ctx context.Context, i Import, from ImportState) (int64, error) {
	content, err := json.Marshal(i.ImportContent)
	if err != nil {
		return 0, err
	}
	return s.db.Exec(ctx, `UPDATE criminal_import SET state = $2, content = $3 WHERE id = $1 AND state = $4`, i.ID, i.State, string(content), from)
}

// insertRows writes the rows of an import that made nothing yet.
func (s store) insertRows(ctx context.Context, id ImportID, rows []ImportRow) error {
	var values [][]any
	for _, r := range rows {
		plan, err := json.Marshal(r.Plan)
		if err != nil {
			return err
		}
		values = append(values, []any{id, r.N, strings.Join(r.Cells, "\t"), r.State, string(plan), "", false, "", "", ""})
	}
	return s.db.Insert(ctx, `INSERT INTO criminal_import_row (import, n, cells, state, plan, case_id, made, person, acts, reason) VALUES`, values)
}

func (s store) dropRows(ctx context.Context, id ImportID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM criminal_import_row WHERE import = $1`, id)
	return err
}

func scanImportRow(r db.Row) (x ImportRow, err error) {
	var cells, plan, acts string
	if err = r.Scan(&x.N, &cells, &x.State, &plan, &x.Made.Case, &x.Made.New, &x.Made.Person, &acts, &x.Made.Reason); err != nil {
		return x, err
	}
	x.Cells = strings.Split(cells, "\t")
	for _, a := range strings.Fields(acts) {
		x.Made.Acts = append(x.Made.Acts, ledger.ActID(a))
	}
	return x, json.Unmarshal([]byte(plan), &x.Plan)
}

const importRowColumns = `n, cells, state, plan, case_id, made, person, acts, reason`

// importRows returns rows in their order, of one state if it is given, after n.
func (s store) importRows(ctx context.Context, id ImportID, state RowState, n int64, limit int) ([]ImportRow, error) {
	return db.All(ctx, s.db, scanImportRow, `
		SELECT `+importRowColumns+` FROM criminal_import_row WHERE import = $1 AND ($2 = '' OR state = $2) AND n > $3 ORDER BY n LIMIT $4`, id, state, n, limit)
}

// lastRows returns rows that made something, the last first, before n.
func (s store) lastRows(ctx context.Context, id ImportID, state RowState, n int64, limit int) ([]ImportRow, error) {
	return db.All(ctx, s.db, scanImportRow, `
		SELECT `+importRowColumns+` FROM criminal_import_row WHERE import = $1 AND state = $2 AND n < $3 ORDER BY n DESC LIMIT $4`, id, state, n, limit)
}

type rowCount struct {
	state RowState
	n     int
}

func scanRowCount(r db.Row) (c rowCount, err error) { err = r.Scan(&c.state, &c.n); return }

func (s store) rowCounts(ctx context.Context, id ImportID) ([]rowCount, error) {
	return db.All(ctx, s.db, scanRowCount, `SELECT state, COUNT(*) FROM criminal_import_row WHERE import = $1 GROUP BY state`, id)
}

// chooseRow takes a row in or leaves it out, if it can be chosen.
func (s store) chooseRow(ctx context.Context, id ImportID, n int64, from, to RowState) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal_import_row SET state = $4 WHERE import = $1 AND n = $2 AND state = $3`, id, n, from, to)
	return err
}

// settleRow notes what became of a row.
func (s store) settleRow(ctx context.Context, id ImportID, n int64, state RowState, m RowMade) error {
	var acts []string
	for _, a := range m.Acts {
		acts = append(acts, string(a))
	}
	_, err := s.db.Exec(ctx, `
		UPDATE criminal_import_row SET state = $3, case_id = $4, made = $5, person = $6, acts = $7, reason = $8 WHERE import = $1 AND n = $2`,
		id, n, state, m.Case, m.New, m.Person, strings.Join(acts, " "), m.Reason)
	return err
}

type numberedCase struct {
	id     ID
	number string
}

func scanNumberedCase(r db.Row) (c numberedCase, err error) { err = r.Scan(&c.id, &c.number); return }

// byNumbers returns those cases of an office that have one of the numbers.
func (s store) byNumbers(ctx context.Context, o auth.Office, numbers []string) ([]numberedCase, error) {
	list, err := json.Marshal(append([]string{}, numbers...))
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanNumberedCase, `SELECT id, number FROM criminal WHERE office = $1 AND number IN (`+s.db.Strings("$2")+`)`, o, string(list))
}

// actsIn returns the ledgers of some cases, each in the order of entry.
func (s store) actsIn(ctx context.Context, cases []ID) ([]actOf, error) {
	list, err := json.Marshal(append([]ID{}, cases...))
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanActOf, `SELECT `+actColumns+`, a.case_id FROM criminal_act a WHERE a.case_id IN (`+s.db.Strings("$1")+`) ORDER BY a.case_id, a.seq`, string(list))
}

func scanKnown(r db.Row) (x Same, err error) {
	err = r.Scan(&x.Person.Role, &x.Person.Name, &x.Person.Born, &x.Person.IDNumber, &x.Case, &x.Number, &x.CaseName)
	return
}

// known returns people of cases scope may see who have one of the numbers, or one of
// the names, folded.
func (s store) known(ctx context.Context, scope []string, numbers, names []string) ([]Same, error) {
	in, out := sides(scope)
	ns, err := json.Marshal(append([]string{}, numbers...))
	if err != nil {
		return nil, err
	}
	ss, err := json.Marshal(append([]string{}, names...))
	if err != nil {
		return nil, err
	}
	from := `
		SELECT p.role, p.name, p.born, p.id_number, c.id, c.number, c.name
		FROM criminal_person p JOIN criminal c ON c.id = p.case_id
		WHERE ` + s.walked() + ` AND `
	return db.All(ctx, s.db, scanKnown, from+`p.id_number <> '' AND p.id_number IN (`+s.db.Strings("$3")+`) UNION ALL `+from+`p.sort IN (`+s.db.Strings("$4")+`)`, in, out, string(ns), string(ss))
}
