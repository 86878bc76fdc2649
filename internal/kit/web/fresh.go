package web

import (
	"net/http"
	"net/url"

	"congminh/internal/kit/auth"
)

// Confirm says how a person is asked to prove once more who they are, where a
// handler answers auth.ErrFresh. h sends the page that asks, with Back in it.
func (m *Mux) Confirm(h Handler) { m.prove = h }

// Fresh is h for those who proved who they are within auth.FreshFor, else
// auth.ErrFresh:
//
//	m.Page("POST /dossiers/{id}/delete", MayDelete, web.Fresh(s.deleteWeb))
func Fresh(h Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := auth.RequireFresh(r.Context(), auth.FreshFor); err != nil {
			return err
		}
		return h(w, r)
	}
}

// Back is the page to which a person returns after they were asked for something
// else. What a form sent is not kept, for it may hold anything; so that is the page
// the form stands on, to be sent again.
func Back(r *http.Request) string {
	if r.Method == http.MethodGet && !Fragment(r) {
		return Local(r.URL.RequestURI())
	}
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return Local(u.RequestURI())
}
