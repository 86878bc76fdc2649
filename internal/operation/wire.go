package operation

import (
	"embed"

	"congminh/internal/kit"
)

//go:embed en.toml
var texts embed.FS

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "operation", Texts: texts, Web: s.web, API: s.api}
}
