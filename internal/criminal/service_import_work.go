package criminal

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/org"
)

// The jobs of an import.
const (
	importJob = "criminal.import"
	undoJob   = "criminal.import-undo"
)

// importWork is what an import job is given.
type importWork struct {
	ID     ImportID    `json:"id"`
	Office auth.Office `json:"office"`
	By     org.StaffID `json:"by"`
}

// actor is who asked for the work, with the rights they have now.
func (s *Service) actor(ctx context.Context, w importWork) (context.Context, error) {
	p, err := s.org.Person(auth.With(ctx, org.Console()), w.By)
	if err != nil {
		return ctx, err
	}
	a, err := s.org.ActorOf(ctx, p.Login)
	return auth.With(ctx, a), err
}

// workImport does f to each row of an import that is in a state, each in a transaction
// of its own: what a row made and that it made it are kept together or not at all.
// What refuses a row is kept with it, and the next is tried.
func (s *Service) workImport(ctx context.Context, run *job.Run, body json.RawMessage, state RowState, back bool, f func(context.Context, Import, ImportRow) (RowState, RowMade, error), end ImportState) error {
	var w importWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	ctx, err := s.actor(ctx, w)
	if err != nil {
		return err
	}
	im, counts, err := s.Import(ctx, w.ID)
	if err != nil {
		return err
	}
	begun, total, done := im.State, max(counts[state], 1), 0
	next := s.store.importRows
	at := int64(-1)
	if back {
		next, at = s.store.lastRows, 1<<62
	}
	for {
		rows, err := next(ctx, w.ID, state, at, 200)
		if err != nil {
			return err
		}
		for _, r := range rows {
			at = r.N
			if err := s.workRow(ctx, run, im, r, f); err != nil {
				return err
			}
			done++
			if err := run.Progress(ctx, done, total, ""); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			break
		}
	}
	return run.Finish(ctx, func(ctx context.Context) error {
		im.State = end
		_, err := s.store.stepImport(ctx, im, begun)
		return err
	})
}

func (s *Service) workRow(ctx context.Context, run *job.Run, im Import, r ImportRow, f func(context.Context, Import, ImportRow) (RowState, RowMade, error)) error {
	err := run.Tx(ctx, func(ctx context.Context) error {
		state, made, err := f(ctx, im, r)
		if err != nil {
			return err
		}
		return s.store.settleRow(ctx, im.ID, r.N, state, made)
	})
	no, refused := errors.AsType[*fault.Error](err)
	if !refused || no.Kind == fault.Internal {
		return err
	}
	r.Made.Reason = no.Text
	for _, x := range no.Fields {
		r.Made.Reason += " " + x.Text
	}
	to := RowRefused
	if r.State == RowDone {
		to = RowKept
	}
	return run.Tx(ctx, func(ctx context.Context) error { return s.store.settleRow(ctx, im.ID, r.N, to, r.Made) })
}

// runImport is the job that enters the rows.
func (s *Service) runImport(ctx context.Context, run *job.Run, body json.RawMessage) error {
	return s.workImport(ctx, run, body, RowReady, false, s.enterRow, ImportDone)
}

// enterRow makes what a row tells.
func (s *Service) enterRow(ctx context.Context, im Import, row ImportRow) (_ RowState, m RowMade, err error) {
	f, _ := importForm(im.Form)
	l := s.law(ctx)
	r := f.read(l, im.values(row.Cells))
	if err := r.wrong.Err(ErrImport); err != nil {
		return "", m, err
	}
	if m.Case, err = s.numbered(ctx, im.Office, r.number); err != nil {
		return "", m, err
	}
	if m.Case == "" {
		if !f.New {
			return "", m, ErrNone
		}
		c, err := s.Create(ctx, r.newCase(f, im.Office))
		if err != nil {
			return "", m, err
		}
		m.Case, m.New = c.ID, true
	}
	who := Person{}
	d := &draftCase{id: m.Case}
	if d.people, err = s.store.persons(ctx, m.Case); err != nil {
		return "", m, err
	}
	if r.person.Name != "" {
		old := false
		if who, old = d.find(r.person); !old {
			if who, err = s.AddPerson(ctx, m.Case, r.person); err != nil {
				return "", m, err
			}
			m.Person = who.ID
		}
	}
	for _, a := range r.acts {
		if a.once && !m.New {
			continue
		}
		if d.led, err = s.ledger(ctx, m.Case); err != nil {
			return "", m, err
		}
		act := s.draftAct(l, a, who)
		if d.has(act) {
			continue
		}
		made, _, err := s.Record(ctx, m.Case, act)
		if err != nil {
			return "", m, err
		}
		m.Acts = append(m.Acts, made.ID)
	}
	return RowDone, m, nil
}

// newCase is the case a row makes.
func (r rowRead) newCase(f ImportForm, o auth.Office) New {
	n := New{Number: r.number, Name: cut(r.name, 300), Office: o, Stage: f.Stage}
	for _, a := range r.acts {
		if a.Kind == "case.open" {
			n.Opened = a.At.Day()
		}
	}
	if r.alias != "" {
		n.Aliases = []Alias{{Code: r.alias, Whose: "police"}}
	}
	return n
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// runUndo is the job that takes an import back, the last row first.
func (s *Service) runUndo(ctx context.Context, run *job.Run, body json.RawMessage) error {
	return s.workImport(ctx, run, body, RowDone, true, s.undoRow, ImportUndone)
}

// undoRow takes back what a row made. Nothing is deleted: acts are voided, a person
// who is in the ledger becomes a participant entered by mistake, a case that nobody
// touched since is closed under a number of its own.
func (s *Service) undoRow(ctx context.Context, im Import, row ImportRow) (_ RowState, m RowMade, err error) {
	m = row.Made
	for _, a := range slices.Backward(m.Acts) {
		if _, _, err := s.Void(ctx, m.Case, a, im.Why); err != nil && !errors.Is(err, ErrNoAct) {
			return "", m, err
		}
	}
	if m.Person != "" {
		if err := s.stepBack(ctx, m.Case, m.Person, im.Why); err != nil {
			return "", m, err
		}
	}
	if m.New {
		return RowUndone, m, s.mistaken(ctx, m.Case, im.Why)
	}
	return RowUndone, m, nil
}

// Mistaken is the capacity of a person who was entered by mistake and is in acts that
// were voided.
const Mistaken = "mistaken"

func (s *Service) stepBack(ctx context.Context, c ID, who ledger.PartyID, why string) error {
	led, err := s.ledger(ctx, c)
	if err != nil {
		return err
	}
	for _, a := range ledger.Standing(&led) {
		if slices.Contains(a.Parties, who) {
			return ErrInLedger
		}
	}
	if !mentioned(led, who) {
		return s.RemovePerson(ctx, c, who)
	}
	p, err := s.store.party(ctx, c, who)
	if err != nil {
		return err
	}
	p.Role, p.Capacity, p.More = Participant, Mistaken, with1(p.More, "note", "Nhập nhầm: "+why)
	_, err = s.EditPerson(ctx, c, p)
	return err
}

// ErrTouched is returned for a case that others have worked in since it was imported.
var ErrTouched = fault.New(fault.Conflict, "criminal.touched", "Vụ án đã có hành vi, người hoặc phân công khác sau khi nhập nên được giữ lại. Hãy sửa trong vụ án.")

// mistaken marks a case as entered by mistake (nhập nhầm): it is closed and gives its
// number back, but stays to be found.
func (s *Service) mistaken(ctx context.Context, c ID, why string) error {
	return s.hold(ctx, MayManage, c, func(ctx context.Context, k *Case) error {
		led, err := s.ledger(ctx, c)
		if err != nil {
			return err
		}
		as, err := s.store.assignments(ctx, c)
		if err != nil {
			return err
		}
		if k.Persons, err = s.store.persons(ctx, c); err != nil {
			return err
		}
		if k.Aliases, err = s.store.aliases(ctx, c); err != nil {
			return err
		}
		if len(ledger.Standing(&led)) > 0 || len(as) > 0 || slices.ContainsFunc(k.Persons, func(p Person) bool { return p.Capacity != Mistaken }) {
			return ErrTouched
		}
		k.Number = cut(k.Number, 35) + " (nhầm " + string(c[len(c)-6:]) + ")"
		k.Name, k.Status = cut("[Nhập nhầm: "+why+"] "+k.Name, 300), Closed
		return s.store.update(ctx, *k)
	})
}
