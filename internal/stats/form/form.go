// Package form lays figures out as a form (biểu mẫu thống kê): rows, columns, and the
// checks that must hold in it. A form is data, in versions; whoever keeps statistics
// writes one without a programmer.
package form

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
	"congminh/internal/stats/formula"
	"congminh/internal/stats/period"
)

// Form is a form in one version.
type Form struct {
	ID         string         `toml:"id" json:"id"` // tk-05b
	Version    int            `toml:"version" json:"version"`
	From       civil.Date     `toml:"from" json:"from"` // in force, both days included
	To         civil.Date     `toml:"to" json:"to,omitempty"`
	Title      string         `toml:"title" json:"title"`
	Short      string         `toml:"short" json:"short"` // Biểu 2
	Periods    []period.Kind  `toml:"periods" json:"periods"`
	Joint      []string       `toml:"joint" json:"joint,omitempty"` // who else signs: police, court, detention
	Lead       string         `toml:"lead" json:"lead,omitempty"`   // who compiles: procuracy, police
	Column     []Column       `toml:"column" json:"columns"`
	Row        []Row          `toml:"row" json:"rows"`
	Check      []Check        `toml:"check" json:"checks"`
	Source     string         `toml:"source" json:"source"`
	Confidence law.Confidence `toml:"confidence" json:"confidence"`
	Note       string         `toml:"note" json:"note,omitempty"`
}

// Column is a column. Of names the column whose figures it takes, told apart by Where;
// "" is the column itself.
type Column struct {
	Code  string              `toml:"code" json:"code"` // a, b
	Title string              `toml:"title" json:"title"`
	Of    string              `toml:"of" json:"of,omitempty"`
	Where map[string][]string `toml:"where" json:"where,omitempty"` // dimension: values
}

// Row is a row: what stands in each column, as a formula of figures, or Sum, a formula
// of other rows. A row with neither is a heading.
type Row struct {
	Code  string            `toml:"code" json:"code"` // 1, 2a
	Title string            `toml:"title" json:"title"`
	Level int               `toml:"level" json:"level,omitempty"` // how far it is set in
	Cells map[string]string `toml:"cells" json:"cells,omitempty"` // code of a column: formula of figures
	Sum   string            `toml:"sum" json:"sum,omitempty"`
}

// Check is what must hold in every column it is about (all, if none is named): Left Op
// Right, formulas of rows. Carry says that Left is what Right was at the end of the
// period before.
type Check struct {
	ID      string   `toml:"id" json:"id"`
	Title   string   `toml:"title" json:"title"`
	Left    string   `toml:"left" json:"left"`
	Op      string   `toml:"op" json:"op"` // =, <=, >=
	Right   string   `toml:"right" json:"right"`
	Columns []string `toml:"columns" json:"columns,omitempty"`
	Carry   bool     `toml:"carry" json:"carry,omitempty"`
}

// Problem is what is wrong with a form as it was written, and where.
type Problem struct {
	Where string `json:"where"` // row 2a, column b
	What  string `json:"what"`
}

// Ready is a form whose formulas were read.
type Ready struct {
	Form
	cells map[cell]*formula.Expr // of figures
	sums  map[string]*formula.Expr
	order []string // rows with a sum, so that each comes after those it adds
	check []sides
}

type cell struct{ row, column string }

type sides struct{ left, right *formula.Expr }

// Ops are how the sides of a check may stand to each other.
var Ops = []string{"=", "<=", ">="}

// Read reads a form. known reports whether there is a figure of an id. All that is wrong
// is told at once.
func Read(f Form, known func(figure string) bool) (r *Ready, wrong []Problem) {
	r = &Ready{Form: f, cells: map[cell]*formula.Expr{}, sums: map[string]*formula.Expr{}}
	bad := func(where, format string, args ...any) {
		wrong = append(wrong, Problem{where, fmt.Sprintf(format, args...)})
	}
	if f.ID == "" || f.Title == "" || f.Version < 1 || f.From == "" {
		bad("biểu", "cần mã, tên, phiên bản và ngày áp dụng")
	}
	if len(f.Column) == 0 || len(f.Row) == 0 {
		bad("biểu", "cần ít nhất một cột và một dòng")
	}
	columns := map[string]bool{}
	for _, c := range f.Column {
		if c.Code == "" || columns[c.Code] {
			bad("cột "+c.Code, "mã cột trống hoặc trùng")
		}
		columns[c.Code] = true
	}
	for _, c := range f.Column {
		if c.Of != "" && (!columns[c.Of] || c.Of == c.Code) {
			bad("cột "+c.Code, "không có cột %q để tách số", c.Of)
		}
	}
	rows := map[string]bool{}
	for _, x := range f.Row {
		if x.Code != "" && rows[x.Code] {
			bad("dòng "+x.Code, "mã dòng trùng")
		}
		if x.Code == "" && (x.Sum != "" || len(x.Cells) > 0) {
			bad("dòng "+x.Title, "dòng có số phải có mã")
		}
		if x.Sum != "" && len(x.Cells) > 0 {
			bad("dòng "+x.Code, "dòng hoặc lấy số, hoặc cộng các dòng khác, không cả hai")
		}
		rows[x.Code] = true
	}
	read := func(where, text string, known func(string) bool, what string) *formula.Expr {
		e, err := formula.Parse(text)
		if err != nil {
			bad(where, "công thức %q: %v", text, err)
			return nil
		}
		for _, n := range e.Names() {
			if !known(n) {
				bad(where, "không có %s %q", what, n)
			}
		}
		return e
	}
	figure := func(n string) bool { return known(strings.TrimSuffix(n, ".start")) }
	row := func(n string) bool { return n != "" && rows[n] }
	for _, x := range f.Row {
		for column, text := range x.Cells {
			where := "dòng " + x.Code + ", cột " + column
			if !columns[column] {
				bad(where, "không có cột này")
			}
			r.cells[cell{x.Code, column}] = read(where, text, figure, "chỉ tiêu")
		}
		if x.Sum != "" {
			r.sums[x.Code] = read("dòng "+x.Code, x.Sum, row, "dòng")
		}
	}
	for _, k := range f.Check {
		where := "kiểm tra " + k.ID
		if k.ID == "" || !slices.Contains(Ops, k.Op) {
			bad(where, "cần mã và một trong các dấu =, <=, >=")
		}
		for _, c := range k.Columns {
			if !columns[c] {
				bad(where, "không có cột %q", c)
			}
		}
		r.check = append(r.check, sides{read(where, k.Left, row, "dòng"), read(where, k.Right, row, "dòng")})
	}
	if len(wrong) == 0 {
		if round := r.arrange(); round != "" {
			bad("dòng "+round, "các dòng cộng vòng tròn")
		}
	}
	return r, wrong
}

// arrange puts sums in an order in which they can be worked out, or names a row that
// adds itself.
func (r *Ready) arrange() (round string) {
	state := map[string]int{} // 1 on the way, 2 done
	var visit func(string) string
	visit = func(code string) string {
		e, ok := r.sums[code]
		if !ok || state[code] == 2 {
			return ""
		}
		if state[code] == 1 {
			return code
		}
		state[code] = 1
		for _, n := range e.Names() {
			if round := visit(n); round != "" {
				return round
			}
		}
		state[code] = 2
		r.order = append(r.order, code)
		return ""
	}
	for _, x := range r.Row {
		if round := visit(x.Code); round != "" {
			return round
		}
	}
	return ""
}

// Figures lists the figures a form asks for, each once.
func (r *Ready) Figures() []string {
	seen := map[string]bool{}
	for _, e := range r.cells {
		for _, n := range e.Names() {
			seen[n] = true
		}
	}
	out := make([]string, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Values are the numbers of a form, by code of row and column. What cannot be worked
// out (nothing to divide by) is missing.
type Values map[string]map[string]float64

func (v Values) set(row, column string, n float64) {
	if v[row] == nil {
		v[row] = map[string]float64{}
	}
	v[row][column] = n
}

// Get returns a cell.
func (v Values) Get(row, column string) (float64, bool) {
	n, ok := v[row][column]
	return n, ok
}

// Fill works out every cell. value gives a figure under the conditions of a column.
func (r *Ready) Fill(value func(figure string, where map[string][]string) float64) Values {
	out := Values{}
	for _, x := range r.Row {
		for _, c := range r.Column {
			source := c.Code
			if c.Of != "" {
				source = c.Of
			}
			if e := r.cells[cell{x.Code, source}]; e != nil {
				if n, ok := e.Eval(func(f string) float64 { return value(f, c.Where) }); ok {
					out.set(x.Code, c.Code, n)
				}
			}
		}
	}
	for _, code := range r.order {
		for _, c := range r.Column {
			if n, ok := r.sums[code].Eval(func(row string) float64 { return out[row][c.Code] }); ok {
				out.set(code, c.Code, n)
			}
		}
	}
	return out
}

// Failure is a check that does not hold in a column.
type Failure struct {
	Check       Check   `json:"check"`
	Column      string  `json:"column"`
	Left, Right float64 `json:"-"`
}

// Verify returns the checks that do not hold. before is the form of the period before,
// nil if there is none: then what is carried over cannot be checked.
func (r *Ready) Verify(now, before Values) (out []Failure) {
	for i, k := range r.Check {
		other := now
		if k.Carry {
			if other = before; before == nil {
				continue
			}
		}
		for _, c := range r.Column {
			if len(k.Columns) > 0 && !slices.Contains(k.Columns, c.Code) {
				continue
			}
			l, lok := r.check[i].left.Eval(func(row string) float64 { return now[row][c.Code] })
			n, rok := r.check[i].right.Eval(func(row string) float64 { return other[row][c.Code] })
			if lok && rok && !holds(l, k.Op, n) {
				out = append(out, Failure{k, c.Code, l, n})
			}
		}
	}
	return out
}

// near is how near two numbers are that are one: figures are whole, averages are not.
const near = 1e-9

func holds(l float64, op string, r float64) bool {
	switch op {
	case "<=":
		return l <= r+near
	case ">=":
		return l >= r-near
	}
	return math.Abs(l-r) <= near
}

// ErrNotLinear is returned where a formula divides or multiplies: then no single case is
// at fault.
var ErrNotLinear = errors.New("form: not a sum")

// Weights tells how often each figure counts in the left side of check i less its right
// side, in a column: what a single case gives to the difference is the sum of what it
// gives to these figures, so often.
func (r *Ready) Weights(id, column string) (map[string]float64, map[string][]string, error) {
	i := slices.IndexFunc(r.Check, func(k Check) bool { return k.ID == id })
	j := slices.IndexFunc(r.Column, func(c Column) bool { return c.Code == column })
	if i < 0 || j < 0 || r.Check[i].Carry {
		return nil, nil, ErrNotLinear
	}
	source := column
	if r.Column[j].Of != "" {
		source = r.Column[j].Of
	}
	out := map[string]float64{}
	var add func(e *formula.Expr, times float64, rows bool) error
	add = func(e *formula.Expr, times float64, rows bool) error {
		if !e.Linear() {
			return ErrNotLinear
		}
		for _, n := range e.Names() {
			// How often a name counts in a sum is what the sum is where it alone is 1.
			often, _ := e.Eval(func(x string) float64 {
				if x == n {
					return 1
				}
				return 0
			})
			switch sum := r.sums[n]; {
			case !rows:
				out[n] += times * often
			case sum != nil:
				if err := add(sum, times*often, true); err != nil {
					return err
				}
			case r.cells[cell{n, source}] != nil:
				if err := add(r.cells[cell{n, source}], times*often, false); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := errors.Join(add(r.check[i].left, 1, true), add(r.check[i].right, -1, true)); err != nil {
		return nil, nil, err
	}
	return out, r.Column[j].Where, nil
}

// Cell returns the figures a cell is worked out from, each once, sorted; its formula, of
// figures, or of rows for a sum; and what its column counts only. None: a heading.
func (r *Ready) Cell(row, column string) (figures []string, text string, where map[string][]string) {
	j := slices.IndexFunc(r.Column, func(c Column) bool { return c.Code == column })
	if j < 0 {
		return nil, "", nil
	}
	source := column
	if r.Column[j].Of != "" {
		source = r.Column[j].Of
	}
	seen := map[string]bool{}
	var visit func(row string)
	visit = func(row string) {
		if e := r.cells[cell{row, source}]; e != nil {
			for _, n := range e.Names() {
				seen[n] = true
			}
		}
		if e := r.sums[row]; e != nil {
			for _, n := range e.Names() {
				visit(n)
			}
		}
	}
	visit(row)
	for n := range seen {
		figures = append(figures, n)
	}
	slices.Sort(figures)
	if e := r.sums[row]; e != nil {
		text = e.String()
	} else if e := r.cells[cell{row, source}]; e != nil {
		text = e.String()
	}
	return figures, text, r.Column[j].Where
}
