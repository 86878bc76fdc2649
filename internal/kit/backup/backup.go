// Package backup keeps encrypted, incremental snapshots of a program's data in
// places it does not trust.
//
// A repository is a set of objects that are written once:
//
//	data/ab/abcd…   a piece of the database or of a blob, or a list of blobs
//	snapshot/TIME   the manifest of one snapshot, written last
//	removed/abcd…   says that a blob was taken out of every snapshot, and when
//
// Every object is encrypted (age) to a key the server does not have, and called by an
// HMAC, so that names tell nothing. The pieces of a database are cut at fixed places
// and called by their content: what did not change is not stored again. Manifests are
// signed by the server and name the one before: whoever owns a target can take a
// snapshot away, but not change, swap or rename one unnoticed. An interrupted run
// leaves pieces nobody names, and the last good snapshot.
package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"congminh/internal/kit/blob"
	"congminh/internal/kit/fault"
)

// What can be wrong with a repository; the error around it says where.
var (
	ErrKey     = errors.New("backup: another key is needed to open this (tệp khóa không đúng)")
	ErrAltered = errors.New("backup: altered or damaged (bị sửa hoặc hỏng)")
	ErrNone    = errors.New("backup: no such snapshot (không có bản sao lưu nào như vậy)")
)

const (
	piece  = 256 << 10 // bytes of a database in one object: 64 pages of 4096
	part   = 8 << 20   // bytes of a blob in one object
	limit  = 64 << 20  // no object is larger
	stamp  = "20060102T150405.000000Z"
	domain = "congminh backup manifest 1\n"
	at     = 4 // objects under way at once
)

// Manifest tells what a snapshot holds.
type Manifest struct {
	Name     string    `json:"name"` // of the object: its time
	Time     time.Time `json:"time"`
	Version  string    `json:"version"` // of the program
	Before   string    `json:"before"`  // SHA-256 of the manifest object before this one; "" for the first
	Names    []byte    `json:"names"`   // key of the names of blobs
	Database File      `json:"database"`
	Log      *Log      `json:"log,omitempty"`
	Keys     []File    `json:"keys,omitempty"` // what the database cannot be read in full without
	Shelves  []File    `json:"shelves"`        // lists of blobs, by the first two digits of their names
	Blobs    int       `json:"blobs"`
	Bytes    int64     `json:"bytes"` // of all blobs
}

// Log is how long a journal was and the root of its tree, if the program has one.
type Log struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// File is a file in pieces.
type File struct {
	Name   string  `json:"name"`
	Size   int64   `json:"size"`
	SHA256 string  `json:"sha256"`
	Pieces []Piece `json:"pieces"`
}

// Piece is an object and the hash of what is in it.
type Piece struct {
	Object string `json:"object"`
	SHA256 string `json:"sha256"`
}

// Source is what is backed up.
type Source struct {
	Database string     // path of a file nobody writes to any more
	Name     string     // what it is called: congminh.db or congminh.dump
	Keys     []string   // paths of files that go along, into a folder keys
	Blobs    blob.Store // looked at after the database was copied; nil: none of them
	Version  string
	Log      *Log
	Time     time.Time
	Before   string // Result.Sum of the last snapshot in this target
}

// Result is what a run did.
type Result struct {
	Name    string   `json:"name"`
	Sum     string   `json:"sum"` // SHA-256 of the manifest object
	Blobs   int      `json:"blobs"`
	Bytes   int64    `json:"bytes"`
	Stored  int64    `json:"stored"`  // bytes of objects that were new
	Objects int      `json:"objects"` // how many were new
	Damaged []string `json:"damaged"` // blobs that could not be read, and are not in the snapshot
}

// run is one Write.
type run struct {
	w     *Writer
	to    Target
	there map[string]bool
	res   Result
}

// Write adds a snapshot to a target. On an error the target holds what it held.
func Write(ctx context.Context, w *Writer, to Target, s Source) (_ Result, err error) {
	defer fault.Wrap(&err, "back up to %s", to)
	have, err := to.List(ctx, "data")
	if err != nil {
		return Result{}, err
	}
	r := run{w: w, to: to, there: map[string]bool{}}
	for _, name := range have {
		r.there[path.Base(name)] = true
	}
	m := Manifest{Name: s.Time.UTC().Format(stamp), Time: s.Time.UTC(), Version: s.Version, Before: s.Before, Names: w.name, Log: s.Log}
	f, err := os.Open(s.Database)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	if m.Database, err = r.file(ctx, s.Name, f); err != nil {
		return Result{}, err
	}
	for _, path := range s.Keys {
		text, err := os.ReadFile(path)
		if err != nil {
			return Result{}, err
		}
		f, err := r.file(ctx, filepath.Base(path), bytes.NewReader(text))
		if err != nil {
			return Result{}, err
		}
		m.Keys = append(m.Keys, f)
	}
	if s.Blobs != nil {
		if err := r.blobs(ctx, s.Blobs, &m); err != nil {
			return Result{}, err
		}
	}
	object, err := w.manifest(m)
	if err != nil {
		return Result{}, err
	}
	name := "snapshot/" + m.Name
	if old, err := to.Get(ctx, name); err == nil && !bytes.Equal(old, object) {
		return Result{}, fmt.Errorf("%s: %w", name, fs.ErrExist)
	}
	if err := to.Put(ctx, name, object); err != nil {
		return Result{}, err
	}
	r.res.Name, r.res.Sum, r.res.Blobs, r.res.Bytes = m.Name, sum(object), m.Blobs, m.Bytes
	return r.res, nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// manifest signs and seals a manifest. Its name is in what is signed.
func (w *Writer) manifest(m Manifest) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return w.signed(domain, text)
}

// signed seals a text with its signature before it.
func (w *Writer) signed(domain string, text []byte) ([]byte, error) {
	return w.seal(append(ed25519.Sign(w.sign, append([]byte(domain), text...)), text...))
}

// unsigned opens what signed made.
func (i *Identity) unsigned(domain string, object []byte) ([]byte, error) {
	plain, err := i.open(object, limit)
	if err != nil {
		return nil, err
	}
	if len(plain) < ed25519.SignatureSize || !ed25519.Verify(i.by, append([]byte(domain), plain[ed25519.SignatureSize:]...), plain[:ed25519.SignatureSize]) {
		return nil, fmt.Errorf("%w: not signed by the server this key belongs to", ErrAltered)
	}
	return plain[ed25519.SignatureSize:], nil
}

// file stores what r holds in pieces.
func (r *run) file(ctx context.Context, name string, from io.Reader) (File, error) {
	f, whole := File{Name: name}, sha256.New()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(at)
	for {
		b := make([]byte, piece)
		n, err := io.ReadFull(from, b)
		if n > 0 {
			b = b[:n]
			whole.Write(b)
			p := Piece{SHA256: sum(b)}
			p.Object = called(r.w.name, "piece "+p.SHA256)
			f.Pieces, f.Size = append(f.Pieces, p), f.Size+int64(n)
			r.store(ctx, g, p.Object, b)
		}
		if err != nil {
			f.SHA256 = hex.EncodeToString(whole.Sum(nil))
			if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return f, errors.Join(err, g.Wait())
		}
	}
}

// store puts an object unless it is there. Only one goroutine calls it.
func (r *run) store(ctx context.Context, g *errgroup.Group, object string, plain []byte) {
	if r.there[object] {
		return
	}
	r.there[object] = true
	r.res.Objects++
	r.res.Stored += int64(len(plain))
	g.Go(func() error {
		sealed, err := r.w.seal(plain)
		if err != nil {
			return err
		}
		return r.to.Put(ctx, shelf(object), sealed)
	})
}

// blobs stores every blob the target does not have, and the lists of all.
func (r *run) blobs(ctx context.Context, s blob.Store, m *Manifest) error {
	for after, prefix, list := "", "", []byte(nil); ; {
		refs, err := s.List(ctx, after, 1000)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if p := ref.SHA256[:2]; p != prefix {
				if err := r.shelve(ctx, m, prefix, list); err != nil {
					return err
				}
				prefix, list = p, nil
			}
			after = ref.SHA256
			switch err := r.blob(ctx, s, ref); {
			case errors.Is(err, blob.ErrNone): // deleted meanwhile
				continue
			case errors.Is(err, blob.ErrCorrupt): // the rest is to be saved all the same
				r.res.Damaged = append(r.res.Damaged, ref.SHA256)
				continue
			case err != nil:
				return err
			}
			list = fmt.Appendf(list, "%s %d\n", ref.SHA256, ref.Size)
			m.Blobs, m.Bytes = m.Blobs+1, m.Bytes+ref.Size
		}
		if len(refs) < 1000 {
			return r.shelve(ctx, m, prefix, list)
		}
	}
}

func (r *run) shelve(ctx context.Context, m *Manifest, prefix string, list []byte) error {
	if len(list) == 0 {
		return nil
	}
	f, err := r.file(ctx, prefix, bytes.NewReader(list))
	m.Shelves = append(m.Shelves, f)
	return err
}

// partName is what a part of a blob is called: known without reading the blob.
func partName(key []byte, ref blob.Ref, i int64) string {
	return called(key, "blob "+ref.SHA256+" "+strconv.FormatInt(i, 10))
}

func parts(size int64) int64 { return max(1, (size+part-1)/part) }

// blob stores a blob. It is read to its end before its first byte is stored: an object
// is never written again, so no damaged part may get its name.
func (r *run) blob(ctx context.Context, s blob.Store, ref blob.Ref) (err error) {
	missing := false
	for i := range parts(ref.Size) {
		missing = missing || !r.there[partName(r.w.name, ref, i)]
	}
	if !missing {
		return nil
	}
	from, got, err := blob.GetVerified(ctx, s, ref.SHA256)
	if err != nil {
		return err
	}
	defer from.Close()
	if got.Size != ref.Size { // damaged when it was listed, and healed by now
		return fmt.Errorf("blob %s: %w", ref.SHA256, blob.ErrCorrupt)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(at)
	for i := range parts(ref.Size) {
		b := make([]byte, min(part, ref.Size-i*part))
		if _, err := io.ReadFull(from, b); err != nil {
			return errors.Join(err, g.Wait())
		}
		r.store(ctx, g, partName(r.w.name, ref, i), b)
	}
	return g.Wait()
}

// Snapshots lists the names of all snapshots in a target, oldest first. No key is needed.
func Snapshots(ctx context.Context, from Target) ([]string, error) {
	names, err := from.List(ctx, "snapshot")
	for i := range names {
		names[i] = path.Base(names[i])
	}
	slices.Sort(names)
	return names, err
}

// At is the time of a snapshot by its name.
func At(name string) (time.Time, error) { return time.Parse(stamp, name) }

// Find returns the manifest of the last snapshot not after when; of the last of all if
// when is zero.
func Find(ctx context.Context, id *Identity, from Target, when time.Time) (Manifest, error) {
	names, err := Snapshots(ctx, from)
	if err != nil {
		return Manifest{}, err
	}
	for _, name := range slices.Backward(names) {
		t, err := At(name)
		if err != nil {
			return Manifest{}, fmt.Errorf("snapshot/%s: %w: its name is no time", name, ErrAltered)
		}
		if when.IsZero() || !t.After(when) {
			m, _, err := Load(ctx, id, from, name)
			return m, err
		}
	}
	return Manifest{}, ErrNone
}

// Load reads a manifest, and the SHA-256 of its object.
func Load(ctx context.Context, id *Identity, from Target, name string) (Manifest, string, error) {
	object, err := from.Get(ctx, "snapshot/"+name)
	if err != nil {
		return Manifest{}, "", fmt.Errorf("snapshot/%s: %w", name, err)
	}
	m, err := id.manifest(name, object)
	if err != nil {
		return Manifest{}, "", fmt.Errorf("snapshot/%s: %w", name, err)
	}
	return m, sum(object), nil
}

func (i *Identity) manifest(name string, object []byte) (Manifest, error) {
	text, err := i.unsigned(domain, object)
	if err != nil {
		return Manifest{}, err
	}
	m, err := ParseManifest(text)
	if err == nil && m.Name != name {
		err = fmt.Errorf("%w: it is the snapshot %s", ErrAltered, m.Name)
	}
	return m, err
}

// ParseManifest reads a manifest and refuses one that Write does not make.
func ParseManifest(text []byte) (m Manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	bad := func(why string) (Manifest, error) { return Manifest{}, fmt.Errorf("%w: %s", ErrAltered, why) }
	if m.Time.Format(stamp) != m.Name {
		return bad("its name is not its time")
	}
	for _, f := range append([]File{m.Database}, m.Keys...) {
		if f.Name == "" || filepath.Base(f.Name) != f.Name || strings.HasPrefix(f.Name, ".") || strings.ContainsAny(f.Name, `/\`) {
			return bad("the database, or a key, has no plain name")
		}
	}
	for _, f := range m.files() {
		if f.Size < 0 || int64(len(f.Pieces)) != (f.Size+piece-1)/piece {
			return bad("the pieces are not as many as the size wants")
		}
		for _, p := range f.Pieces {
			if len(p.Object) != 64 || strings.Trim(p.Object, "0123456789abcdef") != "" {
				return bad("the name of a piece is none")
			}
		}
	}
	return m, nil
}

// files lists everything of m that is in pieces.
func (m Manifest) files() []File {
	return append(append([]File{m.Database}, m.Keys...), m.Shelves...)
}

// reading is one Restore.
type reading struct {
	id   *Identity
	from Target
}

func (r reading) object(ctx context.Context, object string) ([]byte, error) {
	sealed, err := r.from.Get(ctx, shelf(object))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shelf(object), err)
	}
	plain, err := r.id.open(sealed, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shelf(object), err)
	}
	return plain, nil
}

func (r reading) file(ctx context.Context, f File, to io.Writer) error {
	whole, size := sha256.New(), int64(0)
	for _, p := range f.Pieces {
		b, err := r.object(ctx, p.Object)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if sum(b) != p.SHA256 {
			return fmt.Errorf("%s: %s: %w: it holds something else", f.Name, shelf(p.Object), ErrAltered)
		}
		whole.Write(b)
		size += int64(len(b))
		if _, err := to.Write(b); err != nil {
			return err
		}
	}
	if size != f.Size || hex.EncodeToString(whole.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%s: %w: the whole is not what it was", f.Name, ErrAltered)
	}
	return nil
}

// Restore writes what a snapshot holds into dir, which must be empty or not there: the
// database under its name, blobs into dir/blobs, keys into dir/keys. Every byte was
// compared with its hash when it returns without an error. What was taken out of the
// repository by Remove is not there, and is returned.
func Restore(ctx context.Context, id *Identity, from Target, m Manifest, dir string) (gone []Removed, err error) {
	defer fault.Wrap(&err, "restore snapshot %s from %s", m.Name, from)
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return nil, fmt.Errorf("%s: %w: không phải thư mục trống · not an empty folder", dir, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		return nil, err
	}
	r := reading{id, from}
	store, err := blob.Open(ctx, "file:"+filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, err
	}
	n, bytesRead := 0, int64(0)
	err = r.refs(ctx, m, func(ref blob.Ref) error {
		n, bytesRead = n+1, bytesRead+ref.Size
		err := r.blob(ctx, m.Names, ref, store)
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		why, ok, told := r.removed(ctx, m.Names, ref)
		if !ok {
			return errors.Join(err, told)
		}
		gone = append(gone, why)
		return nil
	})
	if err != nil {
		return gone, err
	}
	if n != m.Blobs || bytesRead != m.Bytes {
		return gone, fmt.Errorf("%w: %d blobs of %d bytes, want %d of %d", ErrAltered, n, bytesRead, m.Blobs, m.Bytes)
	}
	for _, key := range m.Keys {
		if err := r.fileTo(ctx, key, filepath.Join(dir, "keys")); err != nil {
			return gone, err
		}
	}
	return gone, r.fileTo(ctx, m.Database, dir) // last, so that a folder that has one is whole
}

// fileTo writes a file under its name into a folder.
func (r reading) fileTo(ctx context.Context, of File, dir string) error {
	tmp := filepath.Join(dir, of.Name+".part")
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(r.file(ctx, of, f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(dir, of.Name)); err != nil {
		return err
	}
	return Folder{dir, (*os.File).Sync}.syncDir(dir)
}

// refs calls f for every blob of a snapshot.
func (r reading) refs(ctx context.Context, m Manifest, f func(blob.Ref) error) error {
	for _, shelf := range m.Shelves {
		var list bytes.Buffer
		if err := r.file(ctx, shelf, &list); err != nil {
			return fmt.Errorf("list of blobs %w", err)
		}
		refs, err := parseList(&list)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := f(ref); err != nil {
				return err
			}
		}
	}
	return nil
}

func parseList(from io.Reader) (out []blob.Ref, err error) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		name, size, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("list of blobs: %w: %q", ErrAltered, lines.Text())
		}
		out = append(out, blob.Ref{SHA256: name, Size: n})
	}
	return out, nil
}

func (r reading) blob(ctx context.Context, key []byte, ref blob.Ref, into blob.Store) error {
	from, to := io.Pipe()
	go func() {
		for i := range parts(ref.Size) {
			b, err := r.object(ctx, partName(key, ref, i))
			if err == nil {
				_, err = to.Write(b)
			}
			if err != nil {
				to.CloseWithError(err)
				return
			}
		}
		to.Close()
	}()
	got, err := into.Put(ctx, from)
	from.Close() // lets the goroutine go if Put gave up
	if err != nil {
		return fmt.Errorf("blob %s: %w", ref.SHA256, err)
	}
	if got != ref {
		return errors.Join(fmt.Errorf("blob %s: %w: %s: it holds something else", ref.SHA256, ErrAltered, shelf(partName(key, ref, 0))), into.Delete(ctx, got.SHA256))
	}
	return nil
}

// Last returns the newest snapshot of a target and the SHA-256 of its manifest object;
// "" if there is none. No key is needed.
func Last(ctx context.Context, t Target) (name, hash string, err error) {
	names, err := Snapshots(ctx, t)
	if err != nil || len(names) == 0 {
		return "", "", err
	}
	name = names[len(names)-1]
	object, err := t.Get(ctx, "snapshot/"+name)
	return name, sum(object), err
}
