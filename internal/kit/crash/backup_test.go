//go:build linux

package crash_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/crash"
)

// keyFolder holds the key pair of the loop, outside the disk that forgets.
const keyFolder = "CRASH_TEST_KEYS"

// repository writes snapshots without end and says the name of each. With unsynced
// it trusts the system to keep what was written.
func repository(unsynced bool) crash.Program {
	serve := func(ctx context.Context, dir string, ack func(string)) error {
		text, err := os.ReadFile(filepath.Join(os.Getenv(keyFolder), "writer"))
		if err != nil {
			return err
		}
		w, err := backup.ParseWriter(text)
		if err != nil {
			return err
		}
		to := backup.Folder{Dir: dir, Sync: (*os.File).Sync}
		if unsynced {
			to.Sync = func(*os.File) error { return nil }
		}
		work, err := os.MkdirTemp(os.Getenv(keyFolder), "work-")
		if err != nil {
			return err
		}
		blobs, err := blob.Open(ctx, "file:"+filepath.Join(work, "blobs"))
		if err != nil {
			return err
		}
		for n := 0; ; n++ {
			body := bytes.Repeat([]byte(strconv.FormatInt(time.Now().UnixNano(), 10)), 2000)
			file := filepath.Join(work, "copy.db")
			if err := os.WriteFile(file, body, 0o600); err != nil {
				return err
			}
			if _, err := blobs.Put(ctx, bytes.NewReader(body[:n+1])); err != nil {
				return err
			}
			_, before, err := backup.Last(ctx, to)
			if err != nil {
				return err
			}
			res, err := backup.Write(ctx, w, to, backup.Source{Database: file, Name: "congminh.db", Blobs: blobs, Time: time.Now(), Before: before})
			if err != nil {
				return err
			}
			ack(res.Name)
		}
	}
	return crash.Program{Serve: serve, Check: checkRepository}
}

// checkRepository restores every snapshot: those acknowledged must be there, and any
// that is there must be whole.
func checkRepository(ctx context.Context, dir string, acked []string) error {
	text, err := os.ReadFile(filepath.Join(os.Getenv(keyFolder), "identity"))
	if err != nil {
		return err
	}
	id, err := backup.ParseIdentity(text)
	if err != nil {
		return err
	}
	from := backup.Folder{Dir: dir, Sync: (*os.File).Sync}
	work, err := os.MkdirTemp(os.Getenv(keyFolder), "check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if len(acked) > 3 { // the older ones were looked at after their own round
		acked = acked[len(acked)-3:]
	}
	names, err := backup.Snapshots(ctx, from)
	if err != nil {
		return err
	}
	for i, name := range append(acked, names[max(0, len(names)-1):]...) {
		m, _, err := backup.Load(ctx, id, from, name)
		if err == nil {
			_, err = backup.Restore(ctx, id, from, m, filepath.Join(work, strconv.Itoa(i)))
		}
		if err != nil {
			return fmt.Errorf("repository: %w", err)
		}
	}
	return nil
}

func keyed(t *testing.T, l crash.Loop) error {
	t.Helper()
	dir := t.TempDir()
	w, id, err := backup.NewKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"writer": w, "identity": id} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.Env = []string{keyFolder + "=" + dir}
	_, err = run(t, l)
	return err
}

func TestRepositoryKilled(t *testing.T) {
	if err := keyed(t, crash.Loop{Program: "repository", Rounds: rounds(3)}); err != nil {
		t.Fatal(err)
	}
}

func TestRepositoryPowerCut(t *testing.T) {
	if err := keyed(t, crash.Loop{Program: "repository", Rounds: rounds(3), Disk: lossy(t)}); err != nil {
		t.Fatal(err)
	}
	err := keyed(t, crash.Loop{Program: "repository-unsynced", Rounds: 10, Disk: lossy(t)})
	if !errors.Is(err, crash.ErrLost) {
		t.Errorf("a repository without fsync: got %v, want ErrLost", err)
	}
}
