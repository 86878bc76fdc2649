package scan

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func fixCRC(png []byte) {
	binary.BigEndian.PutUint32(png[29:], crc32.ChecksumIEEE(png[12:29]))
}

func zipOf(name, data string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create(name)
	w.Write([]byte(data))
	z.Close()
	return b.Bytes()
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"%PDF-1.4\n", "II*\x00", "MM\x00*", "\xff\xd8\xff\xe0", "\x89PNG\r\n\x1a\n", "PK\x03\x04", "GIF89a%PDF-", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, err := Sniff(b)
		if (kind == "") == (err == nil) {
			t.Errorf("%q: kind %q, error %v", b, kind, err)
		}
		if i := bytes.Index(b[:min(len(b), sniffLen)], []byte("%PDF-")); i > 0 && kind != "" || i == 0 && kind != "" && kind != "pdf" {
			t.Errorf("%q is a %s with %%PDF- at %d", b, kind, i)
		}
	})
}

// Whatever a TIFF says, reading it ends, in a page or in an error.
func FuzzTIFF(f *testing.F) {
	m := paper(40, 60)
	tables, body := split(jpegOf(m))
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(tiffOf(order, grayPlate(m), grayPlate(m)))
		f.Add(tiffOf(order, plate{w: 40, h: 60, compression: 7, photometric: 1, samples: 1, rows: 60, strips: [][]byte{body}, tables: tables}))
		f.Add(tiffOf(order, plate{w: 64, h: 8, compression: 4, photometric: 0, samples: 1, rows: 8, strips: [][]byte{{0xff, 0, 0x10, 0x01}}}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		j := job{Kind: "tiff", Path: t.TempDir() + "/a", Dir: t.TempDir(), MaxPages: 4, MaxPixels: 1 << 20, From: 1, To: 1}
		if err := os.WriteFile(j.Path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		n, err := openTIFF(j)
		if err == nil && (n < 1 || n > 2*j.MaxPages) {
			t.Errorf("%d pages", n)
		}
		if ps, err := tiffPages(j); err == nil && len(ps) == 1 {
			picture(t, ps[0])
		}
	})
}

func FuzzJPEG(f *testing.F) {
	b := jpegOf(paper(32, 32))
	f.Add(b)
	f.Add(exif(b, 6))
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := readJPEG(b)
		if err == nil && (i.w <= 0 || i.orientation < 0 || i.orientation > 8) {
			t.Errorf("got %+v", i)
		}
	})
}

func FuzzEXIF(f *testing.F) {
	f.Add(tiffOf(binary.BigEndian, plate{samples: 1, orientation: 6}))
	f.Add(tiffOf(binary.LittleEndian, plate{samples: 3, orientation: 9}))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, _ := readEXIF(b); o < 0 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

func FuzzBBox(f *testing.F) {
	f.Add(`<page width="595" height="842">
 <flow><block><line xMin="1" yMin="2" xMax="3" yMax="4">
  <word xMin="1.5" yMin="2" xMax="3" yMax="4">e` + "\u0302\u0323" + `&amp;</word>
 </line>`)
	f.Add(`<page width="1" height="1">` + "\n" + `<word xMin="NaN" yMin="2" xMax="1e999" yMax="-4">x</word>`)
	f.Add("<page \n<word xMin=\"1\" yMin=\"2\" xMax=\"3\" yMax=\"4\">\x01\x02a\xff</word>")
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range parseBBox(strings.NewReader(s)) {
			for _, w := range p {
				if w.text == "" || !norm.NFC.IsNormalString(w.text) || strings.ContainsFunc(w.text, unicode.IsControl) && !strings.ContainsFunc(w.text, func(r rune) bool { return r >= 0x80 && r < 0xa0 }) {
					t.Errorf("word %q", w.text)
				}
			}
			for _, w := range place(p, 2, 100, 100) {
				if w.Box[0] < 0 || w.Box[1] < 0 || w.Box[2] > 100 || w.Box[3] > 100 || w.Box.W() <= 0 || w.Box.H() <= 0 {
					t.Errorf("box %v", w.Box)
				}
			}
		}
	})
}
