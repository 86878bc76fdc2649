package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// What a certificate can fail at. The text around them names the certificate.
var (
	ErrPath    = errors.New("pki: no path to a trusted root at that time")
	ErrUnknown = errors.New("pki: nothing tells whether the certificate was revoked at that time")
)

// Revoked is the refusal of a certificate that its issuer took back.
type Revoked struct {
	Certificate *x509.Certificate
	At          time.Time
	Reason      int // CRLReason (RFC 5280, 5.3.1)
}

func (r *Revoked) Error() string {
	return fmt.Sprintf("pki: %s was revoked at %s, reason %d", r.Certificate.Subject, r.At.UTC().Format(time.RFC3339), r.Reason)
}

// Compromised reports whether the reason leaves in doubt what was signed before:
// the key may have been in other hands, or no reason is given.
func (r *Revoked) Compromised() bool {
	return r.Reason == ocsp.Unspecified || r.Reason == ocsp.KeyCompromise || r.Reason == ocsp.CACompromise || r.Reason == ocsp.AACompromise
}

// Evidence is what issuers say about their certificates, as they signed it: DER of
// OCSP responses (RFC 6960) and CRLs (RFC 5280, 5), and certificates that are
// needed on the way.
type Evidence struct {
	Certificates []*x509.Certificate
	OCSPs, CRLs  [][]byte
}

// Add returns e with all of more.
func (e Evidence) Add(more Evidence) Evidence {
	return Evidence{slices.Concat(e.Certificates, more.Certificates), slices.Concat(e.OCSPs, more.OCSPs), slices.Concat(e.CRLs, more.CRLs)}
}

// Verify proves that the first certificate of chain led to a root at a time, and
// that no certificate of the path was revoked by then.
func Verify(chain, roots []*x509.Certificate, at time.Time, e Evidence) error {
	path, err := Path(chain, roots, at, e, x509.ExtKeyUsageAny)
	if err != nil {
		return err
	}
	return e.Check(path, at)
}

// Path finds the way from the first certificate of chain to a root, all valid at a
// time (RFC 5280, 6). The others of chain and of e may help, in any order.
func Path(chain, roots []*x509.Certificate, at time.Time, e Evidence, usage x509.ExtKeyUsage) ([]*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, fmt.Errorf("%w: no certificate", ErrPath)
	}
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{usage}}
	for _, c := range roots {
		o.Roots.AddCert(c)
	}
	for _, c := range slices.Concat(chain[1:], e.Certificates) {
		o.Intermediates.AddCert(c)
	}
	paths, err := chain[0].Verify(o)
	if err != nil {
		return nil, fmt.Errorf("%w: %s at %s: %w", ErrPath, chain[0].Subject, at.UTC().Format(time.RFC3339), err)
	}
	return paths[0], nil
}

// Check asks of every certificate of a path but the root whether it had been revoked
// at a time. A revocation that is known is returned before anything that is not.
func (e Evidence) Check(path []*x509.Certificate, at time.Time) error {
	var unknown error
	for i := range len(path) - 1 {
		err := e.check(path[i], path[i+1], at)
		if r, ok := errors.AsType[*Revoked](err); ok {
			return r
		}
		unknown = errors.Join(unknown, err)
	}
	return unknown
}

func (e Evidence) check(cert, issuer *x509.Certificate, at time.Time) error {
	known := false
	var revoked *Revoked
	for s := range e.statements(cert, issuer) {
		if s.revoked != nil && !s.revoked.At.After(at) {
			if revoked == nil || s.revoked.At.Before(revoked.At) {
				revoked = s.revoked
			}
		}
		known = known || s.covers(at)
	}
	switch {
	case revoked != nil:
		return revoked
	case !known:
		return fmt.Errorf("%w: %s at %s", ErrUnknown, cert.Subject, at.UTC().Format(time.RFC3339))
	}
	return nil
}

// Revocation returns the earliest revocation of a certificate of the path that the
// evidence knows, whenever it was, or nil.
func (e Evidence) Revocation(path []*x509.Certificate) (first *Revoked) {
	for i := range len(path) - 1 {
		for s := range e.statements(path[i], path[i+1]) {
			if s.revoked != nil && (first == nil || s.revoked.At.Before(first.At)) {
				first = s.revoked
			}
		}
	}
	return first
}

// statement is what one OCSP response or CRL says about one certificate.
type statement struct {
	from, until time.Time // it speaks for this span; a zero until has no end
	revoked     *Revoked
}

// covers reports whether the statement tells of the state at a time: it was fresh
// then, or was made later (what was not revoked later was not revoked before).
func (s statement) covers(at time.Time) bool {
	return s.from.After(at) || s.until.IsZero() || !s.until.Before(at)
}

// statements yields what is signed by the issuer, or by whom it delegated, and is
// about cert. What is not is passed over: it says nothing.
func (e Evidence) statements(cert, issuer *x509.Certificate) func(func(statement) bool) {
	return func(yield func(statement) bool) {
		for _, der := range e.OCSPs {
			if s, ok := readOCSP(der, cert, issuer); ok && !yield(s) {
				return
			}
		}
		for _, der := range e.CRLs {
			if s, ok := readCRL(der, cert, issuer); ok && !yield(s) {
				return
			}
		}
	}
}

func readOCSP(der []byte, cert, issuer *x509.Certificate) (statement, bool) {
	r, err := ocsp.ParseResponseForCert(der, cert, issuer) // checks who signed
	if err != nil || r.SerialNumber.Cmp(cert.SerialNumber) != 0 || r.Status == ocsp.Unknown {
		return statement{}, false
	}
	// RFC 6960, 4.2.2.2: only whom the issuer named for it may answer in its place.
	if c := r.Certificate; c != nil && !c.Equal(issuer) &&
		(!slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || r.ProducedAt.Before(c.NotBefore) || r.ProducedAt.After(c.NotAfter)) {
		return statement{}, false
	}
	s := statement{from: r.ThisUpdate, until: r.NextUpdate}
	if s.until.IsZero() { // newer is always to be had: it speaks for its moment
		s.until = s.from
	}
	if r.Status == ocsp.Revoked {
		s.revoked = &Revoked{cert, r.RevokedAt, r.RevocationReason}
	}
	return s, true
}

func readCRL(der []byte, cert, issuer *x509.Certificate) (statement, bool) {
	l, err := x509.ParseRevocationList(der)
	if err != nil || l.CheckSignatureFrom(issuer) != nil || string(l.RawIssuer) != string(cert.RawIssuer) {
		return statement{}, false
	}
	s := statement{from: l.ThisUpdate, until: l.NextUpdate}
	for _, r := range l.RevokedCertificateEntries {
		if r.SerialNumber.Cmp(cert.SerialNumber) == 0 {
			s.revoked = &Revoked{cert, r.RevocationTime, r.ReasonCode}
		}
	}
	return s, true
}

// Stray returns a certificate among those carried that is not of the path and leads
// to no root either, or nil. A message whose every byte is to be proven has none.
func Stray(carried, path, roots []*x509.Certificate, at time.Time, e Evidence) *x509.Certificate {
	for _, c := range carried {
		if slices.ContainsFunc(path, c.Equal) {
			continue
		}
		if _, err := Path([]*x509.Certificate{c}, roots, at, Evidence{Certificates: slices.Concat(carried, e.Certificates)}, x509.ExtKeyUsageAny); err != nil {
			return c
		}
	}
	return nil
}
