package vn

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words splits text into its words, each as Spell writes it: runs of letters,
// digits and marks. Vietnamese puts a space between syllables, so a word here is
// a syllable, a number, or a piece of a document number: "173/QĐ-VKS" is three.
func Words(s string) []string {
	s = lower(s)
	out := make([]string, 0, len(s)/5+1)
	start := -1
	for i, r := range s {
		in := r < 0x80 && ('a' <= r && r <= 'z' || '0' <= r && r <= '9') ||
			r >= 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			out = append(out, place(s[start:i]))
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, place(s[start:]))
	}
	return out
}

// Spell writes a word in the one spelling in which words with marks are compared:
// lower case, composed, the tone where the school books of 1980–2000 put it: hòa
// and not hoà, thủy and not thuỷ, but quý and hoàn.
func Spell(word string) string { return place(lower(word)) }

func lower(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(eth.Replace(s))))
}

// A vowel with its tone taken off: ấ is â and the second tone.
type toned struct {
	base rune
	tone int // 0 none, else its place in the row of vowels
}

// Each row is a vowel and its five tones, in the same order.
var rows = []string{
	"aàáảãạ", "ăằắẳẵặ", "âầấẩẫậ", "eèéẻẽẹ", "êềếểễệ", "iìíỉĩị",
	"oòóỏõọ", "ôồốổỗộ", "ơờớởỡợ", "uùúủũụ", "ưừứửữự", "yỳýỷỹỵ",
}

var vowels, withTone = func() (map[rune]toned, map[toned]rune) {
	off, on := map[rune]toned{}, map[toned]rune{}
	for _, row := range rows {
		rs := []rune(row)
		for i, r := range rs {
			off[r] = toned{rs[0], i}
			on[toned{rs[0], i}] = r
		}
	}
	return off, on
}()

var codas = []string{"", "c", "ch", "m", "n", "ng", "nh", "p", "t"}

// place moves the tone of a syllable to where it belongs. What is not a
// Vietnamese syllable with one tone is left alone.
func place(word string) string {
	if ascii(word) {
		return word
	}
	rs := []rune(word)
	tone, at := 0, -1
	for i, r := range rs {
		v, ok := vowels[r]
		if !ok || v.tone == 0 {
			continue
		}
		if tone != 0 {
			return word // two tones: not a syllable
		}
		tone, at = v.tone, i
		rs[i] = v.base
	}
	if tone == 0 {
		return word
	}
	vowel := func(i int) bool { _, ok := vowels[rs[i]]; return ok }
	from := 0
	for from < len(rs) && !vowel(from) {
		from++
	}
	to := from
	for to < len(rs) && vowel(to) {
		to++
	}
	if to > from+1 && from > 0 && (rs[from-1] == 'q' && rs[from] == 'u' || rs[from-1] == 'g' && rs[from] == 'i') {
		from++ // qu and gi are consonants
	}
	if to-from > 3 || from >= to || at < 0 || !slices.Contains(codas, string(rs[to:])) {
		return word
	}
	put := from
	switch {
	case mark(rs[from:to], "êơ") >= 0:
		put += mark(rs[from:to], "êơ")
	case mark(rs[from:to], "ăâôư") >= 0:
		put += mark(rs[from:to], "ăâôư")
	case to < len(rs): // a final consonant: the vowel before it
		put = to - 1
	case to-from == 3:
		put++
	}
	rs[put] = withTone[toned{rs[put], tone}]
	return string(rs)
}

// mark returns the place of the last vowel of rs that is one of set, or -1.
func mark(rs []rune, set string) int {
	for i := len(rs) - 1; i >= 0; i-- {
		if strings.ContainsRune(set, rs[i]) {
			return i
		}
	}
	return -1
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
