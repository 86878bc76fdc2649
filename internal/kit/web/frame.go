package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/lang"
)

// Entry is a line of a menu.
type Entry struct {
	Text, Href string
	Verb       auth.Verb
}

// Look is how a person wants pages to look. It lives in cookies, so that it works
// before sign-in and without a script.
type Look struct {
	Theme string // "" (what the device says), light, dark, contrast
	Size  string // "" (normal), large, larger
}

// The looks there are; anything else in a cookie is ignored.
var (
	Themes = []string{"", "light", "dark", "contrast"}
	Sizes  = []string{"", "large", "larger"}
)

// Frame is what the frame of a page must know of the request around it.
type Frame struct {
	Path     string  // of the page being shown, with its query
	Menu     []Entry // what this person may open, in order of registration
	Account  []Entry // the person's own menu
	Office   string  // the name of the person's office
	Look     Look
	Flash    string // what the work just done came to, in Vietnamese
	Fragment bool   // only a part of the page is asked for
	flash    string // the code of Flash
}

type frameKey struct{}

// FrameOf returns the frame of the page being shown.
func FrameOf(ctx context.Context) Frame {
	f, _ := ctx.Value(frameKey{}).(Frame)
	return f
}

// WithFrame returns a context whose page is shown in f.
func WithFrame(ctx context.Context, f Frame) context.Context {
	return context.WithValue(ctx, frameKey{}, f)
}

// Menu adds an entry to the main menu, for those who may do verb.
func (m *Mux) Menu(text, href string, verb auth.Verb) {
	m.menu = append(m.menu, Entry{text, href, verb})
}

// Order puts the main menu into the order of these addresses; what is not named
// follows. Modules register from the ground up, but people look for their work first.
func (m *Mux) Order(hrefs ...string) {
	place := func(e Entry) int {
		if i := slices.Index(hrefs, e.Href); i >= 0 {
			return i
		}
		return len(hrefs)
	}
	slices.SortStableFunc(m.menu, func(a, b Entry) int { return place(a) - place(b) })
}

// Account adds an entry to the menu under the person's name.
func (m *Mux) Account(text, href string, verb auth.Verb) {
	m.account = append(m.account, Entry{text, href, verb})
}

// Offices says how to find the name of an office. Without it the frame shows its id.
func (m *Mux) Offices(name func(context.Context, auth.Office) string) { m.office = name }

// Entries returns every menu entry registered, whoever may see it.
func (m *Mux) Entries() []Entry { return slices.Concat(m.menu, m.account) }

// Languages gives the pages their translations.
func (m *Mux) Languages(c lang.Catalogues) { m.languages = c }

// Frame returns r with the frame and the reader's language in its context.
// Page does it; a test or a handler registered elsewhere may want it too.
func (m *Mux) Frame(w http.ResponseWriter, r *http.Request) *http.Request {
	ctx := r.Context()
	may := func(e Entry) bool { return auth.Require(ctx, e.Verb) != nil }
	f := Frame{
		Path:     r.URL.RequestURI(),
		Menu:     slices.DeleteFunc(slices.Clone(m.menu), may),
		Account:  slices.DeleteFunc(slices.Clone(m.account), may),
		Look:     LookOf(r),
		Fragment: Fragment(r),
	}
	if o := auth.From(ctx).Office; o != "" {
		f.Office = string(o)
		if m.office != nil {
			f.Office = m.office(ctx, o)
		}
	}
	f.flash = takeFlash(w, r)
	f.Flash = m.flashes[f.flash]
	tag := Language(r)
	ctx = lang.With(ctx, tag, m.languages[tag])
	return r.WithContext(WithFrame(ctx, f))
}

// LookOf reads the look from the cookies.
func LookOf(r *http.Request) Look {
	return Look{Theme: choice(r, "theme", Themes), Size: choice(r, "size", Sizes)}
}

func choice(r *http.Request, cookie string, known []string) string {
	if c := Remembered(r, cookie); slices.Contains(known, c) {
		return c
	}
	return ""
}

// cookieName is the name of a cookie on the wire. With TLS it begins with __Host-:
// browsers then keep it from every other host and path (site.js does the same).
func cookieName(r *http.Request, name string) string {
	if r.TLS != nil {
		return "__Host-" + name
	}
	return name
}

// Language returns the language the reader chose, or else the first one their
// browser asks for that the program speaks.
func Language(r *http.Request) lang.Tag {
	if tag := lang.Tag(Remembered(r, "lang")); slices.Contains(lang.Tags, tag) {
		return tag
	}
	return lang.Best(r.Header.Get("Accept-Language"))
}

// Remember puts a choice of look or language into a cookie for a year. Scripts may
// read it: site.js changes the page at once, without asking the server.
func Remember(w http.ResponseWriter, r *http.Request, name, value string) {
	c := &http.Cookie{Name: cookieName(r, name), Value: value, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// Remembered is what Remember put into the browser under name, "" if nothing.
func Remembered(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// Local returns path if it is a page of this site, else "/". Without the check a
// link to the program could be made to end anywhere.
func Local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
