package pades

import (
	"bytes"
	"fmt"
	"math"
)

// place is where an object stands: in the file, or in an object stream.
type place struct {
	free   bool
	offset int // in the file; in an object stream, its index
	gen    int
	within int // number of the object stream, or 0
}

// file is one revision of a PDF: the bytes up to an end, as its last
// cross-reference section tells them.
type file struct {
	b       []byte
	start   int // of the last cross-reference section
	table   bool
	places  map[int]place
	trailer dict
	size    int // one more than the highest object number
	packed  map[int][]any
	depth   int // of objects needed to read objects
}

// open reads the cross-reference sections (32000, 7.5.4 and 7.5.8). A file whose
// sections are broken is refused, not repaired: what two readers repair differently
// cannot be sealed.
func open(b []byte) (*file, error) {
	f := &file{b: b, places: map[int]place{}, packed: map[int][]any{}}
	i := bytes.LastIndex(b, []byte("startxref"))
	if i < 0 || !bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")) {
		return nil, fmt.Errorf("%w: no startxref, or no header", ErrFile)
	}
	l := lexer{b: b, at: i + len("startxref")}
	var ok bool
	if f.start, ok = l.integer(); !ok {
		return nil, l.fail("no number after startxref")
	}
	seen := map[int]bool{}
	for at := f.start; ; {
		if seen[at] {
			return nil, fmt.Errorf("%w: cross-reference sections run in a circle", ErrFile)
		}
		seen[at] = true
		trailer, err := f.section(at, at == f.start)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer = trailer
		}
		prev := trailer.get("Prev")
		if prev == nil {
			break
		}
		if at, ok = integer(prev); !ok {
			return nil, fmt.Errorf("%w: Prev is no number", ErrFile)
		}
	}
	if f.trailer.get("Encrypt") != nil {
		return nil, ErrEncrypted
	}
	for n := range f.places {
		f.size = max(f.size, n+1)
	}
	if n, ok := integer(f.trailer.get("Size")); ok && n < math.MaxInt32/2 {
		f.size = max(f.size, n)
	}
	return f, nil
}

func (f *file) section(at int, last bool) (dict, error) {
	if at < 0 || at >= len(f.b) {
		return nil, fmt.Errorf("%w: a cross-reference section at byte %d of %d", ErrFile, at, len(f.b))
	}
	l := lexer{b: f.b, at: at}
	if !l.take("xref") {
		return f.xrefStream(at)
	}
	f.table = f.table || last
	if err := f.xrefTable(&l); err != nil {
		return nil, err
	}
	v, err := l.value()
	trailer, ok := v.(dict)
	if err != nil || !ok {
		return nil, l.fail("no trailer")
	}
	if hybrid, ok := integer(trailer.get("XRefStm")); ok {
		if _, err := f.xrefStream(hybrid); err != nil {
			return nil, err
		}
	}
	return trailer, nil
}

func (f *file) xrefTable(l *lexer) error {
	for !l.take("trailer") {
		first, ok1 := l.integer()
		count, ok2 := l.integer()
		if !ok1 || !ok2 || count > len(f.b)/18 {
			return l.fail("a broken cross-reference table")
		}
		for n := first; n < first+count; n++ {
			offset, ok1 := l.integer()
			gen, ok2 := l.integer()
			free := false
			if ok1 && ok2 && !l.take("n") {
				free = l.take("f")
				ok1 = free
			}
			if !ok1 || !ok2 {
				return l.fail("a broken cross-reference table")
			}
			f.note(n, place{free: free, offset: offset, gen: gen})
		}
	}
	return nil
}

// note keeps the newest place of an object, which is the first met.
func (f *file) note(n int, p place) {
	if _, known := f.places[n]; !known {
		f.places[n] = p
	}
}

func (f *file) xrefStream(at int) (dict, error) {
	if at < 0 || at >= len(f.b) {
		return nil, fmt.Errorf("%w: a cross-reference stream at byte %d of %d", ErrFile, at, len(f.b))
	}
	_, v, err := f.object(at)
	if err != nil {
		return nil, err
	}
	s, ok := v.(stream)
	if !ok || s.dict.get("Type") != any(name("XRef")) {
		return nil, fmt.Errorf("%w: no cross-reference section at byte %d", ErrFile, at)
	}
	data, err := s.decode()
	if err != nil {
		return nil, err
	}
	var w [3]int
	widths, _ := s.dict.get("W").(array)
	for i := range w {
		if len(widths) != 3 {
			return nil, fmt.Errorf("%w: W of a cross-reference stream", ErrFile)
		}
		if w[i], ok = integer(widths[i]); !ok || w[i] < 0 || w[i] > 8 {
			return nil, fmt.Errorf("%w: W of a cross-reference stream", ErrFile)
		}
	}
	index, _ := s.dict.get("Index").(array)
	if index == nil {
		index = array{raw("0"), s.dict.get("Size")}
	}
	return s.dict, f.xrefRows(data, w, index)
}

func (f *file) xrefRows(data []byte, w [3]int, index array) error {
	row := w[0] + w[1] + w[2]
	for ; len(index) >= 2; index = index[2:] {
		first, ok1 := integer(index[0])
		count, ok2 := integer(index[1])
		if !ok1 || !ok2 || row == 0 || first < 0 || first > math.MaxInt32/2 || count < 0 || count > len(data)/row {
			return fmt.Errorf("%w: Index of a cross-reference stream", ErrFile)
		}
		for n := first; n < first+count; n++ {
			var v [3]int
			v[0] = 1 // 32000, table 17: the type if its width is 0
			for i, width := range w {
				if width > 0 {
					v[i] = 0
				}
				for _, c := range data[:width] {
					v[i] = v[i]<<8 | int(c)
				}
				data = data[width:]
				if v[i] < 0 || v[i] > math.MaxInt32<<16 {
					return fmt.Errorf("%w: object %d stands beyond any file", ErrFile, n)
				}
			}
			switch v[0] {
			case 0:
				f.note(n, place{free: true})
			case 1:
				f.note(n, place{offset: v[1], gen: v[2]})
			case 2:
				f.note(n, place{offset: v[2], within: v[1]})
			}
		}
	}
	return nil
}

// object reads "n gen obj … endobj" at a byte.
func (f *file) object(at int) (ref, any, error) {
	// The length of a stream may be an object, which may be a stream…
	if f.depth++; f.depth > depthLimit {
		f.depth--
		return ref{}, nil, fmt.Errorf("%w: objects that need each other, byte %d", ErrFile, at)
	}
	defer func() { f.depth-- }()
	l := lexer{b: f.b, at: at}
	n, ok1 := l.integer()
	gen, ok2 := l.integer()
	if !ok1 || !ok2 || !l.take("obj") {
		return ref{}, nil, fmt.Errorf("%w: no object at byte %d", ErrFile, at)
	}
	v, err := l.value()
	if err != nil {
		return ref{}, nil, err
	}
	if d, ok := v.(dict); ok && l.take("stream") {
		v, err = f.stream(&l, d)
	}
	return ref{n, gen}, v, err
}

func (f *file) stream(l *lexer, d dict) (any, error) {
	if l.at < len(l.b) && l.b[l.at] == '\r' {
		l.at++
	}
	if l.at < len(l.b) && l.b[l.at] == '\n' {
		l.at++
	}
	length, ok := integer(f.resolve(d.get("Length")))
	if !ok || length < 0 || length > len(l.b)-l.at {
		return nil, l.fail("a stream of unknown length")
	}
	s := stream{d, l.b[l.at : l.at+length]}
	if l.at += length; !l.take("endstream") {
		return nil, l.fail("no endstream")
	}
	return s, nil
}

// get returns an object, nil if there is none.
func (f *file) get(n int) (any, error) {
	p, ok := f.places[n]
	if !ok || p.free {
		return nil, nil
	}
	if p.within != 0 {
		return f.unpack(p.within, p.offset, n)
	}
	if p.offset >= len(f.b) {
		return nil, fmt.Errorf("%w: object %d at byte %d of %d", ErrFile, n, p.offset, len(f.b))
	}
	r, v, err := f.object(p.offset)
	if err == nil && r.n != n {
		err = fmt.Errorf("%w: object %d where %d should be, byte %d", ErrFile, r.n, n, p.offset)
	}
	return v, err
}

// unpack reads an object of an object stream (32000, 7.5.7).
func (f *file) unpack(within, index, n int) (any, error) {
	bad := fmt.Errorf("%w: object stream %d", ErrFile, within)
	values, ok := f.packed[within]
	if !ok {
		if p := f.places[within]; p.within != 0 || p.free {
			return nil, bad
		}
		f.packed[within] = nil // while it is read it has nothing
		v, err := f.get(within)
		s, ok := v.(stream)
		if err != nil || !ok {
			return nil, bad
		}
		if values, err = readPacked(s); err != nil {
			return nil, fmt.Errorf("%w: %w", bad, err)
		}
		f.packed[within] = values
	}
	if 2*index+1 >= len(values) || values[2*index] != any(n) {
		return nil, fmt.Errorf("%w has no object %d", bad, n)
	}
	return values[2*index+1], nil
}

// readPacked returns number, value, number, value …
func readPacked(s stream) (out []any, err error) {
	data, err := s.decode()
	if err != nil {
		return nil, err
	}
	count, ok1 := integer(s.dict.get("N"))
	first, ok2 := integer(s.dict.get("First"))
	if !ok1 || !ok2 || count < 0 || first < 0 || first > len(data) {
		return nil, ErrFile
	}
	head := lexer{b: data[:first]}
	for range count {
		n, ok1 := head.integer()
		at, ok2 := head.integer()
		if !ok1 || !ok2 || at > len(data)-first {
			return nil, ErrFile
		}
		l := lexer{b: data, at: first + at}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, n, v)
	}
	return out, nil
}

// resolve follows references. What cannot be read is nothing, as for every viewer
// (32000, 7.3.10); whoever needs it says so.
func (f *file) resolve(v any) any {
	for range depthLimit {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		var err error
		if v, err = f.get(r.n); err != nil {
			return nil
		}
	}
	return nil
}

func (f *file) dict(v any) dict {
	d, _ := f.resolve(v).(dict)
	return d
}

func (f *file) array(v any) array {
	a, _ := f.resolve(v).(array)
	return a
}

// root is the catalog.
func (f *file) root() (ref, dict, error) {
	r, ok := f.trailer.get("Root").(ref)
	d := f.dict(r)
	if !ok || d == nil {
		return ref{}, nil, fmt.Errorf("%w: no catalog", ErrFile)
	}
	return r, d, nil
}

// firstPage returns page 1 with what it inherits of its box and turn (32000, 7.7.3.4).
func (f *file) firstPage(root dict) (at ref, page, inherited dict, err error) {
	v := root.get("Pages")
	for range depthLimit {
		r, ok := v.(ref)
		d := f.dict(r)
		if !ok || d == nil {
			break
		}
		for _, k := range []name{"MediaBox", "CropBox", "Rotate"} {
			if v := f.resolve(d.get(k)); v != nil {
				inherited = inherited.with(k, v)
			}
		}
		kids := f.array(d.get("Kids"))
		if kids == nil {
			return r, d, inherited, nil
		}
		v = nil
		for _, kid := range kids { // a node without pages is passed over
			if n, ok := integer(f.resolve(f.dict(kid).get("Count"))); !ok || n > 0 {
				v = kid
				break
			}
		}
	}
	return ref{}, nil, nil, fmt.Errorf("%w: no first page", ErrFile)
}
