package redact

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"

	"congminh/internal/dossier/raster"
	"congminh/internal/dossier/reading"
)

// Margin is how far a burnt rectangle reaches beyond its box, in pixels of a picture
// of so many dots per inch: half a millimetre, for marks above letters and boxes that
// were read a little short.
func Margin(dpi int) int { return max(2, dpi/50) }

// Burn returns a copy of a picture with black rectangles over boxes, each wider by
// margin on every side. Boxes are pixels of the picture, whose corner is 0, 0. The
// pixels under them are gone.
func Burn(img image.Image, boxes []reading.Box, margin int) image.Image {
	b := img.Bounds()
	var out draw.Image
	if two(img) {
		out = image.NewPaletted(image.Rect(0, 0, b.Dx(), b.Dy()), color.Palette{color.Black, color.White})
	} else if _, grey := img.(*image.Gray); grey {
		out = image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	} else {
		out = image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	}
	if p, ok := out.(*image.Paletted); ok { // draw.Draw would look for the nearest colour of each pixel
		for y := range b.Dy() {
			for x := range b.Dx() {
				if r, _, _, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA(); r >= 0x8000 {
					p.Pix[y*p.Stride+x] = 1
				}
			}
		}
	} else {
		draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(out, out.Bounds(), img, b.Min, draw.Over)
	}
	for _, x := range boxes {
		draw.Draw(out, image.Rect(x[0]-margin, x[1]-margin, x[2]+margin, x[3]+margin), image.Black, image.Point{}, draw.Src)
	}
	return out
}

// two reports whether a picture has no colour but black and white, as a fax has.
func two(img image.Image) bool {
	switch m := img.(type) {
	case *image.Paletted:
		return len(m.Palette) <= 2
	case *image.Gray:
		for _, v := range m.Pix {
			if v != 0 && v != 255 {
				return false
			}
		}
		return true
	}
	return false
}

// Picture decodes a picture as it was received, turns it upright, burns boxes into it
// and codes it anew from its pixels. Whatever else the received file carried, such as
// a thumbnail, a comment or where it was taken, is not in the new one.
func Picture(data []byte, format string, rotation int, boxes []reading.Box, margin int) (out []byte, newFormat string, err error) {
	img, err := raster.Decode(data, format)
	if err != nil {
		return nil, "", err
	}
	img = Burn(raster.TurnImage(img, rotation), boxes, margin)
	var b bytes.Buffer
	if _, fax := img.(*image.Paletted); fax {
		err = png.Encode(&b, img)
		return b.Bytes(), "png", err
	}
	err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 88})
	return b.Bytes(), "jpeg", err
}
