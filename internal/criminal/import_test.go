package criminal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/roll"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/job"
)

// importing is a house whose imports are done by hand.
func importing(t *testing.T, d *db.DB) (*world, *job.Runner) {
	t.Helper()
	w := house(t, d)
	r := job.NewRunner(d, slog.New(slog.DiscardHandler), func() time.Time { return noon })
	w.Module().Jobs(r)
	return w, r
}

const caseList = "DANH SÁCH VỤ ÁN\n" +
	"STT\tSố vụ án\tTên vụ án\tNgày khởi tố\tSố QĐ khởi tố vụ án\tHọ và tên bị can\tNăm sinh\tSố CCCD\tTội danh\tNgày khởi tố bị can\tSố QĐ khởi tố bị can\tCơ quan\n" +
	"1\t31/2026/HS\tVụ trộm cắp tại xã Mường Hum\t12/03/2026\t15/QĐ-CSĐT\tGiàng Seo Vảng\t17/05/1990\t010090001234\tkhoản 1 Điều 173\t14/03/2026\t20/QĐ-CSĐT\tCông an tỉnh Lào Cai\n" +
	"2\t31/2026/HS\t\t\t\tLý A Chớ\t1988\t\tkhoản 1 Điều 173\t14/3/2026\t21/QĐ-CSĐT\tCông an tỉnh Lào Cai\n" +
	"3\t32/2026/HS\t\t30/02/2026\t16/QĐ-CSĐT\tTẩn Láo Lở\t1985\t12\ttrộm cắp\t\t\t\n" +
	"4\t\tKhông số\t\t\tAi Đó\t\t\t\t\t\t\n" +
	"5\t31/2026/HS\t\t\t\tGiàng Seo Vảng\t1990\t010090001234\tkhoản 1 Điều 173\t14/03/2026\t20/QĐ-CSĐT\tCông an tỉnh Lào Cai\n" +
	"6\t33/2026/HS\t\t20/04/2026\t18/QĐ-CSĐT\tTrần Văn Hậu\t1979\t\tkhoản 1 Điều 260\t19/04/2026\t22/QĐ-CSĐT\tCông an tỉnh Lào Cai\n"

func (w *world) rows(ctx context.Context, i ImportID) (out []ImportRow) {
	w.t.Helper()
	p, err := w.ImportRows(ctx, i, "", -1)
	w.must(err)
	return p.Items
}

func states(rows []ImportRow) (out []RowState) {
	for _, r := range rows {
		out = append(out, r.State)
	}
	return out
}

func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, jobs := importing(t, d)
		ctx := w.as("chief")
		im, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: caseList})
		w.must(err)
		want := []string{"", "number", "name", "opened", "decision", "person", "born", "identity", "charges", "charged", "charge_number", "issuer"}
		if !slices.Equal(im.Columns, want) {
			t.Errorf("columns %q", im.Columns)
		}
		rows := w.rows(ctx, im.ID)
		// The accused of row 6 was charged a day before the case was opened.
		if got := states(rows); !slices.Equal(got[:5], []RowState{RowReady, RowReady, RowWrong, RowWrong, RowTwice}) {
			t.Fatalf("states %q; %+v", got, rows)
		}
		var columns []string
		for _, x := range rows[2].Plan.Wrong {
			columns = append(columns, x.Name)
		}
		for _, c := range []string{"opened", "identity", "charges"} {
			if !slices.Contains(columns, c) {
				t.Errorf("row 3: nothing is said of %s: %+v", c, rows[2].Plan.Wrong)
			}
		}
		if n, err := w.store.byNumber(ctx, "lao-cai-kv3", "31/2026/HS"); !errors.Is(err, db.ErrNone) {
			t.Fatalf("a preview entered %s, %v", n, err)
		}
		w.must(w.CommitImport(ctx, im.ID))
		if err := w.CommitImport(ctx, im.ID); !errors.Is(err, ErrImportState) {
			t.Errorf("a second commit: %v", err)
		}
		w.must(jobs.Drain(t.Context()))
		im, counts, err := w.Import(ctx, im.ID)
		w.must(err)
		if im.State != ImportDone || counts[RowDone] < 2 || counts[RowRefused] != 0 {
			t.Fatalf("%s %v", im.State, counts)
		}
		id, err := w.numbered(ctx, "lao-cai-kv3", "31/2026/HS")
		w.must(err)
		c, err := w.Detail(ctx, id)
		w.must(err)
		led, st, err := w.Acts(ctx, id, "")
		w.must(err)
		if len(c.Persons) != 2 || len(led.Acts) != 3 || c.Stage != Investigation || c.Opened != "2026-03-12" || st.Accused[0].Charged == "" {
			t.Errorf("%+v\n%+v", c, led.Acts)
		}
		if c.Persons[0].IDNumber != "010090001234" || c.Persons[0].Born != "1990-05-17" {
			t.Errorf("the person is %+v", c.Persons[0])
		}

		// The same list again makes nothing.
		again, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: caseList})
		w.must(err)
		if got := states(w.rows(ctx, again.ID)); got[0] != RowTwice || got[1] != RowTwice {
			t.Errorf("again: %q", got)
		}

		// A person who is known from another case is pointed out.
		other, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: "Số vụ án\tHọ tên\tCCCD\n40/2026/HS\tGiàng Seo Vảng\t010090001234\n"})
		w.must(err)
		if r := w.rows(ctx, other.ID); len(r[0].Plan.Notes) == 0 || r[0].Plan.Notes[0].Number != "31/2026/HS" {
			t.Errorf("nobody is pointed out: %+v", r)
		}

		var b bytes.Buffer
		w.must(w.Rejected(ctx, im.ID, func(string) io.Writer { return &b }))
		l, err := roll.Read("x.xlsx", b.Bytes(), "")
		w.must(err)
		if len(l.Rows) != counts[RowWrong] || l.Rows[0].Cells[len(l.Heads)-1] == "" || l.Heads[len(l.Heads)-1] != "Lý do không nhập" {
			t.Errorf("rejected: %+v", l)
		}

		w.undoes(ctx, jobs, im, id)
	})
}

// undoes takes the import back: nothing is deleted, and the list can be brought in again.
func (w *world) undoes(ctx context.Context, jobs *job.Runner, im Import, id ID) {
	t := w.t
	t.Helper()
	if err := w.UndoImport(ctx, im.ID, " "); !slices.Equal(fields(err), []string{"why"}) {
		t.Errorf("undone for no reason: %v", err)
	}
	w.must(w.UndoImport(ctx, im.ID, "Nhầm danh sách"))
	w.must(jobs.Drain(t.Context()))
	im, counts, err := w.Import(ctx, im.ID)
	w.must(err)
	if im.State != ImportUndone || counts[RowUndone] < 2 || counts[RowKept] != 0 {
		t.Errorf("%s %v %+v", im.State, counts, w.rows(ctx, im.ID))
	}
	led, _, err := w.Acts(ctx, id, "")
	w.must(err)
	if len(ledger.Standing(&led)) != 0 || len(led.Acts) != 6 {
		t.Errorf("%d acts, %d stand", len(led.Acts), len(ledger.Standing(&led)))
	}
	for _, a := range led.Acts {
		if a.Void && a.Why != "Nhầm danh sách" {
			t.Errorf("the reason is lost: %+v", a)
		}
	}
	c, err := w.Get(ctx, id)
	w.must(err)
	if c.Status != Closed || !strings.Contains(c.Name, "Nhập nhầm") || c.Number == "31/2026/HS" {
		t.Errorf("the case is %+v", c)
	}
	again, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: caseList})
	w.must(err)
	if got := states(w.rows(ctx, again.ID)); got[0] != RowReady {
		t.Errorf("the list cannot be brought in again: %q", got)
	}
}

// What others did since is not taken back.
func TestUndoTouched(t *testing.T) {
	w, jobs := importing(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	im, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: caseList})
	w.must(err)
	w.must(w.CommitImport(ctx, im.ID))
	w.must(jobs.Drain(t.Context()))
	id, err := w.numbered(ctx, "lao-cai-kv3", "31/2026/HS")
	w.must(err)
	w.must(w.Assign(ctx, id, w.staff["prosecutor"].ID, Conducts))
	w.must(w.UndoImport(ctx, im.ID, "Nhầm"))
	w.must(jobs.Drain(t.Context()))
	_, counts, err := w.Import(ctx, im.ID)
	w.must(err)
	c, err := w.Get(ctx, id)
	w.must(err)
	if counts[RowKept] != 1 || c.Number != "31/2026/HS" {
		t.Errorf("%v, case %s", counts, c.Number)
	}
}

func TestImportKinds(t *testing.T) {
	w, jobs := importing(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	for form, list := range map[string]string{
		"reports": "Số thụ lý;Nội dung tin báo;Ngày nhận;Loại tin;Người báo\n45/2026/TB;Hủy hoại rừng tại xã Mường Hum;05/11/2026;Tin báo;Ủy ban nhân dân xã\n",
		"custody": "Số vụ án\tHọ tên\tNăm sinh\tHình thức\tThời điểm\tĐến\tSố QĐ\n46/2026/HS\tLò Văn Pản\t1999\tTạm giữ\t22h30 10/11/2026\t22h30 13/11/2026\t31/QĐ\n",
	} {
		im, err := w.BeginImport(ctx, NewImport{Form: form, Name: form + ".csv", Data: []byte(list)})
		w.must(err)
		rows := w.rows(ctx, im.ID)
		if got := states(rows); !slices.Equal(got, []RowState{RowReady}) {
			t.Fatalf("%s: %q %+v", form, got, rows)
		}
		w.must(w.CommitImport(ctx, im.ID))
		w.must(jobs.Drain(t.Context()))
		if r := w.rows(ctx, im.ID)[0]; r.State != RowDone || len(r.Made.Acts) != 1 {
			t.Errorf("%s: %+v", form, r)
		}
	}
	id, err := w.numbered(ctx, "lao-cai-kv3", "46/2026/HS")
	w.must(err)
	im, err := w.BeginImport(ctx, NewImport{Form: "acts", Text: "Số vụ án\tLoại quyết định\tNgày\tHọ tên\tSố\n46/2026/HS\tPhê chuẩn gia hạn tạm giữ\t8h00 13/11/2026\tLò Văn Pản\t\n99/2026/HS\tCáo trạng\t13/11/2026\t\t\n46/2026/HS\tQuyết định gì đó\t13/11/2026\t\t\n"})
	w.must(err)
	rows := w.rows(ctx, im.ID)
	if got := states(rows); !slices.Equal(got[1:], []RowState{RowWrong, RowWrong}) || rows[1].Plan.Wrong[0].Name != "number" || rows[2].Plan.Wrong[0].Name != "kind" {
		t.Errorf("%q %+v", got, rows)
	}
	if rows[0].State == RowReady {
		w.must(w.CommitImport(ctx, im.ID))
		w.must(jobs.Drain(t.Context()))
		led, _, err := w.Acts(ctx, id, "")
		w.must(err)
		if a := led.Acts[len(led.Acts)-1]; a.Kind != "custody.extend" || a.Number == "" {
			t.Errorf("the decision has no number: %+v", a)
		}
	} else {
		t.Errorf("row 1: %+v", rows[0])
	}
}

func TestImportRemap(t *testing.T) {
	w, _ := importing(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	im, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: "Cột một\tCột hai\n31/2026/HS\tGiàng Seo Vảng\n"})
	w.must(err)
	if got := states(w.rows(ctx, im.ID)); got[0] != RowWrong {
		t.Errorf("unknown heads: %q", got)
	}
	if err := w.Remap(ctx, im.ID, []string{"number", "number"}); !slices.Equal(fields(err), []string{"column-1"}) {
		t.Errorf("a column twice: %v", err)
	}
	w.must(w.Remap(ctx, im.ID, []string{"number", "person"}))
	rows := w.rows(ctx, im.ID)
	if rows[0].State != RowReady {
		t.Errorf("%+v", rows)
	}
	w.must(w.ChooseRows(ctx, im.ID, []int64{rows[0].N}, nil))
	if err := w.CommitImport(ctx, im.ID); !slices.Equal(fields(err), []string{"rows"}) {
		t.Errorf("an empty choice: %v", err)
	}
	w.must(w.ChooseRows(ctx, im.ID, []int64{rows[0].N}, []int64{rows[0].N}))
	if got := states(w.rows(ctx, im.ID)); got[0] != RowReady {
		t.Errorf("taken in again: %q", got)
	}
}

func TestImportRights(t *testing.T) {
	w, _ := importing(t, dbtest.SQLite(t))
	im, err := w.BeginImport(w.as("chief"), NewImport{Form: "cases", Text: caseList})
	w.must(err)
	for _, who := range []string{"admin", "reception", ""} {
		if _, err := w.BeginImport(w.as(who), NewImport{Form: "cases", Text: caseList}); err == nil {
			t.Errorf("%q may import", who)
		}
	}
	if _, _, err := w.Import(w.as("neighbour"), im.ID); !errors.Is(err, ErrNoImport) {
		t.Errorf("the neighbour sees it: %v", err)
	}
}

// Each template is read by its own form, and its example is entered.
func TestTemplates(t *testing.T) {
	w, jobs := importing(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	l := testLaw(t)(ctx)
	for _, f := range forms() {
		for _, a := range f.Acts {
			if _, ok := l.Act(a.Kind); !ok && a.KindFrom == "" {
				t.Errorf("%s: no act %s", f.Code, a.Kind)
			}
			for _, c := range append([]string{a.At, a.Number, a.Until, a.Issuer, a.Signer, a.Reason, a.Note, a.KindFrom}, values(a.Fields)...) {
				if c != "" && f.column(c).Code == "" {
					t.Errorf("%s: no column %s", f.Code, c)
				}
			}
		}
		for _, k := range f.Kinds {
			if _, ok := l.Act(k.Code); !ok {
				t.Errorf("%s: no act %s", f.Code, k.Code)
			}
		}
		var b bytes.Buffer
		w.must(w.Template(ctx, f.Code, func(string) io.Writer { return &b }))
		im, err := w.BeginImport(ctx, NewImport{Form: f.Code, Name: "x.xlsx", Data: b.Bytes()})
		w.must(err)
		for i, c := range f.Columns {
			if im.Columns[i] != c.Code {
				t.Errorf("%s: %q is taken for %q", f.Code, c.Title, im.Columns[i])
			}
		}
		if r := w.rows(ctx, im.ID)[0]; r.State != RowReady {
			t.Errorf("%s: the example is %s: %+v", f.Code, r.State, r.Plan)
		}
		w.must(w.CommitImport(ctx, im.ID)) // the next list is about the same case
		w.must(jobs.Drain(t.Context()))
		if r := w.rows(ctx, im.ID)[0]; r.State != RowDone {
			t.Errorf("%s: the example was not entered: %+v", f.Code, r.Made)
		}
	}
}

func values(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// A work that died goes on where it was, and nothing is entered twice.
func TestImportResumes(t *testing.T) {
	w, jobs := importing(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	var b strings.Builder
	b.WriteString("Số vụ án\tHọ tên bị can\n")
	for i := range 30 {
		fmt.Fprintf(&b, "%d/2026/HS\tNgười %d\n", 100+i, i)
	}
	im, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: b.String()})
	w.must(err)
	w.must(w.CommitImport(ctx, im.ID))
	stop := errors.New("the machine stops")
	n := 0
	body, err := json.Marshal(importWork{im.ID, im.Office, w.staff["chief"].ID})
	w.must(err)
	half := job.NewRunner(w.store.db, slog.New(slog.DiscardHandler), func() time.Time { return noon })
	half.HandleLong("half", job.Options{Attempts: 1}, func(ctx context.Context, run *job.Run, _ json.RawMessage) error {
		return w.workImport(ctx, run, body, RowReady, false, func(ctx context.Context, im Import, r ImportRow) (RowState, RowMade, error) {
			if n++; n > 10 {
				return "", RowMade{}, stop
			}
			return w.enterRow(ctx, im, r)
		}, ImportDone)
	})
	w.must(half.Put(ctx, "half", nil))
	w.must(half.Drain(t.Context()))
	if _, counts, _ := w.Import(ctx, im.ID); counts[RowDone] != 10 || counts[RowReady] != 20 {
		t.Fatalf("after the stop: %v", counts)
	}
	w.must(jobs.Drain(t.Context()))
	if im, counts, _ := w.Import(ctx, im.ID); counts[RowDone] != 30 || im.State != ImportDone {
		t.Errorf("%s %v", im.State, counts)
	}
}

// A list that is as long as lists may be: CONGMINH_IMPORT_ROWS=20000.
func TestImportLong(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("CONGMINH_IMPORT_ROWS"))
	if err != nil {
		n = 300
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, jobs := importing(t, d)
		ctx := w.as("chief")
		var b strings.Builder
		b.WriteString("Số vụ án\tHọ tên bị can\tNăm sinh\tNgày khởi tố\tSố QĐ khởi tố vụ án\tTội danh\tNgày khởi tố bị can\tSố QĐ khởi tố bị can\n")
		for i := range n { // three accused to a case
			fmt.Fprintf(&b, "%d/2026/HS\tNgười %d\t1990\t12/03/2026\t%d/QĐ\tkhoản 1 Điều 173\t14/03/2026\t%d/QĐ\n", 1000+i/3, i, i/3, i)
		}
		begun := time.Now()
		im, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: b.String()})
		w.must(err)
		read := time.Since(begun)
		w.must(w.CommitImport(ctx, im.ID))
		begun = time.Now()
		w.must(jobs.Drain(t.Context()))
		_, counts, err := w.Import(ctx, im.ID)
		w.must(err)
		t.Logf("%d rows: examined in %s, entered in %s (%.0f rows a second)", n, read.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond), float64(n)/time.Since(begun).Seconds())
		if counts[RowDone] != n {
			t.Errorf("%v", counts)
		}
		cases, err := db.One(ctx, d, db.Value[int], `SELECT COUNT(*) FROM criminal`)
		w.must(err)
		acts, err := db.One(ctx, d, db.Value[int], `SELECT COUNT(*) FROM criminal_act`)
		w.must(err)
		if want := (n + 2) / 3; cases != want || acts != n+want {
			t.Errorf("%d cases with %d acts, want %d and %d", cases, acts, want, n+want)
		}
	})
}

// upload sends a form with a file, and returns where it leads.
func (k *desk) upload(who string, fields map[string]string, name string, data []byte) (int, string, string) {
	k.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for n, v := range fields {
		k.ok(form.WriteField(n, v))
	}
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		k.ok(err)
		_, err = part.Write(data)
		k.ok(err)
	}
	k.ok(form.Close())
	r := httptest.NewRequest(http.MethodPost, "/imports", &body).WithContext(k.as(who))
	r.Header.Set("Content-Type", form.FormDataContentType())
	rec := httptest.NewRecorder()
	k.mux.ServeHTTP(rec, r)
	return rec.Code, rec.Header().Get("Location"), rec.Body.String()
}

// A list from the form to the way back, through the pages.
func TestImportPages(t *testing.T) {
	k := demoDesk(t, dbtest.SQLite(t))
	jobs := job.NewRunner(k.store.db, slog.New(slog.DiscardHandler), func() time.Time { return noon })
	k.Module().Jobs(jobs)
	who := "vientruong"
	for name, c := range map[string]struct {
		fields map[string]string
		file   string
		data   []byte
		says   string
	}{
		"nothing":        {map[string]string{"form": "cases"}, "", nil, "Hãy chọn tệp, hoặc dán danh sách vào ô."},
		"no such form":   {map[string]string{"form": "x", "text": caseList}, "", nil, "Hãy chọn loại danh sách."},
		"too big":        {map[string]string{"form": "cases"}, "x.csv", make([]byte, roll.MaxBytes+1), "Tệp quá lớn"},
		"a picture":      {map[string]string{"form": "cases"}, "x.png", []byte("\x89PNG\r\n\x1a\n\x00\x00"), "Tệp này không phải danh sách."},
		"a broken sheet": {map[string]string{"form": "cases"}, "x.xlsx", []byte("PK\x03\x04xxxx"), "Bảng tính bị hỏng"},
	} {
		if status, _, body := k.upload(who, c.fields, c.file, c.data); status != http.StatusUnprocessableEntity || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d, does not say %q", name, status, c.says)
		}
	}
	status, to, _ := k.upload(who, map[string]string{"form": "cases"}, "danh sách.csv", []byte(caseList))
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/imports/") {
		t.Fatalf("%d %s", status, to)
	}
	body := k.see(who, to, http.StatusOK, "Nhập 3 dòng", "Số giấy tờ tùy thân gồm 9 hoặc 12 chữ số", "danh sách.csv")
	if !strings.Contains(body, `name="taken"`) {
		t.Error("no row can be chosen")
	}
	k.see("ksv", "/imports/none", http.StatusNotFound)
	post := func(path string, in url.Values, want int) {
		t.Helper()
		if status, body, _ := k.ask(who, to+path, in); status != want {
			t.Errorf("%s: %d, want %d\n%.400s", path, status, want, body)
		}
	}
	post("/columns", url.Values{"column": {"number", "number"}}, http.StatusUnprocessableEntity)
	post("/rows", url.Values{"shown": {"8"}, "back": {"state=ready"}}, http.StatusSeeOther)
	k.see(who, to, http.StatusOK, "Nhập 2 dòng")
	post("/undo", url.Values{"why": {"x"}}, http.StatusConflict)
	post("/commit", url.Values{}, http.StatusSeeOther)
	k.see(who, to, http.StatusOK, "Đang nhập", "data-live")
	k.ok(jobs.Drain(t.Context()))
	k.see(who, to, http.StatusOK, "Đã nhập xong (2)", "Bỏ qua (1)", "Mở vụ án")
	post("/undo", url.Values{"why": {""}}, http.StatusUnprocessableEntity)
	post("/undo", url.Values{"why": {"Nhầm danh sách"}}, http.StatusSeeOther)
	k.ok(jobs.Drain(t.Context()))
	k.see(who, to, http.StatusOK, "Lần nhập này đã hoàn tác: Nhầm danh sách")
	k.see(who, "/cases?q=31/2026", http.StatusOK, "Nhập nhầm")
}

// A list about one case alone ends before it takes for ever.
func TestImportOneCase(t *testing.T) {
	w, _ := importing(t, dbtest.SQLite(t))
	ctx := w.as("chief")
	var b strings.Builder
	b.WriteString("Số vụ án\tHọ tên bị can\n")
	for i := range rowsOfCase + 20 {
		fmt.Fprintf(&b, "1/2026/HS\tNgười %d\n", i)
	}
	im, err := w.BeginImport(ctx, NewImport{Form: "cases", Text: b.String()})
	w.must(err)
	_, counts, err := w.Import(ctx, im.ID)
	w.must(err)
	if counts[RowReady] != rowsOfCase || counts[RowWrong] != 20 {
		t.Errorf("%v", counts)
	}
}
