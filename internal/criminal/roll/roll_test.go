package roll

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const police = "CÔNG AN TỈNH LÀO CAI\nDANH SÁCH BỊ CAN\n\nSTT\tHọ và tên\tNăm sinh\tSố QĐ\n(1)\t(2)\t(3)\t(4)\n1\tGiàng Seo Vảng\t1990\t12/QĐ\n\n2\tLý A Chớ\t05/1988\t13/QĐ\n"

func check(t *testing.T, l List, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.Heads, []string{"STT", "Họ và tên", "Năm sinh", "Số QĐ"}) {
		t.Errorf("heads %q", l.Heads)
	}
	if len(l.Rows) != 2 || l.Rows[0].Cells[1] != "Giàng Seo Vảng" || l.Rows[1].Cells[3] != "13/QĐ" {
		t.Errorf("rows %v", l.Rows)
	}
}

func TestPaste(t *testing.T) {
	l, err := Paste(police)
	check(t, l, err)
	if l.Rows[0].Number != 6 || l.Rows[1].Number != 8 {
		t.Errorf("rows stand at %d and %d", l.Rows[0].Number, l.Rows[1].Number)
	}
}

func wideText(s string, big bool) []byte {
	var b bytes.Buffer
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.Bytes()
}

// decomposed writes tones as letters of their own, as Windows-1258 has them.
func decomposed(s string) string {
	var b strings.Builder
	for _, r := range s {
		letter, tone := "", ""
		for _, p := range norm.NFD.String(string(r)) {
			if strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", p) {
				tone += string(p)
			} else {
				letter += string(p)
			}
		}
		b.WriteString(norm.NFC.String(letter) + tone)
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	vi, err := charmap.Windows1258.NewEncoder().String(decomposed(police))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"UTF-8": []byte(police), "UTF-8 with mark": []byte("\xef\xbb\xbf" + police), "Windows-1258": []byte(vi),
		"UTF-16 LE": wideText("\ufeff"+police, false), "UTF-16 BE": wideText("\ufeff"+police, true), "UTF-16 without mark": wideText(police, false),
		"commas":     []byte(strings.NewReplacer("\t", ",").Replace(police)),
		"semicolons": []byte(strings.NewReplacer("\t", ";").Replace(police)),
		"line ends":  []byte(strings.ReplaceAll(police, "\n", "\r\n")),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Read("danh sach.csv", data, "")
			check(t, l, err)
		})
	}
}

func workbook(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBook(t *testing.T) {
	data := workbook(t, func(f *excelize.File) {
		for i, line := range strings.Split(police, "\n") {
			for j, c := range strings.Split(line, "\t") {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				f.SetCellValue("Sheet1", at, c)
			}
		}
		f.NewSheet("Thứ hai")
		style, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
		f.SetSheetRow("Thứ hai", "A1", &[]any{"Họ tên", "Ngày"})
		f.SetSheetRow("Thứ hai", "A2", &[]any{"A", time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)})
		f.SetCellStyle("Thứ hai", "B2", "B2", style)
		f.SetSheetRow("Thứ hai", "A3", &[]any{"B", 46093})
	})
	l, err := Read("x.xlsx", data, "")
	check(t, l, err)
	if !slices.Equal(l.Sheets, []string{"Sheet1", "Thứ hai"}) {
		t.Errorf("sheets %q", l.Sheets)
	}
	l, err = Read("x.xlsx", data, "Thứ hai")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range l.Rows {
		if d, ok := Date(r.Cells[1]); !ok || d != "2026-03-12" {
			t.Errorf("%q is %q", r.Cells[1], d)
		}
	}
	if _, err = Read("x.xlsx", data, "Không có"); !errors.Is(err, ErrSheet) {
		t.Errorf("got %v", err)
	}
}

func TestRefused(t *testing.T) {
	many := "a\tb\n" + strings.Repeat("1\tx\n", MaxRows+1)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"too big":          {make([]byte, MaxBytes+1), ErrBig},
		"old spreadsheet":  {[]byte("\xd0\xcf\x11\xe0\xa1\xb1"), ErrKind},
		"a picture":        {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), ErrKind},
		"nothing":          {nil, ErrEmpty},
		"heads alone":      {[]byte("Họ tên\tNăm sinh\n"), ErrEmpty},
		"too many rows":    {[]byte(many), ErrRows},
		"too many columns": {[]byte(strings.Repeat("a,", MaxColumns+1) + "a\n1\n"), ErrColumns},
		"a book as a cell": {[]byte("a\tb\n1\t" + strings.Repeat("x", 20_000)), ErrCell},
		"a broken zip":     {[]byte("PK\x03\x04 and nothing more"), ErrBook},
		"a zip of text":    {bomb(t, 10), ErrBook},
		"a bomb":           {bomb(t, 100<<20), ErrBig},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read("x", c.data, ""); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// bomb is a spreadsheet whose sheet unpacks to size zeros.
func bomb(t testing.TB, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	chunk := make([]byte, 1<<16)
	for n := 0; n < size; n += len(chunk) {
		w.Write(chunk[:min(len(chunk), size-n)])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A bomb that lies about its size costs no memory either.
func TestLiar(t *testing.T) {
	data := bomb(t, 100<<20)
	// The size stands 24 bytes into the entry of the directory.
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	copy(data[at+24:], []byte{0xff, 0xff, 0, 0})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read("x.xlsx", data, "")
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("a liar was read")
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20 {
		t.Errorf("it cost %d bytes", n)
	}
}

func TestMatch(t *testing.T) {
	columns := []Column{
		{Code: "name", Title: "Họ và tên", Words: []string{"ho ten", "ten bi can"}},
		{Code: "born", Title: "Ngày sinh", Words: []string{"nam sinh"}},
		{Code: "number", Title: "Số vụ án", Words: []string{"so thu ly"}},
		{Code: "decision", Title: "Số quyết định", Words: []string{"so qd"}},
		{Code: "date", Title: "Ngày quyết định", Words: []string{"ngay qd", "ngay"}},
	}
	for heads, want := range map[string]string{
		"STT|HỌ VÀ TÊN|Năm sinh (ngày/tháng)|Số QĐ|Ngày QĐ": "|name|born|decision|date",
		"so vu an|ho va ten bi can|ngay sinh|ngay":          "number|name|born|date",
		"Họ tên|Họ và tên|Ghi chú":                          "|name|",
		"decision|born":                                     "decision|born",
		"|":                                                 "|",
	} {
		if got := strings.Join(Match(strings.Split(heads, "|"), columns), "|"); got != want {
			t.Errorf("%s: %s, want %s", heads, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	for s, want := range map[string]string{
		"12/3/2026": "2026-03-12", "12-03-2026": "2026-03-12", "12.3.26": "2026-03-12", "2026-03-12": "2026-03-12", "ngày 12 tháng 3 năm 2026": "2026-03-12",
		"46093": "2026-03-12", "46093.5": "2026-03-12", "30/2/2026": "", "13/13/2026": "", "": "", "tháng ba": "", "99999": "",
	} {
		if got, _ := Date(s); string(got) != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"22 giờ 30 phút ngày 10/3/2026": "2026-03-10T22:30", "22h30 10/3/2026": "2026-03-10T22:30", "10/3/2026 7:05": "2026-03-10T07:05", "10/3/2026 7:05:00": "2026-03-10T07:05",
		"8 giờ, 10/3/2026": "2026-03-10T08:00", "10/3/2026": "2026-03-10", "25h00 10/3/2026": "", "22h30": "",
	} {
		if got, _ := Moment(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{"1990": "1990", "5/1988": "1988-05", "17/5/2009": "2009-05-17", "sinh năm 1990": "1990", "17/5/09": "", "1000": "", "không rõ": ""} {
		if got, _ := Born(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestCharges(t *testing.T) {
	for s, want := range map[string]string{
		"điểm a khoản 2 Điều 173 BLHS": "[{173 2 a}]", "Điều 173 khoản 2": "[{173 2 }]", "173/2/a": "[{173 2 a}]", "k2 Đ173": "[{173 2 }]", "251": "[{251  }]",
		"Khoản 1 Điều 173; khoản 2 Điều 318": "[{173 1 } {318 2 }]", "Điều 217a và Điều 321": "[{217a  } {321  }]", "": "[]", "Trộm cắp tài sản": "[]",
	} {
		got, ok := Charges(s)
		if fmt.Sprint(got) != want || ok != (want != "[]" || s == "") {
			t.Errorf("%q: %v %v, want %s", s, got, ok, want)
		}
	}
	if got := Identity(" 010 090-001234 "); got != "010090001234" {
		t.Errorf("identity %q", got)
	}
	if got := Identity("10090001234"); got != "010090001234" {
		t.Errorf("a lost zero: %q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("x.csv", []byte(police))
	f.Add("x.csv", wideText("\ufeff"+police, true))
	f.Add("x.xlsx", workbook(f, func(b *excelize.File) {
		b.SetSheetRow("Sheet1", "A1", &[]any{"Họ tên", "Ngày"})
		b.SetSheetRow("Sheet1", "A2", &[]any{"A", 46093})
	}))
	f.Add("x.csv", []byte("a,\"b\nc\",d\n1,2"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		l, err := Read(name, data, "")
		if err != nil {
			return
		}
		if len(l.Rows) == 0 || len(l.Rows) > MaxRows {
			t.Fatalf("%d rows", len(l.Rows))
		}
		for _, r := range l.Rows {
			if len(r.Cells) != len(l.Heads) {
				t.Fatalf("%d cells under %d heads", len(r.Cells), len(l.Heads))
			}
		}
	})
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{"12/3/2026", "22 giờ 30 phút ngày 10/3/2026", "5/1988", "điểm a khoản 2 Điều 173", "46093"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := Date(s); ok && len(d) != 10 {
			t.Errorf("day %q of %q", d, s)
		}
		if m, ok := Moment(s); ok && len(m) != 10 && len(m) != 16 {
			t.Errorf("moment %q of %q", m, s)
		}
		if b, ok := Born(s); ok && len(b) != 4 && len(b) != 7 && len(b) != 10 {
			t.Errorf("born %q of %q", b, s)
		}
		cs, _ := Charges(s)
		for _, c := range cs {
			if c.Article == "" {
				t.Errorf("a charge of no article in %q", s)
			}
		}
		Identity(s)
	})
}

// The longest list there may be, as a spreadsheet of fifteen columns.
func BenchmarkBook(b *testing.B) {
	data := workbook(b, func(f *excelize.File) {
		s, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		for n := range MaxRows + 1 {
			row := make([]any, 15)
			for i := range row {
				row[i] = fmt.Sprintf("Giàng Seo Vảng %d, %d", n, i)
			}
			if err := s.SetRow(fmt.Sprintf("A%d", n+1), row); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Flush(); err != nil {
			b.Fatal(err)
		}
	})
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		l, err := Read("x.xlsx", data, "")
		if err != nil || len(l.Rows) != MaxRows {
			b.Fatal(err, len(l.Rows))
		}
	}
}
