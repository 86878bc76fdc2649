// Command log measures the journal (internal/seal) beside Tessera's POSIX driver, with
// one writer and with 64, in one run. Each append is acknowledged when it is durable.
//
//	cd bench && go run ./log -seconds 4
//
// The two do not do the same. Ours writes an entry, its hashes and its columns in a
// transaction of SQLite that could hold the fact it tells too. Tessera acknowledges a
// place in the log once the entry is on disk and is built into the tree. Tessera is given
// its best of three settings for each number of writers.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"congminh/internal/kit/db"
	"congminh/internal/seal"
)

func main() {
	seconds := flag.Float64("seconds", 4, "of each measurement")
	flag.Parse()
	if err := run(time.Duration(*seconds * float64(time.Second))); err != nil {
		log.Fatal(err)
	}
}

// appender appends one entry and returns when it is durable.
type appender func(ctx context.Context, n int64) error

func run(d time.Duration) error {
	dir, err := os.MkdirTemp(".", "log-") // on the disk of the sources, not in memory
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, writers := range []int{1, 64} {
		theirs := 0.0
		for i, s := range []struct {
			batch uint
			age   time.Duration
		}{{1, time.Millisecond}, {64, 5 * time.Millisecond}, {256, 50 * time.Millisecond}} {
			add, end, err := peer(filepath.Join(dir, fmt.Sprintf("peer-%d-%d", writers, i)), s.batch, s.age)
			if err != nil {
				return err
			}
			rate, err := measure(fmt.Sprintf("tessera posix, batch %d/%v", s.batch, s.age), writers, d, add)
			if err := end(err); err != nil {
				return err
			}
			theirs = max(theirs, rate)
		}
		add, end, err := ours(filepath.Join(dir, fmt.Sprintf("ours-%d.db", writers)))
		if err != nil {
			return err
		}
		rate, err := measure("journal", writers, d, add)
		if err := end(err); err != nil {
			return err
		}
		fmt.Printf("  journal / best of tessera, %d writers: %.2f\n", writers, rate/theirs)
	}
	return nil
}

func measure(name string, writers int, d time.Duration, add appender) (float64, error) {
	ctx := context.Background()
	var n atomic.Int64
	var wrong atomic.Pointer[error]
	var wg sync.WaitGroup
	cpu, from := processor(), time.Now()
	for range writers {
		wg.Go(func() {
			for time.Since(from) < d && wrong.Load() == nil {
				if err := add(ctx, n.Load()); err != nil {
					wrong.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if err := wrong.Load(); err != nil {
		return 0, *err
	}
	rate := float64(n.Load()) / time.Since(from).Seconds()
	fmt.Printf("%-32s %2d writers: %8.0f appends/s, %8.0f a processor second\n", name, writers, rate, float64(n.Load())/(processor()-cpu))
	return rate, nil
}

func processor() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

func entry(n int64) seal.Entry {
	return seal.Entry{At: time.Now(), Actor: "0192", Name: "Nguyễn Thị Ánh", Verb: "page.view", Object: fmt.Sprintf("page/%d", n), Case: "case-1", Owner: "/tinh/kv3/", Rule: "assigned"}
}

func peer(dir string, batch uint, age time.Duration) (appender, func(error) error, error) {
	ctx, cancel := context.WithCancel(context.Background())
	key, _, err := note.GenerateKey(rand.Reader, "bench.test/log")
	if err != nil {
		cancel()
		return nil, nil, err
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		cancel()
		return nil, nil, err
	}
	a, stop, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().WithCheckpointSigner(signer).
		WithBatching(batch, age).WithCheckpointInterval(200*time.Millisecond))
	if err != nil {
		cancel()
		return nil, nil, err
	}
	add := func(ctx context.Context, n int64) error {
		_, err := a.Add(ctx, tessera.NewEntry(entry(n).Leaf()))()
		return err
	}
	return add, func(err error) error {
		defer cancel()
		if err != nil {
			return err
		}
		return stop(ctx)
	}, nil
}

func ours(file string) (appender, func(error) error, error) {
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite:"+file)
	if err != nil {
		return nil, nil, err
	}
	s := seal.NewService(d, time.Now)
	if err := d.Migrate(ctx, "seal", s.Module().Schema); err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, n int64) error { return s.Note(ctx, entry(n)) },
		func(err error) error { return end(s, d, err) }, nil
}

// end proves that what was measured is a whole journal.
func end(s *seal.Service, d *db.DB, err error) error {
	defer d.Close()
	if err != nil {
		return err
	}
	found, _, err := s.Check(context.Background(), seal.Tree{})
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("the journal is not whole: %+v", found[0])
	}
	return err
}
