package paper

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"congminh/internal/kit/vn"
)

// Kind is a kind of paper (loại tài liệu).
type Kind struct {
	Code   string   `toml:"code"`
	Name   string   `toml:"name"`
	Group  string   `toml:"group"`  // code of its Group
	Form   int      `toml:"form"`   // number in TT 03/2026/TT-VKSTC, or 0
	Issuer string   `toml:"issuer"` // "vks", "other" or "": who makes it
	Role   string   `toml:"role"`   // what the person is whose particulars it gives
	Also   []string `toml:"also"`   // other wordings of its title
}

// Group is a set of papers that prove the same thing (nhóm tài liệu).
type Group struct {
	Code string `toml:"code"`
	Name string `toml:"name"`
}

// Form is one of the forms of TT 03/2026/TT-VKSTC (biểu mẫu).
type Form struct {
	Number int
	Name   string
	Kind   string
}

// Other is the kind of a paper that none of the kinds fits.
const Other = "khac"

//go:embed kinds.toml
var kindsTOML string

// catalogue is kinds.toml, made ready for comparing.
type catalogue struct {
	Version string  `toml:"version"`
	Groups  []Group `toml:"group"`
	Kinds   []Kind  `toml:"kind"`
	Posts   []struct {
		Rank  int      `toml:"rank"`
		Names []string `toml:"names"`
	} `toml:"post"`
	Roles []struct {
		Name string   `toml:"name"`
		Also []string `toml:"also"`
	} `toml:"role"`

	byCode map[string]Kind
	titles []title
	posts  []post
	roles  []label

	roleHeads map[string]bool // first words of roles
}

// title is one wording of the title of a kind, folded.
type title struct {
	text []rune
	head string // its first word
	kind int
}

type post struct {
	text []rune
	name string
	rank int
}

// label is words that say what the name after them is.
type label struct {
	words []string
	role  string
}

// data is read once. The file is part of the program: an error in it is a fault of
// the build, found by the first test that runs.
var data = sync.OnceValue(func() *catalogue {
	var c catalogue
	if _, err := toml.Decode(kindsTOML, &c); err != nil {
		panic(fmt.Sprintf("paper: kinds.toml: %v", err))
	}
	c.byCode, c.roleHeads = map[string]Kind{}, map[string]bool{}
	for i, k := range c.Kinds {
		c.byCode[k.Code] = k
		if k.Code == Other {
			continue
		}
		for _, t := range append([]string{k.Name}, k.Also...) {
			text := plain(t)
			head, _, _ := strings.Cut(text, " ")
			c.titles = append(c.titles, title{[]rune(text), head, i})
		}
	}
	for _, p := range c.Posts {
		for _, n := range p.Names {
			c.posts = append(c.posts, post{[]rune(plain(n)), strings.ToUpper(n), p.Rank})
		}
	}
	for _, r := range c.Roles {
		for _, n := range append([]string{r.Name}, r.Also...) {
			words := strings.Fields(plain(n))
			c.roles = append(c.roles, label{words, r.Name})
			c.roleHeads[words[0]] = true
		}
	}
	return &c
})

// Version names the state of the catalogue; it changes when kinds.toml does.
func Version() string { return data().Version }

// Kinds lists every kind, for lists to choose from.
func Kinds() []Kind { return slices.Clone(data().Kinds) }

// KindOf finds a kind by its code.
func KindOf(code string) (Kind, bool) {
	k, ok := data().byCode[code]
	return k, ok
}

// Groups lists the groups in the order in which they stand in a file.
func Groups() []Group { return slices.Clone(data().Groups) }

// Forms lists the forms by number.
func Forms() []Form {
	var out []Form
	for _, k := range data().Kinds {
		if k.Form > 0 {
			out = append(out, Form{k.Form, k.Name, k.Code})
		}
	}
	slices.SortFunc(out, func(a, b Form) int { return a.Number - b.Number })
	return out
}

// plain is text without case, marks and signs: what is left of it after bad reading
// more often than not.
func plain(s string) string {
	s = vn.Fold(s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80
	}), " ")
}
