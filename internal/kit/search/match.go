package search

import (
	"slices"
	"strings"
)

// Span is a run of words of a page that a question asked for: From to To, To
// exclusive. Exact: with the marks as typed.
type Span struct {
	From, To int
	Exact    bool
}

// Match returns which of the words of a page answer q, in order and apart from
// each other. The words are those of the page as they were read ("giữ,",
// "173/QĐ-VKS"), so that a span can be drawn on the picture.
//
// Of words typed in a row the longest pieces that stand in a row are shown; a
// word is shown alone only if it never stands beside its neighbours, or every
// "của" of a page would light up.
func Match(q Parsed, words []string) []Span {
	var subs []Word // what Parse would make of the page
	var of []int    // the word each belongs to
	for i, w := range words {
		for _, s := range split(w) {
			subs, of = append(subs, s), append(of, i)
		}
	}
	var spans []Span // over subs
	for i := 0; i < len(q.Clauses); {
		j := i + 1
		for j < len(q.Clauses) && joins(q.Clauses[j-1], q.Clauses[j]) {
			j++
		}
		if !q.Clauses[i].Not {
			spans = append(spans, run(q.Clauses[i:j], subs)...)
		}
		i = j
	}
	for i, s := range spans {
		spans[i].From, spans[i].To = of[s.From], of[s.To-1]+1
	}
	slices.SortFunc(spans, func(a, b Span) int {
		if a.From != b.From {
			return a.From - b.From
		}
		return b.To - a.To
	})
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.From < out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			out[n-1].Exact = out[n-1].Exact && s.Exact
			continue
		}
		out = append(out, s)
	}
	return out
}

// run finds the longest pieces of clauses typed in a row.
func run(clauses []Clause, words []Word) []Span {
	type piece struct {
		Span
		from, to int // clauses
	}
	var pieces []piece
	beside := make([]bool, len(clauses)) // the clause stands beside a neighbour somewhere
	for i := 0; i < len(words); i++ {
		best := piece{}
		for c := range clauses {
			at, to, exact := i, c, true
			for to < len(clauses) && clauses[to].at(words, at) {
				exact = exact && clauses[to].exactAt(words, at)
				at += len(clauses[to].Words)
				to++
			}
			if to-c > best.to-best.from {
				best = piece{Span{i, at, exact}, c, to}
			}
		}
		if best.to == 0 {
			continue
		}
		pieces = append(pieces, best)
		if best.to-best.from > 1 {
			for c := best.from; c < best.to; c++ {
				beside[c] = true
			}
			i = best.To - 1
		}
	}
	var out []Span
	for _, p := range pieces {
		if p.to-p.from > 1 || !beside[p.from] {
			out = append(out, p.Span)
		}
	}
	return out
}

// exactAt reports whether c, which stands at i, stands there with its marks.
func (c Clause) exactAt(words []Word, i int) bool {
	for k, w := range c.Words {
		has := words[i+k].Exact
		prefix := c.Prefix && k == len(c.Words)-1 && strings.HasPrefix(has, w.Exact)
		if w.marked() && has != w.Exact && !prefix {
			return false
		}
	}
	return true
}

// Excerpt is the part of a page that shows why it was found.
type Excerpt struct {
	Words []string
	Spans []Span // over Words
	From  int    // the place of Words[0] on the page
	More  bool   // the page goes on after Words
}

// Snippet returns the n words of a page that hold most of what q asks for, with
// some of what stands before.
func Snippet(q Parsed, words []string, n int) Excerpt {
	spans := Match(q, words)
	n = min(n, len(words))
	from, best := 0, 0
	for i, s := range spans {
		worth := 0
		for _, t := range spans[i:] {
			long := min(t.To, s.From+n) - t.From
			if long <= 0 {
				break
			}
			worth += 2 * long * long // one phrase is worth more than its words apart
			if t.Exact {
				worth++
			}
		}
		if worth > best {
			from, best = s.From, worth
		}
	}
	last := from
	for _, s := range spans {
		if s.From >= from && s.From < from+n {
			last = min(s.To, from+n)
		}
	}
	from -= min((n-(last-from))/2, n/4) // the room that is left, but the hit stays near the start
	from = max(0, min(from, len(words)-n))
	x := Excerpt{Words: words[from : from+n], From: from, More: from+n < len(words)}
	for _, s := range spans {
		s.From, s.To = max(s.From-from, 0), min(s.To-from, n)
		if s.From < s.To {
			x.Spans = append(x.Spans, s)
		}
	}
	return x
}
