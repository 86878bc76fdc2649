package clock

import (
	"strings"
	"testing"
)

// An event nobody knows is told and passed over; one with a wrong value makes the case
// unusable.
func TestUnknownEvent(t *testing.T) {
	cases, err := engine(t).ReadCases(strings.NewReader(`
cases:
- id: odd
  events:
  - {event: weather, value: rain}
  - {event: accused_file_received, value: 2026-08-19}
- id: wrong
  events:
  - {event: accused_file_received, value: 2026-02-30}
`))
	if err != nil {
		t.Fatal(err)
	}
	if odd := cases[0]; odd.Err != nil || odd.Odd == nil || !strings.Contains(odd.Odd.Error(), "weather") || len(odd.Facts.Events) != 1 {
		t.Errorf("%+v", odd)
	}
	if wrong := cases[1]; wrong.Err == nil || wrong.Odd != nil {
		t.Errorf("%+v", wrong)
	}
}

// After the day on which the law ended, the announcement of the place of detention is
// not computed, under whatever name the end is told.
func TestNoAnnouncementAfterTheLaw(t *testing.T) {
	cases, err := engine(t).ReadCases(strings.NewReader(`
cases:
- events: [{event: custody_or_detention_expiry, value: 2026-07-01}]
- events: [{event: custody_expiry, value: 2026-07-01T09:00}]
- events: [{event: detention_expiry, value: 2026-07-01}]
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for _, r := range engine(t).Evaluate(&c.Facts) {
			if r.Rule == "HLD-09" {
				t.Errorf("%s: %+v", c.ID, r)
			}
		}
	}
}
