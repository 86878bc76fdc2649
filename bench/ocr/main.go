// Command ocr measures how well and how cheaply pages are read, against the
// tesseract command on the same pictures.
//
//	go run ./ocr                     the reported set, both readers
//	go run ./ocr -set tuning         the set on which limits are chosen
//	go run ./ocr -json out.json      besides the table, every page
//
// A page is set in a real face, spoilt at three levels (package degrade), and stored
// as JPEG; the same file goes to both readers. Time is that of the processor (user
// and system, of the child processes, from their start to their end), not of the
// clock. One process at a time runs.
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
	"syscall"
	"time"

	"golang.org/x/image/font/opentype"

	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/ocr/score"
	"congminh/internal/dossier/raster/degrade"
	"congminh/internal/kit/sandbox"
)

// result is one page read by one reader.
type result struct {
	Level      string  `json:"level"`
	Page       int     `json:"page"`
	Face       string  `json:"face"`
	CER        float64 `json:"cer"`
	Recall     float64 `json:"recall"`
	CPU        float64 `json:"cpu"`
	Confidence float64 `json:"confidence,omitempty"`
	Pass       int     `json:"pass,omitempty"`
	truth      []string
	text       string
	file       string
}

func main() {
	sandbox.Child(ocr.Handlers())
	log.SetFlags(0)
	set := flag.String("set", "report", "tuning or report")
	n := flag.Int("n", 12, "pages per level")
	out := flag.String("json", "", "write every page to this file")
	raw := flag.Bool("raw", true, "read with the tesseract command too")
	limit := flag.Float64("limit", 0, "mean confidence under which a page is read twice; 0 as built")
	copies := flag.Bool("copies", false, "write access copy and thumbnail too")
	show := flag.Bool("show", false, "print pages and texts")
	only := flag.String("level", "", "only this level")
	flag.Parse()
	if err := run(*set, *n, *out, *only, *raw, *show, ocr.Options{Limit: *limit, Access: *copies, Thumb: *copies}); err != nil {
		log.Fatal(err)
	}
}

func run(set string, n int, out, only string, raw, show bool, opt ocr.Options) error {
	dir, err := os.MkdirTemp("", "ocr")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pages, err := scans(dir, set, n, only)
	if err != nil {
		return err
	}
	readers := []string{"congminh"}
	if raw {
		readers = append(readers, "tesseract")
	}
	all := map[string][]result{}
	for _, name := range readers {
		rs := append([]result(nil), pages...)
		read := ours
		if name == "tesseract" {
			read = command
		}
		if err := read(rs, opt); err != nil {
			return err
		}
		for i := range rs {
			rs[i].CER = score.CER(rs[i].text, rs[i].truth...)
			rs[i].Recall = score.Recall(rs[i].text, rs[i].truth[0])
			if show {
				fmt.Printf("%s %s %d %s: CER %.2f %% pass %d confidence %.1f\n%s\n\n", name, rs[i].Level, rs[i].Page, rs[i].Face, 100*rs[i].CER, rs[i].Pass, rs[i].Confidence, rs[i].text)
			}
		}
		all[name] = rs
	}
	table(readers, all)
	if out == "" {
		return nil
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

// scans makes the pictures of a set.
func scans(dir, set string, n int, only string) ([]result, error) {
	p := &press{map[string]*opentype.Font{}}
	sentences, seed := reported, uint64(2026)
	if set == "tuning" {
		sentences, seed = tuning, 1958
	}
	var out []result
	for i := range n {
		pg, err := p.set(sentences, i, seed)
		if err != nil {
			return nil, err
		}
		for _, l := range degrade.Levels {
			if only != "" && l.String() != only {
				continue
			}
			var b bytes.Buffer
			img := degrade.Apply(pg.img, l, int64(seed)*1000+int64(i)*10+int64(l))
			if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: l.Quality()}); err != nil {
				return nil, err
			}
			file := filepath.Join(dir, fmt.Sprintf("%v-%02d.jpg", l, i))
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				return nil, err
			}
			out = append(out, result{Level: l.String(), Page: i, Face: faces[i%len(faces)], truth: pg.truths, file: file})
		}
	}
	return out, nil
}

// ours reads with one child for each level, so that its start is counted, as it is
// for the command, but not once a page: it stays for the next.
func ours(rs []result, opt ocr.Options) error {
	for _, l := range degrade.Levels {
		var at []int
		for i := range rs {
			if rs[i].Level == l.String() {
				at = append(at, i)
			}
		}
		before := children()
		pool := sandbox.NewPool(1, sandbox.Limits{CPU: time.Hour, Wall: time.Hour})
		r := ocr.New(pool, opt)
		for _, i := range at {
			p, err := r.Read(context.Background(), rs[i].file, "jpeg", dpi, nil)
			if err != nil {
				return err
			}
			rs[i].text, rs[i].Confidence, rs[i].Pass = p.Text, p.Confidence, p.Pass
		}
		if err := pool.Close(); err != nil {
			return err
		}
		for _, i := range at {
			rs[i].CPU = (children() - before) / float64(len(at))
		}
	}
	return nil
}

func command(rs []result, _ ocr.Options) error {
	for i := range rs {
		cmd := exec.Command("tesseract", rs[i].file, "stdout", "-l", "vie")
		cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		b, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("tesseract: %w", err)
		}
		rs[i].text = string(b)
		rs[i].CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	return nil
}

// children is the processor time of all children that ended.
func children() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func table(readers []string, all map[string][]result) {
	type sum struct{ cer, recall, cpu, worst, n, second float64 }
	add := func(rs []result, levels ...string) (s sum) {
		for _, r := range rs {
			for _, l := range levels {
				if r.Level == l {
					s.cer, s.recall, s.cpu, s.worst, s.n = s.cer+r.CER, s.recall+r.Recall, s.cpu+r.CPU, max(s.worst, r.CER), s.n+1
					if r.Pass == 2 {
						s.second++
					}
				}
			}
		}
		return s
	}
	fmt.Println("reader      pages                CER %  worst %  words found %  CPU s/page  second reading kept")
	for _, l := range [][]string{{"clean"}, {"medium"}, {"hard"}, {"clean", "medium"}} {
		name := l[0]
		if len(l) > 1 {
			name += "+" + l[1]
		}
		for _, r := range readers {
			s := add(all[r], l...)
			if s.n == 0 {
				continue
			}
			fmt.Printf("%-11s %-14s %3.0f  %7.3f  %7.2f  %13.2f  %10.3f  %3.0f\n", r, name, s.n, 100*s.cer/s.n, 100*s.worst, 100*s.recall/s.n, s.cpu/s.n, s.second)
		}
		if len(readers) == 2 {
			a, b := add(all[readers[0]], l...), add(all[readers[1]], l...)
			if a.n > 0 {
				worse := 0
				for i, r := range all[readers[0]] {
					for _, x := range l {
						if r.Level == x && r.CER > all[readers[1]][i].CER {
							worse++
						}
					}
				}
				fmt.Printf("            pages per CPU second: %.2f times; error: 1/%.1f; pages read worse than by the command: %d\n", b.cpu/a.cpu, b.cer/max(a.cer, 1e-9), worse)
			}
		}
	}
}
