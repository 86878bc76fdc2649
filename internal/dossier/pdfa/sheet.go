package pdfa

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"congminh/internal/dossier/reading"

	"golang.org/x/text/unicode/norm"
)

// sheet is the upright page, in points, and the way from its pixels to there.
type sheet struct {
	w, h     float64 // points
	pw, ph   float64 // pixels
	k        float64 // points in a pixel
	rotation int
	sin, cos float64 // of the lean
}

func newSheet(w, h int, p Page) sheet {
	dpi := p.DPI
	if dpi <= 0 {
		dpi = 300
	}
	if p.Rotation%180 != 0 {
		w, h = h, w
	}
	s := sheet{pw: float64(w), ph: float64(h), rotation: p.Rotation}
	// 19005-2, 6.1.13: no side above 14,400 points, whatever the file says of its dpi.
	s.k = min(72/float64(dpi), 14400/max(s.pw, s.ph))
	s.w, s.h = s.pw*s.k, s.ph*s.k
	s.sin, s.cos = math.Sincos(p.Skew * math.Pi / 180)
	return s
}

// picture draws the image (a unit square, 32000, 8.9.5.1) turned upright. The turn
// is in the drawing and not in the page's Rotate entry, so that text, stamps and
// bookmarks are placed on the page people see, in every viewer alike.
func (s sheet) picture(b []byte) []byte {
	b = append(b, "q "...)
	switch s.rotation {
	case 0:
		b = nums(b, s.w, 0, 0, s.h, 0, 0)
	case 90:
		b = nums(b, 0, -s.h, s.w, 0, 0, s.h)
	case 180:
		b = nums(b, -s.w, 0, 0, -s.h, s.w, s.h)
	case 270:
		b = nums(b, 0, s.h, -s.w, 0, s.w, 0)
	}
	return append(b, "cm/I Do Q\n"...)
}

// span is a word on the straightened page, in pixels: x grows along the line.
type span struct {
	text                     string
	left, right, top, bottom float64
}

// straighten takes the lean out of a word's box. The box is the smallest upright
// one around the leaning word, so it is wider and higher than the word: a line of
// 2,000 pixels that leans 1° makes every box on it too high, and boxes of
// neighbouring lines overlap. Turning back the centre and solving for the sides
// gives the word itself.
func (s sheet) straighten(w reading.Word) span {
	cx, cy := float64(w.Box[0]+w.Box[2])/2-s.pw/2, float64(w.Box[1]+w.Box[3])/2-s.ph/2
	cx, cy = cx*s.cos+cy*s.sin, cy*s.cos-cx*s.sin
	bw, bh, sin := float64(w.Box.W()), float64(w.Box.H()), math.Abs(s.sin)
	ww, wh := bw, bh
	if d := s.cos*s.cos - sin*sin; d > 0.5 {
		ww, wh = (bw*s.cos-bh*sin)/d, (bh*s.cos-bw*sin)/d
	}
	// Boxes are whole pixels, so a thin word may solve to less than nothing.
	ww, wh = max(ww, bw/4, 1), max(wh, bh/4, 1)
	return span{norm.NFC.String(w.T), cx - ww/2, cx + ww/2, cy - wh/2, cy + wh/2}
}

// row is a line of words on the straightened page.
type row struct {
	words      []span
	base, size float64
}

func (r row) ends() (left, right float64) {
	left, right = r.words[0].left, r.words[0].right
	for _, w := range r.words {
		left, right = min(left, w.left), max(right, w.right)
	}
	return left, right
}

// maxDrift is how far the baseline of a line may move from one end to the other,
// in sizes of its letters.
const maxDrift = 0.4

// lean is how the lines of a page lie on the picture: by how much, and around
// which x.
type lean struct{ sin, cos, x float64 }

// lean chooses it. Programs that take text out of a PDF sort it by height. Where a
// line ends as low as the next one starts they tear both apart, words and all
// (pdftotext does so from about 1° on a full line). So a page that is a little
// crooked gets its lines exactly where they were read; on a very crooked one they
// lean as much as those programs bear, all alike, and are right in the middle of
// the text and up to half a line off at its edges.
func (s sheet) lean(rows []row) lean {
	var sizes []float64
	left, right := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		l, rt := r.ends()
		left, right = min(left, l), max(right, rt)
		sizes = append(sizes, r.size)
	}
	most := math.Abs(s.sin)
	usual := median(sizes)
	for _, r := range rows {
		if l, rt := r.ends(); r.size > usual/2 { // a speck read as a line has no say
			most = min(most, maxDrift*r.size/max(rt-l, 1))
		}
	}
	sin := math.Copysign(most, s.sin)
	return lean{sin, math.Sqrt(1 - sin*sin), (left + right) / 2}
}

// place is the text matrix for a word at x on a line with this base.
func (s sheet) place(b []byte, l lean, x, base float64) []byte {
	px := x*s.cos - base*s.sin + s.pw/2
	py := base*s.cos + l.x*s.sin + (x-l.x)*l.sin + s.ph/2
	b = nums(b, l.cos, -l.sin, l.sin, l.cos, px*s.k, s.h-py*s.k)
	return append(b, "Tm\n"...)
}

// text lays the words over the picture in rendering mode 3, neither filled nor
// stroked (32000, 9.3.6). The words of a line share baseline and size and are
// joined by real spaces as wide as the gaps, so that a reader program finds lines
// and words without guessing from distances.
func (s sheet) text(b []byte, words []reading.Word, f *font) []byte {
	var rows []row
	var line []span
	for i, w := range words {
		if strings.TrimSpace(w.T) != "" {
			line = append(line, s.straighten(w))
		}
		if len(line) > 0 && (i+1 == len(words) || words[i+1].Line != w.Line) {
			base, size := measure(line)
			rows = append(rows, row{line, base, size})
			line = nil
		}
	}
	if len(rows) == 0 {
		return b
	}
	b = append(b, "BT 3 Tr\n"...)
	lean := s.lean(rows)
	for _, r := range rows {
		b = s.line(b, r, lean, f)
	}
	return append(b, "ET\n"...)
}

func (s sheet) line(b []byte, r row, lean lean, f *font) []byte {
	line, size := r.words, r.size
	b = append(b, "/F "...)
	b = nums(b, size*s.k)
	b = append(b, "Tf\n"...)
	for i, w := range line {
		// The pen stands where the word before and its space ended. Only a word that
		// begins elsewhere, as in a line put together from two columns the wrong way
		// round, needs to be placed.
		if i == 0 || line[i].left <= line[i-1].left+1 {
			b = s.place(b, lean, w.left, r.base)
		}
		if i+1 == len(line) {
			b = f.show(b, w.text, (w.right-w.left)/size)
			break
		}
		next := line[i+1].left
		if next <= w.left+1 {
			b = f.show(b, w.text, (w.right-w.left)/size)
			b = f.show(b, " ", 0.25)
			continue
		}
		// Boxes that touch or overlap give way to the space.
		end := min(w.right, next-min(0.1*size, (next-w.left)/4))
		b = f.show(b, w.text, (end-w.left)/size)
		b = f.show(b, " ", (next-end)/size)
	}
	return b
}

// measure finds the baseline of a line and the size of its letters. The reader
// gives only boxes, so both come from the letters: most stand on the line, and
// those that do not are known.
func measure(line []span) (base, size float64) {
	var on, under, low []float64
	for _, w := range line {
		low = append(low, w.bottom)
		switch foot(w.text) {
		case stands:
			on = append(on, w.bottom)
		case hangs:
			under = append(under, w.bottom-0.22*(w.bottom-w.top))
		}
	}
	switch {
	case len(on) > 0:
		base = median(on)
	case len(under) > 0:
		base = median(under)
	default:
		base = median(low)
	}
	var tall, small, any []float64
	for _, w := range line {
		h := base - w.top
		any = append(any, max(h, 1))
		if h <= 1 || foot(w.text) == floats {
			continue
		}
		if rises(w.text) {
			tall = append(tall, h)
		} else {
			small = append(small, h)
		}
	}
	switch {
	case len(tall) > 0:
		size = median(tall) / 0.72
	case len(small) > 0:
		size = median(small) / 0.48
	default:
		size = median(any)
	}
	return base, max(size, 1)
}

func median(f []float64) float64 {
	f = slices.Clone(f)
	slices.Sort(f)
	return f[len(f)/2]
}

type footing int

const (
	floats footing = iota // no letter or digit: a dash, a quotation mark
	stands                // on the baseline
	hangs                 // below it: g, p, a comma, the dot of ạ
)

func foot(word string) (f footing) {
	for _, r := range norm.NFD.String(word) {
		switch {
		case strings.ContainsRune("gjpqyQ,;()[]{}|/\\@$_§\u0323", r):
			return hangs
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			f = stands
		}
	}
	return f
}

// rises reports whether a word has a letter as high as a capital.
func rises(word string) bool {
	for _, r := range norm.NFD.String(word) {
		if unicode.IsUpper(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) && r != '\u0323' || strings.ContainsRune("bdđfhklt", r) {
			return true
		}
	}
	return false
}

// stamps writes the visible marks of an export copy.
func (s sheet) stamps(b []byte, stamps []Stamp, f *stampFont) []byte {
	if len(stamps) == 0 {
		return b
	}
	const points, margin = 14.0, 24.0
	size := min(points, s.h/20) // on a picture of a card too
	edge := margin * size / points
	b = append(b, "BT 0.6 0 0 rg\n/S "...)
	b = nums(b, size)
	b = append(b, "Tf\n"...)
	for _, st := range stamps {
		code, width := f.code(st.Text)
		y := s.h - edge - size*0.7
		if st.Corner == BottomRight {
			y = edge
		}
		b = nums(b, 1, 0, 0, 1, s.w-edge-width*size, y)
		b = append(b, "Tm "...)
		b = append(b, code...)
		b = append(b, "Tj\n"...)
	}
	return append(b, "ET\n"...)
}
