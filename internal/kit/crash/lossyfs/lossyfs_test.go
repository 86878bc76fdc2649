//go:build linux

package lossyfs_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"congminh/internal/kit/crash/lossyfs"
)

// The disk keeps what was synced and nothing else. Every program here runs in
// this process, which is safe only because none maps a file into memory.
func TestWhatIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		syncFile, syncDir bool
		want              string // content after the crash; "-" if the name is gone
	}{
		"nothing synced":       {false, false, "-"},
		"only the file synced": {true, false, "-"},
		"only the name synced": {false, true, ""},
		"both synced":          {true, true, "bút lục"},
	} {
		t.Run(name, func(t *testing.T) {
			disk, dir := lossyfs.New(), t.TempDir()
			unmount := mount(t, disk, dir)
			f, err := os.Create(filepath.Join(dir, "partial"))
			must(t, err)
			_, err = f.WriteString("bút lục")
			must(t, err)
			if c.syncFile {
				must(t, f.Sync())
			}
			must(t, f.Close())
			must(t, os.Rename(filepath.Join(dir, "partial"), filepath.Join(dir, "whole")))
			if c.syncDir {
				d, err := os.Open(dir)
				must(t, err)
				must(t, errors.Join(d.Sync(), d.Close()))
			}
			if b, err := os.ReadFile(filepath.Join(dir, "whole")); err != nil || string(b) != "bút lục" {
				t.Errorf("before the crash: %q, %v", b, err)
			}
			unmount()
			disk.Crash(rand.New(rand.NewPCG(1, 1)))
			unmount = mount(t, disk, dir)
			defer unmount()
			b, err := os.ReadFile(filepath.Join(dir, "whole"))
			got := string(b)
			if errors.Is(err, os.ErrNotExist) {
				got = "-"
			} else if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("after the crash: %q, want %q", got, c.want)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 1 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

func mount(t *testing.T, disk *lossyfs.Disk, dir string) (unmount func()) {
	t.Helper()
	if err := lossyfs.Available(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	un, err := disk.Mount(dir)
	must(t, err)
	return func() { t.Helper(); must(t, un()) }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
