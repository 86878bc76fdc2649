package dossier

import (
	"testing"

	"congminh/internal/dossier/paper"
)

func TestAlike(t *testing.T) {
	const minutes = "Biên bản hỏi cung bị can hồi 8 giờ 30 ngày 12 tháng 3 năm 2026 tại trụ sở Công an tỉnh Lào Cai, tôi là điều tra viên tiến hành hỏi cung bị can Lò Văn Suối sinh năm 1990 về hành vi trộm cắp tài sản xảy ra tại xã Mường Hum theo quy định của Bộ luật Tố tụng hình sự"
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"the same sheet, read twice", minutes, minutes, true},
		{"a letter misread here and there", minutes, "Biên bản hỏi cung bị can hồi 8 giờ 30 ngày 12 tháng 3 năm 2026 tại trụ sở Công an tỉnh Lào Cai, tôi là điều tra viên tiến hành hỏi cung bị can Lò Văn Suốl sinh năm 1990 về hành vi trộm cắp tài sản xảy ra tại xã Mường Hum theo quy định của Bộ luật Tố tụng hình sự", true},
		{"the same form on another day", minutes, "Biên bản hỏi cung bị can hồi 9 giờ 15 ngày 14 tháng 3 năm 2026 tại trụ sở Công an tỉnh Lào Cai, tôi là điều tra viên tiến hành hỏi cung bị can Lò Văn Suối sinh năm 1990 về hành vi trộm cắp tài sản xảy ra tại xã Mường Hum theo quy định của Bộ luật Tố tụng hình sự", false},
		{"pictures without words", "", "", true},
		{"words and none", minutes, "", false},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// A title whose letters were misread is that of its kind; another title stays.
func TestOfficial(t *testing.T) {
	sure := paper.Document{KindName: "Quyết định phê chuẩn Lệnh tạm giam", KindField: paper.Field{Confidence: 0.96}}
	unsure := sure
	unsure.KindField.Confidence = 0.5
	for _, c := range []struct {
		read string
		of   paper.Document
		want string
	}{
		{"QUYẾT ĐỊNH PHE CHUẨN LNH TẠM GIAM", sure, "QUYẾT ĐỊNH PHÊ CHUẨN LỆNH TẠM GIAM"},
		{"QUYẾT ĐỊNH PHE CHUẨN LNH TẠM GIAM", unsure, "QUYẾT ĐỊNH PHE CHUẨN LNH TẠM GIAM"},
		{"LỆNH TẠM GIAM", sure, "LỆNH TẠM GIAM"},
	} {
		if got := official(c.read, c.of); got != c.want {
			t.Errorf("%q: got %q, want %q", c.read, got, c.want)
		}
	}
}
