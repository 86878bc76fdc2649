package access

import (
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// Reading by counsel: an answer in three days, two sittings a day of three hours, a
// supervisor, minutes.
func TestReading(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		clerk, chief := h.as("vanthu"), h.as("vientruong")
		in := NewReading{Case: "12/2026", Reader: "Luật sư Cù Thị Nga", Capacity: Counsel, Paper: "Thẻ luật sư số 1", Kinds: "Kết luận giám định", Received: "2026-11-27"}
		_, err := h.Register(h.stranger(), in)
		want(t, err, ErrNoCase)
		_, err = h.Register(clerk, NewReading{Case: "12/2026", Received: "2026-11-29"})
		want(t, err, ErrReading)
		r, err := h.Register(clerk, in)
		if err != nil || r.Due != "2026-11-30" || r.Number != "DTL-1/2026" {
			t.Fatal(r, err)
		}
		if r.Late("2026-11-30") || !r.Late("2026-12-01") {
			t.Error("late on the wrong day")
		}
		_, err = h.Begin(clerk, r.ID, NewSession{Place: "Phòng đọc"})
		want(t, err, ErrState)
		_, err = h.Answer(clerk, r.ID, Decision{Approve: true, Whole: true})
		want(t, err, auth.ErrMay)
		_, err = h.Answer(chief, r.ID, Decision{})
		want(t, err, ErrDecide)
		v, err := h.Answer(chief, r.ID, Decision{Approve: true, Documents: []string{"c12-d2"}})
		if err != nil || v.State != Allowed || len(v.Documents) != 1 {
			t.Fatal(v, err)
		}
		x, err := h.Begin(clerk, r.ID, NewSession{Place: "Phòng đọc"})
		if err != nil || x.N != 1 || x.Until.Sub(x.Begun) != 3*time.Hour {
			t.Fatal(x, err)
		}
		_, err = h.Begin(clerk, r.ID, NewSession{Place: "Phòng đọc"})
		want(t, err, ErrRunning)
		h.clock = h.clock.Add(4 * time.Hour)
		sv, err := h.Finish(clerk, x.ID, "Đã đọc biên bản hỏi cung.", false)
		if err != nil || !sv.Ended.Equal(x.Until) {
			t.Fatal("a sitting that ran out ended then", sv.Ended, err)
		}
		_, err = h.Finish(clerk, x.ID, "Lần nữa", false)
		want(t, err, ErrOver)
		if x, err = h.Begin(clerk, r.ID, NewSession{Place: "Phòng đọc"}); err != nil || x.N != 2 {
			t.Fatal(x, err)
		}
		if _, err = h.Finish(clerk, x.ID, "Đã đọc xong.", false); err != nil {
			t.Fatal(err)
		}
		_, err = h.Begin(clerk, r.ID, NewSession{Place: "Phòng đọc"})
		want(t, err, ErrToday)
		// Another written request of the same reader makes no third sitting.
		again, err := h.Register(clerk, in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = h.Answer(chief, again.ID, Decision{Approve: true, Whole: true}); err != nil {
			t.Fatal(err)
		}
		_, err = h.Begin(clerk, again.ID, NewSession{Place: "Phòng đọc"})
		want(t, err, ErrToday)
		h.clock = h.clock.Add(24 * time.Hour)
		if x, err = h.Begin(clerk, r.ID, NewSession{Place: "Phòng đọc"}); err != nil || x.N != 1 {
			t.Fatal(x, err)
		}
		if sv, err = h.Finish(clerk, x.ID, "Xong.", true); err != nil || sv.Of.State != Finished {
			t.Fatal(sv.Of.State, err)
		}
		if out, err := h.Readings(chief, ReadingFilter{State: Finished}); err != nil || len(out.Items) != 1 {
			t.Fatal(out, err)
		}
		long := x
		long.ID, long.N, long.Until = "x", 2, x.Begun.Add(3*time.Hour+time.Second)
		if h.store.insertSession(h.t.Context(), long) == nil {
			t.Error("the table took a sitting of more than three hours")
		}
	})
}
