// Package sheet writes a table as a spreadsheet that prints like a paper (bảng tính
// của sổ, danh sách): the office at the left and the name and motto of the state at
// the right (NĐ 30/2020/NĐ-CP, Phụ lục I), the title, the table, A4 lying. Rows are
// written as they come, so that ten thousand of them cost no memory.
package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Column is a column of a table.
type Column struct {
	Title string
	Width float64 // letters
}

// Paper is what stands around the table.
type Paper struct {
	Above, Office string // the office above, and the one whose table it is; none: no head
	Title         string
	About         []string // lines below the title: the span of days, the filter
	Columns       []Column
	Made          time.Time
}

const (
	state = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto = "Độc lập - Tự do - Hạnh phúc"
	name  = "Sổ"
)

// Write writes p and the rows that each yields, in order, as text. What people typed
// is never calculated, even if it begins with "=".
func Write(w io.Writer, p Paper, each func(yield func(cells []string) error) error) (err error) {
	f := excelize.NewFile()
	defer f.Close()
	b := builder{f: f}
	b.do(f.SetSheetName("Sheet1", name))
	b.plain, b.strong, b.title = b.style(12, false, "center", false), b.style(12, true, "center", false), b.style(14, true, "center", false)
	b.head, b.cell = b.style(11, true, "center", true), b.style(11, false, "left", true)
	b.layout(len(p.headLines())+1, p.Title)
	if b.err != nil {
		return fmt.Errorf("sheet: %w", b.err)
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("sheet: %w", err)
	}
	b.s = s
	b.top(p)
	if b.err == nil {
		b.do(each(b.line))
	}
	b.do(b.s.Flush())
	b.do(f.SetDocProps(&excelize.DocProperties{Title: p.Title, Creator: "Công Minh", Language: "vi",
		Created: p.Made.UTC().Format(time.RFC3339), Modified: p.Made.UTC().Format(time.RFC3339)}))
	if b.err != nil {
		return fmt.Errorf("sheet: %w", b.err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("sheet: %w", err)
	}
	return nil
}

// headLines are the lines above the heads of the columns: left, right, or across.
func (p Paper) headLines() (out [][2]string) {
	if p.Office != "" {
		out = append(out, [2]string{strings.ToUpper(p.Above), state}, [2]string{strings.ToUpper(p.Office), motto}, [2]string{})
	}
	if p.Title != "" {
		out = append(out, [2]string{strings.ToUpper(p.Title)})
	}
	for _, t := range p.About {
		out = append(out, [2]string{t})
	}
	if len(out) > 0 {
		out = append(out, [2]string{})
	}
	return out
}

// builder remembers the first mistake, so that each step need not be asked.
type builder struct {
	f     *excelize.File
	s     *excelize.StreamWriter
	row   int
	width []float64
	err   error

	plain, strong, title, head, cell int
}

func (b *builder) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) style(size float64, bold bool, across string, boxed bool) int {
	st := excelize.Style{
		Font:      &excelize.Font{Family: "Times New Roman", Size: size, Bold: bold},
		Alignment: &excelize.Alignment{Horizontal: across, Vertical: "center", WrapText: true},
		NumFmt:    49, // text
	}
	if boxed {
		st.Alignment.Vertical = "top"
		for _, side := range []string{"left", "right", "top", "bottom"} {
			st.Border = append(st.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
		}
	}
	n, err := b.f.NewStyle(&st)
	b.do(err)
	return n
}

func (b *builder) layout(head int, title string) {
	b.do(b.f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: new(9), Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}))
	b.do(b.f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: new(true)}))
	b.do(b.f.SetPageMargins(name, &excelize.PageLayoutMarginsOptions{Left: new(0.98), Right: new(0.59), Top: new(0.59), Bottom: new(0.7)}))
	b.do(b.f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&L" + footer(title) + "&RTrang &P/&N"}))
	b.do(b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", name, head, head), Scope: name}))
}

// footer takes away what a footer would take for a code.
func footer(s string) string {
	r := []rune(strings.ReplaceAll(s, "&", "&&"))
	return string(r[:min(len(r), 100)])
}

// top writes what stands above the rows.
func (b *builder) top(p Paper) {
	n := len(p.Columns)
	for i, c := range p.Columns {
		width := max(c.Width, 5)
		b.width = append(b.width, width)
		b.do(b.s.SetColWidth(i+1, i+1, width))
	}
	head := len(p.headLines()) + 1
	corner, _ := excelize.CoordinatesToCellName(1, head+1)
	b.do(b.s.SetPanes(&excelize.Panes{Freeze: true, YSplit: head, TopLeftCell: corner, ActivePane: "bottomLeft"}))
	half := max(n/2, 1)
	for i, l := range p.headLines() {
		b.row++
		cells := make([]any, n)
		style := b.strong
		switch {
		case p.Office != "" && i == 0:
			style = b.plain
		case l[1] == "" && l[0] == strings.ToUpper(p.Title):
			style = b.title
		case l[1] == "":
			style = b.plain
		}
		cells[0] = excelize.Cell{StyleID: style, Value: l[0]}
		if l[1] != "" && n > half {
			cells[half] = excelize.Cell{StyleID: b.strong, Value: l[1]}
			b.merge(1, half)
			b.merge(half+1, n)
		} else if l[0] != "" {
			b.merge(1, n)
		}
		b.set(cells)
	}
	b.row++
	cells := make([]any, n)
	for i, c := range p.Columns {
		cells[i] = excelize.Cell{StyleID: b.head, Value: c.Title}
	}
	b.set(cells)
}

func (b *builder) merge(from, to int) {
	if to <= from {
		return
	}
	x, _ := excelize.CoordinatesToCellName(from, b.row) // within limits: no more than a few columns
	y, _ := excelize.CoordinatesToCellName(to, b.row)
	b.do(b.s.MergeCell(x, y))
}

func (b *builder) set(cells []any, o ...excelize.RowOpts) {
	at, _ := excelize.CoordinatesToCellName(1, b.row)
	b.do(b.s.SetRow(at, cells, o...))
}

// line writes a row, as tall as its longest cell needs.
func (b *builder) line(texts []string) error {
	b.row++
	cells, tall := make([]any, len(b.width)), 1
	for i := range b.width {
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		if r := []rune(text); len(r) > 32_000 { // a cell holds 32,767
			text = string(r[:32_000])
		}
		cells[i] = excelize.Cell{StyleID: b.cell, Value: text}
		lines := 0
		for l := range strings.SplitSeq(text, "\n") {
			lines += 1 + utf8.RuneCountInString(l)/int(b.width[i])
		}
		tall = max(tall, lines)
	}
	b.set(cells, excelize.RowOpts{Height: min(float64(tall)*15+3, 400)})
	return b.err
}
