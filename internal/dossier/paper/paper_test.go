package paper

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/civil"
)

func civilDate(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		return ""
	}
	return d
}

func TestCatalogue(t *testing.T) {
	groups := map[string]bool{}
	for _, g := range Groups() {
		groups[g.Code] = true
	}
	if len(groups) != 12 {
		t.Errorf("%d groups, want 12", len(groups))
	}
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.Code] || k.Name == "" || !groups[k.Group] {
			t.Errorf("kind %+v", k)
		}
		seen[k.Code] = true
	}
	forms := Forms()
	for i, f := range forms {
		if f.Number != i+1 {
			t.Fatalf("form %d stands at place %d", f.Number, i+1)
		}
	}
	if len(forms) != 213 {
		t.Errorf("%d forms, want 213", len(forms))
	}
}

// Every kind must be found by its own title: a wording that loses to another kind's is
// a fault in the data.
func TestTitles(t *testing.T) {
	for _, k := range Kinds() {
		if k.Code == Other || k.Code == "cong-van" {
			continue
		}
		agency := "VIỆN KIỂM SÁT NHÂN DÂN KHU VỰC 3"
		if k.Issuer == "other" {
			agency = "CÔNG AN TỈNH LÀO CAI"
		}
		for _, name := range append([]string{k.Name}, k.Also...) {
			d := Read([]reading.Page{{Confidence: 90, Text: agency + "\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n" + strings.ToUpper(name) + "\nCăn cứ hồ sơ vụ án"}})
			got, _ := KindOf(d.Kind)
			if d.Kind != k.Code && plain(got.Name) != plain(k.Name) {
				t.Errorf("%q is taken for %s, want %s", name, d.Kind, k.Code)
			}
		}
	}
}

func TestSampleKinds(t *testing.T) {
	f, err := sample.Case(1, 300)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Docs {
		if k, ok := KindOf(d.Kind); !ok || k.Form != d.Form {
			t.Errorf("sample draws %s, form %d; the catalogue has %v", d.Kind, d.Form, k)
		}
	}
}

func TestSeparator(t *testing.T) {
	for text, want := range map[string]Meta{
		"CM1;S":                               {},
		"CM1;S;kind=cao-trang":                {Kind: "cao-trang"},
		"CM1;S;case=05.1.HS;new=1;text=Tập 2": {Case: "05.1.HS", Text: "Tập 2"},
	} {
		if m, ok := Separator(text); !ok || m != want {
			t.Errorf("Separator(%q) = %v, %v", text, m, ok)
		}
	}
	for _, text := range []string{"", "CM1", "CM1;SX", "CM2;S", "https://example.vn"} {
		if m, ok := Separator(text); ok {
			t.Errorf("Separator(%q) = %v", text, m)
		}
	}
	m := Meta{Kind: "bb-hoi-cung", Case: "05.0012.2026.HS", Text: "một; hai"}
	got, ok := Separator(m.Payload())
	if m.Text = "một, hai"; !ok || got != m {
		t.Errorf("Separator(Payload) = %v", got)
	}
}

func TestLabel(t *testing.T) {
	for text, want := range map[string]int{"CM1-BL-00042": 42, "CM1-BL-123456": 123456, " CM1-BL-00001\n": 1, "CM1-BL-0": 0, "CM1-BL-00000": 0, "CM1-BL-+0001": 0, "BL-00042": 0, "": 0} {
		if n, ok := Label(text); n != want || ok != (want > 0) {
			t.Errorf("Label(%q) = %d, %v, want %d", text, n, ok, want)
		}
	}
	if n, ok := Label(LabelText(7)); !ok || n != 7 {
		t.Errorf("Label(LabelText(7)) = %d, %v", n, ok)
	}
}

// A separator splits hard, says what follows, and is no paper itself.
func TestSeparators(t *testing.T) {
	f, err := sample.Make(5, 60, sample.Options{Separators: true})
	if err != nil {
		t.Fatal(err)
	}
	var pages []reading.Page
	for _, p := range f.Pages {
		pages = append(pages, p.Reading(150))
	}
	docs := Recognise(pages)
	if len(docs) != len(f.Docs) {
		t.Fatalf("%d documents, want %d", len(docs), len(f.Docs))
	}
	for i, d := range docs {
		if w := f.Docs[i]; d.From != w.From || d.To != w.To || d.Separator != w.Separator || !d.Separator && d.Kind != w.Kind {
			t.Errorf("document %d: %d–%d %s, want %d–%d %s", i, d.From, d.To, d.Kind, w.From, w.To, w.Kind)
		}
	}
}

func TestArticles(t *testing.T) {
	for text, want := range map[string]string{
		"theo điểm b khoản 2 Điều 173 Bộ luật Hình sự":                     "[điểm b khoản 2 Điều 173 Bộ luật Hình sự]",
		"theo điểm đ khoản 1 Điều 134 BLHS":                                "[điểm đ khoản 1 Điều 134 Bộ luật Hình sự]",
		"Căn cứ các điều 41, 236 và 243 Bộ luật Tố tụng hình sự;":          "[Điều 41 Bộ luật Tố tụng hình sự Điều 236 Bộ luật Tố tụng hình sự Điều 243 Bộ luật Tố tụng hình sự]",
		"Căn cứ Điều 41, Điều 165 của Bộ luật Tố tụng hình sự năm 2015":    "[Điều 41 Bộ luật Tố tụng hình sự Điều 165 Bộ luật Tố tụng hình sự]",
		"Điều 1. Khởi tố bị can\nĐiều 2. Quyết định này có hiệu lực":       "[]",
		"tội quy định tại Điều 217a Bộ luật Hình sự":                       "[Điều 217a Bộ luật Hình sự]",
		"căn cứ Điều 5 của hợp đồng. Việc này không thuộc Bộ luật Hình sự": "[]",
	} {
		var got []string
		for _, a := range Read([]reading.Page{{Text: text}}).Articles {
			got = append(got, a.Value)
			if p, ok := ParseArticle(a.Value); !ok || p.String() != a.Value {
				t.Errorf("ParseArticle(%q) = %+v, %v", a.Value, p, ok)
			}
		}
		if s := fmt.Sprint(got); s != want {
			t.Errorf("%q cites %s, want %s", text, s, want)
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"Lào Cai, ngày 10 tháng 3 năm 2026":     "2026-03-10",
		"Lào Cai, ngày 1O tháng l2 năm 2025":    "2025-12-10",
		"Lào Cai, ngảy 31 thảng 01 nãm 2026":    "2026-01-31",
		"Lào Cai, ngày 31 tháng 4 năm 2026":     "", // no such day
		"Lào Cai, ngày 29 tháng 02 năm 2025":    "",
		"Lào Cai, ngày      tháng     năm 2026": "",
		"Lập ngày 05/02/2026.":                  "2026-02-05",
	} {
		if d := Read([]reading.Page{{Text: text}}); d.Date.Value != want {
			t.Errorf("%q is dated %q, want %q", text, d.Date.Value, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"Số: 15/QĐ-VKSKV3":       "15/QĐ-VKSKV3",
		"Số : 0l5 / QD - VKSKV3": "015/QĐ-VKSKV3",
		"Sô: 12/2026/QĐ-CSDT":    "12/2026/QĐ-CSĐT",
		"S6: 7a/KL-KTHS":         "7a/KL-KTHS",
		"Số: …/QĐ-VKS":           "",
		"Số nhà 15/2 đường A":    "",
	} {
		if d := Read([]reading.Page{{Text: text}}); d.Number.Value != want {
			t.Errorf("%q has number %q, want %q", text, d.Number.Value, want)
		}
	}
}

// Whatever the pages hold, every page is in one document, in order, and every field
// says where it was read.
func FuzzRecognise(f *testing.F) {
	f.Add("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 1/QĐ-VKS\nQUYẾT ĐỊNH\nđối với: Lò Văn Suối\fĐiều 1.\f\f2\nngày 3 tháng 4 năm 2026", uint8(3))
	f.Add("BIÊN BẢN HỎI CUNG\nHọ và tên: Vàng Thị Mây\fKT. VIỆN TRƯỞNG\nLý Thông", uint8(200))
	f.Add("điểm khoản Điều Điều 1 và , 2 Bộ luật", uint8(0))
	f.Fuzz(whole)
}

// The same with pieces of papers in any order, which a fuzzer takes long to find.
func TestAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	pieces := strings.Fields("\u200b Số: 15/QĐ-VKS /QĐ Điều 1. Điều 173 khoản 2 điểm b Bộ luật Hình sự BLHS ngày 10 tháng 3 năm 2026 31 2 1O l2 CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do Hạnh phúc VIỆN KIỂM SÁT CÔNG AN QUYẾT ĐỊNH LỆNH TẠM GIAM BIÊN BẢN HỎI CUNG Họ và tên: Lò Văn Suối bị can bị hại đối với KT. VIỆN TRƯỞNG PHÓ Nơi nhận: Hồi lập chụp V/v Kính gửi: . , ; : - ( ) | Đ đ ﬁ İ 99999999999999999999 0 Trang 2")
	for i := range 1500 {
		var b strings.Builder
		for range r.IntN(90) {
			b.WriteString(pieces[r.IntN(len(pieces))])
			b.WriteString([]string{" ", " ", " ", "\n", "\n", "", "\f"}[r.IntN(7)])
		}
		whole(t, b.String(), uint8(i))
	}
}

func whole(t *testing.T, text string, mix uint8) {
	t.Helper()
	var pages []reading.Page
	start := 0
	flush := func(end int) {
		p := reading.Page{Text: text[start:end], W: 1000, H: 1400}
		if mix%2 == 0 {
			for i, w := range strings.Fields(p.Text) {
				p.Words = append(p.Words, reading.Word{T: w, C: int(mix), Line: i / (1 + int(mix)%7), Box: reading.Box{i * int(mix) % 900, i * 13 % 1300, i*int(mix)%900 + 60, i*13%1300 + 20}})
			}
		}
		if mix%5 == 0 {
			p.Barcodes = []reading.Barcode{{Text: p.Text}}
		}
		pages = append(pages, p)
	}
	for i := range len(text) {
		if text[i] == '\f' {
			flush(i)
			start = i + 1
		}
	}
	flush(len(text))
	next := 1
	for _, d := range Recognise(pages) {
		if d.From != next || d.To < d.From || d.To > len(pages) {
			t.Fatalf("document %d–%d, want it to begin at %d of %d", d.From, d.To, next, len(pages))
		}
		next = d.To + 1
		for _, x := range append([]Field{d.Number, d.Date, d.Issuer, d.Signer, d.Post}, d.Articles...) {
			if x.Value != "" && (x.Page < d.From || x.Page > d.To || x.Confidence < 0 || x.Confidence > 1) {
				t.Fatalf("field %+v in document %d–%d", x, d.From, d.To)
			}
		}
		if d.Date.Value != "" && civilDate(d.Date.Value) == "" {
			t.Fatalf("date %q", d.Date.Value)
		}
	}
	if next != len(pages)+1 {
		t.Fatalf("documents end at page %d of %d", next-1, len(pages))
	}
}

func BenchmarkRecognise(b *testing.B) {
	f, err := sample.Make(3, 300, sample.All)
	if err != nil {
		b.Fatal(err)
	}
	var pages []reading.Page
	for _, p := range f.Pages {
		pages = append(pages, p.Reading(200))
	}
	for b.Loop() {
		Recognise(pages)
	}
	b.ReportMetric(float64(len(pages)), "pages")
}
