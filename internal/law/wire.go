package law

import (
	"embed"
	"io/fs"

	"congminh/internal/kit"
)

//go:embed data/*.toml
var data embed.FS

//go:embed en.toml
var texts embed.FS

// Embedded returns the files of the program's own pack.
func Embedded() fs.FS {
	sub, _ := fs.Sub(data, "data")
	return sub
}

// Module returns what this package hands to app.
func (s *Service) Module() kit.Module {
	tables, _ := fs.Sub(schema, "schema")
	return kit.Module{Name: "law", Schema: tables, Texts: texts}
}
