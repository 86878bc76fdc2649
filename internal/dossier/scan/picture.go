package scan

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

// name is the file of page n, with ext.
func (j job) name(n int, ext string) string {
	return filepath.Join(j.Dir, fmt.Sprintf("p%05d.%s", n, ext))
}

func tooBig(j job, w, h int) bool { return w <= 0 || h <= 0 || int64(w)*int64(h) > j.MaxPixels }

// plausible returns dpi, or a guess if a page of w × h pixels would not be of paper
// then: cameras and programs write 72 whatever they mean.
func plausible(dpi float64, w, h int) int {
	long := float64(max(w, h))
	if dpi >= 50 && dpi <= 2400 && long/dpi > 2 && long/dpi < 48 {
		return int(math.Round(dpi))
	}
	return int(math.Round(min(max(long/11.69, 72), 600))) // as if it were A4
}

// jpegPage is page n of the JPEG b: as it is if readers agree about it, else as PNG.
func jpegPage(j job, n int, b []byte) (p Page, err error) {
	info, err := readJPEG(b)
	if err != nil {
		return p, err
	}
	// Decoded once here, so that nobody further on meets a picture that cannot be.
	m, err := decodeJPEG(j, b)
	if err != nil {
		return p, err
	}
	dpi := plausible(info.dpi, info.w, info.h)
	turn, mirrored := turnOf(info.orientation)
	if info.components == 4 || mirrored {
		return pngOf(j, n, m, info.orientation, dpi)
	}
	p = Page{N: n, W: info.w, H: info.h, DPI: dpi, Turn: turn, File: j.name(n, "jpg"), Format: "jpeg"}
	return p, os.WriteFile(p.File, b, 0o600)
}

func decodeJPEG(j job, b []byte) (image.Image, error) {
	info, err := readJPEG(b)
	if err != nil {
		return nil, err
	}
	if tooBig(j, info.w, info.h) {
		return nil, ErrBomb
	}
	if !info.known {
		return nil, ErrUnsupported
	}
	m, err := jpeg.Decode(bytes.NewReader(b))
	if _, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	if err != nil {
		return nil, cut(err)
	}
	return m, nil
}

// pngPage is page n of the PNG b: as it is if it is plain, else as a plain one.
func pngPage(j job, n int, b []byte) (p Page, err error) {
	if !bytes.Contains(b[max(0, len(b)-4096):], []byte("IEND")) {
		return p, ErrTruncated
	}
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return p, cut(err)
	}
	if tooBig(j, c.Width, c.Height) {
		return p, ErrBomb
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return p, cut(err)
	}
	dpi := plausible(pngDPI(b), c.Width, c.Height)
	// IHDR: … depth, colour type, compression, filter, interlace
	depth, kind, interlace := b[24], b[25], b[28]
	if depth != 8 || kind != 0 && kind != 2 || interlace != 0 || bytes.Contains(b[:min(len(b), 4096)], []byte("tRNS")) {
		return pngOf(j, n, m, 1, dpi)
	}
	p = Page{N: n, W: c.Width, H: c.Height, DPI: dpi, File: j.name(n, "png"), Format: "png"}
	return p, os.WriteFile(p.File, b, 0o600)
}

// pngOf writes page n as a plain PNG, turned as its EXIF orientation o asks.
func pngOf(j job, n int, m image.Image, o, dpi int) (p Page, err error) {
	m = orient(plain(m), o)
	p = Page{N: n, W: m.Bounds().Dx(), H: m.Bounds().Dy(), DPI: dpi, File: j.name(n, "png"), Format: "png"}
	f, err := os.Create(p.File)
	if err != nil {
		return p, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	// A scan is noise: more effort gains a few per cent for several times the time.
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, m); err != nil {
		return p, err
	}
	if err := w.Flush(); err != nil {
		return p, err
	}
	return p, f.Close()
}

// plain makes m grey if it has no colour model but grey, else opaque RGB on white
// paper.
func plain(m image.Image) image.Image {
	r := image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy())
	var to draw.Image
	switch s := m.(type) {
	case *image.Gray:
		return m
	case *image.Gray16:
		to = image.NewGray(r)
	case *image.Paletted:
		if grey(s.Palette) {
			to = image.NewGray(r)
			break
		}
		to = image.NewRGBA(r)
	default:
		to = image.NewRGBA(r)
	}
	draw.Draw(to, r, image.White, image.Point{}, draw.Src)
	draw.Draw(to, r, m, m.Bounds().Min, draw.Over)
	return to
}

func grey(p color.Palette) bool {
	for _, c := range p {
		if r, g, b, a := c.RGBA(); r != g || g != b || a != 0xffff {
			return false
		}
	}
	return true
}

// negative swaps black and white.
func negative(m image.Image) image.Image {
	b := m.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(g, g.Rect, m, b.Min, draw.Src)
	for i := range g.Pix {
		g.Pix[i] = 255 - g.Pix[i]
	}
	return g
}

// turnOf splits an EXIF orientation into the clockwise turn it asks for and whether
// it asks for a mirror too.
func turnOf(o int) (turn int, mirrored bool) {
	switch o {
	case 2:
		return 0, true
	case 3:
		return 180, false
	case 4:
		return 180, true
	case 5:
		return 90, true
	case 6:
		return 90, false
	case 7:
		return 270, true
	case 8:
		return 270, false
	}
	return 0, false
}

// orient makes the picture that people shall see of m with EXIF orientation o.
func orient(m image.Image, o int) image.Image {
	if o < 2 || o > 8 {
		return m
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	ow, oh := w, h
	if o >= 5 {
		ow, oh = h, w
	}
	var to draw.Image = image.NewRGBA(image.Rect(0, 0, ow, oh))
	if _, ok := m.(*image.Gray); ok {
		to = image.NewGray(to.Bounds())
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch o {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			to.Set(tx, ty, m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return to
}

// pngDPI reads the resolution a PNG says it has, 0 if it does not.
func pngDPI(b []byte) float64 {
	for at := 8; at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		if n < 0 || n > len(b)-at-12 {
			return 0
		}
		body := b[at+8 : at+8+n]
		switch string(b[at+4 : at+8]) {
		case "pHYs":
			if n == 9 && body[8] == 1 {
				return float64(binary.BigEndian.Uint32(body)) * 0.0254
			}
			return 0
		case "IDAT":
			return 0
		}
		at += 12 + n
	}
	return 0
}

// small is a grey picture of few pixels, to compare.
type small struct {
	w, h int
	pix  []float32
}

// shrink averages m over w × h cells.
func shrink(m image.Image, w, h int) small {
	b := m.Bounds()
	mw, mh := b.Dx(), b.Dy()
	s := small{w, h, make([]float32, w*h)}
	count := make([]float32, w*h)
	// Cell k begins at k·mw/w rounded down, as it does where poppler shrinks: the two
	// must not differ by more than they have to.
	col, rowOf := make([]int, mw), make([]int, mh)
	for k := range w {
		for x := k * mw / w; x < (k+1)*mw/w; x++ {
			col[x] = k
		}
	}
	for k := range h {
		for y := k * mh / h; y < (k+1)*mh/h; y++ {
			rowOf[y] = k
		}
	}
	for y := range mh {
		row := s.pix[rowOf[y]*w:][:w]
		n := count[rowOf[y]*w:][:w]
		switch m := m.(type) {
		case *image.Gray:
			for x, v := range m.Pix[y*m.Stride:][:mw] {
				row[col[x]] += float32(v)
				n[col[x]]++
			}
		case *image.YCbCr:
			for x, v := range m.Y[y*m.YStride:][:mw] {
				row[col[x]] += float32(v)
				n[col[x]]++
			}
		default:
			for x := range mw {
				row[col[x]] += float32(color.GrayModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y)
				n[col[x]]++
			}
		}
	}
	for i := range s.pix {
		s.pix[i] /= max(count[i], 1)
	}
	return s
}

// turned returns s turned clockwise.
func (s small) turned(turn int) small {
	t := small{s.w, s.h, make([]float32, len(s.pix))}
	if turn%180 != 0 {
		t.w, t.h = s.h, s.w
	}
	for y := range s.h {
		for x := range s.w {
			tx, ty := x, y
			switch turn {
			case 90:
				tx, ty = s.h-1-y, x
			case 180:
				tx, ty = s.w-1-x, s.h-1-y
			case 270:
				tx, ty = y, s.w-1-x
			}
			t.pix[ty*t.w+tx] = s.pix[y*s.w+x]
		}
	}
	return t
}

// differ is how far any cell of a or b lies outside of what the other has there and in
// the cells around: programs that shrink a picture put its edges up to one cell apart,
// and only what is there on one side alone shall count.
func differ(a, b small) float64 {
	if a.w != b.w || a.h != b.h {
		return 256
	}
	return max(outside(a, b), outside(b, a))
}

func outside(a, b small) float64 {
	// The least and the greatest of three by three, first along the rows.
	lo, hi := make([]float32, len(b.pix)), make([]float32, len(b.pix))
	for y := range b.h {
		row := b.pix[y*b.w:][:b.w]
		for x, v := range row {
			l, r := row[max(x-1, 0)], row[min(x+1, b.w-1)]
			lo[y*b.w+x], hi[y*b.w+x] = min(l, v, r), max(l, v, r)
		}
	}
	var worst float32
	for y := 1; y < a.h-1; y++ { // the cells at the edge lie half beyond the sheet
		up, down := (y-1)*b.w, (y+1)*b.w
		for x := 1; x < a.w-1; x++ {
			v, i := a.pix[y*a.w+x], y*a.w+x
			worst = max(worst, min(lo[up+x], lo[i], lo[down+x])-v, v-max(hi[up+x], hi[i], hi[down+x]))
		}
	}
	return float64(worst)
}
