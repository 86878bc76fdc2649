package deadline

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/BurntSushi/toml"

	"congminh/internal/access"
	"congminh/internal/criminal"
	"congminh/internal/deadline/hook"
	"congminh/internal/deadline/mail"
	"congminh/internal/kit"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/law"
)

//go:embed en.toml
var texts embed.FS

//go:embed data/policy.toml
var policyFile []byte

//go:embed data/reading.toml
var readingFile []byte

// Module returns what this module hands to app.
func (s *Service) Module() kit.Module {
	tables, _ := fs.Sub(schema, "schema")
	return kit.Module{Name: "deadline", Schema: tables, Texts: texts, Listen: s.listen, Jobs: s.jobs, Web: s.web, API: s.api}
}

func (s *Service) listen(b *event.Bus) {
	again := func(ctx context.Context, c criminal.ID) error {
		_, err := s.refresh(ctx, c)
		return err
	}
	criminal.Acted.On(b, func(ctx context.Context, e criminal.ActedV1) error { return again(ctx, e.Case) })
	criminal.Created.On(b, func(ctx context.Context, e criminal.CreatedV1) error { return again(ctx, e.ID) })
	criminal.Changed.On(b, func(ctx context.Context, e criminal.ChangedV1) error { return again(ctx, e.ID) })
	law.Changed.On(b, func(ctx context.Context, _ law.ChangedV1) error {
		return s.Jobs.PutUnique(ctx, nightJob, "law", struct{}{})
	})
	Updated.On(b, s.refreshDesks)
	access.Notice.On(b, s.hear)
}

func (s *Service) jobs(r *job.Runner) {
	r.HandleLong(tickJob, job.Options{Lease: time.Minute, Attempts: 3}, s.tickWork)
	r.HandleLong(sendJob, job.Options{Lease: time.Minute}, s.sendWork)
	r.HandleLong(nightJob, job.Options{Lease: time.Minute, Attempts: 3}, s.nightWork)
	r.Every(tickJob, time.Minute)
	r.Daily(nightJob, 2, 0)
}

// policyText is a policy as its file writes it.
type policyText struct {
	Share []struct {
		Left float64 `toml:"left"`
		To   string  `toml:"to"`
	} `toml:"share"`
	Quiet struct {
		From string `toml:"from"`
		To   string `toml:"to"`
		Off  bool   `toml:"off"`
	} `toml:"quiet"`
	Climb struct {
		After  time.Duration `toml:"after"`
		Urgent time.Duration `toml:"urgent"`
		Failed time.Duration `toml:"failed"`
		Repeat time.Duration `toml:"repeat"`
	} `toml:"climb"`
	Retry struct {
		After []time.Duration `toml:"after"`
	} `toml:"retry"`
	Watch struct {
		Silence time.Duration `toml:"silence"`
		Skew    time.Duration `toml:"skew"`
		Keep    time.Duration `toml:"keep"`
	} `toml:"watch"`
	Rights struct {
		Rules []string `toml:"rules"`
	} `toml:"rights"`
}

var rankNames = map[string]Rank{"prosecutor": ToProsecutor, "deputy": ToDeputy, "chief": ToChief, "superior": ToSuperior}

// LoadPolicy reads the policy of the program and lays that of the installation over
// it; over is the text of its file, nil for none.
func LoadPolicy(over []byte) (p Policy, err error) {
	var t policyText
	if err := readPolicy(policyFile, &t); err != nil {
		return p, fmt.Errorf("policy of the program: %w", err)
	}
	if over != nil {
		shares := t.Share
		t.Share = nil
		if err := readPolicy(over, &t); err != nil {
			return p, fmt.Errorf("policy of the installation: %w", err)
		}
		if t.Share == nil {
			t.Share = shares
		}
	}
	p = Policy{QuietFrom: t.Quiet.From, QuietTo: t.Quiet.To, QuietOff: t.Quiet.Off, Climb: t.Climb.After, ClimbUrgent: t.Climb.Urgent,
		ClimbFailed: t.Climb.Failed, Repeat: t.Climb.Repeat, Retry: t.Retry.After, Silence: t.Watch.Silence, Skew: t.Watch.Skew,
		Keep: t.Watch.Keep, Rights: t.Rights.Rules}
	for _, s := range t.Share {
		rank, ok := rankNames[s.To]
		if !ok || s.Left < 0 || s.Left > 1 {
			return p, fmt.Errorf("policy: share to %q of %v: want prosecutor, deputy, chief or superior and a part from 0 to 1", s.To, s.Left)
		}
		p.Share = append(p.Share, Share{s.Left, rank})
	}
	// What is zero here would silence a warning.
	for _, d := range []time.Duration{p.Climb, p.ClimbUrgent, p.ClimbFailed, p.Repeat, p.Silence, p.Skew, p.Keep} {
		if d < time.Minute {
			return p, errors.New("policy: climb, silence, skew and keep must be a minute at least")
		}
	}
	for _, h := range []string{p.QuietFrom, p.QuietTo} {
		if _, bad := time.Parse("15:04", h); bad != nil && (p.QuietFrom != "" || p.QuietTo != "") {
			return p, fmt.Errorf("policy: quiet hours %q: want 21:00", h)
		}
	}
	if len(p.Share) == 0 || slices.Contains(p.Retry, 0) {
		return p, errors.New("policy: somebody must be told, and no retry is at once")
	}
	return p, nil
}

func readPolicy(text []byte, t *policyText) error {
	md, err := toml.Decode(string(text), t)
	if err == nil && len(md.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", md.Undecoded()[0])
	}
	return err
}

// newReading reads the file of the program.
func newReading() reading {
	var file struct {
		Limitation struct {
			Rule     string `toml:"rule"`
			Citation string `toml:"citation"`
		} `toml:"limitation"`
		Investigation []struct {
			Events   []string `toml:"events"`
			Rule     string   `toml:"rule"`
			Citation string   `toml:"citation"`
		} `toml:"investigation"`
		Extends []struct {
			Event    string `toml:"event"`
			Rule     string `toml:"rule"`
			Citation string `toml:"citation"`
		} `toml:"extends"`
		Alike []struct {
			Events   []string `toml:"events"`
			As       string   `toml:"as"`
			Citation string   `toml:"citation"`
		} `toml:"alike"`
	}
	md, err := toml.Decode(string(readingFile), &file)
	if err == nil && (len(md.Undecoded()) > 0 || len(file.Investigation) == 0) {
		err = fmt.Errorf("unknown keys %v, or no period of investigation", md.Undecoded())
	}
	if err != nil {
		panic(fmt.Sprintf("deadline: reading.toml: %v", err)) // it is part of the program, and tested
	}
	r := reading{limitation: file.Limitation.Rule, first: file.Investigation[0].Rule,
		runs: map[string]string{}, extends: map[string]string{}, alike: map[string]string{}}
	for _, x := range file.Investigation {
		for _, e := range x.Events {
			r.runs[e] = x.Rule
		}
	}
	for _, x := range file.Extends {
		r.extends[x.Event] = x.Rule
	}
	for _, x := range file.Alike {
		for _, e := range x.Events {
			r.alike[e] = x.As
		}
	}
	return r
}

// Mailer sends messages by mail.
type Mailer struct{ Client *mail.Client }

// Send is Sender.
func (m Mailer) Send(ctx context.Context, x Message) error {
	var lines []string
	for _, l := range x.Lines {
		lines = append(lines, "• "+l.Text, "  "+l.Link, "")
	}
	return m.Client.Send(ctx, mail.Letter{To: x.To, ID: x.ID, Subject: x.Subject, Lines: lines, At: x.At, Urgent: x.Urgent})
}

// Hooker posts messages to addresses.
type Hooker struct{ Client *hook.Client }

// Send is Sender.
func (h Hooker) Send(ctx context.Context, x Message) error {
	return h.Client.Post(ctx, x.To, x.Secret, x.ID, x.At, map[string]any{
		"id": x.ID, "at": x.At.UTC().Format(time.RFC3339), "subject": x.Subject, "urgent": x.Urgent, "warnings": x.Lines})
}

// Pinger makes Engines.Ping of an address; nil for none.
func Pinger(c *hook.Client, address string) func(context.Context) error {
	if address == "" {
		return nil
	}
	return func(ctx context.Context) error { return c.Ping(ctx, address) }
}
