package pdfa

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// objects writes numbered objects and remembers where each stands (32000, 7.3.10
// and 7.5). The first error stops all writing and is kept.
type objects struct {
	w   *bufio.Writer
	sum hash.Hash // of everything written: the file's identifier
	n   int64
	at  []int64 // at[i] is the place of object i+1
	err error

	flate *zlib.Writer
	buf   bytes.Buffer
}

func newObjects(w io.Writer, version string) *objects {
	o := &objects{w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New()}
	o.flate = zlib.NewWriter(io.Discard)
	// 19005, 6.1.2: a comment of four bytes above 127, so that nobody takes the file for text.
	fmt.Fprintf(o, "%%PDF-%s\n%%\xe2\xe3\xcf\xd3\n", version)
	return o
}

// Write is for fmt; nobody needs to look at what it returns.
func (o *objects) Write(b []byte) (int, error) {
	o.put(b)
	return len(b), o.err
}

func (o *objects) put(b []byte) {
	if o.err != nil {
		return
	}
	_, o.err = o.w.Write(b)
	o.sum.Write(b)
	o.n += int64(len(b))
}

// reserve gives out the number of an object that is written later.
func (o *objects) reserve() int {
	o.at = append(o.at, 0)
	return len(o.at)
}

func (o *objects) object(id int, format string, args ...any) {
	o.at[id-1] = o.n
	fmt.Fprintf(o, "%d 0 obj\n", id)
	fmt.Fprintf(o, format, args...)
	o.put([]byte("\nendobj\n"))
}

// raw writes a stream whose data is already coded as dict says.
func (o *objects) raw(id int, dict string, data ...[]byte) {
	var n int
	for _, d := range data {
		n += len(d)
	}
	o.at[id-1] = o.n
	fmt.Fprintf(o, "%d 0 obj\n<<%s/Length %d>>\nstream\n", id, dict, n)
	for _, d := range data {
		o.put(d)
	}
	o.put([]byte("\nendstream\nendobj\n"))
}

// stream writes data compressed.
func (o *objects) stream(id int, dict string, data []byte) {
	o.buf.Reset()
	o.flate.Reset(&o.buf)
	_, _ = o.flate.Write(data) // a bytes.Buffer takes everything
	o.flate.Close()
	o.raw(id, dict+"/Filter/FlateDecode", o.buf.Bytes())
}

// close writes the cross-reference table and the trailer (32000, 7.5.4 and 7.5.5).
// PDF 1.4 knows no compressed one, and what an archive keeps should be plain.
func (o *objects) close(catalog, info int) error {
	id := o.sum.Sum(nil)[:16]
	start := o.n
	fmt.Fprintf(o, "xref\n0 %d\n0000000000 65535 f \n", len(o.at)+1)
	for i, at := range o.at {
		if at == 0 && o.err == nil {
			return fmt.Errorf("pdfa: object %d was never written", i+1)
		}
		fmt.Fprintf(o, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(o, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n", len(o.at)+1, catalog, info, id, id, start)
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}

// num writes a number as PDF wants it: no exponent, no needless digits.
func num(f float64) string { return string(appendNum(nil, f)) }

func appendNum(b []byte, f float64) []byte {
	f = math.Round(f*1e4) / 1e4
	if f == 0 {
		f = 0 // not -0
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// nums appends fs, each followed by a space.
func nums(b []byte, fs ...float64) []byte {
	for _, f := range fs {
		b = append(appendNum(b, f), ' ')
	}
	return b
}

// text is a text string (32000, 7.9.2.2): NFC, UTF-16 with a byte order mark.
func text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(norm.NFC.String(s))) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}

// name is a name object (32000, 7.3.5) with everything unusual escaped.
func name(s string) string {
	b := []byte{'/'}
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '.' || c == '-' || c == '_' || c == '+' {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "#%02X", c)
		}
	}
	return string(b)
}

// date is a date string (32000, 7.9.4).
func date(t time.Time) string {
	return "D:" + t.Format("20060102150405") + strings.Replace(t.Format("-07:00"), ":", "'", 1) + "'"
}

// sortedByName is in the order a name tree must have: by the bytes of its keys.
func sortedByName(fs []attached) []attached {
	return slices.SortedFunc(slices.Values(fs), func(a, b attached) int { return strings.Compare(text(a.name), text(b.name)) })
}
