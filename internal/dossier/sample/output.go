package sample

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
)

// Scan says how pages are scanned into a file.
type Scan struct {
	DPI     int // 0: 200
	Quality int // of JPEG, 0: 75
	Grey    bool
	// Change, if set, is applied to every picture before it is written: noise, a
	// lean, the shadow of a stamp. n is the number of the page.
	Change func(n int, img image.Image) image.Image
}

func (s Scan) picture(p *Page) image.Image {
	var img image.Image = p.Render(s.dpi())
	if s.Grey {
		img = grey8(img)
	}
	if s.Change != nil {
		img = s.Change(p.N, img)
	}
	return img
}

func (s Scan) dpi() int {
	if s.DPI == 0 {
		return 200
	}
	return s.DPI
}

func (s Scan) jpeg(w io.Writer, p *Page) (image.Image, error) {
	q := s.Quality
	if q == 0 {
		q = 75
	}
	img := s.picture(p)
	return img, jpeg.Encode(w, img, &jpeg.Options{Quality: q})
}

func grey8(img image.Image) *image.Gray {
	b := img.Bounds()
	g := image.NewGray(b)
	if c, ok := img.(*image.RGBA); ok {
		for y := b.Min.Y; y < b.Max.Y; y++ {
			s, d := c.Pix[c.PixOffset(b.Min.X, y):], g.Pix[g.PixOffset(b.Min.X, y):]
			for x := range b.Dx() {
				d[x] = uint8((299*int(s[x*4]) + 587*int(s[x*4+1]) + 114*int(s[x*4+2])) / 1000)
			}
		}
		return g
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			g.Set(x, y, color.GrayModel.Convert(img.At(x, y)))
		}
	}
	return g
}

// JPEGs writes each page as a file 0001.jpg, 0002.jpg… into dir and returns the
// names.
func (s Scan) JPEGs(dir string, pages []*Page) ([]string, error) {
	var names []string
	for i, p := range pages {
		name := filepath.Join(dir, fmt.Sprintf("%04d.jpg", i+1))
		var buf bytes.Buffer
		if _, err := s.jpeg(&buf, p); err != nil {
			return nil, err
		}
		if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// PDF writes the pages as an image-only PDF, one JPEG a page, as office scanners do.
func (s Scan) PDF(w io.Writer, pages []*Page) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var at []int
	n := 0
	put := func(format string, args ...any) {
		k, _ := fmt.Fprintf(out, format, args...)
		n += k
	}
	object := func(format string, args ...any) {
		at = append(at, n)
		put("%d 0 obj\n", len(at))
		put(format, args...)
		put("\nendobj\n")
	}
	put("%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 3+3*i)
	}
	object("<< /Type /Pages /Count %d /Kids [ %s] >>", len(pages), kids)
	for i, p := range pages {
		var buf bytes.Buffer
		img, err := s.jpeg(&buf, p)
		if err != nil {
			return err
		}
		b := img.Bounds()
		wpt, hpt := float64(b.Dx())*72/float64(s.dpi()), float64(b.Dy())*72/float64(s.dpi())
		space := "DeviceRGB"
		if _, ok := img.(*image.Gray); ok {
			space = "DeviceGray"
		}
		content := fmt.Sprintf("q %.2f 0 0 %.2f 0 0 cm /I Do Q", wpt, hpt)
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Resources << /XObject << /I %d 0 R >> >> /Contents %d 0 R >>", wpt, hpt, 5+3*i, 4+3*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)
		at = append(at, n)
		put("%d 0 obj\n<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n",
			len(at), b.Dx(), b.Dy(), space, buf.Len())
		k, err := out.Write(buf.Bytes())
		if err != nil {
			return err
		}
		n += k
		put("\nendstream\nendobj\n")
	}
	start := n
	put("xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, a := range at {
		put("%010d 00000 n \n", a)
	}
	put("trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return out.Flush()
}

// TIFF writes the pages as one black-and-white TIFF with a directory a page,
// deflated, as fax-like scanners do.
func (s Scan) TIFF(w io.Writer, pages []*Page) error {
	var buf bytes.Buffer
	buf.WriteString("II*\x00\x00\x00\x00\x00")
	link := 4 // where the offset of the next directory goes
	for _, p := range pages {
		g := grey8(s.picture(p))
		strip, err := bilevel(g)
		if err != nil {
			return err
		}
		strips := buf.Len()
		buf.Write(strip)
		if buf.Len()%2 == 1 {
			buf.WriteByte(0)
		}
		res := buf.Len()
		_ = binary.Write(&buf, binary.LittleEndian, []uint32{uint32(s.dpi()), 1})
		dir := buf.Len()
		binary.LittleEndian.PutUint32(buf.Bytes()[link:], uint32(dir))
		tags := [][3]uint32{ // tag, type, value; in order of the tags
			{256, 4, uint32(g.Rect.Dx())}, {257, 4, uint32(g.Rect.Dy())}, {258, 3, 1},
			{259, 3, 8}, {262, 3, 1}, {273, 4, uint32(strips)}, {277, 3, 1},
			{278, 4, uint32(g.Rect.Dy())}, {279, 4, uint32(len(strip))},
			{282, 5, uint32(res)}, {283, 5, uint32(res)}, {296, 3, 2},
		}
		_ = binary.Write(&buf, binary.LittleEndian, uint16(len(tags)))
		for _, t := range tags {
			_ = binary.Write(&buf, binary.LittleEndian, []uint16{uint16(t[0]), uint16(t[1])})
			_ = binary.Write(&buf, binary.LittleEndian, []uint32{1, t[2]})
		}
		link = buf.Len()
		buf.Write(make([]byte, 4))
	}
	_, err := w.Write(buf.Bytes())
	return err
}

func bilevel(g *image.Gray) ([]byte, error) {
	var buf bytes.Buffer
	z := zlib.NewWriter(&buf)
	row := make([]byte, (g.Rect.Dx()+7)/8)
	for y := range g.Rect.Dy() {
		clear(row)
		for x, v := range g.Pix[y*g.Stride:][:g.Rect.Dx()] {
			if v >= 150 {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		if _, err := z.Write(row); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return buf.Bytes(), err
}
