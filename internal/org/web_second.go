package org

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
	"congminh/internal/org/sso"
	"congminh/internal/site"
)

// webSecond registers signing in by more than a password.
func (s *Service) webSecond(m *web.Mux) {
	m.Confirm(s.confirmAsked)
	m.Flash("org.again", "Đã xác nhận. Nội dung bạn vừa gửi chưa được lưu: hãy nhập và gửi lại.")
	m.Flash("org.second-removed", "Đã gỡ cách xác thực này.")
	m.Flash("org.key-added", "Đã thêm khóa truy cập. Các phiên đăng nhập khác đã kết thúc.")
	m.Handle("GET /static/org/", auth.Anyone, assets)

	m.Page("POST /sign-in/second", auth.Anyone, s.secondWeb)
	m.Page("POST /sign-in/passkey/ask", auth.Anyone, s.askPasskeyWeb)
	m.Page("POST /sign-in/passkey", auth.Anyone, s.passkeyWeb)
	m.Page("GET /sign-in/oidc", auth.Anyone, s.beginSSOWeb)
	m.Page("GET /sign-in/oidc/back", auth.Anyone, s.finishSSOWeb)

	m.Page("GET /confirm", MaySelf, s.confirmPageWeb)
	m.Page("POST /confirm", MaySelf, s.confirmWeb)
	m.Page("POST /confirm/passkey", MaySelf, s.confirmPasskeyWeb)

	m.Page("POST /account/totp", MaySelf, web.Fresh(s.beginTOTPWeb))
	m.Page("POST /account/totp/finish", MaySelf, s.finishTOTPWeb)
	m.Page("POST /account/totp/remove", MaySelf, web.Fresh(s.removeTOTPWeb))
	m.Page("POST /account/recovery", MaySelf, web.Fresh(s.recoveryWeb))
	m.Page("POST /account/passkeys/ask", MaySelf, web.Fresh(s.newPasskeyWeb))
	m.Page("POST /account/passkeys", MaySelf, web.Fresh(s.addPasskeyWeb))
	m.Page("POST /account/passkeys/{id}/remove", MaySelf, web.Fresh(s.removePasskeyWeb))
	m.Page("POST /admin/staff/{id}/second/remove", MayManage, web.Fresh(s.removeSecondWeb))
}

// visitor is who signs in, as far as the request tells.
func (s *Service) visitor(r *http.Request) SignIn {
	return SignIn{Address: from(r), Agent: agent(r), Old: s.token(r)}
}

func (s *Service) ways(back string) ways {
	return ways{back: back, host: s.KeyHost(), sso: s.HasSSO()}
}

// stepForm is what the forms of this file send.
type stepForm struct {
	Try   string `form:"try"`
	Code  string `form:"code"`
	Name  string `form:"name"`
	Back  string `form:"back"`
	Again bool   `form:"again"`
}

func readStep(r *http.Request) (in stepForm, err error) {
	err = web.Form(r, &in)
	in.Back = web.Local(in.Back)
	return in, err
}

// refuseSignIn shows the page of the first step again, if err is a refusal of it.
func (s *Service) refuseSignIn(w http.ResponseWriter, r *http.Request, back string, err error) error {
	if fault.From(err).Kind != fault.Unauthenticated && !errors.Is(err, ErrTry) {
		return err
	}
	return web.Show(w, r, http.StatusUnauthorized, signInPage(SignIn{}, s.ways(back), fault.From(err)))
}

func (s *Service) showSecond(w http.ResponseWriter, r *http.Request, status int, try, back string, wrong error) error {
	has, err := s.SecondMethods(r.Context(), try)
	if err != nil {
		return s.refuseSignIn(w, r, back, err)
	}
	return web.Show(w, r, status, secondPage(try, s.ways(back), has, wrong))
}

func (s *Service) secondWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	token, mustChange, err := s.Second(r.Context(), in.Try, in.Code, s.visitor(r))
	if errors.Is(err, ErrCode) || errors.Is(err, ErrWait) {
		return s.showSecond(w, r, http.StatusUnauthorized, in.Try, in.Back, fault.From(err))
	}
	if err != nil {
		return s.refuseSignIn(w, r, in.Back, err)
	}
	s.keep(w, r, token)
	if mustChange {
		in.Back = "/account/password"
	}
	return web.Go(w, r, in.Back)
}

// tell answers the script: what to ask the device for, and the token of the answer.
func tell(w http.ResponseWriter, options any, try string, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(map[string]any{"options": options, "try": try})
}

func (s *Service) askPasskeyWeb(w http.ResponseWriter, r *http.Request) error {
	options, try, err := s.AskPasskey(r.Context())
	return tell(w, options, try, err)
}

func (s *Service) passkeyWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	token, err := s.SignInByPasskey(r.Context(), in.Try, r.PostFormValue("answer"), s.visitor(r))
	if err != nil {
		return s.refuseSignIn(w, r, in.Back, err)
	}
	s.keep(w, r, token)
	return web.Go(w, r, in.Back)
}

// The identity provider. A cookie ties the answer to the browser that began.

func (s *Service) ssoCookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(r) + "-sso", Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode}
}

func (s *Service) beginSSOWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	to, token, err := s.BeginSSO(r.Context(), in.Back, in.Again)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.ssoCookie(r, token, int(tryLife.Seconds())))
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *Service) finishSSOWeb(w http.ResponseWriter, r *http.Request) error {
	token := ""
	if c, err := r.Cookie(s.ssoCookie(r, "", 0).Name); err == nil {
		token = c.Value
	}
	http.SetCookie(w, s.ssoCookie(r, "", -1))
	q := r.URL.Query()
	session, back, err := s.FinishSSO(r.Context(), token, q.Get("state"),
		sso.Answer{Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")}, s.visitor(r))
	if err != nil {
		return s.refuseSignIn(w, r, web.Local(back), err)
	}
	s.keep(w, r, session)
	return web.Go(w, r, web.Local(back))
}

// Proving once more who one is

// confirmAsked is what a page shows that wants a fresh proof.
func (s *Service) confirmAsked(w http.ResponseWriter, r *http.Request) error {
	back := web.Back(r)
	if web.Fragment(r) {
		return web.Go(w, r, "/confirm?again=on&back="+url.QueryEscape(back))
	}
	return s.showConfirm(w, r, http.StatusForbidden, stepForm{Back: back, Again: r.Method != http.MethodGet}, nil)
}

func (s *Service) showConfirm(w http.ResponseWriter, r *http.Request, status int, in stepForm, wrong error) error {
	has, err := s.Methods(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, status, confirmPage(in, s.ways(in.Back), has, wrong))
}

func (s *Service) confirmPageWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	return s.showConfirm(w, r, http.StatusOK, in, nil)
}

func (s *Service) confirmWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	fresh, err := s.Confirm(r.Context(), s.token(r), r.PostFormValue("password"), in.Code, from(r))
	return s.goOn(w, r, in, fresh, err)
}

func (s *Service) confirmPasskeyWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	fresh, err := s.ConfirmByPasskey(r.Context(), s.token(r), in.Try, r.PostFormValue("answer"), from(r))
	return s.goOn(w, r, in, fresh, err)
}

// goOn leads back to where the proof was asked for.
func (s *Service) goOn(w http.ResponseWriter, r *http.Request, in stepForm, fresh string, err error) error {
	for _, no := range []*fault.Error{ErrConfirm, ErrPasskey, ErrTry, ErrWait} {
		if errors.Is(err, no) {
			return s.showConfirm(w, r, http.StatusUnprocessableEntity, in, fault.From(err))
		}
	}
	if err != nil {
		return err
	}
	s.keep(w, r, fresh)
	if in.Again {
		return web.Done(w, r, in.Back, "org.again")
	}
	return web.Go(w, r, in.Back)
}

// The account

func (s *Service) beginTOTPWeb(w http.ResponseWriter, r *http.Request) error {
	e, err := s.BeginTOTP(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, totpPage(e, nil))
}

func (s *Service) finishTOTPWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	fresh, recovery, err := s.FinishTOTP(r.Context(), s.token(r), in.Try, in.Code)
	if errors.Is(err, ErrCode) {
		e, err := s.ResumeTOTP(r.Context(), in.Try)
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusUnprocessableEntity, totpPage(e, refusal{ErrConfirm}.Need(false, "code", ErrCode.Text)))
	}
	if err != nil {
		return err
	}
	s.keep(w, r, fresh)
	return web.Show(w, r, http.StatusOK, recoveryPage(recovery))
}

func (s *Service) recoveryWeb(w http.ResponseWriter, r *http.Request) error {
	recovery, err := s.NewRecovery(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, recoveryPage(recovery))
}

func (s *Service) removeTOTPWeb(w http.ResponseWriter, r *http.Request) error {
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/account"}, askRemoveTOTP(r.Context())))
	}
	if err := s.RemoveTOTP(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/account", "org.second-removed")
}

func (s *Service) newPasskeyWeb(w http.ResponseWriter, r *http.Request) error {
	options, try, err := s.NewPasskey(r.Context())
	return tell(w, options, try, err)
}

func (s *Service) addPasskeyWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readStep(r)
	if err != nil {
		return err
	}
	fresh, err := s.AddPasskey(r.Context(), s.token(r), in.Try, r.PostFormValue("answer"), in.Name)
	if errors.Is(err, ErrKey) {
		return s.showAccount(w, r, in.Name, fault.From(err))
	}
	if err != nil {
		return err
	}
	s.keep(w, r, fresh)
	return web.Done(w, r, "/account", "org.key-added")
}

func (s *Service) removePasskeyWeb(w http.ResponseWriter, r *http.Request) error {
	has, err := s.Methods(r.Context())
	if err != nil {
		return err
	}
	key := r.PathValue("id")
	for _, k := range has.Passkeys {
		if k.ID == key && !web.Sure(r) {
			return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/account"}, askRemoveKey(r.Context(), k)))
		}
	}
	if err := s.RemovePasskey(r.Context(), key); err != nil {
		return err
	}
	return web.Done(w, r, "/account", "org.second-removed")
}

func (s *Service) removeSecondWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Person(r.Context(), StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/admin/staff"}, askRemoveSecond(r.Context(), p)))
	}
	code, err := s.RemoveSecond(r.Context(), p.ID)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, codePage(p, code))
}
