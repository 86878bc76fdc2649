package org

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"congminh/internal/kit/id"
)

const (
	idle     = 30 * time.Minute // without a click
	absolute = 12 * time.Hour   // in all
	codeLife = 72 * time.Hour   // of a one-time code: over a weekend
	touch    = time.Minute      // how stale "last seen" may be; not a write per click
)

// Session is one signed-in browser (phiên đăng nhập).
type Session struct {
	ID         id.Of[Session] `json:"id"`
	Staff      StaffID        `json:"-"`
	Created    time.Time      `json:"created"`
	Seen       time.Time      `json:"seen"`
	Address    string         `json:"address"`
	Agent      string         `json:"agent"`
	Method     string         `json:"method" doc:"How it last proved whose it is" example:"passkey"`
	Proved     time.Time      `json:"proved" doc:"When it did"`
	MustChange bool           `json:"-"`       // may only set a password
	Current    bool           `json:"current"` // the one that asks
	token      string
}

// live reports whether the session still counts at now.
func (s Session) live(now time.Time) bool {
	return now.Before(s.Seen.Add(idle)) && now.Before(s.Created.Add(absolute))
}

// newToken makes the secret a browser holds: 256 random bits.
func newToken(rand io.Reader) (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// newCode makes a one-time code to be read out or written down: 125 random bits in
// five groups of five. That many need no slow hash to be kept (see digest).
func newCode(rand io.Reader) (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("code: %w", err)
	}
	return groups(base32.StdEncoding.EncodeToString(b)[:25]), nil
}

func groups(s string) string {
	var out []string
	for ; len(s) > 5; s = s[5:] {
		out = append(out, s[:5])
	}
	return strings.Join(append(out, s), "-")
}

// digest is what the database keeps of a secret that is random already: whoever
// reads the table cannot sign in with it.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// tidyCode is a one-time code however it was typed. 0, 1 and 8 are not in the
// alphabet, so they must be the letters they look like.
func tidyCode(s string) string {
	s = strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I", "8", "B").Replace(strings.ToUpper(strings.TrimSpace(s)))
	if len(s) != 25 && len(s) != 20 { // 20: recovery codes of before
		return ""
	}
	return groups(s)
}

// The failures that cost nothing: an office behind one address mistypes more
// often than one person does.
const (
	freeAccount = 5
	freeAddress = 30
	longestWait = 15 * time.Minute
	forget      = 24 * time.Hour // after which failures are forgotten
)

// wait says how long the door stays shut after so many failures in a row: 15
// seconds, twice as long with each, never more than a quarter of an hour.
func wait(fails, free int) time.Duration {
	over := fails - free
	if over < 0 {
		return 0
	}
	if over > 10 {
		return longestWait
	}
	return min(15*time.Second<<over, longestWait)
}
