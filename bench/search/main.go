// Command search measures the page index (internal/kit/search) against what one
// would use without it, on the same invented pages and questions in one run: plain
// ranked FTS5, plain ranked tsvector, and bleve.
//
//	cd bench && go run ./search -n 200000 -dir DIR -pg postgres://…
//
// The others are given a little: their text is folded in Go first (so đ is d for
// them too), they rank without marks, they look at no permission, and they count
// nothing, while ours asks with a scope that every page has and counts to 1,000.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// system is something that finds pages.
type system interface {
	build(ctx context.Context, c *corpus, n int) error
	size(ctx context.Context) (int64, error)
	ask(ctx context.Context, q question) (hits int, err error)
	backends(ctx context.Context) ([]int, error) // processes that work for it, beside this one
	close() error
}

type timing struct {
	Class  string  `json:"class"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
	CPU50  float64 `json:"cpu_p50_ms"` // of this process and of the server's: what a quiet machine would take
	CPU99  float64 `json:"cpu_p99_ms"`
	Hits   float64 `json:"mean_hits_shown"`
	Ratio  float64 `json:"cpu_p99_times_ours,omitempty"` // against ours on the same database (bleve: on SQLite)
	Ratio5 float64 `json:"cpu_p50_times_ours,omitempty"`
}

type result struct {
	System   string   `json:"system"`
	Pages    int      `json:"pages"`
	BuildS   float64  `json:"build_wall_s,omitempty"`
	BuildCPU float64  `json:"build_cpu_s,omitempty"`
	MB       float64  `json:"size_mb"`
	Timings  []timing `json:"timings"`
}

func main() {
	n := flag.Int("n", 200_000, "pages")
	nq := flag.Int("q", 200, "questions per class")
	dir := flag.String("dir", filepath.Join(os.TempDir(), "search-bench"), "where the databases go; kept, and used again if they are there")
	pg := flag.String("pg", "", "URL of a PostgreSQL server; two schemas are made in it")
	names := flag.String("systems", "ours/sqlite,plain/sqlite,ours/postgres,plain/postgres,bleve", "which systems, in this order")
	dic := flag.String("dic", "/usr/share/hunspell/vi_VN.dic", "spelling dictionary for the syllables")
	out := flag.String("json", "", "write the figures here")
	only := flag.Bool("build", false, "only build")
	flag.Parse()
	log.SetFlags(log.Ltime)
	if err := run(context.Background(), *n, *nq, *dir, *pg, strings.Split(*names, ","), *dic, *out, *only); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, n, nq int, dir, pg string, names []string, dic, out string, only bool) error {
	c, err := newCorpus(dic)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var results []result
	for _, name := range names {
		r, err := measure(ctx, c, name, n, nq, dir, pg, only)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		results = append(results, r)
	}
	compare(results)
	for _, r := range results {
		fmt.Printf("\n%s: %d pages, %.0f MB", r.System, r.Pages, r.MB)
		if r.BuildS > 0 {
			fmt.Printf(", built in %.0f s (%.0f cpu-s)", r.BuildS, r.BuildCPU)
		}
		fmt.Println()
		for _, t := range r.Timings {
			fmt.Printf("  %-8s wall p50 %8.2f p99 %8.2f max %8.2f  cpu p50 %8.2f p99 %8.2f ms  %5.1f hits", t.Class, t.P50, t.P99, t.Max, t.CPU50, t.CPU99, t.Hits)
			if t.Ratio > 0 {
				fmt.Printf("   cpu ×%.1f p50, ×%.1f p99 of ours", t.Ratio5, t.Ratio)
			}
			fmt.Println()
		}
	}
	if out == "" {
		return nil
	}
	b, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(b, '\n'), 0o644)
}

func measure(ctx context.Context, c *corpus, name string, n, nq int, dir, pg string, only bool) (r result, err error) {
	s, fresh, err := open(ctx, name, filepath.Join(dir, fmt.Sprintf("%s-%d", strings.ReplaceAll(name, "/", "-"), n)), pg, n)
	if err != nil {
		return r, err
	}
	defer s.close()
	r = result{System: name, Pages: n}
	if fresh {
		log.Printf("%s: building %d pages", name, n)
		start, cpu := time.Now(), cpuTime()
		if err := s.build(ctx, c, n); err != nil {
			return r, err
		}
		pids, err := s.backends(ctx)
		if err != nil {
			return r, err
		}
		r.BuildS, r.BuildCPU = time.Since(start).Seconds(), (cpuTime(pids...) - cpu).Seconds()
		log.Printf("%s: built in %.0f s", name, r.BuildS)
	}
	bytes, err := s.size(ctx)
	if err != nil {
		return r, err
	}
	r.MB = float64(bytes) / 1e6
	if only {
		return r, nil
	}
	for _, class := range classes {
		for _, q := range c.questions(class, nq/10, n, 1) { // warm, with other questions
			if _, err := s.ask(ctx, q); err != nil {
				return r, fmt.Errorf("%s %q: %w", class, q.words, err)
			}
		}
		pids, err := s.backends(ctx)
		if err != nil {
			return r, err
		}
		var took, cpus []float64
		hits := 0
		worst, worstQ := 0.0, question{}
		for _, q := range c.questions(class, nq, n, 2) {
			start, cpu := time.Now(), cpuTime(pids...)
			k, err := s.ask(ctx, q)
			if err != nil {
				return r, fmt.Errorf("%s %q: %w", class, q.words, err)
			}
			took = append(took, ms(time.Since(start)))
			used := ms(cpuTime(pids...) - cpu)
			if cpus = append(cpus, used); used > worst {
				worst, worstQ = used, q
			}
			if k == 0 && strings.HasPrefix(name, "ours/") { // to_tsvector takes 12/QĐ-VKS for a file name
				return r, fmt.Errorf("%s %q %s: no hit", class, q.words, q.caseID)
			}
			hits += k
		}
		slices.Sort(took)
		slices.Sort(cpus)
		t := timing{Class: class, P50: took[len(took)/2], P99: took[len(took)*99/100], Max: took[len(took)-1],
			CPU50: cpus[len(cpus)/2], CPU99: cpus[len(cpus)*99/100], Hits: float64(hits) / float64(nq)}
		r.Timings = append(r.Timings, t)
		log.Printf("%s: %-7s wall p50 %.2f p99 %.2f, cpu p50 %.2f p99 %.2f max %.2f ms (%q)", name, class, t.P50, t.P99, t.CPU50, t.CPU99, worst, worstQ.words)
	}
	return r, nil
}

// compare puts beside every figure how many times ours it is.
func compare(rs []result) {
	find := func(name string) []timing {
		for _, r := range rs {
			if r.System == name {
				return r.Timings
			}
		}
		return nil
	}
	for _, r := range rs {
		if strings.HasPrefix(r.System, "ours/") {
			continue
		}
		base := find("ours/sqlite")
		if r.System == "plain/postgres" {
			base = find("ours/postgres")
		}
		for i := range min(len(r.Timings), len(base)) {
			r.Timings[i].Ratio = r.Timings[i].CPU99 / base[i].CPU99
			r.Timings[i].Ratio5 = r.Timings[i].CPU50 / base[i].CPU50
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is what this process and those of pids have used so far.
func cpuTime(pids ...int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	sum := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, p := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", p))
		var ns int64
		if err == nil {
			fmt.Sscan(string(text), &ns)
		}
		sum += time.Duration(ns)
	}
	return sum
}
