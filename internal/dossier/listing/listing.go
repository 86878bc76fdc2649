// Package listing writes the list of documents in a case file (bảng thống kê tài
// liệu trong hồ sơ vụ án) as a spreadsheet and as a paper to sign.
//
// The paper is laid out as official papers are (NĐ 30/2020/NĐ-CP, Phụ lục I): the
// office at the left, the name and motto of the state at the right, the title in
// the middle, places to sign at the end. Its words are Vietnamese whatever language
// the reader prefers: it is a document of proceedings.
package listing

import (
	"strconv"
	"strings"
	"time"
)

// Row is one document.
type Row struct {
	Title, Number, Date, Issuer, Signer string
	Folios                              string // "BL 45–47"
	Pages                               int
	Group, Note                         string
}

// Section is documents under a heading, or all of them under none.
type Section struct {
	Name string
	Rows []Row
}

// Pages is the sum over the rows.
func (s Section) Pages() (n int) {
	for _, r := range s.Rows {
		n += r.Pages
	}
	return n
}

// Remark is a signed explanation beside a folio.
type Remark struct{ Folio, Kind, Reason, Who, When string }

// Exhibit is a line of the appendix.
type Exhibit struct{ Code, Name, Kind, Folio, Holder string }

// List is everything that stands on the paper.
type List struct {
	Above, Office string // the office above, and the one that keeps the file
	File          string // title of the file
	Case, Number  string
	Folios        string // of the whole file, "BL 01–45"; "" if there are none
	Draft         bool   // not all pages have their number
	Sections      []Section
	Remarks       []Remark
	Exhibits      []Exhibit
	Numberer      string // who gave the numbers, "" if nobody has
	Made          time.Time
}

// What the paper says.
const (
	state   = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto   = "Độc lập - Tự do - Hạnh phúc"
	title   = "BẢNG THỐNG KÊ TÀI LIỆU TRONG HỒ SƠ VỤ ÁN"
	draft   = "BẢN NHÁP"
	why     = "BẢN NHÁP – hồ sơ còn trang chưa đánh số bút lục"
	day     = "Ngày ….. tháng ….. năm ………"
	sign    = "(Ký, ghi rõ họ tên)"
	giver   = "NGƯỜI ĐÁNH SỐ BÚT LỤC"
	taker   = "NGƯỜI NHẬN HỒ SƠ"
	remarks = "NHẬN XÉT VỀ BÚT LỤC"
	things  = "PHỤ LỤC: VẬT CHỨNG VÀ DỮ LIỆU KÈM THEO"
)

// Documents counts the rows.
func (l List) Documents() (n int) {
	for _, s := range l.Sections {
		n += len(s.Rows)
	}
	return n
}

// Pages is the sum over all rows.
func (l List) Pages() (n int) {
	for _, s := range l.Sections {
		n += s.Pages()
	}
	return n
}

// about are the lines under the title.
func (l List) about() []string {
	return []string{"Vụ án: " + l.Case, "Số: " + l.Number + "        Hồ sơ: " + l.File}
}

func (l List) total() string {
	t := "Tổng cộng: " + strconv.Itoa(l.Documents()) + " tài liệu, " + strconv.Itoa(l.Pages()) + " trang"
	if l.Folios != "" {
		t += " (" + l.Folios + ")"
	}
	return t + "."
}

// column is a column of a table, its width in millimetres of an A4 sheet.
type column struct {
	name   string
	width  float64
	centre bool
}

// table is rows of text under a head. A cell that is a number is one in a sheet too.
type table struct {
	name    string // above it, "" for none
	columns []column
	lines   []line
}

type line struct {
	cells   []any // string or int
	heading bool  // one cell over the whole width
	sum     bool
}

// wide is the width of the sheet between its margins.
const wide = 257.0

// main is the table of documents. The number of a document runs on through all
// sections; a section with a name ends in its sum.
func (l List) main() table {
	grouped := len(l.Sections) > 1 || len(l.Sections) == 1 && l.Sections[0].Name != ""
	t := table{columns: []column{
		{"STT", 10, true}, {"Tên tài liệu", 59, false}, {"Số, ký hiệu", 31, false}, {"Ngày, tháng", 21, true}, {"Cơ quan ban hành", 34, false},
		{"Người ký", 30, false}, {"Bút lục", 18, true}, {"Số trang", 12, true},
	}}
	if grouped {
		t.columns = append(t.columns, column{"Ghi chú", 42, false})
	} else {
		t.columns = append(t.columns, column{"Nhóm", 21, false}, column{"Ghi chú", 21, false})
	}
	n := 0
	for _, s := range l.Sections {
		if s.Name != "" {
			t.lines = append(t.lines, line{cells: []any{s.Name}, heading: true})
		}
		for _, r := range s.Rows {
			n++
			cells := []any{n, r.Title, r.Number, r.Date, r.Issuer, r.Signer, strings.TrimPrefix(r.Folios, "BL "), r.Pages}
			if !grouped {
				cells = append(cells, r.Group)
			}
			t.lines = append(t.lines, line{cells: append(cells, r.Note)})
		}
		if s.Name != "" {
			t.lines = append(t.lines, t.sum("Cộng "+strconv.Itoa(len(s.Rows))+" tài liệu", s.Pages()))
		}
	}
	t.lines = append(t.lines, t.sum("Tổng cộng "+strconv.Itoa(n)+" tài liệu", l.Pages()))
	return t
}

// sum is a line with a text under the titles and a number under the pages.
func (t table) sum(text string, pages int) line {
	out := line{cells: make([]any, len(t.columns)), sum: true}
	for i := range out.cells {
		out.cells[i] = ""
	}
	out.cells[1], out.cells[7] = text, pages
	return out
}

// after are the tables that follow the main one.
func (l List) after() (out []table) {
	if len(l.Remarks) > 0 {
		t := table{name: remarks, columns: []column{{"Bút lục", 25, true}, {"Loại nhận xét", 52, false}, {"Nội dung, lý do", 110, false}, {"Người ghi", 45, false}, {"Ngày", 25, true}}}
		for _, r := range l.Remarks {
			t.lines = append(t.lines, line{cells: []any{r.Folio, r.Kind, r.Reason, r.Who, r.When}})
		}
		out = append(out, t)
	}
	if len(l.Exhibits) > 0 {
		t := table{name: things, columns: []column{{"STT", 12, true}, {"Ký hiệu", 28, false}, {"Tên", 92, false}, {"Loại", 30, false}, {"Bút lục thu giữ", 30, true}, {"Đang giữ", 65, false}}}
		for i, x := range l.Exhibits {
			t.lines = append(t.lines, line{cells: []any{i + 1, x.Code, x.Name, x.Kind, x.Folio, x.Holder}})
		}
		out = append(out, t)
	}
	return out
}
