package seal

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"time"

	"congminh/internal/kit"
	"congminh/internal/kit/job"
)

//go:embed en.toml
var texts embed.FS

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	tables, _ := fs.Sub(schema, "schema")
	return kit.Module{Name: "seal", Schema: tables, Texts: texts, Web: s.web, API: s.api, Jobs: s.work}
}

const headJob = "seal.head"

func (s *Service) work(r *job.Runner) {
	r.Handle(headJob, func(ctx context.Context, _ json.RawMessage) error {
		if s.keys.Log == nil {
			return nil
		}
		_, err := s.SignHead(ctx)
		return err
	})
	r.Every(headJob, time.Minute)
}
