package ocr

import (
	"image"
	"slices"

	"congminh/internal/dossier/raster"
)

// Barcodes are rare and their decoder is dear, so it is only shown the parts of a
// page that look like one.

const codeInk = raster.Paper * 6 / 10 // darker is a bar

// barsOn finds where a line code may stand on a straightened picture of about 200
// dpi: patches, at least 5 mm high and 12 mm wide, with many edges along the rows
// and hardly any along the columns.
func barsOn(g *raster.Gray) []image.Rectangle {
	const cw, ch = 24, 8 // a cell
	w, h := g.W/cw, (g.H-ch)/ch
	if w < 1 || h < 1 {
		return nil
	}
	cell := make([]bool, w*h)
	for j := range h {
		a, b := g.Row(j*ch), g.Row(j*ch+ch-1)
		for i := range w {
			edges, differ := 0, 0
			last := a[i*cw] < codeInk
			for x := i * cw; x < (i+1)*cw; x++ {
				dark := a[x] < codeInk
				if dark != last {
					edges++
					last = dark
				}
				if dark != (b[x] < codeInk) {
					differ++
				}
			}
			cell[j*w+i] = edges >= 3 && differ <= 3
		}
	}
	// Grow patches over neighbours, one empty cell between allowed.
	var out []image.Rectangle
	for p := range cell {
		if !cell[p] {
			continue
		}
		r := image.Rect(p%w, p/w, p%w+1, p/w+1)
		n, stack := 0, []int{p}
		cell[p] = false
		for len(stack) > 0 {
			q := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			n++
			x, y := q%w, q/w
			r = r.Union(image.Rect(x, y, x+1, y+1))
			for j := max(0, y-1); j <= min(h-1, y+1); j++ {
				for i := max(0, x-2); i <= min(w-1, x+2); i++ {
					if cell[j*w+i] {
						cell[j*w+i] = false
						stack = append(stack, j*w+i)
					}
				}
			}
		}
		if r.Dx() >= 4 && r.Dy() >= 4 && n*2 >= r.Dx()*r.Dy() {
			out = append(out, image.Rect(r.Min.X*cw, r.Min.Y*ch, r.Max.X*cw, r.Max.Y*ch))
		}
	}
	return out
}

// squaresOn finds where a QR code may stand: around three finder patterns, whose
// runs are 1 1 3 1 1 both ways.
func squaresOn(g *raster.Gray) []image.Rectangle {
	type finder struct{ x, y, unit, hits int }
	var found []finder
	for y := 1; y < g.H; y += 3 {
		row := g.Row(y)
		var run [5]int // ends with a dark one
		dark, start := false, 0
		for x := 0; x <= len(row); x++ {
			if x < len(row) && (row[x] < codeInk) == dark {
				continue
			}
			copy(run[:], run[1:])
			run[4] = x - start
			start = x
			if dark && x < len(row) {
				if unit, ok := pattern(run); ok {
					cx := x - run[4] - run[3] - run[2]/2
					if down(g, cx, y, unit) {
						k := slices.IndexFunc(found, func(f finder) bool {
							return max(f.x-cx, cx-f.x, f.y-y, y-f.y) < 5*max(unit, 2)
						})
						if k < 0 {
							found = append(found, finder{cx, y, unit, 1})
						} else {
							found[k].hits++
						}
					}
				}
			}
			dark = !dark
		}
	}
	if len(found) < 3 || len(found) > 60 { // 60: a pattern in the print
		return nil
	}
	// Three that belong together: equal legs at a right angle.
	for i, a := range found {
		for j, b := range found {
			for k, c := range found {
				if i == j || i == k || j >= k {
					continue
				}
				ux, uy, vx, vy := b.x-a.x, b.y-a.y, c.x-a.x, c.y-a.y
				u, v := ux*ux+uy*uy, vx*vx+vy*vy
				dot := ux*vx + uy*vy
				if u*10 < v*7 || v*10 < u*7 || dot*dot*25 > u*v || u < 14*14*max(1, a.unit*a.unit) {
					continue
				}
				r := image.Rect(a.x, a.y, a.x, a.y)
				for _, p := range [...]image.Point{{a.x, a.y}, {b.x, b.y}, {c.x, c.y}, {b.x + vx, b.y + vy}} {
					r.Min.X, r.Min.Y = min(r.Min.X, p.X), min(r.Min.Y, p.Y)
					r.Max.X, r.Max.Y = max(r.Max.X, p.X), max(r.Max.Y, p.Y)
				}
				return []image.Rectangle{r.Inset(-10 * max(2, a.unit))}
			}
		}
	}
	return nil
}

// pattern reports whether five runs are 1 1 3 1 1 of a unit of at least 1.5 pixels.
func pattern(run [5]int) (unit int, ok bool) {
	total := run[0] + run[1] + run[2] + run[3] + run[4]
	if total < 11 || total > 400 {
		return 0, false
	}
	for i, r := range run { // in sevenths, each may be off by half a unit and a pixel
		want := total
		if i == 2 {
			want = 3 * total
		}
		if d := 7*r - want; max(d, -d) > total/2+7 {
			return 0, false
		}
	}
	return (total + 3) / 7, true
}

// down checks the same pattern in the column through (x, y).
func down(g *raster.Gray, x, y, unit int) bool {
	dark := func(y int) bool { return y >= 0 && y < g.H && g.Pix[y*g.W+x] < codeInk }
	var run [5]int
	limit := 5 * max(2, unit)
	up, lo := y, y+1
	for i, want := range [...]bool{true, false, true} {
		for n := 0; n < limit && up >= 0 && dark(up) == want; n++ {
			run[2-i]++
			up--
		}
		for n := 0; n < limit && lo < g.H && dark(lo) == want; n++ {
			run[2+i]++
			lo++
		}
	}
	_, ok := pattern(run)
	return ok
}
