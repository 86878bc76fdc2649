package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// What a message can fail at.
var (
	ErrMalformed = errors.New("cms: not a SignedData with one signer in DER")
	ErrDigest    = errors.New("cms: the content is not what was signed")
	ErrSignature = errors.New("cms: the signature is not the signer's")
	ErrBinding   = errors.New("cms: the signature does not name its certificate (signing-certificate-v2)")
)

// Message is a SignedData with one signer.
type Message struct {
	Type         asn1.ObjectIdentifier
	Content      []byte // nil if it travels apart
	Signer       *x509.Certificate
	Certificates []*x509.Certificate // all it carries
	Hash         crypto.Hash         // of the content and of the attributes
	Signature    []byte
	Token        []byte // RFC 3161 over Signature, or nil

	signed    []byte // the attributes, as an implicit [0]
	algorithm asn1.ObjectIdentifier
	digest    []byte
	bound     []byte // hash of the certificate the signature names
	boundBy   crypto.Hash
}

var (
	zero = tag.Tag(0).ContextSpecific().Constructed()
	one  = tag.Tag(1).ContextSpecific().Constructed()
)

// Parse reads a message and proves nothing. Nothing may follow it. Extra are
// certificates the signer may be found in when the message carries none.
func Parse(der []byte, extra ...*x509.Certificate) (*Message, error) {
	var info, data cryptobyte.String
	var kind asn1.ObjectIdentifier
	in := cryptobyte.String(der)
	if !in.ReadASN1(&info, tag.SEQUENCE) || !in.Empty() || !info.ReadASN1ObjectIdentifier(&kind) || !kind.Equal(oidSignedData) ||
		!info.ReadASN1(&data, zero) || !info.Empty() || !data.ReadASN1(&info, tag.SEQUENCE) || !data.Empty() {
		return nil, ErrMalformed
	}
	m := &Message{}
	signer, err := m.readData(info)
	if err != nil {
		return nil, err
	}
	return m, m.readSigner(signer, append(m.Certificates, extra...))
}

// readData reads SignedData (RFC 5652, 5.1) and returns its SignerInfo.
func (m *Message) readData(in cryptobyte.String) (signer cryptobyte.String, err error) {
	var v int64
	var digests, content, certs, lists, signers cryptobyte.String
	var has bool
	if !in.ReadASN1Integer(&v) || !in.ReadASN1(&digests, tag.SET) || !in.ReadASN1(&content, tag.SEQUENCE) ||
		!in.ReadOptionalASN1(&certs, &has, zero) || !in.ReadOptionalASN1(&lists, &has, one) || !in.ReadASN1(&signers, tag.SET) || !in.Empty() || !revocation(lists) {
		return nil, ErrMalformed
	}
	if !readHash(&digests, &m.Hash) || !digests.Empty() || !m.readContent(content) {
		return nil, ErrMalformed
	}
	if v != version(m.Type) {
		return nil, fmt.Errorf("%w: version %d", ErrMalformed, v)
	}
	if m.Certificates, err = x509.ParseCertificates(certs); err != nil {
		return nil, fmt.Errorf("%w: certificates: %w", ErrMalformed, err)
	}
	if !signers.ReadASN1(&signer, tag.SEQUENCE) || !signers.Empty() {
		return nil, ErrMalformed
	}
	return signer, nil
}

// revocation reports whether the field crls (RFC 5652, 10.2.1) holds such. They are
// not used; but certificates passed off as lists must not go unseen.
func revocation(in cryptobyte.String) bool {
	for !in.Empty() {
		var one cryptobyte.String
		var kind tag.Tag
		if !in.ReadAnyASN1Element(&one, &kind) {
			return false
		}
		if kind == tag.SEQUENCE {
			if _, err := x509.ParseRevocationList(one); err != nil {
				return false
			}
		}
	}
	return true
}

func (m *Message) readContent(in cryptobyte.String) bool {
	var outer, inner cryptobyte.String
	var has bool
	if !in.ReadASN1ObjectIdentifier(&m.Type) || !in.ReadOptionalASN1(&outer, &has, zero) || !in.Empty() {
		return false
	}
	if has {
		if !outer.ReadASN1(&inner, tag.OCTET_STRING) || !outer.Empty() {
			return false
		}
		m.Content = append([]byte{}, inner...)
	}
	return true
}

// readSigner reads SignerInfo (RFC 5652, 5.3).
func (m *Message) readSigner(in cryptobyte.String, among []*x509.Certificate) error {
	var v int64
	var id, issuer, signed, algorithm, signature, unsigned cryptobyte.String
	var serial big.Int
	var hash crypto.Hash
	var has bool
	if !in.ReadASN1Integer(&v) || v != 1 || !in.ReadASN1(&id, tag.SEQUENCE) || !id.ReadASN1Element(&issuer, tag.SEQUENCE) ||
		!id.ReadASN1Integer(&serial) || !id.Empty() || !readHash(&in, &hash) || hash != m.Hash ||
		!in.ReadASN1(&signed, zero) || !in.ReadASN1(&algorithm, tag.SEQUENCE) || !in.ReadASN1(&signature, tag.OCTET_STRING) ||
		!in.ReadOptionalASN1(&unsigned, &has, one) || !in.Empty() || !algorithm.ReadASN1ObjectIdentifier(&m.algorithm) {
		return ErrMalformed
	}
	// RFC 3370, 3.2 and RFC 5754, 3: NULL or nothing; parameters of PSS are asked of the key.
	if !m.algorithm.Equal(oidPSS) && !emptyParameters(algorithm) {
		return ErrMalformed
	}
	for _, c := range among {
		if bytes.Equal(c.RawIssuer, issuer) && c.SerialNumber.Cmp(&serial) == 0 {
			m.Signer = c
			break
		}
	}
	if m.Signer == nil {
		return fmt.Errorf("%w: the signer's certificate, number %x, is not carried", ErrMalformed, &serial)
	}
	m.Signature, m.signed = signature, signed
	return errors.Join(m.readAttributes(signed), m.readToken(unsigned))
}

// readHash reads an AlgorithmIdentifier of a digest.
func readHash(in *cryptobyte.String, h *crypto.Hash) bool {
	var id cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !in.ReadASN1(&id, tag.SEQUENCE) || !id.ReadASN1ObjectIdentifier(&oid) || !emptyParameters(id) {
		return false
	}
	*h = Hash(oid)
	return *h != 0
}

func emptyParameters(in cryptobyte.String) bool {
	var null cryptobyte.String
	return in.Empty() || in.ReadASN1(&null, tag.NULL) && null.Empty() && in.Empty()
}

// attributes calls f with each attribute and the inside of its set.
func attributes(in cryptobyte.String, f func(oid asn1.ObjectIdentifier, values cryptobyte.String) bool) bool {
	for !in.Empty() {
		var a, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !in.ReadASN1(&a, tag.SEQUENCE) || !a.ReadASN1ObjectIdentifier(&oid) || !a.ReadASN1(&values, tag.SET) || !a.Empty() || !f(oid, values) {
			return false
		}
	}
	return true
}

func (m *Message) readAttributes(in cryptobyte.String) error {
	var kind asn1.ObjectIdentifier
	ok := attributes(in, func(oid asn1.ObjectIdentifier, v cryptobyte.String) bool {
		switch {
		case oid.Equal(oidContentType):
			return kind == nil && v.ReadASN1ObjectIdentifier(&kind) && v.Empty()
		case oid.Equal(oidDigest):
			return m.digest == nil && v.ReadASN1Bytes(&m.digest, tag.OCTET_STRING) && v.Empty()
		case oid.Equal(oidCertificate):
			return m.bound == nil && m.readBinding(v)
		}
		return true
	})
	if !ok || !kind.Equal(m.Type) {
		return fmt.Errorf("%w: signed attributes", ErrMalformed)
	}
	return nil
}

// readBinding reads the first ESSCertIDv2 of SigningCertificateV2 (RFC 5035, 3 and 4).
func (m *Message) readBinding(in cryptobyte.String) bool {
	var outer, list, id cryptobyte.String
	m.boundBy = crypto.SHA256
	if !in.ReadASN1(&outer, tag.SEQUENCE) || !outer.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1(&id, tag.SEQUENCE) {
		return false
	}
	if id.PeekASN1Tag(tag.SEQUENCE) && !readHash(&id, &m.boundBy) {
		return false
	}
	return id.ReadASN1Bytes(&m.bound, tag.OCTET_STRING)
}

func (m *Message) readToken(in cryptobyte.String) error {
	ok := attributes(in, func(oid asn1.ObjectIdentifier, v cryptobyte.String) bool {
		if !oid.Equal(oidToken) {
			return true
		}
		var token cryptobyte.String
		if m.Token != nil || !v.ReadASN1Element(&token, tag.SEQUENCE) || !v.Empty() {
			return false
		}
		m.Token = token
		return true
	})
	if !ok {
		return fmt.Errorf("%w: unsigned attributes", ErrMalformed)
	}
	return nil
}

// Check proves that the signer signed a content with this digest, made with m.Hash.
// A content that travels inside is checked whatever digest says.
func (m *Message) Check(digest []byte) error {
	if m.Content != nil {
		h := m.Hash.New()
		h.Write(m.Content)
		digest = h.Sum(nil)
	}
	if m.digest == nil || !bytes.Equal(digest, m.digest) {
		return ErrDigest
	}
	if m.bound == nil {
		return ErrBinding
	}
	h := m.boundBy.New()
	h.Write(m.Signer.Raw)
	if !bytes.Equal(h.Sum(nil), m.bound) {
		return ErrBinding
	}
	h = m.Hash.New()
	h.Write(wrap(tag.SET, m.signed))
	return m.checkSignature(h.Sum(nil))
}

func (m *Message) checkSignature(sum []byte) error {
	var named algorithm
	for _, a := range algorithms {
		if a.hash == m.Hash {
			named = a
		}
	}
	var ok bool
	switch key := m.Signer.PublicKey.(type) {
	case *rsa.PublicKey:
		switch {
		case m.algorithm.Equal(oidRSA) || m.algorithm.Equal(named.rsa):
			ok = rsa.VerifyPKCS1v15(key, m.Hash, sum, m.Signature) == nil
		case m.algorithm.Equal(oidPSS):
			ok = rsa.VerifyPSS(key, m.Hash, sum, m.Signature, nil) == nil
		}
	case *ecdsa.PublicKey:
		ok = m.algorithm.Equal(named.ecdsa) && ecdsa.VerifyASN1(key, sum, m.Signature)
	}
	if !ok {
		return fmt.Errorf("%w: %s", ErrSignature, m.Signer.Subject)
	}
	return nil
}
