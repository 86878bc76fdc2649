package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

const roundColumns = `id, office, path, title, period, state, commitment, seed, list, cases, percent, least, method, author, name, at, frozen, drawn, notice, training`

func scanRound(r db.Row) (x Round, err error) {
	var p string
	err = r.Scan(&x.ID, &x.Office, &x.Path, &x.Title, &p, &x.State, &x.Commitment, &x.Seed, &x.List, &x.Cases, &x.Share.Percent, &x.Share.Min, &x.Method,
		&x.Author, &x.Name, &x.At, &x.Frozen, &x.Drawn, &x.Notice, &x.Training)
	if err == nil {
		x.Period, err = period.Parse(p)
	}
	return x, err
}

func (s store) putRound(ctx context.Context, x Round) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_round (`+roundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		x.ID, x.Office, x.Path, x.Title, x.Period.String(), x.State, x.Commitment, x.Seed, x.List, x.Cases, x.Share.Percent, x.Share.Min, x.Method,
		x.Author, x.Name, x.At, x.Frozen, x.Drawn, x.Notice, x.Training)
	return err
}

// moveRound writes what changes of a round that is in state was.
func (s store) moveRound(ctx context.Context, x Round, was RoundState) error {
	n, err := s.db.Exec(ctx, `UPDATE quality_round SET state = $1, list = $2, cases = $3, frozen = $4, drawn = $5, notice = $6, training = $7 WHERE id = $8 AND state = $9`,
		x.State, x.List, x.Cases, x.Frozen, x.Drawn, x.Notice, x.Training, x.ID, was)
	if err == nil && n != 1 {
		err = ErrRoundIn
	}
	return err
}

func (s store) round(ctx context.Context, id RoundID) (Round, error) {
	return db.One(ctx, s.db, scanRound, `SELECT `+roundColumns+` FROM quality_round WHERE id = $1`, id)
}

func (s store) rounds(ctx context.Context, like string, after string, limit int) ([]Round, error) {
	return db.All(ctx, s.db, scanRound, `SELECT `+roundColumns+` FROM quality_round WHERE path LIKE $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3`, like, after, limit)
}

// ended returns the cases of the offices at and below a path that one of some acts ended
// in some days, each with the last of those days.
func (s store) ended(ctx context.Context, like string, kinds []string, from, to civil.Date) ([]Eligible, error) {
	return db.All(ctx, s.db, func(r db.Row) (e Eligible, err error) {
		err = r.Scan(&e.Case, &e.Number, &e.Name, &e.Office, &e.Path, &e.Key, &e.Ended)
		return
	}, `SELECT c.id, c.number, c.name, c.office, c.office_path, c.key_case, MAX(SUBSTR(a.at, 1, 10))
		FROM criminal_act_v a JOIN criminal_v c ON c.id = a.case_id
		WHERE c.office_path LIKE $1 AND a.kind IN (`+s.db.Strings("$2")+`) AND a.at >= $3 AND a.at < $4
		GROUP BY c.id, c.number, c.name, c.office, c.office_path, c.key_case ORDER BY c.id`, like, list(kinds), from, to.Add(1))
}

func (s store) putList(ctx context.Context, round RoundID, all []Eligible) error {
	rows := make([][]any, len(all))
	for i, e := range all {
		rows[i] = []any{round, e.Case, e.Who, e.Ended}
	}
	return s.db.Insert(ctx, `INSERT INTO quality_round_case (round, case_id, who, ended) VALUES`, rows)
}

// frozen is the list of a round.
func (s store) frozen(ctx context.Context, round RoundID) ([]Eligible, error) {
	return db.All(ctx, s.db, func(r db.Row) (e Eligible, err error) {
		err = r.Scan(&e.Case, &e.Who, &e.Ended, &e.Number, &e.Name, &e.Office, &e.Path, &e.Key)
		return
	}, `SELECT x.case_id, x.who, x.ended, c.number, c.name, c.office, c.office_path, c.key_case
		FROM quality_round_case x JOIN criminal_v c ON c.id = x.case_id WHERE x.round = $1 ORDER BY x.who, x.case_id`, round)
}

// caseOf finds a case by its number among the offices at and below a path.
func (s store) caseOf(ctx context.Context, like, number string) ([]Eligible, error) {
	return db.All(ctx, s.db, func(r db.Row) (e Eligible, err error) {
		err = r.Scan(&e.Case, &e.Number, &e.Name, &e.Office, &e.Path, &e.Key)
		return
	}, `SELECT id, number, name, office, office_path, key_case FROM criminal_v WHERE office_path LIKE $1 AND (number = $2 OR id = $2) LIMIT 2`, like, number)
}

const reviewColumns = `r.id, r.round, r.case_id, c.number, c.name, r.office, r.home, r.path, r.state, r.handler, r.reviewer, r.second, r.due, r.grade, r.revision, r.rev, r.body`
const reviewTables = ` FROM quality_review r JOIN criminal_v c ON c.id = r.case_id `

func scanReview(r db.Row) (x Review, err error) {
	var body string
	err = r.Scan(&x.ID, &x.Round, &x.Case, &x.Number, &x.Name, &x.Office, &x.Home, &x.Path, &x.State, &x.Handler, &x.Reviewer, &x.Second, &x.Due, &x.Grade, &x.Revision, &x.Rev, &body)
	if err == nil {
		err = json.Unmarshal([]byte(body), &x.Body)
	}
	return x, err
}

func (s store) putReview(ctx context.Context, x Review) error {
	body, err := json.Marshal(x.Body)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO quality_review (id, round, case_id, office, home, path, state, handler, reviewer, second, due, grade, revision, rev, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		x.ID, x.Round, x.Case, x.Office, x.Home, x.Path, x.State, x.Handler, x.Reviewer, x.Second, x.Due, x.Grade, x.Revision, x.Rev, string(body))
	return err
}

// setReview writes a review that nobody else changed since it was read.
func (s store) setReview(ctx context.Context, x Review) error {
	body, err := json.Marshal(x.Body)
	if err != nil {
		return err
	}
	n, err := s.db.Exec(ctx, `UPDATE quality_review SET state = $1, reviewer = $2, second = $3, due = $4, grade = $5, revision = $6, rev = rev + 1, body = $7 WHERE id = $8 AND rev = $9`,
		x.State, x.Reviewer, x.Second, x.Due, x.Grade, x.Revision, string(body), x.ID, x.Rev)
	if err == nil && n != 1 {
		err = ErrReviewRev
	}
	return err
}

func (s store) review(ctx context.Context, id ReviewID) (Review, error) {
	return db.One(ctx, s.db, scanReview, `SELECT `+reviewColumns+reviewTables+`WHERE r.id = $1`, id)
}

func (s store) reviewsOf(ctx context.Context, round RoundID) ([]Review, error) {
	return db.All(ctx, s.db, scanReview, `SELECT `+reviewColumns+reviewTables+`WHERE r.round = $1 ORDER BY c.number, r.id`, round)
}

// reviews lists those that concern somebody: who they are in them, or, for a leader, of
// the rounds of their office and of its cases (path is "" for who is none).
func (s store) reviews(ctx context.Context, who, path, words string, f ReviewFilter, limit int) ([]Review, error) {
	args := []any{who, path}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	lead := `($2 <> '' AND r.path LIKE $2)`
	where := []string{`(r.handler = $1 OR r.reviewer = $1 OR r.second = $1 OR ` + lead + ` OR ($2 <> '' AND r.home LIKE $2))`}
	switch f.Box {
	case ToReview:
		where = append(where, `((r.state = 'reviewing' AND r.reviewer = $1) OR (r.state = 'seconding' AND r.second = $1))`)
	case ToAnswer:
		where = append(where, `r.state = 'answering' AND r.handler = $1`)
	case ToDecide:
		where = append(where, `r.state IN ('chosen', 'deciding') AND `+lead)
	case ToRemedy:
		where = append(where, `r.state = 'remedying' AND (r.handler = $1 OR `+lead+`)`)
	case AllMine:
	}
	if f.State != "" {
		where = append(where, `r.state = `+arg(f.State))
	}
	if f.Grade != "" {
		where = append(where, `r.grade = `+arg(f.Grade))
	}
	if f.Round != "" {
		where = append(where, `r.round = `+arg(f.Round))
	}
	if words != "" {
		where = append(where, `(c.number = `+arg(f.Words)+` OR EXISTS (SELECT 1 FROM criminal_words_v w WHERE w.case_id = r.case_id AND w.words LIKE `+arg("%"+words+"%")+`))`)
	}
	// What has no day due comes last.
	key := `CASE WHEN r.due = '' OR r.state = 'ended' THEN '9' ELSE r.due END`
	if f.Sort == "number" {
		key = `c.number`
	}
	if after, id, ok := strings.Cut(f.After, "~"); ok {
		where = append(where, `(`+key+`, r.id) > (`+arg(after)+`, `+arg(id)+`)`)
	}
	return db.All(ctx, s.db, scanReview, `SELECT `+reviewColumns+reviewTables+`WHERE `+strings.Join(where, " AND ")+
		` ORDER BY `+key+`, r.id LIMIT `+arg(limit), args...)
}

func (s store) putStep(ctx context.Context, r Review, x Step) error {
	body, err := json.Marshal(r.Body)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO quality_review_step (review, n, verb, why, by_id, by_name, at, body)
		SELECT $1, COUNT(*) + 1, $2, $3, $4, $5, $6, $7 FROM quality_review_step WHERE review = $1`, r.ID, x.Verb, x.Why, x.By, x.Name, x.At, string(body))
	return err
}

func (s store) reviewSteps(ctx context.Context, id ReviewID) ([]Step, error) {
	return db.All(ctx, s.db, func(r db.Row) (x Step, err error) {
		err = r.Scan(&x.N, &x.Verb, &x.Why, &x.By, &x.Name, &x.At)
		return
	}, `SELECT n, verb, why, by_id, by_name, at FROM quality_review_step WHERE review = $1 ORDER BY n`, id)
}

// keepDraft keeps a sheet as it was before a saving.
func (s store) keepDraft(ctx context.Context, r Review) error {
	body, err := json.Marshal(r.Body)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO quality_review_draft (review, n, body)
		SELECT $1, COALESCE(MAX(n), 0) + 1, $2 FROM quality_review_draft WHERE review = $1`, r.ID, string(body))
	return err
}

// takeDraft takes back the last saving.
func (s store) takeDraft(ctx context.Context, id ReviewID) (b ReviewBody, err error) {
	text, err := db.One(ctx, s.db, db.Value[string], `SELECT body FROM quality_review_draft WHERE review = $1 ORDER BY n DESC LIMIT 1`, id)
	if err != nil {
		return b, err
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM quality_review_draft WHERE review = $1 AND n = (SELECT MAX(n) FROM quality_review_draft WHERE review = $1)`, id); err != nil {
		return b, err
	}
	return b, json.Unmarshal([]byte(text), &b)
}

func (s store) drafts(ctx context.Context, id ReviewID) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM quality_review_draft WHERE review = $1`, id)
}

// clearDrafts forgets savings once the sheet is handed in.
func (s store) clearDrafts(ctx context.Context, id ReviewID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM quality_review_draft WHERE review = $1`, id)
	return err
}

// staffBelow lists who works in the offices at and below a path.
func (s store) staffBelow(ctx context.Context, like string) ([]org.Staff, error) {
	return db.All(ctx, s.db, func(r db.Row) (p org.Staff, err error) {
		err = r.Scan(&p.ID, &p.Name, &p.Office, &p.Rank)
		return
	}, `SELECT p.id, p.name, p.office, p.rank FROM org_staff_v p JOIN org_office_v o ON o.id = p.office
		WHERE o.path LIKE $1 AND p.disabled = FALSE ORDER BY o.path, p.name, p.id`, like)
}

func (s store) staffName(ctx context.Context, id string) (string, error) {
	return db.One(ctx, s.db, db.Value[string], `SELECT name FROM org_staff_v WHERE id = $1`, id)
}

type selfRow struct {
	staff, name string
	at          time.Time
	body        string
}

func (s store) selfChecks(ctx context.Context, cases []string) (map[criminal.ID]map[civil.Date]selfRow, error) {
	type row struct {
		id    criminal.ID
		ended civil.Date
		selfRow
	}
	rows, err := db.All(ctx, s.db, func(r db.Row) (x row, err error) {
		err = r.Scan(&x.id, &x.ended, &x.staff, &x.name, &x.at, &x.body)
		return
	}, `SELECT case_id, ended, staff, name, at, body FROM quality_self WHERE case_id IN (`+s.db.Strings("$1")+`)`, list(cases))
	out := map[criminal.ID]map[civil.Date]selfRow{}
	for _, x := range rows {
		if out[x.id] == nil {
			out[x.id] = map[civil.Date]selfRow{}
		}
		out[x.id][x.ended] = x.selfRow
	}
	return out, err
}

func (s store) putSelf(ctx context.Context, c criminal.ID, ended civil.Date, staff, name string, at time.Time, body string) error {
	_, err := s.db.Exec(ctx, `INSERT INTO quality_self (case_id, ended, staff, name, at, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (case_id, ended) DO UPDATE SET staff = excluded.staff, name = excluded.name, at = excluded.at, body = excluded.body`, c, ended, staff, name, at, body)
	return err
}

// officeNames are the names of some offices.
func (s store) officeNames(ctx context.Context, like string) (map[auth.Office]string, error) {
	all, err := s.offices(ctx, like)
	out := map[auth.Office]string{}
	for _, o := range all {
		out[o.ID] = o.Short
		if o.Short == "" {
			out[o.ID] = o.Name
		}
	}
	return out, err
}
