package seal

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
)

// Keys is what the service signs with. All of it is opened by app.
type Keys struct {
	Log    *tree.Key // signs the heads of the journal; its name is the journal's
	Signer func(ctx context.Context, office auth.Office, name string, at time.Time) (pki.Identity, error)
	Stamp  stamp.Stamper
	// Evidence fetches what issuers say about the certificates of an identity and of
	// the timestamp authority.
	Evidence func(at time.Time, ids ...pki.Identity) (pki.Evidence, error)
	Roots    []*x509.Certificate
	Rand     io.Reader
	// Development: the certificates have no legal value, and every page says so.
	Development bool
}

// Refusals of signing.
var (
	ErrNoKeys = fault.New(fault.Conflict, "seal.no-keys", "Máy chủ này chưa có khóa ký số. Hãy nhờ quản trị khai báo khóa ở mục [seal] của tệp cấu hình.")
	ErrPDF    = fault.New(fault.Invalid, "seal.pdf", "Tệp này không ký được: không phải PDF đọc được, có mật khẩu, hoặc người lập đã khóa không cho ký thêm.")
	ErrNoHead = fault.New(fault.NotFound, "seal.no-head", "Chưa có đầu nhật ký nào được ký.")
)

// Use gives the service its keys; without them it keeps the journal and signs nothing.
// Call it while the program is put together.
func (s *Service) Use(k Keys) { s.keys = k }

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
// sealed bytes, for the caller to keep them.
func (s *Service) Certify(ctx context.Context, p Paper, keep func(ctx context.Context, sealed []byte) error) (err error) {
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
	sealed, err := pades.Sign(ctx, p.PDF, pades.Options{
		Signer: who, Stamp: s.keys.Stamp, Evidence: evidence, Now: now, Rand: s.keys.Rand,
		Mark: &pades.Mark{Form: "BẢN SỐ HÓA", Office: p.OfficeName}, Reason: "Số hóa từ bản giấy",
	})
	if errors.Is(err, pades.ErrFile) || errors.Is(err, pades.ErrEncrypted) || errors.Is(err, pades.ErrCertified) {
		return errors.Join(ErrPDF, err)
	}
	if err != nil {
		return err
	}
	before, after := sha256.Sum256(p.PDF), sha256.Sum256(sealed)
	more := map[string]string{"document": p.Title, "source": hex.EncodeToString(before[:]), "result": hex.EncodeToString(after[:]),
		"signer": who.Leaf().Subject.CommonName}
	for k, v := range p.Digests {
		more[k] = v
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.certified(ctx, p, more["source"], more["result"], more["signer"], now, who.Leaf().NotAfter); err != nil {
			return err
		}
		if err := keep(ctx, sealed); err != nil {
			return err
		}
		return s.Note(ctx, Entry{Verb: "seal.certify", Object: p.Object, Case: p.Case, Owner: p.Owner, More: more})
	})
}

// Prove writes a line of the journal, has the head that holds it signed, and returns
// the line with its proof.
func (s *Service) Prove(ctx context.Context, e Entry) (out pack.Proof, err error) {
	defer fault.Wrap(&err, "prove %s", e.Verb)
	if s.keys.Log == nil {
		return out, ErrNoKeys
	}
	var n int64
	if err := s.store.db.Tx(db.Outside(ctx), func(ctx context.Context) error {
		if n, err = s.store.size(ctx); err != nil {
			return err
		}
		return s.Note(ctx, e)
	}); err != nil {
		return out, err
	}
	if n, err = s.store.lastOf(ctx, e.Object, n); err != nil {
		return out, err
	}
	return s.ProofOf(ctx, n)
}

// ProofOf returns line n of the journal with the proof under a head signed now. It
// asks nobody's leave.
func (s *Service) ProofOf(ctx context.Context, n int64) (out pack.Proof, err error) {
	h, err := s.SignHead(ctx)
	if err != nil {
		return out, err
	}
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
	if s.keys.Log == nil {
		return h, ErrNoKeys
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return h, err
	}
	if h, err = s.store.head(ctx, t.Size); err == nil || !errors.Is(err, db.ErrNone) {
		return h, err
	}
	c := tree.Checkpoint{Origin: s.keys.Log.Name(), Size: t.Size, Root: t.Root}
	note, err := c.Sign(s.keys.Log)
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
	return h, s.store.putHead(ctx, h)
}

// Heads returns the last heads that were signed, newest first.
func (s *Service) Heads(ctx context.Context) (out []Head, err error) {
	defer fault.Wrap(&err, "heads")
	if err := auth.Require(ctx, MayKeys); err != nil {
		return nil, err
	}
	return s.store.heads(ctx, 100)
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
func (s *Service) LogKey() string {
	if s.keys.Log == nil {
		return ""
	}
	return s.keys.Log.VerifierKey()
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
