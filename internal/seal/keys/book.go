package keys

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/seal/pki"
)

// ErrNoSigner is an office for which no key is declared.
var ErrNoSigner = fault.New(fault.Conflict, "keys.no-signer", "Đơn vị này chưa có khóa ký số. Hãy nhờ quản trị khai báo.")

// Soon is how long before its end a certificate is told of.
const Soon = 60 * 24 * time.Hour

// Book is which office signs with which key, from which day on. A new key is declared
// beside the old one before its day, and takes over by itself. It may be used by many
// at once.
type Book struct {
	entries []*entry
	modules map[string]*Module
	now     func() time.Time
	log     *slog.Logger
}

// World is what a book takes from outside.
type World struct {
	HTTP *http.Client
	Now  func() time.Time
	Log  *slog.Logger
}

// entry is one key of one office.
type entry struct {
	declared
	from   time.Time
	driver Driver

	mu     sync.Mutex
	id     pki.Identity // once opened
	warned time.Time
}

// declared is a [[signer]] of the file.
type declared struct {
	Office auth.Office `toml:"office"`
	From   string      `toml:"from"`
	Driver string      `toml:"driver"`
	Chain  []string    `toml:"chain"`

	File         string `toml:"file"` // pkcs12
	PasswordFile string `toml:"password_file"`
	PasswordEnv  string `toml:"password_env"`

	Library     string            `toml:"library"` // pkcs11
	Token       string            `toml:"token"`
	Serial      string            `toml:"serial"`
	Label       string            `toml:"label"`
	ID          string            `toml:"id"`
	Environment map[string]string `toml:"environment"`

	URL        string `toml:"url"` // csc
	Client     string `toml:"client"`
	SecretFile string `toml:"secret_file"`
	SecretEnv  string `toml:"secret_env"`
	Credential string `toml:"credential"`

	PINFile string        `toml:"pin_file"` // pkcs11, csc
	PINEnv  string        `toml:"pin_env"`
	Limit   time.Duration `toml:"limit"`
}

// Load reads a file of keys (TOML). Files it names are looked for beside it. Keys in
// files are opened at once, others when they are needed; a file that is not there is
// an empty book.
func Load(path string, w World) (*Book, error) {
	b := &Book{modules: map[string]*Module{}, now: w.Now, log: w.Log}
	var all struct {
		Signer []declared `toml:"signer"`
	}
	md, err := toml.DecodeFile(path, &all)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %w", path, ErrSettings, err)
	case len(md.Undecoded()) > 0:
		return nil, fmt.Errorf("%s: unknown key %s: %w", path, md.Undecoded()[0], ErrSettings)
	}
	for n, d := range all.Signer {
		e := &entry{declared: d}
		if e.driver, err = b.driver(&e.declared, filepath.Dir(path), w); err == nil {
			e.from, err = day(d.From)
		}
		if err == nil && d.Driver == "pkcs12" {
			_, err = e.open(context.Background(), false)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: signer %d, of %q: %w", path, n+1, d.Office, err)
		}
		b.entries = append(b.entries, e)
	}
	slices.SortStableFunc(b.entries, func(x, y *entry) int {
		return cmp.Or(cmp.Compare(x.Office, y.Office), y.from.Compare(x.from)) // newest first
	})
	return b, nil
}

// day is the beginning of a day in Viet Nam; the beginning of time if there is none.
func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return time.Time{}, fmt.Errorf("from = %q is no day like 2027-01-31: %w", s, ErrSettings)
	}
	return d.Start(), nil
}

// driver makes the driver that is declared; what it needs must be there.
func (b *Book) driver(d *declared, dir string, w World) (Driver, error) {
	beside := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	for _, p := range []*string{&d.File, &d.PasswordFile, &d.PINFile, &d.SecretFile} {
		beside(p)
	}
	for i := range d.Chain {
		beside(&d.Chain[i])
	}
	chain, err := ReadCertificates(d.Chain...)
	if err != nil {
		return nil, err
	}
	pin := Secret{d.PINFile, d.PINEnv}
	missing := func(what string) error { return fmt.Errorf("driver %q needs %s: %w", d.Driver, what, ErrSettings) }
	switch {
	case d.Office == "":
		return nil, fmt.Errorf("no office: %w", ErrSettings)
	case d.Driver == "pkcs12" && d.File == "":
		return nil, missing("file")
	case d.Driver == "pkcs12":
		return File{Path: d.File, Password: Secret{d.PasswordFile, d.PasswordEnv}, Chain: chain}, nil
	case d.Driver == "pkcs11" && (d.Library == "" || d.Token == "" && d.Serial == ""):
		return nil, missing("library, and token or serial")
	case d.Driver == "pkcs11":
		return &Token{Module: b.module(d), Name: d.Token, Serial: d.Serial, Label: d.Label, ID: d.ID, PIN: pin, Chain: chain}, nil
	case d.Driver == "csc" && (d.URL == "" || d.Client == ""):
		return nil, missing("url and client")
	case d.Driver == "csc":
		return &Remote{Base: d.URL, ClientID: d.Client, Secret: Secret{d.SecretFile, d.SecretEnv}, Credential: d.Credential, PIN: pin, Chain: chain,
			HTTP: w.HTTP, Now: w.Now, Limit: d.Limit}, nil
	}
	return nil, fmt.Errorf("driver = %q is none of pkcs12, pkcs11, csc: %w", d.Driver, ErrSettings)
}

// module is one child for all keys of a library with the same environment.
func (b *Book) module(d *declared) *Module {
	key := d.Library
	for _, k := range slices.Sorted(maps.Keys(d.Environment)) {
		key += "\x00" + k + "=" + d.Environment[k]
	}
	if b.modules[key] == nil {
		b.modules[key] = &Module{Library: d.Library, Env: d.Environment, Limit: d.Limit, Now: b.now}
	}
	return b.modules[key]
}

// open gives the identity, asking the driver only the first time, or anew. A trial
// certificate is refused wherever it is.
func (e *entry) open(ctx context.Context, anew bool) (id pki.Identity, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.id.Key != nil && !anew {
		return e.id, nil
	}
	if id, err = e.driver.Open(ctx); err == nil {
		err = refuseTrial(id.Chain)
	}
	if err != nil {
		return pki.Identity{}, err
	}
	id.Key = watched{id.Key, e}
	e.id = id
	return id, nil
}

// watched is a key that is opened again after it failed: the device or the credential
// may be another by now.
type watched struct {
	crypto.Signer
	of *entry
}

func (w watched) Sign(rand io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	signature, err := w.Signer.Sign(rand, digest, o)
	if err != nil {
		w.of.mu.Lock()
		defer w.of.mu.Unlock()
		w.of.id = pki.Identity{}
	}
	return signature, err
}

// Empty reports whether nobody can sign.
func (b *Book) Empty() bool { return len(b.entries) == 0 }

// Signer is the newest key of an office that is valid at a time. A key that should
// sign and cannot be had is an error: an older one does not take its place.
func (b *Book) Signer(ctx context.Context, office auth.Office, name string, at time.Time) (pki.Identity, error) {
	refusal := fmt.Errorf("%s (%s): %w", office, name, ErrNoSigner)
	for n, e := range b.entries {
		if e.Office != office || e.from.After(at) {
			continue
		}
		id, err := e.open(ctx, false)
		if err != nil {
			return id, fmt.Errorf("%s (%s): %w", office, name, err)
		}
		if leaf := id.Leaf(); at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
			refusal = fmt.Errorf("%s (%s): %s, until %s: %w", office, name, leaf.Subject, leaf.NotAfter.UTC().Format(time.RFC3339), ErrEnded)
			continue
		}
		b.warn(n, id, at)
		return id, nil
	}
	return pki.Identity{}, refusal
}

// soon reports whether a key ends in a while and none is declared that follows it.
func (b *Book) soon(n int, id pki.Identity, at time.Time) bool {
	e, end := b.entries[n], id.Leaf().NotAfter
	follows := n > 0 && b.entries[n-1].Office == e.Office && b.entries[n-1].from.Before(end)
	return !follows && at.Add(Soon).After(end)
}

const endsSoon = "the certificate an office signs with ends soon: declare the next one"

// warn writes to the log, once a day, that a key ends soon.
func (b *Book) warn(n int, id pki.Identity, at time.Time) {
	e := b.entries[n]
	e.mu.Lock()
	defer e.mu.Unlock()
	if b.soon(n, id, at) && at.Sub(e.warned) >= 24*time.Hour {
		e.warned = at
		b.log.Warn(endsSoon, "office", e.Office, "certificate", id.Leaf().Subject.CommonName, "until", id.Leaf().NotAfter)
	}
}

// State is what is known of a declared key.
type State struct {
	Office  auth.Office
	Driver  string
	From    time.Time // zero: always
	Who     string    // name in the certificate
	Issuer  string
	Until   time.Time
	Current bool  // it is the one that signs now
	Soon    bool  // it ends within 60 days, and none follows
	Err     error // why it does not sign
}

// Ending are the keys that end soon, of those that have been opened.
func (b *Book) Ending(at time.Time) (out []State) {
	for n, e := range b.entries {
		e.mu.Lock()
		id := e.id
		e.mu.Unlock()
		if id.Key != nil && !at.After(id.Leaf().NotAfter) && b.soon(n, id, at) {
			out = append(out, b.state(n, id, at))
		}
	}
	return out
}

func (b *Book) state(n int, id pki.Identity, at time.Time) State {
	e := b.entries[n]
	s := State{Office: e.Office, Driver: e.Driver, From: e.from}
	if leaf := id.Leaf(); leaf != nil {
		s.Who, s.Issuer, s.Until = leaf.Subject.CommonName, leaf.Issuer.CommonName, leaf.NotAfter
		s.Soon = b.soon(n, id, at)
	}
	return s
}

// Check asks every driver, all at once, whether its certificate can be had, and proven
// to say so; with try each also signs a digest, which is verified.
func (b *Book) Check(ctx context.Context, proven func(ctx context.Context, at time.Time, chain []*x509.Certificate) error, try bool) []State {
	out := make([]State, len(b.entries))
	now := b.now()
	var all sync.WaitGroup
	for n, e := range b.entries {
		all.Go(func() {
			id, err := e.open(ctx, true)
			out[n] = b.state(n, id, now)
			if err == nil && now.After(id.Leaf().NotAfter) {
				err = fmt.Errorf("%s: %w", id.Leaf().Subject, ErrEnded)
			}
			if err == nil && !now.Before(id.Leaf().NotBefore) { // else it waits for its day
				err = proven(ctx, now, id.Chain)
			}
			if err == nil && try {
				err = trySigning(id)
			}
			out[n].Err = err
		})
	}
	all.Wait()
	for n, e := range b.entries {
		first := !slices.ContainsFunc(out[:n], func(s State) bool { return s.Office == e.Office && s.Current })
		out[n].Current = first && !e.from.After(now) && !errors.Is(out[n].Err, ErrEnded)
	}
	return out
}

// trySigning signs a digest and verifies it.
func trySigning(id pki.Identity) error {
	digest := sha256.Sum256([]byte("Công Minh thử khóa ký số"))
	signature, err := id.Key.Sign(nil, digest[:], crypto.SHA256)
	if err == nil {
		err = verify(id.Leaf().PublicKey, digest[:], crypto.SHA256, signature)
	}
	return err
}

// Begin looks at all keys before the server serves. A trial certificate is an error,
// nothing else is: a device may come later. What is wrong stands in the log.
func (b *Book) Begin(ctx context.Context, proven func(ctx context.Context, at time.Time, chain []*x509.Certificate) error) error {
	var trial error
	for _, s := range b.Check(ctx, proven, false) {
		switch {
		case errors.Is(s.Err, ErrTrial):
			trial = errors.Join(trial, fmt.Errorf("%s: %w", s.Office, s.Err))
		case s.Err != nil:
			b.log.WarnContext(ctx, "a signing key cannot be used now", "office", s.Office, "driver", s.Driver, "error", s.Err)
		case s.Current && s.Soon:
			b.log.WarnContext(ctx, endsSoon, "office", s.Office, "certificate", s.Who, "until", s.Until)
		}
	}
	return trial
}

// Close ends the children that hold libraries.
func (b *Book) Close() {
	for _, m := range b.modules {
		m.Close()
	}
}

// Roots reads the certificates that are trusted; trial ones are refused.
func Roots(paths ...string) ([]*x509.Certificate, error) {
	cs, err := ReadCertificates(paths...)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		if !c.IsCA || !bytes.Equal(c.RawIssuer, c.RawSubject) {
			return nil, fmt.Errorf("%s is no root: %w", c.Subject, ErrSettings)
		}
	}
	return cs, refuseTrial(cs)
}
