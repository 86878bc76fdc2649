package operation

import (
	"errors"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
	"congminh/internal/law"
	"congminh/internal/site"
)

// lawPages is where the pages of the law stand.
const lawPages = "/system/law"

func (d *lawDesk) web(m *web.Mux) {
	m.Menu("Pháp luật", lawPages, law.MayRead)
	m.Flash("law.confirmed", "Đã xác nhận quy tắc.")
	m.Flash("law.switched", "Đã chuyển trạng thái. Các thời hạn liên quan đang được tính lại.")
	m.Flash("law.reread", "Đã đọc lại các tệp pháp luật.")
	m.Page("GET "+lawPages, law.MayRead, d.rulesWeb)
	m.Page("GET "+lawPages+"/rules/{id}", law.MayRead, d.ruleWeb)
	m.Page("POST "+lawPages+"/rules/{id}/confirm", law.MayManage, d.confirmWeb)
	m.Page("POST "+lawPages+"/rules/{id}/off", law.MayManage, d.switchWeb(law.SwitchedOff))
	m.Page("POST "+lawPages+"/rules/{id}/on", law.MayManage, d.switchWeb(law.SwitchedOn))
	m.Page("POST "+lawPages+"/reread", law.MayManage, d.rereadWeb)
	m.Page("GET "+lawPages+"/calendar", law.MayRead, d.calendarWeb)
	m.Page("GET "+lawPages+"/offences", law.MayRead, d.offencesWeb)
	m.Page("GET "+lawPages+"/offences/{article}", law.MayRead, d.offenceWeb)
	m.Page("GET "+lawPages+"/acts", law.MayRead, d.actsWeb)
	m.Page("GET "+lawPages+"/acts/{code}", law.MayRead, d.actWeb)
	m.Page("GET "+lawPages+"/lists", law.MayRead, d.listsWeb)
	m.Page("GET "+lawPages+"/basis", law.MayRead, d.basisWeb)
}

func (d *lawDesk) rulesWeb(w http.ResponseWriter, r *http.Request) error {
	var f law.Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, rulesPage(p, rowsOf(r, p.Find(f, d.today())), f, d.law.MayDecide(r.Context())))
}

// rows is the page of a list that ?page= asks for; prev and next lead to those beside.
type rows[T any] struct {
	shown      []T
	total      int
	prev, next string
}

const rowsShown = 40

func rowsOf[T any](r *http.Request, all []T) rows[T] {
	last := max(len(all)-1, 0) / rowsShown
	n, _ := strconv.Atoi(r.FormValue("page")) // what is no page is the first
	n = min(max(n, 0), last)
	at := func(page int) string {
		q := maps.Clone(r.Form)
		q.Set("page", strconv.Itoa(page))
		return "?" + q.Encode()
	}
	out := rows[T]{shown: all[n*rowsShown : min((n+1)*rowsShown, len(all))], total: len(all)}
	if n > 0 {
		out.prev = at(n - 1)
	}
	if n < last {
		out.next = at(n + 1)
	}
	return out
}

// ruleAddress is the page of one version of a rule.
func ruleAddress(id string, from civil.Date) string {
	return lawPages + "/rules/" + url.PathEscape(id) + "?from=" + url.QueryEscape(string(from))
}

func (d *lawDesk) ruleWeb(w http.ResponseWriter, r *http.Request) error {
	v, err := d.rule(r.Context(), r.PathValue("id"), civil.Date(r.FormValue("from")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, rulePage(v))
}

func (d *lawDesk) confirmWeb(w http.ResponseWriter, r *http.Request) error {
	id, from := r.PathValue("id"), civil.Date(r.FormValue("from"))
	if !web.Sure(r) {
		v, err := d.rule(r.Context(), id, from)
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: lawPages}, confirmAsk(r.Context(), v)))
	}
	if err := d.law.Decide(r.Context(), id, from, law.Confirmed, ""); err != nil {
		return err
	}
	return web.Done(w, r, ruleAddress(id, from), "law.confirmed")
}

// switchWeb switches a rule; without a reason the form is shown again.
func (d *lawDesk) switchWeb(what law.Verdict) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			From   civil.Date `form:"from"`
			Reason string     `form:"reason,lines"`
		}
		if err := web.Form(r, &in); err != nil {
			return err
		}
		id := r.PathValue("id")
		err := d.law.Decide(r.Context(), id, in.From, what, in.Reason)
		if errors.Is(err, law.ErrReason) {
			v, no := d.rule(r.Context(), id, in.From)
			if no != nil {
				return no
			}
			v.reason, v.err = in.Reason, err
			return web.Show(w, r, http.StatusUnprocessableEntity, rulePage(v))
		}
		if err != nil {
			return err
		}
		return web.Done(w, r, ruleAddress(id, in.From), "law.switched")
	}
}

func (d *lawDesk) rereadWeb(w http.ResponseWriter, r *http.Request) error {
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: lawPages}, rereadAsk(r.Context())))
	}
	if err := d.law.Reread(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, lawPages, "law.reread")
}

func (d *lawDesk) calendarWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Year int `form:"year"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	v, err := d.calendar(r.Context(), in.Year)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, calendarPage(v))
}

// offenceFilter picks articles of the Penal Code.
type offenceFilter struct {
	Words   string     `form:"q"`
	Chapter string     `form:"chapter"`
	On      civil.Date `form:"on"`
}

func (d *lawDesk) offencesWeb(w http.ResponseWriter, r *http.Request) error {
	var f offenceFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if f.On == "" {
		f.On = d.today()
	}
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	found, _ := p.FindOffences(f.Words, f.Chapter, f.On, math.MaxInt)
	return web.Show(w, r, http.StatusOK, offencesPage(p, rowsOf(r, found), f))
}

func (d *lawDesk) offenceWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	all := p.Wordings(r.PathValue("article"))
	if len(all) == 0 {
		return law.ErrNone
	}
	return web.Show(w, r, http.StatusOK, offencePage(p, all))
}

// actFilter picks acts of the catalogue.
type actFilter struct {
	Words string `form:"q"`
	Group string `form:"group"`
}

func (d *lawDesk) actsWeb(w http.ResponseWriter, r *http.Request) error {
	var f actFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, actsPage(p, rowsOf(r, p.FindActs(f.Words, f.Group)), f))
}

func (d *lawDesk) actWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	a, ok := p.Act(r.PathValue("code"))
	if !ok {
		return law.ErrNone
	}
	return web.Show(w, r, http.StatusOK, actPage(p, a))
}

func (d *lawDesk) listsWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, listsPage(p))
}

func (d *lawDesk) basisWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := d.pack(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, basisPage(p))
}
