package clock

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"congminh/internal/law"
)

// ours is the engine of the program's own law.
var ours = sync.OnceValues(func() (*Engine, error) {
	p, err := law.Load(law.Embedded())
	if err != nil {
		return nil, err
	}
	return Compile(p), nil
})

func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

type expected struct {
	Rule, What, Nominal, Legal string
	Advisory                   string `yaml:"advisory_last_working_day"`
}

type worked struct {
	ID        string
	Title     string
	Expected  []expected
	Reasoning string
}

// workedCases reads the expectations of a file of worked cases.
func workedCases(t testing.TB, path string) (map[string]worked, []string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []worked }
	if err := yaml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	out, order := map[string]worked{}, []string{}
	for _, c := range file.Cases {
		if _, twice := out[c.ID]; twice {
			t.Errorf("%s: %s stands twice", path, c.ID)
		}
		out[c.ID] = c
		order = append(order, c.ID)
	}
	return out, order
}

var caseFiles = []string{"testdata/cases.yaml", "testdata/every-rule.yaml", "testdata/more.yaml", "testdata/examiner.yaml"}

// Worked cases: expectations written by hand from the text of the law.
func TestWorkedCases(t *testing.T) {
	e := engine(t)
	for _, path := range caseFiles {
		want, _ := workedCases(t, path)
		in, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		cases, err := e.ReadCases(in)
		if err != nil {
			t.Fatal(path, err)
		}
		for _, c := range cases {
			t.Run(c.ID, func(t *testing.T) {
				if c.Err != nil {
					t.Fatal(c.Err)
				}
				results := e.Evaluate(&c.Facts)
				for _, w := range want[c.ID].Expected {
					if !answers(results, w) {
						t.Errorf("%s: %s (%s) is not among the results: want %s, %s %s\nreasoning: %s\n%s", c.ID, w.Rule, w.What, w.Nominal, w.Legal, w.Advisory, want[c.ID].Reasoning, about(results, w.Rule))
					}
				}
			})
		}
	}
}

func answers(results []Result, w expected) bool {
	for _, r := range results {
		if r.Rule == w.Rule && r.Nominal == w.Nominal && r.Legal == w.Legal && (w.Advisory == "" || r.Advisory == w.Advisory) {
			return true
		}
	}
	return false
}

func about(results []Result, rule string) string {
	var b strings.Builder
	for _, r := range results {
		if rule == "" || r.Rule == rule {
			fmt.Fprintf(&b, "  %s/%d of %q: %s → %s, %s (%s) [%s] %s\n", r.Rule, r.Seq, r.Of, r.Start, r.Nominal, r.Legal, r.What, r.Condition, strings.Join(r.Steps, " | "))
		}
	}
	if b.Len() == 0 {
		return "  nothing for this rule"
	}
	return b.String()
}
