package sample

import (
	"image"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// press holds the fonts and the shapes of letters already drawn. A page has some
// 2,500 letters and a few hundred shapes; drawing each shape once is what makes
// 200 pages a matter of seconds. It may be used from several goroutines.
type press struct {
	font [faces]*opentype.Font

	mu     sync.Mutex
	buf    sfnt.Buffer
	width  map[glyph]float64 // of a letter at size 1
	shapes map[shape]*stamp
	faces  map[sized]font.Face
	seals  map[sealed]*stamp
}

type glyph struct {
	face face
	r    rune
}

type sized struct {
	face face
	px   int // size in 1/16 pixel
}

type shape struct {
	sized
	r   rune
	sub uint8 // quarter of a pixel
}

type sealed struct {
	text string
	dpi  int
}

// stamp is a mask and where it stands relative to the pen.
type stamp struct {
	at   image.Point
	mask *image.Alpha
}

func newPress() (*press, error) {
	p := &press{
		width: map[glyph]float64{}, shapes: map[shape]*stamp{},
		faces: map[sized]font.Face{}, seals: map[sealed]*stamp{},
	}
	for f := range faces {
		var err error
		if p.font[f], err = f.load(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// measure is the width of text in points.
func (p *press) measure(text string, f face, size float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var w float64
	for _, r := range text {
		w += p.advance(f, r)
	}
	return w * size
}

func (p *press) advance(f face, r rune) float64 {
	k := glyph{f, r}
	w, ok := p.width[k]
	if !ok {
		i, _ := p.font[f].GlyphIndex(&p.buf, r)
		a, err := p.font[f].GlyphAdvance(&p.buf, i, fixed.I(1000), font.HintingNone)
		if err == nil {
			w = float64(a) / 64 / 1000
		}
		p.width[k] = w
	}
	return w
}

func (p *press) shape(f face, px float64, r rune, sub uint8) *stamp {
	k := shape{sized{f, int(px*16 + .5)}, r, sub}
	s, ok := p.shapes[k]
	if ok {
		return s
	}
	face := p.faces[k.sized]
	if face == nil {
		var err error
		face, err = opentype.NewFace(p.font[f], &opentype.FaceOptions{Size: float64(k.px) / 16, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return nil
		}
		p.faces[k.sized] = face
	}
	dr, mask, at, _, ok := face.Glyph(fixed.Point26_6{X: fixed.Int26_6(sub) * 16}, r)
	if ok && !dr.Empty() {
		src := mask.(*image.Alpha)
		m := image.NewAlpha(image.Rect(0, 0, dr.Dx(), dr.Dy()))
		for y := range dr.Dy() {
			o := src.PixOffset(at.X, at.Y+y)
			copy(m.Pix[y*m.Stride:], src.Pix[o:o+dr.Dx()])
		}
		s = &stamp{dr.Min, m}
	}
	p.shapes[k] = s
	return s
}

// text draws one word with its base line at y. All measures are in pixels.
func (p *press) text(dst *image.RGBA, x, y float64, s string, f face, px float64, ink color.RGBA) {
	p.mu.Lock()
	defer p.mu.Unlock()
	yi := int(math.Round(y))
	for _, r := range s {
		xi := math.Floor(x)
		if m := p.shape(f, px, r, uint8((x-xi)*4)); m != nil {
			lay(dst, m.mask, m.at.Add(image.Pt(int(xi), yi)), ink)
		}
		x += p.advance(f, r) * px
	}
}

// lay puts ink on paper through a mask. Ink does not cover what is below it, it
// adds to it: a red seal over a black signature leaves the signature black.
func lay(dst *image.RGBA, mask *image.Alpha, at image.Point, ink color.RGBA) {
	r := mask.Rect.Add(at).Intersect(dst.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		m := mask.Pix[(y-at.Y)*mask.Stride+r.Min.X-at.X:]
		d := dst.Pix[dst.PixOffset(r.Min.X, y):]
		for i := range r.Dx() {
			a := uint32(m[i])
			if a == 0 {
				continue
			}
			q := d[i*4 : i*4+3 : i*4+3]
			q[0] = uint8(uint32(q[0]) * (255*255 - a*(255-uint32(ink.R))) / (255 * 255))
			q[1] = uint8(uint32(q[1]) * (255*255 - a*(255-uint32(ink.G))) / (255 * 255))
			q[2] = uint8(uint32(q[2]) * (255*255 - a*(255-uint32(ink.B))) / (255 * 255))
		}
	}
}

// stroke draws a thick stroke through points, in pixels.
func stroke(dst *image.RGBA, pts [][2]float64, width float64, ink color.RGBA) {
	if len(pts) < 2 {
		return
	}
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range pts {
		x0, y0, x1, y1 = min(x0, p[0]), min(y0, p[1]), max(x1, p[0]), max(y1, p[1])
	}
	at := image.Pt(int(x0-width-1), int(y0-width-1))
	z := vector.NewRasterizer(int(x1+width+2)-at.X, int(y1+width+2)-at.Y)
	for i := 1; i < len(pts); i++ {
		ax, ay := pts[i-1][0]-float64(at.X), pts[i-1][1]-float64(at.Y)
		bx, by := pts[i][0]-float64(at.X), pts[i][1]-float64(at.Y)
		d := math.Hypot(bx-ax, by-ay)
		if d == 0 {
			continue
		}
		nx, ny := -(by-ay)/d*width/2, (bx-ax)/d*width/2
		z.MoveTo(float32(ax+nx), float32(ay+ny))
		z.LineTo(float32(bx+nx), float32(by+ny))
		z.LineTo(float32(bx-nx), float32(by-ny))
		z.LineTo(float32(ax-nx), float32(ay-ny))
		z.ClosePath()
	}
	m := image.NewAlpha(z.Bounds())
	z.Draw(m, m.Rect, image.Opaque, image.Point{})
	lay(dst, m, at, ink)
}

// sealRadius is that of an agency's round seal: 36 mm across.
const sealRadius = 18 * 72 / 25.4

// seal is the mask of a round seal: two rings, a star, the name along the rim.
func (p *press) seal(text string, dpi int) *stamp {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := sealed{text, dpi}
	if s, ok := p.seals[k]; ok {
		return s
	}
	px := float64(dpi) / 72
	r := sealRadius * px
	n := int(2*r) + 4
	c := float64(n) / 2
	m := image.NewAlpha(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			d := math.Hypot(float64(x)+.5-c, float64(y)+.5-c)
			a := max(ring(d, r-px, 1.8*px), ring(d, r*.63, .8*px))
			m.Pix[y*m.Stride+x] = uint8(a * 255)
		}
	}
	z := vector.NewRasterizer(n, n)
	for i := range 5 {
		a := float64(i)*4*math.Pi/5 - math.Pi/2
		x, y := float32(c+r*.28*math.Cos(a)), float32(c+r*.28*math.Sin(a))
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
	size := r * .2
	var total float64
	for _, l := range text {
		total += p.advance(bold, l) * size
	}
	rim := r * .72
	span := min(total/rim, 5.6)
	if total > 0 {
		size *= span * rim / total
	}
	at := -math.Pi/2 - span/2
	for _, l := range text {
		w := p.advance(bold, l) * size
		p.bent(z, l, size, c, rim, at+w/rim/2, w)
		at += w / rim
	}
	ink := image.NewAlpha(m.Rect)
	z.Draw(ink, ink.Rect, image.Opaque, image.Point{})
	for i, a := range ink.Pix {
		m.Pix[i] = max(m.Pix[i], a)
	}
	for i := range m.Pix { // a seal never prints solid
		m.Pix[i] = uint8(int(m.Pix[i]) * 85 / 100)
	}
	s := &stamp{image.Pt(-n/2, -n/2), m}
	p.seals[k] = s
	return s
}

func ring(d, r, w float64) float64 { return max(0, min(1, w/2-math.Abs(d-r)+.5)) }

// bent adds the outline of one letter standing on a circle, at angle a.
func (p *press) bent(z *vector.Rasterizer, l rune, size, c, rim, a, w float64) {
	i, _ := p.font[bold].GlyphIndex(&p.buf, l)
	segs, err := p.font[bold].LoadGlyph(&p.buf, i, fixed.Int26_6(size*64), nil)
	if err != nil {
		return
	}
	sin, cos := math.Sincos(a + math.Pi/2)
	ox, oy := c+rim*math.Cos(a), c+rim*math.Sin(a)
	to := func(q fixed.Point26_6) (float32, float32) {
		x, y := float64(q.X)/64-w/2, float64(q.Y)/64
		return float32(ox + x*cos - y*sin), float32(oy + x*sin + y*cos)
	}
	for _, s := range segs {
		x0, y0 := to(s.Args[0])
		x1, y1 := to(s.Args[1])
		x2, y2 := to(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			z.ClosePath()
			z.MoveTo(x0, y0)
		case sfnt.SegmentOpLineTo:
			z.LineTo(x0, y0)
		case sfnt.SegmentOpQuadTo:
			z.QuadTo(x0, y0, x1, y1)
		case sfnt.SegmentOpCubeTo:
			z.CubeTo(x0, y0, x1, y1, x2, y2)
		}
	}
	z.ClosePath()
}
