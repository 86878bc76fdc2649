package search

import (
	"strings"
	"unicode"

	"congminh/internal/kit/vn"
)

const (
	maxWord  = 40 // runes of a word that count
	maxQuery = 64 // words of a question that count
)

// Word is a word, with its marks and without.
type Word struct{ Exact, Fold string }

func (w Word) marked() bool { return w.Exact != w.Fold }

// Clause is one thing a page must hold, or must not.
type Clause struct {
	Words  []Word // side by side if several
	Quoted bool   // in quotes
	Prefix bool   // the last word is only the beginning of one
	Not    bool
}

// Parsed is a question that was understood.
type Parsed struct{ Clauses []Clause }

// Parse understands what a person typed. Any text is a question:
//
//	tạm giữ           both words; pages where they stand side by side come first
//	tam giu           the same without marks
//	"gia hạn tạm giữ" these words in this order
//	173/QĐ-VKS        the same: what is typed without a space belongs together
//	ngu*              a word that begins so
//	-"bị can", -rút   pages without these words
func Parse(text string) Parsed {
	var p Parsed
	n := 0
	rs := []rune(text)
	add := func(from, to int, c Clause) {
		if from < to && rs[to-1] == '*' {
			c.Prefix = from < to-1 && (unicode.IsLetter(rs[to-2]) || unicode.IsDigit(rs[to-2]) || unicode.Is(unicode.Mn, rs[to-2]))
		}
		c.Words = split(string(rs[from:to]))
		if len(c.Words) > maxQuery-n {
			c.Words, c.Prefix = c.Words[:maxQuery-n], false
		}
		n += len(c.Words)
		if len(c.Words) > 0 {
			p.Clauses = append(p.Clauses, c)
		}
	}
	for i := 0; i < len(rs); {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		var c Clause
		if rs[i] == '-' && i+1 < len(rs) {
			c.Not = true
			i++
		}
		from := i
		if quote(rs[i]) {
			from++
			for i++; i < len(rs) && !quote(rs[i]); {
				i++
			}
			c.Quoted = true
			add(from, i, c)
			i++
			continue
		}
		for i < len(rs) && !unicode.IsSpace(rs[i]) && !quote(rs[i]) {
			i++
		}
		add(from, i, c)
	}
	return p
}

func quote(r rune) bool { return strings.ContainsRune("\"“”„«»", r) }

// split cuts a text into words. A word longer than any word counts by its beginning.
func split(text string) []Word {
	exact := vn.Words(text)
	if len(exact) > maxWords {
		exact = exact[:maxWords]
	}
	words := make([]Word, 0, len(exact))
	for _, e := range exact {
		if len(e) > maxWord {
			e = cut(e, maxWord)
		}
		if f := vn.Fold(e); f != "" {
			words = append(words, Word{e, f})
		}
	}
	return words
}

// cut returns the first n runes of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// plain reports whether c is a word typed without quotes or sign: one of those
// that are better side by side.
func (c Clause) plain() bool { return !c.Not && !c.Quoted }

// at reports whether c stands in words at i, marks aside.
func (c Clause) at(words []Word, i int) bool {
	if i+len(c.Words) > len(words) {
		return false
	}
	for k, w := range c.Words {
		has := words[i+k].Fold
		if has != w.Fold && !(c.Prefix && k == len(c.Words)-1 && strings.HasPrefix(has, w.Fold)) {
			return false
		}
	}
	return true
}
