package stats

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"github.com/BurntSushi/toml"

	"congminh/internal/criminal"
	"congminh/internal/deadline"
	"congminh/internal/kit"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/law"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/form"
)

//go:embed en.toml
var texts embed.FS

//go:embed data
var data embed.FS

//go:embed static
var staticFiles embed.FS

// assets is the styles of this module's own pages.
var assets = web.NewAssets("/static/stats/", sub(staticFiles, "static"))

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return out
}

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	tables, _ := fs.Sub(schema, "schema")
	return kit.Module{Name: "stats", Schema: tables, Texts: texts, Listen: s.listen, Jobs: s.jobs, Web: s.web}
}

func (s *Service) listen(b *event.Bus) {
	criminal.Acted.On(b, func(ctx context.Context, e criminal.ActedV1) error { return s.mark(ctx, e.Case) })
	criminal.Created.On(b, func(ctx context.Context, e criminal.CreatedV1) error { return s.mark(ctx, e.ID) })
	criminal.Changed.On(b, func(ctx context.Context, e criminal.ChangedV1) error { return s.mark(ctx, e.ID) })
	deadline.Updated.On(b, func(ctx context.Context, e deadline.UpdatedV1) error { return s.mark(ctx, e.Case) })
	law.Changed.On(b, func(ctx context.Context, _ law.ChangedV1) error {
		return s.Jobs.PutUnique(ctx, rebuildJob, "law", struct{}{})
	})
}

const (
	catchJob   = "stats.catch"
	rebuildJob = "stats.rebuild"
	termsJob   = "stats.terms"
)

func (s *Service) jobs(r *job.Runner) {
	r.HandleLong(catchJob, job.Options{Lease: time.Minute}, s.catchWork)
	r.HandleLong(rebuildJob, job.Options{Lease: time.Minute, Attempts: 3}, s.rebuildWork)
	r.Every(catchJob, 20*time.Second)
	r.Handle(termsJob, func(ctx context.Context, _ json.RawMessage) error { return s.WatchTerms(ctx) })
	r.Daily(termsJob, 7, 0)
	r.HandleLong(reportJob, job.Options{Lease: time.Minute}, s.reportWork)
	r.Every(reportJob, time.Minute)
}

func (s *Service) catchWork(ctx context.Context, r *job.Run, _ json.RawMessage) error {
	for {
		n, err := s.store.countStale(ctx)
		if err != nil || n == 0 {
			return err
		}
		if err := s.Catch(ctx, few); err != nil {
			return err
		}
		if err := r.Progress(ctx, 0, n, ""); err != nil {
			return err
		}
	}
}

func (s *Service) rebuildWork(ctx context.Context, r *job.Run, _ json.RawMessage) error {
	return s.Rebuild(ctx, func(done int) error { return r.Progress(ctx, done, 0, "") })
}

// Begin has the facts made again if the figures are not those they were made by. Call
// it when the program starts.
func (s *Service) Begin(ctx context.Context) error {
	was, err := s.store.digest(ctx)
	if err != nil || was == s.Digest {
		return err
	}
	return s.Jobs.PutUnique(ctx, rebuildJob, "figures", struct{}{})
}

// Load reads the figures and forms of the program; over is a folder of the installation
// whose files take the place of those with the same name, nil for none.
func Load(over fs.FS) (e Engines, err error) {
	sum := sha256.New()
	var figures []figure.Figure
	err = files(over, "figures", func(text []byte) error {
		sum.Write(text)
		var file struct {
			Figure []figure.Figure `toml:"figure"`
		}
		err := strict(text, &file)
		figures = append(figures, file.Figure...)
		return err
	})
	if err != nil {
		return e, err
	}
	if e.Figures, err = figure.NewSet(figures); err != nil {
		return e, err
	}
	e.Digest = hex.EncodeToString(sum.Sum(nil))
	err = files(over, "forms", func(text []byte) error {
		var f form.Form
		if err := strict(text, &f); err != nil {
			return err
		}
		r, wrong := form.Read(f, e.Figures.Has)
		if len(wrong) > 0 {
			return fmt.Errorf("%s: %s", wrong[0].Where, wrong[0].What)
		}
		e.Forms = append(e.Forms, r)
		return nil
	})
	if err != nil {
		return e, err
	}
	if e.Boards, err = boards(over); err != nil {
		return e, err
	}
	return e, files(over, "terms", func(text []byte) error { return strict(text, &e.Terms) })
}

// files calls read with every file of a folder of data, in the order of their names.
func files(over fs.FS, dir string, read func(text []byte) error) error {
	names, err := fs.Glob(data, "data/"+dir+"/*.toml")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(data, name)
		if err != nil {
			return err
		}
		if over != nil {
			if b, err := fs.ReadFile(over, "stats/"+name[len("data/"):]); err == nil {
				text = b
			}
		}
		if err := read(text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// strict reads a file and refuses keys that mean nothing.
func strict(text []byte, into any) error {
	md, err := toml.Decode(string(text), into)
	if err == nil && len(md.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", md.Undecoded()[0])
	}
	return err
}
