// Package redact covers what may not leave the office before a paper is given to
// somebody (che thông tin trước khi cung cấp): it proposes where personal data and
// protected names stand on a page, and burns black rectangles into the picture.
//
// The rules are data (rules.toml): what is looked for, and on what ground it is
// covered. They only propose: a person decides, and looks again at what remains. A
// reader misreads letters and drops marks, so everything is compared without marks
// and with a letter or two of tolerance; what is found too much costs a click, what
// is missed is published.
package redact

import (
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/vn"
)

//go:embed rules.toml
var rulesFile string

// Rule is what is covered and why.
type Rule struct {
	Code   string   `toml:"code" json:"code"`
	Name   string   `toml:"name" json:"name" doc:"Vietnamese name"`
	Ground string   `toml:"ground" json:"ground" doc:"The law it is covered by"`
	Find   []string `toml:"find" json:"-"`
	Digits int      `toml:"digits" json:"-"`
	Until  []string `toml:"until" json:"-"`
	Wrap   bool     `toml:"wrap" json:"-"`

	find  []*regexp.Regexp
	until [][]string
}

var rules, call = load()

func load() ([]Rule, []string) {
	var f struct {
		Rule []Rule `toml:"rule"`
		Call struct {
			Words []string `toml:"words"`
		} `toml:"call"`
	}
	if _, err := toml.Decode(rulesFile, &f); err != nil {
		panic(err)
	}
	macros := strings.NewReplacer("{d}", "[0-9olisbgz]", "{s}", "[ .-]{0,3}")
	for i := range f.Rule {
		for _, x := range f.Rule[i].Find {
			f.Rule[i].find = append(f.Rule[i].find, regexp.MustCompile(macros.Replace(x)))
		}
		for _, u := range f.Rule[i].Until {
			words := strings.Fields(u)
			for j, w := range words {
				words[j] = vn.Spell(w)
			}
			f.Rule[i].until = append(f.Rule[i].until, words)
		}
	}
	return f.Rule, f.Call.Words
}

// Rules lists the rules, in the order forms show them.
func Rules() []Rule { return rules }

// RuleOf returns the rule with a code.
func RuleOf(code string) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == code })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// Known is a person of the case whose name is covered.
type Known struct {
	Code string // of the rule: victim, minor or person
	Name string
	ID   string // number of an identity paper; empty if not known
}

// Box is a rectangle to cover, on the upright picture, and the code of its rule.
type Box struct {
	Rule string      `json:"rule"`
	Box  reading.Box `json:"box"`
}

// Propose returns what the rules find on a page, in reading order. One thing that
// goes over two lines is two boxes.
func Propose(p reading.Page, known []Known) []Box {
	t := textOf(p)
	var out []Box
	for _, r := range rules {
		for _, f := range r.find {
			for _, at := range t.find(r, f) {
				out = append(out, t.boxes(r.Code, at)...)
			}
		}
	}
	for _, k := range known {
		for _, at := range t.known(k) {
			out = append(out, t.boxes(k.Code, at)...)
		}
	}
	for _, b := range p.Barcodes {
		if private(b.Text, known) {
			out = append(out, Box{"code", b.Box})
		}
	}
	return tidy(out)
}

// private reports whether a barcode says something that the rules cover. The code
// on an identity card holds fields parted by bars.
func private(code string, known []Known) bool {
	if strings.Count(code, "|") >= 3 {
		return true
	}
	words := strings.Fields(code)
	p := reading.Page{}
	for _, w := range words {
		p.Words = append(p.Words, reading.Word{T: w, Box: reading.Box{0, 0, 1, 1}})
	}
	t := textOf(p)
	for _, r := range rules {
		for _, f := range r.find {
			if len(t.find(r, f)) > 0 {
				return true
			}
		}
	}
	return slices.ContainsFunc(known, func(k Known) bool { return len(t.known(k)) > 0 })
}

// text is a page as the rules read it.
type text struct {
	page  reading.Page
	words []string // folded
	fold  string
	of    []int // by byte of fold: the word, or -1 between two
	right int   // where full lines end
}

func textOf(p reading.Page) text {
	t := text{page: p}
	var b strings.Builder
	for i, w := range p.Words {
		if i > 0 {
			if w.Line != p.Words[i-1].Line {
				b.WriteByte('\n')
			} else {
				b.WriteByte(' ')
			}
			t.of = append(t.of, -1)
		}
		f := strings.Join(strings.Fields(vn.Fold(w.T)), "_")
		t.words = append(t.words, f)
		b.WriteString(f)
		for range len(f) {
			t.of = append(t.of, i)
		}
		t.right = max(t.right, w.Box[2])
	}
	t.fold = b.String()
	return t
}

// span is a run of words, to exclusive.
type span struct{ from, to int }

func (t text) find(r Rule, f *regexp.Regexp) (out []span) {
	group := max(f.SubexpIndex("hide"), 0)
	for _, at := range f.FindAllStringSubmatchIndex(t.fold, -1) {
		from, to := at[2*group], at[2*group+1]
		if r.Wrap {
			to = t.wrap(to)
		}
		if digits(t.fold[from:to]) < r.Digits {
			continue
		}
		if s, ok := t.span(from, to); ok {
			out = append(out, t.cut(s, r.until))
		}
	}
	return out
}

// maxWrap is how many further lines one thing may go on over.
const maxWrap = 2

// wrap follows what ends with its line into the next ones: a line that is full goes
// on, and so does one that ends with a comma.
func (t text) wrap(to int) int {
	for range maxWrap {
		if to >= len(t.fold) || t.fold[to] != '\n' {
			return to
		}
		last := t.page.Words[t.of[to-1]]
		if !strings.HasSuffix(t.fold[:to], ",") && last.Box[2] < t.right-t.right/10 {
			return to
		}
		end := strings.IndexAny(t.fold[to+1:], ".;:\n")
		if end < 0 {
			return len(t.fold)
		}
		to += 1 + end
	}
	return to
}

// cut ends s before the first of the words that end it.
func (t text) cut(s span, until [][]string) span {
	for i := s.from + 1; i < s.to; i++ {
		for _, u := range until {
			if i+len(u) <= len(t.words) && slices.Equal(t.spelled(i, len(u)), u) {
				return span{s.from, i}
			}
		}
	}
	return s
}

// spelled is words with their marks, without the punctuation around them.
func (t text) spelled(from, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = vn.Spell(strings.TrimFunc(t.page.Words[from+i].T, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	}
	return out
}

func digits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

func (t text) span(from, to int) (span, bool) {
	s := span{-1, -1}
	for i := from; i < to; i++ {
		if w := t.of[i]; w >= 0 {
			if s.from < 0 {
				s.from = w
			}
			s.to = w + 1
		}
	}
	return s, s.from >= 0
}

// known finds a person: the whole name, the given name alone after a form of
// address, the number of the identity paper.
func (t text) known(k Known) (out []span) {
	name := strings.Fields(vn.Fold(k.Name))
	if len(name) == 0 {
		return nil
	}
	for i := range t.words {
		if len(name) > 1 && i+len(name) <= len(t.words) && sameName(t.bare(i, len(name)), name) {
			out = append(out, span{i, i + len(name)})
		}
	}
	given := name[len(name)-1]
	for i := range t.words {
		for _, c := range call {
			n := len(strings.Fields(c))
			// The given name alone must be spelled as a name: "em bé" is no one's name.
			if i+n < len(t.words) && strings.Join(t.bare(i, n), " ") == c && t.bare(i+n, 1)[0] == given && upper(t.page.Words[i+n].T) {
				out = append(out, span{i + n, i + n + 1})
			}
		}
	}
	if id := onlyDigits(k.ID); len(id) >= 8 {
		for i := range t.words {
			all := ""
			for j := i; j < len(t.words) && len(all) < len(id) && digits(t.words[j]) > 0; j++ {
				all += onlyDigits(misread.Replace(t.words[j]))
				if len(all) >= len(id) && strings.Contains(all, id) {
					out = append(out, span{i, j + 1})
				}
			}
		}
	}
	return out
}

// misread puts the digits back that are read as letters.
var misread = strings.NewReplacer("o", "0", "l", "1", "i", "1", "s", "5", "b", "8", "g", "9", "z", "2")

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func upper(w string) bool {
	for _, r := range w {
		if unicode.IsLetter(r) {
			return unicode.IsUpper(r)
		}
	}
	return false
}

// bare is words without the punctuation around them.
func (t text) bare(from, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.TrimFunc(t.words[from+i], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	return out
}

// sameName reports whether words are a name, with at most one letter in five of it
// misread and no word of it another.
func sameName(words, name []string) bool {
	wrong, all := 0, 0
	for i, n := range name {
		d := distance([]rune(words[i]), []rune(n))
		if d > 1 || d == 1 && len(n) < 3 {
			return false
		}
		wrong += d
		all += len(n)
	}
	return wrong*5 <= all
}

// distance is how many letters must be put in, taken out or changed to make b of a.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		last := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := last
			if x != y {
				cost = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// boxes is a run of words as rectangles, one for each line.
func (t text) boxes(code string, s span) (out []Box) {
	for i := s.from; i < s.to; i++ {
		w := t.page.Words[i]
		if w.Box.W() <= 0 || w.Box.H() <= 0 {
			continue // a word a person typed, which stands nowhere on the picture
		}
		if n := len(out); n > 0 && i > s.from && w.Line == t.page.Words[i-1].Line {
			out[n-1].Box = out[n-1].Box.Union(w.Box)
		} else {
			out = append(out, Box{code, w.Box})
		}
	}
	return out
}

// tidy puts boxes in order and drops those that lie wholly in another.
func tidy(in []Box) (out []Box) {
	for i, b := range in {
		inside := false
		for j, c := range in {
			holds := c.Box[0] <= b.Box[0] && c.Box[1] <= b.Box[1] && c.Box[2] >= b.Box[2] && c.Box[3] >= b.Box[3]
			inside = inside || i != j && holds && (c.Box != b.Box || j < i)
		}
		if !inside {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b Box) int {
		return cmp.Or(cmp.Compare(a.Box[1], b.Box[1]), cmp.Compare(a.Box[0], b.Box[0]))
	})
	return out
}

// Keep returns the words that no box touches. A word that is covered in part is
// gone as a whole, and so is one that has no place on the picture: nobody can have
// seen whether it is covered.
func Keep(words []reading.Word, boxes []Box) (out []reading.Word) {
	for _, w := range words {
		if w.Box.W() <= 0 || w.Box.H() <= 0 || slices.ContainsFunc(boxes, func(b Box) bool { return Touches(b.Box, w.Box) }) {
			continue
		}
		out = append(out, w)
	}
	return out
}

// Touches reports whether a box covers some of a word. Boxes of neighbouring lines
// overlap a little where the text leans; a quarter of the height is more than that.
func Touches(box, word reading.Box) bool {
	w := min(box[2], word[2]) - max(box[0], word[0])
	h := min(box[3], word[3]) - max(box[1], word[1])
	return w > 0 && h > 0 && 4*h >= min(box.H(), word.H())
}

// Under returns the words a list of boxes takes away, to be looked for in what is
// handed out.
func Under(words []reading.Word, boxes []Box) (out []string) {
	for _, b := range boxes {
		var run []string
		for _, w := range words {
			if Touches(b.Box, w.Box) {
				run = append(run, w.T)
			}
		}
		if len(run) > 0 {
			out = append(out, strings.Join(run, " "))
		}
	}
	return out
}

// Check refuses boxes that do not lie on a page of w by h pixels, or that name no rule.
func Check(boxes []Box, w, h int) error {
	for _, b := range boxes {
		if b.Box[0] < 0 || b.Box[1] < 0 || b.Box[2] > w || b.Box[3] > h || b.Box.W() < 1 || b.Box.H() < 1 {
			return fmt.Errorf("box %v does not lie on a page of %d × %d", b.Box, w, h)
		}
		if _, ok := RuleOf(b.Rule); !ok {
			return fmt.Errorf("no rule %q", b.Rule)
		}
	}
	return nil
}
