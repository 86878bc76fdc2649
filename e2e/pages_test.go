package e2e

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"image"
	"image/png"
	"io"
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
	"congminh/internal/dossier"
	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/job"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/seal/tree"
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
		{"ksv2", []visit{
			{"archive-take", "/archive/handovers/{given}", true},
		}},
		{"vientruong", []visit{
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
			"/archive/volumes/{id}/label", "/archive/files/{id}/labels", "/archive/retention/file", // files
			"/work/live", "/deadlines/inbox/live", "/system/backup/events", "/imports/{id}/events", "/imports/{id}/rejected", "/import-templates/{form}": // streams and files
			continue
		}
		if strings.HasSuffix(path, "xlsx") {
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
	return ids
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
