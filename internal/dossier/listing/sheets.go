package listing

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"congminh/internal/dossier/paper"
	"congminh/internal/kit/font"
)

// Separators writes n sheets (tờ phân cách) to lay between papers before they are
// scanned together: the reader cuts the pile there.
func Separators(w io.Writer, m paper.Meta, n int, made time.Time) error {
	p := blank("Tờ phân cách tài liệu", made)
	payload := m.Payload()
	code, err := qrcode.NewQRCodeWriter().Encode(payload, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_CHARACTER_SET: "UTF-8", gozxing.EncodeHintType_MARGIN: 4,
	})
	if err != nil {
		return fmt.Errorf("separator sheet: %w", err)
	}
	for range n {
		p.AddPage()
		p.SetY(45)
		p.SetFont("serif", "B", 22)
		p.CellFormat(0, 12, "TỜ PHÂN CÁCH TÀI LIỆU", "", 1, "C", false, 0, "")
		p.SetFont("serif", "", 14)
		p.CellFormat(0, 9, m.Text, "", 1, "C", false, 0, "")
		bars(p, code, 60, 80, 90, 90)
		p.SetY(182)
		p.SetFont("serif", "I", 13)
		p.CellFormat(0, 8, "Đặt tờ này trước trang đầu của một tài liệu. Tờ này không thuộc hồ sơ.", "", 1, "C", false, 0, "")
	}
	return finish(p, w, "separator sheets")
}

// The labels of a sheet: three across and eight down, as they are sold on A4.
const (
	labelCols, labelRows = 3, 8
	labelW, labelH       = 70.0, 37.0
)

// Labels writes folio labels (nhãn bút lục) with the numbers first to last, to stick on
// pages before they are scanned: the reader compares them with the order of the file.
func Labels(w io.Writer, first, last int, made time.Time) error {
	p := blank("Nhãn bút lục", made)
	for folio := first; folio <= last; folio++ {
		at := (folio - first) % (labelCols * labelRows)
		if at == 0 {
			p.AddPage()
		}
		x, y := float64(at%labelCols)*labelW, 0.5+float64(at/labelCols)*labelH
		text := paper.LabelText(folio)
		code, err := oned.NewCode128Writer().Encode(text, gozxing.BarcodeFormat_CODE_128, 0, 1, nil)
		if err != nil {
			return fmt.Errorf("label %d: %w", folio, err)
		}
		bars(p, code, x+8, y+6, labelW-16, 14)
		p.SetXY(x, y+21)
		p.SetFont("serif", "B", 16)
		p.CellFormat(labelW, 8, fmt.Sprintf("BL %02d", folio), "", 0, "C", false, 0, "")
	}
	return finish(p, w, "labels")
}

// blank is an A4 sheet, standing.
func blank(title string, made time.Time) *fpdf.Fpdf {
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes("serif", "", font.Serif())
	p.AddUTF8FontFromBytes("serif", "B", font.SerifBold())
	p.AddUTF8FontFromBytes("serif", "I", font.SerifItalic())
	p.SetTitle(title, true)
	p.SetCreator("Công Minh", true)
	p.SetLang("vi")
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetCatalogSort(true)
	p.SetAutoPageBreak(false, 0)
	return p
}

// bars draws a code as black rectangles, a run of one row at a time, over w by h mm. A
// line code has one row.
func bars(p *fpdf.Fpdf, m *gozxing.BitMatrix, x, y, w, h float64) {
	dx, dy := w/float64(m.GetWidth()), h/float64(m.GetHeight())
	p.SetFillColor(0, 0, 0)
	for j := range m.GetHeight() {
		for i := 0; i < m.GetWidth(); i++ {
			from := i
			for i < m.GetWidth() && m.Get(i, j) {
				i++
			}
			if i > from {
				p.Rect(x+float64(from)*dx, y+float64(j)*dy, float64(i-from)*dx, dy, "F")
			}
		}
	}
}

func finish(p *fpdf.Fpdf, w io.Writer, what string) error {
	if err := p.Output(w); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
