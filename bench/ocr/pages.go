package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The pages are invented papers of procuracies: a head in two columns, a title, a
// body set in full lines, and a foot in two columns, A4 at 300 dpi, in twelve faces.
// The tuning set and the reported set have different sentences.

const (
	pageW, pageH = 2480, 3508
	dpi          = 300
	left, right  = 354, 2480 - 236 // 30 mm, 20 mm
)

var faces = []string{
	"Liberation Serif", "Liberation Serif", "Liberation Sans", "Noto Serif", "DejaVu Serif",
	"Liberation Mono", "Noto Sans", "Liberation Serif:italic", "DejaVu Sans", "Liberation Serif:bold", "Liberation Sans:italic", "Noto Serif:italic",
}

// A page is a picture and what is written on it. The columns of head and foot may
// be read in either order, so there are four truths.
type page struct {
	img    *image.Gray
	truths []string
}

type press struct{ fonts map[string]*opentype.Font }

func (p *press) face(name string, size float64) (font.Face, error) {
	f := p.fonts[name]
	if f == nil {
		file, err := exec.Command("fc-match", "-f", "%{file}", name).Output()
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(string(file))
		if err != nil {
			return nil, err
		}
		if f, err = opentype.Parse(data); err != nil {
			return nil, err
		}
		p.fonts[name] = f
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: dpi, Hinting: font.HintingNone})
}

// set makes page n of a set.
func (p *press) set(sentences []string, n int, seed uint64) (page, error) {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	name := faces[n%len(faces)]
	plain := strings.SplitN(name, ":", 2)[0]
	size := []float64{13, 14, 12, 13}[n%4]
	if plain != "Liberation Serif" {
		size--
	}
	var fs [3]font.Face // body, bold, small italic
	for i, f := range []struct {
		name string
		size float64
	}{{name, size}, {plain + ":bold", size}, {plain + ":italic", 11}} {
		var err error
		if fs[i], err = p.face(f.name, f.size); err != nil {
			return page{}, err
		}
	}
	m := image.NewGray(image.Rect(0, 0, pageW, pageH))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	ink := image.NewUniform(color.Gray{18})
	width := func(f font.Face, s string) int { return font.MeasureString(f, s).Round() }
	at := func(f font.Face, x, y int, s string) {
		(&font.Drawer{Dst: m, Src: ink, Face: f, Dot: fixed.P(x, y)}).DrawString(s)
	}
	mid := func(f font.Face, x, y int, s string) { at(f, x-width(f, s)/2, y, s) }
	step := int(size * dpi / 72 * 1.4)

	office := pick(r, []string{"KHU VỰC 3", "KHU VỰC 7", "THÀNH PHỐ ĐÀ NẴNG", "TỈNH NGHỆ AN", "KHU VỰC 12", "TỈNH LÂM ĐỒNG"})
	place := pick(r, []string{"Hà Nội", "Đà Nẵng", "Vinh", "Đà Lạt", "Cần Thơ"})
	year := 2023 + r.IntN(4)
	heads := [2][]string{
		{"VIỆN KIỂM SÁT NHÂN DÂN", office, fmt.Sprintf("Số: %d/QĐ-VKS", 1+r.IntN(400))},
		{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", fmt.Sprintf("%s, ngày %02d tháng %d năm %d", place, 1+r.IntN(28), 1+r.IntN(12), year)},
	}
	small, err := p.face(plain, 11)
	if err != nil {
		return page{}, err
	}
	y := 300
	for i := range 3 {
		mid(small, 720, y, heads[0][i])
		mid(small, 1680, y, heads[1][i])
		y += step
	}
	y += step
	title := pick(r, []string{"QUYẾT ĐỊNH", "BÁO CÁO", "KẾT LUẬN", "CÁO TRẠNG", "BIÊN BẢN", "KIẾN NGHỊ"})
	about := pick(r, []string{"Về việc kiểm sát hoạt động tư pháp", "Phê chuẩn quyết định khởi tố bị can", "Về việc giải quyết đơn khiếu nại", "Gia hạn thời hạn điều tra vụ án hình sự"})
	mid(fs[1], pageW/2, y, title)
	y += step
	mid(fs[1], pageW/2, y, about)
	y += step * 3 / 2
	body := []string{title, about}
	for y < pageH-1000 {
		var para []string
		for range 1 + r.IntN(3) {
			para = append(para, fill(r, pick(r, sentences), year))
		}
		words, first := strings.Fields(strings.Join(para, " ")), true
		for len(words) > 0 && y < pageH-900 {
			x := left
			if first {
				x += 118
			}
			n, w := 1, width(fs[0], words[0])
			space := width(fs[0], " ")
			for n < len(words) && w+space+width(fs[0], words[n]) <= right-x {
				w += space + width(fs[0], words[n])
				n++
			}
			gap := 0.0
			if n < len(words) && n > 1 {
				gap = float64(right-x-w) / float64(n-1)
			}
			fx := float64(x)
			for _, s := range words[:n] {
				at(fs[0], int(fx), y, s)
				fx += float64(width(fs[0], s)+space) + gap
			}
			body = append(body, strings.Join(words[:n], " "))
			words, first = words[n:], false
			y += step
		}
		y += step / 3
	}
	y += step
	foots := [2][]string{
		{"Nơi nhận:", "- Như trên;", "- Cơ quan điều tra;", "- Lưu: HSVA, HSKS."},
		{"KIỂM SÁT VIÊN", "(Ký, ghi rõ họ tên)", "", person(r)},
	}
	for i := range 4 {
		at(fs[2], left, y, foots[0][i])
		if s := foots[1][i]; s != "" {
			mid(fs[1], 1750, y, s)
		}
		y += step
	}
	var out page
	out.img = m
	for _, h := range orders(heads) {
		for _, f := range orders(foots) {
			out.truths = append(out.truths, strings.Join([]string{h, strings.Join(body, "\n"), f}, "\n"))
		}
	}
	return out, nil
}

// orders reads two columns one after the other, and row by row.
func orders(c [2][]string) [2]string {
	var rows []string
	for i := range c[0] {
		rows = append(rows, c[0][i], c[1][i])
	}
	return [2]string{strings.Join(c[0], "\n") + "\n" + strings.Join(c[1], "\n"), strings.Join(rows, " ")}
}

func pick(r *rand.Rand, s []string) string { return s[r.IntN(len(s))] }

func person(r *rand.Rand) string {
	return pick(r, []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô"}) + " " +
		pick(r, []string{"Văn", "Thị", "Đình", "Minh", "Hữu", "Ngọc", "Thanh", "Xuân"}) + " " +
		pick(r, []string{"Khôi", "Hường", "Thắng", "Ánh", "Dũng", "Quỳnh", "Sơn", "Yến", "Trường", "Mỹ", "Phượng", "Đức"})
}

// fill puts invented names, days and numbers in the places of a sentence.
func fill(r *rand.Rand, s string, year int) string {
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			return s
		}
		var v string
		switch s[i+1] {
		case 'N':
			v = person(r)
		case 'D':
			v = fmt.Sprintf("ngày %02d/%02d/%d", 1+r.IntN(28), 1+r.IntN(12), year)
		case 'S':
			v = fmt.Sprintf("%d", 1+r.IntN(900))
		case 'T':
			v = fmt.Sprintf("%d.%03d.000 đồng", 1+r.IntN(90), r.IntN(1000))
		}
		s = s[:i] + v + s[i+2:]
	}
}

var tuning = []string{
	"Căn cứ Điều 41 và Điều 236 của Bộ luật Tố tụng hình sự năm 2015, sửa đổi, bổ sung năm 2021;",
	"Vào khoảng 22 giờ $D, $N cùng đồng bọn đã đột nhập vào nhà bà $N lấy đi số tài sản trị giá $T.",
	"Quá trình điều tra, bị can $N đã thành khẩn khai nhận toàn bộ hành vi phạm tội của mình.",
	"Hội đồng định giá tài sản kết luận: chiếc xe mô tô nhãn hiệu Honda có giá trị còn lại là $T.",
	"Xét thấy tính chất vụ án phức tạp, cần thêm thời gian để thu thập tài liệu, chứng cứ.",
	"Người làm chứng $N khai rằng đã nhìn thấy hai thanh niên lạ mặt đứng trước cổng trường học.",
	"Tại bản Kết luận giám định số $S/KL-KTHS $D, cơ quan giám định xác định mẫu vật là ma túy loại Methamphetamine.",
	"Yêu cầu thủ trưởng đơn vị chấn chỉnh, khắc phục ngay những thiếu sót đã nêu và thông báo kết quả bằng văn bản.",
	"Bị hại $N yêu cầu bồi thường tổng số tiền $T gồm chi phí điều trị và tiền mất thu nhập.",
	"Quyết định này có hiệu lực kể từ ngày ký và được gửi cho những người có liên quan.",
	"Ông $N, sinh năm 1968, trú tại thôn Đông Thượng, gửi đơn tố cáo hành vi lấn chiếm đất công.",
	"Vật chứng thu giữ gồm 02 điện thoại di động, 01 con dao dài 25 cm và nhiều giấy tờ khác.",
	"Qua kiểm sát trực tiếp tại Trại tạm giam, đoàn kiểm sát nhận thấy việc quản lý sổ sách còn chưa chặt chẽ.",
	"Các bị can đều có nhân thân xấu, trong đó $N đã có 02 tiền án chưa được xóa án tích.",
	"Đề nghị Tòa án nhân dân áp dụng điểm s khoản 1 Điều 51 Bộ luật Hình sự khi quyết định hình phạt.",
}

var reported = []string{
	"Viện trưởng Viện kiểm sát nhân dân xét hồ sơ vụ án số $S do Cơ quan Cảnh sát điều tra chuyển đến $D.",
	"Do mâu thuẫn trong việc chia thừa kế quyền sử dụng đất, $N đã dùng gậy gỗ đánh vào vai phải của anh $N.",
	"Theo kết luận giám định pháp y, tỷ lệ tổn thương cơ thể của nạn nhân tại thời điểm giám định là $S%.",
	"Lời khai của bị can phù hợp với biên bản khám nghiệm hiện trường, sơ đồ, bản ảnh và các tài liệu khác.",
	"Từ $D đến nay, $N đã nhiều lần sử dụng mạng xã hội Facebook để lừa đảo, chiếm đoạt tổng cộng $T.",
	"Hành vi nêu trên đã đủ yếu tố cấu thành tội \"Trộm cắp tài sản\" quy định tại khoản 2 Điều 173 Bộ luật Hình sự.",
	"Bị can bị tạm giam theo Lệnh số $S/LTG $D, thời hạn 03 tháng; hiện đang bị giam giữ tại Công an tỉnh.",
	"Giao Kiểm sát viên $N thụ lý, kiểm sát việc tuân theo pháp luật trong giải quyết nguồn tin về tội phạm.",
	"Biên bản được lập thành 02 bản, đọc lại cho mọi người cùng nghe, công nhận đúng và ký tên dưới đây.",
	"Việc tạm đình chỉ giải quyết tố giác là không có căn cứ, vi phạm khoản 1 Điều 148 Bộ luật Tố tụng hình sự.",
	"Công ty trách nhiệm hữu hạn xây dựng Thịnh Vượng kê khai khống hóa đơn với tổng giá trị $T.",
	"Chị $N, nghề nghiệp giáo viên, chỗ ở: phường Nghĩa Đô, trình báo bị mất chiếc túi xách màu đỏ.",
	"Trong kỳ, đơn vị thụ lý $S vụ án, tăng so với cùng kỳ năm trước; đã giải quyết đạt tỷ lệ 97,5%.",
	"Kiến nghị Ủy ban nhân dân xã tăng cường tuyên truyền, phổ biến, giáo dục pháp luật trong nhân dân.",
	"Người bào chữa đề nghị thay đổi biện pháp ngăn chặn từ tạm giam sang bảo lĩnh đối với $N.",
	"Hồ sơ gồm $S tờ, được đánh số bút lục đầy đủ, sắp xếp theo trình tự thời gian lập.",
}
