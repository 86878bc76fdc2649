package ocr

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"congminh/internal/dossier/reading"
)

// tidy brings a word as Tesseract gives it to the form that is kept: NFC, the
// Vietnamese Đ (U+0110) where Tesseract reads the Icelandic one (U+00D0), and one Đ
// where it reads both for the same letter.
func tidy(s string) string {
	s = norm.NFC.String(strings.TrimSpace(s))
	if strings.ContainsAny(s, "Ðð") {
		s = strings.NewReplacer("ĐÐ", "Đ", "ÐĐ", "Đ", "Ð", "Đ", "đð", "đ", "ð", "đ").Replace(s)
	}
	return s
}

// merge takes the better of two readings of a page line by line: each line of a that
// b has too, at the same place and nothing else, is b's if b is surer of it. Lines
// keep the order they have in a. mixed reports whether any line is b's.
func merge(a, b []reading.Word) (out []reading.Word, mixed bool) {
	other := linesOf(b)
	n := 0
	for _, l := range linesOf(a) {
		best, met := -1, 0
		for i, o := range other {
			if l.meets(o) {
				best, met = i, met+1
			}
		}
		take := l
		if met == 1 && other[best].sure() > l.sure() {
			take, mixed = other[best], true
		}
		for _, w := range take.words {
			w.Line = n
			out = append(out, w)
		}
		n++
	}
	return out, mixed
}

type textLine struct {
	words []reading.Word
	box   reading.Box
}

func linesOf(words []reading.Word) []textLine {
	var out []textLine
	for _, ws := range (reading.Page{Words: words}).Lines() {
		l := textLine{words: ws}
		for _, w := range ws {
			l.box = l.box.Union(w.Box)
		}
		out = append(out, l)
	}
	return out
}

// sure is the mean confidence of the letters of l.
func (l textLine) sure() float64 {
	sum, n := 0, 0
	for _, w := range l.words {
		sum += w.C * len(w.T)
		n += len(w.T)
	}
	return float64(sum) / float64(max(1, n))
}

// meets reports whether l and o are the same line: they share nearly all of their
// length and most of their height.
func (l textLine) meets(o textLine) bool {
	share := func(i int) (part, all int) {
		return min(l.box[i+2], o.box[i+2]) - max(l.box[i], o.box[i]), max(l.box[i+2], o.box[i+2]) - min(l.box[i], o.box[i])
	}
	w, all := share(0)
	h, _ := share(1)
	return w*100 >= all*85 && h*100 >= min(l.box.H(), o.box.H())*50
}
