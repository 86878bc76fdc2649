package pattern

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func shipped(t *testing.T) Rules {
	t.Helper()
	b, err := os.ReadFile("../data/unusual.toml")
	if err != nil {
		t.Fatal(err)
	}
	rs, err := Load(string(b), "")
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// morning is a Monday, nine o'clock in Viet Nam.
var morning = time.Date(2026, 11, 30, 2, 0, 0, 0, time.UTC)

// run is n lines, one every step, as f makes them.
func run(n int, from time.Time, step time.Duration, f func(i int, l *Line)) (out []Line) {
	for i := range n {
		l := Line{N: int64(i), At: from.Add(time.Duration(i) * step), Actor: "a", Office: "kv3", Owner: "kv3", Case: "c1", Verb: "page.view", Rule: "office"}
		if f != nil {
			f(i, &l)
		}
		out = append(out, l)
	}
	return out
}

func TestRules(t *testing.T) {
	cases := func(i int, l *Line) { l.Case = fmt.Sprint("c", i) }
	night := morning.Add(14 * time.Hour)
	for _, c := range []struct {
		name  string
		lines []Line
		want  string
		count int
	}{
		{"thirty cases in an hour", run(30, morning, time.Minute, cases), "", 0},
		{"one more", run(31, morning, time.Minute, cases), "many-cases", 31},
		{"as many in a day", run(31, morning, 10*time.Minute, cases), "", 0},
		{"a long file read in the day", run(2000, morning, time.Second, nil), "", 0},
		{"a long evening", run(300, night, 20*time.Second, nil), "", 0},
		{"a long night", run(301, night, 20*time.Second, nil), "off-hours", 301},
		{"as long on a Sunday morning", run(301, morning.AddDate(0, 0, -1), 20*time.Second, nil), "off-hours", 301},
		{"cases of others on request", run(6, morning, time.Minute, func(i int, l *Line) { cases(i, l); l.Owner, l.Rule = "kv1", "grant" }), "granted-bulk", 6},
		{"own cases", run(6, morning, time.Minute, cases), "", 0},
		{"many pages of one on request", run(200, morning, 5*time.Second, func(_ int, l *Line) { l.Owner, l.Rule = "kv1", "grant" }), "", 0},
		{"page after page", run(401, morning, time.Second/2, nil), "fast-pages", 401},
		{"of two files", run(401, morning, time.Second/2, func(i int, l *Line) { l.Case = fmt.Sprint("c", i%2) }), "", 0},
		{"taking copies", run(21, morning, time.Minute, func(_ int, l *Line) { l.Verb = "document.download" }), "copies", 21},
		{"some copies", run(20, morning, time.Minute, func(_ int, l *Line) { l.Verb = "dossier.export" }), "", 0},
		{"after a transfer", run(4, morning, time.Minute, func(_ int, l *Line) { l.Owner, l.Rule = "kv1", "assigned" }), "after-transfer", 4},
		{"a lent prosecutor who looks once", run(3, morning, time.Minute, func(_ int, l *Line) { l.Owner, l.Rule = "kv1", "assigned" }), "", 0},
		{"back after months", run(31, morning, time.Minute, func(i int, l *Line) { l.Silent = map[int]int{0: 60}[i] }), "dormant", 31},
		{"back after a holiday", run(31, morning, time.Minute, func(i int, l *Line) { l.Silent = map[int]int{0: 30}[i] }), "", 0},
		{"new here", run(31, morning, time.Minute, func(i int, l *Line) { l.Silent = map[int]int{0: -1}[i] }), "", 0},
		{"not of files", run(500, morning, time.Second/10, func(_ int, l *Line) { l.Verb = "sign-in" }), "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			count := 0
			for _, f := range Find(shipped(t), c.lines, 0) {
				got, count = append(got, f.Rule), f.Count
				if len(f.Lines) < f.Count || f.Actor != "a" || f.To.Before(f.From) {
					t.Errorf("%+v", f)
				}
			}
			if strings.Join(got, " ") != c.want || count != c.count {
				t.Errorf("found %v of %d, want %s of %d", got, count, c.want, c.count)
			}
		})
	}
}

// What was decided before is not found again, two people are two, and what goes on is one.
func TestFindOnce(t *testing.T) {
	rs := shipped(t)
	lines := run(60, morning, time.Minute/2, func(i int, l *Line) { l.Verb = "document.download" })
	if got := Find(rs, lines, 60); len(got) != 0 {
		t.Error("found anew:", got)
	}
	if got := Find(rs, lines, 0); len(got) != 1 || len(got[0].Lines) != 60 {
		t.Errorf("%+v", got)
	}
	for i := range lines {
		lines[i].Actor = fmt.Sprint(i % 2)
	}
	if got := Find(rs, lines, 0); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestLoad(t *testing.T) {
	const base = "version = \"1\"\n[[rule]]\nid = \"a\"\nname = \"A\"\nkind = \"copies\"\non = true\nwindow = \"1h\"\nover = 3\nconfidence = \"C\"\n"
	rs, err := Load(base, strings.Replace(base, "true", "false", 1))
	if err != nil || rs.Rule[0].On || rs.Version != "1+1" {
		t.Error(rs, err)
	}
	for _, bad := range []string{strings.Replace(base, "version", "versio", 1), strings.Replace(base, "copies", "poems", 1), strings.Replace(base, "1h", "3h", 1), strings.Replace(base, "over = 3", "over = 0", 1), strings.Replace(base, "\"C\"", "\"D\"", 1)} {
		if _, err := Load(bad, ""); err == nil {
			t.Errorf("took %s", bad)
		}
	}
}
