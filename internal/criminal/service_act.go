package criminal

import (
	"context"

	"congminh/internal/criminal/ledger"
)

// Guard adds a check of new acts. Call it while the program is put together.
func (s *Service) Guard(g Guard) { s.guards = append(s.guards, g) }

// Ledger returns the head and the ledger of a case. It asks nobody's leave: it is
// for modules that compute; what they show they must guard themselves.
func (s *Service) Ledger(ctx context.Context, id ID) (h Head, c ledger.Case, err error) {
	panic("not yet")
}

// Ledgers calls f for every case whose id is after from, and not after to ("" is no
// end), in the order of ids. The ledger f gets is f's own until it returns.
func (s *Service) Ledgers(ctx context.Context, from, to ID, f func(Head, *ledger.Case) error) error {
	panic("not yet")
}

// Record enters an act (ghi một hành vi tố tụng). Findings that refuse come back as
// an error of ErrAct; those that flag are kept with the act.
func (s *Service) Record(ctx context.Context, id ID, a ledger.Act) (ledger.Act, []ledger.Finding, error) {
	panic("not yet")
}
