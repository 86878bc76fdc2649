package pdfa

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"congminh/internal/dossier/reading"

	"golang.org/x/image/ccitt"
	"golang.org/x/text/unicode/norm"
)

var (
	hanoi = time.FixedZone("", 7*3600)
	when  = time.Date(2026, 3, 10, 8, 30, 0, 0, hanoi)
	meta  = Meta{Title: "Hồ sơ vụ án <Trần Văn Đạt> & đồng phạm", Author: "VKSND khu vực 3 – Hà Nội", Subject: "Tập 1", Keywords: "hồ sơ, bút lục", Creator: "congminh digitise", Time: when}
)

// need finds a program, or skips; where everything must be there, it fails.
func need(t *testing.T, name string) string {
	t.Helper()
	p, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return p
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.Command(need(t, name), args...)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, stderr.Bytes())
	}
	return string(out)
}

// drawing is a picture whose every corner differs, so that a wrong turn shows.
func drawing(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, w/3, h/5), image.NewUniform(color.RGBA{200, 30, 30, 255}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(w-w/6, 0, w, h/3), image.NewUniform(color.RGBA{20, 20, 160, 255}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, h-h/8, w/2, h), image.Black, image.Point{}, draw.Src)
	return m
}

func gray(m image.Image) *image.Gray {
	g := image.NewGray(m.Bounds())
	draw.Draw(g, g.Bounds(), m, image.Point{}, draw.Src)
	return g
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turn turns m clockwise.
func turn(m image.Image, degrees int) image.Image {
	for ; degrees > 0; degrees -= 90 {
		r := m.Bounds()
		in := image.NewRGBA(r)
		draw.Draw(in, r, m, r.Min, draw.Src)
		out := image.NewRGBA(image.Rect(0, 0, r.Dy(), r.Dx()))
		for y := range r.Dy() {
			for x := range r.Dx() {
				out.SetRGBA(r.Dy()-1-y, x, in.RGBAAt(x, y))
			}
		}
		m = out
	}
	return m
}

// typeset places lines as a printer would, then leans them: the boxes a reader
// finds on a crooked scan.
func typeset(w, h int, skew float64, lines ...string) []reading.Word {
	const letter, height, step = 14.0, 40.0, 56.0
	sin, cos := math.Sincos(skew * math.Pi / 180)
	var out []reading.Word
	for i, l := range lines {
		x, base := 120.0, 140+step*float64(i)
		for word := range strings.FieldsSeq(l) {
			n := float64(len([]rune(norm.NFC.String(word))))
			top, bottom := base-0.72*height, base
			if foot(word) == hangs {
				bottom += 0.2 * height
			}
			b := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
			for _, c := range [][2]float64{{x, top}, {x + n*letter, top}, {x, bottom}, {x + n*letter, bottom}} {
				dx, dy := c[0]-float64(w)/2, c[1]-float64(h)/2
				px, py := dx*cos-dy*sin+float64(w)/2, dx*sin+dy*cos+float64(h)/2
				b = [4]float64{min(b[0], px), min(b[1], py), max(b[2], px), max(b[3], py)}
			}
			out = append(out, reading.Word{T: word, C: 95, Line: i, Box: reading.Box{int(math.Floor(b[0])), int(math.Floor(b[1])), int(math.Ceil(b[2])), int(math.Ceil(b[3]))}})
			x += (n + 1) * letter
		}
	}
	return out
}

// write makes a file of pages and returns its path.
func write(t *testing.T, m Meta, pages ...Page) string {
	t.Helper()
	return writeWith(t, m, nil, pages...)
}

func writeWith(t *testing.T, m Meta, before func(w *Writer, page int), pages ...Page) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.pdf")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := New(f, m)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pages {
		if before != nil {
			before(w, i)
		}
		if err := w.AddPage(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// letters are the 134 letters of Vietnamese that carry a mark.
func letters() (out []rune) {
	for _, base := range "aăâeêioôơuưy" {
		for _, tone := range []string{"", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"} {
			r := []rune(norm.NFC.String(string(base) + tone))
			if len(r) == 1 && r[0] > 127 {
				out = append(out, r[0])
			}
		}
	}
	out = append(out, 'đ')
	for _, r := range out[:len(out):len(out)] {
		out = append(out, []rune(strings.ToUpper(string(r)))...)
	}
	return out
}

func vietnamese(t *testing.T) []string {
	rs := letters()
	if len(rs) != 134 {
		t.Fatalf("%d letters, want 134", len(rs))
	}
	lines := []string{"VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC 3", "Số: 17/QĐ-VKSKV3", "Căn cứ Điều 41, Điều 119 và Điều 173 Bộ luật Tố tụng hình sự;"}
	for i := 0; i < len(rs); i += 24 {
		var words []string
		for j := i; j < min(i+24, len(rs)); j += 6 {
			words = append(words, string(rs[j:min(j+6, len(rs))]))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return append(lines, "ý em – “quý vị” 10% (§ 2) \U0001d49c")
}

// everyWay is a page for each turn and lean, with the same text on all.
func everyWay(t *testing.T, lines []string) (pages []Page) {
	const w, h = 1240, 1754
	upright := drawing(w, h)
	for _, rotation := range []int{0, 90, 180, 270} {
		stored := asJPEG(t, turn(upright, (360-rotation)%360))
		for _, skew := range []float64{0, -2.7, 1.3} {
			pages = append(pages, Page{Picture: bytes.NewReader(stored), Format: "jpeg", DPI: 150, Rotation: rotation, Skew: skew, Words: typeset(w, h, skew, lines...)})
		}
	}
	// A page nobody could read anything on, and one of each other kind of picture.
	pages = append(pages,
		Page{Picture: bytes.NewReader(asJPEG(t, gray(upright))), Format: "jpeg", DPI: 150},
		Page{Picture: bytes.NewReader(asPNG(t, upright)), Format: "png", DPI: 150},
		Page{Picture: bytes.NewReader(asPNG(t, gray(upright))), Format: "png", DPI: 150},
		Page{Picture: bytes.NewReader(fax(t, "simple.tif").b), Format: "tiff", DPI: 100},
	)
	return pages
}

func TestText(t *testing.T) {
	lines := vietnamese(t)
	path := write(t, meta, everyWay(t, lines)...)
	run(t, "qpdf", "--check", path)
	for _, mode := range []string{"", "-raw", "-layout"} {
		args := []string{"-enc", "UTF-8", "-eol", "unix", path, "-"}
		if mode != "" {
			args = append([]string{mode}, args...)
		}
		pages := strings.Split(run(t, "pdftotext", args...), "\f")
		for n := range 12 {
			got := pages[n]
			if mode == "-layout" {
				var flat []string
				for l := range strings.Lines(got) {
					if f := strings.Join(strings.Fields(l), " "); f != "" {
						flat = append(flat, f)
					}
				}
				got = strings.Join(flat, "\n")
			}
			if strings.TrimSpace(got) != strings.Join(lines, "\n") {
				t.Errorf("page %d %s: got\n%s\nwant\n%s", n+1, mode, got, strings.Join(lines, "\n"))
			}
		}
		if got := strings.TrimSpace(strings.Join(pages[12:], "")); got != "" {
			t.Errorf("pages without words have %q", got)
		}
	}
}

// A page full of long lines, leaning so much that each ends lower than the next
// begins: programs that sort text by height must still find the lines.
func TestDense(t *testing.T) {
	const w, h = 2480, 3508
	var lines []string
	for range 12 {
		lines = append(lines, "Căn cứ Điều 41, Điều 119 và Điều 173 Bộ luật Tố tụng hình sự; xét hồ sơ vụ án của bị can Nguyễn Văn Hùng, sinh ngày 12 tháng 03",
			"đã có hành vi trộm cắp tài sản của bà Lê Thị Hồng tại chợ vào khoảng hai mươi giờ cùng ngày, thu giữ một xe máy và giấy tờ", "kèm theo.")
	}
	j := asJPEG(t, image.NewGray(image.Rect(0, 0, w, h)))
	for _, skew := range []float64{0, 0.5, 1, 1.8, 3, 4, -0.5, -1, -1.8, -3, -4} {
		path := write(t, meta, Page{Picture: bytes.NewReader(j), Format: "jpeg", DPI: 300, Skew: skew, Words: typeset(w, h, skew, lines...)})
		var got []string
		for l := range strings.Lines(run(t, "pdftotext", path, "-")) {
			if l = strings.TrimSpace(l); l != "" {
				got = append(got, l)
			}
		}
		if strings.Join(got, "\n") != strings.Join(lines, "\n") {
			t.Errorf("skew %v: got\n%s", skew, strings.Join(got, "\n"))
		}
	}
}

// The words must lie where they were read, or a search lights up the wrong place.
func TestPlace(t *testing.T) {
	const w, h, dpi = 1240, 1754, 150
	lines := []string{"Cáo trạng số 12/CT-VKS ngày 03 tháng 02", "an em ao ươm", "gyp, qua ngõ", "Nguyễn Văn Đạt"}
	for _, skew := range []float64{0, 2, -3} {
		words := typeset(w, h, skew, lines...)
		path := write(t, meta, Page{Picture: bytes.NewReader(asJPEG(t, drawing(w, h))), Format: "jpeg", DPI: dpi, Skew: skew, Words: words})
		out := run(t, "pdftotext", "-bbox", path, "-")
		var got []reading.Word
		for l := range strings.Lines(out) {
			var x0, y0, x1, y1 float64
			if n, _ := fmt.Sscanf(strings.TrimSpace(l), `<word xMin="%f" yMin="%f" xMax="%f" yMax="%f">`, &x0, &y0, &x1, &y1); n == 4 {
				k := float64(dpi) / 72
				got = append(got, reading.Word{T: l[strings.Index(l, ">")+1 : strings.LastIndex(l, "<")], Box: reading.Box{int(x0 * k), int(y0 * k), int(x1 * k), int(y1 * k)}})
			}
		}
		if len(got) != len(words) {
			t.Fatalf("skew %v: %d words, want %d:\n%s", skew, len(got), len(words), out)
		}
		for i, w := range words {
			for side := range 4 {
				// A line's letters reach from above the capitals to below the baseline.
				if d := got[i].Box[side] - w.Box[side]; d < -14 || d > 14 {
					t.Errorf("skew %v: %s is at %v, want about %v", skew, got[i].T, got[i].Box, w.Box)
					break
				}
			}
		}
	}
}

func render(t *testing.T, path string, page, dpi int) image.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "page")
	run(t, "pdftoppm", "-png", "-r", fmt.Sprint(dpi), "-f", fmt.Sprint(page), "-l", fmt.Sprint(page), "-singlefile", path, out)
	return load(t, out+".png")
}

// stored is the picture inside the first page, as it lies there.
func stored(t *testing.T, path string) image.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "picture")
	run(t, "pdfimages", "-png", "-f", "1", "-l", "1", path, out)
	return load(t, out+"-000.png")
}

func load(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// differ is the mean difference of two pictures, in grey levels.
func differ(t *testing.T, a, b image.Image) float64 {
	t.Helper()
	if a.Bounds().Size() != b.Bounds().Size() {
		t.Fatalf("pictures of %v and %v", a.Bounds().Size(), b.Bounds().Size())
	}
	flat := func(m image.Image) []byte {
		out := image.NewRGBA(m.Bounds())
		draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
		return out.Pix
	}
	pa, pb := flat(a), flat(b)
	var sum float64
	for i, v := range pa {
		sum += math.Abs(float64(v) - float64(pb[i]))
	}
	return sum / float64(len(pa))
}

// What a viewer shows is the scan, turned upright and otherwise untouched.
func TestPicture(t *testing.T) {
	const w, h, dpi = 620, 877, 75
	upright := drawing(w, h)
	shades := gray(upright)
	alpha := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(alpha, image.Rect(0, 0, w/3, h/5), image.NewUniform(color.RGBA{200, 30, 30, 255}), image.Point{}, draw.Src)
	onWhite := image.NewRGBA(alpha.Rect)
	draw.Draw(onWhite, onWhite.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(onWhite, onWhite.Rect, alpha, image.Point{}, draw.Over)
	indexed := image.NewPaletted(upright.Bounds(), color.Palette{color.White, color.Black, color.RGBA{200, 30, 30, 255}, color.RGBA{20, 20, 160, 255}})
	draw.Draw(indexed, indexed.Rect, upright, image.Point{}, draw.Src)
	deep := image.NewGray16(upright.Bounds())
	draw.Draw(deep, deep.Rect, upright, image.Point{}, draw.Src)

	all := []int{0, 90, 180, 270}
	for _, c := range []struct {
		name   string
		want   image.Image // as stored
		format string
		data   []byte
		near   float64
		turns  []int
	}{
		{"JPEG in colour", upright, "jpeg", asJPEG(t, upright), 1.5, all},
		{"JPEG in grey", shades, "jpeg", asJPEG(t, shades), 1.5, []int{90}},
		{"PNG in colour", upright, "png", asPNG(t, upright), 0, []int{180}},
		{"PNG in grey", shades, "png", asPNG(t, shades), 0, []int{270}},
		{"PNG with a palette", indexed, "png", asPNG(t, indexed), 0, []int{0}},
		{"PNG of 16 bits", shades, "png", asPNG(t, deep), 0.5, []int{90}},
		{"PNG with transparency", onWhite, "png", asPNG(t, alpha), 0, []int{180}},
		{"fax page", fax(t, "simple.tif").m, "tiff", fax(t, "simple.tif").b, 0, all},
		{"fax page, low bit first", fax(t, "lsb.tif").m, "tiff", fax(t, "lsb.tif").b, 0, []int{0}},
		{"fax page, black is 0", fax(t, "inverse.tif").m, "tiff", fax(t, "inverse.tif").b, 0, []int{90}},
		{"fax page in strips", fax(t, "strips.tif").m, "tiff", fax(t, "strips.tif").b, 0, []int{180}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, rotation := range c.turns {
				path := write(t, meta, Page{Picture: bytes.NewReader(c.data), Format: c.format, DPI: dpi, Rotation: rotation})
				// The renderer smooths edges; a wrong turn differs by tens of levels.
				if d := differ(t, render(t, path, 1, dpi), turn(c.want, rotation)); d > 1.5 {
					t.Errorf("turned by %d: differs by %.2f grey levels", rotation, d)
				}
				if d := differ(t, stored(t, path), c.want); d > c.near {
					t.Errorf("turned by %d: the stored picture differs by %.2f grey levels", rotation, d)
				}
			}
		})
	}
}

// tiffFile is a one-page TIFF made by hand, and what is on it.
type tiffFile struct {
	b []byte
	m image.Image
}

// fax makes G4 files of a kind. There is no encoder in the Go library, and one
// mode of T.6 is enough to code anything: horizontal, with vertical 0 where rows
// repeat.
func fax(t testing.TB, kind string) tiffFile {
	t.Helper()
	const w, h = 496, 128
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if !(y < 64 && x < 128 || y >= 64 && x >= 192 && x < 256+64) {
				m.Pix[y*m.Stride+x] = 255
			}
		}
	}
	strip := func(y0, y1 int) []byte {
		var bits strings.Builder
		var last string
		for y := y0; y < y1; y++ {
			// Two rows in use: black 0–128 then white, or white 192, black 128, white.
			row := "001" + "00110101" + "000011001000" + // horizontal: white 0, black 128 (make-up)…
				"0000110111" + // …+ black 0
				"1" // vertical 0: the rest is white to the end
			if y >= 64 {
				row = "001" + "010111" + "00110101" + "000011001000" + "0000110111" + "1" // white 192 + 0, black 128 + 0
			}
			if row == last {
				row = "111" // each change stands under the one above
				if y < 64 {
					row = "111"
				}
			} else {
				last = row
			}
			bits.WriteString(row)
		}
		bits.WriteString("000000000001000000000001") // EOFB
		s := bits.String()
		var out []byte
		for len(s) > 0 {
			var c byte
			for i := range 8 {
				c <<= 1
				if i < len(s) && s[i] == '1' {
					c |= 1
				}
			}
			out = append(out, c)
			s = s[min(8, len(s)):]
		}
		return out
	}
	strips := [][]byte{strip(0, h)}
	rows := h
	if kind == "strips.tif" {
		strips, rows = [][]byte{strip(0, 64), strip(64, h)}, 64
	}
	fill, photometric := uint32(1), uint32(0)
	if kind == "lsb.tif" {
		fill = 2
		for i, c := range strips[0] {
			var r byte
			for range 8 {
				r = r<<1 | c&1
				c >>= 1
			}
			strips[0][i] = r
		}
	}
	if kind == "inverse.tif" {
		photometric = 1
		for i := range m.Pix {
			m.Pix[i] = 255 - m.Pix[i]
		}
	}
	le := binary.LittleEndian
	b := []byte("II*\x00\x00\x00\x00\x00")
	var at, size []uint32
	for _, s := range strips {
		at, size = append(at, uint32(len(b))), append(size, uint32(len(s)))
		b = append(b, s...)
	}
	list := func(vs []uint32) (uint32, uint32) {
		if len(vs) == 1 {
			return 1, vs[0]
		}
		pos := uint32(len(b))
		for _, v := range vs {
			b = le.AppendUint32(b, v)
		}
		return uint32(len(vs)), pos
	}
	atN, atV := list(at)
	sizeN, sizeV := list(size)
	le.PutUint32(b[4:], uint32(len(b)))
	dir := [][3]uint32{{256, 1, w}, {257, 1, h}, {258, 1, 1}, {259, 1, 4}, {262, 1, photometric}, {266, 1, fill}, {273, atN, atV}, {277, 1, 1}, {278, 1, uint32(rows)}, {279, sizeN, sizeV}}
	b = le.AppendUint16(b, uint16(len(dir)))
	for _, e := range dir {
		b = le.AppendUint16(b, uint16(e[0]))
		b = le.AppendUint16(b, 4)
		b = le.AppendUint32(b, e[1])
		b = le.AppendUint32(b, e[2])
	}
	return tiffFile{le.AppendUint32(b, 0), m}
}

// The hand-made fax code must be what an independent decoder takes it for.
func TestFaxIsFax(t *testing.T) {
	f := fax(t, "simple.tif")
	got := image.NewGray(f.m.Bounds())
	size := int(binary.LittleEndian.Uint32(f.b[4:])) - 8
	if err := ccitt.DecodeIntoGray(got, bytes.NewReader(f.b[8:8+size]), ccitt.MSB, ccitt.Group4, nil); err != nil {
		t.Fatal(err)
	}
	if d := differ(t, got, f.m); d != 0 {
		t.Errorf("differs by %v", d)
	}
}

// A JPEG and a fax page leave the file as the scanner made them.
func TestPassThrough(t *testing.T) {
	j := asJPEG(t, drawing(400, 300))
	f := fax(t, "simple.tif")
	path := write(t, meta, Page{Picture: bytes.NewReader(j), Format: "jpeg", DPI: 100}, Page{Picture: bytes.NewReader(f.b), Format: "tiff", DPI: 100})
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, j) {
		t.Error("the JPEG is not in the file byte for byte")
	}
	if size := binary.LittleEndian.Uint32(f.b[4:]) - 8; !bytes.Contains(b, f.b[8:8+size]) {
		t.Error("the fax code is not in the file byte for byte")
	}
	dir := t.TempDir()
	run(t, "pdfimages", "-all", path, filepath.Join(dir, "i"))
	got, err := os.ReadFile(filepath.Join(dir, "i-000.jpg"))
	if err != nil || !bytes.Equal(got, j) {
		t.Errorf("pdfimages gives another JPEG (%d bytes, want %d): %v", len(got), len(j), err)
	}
}

const jars = "/usr/share/java"

// preflight checks files of level 1b and returns what is wrong with them.
func preflight(t *testing.T, files ...string) string {
	t.Helper()
	var class []string
	for _, j := range []string{"preflight.jar", "pdfbox2.jar", "xmpbox.jar", "fontbox2.jar", "commons-logging.jar", "commons-io.jar"} {
		p := filepath.Join(jars, j)
		if _, err := os.Stat(p); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("PDFBox Preflight is not installed: ", err)
			}
			t.Skip("PDFBox Preflight is not installed: ", err)
		}
		class = append(class, p)
	}
	dir := t.TempDir()
	path := strings.Join(class, ":")
	sources, _ := filepath.Glob(filepath.Join("testdata", "preflight", "*.java"))
	run(t, "java", append([]string{"-m", "jdk.compiler/com.sun.tools.javac.Main", "-cp", path, "-d", dir}, sources...)...)
	return run(t, "java", append([]string{"-cp", dir + ":" + path, "Preflight"}, files...)...)
}

// serif is a font with all letters of Vietnamese; Liberation Serif lacks most.
func serif(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("DejaVu Serif is not installed: ", err)
	}
	return b
}

// What is written as 2b is written as 1b too, and that twin must pass the checker
// that can be had. The two differ in version, part number and nothing else.
func TestPreflight(t *testing.T) {
	m := meta
	m.Level = A1B
	plain := write(t, m, everyWay(t, vietnamese(t))...)
	empty := write(t, Meta{Level: A1B, Time: when.UTC()}, Page{Picture: bytes.NewReader(asPNG(t, gray(drawing(9, 1)))), Format: "png", DPI: 300})
	m.Font = serif(t)
	pages := everyWay(t, vietnamese(t))
	for i := range pages {
		pages[i].Label = fmt.Sprintf("BL %02d", i+1)
		pages[i].Stamps = []Stamp{{pages[i].Label, TopRight}, {"Đã đối chiếu", BottomRight}}
	}
	export := writeWith(t, m, func(w *Writer, page int) {
		if page%4 == 0 {
			w.Bookmark("Nhóm chứng cứ", 0)
			w.Bookmark("Biên bản ghi lời khai", 1)
		}
	}, pages...)
	var long []Page
	small := asPNG(t, gray(drawing(20, 30)))
	for range fan*3 + 1 {
		long = append(long, Page{Picture: bytes.NewReader(small), Format: "png", DPI: 30})
	}
	m.Font = nil
	many := write(t, m, long...)
	out := preflight(t, plain, empty, export, many)
	for _, f := range []string{plain, empty, export, many} {
		run(t, "qpdf", "--check", f)
		if !strings.Contains(out, f+": valid\n") {
			t.Errorf("%s is not PDF/A-1b", f)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
	if !t.Failed() && strings.Contains(preflight(t, write(t, meta, everyWay(t, nil)[0])), ": valid") {
		t.Error("the checker takes a 2b file for 1b; does it check?")
	}
}

// The page tree grows a level when a node is full, and a page is found in it.
func TestTree(t *testing.T) {
	small := asPNG(t, gray(drawing(20, 30)))
	for _, n := range []int{fan, fan + 1, fan*fan + 1} {
		var pages []Page
		for i := range n {
			p := Page{Picture: bytes.NewReader(small), Format: "png", DPI: 30}
			if i == n-1 {
				p.Words = []reading.Word{{T: "cuối", Box: reading.Box{2, 10, 18, 16}}}
			}
			pages = append(pages, p)
		}
		path := write(t, meta, pages...)
		run(t, "qpdf", "--check", path)
		if got := strings.TrimSpace(run(t, "qpdf", "--show-npages", path)); got != fmt.Sprint(n) {
			t.Errorf("%s pages, want %d", got, n)
		}
		if got := strings.TrimSpace(run(t, "pdftotext", "-f", fmt.Sprint(n), path, "-")); got != "cuối" {
			t.Errorf("the last of %d pages says %q", n, got)
		}
	}
}

// Level 2b is level 1b but for its version and part.
func TestTwin(t *testing.T) {
	m := meta
	two, _ := os.ReadFile(write(t, m, everyWay(t, vietnamese(t))...))
	m.Level = A1B
	one, _ := os.ReadFile(write(t, m, everyWay(t, vietnamese(t))...))
	one = bytes.Replace(one, []byte("%PDF-1.4"), []byte("%PDF-1.7"), 1)
	one = bytes.Replace(one, []byte("part>1<"), []byte("part>2<"), 1)
	id := []byte("/ID[")
	if !bytes.Equal(one[:bytes.LastIndex(one, id)], two[:bytes.LastIndex(two, id)]) {
		t.Error("the twins differ in more than version, part and identifier")
	}
	again, _ := os.ReadFile(write(t, meta, everyWay(t, vietnamese(t))...))
	if !bytes.Equal(two, again) {
		t.Error("the same input gave other bytes")
	}
}

func TestMeta(t *testing.T) {
	path := write(t, meta, Page{Picture: bytes.NewReader(asJPEG(t, drawing(300, 400))), Format: "jpeg", DPI: 100})
	info := run(t, "pdfinfo", "-enc", "UTF-8", "-isodates", path)
	for _, want := range []string{meta.Title, meta.Author, meta.Subject, meta.Keywords, meta.Creator, Producer, "2026-03-10T08:30:00+07", "216 x 288 pts", "PDF version:     1.7"} {
		if !strings.Contains(info, want) {
			t.Errorf("pdfinfo lacks %q:\n%s", want, info)
		}
	}
	xmp := run(t, "pdfinfo", "-meta", "-enc", "UTF-8", path)
	for _, want := range []string{"Hồ sơ vụ án &lt;Trần Văn Đạt&gt; &amp; đồng phạm", "<pdfaid:part>2</pdfaid:part>", "2026-03-10T08:30:00+07:00"} {
		if !strings.Contains(xmp, want) {
			t.Errorf("the XMP lacks %q:\n%s", want, xmp)
		}
	}
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		name   string
		labels []string
		want   string
	}{
		{"none", []string{"", "", ""}, ""},
		{"folios count on", []string{"BL 45", "BL 46", "BL 47"}, "0<</P" + text("BL ") + "/S/D/St 45>>"},
		{"with zeros in front", []string{"BL 09", "BL 10", "BL 11"}, "0<</P" + text("BL 0") + "/S/D/St 9>>1<</P" + text("BL ") + "/S/D/St 10>>"},
		{"an inserted one", []string{"BL 45", "BL 45a", "BL 46"}, "0<</P" + text("BL ") + "/S/D/St 45>>1<</P" + text("BL 45a") + ">>2<</P" + text("BL ") + "/S/D/St 46>>"},
		{"a page not yet numbered", []string{"BL 1", ""}, "0<</P" + text("BL ") + "/S/D/St 1>>1<</S/D/St 2>>"},
		{"nothing but zeros", []string{"00", "00"}, "0<</P" + text("00") + ">>1<</P" + text("00") + ">>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l labels
			for i, s := range c.labels {
				l.add(i, s)
			}
			want := c.want
			if want != "" {
				want = "/PageLabels<</Nums[" + want + "]>>"
			}
			if got := l.dict(); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

type outlineItem struct {
	Title string        `json:"title"`
	Page  int           `json:"destpageposfrom1"`
	Kids  []outlineItem `json:"kids"`
}

func (o outlineItem) String() string { return fmt.Sprintf("%s@%d%v", o.Title, o.Page, o.Kids) }

func TestOutline(t *testing.T) {
	pages := everyWay(t, []string{"một"})[:5]
	path := writeWith(t, meta, func(w *Writer, page int) {
		switch page {
		case 0:
			w.Bookmark("Tập 1", 0)
			w.Bookmark("Quyết định khởi tố", 1)
		case 2:
			w.Bookmark("Biên bản", 2)
			w.Bookmark("Lệnh tạm giam", 1)
		case 4:
			w.Bookmark("Tập 2", 0)
		}
	}, pages...)
	var got struct{ Outlines []outlineItem }
	if err := json.Unmarshal([]byte(run(t, "qpdf", "--json=1", "--json-key=outlines", path)), &got); err != nil {
		t.Fatal(err)
	}
	want := "[Tập 1@1[Quyết định khởi tố@1[Biên bản@3[]] Lệnh tạm giam@3[]] Tập 2@5[]]"
	if s := fmt.Sprint(got.Outlines); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestAttach(t *testing.T) {
	m := meta
	m.Level = A3B
	data := []byte(`{"bút lục": 45}`)
	path := writeWith(t, m, func(w *Writer, _ int) {
		for _, name := range []string{"đọc được.json", "bản gốc.json"} {
			if err := w.Attach(Attachment{Name: name, MIME: "application/json", Relation: "Data", Note: "Chữ đọc được", Time: when, Data: bytes.NewReader(data)}); err != nil {
				t.Fatal(err)
			}
		}
	}, everyWay(t, nil)[0])
	run(t, "qpdf", "--check", path)
	out := filepath.Join(t.TempDir(), "got")
	run(t, "pdfdetach", "-save", "1", "-o", out, path)
	if got, _ := os.ReadFile(out); !bytes.Equal(got, data) {
		t.Errorf("got %q", got)
	}
	if list := run(t, "pdfdetach", "-enc", "UTF-8", "-list", path); !strings.Contains(list, "2 embedded") || !strings.Contains(list, "1: bản gốc.json") {
		t.Errorf("list: %s", list)
	}
	w, _ := New(io.Discard, meta)
	if err := w.Attach(Attachment{Name: "x", Relation: "Data", Data: bytes.NewReader(nil)}); err == nil {
		t.Error("a 2b file took an attachment")
	}
}

func TestStamp(t *testing.T) {
	m := meta
	m.Font = serif(t)
	const w, h, dpi = 1240, 1754, 150
	j := asJPEG(t, image.NewGray(image.Rect(0, 0, w, h)))
	for i := range 3 {
		corner := TopRight
		if i == 1 {
			corner = BottomRight
		}
		path := write(t, m, Page{Picture: bytes.NewReader(j), Format: "jpeg", DPI: dpi, Stamps: []Stamp{{"Bút lục 45 – ĐỐI CHIẾU", corner}}})
		if got := strings.TrimSpace(run(t, "pdftotext", path, "-")); got != "Bút lục 45 – ĐỐI CHIẾU" {
			t.Errorf("text is %q", got)
		}
		seen := image.Rectangle{}
		shown := render(t, path, 1, 75)
		for y := range shown.Bounds().Dy() {
			for x := range shown.Bounds().Dx() {
				if r, _, _, _ := shown.At(x, y).RGBA(); r > 0x6000 {
					seen = seen.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		top := seen.Max.Y < shown.Bounds().Dy()/8
		if seen.Empty() || seen.Min.X < shown.Bounds().Dx()/2 || top != (corner == TopRight) || !top && seen.Min.Y < shown.Bounds().Dy()*7/8 {
			t.Errorf("stamp %d stands at %v of %v", corner, seen, shown.Bounds())
		}
		if b, _ := os.ReadFile(path); !bytes.Contains(b, j) {
			t.Error("the stamp went into the picture")
		}
	}
	nw, _ := New(io.Discard, meta)
	if err := nw.AddPage(Page{Picture: bytes.NewReader(j), Format: "jpeg", Stamps: []Stamp{{"1", TopRight}}}); err == nil {
		t.Error("a stamp without a font was taken")
	}
}

// cmyk turns a grey JPEG's header into one that promises four inks.
func cmyk(t testing.TB) []byte {
	b := asJPEG(t, gray(drawing(16, 16)))
	i := bytes.Index(b, []byte{0xff, 0xc0})
	frame := []byte{0xff, 0xc0, 0, 20, 8, 0, 16, 0, 16, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0}
	return append(append(append([]byte{}, b[:i]...), frame...), b[i+13:]...)
}

// bomb is a PNG of a few bytes that says it is enormous.
func bomb(t testing.TB) []byte {
	b := asPNG(t, gray(drawing(16, 16)))
	binary.BigEndian.PutUint32(b[16:], 60000)
	binary.BigEndian.PutUint32(b[20:], 60000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestRefusals(t *testing.T) {
	j, p, f := asJPEG(t, drawing(40, 30)), asPNG(t, drawing(40, 30)), fax(t, "simple.tif").b
	flipped := bytes.Clone(p)
	flipped[len(flipped)/2] ^= 1
	big := bytes.Clone(f)
	binary.LittleEndian.PutUint32(big[binary.LittleEndian.Uint32(big[4:])+2+8:], 1<<20)
	for _, c := range []struct {
		name, format string
		data         []byte
		want         error
	}{
		{"a JPEG in printing inks", "jpeg", cmyk(t), ErrCMYK},
		{"a JPEG cut off", "jpeg", j[:len(j)-100], ErrPicture},
		{"a JPEG without picture", "jpeg", j[:20], ErrPicture},
		{"nothing", "jpeg", nil, ErrPicture},
		{"a PNG that says it is a JPEG", "jpeg", p, ErrPicture},
		{"a PNG cut off", "png", p[:len(p)-20], ErrPicture},
		{"a PNG with a wrong bit", "png", flipped, ErrPicture},
		{"a PNG bomb", "png", bomb(t), ErrHuge},
		{"a fax page cut off", "tiff", f[:20], ErrPicture},
		{"a fax page of a million columns", "tiff", big, ErrHuge},
		{"a format nobody scans to", "webp", j, ErrPicture},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			w, err := New(&out, meta)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.AddPage(Page{Picture: bytes.NewReader(c.data), Format: c.format}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			// The writer goes on as if nothing had been.
			if err := w.AddPage(Page{Picture: bytes.NewReader(j), Format: "jpeg"}); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	w, _ := New(io.Discard, meta)
	if err := w.AddPage(Page{Picture: bytes.NewReader(j), Format: "jpeg", W: 41, H: 30}); !errors.Is(err, ErrPicture) {
		t.Errorf("a picture of another size: %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("a file without pages was closed")
	}
}

type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

// A full disk is told, whenever it fills.
func TestDiskFull(t *testing.T) {
	j := asJPEG(t, drawing(800, 800))
	for _, room := range []int{0, 100, 30000, 70000, 100000} {
		w, err := New(&failing{room}, meta)
		for i := 0; i < 5 && err == nil; i++ {
			err = w.AddPage(Page{Picture: bytes.NewReader(j), Format: "jpeg"})
		}
		if err == nil {
			err = w.Close()
		}
		if len(j)*5 > room && err == nil {
			t.Errorf("room for %d bytes: no error", room)
		}
	}
}

// Two thousand pages of a megabyte take no more memory than ten.
func TestFlatMemory(t *testing.T) {
	// A JPEG of a megabyte: a small one, and a comment nobody reads in every marker.
	j := asJPEG(t, drawing(600, 800))
	pad := append([]byte{0xff, 0xfe, 0xff, 0xff}, make([]byte, 65533)...)
	big := bytes.Join([][]byte{j[:2], bytes.Repeat(pad, 16), j[2:]}, nil)
	words := typeset(600, 800, 0, "một hai ba bốn năm sáu", "bảy tám chín mười")
	w, err := New(io.Discard, meta)
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	var before, after runtime.MemStats
	for i := range 2000 {
		if i == 10 {
			early = heap()
			runtime.ReadMemStats(&before)
		}
		if err := w.AddPage(Page{Picture: bytes.NewReader(big), Format: "jpeg", DPI: 300, Words: words}); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	late = heap()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if late > early+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", early, late)
	}
	if per := (after.TotalAlloc - before.TotalAlloc) / 1990; per > 64<<10 {
		t.Errorf("%d bytes allocated for each page: is the picture copied?", per)
	}
}

func FuzzPicture(f *testing.F) {
	m := drawing(24, 16)
	for _, s := range []struct {
		format string
		data   []byte
	}{
		{"jpeg", asJPEG(f, m)}, {"jpeg", asJPEG(f, gray(m))}, {"jpeg", cmyk(f)},
		{"png", asPNG(f, m)}, {"png", asPNG(f, gray(m))}, {"png", bomb(f)},
		{"tiff", fax(f, "simple.tif").b}, {"tiff", fax(f, "strips.tif").b}, {"tiff", fax(f, "lsb.tif").b},
	} {
		f.Add(s.format, s.data)
	}
	f.Fuzz(func(t *testing.T, format string, data []byte) {
		p, err := parse(data, format)
		if err != nil {
			return
		}
		if p.w <= 0 || p.h <= 0 || p.w*p.h > maxPixels || p.dict == "" || len(p.data) == 0 {
			t.Errorf("took a picture of %d×%d, dict %q", p.w, p.h, p.dict)
		}
		w, err := New(io.Discard, meta)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AddPage(Page{Picture: bytes.NewReader(data), Format: format}); err != nil {
			t.Errorf("parse takes it, AddPage not: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever a reader claims to have read, the file stays a PDF.
func FuzzWords(f *testing.F) {
	f.Add("Điều", 10, 10, 60, 30, 0, 1.5, 90)
	f.Add("(\\)\x00\ufeff", -5, 7, -5, 7, 3, -44.9, 0)
	f.Add("\xff\xfe", 1<<30, 0, -1<<30, 1, 0, math.Inf(1), 180)
	j := asJPEG(f, drawing(80, 100))
	f.Fuzz(func(t *testing.T, s string, x0, y0, x1, y1, line int, skew float64, rotation int) {
		var b bytes.Buffer
		w, err := New(&b, meta)
		if err != nil {
			t.Fatal(err)
		}
		words := []reading.Word{{T: s, Box: reading.Box{x0, y0, x1, y1}}, {T: s + s, Box: reading.Box{x1, y1, x0, y0}, Line: line}, {T: "a", Box: reading.Box{x0, y1, x1, y0}, Line: line}}
		if err := w.AddPage(Page{Picture: bytes.NewReader(j), Format: "jpeg", Rotation: rotation, Skew: skew, Words: words}); err != nil {
			return
		}
		if len(w.content) == 0 || bytes.Contains(w.content, []byte("NaN")) || bytes.Contains(w.content, []byte("Inf")) {
			t.Errorf("content:\n%s", w.content)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkAddPage(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	m := image.NewGray(image.Rect(0, 0, 2480, 3508))
	for i := range m.Pix {
		m.Pix[i] = byte(230 + r.IntN(20))
	}
	j := asJPEG(b, m)
	var lines []string
	for range 40 {
		lines = append(lines, "Căn cứ Điều 41 Điều 119 và Điều 173 Bộ luật Tố tụng hình sự")
	}
	words := typeset(2480, 3508, 1, lines...)
	w, err := New(io.Discard, meta)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(j)))
	b.ReportAllocs()
	for b.Loop() {
		if err := w.AddPage(Page{Picture: bytes.NewReader(j), Format: "jpeg", DPI: 300, Skew: 1, Words: words}); err != nil {
			b.Fatal(err)
		}
	}
}
