package deadline

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/lang"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/site"
)

// frame is what the pages of this module have in common.
func frame(title string, actions templ.Component) site.Page {
	return site.Page{Title: title, Nav: "/deadlines", Styles: []string{assets.URL("deadline.css")}, Scripts: []string{assets.URL("deadline.js")}, Actions: actions}
}

func wide(p site.Page) site.Page {
	p.Wide = true
	return p
}

// tabs are the pages under "Thời hạn".
func tabs(ctx context.Context, unseen int) []site.Link {
	box := lang.T(ctx, "Hộp cảnh báo")
	if unseen > 0 {
		box += fmt.Sprintf(" (%d)", unseen)
	}
	out := []site.Link{
		{Text: lang.T(ctx, "Bảng theo dõi"), Href: "/deadlines"},
		{Text: lang.T(ctx, "Lịch"), Href: "/deadlines/calendar"},
		{Text: box, Href: "/deadlines/inbox"},
		{Text: lang.T(ctx, "Án tạm đình chỉ"), Href: "/deadlines/suspended"},
	}
	if may(ctx, MayAct) {
		out = append(out, site.Link{Text: lang.T(ctx, "Cách nhận cảnh báo"), Href: "/deadlines/settings"})
	}
	return append(out, site.Link{Text: lang.T(ctx, "Ai được báo khi nào"), Href: "/deadlines/policy"})
}

func may(ctx context.Context, v auth.Verb) bool { return auth.From(ctx).May(v) }

func clockPath(id ClockID) string { return "/deadlines/" + string(id) }

func warningPath(id WarningID, do string) string {
	return "/deadlines/warnings/" + string(id) + "/" + do
}

func casePath(k Clock) string { return "/cases/" + string(k.Case) }

func itoa(n int) string { return strconv.Itoa(n) }

// hourly reports whether a clock ends at a minute and not with a day.
func (k Clock) hourly() bool { return len(k.Nominal) > len("2026-11-26") }

// countdown is what is left in a figure and a word below it.
func countdown(ctx context.Context, k Clock) (figure, word string) {
	m := k.Minutes
	switch {
	case k.State == Manual:
		return "?", lang.T(ctx, "chưa có hạn")
	case k.State != Running:
		return "–", lang.T(ctx, k.State.VN())
	case k.hourly() && m >= 0 && m < 72*60:
		return fmt.Sprintf("%d:%02d", m/60, m%60), lang.T(ctx, "giờ còn lại")
	case k.hourly() && m < 0 && m > -72*60:
		return fmt.Sprintf("%d:%02d", -m/60, -m%60), lang.T(ctx, "giờ quá hạn")
	case k.Days < 0:
		return itoa(-k.Days), lang.T(ctx, "ngày quá hạn")
	case k.Days == 0:
		return lang.T(ctx, "Hôm nay"), lang.T(ctx, "hết ngày")
	}
	return itoa(k.Days), lang.T(ctx, "ngày còn lại")
}

// left is countdown in words: "còn 5 giờ 20 phút", "quá 2 ngày".
func left(ctx context.Context, k Clock) string {
	m := k.Minutes
	switch {
	case k.State != Running:
		return lang.T(ctx, k.State.VN())
	case k.hourly() && m >= 0 && m < 72*60:
		return lang.T(ctx, "còn %d giờ %d phút", m/60, m%60)
	case k.hourly() && m < 0 && m > -72*60:
		return lang.T(ctx, "quá %d giờ %d phút", -m/60, -m%60)
	case k.Days < 0:
		return lang.T(ctx, "quá %d ngày", -k.Days)
	case k.Days == 0:
		return lang.T(ctx, "hết hôm nay")
	}
	return lang.T(ctx, "còn %d ngày", k.Days)
}

// tone is the colour of what is left. It never speaks alone: the words beside it do.
func tone(k Clock) string {
	switch {
	case k.State == Manual:
		return "warning"
	case k.State == Missed || k.State == Late:
		return "danger"
	case k.State == Done:
		return "success"
	case k.State != Running:
		return "neutral"
	case k.Level == Breached || k.Level == Overdue:
		return "danger"
	case k.Held == InCustody && k.Minutes < 6*60:
		return "danger"
	case k.Level == Today, k.Held == InCustody && k.Minutes < 24*60, k.Held == Detained && k.Days < 5:
		return "warning"
	case k.Level == Week:
		return "info"
	}
	return "neutral"
}

func weekdayVN(ctx context.Context, d civil.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	switch t.Weekday() {
	case time.Monday:
		return lang.T(ctx, "thứ Hai")
	case time.Tuesday:
		return lang.T(ctx, "thứ Ba")
	case time.Wednesday:
		return lang.T(ctx, "thứ Tư")
	case time.Thursday:
		return lang.T(ctx, "thứ Năm")
	case time.Friday:
		return lang.T(ctx, "thứ Sáu")
	case time.Saturday:
		return lang.T(ctx, "thứ Bảy")
	case time.Sunday:
	}
	return lang.T(ctx, "Chủ nhật")
}

// when writes a day or a minute with its weekday: "22:30 thứ Năm 26/11/2026".
func when(ctx context.Context, s string) string {
	if len(s) < 10 {
		return ""
	}
	d := civil.Date(s[:10])
	out := weekdayVN(ctx, d) + " " + d.VN()
	if len(s) >= 16 && s[11:16] != "24:00" {
		out = s[11:16] + " " + out
	}
	return out
}

// at writes a moment to the minute: "07:15 26/11/2026".
func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(civil.Zone).Format("15:04 02/01/2006")
}

func rfc(t time.Time) string { return t.Format(time.RFC3339) }

// legal is what is to be said of the legal end beside the nominal one.
func legal(ctx context.Context, k Clock) string {
	if k.Legal == "" || k.Legal == k.Nominal {
		return ""
	}
	return lang.T(ctx, "hạn luật định: %s", when(ctx, k.Legal))
}

// article is the first place in the law, short enough for a line: the year and the
// body of a code go without saying, the number of a circular does not.
func article(cs []law.Citation) string {
	if len(cs) == 0 {
		return ""
	}
	c := cs[0]
	out := cite(shortLaw(c.Law), c.Article, c.Clause)
	if len(cs) > 1 {
		out += fmt.Sprintf(" (+%d)", len(cs)-1)
	}
	return out
}

func shortLaw(s string) string {
	name, number, ok := strings.Cut(s, " ")
	if !ok {
		return s
	}
	if strings.Contains(number, "/QH") {
		return name
	}
	if parts := strings.SplitN(number, "/", 3); len(parts) == 3 {
		return name + " " + parts[0] + "/" + parts[1]
	}
	return s
}

func cites(cs []law.Citation) string {
	var out []string
	for _, c := range cs {
		out = append(out, cite(c.Law, c.Article, c.Clause))
	}
	return strings.Join(out, "; ")
}

// levels are the links of the board that filter by how near the end is.
func scopeOptions(ctx context.Context, scopes []Scope) (out []site.Option) {
	for _, s := range scopes {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

// scopesOf are the scopes that mean something to who asks.
func scopesOf(ctx context.Context) []Scope {
	out := []Scope{Mine, Unit, Office}
	if a := auth.From(ctx); slices.Contains(a.Below, MayRead) && levelOf(auth.Path(a.Path)) != "region" {
		out = append(out, Superior)
	}
	return out
}

// boardPath is the address of a board with some things asked.
func boardPath(scope Scope, ask ...string) string {
	q := url.Values{"scope": {string(scope)}}
	for i := 0; i+1 < len(ask); i += 2 {
		q.Set(ask[i], ask[i+1])
	}
	return "/deadlines?" + q.Encode()
}

// tally is one number of a board, which filters it.
type tally struct {
	Text, Href, Tone string
	N                int
	On               bool
}

func tallies(ctx context.Context, b Board, f Filter) []tally {
	c := b.Counts
	level := func(l Level, tone string) tally {
		return tally{lang.T(ctx, l.VN()), boardPath(b.Scope, "level", string(l)), tone, c.Of(l), f.Level == l}
	}
	return []tally{
		level(Breached, "danger"), level(Overdue, "danger"), level(Today, "warning"), level(Week, "info"), level(Month, "neutral"),
		{lang.T(ctx, "Tạm giữ"), boardPath(b.Scope, "held", "1"), "warning", c.Custody, f.Held == InCustody},
		{lang.T(ctx, "Tạm giam ≤ 10 ngày"), boardPath(b.Scope, "held", "2"), "warning", within(c.DetentionLeft, 10), f.Held == Detained},
		{lang.T(ctx, "Chờ cơ quan khác"), boardPath(b.Scope, "whose", "other"), "neutral", c.Waiting, f.Whose == "other"},
		{lang.T(ctx, "Cần nhập hạn"), boardPath(b.Scope, "state", "manual"), "warning", c.Manual, f.State == Manual},
		{lang.T(ctx, "Tạm đình chỉ"), "/deadlines/suspended?scope=" + string(b.Scope), "neutral", c.Suspended, false},
	}
}

func within(ls []Left, n int) (out int) {
	for _, l := range ls {
		if l.Within >= 0 && l.Within <= n {
			out += l.Clocks
		}
	}
	return out
}

// deskTallies lead to the parts of the first screen.
func deskTallies(ctx context.Context, d Desk, f DeskFilter) (out []tally) {
	if d.Warned > 0 || f.Whose == "warned" {
		out = append(out, tally{lang.T(ctx, "Cảnh báo chờ trả lời"), "/work?whose=warned", "danger", d.Warned, f.Whose == "warned"})
	}
	tones := map[Part]string{PartCustody: "danger", PartBreached: "danger", PartOverdue: "danger", PartToday: "warning", PartDetention: "warning", PartWeek: "info", PartManual: "warning"}
	names := map[Part]string{
		PartCustody: lang.T(ctx, "Tạm giữ"), PartBreached: lang.T(ctx, "Quá hạn luật định"), PartOverdue: lang.T(ctx, "Quá hạn danh nghĩa"), PartToday: lang.T(ctx, "Hôm nay"),
		PartDetention: lang.T(ctx, "Tạm giam ≤ 10 ngày"), PartWeek: lang.T(ctx, "Tuần này"), PartManual: lang.T(ctx, "Cần nhập hạn"), PartWaiting: lang.T(ctx, "Chờ cơ quan khác"), PartMonth: lang.T(ctx, "Trong 30 ngày"),
	}
	n := map[Part]int{}
	for _, g := range d.Groups {
		n[g.Part] = len(g.Clocks)
	}
	for _, p := range Parts {
		if n[p] > 0 || p == PartToday || p == PartWeek {
			t := tally{names[p], "#" + string(p), tones[p], n[p], false}
			if t.Tone == "" {
				t.Tone = "neutral"
			}
			out = append(out, t)
		}
	}
	return out
}

// leftStep names a step of Left.
func leftStep(ctx context.Context, hours bool, steps []Left, i int) string {
	s := steps[i]
	switch {
	case s.Within == 0:
		return lang.T(ctx, "đã quá")
	case s.Within < 0 && hours:
		return lang.T(ctx, "hơn %d giờ", steps[i-1].Within)
	case s.Within < 0:
		return lang.T(ctx, "hơn %d ngày", steps[i-1].Within)
	case hours:
		return lang.T(ctx, "còn ≤ %d giờ", s.Within)
	}
	return lang.T(ctx, "còn ≤ %d ngày", s.Within)
}

func whoseOptions(ctx context.Context, desk bool) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi việc")}, {Value: "own", Text: lang.T(ctx, "Việc của viện kiểm sát")}, {Value: "other", Text: lang.T(ctx, "Chờ cơ quan khác")}}
	if desk {
		out = append(out, site.Option{Value: "warned", Text: lang.T(ctx, "Cảnh báo chờ trả lời")})
	}
	return out
}

func deskSorts(ctx context.Context) []site.Option {
	return []site.Option{{Text: lang.T(ctx, "Hết hạn trước")}, {Value: "case", Text: lang.T(ctx, "Số vụ án")}, {Value: "person", Text: lang.T(ctx, "Tên người")}}
}

func levelOptions(ctx context.Context) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi thời hạn")}}
	for _, l := range Levels {
		out = append(out, site.Option{Value: string(l), Text: lang.T(ctx, l.VN())})
	}
	return out
}

func heldOptions(ctx context.Context) []site.Option {
	return []site.Option{{Value: "0", Text: lang.T(ctx, "Mọi loại")}, {Value: "1", Text: lang.T(ctx, "Tạm giữ")}, {Value: "2", Text: lang.T(ctx, "Tạm giam")}}
}

// decider names the level that may grant an extension.
func decider(ctx context.Context, by, level string) string {
	switch level {
	case "region":
		return lang.T(ctx, "%s (cấp khu vực)", by)
	case "province":
		return lang.T(ctx, "%s (cấp tỉnh)", by)
	case "supreme":
		return lang.T(ctx, "%s (tối cao)", by)
	case "supreme_chief":
		return lang.T(ctx, "%s (Viện trưởng tối cao)", by)
	}
	return by
}

// endedBy says in words why a clock came to its end without an act.
func endedBy(ctx context.Context, by string) string {
	switch by {
	case "said":
		return lang.T(ctx, "người phụ trách ghi nhận đã làm")
	case "lapsed":
		return lang.T(ctx, "quyền không được sử dụng trong thời hạn")
	case "released":
		return lang.T(ctx, "người bị giữ không còn bị giữ")
	case "terminated":
		return lang.T(ctx, "đình chỉ đối với người này")
	case "suspended":
		return lang.T(ctx, "tạm đình chỉ")
	case "closed":
		return lang.T(ctx, "vụ án đã kết thúc hoặc đã chuyển")
	case "stage":
		return lang.T(ctx, "vụ án sang giai đoạn khác")
	case "corrected":
		return lang.T(ctx, "hành vi làm phát sinh đã được đính chính")
	}
	return by
}

// channelName names a channel.
func channelName(ctx context.Context, c string) string {
	switch c {
	case "app":
		return lang.T(ctx, "hộp cảnh báo")
	case "mail":
		return lang.T(ctx, "thư điện tử")
	case "hook":
		return lang.T(ctx, "webhook")
	}
	return c
}

// happenings are the steps of a warning as a timeline, newest first.
func happenings(ctx context.Context, w WarningLog) (out []site.Happening) {
	for _, s := range slices.Backward(w.Steps) {
		h := site.Happening{When: at(s.At), Time: rfc(s.At), What: lang.T(ctx, s.Step.VN()), Note: s.Note}
		if s.Step == LateEntry {
			h.Note = lang.T(ctx, "lẽ ra phải báo lúc %s", when(ctx, s.Note))
		}
		var who []string
		if s.StaffName != "" {
			who = append(who, lang.T(ctx, "tới %s", s.StaffName))
		}
		if s.Channel != "" {
			who = append(who, lang.T(ctx, "qua %s", channelName(ctx, s.Channel)))
		}
		if s.Step == Escalate || s.Step == Raise {
			who = append(who, lang.T(ctx, s.Rank.VN()))
		}
		if s.ByName != "" {
			who = append(who, lang.T(ctx, "do %s", s.ByName))
		}
		h.Who = strings.Join(who, " · ")
		switch s.Step {
		case Bounce, Fail, Escalate, LateEntry:
			h.Kind = "danger"
		case Acknowledge, Remedy, Extend, Deliver:
			h.Kind = "success"
		case Raise, Reroute:
			h.Kind = "warning"
		case Stop, Explain, Supersede:
			h.Kind = "info"
		}
		out = append(out, h)
	}
	return out
}

// warningTone is the colour of a warning.
func warningTone(w Warning) string {
	switch {
	case w.Closed:
		return "neutral"
	case w.Failed || w.Kind == Breach:
		return "danger"
	case w.Life == Acknowledged:
		return "success"
	}
	return "warning"
}

// monthName writes 2026-11 as "Tháng 11 năm 2026".
func monthName(ctx context.Context, m string) string {
	t, err := time.Parse("2006-01", m)
	if err != nil {
		return m
	}
	return lang.T(ctx, "Tháng %d năm %d", int(t.Month()), t.Year())
}

func otherMonth(m string, by int) string {
	t, err := time.Parse("2006-01", m)
	if err != nil {
		return m
	}
	return t.AddDate(0, by, 0).Format("2006-01")
}

// weeks cuts the days of a month into weeks from Monday; a day of another month is
// the zero MonthDay.
func weeks(days []MonthDay) (out [][]MonthDay) {
	if len(days) == 0 {
		return nil
	}
	first, err := time.Parse(time.DateOnly, string(days[0].Date))
	if err != nil {
		return nil
	}
	row := make([]MonthDay, (int(first.Weekday())+6)%7, 7)
	for _, d := range days {
		if row = append(row, d); len(row) == 7 {
			out, row = append(out, row), nil
		}
	}
	if len(row) > 0 {
		out = append(out, append(row, make([]MonthDay, 7-len(row))...))
	}
	return out
}

func calendarPath(month string, day civil.Date, scope Scope) string {
	q := url.Values{"month": {month}, "scope": {string(scope)}}
	if day != "" {
		q.Set("day", string(day))
	}
	return "/deadlines/calendar?" + q.Encode()
}

// waitingFor names whose answer a suspended case waits for.
func waitingFor(ctx context.Context, code string) string {
	switch code {
	case "expert":
		return lang.T(ctx, "cơ quan giám định, định giá")
	case "answer":
		return lang.T(ctx, "cơ quan, tổ chức được yêu cầu trả lời")
	case "police":
		return lang.T(ctx, "cơ quan điều tra")
	case "court":
		return lang.T(ctx, "tòa án")
	case "procuracy":
		return lang.T(ctx, "viện kiểm sát")
	case "handover":
		return lang.T(ctx, "bên nhận bàn giao")
	}
	return code
}

func checkName(ctx context.Context, c string) string {
	switch c {
	case "half":
		return lang.T(ctx, "rà soát 6 tháng")
	case "year":
		return lang.T(ctx, "rà soát năm")
	}
	return lang.T(ctx, "rà soát tháng")
}

// span writes a duration in the largest two units: "2 ngày 3 giờ", "40 phút".
func span(ctx context.Context, d time.Duration) string {
	m := int(d / time.Minute)
	switch {
	case m < 1:
		return lang.T(ctx, "%d giây", int(d/time.Second))
	case m < 60:
		return lang.T(ctx, "%d phút", m)
	case m < 24*60 && m%60 == 0:
		return lang.T(ctx, "%d giờ", m/60)
	case m < 24*60:
		return lang.T(ctx, "%d giờ %d phút", m/60, m%60)
	case m/60%24 == 0:
		return lang.T(ctx, "%d ngày", m/60/24)
	}
	return lang.T(ctx, "%d ngày %d giờ", m/60/24, m/60%24)
}

// alarmName and alarmDo say what is wrong with the watch, and what to do about it.
func alarmName(ctx context.Context, kind string) string {
	switch kind {
	case "silence":
		return lang.T(ctx, "Bộ theo dõi đã ngừng")
	case "clock":
		return lang.T(ctx, "Đồng hồ máy chủ sai")
	case "channel":
		return lang.T(ctx, "Kênh gửi cảnh báo hỏng")
	case "nobody":
		return lang.T(ctx, "Có cảnh báo không tìm được người nhận")
	case "night":
		return lang.T(ctx, "Tính lại ban đêm không khớp hoặc không chạy")
	}
	return kind
}

func alarmDo(ctx context.Context, kind string) string {
	switch kind {
	case "silence":
		return lang.T(ctx, "Kiểm tra tiến trình của chương trình và nhật ký; khởi động lại nếu đã dừng. Khi chạy lại, các cảnh báo bị lỡ được phát bù.")
	case "clock":
		return lang.T(ctx, "Đồng bộ giờ của máy chủ và máy cơ sở dữ liệu (NTP), rồi xem lại các cảnh báo phát trong lúc sai giờ.")
	case "channel":
		return lang.T(ctx, "Xem lỗi của máy chủ thư hoặc địa chỉ webhook, sửa cấu hình rồi gửi thư thử. Trong lúc đó cảnh báo vẫn vào hộp cảnh báo và báo lên cấp trên.")
	case "nobody":
		return lang.T(ctx, "Kiểm tra phân công của vụ án và lãnh đạo của đơn vị được nêu: phải có ít nhất một người đang làm việc nhận được cảnh báo.")
	case "night":
		return lang.T(ctx, "Các sai khác đã được sửa tự động; hãy gửi bảng sai khác dưới đây cho người phát triển: đó là một lỗi của chương trình.")
	}
	return ""
}

func staffID(s string) org.StaffID { return org.StaffID(s) }

func dayNumber(d civil.Date) int {
	n, _ := strconv.Atoi(string(d[8:]))
	return n
}

func dayName(ctx context.Context, d MonthDay) string {
	if d.MakeUp {
		return lang.T(ctx, "làm bù: %s", d.Name)
	}
	return d.Name
}

func countHeads(ctx context.Context, of string) []site.Column {
	out := []site.Column{{Text: of}}
	for _, t := range []string{lang.T(ctx, "Quá hạn"), lang.T(ctx, "Quá hạn danh nghĩa"), lang.T(ctx, "Hôm nay"), lang.T(ctx, "Tuần này"), lang.T(ctx, "Tạm giữ"), lang.T(ctx, "Tạm giam"), lang.T(ctx, "Chờ cơ quan khác"), lang.T(ctx, "Cần nhập hạn")} {
		out = append(out, site.Column{Text: t, Number: true})
	}
	return out
}

func changeName(c Change) string {
	k := c.After
	if k == nil {
		k = c.Before
	}
	if k.Person != "" {
		return k.Title + " – " + k.Person
	}
	return k.Title
}

func newest(b Inbox) string {
	if len(b.Letters.Items) == 0 {
		return ""
	}
	return b.Letters.Items[0].ID
}

func letterTone(x Letter) string {
	switch x.Kind {
	case string(Breach), "alarm", "climbed":
		return "danger"
	case string(Due):
		return "warning"
	}
	if x.Urgent {
		return "warning"
	}
	return "neutral"
}

func letterName(ctx context.Context, x Letter) string {
	switch x.Kind {
	case "alarm":
		return lang.T(ctx, "Báo động hệ thống")
	case "climbed":
		return lang.T(ctx, "Báo lên bạn")
	case "digest":
		return lang.T(ctx, "Tổng hợp")
	case "access":
		return lang.T(ctx, "Khai thác hồ sơ")
	}
	return lang.T(ctx, Kind(x.Kind).VN())
}

func openAlarms(h Health) (out []Alarm) {
	for _, a := range h.Alarms {
		if a.Until == nil {
			out = append(out, a)
		}
	}
	return out
}

func pastAlarms(ctx context.Context, h Health) (out []site.Happening) {
	for _, a := range h.Alarms {
		if a.Until != nil {
			out = append(out, site.Happening{When: at(a.Since) + " – " + at(*a.Until), Time: rfc(a.Since), What: alarmName(ctx, a.Kind), Note: strings.TrimSpace(a.Note + ". " + a.Remedy), Kind: "success"})
		}
	}
	return out
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// shareName says at which of its leads a clock has come to a share of the policy.
func shareName(ctx context.Context, s Share) string {
	switch {
	case s.Left >= 1:
		return lang.T(ctx, "từ mốc báo trước đầu tiên")
	case s.Left <= 0:
		return lang.T(ctx, "từ mốc báo trước cuối cùng")
	}
	return lang.T(ctx, "khi chỉ còn %d%% thời gian báo trước", int(s.Left*100))
}

func silent(ctx context.Context, h Health) string {
	if h.LastTick.IsZero() {
		return ""
	}
	return span(ctx, time.Duration(h.Silent)*time.Second)
}

// few is how many lines of a part that may be long are shown before one asks.
const few = 5

// firstFew cuts a long part in two; the order of what is due is never cut.
func firstFew[T any](xs []T, long bool) (now, later []T) {
	if !long || len(xs) <= few+2 {
		return xs, nil
	}
	return xs[:few], xs[few:]
}

func long(p Part) bool {
	return p == PartBreached || p == PartOverdue || p == PartMonth || p == PartManual
}

func hasAsk(xs []Extension) bool {
	return slices.ContainsFunc(xs, func(x Extension) bool { return x.Ask != "" })
}

// pendings are the days of a month that the State has not decided on, in words.
func pendings(days []MonthDay) (out []string) {
	for _, d := range days {
		if d.Pending != "" && !slices.Contains(out, d.Pending) {
			out = append(out, d.Pending)
		}
	}
	return out
}

func askColumn(cs []site.Column, ask string, has bool) []site.Column {
	if has {
		cs = append(cs, site.Column{Text: ask})
	}
	return cs
}
