package redact

import (
	"strings"
	"unicode"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/vn"
)

// Stamp is a state-secret mark found on a page (dấu chỉ độ mật).
type Stamp struct {
	Level int // 1 MẬT, 2 TỐI MẬT, 3 TUYỆT MẬT
	Text  string
	Box   reading.Box
}

// stamps are the marks without blanks and marks of letters, and their levels.
var stamps = []struct {
	text  string
	level int
}{
	{"mat", 1}, {"toimat", 2}, {"tuyetmat", 3},
	{"tailieumat", 1}, {"tailieutoimat", 2}, {"tailieutuyetmat", 3},
	{"vanbanmat", 1}, {"bimatnhanuoc", 1}, {"tailieubimatnhanuoc", 1},
	{"domat", 1}, {"domatmat", 1}, {"domattoimat", 2}, {"domattuyetmat", 3},
}

// head is the part of a page on which a stamp stands: it is put below the number of
// the paper, or above everything.
const head = 0.4

// Secret finds the state-secret mark of a page. It counts only as a stamp does: in
// capitals, near the head, and alone, with nothing on its line close to it. "Bí mật
// kinh doanh" in running text is none.
func Secret(p reading.Page) (best Stamp, found bool) {
	for _, line := range p.Lines() {
		for _, part := range apart(line) {
			s := Stamp{Text: reading.TextOf(part)}
			for _, w := range part {
				s.Box = s.Box.Union(w.Box)
			}
			if p.H > 0 && float64(s.Box[3]) > head*float64(p.H) || !capitals(s.Text) {
				continue
			}
			s.Level = level(s.Text)
			if s.Level > best.Level {
				best, found = s, true
			}
		}
	}
	return best, found
}

// apart cuts a line where it holds a gap as a stamp has beside it: the columns of the
// head of a paper are read as one line.
func apart(line []reading.Word) (out [][]reading.Word) {
	from := 0
	for i := 1; i <= len(line); i++ {
		if i == len(line) || line[i].Box[0]-line[i-1].Box[2] > 2*max(line[i].Box.H(), line[i-1].Box.H()) {
			out = append(out, line[from:i])
			from = i
		}
	}
	return out
}

func capitals(s string) bool {
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
	}
	return true
}

// level is that of the mark which s is, but for one letter of a long one; 0 for none.
func level(s string) int {
	var b strings.Builder
	for _, r := range vn.Fold(s) {
		switch {
		case unicode.IsLetter(r):
			b.WriteRune(r)
		case r == '0':
			b.WriteByte('o')
		case unicode.IsDigit(r):
			return 0
		}
	}
	read, near := []rune(b.String()), 0
	for _, m := range stamps {
		switch d := distance(read, []rune(m.text)); {
		case d == 0:
			return m.level
		case d == 1 && len(m.text) >= 6:
			near = max(near, m.level)
		}
	}
	return near
}
