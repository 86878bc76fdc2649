package pki

import (
	"crypto"
	"crypto/x509"
	"errors"
)

// Identity is who signs: a key, and the certificates that say whose it is. The key
// may be in a file, a token, a module or a service far away: whatever it is, it
// signs a digest.
type Identity struct {
	Key   crypto.Signer
	Chain []*x509.Certificate // the signer's own first, the root last
}

// Leaf is the signer's own certificate, or nil.
func (id Identity) Leaf() *x509.Certificate {
	if len(id.Chain) == 0 {
		return nil
	}
	return id.Chain[0]
}

// Check reports an identity that cannot sign: no key, no certificate, or a key that
// is not the certificate's.
func (id Identity) Check() error {
	if id.Key == nil || id.Leaf() == nil {
		return errors.New("identity: needs a key and its certificate")
	}
	pub, ok := id.Key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(id.Leaf().PublicKey) {
		return errors.New("identity: the key is not that of the certificate of " + id.Leaf().Subject.String())
	}
	return nil
}
