package dossier

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/crash"
	"congminh/internal/kit/db"
	"congminh/internal/kit/job"
	"congminh/internal/kit/sandbox"
)

// intakeOffice opens the office of the crash test: one file that is sent pages.
func intakeOffice(ctx context.Context, dir string) (*office, context.Context, ID, func(), error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, "", nil, err
	}
	url := os.Getenv(proofURL)
	if url == "" {
		url = "sqlite:" + filepath.Join(dir, "congminh.db")
	}
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, nil, "", nil, err
	}
	pool := sandbox.NewPool(1, sandbox.Limits{Memory: 1 << 30, CPU: time.Minute, Wall: time.Minute})
	end := func() { pool.Close(); d.Close() }
	o, err := assemble(ctx, d, dir, pool)
	if err != nil {
		return nil, nil, "", end, err
	}
	who, err := o.org.ActorOf(ctx, "vanthu")
	if err != nil {
		return nil, nil, "", end, err
	}
	ctx = auth.With(ctx, who)
	files, err := o.OfCase(ctx, o.cases[0].ID)
	if err == nil && len(files) == 0 {
		var f Dossier
		f, err = o.Create(ctx, New{Case: o.cases[0].ID, Kind: CaseFile})
		files = []Dossier{f}
	}
	if err != nil {
		return nil, nil, "", end, err
	}
	return o, ctx, files[0].ID, end, nil
}

// leaf is a small page that is like no other.
func leaf(r *rand.Rand) []byte {
	img := image.NewGray(image.Rect(0, 0, 300, 420))
	for i := range img.Pix {
		img.Pix[i] = 245
	}
	for range 20 {
		x, y := 30+r.IntN(200), 30+r.IntN(350)
		for dx := range 20 + r.IntN(40) {
			img.SetGray(x+dx, y, color.Gray{Y: 20})
			img.SetGray(x+dx, y+1, color.Gray{Y: 20})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // into memory: cannot fail
	return b.Bytes()
}

// serveIntake sends pages, whole and in parts, while the ones before are being read.
// It acknowledges what the service acknowledged.
func serveIntake(ctx context.Context, dir string, ack func(string)) error {
	o, ctx, d, end, err := intakeOffice(ctx, dir)
	if err != nil {
		return err
	}
	defer end()
	go o.Jobs.Run(ctx)
	errs := make(chan error, 2)
	send := func(whole bool) {
		r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(os.Getpid())))
		for n := 0; ; n++ {
			body := leaf(r)
			name := fmt.Sprintf("%d-%d.jpg", os.Getpid(), n)
			c, err := Scan{}, error(nil)
			if whole {
				c, err = o.Receive(ctx, d, name, "api", bytes.NewReader(body))
			} else {
				var u Upload
				if u, err = o.Begin(ctx, d, name, int64(len(body))); err == nil {
					half := len(body) / 2
					if u, err = o.Append(ctx, u.ID, 0, bytes.NewReader(body[:half])); err == nil {
						u, err = o.Append(ctx, u.ID, u.Offset, bytes.NewReader(body[half:]))
					}
					c.ID = u.Scan
				}
			}
			if err != nil {
				errs <- err
				return
			}
			ack(string(c.ID))
		}
	}
	go send(true)
	go send(false)
	return <-errs
}

// checkIntake finds every acknowledged scan with its bytes, and no page twice.
func checkIntake(ctx context.Context, dir string, acked []string) error {
	o, ctx, d, end, err := intakeOffice(ctx, dir)
	if err != nil {
		return err
	}
	defer end()
	if err := o.store.db.Check(ctx); err != nil {
		return err
	}
	scans, err := o.Scans(ctx, d)
	if err != nil {
		return err
	}
	have := map[string]Scan{}
	for _, c := range scans {
		have[string(c.ID)] = c
		if err := blob.Verify(ctx, o.Blobs, c.SHA256); err != nil {
			return fmt.Errorf("scan %s: %w", c.ID, err)
		}
	}
	for _, id := range acked {
		if _, ok := have[id]; !ok {
			return fmt.Errorf("scan %s was acknowledged and is not there", id)
		}
	}
	pages, err := o.store.pages(ctx, d)
	if err != nil {
		return err
	}
	of := map[ScanID]int{}
	for _, p := range pages {
		of[p.Scan]++
		for _, sha := range []string{p.Picture, p.Words, p.Access, p.Thumb} {
			if sha == "" {
				continue
			}
			if err := blob.Verify(ctx, o.Blobs, sha); err != nil {
				return fmt.Errorf("page %s: %w", p.ID, err)
			}
		}
	}
	for _, c := range scans {
		if n := of[c.ID]; n > 1 || c.State == Read && n != 1 {
			return fmt.Errorf("scan %s (%s) has %d pages", c.ID, c.State, n)
		}
	}
	return nil
}

// Nothing that was acknowledged is lost when the program is killed, whatever it was
// doing, and in the end every page is there once.
func TestCrashIntake(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("CONGMINH_CRASH_ROUNDS"))
	if err != nil {
		rounds = 8
	}
	dir := t.TempDir()
	res, err := crash.Loop{Program: "intake", Dir: dir, Rounds: rounds, Life: 1500 * time.Millisecond, Seed: 26, Log: t.Logf}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d scans acknowledged, none lost", res.Rounds, len(res.Acked))
	if len(res.Acked) == 0 {
		t.Fatal("nothing was acknowledged: the test says nothing")
	}
	o, ctx, d, end, err := intakeOffice(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	// The leases of the jobs that died with the program run out; the clock of the
	// test stands still, so they are given back by hand.
	for range 3 {
		if _, err := o.store.db.Exec(ctx, `UPDATE job SET state = 'waiting', run_at = $1 WHERE state IN ('running', 'failed', 'waiting')`, noon.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := o.Jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := o.Jobs.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for kind, by := range counts {
		if by[job.Waiting]+by[job.Running]+by[job.Failed] > 0 {
			t.Errorf("%s: %v", kind, by)
		}
	}
	scans, err := o.Scans(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range scans {
		if c.State != Read || c.Pages != 1 {
			t.Errorf("%s is %s with %d pages: %s", c.Name, c.State, c.Pages, c.Reason)
		}
	}
	file, err := o.Get(ctx, d)
	if err != nil || file.Pages != len(scans) {
		t.Errorf("%d pages of %d scans, %v", file.Pages, len(scans), err)
	}
}
