package pack

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read: more than the largest case file ever scanned.
const (
	maxFiles = 1 << 20
	maxName  = 255
	maxBytes = 1 << 40 // of all files
	maxMeta  = 256 << 20
	maxPDF   = 1 << 30
)

// ErrContainer is the refusal of a zip or a folder that no package is kept in.
var ErrContainer = errors.New("pack: not a package")

// nameOK reports whether a file of a package may have this name: inside the package,
// and the same on every system.
func nameOK(name string) bool {
	return fs.ValidPath(name) && name != "." && len(name) <= maxName && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || strings.ContainsRune(`\:*?"<>|`, r) || r == 0x7f })
}

// WriteZip writes the package. The same package and proofs give the same bytes.
func (p *Prepared) WriteZip(w io.Writer, v Evidence) error {
	es, err := p.all(v)
	if err != nil {
		return err
	}
	return zipped(w, p.list.top(), es)
}

// top is the folder everything lies in: an E-ARK package unpacks to one (CSIPSTR1).
func (m Manifest) top() string {
	if m.Form == EARK {
		return m.ID + "/"
	}
	return ""
}

// zipped stores files without compressing: what a package holds is compressed.
func zipped(w io.Writer, top string, es []entry) error {
	z := zip.NewWriter(w)
	for _, e := range es {
		f, err := z.CreateHeader(&zip.FileHeader{Name: top + e.name, Method: zip.Store})
		if err != nil {
			return fmt.Errorf("pack: %s: %w", e.name, err)
		}
		if err := e.copy(f); err != nil {
			return err
		}
	}
	return z.Close()
}

// copy writes the content and proves that it is still what was listed.
func (e entry) copy(w io.Writer) error {
	r, err := e.open()
	if err != nil {
		return fmt.Errorf("pack: %s: %w", e.name, err)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	if err == nil && (n != e.Bytes || hex.EncodeToString(h.Sum(nil)) != e.SHA256) {
		err = errors.New("changed while the package was written")
	}
	if err != nil {
		return fmt.Errorf("pack: %s: %w", e.name, err)
	}
	return nil
}

// WriteFolder writes the package into a folder, which must be new or empty.
func (p *Prepared) WriteFolder(dir string, v Evidence) error {
	es, err := p.all(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	defer root.Close()
	if have, err := os.ReadDir(dir); err != nil || len(have) > 0 {
		return fmt.Errorf("pack: %s is not empty: %w", dir, errors.Join(err, fs.ErrExist))
	}
	for _, e := range es {
		if err := e.save(root); err != nil {
			return err
		}
	}
	return nil
}

func (e entry) save(root *os.Root) (err error) {
	if err := root.MkdirAll(path.Dir(e.name), 0o755); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	f, err := root.OpenFile(e.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := e.copy(f); err != nil {
		return err
	}
	return f.Sync()
}

// bag is the files found in a container.
type bag struct {
	files map[string]Content
	size  map[string]int64
	io.Closer
	top  string                // the folder everything was found in
	same func(top string) bool // whether the container's bytes are as WriteZip makes them
}

func (b *bag) add(name string, size int64, open Content) error {
	if !nameOK(name) {
		return fmt.Errorf("%w: the name %.300q is refused", ErrContainer, name)
	}
	if _, twice := b.files[name]; twice {
		return fmt.Errorf("%w: two files are named %q", ErrContainer, name)
	}
	b.files[name], b.size[name] = open, size
	return nil
}

// open finds the files of a package in a folder or a zip.
func open(name string) (*bag, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return openFolder(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := openZip(f, st.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	b.Closer = f
	return b, nil
}

func openFolder(dir string) (*bag, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	b := &bag{files: map[string]Content{}, size: map[string]int64{}, Closer: root, same: func(string) bool { return true }}
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		st, err := e.Info()
		if err == nil && !st.Mode().IsRegular() {
			err = fmt.Errorf("%w: %q is a link or a device", ErrContainer, name)
		}
		if err != nil {
			return err
		}
		return b.add(name, st.Size(), func() (io.ReadCloser, error) { return root.Open(name) })
	})
	if err == nil {
		err = b.check()
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return b, nil
}

// openZip reads the directory of a zip. It believes no size: contents are cut at what
// the directory says, and no byte of the file serves two contents (a zip bomb does).
func openZip(r io.ReaderAt, size int64) (*bag, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContainer, err)
	}
	b := &bag{files: map[string]Content{}, size: map[string]int64{}, Closer: io.NopCloser(nil)}
	packed := int64(0)
	for _, f := range z.File {
		if f.CompressedSize64 > uint64(size) || f.UncompressedSize64 > maxBytes {
			return nil, fmt.Errorf("%w: %q says it is larger than what it is in", ErrContainer, f.Name)
		}
		if packed += int64(f.CompressedSize64); packed > size {
			return nil, fmt.Errorf("%w: contents lie over one another", ErrContainer)
		}
		if f.Method != zip.Store && f.Method != zip.Deflate || f.Flags&1 != 0 {
			return nil, fmt.Errorf("%w: %q is encrypted, or packed in a way not known", ErrContainer, f.Name)
		}
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue // a folder
		}
		if !f.Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %q is a link or a device", ErrContainer, f.Name)
		}
		if err := b.add(f.Name, int64(f.UncompressedSize64), func() (io.ReadCloser, error) { return unpacked(f) }); err != nil {
			return nil, err
		}
	}
	b.same = func(top string) bool { return b.top == top && b.sameZip(io.NewSectionReader(r, 0, size), size) }
	return b, b.check()
}

// unpacked reads a content no further than it may be long. A wrong CRC is let pass:
// the digest tells more, and of which page.
func unpacked(f *zip.File) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(noCRC{r}, int64(f.UncompressedSize64)), r}, nil
}

type noCRC struct{ io.Reader }

func (n noCRC) Read(p []byte) (int, error) {
	k, err := n.Reader.Read(p)
	if errors.Is(err, zip.ErrChecksum) {
		err = io.EOF
	}
	return k, err
}

// check bounds the whole, refuses names only some systems tell apart, and takes off a
// folder that everything lies in.
func (b *bag) check() error {
	total, folded := int64(0), map[string]string{}
	for name, n := range b.size {
		if total += n; total > maxBytes || len(b.size) > maxFiles {
			return fmt.Errorf("%w: too large", ErrContainer)
		}
		low := strings.ToLower(name)
		if other, twice := folded[low]; twice {
			return fmt.Errorf("%w: %q and %q are one name on some systems", ErrContainer, name, other)
		}
		folded[low] = name
	}
	if _, ok := b.files[manifestName]; ok {
		return nil
	}
	for name := range b.files {
		top, rest, ok := strings.Cut(name, "/")
		if ok && rest == manifestName && b.under(top+"/") {
			files, size := map[string]Content{}, map[string]int64{}
			for n, c := range b.files {
				files[strings.TrimPrefix(n, top+"/")], size[strings.TrimPrefix(n, top+"/")] = c, b.size[n]
			}
			b.files, b.size, b.top = files, size, top+"/"
			return nil
		}
	}
	return fmt.Errorf("%w: there is no %s", ErrContainer, manifestName)
}

func (b *bag) under(top string) bool {
	for name := range b.files {
		if !strings.HasPrefix(name, top) {
			return false
		}
	}
	return true
}

// read returns a small file whole.
func (b *bag) read(name string, limit int64) ([]byte, error) {
	c, ok := b.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if b.size[name] > limit {
		return nil, fmt.Errorf("%s: %d bytes, more than %d", name, b.size[name], limit)
	}
	r, err := c()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, limit+1))
}

// sameZip writes the files again and compares.
func (b *bag) sameZip(r io.Reader, size int64) bool {
	var es []entry
	for name, c := range b.files {
		e, _, err := measure(name, c, false)
		if err != nil {
			return false
		}
		es = append(es, e)
	}
	slices.SortFunc(es, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	w := &compare{r: r}
	return zipped(w, b.top, es) == nil && w.n == size
}

var errDiffers = errors.New("differs")

type compare struct {
	r   io.Reader
	buf []byte
	n   int64
}

func (c *compare) Write(p []byte) (int, error) {
	if len(c.buf) < len(p) {
		c.buf = make([]byte, len(p))
	}
	if _, err := io.ReadFull(c.r, c.buf[:len(p)]); err != nil || string(c.buf[:len(p)]) != string(p) {
		return 0, errDiffers
	}
	c.n += int64(len(p))
	return len(p), nil
}
