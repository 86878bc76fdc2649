package sample

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"congminh/internal/dossier/reading"
)

// A4, in points.
const (
	a4w = 595.3
	a4h = 841.9
)

var (
	black = color.RGBA{25, 25, 28, 255}
	red   = color.RGBA{214, 30, 48, 255}
	blue  = color.RGBA{30, 48, 160, 255}
	grey  = color.RGBA{120, 120, 120, 255}
	paper = [3]uint8{252, 251, 247}
)

// Page is one side of a sheet as it would come from the scanner, and what it says.
type Page struct {
	N      int     // place in the file, from 1
	Doc    int     // index of its document in File.Docs
	W, H   float64 // size upright, in points
	Turn   int     // clockwise turn of the picture against upright: 0, 90, 180, 270
	Blank  bool    // an empty back side
	Double bool    // two A4 pages side by side
	CopyOf int     // N of the page of which this is a second scan, or 0
	Folio  int     // number on the folio label, or 0
	Text   string  // what is written on it, line by line

	press *press
	items []item
	line  int
}

// item is something on a page, measured in points from the upper left corner.
type item struct {
	kind       thing
	x, y, w, h float64 // of a word: start of the base line, width, size
	text       string
	face       face
	ink        color.RGBA
	line       int
	seed       uint64
	bars       bars
	quiet      bool // drawn, but no part of the text (seal rim, lines)
}

type thing int

const (
	aWord thing = iota
	aRule
	aSeal
	aScrawl
	aPhoto
	aBars
	aStampBox
)

// Size is the size of the picture at dpi, as it lies in the scan.
func (p *Page) Size(dpi int) (w, h int) {
	w, h = int(math.Round(p.W*float64(dpi)/72)), int(math.Round(p.H*float64(dpi)/72))
	if p.Turn%180 != 0 {
		w, h = h, w
	}
	return w, h
}

// Render draws the page.
func (p *Page) Render(dpi int) *image.RGBA {
	k := float64(dpi) / 72
	img := image.NewRGBA(image.Rect(0, 0, int(math.Round(p.W*k)), int(math.Round(p.H*k))))
	row := img.Pix[:img.Stride]
	for i := 0; i < len(row); i += 4 {
		row[i], row[i+1], row[i+2], row[i+3] = paper[0], paper[1], paper[2], 255
	}
	for y := 1; y < img.Rect.Dy(); y++ {
		copy(img.Pix[y*img.Stride:], row)
	}
	for _, it := range p.items {
		switch it.kind {
		case aWord:
			p.press.text(img, it.x*k, it.y*k, it.text, it.face, it.h*k, it.ink)
		case aRule:
			stroke(img, [][2]float64{{it.x * k, it.y * k}, {(it.x + it.w) * k, (it.y + it.h) * k}}, max(1, .8*k), it.ink)
		case aStampBox:
			x, y, w, h := it.x*k, it.y*k, it.w*k, it.h*k
			stroke(img, [][2]float64{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}, 1.2*k, it.ink)
		case aSeal:
			s := p.press.seal(it.text, dpi)
			lay(img, s.mask, image.Pt(int(it.x*k), int(it.y*k)).Add(s.at), it.ink)
		case aScrawl:
			stroke(img, scrawl(it, k), 1.1*k, it.ink)
		case aPhoto:
			photo(img, it, k)
		case aBars:
			drawBars(img, it, k)
		}
	}
	return turn(img, p.Turn)
}

// Reading is the page as a faultless reader would have read it at dpi. Columns of
// the head and of the signatures stand one after the other, as readers give them.
func (p *Page) Reading(dpi int) reading.Page {
	k := float64(dpi) / 72
	out := reading.Page{
		N: p.N, W: int(math.Round(p.W * k)), H: int(math.Round(p.H * k)), DPI: dpi,
		Rotation: (360 - p.Turn) % 360, Blank: p.Blank, Double: p.Double, Text: p.Text, Pass: 1,
	}
	for _, it := range p.items {
		switch {
		case it.kind == aBars:
			format := "QR"
			if it.bars.h == 1 {
				format = "CODE128"
			}
			out.Barcodes = append(out.Barcodes, reading.Barcode{Format: format, Text: it.text,
				Box: reading.Box{int(it.x * k), int(it.y * k), int((it.x + it.w) * k), int((it.y + it.h) * k)}})
		case it.kind == aWord && !it.quiet:
			out.Words = append(out.Words, reading.Word{T: it.text, C: 96, Line: it.line, Box: reading.Box{
				int(it.x * k), int((it.y - .75*it.h) * k), int(math.Ceil((it.x + it.w) * k)), int(math.Ceil((it.y + .22*it.h) * k))}})
		}
	}
	if len(out.Words) > 0 {
		out.Confidence = 96
	}
	return out
}

// settle writes Text from the words.
func (p *Page) settle() {
	p.Text = reading.TextOf(p.Reading(72).Words)
}

// beside returns the sheet on which a lies left and b right.
func beside(a, b *Page) *Page {
	s := &Page{W: a.W + b.W, H: a.H, Double: true, press: a.press, line: a.line}
	s.items = append(s.items, a.items...)
	for _, it := range b.items {
		it.x += a.W
		it.line += a.line
		s.items = append(s.items, it)
	}
	s.line += b.line
	return s
}

func turn(img *image.RGBA, by int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if by == 0 {
		return img
	}
	ow, oh := w, h
	if by%180 != 0 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range h {
		for x := range w {
			var u, v int
			switch by {
			case 90:
				u, v = h-1-y, x
			case 180:
				u, v = w-1-x, h-1-y
			default:
				u, v = y, w-1-x
			}
			copy(out.Pix[v*out.Stride+u*4:][:4], img.Pix[y*img.Stride+x*4:][:4])
		}
	}
	return out
}

// scrawl is a signature: loops that lean to the right.
func scrawl(it item, k float64) [][2]float64 {
	r := rand.New(rand.NewPCG(it.seed, 7))
	a, b, c := 2+r.Float64()*3, 5+r.Float64()*6, r.Float64()*6
	var pts [][2]float64
	for i := range 140 {
		t := float64(i) / 139
		x := it.x + it.w*(t+.08*math.Sin(b*t*2*math.Pi))
		y := it.y - it.h*(.5+.45*math.Sin(a*t*2*math.Pi+c)*(1-.6*t)) + it.h*.2*t
		pts = append(pts, [2]float64{x * k, y * k})
	}
	return pts
}

// photo fills a rectangle with something like a picture of a place: sky, ground, a
// few bodies, grain.
func photo(img *image.RGBA, it item, k float64) {
	r := rand.New(rand.NewPCG(it.seed, 11))
	box := image.Rect(int(it.x*k), int(it.y*k), int((it.x+it.w)*k), int((it.y+it.h)*k)).Intersect(img.Rect)
	type body struct{ x, y, w, h, v float64 }
	var bodies []body
	for range 5 + r.IntN(6) {
		bodies = append(bodies, body{r.Float64(), .35 + r.Float64()*.6, .05 + r.Float64()*.2, .05 + r.Float64()*.3, 30 + r.Float64()*170})
	}
	horizon := .25 + r.Float64()*.25
	tint := [3]float64{.9 + r.Float64()*.2, .9 + r.Float64()*.15, .8 + r.Float64()*.2}
	noise := r.Uint32() | 1
	for y := box.Min.Y; y < box.Max.Y; y++ {
		v := float64(y-box.Min.Y) / float64(box.Dy())
		for x := box.Min.X; x < box.Max.X; x++ {
			u := float64(x-box.Min.X) / float64(box.Dx())
			l := 205 - 60*v
			if v > horizon {
				l = 120 - 50*(v-horizon) + 14*math.Sin(u*40+v*25)
			}
			for _, b := range bodies {
				if math.Abs(u-b.x) < b.w/2 && math.Abs(v-b.y) < b.h/2 {
					l = b.v + 30*(u-b.x)/b.w
				}
			}
			noise ^= noise << 13
			noise ^= noise >> 17
			noise ^= noise << 5
			l += float64(noise&15) - 8
			o := img.PixOffset(x, y)
			for c := range 3 {
				img.Pix[o+c] = uint8(max(0, min(255, l*tint[c])))
			}
		}
	}
}

func drawBars(img *image.RGBA, it item, k float64) {
	box := image.Rect(int(it.x*k), int(it.y*k), int((it.x+it.w)*k), int((it.y+it.h)*k)).Intersect(img.Rect)
	// Whole pixels for every bar: a code that is stretched unevenly cannot be read.
	unit := max(1, box.Dx()/it.bars.w)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		by := (y - box.Min.Y) / unit
		if it.bars.h == 1 {
			by = 0
		}
		if by >= it.bars.h {
			break
		}
		for bx := range it.bars.w {
			if !it.bars.bit[by*it.bars.w+bx] {
				continue
			}
			for x := box.Min.X + bx*unit; x < min(box.Min.X+(bx+1)*unit, box.Max.X); x++ {
				o := img.PixOffset(x, y)
				img.Pix[o], img.Pix[o+1], img.Pix[o+2] = 20, 20, 20
			}
		}
	}
}

// composer sets a document, page after page.
type composer struct {
	press  *press
	pages  []*Page
	y      float64
	size   float64
	number bool // print page numbers from the second page on
	seed   *rand.Rand
}

const (
	left   = 85.0 // 30 mm: the side that is bound
	right  = a4w - 48
	top    = 60.0
	bottom = a4h - 62
)

func (c *composer) page() *Page {
	if len(c.pages) == 0 {
		c.feed()
	}
	return c.pages[len(c.pages)-1]
}

// feed takes a new sheet.
func (c *composer) feed() {
	p := &Page{W: a4w, H: a4h, press: c.press}
	c.pages = append(c.pages, p)
	c.y = top
	if c.number && len(c.pages) > 1 {
		c.put(strconv.Itoa(len(c.pages)), (left+right)/2, 42, regular, 13, centre, black)
	}
}

// room makes sure that h points are free on this page.
func (c *composer) room(h float64) {
	c.page()
	if c.y+h > bottom {
		c.feed()
	}
}

type align int

const (
	start align = iota
	centre
	end
)

// put writes one line, unbroken.
func (c *composer) put(text string, x, y float64, f face, size float64, a align, ink color.RGBA) float64 {
	p := c.page()
	w := c.press.measure(text, f, size)
	switch a {
	case centre:
		x -= w / 2
	case end:
		x -= w
	}
	gap := c.press.measure(" ", f, size)
	for i, t := range strings.Fields(text) {
		if i > 0 {
			x += gap
		}
		tw := c.press.measure(t, f, size)
		p.items = append(p.items, item{kind: aWord, x: x, y: y, w: tw, h: size, text: t, face: f, ink: ink, line: p.line})
		x += tw
	}
	p.line++
	return w
}

func (c *composer) rule(x, y, w float64) {
	c.page().items = append(c.page().items, item{kind: aRule, x: x, y: y, w: w, ink: black})
}

// column writes lines centred on x, from y down, and returns where it ended.
func (c *composer) column(x, y float64, lines []string, f face, size float64) float64 {
	for _, l := range lines {
		c.put(l, x, y, f, size, centre, black)
		y += size * 1.25
	}
	return y
}

// head is the two-column head of NĐ 30/2020.
func (c *composer) head(parent, agency []string, number, place string) {
	c.page()
	lx, rx := left+95, right-125
	y := c.column(lx, c.y, parent, regular, 12)
	y = c.column(lx, y, agency, bold, 12)
	c.rule(lx-35, y-10, 70)
	if number != "" {
		y += 10
		c.put(number, lx, y, regular, 13, centre, black)
		y += 16
	}
	ry := c.column(rx, c.y, []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"}, bold, 11.5)
	ry = c.column(rx, ry, []string{"Độc lập - Tự do - Hạnh phúc"}, bold, 13)
	c.rule(rx-80, ry-11, 160)
	if place != "" {
		ry += 12
		c.put(place, rx, ry, italic, 13, centre, black)
		ry += 16
	}
	c.y = max(y, ry) + 18
}

// motto is the head of a paper written by a person: the state's name alone.
func (c *composer) motto() {
	c.page()
	m := (left + right) / 2
	c.y = c.column(m, c.y, []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"}, bold, 13)
	c.y = c.column(m, c.y, []string{"Độc lập - Tự do - Hạnh phúc"}, bold, 13)
	c.rule(m-80, c.y-11, 160)
	c.y += 20
}

func (c *composer) title(lines ...string) {
	for i, l := range lines {
		size := 14.0
		f := bold
		if i > 0 && len(l) > 60 {
			size = 13
		}
		for _, part := range c.wrap(l, f, size, right-left-60, 0) {
			c.room(size * 1.3)
			c.put(strings.Join(part, " "), (left+right)/2, c.y, f, size, centre, black)
			c.y += size * 1.3
		}
	}
	c.y += 10
}

// mid is a centred line in capitals, such as the post of the one who decides.
func (c *composer) mid(text string, f face) {
	c.room(20)
	c.put(text, (left+right)/2, c.y, f, c.size, centre, black)
	c.y += c.size * 1.5
}

func (c *composer) wrap(text string, f face, size, width, indent float64) [][]string {
	gap := c.press.measure(" ", f, size)
	var lines [][]string
	var line []string
	room := width - indent
	for _, w := range strings.Fields(text) {
		n := c.press.measure(w, f, size)
		if len(line) > 0 && n > room {
			lines, line, room = append(lines, line), nil, width
		}
		line = append(line, w)
		room -= n + gap
	}
	if line != nil {
		lines = append(lines, line)
	}
	return lines
}

// para sets a justified paragraph with an indented first line.
func (c *composer) para(text string) { c.set(text, regular, 28, black) }

func (c *composer) strong(text string) { c.set(text, bold, 28, black) }
func (c *composer) note(text string)   { c.set(text, italic, 28, black) }
func (c *composer) flat(text string)   { c.set(text, regular, 0, black) }

// hand is what was filled in with a pen.
func (c *composer) hand(text string) { c.set(text, italic, 28, blue) }

func (c *composer) set(text string, f face, indent float64, ink color.RGBA) {
	lines := c.wrap(text, f, c.size, right-left, indent)
	for i, l := range lines {
		c.room(c.size * 1.35)
		p := c.page()
		x, width := left, right-left
		if i == 0 {
			x, width = left+indent, width-indent
		}
		var sum float64
		ws := make([]float64, len(l))
		for j, w := range l {
			ws[j] = c.press.measure(w, f, c.size)
			sum += ws[j]
		}
		gap := c.press.measure(" ", f, c.size)
		if i < len(lines)-1 && len(l) > 1 {
			gap = (width - sum) / float64(len(l)-1)
		}
		for j, w := range l {
			p.items = append(p.items, item{kind: aWord, x: x, y: c.y, w: ws[j], h: c.size, text: w, face: f, ink: ink, line: p.line})
			x += ws[j] + gap
		}
		p.line++
		c.y += c.size * 1.35
	}
	c.y += 4
}

// sign is the end of an official paper: who gets it on the left, who signed it on
// the right, the seal over the signature.
func (c *composer) sign(post []string, name, seal string, copies ...string) {
	h := 110 + float64(len(post))*16
	c.room(h)
	c.y += 8
	p := c.page()
	y0 := c.y
	if len(copies) > 0 {
		y := y0
		c.put("Nơi nhận:", left, y, bold, 11, start, black)
		for _, n := range copies {
			y += 13
			c.put("- "+n, left, y, regular, 10.5, start, black)
		}
	}
	x := right - 115
	y := c.column(x, y0, post, bold, 13)
	p.items = append(p.items, item{kind: aScrawl, x: x - 35, y: y + 38, w: 75, h: 30, ink: blue, seed: c.seed.Uint64()})
	if seal != "" {
		p.items = append(p.items, item{kind: aSeal, x: x - 54, y: y + 28, text: seal, ink: red})
	}
	c.put(name, x, y+62, bold, 13, centre, black)
	c.y = y + 80
}

// hands is the end of a minute: several people sign side by side.
func (c *composer) hands(cols ...[2]string) {
	c.room(110)
	c.y += 8
	p := c.page()
	w := (right - left) / float64(len(cols))
	for i, col := range cols {
		x := left + w*(float64(i)+.5)
		c.put(col[0], x, c.y, bold, 11.5, centre, black)
		p.items = append(p.items, item{kind: aScrawl, x: x - 28, y: c.y + 40, w: 56, h: 24, ink: blue, seed: c.seed.Uint64()})
		c.put(col[1], x, c.y+66, bold, 11.5, centre, black)
	}
	c.y += 86
}

// table sets rows; the first is the head. widths are parts of the text width.
func (c *composer) table(widths []float64, rows [][]string) {
	const size, pad = 11.5, 4.0
	for ri, row := range rows {
		f := regular
		if ri == 0 {
			f = bold
		}
		cells := make([][][]string, len(row))
		n := 1
		for i, t := range row {
			cells[i] = c.wrap(t, f, size, widths[i]*(right-left)-2*pad, 0)
			n = max(n, len(cells[i]))
		}
		h := float64(n)*size*1.25 + 6
		c.room(h + 2)
		p := c.page()
		x := left
		for i, lines := range cells {
			w := widths[i] * (right - left)
			p.items = append(p.items, item{kind: aStampBox, x: x, y: c.y - size, w: w, h: h, ink: grey})
			for j, l := range lines {
				c.put(strings.Join(l, " "), x+pad, c.y+2+float64(j)*size*1.25, f, size, start, black)
			}
			x += w
		}
		c.y += h
	}
	c.y += 18
}

// picture pastes a photograph with its caption.
func (c *composer) picture(h float64, caption string) {
	c.room(h + 30)
	c.page().items = append(c.page().items, item{kind: aPhoto, x: left + 20, y: c.y, w: right - left - 40, h: h, seed: c.seed.Uint64()})
	c.y += h + 16
	c.put(caption, (left+right)/2, c.y, italic, 12, centre, black)
	c.y += 22
}

// folio puts the label with the number of the sheet into the upper right corner,
// where the rules want the number.
func (p *Page) folio(n int, code bars, payload string) {
	p.Folio = n
	x := p.W - 150
	p.items = append(p.items,
		item{kind: aBars, x: x, y: 10, w: 130, h: 20, text: payload, bars: code},
		item{kind: aWord, x: x + 48, y: 40, w: 30, h: 9, text: payload, face: sans, ink: black, quiet: true})
}
