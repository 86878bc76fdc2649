// Command digitise measures what it costs to make a finished PDF/A of a scan:
// congminh digitise, beside ocrmypdf and beside the bare tesseract command, on the
// same pages in the same run.
//
//	go run ./digitise                          10 clean and 10 medium pages, memory on 100
//	go run ./digitise -pages 30 -memory 500    as in docs/performance.md; takes hours
//	go run ./digitise -skip ocrmypdf           only what is quick
//	go run ./digitise -json out.json           the figures for a program
//
// The pages are those of an invented case file (package sample) at 300 dpi, spoilt by
// package degrade and stored as JPEG in an image-only PDF. Time is of the processor,
// user and system, of the program and everything it started. Memory is looked at five
// times a second: the largest resident size any one process ever had, and the sum of
// all processes at one moment, shared pages counted once (PSS). One program runs at a
// time, each with two pages at once.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image/jpeg"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"congminh/internal/dossier/digitise"
	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/raster/degrade"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/sandbox"
)

const dpi = 300

// cost is what one program took for one file.
type cost struct {
	Set     string  `json:"set"`
	Program string  `json:"program"`
	Pages   int     `json:"pages"`
	CPU     float64 `json:"cpu"`     // seconds
	Wall    float64 `json:"wall"`    // seconds
	Largest int64   `json:"largest"` // bytes, resident, of the largest process
	Tree    int64   `json:"tree"`    // bytes, PSS, of all together
	Output  int64   `json:"output"`  // bytes of the result
}

func (c cost) perPage() float64 { return c.CPU / float64(c.Pages) }

func main() {
	sandbox.Child(digitise.Handlers())
	if len(os.Args) > 1 && os.Args[1] == "digitise" { // this program stands in for congminh
		os.Exit(digitise.Main(context.Background(), os.Args[2:], os.Stdout, os.Stderr))
	}
	log.SetFlags(0)
	pages := flag.Int("pages", 10, "pages of each level")
	memory := flag.Int("memory", 100, "pages of the file on which memory is measured; 0 for none")
	seed := flag.Int64("seed", 2026, "of the case file")
	skip := flag.String("skip", "", "programs left out, by name, with commas")
	out := flag.String("json", "", "write the figures to this file")
	own := flag.Bool("own", false, "do not build cmd/congminh; this program has the same command in it")
	keep := flag.String("keep", "", "folder for the scans and results; not removed")
	flag.Parse()
	if err := run(*pages, *memory, *seed, *skip, *out, *own, *keep); err != nil {
		log.Fatal(err)
	}
}

func run(pages, memory int, seed int64, skip, out string, own bool, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "bench-digitise-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	congminh, err := build(dir, own)
	if err != nil {
		return err
	}
	var programs []program
	for _, p := range []program{
		{"congminh", func(s set, out string) []string {
			return []string{congminh, "digitise", "--jobs", "2", "-o", filepath.Dir(out), s.pdf}
		}},
		{"ocrmypdf", func(s set, out string) []string {
			return []string{"ocrmypdf", "-l", "vie", "--deskew", "--output-type", "pdfa", "--jobs", "2", "--quiet", s.pdf, out}
		}},
		{"tesseract", func(s set, out string) []string {
			// A shell, so that the kernel sums up the pages.
			return append([]string{"sh", "-c", `for f; do tesseract "$f" "$f" -l vie 2>/dev/null || exit 1; done`, "sh"}, s.jpegs...)
		}},
	} {
		if !strings.Contains(","+skip+",", ","+p.name+",") {
			programs = append(programs, p)
		}
	}
	var all []cost
	for _, level := range []degrade.Level{degrade.Clean, degrade.Medium} {
		s, err := scans(dir, level, pages, pages, seed)
		if err != nil {
			return err
		}
		for _, p := range programs {
			c, err := p.measure(s, dir)
			if err != nil {
				return err
			}
			all = append(all, c)
		}
	}
	if memory > 0 {
		s, err := scans(dir, degrade.Medium, min(pages, memory), memory, seed)
		if err != nil {
			return err
		}
		s.name = fmt.Sprintf("memory, %d pages", memory)
		for _, p := range programs {
			if p.name == "tesseract" {
				continue // it has no file to hold, only a page
			}
			c, err := p.measure(s, dir)
			if err != nil {
				return err
			}
			all = append(all, c)
		}
	}
	table(all)
	if out == "" {
		return nil
	}
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}

// build makes the program that people use, or takes this one, which has the same
// command in it.
func build(dir string, own bool) (string, error) {
	if own {
		return os.Executable()
	}
	exe := filepath.Join(dir, "congminh")
	cmd := exec.Command("go", "build", "-trimpath", "-o", exe, "./cmd/congminh")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build congminh (in folder bench; or use -own): %w\n%s", err, text)
	}
	return exe, nil
}

// set is a pile of pages, as a PDF and as pictures.
type set struct {
	name  string
	pages int
	pdf   string
	jpegs []string
}

// scans makes a file of n pages out of distinct ones.
func scans(dir string, level degrade.Level, distinct, n int, seed int64) (s set, err error) {
	f, err := sample.Case(seed, distinct)
	if err != nil {
		return s, err
	}
	s = set{name: level.String(), pages: n, pdf: filepath.Join(dir, fmt.Sprintf("%s-%d.pdf", level, n))}
	for i, p := range f.Pages[:distinct] {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, degrade.Apply(p.Render(dpi), level, seed+int64(i)), &jpeg.Options{Quality: level.Quality()}); err != nil {
			return s, err
		}
		name := filepath.Join(dir, fmt.Sprintf("%s-%03d.jpg", level, i+1))
		if err := os.WriteFile(name, withDPI(b.Bytes()), 0o644); err != nil {
			return s, err
		}
		s.jpegs = append(s.jpegs, name)
	}
	out, err := os.Create(s.pdf)
	if err != nil {
		return s, err
	}
	defer out.Close()
	w, err := pdfa.New(out, pdfa.Meta{Title: s.name})
	if err != nil {
		return s, err
	}
	for i := range n {
		b, err := os.ReadFile(s.jpegs[i%distinct])
		if err != nil {
			return s, err
		}
		if err := w.AddPage(pdfa.Page{Picture: bytes.NewReader(b), Format: "jpeg", DPI: dpi}); err != nil {
			return s, err
		}
	}
	return s, w.Close()
}

// withDPI puts a JFIF segment in front, which Go's encoder does not write: tesseract
// takes the dpi from there.
func withDPI(b []byte) []byte {
	jfif := []byte{0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 1, dpi >> 8, dpi & 0xff, dpi >> 8, dpi & 0xff, 0, 0}
	return append(append(bytes.Clone(b[:2]), jfif...), b[2:]...)
}

// program is one of those compared.
type program struct {
	name string
	args func(s set, out string) []string
}

func (p program) measure(s set, dir string) (c cost, err error) {
	folder := filepath.Join(dir, p.name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return c, err
	}
	out := filepath.Join(folder, filepath.Base(s.pdf))
	args := p.args(s, out)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	// One thread a page for all: two that share one take more time in all.
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	// Its own session, by which its descendants are known.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return c, err
	}
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-tick.C:
				one, all := memoryOf(cmd.Process.Pid)
				c.Largest, c.Tree = max(c.Largest, one), max(c.Tree, all)
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	err = cmd.Wait()
	close(done)
	<-watched
	c.Set, c.Program, c.Pages, c.Wall = s.name, p.name, s.pages, time.Since(start).Seconds()
	if err != nil {
		return c, fmt.Errorf("%s: %w", strings.Join(args[:min(len(args), 6)], " "), err)
	}
	// What wait4 says includes the descendants that were waited for.
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	c.CPU = time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	if st, err := os.Stat(out); err == nil {
		c.Output = st.Size()
	}
	fmt.Fprintf(os.Stderr, "%s, %s: %.2f CPU-s a page\n", s.name, p.name, c.perPage())
	return c, nil
}

// memoryOf looks at the processes of a session: the largest any one has ever been,
// and all of them now. (The kernel's own Maxrss will not do: it counts the moment
// between fork and exec, when the child is as large as this program.)
func memoryOf(session int) (one, all int64) {
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it ended
		}
		// pid (name) state ppid pgrp session …; the name may hold anything but the last ).
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		if len(f) < 4 || f[3] != strconv.Itoa(session) {
			continue
		}
		one = max(one, field(filepath.Join(filepath.Dir(name), "status"), "VmHWM:"))
		all += field(filepath.Join(filepath.Dir(name), "smaps_rollup"), "Pss:")
	}
	return one, all
}

// field reads a line of /proc that is in kB.
func field(name, key string) int64 {
	b, _ := os.ReadFile(name)
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == key {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}

func table(all []cost) {
	own := map[string]cost{}
	for _, c := range all {
		if c.Program == "congminh" {
			own[c.Set] = c
		}
	}
	fmt.Println("| pages | program | CPU-s a page | pages a CPU-s | time, × ours | largest process, MB | all, MB | memory, × ours | result, KB a page |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, c := range all {
		times, memory := "", ""
		if o, ok := own[c.Set]; ok && c.Program != "congminh" {
			times = fmt.Sprintf("%.2f", c.perPage()/o.perPage())
			memory = fmt.Sprintf("%.2f / %.2f", float64(c.Largest)/float64(o.Largest), float64(c.Tree)/float64(o.Tree))
		}
		size := ""
		if c.Output > 0 {
			size = fmt.Sprint(c.Output / int64(c.Pages) >> 10)
		}
		fmt.Printf("| %s (%d) | %s | %.2f | %.3f | %s | %d | %d | %s | %s |\n",
			c.Set, c.Pages, c.Program, c.perPage(), 1/c.perPage(), times, c.Largest>>20, c.Tree>>20, memory, size)
	}
}
