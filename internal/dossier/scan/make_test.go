package scan

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/ccitt"
)

// paper is a page that looks like a scan: lines of dark marks on nearly white paper,
// nothing in it symmetric.
func paper(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, uint64(w*h)))
	for i := range m.Pix {
		m.Pix[i] = uint8(245 + r.IntN(8))
	}
	for y := h / 10; y < h*8/10; y += max(h/40, 2) {
		for x := w / 10; x < w*6/10; {
			word := w/60 + r.IntN(max(w/15, 1))
			for yy := y; yy < y+h/100; yy++ {
				for xx := x; xx < min(x+word, w*7/10); xx++ {
					if r.IntN(3) > 0 {
						m.SetGray(xx, yy, color.Gray{Y: uint8(20 + r.IntN(30))})
					}
				}
			}
			x += word + max(w/60, 1)
		}
	}
	return m
}

func jpegOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 80}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func colour(m *image.Gray) image.Image {
	c := image.NewRGBA(m.Rect)
	for i, v := range m.Pix {
		c.Pix[4*i], c.Pix[4*i+1], c.Pix[4*i+2], c.Pix[4*i+3] = v, v, uint8(max(int(v)-20, 0)), 255
	}
	return c
}

func pngBytes(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// A leaf is a page of a PDF to be made.
type leaf struct {
	w, h    float64
	rotate  int
	content string
	xobject string // a whole image object, or ""
	extra   string // into the page dictionary
}

const a4w, a4h = 595.0, 842.0

// pdf writes a PDF with a classic cross-reference table.
func pdf(leaves []leaf, more ...string) []byte {
	objs := []string{
		"<</Type/Catalog/Pages 2 0 R" + strings.Join(more, "") + ">>",
		"",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 5 0 R>>",
		stream("", "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n1 begincodespacerange <00> <FF> endcodespacerange\n2 beginbfchar <41> <0110> <42> <006503020323> endbfchar\nendcmap end end"),
	}
	var kids strings.Builder
	for _, l := range leaves {
		n := len(objs) + 1
		x := ""
		objs = append(objs, "", stream("", l.content))
		if l.xobject != "" {
			objs = append(objs, l.xobject)
			x = fmt.Sprintf("/XObject<</Im %d 0 R>>", n+2)
		}
		objs[n-1] = fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Rotate %d/Contents %d 0 R/Resources<</Font<</F 3 0 R/V 4 0 R>>%s>>%s>>", l.w, l.h, l.rotate, n+1, x, l.extra)
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	objs[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(leaves), kids.String())
	return pdfOf(objs)
}

func pdfOf(objs []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range objs {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	x := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objs)+1)
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objs)+1, x)
	return b.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data)
}

func imageObject(w, h int, space string, bits int, filter, more string, data []byte) string {
	return stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent %d/Filter/%s%s", w, h, space, bits, filter, more), string(data))
}

// scanned is a page that is the JPEG b and nothing else.
func scanned(b []byte, space string) leaf {
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	return leaf{w: a4w, h: a4h, content: "q 595 0 0 842 0 0 cm /Im Do Q", xobject: imageObject(c.Width, c.Height, space, 8, "DCTDecode", "", b)}
}

// written is a page of letters.
func written(s string) leaf {
	return leaf{w: a4w, h: a4h, content: "BT /F 12 Tf 72 760 Td 20 TL (" + s + ") Tj T* (second line) Tj T* /V 12 Tf (AB) Tj ET"}
}

func deflate(b []byte) []byte {
	var z bytes.Buffer
	w, _ := zlib.NewWriterLevel(&z, zlib.BestCompression)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

// g4 encodes a picture of all-white rows but for one black bar, by hand: x/image
// decodes G4 but does not encode it. Horizontal mode, then vertical mode.
func g4(t testing.TB, w, h, from, to int) []byte {
	t.Helper()
	var bits strings.Builder
	run := func(white bool, n int) {
		for ; n >= 64; n -= n / 64 * 64 {
			k := min(n/64, 27)
			code, ok := map[bool]map[int]string{
				true:  {1: "11011", 2: "10010", 3: "010111", 4: "0110111", 5: "00110110", 6: "00110111", 7: "01100100", 8: "01100101", 9: "01101000", 10: "01100111"},
				false: {1: "0000001111", 2: "000011001000", 3: "000011001001", 4: "000001011011", 5: "000000110011"},
			}[white][k]
			if !ok {
				t.Fatalf("no code for %d", n)
			}
			bits.WriteString(code)
		}
		bits.WriteString(map[bool]string{true: "00110101", false: "0000110111"}[white]) // 0
	}
	for y := range h {
		switch {
		case y == h/4: // the bar begins
			bits.WriteString("001")
			run(true, from)
			run(false, to-from)
			bits.WriteString("1") // V0 to the end of the line
		case y > h/4 && y < h/2: // as above
			bits.WriteString("111")
		case y == h/2: // the bar ends: pass over it
			bits.WriteString("00011")
		default:
			bits.WriteString("1")
		}
	}
	bits.WriteString("000000000001000000000001")
	s := bits.String()
	for len(s)%8 != 0 {
		s += "0"
	}
	b := make([]byte, len(s)/8)
	for i := range s {
		b[i/8] |= (s[i] - '0') << (7 - i%8)
	}
	// The test's own encoder must be right before it can accuse anything.
	if err := ccitt.DecodeIntoGray(image.NewGray(image.Rect(0, 0, w, h)), bytes.NewReader(b), ccitt.MSB, ccitt.Group4, nil); err != nil {
		t.Fatal(err)
	}
	return b
}

// A plate is a picture of a TIFF to be made.
type plate struct {
	w, h, compression, photometric, samples int
	strips                                  [][]byte
	rows                                    int
	orientation, subfile                    int
	tables                                  []byte
}

// byteOrder is one of the two.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func tiffOf(order byteOrder, plates ...plate) []byte {
	b := []byte("II*\x00\x00\x00\x00\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*\x00\x00\x00\x00")
	}
	put := func(v []byte) uint32 {
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
		at := len(b)
		b = append(b, v...)
		return uint32(at)
	}
	link := 4
	for _, p := range plates {
		var at, n []byte
		for _, s := range p.strips {
			at = order.AppendUint32(at, put(s))
			n = order.AppendUint32(n, uint32(len(s)))
		}
		field := func(v []byte) [4]byte {
			var f [4]byte
			if len(v) <= 4 {
				copy(f[:], v)
			} else {
				order.PutUint32(f[:], put(v))
			}
			return f
		}
		type tag struct {
			id, kind uint16
			count    int
			value    []byte
		}
		short := func(v ...int) (b []byte) {
			for _, x := range v {
				b = order.AppendUint16(b, uint16(x))
			}
			return b
		}
		bits := []int{8, 8, 8}[:p.samples]
		if p.compression == 4 || p.compression == 3 {
			bits = []int{1}
		}
		tags := []tag{
			{tagSubfile, 4, 1, order.AppendUint32(nil, uint32(p.subfile))},
			{tagWidth, 3, 1, short(p.w)}, {tagHeight, 3, 1, short(p.h)},
			{tagBits, 3, len(bits), short(bits...)}, {tagCompression, 3, 1, short(p.compression)},
			{tagPhotometric, 3, 1, short(p.photometric)},
			{tagStrips, 4, len(p.strips), at},
			{tagOrientation, 3, 1, short(max(p.orientation, 1))},
			{tagSamples, 3, 1, short(p.samples)}, {tagRows, 3, 1, short(p.rows)},
			{tagStripBytes, 4, len(p.strips), n},
			{tagXRes, 5, 1, order.AppendUint32(order.AppendUint32(nil, 150), 1)},
			{tagUnit, 3, 1, short(2)},
		}
		if p.tables != nil {
			tags = append(tags, tag{tagTables, 7, len(p.tables), p.tables})
		}
		fields := make([][4]byte, len(tags))
		for i, t := range tags {
			fields[i] = field(t.value)
		}
		d := order.AppendUint16(nil, uint16(len(tags)))
		for i, t := range tags {
			d = order.AppendUint16(d, t.id)
			d = order.AppendUint16(d, t.kind)
			d = order.AppendUint32(d, uint32(t.count))
			d = append(d, fields[i][:]...)
		}
		d = order.AppendUint32(d, 0)
		where := put(d)
		order.PutUint32(b[link:], where)
		link = int(where) + len(d) - 4
	}
	return b
}

func grayPlate(m *image.Gray) plate {
	return plate{w: m.Rect.Dx(), h: m.Rect.Dy(), compression: 8, photometric: 1, samples: 1, rows: m.Rect.Dy(), strips: [][]byte{deflate(m.Pix)}}
}

// split takes the tables out of a JPEG, as TIFF stores them.
func split(b []byte) (tables, picture []byte) {
	tables, picture = []byte{0xff, 0xd8}, []byte{0xff, 0xd8}
	for at := 2; ; {
		n := 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		switch b[at+1] {
		case 0xdb, 0xc4:
			tables = append(tables, b[at:at+n]...)
		case 0xda:
			return append(tables, 0xff, 0xd9), append(picture, b[at:]...)
		default:
			picture = append(picture, b[at:at+n]...)
		}
		at += n
	}
}

// exif puts an orientation into a JPEG.
func exif(b []byte, orientation int) []byte {
	t := append([]byte("Exif\x00\x00"), tiffOf(binary.BigEndian, plate{samples: 1, orientation: orientation})...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(t)+2))...)
	return append(append(out, t...), b[2:]...)
}

// docx is the smallest document of Word.
func docx(text string, more map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name, data string) {
		w, err := z.Create(name)
		if err != nil {
			panic(err)
		}
		w.Write([]byte(data))
	}
	put("[Content_Types].xml", `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`)
	put("_rels/.rels", `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`)
	put("word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>`+text+`</w:t></w:r></w:p></w:body></w:document>`)
	for name, data := range more {
		put(name, data)
	}
	z.Close()
	return b.Bytes()
}
