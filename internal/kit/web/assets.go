package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Assets serves files that are part of the program. Their address holds a hash of
// all of them, so that they may be kept for ever, and so that one file may name
// another by a relative path.
type Assets struct {
	prefix string // /static/
	hash   string
	files  map[string]asset
}

type asset struct {
	kind   string
	body   []byte
	packed func() []byte // nil if packing gains nothing
}

// NewAssets reads all of files, to be served below prefix.
func NewAssets(prefix string, files fs.FS) *Assets {
	a := &Assets{prefix: prefix, files: map[string]asset{}}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		sum.Write([]byte(p))
		sum.Write([]byte{0})
		sum.Write(body)
		f := asset{kind: kindOf(p), body: body}
		if !strings.HasSuffix(p, ".woff2") { // compressed in itself
			f.packed = sync.OnceValue(func() []byte { return pack(body) })
		}
		a.files[p] = f
		return nil
	})
	if err != nil {
		panic(err) // the files are inside the program: it was built wrong
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return a
}

// kindOf does not ask the host's tables: they differ, and nosniff makes them matter.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt", ".md":
		return "text/plain; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(body)
	_ = z.Close()
	return b.Bytes()
}

// URL returns the address of a file.
func (a *Assets) URL(name string) string {
	if _, ok := a.files[name]; !ok {
		panic("web: no static file " + name)
	}
	return a.prefix + a.hash + "/" + name
}

// Names returns every file there is, in no order.
func (a *Assets) Names() (out []string) {
	for name := range a.files {
		out = append(out, name)
	}
	return out
}

func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, a.prefix), "/")
	f, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", `"`+a.hash+`"`)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if hash != a.hash { // a page from before an upgrade
		h.Set("Cache-Control", "no-cache")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.hash) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if p := f.packed(); len(p) < len(body) && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = p
		}
	}
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body)
}
