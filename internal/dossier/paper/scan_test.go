package paper

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/raster/degrade"
	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Child(ocr.Handlers())
	os.Exit(m.Run())
}

// TestScanned measures on pages that went through paper: drawn, spoilt as scanners
// spoil them, and read by the reader of the program. It takes minutes, so it runs only
// when CONGMINH_PAPER_SCANS names how many pages to read:
//
//	CONGMINH_PAPER_SCANS=60 go test -run Scanned -v -timeout 60m ./internal/dossier/paper
func TestScanned(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("CONGMINH_PAPER_SCANS"))
	if err != nil {
		t.Skip("set CONGMINH_PAPER_SCANS to a number of pages to measure on real reading")
	}
	pool := sandbox.NewPool(1, sandbox.Limits{CPU: 2 * time.Minute})
	t.Cleanup(func() { _ = pool.Close() })
	reader := ocr.New(pool, ocr.Options{})
	for _, level := range []degrade.Level{degrade.Clean, degrade.Medium, degrade.Hard} {
		f, err := sample.Make(77, n, sample.Options{Upside: true, Turned: true, Blank: true, Labels: true, Duplicate: true})
		if err != nil {
			t.Fatal(err)
		}
		set := labelled{name: level.String(), docs: f.Docs}
		start := time.Now()
		dir := t.TempDir()
		for _, p := range f.Pages {
			var img image.Image = p.Render(200)
			img = degrade.Apply(img, level, int64(p.N))
			name := filepath.Join(dir, fmt.Sprintf("%04d.jpg", p.N))
			out, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := jpeg.Encode(out, img, &jpeg.Options{Quality: level.Quality()}); err != nil {
				t.Fatal(err)
			}
			if err := out.Close(); err != nil {
				t.Fatal(err)
			}
			page, err := reader.Read(context.Background(), name, "jpeg", 200, nil)
			if err != nil {
				t.Fatalf("page %d: %v", p.N, err)
			}
			page.N = p.N
			set.pages = append(set.pages, page)
		}
		scores := judge([]labelled{set})
		line := fmt.Sprintf("scanned, %-7s %3d papers %3d pages %4.0f s:", level, len(set.docs), len(set.pages), time.Since(start).Seconds())
		for _, m := range measures {
			line += fmt.Sprintf(" %s %.1f", m, 100*scores[m].rate())
		}
		t.Log(line)
		for _, m := range measures {
			for _, e := range scores[m].example {
				t.Log("   ", m, e)
			}
		}
		if scores["kind"].rate() < .9 && !slices.Contains([]degrade.Level{degrade.Hard}, level) {
			t.Errorf("%s: kind %.1f %%", level, 100*scores["kind"].rate())
		}
		keep(t, level.String(), set.pages)
	}
}

// keep stores what was read, so that it can be looked into without reading again.
func keep(t *testing.T, name string, pages []reading.Page) {
	dir := os.Getenv("CONGMINH_PAPER_KEEP")
	if dir == "" {
		return
	}
	for _, p := range pages {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%04d.txt", name, p.N)), []byte(p.Text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
