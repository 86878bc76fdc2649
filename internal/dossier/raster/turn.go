package raster

import "math"

// Rotate turns src clockwise by deg about its middle, bilinear, and paints what comes
// from outside like paper. The size stays; meant for the few degrees of skew.
func Rotate(dst, src *Gray, deg float64) {
	w, h := src.W, src.H
	dst.size(w, h)
	sin, cos := math.Sincos(deg * math.Pi / 180)
	cx, cy := float64(w-1)/2, float64(h-1)/2
	dx, dy := int64(math.Round(cos*65536)), int64(math.Round(-sin*65536))
	for y := range h {
		fy := float64(y) - cy
		sx := int64((cx - cx*cos + fy*sin) * 65536)
		sy := int64((cy + cx*sin + fy*cos) * 65536)
		// The part of the row that comes from inside lies between first and last.
		first, last := inside(sx, dx, w, 0, w)
		first, last = inside(sy, dy, h, first, last)
		out := dst.Row(y)
		for x := range first {
			out[x] = Paper
		}
		for x := last; x < w; x++ {
			out[x] = Paper
		}
		sx, sy = sx+int64(first)*dx, sy+int64(first)*dy
		for x := first; x < last; x++ {
			p := int(sy>>16)*w + int(sx>>16)
			u, v := uint32(sx>>8)&255, uint32(sy>>8)&255
			a, b := src.Pix[p:p+2:p+2], src.Pix[p+w:p+w+2:p+w+2]
			t := uint32(a[0])<<8 + (uint32(a[1])-uint32(a[0]))*u
			l := uint32(b[0])<<8 + (uint32(b[1])-uint32(b[0]))*u
			out[x] = uint8((t<<8 + (l-t)*v) >> 16)
			sx, sy = sx+dx, sy+dy
		}
	}
}

// inside cuts [first, last) to the x for which 0 ≤ (s + x·d)/65536 < n-1.
func inside(s, d int64, n, first, last int) (int, int) {
	limit := int64(n-1)<<16 - 1
	switch {
	case d == 0 && (s < 0 || s > limit):
		return first, first
	case d > 0:
		first = max(first, ceil(-s, d))
		last = min(last, int(floor(limit-s, d))+1)
	case d < 0:
		first = max(first, ceil(s-limit, -d))
		last = min(last, int(floor(s, -d))+1)
	}
	return first, max(first, last)
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func ceil(a, b int64) int { return int(-floor(-a, b)) }

// Turn turns src clockwise by 0, 90, 180 or 270 degrees.
func Turn(dst, src *Gray, deg int) {
	w, h := src.W, src.H
	switch deg {
	case 90, 270:
		dst.size(h, w)
	default:
		dst.size(w, h)
	}
	switch deg {
	case 0:
		copy(dst.Pix, src.Pix)
	case 180:
		for i, v := range src.Pix {
			dst.Pix[len(dst.Pix)-1-i] = v
		}
	case 90: // by blocks, so that both pictures stay in the cache
		blocks(w, h, func(x, y int) { dst.Pix[x*h+h-1-y] = src.Pix[y*w+x] })
	case 270:
		blocks(w, h, func(x, y int) { dst.Pix[(w-1-x)*h+y] = src.Pix[y*w+x] })
	}
}

func blocks(w, h int, do func(x, y int)) {
	const n = 32
	for y0 := 0; y0 < h; y0 += n {
		for x0 := 0; x0 < w; x0 += n {
			for y := y0; y < min(h, y0+n); y++ {
				for x := x0; x < min(w, x0+n); x++ {
					do(x, y)
				}
			}
		}
	}
}

// Back tells where a point of the picture made by Rotate(deg) from a picture of size
// w × h was before.
func Back(x, y float64, w, h int, deg float64) (float64, float64) {
	sin, cos := math.Sincos(deg * math.Pi / 180)
	cx, cy := float64(w-1)/2, float64(h-1)/2
	x, y = x-cx, y-cy
	return cx + x*cos + y*sin, cy - x*sin + y*cos
}
