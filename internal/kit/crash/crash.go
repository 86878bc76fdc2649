// Package crash finds out, in tests, whether what a program acknowledged survives
// its death.
//
// A test binary starts itself again as the program, which makes its own load and
// says aloud each thing it would answer for ("stored, thank you"). At a random
// moment it is killed, with a Disk also the power fails. Then the binary is
// started once more to check that everything said is there, and lives on:
//
//	func TestMain(m *testing.M) { crash.Main(m, map[string]crash.Program{"intake": intake}) }
//	func TestCrash(t *testing.T) {
//		res, err := crash.Loop{Program: "intake", Dir: t.TempDir(), Rounds: 20, Seed: seed}.Run(t.Context())
//
// A kill alone cannot show a forgotten fsync, for the kernel keeps what was
// written; see lossyfs for a disk that does not.
package crash

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Program is what is killed. Both functions run in processes of their own.
type Program struct {
	// Serve works in dir until it is killed. It calls ack with a line of text
	// for each thing that from then on must not be lost; many may call at once.
	// It must not wait for a first start: dir may be new, or after a crash.
	Serve func(ctx context.Context, dir string, ack func(item string)) error
	// Check returns an error if dir does not hold what was acknowledged.
	Check func(ctx context.Context, dir string, acked []string) error
}

const (
	asWhat = "CONGMINH_CRASH_AS" // "serve NAME" or "check NAME"
	asDir  = "CONGMINH_CRASH_DIR"
)

// Main is TestMain of a package that uses Loop.
func Main(m *testing.M, programs map[string]Program) {
	what, name, _ := strings.Cut(os.Getenv(asWhat), " ")
	if what == "" {
		os.Exit(m.Run())
	}
	if err := child(what, programs[name], os.Getenv(asDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(what string, p Program, dir string) error {
	ctx := context.Background()
	if what == "serve" {
		var one sync.Mutex
		return p.Serve(ctx, dir, func(item string) {
			one.Lock()
			defer one.Unlock()
			fmt.Println(item) // a pipe outlives who wrote into it
		})
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	return p.Check(ctx, dir, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"))
}

// Disk is a disk whose power can fail.
type Disk interface {
	// Mount shows the disk at a folder, which must be there.
	Mount(dir string) (unmount func() error, err error)
	// Crash forgets what was not synced, and tells in figures what that was.
	Crash(*rand.Rand) string
}

// Loop kills a program again and again.
type Loop struct {
	Program string
	Dir     string   // for the data: empty, outside the disk
	Env     []string // for the program, beside this process's own
	Rounds  int
	Life    time.Duration // of the program, at most, from its first word on: 300 ms
	Disk    Disk          // nil: the process dies, the machine does not
	Seed    uint64        // tells when to kill; the rest is up to the machine
	Log     func(format string, args ...any)
}

// Result is what came of a loop.
type Result struct {
	Rounds int
	Acked  []string
}

// ErrLost is in the error when the program did not keep its word; other errors
// say that the loop itself did not work.
var ErrLost = errors.New("crash: what was acknowledged is not there")

// Run runs the loop until the first thing lost.
func (l Loop) Run(ctx context.Context) (res Result, err error) {
	chance := rand.New(rand.NewPCG(l.Seed, l.Seed))
	if l.Life == 0 {
		l.Life = 300 * time.Millisecond
	}
	if l.Log == nil {
		l.Log = func(string, ...any) {}
	}
	for res.Rounds < l.Rounds {
		unmount := func() error { return nil }
		if l.Disk != nil {
			if unmount, err = l.Disk.Mount(l.Dir); err != nil {
				return res, fmt.Errorf("mount: %w", err)
			}
		}
		acked, err := l.serve(ctx, time.Duration(chance.Int64N(int64(l.Life))))
		res.Acked = append(res.Acked, acked...)
		if err := errors.Join(err, unmount()); err != nil {
			return res, err
		}
		lost := ""
		if l.Disk != nil {
			lost = l.Disk.Crash(chance)
			if unmount, err = l.Disk.Mount(l.Dir); err != nil {
				return res, fmt.Errorf("mount: %w", err)
			}
		}
		res.Rounds++
		l.Log("round %d: %d acknowledged, %d in all; %s", res.Rounds, len(acked), len(res.Acked), lost)
		err = errors.Join(l.check(ctx, res.Acked), unmount())
		if err != nil {
			return res, fmt.Errorf("round %d: %w", res.Rounds, err)
		}
	}
	return res, nil
}

// serve lets the program live for a while after its first word, and kills it.
func (l Loop) serve(ctx context.Context, life time.Duration) (acked []string, err error) {
	c, complaint, err := l.start(ctx, "serve")
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	var killed bool
	kill := time.AfterFunc(time.Minute, func() { c.Process.Kill() }) // it never spoke
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadString('\n')
		if err != nil { // what it did not finish saying was not said
			break
		}
		if acked = append(acked, strings.TrimSuffix(line, "\n")); !killed && kill.Stop() {
			killed = true
			time.AfterFunc(life, func() { c.Process.Kill() })
		}
	}
	err = c.Wait()
	if c.ProcessState.Exited() || !killed {
		return acked, fmt.Errorf("the program died by itself or said nothing: %w\n%s", err, complaint)
	}
	return acked, nil
}

func (l Loop) check(ctx context.Context, acked []string) error {
	c, complaint, err := l.start(ctx, "check")
	if err != nil {
		return err
	}
	c.Stdin = strings.NewReader(strings.Join(acked, "\n"))
	if err := c.Run(); err != nil {
		return fmt.Errorf("%w (%w)\n%s", ErrLost, err, complaint)
	}
	return nil
}

func (l Loop) start(ctx context.Context, what string) (*exec.Cmd, *bytes.Buffer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	c, complaint := exec.CommandContext(ctx, self), new(bytes.Buffer)
	// The folder is below Dir, so that the program must make its own name durable too.
	c.Env = append(os.Environ(), append(l.Env, asWhat+"="+what+" "+l.Program, asDir+"="+filepath.Join(l.Dir, "data"))...)
	c.Stderr = complaint
	return c, complaint, nil
}
