package criminal

import (
	"context"

	"congminh/internal/access/policy"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

// Whole is a case with its ledger, as it is taken over from an older system.
type Whole struct {
	Case   Case
	Path   string // of the office
	Staff  []Assignment
	Ledger []ledger.Act
}

// Bulk takes over many cases at once, without checking what was decided long ago and
// without telling anyone: whoever computes from acts computes afresh afterwards. It
// is for a program at the machine, not for a person.
func (s *Service) Bulk(ctx context.Context, all []Whole) (err error) {
	defer fault.Wrap(&err, "bulk of %d cases", len(all))
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, w := range all {
			c := w.Case
			c.path = w.Path
			led := ledger.Case{ID: string(c.ID), Acts: w.Ledger}
			for _, p := range c.Persons {
				led.Parties = append(led.Parties, p.party())
			}
			if err := s.store.insert(ctx, c); err != nil {
				return err
			}
			if err := s.store.insertParties(ctx, c.ID, c.Persons); err != nil {
				return err
			}
			var who []org.StaffID
			for _, a := range w.Staff {
				if err := s.store.assign(ctx, c.ID, a); err != nil {
					return err
				}
				who = append(who, a.Staff)
			}
			if err := s.store.setTags(ctx, c.ID, policy.Tags(c.object(c.Persons, who))); err != nil {
				return err
			}
			if err := s.store.insertLedger(ctx, c.ID, c.Office, w.Ledger); err != nil {
				return err
			}
			if err := s.stand(ctx, &c, &led); err != nil {
				return err
			}
		}
		return nil
	})
}
