package web

import (
	"fmt"
	"net/http"
)

const flashCookie = "flash"

// Flash registers what is said, once, on the page after some work was done. Only
// the code travels in the cookie, so a forged cookie can say nothing of its own.
func (m *Mux) Flash(code, text string) {
	if _, ok := m.flashes[code]; ok {
		panic(fmt.Sprintf("web: flash %q registered twice", code))
	}
	if m.flashes == nil {
		m.flashes = map[string]string{}
	}
	m.flashes[code] = text
}

// Say makes the next page show the text registered under code.
func Say(w http.ResponseWriter, r *http.Request, code string) {
	http.SetCookie(w, &http.Cookie{Name: cookieName(r, flashCookie), Value: code, Path: "/", MaxAge: 60, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
}

// Done sends the person to path, where the text registered under code is shown.
func Done(w http.ResponseWriter, r *http.Request, path, code string) error {
	Say(w, r, code)
	return Go(w, r, path)
}

// takeFlash returns the code in the cookie and takes the cookie away. It is for the
// page a person will see: a fragment, a picture or a stream that the browser asks
// for meanwhile leaves it alone.
func takeFlash(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(cookieName(r, flashCookie))
	if dest := r.Header.Get("Sec-Fetch-Dest"); err != nil || r.Method != http.MethodGet || Fragment(r) || dest != "" && dest != "document" {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(r, flashCookie), Path: "/", MaxAge: -1, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
	return c.Value
}
