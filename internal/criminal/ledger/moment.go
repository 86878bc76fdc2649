package ledger

import "time"

const minute = "2006-01-02T15:04"

// Valid reports whether it is a day or a minute of the calendar.
func (m Moment) Valid() bool {
	layout := time.DateOnly
	if m.HasHour() {
		layout = minute
	}
	_, err := time.Parse(layout, string(m))
	return err == nil
}

// VN writes it as people here do: 10/03/2026, or 22:30 ngày 10/03/2026. What is no
// moment is written as it is.
func (m Moment) VN() string {
	if t, err := time.Parse(minute, string(m)); err == nil {
		return t.Format("15:04") + " ngày " + t.Format("02/01/2006")
	}
	if t, err := time.Parse(time.DateOnly, string(m)); err == nil {
		return t.Format("02/01/2006")
	}
	return string(m)
}
