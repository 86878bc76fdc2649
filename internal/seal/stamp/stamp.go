// Package stamp gets, gives and checks timestamps (dấu thời gian) of RFC 3161: the
// word of an authority that some bytes were there at a moment.
package stamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"

	"congminh/internal/seal/cms"
	"congminh/internal/seal/pki"
)

// Stamper returns a TimeStampToken, in DER, over a SHA-256.
type Stamper func(ctx context.Context, digest []byte) (token []byte, err error)

// What a token can fail at.
var (
	ErrToken   = errors.New("stamp: not a timestamp token")
	ErrImprint = errors.New("stamp: the token is over other bytes")
	ErrRefused = errors.New("stamp: the timestamp authority refused")
)

type imprint struct {
	Algorithm struct {
		OID        asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	Digest []byte
}

type request struct { // RFC 3161, 2.4.1
	Version    int
	Imprint    imprint
	Policy     asn1.ObjectIdentifier `asn1:"optional"`
	Nonce      *big.Int              `asn1:"optional"`
	Certs      bool                  `asn1:"optional"`
	Extensions asn1.RawValue         `asn1:"optional,tag:0"`
}

type status struct { // PKIStatusInfo
	Status int
	Text   []asn1.RawValue `asn1:"optional"`
	Fail   asn1.BitString  `asn1:"optional"`
}

type response struct { // RFC 3161, 2.4.2
	Status status
	Token  asn1.RawValue `asn1:"optional"`
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

type tstInfo struct { // RFC 3161, 2.4.2
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    imprint
	Serial     *big.Int
	Time       time.Time     `asn1:"generalized"`
	Accuracy   accuracy      `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	TSA        asn1.RawValue `asn1:"optional,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

var oidSHA256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}

func imprintOf(digest []byte) (i imprint) {
	i.Algorithm.OID, i.Algorithm.Parameters, i.Digest = oidSHA256, asn1.NullRawValue, digest
	return i
}

// Time is what a token says.
type Time struct {
	At        time.Time
	Accuracy  time.Duration // either side; 0 if it does not say
	Policy    asn1.ObjectIdentifier
	Serial    *big.Int
	Authority *x509.Certificate
}

// Check proves that a token was given over digest by an authority that leads to a
// root. At is a moment the token is known to have existed: the present, or the time
// of a later token over it. The authority's certificate must be valid then; whether
// it was revoked is asked of the evidence for the time the token tells, and after
// that only where the key fell into other hands (RFC 3161, 4).
func Check(token, digest []byte, roots []*x509.Certificate, at time.Time, e pki.Evidence) (Time, error) {
	t, m, err := read(token, digest, e.Certificates)
	if err != nil {
		return t, err
	}
	if t.At.Add(-t.Accuracy).After(at) {
		return t, fmt.Errorf("stamp: the token tells %s, after %s: the clock here or there is wrong", utc(t.At), utc(at))
	}
	chain := append([]*x509.Certificate{m.Signer}, m.Certificates...)
	path, err := pki.Path(chain, roots, at, e, x509.ExtKeyUsageTimeStamping)
	if err != nil {
		return t, fmt.Errorf("stamp: the authority of the token: %w", err)
	}
	if !slices.Contains(m.Signer.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) { // RFC 3161, 2.3: none is not any
		return t, fmt.Errorf("%w: %s is no timestamp authority", pki.ErrPath, m.Signer.Subject)
	}
	if t.At.Before(m.Signer.NotBefore) || t.At.After(m.Signer.NotAfter) {
		return t, fmt.Errorf("stamp: the token tells %s, when the certificate of %s was not valid", utc(t.At), m.Signer.Subject)
	}
	if c := pki.Stray(m.Certificates, path, roots, at, e); c != nil {
		return t, fmt.Errorf("%w: it carries %s, which leads to no root", ErrToken, c.Subject)
	}
	if r := e.Revocation(path); r != nil && !r.At.After(at) && (r.Compromised() || !r.At.After(t.At)) {
		return t, r
	}
	return t, e.Check(path, t.At)
}

// Read checks a token's signature and imprint but not whose it is.
func Read(token, digest []byte) (Time, error) {
	t, _, err := read(token, digest, nil)
	return t, err
}

func read(token, digest []byte, extra []*x509.Certificate) (t Time, m *cms.Message, err error) {
	if m, err = cms.Parse(token, extra...); err != nil {
		return t, nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	var info tstInfo
	rest, err := asn1.Unmarshal(m.Content, &info)
	if err != nil || len(rest) > 0 || !m.Type.Equal(cms.TSTInfo) || info.Version != 1 || cms.Hash(info.Imprint.Algorithm.OID) != crypto.SHA256 {
		return t, nil, ErrToken
	}
	t = Time{info.Time, info.Accuracy.duration(), info.Policy, info.Serial, m.Signer}
	if err := m.Check(nil); err != nil {
		return t, nil, err
	}
	if !bytes.Equal(info.Imprint.Digest, digest) {
		return t, nil, ErrImprint
	}
	return t, m, nil
}

func (a accuracy) duration() time.Duration {
	return time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Authority gives timestamps.
type Authority struct {
	Identity pki.Identity
	Policy   asn1.ObjectIdentifier
	Now      func() time.Time
	Rand     io.Reader
}

// Stamp is a Stamper inside the program.
func (a *Authority) Stamp(_ context.Context, digest []byte) ([]byte, error) {
	return a.token(request{Imprint: imprintOf(digest), Certs: true})
}

func (a *Authority) token(r request) ([]byte, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(a.Rand, serial); err != nil {
		return nil, err
	}
	serial[0] &= 0x7f
	info, err := asn1.Marshal(tstInfo{
		Version: 1, Policy: a.Policy, Imprint: r.Imprint, Serial: new(big.Int).SetBytes(serial),
		Time: a.Now().UTC().Truncate(time.Second), Accuracy: accuracy{Seconds: 1}, Nonce: r.Nonce,
	})
	if err != nil {
		return nil, err
	}
	return cms.Sign(a.Rand, cms.Draft{Signer: a.Identity, Type: cms.TSTInfo, Content: info, Bare: !r.Certs})
}

// PKIFailureInfo (RFC 3161, 2.4.2).
const (
	badAlgorithm, badDataFormat, unacceptedPolicy, unacceptedExtension, systemFailure = 0, 5, 15, 16, 25
)

// Respond answers a TimeStampReq; whatever is wrong with it is said in the answer.
func (a *Authority) Respond(req []byte) []byte {
	var r request
	rest, err := asn1.Unmarshal(req, &r)
	switch {
	case err != nil || len(rest) > 0 || r.Version != 1:
		return refusal(badDataFormat)
	case !r.Imprint.Algorithm.OID.Equal(oidSHA256):
		return refusal(badAlgorithm)
	case len(r.Imprint.Digest) != sha256.Size:
		return refusal(badDataFormat)
	case r.Policy != nil && !r.Policy.Equal(a.Policy):
		return refusal(unacceptedPolicy)
	case r.Extensions.FullBytes != nil:
		return refusal(unacceptedExtension)
	}
	token, err := a.token(r)
	if err != nil {
		return refusal(systemFailure)
	}
	out, err := asn1.Marshal(response{Token: asn1.RawValue{FullBytes: token}})
	if err != nil {
		return refusal(systemFailure)
	}
	return out
}

func refusal(failure int) []byte {
	bits := make([]byte, failure/8+1)
	bits[failure/8] = 0x80 >> (failure % 8)
	out, _ := asn1.Marshal(struct{ Status status }{status{Status: 2, Fail: asn1.BitString{Bytes: bits, BitLength: failure + 1}}}) // constants
	return out
}

// answerLimit is more than any token needs, in bytes.
const answerLimit = 1 << 20

// Remote asks an authority over HTTP (RFC 3161, 3.4).
func Remote(client *http.Client, url string, rand io.Reader) Stamper {
	return func(ctx context.Context, digest []byte) ([]byte, error) {
		nonce := make([]byte, 8)
		if _, err := io.ReadFull(rand, nonce); err != nil {
			return nil, err
		}
		r := request{Version: 1, Imprint: imprintOf(digest), Nonce: new(big.Int).SetBytes(nonce), Certs: true}
		body, err := asn1.Marshal(r)
		if err != nil {
			return nil, err
		}
		answer, err := post(ctx, client, url, body)
		if err != nil {
			return nil, fmt.Errorf("stamp: %s: %w", url, err)
		}
		token, err := open(answer, r)
		if err != nil {
			return nil, fmt.Errorf("stamp: %s: %w", url, err)
		}
		return token, nil
	}
}

func post(ctx context.Context, client *http.Client, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP %s", ErrRefused, res.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerLimit+1))
	if len(answer) > answerLimit {
		return nil, fmt.Errorf("%w: an answer of more than %d bytes", ErrToken, answerLimit)
	}
	return answer, err
}

// open takes the token out of an answer to r.
func open(answer []byte, r request) ([]byte, error) {
	var a response
	if rest, err := asn1.Unmarshal(answer, &a); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: the answer is no TimeStampResp", ErrToken)
	}
	if a.Status.Status > 1 || len(a.Token.FullBytes) == 0 {
		return nil, fmt.Errorf("%w: status %d, failure %x", ErrRefused, a.Status.Status, a.Status.Fail.Bytes)
	}
	_, m, err := read(a.Token.FullBytes, r.Imprint.Digest, nil)
	if err != nil {
		return nil, err
	}
	var info tstInfo
	if _, err := asn1.Unmarshal(m.Content, &info); err != nil || info.Nonce == nil || info.Nonce.Cmp(r.Nonce) != 0 {
		return nil, fmt.Errorf("%w: it answers another question (nonce)", ErrToken)
	}
	return a.Token.FullBytes, nil
}
