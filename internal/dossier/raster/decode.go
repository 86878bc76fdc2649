package raster

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/tiff"
)

// MaxPixels is the largest picture that is decoded: an A3 sheet at 600 dpi, and some.
const MaxPixels = 100_000_000

// ErrFormat says that a picture is not of a kind that can be decoded, ErrSize that
// it has more than MaxPixels.
var (
	ErrFormat = errors.New("not a JPEG, PNG or TIFF picture")
	ErrSize   = errors.New("the picture has too many pixels")
)

// Decode reads a picture. format is "jpeg", "png" or "tiff" (CCITT G4 among others).
func Decode(data []byte, format string) (image.Image, error) {
	config, decode := jpeg.DecodeConfig, jpeg.Decode
	switch format {
	case "jpeg":
	case "png":
		config, decode = png.DecodeConfig, png.Decode
	case "tiff":
		config, decode = tiff.DecodeConfig, tiff.Decode
	default:
		return nil, fmt.Errorf("%w: %q", ErrFormat, format)
	}
	c, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s header: %w", format, err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxPixels/c.Height {
		return nil, fmt.Errorf("%w: %d × %d", ErrSize, c.Width, c.Height)
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format, err)
	}
	return img, nil
}

// Red sets dst to the red channel of img. Red seals and red pencil become paper in
// it, while black and blue ink stay dark. Of a grey picture it is the grey.
func Red(dst *Gray, img image.Image) {
	r := img.Bounds()
	dst.size(r.Dx(), r.Dy())
	switch m := img.(type) {
	case *image.YCbCr:
		// R = Y + 1.402 (Cr - 128), ITU-R T.871
		var red [256]int32
		for i := range red {
			red[i] = (int32(i-128)*91881 + 1<<15) >> 16
		}
		wide := m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio422
		for y := range dst.H {
			out := dst.Row(y)
			lum := m.Y[m.YOffset(r.Min.X, r.Min.Y+y):]
			lum = lum[:len(out)]
			if wide && r.Min.X&1 == 0 {
				cr := m.Cr[m.COffset(r.Min.X, r.Min.Y+y):]
				x := 0
				for ; x+1 < len(lum); x += 2 {
					d := red[cr[x>>1]]
					out[x], out[x+1] = clip(int32(lum[x])+d), clip(int32(lum[x+1])+d)
				}
				if x < len(lum) {
					out[x] = clip(int32(lum[x]) + red[cr[x>>1]])
				}
				continue
			}
			for x, v := range lum {
				out[x] = clip(int32(v) + red[m.Cr[m.COffset(r.Min.X+x, r.Min.Y+y)]])
			}
		}
	case *image.Gray:
		for y := range dst.H {
			copy(dst.Row(y), m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):])
		}
	case *image.Paletted:
		var red [256]uint8
		for i, c := range m.Palette[:min(256, len(m.Palette))] {
			r, _, _, a := c.RGBA()
			red[i] = uint8((r + 0xffff - a) >> 8)
		}
		for y := range dst.H {
			row := m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):]
			for x, out := 0, dst.Row(y); x < len(out); x++ {
				out[x] = red[row[x]]
			}
		}
	case *image.RGBA:
		red4(dst, m.Pix[m.PixOffset(r.Min.X, r.Min.Y):], m.Stride)
	case *image.NRGBA:
		if m.Opaque() {
			red4(dst, m.Pix[m.PixOffset(r.Min.X, r.Min.Y):], m.Stride)
			return
		}
		redAny(dst, img)
	default:
		redAny(dst, img)
	}
}

func red4(dst *Gray, pix []uint8, stride int) {
	for y := range dst.H {
		row := pix[y*stride:]
		for x, out := 0, dst.Row(y); x < len(out); x++ {
			out[x] = row[4*x]
		}
	}
}

// redAny lays a picture of any kind on white paper.
func redAny(dst *Gray, img image.Image) {
	min := img.Bounds().Min
	for y := range dst.H {
		for x, out := 0, dst.Row(y); x < len(out); x++ {
			r, _, _, a := img.At(min.X+x, min.Y+y).RGBA()
			out[x] = uint8((r + 0xffff - a) >> 8)
		}
	}
}

// Coloured returns the share of the picture that is clearly coloured, 0 to 1, from
// every fourth pixel of every fourth row. A sheet with nothing but a red seal has
// no ink in its red channel; this tells that it is not blank.
func Coloured(img image.Image) float64 {
	const limit = 28
	r := img.Bounds()
	n, hit := 0, 0
	far := func(a, b uint8) bool { return a > b+limit && b < 255-limit || b > a+limit && a < 255-limit }
	switch m := img.(type) {
	case *image.YCbCr:
		for y := r.Min.Y; y < r.Max.Y; y += 4 {
			for x := r.Min.X; x < r.Max.X; x += 4 {
				c := m.COffset(x, y)
				if n++; far(m.Cb[c], 128) || far(m.Cr[c], 128) {
					hit++
				}
			}
		}
	case *image.Gray, *image.Gray16:
		return 0
	default:
		for y := r.Min.Y; y < r.Max.Y; y += 4 {
			for x := r.Min.X; x < r.Max.X; x += 4 {
				r, g, b, _ := img.At(x, y).RGBA()
				if n++; far(uint8(r>>8), uint8(g>>8)) || far(uint8(g>>8), uint8(b>>8)) || far(uint8(r>>8), uint8(b>>8)) {
					hit++
				}
			}
		}
	}
	return float64(hit) / float64(max(1, n))
}
