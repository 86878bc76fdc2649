package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"
)

// Tool is a program outside that is needed.
type Tool struct {
	Name    string
	Found   bool
	Why     string // what cannot be done without it, Vietnamese
	Package string // what to install on Debian and Ubuntu
}

// Tools tells which programs are there.
func Tools() []Tool {
	const pdf = "đọc tệp PDF"
	all := []Tool{
		{Name: "pdfinfo", Why: pdf, Package: "poppler-utils"},
		{Name: "pdfimages", Why: pdf, Package: "poppler-utils"},
		{Name: "pdftotext", Why: pdf, Package: "poppler-utils"},
		{Name: "pdftoppm", Why: pdf, Package: "poppler-utils"},
		{Name: "soffice", Why: "đọc tệp DOCX", Package: "libreoffice-writer"},
	}
	for i := range all {
		_, err := exec.LookPath(all[i].Name)
		all[i].Found = err == nil
	}
	return all
}

// say keeps the end of what a program says, and counts its complaints.
type say struct {
	b      []byte
	errors int
}

func (s *say) Write(b []byte) (int, error) {
	s.errors += bytes.Count(b, []byte("Error"))
	s.b = append(s.b, b...)
	if over := len(s.b) - 4096; over > 0 {
		s.b = append([]byte(nil), s.b[over:]...)
	}
	return len(b), nil
}

// run runs a program, with missing as the refusal if it is not there. What it says
// on stderr is told by the error, and decides which refusal it is.
func run(ctx context.Context, missing *fault.Error, out io.Writer, name string, args ...string) error {
	_, err := runTold(ctx, missing, out, name, args...)
	return err
}

// runTold is run, and tells how often the program complained.
func runTold(ctx context.Context, missing *fault.Error, out io.Writer, name string, args ...string) (complaints int, err error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return 0, missing
	}
	var said say
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdout, cmd.Stderr = out, io.MultiWriter(&said, os.Stderr)
	err = sandbox.Run(cmd)
	if err == nil {
		return said.errors, nil
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return said.errors, fmt.Errorf("%s: %w", name, err)
	}
	f := ErrBroken
	low := bytes.ToLower(said.b)
	why := exit.String() // portable, unlike the signal
	switch {
	case bytes.Contains(low, []byte("incorrect password")):
		f = ErrEncrypted
	case bytes.Contains(low, []byte("out of memory")), bytes.Contains(low, []byte("bad_alloc")),
		strings.Contains(why, "CPU time limit"), strings.Contains(why, "file size limit"), strings.Contains(why, "killed"):
		f = ErrHeavy
	}
	return said.errors, fmt.Errorf("%w: %s: %v: %s", f, name, err, strings.ToValidUTF8(string(bytes.TrimSpace(said.b)), "?"))
}
