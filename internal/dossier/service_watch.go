package dossier

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

// WatchFolder takes in what scanners write into the watched folder, until ctx is
// done. The folder holds one folder for each file, named by its id; a scanner is
// told to write there. Folders are looked at every two seconds and not by events
// of the kernel: scanners write to network shares, where there are none.
func (s *Service) WatchFolder(ctx context.Context, log *slog.Logger) {
	if s.Watch == "" {
		return
	}
	w := watcher{s: s, log: log, seen: map[string]os.FileInfo{}}
	tick := time.NewTicker(2 * time.Second)
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

// watcher remembers how each file looked the last time: one that does not change
// any more is whole.
type watcher struct {
	s    *Service
	log  *slog.Logger
	seen map[string]os.FileInfo
}

func (w *watcher) look(ctx context.Context) error {
	folders, err := os.ReadDir(w.s.Watch)
	if err != nil {
		return err
	}
	still := map[string]os.FileInfo{}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		dir := filepath.Join(w.s.Watch, folder.Name())
		files, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.IsDir() || strings.HasPrefix(f.Name(), ".") || strings.HasSuffix(f.Name(), ".tmp") || strings.HasSuffix(f.Name(), ".part") {
				continue
			}
			info, err := f.Info()
			if err != nil {
				continue // it was taken away meanwhile
			}
			path := filepath.Join(dir, f.Name())
			last, known := w.seen[path]
			if !known || last.Size() != info.Size() || !last.ModTime().Equal(info.ModTime()) {
				still[path] = info
				continue
			}
			if err := w.take(ctx, ID(folder.Name()), dir, f.Name()); err != nil {
				return err
			}
		}
	}
	w.seen = still
	return nil
}

// take hands in one file and moves it out of the way. If the program dies between
// the two the file is handed in again, and known again by its digest.
func (w *watcher) take(ctx context.Context, d ID, dir, name string) error {
	path := filepath.Join(dir, name)
	err := w.receive(ctx, d, path, name)
	refusal, refused := errors.AsType[*fault.Error](err)
	if err != nil && !refused {
		return err
	}
	to := filepath.Join(dir, takenFolder)
	if refused {
		to = filepath.Join(dir, refusedFolder)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	to = filepath.Join(to, name)
	if refused {
		w.log.WarnContext(ctx, "scan refused", "file", path, "code", refusal.Code)
		if err := os.WriteFile(to+".txt", []byte(refusal.Text+"\n"), 0o644); err != nil {
			return err
		}
	}
	return os.Rename(path, to)
}

func (w *watcher) receive(ctx context.Context, d ID, path, name string) error {
	if _, err := w.s.store.get(ctx, d); errors.Is(err, db.ErrNone) {
		return ErrNone
	} else if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// Who may write into the folder was decided by whoever set it up.
	ctx = auth.With(ctx, auth.Actor{ID: "scanner", Name: "Máy quét"})
	_, err = w.s.receive(ctx, d, fileName(name), "folder", f)
	return err
}
