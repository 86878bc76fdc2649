package watermark

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"congminh/internal/kit/font"
)

const who = "Lò Thị Mai – VKSND tỉnh Lào Cai – 28/11/2026 16:20 – Kiểm tra nghiệp vụ – KT-12/2026"

func paper(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for y := 100; y < h-100; y += 40 { // writing
		for x := 80; x < w-80; x++ {
			m.SetGray(x, y, color.Gray{20})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every part of a page that is worth a photograph carries the mark, and what was
// written stays readable.
func TestBurn(t *testing.T) {
	for _, size := range [][2]int{{1240, 1754}, {2480, 1754}, {620, 877}} {
		w, h := size[0], size[1]
		out, err := Burn(bytes.NewReader(paper(t, w, h)), who, font.Serif())
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("CONGMINH_TEST_SHOTS"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, "watermark.jpeg"), out, 0o600)
		}
		m, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		for cy := range 3 {
			for cx := range 3 {
				red, dark := 0, 0
				for y := cy * h / 3; y < (cy+1)*h/3; y++ {
					for x := cx * w / 3; x < (cx+1)*w/3; x++ {
						r, g, _, _ := m.At(x, y).RGBA()
						if r>>8 > g>>8+10 && r>>8 > 100 {
							red++
						}
						if r>>8 < 70 {
							dark++
						}
					}
				}
				if red < w*h/9/300 {
					t.Errorf("%d×%d: part %d,%d carries %d pixels of the mark", w, h, cx, cy, red)
				}
				if dark < w/3 {
					t.Errorf("%d×%d: the writing of part %d,%d is gone", w, h, cx, cy)
				}
			}
		}
	}
}

func TestBurnRefuses(t *testing.T) {
	if _, err := Burn(bytes.NewReader([]byte("%PDF-1.7")), who, font.Serif()); err == nil {
		t.Error("no picture was marked")
	}
	if _, err := Burn(bytes.NewReader(paper(t, 10, 10)), who, []byte("x")); err == nil {
		t.Error("no font was needed")
	}
	// A PNG of 48 bytes that says it is 20,000 × 20,000.
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x4e\x20\x00\x00\x4e\x20\x08\x00\x00\x00\x00"), 0x3d, 0x1c, 0x68, 0x54)
	if _, err := Burn(bytes.NewReader(png), who, font.Serif()); err == nil || errors.Is(err, image.ErrFormat) {
		t.Error(err)
	}
}

func BenchmarkBurn(b *testing.B) {
	m := image.NewGray(image.Rect(0, 0, 1240, 1754))
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, m, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Burn(bytes.NewReader(buf.Bytes()), who, font.Serif()); err != nil {
			b.Fatal(err)
		}
	}
}
