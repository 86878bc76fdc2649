package roll

import (
	"strings"

	"congminh/internal/kit/vn"
)

// Column is what a list may tell.
type Column struct {
	Code  string   `toml:"code"`
	Title string   `toml:"title"` // Vietnamese, as the template has it
	Words []string `toml:"words"` // other wordings of a head, without marks
	Need  bool     `toml:"need"`  // a row without it is wrong
	Type  string   `toml:"type"`  // text, date, moment, born, identity, charges, sex
	Help  string   `toml:"help"`
	Show  string   `toml:"example"` // what the template shows
}

// Match says for each head which column it is, by its wording with or without marks;
// "" if none. A column is given once, to the head that fits best.
func Match(heads []string, columns []Column) []string {
	out := make([]string, len(heads))
	type fit struct{ head, column, points int }
	taken := map[int]bool{}
	for {
		best := fit{points: 0}
		for h, text := range heads {
			if out[h] != "" {
				continue
			}
			for c := range columns {
				if p := points(text, columns[c]); !taken[c] && p > best.points {
					best = fit{h, c, p}
				}
			}
		}
		if best.points == 0 {
			return out
		}
		out[best.head], taken[best.column] = columns[best.column].Code, true
	}
}

// points says how well a head fits a column: all of its wording is best, a part of it
// counts by its length.
func points(head string, c Column) (n int) {
	head = plain(head)
	if head == "" {
		return 0
	}
	if head == plain(c.Code) {
		return 2000
	}
	for _, w := range append([]string{c.Title}, c.Words...) {
		w = plain(w)
		switch {
		case w == "":
		case head == w:
			n = max(n, 1000+len(w))
		case strings.Contains(" "+head+" ", " "+w+" "):
			n = max(n, len(w))
		}
	}
	return n
}

// plain is a wording without marks, signs and what stands in brackets.
func plain(s string) string {
	s = vn.Fold(s)
	for {
		before, rest, open := strings.Cut(s, "(")
		_, after, shut := strings.Cut(rest, ")")
		if !open || !shut {
			break
		}
		s = before + " " + after
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	}), " ")
}
