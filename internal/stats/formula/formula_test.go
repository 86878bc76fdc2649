package formula

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	values := map[string]float64{"1": 7, "2": 3, "8": 2, "d10": 12, "report.new": 4, "none": 0}
	for _, c := range []struct {
		text string
		want float64
		ok   bool
	}{
		{"1 + 2 - 8", 8, true},
		{"1-(2-8)", 6, true},
		{"1 - 2 - 8", 2, true},
		{"report.new / (1 + 2) * =100", 40, true},
		{"1 / none", 0, false},
		{"2 + 1 / none", 0, false},
		{"d10 * 2 + 8", 38, true},
		{"=0.5 * 8", 1, true},
	} {
		e, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got, ok := e.Eval(func(n string) float64 { return values[n] }); got != c.want || ok != c.ok {
			t.Errorf("%s: %v %v, want %v %v", c.text, got, ok, c.want, c.ok)
		}
		again, err := Parse(e.String())
		if err != nil || again.String() != e.String() {
			t.Errorf("%s: written as %s, which reads as %v, %v", c.text, e, again, err)
		}
	}
	e, _ := Parse("b + a - b * c")
	if got := e.Names(); !slices.Equal(got, []string{"a", "b", "c"}) || e.Linear() {
		t.Error(got, e.Linear())
	}
}

func TestRefused(t *testing.T) {
	for text, at := range map[string]int{"": 0, "1 +": 3, "1 2": 2, "(1": 2, "1)": 1, "a ? b": 2, "=x": 1, "=": 1, strings.Repeat("(", 60) + "1": 50} {
		_, err := Parse(text)
		bad, ok := errors.AsType[*Error](err)
		if !ok || bad.At != at {
			t.Errorf("%q: %v, want an error at %d", text, err, at)
		}
	}
}

// What is read is written and read again as the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"1+2-8", "a/(b+c)*=100", "((1))", "=1.5-x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(e.String())
		if err != nil || again.String() != e.String() {
			t.Fatalf("%q: %s, then %v, %v", text, e, again, err)
		}
		value := func(n string) float64 { return float64(len(n)) }
		a, aok := e.Eval(value)
		b, bok := again.Eval(value)
		if aok != bok || a != b && a == a {
			t.Fatalf("%q: %v, then %v", text, a, b)
		}
	})
}
