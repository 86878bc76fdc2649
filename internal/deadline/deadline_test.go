package deadline

import (
	"errors"
	"testing"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// A case from its report to the indictment: which clocks run, and when they end, by
// hand (BLTTHS 147, 172, 179, 240).
func TestClocksFollowTheActs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-02T09:00")
		c, p := w.theft("21/2026/HS")
		w.act(c, "report.receive", "2026-03-02", field("source", "news"))
		if k := w.clockOf(c, "REC-04"); k.Nominal != "2026-03-22" || k.Legal != "2026-03-23" || k.State != Running || k.Own {
			t.Errorf("20 days from 02/3 end on Sunday 22/3 and legally on Monday: got %+v", k)
		}
		w.at("2026-03-12T10:00")
		w.act(c, "case.open", "2026-03-12", charged("173", "1"), numbered("15/QĐ-CSĐT"))
		if k := w.clockOf(c, "REC-04"); k.State != Done || k.Ended != "2026-03-12" {
			t.Errorf("the report is resolved by opening the case: got %s on %s", k.State, k.Ended)
		}
		w.act(c, "defendant.charge", "2026-03-12", of(p), charged("173", "1"), numbered("16/QĐ-CSĐT"))
		if k := w.clockOf(c, "INV-01"); k.Nominal != "2026-05-12" || k.State != Running {
			t.Errorf("2 months of investigation from 12/3: got %+v", k)
		}
		w.at("2026-03-13T08:00")
		w.act(c, "defendant.charge_received", "2026-03-13", of(p))
		k := w.clockOf(c, "INI-05")
		if k.Nominal != "2026-03-16" || !k.Own || k.Subject != p {
			t.Errorf("3 days to approve from 13/3: got %+v", k)
		}
		w.at("2026-03-16T11:00")
		w.act(c, "defendant.approve", "2026-03-16", of(p), charged("173", "1"))
		if k := w.clockOf(c, "INI-05"); k.State != Done {
			t.Errorf("approved on the last day: got %s", k.State)
		}
		w.at("2026-05-11T09:00")
		w.act(c, "investigation.conclude", "2026-05-11", numbered("3/KLĐT"))
		w.at("2026-05-12T15:00")
		w.act(c, "file.to_vks", "2026-05-12")
		if k := w.clockOf(c, "INV-01"); k.State != Done {
			t.Errorf("concluded in time: got %s", k.State)
		}
		if k := w.clockOf(c, "PRO-01"); k.Nominal != "2026-06-01" || !k.Own {
			t.Errorf("20 days to decide on prosecution from 12/5: got %+v", k)
		}
		w.at("2026-06-03T09:00")
		w.act(c, "case.indict", "2026-06-03", of(p), charged("173", "1"))
		if k := w.clockOf(c, "PRO-01"); k.State != Late {
			t.Errorf("indicted two days after the end: got %s, ended %s", k.State, k.Ended)
		}
		w.calm()
	})
}

// What was entered wrongly and is corrected moves its clocks; what is taken back takes
// them along.
func TestCorrectionMovesClocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-05T09:00")
		c, _ := w.theft("22/2026/HS")
		a := w.act(c, "report.receive", "2026-03-02", field("source", "news"))
		fix := a
		fix.At = "2026-03-04"
		if _, _, err := w.cases.Correct(w.as("ksv"), c.ID, a.ID, fix, "ghi nhầm ngày"); err != nil {
			t.Fatal(err)
		}
		if k := w.clockOf(c, "REC-04"); k.Nominal != "2026-03-24" {
			t.Errorf("20 days from 04/3: got %s", k.Nominal)
		}
		b, err := w.Board(w.as("vientruong"), Office, Filter{Rule: "REC-04"})
		w.must(err)
		if len(b.Rows.Items) != 1 {
			t.Errorf("the corrected act counts once: got %d clocks", len(b.Rows.Items))
		}
		w.calm()
	})
}

func TestDutyThatNoActShows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-02T09:00")
		c, _ := w.theft("23/2026/HS")
		w.act(c, "report.receive_vks", "2026-03-02T08:00")
		k := w.clockOf(c, "REC-02")
		if k.Nominal != "2026-03-03T08:00" || !k.Urgent {
			t.Fatalf("24 hours to hand the report to the police: got %+v", k)
		}
		err := w.Service.Done(w.as("ksv"), k.ID, "2026-03-09", "đã chuyển")
		if !errors.Is(err, ErrDone) {
			t.Errorf("in the future: got %v, want ErrDone", err)
		}
		if err := w.Service.Done(w.as("luutru"), k.ID, "2026-03-02T09:00", "đã chuyển"); !errors.Is(err, auth.ErrMay) {
			t.Errorf("an archivist: got %v, want ErrMay", err)
		}
		w.must(w.Service.Done(w.as("ksv"), k.ID, "2026-03-02T09:00", "đã chuyển cho Công an tỉnh, giấy giao nhận số 4"))
		if k := w.clockOf(c, "REC-02"); k.State != Done || k.EndedBy != "said" {
			t.Errorf("got %s by %s, want done by what was said", k.State, k.EndedBy)
		}
		led, _, err := w.cases.Acts(w.as("ksv"), c.ID, "")
		w.must(err)
		fix := led.Acts[0]
		for _, note := range []string{"nguồn tin qua điện thoại", "nguồn tin qua đường dây nóng"} {
			fix.Note = note
			if fix, _, err = w.cases.Correct(w.as("ksv"), c.ID, fix.ID, fix, "ghi thêm"); err != nil {
				t.Fatal(err)
			}
		}
		if now := w.clockOf(c, "REC-02"); now.ID != k.ID || now.State != Done || now.Source != fix.ID {
			t.Errorf("after corrections of its act: %+v, want the same clock, done", now)
		}
		if _, err := w.WarningLog(w.as("ksv"), k.ID); err != nil {
			t.Errorf("its log: %v", err)
		}
		w.calm()
	})
}

func TestBoards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-02T09:00")
		c, _ := w.theft("24/2026/HS")
		w.act(c, "report.receive", "2026-03-02", field("source", "news"))
		w.act(c, "report.receive_vks", "2026-03-02T08:00")
		// By hand: REC-01 24 hours from 00:00 of 02/3, as no hour is known; REC-02 24 hours
		// from 08:00; REC-03 3 days, Thursday 05/3; REC-04 20 days, Sunday 22/3, legally
		// Monday 23/3.
		for _, step := range []struct {
			at             string
			breached, over int
			today, week    int
		}{
			{"2026-03-02T09:00", 0, 0, 0, 3},
			{"2026-03-03T07:00", 1, 0, 1, 1},
			{"2026-03-03T09:00", 2, 0, 0, 1}, // an hour too late, the same day
			{"2026-03-21T09:00", 3, 0, 0, 1}, // Sunday is the end of the week
			{"2026-03-23T09:00", 3, 1, 0, 0}, // nominally over, legally not
			{"2026-03-24T00:00", 4, 0, 0, 0}, // now it is
		} {
			w.at(step.at)
			for _, scope := range Scopes {
				login := "ksv"
				switch scope {
				case Unit:
					continue
				case Office:
					login = "vientruong"
				case Superior:
					login = "truongphong"
				case Mine:
				}
				b, err := w.Board(w.as(login), scope, Filter{})
				w.must(err)
				n := b.Counts
				if n.Breached != step.breached || n.Overdue != step.over || n.Today != step.today || n.Week != step.week {
					t.Errorf("%s at %s: got breached %d, overdue %d, today %d, week %d, want %+v", scope, step.at, n.Breached, n.Overdue, n.Today, n.Week, step)
				}
				sum := 0
				for _, l := range Levels {
					rows, err := w.Board(w.as(login), scope, Filter{Level: l})
					w.must(err)
					if len(rows.Rows.Items) != n.Of(l) {
						t.Errorf("%s at %s: %d rows of level %s, counted %d", scope, step.at, len(rows.Rows.Items), l, n.Of(l))
					}
					for _, k := range rows.Rows.Items {
						if k.Level != l {
							t.Errorf("%s at %s: %s is %s among %s", scope, step.at, k.Rule, k.Level, l)
						}
					}
					sum += n.Of(l)
				}
				if sum != n.Own+n.Waiting {
					t.Errorf("%s: levels add up to %d, duties to %d", scope, sum, n.Own+n.Waiting)
				}
			}
		}
		if b, err := w.Board(w.as("ksv2"), Mine, Filter{}); err != nil || len(b.Rows.Items) != 0 || b.Counts.Own != 0 {
			t.Errorf("the board of somebody else: got %+v, %v", b.Counts, err)
		}
		if _, err := w.Board(w.as("quantri"), Office, Filter{}); !errors.Is(err, auth.ErrMay) {
			t.Errorf("the administrator of the machines: got %v, want ErrMay", err)
		}
		days, err := w.Calendar(w.as("vientruong"), "2026-03", Office)
		w.must(err)
		if len(days) != 31 || days[2].Own != 1 || days[21].Other != 1 || !days[21].Off {
			t.Errorf("calendar of March: got %+v, %+v", days[2], days[21])
		}
	})
}

// A secret case is on no board but of those who may see it, and counted nowhere else.
func TestSecretCasesStaySecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-02T09:00")
		c, _ := w.theft("25/2026/HS")
		w.act(c, "report.receive", "2026-03-02", field("source", "news"))
		in := secretOf(c)
		_, err := w.cases.Edit(w.as("vientruong"), c.ID, in)
		w.must(err)
		for login, want := range map[string]int{"ksv": 0, "vientruong": 3, "ksv2": 0} {
			b, err := w.Board(w.as(login), Office, Filter{})
			w.must(err)
			if got := b.Counts.Waiting; got != want && login != "ksv" {
				t.Errorf("%s: counts %d, want %d", login, got, want)
			}
			seen := len(b.Rows.Items)
			if login == "ksv" && seen != 3 || login != "ksv" && seen != want {
				t.Errorf("%s: sees %d", login, seen)
			}
		}
		b, err := w.Board(w.as("truongphong"), Superior, Filter{})
		w.must(err)
		if b.Counts.Waiting != 0 || len(b.Rows.Items) != 0 {
			t.Errorf("the office above: got %d counted, %d seen", b.Counts.Waiting, len(b.Rows.Items))
		}
		k, err := w.store.clocksOf(t.Context(), c.ID)
		w.must(err)
		if _, err := w.Explain(w.as("truongphong"), k[0].ID); !errors.Is(err, ErrNone) {
			t.Errorf("explain from above: got %v, want ErrNone", err)
		}
		w.calm()
	})
}

func TestExplainAndWhatIf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-02T09:00")
		c, p := w.theft("26/2026/HS")
		w.act(c, "report.receive", "2026-03-02", field("source", "news"))
		w.act(c, "case.open", "2026-03-02", charged("173", "1"), numbered("15/QĐ-CSĐT"))
		w.act(c, "defendant.charge", "2026-03-02", of(p), charged("173", "1"), numbered("16/QĐ-CSĐT"))
		e, err := w.Explain(w.as("ksv"), w.clockOf(c, "INV-01").ID)
		w.must(err)
		if len(e.Result.Steps) == 0 || e.Sentence == "" || len(e.Citations) == 0 || e.Source == nil || e.Source.Kind != "case.open" || len(e.Chain) < 2 {
			t.Errorf("an explanation has steps, a sentence, articles, its act and what could be granted: got %+v", e)
		}
		cs, err := w.WhatIf(w.as("ksv"), c.ID, ledger.Act{Kind: "investigation.extend", At: "2026-04-25", Fields: map[string]string{"seq": "1"}})
		w.must(err)
		extended := false
		for _, x := range cs {
			extended = extended || x.Before == nil && x.After != nil && x.After.Rule == "INV-01" && x.After.Seq == 1 && x.After.Nominal == "2026-07-02"
		}
		if !extended {
			t.Errorf("extending 2 months from 02/5 gives 02/7: got %+v", cs)
		}
		if k := w.clockOf(c, "INV-01"); k.Seq != 0 || k.State != Running {
			t.Errorf("what if enters nothing: got %+v", k)
		}
	})
}

// What is stored is repaired if somebody spoiled it, and said to be a defect.
func TestNightFindsWhatWasSpoiled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d, "2026-03-02T09:00")
		c, _ := w.theft("27/2026/HS")
		w.act(c, "report.receive", "2026-03-02", field("source", "news"))
		w.calm()
		k := w.clockOf(c, "REC-04")
		for _, spoil := range []string{
			`UPDATE deadline_clock SET nominal = '2026-04-01' WHERE id = $1`,
			`UPDATE deadline_clock SET next_warn = '' WHERE id = $1`,
			`UPDATE deadline_clock SET state = 'done' WHERE id = $1`,
			`DELETE FROM deadline_clock WHERE id = $1`,
			`UPDATE deadline_count SET n = n + 1 WHERE $1 <> ''`,
		} {
			if _, err := d.Exec(t.Context(), spoil, k.ID); err != nil {
				t.Fatal(err)
			}
			n, err := w.Night(t.Context())
			w.must(err)
			if n.Different == 0 {
				t.Errorf("%s: not noticed", spoil)
			}
			h, err := w.Health(w.as("quantri"))
			w.must(err)
			if h.Night.Different != n.Different || len(h.Difference) == 0 {
				t.Errorf("%s: not shown: %+v", spoil, h.Night)
			}
			if got := w.clockOf(c, "REC-04"); got.Nominal != k.Nominal || got.State != Running {
				t.Errorf("%s: not repaired: %+v", spoil, got)
			}
			w.calm()
		}
	})
}
