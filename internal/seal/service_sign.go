package seal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
	"congminh/internal/seal/witness"
)

// Keys is what the service signs with. All of it is opened by app.
type Keys struct {
	Log     *tree.Key // signs the heads of the journal; its name is the journal's
	Next    *tree.Key // the key that is to follow Log (RollKey); nil: none
	Witness *tree.Key // countersigns heads of other journals; nil: this installation is no witness
	// Reach hands a head to the witness at an address; nil: over HTTP.
	Reach func(ctx context.Context, address string, body []byte) (witness.Said, error)
	// Policy is when proofs are renewed; nil: as this program comes.
	Policy *Policy
	Signer func(ctx context.Context, office auth.Office, name string, at time.Time) (pki.Identity, error)
	Stamp  stamp.Stamper
	// Evidence fetches what issuers say about the certificates of an identity and of
	// the timestamp authority.
	Evidence func(at time.Time, ids ...pki.Identity) (pki.Evidence, error)
	Roots    []*x509.Certificate
	Rand     io.Reader
	// Ending lists the certificates of offices that end soon with none to follow; nil: it
	// is not known.
	Ending func(at time.Time) []Ending
	// Development: the certificates have no legal value, and every page says so.
	Development bool
}

// Ending is a certificate that ends soon.
type Ending struct {
	Who   string
	Until time.Time
}

// Refusals of signing.
var (
	ErrNoKeys = fault.New(fault.Conflict, "seal.no-keys", "Máy chủ này chưa có khóa ký số. Hãy nhờ quản trị khai báo khóa ở mục [seal] của tệp cấu hình.")
	ErrPDF    = fault.New(fault.Invalid, "seal.pdf", "Tệp này không ký được: không phải PDF đọc được, có mật khẩu, hoặc người lập đã khóa không cho ký thêm.")
	ErrNoHead = fault.New(fault.NotFound, "seal.no-head", "Chưa có đầu nhật ký nào được ký.")
)

// Use gives the service its keys; without them it keeps the journal and signs nothing.
// Call it while the program is put together.
func (s *Service) Use(k Keys) {
	if k.Reach == nil {
		k.Reach = witness.Post
	}
	s.keys = k
	s.log.Store(k.Log)
	if k.Policy != nil {
		s.policy = *k.Policy
	}
}

// ending are the certificates that end soon.
func (s *Service) ending() []Ending {
	if s.keys.Ending == nil {
		return nil
	}
	return s.keys.Ending(s.now())
}

// Development reports whether what is signed here has no legal value.
func (s *Service) Development() bool { return s.keys.Development }

// Paper is a digitised document to be certified.
type Paper struct {
	Object     string // "document/…"
	Case       string
	Owner      string // path of the office
	Office     auth.Office
	OfficeName string // as the visible text names it
	Title      string
	PDF        []byte
	Digests    map[string]string // of original and text, told to the journal
}

// Certify seals a document for its office (PAdES B-LT, with the visible text NĐ 30/2020
// asks for) and tells the journal; keep is called in the same transaction with the
// sealed file, for the caller to keep it.
func (s *Service) Certify(ctx context.Context, p Paper, keep func(ctx context.Context, sealed io.Reader) error) (err error) {
	defer fault.Wrap(&err, "certify %s", p.Object)
	if s.keys.Signer == nil {
		return ErrNoKeys
	}
	now := s.now()
	who, err := s.keys.Signer(ctx, p.Office, p.OfficeName, now)
	if err != nil {
		return err
	}
	evidence, err := s.keys.Evidence(now, who)
	if err != nil {
		return err
	}
	var token stamp.Time
	added, err := pades.Update(ctx, p.PDF, pades.Options{
		Signer: who, Stamp: s.stamping(&token), Evidence: evidence, Now: now, Rand: s.keys.Rand,
		Mark: &pades.Mark{Form: "BẢN SỐ HÓA", Office: p.OfficeName}, Reason: "Số hóa từ bản giấy",
	})
	if errors.Is(err, pades.ErrFile) || errors.Is(err, pades.ErrEncrypted) || errors.Is(err, pades.ErrCertified) {
		return errors.Join(ErrPDF, err)
	}
	if err != nil {
		return err
	}
	goodTo, err := s.holds(token, evidence)
	if err != nil {
		return err
	}
	sum := sha256.New()
	sum.Write(p.PDF)
	more := map[string]string{"document": p.Title, "source": hex.EncodeToString(sum.Sum(nil)), "signer": who.Leaf().Subject.CommonName}
	sum.Write(added) // the file goes on where it ended
	more["result"] = hex.EncodeToString(sum.Sum(nil))
	for k, v := range p.Digests {
		more[k] = v
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		c := Certified{ID: id.New[Certified](), Object: p.Object, Case: p.Case, Title: p.Title, Office: p.Office, owner: p.Owner,
			Source: more["source"], Result: more["result"], Signer: more["signer"], At: now, GoodTo: goodTo}
		if err := s.store.certified(ctx, c); err != nil {
			return err
		}
		if err := keep(ctx, io.MultiReader(bytes.NewReader(p.PDF), bytes.NewReader(added))); err != nil {
			return err
		}
		return s.Note(ctx, Entry{Verb: "seal.certify", Object: p.Object, Case: p.Case, Owner: p.Owner, More: more})
	})
}

// Prove writes a line of the journal and returns all that proves it, under a head that is
// signed now and that the witnesses within reach have countersigned.
func (s *Service) Prove(ctx context.Context, e Entry) (out pack.Evidence, err error) {
	defer fault.Wrap(&err, "prove %s", e.Verb)
	n, err := s.write(ctx, e)
	if err != nil {
		return out, err
	}
	h, err := s.SignHead(ctx)
	if err != nil {
		return out, err
	}
	// A witness that does not answer is no reason not to hand a package over.
	asked, cancel := context.WithTimeout(db.Outside(ctx), 5*time.Second)
	_ = s.hand(asked, h)
	cancel()
	if h, err = s.Witnessed(ctx, h); err != nil {
		return out, err
	}
	p, err := s.proofUnder(ctx, n, h)
	if err != nil {
		return out, err
	}
	out = pack.Evidence{Log: s.LogKey(ctx), Proofs: []pack.Proof{p}}
	if out.Token, err = base64.StdEncoding.DecodeString(h.Token); err != nil || len(out.Token) == 0 {
		out.Token = nil
	}
	if out.Keys, err = s.handOvers(ctx); err != nil {
		return out, err
	}
	return out, s.grown(ctx, h, &out)
}

// grown adds the witnesses' keys to what is proven of h and, where they have not signed
// h itself, the last head that they did sign.
func (s *Service) grown(ctx context.Context, h Head, out *pack.Evidence) error {
	heads := []Head{h}
	if len(h.Witnesses) == 0 {
		size, err := s.store.lastCosigned(ctx, h.Size)
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		old, err := s.store.head(ctx, size)
		if err == nil {
			old, err = s.Witnessed(ctx, old)
		}
		if err != nil {
			return err
		}
		log, err := tree.ParseVerifier(out.Log)
		if err != nil {
			return err
		}
		if _, err := tree.Open([]byte(old.Note), log); err != nil {
			return nil // of a key before this one: it says nothing to who knows this one
		}
		t, err := s.TreeAt(ctx, h.Size)
		if err != nil {
			return err
		}
		hashes, err := t.Extends(size)
		if err != nil {
			return err
		}
		out.Growth = []pack.Growth{{Old: []byte(old.Note), Hashes: hashes}}
		heads = append(heads, old)
	}
	for _, h := range heads {
		for _, w := range h.Witnesses {
			if !slices.Contains(out.Witnesses, w.Key) {
				out.Witnesses = append(out.Witnesses, w.Key)
			}
		}
	}
	return nil
}

// write adds a line to the journal, outside of any transaction, and returns its place.
func (s *Service) write(ctx context.Context, e Entry) (n int64, err error) {
	if s.keys.Log == nil {
		return 0, ErrNoKeys
	}
	err = s.store.db.Tx(db.Outside(ctx), func(ctx context.Context) (err error) {
		if n, err = s.store.size(ctx); err != nil {
			return err
		}
		return s.Note(ctx, e)
	})
	if err != nil {
		return 0, err
	}
	return s.store.lastOf(ctx, e.Object, n)
}

// proofUnder is line n of the journal with its proof under a head.
func (s *Service) proofUnder(ctx context.Context, n int64, h Head) (out pack.Proof, err error) {
	r, err := s.store.entry(ctx, n)
	if err != nil {
		return out, err
	}
	t, err := s.TreeAt(ctx, h.Size)
	if err != nil {
		return out, err
	}
	hashes, err := t.Includes(n)
	out.Entry = []byte(r.leaf)
	out.Index, out.Hashes, out.Checkpoint = n, hashes, []byte(h.Note)
	return out, err
}

// Head is a head of the journal as it was signed.
type Head struct {
	Size  int64     `json:"size"`
	Root  string    `json:"root"`
	Note  string    `json:"note" doc:"C2SP signed note"`
	Token string    `json:"token,omitempty" doc:"RFC 3161 token over the note, base64"`
	At    time.Time `json:"at"`

	Witnesses []Cosigned `json:"witnesses,omitempty"`
}

// Paper is h as it is printed for keeping on paper.
func (h Head) Paper(origin string) (string, error) {
	root, err := base64.StdEncoding.DecodeString(h.Root)
	if err != nil || len(root) != sha256.Size {
		return "", fmt.Errorf("head of %d: root is damaged", h.Size)
	}
	return tree.Checkpoint{Origin: origin, Size: h.Size, Root: tree.Hash(root)}.Paper(), nil
}

// SignHead signs the head of the journal as it stands, with a timestamp, and keeps it;
// the last one if nothing was added since.
func (s *Service) SignHead(ctx context.Context) (h Head, err error) {
	defer fault.Wrap(&err, "sign head")
	key, err := s.signer(ctx)
	if err != nil {
		return h, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return h, err
	}
	if h, err = s.store.head(ctx, t.Size); err == nil || !errors.Is(err, db.ErrNone) {
		return h, err
	}
	if h, err = s.signAt(ctx, t, key); err != nil {
		return h, err
	}
	return h, s.store.putHead(ctx, h)
}

// signAt signs the head of t with these keys, and has it stamped.
func (s *Service) signAt(ctx context.Context, t Tree, keys ...*tree.Key) (h Head, err error) {
	c := tree.Checkpoint{Origin: keys[0].Name(), Size: t.Size, Root: t.Root}
	note, err := c.Sign(keys...)
	if err != nil {
		return h, err
	}
	h = Head{Size: t.Size, Root: base64.StdEncoding.EncodeToString(t.Root[:]), Note: string(note), At: s.now()}
	if s.keys.Stamp != nil {
		sum := sha256.Sum256([]byte(c.Text()))
		token, err := s.keys.Stamp(ctx, sum[:])
		if err != nil {
			return h, err
		}
		h.Token = base64.StdEncoding.EncodeToString(token)
	}
	return h, nil
}

// Heads returns the last heads that were signed, newest first.
func (s *Service) Heads(ctx context.Context) (out []Head, err error) {
	defer fault.Wrap(&err, "heads")
	if err := auth.Require(ctx, MayKeys); err != nil {
		return nil, err
	}
	hs, err := s.store.heads(ctx, 100)
	if err != nil {
		return nil, err
	}
	return s.witnessed(ctx, hs)
}

// Last returns the last head that was signed. Heads hold no content: anybody may keep
// them, and the more do, the better.
func (s *Service) Last(ctx context.Context) (h Head, err error) {
	hs, err := s.store.heads(ctx, 1)
	if err == nil && len(hs) == 0 {
		err = ErrNoHead
	}
	if err != nil {
		return h, err
	}
	return hs[0], nil
}

// LogKey is the text others check the journal's signatures with; "" without keys.
func (s *Service) LogKey(ctx context.Context) string {
	k, err := s.signer(ctx)
	if err != nil {
		return ""
	}
	return k.VerifierKey()
}

// Origin names the journal; "" without keys.
func (s *Service) Origin() string {
	if s.keys.Log == nil {
		return ""
	}
	return s.keys.Log.Name()
}

// Roots are the certificates that have to be trusted for what is signed here.
func (s *Service) Roots() []*x509.Certificate { return s.keys.Roots }

// Tile returns a file of hashes the journal is served as (C2SP tlog-tiles). Entries
// themselves are not served: they name people.
func (s *Service) Tile(ctx context.Context, path string) ([]byte, error) {
	t, err := tree.ParseTile(path)
	if err != nil {
		return nil, ErrNoHead
	}
	size, err := s.store.size(ctx)
	if _, _, entries := t.Entries(); err == nil && (entries || !t.In(size)) {
		err = ErrNoHead
	}
	if err != nil {
		return nil, err
	}
	return t.Hashes(s.store.reader(ctx))
}

// CertifiedBy tells when a thing was last certified, and by whom; ErrNoEntry if it never
// was.
func (s *Service) CertifiedBy(ctx context.Context, object string) (at time.Time, by string, err error) {
	at, by, err = s.store.certifiedBy(ctx, object)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoEntry
	}
	return at, by, err
}
