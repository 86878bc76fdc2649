// Package figure says what of a case counts in which figure (chỉ tiêu thống kê), on
// which day, for which office. Figures are data; a case gives facts, and a figure of any
// office and period is the sum of its facts. Nothing here asks what day it is: a fact
// that has a day to come counts from then on.
package figure

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Unit is what a figure counts.
type Unit string

// The units.
const (
	OfCase   Unit = "case"   // vụ
	OfPerson Unit = "person" // người, bị can, bị cáo
	OfAct    Unit = "act"    // văn bản, hoạt động
)

// VN names u for a person.
func (u Unit) VN() string {
	switch u {
	case OfCase:
		return "Vụ"
	case OfPerson:
		return "Người"
	case OfAct:
		return "Văn bản"
	}
	return string(u)
}

// Figure is one figure as a file defines it, in one version. Exactly one of Acts, While
// and Clock says what it counts.
//
// What a stock has at the end of a period is what it had at its beginning, with those that
// came in and without those that left: so a figure may count only those acts by which a
// case, or a person, came into a state or left it (enters, leaves). One charged twice is
// charged in two acts, and came in once; a case that only one of the accused leaves, stays.
type Figure struct {
	ID      string     `toml:"id" json:"id"` // report.new
	Version int        `toml:"version" json:"version"`
	From    civil.Date `toml:"from" json:"from"` // in force, both days included
	To      civil.Date `toml:"to" json:"to,omitempty"`
	Name    string     `toml:"name" json:"name"`
	Group   string     `toml:"group" json:"group"` // report, investigation, prosecution, trial, custody, enforcement, violation, quality
	Unit    Unit       `toml:"unit" json:"unit"`

	// Acts are the kinds each of which counts once, on its day.
	Acts []string `toml:"acts" json:"acts,omitempty"`
	// While is a state that counts as long as it lasts: a stock, not a flow.
	While *State `toml:"while" json:"while,omitempty"`
	// Clock counts time limits by how they ended.
	Clock *Limit `toml:"clock" json:"clock,omitempty"`

	Enters  *State              `toml:"enters" json:"enters,omitempty"`   // only by which the case, or the person, came into this state
	Leaves  *State              `toml:"leaves" json:"leaves,omitempty"`   // only by which it left; for the office that had it
	During  *State              `toml:"during" json:"during,omitempty"`   // only where the case stands so, right after the act
	Once    bool                `toml:"once" json:"once,omitempty"`       // only the first of the case, or of the person
	After   []string            `toml:"after" json:"after,omitempty"`     // one of these stands earlier
	Before  []string            `toml:"before" json:"before,omitempty"`   // one of these stands later
	Without []string            `toml:"without" json:"without,omitempty"` // none of these stands earlier
	By      []string            `toml:"by" json:"by,omitempty"`           // police, procuracy, court, other
	Reasons []string            `toml:"reasons" json:"reasons,omitempty"`
	Fields  map[string][]string `toml:"fields" json:"fields,omitempty"` // what the act says in a field
	Flags   []string            `toml:"flags" json:"flags,omitempty"`   // accepted with one of these findings
	Who     *Who                `toml:"who" json:"who,omitempty"`

	Form       string         `toml:"form" json:"form,omitempty"` // the form and cell it stands in, where known
	Source     string         `toml:"source" json:"source"`
	Confidence law.Confidence `toml:"confidence" json:"confidence"`
	Note       string         `toml:"note" json:"note,omitempty"`
}

// Carried stands in Acts for what came along from another case when cases were split or
// joined (tách, nhập vụ án): it makes people come into a state, and is no act done again.
const Carried = "carried"

// Stock reports whether f is counted at a moment and not over a period.
func (f *Figure) Stock() bool { return f.While != nil || f.Clock != nil && f.Clock.Outcome == Overdue }

// State is where a case, or a person in it, stands. Everything that is given must hold.
type State struct {
	Stage    []string `toml:"stage" json:"stage,omitempty"`
	Status   []string `toml:"status" json:"status,omitempty"` // of the case
	Person   []string `toml:"person" json:"person,omitempty"` // status of the person
	Measure  []string `toml:"measure" json:"measure,omitempty"`
	Custody  bool     `toml:"custody" json:"custody,omitempty"`
	Detained bool     `toml:"detained" json:"detained,omitempty"`
	Charged  bool     `toml:"charged" json:"charged,omitempty"`
	Opened   bool     `toml:"opened" json:"opened,omitempty"`     // the case was opened (khởi tố)
	Received bool     `toml:"received" json:"received,omitempty"` // as a crime report
	Appealed bool     `toml:"appealed" json:"appealed,omitempty"` // an appeal or protest runs; of a person: that concerns them

	// Since the case came into the stage it is in.
	Indicted *bool `toml:"indicted" json:"indicted,omitempty"`
	Accepted *bool `toml:"accepted" json:"accepted,omitempty"` // by the court of first instance
	Judged   *bool `toml:"judged" json:"judged,omitempty"`
}

// Outcome is how a time limit ended.
type Outcome string

// The outcomes. Overdue is a stock: from the day after the end until it is done.
const (
	Met     Outcome = "met"
	Late    Outcome = "late"
	Settled Outcome = "settled" // met or late
	Overdue Outcome = "overdue"
)

// Limit chooses time limits.
type Limit struct {
	Rules   []string `toml:"rules" json:"rules"` // prefixes of ids of rules: REP- or DET-01
	Outcome Outcome  `toml:"outcome" json:"outcome"`
	Own     bool     `toml:"own" json:"own,omitempty"`   // only duties of the procuracy
	Held    bool     `toml:"held" json:"held,omitempty"` // only those that keep somebody locked up
}

// Who chooses people.
type Who struct {
	Juvenile *bool  `toml:"juvenile" json:"juvenile,omitempty"` // under 18 on the day; in a stock on the day they came in
	Sex      string `toml:"sex" json:"sex,omitempty"`
	Entity   *bool  `toml:"entity" json:"entity,omitempty"`
}

// Clock is a time limit of a case, as the module deadline computed it.
type Clock struct {
	Rule    string         // INV-01; of one that changes another JUV-02/INV-01
	Act     ledger.ActID   // it runs from
	Person  ledger.PartyID // "" for the whole case
	Office  string
	Legal   string // its end: a day or a minute
	Ended   string // "" while it runs
	Outcome Outcome
	Own     bool
	Held    bool
}

// Dims are what a fact can be told apart by. "" is not known.
type Dims struct {
	Chapter string `json:"chapter,omitempty"` // of the Penal Code, of the first charge
	Class   string `json:"class,omitempty"`   // of the crime: INT … DBNT
	Sex     string `json:"sex,omitempty"`
	Age     string `json:"age,omitempty"` // see Ages
}

// Ages are the groups of age on the day that counts, youngest first.
var Ages = []string{"-14", "14-15", "16-17", "18-29", "30-44", "45-"}

func ageGroup(years int) string {
	for i, to := range []int{14, 16, 18, 30, 45} {
		if years < to {
			return Ages[i]
		}
	}
	return Ages[len(Ages)-1]
}

// Fact is what one case adds to one figure on one day.
type Fact struct {
	Figure  string
	Day     civil.Date
	Office  string
	Person  ledger.PartyID
	Act     ledger.ActID // that made it
	N       int          // 1, or -1 where a stock loses what it had
	Entered time.Time    // when the act became known
	Dims
}

// Set is the figures of an installation.
type Set struct {
	all    []Figure
	byID   map[string][]*Figure // versions, oldest first
	byKind map[string][]*Figure
	pools  []*pool
	limits []*Figure
}

// pool is the figures that look at one state: what is in it, came into it and left it.
type pool struct {
	state                  *State
	ofCase                 bool
	from, to               civil.Date
	stocks, enters, leaves []*Figure
}

// pool returns the pool of a figure.
func (s *Set) pool(f *Figure, state *State) *pool {
	for _, p := range s.pools {
		if p.ofCase == (f.Unit == OfCase) && p.from == f.From && p.to == f.To && reflect.DeepEqual(p.state, state) {
			return p
		}
	}
	p := &pool{state: state, ofCase: f.Unit == OfCase, from: f.From, to: f.To}
	s.pools = append(s.pools, p)
	return p
}

// NewSet checks figures and makes them ready.
func NewSet(figures []Figure) (*Set, error) {
	s := &Set{all: slices.Clone(figures), byID: map[string][]*Figure{}, byKind: map[string][]*Figure{}}
	for i := range s.all {
		f := &s.all[i]
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("figure %s, version %d: %w", f.ID, f.Version, err)
		}
		for _, old := range s.byID[f.ID] {
			if old.Version == f.Version || old.in(f.From) || f.in(old.From) {
				return nil, fmt.Errorf("figure %s: versions %d and %d are in force on one day, or are one", f.ID, old.Version, f.Version)
			}
		}
		s.byID[f.ID] = append(s.byID[f.ID], f)
		slices.SortFunc(s.byID[f.ID], func(a, b *Figure) int { return strings.Compare(string(a.From), string(b.From)) })
		switch {
		case f.While != nil:
			p := s.pool(f, f.While)
			p.stocks = append(p.stocks, f)
		case f.Clock != nil:
			s.limits = append(s.limits, f)
		case f.Enters != nil:
			p := s.pool(f, f.Enters)
			p.enters = append(p.enters, f)
		case f.Leaves != nil:
			p := s.pool(f, f.Leaves)
			p.leaves = append(p.leaves, f)
		default:
			for _, k := range f.Acts {
				s.byKind[k] = append(s.byKind[k], f)
			}
		}
	}
	return s, nil
}

// in reports whether f is in force on a day.
func (f *Figure) in(d civil.Date) bool { return d >= f.From && (f.To == "" || d <= f.To) }

func (f *Figure) check() error {
	what := 0
	for _, given := range []bool{len(f.Acts) > 0, f.While != nil, f.Clock != nil} {
		if given {
			what++
		}
	}
	switch {
	case f.ID == "" || f.Name == "" || f.Version < 1 || f.From == "":
		return errors.New("id, name, version and from are needed")
	case f.To != "" && f.To < f.From:
		return errors.New("it ends before it is in force")
	case f.Unit != OfCase && f.Unit != OfPerson && f.Unit != OfAct:
		return fmt.Errorf("unit %q: want case, person or act", f.Unit)
	case what != 1:
		return errors.New("exactly one of acts, while and clock says what it counts")
	case f.While != nil && f.Unit == OfAct:
		return errors.New("a state is of a case or a person")
	case (f.Enters != nil || f.Leaves != nil) && (len(f.Acts) == 0 || f.Unit == OfAct || f.Enters != nil && f.Leaves != nil):
		return errors.New("acts bring a case or a person into a state, or out of it")
	case f.Who != nil && f.Unit != OfPerson:
		return errors.New("who is for figures that count people")
	case f.Clock != nil && !slices.Contains([]Outcome{Met, Late, Settled, Overdue}, f.Clock.Outcome):
		return fmt.Errorf("outcome %q: want met, late, settled or overdue", f.Clock.Outcome)
	}
	return nil
}

// Get returns the version of a figure that is in force on a day; the last one that was
// if none is.
func (s *Set) Get(id string, day civil.Date) (Figure, bool) {
	vs := s.byID[id]
	for i := len(vs) - 1; i >= 0; i-- {
		if vs[i].in(day) || vs[i].From <= day {
			return *vs[i], true
		}
	}
	if len(vs) == 0 {
		return Figure{}, false
	}
	return *vs[0], true
}

// Has reports whether there is a figure of an id, in any version.
func (s *Set) Has(id string) bool { return len(s.byID[id]) > 0 }

// All returns the figures as they stand on a day, in the order of the files.
func (s *Set) All(day civil.Date) (out []Figure) {
	for i := range s.all {
		if s.all[i].in(day) {
			out = append(out, s.all[i])
		}
	}
	return out
}
