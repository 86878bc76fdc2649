package criminal

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/law"
	"congminh/internal/org"
	"congminh/internal/site"
)

// Addresses of the pages of a case.

func at(id ID, rest string) string { return "/cases/" + string(id) + rest }

func actAt(id ID, a ledger.ActID, rest string) string { return at(id, "/acts/"+string(a)+rest) }

func personAt(id ID, p ledger.PartyID, rest string) string {
	return at(id, "/persons/"+string(p)+rest)
}

// paperAt is the address of a paper in the reader of files; "" if it is not known in
// which file it lies.
func (st Story) paperAt(a ledger.Act) string {
	if d := st.Files[a.Document]; a.Document != "" && d != "" {
		return "/dossiers/" + d + "/read?document=" + a.Document
	}
	return ""
}

// group is a group of the catalogue of acts.
type group string

var groups = []group{"report", "opening", "measure", "investigation", "prosecution", "trial", "appeal", "cassation", "enforcement", "handover", "violation", "other"}

// VN names g for a person.
func (g group) VN() string {
	switch g {
	case "report":
		return "Nguồn tin về tội phạm"
	case "opening":
		return "Khởi tố vụ án, bị can"
	case "measure":
		return "Biện pháp ngăn chặn, cưỡng chế"
	case "investigation":
		return "Điều tra"
	case "prosecution":
		return "Truy tố"
	case "trial":
		return "Xét xử sơ thẩm"
	case "appeal":
		return "Xét xử phúc thẩm"
	case "cassation":
		return "Giám đốc thẩm, tái thẩm"
	case "enforcement":
		return "Thi hành án"
	case "handover":
		return "Giao nhận"
	case "violation":
		return "Vi phạm, kiến nghị, kháng nghị"
	}
	return "Việc khác"
}

// ofStage is the group whose acts belong to a stage above all.
func ofStage(s Stage) group {
	switch s {
	case FirstInstance:
		return "trial"
	case Cassation, Reopening, SupremeReview:
		return "cassation"
	case Report, Investigation, Prosecution, Appeal, Enforcement:
	}
	return group(s)
}

// doer is who does an act: ledger.Act.By.
type doer string

// VN names d for a person.
func (d doer) VN() string {
	switch d {
	case "police":
		return "Cơ quan điều tra"
	case "procuracy":
		return "Viện kiểm sát"
	case "court":
		return "Tòa án"
	}
	return "Cơ quan, người khác"
}

// whose is whose number an alias is.
type whose string

var everyone = []whose{"police", "court", "procuracy", "old", "other"}

// VN names w for a person.
func (w whose) VN() string {
	switch w {
	case "police":
		return "Cơ quan điều tra"
	case "court":
		return "Tòa án"
	case "procuracy":
		return "Viện kiểm sát khác"
	case "old":
		return "Số cũ"
	}
	return "Nơi khác"
}

// className is a class of crime by its code.
type className string

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
	return "Chưa xác định"
}

func classBadge(c string) string {
	switch c {
	case "RNT":
		return "warning"
	case "DBNT":
		return "danger"
	}
	return "neutral"
}

// accusedStatus is where an accused stands.
type accusedStatus string

// VN names s for a person.
func (s accusedStatus) VN() string {
	switch s {
	case "suspended":
		return "Tạm đình chỉ"
	case "terminated":
		return "Đình chỉ"
	case "at_large":
		return "Bỏ trốn"
	case "convicted":
		return "Đã kết án"
	case "acquitted":
		return "Không có tội"
	case "split":
		return "Giải quyết ở vụ án khác"
	}
	return "Đang giải quyết"
}

// title is the title of an item of a list of the law; the code if there is none.
func title(l Law, list, code string) string {
	if x, ok := l.List(list); ok {
		for _, i := range x.Items {
			if i.Code == code {
				return i.Title
			}
		}
	}
	return code
}

// listOptions are the items of a list of the law, after an empty one.
func listOptions(ctx context.Context, l Law, list, none string) []site.Option {
	out := []site.Option{{Text: none}}
	x, _ := l.List(list)
	for _, i := range x.Items {
		out = append(out, site.Option{Value: i.Code, Text: lang.T(ctx, i.Title)})
	}
	return out
}

// titles are the items of a list as they are written down: what is typed beside them
// is taken too.
func titles(l Law, list string) (out []site.Option) {
	x, _ := l.List(list)
	for _, i := range x.Items {
		out = append(out, site.Option{Value: i.Title})
	}
	return out
}

// kindTitle names a kind of act.
func kindTitle(l Law, code string) string {
	if k, ok := l.Act(code); ok {
		return k.Title
	}
	return code
}

// chargeTitle is a charge with the name of the crime as it was called on a day.
func chargeTitle(l Law, c ledger.Charge, day civil.Date) string {
	if o, ok := l.Offence(c.Article, day); ok {
		return c.VN() + " – " + o.Title
	}
	return c.VN()
}

// chargeShort is a charge as it is typed: 173-1-a.
func chargeShort(c ledger.Charge) string {
	return strings.TrimRight(c.Article+"-"+c.Clause+"-"+c.Point, "-")
}

// offenceOptions are the articles in force on a day with their titles.
func offenceOptions(l Law, day civil.Date) (out []site.Option) {
	for _, o := range l.Offences() {
		if (o.From == "" || o.From <= day) && (o.To == "" || day <= o.To) {
			out = append(out, site.Option{Value: o.Article, Text: o.Title})
		}
	}
	return out
}

// sentence tells an act, without what it was corrected for: that stands beside it.
func sentence(st Story, l Law, a ledger.Act) string {
	a.Supersedes, a.Void = "", false
	return strings.TrimSuffix(ledger.Sentence(l, &st.Ledger, a), ".")
}

// changes tells what an act changed in the state of its case.
func (st Story) changes(l Law, id ledger.ActID) (out []string) {
	all := ledger.Standing(&st.Ledger)
	i := slices.IndexFunc(all, func(a ledger.Act) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	before, after := st.Ledger, st.Ledger
	before.Acts, after.Acts = all[:i], all[:i+1]
	var names []string
	for _, p := range st.Persons {
		names = append(names, "{"+string(p.ID)+"}", p.Name)
	}
	put := strings.NewReplacer(names...)
	for _, line := range ledger.Changed(ledger.Fold(l, &before), ledger.Fold(l, &after)) {
		out = append(out, put.Replace(line))
	}
	return out
}

// flagText is a finding an act was accepted with, in a word.
func flagText(ctx context.Context, code string) string {
	return lang.T(ctx, flagName(code).VN())
}

type flagName string

// VN names f for a person.
func (f flagName) VN() string {
	switch f {
	case Copied:
		return "Từ vụ án khác"
	case "entry.late":
		return "Ghi muộn"
	case "date.hour":
		return "Thiếu giờ"
	case "number.elsewhere":
		return "Số trùng vụ khác"
	}
	return "Có lưu ý"
}

// wrongs are the inputs a refusal is about.
func wrongs(err error) []fault.Field { return fault.From(err).Fields }

func scripts() []string { return []string{assets.URL("case.js")} }

func styles() []string { return []string{assets.URL("case.css")} }

// bornVN writes a day of birth of which only the year may be known: "17/05/2009",
// "5/2009", "2009".
func bornVN(s string) string {
	p := strings.Split(s, "-")
	slices.Reverse(p)
	return strings.Join(p, "/")
}

// parseBorn reads what bornVN writes, and the order of computers.
func parseBorn(s string) string {
	if !strings.Contains(s, "/") {
		return s
	}
	p := strings.Split(s, "/")
	slices.Reverse(p)
	for i := range p {
		if p[i] = strings.TrimSpace(p[i]); i > 0 && len(p[i]) == 1 {
			p[i] = "0" + p[i]
		}
	}
	return strings.Join(p, "-")
}

// citations writes places in the law in a line, each law once.
func citations(cs []law.Citation) string {
	var b strings.Builder
	for i, c := range cs {
		text := c.String()
		switch {
		case i > 0 && cs[i-1].Law == c.Law:
			b.WriteString(strings.TrimPrefix(text, c.Law))
		case i > 0:
			b.WriteString("; " + text)
		default:
			b.WriteString(text)
		}
	}
	return b.String()
}

// names writes people in a line.
func (st Story) names(ps []ledger.PartyID) string {
	var out []string
	for _, id := range ps {
		if p, ok := st.person(id); ok {
			out = append(out, p.Name)
		}
	}
	return strings.Join(out, ", ")
}

// rights are what the asker may do to a case.
type rights struct{ edit, assign, act bool }

func rightsIn(ctx context.Context, c Case) rights {
	in := func(v auth.Verb) bool { return auth.RequireIn(ctx, v, c.path) == nil }
	return rights{in(MayManage), in(MayAssign), in(MayAct)}
}

// particular is one of the further particulars of a person.
type particular string

// VN names p for a person.
func (p particular) VN() string {
	switch p {
	case "other_name":
		return "Tên gọi khác"
	case "sex":
		return "Giới tính"
	case "nationality":
		return "Quốc tịch"
	case "ethnicity":
		return "Dân tộc"
	case "religion":
		return "Tôn giáo"
	case "education":
		return "Trình độ học vấn"
	case "registered":
		return "Nơi đăng ký thường trú"
	case "address":
		return "Nơi ở hiện nay"
	case "occupation":
		return "Nghề nghiệp"
	case "post":
		return "Chức vụ"
	case "party_member":
		return "Đảng viên"
	case "convictions":
		return "Tiền án, tiền sự"
	case "attributes":
		return "Đặc điểm"
	case "representative":
		return "Người đại diện"
	case "representative_is":
		return "Quan hệ của người đại diện"
	case "phone":
		return "Điện thoại"
	case "tax_number":
		return "Mã số thuế, số đăng ký doanh nghiệp"
	case "interpreter":
		return "Ngôn ngữ cần phiên dịch"
	}
	return "Ghi chú"
}

// sexName is a sex by its code.
type sexName string

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
	return ""
}

func itoa(n int) string { return strconv.Itoa(n) }

func caseCrumbs(ctx context.Context, c Case) []site.Link {
	return []site.Link{{Text: lang.T(ctx, "Vụ án"), Href: "/cases"}, {Text: c.Number, Href: at(c.ID, "")}}
}

// officeOptions are offices to choose one of by name.
func officeOptions(all []org.Office) (out []site.Option) {
	for _, o := range all {
		out = append(out, site.Option{Value: o.Short, Text: o.Name})
	}
	return out
}

// momentVN and chargeVN are what registers write.
func momentVN(m ledger.Moment) string { return m.VN() }

func chargeVN(c ledger.Charge) string { return c.VN() }
