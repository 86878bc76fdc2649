package access

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// house is a small world: the offices and people of the demonstration, three cases.
type house struct {
	*Service
	t       *testing.T
	people  *org.Service
	journal *seal.Service
	clock   time.Time
	cases   map[string]policy.Object
	opened  []OpenedV1
	told    []NoticeV1
}

var errNotThere = fault.New(fault.NotFound, "access.test-none", "Không có.")

// Find is Catalog.
func (h *house) Find(_ context.Context, key string) (policy.Object, string, error) {
	for number, o := range h.cases {
		if key == number || key == o.Case {
			return o, "Vụ " + number, nil
		}
	}
	return policy.Object{}, "", errNotThere
}

// Documents is Shelf.
func (h *house) Documents(_ context.Context, of string) ([]Document, error) {
	return []Document{{ID: of + "-d1", Title: "Kết luận điều tra"}, {ID: of + "-d2", Title: "Biên bản hỏi cung"}}, nil
}

func build(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, clock: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)}
	now := func() time.Time { return h.clock }
	jobs := job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	bus := event.NewBus(jobs)
	h.people, h.journal = org.NewService(d, now, rand.Reader, org.Options{}), seal.NewService(d, now)
	h.Service = NewService(d, bus, h.people, h.journal, jobs, now)
	if err := d.Migrate(t.Context(), "job", job.Schema()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		name string
		fs   fs.FS
	}{{"org", h.people.Module().Schema}, {"seal", h.journal.Module().Schema}, {"access", h.Module().Schema}} {
		if err := d.Migrate(t.Context(), m.name, m.fs); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.people.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.people.Demo(t.Context()); err != nil {
		t.Fatal(err)
	}
	const kv3 = "/tc/lao-cai/lao-cai-kv3/"
	h.cases = map[string]policy.Object{
		"12/2026": {Case: "c12", Path: kv3},
		"13/2026": {Case: "c13", Path: kv3, Level: 1},
		"14/2026": {Case: "c14", Path: kv3, Level: 2},
	}
	h.Know(h)
	h.Shelve(h)
	Notice.On(bus, func(_ context.Context, n NoticeV1) error { h.told = append(h.told, n); return nil })
	Opened.On(bus, func(_ context.Context, e OpenedV1) error { h.opened = append(h.opened, e); return nil })
	return h
}

// as is the context of one of the people of the demonstration.
func (h *house) as(login string) context.Context {
	h.t.Helper()
	a, err := h.people.ActorOf(h.t.Context(), login)
	if err != nil {
		h.t.Fatal(login, err)
	}
	return auth.With(h.t.Context(), a)
}

// stranger is a prosecutor of another region.
func (h *house) stranger() context.Context {
	return auth.With(h.t.Context(), auth.Actor{ID: "kv1-ksv", Name: "Vàng Thị Dở", Office: "lao-cai-kv1", Path: []auth.Office{"tc", "lao-cai", "lao-cai-kv1"},
		Roles: []string{string(org.Prosecutor)}, Verbs: append(slices.Clone(org.Rights()[org.Prosecutor].Own), org.MaySelf)})
}

// above is the chief of the province.
func (h *house) above() context.Context {
	return auth.With(h.t.Context(), auth.Actor{ID: "lc-vt", Name: "Ngô Quốc Trung", Office: "lao-cai", Path: []auth.Office{"tc", "lao-cai"},
		Roles: []string{string(org.Chief)}, Verbs: append(slices.Clone(org.Rights()[org.Chief].Own), org.MaySelf)})
}

func (h *house) may(ctx context.Context, number string, a policy.Action) policy.Answer {
	h.t.Helper()
	out, err := h.Decide(ctx, h.cases[number], a)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *house) ask(number string) New {
	return New{Cases: []string{number}, Mode: policy.Reads, Purpose: "Nghiên cứu vụ án liên quan đang thụ lý", Basis: "Điều 41 BLTTHS", To: civil.On(h.clock).Add(5)}
}

func want(t *testing.T, err, refusal error) {
	t.Helper()
	if !errors.Is(err, refusal) {
		t.Fatalf("%v, want %v", err, refusal)
	}
}

// A request of another office goes to the owner, opens what was granted, and is over at
// its time though no job ever ran.
func TestRequest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		me, chief, deputy := h.stranger(), h.as("vientruong"), h.as("phovt")
		if h.may(me, "12/2026", policy.See).Allow {
			t.Fatal("seen without a right")
		}
		rs, err := h.Ask(me, h.ask("12/2026"))
		if err != nil || len(rs) != 1 || rs[0].Title != "" || rs[0].Case != "" || rs[0].Number != "PKT-1/2026" {
			t.Fatal(rs, err)
		}
		r := rs[0]
		if _, err := h.Get(h.as("ksv"), r.ID); !errors.Is(err, ErrNoRequest) {
			t.Fatal("a colleague who does not decide sees it", err)
		}
		_, err = h.Judge(me, r.ID, Decision{Approve: true, Whole: true})
		want(t, err, ErrOwn)
		v, err := h.Get(chief, r.ID)
		if err != nil || !v.Can("decide") || len(v.Documents) != 2 || v.Title == "" || v.Waiting == "" {
			t.Fatal(v, err)
		}
		if n, err := h.Waiting(deputy); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		_, err = h.Judge(chief, r.ID, Decision{})
		want(t, err, ErrDecide)
		_, err = h.Judge(chief, r.ID, Decision{Approve: true, Documents: []string{"of another case"}})
		want(t, err, ErrDecide)
		v, err = h.Judge(chief, r.ID, Decision{Approve: true, Documents: []string{"c12-d1"}})
		if err != nil || v.State != Active {
			t.Fatal(v.State, err)
		}
		_, err = h.Judge(deputy, r.ID, Decision{Approve: true, Whole: true})
		want(t, err, ErrState)
		doc := h.cases["12/2026"]
		doc.Document = "c12-d1"
		h.cases["d1"] = doc
		if a := h.may(me, "d1", policy.Read); !a.Allow || a.Rule != policy.Granted || a.Grant != string(r.ID) {
			t.Fatal(a)
		}
		if !h.may(me, "12/2026", policy.See).Allow || h.may(me, "12/2026", policy.Read).Allow || h.may(me, "d1", policy.Copy).Allow {
			t.Fatal("a part is more than a part")
		}
		if m := h.Mark(me, h.may(me, "d1", policy.Read)); m != "Vàng Thị Dở – VKSND khu vực 1 – Lào Cai – 28/11/2026 09:00 – Nghiên cứu vụ án liên quan đang thụ lý – PKT-1/2026" {
			t.Error(m)
		}
		if err := h.journal.Note(me, seal.Entry{Verb: "page.view", Case: "c12", Grant: string(r.ID), Object: "page/7", More: map[string]string{"folio": "07"}}); err != nil {
			t.Fatal(err)
		}
		if v, err = h.Get(chief, r.ID); err != nil {
			t.Fatal(err)
		}
		if us, err := h.Uses(chief, v.Request); err != nil || len(us) != 1 || us[0].Detail != "07" {
			t.Fatal(us, err)
		}
		h.clock = v.To.Add(-time.Second)
		if !h.may(me, "d1", policy.Read).Allow {
			t.Fatal("over before its time")
		}
		h.clock = v.To
		if h.may(me, "d1", policy.Read).Allow {
			t.Fatal("still open at its end")
		}
		if v, err = h.Get(me, r.ID); err != nil || v.State != Expired {
			t.Fatal(v.State, err)
		}
		if err := h.Expire(h.t.Context()); err != nil {
			t.Fatal(err)
		}
		es, err := h.journal.Of(chief, seal.Filter{Case: "c12"})
		if err != nil {
			t.Fatal(err)
		}
		var verbs []string
		for _, e := range es.Items {
			verbs = append(verbs, e.Verb)
		}
		if got := strings.Join(verbs, " "); got != "access.expire page.view access.approve access.request" {
			t.Error(got)
		}
	})
}

// What is restricted needs two leaders; who may not know of it learns nothing by its id.
func TestSecondLeader(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		me, chief, deputy := h.stranger(), h.as("vientruong"), h.as("phovt")
		_, err := h.Ask(me, h.ask("c13"))
		want(t, err, ErrNoCase)
		_, err = h.Ask(me, h.ask("99/2026"))
		want(t, err, ErrNoCase)
		rs, err := h.Ask(me, h.ask("13/2026"))
		if err != nil {
			t.Fatal(err)
		}
		v, err := h.Get(me, rs[0].ID)
		if err != nil || v.Title != "" || v.Case != "" || v.Level != 0 {
			t.Fatalf("%+v %v", v, err)
		}
		if v, err = h.Judge(chief, v.ID, Decision{Approve: true, Whole: true}); err != nil || v.State != Approved {
			t.Fatal(v.State, err)
		}
		if v, err := h.Get(me, v.ID); err != nil || v.Title != "" {
			t.Fatal("told before the second leader agreed", v.Title, err)
		}
		if h.may(me, "13/2026", policy.Read).Allow {
			t.Fatal("one leader is enough")
		}
		_, err = h.Second(chief, v.ID, Decision{Approve: true})
		want(t, err, ErrOwn)
		if out, err := h.List(h.above(), Filter{Box: ToDecide}); err != nil || len(out.Items) != 1 || out.Items[0].Title == "" {
			t.Fatal(out, err)
		}
		if v, err = h.Second(deputy, v.ID, Decision{Approve: true}); err != nil || v.State != Active {
			t.Fatal(v.State, err)
		}
		if !h.may(me, "13/2026", policy.Read).Allow {
			t.Fatal("granted, and closed")
		}
		if v, err = h.Revoke(chief, v.ID, "Vụ án chuyển sang chế độ mật"); err != nil || v.State != Revoked {
			t.Fatal(v.State, err)
		}
		if h.may(me, "13/2026", policy.Read).Allow {
			t.Fatal("revoked, and open")
		}
	})
}

func TestEmergency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		me, chief := h.stranger(), h.as("vientruong")
		in := Emergency{Case: "13/2026", Reason: "Đối tượng bị bắt quả tang, cần đối chiếu ngay trong đêm"}
		_, err := h.Open(h.as("vanthu"), in)
		want(t, err, auth.ErrMay)
		_, err = h.Open(me, Emergency{Case: "14/2026", Reason: in.Reason})
		want(t, err, ErrUrgent)
		_, err = h.Open(me, Emergency{Case: "13/2026", Reason: "gấp"})
		want(t, err, ErrAsk)
		r, err := h.Open(me, in)
		if err != nil || r.To.Sub(r.From) != time.Hour || len(h.opened) != 1 || h.opened[0].Owner != "lao-cai-kv3" {
			t.Fatal(r, h.opened, err)
		}
		if a := h.may(me, "13/2026", policy.Read); a.Rule != policy.Emergency {
			t.Fatal(a)
		}
		if h.may(me, "13/2026", policy.Copy).Allow {
			t.Fatal("copies in an emergency")
		}
		if n, err := h.Waiting(chief); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		h.clock = h.clock.Add(time.Hour)
		if h.may(me, "13/2026", policy.Read).Allow {
			t.Fatal("longer than an hour")
		}
		h.clock = h.clock.Add(24 * time.Hour)
		_, err = h.Open(me, in)
		want(t, err, ErrReview)
		_, err = h.Review(chief, r.ID, Unjustified, "")
		want(t, err, ErrDecide)
		if v, err := h.Review(chief, r.ID, Justified, ""); err != nil || v.Review != Justified || v.Waiting != "" {
			t.Fatal(v, err)
		}
		if _, err := h.Open(me, in); err != nil {
			t.Fatal("after the review", err)
		}
	})
}

func TestBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		h.cases["15/2026"] = policy.Object{Case: "c15", Path: "/tc/lao-cai/lao-cai-kv3/"}
		in := h.ask("12/2026")
		in.Cases = []string{"12/2026", "15/2026"}
		_, err := h.Ask(h.stranger(), in)
		want(t, err, ErrAsk)
		bad := in
		bad.Cases = []string{"12/2026", "nothing/2026"}
		if _, err = h.Ask(h.as("truongphong"), bad); !strings.Contains(fault.From(err).Fields[0].Text, "nothing/2026") {
			t.Fatal(err)
		}
		rs, err := h.Ask(h.as("truongphong"), in)
		if err != nil || len(rs) != 2 || rs[0].Title == "" {
			t.Fatal(rs, err)
		}
		v, err := h.Get(h.as("phovt"), rs[0].ID)
		if err != nil || v.Batch != 1 {
			t.Fatal(v.Batch, err)
		}
		if _, err := h.Judge(h.as("phovt"), rs[0].ID, Decision{Approve: true, Whole: true, All: true}); err != nil {
			t.Fatal(err)
		}
		for _, n := range in.Cases {
			if !h.may(h.as("truongphong"), n, policy.Read).Allow {
				t.Error(n, "was not opened")
			}
		}
		out, err := h.List(h.as("phovt"), Filter{Box: Running})
		if err != nil || len(out.Items) != 2 {
			t.Fatal(out, err)
		}
	})
}

// Who is kept out is kept out of everything, and lets nobody in.
func TestRecuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		chief, deputy, me := h.as("vientruong"), h.as("phovt"), h.stranger()
		rs, err := h.Ask(me, h.ask("12/2026"))
		if err != nil {
			t.Fatal(err)
		}
		in := NewRecusal{Case: "12/2026", Staff: org.StaffID(auth.From(deputy).ID), Kind: Replaced, Reason: "Là người thân thích của bị can"}
		_, err = h.Recuse(chief, in)
		want(t, err, ErrRecusal)
		in.Basis = "Quyết định thay đổi số 2"
		_, err = h.Recuse(h.as("ksv"), in)
		want(t, err, auth.ErrMay)
		_, err = h.Recuse(h.above(), in)
		want(t, err, ErrNoCase)
		x, err := h.Recuse(chief, in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Recuse(chief, in)
		want(t, err, ErrTwice)
		if out, err := h.Recusals(deputy, RecusalFilter{}); err != nil || len(out.Items) != 0 {
			t.Error("who is kept out of a case reads about it:", out.Items, err)
		}
		if a := h.may(deputy, "12/2026", policy.See); a.Allow || a.Rule != policy.Recused {
			t.Fatal(a)
		}
		_, err = h.Judge(deputy, rs[0].ID, Decision{Approve: true, Whole: true})
		want(t, err, auth.ErrMay)
		end := EndRecusal{Reason: "Căn cứ thay đổi không còn", Basis: "Quyết định số 3"}
		_, err = h.Unrecuse(deputy, x.ID, end)
		want(t, err, ErrNoRecusal)
		_, err = h.Unrecuse(chief, x.ID, EndRecusal{Reason: "Căn cứ thay đổi không còn"})
		want(t, err, ErrRecusal)
		if out, err := h.Recusals(chief, RecusalFilter{Case: "12/2026"}); err != nil || len(out.Items) != 1 {
			t.Error(out, err)
		}
		if x, err = h.Unrecuse(chief, x.ID, end); err != nil || x.EndedBy != "Trần Quang Vịnh" {
			t.Fatal(x, err)
		}
		_, err = h.Unrecuse(chief, x.ID, end)
		want(t, err, ErrNoRecusal)
		if out, err := h.Recusals(chief, RecusalFilter{Ended: true}); err != nil || len(out.Items) != 1 || out.Items[0].EndedBasis != end.Basis {
			t.Error(out, err)
		}
		if !h.may(deputy, "12/2026", policy.Read).Allow {
			t.Fatal("let back, and kept out")
		}
		_, err = h.Ask(chief, h.ask("12/2026"))
		want(t, err, ErrHave)
		if v, err := h.Withdraw(me, rs[0].ID); err != nil || v.State != Withdrawn {
			t.Fatal(v.State, err)
		}
	})
}

// A request follows its case to another office, and a right that one leader gave ends
// when the case becomes restricted.
func TestFollow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		me, chief := h.stranger(), h.as("vientruong")
		ask := func() RequestID {
			t.Helper()
			rs, err := h.Ask(me, h.ask("12/2026"))
			if err != nil {
				t.Fatal(err)
			}
			return rs[0].ID
		}
		moved := h.cases["12/2026"]
		moved.Path = "/tc/lao-cai/"
		first := ask()
		h.cases["12/2026"] = moved
		_, err := h.Judge(chief, first, Decision{Approve: true, Whole: true})
		want(t, err, ErrMoved)
		if err := h.Follow(h.t.Context(), moved); err != nil {
			t.Fatal(err)
		}
		_, err = h.Get(chief, first)
		want(t, err, ErrNoRequest)
		if v, err := h.Judge(h.above(), first, Decision{Approve: true, Whole: true}); err != nil || v.State != Active || v.Number != "PKT-1/2026" {
			t.Fatal(v, err)
		}
		if err := h.Follow(h.t.Context(), moved); err != nil || !h.may(me, "12/2026", policy.Read).Allow {
			t.Fatal("nothing changed, and the right ended", err)
		}
		moved.Level = 1
		h.cases["12/2026"] = moved
		if err := h.Follow(h.t.Context(), moved); err != nil || h.may(me, "12/2026", policy.Read).Allow {
			t.Fatal("restricted, and open by one leader's word", err)
		}
		if v, err := h.Get(me, first); err != nil || v.State != Revoked || v.EndedWhy == "" {
			t.Fatal(v, err)
		}
	})
}

// The table itself refuses what the program must never do.
func TestChecks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		base := Request{Kind: Asked, State: Active, Case: "c12", Owner: "o", Office: "o", Requester: "a", Beneficiary: "b", Mode: policy.Reads,
			Approver: "c", From: h.clock, To: h.clock.Add(time.Hour)}
		for name, c := range map[string]struct {
			change func(*Request)
			good   bool
		}{
			"as it should be":                   {func(*Request) {}, true},
			"approved by who asked":             {func(r *Request) { r.Approver = "a" }, false},
			"approved by who gains":             {func(r *Request) { r.Approver = "b" }, false},
			"second is the first":               {func(r *Request) { r.Second = "c" }, false},
			"second is who asked":               {func(r *Request) { r.Second = "a" }, false},
			"second is who gains":               {func(r *Request) { r.Second = "b" }, false},
			"never begins":                      {func(r *Request) { r.To = r.From }, false},
			"thirty days":                       {func(r *Request) { r.To = r.From.Add(30 * 24 * time.Hour) }, true},
			"longer than thirty days":           {func(r *Request) { r.To = r.From.Add(30*24*time.Hour + time.Second) }, false},
			"open without a decision":           {func(r *Request) { r.Approver = "" }, false},
			"restricted with one leader":        {func(r *Request) { r.Level = 1 }, false},
			"restricted with two":               {func(r *Request) { r.Level, r.Second = 1, "d" }, true},
			"an emergency":                      {func(r *Request) { r.Kind, r.Approver = Urgent, "" }, true},
			"an emergency of two hours":         {func(r *Request) { r.Kind, r.Approver, r.To = Urgent, "", r.From.Add(2*time.Hour) }, false},
			"an emergency, confidential":        {func(r *Request) { r.Kind, r.Approver, r.Level = Urgent, "", 2 }, false},
			"an emergency reviewed by its doer": {func(r *Request) { r.Kind, r.Approver, r.Reviewer = Urgent, "", "a" }, false},
		} {
			r := base
			r.ID, r.Number = RequestID(name), name
			c.change(&r)
			if err := h.store.insert(t.Context(), r); (err == nil) != c.good {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestProcedure(t *testing.T) {
	if _, err := readProcedure(procedureFile); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "[reading]\nsession = \"4h\"", "unknown = 1", strings.Replace(procedureFile, "longest_days = 30", "longest_days = 31", 1),
		strings.Replace(procedureFile, `lasts = "60m"`, `lasts = "61m"`, 1)} {
		if _, err := readProcedure(bad); err == nil {
			t.Errorf("read: %q", bad)
		}
	}
}

func (h *house) staff(login string) org.StaffID { return org.StaffID(auth.From(h.as(login)).ID) }
