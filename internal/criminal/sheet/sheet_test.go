package sheet

import (
	"bytes"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var paper = Paper{Above: "Viện kiểm sát nhân dân tỉnh Lào Cai", Office: "Viện kiểm sát nhân dân khu vực 3", Title: "Sổ thụ lý", About: []string{"Năm 2026"},
	Columns: []Column{{"STT", 5}, {"Số", 10}, {"Nội dung", 40}}, Made: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}

func write(t *testing.T, p Paper, rows ...[]string) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	err := Write(&b, p, func(yield func([]string) error) error {
		for _, r := range rows {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWrite(t *testing.T) {
	f := write(t, paper, []string{"1", "01/QĐ-VKS", "=HYPERLINK(\"http://x\")"}, []string{"2", "001"})
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[0][1]; got != state {
		t.Errorf("the state's name is %q", got)
	}
	if rows[3][0] != "SỔ THỤ LÝ" || rows[6][0] != "STT" || rows[7][1] != "01/QĐ-VKS" || rows[8][1] != "001" {
		t.Errorf("rows: %q", rows)
	}
	if formula, _ := f.GetCellFormula(name, "C8"); formula != "" || rows[7][2] != "=HYPERLINK(\"http://x\")" {
		t.Errorf("what was typed is calculated: %q", formula)
	}
	layout, err := f.GetPageLayout(name)
	if err != nil || *layout.Orientation != "landscape" || *layout.Size != 9 {
		t.Errorf("layout %+v, %v", layout, err)
	}
	if names := f.GetDefinedName(); len(names) != 1 || names[0].RefersTo != "'Sổ'!$7:$7" {
		t.Errorf("the heads do not repeat: %+v", names)
	}
}

func TestBare(t *testing.T) {
	f := write(t, Paper{Columns: paper.Columns}, []string{"1", "2", "3"})
	rows, err := f.GetRows(name)
	if err != nil || len(rows) != 2 || rows[0][2] != "Nội dung" {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestStops(t *testing.T) {
	no := errors.New("no more")
	err := Write(&bytes.Buffer{}, paper, func(func([]string) error) error { return no })
	if !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		var out bytes.Buffer
		err := Write(&out, paper, func(yield func([]string) error) error {
			for i := range 10_000 {
				if err := yield([]string{strconv.Itoa(i + 1), strconv.Itoa(i) + "/QĐ-VKS", "Quyết định phê chuẩn quyết định khởi tố bị can"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len()), "bytes")
	}
}
