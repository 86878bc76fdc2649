package seal

import (
	"embed"
	"io/fs"

	"congminh/internal/kit"
)

//go:embed en.toml
var texts embed.FS

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	tables, _ := fs.Sub(schema, "schema")
	return kit.Module{Name: "seal", Schema: tables, Texts: texts, Web: s.web, API: s.api}
}
