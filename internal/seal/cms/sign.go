package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"

	"congminh/internal/seal/pki"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Draft is a message before it is signed.
type Draft struct {
	Signer  pki.Identity
	Digest  []byte                // SHA-256 of a content that travels apart
	Type    asn1.ObjectIdentifier // of Content; Data if it travels apart
	Content []byte                // a content that travels inside; Digest is not used then
	Bare    bool                  // leave the certificates out (RFC 3161, 2.4.1: certReq false)

	// Stamp returns an RFC 3161 token over the SHA-256 of the signature, which makes
	// CAdES-T of CAdES-B; nil leaves it out.
	Stamp func(digest []byte) ([]byte, error)
}

// Sign returns the message in DER. The signature has no signing-time attribute: in a
// PDF it is forbidden (ETSI EN 319 142-1, 6.3), elsewhere the token says it better.
func Sign(rand io.Reader, d Draft) ([]byte, error) {
	leaf := d.Signer.Leaf()
	if leaf == nil || d.Signer.Key == nil {
		return nil, errors.New("cms: the signer has no key or no certificate")
	}
	if d.Content != nil {
		sum := sha256.Sum256(d.Content)
		d.Digest = sum[:]
	} else {
		d.Type = Data
	}
	if len(d.Digest) != sha256.Size {
		return nil, fmt.Errorf("cms: a digest of %d bytes is not SHA-256", len(d.Digest))
	}
	attrs, err := signedAttributes(d, leaf)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(wrap(tag.SET, attrs))
	signature, err := d.Signer.Key.Sign(rand, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("cms: signing as %s: %w", leaf.Subject, err)
	}
	var token []byte
	if d.Stamp != nil {
		sum := sha256.Sum256(signature)
		if token, err = d.Stamp(sum[:]); err != nil {
			return nil, fmt.Errorf("cms: timestamp: %w", err)
		}
	}
	return message(d, leaf, attrs, signature, token)
}

// signedAttributes is the inside of the SET, in the order of DER (RFC 5652, 5.4).
func signedAttributes(d Draft, leaf *x509.Certificate) ([]byte, error) {
	sum := sha256.Sum256(leaf.Raw)
	list := [][]byte{
		attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(d.Type) }),
		attribute(oidDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(d.Digest) }),
		// ESSCertIDv2 (RFC 5035, 4) without the algorithm, which is SHA-256 then.
		attribute(oidCertificate, sequence(sequence(sequence(func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(sum[:])
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(tag.Tag(4).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(leaf.RawIssuer) })
				})
				b.AddASN1BigInt(leaf.SerialNumber)
			})
		})))),
	}
	if slices.ContainsFunc(list, func(a []byte) bool { return a == nil }) {
		return nil, errors.New("cms: the content type is no object identifier")
	}
	slices.SortFunc(list, bytes.Compare)
	return bytes.Join(list, nil), nil
}

// attribute returns nil if what it is made of cannot be written.
func attribute(oid asn1.ObjectIdentifier, value cryptobyte.BuilderContinuation) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(tag.SET, value)
	})
	out, err := b.Bytes()
	if err != nil {
		return nil
	}
	return out
}

func sequence(f cryptobyte.BuilderContinuation) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) { b.AddASN1(tag.SEQUENCE, f) }
}

func wrap(t tag.Tag, inside []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(t, func(b *cryptobyte.Builder) { b.AddBytes(inside) })
	return b.BytesOrPanic() // a length is all that is added
}

func message(d Draft, leaf *x509.Certificate, attrs, signature, token []byte) ([]byte, error) {
	algorithm, err := signatureAlgorithm(leaf.PublicKey)
	if err != nil {
		return nil, err
	}
	explicit := tag.Tag(0).ContextSpecific().Constructed()
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(explicit, sequence(func(b *cryptobyte.Builder) {
			b.AddASN1Int64(version(d.Type))
			b.AddASN1(tag.SET, digestAlgorithm)
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(d.Type)
				if d.Content != nil {
					b.AddASN1(explicit, func(b *cryptobyte.Builder) { b.AddASN1OctetString(d.Content) })
				}
			})
			if !d.Bare {
				b.AddASN1(explicit, func(b *cryptobyte.Builder) { addCertificates(b, d.Signer.Chain) })
			}
			b.AddASN1(tag.SET, sequence(func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddBytes(leaf.RawIssuer)
					b.AddASN1BigInt(leaf.SerialNumber)
				})
				digestAlgorithm(b)
				b.AddASN1(explicit, func(b *cryptobyte.Builder) { b.AddBytes(attrs) })
				b.AddBytes(algorithm)
				b.AddASN1OctetString(signature)
				if token != nil {
					b.AddASN1(tag.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
						b.AddBytes(attribute(oidToken, func(b *cryptobyte.Builder) { b.AddBytes(token) }))
					})
				}
			}))
		}))
	})
	return b.Bytes()
}

// version is that of SignedData (RFC 5652, 5.1).
func version(contentType asn1.ObjectIdentifier) int64 {
	if contentType.Equal(Data) {
		return 1
	}
	return 3
}

func digestAlgorithm(b *cryptobyte.Builder) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(algorithms[0].digest) })
}

// addCertificates puts them in the order a SET OF has in DER.
func addCertificates(b *cryptobyte.Builder, chain []*x509.Certificate) {
	sorted := slices.SortedFunc(slices.Values(chain), func(a, b *x509.Certificate) int { return bytes.Compare(a.Raw, b.Raw) })
	for _, c := range sorted {
		b.AddBytes(c.Raw)
	}
}

// signatureAlgorithm is the AlgorithmIdentifier for a key over SHA-256 (RFC 3370,
// 3.2; RFC 5754, 3.3).
func signatureAlgorithm(key any) ([]byte, error) {
	var b cryptobyte.Builder
	switch key.(type) {
	case *rsa.PublicKey:
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidRSA)
			b.AddASN1NULL()
		})
	case *ecdsa.PublicKey:
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidECDSA256) })
	default:
		return nil, fmt.Errorf("cms: keys of type %T do not sign documents: RSA or ECDSA", key)
	}
	return b.Bytes()
}
