package archive

import (
	"context"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

const slipColumns = `l.id, l.case_id, c.number, c.name, l.office, l.path, l.number, l.borrower, l.borrower_name, l.purpose, l.due, l.approver, l.approver_name, l.renewals, l.differs,
	l.lent, l.lent_by, l.lent_name, l.returned, l.returned_name, (SELECT COUNT(*) FROM archive_slip_volume x WHERE x.slip = l.id)`

const slipFrom = ` FROM archive_slip l JOIN criminal_v c ON c.id = l.case_id `

func scanSlip(r db.Row) (s Slip, err error) {
	err = r.Scan(&s.ID, &s.Case, &s.CaseNumber, &s.CaseName, &s.Office, &s.path, &s.Number, &s.Borrower, &s.BorrowerName, &s.Purpose, &s.Due, &s.Approver, &s.ApproverName,
		&s.Renewals, &s.Differs, &s.Lent, &s.LentBy, &s.LentName, &s.Returned, &s.ReturnedName, &s.Count)
	return
}

func (s store) insertSlip(ctx context.Context, l Slip) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO archive_slip (id, case_id, office, path, number, borrower, borrower_name, words, purpose, due, approver, approver_name, renewals, differs, lent, lent_by, lent_name, returned, returned_by, returned_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, FALSE, $13, $14, $15, NULL, '', '')`,
		l.ID, l.Case, l.Office, l.path, l.Number, l.Borrower, l.BorrowerName, vn.Fold(l.Number+" "+l.BorrowerName), l.Purpose, l.Due, l.Approver, l.ApproverName, l.Lent, l.LentBy, l.LentName)
	if err != nil {
		return err
	}
	for _, v := range l.Volumes {
		if _, err := s.db.Exec(ctx, `INSERT INTO archive_slip_volume (slip, volume, folios, back, state) VALUES ($1, $2, $3, -1, '')`, l.ID, v.Volume, v.Folios); err != nil {
			return err
		}
	}
	return nil
}

// lockSlip takes a slip for the rest of the transaction.
func (s store) lockSlip(ctx context.Context, id SlipID) (Slip, error) {
	if _, err := s.db.Exec(ctx, `UPDATE archive_slip SET id = id WHERE id = $1`, id); err != nil {
		return Slip{}, err
	}
	return s.slip(ctx, id)
}

func (s store) slip(ctx context.Context, id SlipID) (l Slip, err error) {
	if l, err = db.One(ctx, s.db, scanSlip, `SELECT `+slipColumns+slipFrom+`WHERE l.id = $1`, id); err != nil {
		return l, err
	}
	l.Volumes, err = db.All(ctx, s.db, func(r db.Row) (v SlipVolume, err error) {
		var of Volume
		err = r.Scan(&v.Volume, &of.N, &of.Title, &of.From, &of.To, &v.File, &v.Folios, &v.Back, &v.State, &v.dossier)
		v.Name, v.Cite = of.Name(), of.Cite()
		return v, err
	}, `
		SELECT x.volume, v.n, v.title, v.first_folio, v.last_folio, f.title, x.folios, x.back, x.state, v.dossier
		FROM archive_slip_volume x JOIN archive_volume v ON v.id = x.volume JOIN archive_file f ON f.dossier = v.dossier
		WHERE x.slip = $1 ORDER BY v.dossier, v.n`, id)
	if err != nil {
		return l, err
	}
	l.Renewed, err = db.All(ctx, s.db, func(r db.Row) (x Renewal, err error) {
		err = r.Scan(&x.Due, &x.Was, &x.Reason, &x.At, &x.ByName)
		return
	}, `SELECT due, was, reason, at, by_name FROM archive_renewal WHERE slip = $1 ORDER BY id`, id)
	return l, err
}

func (s store) renew(ctx context.Context, l Slip, x Renewal, by string) error {
	if _, err := s.db.Exec(ctx, `UPDATE archive_slip SET due = $2, renewals = renewals + 1 WHERE id = $1`, l.ID, x.Due); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `INSERT INTO archive_renewal (id, slip, due, was, reason, at, by, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id.New[Renewal](), l.ID, x.Due, x.Was, x.Reason, x.At, by, x.ByName)
	return err
}

func (s store) back(ctx context.Context, l SlipID, v SlipVolume) error {
	_, err := s.db.Exec(ctx, `UPDATE archive_slip_volume SET back = $3, state = $4 WHERE slip = $1 AND volume = $2`, l, v.Volume, v.Back, v.State)
	return err
}

func (s store) closeSlip(ctx context.Context, l Slip, at time.Time, who auth.Actor) error {
	_, err := s.db.Exec(ctx, `UPDATE archive_slip SET returned = $2, returned_by = $3, returned_name = $4, differs = $5 WHERE id = $1`, l.ID, at, who.ID, who.Name, l.Differs)
	return err
}

func (s store) slips(ctx context.Context, to sight, f SlipFilter, me string, today civil.Date) ([]Slip, error) {
	order, after := `l.due, l.id`, `(l.due, l.id) > (SELECT x.due, x.id FROM archive_slip x WHERE x.id = $7)`
	if f.Sort == "newest" {
		order, after = `l.id DESC`, `l.id < $7`
	}
	where := ``
	switch f.State {
	case Out:
		where = ` AND l.returned IS NULL`
	case Overdue:
		where = ` AND l.returned IS NULL AND l.due < $6`
	case Returned:
		where = ` AND l.returned IS NOT NULL`
	}
	if f.Mine {
		where += ` AND l.borrower = $4`
	}
	if f.After != "" {
		where += ` AND ` + after
	} else {
		where += ` AND $7 = ''`
	}
	return db.All(ctx, s.db, scanSlip, `
		SELECT `+slipColumns+slipFrom+`
		WHERE (l.path LIKE $1 OR l.borrower = $4) AND (l.borrower = $4 OR `+s.seen("l.case_id", "$2")+`)
		  AND ($3 = '' OR l.words LIKE '%' || $3 || '%' OR EXISTS (SELECT 1 FROM criminal_words_v w WHERE w.case_id = l.case_id AND w.words LIKE '%' || $3 || '%'))
		  AND $6 <> ''`+where+`
		ORDER BY `+order+` LIMIT $5`, to.like, to.tags, vn.Fold(f.Words), me, f.Size()+1, today, f.After)
}

func (s store) slipsOfCase(ctx context.Context, c criminal.ID) ([]Slip, error) {
	return db.All(ctx, s.db, scanSlip, `SELECT `+slipColumns+slipFrom+`WHERE l.case_id = $1 AND l.returned IS NULL ORDER BY l.due, l.id`, c)
}

// Hand-overs.

const handoverColumns = `h.id, h.office, h.path, h.number, h.giver, h.giver_name, h.taker, h.taker_name, h.reason, h.note, h.remarks, h.made, h.made_by, h.given, h.taken, h.refused`

func scanHandover(r db.Row) (h Handover, err error) {
	err = r.Scan(&h.ID, &h.Office, &h.path, &h.Number, &h.Giver, &h.GiverName, &h.Taker, &h.TakerName, &h.Reason, &h.Note, &h.Remarks, &h.Made, &h.MadeBy, &h.Given, &h.Taken, &h.Refused)
	return
}

func (s store) insertHandover(ctx context.Context, h Handover) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO archive_handover (id, office, path, number, giver, giver_name, taker, taker_name, words, reason, note, remarks, made, made_by, given, taken, refused)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13, $14, NULL, NULL)`,
		h.ID, h.Office, h.path, h.Number, h.Giver, h.GiverName, h.Taker, h.TakerName, vn.Fold(h.Number+" "+h.GiverName+" "+h.TakerName), h.Reason, h.Note, h.Made, h.MadeBy, h.Given)
	if err != nil {
		return err
	}
	for _, v := range h.Volumes {
		if _, err := s.db.Exec(ctx, `INSERT INTO archive_handover_volume (handover, volume, folios, counted) VALUES ($1, $2, $3, -1)`, h.ID, v.Volume, v.Folios); err != nil {
			return err
		}
	}
	return nil
}

func (s store) lockHandover(ctx context.Context, id HandoverID) (Handover, error) {
	if _, err := s.db.Exec(ctx, `UPDATE archive_handover SET id = id WHERE id = $1`, id); err != nil {
		return Handover{}, err
	}
	return s.handover(ctx, id)
}

func (s store) handover(ctx context.Context, id HandoverID) (h Handover, err error) {
	if h, err = db.One(ctx, s.db, scanHandover, `SELECT `+handoverColumns+` FROM archive_handover h WHERE h.id = $1`, id); err != nil {
		return h, err
	}
	h.Volumes, err = db.All(ctx, s.db, func(r db.Row) (v HandoverVolume, err error) {
		var of Volume
		err = r.Scan(&v.Volume, &of.N, &of.Title, &of.From, &of.To, &v.File, &v.Case, &v.CaseNumber, &v.CaseName, &v.Folios, &v.Counted, &v.dossier)
		v.Name, v.Cite = of.Name(), of.Cite()
		return v, err
	}, `
		SELECT x.volume, v.n, v.title, v.first_folio, v.last_folio, f.title, f.case_id, c.number, c.name, x.folios, x.counted, v.dossier
		FROM archive_handover_volume x JOIN archive_volume v ON v.id = x.volume JOIN archive_file f ON f.dossier = v.dossier JOIN criminal_v c ON c.id = f.case_id
		WHERE x.handover = $1 ORDER BY c.number, v.dossier, v.n`, id)
	return h, err
}

func (s store) updateHandover(ctx context.Context, h Handover) error {
	_, err := s.db.Exec(ctx, `UPDATE archive_handover SET given = $2, taken = $3, refused = $4, remarks = $5 WHERE id = $1`, h.ID, h.Given, h.Taken, h.Refused, h.Remarks)
	return err
}

func (s store) count(ctx context.Context, h HandoverID, v HandoverVolume) error {
	_, err := s.db.Exec(ctx, `UPDATE archive_handover_volume SET counted = $3 WHERE handover = $1 AND volume = $2`, h, v.Volume, v.Counted)
	return err
}

// handovers lists those of one's offices, like, and one's own that pass f, newest first.
func (s store) handovers(ctx context.Context, like, me string, f HandoverFilter) ([]Handover, error) {
	where := ``
	switch f.State {
	case AwaitsGiver:
		where = ` AND h.refused IS NULL AND h.given IS NULL`
	case AwaitsTaker:
		where = ` AND h.refused IS NULL AND h.given IS NOT NULL AND h.taken IS NULL`
	case HandedOver:
		where = ` AND h.refused IS NULL AND h.given IS NOT NULL AND h.taken IS NOT NULL`
	case NotTaken:
		where = ` AND h.refused IS NOT NULL`
	}
	if f.Waiting {
		where += ` AND h.refused IS NULL AND (h.giver = $2 AND h.given IS NULL OR h.taker = $2 AND h.taken IS NULL)`
	}
	return db.All(ctx, s.db, scanHandover, `
		SELECT `+handoverColumns+` FROM archive_handover h
		WHERE (h.path LIKE $1 OR h.giver = $2 OR h.taker = $2) AND ($3 = '' OR h.id < $3)
		  AND ($4 = '' OR h.words LIKE '%' || $4 || '%' OR EXISTS (SELECT 1 FROM archive_handover_volume x JOIN archive_volume v ON v.id = x.volume JOIN archive_file f ON f.dossier = v.dossier
		    JOIN criminal_words_v w ON w.case_id = f.case_id WHERE x.handover = h.id AND w.words LIKE '%' || $4 || '%'))`+where+`
		ORDER BY h.id DESC LIMIT $5`, like, me, f.After, vn.Fold(f.Words), f.Size()+1)
}

// promised reports whether one of the volumes stands in minutes that wait to be
// confirmed.
func (s store) promised(ctx context.Context, v VolumeID) (bool, error) {
	n, err := db.One(ctx, s.db, db.Value[int], `
		SELECT COUNT(*) FROM archive_handover_volume x JOIN archive_handover h ON h.id = x.handover
		WHERE x.volume = $1 AND h.refused IS NULL AND (h.taken IS NULL OR h.given IS NULL)`, v)
	return n > 0, err
}
