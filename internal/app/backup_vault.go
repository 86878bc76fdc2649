package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"congminh/internal/kit/vault"
)

// rollAfter is how old the key of secrets becomes before the next start makes a new one.
const rollAfter = 365 * 24 * time.Hour

func (c Config) vaultPath() string { return filepath.Join(c.Data, "keys", "secrets.key") }

// vault opens the key that secrets in the database are encrypted with; it is made at the
// first start, and rolled over when it is a year old. Old keys stay in the file: older
// backups need them.
func (c Config) vault(now func() time.Time) (*vault.Vault, error) {
	if err := os.MkdirAll(filepath.Dir(c.vaultPath()), 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	text, err := kept(c.vaultPath(), func() ([]byte, error) { return vault.Roll(nil, rand.Reader, now()) })
	if err != nil {
		return nil, err
	}
	v, err := vault.Parse(text, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.vaultPath(), err)
	}
	if now().Sub(v.Since()) < rollAfter {
		return v, nil
	}
	if err := RollSecrets(c, now()); err != nil {
		return nil, err
	}
	if text, err = os.ReadFile(c.vaultPath()); err != nil {
		return nil, err
	}
	return vault.Parse(text, rand.Reader)
}

// RollSecrets puts a new key before the others: at the next start secrets are encrypted
// anew with it.
func RollSecrets(c Config, now time.Time) (err error) {
	path := c.fill().vaultPath()
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	text, err := vault.Roll(old, rand.Reader, now)
	if err != nil {
		return err
	}
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
