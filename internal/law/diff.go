package law

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is one difference between two packs.
type Change struct {
	Kind  string `json:"kind"`            // rule, act, offence …: the name of its table in the files
	ID    string `json:"id"`              // of a rule "INV-01 từ 2018-01-01"
	What  string `json:"what"`            // added, removed, changed
	Field string `json:"field,omitempty"` // of what changed
	Old   string `json:"old,omitempty"`   // JSON
	New   string `json:"new,omitempty"`   // JSON
}

func (c Change) String() string {
	switch c.What {
	case "added":
		return fmt.Sprintf("+ %s %s", c.Kind, c.ID)
	case "removed":
		return fmt.Sprintf("- %s %s", c.Kind, c.ID)
	}
	return fmt.Sprintf("~ %s %s %s: %s → %s", c.Kind, c.ID, c.Field, c.Old, c.New)
}

// Diff returns what must be done to a to get b: by kind, by id, by field.
func Diff(a, b *Pack) []Change {
	var out []Change
	differ(&out, "rule", &a.rules, &b.rules)
	differ(&out, "act", &a.acts, &b.acts)
	differ(&out, "offence", &a.offences, &b.offences)
	differ(&out, "form", &a.forms, &b.forms)
	differ(&out, "list", &a.lists, &b.lists)
	differ(&out, "off", &a.off, &b.off)
	differ(&out, "work", &a.work, &b.work)
	differ(&out, "pending", &a.pending, &b.pending)
	differ(&out, "assumption", &a.assumptions, &b.assumptions)
	differ(&out, "uncertainty", &a.uncertain, &b.uncertain)
	differ(&out, "source", &a.sources, &b.sources)
	differ(&out, "condition", &a.conditions, &b.conditions)
	differ(&out, "stage", &a.stages, &b.stages)
	differ(&out, "mode", &a.modes, &b.modes)
	differ(&out, "class", &a.classes, &b.classes)
	differ(&out, "confidence", &a.grades, &b.grades)
	differ(&out, "succession", &a.successions, &b.successions)
	single := func(kind string, x, y any) { out = append(out, fields(kind, "", x, y)...) }
	single("pack", a.About, b.About)
	single("warnings", a.Warnings, b.Warnings)
	single("class_basis", a.ClassBasis, b.ClassBasis)
	single("calendar", a.calendar.head(), b.calendar.head())
	return out
}

// head is what the file says of the calendar as a whole.
func (c Calendar) head() Calendar {
	return Calendar{Basis: c.Basis, Sources: c.Sources, Note: c.Note, From: c.From, To: c.To}
}

func differ[T any](out *[]Change, kind string, a, b *shelf[T]) {
	var keys []string
	for k := range a.at {
		keys = append(keys, k)
	}
	for k := range b.at {
		if !a.has(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y string) int { return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)) })
	for _, k := range keys {
		x, old := a.get(k)
		y, now := b.get(k)
		switch {
		case !old:
			*out = append(*out, Change{Kind: kind, ID: k, What: "added"})
		case !now:
			*out = append(*out, Change{Kind: kind, ID: k, What: "removed"})
		default:
			*out = append(*out, fields(kind, k, x, y)...)
		}
	}
}

// fields compares two structs field by field, each named as in the files.
func fields(kind, id string, x, y any) (out []Change) {
	a, b := reflect.ValueOf(x), reflect.ValueOf(y)
	for i := range a.NumField() {
		f := a.Type().Field(i)
		name := f.Tag.Get("toml")
		if !f.IsExported() || name == "-" {
			continue
		}
		if old, now := written(a.Field(i)), written(b.Field(i)); old != now {
			out = append(out, Change{kind, id, "changed", name, old, now})
		}
	}
	return out
}

// written is a value as JSON; an empty list or map is the same as none.
func written(v reflect.Value) string {
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.Len() == 0 {
		return "[]"
	}
	b, err := json.Marshal(v.Interface())
	if err != nil { // plain data always has a text
		panic(err)
	}
	return string(b)
}
