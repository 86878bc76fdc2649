package sample

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
)

// who is an invented person.
type who struct {
	name   string
	female bool
	year   int
	born   civil.Date
	folk   string
	home   string
	work   string
	id     string
	father string
	mother string
}

// crime is a kind of crime with what people say about it.
type crime struct {
	name     string
	article  int
	clauses  []string // "khoản 1", "điểm b khoản 2"
	thing    []string
	story    []string // how it happened: A, B accused, V victim, T thing, P place
	exhibits []string
}

// facts are everything the papers of one case agree on.
type facts struct {
	r        *rand.Rand
	place    place
	ward     string
	zone     int // number of the regional procuracy
	code     string
	crime    crime
	clause   string
	thing    string
	value    int
	spot     string
	hour     string
	day      civil.Date // of the crime
	accused  []who
	victims  []who
	witness  []who
	police   []who // investigators
	chief    who
	dchief   who
	pros     []who // prosecutors
	leader   who
	deputy   who
	clerk    who
	expert   who
	storeman who
	numbers  map[string]int
}

type place struct {
	name  string
	long  string // tỉnh Lào Cai
	wards []string
}

var places = []place{
	{"Lào Cai", "tỉnh Lào Cai", []string{"phường Sa Pa", "phường Lào Cai", "phường Cam Đường", "xã Bắc Hà", "xã Bát Xát", "phường Nghĩa Lộ"}},
	{"Lai Châu", "tỉnh Lai Châu", []string{"phường Tân Phong", "phường Đoàn Kết", "xã Phong Thổ", "xã Than Uyên", "xã Mường Tè"}},
	{"Sơn La", "tỉnh Sơn La", []string{"phường Tô Hiệu", "phường Chiềng Sinh", "xã Mai Sơn", "xã Yên Châu", "xã Thuận Châu"}},
	{"Nghệ An", "tỉnh Nghệ An", []string{"phường Thành Vinh", "phường Cửa Lò", "xã Diễn Châu", "xã Đô Lương", "xã Con Cuông"}},
	{"Gia Lai", "tỉnh Gia Lai", []string{"phường Pleiku", "phường Quy Nhơn", "phường Diên Hồng", "xã Chư Sê", "xã Tuy Phước"}},
	{"Đồng Nai", "tỉnh Đồng Nai", []string{"phường Trấn Biên", "phường Biên Hòa", "phường Long Khánh", "xã Long Thành", "xã Trảng Bom"}},
	{"Hải Phòng", "thành phố Hải Phòng", []string{"phường Hồng Bàng", "phường Lê Chân", "phường Đồ Sơn", "xã Cát Hải", "xã Tiên Lãng"}},
	{"Đắk Lắk", "tỉnh Đắk Lắk", []string{"phường Buôn Ma Thuột", "phường Tuy Hòa", "xã Krông Pắc", "xã Ea Kar", "phường Buôn Hồ"}},
}

var crimes = []crime{
	{"Trộm cắp tài sản", 173, []string{"khoản 1", "điểm a khoản 2", "điểm c khoản 2", "điểm g khoản 2"},
		[]string{"chiếc xe mô tô nhãn hiệu Honda Wave Alpha màu xanh", "chiếc xe mô tô nhãn hiệu Yamaha Sirius màu đỏ đen", "hai con trâu đực khoảng bốn năm tuổi", "chiếc điện thoại di động Samsung Galaxy A15 và một dây chuyền vàng", "ba bao cà phê nhân khô và một máy bơm nước"},
		[]string{"A quan sát thấy cửa ngõ không khóa, lẻn vào sân lấy T rồi dắt ra đường bê tông, nổ máy bỏ chạy về hướng chợ.", "A dùng vam phá khóa bằng kim loại dài khoảng 15 cm phá ổ khóa, chiếm đoạt T của V.", "A rủ B đứng ngoài cảnh giới, còn A trèo qua tường rào phía sau nhà V lấy trộm T."},
		[]string{"01 vam phá khóa bằng kim loại hình chữ T", "01 kìm cộng lực cán bọc nhựa màu đỏ", "01 biển kiểm soát xe mô tô đã bị bẻ cong", "01 đôi găng tay vải màu xám đã qua sử dụng"}},
	{"Cố ý gây thương tích", 134, []string{"điểm a khoản 1", "điểm đ khoản 2", "điểm c khoản 3"},
		[]string{"con dao nhọn dài khoảng 28 cm", "đoạn gậy gỗ dài khoảng 1,1 m", "chiếc tuýp sắt rỗng dài 80 cm"},
		[]string{"Sau khi uống rượu tại quán, A và V xảy ra cãi nhau về việc trả tiền; A cầm T đánh hai nhát vào vai và tay trái của V.", "A chạy về nhà lấy T quay lại, đuổi theo V đến trước cửa hàng tạp hóa rồi đánh V ngã xuống nền xi măng.", "Do mâu thuẫn về ranh giới nương ngô, A dùng T đánh V gây thương tích, được người dân can ngăn."},
		[]string{"01 con dao nhọn cán gỗ, lưỡi bằng kim loại", "01 áo sơ mi màu trắng có bám dính chất màu nâu đỏ", "01 đoạn gậy gỗ đường kính 3,5 cm", "mẫu chất màu nâu đỏ thu tại nền xi măng"}},
	{"Tàng trữ trái phép chất ma túy", 249, []string{"điểm c khoản 1", "điểm g khoản 2", "điểm i khoản 1"},
		[]string{"0,82 gam Heroine", "1,46 gam Methamphetamine", "12 viên nén màu hồng có khối lượng 1,13 gam"},
		[]string{"A đi bộ từ bìa rừng ra đường liên xã thì bị tổ công tác kiểm tra, phát hiện trong túi áo khoác có T gói trong giấy bạc.", "A khai mua T của một người đàn ông không quen biết tại khu vực bến xe với giá 500.000 đồng để sử dụng.", "Qua kiểm tra hành chính phòng trọ, lực lượng chức năng thu giữ của A T cất giấu dưới đệm."},
		[]string{"01 gói giấy bạc bên trong chứa chất bột màu trắng", "01 bật lửa ga màu vàng", "01 coóng thủy tinh đã qua sử dụng", "01 cân điện tử mini màu đen"}},
	{"Lừa đảo chiếm đoạt tài sản", 174, []string{"khoản 1", "điểm c khoản 2", "điểm a khoản 3"},
		[]string{"số tiền 45.000.000 đồng", "số tiền 120.000.000 đồng", "chiếc xe ô tô tải nhãn hiệu Thaco Towner"},
		[]string{"A tự giới thiệu quen biết người có thẩm quyền, hứa xin việc cho con của V và yêu cầu V chuyển khoản T.", "A lập tài khoản mạng xã hội đăng bán máy nông nghiệp không có thật, yêu cầu V đặt cọc rồi chiếm đoạt T.", "A thuê T của V trong ba ngày, sau đó làm giả giấy tờ và đem cầm cố lấy tiền tiêu xài cá nhân."},
		[]string{"01 điện thoại di động nhãn hiệu Oppo A58 màu đen", "02 bản sao kê tài khoản ngân hàng", "01 giấy biên nhận tiền viết tay", "01 thẻ SIM số thuê bao trả trước"}},
	{"Cướp giật tài sản", 171, []string{"khoản 1", "điểm d khoản 2"},
		[]string{"chiếc túi xách màu nâu bên trong có 3.200.000 đồng", "sợi dây chuyền vàng 18K trọng lượng 2 chỉ", "chiếc điện thoại iPhone 13 màu trắng"},
		[]string{"A điều khiển xe mô tô chở B áp sát xe của V, B giật T rồi A tăng ga bỏ chạy.", "Lợi dụng lúc V dừng xe nghe điện thoại, A bất ngờ giật T và chạy vào ngõ nhỏ."},
		[]string{"01 mũ bảo hiểm màu đen có kính chắn gió", "01 túi xách da màu nâu bị đứt quai", "01 xe mô tô Exciter không có biển kiểm soát"}},
	{"Vi phạm quy định về tham gia giao thông đường bộ", 260, []string{"điểm a khoản 1", "điểm b khoản 2"},
		[]string{"xe ô tô tải biển kiểm soát giả định 24H-000.01", "xe mô tô biển kiểm soát giả định 25B1-000.12"},
		[]string{"A điều khiển T đi không đúng phần đường, va chạm với xe mô tô do V điều khiển đi ngược chiều.", "Đến đoạn đường cong, A điều khiển T vượt xe khác khi không đủ điều kiện an toàn, gây tai nạn làm V bị thương nặng."},
		[]string{"01 mảnh nhựa màu đỏ nghi của cụm đèn xe", "01 giấy phép lái xe hạng C", "01 thiết bị giám sát hành trình"}},
	{"Đánh bạc", 321, []string{"khoản 1", "điểm b khoản 2"},
		[]string{"số tiền 12.600.000 đồng dùng vào việc đánh bạc", "số tiền 31.450.000 đồng thu trên chiếu bạc"},
		[]string{"A rủ B cùng một số người đến nhà bỏ hoang đánh xóc đĩa được thua bằng tiền, thu T.", "Các đối tượng chơi liêng ăn tiền, mỗi ván tố thấp nhất 50.000 đồng; khi bị bắt quả tang thu giữ T."},
		[]string{"01 bát sứ màu trắng", "04 quân vị cắt từ vỏ bao thuốc lá", "01 bộ bài tú lơ khơ 52 quân", "01 chiếu nhựa kích thước 1,6 m x 2 m"}},
	{"Hủy hoại rừng", 243, []string{"điểm b khoản 1", "điểm d khoản 2"},
		[]string{"diện tích 6.120 m2 rừng tự nhiên", "diện tích 3.450 m2 rừng phòng hộ"},
		[]string{"A dùng dao phát và cưa xăng chặt hạ, sau đó đốt T để lấy đất trồng ngô.", "A thuê B cùng phát dọn T trong năm ngày mà không được cơ quan có thẩm quyền cho phép."},
		[]string{"01 máy cưa xăng nhãn hiệu Husqvarna", "02 con dao phát cán tre", "03 thớt gỗ cắt từ gốc cây bị chặt"}},
}

// People have the names of things that grow and of weather: natural to the ear,
// and nobody's.
var (
	surnames = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Lò", "Vàng", "Giàng", "Sùng", "Lý", "Quàng", "Tòng", "Lường", "Hà", "Đinh", "Mai"}
	midM     = []string{"Văn", "Đình", "Hữu", "Xuân", "Trọng", "Công", "Quốc"}
	midF     = []string{"Thị", "Ngọc", "Thanh", "Thu"}
	givenM   = []string{"Suối", "Gió", "Đá", "Thông", "Sồi", "Núi", "Khế", "Lim", "Trắc", "Bách", "Tùng", "Rạng", "Sấm", "Ghềnh", "Đồi", "Nghiến", "Dẻ", "Chò"}
	givenF   = []string{"Mây", "Sương", "Nắng", "Lúa", "Quế", "Mận", "Đào", "Mơ", "Lựu", "Bưởi", "Sim", "Trà", "Ngô", "Sen", "Súng", "Hồi", "Gạo", "Vừng"}
	folks    = []string{"Kinh", "Thái", "Mông", "Dao", "Tày", "Mường", "Giáy", "Nùng"}
	works    = []string{"Lao động tự do", "Làm ruộng", "Lái xe", "Buôn bán nhỏ", "Công nhân", "Thợ xây", "Phụ hồ", "Chăn nuôi"}
)

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

func invent(r *rand.Rand) *facts {
	f := &facts{r: r, numbers: map[string]int{}}
	f.place = pick(r, places)
	f.ward = pick(r, f.place.wards)
	f.zone = 1 + r.IntN(9)
	f.crime = pick(r, crimes)
	f.clause = pick(r, f.crime.clauses)
	f.thing = pick(r, f.crime.thing)
	f.value = (21 + r.IntN(400)) * 100_000
	f.hour = fmt.Sprintf("%d giờ %02d phút", 6+r.IntN(17), r.IntN(12)*5)
	f.day = civil.Date("2026-01-05").Add(r.IntN(60))
	f.spot = pick(r, []string{"bản Nà Cại", "tổ dân phố số 4", "thôn Pha Long", "khu chợ trung tâm", "xóm Đồng Tâm", "bản Huổi Luông", "ngõ 15 đường Hoàng Liên"}) + ", " + f.ward
	f.code = fmt.Sprintf("%02d.%04d.2026.HS", 1+r.IntN(34), 1+r.IntN(900))
	used := map[string]bool{}
	person := func(female bool) who {
		for {
			w := who{female: female}
			if female {
				w.name = pick(r, surnames) + " " + pick(r, midF) + " " + pick(r, givenF)
			} else {
				w.name = pick(r, surnames) + " " + pick(r, midM) + " " + pick(r, givenM)
			}
			if used[w.name] {
				continue
			}
			used[w.name] = true
			w.year = 1962 + r.IntN(44)
			w.born = civil.Date(fmt.Sprintf("%04d-%02d-%02d", w.year, 1+r.IntN(12), 1+r.IntN(28)))
			w.folk, w.work = pick(r, folks), pick(r, works)
			w.home = pick(r, []string{"tổ 7", "bản Nậm Cang", "thôn Tả Van", "xóm 3", "khu 5", "bản Phiêng Khoài"}) + ", " + pick(r, f.place.wards) + ", " + f.place.long
			w.id = fmt.Sprintf("0%02d0%02d%06d", 1+r.IntN(96), w.year%100, r.IntN(1_000_000))
			w.father = strings.Fields(w.name)[0] + " " + pick(r, midM) + " " + pick(r, givenM)
			w.mother = pick(r, surnames) + " " + pick(r, midF) + " " + pick(r, givenF)
			return w
		}
	}
	some := func(n int) (out []who) {
		for range n {
			out = append(out, person(r.IntN(3) == 0))
		}
		return
	}
	f.accused, f.victims, f.witness = some(1+r.IntN(3)), some(1+r.IntN(2)), some(2+r.IntN(3))
	f.police, f.pros = some(3), some(2)
	rest := some(7)
	f.chief, f.dchief, f.leader, f.deputy, f.clerk, f.expert, f.storeman = rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6]
	return f
}

func (f *facts) caseName() string {
	more := ""
	if len(f.accused) > 1 {
		more = " và đồng phạm"
	}
	return "Vụ án " + f.accused[0].name + more + " phạm tội " + f.crime.name
}

// next is the next number in the book of one kind of paper.
func (f *facts) next(suffix string) string {
	if f.numbers[suffix] == 0 {
		f.numbers[suffix] = 1 + f.r.IntN(140)
	} else {
		f.numbers[suffix] += 1 + f.r.IntN(3)
	}
	n := f.numbers[suffix]
	if n < 10 {
		return fmt.Sprintf("0%d/%s", n, suffix)
	}
	return fmt.Sprintf("%d/%s", n, suffix)
}

func (f *facts) law(article int, clause string) string {
	s := fmt.Sprintf("Điều %d", article)
	if clause != "" {
		s = clause + " " + s
	}
	return s
}

// offence is the article the accused are charged with.
func (f *facts) offence() string { return f.law(f.crime.article, f.clause) + " Bộ luật Hình sự" }

func (f *facts) vks() string { return fmt.Sprintf("VKSKV%d", f.zone) }

// tale is one sentence of how it happened.
func (f *facts) tale() string { return f.fill(pick(f.r, f.crime.story)) }

func (f *facts) fill(s string) string {
	b := "một người bạn"
	if len(f.accused) > 1 {
		b = f.accused[1].name
	}
	as := map[string]string{"A": f.accused[0].name, "B": b, "V": f.victims[0].name, "T": f.thing}
	words := strings.Fields(s)
	for i, w := range words {
		bare := strings.TrimRight(w, ".,;:")
		if to, ok := as[bare]; ok {
			words[i] = to + w[len(bare):]
		}
	}
	return strings.Join(words, " ")
}

func (w who) sir() string {
	if w.female {
		return "bà"
	}
	return "ông"
}

func (w who) sex() string {
	if w.female {
		return "Nữ"
	}
	return "Nam"
}

// long writes a day as official papers do: single-digit days and the months 1 and
// 2 get a zero in front.
func long(d civil.Date) string {
	day, month, year := string(d[8:10]), string(d[5:7]), string(d[:4])
	if month != "01" && month != "02" {
		month = strings.TrimPrefix(month, "0")
	}
	return "ngày " + day + " tháng " + month + " năm " + year
}

func money(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s + " đồng"
}

func contains(p *Page, phrase string) bool {
	return strings.Contains(strings.Join(strings.Fields(p.Text), " "), phrase)
}

// shuffle gives n different members of s, in random order.
func shuffle[T any](r *rand.Rand, s []T, n int) []T {
	s = slices.Clone(s)
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s[:min(n, len(s))]
}
