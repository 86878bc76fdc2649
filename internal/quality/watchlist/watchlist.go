// Package watchlist says what in the handling of a case deserves a look (giám sát việc
// thụ lý, giải quyết án): rules that are data, asked of one case as it stands on a day.
// It keeps nothing and asks nobody what day it is: the same case on the same day gives
// the same findings in the same order.
package watchlist

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Group is what a rule watches over.
type Group string

// The groups, in the order of a patrol.
const (
	Acceptance Group = "acceptance"
	Measures   Group = "measure"
	Property   Group = "property"
	Documents  Group = "document"
	Limits     Group = "limit"
	Rights     Group = "right"
	Entry      Group = "entry"
)

// Groups lists the groups.
var Groups = []Group{Acceptance, Measures, Property, Documents, Limits, Rights, Entry}

// VN names g for a person.
func (g Group) VN() string {
	switch g {
	case Acceptance:
		return "Thụ lý"
	case Measures:
		return "Biện pháp ngăn chặn, cưỡng chế"
	case Property:
		return "Vật chứng, tài sản"
	case Documents:
		return "Văn bản, tài liệu"
	case Limits:
		return "Thời hạn"
	case Rights:
		return "Quyền của người tham gia tố tụng"
	case Entry:
		return "Nhập dữ liệu"
	}
	return string(g)
}

// Severity is how grave a finding is.
type Severity string

// The severities. A serious one is answered in writing, a minor one by word of mouth.
const (
	Serious Severity = "serious"
	Minor   Severity = "minor"
)

// Severities lists the severities, the graver first.
var Severities = []Severity{Serious, Minor}

// VN names s for a person.
func (s Severity) VN() string {
	switch s {
	case Serious:
		return "Nghiêm trọng"
	case Minor:
		return "Nhẹ"
	}
	return string(s)
}

// About is of what a rule is asked, each time anew.
type About string

// What a rule may be about.
const (
	OfCase    About = "case"
	OfAct     About = "act"    // each act that stands
	OfPerson  About = "person" // each accused whose case is not over
	OfClock   About = "clock"  // each time limit that waits
	OfExhibit About = "exhibit"
)

// Rule is one thing that is watched.
type Rule struct {
	ID       string     `toml:"id"`
	Title    string     `toml:"title"`
	Group    Group      `toml:"group"`
	Severity Severity   `toml:"severity"`
	About    About      `toml:"about"`
	From     civil.Date `toml:"from"` // in force, both days included; "" is no bound
	To       civil.Date `toml:"to"`
	When     When       `toml:"when"`

	// Text says what was found; {act}, {number}, {day}, {person}, {until}, {limit},
	// {exhibit} and {missing} are filled in. Todo says what to do about it.
	Text string `toml:"text"`
	Todo string `toml:"todo"`

	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`
	Note       string         `toml:"note"`
}

// When is a condition. Everything that is given must hold.
type When struct {
	Stage  []string `toml:"stage"`  // of the case
	Status []string `toml:"status"` // of the case; none: open

	Has      []string `toml:"has"`      // one of these kinds of act stands
	Lacks    []string `toml:"lacks"`    // none of these stands; about a person or an act: none that concerns them
	Since    []string `toml:"since"`    // none of these stands on or after the day the rule counts from
	Party    []string `toml:"party"`    // the case has somebody of one of these roles or capacities
	NoParty  []string `toml:"no_party"` // it has nobody of them
	Counting string   `toml:"counting"` // the day the rule counts from: of a case received, opened, stage, arrived, indicted, sent, judged, last (act); of a person charged, measure; else its own
	After    int      `toml:"after"`    // at least so many days have passed since that day

	// About an act.
	Acts      []string `toml:"acts"`      // its kind is one of these; "*" is any
	Not       []string `toml:"not"`       // and none of these
	By        []string `toml:"by"`        // who did it
	Missing   []string `toml:"missing"`   // one of these is empty: page, number, signer, issuer, until, or a field
	Flagged   []string `toml:"flagged"`   // it was accepted with one of these findings
	LateEntry int      `toml:"late"`      // it was entered more than so many days after it was done
	Corrected int      `toml:"corrected"` // it was corrected at least so many times
	Recent    int      `toml:"recent"`    // it was entered no longer ago than so many days

	// About a person.
	Measure  []string `toml:"measure"`
	Held     *bool    `toml:"held"` // in custody or detention
	Juvenile *bool    `toml:"juvenile"`
	Charged  *bool    `toml:"charged"`
	Class    []string `toml:"class"`    // of the heaviest crime charged: INT, NT, RNT, DBNT
	Property *bool    `toml:"property"` // property seized, an account frozen
	NoEnd    bool     `toml:"no_end"`   // the measure has no end written in it

	// About a clock: the beginning of the id of its rule, and whose duty it is.
	Clock []string `toml:"clock"`
	Own   *bool    `toml:"own"`

	// Left is days to the end of the measure or of the clock: at most Most, at least
	// Least. An end that is over has fewer than 0 left.
	Left *Left `toml:"left"`

	// About an exhibit: holder, decision.
	Without []string `toml:"without"`
}

// Left is a span of days.
type Left struct {
	Least *int `toml:"least"`
	Most  *int `toml:"most"`
}

func (l *Left) has(n int) bool {
	return (l.Least == nil || n >= *l.Least) && (l.Most == nil || n <= *l.Most)
}

// Handle is what becomes of a finding.
type Handle struct {
	RemindDays int          `toml:"remind_days"` // working days to put right what one was reminded of
	AnswerDays int          `toml:"answer_days"` // working days to answer a written notice
	RepeatDays int          `toml:"repeat_days"` // the same rule and prosecutor within so many days: repeated
	LedgerDay  int          `toml:"ledger_day"`  // the ledger of a month is closed by this day of the next
	Source     string       `toml:"source"`
	Confidence string       `toml:"confidence"`
	Escalate   []Escalation `toml:"escalate"`
}

// Escalation is one step by which a notice goes up that nobody answered or met.
type Escalation struct {
	To    string `toml:"to"`    // deputy, chief, above
	After int    `toml:"after"` // working days after the answer was due, or was found wanting
}

// To whom a notice may go up.
const (
	ToDeputy = "deputy"
	ToChief  = "chief"
	ToAbove  = "above"
)

// Set is the rules of an installation.
type Set struct {
	Rules  []Rule
	Handle Handle

	earlier []string // kinds of act that say earlier ones are on paper only
	byID    map[string]int
}

// Rule returns a rule.
func (s *Set) Rule(id string) (Rule, bool) {
	i, ok := s.byID[id]
	if !ok {
		return Rule{}, false
	}
	return s.Rules[i], true
}

var (
	places   = regexp.MustCompile(`\{[^}]*\}`)
	known    = []string{"{act}", "{number}", "{day}", "{person}", "{until}", "{limit}", "{exhibit}", "{missing}"}
	counting = map[About][]string{OfCase: {"received", "opened", "stage", "arrived", "indicted", "sent", "judged", "last"}, OfPerson: {"charged", "measure"}}
)

// Read reads a file of rules and refuses what means nothing.
func Read(text []byte) (*Set, error) {
	var file struct {
		Earlier []string `toml:"earlier"`
		Handle  Handle   `toml:"handle"`
		Rule    []Rule   `toml:"rule"`
	}
	md, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&file)
	if err != nil {
		return nil, fmt.Errorf("watchlist: %w", err)
	}
	if left := md.Undecoded(); len(left) > 0 {
		return nil, fmt.Errorf("watchlist: unknown key %s", left[0])
	}
	s := &Set{Rules: file.Rule, Handle: file.Handle, earlier: file.Earlier, byID: map[string]int{}}
	for i := range s.Rules {
		r := &s.Rules[i]
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("watchlist: rule %q: %w", r.ID, err)
		}
		if _, twice := s.byID[r.ID]; twice {
			return nil, fmt.Errorf("watchlist: rule %q is there twice", r.ID)
		}
		s.byID[r.ID] = i
	}
	if err := s.Handle.check(); err != nil {
		return nil, fmt.Errorf("watchlist: handle: %w", err)
	}
	return s, nil
}

func (r *Rule) check() error {
	w := &r.When
	switch {
	case r.ID == "" || r.Title == "" || r.Text == "" || r.Todo == "" || r.Source == "":
		return errors.New("id, title, text, todo and source are needed")
	case !slices.Contains(Groups, r.Group):
		return fmt.Errorf("group %q is none of %v", r.Group, Groups)
	case !slices.Contains(Severities, r.Severity):
		return fmt.Errorf("severity %q is none of %v", r.Severity, Severities)
	case r.To != "" && r.To < r.From:
		return errors.New("it ends before it is in force")
	case w.After < 0 || w.LateEntry < 0 || w.Corrected < 0 || w.Recent < 0:
		return errors.New("days and counts are not negative")
	case w.Counting != "" && !slices.Contains(counting[r.About], w.Counting):
		return fmt.Errorf("counting %q: a rule about a %s may count from %v", w.Counting, r.About, counting[r.About])
	case w.Left != nil && r.About != OfClock && (r.About != OfPerson || len(w.Measure) == 0 && w.Held == nil):
		return errors.New("left is of a clock, or of a measure that is named")
	case r.About != OfAct && (len(w.Acts) > 0 || len(w.Not) > 0 || len(w.By) > 0 || len(w.Missing) > 0 || len(w.Flagged) > 0 || w.LateEntry > 0 || w.Corrected > 0 || w.Recent > 0):
		return errors.New("acts, not, by, missing, flagged, late, corrected and recent are of acts")
	case r.About != OfPerson && (len(w.Measure) > 0 || w.Held != nil || w.Juvenile != nil || w.Charged != nil || len(w.Class) > 0 || w.Property != nil || w.NoEnd):
		return errors.New("measure, held, juvenile, charged, class, property and no_end are of people")
	case r.About != OfClock && (len(w.Clock) > 0 || w.Own != nil):
		return errors.New("clock and own are of time limits")
	case r.About != OfExhibit && len(w.Without) > 0:
		return errors.New("without is of exhibits")
	}
	switch r.About {
	case OfCase:
		if len(w.Since) > 0 && w.Counting == "" {
			return errors.New("since needs a day to count from")
		}
	case OfAct:
		if len(w.Acts) == 0 {
			return errors.New("a rule about acts names them")
		}
	case OfClock:
		if len(w.Clock) == 0 || w.Left == nil {
			return errors.New("a rule about time limits names them and the days left")
		}
	case OfExhibit:
		for _, x := range w.Without {
			if x != "holder" && x != "decision" {
				return fmt.Errorf("without %q: holder or decision", x)
			}
		}
		if len(w.Without) == 0 {
			return errors.New("a rule about exhibits says without what")
		}
	case OfPerson:
	default:
		return fmt.Errorf("about %q: case, act, person, clock or exhibit", r.About)
	}
	for _, p := range places.FindAllString(r.Text+r.Todo, -1) {
		if !slices.Contains(known, p) {
			return fmt.Errorf("nothing is known to fill %s with", p)
		}
	}
	return nil
}

func (h *Handle) check() error {
	if h.RemindDays < 1 || h.AnswerDays < 1 || h.RepeatDays < 1 || h.LedgerDay < 1 || h.LedgerDay > 28 {
		return errors.New("remind_days, answer_days, repeat_days from 1 on, ledger_day from 1 to 28")
	}
	last := 0
	for _, e := range h.Escalate {
		if e.To != ToDeputy && e.To != ToChief && e.To != ToAbove {
			return fmt.Errorf("to %q: deputy, chief or above", e.To)
		}
		if e.After < last {
			return errors.New("a later step is not earlier than the one before it")
		}
		last = e.After
	}
	return nil
}

// Kinds are all kinds of act the rules name, so that a test can tell those that no
// catalogue has.
func (s *Set) Kinds() (out []string) {
	for i := range s.Rules {
		w := &s.Rules[i].When
		out = append(out, slices.Concat(w.Has, w.Lacks, w.Since, w.Acts, w.Not)...)
	}
	out = append(out, s.earlier...)
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(k string) bool { return k == "*" || strings.HasSuffix(k, ".") })
}

// Clock is a time limit of a case that waits for something to be done.
type Clock struct {
	ID     string
	Rule   string // PRO-01
	Title  string
	Act    ledger.ActID // it runs from
	Person ledger.PartyID
	Legal  ledger.Moment // its end
	Own    bool          // a duty of the procuracy
}

// Exhibit is a thing that proves something, as the file of the case has it.
type Exhibit struct {
	ID, Code, Name string
	Folio          int // of the minutes of its seizure
	Since          civil.Date
	Holder         bool // it is written who keeps it
	Settled        bool // it was returned, destroyed, or a decision on it stands
}

// Case is what the rules are asked of.
type Case struct {
	Ledger   *ledger.Case
	Clocks   []Clock
	Exhibits []Exhibit
}

// Finding is what a rule has to say of a case.
type Finding struct {
	Rule     string
	Group    Group
	Severity Severity
	Subject  string // the act, person, clock or exhibit; "" for the whole case
	Act      ledger.ActID
	Folio    int
	Person   ledger.PartyID
	Since    civil.Date // since when it counts
	Text     string     // Vietnamese
	Todo     string
}
