// Package raster holds grey pictures of pages and what cleans them before they are
// read (làm sạch ảnh trang): speckle, uneven light, skew, wrong turn. It also tells
// what kind of sheet a picture shows: blank, two pages side by side, a near copy of
// another. The picture that people see is never changed by it.
//
// Everything is 8-bit grey, 0 black to 255 white, and integer arithmetic inside the
// loops: on a page of 300 dpi (8.7 million pixels) each step takes some
// milliseconds. Where eight pixels fit in one machine word they are worked on
// together. Functions that write to dst give it the size they need and keep its
// memory if that is large enough, so a reader that keeps two pictures does not
// allocate. dst and src must not be the same picture unless the comment says so.
//
// Angles are degrees, clockwise positive as seen on the screen (y grows downwards).
package raster

import (
	"encoding/binary"
	"image"
)

// Gray is a grey picture; row y is Pix[y*W : (y+1)*W].
type Gray struct {
	W, H int
	Pix  []uint8
}

// New returns a black picture.
func New(w, h int) *Gray { return &Gray{w, h, make([]uint8, w*h)} }

// Row returns row y.
func (g *Gray) Row(y int) []uint8 { return g.Pix[y*g.W : (y+1)*g.W : (y+1)*g.W] }

// Image returns g as an image.Gray on the same memory.
func (g *Gray) Image() *image.Gray {
	return &image.Gray{Pix: g.Pix, Stride: g.W, Rect: image.Rect(0, 0, g.W, g.H)}
}

// Crop copies the part of src inside r, which is cut to the picture, to dst.
func Crop(dst, src *Gray, r image.Rectangle) {
	r = r.Intersect(image.Rect(0, 0, src.W, src.H))
	dst.size(r.Dx(), r.Dy())
	for y := range dst.H {
		copy(dst.Row(y), src.Row(r.Min.Y + y)[r.Min.X:r.Max.X])
	}
}

// size gives g a size; what it holds afterwards is undefined.
func (g *Gray) size(w, h int) {
	g.W, g.H = w, h
	if cap(g.Pix) < w*h {
		g.Pix = make([]uint8, w*h)
	}
	g.Pix = g.Pix[:w*h]
}

// Eight pixels in a word.
const (
	top8  = 0x8080808080808080 // the highest bit of each
	low7  = 0x7f7f7f7f7f7f7f7f
	even8 = 0x00ff00ff00ff00ff // four of them, with room above
)

func load(p []uint8) uint64         { return binary.LittleEndian.Uint64(p) }
func put(p []uint8, v uint64)       { binary.LittleEndian.PutUint64(p, v) }
func clip[T int | int32](v T) uint8 { return uint8(min(255, max(0, v))) }

// order sorts each of eight pairs of 7-bit values.
func order(a, b uint64) (lo, hi uint64) {
	h := ((a | top8) - b) & top8 // set where a ≥ b
	x := (a ^ b) & (h - h>>7)
	return a ^ x, b ^ x
}
