// Package label draws the labels of volumes (nhãn tập hồ sơ): the case, the file, the
// number, the folios, the place, and a code that leads to the volume when it is read.
package label

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"congminh/internal/kit/font"
)

// Label is what one label says.
type Label struct {
	Code                             string // in the QR code
	Office, Case, Number, File, Name string
	Folios, Place                    string
}

// Two labels stand beside each other on an A4 sheet, five below each other.
const (
	across, down = 2, 5
	width        = 105.0 // mm
	height       = 59.4  // mm
	side         = 34.0  // mm, of the code
)

// Write writes labels as a PDF, ten to a sheet.
func Write(w io.Writer, labels []Label, made time.Time) error {
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes("serif", "", font.Serif())
	p.AddUTF8FontFromBytes("serif", "B", font.SerifBold())
	p.SetTitle("Nhãn tập hồ sơ", true)
	p.SetCreator("Công Minh", true)
	p.SetLang("vi")
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetCatalogSort(true)
	p.SetAutoPageBreak(false, 0)
	for i, l := range labels {
		at := i % (across * down)
		if at == 0 {
			p.AddPage()
		}
		if err := draw(p, l, float64(at%across)*width, float64(at/across)*height); err != nil {
			return err
		}
	}
	if err := p.Output(w); err != nil {
		return fmt.Errorf("labels of volumes: %w", err)
	}
	return nil
}

func draw(p *fpdf.Fpdf, l Label, x, y float64) error {
	code, err := qrcode.NewQRCodeWriter().Encode(l.Code, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 4})
	if err != nil {
		return fmt.Errorf("label %s: %w", l.Code, err)
	}
	p.SetDrawColor(160, 160, 160)
	p.Rect(x+3, y+3, width-6, height-6, "D")
	bars(p, code, x+width-side-5, y+height-side-5, side)
	const room = width - 12
	line := func(at float64, style string, size, w float64, text string) {
		p.SetXY(x+6, y+at)
		p.SetFont("serif", style, size)
		p.CellFormat(w, 6, fit(p, text, w), "", 0, "L", false, 0, "")
	}
	line(5, "", 8.5, room, l.Office)
	line(11, "B", 13, room, l.Number)
	line(17, "", 10, room, l.Case)
	line(26, "B", 15, room-side-2, l.Name)
	line(33, "", 9.5, room-side-2, l.File)
	line(39, "B", 11, room-side-2, l.Folios)
	line(47, "", 9.5, room-side-2, l.Place)
	return nil
}

// fit shortens a text that is wider than w mm in the font that is set.
func fit(p *fpdf.Fpdf, text string, w float64) string {
	rs := []rune(text)
	for len(rs) > 1 && p.GetStringWidth(string(rs)) > w-2 {
		rs = append(rs[:len(rs)-2], '…')
	}
	return string(rs)
}

// bars draws a code as black rectangles, a run of one row at a time.
func bars(p *fpdf.Fpdf, m *gozxing.BitMatrix, x, y, size float64) {
	d := size / float64(m.GetWidth())
	p.SetFillColor(0, 0, 0)
	for j := range m.GetHeight() {
		for i := 0; i < m.GetWidth(); i++ {
			from := i
			for i < m.GetWidth() && m.Get(i, j) {
				i++
			}
			if i > from {
				p.Rect(x+float64(from)*d, y+float64(j)*d, float64(i-from)*d, d, "F")
			}
		}
	}
}
