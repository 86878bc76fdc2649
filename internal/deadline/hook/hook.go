// Package hook posts signed messages to addresses outside (webhook, gửi tin có ký).
package hook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Client posts messages.
type Client struct {
	// HTTP is used to post; the zero Client uses one that follows no redirect: a
	// signed message goes where it was sent and nowhere else.
	HTTP *http.Client
}

var direct = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return direct
}

// Sign is the signature of a message: HMAC-SHA256 of "seconds.body" in hex. Whoever
// receives it computes it again, and refuses what is older than some minutes.
func Sign(secret string, at time.Time, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "."))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

// Post posts a message as JSON and returns nil if the other side answers 2xx. The id
// is the same when it is posted again.
func (c *Client) Post(ctx context.Context, address, secret, id string, at time.Time, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("hook: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Congminh-Id", id)
	r.Header.Set("X-Congminh-Time", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("X-Congminh-Signature", "sha256="+Sign(secret, at, body))
	return c.do(r)
}

// Ping asks for an address, to show that we are awake.
func (c *Client) Ping(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return c.do(r)
}

func (c *Client) do(r *http.Request) error {
	res, err := c.client().Do(r)
	if err != nil {
		return fmt.Errorf("hook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("hook: answered %s", res.Status)
	}
	return nil
}
