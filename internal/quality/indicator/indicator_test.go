package indicator

import (
	"strings"
	"testing"

	"congminh/internal/kit/civil"
)

func percent(c Cmp, v float64) Target { return Target{Cmp: c, Percent: &v} }
func count(c Cmp, n int64, per string, scaled bool) Target {
	return Target{Cmp: c, Count: &n, Per: per, Scaled: scaled}
}

func TestJudge(t *testing.T) {
	has := func(string) bool { return true }
	rate := Indicator{ID: "r", Number: 1, Name: "r", Group: "g", Num: "a", Den: "b", Targets: []Target{percent(AtLeast, 80)}}
	tally := Indicator{ID: "t", Number: 2, Name: "t", Group: "g", Num: "a", Targets: []Target{count(AtLeast, 1, "year", false)}}
	for _, i := range []*Indicator{&rate, &tally} {
		if err := i.ready(has); err != nil {
			t.Fatal(err)
		}
	}
	year, half, running := Span{12, true, 1}, Span{6, true, 1}, Span{12, false, 1}
	for _, c := range []struct {
		name string
		i    *Indicator
		t    Target
		v    Value
		in   Span
		want State
	}{
		{"8 of 10 against 80 %", &rate, percent(AtLeast, 80), Value{8, 10}, year, Met},
		{"9 of 10 against 80 %", &rate, percent(AtLeast, 80), Value{9, 10}, year, Exceeded},
		{"7 of 10 against 80 %", &rate, percent(AtLeast, 80), Value{7, 10}, year, Failed},
		{"nothing happened", &rate, percent(AtLeast, 80), Value{0, 0}, year, None},
		{"all of all", &rate, percent(AtLeast, 100), Value{7, 7}, year, Met},
		{"all but one of a million", &rate, percent(AtLeast, 100), Value{999_999, 1_000_000}, year, Failed},
		{"at most 2 %: 2 of 100", &rate, percent(AtMost, 2), Value{2, 100}, year, Met},
		{"at most 2 %: 1 of 100", &rate, percent(AtMost, 2), Value{1, 100}, year, Exceeded},
		{"at most 2 %: 3 of 100", &rate, percent(AtMost, 2), Value{3, 100}, year, Failed},
		{"at most 1.5 %: 3 of 200", &rate, percent(AtMost, 1.5), Value{3, 200}, year, Met},
		{"at most 1.5 %: 301 of 20,000", &rate, percent(AtMost, 1.5), Value{301, 20_000}, year, Failed},
		{"none of any", &rate, percent(Exactly, 0), Value{0, 5}, year, Met},
		{"one of any", &rate, percent(Exactly, 0), Value{1, 5}, year, Failed},
		{"once a year", &tally, count(AtLeast, 1, "year", false), Value{1, 0}, year, Met},
		{"twice a year", &tally, count(AtLeast, 1, "year", false), Value{2, 0}, year, Exceeded},
		{"never in a year", &tally, count(AtLeast, 1, "year", false), Value{0, 0}, year, Failed},
		{"not yet in a half", &tally, count(AtLeast, 1, "year", false), Value{0, 0}, half, Early},
		{"already in a half", &tally, count(AtLeast, 1, "year", false), Value{1, 0}, half, Met},
		{"the year still runs", &tally, count(AtLeast, 1, "year", false), Value{0, 0}, running, Early},
		{"two a year, scaled: one in a half", &tally, count(AtLeast, 2, "year", true), Value{1, 0}, half, Met},
		{"two a year, scaled: none in a half", &tally, count(AtLeast, 2, "year", true), Value{0, 0}, half, Failed},
		{"two a year, scaled: none in a month", &tally, count(AtLeast, 2, "year", true), Value{0, 0}, Span{1, true, 1}, Early},
		{"once a quarter: three in a year", &tally, count(AtLeast, 1, "quarter", false), Value{3, 0}, year, Failed},
		{"once a quarter: four in a year", &tally, count(AtLeast, 1, "quarter", false), Value{4, 0}, year, Met},
		{"five offices, once each", &tally, count(AtLeast, 1, "year", false), Value{4, 0}, Span{12, true, 5}, Failed},
		{"five offices, once each, done", &tally, count(AtLeast, 1, "year", false), Value{5, 0}, Span{12, true, 5}, Met},
		{"none at all", &tally, count(Exactly, 0, "", false), Value{0, 0}, half, Met},
		{"one where none may be", &tally, count(Exactly, 0, "", false), Value{1, 0}, half, Failed},
		{"no figure", &Indicator{}, percent(AtLeast, 80), Value{}, year, Unknown},
	} {
		if got := c.i.Judge(c.t, c.v, c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := func() File {
		return File{Set: Set{ID: "s", Version: 1, Name: "S", From: "2026-01-01", Size: "a", Source: "x"},
			Indicator: []Indicator{{ID: "i", Number: 1, Name: "I", Group: "g", Num: "a", Den: "b", Targets: []Target{percent(AtLeast, 80)}}}}
	}
	has := func(id string) bool { return id == "a" || id == "b" }
	if _, err := Read(good(), has); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*File){
		"there is no figure c":   func(f *File) { f.Indicator[0].Num = "a + c" },
		"only sums":              func(f *File) { f.Indicator[0].Num = "a * b" },
		"needs a denominator":    func(f *File) { f.Indicator[0].Den = "" },
		"either a numerator":     func(f *File) { f.Indicator[0].Missing = "why" },
		"stands twice":           func(f *File) { f.Indicator = append(f.Indicator, f.Indicator[0]) },
		"exactly one of percent": func(f *File) { n := int64(1); f.Indicator[0].Targets[0].Count = &n },
		"is not counted":         func(f *File) { f.Indicator[0].Targets[0].Each = "prosecutor" },
		"id, version":            func(f *File) { f.Set.To = "2025-01-01" },
	} {
		f := good()
		spoil(&f)
		if _, err := Read(f, has); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}

// A province takes the place of the nation only in what it names, while it is in force.
func TestFor(t *testing.T) {
	has := func(string) bool { return true }
	set := func(id, office, from, to string, version int, targets map[string]float64) *Set {
		f := File{Set: Set{ID: id, Version: version, Name: id, Office: office, From: civil.Date(from), To: civil.Date(to), Size: "a", Source: "x"}}
		for n, k := range []string{"x", "y"} {
			if v, ok := targets[k]; ok {
				f.Indicator = append(f.Indicator, Indicator{ID: k, Number: n + 1, Name: k, Group: "g", Num: "a", Den: "b", Targets: []Target{percent(AtLeast, v)}})
			}
		}
		s, err := Read(f, has)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	old := set("n", "", "2025-01-01", "2025-12-31", 1, map[string]float64{"x": 70, "y": 70})
	now := set("n", "", "2026-01-01", "", 2, map[string]float64{"x": 80, "y": 80})
	own := set("p", "tinh", "2026-07-01", "", 1, map[string]float64{"y": 95})
	sets, err := NewSets([]*Set{own, now, old})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		chain []string
		day   string
		want  []float64
	}{
		{[]string{"tc", "tinh", "kv"}, "2026-11-01", []float64{80, 95}},
		{[]string{"tc", "tinh", "kv"}, "2026-06-30", []float64{80, 80}},
		{[]string{"tc", "khac", "kv9"}, "2026-11-01", []float64{80, 80}},
		{[]string{"tc", "tinh"}, "2025-11-01", []float64{70, 70}},
		{[]string{"tc", "tinh"}, "2024-11-01", nil},
	} {
		got := sets.For(c.chain, civil.Date(c.day))
		if len(got) != len(c.want) {
			t.Fatalf("%v on %s: %d indicators", c.chain, c.day, len(got))
		}
		for n, i := range got {
			if *i.Targets[0].Percent != c.want[n] {
				t.Errorf("%v on %s: %s is %v, want %v", c.chain, c.day, i.ID, *i.Targets[0].Percent, c.want[n])
			}
		}
	}
	if d := Differ(old, now); len(d) != 2 {
		t.Error(d)
	}
	if d := Differ(now, own); len(d) != 1 || d[0].ID != "y" {
		t.Error(d)
	}
	if _, err := NewSets([]*Set{now, set("n", "", "2026-05-01", "", 3, nil)}); err == nil {
		t.Error("two versions on one day")
	}
}
