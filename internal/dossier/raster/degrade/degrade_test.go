package degrade

import (
	"hash/fnv"
	"image"
	"image/color"
	"math"
	"testing"
)

func page(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for y := h / 10; y < h*9/10; y += h / 40 {
		for x := w / 8; x < w*7/8; x++ {
			if x%7 < 4 {
				for j := range h / 120 {
					m.SetGray(x, y+j, color.Gray{})
				}
			}
		}
	}
	return m
}

func sum(m image.Image) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(m.(*image.RGBA).Pix)
	return h.Sum64()
}

func TestApply(t *testing.T) {
	src := page(620, 877)
	for _, l := range Levels {
		a, b, c := Apply(src, l, 1), Apply(src, l, 1), Apply(src, l, 2)
		if a.Bounds() != src.Bounds() {
			t.Errorf("%v: size %v, want %v", l, a.Bounds(), src.Bounds())
		}
		if sum(a) != sum(b) {
			t.Errorf("%v: the same seed gave two pictures", l)
		}
		if sum(a) == sum(c) {
			t.Errorf("%v: two seeds gave the same picture", l)
		}
	}
}

// Noise of σ s must have σ s, in the middle of the range where nothing is cut off.
func TestNoise(t *testing.T) {
	src := image.NewGray(image.Rect(0, 0, 300, 300))
	for i := range src.Pix {
		src.Pix[i] = 128
	}
	for _, want := range []float64{3, 9, 20} {
		m := Noise(src, want, 7).(*image.RGBA)
		var s, q float64
		for i := 0; i < len(m.Pix); i += 4 {
			v := float64(m.Pix[i])
			s, q = s+v, q+v*v
		}
		n := float64(len(m.Pix) / 4)
		if got := math.Sqrt(q/n - s*s/n/n); math.Abs(got-want) > 0.15*want {
			t.Errorf("σ %v, want %v", got, want)
		}
	}
}

// A dot right of the middle moves down when the sheet is turned clockwise.
func TestSkew(t *testing.T) {
	src := page(400, 400)
	for i := range src.Pix {
		src.Pix[i] = 255
	}
	for j := -2; j <= 2; j++ {
		for i := -2; i <= 2; i++ {
			src.SetGray(350+i, 200+j, color.Gray{})
		}
	}
	m := Skew(src, 5)
	want := 200 + 150*math.Sin(5*math.Pi/180)
	at, lowest := 0, uint8(255)
	for y := range 400 {
		for x := range 400 {
			if v := m.(*image.RGBA).RGBAAt(x, y).R; v < lowest {
				at, lowest = y, v
			}
		}
	}
	if math.Abs(float64(at)-want) > 3 {
		t.Errorf("the dot is at y %d, want %.0f", at, want)
	}
}
