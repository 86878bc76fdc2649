// Package mail sends letters by SMTP (gửi thư điện tử).
package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Options say how the mail server is reached.
type Options struct {
	Host     string
	Port     int
	User     string // "" for a server that asks for none
	Password string
	From     string // address letters come from
	TLS      string // "starttls" (the default), "tls", or "none" for a server on the same machine
	Timeout  time.Duration
}

// Client sends letters through one server.
type Client struct {
	c    *mail.Client
	from string
}

// New returns a client. Nothing is sent yet, and the server is not asked.
func New(o Options) (*Client, error) {
	if o.Host == "" || o.From == "" {
		return nil, errors.New("mail: host and from are needed")
	}
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	opts := []mail.Option{mail.WithTimeout(o.Timeout)}
	switch o.TLS {
	case "", "starttls":
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	case "tls":
		opts = append(opts, mail.WithSSL())
	case "none":
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fmt.Errorf("mail: tls %q: want starttls, tls or none", o.TLS)
	}
	if o.Port > 0 {
		opts = append(opts, mail.WithPort(o.Port))
	}
	if o.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.User), mail.WithPassword(o.Password))
	}
	c, err := mail.NewClient(o.Host, opts...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &Client{c, o.From}, nil
}

// Letter is one letter. ID is the same when it is sent again, so that a server may
// know it.
type Letter struct {
	To, ID, Subject string
	Lines           []string
	At              time.Time
	Urgent          bool
}

// Send sends a letter. It returns nil once the server has taken it.
func (c *Client) Send(ctx context.Context, l Letter) error {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := m.From(c.from); err != nil {
		return fmt.Errorf("mail from: %w", err)
	}
	if err := m.To(l.To); err != nil {
		return fmt.Errorf("mail to: %w", err)
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(l.At)
	_, host, _ := strings.Cut(strings.Trim(c.from, "<>"), "@")
	m.SetMessageIDWithValue(l.ID + "@" + strings.TrimSuffix(host, ">"))
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if l.Urgent {
		m.SetImportance(mail.ImportanceUrgent)
	}
	m.SetBodyString(mail.TypeTextPlain, strings.Join(l.Lines, "\r\n"))
	if err := c.c.DialAndSendWithContext(ctx, m); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}
