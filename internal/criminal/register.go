package criminal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/law"
)

// Register is a register (sổ nghiệp vụ): the acts of some kinds, in columns. It is
// data: data/registers.toml.
type Register struct {
	Code       string           `toml:"code" json:"code"`
	Title      string           `toml:"title" json:"title"`
	Kinds      []string         `toml:"kinds" json:"kinds" doc:"Kinds of act that fill it"`
	Ends       []string         `toml:"ends" json:"ends,omitempty" doc:"Kinds of act that settle a row"`
	Watch      bool             `toml:"watch" json:"watch,omitempty" doc:"Shows what is not settled unless all is asked for"`
	Confidence law.Confidence   `toml:"confidence" json:"confidence" enum:"A,B,C,D"`
	Source     string           `toml:"source" json:"source" doc:"The law that asks for it, or the practice it follows"`
	Columns    []RegisterColumn `toml:"column" json:"columns"`
}

// RegisterColumn is a column of a register.
type RegisterColumn struct {
	Title string   `toml:"title" json:"title"`
	Width float64  `toml:"width" json:"-"`
	Show  string   `toml:"show" json:"-"`
	Kinds []string `toml:"kinds" json:"-"` // of "later" and "last"
}

// RegisterSort is the order of a register.
type RegisterSort string

// The orders. The zero RegisterSort is LatestFirst; a printed register counts from the
// first of the year.
const (
	LatestFirst   RegisterSort = ""
	EarliestFirst RegisterSort = "old"
)

// RegisterState says which rows are asked for.
type RegisterState string

// The states. The zero RegisterState is every row, in a register with Watch those that
// are not settled.
const (
	EveryRow  RegisterState = "all"
	NotYet    RegisterState = "open"
	SettledBy RegisterState = "settled"
)

// RegisterFilter asks for some rows of a register.
type RegisterFilter struct {
	page.Req
	Office auth.Office   `query:"office" form:"office" maxLength:"64" doc:"Your own if absent"`
	Below  bool          `query:"below" form:"below" doc:"Also of the offices below"`
	From   civil.Date    `query:"from" form:"from" format:"date" doc:"First day; the beginning of this year if absent"`
	To     civil.Date    `query:"to" form:"to" format:"date" doc:"Last day"`
	Words  string        `query:"q" form:"q" maxLength:"100" doc:"Words of the number, the name of the case or its people"`
	State  RegisterState `query:"state" form:"state" enum:"all,open,settled"`
	Sort   RegisterSort  `query:"sort" form:"sort" enum:"old"`
}

// RegisterRow is a row of a register: an act and what each column tells.
type RegisterRow struct {
	Act     ledger.ActID `json:"act"`
	Kind    string       `json:"kind"`
	Case    ID           `json:"case"`
	Settled bool         `json:"settled" doc:"An act that settles it followed"`
	Cells   []string     `json:"cells" nullable:"false" doc:"In the order of the columns"`
	at      ledger.Moment
}

// key is where a row stands in the order, for the next page.
func (r RegisterRow) key() string { return string(r.at) + "~" + string(r.Act) }

// RegisterCount is a register and how many rows it has.
type RegisterCount struct {
	Register
	Rows int64 `json:"rows" doc:"Of the office and year asked for"`
}

// ErrRegister is returned for a register there is not.
var ErrRegister = fault.New(fault.NotFound, "criminal.register", "Không có sổ này. Hãy chọn trong danh sách sổ.")

// register returns a register by its code.
func register(code string) (Register, error) {
	all := registers()
	i := slices.IndexFunc(all, func(r Register) bool { return r.Code == code })
	if i < 0 {
		return Register{}, ErrRegister
	}
	return all[i], nil
}

// follows are the kinds of later acts that a register must know of.
func (r Register) follows() []string {
	out := slices.Clone(r.Ends)
	for _, c := range r.Columns {
		out = append(out, c.Kinds...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// entryOf is an act, its case and what came after, from which a row is made.
type entryOf struct {
	ledger.Act
	of     Case // what a list tells of it
	people []Person
	later  []ledger.Act // acts of the case that stand, in the order they were done
}

// concerns reports whether a later act is about what the entry is about: one of the
// same people, or the whole case.
func (e entryOf) concerns(a ledger.Act) bool {
	if a.ID == e.ID || a.At < e.At && len(a.At) == len(e.At) || a.At.Day() < e.At.Day() {
		return false
	}
	return len(a.Parties) == 0 || len(e.Parties) == 0 || slices.ContainsFunc(a.Parties, func(p ledger.PartyID) bool { return slices.Contains(e.Parties, p) })
}

// after returns the acts of some kinds that followed.
func (e entryOf) after(kinds []string) (out []ledger.Act) {
	for _, a := range e.later {
		if slices.Contains(kinds, a.Kind) && e.concerns(a) {
			out = append(out, a)
		}
	}
	return out
}

// settled reports whether everyone the entry is about is settled: each of several
// suspended people must be resumed.
func (e entryOf) settled(ends []string) bool {
	done := e.after(ends)
	if len(e.Parties) < 2 {
		return len(done) > 0
	}
	for _, p := range e.Parties {
		if !slices.ContainsFunc(done, func(a ledger.Act) bool { return len(a.Parties) == 0 || slices.Contains(a.Parties, p) }) {
			return false
		}
	}
	return true
}

// cell is what a column of an entry shows.
func (e entryOf) cell(l Law, c RegisterColumn, today civil.Date) string {
	switch c.Show {
	case "at":
		return momentVN(e.At)
	case "day":
		return e.At.Day().VN()
	case "number":
		return e.Number
	case "kind":
		return kindTitle(l, e.Kind)
	case "issuer":
		return e.Issuer
	case "signer":
		return e.Signer
	case "parties":
		return e.named(func(p Person) bool {
			return slices.Contains(e.Parties, p.ID) || len(e.Parties) == 0 && p.Role == Accused
		})
	case "accused":
		return e.named(func(p Person) bool { return p.Role == Accused })
	case "charges":
		return chargesVN(e.Charges)
	case "reason":
		return e.reason(l)
	case "until":
		return momentVN(e.Until)
	case "note":
		return e.Note
	case "proof":
		if e.Folio > 0 {
			return "BL " + strconv.Itoa(e.Folio)
		}
		return ""
	case "days":
		return daysBetween(e.At.Day(), today)
	case "case.number":
		return e.of.Number
	case "case.name":
		return e.of.Name
	case "case.stage":
		return e.of.Stage.VN()
	case "case.status":
		return e.of.Status.VN()
	case "later", "last":
		found := e.after(c.Kinds)
		if len(found) == 0 {
			return ""
		}
		a := found[0]
		if c.Show == "last" {
			a = found[len(found)-1]
		}
		return laterVN(l, a, len(c.Kinds) > 1)
	}
	name, _ := strings.CutPrefix(c.Show, "field:")
	return e.field(l, name)
}

// field is what an act tells in one of its own fields, with the title of a choice.
func (e entryOf) field(l Law, name string) string {
	v := e.Fields[name]
	if k, ok := l.Act(e.Kind); ok && v != "" {
		return fieldVN(k, name, v)
	}
	return v
}

func fieldVN(k law.ActKind, name, value string) string {
	for _, f := range k.Fields {
		if f.Name != name {
			continue
		}
		for _, c := range f.Choices {
			if c.Code == value {
				return c.Title
			}
		}
		if f.Type == "date" || f.Type == "moment" {
			return momentVN(ledger.Moment(value))
		}
	}
	return value
}

// reason is the title of the reason of the act.
func (e entryOf) reason(l Law) string {
	k, _ := l.Act(e.Kind)
	return title(l, k.Reasons, e.Reason)
}

func (e entryOf) named(which func(Person) bool) string {
	var out []string
	for _, p := range e.people {
		if which(p) {
			out = append(out, p.nameBorn())
		}
	}
	return strings.Join(out, "\n")
}

// nameBorn is a person as a list names them: with the year of birth.
func (p Person) nameBorn() string {
	if len(p.Born) < 4 {
		return p.Name
	}
	return p.Name + ", " + p.Born[:4]
}

// laterVN names a later act: its number and day, and what it was if that is not clear
// from the head of the column.
func laterVN(l Law, a ledger.Act, title bool) string {
	s := a.At.Day().VN()
	if a.Number != "" {
		s = a.Number + ", " + s
	}
	if title {
		s = kindTitle(l, a.Kind) + ": " + s
	}
	return s
}

// chargesVN writes charges in a line.
func chargesVN(cs []ledger.Charge) string {
	var out []string
	for _, c := range cs {
		out = append(out, chargeVN(c))
	}
	return strings.Join(out, "; ")
}

// daysBetween counts the days from one to another; "" if the first is not known.
func daysBetween(from, to civil.Date) string {
	a, err := time.Parse(time.DateOnly, string(from))
	if err != nil {
		return ""
	}
	b, err := time.Parse(time.DateOnly, string(to))
	if err != nil {
		return ""
	}
	return strconv.Itoa(int(b.Sub(a).Hours() / 24))
}

// stamp writes a moment of the clock: 15:04 02/01/2026.
func stamp(t time.Time) string { return t.In(civil.Zone).Format("15:04 02/01/2006") }
