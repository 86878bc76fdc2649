package criminal

import (
	"strings"

	"congminh/internal/criminal/ledger"
)

// say writes a finding for the person whose act it is about: what is wrong, what to
// do, and by which article.
func say(f ledger.Finding) string {
	s := f.Text
	if f.Todo != "" {
		s += " " + f.Todo
	}
	var places []string
	for _, c := range f.Citation {
		p := "Điều " + c.Article
		if c.Clause != "" {
			p = "khoản " + c.Clause + " " + p
		}
		places = append(places, p+" "+c.Law)
	}
	if len(places) > 0 {
		s += " (" + strings.Join(places, "; ") + ")"
	}
	return s
}
