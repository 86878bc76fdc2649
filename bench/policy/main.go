// Command policy measures who may do what with a case file (internal/access/policy)
// beside Cedar, on the same questions in the same run, and proves over millions of
// questions that Decide and the tags and scopes of lists and search give one answer.
//
//	cd bench && go run ./policy [-faces 10000000] [-json FILE]
//
// Cedar gets its entities and requests made beforehand and in memory; the policy here
// gets its subjects and objects the same way. Rates are per second of CPU.
package main

import (
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"congminh/internal/access/policy"
)

//go:embed access.cedar
var cedarText []byte

var now = time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)

type question struct {
	who, what int
	action    policy.Action
}

type world struct {
	r         *rand.Rand
	paths     []string
	subjects  []policy.Subject
	objects   []policy.Object
	byOffice  map[string][]int // objects
	questions []question
}

// Figures is what a run comes to.
type Figures struct {
	Questions, Allowed, Disagree int
	Ours, Cedar, Ratio           float64 // decisions per CPU-second
	Faces, FacesDiffer           int
	FacesRate                    float64
}

func main() {
	faces := flag.Int("faces", 10_000_000, "questions put to both faces")
	out := flag.String("json", "", "write the figures here")
	flag.Parse()
	w := newWorld()
	f := Figures{Questions: len(w.questions)}
	store := w.entities()
	requests := w.requests()
	set, err := cedar.NewPolicySetFromBytes("access.cedar", cedarText)
	if err != nil {
		log.Fatal(err)
	}

	theirs := make([]bool, len(requests))
	start := cpu()
	for i := range requests {
		d, _ := cedar.Authorize(set, store, requests[i])
		theirs[i] = bool(d)
	}
	f.Cedar = float64(len(requests)) / (cpu() - start)

	ours := make([]bool, len(w.questions))
	const rounds = 20 // else it is over too soon to be measured
	start = cpu()
	for range rounds {
		for i, q := range w.questions {
			ours[i] = policy.Decide(&w.subjects[q.who], &w.objects[q.what], q.action).Allow
		}
	}
	f.Ours = float64(rounds*len(w.questions)) / (cpu() - start)
	f.Ratio = f.Ours / f.Cedar
	for i := range ours {
		if ours[i] {
			f.Allowed++
		}
		if ours[i] != theirs[i] {
			f.Disagree++
		}
	}
	w.faces(*faces, &f)
	fmt.Printf("%d questions, %d allowed, %d answered otherwise by Cedar\n", f.Questions, f.Allowed, f.Disagree)
	fmt.Printf("Decide   %12.0f a CPU-second\ncedar-go %12.0f a CPU-second\nratio    %12.1f\n", f.Ours, f.Cedar, f.Ratio)
	fmt.Printf("%d questions to both faces, %d differ (%.0f a CPU-second)\n", f.Faces, f.FacesDiffer, f.FacesRate)
	if *out != "" {
		b, _ := json.MarshalIndent(f, "", "  ") // numbers always marshal
		if err := os.WriteFile(*out, b, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	if f.Disagree > 0 || f.FacesDiffer > 0 || f.Allowed == 0 {
		os.Exit(1)
	}
}

// cpu is the CPU time of this process in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// newWorld makes offices of three levels, people and cases, and questions of the kinds
// that are asked: about one's own office, what one was assigned or granted, and others.
func newWorld() *world {
	w := &world{r: rand.New(rand.NewPCG(11, 28)), byOffice: map[string][]int{}}
	w.paths = append(w.paths, "/tc/")
	for p := range 34 {
		province := fmt.Sprintf("/tc/tinh-%d/", p)
		w.paths = append(w.paths, province)
		for k := range 10 {
			w.paths = append(w.paths, fmt.Sprintf("%stinh-%d-kv%d/", province, p, k+1))
		}
	}
	for i := range 3000 {
		path := w.paths[w.r.IntN(len(w.paths))]
		w.subjects = append(w.subjects, policy.Subject{ID: fmt.Sprint("p", i), Office: last(path), Leader: w.r.IntN(8) == 0, Keeper: w.r.IntN(8) == 0, Machine: w.r.IntN(40) == 0, Now: now})
	}
	for i := range 20000 {
		path := w.paths[w.r.IntN(len(w.paths))]
		o := policy.Object{Case: fmt.Sprint("c", i/2), Path: path, Level: policy.Level(max(0, w.r.IntN(10)-7)), Protected: w.r.IntN(8) == 0}
		if i%2 == 1 { // a document of the case before
			o = w.objects[i-1]
			o.Document = fmt.Sprint("d", i)
			o.Level = max(o.Level, policy.Level(w.r.IntN(12)/11))
		}
		for range w.r.IntN(3) {
			if i%2 == 0 {
				o.Assigned = append(o.Assigned, w.subjects[w.r.IntN(len(w.subjects))].ID)
			}
		}
		w.objects = append(w.objects, o)
		w.byOffice[last(path)] = append(w.byOffice[last(o.Path)], i)
	}
	granted := map[int][]int{}
	for i := range w.subjects {
		s := &w.subjects[i]
		for range w.r.IntN(4) {
			at := w.r.IntN(len(w.objects)/2) * 2
			g := policy.Grant{ID: fmt.Sprint("g", i), Case: w.objects[at].Case, Mode: policy.Reads, From: now.Add(time.Duration(w.r.IntN(3)-2) * time.Hour), To: now.Add(time.Duration(w.r.IntN(9)) * time.Hour)}
			if w.r.IntN(2) == 0 {
				g.Mode = policy.Copies
			}
			if w.r.IntN(2) == 0 {
				g.Documents = []string{w.objects[at+1].Document}
			}
			if !g.To.After(g.From) || w.has(s, g.Case) {
				continue
			}
			s.Grants = append(s.Grants, g)
			granted[i] = append(granted[i], at, at+1)
		}
		if w.r.IntN(20) == 0 {
			s.Recused = append(s.Recused, w.objects[w.r.IntN(len(w.objects))].Case)
		}
	}
	for range 100_000 {
		q := question{w.r.IntN(len(w.subjects)), w.r.IntN(len(w.objects)), policy.Action(w.r.IntN(3))}
		own := w.byOffice[w.subjects[q.who].Office]
		switch kind := w.r.IntN(4); {
		case kind == 0 && len(own) > 0:
			q.what = own[w.r.IntN(len(own))]
		case kind == 1 && len(granted[q.who]) > 0:
			q.what = granted[q.who][w.r.IntN(len(granted[q.who]))]
		}
		w.questions = append(w.questions, q)
	}
	return w
}

// has reports whether s was granted c already: Cedar is asked with one grant at a time.
func (w *world) has(s *policy.Subject, c string) bool {
	for _, g := range s.Grants {
		if g.Case == c {
			return true
		}
	}
	return false
}

func last(path string) string {
	var out, part string
	for _, c := range path {
		if c == '/' {
			if part != "" {
				out = part
			}
			part = ""
		} else {
			part += string(c)
		}
	}
	return out
}

func staff(id string) types.EntityUID  { return types.NewEntityUID("Staff", types.String(id)) }
func office(id string) types.EntityUID { return types.NewEntityUID("Office", types.String(id)) }
func object(i int) types.EntityUID     { return types.NewEntityUID("Paper", types.String(fmt.Sprint(i))) }

// entities is the world as Cedar keeps it: offices below offices, papers below theirs.
func (w *world) entities() types.EntityMap {
	m := types.EntityMap{}
	add := func(id types.EntityUID, parent types.EntityUIDSet, attributes types.RecordMap) {
		m[id] = types.Entity{UID: id, Parents: parent, Attributes: types.NewRecord(attributes)}
	}
	for _, p := range w.paths {
		var parents types.EntityUIDSet
		if up := p[:len(p)-len(last(p))-1]; up != "/" {
			parents = types.NewEntityUIDSet(office(last(up)))
		}
		add(office(last(p)), parents, nil)
	}
	for _, s := range w.subjects {
		var out []types.Value
		for _, c := range s.Recused {
			out = append(out, types.String(c))
		}
		add(staff(s.ID), types.EntityUIDSet{}, types.RecordMap{"office": office(s.Office), "leader": types.Boolean(s.Leader), "keeper": types.Boolean(s.Keeper),
			"machine": types.Boolean(s.Machine), "recused": types.NewSet(out...)})
	}
	for i, o := range w.objects {
		var assigned []types.Value
		for _, a := range o.Assigned {
			assigned = append(assigned, staff(a))
		}
		add(object(i), types.NewEntityUIDSet(office(last(o.Path))), types.RecordMap{"case": types.String(o.Case), "document": types.String(o.Document), "owner": office(last(o.Path)),
			"level": types.Long(o.Level), "protected": types.Boolean(o.Protected), "assigned": types.NewSet(assigned...)})
	}
	return m
}

// requests is the questions as Cedar is asked them, each with the asker's grant for the
// case if there is one.
func (w *world) requests() []cedar.Request {
	actions := []types.EntityUID{types.NewEntityUID("Action", "see"), types.NewEntityUID("Action", "read"), types.NewEntityUID("Action", "copy")}
	out := make([]cedar.Request, 0, len(w.questions))
	for _, q := range w.questions {
		s, o := &w.subjects[q.who], &w.objects[q.what]
		context := types.RecordMap{"now": types.Long(now.Unix())}
		for _, g := range s.Grants {
			if g.Case != o.Case {
				continue
			}
			var documents []types.Value
			for _, d := range g.Documents {
				documents = append(documents, types.String(d))
			}
			context["grant"] = types.NewRecord(types.RecordMap{"from": types.Long(g.From.Unix()), "to": types.Long(g.To.Unix()), "whole": types.Boolean(len(g.Documents) == 0),
				"copies": types.Boolean(g.Mode == policy.Copies), "documents": types.NewSet(documents...)})
		}
		out = append(out, cedar.Request{Principal: staff(s.ID), Action: actions[q.action], Resource: object(q.what), Context: types.NewRecord(context)})
	}
	return out
}

// faces asks Decide and Scope the same, n times.
func (w *world) faces(n int, f *Figures) {
	tags := make([][]string, len(w.objects))
	for i, o := range w.objects {
		tags[i] = policy.Tags(o)
	}
	start := cpu()
	for f.Faces < n {
		who := w.r.IntN(len(w.subjects))
		s := &w.subjects[who]
		own := w.byOffice[s.Office]
		for a := policy.See; a <= policy.Copy; a++ {
			scope := s.Scope(a)
			for k := range 200 {
				at := w.r.IntN(len(w.objects))
				if k%2 == 0 && len(own) > 0 {
					at = own[w.r.IntN(len(own))]
				}
				f.Faces++
				if policy.Decide(s, &w.objects[at], a).Allow != scope.Has(tags[at]) {
					f.FacesDiffer++
				}
			}
		}
	}
	f.FacesRate = float64(f.Faces) / (cpu() - start)
}
