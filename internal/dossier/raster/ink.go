package raster

import (
	"math"
	"math/bits"
	"slices"
)

// Ink is where a cleaned picture is dark, on a coarse grid of about 50 cells an inch:
// enough to see lines, columns, margins and marks, and small enough to look at
// from all sides.
type Ink struct {
	W, H int
	Cell int // pixels of the picture per cell
	dark []uint8
}

const cellsPerInch = 50

// InkOf maps the ink of a picture whose light is even (see Flatten). A cell is dark
// if its mean is well below Paper, which the other side of the sheet shining
// through and the noise of a scanner do not reach.
func InkOf(g *Gray, dpi int) *Ink {
	s := max(1, (dpi+cellsPerInch/2)/cellsPerInch)
	m := &Ink{W: g.W / s, H: g.H / s, Cell: s}
	m.dark = make([]uint8, m.W*m.H)
	limit := int32((Paper - 45) * s * s)
	sum := make([]int32, m.W)
	for y := range m.H {
		clear(sum)
		for j := range s {
			row := g.Row(y*s + j)
			if s == 4 {
				for x := range sum {
					q := row[x*4 : x*4+4 : x*4+4]
					sum[x] += int32(q[0]) + int32(q[1]) + int32(q[2]) + int32(q[3])
				}
				continue
			}
			for x := range sum {
				for _, v := range row[x*s : x*s+s] {
					sum[x] += int32(v)
				}
			}
		}
		for x, v := range sum {
			if v < limit {
				m.dark[y*m.W+x] = 1
			}
		}
	}
	m.drop()
	return m
}

// Mark is a piece of connected ink, in cells.
type Mark struct{ X0, Y0, X1, Y1, Area int }

// drop takes away what is not writing: whatever touches the edge of the picture
// (shadow of the lid, the edge of the sheet) and punch holes.
func (m *Ink) drop() {
	m.marks(func(k Mark) bool {
		w, h := k.X1-k.X0, k.Y1-k.Y0
		edge := k.X0 == 0 || k.Y0 == 0 || k.X1 == m.W || k.Y1 == m.H
		// A hole is a filled disc of 4 to 9 mm, at most 20 mm from the left or right edge.
		const mm = cellsPerInch / 25.4
		d := float64(max(w, h))
		near := float64(min(k.X0, m.W-k.X1)) < 20*mm
		hole := near && d > 4*mm && d < 9*mm && min(w, h)*10 >= max(w, h)*8 && k.Area*100 >= w*h*65
		return edge || hole
	})
}

// marks returns the connected pieces of ink and wipes those that wipe reports.
func (m *Ink) marks(wipe func(Mark) bool) []Mark {
	const seen = 2
	var out []Mark
	var stack, cells []int
	for i, v := range m.dark {
		if v != 1 {
			continue
		}
		k := Mark{X0: m.W, Y0: m.H}
		stack, cells = append(stack[:0], i), cells[:0]
		m.dark[i] |= seen
		for len(stack) > 0 {
			p := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			cells = append(cells, p)
			x, y := p%m.W, p/m.W
			k.X0, k.Y0, k.X1, k.Y1 = min(k.X0, x), min(k.Y0, y), max(k.X1, x+1), max(k.Y1, y+1)
			for j := max(0, y-1); j <= min(m.H-1, y+1); j++ {
				for n := j*m.W + max(0, x-1); n <= j*m.W+min(m.W-1, x+1); n++ {
					if m.dark[n] == 1 {
						m.dark[n] |= seen
						stack = append(stack, n)
					}
				}
			}
		}
		k.Area = len(cells)
		if wipe != nil && wipe(k) {
			for _, p := range cells {
				m.dark[p] = 0
			}
			continue
		}
		out = append(out, k)
	}
	for i := range m.dark {
		m.dark[i] &= 1
	}
	return out
}

// Marks returns the pieces of connected ink of three cells or more: letters, words
// or strokes, but no specks.
func (m *Ink) Marks() []Mark {
	return slices.DeleteFunc(m.marks(nil), func(k Mark) bool { return k.Area < 3 })
}

// Blank reports whether nothing is written: less than three marks, and together
// less than 15 mm². A number written on an empty sheet may or may not be more.
func (m *Ink) Blank() bool {
	marks, area := m.Marks(), 0
	for _, k := range marks {
		area += k.Area
	}
	return len(marks) < 3 && area < 60
}

// Upright compares how strongly the ink is ordered in rows and in columns, strip by
// strip so that skew does not matter. Above 1 lines of text lie, below 1 they
// stand: the sheet is turned by a quarter. Near 1, or for a sheet with hardly any
// ink (which gives 1), it cannot tell.
func (m *Ink) Upright() float64 {
	const strips = 12
	if len(m.Marks()) < 12 {
		return 1
	}
	energy := func(n, across int, at func(i, j int) uint8) float64 {
		e, profile := 0.0, make([]int, n)
		for s := range strips {
			from, to := s*across/strips, (s+1)*across/strips
			for i := range n {
				profile[i] = 0
				for j := from; j < to; j++ {
					profile[i] += int(at(i, j))
				}
			}
			for i := 2; i < n; i++ {
				d := float64(profile[i] - profile[i-2])
				e += d * d / float64(to-from) / float64(to-from)
			}
		}
		return e / float64(n)
	}
	rows := energy(m.H, m.W, func(y, x int) uint8 { return m.dark[y*m.W+x] })
	cols := energy(m.W, m.H, func(x, y int) uint8 { return m.dark[y*m.W+x] })
	if cols == 0 || rows == 0 {
		return 1
	}
	return rows / cols
}

// Skew returns how much the lines lean: the angle within ±7° along which the ink
// falls into the sharpest rows, to a twentieth of a degree. It returns 0 if no
// angle is clearly better than the others.
func (m *Ink) Skew() float64 {
	type point struct{ x, y int32 }
	var ink []point
	for y := m.H / 40; y < m.H-m.H/40; y++ {
		for x := m.W / 40; x < m.W-m.W/40; x++ {
			// The lower edge of ink is what lines up best.
			if m.dark[y*m.W+x] == 1 && m.dark[(y+1)*m.W+x] == 0 {
				ink = append(ink, point{int32(x), int32(y)})
			}
		}
	}
	if len(ink) < 100 {
		return 0
	}
	// Rows of half a cell; the sheet may lean over its whole width.
	rows := make([]int32, 2*m.H+m.W+2)
	off := int32(m.W / 2)
	score := func(deg float64) (s float64) {
		clear(rows)
		t := int32(math.Tan(deg*math.Pi/180) * 65536)
		half := int32(m.W / 2)
		for _, p := range ink {
			rows[2*p.y+off-(p.x-half)*t>>15]++
		}
		for i := 2; i < len(rows); i++ {
			v := float64(rows[i-2] + 2*rows[i-1] + rows[i])
			s += v * v
		}
		return s
	}
	best, top := 0.0, 0.0
	var all []float64
	for a := -7.0; a <= 7; a += 0.25 {
		s := score(a)
		all = append(all, s)
		if s > top {
			best, top = a, s
		}
	}
	slices.Sort(all)
	if top < 1.15*all[len(all)/2] {
		return 0
	}
	for a, mid := best-0.2, best; a <= mid+0.21; a += 0.05 {
		if s := score(a); s > top {
			best, top = a, s
		}
	}
	return math.Round(best*100) / 100
}

// Double looks for two pages side by side: a landscape sheet with writing left and
// right of an empty gutter of at least 4 % of the width near the middle (the margins of two
// A4 pages on A3 make 10 %). split is the middle of the gutter in pixels.
func (m *Ink) Double() (split int, ok bool) {
	if m.W*10 < m.H*12 {
		return 0, false
	}
	column := make([]int, m.W)
	total, left := 0, 0
	for y := range m.H {
		for x, v := range m.dark[y*m.W : (y+1)*m.W] {
			column[x] += int(v)
			total += int(v)
			if x < m.W/2 {
				left += int(v)
			}
		}
	}
	if total < 200 || left*8 < total || (total-left)*8 < total {
		return 0, false
	}
	from, width := 0, 0
	for x, start := m.W*42/100, -1; x <= m.W*58/100; x++ {
		if column[x] > m.H/200 {
			start = -1
			continue
		}
		if start < 0 {
			start = x
		}
		if n := x + 1 - start; n > width {
			from, width = start, n
		}
	}
	if width*25 < m.W {
		return 0, false
	}
	return (from + width/2) * m.Cell, true
}

// Hash is a fingerprint of the writing on an upright, straightened sheet: two scans
// of the same sheet differ in few bits, two pages in many (see Distance). The sheet
// is cut to its writing and laid on 32 × 32 fields; each bit is the sign of one of
// the 64 waves of their cosine transform that have one to eight half periods in
// each direction: they see where lines end and paragraphs begin, but neither single
// letters nor how dark the scan is. A blank sheet has 0.
func (m *Ink) Hash() uint64 {
	const n, waves = 32, 8
	rows, cols := make([]int, m.H), make([]int, m.W)
	for y := range m.H {
		for x, v := range m.dark[y*m.W : (y+1)*m.W] {
			rows[y] += int(v)
			cols[x] += int(v)
		}
	}
	y0, y1 := middle(rows)
	x0, x1 := middle(cols)
	if y1-y0 < n || x1-x0 < n {
		return 0
	}
	// cos[k-1][i] is wave k at field i.
	var cos [waves][n]float64
	for k := range cos {
		for i := range n {
			cos[k][i] = math.Cos(math.Pi * float64(k+1) * (float64(i) + 0.5) / n)
		}
	}
	// A cell belongs to the two fields whose middles it lies between.
	share := func(i, from, to int) (int, float64) {
		f := (float64(i-from)+0.5)*n/float64(to-from) - 0.5
		k := min(n-2, max(0, int(f)))
		return k, min(1, max(0, f-float64(k)))
	}
	var wave [waves][waves]float64
	for y := y0; y < y1; y++ {
		var line [n]float64
		for x := x0; x < x1; x++ {
			if m.dark[y*m.W+x] == 1 {
				k, f := share(x, x0, x1)
				line[k] += 1 - f
				line[k+1] += f
			}
		}
		ky, fy := share(y, y0, y1)
		for u := range waves {
			s := 0.0
			for i, v := range line {
				s += v * cos[u][i]
			}
			for v := range waves {
				wave[v][u] += s * (cos[v][ky]*(1-fy) + cos[v][ky+1]*fy)
			}
		}
	}
	var hash uint64
	for v := range waves {
		for u := range waves {
			hash <<= 1
			if wave[v][u] > 0 {
				hash |= 1
			}
		}
	}
	return hash
}

// middle returns the part of a profile without the outer half per cent on both sides.
func middle(p []int) (from, to int) {
	total := 0
	for _, v := range p {
		total += v
	}
	s := 0
	for i, v := range p {
		if s*200 < total {
			from = i
		}
		if s += v; s*200 <= total*199 {
			to = i + 1
		}
	}
	return from, to
}

// Distance is the number of bits in which two hashes differ.
func Distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// Busiest returns the first of the n rows of cells that together hold the most
// marks of the size of letters and words: where text is, not pictures or barcodes.
func (m *Ink) Busiest(n int) int {
	row := make([]int, m.H+1)
	for _, k := range m.Marks() {
		if h, w := k.Y1-k.Y0, k.X1-k.X0; h < cellsPerInch/4 && w < 2*cellsPerInch && h > 1 {
			row[(k.Y0+k.Y1)/2]++
		}
	}
	best, at, sum := -1, 0, 0
	for y := range m.H {
		sum += row[y]
		if y >= n {
			sum -= row[y-n]
		}
		if sum > best {
			best, at = sum, max(0, y-n+1)
		}
	}
	return at
}
