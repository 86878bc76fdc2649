package criminal

import (
	"context"
	"errors"
	"slices"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
	"congminh/internal/law"
)

// Propose keeps the act that a paper seems to prove, for a person to confirm. The
// kind of act is found by the kind of paper; a paper that proves none is passed over.
// It asks nobody's leave: whoever confirmed the paper had it.
func (s *Service) Propose(ctx context.Context, p Proposal) (err error) {
	defer fault.Wrap(&err, "propose from document %s", p.Document)
	kinds := s.law(ctx).Acts()
	i := slices.IndexFunc(kinds, func(k law.ActKind) bool { return slices.Contains(k.Papers, p.Paper) })
	if i < 0 {
		return nil
	}
	p.ID, p.Kind, p.State, p.Made = id.New[Proposal](), kinds[i].Code, Proposed, s.now()
	return s.store.propose(ctx, p)
}

// Proposals returns what the papers of a case propose and nobody answered.
func (s *Service) Proposals(ctx context.Context, c ID) (out []Proposal, err error) {
	defer fault.Wrap(&err, "proposals of case %s", c)
	if _, err := s.get(ctx, MayRead, c); err != nil {
		return nil, err
	}
	return s.store.proposals(ctx, c)
}

// Pending returns the cases in the asker's charge whose papers propose acts, the
// longest waiting first; at most 50.
func (s *Service) Pending(ctx context.Context) (out []Pending, err error) {
	defer fault.Wrap(&err, "cases with proposals")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	return s.store.pending(ctx, auth.From(ctx).ID)
}

// Draft is the act that a proposal proposes, its people found among those of the case
// by their names.
func (s *Service) Draft(ctx context.Context, pid ProposalID) (c ID, a ledger.Act, err error) {
	defer fault.Wrap(&err, "draft of proposal %s", pid)
	p, err := s.open(ctx, pid)
	if err != nil {
		return c, a, err
	}
	ps, err := s.store.persons(ctx, p.Case)
	a = ledger.Act{Kind: p.Kind, At: p.At, Number: p.Number, Issuer: p.Issuer, Signer: p.Signer, Charges: p.Charges, Document: p.Document, Folio: p.Folio}
	for _, q := range ps {
		if q.Role == Accused && slices.ContainsFunc(p.Names, func(n string) bool { return vn.Fold(n) == q.sort() }) {
			a.Parties = append(a.Parties, q.ID)
		}
	}
	return p.Case, a, err
}

// open returns a proposal of a case one may see that nobody answered.
func (s *Service) open(ctx context.Context, pid ProposalID) (Proposal, error) {
	p, err := s.store.proposal(ctx, pid)
	if errors.Is(err, db.ErrNone) {
		return p, ErrNone
	}
	if err != nil {
		return p, err
	}
	if _, err := s.get(ctx, MayRead, p.Case); err != nil {
		return p, err
	}
	if p.State != Proposed {
		return p, ErrAnswered
	}
	return p, nil
}

// Take enters the act of a proposal, as a person corrected it.
func (s *Service) Take(ctx context.Context, pid ProposalID, a ledger.Act) (out ledger.Act, found []ledger.Finding, err error) {
	defer fault.Wrap(&err, "take proposal %s", pid)
	p, err := s.open(ctx, pid)
	if err != nil {
		return a, nil, err
	}
	a.Document, a.Folio = p.Document, p.Folio
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if out, found, err = s.Record(ctx, p.Case, a); err != nil {
			return err
		}
		return s.answer(ctx, pid, Taken, out.ID)
	})
	return out, found, err
}

// Decline says that a paper proves no act to be entered.
func (s *Service) Decline(ctx context.Context, pid ProposalID) (err error) {
	defer fault.Wrap(&err, "decline proposal %s", pid)
	p, err := s.open(ctx, pid)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, MayAct, p.Case); err != nil {
		return err
	}
	return s.answer(ctx, pid, Declined, "")
}

func (s *Service) answer(ctx context.Context, pid ProposalID, st ProposalState, a ledger.ActID) error {
	n, err := s.store.answer(ctx, pid, st, a)
	if err == nil && n == 0 {
		err = ErrAnswered
	}
	return err
}

// Foliate says which folio a paper begins at, once its file is numbered: what it
// proposes and what it proves are cited by it from then on.
func (s *Service) Foliate(ctx context.Context, document string, folio int) (err error) {
	defer fault.Wrap(&err, "folio of document %s", document)
	return s.store.foliate(ctx, document, folio)
}
