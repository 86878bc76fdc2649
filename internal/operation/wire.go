package operation

import (
	"embed"
	"time"

	"congminh/internal/kit"
	"congminh/internal/law"
)

//go:embed en.toml
var texts embed.FS

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "operation", Texts: texts, Web: s.web, API: s.api}
}

// LawModule returns the pages on which the law as data is read and decided upon.
func LawModule(l *law.Service, now func() time.Time) kit.Module {
	return kit.Module{Name: "law pages", Web: (&lawDesk{l, now}).web}
}
