package deadline

import (
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/civil"
)

func TestDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{"P20D": 480 * time.Hour, "P6M": 180 * 24 * time.Hour, "PT4H": 4 * time.Hour, "P1DT12H": 36 * time.Hour, "PT90M": 90 * time.Minute} {
		if got, err := duration(s); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "P", "PT", "20D", "P20", "P0D", "PT4D", "P-1D", "P1H", "P99999D"} {
		if got, err := duration(s); err == nil {
			t.Errorf("%q: got %v, want an error", s, got)
		}
	}
}

func TestPoints(t *testing.T) {
	ls, err := leads([]string{"P1D", "P5D", "P20D"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, start, due, late string
		want                   string
	}{
		{"a day ends at its end", "2026-01-01", "2026-03-10T24:00", "2026-03-10T24:00",
			"lead 2026-02-19T00:00, lead 2026-03-06T00:00, lead 2026-03-10T00:00, breach 2026-03-10T24:00"},
		{"what is rolled has two ends", "2026-03-01", "2026-03-14T24:00", "2026-03-16T24:00",
			"lead 2026-03-10T00:00, lead 2026-03-14T00:00, due 2026-03-14T24:00, breach 2026-03-16T24:00"},
		{"no lead before the start", "2026-03-09T08:00", "2026-03-10T08:00", "2026-03-10T08:00", "breach 2026-03-10T08:00"},
	} {
		var got []string
		for _, p := range points(c.start, c.due, c.late, ls) {
			got = append(got, string(p.kind)+" "+p.at)
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
	}
}

func TestRankByLead(t *testing.T) {
	p := testPolicy(t)
	ls, _ := leads([]string{"P10D", "P7D", "P5D", "P3D", "P1D"})
	want := []Rank{ToProsecutor, ToProsecutor, ToDeputy, ToDeputy, ToChief}
	for i, w := range want {
		if got := p.rank(ls, i); got != w {
			t.Errorf("lead %v: got rank %d, want %d", ls[i], got, w)
		}
	}
	if got := p.rank(ls, len(ls)); got != ToChief {
		t.Errorf("the end: got rank %d, want chief", got)
	}
	one, _ := leads([]string{"P1D"})
	if got := p.rank(one, 0); got != ToProsecutor {
		t.Errorf("an only lead: got rank %d, want the prosecutor", got)
	}
}

func TestQuiet(t *testing.T) {
	p := testPolicy(t)
	weekend := func(d civil.Date) bool { return d == "2026-11-28" || d == "2026-11-29" }
	at := func(s string) time.Time { return minute(s) }
	for _, c := range []struct {
		name, from string
		urgent     bool
		want       string
	}{
		{"in the day at once", "2026-11-26T14:00", false, "2026-11-26T14:00"},
		{"at night in the morning", "2026-11-26T23:10", false, "2026-11-27T06:30"},
		{"before dawn the same morning", "2026-11-26T02:00", false, "2026-11-26T06:30"},
		{"on Friday night on Monday", "2026-11-27T22:00", false, "2026-11-30T06:30"},
		{"on Saturday on Monday", "2026-11-28T10:00", false, "2026-11-30T06:30"},
		{"custody is never delayed", "2026-11-28T03:00", true, "2026-11-28T03:00"},
	} {
		if got := p.quiet(at(c.from), c.urgent, weekend); !got.Equal(at(c.want)) {
			t.Errorf("%s: got %s, want %s", c.name, stamp(got), c.want)
		}
	}
}

func TestLoadPolicy(t *testing.T) {
	p, err := LoadPolicy([]byte("[climb]\nafter = \"8h\"\n"))
	if err != nil || p.Climb != 8*time.Hour || p.ClimbUrgent != time.Hour || len(p.Share) != 3 {
		t.Errorf("a file of the installation lies over ours: got %+v, %v", p, err)
	}
	for text, why := range map[string]string{
		"[climb]\nafter = \"0s\"":                "climb",
		"[quiet]\nfrom = \"9 gio\"":              "quiet",
		"[[share]]\nleft = 2.0\nto = \"chief\"":  "share",
		"[[share]]\nleft = 0.5\nto = \"nobody\"": "share",
		"[climbs]\nafter = \"8h\"":               "unknown key",
		"[retry]\nafter = [\"0s\"]":              "retry",
	} {
		if _, err := LoadPolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %v, want an error about %s", text, err, why)
		}
	}
}
