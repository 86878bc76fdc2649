package form

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func sample() Form {
	return Form{
		ID: "tk", Version: 1, From: "2026-01-01", Title: "Biểu thử",
		Column: []Column{{Code: "a", Title: "Vụ"}, {Code: "b", Title: "Bị can"}, {Code: "c", Title: "Trong đó nữ", Of: "b", Where: map[string][]string{"sex": {"female"}}}},
		Row: []Row{
			{Code: "1", Title: "Cũ", Cells: map[string]string{"a": "case.open.start", "b": "person.open.start"}},
			{Code: "2", Title: "Mới", Cells: map[string]string{"a": "case.new", "b": "person.new"}},
			{Code: "10", Title: "Tổng số", Sum: "1 + 2"},
			{Title: "Giải quyết"},
			{Code: "8", Title: "Đã giải quyết", Cells: map[string]string{"a": "case.done", "b": "person.done + person.dead"}},
			{Code: "11", Title: "Còn lại", Cells: map[string]string{"a": "case.open", "b": "person.open"}},
			{Code: "12", Title: "Tỷ lệ", Sum: "8 / 10 * =100"},
		},
		Check: []Check{{ID: "k1", Title: "Cân đối", Left: "10 - 8", Op: "=", Right: "11"}, {ID: "k2", Title: "Kỳ trước", Left: "1", Op: "=", Right: "11", Carry: true},
			{ID: "k3", Title: "Giải quyết không quá tổng số", Left: "8", Op: "<=", Right: "10", Columns: []string{"a"}}},
	}
}

func known(f string) bool {
	return slices.Contains([]string{"case.open", "case.new", "case.done", "person.open", "person.new", "person.done", "person.dead"}, f)
}

func TestForm(t *testing.T) {
	r, wrong := Read(sample(), known)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	figures := map[string]float64{"case.open.start": 5, "case.new": 3, "case.done": 4, "case.open": 4, "person.open.start": 6, "person.new": 4, "person.done": 3, "person.dead": 1, "person.open": 7}
	v := r.Fill(func(f string, where map[string][]string) float64 {
		if len(where) > 0 {
			return 1
		}
		return figures[f]
	})
	for _, c := range []struct {
		row, column string
		want        float64
	}{{"10", "a", 8}, {"12", "a", 50}, {"8", "b", 4}, {"10", "b", 10}, {"8", "c", 2}, {"10", "c", 2}, {"11", "b", 7}} {
		if n, ok := v.Get(c.row, c.column); !ok || n != c.want {
			t.Errorf("row %s, column %s: %v %v, want %v", c.row, c.column, n, ok, c.want)
		}
	}
	var found []string
	for _, f := range r.Verify(v, Values{"11": {"a": 5, "b": 5, "c": 1}}) {
		found = append(found, f.Check.ID+f.Column)
	}
	// 10 − 4 ≠ 7 people, 2 − 2 ≠ 1 woman, and 6 people carried over were 5.
	if want := []string{"k1b", "k1c", "k2b"}; !slices.Equal(found, want) {
		t.Errorf("%v fail, want %v", found, want)
	}
	if got := r.Verify(v, nil); len(got) != 2 {
		t.Error("without a period before, what is carried over is not checked", got)
	}
	w, where, err := r.Weights("k1", "c")
	if want := map[string]float64{"person.open.start": 1, "person.new": 1, "person.done": -1, "person.dead": -1, "person.open": -1}; err != nil || !maps.Equal(w, want) || where["sex"][0] != "female" {
		t.Error(w, where, err)
	}
	if _, _, err := r.Weights("k2", "a"); err == nil {
		t.Error("what is carried over has no single case at fault")
	}
}

func TestRefused(t *testing.T) {
	for what, change := range map[string]func(*Form){
		"không có chỉ tiêu \"x\"":  func(f *Form) { f.Row[0].Cells["a"] = "x" },
		"không có dòng \"99\"":     func(f *Form) { f.Row[2].Sum = "1 + 99" },
		"mã cột trống hoặc trùng":  func(f *Form) { f.Column[1].Code = "a" },
		"mã dòng trùng":            func(f *Form) { f.Row[1].Code = "1" },
		"cộng vòng tròn":           func(f *Form) { f.Row[2].Sum = "1 + 12" },
		"thiếu một số hạng":        func(f *Form) { f.Check[0].Left = "10 -" },
		"một trong các dấu":        func(f *Form) { f.Check[0].Op = "≠" },
		"không có cột này":         func(f *Form) { f.Row[0].Cells["z"] = "case.new" },
		"không cả hai":             func(f *Form) { f.Row[0].Sum = "2" },
		"không có cột \"q\" để":    func(f *Form) { f.Column[2].Of = "q" },
		"dòng có số phải có mã":    func(f *Form) { f.Row[3].Sum = "1" },
		"cần mã, tên, phiên bản":   func(f *Form) { f.Title = "" },
		"ít nhất một cột và một d": func(f *Form) { f.Column = nil },
	} {
		f := sample()
		change(&f)
		_, wrong := Read(f, known)
		if !slices.ContainsFunc(wrong, func(p Problem) bool { return strings.Contains(p.What, what) }) {
			t.Errorf("want %q, got %v", what, wrong)
		}
	}
}
