// Package hook posts signed messages to addresses outside (webhook, gửi tin có ký).
package hook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// Client posts messages.
type Client struct {
	// HTTP is used to post; the zero Client uses one that follows no redirect: a
	// signed message goes where it was sent and nowhere else.
	HTTP *http.Client
	// Inside lets messages go to addresses inside the network. An address people give
	// must not make the server knock on doors that only it can reach.
	Inside bool
}

var direct = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (c *Client) client() *http.Client {
	switch {
	case c.HTTP != nil:
		return c.HTTP
	case c.Inside:
		return direct
	}
	return outside
}

// outside is direct, and connects to public addresses only: looked at after the name
// was resolved, so that no name leads inside.
var outside = &http.Client{
	Timeout:       direct.Timeout,
	CheckRedirect: direct.CheckRedirect,
	Transport:     &http.Transport{TLSHandshakeTimeout: 10 * time.Second, DialContext: (&net.Dialer{Timeout: 10 * time.Second, Control: public}).DialContext},
}

// ErrInside says that an address lies inside the network.
var ErrInside = errors.New("address inside the network")

func public(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return ErrInside
	}
	return nil
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
