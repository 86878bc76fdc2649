package quality

import (
	"embed"
	"fmt"
	"io/fs"
	"path"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/stats"
)

//go:embed en.toml
var texts embed.FS

//go:embed data
var data embed.FS

//go:embed static
var staticFiles embed.FS

// assets is the styles of this module's own pages.
var assets = web.NewAssets("/static/quality/", sub(staticFiles, "static"))

// What each part of the module has: one line a part.
var (
	loaders = []func(e *Engines, over fs.FS, figures stats.Engines) error{
		loadIndicators,
		loadPatterns,
		loadPatrol,
		loadReview,
	}
	listeners = []func(*Service, *event.Bus){
		(*Service).patrolListen,
	}
	workers = []func(*Service, *job.Runner){
		(*Service).patrolWork,
	}
	routes = []func(*Service, *web.Mux){
		(*Service).indicatorRoutes,
		(*Service).reviewRoutes,
		(*Service).patrolRoutes,
	}
)

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return out
}

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "quality", Schema: sub(schema, "schema"), Texts: texts,
		Listen: func(b *event.Bus) {
			for _, f := range listeners {
				f(s, b)
			}
		},
		Jobs: func(r *job.Runner) {
			for _, f := range workers {
				f(s, r)
			}
		},
		Web: s.web,
	}
}

// Load reads what the module has as data; over is a folder of the installation whose
// files take the place of those with the same name, nil for none. Figures are those
// that indicators may name.
func Load(over fs.FS, figures stats.Engines) (e Engines, err error) {
	for _, load := range loaders {
		if err := load(&e, over, figures); err != nil {
			return e, err
		}
	}
	return e, nil
}

// files calls read with every file of data that matches a pattern, "indicators/*.toml",
// in the order of their names. The installation may have more of them.
func files(over fs.FS, pattern string, read func(name string, text []byte) error) error {
	names, err := fs.Glob(data, path.Join("data", pattern))
	if err != nil {
		return err
	}
	texts := map[string][]byte{}
	var order []string
	add := func(f fs.FS, file, name string) error {
		text, err := fs.ReadFile(f, file)
		if err != nil {
			return err
		}
		if _, had := texts[name]; !had {
			order = append(order, name)
		}
		texts[name] = text
		return nil
	}
	for _, n := range names {
		if err := add(data, n, n[len("data/"):]); err != nil {
			return err
		}
	}
	if over != nil {
		more, err := fs.Glob(over, path.Join("quality", pattern))
		if err != nil {
			return err
		}
		for _, n := range more {
			if err := add(over, n, n[len("quality/"):]); err != nil {
				return err
			}
		}
	}
	for _, n := range order {
		if err := read(n, texts[n]); err != nil {
			return fmt.Errorf("quality/%s: %w", n, err)
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
