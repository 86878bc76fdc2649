// Package watermark burns into the picture of a page who looks at it, from where, when
// and what for (thủy ấn), so that a photograph of the screen or a print names its maker.
package watermark

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	_ "image/png" // pages come as JPEG or PNG
	"io"
	"math"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

// most is the largest picture that is marked, in pixels: a page at 600 dots per inch.
const most = 80_000_000

// ErrTooLarge is returned for a picture that no page is.
var ErrTooLarge = errors.New("watermark: the picture is too large to be marked")

// Ink is how dark the text is, 0–255: it can be read over writing and leaves the writing
// to be read.
const Ink = 84

// Burn reads a picture, writes text over all of it, slanted and in rows, and returns it
// as a JPEG. ttf is the TrueType font the text is set in.
func Burn(r io.Reader, text string, ttf []byte) ([]byte, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	about, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	if about.Width*about.Height > most {
		return nil, ErrTooLarge
	}
	from, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	page := image.NewRGBA(image.Rect(0, 0, about.Width, about.Height))
	draw.Draw(page, page.Bounds(), from, from.Bounds().Min, draw.Src)
	line, err := set(text, ttf, float64(max(about.Width, about.Height))/70)
	if err != nil {
		return nil, err
	}
	tile(page, line)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, page, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("watermark: %w", err)
	}
	return out.Bytes(), nil
}

// set sets one line of text, size pixels high, dark on nothing.
func set(text string, ttf []byte, size float64) (*image.RGBA, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("watermark: font: %w", err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("watermark: font: %w", err)
	}
	defer face.Close()
	width, m := font.MeasureString(face, text).Ceil()+int(4*size), face.Metrics()
	line := image.NewRGBA(image.Rect(0, 0, width, (m.Ascent + m.Descent).Ceil()))
	ink := image.NewUniform(color.NRGBA{R: 120, A: Ink})
	d := font.Drawer{Dst: line, Src: ink, Face: face, Dot: fixed.Point26_6{Y: m.Ascent}}
	d.DrawString(text)
	return line, nil
}

// tile lays line over page again and again, rising to the right, every second row half
// a line on, so that no part of the page a person can use is without it.
func tile(page *image.RGBA, line *image.RGBA) {
	const slant = -0.32 // radians
	w, h := float64(line.Bounds().Dx()), float64(line.Bounds().Dy())
	sin, cos := math.Sin(slant), math.Cos(slant)
	b := page.Bounds()
	reach := math.Hypot(float64(b.Dx()), float64(b.Dy()))
	step := h * 7
	row := 0
	for v := -reach; v < reach; v += step {
		for u := -reach - w*float64(row%2)/2; u < reach; u += w {
			x, y := u*cos-v*sin, u*sin+v*cos
			box := image.Rect(int(x+min(0, -h*sin))-2, int(y+w*sin)-2, int(x+w*cos+math.Abs(h*sin))+2, int(y+h*cos)+2)
			if !box.Overlaps(b) {
				continue
			}
			xdraw.BiLinear.Transform(page, f64.Aff3{cos, -sin, x, sin, cos, y}, line, line.Bounds(), xdraw.Over, nil)
		}
		row++
	}
}
