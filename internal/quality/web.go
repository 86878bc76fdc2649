package quality

import (
	"net/http"
	"net/url"
	"strconv"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Chất lượng", "/quality", MayRead)
	m.Handle("GET /static/quality/", auth.Anyone, assets)
	for _, add := range routes {
		add(s, m)
	}
}

// asked is which office and period a page is about.
type asked struct {
	Office auth.Office `form:"office" maxLength:"64"`
	Kind   period.Kind `form:"kind" enum:",month,quarter,half,year,work-half,work-year,days"`
	Day    civil.Date  `form:"day" format:"date"` // a day of the period
	To     civil.Date  `form:"to" format:"date"`  // of days
	Text   string      `form:"period" maxLength:"30"`

	Period  period.Period `form:"-"`
	Offices []org.Office  `form:"-"` // that may be chosen
	at      *url.URL
}

// read reads what a page is about; the year that runs where nothing is said.
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
		if a.To < a.Day {
			return a, ErrPeriod
		}
		a.Period = period.Period{Kind: period.Days, From: a.Day, To: a.To}
	case a.Kind != "" && a.Day != "":
		a.Period = period.Of(a.Kind, a.Day)
	default:
		a.Period = period.Of(period.Year, s.today())
	}
	a.Kind, a.Day, a.To = a.Period.Kind, a.Period.From, a.Period.To
	if a.Office == "" {
		a.Office = auth.From(r.Context()).Office
	}
	a.Offices, err = s.offices(r.Context(), MayRead)
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

// Of is the same page for another office.
func (a asked) Of(o auth.Office) string {
	a.Office = o
	return a.Href(a.at.Path)
}

// Moved is the same page for another period.
func (a asked) Moved(p period.Period) string {
	a.Period = p
	q := a.kept()
	q.Set("period", p.String())
	q.Set("office", string(a.Office))
	return a.at.Path + "?" + q.Encode()
}

// kept is what else the page was asked for.
func (a asked) kept() url.Values {
	q := a.at.Query()
	for _, k := range []string{"kind", "day", "to", "after", "period", "office"} {
		q.Del(k)
	}
	return q
}

// With is the same page with one thing changed, from its first row.
func (a asked) With(name, value string) string {
	q := a.kept()
	q.Set("period", a.Period.String())
	q.Set("office", string(a.Office))
	q.Set(name, value)
	return a.at.Path + "?" + q.Encode()
}

// refused reports whether a refusal is shown on the form it is about, and the status.
func refused(err error) (int, bool) {
	if err == nil {
		return 0, false
	}
	k := fault.From(err).Kind
	return k.Status(), k == fault.Invalid || k == fault.Conflict
}

func itoa[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }
