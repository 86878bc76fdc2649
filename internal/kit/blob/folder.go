package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"congminh/internal/kit/fault"
)

// folder is a store in a folder: DIR/ab/abcd….
type folder struct{ dir string }

var _ Store = folder{}

const partial = "partial" // where a blob is until it is whole

func openFolder(dir string) (_ Store, err error) {
	defer fault.Wrap(&err, "open blob store")
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := makeDirs(dir); err != nil {
		return nil, err
	}
	// All folders are made and synced here, so that Put has one folder to sync.
	names := []string{partial}
	for i := range 256 {
		names = append(names, hex.EncodeToString([]byte{byte(i)}))
	}
	for _, name := range names {
		if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	return folder{dir}, sweep(filepath.Join(dir, partial))
}

// sweep removes what a crash left half written. Another process may be writing
// here at this moment, so only what nobody can still be writing goes.
func sweep(dir string) error {
	left, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range left {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 48*time.Hour {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// makeDirs is MkdirAll whose folders survive a power cut.
func makeDirs(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := makeDirs(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir makes the names in a folder durable; fsync of a file alone does not.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // has no such call; its journal keeps names
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f folder) path(sha string) string { return filepath.Join(f.dir, sha[:2], sha) }

func (f folder) Put(ctx context.Context, r io.Reader) (ref Ref, err error) {
	defer fault.Wrap(&err, "put blob")
	tmp, ref, err := spool(ctx, filepath.Join(f.dir, partial), r)
	if err != nil {
		return Ref{}, err
	}
	defer os.Remove(tmp.Name()) // fails once it is renamed
	err = errors.Join(tmp.Chmod(0o440), tmp.Sync(), tmp.Close())
	if err != nil {
		return Ref{}, err
	}
	// The name may be there already. Renaming over it costs nothing and repairs
	// a damaged blob, and the folder must be synced in any case: who put it first
	// may not have come so far yet.
	if err := os.Rename(tmp.Name(), f.path(ref.SHA256)); err != nil {
		return Ref{}, err
	}
	if err := syncDir(filepath.Dir(f.path(ref.SHA256))); err != nil {
		return Ref{}, err
	}
	return ref, nil
}

// spool writes r to a new file in dir and tells what it is.
func spool(ctx context.Context, dir string, r io.Reader) (*os.File, Ref, error) {
	tmp, err := os.CreateTemp(dir, "blob-")
	if err != nil {
		return nil, Ref{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, sum), bound{ctx, r})
	if err != nil {
		return nil, Ref{}, errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
	}
	return tmp, Ref{hex.EncodeToString(sum.Sum(nil)), n}, nil
}

func (f folder) Get(_ context.Context, sha string) (io.ReadSeekCloser, Ref, error) {
	if !valid(sha) {
		return nil, Ref{}, none(sha)
	}
	file, err := os.Open(f.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Ref{}, none(sha)
	}
	if err != nil {
		return nil, Ref{}, fmt.Errorf("get blob: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, Ref{}, errors.Join(fmt.Errorf("get blob: %w", err), file.Close())
	}
	ref := Ref{sha, info.Size()}
	return check(file, ref), ref, nil
}

func none(sha string) error { return fmt.Errorf("blob %q: %w", sha, ErrNone) }

func (f folder) Stat(_ context.Context, sha string) (Ref, error) {
	if !valid(sha) {
		return Ref{}, none(sha)
	}
	info, err := os.Stat(f.path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return Ref{}, none(sha)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("stat blob: %w", err)
	}
	return Ref{sha, info.Size()}, nil
}

func (f folder) List(ctx context.Context, after string, limit int) (out []Ref, err error) {
	defer fault.Wrap(&err, "list blobs")
	for i := range 256 {
		shelf := hex.EncodeToString([]byte{byte(i)})
		if after != "" && shelf < after[:min(2, len(after))] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(filepath.Join(f.dir, shelf)) // in order of name
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if len(out) >= limit {
				return out, nil
			}
			if e.Name() <= after || !valid(e.Name()) {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, Ref{e.Name(), info.Size()})
		}
	}
	return out, nil
}

func (f folder) Delete(_ context.Context, sha string) error {
	if !valid(sha) {
		return nil
	}
	if err := os.Remove(f.path(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete blob: %w", err)
	}
	return nil // not synced: a deleted blob that comes back harms nobody
}

func (f folder) Local(ctx context.Context, sha string) (string, func(), error) {
	if _, err := f.Stat(ctx, sha); err != nil {
		return "", nil, err
	}
	return f.path(sha), func() {}, nil
}
