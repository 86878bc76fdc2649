package deadline

import (
	"testing"

	"congminh/internal/criminal/ledger"
)

// Whoever is held is watched until the ledger says that they are not, and what comes
// later never moves the moment of it.
func TestHeldAreWatched(t *testing.T) {
	l, p := testLaw(t), testPolicy(t)
	who := []ledger.PartyID{"p"}
	act := func(kind, at, by string, more ...func(*ledger.Act)) ledger.Act {
		a := ledger.Act{ID: ledger.ActID(kind + at), Kind: kind, At: ledger.Moment(at), By: by}
		for _, f := range more {
			f(&a)
		}
		return a
	}
	them := func(a *ledger.Act) { a.Parties = who }
	field := func(k, v string) func(*ledger.Act) {
		return func(a *ledger.Act) { a.Fields = map[string]string{k: v} }
	}
	held := act("detention.start", "2026-03-10", "police", them)
	toCourt := []ledger.Act{
		act("investigation.conclude", "2026-04-20", "police"), act("file.to_vks", "2026-04-21", "procuracy"), act("case.indict", "2026-04-28", "procuracy"),
		act("file.to_court", "2026-04-29", "procuracy"), act("court.accept", "2026-05-04", "court"),
	}
	for _, c := range []struct {
		name  string
		acts  []ledger.Act
		runs  bool   // a clock that holds the person runs
		ended string // else when the first detention came to rest
		state State
	}{
		{"detained", nil, true, "", ""},
		{"the case is suspended", []ledger.Act{act("investigation.suspend", "2026-03-20", "police")}, true, "", ""},
		{"terminated for the person, who is not let go", []ledger.Act{act("investigation.terminate", "2026-03-20", "police", them)}, true, "", ""},
		{"transferred", []ledger.Act{act("case.transfer", "2026-03-20", "procuracy")}, true, "", ""},
		{"sent to the court and accepted", toCourt, true, "", ""},
		{"taken into another case, which watches", []ledger.Act{act("case.merge", "2026-03-20", "police", field("decision", "into"))}, false, "2026-03-20", Stopped},
		{"split off, where it goes on", []ledger.Act{act("case.split", "2026-03-20", "police", them)}, false, "2026-03-20", Stopped},
		{"let go", []ledger.Act{act("detention.release", "2026-03-20", "police", them)}, false, "2026-03-20", Done},
		{"let go, and the case goes on for long", []ledger.Act{act("detention.release", "2026-03-20", "police", them),
			act("investigation.plan_conclusion", "2026-09-02", "police")}, false, "2026-03-20", Done},
		{"died, and the case goes on", []ledger.Act{act("person.death", "2026-03-20", "other", them),
			act("investigation.plan_conclusion", "2026-09-02", "police")}, false, "2026-03-20", Stopped},
		{"another measure in its place", []ledger.Act{act("detention.replace", "2026-03-20", "procuracy", them, field("measure", "residence_ban"))}, false, "2026-03-20", Done},
		{"escaped in time", []ledger.Act{act("person.escape", "2026-03-20", "other", them)}, false, "2026-03-20", Stopped},
		{"escaped after the end: held too long", []ledger.Act{act("person.escape", "2026-08-20", "other", them)}, false, "2026-08-20", Missed},
		{"let go after the end", []ledger.Act{act("detention.release", "2026-08-20", "police", them)}, false, "2026-08-20", Late},
		{"suspended, then let go", []ledger.Act{act("investigation.suspend", "2026-03-20", "police"), act("detention.release", "2026-03-25", "police", them)}, false, "2026-03-25", Done},
	} {
		in := case173("2", append([]ledger.Act{held}, c.acts...)...)
		var runs bool
		var first *Clock
		ks := compute(l, p, region, &in, nil).clocks
		for i := range ks {
			k := &ks[i]
			if k.Held == Detained && k.Subject == "p" {
				runs = runs || k.State == Running
				if k.Rule == "DET-01" && k.Seq == 0 {
					first = k
				}
			}
		}
		if runs != c.runs {
			t.Errorf("%s: a clock runs: %v, want %v", c.name, runs, c.runs)
		}
		if first == nil {
			t.Fatalf("%s: no clock of the detention", c.name)
		}
		if !c.runs && (first.Ended != c.ended || first.State != c.state) {
			t.Errorf("%s: the detention is %s, ended %s by %s; want %s, %s", c.name, first.State, first.Ended, first.EndedBy, c.state, c.ended)
		}
	}
}
