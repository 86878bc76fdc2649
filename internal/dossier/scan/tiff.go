package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"math"
	"os"

	"golang.org/x/image/tiff"
)

// The tags that are read.
const (
	tagSubfile     = 254
	tagWidth       = 256
	tagHeight      = 257
	tagBits        = 258
	tagCompression = 259
	tagPhotometric = 262
	tagFillOrder   = 266
	tagStrips      = 273
	tagOrientation = 274
	tagSamples     = 277
	tagRows        = 278
	tagStripBytes  = 279
	tagXRes        = 282
	tagPlanar      = 284
	tagT6          = 293
	tagUnit        = 296
	tagTileW       = 322
	tagTileH       = 323
	tagTiles       = 324
	tagTileBytes   = 325
	tagTables      = 347
)

// ifd is one directory of a TIFF: one picture.
type ifd struct {
	offset uint32
	order  binary.ByteOrder
	r      io.ReaderAt
	size   int64
	tags   map[int]entry
}

type entry struct {
	kind  uint16
	count uint32
	value [4]byte // the value, or where it is
}

var kindSize = map[uint16]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}

// walkIFDs reads the directories of a TIFF, at most most of them.
func walkIFDs(r io.ReaderAt, size int64, most int) ([]ifd, error) {
	var head [8]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, cut(err)
	}
	var order binary.ByteOrder
	switch string(head[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return nil, ErrBroken
	}
	var out []ifd
	seen := map[uint32]bool{}
	for at := order.Uint32(head[4:]); at != 0; {
		if len(out) == most {
			return out, errMore
		}
		if seen[at] {
			return out, fmt.Errorf("%w: directories in a circle", ErrBroken)
		}
		seen[at] = true
		var n [2]byte
		if _, err := r.ReadAt(n[:], int64(at)); err != nil {
			return out, cut(err)
		}
		b := make([]byte, 12*int(order.Uint16(n[:]))+4)
		if _, err := r.ReadAt(b, int64(at)+2); err != nil {
			return out, cut(err)
		}
		d := ifd{offset: at, order: order, r: r, size: size, tags: map[int]entry{}}
		for ; len(b) > 4; b = b[12:] {
			e := entry{kind: order.Uint16(b[2:]), count: order.Uint32(b[4:])}
			copy(e.value[:], b[8:])
			d.tags[int(order.Uint16(b))] = e
		}
		out = append(out, d)
		at = order.Uint32(b)
	}
	if len(out) == 0 {
		return nil, ErrBroken
	}
	return out, nil
}

// errMore says that there are more directories than asked for.
var errMore = errors.New("scan: more directories")

// bytes returns the value of a tag as it is stored.
func (d ifd) bytes(tag int) ([]byte, error) {
	e, ok := d.tags[tag]
	if !ok {
		return nil, nil
	}
	n := kindSize[e.kind] * int64(e.count)
	if n <= 4 {
		return e.value[:n], nil
	}
	at := int64(d.order.Uint32(e.value[:]))
	if at+n > d.size {
		return nil, fmt.Errorf("%w: tag %d", ErrTruncated, tag)
	}
	b := make([]byte, n)
	_, err := d.r.ReadAt(b, at)
	return b, err
}

// nums returns the value of a tag of whole numbers.
func (d ifd) nums(tag int) ([]uint32, error) {
	b, err := d.bytes(tag)
	if err != nil {
		return nil, err
	}
	var out []uint32
	switch d.tags[tag].kind {
	case 1:
		for _, v := range b {
			out = append(out, uint32(v))
		}
	case 3:
		for ; len(b) >= 2; b = b[2:] {
			out = append(out, uint32(d.order.Uint16(b)))
		}
	case 4:
		for ; len(b) >= 4; b = b[4:] {
			out = append(out, d.order.Uint32(b))
		}
	}
	return out, nil
}

// num is the first number of a tag, or its default.
func (d ifd) num(tag int, or uint32) uint32 {
	if v, err := d.nums(tag); err == nil && len(v) > 0 {
		return v[0]
	}
	return or
}

func (d ifd) dpi() float64 {
	b, err := d.bytes(tagXRes)
	if err != nil || len(b) != 8 || d.order.Uint32(b[4:]) == 0 {
		return 0
	}
	v := float64(d.order.Uint32(b)) / float64(d.order.Uint32(b[4:]))
	if d.num(tagUnit, 2) == 3 {
		v *= 2.54
	}
	return v
}

// thumbnail reports whether d is a small copy of another picture.
func (d ifd) thumbnail() bool { return d.num(tagSubfile, 0)&1 != 0 }

// pieces returns where the strips or tiles of d are.
func (d ifd) pieces() (at, n []uint32, err error) {
	offsets, counts := tagStrips, tagStripBytes
	if _, ok := d.tags[tagTiles]; ok {
		offsets, counts = tagTiles, tagTileBytes
	}
	if at, err = d.nums(offsets); err != nil {
		return nil, nil, err
	}
	if n, err = d.nums(counts); err != nil {
		return nil, nil, err
	}
	if len(at) == 1 && len(n) == 0 && int64(at[0]) < d.size { // old writers leave it out
		n = []uint32{uint32(min(d.size-int64(at[0]), math.MaxUint32))}
	}
	if len(at) == 0 || len(at) != len(n) {
		return nil, nil, fmt.Errorf("%w: %d pieces, %d lengths", ErrBroken, len(at), len(n))
	}
	for i := range at {
		if int64(at[i])+int64(n[i]) > d.size {
			return nil, nil, fmt.Errorf("%w: piece %d ends at %d", ErrTruncated, i, int64(at[i])+int64(n[i]))
		}
	}
	return at, n, nil
}

func (d ifd) piece(at, n uint32) ([]byte, error) {
	if n > maxPicture {
		return nil, ErrBomb
	}
	b := make([]byte, n)
	if _, err := d.r.ReadAt(b, int64(at)); err != nil {
		return nil, cut(err)
	}
	return b, nil
}

// pictures returns the pages of a TIFF.
func pictures(f *os.File, most int) ([]ifd, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	all, err := walkIFDs(f, st.Size(), 2*most) // every page may have a thumbnail
	if errors.Is(err, errMore) {
		return nil, ErrTooMany
	}
	if err != nil {
		return nil, err
	}
	var out []ifd
	for _, d := range all {
		if !d.thumbnail() || len(all) == 1 {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		return nil, ErrBroken
	}
	return out, nil
}

func openTIFF(j job) (int, error) {
	f, err := os.Open(j.Path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	all, err := pictures(f, j.MaxPages)
	if err != nil {
		return 0, err
	}
	// A file that was cut lacks the end of some picture, mostly of the last.
	for _, d := range all {
		if _, _, err := d.pieces(); errors.Is(err, ErrTruncated) {
			return 0, err
		}
	}
	return len(all), nil
}

func tiffPages(j job) ([]Page, error) {
	f, err := os.Open(j.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := pictures(f, j.MaxPages)
	if err != nil {
		return nil, err
	}
	var out []Page
	for n := j.From; n <= min(j.To, len(all)); n++ {
		p, err := all[n-1].page(j, n)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", n, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func (d ifd) page(j job, n int) (p Page, err error) {
	w, h := int(d.num(tagWidth, 0)), int(d.num(tagHeight, 0))
	if tooBig(j, w, h) {
		return p, ErrBomb
	}
	at, lens, err := d.pieces()
	if err != nil {
		return p, err
	}
	dpi := plausible(d.dpi(), w, h)
	o := int(d.num(tagOrientation, 1))
	turn, mirrored := turnOf(o)
	_, tiled := d.tags[tagTiles]
	switch c := d.num(tagCompression, 1); {
	case c == 7:
		return d.jpegPage(j, n, at, lens, w, h)
	case c == 6:
		return p, fmt.Errorf("%w: JPEG of TIFF 6.0", ErrUnsupported)
	case c == 4 && !tiled && !mirrored && d.num(tagSamples, 1) == 1 && !d.negative():
		m, err := d.decode()
		if err != nil {
			return p, err
		}
		if m.Bounds().Dx() != w || m.Bounds().Dy() != h {
			return p, ErrBroken
		}
		b, err := d.alone(at, lens, w, h, dpi)
		if err != nil {
			return p, err
		}
		p = Page{N: n, W: w, H: h, DPI: dpi, Turn: turn, File: j.name(n, "tif"), Format: "tiff"}
		return p, os.WriteFile(p.File, b, 0o600)
	}
	m, err := d.decode()
	if err != nil {
		return p, err
	}
	return pngOf(j, n, m, o, dpi)
}

// decode decodes d with x/image/tiff, which looks at the first directory only: the
// header it sees points to d.
func (d ifd) decode() (image.Image, error) {
	head := []byte("II*\x00    ")
	if d.order == binary.BigEndian {
		head = []byte("MM\x00*    ")
	}
	d.order.PutUint32(head[4:], d.offset)
	m, err := tiff.Decode(&overlay{d.r, head, 0})
	if _, ok := errors.AsType[tiff.UnsupportedError](err); ok {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	if err != nil {
		return nil, cut(err)
	}
	if d.negative() {
		m = negative(m)
	}
	return m, nil
}

// negative reports whether d is a fax in which white means black. Of the programs that
// read TIFF some, x/image/tiff among them, do not look at that: it must not go further.
func (d ifd) negative() bool {
	c := d.num(tagCompression, 1)
	return c >= 2 && c <= 4 && d.num(tagPhotometric, 0) == 1
}

// overlay is r with another beginning.
type overlay struct {
	r    io.ReaderAt
	head []byte
	at   int64
}

func (o *overlay) ReadAt(b []byte, at int64) (int, error) {
	n, err := o.r.ReadAt(b, at)
	if at >= 0 && at < int64(len(o.head)) {
		copy(b[:n], o.head[at:])
	}
	return n, err
}

func (o *overlay) Read(b []byte) (int, error) {
	n, err := o.ReadAt(b, o.at)
	o.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// alone is a TIFF with nothing but the G4 picture d, its strips byte for byte.
func (d ifd) alone(at, lens []uint32, w, h, dpi int) ([]byte, error) {
	var strips [][]byte
	for i := range at {
		b, err := d.piece(at[i], lens[i])
		if err != nil {
			return nil, err
		}
		strips = append(strips, b)
	}
	return g4TIFF(strips, w, h, dpi, int(d.num(tagRows, uint32(h))), int(d.num(tagFillOrder, 1))), nil
}

// g4TIFF writes a TIFF of CCITT G4 strips.
func g4TIFF(strips [][]byte, w, h, dpi, rows, fill int) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x00\x00\x00\x00")
	var offsets, counts []uint32
	for _, s := range strips {
		offsets, counts = append(offsets, uint32(len(b))), append(counts, uint32(len(s)))
		b = append(b, s...)
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
	}
	array := func(v []uint32) uint32 {
		if len(v) == 1 {
			return v[0]
		}
		at := uint32(len(b))
		for _, x := range v {
			b = le.AppendUint32(b, x)
		}
		return at
	}
	atOffsets, atCounts := array(offsets), array(counts)
	res := array([]uint32{uint32(dpi), 1})
	le.PutUint32(b[4:], uint32(len(b)))
	one := uint32(1)
	tags := [][4]uint32{ // tag, kind, count, value
		{tagWidth, 4, one, uint32(w)},
		{tagHeight, 4, one, uint32(h)},
		{tagBits, 3, one, 1},
		{tagCompression, 3, one, 4},
		{tagPhotometric, 3, one, 0},
		{tagFillOrder, 3, one, uint32(fill)},
		{tagStrips, 4, uint32(len(strips)), atOffsets},
		{tagSamples, 3, one, 1},
		{tagRows, 4, one, uint32(min(max(rows, 1), h))},
		{tagStripBytes, 4, uint32(len(strips)), atCounts},
		{tagXRes, 5, one, res},
		{tagXRes + 1, 5, one, res},
		{tagT6, 4, one, 0},
		{tagUnit, 3, one, 2},
	}
	b = le.AppendUint16(b, uint16(len(tags)))
	for _, t := range tags {
		b = le.AppendUint16(b, uint16(t[0]))
		b = le.AppendUint16(b, uint16(t[1]))
		b = le.AppendUint32(b, t[2])
		b = le.AppendUint32(b, t[3]) // a SHORT stands first in its field
	}
	return le.AppendUint32(b, 0)
}

// jpegPage is a picture of JPEG pieces: one alone passes through, more are put
// together.
func (d ifd) jpegPage(j job, n int, at, lens []uint32, w, h int) (p Page, err error) {
	tables, err := d.bytes(tagTables)
	if err != nil {
		return p, err
	}
	if d.num(tagPlanar, 1) != 1 {
		return p, fmt.Errorf("%w: colours in planes", ErrUnsupported)
	}
	_, tiled := d.tags[tagTiles]
	pieceW, pieceH := w, int(d.num(tagRows, uint32(h)))
	if tiled {
		pieceW, pieceH = int(d.num(tagTileW, 0)), int(d.num(tagTileH, 0))
	}
	if pieceW <= 0 || pieceH <= 0 {
		return p, ErrBroken
	}
	dpi, o := plausible(d.dpi(), w, h), int(d.num(tagOrientation, 1))
	whole := image.NewRGBA(image.Rectangle{})
	across := (w + pieceW - 1) / pieceW
	for i := range at {
		raw, err := d.piece(at[i], lens[i])
		if err != nil {
			return p, err
		}
		b, err := mergeTables(tables, raw, d.num(tagPhotometric, 6) == 2)
		if err != nil {
			return p, err
		}
		info, err := readJPEG(b)
		if err != nil {
			return p, err
		}
		if tooBig(j, info.w, info.h) {
			return p, ErrBomb
		}
		if !info.known {
			return p, ErrUnsupported
		}
		if len(at) == 1 && info.w == w && info.h == h {
			p, err := jpegPage(j, n, b)
			if err != nil || p.Format != "jpeg" {
				return p, err
			}
			p.DPI = dpi
			turn, mirrored := turnOf(o)
			if !mirrored {
				p.Turn = turn
				return p, nil
			}
			os.Remove(p.File)
		}
		m, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			return p, cut(err)
		}
		if whole.Rect.Empty() {
			whole = image.NewRGBA(image.Rect(0, 0, w, h))
		}
		to := image.Pt(i%across*pieceW, i/across*pieceH)
		draw.Draw(whole, m.Bounds().Sub(m.Bounds().Min).Add(to), m, m.Bounds().Min, draw.Src)
	}
	var m image.Image = whole
	if d.num(tagSamples, 1) == 1 {
		g := image.NewGray(whole.Rect)
		draw.Draw(g, g.Rect, whole, image.Point{}, draw.Src)
		m = g
	}
	return pngOf(j, n, m, o, dpi)
}

// mergeTables makes a JPEG that stands alone of the tables and a piece of a TIFF. If
// its colours are RGB as they are, it must say so: readers take three for YCbCr.
func mergeTables(tables, piece []byte, rgb bool) ([]byte, error) {
	if !bytes.HasPrefix(piece, []byte{0xff, 0xd8}) {
		return nil, ErrBroken
	}
	out := []byte{0xff, 0xd8}
	if rgb {
		out = append(out, "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"...)
	}
	if len(tables) > 4 && bytes.HasPrefix(tables, []byte{0xff, 0xd8}) {
		out = append(out, bytes.TrimSuffix(tables[2:], []byte{0xff, 0xd9})...)
	}
	if !rgb && len(out) == 2 {
		return piece, nil
	}
	return append(out, piece[2:]...), nil
}
