package access

import (
	"errors"
	"net/http"
	"strings"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Khai thác hồ sơ", "/access", MayAsk)
	m.Flash("access.sent", "Đã gửi phiếu tới đơn vị thụ lý.")
	m.Flash("access.opened", "Đã mở khẩn cấp. Lãnh đạo đơn vị thụ lý đã được báo.")
	m.Flash("access.decided", "Đã ghi quyết định.")
	m.Flash("access.ended", "Phiếu đã kết thúc.")
	m.Flash("access.reviewed", "Đã ghi kết quả xem xét.")
	m.Flash("access.registered", "Đã ghi văn bản yêu cầu.")
	m.Flash("access.minuted", "Đã kết thúc buổi đọc và lưu biên bản.")

	m.Handle("GET /static/access/", auth.Anyone, assets)
	m.Page("GET /access", MayAsk, s.listWeb)
	m.Page("GET /access/new", MayAsk, s.newWeb)
	m.Page("POST /access/new", MayAsk, s.askWeb)
	m.Page("GET /access/emergency", MayOpen, s.emergencyWeb)
	m.Page("POST /access/emergency", MayOpen, s.openWeb)
	m.Page("GET /access/{id}", MayAsk, s.requestWeb)
	m.Page("POST /access/{id}/decide", MayDecide, s.judgeWeb)
	m.Page("POST /access/{id}/second", MayDecide, s.secondWeb)
	m.Page("POST /access/{id}/review", MayDecide, s.reviewWeb)
	m.Page("POST /access/{id}/revoke", MayDecide, s.revokeWeb)
	m.Page("POST /access/{id}/withdraw", MayAsk, s.withdrawWeb)
	m.Page("POST /access/{id}/close", MayAsk, s.closeWeb)
	s.readingWeb(m)
	s.recusalWeb(m)
	s.unusualWeb(m)
}

// Gate has the rights of whoever sends a request read once for it; see Remember.
func (s *Service) Gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(Remember(r.Context())))
	})
}

func (s *Service) listWeb(w http.ResponseWriter, r *http.Request) error {
	var f Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, err := s.List(r.Context(), f)
	if err != nil {
		return err
	}
	n, err := s.Waiting(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, listPage(rows, f.Box, n, s.now()))
}

func (s *Service) newWeb(w http.ResponseWriter, r *http.Request) error {
	today := civil.On(s.now())
	in := New{Mode: policy.Reads, From: today, To: today.Add(7)}
	return s.showAsk(w, r, in, r.FormValue("case"), nil)
}

func (s *Service) showAsk(w http.ResponseWriter, r *http.Request, in New, cases string, wrong error) error {
	people, err := s.people.Colleagues(r.Context(), auth.From(r.Context()).Office)
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), askPage(in, cases, people, wrong))
}

func status(wrong error) int {
	if wrong != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// mine reports whether err is something to say on the form it came from.
func mine(err error) bool {
	for _, e := range []error{ErrAsk, ErrNoCase, ErrHave, ErrRecused, ErrUrgent, ErrReview, ErrMoved, ErrAbove, ErrDecide, ErrReading, ErrToday, ErrRunning, ErrOver, ErrRecusal, ErrTwice, ErrVerdict, web.ErrFields} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (s *Service) askWeb(w http.ResponseWriter, r *http.Request) error {
	var form struct {
		New
		Cases string `form:"cases,lines"`
	}
	err := web.Form(r, &form)
	in := form.New
	var out []Request
	if err == nil {
		in.Cases = strings.Split(form.Cases, "\n")
		out, err = s.Ask(r.Context(), in)
	}
	if mine(err) {
		return s.showAsk(w, r, in, form.Cases, err)
	}
	if err != nil {
		return err
	}
	to := "/access"
	if len(out) == 1 {
		to = path(out[0].ID, "")
	}
	return web.Done(w, r, to, "access.sent")
}

func (s *Service) emergencyWeb(w http.ResponseWriter, r *http.Request) error {
	return web.Show(w, r, http.StatusOK, emergencyPage(Emergency{Case: r.FormValue("case")}, s.rules, nil))
}

func (s *Service) openWeb(w http.ResponseWriter, r *http.Request) error {
	var in Emergency
	err := web.Form(r, &in)
	var out Request
	if err == nil {
		out, err = s.Open(r.Context(), in)
	}
	if mine(err) {
		return web.Show(w, r, status(err), emergencyPage(in, s.rules, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(out.ID, ""), "access.opened")
}

func (s *Service) requestWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRequest(w, r, nil)
}

func (s *Service) showRequest(w http.ResponseWriter, r *http.Request, wrong error) error {
	v, err := s.Get(r.Context(), RequestID(r.PathValue("id")))
	if err != nil {
		return err
	}
	uses, err := s.Uses(r.Context(), v.Request)
	if err != nil {
		return err
	}
	return web.Show(w, r, status(wrong), requestPage(v, uses, wrong))
}

// did is what follows a step: the page of the request, with what was wrong if it was.
func (s *Service) did(w http.ResponseWriter, r *http.Request, err error, code string) error {
	if mine(err) {
		return s.showRequest(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(RequestID(r.PathValue("id")), ""), code)
}

// decision reads the form of a decision; neither yes nor no is nothing.
func decision(r *http.Request) (d Decision, err error) {
	var in struct {
		Approve   string   `form:"approve"`
		Reason    string   `form:"reason"`
		Whole     bool     `form:"whole"`
		Documents []string `form:"document"`
		All       bool     `form:"all"`
	}
	if err := web.Form(r, &in); err != nil {
		return d, err
	}
	d = Decision{Approve: in.Approve == "yes", Reason: in.Reason, Whole: in.Whole, Documents: in.Documents, All: in.All}
	return d, undecided(in.Approve)
}

func (s *Service) judgeWeb(w http.ResponseWriter, r *http.Request) error {
	d, err := decision(r)
	if err == nil {
		_, err = s.Judge(r.Context(), RequestID(r.PathValue("id")), d)
	}
	return s.did(w, r, err, "access.decided")
}

func (s *Service) secondWeb(w http.ResponseWriter, r *http.Request) error {
	d, err := decision(r)
	if err == nil {
		_, err = s.Second(r.Context(), RequestID(r.PathValue("id")), d)
	}
	return s.did(w, r, err, "access.decided")
}

func (s *Service) reviewWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Review Review `form:"review"`
		Note   string `form:"note"`
	}
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Review(r.Context(), RequestID(r.PathValue("id")), in.Review, in.Note)
	}
	return s.did(w, r, err, "access.reviewed")
}

func (s *Service) revokeWeb(w http.ResponseWriter, r *http.Request) error {
	_, err := s.Revoke(r.Context(), RequestID(r.PathValue("id")), r.FormValue("why"))
	return s.did(w, r, err, "access.ended")
}

func (s *Service) withdrawWeb(w http.ResponseWriter, r *http.Request) error {
	rid := RequestID(r.PathValue("id"))
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/access"}, withdrawAsk(r.Context(), rid)))
	}
	_, err := s.Withdraw(r.Context(), rid)
	return s.did(w, r, err, "access.ended")
}

func (s *Service) closeWeb(w http.ResponseWriter, r *http.Request) error {
	rid := RequestID(r.PathValue("id"))
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/access"}, closeAsk(r.Context(), rid)))
	}
	_, err := s.Close(r.Context(), rid)
	return s.did(w, r, err, "access.ended")
}

// hosts are those who may supervise a sitting.
func hosts(people []org.Staff) (out []org.Staff) {
	for _, p := range people {
		if !p.Has(org.SysAdmin) {
			out = append(out, p)
		}
	}
	return out
}
