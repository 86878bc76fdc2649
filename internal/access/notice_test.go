package access

import (
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/org"
)

// said returns what was told since it was asked last, and to which logins.
func (h *house) said() (out []NoticeV1) {
	out, h.told = h.told, nil
	return out
}

func (h *house) goesTo(n NoticeV1, logins ...string) {
	h.t.Helper()
	var want []org.StaffID
	for _, l := range logins {
		want = append(want, org.StaffID(auth.From(h.as(l)).ID))
	}
	got := slices.Clone(n.To)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.t.Errorf("%q goes to %v, want %v", n.Text, got, logins)
	}
}

// Who must act hears at once, again when it is soon due, and once when it is late; not
// who asks, nor who is kept out of the case.
func TestNotices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		me, chief := h.stranger(), h.as("vientruong")
		rs, err := h.Ask(me, h.ask("12/2026"))
		if err != nil {
			t.Fatal(err)
		}
		one := func(text string, urgent bool) NoticeV1 {
			t.Helper()
			ns := h.said()
			if len(ns) != 1 || !strings.Contains(ns[0].Text, text) || ns[0].Urgent != urgent {
				t.Fatalf("%+v, want %q", ns, text)
			}
			return ns[0]
		}
		n := one("chờ bạn quyết định, trước 09:00 30/11/2026", false)
		h.goesTo(n, "vientruong", "phovt")
		if n.Href != "/access/"+string(rs[0].ID) || n.Case != "c12" {
			t.Error(n)
		}
		remind := func() {
			t.Helper()
			if err := h.Remind(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		remind()
		if ns := h.said(); len(ns) > 0 {
			t.Error("reminded too soon:", ns)
		}
		if _, err := h.Recuse(chief, NewRecusal{Case: "12/2026", Staff: org.StaffID(auth.From(h.as("phovt")).ID), Kind: Declined, Reason: "Thân thích", Basis: "Điều 49"}); err != nil {
			t.Fatal(err)
		}
		h.clock = h.clock.Add(37 * time.Hour)
		remind()
		remind()
		h.goesTo(one("trước 09:00 30/11/2026", false), "vientruong")
		h.clock = h.clock.Add(12 * time.Hour)
		remind()
		remind()
		h.goesTo(one("đã quá hạn", true), "vientruong")
		if _, err := h.Judge(chief, rs[0].ID, Decision{Reason: "Chưa đủ căn cứ"}); err != nil {
			t.Fatal(err)
		}
		if n := one("bị từ chối: Chưa đủ căn cứ", false); !slices.Equal(n.To, []org.StaffID{"kv1-ksv"}) || n.Case != "" {
			t.Error(n)
		}

		// The office above hears of what waits for a second decision.
		if rs, err = h.Ask(me, h.ask("13/2026")); err != nil {
			t.Fatal(err)
		}
		h.said()
		if _, err := h.Judge(chief, rs[0].ID, Decision{Approve: true, Whole: true}); err != nil {
			t.Fatal(err)
		}
		h.goesTo(one("chờ bạn duyệt lần hai", false), "phovt", "vientruongtinh")

		// An emergency, at once.
		if _, err := h.Open(me, Emergency{Case: "12/2026", Reason: "Bắt quả tang, cần đối chiếu ngay trong đêm nay"}); err != nil {
			t.Fatal(err)
		}
		h.goesTo(one("vừa mở khẩn cấp hồ sơ Vụ 12/2026. Lý do: Bắt quả tang", true), "vientruong")
	})
}

// What a detained person hands in must come on within a day; the answer is counted from
// the day it came. Both are told when they are due.
func TestDetained(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		clerk, chief := h.as("vanthu"), h.as("vientruong")
		in := NewReading{Case: "12/2026", Reader: "Giàng A Lềnh", Capacity: Accused, Paper: "Giấy xác nhận của nơi giam giữ", Kinds: "Kết luận điều tra", Facility: "Trại tạm giam Công an tỉnh Lào Cai", Handed: "2026-11-27"}
		bad := in
		bad.Capacity = Counsel
		_, err := h.Register(clerk, bad)
		want(t, err, ErrReading)
		bad = in
		bad.Handed = "2026-11-29"
		_, err = h.Register(clerk, bad)
		want(t, err, ErrReading)
		r, err := h.Register(clerk, in)
		if err != nil || r.State != Forwarding || r.ForwardDue != "2026-11-28" || r.Due != "" {
			t.Fatal(r, err)
		}
		if r.Late("2026-11-28") || !r.Late("2026-11-29") {
			t.Error("late on the wrong day")
		}
		ns := h.said()
		if len(ns) != 1 || !strings.Contains(ns[0].Text, "phải chuyển văn bản, trước hết ngày 28/11/2026") {
			t.Fatal(ns)
		}
		h.goesTo(ns[0], "vientruong", "phovt", "vanthu")
		if out, err := h.Readings(clerk, ReadingFilter{State: Received}); err != nil || len(out.Items) != 0 {
			t.Error(out, err)
		}
		if out, err := h.Readings(clerk, ReadingFilter{State: Forwarding}); err != nil || len(out.Items) != 1 {
			t.Error(out, err)
		}
		_, err = h.Answer(chief, r.ID, Decision{Approve: true, Whole: true})
		want(t, err, ErrState)
		h.clock = h.clock.Add(24 * time.Hour)
		for range 2 {
			if err := h.Remind(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if ns := h.said(); len(ns) != 1 || !strings.Contains(ns[0].Text, "đã quá hạn hết ngày 28/11/2026") || !ns[0].Urgent {
			t.Fatal(ns)
		}
		_, err = h.Arrive(clerk, r.ID, "2026-11-26")
		want(t, err, ErrReading)
		v, err := h.Arrive(clerk, r.ID, civil.On(h.clock))
		if err != nil || v.State != Received || v.Due != "2026-12-02" || !v.Slow() {
			t.Fatal(v.Reading, err)
		}
		_, err = h.Arrive(clerk, r.ID, civil.On(h.clock))
		want(t, err, ErrState)
		h.said()
		h.clock = h.clock.Add(3*24*time.Hour + 6*time.Hour) // the afternoon of the last day
		if err := h.Remind(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ns := h.said(); len(ns) != 1 || !strings.Contains(ns[0].Text, "chờ bạn trả lời, trước hết ngày 02/12/2026") {
			t.Fatal(ns)
		}
		if _, err = h.Answer(chief, r.ID, Decision{Approve: true, Whole: true}); err != nil {
			t.Fatal(err)
		}
	})
}
