package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/org"
	"congminh/internal/quality"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

// entered is a case that somebody entered with the acts given.
func (h *house) entered(t *testing.T, login, number string, acts ...ledger.Act) (criminal.ID, []ledger.Act) {
	t.Helper()
	ctx := h.as(t, login)
	c, err := h.Criminal.Create(ctx, criminal.New{Number: number, Name: "Vừ A Tống – Trộm cắp tài sản", Stage: criminal.Report,
		Persons: []criminal.Person{{Name: "Vừ A Tống", Role: criminal.Accused, Born: "1991", More: map[string]string{"sex": "male"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var out []ledger.Act
	for _, a := range acts {
		a, found, err := h.Criminal.Record(ctx, c.ID, a)
		if err != nil {
			t.Fatal(a.Kind, err, found)
		}
		out = append(out, a)
	}
	return c.ID, out
}

// Two offices close a month, one with a mistake that is found, opened and put right; the
// province adds them up; cases are drawn at random, twice the same; one is reviewed until
// what was wrong is put right; and an indicator opens the cases behind it.
func TestStatsAndQuality(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 2, 9, 30, 0, 0, time.Local) }
	h := openAt(t, now)
	theft := []ledger.Charge{{Article: "173", Clause: "1"}}
	h.entered(t, "ksv", "301/2026/HS", ledger.Act{Kind: "report.receive", At: "2026-10-02"}, ledger.Act{Kind: "case.open", At: "2026-10-05", Charges: theft})
	wrong, acts := h.entered(t, "ksv", "302/2026/HS", ledger.Act{Kind: "report.receive", At: "2026-10-02"}, ledger.Act{Kind: "case.open", At: "2026-10-06", Charges: theft},
		ledger.Act{Kind: "file.to_vks", At: "2026-10-20"}, ledger.Act{Kind: "file.to_vks", At: "2026-10-21"})
	h.entered(t, "ksv_kv2", "201/2026/HS", ledger.Act{Kind: "report.receive", At: "2026-10-03"}, ledger.Act{Kind: "case.open", At: "2026-10-07", Charges: theft})
	if err := h.Stats.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}

	b := browser.New(t)
	form := func(id, office string) string {
		return h.url + "/stats/forms/" + id + "?period=2026-10&office=" + office
	}
	submit := func(action, reason string) {
		t.Helper()
		browser.Eval[bool](t, b, fmt.Sprintf(`(() => { const f = document.querySelector('form[method=post][action*=%q]'); if (f.elements.reason) f.elements.reason.value = %q; setTimeout(() => f.requestSubmit()); return true })()`, action, reason))
	}

	// The mistake is seen on the form and opens its case.
	h.signIn(t, b, "thongke")
	b.Open(t, h.url+"/stats")
	b.Look(t, "stats-figures")
	b.Open(t, form("tk-dieu-tra", "lao-cai-kv3"))
	until(t, b, 20*time.Second, "a check fails", has("phép kiểm tra chưa đúng"))
	b.Look(t, "stats-form-wrong")
	b.Open(t, h.url+"/stats/forms/tk-dieu-tra/faults?"+url.Values{"period": {"2026-10"}, "office": {"lao-cai-kv3"}, "check": {"chuyen"}, "column": {"a"}}.Encode())
	until(t, b, 20*time.Second, "the case at fault", has("302/2026/HS"))
	b.Look(t, "stats-faults")
	if strings.Contains(b.Text(t, "main"), "301/2026/HS") {
		t.Error("a case that is right is named")
	}
	if _, _, err := h.Criminal.Void(h.as(t, "ksv"), wrong, acts[3].ID, "nhập trùng"); err != nil {
		t.Fatal(err)
	}

	// Put right, the month is closed; the leader signs.
	b.Open(t, form("tk-dieu-tra", "lao-cai-kv3"))
	until(t, b, 20*time.Second, "the check of the sent files holds", `!document.querySelector("main").innerText.includes("302/2026/HS")`)
	submit("/close", "Số liệu trình diễn của các tháng trước chưa chốt")
	until(t, b, 20*time.Second, "the month is closed", `location.pathname.startsWith("/stats/closings/")`)
	b.Look(t, "stats-closing")
	closing := browser.Eval[string](t, b, "location.pathname")
	h.signOutIn(t, b, "vientruong")
	b.Open(t, h.url+closing)
	submit(closing+"/sign", "")
	until(t, b, 20*time.Second, "the leader signed", has("Trần Quang Vịnh"))
	b.Look(t, "stats-signed")

	// The other office closes too, and the province adds them up.
	h.signOutIn(t, b, "thongke2")
	b.Open(t, form("tk-dieu-tra", "lao-cai-kv2"))
	submit("/close", "Đơn vị đối chiếu xong")
	until(t, b, 20*time.Second, "the second office closed", `location.pathname.startsWith("/stats/closings/")`)
	h.signOutIn(t, b, "thongketinh")
	b.Open(t, h.url+"/stats/below?period=2026-10&form=tk-dieu-tra")
	b.Look(t, "stats-below")
	b.Open(t, form("tk-dieu-tra", "lao-cai"))
	submit("/close", "Các khu vực khác chưa có vụ án")
	until(t, b, 20*time.Second, "the province closed", `location.pathname.startsWith("/stats/closings/")`)
	b.Look(t, "stats-province")
	october := period.Of(period.Month, "2026-10-15")
	value := func(login, office string) float64 {
		t.Helper()
		cs, err := h.Stats.Count(h.as(t, login), stats.Ask{Office: "", Period: october, Figures: []string{"investigation.new"}})
		if err != nil || len(cs) == 0 {
			t.Fatal(office, cs, err)
		}
		return float64(cs[0].N)
	}
	if three, two, all := value("thongke", "lao-cai-kv3"), value("thongke2", "lao-cai-kv2"), value("thongketinh", "lao-cai"); two != 1 || all < three+two {
		t.Errorf("new cases: %v and %v, the province %v", three, two, all)
	}

	// A random sample, drawn twice from one seed.
	lead := h.as(t, "vientruongtinh")
	for i := range 6 {
		h.entered(t, []string{"ksv", "ksv2"}[i%2], fmt.Sprintf("31%d/2026/HS", i), ledger.Act{Kind: "report.receive", At: "2026-10-01"}, ledger.Act{Kind: "report.decline", At: ledger.Moment(fmt.Sprintf("2026-10-1%d", i)), Number: fmt.Sprintf("%d/QĐ", i+1)})
	}
	if err := h.Stats.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	round, err := h.Quality.OpenRound(lead, quality.NewRound{Title: "Đánh giá tháng 10", Period: period.Period{Kind: period.Days, From: "2026-10-01", To: "2026-10-31"}})
	if err == nil {
		err = h.Quality.Freeze(lead, round.ID)
	}
	if err == nil {
		err = h.Quality.Draw(lead, round.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	one, _, same, err := h.Quality.Repeat(lead, round.ID)
	two, _, again, err2 := h.Quality.Repeat(lead, round.ID)
	if err != nil || err2 != nil || !same || !again || len(one) == 0 || !slices.Equal(one, two) {
		t.Fatalf("drawn twice: %v and %v, %v, %v", one, two, err, err2)
	}
	h.signOutIn(t, b, "vientruongtinh")
	b.Open(t, h.url+"/quality/rounds/"+string(round.ID))
	b.Look(t, "quality-round")
	b.Open(t, h.url+"/quality/rounds/"+string(round.ID)+"/again")
	b.Look(t, "quality-again")

	// A review from the sheet to the remedy.
	reviews, err := h.Quality.RoundReviews(lead, round.ID)
	if err != nil || len(reviews) == 0 {
		t.Fatal(reviews, err)
	}
	login := map[string]string{}
	for _, l := range []string{"ksv", "ksv2"} {
		p, err := h.Org.PersonByLogin(h.as(t, l), l)
		if err != nil {
			t.Fatal(err)
		}
		login[string(p.ID)] = l
	}
	r := reviews[0]
	handler := login[r.Handler]
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
	}
	reviewer, err := h.Org.PersonByLogin(lead, "ksv_kv2")
	must("reviewer", err)
	must("assign", h.Quality.AssignReview(lead, r.ID, org.StaffID(reviewer.ID)))
	h.signOutIn(t, b, "ksv_kv2")
	b.Open(t, h.url+"/quality/reviews/"+string(r.ID))
	b.Look(t, "quality-sheet")
	v, err := h.Quality.ReviewOf(h.as(t, "ksv_kv2"), r.ID)
	must("sheet", err)
	sheet := quality.SheetInput{Rev: v.Rev, Found: map[string]quality.Found{}, Overall: "Đúng trình tự, thiếu một giấy"}
	for i, x := range v.Body.Items {
		sheet.Found[x.ID] = quality.Found{Mark: quality.Fine}
		if i == 0 {
			sheet.Found[x.ID] = quality.Found{Mark: quality.Minor, Note: "Thiếu quyết định phân công", Folios: "3"}
		}
	}
	must("submit", h.Quality.Submit(h.as(t, "ksv_kv2"), r.ID, sheet))
	must("answer", h.Quality.AnswerReview(h.as(t, handler), r.ID, quality.AnswerInput{Text: "Đồng ý, sẽ bổ sung"}))
	v, err = h.Quality.ReviewOf(lead, r.ID)
	must("result", err)
	must("decide", h.Quality.Decide(lead, r.ID, quality.Conclusion{Grade: v.Body.Result.Grade, Remedies: []string{"Bổ sung quyết định phân công"}, Lesson: "Phân công kịp thời"}))
	must("prove", h.Quality.Prove(h.as(t, handler), r.ID, 0, "3", ""))
	h.signOutIn(t, b, "vientruongtinh")
	b.Open(t, h.url+"/quality/reviews/"+string(r.ID))
	b.Look(t, "quality-remedy")
	must("accept", h.Quality.Accept(lead, r.ID))
	if v, err = h.Quality.ReviewOf(lead, r.ID); err != nil || v.State != quality.Ended {
		t.Errorf("the review is %s, %v", v.State, err)
	}

	// An indicator with what is behind it.
	b.Open(t, h.url+"/quality?period=2026-10")
	b.Look(t, "quality-board")
	to := browser.Eval[string](t, b, `document.querySelector('main a[href^="/quality/indicators/"]').getAttribute("href")`)
	b.Open(t, h.url+to)
	b.Look(t, "quality-indicator")
	behind := browser.Eval[string](t, b, `document.querySelector('main a[href*="/stats/lines"]')?.getAttribute("href") ?? ""`)
	if behind == "" {
		t.Fatal("the indicator opens no cases")
	}
	b.Open(t, h.url+behind)
	b.Look(t, "quality-behind")
}
