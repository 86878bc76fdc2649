package raster

import (
	"image"

	"golang.org/x/image/draw"
)

// Shrink returns img in w × h, in colour if it has any. JPEG pictures are scaled in
// their own three planes by the mean of the area; others by ApproxBiLinear.
func Shrink(img image.Image, w, h int) image.Image {
	switch m := img.(type) {
	case *image.YCbCr:
		out := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		lum, cb, cr := planes(m)
		Scale(&Gray{Pix: out.Y}, lum, w, h)
		Scale(&Gray{Pix: out.Cb}, cb, (w+1)/2, (h+1)/2)
		Scale(&Gray{Pix: out.Cr}, cr, (w+1)/2, (h+1)/2)
		return out
	case *image.Gray:
		src, out := &Gray{}, &Gray{}
		Red(src, m)
		Scale(out, src, w, h)
		return out.Image()
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Rect, img, img.Bounds(), draw.Over, nil)
	return out
}

// planes returns the three planes of m without the unused ends of their rows.
func planes(m *image.YCbCr) (lum, cb, cr *Gray) {
	r := m.Rect
	pack := func(pix []uint8, stride, w, h int) *Gray {
		if stride == w {
			return &Gray{w, h, pix[:w*h]}
		}
		g := New(w, h)
		for y := range h {
			copy(g.Row(y), pix[y*stride:])
		}
		return g
	}
	first, last := m.COffset(r.Min.X, r.Min.Y), m.COffset(r.Max.X-1, r.Max.Y-1)
	cw, ch := (last-first)%m.CStride+1, (last-first)/m.CStride+1
	return pack(m.Y[m.YOffset(r.Min.X, r.Min.Y):], m.YStride, r.Dx(), r.Dy()),
		pack(m.Cb[first:], m.CStride, cw, ch), pack(m.Cr[first:], m.CStride, cw, ch)
}

// TurnImage turns a picture clockwise by 0, 90, 180 or 270 degrees.
func TurnImage(img image.Image, deg int) image.Image {
	if deg == 0 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if deg != 180 {
		w, h = h, w
	}
	switch m := img.(type) {
	case *image.YCbCr:
		if m.SubsampleRatio == image.YCbCrSubsampleRatio420 && (b.Dx()|b.Dy())&1 == 0 {
			out := image.NewYCbCr(image.Rect(0, 0, w, h), m.SubsampleRatio)
			lum, cb, cr := planes(m)
			Turn(&Gray{Pix: out.Y}, lum, deg)
			Turn(&Gray{Pix: out.Cb}, cb, deg)
			Turn(&Gray{Pix: out.Cr}, cr, deg)
			return out
		}
	case *image.Gray:
		src, out := &Gray{}, &Gray{}
		Red(src, m)
		Turn(out, src, deg)
		return out.Image()
	}
	flat := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, img, b.Min, draw.Over)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	blocks(b.Dx(), b.Dy(), func(x, y int) {
		to := out.PixOffset(w-1-x, h-1-y)
		switch deg {
		case 90:
			to = out.PixOffset(w-1-y, x)
		case 270:
			to = out.PixOffset(y, h-1-x)
		}
		copy(out.Pix[to:to+4], flat.Pix[flat.PixOffset(x, y):])
	})
	return out
}

// Halves cuts a picture of two pages into its left and its right page at x.
func Halves(img image.Image, x int) (left, right image.Image) {
	b := img.Bounds()
	x += b.Min.X
	cut := func(r image.Rectangle) image.Image {
		if s, ok := img.(interface {
			SubImage(image.Rectangle) image.Image
		}); ok {
			return s.SubImage(r)
		}
		out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
		draw.Draw(out, out.Rect, img, r.Min, draw.Src)
		return out
	}
	return cut(image.Rect(b.Min.X, b.Min.Y, x, b.Max.Y)), cut(image.Rect(x, b.Min.Y, b.Max.X, b.Max.Y))
}
