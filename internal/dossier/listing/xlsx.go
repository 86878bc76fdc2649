package listing

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// The sheets of the book.
const (
	sheet        = "Bảng thống kê"
	sheetRemarks = "Nhận xét bút lục"
	sheetThings  = "Vật chứng"
)

// XLSX writes the list as a spreadsheet that prints like the paper. What people
// typed is always text: a title that begins with "=" is never calculated.
func (l List) XLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer f.Close()
	s := sheetWriter{f: f, sheet: sheet}
	s.do(f.SetSheetName("Sheet1", sheet))
	s.styles()
	main := l.main()
	last := len(main.columns)

	half := last/2 - 1
	s.across(1, 1, half, strings.ToUpper(l.Above), s.plain)
	s.across(1, half+1, last, state, s.strong)
	s.across(2, 1, half, strings.ToUpper(l.Office), s.strong)
	s.across(2, half+1, last, motto, s.strong)
	s.across(4, 1, last, title, s.title)
	row := 5
	if l.Draft {
		s.across(row, 1, last, why, s.strong)
		row++
	}
	for _, t := range l.about() {
		s.across(row, 1, last, t, s.plain)
		row++
	}
	row++
	head := row
	row = s.table(main, row)
	s.across(row, 1, last, l.total(), s.left)
	row += 2
	s.across(row, 1, half, day, s.slant)
	s.across(row, half+1, last, day, s.slant)
	s.across(row+1, 1, half, taker, s.strong)
	s.across(row+1, half+1, last, giver, s.strong)
	s.across(row+2, 1, half, sign, s.slant)
	s.across(row+2, half+1, last, sign, s.slant)
	s.across(row+6, half+1, last, l.Numberer, s.strong)

	s.layout(head, l.Number)
	for _, t := range l.after() {
		s.sheet = map[string]string{remarks: sheetRemarks, things: sheetThings}[t.name]
		_, err := f.NewSheet(s.sheet)
		s.do(err)
		s.across(1, 1, len(t.columns), t.name, s.title)
		s.table(t, 3)
		s.layout(3, l.Number)
	}
	s.do(f.SetDocProps(&excelize.DocProperties{Title: title + " – " + l.Number, Creator: "Công Minh", Language: "vi",
		Created: l.Made.UTC().Format(time.RFC3339), Modified: l.Made.UTC().Format(time.RFC3339)}))
	if s.err != nil {
		return fmt.Errorf("listing: %w", s.err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("listing: %w", err)
	}
	return nil
}

// sheetWriter remembers the first mistake, so that each step need not be asked.
type sheetWriter struct {
	f     *excelize.File
	sheet string // being written
	err   error

	plain, left, strong, slant, title, heading int // lines of their own
	head, cell, middle, sum, sumMiddle         int // cells of a table
}

func (s *sheetWriter) do(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *sheetWriter) styles() {
	style := func(size float64, bold, italic bool, across, fill string, boxed bool) int {
		st := excelize.Style{
			Font:      &excelize.Font{Family: "Times New Roman", Size: size, Bold: bold, Italic: italic},
			Alignment: &excelize.Alignment{Horizontal: across, Vertical: "center", WrapText: true},
		}
		if boxed {
			for _, side := range []string{"left", "right", "top", "bottom"} {
				st.Border = append(st.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
			}
		}
		if fill != "" {
			st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
		}
		n, err := s.f.NewStyle(&st)
		s.do(err)
		return n
	}
	s.plain, s.left = style(12, false, false, "center", "", false), style(12, false, false, "left", "", false)
	s.strong, s.slant = style(12, true, false, "center", "", false), style(12, false, true, "center", "", false)
	s.title, s.heading = style(14, true, false, "center", "", false), style(12, true, false, "left", "", false)
	s.head = style(11, true, false, "center", "EFEFEF", true)
	s.cell, s.middle = style(11, false, false, "left", "", true), style(11, false, false, "center", "", true)
	s.sum, s.sumMiddle = style(11, true, false, "left", "F7F7F7", true), style(11, true, false, "center", "F7F7F7", true)
}

// across writes one text over several columns of a row.
func (s *sheetWriter) across(row, from, to int, text string, style int) {
	a, b := name(from-1)+strconv.Itoa(row), name(to-1)+strconv.Itoa(row)
	s.do(s.f.MergeCell(s.sheet, a, b))
	s.do(s.f.SetCellStyle(s.sheet, a, b, style))
	s.do(s.f.SetCellStr(s.sheet, a, text))
}

// layout makes the sheet print on A4 lying, with the row of heads in sight on the
// screen and on every page.
func (s *sheetWriter) layout(head int, footer string) {
	s.do(s.f.SetPanes(s.sheet, &excelize.Panes{Freeze: true, YSplit: head, TopLeftCell: "A" + strconv.Itoa(head+1), ActivePane: "bottomLeft"}))
	s.do(s.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", s.sheet, head, head), Scope: s.sheet}))
	s.do(s.f.SetPageLayout(s.sheet, &excelize.PageLayoutOptions{Size: new(9), Orientation: new("landscape"), FitToWidth: new(1), FitToHeight: new(0)}))
	s.do(s.f.SetSheetProps(s.sheet, &excelize.SheetPropsOptions{FitToPage: new(true)}))
	s.do(s.f.SetPageMargins(s.sheet, &excelize.PageLayoutMarginsOptions{Left: new(0.98), Right: new(0.59), Top: new(0.59), Bottom: new(0.7)}))
	s.do(s.f.SetHeaderFooter(s.sheet, &excelize.HeaderFooterOptions{OddFooter: "&L" + plain(footer) + "&RTrang &P/&N"}))
}

// table writes t from row on and returns the row after it.
func (s *sheetWriter) table(t table, row int) int {
	for i, c := range t.columns {
		s.do(s.f.SetColWidth(s.sheet, name(i), name(i), c.width*0.52)) // of a letter of 11 points
		s.put(row, i, c.name, s.head)
	}
	row++
	for _, l := range t.lines {
		if l.heading {
			s.across(row, 1, len(t.columns), text(l.cells[0]), s.sum)
			row++
			continue
		}
		tall := 1
		for i, c := range l.cells {
			style := s.cell
			switch centre := t.columns[i].centre; {
			case l.sum && centre:
				style = s.sumMiddle
			case l.sum:
				style = s.sum
			case centre:
				style = s.middle
			}
			s.put(row, i, c, style)
			letters := int(t.columns[i].width * 0.52)
			tall = max(tall, (utf8.RuneCountInString(text(c))+letters-1)/letters)
		}
		s.do(s.f.SetRowHeight(s.sheet, row, min(float64(tall)*15+3, 400)))
		row++
	}
	return row
}

func (s *sheetWriter) put(row, col int, value any, style int) {
	at := name(col) + strconv.Itoa(row)
	if n, ok := value.(int); ok {
		s.do(s.f.SetCellInt(s.sheet, at, int64(n)))
	} else {
		s.do(s.f.SetCellStr(s.sheet, at, text(value)))
	}
	s.do(s.f.SetCellStyle(s.sheet, at, at, style))
}

// name is the letter of a column; there are never more than a few.
func name(col int) string { return string(rune('A' + col)) }

// plain takes away what a footer would take for a code.
func plain(s string) string {
	s = strings.ReplaceAll(s, "&", "&&")
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100])
	}
	return s
}
