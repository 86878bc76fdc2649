// Package keys holds the keys a real installation signs with (khóa ký số): in a
// PKCS#12 file, in a token or security module behind PKCS#11, or with a remote
// signing service (CSC API v2). Whichever it is, it is opened as a pki.Identity. The
// package also picks the key of an office by date, and fetches what issuers say about
// certificates.
//
// Sources: RFC 7292 (PKCS#12), PKCS#11 v2.40 (OASIS), Cloud Signature Consortium,
// "Architectures and protocols for remote signature applications" v2.0.0.2.
package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"

	"congminh/internal/kit/fault"
	"congminh/internal/seal/pki"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Refusals of keys. What is wrapped around them says which key and where.
var (
	ErrPIN      = fault.New(fault.Conflict, "keys.pin", "Mã PIN hoặc mật khẩu của khóa ký số không đúng. Máy không tự thử lại để thiết bị không bị khóa: hãy nhờ quản trị sửa tệp mã PIN.")
	ErrLocked   = fault.New(fault.Conflict, "keys.locked", "Thiết bị ký số đã bị khóa, hoặc chỉ còn một lần thử mã PIN. Hãy mở khóa bằng công cụ của nhà cung cấp.")
	ErrToken    = fault.New(fault.Conflict, "keys.token", "Không thấy thiết bị ký số. Hãy kiểm tra thiết bị đã cắm và tên thiết bị trong cấu hình.")
	ErrKey      = fault.New(fault.Conflict, "keys.key", "Không có khóa và chứng thư như cấu hình nêu. Hãy kiểm tra nhãn hoặc mã của khóa.")
	ErrLibrary  = fault.New(fault.Conflict, "keys.library", "Không nạp được thư viện PKCS#11 của thiết bị ký số. Hãy kiểm tra đường dẫn và cài đặt của nhà cung cấp.")
	ErrSigner   = fault.New(fault.Conflict, "keys.signer", "Thiết bị hoặc dịch vụ ký số không trả lời hoặc trả lời sai. Hãy thử lại sau ít phút.")
	ErrRefused  = fault.New(fault.Conflict, "keys.refused", "Dịch vụ ký số từ xa từ chối. Hãy kiểm tra tài khoản và quyền dùng khóa với nhà cung cấp.")
	ErrSettings = fault.New(fault.Invalid, "keys.signers", "Khai báo khóa ký số chưa đúng.")
)

// Driver opens a key. Opening may ask a device or a service, but never signs.
type Driver interface {
	Open(ctx context.Context) (pki.Identity, error)
}

// Secret is where a password or PIN is read from, each time it is needed: a file or an
// environment variable. It never stands in settings or on a command line.
type Secret struct{ File, Env string }

func (s Secret) read() (string, error) {
	switch {
	case s.File != "" && s.Env != "":
		return "", fmt.Errorf("a secret from the file %s or from the environment %s, not from both: %w", s.File, s.Env, ErrSettings)
	case s.Env != "":
		v, ok := os.LookupEnv(s.Env)
		if !ok {
			return "", fmt.Errorf("the environment has no %s: %w", s.Env, ErrSettings)
		}
		return v, nil
	case s.File == "":
		return "", nil
	}
	st, err := os.Stat(s.File)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSettings, err)
	}
	if st.Mode()&0o007 != 0 {
		return "", fmt.Errorf("%s can be read by everybody on this machine: chmod 600: %w", s.File, ErrSettings)
	}
	b, err := os.ReadFile(s.File)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSettings, err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// held is a key that stays where it is. sign returns a signature over a digest; of
// ECDSA either in DER or as r‖s.
type held struct {
	public crypto.PublicKey
	sign   func(digest []byte, hash crypto.Hash) ([]byte, error)
}

func (h held) Public() crypto.PublicKey { return h.public }

// Sign has the digest signed where the key is, and proves the signature before it is
// used.
func (h held) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	hash := o.HashFunc()
	if _, pss := o.(*rsa.PSSOptions); pss || prefixes[hash] == nil || len(digest) != hash.Size() {
		return nil, fmt.Errorf("keys: %d bytes under %v are not signed here: a SHA-2 digest, PKCS #1 v1.5 or ECDSA", len(digest), hash)
	}
	signature, err := h.sign(digest, hash)
	if err != nil {
		return nil, err
	}
	if verify(h.public, digest, hash, signature) == nil {
		return signature, nil
	}
	if _, ok := h.public.(*ecdsa.PublicKey); ok {
		if signature = ecdsaDER(signature); verify(h.public, digest, hash, signature) == nil {
			return signature, nil
		}
	}
	return nil, fmt.Errorf("the signature is not one of the certificate's key: %w", ErrSigner)
}

// verify proves a signature over a digest.
func verify(public crypto.PublicKey, digest []byte, hash crypto.Hash, signature []byte) error {
	switch pub := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(pub, hash, digest, signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(pub, digest, signature) {
			return nil
		}
	}
	return errors.New("keys: not a signature of this key")
}

// ecdsaDER turns r‖s into a SEQUENCE (RFC 3279, 2.2.3).
func ecdsaDER(raw []byte) []byte {
	r, s := new(big.Int).SetBytes(raw[:len(raw)/2]), new(big.Int).SetBytes(raw[len(raw)/2:])
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(r)
		b.AddASN1BigInt(s)
	})
	return b.BytesOrPanic() // two numbers are all that is added
}

// prefixes are what stands before a digest in a DigestInfo (RFC 8017, 9.2, note 1).
var prefixes = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// signs reports a public key that documents are not signed with here.
func signs(c *x509.Certificate) error {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.Size() >= 256 {
			return nil
		}
	case *ecdsa.PublicKey:
		return nil
	}
	return fmt.Errorf("the key of %s is neither RSA of 2048 bits or more nor ECDSA: %w", c.Subject, ErrKey)
}

// ordered is the way from leaf up through pool, as far as it leads.
func ordered(leaf *x509.Certificate, pool []*x509.Certificate) []*x509.Certificate {
	out := []*x509.Certificate{leaf}
	for c := leaf; !bytes.Equal(c.RawIssuer, c.RawSubject); {
		i := slices.IndexFunc(pool, func(p *x509.Certificate) bool {
			return bytes.Equal(p.RawSubject, c.RawIssuer) && !slices.ContainsFunc(out, p.Equal) && c.CheckSignatureFrom(p) == nil
		})
		if i < 0 {
			break
		}
		c = pool[i]
		out = append(out, c)
	}
	return out
}

// ReadCertificates reads files of certificates in PEM, or of one in DER.
func ReadCertificates(paths ...string) (out []*x509.Certificate, err error) {
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSettings, err)
		}
		cs, err := certificates(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", p, ErrSettings, err)
		}
		out = append(out, cs...)
	}
	return out, nil
}

func certificates(b []byte) (out []*x509.Certificate, err error) {
	if len(b) > 0 && b[0] == 0x30 {
		return x509.ParseCertificates(b)
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no certificate")
	}
	return out, nil
}
