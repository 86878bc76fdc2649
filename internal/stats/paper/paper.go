// Package paper prints a form (bản in biểu thống kê) as a PDF with the head and the
// places for signatures that NĐ 30/2020/NĐ-CP, Phụ lục I asks for. The same form gives
// the same bytes for ever, so that a signature added by others can be told from a change.
package paper

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"congminh/internal/kit/font"
)

// Paper is a form as it is printed.
type Paper struct {
	Above, Office string // the office above, and the one whose form it is
	Short, Title  string // Biểu 2; the full title
	About         []string
	Columns       []string
	Rows          []Row
	Notes         []string
	Sides         []string // who signs, from left to right
	Made          time.Time
	Code          string // digest of what the form says, at the foot of every sheet
}

// Row is a line: its code and title, and what stands in each column. None: a heading.
type Row struct {
	Code, Title string
	Level       int
	Cells       []string
}

const (
	state  = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto  = "Độc lập - Tự do - Hạnh phúc"
	left   = 15.0 // mm, margins of A4 lying
	wide   = 297 - 2*left
	bottom = 190.0
	code   = 14.0 // width of the column of codes
	line   = 6.0
)

// Write writes p as a PDF.
func Write(w io.Writer, p Paper) error {
	f := fpdf.New("L", "mm", "A4", "")
	f.AddUTF8FontFromBytes("serif", "", font.Serif())
	f.AddUTF8FontFromBytes("serif", "B", font.SerifBold())
	f.AddUTF8FontFromBytes("serif", "I", font.SerifItalic())
	f.SetTitle(p.Title, true)
	f.SetCreator("Công Minh", true)
	f.SetLang("vi")
	f.SetCreationDate(p.Made)
	f.SetModificationDate(p.Made)
	f.SetCatalogSort(true)
	f.SetMargins(left, 12, left)
	f.SetAutoPageBreak(false, 0)
	d := drawer{f, p, 0}
	f.SetFooterFunc(d.foot)
	f.AddPage()
	d.head()
	d.table()
	d.end()
	if err := f.Output(w); err != nil {
		return fmt.Errorf("form on paper: %w", err)
	}
	return nil
}

type drawer struct {
	*fpdf.Fpdf
	p     Paper
	width float64 // of a column of numbers
}

func (d *drawer) text(style string, size, w, h float64, text, align string) {
	d.SetFont("serif", style, size)
	d.CellFormat(w, h, text, "", 0, align, false, 0, "")
}

func (d *drawer) head() {
	half := wide / 2
	for _, l := range [][2]string{{d.p.Above, state}, {d.p.Office, motto}} {
		style := "B"
		if l[0] == d.p.Above {
			style = ""
		}
		d.text(style, 11, half, line, l[0], "C")
		d.text("B", 11, half, line, l[1], "C")
		d.Ln(line)
	}
	d.text("B", 11, half, line, d.p.Short, "C")
	d.Ln(line + 3)
	d.SetFont("serif", "B", 14)
	d.MultiCell(wide, 7, d.p.Title, "", "C", false)
	for _, a := range d.p.About {
		d.text("I", 11, wide, line, a, "C")
		d.Ln(line)
	}
	d.Ln(2)
}

func (d *drawer) title() float64 { return wide - code - float64(len(d.p.Columns))*d.width }

func (d *drawer) table() {
	n := max(1, len(d.p.Columns))
	d.width = min(40, (wide-code-70)/float64(n))
	d.columns()
	for _, r := range d.p.Rows {
		d.SetFont("serif", "", 10.5)
		lines := d.SplitText(r.Title, d.title()-4-float64(r.Level)*4)
		h := max(1, float64(len(lines))) * line
		if d.GetY()+h > bottom {
			d.AddPage()
			d.columns()
		}
		y := d.GetY()
		style := ""
		if len(r.Cells) == 0 {
			style = "B"
		}
		d.SetFont("serif", style, 10.5)
		d.CellFormat(code, h, r.Code, "1", 0, "C", false, 0, "")
		d.Rect(left+code, y, d.title(), h, "D")
		for i, l := range lines {
			d.SetXY(left+code+2+float64(r.Level)*4, y+float64(i)*line)
			d.CellFormat(d.title()-4, line, l, "", 0, "L", false, 0, "")
		}
		d.SetXY(left+code+d.title(), y)
		for i := range d.p.Columns {
			v := ""
			if i < len(r.Cells) {
				v = r.Cells[i]
			}
			d.CellFormat(d.width, h, v, "1", 0, "R", false, 0, "")
		}
		d.SetXY(left, y+h)
	}
}

// columns draws the heads of the columns, on every sheet.
func (d *drawer) columns() {
	d.SetFont("serif", "B", 10)
	most := 1
	for _, c := range d.p.Columns {
		most = max(most, len(d.SplitText(c, d.width-2)))
	}
	h := float64(most) * 5
	y := d.GetY()
	d.CellFormat(code, h, "Mã", "1", 0, "C", false, 0, "")
	d.CellFormat(d.title(), h, "Nội dung", "1", 0, "C", false, 0, "")
	x := d.GetX()
	for i, c := range d.p.Columns {
		at := x + float64(i)*d.width
		d.Rect(at, y, d.width, h, "D")
		for j, l := range d.SplitText(c, d.width-2) {
			d.SetXY(at, y+float64(j)*5)
			d.CellFormat(d.width, 5, l, "", 0, "C", false, 0, "")
		}
	}
	d.SetXY(left, y+h)
}

// end writes notes and the places for signatures, all on one sheet.
func (d *drawer) end() {
	if d.GetY()+float64(len(d.p.Notes))*line+45 > bottom {
		d.AddPage()
	}
	d.Ln(2)
	for _, n := range d.p.Notes {
		d.SetFont("serif", "I", 10)
		d.MultiCell(wide, 5, n, "", "L", false)
	}
	d.Ln(4)
	each := wide / float64(max(1, len(d.p.Sides)))
	y := d.GetY()
	for i, s := range d.p.Sides {
		d.SetXY(left+float64(i)*each, y)
		d.text("B", 11, each, line, s, "C")
		d.SetXY(left+float64(i)*each, y+line)
		d.text("I", 10, each, line, "(Ký, ghi rõ họ tên)", "C")
	}
}

func (d *drawer) foot() {
	d.SetXY(left, 198)
	d.text("", 8, wide/2, 5, d.p.Code, "L")
	d.text("", 8, wide/2, 5, "Trang "+strconv.Itoa(d.PageNo()), "R")
}
