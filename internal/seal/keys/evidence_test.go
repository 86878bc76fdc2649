package keys

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"

	"golang.org/x/crypto/ocsp"
)

// provider is a certificate provider with a web server, as real ones are: not marked
// as one for development.
type provider struct {
	*httptest.Server
	t                 testing.TB
	now               time.Time
	root, issuer, tsa pki.Identity
	serial            int64
	revoked           map[string]time.Time
	answers           func(path string) bool // which of /ocsp, /crl, /issuer, /tsa answer; nil: all
	asked             map[string]*atomic.Int64
	huge              bool // answers have no end
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{t: t, now: start, revoked: map[string]time.Time{}, asked: map[string]*atomic.Int64{}}
	for _, path := range []string{"/ocsp", "/crl", "/issuer", "/root.crl", "/tsa"} {
		p.asked[path] = new(atomic.Int64)
	}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	ca := func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign|x509.KeyUsageDigitalSignature
		c.CRLDistributionPoints = []string{"ldap://la.bo", p.URL + "/root.crl"}
	}
	p.root = p.issue("Gốc", start.AddDate(20, 0, 0), pki.Identity{}, ca)
	p.issuer = p.issue("Cấp chứng thư", start.AddDate(10, 0, 0), p.root, ca)
	p.tsa = p.stamping()
	return p
}

func (p *provider) stamping() pki.Identity {
	return p.issue("Dấu thời gian", start.AddDate(5, 0, 0), p.issuer, func(c *x509.Certificate) {
		usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			p.t.Fatal(err)
		}
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}
	})
}

func (p *provider) issue(name string, until time.Time, by pki.Identity, edit func(*x509.Certificate)) pki.Identity {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	return pki.Identity{Key: key, Chain: p.certify(key, name, until, by, edit)}
}

func (p *provider) certify(key crypto.Signer, name string, until time.Time, by pki.Identity, edit func(*x509.Certificate)) []*x509.Certificate {
	p.t.Helper()
	p.serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(p.serial), Subject: pkix.Name{CommonName: name}, NotBefore: start.AddDate(-1, 0, 0), NotAfter: until,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		OCSPServer: []string{p.URL + "/ocsp"}, CRLDistributionPoints: []string{p.URL + "/crl"}, IssuingCertificateURL: []string{p.URL + "/issuer"},
	}
	if edit != nil {
		edit(c)
		if c.IsCA {
			c.OCSPServer = nil
		}
	}
	parent := c
	if by.Key == nil {
		by.Key = key
	} else {
		parent = by.Leaf()
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by.Key)
	if err != nil {
		p.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	return append([]*x509.Certificate{leaf}, by.Chain...)
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	if n := p.asked[r.URL.Path]; n != nil {
		n.Add(1)
	}
	if p.answers != nil && !p.answers(r.URL.Path) {
		http.Error(w, "bảo trì", http.StatusServiceUnavailable)
		return
	}
	if p.huge {
		for range 40 << 10 {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
		return
	}
	var out []byte
	var err error
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/ocsp":
		q, bad := ocsp.ParseRequest(body)
		if bad != nil {
			http.Error(w, bad.Error(), http.StatusBadRequest)
			return
		}
		a := ocsp.Response{SerialNumber: q.SerialNumber, Status: ocsp.Good, ThisUpdate: p.now, NextUpdate: p.now.AddDate(0, 0, 1)}
		if at, ok := p.revoked[q.SerialNumber.String()]; ok {
			a.Status, a.RevokedAt, a.RevocationReason = ocsp.Revoked, at, ocsp.KeyCompromise
		}
		out, err = ocsp.CreateResponse(p.issuer.Leaf(), p.issuer.Leaf(), a, p.issuer.Key)
	case "/crl", "/root.crl":
		by := p.issuer
		if r.URL.Path == "/root.crl" {
			by = p.root
		}
		l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: p.now, NextUpdate: p.now.AddDate(0, 0, 7)}
		for s, at := range p.revoked {
			n, _ := new(big.Int).SetString(s, 10)
			l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: at, ReasonCode: ocsp.KeyCompromise})
		}
		out, err = x509.CreateRevocationList(rand.Reader, l, by.Leaf(), by.Key)
	case "/issuer":
		out = p.issuer.Leaf().Raw
	case "/tsa":
		a := &stamp.Authority{Identity: p.tsa, Policy: asn1.ObjectIdentifier{1, 2, 3}, Now: func() time.Time { return p.now }, Rand: rand.Reader}
		out = a.Respond(body)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		p.t.Error(err)
	}
	_, _ = w.Write(out)
}

func (p *provider) issuers() *Issuers {
	return &Issuers{Client: p.Client(), Roots: p.root.Chain, Now: func() time.Time { return p.now }}
}

func (p *provider) timestamps() *Timestamps {
	return &Timestamps{Ask: stamp.Remote(p.Client(), p.URL+"/tsa", rand.Reader), Now: func() time.Time { return p.now }}
}

func (p *provider) count(path string) int64 { return p.asked[path].Load() }

// With nothing but addresses in certificates a seal is proven for long.
func TestEvidence(t *testing.T) {
	p := newProvider(t)
	agency := p.issue("Viện kiểm sát nhân dân khu vực 3", start.AddDate(2, 0, 0), p.issuer, nil)
	i, ts := p.issuers(), p.timestamps()
	alone := agency.Chain[:1:1] // the issuer is fetched
	for _, only := range []string{"/ocsp", "/crl"} {
		p.answers = func(path string) bool {
			return path == only || path == "/issuer" || path == "/root.crl" || path == "/tsa"
		}
		chains, err := ts.Chains(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		i := p.issuers()
		e, err := i.Evidence(context.Background(), p.now, append(chains, alone)...)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Certificates) != 4 {
			t.Errorf("%s: %d certificates", only, len(e.Certificates))
		}
		out, err := pades.Sign(context.Background(), scan(t), pades.Options{Signer: pki.Identity{Key: agency.Key, Chain: alone}, Stamp: ts.Stamp, Evidence: e, Now: p.now, Rand: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := pades.Verify(out, p.root.Chain, p.now.AddDate(0, 0, 30)); err != nil || !r.Proven() || r.Seals[0].Level != "B-LT" {
			t.Errorf("%s: %+v, %v", only, r, err)
		}
	}
	p.answers = nil
	if _, err := i.Evidence(context.Background(), start, p.issuerOf(t).Chain); err == nil {
		t.Error("a stranger's root is trusted")
	} else {
		is(t, err, ErrUntrusted)
	}
	_, err := i.Evidence(context.Background(), start.AddDate(3, 0, 0), agency.Chain)
	is(t, err, ErrEnded)
}

// issuerOf is an agency of another provider.
func (p *provider) issuerOf(t testing.TB) pki.Identity {
	o := newProvider(t)
	return o.issue("Người lạ", start.AddDate(1, 0, 0), o.issuer, nil)
}

// Answers are kept: they spare questions, and help where an issuer is down, until they
// are too old.
func TestKept(t *testing.T) {
	p := newProvider(t)
	agency := p.issue("Viện kiểm sát nhân dân khu vực 3", start.AddDate(2, 0, 0), p.issuer, nil)
	i := p.issuers()
	ask := func() error {
		_, err := i.Evidence(context.Background(), p.now, agency.Chain)
		return err
	}
	down := func(string) bool { return false }
	for _, step := range []struct {
		after   time.Duration
		answers func(string) bool
		asked   int64
		ok      bool
	}{
		{0, nil, 1, true},
		{fresh - time.Second, nil, 1, true},
		{time.Second, nil, 2, true},
		{20 * time.Hour, down, 3, true}, // kept, and not over
		{5 * time.Hour, down, 4, false}, // over
		{0, nil, 5, true},
	} {
		p.now, p.answers = p.now.Add(step.after), step.answers
		if err := ask(); (err == nil) != step.ok || p.count("/ocsp") != step.asked {
			t.Errorf("%s: %v, asked %d times, want %d", p.now, err, p.count("/ocsp"), step.asked)
		} else if err != nil {
			is(t, err, ErrUnknown)
		}
	}
}

// Nobody signs with what was taken back; the day before it was still good.
func TestRevokedAtSigning(t *testing.T) {
	for _, only := range []string{"/ocsp", "/crl"} {
		p := newProvider(t)
		p.answers = func(path string) bool { return path == only || path == "/root.crl" }
		agency := p.issue("Viện kiểm sát nhân dân khu vực 3", start.AddDate(2, 0, 0), p.issuer, nil)
		i := p.issuers()
		if _, err := i.Evidence(context.Background(), p.now, agency.Chain); err != nil {
			t.Fatal(err)
		}
		p.revoked[agency.Leaf().SerialNumber.String()] = p.now.Add(time.Hour)
		p.now = p.now.Add(2 * time.Hour)
		_, err := i.Evidence(context.Background(), p.now, agency.Chain)
		is(t, err, ErrRevoked)
		if err != nil && !strings.Contains(err.Error(), "khu vực 3") {
			t.Errorf("it does not say which: %v", err)
		}
	}
}

// Answers without end, or signed by another, are no answers.
func TestHostileAnswers(t *testing.T) {
	p := newProvider(t)
	agency := p.issue("Viện kiểm sát nhân dân khu vực 3", start.AddDate(2, 0, 0), p.issuer, nil)
	p.huge = true
	_, err := p.issuers().Evidence(context.Background(), p.now, agency.Chain)
	is(t, err, ErrUnknown)
	if err != nil && !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
	p.huge = false
	p.issuer = newProvider(t).issuer
	_, err = p.issuers().Evidence(context.Background(), p.now, agency.Chain)
	is(t, err, ErrUnknown)
}

// The authority's certificates are known before a token is needed; a change of them,
// a wrong clock and a trial authority are noticed.
func TestTimestamps(t *testing.T) {
	p := newProvider(t)
	ts := p.timestamps()
	digest := make([]byte, 32)
	if _, err := ts.Stamp(context.Background(), digest); err != nil {
		t.Fatal(err)
	}
	p.tsa = p.stamping()
	_, err := ts.Stamp(context.Background(), digest)
	is(t, err, ErrNewStamp)
	if _, err := ts.Stamp(context.Background(), digest); err != nil {
		t.Error(err)
	}
	chains, err := ts.Chains(context.Background())
	if err != nil || len(chains) != 2 || !slices.ContainsFunc(chains, func(c []*x509.Certificate) bool { return c[0].Equal(p.tsa.Leaf()) }) {
		t.Errorf("%d chains, %v", len(chains), err)
	}
	ts.Now = func() time.Time { return p.now.Add(time.Hour) }
	_, err = ts.Stamp(context.Background(), digest)
	is(t, err, ErrStamp)
	ts = p.timestamps()
	p.tsa = authority(t).Stamping()
	_, err = ts.Chains(context.Background())
	is(t, err, ErrTrial)
	p.answers = func(string) bool { return false }
	_, err = ts.Chains(context.Background())
	is(t, err, ErrStamp)
}
