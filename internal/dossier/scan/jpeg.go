package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// jpegInfo is what the markers of a JPEG say.
type jpegInfo struct {
	w, h, components int
	known            bool // 8-bit Huffman, baseline or progressive
	dpi              float64
	orientation      int // of EXIF, 1–8; 0 if it does not say
}

// readJPEG walks the markers of a JPEG to its very end: one whose end is missing was
// cut, and decoders would show it half grey.
func readJPEG(b []byte) (i jpegInfo, err error) {
	if !bytes.HasPrefix(b, []byte{0xff, 0xd8}) {
		return i, ErrBroken
	}
	exifDPI := 0.0
	for at := 2; ; {
		// Any number of 0xff may stand before a marker.
		if at >= len(b) {
			return i, ErrTruncated
		}
		if b[at] != 0xff {
			return i, fmt.Errorf("%w: no marker at %d", ErrBroken, at)
		}
		for at < len(b) && b[at] == 0xff {
			at++
		}
		if at >= len(b) {
			return i, ErrTruncated
		}
		m := b[at]
		at++
		switch {
		case m == 0xd9: // end
			if i.w == 0 {
				return i, ErrBroken
			}
			if i.dpi == 0 {
				i.dpi = exifDPI
			}
			return i, nil
		case m >= 0xd0 && m <= 0xd7, m == 0x01: // no length
			continue
		}
		if at+2 > len(b) {
			return i, ErrTruncated
		}
		n := int(binary.BigEndian.Uint16(b[at:]))
		if n < 2 {
			return i, ErrBroken
		}
		if at+n > len(b) {
			return i, ErrTruncated
		}
		body := b[at+2 : at+n]
		at += n
		switch {
		case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc: // frame
			if len(body) < 6 {
				return i, ErrBroken
			}
			i.h, i.w = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			i.components = int(body[5])
			i.known = m <= 0xc2 && body[0] == 8
		case m == 0xe0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) >= 12:
			x := float64(binary.BigEndian.Uint16(body[8:]))
			switch body[7] {
			case 1:
				i.dpi = x
			case 2:
				i.dpi = x * 2.54
			}
		case m == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
			i.orientation, exifDPI = readEXIF(body[6:])
		case m == 0xda: // picture data, up to the next marker
			for at+1 < len(b) && (b[at] != 0xff || b[at+1] == 0 || b[at+1] >= 0xd0 && b[at+1] <= 0xd7) {
				if b[at] == 0xff {
					at++
				}
				at++
			}
			if at+1 >= len(b) {
				return i, ErrTruncated
			}
		}
	}
}

// readEXIF finds orientation and resolution in the TIFF structure t of an EXIF block.
// What is wrong with it is ignored: it is only advice.
func readEXIF(t []byte) (orientation int, dpi float64) {
	w, err := walkIFDs(bytes.NewReader(t), int64(len(t)), 1)
	if err != nil || len(w) == 0 {
		return 0, 0
	}
	if o := w[0].num(tagOrientation, 0); o >= 1 && o <= 8 {
		orientation = int(o)
	}
	return orientation, w[0].dpi()
}

// cut tells a file that ends early from one that is wrong.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %v", ErrTruncated, err)
	}
	return fmt.Errorf("%w: %v", ErrBroken, err)
}
