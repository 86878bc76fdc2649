// Package indicator says what is measured and what is enough (chỉ tiêu công tác): formulas
// over figures, targets that are in force for some days and some offices, and whether a
// value meets its target. Sets are data; nothing here knows an office or a database.
package indicator

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
	"congminh/internal/stats/formula"
)

// Set is one version of the indicators of the nation, or of a province.
type Set struct {
	ID         string         `toml:"id"`
	Version    int            `toml:"version"`
	Name       string         `toml:"name"`
	Office     string         `toml:"office"` // "" for the nation; else of this office and all below it
	From       civil.Date     `toml:"from"`   // in force, both days included
	To         civil.Date     `toml:"to"`
	Size       string         `toml:"size"`   // formula over figures: how many cases an office has
	Levels     []string       `toml:"levels"` // of the offices that are measured
	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`

	Indicators []Indicator `toml:"-"`

	SizeOf *formula.Expr `toml:"-"`
}

// Key names a version of a set.
func (s *Set) Key() string { return fmt.Sprintf("%s/%d", s.ID, s.Version) }

// In reports whether s is in force on a day.
func (s *Set) In(d civil.Date) bool { return d >= s.From && (s.To == "" || d <= s.To) }

// Side is one side of a fraction.
type Side string

// The sides.
const (
	Numerator   Side = "numerator"
	Denominator Side = "denominator"
)

// Indicator is one thing that is measured.
type Indicator struct {
	ID      string `toml:"id"`
	Number  int    `toml:"number"` // in the list of the sector
	Part    string `toml:"part"`   // a, b where one number asks for two things
	Name    string `toml:"name"`
	Group   string `toml:"group"`
	Unit    string `toml:"unit"` // case, person, act
	Wording string `toml:"wording"`
	Note    string `toml:"note"`

	Num     string `toml:"numerator"`
	Den     string `toml:"denominator"`
	Fault   Side   `toml:"fault"`   // the side where only what the procuracy is at fault for counts
	Missing string `toml:"missing"` // why the system has no figure for it

	Levels  []string `toml:"levels"` // "" those of the set
	Targets []Target `toml:"targets"`

	Set    *Set          `toml:"-" json:"-"` // that it comes from
	NumOf  *formula.Expr `toml:"-" json:"-"`
	DenOf  *formula.Expr `toml:"-" json:"-"` // nil for a count
	Digest string        `toml:"-" json:"-"` // of everything above, hex
}

// No is the number as the list writes it: 26a.
func (i *Indicator) No() string { return fmt.Sprint(i.Number) + i.Part }

// Cmp compares a value with its target.
type Cmp string

// The comparators.
const (
	AtLeast Cmp = ">="
	AtMost  Cmp = "<="
	Exactly Cmp = "="
)

// Each is whose target it is; a target of any other holder is shown and not judged.
const EachUnit = "unit"

// Target is how much is enough. Exactly one of Percent and Count is given.
type Target struct {
	Cmp     Cmp      `toml:"cmp"`
	Percent *float64 `toml:"percent"` // of the denominator
	Count   *int64   `toml:"count"`
	Per     string   `toml:"per"`    // year, quarter: what time Count is for
	Each    string   `toml:"each"`   // whose Count it is; unit where not given
	Scaled  bool     `toml:"scaled"` // a shorter time needs less

	FromCases  int64 `toml:"from_cases"`  // only offices with at least so many cases a year
	BelowCases int64 `toml:"below_cases"` // only offices with fewer
}

// File is a file of indicators.
type File struct {
	Set       Set         `toml:"set"`
	Indicator []Indicator `toml:"indicator"`
}

// Read checks a file and makes it ready. hasFigure tells which figures there are.
func Read(f File, hasFigure func(id string) bool) (*Set, error) {
	s := f.Set
	if s.ID == "" || s.Version < 1 || s.Name == "" || s.From == "" || s.To != "" && s.To < s.From || s.Source == "" {
		return nil, errors.New("set: id, version, name, from and source are needed, and to after from")
	}
	var err error
	if s.SizeOf, err = read(s.Size, hasFigure); err != nil || s.SizeOf == nil {
		return nil, fmt.Errorf("set: size %q: %w", s.Size, cmpErr(err))
	}
	seen := map[string]bool{}
	for _, i := range f.Indicator {
		if err := i.ready(hasFigure); err != nil {
			return nil, fmt.Errorf("indicator %s: %w", i.ID, err)
		}
		if seen[i.ID] {
			return nil, fmt.Errorf("indicator %s stands twice", i.ID)
		}
		seen[i.ID] = true
		s.Indicators = append(s.Indicators, i)
	}
	for n := range s.Indicators {
		i := &s.Indicators[n]
		i.Set = &s
		if len(i.Levels) == 0 {
			i.Levels = s.Levels
		}
	}
	return &s, nil
}

func cmpErr(err error) error {
	if err == nil {
		return errors.New("a formula is needed")
	}
	return err
}

// Start behind the id of a figure means: as it stood before the period.
const start = ".start"

// read reads a formula; nil for "".
func read(text string, hasFigure func(string) bool) (*formula.Expr, error) {
	if text == "" {
		return nil, nil
	}
	e, err := formula.Parse(text)
	if err != nil {
		return nil, err
	}
	if !e.Linear() {
		return nil, fmt.Errorf("%q: only sums and differences of figures open their cases", text)
	}
	for _, n := range e.Names() {
		if !hasFigure(strings.TrimSuffix(n, start)) {
			return nil, fmt.Errorf("there is no figure %s", n)
		}
	}
	return e, nil
}

func (i *Indicator) ready(hasFigure func(string) bool) (err error) {
	if i.ID == "" || i.Number < 1 || i.Name == "" || i.Group == "" || len(i.Targets) == 0 {
		return errors.New("id, number, name, group and targets are needed")
	}
	if i.NumOf, err = read(i.Num, hasFigure); err != nil {
		return fmt.Errorf("numerator: %w", err)
	}
	if i.DenOf, err = read(i.Den, hasFigure); err != nil {
		return fmt.Errorf("denominator: %w", err)
	}
	if (i.NumOf == nil) == (i.Missing == "") {
		return errors.New("either a numerator, or why there is none")
	}
	if i.Fault != "" && i.Fault != Numerator && i.Fault != Denominator || i.Fault == Denominator && i.DenOf == nil {
		return fmt.Errorf("fault %q: want a side that it has", i.Fault)
	}
	for _, t := range i.Targets {
		if err := t.check(i); err != nil {
			return fmt.Errorf("target: %w", err)
		}
	}
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	i.Digest = fmt.Sprintf("%x", sha256.Sum256(text))
	return nil
}

func (t *Target) check(i *Indicator) error {
	switch {
	case !slices.Contains([]Cmp{AtLeast, AtMost, Exactly}, t.Cmp):
		return fmt.Errorf("cmp %q: want >=, <= or =", t.Cmp)
	case (t.Percent == nil) == (t.Count == nil):
		return errors.New("exactly one of percent and count")
	case t.Percent != nil && (*t.Percent < 0 || *t.Percent > 100) || t.Count != nil && *t.Count < 0:
		return errors.New("out of its range")
	case t.Per != "" && t.months() == 0:
		return fmt.Errorf("per %q: want year or quarter", t.Per)
	case t.Percent != nil && i.NumOf != nil && i.DenOf == nil:
		return errors.New("a percentage needs a denominator")
	case t.Each != "" && t.Each != EachUnit && i.NumOf != nil:
		return fmt.Errorf("each %q is not counted", t.Each)
	}
	return nil
}

// months of the time a count is for; 0 if it is for none.
func (t *Target) months() int {
	switch t.Per {
	case "year":
		return 12
	case "quarter":
		return 3
	}
	return 0
}

// Target returns the target for an office that has so many cases a year.
func (i *Indicator) Target(cases int64) (Target, bool) {
	for _, t := range i.Targets {
		if cases >= t.FromCases && (t.BelowCases == 0 || cases < t.BelowCases) {
			return t, true
		}
	}
	return Target{}, false
}

// More reports whether more is better.
func (t *Target) More() bool { return t.Cmp == AtLeast }

// Needed is the count that is needed of so many units in so many months (0: some days);
// early is true where the time is too short for the target to be due.
func (t *Target) Needed(months int, units int64) (n int64, early bool) {
	n = *t.Count * units
	per := t.months()
	if per == 0 || t.Cmp != AtLeast {
		return n, false
	}
	switch {
	case months >= per:
		return n * int64(months/per), false
	case t.Scaled && months > 0:
		n = n * int64(months) / int64(per)
		return n, n == 0
	}
	return n, true
}

// State is how a value stands to its target.
type State string

// The states (Đạt, Vượt, Không đạt, Không phát sinh …).
const (
	Met      State = "met"
	Exceeded State = "exceeded"
	Failed   State = "failed"
	None     State = "none"    // nothing of the kind happened
	Early    State = "early"   // the target is for a longer time than the period
	Unknown  State = "unknown" // the system has no figure, or no target is in force
)

// States lists the states in the order people see them.
var States = []State{Failed, Met, Exceeded, None, Early, Unknown}

// VN names s for a person.
func (s State) VN() string {
	switch s {
	case Met:
		return "Đạt"
	case Exceeded:
		return "Vượt"
	case Failed:
		return "Không đạt"
	case None:
		return "Không phát sinh"
	case Early:
		return "Chưa đến kỳ đánh giá"
	case Unknown:
		return "Chưa có nguồn số liệu"
	}
	return string(s)
}

// Value is what was counted.
type Value struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"` // 0 for a count
}

// Span is the time and the offices a value is of.
type Span struct {
	Months int // 0: some days
	Over   bool
	Units  int64 // offices
}

// Judge tells how a value stands to its target. Percentages are compared as whole
// numbers: nothing is rounded.
func (i *Indicator) Judge(t Target, v Value, in Span) State {
	if i.NumOf == nil {
		return Unknown
	}
	if i.DenOf != nil && v.Den == 0 {
		return None
	}
	have, want, early := v.Num, int64(0), false
	if t.Percent != nil {
		// num ÷ den against percent ÷ 100, both times 10,000 × den
		have, want = v.Num*percentUnit, int64(math.Round(*t.Percent*percentUnit/100))*v.Den
	} else {
		want, early = t.Needed(in.Months, in.Units)
		early = early || !in.Over && t.Cmp == AtLeast
	}
	switch {
	case have == want:
		if early && want == 0 {
			return Early
		}
		return Met
	case t.Cmp == AtLeast && have > want, t.Cmp == AtMost && have < want:
		return Exceeded
	case early:
		return Early
	}
	return Failed
}

const percentUnit = 10000

// Rate is the value in percent; ok is false for a count, or where there is nothing.
func (v Value) Rate() (percent float64, ok bool) {
	if v.Den == 0 {
		return 0, false
	}
	return 100 * float64(v.Num) / float64(v.Den), true
}

// Words writes t, as papers do: "≥ 80 %", "≥ 2 mỗi năm".
func (t Target) Words() string {
	sign := map[Cmp]string{AtLeast: "≥ ", AtMost: "≤ ", Exactly: ""}[t.Cmp]
	if t.Percent != nil {
		return sign + strings.Replace(strconv.FormatFloat(*t.Percent, 'f', -1, 64), ".", ",", 1) + " %"
	}
	if t.Count == nil {
		return ""
	}
	out := sign + strconv.FormatInt(*t.Count, 10)
	switch t.Per {
	case "year":
		out += " mỗi năm"
	case "quarter":
		out += " mỗi quý"
	}
	return out
}
