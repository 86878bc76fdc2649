package seal

import (
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
)

func at(t time.Time) string { return t.In(civil.Zone).Format("15:04:05 02/01/2006") }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// verbs names what entries tell of, in the order the filter offers.
var verbs = []struct{ code, vn string }{
	{"page.view", "Xem trang"},
	{"page.print", "In trang"},
	{"document.download", "Tải tài liệu"},
	{"dossier.search", "Tìm trong hồ sơ"},
	{"dossier.close", "Đóng hồ sơ"},
	{"dossier.open", "Mở tiếp hồ sơ"},
	{"dossier.number", "Đánh số bút lục"},
	{"dossier.export", "Xuất gói chứng cứ"},
	{"seal.certify", "Ký số, chứng thực"},
	{"seal.renew", "Gia hạn dấu thời gian"},
	{"seal.witness", "Đơn vị đối chứng"},
	{"seal.alarm", "Cảnh báo đối chứng"},
	{"seal.key", "Đổi khóa nhật ký"},
	{"redact", "Che thông tin"},
	{"secret", "Tài liệu có dấu mật"},
	{"access", "Khai thác hồ sơ"},
	{"archive", "Lưu trữ hồ sơ giấy"},
	{"sign-in", "Đăng nhập"},
	{"staff", "Cán bộ"},
	{"office", "Đơn vị"},
}

// verbVN names a verb for a person: the longest beginning that has a name.
func verbVN(code string) string {
	name, length := code, 0
	for _, v := range verbs {
		if (code == v.code || strings.HasPrefix(code, v.code+".")) && len(v.code) > length {
			name, length = v.vn, len(v.code)
		}
	}
	return name
}

// ruleVN names the right something was done under.
func ruleVN(rule string) string {
	switch rule {
	case "assigned":
		return "Được phân công"
	case "office":
		return "Cán bộ của đơn vị thụ lý"
	case "leader":
		return "Lãnh đạo đơn vị thụ lý"
	case "keeper":
		return "Văn thư, lưu trữ của đơn vị"
	case "superior":
		return "Đơn vị cấp trên"
	case "grant":
		return "Phiếu khai thác"
	case "emergency":
		return "Mở khẩn cấp"
	}
	return rule
}

func orActor(e Entry) string {
	if e.Name != "" {
		return e.Name
	}
	return e.Actor
}

// moreVN names a detail of an entry.
func moreVN(key string) string {
	switch key {
	case "folio":
		return "Bút lục"
	case "dossier":
		return "Hồ sơ"
	case "pages":
		return "Số trang"
	case "manifest":
		return "SHA-256 bản kê gói"
	case "detail":
		return "Nội dung"
	case "folios":
		return "Số bút lục"
	case "document":
		return "Tài liệu"
	case "reason":
		return "Lý do"
	case "purpose":
		return "Mục đích"
	case "words":
		return "Từ khóa"
	case "found":
		return "Số kết quả"
	case "source":
		return "SHA-256 trước"
	case "result":
		return "SHA-256 sau"
	case "signer":
		return "Người ký"
	case "to":
		return "Cho ai"
	case "witness":
		return "Đơn vị đối chứng"
	case "until":
		return "Chứng minh được đến"
	case "previous":
		return "Khóa trước"
	case "next":
		return "Khóa sau"
	case "head":
		return "Đầu nhật ký"
	case "key":
		return "Khóa đối chứng"
	case "log":
		return "Khóa nhật ký"
	case "address":
		return "Địa chỉ"
	case "batch":
		return "Đợt gia hạn chung"
	case "root":
		return "Gốc cây"
	}
	return key
}

// short cuts a long value, a digest, for a table.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}
