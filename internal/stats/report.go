package stats

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/org"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/period"
)

// ReportID is the id of a saved report (báo cáo tự chọn).
type ReportID = id.Of[Report]

// RunID is the id of a report made at its time (báo cáo đã lập).
type RunID = id.Of[Run]

// Spec says what a report counts.
type Spec struct {
	Office  auth.Office      `json:"office"`
	Period  string           `json:"period"` // see period.Parse, or one of Relatives
	Figures []string         `json:"figures"`
	Rows    []Dim            `json:"rows,omitempty"`   // at most two
	Column  Dim              `json:"column,omitempty"` // "" none
	Where   map[Dim][]string `json:"where,omitempty"`
	Chart   string           `json:"chart,omitempty"` // "", bars, lines
	Sort    int              `json:"sort,omitempty"`  // by which column, from 1; below 0 the largest first; 0: by name
}

// Relatives are periods told from the day it is (kỳ tương đối), in the order people are
// offered them.
var Relatives = []string{"this-month", "last-month", "this-quarter", "last-quarter", "this-half", "last-half", "this-year", "last-year", "this-work-year", "last-work-year", "last-12-months"}

// relativeVN names a relative period for a person.
func relativeVN(r string) string {
	switch r {
	case "this-month":
		return "Tháng này"
	case "last-month":
		return "Tháng trước"
	case "this-quarter":
		return "Quý này"
	case "last-quarter":
		return "Quý trước"
	case "this-half":
		return "6 tháng này"
	case "last-half":
		return "6 tháng trước"
	case "this-year":
		return "Năm nay"
	case "last-year":
		return "Năm trước"
	case "this-work-year":
		return "Năm công tác này"
	case "last-work-year":
		return "Năm công tác trước"
	case "last-12-months":
		return "12 tháng gần nhất"
	}
	return ""
}

// periodOn is the period that s means on a day.
func periodOn(s string, today civil.Date) (period.Period, error) {
	if s == "last-12-months" {
		return twelve(today), nil
	}
	for word, n := range map[string]int{"this-": 0, "last-": -1} {
		kind, ok := strings.CutPrefix(s, word)
		if k := period.Kind(kind); ok && k != period.Days && slices.Contains(period.Kinds, k) {
			return period.Of(k, today).Shift(n), nil
		}
	}
	p, err := period.Parse(s)
	if err != nil {
		return p, ErrPeriod
	}
	return p, nil
}

// twelve is the twelve whole months that end with the month of a day.
func twelve(day civil.Date) period.Period {
	last := period.Of(period.Month, day)
	return period.Period{Kind: period.Days, From: last.Shift(-11).From, To: last.To}
}

// Refusals about reports.
var (
	ErrReport  = fault.New(fault.NotFound, "stats.report", "Không có báo cáo này, hoặc người lập không chia sẻ với bạn.")
	ErrRun     = fault.New(fault.NotFound, "stats.run", "Không có báo cáo đã lập này, hoặc nó không được chia sẻ với bạn.")
	ErrSpec    = fault.New(fault.Invalid, "stats.spec", "Báo cáo chưa lập được: hãy xem các mục được đánh dấu.")
	ErrMoment  = fault.New(fault.Invalid, "stats.moment", "Số tồn là số tại một thời điểm, không cộng được theo tháng hay theo ngày. Hãy bỏ phân tổ theo tháng, ngày hoặc bỏ chỉ tiêu tồn.")
	ErrBig     = fault.New(fault.Invalid, "stats.big", "Báo cáo quá lớn: hơn 2.000 dòng hoặc hơn 60 cột. Hãy bớt chiều phân tổ hoặc thêm điều kiện lọc.")
	ErrWide    = fault.New(fault.Invalid, "stats.wide", "Báo cáo rộng hơn trang in: bản in chỉ có chỗ cho 10 cột số. Hãy bớt cột, hoặc xuất ra Excel.")
	ErrPublish = fault.New(fault.Forbidden, "stats.publish", "Chia sẻ cho các đơn vị cấp dưới cần quyền quản lý biểu mẫu thống kê.")
)

const (
	mostRows    = 2000
	mostColumns = 60
	mostFigures = 20
)

// check refuses a spec that cannot be counted.
func (q Spec) check() error {
	var wrong fault.Check
	wrong.Need(len(q.Figures) > 0, "add", "Hãy chọn ít nhất một chỉ tiêu.")
	wrong.Need(len(q.Figures) <= mostFigures, "add", "Một báo cáo có nhiều nhất 20 chỉ tiêu.")
	wrong.Need(len(q.Rows) <= 2, "row2", "Nhiều nhất hai chiều cho dòng.")
	used := map[Dim]bool{}
	for _, d := range q.dims() {
		if !slices.Contains(Dims, d) {
			return ErrDim
		}
		name := "row2"
		if d == q.Column {
			name = "column"
		}
		wrong.Need(!used[d], name, "Chiều này đã được chọn ở mục khác.")
		used[d] = true
	}
	return wrong.Err(ErrSpec)
}

// dims are the dimensions of rows and columns.
func (q Spec) dims() []Dim {
	out := slices.Clone(q.Rows)
	if q.Column != "" {
		out = append(out, q.Column)
	}
	return out
}

// Values writes q as it stands in an address.
func (q Spec) Values() url.Values {
	v := url.Values{"period": {q.Period}, "figure": q.Figures}
	set := func(name, s string) {
		if s != "" {
			v.Set(name, s)
		}
	}
	set("office", string(q.Office))
	for i, d := range q.Rows {
		v.Set([]string{"row1", "row2"}[i], string(d))
	}
	set("column", string(q.Column))
	set("chart", q.Chart)
	if q.Sort != 0 {
		v.Set("sort", itoa(q.Sort))
	}
	for d, vs := range q.Where {
		v["where."+string(d)] = vs
	}
	return v
}

// Pivot is a report worked out.
type Pivot struct {
	Spec    Spec          `json:"spec"`
	Office  string        `json:"office"` // its name
	Period  period.Period `json:"period"`
	Columns []PivotColumn `json:"columns"`
	Rows    []PivotRow    `json:"rows"`
	Totals  []Cell        `json:"totals"` // below each column
	Masked  bool          `json:"masked"` // some numbers are not told
}

// PivotColumn is a column: a figure, or a figure where the column dimension has a value.
type PivotColumn struct {
	Figure string `json:"figure"`
	Name   string `json:"name"` // of the figure
	Unit   figure.Unit
	Value  string `json:"value"` // of the column dimension
	Title  string `json:"title"` // of that value
	Total  bool   `json:"total"` // over all values of the column dimension
}

// PivotRow is a row: the values of the row dimensions and the numbers.
type PivotRow struct {
	Key    []string `json:"key"`
	Titles []string `json:"titles"`
	Cells  []Cell   `json:"cells"`
}

// Cell is a number, or that it is not told.
type Cell struct {
	N      int64 `json:"n"`
	Masked Mask  `json:"masked,omitempty"`
}

// Mask says why a number is not told.
type Mask string

// The masks.
const (
	Small Mask = "<5" // below five people, of cases the reader may not see
	Apart Mask = "*"  // with it a small number could be worked out from a sum
)

// smallest is the first number of people that is told to everybody (ngưỡng số nhỏ).
const smallest = 5

// Text is the number as people read it, without marks of thousands.
func (c Cell) Text() string {
	if c.Masked != "" {
		return string(c.Masked)
	}
	return itoa(c.N)
}

// fold makes the table from counts; name gives the title of a value of a dimension.
// small reports whether the number of a cell may not be told. Each of the months has its
// place, so that one in which nothing happened is seen.
func fold(q Spec, figures []figure.Figure, counts []Count, months []string, name func(Dim, string) string, order func(d Dim, a, b string) int, small func(Count) bool) (p Pivot, err error) {
	columnOf := func(key []string) string {
		if q.Column == "" {
			return ""
		}
		return key[len(q.Rows)]
	}
	rows, values := map[string][]string{}, map[string]bool{}
	for _, c := range counts {
		rows[strings.Join(c.Key[:len(q.Rows)], "\x00")] = c.Key[:len(q.Rows)]
		values[columnOf(c.Key)] = true
	}
	for _, m := range months {
		if len(counts) == 0 {
			break
		}
		if len(q.Rows) == 1 && q.Rows[0] == ByMonth {
			rows[m] = []string{m}
		}
		if q.Column == ByMonth {
			values[m] = true
		}
	}
	keys := make([][]string, 0, len(rows))
	for _, k := range rows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b []string) int {
		for i, d := range q.Rows {
			if n := order(d, a[i], b[i]); n != 0 {
				return n
			}
		}
		return 0
	})
	var across []string
	for v := range values {
		across = append(across, v)
	}
	slices.SortFunc(across, func(a, b string) int { return order(q.Column, a, b) })
	if q.Column == "" {
		across = []string{""}
	}
	at := map[[2]string]int{} // column of a figure and value
	for _, f := range figures {
		for _, v := range across {
			at[[2]string{f.ID, v}] = len(p.Columns)
			c := PivotColumn{Figure: f.ID, Name: f.Name, Unit: f.Unit, Value: v}
			if q.Column != "" {
				c.Title = name(q.Column, v)
			}
			p.Columns = append(p.Columns, c)
		}
		if q.Column != "" {
			p.Columns = append(p.Columns, PivotColumn{Figure: f.ID, Name: f.Name, Unit: f.Unit, Total: true})
		}
	}
	if len(keys) > mostRows || len(p.Columns) > mostColumns {
		return p, ErrBig
	}
	index := map[string]int{}
	for i, k := range keys {
		row := PivotRow{Key: k, Cells: make([]Cell, len(p.Columns))}
		for j, d := range q.Rows {
			row.Titles = append(row.Titles, name(d, k[j]))
		}
		index[strings.Join(k, "\x00")] = i
		p.Rows = append(p.Rows, row)
	}
	p.Totals = make([]Cell, len(p.Columns))
	for _, c := range counts {
		i := index[strings.Join(c.Key[:len(q.Rows)], "\x00")]
		j := at[[2]string{c.Figure, columnOf(c.Key)}]
		cell := &p.Rows[i].Cells[j]
		cell.N += c.N
		if small(c) {
			cell.Masked = Small
		}
	}
	p.add()
	p.hide()
	p.sort(q.Sort)
	return p, nil
}

// add works out the sums: over the values of the column dimension, and of each column.
func (p *Pivot) add() {
	for i := range p.Rows {
		sum := int64(0)
		for j, c := range p.Columns {
			if c.Total {
				p.Rows[i].Cells[j].N = sum
				sum = 0
			} else {
				sum += p.Rows[i].Cells[j].N
			}
		}
	}
	for j := range p.Columns {
		for _, r := range p.Rows {
			p.Totals[j].N += r.Cells[j].N
		}
	}
}

// hide takes further numbers away until none that is masked can be worked out: a line
// of numbers with their sum tells each of them if all others are told. The smallest
// other number goes, the sum only if there is no other.
func (p *Pivot) hide() {
	for more := true; more; {
		more = false
		for _, line := range p.lines() {
			masked := 0
			var best *Cell
			for i, c := range line {
				sum := i == len(line)-1
				switch {
				case c.Masked != "":
					masked++
				case best == nil, !sum && c.N > 0 && (best.N == 0 || c.N < best.N):
					best = line[i]
				}
			}
			if masked == 1 && best != nil {
				best.Masked, more = Apart, true
			}
		}
	}
	for _, r := range p.Rows {
		p.Masked = p.Masked || slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Masked != "" })
	}
}

// lines are the numbers that add up, each with its sum at the end.
func (p *Pivot) lines() (out [][]*Cell) {
	across := func(cells []Cell) {
		var line []*Cell
		for j, c := range p.Columns {
			line = append(line, &cells[j])
			if c.Total {
				out = append(out, line)
				line = nil
			}
		}
	}
	for i := range p.Rows {
		across(p.Rows[i].Cells)
	}
	across(p.Totals)
	for j := range p.Columns {
		var line []*Cell
		for i := range p.Rows {
			line = append(line, &p.Rows[i].Cells[j])
		}
		out = append(out, append(line, &p.Totals[j]))
	}
	return out
}

// sort puts the rows in the order of a column, from 1; the largest first if below 0. What
// is masked counts as the smallest.
func (p *Pivot) sort(by int) {
	at, sign := by-1, 1
	if by < 0 {
		at, sign = -by-1, -1
	}
	if at < 0 || at >= len(p.Columns) {
		return
	}
	value := func(r PivotRow) int64 {
		if r.Cells[at].Masked != "" {
			return 0
		}
		return r.Cells[at].N
	}
	slices.SortStableFunc(p.Rows, func(a, b PivotRow) int { return sign * cmp.Compare(value(a), value(b)) })
}

// Share is with whom a report is shared.
type Share string

// The shares.
const (
	SharePrivate Share = ""
	ShareOffice  Share = "office" // who works in the office of its author
	ShareBelow   Share = "below"  // and in those below
	ShareNamed   Share = "named"  // some colleagues
)

// Shares lists the shares.
var Shares = []Share{SharePrivate, ShareOffice, ShareBelow, ShareNamed}

// VN names s for a person.
func (s Share) VN() string {
	switch s {
	case SharePrivate:
		return "Chỉ mình tôi"
	case ShareOffice:
		return "Mọi người trong đơn vị tôi"
	case ShareBelow:
		return "Đơn vị tôi và các đơn vị cấp dưới"
	case ShareNamed:
		return "Những đồng nghiệp tôi chọn"
	}
	return string(s)
}

// Often is how often a report is made by itself.
type Often string

// How often.
const (
	Never   Often = ""
	Daily   Often = "daily"
	Weekly  Often = "weekly"
	Monthly Often = "monthly"
)

// Oftens lists them.
var Oftens = []Often{Never, Daily, Weekly, Monthly}

// VN names o for a person.
func (o Often) VN() string {
	switch o {
	case Never:
		return "Không tự lập"
	case Daily:
		return "Hằng ngày"
	case Weekly:
		return "Hằng tuần"
	case Monthly:
		return "Hằng tháng"
	}
	return string(o)
}

// Schedule is when a report is made by itself (lịch lập báo cáo).
type Schedule struct {
	Often Often  `json:"often"`
	Day   int    `json:"day,omitempty"` // of the week, 1 Monday to 7; of the month, 1 to 31, the last if it is shorter
	At    string `json:"at,omitempty"`  // 07:30, in Viet Nam
}

// Next is the first moment of s after t; zero if there is none.
func (s Schedule) Next(t time.Time) time.Time {
	clock, err := time.Parse("15:04", s.At)
	if err != nil || s.Often == Never {
		return time.Time{}
	}
	t = t.In(civil.Zone)
	for n := range 63 {
		d := t.AddDate(0, 0, n)
		at := time.Date(d.Year(), d.Month(), d.Day(), clock.Hour(), clock.Minute(), 0, 0, civil.Zone)
		if at.After(t) && s.on(at) {
			return at.UTC()
		}
	}
	return time.Time{}
}

// on reports whether s has a moment on the day of t.
func (s Schedule) on(t time.Time) bool {
	switch s.Often {
	case Daily:
		return true
	case Weekly:
		return (int(t.Weekday())+6)%7+1 == s.Day
	case Monthly:
		last := time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, civil.Zone).Day()
		return t.Day() == min(s.Day, last)
	}
	return false
}

// Report is a saved report.
type Report struct {
	ID       ReportID      `json:"id"`
	Name     string        `json:"name"`
	Owner    org.StaffID   `json:"owner"`
	By       string        `json:"by"` // name of the owner
	Office   auth.Office   `json:"office"`
	Path     string        `json:"-"` // of the office of the owner
	Spec     Spec          `json:"spec"`
	Share    Share         `json:"share"`
	With     []org.StaffID `json:"with,omitempty"`
	Schedule Schedule      `json:"schedule"`
	Next     time.Time     `json:"next,omitzero"`
	Changed  time.Time     `json:"changed"`
	Deleted  time.Time     `json:"deleted,omitzero"`
}

// Run is a report made at its time.
type Run struct {
	ID     RunID         `json:"id"`
	Report ReportID      `json:"report"`
	Name   string        `json:"name"`
	Owner  org.StaffID   `json:"-"`
	Period period.Period `json:"period"`
	Due    time.Time     `json:"due"`
	Made   time.Time     `json:"made"`
	Fault  string        `json:"fault,omitempty"` // why it could not be made
	Read   bool          `json:"read"`
	// Strict tells that small numbers were masked for everybody, so that others than the
	// owner may read it.
	Strict bool  `json:"-"`
	Pivot  Pivot `json:"pivot"`
}

// Grid is p as a table: the heads, the rows, the sums at the end.
func (p Pivot) Grid() (head []string, rows [][]string) {
	for _, d := range p.Spec.Rows {
		head = append(head, d.VN())
	}
	if len(p.Spec.Rows) == 0 {
		head = append(head, "Nội dung")
	}
	for _, c := range p.Columns {
		head = append(head, c.Head())
	}
	line := func(titles []string, cells []Cell) {
		row := slices.Clone(titles)
		for _, c := range cells {
			row = append(row, c.Text())
		}
		rows = append(rows, row)
	}
	for _, r := range p.Rows {
		if len(p.Spec.Rows) > 0 {
			line(r.Titles, r.Cells)
		}
	}
	total := make([]string, max(1, len(p.Spec.Rows)))
	total[0] = totalName
	line(total, p.Totals)
	return head, rows
}

const totalName = "Tổng cộng"

// Head is the head of a column in one line.
func (c PivotColumn) Head() string {
	switch {
	case c.Total:
		return c.Name + ": " + totalName
	case c.Title != "":
		return c.Name + ": " + c.Title
	}
	return c.Name
}

// Tidy is p as open data: a row for each number, with the codes of what it counts. What is
// masked has no number.
func (p Pivot) Tidy() (head []string, rows [][]string) {
	head = []string{"figure"}
	for _, d := range p.Spec.dims() {
		head = append(head, string(d))
	}
	head = append(head, "period_from", "period_to", "value", "masked")
	put := func(figure string, key []string, c Cell) {
		row := append([]string{figure}, key...)
		value := itoa(c.N)
		if c.Masked != "" {
			value = ""
		}
		rows = append(rows, append(row, string(p.Period.From), string(p.Period.To), value, string(c.Masked)))
	}
	for _, r := range p.Rows {
		for j, c := range p.Columns {
			key := slices.Clone(r.Key)
			switch {
			case c.Total:
				continue // whoever wants sums adds up; a masked number has none
			case p.Spec.Column != "":
				key = append(key, c.Value)
			}
			put(c.Figure, key, r.Cells[j])
		}
	}
	return head, rows
}
