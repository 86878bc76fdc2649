package org

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Đơn vị", "/admin/offices", MayRead)
	m.Menu("Cán bộ", "/admin/staff", MayRead)
	m.Account("Tài khoản", "/account", MaySelf)
	m.Flash("org.saved", "Đã lưu.")
	m.Flash("org.password", "Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.")
	m.Flash("org.ended", "Phiên đăng nhập đó đã kết thúc.")
	m.Flash("org.bye", "Bạn đã đăng xuất.")

	m.Page("GET /sign-in", auth.Anyone, s.signInPage)
	m.Page("POST /sign-in", auth.Anyone, s.signInWeb)
	m.Page("POST /sign-out", auth.Anyone, s.signOutWeb)
	m.Page("GET /account", MaySelf, s.accountWeb)
	m.Page("GET /account/password", MaySelf, s.passwordPage)
	m.Page("POST /account/password", MaySelf, s.passwordWeb)
	m.Page("POST /account/sign-out-everywhere", MaySelf, s.everywhereWeb)
	m.Page("POST /account/sessions/{id}/end", MaySelf, s.endSessionWeb)

	s.webSecond(m)

	m.Page("GET /admin/offices", MayRead, s.officesWeb)
	m.Page("GET /admin/offices/new", MayManage, s.newOfficeWeb)
	m.Page("POST /admin/offices", MayManage, s.addOfficeWeb)
	m.Page("GET /admin/offices/{id}", MayRead, s.officeWeb)
	m.Page("GET /admin/offices/{id}/edit", MayManage, s.editOfficePage)
	m.Page("POST /admin/offices/{id}", MayManage, s.editOfficeWeb)
	m.Page("POST /admin/offices/{id}/regions", MayManage, s.regionsWeb)

	m.Page("GET /admin/staff", MayRead, s.staffWeb)
	m.Page("GET /admin/staff/new", MayManage, s.newStaffWeb)
	m.Page("POST /admin/staff", MayManage, s.addStaffWeb)
	m.Page("GET /admin/staff/{id}", MayRead, s.personWeb)
	m.Page("GET /admin/staff/{id}/edit", MayManage, s.editStaffPage)
	m.Page("POST /admin/staff/{id}", MayManage, s.editStaffWeb)
	m.Page("POST /admin/staff/{id}/disable", MayManage, s.disableWeb(true))
	m.Page("POST /admin/staff/{id}/enable", MayManage, s.disableWeb(false))
	m.Page("POST /admin/staff/{id}/reset", MayManage, s.resetWeb)
}

// The cookie. Its name begins with __Host- where there is TLS: browsers then keep
// it from every other host and path.

func (s *Service) secure(r *http.Request) bool { return s.opt.Secure || r.TLS != nil }

func (s *Service) cookieName(r *http.Request) string {
	if s.secure(r) {
		return "__Host-cm"
	}
	return "cm"
}

func (s *Service) token(r *http.Request) string {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Service) keep(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{Name: s.cookieName(r), Value: token, Path: "/", MaxAge: int(absolute.Seconds()),
		HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
		// Pages and pictures that the browser kept go with the session. What it stores
		// otherwise is how pages look, and stays.
		w.Header().Set("Clear-Site-Data", `"cache"`)
	}
	http.SetCookie(w, c)
}

func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Who returns who sends r, with the rights they have now. It reads the database,
// so ask once per request. If that fails, r comes from nobody.
func (s *Service) Who(r *http.Request) auth.Actor {
	a, _ := s.who(r)
	return a
}

func (s *Service) who(r *http.Request) (auth.Actor, Must) {
	a, must, err := s.Holder(r.Context(), s.token(r))
	if err != nil {
		if r.Context().Err() == nil { // else the person has left
			s.opt.Log.ErrorContext(r.Context(), "session not read", "error", err)
		}
		return auth.Actor{}, Nothing
	}
	return a, must
}

// Gate puts into each request's context who sends it, and leads whoever must do
// something first to the page where it is done, whatever page they ask for.
func (s *Service) Gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, must := s.who(r)
		if first := must.page(); first != "" && r.Method == http.MethodGet && !free(r.URL.Path, first) {
			http.Redirect(w, r, first, http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), a)))
	})
}

// page is where one does what one must.
func (m Must) page() string {
	switch m {
	case MustChange:
		return "/account/password"
	case MustSecond:
		return "/account"
	case Nothing:
	}
	return ""
}

// free reports whether a page may be opened before that.
func free(path, first string) bool {
	for _, p := range []string{first, "/confirm", "/sign-in/oidc", "/static/", "/api/", "/preferences"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// Sign-in

func (s *Service) signInPage(w http.ResponseWriter, r *http.Request) error {
	back := web.Local(r.URL.Query().Get("back"))
	if auth.From(r.Context()).ID != "" {
		return web.Go(w, r, back)
	}
	return web.Show(w, r, http.StatusOK, signInPage(SignIn{}, s.ways(back), nil))
}

func (s *Service) signInWeb(w http.ResponseWriter, r *http.Request) error {
	var in SignIn
	if err := web.Form(r, &in); err != nil {
		return err
	}
	// As it was typed: Form tidies text, and a password may hold two spaces.
	in.Password = r.PostFormValue("password")
	in.Address, in.Agent, in.Old = from(r), agent(r), s.token(r)
	back := web.Local(r.PostFormValue("back"))
	token, mustChange, err := s.SignIn(r.Context(), in)
	if errors.Is(err, ErrSecond) {
		return s.showSecond(w, r, http.StatusOK, token, back, nil)
	}
	if f := fault.From(err); err != nil && f.Kind == fault.Unauthenticated {
		return web.Show(w, r, http.StatusUnauthorized, signInPage(in, s.ways(back), f))
	}
	if err != nil {
		return err
	}
	s.keep(w, r, token)
	if mustChange {
		back = "/account/password"
	}
	return web.Go(w, r, back)
}

// agent names the browser in words short enough for a list.
func agent(r *http.Request) string {
	ua := r.UserAgent()
	for _, x := range [][2]string{{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(ua, x[0]) {
			for _, sys := range [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}} {
				if strings.Contains(ua, sys[0]) {
					return x[1] + ", " + sys[1]
				}
			}
			return x[1]
		}
	}
	return ua[:min(len(ua), 60)]
}

func (s *Service) signOutWeb(w http.ResponseWriter, r *http.Request) error {
	if err := s.SignOut(r.Context(), s.token(r)); err != nil {
		return err
	}
	s.keep(w, r, "")
	return web.Done(w, r, "/sign-in", "org.bye")
}

func (s *Service) accountWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showAccount(w, r, "", nil)
}

// showAccount shows the account; name and wrong are of a passkey that was not added.
func (s *Service) showAccount(w http.ResponseWriter, r *http.Request, name string, wrong error) error {
	xs, err := s.Sessions(r.Context(), s.token(r))
	if err != nil {
		return err
	}
	has, err := s.Methods(r.Context())
	if err != nil {
		return err
	}
	_, must := s.who(r)
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, accountPage(accountView{xs, has, s.ways("/account"), name, must}, wrong))
}

func (s *Service) passwordPage(w http.ResponseWriter, r *http.Request) error {
	_, must := s.who(r)
	return web.Show(w, r, http.StatusOK, passwordPage(must == MustChange, nil))
}

func (s *Service) passwordWeb(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return web.ErrForm
	}
	old, pw := r.PostForm.Get("old"), r.PostForm.Get("password")
	err := error(nil)
	if pw != r.PostForm.Get("again") {
		err = refusal{ErrPassword}.Need(false, "again", "Hai lần nhập mật khẩu mới không giống nhau.")
	}
	fresh := ""
	if err == nil {
		fresh, err = s.ChangePassword(r.Context(), s.token(r), old, pw)
	}
	if errors.Is(err, ErrPassword) || errors.Is(err, ErrWait) {
		_, must := s.who(r)
		return web.Show(w, r, http.StatusUnprocessableEntity, passwordPage(must == MustChange, err))
	}
	if err != nil {
		return err
	}
	s.keep(w, r, fresh)
	return web.Done(w, r, "/", "org.password")
}

func (s *Service) everywhereWeb(w http.ResponseWriter, r *http.Request) error {
	if err := s.SignOutEverywhere(r.Context()); err != nil {
		return err
	}
	s.keep(w, r, "")
	return web.Done(w, r, "/sign-in", "org.bye")
}

func (s *Service) endSessionWeb(w http.ResponseWriter, r *http.Request) error {
	if err := s.EndSession(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return web.Done(w, r, "/account", "org.ended")
}

// Offices

func (s *Service) officesWeb(w http.ResponseWriter, r *http.Request) error {
	var f OfficeFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if f.Words == "" && f.Level == "" && f.Day == "" && f.After == "" {
		return s.showOffice(w, r, "tc", "", nil)
	}
	os, err := s.Offices(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, officesPage(os, f, more(r, os.Next)))
}

// more is the address of the next page of the list at r, or "".
func more(r *http.Request, next string) string {
	if next == "" {
		return ""
	}
	q := url.Values{}
	for k, v := range r.URL.Query() {
		if k != "after" {
			q[k] = v
		}
	}
	q.Set("after", next)
	return "?" + q.Encode()
}

func (s *Service) officeWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Day civil.Date `form:"day"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.showOffice(w, r, auth.Office(r.PathValue("id")), in.Day, nil)
}

func (s *Service) showOffice(w http.ResponseWriter, r *http.Request, id auth.Office, day civil.Date, wrong error) error {
	ctx := r.Context()
	o, err := s.Office(ctx, id)
	if err != nil {
		return err
	}
	if day == "" {
		day = civil.On(s.now())
	}
	k, err := s.Kin(ctx, o, day)
	if err != nil {
		return err
	}
	var next *Office
	if o.Successor != "" {
		n, err := s.Office(ctx, o.Successor)
		if err != nil {
			return err
		}
		next = &n
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	mayManage := auth.RequireIn(ctx, MayManage, o.Path) == nil
	return web.Show(w, r, status, officePage(officeView{o, k, next, day, mayManage}, wrong))
}

func (s *Service) newOfficeWeb(w http.ResponseWriter, r *http.Request) error {
	in := NewOffice{Parent: auth.Office(r.URL.Query().Get("parent")), Level: Region}
	return web.Show(w, r, http.StatusOK, officeForm("", in, nil))
}

func (s *Service) addOfficeWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewOffice
	err := web.Form(r, &in)
	var o Office
	if err == nil {
		o, err = s.AddOffice(r.Context(), in)
	}
	if invalid(err) {
		return web.Show(w, r, http.StatusUnprocessableEntity, officeForm("", in, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/admin/offices/"+string(o.ID), "org.saved")
}

// invalid reports whether a form can show err beside its inputs.
func invalid(err error) bool {
	return errors.Is(err, ErrOffice) || errors.Is(err, ErrStaff) || errors.Is(err, ErrLogin) ||
		errors.Is(err, ErrRoleAbove) || errors.Is(err, web.ErrFields)
}

func (s *Service) editOfficePage(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Office(r.Context(), auth.Office(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, officeForm(o.ID, NewOffice{ID: o.ID, Name: o.Name, Short: o.Short, Level: o.Level,
		Parent: o.Parent, Code: o.Code, From: o.From, To: o.To, Successor: o.Successor, Source: o.Source}, nil))
}

func (s *Service) editOfficeWeb(w http.ResponseWriter, r *http.Request) error {
	id := auth.Office(r.PathValue("id"))
	var in NewOffice
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.EditOffice(r.Context(), id, in)
	}
	if invalid(err) {
		return web.Show(w, r, http.StatusUnprocessableEntity, officeForm(id, in, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/admin/offices/"+string(id), "org.saved")
}

func (s *Service) regionsWeb(w http.ResponseWriter, r *http.Request) error {
	id := auth.Office(r.PathValue("id"))
	var in struct {
		N int `form:"regions"`
	}
	err := web.Form(r, &in)
	if err == nil {
		err = s.SetRegions(r.Context(), id, in.N)
	}
	if invalid(err) {
		return s.showOffice(w, r, id, "", err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/admin/offices/"+string(id), "org.saved")
}

// Staff

func (s *Service) staffWeb(w http.ResponseWriter, r *http.Request) error {
	var f StaffFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	ps, err := s.Staff(r.Context(), f)
	if err != nil {
		return err
	}
	names, err := s.names(r.Context(), ps)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, staffPage(ps, f, names, more(r, ps.Next)))
}

func (s *Service) names(ctx context.Context, ps page.Of[Staff]) (map[auth.Office]string, error) {
	names := map[auth.Office]string{}
	for _, p := range ps.Items {
		if _, ok := names[p.Office]; !ok {
			o, err := s.Office(ctx, p.Office)
			if err != nil {
				return nil, err
			}
			names[p.Office] = o.Short
		}
	}
	return names, nil
}

func (s *Service) newStaffWeb(w http.ResponseWriter, r *http.Request) error {
	office := auth.Office(r.URL.Query().Get("office"))
	if office == "" {
		office = auth.From(r.Context()).Office
	}
	return s.staffForm(w, r, "", NewStaff{Office: office}, nil)
}

func (s *Service) staffForm(w http.ResponseWriter, r *http.Request, id StaffID, in NewStaff, wrong error) error {
	os, err := s.Manageable(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	if errors.Is(wrong, ErrLogin) {
		wrong = refusal{ErrLogin}.Need(false, "login", ErrLogin.Text)
	}
	return web.Show(w, r, status, staffForm(id, in, options(os), wrong))
}

// options offers offices, those of one province together.
func options(os []Office) []site.Option {
	short := map[auth.Office]string{}
	for _, o := range os {
		short[o.ID] = o.Short
	}
	out := make([]site.Option, 0, len(os))
	for _, o := range os {
		group := ""
		if o.Level != Province {
			group = short[o.Parent]
		}
		out = append(out, site.Option{Value: string(o.ID), Text: o.Short, Group: group})
	}
	return out
}

func (s *Service) addStaffWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewStaff
	err := web.Form(r, &in)
	var p Staff
	code := ""
	if err == nil {
		p, code, err = s.AddStaff(r.Context(), in)
	}
	if invalid(err) {
		return s.staffForm(w, r, "", in, err)
	}
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, codePage(p, code))
}

func (s *Service) personWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := s.Person(ctx, StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	o, err := s.Office(ctx, p.Office)
	if err != nil {
		return err
	}
	var events []Event
	mayManage := auth.RequireIn(ctx, MayManage, o.Path) == nil
	if mayManage {
		if events, err = s.History(ctx, p.ID); err != nil {
			return err
		}
	}
	return web.Show(w, r, http.StatusOK, personPage(p, o, mayManage, events))
}

func (s *Service) editStaffPage(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Person(r.Context(), StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return s.staffForm(w, r, p.ID, NewStaff{p.Login, p.Name, p.Office, p.Rank, p.Post, p.Roles, p.From, p.To}, nil)
}

func (s *Service) editStaffWeb(w http.ResponseWriter, r *http.Request) error {
	id := StaffID(r.PathValue("id"))
	var in NewStaff
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.EditStaff(r.Context(), id, in)
	}
	if invalid(err) {
		return s.staffForm(w, r, id, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/admin/staff/"+string(id), "org.saved")
}

func (s *Service) disableWeb(disabled bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.Person(r.Context(), StaffID(r.PathValue("id")))
		if err != nil {
			return err
		}
		if disabled && !web.Sure(r) {
			return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/admin/staff"}, askDisable(r.Context(), p)))
		}
		if err := s.Disable(r.Context(), p.ID, disabled); err != nil {
			return err
		}
		return web.Done(w, r, "/admin/staff/"+string(p.ID), "org.saved")
	}
}

func (s *Service) resetWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Person(r.Context(), StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/admin/staff"}, askReset(r.Context(), p)))
	}
	code, err := s.Reset(r.Context(), p.ID)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, codePage(p, code))
}
