package digitise

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// output is a file that appears under its name only when it is whole.
type output struct {
	*os.File
	w    *bufio.Writer
	dir  string
	stem string
	ext  string
	not  []string // files it must not take the place of
	kept bool
}

func create(dir, stem, ext string, not []string) (*output, error) {
	f, err := os.CreateTemp(dir, ".congminh-*"+ext)
	if err == nil {
		// That file is for its owner alone; the result is a file like any other. Only
		// the making of a file can say so without knowing the umask.
		f.Close()
		os.Remove(f.Name())
		f, err = os.OpenFile(f.Name(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return &output{File: f, w: bufio.NewWriterSize(f, 1<<16), dir: dir, stem: stem, ext: ext, not: not}, nil
}

func (o *output) Write(b []byte) (int, error) { return o.w.Write(b) }

// ReadFrom hides that of os.File, which would pass the buffer by.
func (o *output) ReadFrom(r io.Reader) (int64, error) { return o.w.ReadFrom(r) }

// replace throws away what was written and takes a copy of the file at path.
func (o *output) replace(path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOpen, err)
	}
	defer in.Close()
	o.w.Reset(o.File)
	if err = o.Truncate(0); err == nil {
		if _, err = o.Seek(0, io.SeekStart); err == nil {
			_, err = io.Copy(o.w, in)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return nil
}

// keep gives the file its name: stem, or stem-2, stem-3… if a source has that one.
func (o *output) keep() (name string, err error) {
	err = o.w.Flush()
	if err == nil {
		err = o.Sync()
	}
	if e := o.Close(); err == nil {
		err = e
	}
	if err == nil {
		name = filepath.Join(o.dir, o.stem+o.ext)
		for n := 2; o.taken(name); n++ {
			name = filepath.Join(o.dir, fmt.Sprintf("%s-%d%s", o.stem, n, o.ext))
		}
		err = os.Rename(o.Name(), name)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrWrite, err)
	}
	o.kept = true
	return name, nil
}

// taken reports whether name is one of the files that must stay.
func (o *output) taken(name string) bool {
	there, err := os.Stat(name)
	if err != nil {
		return false
	}
	for _, p := range o.not {
		if st, err := os.Stat(p); err == nil && os.SameFile(st, there) {
			return true
		}
	}
	return false
}

// drop removes the file if it was not kept.
func (o *output) drop() {
	if !o.kept {
		o.Close()
		os.Remove(o.Name())
	}
}

// write writes the JSON, a line for each page and each paper, so that a file of
// thousands of pages is never in memory as one text and can be looked at by eye.
func (r Result) write(w io.Writer) error {
	head, err := json.Marshal(struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	}{r.File, r.SHA256})
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s", head[:len(head)-1])
	list(b, "pages", r.Pages)
	list(b, "documents", r.Documents)
	if r.Signed {
		fmt.Fprint(b, ",\n\"signed\":true")
	}
	fmt.Fprint(b, "}\n")
	return b.Flush() // it keeps the first error
}

func list[T any](b *bufio.Writer, name string, all []T) {
	fmt.Fprintf(b, ",\n%q:[", name)
	for i, v := range all {
		line, err := json.Marshal(v)
		if err != nil { // of numbers and strings: none can fail
			line = []byte("null")
		}
		comma := ","
		if i == 0 {
			comma = ""
		}
		fmt.Fprintf(b, "%s\n%s", comma, line)
	}
	fmt.Fprint(b, "]")
}
