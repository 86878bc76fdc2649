package criminal

import (
	"context"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/event"
)

// Acted is emitted in the transaction in which an act, or the correction of one, is
// entered: whoever computes from acts computes again.
var Acted = event.Define[ActedV1]("criminal.acted")

// ActedV1 is the content of Acted.
type ActedV1 struct {
	Case   ID           `json:"case"`
	Act    ledger.ActID `json:"act"`
	Kind   string       `json:"kind"`
	Office auth.Office  `json:"office"`
}

// Head is what a module above must know of a case to watch over it, whoever asks.
type Head struct {
	ID       ID
	Number   string
	Name     string
	Office   auth.Office
	Path     string // of the office in the tree
	Stage    Stage
	Status   Status
	Secrecy  Secrecy
	Assigned []Assignment // those that last
}

// Guard is asked by Record before an act is entered. A module above that computes
// from acts refuses or flags what it alone can see.
type Guard func(ctx context.Context, h Head, before ledger.Case, a ledger.Act) ([]ledger.Finding, error)
