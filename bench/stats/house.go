package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/made"
	"congminh/internal/deadline"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/stats"
)

// now is the day that is measured: one day, so that the data can be used again.
var now = time.Date(2026, 11, 28, 7, 30, 0, 0, civil.Zone)

type house struct {
	d     *db.DB
	org   *org.Service
	cases *criminal.Service
	watch *deadline.Service
	stats *stats.Service
	forms []string
}

// address is the URL of the database that is measured, made if it is not there.
func address(ctx context.Context, dir, pg, name string) (string, error) {
	if pg == "" {
		return "sqlite:" + filepath.Join(dir, name+".db"), os.MkdirAll(dir, 0o755)
	}
	root, err := db.Open(ctx, pg)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if _, err := root.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+name); err != nil {
		return "", err
	}
	sep := "?"
	if strings.Contains(pg, "?") {
		sep = "&"
	}
	return pg + sep + "search_path=" + name, nil
}

func open(ctx context.Context, url, dir string) (*house, error) {
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	clock := func() time.Time { return now }
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	jobs := job.NewRunner(d, quiet, clock)
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
	h.watch = deadline.NewService(d, bus, h.cases, h.org, deadline.Engines{Jobs: jobs, Log: quiet, Policy: policy, Secret: rand.Text,
		Pack: func(context.Context) (*law.Pack, error) { return pack, nil }}, clock)
	e, err := stats.Load(nil)
	if err != nil {
		return nil, err
	}
	papers, err := blob.Open(ctx, "file:"+filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, err
	}
	journal := seal.NewService(d, clock)
	e.Jobs, e.Journal, e.Blobs = jobs, journal, papers
	e.Calendar = func(context.Context) *law.Calendar { return pack.Calendar() }
	for _, f := range e.Forms {
		h.forms = append(h.forms, f.ID)
	}
	h.stats = stats.NewService(d, bus, h.org, h.cases, h.watch, e, clock)
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, h.org.Module(), journal.Module(), laws.Module(), h.cases.Module(), h.watch.Module(), h.stats.Module()} {
		if err := d.Migrate(ctx, m.Name, m.Schema); err != nil {
			return nil, err
		}
	}
	h.watch.Module().Listen(bus)
	h.stats.Module().Listen(bus)
	h.watch.Module().Jobs(jobs)
	h.stats.Module().Jobs(jobs)
	return h, nil
}

// crew is who works in each office: a chief, and those who conduct cases.
const crew = 4

// staff makes the offices of the country and the people of those that have cases: the
// regions of one province, or of all.
func (h *house) staff(ctx context.Context, whole bool) (offices []org.Office, people map[auth.Office][]org.StaffID, err error) {
	if err := h.org.Load(ctx); err != nil {
		return nil, nil, err
	}
	root := auth.With(ctx, org.Console())
	for _, o := range org.Register() {
		if o.Level == org.Region && o.On(civil.On(now)) && (whole || len(offices) == 0 || o.Parent == offices[0].Parent) {
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
			role := org.Prosecutor
			if i == 0 {
				role = org.Chief
			}
			login := fmt.Sprintf("%s-%d", o.ID, i)
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

// load takes cases over, from the have-th to the n-th.
func (h *house) load(ctx context.Context, offices []org.Office, people map[auth.Office][]org.StaffID, have, n, acts int) error {
	const batch = 500
	for ; have < n; have += batch {
		var all []criminal.Whole
		for i := have; i < min(n, have+batch); i++ {
			all = append(all, whole(i, acts, offices, people))
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

// whole is invented case i, in one of the offices. Every third person is a woman.
func whole(i, acts int, offices []org.Office, people map[auth.Office][]org.StaffID) criminal.Whole {
	o := offices[i%len(offices)]
	m := made.Make(i, acts, civil.On(now))
	c := criminal.Case{ID: id.New[criminal.Case](), Number: m.Number, Name: m.Name, Office: o.ID, Stage: criminal.Report, Status: criminal.Open, Created: now}
	for j, p := range m.Ledger.Parties {
		sex := "male"
		if (i+j)%3 == 0 {
			sex = "female"
		}
		c.Persons = append(c.Persons, criminal.Person{ID: p.ID, Name: p.Name, Role: criminal.Role(p.Role), Born: p.Born, More: map[string]string{"sex": sex}})
	}
	who := people[o.ID][1+i/len(offices)%(crew-1)]
	return criminal.Whole{Case: c, Path: o.Path, Ledger: m.Ledger.Acts, Staff: []criminal.Assignment{{Staff: who, Task: criminal.Conducts, From: m.Opened}}}
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
