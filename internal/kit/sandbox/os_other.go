//go:build !linux

package sandbox

import (
	"os"
	"os/exec"
	"time"
)

// Elsewhere than on Linux a child is only a process that may crash: it has a time,
// but no other limits. That is enough to develop on, not to serve with.

func self() (string, error) { return os.Executable() }

func setAttr(*exec.Cmd, bool) {}

func killGroup(p *os.Process) { p.Kill() }

func killSelf() { os.Exit(1) }

func killed(*os.ProcessState) bool { return false }

func takePipes() (in, out *os.File, err error) {
	in, out = os.Stdin, os.Stdout
	os.Stdout = os.Stderr
	os.Stdin, err = os.Open(os.DevNull)
	return in, out, err
}

func confine(Limits) error { return nil }

func moreCPU(time.Duration) error { return nil }

// Run runs cmd, a program that a handler needs.
func Run(cmd *exec.Cmd) error { return cmd.Run() }
