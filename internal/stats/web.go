package stats

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Thống kê", "/stats", MayRead)
	m.Handle("GET /static/stats/", auth.Anyone, assets)
	m.Page("GET /stats", MayRead, s.figuresWeb)
	m.Page("GET /stats/lines", MayRead, s.linesWeb)
	s.closeRoutes(m)
	s.reportRoutes(m)
}

// asked is which office and period a page is about.
type asked struct {
	Office auth.Office `form:"office" maxLength:"64"`
	Kind   period.Kind `form:"kind" enum:"month,quarter,half,year,work-half,work-year,days"`
	Day    civil.Date  `form:"day" format:"date"` // a day of the period
	To     civil.Date  `form:"to" format:"date"`  // of days
	Text   string      `form:"period" maxLength:"30"`

	Period  period.Period `form:"-"`
	Offices []org.Office  `form:"-"` // that may be chosen
	at      *url.URL
}

// ErrPeriod is returned for a period that does not read as one.
var ErrPeriod = fault.New(fault.Invalid, "stats.period", "Kỳ thống kê không đúng. Hãy chọn loại kỳ và một ngày trong kỳ.")

// read reads what a page is about; the month that is over where nothing is said.
func (s *Service) read(r *http.Request) (a asked, err error) {
	if err := web.Form(r, &a); err != nil {
		return a, err
	}
	a.at = r.URL
	switch {
	case a.Text != "":
		if a.Period, err = period.Parse(a.Text); err != nil {
			return a, ErrPeriod
		}
	case a.Kind == period.Days && a.Day != "":
		if a.To == "" || a.To < a.Day {
			return a, ErrPeriod
		}
		a.Period = period.Period{Kind: period.Days, From: a.Day, To: a.To}
	case a.Kind != "" && a.Day != "":
		a.Period = period.Of(a.Kind, a.Day)
	default:
		a.Period = period.Of(period.Month, s.today())
	}
	a.Kind, a.Day, a.To = a.Period.Kind, a.Period.From, a.Period.To
	if a.Office == "" {
		a.Office = auth.From(r.Context()).Office
	}
	a.Offices, err = s.offices(r.Context())
	return a, err
}

// Href is the address of another page about the same office and period.
func (a asked) Href(path string, more ...string) string {
	q := url.Values{"period": {a.Period.String()}, "office": {string(a.Office)}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return path + "?" + q.Encode()
}

// Moved is the same page for another period.
func (a asked) Moved(p period.Period) string {
	a.Period = p
	q := url.Values{}
	for k, v := range a.at.Query() {
		if k != "kind" && k != "day" && k != "to" && k != "after" {
			q[k] = v
		}
	}
	q.Set("period", p.String())
	return a.at.Path + "?" + q.Encode()
}

func (s *Service) figuresWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	t, err := s.table(r.Context(), a)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, figuresPage(a, t))
}

// figureRow is a figure with its values as the page of all figures shows it.
type figureRow struct {
	ID, Name, Group, Unit, Source string
	Stock                         bool
	Now, Before                   int64 // the period, the same of the year before
	Start                         int64 // of a stock
}

// table is every figure of an office beside the same period of the year before.
func (s *Service) table(ctx context.Context, a asked) (out []figureRow, err error) {
	values := func(p period.Period) (map[string]int64, error) {
		cs, err := s.Count(ctx, Ask{Office: a.Office, Period: p})
		m := map[string]int64{}
		for _, c := range cs {
			m[c.Figure] = c.N
		}
		return m, err
	}
	now, err := values(a.Period)
	if err != nil {
		return nil, err
	}
	before, err := values(a.Period.LastYear())
	if err != nil {
		return nil, err
	}
	for _, f := range s.Figures.All(a.Period.To) {
		out = append(out, figureRow{f.ID, f.Name, f.Group, f.Unit.VN(), f.Source, f.Stock(), now[f.ID], before[f.ID], now[f.ID+Start]})
	}
	slices.SortStableFunc(out, func(a, b figureRow) int { return slices.Index(Groups, a.Group) - slices.Index(Groups, b.Group) })
	return out, nil
}

// whereOf reads which values of dimensions are asked for: where.sex=female.
func whereOf(q url.Values) map[Dim][]string {
	out := map[Dim][]string{}
	for _, d := range Dims {
		if v := slices.DeleteFunc(slices.Clone(q["where."+string(d)]), func(v string) bool { return v == anyValue }); len(v) > 0 {
			out[d] = v
		}
	}
	return out
}

// anyValue is chosen where no value is asked for: "" asks for what is not known.
const anyValue = "any"

func itoa[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }
