package dossier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/job"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

// noise is n bytes that are like no others.
func noise(seed uint64, n int) []byte {
	r, out := rand.New(rand.NewPCG(seed, 1)), make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

func (o *office) content(ctx context.Context, id ScanID) []byte {
	o.t.Helper()
	_, r, err := o.Original(ctx, id)
	o.ok(err)
	defer r.Close()
	b, err := io.ReadAll(r)
	o.ok(err)
	return b
}

func (o *office) newFile(ctx context.Context) Dossier {
	o.t.Helper()
	d, err := o.Create(ctx, New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	return d
}

// Two who send the same file at once into one upload, as a browser does that lost
// its line and tries again, come to one scan with the bytes of the file.
func TestTwoSenders(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		for round := range 8 {
			body := noise(uint64(round), 700_000+round)
			u, err := o.Begin(ctx, file.ID, "tập.pdf", int64(len(body)))
			o.ok(err)
			send := func() error {
				for n := 0; n < 10_000; n++ {
					now, err := o.Upload(ctx, u.ID)
					if err != nil || now.Scan != "" {
						return err
					}
					end := min(now.Offset+100_000, now.Size)
					// Many small reads, so that the two get in each other's way.
					_, err = o.Append(ctx, u.ID, now.Offset, &drip{bytes.NewReader(body[now.Offset:end])})
					if err != nil && !errors.Is(err, ErrOffset) {
						return err
					}
				}
				return errors.New("never came to an end")
			}
			var both sync.WaitGroup
			errs := make([]error, 2)
			for i := range errs {
				both.Go(func() { errs[i] = send() })
			}
			both.Wait()
			o.ok(errors.Join(errs...))
			u, err = o.Upload(ctx, u.ID)
			o.ok(err)
			// Before it is read, a scan may turn out to be a state secret: of those who may take
			// originals out only a leader of the office opens it.
			if got := o.content(o.as("vientruong"), u.Scan); !bytes.Equal(got, body) {
				t.Fatalf("round %d: %d bytes came, %d were sent, or in another order", round, len(got), len(body))
			}
		}
		cs, err := o.Scans(ctx, file.ID)
		o.ok(err)
		if len(cs) != 8 {
			t.Errorf("%d scans", len(cs))
		}
	})
}

// drip gives few bytes at a time.
type drip struct{ r io.Reader }

func (d *drip) Read(p []byte) (int, error) { return d.r.Read(p[:min(len(p), 4000)]) }

// What is longer than was announced or than is allowed leaves nothing behind.
func TestTooLong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		o.MaxFile = 1000
		for _, n := range []int{1001, 5000} {
			if _, err := o.Receive(ctx, file.ID, "to.pdf", "api", bytes.NewReader(noise(1, n))); !errors.Is(err, ErrSize) {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
		if _, err := o.Begin(ctx, file.ID, "to.pdf", 1001); !errors.Is(err, ErrSize) {
			t.Errorf("announced: %v", err)
		}
		u, err := o.Begin(ctx, file.ID, "to.pdf", 500)
		o.ok(err)
		if _, err := o.Append(ctx, u.ID, 0, bytes.NewReader(noise(1, 501))); !errors.Is(err, ErrSize) {
			t.Errorf("more than announced: %v", err)
		}
		if u, err = o.Upload(ctx, u.ID); err != nil || u.Offset != 0 {
			t.Errorf("offset %d, %v", u.Offset, err)
		}
		cs, err := o.Scans(ctx, file.ID)
		o.ok(err)
		refs, err := o.Blobs.List(ctx, "", 10)
		o.ok(err)
		if len(cs)+len(refs) != 0 {
			t.Errorf("left behind: %v %v", cs, refs)
		}
		c, err := o.Receive(ctx, file.ID, "vừa.pdf", "api", bytes.NewReader(noise(2, 1000)))
		if err != nil || c.Size != 1000 {
			t.Errorf("just right: %+v %v", c, err)
		}
	})
}

// An upload goes no further than the right to its file.
func TestUploadNeedsTheFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		u, err := o.Begin(ctx, file.ID, "a.pdf", 10)
		o.ok(err)
		me := auth.From(ctx)
		moved := me
		moved.Office, moved.Path = "lai-chau", []auth.Office{"tc", "lai-chau"}
		for what, who := range map[string]auth.Actor{
			"one without the verb":    {ID: me.ID, Office: me.Office, Path: me.Path},
			"one who works elsewhere": moved,
		} {
			ctx := auth.With(t.Context(), who)
			if _, err := o.Upload(ctx, u.ID); err == nil {
				t.Errorf("%s sees the upload", what)
			}
			if _, err := o.Append(ctx, u.ID, 0, strings.NewReader("0123456789")); err == nil {
				t.Errorf("%s adds to it", what)
			}
		}
		if u, err = o.Upload(ctx, u.ID); err != nil || u.Offset != 0 {
			t.Errorf("%+v %v", u, err)
		}
	})
}

func TestPendingHasAnEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		o.ok(d.Tx(ctx, func(ctx context.Context) error {
			for n := range maxPending {
				u := Upload{ID: UploadID(fmt.Sprintf("u%d", n)), Dossier: file.ID, Size: 1, Started: noon, By: auth.From(ctx).ID}
				if err := o.store.insertUpload(ctx, u); err != nil {
					return err
				}
			}
			return nil
		}))
		if _, err := o.Begin(ctx, file.ID, "nữa.pdf", 1); !errors.Is(err, ErrPending) {
			t.Errorf("one too many: %v", err)
		}
		o.ok(o.Cancel(ctx, "u7"))
		if _, err := o.Begin(ctx, file.ID, "nữa.pdf", 1); err != nil {
			t.Error(err)
		}
	})
}

// A scan that was refused is tried again when it is sent again or when somebody asks,
// once; one that was read is not.
func TestRefusedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		jobs := func() int {
			js, err := o.Jobs.List(ctx, job.Filter{State: job.Waiting})
			o.ok(err)
			n := 0
			for _, j := range js.Items {
				if j.Kind == readJob {
					n++
				}
			}
			return n
		}
		send := func() Scan {
			c, err := o.Receive(ctx, file.ID, "a.pdf", "api", strings.NewReader("không phải PDF"))
			o.ok(err)
			return c
		}
		first := send()
		if send(); jobs() != 1 {
			t.Fatalf("%d jobs for a file sent twice", jobs())
		}
		state := func(s ScanState, reason string) {
			c, err := o.store.scan(ctx, first.ID)
			o.ok(err)
			c.State, c.Reason = s, reason
			o.ok(o.store.updateScan(ctx, c))
			_, err = d.Exec(ctx, `DELETE FROM job`)
			o.ok(err)
		}
		state(Refused, "Tệp không đọc được.")
		second := send()
		if second.ID != first.ID || second.Seq != first.Seq+1 || second.State != Waiting || second.Reason != "" || jobs() != 1 {
			t.Errorf("sent again: %+v, %d jobs", second, jobs())
		}
		state(Refused, "Tệp không đọc được.")
		for range 2 {
			c, err := o.RetryScan(ctx, first.ID)
			if err != nil || c.State != Waiting || c.Seq != first.Seq+2 || jobs() != 1 {
				t.Errorf("tried again: %+v %v, %d jobs", c, err, jobs())
			}
		}
		state(Reading, "") // and its work was given up
		if _, err := o.RetryScan(ctx, first.ID); err != nil || jobs() != 1 {
			t.Errorf("one that nobody reads: %v, %d jobs", err, jobs())
		}
		state(Read, "")
		if c, err := o.RetryScan(ctx, first.ID); err != nil || c.State != Read || jobs() != 0 {
			t.Errorf("one that was read: %+v %v, %d jobs", c, err, jobs())
		}
		nobody := auth.With(t.Context(), auth.Actor{ID: "x", Verbs: []auth.Verb{MayRead}})
		if _, err := o.RetryScan(nobody, first.ID); !errors.Is(err, auth.ErrMay) {
			t.Errorf("without the right: %v", err)
		}
	})
}

func TestSweep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		add := func(id UploadID, started, last time.Time) {
			o.ok(o.store.insertUpload(ctx, Upload{ID: id, Dossier: file.ID, Size: 9, Started: started, By: auth.From(ctx).ID}))
			if !last.IsZero() {
				o.ok(os.WriteFile(o.spoolPath(id), []byte("abc"), 0o600))
				o.ok(os.Chtimes(o.spoolPath(id), last, last))
			}
		}
		day := 24 * time.Hour
		add("new", noon.Add(-6*day), time.Time{})
		add("never-begun", noon.Add(-8*day), time.Time{})
		add("given-up", noon.Add(-9*day), noon.Add(-8*day))
		add("slow", noon.Add(-9*day), noon.Add(-day))
		for name, age := range map[string]time.Duration{"read-1": 3 * day, "reread-1": 3 * day, "replace-1": 3 * day, "read-2": day, "else": 9 * day} {
			dir := filepath.Join(o.Spool, name)
			o.ok(os.MkdirAll(filepath.Join(dir, "in"), 0o700))
			o.ok(os.Chtimes(dir, noon.Add(-age), noon.Add(-age)))
		}
		o.ok(o.sweep(ctx))
		us, err := o.Pending(ctx, file.ID)
		o.ok(err)
		var left []string
		for _, u := range us {
			left = append(left, string(u.ID))
		}
		es, err := os.ReadDir(o.Spool)
		o.ok(err)
		for _, e := range es {
			left = append(left, e.Name())
		}
		if got, want := fmt.Sprint(left), "[new slow else read-2 upload-slow]"; got != want {
			t.Errorf("left %s, want %s", got, want)
		}
	})
}

// The watched folder takes whole, regular files, each by itself, and loses none.
func TestWatchedFolder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		o.Watch = t.TempDir()
		o.MaxFile = 5000
		put := func(name string, body []byte) string {
			p := filepath.Join(o.Watch, name)
			o.ok(os.MkdirAll(filepath.Dir(p), 0o700))
			o.ok(os.WriteFile(p, body, 0o600))
			return p
		}
		in := string(file.ID) + "/"
		w := newWatcher(o.Service, slog.New(slog.DiscardHandler), 2)
		secret := filepath.Join(t.TempDir(), "bi-mat.pdf")
		o.ok(os.WriteFile(secret, noise(9, 100), 0o600))

		put(in+"a.pdf", noise(1, 100))
		put(in+"hỏng\xff\x01.pdf", noise(2, 100))
		put(in+"to.pdf", noise(3, 6000))
		put(in+"rỗng.pdf", nil)
		put(in+"viết.pdf.part", noise(4, 100))
		put("khong-co/b.pdf", noise(5, 100))
		grows := put(in+"lớn-dần.pdf", noise(6, 100))
		o.ok(os.Symlink(secret, filepath.Join(o.Watch, in, "nối.pdf")))
		o.ok(os.Symlink(filepath.Dir(secret), filepath.Join(o.Watch, "thu-muc-noi")))
		o.ok(syscall.Mkfifo(filepath.Join(o.Watch, in, "ống.pdf"), 0o600))
		names := func() string {
			cs, err := o.Scans(ctx, file.ID)
			o.ok(err)
			var out []string
			for _, c := range cs {
				out = append(out, c.Name)
			}
			return strings.Join(out, " ")
		}
		look := func(n int) {
			for range n {
				o.ok(w.look(t.Context()))
			}
		}
		look(2)
		if got := names(); got != "" {
			t.Errorf("taken before they were whole: %s", got)
		}
		o.ok(os.WriteFile(grows, noise(6, 200), 0o600))
		look(1)
		if got, want := names(), "a.pdf hỏng.pdf"; got != want {
			t.Errorf("taken %q, want %q", got, want)
		}
		look(2)
		if got, want := names(), "a.pdf hỏng.pdf lớn-dần.pdf"; got != want {
			t.Errorf("taken %q, want %q", got, want)
		}
		for _, p := range []string{in + "da-nhan/a.pdf", in + "loi/to.pdf", in + "loi/to.pdf.txt", "khong-co/loi/b.pdf", "khong-co/loi/b.pdf.txt", in + "rỗng.pdf", in + "viết.pdf.part", in + "nối.pdf"} {
			if _, err := os.Lstat(filepath.Join(o.Watch, p)); err != nil {
				t.Error(err)
			}
		}
		// The same names come again the next day.
		put(in+"a.pdf", noise(11, 100))
		put(in+"to.pdf", noise(13, 6001))
		look(3)
		if got, want := names(), "a.pdf hỏng.pdf lớn-dần.pdf a.pdf"; got != want {
			t.Errorf("taken %q, want %q", got, want)
		}
		for p, want := range map[string][]byte{
			"da-nhan/a.pdf": noise(1, 100), "da-nhan/a (2).pdf": noise(11, 100),
			"loi/to.pdf": noise(3, 6000), "loi/to (2).pdf": noise(13, 6001),
		} {
			if got, err := os.ReadFile(filepath.Join(o.Watch, in, p)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, %v", p, len(got), err)
			}
		}
		// A folder that may not be written to holds nobody else up.
		o.ok(os.WriteFile(filepath.Join(o.Watch, in, "da-nhan.tmp"), nil, 0o600))
		o.ok(os.Rename(filepath.Join(o.Watch, in, "da-nhan"), filepath.Join(o.Watch, "cu")))
		o.ok(os.Rename(filepath.Join(o.Watch, in, "da-nhan.tmp"), filepath.Join(o.Watch, in, "da-nhan")))
		put(in+"c.pdf", noise(21, 100))
		put("zz/d.pdf", noise(22, 100))
		look(4)
		if _, err := os.Stat(filepath.Join(o.Watch, "zz/loi/d.pdf.txt")); err != nil {
			t.Error("a folder in trouble held up the next one:", err)
		}
	})
}

// ask sends a request of one person to the pages of this module.
func (o *office) ask(ctx context.Context, r *http.Request) *httptest.ResponseRecorder {
	o.t.Helper()
	mux := http.NewServeMux()
	pages := web.NewMux(mux, slog.New(slog.DiscardHandler), site.Refusal)
	o.web(pages)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.From(ctx))))
	return w
}

// The case of a new file is the one the person came from, or one they choose; none is
// chosen for them.
func TestNewFilePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		c := o.cases[0]
		get := func(query string) string {
			w := o.ask(ctx, httptest.NewRequest(http.MethodGet, "/dossiers/new"+query, nil))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", query, w.Code)
			}
			return w.Body.String()
		}
		if p := get(""); !strings.Contains(p, `<option value="">`) && !strings.Contains(p, `<option value="" selected>`) || strings.Contains(p, `value="`+string(c.ID)+`" selected`) {
			t.Error("a case is chosen that nobody chose")
		}
		if p := get("?case=" + string(c.ID)); !strings.Contains(p, `<input type="hidden" name="case" value="`+string(c.ID)+`"`) || strings.Contains(p, "<select") || !strings.Contains(p, c.Number) {
			t.Error("the case one came from is not fixed")
		}
		if p := get("?q=" + url.QueryEscape(c.Number)); !strings.Contains(p, string(c.ID)) {
			t.Error("the case is not found by its number")
		}
		if p := get("?q=khongcovuanay"); strings.Contains(p, "<select") {
			t.Error("cases are shown that do not match")
		}
		if w := o.ask(ctx, httptest.NewRequest(http.MethodGet, "/dossiers/new?case=none", nil)); w.Code != http.StatusNotFound {
			t.Errorf("a case there is not: %d", w.Code)
		}
		r := httptest.NewRequest(http.MethodPost, "/dossiers", strings.NewReader("kind=case_file&case="))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if w := o.ask(ctx, r); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Hãy chọn vụ án") {
			t.Errorf("a file of no case: %d", w.Code)
		}
	})
}

// Each file of a form is taken or refused by itself.
func TestFormOfFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		ctx := o.as("vanthu")
		file := o.newFile(ctx)
		o.MaxFile = 1000
		send := func(sizes ...int) *httptest.ResponseRecorder {
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			for i, n := range sizes {
				p, err := m.CreateFormFile("files", fmt.Sprintf("tệp-%d.pdf", i))
				o.ok(err)
				_, err = p.Write(noise(uint64(n), n))
				o.ok(err)
			}
			m.Close()
			r := httptest.NewRequest(http.MethodPost, path(file.ID, "/scans"), &b)
			r.Header.Set("Content-Type", m.FormDataContentType())
			return o.ask(ctx, r)
		}
		if w := send(100, 1200, 300); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "tệp-1.pdf") || strings.Contains(w.Body.String(), "tệp-0.pdf") {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		if cs, err := o.Scans(ctx, file.ID); err != nil || len(cs) != 2 {
			t.Errorf("%d taken, %v", len(cs), err)
		}
		if w := send(); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("no file: %d", w.Code)
		}
		if w := send(400); w.Code != http.StatusSeeOther {
			t.Errorf("a good one: %d", w.Code)
		}
		cs, err := o.Scans(ctx, file.ID)
		o.ok(err)
		c := cs[0]
		c.State, c.Reason = Refused, "Tệp không đọc được."
		o.ok(o.store.updateScan(ctx, c))
		page := o.ask(ctx, httptest.NewRequest(http.MethodGet, path(file.ID, ""), nil)).Body.String()
		if retry := `action="/scans/` + string(c.ID) + `/retry"`; strings.Count(page, "/retry") != 1 || !strings.Contains(page, retry) {
			t.Error("no way to try the refused scan again, or for others too")
		}
		if w := o.ask(ctx, httptest.NewRequest(http.MethodPost, "/scans/"+string(c.ID)+"/retry", nil)); w.Code != http.StatusSeeOther {
			t.Errorf("try again: %d %s", w.Code, w.Body)
		}
		if c, err = o.store.scan(ctx, c.ID); err != nil || c.State != Waiting {
			t.Errorf("%+v, %v", c, err)
		}
	})
}
