// Package sandbox runs dangerous work in child processes with limits. Whatever
// parses bytes that came from outside runs there: a file that makes a decoder
// crash, loop or eat memory ends a child, never the program.
//
// The child is this same program, started again with CONGMINH_SANDBOX set. It has
// limits on memory, processor time, open files and file size, a bare environment,
// no network where the kernel allows that, and it dies with its parent. Requests
// and replies are JSON behind a length, on pipes that the work itself cannot reach:
// what a handler prints goes to the log of the child.
package sandbox

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"congminh/internal/kit/fault"
)

// Handler does one request in the child. args is JSON; files are passed by path.
type Handler func(ctx context.Context, args json.RawMessage) (any, error)

// Limits is what a child may use. A zero field takes its default.
type Limits struct {
	Memory int64         // bytes of address space beyond what an idle Go program reserves; 1.5 GiB
	CPU    time.Duration // processor time of one request, in whole seconds; 60 s
	Wall   time.Duration // time of one request, after which the parent kills; 5 min
	File   int64         // bytes of the largest file it may write; 1 GiB
	Dir    string        // its working and home directory; a new one, removed when the child ends
}

// setting is what a child is told.
type setting struct {
	Limits
	Temp bool // Dir was made for it; it removes it if it sees its parent die
}

func (l Limits) orDefault() Limits {
	if l.Memory <= 0 {
		l.Memory = 3 << 29
	}
	if l.CPU <= 0 {
		l.CPU = time.Minute
	}
	if l.Wall <= 0 {
		l.Wall = 5 * time.Minute
	}
	if l.File <= 0 {
		l.File = 1 << 30
	}
	return l
}

// Reason is why a child died.
type Reason string

// The reasons.
const (
	Memory Reason = "memory" // it wanted more memory than it may have
	CPU    Reason = "cpu"    // it computed longer than it may
	Wall   Reason = "wall"   // it took longer than it may
	Crash  Reason = "crash"  // it panicked, exited or was killed by a signal
)

// Died is the error of a Call whose child ended before it answered. The next Call
// starts a new child.
type Died struct {
	Reason Reason
	Log    string // what the child wrote to stderr during the request, its beginning and end
}

// ErrDied is what every *Died is, for errors.Is.
var ErrDied = errors.New("sandbox: child died")

func (d *Died) Error() string {
	s := ErrDied.Error() + ": " + string(d.Reason)
	if d.Log != "" {
		s += ": " + d.Log
	}
	return s
}

// Is reports whether target is ErrDied.
func (d *Died) Is(target error) bool { return target == ErrDied }

// errClosed is the error of a Call after Close.
var errClosed = errors.New("sandbox: closed")

// env marks a child, and tells it its limits.
const env = "CONGMINH_SANDBOX"

// exitCPU is the exit code of a child that ran out of processor time, as a shell
// reports SIGXCPU.
const exitCPU = 128 + 24

// maxFrame is the longest message. It keeps a child gone mad from filling the
// memory of its parent.
const maxFrame = 64 << 20

type request struct {
	Method string          `json:"method"`
	Args   json.RawMessage `json:"args"`
}

type reply struct {
	OK    json.RawMessage `json:"ok,omitempty"`
	Fault *fault.Error    `json:"fault,omitempty"` // a refusal
	Error string          `json:"error,omitempty"` // an accident
}

func send(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxFrame {
		return fmt.Errorf("sandbox: message of %d bytes is too long", len(b))
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func receive(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("sandbox: message of %d bytes is too long", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// Proc is one child. It starts at the first Call, and again after a death. Calls
// wait for each other.
type Proc struct {
	limits Limits
	turn   chan struct{} // holds one token; who has it owns the rest
	child  *child
	closed bool
}

// Start returns a child with limits l.
func Start(l Limits) *Proc {
	p := &Proc{limits: l.orDefault(), turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// Call has the child do method and puts its answer in out, unless that is nil. A
// refusal (*fault.Error) of the handler comes back as one; any other error of it as
// its text; the death of the child as a *Died. When ctx ends, so does the child.
func (p *Proc) Call(ctx context.Context, method string, args, out any) error {
	select {
	case <-p.turn:
		defer func() { p.turn <- struct{}{} }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if p.closed {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("sandbox: %s: %w", method, err)
	}
	if p.child == nil {
		if p.child, err = start(p.limits); err != nil {
			return fmt.Errorf("sandbox: start: %w", err)
		}
	}
	c := p.child
	c.log.reset()
	limited, cancel := context.WithTimeout(ctx, p.limits.Wall)
	defer cancel()
	watch := context.AfterFunc(limited, c.kill)
	var r reply
	err = send(c.in, request{method, raw})
	if err == nil {
		err = receive(c.out, &r)
	}
	if !watch() || err != nil {
		p.child = nil
		state := c.end()
		if ctx.Err() != nil {
			return fmt.Errorf("sandbox: %s: %w", method, context.Cause(ctx))
		}
		d := &Died{Reason: Wall, Log: c.log.String()}
		switch {
		case limited.Err() != nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.EPIPE):
			d.Reason = reason(state, d.Log)
		default: // it lives, but what it says is no reply
			d.Reason = Crash
		}
		return fmt.Errorf("sandbox: %s: %w", method, d)
	}
	switch {
	case r.Fault != nil:
		return fmt.Errorf("sandbox: %s: %w", method, r.Fault)
	case r.Error != "":
		return fmt.Errorf("sandbox: %s: %s", method, r.Error)
	case out != nil:
		return json.Unmarshal(r.OK, out)
	}
	return nil
}

// Close ends the child, after the call in progress. Calls after it fail.
func (p *Proc) Close() error {
	<-p.turn
	defer func() { p.turn <- struct{}{} }()
	p.closed = true
	if p.child != nil {
		p.child.end()
		p.child = nil
	}
	return nil
}

// reason tells why a child that was not killed by us ended.
func reason(s *os.ProcessState, log string) Reason {
	switch {
	case s == nil:
		return Crash
	case s.ExitCode() == exitCPU:
		return CPU
	case outOfMemory(log), killed(s): // the kernel kills with SIGKILL when the machine itself runs out
		return Memory
	}
	return Crash
}

func outOfMemory(log string) bool {
	log = strings.ToLower(log)
	for _, s := range []string{"out of memory", "cannot allocate memory", "bad_alloc", "failed to create new os thread"} {
		if strings.Contains(log, s) {
			return true
		}
	}
	return false
}

// child is a running process.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	log *log
	dir string // to remove
	one sync.Once
}

func start(l Limits) (_ *child, err error) {
	self, err := self()
	if err != nil {
		return nil, err
	}
	c := &child{log: &log{}}
	if l.Dir == "" {
		if c.dir, err = os.MkdirTemp("", "congminh-sandbox-"); err != nil {
			return nil, err
		}
		l.Dir = c.dir
	}
	defer func() {
		if err != nil && c.dir != "" {
			os.RemoveAll(c.dir)
		}
	}()
	if l.Dir, err = filepath.Abs(l.Dir); err != nil {
		return nil, err
	}
	limits, err := json.Marshal(setting{l, c.dir != ""})
	if err != nil {
		return nil, err
	}
	for _, isolated := range []bool{true, false} { // containers often forbid new namespaces
		c.cmd = exec.Command(self)
		c.cmd.Dir = l.Dir
		c.cmd.Env = []string{
			env + "=" + string(limits),
			"PATH=" + os.Getenv("PATH"), "HOME=" + l.Dir, "TMPDIR=" + l.Dir, "LANG=C.UTF-8",
			"OMP_THREAD_LIMIT=1",    // as many children as cores; threads inside only wait for each other
			"MALLOC_ARENA_MAX=2",    // each arena reserves 64 MiB of the address space we limit
			"GOTRACEBACK=single",    // a log that can be read
			"SAL_USE_VCLPLUGIN=svp", // LibreOffice without a screen
		}
		c.cmd.Stderr = c.log
		c.cmd.WaitDelay = time.Second // a grandchild that got away may hold stderr
		setAttr(c.cmd, isolated)
		var in io.WriteCloser
		var out io.ReadCloser
		if in, err = c.cmd.StdinPipe(); err != nil {
			return nil, err
		}
		if out, err = c.cmd.StdoutPipe(); err != nil {
			return nil, err
		}
		if err = c.cmd.Start(); err == nil {
			c.in, c.out = in, bufio.NewReader(out)
			return c, nil
		}
	}
	return nil, err
}

// kill ends the child and everything it started.
func (c *child) kill() { killGroup(c.cmd.Process) }

// end kills the child, waits for it and removes its directory.
func (c *child) end() *os.ProcessState {
	c.one.Do(func() {
		c.in.Close()
		c.kill() // the state of one that ended by itself stays what it was
		c.cmd.Wait()
		if c.dir != "" {
			os.RemoveAll(c.dir)
		}
	})
	return c.cmd.ProcessState
}

// log keeps the beginning and the end of what a child says during one request: the
// reason of a Go crash is at the beginning, of others at the end.
type log struct {
	mu         sync.Mutex
	head, tail []byte
	cut        bool
}

const logHalf = 4 << 10

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(b)
	if k := min(logHalf-len(l.head), len(b)); k > 0 {
		l.head, b = append(l.head, b[:k]...), b[k:]
	}
	l.tail = append(l.tail, b...)
	if over := len(l.tail) - logHalf; over > 0 {
		l.tail, l.cut = append([]byte(nil), l.tail[over:]...), true
	}
	return n, nil
}

func (l *log) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head, l.tail, l.cut = nil, nil, false
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := string(l.head)
	if l.cut {
		s += "\n…\n"
	}
	return strings.ToValidUTF8(strings.TrimSpace(s+string(l.tail)), "?")
}

// Pool is several children doing the same kind of work.
type Pool struct {
	free chan *Proc
	all  []*Proc
}

// NewPool returns n children with limits l.
func NewPool(n int, l Limits) *Pool {
	p := &Pool{free: make(chan *Proc, n)}
	for range n {
		c := Start(l)
		p.all = append(p.all, c)
		p.free <- c
	}
	return p
}

// Call is Proc.Call on a child that is free, after waiting for one.
func (p *Pool) Call(ctx context.Context, method string, args, out any) error {
	select {
	case c := <-p.free:
		defer func() { p.free <- c }()
		return c.Call(ctx, method, args, out)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Len is the number of children.
func (p *Pool) Len() int { return len(p.all) }

// Close ends the children, after the calls in progress.
func (p *Pool) Close() error {
	var errs []error
	for _, c := range p.all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
