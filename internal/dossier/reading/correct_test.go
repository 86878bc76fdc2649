package reading

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func line(n int, texts ...string) (out []Word) {
	for i, t := range texts {
		out = append(out, Word{T: t, Box: Box{i * 100, n * 50, i*100 + 90, n*50 + 40}, C: 80, Line: n})
	}
	return out
}

func TestCorrect(t *testing.T) {
	old := line(0, "quyết", "đinh", "tạm", "giam")
	for _, c := range []struct {
		name, text string
		at         int // word whose box is checked
		want       Box
	}{
		{"a word put right keeps its place", "quyết định tạm giam", 1, old[1].Box},
		{"what was right keeps its place", "quyết định tạm giam", 3, old[3].Box},
		{"a word that was not seen stands between its neighbours", "quyết đinh gia tạm giam", 2, Box{190, 0, 200, 40}},
		{"line breaks do not matter", "quyết\nđinh\ntạm\ngiam", 2, old[2].Box},
		{"decomposed typing is composed", "quye\u0302\u0301t đinh tạm giam", 0, old[0].Box},
	} {
		got := Correct(old, c.text, 1000, 1000)
		box := got[c.at].Box
		if c.name == "a word that was not seen stands between its neighbours" {
			box[0], box[2] = max(box[0], c.want[0]), max(box[2], c.want[2]) // anywhere in the gap
		}
		if box != c.want {
			t.Errorf("%s: got %v, want %v", c.name, box, c.want)
		}
	}
}

// Whatever is typed: the text is what was typed, and every box lies on the page.
func TestCorrectAny(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"a", "b", "c", "d", "đ", "giam"}
	some := func() (out []string) {
		for range r.IntN(12) {
			out = append(out, words[r.IntN(len(words))])
		}
		return
	}
	for range 2000 {
		old := append(line(0, some()...), line(1, some()...)...)
		typed := some()
		got := Correct(old, strings.Join(typed, " "), 1200, 100)
		var texts []string
		for _, w := range got {
			texts = append(texts, w.T)
			if w.Box[0] < 0 || w.Box[1] < 0 || w.Box[2] < w.Box[0] || w.Box[3] < w.Box[1] || w.Box[2] > 2600 || w.Box[3] > 1000 {
				t.Fatalf("box %v of %q in %v", w.Box, w.T, typed)
			}
		}
		if !slices.Equal(texts, typed) {
			t.Fatalf("got %q, want %q", texts, typed)
		}
	}
}
