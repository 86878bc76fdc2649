package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/seal"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
)

// keys opens what the seal signs with: the key of the journal, made at the first start;
// the keys of offices; or, where the configuration allows it, a development authority
// whose certificates say of themselves that they have no legal value.
func (c Config) keys(now func() time.Time, log *slog.Logger) (k seal.Keys, s *signing, err error) {
	dir := filepath.Join(c.Data, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return k, nil, fmt.Errorf("keys: %w", err)
	}
	if err := synced(c.Data); err != nil { // the name of the folder of keys
		return k, nil, fmt.Errorf("keys: %w", err)
	}
	if k, err = c.journalKeys(dir, now); err != nil {
		return k, nil, err
	}
	if s, err = c.signing(now, log); err != nil {
		return k, nil, Told(err)
	}
	if c.Seal.Development {
		err = tryOut(&k, dir, now)
	} else {
		s.use(&k)
	}
	if err != nil {
		return k, nil, err
	}
	return k, s, roots(filepath.Join(dir, "roots.txt"), k)
}

// journalKeys opens the keys that sign the heads of the journal, and the one this
// installation is a witness with. Their file holds every key the journal had, the oldest
// first: the last two are the one in use and the one it may be handed over to.
func (c Config) journalKeys(dir string, now func() time.Time) (k seal.Keys, err error) {
	text, err := kept(filepath.Join(dir, journalFile), func() ([]byte, error) { return newSeed(nil) })
	if err != nil {
		return k, err
	}
	var keys []*tree.Key
	for rest := text; len(bytes.TrimSpace(rest)) > 0; {
		var key *tree.Key
		if key, rest, err = c.seed(rest, journalFile); err != nil {
			return k, err
		}
		keys = append(keys, key)
	}
	k.Rand, k.Log = rand.Reader, keys[max(0, len(keys)-2)]
	if len(keys) > 1 {
		k.Next = keys[len(keys)-1]
	}
	if text, err = kept(filepath.Join(dir, "witness.key"), func() ([]byte, error) { return newSeed(nil) }); err != nil {
		return k, err
	}
	key, err := seedOf(text, "witness.key")
	if err != nil {
		return k, err
	}
	if k.Witness, err = tree.NewWitness(c.Seal.Origin+"/nhan-chung", key, now); err != nil {
		err = fmt.Errorf("keys: %w", err)
	}
	return k, err
}

const journalFile = "journal.key"

// seed reads the first key in text, and returns what follows it.
func (c Config) seed(text []byte, name string) (k *tree.Key, rest []byte, err error) {
	key, err := seedOf(text, name)
	if err != nil {
		return nil, nil, err
	}
	_, rest = pem.Decode(text)
	if k, err = tree.NewKey(c.Seal.Origin, key); err != nil {
		err = fmt.Errorf("keys: %w", err)
	}
	return k, rest, err
}

func seedOf(text []byte, name string) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || len(block.Bytes) != ed25519.SeedSize {
		return nil, fmt.Errorf("keys: %s is damaged: restore it from its copy; heads signed before are checked with it", name)
	}
	return ed25519.NewKeyFromSeed(block.Bytes), nil
}

// newSeed adds a new key to those in text.
func newSeed(text []byte) ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "CONG MINH JOURNAL KEY", Bytes: key.Seed()})...), nil
}

// ErrNextWaits is returned for a new key of the journal while one waits to be used.
var ErrNextWaits = fault.New(fault.Conflict, "keys.next-waits", "Đã có khóa mới của nhật ký chờ được bàn giao. Hãy bàn giao nó ở trang Đầu nhật ký trước khi thêm khóa khác.")

// NextKey makes the key the journal may be handed over to, beside the one in use. The
// server takes it up when it starts the next time; a person hands over on the page of
// heads.
func (c Config) NextKey(ctx context.Context, now func() time.Time) (key string, err error) {
	c = c.fill()
	dir := filepath.Join(c.Data, "keys")
	k, err := c.journalKeys(dir, now)
	if err != nil {
		return "", err
	}
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return "", err
	}
	defer d.Close()
	s := seal.NewService(d, now)
	s.Use(k)
	if s.HasNext(ctx) {
		return "", ErrNextWaits
	}
	path := filepath.Join(dir, journalFile)
	text, err := os.ReadFile(path)
	if err == nil {
		text, err = newSeed(text)
	}
	if err == nil {
		err = replaced(path, text)
	}
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	if k, err = c.journalKeys(dir, now); err != nil {
		return "", err
	}
	return k.Next.VerifierKey(), nil
}

// replaced writes a file of secrets in place of the one there is, whole or not at all.
func replaced(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // readable by its owner alone
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return synced(filepath.Dir(path))
}

// synced makes the names in a folder outlive a power cut.
func synced(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// tryOut signs with a development authority.
func tryOut(k *seal.Keys, dir string, now func() time.Time) error {
	text, err := kept(filepath.Join(dir, "development.pem"), func() ([]byte, error) {
		d, err := pki.NewDevelopment(rand.Reader, now())
		if err != nil {
			return nil, err
		}
		return d.Save(now())
	})
	if err != nil {
		return err
	}
	d, err := pki.LoadDevelopment(rand.Reader, text)
	if err != nil {
		return fmt.Errorf("keys: development.pem: %w", err)
	}
	k.Development = true
	k.Roots = d.Roots()
	k.Evidence = d.Evidence
	k.Stamp = (&stamp.Authority{Identity: d.Stamping(), Policy: pki.DevelopmentPolicy, Now: now, Rand: rand.Reader}).Stamp
	k.Signer = (&trial{of: d, has: map[auth.Office]pki.Identity{}}).signer
	return nil
}

// trial gives every office a certificate of the development authority when it first
// signs.
type trial struct {
	mu  sync.Mutex
	of  *pki.Development
	has map[auth.Office]pki.Identity
}

func (t *trial) signer(_ context.Context, o auth.Office, name string, at time.Time) (pki.Identity, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.has[o]; ok && at.Before(id.Leaf().NotAfter) && !at.Before(id.Leaf().NotBefore) {
		return id, nil
	}
	id, err := t.of.Issue(pki.Subject{Name: name, Office: name}, at.Add(-time.Minute), at.AddDate(1, 0, 0))
	if err == nil {
		t.has[o] = id
	}
	return id, err
}

// roots writes what a checker outside has to trust: congminh verify --roots takes it.
func roots(path string, k seal.Keys) error {
	var b bytes.Buffer
	for _, key := range []*tree.Key{k.Log, k.Next} {
		if key != nil {
			fmt.Fprintln(&b, key.VerifierKey())
		}
	}
	for _, c := range k.Roots {
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// kept reads a file of secrets, made the first time. It is durable before it is used.
func kept(path string, make func() ([]byte, error)) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if b, err = make(); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return b, synced(filepath.Dir(path))
}

// JournalWhole is the Proof that the journal of a restored database is whole: every line
// against the tree, and the tree against the last head that was signed.
func JournalWhole(ctx context.Context, d *db.DB) error {
	s := seal.NewService(d, time.Now)
	var then seal.Tree
	switch h, err := s.Last(ctx); {
	case errors.Is(err, seal.ErrNoHead):
	case err != nil:
		return err
	default:
		if then, err = s.TreeAt(ctx, h.Size); err != nil {
			return err
		}
		if base64.StdEncoding.EncodeToString(then.Root[:]) != h.Root {
			return fmt.Errorf("nhật ký không còn khớp với đầu đã ký lúc có %d dòng · the journal does not match the head signed at %d lines", h.Size, h.Size)
		}
	}
	found, _, err := s.Check(ctx, then)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("nhật ký có %d chỗ sai, đầu tiên ở dòng %d: %s", len(found), found[0].N, found[0].What)
	}
	return err
}
