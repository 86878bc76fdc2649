package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"congminh/internal/kit/db"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

// question is a figure as someone would ask it by hand of the ledgers, in SQL that
// SQLite, PostgreSQL and DuckDB all understand.
type question struct {
	Figure string  `json:"figure"`
	SQL    string  `json:"sql"`
	N      int64   `json:"n"`  // as the program counts it
	MS     float64 `json:"ms"` // of the program
}

// byHand is how one was answered.
type byHand struct {
	Figure string  `json:"figure"`
	N      int64   `json:"n"`
	Ours   float64 `json:"ours_ms"`
	Hand   float64 `json:"hand_ms"`
}

// ratio tells how long all of them took.
type ratio struct {
	Figures int     `json:"figures"`
	Ours    float64 `json:"ours_ms"`
	Hand    float64 `json:"hand_ms"`
	Times   float64 `json:"hand_to_ours"`
}

// hand writes the questions of a period about the offices below path.
type hand struct{ from, to, path string } // to: the day after

func (h hand) offices(a string) string {
	return fmt.Sprintf(`%s.office IN (SELECT o.id FROM org_office_v o WHERE o.path LIKE '%s%%')`, a, h.path)
}

func list(kinds string) string { return `('` + strings.ReplaceAll(kinds, " ", "', '") + `')` }

// flow counts acts of the period, or the people they are about; more narrows them.
func (h hand) flow(kinds, who, more string) string {
	return fmt.Sprintf(`SELECT COUNT(*) FROM criminal_act_v a%s WHERE a.kind IN %s AND a.at >= '%s' AND a.at < '%s' AND %s%s`,
		who, list(kinds), h.from, h.to, h.offices("a"), more)
}

const (
	// named are the people an act names.
	named = ` JOIN criminal_person_v p ON p.case_id = a.case_id AND ' ' || a.parties || ' ' LIKE '% ' || p.id || ' %'`
	// charged are the people charged before it.
	charged = ` JOIN criminal_person_v p ON p.case_id = a.case_id AND EXISTS (SELECT 1 FROM criminal_act_v c WHERE c.case_id = a.case_id
		AND c.kind = 'defendant.charge' AND c.seq < a.seq AND ' ' || c.parties || ' ' LIKE '% ' || p.id || ' %')`
)

func (h hand) acts(kinds string) string { return h.flow(kinds, "", "") }

// first counts cases by their first act of some kinds.
func (h hand) first(kinds string) string {
	return h.flow(kinds, "", ` AND NOT EXISTS (SELECT 1 FROM criminal_act_v b WHERE b.case_id = a.case_id AND b.kind IN `+list(kinds)+` AND b.seq < a.seq)`)
}

// after counts acts before which an act of other kinds stands, or none (not).
func (h hand) after(kinds, not, others string) string {
	return h.flow(kinds, "", ` AND `+not+` EXISTS (SELECT 1 FROM criminal_act_v b WHERE b.case_id = a.case_id AND b.kind IN `+list(others)+` AND b.seq < a.seq)`)
}

// people counts the people acts are about.
func (h hand) people(kinds, who string) string { return h.flow(kinds, who, "") }

// firstPeople counts people by the first act of a kind about them.
func (h hand) firstPeople(kinds, who, same string) string {
	return h.flow(kinds, who, ` AND NOT EXISTS (SELECT 1 FROM criminal_act_v b WHERE b.case_id = a.case_id AND b.kind IN `+list(kinds)+` AND b.seq < a.seq`+same+`)`)
}

const alsoNamed = ` AND ' ' || b.parties || ' ' LIKE '% ' || p.id || ' %'`

// stock counts what some acts brought in before the period ended and no other took out.
func (h hand) stock(in, who, out, same string) string {
	return fmt.Sprintf(`SELECT COUNT(*) FROM criminal_act_v a%s WHERE a.kind IN %s AND a.at < '%s' AND %s
		AND NOT EXISTS (SELECT 1 FROM criminal_act_v b WHERE b.case_id = a.case_id AND b.kind IN %s AND b.seq > a.seq AND b.at < '%s'%s)`,
		who, list(in), h.to, h.offices("a"), list(out), h.to, same)
}

// questions are of every kind of figure: flows by act, case and person, once, after and
// without, and stocks of cases and of people, at the end and before the beginning. They
// know how invented cases go (criminal/made) and are right for those.
func questions(p period.Period, path string) []question {
	h := hand{string(p.From), string(p.To.Add(1)), path}
	before := hand{"", string(p.From), path}
	const reports, detention = "report.receive report.receive_vks", "detention.start"
	all := []question{
		{Figure: "report.new", SQL: h.first(reports)},
		{Figure: "report.assigned", SQL: h.first("report.assign")},
		{Figure: "report.opened", SQL: h.after("case.open", "", reports)},
		{Figure: "report.open", SQL: h.stock("report.receive", "", "case.open", "")},
		{Figure: "report.open.start", SQL: before.stock("report.receive", "", "case.open", "")},
		{Figure: "investigation.new", SQL: h.acts("case.open")},
		{Figure: "investigation.new.person", SQL: h.people("defendant.charge", named)},
		{Figure: "investigation.approved", SQL: h.people("defendant.approve", named)},
		{Figure: "investigation.extended", SQL: h.first("investigation.extend")},
		{Figure: "investigation.open", SQL: h.stock("case.open", "", "file.to_vks investigation.suspend", "")},
		{Figure: "investigation.open.start", SQL: before.stock("case.open", "", "file.to_vks investigation.suspend", "")},
		{Figure: "investigation.open.person", SQL: h.stock("defendant.charge", named, "file.to_vks investigation.suspend", "")},
		{Figure: "investigation.concluded", SQL: h.acts("investigation.conclude")},
		{Figure: "investigation.concluded.person", SQL: h.people("investigation.conclude", charged)},
		{Figure: "investigation.sent", SQL: h.acts("file.to_vks")},
		{Figure: "investigation.sent.person", SQL: h.people("file.to_vks", charged)},
		{Figure: "investigation.suspended", SQL: h.acts("investigation.suspend")},
		{Figure: "investigation.suspended.person", SQL: h.people("investigation.suspend", charged)},
		{Figure: "investigation.waiting", SQL: h.stock("investigation.suspend", "", "investigation.resume", "")},
		{Figure: "prosecution.new", SQL: h.after("file.to_vks", "NOT", "case.return case.return_court_received")},
		{Figure: "prosecution.open", SQL: h.stock("file.to_vks", "", "case.indict", "")},
		{Figure: "prosecution.open.person", SQL: h.stock("file.to_vks", charged, "case.indict", "")},
		{Figure: "prosecution.indicted", SQL: h.acts("case.indict")},
		{Figure: "prosecution.indicted.person", SQL: h.people("case.indict", charged)},
		{Figure: "prosecution.unsent", SQL: h.stock("case.indict", "", "file.to_court", "")},
		{Figure: "prosecution.sent", SQL: h.acts("file.to_court")},
		{Figure: "trial.new", SQL: h.acts("court.accept")},
		{Figure: "trial.scheduled", SQL: h.first("court.trial_decision")},
		{Figure: "trial.open", SQL: h.stock("court.accept", "", "court.judgment", "")},
		{Figure: "trial.unaccepted", SQL: h.stock("file.to_court", "", "court.accept", "")},
		{Figure: "trial.judged", SQL: h.acts("court.judgment")},
		{Figure: "trial.judged.person", SQL: h.people("court.judgment", charged)},
		{Figure: "custody.new", SQL: h.people("custody.start", named)},
		{Figure: "custody.extended", SQL: h.firstPeople("custody.extend", named, alsoNamed)},
		{Figure: "custody.open", SQL: h.stock("custody.start", named, "detention.start measure.residence_ban", alsoNamed)},
		{Figure: "detention.new", SQL: h.people(detention, named)},
		{Figure: "detention.extended", SQL: h.firstPeople("detention.extend", named, alsoNamed)},
		{Figure: "detention.open", SQL: h.stock(detention, named, "judgment.effective", "")},
		{Figure: "detention.open.start", SQL: before.stock(detention, named, "judgment.effective", "")},
		{Figure: "detention.open.investigation", SQL: h.stock(detention, named, "file.to_vks", "")},
		{Figure: "enforcement.new", SQL: h.acts("judgment.effective")},
		{Figure: "enforcement.done", SQL: h.acts("enforcement.done")},
		{Figure: "enforcement.open", SQL: h.stock("judgment.effective", "", "enforcement.done", "")},
		{Figure: "quality.charged_after_custody", SQL: h.flow("defendant.charge", named,
			` AND EXISTS (SELECT 1 FROM criminal_act_v b WHERE b.case_id = a.case_id AND b.kind = 'custody.start' AND b.seq < a.seq`+alsoNamed+`)`)},
	}
	return all
}

// hands asks figures of the program and by hand, one after the other, and compares.
func (b *bench) hands() error {
	if b.whole {
		return nil
	}
	path := b.offices[0].Path[:strings.LastIndex(strings.TrimSuffix(b.offices[0].Path, "/"), "/")+1]
	all := questions(b.year, path)
	sum := &ratio{Figures: len(all)}
	for i := range all {
		q := &all[i]
		t, err := timed(func() error {
			cs, err := b.stats.Count(b.chief, stats.Ask{Period: b.year, Figures: []string{q.Figure}})
			for _, c := range cs {
				q.N += c.N
			}
			return err
		})
		if err != nil {
			return err
		}
		var n int64
		by, err := timed(func() error {
			n, err = db.One(b.chief, b.d, db.Value[int64], q.SQL)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", q.Figure, err)
		}
		if n != q.N {
			return fmt.Errorf("%s: counted %d, by hand %d", q.Figure, q.N, n)
		}
		q.MS = t.Seconds * 1000
		b.r.ByHand = append(b.r.ByHand, byHand{q.Figure, n, q.MS, by.Seconds * 1000})
		sum.Ours, sum.Hand = sum.Ours+q.MS, sum.Hand+by.Seconds*1000
	}
	sum.Times = sum.Hand / sum.Ours
	b.r.Hand = sum
	if b.export == "" {
		return nil
	}
	return b.write(all)
}

// write exports what the questions are about, and the questions, for bench/stats/duck.
func (b *bench) write(all []question) error {
	if err := os.MkdirAll(b.export, 0o755); err != nil {
		return err
	}
	for name, columns := range map[string]string{"criminal_act_v": "case_id, seq, office, kind, at, parties", "criminal_person_v": "id, case_id", "org_office_v": "id, path"} {
		rows, err := db.All(b.chief, b.d, func(r db.Row) ([]string, error) {
			out := make([]string, strings.Count(columns, ",")+1)
			to := make([]any, len(out))
			for i := range out {
				to[i] = &out[i]
			}
			return out, r.Scan(to...)
		}, `SELECT `+columns+` FROM `+name)
		if err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(b.export, name+".csv"))
		if err != nil {
			return err
		}
		defer f.Close()
		w := csv.NewWriter(f)
		if err := w.WriteAll(append([][]string{strings.Split(columns, ", ")}, rows...)); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.export, "questions.json"), text, 0o644)
}
