// Package passkey speaks WebAuthn (level 3; khóa truy cập): it asks a browser for a
// key that a device keeps, and checks what the device signed. A key is bound to the
// address of this program, so a page that only looks like it gets nothing.
package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// ErrHost is an address that browsers bind no key to.
var ErrHost = errors.New("passkey: keys are bound to a name, and this address has none")

// ErrAnswer is an answer of a browser that proves nothing.
var ErrAnswer = errors.New("passkey: the answer does not prove the key")

// Keys is this program as browsers know it.
type Keys struct {
	wa *webauthn.WebAuthn
}

// Key is one passkey as it is stored.
type Key struct {
	ID   string // base64url, as the device names it
	Data string // the record of WebAuthn, JSON
}

// User is whose keys they are. ID goes into the device and must not tell who it is.
type User struct {
	ID, Login, Name string
	Keys            []Key
}

// New returns the program that people reach at base, "https://congminh.vks.example".
// A browser takes no address made of numbers, ErrHost; for this machine it is
// "localhost".
func New(base, name string) (*Keys, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	switch ip := net.ParseIP(u.Hostname()); {
	case ip.IsLoopback() || ip.IsUnspecified() || u.Hostname() == "":
		u.Host = "localhost" + port(u)
	case ip != nil:
		return nil, fmt.Errorf("%w: %s", ErrHost, base)
	}
	verified := protocol.VerificationRequired // a PIN or a finger: two factors at once
	wa, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: verified},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys at %s: %w", base, err)
	}
	return &Keys{wa}, nil
}

func port(u *url.URL) string {
	if u.Port() == "" {
		return ""
	}
	return ":" + u.Port()
}

// Host is the name keys are bound to. A browser at another address has none.
func (k *Keys) Host() string { return k.wa.Config.RPID }

// account is a User as the library wants it.
type account struct {
	User
	keys []webauthn.Credential
}

func (a account) WebAuthnID() []byte                         { return []byte(a.ID) }
func (a account) WebAuthnName() string                       { return a.Login }
func (a account) WebAuthnDisplayName() string                { return a.Name }
func (a account) WebAuthnCredentials() []webauthn.Credential { return a.keys }

func read(u User) (account, error) {
	a := account{User: u}
	for _, k := range u.Keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Data), &c); err != nil {
			return a, fmt.Errorf("passkey %s: %w", k.ID, err)
		}
		a.keys = append(a.keys, c)
	}
	return a, nil
}

func write(c *webauthn.Credential) (Key, error) {
	data, err := json.Marshal(c)
	return Key{base64.RawURLEncoding.EncodeToString(c.ID), string(data)}, err
}

// Make asks for a new key of u: options go to the browser, state is kept until the
// answer comes and is then used up.
func (k *Keys) Make(u User) (options any, state string, err error) {
	a, err := read(u)
	if err != nil {
		return nil, "", err
	}
	have := webauthn.Credentials(a.keys).CredentialDescriptors()
	o, s, err := k.wa.BeginRegistration(a, webauthn.WithExclusions(have))
	if err != nil {
		return nil, "", fmt.Errorf("passkey: %w", err)
	}
	return pack(o, s)
}

// Made checks the answer to Make.
func (k *Keys) Made(u User, state, answer string) (Key, error) {
	a, s, err := unpack(u, state)
	if err != nil {
		return Key{}, err
	}
	p, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Key{}, refused(err)
	}
	c, err := k.wa.CreateCredential(a, s, p)
	if err != nil {
		return Key{}, refused(err)
	}
	return write(c)
}

// Ask asks for a proof by any key of this program that the device holds.
func (k *Keys) Ask() (options any, state string, err error) {
	o, s, err := k.wa.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", fmt.Errorf("passkey: %w", err)
	}
	return pack(o, s)
}

// Answered checks the answer to Ask. find returns the holder of a key by the ID of
// theirs that the device keeps. The key comes back with its new count; cloned says
// that the count went back, as it does when someone copied the key.
func (k *Keys) Answered(state, answer string, find func(user string) (User, error)) (u User, key Key, cloned bool, err error) {
	_, s, err := unpack(User{}, state)
	if err != nil {
		return u, key, false, err
	}
	p, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return u, key, false, refused(err)
	}
	var trouble error
	c, err := k.wa.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		var a account
		if u, trouble = find(string(handle)); trouble == nil {
			a, trouble = read(u)
		}
		return a, trouble
	}, s, p)
	switch {
	case trouble != nil: // the library hides what went wrong
		return u, key, false, trouble
	case err != nil:
		return u, key, false, refused(err)
	}
	key, err = write(c)
	return u, key, c.Authenticator.CloneWarning, err
}

func pack(options any, s *webauthn.SessionData) (any, string, error) {
	state, err := json.Marshal(s)
	return options, string(state), err
}

func unpack(u User, state string) (a account, s webauthn.SessionData, err error) {
	if err = json.Unmarshal([]byte(state), &s); err != nil {
		return a, s, fmt.Errorf("passkey: what was kept: %w", err)
	}
	a, err = read(u)
	return a, s, err
}

// refused is ErrAnswer with what the library found, for the log.
func refused(err error) error {
	if p, ok := errors.AsType[*protocol.Error](err); ok {
		return fmt.Errorf("%w: %s: %s", ErrAnswer, p.Details, p.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrAnswer, err)
}
