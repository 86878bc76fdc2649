package deadline

import (
	"embed"
	"io/fs"

	"congminh/internal/kit/web"
)

//go:embed static
var staticFiles embed.FS

// assets is the scripts and styles of this module's own pages.
var assets = web.NewAssets("/static/deadline/", inside(staticFiles, "static"))

func inside(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return out
}
