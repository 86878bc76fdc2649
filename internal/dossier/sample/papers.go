package sample

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
)

// sheet is one written paper.
type sheet struct {
	truth Truth
	pages []*Page
	place int // where its group stands in the file
}

// scribe writes one paper.
type scribe struct {
	*composer
	*facts
	t Truth
}

// kind of paper: its place in the order of a file, on which day after the crime it
// is written, and how. often says how many times it may come again when a file
// must be long.
type draft struct {
	place, day int
	often      bool
	write      func(s *scribe, on civil.Date)
}

const (
	gProcedure = iota
	gCustody
	gAccused
	gOthers
	gScene
	gExpert
	gExhibit
	gVita
	gProcuracy
	gProsecution
)

// write makes papers until there are so many pages, in the order of a file.
func write(f *facts, p *press, r *rand.Rand, pages int) []sheet {
	one := func(d draft) sheet {
		s := &scribe{&composer{press: p, size: 13.5, seed: r}, f, Truth{}}
		s.number = true
		d.write(s, f.day.Add(d.day))
		return sheet{s.t, s.pages, d.place}
	}
	var out []sheet
	n := 0
	take := func(d draft) {
		s := one(d)
		if n+len(s.pages) <= pages {
			out = append(out, s)
			n += len(s.pages)
		}
	}
	for _, d := range once {
		if n >= pages {
			break
		}
		take(d)
	}
	for i := 0; n < pages; i++ {
		d := again[r.IntN(len(again))]
		if pages-n <= 2 || i > 20*pages {
			d = again[r.IntN(4)] // those of one page
		}
		d.day += r.IntN(40)
		take(d)
	}
	slices.SortStableFunc(out, func(a, b sheet) int { return a.place - b.place })
	return out
}

// once is the spine of every file, the most telling papers first: a short file has
// only these.
var once = []draft{
	{gProcedure, 2, false, openCase},
	{gProcuracy, 42, false, overdueLetter},
	{gCustody, 4, false, approveDetention},
	{gAccused, 5, true, interrogation},
	{gProcedure, 4, false, charge},
	{gProcedure, 5, false, approveCharge},
	{gCustody, 4, false, detention},
	{gOthers, 3, true, statement},
	{gScene, 1, false, scene},
	{gExpert, 9, false, orderExpert},
	{gExpert, 20, false, expertise},
	{gExhibit, 1, false, seizure},
	{gExhibit, 6, false, storeSlip},
	{gVita, 6, false, vita},
	{gProcedure, 0, false, crimeReport},
	{gProcedure, 2, false, assignPolice},
	{gProcuracy, 3, false, assignProsecutor},
	{gCustody, 1, false, custody},
	{gCustody, 3, false, extendCustody},
	{gCustody, 3, false, approveExtension},
	{gCustody, 4, false, arrest},
	{gCustody, 5, false, approveArrest},
	{gCustody, 55, false, extendDetention},
	{gScene, 1, false, photos},
	{gScene, 2, false, searchMinute},
	{gScene, 2, false, searchWarrant},
	{gScene, 25, false, confrontation},
	{gExpert, 10, false, orderValue},
	{gExpert, 18, false, valuation},
	{gVita, 6, false, fingerCard},
	{gVita, 6, false, idCard},
	{gProcuracy, 12, false, investigationRequest},
	{gProsecution, 60, false, conclusion},
	{gProsecution, 75, false, indictment},
	{gProsecution, 61, false, handover},
	{gProsecution, 76, false, handoverIndictment},
	{gProcedure, 0, false, receiveReport},
	{gScene, 1, false, caughtMinute},
}

// again may come as often as the file has room. The first four have one page.
var again = []draft{
	{gProcedure, 5, true, summons},
	{gProcuracy, 10, true, letter},
	{gExhibit, 8, true, storeSlip},
	{gCustody, 60, true, extendDetention},
	{gAccused, 8, true, interrogation},
	{gAccused, 9, true, interrogation},
	{gAccused, 7, true, ownStatement},
	{gOthers, 4, true, statement},
	{gOthers, 6, true, statement},
	{gOthers, 8, true, statement},
	{gScene, 5, true, photos},
	{gScene, 15, true, confrontation},
	{gScene, 9, true, verification},
	{gExpert, 12, true, expertise},
	{gExhibit, 4, true, seizure},
	{gVita, 7, true, vita},
	{gScene, 12, true, recognition},
}

// --- heads -------------------------------------------------------------------

func (s *scribe) is(kind string, form int, title string, on civil.Date) {
	s.t.Kind, s.t.Form, s.t.Title, s.t.Date = kind, form, title, on
}

func (s *scribe) about(role string, ws ...who) {
	for _, w := range ws {
		s.t.Persons = append(s.t.Persons, Person{w.name, role})
	}
}

func (s *scribe) cites(articles ...string) { s.t.Articles = append(s.t.Articles, articles...) }

func (s *scribe) headVKS(symbol string, on civil.Date) {
	parent, agency := "VIỆN KIỂM SÁT NHÂN DÂN "+strings.ToUpper(s.place.long), fmt.Sprintf("VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC %d", s.zone)
	no := ""
	if symbol != "" {
		s.t.Number = s.next(strings.TrimSuffix(symbol+"-"+s.vks(), "-"))
		no = "Số: " + s.t.Number
	}
	s.t.Issuer = agency + ", " + parent
	s.head(split(parent), split(agency), no, s.place.name+", "+long(on))
}

func (s *scribe) headPolice(symbol string, on civil.Date) {
	parent, agency := "CÔNG AN "+strings.ToUpper(s.place.long), "CƠ QUAN CẢNH SÁT ĐIỀU TRA"
	no, at := "", ""
	if symbol != "" {
		s.t.Number = s.next(symbol + "-CSĐT")
		no = "Số: " + s.t.Number
		at = s.place.name + ", " + long(on)
	}
	s.t.Issuer = agency + ", " + parent
	s.head(split(parent), split(agency), no, at)
}

// split breaks a long name of an agency in two.
func split(s string) []string {
	if len([]rune(s)) <= 26 {
		return []string{s}
	}
	w := strings.Fields(s)
	n := len(w) / 2
	if strings.HasPrefix(s, "VIỆN KIỂM SÁT NHÂN DÂN ") {
		n = 5
	}
	return []string{strings.Join(w[:n], " "), strings.Join(w[n:], " ")}
}

func (s *scribe) signVKS(w who, deputy bool, copies ...string) {
	post := []string{"VIỆN TRƯỞNG"}
	s.t.Post = "VIỆN TRƯỞNG"
	if deputy {
		post = []string{"KT. VIỆN TRƯỞNG", "PHÓ VIỆN TRƯỞNG"}
		s.t.Post = "PHÓ VIỆN TRƯỞNG"
	}
	s.t.Signer = w.name
	s.sign(post, w.name, fmt.Sprintf("VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC %d", s.zone), copies...)
}

func (s *scribe) signPolice(w who, deputy bool, copies ...string) {
	post := []string{"THỦ TRƯỞNG"}
	s.t.Post = "THỦ TRƯỞNG"
	if deputy {
		post = []string{"KT. THỦ TRƯỞNG", "PHÓ THỦ TRƯỞNG"}
		s.t.Post = "PHÓ THỦ TRƯỞNG"
	}
	s.t.Signer = w.name
	s.sign(post, w.name, "CƠ QUAN CẢNH SÁT ĐIỀU TRA CÔNG AN "+strings.ToUpper(s.place.name), copies...)
}

func (s *scribe) copies() []string {
	return []string{fmt.Sprintf("VKSND khu vực %d;", s.zone), "Cơ quan CSĐT CA " + s.place.name + ";", "Trại tạm giam;", "Hồ sơ vụ án."}
}

// accusedLines is the block every decision about a person has.
func (s *scribe) accusedLines(w who) {
	s.flat("Họ và tên: " + w.name + "    Giới tính: " + w.sex())
	s.flat("Tên gọi khác: Không")
	s.flat("Sinh ngày " + w.born.VN() + " tại: " + s.place.long)
	s.flat("Quốc tịch: Việt Nam; Dân tộc: " + w.folk + "; Tôn giáo: Không")
	s.flat("Nghề nghiệp: " + w.work)
	s.flat("Số CCCD: " + w.id)
	s.flat("Nơi cư trú: " + w.home)
}

func (s *scribe) basis(lines ...string) {
	for _, l := range lines {
		s.note(l)
	}
}

func (s *scribe) procVKS(articles string) string {
	s.cites(articles + " Bộ luật Tố tụng hình sự")
	return "Căn cứ các " + articles + " Bộ luật Tố tụng hình sự;"
}

func (s *scribe) proc(article string) string {
	s.cites(article + " Bộ luật Tố tụng hình sự")
	return "Căn cứ " + article + " Bộ luật Tố tụng hình sự;"
}

func (s *scribe) penal() string {
	s.cites(s.offence())
	return "theo quy định tại " + s.offence()
}

func (s *scribe) one() who { return pick(s.r, s.accused) }

// --- decisions ---------------------------------------------------------------

func openCase(s *scribe, on civil.Date) {
	s.is("qd-khoi-to-vu-an", 0, "Quyết định khởi tố vụ án hình sự", on)
	s.headPolice("QĐ", on)
	s.title("QUYẾT ĐỊNH", "KHỞI TỐ VỤ ÁN HÌNH SỰ")
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(s.proc("Điều 143"), s.proc("khoản 1 Điều 154"),
		"Căn cứ kết quả kiểm tra, xác minh nguồn tin về tội phạm;",
		"Xét thấy có dấu hiệu tội phạm "+s.penal()+",")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Khởi tố vụ án hình sự " + s.crime.name + " xảy ra vào khoảng " + s.hour + " " + long(s.day) + " tại " + s.spot + ", " + s.place.long + ".")
	s.para("Điều 2. " + pick(s.r, []string{
		"Giao Điều tra viên " + s.police[0].name + " tiến hành điều tra vụ án theo quy định của pháp luật.",
		"Tiến hành các hoạt động điều tra theo quy định của Bộ luật Tố tụng hình sự kể từ ngày ra Quyết định này."}))
	s.para(fmt.Sprintf("Quyết định này được gửi đến Viện kiểm sát nhân dân khu vực %d trong thời hạn 24 giờ để kiểm sát việc khởi tố.", s.zone))
	s.signPolice(s.dchief, true, s.copies()...)
}

func charge(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("qd-khoi-to-bi-can", 0, "Quyết định khởi tố bị can", on)
	s.headPolice("QĐ", on)
	s.title("QUYẾT ĐỊNH", "KHỞI TỐ BỊ CAN")
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(s.proc("Điều 179"), "Căn cứ Quyết định khởi tố vụ án hình sự về tội "+s.crime.name+" của cơ quan này;",
		"Xét thấy có đủ căn cứ xác định người có tên dưới đây đã thực hiện hành vi phạm tội "+s.penal()+",")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Khởi tố bị can đối với:")
	s.accusedLines(w)
	s.about("bị can", w)
	s.para("Về tội " + s.crime.name + ". " + s.tale())
	s.para("Điều 2. Quyết định này được gửi ngay cho Viện kiểm sát để xét phê chuẩn và giao cho bị can theo quy định.")
	s.signPolice(s.chief, false, s.copies()...)
}

func approveCharge(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("qd-phe-chuan-khoi-to-bi-can", 90, "Quyết định phê chuẩn Quyết định khởi tố bị can", on)
	s.headVKS("QĐ", on)
	s.title("QUYẾT ĐỊNH", "PHÊ CHUẨN QUYẾT ĐỊNH KHỞI TỐ BỊ CAN")
	s.decideVKS(w, []string{s.proc("Điều 41"), s.proc("Điều 179")},
		"Phê chuẩn Quyết định khởi tố bị can của Cơ quan Cảnh sát điều tra Công an "+s.place.long+" đối với bị can "+w.name+" về tội "+s.crime.name+" "+s.penal()+".")
}

// decideVKS is the body most decisions of the procuracy share.
func (s *scribe) decideVKS(w who, basis []string, decision string) {
	s.mid("VIỆN TRƯỞNG VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC "+fmt.Sprint(s.zone), bold)
	s.basis(basis...)
	s.basis("Căn cứ Quyết định khởi tố bị can đối với "+w.name+" về tội "+s.crime.name+";",
		pick(s.r, []string{"Xét thấy việc ra lệnh, quyết định nêu trên có căn cứ và đúng quy định của pháp luật,", "Xét thấy các tài liệu, chứng cứ thu thập được có trong hồ sơ là có căn cứ,"}))
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. " + decision)
	s.accusedLines(w)
	s.about("bị can", w)
	s.para("Điều 2. " + pick(s.r, []string{
		"Yêu cầu Cơ quan Cảnh sát điều tra thực hiện Quyết định này theo quy định của Bộ luật Tố tụng hình sự.",
		"Cơ quan Cảnh sát điều tra và Trại tạm giam có trách nhiệm thi hành Quyết định này."}))
	s.signVKS(s.deputy, true, s.copies()...)
}

func approveDetention(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("qd-phe-chuan-lenh-tam-giam", 40, "Quyết định phê chuẩn Lệnh tạm giam", on)
	s.headVKS("QĐ", on)
	s.title("QUYẾT ĐỊNH", "PHÊ CHUẨN LỆNH TẠM GIAM")
	s.decideVKS(w, []string{s.proc("Điều 41"), s.proc("Điều 119"), s.proc("Điều 173")},
		fmt.Sprintf("Phê chuẩn Lệnh tạm giam của Cơ quan Cảnh sát điều tra Công an %s đối với bị can %s trong thời hạn %d tháng.", s.place.long, w.name, 2+s.r.IntN(2)))
}

func approveArrest(s *scribe, on civil.Date) {
	w := s.one()
	s.is("qd-phe-chuan-lenh-bat", 37, "Quyết định phê chuẩn Lệnh bắt bị can để tạm giam", on)
	s.headVKS("QĐ", on)
	s.title("QUYẾT ĐỊNH", "PHÊ CHUẨN LỆNH BẮT BỊ CAN ĐỂ TẠM GIAM")
	s.decideVKS(w, []string{s.proc("Điều 41"), s.proc("Điều 113")},
		"Phê chuẩn Lệnh bắt bị can để tạm giam của Cơ quan Cảnh sát điều tra Công an "+s.place.long+" đối với bị can "+w.name+".")
}

func extendDetention(s *scribe, on civil.Date) {
	w := s.one()
	s.is("qd-gia-han-tam-giam", 42, "Quyết định gia hạn tạm giam", on)
	s.headVKS("QĐ", on)
	s.title("QUYẾT ĐỊNH", "GIA HẠN THỜI HẠN TẠM GIAM")
	s.decideVKS(w, []string{s.proc("Điều 41"), s.proc("khoản 2 Điều 173")},
		fmt.Sprintf("Gia hạn thời hạn tạm giam đối với bị can %s thêm %d tháng, kể từ %s.", w.name, 1+s.r.IntN(2), long(on.Add(1))))
}

func approveExtension(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("qd-phe-chuan-gia-han-tam-giu", 33, "Quyết định phê chuẩn Quyết định gia hạn tạm giữ", on)
	s.headVKS("QĐ", on)
	s.title("QUYẾT ĐỊNH", "PHÊ CHUẨN QUYẾT ĐỊNH GIA HẠN TẠM GIỮ LẦN THỨ NHẤT")
	s.mid("VIỆN TRƯỞNG VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC "+fmt.Sprint(s.zone), bold)
	s.basis(s.proc("Điều 41"), s.proc("Điều 118"), "Xét thấy việc gia hạn tạm giữ là có căn cứ và cần thiết,")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Phê chuẩn Quyết định gia hạn tạm giữ lần thứ nhất của Cơ quan Cảnh sát điều tra đối với người bị tạm giữ:")
	s.accusedLines(w)
	s.about("người bị tạm giữ", w)
	s.para("Điều 2. Thời hạn gia hạn tạm giữ là 03 ngày, kể từ " + s.hour + " " + long(on) + ".")
	s.signVKS(s.deputy, true, s.copies()...)
}

func detention(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("lenh-tam-giam", 0, "Lệnh tạm giam", on)
	s.headPolice("LTG", on)
	s.title("LỆNH TẠM GIAM")
	s.order(w, []string{s.proc("Điều 119"), s.proc("Điều 173")},
		fmt.Sprintf("Tạm giam trong thời hạn %d tháng, kể từ %s đối với bị can:", 2+s.r.IntN(2), long(on)), "bị can")
}

func (s *scribe) order(w who, basis []string, what, role string) {
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(basis...)
	s.basis("Căn cứ hồ sơ vụ án " + s.crime.name + " xảy ra tại " + s.spot + ";")
	s.mid("RA LỆNH:", bold)
	s.para(what)
	s.accusedLines(w)
	s.about(role, w)
	s.para("Về hành vi: " + s.crime.name + " " + s.penal() + ".")
	s.para("Yêu cầu Trại tạm giam Công an " + s.place.long + " thực hiện Lệnh này theo quy định của pháp luật.")
	s.signPolice(s.dchief, true, s.copies()...)
}

func arrest(s *scribe, on civil.Date) {
	s.is("lenh-bat-bi-can-tam-giam", 0, "Lệnh bắt bị can để tạm giam", on)
	s.headPolice("LB", on)
	s.title("LỆNH BẮT BỊ CAN ĐỂ TẠM GIAM")
	s.order(s.one(), []string{s.proc("Điều 113"), s.proc("Điều 119")}, "Bắt để tạm giam bị can có lý lịch dưới đây:", "bị can")
}

func custody(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("qd-tam-giu", 0, "Quyết định tạm giữ", on)
	s.headPolice("QĐ", on)
	s.title("QUYẾT ĐỊNH TẠM GIỮ")
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(s.proc("Điều 117"), s.proc("Điều 118"), "Căn cứ Biên bản bắt người phạm tội quả tang;")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Tạm giữ trong thời hạn 03 ngày, kể từ " + s.hour + " " + long(on) + " đối với:")
	s.accusedLines(w)
	s.about("người bị tạm giữ", w)
	s.para("Điều 2. Nhà tạm giữ Công an " + s.place.long + " có trách nhiệm thi hành Quyết định này.")
	s.signPolice(s.dchief, true, s.copies()...)
}

func extendCustody(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("qd-gia-han-tam-giu", 0, "Quyết định gia hạn tạm giữ", on)
	s.headPolice("QĐ", on)
	s.title("QUYẾT ĐỊNH", "GIA HẠN TẠM GIỮ LẦN THỨ NHẤT")
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(s.proc("khoản 2 Điều 118"), "Xét thấy cần thiết phải có thêm thời gian để củng cố chứng cứ,")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Gia hạn tạm giữ lần thứ nhất 03 ngày đối với:")
	s.accusedLines(w)
	s.about("người bị tạm giữ", w)
	s.para("Điều 2. Quyết định này được gửi Viện kiểm sát để xét phê chuẩn.")
	s.signPolice(s.dchief, true, s.copies()...)
}

func assignPolice(s *scribe, on civil.Date) {
	s.is("qd-phan-cong-dieu-tra", 0, "Quyết định phân công tiến hành tố tụng hình sự", on)
	s.headPolice("QĐ", on)
	s.title("QUYẾT ĐỊNH", "PHÂN CÔNG PHÓ THỦ TRƯỞNG, ĐIỀU TRA VIÊN TIẾN HÀNH TỐ TỤNG HÌNH SỰ")
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(s.proc("Điều 36"), "Căn cứ Quyết định khởi tố vụ án hình sự "+s.crime.name+";")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Phân công các đồng chí có tên sau đây tiến hành tố tụng vụ án:")
	for i, p := range s.police {
		s.flat(fmt.Sprintf("%d. Đồng chí %s - %s", i+1, p.name, pick(s.r, []string{"Điều tra viên trung cấp", "Điều tra viên sơ cấp", "Cán bộ điều tra"})))
	}
	s.para("Điều 2. Các đồng chí có tên tại Điều 1 thực hiện nhiệm vụ theo quy định của pháp luật.")
	s.signPolice(s.chief, false, s.copies()...)
}

func assignProsecutor(s *scribe, on civil.Date) {
	s.is("qd-phan-cong-ksv", 71, "Quyết định phân công Kiểm sát viên, Kiểm tra viên", on)
	s.headVKS("QĐ", on)
	s.title("QUYẾT ĐỊNH", "PHÂN CÔNG KIỂM SÁT VIÊN, KIỂM TRA VIÊN THỰC HÀNH QUYỀN CÔNG TỐ, KIỂM SÁT ĐIỀU TRA VỤ ÁN HÌNH SỰ")
	s.mid("VIỆN TRƯỞNG VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC "+fmt.Sprint(s.zone), bold)
	s.basis(s.proc("Điều 41"), s.proc("Điều 42"), "Căn cứ Luật Tổ chức Viện kiểm sát nhân dân;")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Phân công Kiểm sát viên " + s.pros[0].name + " thụ lý chính; Kiểm tra viên " + s.pros[1].name + " giúp việc trong vụ án " + s.crime.name + " xảy ra tại " + s.spot + ".")
	s.para("Điều 2. Kiểm sát viên, Kiểm tra viên có tên tại Điều 1 thực hiện nhiệm vụ, quyền hạn theo quy định của Bộ luật Tố tụng hình sự.")
	s.signVKS(s.leader, false, s.copies()...)
}

func searchWarrant(s *scribe, on civil.Date) {
	w := s.accused[0]
	s.is("lenh-kham-xet", 0, "Lệnh khám xét", on)
	s.headPolice("LKX", on)
	s.title("LỆNH KHÁM XÉT", "CHỖ Ở CỦA "+strings.ToUpper(w.name))
	s.order(w, []string{s.proc("Điều 192"), s.proc("Điều 193")}, "Khám xét chỗ ở tại "+w.home+" của bị can:", "bị can")
}

func orderExpert(s *scribe, on civil.Date) {
	s.is("qd-trung-cau-giam-dinh", 0, "Quyết định trưng cầu giám định", on)
	s.headPolice("QĐ", on)
	s.title("QUYẾT ĐỊNH", "TRƯNG CẦU GIÁM ĐỊNH")
	s.mid("THỦ TRƯỞNG CƠ QUAN CẢNH SÁT ĐIỀU TRA", bold)
	s.basis(s.proc("Điều 205"), "Xét thấy cần thiết phải có kết luận giám định để giải quyết vụ án,")
	s.mid("QUYẾT ĐỊNH:", bold)
	s.para("Điều 1. Trưng cầu Phòng Kỹ thuật hình sự Công an " + s.place.long + " giám định các mẫu vật sau:")
	for i, e := range shuffle(s.r, s.crime.exhibits, 3) {
		s.flat(fmt.Sprintf("%d. %s.", i+1, e))
	}
	s.para("Điều 2. Nội dung yêu cầu giám định: " + pick(s.r, []string{"xác định cơ chế hình thành dấu vết, đặc điểm của mẫu vật.", "xác định loại, khối lượng, thành phần của mẫu gửi giám định.", "so sánh dấu vết thu được với mẫu so sánh."}))
	s.signPolice(s.dchief, true, s.copies()...)
}

func orderValue(s *scribe, on civil.Date) {
	s.is("yc-dinh-gia", 0, "Yêu cầu định giá tài sản", on)
	s.headPolice("YC", on)
	s.title("YÊU CẦU ĐỊNH GIÁ TÀI SẢN")
	s.para("Kính gửi: Hội đồng định giá tài sản trong tố tụng hình sự " + s.place.long)
	s.basis(s.proc("Điều 215"))
	s.para("Cơ quan Cảnh sát điều tra yêu cầu Hội đồng định giá tài sản xác định giá trị của " + s.thing + " tại thời điểm " + long(s.day) + ".")
	s.para("Kết luận định giá gửi về Cơ quan Cảnh sát điều tra trước " + long(on.Add(10)) + ".")
	s.signPolice(s.dchief, true, s.copies()...)
}

func summons(s *scribe, on civil.Date) {
	w := pick(s.r, append(slices.Clone(s.witness), s.victims...))
	role := s.role(w)
	s.is("giay-trieu-tap", 0, "Giấy triệu tập", on)
	s.headPolice("GTT", on)
	s.title("GIẤY TRIỆU TẬP " + strings.ToUpper(role))
	s.flat("Cơ quan Cảnh sát điều tra Công an " + s.place.long + " yêu cầu " + w.sir() + ":")
	s.accusedLines(w)
	s.about(role, w)
	s.para(fmt.Sprintf("Đúng %d giờ 30 phút %s có mặt tại trụ sở Cơ quan Cảnh sát điều tra để làm việc về vụ án %s.", 7+s.r.IntN(3), long(on.Add(3)), s.crime.name))
	s.para("Khi đến mang theo Giấy triệu tập này và giấy tờ tùy thân; gặp Điều tra viên " + pick(s.r, s.police).name + ".")
	s.signPolice(s.dchief, true)
}

func (s *scribe) role(w who) string {
	for _, v := range s.victims {
		if v.name == w.name {
			return "bị hại"
		}
	}
	return "người làm chứng"
}

// --- letters -----------------------------------------------------------------

func letter(s *scribe, on civil.Date) {
	subject := pick(s.r, []string{
		"trao đổi về việc thu thập chứng cứ vụ án " + s.crime.name,
		"cung cấp tài liệu, lý lịch tư pháp của bị can " + s.accused[0].name,
		"đề nghị làm rõ một số mâu thuẫn trong lời khai",
		"phối hợp kiểm tra việc bảo quản vật chứng",
		"thông báo lịch tham gia hỏi cung bị can"})
	s.is("cong-van", 0, "Công văn", on)
	s.t.Number = s.next(s.vks() + "-HS")
	s.headLetter("Số: "+s.t.Number, subject, on)
	s.mid("Kính gửi: Cơ quan Cảnh sát điều tra Công an "+s.place.long, regular)
	s.para("Viện kiểm sát nhân dân khu vực " + fmt.Sprint(s.zone) + " đang thực hành quyền công tố, kiểm sát điều tra vụ án " + s.crime.name + " xảy ra tại " + s.spot + ".")
	for _, t := range shuffle(s.r, []string{
		"Qua nghiên cứu hồ sơ nhận thấy lời khai của " + s.victims[0].name + " và " + s.witness[0].name + " còn mâu thuẫn về thời gian và vị trí đứng quan sát.",
		"Đề nghị Cơ quan điều tra bổ sung sơ đồ hiện trường, ảnh chụp và biên bản giao nhận vật chứng còn thiếu.",
		"Đề nghị rà soát việc đóng dấu bút lục và đánh số thứ tự tài liệu trước khi chuyển hồ sơ.",
		"Kết quả thực hiện đề nghị thông báo bằng văn bản trước " + long(on.Add(7)) + ".",
		"Trong quá trình thực hiện nếu có khó khăn, vướng mắc đề nghị trao đổi trực tiếp với Kiểm sát viên " + s.pros[0].name + "."}, 3) {
		s.para(t)
	}
	s.signVKS(s.deputy, true, "Như trên;", "Lưu: VT, HSKS.")
}

func (s *scribe) headLetter(number, subject string, on civil.Date) {
	parent, agency := "VIỆN KIỂM SÁT NHÂN DÂN "+strings.ToUpper(s.place.long), fmt.Sprintf("VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC %d", s.zone)
	s.t.Issuer = agency + ", " + parent
	s.head(split(parent), split(agency), number, s.place.name+", "+long(on))
	y := s.y - 14
	for _, l := range s.wrap("V/v "+subject, regular, 11.5, 200, 0) {
		s.put(strings.Join(l, " "), left+95, y, regular, 11.5, centre, black)
		y += 14
	}
	s.y = max(s.y, y) + 14
}

func overdueLetter(s *scribe, on civil.Date) {
	s.is("cong-van", 0, "Công văn", on)
	s.t.Number = s.next(s.vks() + "-HS")
	s.headLetter("Số: "+s.t.Number, "rà soát thời hạn tạm giam", on)
	s.mid("Kính gửi: Trại tạm giam Công an "+s.place.long, regular)
	s.para("Qua công tác kiểm sát, Viện kiểm sát nhân dân khu vực " + fmt.Sprint(s.zone) + " đề nghị rà soát thời hạn giam giữ của bị can " + s.accused[0].name + " trong vụ án " + s.crime.name + ".")
	s.para("Để phòng ngừa vi phạm, không để xảy ra")
	s.y -= 4
	s.flat("trường hợp quá hạn tạm giam như đơn vị khác đã mắc phải.")
	s.about("bị can", s.accused[0])
	s.para("Đề nghị báo cáo kết quả bằng văn bản trước " + long(on.Add(5)) + ".")
	s.signVKS(s.deputy, true, "Như trên;", "Lưu: VT, HSKS.")
}

func investigationRequest(s *scribe, on civil.Date) {
	s.is("yc-dieu-tra", 87, "Yêu cầu điều tra", on)
	s.headVKS("YCĐT", on)
	s.title("YÊU CẦU ĐIỀU TRA")
	s.para("Căn cứ các quy định của Bộ luật Tố tụng hình sự; qua nghiên cứu hồ sơ vụ án " + s.crime.name + ", Viện kiểm sát nhân dân khu vực " + fmt.Sprint(s.zone) + " yêu cầu Cơ quan Cảnh sát điều tra tiến hành:")
	for i, t := range shuffle(s.r, []string{
		"Xác định rõ thời gian, địa điểm, diễn biến hành vi phạm tội của " + s.accused[0].name + ".",
		"Lấy lời khai bổ sung của " + s.witness[0].name + " về khoảng cách, ánh sáng, thời tiết khi chứng kiến sự việc.",
		"Thu thập dữ liệu camera của các hộ dân dọc tuyến đường dẫn vào " + s.spot + ".",
		"Làm rõ nguồn gốc, đặc điểm, giá trị của " + s.thing + ".",
		"Tiến hành đối chất giữa các bị can nếu lời khai còn mâu thuẫn.",
		"Xác minh nhân thân, tiền án, tiền sự, tình trạng sức khỏe của bị can.",
		"Làm rõ vai trò của người đã tiêu thụ tài sản nếu có.",
		"Xác định thiệt hại và yêu cầu bồi thường của bị hại."}, 6) {
		s.para(fmt.Sprintf("%d. %s", i+1, t))
	}
	s.t.Signer, s.t.Post = s.pros[0].name, "KIỂM SÁT VIÊN"
	s.sign([]string{"KIỂM SÁT VIÊN"}, s.pros[0].name, fmt.Sprintf("VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC %d", s.zone), s.copies()...)
}

// --- minutes -----------------------------------------------------------------

// opening is how a minute begins; the date of a minute stands there.
func (s *scribe) opening(on civil.Date, at string) {
	s.para(fmt.Sprintf("Hồi %02d giờ %02d phút, %s, tại %s.", 7+s.r.IntN(10), s.r.IntN(12)*5, long(on), at))
}

func (s *scribe) qa(n int, pairs [][2]string) {
	for i := range n {
		p := pairs[i%len(pairs)]
		s.strong("Hỏi: " + s.fill(p[0]))
		s.hand("Đáp: " + s.fill(p[1]))
	}
}

func interrogation(s *scribe, on civil.Date) {
	w := s.one()
	p := pick(s.r, s.police)
	s.is("bb-hoi-cung", 0, "Biên bản hỏi cung bị can", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN HỎI CUNG BỊ CAN")
	s.opening(on, "Trại tạm giam Công an "+s.place.long)
	s.para("Tôi: " + p.name + ", Điều tra viên thuộc Cơ quan Cảnh sát điều tra Công an " + s.place.long + ", tiến hành hỏi cung bị can:")
	s.accusedLines(w)
	s.about("bị can", w)
	s.basis(s.proc("Điều 183"))
	s.para("Bị can đã được giải thích quyền và nghĩa vụ quy định tại Điều 60 Bộ luật Tố tụng hình sự.")
	s.cites("Điều 60 Bộ luật Tố tụng hình sự")
	for range 1 + s.r.IntN(4) {
		s.qa(5+s.r.IntN(14), shuffle(s.r, s.questions(w), 99))
	}
	s.para("Biên bản kết thúc vào " + s.hour + " cùng ngày, đã đọc lại cho bị can nghe, công nhận đúng và ký tên dưới đây.")
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"BỊ CAN", w.name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func (s *scribe) questions(w who) [][2]string {
	f := s.facts
	m := func() string { return pick(s.r, f.witness).name }
	return [][2]string{
		{"Anh (chị) khai rõ lý do bị bắt, bị tạm giữ?", "Do tôi đã thực hiện hành vi " + strings.ToLower(f.crime.name) + " tại " + f.spot + " vào " + long(f.day) + "."},
		{"Hãy trình bày diễn biến sự việc?", f.tale() + " " + pick(s.r, f.crime.story)},
		{"Ai là người khởi xướng, rủ rê?", "Tôi tự nghĩ ra, không có ai rủ rê hay ép buộc tôi."},
		{"Trước đó B có biết việc này không?", "B biết vì hôm trước khi ăn cơm tối tôi có nói, nhưng không phản đối."},
		{"Công cụ, phương tiện sử dụng lấy ở đâu, hiện nay để ở đâu?", "Tôi mang từ nhà đi, gồm " + pick(s.r, f.crime.exhibits) + "; sau đó đã giao nộp cho cơ quan Công an."},
		{"Có ai nhìn thấy sự việc không?", "Có " + m() + " đi làm nương về nhìn thấy, khi đó cách tôi khoảng ba mươi mét."},
		{"Anh (chị) có quan hệ thế nào với V?", "Tôi và V là người cùng xã, trước đây không có mâu thuẫn gì."},
		{"Thời tiết, ánh sáng khi đó ra sao?", "Trời có sương mù, đèn đường đã bật, nhìn rõ trong khoảng hai mươi mét."},
		{"Số tiền có được sử dụng vào việc gì?", "Tôi đã tiêu xài cá nhân, mua gạo và trả nợ quán tạp hóa hết " + money((1+s.r.IntN(30))*100_000) + "."},
		{"Anh (chị) đã có tiền án, tiền sự chưa?", pick(s.r, []string{"Chưa có tiền án, tiền sự gì.", "Năm 2019 tôi bị xử phạt hành chính về hành vi gây rối trật tự công cộng, đã nộp phạt xong."})},
		{"Sức khỏe hiện nay của anh (chị) thế nào?", "Sức khỏe bình thường, đủ tỉnh táo để làm việc, không bị ai dùng nhục hình."},
		{"Anh (chị) có yêu cầu người bào chữa không?", pick(s.r, []string{"Tôi không yêu cầu, tôi tự bào chữa.", "Tôi đề nghị Trung tâm trợ giúp pháp lý cử người bào chữa cho tôi."})},
		{"Anh (chị) có nhận ra các đồ vật này không?", "Tôi nhận ra " + strings.Join(shuffle(s.r, f.crime.exhibits, 2), " và ") + ", đúng là đồ vật liên quan đến vụ việc."},
		{"Anh (chị) nhận thức thế nào về hành vi của mình?", "Tôi biết hành vi của tôi là vi phạm pháp luật, tôi rất ân hận và mong được khoan hồng."},
		{"Gia đình đã bồi thường cho V chưa?", pick(s.r, []string{"Gia đình tôi đã bồi thường cho V " + money((10+s.r.IntN(90))*100_000) + " và được viết đơn xin giảm nhẹ.", "Chưa bồi thường vì hoàn cảnh gia đình tôi thuộc hộ nghèo."})},
		{"Sau khi thực hiện hành vi, anh (chị) đi đâu?", "Tôi đi bộ theo đường mòn qua suối về nhà chú ruột ở " + pick(s.r, f.place.wards) + " rồi ngủ lại đến sáng hôm sau."},
		{"Anh (chị) còn trình bày gì thêm không?", "Những lời khai trên là đúng sự thật, tôi không trình bày gì thêm."},
		{"Điện thoại số nào thường liên lạc với B?", fmt.Sprintf("Tôi dùng số 09%08d, gọi cho B hai cuộc vào buổi chiều hôm đó.", s.r.IntN(100_000_000))},
		{"Quãng đường từ nhà đến nơi xảy ra sự việc bao xa?", fmt.Sprintf("Khoảng %d km, đi xe máy hết chừng %d phút.", 2+s.r.IntN(18), 5+s.r.IntN(40))},
	}
}

func statement(s *scribe, on civil.Date) {
	w := pick(s.r, append(slices.Clone(s.witness), s.victims...))
	role := s.role(w)
	p := pick(s.r, s.police)
	s.is("bb-ghi-loi-khai", 0, "Biên bản ghi lời khai", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN GHI LỜI KHAI", "("+upFirst(role)+")")
	s.opening(on, "trụ sở Công an "+s.ward)
	s.para("Tôi: " + p.name + ", Điều tra viên, tiến hành ghi lời khai của:")
	s.accusedLines(w)
	s.about(role, w)
	s.para("Tư cách tham gia tố tụng: " + upFirst(role) + ". Đã được giải thích quyền và nghĩa vụ theo quy định của pháp luật.")
	qs := [][2]string{
		{"Quan hệ của ông (bà) với A như thế nào?", "Tôi và A là người cùng địa phương, không có họ hàng, không có mâu thuẫn gì."},
		{"Ông (bà) biết gì về sự việc xảy ra tại " + s.spot + "?", s.tale()},
		{"Khi đó ông (bà) đang làm gì, ở vị trí nào?", pick(s.r, []string{"Tôi đang cho lợn ăn ở sau nhà thì nghe tiếng chó sủa.", "Tôi đang ngồi uống nước tại quán bà hàng xóm bên kia đường.", "Tôi đi chợ phiên về, dừng lại nghỉ ở gốc cây đa đầu bản."})},
		{"Đặc điểm nhận dạng của người đó?", "Người cao khoảng 1m65, mặc áo khoác màu tối, đội mũ lưỡi trai, nói giọng địa phương."},
		{"Tài sản bị thiệt hại gồm những gì, trị giá bao nhiêu?", "Gồm T, theo tôi trị giá khoảng " + money(s.value) + "."},
		{"Ông (bà) có yêu cầu bồi thường không?", pick(s.r, []string{"Tôi yêu cầu bồi thường theo quy định của pháp luật.", "Tôi đã nhận lại tài sản và không yêu cầu bồi thường gì thêm.", "Tôi yêu cầu bồi thường tiền thuốc và tiền công chăm sóc."})},
		{"Sau đó ông (bà) đã làm gì?", "Tôi hô hoán mọi người xung quanh rồi gọi điện báo cho Công an " + s.ward + "."},
		{"Có ai khác chứng kiến không?", "Có " + pick(s.r, s.witness).name + " và hai cháu nhỏ tôi không biết tên."},
		{"Ông (bà) có cam đoan lời khai là đúng không?", "Tôi cam đoan lời khai trên là đúng sự thật và chịu trách nhiệm trước pháp luật."},
		{"Ông (bà) có đề nghị gì về việc xử lý A?", pick(s.r, []string{"Đề nghị xử lý nghiêm theo pháp luật.", "Tôi xin giảm nhẹ cho A vì A đã ăn năn, hối lỗi."})},
		{"Tối hôm đó đèn chiếu sáng có hoạt động không?", "Bóng đèn cao áp ở ngã ba bị hỏng từ tuần trước, chỉ có ánh đèn từ hiên nhà văn hóa."},
	}
	s.qa(4+s.r.IntN(14), shuffle(s.r, qs, 99))
	s.para("Biên bản lập xong hồi " + s.hour + " cùng ngày, đã đọc lại, công nhận đúng.")
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"NGƯỜI KHAI", w.name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func upFirst(s string) string {
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

func confrontation(s *scribe, on civil.Date) {
	a, b := s.accused[0], s.victims[0]
	if len(s.accused) > 1 {
		b = s.accused[1]
	}
	p := pick(s.r, s.police)
	s.is("bb-doi-chat", 0, "Biên bản đối chất", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN ĐỐI CHẤT")
	s.opening(on, "Trại tạm giam Công an "+s.place.long)
	s.para("Điều tra viên " + p.name + ", có sự tham gia của Kiểm sát viên " + s.pros[0].name + ", tiến hành đối chất giữa những người sau đây:")
	s.basis(s.proc("Điều 189"))
	role := "bị hại"
	if len(s.accused) > 1 {
		role = "bị can"
	}
	s.strong("Người thứ nhất: Bị can")
	s.accusedLines(a)
	s.strong("Người thứ hai: " + upFirst(role))
	s.accusedLines(b)
	s.about("bị can", a)
	s.about(role, b)
	for i := range 3 + s.r.IntN(5) {
		q := s.questions(a)[(i*5+s.r.IntN(3))%19]
		s.strong("Hỏi " + a.name + ": " + s.fill(q[0]))
		s.hand("Đáp: " + s.fill(q[1]))
		s.strong("Hỏi " + b.name + ": ý kiến về lời khai vừa nghe?")
		s.hand("Đáp: " + pick(s.r, []string{"Tôi giữ nguyên lời khai của mình, lời khai của người đối diện chưa đúng về thời gian.", "Tôi thừa nhận lời khai trên là đúng.", "Tôi chỉ đồng ý một phần, việc bàn bạc trước là không có."}))
	}
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"NGƯỜI ĐỐI CHẤT", a.name}, [2]string{"NGƯỜI ĐỐI CHẤT", b.name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func scene(s *scribe, on civil.Date) {
	p := pick(s.r, s.police)
	s.is("bb-kham-nghiem-hien-truong", 0, "Biên bản khám nghiệm hiện trường", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN KHÁM NGHIỆM HIỆN TRƯỜNG")
	s.opening(on, s.spot)
	s.basis(s.proc("Điều 201"))
	s.para("Thành phần khám nghiệm gồm: Điều tra viên " + p.name + "; Kiểm sát viên " + s.pros[0].name + "; cán bộ kỹ thuật hình sự " + s.expert.name + "; người chứng kiến " + s.witness[0].name + ".")
	s.strong("I. TÌNH TRẠNG HIỆN TRƯỜNG")
	s.para(pick(s.r, []string{"Hiện trường được bảo vệ, thời tiết có mưa nhỏ, ánh sáng tự nhiên đủ quan sát.", "Hiện trường đã bị xáo trộn một phần do người dân đi lại, trời nắng nhẹ."}))
	s.strong("II. KẾT QUẢ KHÁM NGHIỆM")
	for i := range 6 + s.r.IntN(14) {
		s.para(fmt.Sprintf("%d. %s cách %s %s m về hướng %s phát hiện %s, đánh số thứ tự %d.", i+1,
			pick(s.r, []string{"Từ mép đường bê tông", "Tại góc phía trong của sân", "Trên nền đất ẩm", "Sát chân tường rào", "Trên bậc thềm thứ ba", "Tại lối mòn xuống suối"}),
			pick(s.r, []string{"mốc cố định là cột điện số 12", "cửa chính", "gốc cây xoan", "vật số 1"}),
			fmt.Sprintf("%d,%02d", 1+s.r.IntN(19), s.r.IntN(100)),
			pick(s.r, []string{"Bắc", "Đông Nam", "Tây", "Tây Bắc", "Nam"}),
			pick(s.r, []string{"dấu vết trượt xước kích thước 12 cm x 3 cm", "một dấu giày in trên nền đất dài 26 cm", "chất màu nâu đỏ dạng nhỏ giọt", "một đầu lọc thuốc lá đã sử dụng", "dấu vết cạy phá rộng 1,5 cm trên khung gỗ", strings.ToLower(pick(s.r, s.crime.exhibits))}), i+1))
	}
	s.para("Việc khám nghiệm kết thúc hồi " + s.hour + " cùng ngày. Dấu vết, đồ vật thu giữ được niêm phong theo quy định.")
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"NGƯỜI CHỨNG KIẾN", s.witness[0].name}, [2]string{"KIỂM SÁT VIÊN", s.pros[0].name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func searchMinute(s *scribe, on civil.Date) {
	p, w := pick(s.r, s.police), s.accused[0]
	s.is("bb-kham-xet", 0, "Biên bản khám xét", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN KHÁM XÉT")
	s.opening(on, w.home)
	s.para("Điều tra viên " + p.name + " cùng người chứng kiến " + s.witness[0].name + " tiến hành khám xét chỗ ở của bị can " + w.name + " theo Lệnh khám xét của Cơ quan Cảnh sát điều tra.")
	s.about("bị can", w)
	s.basis(s.proc("Điều 195"))
	s.para("Kết quả khám xét phát hiện, thu giữ:")
	for i, e := range shuffle(s.r, s.crime.exhibits, 4) {
		s.para(fmt.Sprintf("%d. %s, tìm thấy tại %s.", i+1, e, pick(s.r, []string{"gầm giường gian nhà phía tây", "trong tủ gỗ hai cánh", "trên gác xép bếp", "dưới đống rơm cạnh chuồng trâu"})))
	}
	s.para("Quá trình khám xét không làm hư hỏng tài sản. Biên bản lập thành ba bản, đã đọc lại cho mọi người cùng nghe.")
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"NGƯỜI BỊ KHÁM XÉT", w.name}, [2]string{"NGƯỜI CHỨNG KIẾN", s.witness[0].name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func seizure(s *scribe, on civil.Date) {
	p, w := pick(s.r, s.police), s.one()
	s.is("bb-thu-giu", 0, "Biên bản thu giữ, tạm giữ đồ vật, tài liệu", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN", "THU GIỮ, TẠM GIỮ ĐỒ VẬT, TÀI LIỆU")
	s.opening(on, "trụ sở Công an "+s.ward)
	s.para("Điều tra viên " + p.name + " tiến hành thu giữ đồ vật, tài liệu của bị can " + w.name + " gồm:")
	s.about("bị can", w)
	rows := [][]string{{"STT", "Tên đồ vật, tài liệu", "Số lượng", "Đặc điểm, tình trạng"}}
	for i, e := range shuffle(s.r, s.crime.exhibits, 4) {
		rows = append(rows, []string{fmt.Sprint(i + 1), e, "01", pick(s.r, []string{"đã qua sử dụng, còn nguyên vẹn", "bị xước nhẹ ở cạnh", "niêm phong trong phong bì có chữ ký", "bẩn, bám đất"})})
	}
	s.table([]float64{.09, .43, .14, .34}, rows)
	s.para("Đồ vật, tài liệu trên được niêm phong và bảo quản tại kho vật chứng theo quy định.")
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"NGƯỜI GIAO NỘP", w.name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func verification(s *scribe, on civil.Date) {
	p := pick(s.r, s.police)
	s.is("bb-xac-minh", 0, "Biên bản xác minh", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN XÁC MINH")
	s.opening(on, "trụ sở Ủy ban nhân dân "+s.ward)
	s.para("Điều tra viên " + p.name + " tiến hành xác minh về nhân thân và tình hình chấp hành pháp luật tại địa phương của bị can " + s.accused[0].name + ".")
	s.about("bị can", s.accused[0])
	for _, t := range shuffle(s.r, []string{
		"Theo xác nhận của chính quyền địa phương, gia đình có bốn nhân khẩu, thuộc hộ cận nghèo năm 2025.",
		"Bản thân chấp hành tốt các phong trào ở khu dân cư, chưa bị nhắc nhở lần nào.",
		"Có thời gian đi làm thuê tại khu công nghiệp ở tỉnh ngoài, về quê từ tháng 11 năm 2025.",
		"Bố mẹ già yếu, đang hưởng trợ cấp xã hội hằng tháng.",
		"Địa phương đề nghị cơ quan tố tụng xem xét theo quy định của pháp luật."}, 4) {
		s.hand(t)
	}
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"ĐẠI DIỆN ĐỊA PHƯƠNG", s.clerk.name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func recognition(s *scribe, on civil.Date) {
	p, w := pick(s.r, s.police), pick(s.r, s.witness)
	s.is("bb-nhan-dang", 0, "Biên bản nhận dạng", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN NHẬN DẠNG")
	s.opening(on, "trụ sở Công an "+s.ward)
	s.basis(s.proc("Điều 190"))
	s.para("Điều tra viên " + p.name + " đưa ra bốn ảnh được đánh số từ 1 đến 4 để người làm chứng " + w.name + " nhận dạng.")
	s.about("người làm chứng", w)
	s.hand(fmt.Sprintf("Tôi nhận ra người trong ảnh số %d chính là người tôi đã gặp vào %s tại %s.", 1+s.r.IntN(4), long(s.day), s.spot))
	s.para("Khi nhận dạng, người nhận dạng nêu được đặc điểm khuôn mặt, mái tóc, vết sẹo và dáng đi.")
	s.t.Signer, s.t.Post = p.name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"NGƯỜI NHẬN DẠNG", w.name}, [2]string{"ĐIỀU TRA VIÊN", p.name})
}

func caughtMinute(s *scribe, on civil.Date) {
	w, p := s.accused[0], s.police[1]
	s.is("bb-bat-qua-tang", 0, "Biên bản bắt người phạm tội quả tang", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN BẮT NGƯỜI PHẠM TỘI QUẢ TANG")
	s.opening(on, s.spot)
	s.basis(s.proc("Điều 111"))
	s.para("Chúng tôi gồm: " + p.name + " và người chứng kiến " + s.witness[0].name + " lập biên bản bắt người phạm tội quả tang đối với:")
	s.accusedLines(w)
	s.about("người bị bắt", w)
	s.para(s.tale())
	s.t.Signer, s.t.Post = p.name, "NGƯỜI LẬP BIÊN BẢN"
	s.hands([2]string{"NGƯỜI BỊ BẮT", w.name}, [2]string{"NGƯỜI CHỨNG KIẾN", s.witness[0].name}, [2]string{"NGƯỜI LẬP BIÊN BẢN", p.name})
}

func receiveReport(s *scribe, on civil.Date) {
	w, p := s.victims[0], s.police[2]
	s.is("bb-tiep-nhan-nguon-tin", 0, "Biên bản tiếp nhận nguồn tin về tội phạm", on)
	s.headPolice("", on)
	s.title("BIÊN BẢN", "TIẾP NHẬN NGUỒN TIN VỀ TỘI PHẠM")
	s.opening(on, "trụ sở Công an "+s.ward)
	s.para("Tôi: " + p.name + ", tiếp nhận tin báo của:")
	s.accusedLines(w)
	s.about("người tố giác", w)
	s.para("Nội dung: " + s.tale())
	s.para("Tài liệu, đồ vật kèm theo: " + pick(s.r, s.crime.exhibits) + ".")
	s.t.Signer, s.t.Post = p.name, "NGƯỜI TIẾP NHẬN"
	s.hands([2]string{"NGƯỜI BÁO TIN", w.name}, [2]string{"NGƯỜI TIẾP NHẬN", p.name})
}

func (s *scribe) handing(kind string, form int, title, what string, on civil.Date) {
	s.is(kind, form, title, on)
	s.headVKS("", on)
	s.title("BIÊN BẢN", what)
	s.opening(on, fmt.Sprintf("trụ sở Viện kiểm sát nhân dân khu vực %d", s.zone))
	s.para("Bên giao: " + s.police[0].name + ", Điều tra viên. Bên nhận: " + s.pros[0].name + ", Kiểm sát viên.")
	s.para(fmt.Sprintf("Hai bên giao nhận hồ sơ vụ án %s gồm %d tờ, đánh số bút lục từ 01 đến %d, kèm theo vật chứng theo bản kê.", s.crime.name, 120+s.r.IntN(200), 120+s.r.IntN(200)))
	s.t.Signer, s.t.Post = s.pros[0].name, "BÊN NHẬN"
	s.hands([2]string{"BÊN GIAO", s.police[0].name}, [2]string{"BÊN NHẬN", s.pros[0].name})
}

func handover(s *scribe, on civil.Date) {
	s.handing("bb-giao-nhan-ho-so", 168, "Biên bản giao nhận hồ sơ vụ án", "GIAO NHẬN HỒ SƠ VỤ ÁN", on)
}

func handoverIndictment(s *scribe, on civil.Date) {
	s.handing("bb-giao-nhan-cao-trang", 164, "Biên bản giao nhận cáo trạng", "GIAO NHẬN CÁO TRẠNG", on)
	s.about("bị can", s.accused[0])
	s.t.Persons = nil
}

// --- experts, exhibits, lives --------------------------------------------------

func expertise(s *scribe, on civil.Date) {
	parent, agency := "CÔNG AN "+strings.ToUpper(s.place.long), "PHÒNG KỸ THUẬT HÌNH SỰ"
	s.is("kl-giam-dinh", 0, "Kết luận giám định", on)
	s.t.Number = s.next("KL-KTHS")
	s.t.Issuer = agency + ", " + parent
	s.head(split(parent), split(agency), "Số: "+s.t.Number, s.place.name+", "+long(on))
	s.title("KẾT LUẬN GIÁM ĐỊNH")
	s.para("Phòng Kỹ thuật hình sự Công an " + s.place.long + " nhận được Quyết định trưng cầu giám định của Cơ quan Cảnh sát điều tra trong vụ án " + s.crime.name + ".")
	s.strong("I. MẪU GỬI GIÁM ĐỊNH")
	for i, e := range shuffle(s.r, s.crime.exhibits, 3) {
		s.para(fmt.Sprintf("%d. %s, ký hiệu M%d, niêm phong còn nguyên vẹn.", i+1, e, i+1))
	}
	s.strong("II. PHƯƠNG PHÁP GIÁM ĐỊNH")
	s.para(pick(s.r, []string{"Quan sát bằng kính lúp và kính hiển vi soi nổi; so sánh dấu vết theo quy trình.", "Phân tích sắc ký khí ghép khối phổ (GC/MS), cân bằng cân điện tử có độ chính xác 0,0001 gam.", "Xét nghiệm ADN theo quy trình giám định gen, điện di mao quản."}))
	s.strong("III. KẾT LUẬN")
	s.para(pick(s.r, []string{
		"Mẫu ký hiệu M1 là chất cần giám định, khối lượng " + fmt.Sprintf("%d,%02d", s.r.IntN(9), s.r.IntN(100)) + " gam; mẫu M2 không phát hiện dấu vết liên quan.",
		"Dấu vết trên mẫu M1 do công cụ dạng đòn bẩy có cạnh rộng 1,5 cm tác động theo chiều từ ngoài vào trong tạo nên.",
		fmt.Sprintf("Tỷ lệ tổn thương cơ thể do thương tích gây nên tại thời điểm giám định là %d%%.", 11+s.r.IntN(30))}))
	s.t.Signer, s.t.Post = s.expert.name, "GIÁM ĐỊNH VIÊN"
	s.sign([]string{"GIÁM ĐỊNH VIÊN"}, s.expert.name, "PHÒNG KỸ THUẬT HÌNH SỰ")
}

func valuation(s *scribe, on civil.Date) {
	parent, agency := "ỦY BAN NHÂN DÂN "+strings.ToUpper(s.place.long), "HỘI ĐỒNG ĐỊNH GIÁ TÀI SẢN"
	s.is("kl-dinh-gia", 0, "Kết luận định giá tài sản", on)
	s.t.Number = s.next("KL-HĐĐG")
	s.t.Issuer = agency + ", " + parent
	s.head(split(parent), split(agency), "Số: "+s.t.Number, s.place.name+", "+long(on))
	s.title("KẾT LUẬN ĐỊNH GIÁ TÀI SẢN")
	s.para("Theo yêu cầu của Cơ quan Cảnh sát điều tra Công an " + s.place.long + ", Hội đồng định giá tài sản trong tố tụng hình sự đã họp và kết luận:")
	s.table([]float64{.09, .51, .16, .24}, [][]string{{"STT", "Tài sản", "Tình trạng", "Giá trị"}, {"1", s.thing, fmt.Sprintf("còn %d%%", 30+s.r.IntN(60)), money(s.value)}})
	s.para("Tổng giá trị tài sản tại thời điểm " + long(s.day) + " là " + money(s.value) + ".")
	s.t.Signer, s.t.Post = s.clerk.name, "CHỦ TỊCH HỘI ĐỒNG"
	s.sign([]string{"TM. HỘI ĐỒNG", "CHỦ TỊCH HỘI ĐỒNG"}, s.clerk.name, "ỦY BAN NHÂN DÂN")
}

func storeSlip(s *scribe, on civil.Date) {
	s.is("phieu-nhap-kho", 0, "Phiếu nhập kho vật chứng", on)
	s.headPolice("PNK", on)
	s.title("PHIẾU NHẬP KHO VẬT CHỨNG")
	s.flat("Người giao: " + pick(s.r, s.police).name + ". Người nhận: " + s.storeman.name + ", Thủ kho.")
	s.flat("Vụ án: " + s.crime.name + " xảy ra tại " + s.spot + ".")
	rows := [][]string{{"STT", "Tên vật chứng", "Đơn vị", "Số lượng"}}
	for i, e := range shuffle(s.r, s.crime.exhibits, 2+s.r.IntN(3)) {
		rows = append(rows, []string{fmt.Sprint(i + 1), e, "cái", fmt.Sprintf("%02d", 1+s.r.IntN(3))})
	}
	s.table([]float64{.1, .54, .16, .2}, rows)
	s.t.Signer, s.t.Post = s.storeman.name, "THỦ KHO"
	s.sign([]string{"THỦ KHO"}, s.storeman.name, "CƠ QUAN CẢNH SÁT ĐIỀU TRA")
}

func photos(s *scribe, on civil.Date) {
	s.is("ban-anh", 0, "Bản ảnh hiện trường", on)
	s.headPolice("", on)
	s.title("BẢN ẢNH HIỆN TRƯỜNG")
	s.para("Vụ " + s.crime.name + " xảy ra " + long(s.day) + " tại " + s.spot + ". Chụp " + long(on) + ".")
	for i := range 2 + s.r.IntN(9) {
		s.picture(230+float64(s.r.IntN(40)), fmt.Sprintf("Ảnh số %d: %s", i+1, pick(s.r, []string{"Toàn cảnh hiện trường nhìn từ hướng Đông", "Vị trí phát hiện dấu vết", "Đặc điểm vật số 1", "Lối vào nhìn từ đường liên xã", "Dấu vết trên nền xi măng"})))
	}
	s.t.Signer, s.t.Post = s.expert.name, "NGƯỜI CHỤP ẢNH"
	s.sign([]string{"NGƯỜI CHỤP ẢNH"}, s.expert.name, "")
}

func vita(s *scribe, on civil.Date) {
	w := s.one()
	s.is("ly-lich-bi-can", 0, "Lý lịch bị can", on)
	s.headPolice("", on)
	s.title("LÝ LỊCH BỊ CAN")
	s.accusedLines(w)
	s.about("bị can", w)
	s.flat("Trình độ học vấn: " + pick(s.r, []string{"5/12", "7/12", "9/12", "12/12"}))
	s.flat("Họ tên bố: " + w.father + fmt.Sprintf(", sinh năm %d", w.year-24-s.r.IntN(8)))
	s.flat("Họ tên mẹ: " + w.mother + fmt.Sprintf(", sinh năm %d", w.year-21-s.r.IntN(8)))
	s.flat("Tiền án, tiền sự: " + pick(s.r, []string{"Không", "01 tiền sự về hành vi trộm cắp vặt, đã được xóa"}))
	s.strong("Quá trình hoạt động của bản thân:")
	s.para(fmt.Sprintf("Từ nhỏ đến năm %d ở với bố mẹ, đi học tại địa phương; sau đó nghỉ học làm nghề: %s.", w.year+16, strings.ToLower(w.work)))
	s.para(pick(s.r, []string{"Năm 2022 đi làm thuê ở thành phố, thuê trọ cùng hai người bạn; cuối năm 2024 về quê lập gia đình.", "Năm 2020 tham gia dân quân tại xã; sau đó làm phụ xe cho một nhà xe tuyến huyện."}))
	s.para("Lập ngày " + on.VN() + ".")
	s.t.Signer, s.t.Post = s.police[0].name, "ĐIỀU TRA VIÊN"
	s.hands([2]string{"BỊ CAN", w.name}, [2]string{"ĐIỀU TRA VIÊN", s.police[0].name})
}

func idCard(s *scribe, on civil.Date) { s.card("danh-ban", "Danh bản", on, true) }

func fingerCard(s *scribe, on civil.Date) { s.card("chi-ban", "Chỉ bản", on, false) }

func (s *scribe) card(kind, title string, on civil.Date, face bool) {
	w := s.accused[0]
	s.is(kind, 0, title, on)
	s.headPolice("", on)
	s.title(strings.ToUpper(title))
	s.accusedLines(w)
	s.about("bị can", w)
	s.flat("Lập ngày " + on.VN() + " tại Công an " + s.place.long)
	if face {
		s.picture(200, "Ảnh chụp chính diện và nghiêng")
		s.flat(fmt.Sprintf("Chiều cao: 1m%d. Sống mũi: thẳng. Dái tai: vừa. Dấu vết riêng: nốt ruồi cách %d cm dưới đuôi mắt trái.", 55+s.r.IntN(25), 1+s.r.IntN(3)))
	} else {
		for _, hand := range []string{"Bàn tay phải", "Bàn tay trái"} {
			s.flat(hand + ": ngón cái, ngón trỏ, ngón giữa, ngón nhẫn, ngón út")
			for i := range 5 {
				s.page().items = append(s.page().items, item{kind: aStampBox, x: left + float64(i)*90, y: s.y, w: 84, h: 96, ink: grey})
			}
			s.y += 116
		}
	}
	s.t.Signer, s.t.Post = s.storeman.name, "CÁN BỘ LẬP"
	s.sign([]string{"CÁN BỘ LẬP"}, s.storeman.name, "")
}

// --- papers of persons -------------------------------------------------------

func crimeReport(s *scribe, on civil.Date) {
	w := s.victims[0]
	s.is("don-to-giac", 0, "Đơn tố giác tội phạm", on)
	s.motto()
	s.put(s.place.name+", "+long(on), right-10, s.y, italic, 13, end, black)
	s.y += 28
	s.title("ĐƠN TỐ GIÁC TỘI PHẠM")
	s.mid("Kính gửi: Công an "+s.ward+", "+s.place.long, regular)
	s.flat("Tôi tên là: " + w.name + ", sinh năm " + fmt.Sprint(w.year))
	s.flat("Số CCCD: " + w.id)
	s.flat("Nơi cư trú: " + w.home)
	s.about("người tố giác", w)
	s.hand("Tôi làm đơn này tố giác hành vi của " + s.accused[0].name + " như sau: vào khoảng " + s.hour + " " + long(s.day) + " tại " + s.spot + ". " + s.tale())
	s.hand(pick(s.r, []string{"Kính mong cơ quan Công an xem xét, giải quyết bảo vệ quyền lợi hợp pháp của gia đình tôi.", "Đề nghị quý cơ quan điều tra làm rõ và thu hồi tài sản cho tôi."}))
	s.t.Signer, s.t.Post = w.name, "NGƯỜI LÀM ĐƠN"
	s.sign([]string{"NGƯỜI LÀM ĐƠN"}, w.name, "")
}

func ownStatement(s *scribe, on civil.Date) {
	w := s.one()
	s.is("ban-tu-khai", 0, "Bản tự khai", on)
	s.motto()
	s.put(s.place.name+", "+long(on), right-10, s.y, italic, 13, end, black)
	s.y += 28
	s.title("BẢN TỰ KHAI")
	s.flat("Tôi tên là: " + w.name + ", sinh năm " + fmt.Sprint(w.year))
	s.flat("Nơi cư trú: " + w.home)
	s.about("bị can", w)
	for _, q := range shuffle(s.r, s.questions(w), 4+s.r.IntN(6)) {
		s.hand(s.fill(q[1]))
	}
	s.hand("Tôi xin cam đoan những lời khai trên là đúng sự thật.")
	s.t.Signer, s.t.Post = w.name, "NGƯỜI KHAI"
	s.sign([]string{"NGƯỜI KHAI"}, w.name, "")
}

// --- the end -----------------------------------------------------------------

func (s *scribe) course() {
	s.para("Vào khoảng " + s.hour + " " + long(s.day) + ", tại " + s.spot + ", " + s.place.long + ", " + s.tale())
	for range 6 + s.r.IntN(14) {
		lines := []string{
			"Sau khi sự việc xảy ra, V đã trình báo cơ quan Công an. Cùng ngày, A bị triệu tập làm việc và khai nhận toàn bộ hành vi.",
			"Tại cơ quan điều tra, A khai nhận hành vi như trên, phù hợp với lời khai của V, của người làm chứng và vật chứng thu giữ.",
			"Kết luận định giá tài sản xác định giá trị thiệt hại là " + money(s.value) + ".",
			"Về vật chứng: Cơ quan điều tra đã thu giữ " + strings.Join(shuffle(s.r, s.crime.exhibits, 2), ", ") + ", hiện lưu tại kho vật chứng.",
			"Về trách nhiệm dân sự: V yêu cầu bồi thường theo quy định của pháp luật; gia đình bị can đã bồi thường một phần.",
			"Tình tiết giảm nhẹ: bị can thành khẩn khai báo, ăn năn hối cải, phạm tội lần đầu.",
			"Người làm chứng " + s.witness[0].name + " khai đã nhìn thấy bị can rời khỏi hiện trường bằng đường mòn ven suối."}
		i := s.r.IntN(len(lines))
		if i == len(lines)-1 && !slices.Contains(s.t.Persons, Person{s.witness[0].name, "người làm chứng"}) {
			s.about("người làm chứng", s.witness[0])
		}
		s.para(s.fill(lines[i]))
	}
}

func (s *scribe) lives() {
	for i, w := range s.accused {
		s.para(fmt.Sprintf("%d. Họ và tên: %s; sinh ngày %s; nơi cư trú: %s; nghề nghiệp: %s; dân tộc: %s; con ông %s và bà %s.", i+1, w.name, w.born.VN(), w.home, strings.ToLower(w.work), w.folk, w.father, w.mother))
	}
	s.about("bị can", s.accused...)
}

func conclusion(s *scribe, on civil.Date) {
	s.is("ban-ket-luan-dieu-tra", 0, "Bản kết luận điều tra vụ án hình sự", on)
	s.headPolice("KLĐT", on)
	s.title("BẢN KẾT LUẬN ĐIỀU TRA VỤ ÁN HÌNH SỰ", "(Đề nghị truy tố)")
	s.basis(s.proc("Điều 232"), s.proc("Điều 233"))
	s.strong("I. NỘI DUNG VỤ ÁN")
	s.course()
	s.strong("II. LÝ LỊCH BỊ CAN")
	s.lives()
	s.strong("III. KẾT LUẬN VÀ ĐỀ NGHỊ")
	s.para("Hành vi của các bị can đã đủ yếu tố cấu thành tội " + s.crime.name + " " + s.penal() + ". Đề nghị Viện kiểm sát nhân dân khu vực " + fmt.Sprint(s.zone) + " truy tố trước pháp luật.")
	s.signPolice(s.dchief, true, s.copies()...)
}

func indictment(s *scribe, on civil.Date) {
	s.is("cao-trang", 156, "Cáo trạng", on)
	s.headVKS("CT", on)
	s.title("CÁO TRẠNG")
	s.mid("VIỆN TRƯỞNG VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC "+fmt.Sprint(s.zone), bold)
	s.basis(s.proc("Điều 41"), s.proc("Điều 236"), s.proc("Điều 243"))
	s.para("Trên cơ sở kết quả điều tra đã xác định được như sau:")
	s.course()
	s.strong("KẾT LUẬN")
	s.para("Như vậy, có đủ căn cứ xác định các bị can có lý lịch dưới đây đã phạm tội " + s.crime.name + " " + s.penal() + ":")
	s.lives()
	s.strong("QUYẾT ĐỊNH")
	s.para("Truy tố ra trước Tòa án nhân dân khu vực " + fmt.Sprint(s.zone) + " - " + s.place.name + " để xét xử các bị can có tên trên.")
	s.signVKS(s.leader, false, s.copies()...)
}
