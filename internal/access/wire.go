package access

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"congminh/internal/access/pattern"
	"congminh/internal/kit"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
)

//go:embed en.toml
var texts embed.FS

//go:embed static
var staticFiles embed.FS

// assets is the script of this module's own pages.
var assets = web.NewAssets("/static/access/", sub(staticFiles, "static"))

func sub(f fs.FS, dir string) fs.FS {
	out, err := fs.Sub(f, dir)
	if err != nil {
		panic(err)
	}
	return out
}

//go:embed data/procedure.toml
var procedureFile string

// procedure is how long the steps take; see data/procedure.toml.
type procedure struct {
	Request struct {
		Answer  time.Duration `toml:"answer"`
		Longest int           `toml:"longest_days"`
		Most    int           `toml:"most"`
		Source  string        `toml:"source"`
	} `toml:"request"`
	Emergency struct {
		Lasts  time.Duration `toml:"lasts"`
		Review time.Duration `toml:"review"`
		Source string        `toml:"source"`
	} `toml:"emergency"`
	Reading struct {
		Answer   int           `toml:"answer_days"`
		Forward  int           `toml:"forward_days"`
		Session  time.Duration `toml:"session"`
		Sessions int           `toml:"sessions_a_day"`
		Source   string        `toml:"source"`
	} `toml:"reading"`
	Recusal struct {
		Grounds []string `toml:"grounds"` // offered as a legal basis
		Source  string   `toml:"source"`
	} `toml:"recusal"`
	Notice struct {
		Soon time.Duration `toml:"soon"`
	} `toml:"notice"`
}

// shipped is the procedure that comes with the program; that it can be read is tested.
var shipped = sync.OnceValue(func() procedure {
	p, err := readProcedure(procedureFile)
	if err != nil {
		panic(err)
	}
	return p
})

//go:embed data/unusual.toml
var unusualFile string

// shippedPatterns are the rules that come with the program; that they can be read is
// tested.
var shippedPatterns = sync.OnceValue(func() pattern.Rules {
	rs, err := pattern.Load(unusualFile, "")
	if err != nil {
		panic(err)
	}
	return rs
})

// readProcedure reads a procedure and refuses one that is looser than the tables allow.
func readProcedure(text string) (p procedure, err error) {
	md, err := toml.Decode(text, &p)
	if err != nil {
		return p, fmt.Errorf("procedure of access: %w", err)
	}
	if left := md.Undecoded(); len(left) > 0 {
		return p, fmt.Errorf("procedure of access: unknown key %s", left[0])
	}
	r, e, x := p.Request, p.Emergency, p.Reading
	if r.Answer < time.Hour || r.Longest < 1 || r.Longest > 30 || r.Most < 1 || e.Lasts < time.Minute || e.Lasts > time.Hour || e.Review < time.Hour ||
		x.Answer < 1 || x.Forward < 1 || p.Notice.Soon < time.Minute || x.Session < time.Minute || x.Session > 3*time.Hour || x.Sessions < 1 || x.Sessions > 2 {
		return p, errors.New("procedure of access: a period is missing or longer than the tables allow")
	}
	return p, nil
}

// The work of this module that nobody asks for.
const (
	expireJob = "access.expire"
	remindJob = "access.remind"
	watchJob  = "access.watch"
)

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	return kit.Module{Name: "access", Schema: sub(schema, "schema"), Texts: texts, Jobs: s.work, Web: s.web, API: s.api}
}

func (s *Service) work(r *job.Runner) {
	r.Handle(expireJob, func(ctx context.Context, _ json.RawMessage) error { return s.Expire(ctx) })
	r.Every(expireJob, time.Minute)
	r.Handle(remindJob, func(ctx context.Context, _ json.RawMessage) error { return s.Remind(ctx) })
	r.Every(remindJob, time.Minute)
	r.Handle(watchJob, func(ctx context.Context, _ json.RawMessage) error { return s.Watch(ctx) })
	r.Every(watchJob, 10*time.Minute)
}
