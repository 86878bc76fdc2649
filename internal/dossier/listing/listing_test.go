package listing

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func example(draft bool) List {
	l := List{
		Above: "Viện kiểm sát nhân dân tỉnh Lào Cai", Office: "Viện kiểm sát nhân dân khu vực 3 – Lào Cai",
		File: "Hồ sơ vụ án Giàng Seo Vảng", Case: "Giàng Seo Vảng và đồng phạm – Trộm cắp tài sản", Number: "01/2026/HS",
		Folios: "BL 01–123", Draft: draft, Numberer: "Hoàng Thị Mẩy", Made: time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC),
		Remarks:  []Remark{{"BL 07", "Tẩy xóa, sửa chữa", "Dòng thứ ba bị tẩy, đã lập biên bản", "Hoàng Thị Mẩy", "26/11/2026"}},
		Exhibits: []Exhibit{{"VC-01", "Xe máy Honda Wave màu đỏ", "Vật", "BL 12", "Kho vật chứng Công an xã Mường Hum"}},
	}
	var a, b Section
	a.Name, b.Name = "Thủ tục tố tụng", "Lời khai bị can"
	for range 20 {
		a.Rows = append(a.Rows, Row{Title: "Quyết định khởi tố vụ án hình sự", Number: "15/QĐ-VPCQCSĐT", Date: "12/03/2026", Issuer: "Cơ quan CSĐT Công an tỉnh Lào Cai", Signer: "Nguyễn Văn Ưởng", Folios: "BL 01–02", Pages: 2, Group: a.Name})
		b.Rows = append(b.Rows, Row{Title: "Biên bản hỏi cung bị can " + strings.Repeat("Giàng Seo Vảng ", 6), Folios: "BL 03–05", Pages: 3, Group: b.Name, Note: "Thiếu BL 04"})
	}
	a.Rows[0].Title = `=HYPERLINK("http://x","Ấn vào đây")`
	a.Rows[1].Title, a.Rows[2].Title, a.Rows[3].Title = "+1", "-1", "@SUM(A1)"
	l.Sections = []Section{a, b}
	return l
}

func TestXLSX(t *testing.T) {
	var out bytes.Buffer
	if err := example(true).XLSX(&out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	all, head := "", 0
	for i, r := range rows {
		all += strings.Join(r, "|") + "\n"
		if len(r) > 1 && r[0] == "STT" && head == 0 {
			head = i + 1
		}
	}
	for _, want := range []string{
		"VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC 3 – LÀO CAI", state, motto, title, why, "Vụ án: Giàng Seo Vảng và đồng phạm – Trộm cắp tài sản",
		"Thủ tục tố tụng", "|Cộng 20 tài liệu||||||40\n", "|Tổng cộng 40 tài liệu||||||100\n", "Tổng cộng: 40 tài liệu, 100 trang (BL 01–123).",
		"2|+1|15/QĐ-VPCQCSĐT|12/03/2026|Cơ quan CSĐT Công an tỉnh Lào Cai|Nguyễn Văn Ưởng|01–02|2\n", "Hoàng Thị Mẩy",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	for i, want := range []string{`=HYPERLINK("http://x","Ấn vào đây")`, "+1", "-1", "@SUM(A1)"} {
		at := "B" + text(head+2+i)
		got, _ := f.GetCellValue(sheet, at)
		formula, _ := f.GetCellFormula(sheet, at)
		kind, _ := f.GetCellType(sheet, at)
		if got != want || formula != "" || kind != excelize.CellTypeSharedString {
			t.Errorf("%s holds %q, formula %q, type %v; want the text %q", at, got, formula, kind, want)
		}
	}
	if kind, _ := f.GetCellType(sheet, "H"+text(head+2)); kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("the number of pages is a %v", kind)
	}
	if p, _ := f.GetPanes(sheet); !p.Freeze || p.YSplit != head {
		t.Errorf("panes %+v, head in row %d", p, head)
	}
	if n := f.GetDefinedName(); len(n) != 3 || !strings.HasSuffix(n[0].RefersTo, "$"+text(head)+":$"+text(head)) {
		t.Errorf("print titles %+v", n)
	}
	for name, want := range map[string]string{sheetRemarks: "BL 07 Tẩy xóa, sửa chữa Dòng thứ ba bị tẩy, đã lập biên bản", sheetThings: "1 VC-01 Xe máy Honda Wave màu đỏ"} {
		rows, err := f.GetRows(name)
		if err != nil || len(rows) != 4 || !strings.HasPrefix(strings.Join(rows[3], " "), want) {
			t.Errorf("sheet %s: %q, %v", name, rows, err)
		}
	}
	layout, _ := f.GetPageLayout(sheet)
	if *layout.Size != 9 || *layout.Orientation != "landscape" {
		t.Errorf("layout %+v", layout)
	}
}

// pdf writes l as a file and returns its text.
func pdf(t *testing.T, l List) (file, words string) {
	t.Helper()
	bin, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext is not installed")
		}
		t.Skip("pdftotext is not installed")
	}
	var b, again bytes.Buffer
	if err := l.PDF(&b); err != nil {
		t.Fatal(err)
	}
	if err := l.PDF(&again); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same list gives other bytes: %v", err)
	}
	file = filepath.Join(t.TempDir(), "list.pdf")
	if dir := os.Getenv("CONGMINH_TEST_SHOTS"); dir != "" {
		file = filepath.Join(dir, t.Name()+".pdf")
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return file, strings.Join(strings.FieldsFunc(string(out), func(r rune) bool { return r == ' ' || r == '\n' }), " ")
}

func TestPDF(t *testing.T) {
	_, words := pdf(t, example(false))
	for _, want := range []string{
		"VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC 3 – LÀO CAI", state, motto, title, "Giàng Seo Vảng và đồng phạm – Trộm cắp tài sản",
		"Nguyễn Văn Ưởng", "Thủ tục tố tụng", "Lời khai bị can", "Cộng 20 tài liệu", "Tổng cộng: 40 tài liệu, 100 trang (BL 01–123).",
		remarks, "Dòng thứ ba bị tẩy, đã lập biên bản", things, "Kho vật chứng Công an xã Mường Hum", giver, taker, "Hoàng Thị Mẩy", "Trang 1/",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in\n%s", want, words)
		}
	}
	sheets := strings.Count(words, "\f")
	if heads := strings.Count(words, "Cơ quan ban hành"); sheets < 3 || heads != sheets-1 && heads != sheets {
		t.Errorf("%d heads on %d sheets", heads, sheets)
	}
	if strings.Contains(words, draft) {
		t.Error("a finished list says it is a draft")
	}
}

func TestPDFDraft(t *testing.T) {
	l := example(true)
	l.Sections = []Section{{Rows: append(l.Sections[0].Rows, Row{Title: strings.Repeat("Một tên tài liệu dài không dứt ", 100), Pages: 1})}}
	_, words := pdf(t, l)
	if strings.Count(words, draft+" – "+l.Number) != strings.Count(words, "\f") {
		t.Errorf("not every sheet says it is a draft:\n%s", words)
	}
	if !strings.Contains(words, "Nhóm") || strings.Contains(words, "Cộng 21") {
		t.Error("a list in the order of folios has no group column, or sums by group")
	}
}

// An empty file still has its list.
func TestNothing(t *testing.T) {
	_, words := pdf(t, List{Office: "Viện kiểm sát nhân dân khu vực 3 – Lào Cai", Case: "Vụ án", Number: "1", Draft: true})
	if !strings.Contains(words, "Tổng cộng: 0 tài liệu, 0 trang.") {
		t.Errorf("%s", words)
	}
}
