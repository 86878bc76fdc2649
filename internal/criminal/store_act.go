package criminal

import (
	"context"
	"net/url"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
)

// Lists within a column are written so that an empty one costs nothing to read: five
// million acts are read every night.

func chargeText(cs []ledger.Charge) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.Article+"/"+c.Clause+"/"+c.Point)
	}
	return strings.Join(out, " ")
}

func readCharges(s string) (out []ledger.Charge) {
	for _, f := range strings.Fields(s) {
		a, rest, _ := strings.Cut(f, "/")
		c, p, _ := strings.Cut(rest, "/")
		out = append(out, ledger.Charge{Article: a, Clause: c, Point: p})
	}
	return out
}

func fieldText(m map[string]string) string {
	v := url.Values{}
	for k, x := range m {
		v.Set(k, x)
	}
	return v.Encode()
}

func readFields(s string) (map[string]string, error) {
	if s == "" {
		return nil, nil
	}
	v, err := url.ParseQuery(s)
	out := make(map[string]string, len(v))
	for k := range v {
		out[k] = v.Get(k)
	}
	return out, err
}

func partyText(ps []ledger.PartyID) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(p))
	}
	return b.String()
}

func readParties(s string) (out []ledger.PartyID) {
	for _, f := range strings.Fields(s) {
		out = append(out, ledger.PartyID(f))
	}
	return out
}

const actColumns = `a.id, a.kind, a.at, a.number, a.who, a.issuer, a.signer, a.parties, a.until_at, a.charges, a.reason, a.fields, a.note,
	a.document, a.folio, a.supersedes, a.void, a.why, a.flags, a.entered, a.author, a.office`

// scanAct reads an act, and into more what a query asks after it.
func scanAct(r db.Row, more ...any) (a ledger.Act, err error) {
	var who, ch, f, flags string
	err = r.Scan(append([]any{&a.ID, &a.Kind, &a.At, &a.Number, &a.By, &a.Issuer, &a.Signer, &who, &a.Until, &ch, &a.Reason, &f, &a.Note,
		&a.Document, &a.Folio, &a.Supersedes, &a.Void, &a.Why, &flags, &a.Entered, &a.Author, &a.Office}, more...)...)
	if err != nil {
		return a, err
	}
	a.Parties, a.Charges = readParties(who), readCharges(ch)
	if flags != "" {
		a.Flags = strings.Fields(flags)
	}
	a.Fields, err = readFields(f)
	return a, err
}

func oneAct(r db.Row) (ledger.Act, error) { return scanAct(r) }

// acts returns the ledger of a case, in the order of entry.
func (s store) acts(ctx context.Context, id ID) ([]ledger.Act, error) {
	return db.All(ctx, s.db, oneAct, `SELECT `+actColumns+` FROM criminal_act a WHERE a.case_id = $1 ORDER BY a.seq`, id)
}

const insertActs = `
	INSERT INTO criminal_act (id, case_id, seq, office, kind, at, number, who, issuer, signer, parties, until_at, charges, reason, fields, note,
	                          document, folio, supersedes, void, why, flags, entered, author, stands) VALUES`

func actRow(id ID, seq int64, o auth.Office, a ledger.Act) []any {
	return []any{a.ID, id, seq, o, a.Kind, a.At, a.Number, a.By, a.Issuer, a.Signer, partyText(a.Parties), a.Until, chargeText(a.Charges), a.Reason, fieldText(a.Fields), a.Note,
		a.Document, a.Folio, a.Supersedes, a.Void, a.Why, strings.Join(a.Flags, " "), a.Entered, a.Author, !a.Void}
}

func (s store) insertAct(ctx context.Context, id ID, seq int64, o auth.Office, a ledger.Act) error {
	return s.db.Insert(ctx, insertActs, [][]any{actRow(id, seq, o, a)})
}

// insertLedger writes all acts of a new case.
func (s store) insertLedger(ctx context.Context, id ID, o auth.Office, as []ledger.Act) error {
	var rows [][]any
	for i, a := range as {
		rows = append(rows, actRow(id, int64(i)+1, o, a))
	}
	return s.db.Insert(ctx, insertActs, rows)
}

// setStands notes whether an act stands.
func (s store) setStands(ctx context.Context, a ledger.ActID, stands bool) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal_act SET stands = $2 WHERE id = $1`, a, stands)
	return err
}

// stand keeps where a case stands, as it follows from its acts.
func (s store) stand(ctx context.Context, c Case, acts int64) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal SET stage = $2, status = $3, opened = $4, class = $5, acts = $6 WHERE id = $1`,
		c.ID, c.Stage, c.Status, c.Opened, c.Class, acts)
	return err
}

// sameNumber returns the acts of other cases of an office that have the same number
// in the same year from the same agency.
func (s store) sameNumber(ctx context.Context, o auth.Office, not ID, kind, number, issuer, year string) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `
		SELECT COUNT(*) FROM criminal_act a
		WHERE a.office = $1 AND a.kind = $2 AND a.at >= $3 AND a.at < $4 AND a.number = $5 AND a.issuer = $6 AND a.case_id <> $7 AND a.stands = TRUE`,
		o, kind, year, year+"~", number, issuer, not)
}

// Party rows.

const partyColumns = `p.id, p.role, p.capacity, p.entity, p.name, p.born, p.died, p.id_number, p.particulars`

func scanParty(r db.Row) (p Person, err error) {
	var more string
	if err = r.Scan(&p.ID, &p.Role, &p.Capacity, &p.Entity, &p.Name, &p.Born, &p.Died, &p.IDNumber, &more); err != nil {
		return p, err
	}
	p.More, err = readFields(more)
	return p, err
}

func (s store) party(ctx context.Context, id ID, p ledger.PartyID) (Person, error) {
	return db.One(ctx, s.db, scanParty, `SELECT `+partyColumns+` FROM criminal_person p WHERE p.case_id = $1 AND p.id = $2`, id, p)
}

// insertParty puts a person after those that are there.
func (s store) insertParty(ctx context.Context, id ID, p Person) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO criminal_person (case_id, place, id, role, capacity, entity, name, born, died, id_number, sort, particulars)
		VALUES ($1, (SELECT COALESCE(MAX(place), -1) + 1 FROM criminal_person WHERE case_id = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id, p.ID, p.Role, p.Capacity, p.Entity, p.Name, p.Born, p.Died, p.IDNumber, p.sort(), fieldText(p.More))
	return err
}

// insertParties writes the people of a new case.
func (s store) insertParties(ctx context.Context, id ID, ps []Person) error {
	var rows [][]any
	for i, p := range ps {
		rows = append(rows, []any{id, i, p.ID, p.Role, p.Capacity, p.Entity, p.Name, p.Born, p.Died, p.IDNumber, p.sort(), fieldText(p.More)})
	}
	return s.db.Insert(ctx, `INSERT INTO criminal_person (case_id, place, id, role, capacity, entity, name, born, died, id_number, sort, particulars) VALUES`, rows)
}

func (s store) updateParty(ctx context.Context, id ID, p Person) error {
	_, err := s.db.Exec(ctx, `
		UPDATE criminal_person
		SET role = $3, capacity = $4, entity = $5, name = $6, born = $7, died = $8, id_number = $9, sort = $10, particulars = $11
		WHERE case_id = $1 AND id = $2`,
		id, p.ID, p.Role, p.Capacity, p.Entity, p.Name, p.Born, p.Died, p.IDNumber, p.sort(), fieldText(p.More))
	return err
}

func (s store) removeParty(ctx context.Context, id ID, p ledger.PartyID) error {
	_, err := s.db.Exec(ctx, `DELETE FROM criminal_person WHERE case_id = $1 AND id = $2`, id, p)
	return err
}

func scanSame(r db.Row) (x Same, err error) {
	err = r.Scan(&x.Person.ID, &x.Person.Role, &x.Person.Name, &x.Person.Born, &x.Person.IDNumber, &x.Case, &x.Number, &x.CaseName)
	return
}

// same returns the people of cases scope may see who seem to be p: of one number, or
// of one name and a day of birth that does not contradict.
func (s store) same(ctx context.Context, scope []string, not ID, p Person) ([]Same, error) {
	in, out := sides(scope)
	year := p.Born
	if len(year) > 4 {
		year = year[:4]
	}
	return db.All(ctx, s.db, scanSame, `
		SELECT p.id, p.role, p.name, p.born, p.id_number, c.id, c.number, c.name
		FROM criminal_person p JOIN criminal c ON c.id = p.case_id
		WHERE `+s.walked()+` AND c.id <> $3
		  AND (p.id_number = $4 AND $4 <> '' OR p.sort = $5 AND (p.born = '' OR $6 = '' OR SUBSTR(p.born, 1, 4) = $6))
		ORDER BY c.id DESC LIMIT 20`, in, out, not, p.IDNumber, p.sort(), year)
}

// Aliases.

func scanAlias(r db.Row) (a Alias, err error) { err = r.Scan(&a.Code, &a.Whose); return }

func (s store) aliases(ctx context.Context, id ID) ([]Alias, error) {
	return db.All(ctx, s.db, scanAlias, `SELECT code, whose FROM criminal_alias WHERE case_id = $1 ORDER BY whose, code`, id)
}

func (s store) setAliases(ctx context.Context, id ID, as []Alias) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM criminal_alias WHERE case_id = $1`, id); err != nil {
		return err
	}
	var rows [][]any
	for _, a := range as {
		rows = append(rows, []any{id, a.Code, a.Whose})
	}
	return s.db.Insert(ctx, `INSERT INTO criminal_alias (case_id, code, whose) VALUES`, rows)
}

func (s store) setWords(ctx context.Context, id ID, words string) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal SET words = $2 WHERE id = $1`, id, words)
	return err
}

// Numbers.

// next takes the next number of a book. The row is held until the transaction ends,
// so that a number is given if and only if what it numbers is kept.
func (s store) next(ctx context.Context, o auth.Office, book string, year int) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `
		INSERT INTO criminal_book (office, book, year, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (office, book, year) DO UPDATE SET last = criminal_book.last + 1
		RETURNING last`, o, book, year)
}

func (s store) openBook(ctx context.Context, o auth.Office, book string, year int, last int64) error {
	_, err := s.db.Exec(ctx, `INSERT INTO criminal_book (office, book, year, last) VALUES ($1, $2, $3, $4)`, o, book, year, last)
	return err
}

func (s store) insertNumber(ctx context.Context, o auth.Office, book string, year int, n int64, a ledger.ActID, c ID, t time.Time, author string) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO criminal_number (office, book, year, n, act, case_id, issued, author, void) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')`,
		o, book, year, n, a, c, t, author)
	return err
}

func (s store) voidNumber(ctx context.Context, a ledger.ActID, why string) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal_number SET void = $2 WHERE act = $1`, a, why)
	return err
}

// passNumber gives the number of a corrected act to the act that stands for it.
func (s store) passNumber(ctx context.Context, from, to ledger.ActID) error {
	_, err := s.db.Exec(ctx, `UPDATE criminal_number SET act = $2 WHERE act = $1`, from, to)
	return err
}

func scanBook(r db.Row) (b Book, err error) {
	err = r.Scan(&b.Office, &b.Code, &b.Year, &b.Last)
	return
}

func (s store) books(ctx context.Context, o auth.Office) ([]Book, error) {
	return db.All(ctx, s.db, scanBook, `SELECT office, book, year, last FROM criminal_book WHERE office = $1 ORDER BY year DESC, book`, o)
}

func scanNumber(r db.Row) (n Number, err error) {
	err = r.Scan(&n.N, &n.Act, &n.Case, &n.CaseNumber, &n.Kind, &n.At, &n.Issued, &n.Author, &n.Void)
	return
}

func (s store) numbers(ctx context.Context, o auth.Office, book string, year int, before int64, limit int) ([]Number, error) {
	return db.All(ctx, s.db, scanNumber, `
		SELECT n.n, n.act, n.case_id, COALESCE(c.number, ''), COALESCE(a.kind, ''), COALESCE(a.at, ''), n.issued, n.author, n.void
		FROM criminal_number n
		LEFT JOIN criminal_act a ON a.id = n.act
		LEFT JOIN criminal c ON c.id = n.case_id
		WHERE n.office = $1 AND n.book = $2 AND n.year = $3 AND ($4 = 0 OR n.n < $4)
		ORDER BY n.n DESC LIMIT $5`, o, book, year, before, limit)
}

// Proposals.

const proposalColumns = `id, case_id, dossier, document, folio, paper, title, kind, number, at, issuer, signer, names, charges, state, act, made`

func scanProposal(r db.Row) (p Proposal, err error) {
	var names, ch string
	err = r.Scan(&p.ID, &p.Case, &p.Dossier, &p.Document, &p.Folio, &p.Paper, &p.Title, &p.Kind, &p.Number, &p.At, &p.Issuer, &p.Signer, &names, &ch, &p.State, &p.Act, &p.Made)
	if names != "" {
		p.Names = strings.Split(names, "\n")
	}
	p.Charges = readCharges(ch)
	return p, err
}

// propose keeps a proposal; one that stands for the same paper and was not answered
// gives way.
func (s store) propose(ctx context.Context, p Proposal) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO criminal_proposal (`+proposalColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (document) DO UPDATE
		SET case_id = EXCLUDED.case_id, dossier = EXCLUDED.dossier, folio = EXCLUDED.folio, paper = EXCLUDED.paper, title = EXCLUDED.title, kind = EXCLUDED.kind, number = EXCLUDED.number,
		    at = EXCLUDED.at, issuer = EXCLUDED.issuer, signer = EXCLUDED.signer, names = EXCLUDED.names, charges = EXCLUDED.charges, made = EXCLUDED.made
		WHERE criminal_proposal.state = 'open'`,
		p.ID, p.Case, p.Dossier, p.Document, p.Folio, p.Paper, p.Title, p.Kind, p.Number, p.At, p.Issuer, p.Signer, strings.Join(p.Names, "\n"), chargeText(p.Charges), p.State, p.Act, p.Made)
	return err
}

func (s store) proposals(ctx context.Context, id ID) ([]Proposal, error) {
	return db.All(ctx, s.db, scanProposal, `SELECT `+proposalColumns+` FROM criminal_proposal WHERE case_id = $1 AND state = 'open' ORDER BY at, id`, id)
}

func scanPending(r db.Row) (p Pending, err error) {
	err = r.Scan(&p.Case, &p.Number, &p.Name, &p.Count)
	return
}

func (s store) pending(ctx context.Context, staff string) ([]Pending, error) {
	return db.All(ctx, s.db, scanPending, `
		SELECT c.id, c.number, c.name, COUNT(*)
		FROM criminal_proposal p JOIN criminal c ON c.id = p.case_id
		WHERE p.state = 'open' AND EXISTS (SELECT 1 FROM criminal_assignment a WHERE a.case_id = c.id AND a.staff = $1 AND a.valid_to = '')
		GROUP BY c.id, c.number, c.name ORDER BY MIN(p.made) LIMIT 50`, staff)
}

func (s store) proposal(ctx context.Context, id ProposalID) (Proposal, error) {
	return db.One(ctx, s.db, scanProposal, `SELECT `+proposalColumns+` FROM criminal_proposal WHERE id = $1`, id)
}

func (s store) answer(ctx context.Context, id ProposalID, state ProposalState, a ledger.ActID) (int64, error) {
	return s.db.Exec(ctx, `UPDATE criminal_proposal SET state = $2, act = $3 WHERE id = $1 AND state = 'open'`, id, state, a)
}

// foliate fills in the folio of a paper where it was not known.
func (s store) foliate(ctx context.Context, document string, folio int) error {
	if _, err := s.db.Exec(ctx, `UPDATE criminal_proposal SET folio = $2 WHERE document = $1 AND folio = 0`, document, folio); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `UPDATE criminal_act SET folio = $2 WHERE document = $1 AND folio = 0`, document, folio)
	return err
}

// Everything, for the nightly computation.

type headRow struct {
	Head
	acts int64
}

func scanHead(r db.Row) (h headRow, err error) {
	err = r.Scan(&h.ID, &h.Number, &h.Name, &h.Office, &h.Path, &h.Stage, &h.Status, &h.Secrecy, &h.acts)
	return
}

const headColumns = `c.id, c.number, c.name, c.office, c.office_path, c.stage, c.status, c.secrecy, c.acts`

func (s store) head(ctx context.Context, id ID) (headRow, error) {
	return db.One(ctx, s.db, scanHead, `SELECT `+headColumns+` FROM criminal c WHERE c.id = $1`, id)
}

func (s store) heads(ctx context.Context, from, to ID, limit int) ([]headRow, error) {
	return db.All(ctx, s.db, scanHead, `SELECT `+headColumns+` FROM criminal c WHERE c.id > $1 AND ($2 = '' OR c.id <= $2) ORDER BY c.id LIMIT $3`, from, to, limit)
}

type actOf struct {
	ledger.Act
	of ID
}

func scanActOf(r db.Row) (a actOf, err error) {
	a.Act, err = scanAct(r, &a.of)
	return
}

func (s store) actsOf(ctx context.Context, from, to ID) ([]actOf, error) {
	return db.All(ctx, s.db, scanActOf, `SELECT `+actColumns+`, a.case_id FROM criminal_act a WHERE a.case_id >= $1 AND a.case_id <= $2 ORDER BY a.case_id, a.seq`, from, to)
}

type partyOf struct {
	ledger.Party
	of ID
}

func scanPartyOf(r db.Row) (p partyOf, err error) {
	var more string
	if err = r.Scan(&p.of, &p.ID, &p.Role, &p.Capacity, &p.Entity, &p.Name, &p.Born, &p.Died, &more); err == nil {
		var fields map[string]string
		fields, err = readFields(more)
		p.Sex = fields["sex"]
	}
	return p, err
}

func (s store) partiesOf(ctx context.Context, from, to ID) ([]partyOf, error) {
	return db.All(ctx, s.db, scanPartyOf, `SELECT p.case_id, p.id, p.role, p.capacity, p.entity, p.name, p.born, p.died, p.particulars FROM criminal_person p WHERE p.case_id >= $1 AND p.case_id <= $2 ORDER BY p.case_id, p.place`, from, to)
}

type assignedOf struct {
	Assignment
	of ID
}

func scanAssignedOf(r db.Row) (a assignedOf, err error) {
	err = r.Scan(&a.of, &a.Staff, &a.Task, &a.From)
	return
}

func (s store) assignedOf(ctx context.Context, from, to ID) ([]assignedOf, error) {
	return db.All(ctx, s.db, scanAssignedOf, `SELECT a.case_id, a.staff, a.task, a.valid_from FROM criminal_assignment a WHERE a.case_id >= $1 AND a.case_id <= $2 AND a.valid_to = '' ORDER BY a.case_id, a.id`, from, to)
}
