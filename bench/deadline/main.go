// Command deadline measures the engine of time limits (internal/deadline/clock)
// beside what one would build without it: the working-day calendar rickar/cal, asked
// by expressions of expr-lang/expr, on the same cases in one run.
//
//	cd bench && go run ./deadline
//
// The peer is given a lot: its expressions are compiled beforehand and say just the
// twelve limits of this case, with the class, the extensions granted and the custody to
// deduct already worked out; its calendar may remember what it was asked. It decides
// nothing of what ours decides: which rules the acts start, in which version, for
// whom, and under which condition.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"syscall"
	"time"

	"congminh/internal/deadline/clock"
	"congminh/internal/law"
)

func main() {
	seconds := flag.Float64("seconds", 3, "processor seconds for each measurement")
	rounds := flag.Int("rounds", 3, "measurements of each, in turn; the best counts")
	out := flag.String("json", "", "write the figures here")
	flag.Parse()
	if err := run(*seconds, *rounds, *out); err != nil {
		log.Fatal(err)
	}
}

func run(seconds float64, rounds int, out string) error {
	pack, err := law.Load(law.Embedded())
	if err != nil {
		return err
	}
	engine := clock.Compile(pack)
	theirs, err := newPeer(pack)
	if err != nil {
		return err
	}
	cases := make([]clock.Facts, 512)
	busy := make([]clock.Facts, len(cases))
	for i := range cases {
		cases[i], busy[i] = typical(i), crowded(i)
	}
	n, err := compare(engine, theirs, cases)
	if err != nil {
		return err
	}
	fmt.Printf("%d cases of %d acts: %d limits compared, all equal; ours gives %.1f a case\n\n", len(cases), len(cases[0].Events), n, mean(engine, cases))

	buf := make([]clock.Link, 0, 1024)
	systems := []struct {
		name string
		one  func(i int) error
	}{
		{"ours, dates", func(i int) error { buf = engine.Eval(&cases[i%len(cases)], buf[:0]); return nil }},
		{"ours, dates and reasons", func(i int) error { engine.Evaluate(&cases[i%len(cases)]); return nil }},
		{"cal + expr, dates of 12", func(i int) error { _, err := theirs.dates(&cases[i%len(cases)]); return err }},
		{fmt.Sprintf("ours, dates, each of 25 acts starts clocks (%.1f limits)", mean(engine, busy)), func(i int) error { buf = engine.Eval(&busy[i%len(busy)], buf[:0]); return nil }},
	}
	best := make([]float64, len(systems))
	for range rounds {
		for k, s := range systems {
			rate, err := measure(seconds, s.one)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			best[k] = max(best[k], rate)
		}
	}
	for k, s := range systems {
		fmt.Printf("%-70s %9.0f evaluations per CPU-second, %7.2f µs", s.name, best[k], 1e6/best[k])
		if k < 2 {
			fmt.Printf("   × %.1f of the peer", best[k]/best[2])
		}
		fmt.Println()
	}
	if out == "" {
		return nil
	}
	figures := map[string]float64{}
	for k, s := range systems {
		figures[s.name] = best[k]
	}
	b, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(b, '\n'), 0o644)
}

// measure gives evaluations per second of processor time, user and system, of the
// whole process: what is collected as garbage counts.
func measure(seconds float64, one func(int) error) (float64, error) {
	runtime.GC()
	start, n := cpu(), 0
	for {
		for range 500 {
			if err := one(n); err != nil {
				return 0, err
			}
			n++
		}
		if used := cpu() - start; used.Seconds() >= seconds {
			return float64(n) / used.Seconds(), nil
		}
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func mean(e *clock.Engine, cases []clock.Facts) float64 {
	n := 0
	for i := range cases {
		n += len(e.Eval(&cases[i], nil))
	}
	return float64(n) / float64(len(cases))
}

// compare checks that both give the same dates for every case.
func compare(e *clock.Engine, p *peer, cases []clock.Facts) (compared int, err error) {
	for i := range cases {
		results := e.Evaluate(&cases[i])
		dates, err := p.dates(&cases[i])
		if err != nil {
			return 0, err
		}
		for k, want := range dates {
			l := limits[k]
			found := false
			for _, r := range results {
				found = found || r.Rule == l.rule && r.Seq == l.seq && r.Legal == want.Format(l.format)
			}
			if !found {
				return 0, fmt.Errorf("case %d: %s/%d is %s with the peer, and ours has %+v", i, l.rule, l.seq, want.Format(l.format), results)
			}
			compared++
		}
	}
	return compared, nil
}

// at is a minute some days after the first of a case.
func at(i, days, minutes int) string {
	return time.Date(2024, 2, 1, 0, minutes, 0, 0, time.UTC).AddDate(0, 0, i+days).Format("2006-01-02T15:04")
}

func on(i, days int) string { return at(i, days, 0)[:10] }

// typical is a case of 25 acts: a report, an investigation extended once, one person in
// custody and detention, and the ordinary acts that start no clock.
func typical(i int) clock.Facts {
	f := clock.Facts{
		Class:    map[string]law.Class{"": law.NT, "A": law.NT},
		Juvenile: map[string]clock.Tri{"A": clock.No}, Simplified: clock.No, Superior: clock.No,
		Events: []clock.Event{
			{Name: "report_received", At: at(i, 0, 500), Source: "1"},
			{Name: "interview", At: on(i, 2)}, {Name: "scene_examined", At: on(i, 2)}, {Name: "interview", At: on(i, 3)},
			{Name: "interview", At: on(i, 5)}, {Name: "verification", At: on(i, 8)}, {Name: "report_sent", At: on(i, 10)},
			{Name: "case_initiated", At: at(i, 14, 610), Source: "2"},
			{Name: "custody_start", At: at(i, 15, 905), Subject: "A", Source: "3"},
			{Name: "interrogation", At: on(i, 15), Subject: "A"}, {Name: "search", At: on(i, 15)}, {Name: "seizure", At: on(i, 15)},
			{Name: "interrogation", At: on(i, 16), Subject: "A"},
			{Name: "accused_file_received", At: on(i, 17), Subject: "A", Source: "4"},
			{Name: "detention_start", At: on(i, 18), Subject: "A", Source: "5"},
			{Name: "interrogation", At: on(i, 25), Subject: "A"}, {Name: "interview", At: on(i, 26)}, {Name: "confrontation", At: on(i, 30)},
			{Name: "record_received_by_vks", At: on(i, 33), Source: "6"},
			{Name: "interview", At: on(i, 40)}, {Name: "interview", At: on(i, 41)}, {Name: "valuation", At: on(i, 50)},
			{Name: "interrogation", At: on(i, 70), Subject: "A"},
			{Name: "extension_granted", At: on(i, 90), Value: "INV-01/1", Source: "7"},
			{Name: "extension_granted", At: on(i, 92), Value: "DET-01/1", Subject: "A", Source: "8"},
		},
	}
	return f
}

// crowded is a case in which each of 25 acts starts or changes a clock.
func crowded(i int) clock.Facts {
	f := typical(i)
	names := []string{
		"assignment_decision_received", "extension_request_received", "person_held", "custody_decided", "detention_order_file_received",
		"record_received_by_vks", "record_made", "expert_request", "expert_conclusion_received", "defence_request_received",
		"accused_initiated", "measure_applied", "urgent_search_done", "supplement_received", "special_measure_file_received", "petition_received", "court_request_received",
	}
	events := f.Events[:0:0]
	k := 0
	for _, v := range f.Events {
		if v.Source == "" {
			v.Name = names[k%len(names)]
			k++
		}
		events = append(events, v)
	}
	f.Events = events
	return f
}
