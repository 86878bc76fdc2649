package main

import (
	_ "embed"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"strings"

	"congminh/internal/kit/vn"
)

//go:embed seed.txt
var seed string

const perCase = 150 // pages of a case

// corpus makes pages out of nothing but their number, so that a million of them
// need no disk: 40 % runs of the seed (forms repeat themselves), the rest words
// by Zipf's law over the seed and the syllables of the spelling dictionary, and
// days, numbers and names between them.
type corpus struct {
	seed  []string
	words []string
	upTo  []float64 // cumulated weight of words
}

func newCorpus(dic string) (*corpus, error) {
	c := &corpus{seed: strings.Fields(seed)}
	count := map[string]int{}
	for _, w := range c.seed {
		count[strings.Trim(w, ".,;:?-")]++
	}
	delete(count, "")
	for w := range count {
		c.words = append(c.words, w)
	}
	sort.Slice(c.words, func(i, j int) bool {
		a, b := c.words[i], c.words[j]
		if count[a] != count[b] {
			return count[a] > count[b]
		}
		return a < b
	})
	text, err := os.ReadFile(dic)
	if err != nil {
		return nil, err
	}
	more := strings.Fields(string(text))
	r := rand.New(rand.NewPCG(7, 7))
	r.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
	for _, w := range more {
		w, _, _ = strings.Cut(w, "/")
		if _, ok := count[w]; !ok && w != "" {
			c.words = append(c.words, w)
		}
	}
	sum := 0.0
	for i := range c.words {
		sum += 1 / math.Pow(float64(i+1), 1.07)
		c.upTo = append(c.upTo, sum)
	}
	return c, nil
}

func (c *corpus) word(r *rand.Rand) string {
	x := r.Float64() * c.upTo[len(c.upTo)-1]
	return c.words[sort.SearchFloat64s(c.upTo, x)]
}

var (
	families = strings.Fields("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý")
	middles  = strings.Fields("Văn Thị Đức Minh Quốc Hữu Ngọc Thanh Xuân Kim")
	givens   = strings.Fields("An Bình Cường Dũng Giang Hà Hải Hạnh Hòa Hùng Lan Linh Long Mai Nam Oanh Phúc Quân Sơn Thủy Tuấn Yến")
)

// page is the text of page i, about 300 words.
func (c *corpus) page(i int) string {
	r := rand.New(rand.NewPCG(42, uint64(i)))
	var b strings.Builder
	one := func(from []string) string { return from[r.IntN(len(from))] }
	for n := 0; n < 300; {
		switch x := r.Float64(); {
		case x < 0.10:
			k := 3 + r.IntN(8)
			at := r.IntN(len(c.seed) - k)
			b.WriteString(strings.Join(c.seed[at:at+k], " "))
			n += k
		case x < 0.11:
			fmt.Fprintf(&b, "ngày %d/%d/%d", 1+r.IntN(28), 1+r.IntN(12), 2015+r.IntN(12))
			n += 4
		case x < 0.12:
			fmt.Fprintf(&b, "%s %s %s", one(families), one(middles), one(givens))
			n += 3
		case x < 0.125:
			fmt.Fprintf(&b, "số %d/QĐ-VKS", 1+r.IntN(999))
			n += 4
		case x < 0.13:
			fmt.Fprintf(&b, "%012d", r.Int64N(1e12))
			n++
		default:
			b.WriteString(c.word(r))
			n++
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func caseOf(i int) string { return fmt.Sprintf("c%d", i/perCase) }

// question is one question, as each system will be asked it.
type question struct {
	class  string
	words  []string // with marks
	caseID string
}

var classes = []string{"word", "phrase", "and", "prefix", "exact", "case"}

// questions takes n questions of a class out of pages, so that each has an answer.
func (c *corpus) questions(class string, n, pages int, salt uint64) []question {
	r := rand.New(rand.NewPCG(salt, uint64(len(class))+uint64(class[0])<<8))
	var out []question
	for len(out) < n {
		i := r.IntN(pages)
		ws := vn.Words(c.page(i))
		q := question{class: class}
		some := func(k int) []string { at := r.IntN(len(ws) - k); return ws[at : at+k] }
		switch class {
		case "word":
			q.words = some(1)
		case "phrase":
			q.words = some(2 + r.IntN(3))
		case "and":
			q.words = []string{some(1)[0], some(1)[0], some(1)[0]}
		case "prefix":
			w := some(1)[0]
			if len([]rune(vn.Fold(w))) < 4 {
				continue
			}
			q.words = []string{vn.Fold(w)[:3]}
		case "exact":
			q.words = some(2)
		case "case":
			q.words, q.caseID = some(1), caseOf(i)
		}
		out = append(out, q)
	}
	return out
}

func (q question) fold() []string {
	out := make([]string, len(q.words))
	for i, w := range q.words {
		out[i] = vn.Fold(w)
	}
	return out
}
