// Package sso signs people in by the identity provider of the sector (hệ thống định
// danh của ngành; OpenID Connect Core 1.0, authorisation code flow with PKCE, RFC 7636).
package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// ErrRefused is an answer that proves nothing.
var ErrRefused = errors.New("sso: the answer does not prove who it is")

// Settings say who the provider is and who we are to it.
type Settings struct {
	Issuer string // its address, exactly as it writes it in its tokens
	Client string // what it calls us
	Secret string
	Claim  string // the claim that holds the login of a person; "" for preferred_username
	Back   string // the address of ours to which it sends browsers back
}

// Client is us to the provider.
type Client struct {
	set  Settings
	now  func() time.Time
	http *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil until it answered once
}

// New returns a client. It asks the provider for nothing yet: that may be down when
// this program starts.
func New(s Settings, now func() time.Time) *Client {
	if s.Claim == "" {
		s.Claim = "preferred_username"
	}
	return &Client{set: s, now: now, http: &http.Client{Timeout: 10 * time.Second,
		// What is asked of the provider is answered by it, and by nobody it points at.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// State is what is kept of one attempt until its answer comes. It is used once.
type State struct {
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Begun    time.Time `json:"begun"`
	Again    bool      `json:"again"` // the person must prove themselves now, not an hour ago
}

// Answer is what the provider sends back in the address.
type Answer struct {
	Code, Issuer, Error string
}

func (c *Client) connect(ctx context.Context) (*oidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	// The provider keeps this context for fetching keys later, so it must not end.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.http), c.set.Issuer)
	if err != nil {
		return nil, fmt.Errorf("identity provider %s: %w", c.set.Issuer, err)
	}
	c.provider = p
	return p, nil
}

func (c *Client) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: c.set.Client, ClientSecret: c.set.Secret, Endpoint: p.Endpoint(),
		RedirectURL: c.set.Back, Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// Begin returns the address to send a browser to. state, and those in s, must be
// random; state ties the answer to the browser.
func (c *Client) Begin(ctx context.Context, state string, s State) (string, error) {
	p, err := c.connect(ctx)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)}
	if s.Again {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return c.config(p).AuthCodeURL(state, opts...), nil
}

// Finish exchanges the answer to Begin for the login of the person. ErrRefused is
// the provider's no, or a token that is not what it should be; any other error is
// trouble on the way.
func (c *Client) Finish(ctx context.Context, s State, a Answer) (login string, err error) {
	switch {
	case a.Error != "":
		return "", fmt.Errorf("%w: it says %q", ErrRefused, a.Error)
	case a.Issuer != "" && a.Issuer != c.set.Issuer: // RFC 9207: another provider answers
		return "", fmt.Errorf("%w: answer of %q", ErrRefused, a.Issuer)
	case a.Code == "":
		return "", fmt.Errorf("%w: no code", ErrRefused)
	}
	p, err := c.connect(ctx)
	if err != nil {
		return "", err
	}
	ctx = oidc.ClientContext(ctx, c.http)
	tok, err := c.config(p).Exchange(ctx, a.Code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		if _, no := errors.AsType[*oauth2.RetrieveError](err); no {
			err = fmt.Errorf("%w: %w", ErrRefused, err)
		}
		return "", err
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := p.VerifierContext(ctx, &oidc.Config{ClientID: c.set.Client, Now: c.now}).Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if id.Nonce != s.Nonce {
		return "", fmt.Errorf("%w: the nonce is of another attempt", ErrRefused)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if s.Again {
		at, _ := claims["auth_time"].(float64)
		if time.Unix(int64(at), 0).Before(s.Begun.Add(-time.Minute)) { // clocks differ
			return "", fmt.Errorf("%w: it did not ask the person again", ErrRefused)
		}
	}
	if login, _ = claims[c.set.Claim].(string); login == "" {
		return "", fmt.Errorf("%w: no claim %q", ErrRefused, c.set.Claim)
	}
	return login, nil
}
