package raster

import (
	"image"
	"slices"

	"golang.org/x/image/draw"
)

// Median sets each pixel of dst to the median of the 3 × 3 around it in src: specks
// of one or two pixels go, edges stay. It works on 7 bits of the grey (Huang's
// column ordering, eight pixels at a time), so values move by at most one.
func Median(dst, src *Gray) {
	w, h := src.W, src.H
	dst.size(w, h)
	if w < 3 || h < 3 {
		copy(dst.Pix, src.Pix)
		return
	}
	// Lines with 8 spare pixels before and at least 8 after, so that words may stick out.
	n := 8 + (w+7)/8*8 + 8
	var line [6][]uint8
	buf := make([]uint8, 6*n)
	for i := range line {
		line[i] = buf[i*n : (i+1)*n]
	}
	raw := [3][]uint8{line[0], line[1], line[2]}
	low, mid, high := line[3], line[4], line[5]
	fill := func(to []uint8, y int) {
		row := src.Row(y)
		x := 0
		for ; x+8 <= w; x += 8 {
			put(to[8+x:], load(row[x:])>>1&low7)
		}
		for ; x < w; x++ {
			to[8+x] = row[x] >> 1
		}
	}
	fill(raw[0], 0)
	fill(raw[1], 0)
	for y := range h {
		if y+1 < h {
			fill(raw[2], y+1)
		} else {
			copy(raw[2], raw[1])
		}
		for x := 8; x < n-8; x += 8 {
			a, b := order(load(raw[0][x:]), load(raw[1][x:]))
			b, c := order(b, load(raw[2][x:]))
			a, b = order(a, b)
			put(low[x:], a)
			put(mid[x:], b)
			put(high[x:], c)
		}
		for _, l := range [...][]uint8{low, mid, high} {
			l[7], l[8+w] = l[8], l[7+w]
		}
		out := dst.Row(y)
		for x := 0; x < w; x += 8 {
			// the highest of the low, the middle of the middle, the lowest of the high
			_, a := order(load(low[x+7:]), load(low[x+8:]))
			_, a = order(a, load(low[x+9:]))
			b, c := order(load(mid[x+7:]), load(mid[x+8:]))
			c, _ = order(c, load(mid[x+9:]))
			_, b = order(b, c)
			d, _ := order(load(high[x+7:]), load(high[x+8:]))
			d, _ = order(d, load(high[x+9:]))
			// and their median
			a, b = order(a, b)
			b, _ = order(b, d)
			_, b = order(a, b)
			b = b<<1 | b>>6&^(low7<<1)
			if x+8 <= w {
				put(out[x:], b)
				continue
			}
			for i := x; i < w; i++ {
				out[i] = uint8(b)
				b >>= 8
			}
		}
		raw[0], raw[1], raw[2] = raw[1], raw[2], raw[0]
	}
}

// Blur is a Gaussian of standard deviation 1 pixel: the binomial 1 4 6 4 1 in both
// directions, eight pixels at a time. tmp is working space.
func Blur(dst, src, tmp *Gray) {
	w, h := src.W, src.H
	dst.size(w, h)
	tmp.size(w, h)
	if w < 13 || h < 5 {
		copy(dst.Pix, src.Pix)
		return
	}
	for y := range h {
		r, d := src.Row(y), tmp.Row(y)
		copy(d[:2], r)
		x := 2
		for ; x+10 <= w; x += 8 {
			put(d[x:], binomial(load(r[x-2:]), load(r[x-1:]), load(r[x:]), load(r[x+1:]), load(r[x+2:])))
		}
		for ; x < w-2; x++ {
			d[x] = uint8((int(r[x-2]) + int(r[x+2]) + 4*(int(r[x-1])+int(r[x+1])) + 6*int(r[x]) + 8) >> 4)
		}
		copy(d[w-2:], r[w-2:])
	}
	for y := range h {
		a, b, c, d, e := tmp.Row(max(0, y-2)), tmp.Row(max(0, y-1)), tmp.Row(y), tmp.Row(min(h-1, y+1)), tmp.Row(min(h-1, y+2))
		z := dst.Row(y)
		x := 0
		for ; x+8 <= w; x += 8 {
			put(z[x:], binomial(load(a[x:]), load(b[x:]), load(c[x:]), load(d[x:]), load(e[x:])))
		}
		for ; x < w; x++ {
			z[x] = uint8((int(a[x]) + int(e[x]) + 4*(int(b[x])+int(d[x])) + 6*int(c[x]) + 8) >> 4)
		}
	}
}

func binomial(a, b, c, d, e uint64) uint64 {
	const half = 0x0008000800080008
	lo := (a & even8) + (e & even8) + 4*((b&even8)+(d&even8)) + 6*(c&even8) + half
	a, b, c, d, e = a>>8, b>>8, c>>8, d>>8, e>>8
	hi := (a & even8) + (e & even8) + 4*((b&even8)+(d&even8)) + 6*(c&even8) + half
	return lo>>4&even8 | hi>>4&even8<<8
}

// Scale resizes src to w × h: smaller by the mean of the area each pixel covers,
// larger by straight interpolation.
func Scale(dst, src *Gray, w, h int) {
	if w == src.W && h == src.H {
		dst.size(w, h)
		copy(dst.Pix, src.Pix)
		return
	}
	for w*3 < src.W || h*3 < src.H { // the loop below reaches over four pixels at most
		half := New(src.W/2, src.H/2)
		halve(half, src)
		src = half
	}
	dst.size(w, h)
	if w > src.W || h > src.H {
		draw.ApproxBiLinear.Scale(dst.Image(), image.Rect(0, 0, w, h), src.Image(), image.Rect(0, 0, src.W, src.H), draw.Src, nil)
		return
	}
	xs, ys := spans(w, src.W), spans(h, src.H)
	line, sum := make([]uint32, w), make([]uint32, w)
	done := -1 // last row of src that is in line
	for y, s := range ys {
		clear(sum)
		for i, k := range s.weight {
			if k == 0 {
				continue
			}
			if from := s.at + i; from != done {
				done = from
				r := src.Row(from)
				for x := range xs {
					p := &xs[x]
					q := r[p.at:]
					if len(q) >= 4 {
						line[x] = (uint32(q[0])*p.weight[0] + uint32(q[1])*p.weight[1] + uint32(q[2])*p.weight[2] + uint32(q[3])*p.weight[3]) >> 4
						continue
					}
					v := uint32(0)
					for j := range q {
						v += uint32(q[j]) * p.weight[j]
					}
					line[x] = v >> 4
				}
			}
			for x, v := range line {
				sum[x] += v * k
			}
		}
		out := dst.Row(y)
		for x, v := range sum {
			out[x] = uint8(v >> 20)
		}
	}
}

// span is what one target pixel takes of the source: four pixels from at, in 1/4096.
type span struct {
	at     int
	weight [4]uint32
}

func spans(n, from int) []span {
	out := make([]span, n)
	for i := range out {
		lo, hi := i*from*4096/n, (i+1)*from*4096/n
		s := span{at: lo >> 12}
		left := uint32(4096)
		for k := 0; k < 4 && s.at+k < from; k++ {
			a, b := max(lo, (s.at+k)<<12), min(hi, (s.at+k+1)<<12)
			if b > a {
				s.weight[k] = min(left, uint32((b-a)*4096/(hi-lo)))
				left -= s.weight[k]
			}
		}
		s.weight[0] += left // what rounding lost
		out[i] = s
	}
	return out
}

// halve sets dst, which has half the size of src, to the mean of each 2 × 2.
func halve(dst, src *Gray) {
	for y := range dst.H {
		a, b, d := src.Row(2*y), src.Row(2*y+1), dst.Row(y)
		for x := range d {
			d[x] = uint8((uint32(a[2*x]) + uint32(a[2*x+1]) + uint32(b[2*x]) + uint32(b[2*x+1]) + 2) >> 2)
		}
	}
}

// Paper is the grey that Flatten makes of the paper.
const Paper = 245

// Flatten evens out the light, in place: the paper is found in tiles of 48 × 48 (the
// grey that 35 % of a tile is brighter than, smoothed over 3 × 3 tiles so that a
// tile full of ink does not count as paper) and every pixel is multiplied so that
// the paper around it becomes Paper. A tile is never taken for paper if it is four
// times darker than the sheet, so black borders stay black.
func Flatten(g *Gray) {
	const tile = 48
	tw, th := (g.W+tile-1)/tile, (g.H+tile-1)/tile
	if tw == 0 || th == 0 {
		return
	}
	paper := make([]uint8, tw*th)
	for ty := range th {
		for tx := range tw {
			var count [256]int32
			n := int32(0)
			x1 := min(g.W, (tx+1)*tile)
			for y := ty * tile; y < min(g.H, (ty+1)*tile); y += 3 {
				row := g.Row(y)
				for x := tx * tile; x < x1; x += 2 {
					count[row[x]]++
					n++
				}
			}
			v := 255
			for c := count[255]; v > 0 && c < n*35/100; c += count[v] {
				v--
			}
			paper[ty*tw+tx] = uint8(v)
		}
	}
	sheet := slices.Clone(paper)
	slices.Sort(sheet)
	floor := max(16, sheet[len(sheet)/2]/4)
	gain := make([]int32, len(paper)) // 1/65536
	for ty := range th {
		for tx := range tw {
			var around [9]uint8
			n := 0
			for j := max(0, ty-1); j <= min(th-1, ty+1); j++ {
				n += copy(around[n:], paper[j*tw+max(0, tx-1):j*tw+min(tw, tx+2)])
			}
			slices.Sort(around[:n])
			gain[ty*tw+tx] = Paper << 16 / int32(max(floor, around[n*3/5]))
		}
	}
	// Between the middles of four tiles the gain runs straight.
	for y := range g.H {
		f := (y - tile/2 + tile) // ≥ 0, one tile further
		ty, wy := f/tile-1, int32(f%tile)
		ya, yb := max(ty, 0)*tw, min(max(ty+1, 0), th-1)*tw
		row := g.Row(y)
		for x0 := -tile / 2; x0 < g.W; x0 += tile {
			tx := (x0 + tile/2) / tile
			xa, xb := max(tx-1, 0), min(tx, tw-1)
			left := gain[ya+xa] + (gain[yb+xa]-gain[ya+xa])/tile*wy
			right := gain[ya+xb] + (gain[yb+xb]-gain[ya+xb])/tile*wy
			step := (right - left) / tile
			k := left
			part := row[max(0, x0):min(g.W, x0+tile)]
			if x0 < 0 {
				k += step * tile / 2
			}
			for i, v := range part {
				q := int32(v) * (k >> 4) >> 12
				if q > 255 {
					q = 255
				}
				part[i] = uint8(q)
				k += step
			}
		}
	}
}
