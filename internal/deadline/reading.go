package deadline

import (
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
)

// running stands in a reading for the period of investigation that runs.
const running = "running"

// reading is how events of the catalogue of acts are read by the clocks; see
// data/reading.toml.
type reading struct {
	limitation string            // the rule of the limitation of prosecution
	first      string            // the period of investigation that runs before any event says which
	runs       map[string]string // event → the period of investigation that runs from it
	extends    map[string]string // event → the period it extends
	alike      map[string]string // event → the event it means
}

// read puts an event of an act into the words of the clocks; investigation is the period
// that runs, and read moves it on.
func (r *reading) read(e *clock.Event, a *ledger.Act, investigation *string) {
	if rule, ok := r.runs[e.Name]; ok {
		*investigation = rule
		return
	}
	if rule, ok := r.extends[e.Name]; ok {
		if rule == running {
			rule = *investigation
		}
		e.Name, e.Value = "extension_granted", withSeq(rule, a)
		return
	}
	if same, ok := r.alike[e.Name]; ok {
		e.Name = same
	}
}

// investigates reports whether a rule, RULE or RULE/N, is a period of investigation.
func (r *reading) investigates(rule string) bool {
	rule, _, _ = strings.Cut(rule, "/")
	for _, of := range r.runs {
		if of == rule {
			return true
		}
	}
	return false
}

// withSeq adds to a rule the number of its extension, as the act gives it, unless the
// event has said it.
func withSeq(rule string, a *ledger.Act) string {
	if n := a.Fields["seq"]; n != "" && !strings.Contains(rule, "/") {
		return rule + "/" + n
	}
	return rule
}
