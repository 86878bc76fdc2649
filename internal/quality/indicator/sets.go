package indicator

import (
	"cmp"
	"fmt"
	"slices"

	"congminh/internal/kit/civil"
)

// Sets is every version of every set of an installation.
type Sets struct{ all []*Set }

// NewSets refuses two versions of a set that are in force on one day.
func NewSets(sets []*Set) (*Sets, error) {
	for n, a := range sets {
		for _, b := range sets[:n] {
			if a.ID == b.ID && a.Office != b.Office {
				return nil, fmt.Errorf("set %s is of two offices", a.ID)
			}
			if a.Office == b.Office && (a.Key() == b.Key() || a.In(b.From) || b.In(a.From)) {
				return nil, fmt.Errorf("sets %s and %s are in force on one day", a.Key(), b.Key())
			}
		}
	}
	out := slices.Clone(sets)
	slices.SortStableFunc(out, func(a, b *Set) int {
		return cmp.Or(cmp.Compare(a.Office, b.Office), cmp.Compare(a.From, b.From))
	})
	return &Sets{out}, nil
}

// All lists the sets: the nation first, the oldest first.
func (s *Sets) All() []*Set { return s.all }

// Get returns a set by its key.
func (s *Sets) Get(key string) (*Set, bool) {
	for _, x := range s.all {
		if x.Key() == key {
			return x, true
		}
	}
	return nil, false
}

// For returns the indicators of an office on a day: those of the nation, with those of
// the offices above it (the topmost first) and its own in their place.
func (s *Sets) For(chain []string, day civil.Date) []*Indicator {
	var out []*Indicator
	for _, office := range slices.Concat([]string{""}, chain) {
		for _, set := range s.all {
			if set.Office != office || !set.In(day) {
				continue
			}
			for n := range set.Indicators {
				i := &set.Indicators[n]
				if at := slices.IndexFunc(out, func(x *Indicator) bool { return x.ID == i.ID }); at >= 0 {
					out[at] = i
				} else {
					out = append(out, i)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *Indicator) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Part, b.Part))
	})
	return out
}

// Change is a difference between two sets.
type Change struct {
	ID       string
	Name     string
	Was, Now *Indicator // nil where it is not in the set
}

// Differ lists what differs between two sets, in the order of the list.
func Differ(was, now *Set) (out []Change) {
	of := func(s *Set, id string) *Indicator {
		for n := range s.Indicators {
			if s.Indicators[n].ID == id {
				return &s.Indicators[n]
			}
		}
		return nil
	}
	for n := range now.Indicators {
		i := &now.Indicators[n]
		if old := of(was, i.ID); old == nil || old.Digest != i.Digest {
			out = append(out, Change{i.ID, i.Name, old, i})
		}
	}
	if now.Office == was.Office { // a province replaces only what it names
		for n := range was.Indicators {
			if i := &was.Indicators[n]; of(now, i.ID) == nil {
				out = append(out, Change{i.ID, i.Name, i, nil})
			}
		}
	}
	return out
}
