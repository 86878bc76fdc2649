package criminal

import (
	"context"
	"embed"
	"encoding/json"
	"strings"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

//go:embed schema/*.sql
var schema embed.FS

// store is the tables of this module. All of its SQL is in the files store*.go.
type store struct{ db *db.DB }

const columns = `c.id, c.number, c.efile, c.name, c.office, c.office_path, c.stage, c.status, c.secrecy, c.key_case, c.opened, c.created, c.class, c.acts, c.parent`

func scan(r db.Row) (c Case, err error) {
	err = r.Scan(&c.ID, &c.Number, &c.EFile, &c.Name, &c.Office, &c.path, &c.Stage, &c.Status, &c.Secrecy, &c.Key, &c.Opened, &c.Created, &c.Class, &c.Acts, &c.Parent)
	return
}

// The rule of who may see a case, in two ways that mean the same; $1 and $2 are the
// sides of a scope. Whoever sees few cases picks them by their tags; whoever sees
// nearly all walks the list and asks of each. The wrong way round a list of 100,000
// cases is a hundred times slower.
func (s store) picked() string {
	return `c.id IN (SELECT t.case_id FROM criminal_tag t WHERE t.tag IN (` + s.db.Strings("$1") + `)) AND c.id NOT IN (` + s.db.Strings("$2") + `)`
}

func (s store) walked() string {
	return `EXISTS (SELECT 1 FROM criminal_tag t WHERE t.case_id = c.id AND t.tag IN (` + s.db.Strings("$1") + `)) AND c.id NOT IN (` + s.db.Strings("$2") + `)`
}

// sides cuts a scope into the tags of which a case must carry one and the cases that
// are kept out, each as a list for db.Strings.
func sides(scope []string) (in, out string) {
	var tags, cases []string
	for _, t := range scope {
		if c, ok := strings.CutPrefix(t, policy.KeptOut); ok {
			cases = append(cases, c)
		} else {
			tags = append(tags, t)
		}
	}
	return list(tags), list(cases)
}

func list(s []string) string {
	if s == nil {
		s = []string{}
	}
	b, _ := json.Marshal(s) // a list of strings always has one
	return string(b)
}

func (s store) insert(ctx context.Context, c Case) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO criminal (id, number, efile, name, office, office_path, stage, status, secrecy, key_case, opened, created, words, sort)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.ID, c.Number, c.EFile, c.Name, c.Office, c.path, c.Stage, c.Status, c.Secrecy, c.Key, c.Opened, c.Created, c.words(), vn.Fold(c.Name))
	return err
}

func (s store) update(ctx context.Context, c Case) error {
	_, err := s.db.Exec(ctx, `
		UPDATE criminal
		SET number = $2, efile = $3, name = $4, office = $5, office_path = $6, stage = $7, status = $8, secrecy = $9,
		    key_case = $10, opened = $11, words = $12, sort = $13, parent = $14
		WHERE id = $1`,
		c.ID, c.Number, c.EFile, c.Name, c.Office, c.path, c.Stage, c.Status, c.Secrecy, c.Key, c.Opened, c.words(), vn.Fold(c.Name), c.Parent)
	return err
}

// get returns a case if scope may see it.
func (s store) get(ctx context.Context, scope []string, id ID) (Case, error) {
	in, out := sides(scope)
	return db.One(ctx, s.db, scan, `SELECT `+columns+` FROM criminal c WHERE `+s.walked()+` AND c.id = $3`, in, out, id)
}

// any returns a case whoever asks.
func (s store) any(ctx context.Context, id ID) (Case, error) {
	return db.One(ctx, s.db, scan, `SELECT `+columns+` FROM criminal c WHERE c.id = $1`, id)
}

// lock keeps the row of a case until the transaction ends.
func (s store) lock(ctx context.Context, id ID) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal SET id = id WHERE id = $1`, id)
	return err
}

// orders are the ORDER BY of each Sort and what comes after the last row of a page.
var orders = map[Sort][2]string{
	Newest:   {`c.id DESC`, `c.id < $7`},
	ByOpened: {`c.opened DESC, c.id DESC`, `(c.opened, c.id) < (SELECT opened, id FROM criminal WHERE id = $7)`},
	ByName:   {`c.sort, c.id`, `(c.sort, c.id) > (SELECT sort, id FROM criminal WHERE id = $7)`},
}

// list returns the cases scope may see; most says that these are most of all.
func (s store) list(ctx context.Context, scope []string, most bool, f Filter, me string) ([]Case, error) {
	seen := s.picked()
	if most {
		seen = s.walked()
	}
	order, ok := orders[f.Sort]
	if !ok {
		order = orders[Newest]
	}
	in, out := sides(scope)
	return db.All(ctx, s.db, scan, `
		SELECT `+columns+`
		FROM criminal c
		WHERE `+seen+`
		  AND ($3 = '' OR c.words LIKE '%' || $3 || '%')
		  AND ($4 = '' OR c.stage = $4)
		  AND ($5 = '' OR c.status = $5)
		  AND ($6 = '' OR c.office = $6)
		  AND ($7 = '' OR `+order[1]+`)
		  AND ($8 = FALSE OR EXISTS (SELECT 1 FROM criminal_tag m WHERE m.case_id = c.id AND m.tag = $9))
		  AND ($10 = FALSE OR c.key_case = TRUE)
		ORDER BY `+order[0]+`
		LIMIT $11`, in, out, vn.Fold(f.Words), f.Stage, f.Status, f.Office, f.After, f.Mine, me, f.Key, f.Size()+1)
}

// persons returns the people of a case in the order they were entered.
func (s store) persons(ctx context.Context, id ID) ([]Person, error) {
	return db.All(ctx, s.db, scanParty, `SELECT `+partyColumns+` FROM criminal_person p WHERE p.case_id = $1 ORDER BY p.place`, id)
}

func scanAssignment(r db.Row) (a Assignment, err error) {
	err = r.Scan(&a.Staff, &a.Name, &a.Task, &a.From, &a.To)
	return
}

// assignments returns those that last, then those that ended.
func (s store) assignments(ctx context.Context, id ID) ([]Assignment, error) {
	return db.All(ctx, s.db, scanAssignment, `
		SELECT a.staff, p.name, a.task, a.valid_from, a.valid_to
		FROM criminal_assignment a JOIN org_staff_v p ON p.id = a.staff
		WHERE a.case_id = $1
		ORDER BY CASE WHEN a.valid_to = '' THEN 0 ELSE 1 END, a.id`, id)
}

func (s store) assign(ctx context.Context, c ID, a Assignment) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO criminal_assignment (id, case_id, staff, task, valid_from, valid_to)
		VALUES ($1, $2, $3, $4, $5, '')`, id.New[Assignment](), c, a.Staff, a.Task, a.From)
	return err
}

// unassign ends the assignments of a person; of everyone if staff is "".
func (s store) unassign(ctx context.Context, c ID, staff org.StaffID, day civil.Date) (int64, error) {
	return s.db.Exec(ctx, `
		UPDATE criminal_assignment SET valid_to = $3
		WHERE case_id = $1 AND ($2 = '' OR staff = $2) AND valid_to = ''`, c, staff, day)
}

func (s store) tags(ctx context.Context, id ID) ([]string, error) {
	return db.All(ctx, s.db, db.Value[string], `SELECT tag FROM criminal_tag WHERE case_id = $1 ORDER BY tag`, id)
}

func (s store) setTags(ctx context.Context, id ID, tags []string) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM criminal_tag WHERE case_id = $1`, id); err != nil {
		return err
	}
	var rows [][]any
	for _, t := range tags {
		rows = append(rows, []any{id, t})
	}
	return s.db.Insert(ctx, `INSERT INTO criminal_tag (case_id, tag) VALUES`, rows)
}

func (s store) byNumber(ctx context.Context, o auth.Office, number string) (ID, error) {
	return db.One(ctx, s.db, db.Value[ID], `SELECT id FROM criminal WHERE office = $1 AND number = $2`, o, number)
}
