package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"congminh/internal/dossier/raster/degrade"
)

func random(w, h int, seed uint64) *Gray {
	g, r := New(w, h), rand.New(rand.NewPCG(seed, 1))
	for i := range g.Pix {
		g.Pix[i] = uint8(r.Uint32())
	}
	return g
}

func near(t *testing.T, got, want *Gray, tolerance int) {
	t.Helper()
	if got.W != want.W || got.H != want.H {
		t.Fatalf("size %d × %d, want %d × %d", got.W, got.H, want.W, want.H)
	}
	for i := range want.Pix {
		if d := int(got.Pix[i]) - int(want.Pix[i]); d > tolerance || d < -tolerance {
			t.Fatalf("at %d, %d: %d, want %d", i%want.W, i/want.W, got.Pix[i], want.Pix[i])
		}
	}
}

// around gathers the pixels (x+i, y+j), the edge repeated.
func around(g *Gray, x, y, r int) (v []int) {
	for j := -r; j <= r; j++ {
		for i := -r; i <= r; i++ {
			v = append(v, int(g.Pix[min(g.H-1, max(0, y+j))*g.W+min(g.W-1, max(0, x+i))]))
		}
	}
	return v
}

func TestMedian(t *testing.T) {
	for _, size := range [][2]int{{3, 3}, {8, 5}, {17, 9}, {64, 40}, {101, 33}} {
		src, got := random(size[0], size[1], 5), &Gray{}
		Median(got, src)
		want := New(src.W, src.H)
		for y := range src.H {
			for x := range src.W {
				v := around(src, x, y, 1)
				slices.Sort(v)
				want.Pix[y*src.W+x] = uint8(v[4])
			}
		}
		near(t, got, want, 1)
	}
}

func TestBlur(t *testing.T) {
	src, got := random(77, 31, 6), &Gray{}
	Blur(got, src, &Gray{})
	k := [5]int{1, 4, 6, 4, 1}
	for y := 2; y < src.H-2; y++ {
		for x := 2; x < src.W-2; x++ {
			v, s := around(src, x, y, 2), 0
			for i, p := range v {
				s += p * k[i%5] * k[i/5]
			}
			if d := int(got.Pix[y*src.W+x]) - s/256; d < -2 || d > 2 {
				t.Fatalf("at %d, %d: off by %d", x, y, d)
			}
		}
	}
}

func TestScale(t *testing.T) {
	src := random(300, 240, 7)
	mean := func(g *Gray) (s float64) {
		for _, v := range g.Pix {
			s += float64(v)
		}
		return s / float64(len(g.Pix))
	}
	for _, size := range [][2]int{{200, 160}, {150, 120}, {299, 239}, {100, 80}, {37, 29}, {300, 240}, {600, 480}} {
		got := &Gray{}
		Scale(got, src, size[0], size[1])
		if got.W != size[0] || got.H != size[1] {
			t.Errorf("%v: size %d × %d", size, got.W, got.H)
		}
		if d := mean(got) - mean(src); math.Abs(d) > 1.5 {
			t.Errorf("%v: the mean moved by %.2f", size, d)
		}
	}
	half, want := &Gray{}, New(150, 120)
	Scale(half, src, 150, 120)
	halve(want, src)
	near(t, half, want, 1)
}

func TestTurn(t *testing.T) {
	src := random(45, 70, 8)
	for _, deg := range []int{0, 90, 180, 270} {
		a, b := &Gray{}, &Gray{}
		Turn(a, src, deg)
		Turn(b, a, (360-deg)%360)
		near(t, b, src, 0)
	}
	a := &Gray{}
	Turn(a, src, 90)
	if a.Pix[a.W-1] != src.Pix[0] { // the top left corner goes to the top right
		t.Error("90 degrees are not clockwise")
	}
	for _, img := range []image.Image{src.Image(), image.NewYCbCr(image.Rect(0, 0, 40, 60), image.YCbCrSubsampleRatio420)} {
		if got := TurnImage(img, 90).Bounds(); got.Dx() != img.Bounds().Dy() {
			t.Errorf("%T: bounds %v after a quarter", img, got)
		}
	}
	rgba := image.NewRGBA(image.Rect(0, 0, 3, 2))
	rgba.Set(0, 0, color.RGBA{200, 1, 2, 255})
	for deg, at := range map[int]image.Point{90: {1, 0}, 180: {2, 1}, 270: {0, 2}} {
		if r, _, _, _ := TurnImage(rgba, deg).At(at.X, at.Y).RGBA(); r>>8 != 200 {
			t.Errorf("%d degrees: the corner is not at %v", deg, at)
		}
	}
}

// A point must come back to where it was, and the picture with it.
func TestRotate(t *testing.T) {
	src := New(400, 300)
	for i := range src.Pix {
		src.Pix[i] = 255
	}
	for _, p := range []image.Point{{60, 40}, {350, 150}, {200, 250}} {
		for j := -2; j <= 2; j++ {
			for i := -2; i <= 2; i++ {
				src.Pix[(p.Y+j)*src.W+p.X+i] = 0
			}
		}
		dst := &Gray{}
		Rotate(dst, src, 4)
		var sx, sy, n float64
		for i, v := range dst.Pix {
			if v < 100 {
				sx, sy, n = sx+float64(i%dst.W), sy+float64(i/dst.W), n+1
			}
		}
		x, y := Back(sx/n, sy/n, src.W, src.H, 4)
		if math.Hypot(x-float64(p.X), y-float64(p.Y)) > 1.5 {
			t.Errorf("%v came back at %.1f, %.1f", p, x, y)
		}
		for j := -2; j <= 2; j++ {
			for i := -2; i <= 2; i++ {
				src.Pix[(p.Y+j)*src.W+p.X+i] = 255
			}
		}
	}
}

// Print must not count as speckle, at any level but the one that has it.
func TestSpecks(t *testing.T) {
	src := sheet(1240, 1754, 300, 4)
	for l, want := range map[degrade.Level]bool{degrade.Clean: false, degrade.Medium: false, degrade.Hard: true} {
		g := &Gray{}
		Red(g, degrade.Apply(src, l, 4))
		if s := Specks(g); s > 0.001 != want {
			t.Errorf("%v: %.5f", l, s)
		}
	}
}

func TestFlatten(t *testing.T) {
	g := New(600, 800)
	for y := range g.H {
		for x := range g.W {
			v := 120 + x/6
			if y%30 < 6 && x%9 < 4 {
				v /= 4
			}
			g.Pix[y*g.W+x] = uint8(v)
		}
	}
	Flatten(g)
	for y := 20; y < g.H-20; y += 30 { // between the lines
		for x := 72; x < g.W-72; x++ { // at the edge the slope is not seen
			if v := g.Pix[y*g.W+x]; v < Paper-14 || v > Paper+10 {
				t.Fatalf("paper at %d, %d is %d", x, y, v)
			}
		}
	}
}

func TestSauvola(t *testing.T) {
	src, got := random(90, 60, 9), &Gray{}
	Sauvola(got, src, 15, 0.2)
	for y := 7; y < src.H-7; y++ {
		for x := 7; x < src.W-7; x++ {
			s, q := 0.0, 0.0
			for _, v := range around(src, x, y, 7) {
				s, q = s+float64(v), q+float64(v*v)
			}
			m := s / 225
			limit := m * (1 + 0.2*(math.Sqrt(q/225-m*m)/128-1))
			v := float64(src.Pix[y*src.W+x])
			if math.Abs(v-limit) > 0.01 && (got.Pix[y*src.W+x] == 255) != (v > limit) {
				t.Fatalf("at %d, %d: %v against %v", x, y, v, limit)
			}
		}
	}
}

func TestOtsu(t *testing.T) {
	g := New(100, 100)
	for i := range g.Pix {
		g.Pix[i] = uint8(200 + i%20)
		if i%5 == 0 {
			g.Pix[i] = uint8(30 + i%20)
		}
	}
	if v := Otsu(g); v < 45 || v >= 200 {
		t.Errorf("Otsu %d", v)
	}
}

// sheet sets a page of w × h pixels at dpi with lines of made-up words; a seed is a text.
func sheet(w, h, dpi int, seed uint64, columns ...image.Rectangle) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 13, DPI: float64(dpi)})
	if err != nil {
		panic(err)
	}
	if columns == nil {
		columns = []image.Rectangle{image.Rect(w*14/100, h*8/100, w*92/100, h*92/100)}
	}
	r := rand.New(rand.NewPCG(seed, 2))
	for _, c := range columns {
		d := font.Drawer{Dst: m, Src: image.Black, Face: face}
		x, y := fixed.I(c.Min.X), fixed.I(c.Min.Y)
		for y < fixed.I(c.Max.Y) {
			word := make([]byte, 1+r.IntN(6))
			for i := range word {
				word[i] = "nhctgiaoeukmlbdvprsxy"[r.IntN(21)]
			}
			adv := d.MeasureString(string(word) + " ")
			if x+adv > fixed.I(c.Max.X) || r.IntN(60) == 0 { // full, or the end of a paragraph
				x, y = fixed.I(c.Min.X), y+fixed.I(dpi*13*3/2/72)
				continue
			}
			d.Dot = fixed.Point26_6{X: x, Y: y}
			d.DrawString(string(word))
			x += adv
		}
	}
	return m
}

// cleaned is a picture as the reader has it before it looks for anything.
func cleaned(img image.Image, turn int, skew float64) *Gray {
	a, b := &Gray{}, &Gray{}
	Red(a, img)
	Median(b, a)
	Blur(a, b, &Gray{})
	Flatten(a)
	Turn(b, a, turn)
	Rotate(a, b, -skew)
	return a
}

const dpi = 150 // of the test sheets

func a4(seed uint64) *image.Gray { return sheet(1240, 1754, dpi, seed) }

func TestSkew(t *testing.T) {
	for _, want := range []float64{-6.5, -3.1, -1.2, -0.4, 0, 0.15, 0.7, 1.8, 4.9} {
		m := InkOf(cleaned(degrade.Noise(degrade.Skew(a4(3), want), 9, 1), 0, 0), dpi)
		if got := m.Skew(); math.Abs(got-want) > 0.1 {
			t.Errorf("skew %v, want %v", got, want)
		}
	}
}

func TestUpright(t *testing.T) {
	for seed := range uint64(4) {
		for _, l := range degrade.Levels {
			img := degrade.Apply(a4(seed), l, int64(seed))
			up, side := InkOf(cleaned(img, 0, 0), dpi).Upright(), InkOf(cleaned(img, 90, 0), dpi).Upright()
			if up < 1.3 || side > 1/1.3 {
				t.Errorf("%v %d: upright %.2f, on its side %.2f", l, seed, up, side)
			}
			t.Logf("%v %d: upright %.2f, on its side %.2f", l, seed, up, side)
		}
	}
}

func TestBlank(t *testing.T) {
	white := func() *image.RGBA {
		m := image.NewRGBA(image.Rect(0, 0, 1240, 1754))
		draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
		return m
	}
	disc := func(m *image.RGBA, cx, cy, r int) {
		for y := -r; y <= r; y++ {
			for x := -r; x <= r; x++ {
				if x*x+y*y <= r*r {
					m.Set(cx+x, cy+y, color.Gray{20})
				}
			}
		}
	}
	holes := white()
	disc(holes, 70, 640, 18)
	disc(holes, 70, 1110, 18)
	border := white()
	draw.Draw(border, image.Rect(0, 0, 40, 1754), image.Black, image.Point{}, draw.Src)
	draw.Draw(border, image.Rect(0, 1700, 1240, 1754), image.Black, image.Point{}, draw.Src)
	back := degrade.Apply(a4(1), degrade.Clean, 1)
	through := white()
	for y := range 1754 { // the other side at 12 %
		for x := range 1240 {
			r, _, _, _ := back.At(1239-x, y).RGBA()
			v := uint8(255 - (255-r>>8)*12/100)
			through.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	line := white()
	draw.Draw(line, image.Rect(200, 200, 1100, 300), sheet(900, 100, dpi, 4, image.Rect(10, 50, 600, 60)), image.Point{}, draw.Src)
	for name, c := range map[string]struct {
		img  image.Image
		want bool
	}{
		"white":         {white(), true},
		"holes":         {holes, true},
		"black borders": {border, true},
		"bleed-through": {through, true},
		"one line":      {line, false},
		"page":          {a4(2), false},
	} {
		for _, sigma := range []float64{0, 9, 20} {
			m := InkOf(cleaned(degrade.Noise(c.img, sigma, 3), 0, 0), dpi)
			if m.Blank() != c.want {
				t.Errorf("%s, noise %v: blank %v, marks %v", name, sigma, m.Blank(), m.Marks()[:min(5, len(m.Marks()))])
			}
		}
	}
}

func TestDouble(t *testing.T) {
	const w, h = 2480, 1754
	two := sheet(w, h, dpi, 1, image.Rect(180, 140, 1120, 1600), image.Rect(1420, 140, 2360, 1600))
	wide := sheet(w, h, dpi, 2, image.Rect(180, 140, 2300, 1600))
	for name, c := range map[string]struct {
		img  image.Image
		want bool
	}{"two pages": {two, true}, "one wide page": {wide, false}, "upright": {a4(1), false}} {
		for _, l := range []degrade.Level{degrade.Clean, degrade.Medium} {
			raw := cleaned(degrade.Apply(c.img, l, 5), 0, 0)
			skew := InkOf(raw, dpi).Skew()
			straight := &Gray{}
			Rotate(straight, raw, -skew)
			x, ok := InkOf(straight, dpi).Double()
			if ok != c.want || ok && (x < 1150 || x > 1400) {
				t.Errorf("%s, %v: double %v at %d", name, l, ok, x)
			}
		}
	}
}

// Two scans of one sheet must be nearer than any two sheets.
func TestHash(t *testing.T) {
	const sheets = 8
	hash := func(img image.Image) uint64 {
		raw := cleaned(img, 0, 0)
		straight := &Gray{}
		Rotate(straight, raw, -InkOf(raw, dpi).Skew())
		return InkOf(straight, dpi).Hash()
	}
	same, other := 0, 64
	var first []uint64
	for seed := range uint64(sheets) {
		src := a4(seed)
		a := hash(degrade.Apply(src, degrade.Clean, int64(seed)))
		for _, l := range degrade.Levels[:2] {
			same = max(same, Distance(a, hash(degrade.Apply(src, l, int64(seed)+100))))
		}
		for _, b := range first {
			other = min(other, Distance(a, b))
		}
		first = append(first, a)
	}
	t.Logf("the same sheet differs in at most %d bits, others in at least %d", same, other)
	if same > 8 || other < 14 {
		t.Errorf("the same sheet differs in %d bits, others in %d", same, other)
	}
}

func TestRed(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			switch {
			case y < 16:
				m.Set(x, y, color.RGBA{220, 40, 40, 255}) // seal
			case y < 32:
				m.Set(x, y, color.RGBA{30, 50, 160, 255}) // pen
			case y < 48:
				m.Set(x, y, color.RGBA{20, 20, 20, 255}) // print
			default:
				m.Set(x, y, color.White)
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	img, err := Decode(b.Bytes(), "jpeg")
	if err != nil {
		t.Fatal(err)
	}
	flat := image.NewPaletted(m.Rect, color.Palette{color.White, color.RGBA{220, 40, 40, 255}, color.RGBA{30, 50, 160, 255}, color.RGBA{20, 20, 20, 255}})
	draw.Draw(flat, flat.Rect, m, image.Point{}, draw.Src)
	b.Reset()
	if err := png.Encode(&b, flat); err != nil {
		t.Fatal(err)
	}
	palette, err := Decode(b.Bytes(), "png")
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range []image.Image{m, img, palette} {
		g := &Gray{}
		Red(g, img)
		for y, want := range map[int]int{8: 220, 24: 30, 40: 20, 56: 255} {
			if got := int(g.Pix[y*64+32]); got < want-12 || got > want+12 {
				t.Errorf("%T row %d: %d, want %d", img, y, got, want)
			}
		}
		if c := Coloured(img); c < 0.4 || c > 0.6 {
			t.Errorf("%T: coloured %.2f, want a half", img, c)
		}
	}
}

func TestShrinkAndHalves(t *testing.T) {
	src := image.NewYCbCr(image.Rect(0, 0, 101, 63), image.YCbCrSubsampleRatio420)
	for i := range src.Y {
		src.Y[i] = 77
	}
	small := Shrink(src, 50, 31)
	if small.Bounds().Dx() != 50 || small.(*image.YCbCr).Y[700] != 77 {
		t.Error("wrong copy")
	}
	l, r := Halves(src, 40)
	if l.Bounds().Dx() != 40 || r.Bounds().Dx() != 61 {
		t.Errorf("halves %v and %v", l.Bounds(), r.Bounds())
	}
	if s := Shrink(r, 30, 31); s.(*image.YCbCr).Y[100] != 77 {
		t.Error("wrong copy of a half")
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data   []byte
		format string
	}{
		"empty":     {nil, "jpeg"},
		"cut off":   {[]byte{0xff, 0xd8, 0xff, 0xe0, 0, 16}, "jpeg"},
		"not known": {[]byte("GIF89a"), "gif"},
		"not a PNG": {[]byte("GIF89a"), "png"},
		"not TIFF":  {[]byte("II*\x00\xff\xff\xff\xff"), "tiff"},
	} {
		if _, err := Decode(c.data, c.format); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkPage(b *testing.B) { // A4 at 300 dpi, colour JPEG
	var file bytes.Buffer
	if err := jpeg.Encode(&file, degrade.Apply(sheet(2480, 3508, 300, 1), degrade.Medium, 1), &jpeg.Options{Quality: 60}); err != nil {
		b.Fatal(err)
	}
	img, err := Decode(file.Bytes(), "jpeg")
	if err != nil {
		b.Fatal(err)
	}
	full, med, small, blurred, tmp := &Gray{}, &Gray{}, &Gray{}, &Gray{}, &Gray{}
	Red(full, img)
	Median(med, full)
	Scale(small, med, 1654, 2339)
	Blur(blurred, small, tmp)
	ink := InkOf(blurred, 200)
	for _, s := range []struct {
		name string
		do   func()
	}{
		{"decode", func() { _, err = Decode(file.Bytes(), "jpeg") }},
		{"red", func() { Red(full, img) }},
		{"median", func() { Median(med, full) }},
		{"scale", func() { Scale(small, med, 1654, 2339) }},
		{"blur", func() { Blur(blurred, small, tmp) }},
		{"flatten", func() { Flatten(blurred) }},
		{"ink", func() { ink = InkOf(blurred, 200) }},
		{"skew", func() { ink.Skew() }},
		{"upright", func() { ink.Upright() }},
		{"hash", func() { ink.Hash() }},
		{"blank", func() { ink.Blank() }},
		{"rotate", func() { Rotate(tmp, blurred, 0.8) }},
		{"sauvola", func() { Sauvola(tmp, blurred, 51, 0.2) }},
		{"coloured", func() { Coloured(img) }},
		{"shrink", func() { Shrink(img, 1240, 1754) }},
	} {
		b.Run(fmt.Sprint(s.name), func(b *testing.B) {
			for b.Loop() {
				s.do()
			}
		})
	}
}
