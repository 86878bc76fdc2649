package keys

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"

	"congminh/internal/seal/pki"
)

// File is a key in a PKCS#12 file, new (PBES2 with AES) or old (3DES, RC2).
type File struct {
	Path     string
	Password Secret
	Chain    []*x509.Certificate // issuers that are not in the file
}

// Open reads the file. The key then lies in the memory of the program.
func (f File) Open(context.Context) (id pki.Identity, err error) {
	b, err := os.ReadFile(f.Path)
	if err != nil {
		return id, fmt.Errorf("%w: %w", ErrKey, err)
	}
	password, err := f.Password.read()
	if err != nil {
		return id, err
	}
	key, first, others, err := pkcs12.DecodeChain(b, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return id, fmt.Errorf("%s: %w", f.Path, ErrPIN)
	}
	if err != nil {
		return id, fmt.Errorf("%s: %w: %w", f.Path, ErrKey, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return id, fmt.Errorf("%s: a key of type %T does not sign: %w", f.Path, key, ErrKey)
	}
	pool := append(append([]*x509.Certificate{first}, others...), f.Chain...)
	for _, c := range pool { // some programs put the issuers first
		if id = (pki.Identity{Key: signer, Chain: ordered(c, pool)}); id.Check() == nil {
			return id, signs(c)
		}
	}
	return pki.Identity{}, fmt.Errorf("%s holds no certificate of its key: %w", f.Path, ErrKey)
}
