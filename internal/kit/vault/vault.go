// Package vault encrypts the few secrets a program must be able to read again, like the
// secret of a telephone's codes, with a key that is not in the database: whoever gets the
// database, or a copy of it, has none of them.
package vault

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// What can be wrong; the error around it says of what.
var (
	ErrKey     = errors.New("vault: the key is not here (thiếu tệp khóa data/keys/secrets.key của dữ liệu này: lấy lại từ bản sao lưu, thư mục keys)")
	ErrAltered = errors.New("vault: altered, or of somebody else (bị sửa, hoặc là của người khác)")
)

const (
	mark = "v1."
	size = 32 // bytes of a key: AES-256
	day  = "20060102T150405Z"
)

// Vault seals with its first key and opens with all. A nil Vault seals nothing: what is
// given comes back as it is.
type Vault struct {
	ids   []string
	keys  map[string]cipher.AEAD
	rand  io.Reader
	since time.Time
}

// Roll returns the text of a key file with a new key before those of old, which may be
// nil: what is sealed from now on is sealed with it.
func Roll(old []byte, rand io.Reader, now time.Time) ([]byte, error) {
	var key [size]byte
	if _, err := io.ReadFull(rand, key[:]); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	line := fmt.Sprintf("%s %x\n", now.UTC().Format(day), key)
	if bytes.Contains(old, []byte(line[:len(day)+1])) {
		return nil, errors.New("vault: a key was made this very second")
	}
	return append([]byte(line), old...), nil
}

// Parse reads a key file: a line for each key, its time and its bytes in hex.
func Parse(text []byte, rand io.Reader) (*Vault, error) {
	v := &Vault{keys: map[string]cipher.AEAD{}, rand: rand}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		id, rest, _ := strings.Cut(lines.Text(), " ")
		key, err := hex.DecodeString(strings.TrimSpace(rest))
		at, when := time.Parse(day, id)
		if err != nil || when != nil || len(key) != size {
			return nil, errors.New("vault: a line of the key file is not a time and 32 bytes in hex")
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("vault: %w", err)
		}
		if v.keys[id], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("vault: %w", err)
		}
		if len(v.ids) == 0 {
			v.since = at
		}
		v.ids = append(v.ids, id)
	}
	if len(v.ids) == 0 {
		return nil, errors.New("vault: the key file is empty")
	}
	return v, nil
}

// Since is when the key was made that seals.
func (v *Vault) Since() time.Time { return v.since }

// Seal encrypts a secret. What it is for, "totp/…" of whom, must be said again to open
// it: a secret that somebody moved to another row does not open there.
func (v *Vault) Seal(what, plain string) (string, error) {
	if v == nil || plain == "" {
		return plain, nil
	}
	id := v.ids[0]
	key := v.keys[id]
	nonce := make([]byte, key.NonceSize(), key.NonceSize()+len(plain)+key.Overhead())
	if _, err := io.ReadFull(v.rand, nonce); err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	return mark + id + "." + base64.RawURLEncoding.EncodeToString(key.Seal(nonce, nonce, []byte(plain), []byte(what))), nil
}

// Open decrypts what Seal made; what was never sealed comes back as it is.
func (v *Vault) Open(what, sealed string) (string, error) {
	rest, ok := strings.CutPrefix(sealed, mark)
	if !ok {
		return sealed, nil
	}
	id, text, _ := strings.Cut(rest, ".")
	if v == nil || v.keys[id] == nil {
		return "", fmt.Errorf("%s: %w: %s", what, ErrKey, id)
	}
	key := v.keys[id]
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < key.NonceSize() {
		return "", fmt.Errorf("%s: %w", what, ErrAltered)
	}
	plain, err := key.Open(nil, b[:key.NonceSize()], b[key.NonceSize():], []byte(what))
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, ErrAltered)
	}
	return string(plain), nil
}

// Current reports whether a secret is sealed with the key that seals now.
func (v *Vault) Current(sealed string) bool {
	return v == nil || sealed == "" || strings.HasPrefix(sealed, mark+v.ids[0]+".")
}

// Renew seals with the newest key what was sealed with another, or not at all.
func (v *Vault) Renew(what, sealed string) (string, error) {
	plain, err := v.Open(what, sealed)
	if err != nil {
		return "", err
	}
	return v.Seal(what, plain)
}
