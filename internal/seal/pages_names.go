package seal

import (
	"maps"
	"slices"
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
	{"seal.read", "Xem nhật ký"},
	{"seal.export", "Xuất nhật ký"},
	{"access", "Khai thác hồ sơ"},
	{"backup", "Sao lưu"},
	{"archive", "Lưu trữ hồ sơ giấy"},
	{"sign-in", "Đăng nhập"},
	{"sign-in.failed", "Đăng nhập không được"},
	{"sign-out", "Đăng xuất"},
	{"session", "Phiên đăng nhập"},
	{"confirmed", "Xác nhận lại danh tính"},
	{"password", "Mật khẩu"},
	{"passkey", "Khóa truy cập"},
	{"totp", "Mã xác thực"},
	{"recovery", "Mã khôi phục"},
	{"sso", "Đăng nhập một lần"},
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
	case "number":
		return "Số"
	case "basis":
		return "Căn cứ"
	case "mode":
		return "Hình thức"
	case "parts":
		return "Phần hồ sơ"
	case "note":
		return "Ghi chú"
	case "rule":
		return "Quy tắc"
	case "who", "by", "actor":
		return "Người"
	case "verb":
		return "Việc"
	case "case":
		return "Vụ án"
	case "object":
		return "Đối tượng"
	case "from":
		return "Từ"
	case "kind":
		return "Loại"
	case "level":
		return "Mức"
	case "register":
		return "Số đăng ký"
	case "place":
		return "Nơi giữ bản giấy"
	case "page":
		return "Trang"
	case "file":
		return "Tệp"
	case "why":
		return "Vì sao"
	case "boxes":
		return "Số vùng che"
	case "ground":
		return "Căn cứ"
	case "facility":
		return "Cơ sở giam giữ"
	case "received":
		return "Ngày nhận"
	case "slip":
		return "Phiếu mượn"
	case "transfer":
		return "Biên bản nộp lưu"
	}
	return key
}

// details is all that an entry tells, in a line.
func details(e Entry) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(e.More)) {
		out = append(out, moreVN(k)+": "+e.More[k])
	}
	return strings.Join(out, "; ")
}

// short cuts a long value, a digest, for a table.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}
