package app

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"

	"congminh/internal/kit/auth"
)

// server is how requests are taken from the network: whoever sends slowly, sends too
// much, or speaks an old TLS is let go. How long a body may take is said in web.Page;
// there is no limit on answers, which may be files of gigabytes and streams.
func (a *App) server(requests context.Context) *http.Server {
	return &http.Server{
		Handler: a, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		TLSConfig:   &tls.Config{MinVersion: tls.VersionTLS12},
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
}

// sameOrigin refuses what another site makes a browser send, and says so in the log.
func (a *App) sameOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.log.WarnContext(r.Context(), "request from another site", "method", r.Method, "path", r.URL.Path,
			"origin", r.Header.Get("Origin"), "actor", auth.From(r.Context()).ID, "from", r.RemoteAddr)
		http.Error(w, "Yêu cầu này không đến từ trang của Công Minh. Hãy mở lại trang rồi làm lại.", http.StatusForbidden)
	}))
	return p.Handler(next)
}
