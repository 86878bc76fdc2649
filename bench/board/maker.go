package main

import (
	"fmt"
	mrand "math/rand/v2"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/id"
	"congminh/internal/org"
)

// maker invents cases: each goes the way of an ordinary case, from a day of the last
// two years to this morning.
type maker struct {
	r       *mrand.Rand
	offices []org.Office
	people  map[auth.Office][]org.StaffID
	acts    int
}

// way is the ordinary way of a case: days after the report, and what is done.
var way = []struct {
	day     int
	hour    string // where hours count
	kind    string
	by      string
	person  bool // about the accused
	until   int  // days after the report the end written in it lies; 0: none
	charges bool
}{
	{0, "09:15", "report.receive", "police", false, 0, false},
	{1, "08:00", "report.classify", "police", false, 0, false},
	{2, "", "report.police_assigned", "police", false, 0, false},
	{3, "", "assign.prosecutor", "procuracy", false, 0, false},
	{18, "16:00", "case.open", "police", false, 0, true},
	{19, "08:00", "case.sent_to_vks", "police", false, 0, false},
	{20, "07:00", "custody.decide", "police", true, 0, false},
	{20, "07:30", "custody.start", "police", true, 23, false},
	{21, "", "defendant.charge", "police", true, 0, true},
	{21, "", "defendant.charge_received", "procuracy", true, 0, false},
	{22, "", "defendant.approve", "procuracy", true, 0, true},
	{22, "", "detention.file_received", "procuracy", true, 0, false},
	{23, "", "detention.approve", "procuracy", true, 0, false},
	{23, "", "detention.start", "police", true, 80, false},
	{30, "", "investigation.request", "procuracy", false, 0, false},
	{35, "", "record.made", "police", false, 0, false},
	{38, "", "record.received", "procuracy", false, 0, false},
	{40, "", "record.returned", "procuracy", false, 0, false},
	{44, "", "expert.request", "police", false, 0, false},
	{66, "", "expert.conclusion", "other", false, 0, false},
	{77, "", "investigation.conclude", "police", false, 0, false},
	{79, "", "file.to_vks", "police", false, 0, false},
	{95, "", "case.indict", "procuracy", true, 0, true},
	{97, "", "case.indict_delivered", "procuracy", true, 0, false},
	{98, "", "file.to_court", "procuracy", false, 0, false},
}

// whole makes the i-th case.
func (m *maker) whole(i int) criminal.Whole {
	o := m.offices[i%len(m.offices)]
	crew := m.people[o.ID]
	start := now.AddDate(0, 0, -1-m.r.IntN(720))
	c := criminal.Case{ID: id.New[criminal.Case](), Number: fmt.Sprintf("%d/%d/HS", i, start.Year()), Name: fmt.Sprintf("Vụ án %d – Trộm cắp tài sản", i),
		Office: o.ID, Stage: criminal.Report, Status: criminal.Open, Created: start}
	accused := ledger.PartyID(id.New[criminal.Person]())
	c.Persons = []criminal.Person{{ID: accused, Name: fmt.Sprintf("Người %d", i), Role: criminal.Accused, Born: fmt.Sprint(1970 + i%36)}}
	w := criminal.Whole{Case: c, Path: o.Path, Staff: []criminal.Assignment{
		{Staff: crew[2+i/len(m.offices)%(len(crew)-2)], Task: criminal.Conducts, From: civil.On(start)},
		{Staff: crew[1], Task: criminal.Leads, From: civil.On(start)},
	}}
	clause := []string{"1", "1", "2", "3"}[i%4]
	late := 0
	if i%29 == 0 { // now and then something takes too long
		late = 20
	}
	for _, s := range way {
		day := s.day
		if day > 70 {
			day += late
		}
		at := start.AddDate(0, 0, day)
		if at.After(now) {
			break
		}
		a := ledger.Act{ID: ledger.ActID(id.New[ledger.Act]()), Kind: s.kind, By: s.by, At: moment(at, s.hour), Entered: at, Author: "bench"}
		if s.person {
			a.Parties = []ledger.PartyID{accused}
		}
		if s.charges {
			a.Charges = []ledger.Charge{{Article: "173", Clause: clause}}
		}
		if s.until > 0 {
			a.Until = moment(start.AddDate(0, 0, s.until), s.hour)
		}
		w.Ledger = append(w.Ledger, a)
	}
	for n := 0; len(w.Ledger) < m.acts; n++ { // the rest is daily work
		last := w.Ledger[len(w.Ledger)-1]
		w.Ledger = append(w.Ledger, ledger.Act{ID: ledger.ActID(id.New[ledger.Act]()), Kind: "investigation.activity", By: "police",
			At: last.At[:10], Entered: last.Entered, Author: "bench", Fields: map[string]string{"activity": "hỏi cung"}})
	}
	return w
}

func moment(t time.Time, hour string) ledger.Moment {
	day := string(civil.On(t))
	if hour == "" {
		return ledger.Moment(day)
	}
	return ledger.Moment(day + "T" + hour)
}
