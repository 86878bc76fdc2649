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
	if k, err = c.journalKey(dir); err != nil {
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

// journalKey opens the key that signs the heads of the journal.
func (c Config) journalKey(dir string) (k seal.Keys, err error) {
	seed, err := kept(filepath.Join(dir, "journal.key"), func() ([]byte, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "CONG MINH JOURNAL KEY", Bytes: key.Seed()}), nil
	})
	if err != nil {
		return k, err
	}
	block, _ := pem.Decode(seed)
	if block == nil || len(block.Bytes) != ed25519.SeedSize {
		return k, errors.New("keys: journal.key is damaged: restore it from its copy; heads signed before are checked with it")
	}
	k.Rand = rand.Reader
	if k.Log, err = tree.NewKey(c.Seal.Origin, ed25519.NewKeyFromSeed(block.Bytes)); err != nil {
		return k, fmt.Errorf("keys: %w", err)
	}
	return k, nil
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
	fmt.Fprintln(&b, k.Log.VerifierKey())
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
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return b, errors.Join(folder.Sync(), folder.Close())
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
