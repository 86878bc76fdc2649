package deadline

import (
	"testing"

	"congminh/internal/criminal/ledger"
)

// Somebody is detained through two or three stages: the limit of a stage ends when the
// one of the next takes its place, and what is done long after is not held against it.
func TestNextLimitTakesThePlace(t *testing.T) {
	l, p := testLaw(t), testPolicy(t)
	act := func(kind, at, by string) ledger.Act {
		a := ledger.Act{ID: ledger.ActID(kind + at), Kind: kind, At: ledger.Moment(at), By: by}
		if k, ok := l.Act(kind); ok && k.Scope == "person" {
			a.Parties = []ledger.PartyID{"p"}
		}
		return a
	}
	until := func(a ledger.Act, day ledger.Moment) ledger.Act { a.Until = day; return a }
	held := act("detention.start", "2026-03-10", "police")
	arrived := []ledger.Act{held, act("investigation.conclude", "2026-04-20", "police"), act("file.to_vks", "2026-04-21", "procuracy")}
	court := append(arrived[:3:3], act("case.indict", "2026-04-28", "procuracy"), act("file.to_court", "2026-04-29", "procuracy"), act("court.accept", "2026-05-04", "court"))
	ordered := append(court[:len(court):len(court)], until(act("court.detention", "2026-05-05", "court"), "2026-06-18"))
	judged := append(ordered[:len(ordered):len(ordered)], act("court.judgment", "2026-06-10", "court"))
	free := act("detention.release", "2026-08-20", "court")
	with := func(acts []ledger.Act, more ...ledger.Act) []ledger.Act {
		return append(acts[:len(acts):len(acts)], more...)
	}
	for _, c := range []struct {
		name string
		acts []ledger.Act
		want map[string]string // rule → state and when it ended, of those that hold
	}{
		{"the file is at the procuracy", arrived, map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "running "}},
		{"and long after they are let go", with(arrived, free), map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "late 2026-08-20"}},
		{"and in time they are let go", with(arrived, act("detention.release", "2026-05-08", "procuracy")), map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "done 2026-05-08"}},
		{"let go on the day the file came", with(arrived, act("detention.release", "2026-04-21", "procuracy")), map[string]string{"DET-01": "done 2026-04-21"}},
		{"the file came after the end: held too long", []ledger.Act{held, act("file.to_vks", "2026-06-20", "procuracy")}, map[string]string{"DET-01": "missed 2026-06-20", "PRO-05": "running "}},
		{"accepted, and no order of the court", court, map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "running "}},
		{"the court orders it", ordered, map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "stopped 2026-05-05", "TRI-05": "running "}},
		{"judged, and let go later", with(judged, free), map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "stopped 2026-05-05", "TRI-05": "done 2026-06-10", "TRI-16": "late 2026-08-20"}},
		{"returned, and still held", with(arrived, act("case.return", "2026-05-05", "procuracy")), map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "running "}},
		{"returned, detained anew and let go", with(arrived, act("case.return", "2026-05-05", "procuracy"), act("case.return_received", "2026-05-06", "police"), act("detention.start", "2026-05-07", "police"), act("detention.release", "2026-06-01", "police")),
			map[string]string{"DET-01": "stopped 2026-04-21", "PRO-05": "stopped 2026-05-07", "DET-03": "done 2026-06-01"}},
	} {
		in := case173("2", c.acts...)
		got := map[string]string{}
		for _, k := range compute(l, p, region, &in, nil).clocks {
			if k.Held == Detained && k.Subject == "p" && k.Seq == 0 && k.Of != "request" {
				got[k.Rule] = string(k.State) + " " + k.Ended
			}
		}
		for rule, want := range c.want {
			if got[rule] != want {
				t.Errorf("%s: %s is %q, want %q (all: %v)", c.name, rule, got[rule], want, got)
			}
		}
	}
}

// What is joined to a case prolongs nothing of it, and what prolongs it after that does
// (BLTTHS Điều 170, 172).
func TestJoinedCaseIsExtended(t *testing.T) {
	l, p := testLaw(t), testPolicy(t)
	charge := []ledger.Charge{{Article: "173", Clause: "2"}}
	other := ledger.Act{ID: "o", Kind: "case.open", At: "2026-03-20", By: "police", Charges: charge, Flags: []string{"copied"}}
	join := ledger.Act{ID: "j", Kind: "case.merge", At: "2026-04-01", By: "police", Fields: map[string]string{"decision": "take"}}
	extend := ledger.Act{ID: "e", Kind: "investigation.extend", At: "2026-05-28", By: "procuracy", Fields: map[string]string{"seq": "1"}}
	theirs := extend
	theirs.ID, theirs.At, theirs.Flags = "t", "2026-03-25", []string{"copied"}
	enter := func(acts ...ledger.Act) []ledger.Act { // what is joined is written after the act that joins
		for i := range acts {
			acts[i].Entered = minute("2026-04-01T08:00")
			if acts[i].ID == "j" || acts[i].ID == "e" {
				acts[i].Entered = minute("2026-04-01T07:59")
			}
		}
		return acts
	}
	for _, c := range []struct {
		name string
		acts []ledger.Act
		want string
	}{
		{"alone", []ledger.Act{extend}, "2026-09-02"},
		{"joined", enter(join, other, extend), "2026-09-02"},
		{"joined, not extended", enter(join, other), "2026-06-02"},
		{"only the other had been extended", enter(join, other, theirs), "2026-06-02"},
	} {
		in := case173("2", c.acts...)
		last := ""
		for _, k := range compute(l, p, region, &in, nil).clocks {
			if k.Rule == "INV-01" && k.Of == "" && k.State == Running {
				last = k.Nominal
			}
		}
		if last != c.want {
			t.Errorf("%s: the investigation ends on %q, want %s", c.name, last, c.want)
		}
	}
	// The report of a case that is joined to one under way takes it nowhere.
	in := case173("2", enter(join, ledger.Act{ID: "r", Kind: "report.receive", At: "2026-03-18", Flags: []string{"copied"}}, other)...)
	for _, k := range compute(l, p, region, &in, nil).clocks {
		if k.Rule == "INV-01" && k.State != Running {
			t.Errorf("%s %d is %s by %s on %s", k.Rule, k.Seq, k.State, k.EndedBy, k.Ended)
		}
	}
}

// A case that was split off knows the decision; that it is sent is watched where it was
// entered (BLTTHS Điều 170 khoản 3).
func TestSplitIsSentOnce(t *testing.T) {
	l, p := testLaw(t), testPolicy(t)
	for _, flags := range [][]string{nil, {"copied"}} {
		in := case173("2", ledger.Act{ID: "s", Kind: "case.split", At: "2026-03-20", By: "police", Flags: flags})
		sent := 0
		for _, k := range compute(l, p, region, &in, nil).clocks {
			if k.Rule == "INV-12" {
				sent++
			}
		}
		if want := 1 - len(flags); sent != want {
			t.Errorf("flags %v: %d limits of sending, want %d", flags, sent, want)
		}
	}
}
