package sample

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/font/opentype"

	"congminh/internal/kit/font"
)

// face names one of the embedded fonts.
type face int

const (
	regular face = iota
	bold
	italic
	sans
	mono
	faces
)

func (f face) load() (*opentype.Font, error) {
	return opentype.Parse([faces]func() []byte{font.Serif, font.SerifBold, font.SerifItalic, font.Sans, font.Mono}[f]())
}

// bars is a barcode: true is black. A line code has one row.
type bars struct {
	w, h int
	bit  []bool
}

// encode draws text as a QR code or, if line is set, as a Code 128.
func encode(text string, line bool) (bars, error) {
	var (
		m   *gozxing.BitMatrix
		err error
	)
	if line {
		m, err = oned.NewCode128Writer().Encode(text, gozxing.BarcodeFormat_CODE_128, 0, 1, nil)
	} else {
		m, err = qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
			gozxing.EncodeHintType_CHARACTER_SET: "UTF-8",
			gozxing.EncodeHintType_MARGIN:        4,
		})
	}
	if err != nil {
		return bars{}, fmt.Errorf("sample: barcode: %w", err)
	}
	b := bars{w: m.GetWidth(), h: m.GetHeight()}
	for y := range b.h {
		for x := range b.w {
			b.bit = append(b.bit, m.Get(x, y))
		}
	}
	return b, nil
}
