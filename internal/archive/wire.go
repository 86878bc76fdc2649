package archive

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"

	"github.com/BurntSushi/toml"

	"congminh/internal/dossier"
	"congminh/internal/kit"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
)

//go:embed en.toml
var texts embed.FS

//go:embed static
var staticFiles embed.FS

//go:embed data/retention.toml
var retention string

// assets is the scripts and styles of this module's own pages.
var assets = web.NewAssets("/static/archive/", sub(staticFiles, "static"))

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return out
}

// shipped is the table that comes with the program; that it can be read is tested.
var shipped = sync.OnceValue(func() table {
	t, err := readTable(retention)
	if err == nil {
		err = t.check()
	}
	if err != nil {
		panic(err)
	}
	return t
})

// readTable reads a file of rules.
func readTable(text string) (t table, err error) {
	md, err := toml.Decode(text, &t)
	if err == nil && len(md.Undecoded()) > 0 {
		err = fmt.Errorf("retention: unknown key %s", md.Undecoded()[0])
	}
	return t, err
}

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "archive", Schema: sub(schema, "schema"), Texts: texts, Listen: s.listen, Jobs: s.work, Web: s.web, API: s.api}
}

func (s *Service) listen(b *event.Bus) { dossier.ClosedIn.On(b, s.closed) }

func (s *Service) work(r *job.Runner) {
	s.jobs = r
	r.Handle(forgetJob, func(ctx context.Context, _ json.RawMessage) error { return s.Forget(ctx) })
	r.Daily(forgetJob, 4, 30)
}
