package app

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"congminh/internal/kit/fault"
	"congminh/internal/seal"
	"congminh/internal/seal/keys"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

// Refusals of the settings of keys.
var (
	errBoth      = fault.New(fault.Invalid, "app.keys-both", "Không dùng đồng thời khóa thử nghiệm (development) và khóa ký số thật. Hãy bỏ một trong hai.")
	errRootsTime = fault.New(fault.Invalid, "app.keys-roots", "Có khóa ký số thì phải khai báo chứng thư gốc (roots) và máy chủ dấu thời gian (tsa) ở mục [seal].")
)

// patience is the longest a set of questions about certificates may take, and the
// longest the start of the server waits for devices.
const patience, startPatience = time.Minute, 15 * time.Second

// signing is what a real installation signs with.
type signing struct {
	book    *keys.Book
	issuers *keys.Issuers
	stamps  *keys.Timestamps // nil: no timestamp authority is set
	roots   []*x509.Certificate
	log     *slog.Logger
}

// signing reads the keys of offices and whom they are proven by.
func (c Config) signing(now func() time.Time, log *slog.Logger) (s *signing, err error) {
	client := &http.Client{Timeout: patience}
	s = &signing{log: log}
	if s.book, err = keys.Load(c.Seal.Signers, keys.World{HTTP: client, Now: now, Log: log}); err != nil {
		return nil, err
	}
	if c.Seal.Development {
		if !s.book.Empty() || c.Seal.Roots != "" || c.Seal.TSA != "" {
			return nil, errBoth
		}
		return s, nil
	}
	if c.Seal.Roots != "" {
		if s.roots, err = keys.Roots(c.Seal.Roots); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Seal.Roots, err)
		}
	}
	if c.Seal.TSA != "" {
		s.stamps = &keys.Timestamps{Ask: stamp.Remote(client, c.Seal.TSA, rand.Reader), Now: now}
	}
	if !s.book.Empty() && (s.roots == nil || s.stamps == nil) {
		return nil, errRootsTime
	}
	s.issuers = &keys.Issuers{Client: client, Roots: s.roots, Now: now}
	return s, nil
}

// use has the seal sign with s.
func (s *signing) use(k *seal.Keys) {
	k.Roots = s.roots
	if s.stamps != nil {
		k.Stamp, k.Evidence = s.stamps.Stamp, s.evidence
	}
	if !s.book.Empty() {
		k.Signer = s.book.Signer
		k.Ending = func(at time.Time) (out []seal.Ending) {
			for _, e := range s.book.Ending(at) {
				out = append(out, seal.Ending{Who: e.Who, Until: e.Until})
			}
			return out
		}
	}
}

// evidence is about the certificates of ids and of the timestamp authority.
func (s *signing) evidence(at time.Time, ids ...pki.Identity) (pki.Evidence, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	chains, err := s.stamps.Chains(ctx)
	if err != nil {
		return pki.Evidence{}, err
	}
	for _, id := range ids {
		chains = append(chains, id.Chain)
	}
	return s.issuers.Evidence(ctx, at, chains...)
}

func (s *signing) path(ctx context.Context, at time.Time, chain []*x509.Certificate) error {
	_, err := s.issuers.Path(ctx, chain, at)
	return err
}

func (s *signing) proven(ctx context.Context, at time.Time, chain []*x509.Certificate) error {
	_, err := s.issuers.Evidence(ctx, at, chain)
	return err
}

// begin looks at keys and at the timestamp authority before the server serves. Trial
// certificates stop it; whatever does not answer may come later.
func (s *signing) begin(ctx context.Context) error {
	if s.issuers == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	err := s.book.Begin(ctx, s.path)
	if s.stamps != nil {
		_, no := s.stamps.Chains(ctx)
		if errors.Is(no, keys.ErrTrial) {
			err = errors.Join(err, fmt.Errorf("tsa: %w", no))
		} else if no != nil {
			s.log.WarnContext(ctx, "the timestamp authority cannot be used now", "error", no)
		}
	}
	return Told(err)
}

// Told is an error about keys as an administrator reads it: the refusal, and what
// stands behind it. Whoever prints refusals alone would leave out which key it is.
func Told(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return told{err}
	}
	return err
}

type told struct{ err error }

func (t told) Error() string {
	f, _ := errors.AsType[*fault.Error](t.err)
	return fmt.Sprintf("%s [%v]", f.Text, t.err)
}

// Is has errors.Is see the refusal, and errors.As not.
func (t told) Is(target error) bool { return errors.Is(t.err, target) }

// KeyReport is what congminh keys check tells.
type KeyReport struct {
	Development bool
	Roots       []*x509.Certificate
	TSA         *x509.Certificate // what the timestamp authority signs with
	TSAErr      error             // why it gives no timestamp that is proven
	Signers     []keys.State
}

// CheckKeys asks every key, device and service of the settings, and has each key sign.
func (c Config) CheckKeys(ctx context.Context, now func() time.Time, log *slog.Logger) (r KeyReport, err error) {
	c = c.fill()
	s, err := c.signing(now, log)
	if err != nil {
		return r, Told(err)
	}
	defer s.book.Close()
	r.Development, r.Roots = c.Seal.Development, s.roots
	if r.Development {
		return r, nil
	}
	if s.stamps != nil {
		var chains [][]*x509.Certificate
		if chains, r.TSAErr = s.stamps.Chains(ctx); r.TSAErr == nil {
			r.TSA, r.TSAErr = chains[0][0], s.proven(ctx, now(), chains[0])
		}
	}
	r.Signers = s.book.Check(ctx, s.proven, true)
	return r, nil
}

// signersFile is where keys are declared if the settings do not say, and rootsFile
// where the roots lie, if anything does there.
func (c Config) signersFile() string { return filepath.Join(c.Data, "keys", "signers.toml") }

func (c Config) rootsFile() string {
	p := filepath.Join(c.Data, "keys", "roots.pem")
	if _, err := os.Stat(p); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return p
}
