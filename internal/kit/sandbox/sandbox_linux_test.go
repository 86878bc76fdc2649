package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"congminh/internal/kit/fault"
)

var errNo = fault.New(fault.Invalid, "sandboxtest.no", "Không được.")

func handlers() map[string]Handler {
	return map[string]Handler{
		"echo": func(_ context.Context, args json.RawMessage) (any, error) {
			var s string
			err := json.Unmarshal(args, &s)
			return "«" + s + "»", err
		},
		"pid":    func(context.Context, json.RawMessage) (any, error) { return os.Getpid(), nil },
		"refuse": func(context.Context, json.RawMessage) (any, error) { return nil, fmt.Errorf("here: %w", errNo) },
		"fail":   func(context.Context, json.RawMessage) (any, error) { return nil, errors.New("disk is full") },
		"panic":  func(context.Context, json.RawMessage) (any, error) { panic("broken decoder") },
		"exit":   func(context.Context, json.RawMessage) (any, error) { os.Exit(3); return nil, nil },
		"hog": func(context.Context, json.RawMessage) (any, error) {
			var all [][]byte
			for {
				b := make([]byte, 16<<20)
				for i := 0; i < len(b); i += 4096 {
					b[i] = 1
				}
				all = append(all, b)
				if len(all) > 1<<10 {
					return len(all), nil
				}
			}
		},
		"take": func(_ context.Context, args json.RawMessage) (any, error) {
			var n int
			err := json.Unmarshal(args, &n)
			b := make([]byte, n<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			return len(b) >> 20, err
		},
		"spin": func(context.Context, json.RawMessage) (any, error) {
			for i := 0; ; i++ {
				_ = i * i
			}
		},
		"burn": func(context.Context, json.RawMessage) (any, error) { // 0.7 s of processor time
			for {
				var u syscall.Rusage
				if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
					return nil, err
				}
				if (u.Utime.Nano()+u.Stime.Nano())%int64(time.Second) > int64(700*time.Millisecond) {
					return u.Utime.Sec, nil
				}
			}
		},
		"sleep": func(context.Context, json.RawMessage) (any, error) { time.Sleep(time.Hour); return nil, nil },
		"shout": func(context.Context, json.RawMessage) (any, error) {
			fmt.Println("garbage")
			syscall.Write(1, []byte("\x00\x00\x00\x02{}"))
			c := exec.Command("echo", "more garbage")
			c.Stdout = os.Stdout
			return "fine", c.Run()
		},
		"env": func(context.Context, json.RawMessage) (any, error) {
			wd, err := os.Getwd()
			return append(os.Environ(), "WD="+wd), err
		},
		"dial": func(context.Context, json.RawMessage) (any, error) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			_, err = net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
			return err == nil, nil
		},
		"write": func(_ context.Context, args json.RawMessage) (any, error) {
			var n int
			if err := json.Unmarshal(args, &n); err != nil {
				return nil, err
			}
			return n, os.WriteFile("file", make([]byte, n), 0o600)
		},
		// family starts a program that would outlive everything, says who it is, and hangs.
		"family": func(_ context.Context, args json.RawMessage) (any, error) {
			var file string
			if err := json.Unmarshal(args, &file); err != nil {
				return nil, err
			}
			c := exec.Command("sleep", "3600")
			if err := c.Start(); err != nil {
				return nil, err
			}
			b, _ := json.Marshal([]int{os.Getpid(), c.Process.Pid})
			if err := os.WriteFile(file+".new", b, 0o600); err != nil {
				return nil, err
			}
			if err := os.Rename(file+".new", file); err != nil {
				return nil, err
			}
			select {}
		},
		"tool": func(_ context.Context, args json.RawMessage) (any, error) {
			var script string
			if err := json.Unmarshal(args, &script); err != nil {
				return nil, err
			}
			var out strings.Builder
			c := exec.Command("sh", "-c", script)
			c.Stdout = &out
			err := Run(c)
			return out.String(), err
		},
	}
}

func TestMain(m *testing.M) {
	Child(handlers())
	if file := os.Getenv("SANDBOX_TEST_PARENT"); file != "" { // see TestOrphans
		Start(Limits{}).Call(context.Background(), "family", file, nil)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func proc(t *testing.T, l Limits) *Proc {
	t.Helper()
	if os.PathSeparator == '\\' {
		t.Skip("limits exist on Linux only")
	}
	p := Start(l)
	t.Cleanup(func() { p.Close() })
	return p
}

func TestCall(t *testing.T) {
	p := proc(t, Limits{})
	var s string
	if err := p.Call(t.Context(), "echo", "Nguyễn\n", &s); err != nil || s != "«Nguyễn\n»" {
		t.Errorf("echo: got %q, %v", s, err)
	}
	err := p.Call(t.Context(), "refuse", nil, nil)
	if f, ok := errors.AsType[*fault.Error](err); !ok || !errors.Is(err, errNo) || f.Text != errNo.Text || f.Kind != errNo.Kind {
		t.Errorf("refuse: got %#v, want the refusal whole", err)
	}
	if err := p.Call(t.Context(), "fail", nil, nil); err == nil || !strings.Contains(err.Error(), "disk is full") || errors.Is(err, ErrDied) {
		t.Errorf("fail: got %v, want its text", err)
	}
	if err := p.Call(t.Context(), "nothing", nil, nil); err == nil || errors.Is(err, ErrDied) {
		t.Errorf("unknown method: got %v", err)
	}
	big := strings.Repeat("x", 5<<20)
	if err := p.Call(t.Context(), "echo", big, &s); err != nil || len(s) != len(big)+4 {
		t.Errorf("5 MiB: got %d bytes, %v", len(s), err)
	}
	if err := p.Call(t.Context(), "echo", strings.Repeat("x", maxFrame), &s); err == nil {
		t.Error("a message that is too long was sent")
	}
}

func TestDeath(t *testing.T) {
	for _, tt := range []struct {
		method string
		limits Limits
		want   Reason
		log    string
	}{
		{"hog", Limits{Memory: 256 << 20}, Memory, "out of memory"},
		{"spin", Limits{CPU: time.Second}, CPU, ""},
		{"sleep", Limits{Wall: 300 * time.Millisecond}, Wall, ""},
		{"panic", Limits{}, Crash, "broken decoder"},
		{"exit", Limits{}, Crash, ""},
	} {
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			p := proc(t, tt.limits)
			var before, after int
			if err := p.Call(t.Context(), "pid", nil, &before); err != nil {
				t.Fatal(err)
			}
			err := p.Call(t.Context(), tt.method, nil, nil)
			d, ok := errors.AsType[*Died](err)
			if !ok || !errors.Is(err, ErrDied) || d.Reason != tt.want || !strings.Contains(d.Log, tt.log) {
				t.Errorf("got %v, want death by %s with %q in the log", err, tt.want, tt.log)
			}
			if err := p.Call(t.Context(), "pid", nil, &after); err != nil || before == after {
				t.Errorf("after death: got child %d, %v; want another than %d", after, err, before)
			}
		})
	}
}

// The default must be room enough for real work, and be the limit it says.
func TestMemoryIsThere(t *testing.T) {
	p := proc(t, Limits{Memory: 512 << 20})
	var n int
	if err := p.Call(t.Context(), "take", 384, &n); err != nil || n != 384 {
		t.Errorf("384 of 512 MiB: got %d, %v", n, err)
	}
	if err := proc(t, Limits{Memory: 512 << 20}).Call(t.Context(), "take", 640, &n); !errors.Is(err, ErrDied) {
		t.Errorf("640 of 512 MiB: got %v", err)
	}
}

// The limit is one of each request, not of the life of the child.
func TestCPUPerRequest(t *testing.T) {
	p := proc(t, Limits{CPU: time.Second})
	for i := range 3 {
		if err := p.Call(t.Context(), "burn", nil, nil); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
}

func TestOutputCannotBreakTheProtocol(t *testing.T) {
	p := proc(t, Limits{})
	for range 2 {
		var s string
		if err := p.Call(t.Context(), "shout", nil, &s); err != nil || s != "fine" {
			t.Errorf("got %q, %v", s, err)
		}
	}
}

func TestBareEnvironment(t *testing.T) {
	t.Setenv("CONGMINH_SECRET", "hunter2")
	p := proc(t, Limits{})
	var env []string
	if err := p.Call(t.Context(), "env", nil, &env); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(env, "\n")
	if strings.Contains(all, "hunter2") || !strings.Contains(all, "OMP_THREAD_LIMIT=1") {
		t.Errorf("environment:\n%s", all)
	}
	var home, wd string
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "HOME="); ok {
			home = v
		}
		if v, ok := strings.CutPrefix(e, "WD="); ok {
			wd = v
		}
	}
	if home == "" || home != wd {
		t.Errorf("home %q, working directory %q", home, wd)
	}
	p.Close()
	if _, err := os.Stat(home); !os.IsNotExist(err) {
		t.Errorf("the directory of the child is still there: %v", err)
	}
	if err := p.Call(t.Context(), "pid", nil, nil); err == nil {
		t.Error("a closed child answered")
	}
}

func TestFileSize(t *testing.T) {
	p := proc(t, Limits{File: 1 << 20})
	if err := p.Call(t.Context(), "write", 1<<20, nil); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	if err := p.Call(t.Context(), "write", 2<<20, nil); err == nil {
		t.Error("2 MiB were written")
	}
}

func TestToolLimits(t *testing.T) {
	p := proc(t, Limits{CPU: time.Second, Memory: 512 << 20})
	var s string
	if err := p.Call(t.Context(), "tool", "echo ok", &s); err != nil || s != "ok\n" {
		t.Errorf("got %q, %v", s, err)
	}
	if err := p.Call(t.Context(), "tool", "while :; do :; done", nil); err == nil || errors.Is(err, ErrDied) {
		t.Errorf("a program that spins: got %v, want its own death", err)
	}
	if err := p.Call(t.Context(), "tool", "sleep 0.2; ulimit -v", &s); err != nil || s != "524288\n" {
		t.Errorf("memory of a program: got %q KiB, %v", s, err)
	}
}

func TestCancelKills(t *testing.T) {
	p := proc(t, Limits{})
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "pids")
	done := make(chan error)
	go func() { done <- p.Call(ctx, "family", file, nil) }()
	pids := family(t, file)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	gone(t, pids)
}

// When the program is killed, its children go, and what they started too.
func TestOrphans(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "SANDBOX_TEST_PARENT="+file)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	pids := family(t, file)
	parent.Process.Kill()
	parent.Wait()
	gone(t, pids)
}

func family(t *testing.T, file string) (pids []int) {
	t.Helper()
	wait(t, "the family", func() bool {
		b, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(b, &pids) == nil
	})
	return pids
}

func gone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		wait(t, fmt.Sprintf("the end of %d", pid), func() bool {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return err != nil || strings.Contains(string(b), ") Z ") // nobody may be there to bury it
		})
	}
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("no sign of " + what)
		}
	}
}

func TestNoNetwork(t *testing.T) {
	if err := exec.Command("unshare", "-rn", "true").Run(); err != nil {
		t.Skip("this machine does not allow new network namespaces")
	}
	var reached bool
	if err := proc(t, Limits{}).Call(t.Context(), "dial", nil, &reached); err == nil && reached {
		t.Error("the child has a network")
	}
}

func TestPool(t *testing.T) {
	p := NewPool(3, Limits{})
	defer p.Close()
	var mu sync.Mutex
	pids := map[int]bool{}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if i%10 == 5 {
				if err := p.Call(t.Context(), "panic", nil, nil); !errors.Is(err, ErrDied) {
					t.Errorf("got %v, want a death", err)
				}
				return
			}
			var s string
			if err := p.Call(t.Context(), "echo", fmt.Sprint(i), &s); err != nil || s != fmt.Sprintf("«%d»", i) {
				t.Errorf("%d: got %q, %v", i, s, err)
			}
			var pid int
			if err := p.Call(t.Context(), "pid", nil, &pid); err != nil {
				t.Error(err)
			}
			mu.Lock()
			pids[pid] = true
			mu.Unlock()
		})
	}
	all.Wait()
	if len(pids) == 0 || len(pids) > 3+6 {
		t.Errorf("%d children for 3 places and 6 deaths", len(pids))
	}
}

func BenchmarkCall(b *testing.B) {
	p := Start(Limits{})
	defer p.Close()
	for b.Loop() {
		if err := p.Call(b.Context(), "pid", nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p := Start(Limits{})
		if err := p.Call(b.Context(), "pid", nil, nil); err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
}
