// Package blob keeps bytes under the name of what they are: a blob is called by
// the hex SHA-256 of its content, so it never changes, putting it twice is putting
// it once, and anybody can tell whether what comes back is what was put.
//
// The order of things matters: put the blob, then commit the row that names it.
// A crash in between leaves a blob nobody names, which is harmless; the other way
// round leaves a row that names nothing.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"strings"

	"congminh/internal/kit/fault"
)

// Ref names a blob.
type Ref struct {
	SHA256 string `json:"sha256"` // 64 lower-case hex digits
	Size   int64  `json:"size"`
}

// Refusals of every store.
var (
	ErrNone = fault.New(fault.NotFound, "blob.none",
		"Không tìm thấy tệp trong kho lưu trữ. Hãy kiểm tra kho hoặc khôi phục từ bản sao lưu.")
	ErrCorrupt = fault.New(fault.Internal, "blob.corrupt",
		"Tệp trong kho lưu trữ đã bị hỏng: nội dung không còn khớp mã băm SHA-256. Hãy báo quản trị viên khôi phục từ bản sao lưu.")
)

// ErrRecent is what a store may say to Delete: the same bytes were put a moment ago, and
// who put them may be about to commit the row that names them. Ask again in a while.
var ErrRecent = errors.New("blob: put a moment ago")

// Store is a place for blobs. What every store promises is in blobtest.
type Store interface {
	// Put reads r to its end. When it returns, the blob outlives a power cut. It
	// may be called again, and by many at once, with the same content. If r
	// fails, nothing is kept.
	Put(ctx context.Context, r io.Reader) (Ref, error)
	// Get opens a blob, or returns ErrNone. A reader that reads from the start
	// to the end gets ErrCorrupt in place of the last bytes if they are not what
	// was put; one that jumps about wants GetVerified.
	Get(ctx context.Context, sha string) (io.ReadSeekCloser, Ref, error)
	// Stat tells the size without opening, or returns ErrNone.
	Stat(ctx context.Context, sha string) (Ref, error)
	// List returns up to limit blobs in order of name, those after a name.
	List(ctx context.Context, after string, limit int) ([]Ref, error)
	// Delete forgets a blob; one that is not there is forgotten already. It is
	// for what must not be kept, like a state secret that was sent by mistake:
	// the caller must know that no row names it.
	Delete(ctx context.Context, sha string) error
	// Local gives the blob as a file for a child process to read, never to
	// write. Call done when the child has finished.
	Local(ctx context.Context, sha string) (path string, done func(), err error)
}

// Open opens the store at address: file:DIR, or
// s3:https://KEY:SECRET@HOST/BUCKET?region=…&insecure=1 (insecure takes a
// certificate nobody vouches for).
func Open(ctx context.Context, address string) (Store, error) {
	if dir, ok := strings.CutPrefix(address, "file:"); ok {
		return openFolder(dir)
	}
	if rest, ok := strings.CutPrefix(address, "s3:"); ok {
		u, err := url.Parse(rest)
		if err != nil { // its text holds the secret
			return nil, errors.New("open blob store: the s3 address is not a URL")
		}
		return openBucket(ctx, u)
	}
	scheme, _, _ := strings.Cut(address, ":")
	return nil, fmt.Errorf("open blob store: %q is neither file: nor s3:", scheme)
}

// GetVerified is Get for a reader that will jump about: the whole blob is read
// and checked first.
func GetVerified(ctx context.Context, s Store, sha string) (io.ReadSeekCloser, Ref, error) {
	r, ref, err := s.Get(ctx, sha)
	if err != nil {
		return nil, ref, err
	}
	_, err = io.Copy(io.Discard, bound{ctx, r})
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, ref, errors.Join(err, r.Close())
	}
	return r, ref, nil
}

// Verify reads a blob again and returns ErrCorrupt if it is not what its name says.
func Verify(ctx context.Context, s Store, sha string) error {
	r, _, err := GetVerified(ctx, s, sha)
	if err != nil {
		return err
	}
	return r.Close()
}

// valid reports whether sha can be the name of a blob. It also keeps "../" out of paths.
func valid(sha string) bool {
	return len(sha) == 2*sha256.Size && strings.Trim(sha, "0123456789abcdef") == ""
}

// bound is a reader that stops when ctx does.
type bound struct {
	ctx context.Context
	r   io.Reader
}

func (b bound) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}

// checked hashes a blob while it is read in order, at no further reading.
type checked struct {
	io.ReadSeekCloser
	ref    Ref
	at     int64 // where the reader stands
	hashed int64 // how much of the blob, from its start, went into sum
	sum    hash.Hash
}

func check(r io.ReadSeekCloser, ref Ref) *checked {
	return &checked{ReadSeekCloser: r, ref: ref, sum: sha256.New()}
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadSeekCloser.Read(p)
	if c.at <= c.hashed && c.at+int64(n) > c.hashed {
		c.sum.Write(p[c.hashed-c.at : n])
		c.hashed = c.at + int64(n)
		if c.hashed >= c.ref.Size && hex.EncodeToString(c.sum.Sum(nil)) != c.ref.SHA256 {
			return 0, c.corrupt()
		}
	}
	c.at += int64(n)
	if err == io.EOF && c.at < c.ref.Size || // cut off while being read
		err == io.EOF && c.ref.Size == 0 && c.ref.SHA256 != hex.EncodeToString(c.sum.Sum(nil)) {
		return 0, c.corrupt()
	}
	return n, err
}

func (c *checked) corrupt() error { return fmt.Errorf("blob %s: %w", c.ref.SHA256, ErrCorrupt) }

func (c *checked) Seek(offset int64, whence int) (int64, error) {
	at, err := c.ReadSeekCloser.Seek(offset, whence)
	if err == nil {
		c.at = at
	}
	return at, err
}
