package criminal

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

func (s *Service) registerRoutes(m *web.Mux) {
	m.Menu("Sổ nghiệp vụ", "/registers", MayRead)
	m.Page("GET /registers", MayRead, s.registersWeb)
	m.Page("GET /registers/{code}", MayRead, s.registerWeb)
	m.Page("GET /registers/{code}/print", MayRead, s.registerPrintWeb)
	m.Page("GET /registers/{code}/xlsx", MayRead, s.registerFileWeb)
}

// officesBelow are the asker's own office and those directly below it, to choose from.
func (s *Service) officesBelow(ctx context.Context) (out []site.Option, below bool, err error) {
	me := auth.From(ctx)
	own, err := s.org.Office(ctx, me.Office)
	if err != nil {
		return nil, false, err
	}
	out = []site.Option{{Value: string(own.ID), Text: own.Short}}
	reach, err := auth.Reach(ctx, MayRead)
	if err != nil || !reach.Below {
		return out, false, err
	}
	f := org.OfficeFilter{Parent: me.Office, Day: civil.On(s.now())}
	f.Limit = 100
	for {
		got, err := s.org.Offices(ctx, f)
		if err != nil {
			return nil, false, err
		}
		for _, o := range got.Items {
			out = append(out, site.Option{Value: string(o.ID), Text: o.Short})
		}
		if f.After = got.Next; got.Next == "" {
			return out, len(out) > 1, nil
		}
	}
}

// registersView is the list of registers.
type registersView struct {
	list    []RegisterCount
	offices []site.Option
	office  auth.Office
	year    int
	years   []site.Option
}

func (s *Service) registersWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Office auth.Office `form:"office"`
		Year   int         `form:"year"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx := r.Context()
	v := registersView{office: in.Office, year: in.Year, years: s.years()}
	if v.office == "" {
		v.office = auth.From(ctx).Office
	}
	if v.year < 1990 || v.year > 2200 {
		v.year = civil.On(s.now()).Year()
	}
	var err error
	if v.list, err = s.Registers(ctx, v.office, v.year); err != nil {
		return err
	}
	if v.offices, _, err = s.officesBelow(ctx); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, registersPage(v))
}

// years are this year and the five before it.
func (s *Service) years() (out []site.Option) {
	now := civil.On(s.now()).Year()
	for y := now; y > now-6; y-- {
		out = append(out, site.Option{Value: strconv.Itoa(y), Text: strconv.Itoa(y)})
	}
	return out
}

// registerView is a register as it is looked at.
type registerView struct {
	law     Law
	r       Register
	rows    page.Of[RegisterRow]
	f       RegisterFilter
	offices []site.Option
	below   bool
	query   string // of the address, with what was asked for
	next    string
	sort    string
}

// handedOver reports whether minutes of a hand-over come with a kind of act.
func (v registerView) handedOver(kind string) bool {
	k, _ := v.law.Act(kind)
	return k.Handover != ""
}

func (s *Service) registerWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := registerView{law: s.law(ctx), f: RegisterFilter{Req: page.Req{Limit: 50}}}
	if err := web.Form(r, &v.f); err != nil {
		return err
	}
	var err error
	if v.r, v.rows, err = s.Register(ctx, r.PathValue("code"), v.f); err != nil {
		return err
	}
	if v.f, _, err = s.registerFilter(ctx, v.r, v.f); err != nil {
		return err
	}
	if v.offices, v.below, err = s.officesBelow(ctx); err != nil {
		return err
	}
	other := EarliestFirst
	if v.f.Sort == EarliestFirst {
		other = "new" // anything that is not the earliest first
	}
	v.query, v.next, v.sort = v.f.query(), with(r, "after", v.rows.Next), with(r, "sort", string(other))
	return web.Show(w, r, http.StatusOK, registerPage(v))
}

// query is f as the query of an address.
func (f RegisterFilter) query() string {
	q := url.Values{"office": {string(f.Office)}, "from": {string(f.From)}, "state": {string(f.State)}}
	if f.To != "" {
		q.Set("to", string(f.To))
	}
	if f.Below {
		q.Set("below", "on")
	}
	if f.Words != "" {
		q.Set("q", f.Words)
	}
	return "?" + q.Encode()
}

func (s *Service) registerPrintWeb(w http.ResponseWriter, r *http.Request) error {
	var f RegisterFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	p, err := s.PrintRegister(r.Context(), r.PathValue("code"), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, registerPrintPage(p, "/registers/"+p.Code+"/xlsx"+f.query()))
}

func (s *Service) registerFileWeb(w http.ResponseWriter, r *http.Request) error {
	var f RegisterFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	return s.ExportRegister(r.Context(), r.PathValue("code"), f, attach(w))
}

// attach begins a spreadsheet that is saved.
func attach(w http.ResponseWriter) func(name string) io.Writer {
	return func(name string) io.Writer {
		h := w.Header()
		h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		h.Set("Content-Disposition", web.Disposition(name, false))
		h.Set("Cache-Control", "private, no-store")
		return w
	}
}
