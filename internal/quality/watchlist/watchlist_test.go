package watchlist

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

func shipped(t testing.TB) *Set {
	t.Helper()
	text, err := os.ReadFile("../data/patrol.toml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pack(t testing.TB) *law.Pack {
	t.Helper()
	p, err := law.Load(law.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// act writes "kind day", then fields: number=…, by=…, until=…, page, signer=…, late=days,
// to=person, charge=article/clause, flag=code, or a field of the act.
func act(id int, line string) ledger.Act {
	f := strings.Fields(line)
	a := ledger.Act{ID: ledger.ActID(strings.Repeat("a", id+1)), Kind: f[0], At: ledger.Moment(f[1])}
	a.Entered = civil.Date(f[1]).Start().Add(8 * time.Hour)
	for _, w := range f[2:] {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "number":
			a.Number = v
		case "by":
			a.By = v
		case "until":
			a.Until = ledger.Moment(v)
		case "page":
			a.Folio = 7
		case "signer":
			a.Signer = v
		case "entered":
			a.Entered = civil.Date(v).Start().Add(8 * time.Hour)
		case "to":
			a.Parties = append(a.Parties, ledger.PartyID(v))
		case "charge":
			article, clause, _ := strings.Cut(v, "/")
			a.Charges = []ledger.Charge{{Article: article, Clause: clause}}
		case "flag":
			a.Flags = append(a.Flags, v)
		case "over":
			a.Supersedes, a.Why = ledger.ActID(v), "nhầm"
		default:
			if a.Fields == nil {
				a.Fields = map[string]string{}
			}
			a.Fields[k] = v
		}
	}
	return a
}

func file(lines ...string) Case {
	c := Case{Ledger: &ledger.Case{ID: "c"}}
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "person "):
			f := strings.Fields(l)
			p := ledger.Party{ID: ledger.PartyID(f[1]), Role: f[2], Name: "Người " + f[1]}
			if len(f) > 3 {
				p.Born = f[3]
			}
			if p.Role != "accused" && p.Role != "victim" {
				p.Role, p.Capacity = "participant", f[2]
			}
			c.Ledger.Parties = append(c.Ledger.Parties, p)
		case strings.HasPrefix(l, "clock "):
			f := strings.Fields(l)
			c.Clocks = append(c.Clocks, Clock{ID: f[1] + "-1", Rule: f[1], Title: "Thời hạn " + f[1], Legal: ledger.Moment(f[2]), Own: f[3] == "own"})
		case strings.HasPrefix(l, "exhibit "):
			f := strings.Fields(l)
			c.Exhibits = append(c.Exhibits, Exhibit{ID: f[1], Code: f[1], Name: "dao", Folio: 3, Since: civil.Date(f[2]), Holder: slices.Contains(f, "holder"), Settled: slices.Contains(f, "settled")})
		default:
			c.Ledger.Acts = append(c.Ledger.Acts, act(i, l))
		}
	}
	return c
}

// has tells which findings of a rule there are.
func has(fs []Finding, rule string) (out []Finding) {
	for _, f := range fs {
		if f.Rule == rule {
			out = append(out, f)
		}
	}
	return out
}

// Every rule finds what it is for, and says nothing once it is put right.
func TestRules(t *testing.T) {
	s, p := shipped(t), pack(t)
	a, v := "person a accused 1990", "person v victim"
	young := "person a accused 2010-05-01"
	opened := []string{a, v, "report.receive 2026-10-01", "report.classify 2026-10-01", "report.assign 2026-10-01 number=1", "case.open 2026-10-10 number=2 page place=Sa-Pa charge=173/1"}
	charged := append(slices.Clone(opened), "defendant.charge 2026-10-12 to=a charge=173/1 number=3 page")
	with := func(base []string, more ...string) []string { return append(slices.Clone(base), more...) }
	for rule, x := range map[string]struct {
		day   civil.Date
		bad   []string
		right []string // the same put right
		says  string
	}{
		"A-01": {"2026-10-20", []string{"report.receive 2026-10-01"}, []string{"report.receive 2026-10-01", "report.assign 2026-10-02"}, "01/10/2026"},
		"A-02": {"2026-10-20", []string{"case.open 2026-10-10"}, opened, "10/10/2026"},
		"A-03": {"2026-10-20", []string{"report.receive 2026-10-01"}, []string{"report.receive 2026-10-01", "report.classify 2026-10-02"}, "phân loại"},
		"A-04": {"2026-10-20", []string{"case.open 2026-10-10 number=2"}, opened, "số 2"},
		"A-05": {"2026-10-30", with(opened, "case.transfer_request 2026-10-20"), with(opened, "case.transfer_request 2026-10-20", "case.transfer 2026-10-22"), "20/10/2026"},
		"A-06": {"2026-10-30", with(opened, "file.to_vks 2026-10-20"), with(opened, "file.to_vks 2026-10-20 pages=204"), "chưa ghi"},
		"A-07": {"2026-10-30", with(opened, "file.to_vks 2026-10-20 pages=9"), with(opened, "investigation.conclude 2026-10-18 page", "file.to_vks 2026-10-20 pages=9"), "20/10/2026"},
		"A-08": {"2026-10-31", with(opened, "file.to_vks 2026-10-20 pages=9"), with(opened, "file.to_vks 2026-10-20 pages=9", "folio.number 2026-10-25"), "bút lục"},
		"M-01": {"2026-10-20", charged, with(charged, "defendant.approve 2026-10-14 to=a number=4 page"), "Người a"},
		"M-02": {"2026-10-20", with(opened, "arrest.urgent_order 2026-10-15 to=a"), with(opened, "arrest.urgent_order 2026-10-15 to=a", "arrest.urgent_approve 2026-10-16 to=a number=5"), "Người a"},
		"M-03": {"2026-10-20", with(charged, "detention.order 2026-10-13 by=police to=a"), with(charged, "detention.order 2026-10-13 by=police to=a", "detention.approve 2026-10-14 to=a number=6 page"), "Người a"},
		"M-04": {"2026-10-20", with(charged, "measure.bail_guarantee 2026-10-13 by=police to=a until=2026-12-01"), with(charged, "measure.bail_approve 2026-10-13 to=a", "measure.bail_guarantee 2026-10-13 by=police to=a until=2026-12-01"), "Bảo lĩnh"},
		"M-05": {"2026-10-20", with(charged, "detention.start 2026-10-13 to=a until=2026-12-13"), with(charged, "detention.start 2026-10-13 to=a until=2026-12-13", "arrest.family_notice 2026-10-13 to=a"), "13/10/2026"},
		"M-06": {"2026-10-20", with(charged, "measure.residence_ban 2026-10-13 to=a"), with(charged, "measure.residence_ban 2026-10-13 to=a until=2026-12-01"), "Người a"},
		"M-07": {"2026-12-10", with(charged, "detention.start 2026-10-13 to=a until=2026-12-13"), with(charged, "detention.start 2026-10-13 to=a until=2026-12-13", "detention.extend 2026-12-09 to=a until=2027-02-13"), "13/12/2026"},
		"M-08": {"2026-12-20", with(charged, "detention.start 2026-10-13 to=a until=2026-12-13"), with(charged, "detention.start 2026-10-13 to=a until=2026-12-13", "detention.release 2026-12-13 to=a"), "13/12/2026"},
		"M-09": {"2026-12-20", with(charged, "measure.residence_ban 2026-10-13 to=a until=2026-12-13"), with(charged, "measure.residence_ban 2026-10-13 to=a until=2026-12-13", "measure.cancel 2026-12-13 to=a"), "13/12/2026"},
		"P-01": {"2026-10-20", with(opened, "exhibit VC1 2026-10-11"), with(opened, "exhibit VC1 2026-10-11 holder"), "VC1 dao"},
		"P-02": {"2027-03-01", with(opened, "exhibit VC1 2026-10-11", "court.judgment 2027-01-10 result.a=convicted to=a", "judgment.effective 2027-02-10"), with(opened, "exhibit VC1 2026-10-11 settled", "court.judgment 2027-01-10 result.a=convicted to=a", "judgment.effective 2027-02-10"), "VC1"},
		"P-03": {"2027-03-01", with(opened, "exhibit VC1 2026-10-11", "investigation.terminate 2027-01-10"), with(opened, "exhibit VC1 2026-10-11 settled", "investigation.terminate 2027-01-10"), "VC1"},
		"P-04": {"2026-10-30", with(charged, "measure.seizure 2026-10-20 to=a number=8"), with(charged, "measure.seizure 2026-10-20 to=a number=8 page"), "bút lục chứng minh"},
		"P-05": {"2027-03-01", with(charged, "measure.seizure 2026-10-20 to=a page", "investigation.terminate 2027-01-10"), with(charged, "measure.seizure 2026-10-20 to=a page", "measure.seizure_cancel 2027-01-09 to=a", "investigation.terminate 2027-01-10"), "kê biên"},
		"D-01": {"2026-10-30", []string{"case.open 2026-10-10 number=2"}, opened, "bút lục chứng minh"},
		"D-02": {"2026-10-30", with(charged, "defendant.approve 2026-10-14 to=a page"), with(charged, "defendant.approve 2026-10-14 to=a page number=4"), "14/10/2026"},
		"D-03": {"2026-12-30", with(charged, "case.indict 2026-12-14 page number=4"), with(charged, "case.indict 2026-12-14 page number=4 signer=Vịnh"), "người ký"},
		"L-01": {"2026-11-20", with(charged, "clock PRO-01 2026-11-25 own"), with(charged, "clock PRO-01 2026-12-25 own"), "25/11/2026"},
		"L-02": {"2026-10-14", with(charged, "clock INI-05 2026-10-15 own"), with(charged, "clock INI-05 2026-10-17 own"), "15/10/2026"},
		"L-03": {"2026-10-20", with(charged, "clock INI-05 2026-10-15 own"), with(charged, "clock INI-05 2026-10-20 own"), "15/10/2026"},
		"L-04": {"2026-10-20", with(charged, "clock INV-07 2026-10-15 police"), with(charged, "clock INV-07 2026-10-18 police"), "INV-07"},
		"R-01": {"2026-10-20", with(charged[1:], young), with(charged[1:], young, "person l counsel"), "Người a"},
		"R-02": {"2026-10-20", with(charged[1:], young), with(charged[1:], young, "person r representative"), "Người a"},
		"R-03": {"2026-10-20", with(opened, "defendant.charge 2026-10-12 to=a charge=123/1 page"), with(opened, "defendant.charge 2026-10-12 to=a charge=123/1 page", "counsel.registered 2026-10-13 to=a"), "đặc biệt nghiêm trọng"},
		"R-04": {"2026-10-30", charged, with(charged, "defendant.served 2026-10-15 to=a"), "Người a"},
		"R-05": {"2026-12-30", with(charged, "case.indict 2026-12-14 page number=4"), with(charged, "case.indict 2026-12-14 page number=4", "case.indict_delivered 2026-12-16"), "số 4"},
		"R-06": {"2026-12-30", with(charged, "investigation.conclude 2026-12-01", "file.to_vks 2026-12-02", "case.indict 2026-12-14 page"), with(charged, "investigation.conclude 2026-12-01", "file.to_vks 2026-12-02", "case.indict 2026-12-14 page", "prosecution.notify 2026-12-15"), "14/12/2026"},
		"R-07": {"2026-10-30", charged, with(charged, "report.result 2026-10-12"), "10/10/2026"},
		"E-01": {"2026-10-30", []string{"case.open 2026-10-10 number=2 entered=2026-10-25"}, []string{"case.open 2026-10-10 number=2 entered=2026-10-12"}, "số 2"},
		"E-02": {"2026-10-30", []string{"case.open 2026-10-10", "case.open 2026-10-11 over=a", "case.open 2026-10-12 over=aa"}, []string{"case.open 2026-10-10", "case.open 2026-10-11 over=a"}, "12/10/2026"},
		"E-03": {"2026-10-30", []string{"case.open 2026-10-10 flag=order.missing"}, []string{"case.open 2026-10-10"}, "trình tự"},
		"E-04": {"2026-12-31", charged, with(charged, "investigation.request 2026-12-01 number=9"), "12/10/2026"},
	} {
		bad := has(s.Look(p, file(x.bad...), x.day), rule)
		if len(bad) != 1 || !strings.Contains(bad[0].Text, x.says) || strings.ContainsAny(bad[0].Text+bad[0].Todo, "{}") || strings.Contains(bad[0].Text, "  ") || bad[0].Since == "" && rule != "P-05" {
			t.Errorf("%s: %+v; want one finding that says %q", rule, bad, x.says)
		}
		if right := has(s.Look(p, file(x.right...), x.day), rule); len(right) != 0 {
			t.Errorf("%s is found although it was put right: %+v", rule, right)
		}
		delete(s.byID, rule)
	}
	for rule := range s.byID {
		t.Errorf("rule %s has no case in this test", rule)
	}
}

// What is lacking in a case whose earlier acts are on paper may be on paper too.
func TestEarlier(t *testing.T) {
	s, p := shipped(t), pack(t)
	lines := []string{"person a accused 1990", "case.earlier 2026-10-10 stage=investigation opened=2026-05-01", "defendant.charge 2026-10-12 to=a charge=173/1"}
	for _, f := range s.Look(p, file(lines...), "2026-12-01") {
		if r, _ := s.Rule(f.Rule); len(r.When.Lacks)+len(r.When.Since) > 0 {
			t.Errorf("%s: %s", f.Rule, f.Text)
		}
	}
	if len(has(s.Look(p, file(lines[0], lines[2]), "2026-12-01"), "M-01")) != 1 {
		t.Error("without it the charge is asked for")
	}
}

// A finding names the act and the folio, so that it opens the case there.
func TestPlace(t *testing.T) {
	s, p := shipped(t), pack(t)
	fs := has(s.Look(p, file("person a accused 1990", "defendant.charge 2026-10-12 to=a charge=173/1 page"), "2026-12-01"), "M-01")
	if len(fs) != 1 || fs[0].Act != "aa" || fs[0].Folio != 7 || fs[0].Person != "a" || fs[0].Subject != "aa/a" || fs[0].Since != "2026-10-12" {
		t.Errorf("%+v", fs)
	}
	again := s.Look(p, file("person a accused 1990", "defendant.charge 2026-10-12 to=a charge=173/1 page"), "2026-12-01")
	if first := s.Look(p, file("person a accused 1990", "defendant.charge 2026-10-12 to=a charge=173/1 page"), "2026-12-01"); !slices.Equal(first, again) {
		t.Error("not the same twice")
	}
}

// Every kind of act the rules name is in the catalogue, and every rule says where it is from.
func TestKinds(t *testing.T) {
	s, p := shipped(t), pack(t)
	for _, k := range s.Kinds() {
		if _, ok := p.Act(k); !ok && k != "carried" {
			t.Errorf("no act %q in the catalogue", k)
		}
	}
	for _, r := range s.Rules {
		if r.Confidence != "A" && r.Confidence != "B" && r.Confidence != "C" && r.Confidence != "M" {
			t.Errorf("%s: confidence %q", r.ID, r.Confidence)
		}
	}
	for _, g := range Groups {
		if !slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.Group == g }) {
			t.Errorf("nothing is watched of %s", g)
		}
	}
}

func TestRefused(t *testing.T) {
	good := "[handle]\nremind_days=1\nanswer_days=1\nrepeat_days=1\nledger_day=20\n[[rule]]\nid='x'\ntitle='x'\ngroup='limit'\nseverity='minor'\nabout='%'\ntext='x'\ntodo='x'\nsource='x'\n"
	rule := func(about, when string) string {
		return strings.Replace(good, "%", about, 1) + "when = { " + when + " }\n"
	}
	if _, err := Read([]byte(rule("act", "acts = ['*']"))); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		rule("act", "acts = ['*']") + "more = 1":                               "unknown key",
		rule("act", ""):                                                        "names them",
		rule("clock", "clock = ['PRO-']"):                                      "days left",
		rule("case", "acts = ['*']"):                                           "are of acts",
		rule("case", "held = true"):                                            "of people",
		rule("case", "own = true"):                                             "time limits",
		rule("case", "without = ['holder']"):                                   "of exhibits",
		rule("exhibit", "without = ['colour']"):                                "holder or decision",
		rule("exhibit", ""):                                                    "without what",
		rule("case", "counting = 'charged'"):                                   "may count from",
		rule("case", "since = ['case.open']"):                                  "a day to count from",
		rule("case", "left = { most = 1 }"):                                    "of a clock",
		rule("thing", ""):                                                      "case, act, person",
		rule("case", "after = -1"):                                             "not negative",
		strings.Replace(rule("case", ""), "text='x'", "text='{z}'", 1):         "nothing is known",
		strings.Replace(rule("case", ""), "minor", "small", 1):                 "severity",
		strings.Replace(rule("case", ""), "limit", "limits", 1):                "group",
		strings.Replace(rule("case", ""), "id='x'", "id=''", 1):                "are needed",
		strings.Replace(rule("case", ""), "ledger_day=20", "ledger_day=31", 1): "ledger_day",
		strings.Replace(rule("case", ""), "ledger_day=20", "ledger_day=20\n[[handle.escalate]]\nto='king'", 1): "deputy, chief or above",
	} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q of\n%s", err, want, text)
		}
	}
}

// The counts of a month, by hand.
func TestTally(t *testing.T) {
	all := []Kept{
		{Group: Limits, Severity: Serious, Office: "a", Staff: "x", Found: "2026-09-20", Closed: "2026-10-05", Reminded: "2026-10-01", Due: "2026-10-06"},
		{Group: Limits, Severity: Minor, Office: "a", Staff: "x", Found: "2026-10-02", Closed: "2026-10-20", Noticed: "2026-10-03", Due: "2026-10-17", Repeated: true, Reported: "2026-10-19"},
		{Group: Rights, Severity: Minor, Office: "b", Staff: "y", Found: "2026-10-31"},
		{Group: Rights, Severity: Minor, Office: "b", Staff: "y", Found: "2026-10-10", Closed: "2026-11-01"},
		{Group: Rights, Severity: Minor, Office: "b", Staff: "y", Found: "2026-08-10", Closed: "2026-09-30"}, // over before
		{Group: Rights, Severity: Minor, Office: "b", Staff: "y", Found: "2026-11-01"},                       // after
	}
	m := Tally(all, "2026-10-01", "2026-10-31")
	want := Counts{Before: 1, Found: 3, Reminded: 1, Noticed: 1, Reported: 1, Closed: 2, InTime: 1, Late: 1, Repeated: 1, Open: 2, Median: 15}
	if m.All != want {
		t.Errorf("%+v, want %+v", m.All, want)
	}
	if m.All.Before+m.All.Found-m.All.Closed != m.All.Open || m.All.Remedied() != 50 {
		t.Errorf("%+v, %d %%", m.All, m.All.Remedied())
	}
	if len(m.Offices) != 2 || m.Offices[1].Key != "b" || m.Offices[1].Counts.Found != 2 || m.Groups[0].Key != string(Limits) || m.Grades[0].Key != string(Serious) || len(m.Handlers) != 2 {
		t.Errorf("%+v", m)
	}
	if e := Tally(nil, "2026-10-01", "2026-10-31"); e.All.Remedied() != -1 || e.All.Median != -1 {
		t.Errorf("%+v", e)
	}
}

func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("../data/patrol.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("[[rule]]\nid='x'"))
	p := pack(f)
	c := file("person a accused 2010", "case.open 2026-10-10", "defendant.charge 2026-10-12 to=a charge=173/1", "clock PRO-01 2026-10-20 own", "exhibit v 2026-10-11")
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Read(text)
		if err != nil {
			return
		}
		s.Look(p, c, "2026-11-01")
	})
}
