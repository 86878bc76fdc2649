package criminal

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

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
	if err := s.examine(ctx, out, f, rows); err != nil {
		return out, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertImport(ctx, out); err != nil {
			return err
		}
		return s.store.insertRows(ctx, out.ID, rows)
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
	if err != nil {
		return out, err
	}
	seen := map[ID]bool{}
	for r := range rows { // a note tells of another case only to who may see it
		notes := &rows[r].Plan.Notes
		*notes = slices.DeleteFunc(*notes, func(n RowNote) bool {
			if n.Case == "" {
				return false
			}
			if _, asked := seen[n.Case]; !asked {
				_, err := s.get(ctx, MayRead, n.Case)
				seen[n.Case] = err == nil
			}
			return !seen[n.Case]
		})
	}
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
	im.Columns = columns
	rows, err := s.store.importRows(ctx, i, "", -1, roll.MaxRows)
	if err != nil {
		return err
	}
	if err := s.examine(ctx, im, f, rows); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if n, err := s.store.stepImport(ctx, im, ImportDraft); err != nil || n == 0 {
			return cmpErr(err, ErrImportState)
		}
		if err := s.store.dropRows(ctx, i); err != nil {
			return err
		}
		return s.store.insertRows(ctx, i, rows)
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
