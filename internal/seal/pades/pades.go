// Package pades seals a PDF (ký số văn bản PDF) and proves seals: PAdES baseline
// B-B, B-T, B-LT and B-LTA of ETSI EN 319 142-1, as incremental updates. "32000" is
// ISO 32000-1, "19005" ISO 19005 (PDF/A), which a file that was stays.
//
// The one thing not to forget: not one byte that was there before is touched. What
// is sealed twice keeps its first seal, and the scan under the first is the scan.
//
// The evidence about certificates goes into the same update as the seal, before
// it, so that the seal covers that too and no byte of the file is left unproven.
package pades

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
)

// What a file can fail at before anything is signed or proven.
var (
	ErrFile      = errors.New("pades: the file cannot be read as a PDF")
	ErrEncrypted = errors.New("pades: the file is encrypted; open it and save it without a password")
	ErrCertified = errors.New("pades: its author certified the file as final (DocMDP 1): a seal more would break that")
)

// The values of PDF (32000, 7.3). What is not looked into is kept as written.
type (
	name  string // without the stroke, escapes undone
	raw   string // a number, a boolean or null, as written
	ref   struct{ n, gen int }
	array []any
	entry struct {
		key   name
		value any
	}
	dict []entry // in the order written
	str  struct {
		value   []byte
		raw     string
		at, end int // where it stands in what was read
	}
	stream struct {
		dict dict
		data []byte // coded as its dictionary says
	}
)

func (d dict) get(key name) any {
	for _, e := range d {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// with returns d with key set, leaving d as it was.
func (d dict) with(key name, value any) dict {
	out := make(dict, 0, len(d)+1)
	found := false
	for _, e := range d {
		if e.key == key {
			e.value, found = value, true
		}
		out = append(out, e)
	}
	if !found {
		out = append(out, entry{key, value})
	}
	return out
}

func integer(v any) (int, bool) {
	r, ok := v.(raw)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(string(r))
	return n, err == nil
}

func number(v any) (float64, bool) {
	r, ok := v.(raw)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(r), 64)
	return f, err == nil
}

// put appends a value as PDF writes it.
func put(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		b = append(b, "null"...)
	case raw:
		b = append(b, v...)
	case name:
		b = putName(b, v)
	case ref:
		b = fmt.Appendf(b, "%d %d R", v.n, v.gen)
	case str:
		b = append(b, v.raw...)
	case array:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ' ')
			}
			b = put(b, e)
		}
		b = append(b, ']')
	case dict:
		b = append(b, "<<"...)
		for _, e := range v {
			b = append(put(append(putName(b, e.key), ' '), e.value), '\n')
		}
		b = append(b, ">>"...)
	case stream:
		b = append(put(b, v.dict), "\nstream\n"...)
		b = append(append(b, v.data...), "\nendstream"...)
	}
	return b
}

func putName(b []byte, n name) []byte {
	b = append(b, '/')
	for i := range len(n) {
		if c := n[i]; regular(c) && c > ' ' && c < 0x7f && c != '#' {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "#%02X", c)
		}
	}
	return b
}

// text is a text string (32000, 7.9.2.2) in UTF-16.
func text(s string) str {
	b := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04X", u)
	}
	return str{raw: string(append(b, '>'))}
}

func deflate(data []byte) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	w.Close()
	return z.Bytes()
}

// flated is a stream of data, compressed.
func flated(data []byte, extra ...entry) stream {
	z := deflate(data)
	d := append(dict{{"Filter", name("FlateDecode")}, {"Length", raw(strconv.Itoa(len(z)))}}, extra...)
	return stream{d, z}
}

// plain is a stream of data as it is: a few bytes are not worth compressing.
func plain(data []byte, extra ...entry) stream {
	return stream{append(dict{{"Length", raw(strconv.Itoa(len(data)))}}, extra...), data}
}

// inflateLimit is the most a stream that is looked into may unfold to, in bytes.
const inflateLimit = 64 << 20

// decode undoes Flate and its PNG predictors (32000, 7.4.4), or no filter at all;
// no others stand around the streams that are looked into.
func (s stream) decode() ([]byte, error) {
	filter := s.dict.get("Filter")
	if a, ok := filter.(array); ok && len(a) == 1 {
		filter = a[0]
	}
	if filter == nil {
		return s.data, nil
	}
	if filter != any(name("FlateDecode")) {
		return nil, fmt.Errorf("%w: filter %v", ErrFile, filter)
	}
	z, err := zlib.NewReader(bytes.NewReader(s.data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, inflateLimit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if len(out) > inflateLimit {
		return nil, fmt.Errorf("%w: a stream of more than %d bytes", ErrFile, inflateLimit)
	}
	parms := s.dict.get("DecodeParms")
	if a, ok := parms.(array); ok && len(a) == 1 {
		parms = a[0]
	}
	p, _ := parms.(dict)
	return unpredict(out, p)
}

func unpredict(b []byte, p dict) ([]byte, error) {
	if kind, _ := integer(p.get("Predictor")); kind < 10 {
		return b, nil
	}
	columns, ok := integer(p.get("Columns"))
	if !ok {
		columns = 1
	}
	if columns < 1 || columns > 1<<16 || len(b)%(columns+1) != 0 {
		return nil, fmt.Errorf("%w: predictor of %d columns", ErrFile, columns)
	}
	out := make([]byte, 0, len(b))
	up := make([]byte, columns)
	for ; len(b) > 0; b = b[columns+1:] {
		row := append([]byte{}, b[1:columns+1]...)
		for i := range row {
			var left, corner byte
			if i > 0 {
				left, corner = row[i-1], up[i-1]
			}
			switch b[0] {
			case 1:
				row[i] += left
			case 2:
				row[i] += up[i]
			case 3:
				row[i] += byte((int(left) + int(up[i])) / 2)
			case 4:
				row[i] += paeth(left, up[i], corner)
			}
		}
		out, up = append(out, row...), row
	}
	return out, nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }
