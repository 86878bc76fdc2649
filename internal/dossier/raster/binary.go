package raster

import "math"

// Otsu returns the grey that best parts ink from paper (Otsu 1979): ink is ≤ it.
func Otsu(g *Gray) uint8 {
	var count [256]int
	for _, v := range g.Pix {
		count[v]++
	}
	total := 0
	for i, c := range count {
		total += i * c
	}
	n, below, sum := len(g.Pix), 0, 0
	best, at := 0.0, 0
	for i, c := range count {
		below += c
		sum += i * c
		if below == 0 {
			continue
		}
		if below == n {
			break
		}
		d := float64(sum)/float64(below) - float64(total-sum)/float64(n-below)
		if v := float64(below) * float64(n-below) * d * d; v > best {
			best, at = v, i
		}
	}
	return uint8(at)
}

// Threshold makes what is ≤ t black and the rest white, in place.
func Threshold(g *Gray, t uint8) {
	for i, v := range g.Pix {
		if v <= t {
			g.Pix[i] = 0
		} else {
			g.Pix[i] = 255
		}
	}
}

// Sauvola makes src black and white with the local threshold of Sauvola and
// Pietikäinen (2000), m·(1 + k·(s/128 − 1)), where m and s are the mean and the
// standard deviation of the window × window pixels around. It keeps faint text that
// one threshold for the sheet would lose, and roughens clean text.
func Sauvola(dst, src *Gray, window int, k float64) {
	w, h, r := src.W, src.H, window/2
	dst.size(w, h)
	// Sums of each column over the rows of the window; moving it down adds one row
	// and takes one away.
	sum, sq := make([]int32, w), make([]int32, w)
	add := func(y int, sign int32) {
		for x, v := range src.Row(y) {
			d := int32(v)
			sum[x] += sign * d
			sq[x] += sign * d * d
		}
	}
	for y := range min(h, r) {
		add(y, 1)
	}
	for y := range h {
		if y+r < h {
			add(y+r, 1)
		}
		if y-r-1 >= 0 {
			add(y-r-1, -1)
		}
		rows := min(h, y+r+1) - max(0, y-r)
		var s, q int64
		for x := range min(w, r) {
			s, q = s+int64(sum[x]), q+int64(sq[x])
		}
		in, out := src.Row(y), dst.Row(y)
		for x := range w {
			if x+r < w {
				s, q = s+int64(sum[x+r]), q+int64(sq[x+r])
			}
			if x-r-1 >= 0 {
				s, q = s-int64(sum[x-r-1]), q-int64(sq[x-r-1])
			}
			inv := 1 / float64(rows*(min(w, x+r+1)-max(0, x-r)))
			m := float64(s) * inv
			dev := math.Sqrt(max(0, float64(q)*inv-m*m))
			out[x] = 0
			if float64(in[x]) > m*(1+k*(dev/128-1)) {
				out[x] = 255
			}
		}
	}
}
