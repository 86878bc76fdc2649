package dossier

import (
	"errors"
	mrand "math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/crash"
	"congminh/internal/kit/crash/lossyfs"
)

// moody is a disk that at some crashes tears what was being written and at others
// forgets it whole.
type moody struct{ *lossyfs.Disk }

func (m moody) Crash(chance *mrand.Rand) string {
	m.Torn = chance.IntN(2) == 0
	return m.Disk.Crash(chance)
}

func forgetful(t *testing.T) moody {
	t.Helper()
	if err := lossyfs.Available(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return moody{lossyfs.New()}
}

// None is lost when the power fails, on a disk that forgets all it may forget.
func TestCrashProofPowerCut(t *testing.T) {
	t.Parallel()
	if err := runProof(t, crash.Loop{Program: "proof", Rounds: proofRounds(3), Disk: forgetful(t)}); err != nil {
		t.Fatal(err)
	}
}

// The same while pages are read: whatever a row names is there, with its bytes.
func TestCrashIntakePowerCut(t *testing.T) {
	t.Parallel()
	l := crash.Loop{Program: "intake", Dir: t.TempDir(), Rounds: proofRounds(2), Life: 1500 * time.Millisecond, Seed: mrand.Uint64(), Log: t.Logf, Disk: forgetful(t)}
	t.Logf("seed %d", l.Seed)
	res, err := l.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d power cuts, %d scans acknowledged, none lost", res.Rounds, len(res.Acked))
}

// A sync that is forgotten anywhere is found out.
func TestCrashProofFaultsAreFound(t *testing.T) {
	for program, want := range map[string]string{
		"proof-db-normal":  "are lost",
		"proof-db-off":     "", // the file may be beyond reading
		"proof-file-bytes": "blob.corrupt",
		"proof-file-names": "blob.none",
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			err := runProof(t, crash.Loop{Program: program, Rounds: 20, Disk: forgetful(t)})
			if !errors.Is(err, crash.ErrLost) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want ErrLost because of %q", err, want)
			}
		})
	}
}
