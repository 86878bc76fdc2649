package ledger

import (
	"strings"

	"congminh/internal/law"
)

// Raised is an event an act raises for the clocks.
type Raised struct {
	Name string
	At   Moment
}

// Raises returns the events an act raises: most on the moment it was done, some on a
// day written in it (name@field). One whose day is not written is not raised.
func Raises(k law.ActKind, a *Act) []Raised {
	out := make([]Raised, 0, len(k.Events))
	for _, e := range k.Events {
		name, field, elsewhere := strings.Cut(e, "@")
		at := a.At
		switch {
		case elsewhere && field == "until":
			at = a.Until
		case elsewhere:
			at = Moment(a.Fields[field])
		}
		if at != "" {
			out = append(out, Raised{name, at})
		}
	}
	return out
}
