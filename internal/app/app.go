// Package app puts the house together: it opens the engines the configuration
// names, makes the modules, lowest first, and serves them. It is the only package
// that knows every module, and it decides nothing else.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"congminh/internal/kit"
	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// Config is every setting there is. Its zero value is not usable; Default is.
type Config struct {
	Database string `toml:"database"` // sqlite:PATH or postgres://…
	HTTP     struct {
		Addr string `toml:"addr"`
	} `toml:"http"`
}

// Default returns the settings of a server that needs nothing from outside.
func Default() Config {
	c := Config{Database: "sqlite:congminh.db"}
	c.HTTP.Addr = "127.0.0.1:8080"
	return c
}

// App is a house with everything in it.
type App struct {
	DB       *db.DB
	Jobs     *job.Runner
	API      *api.API
	Pages    *web.Mux
	handler  http.Handler
	log      *slog.Logger
}

// Who finds out who sends a request. Sign-in is a module of its own; tests pass
// whom they like.
type Who func(*http.Request) auth.Actor

// New builds the app on open engines and brings the tables up to date.
func New(ctx context.Context, d *db.DB, who Who, now func() time.Time, log *slog.Logger) (*App, error) {
	a := &App{DB: d, Jobs: job.NewRunner(d, log, now), log: log}
	bus := event.NewBus(a.Jobs)
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(site.Static))
	a.Pages = web.NewMux(mux, log, site.Refusal)
	a.API = api.New(mux, "Công Minh", "1.0.0", log)

	for _, m := range []kit.Module{ // lowest first: a module may use those above it in this list
		{Name: "job", Schema: job.Schema()},
	} {
		if m.Schema != nil {
			if err := d.Migrate(ctx, m.Name, m.Schema); err != nil {
				return nil, err
			}
		}
		if m.Listen != nil {
			m.Listen(bus)
		}
		if m.Web != nil {
			m.Web(a.Pages)
		}
		if m.API != nil {
			m.API(a.API)
		}
	}

	var h http.Handler = mux
	h = http.NewCrossOriginProtection().Handler(h)
	h = identify(who, h)
	h = secure(h)
	a.handler = h
	return a, nil
}

func identify(who Who, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who(r))))
	})
}

func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP serves everything, so that a test needs no port.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Run serves on ln and does jobs until ctx is done, then lets requests finish.
func (a *App) Run(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	go a.Jobs.Run(ctx)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(end)
	}()
	a.log.InfoContext(ctx, "serving", "addr", ln.Addr().String())
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}
