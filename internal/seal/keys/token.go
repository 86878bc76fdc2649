package keys

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"congminh/internal/seal/pki"
)

// Module is a vendor's PKCS#11 library in a child process, which is this program
// again, as "congminh signer". Whatever the library does, it does not reach the
// server: a child that crashes or takes longer than Limit is ended, and the next call
// has a new one, sooner after the first accident than after several. It may be used
// by many at once; calls wait for each other.
type Module struct {
	Library string
	Env     map[string]string // what the library wants to know beside PATH and HOME
	Limit   time.Duration     // for one call, the wait not counted; 0: 20 s
	Now     func() time.Time

	once    sync.Once
	turn    chan struct{} // holds one token; who has it owns the rest
	child   *child
	fails   int
	rest    time.Time           // no new child before
	refused map[string][32]byte // tokens, and the PIN they refused
}

// Back-off after accidents that follow each other.
const firstRest, longestRest = time.Second, time.Minute

func (m *Module) init() {
	m.turn = make(chan struct{}, 1)
	m.turn <- struct{}{}
	m.refused = map[string][32]byte{}
	if m.Limit <= 0 {
		m.Limit = 20 * time.Second
	}
}

// call has the child do q.
func (m *Module) call(ctx context.Context, q request) (r reply, err error) {
	m.once.Do(m.init)
	select {
	case <-m.turn:
		defer func() { m.turn <- struct{}{} }()
	case <-ctx.Done():
		return r, context.Cause(ctx)
	}
	token, pin := q.Token+"\x00"+q.Serial, sha256.Sum256([]byte(q.PIN))
	if q.PIN != "" && m.refused[token] == pin {
		return r, fmt.Errorf("token %q refused this PIN before: %w", q.Token, ErrPIN)
	}
	q.Library = m.Library
	used := m.child != nil
	r, err = m.try(ctx, q)
	if used && errors.Is(err, errDied) { // perhaps long ago; what it was asked before it had done
		r, err = m.try(ctx, q)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w: %w", m.Library, ErrSigner, err)
	}
	if r.Fault == nil {
		return r, nil
	}
	if r.Fault.Is(ErrPIN) {
		m.refused[token] = pin
	}
	return r, fmt.Errorf("%s: %w: %s", m.Library, r.Fault, r.Error)
}

var errDied = errors.New("the child that holds the library ended")

// try does q in the child there is, or a new one. An error is the end of the child.
func (m *Module) try(ctx context.Context, q request) (r reply, err error) {
	if m.child == nil {
		if left := m.rest.Sub(m.Now()); left > 0 {
			return r, fmt.Errorf("it failed %d times and is not tried for %v", m.fails, left.Round(time.Second))
		}
		c, err := m.start()
		if err != nil {
			return r, err
		}
		m.child = c
	}
	c := m.child
	limited, cancel := context.WithTimeout(ctx, m.Limit)
	defer cancel()
	alive := context.AfterFunc(limited, c.kill)
	if err = send(c.in, q); err == nil {
		err = receive(c.out, &r)
	}
	if alive() && err == nil {
		m.fails, m.rest = 0, time.Time{}
		return r, nil
	}
	m.child = nil
	said := c.end()
	if m.fails++; m.fails > 1 {
		m.rest = m.Now().Add(min(firstRest<<min(m.fails-2, 10), longestRest))
	}
	if limited.Err() != nil {
		return r, fmt.Errorf("no answer in %v", m.Limit)
	}
	return r, fmt.Errorf("%w: %s", errDied, said)
}

// Close ends the child, after the call in progress.
func (m *Module) Close() {
	m.once.Do(m.init)
	<-m.turn
	defer func() { m.turn <- struct{}{} }()
	if m.child != nil {
		m.child.end()
		m.child = nil
	}
}

type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said tail
}

func (m *Module) start() (*child, error) {
	self := "/proc/self/exe" // the program that runs, even if an update put another in its place
	if runtime.GOOS != "linux" {
		var err error
		if self, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	c := &child{cmd: exec.Command(self)}
	c.cmd.Args = []string{"congminh", "signer"}
	c.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8"}
	for _, k := range slices.Sorted(maps.Keys(m.Env)) {
		c.cmd.Env = append(c.cmd.Env, k+"="+m.Env[k])
	}
	c.cmd.Stderr = &c.said
	c.cmd.WaitDelay = time.Second
	var out io.ReadCloser
	var err error
	if c.in, err = c.cmd.StdinPipe(); err == nil {
		out, err = c.cmd.StdoutPipe()
	}
	if err == nil {
		c.out = bufio.NewReader(out)
		err = c.cmd.Start()
	}
	return c, err
}

func (c *child) kill() { _ = c.cmd.Process.Kill() } // an error means that it ended

// end kills the child and tells how it ended.
func (c *child) end() string {
	c.in.Close()
	c.kill()
	err := c.cmd.Wait()
	return fmt.Sprint(err, ": ", strings.TrimSpace(string(c.said)))
}

// tail keeps the last of what a child says.
type tail []byte

func (t *tail) Write(b []byte) (int, error) {
	*t = append(*t, b...)
	if over := len(*t) - 2048; over > 0 {
		*t = slices.Clone((*t)[over:])
	}
	return len(b), nil
}

// Token is a key in a token or module behind PKCS#11.
type Token struct {
	Module    *Module
	Name      string // its label
	Serial    string // its serial number, where the label is not enough
	Label, ID string // of the certificate; ID in hex. Both empty: the only one that is not an issuer's
	PIN       Secret
	Chain     []*x509.Certificate // issuers that are not in the token
}

// Open finds the certificate; the key is used when something is signed.
func (t *Token) Open(ctx context.Context) (id pki.Identity, err error) {
	pin, err := t.PIN.read()
	if err != nil {
		return id, err
	}
	r, err := t.Module.call(ctx, request{Token: t.Name, Serial: t.Serial, PIN: pin})
	if err != nil {
		return id, err
	}
	pool := slices.Clone(t.Chain)
	var chosen []found
	var leaves []*x509.Certificate
	for _, f := range r.Certificates {
		c, err := x509.ParseCertificate(f.DER)
		if err != nil {
			continue // not ours to use
		}
		pool = append(pool, c)
		named := t.Label != "" || t.ID != ""
		if named && (t.Label == "" || t.Label == f.Label) && (t.ID == "" || strings.EqualFold(t.ID, f.ID)) || !named && !c.IsCA {
			chosen, leaves = append(chosen, f), append(leaves, c)
		}
	}
	if len(chosen) != 1 {
		return id, fmt.Errorf("token %q: %d certificates of label %q, id %q, of %s: %w", t.Name, len(chosen), t.Label, t.ID, listed(r.Certificates), ErrKey)
	}
	leaf, at := leaves[0], chosen[0]
	if at.ID != "" { // the key has the same id, and often no label
		at.Label = ""
	}
	sign := func(digest []byte, hash crypto.Hash) ([]byte, error) {
		pin, err := t.PIN.read()
		if err != nil {
			return nil, err
		}
		q := request{Token: t.Name, Serial: t.Serial, PIN: pin, Sign: true, Label: at.Label, ID: at.ID, Mechanism: ckmECDSA, Data: digest}
		if _, ok := leaf.PublicKey.(*rsa.PublicKey); ok {
			q.Mechanism, q.Data = ckmRSA, slices.Concat(prefixes[hash], digest)
		}
		r, err := t.Module.call(context.Background(), q)
		return r.Signature, err
	}
	return pki.Identity{Key: held{leaf.PublicKey, sign}, Chain: ordered(leaf, pool)}, signs(leaf)
}

// listed names what a token has, so that a setting can be put right.
func listed(fs []found) string {
	var b bytes.Buffer
	for _, f := range fs {
		fmt.Fprintf(&b, "[label %q, id %q]", f.Label, f.ID)
	}
	if b.Len() == 0 {
		return "none"
	}
	return b.String()
}
