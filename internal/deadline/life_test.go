package deadline

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"congminh/internal/kit/civil"
)

func TestLife(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []Step
		want  Life
		err   error
	}{
		{"is raised, reaches, is acknowledged and remedied", []Step{Raise, Deliver, Acknowledge, Remedy}, Closed, nil},
		{"the act comes before anybody looked", []Step{Raise, Deliver, Remedy}, Closed, nil},
		{"the clock is extended", []Step{Raise, Deliver, Acknowledge, Extend}, Closed, nil},
		{"nobody answers: it climbs, and whoever it reaches answers", []Step{Raise, Deliver, Escalate, Deliver, Acknowledge}, Acknowledged, nil},
		{"the channel is down", []Step{Raise, Bounce, Bounce, Escalate}, Escalated, nil},
		{"the end passes", []Step{Raise, Deliver, Fail}, Failed, nil},
		{"a failure without a reason is not closed by the late act", []Step{Raise, Deliver, Fail, Remedy}, Remedied, nil},
		{"nor by a stop of the clock", []Step{Raise, Fail, Stop}, Remedied, nil},
		{"with its reason it is", []Step{Raise, Fail, Remedy, Explain}, Closed, nil},
		{"the reason may come first", []Step{Raise, Fail, Explain, Remedy}, Closed, nil},
		{"a failure climbs, is known and explained", []Step{Raise, Fail, Escalate, Acknowledge, Explain, Stop}, Closed, nil},
		{"a later warning takes over", []Step{Raise, Deliver, Supersede}, Closed, nil},
		{"but not from a failure", []Step{Raise, Fail, Supersede}, Failed, ErrStep},
		{"it fails once", []Step{Raise, Fail, Acknowledge, Fail}, Acknowledged, ErrStep},
		{"there is no reason without a failure", []Step{Raise, Escalate, Explain}, Escalated, ErrStep},
		{"what is closed stays closed", []Step{Raise, Remedy, Acknowledge}, Closed, ErrStep},
		{"what was not raised cannot be answered", []Step{Acknowledge}, Scheduled, ErrStep},
	} {
		l, err := life{At: Scheduled}, error(nil)
		for _, s := range c.steps {
			var next life
			if next, err = l.step(s, "vì lũ cuốn cầu"); err != nil {
				break
			}
			l = next
		}
		if l.At != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %s, %v, want %s, %v", c.name, l.At, err, c.want, c.err)
		}
	}
}

func TestFailureNeedsReason(t *testing.T) {
	l := life{At: Failed, Failed: true}
	if _, err := l.step(Explain, ""); !errors.Is(err, ErrReason) {
		t.Errorf("got %v, want ErrReason", err)
	}
}

var everyStep = []Step{Raise, Deliver, Bounce, Acknowledge, Remedy, Extend, Stop, Fail, Explain, Escalate, Reroute, Supersede, LateEntry}

// No path loses a warning: whatever happens in whatever order, it is either closed by
// something that ended it, a failure by its reason, or there is a moment at which it
// climbs, and it can still be closed.
func TestNoPathLosesAWarning(t *testing.T) {
	p := testPolicy(t)
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, civil.Zone)
	for range 20_000 {
		l := life{At: Scheduled}
		l, _ = l.step(Raise, "")
		var taken []Step
		for range 1 + r.IntN(20) {
			s := everyStep[r.IntN(len(everyStep))]
			before := l
			next, err := l.step(s, []string{"", "lý do"}[r.IntN(2)])
			if err != nil {
				if next != before {
					t.Fatalf("after %v: %s is refused but changes %+v to %+v", taken, s, before, next)
				}
				continue
			}
			if next.Rank < before.Rank || before.Failed && !next.Failed || before.Reason != "" && next.Reason == "" {
				t.Fatalf("after %v: %s forgets: %+v to %+v", taken, s, before, next)
			}
			l, taken = next, append(taken, s)
		}
		if !l.open() {
			ended := slices.ContainsFunc(taken, func(s Step) bool { return slices.Contains([]Step{Remedy, Extend, Stop, Supersede}, s) })
			if !ended || l.Failed && l.Reason == "" {
				t.Fatalf("closed after %v: %+v", taken, l)
			}
			continue
		}
		for _, end := range []time.Time{now.Add(-time.Hour), now.Add(time.Minute), now.Add(1000 * time.Hour)} {
			for _, urgent := range []bool{true, false} {
				if w := l.wake(p, now, end, urgent); !w.After(now) || w.After(now.Add(48*time.Hour)) && w.After(end) {
					t.Fatalf("after %v: %+v wakes at %v (end %v)", taken, l, w, end)
				}
			}
		}
		for _, s := range []Step{Stop, Explain} { // the way out that is always there
			if next, err := l.step(s, "lý do"); err == nil {
				l = next
			}
		}
		if l.open() {
			t.Fatalf("after %v: %+v cannot be closed", taken, l)
		}
	}
}

func testPolicy(t *testing.T) Policy {
	t.Helper()
	p, err := LoadPolicy(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
