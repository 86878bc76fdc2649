package dossier

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/sample"
	"congminh/internal/dossier/scan"
	"congminh/internal/kit"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/auth/password"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/crash"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/event"
	"congminh/internal/kit/job"
	"congminh/internal/kit/sandbox"
	"congminh/internal/kit/search"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/seal"
)

func handlers() map[string]sandbox.Handler {
	h := scan.Handlers()
	maps.Copy(h, ocr.Handlers())
	return h
}

func TestMain(m *testing.M) {
	sandbox.Child(handlers())
	programs := proofPrograms()
	programs["intake"] = crash.Program{Serve: serveIntake, Check: checkIntake}
	crash.Main(m, programs)
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, civil.Zone)

// office is a procuracy with people, cases and everything this module needs.
type office struct {
	*Service
	t     *testing.T
	org   *org.Service
	cases []criminal.Case
}

func open(t *testing.T, d *db.DB) *office {
	t.Helper()
	for _, tool := range []string{"tesseract", "pdftoppm"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	pool := sandbox.NewPool(2, sandbox.Limits{Memory: 1536 << 20, CPU: time.Minute, Wall: 2 * time.Minute})
	t.Cleanup(func() { pool.Close() })
	o, err := assemble(t.Context(), d, t.TempDir(), pool)
	if err != nil {
		t.Fatal(err)
	}
	o.t = t
	return o
}

// assemble builds an office on a database and a folder.
func assemble(ctx context.Context, d *db.DB, dir string, pool *sandbox.Pool) (*office, error) {
	now := func() time.Time { return noon }
	jobs := job.NewRunner(d, slog.New(slog.DiscardHandler), now)
	bus := event.NewBus(jobs)
	index := search.New(d)
	store, err := blob.Open(ctx, "file:"+filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, err
	}
	spool := filepath.Join(dir, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, err
	}
	o := &office{org: org.NewService(d, now, rand.Reader, org.Options{Cost: password.Cost{Memory: 64, Time: 1, Lanes: 1}})}
	pack, err := law.Load(law.Embedded())
	if err != nil {
		return nil, err
	}
	cases := criminal.NewService(d, bus, o.org, func(context.Context) criminal.Law { return pack }, now)
	journal := seal.NewService(d, now)
	o.Service = NewService(d, bus, cases, Engines{Journal: journal,
		Blobs: store, Index: index, Jobs: jobs, Scanner: scan.New(pool, scan.Options{}),
		Reader: ocr.New(pool, ocr.Options{Access: true, Thumb: true, Split: true}), Spool: spool, MaxFile: 1 << 30, Readers: 2,
	}, now)
	if err := index.Migrate(ctx); err != nil {
		return nil, err
	}
	m := o.Module()
	for _, m := range []kit.Module{{Name: "job", Schema: job.Schema()}, o.org.Module(), journal.Module(), cases.Module(), m} {
		if err := d.Migrate(ctx, m.Name, m.Schema); err != nil {
			return nil, err
		}
	}
	m.Listen(bus)
	m.Jobs(jobs)
	if _, err := o.org.Demo(ctx); err != nil {
		return nil, err
	}
	o.cases, err = cases.Demo(ctx)
	return o, err
}

// as returns the context of a demo person.
func (o *office) as(login string) context.Context {
	o.t.Helper()
	a, err := o.org.ActorOf(o.t.Context(), login)
	if err != nil {
		o.t.Fatal(err)
	}
	return auth.With(o.t.Context(), a)
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// number gives numbers to what Preview shows.
func (o *office) number(ctx context.Context, d ID) (Numbering, error) {
	n, err := o.Preview(ctx, d)
	if err != nil {
		return n, err
	}
	return o.Number(ctx, d, n.Seen)
}

// work does every job there is, and fails if one gave up.
func (o *office) work() {
	o.t.Helper()
	o.ok(o.Jobs.Drain(o.t.Context()))
	failed, err := o.Jobs.List(o.t.Context(), job.Filter{State: job.Failed})
	o.ok(err)
	waiting, err := o.Jobs.List(o.t.Context(), job.Filter{State: job.Waiting})
	o.ok(err)
	for _, j := range append(failed.Items, waiting.Items...) {
		o.t.Fatalf("job %s: %s", j.Kind, j.Error)
	}
}

// file makes a sample file of n pages as one PDF.
func samplePDF(t *testing.T, seed int64, n int, opt sample.Options) (*sample.File, []byte) {
	t.Helper()
	f, err := sample.Make(seed, n, opt)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := (sample.Scan{}).PDF(&b, f.Pages); err != nil {
		t.Fatal(err)
	}
	return f, b.Bytes()
}

// A paper file becomes an electronic one: received, read, checked, numbered,
// closed, found, cited, taken out.
func TestFromPaperToFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		clerk, prosecutor := o.as("vanthu"), o.as("ksv")
		file, err := o.Create(clerk, New{Case: o.cases[0].ID, Kind: CaseFile})
		o.ok(err)
		truth, pdf := samplePDF(t, 3, 8, sample.Options{Blank: true})

		// It comes in three parts, with a cut in the middle of the second.
		u, err := o.Begin(clerk, file.ID, `C:\quét\tập 1.pdf`, int64(len(pdf)))
		o.ok(err)
		third := int64(len(pdf) / 3)
		u, err = o.Append(clerk, u.ID, 0, bytes.NewReader(pdf[:third]))
		o.ok(err)
		if _, err = o.Append(clerk, u.ID, third, &cut{bytes.NewReader(pdf[third : third+1000])}); err == nil {
			t.Fatal("a cut was not noticed")
		}
		u, err = o.Upload(clerk, u.ID)
		o.ok(err)
		if u.Offset != third+1000 {
			t.Fatalf("%d bytes are safe, want %d", u.Offset, third+1000)
		}
		if _, err = o.Append(clerk, u.ID, third, bytes.NewReader(pdf[third:])); !errors.Is(err, ErrOffset) {
			t.Fatalf("a part that does not follow: %v", err)
		}
		u, err = o.Append(clerk, u.ID, u.Offset, bytes.NewReader(pdf[u.Offset:]))
		o.ok(err)
		if u.Scan == "" {
			t.Fatal("the file is whole, but no scan")
		}
		again, err := o.Receive(clerk, file.ID, "the same.pdf", "api", bytes.NewReader(pdf))
		o.ok(err)
		if again.ID != u.Scan {
			t.Error("the same file was taken twice")
		}
		if _, err := o.number(o.as("vanthu"), file.ID); !errors.Is(err, ErrReading) {
			t.Errorf("numbered while it was being read: %v", err)
		}
		o.work()

		over, err := o.Overview(clerk, file.ID)
		o.ok(err)
		if over.Dossier.Pages != len(truth.Pages) || over.Scans[0].State != Read || over.Scans[0].Name != "tập 1.pdf" || over.Problem != 0 {
			t.Fatalf("overview %+v", over)
		}
		c, err := o.Contents(clerk, file.ID)
		o.ok(err)
		if len(c.Documents) != len(truth.Docs) {
			t.Errorf("%d documents, want %d", len(c.Documents), len(truth.Docs))
		}
		blank := 0
		for _, p := range truth.Pages {
			if p.Blank {
				blank++
			}
		}
		if over.Excluded != blank {
			t.Errorf("%d pages left out, want the %d blank ones", over.Excluded, blank)
		}

		// A page goes somewhere else and comes back.
		before := arrangement(c.Pages)
		o.ok(o.Arrange(clerk, file.ID, Act{Do: "move", Pages: []PageID{c.Pages[0].ID}}))
		o.ok(o.Arrange(clerk, file.ID, Act{Do: "turn", Pages: []PageID{c.Pages[1].ID}, Turn: 90}))
		for range 2 {
			_, err := o.Undo(clerk, file.ID)
			o.ok(err)
		}
		if _, err := o.Undo(clerk, file.ID); !errors.Is(err, ErrNoUndo) {
			t.Errorf("undone what was not done: %v", err)
		}
		c, err = o.Contents(clerk, file.ID)
		o.ok(err)
		if fmt.Sprint(arrangement(c.Pages)) != fmt.Sprint(before) {
			t.Error("undo did not bring the order back")
		}

		if _, err := o.number(clerk, file.ID); !errors.Is(err, ErrUnchecked) {
			t.Errorf("numbered unchecked: %v", err)
		}
		for _, doc := range c.Documents {
			f := doc.fields()
			if f.Title == "" {
				f.Title = "Tài liệu"
			}
			_, err := o.Accept(clerk, doc.ID, f)
			o.ok(err)
		}
		n, err := o.number(clerk, file.ID)
		o.ok(err)
		if n.First != 1 || n.Last != len(truth.Pages)-blank {
			t.Errorf("numbers %d–%d", n.First, n.Last)
		}
		if err := o.Arrange(clerk, file.ID, Act{Do: "move", Pages: []PageID{c.Pages[0].ID}}); !errors.Is(err, ErrNumbered) {
			t.Errorf("a numbered page moved: %v", err)
		}
		o.ok(o.Close(clerk, file.ID))
		if _, err := o.Receive(clerk, file.ID, "late.pdf", "api", bytes.NewReader(pdf)); !errors.Is(err, ErrClosed) {
			t.Errorf("a closed file grew: %v", err)
		}
		o.work()

		// The prosecutor finds the words without marks, on the page where they stand.
		found, err := o.Search(prosecutor, Query{Words: "qua han tam giam"})
		o.ok(err)
		if len(found.Hits) == 0 {
			t.Fatalf("not found: %q stands on pages %v", "quá hạn tạm giam", truth.Phrase)
		}
		best := found.Hits[0]
		if best.Page.N != truth.Phrase[0] && best.Page.N != truth.Phrase[len(truth.Phrase)-1] || len(best.Boxes) == 0 || best.Cite == "" {
			t.Errorf("best hit: page %d (%s), boxes %v; want one of %v", best.Page.N, best.Cite, best.Boxes, truth.Phrase)
		}
		text := ""
		for _, p := range best.Snippet {
			if p.Hit {
				text += p.Text
			}
		}
		if !strings.Contains(strings.ToLower(text), "quá hạn tạm giam") {
			t.Errorf("marked %q", text)
		}
		if other, err := o.Search(o.as("quantri"), Query{Words: "qua han tam giam"}); err == nil && len(other.Hits) > 0 {
			t.Error("the system administrator reads case files")
		}

		// PDF/A of a document and of a range.
		c, err = o.Contents(prosecutor, file.ID)
		o.ok(err)
		for _, doc := range c.Documents {
			_, r, err := o.DocumentPDF(prosecutor, doc.ID)
			o.ok(err)
			var b bytes.Buffer
			b.ReadFrom(r)
			r.Close()
			if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-1.7")) {
				t.Errorf("%s is no PDF", doc.Title)
			}
		}
		var out bytes.Buffer
		pages := 0
		o.ok(o.ExportPDF(prosecutor, file.ID, Export{From: 2, To: 4}, func(_ Dossier, n int) io.Writer { pages = n; return &out }))
		if pages != 3 || !bytes.Contains(out.Bytes(), []byte("/PageLabels")) {
			t.Errorf("export of %d pages", pages)
		}

		// A later stage goes on where this one ended.
		o.ok(o.Reopen(clerk, file.ID, Prosecution, "Viện kiểm sát thụ lý, bổ sung tài liệu"))
		_, more := samplePDF(t, 9, 2, sample.Options{})
		_, err = o.Receive(clerk, file.ID, "bổ sung.pdf", "api", bytes.NewReader(more))
		o.ok(err)
		o.work()
		_, err = o.AcceptSure(clerk, file.ID, 0)
		o.ok(err)
		m, err := o.number(clerk, file.ID)
		o.ok(err)
		if m.First != n.Last+1 || m.Last != n.Last+2 {
			t.Errorf("went on with %d–%d after %d", m.First, m.Last, n.Last)
		}
		if _, err := o.Remark(clerk, file.ID, m.Last+1, "correction", "không có trang này"); !errors.Is(err, ErrInvalid) {
			t.Errorf("a remark on a folio that is not there: %v", err)
		}
		_, err = o.Remark(clerk, file.ID, 2, "correction", "Trang này bị tẩy xóa ở dòng thứ ba khi nhận")
		o.ok(err)
	})
}

// cut is a line that breaks.
type cut struct{ r *bytes.Reader }

func (c *cut) Read(b []byte) (int, error) {
	if c.r.Len() == 0 {
		return 0, errors.New("connection reset")
	}
	return c.r.Read(b)
}
