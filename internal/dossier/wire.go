package dossier

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
)

//go:embed en.toml
var texts embed.FS

//go:embed static
var staticFiles embed.FS

// assets is the scripts and styles of this module's own pages.
var assets = web.NewAssets("/static/dossier/", sub(staticFiles, "static"))

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return out
}

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	s.Journal.Held("document", keeping{s})
	return kit.Module{Name: "dossier", Schema: sub(schema, "schema"), Texts: texts, Listen: s.listen, Jobs: s.jobs, Web: s.web, API: s.api}
}

func (s *Service) listen(b *event.Bus) {
	criminal.Changed.On(b, func(ctx context.Context, e criminal.ChangedV1) error {
		return s.Jobs.Put(ctx, retagJob, retagWork{e.ID})
	})
}

func (s *Service) jobs(r *job.Runner) {
	// A scan uses all readers by itself; two at once let a short one pass a long one.
	r.HandleLong(readJob, job.Options{Lease: time.Minute, Concurrency: 2}, s.read)
	r.HandleLong(rereadJob, job.Options{Lease: time.Minute}, s.reread)
	r.HandleLong(pdfJob, job.Options{Lease: time.Minute}, s.makePDF)
	r.HandleLong(redactJob, job.Options{Lease: time.Minute}, s.burn)
	r.Handle(wipeJob, s.wipe)
	r.HandleLong(retagJob, job.Options{Lease: time.Minute}, func(ctx context.Context, _ *job.Run, body json.RawMessage) error {
		return s.retagCase(ctx, body)
	})
	r.Handle(sweepJob, func(ctx context.Context, _ json.RawMessage) error { return s.sweep(ctx) })
	r.Daily(sweepJob, 3, 15)
}
