package archive

import (
	"context"
	"strconv"
	"strings"
	"time"

	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/site"
)

// May reports whether the asker may do v, for showing what leads there.
func May(ctx context.Context, v auth.Verb) bool { return auth.From(ctx).May(v) }

func stamp(t time.Time) string { return t.In(civil.Zone).Format("15:04 02/01/2006") }

// me reports whether the asker is somebody.
func me[T ~string](ctx context.Context, who T) bool { return string(who) == auth.From(ctx).ID }

func tabs(ctx context.Context) []site.Link {
	out := []site.Link{{Text: lang.T(ctx, "Bàn làm việc"), Href: "/archive"}, {Text: lang.T(ctx, "Tập hồ sơ"), Href: "/archive/volumes"}, {Text: lang.T(ctx, "Phiếu mượn"), Href: "/archive/slips"},
		{Text: lang.T(ctx, "Bàn giao"), Href: "/archive/handovers"}, {Text: lang.T(ctx, "Hồ sơ lưu trữ"), Href: "/archive/files"}}
	if May(ctx, MayDestroy) {
		out = append(out, site.Link{Text: lang.T(ctx, "Tiêu hủy hồ sơ"), Href: "/archive/destructions"})
	}
	return append(out, site.Link{Text: lang.T(ctx, "Thời hạn bảo quản"), Href: "/archive/retention"})
}

func whereKind(w Where) string {
	switch w {
	case Shelved:
		return "success"
	case Lent:
		return "info"
	case Nowhere:
		return "warning"
	}
	return "neutral"
}

func slipKind(s SlipState) string {
	switch s {
	case Overdue:
		return "danger"
	case Out:
		return "info"
	}
	return "success"
}

func handKind(s HandoverState) string {
	switch s {
	case HandedOver:
		return "success"
	case NotTaken:
		return "neutral"
	}
	return "warning"
}

func stageKind(s FileStage) string {
	switch s {
	case ToValue, ToStore:
		return "warning"
	case Archived:
		return "success"
	case Current:
		return "info"
	}
	return "neutral"
}

func endKind(s DestructionState) string {
	switch s {
	case ProposedD, ApprovedD:
		return "warning"
	case DoneD:
		return "success"
	}
	return "neutral"
}

func sorted(on bool, how string) string {
	if on {
		return how
	}
	return ""
}

func options[T ~string](ctx context.Context, all string, of []T, name func(T) string) []site.Option {
	out := []site.Option{{Text: all}}
	for _, x := range of {
		out = append(out, site.Option{Value: string(x), Text: lang.T(ctx, name(x))})
	}
	return out
}

// period is how long a rule keeps a file, in the reader's language.
func period(ctx context.Context, r Rule) string {
	switch {
	case !r.Confirmed():
		return lang.T(ctx, "Chưa xác nhận")
	case r.Permanent:
		return lang.T(ctx, "Vĩnh viễn")
	}
	return lang.T(ctx, "%d năm", r.Years)
}

func ruleName(rs []Rule, code string) string {
	for _, r := range rs {
		if r.Code == code {
			return r.Name
		}
	}
	return code
}

func ruleOptions(ctx context.Context, rs []Rule) []site.Option {
	out := []site.Option{{Text: "—"}}
	for _, r := range rs {
		out = append(out, site.Option{Value: r.Code, Text: r.Name + " (" + period(ctx, r) + ")", Lang: "vi"})
	}
	return out
}

func countedOptions(ctx context.Context) (out []site.Option) {
	for _, c := range Counteds {
		out = append(out, site.Option{Value: string(c), Text: lang.T(ctx, c.VN())})
	}
	return out
}

func confidence(ctx context.Context, c string) string {
	switch c {
	case "A":
		return lang.T(ctx, "đã đọc trong văn bản")
	case "B":
		return lang.T(ctx, "thấy trong tài liệu của ngành")
	}
	return lang.T(ctx, "chỉ biết tên văn bản, chưa đọc bảng thời hạn")
}

func content(ctx context.Context, c string) string {
	switch c {
	case ContentWaiting:
		return lang.T(ctx, "Chờ xóa")
	case ContentGone:
		return lang.T(ctx, "Đã xóa")
	}
	return lang.T(ctx, "Còn nguyên")
}

// happenings tells steps; those at one of vs name it.
func happenings(ctx context.Context, steps []Step, vs []Volume) (out []site.Happening) {
	name := map[VolumeID]string{}
	for _, v := range vs {
		name[v.ID] = v.Name()
	}
	for _, x := range steps {
		note := x.Note
		if of := name[x.Volume]; of != "" && !strings.HasPrefix(note, of) {
			note = strings.TrimSuffix(of+": "+note, ": ")
		}
		if x.Place != "" {
			note = strings.TrimSuffix(x.Place+" — "+note, " — ")
		}
		out = append(out, site.Happening{When: stamp(x.At), Time: x.At.Format(time.RFC3339), What: lang.T(ctx, x.Act.VN()), Who: x.ByName, Note: note})
	}
	return out
}

func number(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// backOf is what was typed of a volume, or what went out.
func backOf(backs []Back, v VolumeID) Back {
	for _, b := range backs {
		if b.Volume == v {
			return b
		}
	}
	return Back{Volume: v, Folios: -1}
}

func approveAsk(ctx context.Context, x Destruction, why string) site.Ask {
	return site.Ask{Action: endPath(x.ID, "/decide"), Name: "approve", Label: lang.T(ctx, "Duyệt tiêu hủy"), Title: lang.T(ctx, "Duyệt tiêu hủy %d hồ sơ?", x.Count),
		Text: lang.T(ctx, "Hồ sơ giấy và nội dung điện tử sẽ bị tiêu hủy, không lấy lại được. Biên bản và mã băm được giữ mãi mãi."),
		Yes:  lang.T(ctx, "Duyệt tiêu hủy"), Danger: true, Hidden: []site.Option{{Text: "yes", Value: "on"}, {Text: "why", Value: why}}, Back: endPath(x.ID, "")}
}

// Words of papers, which are Vietnamese.

func dots(n int) string { return strings.Repeat("…", (n+1)/2) }

func orDots(s string, n int) string {
	if s == "" {
		return dots(n)
	}
	return s
}

// dayText writes a moment as minutes begin: "ngày 26 tháng 11 năm 2026".
func dayText(d civil.Date) string {
	return "ngày " + string(d[8:10]) + " tháng " + string(d[5:7]) + " năm " + string(d[:4])
}

func dayOf(t *time.Time) string {
	if t == nil {
		return dots(20)
	}
	return civil.On(*t).VN()
}

// dayOrNone is the day of a moment in a spreadsheet, empty before it comes.
func dayOrNone(t *time.Time) string {
	if t == nil {
		return ""
	}
	return civil.On(*t).VN()
}

func total(vs []Volume) (n int) {
	for _, v := range vs {
		n += v.Folios
	}
	return n
}

func handed(vs []HandoverVolume) (files, folios int) {
	seen := map[dossier.ID]bool{}
	for _, v := range vs {
		seen[v.dossier] = true
		folios += v.Folios
	}
	return len(seen), folios
}
