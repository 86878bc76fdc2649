package criminal

import (
	"embed"
	"io/fs"

	"congminh/internal/kit"
	"congminh/internal/kit/web"
)

//go:embed en.toml
var texts embed.FS

//go:embed static
var staticFiles embed.FS

// assets is the script and the style of this module's own pages.
var assets = web.NewAssets("/static/criminal/", sub(staticFiles, "static"))

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // the folder is inside the program: it was built wrong
	}
	return out
}

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "criminal", Schema: sub(schema, "schema"), Texts: texts, Jobs: s.backgroundJobs, Web: s.web, API: s.api}
}
