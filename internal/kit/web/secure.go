package web

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Policy is what a page of ours may do: use what this server sends, nothing else.
// There is no inline script or style anywhere, so neither a nonce is needed nor a
// hole for what someone managed to write into a page.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; " +
	"font-src 'self'; connect-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; " +
	"base-uri 'none'; form-action 'self'; object-src 'none'"

// features are what no page of ours asks the device for. The list is long because a
// browser allows what is not named.
const features = "accelerometer=(), autoplay=(), bluetooth=(), camera=(), display-capture=(), encrypted-media=(), " +
	"gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), " +
	"microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), " +
	"xr-spatial-tracking=(), publickey-credentials-create=(self), publickey-credentials-get=(self)"

// Secure puts on every answer the headers that tell a browser to be careful.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Origin-Agent-Cluster", "?1")
		h.Set("Permissions-Policy", features)
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// Plain refuses an address that is not text. Nobody has one by following a link, and
// no database takes such text.
func Plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bad := func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }
		wrong := bad(r.URL.Path)
		query, _ := url.ParseQuery(r.URL.RawQuery) // what does not parse is the form's to refuse
		for name, values := range query {
			wrong = wrong || bad(name) || slices.ContainsFunc(values, bad)
		}
		if wrong {
			http.Error(w, "Địa chỉ không đúng.", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Proxied believes what a proxy in front says of a request: from where it came and
// whether by TLS. Use it only where nothing but the proxy can reach the server: the
// headers are whatever the sender writes.
func Proxied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context()) // a copy
		// The last hop is what our proxy saw; those before it are what it was told.
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if ip := net.ParseIP(strings.TrimSpace(hops[len(hops)-1])); ip != nil {
			r.RemoteAddr = net.JoinHostPort(ip.String(), "0")
		}
		if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") == "https" {
			r.TLS = &tls.ConnectionState{}
		}
		next.ServeHTTP(w, r)
	})
}
