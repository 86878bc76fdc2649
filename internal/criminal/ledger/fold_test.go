package ledger

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/law"
)

// show writes what a test asks of a state.
func show(s State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s class=%d", s.Stage, s.Status, s.Class)
	if s.Summary {
		b.WriteString(" summary")
	}
	if s.Returns+s.CourtReturns > 0 {
		fmt.Fprintf(&b, " returns=%d+%d", s.Returns, s.CourtReturns)
	}
	for _, x := range s.Accused {
		fmt.Fprintf(&b, " | %s %s", x.ID, x.Status)
		if x.Juvenile {
			b.WriteString(" juvenile")
		}
		if x.Measure != "" {
			fmt.Fprintf(&b, " %s", x.Measure)
			if x.MeasureUntil != "" {
				fmt.Fprintf(&b, " to %s", x.MeasureUntil)
			}
		}
	}
	return b.String()
}

// TestStory follows a case from crime report to judgment: two accused, one of them a
// juvenile; custody, detention, two extensions, a return, a suspension and its end.
func TestStory(t *testing.T) {
	c := &Case{ID: "c", Parties: append(slices.Clone(people), Party{ID: "R", Role: "participant", Capacity: "representative", Name: "Vàng Văn Rinh"})}
	for _, step := range []struct{ act, state, flags string }{
		{"2026-01-02 report.receive offence_day=2026-01-01", "report open class=0", ""},
		{"2026-01-03 report.classify", "report open class=0", ""},
		{"2026-01-05 case.open charges=173/3 number=1/QĐ-CSĐT", "investigation open class=0", ""},
		{"2026-01-05 case.sent_to_vks", "investigation open class=0", ""},
		{"2026-01-05T21:00 arrest.caught A", "investigation open class=0 | A open", ""},
		{"2026-01-05T22:00 custody.decide A until=2026-01-08T21:00", "investigation open class=0 | A open", ""},
		{"2026-01-05T22:00 custody.start A until=2026-01-08T21:00", "investigation open class=0 | A open custody to 2026-01-08T21:00", ""},
		{"2026-01-08T10:00 custody.extend A until=2026-01-11T21:00 number=1/QĐ-VKS seq=1", "investigation open class=0 | A open custody to 2026-01-11T21:00", ""},
		{"2026-01-09 defendant.charge A B charges=173/3 offence_day=2026-01-01", "investigation open class=3 | A open custody to 2026-01-11T21:00 | B open juvenile", ""},
		{"2026-01-10 defendant.charge_received A B", "investigation open class=3 | A open custody to 2026-01-11T21:00 | B open juvenile", ""},
		{"2026-01-10 detention.order A until=2026-04-30", "investigation open class=3 | A open custody to 2026-01-11T21:00 | B open juvenile", ""},
		{"2026-01-11 defendant.approve A B charges=173/3 number=2/QĐ-VKS", "investigation open class=3 | A open custody to 2026-01-11T21:00 | B open juvenile", ""},
		{"2026-01-11 detention.approve A until=2026-04-30 number=3/QĐ-VKS", "investigation open class=3 | A open custody to 2026-01-11T21:00 | B open juvenile", ""},
		{"2026-01-11 detention.start A until=2026-04-30", "investigation open class=3 | A open detention to 2026-04-30 | B open juvenile", ""},
		{"2026-01-12 measure.residence_ban B until=2026-05-05", "investigation open class=3 | A open detention to 2026-04-30 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-02-02 expert.request", "investigation open class=3 | A open detention to 2026-04-30 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-04-20 investigation.extend until=2026-09-05 seq=1 number=4/QĐ-VKS", "investigation open class=3 | A open detention to 2026-04-30 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-04-20 detention.extend A until=2026-07-29 seq=1 number=5/QĐ-VKS", "investigation open class=3 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-05-04 investigation.suspend reason=expert", "investigation suspended class=3 | A suspended detention to 2026-07-29 | B suspended juvenile residence_ban to 2026-05-05", ""},
		{"2026-06-01 expert.conclusion", "investigation suspended class=3 | A suspended detention to 2026-07-29 | B suspended juvenile residence_ban to 2026-05-05", "date.hour"},
		{"2026-06-02 investigation.resume", "investigation open class=3 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-06-20 investigation.conclude", "investigation open class=3 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-06-21 file.to_vks pages=210", "prosecution open class=3 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-05 case.return reason=evidence number=6/QĐ-VKS", "investigation open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-06 case.return_received pages=212", "investigation open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-20 defendant.charge_change B charges=173/1 change=change", "investigation open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-21 defendant.charge_change_approve B charges=173/1 number=7/QĐ-VKS", "investigation open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-24 investigation.conclude", "investigation open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-25 file.to_vks pages=240", "prosecution open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-07-27 detention.extend_prosecution A until=2026-08-28 seq=2 number=8/QĐ-VKS", "prosecution open class=3 returns=1+0 | A open detention to 2026-08-28 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-08-10 case.indict A B charges=173/3 charges.B=173/1 number=9/CT-VKS", "prosecution open class=3 returns=1+0 | A open detention to 2026-08-28 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-08-11 case.indict_delivered A B", "prosecution open class=3 returns=1+0 | A open detention to 2026-08-28 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-08-12 file.to_court pages=251", "first_instance open class=3 returns=1+0 | A open detention to 2026-08-28 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-08-14 court.accept", "first_instance open class=3 returns=1+0 | A open detention to 2026-08-28 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-08-25T09:00 court.detention A until=2026-10-20", "first_instance open class=3 returns=1+0 | A open detention to 2026-10-20 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-09-10 court.trial_decision trial_date=2026-09-21", "first_instance open class=3 returns=1+0 | A open detention to 2026-10-20 | B open juvenile residence_ban to 2026-05-05", ""},
		{"2026-09-21 court.judgment A B reason=as_charged result.B=acquitted sentence.A=8_·_năm_·_tù", "first_instance open class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
		{"2026-09-28 appeal.file A", "first_instance open class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
		{"2026-10-20 judgment.effective B", "first_instance open class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
		{"2026-10-22 appeal.accept", "appeal open class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
		{"2026-11-12 appeal.judgment A reason=upheld", "enforcement open class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
		{"2026-11-16 enforcement.decide", "enforcement open class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
		{"2026-11-30 enforcement.done", "enforcement closed class=3 returns=1+0 | A convicted detention to 2026-10-20 | B acquitted juvenile residence_ban to 2026-05-05", ""},
	} {
		a := parseAct(t, step.act)
		var flags []string
		for _, f := range Check(cat(), c, a, Moment(a.At.Day())) {
			if f.Severity == Refuse {
				t.Fatalf("%s: %s", step.act, f.Text)
			}
			flags = append(flags, f.Code)
		}
		if got := strings.Join(flags, " "); got != step.flags {
			t.Errorf("%s: flags %q, want %q", step.act, got, step.flags)
		}
		a.ID = ActID(fmt.Sprint("a", len(c.Acts)+1))
		c.Acts = append(c.Acts, a)
		if got := show(Fold(cat(), c)); got != step.state {
			t.Errorf("%s:\ngot  %s\nwant %s", step.act, got, step.state)
		}
	}
	s := Fold(cat(), c)
	a, b := s.Accused[0], s.Accused[1]
	if a.Sentence != "8 năm tù" || a.Result != "upheld" || b.Result != "acquitted" || len(b.Indicted) != 1 || b.Indicted[0].Clause != "1" || s.Appeals != nil {
		t.Errorf("at the end: %+v", s)
	}
	// And so it stood on days gone by.
	for day, want := range map[Moment]string{
		"2026-01-04":       "report open class=0",
		"2026-01-05T21:30": "investigation open class=0 | A open",
		"2026-05-31":       "investigation suspended class=3 | A suspended detention to 2026-07-29 | B suspended juvenile residence_ban to 2026-05-05",
		"2026-07-05":       "investigation open class=3 returns=1+0 | A open detention to 2026-07-29 | B open juvenile residence_ban to 2026-05-05",
	} {
		if got := show(FoldAt(cat(), c, day, time.Time{})); got != want {
			t.Errorf("on %s:\ngot  %s\nwant %s", day, got, want)
		}
	}
}

// judgedWithout is what comes after the charge: an act in March, and a judgment that names
// nobody.
func judgedWithout(act string) string {
	return "\n2026-03-01 " + act + "\n2026-04-20 file.to_court\n2026-04-22 court.accept\n2026-05-20 court.judgment reason=as_charged"
}

// What acts do, one or a few at a time.
func TestFold(t *testing.T) {
	for _, x := range []struct{ ledger, want string }{
		{"", "report open class=0"},
		{"2026-01-03 report.suspend reason=expert", "report suspended class=0"},
		{"2026-01-03 report.suspend reason=expert\n2026-02-03 report.resume", "report open class=0"},
		{"2026-01-03 case.decline", "report terminated class=0"},
		{"2026-01-03 case.decline\n2026-01-05 case.decline.annul\n2026-01-06 case.open charges=173/1", "investigation open class=0"},
		{opened + "\n2026-01-07 case.open.annul", "investigation terminated class=0"},
		{charged + "\n2026-01-12 defendant.refuse A", "investigation open class=0 | A terminated"},
		{charged + "\n2026-01-12 defendant.charge_change A charges=123/1 change=add", "investigation open class=4 | A open"},
		{charged + "\n2026-01-12 defendant.charge_change A charges=173/1 change=change", "investigation open class=1 | A open"},
		{inCustody + "\n2026-01-07T08:00 custody.annul A", "investigation open class=2 | A open"},
		{detained + "\n2026-02-01 detention.replace A measure=bail_money by=procuracy", "investigation open class=2 | A open bail_money"},
		{detained + "\n2026-02-01 detention.replace A measure=residence_ban until=2026-04-01 by=procuracy", "investigation open class=2 | A open residence_ban to 2026-04-01"},
		{detained + "\n2026-02-01 person.escape A reason=detention", "investigation open class=2 | A at_large detention to 2026-04-08"},
		{detained + "\n2026-02-01 person.death A reason=illness", "investigation open class=2 | A open"},
		{charged + "\n2026-02-01 wanted.notice A", "investigation open class=2 | A at_large"},
		{charged + "\n2026-02-01 wanted.notice A\n2026-02-10T08:00 arrest.wanted A", "investigation open class=2 | A open"},
		{charged + "\n2026-02-01 wanted.notice A\n2026-02-05 investigation.suspend A reason=whereabouts\n2026-02-07 investigation.resume A", "investigation open class=2 | A at_large"},
		{charged + "\n2026-02-05 investigation.suspend A reason=serious_illness", "investigation suspended class=2 | A suspended"},
		{both + "\n2026-02-05 investigation.suspend A reason=serious_illness", "investigation open class=2 | A suspended | B open juvenile"},
		{both + "\n2026-02-05 investigation.suspend A reason=serious_illness\n2026-02-06 investigation.terminate B reason=exempt_juvenile", "investigation suspended class=2 | A suspended | B terminated juvenile"},
		{both + "\n2026-02-05 investigation.terminate A reason=dead\n2026-02-06 investigation.terminate B reason=exempt_juvenile", "investigation terminated class=2 | A terminated | B terminated juvenile"},
		{both + "\n2026-02-05 investigation.terminate reason=no_crime\n2026-02-16 investigation.terminate_annul", "investigation open class=2 | A open | B open juvenile"},
		{charged + "\n2026-02-05 case.transfer reason=not_competent", "investigation transferred class=2 | A open"},
		{charged + "\n2026-02-05 case.transfer reason=not_competent\n2026-02-15 case.taken_over", "investigation open class=2 | A open"},
		{charged + "\n2026-01-12 summary.apply", "investigation open class=2 summary | A open"},
		{charged + "\n2026-01-12 summary.apply\n2026-01-13 summary.cancel", "investigation open class=2 | A open"},
		{accepted + "\n2026-05-10 case.return_court reason=evidence returned_by=judge", "prosecution open class=2 returns=0+1 | A open | B open juvenile"},
		{accepted + "\n2026-05-10 case.return_court reason=evidence returned_by=judge\n2026-05-12 case.return reason=evidence for_court=yes", "investigation open class=2 returns=0+1 | A open | B open juvenile"},
		{accepted + "\n2026-05-10 case.return_court reason=evidence returned_by=judge\n2026-05-12 case.keep_indictment", "first_instance open class=2 returns=0+1 | A open | B open juvenile"},
		{judged, "first_instance open class=2 | A convicted | B convicted juvenile"},
		{final, "enforcement open class=2 | A convicted | B convicted juvenile"},
		{accepted + "\n2026-05-20 court.judgment A B reason=terminated result.A=no_liability", "first_instance open class=2 | A terminated | B terminated juvenile"},
		{judged + "\n2026-05-25 appeal.file A\n2026-05-28 protest.file\n2026-06-01 appeal.withdraw A kind=appeal\n2026-06-02 judgment.effective", "first_instance open class=2 | A convicted | B convicted juvenile"},
		{judged + "\n2026-05-25 appeal.file A\n2026-06-01 appeal.accept\n2026-07-01 appeal.quash decision=reinvestigate", "investigation open class=2 | A open | B open juvenile"},
		{judged + "\n2026-05-25 appeal.file A\n2026-06-01 appeal.accept\n2026-07-01 appeal.quash decision=retry", "first_instance open class=2 | A open | B open juvenile"},
		{judged + "\n2026-05-25 appeal.file A\n2026-06-01 appeal.accept\n2026-07-01 appeal.judgment A reason=annulled_acquitted", "enforcement open class=2 | A acquitted | B convicted juvenile"},
		{final + "\n2026-08-25 cassation.protest", "cassation open class=2 | A convicted | B convicted juvenile"},
		{final + "\n2026-08-25 cassation.protest\n2026-10-01 cassation.decide decision=upheld", "enforcement open class=2 | A convicted | B convicted juvenile"},
		{final + "\n2026-08-25 cassation.protest\n2026-10-01 cassation.decide decision=reinvestigate", "investigation open class=2 | A open | B open juvenile"},
		{both + "\n2026-02-01 case.split B", "investigation open class=2 | A open | B split juvenile"},
		{both + "\n2026-02-01 case.split", "investigation open class=2 | A open | B open juvenile"},
		{both + "\n2026-02-01 case.merge decision=into", "investigation transferred class=2 | A split | B split juvenile"},
		{arrived + "\n2026-04-03 case.open charges=134/1\n2026-04-05 case.merge decision=take", "prosecution open class=2 | A open | B open juvenile"},
		{"2026-01-03 case.earlier stage=prosecution opened=2025-11-02 returns=1\n2026-01-04 case.return reason=evidence", "investigation open class=0 returns=2+0"},
		{charged + "\n2026-01-09 detention.order A until=2026-04-08\n2026-01-10 detention.approve A\n2026-01-11 detention.start A", "investigation open class=2 | A open detention to 2026-04-08"},
		{"2026-01-06T08:00 custody.decide A until=2026-01-09T08:00\n2026-01-06T08:30 custody.start A", "report open class=0 | A open custody to 2026-01-09T08:00"},
		{accepted + "\n2026-04-25 court.detention A until=2026-06-01\n2026-04-26 detention.start A", "first_instance open class=2 | A open detention to 2026-06-01 | B open juvenile"},
		// A judgment that names nobody is about those against whom the case still runs.
		{both + judgedWithout("investigation.terminate B reason=exempt_juvenile"), "first_instance open class=2 | A convicted | B terminated juvenile"},
		{both + judgedWithout("case.split B"), "first_instance open class=2 | A convicted | B split juvenile"},
		{both + judgedWithout("investigation.suspend B reason=serious_illness"), "first_instance open class=2 | A convicted | B suspended juvenile"},
		{both + judgedWithout("person.death B reason=illness"), "first_instance open class=2 | A convicted | B open juvenile"},
		{charged + judgedWithout("custody.start B"), "first_instance open class=2 | A convicted | B open juvenile custody"},
		{both + judgedWithout("wanted.notice B"), "first_instance open class=2 | A convicted | B convicted juvenile"},
		{both + judgedWithout("expert.request") + "\n2026-05-21 court.judgment reason=acquitted", "first_instance open class=2 | A convicted | B convicted juvenile"},
		{accepted + "\n2026-05-20 court.judgment reason=acquitted", "first_instance open class=2 | A acquitted | B acquitted juvenile"},
		{accepted + "\n2026-05-20 court.judgment reason=terminated", "first_instance open class=2 | A terminated | B terminated juvenile"},
		{judged + "\n2026-05-25 appeal.file A\n2026-06-01 appeal.accept\n2026-07-01 appeal.judgment reason=annulled_acquitted", "enforcement open class=2 | A acquitted | B acquitted juvenile"},
		{both + judgedWithout("investigation.terminate B reason=exempt_juvenile") + "\n2026-05-25 appeal.file A\n2026-07-01 appeal.quash decision=retry", "first_instance open class=2 | A open | B terminated juvenile"},
		{accepted + "\n2026-05-20 court.judgment reason=terminated\n2026-05-25 protest.file\n2026-07-01 appeal.quash decision=retry", "first_instance open class=2 | A open | B open juvenile"},
		// A resumption that names nobody is of those suspended, or takes the last termination back.
		{both + "\n2026-02-05 investigation.terminate B reason=exempt_juvenile\n2026-02-06 investigation.suspend reason=expert\n2026-02-09 investigation.resume", "investigation open class=2 | A open | B terminated juvenile"},
		{both + "\n2026-02-05 investigation.terminate B reason=exempt_juvenile\n2026-02-06 investigation.terminate reason=no_crime\n2026-02-09 investigation.resume", "investigation open class=2 | A open | B terminated juvenile"},
		{both + "\n2026-02-05 investigation.terminate B reason=exempt_juvenile\n2026-02-06 investigation.suspend reason=expert\n2026-02-09 investigation.resume B", "investigation open class=2 | A suspended | B open juvenile"},
		{both + "\n2026-02-05 investigation.terminate B reason=exempt_juvenile\n2026-02-09 investigation.terminate_annul", "investigation open class=2 | A open | B open juvenile"},
		{arrived + "\n2026-04-05 prosecution.terminate B reason=exempt_juvenile\n2026-04-06 prosecution.suspend reason=expert\n2026-04-09 prosecution.resume", "prosecution open class=2 | A open | B terminated juvenile"},
		{accepted + "\n2026-05-05 court.terminate B reason=dead\n2026-05-06 court.suspend reason=expert\n2026-05-09 court.resume", "first_instance open class=2 | A open | B terminated juvenile"},
		{both + "\n2026-02-01 case.split B\n2026-02-06 investigation.terminate reason=no_crime\n2026-02-09 investigation.resume", "investigation open class=2 | A open | B split juvenile"},
		// The report of a case that is joined to one that is open.
		{charged + "\n2026-02-01 report.receive\n2026-02-03 case.merge decision=take", "investigation open class=2 | A open"},
		{arrived + "\n2026-04-03 report.receive_vks\n2026-04-05 case.merge decision=take", "prosecution open class=2 | A open | B open juvenile"},
		{"2026-01-03 no.such.act A", "report open class=0"},
	} {
		if got := show(Fold(cat(), ledgerOf(t, x.ledger))); got != x.want {
			t.Errorf("%s\ngot  %s\nwant %s", strings.TrimSpace(x.ledger), got, x.want)
		}
	}
}

// The parts of a state that show leaves out.
func TestFoldMore(t *testing.T) {
	s := Fold(cat(), ledgerOf(t, charged+`
		2026-01-20 measure.seizure A
		2026-01-21 measure.account_freeze A
		2026-01-22 measure.seizure_cancel A
		2026-01-23 measure.exit_ban A until=2026-03-01
		2026-02-01 expert.request
		2026-02-02 violation.recommend
		2026-02-09 violation.answer
		2026-03-01 investigation.extend until=2026-07-05`))
	x := s.Accused[0]
	if x.Property != 1 || x.ExitBan != "2026-01-23" || x.Approved != "2026-01-10" || s.Extended.Investigation != 1 || s.Extended.InvestigationUntil != "2026-07-05" || s.Received != "2026-01-02" || s.Opened != "2026-01-05" || s.Since != "2026-01-05" {
		t.Errorf("%+v", s)
	}
	if len(s.Waits) != 1 || s.Waits[0].For != "expert" || s.Waits[0].Since != "2026-02-01" {
		t.Errorf("waits for %+v", s.Waits)
	}
	// Limitation is counted by the basic clause where only the article is charged.
	s = Fold(cat(), ledgerOf(t, opened+"\n2026-01-08 defendant.charge A charges=123"))
	if s.Class != law.NoClass || s.Limited != law.DBNT {
		t.Errorf("class %d, for limitation %d; want unknown and %d", s.Class, s.Limited, law.DBNT)
	}
	// A juvenile is one who was under 18 when the act was done, not when charged.
	for day, want := range map[string]bool{"2026-05-31": true, "2026-06-01": false} {
		s = Fold(cat(), ledgerOf(t, opened+"\n2026-07-08 defendant.charge B charges=173/1 offence_day="+day))
		if got := s.Accused[0].Juvenile; got != want {
			t.Errorf("act of %s: juvenile %t, want %t", day, got, want)
		}
	}
	// Of one who is held and not yet charged the day of the first act counts.
	s = Fold(cat(), ledgerOf(t, "2026-05-31T10:00 arrest.caught B\n2026-06-02T10:00 custody.start B\n2026-06-02T10:00 custody.start A"))
	if s.Accused[0].Juvenile != true || s.Accused[1].Juvenile {
		t.Errorf("held: %+v", s.Accused)
	}
	// Escaped from detention and caught again: detained as before.
	s = Fold(cat(), ledgerOf(t, detained+"\n2026-02-01 person.escape A reason=detention\n2026-02-03T08:00 person.recapture A"))
	if x := s.Accused[0]; !x.Detained || x.Status != "open" || x.Escaped != "" {
		t.Errorf("caught again: %+v", x)
	}
}

func TestCorrections(t *testing.T) {
	for _, x := range []struct{ what, more, want string }{
		{"corrected", "2026-01-08 defendant.charge A charges=173/3 supersedes=a3 why=x", "investigation open class=3 | A open"},
		{"corrected twice", "2026-01-08 defendant.charge A charges=173/3 supersedes=a3 why=x\n2026-01-08 defendant.charge A charges=173/1 supersedes=a4 why=x", "investigation open class=1 | A open"},
		{"made void", "2026-01-08 defendant.charge A supersedes=a3 void=1 why=x", "investigation open class=0"},
		{"a correction made void", "2026-01-08 defendant.charge A charges=173/3 supersedes=a3 why=x\n2026-01-08 defendant.charge A supersedes=a4 void=1 why=x", "investigation open class=2 | A open"},
		{"a voiding made void", "2026-01-08 defendant.charge A supersedes=a3 void=1 why=x\n2026-01-08 defendant.charge A supersedes=a4 void=1 why=x", "investigation open class=2 | A open"},
	} {
		c := ledgerOf(t, opened+"\n2026-01-08 defendant.charge A charges=173/2\n"+x.more)
		if got := show(Fold(cat(), c)); got != x.want {
			t.Errorf("%s: got %s, want %s", x.what, got, x.want)
		}
	}
	// As known before the correction was entered.
	c := ledgerOf(t, opened+"\n2026-01-08 defendant.charge A charges=173/2\n2026-01-08 defendant.charge A charges=173/3 supersedes=a3 why=x")
	c.Acts[3].Entered = c.Acts[2].Entered.Add(time.Hour)
	if got := FoldAt(cat(), c, "", c.Acts[2].Entered).Class; got != law.NT {
		t.Errorf("before the correction: class %d, want %d", got, law.NT)
	}
	if got := FoldAt(cat(), c, "", c.Acts[3].Entered).Class; got != law.RNT {
		t.Errorf("after the correction: class %d, want %d", got, law.RNT)
	}
}

// random is a ledger of acts drawn from the catalogue: what a person may enter,
// sense or not.
func random(r *rand.Rand, n int) *Case {
	c := &Case{ID: "r", Parties: people}
	ids := []PartyID{"A", "B", "C", "E", "V", "Z"}
	pick := func(xs ...string) string { return xs[r.IntN(len(xs))] }
	all := kinds()
	for i := range n {
		k := all[r.IntN(len(all))]
		if r.IntN(2) == 0 { // the acts that do most, more often
			k, _ = cat().Act(pick("case.open", "defendant.charge", "defendant.charge_change", "custody.start", "custody.extend", "detention.start", "detention.extend", "investigation.suspend", "investigation.resume",
				"case.return", "file.to_vks", "case.indict", "court.accept", "court.judgment", "person.escape", "person.recapture", "judgment.effective", "appeal.file", "appeal.withdraw"))
		}
		day := time.Date(2026, 1, 1, r.IntN(24), r.IntN(60), 0, 0, time.UTC).AddDate(0, 0, r.IntN(300))
		a := Act{ID: ActID(fmt.Sprint("a", i)), Kind: k.Code, At: Moment(day.Format(minute)), Entered: time.Unix(int64(i), 0), Fields: map[string]string{}}
		if r.IntN(2) == 0 {
			a.At = a.At[:10]
		}
		for range r.IntN(3) {
			if p := ids[r.IntN(len(ids))]; !slices.Contains(a.Parties, p) {
				a.Parties = append(a.Parties, p)
			}
		}
		if r.IntN(3) == 0 {
			a.Until = Moment(day.AddDate(0, 0, r.IntN(90)-5).Format(time.DateOnly))
		}
		if k.Charges {
			a.Charges = []Charge{{Article: pick("173", "134", "123", "318", "9x"), Clause: pick("", "1", "2", "3")}}
		}
		a.Reason = pick("", "expert", "whereabouts", "serious_illness", "dead", "acquitted", "terminated", "annulled_retry")
		for _, f := range k.Fields {
			if r.IntN(2) == 0 {
				if a.Fields[f.Name] = "prosecution"; f.Name == "stage" {
					continue // what is no choice is refused
				}
				a.Fields[f.Name] = pick("1", "yes", "", "2026-03-04", "judge", "add", "x", "appeal", "reinvestigate")
			}
			if f.Each && len(a.Parties) > 0 {
				a.Fields[f.Name+"."+string(a.Parties[0])] = pick("", "173/2/a 134/1", "acquitted", "/")
			}
		}
		a.Number = pick("", "", "1/QĐ", "2/QĐ")
		if i > 0 && r.IntN(8) == 0 {
			a.Supersedes, a.Void, a.Why = ActID(fmt.Sprint("a", r.IntN(i+2))), r.IntN(2) == 0, "x"
		}
		c.Acts = append(c.Acts, a)
	}
	return c
}

// The state on a day is that of a ledger which holds only the acts up to that day.
func TestPrefix(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := random(r, 1+r.IntN(60))
		day := Moment(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(300)).Format(time.DateOnly))
		short := &Case{ID: c.ID, Parties: c.Parties}
		for _, a := range Standing(c) {
			if a.At.Day() <= day.Day() {
				a.Supersedes = ""
				short.Acts = append(short.Acts, a)
			}
		}
		if got, want := FoldAt(cat(), c, day, time.Time{}), Fold(cat(), short); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, %s:\ngot  %+v\nwant %+v", seed, day, got, want)
		}
		known := time.Unix(int64(len(c.Acts)/2), 0)
		short = &Case{ID: c.ID, Parties: c.Parties, Acts: c.Acts[:min(len(c.Acts), len(c.Acts)/2+1)]}
		if got, want := FoldAt(cat(), c, "", known), Fold(cat(), short); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, known at %s:\ngot  %+v\nwant %+v", seed, known, got, want)
		}
	}
}

// A walk says after every act what folding the acts up to it says, be they in the order
// in which they were done or not.
func TestWalk(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		c := random(r, 1+r.IntN(60))
		c.Acts = Standing(c)
		for i := range c.Acts {
			c.Acts[i].Supersedes = "" // it is not among them
		}
		for range r.IntN(4) {
			i, j := r.IntN(len(c.Acts)+1), r.IntN(len(c.Acts)+1)
			if max(i, j) < len(c.Acts) {
				c.Acts[i], c.Acts[j] = c.Acts[j], c.Acts[i]
			}
		}
		seen := 0
		Walk(cat(), c, func(i int, s *State) {
			if want := Fold(cat(), &Case{ID: c.ID, Parties: c.Parties, Acts: c.Acts[:i+1]}); i != seen || !reflect.DeepEqual(*s, want) {
				t.Fatalf("seed %d, act %d (call %d):\ngot  %+v\nwant %+v", seed, i, seen, *s, want)
			}
			seen++
		})
		if seen != len(c.Acts) {
			t.Fatalf("seed %d: %d of %d acts walked", seed, seen, len(c.Acts))
		}
	}
}

// An act that is entered and made void leaves no trace in the state, whatever it was
// and whatever it corrected.
func TestVoidIsNever(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		c := random(r, 1+r.IntN(40))
		want := Fold(cat(), c)
		more := random(r, 1).Acts[0]
		more.ID = "more"
		if r.IntN(2) == 0 {
			more.Supersedes = c.Acts[r.IntN(len(c.Acts))].ID
		}
		c.Acts = append(c.Acts, more, Act{ID: "void", Kind: more.Kind, At: more.At, Supersedes: "more", Void: true, Why: "x"})
		if got := Fold(cat(), c); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, %+v:\ngot  %+v\nwant %+v", seed, more, got, want)
		}
	}
}

// Acts of different moments may be entered in any order.
func TestOrderOfEntry(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		c := random(r, 1+r.IntN(60))
		acts := c.Acts[:0]
		seen := map[Moment]bool{}
		for _, a := range c.Acts {
			a.Supersedes, a.Void = "", false
			if !seen[a.At] {
				seen[a.At] = true
				acts = append(acts, a)
			}
		}
		c.Acts = acts
		want := Fold(cat(), c)
		r.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
		if got := Fold(cat(), c); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d:\ngot  %+v\nwant %+v", seed, got, want)
		}
	}
	// And acts of one moment on different people, but for the order of the people.
	one := "2026-01-08 defendant.charge A charges=173/2"
	two := "2026-01-08 defendant.charge B charges=134/1"
	a, b := Fold(cat(), ledgerOf(t, opened+"\n"+one+"\n"+two)), Fold(cat(), ledgerOf(t, opened+"\n"+two+"\n"+one))
	slices.Reverse(b.Accused)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("two people charged on one day:\n%+v\n%+v", a, b)
	}
}

// A fold does not write into the ledger it reads.
func TestFoldLeavesLedger(t *testing.T) {
	for seed := range uint64(100) {
		c, same := random(rand.New(rand.NewPCG(seed, 4)), 40), random(rand.New(rand.NewPCG(seed, 4)), 40)
		Fold(cat(), c)
		Check(cat(), c, random(rand.New(rand.NewPCG(seed, 5)), 1).Acts[0], now)
		if !reflect.DeepEqual(c, same) {
			t.Fatalf("seed %d: the ledger changed", seed)
		}
	}
}

func FuzzLedger(f *testing.F) {
	f.Add(uint64(1), uint8(40), "2026-03-10T22:30", "case.indict")
	f.Add(uint64(2), uint8(200), "", "defendant.charge")
	f.Fuzz(func(t *testing.T, seed uint64, n uint8, at, kind string) {
		r := rand.New(rand.NewPCG(seed, 6))
		c := random(r, int(n))
		a := random(r, 1).Acts[0]
		a.ID = "new"
		for _, x := range []Act{a, {ID: "new", Kind: kind, At: Moment(at), Until: Moment(at), Number: at, Fields: map[string]string{"offence_day": at}}} {
			for _, fd := range Check(cat(), c, x, now) {
				if fd.Text == "" || fd.Todo == "" || fd.Code == "" || (fd.Severity != Refuse && fd.Severity != Flag) {
					t.Errorf("%+v", fd)
				}
			}
			before := Fold(cat(), c)
			more := &Case{Acts: append(slices.Clone(c.Acts), x), Parties: c.Parties}
			after := Fold(cat(), more)
			Changed(before, after)
			Sentence(cat(), more, x)
			FoldAt(cat(), more, Moment(at), time.Unix(20, 0))
			Standing(more)
			if s := after; !slices.Contains(stages, s.Stage) || statusesVN[s.Status] == "" {
				t.Errorf("state %s %s", s.Stage, s.Status)
			}
			for _, p := range after.Accused {
				if statusesVN[p.Status] == "" || p.Custody && p.Detained {
					t.Errorf("accused %+v", p)
				}
			}
		}
	})
}

func TestRandom(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		c := random(r, r.IntN(90))
		for _, a := range random(r, 5).Acts {
			Check(cat(), c, a, now)
		}
		Fold(cat(), c)
	}
}

func TestSentence(t *testing.T) {
	c := ledgerOf(t, both)
	for act, want := range map[string]string{
		"2026-01-08 defendant.charge A B charges=173/2/a,134/1 number=12/QĐ-CSĐT": "Quyết định khởi tố bị can số 12/QĐ-CSĐT đối với Lò Văn An và Vàng Thị Bình, theo điểm a khoản 2 Điều 173; khoản 1 Điều 134.",
		"2026-01-08T08:00 custody.start A until=2026-01-11T08:00":                 "Bắt đầu tính thời hạn tạm giữ đối với Lò Văn An, đến 08:00 ngày 11/01/2026.",
		"2026-01-08 case.open supersedes=a1 why=nhầm void=1":                      "Quyết định khởi tố vụ án hình sự (hủy bỏ bản ghi: nhầm).",
		"2026-01-08 case.open supersedes=a1 why=nhầm":                             "Quyết định khởi tố vụ án hình sự (sửa bản ghi: nhầm).",
		"2026-01-08 what.is.this A B V":                                           "what.is.this đối với Lò Văn An, Vàng Thị Bình và Giàng Văn Vinh.",
	} {
		if got := Sentence(cat(), c, parseAct(t, act)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestChanged(t *testing.T) {
	state := func(ledger string) State { return Fold(cat(), ledgerOf(t, ledger)) }
	for _, x := range []struct{ before, after, want string }{
		{opened, opened, ""},
		{opened, charged, "Loại tội phạm: chưa xác định → nghiêm trọng; {A}: bị khởi tố theo điểm a khoản 2 Điều 173 (nghiêm trọng); {A}: phê chuẩn khởi tố: 10/01/2026"},
		{charged, detained, "{A}: tạm giam đến 08/04/2026"},
		{detained, detained + "\n2026-02-01 detention.cancel A", "{A}: không còn bị áp dụng tạm giam"},
		{both, arrived, "Giai đoạn: điều tra → truy tố; Kết luận điều tra: 01/04/2026; Viện kiểm sát nhận hồ sơ: 02/04/2026"},
		{charged, charged + "\n2026-02-01 investigation.suspend reason=expert", "Trạng thái vụ án: đang giải quyết → tạm đình chỉ; {A}: trạng thái tạm đình chỉ"},
		{inCustody, inCustody + "\n2026-01-11 measure.exit_ban A until=2026-03-01\n2026-01-11 measure.seizure A\n2026-01-12 wanted.notice A", "{A}: trạng thái bỏ trốn, truy nã; {A}: truy nã: 12/01/2026; {A}: tạm hoãn xuất cảnh: 11/01/2026; {A}: biện pháp kê biên, phong tỏa: 1"},
		{detained, detained + "\n2026-02-01 person.escape A reason=detention", "{A}: trạng thái bỏ trốn, truy nã; {A}: bỏ trốn: 01/02/2026"},
		{detained, detained + "\n2026-02-01 person.death A reason=illness", "{A}: không còn bị áp dụng tạm giam; {A}: chết: 01/02/2026"},
		{opened, opened + "\n2026-01-06T08:00 custody.start B", "{B}: tạm giữ từ 08:00 ngày 06/01/2026; {B}: chưa đủ 18 tuổi: có"},
		{charged, charged + "\n2026-01-12 summary.apply\n2026-01-13 defendant.refuse A", "Loại tội phạm: nghiêm trọng → chưa xác định; Thủ tục rút gọn: có; {A}: không còn bị khởi tố; {A}: phê chuẩn khởi tố: không còn; {A}: trạng thái đình chỉ, kết thúc"},
		{accepted, judged + "\n2026-05-21 appeal.file A", "Quyết định đưa vụ án ra xét xử: 10/05/2026; Tuyên án: 20/05/2026; Kháng cáo, kháng nghị chưa giải quyết: 1; {A}: trạng thái đã bị kết án; {B}: trạng thái đã bị kết án"},
		{accepted, accepted + "\n2026-05-20 court.judgment A reason=as_charged sentence.A=3_·_năm_·_tù", "Tuyên án: 20/05/2026; {A}: trạng thái đã bị kết án; {A}: hình phạt 3 năm tù"},
		{arrived, arrived + "\n2026-04-10 case.return reason=evidence", "Giai đoạn: truy tố → điều tra; Số lần Viện kiểm sát trả hồ sơ: 1"},
		{accepted, accepted + "\n2026-05-10 case.return_court reason=evidence returned_by=judge", "Giai đoạn: xét xử sơ thẩm → truy tố; Số lần Tòa án trả hồ sơ: 1"},
		{charged, opened, "Loại tội phạm: nghiêm trọng → chưa xác định; {A}: không còn hành vi tố tụng nào"},
	} {
		if got := strings.Join(Changed(state(x.before), state(x.after)), "; "); got != x.want {
			t.Errorf("got  %s\nwant %s", got, x.want)
		}
	}
}

// The ledger of a typical case, 25 acts, is folded in microseconds: 200,000 are every
// night.
func BenchmarkFold(b *testing.B) {
	c := ledgerOf(b, final+`
		2026-01-06T08:00 custody.decide A until=2026-01-09T08:00
		2026-01-06T08:30 custody.start A until=2026-01-09T08:00
		2026-01-09 detention.order A until=2026-04-08
		2026-01-10 detention.approve A until=2026-04-08
		2026-01-10 detention.start A until=2026-04-08
		2026-02-01 expert.request
		2026-02-20 expert.conclusion
		2026-03-20 detention.extend A until=2026-06-08
		2026-04-21 case.indict_delivered A B
		2026-06-15 enforcement.decide`)
	if n := len(c.Acts); n != 25 {
		b.Fatalf("%d acts, want 25", n)
	}
	slices.SortStableFunc(c.Acts, func(x, y Act) int { return strings.Compare(string(x.At), string(y.At)) })
	p := cat()
	b.ReportAllocs()
	for b.Loop() {
		Fold(p, c)
	}
}

func BenchmarkCheck(b *testing.B) {
	c, p := ledgerOf(b, judged), cat()
	a := parseAct(b, "2026-06-05 judgment.effective")
	b.ReportAllocs()
	for b.Loop() {
		Check(p, c, a, now)
	}
}

func TestWords(t *testing.T) {
	for effect, want := range map[string][3]string{
		"open": {"open", "", ""}, "stage:appeal": {"stage", "appeal", ""}, "unjudge?a,b": {"unjudge", "", "a,b"}, "stage:appeal?a,b": {"stage", "appeal", "a,b"}, "": {"", "", ""},
	} {
		op, arg, only := words(effect)
		if got := [3]string{op, arg, only}; got != want {
			t.Errorf("%q: got %q, want %q", effect, got, want)
		}
	}
}
