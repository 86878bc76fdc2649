package deadline

import (
	"slices"
	"strings"
	"testing"

	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
)

// What the reading names is in the law: its rules, and the events of its acts.
func TestReadingIsOfTheLaw(t *testing.T) {
	l := testLaw(t)
	rule := func(id string) {
		id, _, _ = strings.Cut(id, "/")
		if _, ok := l.Pack.Rule(id, "2026-01-01"); !ok && id != running {
			t.Errorf("there is no rule %s", id)
		}
	}
	var events []string
	for _, a := range l.Acts() {
		for _, e := range a.Events {
			e, _, _ = strings.Cut(e, "@")
			events = append(events, e)
		}
	}
	event := func(name string) {
		if !slices.Contains(events, name) {
			t.Errorf("no act raises %s", name)
		}
	}
	rule(l.reading.limitation)
	for e, r := range l.reading.runs {
		event(e)
		rule(r)
	}
	for e, r := range l.reading.extends {
		event(e)
		rule(r)
	}
	for e := range l.reading.alike {
		event(e)
	}
	if strings.Count(string(readingFile), "citation = ") != 1+len(l.reading.runs)+len(l.reading.extends)+len(l.reading.alike) {
		t.Error("something has no citation")
	}
}

func TestReading(t *testing.T) {
	r := newReading()
	period := r.first
	for _, c := range []struct{ name, seq, want, value string }{
		{"case_initiated", "", "case_initiated", ""},
		{"investigation_extended", "1", "extension_granted", "INV-01/1"},
		{"investigation_resumed", "", "investigation_resumed", ""},
		{"investigation_extended", "", "extension_granted", "INV-03"},
		{"reinvestigation_file_received", "", "reinvestigation_file_received", ""},
		{"investigation_extended", "2", "extension_granted", "INV-01/2"},
		{"report_extended", "1", "extension_granted", "REC-04/2"},
		{"custody_extended", "2", "extension_granted", "HLD-05/2"},
		{"court_suspended", "", "suspended", ""},
		{"detention_start", "", "detention_start", ""},
	} {
		e := clock.Event{Name: c.name}
		r.read(&e, &ledger.Act{Fields: map[string]string{"seq": c.seq}}, &period)
		if e.Name != c.want || e.Value != c.value {
			t.Errorf("%s %s: got %s %q, want %s %q", c.name, c.seq, e.Name, e.Value, c.want, c.value)
		}
	}
}
