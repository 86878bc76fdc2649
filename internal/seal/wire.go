package seal

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"time"

	"github.com/BurntSushi/toml"

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

//go:embed data/policy.toml
var policyText string

// asShipped is the policy of renewals as it comes with the program.
func asShipped() (p Policy) {
	if _, err := toml.Decode(policyText, &p); err != nil {
		panic("seal: data/policy.toml: " + err.Error())
	}
	return p
}

const (
	headJob    = "seal.head"
	witnessJob = "seal.witness"
	renewJob   = "seal.renew"
)

// renewWork asks for one record over all that is due, however few they are.
type renewWork struct{ Together bool }

func (s *Service) work(r *job.Runner) {
	s.jobs = r
	r.Handle(headJob, func(ctx context.Context, _ json.RawMessage) error {
		if s.keys.Log == nil {
			return nil
		}
		_, err := s.SignHead(ctx)
		return err
	})
	r.Every(headJob, time.Minute)
	r.HandleLong(witnessJob, job.Options{}, func(ctx context.Context, _ *job.Run, _ json.RawMessage) error {
		if s.keys.Log == nil {
			return nil
		}
		return s.Exchange(ctx)
	})
	r.Every(witnessJob, time.Minute)
	r.HandleLong(renewJob, job.Options{}, func(ctx context.Context, _ *job.Run, body json.RawMessage) error {
		var w renewWork
		if len(body) > 0 {
			if err := json.Unmarshal(body, &w); err != nil {
				return job.Permanent(err)
			}
		}
		_, err := s.Renew(ctx, w.Together)
		return err
	})
	r.Daily(renewJob, 2, 30)
}
