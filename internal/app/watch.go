package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline"
	"congminh/internal/deadline/hook"
	"congminh/internal/deadline/mail"
)

// policy returns a file by which an installation says otherwise than the program; nil
// if it has none.
func (c Config) policy(name string) ([]byte, error) {
	over, err := os.ReadFile(filepath.Join(c.Data, "law", "policy", name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return over, err
}

// checks lays the rules of the installation over those by which acts are checked.
func (c Config) checks(s *criminal.Service) error {
	over, err := c.policy("checks.toml")
	if err != nil || over == nil {
		return err
	}
	r, err := ledger.ParseRules(over)
	if err != nil {
		return fmt.Errorf("checks of the installation: %w", err)
	}
	s.Checks(r)
	return nil
}

// watch is what the watch over time limits works with, as far as settings say.
func (c Config) watch() (e deadline.Engines, err error) {
	over, err := c.policy("deadline.toml")
	if err != nil {
		return e, err
	}
	if e.Policy, err = deadline.LoadPolicy(over); err != nil {
		return e, err
	}
	if c.Mail.Host != "" {
		m, err := mail.New(mail.Options{Host: c.Mail.Host, Port: c.Mail.Port, User: c.Mail.User, Password: c.Mail.Password, From: c.Mail.From, TLS: c.Mail.TLS})
		if err != nil {
			return e, fmt.Errorf("mail: %w", err)
		}
		e.Mail = deadline.Mailer{Client: m}
	}
	if c.Deadline.Hooks {
		e.Hook = deadline.Hooker{Client: &hook.Client{Inside: c.Deadline.Inside}}
	}
	// The monitor is the administrator's own, and usually inside.
	e.Base, e.Ping = c.Deadline.Base, deadline.Pinger(&hook.Client{Inside: true}, c.Deadline.Ping)
	return e, nil
}
