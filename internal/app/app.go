// Package app puts the house together: it opens the engines the configuration
// names, makes the modules, lowest first, and serves them. It is the only package
// that knows every module, and it decides nothing else.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"congminh/internal/access"
	"congminh/internal/archive"
	"congminh/internal/criminal"
	"congminh/internal/deadline"
	"congminh/internal/dossier"
	"congminh/internal/dossier/digitise"
	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/scan"
	"congminh/internal/kit"
	"congminh/internal/kit/api"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/font"
	"congminh/internal/kit/job"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/sandbox"
	"congminh/internal/kit/search"
	"congminh/internal/kit/web"
	"congminh/internal/law"
	"congminh/internal/operation"
	"congminh/internal/org"
	"congminh/internal/quality"
	"congminh/internal/seal"
	"congminh/internal/site"
	"congminh/internal/stats"
)

// App is a house with everything in it.
type App struct {
	Config    Config
	DB        *db.DB
	Blobs     blob.Store
	Jobs      *job.Runner
	API       *api.API
	Pages     *web.Mux
	Law       *law.Service
	Org       *org.Service
	Seal      *seal.Service
	Access    *access.Service
	Criminal  *criminal.Service
	Deadline  *deadline.Service
	Stats     *stats.Service
	Quality   *quality.Service
	Dossier   *dossier.Service
	Archive   *archive.Service
	Operation *operation.Service

	readers *sandbox.Pool // for pages
	writers *sandbox.Pool // for LibreOffice, which wants more
	signing *signing
	meters  *meters
	copies  *copies
	handler http.Handler
	log     *slog.Logger
	ending  chan struct{} // closed when the server is told to stop
}

// tools lists the programs outside that the house works with.
func tools() (out []operation.Tool) {
	for _, t := range scan.Tools() {
		out = append(out, operation.Tool{Name: t.Name, Found: t.Found, Why: t.Why, Package: t.Package})
	}
	for _, t := range ocr.Tools() {
		out = append(out, operation.Tool{Name: t.Name, Found: t.Found, Why: t.Why, Package: t.Package})
	}
	return out
}

// Outside is what the app takes from the world instead of reaching for it.
type Outside struct {
	Now func() time.Time
	Log *slog.Logger
	// DBNow is the time by the clock of the database, which the watch compares with
	// Now; nil: it is asked.
	DBNow func(context.Context) (time.Time, error)
	// Who finds out who sends a request; nil: by the session of org.
	Who func(*http.Request) auth.Actor
}

// Handlers is what a child process of the program may be asked to do. main and
// every TestMain that reads pages hand it to sandbox.Child first of all.
func Handlers() map[string]sandbox.Handler { return digitise.Handlers() }

// New opens the engines of c, builds the modules on them and brings the tables up
// to date. Close it.
func New(ctx context.Context, c Config, out Outside) (_ *App, err error) {
	c = c.fill()
	a := &App{Config: c, log: out.Log, ending: make(chan struct{})}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if err := os.MkdirAll(c.spool(), 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if a.DB, err = db.Open(ctx, c.Database); err != nil {
		return nil, err
	}
	if a.Blobs, err = blob.Open(ctx, c.Blobs); err != nil {
		return nil, err
	}
	if a.copies, err = newCopies(ctx, c, a.DB, a.Blobs, out.Log, out.Now); err != nil {
		return nil, err
	}
	a.Blobs = wholeStore{a.copies.s, a.copies}
	a.readers = sandbox.NewPool(c.Reader.Workers, sandbox.Limits{Memory: c.Reader.Memory, CPU: c.Reader.Wall, Wall: c.Reader.Wall})
	a.writers = sandbox.NewPool(1, sandbox.Limits{Memory: 4 << 30, CPU: 2 * time.Minute, Wall: 3 * time.Minute})
	a.Jobs = job.NewRunner(a.DB, out.Log, out.Now)
	bus := event.NewBus(a.Jobs)
	index := search.New(a.DB)

	signIn, err := c.org(out.Now, out.Log)
	if err != nil {
		return nil, err
	}
	signIn.Tell = a.tell
	if signIn.Vault, err = c.vault(out.Now); err != nil {
		return nil, err
	}
	a.Org = org.NewService(a.DB, out.Now, rand.Reader, signIn)
	a.Seal = seal.NewService(a.DB, out.Now)
	keys, signing, err := c.keys(out.Now, out.Log)
	if err != nil {
		return nil, err
	}
	a.signing = signing
	a.Seal.Use(keys)
	if a.Law, err = law.NewService(a.DB, bus, c.law(), out.Now); err != nil {
		return nil, err
	}
	a.Criminal = criminal.NewService(a.DB, bus, a.Org, func(context.Context) criminal.Law { return a.Law.Base() }, out.Now)
	a.Access = access.NewService(a.DB, bus, a.Org, a.Seal, a.Jobs, out.Now)
	a.Access.Know(a.Criminal)
	a.Criminal.Rights(a.Access.Subject)
	a.Criminal.Follow(a.Access.Follow)
	if err := c.checks(a.Criminal); err != nil {
		return nil, err
	}
	watch, err := c.watch()
	if err != nil {
		return nil, err
	}
	watch.Vault = signIn.Vault
	watch.Jobs, watch.Log, watch.Pack, watch.Secret, watch.DBNow = a.Jobs, out.Log, a.Law.Pack, rand.Text, out.DBNow
	a.Deadline = deadline.NewService(a.DB, bus, a.Criminal, a.Org, watch, out.Now)
	secrets, err := c.secrets()
	if err != nil {
		return nil, err
	}
	malware, err := c.malware()
	if err != nil {
		return nil, err
	}
	a.Dossier = dossier.NewService(a.DB, bus, a.Criminal, dossier.Engines{
		Blobs: a.Blobs, Index: index, Jobs: a.Jobs,
		Scanner: scan.New(a.readers, scan.Options{MaxSize: c.Intake.MaxFile, MaxPages: c.Intake.MaxPages, Office: a.writers}),
		Reader:  ocr.New(a.readers, ocr.Options{Access: true, Thumb: true, Split: true}),
		Spool:   c.spool(), MaxFile: c.Intake.MaxFile, Readers: c.Reader.Workers, Watch: c.Intake.Watch, Font: font.Serif(), Journal: a.Seal, Inscription: a.Access.Mark, Sitting: a.Access.Laid, Secrets: secrets, Malware: malware,
	}, out.Now)
	a.Access.Shelve(a.Dossier)
	a.Archive = archive.NewService(a.DB, bus, a.Org, a.Criminal, a.Dossier, a.Seal, out.Now)
	count, err := stats.Load(c.law())
	if err != nil {
		return nil, err
	}
	count.Jobs, count.Journal, count.Blobs = a.Jobs, a.Seal, a.Blobs
	count.Calendar = func(context.Context) *law.Calendar { return a.Law.Base().Calendar() }
	a.Stats = stats.NewService(a.DB, bus, a.Org, a.Criminal, a.Deadline, count, out.Now)
	measure, err := quality.Load(c.law(), count)
	if err != nil {
		return nil, err
	}
	measure.Jobs, measure.Journal, measure.Ask = a.Jobs, a.Seal, a.Access.Ask
	a.Quality = quality.NewService(a.DB, bus, a.Org, a.Criminal, a.Stats, a.Deadline, a.Dossier, measure, out.Now)
	a.Operation = operation.NewService(a.DB, a.Jobs, operation.Facts{Started: out.Now(), Version: Version(), Readers: a.readers.Len(), Tools: tools()}, out.Now)

	mux := http.NewServeMux()
	a.Pages = web.NewMux(mux, out.Log, site.Refusal)
	a.Pages.Offices(a.Org.OfficeName)
	a.API = api.New(mux, "Công Minh", Version(), out.Log)
	a.meters = newMeters(a)
	site.Web(a.Pages)
	a.web()
	a.webBackup()

	modules := []kit.Module{ // lowest first: a module may use those above it in this list
		{Name: "job", Schema: job.Schema()},
		{Name: "site", Texts: site.Texts()},
		a.Law.Module(),
		a.Org.Module(),
		a.Seal.Module(),
		a.Access.Module(),
		a.Criminal.Module(),
		a.Deadline.Module(),
		a.Dossier.Module(),
		a.Archive.Module(),
		a.Stats.Module(),
		a.Quality.Module(),
		a.Operation.Module(),
		operation.LawModule(a.Law, out.Now),
	}
	a.copies.jobs(a.Jobs)
	if err := index.Migrate(ctx); err != nil {
		return nil, err
	}
	texts := []fs.FS{Texts()}
	for _, m := range modules {
		if m.Schema != nil {
			if err := a.DB.Migrate(ctx, m.Name, m.Schema); err != nil {
				return nil, err
			}
		}
		if m.Texts != nil {
			texts = append(texts, m.Texts)
		}
		if m.Listen != nil {
			m.Listen(bus)
		}
		if m.Jobs != nil {
			m.Jobs(a.Jobs)
		}
		if m.Web != nil {
			m.Web(a.Pages)
		}
		if m.API != nil {
			m.API(a.API)
		}
	}
	a.Pages.Order("/work", "/deadlines", "/cases", "/dossiers", "/search", "/access", "/archive", "/stats", "/quality", "/registers")
	languages, err := lang.Load(texts...)
	if err != nil {
		return nil, err
	}
	a.Pages.Languages(languages)
	if err := a.Org.Load(ctx); err != nil {
		return nil, err
	}
	if err := a.Criminal.Begin(ctx); err != nil {
		return nil, err
	}
	if err := a.Law.Begin(ctx); err != nil {
		return nil, err
	}
	if err := a.Stats.Begin(ctx); err != nil {
		return nil, err
	}
	if err := a.Deadline.SealSecrets(ctx); err != nil {
		return nil, err
	}
	if err := a.copies.begin(ctx, a.Jobs); err != nil {
		return nil, err
	}

	h := a.Access.Gate(mux)
	h = a.meters.count(mux, h)
	h = a.sameOrigin(h)
	if out.Who != nil {
		h = identify(out.Who, h)
	} else {
		h = a.Org.Gate(h)
	}
	h = web.Secure(web.Plain(h))
	if c.HTTP.Proxy {
		h = web.Proxied(h)
	}
	a.handler = h
	return a, nil
}

// tell writes what org tells, sign-ins and changes of people, into the journal above it.
func (a *App) tell(ctx context.Context, e org.Event) error {
	more := map[string]string{}
	if e.Detail != "" {
		more["detail"] = e.Detail
	}
	return a.Seal.Note(ctx, seal.Entry{At: e.At, Verb: e.Verb, Object: "org/" + e.Object, From: e.From, More: more})
}

func identify(who func(*http.Request) auth.Actor, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who(r))))
	})
}

// Close lets go of the engines.
func (a *App) Close() error {
	var errs []error
	for _, p := range []*sandbox.Pool{a.readers, a.writers} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if a.signing != nil {
		a.signing.book.Close()
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	return errors.Join(errs...)
}

// ServeHTTP serves everything, so that a test needs no port.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Run serves on ln and does jobs until ctx is done, then lets requests finish, ends
// event streams and gives running jobs back. When it returns nothing of it goes on,
// unless something took longer than it may.
func (a *App) Run(ctx context.Context, ln net.Listener) (err error) {
	if err := a.signing.begin(ctx); err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	var workers sync.WaitGroup
	workers.Go(func() { a.Jobs.Run(work) })
	workers.Go(func() { a.Dossier.WatchFolder(work, a.log) })
	workers.Go(func() { a.Deadline.Watch(work) })
	workers.Go(func() { a.copies.run(work) })

	requests := web.EndStreams(context.WithoutCancel(ctx), a.ending)
	srv := a.server(requests)
	served := make(chan error, 1)
	a.log.InfoContext(ctx, "serving", "addr", ln.Addr().String(), "tls", a.Config.HTTP.Cert != "")
	go func() {
		if a.Config.HTTP.Cert != "" {
			served <- srv.ServeTLS(ln, a.Config.HTTP.Cert, a.Config.HTTP.Key)
		} else {
			served <- srv.Serve(ln)
		}
	}()
	select {
	case <-ctx.Done():
	case err = <-served: // it was not told to end
		err = fmt.Errorf("serve: %w", err)
	}
	close(a.ending) // /readyz says no from now on, and event streams end
	stop()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.HTTP.Stop)
	defer cancel()
	if late := srv.Shutdown(end); late != nil {
		err = errors.Join(err, fmt.Errorf("requests that did not end: %w", late), srv.Close())
	}
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		workers.Wait()
	}()
	select {
	case <-idle:
	case <-end.Done(): // another process takes the jobs when their lease is over
		a.log.WarnContext(ctx, "jobs did not end in time")
	}
	return err
}
