package criminal

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"congminh/internal/criminal/roll"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// The pages of one import stand beside those of cases, not below: /cases/import/print
// would be two pages at once.
func (s *Service) importRoutes(m *web.Mux) {
	m.Flash("criminal.columns-read", "Đã đọc lại các cột.")
	m.Flash("criminal.rows-chosen", "Đã lưu lựa chọn.")
	m.Page("GET /cases/import", MayManage, s.importWeb)
	m.Upload("POST /imports", MayManage, s.beginImportWeb)
	m.Page("GET /import-templates/{form}", MayManage, s.templateWeb)
	m.Page("GET /imports/{id}", MayManage, s.importPageWeb)
	m.Page("GET /imports/{id}/events", MayManage, s.importEventsWeb)
	m.Page("GET /imports/{id}/rejected", MayManage, s.rejectedWeb)
	m.Page("POST /imports/{id}/columns", MayManage, s.remapWeb)
	m.Page("POST /imports/{id}/rows", MayManage, s.chooseRowsWeb)
	m.Page("POST /imports/{id}/commit", MayManage, s.commitImportWeb)
	m.Page("POST /imports/{id}/undo", MayManage, web.Fresh(s.undoImportWeb))
}

func importAt(i ImportID, rest string) string { return "/imports/" + string(i) + rest }

func (s *Service) importWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showImports(w, r, NewImport{Form: r.URL.Query().Get("form")}, nil)
}

func (s *Service) showImports(w http.ResponseWriter, r *http.Request, in NewImport, wrong error) error {
	list, err := s.Imports(r.Context())
	if err != nil {
		return err
	}
	if in.Form == "" {
		in.Form = forms()[0].Code
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, importsPage(in, forms(), list, wrong))
}

// beginImportWeb takes a list from a form with a file, reading no more than a list may
// have.
func (s *Service) beginImportWeb(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 3*roll.MaxBytes)
	parts, err := r.MultipartReader()
	if err != nil {
		return web.ErrForm
	}
	var in NewImport
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return web.ErrForm
		}
		data, err := io.ReadAll(io.LimitReader(part, roll.MaxBytes+1)) // one more, to see that it is too much
		if err != nil {
			return web.ErrForm
		}
		switch part.FormName() {
		case "form":
			in.Form = vn.Clean(string(data))
		case "sheet":
			in.Sheet = vn.Clean(string(data))
		case "text":
			in.Text = string(data)
		case "file":
			if part.FileName() != "" {
				in.Name, in.Data = part.FileName(), data
			}
		}
	}
	i, err := s.BeginImport(r.Context(), in)
	if errors.Is(err, ErrImport) {
		in.Data = nil
		return s.showImports(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return web.Go(w, r, importAt(i.ID, ""))
}

func (s *Service) templateWeb(w http.ResponseWriter, r *http.Request) error {
	return s.Template(r.Context(), r.PathValue("form"), attach(w))
}

func (s *Service) rejectedWeb(w http.ResponseWriter, r *http.Request) error {
	return s.Rejected(r.Context(), ImportID(r.PathValue("id")), attach(w))
}

// importView is an import as it is looked at.
type importView struct {
	law    Law
	im     Import
	form   ImportForm
	counts map[RowState]int
	rows   page.Of[ImportRow]
	state  RowState
	next   string
	why    string
	err    error
}

func (v importView) columns(none string) (out []site.Option) {
	out = append(out, site.Option{Text: none})
	for _, c := range v.form.Columns {
		out = append(out, site.Option{Value: c.Code, Text: c.Title, Lang: "vi"})
	}
	return out
}

// shown are the columns that are read, in the order of the list.
func (v importView) shown() (out []int) {
	for i, c := range v.im.Columns {
		if c != "" {
			out = append(out, i)
		}
	}
	return out
}

func (v importView) total() (n int) {
	for _, c := range v.counts {
		n += c
	}
	return n
}

func (s *Service) importPageWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showImport(w, r, nil)
}

func (s *Service) showImport(w http.ResponseWriter, r *http.Request, wrong error) error {
	var in struct {
		State RowState `form:"state"`
		After int64    `form:"after"`
		Why   string   `form:"why"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx, id := r.Context(), ImportID(r.PathValue("id"))
	v := importView{state: in.State, err: wrong, why: in.Why, law: s.Law(ctx)}
	var err error
	if v.im, v.counts, err = s.Import(ctx, id); err != nil {
		return err
	}
	v.form, _ = importForm(v.im.Form)
	if v.rows, err = s.ImportRows(ctx, id, in.State, max(in.After, -1)); err != nil {
		return err
	}
	v.next = with(r, "after", v.rows.Next)
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, importPage(v))
}

func (s *Service) remapWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Column []string `form:"column"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	id := ImportID(r.PathValue("id"))
	err := s.Remap(r.Context(), id, in.Column)
	if errors.Is(err, ErrImport) {
		return s.showImport(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, importAt(id, ""), "criminal.columns-read")
}

func (s *Service) chooseRowsWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Shown []string `form:"shown"`
		Taken []string `form:"taken"`
		Back  string   `form:"back"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	id := ImportID(r.PathValue("id"))
	if err := s.ChooseRows(r.Context(), id, integers(in.Shown), integers(in.Taken)); err != nil {
		return err
	}
	return web.Done(w, r, importAt(id, "?"+in.Back), "criminal.rows-chosen")
}

// integers reads numbers; what is none is left out.
func integers(texts []string) (out []int64) {
	for _, t := range texts {
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

func (s *Service) commitImportWeb(w http.ResponseWriter, r *http.Request) error {
	id := ImportID(r.PathValue("id"))
	err := s.CommitImport(r.Context(), id)
	if errors.Is(err, ErrImport) {
		return s.showImport(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Go(w, r, importAt(id, ""))
}

func (s *Service) undoImportWeb(w http.ResponseWriter, r *http.Request) error {
	id := ImportID(r.PathValue("id"))
	err := s.UndoImport(r.Context(), id, r.FormValue("why"))
	if errors.Is(err, ErrImport) {
		return s.showImport(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Go(w, r, importAt(id, ""))
}

// importEventsWeb tells how far an import is, until it is done.
func (s *Service) importEventsWeb(w http.ResponseWriter, r *http.Request) error {
	id := ImportID(r.PathValue("id"))
	if _, _, err := s.Import(r.Context(), id); err != nil {
		return err
	}
	return web.Events(w, r, func(ctx context.Context, send func(string, templ.Component) error) error {
		for j := range s.WatchImport(ctx, id) {
			im, counts, err := s.Import(ctx, id)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			if err := send("progress", importProgress(im, counts, j)); err != nil {
				return nil
			}
			if j.State == job.Done || j.State == job.Failed {
				return send("close", templ.NopComponent)
			}
		}
		return nil
	})
}
