package app

import (
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

//go:embed en.toml
var texts embed.FS

// Texts is the translations of this package, and those of the kit's refusals.
func Texts() fs.FS { return texts }

// Version is the version the program was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	rev, dirty := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			rev = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+"
			}
		}
	}
	if rev == "" {
		return "dev"
	}
	return rev + dirty
}

// web registers what belongs to no module: the way in, and what machines ask.
func (a *App) web() {
	m := a.Pages
	m.Page("GET /{$}", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		if auth.From(r.Context()).ID == "" {
			return web.Go(w, r, "/sign-in")
		}
		if f := web.FrameOf(r.Context()); len(f.Menu) > 0 {
			return web.Go(w, r, f.Menu[0].Href)
		}
		return web.Go(w, r, "/account")
	})
	m.Page("GET /problems/{code}", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		for _, f := range fault.All() {
			if f.Code == r.PathValue("code") {
				return web.Show(w, r, http.StatusOK, site.Refusal(f))
			}
		}
		return errNoPage
	})
	m.Page("GET /{path...}", auth.Anyone, func(http.ResponseWriter, *http.Request) error { return errNoPage })
	m.Page("GET /healthz", auth.Anyone, func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte("ok\n"))
		return err
	})
	m.Page("GET /readyz", auth.Anyone, a.ready)
	m.Page("GET /metrics", auth.Anyone, func(w http.ResponseWriter, r *http.Request) error {
		if !a.mayMeasure(r) {
			return errNoPage
		}
		a.meters.ServeHTTP(w, r)
		return nil
	})
}

var errNoPage = fault.New(fault.NotFound, "app.no-page", "Không có trang này. Hãy kiểm tra lại địa chỉ, hoặc quay về trang đầu.")

// nothing is the digest of no bytes at all.
const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// ready says whether requests can be served now, and what is wrong if not.
func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	state := map[string]string{"database": "ok", "blobs": "ok"}
	status := http.StatusOK
	if err := a.DB.Ping(r.Context()); err != nil {
		state["database"], status = "unreachable", http.StatusServiceUnavailable
	}
	// Asked for one blob and not for a list: this is asked every few seconds, and a
	// list of millions costs the store much.
	if _, err := a.Blobs.Stat(r.Context(), nothing); err != nil && !errors.Is(err, blob.ErrNone) {
		state["blobs"], status = "unreachable", http.StatusServiceUnavailable
	}
	select {
	case <-a.ending:
		state["server"], status = "stopping", http.StatusServiceUnavailable
	default:
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(state)
}

// mayMeasure lets this machine, or whoever knows the token, read the metrics.
func (a *App) mayMeasure(r *http.Request) bool {
	if t := a.Config.HTTP.Metrics; t != "" {
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		return subtle.ConstantTimeCompare([]byte(given), []byte(t)) == 1
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback() && r.Header.Get("X-Forwarded-For") == ""
}
