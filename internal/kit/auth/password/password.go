// Package password keeps passwords as argon2id hashes and says which passwords
// are too well known to be one.
//
// A hash is a PHC string, so it says how it was made: when the cost is raised,
// Stale finds the old ones and they are made anew at the next sign-in.
package password

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Cost is what one hash costs: Memory in KiB, Time passes, Lanes in parallel.
type Cost struct {
	Memory, Time uint32
	Lanes        uint8
}

// Standard is the cost OWASP gives for argon2id.
var Standard = Cost{Memory: 19 * 1024, Time: 2, Lanes: 1}

const saltLen, keyLen = 16, 32

// Hasher makes and checks hashes, so many at a time: each takes megabytes, and
// whoever sends a thousand sign-ins must wait, not exhaust the machine.
type Hasher struct {
	cost  Cost
	rand  io.Reader
	slots chan struct{}
	dummy string
}

// NewHasher returns a Hasher that does at most n hashes at once.
func NewHasher(c Cost, n int, rand io.Reader) *Hasher {
	h := &Hasher{cost: c, rand: rand, slots: make(chan struct{}, max(1, n))}
	h.dummy = encode(c, make([]byte, saltLen), make([]byte, keyLen))
	return h
}

// Hash returns the hash of pw.
func (h *Hasher) Hash(ctx context.Context, pw string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(h.rand, salt); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	key, err := h.key(ctx, h.cost, pw, salt, keyLen)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, key), nil
}

// Check reports whether pw is the password of hash. An empty hash is checked
// against one that nothing fits, so that an account that does not exist costs
// the same time as one that does.
func (h *Hasher) Check(ctx context.Context, pw, hash string) (bool, error) {
	real := hash != ""
	if !real {
		hash = h.dummy
	}
	c, salt, want, err := decode(hash)
	if err != nil {
		return false, err
	}
	got, err := h.key(ctx, c, pw, salt, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && real, nil
}

// Stale reports whether hash was made at another cost than h's.
func (h *Hasher) Stale(hash string) bool {
	c, _, _, err := decode(hash)
	return err != nil || c != h.cost
}

func (h *Hasher) key(ctx context.Context, c Cost, pw string, salt []byte, n uint32) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(Normal(pw)), salt, c.Time, c.Memory, c.Lanes, n), nil
}

// Normal is pw in the one form that is hashed: half of the Vietnamese keyboards
// type decomposed letters, and it must be the same password on both.
func Normal(pw string) string { return norm.NFC.String(pw) }

func encode(c Cost, salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.Memory, c.Time, c.Lanes, b.EncodeToString(salt), b.EncodeToString(key))
}

var errHash = errors.New("password: not an argon2id hash")

func decode(s string) (c Cost, salt, key []byte, err error) {
	p := strings.Split(s, "$")
	if len(p) != 6 || p[0] != "" || p[1] != "argon2id" || p[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errHash
	}
	if n, err := fmt.Sscanf(p[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Lanes); err != nil || n != 3 {
		return c, nil, nil, errHash
	}
	// A row that someone wrote by hand must not make the server hash for hours.
	if c.Memory < 8 || c.Memory > 1<<20 || c.Time < 1 || c.Time > 64 || c.Lanes < 1 {
		return c, nil, nil, errHash
	}
	if salt, err = base64.RawStdEncoding.DecodeString(p[4]); err == nil {
		key, err = base64.RawStdEncoding.DecodeString(p[5])
	}
	if err != nil || len(key) < 16 {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}
