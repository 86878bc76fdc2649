package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"

	"golang.org/x/image/tiff"
)

func TestMain(m *testing.M) {
	sandbox.Child(Handlers())
	os.Exit(m.Run())
}

// need says that the test needs a program; on the build machine it must be there.
func need(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func scanner(t testing.TB, l sandbox.Limits, o Options) *Scanner {
	p := sandbox.NewPool(1, l)
	t.Cleanup(func() { p.Close() })
	return New(p, o)
}

// read scans a file of these bytes.
func read(t testing.TB, s *Scanner, b []byte) (Info, []Page, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hồ sơ.pdf") // whatever it is
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var out []Page
	info, err := s.Pages(t.Context(), path, dir, func(p Page) error { out = append(out, p); return nil })
	if err == nil {
		// What lies there must be the pictures and nothing else.
		var want []string
		for _, p := range out {
			if p.Err == "" {
				want = append(want, p.File)
			}
		}
		got, _ := filepath.Glob(filepath.Join(dir, "*"))
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("left in the working directory: %v, want %v", got, want)
		}
	}
	return info, out, err
}

func one(t testing.TB, s *Scanner, b []byte) (Info, Page) {
	t.Helper()
	info, ps, err := read(t, s, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) != 1 || info.Pages != 1 || ps[0].N != 1 {
		t.Fatalf("got %d pages: %+v", info.Pages, ps)
	}
	return info, ps[0]
}

// picture decodes the picture of p and wants it to be as p says.
func picture(t testing.TB, p Page) image.Image {
	t.Helper()
	f, err := os.Open(p.File)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var m image.Image
	switch p.Format {
	case "jpeg":
		m, err = jpeg.Decode(f)
	case "png":
		m, err = png.Decode(f)
	case "tiff":
		m, err = tiff.Decode(f)
	default:
		t.Fatalf("format %q", p.Format)
	}
	if err != nil {
		t.Fatalf("page %d: %v", p.N, err)
	}
	if m.Bounds().Dx() != p.W || m.Bounds().Dy() != p.H {
		t.Errorf("page %d: picture is %v, page says %d × %d", p.N, m.Bounds(), p.W, p.H)
	}
	return m
}

// shows wants m, turned, to be what want is.
func shows(t testing.TB, p Page, want image.Image) {
	t.Helper()
	m := shrink(orient(plain(picture(t, p)), map[int]int{90: 6, 180: 3, 270: 8}[p.Turn]), 120, 170)
	if d := differ(m, shrink(want, 120, 170)); d > 25 {
		t.Errorf("page %d (turn %d) differs by %.1f from what it should show", p.N, p.Turn, d)
	}
}

func same(t testing.TB, p Page, want []byte) {
	t.Helper()
	got, err := os.ReadFile(p.File)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("page %d: %d bytes of %s, want the %d of the source", p.N, len(got), p.Format, len(want))
	}
}

func TestPDFScan(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{}, Options{})
	m := paper(1240, 1754)
	grey, rgb := jpegOf(m), jpegOf(colour(m))
	lying := jpegOf(orient(m, 8)) // stored so that a turn of 90 makes it upright

	rot := func(l leaf, r int) leaf { l.rotate = r; return l }
	with := func(l leaf, c string) leaf { l.content += c; return l }
	turned := scanned(lying, "DeviceGray")
	turned.content = "q 0 -842 595 0 0 842 cm /Im Do Q" // by the matrix, not by /Rotate
	inverted := scanned(grey, "DeviceGray")
	inverted.xobject = strings.Replace(inverted.xobject, "/BitsPerComponent", "/Decode[1 0]/BitsPerComponent", 1)
	landscape := rot(scanned(lying, "DeviceGray"), 90)
	landscape.w, landscape.h = a4h, a4w
	landscape.content = "q 842 0 0 595 0 0 cm /Im Do Q"
	for _, tt := range []struct {
		name string
		leaf leaf
		pass []byte // what must pass through; nil: must be drawn
		turn int
	}{
		{"grey", scanned(grey, "DeviceGray"), grey, 0},
		{"colour", scanned(rgb, "DeviceRGB"), rgb, 0},
		{"with a hidden layer of OCR text", with(scanned(grey, "DeviceGray"), " BT 3 Tr /F 12 Tf 72 700 Td (wrong text) Tj ET"), grey, 0},
		{"upside down", rot(scanned(jpegOf(orient(m, 3)), "DeviceGray"), 180), jpegOf(orient(m, 3)), 180},
		{"stored lying, /Rotate 90", landscape, lying, 90},
		{"stored lying, turned by the matrix", turned, lying, 90},
		{"with a visible number on it", with(scanned(grey, "DeviceGray"), " BT /F 14 Tf 500 800 Td (57) Tj ET"), nil, 0},
		{"with a black bar over a name", with(scanned(grey, "DeviceGray"), " 0 g 70 600 80 10 re f"), nil, 0},
		{"with inverted colours", inverted, nil, 0},
		{"mirrored", leaf{w: a4w, h: a4h, content: "q -595 0 0 842 595 0 cm /Im Do Q", xobject: scanned(grey, "DeviceGray").xobject}, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			info, p := one(t, s, pdf([]leaf{tt.leaf}))
			if info.Kind != "pdf" || p.Text != nil || p.Format != "jpeg" {
				t.Errorf("got %+v %+v", info, p)
			}
			if p.Turn != tt.turn {
				t.Errorf("turn %d, want %d", p.Turn, tt.turn)
			}
			if tt.pass == nil {
				if got, _ := os.ReadFile(p.File); bytes.Equal(got, grey) {
					t.Error("passed through, though the page does not look like it")
				}
				picture(t, p)
				return
			}
			same(t, p, tt.pass)
			shows(t, p, m)
			if p.DPI != 150 {
				t.Errorf("%d dpi, want 150", p.DPI)
			}
		})
	}
}

func TestPDFFax(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{}, Options{})
	const w, h = 640, 960
	data := g4(t, w, h, 64, 320)
	for _, black1 := range []bool{false, true} {
		x := imageObject(w, h, "DeviceGray", 1, "CCITTFaxDecode", fmt.Sprintf("/DecodeParms<</K -1/Columns %d/Rows %d/BlackIs1 %v>>", w, h, black1), data)
		_, p := one(t, s, pdf([]leaf{{w: 480, h: 720, content: "q 480 0 0 720 0 0 cm /Im Do Q", xobject: x}}))
		if p.Format != map[bool]string{false: "tiff", true: "png"}[black1] || p.DPI != 96 {
			t.Fatalf("BlackIs1 %v: got %+v", black1, p)
		}
		// BlackIs1 makes 1 what is black in the fax; DeviceGray shows 1 white.
		in := picture(t, p).At(200, h*3/8)
		if r, _, _, _ := in.RGBA(); (r == 0) == black1 {
			t.Errorf("BlackIs1 %v: the bar is %v", black1, in)
		}
		if b, _ := os.ReadFile(p.File); !black1 && !bytes.Contains(b, data[:len(data)-4]) {
			t.Error("the fax was encoded anew")
		}
	}
}

func TestPDFLossless(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{}, Options{})
	m := paper(900, 1272)
	x := imageObject(900, 1272, "DeviceGray", 8, "FlateDecode", "", deflate(m.Pix))
	_, p := one(t, s, pdf([]leaf{{w: a4w, h: a4h, content: "q 595 0 0 842 0 0 cm /Im Do Q", xobject: x}}))
	if p.Format != "png" || p.Text != nil {
		t.Fatalf("got %+v", p)
	}
	got := picture(t, p).(*image.Gray)
	if !bytes.Equal(got.Pix, m.Pix) {
		t.Error("pixels changed")
	}
}

func TestPDFWritten(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{}, Options{})
	rotated := written("Turned page")
	rotated.rotate = 90
	cropped := written("Cropped page")
	cropped.extra = "/CropBox[50 300 545 800]"
	m := paper(800, 300)
	letterhead := written("Letter head")
	letterhead.content += " q 500 0 0 120 40 20 cm /Im Do Q"
	letterhead.xobject = imageObject(800, 300, "DeviceGray", 8, "DCTDecode", "", jpegOf(m))
	for _, tt := range []struct {
		leaf  leaf
		first string
	}{{written("Viện kiem sat"), ""}, {written("Hello reader"), "Hello"}, {rotated, "Turned"}, {cropped, "Cropped"}, {letterhead, "Letter"}} {
		_, p := one(t, s, pdf([]leaf{tt.leaf}))
		if p.Format != "jpeg" || p.DPI != 200 || len(p.Text) < 4 {
			t.Fatalf("%s: got %+v", tt.first, p)
		}
		if tt.first == "" {
			continue
		}
		if p.Text[0].T != tt.first || p.Text[0].Line == p.Text[2].Line {
			t.Errorf("%s: words %+v", tt.first, p.Text)
		}
		if last := p.Text[len(p.Text)-1].T; last != "Đệ" {
			t.Errorf("%s: last word %+q, want Đệ composed", tt.first, last)
		}
		// There must be ink in the box of each word, and none beside the text.
		g := picture(t, p)
		for _, w := range p.Text {
			if dark(g, image.Rect(w.Box[0], w.Box[1], w.Box[2], w.Box[3])) < 10 {
				t.Errorf("%s: no ink in the box %v of %q on %v", tt.first, w.Box, w.T, g.Bounds())
			}
		}
	}
}

func dark(m image.Image, r image.Rectangle) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if v, _, _, _ := m.At(x, y).RGBA(); v < 0x8000 {
				n++
			}
		}
	}
	return n
}

// The letters of the time before Unicode are not text.
func TestLegacyFonts(t *testing.T) {
	word := func(s string) []bboxWord { return []bboxWord{{text: s, x1: 10, y1: 10}} }
	for s, want := range map[string]bool{
		"Viện kiểm sát nhân dân tỉnh Đắk Lắk":                  false,
		"ViÖn kiÓm s¸t nh©n d©n tØnh §¾k L¾k":                  true,
		"Vieän kieåm saùt nhaân daân":                          true,
		"\uE001\uE002\uE003":                                   true,
		"Số 12/QĐ-VKS ngày 01/02/2025 «trích yếu» – điều 36 ½": false,
	} {
		if got := place(word(s), 1, 100, 100) == nil; got != want {
			t.Errorf("%q: legacy %v, want %v", s, got, want)
		}
	}
}

// A file of scans and letters is decided page by page; a broken page keeps its place.
func TestPDFMixedAndBroken(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{}, Options{})
	jp := jpegOf(paper(620, 877))
	var leaves []leaf
	for n := 1; n <= 30; n++ {
		switch {
		case n == 17: // its picture is cut
			l := scanned(jp, "DeviceGray")
			l.xobject = imageObject(620, 877, "DeviceGray", 8, "DCTDecode", "", jp[:len(jp)/2])
			leaves = append(leaves, l)
		case n == 23: // its content is none
			leaves = append(leaves, leaf{w: a4w, h: a4h, content: "q q ((( <<< garbage /Im Do \x00\xff"})
		case n == 26: // a bomb of pixels
			l := scanned(jp, "DeviceGray")
			l.xobject = imageObject(60000, 60000, "DeviceGray", 8, "DCTDecode", "", jp)
			leaves = append(leaves, l)
		case n%2 == 0:
			leaves = append(leaves, scanned(jp, "DeviceGray"))
		default:
			leaves = append(leaves, written(fmt.Sprintf("Page%d here", n)))
		}
	}
	_, ps, err := read(t, s, pdf(leaves))
	if err != nil || len(ps) != 30 {
		t.Fatalf("got %d pages, %v", len(ps), err)
	}
	for i, p := range ps {
		n := i + 1
		bad := map[int]*fault.Error{17: ErrPage, 23: ErrPage, 26: ErrPageBomb}[n]
		switch {
		case p.N != n:
			t.Errorf("page %d stands at %d", p.N, n)
		case bad != nil:
			if p.Err != bad.Text {
				t.Errorf("page %d: got %+v, want %q", n, p, bad.Text)
			}
		case p.Err != "":
			t.Errorf("page %d: %s", n, p.Err)
		case n%2 == 0:
			same(t, p, jp)
		case p.Text[0].T != fmt.Sprintf("Page%d", n):
			t.Errorf("page %d: %v", n, p.Text)
		}
	}
}

func TestPDFInfo(t *testing.T) {
	need(t, "pdfinfo")
	s := scanner(t, sandbox.Limits{}, Options{})
	sig := "/AcroForm<</SigFlags 3/Fields[<</FT/Sig/T(S)/V<</Type/Sig/Filter/Adobe.PPKLite/ByteRange [0 100 200 300]/Contents<3000>>>>>]>>"
	b := pdf([]leaf{written("Signed text")}, sig)
	info, _ := one(t, s, b)
	if want := fmt.Sprintf("%x", sha256.Sum256(b)); !info.Signed || info.SHA256 != want || info.Size != int64(len(b)) || info.Script {
		t.Errorf("got %+v", info)
	}
	// The range may lie across what is read at once.
	pad := stream("", strings.Repeat(" ", 1<<20-len(b)/2))
	for shift := range 3 {
		f := filepath.Join(t.TempDir(), "x")
		at := 1<<20 - 40 + 20*shift
		if err := os.WriteFile(f, []byte(strings.Repeat(" ", at)+"/ByteRange [0 100 200 300]"+pad), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := marks(o); !got || err != nil {
			t.Errorf("range at %d: %v, %v", at, got, err)
		}
		o.Close()
	}
	info, _ = one(t, s, pdf([]leaf{written("This page tells of a ByteRange [0 1 2 3]")}, "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"))
	if info.Signed || !info.Script {
		t.Errorf("got %+v, want unsigned, with a script", info)
	}
}

func TestPictures(t *testing.T) {
	s := scanner(t, sandbox.Limits{}, Options{})
	m := paper(620, 877)
	grey := jpegOf(m)
	t.Run("jpeg", func(t *testing.T) {
		info, p := one(t, s, grey)
		same(t, p, grey)
		if info.Kind != "jpeg" || p.DPI != 75 {
			t.Errorf("got %+v %+v", info, p)
		}
	})
	for o := 1; o <= 8; o++ {
		// inverse: what must be stored so that o shows m
		inverse := map[int]int{6: 8, 8: 6}[o]
		if inverse == 0 {
			inverse = o
		}
		t.Run(fmt.Sprintf("jpeg with orientation %d", o), func(t *testing.T) {
			b := exif(jpegOf(orient(m, inverse)), o)
			_, p := one(t, s, b)
			shows(t, p, m)
			if _, mirrored := turnOf(o); !mirrored {
				same(t, p, b)
			}
		})
	}
	t.Run("png", func(t *testing.T) {
		b := pngBytes(m)
		_, p := one(t, s, b)
		same(t, p, b)
	})
	t.Run("png with holes", func(t *testing.T) {
		c := image.NewNRGBA(image.Rect(0, 0, 300, 400)) // all transparent: white paper
		_, p := one(t, s, pngBytes(c))
		if r, _, _, a := picture(t, p).At(5, 5).RGBA(); p.Format != "png" || r != 0xffff || a != 0xffff {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("16-bit png", func(t *testing.T) {
		c := image.NewGray16(m.Rect)
		for i, v := range m.Pix {
			c.Pix[2*i] = v
		}
		_, p := one(t, s, pngBytes(c))
		shows(t, p, m)
		if b, _ := os.ReadFile(p.File); b[24] != 8 || b[25] != 0 {
			t.Errorf("depth %d, colour %d; want 8-bit grey", b[24], b[25])
		}
	})
}

func TestTIFF(t *testing.T) {
	s := scanner(t, sandbox.Limits{}, Options{})
	m := paper(1240, 1754)
	jp := jpegOf(m)
	tables, body := split(jp)
	rgb := jpegOf(colour(m))
	upper, lower := jpegOf(m.SubImage(image.Rect(0, 0, 1240, 880))), jpegOf(m.SubImage(image.Rect(0, 880, 1240, 1754)))
	fax := g4(t, 640, 960, 64, 320)
	lying := grayPlate(orient(m, 8).(*image.Gray))
	lying.orientation = 6
	thumb := grayPlate(paper(62, 88))
	thumb.subfile = 1
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		info, ps, err := read(t, s, tiffOf(order,
			grayPlate(m),
			plate{w: 1240, h: 1754, compression: 7, photometric: 1, samples: 1, rows: 1754, strips: [][]byte{body}, tables: tables},
			thumb,
			plate{w: 1240, h: 1754, compression: 7, photometric: 1, samples: 1, rows: 880, strips: [][]byte{upper, lower}},
			plate{w: 640, h: 960, compression: 4, photometric: 0, samples: 1, rows: 960, strips: [][]byte{fax}},
			lying,
			plate{w: 1240, h: 1754, compression: 6, photometric: 6, samples: 1, rows: 1754, strips: [][]byte{jp}},
			plate{w: 1240, h: 1754, compression: 7, photometric: 6, samples: 3, rows: 1754, strips: [][]byte{rgb}},
			plate{w: 1240, h: 1754, compression: 7, photometric: 1, samples: 1, rows: 1754, strips: [][]byte{jp[:len(jp)/2]}},
			plate{w: 640, h: 960, compression: 4, photometric: 1, samples: 1, rows: 960, strips: [][]byte{fax}}, // negative
		))
		if err != nil || info.Pages != 9 || len(ps) != 9 {
			t.Fatalf("got %+v, %d pages, %v", info, len(ps), err)
		}
		for i, want := range []string{"png", "jpeg", "png", "tiff", "png", "", "jpeg", "", "png"} {
			p := ps[i]
			switch {
			case p.N != i+1 || p.Format != want:
				t.Errorf("page %d: got %+v, want %s", i+1, p, want)
			case want == "" && p.Err == "":
				t.Errorf("page %d: no reason given", i+1)
			case want == "":
			case i == 3:
				if dark(picture(t, p), image.Rect(100, 250, 300, 450)) != 200*200 {
					t.Error("the bar is not black")
				}
			case i == 8:
				if dark(picture(t, p), image.Rect(100, 250, 300, 450)) != 0 || dark(picture(t, p), image.Rect(400, 250, 500, 350)) != 100*100 {
					t.Error("the negative is not one")
				}
			default:
				shows(t, p, m)
				if p.DPI != 150 {
					t.Errorf("page %d: %d dpi", i+1, p.DPI)
				}
			}
		}
		if ps[5].Err != ErrUnsupported.Text || ps[7].Err != ErrPage.Text {
			t.Errorf("reasons %q and %q", ps[5].Err, ps[7].Err)
		}
		if ps[4].Turn != 90 && !(ps[4].W < ps[4].H) {
			t.Errorf("lying page: %+v", ps[4])
		}
		same(t, ps[6], rgb)
		if b, _ := os.ReadFile(ps[3].File); !bytes.Contains(b, fax) {
			t.Error("the fax was encoded anew")
		}
	}
}

func TestDOCX(t *testing.T) {
	need(t, "soffice")
	office := sandbox.NewPool(1, sandbox.Limits{Memory: 4 << 30, CPU: 2 * time.Minute})
	defer office.Close()
	s := scanner(t, sandbox.Limits{}, Options{Office: office})
	info, p := one(t, s, docx("Viện kiểm sát nhân dân", nil))
	if info.Kind != "docx" || len(p.Text) != 5 || p.Text[1].T != "kiểm" {
		t.Errorf("got %+v %+v", info, p)
	}
}

// Each kind of hostile or broken file is refused by its own name.
func TestRefusals(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{CPU: 5 * time.Second, Memory: 1 << 30}, Options{MaxSize: 4 << 20, MaxPages: 50})
	m := paper(620, 877)
	jp, pn := jpegOf(m), pngBytes(m)
	p3 := pdf([]leaf{written("one"), written("two"), scanned(jp, "DeviceGray")})
	tf := tiffOf(binary.LittleEndian, grayPlate(m), grayPlate(m))
	encrypted, err := os.ReadFile("testdata/encrypted.pdf")
	if err != nil {
		t.Fatal(err)
	}
	tree := func(kid string) []byte {
		return pdfOf([]string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 3/Kids[" + kid + "]>>"})
	}
	bigPNG := slices.Clone(pn)
	binary.BigEndian.PutUint32(bigPNG[16:], 60000)
	binary.BigEndian.PutUint32(bigPNG[20:], 60000)
	fixCRC(bigPNG)
	bigJPEG := slices.Clone(jp)
	sof := bytes.Index(bigJPEG, []byte{0xff, 0xc0})
	copy(bigJPEG[sof+5:], []byte{0xff, 0x00, 0xff, 0x00})
	circle := slices.Clone(tf)
	copy(circle[len(circle)-4:], circle[4:8])
	bigTIFF := grayPlate(m)
	bigTIFF.w, bigTIFF.h = 60000, 60000
	var many []leaf
	for range 51 {
		many = append(many, written("x"))
	}
	for _, tt := range []struct {
		name string
		b    []byte
		want error
	}{
		{"nothing", nil, ErrEmpty},
		{"a program", []byte("MZ\x90\x00\x03" + strings.Repeat("x", 2000)), ErrUnknown},
		{"a letter", []byte("Kính gửi Viện kiểm sát"), ErrUnknown},
		{"a GIF", []byte("GIF89a/*xxxxxxxx*/=1;alert(1)"), ErrUnknown},
		{"an old Word file", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 600)), ErrOldWord},
		{"too many bytes", make([]byte, 5<<20), ErrTooLarge},
		{"too many pages", pdf(many), ErrTooMany},
		{"HTML before PDF", append([]byte("<html><script>alert(1)</script>"), p3...), ErrPolyglot},
		{"GIF before PDF", append([]byte("GIF89a"), p3...), ErrPolyglot},
		{"JPEG that is also PDF", append(append([]byte("\xff\xd8\xff\xfe\x00\x10%PDF-1.4     \n"), jp[2:]...), p3...), ErrPolyglot},
		{"HTML in a PDF's head", append([]byte("%PDF-1.4\n%<script>alert(1)</script>\n"), p3...), ErrPolyglot},
		{"PDF that is also ZIP", append(slices.Clone(p3), docx("x", nil)...), ErrPolyglot},
		{"cut PDF", p3[:len(p3)*2/3], ErrTruncated},
		{"PDF of a head only", []byte("%PDF-1.4\n"), ErrTruncated},
		{"cut JPEG", jp[:len(jp)*2/3], ErrTruncated},
		{"JPEG of a head only", jp[:4], ErrTruncated},
		{"cut PNG", pn[:len(pn)*2/3], ErrTruncated},
		{"cut TIFF", tf[:len(tf)*2/3], ErrTruncated},
		{"TIFF of a head only", tf[:8], ErrTruncated},
		{"cut DOCX", docx("x", nil)[:200], ErrTruncated},
		{"PDF without pages", tree(""), ErrBroken},
		{"garbage in a PDF", []byte("%PDF-1.4\n" + strings.Repeat("garbage ", 500) + "startxref\n9\n%%EOF"), ErrBroken},
		{"page tree in a circle", tree("2 0 R"), ErrBroken},
		{"encrypted PDF", encrypted, ErrEncrypted},
		{"PNG of 3600 million pixels", bigPNG, ErrBomb},
		{"JPEG of 4261 million pixels", bigJPEG, ErrBomb},
		{"TIFF of 3600 million pixels", tiffOf(binary.LittleEndian, bigTIFF), ErrBomb},
		{"TIFF in a circle", circle, ErrBroken},
		{"DOCX that climbs", docx("x", map[string]string{"../../etc/cron.d/x": "x"}), ErrArchive},
		{"DOCX that unpacks to 300 MB", docx("x", map[string]string{"word/media/a.bin": strings.Repeat("\x00", 300<<20)}), ErrArchive},
		{"a ZIP", zipOf("a.txt", "x"), ErrUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, ps, err := read(t, s, tt.b)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			for _, p := range ps {
				if p.Err == "" {
					t.Errorf("got a page: %+v", p)
				}
			}
		})
	}
	// After all that it still works.
	if _, ps, err := read(t, s, p3); err != nil || len(ps) != 3 {
		t.Errorf("a good file afterwards: %d pages, %v", len(ps), err)
	}
}

// A blank page is no broken page, even in a file that poppler complains about.
func TestBlankPages(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{}, Options{})
	blank := image.NewGray(image.Rect(0, 0, 620, 877))
	for i := range blank.Pix {
		blank.Pix[i] = 254
	}
	jp := jpegOf(blank)
	b := pdf([]leaf{
		{w: a4w, h: a4h},
		scanned(jp, "DeviceGray"),
		{w: a4w, h: a4h, content: "q q ((( <<< garbage"},
		{w: a4w, h: a4h},
	})
	// A table that points nowhere: poppler rebuilds it, and says so at every start.
	i := bytes.LastIndex(b, []byte("startxref"))
	b = append(b[:i:i], "startxref\n7\n%%EOF\n"...)
	_, ps, err := read(t, s, b)
	if err != nil || len(ps) != 4 || ps[0].Err != "" || ps[1].Err != "" || ps[2].Err != ErrPage.Text || ps[3].Err != "" {
		t.Fatalf("got %+v, %v", ps, err)
	}
	// Poppler guesses the length of a picture then: a byte more may be there.
	if got, _ := os.ReadFile(ps[1].File); !bytes.HasPrefix(got, jp) {
		t.Error("the blank scan did not pass")
	}
}

// What costs without end is stopped by the limits, and costs its own page only.
func TestBombs(t *testing.T) {
	need(t, "pdftoppm")
	s := scanner(t, sandbox.Limits{CPU: 2 * time.Second, Memory: 1 << 30}, Options{})
	form := func(dict, data string) string {
		return stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]"+dict, data)
	}
	// 20 MB of drawing in 20 kB, two hundred times.
	endless := leaf{w: a4w, h: a4h, content: strings.Repeat("/Im Do ", 200),
		xobject: form("/Filter/FlateDecode", string(deflate(bytes.Repeat([]byte("q 1 0 0 1 0 0 cm Q "), 20<<20/19))))}
	if _, _, err := read(t, s, pdf([]leaf{endless})); !errors.Is(err, ErrHeavy) {
		t.Errorf("alone: %v, want %v", err, ErrHeavy)
	}
	_, ps, err := read(t, s, pdf([]leaf{
		written("before"),
		endless,
		{w: a4w, h: a4h, content: strings.Repeat("[", 1<<20) + " BT /F 12 Tf 72 760 Td (deep) Tj ET"},
		{w: a4w, h: a4h, content: "BT /F 12 Tf 72 760 Td (circle) Tj ET /Im Do", xobject: form("/Resources<</XObject<</Im 14 0 R>>>>", "/Im Do /Im Do")},
		{w: 14400, h: 14400, content: "BT /F 12 Tf 72 760 Td (vast) Tj ET"},
		written("after"),
	}))
	if err != nil || len(ps) != 6 {
		t.Fatalf("%d pages, %v", len(ps), err)
	}
	for i, p := range ps {
		if want := map[int]string{1: ErrPageHeavy.Text, 2: ErrPage.Text}[i]; p.Err != want {
			t.Errorf("page %d: %q, want %q", i+1, p.Err, want)
		}
	}
	if p := ps[4]; p.W*p.H > maxDrawn || p.W < 5000 {
		t.Errorf("the vast page is %d × %d", p.W, p.H)
	}
	// The limit of memory holds for the child itself, too.
	tight := scanner(t, sandbox.Limits{Memory: 48 << 20}, Options{})
	if _, _, err := read(t, tight, pngBytes(image.NewRGBA(image.Rect(0, 0, 9000, 9000)))); !errors.Is(err, ErrHeavy) {
		t.Errorf("a picture of 324 MB in 48: %v, want %v", err, ErrHeavy)
	}
}

func TestTools(t *testing.T) {
	for _, tool := range Tools() {
		_, err := exec.LookPath(tool.Name)
		if tool.Found != (err == nil) || tool.Package == "" || tool.Why == "" {
			t.Errorf("%+v", tool)
		}
	}
}

// A file of ten thousand pages streams: the program's memory does not grow with it.
func TestTenThousandPages(t *testing.T) {
	need(t, "pdftoppm")
	if testing.Short() {
		t.Skip("takes minutes")
	}
	const n = 10_000
	leaves := make([]leaf, n)
	for i := range leaves {
		leaves[i] = leaf{w: 72, h: 72, content: fmt.Sprintf("BT /F 12 Tf 5 30 Td (%d) Tj ET", i+1)}
	}
	path := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(path, pdf(leaves), 0o600); err != nil {
		t.Fatal(err)
	}
	leaves = nil
	s := scanner(t, sandbox.Limits{}, Options{})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, last := heap(), 0
	info, err := s.Pages(t.Context(), path, t.TempDir(), func(p Page) error {
		last++
		if p.N != last || p.Err != "" || len(p.Text) != 1 || p.Text[0].T != fmt.Sprint(last) {
			return fmt.Errorf("page %d: %+v", last, p)
		}
		return os.Remove(p.File)
	})
	if err != nil || last != n || info.Pages != n {
		t.Fatalf("%d pages, %v", last, err)
	}
	if after := heap(); after > before+8<<20 {
		t.Errorf("heap grew from %d to %d", before, after)
	}
}
