// Command stats measures statistics (internal/stats) with the cases of a province's
// year, or of the country's: how long all forms and all figures take, how soon a figure
// opens its cases, how soon a change is counted, how long everything takes to be
// counted again; and it asks the same by hand in SQL over the ledgers, which must give
// the same figures.
//
//	cd bench && go run ./stats -n 40000 -dir DIR            # SQLite, one province
//	cd bench && go run ./stats -n 40000 -pg postgres://…    # PostgreSQL, a schema of its own
//	cd bench && go run ./stats -n 200000 -whole -dir DIR    # the country
//
// The database is made once and used again. Time limits are not computed unless -clocks
// is given: bench/board measures those. CPU is that of this process; a PostgreSQL server
// works beside it and is seen in wall time only.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

// result is what is written.
type result struct {
	Database string        `json:"database"`
	Offices  int           `json:"offices"`
	Cases    int           `json:"cases"`
	Acts     int           `json:"acts"`
	Facts    int           `json:"facts"`
	Days     int           `json:"days"` // rows of facts added up
	Load     *took         `json:"load,omitempty"`
	Clocks   *took         `json:"clocks,omitempty"`
	Rebuild  *took         `json:"rebuild,omitempty"`
	Year     took          `json:"all_figures_year"`
	Month    took          `json:"all_figures_month"`
	Offices1 took          `json:"all_figures_year_by_office"`
	Forms    took          `json:"all_forms_year"`
	Form     []formTook    `json:"forms"`
	Together took          `json:"forms_and_figures"` // aim: ≤ 5 s for a province, ≤ 60 s for the country
	Cases1   spread        `json:"figure_to_cases_ms"`
	Slowest  string        `json:"figure_to_cases_slowest"`
	Change   spread        `json:"act_to_figure_ms"` // entering one act and asking a figure it changes
	ByHand   []byHand      `json:"by_hand"`
	Hand     *ratio        `json:"by_hand_all,omitempty"`
	Period   period.Period `json:"period"`
}

type took struct {
	Seconds float64 `json:"s"`
	CPU     float64 `json:"cpu_s"`
}

type formTook struct {
	ID string `json:"id"`
	took
}

type spread struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func main() {
	n := flag.Int("n", 40_000, "cases")
	acts := flag.Int("acts", 25, "acts of a case that has come to its end")
	q := flag.Int("q", 200, "figures opened, and cases changed, at random")
	whole := flag.Bool("whole", false, "the country, not one province")
	clocks := flag.Bool("clocks", false, "compute time limits before counting")
	again := flag.Bool("rebuild", false, "count everything again though it was counted")
	loadOnly := flag.Bool("load", false, "take the cases over and stop")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "stats-bench"), "where the SQLite database goes; kept, and used again if it is there")
	pg := flag.String("pg", "", "URL of a PostgreSQL server, measured instead of SQLite")
	out := flag.String("json", "", "file the figures go to")
	export := flag.String("export", "", "folder the ledgers and the questions go to, for bench/stats/duck")
	profile := flag.String("profile", "", "file a CPU profile of counting everything goes to")
	flag.Parse()
	b := bench{n: *n, acts: *acts, q: *q, whole: *whole, clocks: *clocks, again: *again, loadOnly: *loadOnly, profile: *profile, export: *export}
	err := b.run(context.Background(), *dir, *pg)
	text, _ := json.MarshalIndent(b.r, "", "  ")
	fmt.Println(string(text))
	if *out != "" {
		if err := os.WriteFile(*out, append(text, '\n'), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
}

// bench is a run.
type bench struct {
	n, acts, q                     int
	whole, clocks, again, loadOnly bool
	profile, export                string

	r result
	*house
	offices []org.Office
	people  map[auth.Office][]org.StaffID
	chief   context.Context // of the province, or of the Supreme Procuracy
	year    period.Period
}

func (b *bench) run(ctx context.Context, dir, pg string) (err error) {
	name := fmt.Sprintf("stats_%d", b.n)
	url, err := address(ctx, dir, pg, name)
	if err != nil {
		return err
	}
	if b.house, err = open(ctx, url, dir); err != nil {
		return err
	}
	defer b.d.Close()
	b.r.Database = "sqlite"
	if pg != "" {
		b.r.Database = "postgres"
	}
	if b.offices, b.people, err = b.staff(ctx, b.whole); err != nil {
		return err
	}
	depth := 2
	if b.whole {
		depth = 1
	}
	b.chief = auth.With(ctx, b.above(b.offices[0], depth))
	b.year = period.Of(period.Year, civil.On(now))
	b.r.Period, b.r.Offices = b.year, len(b.offices)
	if err := b.fill(ctx); err != nil || b.loadOnly {
		return err
	}
	for _, step := range []func() error{b.figures, b.fills, b.hands, b.openings, b.change} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// fill takes the cases over and counts them, if that was not done before.
func (b *bench) fill(ctx context.Context) error {
	have, err := b.number(`SELECT COUNT(*) FROM criminal_v`)
	if err != nil {
		return err
	}
	if have < b.n {
		t, err := timed(func() error { return b.load(ctx, b.offices, b.people, have, b.n, b.acts) })
		if err != nil {
			return err
		}
		b.r.Load = &t
	}
	if b.loadOnly {
		return nil
	}
	if b.clocks {
		t, err := timed(func() error { _, err := b.watch.Night(ctx); return err })
		if err != nil {
			return err
		}
		b.r.Clocks = &t
	}
	made, err := b.number(`SELECT COUNT(*) FROM stats_made WHERE digest <> ''`)
	if err != nil {
		return err
	}
	if b.again || b.clocks || have < b.n || made == 0 {
		if b.profile != "" {
			f, err := os.Create(b.profile)
			if err != nil {
				return err
			}
			defer f.Close()
			if err := pprof.StartCPUProfile(f); err != nil {
				return err
			}
		}
		t, err := timed(func() error {
			return b.stats.Rebuild(ctx, func(done int) error {
				if done%20_000 == 0 {
					log.Printf("%d cases counted", done)
				}
				return nil
			})
		})
		pprof.StopCPUProfile()
		if err != nil {
			return err
		}
		b.r.Rebuild = &t
		if _, err := b.d.Exec(ctx, `ANALYZE`); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		into *int
		sql  string
	}{{&b.r.Cases, `SELECT COUNT(*) FROM criminal_v`}, {&b.r.Acts, `SELECT COUNT(*) FROM criminal_act_v`},
		{&b.r.Facts, `SELECT COUNT(*) FROM stats_fact`}, {&b.r.Days, `SELECT COUNT(*) FROM stats_day`}} {
		if *c.into, err = b.number(c.sql); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) number(sql string) (int, error) {
	return db.One(context.Background(), b.d, db.Value[int], sql)
}

// figures asks every figure there is.
func (b *bench) figures() (err error) {
	ask := func(q stats.Ask) (took, error) {
		return timed(func() error { _, err := b.stats.Count(b.chief, q); return err })
	}
	if b.r.Year, err = ask(stats.Ask{Period: b.year}); err != nil {
		return err
	}
	if b.r.Month, err = ask(stats.Ask{Period: period.Of(period.Month, civil.On(now))}); err != nil {
		return err
	}
	b.r.Offices1, err = ask(stats.Ask{Period: b.year, By: []stats.Dim{stats.ByOffice}})
	return err
}

// fills works every form of the program out.
func (b *bench) fills() error {
	all, err := timed(func() error {
		for _, id := range b.forms {
			t, err := timed(func() error { _, err := b.stats.Fill(b.chief, id, "", b.year, nil); return err })
			if err != nil {
				return err
			}
			b.r.Form = append(b.r.Form, formTook{id, t})
		}
		return nil
	})
	b.r.Forms = all
	b.r.Together = took{all.Seconds + b.r.Year.Seconds, all.CPU + b.r.Year.CPU}
	return err
}

// openings opens figures at random: of any office, or of all, of a year, a quarter or a month.
func (b *bench) openings() error {
	counts, err := b.stats.Count(b.chief, stats.Ask{Period: b.year})
	if err != nil {
		return err
	}
	r := mrand.New(mrand.NewPCG(3, 4))
	var all []time.Duration
	worst := time.Duration(0)
	for range b.q {
		q := stats.Drill{Req: page.Req{Limit: 50}, Figure: counts[r.IntN(len(counts))].Figure,
			Period: period.Of([]period.Kind{period.Year, period.Quarter, period.Month}[r.IntN(3)], civil.On(now))}
		if r.IntN(2) == 0 {
			q.Office = b.offices[r.IntN(len(b.offices))].ID
		}
		began := time.Now()
		l, err := b.stats.Lines(b.chief, q)
		if err != nil {
			return err
		}
		d := time.Since(began)
		if l.Hidden != 0 {
			return fmt.Errorf("%s: %d of %d are hidden from the chief of all", q.Figure, l.Hidden, l.Sum)
		}
		if all = append(all, d); d > worst {
			worst, b.r.Slowest = d, fmt.Sprintf("%s of %q in %s: %d", q.Figure, q.Office, q.Period, l.Sum)
		}
	}
	b.r.Cases1 = spreadOf(all)
	return nil
}

// change enters an act that is counted, and asks the figure at once.
func (b *bench) change() error {
	var all []time.Duration
	for i := range min(b.q, 100) {
		o := b.offices[(i*37)%len(b.offices)]
		who := b.people[o.ID][1+i%(crew-1)]
		me := auth.With(b.chief, b.actor(o, who, org.Prosecutor))
		mine, err := b.cases.List(me, criminal.Filter{Mine: true, Office: o.ID, Stage: criminal.Investigation, Status: criminal.Open})
		if err != nil {
			return err
		}
		if len(mine.Items) == 0 {
			continue
		}
		count := func() (n int64, err error) {
			cs, err := b.stats.Count(b.chief, stats.Ask{Office: o.ID, Period: b.year})
			for _, c := range cs {
				n += c.N
			}
			return n, err
		}
		before, err := count()
		if err != nil {
			return err
		}
		began := time.Now()
		if _, found, err := b.cases.Record(me, mine.Items[i%len(mine.Items)].ID, ledger.Act{Kind: "investigation.request", At: ledger.Moment(civil.On(now))}); err != nil {
			return fmt.Errorf("act: %w %+v", err, found)
		}
		after, err := count()
		if err != nil {
			return err
		}
		if all = append(all, time.Since(began)); after <= before {
			return fmt.Errorf("an act was entered, and the figures of %s are still %d", o.ID, after)
		}
	}
	b.r.Change = spreadOf(all)
	return nil
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return spread{ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(all[len(all)-1])}
}

func timed(f func() error) (took, error) {
	began, cpu := time.Now(), cpuTime()
	err := f()
	return took{time.Since(began).Seconds(), (cpuTime() - cpu).Seconds()}, err
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
