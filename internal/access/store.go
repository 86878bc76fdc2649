package access

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/page"
)

//go:embed schema/*.sql
var schema embed.FS

type store struct{ db *db.DB }

// seconds is how the tables of this module write a moment; 0 is none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// list is texts as one argument, for db.Strings.
func list(texts []string) string {
	if texts == nil {
		texts = []string{}
	}
	b, _ := json.Marshal(texts) // strings always marshal
	return string(b)
}

var requestColumns = strings.Fields(`id batch number kind state case_id title asked seen level owner path office requester requester_name
	beneficiary beneficiary_name mode parts whole purpose basis from_s to_s made_s due_s approver approver_name decided_s reason
	second second_name seconded_s ended_s ended_name ended_why review reviewer reviewer_name review_note reviewed_s`)

var selectRequest = `SELECT ` + strings.Join(requestColumns, ", ") + ` FROM access_request `

func scanRequest(row db.Row) (r Request, err error) {
	var from, to, made, due, decided, seconded, ended, reviewed int64
	err = row.Scan(&r.ID, &r.Batch, &r.Number, &r.Kind, &r.State, &r.Case, &r.Title, &r.Key, &r.seen, &r.Level, &r.Owner, &r.path, &r.Office, &r.Requester, &r.RequesterName,
		&r.Beneficiary, &r.BeneficiaryName, &r.Mode, &r.Parts, &r.Whole, &r.Purpose, &r.Basis, &from, &to, &made, &due, &r.Approver, &r.ApproverName, &decided, &r.Reason,
		&r.Second, &r.SecondName, &seconded, &ended, &r.EndedName, &r.EndedWhy, &r.Review, &r.Reviewer, &r.ReviewerName, &r.ReviewNote, &reviewed)
	r.From, r.To, r.Made, r.Due = moment(from), moment(to), moment(made), moment(due)
	r.Decided, r.Seconded, r.Ended, r.Reviewed = moment(decided), moment(seconded), moment(ended), moment(reviewed)
	return r, err
}

func (r Request) values() []any {
	return []any{r.ID, r.Batch, r.Number, r.Kind, r.State, r.Case, r.Title, r.Key, r.seen, r.Level, r.Owner, r.path, r.Office, r.Requester, r.RequesterName,
		r.Beneficiary, r.BeneficiaryName, r.Mode, r.Parts, r.Whole, r.Purpose, r.Basis, seconds(r.From), seconds(r.To), seconds(r.Made), seconds(r.Due),
		r.Approver, r.ApproverName, seconds(r.Decided), r.Reason, r.Second, r.SecondName, seconds(r.Seconded), seconds(r.Ended), r.EndedName, r.EndedWhy,
		r.Review, r.Reviewer, r.ReviewerName, r.ReviewNote, seconds(r.Reviewed)}
}

func (s store) insert(ctx context.Context, r Request) error {
	return s.db.Insert(ctx, `INSERT INTO access_request (`+strings.Join(requestColumns, ", ")+`) VALUES`, [][]any{r.values()})
}

// save writes r as it became. What was asked for never changes.
func (s store) save(ctx context.Context, r Request) error {
	_, err := s.db.Exec(ctx, `
		UPDATE access_request SET state = $2, whole = $3, from_s = $4, to_s = $5, due_s = $6, approver = $7, approver_name = $8, decided_s = $9, reason = $10,
			second = $11, second_name = $12, seconded_s = $13, ended_s = $14, ended_name = $15, ended_why = $16,
			review = $17, reviewer = $18, reviewer_name = $19, review_note = $20, reviewed_s = $21
		WHERE id = $1`, r.ID, r.State, r.Whole, seconds(r.From), seconds(r.To), seconds(r.Due), r.Approver, r.ApproverName, seconds(r.Decided), r.Reason,
		r.Second, r.SecondName, seconds(r.Seconded), seconds(r.Ended), r.EndedName, r.EndedWhy, r.Review, r.Reviewer, r.ReviewerName, r.ReviewNote, seconds(r.Reviewed))
	return err
}

func (s store) request(ctx context.Context, id RequestID) (r Request, err error) {
	if r, err = db.One(ctx, s.db, scanRequest, selectRequest+`WHERE id = $1`, id); err != nil {
		return r, err
	}
	r.Documents, err = s.documents(ctx, `SELECT document, title FROM access_document WHERE request = $1 ORDER BY title, document`, string(id))
	return r, err
}

// lock is request, for the rest of the transaction.
func (s store) lock(ctx context.Context, id RequestID) (Request, error) {
	if _, err := s.db.Exec(ctx, `UPDATE access_request SET id = id WHERE id = $1`, id); err != nil {
		return Request{}, err
	}
	return s.request(ctx, id)
}

func (s store) documents(ctx context.Context, q, of string) ([]Document, error) {
	return db.All(ctx, s.db, func(r db.Row) (d Document, err error) {
		err = r.Scan(&d.ID, &d.Title)
		return
	}, q, of)
}

func (s store) grantDocuments(ctx context.Context, id RequestID, ds []Document) error {
	for _, d := range ds {
		if _, err := s.db.Exec(ctx, `INSERT INTO access_document (request, document, title) VALUES ($1, $2, $3)`, id, d.ID, d.Title); err != nil {
			return err
		}
	}
	return nil
}

// sight is what somebody sees of the requests.
type sight struct {
	me     string
	office auth.Office
}

// Requests that wait for an owner's first decision or review, or a second one by the
// owner or the office right above it.
const waiting = `(owner = $2 AND (state = 'submitted' OR kind = 'emergency' AND review = '')
	OR state = 'approved' AND (owner = $2 OR path LIKE '%/' || $2 || '/' || owner || '/') AND approver <> $1)
	AND requester <> $1 AND beneficiary <> $1`

func (s store) requests(ctx context.Context, to sight, f Filter, now time.Time) ([]Request, error) {
	args, where := []any{f.After, f.Size() + 1}, ``
	with := func(text string, more ...any) { where, args = text, append(args, more...) }
	switch f.Box {
	case ToDecide:
		with(strings.NewReplacer("$1", "$3", "$2", "$4").Replace(waiting), to.me, string(to.office))
	case Running:
		with(`owner = $3 AND state = 'active' AND to_s > $4`, string(to.office), seconds(now))
	case OfOffice:
		with(`owner = $3`, string(to.office))
	default:
		with(`(requester = $3 OR beneficiary = $3)`, to.me)
	}
	return db.All(ctx, s.db, scanRequest, selectRequest+`WHERE (`+where+`) AND ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2`, args...)
}

func (s store) waits(ctx context.Context, to sight) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM access_request WHERE `+waiting, to.me, string(to.office))
}

// count counts all requests there are.
func (s store) count(ctx context.Context) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM access_request`)
}

func (s store) batch(ctx context.Context, batch string) ([]Request, error) {
	return db.All(ctx, s.db, scanRequest, selectRequest+`WHERE batch = $1 ORDER BY id`, batch)
}

// open returns what of a case waits or is open, an emergency until it is reviewed.
func (s store) open(ctx context.Context, of string) ([]RequestID, error) {
	return db.All(ctx, s.db, db.Value[RequestID], `SELECT id FROM access_request
		WHERE case_id = $1 AND (state IN ('submitted', 'approved', 'active') OR kind = 'emergency' AND review = '') ORDER BY id`, of)
}

// move writes whose r is now.
func (s store) move(ctx context.Context, r Request) error {
	_, err := s.db.Exec(ctx, `UPDATE access_request SET owner = $2, path = $3, number = $4 WHERE id = $1`, r.ID, r.Owner, r.path, r.Number)
	return err
}

// over returns what ran out and is not written down as over.
func (s store) over(ctx context.Context, now time.Time) ([]RequestID, error) {
	return db.All(ctx, s.db, db.Value[RequestID], `SELECT id FROM access_request WHERE state = 'active' AND to_s <= $1 ORDER BY id LIMIT 500`, seconds(now))
}

// unreviewed counts the emergencies of somebody that nobody reviewed in time.
func (s store) unreviewed(ctx context.Context, who string, now time.Time) (int, error) {
	return db.One(ctx, s.db, db.Value[int], `SELECT COUNT(*) FROM access_request WHERE requester = $1 AND kind = 'emergency' AND review = '' AND due_s < $2`, who, seconds(now))
}

// grants returns the live rights of somebody, each with its documents.
func (s store) grants(ctx context.Context, who string, now time.Time) (out []policy.Grant, err error) {
	type row struct {
		policy.Grant
		document string
	}
	rows, err := db.All(ctx, s.db, func(r db.Row) (x row, err error) {
		var from, to int64
		var kind Kind
		err = r.Scan(&x.ID, &x.Case, &x.Mode, &from, &to, &kind, &x.document)
		x.From, x.To, x.Emergency = moment(from), moment(to), kind == Urgent
		return x, err
	}, `
		SELECT r.id, r.case_id, r.mode, r.from_s, r.to_s, r.kind, COALESCE(d.document, '')
		FROM access_request r LEFT JOIN access_document d ON d.request = r.id AND NOT r.whole
		WHERE r.beneficiary = $1 AND r.state = 'active' AND r.from_s <= $2 AND r.to_s > $2 AND (r.whole OR d.document IS NOT NULL)
		ORDER BY r.id, d.document`, who, seconds(now))
	for _, x := range rows {
		if n := len(out); n == 0 || out[n-1].ID != x.ID {
			out = append(out, x.Grant)
		}
		if x.document != "" {
			g := &out[len(out)-1]
			g.Documents = append(g.Documents, x.document)
		}
	}
	return out, err
}

// number takes the next number of a book of an office: "PKT-12/2026".
func (s store) number(ctx context.Context, o auth.Office, book string, year int) (string, error) {
	n, err := db.One(ctx, s.db, db.Value[int64], `
		INSERT INTO access_number (office, book, year, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (office, book, year) DO UPDATE SET last = access_number.last + 1 RETURNING last`, o, book, year)
	return fmt.Sprintf("%s-%d/%d", book, n, year), err
}

// cut makes a page of requests.
func cut(rows []Request, f Filter) page.Of[Request] {
	return page.Cut(rows, f.Req, func(r Request) string { return string(r.ID) })
}
