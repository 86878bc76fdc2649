package paper

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func sample(rows int) Paper {
	p := Paper{Above: "VKSND TỈNH LÀO CAI", Office: "VKSND KHU VỰC 3", Short: "Biểu 2", Title: "Thống kê khởi tố, điều tra các vụ án hình sự", About: []string{"Tháng 10/2026"},
		Columns: []string{"Số vụ", "Số bị can", "Trong đó: dưới 18 tuổi"}, Sides: []string{"CÔNG AN", "VIỆN KIỂM SÁT"}, Made: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC), Code: "abc"}
	for i := range rows {
		p.Rows = append(p.Rows, Row{Code: "1", Title: strings.Repeat("Số vụ án mới khởi tố trong kỳ ", 1+i%4), Level: i % 3, Cells: []string{"12", "34", "5"}})
	}
	p.Rows = append(p.Rows, Row{Title: "Kết quả giải quyết"})
	return p
}

// A form prints as one that others can read, and twice the same.
func TestWrite(t *testing.T) {
	var a, b bytes.Buffer
	if err := Write(&a, sample(90)); err != nil {
		t.Fatal(err)
	}
	if err := Write(&b, sample(90)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same form gave other bytes")
	}
	read := exec.Command("pdftotext", "-layout", "-", "-")
	read.Stdin = &a
	text, err := read.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"VKSND KHU VỰC 3", "Độc lập - Tự do - Hạnh phúc", "Số bị can", "Kết quả giải quyết", "VIỆN KIỂM SÁT", "Trang 2"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the paper does not say %q", want)
		}
	}
}
