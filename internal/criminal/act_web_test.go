package criminal

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

// desk is the demonstration as a browser sees it.
type desk struct {
	*Service
	t     *testing.T
	mux   *http.ServeMux
	cases map[string]Case // by number
	login string          // who asks when nobody else is named
}

func demoDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	now := func() time.Time { return noon }
	bus := event.NewBus(job.NewRunner(d, slog.New(slog.DiscardHandler), now))
	o := org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})
	k := &desk{Service: NewService(d, bus, o, testLaw(t), now), t: t, mux: http.NewServeMux(), cases: map[string]Case{}, login: "ksv"}
	k.ok(d.Migrate(t.Context(), "job", job.Schema()))
	k.ok(d.Migrate(t.Context(), "org", o.Module().Schema))
	k.ok(d.Migrate(t.Context(), "criminal", k.Module().Schema))
	_, err := o.Demo(t.Context())
	k.ok(err)
	cs, err := k.Demo(t.Context())
	k.ok(err)
	for _, c := range cs {
		k.cases[c.Number] = c
	}
	pages := web.NewMux(k.mux, slog.New(slog.DiscardHandler), site.Refusal)
	pages.Offices(o.OfficeName)
	site.Web(pages)
	for _, m := range []kit.Module{o.Module(), k.Module()} {
		m.Web(pages)
	}
	return k
}

func (k *desk) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) as(login string) context.Context {
	k.t.Helper()
	a, err := k.org.ActorOf(k.t.Context(), login)
	k.ok(err)
	return auth.With(k.t.Context(), a)
}

// ask sends a form if there is one, and returns the answer.
func (k *desk) ask(who, path string, in url.Values) (int, string, http.Header) {
	k.t.Helper()
	method, body := http.MethodGet, ""
	if in != nil {
		method, body = http.MethodPost, in.Encode()
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(k.as(who))
	if in != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	k.mux.ServeHTTP(rec, r)
	text, err := io.ReadAll(rec.Body)
	k.ok(err)
	return rec.Code, string(text), rec.Header()
}

func (k *desk) see(who, path string, status int, texts ...string) string {
	k.t.Helper()
	code, body, _ := k.ask(who, path, nil)
	if code != status {
		k.t.Errorf("%s as %s: %d, want %d\n%.900s", path, who, code, status, body)
	}
	for _, x := range texts {
		if !strings.Contains(body, x) {
			k.t.Errorf("%s as %s does not say %q", path, who, x)
		}
	}
	return body
}

func (k *desk) person(number, name string) ledger.PartyID {
	k.t.Helper()
	c, err := k.Detail(k.as("vientruong"), k.cases[number].ID)
	k.ok(err)
	for _, p := range c.Persons {
		if p.Name == name {
			return p.ID
		}
	}
	k.t.Fatalf("no %s in %s", name, number)
	return ""
}

// The invented cases tell stories that the ledger takes without a word.
func TestDemoStories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := demoDesk(t, d)
		for number, c := range k.cases {
			led, st, err := k.Acts(k.as("vientruong"), c.ID, "")
			k.ok(err)
			for _, a := range led.Acts {
				if len(a.Flags) > 0 {
					t.Errorf("%s: %s on %s is marked %v", number, a.Kind, a.At, a.Flags)
				}
			}
			t.Log(number, st.Stage, st.Status, st.Class, len(led.Acts), st.Accused)
		}
		for number, want := range map[string][3]string{
			"01/2026/HS": {"prosecution", "open", "INT"}, "03/2026/HS": {"investigation", "open", "RNT"}, "05/2026/HS": {"first_instance", "open", "INT"},
			"07/2026/TB": {"report", "open", ""}, "08/2026/HS": {"investigation", "suspended", ""}, "118/2024/HS": {"enforcement", "open", ""}, "09/2026/HS": {"investigation", "open", ""},
		} {
			if c := k.cases[number]; [3]string{string(c.Stage), string(c.Status), c.Class} != want {
				t.Errorf("%s is %s, %s, %q; want %v", number, c.Stage, c.Status, c.Class, want)
			}
		}
	})
}

// A case is worked on through its pages: acts are entered, refused, marked, corrected,
// taken back; people come and go; the case is split, joined and sent.
func TestCasePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := demoDesk(t, d)
		theft, robbery, fraud := k.cases["01/2026/HS"].ID, k.cases["09/2026/HS"].ID, k.cases["03/2026/HS"].ID
		dude := k.person("09/2026/HS", "Ma A Dơ")
		send := func(who, path string, status int, in url.Values, texts ...string) string {
			t.Helper()
			code, body, h := k.ask(who, path, in)
			if code != status {
				t.Errorf("%s as %s: %d, want %d\n%.900s", path, who, code, status, body)
			}
			for _, x := range texts {
				if !strings.Contains(body, x) {
					t.Errorf("%s as %s does not say %q", path, who, x)
				}
			}
			return h.Get("Location")
		}
		last := func(id ID) ledger.Act {
			t.Helper()
			led, _, err := k.Acts(k.as("vientruong"), id, "")
			k.ok(err)
			return led.Acts[len(led.Acts)-1]
		}

		// Who may not enter acts has no button for it; who may, finds the kind by its initials.
		if body := k.see("luutru", at(robbery, ""), 200, "Ma A Dơ"); strings.Contains(body, "/acts/new") {
			t.Error("the archivist is offered to enter acts")
		}
		k.see("luutru", at(robbery, "/acts/new"), 403)
		k.see("ksv", at(robbery, ""), 200, "Tạm giữ", "Bắt đầu tính thời hạn tạm giữ", `data-key="n"`)
		k.see("ksv", at(robbery, "/acts/new?q=ghtg"), 200, "Phê chuẩn gia hạn tạm giữ")
		k.see("ksv", at(robbery, "/acts/new?q=xyz"), 200, "Không có loại nào khớp")
		k.see("ksv", at(robbery, "/acts/new?kind=custody.extend"), 200, `value="2026-11-22"`, `value="12:00"`, "hệ thống cấp số theo sổ QĐ-VKS", "VKSND khu vực 3 – Lào Cai")

		// The check while one types, the refusal, the mark that asks for a yes.
		in := url.Values{"kind": {"custody.extend"}, "by": {"procuracy"}, "at": {"2026-11-22"}, "hour": {"11:30"}, "parties": {string(dude)}}
		send("ksv", at(robbery, "/acts/check"), 200, in, "Không có vướng mắc", "Ma A Dơ")
		in.Set("at", "2026-11-30")
		send("ksv", at(robbery, "/acts/check"), 200, in, "chưa đến")
		send("ksv", at(robbery, "/acts"), 422, in, "error-summary", "at-wrong")
		in.Set("at", "30/02/2026")
		send("ksv", at(robbery, "/acts"), 422, in, "at-wrong")
		in.Set("at", "22/11/2026")
		in.Del("hour")
		send("ksv", at(robbery, "/acts"), 422, in, "Tôi đã kiểm tra")
		in.Set("sure", "on")
		where := send("ksv", at(robbery, "/acts"), 303, in)
		made := last(robbery)
		if !strings.HasSuffix(made.Number, "/QĐ-VKS") || len(made.Flags) != 1 || made.Flags[0] != "date.hour" || where != at(robbery, "#act-"+string(made.ID)) {
			t.Errorf("entered %+v, then %s", made, where)
		}
		k.see("ksv", at(robbery, ""), 200, "Thiếu giờ")

		// Corrected, with the reason; what was before is folded under it.
		in.Set("hour", "11:30")
		in.Set("old", string(made.ID))
		k.see("ksv", actAt(robbery, made.ID, "/correct"), 200, "Lý do đính chính", "Bạn đang đính chính")
		send("ksv", actAt(robbery, made.ID, "/correct"), 422, in, "why-wrong")
		in.Set("why", "Thiếu giờ trong bản đầu")
		send("ksv", actAt(robbery, made.ID, "/correct"), 303, in)
		right := last(robbery)
		if right.Number != made.Number || right.Supersedes != made.ID || right.At != "2026-11-22T11:30" {
			t.Errorf("corrected to %+v", right)
		}
		k.see("ksv", at(robbery, ""), 200, "Đã đính chính: Thiếu giờ trong bản đầu")
		k.see("ksv", actAt(robbery, made.ID, ""), 200, "Nội dung này đã được đính chính")
		k.see("ksv", actAt(robbery, right.ID, ""), 200, "Lịch sử đính chính", "like="+string(right.ID))
		k.see("ksv", at(robbery, "/acts/new?like="+string(right.ID)), 200, "Phê chuẩn gia hạn tạm giữ")
		k.see("ksv", actAt(robbery, made.ID, "/correct"), 404)

		// Taken back.
		k.see("ksv", actAt(robbery, right.ID, "/void"), 200, "Lý do hủy")
		send("ksv", actAt(robbery, right.ID, "/void"), 422, url.Values{"why": {" "}}, "why-wrong")
		send("ksv", actAt(robbery, right.ID, "/void"), 303, url.Values{"why": {"Nhập nhầm vụ"}})
		k.see("ksv", actAt(robbery, right.ID, ""), 200, "đã hủy: Nhập nhầm vụ")
		k.see("ksv", at(robbery, ""), 200, "1 việc nhập đã hủy")

		// The next act keeps the day, the people and the agency of the one before.
		next := url.Values{"kind": {"defendant.charge"}, "by": {"police"}, "at": {"2026-11-22"}, "issuer": {"Cơ quan CSĐT Công an tỉnh Lào Cai"}, "number": {"165/QĐ-CSĐT"},
			"parties": {string(dude)}, "charges": {"khoản 1 Điều 171", ""}, "field.offence_day": {"2026-11-19"}, "next": {"on"}}
		where = send("ksv", at(robbery, "/acts"), 303, next)
		charge := last(robbery)
		if where != at(robbery, "/acts/new?after="+string(charge.ID)) || len(charge.Charges) != 1 || charge.Charges[0] != (ledger.Charge{Article: "171", Clause: "1"}) || charge.Fields["offence_day"] != "2026-11-19" {
			t.Errorf("entered %+v, then %s", charge, where)
		}
		k.see("ksv", where+"&kind=defendant.charge_received", 200, `value="2026-11-22"`, "checked")
		next.Set("charges", "trộm")
		send("ksv", at(robbery, "/acts"), 422, next, "charges-wrong")

		// What scanned papers propose.
		for _, p := range []Proposal{
			{Document: "d1", Paper: "bb-doi-chat", Title: "Biên bản đối chất", At: "2026-11-20", Folio: 7},
			{Document: "d2", Paper: "qd-phe-chuan-khoi-to-bi-can", Title: "Phê chuẩn", Names: []string{"Ma A Dơ", "Lạ"}},
			{Document: "d3", Paper: "yc-dieu-tra", Title: "Yêu cầu điều tra", At: "2026-11-21"},
		} {
			p.Case, p.Dossier = robbery, "f"
			k.ok(k.Propose(t.Context(), p))
		}
		body := k.see("ksv", at(robbery, ""), 200, "3 đề xuất từ bản quét", "/dossiers/f/read?document=d1", "Lạ: chưa có trong vụ án", "chưa đọc được ngày")
		ps, err := k.Proposals(k.as("ksv"), robbery)
		k.ok(err)
		if !strings.Contains(body, "BL 7") {
			t.Error("no folio")
		}
		way := map[string]string{}
		for _, p := range ps {
			way[p.Document] = at(robbery, "/proposals/"+string(p.ID))
		}
		where = send("ksv", way["d1"]+"/take", 303, url.Values{})
		if a := last(robbery); where != at(robbery, "#proposals") || a.Kind != "investigation.activity" || a.Document != "d1" || a.Folio != 7 {
			t.Errorf("taken: %+v, then %s", a, where)
		}
		send("ksv", way["d1"]+"/take", 409, url.Values{})
		where = send("ksv", way["d2"]+"/take", 303, url.Values{})
		if !strings.Contains(where, "/acts/new?proposal=") {
			t.Errorf("a paper without a day leads to %s", where)
		}
		k.see("ksv", where, 200, "Điền sẵn từ bản quét", "checked")
		// A paper may prove one of several kinds.
		k.see("ksv", strings.Replace(way["d3"], "/proposals/", "/acts/new?proposal=", 1), 200, "Tài liệu này cũng có thể là", "&amp;kind=investigation.request")
		send("ksv", way["d3"]+"/decline", 303, url.Values{})
		k.see("ksv", at(robbery, ""), 200, "1 đề xuất từ bản quét")

		// As it stood.
		if body := k.see("ksv", at(theft, "?on=2026-09-01"), 200, "Vụ án như đến hết ngày 01/09/2026", "Khởi tố, điều tra"); strings.Contains(body, "Kết luận điều tra đề nghị truy tố") {
			t.Error("an act of later stands in the picture of 1 September")
		}
		if body := k.see("ksv", at(theft, "?group=prosecution"), 200); strings.Contains(body, "Quyết định tạm giữ") {
			t.Error("a filter lets through what it should not")
		}
		k.see("ksv", at(theft, "/print"), 200, "Giàng Seo Vảng", "19 hành vi tố tụng")

		// People.
		k.see("ksv", at(theft, "/persons/new"), 200, "Mông", "Bị can đầu vụ")
		who := url.Values{"name": {"Giàng Seo Vảng"}, "role": {"accused"}, "born": {"2002"}}
		send("ksv", at(robbery, "/persons/check"), 200, who, "Có thể trùng", "01/2026/HS")
		who.Set("born", "31/2/2002")
		send("ksv", at(robbery, "/persons"), 422, who, "born-wrong", "Có thể trùng")
		who.Set("born", "5/2002")
		who["attributes"], who["ethnicity"] = []string{"lead", "addict"}, []string{"Mông"}
		send("ksv", at(robbery, "/persons"), 303, who)
		added := k.person("09/2026/HS", "Giàng Seo Vảng")
		k.see("ksv", personAt(robbery, added, ""), 200, "5/2002", "Người nghiện ma túy", "Bỏ người này khỏi vụ án", "Có thể trùng")
		k.see("ksv", personAt(robbery, added, "/edit"), 200, `value="05/2002"`)
		who.Set("name", "Giàng Seo Vàng")
		send("ksv", personAt(robbery, added, ""), 303, who)
		send("ksv", personAt(robbery, added, "/remove"), 200, url.Values{}, "Bỏ Giàng Seo Vàng khỏi vụ án?")
		send("ksv", personAt(robbery, added, "/remove"), 303, url.Values{"sure": {"on"}})
		k.see("ksv", personAt(robbery, added, ""), 404)
		send("ksv", personAt(robbery, dude, "/remove"), 409, url.Values{"sure": {"on"}})
		k.see("ksv", at(theft, "/edit"), 200, "Lý A Chớ", "được tính từ các hành vi")
		send("ksv", at(theft, ""), 303, url.Values{"number": {"01/2026/HS"}, "name": {"Vụ trộm"}, "stage": {"report"}, "status": {"closed"}, "alias": {"45/CSĐT", ""}, "whose": {"police", "court"}})
		k.see("ksv", at(theft, ""), 200, "Vụ trộm", "45/CSĐT", "Truy tố", "Lý A Chớ")

		// Split, merged, transferred.
		k.see("ksv", at(robbery, "/split"), 200, "ít nhất hai bị can")
		k.see("ksv", at(fraud, "/split"), 200, "Phan Quốc Dũng")
		out := url.Values{"parties": {string(k.person("03/2026/HS", "Phan Quốc Dũng"))}, "at": {"2026-11-22"}, "by": {"police"}, "issuer": {"Cơ quan CSĐT Công an tỉnh Lào Cai"}, "number": {"77/QĐ-CSĐT"}, "name": {"Phan Quốc Dũng – Lừa đảo"}}
		send("ksv", at(fraud, "/split"), 422, out, "case_number-wrong")
		out.Set("case_number", "01/2026/HS")
		send("ksv", at(fraud, "/split"), 422, out, "case_number-wrong")
		out.Set("case_number", "10/2026/HS")
		where = send("ksv", at(fraud, "/split"), 303, out)
		k.see("ksv", where, 200, "Phan Quốc Dũng", "Từ vụ án khác", "Tách từ hoặc nhập vào vụ 03/2026/HS")
		k.see("ksv", at(fraud, "/merge?q=10/2026"), 200, "Phan Quốc Dũng – Lừa đảo")
		join := url.Values{"at": {"2026-11-22"}, "by": {"police"}, "issuer": {"Cơ quan CSĐT Công an tỉnh Lào Cai"}, "number": {"78/QĐ-CSĐT"}}
		send("ksv", at(fraud, "/merge"), 422, join, "other-wrong")
		join.Set("other", strings.TrimPrefix(where, "/cases/"))
		send("ksv", at(fraud, "/merge"), 303, join)
		k.see("ksv", at(fraud, "/transfer"), 403)
		k.see("vientruong", at(fraud, "/transfer"), 200, "VKSND khu vực 2 – Lào Cai")
		away := url.Values{"at": {"2026-11-22"}, "by": {"procuracy"}, "reason": {"not_competent"}, "office": {"nơi nào"}}
		send("vientruong", at(fraud, "/transfer"), 422, away, "office-wrong")
		away.Set("office", "vksnd khu vuc 2 - lao cai")
		send("vientruong", at(fraud, "/transfer"), 422, away, "office-wrong")
		away.Set("office", "VKSND khu vực 2 – Lào Cai")
		if where = send("vientruong", at(fraud, "/transfer"), 303, away); where != "/cases" {
			t.Errorf("sent, then %s", where)
		}
		k.see("ksv", at(fraud, ""), 404)
	})
}

func TestParseCharge(t *testing.T) {
	for text, want := range map[string]ledger.Charge{
		"173": {Article: "173"}, "173-1-a": {Article: "173", Clause: "1", Point: "a"}, "217a.2": {Article: "217a", Clause: "2"}, "điều 173 khoản 2 điểm đ": {Article: "173", Clause: "2", Point: "đ"},
		"điểm a khoản 1 Điều 173": {Article: "173", Clause: "1", Point: "a"}, "Khoản 3, Điều 251": {Article: "251", Clause: "3"}, "Điều 134": {Article: "134"},
	} {
		if got, ok := parseCharge(text); !ok || got != want {
			t.Errorf("%q is %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "trộm cắp", "1733", "173-a-b-c", "khoản 1"} {
		if got, ok := parseCharge(text); ok {
			t.Errorf("%q is %+v", text, got)
		}
	}
	if got := ownCharges("173-1-a; 174-2"); got != "173/1/a 174/2" {
		t.Errorf("charges of one are %q", got)
	}
}

func TestBorn(t *testing.T) {
	for text, want := range map[string]string{"1990": "1990", "5/1990": "1990-05", "17/5/1990": "1990-05-17", "1990-05-17": "1990-05-17", "31/2/1990": "1990-02-31", "": ""} {
		if got := parseBorn(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := bornVN("2009-05-17"); got != "17/05/2009" {
		t.Error(got)
	}
}
