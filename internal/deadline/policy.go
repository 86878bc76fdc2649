package deadline

import (
	"fmt"
	"slices"
	"time"

	"congminh/internal/kit/civil"
)

// Policy is who is told when, as data/policy.toml or a file of the installation
// says it.
type Policy struct {
	Share       []Share       // by how much of the lead is left
	QuietFrom   string        // 21:00: from here no message goes out …
	QuietTo     string        // 06:30: … until here, but for urgent ones
	QuietOff    bool          // days off are quiet too
	Climb       time.Duration // without an answer for so long
	ClimbUrgent time.Duration // the same, for hours, custody and detention
	ClimbFailed time.Duration // the same, for a failure without a reason
	Repeat      time.Duration // how often the highest is told again
	Retry       []time.Duration
	Silence     time.Duration // without a tick for so long there is an alarm
	Skew        time.Duration // clocks that differ by more are wrong
	Keep        time.Duration // rows of ticks
	Rights      []string      // rules that give a right and no duty: when they end nobody failed
}

// Share says who is told when no more than Left of the lead is left: of leads of 10,
// 7, 5, 3 and 1 days the first is all of it, 5 days a half.
type Share struct {
	Left float64
	Rank Rank
}

// rank returns who is told at one of the leads of a clock (longest first).
func (p Policy) rank(leads []time.Duration, i int) Rank {
	if len(leads) == 0 || i >= len(leads) {
		return ToChief // at the end itself
	}
	left := float64(leads[i]) / float64(leads[0])
	out := ToProsecutor
	for _, s := range p.Share {
		if left <= s.Left && s.Rank > out {
			out = s.Rank
		}
	}
	if i == len(leads)-1 && len(leads) > 1 {
		out = max(out, p.last())
	}
	return out
}

// last is who is told at the last lead.
func (p Policy) last() Rank {
	out := ToProsecutor
	for _, s := range p.Share {
		out = max(out, s.Rank)
	}
	return out
}

// quiet returns when a message may go out that is ready at t: t itself, or the end of
// the quiet time. What is urgent is never delayed.
func (p Policy) quiet(t time.Time, urgent bool, off func(civil.Date) bool) time.Time {
	if urgent || p.QuietFrom == "" {
		return t
	}
	for range 30 { // no holiday is longer
		h := t.In(civil.Zone).Format("15:04")
		day := civil.On(t)
		switch {
		case p.QuietOff && off != nil && off(day):
			t = minute(string(day.Add(1)) + "T" + p.QuietTo)
		case h < p.QuietTo:
			t = minute(string(day) + "T" + p.QuietTo)
		case h >= p.QuietFrom:
			t = minute(string(day.Add(1)) + "T" + p.QuietTo)
		default:
			return t
		}
	}
	return t
}

// duration reads P20D, P6M, PT4H, P1DT12H. A month is 30 days: a lead is no time limit.
func duration(s string) (time.Duration, error) {
	bad := fmt.Errorf("duration %q: want P20D, P6M or PT4H", s)
	if len(s) < 3 || s[0] != 'P' {
		return 0, bad
	}
	var out time.Duration
	n, digits, clock := 0, 0, false
	for _, r := range s[1:] {
		switch {
		case r >= '0' && r <= '9' && digits < 4:
			n, digits = n*10+int(r-'0'), digits+1
			continue
		case r == 'T' && digits == 0 && !clock:
			clock = true
			continue
		}
		unit := map[rune]time.Duration{'D': 24 * time.Hour, 'W': 7 * 24 * time.Hour, 'M': 30 * 24 * time.Hour, 'Y': 365 * 24 * time.Hour}
		if clock {
			unit = map[rune]time.Duration{'H': time.Hour, 'M': time.Minute}
		}
		u, ok := unit[r]
		if !ok || digits == 0 {
			return 0, bad
		}
		out += time.Duration(n) * u
		n, digits = 0, 0
	}
	if digits > 0 || out == 0 {
		return 0, bad
	}
	return out, nil
}

// leads reads lead times, longest first.
func leads(warn []string) ([]time.Duration, error) {
	var out []time.Duration
	for _, w := range warn {
		d, err := duration(w)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b time.Duration) int { return int(b/time.Minute - a/time.Minute) })
	return slices.Compact(out), nil
}

// point is a moment at which a clock is warned of.
type point struct {
	at   string // sortable, see end
	kind Kind
	lead int // which of the leads
}

// points are all of a clock: its leads, its nominal end, its legal end. A lead that
// lies before the start of the clock is none.
func points(start, due, late string, leads []time.Duration) []point {
	var out []point
	end := minute(due)
	for i, l := range leads {
		if at := stamp(end.Add(-l)); at > opens(start) {
			out = append(out, point{at, Lead, i})
		}
	}
	if late > due {
		out = append(out, point{due, Due, len(leads)})
	}
	return append(out, point{max(due, late), Breach, len(leads)})
}

// next returns the first point after warned, "" if there is none.
func next(ps []point, warned string) string {
	for _, p := range ps {
		if p.at > warned {
			return p.at
		}
	}
	return ""
}

// reached returns the last point not after now and after warned.
func reached(ps []point, warned, now string) (out point, ok bool) {
	for _, p := range ps {
		if p.at > warned && p.at <= now {
			out, ok = p, true
		}
	}
	return out, ok
}

// closes makes a day or a minute sortable as an end: a day ends at 24:00.
func closes(s string) string {
	if len(s) == len("2026-03-10") {
		return s + "T24:00"
	}
	return s
}

// opens makes it sortable as a beginning.
func opens(s string) string {
	if len(s) == len("2026-03-10") {
		return s + "T00:00"
	}
	return s
}

// minute reads what closes or opens wrote.
func minute(s string) time.Time {
	if len(s) > 10 && s[10:] == "T24:00" {
		t, err := time.ParseInLocation(time.DateOnly, s[:10], civil.Zone)
		if err != nil {
			return time.Time{}
		}
		return t.AddDate(0, 0, 1)
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, civil.Zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// stamp writes a moment as it is stored, to the minute, Hà Nội time.
func stamp(t time.Time) string { return t.In(civil.Zone).Format("2006-01-02T15:04") }
