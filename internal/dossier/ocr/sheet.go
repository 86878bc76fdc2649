package ocr

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"slices"
	"strings"

	"congminh/internal/dossier/raster"
	"congminh/internal/dossier/reading"
)

// Resolutions that Tesseract is given, in dpi.
const (
	greyDPI   = 200 // first reading of a page without speckle
	coarseDPI = 150 // first reading of one with speckle, and every second reading
)

// colour is the share of raster.Coloured from which a page without ink is not blank.
const colour = 0.0005

// speckle is the share of raster.Specks from which a page is dirty.
const speckle = 0.001

// desk is where a child works: Tesseract and the pictures, kept from page to page.
type desk struct {
	tess               *tesseract
	full, a, b, c, tmp raster.Gray
}

// view is a cleaned, upright, straightened picture, and how to come back from it to
// the upright page.
type view struct {
	g    *raster.Gray
	dpi  int
	skew float64
	back float64 // pixels of the page per pixel of g
}

// read is one reading of a page.
type read struct {
	words []reading.Word // on the upright page
	conf  float64        // mean confidence of the words
	sure  float64        // weight, see sure
}

func (d *desk) sheet(q request) (s Sheet, err error) {
	data, err := os.ReadFile(q.File)
	if err != nil {
		return s, err
	}
	img, err := raster.Decode(data, q.Format)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	b := img.Bounds()
	if short := min(b.Dx(), b.Dy()); q.DPI < 50 || short > 17*q.DPI || short < 2*q.DPI {
		q.DPI = max(50, short*100/827) // no paper has that size: take it for A4
	}
	p := &s.Page
	p.DPI = q.DPI

	raster.Red(&d.full, img)
	dirty := raster.Specks(&d.full) > speckle
	work := d.clean(q.DPI, dirty)
	ink := raster.InkOf(work.g, work.dpi)
	switch {
	case q.Turn != nil:
		if p.Rotation = *q.Turn; p.Rotation != 0 {
			raster.Turn(&d.a, work.g, p.Rotation)
			work.g = &d.a
			ink = raster.InkOf(work.g, work.dpi)
		}
	case !q.Look:
		if p.Rotation, err = d.quarter(q, &work, &ink); err != nil {
			return s, err
		}
	}
	d.straighten(&work, &ink)
	words := []reading.Word{}
	s.Split, p.Double = d.double(ink, work)
	p.Blank = ink.Blank() && raster.Coloured(img) < colour
	if !q.Look {
		p.Barcodes = d.codes(work, p.Rotation)
		if !p.Blank {
			if words, p.Pass, err = d.words(q, &work, &ink, p, s.Split, dirty); err != nil {
				return s, err
			}
			if p.Double { // turning upside down moves the gutter
				s.Split, _ = d.double(ink, work)
			}
		}
	}
	p.Skew, p.Hash = work.skew, ink.Hash()
	p.W, p.H = b.Dx(), b.Dy()
	if p.Rotation%180 != 0 {
		p.W, p.H = p.H, p.W
	}
	p.Words, p.Text, p.Confidence = words, reading.TextOf(words), mean(words)
	if q.Access || q.Thumb {
		if err := d.copies(q, img, p.Rotation, q.File, *p); err != nil {
			return s, err
		}
	}
	if p.Double && q.Split {
		if s.Halves, err = d.halves(q, raster.TurnImage(img, p.Rotation), *p, s.Split); err != nil {
			return s, err
		}
	}
	return s, nil
}

// clean makes the picture of the first reading out of d.full, not yet turned. The
// median takes the curl off a hook above or a tilde, so it is only for pages that
// have speckle, and so is the coarse picture; blurring costs accents too.
func (d *desk) clean(dpi int, dirty bool) view {
	v := view{g: &d.b, dpi: dpi, back: 1}
	to := greyDPI
	if dirty {
		to = coarseDPI
		raster.Median(&d.tmp, &d.full)
		d.tmp, d.full = d.full, d.tmp
	}
	if dpi > to*23/20 || dpi < to/2 {
		v.dpi, v.back = to, float64(dpi)/float64(to)
	}
	raster.Scale(&d.b, &d.full, scaled(d.full.W, v.back), scaled(d.full.H, v.back))
	raster.Flatten(&d.b)
	return v
}

func scaled(n int, back float64) int { return max(1, int(math.Round(float64(n)/back))) }

// quarter finds out whether the lines stand, and if so turns the view so that they
// lie, the right way up.
func (d *desk) quarter(q request, v *view, ink **raster.Ink) (int, error) {
	// Text is above 3 or under 1/3; tables and forms are weak in this, and then three
	// lines as they are must be worse than three lines turned.
	order := (*ink).Upright()
	if order > 1.1 || order == 1 {
		return 0, nil
	}
	lying, lyingOver := 0.0, 0.0
	var err error
	if order > 0.5 {
		if lying, lyingOver, err = d.bothWays(q, *v, *ink); err != nil {
			return 0, err
		}
	}
	side := view{g: &d.a, dpi: v.dpi, back: v.back}
	raster.Turn(side.g, v.g, 90)
	sideInk := raster.InkOf(side.g, side.dpi)
	up, over, err := d.bothWays(q, side, sideInk)
	if err != nil {
		return 0, err
	}
	switch best := max(up, over, 120); { // 120: two sure words
	case best > max(up, over), best <= max(lying, lyingOver):
		return 0, nil
	case up == best:
		*v, *ink = side, sideInk
		return 90, nil
	}
	raster.Turn(&d.b, side.g, 180)
	side.g = &d.b
	*v, *ink = side, raster.InkOf(side.g, side.dpi)
	return 270, nil
}

// straighten takes the skew out of the view.
func (d *desk) straighten(v *view, ink **raster.Ink) {
	v.skew = (*ink).Skew()
	if math.Abs(v.skew) < 0.1 {
		return
	}
	to := &d.c
	raster.Rotate(to, v.g, -v.skew)
	v.g = to
	*ink = raster.InkOf(v.g, v.dpi)
}

// double is raster.Ink.Double in pixels of the upright page.
func (d *desk) double(ink *raster.Ink, v view) (int, bool) {
	x, ok := ink.Double()
	if !ok {
		return 0, false
	}
	px, _ := raster.Back(float64(x), float64(v.g.H)/2, v.g.W, v.g.H, -v.skew)
	return int(px * v.back), true
}

// bothWays reads the three lines or so with most text as they are and upside down,
// and returns the weights of the readings.
func (d *desk) bothWays(q request, v view, ink *raster.Ink) (up, over float64, err error) {
	if err := d.open(q.Options); err != nil {
		return 0, 0, err
	}
	var strip, turned raster.Gray
	high := v.dpi * 6 / 10
	top := ink.Busiest(high/ink.Cell) * ink.Cell
	raster.Crop(&strip, v.g, image.Rect(0, top, v.g.W, top+high))
	raster.Turn(&turned, &strip, 180)
	a, err := d.tess.read(&strip, v.dpi, oneBlock)
	if err != nil {
		return 0, 0, err
	}
	b, err := d.tess.read(&turned, v.dpi, oneBlock)
	if err != nil {
		return 0, 0, err
	}
	return sure(a), sure(b), nil
}

// Readings under doubtful are either very bad or upside down.
const doubtful = 72

// words reads the page. It may find that it is upside down, and turns the view then.
// pass is 2 if any of a second reading was kept.
func (d *desk) words(q request, v *view, ink **raster.Ink, p *reading.Page, split int, dirty bool) (words []reading.Word, pass int, err error) {
	if err := d.open(q.Options); err != nil {
		return nil, 0, err
	}
	first, err := d.read(*v, split)
	if err != nil {
		return nil, 0, err
	}
	if q.Turn == nil && p.Rotation == 0 && first.conf < doubtful {
		up, over, err := d.bothWays(q, *v, *ink)
		if err != nil {
			return nil, 0, err
		}
		if over > 1.2*up {
			d.over(v, ink, p)
			if p.Double {
				split, _ = d.double(*ink, *v)
			}
			if first, err = d.read(*v, split); err != nil {
				return nil, 0, err
			}
		}
	}
	if first.conf >= q.Limit && !dirty || len(first.words) == 0 {
		return first.words, 1, nil
	}
	second, err := d.read(d.binary(*v, p.Rotation, q.DPI), split)
	if err != nil {
		return nil, 0, err
	}
	a, b := first, second
	if second.sure > first.sure {
		a, b = second, first
	}
	words, mixed := merge(a.words, b.words)
	if second.sure > first.sure || mixed {
		pass = 2
	} else {
		pass = 1
	}
	return words, pass, nil
}

// over turns the view, and what was found on it, upside down.
func (d *desk) over(v *view, ink **raster.Ink, p *reading.Page) {
	p.Rotation = 180
	free := &d.a
	if v.g == free {
		free = &d.b
	}
	raster.Turn(free, v.g, 180)
	v.g = free
	*ink = raster.InkOf(v.g, v.dpi)
	w, h := d.full.W, d.full.H
	for i := range p.Barcodes {
		b := p.Barcodes[i].Box
		p.Barcodes[i].Box = reading.Box{w - b[2], h - b[3], w - b[0], h - b[1]}
	}
}

// binary makes the picture of the second reading. first is kept.
func (d *desk) binary(first view, turn, dpi int) view {
	v := view{dpi: dpi, back: 1, skew: first.skew}
	var small, other raster.Gray // rare enough to be made anew
	if dpi > coarseDPI*23/20 || dpi < coarseDPI/2 {
		v.dpi, v.back = coarseDPI, float64(dpi)/coarseDPI
	}
	raster.Scale(&small, &d.full, scaled(d.full.W, v.back), scaled(d.full.H, v.back))
	raster.Flatten(&small)
	raster.Turn(&other, &small, turn)
	if math.Abs(v.skew) >= 0.1 {
		raster.Rotate(&small, &other, -v.skew)
		small, other = other, small
	}
	raster.Sauvola(&small, &other, v.dpi/3|1, 0.2)
	v.g = &small
	return v
}

// read gives a view to Tesseract; the two pages of a double page one after the other.
func (d *desk) read(v view, split int) (read, error) {
	parts := []image.Rectangle{image.Rect(0, 0, v.g.W, v.g.H)}
	if split > 0 {
		x := int(float64(split) / v.back)
		parts = []image.Rectangle{image.Rect(0, 0, x, v.g.H), image.Rect(x, 0, v.g.W, v.g.H)}
	}
	var all []spot
	line := 0
	for _, r := range parts {
		g := v.g
		if len(parts) > 1 {
			g = &raster.Gray{}
			raster.Crop(g, v.g, r)
		}
		spots, err := d.tess.read(g, v.dpi, wholePage)
		if err != nil {
			return read{}, err
		}
		for _, s := range spots {
			s.box = s.box.Add(r.Min)
			s.line += line
			all = append(all, s)
		}
		if len(all) > 0 {
			line = all[len(all)-1].line + 1
		}
	}
	return read{place(all, v), confidence(all), sure(all)}, nil
}

func (d *desk) open(opt Options) (err error) {
	if d.tess == nil {
		d.tess, err = openTesseract(opt.Data, opt.Language)
	}
	return err
}

// confidence is the mean confidence of the words.
func confidence(spots []spot) float64 {
	if len(spots) == 0 {
		return 0
	}
	sum := 0.0
	for _, s := range spots {
		sum += float64(s.conf)
	}
	return sum / float64(len(spots))
}

// sure is the weight of a reading: the confidence of the words that are above 60,
// summed, so that both more and surer words count.
func sure(spots []spot) (sum float64) {
	for _, s := range spots {
		if s.conf > 60 {
			sum += float64(s.conf)
		}
	}
	return sum
}

// place puts the words back onto the upright page.
func place(spots []spot, v view) []reading.Word {
	out := make([]reading.Word, 0, len(spots))
	line, last := -1, -1
	for _, s := range spots {
		text := tidy(s.text)
		if text == "" {
			continue
		}
		if s.line != last {
			line, last = line+1, s.line
		}
		out = append(out, reading.Word{T: text, Box: v.page(s.box), C: int(math.Round(float64(min(100, max(0, s.conf))))), Line: line})
	}
	return out
}

// page returns the box on the upright page around a box on the view.
func (v view) page(r image.Rectangle) reading.Box {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range [...]image.Point{r.Min, r.Max, {r.Min.X, r.Max.Y}, {r.Max.X, r.Min.Y}} {
		x, y := float64(p.X), float64(p.Y)
		if math.Abs(v.skew) >= 0.1 {
			x, y = raster.Back(x, y, v.g.W, v.g.H, -v.skew)
		}
		x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
	}
	w, h := float64(v.g.W)*v.back, float64(v.g.H)*v.back
	in := func(x, limit float64) int { return int(math.Round(min(limit, max(0, x*v.back)))) }
	return reading.Box{in(x0, w), in(y0, h), in(x1, w), in(y1, h)}
}

// codes reads the barcodes, from the full picture where the small one promises any.
func (d *desk) codes(v view, turn int) []reading.Barcode {
	var out []reading.Barcode
	try := func(rs []image.Rectangle, qr bool) {
		for _, r := range rs[:min(len(rs), 8)] {
			r = r.Inset(-v.dpi / 6)
			if b, ok := decodeCode(d.crop(v, turn, r), qr); ok && !slices.ContainsFunc(out, func(o reading.Barcode) bool { return o.Text == b.Text }) {
				b.Box = v.page(r.Inset(v.dpi / 6).Intersect(image.Rect(0, 0, v.g.W, v.g.H)))
				out = append(out, b)
			}
		}
	}
	try(squaresOn(v.g), true)
	try(barsOn(v.g), false)
	return out
}

// crop cuts the part r of a view out of the full picture, upright and straight.
func (d *desk) crop(v view, turn int, r image.Rectangle) *raster.Gray {
	out := raster.New(int(float64(r.Dx())*v.back), int(float64(r.Dy())*v.back))
	w, h := d.full.W, d.full.H
	if turn%180 != 0 {
		w, h = h, w
	}
	for y := range out.H {
		for x := range out.W {
			fx, fy := raster.Back(float64(r.Min.X)*v.back+float64(x), float64(r.Min.Y)*v.back+float64(y), w, h, -v.skew)
			px, py := int(fx+0.5), int(fy+0.5)
			out.Pix[y*out.W+x] = 255
			if px < 0 || py < 0 || px >= w || py >= h {
				continue
			}
			switch turn { // where it is on the picture as stored
			case 90:
				px, py = py, w-1-px
			case 180:
				px, py = w-1-px, h-1-py
			case 270:
				px, py = h-1-py, px
			}
			out.Pix[y*out.W+x] = d.full.Pix[py*d.full.W+px]
		}
	}
	return out
}

// Derivatives.
const (
	accessDPI     = 150
	accessQuality = 60
	thumbWidth    = 200
	halfQuality   = 92
)

// copies writes the access copy and the thumbnail of img beside file.
func (d *desk) copies(q request, img image.Image, turn int, file string, p reading.Page) error {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if p.DPI > accessDPI {
		w, h = max(1, w*accessDPI/p.DPI), max(1, h*accessDPI/p.DPI)
	}
	// Even, so that the colour planes of half size can be turned as they are.
	small := raster.TurnImage(raster.Shrink(img, max(2, w&^1), max(2, h&^1)), turn)
	if q.Access {
		if err := write(AccessPath(file), small, accessQuality); err != nil {
			return err
		}
	}
	if !q.Thumb {
		return nil
	}
	b := small.Bounds()
	w = min(thumbWidth, b.Dx())
	return write(ThumbPath(file), raster.Shrink(small, w, max(1, b.Dy()*w/b.Dx())), 70)
}

// write encodes img as JPEG, or as PNG if quality is 0.
func write(file string, img image.Image, quality int) error {
	var buf bytes.Buffer
	var err error
	if quality == 0 {
		err = png.Encode(&buf, img)
	} else {
		err = jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, buf.Bytes(), 0o600)
}

// halves writes the two pages of a double page and parts its words.
func (d *desk) halves(q request, img image.Image, p reading.Page, split int) ([]Half, error) {
	left, right := raster.Halves(img, split)
	var out []Half
	for i, part := range [...]image.Image{left, right} {
		h := Half{File: q.File + [...]string{".left", ".right"}[i], Format: "png"}
		quality := 0
		if q.Format == "jpeg" {
			h.Format, quality = "jpeg", halfQuality
		}
		h.File += "." + strings.Replace(h.Format, "jpeg", "jpg", 1)
		if err := write(h.File, part, quality); err != nil {
			return nil, err
		}
		h.Page = side(p, split, i == 1)
		raster.Red(&d.full, part)
		v := d.clean(p.DPI, raster.Specks(&d.full) > speckle)
		ink := raster.InkOf(v.g, v.dpi)
		d.straighten(&v, &ink)
		h.Page.Blank = ink.Blank() && raster.Coloured(part) < colour
		h.Page.Hash = ink.Hash()
		if q.Access || q.Thumb {
			if err := d.copies(q, part, 0, h.File, h.Page); err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// side is what the reading p of a double page says of its left or right page.
func side(p reading.Page, split int, right bool) reading.Page {
	from, to := 0, split
	if right {
		from, to = split, p.W
	}
	out := p
	out.W, out.Rotation, out.Double = to-from, 0, false
	out.Words, out.Barcodes = nil, nil
	in := func(b reading.Box) bool { return ((b[0]+b[2])/2 >= split) == right }
	move := func(b reading.Box) reading.Box {
		return reading.Box{max(0, b[0]-from), b[1], min(to-from, b[2]-from), b[3]}
	}
	line, last := -1, -1
	for _, w := range p.Words {
		if !in(w.Box) {
			continue
		}
		if w.Line != last {
			line, last = line+1, w.Line
		}
		w.Box, w.Line = move(w.Box), line
		out.Words = append(out.Words, w)
	}
	for _, b := range p.Barcodes {
		if in(b.Box) {
			b.Box = move(b.Box)
			out.Barcodes = append(out.Barcodes, b)
		}
	}
	out.Text, out.Confidence = reading.TextOf(out.Words), mean(out.Words)
	return out
}
