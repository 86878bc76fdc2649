package deadline

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
)

//go:embed data/reading.toml
var readingFile []byte

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

// newReading reads the file of the program.
func newReading() reading {
	var file struct {
		Limitation struct {
			Rule     string `toml:"rule"`
			Citation string `toml:"citation"`
		} `toml:"limitation"`
		Investigation []struct {
			Events   []string `toml:"events"`
			Rule     string   `toml:"rule"`
			Citation string   `toml:"citation"`
		} `toml:"investigation"`
		Extends []struct {
			Event    string `toml:"event"`
			Rule     string `toml:"rule"`
			Citation string `toml:"citation"`
		} `toml:"extends"`
		Alike []struct {
			Events   []string `toml:"events"`
			As       string   `toml:"as"`
			Citation string   `toml:"citation"`
		} `toml:"alike"`
	}
	md, err := toml.Decode(string(readingFile), &file)
	if err == nil && (len(md.Undecoded()) > 0 || len(file.Investigation) == 0) {
		err = fmt.Errorf("unknown keys %v, or no period of investigation", md.Undecoded())
	}
	if err != nil {
		panic(fmt.Sprintf("deadline: reading.toml: %v", err)) // it is part of the program, and tested
	}
	r := reading{limitation: file.Limitation.Rule, first: file.Investigation[0].Rule,
		runs: map[string]string{}, extends: map[string]string{}, alike: map[string]string{}}
	for _, x := range file.Investigation {
		for _, e := range x.Events {
			r.runs[e] = x.Rule
		}
	}
	for _, x := range file.Extends {
		r.extends[x.Event] = x.Rule
	}
	for _, x := range file.Alike {
		for _, e := range x.Events {
			r.alike[e] = x.As
		}
	}
	return r
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

// withSeq adds to a rule the number of its extension, as the act gives it, unless the
// event has said it.
func withSeq(rule string, a *ledger.Act) string {
	if n := a.Fields["seq"]; n != "" && !strings.Contains(rule, "/") {
		return rule + "/" + n
	}
	return rule
}
