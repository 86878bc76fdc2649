package access

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/org"
	"congminh/internal/site"
)

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(civil.Zone).Format("15:04 02/01/2006")
}

func machine(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func path(r RequestID, do string) string { return "/access/" + string(r) + do }

func readingPath(r ReadingID, do string) string { return "/access/readings/" + string(r) + do }

func sessionPath(x SessionID, do string) string { return "/access/sessions/" + string(x) + do }

func recusalPath(x RecusalID, do string) string { return "/access/recusals/" + string(x) + do }

func recusalKinds(ctx context.Context) (out []site.Option) {
	for _, k := range RecusalKinds {
		out = append(out, site.Option{Value: string(k), Text: lang.T(ctx, k.VN())})
	}
	return out
}

// grounds are what is offered as a basis.
func grounds(p procedure) (out []site.Option) {
	for _, g := range p.Recusal.Grounds {
		out = append(out, site.Option{Value: g, Text: g})
	}
	return out
}

// staffOptions are the people of an office, to choose one of.
func staffOptions(ctx context.Context, people []org.Staff) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Chọn cán bộ")}}
	for _, p := range people {
		out = append(out, site.Option{Value: string(p.ID), Text: p.Name})
	}
	return out
}

func can(ctx context.Context, v auth.Verb) bool { return auth.From(ctx).May(v) }

// tabs are the pages under "Khai thác hồ sơ" that the asker may open.
func tabs(ctx context.Context, waiting int) []site.Link {
	var out []site.Link
	add := func(ok bool, text, href string) {
		if ok {
			out = append(out, site.Link{Text: text, Href: href})
		}
	}
	decide := lang.T(ctx, "Chờ tôi quyết định")
	if waiting > 0 {
		decide += " (" + strconv.Itoa(waiting) + ")"
	}
	leads := can(ctx, MayDecide)
	add(can(ctx, MayAsk), lang.T(ctx, "Phiếu của tôi"), boxPath(Mine))
	add(leads, decide, boxPath(ToDecide))
	add(leads, lang.T(ctx, "Đang mở tại đơn vị"), boxPath(Running))
	add(leads, lang.T(ctx, "Mọi phiếu của đơn vị"), boxPath(OfOffice))
	add(leads || can(ctx, MayHost), lang.T(ctx, "Bị can, người bào chữa đọc tài liệu"), "/access/readings")
	add(leads, lang.T(ctx, "Từ chối, thay đổi người tiến hành tố tụng"), "/access/recusals")
	return out
}

func boxPath(b Box) string {
	if b == Mine || b == "" {
		return "/access"
	}
	return "/access?box=" + string(b)
}

// next is the address of the page after, "" if there is none.
func next(base, after string) string {
	if after == "" {
		return ""
	}
	sep := "?"
	if strings.Contains(base, "?") {
		sep = "&"
	}
	return base + sep + "after=" + url.QueryEscape(after)
}

func tone(r Request, now time.Time) string {
	switch {
	case r.Late(now), r.Review == Unjustified:
		return "danger"
	case r.Waits():
		return "warning"
	case r.State == Active:
		return "success"
	}
	return "neutral"
}

func readingTone(r Reading, today civil.Date) string {
	switch {
	case r.Late(today):
		return "danger"
	case r.State == Received, r.State == Forwarding:
		return "warning"
	case r.State == Allowed:
		return "success"
	}
	return "neutral"
}

// what names the case of a request, or says what it was asked for by.
func what(ctx context.Context, r Request) string {
	if r.Title != "" {
		return r.Title
	}
	return lang.T(ctx, "Hồ sơ số %s", r.Key)
}

func modeText(ctx context.Context, m policy.Mode) string {
	if m == policy.Copies {
		return lang.T(ctx, "Xem, in và tải")
	}
	return lang.T(ctx, "Chỉ xem")
}

func kindText(ctx context.Context, r Request) string {
	if r.Kind == Urgent {
		return lang.T(ctx, "Mở khẩn cấp")
	}
	return lang.T(ctx, "Phiếu khai thác")
}

func modeOptions(ctx context.Context) []site.Option {
	return []site.Option{{Value: string(policy.Reads), Text: modeText(ctx, policy.Reads)}, {Value: string(policy.Copies), Text: modeText(ctx, policy.Copies)}}
}

func decideOptions(ctx context.Context) []site.Option {
	return []site.Option{{Value: "yes", Text: lang.T(ctx, "Đồng ý")}, {Value: "no", Text: lang.T(ctx, "Từ chối, có lý do")}}
}

func reviewOptions(ctx context.Context) []site.Option {
	return []site.Option{{Value: string(Justified), Text: lang.T(ctx, Justified.VN())}, {Value: string(Unjustified), Text: lang.T(ctx, Unjustified.VN())}}
}

func capacityOptions(ctx context.Context) (out []site.Option) {
	for _, c := range Capacities {
		out = append(out, site.Option{Value: string(c), Text: lang.T(ctx, c.VN())})
	}
	return out
}

func stateOptions(ctx context.Context) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi trạng thái")}}
	for _, s := range []ReadingState{Forwarding, Received, Allowed, Denied, Finished} {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

func peopleOptions(ctx context.Context, people []org.Staff) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Chính tôi")}}
	for _, p := range people {
		if string(p.ID) != auth.From(ctx).ID {
			out = append(out, site.Option{Value: string(p.ID), Text: p.Name})
		}
	}
	return out
}

// steps is the life of a request, in order, with what is still to come.
func steps(ctx context.Context, v View) []site.Happening {
	var out []site.Happening
	add := func(at time.Time, text, who, note, kind string) {
		if !at.IsZero() {
			out = append(out, site.Happening{When: when(at), Time: machine(at), What: text, Who: who, Note: note, Kind: kind})
		}
	}
	r := v.Request
	if r.Kind == Urgent {
		add(r.Made, lang.T(ctx, "Mở khẩn cấp"), r.RequesterName, r.Purpose, "warning")
	} else {
		add(r.Made, lang.T(ctx, "Gửi phiếu yêu cầu"), r.RequesterName, r.Purpose, "info")
	}
	refused := r.State == Refused
	switch {
	case r.Decided.IsZero():
	case refused && r.Seconded.IsZero():
		add(r.Decided, lang.T(ctx, "Từ chối"), r.ApproverName, r.Reason, "danger")
	default:
		add(r.Decided, lang.T(ctx, "Duyệt lần một"), r.ApproverName, "", "success")
	}
	if refused {
		add(r.Seconded, lang.T(ctx, "Từ chối"), r.SecondName, r.Reason, "danger")
	} else {
		add(r.Seconded, lang.T(ctx, "Duyệt lần hai"), r.SecondName, r.Reason, "success")
	}
	if r.State == Active || !r.Ended.IsZero() && r.State != Withdrawn {
		add(r.From, lang.T(ctx, "Mở từ"), "", "", "info")
	}
	if r.State == Active {
		add(r.To, lang.T(ctx, "Tự đóng lúc"), "", "", "")
	}
	add(r.Ended, lang.T(ctx, r.State.VN()), r.EndedName, r.EndedWhy, "")
	add(r.Reviewed, lang.T(ctx, r.Review.VN()), r.ReviewerName, r.ReviewNote, map[Review]string{Justified: "success", Unjustified: "danger"}[r.Review])
	return out
}

func useText(ctx context.Context, u Use) string {
	switch u.Verb {
	case "page.view":
		return lang.T(ctx, "Xem trang")
	case "page.print":
		return lang.T(ctx, "In trang")
	case "document.download":
		return lang.T(ctx, "Tải tài liệu")
	case "dossier.search":
		return lang.T(ctx, "Tìm trong hồ sơ")
	case "dossier.export":
		return lang.T(ctx, "Xuất gói chứng cứ")
	}
	return u.Verb
}

func withdrawAsk(ctx context.Context, r RequestID) site.Ask {
	return site.Ask{Action: path(r, "/withdraw"), Name: "withdraw", Label: lang.T(ctx, "Rút phiếu"), Title: lang.T(ctx, "Rút phiếu này?"),
		Text: lang.T(ctx, "Phiếu đã rút không gửi lại được; muốn khai thác phải lập phiếu mới."), Yes: lang.T(ctx, "Rút phiếu"), Back: path(r, "")}
}

func closeAsk(ctx context.Context, r RequestID) site.Ask {
	return site.Ask{Action: path(r, "/close"), Name: "close", Label: lang.T(ctx, "Đóng, không dùng nữa"), Title: lang.T(ctx, "Đóng phiếu này?"),
		Text: lang.T(ctx, "Quyền mở hồ sơ theo phiếu này kết thúc ngay."), Yes: lang.T(ctx, "Đóng phiếu"), Back: path(r, "")}
}
