package dossier

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
)

// Folders inside the folder of a dossier, for what was taken in and what was not.
const (
	takenFolder   = "da-nhan"
	refusedFolder = "loi"
)

const (
	watchEvery = 2 * time.Second
	// A scanner pauses between two pages of one file, but not this long.
	watchWhole = 10 * time.Second
)

// WatchFolder takes in what scanners write into the watched folder, until ctx is
// done. The folder holds one folder for each file, named by its id; a scanner is
// told to write there. Folders are looked at every two seconds and not by events
// of the kernel: scanners write to network shares, where there are none.
func (s *Service) WatchFolder(ctx context.Context, log *slog.Logger) {
	if s.Watch == "" {
		return
	}
	w := newWatcher(s, log, int(watchWhole/watchEvery))
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "watched folder", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// watcher remembers how each file looked the last time: one that has not changed
// for some looks is whole. It counts looks, because the clock of a share is not ours.
type watcher struct {
	s     *Service
	log   *slog.Logger
	whole int // looks without a change
	seen  map[string]sight
}

type sight struct {
	size  int64
	mod   time.Time
	looks int
	wrong bool // it could not be taken: said once, tried again when it changes
}

func newWatcher(s *Service, log *slog.Logger, whole int) *watcher {
	return &watcher{s: s, log: log, whole: whole, seen: map[string]sight{}}
}

// look goes through the folder once. One file or folder that cannot be read does not
// keep the others out.
//
// Everything is opened through os.Root: whoever may write into the share must not
// make the program read another place by a link.
func (w *watcher) look(ctx context.Context) error {
	root, err := os.OpenRoot(w.s.Watch)
	if err != nil {
		return err
	}
	defer root.Close()
	folders, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	still := map[string]sight{}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		dir, err := root.OpenRoot(folder.Name())
		if err != nil {
			w.log.ErrorContext(ctx, "watched folder", "folder", folder.Name(), "error", err)
			continue
		}
		if err := w.folder(ctx, dir, folder.Name(), still); err != nil {
			w.log.ErrorContext(ctx, "watched folder", "folder", folder.Name(), "error", err)
		}
		dir.Close()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	w.seen = still
	return nil
}

func (w *watcher) folder(ctx context.Context, dir *os.Root, folder string, still map[string]sight) error {
	files, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return err
	}
	for _, f := range files {
		name := f.Name()
		if !f.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".part") {
			continue // a link, a pipe, a folder; or what somebody is still writing
		}
		info, err := f.Info()
		if err != nil || info.Size() == 0 {
			continue // taken away meanwhile, or not begun
		}
		key := folder + "/" + name
		now := sight{size: info.Size(), mod: info.ModTime()}
		if last, known := w.seen[key]; known && last.size == now.size && last.mod.Equal(now.mod) {
			now.looks, now.wrong = last.looks+1, last.wrong
		}
		if now.looks < w.whole || now.wrong && now.looks%100 != 0 {
			still[key] = now
			continue
		}
		if err := w.take(ctx, ID(folder), dir, name); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			w.log.ErrorContext(ctx, "watched file", "folder", folder, "error", err)
			now.wrong = true
			still[key] = now
		}
	}
	return nil
}

// take hands in one file and moves it out of the way. If the program dies between
// the two the file is handed in again, and known again by its digest.
func (w *watcher) take(ctx context.Context, d ID, dir *os.Root, name string) error {
	err := w.receive(ctx, d, dir, name)
	refusal, refused := errors.AsType[*fault.Error](err)
	if refused && refusal.Kind == fault.Internal {
		refused = false // the store is broken, not the file
	}
	if err != nil && !refused {
		return err
	}
	to := takenFolder
	if refused {
		to = refusedFolder
	}
	if err := dir.Mkdir(to, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	to, err = free(dir, to, name)
	if err != nil {
		return err
	}
	if err := dir.Rename(name, to); err != nil {
		return err
	}
	if refused {
		w.log.WarnContext(ctx, "scan refused", "folder", string(d), "code", refusal.Code)
		return dir.WriteFile(to+".txt", []byte(refusal.Text+"\n"), 0o644)
	}
	return nil
}

// free returns a path in folder that nothing has, with room for the .txt beside it.
// Scanners begin to count anew every day: what has the name already is kept.
func free(dir *os.Root, folder, name string) (string, error) {
	ext := filepath.Ext(name)
	base := strings.TrimSuffix(name, ext)
	for n := 1; n < 10_000; n++ {
		to := folder + "/" + name
		if n > 1 {
			to = fmt.Sprintf("%s/%s (%d)%s", folder, base, n, ext)
		}
		_, err := dir.Lstat(to)
		_, note := dir.Lstat(to + ".txt")
		if errors.Is(err, fs.ErrNotExist) && errors.Is(note, fs.ErrNotExist) {
			return to, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("no free name for a file in %s", folder)
}

func (w *watcher) receive(ctx context.Context, d ID, dir *os.Root, name string) error {
	if _, err := w.s.store.get(ctx, d); errors.Is(err, db.ErrNone) {
		return ErrNone
	} else if err != nil {
		return err
	}
	f, err := dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe put in its place must not hold us
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return errors.New("not a regular file any more")
	}
	// Who may write into the folder was decided by whoever set it up.
	ctx = auth.With(ctx, auth.Actor{ID: "scanner", Name: "Máy quét"})
	_, err = w.s.receive(ctx, d, fileName(name), "folder", f)
	return err
}
