package stats

import (
	"context"
	"strings"

	"congminh/internal/kit/lang"
	"congminh/internal/org"
	"congminh/internal/site"
	"congminh/internal/stats/period"
)

// Groups lists the groups of figures in the order of the forms (TTLT 05/2018).
var Groups = []string{"report", "investigation", "prosecution", "trial", "custody", "enforcement", "violation", "quality"}

func groupName(ctx context.Context, g string) string {
	switch g {
	case "report":
		return lang.T(ctx, "Nguồn tin về tội phạm")
	case "investigation":
		return lang.T(ctx, "Khởi tố, điều tra")
	case "prosecution":
		return lang.T(ctx, "Truy tố")
	case "trial":
		return lang.T(ctx, "Xét xử")
	case "custody":
		return lang.T(ctx, "Tạm giữ, tạm giam")
	case "enforcement":
		return lang.T(ctx, "Thi hành án hình sự")
	case "violation":
		return lang.T(ctx, "Yêu cầu, kiến nghị, kháng nghị")
	case "quality":
		return lang.T(ctx, "Chất lượng công tác")
	}
	return g
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

// change tells how much a figure moved against the year before.
func change(ctx context.Context, now, before int64) string {
	if before == 0 {
		return "–"
	}
	return lang.T(ctx, "%+.1f %%", 100*float64(now-before)/float64(before))
}

func ofGroup(rows []figureRow, g string) (out []figureRow) {
	for _, r := range rows {
		if r.Group == g {
			out = append(out, r)
		}
	}
	return out
}

func tabs(ctx context.Context) []site.Link {
	return []site.Link{{Text: lang.T(ctx, "Số liệu"), Href: "/stats"}, {Text: lang.T(ctx, "Bảng điều hành"), Href: "/stats/board"}, {Text: lang.T(ctx, "Báo cáo tự chọn"), Href: "/stats/reports"}, {Text: lang.T(ctx, "Biểu thống kê"), Href: "/stats/forms"}, {Text: lang.T(ctx, "Đơn vị cấp dưới"), Href: "/stats/below"}}
}

func nextOf(a asked, after string) string {
	if after == "" {
		return ""
	}
	q := a.at.Query()
	q.Set("after", after)
	return a.at.Path + "?" + q.Encode()
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
