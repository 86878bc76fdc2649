package redact

import (
	"testing"

	"congminh/internal/dossier/reading"
)

func TestSecret(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		level int
	}{
		{"alone under the number", []string{"CÔNG AN TỈNH LÀO CAI", "Số: 12/BC-CAT", "MẬT"}, 1},
		{"without marks", []string{"CONG AN", "MAT"}, 1},
		{"framed", []string{"CÔNG AN", "[ TỐI MẬT ]"}, 2},
		{"misread", []string{"CÔNG AN", "TUYẼT MẬI"}, 3},
		{"letters apart", []string{"CÔNG AN", "M Ậ T"}, 1},
		{"as a line of text", []string{"CÔNG AN", "TÀI LIỆU MẬT"}, 1},
		{"state secret", []string{"BÍ MẬT NHÀ NƯỚC"}, 1},
		{"with its level", []string{"ĐỘ MẬT: TỐI MẬT"}, 2},
		{"running text", []string{"BÁO CÁO", "về hành vi xâm phạm bí mật kinh doanh, bí mật nhà nước"}, 0},
		{"heading of a chapter", []string{"TỘI CỐ Ý LÀM LỘ BÍ MẬT NHÀ NƯỚC"}, 0},
		{"business secret in capitals", []string{"BÍ MẬT KINH DOANH"}, 0},
		{"small letters", []string{"mật"}, 0},
		{"the front of a card", []string{"MẶT TRƯỚC"}, 0},
		{"ordinary head", []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "QUYẾT ĐỊNH"}, 0},
	} {
		s, ok := Secret(page(c.lines...))
		if s.Level != c.level || ok != (c.level > 0) {
			t.Errorf("%s: level %d, want %d", c.name, s.Level, c.level)
		}
	}

	// Beside the right column of the head, which is read as the same line.
	p := page("MẬT Lào Cai, ngày 12 tháng 3 năm 2026")
	for i := range p.Words[1:] {
		p.Words[i+1].Box[0] += 400
		p.Words[i+1].Box[2] += 400
	}
	if s, ok := Secret(p); !ok || s.Box != p.Words[0].Box {
		t.Errorf("in the left column: %+v", s)
	}

	// A word alone on a line in the middle of a paper is no stamp.
	low := page("MẬT")
	low.Words[0].Box = reading.Box{50, 900, 100, 930}
	if _, ok := Secret(low); ok {
		t.Error("a word in the middle of the page is taken for a stamp")
	}
}
