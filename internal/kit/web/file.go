package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"congminh/internal/kit/vn"
)

// Attachment is a file that is sent to a person.
type Attachment struct {
	Name     string // as the person will see it, Vietnamese letters and all
	Type     string // media type; empty: application/octet-stream
	Inline   bool   // shown in the page, a picture, instead of saved
	Tag      string // a hash of the content, if it has one: what has not changed is not sent again
	Modified time.Time
}

// File sends content, or the ranges of it that are asked for. Whatever is in it,
// it runs no script and reads nothing of this site, even opened in a tab of its own.
func File(w http.ResponseWriter, r *http.Request, a Attachment, content io.ReadSeeker) error {
	if a.Type == "" {
		a.Type = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Content-Disposition", Disposition(a.Name, a.Inline))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache") // asked again each time: rights may have changed
	if a.Tag != "" {
		h.Set("ETag", `"`+a.Tag+`"`)
	}
	http.ServeContent(w, r, "", a.Modified, content)
	return nil
}

// Disposition writes the header of RFC 6266: a name in ASCII for old programs, the
// real one for the others.
func Disposition(name string, inline bool) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune(`/\:*?"<>|`, c) || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return '_' // also the marks that turn the direction: "exe.pdf" must not look like "fdp.exe"
		}
		return c
	}, vn.Clean(name))
	if name == "" {
		name = "tep"
	}
	var plain, full strings.Builder
	for _, c := range ascii(name) {
		if c > '~' {
			c = '_'
		}
		plain.WriteRune(c)
	}
	for _, b := range []byte(name) {
		if b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || strings.IndexByte("!#$&+-.^_`|~", b) >= 0 {
			full.WriteByte(b)
		} else {
			fmt.Fprintf(&full, "%%%02X", b)
		}
	}
	return fmt.Sprintf("%s; filename=%q; filename*=UTF-8''%s", kind, plain.String(), full.String())
}

// ascii takes the marks off letters, and keeps their case.
func ascii(s string) string {
	var b strings.Builder
	for _, c := range s {
		f := vn.Fold(string(c))
		switch {
		case c <= '~':
			b.WriteRune(c)
		case f == "":
			b.WriteByte('_')
		case f != strings.ToUpper(f) && strings.ToLower(string(c)) != string(c):
			b.WriteString(strings.ToUpper(f))
		default:
			b.WriteString(f)
		}
	}
	return b.String()
}
