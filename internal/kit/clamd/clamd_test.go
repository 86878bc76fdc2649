package clamd_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"congminh/internal/kit/clamd"
)

// The test file every scanner knows (eicar.org), in two parts, so that no scanner takes
// this file away.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// daemon starts a real clamd that knows one signature.
func daemon(t *testing.T) string {
	t.Helper()
	tool, err := exec.LookPath("clamd")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("clamd is not installed: scripts/setup test")
		}
		t.Skip("clamd is not installed: apt-get install clamav-daemon")
	}
	dir := t.TempDir()
	// A signature of our own, by content: name, any file, anywhere, bytes in hex.
	sig := "Eicar-Thu:0:*:" + "58354f2150254041505b345c505a58353428505e2937434329377d24" + "\n"
	socket := filepath.Join(dir, "s")
	conf := "LocalSocket " + socket + "\nDatabaseDirectory " + dir + "\nForeground yes\nStreamMaxLength 3M\nTemporaryDirectory " + dir + "\nUser root\n"
	if os.Geteuid() != 0 {
		conf = strings.Replace(conf, "User root\n", "", 1)
	}
	for name, text := range map[string]string{"own.ndb": sig, "clamd.conf": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), tool, "--config-file="+filepath.Join(dir, "clamd.conf"))
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	for range 300 {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return "clamd:unix:" + socket
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("clamd does not answer: %s", &said)
	return ""
}

func TestRealDaemon(t *testing.T) {
	c, err := clamd.New(daemon(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ text, want string }{
		"clean": {"Bút lục 12", ""},
		"empty": {"", ""},
		"bad":   {eicar, "Eicar-Thu.UNOFFICIAL"},
		"late":  {strings.Repeat("trang ", 200_000) + eicar, "Eicar-Thu.UNOFFICIAL"},
	} {
		if got, err := c.Scan(t.Context(), strings.NewReader(x.text)); err != nil || got != x.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := c.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 8<<20))); err == nil {
		t.Errorf("larger than it takes, and told %q", got)
	}
	if _, err := c.Scan(t.Context(), iotest.ErrReader(errors.New("đứt"))); err == nil || err.Error() != "đứt" {
		t.Errorf("the reader fails: %v", err)
	}
}

// A daemon that is not there, hangs up, or says what nobody expects: an error, never
// "clean".
func TestNobodyKnows(t *testing.T) {
	for _, says := range []string{"", "stream: OK but not really\x00", "UNKNOWN COMMAND\x00", "stream: "} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.CopyN(io.Discard, conn, int64(len("zINSTREAM\x00")+4+1+4))
			io.WriteString(conn, says)
			conn.Close()
		}()
		c, err := clamd.New("clamd:tcp:" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Scan(t.Context(), strings.NewReader("x")); err == nil {
			t.Errorf("%q is taken for %q", says, got)
		}
		l.Close()
		if _, err := c.Scan(t.Context(), strings.NewReader("x")); err == nil {
			t.Error("nobody is there")
		}
	}
	for _, bad := range []string{"", "clamd:", "clamd:unix:", "clamd:udp:x", "unix:/x"} {
		if _, err := clamd.New(bad); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
}
