package deadline

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"congminh/internal/deadline/ics"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/web"
)

// machine registers what programs outside ask for: a monitor, and calendars.
func (s *Service) machine(m *web.Mux) {
	m.Page("GET /heartbeat/deadline", auth.Anyone, s.heartbeat)
	m.Page("GET /calendar/{file}", auth.Anyone, s.calendarFile)
}

// heartbeat answers 200 while the watch is awake and 503 when it is not, so that a
// monitor need understand nothing else.
func (s *Service) heartbeat(w http.ResponseWriter, r *http.Request) error {
	h, err := s.Heartbeat(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !h.OK {
		status = http.StatusServiceUnavailable
	}
	var alarms []string
	for _, a := range h.Alarms {
		if a.Until == nil {
			alarms = append(alarms, a.Kind)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(map[string]any{"ok": h.OK, "last_tick": h.LastTick.UTC().Format(time.RFC3339), "silent_seconds": h.Silent, "alarms": alarms})
}

// calendarFile is the calendar of whoever knows the secret address.
func (s *Service) calendarFile(w http.ResponseWriter, r *http.Request) error {
	secret, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		return ErrNone
	}
	ks, err := s.feed(r.Context(), secret)
	if err != nil {
		return err
	}
	var events []ics.Event
	for _, k := range ks {
		e := ics.Event{ID: string(k.ID), Summary: k.Number + ": " + k.Title + " (" + k.Rule + ")", Link: s.Base + "/cases/" + string(k.Case), Stamp: k.made}
		if len(k.Nominal) == 10 {
			e.Day = k.Nominal
		} else {
			e.At = minute(k.Nominal)
		}
		e.Alarms = s.alarmsOf(r.Context(), &k)
		events = append(events, e)
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=300")
	return ics.Write(w, "Thời hạn tố tụng", events)
}
