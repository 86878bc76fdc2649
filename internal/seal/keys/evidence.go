package keys

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"congminh/internal/kit/fault"
	"congminh/internal/seal/cms"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"

	"golang.org/x/crypto/ocsp"
)

// Refusals of certificates and timestamps when something is to be signed.
var (
	ErrEnded     = fault.New(fault.Conflict, "keys.ended", "Chứng thư số của đơn vị đã hết hạn hoặc chưa đến ngày hiệu lực. Hãy khai báo chứng thư mới.")
	ErrRevoked   = fault.New(fault.Conflict, "keys.revoked", "Chứng thư số dùng để ký đã bị thu hồi. Không ký được bằng chứng thư này nữa.")
	ErrUnknown   = fault.New(fault.Conflict, "keys.unknown", "Chưa hỏi được chứng thư số còn hiệu lực hay đã bị thu hồi. Hãy thử lại khi máy chủ nối được với nhà cung cấp chứng thư.")
	ErrUntrusted = fault.New(fault.Conflict, "keys.untrusted", "Chứng thư số dùng để ký không dẫn tới chứng thư gốc được tin cậy. Hãy kiểm tra tệp chứng thư gốc.")
	ErrTrial     = fault.New(fault.Conflict, "keys.trial", "Chứng thư thử nghiệm không có giá trị pháp lý, không dùng được trên máy chủ thật.")
	ErrStamp     = fault.New(fault.Conflict, "keys.stamp", "Máy chủ dấu thời gian không trả lời hoặc trả lời sai. Hãy thử lại sau ít phút.")
	ErrNewStamp  = fault.New(fault.Conflict, "keys.new-stamp", "Máy chủ dấu thời gian vừa đổi chứng thư. Hãy ký lại.")
)

// What is taken from others: bytes of an OCSP response or a certificate, bytes of a
// CRL, time of one question.
const (
	answerLimit = 256 << 10
	listLimit   = 16 << 20
	askLimit    = 15 * time.Second
)

// fresh is how long an answer is used without asking again. After that it is used
// until its nextUpdate where the issuer does not answer.
const fresh = time.Hour

// pathLimit is the most issuers that are fetched on the way to a root.
const pathLimit = 4

// Issuers fetches what issuers say about their certificates, from the addresses that
// stand in those: OCSP (RFC 6960), else CRL (RFC 5280, 5), and issuers that are missing
// on the way to a root. It may be used by many at once.
type Issuers struct {
	Client *http.Client
	Roots  []*x509.Certificate
	Now    func() time.Time

	mu   sync.Mutex
	kept map[string]kept
}

// kept is an answer: what it was, when it came, until when it speaks.
type kept struct {
	der        []byte
	got, until time.Time
}

// Evidence returns what proves that the certificates of chains were valid and not
// revoked at a time, which is the present or shortly before; ErrRevoked, ErrUnknown or
// ErrUntrusted if it cannot be proven.
func (i *Issuers) Evidence(ctx context.Context, at time.Time, chains ...[]*x509.Certificate) (e pki.Evidence, err error) {
	for _, chain := range chains {
		path, err := i.Path(ctx, chain, at)
		if err != nil {
			return e, err
		}
		var one pki.Evidence
		var said error
		for n := range len(path) - 1 {
			said = errors.Join(said, i.about(ctx, path[n], path[n+1], &one))
		}
		err = one.Check(path, at)
		if r, ok := errors.AsType[*pki.Revoked](err); ok {
			return e, fmt.Errorf("%w: %w", ErrRevoked, r)
		}
		if err != nil {
			return e, fmt.Errorf("%w: %w: %w", ErrUnknown, err, said)
		}
		one.Certificates = path
		e = e.Add(one)
	}
	same := func(a, b []byte) bool { return bytes.Equal(a, b) }
	e.Certificates = unique(e.Certificates, (*x509.Certificate).Equal)
	e.OCSPs, e.CRLs = unique(e.OCSPs, same), unique(e.CRLs, same)
	return e, nil
}

func unique[T any](in []T, same func(a, b T) bool) (out []T) {
	for _, v := range in {
		if !slices.ContainsFunc(out, func(o T) bool { return same(o, v) }) {
			out = append(out, v)
		}
	}
	return out
}

// Path is the way from chain to a root; issuers that are missing are fetched.
func (i *Issuers) Path(ctx context.Context, chain []*x509.Certificate, at time.Time) ([]*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, ErrUntrusted
	}
	pool := slices.Clone(chain)
	for range pathLimit {
		path, err := pki.Path(pool, i.Roots, at, pki.Evidence{}, x509.ExtKeyUsageAny)
		if err == nil {
			return path, nil
		}
		if leaf := chain[0]; at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
			return nil, fmt.Errorf("%w: %w", ErrEnded, err)
		}
		known := ordered(chain[0], pool)
		more, missing := i.issuer(ctx, known[len(known)-1])
		if missing != nil {
			return nil, fmt.Errorf("%w: %w: %w", ErrUntrusted, err, missing)
		}
		pool = append(pool, more)
	}
	return nil, fmt.Errorf("%w: %s is more than %d issuers from a root", ErrUntrusted, chain[0].Subject, pathLimit)
}

// issuer fetches the certificate that signed c.
func (i *Issuers) issuer(ctx context.Context, c *x509.Certificate) (*x509.Certificate, error) {
	err := fmt.Errorf("%s does not say where its issuer's certificate is", c.Subject)
	for _, url := range web(c.IssuingCertificateURL) {
		var b []byte
		var found []*x509.Certificate
		if b, err = i.get(ctx, url, nil, answerLimit); err != nil {
			continue
		}
		if found, err = certificates(b); err != nil {
			err = fmt.Errorf("%s: %w", url, err)
			continue
		}
		if err = c.CheckSignatureFrom(found[0]); err == nil {
			return found[0], nil
		}
	}
	return nil, err
}

// about adds to e what is said about c.
func (i *Issuers) about(ctx context.Context, c, issuer *x509.Certificate, e *pki.Evidence) error {
	ask, err := ocsp.CreateRequest(c, issuer, nil)
	if err != nil {
		return err
	}
	var said error
	for _, url := range web(c.OCSPServer) {
		der, err := i.answer(url+"\n"+string(ask), func() ([]byte, time.Time, error) {
			der, err := i.get(ctx, url, ask, answerLimit)
			if err != nil {
				return nil, time.Time{}, err
			}
			r, err := ocsp.ParseResponseForCert(der, c, issuer)
			if err == nil && r.Status == ocsp.Unknown {
				err = errors.New("it does not know the certificate")
			}
			if err != nil {
				return nil, time.Time{}, fmt.Errorf("%s: %w", url, err)
			}
			return der, r.NextUpdate, nil
		})
		if err == nil {
			e.OCSPs = append(e.OCSPs, der)
			return nil
		}
		said = errors.Join(said, err)
	}
	for _, url := range web(c.CRLDistributionPoints) {
		der, err := i.answer(url, func() ([]byte, time.Time, error) {
			der, err := i.get(ctx, url, nil, listLimit)
			if err != nil {
				return nil, time.Time{}, err
			}
			l, err := x509.ParseRevocationList(der)
			if err == nil {
				err = l.CheckSignatureFrom(issuer)
			}
			if err != nil {
				return nil, time.Time{}, fmt.Errorf("%s: %w", url, err)
			}
			return der, l.NextUpdate, nil
		})
		if err == nil {
			e.CRLs = append(e.CRLs, der)
			return nil
		}
		said = errors.Join(said, err)
	}
	return said
}

// answer is a kept answer, or a new one. Several may ask the same at once: both are
// answered.
func (i *Issuers) answer(question string, ask func() ([]byte, time.Time, error)) ([]byte, error) {
	now := i.Now()
	i.mu.Lock()
	k, ok := i.kept[question]
	i.mu.Unlock()
	ok = ok && !now.After(k.until)
	if ok && now.Before(k.got.Add(fresh)) {
		return k.der, nil
	}
	der, until, err := ask()
	if err != nil {
		if ok {
			return k.der, nil
		}
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.kept == nil {
		i.kept = map[string]kept{}
	}
	for q, k := range i.kept {
		if now.After(k.until) {
			delete(i.kept, q)
		}
	}
	i.kept[question] = kept{der, now, until}
	return der, nil
}

// get fetches by HTTP: by POST if there is a question.
func (i *Issuers) get(ctx context.Context, url string, question []byte, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	method := http.MethodGet
	if question != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	if question != nil {
		req.Header.Set("Content-Type", "application/ocsp-request")
	}
	res, err := i.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP %s", url, res.Status)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: an answer of more than %d bytes", url, limit)
	}
	return b, err
}

// web leaves out addresses that are not on the web, such as ldap.
func web(urls []string) (out []string) {
	for _, u := range urls {
		if strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			out = append(out, u)
		}
	}
	return out
}

// Timestamps asks a timestamp authority and remembers its certificates, which have to
// be proven together with the signer's before a token is there.
type Timestamps struct {
	Ask stamp.Stamper
	Now func() time.Time

	mu    sync.Mutex
	known [][]*x509.Certificate
}

// wrongClock is how far the authority's clock and ours may be apart.
const wrongClock = 5 * time.Minute

// Stamp is a stamp.Stamper. A certificate that the authority has not used before is
// remembered and ErrNewStamp returned: the evidence gathered before does not hold it.
func (t *Timestamps) Stamp(ctx context.Context, digest []byte) ([]byte, error) {
	token, chain, err := t.ask(ctx, digest)
	if err != nil {
		return nil, err
	}
	if first, isNew := t.remember(chain); isNew && !first {
		return nil, fmt.Errorf("%s: %w", chain[0].Subject, ErrNewStamp)
	}
	return token, nil
}

// Chains are the certificates the authority signs with.
func (t *Timestamps) Chains(ctx context.Context) ([][]*x509.Certificate, error) {
	if known := t.valid(); len(known) > 0 {
		return known, nil
	}
	sum := sha256.Sum256(nil)
	_, chain, err := t.ask(ctx, sum[:])
	if err != nil {
		return nil, err
	}
	t.remember(chain)
	return t.valid(), nil
}

// valid forgets certificates that ended.
func (t *Timestamps) valid() [][]*x509.Certificate {
	now := t.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known = slices.DeleteFunc(t.known, func(c []*x509.Certificate) bool { return now.After(c[0].NotAfter) })
	return slices.Clone(t.known)
}

func (t *Timestamps) remember(chain []*x509.Certificate) (first, isNew bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first = len(t.known) == 0
	isNew = !slices.ContainsFunc(t.known, func(c []*x509.Certificate) bool { return c[0].Equal(chain[0]) })
	if isNew {
		t.known = append(t.known, chain)
	}
	return first, isNew
}

func (t *Timestamps) ask(ctx context.Context, digest []byte) (token []byte, chain []*x509.Certificate, err error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	if token, err = t.Ask(ctx, digest); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	said, err := stamp.Read(token, digest)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	if d := said.At.Sub(t.Now()); d.Abs() > wrongClock {
		return nil, nil, fmt.Errorf("it tells %s, %v from the clock of this server: %w", said.At.UTC().Format(time.RFC3339), d.Round(time.Second), ErrStamp)
	}
	m, err := cms.Parse(token)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrStamp, err)
	}
	chain = ordered(m.Signer, m.Certificates)
	return token, chain, refuseTrial(chain)
}

// refuseTrial refuses certificates that say of themselves that they have no legal value.
func refuseTrial(chain []*x509.Certificate) error {
	for _, c := range chain {
		if pki.IsDevelopment(c) {
			return fmt.Errorf("%s: %w", c.Subject, ErrTrial)
		}
	}
	return nil
}
