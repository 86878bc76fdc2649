package dossier

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/crash"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/id"
	"congminh/internal/seal"
	"congminh/internal/seal/pades"
	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
	"congminh/internal/seal/tree"
)

// What the loops hand to the program that dies.
const (
	proofKeys = "CONGMINH_PROOF_KEYS"     // a folder outside the disk that forgets
	proofURL  = "CONGMINH_PROOF_DATABASE" // of a server; without it SQLite on the disk
)

// proof is the program whose word is proof: it takes pages in, certifies documents, writes
// the journal alone and with other things, and signs heads, all at once. The field is a
// fault, planted once it is open.
type proof struct {
	plant func(ctx context.Context, o *office, dir string) error
}

// proofPrograms are run by TestMain.
func proofPrograms() map[string]crash.Program {
	out := map[string]crash.Program{}
	for name, p := range map[string]proof{
		"proof":            {},
		"proof-db-normal":  {plant: synchronous("NORMAL")},
		"proof-db-off":     {plant: synchronous("OFF")},
		"proof-file-bytes": {plant: careless(false, true)},
		"proof-file-names": {plant: careless(true, false)},
	} {
		out[name] = crash.Program{Serve: p.serve, Check: checkProof}
	}
	return out
}

// synchronous takes from SQLite the sync at every commit.
func synchronous(mode string) func(context.Context, *office, string) error {
	return func(ctx context.Context, o *office, _ string) error {
		_, err := o.store.db.Exec(ctx, `PRAGMA synchronous = `+mode) // there is one connection that writes
		return err
	}
}

// careless takes from the blob store a sync: of what is in the file, or of its name.
func careless(file, name bool) func(context.Context, *office, string) error {
	return func(_ context.Context, o *office, dir string) error {
		o.Blobs = halfSynced{o.Blobs, filepath.Join(dir, "blobs"), file, name}
		return nil
	}
}

// halfSynced is a store that syncs only what it is told to.
type halfSynced struct {
	blob.Store
	dir        string
	file, name bool
}

func (c halfSynced) Put(_ context.Context, r io.Reader) (ref blob.Ref, err error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return ref, err
	}
	ref = blob.Ref{SHA256: digestOf(body), Size: int64(len(body))}
	f, err := os.CreateTemp(filepath.Join(c.dir, "partial"), "blob-")
	if err != nil {
		return ref, err
	}
	_, err = f.Write(body)
	if c.file {
		err = errors.Join(err, f.Sync())
	}
	shelf := filepath.Join(c.dir, ref.SHA256[:2])
	if err = errors.Join(err, f.Close(), os.Rename(f.Name(), filepath.Join(shelf, ref.SHA256))); err != nil || !c.name {
		return ref, err
	}
	folder, err := os.Open(shelf)
	if err != nil {
		return ref, err
	}
	return ref, errors.Join(folder.Sync(), folder.Close())
}

// proofOffice is the office of the intake with keys to sign with.
func proofOffice(ctx context.Context, dir string) (*office, context.Context, ID, func(), error) {
	o, in, d, end, err := intakeOffice(ctx, dir)
	if err != nil {
		return nil, nil, "", nil, err
	}
	keys, err := readProofKeys()
	if err != nil {
		end()
		return nil, nil, "", nil, err
	}
	o.Journal.Use(keys)
	return o, in, d, end, nil
}

func readProofKeys() (k seal.Keys, err error) {
	dir := os.Getenv(proofKeys)
	text, err := os.ReadFile(filepath.Join(dir, "authority.pem"))
	if err != nil {
		return k, err
	}
	d, err := pki.LoadDevelopment(rand.Reader, text)
	if err != nil {
		return k, err
	}
	seed, err := os.ReadFile(filepath.Join(dir, "seed"))
	if err != nil {
		return k, err
	}
	if k.Log, err = tree.NewKey("congminh.test/proof", ed25519.NewKeyFromSeed(seed)); err != nil {
		return k, err
	}
	signer, err := d.Issue(pki.Subject{Name: "VKSND khu vực 3", Office: "VKSND khu vực 3"}, noon.Add(-time.Minute), noon.AddDate(1, 0, 0))
	now := func() time.Time { return noon }
	k.Signer = func(context.Context, auth.Office, string, time.Time) (pki.Identity, error) { return signer, nil }
	k.Stamp = (&stamp.Authority{Identity: d.Stamping(), Policy: pki.DevelopmentPolicy, Now: now, Rand: rand.Reader}).Stamp
	k.Evidence, k.Roots, k.Rand, k.Development = d.Evidence, d.Roots(), rand.Reader, true
	return k, err
}

func makeProofKeys(dir string) error {
	d, err := pki.NewDevelopment(rand.Reader, noon.AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	text, err := d.Save(noon)
	if err != nil {
		return err
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails
	return errors.Join(os.WriteFile(filepath.Join(dir, "authority.pem"), text, 0o600), os.WriteFile(filepath.Join(dir, "seed"), seed, 0o600))
}

func digestOf(body []byte) string { return fmt.Sprintf("%x", sha256.Sum256(body)) }

// paperPDF is a page that was scanned, as a PDF like no other.
func paperPDF(r *mrand.Rand) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(at))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	picture, draw := leaf(r), "q 300 0 0 420 0 0 cm /I Do Q"
	b.WriteString("%PDF-1.7\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 420] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>")
	object("<< /Length %d >>\nstream\n%s\nendstream", len(draw), draw)
	object("<< /Type /XObject /Subtype /Image /Width 300 /Height 420 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream", len(picture), picture)
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, table)
	return b.Bytes()
}

// serve works at everything at once. What it acknowledges is a kind, a name, and a
// digest where there is one.
func (p proof) serve(ctx context.Context, dir string, ack func(string)) error {
	o, ctx, d, end, err := proofOffice(ctx, dir)
	if err != nil {
		return err
	}
	defer end()
	file, err := o.store.get(ctx, d)
	if err == nil && p.plant != nil {
		err = p.plant(ctx, o, dir)
	}
	if err != nil {
		return err
	}
	look := func(*mrand.Rand) (string, error) { return o.lookAlone(ctx, file) }
	pair := func(*mrand.Rand) (string, error) { return o.lookTwice(ctx, file) }
	page := func(r *mrand.Rand) (string, error) { return o.takePage(ctx, d, r) }
	paper := func(r *mrand.Rand) (string, error) { return o.certifyPaper(ctx, file, r) }
	head := func(*mrand.Rand) (string, error) { return o.signHead(ctx) }

	// One of each before the first word, from which on it may be killed.
	var first []string
	for _, do := range []func(*mrand.Rand) (string, error){look, pair, page, paper, head} {
		said, err := do(mrand.New(mrand.NewPCG(uint64(time.Now().UnixNano()), 0)))
		if err != nil {
			return err
		}
		first = append(first, said)
	}
	for _, said := range first {
		ack(said)
	}
	errs := make(chan error)
	work := func(do func(*mrand.Rand) (string, error)) {
		r := mrand.New(mrand.NewPCG(uint64(time.Now().UnixNano()), mrand.Uint64()))
		for {
			said, err := do(r)
			if err != nil {
				errs <- err
				return
			}
			ack(said)
			time.Sleep(time.Duration(r.IntN(10)) * time.Millisecond) // so that they meet in every order
		}
	}
	for range 8 {
		go work(look)
	}
	for _, do := range []func(*mrand.Rand) (string, error){pair, page, page, paper, paper, head} {
		go work(do)
	}
	return <-errs
}

// lookAlone writes a line of the journal in no transaction: it is committed with others.
func (o *office) lookAlone(ctx context.Context, file Dossier) (string, error) {
	name := "page/" + string(id.New[proof]())
	return "look " + name, o.tell(ctx, file, "page.view", name)
}

// lookTwice writes two lines that stand together or not at all.
func (o *office) lookTwice(ctx context.Context, file Dossier) (string, error) {
	name := "pair/" + string(id.New[proof]())
	return "pair " + name, o.store.db.Tx(ctx, func(ctx context.Context) error {
		return errors.Join(o.tell(ctx, file, "page.view", name), o.tell(ctx, file, "page.print", name))
	})
}

func (o *office) takePage(ctx context.Context, d ID, r *mrand.Rand) (string, error) {
	body := leaf(r)
	c, err := o.Receive(ctx, d, "trang.jpg", "api", bytes.NewReader(body))
	return fmt.Sprintf("page %s %s", c.ID, digestOf(body)), err
}

// certifyPaper seals one document, as Certify does each of a file that is closed.
func (o *office) certifyPaper(ctx context.Context, file Dossier, r *mrand.Rand) (string, error) {
	ref, err := o.Blobs.Put(ctx, bytes.NewReader(paperPDF(r)))
	if err != nil {
		return "", err
	}
	doc := Document{ID: id.New[Document](), Dossier: file.ID, Title: "Biên bản lấy lời khai", State: Accepted, PDF: ref.SHA256, PDFState: "made"}
	if err := o.store.saveDocument(ctx, doc); err != nil {
		return "", err
	}
	of, err := o.Service.cases.Office(ctx, file.Office)
	if err != nil {
		return "", err
	}
	if err := o.certify(ctx, file, doc, of.Path, of.Name); err != nil {
		return "", err
	}
	doc, err = o.store.document(ctx, doc.ID)
	return fmt.Sprintf("seal %s %s", doc.ID, doc.PDF), err
}

func (o *office) signHead(ctx context.Context) (string, error) {
	h, err := o.Journal.SignHead(ctx)
	return fmt.Sprintf("head %d %s", h.Size, h.Root), err
}

// checkProof finds everything that was acknowledged, and nothing half or twice of what
// was not.
func checkProof(ctx context.Context, dir string, acked []string) error {
	if err := silent(ctx); err != nil {
		return err
	}
	o, ctx, d, end, err := proofOffice(ctx, dir)
	if err != nil {
		return err
	}
	defer end()
	if err := o.store.db.Check(ctx); err != nil {
		return err
	}
	said := map[string][][]string{} // by kind
	for _, line := range acked {
		words := strings.Fields(line)
		said[words[0]] = append(said[words[0]], words[1:])
	}
	return errors.Join(
		o.checkLooks(ctx, append(said["look"], said["pair"]...)),
		o.checkTaken(ctx, d, said["page"]),
		o.checkSeals(ctx, d, said["seal"]),
		o.checkHeads(ctx, said["head"]),
	)
}

// silent waits until PostgreSQL has noticed that the program is dead: a commit it was
// sent may still be under way.
func silent(ctx context.Context) error {
	url := os.Getenv(proofURL)
	if url == "" {
		return nil
	}
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		n, err := db.One(ctx, d, db.Value[int], `SELECT COUNT(*) FROM pg_stat_activity
			WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')`)
		if err != nil || n == 0 {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// lost tells how many of a kind are not what was acknowledged.
func lost(kind string, said [][]string, there func(words []string) bool) error {
	n := 0
	for _, words := range said {
		if !there(words) {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d %s of %d are lost", n, kind, len(said))
	}
	return nil
}

// countEntries counts the lines of the journal with a verb like one by what they tell of.
func (o *office) countEntries(ctx context.Context, verb string) (map[string]int, error) {
	objects, err := db.All(ctx, o.store.db, db.Value[string], `SELECT object FROM seal_entry WHERE verb LIKE $1`, verb)
	out := map[string]int{}
	for _, name := range objects {
		out[name]++
	}
	return out, err
}

func (o *office) checkLooks(ctx context.Context, said [][]string) error {
	count, err := o.countEntries(ctx, "page.%")
	if err != nil {
		return err
	}
	for name, n := range count {
		if strings.HasPrefix(name, "page/") && n != 1 || strings.HasPrefix(name, "pair/") && n != 2 {
			return fmt.Errorf("%s stands in the journal %d times", name, n)
		}
	}
	return lost("lines of the journal", said, func(w []string) bool { return count[w[0]] > 0 })
}

func (o *office) checkTaken(ctx context.Context, d ID, said [][]string) error {
	scans, err := o.Scans(ctx, d)
	if err != nil {
		return err
	}
	have := map[string]string{}
	for _, c := range scans {
		have[string(c.ID)] = c.SHA256
		if err := blob.Verify(ctx, o.Blobs, c.SHA256); err != nil {
			return fmt.Errorf("page %s: %w", c.ID, err)
		}
	}
	return lost("pages", said, func(w []string) bool { return have[w[0]] == w[1] })
}

// checkSeals wants of every sealed document one row, one line of the journal and the
// bytes both tell of, and that these prove themselves. Bytes that did once are looked
// at by their digest after that.
func (o *office) checkSeals(ctx context.Context, d ID, said [][]string) error {
	docs, err := o.store.documents(ctx, d)
	if err != nil {
		return err
	}
	told, err := db.All(ctx, o.store.db, db.Value[string], `SELECT leaf FROM seal_entry WHERE verb = 'seal.certify'`)
	if err != nil {
		return err
	}
	rows, err := db.All(ctx, o.store.db, db.Value[string], `SELECT object || ' ' || result FROM seal_certified`)
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, leaf := range told {
		var e seal.Entry
		if err := json.Unmarshal([]byte(leaf), &e); err != nil {
			return err
		}
		count["told "+e.Object+" "+e.More["result"]]++
	}
	for _, r := range rows {
		count["row "+r]++
	}
	path := filepath.Join(os.Getenv(proofKeys), "proven")
	proven, _ := os.ReadFile(path) // none before the first round
	have, want := map[string]string{}, 0
	for _, doc := range docs {
		if doc.PDFState != sealedState {
			continue
		}
		want++
		have[string(doc.ID)] = doc.PDF
		name := "document/" + string(doc.ID) + " " + doc.PDF
		if count["row "+name] != 1 || count["told "+name] != 1 {
			return fmt.Errorf("%s has %d rows and is told %d times", name, count["row "+name], count["told "+name])
		}
		pdf, err := o.bytes(ctx, doc.PDF)
		if err != nil {
			return fmt.Errorf("sealed %s: %w", doc.ID, err)
		}
		if bytes.Contains(proven, []byte(doc.PDF)) {
			continue
		}
		switch r, err := pades.Verify(pdf, o.Journal.Roots(), noon); {
		case err != nil:
			return fmt.Errorf("sealed %s: %w", doc.ID, err)
		case !r.Proven():
			return fmt.Errorf("sealed %s is not proven: %v", doc.ID, r.Seals)
		}
		proven = append(append(proven, doc.PDF...), '\n')
	}
	if len(rows) != want || len(told) != want {
		return fmt.Errorf("%d documents are sealed; %d rows, %d lines of the journal", want, len(rows), len(told))
	}
	if err := os.WriteFile(path, proven, 0o600); err != nil {
		return err
	}
	return lost("seals", said, func(w []string) bool { return have[w[0]] == w[1] })
}

// checkHeads has every head that was said be a head of the journal as it stands, and the
// whole journal read against the last of them.
func (o *office) checkHeads(ctx context.Context, said [][]string) error {
	key, err := tree.ParseVerifier(o.Journal.LogKey(ctx))
	if err != nil || len(said) == 0 {
		return err
	}
	heads := map[string]seal.Tree{}
	var top seal.Tree
	for _, w := range said {
		t := seal.Tree{}
		root, err := base64.StdEncoding.DecodeString(w[1])
		if err == nil {
			t.Size, err = strconv.ParseInt(w[0], 10, 64)
		}
		if err != nil {
			return err
		}
		copy(t.Root[:], root)
		if heads[w[0]] = t; t.Size > top.Size {
			top = t
		}
	}
	found, now, err := o.Journal.Check(ctx, top)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("the journal of %d lines has %d faults, the first at %d: %s", now.Size, len(found), found[0].N, found[0].What)
	}
	notes, err := db.All(ctx, o.store.db, db.Value[string], `SELECT note FROM seal_head`)
	if err != nil {
		return err
	}
	kept := map[string]seal.Tree{}
	for _, note := range notes {
		s, err := tree.Open([]byte(note), key)
		if err != nil {
			return err
		}
		kept[strconv.FormatInt(s.Size, 10)] = seal.Tree{Size: s.Size, Root: s.Root}
	}
	return lost("signed heads", said, func(w []string) bool {
		t, err := o.Journal.TreeAt(ctx, heads[w[0]].Size)
		return err == nil && t.Root == heads[w[0]].Root && kept[w[0]].Root == t.Root
	})
}

// proofRounds is how often a loop kills: CONGMINH_CRASH_ROUNDS for a long night.
func proofRounds(n int) int {
	if more, err := strconv.Atoi(os.Getenv("CONGMINH_CRASH_ROUNDS")); err == nil {
		return more
	}
	return n
}

// runProof runs a loop and tells what was acknowledged.
func runProof(t *testing.T, l crash.Loop) error {
	t.Helper()
	keys := t.TempDir()
	if err := makeProofKeys(keys); err != nil {
		t.Fatal(err)
	}
	l.Env = append(l.Env, proofKeys+"="+keys)
	l.Dir, l.Seed, l.Log, l.Life = t.TempDir(), mrand.Uint64(), t.Logf, 500*time.Millisecond
	t.Logf("seed %d", l.Seed)
	res, err := l.Run(t.Context())
	count := map[string]int{}
	for _, line := range res.Acked {
		kind, _, _ := strings.Cut(line, " ")
		count[kind]++
	}
	t.Logf("%d rounds, acknowledged: %v", res.Rounds, count)
	for _, kind := range []string{"look", "pair", "page", "seal", "head"} {
		if err == nil && count[kind] == 0 {
			t.Errorf("no %s was acknowledged: the test says nothing", kind)
		}
	}
	return err
}

// No acknowledged seal, page, line of the journal or head is lost when the program is
// killed.
func TestCrashProofKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel() // the loops mostly wait, for disks and for deaths
		if err := runProof(t, crash.Loop{Program: "proof", Rounds: proofRounds(2)}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := dbtest.PostgresURL(t)
		_, schema, _ := strings.Cut(url, "search_path=")
		err := runProof(t, crash.Loop{Program: "proof", Rounds: proofRounds(2), Env: []string{proofURL + "=" + url + "&application_name=" + schema}})
		if err != nil {
			t.Fatal(err)
		}
	})
}
