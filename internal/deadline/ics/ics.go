// Package ics writes calendars that programs subscribe to (lịch, RFC 5545).
package ics

import (
	"fmt"
	"io"
	"time"

	ical "github.com/arran4/golang-ical"
)

// Event is one thing in a calendar: on a day, or at a minute.
type Event struct {
	ID      string // the same for ever: a program knows the event by it
	Summary string
	Link    string
	Day     string    // 2026-03-10; "" if it has an hour
	At      time.Time // the minute
	Stamp   time.Time // when it was made
	Alarms  []time.Duration
}

// length is how long an event with an hour is shown: long enough to be seen.
const length = 15 * time.Minute

// Write writes a calendar of events.
func Write(w io.Writer, name string, events []Event) error {
	c := ical.NewCalendarFor("Cong Minh")
	c.SetMethod(ical.MethodPublish)
	c.SetXWRCalName(name)
	c.SetXPublishedTTL("PT15M")
	for _, e := range events {
		v := c.AddEvent(e.ID + "@congminh")
		v.SetDtStampTime(e.Stamp)
		v.SetSummary(e.Summary)
		if e.Link != "" {
			v.SetURL(e.Link)
		}
		v.SetTimeTransparency(ical.TransparencyTransparent) // a time limit keeps nobody busy
		if e.Day != "" {
			day, err := time.Parse(time.DateOnly, e.Day)
			if err != nil {
				return fmt.Errorf("calendar: day %q: %w", e.Day, err)
			}
			v.SetAllDayStartAt(day)
			v.SetAllDayEndAt(day.AddDate(0, 0, 1))
		} else {
			v.SetStartAt(e.At.Add(-length))
			v.SetEndAt(e.At)
		}
		for _, lead := range e.Alarms {
			a := v.AddAlarm()
			a.SetAction(ical.ActionDisplay)
			a.SetProperty(ical.ComponentPropertyDescription, e.Summary)
			// A day ends at its end, so the lead counts from there.
			a.SetTrigger("-"+iso(lead), ical.WithValue("DURATION"), &ical.KeyValues{Key: "RELATED", Value: []string{"END"}})
		}
	}
	// The library ends lines as the machine does; the standard says how they end.
	return c.SerializeTo(w, ical.WithNewLineWindows)
}

// iso writes a duration: P20D, PT4H.
func iso(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("P%dD", d/(24*time.Hour))
	}
	return fmt.Sprintf("PT%dM", d/time.Minute)
}
