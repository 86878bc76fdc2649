package quality

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/quality/watchlist"
	"congminh/internal/site"
)

func count(n int) string { return strconv.Itoa(n) }

// folio is a folio number, nothing of none.
func folio(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// share is a share in per cent, or days; a dash of none.
func share(n int) string {
	if n < 0 {
		return "–"
	}
	return strconv.Itoa(n)
}

func vnMoment(t time.Time) string { return t.In(civil.Zone).Format("15:04 02/01/2006") }

func severityKind(s watchlist.Severity) string {
	if s == watchlist.Serious {
		return "danger"
	}
	return "warning"
}

func watchKind(s WatchState) string {
	switch s {
	case WatchOpen:
		return "neutral"
	case WatchReminded, WatchNoticed:
		return "warning"
	case WatchAnswered:
		return "info"
	case WatchClosed:
		return "success"
	}
	return "neutral"
}

func noticeKind(s NoticeState) string {
	switch s {
	case NoticeIssued:
		return "warning"
	case NoticeAnswered:
		return "info"
	case NoticeRemedied:
		return "success"
	case NoticeUnremedied:
		return "danger"
	}
	return "neutral"
}

// choose offers all values of a kind, and none of them under a word.
func choose[T ~string](ctx context.Context, none string, all []T, vn func(T) string) []site.Option {
	out := []site.Option{{Text: none}}
	for _, x := range all {
		out = append(out, site.Option{Value: string(x), Text: lang.T(ctx, vn(x))})
	}
	return out
}

// ages are the choices of how long ago something was found.
func ages(ctx context.Context) []site.Option {
	out := []site.Option{{Value: "", Text: lang.T(ctx, "Mọi lúc")}}
	for _, n := range []int{3, 7, 15, 30, 90} {
		out = append(out, site.Option{Value: count(n), Text: lang.T(ctx, "Từ %d ngày trở lên", n)})
	}
	return out
}

func ageValue(n int) string {
	if n == 0 {
		return ""
	}
	return count(n)
}

func handlerOptions(ctx context.Context, v patrolView) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi người")}}
	for _, p := range v.handlers {
		out = append(out, site.Option{Value: string(p.ID), Text: p.Name})
	}
	return out
}

func (v patrolView) next() string {
	if v.list.Next == "" {
		return ""
	}
	return v.with("/quality/patrol", "after", v.list.Next)
}

// column is the head of a column that sorts the list.
func (v patrolView) column(text, sort, direction string) site.Column {
	c := site.Column{Text: text, Href: v.with("/quality/patrol", "sort", sort)}
	if cmp.Or(v.f.Sort, "grave") == sort {
		c.Sort = direction
	}
	return c
}

// filtered reports whether the list is narrowed.
func (v patrolView) filtered() bool {
	f := v.f
	f.Req, f.Sort = WatchFilter{}.Req, ""
	return f != WatchFilter{}
}

// total is how many findings the list has.
func (v patrolView) total() (n int) {
	for _, by := range v.sum {
		for _, c := range by {
			n += c
		}
	}
	return n
}

func stepText(ctx context.Context, verb string) string {
	switch verb {
	case "found":
		return lang.T(ctx, "Tuần tra phát hiện")
	case "reminded":
		return lang.T(ctx, "Nhắc miệng")
	case "noticed":
		return lang.T(ctx, "Ra thông báo giám sát")
	case "answered":
		return lang.T(ctx, "Người thụ lý trả lời")
	case "remedied":
		return lang.T(ctx, "Đánh giá: đã khắc phục")
	case "unremedied":
		return lang.T(ctx, "Đánh giá: chưa khắc phục")
	case "reported":
		return lang.T(ctx, "Báo cáo lên cấp trên")
	case "gone":
		return lang.T(ctx, "Không còn: hệ thống tự đóng")
	}
	return verb
}

func stepKind(verb string) string {
	switch verb {
	case "remedied", "gone":
		return "success"
	case "unremedied", "reported":
		return "danger"
	case "reminded", "noticed":
		return "warning"
	}
	return "info"
}

// happenings tells steps as a timeline.
func watchHappenings(ctx context.Context, steps []WatchStep) (out []site.Happening) {
	for _, x := range steps {
		note := x.Note
		if x.Folio > 0 {
			note += " (" + lang.T(ctx, "bút lục %d", x.Folio) + ")"
		}
		what := stepText(ctx, x.Verb)
		if x.ToName != "" {
			what += " → " + x.ToName
		}
		out = append(out, site.Happening{When: vnMoment(x.At), Time: x.At.Format(time.RFC3339), What: what, Who: x.ByName, Note: note, Kind: stepKind(x.Verb)})
	}
	return out
}

// ledgerColumns are the columns of the ledger of a month.
var ledgerColumns = []struct {
	title string
	of    func(watchlist.Counts) string
}{
	{"Đầu kỳ", func(c watchlist.Counts) string { return count(c.Before) }},
	{"Phát hiện", func(c watchlist.Counts) string { return count(c.Found) }},
	{"Nhắc miệng", func(c watchlist.Counts) string { return count(c.Reminded) }},
	{"Thông báo", func(c watchlist.Counts) string { return count(c.Noticed) }},
	{"Báo cáo cấp trên", func(c watchlist.Counts) string { return count(c.Reported) }},
	{"Khắc phục đúng hạn", func(c watchlist.Counts) string { return count(c.InTime) }},
	{"Khắc phục quá hạn", func(c watchlist.Counts) string { return count(c.Late) }},
	{"Lặp lại", func(c watchlist.Counts) string { return count(c.Repeated) }},
	{"Cuối kỳ", func(c watchlist.Counts) string { return count(c.Open) }},
	{"Tỷ lệ khắc phục (%)", func(c watchlist.Counts) string { return share(c.Remedied()) }},
	{"Số ngày (trung vị)", func(c watchlist.Counts) string { return share(c.Median) }},
}

// ledgerPart is what the ledger is told apart by.
type ledgerPart struct {
	title string
	lines []watchlist.Line
	name  func(string) string
}

func (l WatchLedger) parts() []ledgerPart {
	named := func(key string) string { return cmp.Or(l.Names[key], "Chưa phân công") }
	return []ledgerPart{
		{"Nhóm", l.Counts.Groups, func(k string) string { return watchlist.Group(k).VN() }},
		{"Mức", l.Counts.Grades, func(k string) string { return watchlist.Severity(k).VN() }},
		{"Đơn vị", l.Counts.Offices, named},
		{"Người thụ lý", l.Counts.Handlers, named},
	}
}

func closedText(l WatchLedger) string {
	if l.Closed == nil {
		return "Chưa chốt"
	}
	return "Chốt " + vnMoment(*l.Closed) + ", " + l.Closer
}

// monthChange is the address of the ledger of another month.
func (l WatchLedger) href(path, month string) string {
	return path + "?office=" + string(l.Office.ID) + "&month=" + month
}

func ledgerHeads(ctx context.Context, first string) []site.Column {
	out := []site.Column{{Text: first}}
	for _, c := range ledgerColumns {
		out = append(out, site.Column{Text: lang.T(ctx, c.title), Number: true})
	}
	return out
}
