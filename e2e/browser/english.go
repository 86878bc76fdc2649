package browser

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"congminh/internal/kit/lang"
)

// English knows the texts that must not be on an English page.
type English []*regexp.Regexp

// verb is a place in a text where something is put in.
var verb = regexp.MustCompile(`%(\[\d\])?[+\d.]*[a-zA-Z%]`)

// NewEnglish reads them from the sources under root.
func NewEnglish(t testing.TB, root string) (e English) {
	t.Helper()
	sources, err := lang.Sources(root)
	if err != nil {
		t.Fatal(err)
	}
	viet := regexp.MustCompile(`[^\x00-\x7f“”…–—·×•‘’→←]`) // letters English has not
	for _, s := range sources {
		if viet.MatchString(s) {
			var shape strings.Builder
			places := verb.FindAllString(s, -1)
			for i, part := range verb.Split(s, -1) {
				switch {
				case i == 0:
				case strings.HasSuffix(places[i-1], "d"):
					shape.WriteString(`[\d.,+-]+`) // else "%d bản" would be in every text that ends so
				default:
					shape.WriteString(".+")
				}
				shape.WriteString(regexp.QuoteMeta(part))
			}
			e = append(e, regexp.MustCompile("^"+shape.String()+"$"))
		}
	}
	return e
}

// Check fails on every text of the open page, seen or only heard, that is one of
// the program's own and still Vietnamese. What people wrote stays as it is.
func (e English) Check(t testing.TB, b *Browser) {
	t.Helper()
	if got := Eval[string](t, b, "document.documentElement.lang"); got != "en" {
		t.Errorf("the page says it is in %q", got)
	}
	texts := Eval[[]string](t, b, `(() => {
		const out = new Set([document.title.replace(/ — Công Minh$/, "")]);
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, n => n.parentElement.closest("script, style, [lang=vi]") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
		while (walk.nextNode()) out.add(walk.currentNode.data);
		for (const a of ["aria-label", "aria-description", "title", "placeholder", "alt"])
			for (const el of document.querySelectorAll("[" + a + "]")) out.add(el.getAttribute(a));
		return [...out].map(s => s.trim().replace(/\s+/g, " ")).filter(s => s);
	})()`)
	for _, s := range texts {
		if slices.ContainsFunc([]*regexp.Regexp(e), func(r *regexp.Regexp) bool { return r.MatchString(s) }) {
			t.Errorf("not in English: %q", s)
		}
	}
}
