package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Mark is in the name of every certificate of a development authority.
const Mark = "THU NGHIEM - KHONG CO GIA TRI PHAP LY"

// DevelopmentPolicy is the policy of such certificates and of such timestamps: a
// number below 2.25 (Rec. ITU-T X.667), which needs no registration.
var DevelopmentPolicy = asn1.ObjectIdentifier{2, 25, 1738591206}

// IsDevelopment reports whether a certificate says of itself that it has no legal
// value, by its policy or by its name or its issuer's.
func IsDevelopment(c *x509.Certificate) bool {
	for _, p := range c.Policies {
		if p.String() == DevelopmentPolicy.String() {
			return true
		}
	}
	return strings.Contains(c.Subject.String(), Mark) || strings.Contains(c.Issuer.String(), Mark)
}

const (
	rootYears, issuerYears, serviceYears = 30, 20, 10
	fresh                                = 7 * 24 * time.Hour // how long an OCSP response and a CRL speak for
)

// Development is a whole authority for demonstrations and tests: a root, an issuer,
// an OCSP responder and a timestamp authority. Its keys lie open in a file. It may be
// used by many at once.
type Development struct {
	rand                   io.Reader
	root, issuer, ocsp, ts Identity

	mu      sync.Mutex
	revoked []x509.RevocationListEntry
}

// Subject is whose a certificate is.
type Subject struct {
	Name   string // of the officer, or of the agency for a seal
	Office string
}

// NewDevelopment makes an authority that is valid from now on.
func NewDevelopment(rand io.Reader, now time.Time) (*Development, error) {
	d := &Development{rand: rand}
	for _, step := range []struct {
		to    *Identity
		name  string
		years int
		edit  func(*x509.Certificate)
	}{
		{&d.root, "Goc", rootYears, authority},
		{&d.issuer, "Cap chung thu", issuerYears, authority},
		{&d.ocsp, "OCSP", serviceYears, responder},
		{&d.ts, "Cap dau thoi gian", serviceYears, stamping},
	} {
		var err error
		if *step.to, err = d.generate(Subject{Name: Mark + " - " + step.name}, now, now.AddDate(step.years, 0, 0), step.edit); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

func responder(c *x509.Certificate) {
	c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	// id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1): nobody is asked about the one who answers.
	c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: []byte{5, 0}}}
}

// stamping makes the extended key usage critical, as RFC 3161, 2.3 asks.
func stamping(c *x509.Certificate) {
	c.KeyUsage = x509.KeyUsageDigitalSignature
	value, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value}}
}

// by is who issues the next certificate: nobody the root, the root the issuer.
func (d *Development) by() Identity {
	if d.issuer.Key != nil {
		return d.issuer
	}
	return d.root
}

func (d *Development) generate(s Subject, from, to time.Time, edit func(*x509.Certificate)) (Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), d.rand)
	if err != nil {
		return Identity{}, err
	}
	chain, err := d.issue(key.Public(), s, from, to, key, edit)
	return Identity{key, chain}, err
}

// issue certifies a key. Own signs the root, which nobody issues.
func (d *Development) issue(pub crypto.PublicKey, s Subject, from, to time.Time, own crypto.Signer, edit func(*x509.Certificate)) ([]*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(d.rand, serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and as long for all
	policy, err := x509.ParseOID(DevelopmentPolicy.String())
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), BasicConstraintsValid: true,
		Subject:   pkix.Name{Country: []string{"VN"}, Organization: []string{Mark}, CommonName: s.Name},
		NotBefore: from, NotAfter: to, Policies: []x509.OID{policy},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	if s.Office != "" {
		c.Subject.OrganizationalUnit = []string{s.Office}
	}
	if edit != nil {
		edit(c)
	}
	by, parent := d.by(), c
	if by.Key == nil {
		by.Key = own
	} else {
		parent = by.Leaf()
	}
	der, err := x509.CreateCertificate(d.rand, c, parent, pub, by.Key)
	if err != nil {
		return nil, fmt.Errorf("pki: certificate of %s: %w", s.Name, err)
	}
	leaf, err := x509.ParseCertificate(der)
	return slices.Concat([]*x509.Certificate{leaf}, by.Chain), err
}

// Issue makes a P-256 key and a certificate of an officer or of an agency's seal.
func (d *Development) Issue(s Subject, from, to time.Time) (Identity, error) {
	return d.generate(s, from, to, nil)
}

// Certify makes a certificate for a key that stays where it is.
func (d *Development) Certify(pub crypto.PublicKey, s Subject, from, to time.Time) ([]*x509.Certificate, error) {
	return d.issue(pub, s, from, to, nil, nil)
}

// Stamping returns the identity of the timestamp authority.
func (d *Development) Stamping() Identity { return d.ts }

// NewStamping gives the timestamp authority a new key, and returns its identity.
// Tokens of the old one stay what they are. Nobody else may use d meanwhile.
func (d *Development) NewStamping(from, to time.Time) (Identity, error) {
	id, err := d.generate(Subject{Name: Mark + " - Cap dau thoi gian " + from.UTC().Format("2006")}, from, to, stamping)
	if err == nil {
		d.ts = id
	}
	return id, err
}

// Roots are what has to be trusted for the certificates to be.
func (d *Development) Roots() []*x509.Certificate { return []*x509.Certificate{d.root.Leaf()} }

// Revoke takes a certificate back. Reason is a CRLReason (RFC 5280, 5.3.1).
func (d *Development) Revoke(c *x509.Certificate, at time.Time, reason int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.revoked = append(d.revoked, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: at, ReasonCode: reason})
}

// entry returns the revocation of a certificate as it was known at a time, or nil.
func (d *Development) entry(serial *big.Int, at time.Time) *x509.RevocationListEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, r := range d.revoked {
		if r.SerialNumber.Cmp(serial) == 0 && !r.RevocationTime.After(at) {
			return &d.revoked[i]
		}
	}
	return nil
}

// OCSP is the answer at a time about a certificate of the issuer (RFC 6960).
func (d *Development) OCSP(serial *big.Int, at time.Time) ([]byte, error) {
	r := ocsp.Response{Status: ocsp.Good, SerialNumber: serial, ThisUpdate: at, NextUpdate: at.Add(fresh), Certificate: d.ocsp.Leaf()}
	if e := d.entry(serial, at); e != nil {
		r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, e.RevocationTime, e.ReasonCode
	}
	return ocsp.CreateResponse(d.issuer.Leaf(), d.ocsp.Leaf(), r, d.ocsp.Key)
}

// Respond answers an OCSP request at a time.
func (d *Development) Respond(request []byte, at time.Time) []byte {
	r, err := ocsp.ParseRequest(request)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse
	}
	der, err := d.OCSP(r.SerialNumber, at)
	if err != nil {
		return ocsp.InternalErrorErrorResponse
	}
	return der
}

// CRLs are the lists of the root and of the issuer at a time.
func (d *Development) CRLs(at time.Time) ([][]byte, error) {
	var known []x509.RevocationListEntry
	d.mu.Lock()
	for _, r := range d.revoked {
		if !r.RevocationTime.After(at) {
			known = append(known, r)
		}
	}
	d.mu.Unlock()
	var out [][]byte
	for _, by := range []Identity{d.root, d.issuer} {
		l := &x509.RevocationList{Number: big.NewInt(at.UnixMilli()), ThisUpdate: at, NextUpdate: at.Add(fresh)}
		if by.Leaf() == d.issuer.Leaf() {
			l.RevokedCertificateEntries = known
		}
		der, err := x509.CreateRevocationList(d.rand, l, by.Leaf(), by.Key)
		if err != nil {
			return nil, fmt.Errorf("pki: CRL of %s: %w", by.Leaf().Subject, err)
		}
		out = append(out, der)
	}
	return out, nil
}

// Evidence is what proves at a time that the certificates of ids, and the timestamp
// authority's, were not revoked.
func (d *Development) Evidence(at time.Time, ids ...Identity) (Evidence, error) {
	e := Evidence{}
	for _, id := range append(ids, d.ts) {
		der, err := d.OCSP(id.Leaf().SerialNumber, at)
		if err != nil {
			return e, err
		}
		e.OCSPs = append(e.OCSPs, der)
		for _, c := range id.Chain {
			if !slices.ContainsFunc(e.Certificates, c.Equal) {
				e.Certificates = append(e.Certificates, c)
			}
		}
	}
	var err error
	e.CRLs, err = d.CRLs(at)
	return e, err
}

// Save writes the authority with its keys, and what it has revoked by now, in PEM.
func (d *Development) Save(now time.Time) ([]byte, error) {
	var out []byte
	for _, id := range []Identity{d.root, d.issuer, d.ocsp, d.ts} {
		key, err := x509.MarshalPKCS8PrivateKey(id.Key)
		if err != nil {
			return nil, err
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Leaf().Raw})...)
	}
	lists, err := d.CRLs(now)
	if err != nil {
		return nil, err
	}
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: lists[1]})...), nil
}

// LoadDevelopment reads what Save wrote.
func LoadDevelopment(rand io.Reader, data []byte) (*Development, error) {
	d := &Development{rand: rand}
	ids := []*Identity{&d.root, &d.issuer, &d.ocsp, &d.ts}
	for n := 0; ; {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			if n != len(ids) {
				return nil, fmt.Errorf("pki: the development authority's file has %d of %d certificates: make a new one", n, len(ids))
			}
			return d, d.check()
		}
		var err error
		switch {
		case block.Type == "X509 CRL":
			err = d.loadRevoked(block.Bytes)
		case n == len(ids):
			err = fmt.Errorf("pki: a %s too many in the development authority's file", block.Type)
		case block.Type == "PRIVATE KEY":
			err = ids[n].loadKey(block.Bytes)
		case block.Type == "CERTIFICATE":
			ids[n].Chain, err = d.loadCertificate(block.Bytes)
			n++
		}
		if err != nil {
			return nil, err
		}
	}
}

func (d *Development) check() error {
	for _, id := range []Identity{d.root, d.issuer, d.ocsp, d.ts} {
		if err := id.Check(); err != nil {
			return err
		}
	}
	return nil
}

func (id *Identity) loadKey(der []byte) error {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return err
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return errors.New("pki: a key that does not sign in the development authority's file")
	}
	id.Key = s
	return nil
}

// loadCertificate reads one, and puts those that issued it behind it.
func (d *Development) loadCertificate(der []byte) ([]*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if !IsDevelopment(c) {
		return nil, fmt.Errorf("pki: %s is not of a development authority", c.Subject)
	}
	above := d.issuer.Chain
	if above == nil {
		above = d.root.Chain
	}
	return slices.Concat([]*x509.Certificate{c}, above), nil
}

func (d *Development) loadRevoked(der []byte) error {
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		return err
	}
	d.revoked = l.RevokedCertificateEntries
	return l.CheckSignatureFrom(d.issuer.Leaf())
}
