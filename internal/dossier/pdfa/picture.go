package pdfa

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/bits"

	"golang.org/x/image/tiff"
)

const (
	maxBytes  = 1 << 30   // of a coded picture
	maxPixels = 250 << 20 // an A0 drawing at 400 dpi
	maxDecode = 90 << 20  // pixels that may have to be decoded here: A3 at 600 dpi
	maxSide   = 1 << 16
)

// picture is an image XObject (32000, 8.9.5): its dictionary and its coded data,
// in pieces that follow each other.
type picture struct {
	w, h int
	dict string
	data [][]byte
}

// parse finds out how b can stand in a PDF with as little done to it as possible.
// The picture it returns points into b.
func parse(b []byte, format string) (picture, error) {
	if len(b) > maxBytes {
		return picture{}, ErrHuge
	}
	switch format {
	case "jpeg":
		return parseJPEG(b)
	case "png":
		return parsePNG(b)
	case "tiff":
		return parseTIFF(b)
	}
	return picture{}, fmt.Errorf("picture format %q: %w", format, ErrPicture)
}

// checkSize refuses a size no scanner makes before anything is allocated for it.
func checkSize(w, h int) error {
	if w <= 0 || h <= 0 {
		return fmt.Errorf("picture of %d×%d: %w", w, h, ErrPicture)
	}
	if w > maxSide || h > maxSide || w*h > maxPixels {
		return fmt.Errorf("picture of %d×%d: %w", w, h, ErrHuge)
	}
	return nil
}

func xobject(w, h, bpc int, space, filter string) string {
	return fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d/ColorSpace%s/Filter/%s", w, h, bpc, space, filter)
}

// parseJPEG reads the markers of ISO 10918-1 up to the first scan. DCTDecode takes
// baseline and progressive files of 8 bits (32000, 7.4.8).
func parseJPEG(b []byte) (p picture, err error) {
	bad := func(why string) (picture, error) { return picture{}, fmt.Errorf("jpeg: %s: %w", why, ErrPicture) }
	if len(b) < 4 || b[0] != 0xff || b[1] != 0xd8 {
		return bad("no start")
	}
	var parts int
	var ids [3]byte
	adobe := false
	for i := 2; ; {
		if i+4 > len(b) || b[i] != 0xff {
			return bad("marker expected")
		}
		m := b[i+1]
		if m == 0xff { // fill
			i++
			continue
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if m < 0xc0 || m >= 0xd0 && m <= 0xd9 || n < 2 || i+2+n > len(b) {
			return bad("segment")
		}
		seg := b[i+4 : i+2+n]
		i += 2 + n
		switch {
		case m == 0xee && len(seg) >= 12 && string(seg[:5]) == "Adobe":
			adobe = true
		case m == 0xc4 || m == 0xc8 || m == 0xcc: // tables
		case m >= 0xc0 && m <= 0xcf:
			if m > 0xc2 {
				return bad("a coding PDF does not know")
			}
			if len(seg) < 6 || parts != 0 || seg[0] != 8 {
				return bad("frame")
			}
			p.h, p.w, parts = int(binary.BigEndian.Uint16(seg[1:])), int(binary.BigEndian.Uint16(seg[3:])), int(seg[5])
			if len(seg) < 6+3*parts {
				return bad("frame")
			}
			if parts == 3 {
				ids = [3]byte{seg[6], seg[9], seg[12]}
			}
		case m == 0xda:
			if parts == 0 {
				return bad("scan before frame")
			}
			if bytes.LastIndex(b[i:], []byte{0xff, 0xd9}) < 0 {
				return bad("cut off")
			}
			if err := checkSize(p.w, p.h); err != nil {
				return picture{}, err
			}
			switch parts {
			case 1:
				p.dict = xobject(p.w, p.h, 8, "/DeviceGray", "DCTDecode")
			case 3:
				p.dict = xobject(p.w, p.h, 8, "/DeviceRGB", "DCTDecode")
				if !adobe && string(ids[:]) == "RGB" { // no YCbCr, and only the names say so
					p.dict += "/DecodeParms<</ColorTransform 0>>"
				}
			case 4:
				return picture{}, ErrCMYK
			default:
				return bad("components")
			}
			p.data = [][]byte{b}
			return p, nil
		}
	}
}

// parsePNG hands the compressed rows on as they are: PNG's and PDF's are the same
// (32000, 7.4.4.4: predictors of 10 and above are those of ISO 15948). What PDF
// cannot say, interlaced rows or transparency, is coded again.
func parsePNG(b []byte) (p picture, err error) {
	bad := func(why string) (picture, error) { return picture{}, fmt.Errorf("png: %s: %w", why, ErrPicture) }
	if len(b) < 8 || string(b[:8]) != "\x89PNG\r\n\x1a\n" {
		return bad("no start")
	}
	var depth, kind, interlace byte
	var palette []byte
	var again, end bool
	for i := 8; !end; {
		if i+12 > len(b) {
			return bad("cut off")
		}
		n := int(binary.BigEndian.Uint32(b[i:]))
		if n > len(b)-i-12 {
			return bad("cut off")
		}
		chunk, data := string(b[i+4:i+8]), b[i+8:i+8+n]
		if crc32.ChecksumIEEE(b[i+4:i+8+n]) != binary.BigEndian.Uint32(b[i+8+n:]) {
			return bad("checksum of " + chunk)
		}
		if (i == 8) != (chunk == "IHDR") {
			return bad("header")
		}
		i += 12 + n
		switch chunk {
		case "IHDR":
			if n != 13 || data[10] != 0 || data[11] != 0 || data[12] > 1 {
				return bad("header")
			}
			w, h := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
			p.w, p.h = int(min(w, 1<<30)), int(min(h, 1<<30))
			if err := checkSize(p.w, p.h); err != nil {
				return picture{}, err
			}
			depth, kind, interlace = data[8], data[9], data[12]
		case "PLTE":
			palette = data
		case "tRNS":
			again = true
		case "IDAT":
			p.data = append(p.data, data)
		case "IEND":
			end = true
		}
	}
	if len(p.data) == 0 {
		return bad("no rows")
	}
	var space string
	colours := 1
	switch {
	case again || interlace == 1 || depth == 16 || kind == 4 || kind == 6:
		if p.w*p.h > maxDecode {
			return picture{}, ErrHuge
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			return bad(err.Error())
		}
		return flate(m)
	case kind == 0 && (depth == 1 || depth == 2 || depth == 4 || depth == 8):
		space = "/DeviceGray"
	case kind == 2 && depth == 8:
		space, colours = "/DeviceRGB", 3
	case kind == 3 && (depth == 1 || depth == 2 || depth == 4 || depth == 8) && len(palette) >= 3 && len(palette)%3 == 0 && len(palette) <= 3<<depth:
		space = fmt.Sprintf("[/Indexed/DeviceRGB %d<%X>]", len(palette)/3-1, palette)
	default:
		return bad("colour type")
	}
	p.dict = xobject(p.w, p.h, int(depth), space, "FlateDecode") +
		fmt.Sprintf("/DecodeParms<</Predictor 15/Colors %d/BitsPerComponent %d/Columns %d>>", colours, depth, p.w)
	return p, nil
}

// flate codes a decoded picture without loss, on white where it is transparent.
func flate(m image.Image) (picture, error) {
	r := m.Bounds()
	var flat draw.Image = image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	switch m.ColorModel() {
	case color.GrayModel, color.Gray16Model:
		flat = image.NewGray(flat.Bounds())
	}
	if g, ok := m.(*image.Gray); ok && bilevel(g) {
		flat = image.NewPaletted(flat.Bounds(), color.Palette{color.Gray{}, color.Gray{0xff}})
	}
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), m, r.Min, draw.Over)
	var b bytes.Buffer
	if err := png.Encode(&b, flat); err != nil {
		return picture{}, err
	}
	return parsePNG(b.Bytes())
}

func bilevel(g *image.Gray) bool {
	for y := range g.Rect.Dy() {
		for _, v := range g.Pix[y*g.Stride:][:g.Rect.Dx()] {
			if v != 0 && v != 0xff {
				return false
			}
		}
	}
	return true
}

// The tags of TIFF 6.0 that matter here.
const (
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
	tagCounts      = 279
	tagT6          = 293
)

// parseTIFF hands a page of fax code (ITU-T T.6, "G4") on as it is if it lies in
// one strip; every other kind of TIFF is decoded and coded again without loss.
func parseTIFF(b []byte) (picture, error) {
	bad := func(why string) (picture, error) { return picture{}, fmt.Errorf("tiff: %s: %w", why, ErrPicture) }
	var order binary.ByteOrder
	switch {
	case len(b) < 8:
		return bad("no start")
	case string(b[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(b[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return bad("no start")
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return bad("directory")
	}
	dir := b[at:]
	n := int(order.Uint16(dir))
	if 2+12*n > len(dir) {
		return bad("directory")
	}
	tags := map[uint16]int{tagBits: 1, tagSamples: 1, tagFillOrder: 1, tagOrientation: 1, tagRows: maxSide}
	for i := range n {
		e := dir[2+12*i:][:12]
		tag, kind, count := order.Uint16(e), order.Uint16(e[2:]), order.Uint32(e[4:])
		v := -1 // not one number
		if count == 1 {
			switch kind {
			case 3:
				v = int(order.Uint16(e[8:]))
			case 4:
				v = int(order.Uint32(e[8:]))
			}
		}
		tags[tag] = v
	}
	w, h := tags[tagWidth], tags[tagHeight]
	if err := checkSize(w, h); err != nil {
		return picture{}, err
	}
	from, size := tags[tagStrips], tags[tagCounts]
	if tags[tagCompression] != 4 || tags[tagBits] != 1 || tags[tagSamples] != 1 || tags[tagT6] != 0 || tags[tagOrientation] != 1 ||
		tags[tagRows] < h || from <= 0 || size <= 0 || tags[tagPhotometric] > 1 || tags[tagPhotometric] < 0 {
		if w*h > maxDecode {
			return picture{}, ErrHuge
		}
		m, err := tiff.Decode(bytes.NewReader(b))
		if err != nil {
			return bad(err.Error())
		}
		if m.ColorModel() == color.CMYKModel {
			return picture{}, ErrCMYK
		}
		return flate(m)
	}
	if from > len(b) || size > len(b)-from {
		return bad("cut off")
	}
	code := b[from : from+size]
	if tags[tagFillOrder] == 2 { // PDF reads the high bit first
		turned := make([]byte, len(code))
		for i, c := range code {
			turned[i] = bits.Reverse8(c)
		}
		code = turned
	}
	// Fax code counts white first. PDF makes its white a 1, DeviceGray's white,
	// unless BlackIs1; PhotometricInterpretation 1 means the sender's black was 1.
	return picture{w, h, xobject(w, h, 1, "/DeviceGray", "CCITTFaxDecode") +
		fmt.Sprintf("/DecodeParms<</K -1/Columns %d/Rows %d/BlackIs1 %t>>", w, h, tags[tagPhotometric] == 1), [][]byte{code}}, nil
}
