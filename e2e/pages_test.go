package e2e

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/access"
	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/made"
	"congminh/internal/dossier"
	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/seal/tree"
	"congminh/internal/stats"
)

// visit is a page somebody looks at. Where wrong is set, its form is also sent as it
// stands, empty, to see the page that says what is wrong.
type visit struct {
	name, path string
	wrong      bool
}

// Every page outside the case file is looked at by the people who work with it, the
// way people with different eyes and hands do, and in English.
func TestPages(t *testing.T) {
	h := open(t)
	ids := h.furnish(t)
	rounds := []struct {
		login  string // "": nobody has signed in
		visits []visit
	}{
		{"", []visit{
			{"sign-in", "/sign-in", true},
			{"no-page", "/nowhere", false},
			{"problem", "/problems/dossier.closed", false},
			{"preferences", "/preferences", false},
		}},
		{"quantri", []visit{
			{"account", "/account", false},
			{"password", "/account/password", true},
			{"confirm", "/confirm?back=/account", true},
			{"heads", "/journal-heads", false},
			{"head-print", "/journal-heads/{head}/print", false},
			{"witnesses", "/witnesses", true},
			{"offices", "/admin/offices", false},
			{"offices-found", "/admin/offices?q=lao+cai", false},
			{"offices-none", "/admin/offices?q=zzz", false},
			{"office", "/admin/offices/lao-cai", false},
			{"office-new", "/admin/offices/new?parent=lao-cai", true},
			{"office-edit", "/admin/offices/lao-cai-kv3/edit", false},
			{"staff", "/admin/staff", false},
			{"person", "/admin/staff/{staff}", false},
			{"person-new", "/admin/staff/new?office=lao-cai", true},
			{"person-edit", "/admin/staff/{staff}/edit", false},
			{"jobs", "/admin/jobs", false},
			{"jobs-failed", "/admin/jobs?state=failed", false},
			{"system", "/admin/system", false},
			{"watch", "/system/watch", false},
			{"backup", "/system/backup", false},
			{"law", "/system/law", false},
			{"law-none", "/system/law?q=zzz", false},
			{"law-rule", "/system/law/rules/INV-01", false},
			{"law-rule-off", "/system/law/rules/JUV-03", false},
			{"law-calendar", "/system/law/calendar?year=2027", false},
			{"law-offences", "/system/law/offences?q=trom+cap", false},
			{"law-offence", "/system/law/offences/173", false},
			{"law-acts", "/system/law/acts", false},
			{"law-act", "/system/law/acts/custody.extend", false},
			{"law-lists", "/system/law/lists", false},
			{"law-basis", "/system/law/basis", false},
			{"guide", "/admin/style-guide", false},
			{"no-page-signed-in", "/nowhere", false},
		}},
		{"vanthu", []visit{
			{"cases", "/cases", false},
			{"cases-none", "/cases?q=zzz", false},
			{"case-new", "/cases/new", true},
			{"case", "/cases/{case}", false},
			{"case-edit", "/cases/{case}/edit", false},
			{"assignments-clerk", "/cases/{case}/assignments", false},
			{"offices-clerk", "/admin/offices/tc", false},
			{"may-not", "/admin/staff/new", false},
			{"registers", "/registers", false},
			{"register", "/registers/{register}", false},
			{"register-none", "/registers/{register}?q=zzz", false},
			{"register-print", "/registers/{register}/print", false},
			{"numbers", "/numbers", false},
			{"number-book", "/numbers/book?book=Q%C4%90-VKS&year={year}", false},
			{"import", "/cases/import", false},
			{"import-list", "/imports/{import}", false},
		}},
		{"ksv", []visit{
			{"work", "/work", false},
			{"work-none", "/work?q=zzz", false},
			{"board", "/deadlines", false},
			{"board-office", "/deadlines?scope=office", false},
			{"board-calendar", "/deadlines/calendar", false},
			{"board-suspended", "/deadlines/suspended?scope=office", false},
			{"board-policy", "/deadlines/policy", false},
			{"inbox", "/deadlines/inbox", false},
			{"settings", "/deadlines/settings", false},
			{"clock", "/deadlines/{clock}", false},
			{"no-clock", "/deadlines/none", false},
			{"case-full", "/cases/{case}", false},
			{"case-then", "/cases/{case}?on=2026-01-01", false},
			{"case-print", "/cases/{case}/print", false},
			{"act-kinds", "/cases/{case}/acts/new", false},
			{"act-form", "/cases/{case}/acts/new?kind=custody.extend", false},
			{"act-judgment", "/cases/{case}/acts/new?kind=court.judgment", false},
			{"act", "/cases/{case}/acts/{act}", false},
			{"act-correct", "/cases/{case}/acts/{act}/correct", false},
			{"act-void", "/cases/{case}/acts/{act}/void", false},
			{"act-minutes", "/cases/{case}/acts/{handover}/minutes", false},
			{"person-add", "/cases/{case}/persons/new", false},
			{"case-person", "/cases/{case}/persons/{person}", false},
			{"case-person-edit", "/cases/{case}/persons/{person}/edit", false},
			{"split", "/cases/{case}/split", false},
			{"merge", "/cases/{case}/merge", false},
			{"tasks", "/cases/tasks", false},
			{"tasks-none", "/cases/tasks?state=cancelled", false},
			{"access", "/access", false},
			{"access-new", "/access/new?case=03/2026/HS", true},
			{"access-emergency", "/access/emergency?case=03/2026/HS", true},
			{"readings", "/access/readings", false},
			{"reading-new", "/access/readings/new?case=03/2026/HS", true},
			{"reading", "/access/readings/{reading}", false},
			{"reading-session", "/access/sessions/{session}", true},
			{"reading-minutes", "/access/sessions/{ended}/minutes", false},
			{"task-new", "/cases/{case}/tasks/new", true},
			{"task-cancel", "/cases/{case}/tasks/{task}/cancel", true},
		}},
		{"luutru", []visit{
			{"archive-desk", "/archive", false},
			{"archive-volumes", "/archive/volumes", false},
			{"archive-volumes-none", "/archive/volumes?q=zzz", false},
			{"archive-volume", "/archive/volumes/{volume}", false},
			{"archive-volume-lent", "/archive/volumes/{lent}", false},
			{"archive-slips", "/archive/slips", false},
			{"archive-slips-none", "/archive/slips?q=zzz", false},
			{"archive-slip", "/archive/slips/{slip}", true},
			{"archive-slip-print", "/archive/slips/{slip}/print", false},
			{"archive-lend", "/archive/cases/{case}/lend", true},
			{"archive-handovers", "/archive/handovers?q=luong+thu+ha", false},
			{"archive-handovers-none", "/archive/handovers?q=zzz", false},
			{"archive-handover", "/archive/handovers/{given}", false},
			{"archive-handover-new", "/archive/handovers/new?giver={ksv}", true},
			{"archive-handover-print", "/archive/handovers/{given}/print", false},
			{"archive-files", "/archive/files", false},
			{"archive-files-none", "/archive/files?q=zzz", false},
			{"archive-file", "/archive/files/{dossier}", true},
			{"archive-file-to-store", "/archive/files/{to-store}", true},
			{"archive-volume-new", "/archive/files/{dossier}/volumes/new", true},
			{"archive-transfer", "/archive/files/{to-store}/transfer", true},
			{"archive-minutes", "/archive/transfers/{stored}", false},
			{"archive-destructions", "/archive/destructions", false},
			{"archive-destructions-none", "/archive/destructions?q=zzz", false},
			{"archive-destruction-new", "/archive/destructions/new", true},
			{"archive-destruction", "/archive/destructions/{end}", false},
			{"archive-destruction-print", "/archive/destructions/{end}/print", false},
			{"archive-retention", "/archive/retention", false},
			{"archive-rule", "/archive/retention/vu-an-hinh-su", true},
		}},
		{"vientruongtinh", []visit{
			{"rounds", "/quality/rounds", false},
			{"round-new", "/quality/rounds/new", true},
			{"round", "/quality/rounds/{round}", false},
			{"round-again", "/quality/rounds/{round}/again", false},
			{"round-notice", "/quality/rounds/{round}/notice", false},
			{"reviews", "/quality/reviews", false},
			{"reviews-none", "/quality/reviews?q=zzz", false},
			{"review", "/quality/reviews/{review}", false},
		}},
		{"ksv_kv2", []visit{
			{"review-sheet", "/quality/reviews/{review}", true},
			{"review-print", "/quality/reviews/{review}/print", false},
		}},
		{"ksv", []visit{
			{"self", "/quality/self", false},
			{"self-one", "/quality/self/{self}", true},
		}},
		{"ksv2", []visit{
			{"archive-take", "/archive/handovers/{given}", true},
		}},
		{"vientruong", []visit{
			{"stats", "/stats?period={year}", false},
			{"stats-lines", "/stats/lines?figure=report.new&period={year}", false},
			{"stats-lines-filtered", "/stats/lines?figure=investigation.new.person&period={year}&where.sex=male&sort=old", false},
			{"stats-lines-none", "/stats/lines?figure=report.new&period=2020", false},
			{"stats-board", "/stats/board?period={year}", false},
			{"stats-forms", "/stats/forms", false},
			{"stats-cell", "/stats/forms/tk-dieu-tra/cell?period=2026-10&row=11&column=a", false},
			{"stats-faults", "/stats/forms/tk-dieu-tra/faults?period=2026-10&check=can-doi&column=a", false},
			{"stats-forms-none", "/stats/forms?period=2026-01-02..2026-01-03", false},
			{"stats-form", "/stats/forms/tk-dieu-tra?period={year}", false},
			{"stats-below", "/stats/below", false},
			{"stats-board-backlog", "/stats/board?set=backlog", false},
			{"stats-reports", "/stats/reports", false},
			{"stats-report-new", "/stats/reports/new", false},
			{"stats-report-pivot", "/stats/reports/new?figure=investigation.new&figure=investigation.new.person&period=this-year&row1=month&column=sex&chart=bars", true},
			{"stats-report-none", "/stats/reports/new?figure=investigation.new&period=2020&row1=month", false},
			{"stats-report", "/stats/reports/{report}", false},
			{"stats-run", "/stats/runs/{run}", false},
			{"quality", "/quality", false},
			{"quality-failed", "/quality?period=2026&state=failed", false},
			{"quality-none", "/quality?period=2020", false},
			{"quality-indicator", "/quality/indicators/investigation.10", false},
			{"quality-indicator-none", "/quality/indicators/reception.107", false},
			{"quality-faults", "/quality/faults", false},
			{"quality-faults-none", "/quality/faults?q=zzz", false},
			{"quality-fault", "/quality/faults/line?{fault}", true},
			{"quality-gaming", "/quality/gaming", false},
			{"quality-sets", "/quality/sets", false},
			{"quality-patrol", "/quality/patrol", false},
			{"quality-patrol-print", "/quality/patrol/print", false},
			{"quality-notices", "/quality/notices", false},
			{"quality-ledger", "/quality/ledger", false},
			{"quality-set", "/quality/sets/quoc-gia/1", false},
			{"archive-decide", "/archive/destructions/{end}", true},
			{"case-chief", "/cases/{case}", false},
			{"assignments", "/cases/{case}/assignments", true},
			{"staff-chief", "/admin/staff", false},
			{"transfer", "/cases/{case}/transfer", false},
			{"numbers-chief", "/numbers", false},
			{"board-unit", "/deadlines?scope=unit", false},
			{"access-decide", "/access?box=decide", false},
			{"access-request", "/access/{request}", false},
			{"access-office", "/access?box=office", false},
			{"recusals", "/access/recusals", false},
			{"recusals-none", "/access/recusals?ended=on", false},
			{"recusal-new", "/access/recusals/new?case=03/2026/HS", true},
			{"recusal", "/access/recusals/{recusal}", true},
			{"unusual", "/access/unusual", false},
			{"unusual-none", "/access/unusual?state=confirmed", false},
			{"unusual-one", "/access/unusual/{unusual}", true},
			{"secrets", "/secrets", false},
			{"archive", "/archive", false},
			{"journal", "/journal", false},
			{"journal-none", "/journal?verb=archive", false},
			{"journal-line", "/journal/0", false},
			{"seals", "/seals", false},
			{"seals-none", "/seals?q=zzz", false},
			{"seal-one", "/seals/{seal}", false},
		}},
	}
	english := browser.NewEnglish(t, "../internal")
	b := browser.New(t)
	var seen []string
	for _, r := range rounds {
		if r.login != "" {
			b.Cookie(t, h.url, "lang", "vi")
			h.signIn(t, b, r.login)
		}
		for _, v := range r.visits {
			for name, id := range ids {
				v.path = strings.ReplaceAll(v.path, "{"+name+"}", id)
			}
			path, _, _ := strings.Cut(v.path, "?")
			seen = append(seen, path)
			t.Run(v.name, func(t *testing.T) {
				b.Cookie(t, h.url, "lang", "vi")
				b.Open(t, h.url+v.path)
				b.Look(t, v.name)
				b.FocusOrder(t, "")
				if strings.HasSuffix(v.path, "/print") || strings.HasPrefix(v.path, "/archive/transfers/") {
					b.Paper(t, v.name)
				}
				if v.wrong {
					browser.Eval[bool](t, b, `(() => { const f = [...document.querySelectorAll("main form[method=post]:has(input:not([type=hidden]), textarea)")].filter(x => x.checkVisibility()).at(-1); f.noValidate = true; window.left = true; setTimeout(() => f.requestSubmit()); return true })()`)
					until(t, b, 20*time.Second, "what is wrong", `!window.left && document.readyState === "complete" && !!document.querySelector("main .summary, main [aria-invalid=true], main [role=alert]")`)
					b.Look(t, v.name+"-wrong")
				}
				if v.path == "/admin/style-guide" { // its samples are Vietnamese, in any language
					return
				}
				b.Cookie(t, h.url, "lang", "en")
				b.Open(t, h.url+v.path)
				english.Check(t, b)
			})
		}
		if r.login != "" {
			browser.Eval[bool](t, b, `(document.querySelector('form[action="/sign-out"]').requestSubmit(), true)`)
			until(t, b, 20*time.Second, "signed out", `location.pathname === "/sign-in"`)
		}
	}
	b.NoOutside(t)

	// A page that is added must be looked at too.
	for _, r := range h.Pages.Routes() {
		path, ok := strings.CutPrefix(r.Pattern, "GET ")
		if !ok || strings.HasPrefix(string(r.Verb), "dossier.") || strings.HasPrefix(path, "/static/") {
			continue // those of the case file have tests of their own
		}
		switch path {
		case "/healthz", "/readyz", "/metrics", "/admin/jobs/events", "/{$}", "/heartbeat/deadline", "/calendar/{file}", // for machines; a redirect
			"/log/checkpoint", "/log/key", "/log/witness", "/log/tile/{path...}", "/journal/export", "/seals/export", "/sign-in/oidc", "/sign-in/oidc/back",
			"/archive/volumes/{id}/label", "/archive/files/{id}/labels", "/archive/retention/file", "/stats/reports/file", "/stats/runs/{id}/file", "/stats/closings/{id}/{file}", // files
			"/quality/csv", "/quality/rounds/{id}/list",
			"/work/live", "/deadlines/inbox/live", "/system/backup/events", "/imports/{id}/events", "/imports/{id}/rejected", "/import-templates/{form}": // streams and files
			continue
		}
		if strings.HasSuffix(path, "xlsx") {
			continue
		}
		switch path { // these have no place in the demonstration; TestStatsAndQuality and the tests of the module look at them
		case "/stats/closings/{id}", "/quality/patrol/{id}", "/quality/notices/{id}", "/quality/notices/{id}/print":
			continue
		}
		shape := regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/]+")
		if !slices.ContainsFunc(seen, regexp.MustCompile("^"+shape+"$").MatchString) {
			t.Errorf("nobody looks at %s", path)
		}
	}
}

// furnish puts into the demo office what makes its pages full: a file that could not
// be read, so that a job has failed. It returns the ids that the paths name.
func (h *house) furnish(t *testing.T) map[string]string {
	t.Helper()
	clerk, err := h.Org.ActorOf(t.Context(), "vanthu")
	if err != nil {
		t.Fatal(err)
	}
	ctx := auth.With(t.Context(), clerk)
	cases, err := h.Criminal.List(ctx, criminal.Filter{Words: "03/2026/HS"})
	if err != nil || len(cases.Items) != 1 {
		t.Fatal(err, cases)
	}
	c := cases.Items[0]
	d, err := h.Dossier.Create(ctx, dossier.New{Case: c.ID, Kind: dossier.CaseFile})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Dossier.Receive(ctx, d.ID, "hong.pdf", "test", strings.NewReader("%PDF-1.7\n1 0 obj <<")); err != nil {
		t.Fatal(err)
	}
	if err := h.Jobs.Put(ctx, "dossier.read", map[string]string{"scan": "none"}); err != nil { // so that one fails
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		counts, err := h.Jobs.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		waiting := 0
		for _, states := range counts {
			waiting += int(states[job.Waiting] + states[job.Running])
		}
		if waiting == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("jobs do not end: %v", counts)
		}
	}
	p, err := h.Org.PersonByLogin(auth.With(t.Context(), org.Console()), "ksv")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{"case": string(c.ID), "staff": string(p.ID), "register": "investigation", "year": fmt.Sprint(time.Now().Year())}
	list, err := h.Criminal.BeginImport(ctx, criminal.NewImport{Form: "cases", Text: "Số vụ án\tTên vụ án\tHọ tên\n60/2026/HS\tVụ trộm cắp tài sản tại xã Bản Xèo\tMa A Chư\n\tVụ không số\tMa A Dế\n"})
	if err != nil {
		t.Fatal(err)
	}
	ids["import"] = string(list.ID)
	prosecutor, err := h.Org.ActorOf(t.Context(), "ksv")
	if err != nil {
		t.Fatal(err)
	}
	ctx = auth.With(t.Context(), prosecutor)
	handover, _, err := h.Criminal.Record(ctx, c.ID, ledger.Act{Kind: "file.handover", At: h.Criminal.Now(), Reason: "police_procuracy", Fields: map[string]string{"pages": "204", "giver": "Cơ quan CSĐT", "receiver": "VKSND khu vực 3"}})
	if err != nil {
		t.Fatal(err)
	}
	task, err := h.Criminal.AddTodo(ctx, c.ID, criminal.NewTodo{Text: "Hỏi Cơ quan điều tra về kết luận giám định", Due: civil.On(time.Now().AddDate(0, 0, 7))})
	if err != nil {
		t.Fatal(err)
	}
	ids["task"] = string(task.ID)
	if _, err := h.Dossier.Search(ctx, dossier.Query{Words: "trộm cắp"}); err != nil { // a line of the journal
		t.Fatal(err)
	}
	today := civil.On(time.Now())
	above, err := h.Org.ActorOf(t.Context(), "truongphong")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := h.Access.Ask(auth.With(t.Context(), above), access.New{Cases: []string{c.Number}, Mode: policy.Reads, Purpose: "Kiểm tra việc phê chuẩn", Basis: "Kế hoạch 15/KH-VKS", From: today, To: today.Add(3)})
	if err != nil {
		t.Fatal(err)
	}
	reading, err := h.Access.Register(ctx, access.NewReading{Case: c.Number, Reader: "Luật sư Nguyễn Thị Xuân", Capacity: access.Counsel, Paper: "Thẻ luật sư, văn bản thông báo người bào chữa", Kinds: "Kết luận điều tra", Received: today})
	if err != nil {
		t.Fatal(err)
	}
	ids["seal"] = h.furnishSeal(t)
	ids["fault"] = h.furnishFault(t, ctx)
	chief := h.as(t, "vientruong")
	if _, err := h.Access.Answer(chief, reading.ID, access.Decision{Approve: true, Whole: true}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ended", "session"} {
		x, err := h.Access.Begin(ctx, reading.ID, access.NewSession{Place: "Phòng đọc tầng 1"})
		if err == nil && name == "ended" {
			_, err = h.Access.Finish(ctx, x.ID, "Đã đọc kết luận điều tra; không có ý kiến.", false)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = string(x.ID)
	}
	out, err := h.Access.Recusals(chief, access.RecusalFilter{})
	if err != nil || len(out.Items) == 0 {
		t.Fatal(err, out)
	}
	for range 21 {
		if err := h.Seal.Note(ctx, seal.Entry{Verb: "document.download", Object: "document/x", Case: string(c.ID), Rule: "assigned"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Access.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	odd, err := h.Access.ListUnusual(chief, access.UnusualFilter{})
	if err != nil || len(odd.Items) == 0 {
		t.Fatal(err, odd)
	}
	ids["recusal"], ids["unusual"] = string(out.Items[0].ID), string(odd.Items[0].ID)
	head, err := h.Seal.SignHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.furnishArchive(t, c, d, ids)
	ids["request"], ids["reading"], ids["head"] = string(asked[0].ID), string(reading.ID), fmt.Sprint(head.Size)
	led, _, err := h.Criminal.Acts(ctx, c.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	clocks, err := h.Deadline.OfCase(ctx, c.ID)
	if err != nil || len(clocks) == 0 {
		t.Fatal(err, clocks)
	}
	ids["act"], ids["handover"], ids["person"], ids["clock"] = string(led.Acts[0].ID), string(handover.ID), string(led.Parties[0].ID), string(clocks[0].ID)
	ids["report"], ids["run"] = h.furnishReport(t)
	h.furnishReview(t, ids)
	return ids
}

// furnishReport saves a report of the chief, shared with the office, and has it made once.
func (h *house) furnishReport(t *testing.T) (report, run string) {
	t.Helper()
	ctx := h.as(t, "vientruong")
	q := stats.Spec{Period: "this-year", Figures: []string{"investigation.new", "investigation.new.person"}, Rows: []stats.Dim{stats.ByChapter}, Chart: "bars"}
	r, err := h.Stats.SaveReport(ctx, "", "Án mới theo chương", q)
	if err == nil {
		err = h.Stats.ShareReport(ctx, r.ID, stats.ShareOffice, nil)
	}
	if err == nil {
		err = h.Stats.ScheduleReport(ctx, r.ID, stats.Schedule{Often: stats.Monthly, Day: 1, At: "07:30"})
	}
	if err == nil { // its time has come
		_, err = h.DB.Exec(t.Context(), `UPDATE stats_report SET due = $1 WHERE id = $2`, time.Now().Add(-time.Minute), r.ID)
	}
	if err == nil {
		err = h.Stats.MakeDue(t.Context(), func(int) error { return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	runs, err := h.Stats.Runs(ctx)
	if err != nil || len(runs) != 1 {
		t.Fatal(err, runs)
	}
	return string(r.ID), string(runs[0].ID)
}

// furnishSeal certifies a document whose file nobody keeps, proposes a witness, and
// returns the document as the list names it.
func (h *house) furnishSeal(t *testing.T) string {
	t.Helper()
	chief, err := h.Org.ActorOf(t.Context(), "vientruong")
	if err != nil {
		t.Fatal(err)
	}
	ctx := auth.With(t.Context(), chief)
	var picture, file bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 620, 877))); err != nil {
		t.Fatal(err)
	}
	w, err := pdfa.New(&file, pdfa.Meta{Level: pdfa.A2B, Title: "Biên bản hỏi cung bị can", Time: time.Now()})
	if err == nil {
		err = w.AddPage(pdfa.Page{Picture: &picture, Format: "png", DPI: 75, Words: []reading.Word{}})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	p := seal.Paper{Object: "document/none", Owner: auth.Path(chief.Path), Office: chief.Office, OfficeName: "Viện kiểm sát nhân dân khu vực 3 – Lào Cai", Title: "Biên bản hỏi cung bị can", PDF: file.Bytes()}
	if err := h.Seal.Certify(ctx, p, func(context.Context, io.Reader) error { return nil }); err != nil {
		t.Fatal(err)
	}
	key, err := tree.NewKey("congminh.vn/ha-noi", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err == nil {
		err = h.Seal.ProposePeer(ctx, seal.NewPeer{Name: "Viện kiểm sát nhân dân thành phố Hà Nội", LogKey: key.VerifierKey()})
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := h.Seal.Seals(ctx, seal.SealFilter{})
	if err != nil || len(rows.Items) != 1 {
		t.Fatal(err, rows.Items)
	}
	return string(rows.Items[0].ID)
}

// furnishFault takes over a case whose file was returned, for somebody to say whose fault
// it was, and returns the query of its page.
func (h *house) furnishFault(t *testing.T, ctx context.Context) string {
	t.Helper()
	today := civil.On(time.Now())
	for i := 0; ; i++ {
		m := made.Make(i, 25, today)
		at := slices.IndexFunc(m.Ledger.Acts, func(a ledger.Act) bool { return a.Kind == "case.indict" })
		if at < 0 {
			continue
		}
		acts := m.Ledger.Acts[:at+1]
		acts[at].Kind, acts[at].Reason, acts[at].Fields, acts[at].Charges = "case.return", "evidence", nil, nil
		office, err := h.Org.Office(ctx, auth.From(ctx).Office)
		if err != nil {
			t.Fatal(err)
		}
		c := criminal.Case{ID: id.New[criminal.Case](), Number: "99/2026/HS", Name: m.Name, Office: office.ID, Stage: criminal.Report, Status: criminal.Open, Created: time.Now()}
		for _, p := range m.Ledger.Parties {
			c.Persons = append(c.Persons, criminal.Person{ID: p.ID, Name: p.Name, Role: criminal.Role(p.Role), Born: p.Born})
		}
		if err := h.Criminal.Bulk(ctx, []criminal.Whole{{Case: c, Path: office.Path, Ledger: acts}}); err != nil {
			t.Fatal(err)
		}
		if err := h.Stats.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		led, _, err := h.Criminal.Acts(ctx, c.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"case": {string(c.ID)}, "act": {string(led.Acts[len(led.Acts)-1].ID)}, "figure": {"prosecution.returned"}}.Encode()
	}
}
