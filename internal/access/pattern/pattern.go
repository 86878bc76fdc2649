// Package pattern finds unusual ways of reading files in lines of the journal (dấu hiệu
// bất thường khi khai thác hồ sơ). What is unusual is data, see Rules; a finding accuses
// nobody, it asks a person to look.
package pattern

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/civil"
)

// Kind is a way of counting.
type Kind string

// The kinds. Each counts what one person did within the window of a rule.
const (
	ManyCases Kind = "many_cases" // different cases that were read
	OffHours  Kind = "off_hours"  // pages outside working hours
	Granted   Kind = "granted"    // different cases of other offices, read on request
	FastPages Kind = "fast_pages" // pages of one case
	Copies    Kind = "copies"     // downloads, prints and exports
	Gone      Kind = "gone"       // pages of cases that are with another office now
	Dormant   Kind = "dormant"    // pages, after a long silence
)

// Rule says what is unusual.
type Rule struct {
	ID         string        `toml:"id"`
	Name       string        `toml:"name"` // Vietnamese
	Kind       Kind          `toml:"kind"`
	On         bool          `toml:"on"`
	Window     time.Duration `toml:"window"`
	Over       int           `toml:"over"`   // more than this many is unusual
	Silent     int           `toml:"silent"` // days, of Dormant
	Confidence string        `toml:"confidence"`
	Source     string        `toml:"source"`
}

// Rules is a version of them.
type Rules struct {
	Version string `toml:"version"`
	Work    struct {
		From string `toml:"from"` // "06:30"
		To   string `toml:"to"`
		Days []int  `toml:"days"` // 1 is Monday
	} `toml:"work"`
	Rule []Rule `toml:"rule"`
}

// Load reads rules. over, which may be "", is the file of an installation: each rule in
// it replaces the one of its id.
func Load(text, over string) (rs Rules, err error) {
	if rs, err = read(text); err != nil || over == "" {
		return rs, err
	}
	mine, err := read(over)
	if err != nil {
		return rs, err
	}
	rs.Version += "+" + mine.Version
	if mine.Work.From != "" {
		rs.Work = mine.Work
	}
	for _, r := range mine.Rule {
		i := slices.IndexFunc(rs.Rule, func(x Rule) bool { return x.ID == r.ID })
		if i < 0 {
			rs.Rule = append(rs.Rule, r)
			continue
		}
		rs.Rule[i] = r
	}
	return rs, nil
}

func read(text string) (rs Rules, err error) {
	md, err := toml.Decode(text, &rs)
	if err != nil {
		return rs, fmt.Errorf("unusual patterns: %w", err)
	}
	if left := md.Undecoded(); len(left) > 0 {
		return rs, fmt.Errorf("unusual patterns: unknown key %s", left[0])
	}
	if rs.Version == "" {
		return rs, errors.New("unusual patterns: version is missing")
	}
	for _, r := range rs.Rule {
		known := slices.Contains([]Kind{ManyCases, OffHours, Granted, FastPages, Copies, Gone, Dormant}, r.Kind)
		if r.ID == "" || r.Name == "" || !known || r.Window < time.Minute || r.Window > Longest || r.Over < 1 || r.Kind == Dormant && r.Silent < 1 || !strings.Contains("ABC", r.Confidence) || r.Confidence == "" {
			return rs, fmt.Errorf("unusual patterns: rule %q: want a name, a known kind, a window from 1m to %s, over, confidence A, B or C", r.ID, Longest)
		}
	}
	return rs, nil
}

// Longest is the longest window of a rule: how far back one must read to decide about a
// line.
const Longest = 2 * time.Hour

// Line is a line of the journal about a file, as far as patterns look.
type Line struct {
	N      int64
	At     time.Time
	Actor  string
	Office string // of the actor
	Owner  string // office that has the case
	Case   string
	Verb   string
	Rule   string // the right
	Silent int    // days since the actor did anything before; -1 if they never did
}

func (l Line) page() bool { return l.Verb == "page.view" }

func (l Line) copy() bool {
	return l.Verb == "document.download" || l.Verb == "page.print" || strings.HasSuffix(l.Verb, ".export")
}

// Found is what was unusual: a person, a rule, and the lines that made it so.
type Found struct {
	Rule  string
	Actor string
	From  time.Time
	To    time.Time
	Count int
	Lines []int64 // places in the journal, in order
}

// Find looks at lines, oldest first, and returns what is unusual in windows that end in
// the line at place since of the journal or a later one. What goes on for long is one finding: windows that overlap
// are joined.
func Find(rs Rules, lines []Line, since int64) (out []Found) {
	by := map[string][]Line{}
	for _, l := range lines {
		if l.Actor != "" && l.Case != "" && (l.page() || l.copy()) {
			by[l.Actor] = append(by[l.Actor], l)
		}
	}
	for _, r := range rs.Rule {
		if !r.On {
			continue
		}
		for _, ls := range by {
			for _, group := range r.split(rs, ls) {
				out = append(out, r.slide(group, since)...)
			}
		}
	}
	slices.SortFunc(out, func(a, b Found) int {
		return cmp.Or(a.From.Compare(b.From), strings.Compare(a.Actor, b.Actor), strings.Compare(a.Rule, b.Rule))
	})
	return out
}

// split returns the lines of one person that r counts, in the groups it counts them in.
func (r Rule) split(rs Rules, ls []Line) [][]Line {
	keep := func(f func(Line) bool) [][]Line {
		var out []Line
		for _, l := range ls {
			if f(l) {
				out = append(out, l)
			}
		}
		return [][]Line{out}
	}
	switch r.Kind {
	case ManyCases:
		return keep(Line.page)
	case OffHours:
		return keep(func(l Line) bool { return l.page() && !rs.working(l.At) })
	case Granted:
		return keep(func(l Line) bool {
			return l.page() && l.Owner != l.Office && (l.Rule == "grant" || l.Rule == "emergency")
		})
	case Copies:
		return keep(Line.copy)
	case Gone:
		return keep(func(l Line) bool { return l.page() && l.Owner != l.Office && l.Rule == "assigned" })
	case Dormant:
		if !slices.ContainsFunc(ls, func(l Line) bool { return l.Silent >= r.Silent }) {
			return nil
		}
		return keep(Line.page)
	case FastPages:
		cases := map[string][]Line{}
		for _, l := range keep(Line.page)[0] {
			cases[l.Case] = append(cases[l.Case], l)
		}
		out := make([][]Line, 0, len(cases))
		for _, c := range cases {
			out = append(out, c)
		}
		return out
	}
	return nil
}

// measure is how much lines of a window are by r: cases, or lines.
func (r Rule) measure(ls []Line) int {
	if r.Kind != ManyCases && r.Kind != Granted {
		return len(ls)
	}
	cases := map[string]bool{}
	for _, l := range ls {
		cases[l.Case] = true
	}
	return len(cases)
}

func (r Rule) slide(ls []Line, since int64) (out []Found) {
	first := 0
	last := -1 // line up to which the finding before reaches
	for i := range ls {
		for ls[i].At.Sub(ls[first].At) >= r.Window {
			first++
		}
		if ls[i].N < since {
			continue
		}
		n := r.measure(ls[first : i+1])
		if n <= r.Over {
			continue
		}
		if len(out) > 0 && first <= last {
			f := &out[len(out)-1]
			f.To, f.Count = ls[i].At, max(f.Count, n)
			for _, l := range ls[last+1 : i+1] {
				f.Lines = append(f.Lines, l.N)
			}
		} else {
			f := Found{Rule: r.ID, Actor: ls[i].Actor, From: ls[first].At, To: ls[i].At, Count: n}
			for _, l := range ls[first : i+1] {
				f.Lines = append(f.Lines, l.N)
			}
			out = append(out, f)
		}
		last = i
	}
	return out
}

// working reports whether t is in working hours, in Viet Nam.
func (rs Rules) working(t time.Time) bool {
	t = t.In(civil.Zone)
	day := int(t.Weekday())
	if day == 0 {
		day = 7
	}
	now := t.Format("15:04")
	return slices.Contains(rs.Work.Days, day) && now >= rs.Work.From && now < rs.Work.To
}
