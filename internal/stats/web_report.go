package stats

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/period"
)

func (s *Service) reportRoutes(m *web.Mux) {
	m.Page("GET /stats/board", MayRead, s.boardWeb)
	m.Page("GET /stats/lines/xlsx", MayRead, s.linesFileWeb)
	m.Page("GET /stats/reports", MayRead, s.reportsWeb)
	m.Page("POST /stats/reports", MayRead, s.saveReportWeb)
	m.Page("GET /stats/reports/new", MayRead, s.newReportWeb)
	m.Page("GET /stats/reports/file", MayRead, s.reportFileWeb)
	m.Page("GET /stats/reports/{id}", MayRead, s.reportWeb)
	m.Page("POST /stats/reports/{id}/share", MayRead, s.shareReportWeb)
	m.Page("POST /stats/reports/{id}/schedule", MayRead, s.scheduleReportWeb)
	m.Page("POST /stats/reports/{id}/copy", MayRead, s.copyReportWeb)
	m.Page("POST /stats/reports/{id}/delete", MayRead, s.deleteReportWeb)
	m.Page("POST /stats/reports/{id}/restore", MayRead, s.restoreReportWeb)
	m.Page("GET /stats/runs/{id}", MayRead, s.runWeb)
	m.Page("GET /stats/runs/{id}/file", MayRead, s.runFileWeb)
	m.Flash("stats.report.saved", "Đã lưu báo cáo.")
	m.Flash("stats.report.shared", "Đã đổi việc chia sẻ báo cáo.")
	m.Flash("stats.report.scheduled", "Đã đổi lịch lập báo cáo.")
	m.Flash("stats.report.copied", "Đã sao chép báo cáo thành của bạn.")
	m.Flash("stats.report.restored", "Đã lấy lại báo cáo.")
}

func (s *Service) boardWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	b, err := s.Board(r.Context(), r.FormValue("set"), a.Office, a.Period)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, boardPage(a, b))
}

// linesView is the cases behind a figure as a page shows them.
type linesView struct {
	asked
	figure  figure.Figure
	start   bool
	oldest  bool
	l       Lines
	where   map[Dim][]string
	values  map[Dim][]string
	title   func(Dim, string) string
	masked  bool // the sum is few people of cases the reader may not see
	offices map[auth.Office]string
}

func (s *Service) linesWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	q, err := drillOf(a, r)
	if err != nil {
		return err
	}
	v := linesView{asked: a, start: strings.HasSuffix(q.Figure, Start), oldest: q.Oldest, where: q.Where, offices: map[auth.Office]string{}}
	if v.figure, err = s.Figure(q.Figure, a.Period); err != nil {
		return err
	}
	if v.l, err = s.Lines(r.Context(), q); err != nil {
		return err
	}
	if v.values, v.title, err = s.DimValues(r.Context()); err != nil {
		return err
	}
	v.masked = v.figure.Unit == figure.OfPerson && len(q.Where) > 0 && v.l.Hidden != 0 && 0 < v.l.Sum && v.l.Sum < smallest
	for _, o := range a.Offices {
		v.offices[o.ID] = o.Short
	}
	return web.Show(w, r, http.StatusOK, linesPage(v))
}

// drillOf reads which cases are asked for.
func drillOf(a asked, r *http.Request) (Drill, error) {
	var in struct {
		Figure string `form:"figure" maxLength:"80"`
		Sort   string `form:"sort" enum:"new,old"`
		page.Req
	}
	err := web.Form(r, &in)
	return Drill{Req: in.Req, Office: a.Office, Period: a.Period, Figure: in.Figure, Where: whereOf(r.URL.Query()), Oldest: in.Sort == "old"}, err
}

func (s *Service) linesFileWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	q, err := drillOf(a, r)
	if err != nil {
		return err
	}
	q.After = ""
	title, file, err := s.ExportLines(r.Context(), q)
	if err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: title + " " + a.Period.String() + ".xlsx", Type: xlsxType, Modified: s.now()}, bytes.NewReader(file))
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// reportsView is the list of reports.
type reportsView struct {
	mine, deleted, shared []Report
	runs                  []Run
	gone                  ReportID // deleted a moment ago
}

func (s *Service) reportsWeb(w http.ResponseWriter, r *http.Request) (err error) {
	v := reportsView{gone: ReportID(r.FormValue("deleted"))}
	if v.mine, v.deleted, v.shared, err = s.Reports(r.Context()); err != nil {
		return err
	}
	if v.runs, err = s.Runs(r.Context()); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, reportsPage(v))
}

// reportView is a report while it is put together, with its table.
type reportView struct {
	at         string // address of the page
	spec       Spec
	report     Report // as it was saved
	mine       bool
	pivot      *Pivot
	figures    []figure.Figure // to choose from
	chosen     []site.Option
	offices    []org.Office
	periods    []site.Option
	from, to   civil.Date
	typed      string
	values     map[Dim][]string
	title      func(Dim, string) string
	colleagues []org.Staff
	name       string
	form       string // which form the mistake is in: "", save, share, schedule
	schedule   Schedule
	share      Share
	with       []org.StaffID
	wrong      error
}

// specOf reads a report from an address.
func (s *Service) specOf(r *http.Request) (q Spec, typed string, from, to civil.Date, err error) {
	var in struct {
		Office  auth.Office `form:"office"`
		Period  string      `form:"period"`
		From    civil.Date  `form:"from"`
		To      civil.Date  `form:"to"`
		Figures []string    `form:"figure"`
		Add     string      `form:"add"`
		Row1    Dim         `form:"row1"`
		Row2    Dim         `form:"row2"`
		Column  Dim         `form:"column"`
		Chart   string      `form:"chart"`
		Sort    int         `form:"sort"`
	}
	err = web.Form(r, &in)
	q = Spec{Office: in.Office, Period: in.Period, Figures: in.Figures, Column: in.Column, Chart: in.Chart, Sort: in.Sort, Where: whereOf(r.Form)}
	for _, d := range []Dim{in.Row1, in.Row2} {
		if d != "" {
			q.Rows = append(q.Rows, d)
		}
	}
	if q.Office == "" {
		q.Office = auth.From(r.Context()).Office
	}
	switch {
	case q.Period == "" && in.From == "":
		q.Period = "last-month"
	case q.Period == "" || q.Period == spanOption:
		if in.From == "" || in.To < in.From {
			return q, in.Add, in.From, in.To, errors.Join(err, ErrPeriod)
		}
		q.Period = period.Period{Kind: period.Days, From: in.From, To: in.To}.String()
	}
	return q, in.Add, in.From, in.To, err
}

// spanOption stands for days that are typed.
const spanOption = "days"

func (s *Service) newReportWeb(w http.ResponseWriter, r *http.Request) error {
	return s.buildReport(w, r, Report{})
}

func (s *Service) reportWeb(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.Report(r.Context(), ReportID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return s.buildReport(w, r, saved)
}

// buildReport shows a report as the address says, or as it was saved.
func (s *Service) buildReport(w http.ResponseWriter, r *http.Request, saved Report) error {
	v := reportView{report: saved, spec: saved.Spec}
	status := http.StatusOK
	if saved.ID == "" || r.URL.RawQuery != "" {
		v.spec, v.typed, v.from, v.to, v.wrong = s.specOf(r)
	}
	if v.typed != "" && v.wrong == nil {
		day := s.today()
		if p, err := periodOn(v.spec.Period, day); err == nil {
			day = p.To
		}
		if id, ok := find(s.FigureList(day), v.typed); ok {
			if !slices.Contains(v.spec.Figures, id) {
				v.spec.Figures = append(v.spec.Figures, id)
			}
			v.typed = ""
		} else {
			var wrong fault.Check
			wrong.Need(false, "add", "Không rõ là chỉ tiêu nào: hãy chọn một tên trong danh sách gợi ý.")
			v.wrong = wrong.Err(ErrSpec)
		}
	}
	if v.wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return s.showReport(w, r, status, v)
}

func (s *Service) showReport(w http.ResponseWriter, r *http.Request, status int, v reportView) (err error) {
	ctx := r.Context()
	v.at = "/stats/reports/new"
	if v.report.ID != "" {
		v.at = "/stats/reports/" + string(v.report.ID)
	}
	v.mine = v.report.ID != "" && v.report.Owner == org.StaffID(auth.From(ctx).ID)
	if v.name == "" {
		v.name = v.report.Name
	}
	if v.form != "schedule" {
		v.schedule = v.report.Schedule
	}
	if v.form != "share" {
		v.share, v.with = v.report.Share, v.report.With
	}
	day := s.today()
	if p, err := periodOn(v.spec.Period, day); err == nil {
		day = p.To
	}
	v.figures = s.FigureList(day)
	for _, id := range v.spec.Figures {
		o := site.Option{Value: id, Text: id}
		if f, ok := s.Figures.Get(strings.TrimSuffix(id, Start), day); ok {
			if o.Text = f.Name; strings.HasSuffix(id, Start) {
				o.Text += startName
			}
		}
		v.chosen = append(v.chosen, o)
	}
	if v.offices, err = s.offices(ctx); err != nil {
		return err
	}
	if v.values, v.title, err = s.DimValues(ctx); err != nil {
		return err
	}
	v.periods = periodOptions(ctx, s.today(), v.spec.Period)
	if v.mine {
		if v.colleagues, err = s.Colleagues(ctx); err != nil {
			return err
		}
	}
	if len(v.spec.Figures) > 0 && (v.wrong == nil || v.form != "") {
		p, err := s.Pivot(ctx, v.spec)
		no, refused := errors.AsType[*fault.Error](err)
		switch {
		case refused && no.Kind == fault.Invalid:
			v.wrong, v.form, status = err, "", http.StatusUnprocessableEntity
		case err != nil:
			return err
		default:
			v.pivot = &p
		}
	}
	return web.Show(w, r, status, reportPage(v))
}

// periodOptions are the periods one may choose: those told from today, the last months,
// quarters and years, the one that is chosen, and days.
func periodOptions(ctx context.Context, today civil.Date, chosen string) (out []site.Option) {
	known := false
	add := func(group, value, text string) {
		known = known || value == chosen
		out = append(out, site.Option{Group: group, Value: value, Text: text})
	}
	for _, r := range Relatives {
		add(lang.T(ctx, "Tính từ hôm nay"), r, lang.T(ctx, relativeVN(r)))
	}
	for _, k := range []struct {
		kind period.Kind
		n    int
	}{{period.Month, 12}, {period.Quarter, 4}, {period.Half, 4}, {period.Year, 3}, {period.WorkYear, 3}} {
		for i := range k.n {
			p := period.Of(k.kind, today).Shift(-i)
			add(lang.T(ctx, k.kind.VN()), p.String(), periodName(ctx, p))
		}
	}
	last := lang.T(ctx, "Khác")
	if p, err := period.Parse(chosen); err == nil && !known {
		add(last, chosen, periodName(ctx, p))
	}
	add(last, spanOption, lang.T(ctx, "Từ ngày đến ngày"))
	return out
}

// saved reads the report that a form was sent with.
func (s *Service) saved(r *http.Request) (v reportView, err error) {
	if v.report, err = s.Report(r.Context(), ReportID(r.PathValue("id"))); err == nil {
		v.spec = v.report.Spec
	}
	return v, err
}

func (s *Service) saveReportWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		ID   ReportID `form:"id"`
		Name string   `form:"name"`
		As   string   `form:"as"`
		Spec string   `form:"spec"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	v := reportView{name: in.Name, form: "save"}
	if in.ID != "" {
		saved, err := s.Report(r.Context(), in.ID)
		if err != nil {
			return err
		}
		v.report = saved
	}
	query, err := url.ParseQuery(in.Spec)
	if err != nil {
		return ErrSpec
	}
	asIf := r.Clone(r.Context())
	asIf.URL, asIf.Method, asIf.Body, asIf.Form, asIf.PostForm = &url.URL{Path: r.URL.Path, RawQuery: query.Encode()}, http.MethodGet, nil, nil, nil
	if v.spec, _, _, _, err = s.specOf(asIf); err != nil {
		return err
	}
	if in.As == "new" {
		in.ID = ""
	}
	out, err := s.SaveReport(r.Context(), in.ID, in.Name, v.spec)
	if err != nil {
		return s.reportAgain(w, r, v, err)
	}
	return web.Done(w, r, "/stats/reports/"+string(out.ID), "stats.report.saved")
}

// reportAgain shows a report with what is wrong with the form that was sent; other
// refusals go on.
func (s *Service) reportAgain(w http.ResponseWriter, r *http.Request, v reportView, wrong error) error {
	no, ok := errors.AsType[*fault.Error](wrong)
	if !ok || no.Kind != fault.Invalid {
		return wrong
	}
	v.wrong = wrong
	return s.showReport(w, r, http.StatusUnprocessableEntity, v)
}

func (s *Service) shareReportWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Share Share         `form:"share"`
		With  []org.StaffID `form:"with"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	v, err := s.saved(r)
	if err != nil {
		return err
	}
	if err := s.ShareReport(r.Context(), v.report.ID, in.Share, in.With); err != nil {
		v.form, v.share, v.with = "share", in.Share, in.With
		return s.reportAgain(w, r, v, err)
	}
	return web.Done(w, r, "/stats/reports/"+string(v.report.ID), "stats.report.shared")
}

func (s *Service) scheduleReportWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Often Often  `form:"often"`
		Day   int    `form:"day"`
		At    string `form:"at"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	v, err := s.saved(r)
	if err != nil {
		return err
	}
	v.schedule = Schedule{in.Often, in.Day, in.At}
	if err := s.ScheduleReport(r.Context(), v.report.ID, v.schedule); err != nil {
		v.form = "schedule"
		return s.reportAgain(w, r, v, err)
	}
	return web.Done(w, r, "/stats/reports/"+string(v.report.ID), "stats.report.scheduled")
}

func (s *Service) copyReportWeb(w http.ResponseWriter, r *http.Request) error {
	out, err := s.CopyReport(r.Context(), ReportID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Done(w, r, "/stats/reports/"+string(out.ID), "stats.report.copied")
}

func (s *Service) deleteReportWeb(w http.ResponseWriter, r *http.Request) error {
	id := ReportID(r.PathValue("id"))
	if err := s.DeleteReport(r.Context(), id); err != nil {
		return err
	}
	return web.Go(w, r, "/stats/reports?deleted="+url.QueryEscape(string(id)))
}

func (s *Service) restoreReportWeb(w http.ResponseWriter, r *http.Request) error {
	id := ReportID(r.PathValue("id"))
	if err := s.RestoreReport(r.Context(), id); err != nil {
		return err
	}
	return web.Done(w, r, "/stats/reports/"+string(id), "stats.report.restored")
}

func (s *Service) runWeb(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Run(r.Context(), RunID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, runPage(u))
}

func (s *Service) runFileWeb(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Run(r.Context(), RunID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if u.Fault != "" || strings.HasPrefix(r.FormValue("format"), "open") { // what was made is masked for officials, not for the public
		return ErrRun
	}
	return s.sendReport(w, r, u.Name, u.Pivot)
}

func (s *Service) reportFileWeb(w http.ResponseWriter, r *http.Request) error {
	q, _, _, _, err := s.specOf(r)
	if err != nil {
		return err
	}
	name := r.FormValue("name")
	if name == "" {
		name = lang.T(r.Context(), "Báo cáo tự chọn")
	}
	work := s.Pivot
	if strings.HasPrefix(r.FormValue("format"), "open") {
		work = s.OpenData
	}
	p, err := work(r.Context(), q)
	if err != nil {
		return err
	}
	return s.sendReport(w, r, name, p)
}

// sendReport sends a report as the file that is asked for. The whole file is made first:
// half of one opens as none.
func (s *Service) sendReport(w http.ResponseWriter, r *http.Request, name string, p Pivot) (err error) {
	var b bytes.Buffer
	kind, ending := "text/csv; charset=utf-8", ".csv"
	switch ctx := r.Context(); r.FormValue("format") {
	case "csv":
		err = ReportCSV(&b, p)
	case "pdf":
		kind, ending = "application/pdf", ".pdf"
		err = s.ReportPaper(ctx, &b, name, p)
	case "open-json":
		kind, ending = "application/json", ".json"
		err = s.OpenJSON(ctx, &b, name, p)
	case "open-csv":
		err = OpenCSV(&b, p)
	case "open-dictionary":
		ending = " - từ điển dữ liệu.csv"
		err = s.DictionaryCSV(ctx, &b, p)
	default:
		kind, ending = xlsxType, ".xlsx"
		err = s.ReportSheet(ctx, &b, name, p)
	}
	if err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: name + " " + p.Period.String() + ending, Type: kind, Modified: s.now()}, bytes.NewReader(b.Bytes()))
}
