package keys

import (
	"os"

	"golang.org/x/sys/unix"
)

// takeStdout moves the replies away from descriptor 1, so that a library that prints
// does not break them.
func takeStdout() (*os.File, error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "replies"), unix.Dup3(2, 1, 0)
}
