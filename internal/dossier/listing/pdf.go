package listing

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"congminh/internal/kit/font"
)

// The sheet, in millimetres: A4 lying, with room to bind it at the left.
const (
	left, top, bottom = 25.0, 15.0, 18.0
	across, down      = 297.0, 210.0
	lead              = 4.6 // from one line of a cell to the next
)

// PDF writes the list as a paper to print and sign.
func (l List) PDF(w io.Writer) error {
	p := printer{Fpdf: fpdf.New("L", "mm", "A4", ""), l: l}
	p.AddUTF8FontFromBytes("serif", "", font.Serif())
	p.AddUTF8FontFromBytes("serif", "B", font.SerifBold())
	p.AddUTF8FontFromBytes("serif", "I", font.SerifItalic())
	p.SetTitle(title+" – "+l.Number, true)
	p.SetAuthor(l.Office, true)
	p.SetCreator("Công Minh", true)
	p.SetLang("vi")
	p.SetCreationDate(l.Made) // the same list gives the same bytes
	p.SetModificationDate(l.Made)
	p.SetCatalogSort(true)
	p.SetMargins(left, top, across-left-wide)
	p.SetAutoPageBreak(false, 0)
	p.SetCellMargin(1)
	p.AliasNbPages("{all}")
	p.SetFooterFunc(p.foot)
	p.SetHeaderFunc(p.mark)
	p.AddPage()
	p.head()
	p.table(l.main())
	p.space(8)
	p.text("", 12, "L", l.total())
	for _, t := range l.after() {
		p.space(16 + 3*lead)
		p.Ln(4)
		p.text("B", 12, "L", t.name)
		p.Ln(1)
		p.table(t)
	}
	p.signatures()
	if err := p.Output(w); err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	return nil
}

// printer is a paper being drawn.
type printer struct {
	*fpdf.Fpdf
	l List
}

// mark writes across a page that it is only a draft.
func (p printer) mark() {
	if !p.l.Draft {
		return
	}
	p.SetFont("serif", "B", 96)
	p.SetTextColor(232, 224, 224)
	p.TransformBegin()
	p.TransformRotate(28, across/2, down/2)
	p.Text((across-p.GetStringWidth(draft))/2, down/2+14, draft)
	p.TransformEnd()
	p.SetTextColor(0, 0, 0)
}

func (p printer) foot() {
	p.SetY(down - 12)
	p.SetFont("serif", "", 10)
	what := p.l.Number + " – " + p.l.File
	if p.l.Draft {
		what = draft + " – " + what
	}
	p.CellFormat(wide*3/4, 5, p.fit(what, wide*3/4), "", 0, "L", false, 0, "")
	p.CellFormat(wide/4, 5, "Trang "+strconv.Itoa(p.PageNo())+"/{all}", "", 0, "R", false, 0, "")
}

// fit is the first line of text that is w wide.
func (p printer) fit(text string, w float64) string {
	lines := p.SplitText(text, w)
	if len(lines) < 2 {
		return text
	}
	return lines[0] + " …"
}

// text writes a paragraph over the whole width.
func (p printer) text(style string, size float64, align, text string) {
	p.SetFont("serif", style, size)
	for _, s := range p.SplitText(text, wide) {
		p.CellFormat(wide, size*0.46, s, "", 1, align, false, 0, "")
	}
}

// head is the office and the motto side by side, then the title.
func (p printer) head() {
	const office, nation = 112.0, wide - 112.0
	y := p.GetY()
	p.SetFont("serif", "", 12)
	for _, s := range p.SplitText(strings.ToUpper(p.l.Above), office) {
		p.CellFormat(office, 5.4, s, "", 2, "C", false, 0, "")
	}
	p.SetFont("serif", "B", 12)
	for _, s := range p.SplitText(strings.ToUpper(p.l.Office), office) {
		p.CellFormat(office, 5.4, s, "", 2, "C", false, 0, "")
	}
	p.rule(left+office/2, p.GetY()+0.8, 36)
	end := p.GetY()
	p.SetXY(left+office, y)
	p.CellFormat(nation, 5.4, state, "", 2, "C", false, 0, "")
	p.SetFont("serif", "B", 13)
	p.CellFormat(nation, 5.6, motto, "", 2, "C", false, 0, "")
	p.rule(left+office+nation/2, p.GetY()+0.8, p.GetStringWidth(motto))
	p.SetXY(left, max(end, p.GetY())+8)
	p.text("B", 14, "C", title)
	if p.l.Draft {
		p.text("B", 12, "C", why)
	}
	for _, s := range p.l.about() {
		p.text("", 12, "C", s)
	}
	p.Ln(4)
}

func (p printer) rule(x, y, w float64) {
	p.SetLineWidth(0.3)
	p.Line(x-w/2, y, x+w/2, y)
}

// space goes on to a new page where less than h is left.
func (p printer) space(h float64) bool {
	if p.GetY()+h <= down-bottom {
		return false
	}
	p.AddPage()
	return true
}

// table draws t. Its head stands again on every page; a row is never cut.
func (p printer) table(t table) {
	p.SetLineWidth(0.2)
	p.columns(t)
	for i, l := range t.lines {
		if l.heading {
			h := lead + 2
			if i+1 < len(t.lines) { // a heading stands with its first row
				h += p.tall(t, t.lines[i+1])
			}
			if p.space(h) {
				p.columns(t)
			}
			p.SetFont("serif", "B", 11)
			p.SetFillColor(240, 240, 240)
			p.CellFormat(wide, lead+2, p.fit(text(l.cells[0]), wide), "1", 1, "L", true, 0, "")
			continue
		}
		if p.space(p.tall(t, l)) {
			p.columns(t)
		}
		p.row(t, l)
	}
}

func (p printer) columns(t table) {
	l := line{sum: true}
	for _, c := range t.columns {
		l.cells = append(l.cells, c.name)
	}
	centred := table{columns: make([]column, len(t.columns))}
	for i, c := range t.columns {
		centred.columns[i] = column{c.name, c.width, true}
	}
	p.row(centred, l)
}

// wrapped is the lines of each cell. A single row is never taller than a page.
func (p printer) wrapped(t table, l line) (cells [][]string, most int) {
	p.SetFont("serif", map[bool]string{true: "B"}[l.sum], 11)
	for i, c := range l.cells {
		s := p.SplitText(text(c), t.columns[i].width)
		if len(s) > 25 {
			s = append(s[:24], "…")
		}
		cells, most = append(cells, s), max(most, len(s), 1)
	}
	return cells, most
}

func (p printer) tall(t table, l line) float64 {
	_, n := p.wrapped(t, l)
	return float64(n)*lead + 2
}

func (p printer) row(t table, l line) {
	cells, n := p.wrapped(t, l)
	h := float64(n)*lead + 2
	x, y := left, p.GetY()
	for i, c := range t.columns {
		p.Rect(x, y, c.width, h, "D")
		align := "L"
		if c.centre {
			align = "C"
		}
		for j, s := range cells[i] {
			p.SetXY(x, y+1+float64(j)*lead)
			p.CellFormat(c.width, lead, s, "", 0, align, false, 0, "")
		}
		x += c.width
	}
	p.SetXY(left, y+h)
}

// signatures stand together, with room to sign.
func (p printer) signatures() {
	const h, half = 52.0, wide / 2
	p.space(h)
	y := p.GetY() + 6
	for i, who := range []struct{ post, name string }{{taker, ""}, {giver, p.l.Numberer}} {
		p.SetXY(left+float64(i)*half, y)
		p.SetFont("serif", "I", 12)
		p.CellFormat(half, 5.5, day, "", 2, "C", false, 0, "")
		p.SetFont("serif", "B", 12)
		p.CellFormat(half, 5.5, who.post, "", 2, "C", false, 0, "")
		p.SetFont("serif", "I", 11)
		p.CellFormat(half, 5, sign, "", 2, "C", false, 0, "")
		p.SetXY(left+float64(i)*half, y+38)
		p.SetFont("serif", "B", 12)
		p.CellFormat(half, 5.5, who.name, "", 2, "C", false, 0, "")
	}
}

func text(c any) string {
	if n, ok := c.(int); ok {
		return strconv.Itoa(n)
	}
	s, _ := c.(string)
	return s
}
