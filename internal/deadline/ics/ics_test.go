package ics

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ical "github.com/arran4/golang-ical"

	"congminh/internal/kit/civil"
)

var stamp = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func write(t *testing.T, es ...Event) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, "Thời hạn tố tụng", es); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The rules of RFC 5545 that calendars stumble over: lines of at most 75 octets, cut
// between characters, ended by CR LF; commas, semicolons and backslashes escaped.
func TestLinesAndEscapes(t *testing.T) {
	long := "12/2026/HS: VKS phê chuẩn, hủy hoặc yêu cầu bổ sung; quyết định khởi tố bị can \\ (INI-05) của Cơ quan Cảnh sát điều tra"
	text := write(t, Event{ID: "a", Summary: long, Day: "2026-03-16", Stamp: stamp})
	for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	if !strings.Contains(whole, `phê chuẩn\, hủy hoặc yêu cầu bổ sung\; quyết định khởi tố bị can \\ (INI-05)`) {
		t.Errorf("not escaped: %s", whole)
	}
	c, err := ical.ParseCalendar(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Events()[0].GetProperty(ical.ComponentPropertySummary).Value; got != long {
		t.Errorf("read back: got %q", got)
	}
}

func TestDaysHoursAndAlarms(t *testing.T) {
	text := write(t,
		Event{ID: "day", Summary: "a", Day: "2026-12-31", Stamp: stamp, Alarms: []time.Duration{20 * 24 * time.Hour, 24 * time.Hour}},
		Event{ID: "hour", Summary: "b", At: time.Date(2026, 3, 16, 7, 0, 0, 0, civil.Zone), Stamp: stamp, Alarms: []time.Duration{90 * time.Minute}})
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\n", "VERSION:2.0", "PRODID:", "METHOD:PUBLISH",
		"UID:day@congminh", "DTSTAMP:20260301T000000Z", "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101",
		"UID:hour@congminh", "DTEND:20260316T000000Z", "TRANSP:TRANSPARENT",
		"BEGIN:VALARM", "ACTION:DISPLAY", "-P20D", "-P1D", "-PT90M", "RELATED=END", "DESCRIPTION:a",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if a, b := write(t, Event{ID: "x", Day: "2026-03-16", Stamp: stamp}), write(t, Event{ID: "x", Day: "2026-03-17", Stamp: stamp}); !strings.Contains(a, "UID:x@") || !strings.Contains(b, "UID:x@") {
		t.Error("an event that moves keeps its UID")
	}
	var b strings.Builder
	if err := Write(&b, "x", []Event{{ID: "bad", Day: "16/03/2026"}}); err == nil {
		t.Error("a day that is none: written")
	}
}
