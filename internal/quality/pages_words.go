package quality

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/lang"
	"congminh/internal/org"
	"congminh/internal/quality/indicator"
	"congminh/internal/site"
	"congminh/internal/stats/period"
)

// Groups lists the groups of indicators in the order of the list.
var Groups = []string{"report", "investigation", "trial", "custody", "civil", "administrative", "measures", "enforcement", "reception"}

func groupName(ctx context.Context, g string) string {
	switch g {
	case "report":
		return lang.T(ctx, "Nguồn tin về tội phạm")
	case "investigation":
		return lang.T(ctx, "Điều tra, truy tố")
	case "trial":
		return lang.T(ctx, "Xét xử hình sự")
	case "custody":
		return lang.T(ctx, "Tạm giữ, tạm giam, thi hành án hình sự")
	case "civil":
		return lang.T(ctx, "Dân sự, hôn nhân và gia đình")
	case "administrative":
		return lang.T(ctx, "Hành chính, kinh doanh thương mại, lao động")
	case "measures":
		return lang.T(ctx, "Biện pháp xử lý hành chính tại Tòa án")
	case "enforcement":
		return lang.T(ctx, "Thi hành án dân sự, hành chính")
	case "reception":
		return lang.T(ctx, "Tiếp công dân, giải quyết đơn")
	}
	return g
}

func ofGroup(rows []Row, g string, state indicator.State) (out []Row) {
	for _, r := range rows {
		if r.Group == g && (state == "" || r.Now.State == state) {
			out = append(out, r)
		}
	}
	return out
}

// having lists the rows that can be worked out, or those that cannot.
func having(rows []Row, figures bool) (out []Row) {
	for _, r := range rows {
		if (r.NumOf != nil) == figures {
			out = append(out, r)
		}
	}
	return out
}

func stateKind(s indicator.State) string {
	switch s {
	case indicator.Met, indicator.Exceeded:
		return "success"
	case indicator.Failed:
		return "danger"
	case indicator.Early:
		return "info"
	case indicator.None, indicator.Unknown:
	}
	return "neutral"
}

func verdictKind(v Verdict) string {
	switch v {
	case AtFault:
		return "danger"
	case Clear:
		return "success"
	case Unassessed:
	}
	return "warning"
}

func stateOptions(ctx context.Context) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi kết quả")}}
	for _, s := range indicator.States {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

func kindOptions(ctx context.Context) (out []site.Option) {
	for _, k := range period.Kinds {
		out = append(out, site.Option{Value: string(k), Text: lang.T(ctx, k.VN())})
	}
	return out
}

// officeOptions are the offices one may choose, each set in by its depth.
func officeOptions(os []org.Office) (out []site.Option) {
	top := 0
	for i, o := range os {
		depth := strings.Count(o.Path, "/")
		if i == 0 {
			top = depth
		}
		out = append(out, site.Option{Value: string(o.ID), Text: strings.Repeat("\u00a0\u00a0", max(0, depth-top)) + o.Short})
	}
	return out
}

func officeName(a asked) string {
	for _, o := range a.Offices {
		if o.ID == a.Office {
			return o.Short
		}
	}
	return string(a.Office)
}

func periodName(ctx context.Context, p period.Period) string {
	y, m := p.From.Year(), p.From.Month()
	switch p.Kind {
	case period.Month:
		return lang.T(ctx, "Tháng %d/%d", m, y)
	case period.Quarter:
		return lang.T(ctx, "Quý %d/%d", (m+2)/3, y)
	case period.Half:
		if m == 1 {
			return lang.T(ctx, "6 tháng đầu năm %d", y)
		}
		return lang.T(ctx, "6 tháng cuối năm %d", y)
	case period.Year:
		return lang.T(ctx, "Năm %d", y)
	case period.WorkYear:
		return lang.T(ctx, "Năm công tác %d (%s–%s)", p.To.Year(), p.From.VN(), p.To.VN())
	case period.WorkHalf:
		return lang.T(ctx, "6 tháng năm công tác (%s–%s)", p.From.VN(), p.To.VN())
	case period.Days:
	}
	return p.From.VN() + "–" + p.To.VN()
}

// targetText is a target in words, with whose it is.
func targetText(ctx context.Context, t indicator.Target) string {
	sign := map[indicator.Cmp]string{indicator.AtLeast: "≥\u00a0", indicator.AtMost: "≤\u00a0", indicator.Exactly: "=\u00a0"}[t.Cmp]
	switch {
	case t.Percent != nil:
		return sign + decimal(ctx, *t.Percent) + "\u00a0%"
	case t.Count == nil:
		return "–"
	}
	out := sign + itoa(*t.Count)
	switch t.Per {
	case "year":
		out = lang.T(ctx, "%s mỗi năm", out)
	case "quarter":
		out = lang.T(ctx, "%s mỗi quý", out)
	}
	switch t.Each {
	case "prosecutor":
		out = lang.T(ctx, "%s, mỗi Kiểm sát viên", out)
	case "leader":
		out = lang.T(ctx, "%s, mỗi lãnh đạo Viện", out)
	case "enforcement office":
		out = lang.T(ctx, "%s, mỗi cơ quan thi hành án", out)
	}
	return out
}

// decimal writes a number with at most one decimal, as the reader's language does.
func decimal(ctx context.Context, v float64) string {
	whole, part, ok := strings.Cut(strconv.FormatFloat(v, 'f', 1, 64), ".")
	if !ok || part == "0" {
		return whole
	}
	return lang.T(ctx, "%s,%s", whole, part)
}

// valueText is a value as the board shows it: its rate, or its count.
func valueText(ctx context.Context, i *indicator.Indicator, v indicator.Value) string {
	if i.NumOf == nil {
		return "–"
	}
	if i.DenOf == nil {
		return itoa(v.Num)
	}
	rate, ok := v.Rate()
	if !ok {
		return "–"
	}
	return decimal(ctx, rate) + "\u00a0%"
}

// countText is what a rate is of: 12/15.
func countText(i *indicator.Indicator, v indicator.Value) string {
	if i.NumOf == nil {
		return "–"
	}
	if i.DenOf == nil {
		return itoa(v.Num)
	}
	return itoa(v.Num) + "/" + itoa(v.Den)
}

// plain is a value on a paper.
func plain(i *indicator.Indicator, v indicator.Value) string {
	if i.NumOf == nil {
		return ""
	}
	if i.DenOf == nil {
		return itoa(v.Num)
	}
	return countText(i, v)
}

func percentText(v indicator.Value) string {
	rate, ok := v.Rate()
	if !ok {
		return ""
	}
	return strings.Replace(strconv.FormatFloat(rate, 'f', 1, 64), ".", ",", 1)
}

// trendText says a trend in words, for those who do not see the line.
func trendText(ctx context.Context, r Row) string {
	var out []string
	for _, v := range r.Trend {
		out = append(out, valueText(ctx, r.Indicator, v))
	}
	return lang.T(ctx, "%d kỳ gần nhất: %s", len(out), strings.Join(out, "; "))
}

// spark is the line of a trend in a box of 100 by 24; "" where there is nothing to draw.
func spark(r Row) string {
	var at []float64
	for _, v := range r.Trend {
		x := float64(v.Num)
		if r.DenOf != nil {
			x, _ = v.Rate()
		}
		at = append(at, x)
	}
	most := 0.0
	for _, x := range at {
		most = max(most, x)
	}
	if r.NumOf == nil || most == 0 {
		return ""
	}
	var out []string
	for n, x := range at {
		out = append(out, fmt.Sprintf("%.1f,%.1f", 2+96*float64(n)/float64(len(at)-1), 22-20*x/most))
	}
	return strings.Join(out, " ")
}

// plotX is where a value stands in a plot that is 600 wide.
func plotX(ps []Peer, v float64) string {
	most := 1.0
	for _, p := range ps {
		most = max(most, p.At)
	}
	return fmt.Sprintf("%.1f", 10+580*v/most)
}

// plotY spreads dots of one place over some lines.
func plotY(n int) string { return itoa(14 + n%5*12) }

func peerText(ctx context.Context, i *indicator.Indicator, p Peer) string {
	return lang.T(ctx, "%s: %s (%s)", p.Short, valueText(ctx, i, p.Value), lang.T(ctx, p.State.VN()))
}

func quartileText(ctx context.Context, i *indicator.Indicator, q float64) string {
	if i.DenOf == nil {
		return decimal(ctx, q)
	}
	return decimal(ctx, q) + "\u00a0%"
}

// formulaText writes one side of an indicator with the names of its figures.
func formulaText(ps []Part) string {
	var b strings.Builder
	for n, p := range ps {
		switch {
		case n > 0 && p.Times < 0:
			b.WriteString(" − ")
		case n > 0:
			b.WriteString(" + ")
		}
		b.WriteString(p.Name)
	}
	return b.String()
}

func unitName(ctx context.Context, u string) string {
	switch u {
	case "case":
		return lang.T(ctx, "Vụ")
	case "person":
		return lang.T(ctx, "Người")
	case "act":
		return lang.T(ctx, "Văn bản")
	}
	return "–"
}

func linePath(x Subject) string {
	return "/quality/faults/line?" + url.Values{"case": {string(x.Case)}, "act": {string(x.Act)}, "person": {string(x.Person)}, "figure": {x.Figure}}.Encode()
}

func lines(a asked, figure string) string { return a.Href("/stats/lines", "figure", figure) }

func closeAsk(ctx context.Context, a asked) site.Ask {
	return site.Ask{Action: a.Href("/quality/close"), Name: "close", Label: lang.T(ctx, "Chốt chỉ tiêu của kỳ"), Title: lang.T(ctx, "Chốt chỉ tiêu %s?", periodName(ctx, a.Period)),
		Text: lang.T(ctx, "Giá trị, mức và kết quả của từng chỉ tiêu được giữ nguyên từ nay. Số liệu đổi sau đó chỉ được ghi nhận bên cạnh, kèm lý do."),
		Yes:  lang.T(ctx, "Chốt"), Back: a.Href("/quality")}
}

func kindNames(ctx context.Context, ks []FaultKind) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi loại")}}
	for _, k := range ks {
		out = append(out, site.Option{Value: k.ID, Text: lang.T(ctx, k.Name)})
	}
	return out
}

func verdictOptions(ctx context.Context) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi đánh giá")}}
	for _, v := range Verdicts {
		out = append(out, site.Option{Value: string(v), Text: lang.T(ctx, v.VN())})
	}
	return out
}

func partyOptions(ctx context.Context, first string) []site.Option {
	out := []site.Option{{Text: first}}
	for _, p := range Parties {
		out = append(out, site.Option{Value: string(p), Text: lang.T(ctx, p.VN())})
	}
	return out
}

func stepName(ctx context.Context, verb string) string {
	switch verb {
	case "propose":
		return lang.T(ctx, "Đề xuất")
	case "decide":
		return lang.T(ctx, "Quyết định")
	}
	return lang.T(ctx, "Không chấp nhận đề xuất")
}

// opinionText is an opinion in a line.
func opinionText(ctx context.Context, v Verdict, p Party) string {
	if p == "" {
		return lang.T(ctx, v.VN())
	}
	return lang.T(ctx, v.VN()) + " – " + lang.T(ctx, p.VN())
}

// firstFolio is the number a list of folios begins with.
func firstFolio(folios string) string {
	n := strings.IndexFunc(folios, func(r rune) bool { return r < '0' || r > '9' })
	if n < 0 {
		return folios
	}
	return folios[:n]
}

func sortOf(f FaultFilter, column string) string {
	switch {
	case f.Sort == column || f.Sort == "" && column == "-day":
		if strings.HasPrefix(column, "-") {
			return "descending"
		}
		return "ascending"
	case column == "day" && (f.Sort == "" || f.Sort == "-day"):
		return "descending"
	}
	return ""
}

// dayHref is the list sorted by day the other way round.
func dayHref(v faultView) string {
	if v.Sort == "day" {
		return v.With("sort", "-day")
	}
	return v.With("sort", "day")
}

func may(ctx context.Context, v auth.Verb) bool { return auth.From(ctx).May(v) }

func nextPage(a asked, next string) string {
	if next == "" {
		return ""
	}
	return a.With("after", next)
}

func percentOf(ctx context.Context, share float64) string { return decimal(ctx, 100*share) + "\u00a0%" }

func setOffice(ctx context.Context, s *indicator.Set) string {
	if s.Office == "" {
		return lang.T(ctx, "Toàn ngành")
	}
	return s.Office
}

func targetsText(ctx context.Context, i *indicator.Indicator) string {
	if i == nil {
		return "–"
	}
	var out []string
	for _, t := range i.Targets {
		x := targetText(ctx, t)
		switch {
		case t.FromCases > 0:
			x = lang.T(ctx, "%s (đơn vị từ %d vụ một năm)", x, t.FromCases)
		case t.BelowCases > 0:
			x = lang.T(ctx, "%s (đơn vị dưới %d vụ một năm)", x, t.BelowCases)
		}
		out = append(out, x)
	}
	return strings.Join(out, "; ")
}
