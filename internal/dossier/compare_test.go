package dossier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParsePaper(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []PaperLine
		wrong      string
	}{
		{name: "nothing", text: " \n\n"},
		{name: "a title alone", text: "Quyết định khởi tố vụ án", want: []PaperLine{{1, "Quyết định khởi tố vụ án", 0, 0, 0}}},
		{name: "typed", text: "Quyết định khởi tố; 2\nLệnh tạm giam | 1 | 3–3\nLý lịch bị can ; 4-7", want: []PaperLine{{1, "Quyết định khởi tố", 2, 0, 0}, {2, "Lệnh tạm giam", 1, 3, 3}, {3, "Lý lịch bị can", 4, 4, 7}}},
		{name: "from a spreadsheet", text: "STT\tTên tài liệu\tSố trang\tTừ\tĐến\r\n1\tQuyết định khởi tố vụ án\t2\t1\t2\r\n2\tLệnh tạm giam\t1\t3\t3\r\n",
			want: []PaperLine{{1, "Quyết định khởi tố vụ án", 2, 1, 2}, {2, "Lệnh tạm giam", 1, 3, 3}}},
		{name: "of the ministry's form", text: "1\t15/QĐ-CSĐT\tQuyết định khởi tố vụ án hình sự\t2\tBL 01-02\tbản chính",
			want: []PaperLine{{1, "Quyết định khởi tố vụ án hình sự", 2, 1, 2}}},
		{name: "from and to", text: "Biên bản khám xét\t10\t14", want: []PaperLine{{1, "Biên bản khám xét", 5, 10, 14}}},
		{name: "decomposed letters", text: "Bie\u0302n ba\u0309n", want: []PaperLine{{1, "Biên bản", 0, 0, 0}}},
		{name: "no title", text: "Lệnh\n5\t6", wrong: "Dòng 2"},
		{name: "backwards", text: "Lệnh | 9–3", wrong: "Dòng 1"},
		{name: "too long", text: strings.Repeat("Lệnh\n", mostPaperLines+1), wrong: "quá 2000 dòng"},
	} {
		got, err := ParsePaper(c.text)
		if c.wrong != "" {
			if err == nil || !strings.Contains(fmt.Sprint(faultFields(err)), c.wrong) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

// What a line is shown as is read as the same line.
func FuzzPaperLine(f *testing.F) {
	f.Add("Quyết định khởi tố\t2\t1\t2")
	f.Add("1;Lệnh|x;3-4")
	f.Add("\tA;1")
	f.Fuzz(func(t *testing.T, text string) {
		ls, err := ParsePaper(text)
		if err != nil {
			return
		}
		for _, l := range ls {
			got, err := ParsePaper(l.String())
			if err != nil || len(got) != 1 {
				t.Fatalf("%q of %q: %v, %v", l.String(), text, got, err)
			}
			if got[0].Pages != l.Pages || got[0].First != l.First || got[0].Last != l.Last {
				t.Errorf("%+v became %+v", l, got[0])
			}
		}
	})
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name        string
		paper, file string // "title/pages", one after the other
		want        string
	}{
		{"the same", "Quyết định khởi tố vụ án/2, Lệnh tạm giam/1", "QUYẾT ĐỊNH KHỞI TỐ VỤ ÁN HÌNH SỰ/2, Lệnh tạm giam bị can/1", "same same"},
		{"no pages said", "Quyết định khởi tố vụ án/0", "Quyết định khởi tố vụ án/2", "same"},
		{"typed without marks", "quyet dinh khoi to vu an/2", "Quyết định khởi tố vụ án/2", "same"},
		{"other pages", "Biên bản khám xét/3, Lệnh tạm giam/1", "Biên bản khám xét/2, Lệnh tạm giam/1", "pages same"},
		{"one lacking in the middle", "Quyết định khởi tố vụ án/2, Kết luận giám định/4, Lệnh tạm giam/1", "Quyết định khởi tố vụ án/2, Lệnh tạm giam/1", "same missing same"},
		{"one too many", "Lệnh tạm giam/1", "Lệnh tạm giam/1, Phiếu nhập kho vật chứng/1", "same extra"},
		{"another order", "Kết luận giám định pháp y/4, Quyết định khởi tố vụ án/2, Lệnh tạm giam/1", "Quyết định khởi tố vụ án/2, Lệnh tạm giam/1, Kết luận giám định pháp y/4", "order same same"},
		{"many alike, told apart by their pages", "Biên bản ghi lời khai/2, Biên bản ghi lời khai/3, Biên bản ghi lời khai/5", "Biên bản ghi lời khai/2, Biên bản ghi lời khai/5", "same missing same"},
		{"nothing scanned", "Lệnh tạm giam/1", "", "missing"},
		{"nothing on paper", "", "Lệnh tạm giam/1", "extra"},
		{"nothing at all alike", "Lệnh tạm giam/1", "Hóa đơn tiền điện/1", "missing extra"},
	} {
		read := func(s string) (titles []string, pages []int) {
			for _, x := range strings.Split(s, ", ") {
				title, n, ok := strings.Cut(x, "/")
				if ok {
					var k int
					fmt.Sscan(n, &k)
					titles, pages = append(titles, title), append(pages, k)
				}
			}
			return
		}
		var lines []PaperLine
		titles, pages := read(c.paper)
		for i := range titles {
			lines = append(lines, PaperLine{Line: i + 1, Title: titles[i], Pages: pages[i]})
		}
		var docs []Document
		titles, pages = read(c.file)
		for i := range titles {
			docs = append(docs, Document{ID: DocumentID(fmt.Sprint(i)), Title: titles[i], Pages: pages[i]})
		}
		var got []string
		usedLines, usedDocs := 0, 0
		for _, m := range Compare(lines, docs) {
			got = append(got, string(m.Verdict))
			if m.Line != nil {
				usedLines++
			}
			if m.Doc != nil {
				usedDocs++
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s, want %s", c.name, g, c.want)
		}
		if usedLines != len(lines) || usedDocs != len(docs) {
			t.Errorf("%s: %d of %d lines, %d of %d documents", c.name, usedLines, len(lines), usedDocs, len(docs))
		}
	}
}

// 500 lines against 500 documents are compared while a person waits.
func BenchmarkCompare(b *testing.B) {
	var lines []PaperLine
	var docs []Document
	for i := range 500 {
		title := fmt.Sprintf("Biên bản ghi lời khai của người làm chứng Giàng Seo %c lần %d", 'A'+i%26, i)
		lines = append(lines, PaperLine{Line: i + 1, Title: title, Pages: i%5 + 1})
		docs = append(docs, Document{ID: DocumentID(fmt.Sprint(i)), Title: strings.ToUpper(title), Pages: i%5 + 1})
	}
	for b.Loop() {
		if ms := Compare(lines, docs); len(ms) != 500 {
			b.Fatal(len(ms))
		}
	}
}
