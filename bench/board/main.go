// Command board measures the watch over time limits (internal/deadline) with the
// cases of a whole country's year: how soon a board shows an act that was entered,
// how long the morning board of a chief takes, and how long everything takes to be
// computed again, which must give what is stored.
//
//	cd bench && go run ./board -n 200000 -dir DIR          # SQLite
//	cd bench && go run ./board -n 200000 -pg postgres://…  # PostgreSQL, a schema of its own
//
// The database is made once and used again. The figures of the process are its own
// CPU time; a PostgreSQL server works beside it and is seen in wall time only.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/law"
	"congminh/internal/org"
)

// now is the morning that is measured: one day, so that the data can be used again.
var now = time.Date(2026, 11, 26, 7, 30, 0, 0, civil.Zone)

type house struct {
	d     *db.DB
	org   *org.Service
	cases *criminal.Service
	watch *deadline.Service
}

// result is what is written with -json.
type result struct {
	Database string  `json:"database"`
	Cases    int     `json:"cases"`
	Acts     int     `json:"acts"`
	Clocks   int     `json:"clocks"`
	LoadS    float64 `json:"load_s,omitempty"`    // putting the cases in
	FirstS   float64 `json:"first_s,omitempty"`   // computing them for the first time
	NightS   float64 `json:"night_s"`             // computing and comparing everything
	NightCPU float64 `json:"night_cpu_s"`         // of this process
	Differ   int     `json:"different"`           // must be 0
	Act      spread  `json:"act_to_board_ms"`     // Record, and the board of who is in charge
	ActOnly  spread  `json:"act_ms"`              // Record alone
	Office   spread  `json:"chief_office_ms"`     // the morning board of a chief
	Superior spread  `json:"chief_superior_ms"`   // of a chief of a province
	Whole    spread  `json:"supreme_superior_ms"` // of the Supreme Procuracy: the country
}

type spread struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func main() {
	n := flag.Int("n", 200_000, "cases")
	perCase := flag.Int("acts", 25, "acts of a case")
	q := flag.Int("q", 300, "how often each question is asked")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "board-bench"), "where the SQLite database goes; kept, and used again if it is there")
	pg := flag.String("pg", "", "URL of a PostgreSQL server, measured instead of SQLite")
	out := flag.String("json", "", "file the figures go to")
	profile := flag.String("profile", "", "file a CPU profile of the nightly recomputation goes to")
	flag.Parse()
	r, err := run(context.Background(), *n, *perCase, *q, *dir, *pg, *profile)
	if err != nil {
		log.Fatal(err)
	}
	text, _ := json.MarshalIndent(r, "", "  ")
	fmt.Println(string(text))
	if *out != "" {
		if err := os.WriteFile(*out, append(text, '\n'), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

func run(ctx context.Context, n, perCase, q int, dir, pg, profile string) (r result, err error) {
	url := "sqlite:" + filepath.Join(dir, fmt.Sprintf("board-%d.db", n))
	r.Database = "sqlite"
	if pg != "" {
		r.Database = "postgres"
		schema := fmt.Sprintf("board_%d", n)
		root, err := db.Open(ctx, pg)
		if err != nil {
			return r, err
		}
		if _, err := root.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+schema); err != nil {
			return r, err
		}
		root.Close()
		sep := "?"
		if strings.Contains(pg, "?") {
			sep = "&"
		}
		url = pg + sep + "search_path=" + schema
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, err
	}
	h, err := open(ctx, url)
	if err != nil {
		return r, err
	}
	defer h.d.Close()
	offices, people, err := h.staff(ctx)
	if err != nil {
		return r, err
	}
	r.Cases, r.Acts = n, n*perCase
	have, err := db.One(ctx, h.d, db.Value[int], `SELECT COUNT(*) FROM criminal_v`)
	if err != nil {
		return r, err
	}
	if have < n {
		began := time.Now()
		if err := h.load(ctx, offices, people, have, n, perCase); err != nil {
			return r, err
		}
		r.LoadS = time.Since(began).Seconds()
		began = time.Now()
		if _, err := h.watch.Night(ctx); err != nil {
			return r, err
		}
		r.FirstS = time.Since(began).Seconds()
	}
	if _, err := h.d.Exec(ctx, `ANALYZE`); err != nil {
		return r, err
	}

	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return r, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return r, err
		}
	}
	began, cpu := time.Now(), cpuTime()
	night, err := h.watch.Night(ctx)
	pprof.StopCPUProfile()
	if err != nil {
		return r, err
	}
	r.NightS, r.NightCPU, r.Differ, r.Clocks = time.Since(began).Seconds(), (cpuTime() - cpu).Seconds(), night.Different, night.Clocks

	if r.Act, r.ActOnly, err = h.acts(ctx, offices, people, q); err != nil {
		return r, err
	}
	for _, b := range []struct {
		scope deadline.Scope
		into  *spread
		as    func(i int) auth.Actor
	}{
		{deadline.Office, &r.Office, func(i int) auth.Actor {
			return h.actor(offices[i%len(offices)], people[offices[i%len(offices)].ID][0], org.Chief)
		}},
		{deadline.Superior, &r.Superior, func(i int) auth.Actor { return h.above(offices[i%len(offices)], 2) }},
		{deadline.Superior, &r.Whole, func(i int) auth.Actor { return h.above(offices[i%len(offices)], 1) }},
	} {
		var took []time.Duration
		for i := range q {
			a := auth.With(ctx, b.as(i))
			began := time.Now()
			if _, err := h.watch.Board(a, b.scope, deadline.Filter{}); err != nil {
				return r, err
			}
			took = append(took, time.Since(began))
		}
		*b.into = spreadOf(took)
	}
	// What the acts changed one by one is what everything computed at once gives.
	after, err := h.watch.Night(ctx)
	r.Differ += after.Different
	return r, err
}

func open(ctx context.Context, url string) (*house, error) {
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	clock := func() time.Time { return now }
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	jobs := job.NewRunner(d, log, clock)
	bus := event.NewBus(jobs)
	h := &house{d: d}
	h.org = org.NewService(d, clock, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	laws, err := law.NewService(d, bus, nil, clock)
	if err != nil {
		return nil, err
	}
	pack, err := law.Load(law.Embedded())
	if err != nil {
		return nil, err
	}
	h.cases = criminal.NewService(d, bus, h.org, func(context.Context) criminal.Law { return pack }, clock)
	policy, err := deadline.LoadPolicy(nil)
	if err != nil {
		return nil, err
	}
	h.watch = deadline.NewService(d, bus, h.cases, h.org, deadline.Engines{Jobs: jobs, Log: log, Policy: policy, Secret: rand.Text,
		Pack: func(context.Context) (*law.Pack, error) { return pack, nil }}, clock)
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, h.org.Module(), laws.Module(), h.cases.Module(), h.watch.Module()} {
		if err := d.Migrate(ctx, m.Name, m.Schema); err != nil {
			return nil, err
		}
	}
	h.watch.Module().Listen(bus)
	h.watch.Module().Jobs(jobs)
	return h, nil
}

// crew is who works in each office: a chief, a deputy, and those who conduct cases.
const crew = 8

// staff makes the offices and their people, or finds them.
func (h *house) staff(ctx context.Context) (offices []org.Office, people map[auth.Office][]org.StaffID, err error) {
	if err := h.org.Load(ctx); err != nil {
		return nil, nil, err
	}
	root := auth.With(ctx, org.Console())
	for _, o := range org.Register() {
		if o.Level == org.Region && o.On(civil.On(now)) {
			offices = append(offices, o)
		}
	}
	people = map[auth.Office][]org.StaffID{}
	for _, o := range offices {
		there, err := h.org.Colleagues(root, o.ID)
		if err != nil {
			return nil, nil, err
		}
		for i := len(there); i < crew; i++ {
			role, login := org.Prosecutor, fmt.Sprintf("%s-%d", o.ID, i)
			if i < 2 {
				role = []org.Role{org.Chief, org.DeputyChief}[i]
			}
			if _, _, err := h.org.AddStaff(root, org.NewStaff{Login: login, Name: fmt.Sprintf("Cán bộ %02d %s", i, o.ID), Office: o.ID, Roles: []org.Role{role}}); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", login, err)
			}
		}
		if there, err = h.org.Colleagues(root, o.ID); err != nil {
			return nil, nil, err
		}
		slices.SortFunc(there, func(a, b org.Staff) int { return strings.Compare(a.Login, b.Login) })
		for _, p := range there {
			people[o.ID] = append(people[o.ID], p.ID)
		}
	}
	return offices, people, nil
}

// load puts cases from the have-th to the n-th in.
func (h *house) load(ctx context.Context, offices []org.Office, people map[auth.Office][]org.StaffID, have, n, perCase int) error {
	const batch = 500
	g := &maker{r: mrand.New(mrand.NewPCG(7, uint64(have))), offices: offices, people: people, acts: perCase}
	for ; have < n; have += batch {
		var all []criminal.Whole
		for i := have; i < min(n, have+batch); i++ {
			all = append(all, g.whole(i))
		}
		if err := h.cases.Bulk(ctx, all); err != nil {
			return err
		}
		if have%20_000 == 0 {
			log.Printf("%d cases", have)
		}
	}
	return nil
}

// acts enters acts one by one, each followed by the board that must show it.
func (h *house) acts(ctx context.Context, offices []org.Office, people map[auth.Office][]org.StaffID, q int) (whole, alone spread, err error) {
	var both, record []time.Duration
	for i := range q {
		o := offices[(i*37)%len(offices)]
		who := people[o.ID][2+i%(crew-2)]
		a := auth.With(ctx, h.actor(o, who, org.Prosecutor))
		mine, err := h.cases.List(a, criminal.Filter{Mine: true, Office: o.ID, Stage: criminal.Investigation, Status: criminal.Open})
		if err != nil {
			return whole, alone, err
		}
		if len(mine.Items) == 0 {
			continue
		}
		c := mine.Items[i%len(mine.Items)].ID
		began := time.Now()
		act, found, err := h.cases.Record(a, c, ledger.Act{Kind: "record.received", At: ledger.Moment(civil.On(now)), Fields: map[string]string{"pages": "3"}})
		if err != nil {
			return whole, alone, fmt.Errorf("act: %w %+v", err, found)
		}
		record = append(record, time.Since(began))
		b, err := h.watch.Mine(a, deadline.Filter{Case: c, Rule: "INV-08"}) // what a received record starts
		if err != nil {
			return whole, alone, err
		}
		both = append(both, time.Since(began))
		if !slices.ContainsFunc(b.Rows.Items, func(k deadline.Clock) bool { return k.Source == act.ID }) {
			return whole, alone, fmt.Errorf("the board of %s does not show the act %s of case %s", who, act.ID, c)
		}
	}
	return spreadOf(both), spreadOf(record), nil
}

// actor is a person of an office with the rights of the role.
func (h *house) actor(o org.Office, who org.StaffID, role org.Role) auth.Actor {
	right := org.Rights()[role]
	return auth.Actor{ID: string(who), Name: string(who), Office: o.ID, Path: auth.Offices(o.Path), Roles: []string{string(role)},
		Verbs: append(append([]auth.Verb{org.MaySelf}, right.Own...), right.Below...), Below: right.Below}
}

// above is the chief of an office above o: 1 is the top of the tree, 2 the province.
func (h *house) above(o org.Office, depth int) auth.Actor {
	up := auth.Offices(o.Path)[:depth]
	return h.actor(org.Office{ID: up[depth-1], Path: auth.Path(up)}, org.StaffID("chief-"+string(up[depth-1])), org.Chief)
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return spread{ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(all[len(all)-1])}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
