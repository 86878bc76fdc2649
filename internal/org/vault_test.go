package org

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/vault"
)

// The secret of a telephone is never in the database, neither on its way nor kept; one
// that was there before is encrypted at the next start; the key rolls over; without the
// key the code is refused and a recovery code still opens.
func TestSecretsAtRest(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := house(t, d)
		w.person("pao", goodA, "lao-cai-kv3", Prosecutor)
		secret, _, recovery := w.enrol(w.in("pao", goodA))
		rows := func() string {
			a, err := db.All(t.Context(), d, db.Value[string], `SELECT secret FROM org_totp UNION ALL SELECT data FROM org_try`)
			w.must(err)
			return strings.Join(a, "\n")
		}
		if !strings.Contains(rows(), secret) {
			t.Fatal("without a key it is kept as it is")
		}
		key := func(old []byte) ([]byte, *vault.Vault) {
			text, err := vault.Roll(old, rand.Reader, w.clock)
			w.must(err)
			v, err := vault.Parse(text, rand.Reader)
			w.must(err)
			return text, v
		}
		enters := func() {
			t.Helper()
			w.pass(time.Minute)
			if _, err := w.second(w.half("pao", goodA), w.code(secret)); err != nil {
				t.Errorf("the code is refused: %v", err)
			}
		}
		first, v := key(nil)
		w.opt.Vault = v
		enters() // before it is encrypted
		w.must(w.Load(t.Context()))
		if strings.Contains(rows(), secret) {
			t.Error("not encrypted at the start")
		}
		enters()

		w.pass(time.Hour)
		second, next := key(first)
		w.opt.Vault = next
		enters()
		w.must(w.Load(t.Context()))
		sealed, err := db.One(t.Context(), d, db.Value[string], `SELECT secret FROM org_totp`)
		w.must(err)
		if !next.Current(sealed) {
			t.Error("not encrypted with the new key")
		}
		enters()

		w.pass(time.Hour)
		_, other := key(nil) // the file was lost, and a new one made
		w.opt.Vault = other
		w.must(w.Load(t.Context()))
		w.pass(time.Minute)
		if _, err := w.second(w.half("pao", goodA), w.code(secret)); !errors.Is(err, ErrSecret) || !errors.Is(err, vault.ErrKey) {
			t.Errorf("without the key: %v", err)
		}
		if _, err := w.second(w.half("pao", goodA), recovery[0]); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		w.opt.Vault, err = vault.Parse(second, rand.Reader) // the file is back
		w.must(err)
		enters()

		// On its way into a telephone it is encrypted too.
		w.person("lan", goodA, "lao-cai-kv3", Prosecutor)
		e, err := w.BeginTOTP(w.as(w.in("lan", goodA)))
		w.must(err)
		if strings.Contains(rows(), e.Secret) {
			t.Error("a secret that is shown is in the database")
		}
	})
}
