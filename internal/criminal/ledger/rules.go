package ledger

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"congminh/internal/kit/civil"
	"congminh/internal/law"

	"github.com/BurntSushi/toml"
)

// Off is the severity of a rule that an installation does not use.
const Off Severity = "off"

// Rule is what is said, and with what weight, when a check finds something. Which
// acts, reasons and numbers a rule is about is in the data; how it looks at a ledger
// is in the code that names it.
type Rule struct {
	ID       string         `toml:"id"`
	Severity Severity       `toml:"severity"`
	Text     string         `toml:"text"`
	Todo     string         `toml:"todo"`
	Kinds    []string       `toml:"kinds"`
	Groups   []string       `toml:"groups"`
	Stages   []string       `toml:"stages"`
	Reasons  []string       `toml:"reasons"`
	Roles    []string       `toml:"roles"` // of people in the case, or what they are in it
	Max      int            `toml:"max"`
	Days     int            `toml:"days"`
	From     civil.Date     `toml:"from"`
	To       civil.Date     `toml:"to"`
	Citation []law.Citation `toml:"citation"`
}

// Order says that an act comes after one of some others.
type Order struct {
	Act      string         `toml:"act"`
	After    []string       `toml:"after"`
	Person   bool           `toml:"person"` // of the same person
	Missing  Severity       `toml:"missing"`
	Early    Severity       `toml:"early"`
	From     civil.Date     `toml:"from"`
	To       civil.Date     `toml:"to"`
	Citation []law.Citation `toml:"citation"`
}

// Rules are the checks of new acts, as data.
type Rules struct {
	handed []string
	rules  map[string]Rule
	orders map[string][]Order
}

//go:embed checks.toml
var checksTOML []byte

// Standard are the rules in the program. The file is part of the program: an error in
// it is a fault of the build, found by the first test that runs.
var Standard = sync.OnceValue(func() *Rules {
	r, err := ParseRules(checksTOML)
	if err != nil {
		panic(err)
	}
	return r
})

// ParseRules reads rules written as in checks.toml. It refuses what it does not know.
func ParseRules(data []byte) (*Rules, error) {
	var f struct {
		HandedOver []string `toml:"handed_over"`
		Rules      []Rule   `toml:"rule"`
		Orders     []Order  `toml:"order"`
	}
	m, err := toml.Decode(string(data), &f)
	if err != nil {
		return nil, fmt.Errorf("rules of the ledger: %w", err)
	}
	if u := m.Undecoded(); len(u) > 0 {
		return nil, fmt.Errorf("rules of the ledger: unknown key %s", u[0])
	}
	r := &Rules{handed: f.HandedOver, rules: map[string]Rule{}, orders: map[string][]Order{}}
	for _, x := range f.Rules {
		if _, twice := r.rules[x.ID]; twice || x.ID == "" || x.Text == "" || x.Todo == "" || !x.Severity.valid() {
			return nil, fmt.Errorf("rules of the ledger: rule %q: needs an id of its own, a text, what to do, and severity refuse, flag or off", x.ID)
		}
		r.rules[x.ID] = x
	}
	for _, x := range f.Orders {
		if x.Act == "" || len(x.After) == 0 || !x.Missing.valid() || !x.Early.valid() {
			return nil, fmt.Errorf("rules of the ledger: order of %q: needs an act, those it comes after, and the two severities", x.Act)
		}
		r.orders[x.Act] = append(r.orders[x.Act], x)
	}
	return r, nil
}

// With returns the rules with those of an installation in the place of ours: a rule of
// the same id is replaced, all orders of an act that has one are.
func (r *Rules) With(over *Rules) *Rules {
	out := &Rules{handed: r.handed, rules: map[string]Rule{}, orders: map[string][]Order{}}
	if len(over.handed) > 0 {
		out.handed = over.handed
	}
	for _, from := range []*Rules{r, over} {
		for id, x := range from.rules {
			out.rules[id] = x
		}
		for act, x := range from.orders {
			out.orders[act] = x
		}
	}
	return out
}

// is reports whether a person has one of the roles of a rule.
func (r Rule) is(p *Party) bool {
	return slices.Contains(r.Roles, p.Role) || slices.Contains(r.Roles, p.Capacity)
}

func (s Severity) valid() bool { return s == Refuse || s == Flag || s == Off }

func inForce(from, to, day civil.Date) bool {
	return (from == "" || from <= day) && (to == "" || day <= to)
}

// names reports whether a list of kinds names a kind: itself, or all whose code begins
// as an entry that ends in a dot.
func names(list []string, kind string) bool {
	for _, x := range list {
		if x == kind || (strings.HasSuffix(x, ".") || strings.HasSuffix(x, "_")) && strings.HasPrefix(kind, x) {
			return true
		}
	}
	return false
}
