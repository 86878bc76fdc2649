package org

import (
	"errors"
	"net/http/httptest"
	"testing"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// A browser left open is not enough to open or close an account, nor to end a session.
func TestFreshForAccounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("quantri", "mưa rơi trên bản Mường", "lao-cai-kv3", SysAdmin)
		p := w.person("hoa", "hoa ban nở trắng đồi", "lao-cai-kv3", Clerk)
		token := w.in("quantri", "mưa rơi trên bản Mường")
		other := w.in("quantri", "mưa rơi trên bản Mường")
		w.pass(auth.FreshFor + 1)
		stale := w.as(token)
		xs, err := w.Sessions(stale, other)
		w.must(err)
		edit := NewStaff{Login: "hoa", Name: "Vừ A Hoa", Office: "lao-cai-kv3", Roles: []Role{Archivist}}
		for name, do := range map[string]func() error{
			"add": func() error {
				_, _, err := w.AddStaff(stale, NewStaff{Login: "lan", Name: "Lan", Office: "lao-cai-kv3", Roles: []Role{Clerk}})
				return err
			},
			"edit":       func() error { _, err := w.EditStaff(stale, p.ID, edit); return err },
			"disable":    func() error { return w.Disable(stale, p.ID, true) },
			"reset":      func() error { _, err := w.Reset(stale, p.ID); return err },
			"second":     func() error { _, err := w.RemoveSecond(stale, p.ID); return err },
			"session":    func() error { return w.EndSession(stale, string(xs[0].ID)) },
			"everywhere": func() error { return w.SignOutEverywhere(stale) },
		} {
			if err := do(); !errors.Is(err, auth.ErrFresh) {
				t.Errorf("%s: %v", name, err)
			}
		}
		fresh, err := w.Confirm(stale, token, "mưa rơi trên bản Mường", "", "10.0.0.1")
		w.must(err)
		w.must(w.Disable(w.as(fresh), p.ID, true))
	})
}

// A password of the words of the house and a number is guessed first.
func TestHouseWords(t *testing.T) {
	for pw, good := range map[string]bool{
		"Viện kiểm sát 2026": false, "vksnd-congminh-2026": false, "VienTruong@1234567": false,
		"Viện kiểm sát bên dòng sông Hồng": true, "sông Chảy chảy mãi": true,
	} {
		if err := goodPassword(pw, Staff{Login: "hoa", Name: "Lò Thị Hoa"}, false); (err == nil) != good {
			t.Errorf("%q: %v", pw, err)
		}
	}
}

// Signing out takes along what the browser kept of pages.
func TestSignOutClears(t *testing.T) {
	s := &Service{}
	w := httptest.NewRecorder()
	s.keep(w, httptest.NewRequest("POST", "https://congminh.vks.example/sign-out", nil), "")
	if got := w.Header().Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("Clear-Site-Data: %q", got)
	}
	w = httptest.NewRecorder()
	s.keep(w, httptest.NewRequest("POST", "https://congminh.vks.example/sign-in", nil), "token")
	if w.Header().Get("Clear-Site-Data") != "" {
		t.Error("signing in clears")
	}
}
