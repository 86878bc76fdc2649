package seal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/seal/ers"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

// Holder is the module that keeps the sealed bytes of a kind of thing.
type Holder interface {
	// Sealed returns the bytes as they are now.
	Sealed(ctx context.Context, object string) ([]byte, error)
	// Renewed puts bytes in the place of those with a SHA-256 (hexadecimal); it fails if
	// others are there now. It is called in the transaction that tells of it.
	Renewed(ctx context.Context, object, was string, pdf []byte) error
}

// Held says who keeps the things of a kind: "document" of "document/…". Call it while the
// program is put together.
func (s *Service) Held(kind string, h Holder) { s.files[kind] = h }

// ErrStamp is the refusal to seal with a timestamp that proves nothing.
var ErrStamp = fault.New(fault.Conflict, "seal.stamp-chain", "Nơi cấp dấu thời gian dùng chứng thư không còn hiệu lực hoặc không tin được. Hãy báo quản trị; chưa tài liệu nào bị thay đổi.")

// stamping is the timestamp authority, of whose last token something is remembered.
func (s *Service) stamping(last *stamp.Time) stamp.Stamper {
	if s.keys.Stamp == nil {
		return nil
	}
	return func(ctx context.Context, digest []byte) ([]byte, error) {
		token, err := s.keys.Stamp(ctx, digest)
		if err != nil {
			return nil, err
		}
		*last, err = stamp.Read(token, digest)
		return token, err
	}
}

// holds is until when a token proves something by itself: as long as every certificate on
// the way to the root is valid and the algorithms are believed in. Without a token nothing
// is proven from now on.
func (s *Service) holds(t stamp.Time, e pki.Evidence) (time.Time, error) {
	if t.Authority == nil {
		return s.now(), nil
	}
	path, err := pki.Path([]*x509.Certificate{t.Authority}, s.keys.Roots, s.now(), e, x509.ExtKeyUsageTimeStamping)
	if err != nil {
		return time.Time{}, errors.Join(ErrStamp, err)
	}
	names := []string{"SHA-256"}
	end := path[0].NotAfter
	for _, c := range path {
		names = append(names, algorithm(c.PublicKey))
		if c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	return s.policy.until(end, names...), nil
}

// algorithm names a public key as the policy does.
func algorithm(key any) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA-" + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return ""
}

// Renewed counts what a renewal did.
type Renewed struct {
	Done   int // documents whose proof holds longer now
	Failed int // documents whose proof could not be renewed; why stands with each
}

// batchLimit is how many documents one run looks at; what is left waits for the next.
const batchLimit = 20_000

// again is how long after a failure a document is tried again.
const again = 20 * time.Hour

// Renew renews every proof that runs out within the days of the policy: one after the
// other by a timestamp in each file, or, if they are more than the policy says or together
// is asked for, all by one evidence record. What was renewed by a record before is renewed
// so again. One that fails stops no other.
func (s *Service) Renew(ctx context.Context, together bool) (out Renewed, err error) {
	defer fault.Wrap(&err, "renew proofs")
	if s.keys.Stamp == nil {
		return out, nil
	}
	now := s.now()
	rows, err := s.store.due(ctx, now.Add(s.policy.window()), now.Add(-again), batchLimit)
	if err != nil {
		return out, err
	}
	together = together || len(rows) > s.policy.Together
	var many []Certified
	for _, c := range rows {
		if together || c.Record {
			many = append(many, c)
			continue
		}
		why, bad := s.renew(ctx, c)
		if err := s.count(ctx, &out, c, why, bad); err != nil {
			return out, err
		}
	}
	return out, s.renewTogether(ctx, many, &out)
}

// count keeps how the renewal of one document ended. The error is the end of the batch:
// the database, or the program, does not go on.
func (s *Service) count(ctx context.Context, out *Renewed, c Certified, why Trouble, bad error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if bad == nil {
		out.Done++
		return nil
	}
	out.Failed++
	return s.store.troubled(ctx, c.ID, s.now(), why, fmt.Sprintf("%.500s", bad.Error()))
}

// read returns the bytes of a document whose proof stands, as of now.
func (s *Service) read(ctx context.Context, c Certified) (pdf []byte, why Trouble, err error) {
	kind, _, _ := strings.Cut(c.Object, "/")
	h, ok := s.files[kind]
	if !ok {
		return nil, TroubleFile, fmt.Errorf("nobody keeps the bytes of %q", kind)
	}
	if pdf, err = h.Sealed(ctx, c.Object); err != nil {
		return nil, TroubleFile, err
	}
	if sum := sha256.Sum256(pdf); hex.EncodeToString(sum[:]) != c.Result {
		return nil, TroubleChanged, fmt.Errorf("SHA-256 is %x, was %s", sum, c.Result)
	}
	at, err := s.known(ctx, c, pdf)
	if err != nil {
		return nil, TroubleLate, err
	}
	r, err := pades.Verify(pdf, s.keys.Roots, at)
	if err != nil {
		return nil, TroubleSeal, err
	}
	if r.Proven() {
		return pdf, "", nil
	}
	why, text := TroubleSeal, "no signature"
	for _, seal := range r.Seals {
		for _, p := range seal.Problems {
			text = string(p.Code) + ": " + p.Detail
			switch p.Code {
			case pades.Stamped:
				if why = TroubleSeal; !c.GoodTo.After(s.now()) {
					why = TroubleLate
				}
			case pades.Revoked:
				why = TroubleRevoked
			}
		}
	}
	return nil, why, errors.New(text)
}

// known is the moment at which the bytes are known to have been there at the latest: now,
// or the time of the evidence record over them.
func (s *Service) known(ctx context.Context, c Certified, pdf []byte) (time.Time, error) {
	if !c.Record {
		return s.now(), nil
	}
	der, e, err := s.recordOf(ctx, c)
	if err != nil {
		return time.Time{}, err
	}
	sum := sha256.Sum256(pdf)
	t, err := ers.Verify(der, sum[:], s.keys.Roots, s.now(), e)
	return t.At, err
}

// renew renews one document by a timestamp in the file.
func (s *Service) renew(ctx context.Context, c Certified) (Trouble, error) {
	pdf, why, err := s.read(ctx, c)
	if err != nil {
		return why, err
	}
	e, err := s.keys.Evidence(s.now())
	if err != nil {
		return TroubleStamp, err
	}
	var token stamp.Time
	out, err := pades.Renew(ctx, pdf, s.stamping(&token), e)
	if err != nil {
		return TroubleStamp, err
	}
	next, why, err := s.follow(c, token, e)
	if err != nil {
		return why, err
	}
	// What is kept must prove more than what it replaces.
	if r, err := pades.Verify(out, s.keys.Roots, s.now()); err != nil || !r.Proven() {
		return TroubleSeal, fmt.Errorf("the renewed file is not proven: %v", err)
	}
	sum := sha256.Sum256(out)
	next.Result = hex.EncodeToString(sum[:])
	kind, _, _ := strings.Cut(c.Object, "/")
	return TroubleKeep, s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.files[kind].Renewed(ctx, c.Object, c.Result, out); err != nil {
			return err
		}
		return s.keepRenewed(ctx, c, next, nil)
	})
}

// follow is the row that follows c under a new token, if that holds longer.
func (s *Service) follow(c Certified, token stamp.Time, e pki.Evidence) (next Certified, why Trouble, err error) {
	goodTo, err := s.holds(token, e)
	if err != nil {
		return next, TroubleStamp, err
	}
	if !goodTo.After(c.GoodTo) {
		return next, TroubleSame, fmt.Errorf("a timestamp of today holds until %s, the proof until %s", goodTo.UTC().Format(time.DateOnly), c.GoodTo.UTC().Format(time.DateOnly))
	}
	next = c
	next.ID, next.Renews, next.At, next.GoodTo = id.New[Certified](), c.ID, s.now(), goodTo
	next.Trouble, next.Detail, next.Tried = "", "", nil
	return next, "", nil
}

// keepRenewed keeps a renewal and tells the journal of it.
func (s *Service) keepRenewed(ctx context.Context, old, next Certified, more map[string]string) error {
	ok, err := s.store.renewed(ctx, old, next)
	if err == nil && !ok {
		err = errors.New("it was certified or renewed by somebody else meanwhile")
	}
	if err != nil {
		return err
	}
	e := Entry{Verb: "seal.renew", Object: next.Object, Case: next.Case, Owner: next.owner,
		More: map[string]string{"document": next.Title, "source": old.Result, "result": next.Result, "until": next.GoodTo.UTC().Format(time.RFC3339)}}
	if auth.From(ctx).ID == "" {
		e.Actor = renewJob
	}
	for k, v := range more {
		e.More[k] = v
	}
	return s.Note(ctx, e)
}

// chunk is how many renewals one transaction keeps.
const chunk = 200

// renewTogether renews many documents by one evidence record over them. Those with a
// record have it prolonged; those of one timestamp share a leaf.
func (s *Service) renewTogether(ctx context.Context, rows []Certified, out *Renewed) error {
	var good []Certified
	var leaves [][]byte
	place := map[string]int{}
	at := map[CertifiedID]int{}
	for _, c := range rows {
		leaf, why, err := s.leafOf(ctx, c)
		if err != nil {
			if err := s.count(ctx, out, c, why, err); err != nil {
				return err
			}
			continue
		}
		i, ok := place[string(leaf)]
		if !ok {
			i = len(leaves)
			place[string(leaf)], leaves = i, append(leaves, leaf)
		}
		at[c.ID], good = i, append(good, c)
	}
	if len(good) == 0 {
		return nil
	}
	b, t, token, e, err := s.stampTree(ctx, leaves, len(good))
	if err != nil {
		return s.all(ctx, out, good, TroubleStamp, err)
	}
	if err := s.store.putBatch(ctx, b); err != nil {
		return err
	}
	for some := range slices.Chunk(good, chunk) {
		var kept, same []Certified
		var why error
		err := s.store.db.Tx(ctx, func(ctx context.Context) error {
			for _, c := range some {
				next, _, err := s.follow(c, token, e)
				if err != nil {
					same, why = append(same, c), err
					continue
				}
				if next.record, err = recordAt(t, c, at[c.ID], b.token); err != nil {
					return err
				}
				next.Record, next.batch = true, b.id
				if err := s.keepRenewed(ctx, c, next, map[string]string{"batch": b.id, "root": b.root}); err != nil {
					return err
				}
				kept = append(kept, c)
			}
			return nil
		})
		if err == nil {
			out.Done += len(kept)
			err = s.all(ctx, out, same, TroubleSame, why)
		} else {
			err = s.all(ctx, out, some, TroubleKeep, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// all is count of several documents that failed in the same way.
func (s *Service) all(ctx context.Context, out *Renewed, rows []Certified, why Trouble, bad error) error {
	for _, c := range rows {
		if err := s.count(ctx, out, c, why, bad); err != nil {
			return err
		}
	}
	return nil
}

// leafOf is what stands for a document whose proof holds in a tree of hashes.
func (s *Service) leafOf(ctx context.Context, c Certified) (leaf []byte, why Trouble, err error) {
	pdf, why, err := s.read(ctx, c)
	if err != nil {
		return nil, why, err
	}
	if !c.Record {
		sum := sha256.Sum256(pdf)
		return sum[:], "", nil
	}
	der, err := base64.StdEncoding.DecodeString(c.record)
	if err == nil {
		leaf, err = ers.Leaf(der)
	}
	return leaf, TroubleSeal, err
}

// stampTree has the root over leaves stamped.
func (s *Service) stampTree(ctx context.Context, leaves [][]byte, count int) (b batch, t *ers.Tree, token stamp.Time, e pki.Evidence, err error) {
	if t, err = ers.Build(leaves); err != nil {
		return
	}
	if e, err = s.keys.Evidence(s.now()); err != nil {
		return
	}
	der, err := s.stamping(&token)(ctx, t.Root())
	if err != nil {
		return
	}
	if _, err = stamp.Check(der, t.Root(), s.keys.Roots, s.now(), e); err != nil {
		return
	}
	b = batch{id: string(id.New[batch]()), root: hex.EncodeToString(t.Root()), token: base64.StdEncoding.EncodeToString(der), count: count, at: s.now()}
	if b.goodTo, err = s.holds(token, e); err != nil {
		return
	}
	b.evidence, err = encodeEvidence(e)
	return
}

// recordAt is the record of a document at place i of a tree, or its record prolonged.
func recordAt(t *ers.Tree, c Certified, i int, token string) (string, error) {
	der, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return "", err
	}
	var out []byte
	if c.Record {
		old, err := base64.StdEncoding.DecodeString(c.record)
		if err != nil {
			return "", err
		}
		out, err = t.Renew(old, i, der)
		if err != nil {
			return "", err
		}
	} else if out, err = t.Record(i, der); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(out), nil
}

// proofs is pki.Evidence as it is kept: DER, in base64.
type proofs struct {
	Certificates, OCSPs, CRLs [][]byte
}

func encodeEvidence(e pki.Evidence) (string, error) {
	p := proofs{OCSPs: e.OCSPs, CRLs: e.CRLs}
	for _, c := range e.Certificates {
		p.Certificates = append(p.Certificates, c.Raw)
	}
	b, err := json.Marshal(p)
	return string(b), err
}

func decodeEvidence(text string) (e pki.Evidence, err error) {
	var p proofs
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return e, err
	}
	for _, der := range p.Certificates {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return e, err
		}
		e.Certificates = append(e.Certificates, c)
	}
	e.OCSPs, e.CRLs = p.OCSPs, p.CRLs
	return e, nil
}

// Record returns the evidence record that proves a thing beside its bytes, with what
// proves the certificates in it; nil if it has none.
func (s *Service) Record(ctx context.Context, object string) (der []byte, e pki.Evidence, err error) {
	defer fault.Wrap(&err, "evidence record of %s", object)
	rows, err := s.store.history(ctx, object)
	if err != nil || len(rows) == 0 || !rows[0].Record {
		return nil, e, err
	}
	return s.recordOf(ctx, rows[0])
}

func (s *Service) recordOf(ctx context.Context, c Certified) (der []byte, e pki.Evidence, err error) {
	if der, err = base64.StdEncoding.DecodeString(c.record); err != nil {
		return nil, e, err
	}
	texts, err := s.store.evidences(ctx, c.Object)
	for _, text := range texts {
		more, err := decodeEvidence(text)
		if err != nil {
			return nil, e, err
		}
		e = e.Add(more)
	}
	return der, e, err
}

// RenewNow has what failed be tried again, and the renewal begin, for the offices of the
// asker; together asks for one evidence record over all that is due.
func (s *Service) RenewNow(ctx context.Context, together bool) (err error) {
	defer fault.Wrap(&err, "renew now")
	reach, err := auth.Reach(ctx, MayCertify)
	if err != nil {
		return err
	}
	if s.keys.Stamp == nil {
		return ErrNoKeys
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.untried(ctx, reach.Like()); err != nil {
			return err
		}
		return s.jobs.PutUnique(ctx, renewJob, fmt.Sprint("now-", together), renewWork{together})
	})
}

// Seals returns the documents that were certified for the asker's offices, newest first.
func (s *Service) Seals(ctx context.Context, f SealFilter) (out page.Of[Certified], counts map[Standing]int, err error) {
	defer fault.Wrap(&err, "certified documents")
	reach, err := auth.Reach(ctx, MayCertify)
	if err != nil {
		return out, nil, err
	}
	now := s.now()
	rows, err := s.store.seals(ctx, reach.Like(), f, now, now.Add(s.policy.window()), f.Size()+1)
	if err != nil {
		return out, nil, err
	}
	counts, err = s.store.sealCounts(ctx, reach.Like(), now, now.Add(s.policy.window()))
	return page.Cut(rows, f.Req, func(c Certified) string { return string(c.ID) }), counts, err
}

// Policy is when proofs are renewed.
func (s *Service) Policy() Policy { return s.policy }

// Proven is what a look at a certified document found.
type Proven struct {
	Now     Certified
	History []Certified // newest first
	// Trouble and Detail say why its bytes could not be read or are others; the seals are
	// not looked at then.
	Trouble Trouble
	Detail  string
	Seals   []ProvenSeal
}

// ProvenSeal is one signature, or archive timestamp, of a document.
type ProvenSeal struct {
	Signer   string
	Archive  bool
	Level    string
	At       time.Time // proven; zero if it is not
	Problems []string  // as pades.Code
	// Revoked is when the certificate was taken back, as its issuer says today.
	Revoked     *time.Time
	Compromised bool // for a reason that says that the key may be in other hands
}

// Before reports whether the signature was made before the certificate was taken back,
// as its timestamp proves.
func (p ProvenSeal) Before() bool {
	return p.Revoked != nil && !p.At.IsZero() && p.At.Before(*p.Revoked)
}

// Look checks a certified document now, with what issuers say of the certificates today.
func (s *Service) Look(ctx context.Context, id CertifiedID) (out Proven, err error) {
	defer fault.Wrap(&err, "look at seal %s", id)
	reach, err := auth.Reach(ctx, MayCertify)
	if err != nil {
		return out, err
	}
	c, err := s.store.certifiedRow(ctx, id)
	if errors.Is(err, db.ErrNone) || err == nil && !reach.Has(c.owner) {
		return out, ErrNoEntry
	}
	if err != nil {
		return out, err
	}
	if out.History, err = s.store.history(ctx, c.Object); err != nil {
		return out, err
	}
	out.Now = out.History[0]
	kind, _, _ := strings.Cut(c.Object, "/")
	h, ok := s.files[kind]
	if !ok {
		out.Trouble = TroubleFile
		return out, nil
	}
	pdf, err := h.Sealed(ctx, c.Object)
	if err != nil {
		out.Trouble, out.Detail = TroubleFile, err.Error()
		return out, nil
	}
	if sum := sha256.Sum256(pdf); hex.EncodeToString(sum[:]) != out.Now.Result {
		out.Trouble = TroubleChanged
		return out, nil
	}
	at, err := s.known(ctx, out.Now, pdf)
	if err != nil {
		out.Trouble, out.Detail = TroubleLate, err.Error()
		return out, nil
	}
	out.Seals, err = s.provenSeals(pdf, at)
	return out, err
}

func (s *Service) provenSeals(pdf []byte, at time.Time) (out []ProvenSeal, err error) {
	r, err := pades.Verify(pdf, s.keys.Roots, at)
	if err != nil {
		return nil, err
	}
	for _, seal := range r.Seals {
		p := ProvenSeal{Archive: seal.Archive, Level: seal.Level, At: seal.At}
		for _, x := range seal.Problems {
			p.Problems = append(p.Problems, string(x.Code))
		}
		if seal.Signer == nil {
			if seal.Stamp != nil {
				p.Signer = seal.Stamp.Authority.Subject.CommonName
			}
			out = append(out, p)
			continue
		}
		p.Signer = seal.Signer.Subject.CommonName
		if r := s.revoked(seal); r != nil {
			p.Revoked, p.Compromised = &r.At, r.Compromised()
			if told := string(pades.Revoked); !p.Before() && !slices.Contains(p.Problems, told) {
				p.Problems = append(p.Problems, told)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// revoked is what the issuers of a signer's certificate say today of its being taken back,
// whenever that was; nil if it was not, or if nobody can be asked.
func (s *Service) revoked(seal pades.Seal) *pki.Revoked {
	if s.keys.Evidence == nil {
		return nil
	}
	chain := []*x509.Certificate{seal.Signer}
	e, err := s.keys.Evidence(s.now(), pki.Identity{Chain: chain})
	if r, ok := errors.AsType[*pki.Revoked](err); ok && (r.Certificate.Equal(seal.Signer) || bytes.Equal(r.Certificate.RawSubject, seal.Signer.RawIssuer)) {
		return r
	}
	if err != nil {
		return nil
	}
	at := seal.At
	if at.IsZero() {
		at = s.now()
	}
	path, err := pki.Path(chain, s.keys.Roots, at, e, x509.ExtKeyUsageAny)
	if err != nil {
		return nil
	}
	return e.Revocation(path)
}
