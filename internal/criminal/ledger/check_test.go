package ledger

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/civil"
)

// parse reads acts written one a line: when, kind, and then people (A B), and what is
// written name=value: number, by, issuer, until, charges (173/2/a,134/1), reason,
// void, supersedes, why; any other name is a field. An act is entered at nine the day
// it was done.
func parse(t testing.TB, text string) (out []Act) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			a := parseAct(t, line)
			a.ID = ActID("a" + strconv.Itoa(len(out)+1))
			out = append(out, a)
		}
	}
	return out
}

func parseAct(t testing.TB, line string) Act {
	t.Helper()
	words := strings.Fields(line)
	if len(words) < 2 {
		t.Fatalf("act %q: want a day and a kind", line)
	}
	a := Act{ID: "new", At: Moment(words[0]), Kind: words[1], Fields: map[string]string{}, Author: "t"}
	if e, err := time.Parse(time.DateOnly, string(a.At.Day())); err == nil {
		a.Entered = e.Add(9 * time.Hour)
	}
	for _, w := range words[2:] {
		name, value, ok := strings.Cut(w, "=")
		value = strings.ReplaceAll(value, "_·_", " ")
		switch {
		case !ok:
			a.Parties = append(a.Parties, PartyID(w))
		case name == "number":
			a.Number = value
		case name == "by":
			a.By = value
		case name == "issuer":
			a.Issuer = value
		case name == "until":
			a.Until = Moment(value)
		case name == "reason":
			a.Reason = value
		case name == "supersedes":
			a.Supersedes = ActID(value)
		case name == "void":
			a.Void = true
		case name == "why":
			a.Why = value
		case name == "charges":
			a.Charges = For(&Act{Fields: map[string]string{"charges.X": strings.ReplaceAll(value, ",", " ")}}, "X")
		default:
			a.Fields[name] = strings.ReplaceAll(value, ",", " ")
		}
	}
	return a
}

var people = []Party{
	{ID: "A", Role: "accused", Name: "Lò Văn An", Born: "1990-02-03"},
	{ID: "B", Role: "accused", Name: "Vàng Thị Bình", Born: "2008-06-01"},
	{ID: "C", Role: "participant", Capacity: "reported", Name: "Cháng A Chu", Born: "2015"},
	{ID: "E", Role: "accused", Name: "Công ty Đèo Gió", Entity: true},
	{ID: "V", Role: "victim", Name: "Giàng Văn Vinh", Born: "1980"},
}

func ledgerOf(t testing.TB, text string) *Case {
	t.Helper()
	return &Case{ID: "c", Acts: parse(t, text), Parties: people}
}

const (
	opened = `
		2026-01-02 report.receive
		2026-01-05 case.open charges=173/2`
	charged = opened + `
		2026-01-08 defendant.charge A charges=173/2/a
		2026-01-09 defendant.charge_received A
		2026-01-10 defendant.approve A charges=173/2/a number=5/QĐ-VKS`
	both = charged + `
		2026-01-08 defendant.charge B charges=173/2
		2026-01-10 defendant.approve B charges=173/2 number=6/QĐ-VKS`
	inCustody = charged + `
		2026-01-06T08:00 custody.decide A until=2026-01-09T08:00
		2026-01-06T08:30 custody.start A until=2026-01-09T08:00`
	detained = charged + `
		2026-01-09 detention.order A until=2026-04-08
		2026-01-10 detention.approve A until=2026-04-08
		2026-01-10 detention.start A until=2026-04-08`
	arrived = both + `
		2026-04-01 investigation.conclude
		2026-04-02 file.to_vks pages=120`
	indicted = arrived + `
		2026-04-20 case.indict A B charges=173/2 number=7/CT-VKS`
	accepted = indicted + `
		2026-04-22 file.to_court pages=130
		2026-04-23 court.accept`
	judged = accepted + `
		2026-05-10 court.trial_decision
		2026-05-20 court.judgment A B reason=as_charged`
	final = judged + `
		2026-06-05 judgment.effective`
	ended3 = charged + `
		2026-03-01 investigation.terminate reason=no_crime`
)

// checks holds for every rule a ledger, an act that raises it and one that does not.
var checks = []struct{ rule, ledger, raises, not string }{
	{"kind.unknown", opened, "2026-01-06 case.opne", "2026-01-06 case.sent_to_vks"},
	{"kind.in_force", charged, "2025-12-30 measure.electronic_monitoring B until=2026-02-01", "2026-01-20 measure.electronic_monitoring B until=2026-02-01"},
	{"date.form", opened, "2026-02-30 case.sent_to_vks", "2026-02-28 case.sent_to_vks"},
	{"date.future", opened, "2026-12-02 case.sent_to_vks", "2026-12-01 case.sent_to_vks"},
	{"date.hour", opened, "2026-01-06 hold.urgent A", "2026-01-06T10:00 hold.urgent A"},
	{"entry.late", opened, "2026-11-01 expert.request", "2026-11-25 expert.request"},
	{"until.form", charged, "2026-01-11 measure.residence_ban A until=mai", "2026-01-11 measure.residence_ban A until=2026-03-05"},
	{"until.missing", charged, "2026-01-11 measure.residence_ban A", "2026-01-11 measure.residence_ban A until=2026-03-05"},
	{"until.before", charged, "2026-01-11 measure.residence_ban A until=2026-01-10", "2026-01-11 measure.residence_ban A until=2026-01-11"},
	{"parties.missing", opened, "2026-01-08 defendant.charge charges=173/2", "2026-01-08 defendant.charge A charges=173/2"},
	{"parties.unknown", opened, "2026-01-08 defendant.charge Z charges=173/2", "2026-01-08 defendant.charge A charges=173/2"},
	{"parties.role", opened, "2026-01-08 defendant.charge V charges=173/2", "2026-01-08 defendant.charge A charges=173/2"},
	{"parties.role", opened, "2026-01-06T08:00 custody.decide V", "2026-01-06T08:00 custody.decide C"},
	{"reason.missing", charged, "2026-02-08 investigation.terminate", "2026-02-08 investigation.terminate reason=no_crime"},
	{"field.missing", charged, "2026-02-08 defendant.charge_change A charges=173/3", "2026-02-08 defendant.charge_change A charges=173/3 change=change"},
	{"field.form", charged, "2026-02-08 file.handover reason=police_procuracy pages=mười", "2026-02-08 file.handover reason=police_procuracy pages=10"},
	{"by.unusual", charged, "2026-02-08 investigation.suspend reason=expert by=court", "2026-02-08 investigation.suspend reason=expert by=police"},
	{"charges.missing", opened, "2026-01-08 defendant.charge A", "2026-01-08 defendant.charge A charges=173/2"},
	{"charges.form", opened, "2026-01-08 defendant.charge A charges=trộm/2", "2026-01-08 defendant.charge A charges=173/2"},
	{"charges.unknown", opened, "2026-01-08 defendant.charge A charges=999/2", "2026-01-08 defendant.charge A charges=173/2"},
	{"charges.clause", opened, "2026-01-08 defendant.charge A charges=173/9", "2026-01-08 defendant.charge A charges=173"},
	{"charges.point", opened, "2026-01-08 defendant.charge A charges=173/2/z", "2026-01-08 defendant.charge A charges=173/2/a"},
	{"number.twice", charged, "2026-01-20 detention.approve A number=5/QĐ-VKS", "2027-01-20 detention.approve A number=5/QĐ-VKS"},
	{"number.twice", charged, "2026-01-10 defendant.approve A charges=173/2 number=5/QĐ-VKS", "2026-01-10 defendant.approve B charges=173/2 number=5/QĐ-VKS"},
	{"number.twice", charged, "2026-01-20 detention.approve A number=5/QĐ-VKS", "2026-01-20 measure.seizure A number=5/QĐ-VKS"},
	{"act.twice", charged, "2026-01-08 defendant.charge A charges=173/2/a", "2026-01-08 defendant.charge B charges=173/2/a"},

	{"correct.none", charged, "2026-01-05 case.open charges=173/1 supersedes=other why=nhầm", "2026-01-05 case.open charges=173/1 supersedes=a2 why=nhầm"},
	{"correct.none", charged, "2026-01-05 case.open void=1 why=nhầm", "2026-01-05 case.open void=1 why=nhầm supersedes=a2"},
	{"death.twice", charged + "\n2026-02-01 person.death A reason=illness", "2026-01-31 person.death A reason=illness", "2026-01-31 person.death B reason=illness"},
	{"correct.gone", charged + "\n2026-01-05 case.open charges=173/1 supersedes=a2 why=nhầm", "2026-01-05 case.open charges=173/3 supersedes=a2 why=nhầm", "2026-01-05 case.open charges=173/3 supersedes=a6 why=nhầm"},
	{"correct.why", charged, "2026-01-05 case.open charges=173/1 supersedes=a2", "2026-01-05 case.open charges=173/1 supersedes=a2 why=nhầm"},
	{"correct.kind", charged, "2026-01-05 case.open_vks charges=173/1 supersedes=a2 why=nhầm", "2026-01-05 case.open charges=173/1 supersedes=a2 why=nhầm"},
	{"correct.needed", charged, "2026-01-08 defendant.charge A supersedes=a3 void=1 why=nhầm", "2026-01-09 defendant.charge_received A supersedes=a4 void=1 why=nhầm"},

	{"stage.early", opened, "2026-01-08 prosecution.notify", "2026-01-08 expert.request"},
	{"stage.late", accepted, "2026-05-01 investigation.request", "2026-05-01 court.assign_judge"},
	{"case.closed", ended3, "2026-03-05 investigation.extend", "2026-03-05 investigation.terminate_received"},
	{"case.final", final, "2026-07-01 case.return reason=evidence", "2026-07-01 enforcement.decide"},
	{"case.suspended", charged + "\n2026-03-01 investigation.suspend reason=expert", "2026-03-05 investigation.conclude", "2026-03-05 expert.conclusion"},
	{"person.suspended", arrived + "\n2026-04-05 prosecution.suspend A reason=serious_illness", "2026-04-20 case.indict A B charges=173/2", "2026-04-20 case.indict B charges=173/2"},
	{"person.ended", arrived + "\n2026-04-05 prosecution.terminate A reason=not_proven", "2026-04-20 measure.exit_ban A until=2026-06-01", "2026-04-20 measure.exit_ban_cancel A"},

	{"person.left", both + "\n2026-02-01 case.split B", "2026-02-02 measure.exit_ban B until=2026-03-01", "2026-02-02 measure.exit_ban A until=2026-03-01"},

	{"open.twice", opened, "2026-01-09 case.open_vks charges=134/1", "2026-01-09 case.open_change charges=134/1"},
	{"approve.charges", opened + "\n2026-01-08 defendant.charge A charges=173/2/a", "2026-01-10 defendant.approve A charges=173/2,134/1", "2026-01-10 defendant.approve A charges=173/2"},
	{"approve.twice", charged, "2026-01-11 defendant.approve A charges=173/2", "2026-01-11 defendant.approve B charges=173/2"},
	{"charge.twice", charged, "2026-01-20 defendant.charge A charges=134/1", "2026-01-20 defendant.charge B charges=134/1"},
	{"charge.age", opened, "2026-01-08 defendant.charge C charges=173/2", "2026-01-08 defendant.charge B charges=173/2"},
	{"juvenile.representative", opened, "2026-01-08 defendant.charge B charges=173/2", "2026-01-08 defendant.charge A charges=173/2"},
	{"juvenile.representative", both, "2026-01-12 detention.order B", "2026-07-12 detention.order A"},
	{"juvenile.representative", both, "2026-01-12 detention.order B", "2026-07-12 measure.exit_ban B until=2026-08-01"},

	{"entity.held", opened, "2026-01-08T08:00 custody.decide E", "2026-01-08 defendant.charge E charges=173/2"},
	{"person.unborn", opened, "1989-01-08 expert.request A", "1990-02-03 expert.request A"},
	{"person.dead", charged + "\n2026-02-01 person.death A reason=illness", "2026-02-02 investigation.request A", "2026-02-02 investigation.activity A"},
	{"person.dead", charged + "\n2026-02-01 person.death A reason=illness", "2026-02-02 detention.order A", "2026-02-02 investigation.terminate A reason=dead"},
	{"death.twice", charged + "\n2026-02-01 person.death A reason=illness", "2026-02-02 person.death A reason=illness", "2026-02-02 person.death B reason=illness"},
	{"death.later", charged, "2026-01-09 person.death A reason=illness", "2026-01-11 person.death A reason=illness"},
	{"escape.twice", charged + "\n2026-02-01 person.escape A reason=at_liberty", "2026-02-03 person.escape A reason=at_liberty", "2026-02-03 person.escape B reason=at_liberty"},
	{"recapture.escape", charged + "\n2026-02-01 person.escape A reason=at_liberty", "2026-01-31T08:00 person.recapture A", "2026-02-01T08:00 person.recapture A"},
	{"recapture.escape", charged, "2026-01-31T08:00 person.recapture A", "2026-01-31T08:00 arrest.wanted A"},

	{"custody.not_held", inCustody + "\n2026-01-08T10:00 custody.release A", "2026-01-08T11:00 custody.extend A", "2026-01-08T09:00 custody.extend A"},
	{"custody.twice", inCustody + "\n2026-01-08T10:00 custody.extend A until=2026-01-12T08:00\n2026-01-11T10:00 custody.extend A until=2026-01-15T08:00", "2026-01-14T11:00 custody.extend A", "2026-01-09T11:00 custody.extend A"},
	{"custody.expired", inCustody, "2026-01-09T08:01 custody.extend A", "2026-01-09T08:00 custody.extend A"},
	{"detention.not_held", detained + "\n2026-02-01 detention.cancel A by=procuracy", "2026-02-02 detention.extend A until=2026-05-08", "2026-01-31 detention.extend A until=2026-05-08"},
	{"detention.beyond", detained + "\n2026-03-20 investigation.extend until=2026-05-01", "2026-04-01 detention.extend A until=2026-05-02", "2026-04-01 detention.extend A until=2026-05-01"},
	{"extend.expired", detained, "2026-04-09 detention.extend A until=2026-06-08", "2026-04-08 detention.extend A until=2026-06-08"},
	{"extend.order", charged, "2026-03-20 investigation.extend seq=2", "2026-03-20 investigation.extend seq=1"},
	{"extend.shorter", detained, "2026-04-01 detention.extend A until=2026-04-08", "2026-04-01 detention.extend A until=2026-04-09"},
	{"extend.request_late", detained, "2026-03-30 detention.extend_request A", "2026-03-29 detention.extend_request A"},
	{"measure.by", detained, "2026-02-01 detention.cancel A by=police", "2026-02-01 detention.cancel A by=procuracy"},
	{"measure.by", accepted + "\n2026-04-25 court.detention A until=2026-06-01", "2026-05-01 detention.replace A by=procuracy measure=residence_ban", "2026-05-01 detention.replace A by=court measure=residence_ban"},
	{"measure.by", detained, "2026-02-01 detention.cancel A by=police", "2026-02-01 detention.cancel A"},
	{"measure.none", charged, "2026-02-01 measure.cancel A by=police", "2026-02-01 measure.exit_ban_cancel A by=police"},
	{"terminate.held", detained, "2026-03-01 investigation.terminate reason=no_crime", "2026-03-01 investigation.suspend reason=expert"},
	{"terminate.held", "2026-01-06T08:30 custody.start C until=2026-01-09T08:00", "2026-01-07 case.decline", "2026-01-05 case.decline"},
	{"terminate.held", detained, "2026-01-12 defendant.refuse A", "2026-01-12 defendant.refuse B"},
	{"case.closed", ended3, "2026-03-02 expert.request", "2026-03-01 expert.request"},
	{"person.ended", arrived + "\n2026-04-05 prosecution.terminate A reason=not_proven", "2026-04-06 measure.exit_ban A until=2026-06-01", "2026-04-05 measure.exit_ban A until=2026-06-01"},
	{"judgment.free", accepted + "\n2026-04-25 court.detention A until=2026-06-01", "2026-05-20 court.judgment A reason=acquitted", "2026-05-20 court.judgment A reason=as_charged"},

	{"suspend.wanted", charged, "2026-03-01 investigation.suspend A reason=whereabouts", "2026-03-01 investigation.suspend A reason=serious_illness"},
	{"suspend.wanted", charged + "\n2026-02-20 wanted.notice A", "2026-02-19 investigation.suspend A reason=whereabouts", "2026-02-20 investigation.suspend A reason=whereabouts"},
	{"suspend.each", both, "2026-03-01 investigation.suspend reason=serious_illness", "2026-03-01 investigation.suspend reason=expert"},
	{"split.prosecution", arrived + "\n2026-04-05 prosecution.suspend A reason=serious_illness", "2026-04-06 case.split B", "2026-04-06 case.split A"},
	{"split.whom", arrived, "2026-04-06 case.split", "2026-03-06 case.split"},
	{"transfer.province", charged, "2026-02-01 case.transfer reason=not_competent out_of_province=yes level=region", "2026-02-01 case.transfer reason=not_competent out_of_province=yes level=province"},
	{"return.twice", arrived + `
		2026-04-10 case.return reason=evidence
		2026-04-30 file.to_vks
		2026-05-10 case.return reason=evidence
		2026-05-30 file.to_vks`, "2026-06-10 case.return reason=evidence", "2026-06-10 case.return reason=evidence for_court=yes"},
	{"return_court.judge", accepted + "\n2026-05-10 case.return_court reason=evidence returned_by=judge", "2026-06-10 case.return_court reason=evidence returned_by=judge", "2026-06-10 case.return_court reason=evidence returned_by=panel"},
	{"return_court.panel", accepted + "\n2026-05-10 case.return_court reason=evidence returned_by=panel", "2026-06-10 case.return_court reason=evidence returned_by=panel", "2026-06-10 case.return_court reason=evidence returned_by=judge"},
	{"summary.class", charged, "2026-01-20 summary.apply", "2026-01-07 summary.apply"},

	{"file.incomplete", charged + "\n2026-04-01 investigation.conclude", "2026-04-02 file.to_vks delivered=no", "2026-04-02 file.to_vks delivered=yes complete=yes"},
	{"indict.charges", arrived, "2026-04-20 case.indict A B charges.A=173/2", "2026-04-20 case.indict A B charges.A=173/2 charges.B=173/1"},
	{"indict.uncharged", arrived, "2026-04-20 case.indict A B E charges=173/2", "2026-04-20 case.indict A B charges=173/2"},
	{"indict.other", arrived, "2026-04-20 case.indict A B charges=134/2", "2026-04-20 case.indict A B charges=173/2"},
	{"indict.left_out", arrived, "2026-04-20 case.indict A charges=173/2", "2026-04-20 case.indict charges=173/2"},
	{"effective.appealed", judged + "\n2026-05-25 appeal.file A", "2026-06-06 judgment.effective", "2026-06-06 judgment.effective B"},
	{"handover.pages", arrived, "2026-04-22 file.handover reason=police_procuracy pages=119", "2026-04-22 file.handover reason=police_procuracy pages=120"},
	{"folio.range", arrived, "2026-04-22 folio.number first=121 last=120", "2026-04-22 folio.number first=121 last=130"},
}

const now = Moment("2026-12-01T10:00")

func TestCheck(t *testing.T) {
	tested := map[string]bool{"order.missing": true, "order.early": true} // TestOrder
	for _, x := range checks {
		tested[x.rule] = true
		c := ledgerOf(t, x.ledger)
		if f, ok := found(Check(cat(), c, parseAct(t, x.raises), now), x.rule); !ok {
			t.Errorf("%s is not raised by %s: %v", x.rule, x.raises, Check(cat(), c, parseAct(t, x.raises), now))
		} else if strings.ContainsAny(f.Text+f.Todo, "{}") || f.Severity != Standard().rules[x.rule].Severity {
			t.Errorf("%s: %+v", x.rule, f)
		}
		if f, ok := found(Check(cat(), c, parseAct(t, x.not), now), x.rule); ok {
			t.Errorf("%s is raised by %s: %s", x.rule, x.not, f.Text)
		}
	}
	for id := range Standard().rules {
		if !tested[id] {
			t.Errorf("no test of rule %s", id)
		}
	}
}

func found(fs []Finding, code string) (Finding, bool) {
	i := slices.IndexFunc(fs, func(f Finding) bool { return f.Code == code })
	if i < 0 {
		return Finding{}, false
	}
	return fs[i], true
}

// Every order: refused or flagged without what comes first and before it, not after.
func TestOrder(t *testing.T) {
	for act, orders := range Standard().orders {
		for _, o := range orders {
			for _, first := range o.After {
				a := parseAct(t, "2026-05-05T10:00 "+act+" A")
				one := func(at string) *Case {
					return &Case{Parties: people, Acts: parse(t, at+" "+first+" A reason=x")}
				}
				for _, x := range []struct {
					what string
					c    *Case
					code string
					want Severity
				}{
					{"nothing before", &Case{Parties: people}, "order.missing", o.Missing},
					{"only later", one("2026-05-06"), "order.early", o.Early},
					{"earlier", one("2026-05-04"), "", ""},
					{"the same day", one("2026-05-05"), "", ""},
					{"handed over", &Case{Parties: people, Acts: parse(t, "2026-05-01 case.taken_over")}, "", ""},
				} {
					fs := Check(cat(), x.c, a, now)
					f, ok := found(fs, "order.missing")
					if !ok {
						f, ok = found(fs, "order.early")
					}
					if f.Code != x.code || f.Severity != x.want {
						t.Errorf("%s after %s, %s: got %s %s, want %s %s", act, first, x.what, f.Code, f.Severity, x.code, x.want)
					}
					if strings.ContainsAny(f.Text+f.Todo, "{}") {
						t.Errorf("%s: %s", act, f.Text)
					}
				}
				if o.Person {
					c := &Case{Parties: people, Acts: parse(t, "2026-05-04 "+first+" B reason=x")}
					if f, ok := found(Check(cat(), c, a, now), "order.missing"); !ok || f.Severity != o.Missing {
						t.Errorf("%s after %s of another: got %v", act, first, f)
					}
				}
			}
		}
	}
}

// An installation may weigh a rule otherwise, or give it days.
func TestRulesByInstallation(t *testing.T) {
	c := ledgerOf(t, opened)
	a := parseAct(t, "2026-01-09 case.open_vks charges=134/1")
	for _, x := range []struct {
		data string
		want Severity
	}{
		{`severity = "flag"`, Flag},
		{`severity = "off"`, ""},
		{"severity = \"refuse\"\nfrom = \"2026-02-01\"", ""},
		{"severity = \"refuse\"\nto = \"2026-01-08\"", ""},
		{"severity = \"refuse\"\nfrom = \"2026-01-09\"\nto = \"2026-01-09\"", Refuse},
	} {
		over, err := ParseRules([]byte("[[rule]]\nid = \"open.twice\"\ntext = \"x\"\ntodo = \"y\"\n" + x.data))
		if err != nil {
			t.Fatal(err)
		}
		f, _ := found(Standard().With(over).Check(cat(), c, a, now), "open.twice")
		if f.Severity != x.want {
			t.Errorf("%s: got %q, want %q", x.data, f.Severity, x.want)
		}
	}
	for _, bad := range []string{"[[rule]]\nid = \"x\"", "[[rule]]\nid = \"x\"\ntext = \"x\"\ntodo = \"y\"\nseverity = \"no\"", "[[order]]\nact = \"x\"", "what = 1", "=",
		"[[rule]]\nid = \"x\"\ntext = \"x\"\ntodo = \"y\"\nseverity = \"off\"\n[[rule]]\nid = \"x\"\ntext = \"x\"\ntodo = \"y\"\nseverity = \"off\""} {
		if _, err := ParseRules([]byte(bad)); err == nil {
			t.Errorf("ParseRules(%q) is content", bad)
		}
	}
	over, err := ParseRules([]byte("handed_over = [\"case.split\"]\n[[order]]\nact = \"case.indict\"\nafter = [\"file.to_vks\"]\nmissing = \"flag\"\nearly = \"flag\""))
	if err != nil {
		t.Fatal(err)
	}
	r := Standard().With(over)
	if f, _ := found(r.Check(cat(), &Case{}, parseAct(t, "2026-01-09 case.indict charges=173/1"), now), "order.missing"); f.Severity != Flag {
		t.Errorf("order of the installation: %v", f)
	}
	if f, ok := found(r.Check(cat(), ledgerOf(t, "2026-01-01 case.split"), parseAct(t, "2026-01-09 case.indict charges=173/1"), now), "order.missing"); ok {
		t.Errorf("handed over as the installation has it: %v", f)
	}
}

// Findings that refuse name an article wherever the law, not arithmetic, refuses.
func TestCitations(t *testing.T) {
	plain := strings.Fields("kind. date. until. parties. reason. field. charges. number. correct. order. extend. death. escape. recapture. person.unborn folio. measure.none act. by. entry. stage.")
	for id, r := range Standard().rules {
		if len(r.Citation) == 0 && !slices.ContainsFunc(plain, func(p string) bool { return strings.HasPrefix(id, p) }) {
			t.Errorf("rule %s cites nothing", id)
		}
	}
}

func TestAge(t *testing.T) {
	for _, x := range []struct {
		born, day string
		years     int
		known     bool
	}{
		{"2008-06-01", "2026-05-31", 17, true},
		{"2008-06-01", "2026-06-01", 18, true},
		{"2008-06", "2026-06-30", 17, true}, // the last day of June has 30
		{"2008-06", "2026-07-01", 18, true},
		{"2008", "2026-12-30", 17, true},
		{"2008", "2026-12-31", 18, true},
		{"2008-02-29", "2026-02-28", 17, true},
		{"2008-02-29", "2026-03-01", 18, true},
		{"", "2026-03-01", 0, false},
		{"sau", "2026-03-01", 0, false},
		{"xxxx", "2026-03-01", 0, false},
		{"2008", "", 0, false},
	} {
		if y, k := Age(x.born, civil.Date(x.day)); y != x.years || k != x.known {
			t.Errorf("Age(%s, %s) = %d, %t; want %d, %t", x.born, x.day, y, k, x.years, x.known)
		}
	}
}
