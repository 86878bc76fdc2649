package stats

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"congminh/internal/criminal"
	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

func (s *Service) closeRoutes(m *web.Mux) {
	m.Flash("stats.closed", "Đã chốt số liệu.")
	m.Flash("stats.signed", "Đã ghi nhận chữ ký.")
	m.Flash("stats.reminded", "Đã gửi lời nhắc vào hộp thư của cán bộ thống kê đơn vị đó.")
	m.Flash("stats.imported", "Đã nhận gói số liệu.")
	m.Page("GET /stats/forms", MayRead, s.formsWeb)
	m.Page("GET /stats/forms/{form}", MayRead, s.formWeb)
	m.Page("GET /stats/forms/{form}/cell", MayRead, s.cellWeb)
	m.Page("GET /stats/forms/{form}/faults", MayRead, s.faultsWeb)
	m.Page("POST /stats/forms/{form}/close", MayClose, s.closeWeb)
	m.Page("GET /stats/closings/{id}", MayRead, s.closingWeb)
	m.Page("GET /stats/closings/{id}/{file}", MayRead, s.closingFileWeb)
	m.Page("POST /stats/closings/{id}/sign", MayClose, s.signWeb)
	m.Page("POST /stats/closings/{id}/paper", MayClose, s.signedPaperWeb)
	m.Upload("POST /stats/closings/{id}/pdf", MayClose, s.signedPDFWeb)
	m.Page("GET /stats/below", MayRead, s.belowWeb)
	m.Page("POST /stats/below/remind", MayClose, s.remindWeb)
	m.Upload("POST /stats/closings/import", MayClose, s.importWeb)
	s.cases.Hang(criminal.Panel{Title: "Thống kê", Order: 20, Show: s.casePanel})
}

// casePanel says which checks of forms a case keeps from holding; nothing if none.
func (s *Service) casePanel(ctx context.Context, c criminal.ID) (templ.Component, error) {
	found, err := s.CaseFaults(ctx, c)
	if errors.Is(err, auth.ErrMay) {
		return nil, nil
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return casePanel(found), nil
}

// lastMonth makes a page about closing begin with the period that is over.
func (s *Service) lastMonth(r *http.Request) (asked, error) {
	q := r.URL.Query()
	if q.Get("period") == "" && q.Get("day") == "" {
		q.Set("period", period.Of(period.Month, s.today()).Shift(-1).String())
		u := *r.URL
		u.RawQuery = q.Encode()
		r = r.Clone(r.Context())
		r.URL, r.Form = &u, nil
	}
	return s.read(r)
}

func (s *Service) formsWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.lastMonth(r)
	if err != nil {
		return err
	}
	list, err := s.States(r.Context(), a.Office, a.Period)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, formsPage(a, list))
}

// formView is a filled form as it is looked at.
type formView struct {
	a      asked
	d      Draft // as it would be closed
	values form.Values
	fails  []form.Failure
	whole  bool // values of the cases of the office and all below it, whether closed or not
	may    bool
	reason string
	wrong  error
}

func (v formView) needsReason() bool {
	return v.d.Last != nil || len(v.d.Body.Failures) > 0 || len(v.d.Body.Missing) > 0
}

// below reports whether the form adds up offices below.
func (v formView) below() bool { return len(v.d.Body.Sources)+len(v.d.Body.Missing) > 0 }

// live is the address of the cases behind a cell; "" for a heading.
func (v formView) live(row, column string) string {
	if !v.whole {
		return ""
	}
	figures, _, where := v.d.Form.Cell(row, column)
	switch len(figures) {
	case 0:
		return ""
	case 1:
		return linesHref(v.a, figures[0], where)
	}
	return v.a.Href("/stats/forms/"+v.d.Form.ID+"/cell", "row", row, "column", column)
}

func linesHref(a asked, figure string, where map[string][]string) string {
	u := a.Href("/stats/lines", "figure", figure)
	q := url.Values{}
	for k, v := range where {
		q["where."+k] = v
	}
	if len(q) > 0 {
		u += "&" + q.Encode()
	}
	return u
}

func (s *Service) formView(r *http.Request) (v formView, err error) {
	if v.a, err = s.lastMonth(r); err != nil {
		return v, err
	}
	ctx, id := r.Context(), r.PathValue("form")
	if v.d, err = s.Draft(ctx, id, v.a.Office, v.a.Period); err != nil {
		return v, err
	}
	v.may = auth.RequireIn(ctx, MayClose, v.d.OfficeAs.Path) == nil
	v.values, v.fails = v.d.Values, v.d.Failures
	if v.whole = r.URL.Query().Get("sum") != "closed"; v.whole && v.below() {
		before, err := s.last(ctx, id, v.d.OfficeAs.ID, v.a.Period.Shift(-1))
		if err != nil {
			return v, err
		}
		var carried form.Values
		if before != nil {
			carried = before.Body.Values
		}
		f, err := s.fill(ctx, v.d.Form, v.a.Office, v.a.Period, carried)
		if err != nil {
			return v, err
		}
		v.values, v.fails = f.Values, f.Failures
	}
	return v, nil
}

func (s *Service) formWeb(w http.ResponseWriter, r *http.Request) error {
	v, err := s.formView(r)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, formPage(v))
}

// part is a figure a cell is made of.
type part struct {
	Name, Href string
	N          int64
}

func (s *Service) cellWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f, err := s.Form(ctx, r.PathValue("form"), a.Period)
	if err != nil {
		return err
	}
	var in struct {
		Row    string `form:"row"`
		Column string `form:"column"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	figures, text, where := f.Cell(in.Row, in.Column)
	if len(figures) == 0 {
		return ErrFigure
	}
	counts, err := s.Count(ctx, Ask{Office: a.Office, Period: a.Period, Figures: figures, Where: dimsOf(where)})
	if err != nil {
		return err
	}
	var parts []part
	for _, id := range figures {
		x := part{Name: s.figureName(id, a.Period), Href: linesHref(a, id, where)}
		for _, c := range counts {
			if c.Figure == id {
				x.N = c.N
			}
		}
		parts = append(parts, x)
	}
	return web.Show(w, r, http.StatusOK, cellPage(a, f, in.Row, in.Column, text, parts))
}

// figureName is the name of a figure in a formula.
func (s *Service) figureName(id string, p period.Period) string {
	f, err := s.Figure(id, p)
	if err != nil {
		return id
	}
	if strings.HasSuffix(id, Start) {
		return f.Name + " (đầu kỳ)"
	}
	return f.Name
}

func (s *Service) faultsWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	var in struct {
		Check  string `form:"check"`
		Column string `form:"column"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx := r.Context()
	f, err := s.Form(ctx, r.PathValue("form"), a.Period)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(f.Check, func(k form.Check) bool { return k.ID == in.Check })
	if i < 0 {
		return ErrCheck
	}
	cases, hidden, err := s.Faults(ctx, f.ID, in.Check, in.Column, a.Office, a.Period)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, faultsPage(a, f, f.Check[i], in.Column, cases, hidden, func(id string) string { return s.figureName(id, a.Period) }))
}

func (s *Service) closeWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `form:"reason,lines"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	a, err := s.read(r)
	if err != nil {
		return err
	}
	c, err := s.Close(r.Context(), r.PathValue("form"), a.Office, a.Period, in.Reason)
	if f, ok := errors.AsType[*fault.Error](err); ok && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		v, bad := s.formView(r)
		if bad != nil {
			return bad
		}
		v.a.at = &url.URL{Path: "/stats/forms/" + v.d.Form.ID, RawQuery: r.URL.RawQuery}
		v.reason, v.wrong = in.Reason, err
		return web.Show(w, r, f.Kind.Status(), formPage(v))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, closingAt(c.ID, ""), "stats.closed")
}

func closingAt(id ClosingID, rest string) string { return "/stats/closings/" + string(id) + rest }

// closingView is a closing as it is looked at.
type closingView struct {
	c        Closing
	f        *form.Ready
	office   string
	drift    []Drift
	changes  []Drift   // against the revision before
	all      []Closing // every revision, the newest first
	sources  []source
	missing  []string
	received *Received
	may      bool
	unsigned []Side
	wrong    error
}

// source is a closing that was added up.
type source struct {
	ID     ClosingID
	Office string
	Digest string
	Newer  bool // the office closed once more since
}

// last reports whether there is no newer revision.
func (v closingView) last() bool { return len(v.all) == 0 || v.all[0].ID == v.c.ID }

func (v closingView) asked() asked { return asked{Office: v.c.Office, Period: v.c.Period} }

// others are the sides that have yet to sign, but for the procuracy.
func (v closingView) others() (out []Side) {
	for _, x := range v.unsigned {
		if x != Procuracy {
			out = append(out, x)
		}
	}
	return out
}

func (s *Service) closingView(ctx context.Context, id ClosingID) (v closingView, err error) {
	if v.c, err = s.Closing(ctx, id); err != nil {
		return v, err
	}
	if v.f, err = s.formOf(ctx, v.c); err != nil {
		return v, err
	}
	v.office = s.org.OfficeName(ctx, v.c.Office)
	v.may = auth.RequireIn(ctx, MayClose, v.c.Path) == nil
	if v.all, err = s.revisions(ctx, v.c); err != nil {
		return v, err
	}
	if v.received, err = s.received(ctx, v.c); err != nil {
		return v, err
	}
	if v.last() && v.received == nil {
		if v.drift, err = s.Drift(ctx, id); err != nil {
			return v, err
		}
	}
	for _, x := range v.all {
		if x.Revision == v.c.Revision-1 {
			v.changes = differ(v.f, x.Body.Values, v.c.Body.Values)
		}
	}
	for _, id := range v.c.Body.Sources {
		c, err := s.source(ctx, id)
		if err != nil { // closed in an installation of its own
			v.sources = append(v.sources, source{Office: string(id)})
			continue
		}
		last, err := s.last(ctx, c.Form, c.Office, c.Period)
		if err != nil {
			return v, err
		}
		v.sources = append(v.sources, source{c.ID, s.org.OfficeName(ctx, c.Office), c.Digest, last != nil && last.ID != c.ID})
	}
	for _, o := range v.c.Body.Missing {
		v.missing = append(v.missing, s.org.OfficeName(ctx, o))
	}
	for _, side := range Sides(v.f) {
		if !slices.ContainsFunc(v.c.Signed, func(x Signature) bool { return x.Side == side }) {
			v.unsigned = append(v.unsigned, side)
		}
	}
	return v, nil
}

// differ lists the cells in which two fillings of a form differ.
func differ(f *form.Ready, then, now form.Values) (out []Drift) {
	for _, row := range f.Row {
		for _, col := range f.Column {
			was, _ := then.Get(row.Code, col.Code)
			if is, _ := now.Get(row.Code, col.Code); is != was {
				out = append(out, Drift{row.Code, col.Code, was, is})
			}
		}
	}
	return out
}

func (s *Service) closingWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showClosing(w, r, nil)
}

func (s *Service) showClosing(w http.ResponseWriter, r *http.Request, wrong error) error {
	v, err := s.closingView(r.Context(), ClosingID(r.PathValue("id")))
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.wrong = wrong; wrong != nil {
		status = fault.From(wrong).Kind.Status()
	}
	return web.Show(w, r, status, closingPage(v))
}

// signedWeb answers what came of signing.
func (s *Service) signedWeb(w http.ResponseWriter, r *http.Request, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		return web.Done(w, r, closingAt(ClosingID(r.PathValue("id")), ""), "stats.signed")
	case ok && (f.Kind == fault.Invalid || f.Kind == fault.Conflict || errors.Is(err, ErrOwnWork)):
		return s.showClosing(w, r, err)
	}
	return err
}

func (s *Service) signWeb(w http.ResponseWriter, r *http.Request) error {
	return s.signedWeb(w, r, s.Sign(r.Context(), ClosingID(r.PathValue("id"))))
}

func (s *Service) signedPaperWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Side  string `form:"side"`
		Name  string `form:"name"`
		Title string `form:"title"`
		Kept  string `form:"kept"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.signedWeb(w, r, s.SignedOnPaper(r.Context(), ClosingID(r.PathValue("id")), Side(in.Side), in.Name, in.Title, in.Kept))
}

// signedMost is the most bytes of a signed form: the form itself has some hundred
// thousand.
const signedMost = 16 << 20

func (s *Service) signedPDFWeb(w http.ResponseWriter, r *http.Request) error {
	fields, file, err := parts(w, r, signedMost)
	if err != nil {
		return err
	}
	return s.signedWeb(w, r, s.SignedOnPDF(r.Context(), ClosingID(r.PathValue("id")), Side(fields["pdf-side"]), file))
}

// parts reads a form with one file of at most so many bytes.
func parts(w http.ResponseWriter, r *http.Request, most int64) (fields map[string]string, file []byte, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, most+1<<16)
	in, err := r.MultipartReader()
	if err != nil {
		return nil, nil, web.ErrForm
	}
	fields = map[string]string{}
	for {
		x, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, file, nil
		}
		if err != nil {
			return nil, nil, web.ErrForm
		}
		if file, err = readPart(x, fields, file, most); err != nil {
			return nil, nil, web.ErrForm
		}
	}
}

func readPart(x *multipart.Part, fields map[string]string, file []byte, most int64) ([]byte, error) {
	if x.FormName() == "file" {
		return io.ReadAll(io.LimitReader(x, most+1))
	}
	b, err := io.ReadAll(io.LimitReader(x, 1<<12))
	fields[x.FormName()] = vn.Clean(strings.ToValidUTF8(string(b), ""))
	return file, err
}

func (s *Service) importWeb(w http.ResponseWriter, r *http.Request) error {
	_, file, err := parts(w, r, ParcelLimit)
	if err != nil {
		return err
	}
	c, err := s.Import(r.Context(), file)
	if err != nil {
		return err
	}
	return web.Done(w, r, closingAt(c.ID, ""), "stats.imported")
}

func (s *Service) closingFileWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := s.Closing(ctx, ClosingID(r.PathValue("id")))
	if err != nil {
		return err
	}
	f, err := s.formOf(ctx, c)
	if err != nil {
		return err
	}
	kind, ext := "application/json", "json"
	name := r.PathValue("file")
	var b []byte
	switch name {
	case "bieu.pdf":
		kind, ext = "application/pdf", "pdf"
		b, err = s.Paper(ctx, c)
	case "bieu.xlsx":
		kind, ext = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
		b, err = s.closingSheet(ctx, c, f)
	case "bieu.csv":
		kind, ext = "text/csv; charset=utf-8", "csv"
		b, err = closingCSV(c, f)
	case "du-lieu-mo.json":
		var open OpenForm
		if open, err = s.Open(ctx, c); err == nil {
			b, err = json.MarshalIndent(open, "", "\t")
		}
	case "goi-so-lieu.json":
		b, err = c.Parcel()
	default:
		return ErrClosing
	}
	if err != nil {
		return err
	}
	base, _, _ := strings.Cut(name, ".")
	return web.File(w, r, web.Attachment{Name: strings.Join([]string{base, c.Form, string(c.Office), c.Period.String()}, "-") + "." + ext, Type: kind, Modified: c.At}, bytes.NewReader(b))
}

// closingSheet is a closing as a spreadsheet that prints like a paper.
func (s *Service) closingSheet(ctx context.Context, c Closing, f *form.Ready) ([]byte, error) {
	o, err := s.org.Office(ctx, c.Office)
	if err != nil {
		return nil, err
	}
	p := sheet.Paper{Office: o.Short, Title: f.Title, About: []string{f.Short + " · " + c.Period.Title(), "Mã số liệu (SHA-256): " + c.Digest}, Made: c.At,
		Columns: []sheet.Column{{Title: "Mã", Width: 6}, {Title: "Nội dung", Width: 60}}}
	if above, err := s.org.Office(ctx, o.Parent); err == nil {
		p.Above = above.Short
	}
	for _, col := range f.Column {
		p.Columns = append(p.Columns, sheet.Column{Title: col.Title, Width: 14})
	}
	var b bytes.Buffer
	err = sheet.Write(&b, p, func(yield func([]string) error) error {
		for _, line := range lines(f, c.Body.Values) {
			if err := yield(line); err != nil {
				return err
			}
		}
		return nil
	})
	return b.Bytes(), err
}

// lines are the rows of a form as text: code, title, cells.
func lines(f *form.Ready, v form.Values) (out [][]string) {
	for _, x := range f.Row {
		l := []string{x.Code, strings.Repeat("    ", x.Level) + x.Title}
		for _, col := range f.Column {
			l = append(l, number(v, x.Code, col.Code))
		}
		out = append(out, l)
	}
	return out
}

// closingCSV is a closing for other programs: with the mark that spreadsheets need to
// read UTF-8, and no text that one of them would calculate.
func closingCSV(c Closing, f *form.Ready) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	head := []string{"Mã", "Nội dung"}
	for _, col := range f.Column {
		head = append(head, col.Title)
	}
	for _, l := range append([][]string{head}, lines(f, c.Body.Values)...) {
		for i := range l {
			if i < 2 || l[i] != "" && (l[i][0] == '=' || l[i][0] == '@' || l[i][0] == '+') {
				if t := strings.TrimSpace(l[i]); t != "" && strings.ContainsRune("=+-@\t", rune(t[0])) {
					l[i] = "'" + l[i]
				}
			}
		}
		if err := w.Write(l); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// belowRow is an office below with what it closed.
type belowRow struct {
	Below
	Form  *form.Ready
	State State
}

// belowView is the offices below one.
type belowView struct {
	a     asked
	form  string
	forms []*form.Ready
	rows  []belowRow
	may   bool
}

func (s *Service) belowWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.lastMonth(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v := belowView{a: a, form: r.URL.Query().Get("form")}
	fs, err := s.FormList(ctx, a.Period.To)
	if err != nil {
		return err
	}
	for _, f := range fs {
		if !meant(f, a.Period.Kind) {
			continue
		}
		v.forms = append(v.forms, f)
		if v.form != "" && v.form != f.ID {
			continue
		}
		bs, err := s.Below(ctx, f.ID, a.Office, a.Period)
		if err != nil {
			return err
		}
		for _, b := range bs {
			v.rows = append(v.rows, belowRow{b, f, s.state(FormState{Form: f, Last: b.Last, Due: b.Due}, a.Period)})
		}
	}
	o, err := s.org.Office(ctx, a.Office)
	if err != nil {
		return ErrOffice
	}
	v.may = auth.RequireIn(ctx, MayClose, o.Path) == nil
	slices.SortStableFunc(v.rows, func(x, y belowRow) int { return strings.Compare(x.Below.Office.Path, y.Below.Office.Path) })
	return web.Show(w, r, http.StatusOK, belowPage(v))
}

func (s *Service) remindWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Form  string      `form:"form"`
		Below auth.Office `form:"below"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	a, err := s.read(r)
	if err != nil {
		return err
	}
	if err := s.Remind(r.Context(), in.Form, in.Below, a.Period); err != nil {
		return err
	}
	return web.Done(w, r, a.Href("/stats/below"), "stats.reminded")
}

// dayOr is a day for a person, or a dash.
func dayOr(d civil.Date) string {
	if d == "" {
		return "–"
	}
	return d.VN()
}

// nameOf is the short name of an office below.
func (b Below) nameOf() string { return org.Office(b.Office).Short }
