// Package clock computes the time limits of criminal procedure (tính thời hạn tố
// tụng): from facts and the rules of the law to dates, each with every step of its
// arithmetic. It knows no database, no clock and no case; the same facts and rules
// give the same dates for ever.
package clock

import "congminh/internal/law"

// Tri is a fact that may be unknown. A rule that hangs on an unknown fact is
// computed with the condition named in its result.
type Tri uint8

// The values.
const (
	Unknown Tri = iota
	No
	Yes
)

// Event is something that happened and that the law counts from, or a fact with a
// date (class_changed, joined, …).
type Event struct {
	Name    string // trigger of a rule, or one of the facts
	At      string // "2026-03-10" or "2026-03-10T22:30", Hà Nội time
	Subject string // whose it is: id of an accused, "" for the case
	Source  string // id of the act it comes from, handed through to results
	Value   string // of a fact: the class, a number of days, a rule …
	Until   string // end written in the order, which prevails where the law says so
}

// Facts is everything known about one case on which limits hang. Subject "" of Class
// and Juvenile is the case as a whole.
type Facts struct {
	Events     []Event // in the order they happened
	Class      map[string]law.Class
	Juvenile   map[string]Tri
	Simplified Tri
	Superior   Tri // the appeal is heard by the supreme court
	// Potential asks also for what could still be granted: every extension the law
	// knows, as the deadlines command prints it.
	Potential bool
}

// Result is one limit, or one link in a chain of extensions.
type Result struct {
	Rule        string   `json:"rule"`
	Of          string   `json:"of,omitempty"` // the rule a modifier changed
	What        string   `json:"what"`         // Vietnamese, short
	Law         string   `json:"law"`          // where it stands
	Subject     string   `json:"subject,omitempty"`
	Source      string   `json:"source,omitempty"` // act it starts from
	Seq         int      `json:"seq"`              // 0 the period, 1… its extensions
	Start       string   `json:"start"`
	Nominal     string   `json:"nominal"`
	Legal       string   `json:"legal"`
	Advisory    string   `json:"advisory_last_working_day,omitempty"`
	Granted     bool     `json:"granted"`             // false: a link that could be granted
	Condition   string   `json:"condition,omitempty"` // holds only if …
	Refused     string   `json:"refused,omitempty"`   // why nothing was computed: a manual end is needed
	Stopped     string   `json:"stopped,omitempty"`   // when the clock was stopped: suspended, released, done
	Steps       []string `json:"steps"`
	Assumptions []string `json:"assumptions,omitempty"`
	Uncertain   []string `json:"uncertain,omitempty"`
	DecidedBy   string   `json:"decided_by,omitempty"` // who may grant it
	Level       string   `json:"level,omitempty"`      // region, province, supreme, supreme_chief
}
