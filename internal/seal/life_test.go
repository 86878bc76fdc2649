package seal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/job"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
	"congminh/internal/seal/witness"
)

// house is an installation with a clock that moves, its authority and its documents.
type house struct {
	*Service
	t      *testing.T
	ctx    context.Context
	now    time.Time
	pki    *pki.Development
	signer pki.Identity
	files  map[string][]byte
	broken error // of keeping
}

var certifier = auth.Actor{ID: "p3", Name: "Nguyễn Thị Ánh", Office: "lao-cai-kv3", Path: []auth.Office{"tc", "lao-cai", "lao-cai-kv3"},
	Verbs: []auth.Verb{MayCertify, MayKeys, MayAudit}, Below: []auth.Verb{MayCertify, MayKeys, MayAudit}}

func key(t *testing.T, name string, seed byte) *tree.Key {
	t.Helper()
	k, err := tree.NewKey(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newHouse(t *testing.T, d *db.DB, name string, seed byte) *house {
	t.Helper()
	h := &house{t: t, now: noon, files: map[string][]byte{}}
	if err := d.Migrate(t.Context(), "job", job.Schema()); err != nil {
		t.Fatal(err)
	}
	h.Service, _ = service(t, d)
	h.ctx = auth.With(t.Context(), certifier)
	h.Service.now = func() time.Time { return h.now }
	var err error
	if h.pki, err = pki.NewDevelopment(rand.Reader, noon.AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	h.signer, err = h.pki.Issue(pki.Subject{Name: "VKSND khu vực 3 – Lào Cai"}, noon.AddDate(0, 0, -1), noon.AddDate(3, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	w, err := tree.NewWitness(name+"/doi-chung", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed + 1}, 32)), func() time.Time { return h.now })
	if err != nil {
		t.Fatal(err)
	}
	h.Use(Keys{Log: key(t, name, seed), Witness: w, Rand: rand.Reader, Roots: h.pki.Roots(), Evidence: h.pki.Evidence, Development: true,
		Signer: func(context.Context, auth.Office, string, time.Time) (pki.Identity, error) { return h.signer, nil },
		Stamp: func(ctx context.Context, digest []byte) ([]byte, error) {
			return (&stamp.Authority{Identity: h.pki.Stamping(), Policy: pki.DevelopmentPolicy, Now: func() time.Time { return h.now }, Rand: rand.Reader}).Stamp(ctx, digest)
		}})
	h.Held("document", h)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) Sealed(_ context.Context, object string) ([]byte, error) {
	b, ok := h.files[object]
	if !ok {
		return nil, errors.New("no such file")
	}
	return b, nil
}

func (h *house) Renewed(_ context.Context, object, was string, pdf []byte) error {
	if h.broken != nil {
		return h.broken
	}
	if sum := sha256.Sum256(h.files[object]); hex.EncodeToString(sum[:]) != was {
		return errors.New("others are there")
	}
	h.files[object] = pdf
	return nil
}

// certify seals n one-page documents.
func (h *house) certify(n int) {
	h.t.Helper()
	for range n {
		object := fmt.Sprint("document/", len(h.files))
		p := Paper{Object: object, Case: "c1", Owner: "/tc/lao-cai/lao-cai-kv3/", Office: "lao-cai-kv3", OfficeName: "VKSND khu vực 3 – Lào Cai",
			Title: "Biên bản hỏi cung " + object, PDF: onePage(h.t, len(h.files))}
		h.must(h.Certify(h.ctx, p, func(_ context.Context, sealed io.Reader) (err error) {
			h.files[object], err = io.ReadAll(sealed)
			return err
		}))
	}
}

func onePage(t *testing.T, n int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 400, 560))
	img.SetGray(n%400, n/400, color.Gray{255})
	var picture, out bytes.Buffer
	if err := png.Encode(&picture, img); err != nil {
		t.Fatal(err)
	}
	w, err := pdfa.New(&out, pdfa.Meta{Level: pdfa.A2B, Title: "x", Time: noon})
	if err == nil {
		err = w.AddPage(pdfa.Page{Picture: &picture, Format: "png", DPI: 75, Words: []reading.Word{}})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (h *house) live(state Standing) []Certified {
	h.t.Helper()
	out, counts, err := h.Seals(h.ctx, SealFilter{State: state})
	h.must(err)
	if state != "" && counts[state] != len(out.Items) {
		h.t.Errorf("%s: counted %d, listed %d", state, counts[state], len(out.Items))
	}
	return out.Items
}

// A proof is renewed before the authority's certificate ends, each time anew; where one
// document fails the others are renewed, and why stands with it.
func TestRenew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.certify(3)
		end := h.pki.Stamping().Leaf().NotAfter
		if c := h.live(Good); len(c) != 3 || !c[0].GoodTo.Equal(end) {
			t.Fatal(c, end)
		}
		if out, err := h.Renew(h.ctx, false); err != nil || out != (Renewed{}) {
			t.Fatal("renewed what was not due", out, err)
		}
		h.now = end.AddDate(0, 0, -30)
		if c := h.live(Due); len(c) != 3 {
			t.Fatal(c)
		}
		// The authority still has its old key: a new token would prove nothing more.
		if out, err := h.Renew(h.ctx, false); err != nil || out.Failed != 3 || h.live(Failed)[0].Trouble != TroubleSame {
			t.Fatal(out, err)
		}
		if out, err := h.Renew(h.ctx, false); err != nil || out.Failed != 0 {
			t.Fatal("tried again at once", out, err)
		}
		_, err := h.pki.NewStamping(h.now.AddDate(0, 0, -1), h.now.AddDate(9, 0, 0))
		h.must(err)
		was := h.files["document/1"]
		h.files["document/1"] = append(bytes.Clone(was[:len(was)-1]), ' ')
		h.now = h.now.Add(21 * time.Hour)
		out, err := h.Renew(h.ctx, false)
		if err != nil || out.Done != 2 || out.Failed != 1 {
			t.Fatal(out, err)
		}
		bad := h.live(Failed)
		if len(bad) != 1 || bad[0].Object != "document/1" || bad[0].Trouble != TroubleChanged {
			t.Fatal(bad)
		}
		h.files["document/1"] = was
		h.now = h.now.Add(21 * time.Hour)
		if out, err = h.Renew(h.ctx, false); err != nil || out.Done != 1 || len(h.live(Good)) != 3 {
			t.Fatal(out, err)
		}
		// Long after the first authority's certificate ended the seal is still proven.
		h.now = end.AddDate(2, 0, 0)
		p, err := h.Look(h.ctx, h.live("")[0].ID)
		h.must(err)
		if len(p.History) != 2 || len(p.Seals) != 2 || p.Seals[0].Level != "B-LTA" || !p.Seals[1].Archive || len(p.Seals[0].Problems)+len(p.Seals[1].Problems) > 0 {
			t.Errorf("%+v", p)
		}
		es, err := h.Of(h.ctx, Filter{Object: "document/0", Verb: "seal.renew"})
		h.must(err)
		if len(es.Items) != 1 || es.Items[0].Actor != certifier.ID || es.Items[0].More["result"] != p.History[0].Result && es.Items[0].More["result"] == "" {
			t.Error(es.Items)
		}
	})
}

// What ran out is not made good again: a new timestamp over it would be a lie.
func TestRenewedTooLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.certify(1)
		h.now = h.pki.Stamping().Leaf().NotAfter.Add(time.Hour)
		_, err := h.pki.NewStamping(h.now.AddDate(0, 0, -1), h.now.AddDate(9, 0, 0))
		h.must(err)
		was := h.files["document/0"]
		for _, together := range []bool{false, true} {
			out, err := h.Renew(h.ctx, together)
			if err != nil || out.Done != 0 || out.Failed != 1 {
				t.Fatal(out, err)
			}
			if c := h.live(Over); len(c) != 1 || c[0].Trouble != TroubleLate || !bytes.Equal(h.files["document/0"], was) {
				t.Error(c)
			}
			h.now = h.now.Add(21 * time.Hour)
		}
	})
}

// What the owner does not keep is not renewed, and its row stays what it was.
func TestRenewedAndNotKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.certify(1)
		h.now = h.pki.Stamping().Leaf().NotAfter.AddDate(0, 0, -10)
		_, err := h.pki.NewStamping(h.now, h.now.AddDate(9, 0, 0))
		h.must(err)
		h.broken = errors.New("disk full")
		out, err := h.Renew(h.ctx, false)
		if c := h.live(Failed); err != nil || out.Failed != 1 || len(c) != 1 || c[0].Trouble != TroubleKeep || c[0].Renews != "" || !strings.Contains(c[0].Detail, "disk full") {
			t.Error(out, err, c)
		}
		es, err := h.Of(h.ctx, Filter{Object: "document/0", Verb: "seal.renew"})
		if err != nil || len(es.Items) != 0 {
			t.Error(es, err)
		}
		// Put right, somebody who may has it tried again at once.
		r := job.NewRunner(d, slog.New(slog.DiscardHandler), func() time.Time { return h.now })
		h.work(r)
		h.broken = nil
		if err := h.RenewNow(auth.With(h.ctx, keeper), false); err == nil {
			t.Error("renewed by who may not certify")
		}
		h.must(h.RenewNow(h.ctx, false))
		h.must(r.Drain(t.Context()))
		if es, err = h.Of(h.ctx, Filter{Object: "document/0", Verb: "seal.renew"}); err != nil || len(es.Items) != 1 || es.Items[0].Actor != renewJob || len(h.live(Good)) != 1 {
			t.Error(es, err)
		}
	})
}

// An algorithm that ages ends a proof before its certificate does.
func TestAlgorithmAges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.policy.Algorithms = append(h.policy.Algorithms, Algorithm{Name: "SHA-256", Until: "2028-12-31"})
		h.certify(1)
		if c := h.live(Good); len(c) != 1 || !c[0].GoodTo.Equal(time.Date(2028, 12, 31, 17, 0, 0, 0, time.UTC)) {
			t.Fatal(c)
		}
		h.now = time.Date(2028, 12, 1, 0, 0, 0, 0, time.UTC)
		if out, err := h.Renew(h.ctx, false); err != nil || out.Failed != 1 || h.live(Failed)[0].Trouble != TroubleSame {
			t.Error(out, err)
		}
	})
}

// Many are renewed by one timestamp over all, later again by one; each of them stays
// provable by itself, and a package carries what proves it.
func TestRenewTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.policy.Together = 4
		h.certify(5)
		files := map[string][]byte{}
		for k, v := range h.files {
			files[k] = v
		}
		for round := range 3 {
			h.now = h.pki.Stamping().Leaf().NotAfter.AddDate(0, 0, -20)
			_, err := h.pki.NewStamping(h.now.AddDate(0, 0, -1), h.now.AddDate(3, 0, 0))
			h.must(err)
			out, err := h.Renew(h.ctx, false)
			if err != nil || out.Done != 5 || out.Failed != 0 {
				t.Fatal(round, out, err)
			}
		}
		n, err := db.One(h.ctx, d, db.Value[int], `SELECT COUNT(*) FROM seal_batch`)
		if err != nil || n != 3 {
			t.Error(n, err)
		}
		for _, c := range h.live(Good) {
			if !bytes.Equal(h.files[c.Object], files[c.Object]) || !c.Record {
				t.Error("the file was changed, or has no record")
			}
		}
		h.now = h.now.AddDate(1, 0, 0)
		p, err := h.Look(h.ctx, h.live("")[0].ID)
		if err != nil || len(p.Seals) != 1 || len(p.Seals[0].Problems) > 0 || p.Trouble != "" {
			t.Error(p.Trouble, p.Detail, p.Seals, err)
		}

		der, e, err := h.Record(h.ctx, "document/2")
		h.must(err)
		dir := h.pack(func(p *pack.Package) {
			p.Revocations = e
			p.Documents = []pack.Document{{Title: "x", Kind: "x", Original: pack.Bytes(onePage(t, 2)), OriginalExt: "pdf", Derivative: pack.Bytes(h.files["document/2"]), Record: der}}
		})
		o := pack.Options{Roots: h.pki.Roots(), Logs: []*tree.Verifier{verifier(t, h.LogKey(h.ctx))}, At: h.now}
		if r := pack.Verify(dir, o); r.State != pack.Intact || len(r.Signatures) != 1 || !r.Signatures[0].Proven {
			t.Errorf("%+v", r)
		}
		der[len(der)-40] ^= 1
		dir = h.pack(func(p *pack.Package) {
			p.Revocations = e
			p.Documents = []pack.Document{{Title: "x", Kind: "x", Original: pack.Bytes(onePage(t, 2)), OriginalExt: "pdf", Derivative: pack.Bytes(h.files["document/2"]), Record: der}}
		})
		if r := pack.Verify(dir, o); r.State == pack.Intact {
			t.Error("a broken record was taken")
		}
	})
}

func verifier(t *testing.T, text string) *tree.Verifier {
	t.Helper()
	v, err := tree.ParseVerifier(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// pack writes a package and returns where.
func (h *house) pack(fill func(*pack.Package)) string {
	h.t.Helper()
	p := pack.Package{About: pack.About{ID: "d1", Title: "Hồ sơ", Agency: "VKSND", MadeBy: "x", Made: h.now}, Certificates: h.Roots()}
	p.Documents = []pack.Document{{Title: "x", Kind: "x", Original: pack.Bytes([]byte("x")), OriginalExt: "txt", Derivative: pack.Bytes(onePage(h.t, 0))}}
	fill(&p)
	ready, err := pack.Prepare(p)
	h.must(err)
	e, err := h.Prove(h.ctx, Entry{Verb: "dossier.export", Object: "dossier/d1", More: map[string]string{"manifest": ready.Digest()}})
	h.must(err)
	name := filepath.Join(h.t.TempDir(), "x.zip")
	f, err := os.Create(name)
	h.must(err)
	h.must(ready.WriteZip(f, e))
	h.must(f.Close())
	return name
}

// A certificate that is taken back does not undo what was signed before; what is signed
// after is told.
func TestRevokedLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.certify(1)
		h.now = noon.AddDate(0, 1, 0)
		revoked := h.now
		h.pki.Revoke(h.signer.Leaf(), revoked, 1)
		h.now = noon.AddDate(0, 2, 0)
		p, err := h.Look(h.ctx, h.live("")[0].ID)
		h.must(err)
		if len(p.Seals) != 1 || len(p.Seals[0].Problems) > 0 || p.Seals[0].Revoked == nil || !p.Seals[0].Before() || !p.Seals[0].Compromised {
			t.Fatalf("%+v", p.Seals)
		}
		// An authority that answers a question about it with a refusal is understood too.
		real := h.keys.Evidence
		h.keys.Evidence = func(at time.Time, ids ...pki.Identity) (pki.Evidence, error) {
			if len(ids) > 0 {
				return pki.Evidence{}, fmt.Errorf("refused: %w", &pki.Revoked{Certificate: ids[0].Leaf(), At: revoked, Reason: 4})
			}
			return real(at)
		}
		p, err = h.Look(h.ctx, h.live("")[0].ID)
		h.must(err)
		if len(p.Seals) != 1 || len(p.Seals[0].Problems) > 0 || !p.Seals[0].Before() || p.Seals[0].Compromised {
			t.Fatalf("%+v", p.Seals)
		}
		h.keys.Evidence = real
		// Somebody goes on signing with the key: the evidence that is put in says so.
		h.certify(1)
		p, err = h.Look(h.ctx, h.live("")[0].ID)
		h.must(err)
		if len(p.Seals) != 1 || len(p.Seals[0].Problems) == 0 || p.Seals[0].Before() {
			t.Errorf("%+v", p.Seals)
		}
	})
}

// A list of another office is not shown, words are found without their marks, and pages
// follow each other.
func TestSealList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		h.certify(3)
		out, _, err := h.Seals(h.ctx, SealFilter{Q: "bien BAN hoi cung"})
		if err != nil || len(out.Items) != 3 {
			t.Error(out, err)
		}
		if out, _, err = h.Seals(h.ctx, SealFilter{Q: "100%"}); err != nil || len(out.Items) != 0 {
			t.Error(out, err)
		}
		var f SealFilter
		f.Limit = 2
		out, _, err = h.Seals(h.ctx, f)
		if err != nil || len(out.Items) != 2 || out.Next == "" {
			t.Fatal(out, err)
		}
		f.After = out.Next
		if out, _, err = h.Seals(h.ctx, f); err != nil || len(out.Items) != 1 || out.Next != "" {
			t.Error(out, err)
		}
		other := certifier
		other.Office, other.Path = "ha-noi", []auth.Office{"tc", "ha-noi"}
		if out, counts, err := h.Seals(auth.With(h.ctx, other), SealFilter{}); err != nil || len(out.Items) != 0 || counts[Good] != 0 {
			t.Error(out, counts, err)
		}
		if _, err := h.Look(auth.With(h.ctx, other), out.Items[0].ID); !errors.Is(err, ErrNoEntry) {
			t.Error(err)
		}
		if _, _, err := h.Seals(auth.With(h.ctx, keeper), SealFilter{}); err == nil {
			t.Error("shown to who may not certify")
		}
	})
}

// The key of the journal changes: who trusts the old one follows to the new, over several
// changes; a hand-over that was not signed over leads nowhere.
func TestRollKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "congminh.test/lao-cai", 1)
		first := h.LogKey(h.ctx)
		if err := h.RollKey(h.ctx); !errors.Is(err, ErrNoNext) {
			t.Error(err)
		}
		_, err := h.SignHead(h.ctx)
		h.must(err)
		for i := byte(0); i < 2; i++ {
			k := h.keys
			k.Next = key(t, "congminh.test/lao-cai", 50+i)
			h.Use(k)
			h.now = h.now.AddDate(1, 0, 0)
			h.must(h.RollKey(h.ctx))
			if err := h.RollKey(h.ctx); !errors.Is(err, ErrNoNext) {
				t.Error("handed over twice", err)
			}
			again := h.keys // as after a start, before the files were exchanged
			h.Use(again)
			if got := h.LogKey(h.ctx); got != k.Next.VerifierKey() {
				t.Error(got)
			}
			k.Log, k.Next = k.Next, nil // and after it
			h.Use(k)
		}
		keys, err := h.LogKeys(h.ctx)
		if err != nil || len(keys) != 3 || keys[0].Key != first || keys[0].HandedOver || !keys[1].HandedOver || !keys[2].HandedOver {
			t.Error(keys, err)
		}
		name := h.pack(func(*pack.Package) {})
		for trusted, want := range map[string]pack.State{first: pack.Intact, keys[1].Key: pack.Intact, keys[2].Key: pack.Intact,
			key(t, "congminh.test/lao-cai", 99).VerifierKey(): pack.Unproven} {
			r := pack.Verify(name, pack.Options{Roots: h.pki.Roots(), Logs: []*tree.Verifier{verifier(t, trusted)}, At: h.now})
			if r.State != want {
				t.Errorf("%s: %s %+v", trusted, r.State, r.Findings)
			}
		}
		// A thief of nothing signs a head that the first key signed, with a key of his own.
		s, err := h.store.heads(h.ctx, 100)
		h.must(err)
		old := s[len(s)-1]
		thief := key(t, "congminh.test/lao-cai", 66)
		c, err := tree.ParseCheckpoint(textOf(old.Note))
		h.must(err)
		note, err := c.Sign(key(t, "congminh.test/lao-cai", 1), thief)
		h.must(err)
		e, err := h.Prove(h.ctx, Entry{Verb: "x", Object: "x"})
		h.must(err)
		forged := e.Keys[0]
		forged.Checkpoint = note
		e.Log, e.Keys = thief.VerifierKey(), []pack.Proof{forged}
		if ready, err := pack.Prepare(pack.Package{}); err == nil {
			if err := ready.WriteZip(io.Discard, e); err == nil {
				t.Error("a key was let in that the old one never named")
			}
		}
	})
}

// serve is a witness over HTTP.
func (h *house) serve() string {
	m := http.NewServeMux()
	m.HandleFunc("POST "+witness.Path, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			var said witness.Said
			if said, err = h.AddCheckpoint(auth.With(r.Context(), auth.Actor{}), body); err == nil {
				w.Header().Set("Content-Type", said.Type)
				w.WriteHeader(said.Status)
				_, err = w.Write(said.Body)
			}
		}
		if err != nil {
			h.t.Error(err)
		}
	})
	srv := httptest.NewServer(m)
	h.t.Cleanup(srv.Close)
	return srv.URL
}

// meet has h witnessed by w, which two people agreed to on either side.
func (h *house) meet(w *house, url string) {
	h.t.Helper()
	second := certifier
	second.ID, second.Name = "p4", "Trần Văn Bình"
	for _, x := range []struct {
		at *house
		in NewPeer
	}{{h, NewPeer{Name: "VKSND tối cao", URL: url, WitnessKey: w.WitnessKey()}}, {w, NewPeer{Name: "VKSND khu vực 3", LogKey: h.LogKey(h.ctx)}}} {
		h.must(x.at.ProposePeer(h.ctx, x.in))
		ps, err := x.at.Peers(h.ctx)
		h.must(err)
		p := ps[len(ps)-1]
		if err := x.at.AgreePeer(h.ctx, p.ID); !errors.Is(err, ErrTwo) {
			h.t.Error("one person was enough", err)
		}
		h.must(x.at.AgreePeer(auth.With(h.ctx, second), p.ID))
	}
}

// twin opens another database beside d.
func twin(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "witness.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Two installations: one hands its heads to the other, over HTTP. Then it rewrites its
// history, signs it anew with its own key, and is found out on both sides.
func TestWitness(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ours := newHouse(t, d, "congminh.test/lao-cai", 1)
		theirs := newHouse(t, twin(t), "congminh.test/toi-cao", 10)
		ours.meet(theirs, theirs.serve())
		alarms := func(h *house) Peer {
			t.Helper()
			ps, err := h.Alarms(h.ctx)
			h.must(err)
			if len(ps) == 0 {
				return Peer{}
			}
			return ps[0]
		}
		head := func() Head {
			t.Helper()
			h, err := ours.SignHead(ours.ctx)
			ours.must(err)
			ours.must(ours.Exchange(ours.ctx))
			h, err = ours.Witnessed(ours.ctx, h)
			ours.must(err)
			return h
		}
		for range 3 {
			note(t, ours.Service, ours.ctx, 7)
			h := head()
			signed, err := tree.Open([]byte(h.Note), verifier(t, ours.LogKey(ours.ctx)), verifier(t, theirs.WitnessKey()))
			if err != nil || len(signed.Cosigned) != 1 || len(h.Witnesses) != 1 || h.Witnesses[0].Key != theirs.WitnessKey() {
				t.Fatal(h, err)
			}
			ours.now, theirs.now = ours.now.Add(time.Minute), theirs.now.Add(time.Minute)
		}
		name := ours.pack(func(*pack.Package) {})
		r := pack.Verify(name, pack.Options{Roots: ours.pki.Roots(), Logs: []*tree.Verifier{verifier(t, ours.LogKey(ours.ctx))}, Witnesses: []*tree.Verifier{verifier(t, theirs.WitnessKey())}, At: ours.now})
		if r.State != pack.Intact || len(r.Head.Witnessed) != 1 || r.Head.Stamped == nil {
			t.Errorf("%+v %+v", r, r.Head)
		}
		if a := alarms(ours); a.Alarm != "" {
			t.Fatal(a)
		}

		// History is written anew, with everything a thorough administrator would change.
		kept, err := ours.store.from(ours.ctx, 0, 1000)
		ours.must(err)
		for _, q := range []string{`DELETE FROM seal_entry`, `DELETE FROM seal_hash`, `UPDATE seal_size SET size = 0`, `DELETE FROM seal_head`, `DELETE FROM seal_cosigned`} {
			_, err := d.Exec(ours.ctx, q)
			ours.must(err)
		}
		ours.store.edge.Store(nil)
		for _, x := range kept {
			e := x.Entry
			if e.N == 5 {
				e.Name = "Người khác"
			}
			ours.must(ours.Note(ours.ctx, e))
		}
		note(t, ours.Service, ours.ctx, 1)
		if found, _, err := ours.Check(ours.ctx, Tree{}); err != nil || len(found) > 0 {
			t.Fatal("the rewritten journal should look whole from inside", found, err)
		}
		if h := head(); len(h.Witnesses) != 0 {
			t.Error("a rewritten journal was witnessed")
		}
		if a := alarms(ours); a.Alarm != AlarmFork || a.AlarmText == "" || a.AlarmAt == nil {
			t.Errorf("%+v", a)
		}
		if a := alarms(theirs); a.Alarm != AlarmTheirs {
			t.Errorf("%+v", a)
		}
		for h, verb := range map[*house]string{ours: "seal.alarm.fork", theirs: "seal.alarm.theirs"} {
			ours.must(h.Exchange(h.ctx))
			es, err := h.List(h.ctx, Filter{Verb: verb})
			if err != nil || len(es.Items) != 1 || !strings.Contains(es.Items[0].More["head"], ours.Origin()) {
				t.Error(verb, es.Items, err)
			}
		}
	})
}

// The end of a journal that is cut off, as by a restored backup, is noticed by who saw
// more; a head of the same size with another root too.
func TestWitnessKnowsMore(t *testing.T) {
	for name, cut := range map[string]int{"shorter": 5, "as long": 10} {
		t.Run(name, func(t *testing.T) {
			ours := newHouse(t, twin(t), "congminh.test/lao-cai", 1)
			theirs := newHouse(t, twin(t), "congminh.test/toi-cao", 10)
			ours.meet(theirs, theirs.serve())
			note(t, ours.Service, ours.ctx, 8) // with the two lines about the peer: 10
			_, err := ours.SignHead(ours.ctx)
			ours.must(err)
			ours.must(ours.Exchange(ours.ctx))
			for _, q := range []string{`DELETE FROM seal_entry`, `DELETE FROM seal_hash`, `UPDATE seal_size SET size = 0`, `DELETE FROM seal_head`} {
				_, err := ours.store.db.Exec(ours.ctx, q)
				ours.must(err)
			}
			ours.store.edge.Store(nil)
			note(t, ours.Service, ours.ctx, cut)
			ours.now = ours.now.Add(2 * time.Hour)
			theirs.now = ours.now
			_, err = ours.SignHead(ours.ctx)
			ours.must(err)
			ours.must(ours.Exchange(ours.ctx))
			if as, err := ours.Alarms(ours.ctx); err != nil || len(as) != 1 || as[0].Alarm != AlarmFork {
				t.Error(as, err)
			}
		})
	}
}

// A witness that is not reached for a day is an alarm, once; when it answers it is over.
func TestWitnessAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ours := newHouse(t, d, "congminh.test/lao-cai", 1)
		theirs := newHouse(t, twin(t), "congminh.test/toi-cao", 10)
		ours.meet(theirs, theirs.serve())
		away := errors.New("no route")
		reach := ours.keys.Reach
		ours.keys.Reach = func(ctx context.Context, address string, body []byte) (witness.Said, error) {
			if away != nil {
				return witness.Said{}, away
			}
			return reach(ctx, address, body)
		}
		_, err := ours.SignHead(ours.ctx)
		ours.must(err)
		for hours, want := range []Alarm{23: "", 24: AlarmLate, 25: AlarmLate} {
			if hours < 23 {
				continue
			}
			ours.now = noon.Add(time.Duration(hours) * time.Hour)
			ours.must(ours.Exchange(ours.ctx))
			ps, err := ours.Peers(ours.ctx)
			if err != nil || ps[0].Alarm != want || ps[0].Trouble != "no route" || ps[0].Tried == nil {
				t.Error(hours, ps, err)
			}
		}
		theirs.now, away = ours.now, nil
		ours.must(ours.Exchange(ours.ctx))
		ps, err := ours.Peers(ours.ctx)
		if err != nil || ps[0].Alarm != "" || ps[0].Trouble != "" || ps[0].Reached == nil {
			t.Error(ps, err)
		}
		es, err := ours.List(ours.ctx, Filter{Verb: "seal.alarm"})
		if err != nil || len(es.Items) != 2 {
			t.Error(es.Items, err)
		}
	})
}

// What a witness says to who asks wrongly, and that it keeps before it signs.
func TestWitnessAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		theirs := newHouse(t, d, "congminh.test/toi-cao", 10)
		ours := newHouse(t, twin(t), "congminh.test/lao-cai", 1)
		at := func(n int) (Head, []tree.Hash) {
			t.Helper()
			note(t, ours.Service, ours.ctx, n)
			h, err := ours.SignHead(ours.ctx)
			ours.must(err)
			return h, nil
		}
		ask := func(old int64, proof []tree.Hash, note string) int {
			t.Helper()
			said, err := theirs.AddCheckpoint(t.Context(), tree.Submission{Old: old, Proof: proof, Checkpoint: []byte(note)}.Marshal())
			theirs.must(err)
			return said.Status
		}
		want := func(what string, got, status int) {
			t.Helper()
			if got != status {
				t.Errorf("%s: %d, want %d", what, got, status)
			}
		}
		one, _ := at(5)
		want("unknown journal", ask(0, nil, one.Note), 404)
		ours.meet(theirs, theirs.serve())
		said, err := theirs.AddCheckpoint(t.Context(), []byte("old x\n\n"))
		theirs.must(err)
		want("no request", said.Status, 400)
		stranger, err := tree.Checkpoint{Origin: ours.Origin(), Size: 5}.Sign(key(t, ours.Origin(), 77))
		ours.must(err)
		want("another key", ask(0, nil, string(stranger)), 403)
		want("old above new", ask(9, nil, one.Note), 400)
		want("from what was not seen", ask(3, nil, one.Note), 409)
		want("a proof from nothing", ask(0, []tree.Hash{{}}, one.Note), 422)
		want("first", ask(0, nil, one.Note), 200)
		want("again", ask(5, nil, one.Note), 200)
		two, _ := at(4)
		proof, err := tree.ProveConsistency(ours.store.reader(ours.ctx), 5, two.Size)
		ours.must(err)
		want("from the beginning", ask(0, nil, two.Note), 409)
		want("grown", ask(5, proof, two.Note), 200)
		x, err := theirs.store.seen(t.Context(), ours.Origin())
		if err != nil || x.size != two.Size || x.note != two.Note {
			t.Error(x, err)
		}
		status := 0
		for range perMinute + 1 {
			status = ask(two.Size, nil, two.Note)
		}
		want("too often", status, 429)
		theirs.now = theirs.now.Add(time.Minute)
		want("a minute later", ask(two.Size, nil, two.Note), 200)
	})
}

// Who is told of is somebody: keys of the right kind, an address, not this journal itself,
// and not twice.
func TestPeers(t *testing.T) {
	h := newHouse(t, twin(t), "congminh.test/lao-cai", 1)
	other := newHouse(t, twin(t), "congminh.test/toi-cao", 10)
	log, wit := other.LogKey(h.ctx), other.WitnessKey()
	for name, in := range map[string]NewPeer{
		"no name":       {LogKey: log},
		"no key":        {Name: "x"},
		"wrong kind":    {Name: "x", LogKey: wit},
		"other kind":    {Name: "x", WitnessKey: log, URL: "https://x"},
		"no address":    {Name: "x", WitnessKey: wit},
		"file":          {Name: "x", WitnessKey: wit, URL: "file:///etc/passwd"},
		"with password": {Name: "x", WitnessKey: wit, URL: "https://a:b@x"},
		"itself":        {Name: "x", LogKey: h.LogKey(h.ctx)},
	} {
		if err := h.ProposePeer(h.ctx, in); !errors.Is(err, ErrPeer) {
			t.Error(name, err)
		}
	}
	h.must(h.ProposePeer(h.ctx, NewPeer{Name: "Viện kiểm sát nhân dân tối cao", LogKey: log, WitnessKey: wit, URL: "https://cm.example/"}))
	if err := h.ProposePeer(h.ctx, NewPeer{Name: "x", LogKey: log}); !errors.Is(err, ErrPeer) {
		t.Error("twice", err)
	}
	if err := h.ProposePeer(auth.With(h.ctx, keeper), NewPeer{Name: "x", LogKey: log}); err == nil {
		t.Error("anybody may")
	}
	ps, err := h.Peers(h.ctx)
	h.must(err)
	if ps[0].URL != "https://cm.example" {
		t.Error(ps[0].URL)
	}
	// It comes with a second yes, is to go, stays, is to go and goes.
	second := auth.With(h.ctx, auth.Actor{ID: "p4", Verbs: []auth.Verb{MayKeys}})
	id := ps[0].ID
	state := func(want PeerState) {
		t.Helper()
		if ps, err := h.Peers(h.ctx); err != nil || len(ps) != 1 || ps[0].State != want {
			t.Error(want, ps, err)
		}
	}
	h.must(h.AgreePeer(second, id))
	state(PeerActive)
	if err := h.AgreePeer(second, id); !errors.Is(err, ErrMoved) {
		t.Error(err)
	}
	h.must(h.DropPeer(second, id))
	state(PeerLeaving)
	if err := h.AgreePeer(second, id); !errors.Is(err, ErrTwo) {
		t.Error(err)
	}
	h.must(h.DropPeer(h.ctx, id))
	state(PeerActive)
	h.must(h.DropPeer(second, id))
	h.must(h.AgreePeer(h.ctx, id))
	if err := h.AgreePeer(h.ctx, id); !errors.Is(err, ErrNoPeer) {
		t.Error(err)
	}
}

// What the program comes with is read, and every number of it has its source.
func TestPolicy(t *testing.T) {
	p := asShipped()
	if p.Days < 30 || p.Together < 2 || p.Citation == "" || p.Confidence == "" || len(p.Algorithms) == 0 {
		t.Errorf("%+v", p)
	}
	for _, a := range p.Algorithms {
		if a.Name == "" || a.Citation == "" || a.Confidence == "" || a.Until != "" && a.Until.Start().IsZero() {
			t.Errorf("%+v", a)
		}
	}
	late := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := p.until(late, "RSA-2048"); !got.Before(late) {
		t.Error(got)
	}
	if got := p.until(late, "ECDSA-P-256"); !got.Equal(late) {
		t.Error(got)
	}
}
