package operation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/law"
	"congminh/internal/site"
)

func citeList(cs []law.Citation) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.String()
	}
	return out
}

func cites(cs []law.Citation) string { return strings.Join(citeList(cs), "; ") }

// allClasses is the extension without its classes, which stand in a column of their own.
func allClasses(e law.Extension) law.Extension {
	e.Classes = nil
	return e
}

// deciders are who may grant an extension, a body that stayed the same once.
func deciders(e law.Extension) (out []law.Competence) {
	for _, c := range e.DecidedBy {
		if n := len(out); n > 0 && out[n-1].By == c.By && out[n-1].To != "" && out[n-1].To.Add(1) == c.From {
			out[n-1].To = c.To
			continue
		}
		out = append(out, c)
	}
	return out
}

func leads(warn []string) string {
	out := make([]string, len(warn))
	for i, w := range warn {
		out[i] = law.SayLead(w)
	}
	return strings.Join(out, ", ")
}

func termOptions(ctx context.Context, terms []law.Term) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Tất cả")}}
	for _, t := range terms {
		out = append(out, site.Option{Value: t.Code, Text: t.Title, Lang: "vi"})
	}
	return out
}

func gradeOptions(ctx context.Context) []site.Option {
	return []site.Option{{Text: lang.T(ctx, "Tất cả")}, {Value: "A", Text: "A"}, {Value: "B", Text: "B"}, {Value: "C", Text: "C"}, {Value: "D", Text: "D"}}
}

func lawStatusOptions(ctx context.Context) []site.Option {
	return []site.Option{
		{Text: lang.T(ctx, "Tất cả")}, {Value: string(law.Active), Text: lang.T(ctx, "Đang dùng")}, {Value: "unconfirmed", Text: lang.T(ctx, "Chưa ai xác nhận")},
		{Value: string(law.Unverified), Text: lang.T(ctx, "Không tính")}, {Value: string(law.Off), Text: lang.T(ctx, "Đã tắt")},
	}
}

func weekdayText(ctx context.Context, d civil.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil { // the pack has been checked
		return ""
	}
	return []string{
		lang.T(ctx, "Chủ nhật"), lang.T(ctx, "thứ Hai"), lang.T(ctx, "thứ Ba"), lang.T(ctx, "thứ Tư"), lang.T(ctx, "thứ Năm"), lang.T(ctx, "thứ Sáu"), lang.T(ctx, "thứ Bảy"),
	}[t.Weekday()]
}

func dayKind(ctx context.Context, kind string) string {
	switch kind {
	case "statutory":
		return lang.T(ctx, "ngày lễ")
	case "compensation":
		return lang.T(ctx, "nghỉ bù")
	case "swap_off":
		return lang.T(ctx, "hoán đổi")
	case "makeup":
		return lang.T(ctx, "làm bù")
	}
	return kind
}

func choiceTitle(p *law.Pack, list, code string) string {
	l, _ := p.List(list)
	for _, x := range l.Items {
		if x.Code == code {
			return x.Title
		}
	}
	return code
}

func listTitle(p *law.Pack, code string) string {
	l, _ := p.List(code)
	return l.Title
}

func chapterOptions(ctx context.Context, p *law.Pack) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Tất cả")}}
	l, _ := p.List("chapters")
	for _, x := range l.Items {
		out = append(out, site.Option{Value: x.Code, Text: x.Code + ". " + x.Title, Lang: "vi"})
	}
	return out
}

// penaltyOf writes the principal penalty a clause threatens.
func penaltyOf(ctx context.Context, c law.Clause) string {
	switch {
	case c.Kind == "additional":
		return lang.T(ctx, "hình phạt bổ sung")
	case c.Kind == "entity":
		return lang.T(ctx, "hình phạt đối với pháp nhân thương mại")
	case c.Max == "" || c.Kind != "":
		return ""
	case c.Min == "" || c.Min == c.Max:
		return penalty(ctx, c.Max)
	}
	return lang.T(ctx, "từ %s đến %s", penalty(ctx, c.Min), penalty(ctx, c.Max))
}

func penalty(ctx context.Context, code string) string {
	switch code {
	case "death":
		return lang.T(ctx, "tử hình")
	case "life":
		return lang.T(ctx, "tù chung thân")
	case "reform":
		return lang.T(ctx, "cải tạo không giam giữ")
	case "fine":
		return lang.T(ctx, "phạt tiền")
	case "warning":
		return lang.T(ctx, "cảnh cáo")
	}
	n, err := strconv.Atoi(strings.TrimRight(code, "my"))
	switch {
	case err != nil:
		return code
	case strings.HasSuffix(code, "m"):
		return lang.T(ctx, "%d tháng tù", n)
	}
	return lang.T(ctx, "%d năm tù", n)
}

func groupText(ctx context.Context, group string) string {
	switch group {
	case "report":
		return lang.T(ctx, "Nguồn tin về tội phạm")
	case "opening":
		return lang.T(ctx, "Khởi tố")
	case "measure":
		return lang.T(ctx, "Biện pháp ngăn chặn, cưỡng chế")
	case "investigation":
		return lang.T(ctx, "Điều tra")
	case "prosecution":
		return lang.T(ctx, "Truy tố")
	case "trial":
		return lang.T(ctx, "Xét xử sơ thẩm")
	case "appeal":
		return lang.T(ctx, "Phúc thẩm")
	case "cassation":
		return lang.T(ctx, "Giám đốc thẩm, tái thẩm")
	case "enforcement":
		return lang.T(ctx, "Thi hành án")
	case "handover":
		return lang.T(ctx, "Giao nhận hồ sơ")
	case "violation":
		return lang.T(ctx, "Vi phạm, kiến nghị, kháng nghị")
	case "other":
		return lang.T(ctx, "Việc khác")
	}
	return group
}

// groupOptions are the groups the catalogue uses, in its order.
func groupOptions(ctx context.Context, p *law.Pack) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Tất cả")}}
	for _, a := range p.Acts() {
		if !slices.ContainsFunc(out, func(o site.Option) bool { return o.Value == a.Group }) {
			out = append(out, site.Option{Value: a.Group, Text: groupText(ctx, a.Group)})
		}
	}
	return out
}

func byText(ctx context.Context, by []string) string {
	var out []string
	for _, b := range by {
		switch b {
		case "police":
			out = append(out, lang.T(ctx, "Cơ quan điều tra"))
		case "procuracy":
			out = append(out, lang.T(ctx, "Viện kiểm sát"))
		case "court":
			out = append(out, lang.T(ctx, "Tòa án"))
		default:
			out = append(out, lang.T(ctx, "cơ quan khác"))
		}
	}
	return strings.Join(out, ", ")
}

// startedBy returns the rules whose clock an act starts, the last version of each.
func startedBy(p *law.Pack, a law.ActKind) (out []law.Rule) {
	for _, r := range p.Rules() {
		starts := slices.ContainsFunc(a.Events, func(e string) bool {
			name, _, _ := strings.Cut(e, "@")
			return name == r.Trigger
		})
		if starts && r.To == "" {
			out = append(out, r)
		}
	}
	return out
}
