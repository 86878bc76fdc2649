package deadline

import (
	"slices"
	"testing"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/law"
)

func testLaw(t *testing.T) *Law {
	t.Helper()
	p, err := law.Load(law.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return LawOf(p)
}

var region = criminal.Head{ID: "c", Office: "lao-cai-kv3", Path: "/tc/lao-cai/lao-cai-kv3/"}

// case173 is a theft of a clause, opened on 2026-03-02 and charged the same day.
func case173(clause string, more ...ledger.Act) ledger.Case {
	charge := []ledger.Charge{{Article: "173", Clause: clause}}
	c := ledger.Case{ID: "c", Parties: []ledger.Party{{ID: "p", Role: "accused", Name: "Vàng A Lềnh", Born: "1990-05-01"}}}
	c.Acts = append([]ledger.Act{
		{ID: "1", Kind: "case.open", At: "2026-03-02", By: "police", Charges: charge},
		{ID: "2", Kind: "defendant.charge", At: "2026-03-02", By: "police", Parties: []ledger.PartyID{"p"}, Charges: charge},
	}, more...)
	return c
}

func TestGuard(t *testing.T) {
	l := testLaw(t)
	first := ledger.Act{ID: "3", Kind: "investigation.extend", At: "2026-04-28", By: "procuracy", Fields: map[string]string{"seq": "1"}}
	p := []ledger.PartyID{"p"}
	for _, c := range []struct {
		name string
		in   ledger.Case
		act  ledger.Act
		want []string
	}{
		{"a first extension in time and by the region", case173("1"), first, nil},
		{"a second one of a less serious crime", case173("1", first),
			ledger.Act{ID: "4", Kind: "investigation.extend", At: "2026-06-28", By: "procuracy", Fields: map[string]string{"seq": "2"}}, []string{"extension.none"}},
		{"after the period is over", case173("1"),
			ledger.Act{ID: "4", Kind: "investigation.extend", At: "2026-05-10", By: "procuracy", Fields: map[string]string{"seq": "1"}}, []string{"extension.late"}},
		{"longer than the law allows", case173("1"),
			ledger.Act{ID: "4", Kind: "investigation.extend", At: "2026-04-28", By: "procuracy", Until: "2026-08-02", Fields: map[string]string{"seq": "1"}}, []string{"end.beyond"}},
		{"to the last day it allows", case173("1"),
			ledger.Act{ID: "4", Kind: "investigation.extend", At: "2026-04-28", By: "procuracy", Until: "2026-07-02", Fields: map[string]string{"seq": "1"}}, nil},
		{"detention that outlasts the investigation", case173("1"),
			ledger.Act{ID: "4", Kind: "detention.start", At: "2026-03-20", By: "police", Parties: p, Until: "2026-06-30"}, []string{"detention.beyond"}},
		{"detention within it", case173("1"),
			ledger.Act{ID: "4", Kind: "detention.start", At: "2026-03-20", By: "police", Parties: p, Until: "2026-05-02"}, nil},
		{"a residence ban that outlasts it", case173("1"),
			ledger.Act{ID: "4", Kind: "measure.residence_ban", At: "2026-03-20", By: "police", Parties: p, Until: "2026-09-30"}, []string{"measure.beyond"}},
		{"a residence ban within it", case173("1"),
			ledger.Act{ID: "4", Kind: "measure.residence_ban", At: "2026-03-20", By: "police", Parties: p, Until: "2026-05-02"}, nil},
		{"an act that brings no end", case173("1"), ledger.Act{ID: "4", Kind: "investigation.request", At: "2026-03-20", By: "procuracy"}, nil},
	} {
		var got []string
		for _, f := range findings(l, region, c.in, c.act) {
			got = append(got, f.Code)
			if f.Text == "" || f.Todo == "" || f.Code != "extension.none" && len(f.Citation) == 0 {
				t.Errorf("%s: a finding says what is wrong, what to do and by which article: %+v", c.name, f)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v: %+v", c.name, got, c.want, findings(l, region, c.in, c.act))
		}
	}
}

// A heavy crime is extended a second time by the province, not by the region.
func TestGuardLevel(t *testing.T) {
	l := testLaw(t)
	heavy := case173("3")
	one := ledger.Act{ID: "3", Kind: "investigation.extend", At: "2026-06-20", By: "procuracy", Fields: map[string]string{"seq": "1"}}
	heavy.Acts = append(heavy.Acts, one)
	two := ledger.Act{ID: "4", Kind: "investigation.extend", At: "2026-10-20", By: "procuracy", Fields: map[string]string{"seq": "2", "level": "region"}}
	if got := findings(l, region, heavy, two); len(got) != 1 || got[0].Code != "extension.level" {
		t.Errorf("by the region: got %+v", got)
	}
	two.Fields["level"] = "province"
	if got := findings(l, region, heavy, two); len(got) != 0 {
		t.Errorf("by the province: got %+v", got)
	}
}

// The same ledger gives the same clocks whatever was computed before, act by act or
// all at once.
func TestComputeIsAFunction(t *testing.T) {
	l, p := testLaw(t), testPolicy(t)
	whole := case173("2",
		ledger.Act{ID: "3", Kind: "defendant.charge_received", At: "2026-03-03", By: "procuracy", Parties: []ledger.PartyID{"p"}},
		ledger.Act{ID: "4", Kind: "defendant.approve", At: "2026-03-05", By: "procuracy", Parties: []ledger.PartyID{"p"}},
		ledger.Act{ID: "5", Kind: "investigation.extend", At: "2026-05-20", By: "procuracy", Fields: map[string]string{"seq": "1"}},
		ledger.Act{ID: "6", Kind: "investigation.suspend", At: "2026-06-20", By: "police", Reason: "wanted"},
		ledger.Act{ID: "7", Kind: "investigation.resume", At: "2026-09-01", By: "police"},
		ledger.Act{ID: "8", Kind: "investigation.conclude", At: "2026-10-20", By: "police"},
		ledger.Act{ID: "9", Kind: "file.to_vks", At: "2026-10-21", By: "procuracy"})
	state := func(ks []Clock, rule string, seq int) State {
		for _, k := range ks {
			if k.Rule == rule && k.Seq == seq {
				return k.State
			}
		}
		return ""
	}
	for n := 2; n <= len(whole.Acts); n++ {
		c := ledger.Case{ID: whole.ID, Parties: whole.Parties, Acts: whole.Acts[:n]}
		a, b := compute(l, p, region, &c, nil), compute(l, p, region, &c, nil)
		for i := range a.clocks {
			if a.clocks[i].line() != b.clocks[i].line() || a.clocks[i].warns != b.clocks[i].warns {
				t.Fatalf("after %d acts: %s, then %s", n, a.clocks[i].line(), b.clocks[i].line())
			}
		}
		switch n {
		case 5:
			if s, x := state(a.clocks, "INV-01", 0), state(a.clocks, "INV-01", 1); s != Extended || x != Running {
				t.Errorf("extended: got %s, %s", s, x)
			}
		case 6:
			if s := state(a.clocks, "INV-01", 1); s != Done && s != Stopped {
				t.Errorf("suspended: the investigation is %s", s)
			}
			if a.row.Suspended != "2026-06-20" || a.row.Reason != "wanted" {
				t.Errorf("suspended: got %+v", a.row)
			}
		case 7:
			if s := state(a.clocks, "INV-03", 0); s != Running || a.row.Suspended != "" {
				t.Errorf("resumed: got %s", s)
			}
		case 9:
			if s := state(a.clocks, "INV-03", 0); s != Done {
				t.Errorf("concluded: got %s", s)
			}
			if s := state(a.clocks, "PRO-01", 0); s != Running {
				t.Errorf("at the procuracy: got %s", s)
			}
		}
	}
}
