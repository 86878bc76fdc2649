package criminal

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/roll"
	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

// The jobs of an import.
const (
	importJob = "criminal.import"
	undoJob   = "criminal.import-undo"
)

// importWork is what an import job is given.
type importWork struct {
	ID     ImportID    `json:"id"`
	Office auth.Office `json:"office"`
	By     org.StaffID `json:"by"`
}

// ImportTopic names an import to those who watch its job.
func ImportTopic(i ImportID) string { return "import:" + string(i) }

// mayImport returns who may bring lists in: into their own office, cases and acts.
func (s *Service) mayImport(ctx context.Context) (auth.Actor, error) {
	if err := auth.Require(ctx, MayManage); err != nil {
		return auth.Actor{}, err
	}
	return auth.From(ctx), auth.Require(ctx, MayAct)
}

// NewImport is a list as it is handed over: a file, or text that was pasted.
type NewImport struct {
	Form  string `form:"form"`
	Text  string `form:"text,lines"`
	Sheet string `form:"sheet"`
	Name  string
	Data  []byte
}

// BeginImport reads a list and says of each row what it would make. Nothing is entered
// yet.
func (s *Service) BeginImport(ctx context.Context, in NewImport) (out Import, err error) {
	defer fault.Wrap(&err, "begin import")
	me, err := s.mayImport(ctx)
	if err != nil {
		return out, err
	}
	f, ok := importForm(in.Form)
	var c fault.Check
	c.Need(ok, "form", "Hãy chọn loại danh sách.")
	c.Need(len(in.Data) > 0 || strings.TrimSpace(in.Text) != "", "file", "Hãy chọn tệp, hoặc dán danh sách vào ô.")
	if err := c.Err(ErrImport); err != nil {
		return out, err
	}
	var list roll.List
	if len(in.Data) > 0 {
		list, err = roll.Read(in.Name, in.Data, in.Sheet)
	} else {
		list, err = roll.Paste(in.Text)
		in.Name = "Dán " + civil.On(s.now()).VN()
	}
	if err != nil {
		return out, listRefusal(err)
	}
	out = Import{ID: id.New[Import](), Office: me.Office, Author: me.ID, Made: s.now(), Name: vn.Clean(in.Name), State: ImportDraft,
		ImportContent: ImportContent{Form: in.Form, Heads: list.Heads, Columns: roll.Match(list.Heads, f.Columns), Sheet: list.Sheet, Sheets: list.Sheets}}
	var rows []ImportRow
	for _, r := range list.Rows {
		rows = append(rows, ImportRow{N: int64(r.Number), Cells: r.Cells})
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertImport(ctx, out); err != nil {
			return err
		}
		return s.examine(ctx, out, f, rows)
	})
	return out, err
}

// listRefusal says for a person why a list was not read.
func listRefusal(err error) error {
	var c fault.Check
	c.Need(!errors.Is(err, roll.ErrBig), "file", "Tệp quá lớn: nhiều nhất 20 MB, và không quá 256 MB khi giải nén. Hãy chia danh sách ra nhiều tệp.")
	c.Need(!errors.Is(err, roll.ErrRows), "file", "Danh sách quá dài: nhiều nhất 20.000 dòng. Hãy chia ra nhiều tệp.")
	c.Need(!errors.Is(err, roll.ErrColumns), "file", "Danh sách có quá 100 cột. Hãy bỏ các cột không dùng.")
	c.Need(!errors.Is(err, roll.ErrCell), "file", "Có ô dài quá 4.000 chữ. Hãy rút ngắn rồi gửi lại.")
	c.Need(!errors.Is(err, roll.ErrEmpty), "file", "Danh sách trống: cần một dòng tiêu đề cột và ít nhất một dòng dữ liệu.")
	c.Need(!errors.Is(err, roll.ErrKind), "file", "Tệp này không phải danh sách. Hãy gửi XLSX hoặc CSV; tệp XLS cũ hãy lưu lại thành XLSX.")
	c.Need(!errors.Is(err, roll.ErrBook), "file", "Bảng tính bị hỏng, có mật khẩu hoặc không phải XLSX. Hãy mở ra, lưu lại thành XLSX rồi gửi.")
	c.Need(!errors.Is(err, roll.ErrSheet), "file", "Không có trang tính tên này trong tệp. Hãy xem lại tên, hoặc để trống để lấy trang đầu.")
	if no := c.Err(ErrImport); no != nil {
		return no
	}
	return err
}

// examine says of each row what it would make, as if the rows before it were made, and
// keeps that.
func (s *Service) examine(ctx context.Context, im Import, f ImportForm, rows []ImportRow) error {
	l := s.law(ctx)
	reads := make([]rowRead, len(rows))
	for i, r := range rows {
		reads[i] = f.read(l, im.values(r.Cells))
	}
	cases, err := s.draftCases(ctx, im.Office, reads)
	if err != nil {
		return err
	}
	known, err := s.knownPeople(ctx, reads)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].State, rows[i].Plan = s.plan(l, f, cases, known, reads[i])
	}
	return s.store.insertRows(ctx, im.ID, rows)
}

// plan says what a row would make, and makes it in cases, which is memory.
func (s *Service) plan(l Law, f ImportForm, cases map[string]*draftCase, known map[string][]Same, r rowRead) (RowState, RowPlan) {
	p := RowPlan{Wrong: r.wrong}
	d := cases[r.number]
	p.Wrong.Need(d != nil || f.New || r.number == "", "number", "Không có vụ án số này trong đơn vị. Hãy nhập vụ án trước.")
	if len(p.Wrong) > 0 {
		return RowWrong, p
	}
	isNew := d == nil
	if isNew {
		d = &draftCase{}
		p.Makes = append(p.Makes, RowThing{Case: r.number})
	}
	who, added := Person{}, false
	if r.person.Name != "" {
		if who, added = s.draftPerson(d, f, r, &p); added {
			p.Makes = append(p.Makes, RowThing{Role: r.person.Role, Name: r.person.Name})
			for _, k := range known[keyOf(r.person)] {
				if k.Person.like(r.person) && k.Number != r.number {
					p.Notes = append(p.Notes, RowNote{Number: k.Number, Name: k.CaseName})
				}
			}
		}
	}
	p.Wrong.Need(r.name != "" || !isNew, "name", "Vụ án mới cần tên vụ án hoặc tên bị can.")
	led := ledger.Case{Acts: slices.Clone(d.led.Acts), Parties: slices.Clone(d.led.Parties)}
	if added {
		led.Parties = append(led.Parties, who.party())
	}
	for _, a := range r.acts {
		if a.once && !isNew {
			continue
		}
		act := s.draftAct(l, a, who)
		if (&draftCase{led: led}).has(act) {
			continue
		}
		for _, x := range ledger.Check(l, &led, act, s.Now()) {
			if x.Severity == ledger.Refuse {
				p.Wrong.Need(false, f.cellOf(a.Kind, x.Field), say(x))
			} else if x.Code != lateEntry { // what a list brings is always of days gone by
				p.Notes = append(p.Notes, RowNote{Text: say(x)})
			}
		}
		led.Acts = append(led.Acts, act)
		p.Makes = append(p.Makes, RowThing{Act: act.Kind, At: act.At})
	}
	switch {
	case len(p.Wrong) > 0:
		return RowWrong, p
	case len(p.Makes) == 0:
		return RowTwice, p
	}
	d.led = led
	if added {
		d.people = append(d.people, who)
	}
	cases[r.number] = d
	return RowReady, p
}

// lateEntry is the finding for an act that is entered long after it was done.
const lateEntry = "entry.late"

// cellOf is the column that a finding about a field of an act is about.
func (f ImportForm) cellOf(kind, field string) string {
	for _, a := range f.Acts {
		if a.Kind != kind && a.KindFrom == "" {
			continue
		}
		switch field {
		case "at":
			return a.At
		case "number":
			return a.Number
		case "until":
			return a.Until
		case "parties":
			return "person"
		case "charges":
			return "charges"
		}
	}
	return ""
}

func (s *Service) draftPerson(d *draftCase, f ImportForm, r rowRead, p *RowPlan) (who Person, added bool) {
	if who, ok := d.find(r.person); ok {
		return who, false
	}
	who = r.person
	tidied, err := who.tidy(civil.On(s.now()))
	if err != nil {
		for _, x := range fault.From(err).Fields {
			code := map[string]string{"name": "person", "id_number": "identity"}[x.Name]
			if code == "" {
				code = x.Name
			}
			p.Wrong.Need(false, code, x.Text)
		}
		return who, true
	}
	tidied.ID = ledger.PartyID(id.New[Person]())
	return tidied, true
}

func (s *Service) draftAct(l Law, a rowAct, who Person) ledger.Act {
	act := a.Act
	act.ID = ledger.ActID(id.New[ledger.Act]())
	if k, ok := l.Act(act.Kind); ok {
		if act.By == "" && len(k.By) > 0 {
			act.By = k.By[0]
		}
		if who.ID != "" && a.person && k.Scope != "case" {
			act.Parties = []ledger.PartyID{who.ID}
		}
	}
	return act
}

// draftCases reads those cases of the office that the rows are about.
func (s *Service) draftCases(ctx context.Context, o auth.Office, reads []rowRead) (map[string]*draftCase, error) {
	out := map[string]*draftCase{}
	var numbers []string
	for _, r := range reads {
		numbers = append(numbers, r.number)
	}
	slices.Sort(numbers)
	for part := range slices.Chunk(slices.Compact(numbers), 500) {
		found, err := s.store.byNumbers(ctx, o, part)
		if err != nil {
			return nil, err
		}
		var ids []ID
		of := map[ID]*draftCase{}
		for _, c := range found {
			if _, err := s.get(ctx, MayManage, c.id); errors.Is(err, ErrNone) {
				continue // of a secret case one may not know even that
			} else if err != nil {
				return nil, err
			}
			d := &draftCase{id: c.id, led: ledger.Case{ID: string(c.id)}}
			out[c.number], of[c.id] = d, d
			ids = append(ids, c.id)
		}
		acts, err := s.store.actsIn(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, a := range acts {
			of[a.of].led.Acts = append(of[a.of].led.Acts, a.Act)
		}
		people, err := s.store.peopleIn(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			d := of[p.of]
			d.people = append(d.people, p.Person)
			d.led.Parties = append(d.led.Parties, p.party())
		}
	}
	return out, nil
}

// keyOf is what people who may be the same are gathered by.
func keyOf(p Person) string {
	if p.IDNumber != "" {
		return p.IDNumber
	}
	return p.sort()
}

// knownPeople returns the people of other cases whom the rows may be about.
func (s *Service) knownPeople(ctx context.Context, reads []rowRead) (map[string][]Same, error) {
	var numbers, names []string
	for _, r := range reads {
		if r.person.Name != "" {
			numbers, names = append(numbers, r.person.IDNumber), append(names, r.person.sort())
		}
	}
	slices.Sort(numbers)
	slices.Sort(names)
	numbers, names = slices.Compact(numbers), slices.Compact(names)
	out := map[string][]Same{}
	for len(numbers) > 0 || len(names) > 0 {
		n, m := min(len(numbers), 500), min(len(names), 500)
		found, err := s.store.known(ctx, s.Scope(ctx), numbers[:n], names[:m])
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			out[x.Person.sort()] = append(out[x.Person.sort()], x)
			if x.Person.IDNumber != "" {
				out[x.Person.IDNumber] = append(out[x.Person.IDNumber], x)
			}
		}
		numbers, names = numbers[n:], names[m:]
	}
	return out, nil
}

// Imports returns the last imports of the asker's office, newest first.
func (s *Service) Imports(ctx context.Context) (out []Import, err error) {
	defer fault.Wrap(&err, "imports")
	me, err := s.mayImport(ctx)
	if err != nil {
		return nil, err
	}
	return s.store.imports(ctx, me.Office, 30)
}

// Import returns an import and how many rows are in each state.
func (s *Service) Import(ctx context.Context, i ImportID) (out Import, counts map[RowState]int, err error) {
	defer fault.Wrap(&err, "import %s", i)
	me, err := s.mayImport(ctx)
	if err != nil {
		return out, nil, err
	}
	if out, err = s.store.oneImport(ctx, me.Office, i); err != nil {
		if errors.Is(err, db.ErrNone) {
			err = ErrNoImport
		}
		return out, nil, err
	}
	list, err := s.store.rowCounts(ctx, i)
	counts = map[RowState]int{}
	for _, c := range list {
		counts[c.state] = c.n
	}
	return out, counts, err
}

// ImportRows returns a page of rows of an import, of one state if it is given.
func (s *Service) ImportRows(ctx context.Context, i ImportID, state RowState, after int64) (out page.Of[ImportRow], err error) {
	defer fault.Wrap(&err, "rows of import %s", i)
	if _, _, err := s.Import(ctx, i); err != nil {
		return out, err
	}
	req := page.Req{Limit: 50}
	rows, err := s.store.importRows(ctx, i, state, after, req.Size()+1)
	return page.Cut(rows, req, func(r ImportRow) string { return strconv.FormatInt(r.N, 10) }), err
}

// Remap reads the columns of an import as columns says, and says anew what each row
// would make.
func (s *Service) Remap(ctx context.Context, i ImportID, columns []string) (err error) {
	defer fault.Wrap(&err, "columns of import %s", i)
	im, _, err := s.Import(ctx, i)
	if err != nil {
		return err
	}
	f, _ := importForm(im.Form)
	var c fault.Check
	seen := map[string]bool{}
	for n, code := range columns {
		c.Need(code == "" || f.column(code).Code != "", "column-"+strconv.Itoa(n), "Không có cột này trong loại danh sách.")
		c.Need(code == "" || !seen[code], "column-"+strconv.Itoa(n), "Cột này đã chọn cho một tiêu đề khác.")
		seen[code] = true
	}
	c.Need(len(columns) == len(im.Heads), "columns", "Số cột không khớp với danh sách. Hãy tải lại trang.")
	if err := c.Err(ErrImport); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		im.Columns = columns
		if n, err := s.store.stepImport(ctx, im, ImportDraft); err != nil || n == 0 {
			return cmpErr(err, ErrImportState)
		}
		rows, err := s.store.importRows(ctx, i, "", -1, roll.MaxRows)
		if err != nil {
			return err
		}
		if err := s.store.dropRows(ctx, i); err != nil {
			return err
		}
		return s.examine(ctx, im, f, rows)
	})
}

// cmpErr is the first error there is.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// ChooseRows leaves rows of a page out, or takes them in again: of shown, those in
// taken are to be entered.
func (s *Service) ChooseRows(ctx context.Context, i ImportID, shown, taken []int64) (err error) {
	defer fault.Wrap(&err, "choose rows of import %s", i)
	im, _, err := s.Import(ctx, i)
	if err == nil && im.State != ImportDraft {
		err = ErrImportState
	}
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, n := range shown {
			from, to := RowReady, RowLeft
			if slices.Contains(taken, n) {
				from, to = RowLeft, RowReady
			}
			if err := s.store.chooseRow(ctx, i, n, from, to); err != nil {
				return err
			}
		}
		return nil
	})
}

// CommitImport enters the rows that are chosen, in the background.
func (s *Service) CommitImport(ctx context.Context, i ImportID) (err error) {
	defer fault.Wrap(&err, "commit import %s", i)
	im, counts, err := s.Import(ctx, i)
	if err != nil {
		return err
	}
	if counts[RowReady] == 0 {
		return refusal{ErrImport}.Need(false, "rows", "Không có dòng nào để nhập. Hãy chọn ít nhất một dòng.")
	}
	im.State = ImportRuns
	return s.startImport(ctx, im, ImportDraft, importJob)
}

// UndoImport takes back what an import made, in the background: its acts are voided
// with the reason, its people step back, its cases are marked as entered by mistake.
func (s *Service) UndoImport(ctx context.Context, i ImportID, why string) (err error) {
	defer fault.Wrap(&err, "undo import %s", i)
	im, _, err := s.Import(ctx, i)
	if err != nil {
		return err
	}
	if im.Why = vn.Clean(why); im.Why == "" {
		return refusal{ErrImport}.Need(false, "why", "Hãy ghi lý do hoàn tác.")
	}
	im.State = ImportUndoing
	return s.startImport(ctx, im, ImportDone, undoJob)
}

func (s *Service) startImport(ctx context.Context, im Import, from ImportState, kind string) error {
	me := auth.From(ctx)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if n, err := s.store.stepImport(ctx, im, from); err != nil || n == 0 {
			return cmpErr(err, ErrImportState)
		}
		return s.jobs.PutUnique(ctx, kind, string(im.ID), importWork{im.ID, im.Office, org.StaffID(me.ID)}, job.Topic(ImportTopic(im.ID)))
	})
}

// actor is who asked for the work, with the rights they have now.
func (s *Service) actor(ctx context.Context, w importWork) (context.Context, error) {
	p, err := s.org.Person(auth.With(ctx, org.Console()), w.By)
	if err != nil {
		return ctx, err
	}
	a, err := s.org.ActorOf(ctx, p.Login)
	return auth.With(ctx, a), err
}

// workImport does f to each row of an import that is in a state, each in a transaction
// of its own: what a row made and that it made it are kept together or not at all.
// What refuses a row is kept with it, and the next is tried.
func (s *Service) workImport(ctx context.Context, run *job.Run, body json.RawMessage, state RowState, back bool, f func(context.Context, Import, ImportRow) (RowState, RowMade, error), end ImportState) error {
	var w importWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	ctx, err := s.actor(ctx, w)
	if err != nil {
		return err
	}
	im, counts, err := s.Import(ctx, w.ID)
	if err != nil {
		return err
	}
	begun, total, done := im.State, max(counts[state], 1), 0
	next := s.store.importRows
	at := int64(-1)
	if back {
		next, at = s.store.lastRows, 1<<62
	}
	for {
		rows, err := next(ctx, w.ID, state, at, 200)
		if err != nil {
			return err
		}
		for _, r := range rows {
			at = r.N
			if err := s.workRow(ctx, run, im, r, f); err != nil {
				return err
			}
			done++
			if err := run.Progress(ctx, done, total, ""); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			break
		}
	}
	return run.Finish(ctx, func(ctx context.Context) error {
		im.State = end
		_, err := s.store.stepImport(ctx, im, begun)
		return err
	})
}

func (s *Service) workRow(ctx context.Context, run *job.Run, im Import, r ImportRow, f func(context.Context, Import, ImportRow) (RowState, RowMade, error)) error {
	err := run.Tx(ctx, func(ctx context.Context) error {
		state, made, err := f(ctx, im, r)
		if err != nil {
			return err
		}
		return s.store.settleRow(ctx, im.ID, r.N, state, made)
	})
	no, refused := errors.AsType[*fault.Error](err)
	if !refused || no.Kind == fault.Internal {
		return err
	}
	r.Made.Reason = no.Text
	for _, x := range no.Fields {
		r.Made.Reason += " " + x.Text
	}
	to := RowRefused
	if r.State == RowDone {
		to = RowKept
	}
	return run.Tx(ctx, func(ctx context.Context) error { return s.store.settleRow(ctx, im.ID, r.N, to, r.Made) })
}

// runImport is the job that enters the rows.
func (s *Service) runImport(ctx context.Context, run *job.Run, body json.RawMessage) error {
	return s.workImport(ctx, run, body, RowReady, false, s.enterRow, ImportDone)
}

// enterRow makes what a row tells.
func (s *Service) enterRow(ctx context.Context, im Import, row ImportRow) (_ RowState, m RowMade, err error) {
	f, _ := importForm(im.Form)
	l := s.law(ctx)
	r := f.read(l, im.values(row.Cells))
	if err := r.wrong.Err(ErrImport); err != nil {
		return "", m, err
	}
	if m.Case, err = s.numbered(ctx, im.Office, r.number); err != nil {
		return "", m, err
	}
	if m.Case == "" {
		if !f.New {
			return "", m, ErrNone
		}
		c, err := s.Create(ctx, r.newCase(f, im.Office))
		if err != nil {
			return "", m, err
		}
		m.Case, m.New = c.ID, true
	}
	who := Person{}
	d := &draftCase{id: m.Case}
	if d.people, err = s.store.persons(ctx, m.Case); err != nil {
		return "", m, err
	}
	if r.person.Name != "" {
		old := false
		if who, old = d.find(r.person); !old {
			if who, err = s.AddPerson(ctx, m.Case, r.person); err != nil {
				return "", m, err
			}
			m.Person = who.ID
		}
	}
	for _, a := range r.acts {
		if a.once && !m.New {
			continue
		}
		if d.led, err = s.ledger(ctx, m.Case); err != nil {
			return "", m, err
		}
		act := s.draftAct(l, a, who)
		if d.has(act) {
			continue
		}
		made, _, err := s.Record(ctx, m.Case, act)
		if err != nil {
			return "", m, err
		}
		m.Acts = append(m.Acts, made.ID)
	}
	return RowDone, m, nil
}

// newCase is the case a row makes.
func (r rowRead) newCase(f ImportForm, o auth.Office) New {
	n := New{Number: r.number, Name: cut(r.name, 300), Office: o, Stage: f.Stage}
	for _, a := range r.acts {
		if a.Kind == "case.open" {
			n.Opened = a.At.Day()
		}
	}
	if r.alias != "" {
		n.Aliases = []Alias{{Code: r.alias, Whose: "police"}}
	}
	return n
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// runUndo is the job that takes an import back, the last row first.
func (s *Service) runUndo(ctx context.Context, run *job.Run, body json.RawMessage) error {
	return s.workImport(ctx, run, body, RowDone, true, s.undoRow, ImportUndone)
}

// undoRow takes back what a row made. Nothing is deleted: acts are voided, a person
// who is in the ledger becomes a participant entered by mistake, a case that nobody
// touched since is closed under a number of its own.
func (s *Service) undoRow(ctx context.Context, im Import, row ImportRow) (_ RowState, m RowMade, err error) {
	m = row.Made
	for _, a := range slices.Backward(m.Acts) {
		if _, _, err := s.Void(ctx, m.Case, a, im.Why); err != nil && !errors.Is(err, ErrNoAct) {
			return "", m, err
		}
	}
	if m.Person != "" {
		if err := s.stepBack(ctx, m.Case, m.Person, im.Why); err != nil {
			return "", m, err
		}
	}
	if m.New {
		return RowUndone, m, s.mistaken(ctx, m.Case, im.Why)
	}
	return RowUndone, m, nil
}

// Mistaken is the capacity of a person who was entered by mistake and is in acts that
// were voided.
const Mistaken = "mistaken"

func (s *Service) stepBack(ctx context.Context, c ID, who ledger.PartyID, why string) error {
	led, err := s.ledger(ctx, c)
	if err != nil {
		return err
	}
	for _, a := range ledger.Standing(&led) {
		if slices.Contains(a.Parties, who) {
			return ErrInLedger
		}
	}
	if !mentioned(led, who) {
		return s.RemovePerson(ctx, c, who)
	}
	p, err := s.store.party(ctx, c, who)
	if err != nil {
		return err
	}
	p.Role, p.Capacity, p.More = Participant, Mistaken, with1(p.More, "note", "Nhập nhầm: "+why)
	_, err = s.EditPerson(ctx, c, p)
	return err
}

// ErrTouched is returned for a case that others have worked in since it was imported.
var ErrTouched = fault.New(fault.Conflict, "criminal.touched", "Vụ án đã có hành vi, người hoặc phân công khác sau khi nhập nên được giữ lại. Hãy sửa trong vụ án.")

// mistaken marks a case as entered by mistake (nhập nhầm): it is closed and gives its
// number back, but stays to be found.
func (s *Service) mistaken(ctx context.Context, c ID, why string) error {
	return s.hold(ctx, MayManage, c, func(ctx context.Context, k *Case) error {
		led, err := s.ledger(ctx, c)
		if err != nil {
			return err
		}
		as, err := s.store.assignments(ctx, c)
		if err != nil {
			return err
		}
		if k.Persons, err = s.store.persons(ctx, c); err != nil {
			return err
		}
		if k.Aliases, err = s.store.aliases(ctx, c); err != nil {
			return err
		}
		if len(ledger.Standing(&led)) > 0 || len(as) > 0 || slices.ContainsFunc(k.Persons, func(p Person) bool { return p.Capacity != Mistaken }) {
			return ErrTouched
		}
		k.Number = cut(k.Number, 35) + " (nhầm " + string(c[len(c)-6:]) + ")"
		k.Name, k.Status = cut("[Nhập nhầm: "+why+"] "+k.Name, 300), Closed
		return s.store.update(ctx, *k)
	})
}

// Template writes an empty list of a kind, with an example row.
func (s *Service) Template(ctx context.Context, form string, open func(name string) io.Writer) (err error) {
	defer fault.Wrap(&err, "template %s", form)
	if _, err := s.mayImport(ctx); err != nil {
		return err
	}
	f, ok := importForm(form)
	if !ok {
		return ErrNoImport
	}
	p, row := sheet.Paper{Made: s.now()}, []string{}
	for _, c := range f.Columns {
		p.Columns = append(p.Columns, sheet.Column{Title: c.Title, Width: 20})
		row = append(row, c.Show)
	}
	return sheet.Write(open("Mẫu danh sách "+f.Title+".xlsx"), p, func(yield func([]string) error) error { return yield(row) })
}

// Rejected writes the rows of an import that were not entered, with the reason in the
// last column, so that they can be corrected and brought in again.
func (s *Service) Rejected(ctx context.Context, i ImportID, open func(name string) io.Writer) (err error) {
	defer fault.Wrap(&err, "rejected rows of import %s", i)
	im, _, err := s.Import(ctx, i)
	if err != nil {
		return err
	}
	p := sheet.Paper{Made: s.now()}
	for _, h := range im.Heads {
		p.Columns = append(p.Columns, sheet.Column{Title: h, Width: 20})
	}
	p.Columns = append(p.Columns, sheet.Column{Title: "Lý do không nhập", Width: 50})
	return sheet.Write(open("Dòng không nhập - "+im.Name+".xlsx"), p, func(yield func([]string) error) error {
		for at := int64(-1); ; {
			rows, err := s.store.importRows(ctx, i, "", at, 500)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, r := range rows {
				at = r.N
				if r.State == RowWrong || r.State == RowRefused {
					if err := yield(append(slices.Clone(r.Cells), r.why())); err != nil {
						return err
					}
				}
			}
		}
	})
}

// why says why a row is not entered.
func (r ImportRow) why() string {
	if r.Made.Reason != "" {
		return r.Made.Reason
	}
	var out []string
	for _, w := range r.Plan.Wrong {
		out = append(out, w.Text)
	}
	return strings.Join(out, " ")
}

// WatchImport tells how the work on an import stands, and how it goes on until ctx is
// done. Who may know of the import is asked by Import.
func (s *Service) WatchImport(ctx context.Context, i ImportID) <-chan job.Job {
	return s.jobs.Watch(ctx, ImportTopic(i))
}
