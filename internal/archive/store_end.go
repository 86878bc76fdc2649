package archive

import (
	"context"

	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
)

// Rules: versions are added, never changed.

type ruleRow struct {
	Rule
	by string
}

func scanRule(r db.Row) (x ruleRow, err error) {
	err = r.Scan(&x.Code, &x.Version, &x.Years, &x.Permanent, &x.Counted, &x.Source, &x.At, &x.by, &x.ByName)
	return
}

const ruleColumns = `code, version, years, permanent, counted, source, at, by, by_name`

// rules returns every version of every rule, oldest first.
func (s store) rules(ctx context.Context) ([]ruleRow, error) {
	return db.All(ctx, s.db, scanRule, `SELECT `+ruleColumns+` FROM archive_rule ORDER BY code, version`)
}

// insertRule adds a version; it is not fresh if somebody added the same one first.
func (s store) insertRule(ctx context.Context, r Rule, by string) (fresh bool, err error) {
	n, err := s.db.Exec(ctx, `INSERT INTO archive_rule (`+ruleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (code, version) DO NOTHING`,
		r.Code, r.Version, r.Years, r.Permanent, r.Counted, r.Source, r.At, by, r.ByName)
	return n == 1, err
}

// Holds.

func scanHold(r db.Row) (h Hold, err error) {
	err = r.Scan(&h.ID, &h.Dossier, &h.Reason, &h.At, &h.ByName, &h.Lifted, &h.LiftedName, &h.LiftedWhy)
	return
}

const holdColumns = `id, dossier, reason, at, by_name, lifted, lifted_name, lifted_why`

func (s store) insertHold(ctx context.Context, h Hold, by string) error {
	_, err := s.db.Exec(ctx, `INSERT INTO archive_hold (id, dossier, reason, at, by, by_name, lifted, lifted_by, lifted_name, lifted_why) VALUES ($1, $2, $3, $4, $5, $6, NULL, '', '', '')`,
		h.ID, h.Dossier, h.Reason, h.At, by, h.ByName)
	return err
}

func (s store) hold(ctx context.Context, id HoldID) (Hold, error) {
	return db.One(ctx, s.db, scanHold, `SELECT `+holdColumns+` FROM archive_hold WHERE id = $1`, id)
}

func (s store) holds(ctx context.Context, d dossier.ID) ([]Hold, error) {
	return db.All(ctx, s.db, scanHold, `SELECT `+holdColumns+` FROM archive_hold WHERE dossier = $1 ORDER BY id`, d)
}

func (s store) lift(ctx context.Context, h Hold, by string) (bool, error) {
	n, err := s.db.Exec(ctx, `UPDATE archive_hold SET lifted = $2, lifted_by = $3, lifted_name = $4, lifted_why = $5 WHERE id = $1 AND lifted IS NULL`, h.ID, h.Lifted, by, h.LiftedName, h.LiftedWhy)
	return n == 1, err
}

// Transfers.

const transferColumns = `id, dossier, office, number, giver, giver_name, package, note, rule, until, permanent, at, by_name`

func scanTransfer(r db.Row) (t Transfer, err error) {
	err = r.Scan(&t.ID, &t.Dossier, &t.Office, &t.Number, &t.Giver, &t.GiverName, &t.Package, &t.Note, &t.Rule, &t.Until, &t.Permanent, &t.At, &t.ByName)
	return
}

func (s store) insertTransfer(ctx context.Context, t Transfer, f File, by string) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO archive_transfer (id, dossier, case_id, office, number, giver, giver_name, package, note, rule, until, permanent, at, by, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		t.ID, t.Dossier, f.Case, t.Office, t.Number, t.Giver, t.GiverName, t.Package, t.Note, t.Rule, t.Until, t.Permanent, t.At, by, t.ByName)
	return err
}

func (s store) transfer(ctx context.Context, id TransferID) (Transfer, error) {
	return db.One(ctx, s.db, scanTransfer, `SELECT `+transferColumns+` FROM archive_transfer WHERE id = $1`, id)
}

func (s store) transfers(ctx context.Context, d dossier.ID) ([]Transfer, error) {
	return db.All(ctx, s.db, scanTransfer, `SELECT `+transferColumns+` FROM archive_transfer WHERE dossier = $1 ORDER BY id`, d)
}

// Destructions.

const destructionColumns = `d.id, d.office, d.path, d.number, d.state, d.basis, d.proposed, d.proposed_by, d.proposed_name, d.decided, d.decided_by, d.decided_name, d.why,
	d.committee, d.method, d.day, d.done, d.done_name, d.proof, (SELECT COUNT(*) FROM archive_destruction_file x WHERE x.destruction = d.id)`

func scanDestruction(r db.Row) (d Destruction, err error) {
	err = r.Scan(&d.ID, &d.Office, &d.path, &d.Number, &d.State, &d.Basis, &d.Proposed, &d.ProposedBy, &d.ProposedName, &d.Decided, &d.DecidedBy, &d.DecidedName, &d.Why,
		&d.Committee, &d.Method, &d.Day, &d.Done, &d.DoneName, &d.Proof, &d.Count)
	return
}

func (s store) insertDestruction(ctx context.Context, d Destruction) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO archive_destruction (id, office, path, number, state, basis, proposed, proposed_by, proposed_name, decided, decided_by, decided_name, why, committee, method, day, done, done_by, done_name, proof)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, '', '', '', '', '', '', NULL, '', '', '')`,
		d.ID, d.Office, d.path, d.Number, d.State, d.Basis, d.Proposed, d.ProposedBy, d.ProposedName)
	if err != nil {
		return err
	}
	for _, f := range d.Files {
		if _, err := s.db.Exec(ctx, `
			INSERT INTO archive_destruction_file (destruction, dossier, case_id, case_number, case_name, title, folios, volumes, rule, rule_version, until, package)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			d.ID, f.Dossier, f.Case, f.CaseNumber, f.CaseName, f.Title, f.Folios, f.Volumes, f.Rule, f.RuleVersion, f.Until, f.Package); err != nil {
			return err
		}
	}
	return nil
}

func (s store) lockDestruction(ctx context.Context, id DestructionID) (Destruction, error) {
	if _, err := s.db.Exec(ctx, `UPDATE archive_destruction SET id = id WHERE id = $1`, id); err != nil {
		return Destruction{}, err
	}
	return s.destruction(ctx, id)
}

func (s store) destruction(ctx context.Context, id DestructionID) (d Destruction, err error) {
	if d, err = db.One(ctx, s.db, scanDestruction, `SELECT `+destructionColumns+` FROM archive_destruction d WHERE d.id = $1`, id); err != nil {
		return d, err
	}
	d.Files, err = db.All(ctx, s.db, func(r db.Row) (f DestructionFile, err error) {
		err = r.Scan(&f.Dossier, &f.Case, &f.CaseNumber, &f.CaseName, &f.Title, &f.Folios, &f.Volumes, &f.Rule, &f.RuleVersion, &f.Until, &f.Package, &f.Content)
		return
	}, `
		SELECT x.dossier, x.case_id, x.case_number, x.case_name, x.title, x.folios, x.volumes, x.rule, x.rule_version, x.until, x.package, f.content
		FROM archive_destruction_file x JOIN archive_file f ON f.dossier = x.dossier WHERE x.destruction = $1 ORDER BY x.dossier`, id)
	return d, err
}

// decide writes a yes or no. The table refuses one by who proposed.
func (s store) decide(ctx context.Context, d Destruction) error {
	_, err := s.db.Exec(ctx, `UPDATE archive_destruction SET state = $2, decided = $3, decided_by = $4, decided_name = $5, why = $6 WHERE id = $1`,
		d.ID, d.State, d.Decided, d.DecidedBy, d.DecidedName, d.Why)
	return err
}

func (s store) carry(ctx context.Context, d Destruction, who auth.Actor) error {
	_, err := s.db.Exec(ctx, `UPDATE archive_destruction SET state = $2, committee = $3, method = $4, day = $5, done = $6, done_by = $7, done_name = $8, proof = $9 WHERE id = $1`,
		d.ID, d.State, d.Committee, d.Method, d.Day, d.Done, who.ID, d.DoneName, d.Proof)
	return err
}

func (s store) destructions(ctx context.Context, like string, f DestructionFilter) ([]Destruction, error) {
	return db.All(ctx, s.db, scanDestruction, `
		SELECT `+destructionColumns+` FROM archive_destruction d
		WHERE d.path LIKE $1 AND ($2 = '' OR d.id < $2) AND ($3 = '' OR d.state = $3)
		  AND ($4 = '' OR LOWER(d.number) LIKE '%' || $4 || '%' OR EXISTS (SELECT 1 FROM archive_destruction_file x JOIN criminal_words_v w ON w.case_id = x.case_id
		    WHERE x.destruction = d.id AND w.words LIKE '%' || $4 || '%'))
		ORDER BY d.id DESC LIMIT $5`, like, f.After, f.State, vn.Fold(f.Words), f.Size()+1)
}

// proposedFor reports whether a file is in a proposal that is not settled.
func (s store) proposedFor(ctx context.Context, d dossier.ID) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `
		SELECT COUNT(*) FROM archive_destruction_file x JOIN archive_destruction d ON d.id = x.destruction
		WHERE x.dossier = $1 AND d.state IN ('proposed', 'approved')`, d)
	return n > 0, err
}
