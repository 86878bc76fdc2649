package clock

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"

	"congminh/internal/law"
)

//go:embed readings.toml
var readingsFile string

// reading is another length that a note of a rule gives.
type reading struct {
	Rule     string      `toml:"rule"`
	Length   law.Length  `toml:"length"`
	Extended *law.Length `toml:"extended"` // of its extension from the trigger
	Roll     bool        `toml:"roll"`
	If       string      `toml:"if"`
	When     []string    `toml:"when"`
}

// readings adds to the rules of a pack the other lengths their notes give. A rule that
// has already been given the condition of a reading in the pack needs it no more.
func readings(rules []law.Rule, words map[string]string) []law.Rule {
	var file struct {
		Reading []reading `toml:"reading"`
	}
	if _, err := toml.Decode(readingsFile, &file); err != nil {
		panic(fmt.Sprintf("clock: readings.toml: %v", err)) // it is part of the program, and tested
	}
	out := slices.Clone(rules)
	for n, x := range file.Reading {
		for _, r := range rules {
			if r.ID != x.Rule || len(x.When) > 0 && slices.ContainsFunc(rules, func(o law.Rule) bool { return o.ID == r.ID && slices.Equal(o.When, x.When) }) {
				continue
			}
			length := x.Length
			r.Length, r.Roll, r.Extensions = &length, x.Roll, nil
			if x.Extended != nil {
				r.Extensions = []law.Extension{{Seq: 1, Max: *x.Extended, FromTrigger: true, Roll: x.Roll}}
			}
			if x.If == "" {
				r.When = x.When
			} else {
				word := fmt.Sprintf("reading:%d", n)
				words[word] = x.If
				r.When = append(slices.Clone(r.When), word)
			}
			out = append(out, r)
		}
	}
	return out
}
