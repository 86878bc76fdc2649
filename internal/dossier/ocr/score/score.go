// Package score measures how well a page was read against what is written on it
// (đo chất lượng nhận dạng).
package score

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"congminh/internal/kit/vn"
)

// Clean brings a text to the form that is compared: NFC, one space between words
// and lines, straight quotes, plain dashes, U+00D0 as the Vietnamese Đ.
func Clean(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer(
		"“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'",
		"–", "-", "—", "-", "‐", "-", "Ð", "Đ", "…", "...",
	).Replace(norm.NFC.String(s))), " ")
}

// CER is the character error rate: the least number of characters to insert,
// delete or replace that makes got out of want, over the length of want. Both are
// cleaned first. With several truths the best counts: the two columns at the head of
// a paper may be read in either order.
func CER(got string, want ...string) float64 {
	best := -1.0
	g := []rune(Clean(got))
	for _, w := range want {
		t := []rune(Clean(w))
		if e := float64(distance(g, t)) / float64(max(1, len(t))); best < 0 || e < best {
			best = e
		}
	}
	return max(0, best)
}

// distance is Levenshtein's. Equal ends are cut first: good readings have long ones.
func distance(a, b []rune) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	row := make([]int32, len(b)+1)
	for j := range row {
		row[j] = int32(j)
	}
	for _, x := range a {
		left, corner := row[0]+1, row[0]
		row[0] = left
		for j, y := range b {
			d := corner
			if x != y {
				d = min(corner, left, row[j+1]) + 1
			}
			corner, left = row[j+1], d
			row[j+1] = d
		}
	}
	return int(row[len(b)])
}

// Recall is the share of the words of want that are in got, whatever their order,
// case and diacritics.
func Recall(got, want string) float64 {
	have := map[string]int{}
	for _, w := range words(got) {
		have[w]++
	}
	all, hit := 0, 0
	for _, w := range words(want) {
		all++
		if have[w] > 0 {
			have[w]--
			hit++
		}
	}
	if all == 0 {
		return 1
	}
	return float64(hit) / float64(all)
}

func words(s string) []string {
	return strings.FieldsFunc(vn.Fold(Clean(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
