package e2e

import (
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/id"
	"congminh/internal/org"
	"congminh/internal/quality"
	"congminh/internal/stats/period"
)

// furnishReview ends a case of ksv, has the province draw a round of the last months in
// which it is, and gives its review to a prosecutor of another office.
func (h *house) furnishReview(t *testing.T, ids map[string]string) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ksv := auth.From(h.as(t, "ksv"))
	home, err := h.Org.Office(h.as(t, "ksv"), ksv.Office)
	ok(err)
	today := civil.On(time.Now())
	act := func(kind string, ago int) ledger.Act {
		return ledger.Act{ID: ledger.ActID(id.New[ledger.Act]()), Kind: kind, At: ledger.Moment(today.Add(-ago)), By: "police", Entered: time.Now(), Author: ksv.ID}
	}
	c := criminal.Case{ID: id.New[criminal.Case](), Number: "88/2026/HS", Name: "Vụ cố ý làm hư hỏng tài sản tại chợ Cốc Lếu", Office: home.ID, Stage: criminal.Report, Status: criminal.Open, Created: time.Now()}
	ok(h.Criminal.Bulk(h.as(t, "ksv"), []criminal.Whole{{Case: c, Path: home.Path, Ledger: []ledger.Act{act("report.receive", 40), act("report.decline", 20)},
		Staff: []criminal.Assignment{{Staff: org.StaffID(ksv.ID), Task: criminal.Conducts, From: today.Add(-40)}}}}))

	lead := h.as(t, "vientruongtinh")
	round, err := h.Quality.OpenRound(lead, quality.NewRound{Title: "Đánh giá chất lượng ba tháng qua", Period: period.Period{Kind: period.Days, From: today.Add(-90), To: today.Add(-1)}})
	ok(err)
	ok(h.Quality.Freeze(lead, round.ID))
	ok(h.Quality.Draw(lead, round.ID))
	reviews, err := h.Quality.RoundReviews(lead, round.ID)
	ok(err)
	for _, r := range reviews {
		if r.Case == c.ID {
			ids["review"] = string(r.ID)
			ok(h.Quality.AssignReview(lead, r.ID, org.StaffID(auth.From(h.as(t, "ksv_kv2")).ID)))
		}
	}
	if ids["review"] == "" {
		t.Fatalf("the case that ended is not drawn: %d reviews", len(reviews))
	}
	ids["round"], ids["self"] = string(round.ID), string(c.ID)
}
