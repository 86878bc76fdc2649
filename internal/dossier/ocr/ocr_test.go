package ocr

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"congminh/internal/dossier/ocr/score"
	"congminh/internal/dossier/raster"
	"congminh/internal/dossier/raster/degrade"
	"congminh/internal/dossier/reading"
	letters "congminh/internal/kit/font"
	"congminh/internal/kit/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Child(Handlers())
	os.Exit(m.Run())
}

const dpi = 300

var lines = strings.Split(`VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC 3
Số: 47/QĐ-VKSKV3
Hà Nội, ngày 14 tháng 5 năm 2026
QUYẾT ĐỊNH
Phê chuẩn Quyết định khởi tố bị can
Căn cứ các điều 41, 165 và 179 của Bộ luật Tố tụng hình sự;
Xét Quyết định khởi tố bị can số 112/QĐ-CSĐT ngày 12 tháng 5 năm 2026 của
Cơ quan Cảnh sát điều tra đối với Trần Đình Khôi về tội trộm cắp tài sản;
Xét thấy có đủ căn cứ xác định bị can đã thực hiện hành vi phạm tội, việc khởi
tố bị can là cần thiết và đúng pháp luật. Khoảng 21 giờ 30 phút ngày 02 tháng 5
năm 2026, lợi dụng lúc gia đình bà Nguyễn Thị Hường đi vắng, Khôi đã cậy cửa
sổ tầng một, lấy đi một máy tính xách tay và số tiền 18.500.000 đồng.
Điều 1. Phê chuẩn Quyết định khởi tố bị can nêu trên.
Điều 2. Yêu cầu Cơ quan Cảnh sát điều tra tiến hành điều tra theo quy định.`, "\n")

// vietnamese is a font that has every Vietnamese letter; what a system calls Liberation
// Serif may lack most of them.
func vietnamese(t *testing.T) font.Face {
	t.Helper()
	if _, err := exec.LookPath("tesseract"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	f, err := opentype.Parse(letters.Serif())
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 13, DPI: dpi})
	if err != nil {
		t.Fatal(err)
	}
	return face
}

func write300(dst draw.Image, face font.Face, lines []string, x, y int) {
	for i, l := range lines {
		d := font.Drawer{Dst: dst, Src: image.NewUniform(color.Gray{20}), Face: face, Dot: fixed.P(x, y+i*90)}
		d.DrawString(l)
	}
}

func white(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	return m
}

func store(t *testing.T, name string, img image.Image, quality int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".jpg")
	w, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := jpeg.Encode(w, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return file
}

func reader(t *testing.T, opt Options) *Reader {
	t.Helper()
	pool := sandbox.NewPool(1, sandbox.Limits{CPU: 2 * time.Minute})
	t.Cleanup(func() { _ = pool.Close() })
	return New(pool, opt)
}

func TestRead(t *testing.T) {
	face := vietnamese(t)
	r := reader(t, Options{Access: true, Thumb: true})
	page := white(2480, 3508)
	write300(page, face, lines, 330, 400)
	want := strings.Join(lines, "\n")
	for _, c := range []struct {
		name  string
		level degrade.Level
		turn  int // of the picture, clockwise
		cer   float64
	}{
		{"clean", degrade.Clean, 0, 0.01},
		{"medium", degrade.Medium, 0, 0.015},
		{"hard", degrade.Hard, 0, 0.2},
		{"upside down", degrade.Clean, 180, 0.01},
		{"on its right", degrade.Medium, 90, 0.015},
	} {
		t.Run(c.name, func(t *testing.T) {
			img := raster.TurnImage(degrade.Apply(page, c.level, 7), c.turn)
			file := store(t, "page", img, c.level.Quality())
			p, err := r.Read(context.Background(), file, "jpeg", dpi, nil)
			if err != nil {
				t.Fatal(err)
			}
			if e := score.CER(p.Text, want); e > c.cer {
				t.Errorf("CER %.2f %%, want at most %.2f %%:\n%s", 100*e, 100*c.cer, p.Text)
			}
			if p.Rotation != (360-c.turn)%360 || p.Blank || p.Double || p.W != 2480 || p.H != 3508 || p.DPI != dpi {
				t.Errorf("rotation %d, blank %v, double %v, %d × %d at %d dpi", p.Rotation, p.Blank, p.Double, p.W, p.H, p.DPI)
			}
			if p.Hash == 0 || p.Pass == 0 {
				t.Errorf("hash %x, pass %d", p.Hash, p.Pass)
			}
			for path, width := range map[string]int{AccessPath(file): 1240, ThumbPath(file): 200} {
				f, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if m, err := jpeg.DecodeConfig(f); err != nil || m.Width != width || m.Height < m.Width {
					t.Errorf("%s: %v, %d × %d", filepath.Base(path), err, m.Width, m.Height)
				}
			}
		})
	}
}

// The box of a word must lie on the ink of that word on the picture as people see it,
// also when the page leans.
func TestBoxes(t *testing.T) {
	face := vietnamese(t)
	page := white(2480, 3508)
	const x, y = 1700, 2600
	write300(page, face, lines, 330, 400)
	d := font.Drawer{Dst: page, Src: image.Black, Face: face, Dot: fixed.P(x, y)}
	d.DrawString("Nguyễn")
	width := d.Dot.X.Round() - x
	const skew = 3.0
	file := store(t, "page", degrade.Skew(page, skew), 80)
	p, err := reader(t, Options{}).Read(context.Background(), file, "jpeg", dpi, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Skew < skew-0.15 || p.Skew > skew+0.15 {
		t.Errorf("skew %v, want %v", p.Skew, skew)
	}
	// Where the middle of the word went (Back goes the other way by the opposite angle).
	cx, cy := raster.Back(x+float64(width)/2, y-15, 2480, 3508, -skew)
	for _, w := range p.Words {
		b := w.Box
		if w.T == "Nguyễn" && float64(b[0]) < cx && cx < float64(b[2]) && float64(b[1]) < cy && cy < float64(b[3]) {
			if b.W() > width+30 || b.W() < width-15 || b.H() > 90 {
				t.Errorf("box %v of a word %d wide", b, width)
			}
			return
		}
	}
	t.Errorf("no word at %.0f, %.0f in %v", cx, cy, p.Words)
}

func TestBlankAndOwnText(t *testing.T) {
	vietnamese(t)
	r := reader(t, Options{})
	file := store(t, "blank", degrade.Apply(white(2480, 3508), degrade.Clean, 3), 75)
	p, err := r.Read(context.Background(), file, "jpeg", dpi, nil)
	if err != nil || !p.Blank || len(p.Words) != 0 {
		t.Errorf("%v, blank %v, %d words", err, p.Blank, len(p.Words))
	}
	own := []reading.Word{{T: "Viện", Box: reading.Box{1, 2, 3, 4}, C: 100}, {T: "kiểm", C: 100, Line: 1}}
	p, err = r.Read(context.Background(), file, "jpeg", dpi, own)
	if err != nil || p.Blank || p.Text != "Viện\nkiểm" || p.Confidence != 100 || p.Pass != 0 {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestDouble(t *testing.T) {
	face := vietnamese(t)
	sheet := white(4960, 3508)
	write300(sheet, face, lines, 330, 400)
	write300(sheet, face, lines, 2480+330, 700)
	file := store(t, "a3", degrade.Apply(sheet, degrade.Clean, 4), 75)
	s, err := reader(t, Options{Split: true, Access: true}).ReadSheet(context.Background(), file, "jpeg", dpi, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Page.Double || s.Split < 2350 || s.Split > 2800 || len(s.Halves) != 2 {
		t.Fatalf("double %v at %d, %d halves", s.Page.Double, s.Split, len(s.Halves))
	}
	for _, h := range s.Halves {
		if e := score.CER(h.Page.Text, strings.Join(lines, "\n")); e > 0.01 {
			t.Errorf("%s: CER %.2f %%\n%s", h.File, 100*e, h.Page.Text)
		}
		f, err := os.Open(h.File)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if m, err := jpeg.DecodeConfig(f); err != nil || m.Width != h.Page.W || m.Height != 3508 {
			t.Errorf("%s: %v, %d × %d", h.File, err, m.Width, m.Height)
		}
		if _, err := os.Stat(AccessPath(h.File)); err != nil {
			t.Error(err)
		}
		for _, w := range h.Page.Words {
			if w.Box[0] < 0 || w.Box[2] > h.Page.W {
				t.Errorf("box %v outside a page %d wide", w.Box, h.Page.W)
			}
		}
	}
}

func TestBarcodes(t *testing.T) {
	face := vietnamese(t)
	page := white(2480, 3508)
	write300(page, face, lines[:6], 330, 800)
	code := func(w gozxing.Writer, f gozxing.BarcodeFormat, text string, width, height int, at image.Point) {
		m, err := w.Encode(text, f, width, height, nil)
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(page, image.Rectangle{at, at.Add(image.Pt(m.GetWidth(), m.GetHeight()))}, m, image.Point{}, draw.Src)
	}
	code(qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "congminh:tach:hs-2026-0047", 400, 400, image.Pt(300, 200))
	code(oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "BL000125", 560, 130, image.Pt(1700, 220))
	r := reader(t, Options{})
	for turn, l := range map[int]degrade.Level{0: degrade.Medium, 90: degrade.Clean, 180: degrade.Clean} {
		file := store(t, "codes", raster.TurnImage(degrade.Apply(page, l, 5), turn), l.Quality())
		p, err := r.Read(context.Background(), file, "jpeg", dpi, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]reading.Barcode{}
		for _, b := range p.Barcodes {
			got[b.Format] = b
		}
		if got["QR"].Text != "congminh:tach:hs-2026-0047" || got["CODE128"].Text != "BL000125" {
			t.Errorf("%v, turned %d: %v", l, turn, p.Barcodes)
		}
		if b := got["CODE128"].Box; b[0] < 1600 || b[2] > 2400 || b[1] < 120 || b[3] > 460 {
			t.Errorf("%v, turned %d: Code 128 at %v", l, turn, b)
		}
	}
}

func TestRefuses(t *testing.T) {
	vietnamese(t)
	r := reader(t, Options{})
	file := filepath.Join(t.TempDir(), "bad.jpg")
	if err := os.WriteFile(file, []byte("\xff\xd8\xff\xe0 no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(context.Background(), file, "jpeg", dpi, nil); err == nil || !strings.Contains(err.Error(), ErrPicture.Code) {
		t.Errorf("%v, want %s", err, ErrPicture.Code)
	}
	other := reader(t, Options{Language: "xxx"})
	page := white(800, 400)
	write300(page, vietnamese(t), lines[:3], 20, 90)
	if _, err := other.Read(context.Background(), store(t, "p", page, 80), "jpeg", dpi, nil); err == nil || !strings.Contains(err.Error(), ErrNoLanguage.Code) {
		t.Errorf("%v, want %s", err, ErrNoLanguage.Code)
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"QÐ":     "QĐ",
		"QĐÐ":    "QĐ",
		" Viện ": "Viện",
		"đã":     "đã",
		"ðiều":   "điều",
		"\n":     "",
	} {
		if got := tidy(in); got != want {
			t.Errorf("tidy(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	word := func(s string, c, x, y, line int) reading.Word {
		return reading.Word{T: s, C: c, Box: reading.Box{x, y, x + 100, y + 30}, Line: line}
	}
	a := []reading.Word{word("VIỆN", 90, 0, 0, 0), word("KIẾM", 50, 110, 0, 0), word("Số", 90, 0, 50, 1), word("chỉ", 95, 0, 100, 2)}
	b := []reading.Word{word("chi", 60, 2, 101, 0), word("VIỆN", 90, 1, 2, 1), word("KIỂM", 90, 112, 2, 1), word("rác", 99, 900, 300, 2)}
	got, mixed := merge(a, b)
	if want := "VIỆN KIỂM\nSố\nchỉ"; reading.TextOf(got) != want || !mixed {
		t.Errorf("%q, mixed %v, want %q", reading.TextOf(got), mixed, want)
	}
	if got, mixed := merge(a, nil); reading.TextOf(got) != reading.TextOf(a) || mixed {
		t.Errorf("%q, mixed %v", reading.TextOf(got), mixed)
	}
}
