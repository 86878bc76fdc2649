package dossier

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"congminh/internal/dossier/paper"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
)

// PaperLine is one line of the index that lies in the paper file (bảng thống kê tài
// liệu), as a person copied it.
type PaperLine struct {
	Line  int    `json:"line"`
	Title string `json:"title"`
	Pages int    `json:"pages,omitempty" doc:"0 if the index does not say"`
	First int    `json:"first,omitempty" doc:"Its first folio, 0 if the index does not say"`
	Last  int    `json:"last,omitempty"`
}

// Most lines of a paper index that are compared.
const mostPaperLines = 2000

// ParsePaper reads a paper index: one document a line, cells copied from a
// spreadsheet or typed with ";" or "|" between them. The longest cell is the title;
// numbers after it are the pages, the folios from and to, or all three; a number
// before it is the line's own and is passed over, like the heading.
func ParsePaper(text string) (out []PaperLine, err error) {
	var wrong fault.Check
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		cells := cellsOf(line)
		title := 0
		for j, c := range cells {
			if letters(c) > letters(cells[title]) {
				title = j
			}
		}
		if len(cells) == 0 || heading(cells[title]) {
			continue
		}
		l := PaperLine{Line: len(out) + 1, Title: cells[title]}
		if letters(l.Title) == 0 {
			wrong.Need(false, "lines", fmt.Sprintf("Dòng %d không có tên tài liệu.", i+1))
			continue
		}
		var ns []int
		for _, c := range cells[title+1:] {
			ns = append(ns, numbersOf(c)...)
		}
		switch {
		case len(ns) == 1:
			l.Pages = ns[0]
		case len(ns) == 2:
			l.First, l.Last = ns[0], ns[1]
			l.Pages = l.Last - l.First + 1
		case len(ns) > 2:
			l.Pages, l.First, l.Last = ns[0], ns[1], ns[2]
		}
		if l.Last < l.First {
			wrong.Need(false, "lines", fmt.Sprintf("Dòng %d: bút lục cuối (%d) nhỏ hơn bút lục đầu (%d).", i+1, l.Last, l.First))
			continue
		}
		out = append(out, l)
	}
	wrong.Need(len(out) <= mostPaperLines, "lines", fmt.Sprintf("Bản kê dài quá %d dòng. Hãy chia hồ sơ theo tập.", mostPaperLines))
	return out, wrong.Err(ErrInvalid)
}

// numbersOf reads a cell that is a number or a range of them: "2", "BL 01–02".
func numbersOf(cell string) (out []int) {
	for x := range strings.SplitSeq(strings.NewReplacer("–", "-", "—", "-").Replace(cell), "-") {
		n, _, ok := ParseCite(x)
		if !ok {
			return nil
		}
		out = append(out, n)
	}
	return out
}

func cellsOf(line string) (out []string) {
	sep := ";"
	switch {
	case strings.Contains(line, "\t"):
		sep = "\t"
	case strings.Contains(line, "|"):
		sep = "|"
	}
	for _, c := range strings.Split(line, sep) {
		if c = vn.Clean(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}

func letters(s string) (n int) {
	for _, c := range s {
		if unicode.IsLetter(c) {
			n++
		}
	}
	return n
}

// heading knows the first line of the forms in use.
func heading(title string) bool {
	switch vn.Fold(title) {
	case "ten tai lieu", "trich yeu", "trich yeu noi dung", "noi dung", "ten loai va trich yeu", "ten loai va trich yeu noi dung", "ten but luc", "tai lieu":
		return true
	}
	return false
}

// String writes l so that ParsePaper reads it again.
func (l PaperLine) String() string {
	cells := []string{strings.NewReplacer("|", "/", "\t", " ").Replace(l.Title)}
	if l.Pages > 0 {
		cells = append(cells, strconv.Itoa(l.Pages))
	}
	if l.First > 0 {
		cells = append(cells, fmt.Sprintf("%d–%d", l.First, l.Last))
	}
	if len(cells) == 1 && strings.Contains(l.Title, ";") {
		return cells[0] + " |" // else the title would be taken for two cells
	}
	return strings.Join(cells, " | ")
}

// Verdict is what comparing a line of the paper index with the file came to.
type Verdict string

// The verdicts.
const (
	Same      Verdict = "same"
	OtherSize Verdict = "pages"   // the same document with more or fewer pages
	OtherRow  Verdict = "order"   // the same document in another place
	Lacking   Verdict = "missing" // on paper, not in the file
	Extra     Verdict = "extra"   // in the file, not in the index
)

// VN names v for a person.
func (v Verdict) VN() string {
	switch v {
	case Same:
		return "Khớp"
	case OtherSize:
		return "Khác số trang"
	case OtherRow:
		return "Khác thứ tự"
	case Lacking:
		return "Không thấy trong bản quét"
	case Extra:
		return "Không có trong bản kê giấy"
	}
	return string(v)
}

// Match is a line of the comparison. Line or Doc is nil where there is none.
type Match struct {
	Verdict Verdict
	Line    *PaperLine
	Doc     *Document
	After   DocumentID // of what is lacking: the document it should stand after
}

// How alike a title on paper and a document must be to be the same, in their own
// order and out of it. The titles people write are shorter than those of the paper.
const (
	alikeInOrder  = 0.45
	alikeAnywhere = 0.7
)

// Compare lays the paper index beside the documents of a file. Both are in order, so
// they are aligned like two texts: what fits best in sequence belongs together; what
// is left over may still be the same in another place.
func Compare(lines []PaperLine, docs []Document) (out []Match) {
	want, have := make([][]uint64, len(lines)), make([][][]uint64, len(docs))
	for i, l := range lines {
		want[i] = grams(l.Title)
	}
	for j, d := range docs {
		name := ""
		if k, ok := paper.KindOf(d.Kind); ok {
			name = k.Name
		}
		have[j] = [][]uint64{grams(d.Title), grams(d.Title + " " + d.Number), grams(name)}
	}
	alike := func(i, j int) float64 {
		best := 0.0
		for _, g := range have[j] {
			best = max(best, dice(want[i], g))
		}
		return best
	}
	// best[i][j] is what lines[i:] and docs[j:] are worth together.
	score := make([][]float64, len(lines))
	best := make([][]float64, len(lines)+1)
	best[len(lines)] = make([]float64, len(docs)+1)
	for i := len(lines) - 1; i >= 0; i-- {
		best[i], score[i] = make([]float64, len(docs)+1), make([]float64, len(docs))
		for j := len(docs) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			a := alike(i, j)
			score[i][j] = a
			if a < alikeInOrder {
				continue
			}
			if lines[i].Pages == 0 || lines[i].Pages == docs[j].Pages {
				a += 0.2
			}
			best[i][j] = max(best[i][j], best[i+1][j+1]+a)
		}
	}
	var last DocumentID
	for i, j := 0, 0; i < len(lines) || j < len(docs); {
		switch {
		case i < len(lines) && j < len(docs) && score[i][j] >= alikeInOrder && best[i][j] > best[i+1][j] && best[i][j] > best[i][j+1]:
			m := Match{Verdict: Same, Line: &lines[i], Doc: &docs[j]}
			if lines[i].Pages != 0 && lines[i].Pages != docs[j].Pages {
				m.Verdict = OtherSize
			}
			out = append(out, m)
			last = docs[j].ID
			i, j = i+1, j+1
		case i == len(lines) || j < len(docs) && best[i][j] > best[i+1][j]:
			out = append(out, Match{Verdict: Extra, Doc: &docs[j]})
			last = docs[j].ID
			j++
		default:
			out = append(out, Match{Verdict: Lacking, Line: &lines[i], After: last})
			i++
		}
	}
	return elsewhere(out, alikeAt(lines, docs, alike))
}

// alikeAt is alike for pointers into lines and docs.
func alikeAt(lines []PaperLine, docs []Document, alike func(i, j int) float64) func(*PaperLine, *Document) float64 {
	row, column := map[*PaperLine]int{}, map[*Document]int{}
	for i := range lines {
		row[&lines[i]] = i
	}
	for j := range docs {
		column[&docs[j]] = j
	}
	return func(l *PaperLine, d *Document) float64 { return alike(row[l], column[d]) }
}

// elsewhere joins what is lacking in one place and extra in another.
func elsewhere(ms []Match, alike func(*PaperLine, *Document) float64) []Match {
	for i := range ms {
		if ms[i].Verdict != Lacking {
			continue
		}
		at, most := -1, alikeAnywhere
		for j := range ms {
			if ms[j].Verdict == Extra {
				if a := alike(ms[i].Line, ms[j].Doc); a >= most {
					at, most = j, a+1e-9
				}
			}
		}
		if at >= 0 {
			ms[i].Verdict, ms[i].Doc = OtherRow, ms[at].Doc
			ms[at].Doc = nil
		}
	}
	return slices.DeleteFunc(ms, func(m Match) bool { return m.Line == nil && m.Doc == nil })
}

// grams are the runs of three letters of a title, each packed into a number, sorted;
// marks and case are ignored.
func grams(s string) []uint64 {
	r := []rune(" " + strings.Join(vn.Words(vn.Fold(s)), " ") + " ")
	var out []uint64
	for i := 0; i+3 <= len(r); i++ {
		out = append(out, uint64(r[i])<<42|uint64(r[i+1])<<21|uint64(r[i+2]))
	}
	slices.Sort(out)
	return out
}

// dice is how much two sorted lists have in common, 0–1.
func dice(a, b []uint64) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			both, i, j = both+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}
