package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"congminh/internal/app"
	"congminh/internal/dossier/digitise"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/sandbox"
)

// The test binary is also the program, in scripts under the name congminh, and the
// children that read pages: those it must recognise first of all.
func TestMain(m *testing.M) {
	sandbox.Child(app.Handlers())
	testscript.Main(m, map[string]func(){"congminh": main})
}

// The scripts say what each command prints and how it ends.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ends": ends,
			"scan": scan,
			"read": read,

			"evidence": evidence,
			"alter":    alter,
		},
		Condition: func(c string) (bool, error) { // [needs:PROGRAM]: in CI it is there or the test fails
			name, ok := strings.CutPrefix(c, "needs:")
			if !ok {
				return false, errors.New("unknown condition " + c)
			}
			_, err := exec.LookPath(name)
			return err == nil || os.Getenv("CI") == "true", nil
		},
	})
}

// ends is "ends CODE PROGRAM ARG…": the program must end with just that code.
func ends(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// scan is "scan FILE": one page of an invented case file, as a scanner leaves it.
func scan(ts *testscript.TestScript, _ bool, args []string) {
	f, err := sample.Case(7, 2)
	ts.Check(err)
	var pdf bytes.Buffer
	ts.Check(sample.Scan{Grey: true}.PDF(&pdf, f.Pages[:1]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pdf.Bytes(), 0o600))
}

// read is "read FILE WORD…": the JSON of one page that was read, in which the words
// stand, each in a box that lies on the page.
func read(ts *testscript.TestScript, _ bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.DisallowUnknownFields() // what is written is what is described
	var r digitise.Result
	ts.Check(d.Decode(&r))
	if len(r.Pages) != 1 || len(r.SHA256) != 64 || len(r.Documents) == 0 {
		ts.Fatalf("%d pages, %d documents, hash %q", len(r.Pages), len(r.Documents), r.SHA256)
	}
	p := r.Pages[0]
	var words []string
	for _, w := range p.Words {
		words = append(words, w.T)
		if b := w.Box; b[0] < 0 || b[1] < 0 || b[0] >= b[2] || b[1] >= b[3] || b[2] > p.W || b[3] > p.H {
			ts.Fatalf("%q stands at %+v of a page of %d×%d", w.T, b, p.W, p.H)
		}
		if w.C < 0 || w.C > 100 {
			ts.Fatalf("%q is sure to %d per cent", w.T, w.C)
		}
	}
	for _, w := range args[1:] {
		if !slices.Contains(words, w) {
			ts.Fatalf("%q was not read in: %s", w, strings.Join(words, " "))
		}
	}
}

// Every command explains itself on standard output, with its name first, both ways
// of asking; and everything the usage names is understood.
func TestHelp(t *testing.T) {
	for _, c := range commands() {
		for _, args := range [][]string{{"help", c.name}, {c.name, "-h"}, {c.name, "--help"}} {
			var out, wrong strings.Builder
			if code := run(t.Context(), args, &out, &wrong); code != done || wrong.Len() > 0 {
				t.Errorf("%v: code %d, stderr %q", args, code, wrong.String())
			}
			if !strings.HasPrefix(out.String(), "congminh "+c.name) {
				t.Errorf("%v: %q", args, out.String())
			}
		}
	}
	var out strings.Builder
	run(t.Context(), []string{"help"}, &out, io.Discard)
	for _, c := range commands() {
		if !regexp.MustCompile(`(?m)^  ` + c.name + ` +\S`).MatchString(out.String()) {
			t.Errorf("the overview lacks %s", c.name)
		}
	}
}

// server is a congminh process that serves.
type server struct {
	*exec.Cmd
	url    string
	stdout *bytes.Buffer
}

// start runs a command that serves, and waits until it says where.
func start(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{stdout: new(bytes.Buffer)}
	s.Cmd = exec.CommandContext(t.Context(), "congminh", append([]string{"-data", t.TempDir(), "-http.addr", "127.0.0.1:0"}, args...)...)
	s.Stdout = s.stdout
	said, err := s.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Process.Kill() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		t.Log(lines.Text())
		if m := regexp.MustCompile(`msg=serving addr=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			s.url = "http://" + m[1]
			break
		}
	}
	if s.url == "" {
		t.Fatalf("it does not serve: %v", s.Wait())
	}
	go func() {
		for lines.Scan() { // so that it can go on writing
		}
	}()
	return s
}

func (s *server) get(t *testing.T, path string) string {
	t.Helper()
	r, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", path, r.Status, err, body)
	}
	return string(body)
}

// end asks the server to stop, as systemd does, and waits.
func (s *server) end(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestServe(t *testing.T) {
	s := start(t, "serve")
	if got := s.get(t, "/healthz"); got != "ok\n" {
		t.Errorf("healthz %q", got)
	}
	if got := s.get(t, "/readyz"); got != `{"blobs":"ok","database":"ok"}`+"\n" {
		t.Errorf("readyz %q", got)
	}
	if got := s.get(t, "/sign-in"); !strings.Contains(got, `name="password"`) {
		t.Errorf("sign-in %q", got)
	}
	s.end(t)
	if _, err := http.Get(s.url + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

// The demonstration tells where it is and how to come in, and lets one in.
func TestDemo(t *testing.T) {
	s := start(t, "demo", "-pages", "0")
	account := regexp.MustCompile(`(?m)^  (\S+) +(\S.*?)  +\S.*, .*\(.*\)$`)
	s.get(t, "/sign-in")
	s.end(t)
	said := s.stdout.String()
	if !strings.Contains(said, "Công Minh: "+s.url+"\n") {
		t.Errorf("it does not say %s:\n%s", s.url, said)
	}
	var logins []string
	for _, m := range account.FindAllStringSubmatch(said, -1) {
		logins = append(logins, m[1])
		if len(m[2]) < 12 {
			t.Errorf("%s has the password %q", m[1], m[2])
		}
	}
	for _, want := range []string{"vanthu", "ksv", "vientruong", "quantri"} {
		if !slices.Contains(logins, want) {
			t.Errorf("no account of %s in:\n%s", want, said)
		}
	}
}

// A copy made while the server works holds what was written before it.
func TestBackupOnline(t *testing.T) {
	s := start(t, "demo", "-pages", "0")
	data := s.Args[2]
	copied := filepath.Join(t.TempDir(), "copy.db")
	if out, err := exec.CommandContext(t.Context(), "congminh", "-data", data, "backup", copied).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.end(t)
	out, err := exec.CommandContext(t.Context(), "congminh", "-data", t.TempDir(), "-database", "sqlite:"+copied, "user", "list").Output()
	if err != nil || !strings.Contains(string(out), "vanthu\tHoàng Thị Mẩy\tlao-cai-kv3\tclerk\tactive\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
