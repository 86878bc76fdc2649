package reading

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Correct gives the words of text, as a person typed it, their places on the
// picture. Words that were there keep theirs (longest common subsequence, line
// breaks ignored); a new word stands between its neighbours. w and h are the
// size of the picture in pixels.
func Correct(old []Word, text string, w, h int) []Word {
	var out []Word
	for line, l := range strings.Split(strings.ReplaceAll(norm.NFC.String(text), "\r", ""), "\n") {
		for _, t := range strings.Fields(l) {
			out = append(out, Word{T: t, C: 100, Line: line})
		}
	}
	keep := match(old, out)
	for i := range out {
		if j := keep[i]; j >= 0 {
			out[i].Box = old[j].Box
		}
	}
	for i := 0; i < len(out); { // fill each run of new words
		if keep[i] >= 0 {
			i++
			continue
		}
		end := i
		for end < len(out) && keep[end] < 0 {
			end++
		}
		before, after := -1, len(old)
		if i > 0 {
			before = keep[i-1]
		}
		if end < len(out) {
			after = keep[end]
		}
		fill(out[i:end], old, before, after, w, h)
		i = end
	}
	return out
}

// fill places new words: in the boxes of the words they replace if there are any,
// else in the gap between the neighbours.
func fill(fresh, old []Word, before, after, w, h int) {
	var room Box
	for _, o := range old[before+1 : after] {
		if room == (Box{}) || o.Line == old[before+1].Line {
			room = room.Union(o.Box)
		}
	}
	if after-before-1 == len(fresh) { // one for one: each takes the place of its own
		for i := range fresh {
			fresh[i].Box = old[before+1+i].Box
		}
		return
	}
	if room == (Box{}) {
		switch {
		case before >= 0 && after < len(old) && old[before].Line == old[after].Line:
			a, b := old[before].Box, old[after].Box
			room = Box{a[2], min(a[1], b[1]), max(a[2]+1, b[0]), max(a[3], b[3])}
		case before >= 0:
			a := old[before].Box
			room = Box{a[2], a[1], max(a[2]+1, min(w, a[2]+a.W())), a[3]}
		case after < len(old):
			b := old[after].Box
			room = Box{max(0, b[0]-b.W()), b[1], b[0], b[3]}
		default:
			room = Box{0, 0, w, h}
		}
	}
	total, at := 0, 0
	for _, f := range fresh {
		total += len([]rune(f.T)) + 1
	}
	for i, f := range fresh {
		n := len([]rune(f.T))
		fresh[i].Box = Box{room[0] + room.W()*at/total, room[1], room[0] + room.W()*(at+n)/total, room[3]}
		at += n + 1
	}
}

// match returns, for each word of b, the index of the word of a it is, or -1.
func match(a, b []Word) []int {
	out := make([]int, len(b))
	for i := range out {
		out[i] = -1
	}
	// What is the same at both ends needs no table.
	head := 0
	for head < len(a) && head < len(b) && a[head].T == b[head].T {
		out[head] = head
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail].T == b[len(b)-1-tail].T {
		out[len(b)-1-tail] = len(a) - 1 - tail
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if len(x)*len(y) > 4_000_000 {
		return out
	}
	long := make([][]int32, len(x)+1)
	for i := range long {
		long[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i].T == y[j].T {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i].T == y[j].T:
			out[head+j] = head + i
			i, j = i+1, j+1
		case long[i+1][j] >= long[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
