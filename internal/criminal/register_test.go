package criminal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/made"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/law"
)

// Every register is made of kinds, fields and columns that there are.
func TestRegisterData(t *testing.T) {
	l := testLaw(t)(t.Context())
	list, ok := l.List("registers")
	if !ok {
		t.Fatal("the law has no list of registers")
	}
	for _, r := range registers() {
		if !slices.ContainsFunc(list.Items, func(c law.Choice) bool { return c.Code == r.Code && c.Title == r.Title }) {
			t.Errorf("%s: the law does not know it by this title", r.Code)
		}
		if r.Source == "" || r.Confidence == "" {
			t.Errorf("%s: no source", r.Code)
		}
		for _, k := range append(slices.Clone(r.Kinds), r.follows()...) {
			if _, ok := l.Act(k); !ok {
				t.Errorf("%s: no act %s", r.Code, k)
			}
		}
		for _, c := range r.Columns {
			name, isField := strings.CutPrefix(c.Show, "field:")
			known := slices.Contains([]string{"at", "day", "number", "kind", "issuer", "signer", "parties", "accused", "charges", "reason", "until", "note", "proof", "days",
				"case.number", "case.name", "case.stage", "case.status", "later", "last"}, c.Show)
			if isField {
				for _, k := range r.Kinds {
					kind, _ := l.Act(k)
					for _, f := range kind.Fields {
						known = known || f.Name == name
					}
				}
			}
			if !known || c.Title == "" || c.Width == 0 || (c.Show == "later" || c.Show == "last") != (len(c.Kinds) > 0) {
				t.Errorf("%s: column %+v", r.Code, c)
			}
		}
	}
}

// acted enters an act and returns it.
func (w *world) acted(ctx context.Context, c ID, a ledger.Act) ledger.Act {
	w.t.Helper()
	out, _, err := w.Record(ctx, c, a)
	w.must(err)
	return out
}

// column returns what the rows of a register show in a column.
func column(r Register, rows []RegisterRow, title string) (out []string) {
	i := slices.IndexFunc(r.Columns, func(c RegisterColumn) bool { return c.Title == title })
	for _, row := range rows {
		out = append(out, row.Cells[i])
	}
	return out
}

func TestRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		ctx := w.as("chief")
		var cases []Case
		for i := range 3 {
			in := some(fmt.Sprintf("%d/2026/HS", 60+i))
			in.Opened = ""
			in.Persons = append(in.Persons, Person{Name: "Lý A Chớ", Born: "1988", Role: Accused})
			c, err := w.Create(ctx, in)
			w.must(err)
			c, err = w.Detail(ctx, c.ID)
			w.must(err)
			cases = append(cases, c)
			w.acted(ctx, c.ID, ledger.Act{Kind: "case.open", At: ledger.Moment(fmt.Sprintf("2026-03-1%d", i)), Number: fmt.Sprintf("%d/QĐ", i), By: "police", Issuer: "Công an tỉnh Lào Cai",
				Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
		}
		f := RegisterFilter{}
		r, rows, err := w.Register(ctx, "investigation", f)
		w.must(err)
		if got := column(r, rows.Items, "Số vụ án"); !slices.Equal(got, []string{"62/2026/HS", "61/2026/HS", "60/2026/HS"}) {
			t.Errorf("newest first: %q", got)
		}
		if got := column(r, rows.Items, "Bị can")[0]; got != "Giàng Seo Vảng\nLý A Chớ, 1988" {
			t.Errorf("accused: %q", got)
		}
		if got := column(r, rows.Items, "Điều luật")[0]; got != "khoản 1 Điều 173" {
			t.Errorf("charges: %q", got)
		}
		for _, x := range []struct {
			f    RegisterFilter
			want string
		}{
			{RegisterFilter{Sort: EarliestFirst}, "60 61 62"}, {RegisterFilter{From: "2026-03-11"}, "62 61"}, {RegisterFilter{To: "2026-03-11"}, "61 60"},
			{RegisterFilter{Words: "61/2026"}, "61"}, {RegisterFilter{Words: "2/QĐ"}, "62"}, {RegisterFilter{Words: "ly a cho"}, "62 61 60"}, {RegisterFilter{Words: "không ai"}, ""},
			{RegisterFilter{Office: "lao-cai-kv3", Below: true}, "62 61 60"}, {RegisterFilter{From: "2027-01-01"}, ""},
		} {
			_, rows, err := w.Register(ctx, "investigation", x.f)
			w.must(err)
			var got []string
			for _, n := range column(r, rows.Items, "Số vụ án") {
				got = append(got, strings.TrimSuffix(n, "/2026/HS"))
			}
			if s := strings.Join(got, " "); s != x.want {
				t.Errorf("%+v: %q, want %q", x.f, s, x.want)
			}
		}

		// Page by page, each row once.
		var seen []string
		for f := (RegisterFilter{Req: page.Req{Limit: 1}}); ; {
			_, rows, err := w.Register(ctx, "investigation", f)
			w.must(err)
			seen = append(seen, column(r, rows.Items, "Số vụ án")...)
			if f.After = rows.Next; f.After == "" {
				break
			}
		}
		if len(seen) != 3 || seen[2] != "60/2026/HS" {
			t.Errorf("pages: %q", seen)
		}

		// Who may see what, and the offices below.
		if _, rows, err := w.Register(w.as("province"), "investigation", RegisterFilter{Below: true}); err != nil || len(rows.Items) != 3 {
			t.Errorf("the province sees %d, %v", len(rows.Items), err)
		}
		if _, rows, err := w.Register(w.as("province"), "investigation", RegisterFilter{}); err != nil || len(rows.Items) != 0 {
			t.Errorf("the province's own: %d, %v", len(rows.Items), err)
		}
		if _, _, err := w.Register(w.as("neighbour"), "investigation", RegisterFilter{Office: "lao-cai-kv3"}); err == nil {
			t.Error("the neighbour reads it")
		}
		counts, err := w.Registers(ctx, "", 2026)
		w.must(err)
		for _, c := range counts {
			if want := map[string]int64{"investigation": 3}[c.Code]; c.Rows != want {
				t.Errorf("%s counts %d, want %d", c.Code, c.Rows, want)
			}
		}

		w.suspends(ctx, cases[0])
		w.copies(ctx, cases[1])

		// An act that was voided is in no register.
		led, _, err := w.Acts(ctx, cases[2].ID, "")
		w.must(err)
		_, _, err = w.Void(ctx, cases[2].ID, led.Acts[0].ID, "nhầm")
		w.must(err)
		if _, rows, _ := w.Register(ctx, "investigation", f); len(rows.Items) != 2 {
			t.Errorf("%d rows after one was voided", len(rows.Items))
		}
	})
}

// suspends checks the watch list: who is resumed leaves it, the other stays.
func (w *world) suspends(ctx context.Context, c Case) {
	t := w.t
	t.Helper()
	one, two := c.Persons[0].ID, c.Persons[1].ID
	for _, p := range []ledger.PartyID{one, two} {
		w.acted(ctx, c.ID, ledger.Act{Kind: "defendant.charge", At: "2026-03-20", By: "police", Parties: []ledger.PartyID{p}, Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
	}
	w.acted(ctx, c.ID, ledger.Act{Kind: "investigation.suspend", At: "2026-04-01", Number: "9/QĐ", By: "police", Parties: []ledger.PartyID{one, two}, Reason: suspendReason(t)})
	watch := func() []RegisterRow {
		_, rows, err := w.Register(ctx, "suspended", RegisterFilter{})
		w.must(err)
		return rows.Items
	}
	r, _ := register("suspended")
	rows := watch()
	if len(rows) != 1 || column(r, rows, "Số ngày đã qua")[0] != "235" || column(r, rows, "Lý do")[0] == suspendReason(t) {
		t.Fatalf("%+v", rows)
	}
	w.acted(ctx, c.ID, ledger.Act{Kind: "investigation.resume", At: "2026-05-01", By: "police", Parties: []ledger.PartyID{one}})
	if rows = watch(); len(rows) != 1 {
		t.Error("one of two was resumed, and the other is out of sight")
	}
	w.acted(ctx, c.ID, ledger.Act{Kind: "investigation.resume", At: "2026-05-02", By: "police", Parties: []ledger.PartyID{two}})
	if rows = watch(); len(rows) != 0 {
		t.Errorf("both are resumed: %+v", rows)
	}
	_, all, err := w.Register(ctx, "suspended", RegisterFilter{State: SettledBy})
	w.must(err)
	if len(all.Items) != 1 || !strings.Contains(column(r, all.Items, "Phục hồi, kết thúc")[0], "01/05/2026") {
		t.Errorf("%+v", all.Items)
	}
}

// suspendReason is a reason of suspension that the law knows.
func suspendReason(t *testing.T) string {
	t.Helper()
	x, ok := testLaw(t)(t.Context()).List("suspend_investigation")
	if !ok || len(x.Items) == 0 {
		t.Fatal("no reasons")
	}
	return x.Items[0].Code
}

// copies checks that what came along in a split is listed once.
func (w *world) copies(ctx context.Context, c Case) {
	t := w.t
	t.Helper()
	for _, p := range c.Persons {
		if p.Role == Accused {
			w.acted(ctx, c.ID, ledger.Act{Kind: "defendant.charge", At: "2026-03-20", By: "police", Parties: []ledger.PartyID{p.ID}, Charges: []ledger.Charge{{Article: "173", Clause: "1"}}})
		}
	}
	_, _, err := w.Split(ctx, c.ID, []ledger.PartyID{c.Persons[1].ID}, New{Number: "61a/2026/HS", Name: "Vụ tách"}, ledger.Act{At: "2026-06-01", By: "procuracy"})
	w.must(err)
	_, rows, err := w.Register(ctx, "investigation", RegisterFilter{})
	w.must(err)
	if len(rows.Items) != 3 {
		t.Errorf("%d rows after a split, want 3", len(rows.Items))
	}
}

func TestRegisterFile(t *testing.T) {
	w := house(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	c, err := w.Create(ctx, some("60/2026/HS"))
	w.must(err)
	w.acted(ctx, c.ID, ledger.Act{Kind: "file.handover", Reason: "police_procuracy", At: "2026-03-12T08:30", By: "police", Note: "=1+1", Fields: map[string]string{"pages": "120", "giver": "Công an tỉnh", "receiver": "Viện kiểm sát"}})
	var b bytes.Buffer
	w.must(w.ExportRegister(ctx, "handover", RegisterFilter{}, func(name string) io.Writer {
		if !strings.HasSuffix(name, ".xlsx") {
			t.Errorf("the file is called %q", name)
		}
		return &b
	}))
	f, err := excelize.OpenReader(&b)
	w.must(err)
	defer f.Close()
	rows, err := f.GetRows("Sổ")
	w.must(err)
	last := rows[len(rows)-1]
	if last[0] != "1" || last[7] != "120" || last[9] != "=1+1" {
		t.Errorf("%q", rows)
	}
	p, err := w.PrintRegister(ctx, "handover", RegisterFilter{})
	w.must(err)
	if len(p.Rows) != 1 || p.Office == "" || p.Above == "" {
		t.Errorf("%+v", p)
	}
	if _, _, err := w.Register(ctx, "nothing", RegisterFilter{}); err == nil {
		t.Error("a register there is not")
	}
}

func TestMinutes(t *testing.T) {
	w := house(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	c, err := w.Create(ctx, some("60/2026/HS"))
	w.must(err)
	a := w.acted(ctx, c.ID, ledger.Act{Kind: "file.handover", Reason: "police_procuracy", At: "2026-03-12T08:30", By: "police", Fields: map[string]string{"pages": "120", "giver": "Công an tỉnh", "receiver": "Viện kiểm sát"}})
	m, err := w.MinutesOf(ctx, c.ID, a.ID)
	w.must(err)
	if m.Giver != "Công an tỉnh" || m.Taker != "Viện kiểm sát" || minutesTime(m.Act.At) != "hồi 08 giờ 30 phút ngày 12 tháng 03 năm 2026" {
		t.Errorf("%+v", m)
	}
	b := w.acted(ctx, c.ID, ledger.Act{Kind: "report.receive", At: "2026-03-01", By: "police"})
	if _, err := w.MinutesOf(ctx, c.ID, b.ID); err == nil {
		t.Error("minutes of what hands nothing over")
	}
	if _, err := w.MinutesOf(w.as("neighbour"), c.ID, a.ID); err == nil {
		t.Error("the neighbour reads them")
	}
}

// A page of a register is read from an index in its order: no sort, no scan, however
// many acts there are.
func TestRegisterPlan(t *testing.T) {
	w := house(t, dbtest.SQLite(t))
	for _, q := range []registerQuery{
		{office: "lao-cai-kv3", limit: 50, from: "2026-01-01"},
		{office: "lao-cai-kv3", limit: 50, oldest: true},
		{below: "/tc/lao-cai/%", limit: 50, from: "2026-01-01"},
	} {
		sql, args := w.store.registerSQL(q, "case.open")
		plan, err := db.All(t.Context(), w.store.db, func(r db.Row) (s string, err error) {
			var a, b, c int
			err = r.Scan(&a, &b, &c, &s)
			return
		}, "EXPLAIN QUERY PLAN "+sql, args...)
		w.must(err)
		text := strings.Join(plan, "\n")
		index := "criminal_act_register (office=? AND kind=? AND at>? AND at<?)"
		if q.below != "" {
			index = "criminal_act_kind (kind=? AND at>? AND at<?)"
		}
		if !strings.Contains(text, index) || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%+v:\n%s", q, text)
		}
	}
}

// The pages of registers, numbers, lists and minutes answer, and refuse whom they must.
func TestRegisterPages(t *testing.T) {
	k := demoDesk(t, dbtest.SQLite(t))
	c := k.cases["01/2026/HS"]
	ctx := k.as("ksv")
	out, _, err := k.Record(ctx, c.ID, ledger.Act{Kind: "file.handover", Reason: "police_procuracy", At: "2026-11-20T08:30", By: "police"})
	k.ok(err)
	act := out.ID
	for path, want := range map[string]string{
		"/registers": "Sổ giao nhận hồ sơ", "/registers/handover": "01/2026/HS", "/registers/handover/print": "Sổ giao nhận hồ sơ", "/numbers": "Sổ cấp số",
		"/numbers/book?book=QĐ-VKS&year=2026": "QĐ-VKS", "/cases/import": "Nhập danh sách", actAt(c.ID, act, "/minutes"): "Biên bản giao nhận hồ sơ",
	} {
		status, body, _ := k.ask("ksv", path, nil)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{"/registers/handover/xlsx", "/numbers/book/xlsx?book=QĐ-VKS&year=2026", "/import-templates/cases"} {
		status, _, h := k.ask("ksv", path, nil)
		if status != http.StatusOK || !strings.Contains(h.Get("Content-Type"), "spreadsheetml") {
			t.Errorf("%s: %d %s", path, status, h.Get("Content-Type"))
		}
	}
	if status, _, _ := k.ask("ksv", "/registers/none", nil); status != http.StatusNotFound {
		t.Errorf("a register there is not: %d", status)
	}
}

// How fast a register is among many cases: CONGMINH_REGISTER_CASES=200000.
func TestRegisterScale(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("CONGMINH_REGISTER_CASES"))
	if err != nil {
		t.Skip("CONGMINH_REGISTER_CASES says how many cases")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		offices := []auth.Office{"lao-cai-kv1", "lao-cai-kv2", "lao-cai-kv3", "lai-chau", "lao-cai"}
		paths := map[auth.Office]string{}
		for _, o := range offices {
			of, err := w.org.Office(w.as("chief"), o)
			w.must(err)
			paths[o] = of.Path
		}
		begun := time.Now()
		for i := 0; i < n; i += 500 {
			var all []Whole
			for j := i; j < min(i+500, n); j++ {
				m, o := made.Make(j, 25, "2026-11-22"), offices[j%len(offices)]
				c := Case{ID: id.New[Case](), Number: fmt.Sprintf("%d/%s", j, m.Number), Name: m.Name, Office: o, Stage: Investigation, Status: Open, Created: m.Entered}
				for _, p := range m.Ledger.Parties {
					q := Person{ID: ledger.PartyID(fmt.Sprintf("%d.%s", j, p.ID)), Name: p.Name, Role: Role(p.Role), Born: p.Born}
					c.Persons = append(c.Persons, q)
				}
				for k := range m.Ledger.Acts {
					a := &m.Ledger.Acts[k]
					a.ID = ledger.ActID(fmt.Sprintf("%d.%s", j, a.ID))
					for x := range a.Parties {
						a.Parties[x] = ledger.PartyID(fmt.Sprintf("%d.%s", j, a.Parties[x]))
					}
				}
				all = append(all, Whole{Case: c, Path: paths[o], Ledger: m.Ledger.Acts})
			}
			w.must(w.Bulk(t.Context(), all))
		}
		acts, err := db.One(t.Context(), d, db.Value[int64], `SELECT COUNT(*) FROM criminal_act`)
		w.must(err)
		if d.Postgres() { // what it does by itself within a minute: without figures it plans badly
			_, err := d.Exec(t.Context(), `ANALYZE`)
			w.must(err)
		}
		t.Logf("%d cases, %d acts loaded in %s", n, acts, time.Since(begun).Round(time.Second))
		for _, c := range []struct {
			who, code string
			f         RegisterFilter
		}{
			{"chief", "investigation", RegisterFilter{}}, {"chief", "arrest", RegisterFilter{}}, {"chief", "suspended", RegisterFilter{}}, {"chief", "investigation", RegisterFilter{Words: "khong co ai"}},
			{"province", "arrest", RegisterFilter{Below: true}}, {"supreme", "investigation", RegisterFilter{Below: true}}, {"chief", "investigation", RegisterFilter{State: NotYet}},
		} {
			var took []time.Duration
			rows := 0
			for range 20 {
				at := time.Now()
				c.f.Limit = 50
				_, p, err := w.Register(w.as(c.who), c.code, c.f)
				w.must(err)
				took, rows = append(took, time.Since(at)), len(p.Items)
			}
			slices.Sort(took)
			t.Logf("%-9s %-14s below=%-5v words=%q state=%q: %d rows, median %s, worst %s", c.who, c.code, c.f.Below, c.f.Words, c.f.State, rows, took[10].Round(100*time.Microsecond), took[19].Round(100*time.Microsecond))
		}
		at := time.Now()
		_, err = w.Registers(w.as("chief"), "", 2026)
		w.must(err)
		t.Logf("counts of every register: %s", time.Since(at).Round(time.Millisecond))
		at = time.Now()
		var b bytes.Buffer
		w.must(w.ExportRegister(w.as("province"), "arrest", RegisterFilter{Below: true, From: "2025-01-01"}, func(string) io.Writer { return &b }))
		book, err := excelize.OpenReader(&b)
		w.must(err)
		defer book.Close()
		lines, err := book.GetRows("Sổ")
		w.must(err)
		t.Logf("export of %d rows: %s", len(lines)-7, time.Since(at).Round(time.Millisecond))
	})
}
