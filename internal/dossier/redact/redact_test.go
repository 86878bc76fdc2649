package redact

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"congminh/internal/dossier/reading"
)

// page lays lines of text out as a reader would find them.
func page(lines ...string) reading.Page {
	p := reading.Page{W: 1000, H: 1400, DPI: 150}
	for l, line := range lines {
		x := 50
		for _, w := range strings.Fields(line) {
			n := 10 * len([]rune(w))
			p.Words = append(p.Words, reading.Word{T: w, Box: reading.Box{x, 40 * (l + 1), x + n, 40*(l+1) + 24}, C: 90, Line: l})
			x += n + 10
		}
	}
	p.Text = reading.TextOf(p.Words)
	return p
}

// hidden is what Propose covers on lines, by rule.
func hidden(known []Known, lines ...string) map[string]string {
	p := page(lines...)
	out := map[string]string{}
	for _, b := range Propose(p, known) {
		out[b.Rule] = strings.TrimSpace(out[b.Rule] + " " + strings.Join(Under(p.Words, []Box{b}), " "))
	}
	return out
}

func TestPropose(t *testing.T) {
	known := []Known{{"minor", "Giàng Thị Sua", ""}, {"victim", "Nguyễn Văn Hưởng", "063123456"}}
	for _, c := range []struct {
		name  string
		lines []string
		rule  string
		want  string // "" for nothing at all
	}{
		{"twelve digits", []string{"Số CCCD: 010188004567 cấp ngày 12/3/2021"}, "identity", "010188004567"},
		{"read with letters", []string{"Số CCCD: O10l88004567 cấp"}, "identity", "O10l88004567"},
		{"parted digits", []string{"Căn cước công dân số 010 188 004 567"}, "identity", "010 188 004 567"},
		{"nine digits", []string{"CMND số: 063123456 do Công an cấp"}, "identity", "063123456"},
		{"nine digits of something else", []string{"tổng số tiền 123456789 đồng"}, "identity", ""},
		{"passport", []string{"Hộ chiếu số: B1234567"}, "identity", "B1234567"},
		{"mobile", []string{"điện thoại 0912.345.678 của chị"}, "phone", "0912.345.678"},
		{"country code", []string{"gọi +84 912 345 678 lúc 8 giờ"}, "phone", "+84 912 345 678"},
		{"decision number", []string{"Quyết định số 0123/QĐ-VKS ngày 12/3/2026"}, "phone", ""},
		{"mail", []string{"gửi tới huong.nv@example.vn trước ngày"}, "email", "huong.nv@example.vn"},
		{"account", []string{"chuyển vào tài khoản số 1903 5678 9012 của Ngân hàng"}, "bank", "1903 5678 9012"},
		{"car", []string{"xe ô tô biển kiểm soát 24A-123.45 màu trắng"}, "plate", "24A-123.45"},
		{"motorbike", []string{"xe mô tô BKS 24-B1 678.90 đi"}, "plate", "24-B1 678.90"},
		{"address", []string{"Nơi cư trú: thôn Tả Van, xã Mường Hum, tỉnh Lào Cai.", "Nghề nghiệp: làm ruộng."}, "address", "thôn Tả Van, xã Mường Hum, tỉnh Lào Cai."},
		{"address without marks", []string{"Noi thuong tru: to 5, phuong Cam Duong"}, "address", "to 5, phuong Cam Duong"},
		{"address over two lines", []string{"Anh Hưởng có hộ khẩu thường trú tại tổ 5, phường Cam Đường, thành phố", "Đà Nẵng đã đến trụ sở Công an xã để trình báo."}, "address", "tổ 5, phường Cam Đường, thành phố Đà Nẵng"},
		{"birth", []string{"Sinh ngày 02/9/1988 tại Lào Cai"}, "birth", "02/9/1988"},
		{"birth in words", []string{"sinh ngày 02 tháng 9 năm 2012"}, "birth", "02 tháng 9 năm 2012"},
		{"year", []string{"Nguyễn Văn A, sinh năm 1988, lái xe"}, "birth", "1988,"},
		{"date of a paper", []string{"Lào Cai, ngày 12 tháng 3 năm 2026"}, "birth", ""},
		{"minor", []string{"Lời khai của cháu Giàng Thị Sua tại"}, "minor", "Giàng Thị Sua"},
		{"without marks and misread", []string{"chau GIANG THl SUA, lop 7"}, "minor", "GIANG THl SUA,"},
		{"over a line break", []string{"Lời khai của Giàng Thị", "Sua tại trường"}, "minor", "Giàng Thị Sua"},
		{"given name", []string{"hỏi cháu Sua về việc"}, "minor", "Sua"},
		{"another person", []string{"Lời khai của Giàng Thị Mai tại"}, "minor", ""},
		{"number of a known person", []string{"mang số O63 123-456 trên thẻ"}, "victim", "O63 123-456"},
	} {
		if got := hidden(known, c.lines...)[c.rule]; got != c.want {
			t.Errorf("%s: covered %q, want %q", c.name, got, c.want)
		}
	}
}

func TestBarcode(t *testing.T) {
	p := page("Thẻ")
	p.Barcodes = []reading.Barcode{
		{Format: "QR", Text: "010188004567|063123456|Nguyễn Văn A|02091988|Nam|Thôn Tả Van|01012021", Box: reading.Box{600, 100, 700, 200}},
		{Format: "CODE128", Text: "BL 45", Box: reading.Box{800, 100, 900, 150}},
	}
	got := Propose(p, nil)
	if len(got) != 1 || got[0] != (Box{"code", reading.Box{600, 100, 700, 200}}) {
		t.Errorf("covered %v", got)
	}
}

// Nothing that a box touches stays in the text; what stands beside it does.
func TestKeep(t *testing.T) {
	p := page("Số CCCD: 010188004567 cấp ngày", "dòng sau")
	boxes := Propose(p, nil)
	kept := reading.TextOf(Keep(p.Words, boxes))
	if kept != "Số CCCD: cấp ngày\ndòng sau" {
		t.Errorf("kept %q", kept)
	}
	one := p.Words[2].Box
	one[2] = one[0] + 3 // a box over a part of the first digit
	if kept := Keep(p.Words, []Box{{"hand", one}}); slices.ContainsFunc(kept, func(w reading.Word) bool { return w.T == "010188004567" }) {
		t.Error("a word that is covered in part stayed")
	}
	typed := append(p.Words, reading.Word{T: "0912345678"})
	if slices.ContainsFunc(Keep(typed, nil), func(w reading.Word) bool { return w.T == "0912345678" }) {
		t.Error("a word with no place stayed")
	}
}

func TestCheck(t *testing.T) {
	for _, b := range []Box{{"hand", reading.Box{-1, 0, 5, 5}}, {"hand", reading.Box{0, 0, 101, 5}}, {"hand", reading.Box{5, 5, 5, 9}}, {"none", reading.Box{0, 0, 5, 5}}} {
		if Check([]Box{b}, 100, 100) == nil {
			t.Errorf("%v passed", b)
		}
	}
	if err := Check([]Box{{"hand", reading.Box{0, 0, 100, 100}}}, 100, 100); err != nil {
		t.Error(err)
	}
}

// The pixels are gone, the rest is as it was, and nothing that came with the file is
// in the new one.
func TestPicture(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for y := range 300 {
		for x := range 400 {
			src.Set(x, y, color.RGBA{200, uint8(x / 2), 90, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, src, nil); err != nil {
		t.Fatal(err)
	}
	secret := "Exif\x00\x00MM\x00*Giàng Thị Sua\xff\xd8THUMBNAIL\xff\xd9"
	with := slices.Concat(b.Bytes()[:2], []byte{0xff, 0xe1, 0, byte(len(secret) + 2)}, []byte(secret), b.Bytes()[2:])
	box := reading.Box{100, 50, 160, 80} // on the picture turned by 90: 300 × 400
	out, format, err := Picture(with, "jpeg", 90, []reading.Box{box}, 3)
	if err != nil || format != "jpeg" {
		t.Fatal(format, err)
	}
	for _, s := range []string{"Exif", "Sua", "THUMBNAIL"} {
		if bytes.Contains(out, []byte(s)) {
			t.Errorf("%q is in the new picture", s)
		}
	}
	if bytes.Count(out, []byte{0xff, 0xd8}) != 1 {
		t.Error("a second picture is inside")
	}
	img, err := jpeg.Decode(bytes.NewReader(out))
	if err != nil || img.Bounds().Dx() != 300 || img.Bounds().Dy() != 400 {
		t.Fatal(img.Bounds(), err)
	}
	dark := func(x, y int) bool { r, g, b, _ := img.At(x, y).RGBA(); return r>>8 < 12 && g>>8 < 12 && b>>8 < 12 }
	for y := 50; y < 80; y++ {
		for x := 100; x < 160; x++ {
			if !dark(x, y) {
				t.Fatalf("%d, %d shows through", x, y)
			}
		}
	}
	if dark(80, 60) || dark(180, 60) || dark(130, 30) || dark(130, 100) {
		t.Error("more is covered than was asked for")
	}
}

func TestFaxStaysFax(t *testing.T) {
	src := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range src.Pix {
		src.Pix[i] = 255
	}
	out := Burn(src, []reading.Box{{10, 10, 20, 20}}, 2)
	p, ok := out.(*image.Paletted)
	if !ok || p.ColorIndexAt(8, 8) != 0 || p.ColorIndexAt(21, 21) != 0 || p.ColorIndexAt(7, 7) != 1 || p.ColorIndexAt(22, 22) != 1 {
		t.Errorf("%T", out)
	}
}
