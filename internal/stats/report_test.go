package stats

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"congminh/internal/criminal"
	"congminh/internal/criminal/made"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/period"
)

func TestPeriodOn(t *testing.T) {
	for s, want := range map[string]string{
		"this-month": "2026-11", "last-month": "2026-10", "this-quarter": "2026-q4", "last-quarter": "2026-q3", "this-half": "2026-h2", "last-half": "2026-h1",
		"this-year": "2026", "last-year": "2025", "this-work-year": "w2027", "last-work-year": "w2026", "last-12-months": "2025-12-01..2026-11-30", "2026-05": "2026-05",
	} {
		if p, err := periodOn(s, "2026-11-28"); err != nil || p.String() != want {
			t.Errorf("%s is %s, %v; want %s", s, p, err, want)
		}
	}
	for _, s := range []string{"", "this-days", "last-", "next-month"} {
		if _, err := periodOn(s, "2026-11-28"); !errors.Is(err, ErrPeriod) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, r := range Relatives {
		if _, err := periodOn(r, "2026-11-28"); err != nil || relativeVN(r) == "" {
			t.Error(r, err, relativeVN(r))
		}
	}
}

func TestSchedule(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("+07", 7*3600))
		if err != nil {
			t.Fatal(err)
		}
		return x.UTC()
	}
	for _, c := range []struct {
		s          Schedule
		from, next string
	}{
		{Schedule{Daily, 0, "07:30"}, "2026-11-28 07:29", "2026-11-28 07:30"},
		{Schedule{Daily, 0, "07:30"}, "2026-11-28 07:30", "2026-11-29 07:30"},
		{Schedule{Weekly, 1, "08:00"}, "2026-11-28 10:00", "2026-11-30 08:00"}, // a Saturday
		{Schedule{Weekly, 7, "08:00"}, "2026-11-28 10:00", "2026-11-29 08:00"},
		{Schedule{Monthly, 1, "00:05"}, "2026-11-28 10:00", "2026-12-01 00:05"},
		{Schedule{Monthly, 31, "06:00"}, "2026-11-28 10:00", "2026-11-30 06:00"}, // the month is shorter
		{Schedule{Monthly, 31, "06:00"}, "2027-01-31 06:00", "2027-02-28 06:00"},
	} {
		if got := c.s.Next(at(c.from)); !got.Equal(at(c.next)) {
			t.Errorf("%+v after %s: %s, want %s", c.s, c.from, got, c.next)
		}
	}
	if got := (Schedule{}).Next(at("2026-11-28 10:00")); !got.IsZero() {
		t.Error("a report that nobody scheduled is made", got)
	}
}

// Whatever small numbers are masked, none can be worked out from those that are told:
// every sum has no masked part, or two.
func TestMaskHolds(t *testing.T) {
	figures := []figure.Figure{{ID: "x", Name: "X", Unit: figure.OfPerson}}
	order := func(_ Dim, a, b string) int { return strings.Compare(a, b) }
	same := func(_ Dim, v string) string { return v }
	for _, column := range []Dim{"", BySex} {
		for seed := range 200 {
			var counts []Count
			for i := range 4 {
				for j := range 3 {
					n := int64((seed*7 + i*5 + j*3 + seed/(i+1)) % 11)
					key := []string{fmt.Sprint(i)}
					if column != "" {
						key = append(key, fmt.Sprint(j))
					} else if j > 0 {
						continue
					}
					counts = append(counts, Count{"x", key, n})
				}
			}
			q := Spec{Figures: []string{"x"}, Rows: []Dim{ByOffice}, Column: column}
			p, err := fold(q, figures, counts, nil, same, order, func(c Count) bool { return c.N > 0 && c.N < smallest })
			if err != nil {
				t.Fatal(err)
			}
			sum, masked := int64(0), 0
			for _, c := range counts {
				sum += c.N
			}
			for _, line := range p.lines() {
				n := 0
				for _, c := range line {
					if c.Masked != "" {
						n++
					}
				}
				masked += n
				if n == 1 && len(line) > 1 {
					t.Fatalf("seed %d: a masked number can be worked out: %+v", seed, p)
				}
			}
			for _, r := range p.Rows {
				for j, c := range r.Cells {
					if !p.Columns[j].Total && c.N > 0 && c.N < smallest && c.Masked == "" {
						t.Fatalf("seed %d: %d is told", seed, c.N)
					}
				}
			}
			if last := p.Totals[len(p.Totals)-1]; last.N != sum {
				t.Fatalf("seed %d: the sum is %d, not %d", seed, last.N, sum)
			}
			if p.Masked != (masked > 0) {
				t.Fatal("the table does not say that numbers are masked")
			}
		}
	}
}

// filled is an office with 60 cases; every third is closed to those who do not work on it.
func filled(t *testing.T, d *db.DB) *office {
	t.Helper()
	o := open(t, d, time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC))
	a := auth.From(o.as("ksv"))
	home, err := o.org.Office(o.as("ksv"), a.Office)
	o.ok(err)
	var all []criminal.Whole
	for i := range 60 {
		m := made.Make(i, 25, o.today())
		c := criminal.Case{ID: id.New[criminal.Case](), Number: m.Number, Name: m.Name, Office: a.Office, Stage: criminal.Report, Status: criminal.Open, Created: o.clock}
		if i%3 == 0 {
			c.Secrecy = 1
		}
		for j, p := range m.Ledger.Parties {
			c.Persons = append(c.Persons, criminal.Person{ID: p.ID, Name: p.Name, Role: criminal.Role(p.Role), Born: p.Born,
				More: map[string]string{"sex": []string{"male", "female"}[(i+j)%2]}})
		}
		all = append(all, criminal.Whole{Case: c, Path: home.Path, Ledger: m.Ledger.Acts,
			Staff: []criminal.Assignment{{Staff: org.StaffID(a.ID), Task: criminal.Conducts, From: o.today()}}})
	}
	o.ok(o.cases.Bulk(o.as("ksv"), all))
	o.ok(o.Rebuild(t.Context(), nil))
	return o
}

// A report says what counting says; who may not see the cases is not told small numbers
// of people, and the page of cases says the same.
func TestPivot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := filled(t, d)
		q := Spec{Period: "this-year", Figures: []string{"investigation.new", "investigation.new.person"}, Rows: []Dim{ByMonth, ByChapter}, Column: BySex}
		p, err := o.Pivot(o.as("vientruong"), q)
		o.ok(err)
		counts, err := o.Count(o.as("vientruong"), Ask{Period: period.Of(period.Year, "2026-11-28"), Figures: q.Figures})
		o.ok(err)
		if len(p.Rows) < 5 {
			t.Fatalf("only %d rows", len(p.Rows))
		}
		if all, err := o.Pivot(o.as("ksv"), q); err != nil || all.Masked {
			t.Error("masked for who works on all the cases", err)
		}
		for _, c := range counts {
			for j, x := range p.Columns {
				if x.Total && x.Figure == c.Figure && p.Totals[j].N != c.N {
					t.Errorf("%s: %d in the report, %d counted", c.Figure, p.Totals[j].N, c.N)
				}
			}
		}
		q = Spec{Period: "last-12-months", Figures: []string{"trial.judged"}, Rows: []Dim{ByMonth}}
		p, err = o.Pivot(o.as("ksv"), q)
		o.ok(err)
		if len(p.Rows) != 12 {
			t.Errorf("%d months of twelve: one without cases is left out", len(p.Rows))
		}
		ctx := o.as("ksv2") // has none of these cases
		q = Spec{Period: "this-year", Figures: []string{"investigation.new.person"}, Rows: []Dim{ByMonth, ByChapter}, Column: BySex}
		p, err = o.Pivot(ctx, q)
		o.ok(err)
		masked := 0
		for _, r := range p.Rows {
			for j, c := range r.Cells {
				if x := p.Columns[j]; !x.Total {
					l, err := o.Lines(ctx, Drill{Req: page.Req{Limit: 1}, Period: p.Period, Figure: x.Figure, Where: map[Dim][]string{ByMonth: {r.Key[0]}, ByChapter: {r.Key[1]}, BySex: {x.Value}}})
					o.ok(err)
					small := l.Sum > 0 && l.Sum < smallest && l.Hidden != 0
					if l.Sum != c.N || small != (c.Masked == Small) {
						t.Errorf("%v %s: cell %+v; %d of which %d hidden", r.Titles, x.Title, c, l.Sum, l.Hidden)
					}
					if small {
						masked++
					}
				}
			}
		}
		if masked == 0 {
			t.Error("nothing is masked for who may not see the cases: the test says little")
		}
		open, err := o.OpenData(o.as("ksv"), q)
		o.ok(err)
		if !open.Masked {
			t.Error("open data tells small numbers")
		}
		for _, c := range []struct {
			q    Spec
			want error
		}{
			{Spec{Period: "this-year"}, ErrSpec},
			{Spec{Period: "this-year", Figures: []string{"no.such"}}, ErrFigure},
			{Spec{Period: "this-year", Figures: q.Figures, Rows: []Dim{BySex, BySex}}, ErrSpec},
			{Spec{Period: "this-year", Figures: q.Figures, Rows: []Dim{"colour"}}, ErrDim},
			{Spec{Period: "whenever", Figures: q.Figures}, ErrPeriod},
			{Spec{Period: "this-year", Figures: []string{"investigation.open"}, Rows: []Dim{ByMonth}}, ErrMoment},
			{Spec{Period: "this-year", Figures: q.Figures, Office: "tc"}, ErrOffice},
		} {
			if _, err := o.Pivot(o.as("ksv"), c.q); !errors.Is(err, c.want) {
				t.Errorf("%+v: %v, want %v", c.q, err, c.want)
			}
		}
	})
}

func TestReportLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := filled(t, d)
		mine, other, chief := o.as("ksv"), o.as("ksv2"), o.as("vientruong")
		q := Spec{Period: "last-month", Figures: []string{"investigation.new.person"}, Rows: []Dim{BySex}}
		if _, err := o.SaveReport(mine, "", " ", q); !errors.Is(err, ErrSpec) {
			t.Error("saved without a name", err)
		}
		r, err := o.SaveReport(mine, "", "Bị can theo giới tính", q)
		o.ok(err)
		if _, err := o.Report(other, r.ID); !errors.Is(err, ErrReport) {
			t.Error("a private report is open to others", err)
		}
		if err := o.ShareReport(mine, r.ID, ShareBelow, nil); !errors.Is(err, ErrPublish) {
			t.Error("shared below without the right", err)
		}
		if err := o.ShareReport(mine, r.ID, ShareNamed, nil); !errors.Is(err, ErrSpec) {
			t.Error("shared with nobody", err)
		}
		named := org.StaffID(auth.From(other).ID)
		o.ok(o.ShareReport(mine, r.ID, ShareNamed, []org.StaffID{named, named}))
		got, err := o.Report(other, r.ID)
		o.ok(err)
		if !slices.Equal(got.With, []org.StaffID{named}) || got.Spec.Figures[0] != q.Figures[0] {
			t.Errorf("%+v", got)
		}
		if _, err := o.Report(chief, r.ID); !errors.Is(err, ErrReport) {
			t.Error("shared by name with one, open to another", err)
		}
		o.ok(o.ShareReport(mine, r.ID, ShareOffice, nil))
		if _, err := o.Report(chief, r.ID); err != nil {
			t.Error("shared with the office, closed to the chief", err)
		}
		for name, err := range map[string]error{
			"save": func() error { _, err := o.SaveReport(other, r.ID, "x", q); return err }(), "share": o.ShareReport(other, r.ID, SharePrivate, nil),
			"schedule": o.ScheduleReport(other, r.ID, Schedule{Daily, 0, "07:30"}), "delete": o.DeleteReport(other, r.ID), "restore": o.RestoreReport(other, r.ID),
		} {
			if !errors.Is(err, ErrReport) {
				t.Error(name, "of a report of another:", err)
			}
		}
		copied, err := o.CopyReport(other, r.ID)
		o.ok(err)
		if copied.Owner != named || copied.Share != SharePrivate || copied.ID == r.ID {
			t.Errorf("%+v", copied)
		}
		o.ok(o.DeleteReport(mine, r.ID))
		if _, err := o.Report(chief, r.ID); !errors.Is(err, ErrReport) {
			t.Error("deleted, and open to others", err)
		}
		left, deleted, _, err := o.Reports(mine)
		o.ok(err)
		if len(left) != 0 || len(deleted) != 1 {
			t.Error(left, deleted)
		}
		o.ok(o.RestoreReport(mine, r.ID))
		_, _, shared, err := o.Reports(chief)
		o.ok(err)
		if len(shared) != 1 || shared[0].By == "" {
			t.Error("taken back, and not shared as before", shared)
		}
		o.ok(o.DeleteReport(mine, r.ID))
		o.clock = o.clock.Add(31 * 24 * time.Hour)
		if err := o.RestoreReport(mine, r.ID); !errors.Is(err, ErrReport) {
			t.Error("taken back after a month", err)
		}
	})
}

// A report is made once at its time, by the rights of its owner, and told to those it is
// shared with; moments that were missed are made up for once.
func TestScheduled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := filled(t, d)
		mine, other := o.as("thongke"), o.as("ksv2")
		q := Spec{Period: "last-month", Figures: []string{"investigation.new.person"}, Rows: []Dim{BySex}}
		r, err := o.SaveReport(mine, "", "Bị can tháng trước", q)
		o.ok(err)
		for _, s := range []Schedule{{"hourly", 0, "07:30"}, {Daily, 0, "7h"}, {Weekly, 8, "07:30"}, {Monthly, 0, "07:30"}} {
			if err := o.ScheduleReport(mine, r.ID, s); !errors.Is(err, ErrSpec) {
				t.Error(s, err)
			}
		}
		o.ok(o.ScheduleReport(mine, r.ID, Schedule{Monthly, 1, "07:30"}))
		made := func() int {
			t.Helper()
			n := 0
			o.ok(o.MakeDue(t.Context(), func(int) error { n++; return nil }))
			return n
		}
		if n := made(); n != 0 {
			t.Fatal("made before its time:", n)
		}
		o.clock = time.Date(2026, 12, 1, 0, 30, 0, 0, time.UTC)
		if n := made(); n != 1 {
			t.Fatal("not made at its time:", n)
		}
		if n := made(); n != 0 {
			t.Fatal("made twice:", n)
		}
		runs, err := o.Runs(mine)
		o.ok(err)
		if len(runs) != 1 || runs[0].Read || runs[0].Period.String() != "2026-11" || runs[0].Fault != "" {
			t.Fatalf("%+v", runs)
		}
		if n, err := o.Unread(mine); n != 1 || err != nil {
			t.Error(n, err)
		}
		u, err := o.Run(mine, runs[0].ID)
		o.ok(err)
		now, err := o.Pivot(mine, Spec{Period: "2026-11", Figures: q.Figures, Rows: q.Rows, Office: r.Office})
		o.ok(err)
		if fmt.Sprint(u.Pivot.Rows, u.Pivot.Totals) != fmt.Sprint(now.Rows, now.Totals) {
			t.Errorf("kept %+v, worked out %+v", u.Pivot.Rows, now.Rows)
		}
		if n, err := o.Unread(mine); n != 0 || err != nil {
			t.Error("read, and not read", n, err)
		}
		o.ok(o.ShareReport(mine, r.ID, ShareOffice, nil))
		if _, err := o.Run(other, u.ID); !errors.Is(err, ErrRun) {
			t.Error("what was made for the owner alone is open to others", err)
		}
		o.clock = time.Date(2027, 3, 5, 0, 0, 0, 0, time.UTC) // three months went by with nothing running
		if n := made(); n != 1 {
			t.Fatal("missed moments:", n)
		}
		runs, err = o.Runs(other)
		o.ok(err)
		if len(runs) != 1 || runs[0].Period.String() != "2026-12" {
			t.Fatalf("%+v", runs)
		}
		u, err = o.Run(other, runs[0].ID)
		o.ok(err)
		if !u.Strict {
			t.Error("made for all, and not masked for all")
		}
		again, err := o.Report(mine, r.ID)
		o.ok(err)
		if want := time.Date(2027, 4, 1, 0, 30, 0, 0, time.UTC); !again.Next.Equal(want) {
			t.Error("next", again.Next)
		}
		// Its owner goes: it is not made, and says so.
		_, err = o.d.Exec(t.Context(), `UPDATE org_staff SET disabled = $1 WHERE id = $2`, true, r.Owner)
		o.ok(err)
		o.clock = o.clock.AddDate(0, 1, 0)
		if n := made(); n != 1 {
			t.Fatal(n)
		}
		runs, err = o.Runs(mine)
		o.ok(err)
		if runs[0].Fault == "" {
			t.Errorf("made by the rights of one who is gone: %+v", runs[0])
		}
	})
}

func TestBoard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := filled(t, d)
		ctx := o.as("vientruong")
		p := twelve("2026-11-28")
		for _, set := range o.Boards {
			b, err := o.Board(ctx, set.ID, "", p)
			o.ok(err)
			if b.Set.ID != set.ID || len(b.Cards) != len(set.Card) || len(b.Months) != 12 {
				t.Fatalf("%+v", b)
			}
			known := 0
			for _, c := range b.Cards {
				if !c.Known {
					continue
				}
				known++
				counts, err := o.Count(ctx, Ask{Period: p, Figures: []string{c.Figure.ID}})
				o.ok(err)
				n, sum := int64(0), int64(0)
				for _, x := range counts {
					n += x.N
				}
				for _, x := range c.Trend {
					sum += x
				}
				if last := c.Trend[11]; c.Figure.Stock() {
					sum = last
				}
				if c.Now != n || sum != n {
					t.Errorf("%s: %d on the card, %d in its months, %d counted", c.Title, c.Now, sum, n)
				}
				if c.Compare && c.Peers < fewPeers {
					t.Error("compared with too few", c)
				}
			}
			year, err := o.Board(ctx, set.ID, "", period.Of(period.Year, "2026-11-28"))
			o.ok(err)
			for i, c := range year.Cards {
				counts, err := o.Count(ctx, Ask{Period: period.Period{Kind: period.Days, From: "2025-01-01", To: "2025-11-28"}, Figures: []string{c.Figure.ID}})
				o.ok(err)
				n := int64(0)
				for _, x := range counts {
					n += x.N
				}
				if c.Known && (c.Before != n || !slices.Equal(c.Trend, b.Cards[i].Trend)) {
					t.Errorf("%s: a year that runs is compared with %d, not with %d of as many days", c.Title, c.Before, n)
				}
			}
			if known < 8 {
				t.Error("few cards have a source", known)
			}
		}
	})
}

// An office is compared with the median of those of its level and size, above or below by
// 30 % and no more; the table below has each office right below, with what is below it.
func TestPeers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d, time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC))
		own, err := o.reach(o.as("vientruong"), MayRead, "")
		o.ok(err)
		all, err := o.store.offices(t.Context(), "%")
		o.ok(err)
		all = slices.DeleteFunc(all, func(x org.Office) bool { return x.Level != own.Level || x.ID == own.ID })
		sizes := []int{6, 7, 8, 13, 14} // of 10: the first and the last are not alike
		if len(all) < len(sizes) {
			t.Fatalf("the demonstration has only %d offices to compare with", len(all))
		}
		put := func(office auth.Office, figure string, n int) {
			t.Helper()
			_, err := o.d.Exec(t.Context(), `INSERT INTO stats_day (office, figure, day, n) VALUES ($1, $2, '2026-11-02', $3)`, office, figure, n)
			o.ok(err)
		}
		put(own.ID, "investigation.new", 10)
		for i, n := range sizes {
			put(all[i].ID, "investigation.new", n)
			put(all[i].ID, "report.new", 100*n)
		}
		p := period.Of(period.Month, "2026-11-28")
		b, err := o.Board(o.as("vientruong"), "leaders", "", p)
		o.ok(err)
		for _, c := range b.Cards {
			switch c.Figure.ID {
			case "report.new":
				if c.Peers != 3 || !c.Compare || c.Median != 800 || c.Now != 0 {
					t.Errorf("%+v", c)
				}
			case "investigation.new":
				if c.Median != 8 || c.Now != 10 || c.Trend[11] != 10 {
					t.Errorf("%+v", c)
				}
			}
		}
		if len(b.Below) != 0 {
			t.Error("offices below one that has none", b.Below)
		}
		b, err = o.Board(o.as("thongketinh"), "leaders", "", p)
		o.ok(err)
		sum := int64(0)
		for _, r := range b.Below {
			if r.Office.Parent != own.Parent && !r.Itself {
				t.Error("not right below", r.Office)
			}
			sum += r.Values[1]
		}
		if len(b.Below) < 3 || sum != b.Cards[1].Now {
			t.Errorf("%d offices have %d, the card %d", len(b.Below), sum, b.Cards[1].Now)
		}
	})
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []int64
		want float64
	}{{nil, 0}, {[]int64{3}, 3}, {[]int64{4, 1}, 2.5}, {[]int64{9, 1, 2}, 2}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median %v is %v", c.in, got)
		}
	}
}

func TestReportFiles(t *testing.T) {
	o := filled(t, dbtest.SQLite(t))
	ctx := o.as("vientruong")
	q := Spec{Period: "this-year", Figures: []string{"investigation.new", "investigation.open"}, Rows: []Dim{ByChapter}}
	p, err := o.Pivot(ctx, q)
	o.ok(err)
	var b bytes.Buffer
	o.ok(o.ReportSheet(ctx, &b, "Án mới", p))
	f, err := excelize.OpenReader(&b)
	o.ok(err)
	rows, err := f.GetRows(f.GetSheetName(0))
	o.ok(err)
	if !slices.ContainsFunc(rows, func(r []string) bool { return len(r) > 1 && r[0] == totalName && r[1] == p.Totals[0].Text() }) {
		t.Error("the spreadsheet has no sum", rows)
	}
	b.Reset()
	o.ok(ReportCSV(&b, p))
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	o.ok(err)
	if len(table) != len(p.Rows)+2 || table[len(table)-1][1] != p.Totals[0].Text() {
		t.Error(table)
	}
	b.Reset()
	o.ok(o.ReportPaper(ctx, &b, "Án mới", p))
	if !strings.HasPrefix(b.String(), "%PDF-") {
		t.Error("no PDF")
	}
	wide := p
	wide.Columns = make([]PivotColumn, mostPrinted+1)
	if err := o.ReportPaper(ctx, &b, "", wide); !errors.Is(err, ErrWide) {
		t.Error(err)
	}
	open, err := o.OpenData(ctx, q)
	o.ok(err)
	b.Reset()
	o.ok(o.OpenJSON(ctx, &b, "Án mới", open))
	var data struct {
		Dictionary []defined        `json:"dictionary"`
		Data       []map[string]any `json:"data"`
	}
	o.ok(json.Unmarshal(b.Bytes(), &data))
	if len(data.Data) != len(p.Rows)*2 || data.Dictionary[0].Source == "" {
		t.Errorf("%d rows, %+v", len(data.Data), data.Dictionary)
	}
	for _, x := range data.Data {
		switch v, told := x["value"].(float64); {
		case told && v > 0 && v < smallest, !told && x["masked"] == "":
			t.Error("open data tells", x)
		case !slices.ContainsFunc(data.Dictionary, func(d defined) bool { return d.Name == x["figure"] }):
			t.Error("the dictionary does not know", x)
		}
	}
	b.Reset()
	o.ok(o.DictionaryCSV(ctx, &b, open))
	if !strings.Contains(b.String(), "investigation.open,,") {
		t.Error(b.String())
	}
	title, file, err := o.ExportLines(ctx, Drill{Period: p.Period, Figure: "investigation.new"})
	o.ok(err)
	f, err = excelize.OpenReader(bytes.NewReader(file))
	o.ok(err)
	rows, err = f.GetRows(f.GetSheetName(0))
	o.ok(err)
	if int64(len(rows)) < p.Totals[0].N || title == "" {
		t.Errorf("%d rows for %d cases", len(rows), p.Totals[0].N)
	}
}
