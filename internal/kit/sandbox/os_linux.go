package sandbox

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// self is this program: the one that runs, even if an update put another in its place.
func self() (string, error) { return "/proc/self/exe", nil }

// setAttr puts the child in a process group of its own, so that it can be killed
// with all it started, and, isolated, in a network without interfaces.
func setAttr(cmd *exec.Cmd, isolated bool) {
	a := &syscall.SysProcAttr{Setpgid: true}
	if isolated {
		a.Cloneflags = syscall.CLONE_NEWNET
		if uid := os.Geteuid(); uid != 0 {
			a.Cloneflags |= syscall.CLONE_NEWUSER
			a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
			a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
		}
	}
	cmd.SysProcAttr = a
}

func killGroup(p *os.Process) {
	// The group outlives its leader while anything of it runs, and its number is
	// not given away before the leader was waited for.
	syscall.Kill(-p.Pid, syscall.SIGKILL)
}

func killSelf() {
	syscall.Kill(0, syscall.SIGKILL)
	select {}
}

func killed(s *os.ProcessState) bool {
	w, ok := s.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() == syscall.SIGKILL
}

// takePipes moves the protocol away from descriptors 0 and 1: a C library that
// prints must not break it, and what is started must not inherit it.
func takePipes() (in, out *os.File, err error) {
	var fd [2]int
	for i := range fd {
		if fd[i], err = unix.FcntlInt(uintptr(i), unix.F_DUPFD_CLOEXEC, 3); err != nil {
			return nil, nil, err
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	if err := unix.Dup3(int(null.Fd()), 0, 0); err != nil {
		return nil, nil, err
	}
	if err := unix.Dup3(2, 1, 0); err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd[0]), "requests"), os.NewFile(uintptr(fd[1]), "replies"), nil
}

// confine sets the limits that last. Memory counts from what the Go runtime has
// reserved by now without using it, which is over 1 GiB.
func confine(l Limits) error {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[0], 10, 64)
	if err != nil {
		return err
	}
	for _, r := range []struct {
		what int
		max  uint64
	}{
		{syscall.RLIMIT_AS, uint64(pages*int64(os.Getpagesize()) + l.Memory)},
		{syscall.RLIMIT_NOFILE, 512},
		{syscall.RLIMIT_FSIZE, uint64(l.File)},
		{syscall.RLIMIT_CORE, 0},
	} {
		var old syscall.Rlimit
		if err := syscall.Getrlimit(r.what, &old); err != nil {
			return err
		}
		v := min(r.max, old.Max)
		if err := syscall.Setrlimit(r.what, &syscall.Rlimit{Cur: v, Max: v}); err != nil {
			return fmt.Errorf("rlimit %d: %w", r.what, err)
		}
	}
	// Go ignores SIGXCPU unless told.
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	go func() {
		<-over
		os.Exit(exitCPU)
	}()
	return nil
}

// moreCPU gives this process limit more processor time than it has used. The soft
// limit is the one that moves: a lowered hard limit could not be raised again.
func moreCPU(limit time.Duration) error {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	used := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CPU, &r); err != nil {
		return err
	}
	r.Cur = min(seconds(used+limit), r.Max)
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &r)
}

func seconds(d time.Duration) uint64 { return uint64(math.Ceil(d.Seconds())) }

// Run runs cmd, a program that a handler needs. Inside a child the program gets the
// limits of one request as its own: it would inherit those of the child, which has
// reserved memory and used time before.
func Run(cmd *exec.Cmd) error {
	l, ok := limitsHere()
	if !ok {
		return cmd.Run()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	// An error means that it is over already.
	cpu := seconds(l.CPU)
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: cpu, Max: cpu + 1}, nil)
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: uint64(l.Memory), Max: uint64(l.Memory)}, nil)
	return cmd.Wait()
}
