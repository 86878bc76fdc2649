// Package degrade makes a clean page picture look like a scan (giả lập bản quét):
// skew, noise, seals, shadows and faded ink, the same for the same seed. Tests,
// the demonstration and the benchmarks make their paper with it.
//
//	level   skew        noise              light             ink and marks                        JPEG
//	Clean   ≤ 0.25°     σ 3                even              –                                    75
//	Medium  0.6–1.0°    σ 9                15 % gradient     red seal on the text                 60
//	Hard    0.9–1.8°    σ 20, salt/pepper  42 %, gutter      faded, blur 1.4, bleed-through,      60
//	                                       shadow            two red seals, a blue signature
//
// Sizes are meant for 300 dpi and scale with the width of the picture, which is
// taken for the short side of an A4 sheet (half an A3 sheet if it is landscape).
package degrade

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
)

// Level is how bad the scan is.
type Level int

// The levels, from a well kept office scanner to a folded copy of a copy.
const (
	Clean Level = iota
	Medium
	Hard
)

// Levels are all levels, the best first.
var Levels = [...]Level{Clean, Medium, Hard}

func (l Level) String() string {
	switch l {
	case Clean:
		return "clean"
	case Medium:
		return "medium"
	case Hard:
		return "hard"
	}
	return fmt.Sprintf("level %d", int(l))
}

// Quality is the JPEG quality the scan is meant to be stored with.
func (l Level) Quality() int {
	if l == Clean {
		return 75
	}
	return 60
}

// Apply returns img as a scanner of this level would have given it, in the same
// size. The same arguments give the same picture on every machine.
func Apply(img image.Image, level Level, seed int64) image.Image {
	s := newSheet(img, seed)
	switch level {
	case Clean:
		s.rotate(s.between(-0.25, 0.25))
		s.noise(3, 0)
	case Medium:
		s.seal(s.between(0.62, 0.78), s.between(0.55, 0.85), 170)
		s.rotate(s.sign() * s.between(0.6, 1.0))
		s.light(0.15, 0)
		s.noise(9, 0)
	case Hard:
		s.bleed(0.10)
		s.fade(0.62)
		s.seal(s.between(0.62, 0.78), s.between(0.6, 0.85), 150)
		s.seal(s.between(0.2, 0.4), s.between(0.25, 0.5), 150)
		s.signature(s.between(0.5, 0.65), s.between(0.7, 0.85))
		s.rotate(s.sign() * s.between(0.9, 1.8))
		s.blur(1.4)
		s.light(0.42, 0.35)
		s.noise(20, 0.004)
	}
	return s.img
}

// Skew returns img turned clockwise by deg degrees about its middle, on white.
func Skew(img image.Image, deg float64) image.Image {
	s := newSheet(img, 0)
	s.rotate(deg)
	return s.img
}

// Noise returns img with grey noise of standard deviation sigma (0–255).
func Noise(img image.Image, sigma float64, seed int64) image.Image {
	s := newSheet(img, seed)
	s.noise(sigma, 0)
	return s.img
}

// sheet is the picture being spoilt. unit is the number of pixels of 1/300 inch.
type sheet struct {
	img  *image.RGBA
	w, h int
	unit float64
	rng  *rand.Rand
}

func newSheet(img image.Image, seed int64) *sheet {
	b := img.Bounds()
	s := &sheet{img: image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy())), w: b.Dx(), h: b.Dy(),
		rng: rand.New(rand.NewPCG(uint64(seed), 0x9e3779b97f4a7c15))}
	draw.Draw(s.img, s.img.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(s.img, s.img.Rect, img, b.Min, draw.Over)
	s.unit = float64(min(s.w, s.h)) / 2480
	return s
}

func (s *sheet) between(a, b float64) float64 { return a + (b-a)*s.rng.Float64() }

func (s *sheet) sign() float64 {
	if s.rng.IntN(2) == 0 {
		return -1
	}
	return 1
}

// rotate turns the picture clockwise, bilinear, white outside.
func (s *sheet) rotate(deg float64) {
	src, dst := s.img.Pix, make([]uint8, len(s.img.Pix))
	sin, cos := math.Sincos(deg * math.Pi / 180)
	cx, cy := float64(s.w-1)/2, float64(s.h-1)/2
	dx, dy := int64(cos*65536), int64(-sin*65536)
	for y := range s.h {
		fx, fy := -cx, float64(y)-cy
		sx := int64((cx + fx*cos + fy*sin) * 65536)
		sy := int64((cy - fx*sin + fy*cos) * 65536)
		for x := range s.w {
			ix, iy, o := int(sx>>16), int(sy>>16), (y*s.w+x)*4
			dst[o], dst[o+1], dst[o+2], dst[o+3] = 255, 255, 255, 255
			if ix >= 0 && iy >= 0 && ix < s.w-1 && iy < s.h-1 {
				u, v, p := int(sx>>8)&255, int(sy>>8)&255, (iy*s.w+ix)*4
				for c := range 3 {
					top := int(src[p+c])*(256-u) + int(src[p+4+c])*u
					low := int(src[p+c+s.w*4])*(256-u) + int(src[p+4+c+s.w*4])*u
					dst[o+c] = uint8((top*(256-v) + low*v) >> 16)
				}
			}
			sx, sy = sx+dx, sy+dy
		}
	}
	s.img.Pix = dst
}

// gauss is a table of the normal distribution, so that noise costs one draw.
func gauss() []int16 {
	const n = 4096
	t := make([]int16, n)
	for i := range t {
		t[i] = int16(math.Round(256 * math.Sqrt2 * math.Erfinv(2*(float64(i)+.5)/n-1)))
	}
	return t
}

// noise adds grey noise; a share pepper of the pixels turns black or white.
func (s *sheet) noise(sigma, pepper float64) {
	t, k, limit := gauss(), int(sigma*256), uint32(pepper*(1<<16))
	for i := 0; i < len(s.img.Pix); i += 4 {
		r := s.rng.Uint32()
		d := int(t[r&4095]) * k >> 16
		p := s.img.Pix[i : i+3 : i+3]
		if r>>16 < limit {
			v := uint8(0)
			if r>>12&1 == 1 {
				v = 255
			}
			p[0], p[1], p[2] = v, v, v
			continue
		}
		for c, v := range p {
			p[c] = uint8(min(255, max(0, int(v)+d)))
		}
	}
}

// light darkens the sheet from one side to the other by up to depth, and the first
// twelfth of its width, where the binding is, by up to gutter.
func (s *sheet) light(depth, gutter float64) {
	sin, cos := math.Sincos(s.between(0, 2*math.Pi))
	reach := (math.Abs(cos)*float64(s.w) + math.Abs(sin)*float64(s.h)) / 2
	fold := make([]float64, s.w)
	for x := range fold {
		fold[x] = 1 - gutter*math.Exp(-float64(x)*12/float64(s.w))
	}
	for y := range s.h {
		a := sin * (float64(y) - float64(s.h)/2)
		row := s.img.Pix[y*s.w*4 : (y+1)*s.w*4]
		for x := range s.w {
			t := (cos*(float64(x)-float64(s.w)/2) + a) / reach
			k := uint32((1 - depth*(t+1)/2) * fold[x] * 65536)
			for c := range 3 {
				row[x*4+c] = uint8(uint32(row[x*4+c]) * k >> 16)
			}
		}
	}
}

// fade leaves the share k of the darkness of the ink.
func (s *sheet) fade(k float64) {
	var t [256]uint8
	for i := range t {
		t[i] = uint8(255 - float64(255-i)*k)
	}
	for i, v := range s.img.Pix {
		if i&3 != 3 {
			s.img.Pix[i] = t[v]
		}
	}
}

// bleed lets the other side of the sheet show through: the same page mirrored,
// moved and blurred, at the given share of its darkness.
func (s *sheet) bleed(share float64) {
	back := &sheet{img: image.NewRGBA(s.img.Rect), w: s.w, h: s.h, unit: s.unit}
	shift := int(s.between(20, 60) * s.unit)
	for y := range s.h {
		from := s.img.Pix[(y+shift)%s.h*s.w*4:]
		to := back.img.Pix[y*s.w*4:]
		for x := range s.w {
			copy(to[x*4:x*4+4], from[(s.w-1-x)*4:])
		}
	}
	back.blur(2.5)
	k := int(share * 256)
	for i, v := range back.img.Pix {
		if i&3 != 3 {
			s.img.Pix[i] = uint8(max(0, int(s.img.Pix[i])-int(255-v)*k>>8))
		}
	}
}

// blur is a Gaussian of standard deviation sigma pixels at 300 dpi.
func (s *sheet) blur(sigma float64) {
	sigma *= s.unit
	r := int(math.Ceil(sigma * 2.5))
	k, sum := make([]int, 2*r+1), 0
	for i := range k {
		k[i] = int(65536 * math.Exp(-float64((i-r)*(i-r))/(2*sigma*sigma)))
		sum += k[i]
	}
	for i := range k {
		k[i] = k[i] * 65536 / sum
	}
	tmp := make([]uint8, len(s.img.Pix))
	line := func(dst, src []uint8, n, step int) {
		for i := range n {
			var a [3]int
			for j, w := range k {
				p := min(n-1, max(0, i+j-r)) * step
				a[0] += w * int(src[p])
				a[1] += w * int(src[p+1])
				a[2] += w * int(src[p+2])
			}
			o := i * step
			dst[o], dst[o+1], dst[o+2], dst[o+3] = uint8(min(255, a[0]>>16)), uint8(min(255, a[1]>>16)), uint8(min(255, a[2]>>16)), 255
		}
	}
	for y := range s.h {
		line(tmp[y*s.w*4:], s.img.Pix[y*s.w*4:], s.w, 4)
	}
	for x := range s.w {
		line(s.img.Pix[x*4:], tmp[x*4:], s.h, s.w*4)
	}
}

var (
	red  = color.RGBA{205, 35, 45, 255}
	blue = color.RGBA{35, 55, 165, 255}
)

// ink lays colour c over a pixel, as ink does: it can only make it darker.
func (s *sheet) ink(x, y int, c color.RGBA, alpha float64) {
	if x < 0 || y < 0 || x >= s.w || y >= s.h {
		return
	}
	p := s.img.Pix[(y*s.w+x)*4:]
	for i, v := range [3]uint8{c.R, c.G, c.B} {
		p[i] = uint8(float64(p[i]) * (1 - alpha*float64(255-v)/255))
	}
}

// seal presses a round red seal of the given radius (at 300 dpi), its middle at the
// shares fx, fy of the sheet: two rings, a star, and marks where the letters are.
// The pressure is uneven, so part of it is pale.
func (s *sheet) seal(fx, fy, radius float64) {
	r, cx, cy := radius*s.unit, fx*float64(s.w), fy*float64(s.h)
	turn, pale := s.between(0, 2*math.Pi), s.between(0, 2*math.Pi)
	for y := int(cy - r); y <= int(cy+r); y++ {
		for x := int(cx - r); x <= int(cx+r); x++ {
			dx, dy := (float64(x)-cx)/r, (float64(y)-cy)/r
			d, a := math.Hypot(dx, dy), math.Atan2(dy, dx)
			mod := math.Mod(a+turn+4*math.Pi, 2*math.Pi)
			letter := math.Mod(mod*18/math.Pi, 1)
			on := d > 0.95 && d <= 1 || d > 0.60 && d < 0.63 ||
				d > 0.70 && d < 0.88 && letter < 0.55 && (math.Mod(d*40, 1.6) < 0.8 || letter < 0.18) ||
				d < 0.35*(0.55+0.45*math.Cos(5*(a+math.Pi/2)))
			if on {
				s.ink(x, y, red, 0.85*(0.75+0.25*math.Cos(a-pale)))
			}
		}
	}
}

// signature draws a blue scrawl beginning at the shares fx, fy of the sheet.
func (s *sheet) signature(fx, fy float64) {
	x, y := fx*float64(s.w), fy*float64(s.h)
	for range 5 {
		var p [4][2]float64
		for i := range p {
			p[i] = [2]float64{x + s.between(-40, 240)*s.unit, y + s.between(-130, 130)*s.unit}
		}
		p[0] = [2]float64{x, y}
		for t := 0.0; t <= 1; t += 1.0 / 900 {
			u := 1 - t
			bx := u*u*u*p[0][0] + 3*u*u*t*p[1][0] + 3*u*t*t*p[2][0] + t*t*t*p[3][0]
			by := u*u*u*p[0][1] + 3*u*u*t*p[1][1] + 3*u*t*t*p[2][1] + t*t*t*p[3][1]
			w := int(math.Ceil(2.5 * s.unit))
			for j := -w; j <= w; j++ {
				for i := -w; i <= w; i++ {
					if i*i+j*j <= w*w {
						s.ink(int(bx)+i, int(by)+j, blue, 0.5)
					}
				}
			}
		}
		x, y = p[3][0], p[3][1]
	}
}
