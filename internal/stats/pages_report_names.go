package stats

import (
	"context"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/site"
	"congminh/internal/stats/chart"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/period"
)

// className, sexName and ageName are values of dimensions by their codes.
type (
	className string
	sexName   string
	ageName   string
)

var (
	classNames = []className{"INT", "NT", "RNT", "DBNT"}
	sexNames   = []sexName{"male", "female", "other"}
)

// VN names c for a person.
func (c className) VN() string {
	switch c {
	case "INT":
		return "Ít nghiêm trọng"
	case "NT":
		return "Nghiêm trọng"
	case "RNT":
		return "Rất nghiêm trọng"
	case "DBNT":
		return "Đặc biệt nghiêm trọng"
	}
	return string(c)
}

// VN names s for a person.
func (s sexName) VN() string {
	switch s {
	case "male":
		return "Nam"
	case "female":
		return "Nữ"
	case "other":
		return "Khác"
	}
	return string(s)
}

// VN names a for a person.
func (a ageName) VN() string {
	switch a {
	case "-14":
		return "Dưới 14 tuổi"
	case "14-15":
		return "Từ 14 đến dưới 16 tuổi"
	case "16-17":
		return "Từ 16 đến dưới 18 tuổi"
	case "18-29":
		return "Từ 18 đến dưới 30 tuổi"
	case "30-44":
		return "Từ 30 đến dưới 45 tuổi"
	case "45-":
		return "Từ 45 tuổi trở lên"
	}
	return string(a)
}

// without is the page of cases without one of its conditions.
func (v linesView) without(d Dim, x string) string {
	q := v.at.Query()
	name := "where." + string(d)
	q[name] = slices.DeleteFunc(q[name], func(y string) bool { return x == y })
	q.Del("after")
	return v.at.Path + "?" + q.Encode()
}

// dayColumn sorts the cases by their day.
func (v linesView) dayColumn(ctx context.Context) site.Column {
	q := v.at.Query()
	q.Del("after")
	c := site.Column{Text: lang.T(ctx, "Ngày"), Sort: "descending"}
	if v.oldest {
		c.Sort = "ascending"
		q.Del("sort")
	} else {
		q.Set("sort", "old")
	}
	c.Href = v.at.Path + "?" + q.Encode()
	return c
}

func whereValue(where map[Dim][]string, d Dim) string {
	if v := where[d]; len(v) > 0 {
		return v[0]
	}
	return anyValue
}

func whereOptions(ctx context.Context, d Dim, values []string, title func(Dim, string) string) []site.Option {
	out := []site.Option{{Value: anyValue, Text: lang.T(ctx, "Tất cả")}}
	for _, v := range values {
		out = append(out, site.Option{Value: v, Text: lang.T(ctx, title(d, v))})
	}
	return out
}

// group writes a number as Vietnamese people read it.
func group[N int | int64](n N) string { return chart.Number(float64(n)) }

// dimOptions are dimensions to choose from, or none.
func dimOptions(ctx context.Context, none string) []site.Option {
	out := []site.Option{{Value: "", Text: none}}
	for _, d := range Dims {
		out = append(out, site.Option{Value: string(d), Text: lang.T(ctx, d.VN())})
	}
	return out
}

func setOptions(sets []CardSet) (out []site.Option) {
	for _, b := range sets {
		out = append(out, site.Option{Value: b.ID, Text: b.Title, Lang: "vi"})
	}
	return out
}

func chartOptions(ctx context.Context) []site.Option {
	return []site.Option{{Value: "", Text: lang.T(ctx, "Không vẽ")}, {Value: string(chart.Bars), Text: lang.T(ctx, "Cột")}, {Value: string(chart.Lines), Text: lang.T(ctx, "Đường")}}
}

func oftenOptions(ctx context.Context) (out []site.Option) {
	for _, o := range Oftens {
		out = append(out, site.Option{Value: string(o), Text: lang.T(ctx, o.VN())})
	}
	return out
}

func shareOptions(ctx context.Context) (out []site.Option) {
	for _, x := range Shares {
		out = append(out, site.Option{Value: string(x), Text: lang.T(ctx, x.VN())})
	}
	return out
}

// figureNames proposes figures while one types.
func figureNames(all []figure.Figure) (out []site.Option) {
	for _, f := range all {
		out = append(out, site.Option{Value: f.Name, Text: f.ID})
		if f.Stock() {
			out = append(out, site.Option{Value: f.Name + startName, Text: f.ID + Start})
		}
	}
	return out
}

func rowDim(q Spec, i int) string {
	if i < len(q.Rows) {
		return string(q.Rows[i])
	}
	return ""
}

// href is the page of a report with another spec.
func (v reportView) href(q Spec) string { return v.at + "?" + q.Values().Encode() }

// withoutFigure is the page without one of the figures.
func (v reportView) withoutFigure(id string) string {
	q := v.spec
	q.Sort = 0
	q.Figures = slices.DeleteFunc(slices.Clone(q.Figures), func(x string) bool { return x == id })
	return v.href(q)
}

// withoutWhere is the page without one of the conditions.
func (v reportView) withoutWhere(d Dim, x string) string {
	q := v.spec
	q.Where = maps.Clone(q.Where)
	q.Where[d] = slices.DeleteFunc(slices.Clone(q.Where[d]), func(y string) bool { return x == y })
	return v.href(q)
}

// file is the address of the report as a file.
func (v reportView) file(format string) string {
	q := v.spec.Values()
	q.Set("format", format)
	if v.name != "" {
		q.Set("name", v.name)
	}
	return "/stats/reports/file?" + q.Encode()
}

// columnsOf are the heads of a pivot table. sorted makes the address of the page sorted
// by a column; nil: it cannot be sorted.
func columnsOf(ctx context.Context, p Pivot, sorted func(int) string) (out []site.Column) {
	for _, d := range p.Spec.Rows {
		out = append(out, site.Column{Text: lang.T(ctx, d.VN())})
	}
	if len(p.Spec.Rows) == 0 {
		out = append(out, site.Column{Text: lang.T(ctx, "Nội dung")})
	}
	for j, c := range p.Columns {
		x := site.Column{Text: c.Head(), Number: true, Lang: "vi"}
		if sorted != nil {
			next := -(j + 1) // the largest first
			switch p.Spec.Sort {
			case j + 1:
				x.Sort, next = "ascending", 0
			case -(j + 1):
				x.Sort, next = "descending", j+1
			}
			x.Href = sorted(next)
		}
		out = append(out, x)
	}
	return out
}

func (v reportView) sorted(by int) string {
	q := v.spec
	q.Sort = by
	return v.href(q)
}

// behind is the address of the cases behind a cell.
func behind(p Pivot, key []string, c PivotColumn) string {
	q := url.Values{"office": {string(p.Spec.Office)}, "period": {p.Period.String()}, "figure": {c.Figure}}
	for d, vs := range p.Spec.Where {
		q["where."+string(d)] = vs
	}
	for i, v := range key {
		q.Set("where."+string(p.Spec.Rows[i]), v)
	}
	if p.Spec.Column != "" && !c.Total {
		q.Set("where."+string(p.Spec.Column), c.Value)
	}
	return "/stats/lines?" + q.Encode()
}

// drawn is the chart of a pivot table: its rows from left to right, its columns as
// series, without sums. What is masked is left out. "" if there is nothing to draw.
func drawn(ctx context.Context, title string, p Pivot) string {
	if p.Spec.Chart != string(chart.Bars) && p.Spec.Chart != string(chart.Lines) {
		return ""
	}
	c := chart.Chart{ID: "report", Kind: chart.Kind(p.Spec.Chart), Title: title}
	rows := p.Rows[:min(len(p.Rows), 40)]
	for _, r := range rows {
		l := strings.Join(r.Titles, " · ")
		if l == "" {
			l = totalName
		}
		c.Labels = append(c.Labels, l)
	}
	most, where := math.Inf(-1), ""
	for j, x := range p.Columns {
		if x.Total || len(c.Series) == chart.Most {
			continue
		}
		s := chart.Series{Name: x.Head()}
		for i, r := range rows {
			n := math.NaN()
			if r.Cells[j].Masked == "" {
				n = float64(r.Cells[j].N)
			}
			if n > most {
				most, where = n, c.Labels[i]
			}
			s.Values = append(s.Values, n)
		}
		c.Series = append(c.Series, s)
	}
	if len(rows) == 0 || len(c.Series) == 0 || where == "" {
		return ""
	}
	c.Desc = lang.T(ctx, "Số lớn nhất là %s, ở %s. Bảng bên dưới có đủ các số.", chart.Number(most), where)
	return c.SVG()
}

// moved says how a card moved against the year before.
func moved(ctx context.Context, c Card) string {
	if c.Before == 0 {
		return lang.T(ctx, "Cùng kỳ năm trước: %s", "0")
	}
	by := chart.Number(math.Round(1000*float64(c.Now-c.Before)/float64(c.Before)) / 10)
	if c.Now > c.Before {
		by = "+" + by
	}
	return lang.T(ctx, "Cùng kỳ năm trước: %s", group(c.Before)) + " (" + by + " %)"
}

// trendTitle says what the line of a card shows.
func trendTitle(ctx context.Context, c Card) string {
	low, high := slices.Min(c.Trend), slices.Max(c.Trend)
	return lang.T(ctx, "12 tháng: thấp nhất %s, cao nhất %s, tháng cuối %s", group(low), group(high), group(c.Trend[len(c.Trend)-1]))
}

func floats(ns []int64) (out []float64) {
	for _, n := range ns {
		out = append(out, float64(n))
	}
	return out
}

func monthName(m string) string { return m[5:] + "/" + m[:4] }

func clockOf(t time.Time) string { return t.In(civil.Zone).Format("15:04 02/01/2006") }

// scheduleName says when a report is made by itself.
func scheduleName(ctx context.Context, s Schedule) string {
	switch s.Often {
	case Daily:
		return lang.T(ctx, "Hằng ngày, %s", s.At)
	case Weekly:
		if s.Day == 7 {
			return lang.T(ctx, "Chủ nhật hằng tuần, %s", s.At)
		}
		return lang.T(ctx, "Thứ %d hằng tuần, %s", s.Day+1, s.At)
	case Monthly:
		return lang.T(ctx, "Ngày %d hằng tháng, %s", s.Day, s.At)
	}
	return ""
}

// specPeriod names the period of a report that is not worked out.
func specPeriod(ctx context.Context, q Spec) string {
	if r := relativeVN(q.Period); r != "" {
		return lang.T(ctx, r)
	}
	if p, err := period.Parse(q.Period); err == nil {
		return periodName(ctx, p)
	}
	return q.Period
}

func reportTitle(ctx context.Context, v reportView) string {
	if v.report.Name != "" {
		return v.report.Name
	}
	return lang.T(ctx, "Lập báo cáo mới")
}

func pivotTitle(ctx context.Context, name string) string {
	if name != "" {
		return name
	}
	return lang.T(ctx, "Báo cáo tự chọn")
}

func periodValue(v reportView) string {
	if v.spec.Period == "" {
		return spanOption
	}
	return v.spec.Period
}

func dayText(n int) string {
	if n == 0 {
		return ""
	}
	return itoa(n)
}
