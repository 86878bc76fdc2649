package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/law"
)

var (
	stagesVN = map[string]string{
		"report": "giải quyết nguồn tin", "investigation": "điều tra", "prosecution": "truy tố", "first_instance": "xét xử sơ thẩm",
		"appeal": "xét xử phúc thẩm", "enforcement": "thi hành án", "cassation": "giám đốc thẩm", "reopening": "tái thẩm", "supreme_review": "xem xét lại quyết định của Hội đồng Thẩm phán",
	}
	statusesVN = map[string]string{
		"open": "đang giải quyết", "suspended": "tạm đình chỉ", "terminated": "đình chỉ, kết thúc", "transferred": "đã chuyển đi", "closed": "kết thúc",
		"at_large": "bỏ trốn, truy nã", "convicted": "đã bị kết án", "acquitted": "được tuyên không phạm tội", "split": "đã tách sang vụ án khác",
	}
	measuresVN = map[string]string{
		"custody": "tạm giữ", "detention": "tạm giam", "residence_ban": "cấm đi khỏi nơi cư trú", "bail_guarantee": "bảo lĩnh", "bail_money": "đặt tiền để bảo đảm",
		"exit_ban": "tạm hoãn xuất cảnh", "electronic_monitoring": "giám sát điện tử", "guardian_supervision": "giám sát bởi người đại diện",
	}
	classesVN = map[law.Class]string{law.INT: "ít nghiêm trọng", law.NT: "nghiêm trọng", law.RNT: "rất nghiêm trọng", law.DBNT: "đặc biệt nghiêm trọng"}
)

// VN writes the charge as the law is cited: điểm a khoản 2 Điều 173.
func (c Charge) VN() string {
	s := "Điều " + c.Article
	if c.Clause != "" {
		s = "khoản " + c.Clause + " " + s
	}
	if c.Point != "" {
		s = "điểm " + c.Point + " " + s
	}
	return s
}

// ChargesVN writes several charges.
func ChargesVN(cs []Charge) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.VN())
	}
	return strings.Join(out, "; ")
}

// Sentence tells an act in a Vietnamese sentence, for a timeline: what, number, by
// whom, on whom, with what end and charges.
func Sentence(cat Catalogue, c *Case, a Act) string {
	k, ok := cat.Act(a.Kind)
	if !ok {
		k.Title = a.Kind
	}
	var b strings.Builder
	b.WriteString(k.Title)
	if a.Number != "" {
		b.WriteString(" số " + a.Number)
	}
	if a.Issuer != "" {
		b.WriteString(" của " + a.Issuer)
	}
	if len(a.Parties) > 0 {
		var who []string
		for _, id := range a.Parties {
			who = append(who, nameIn(c, id))
		}
		b.WriteString(" đối với " + list(who))
	}
	if len(a.Charges) > 0 {
		b.WriteString(", theo " + ChargesVN(a.Charges))
	}
	if a.Until != "" {
		b.WriteString(", đến " + a.Until.VN())
	}
	switch {
	case a.Void:
		b.WriteString(" (hủy bỏ bản ghi: " + a.Why + ")")
	case a.Supersedes != "":
		b.WriteString(" (sửa bản ghi: " + a.Why + ")")
	}
	return b.String() + "."
}

func nameIn(c *Case, id PartyID) string {
	for i := range c.Parties {
		if c.Parties[i].ID == id {
			return c.Parties[i].Name
		}
	}
	return string(id)
}

// list joins names: A, B và C.
func list(xs []string) string {
	if n := len(xs); n > 1 {
		return strings.Join(xs[:n-1], ", ") + " và " + xs[n-1]
	}
	return strings.Join(xs, "")
}

// Changed tells in Vietnamese what is different between two states of a case. People
// are written as {id}, for whoever knows their names.
func Changed(before, after State) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if before.Stage != after.Stage {
		say("Giai đoạn: %s → %s", stagesVN[before.Stage], stagesVN[after.Stage])
	}
	if before.Status != after.Status {
		say("Trạng thái vụ án: %s → %s", statusesVN[before.Status], statusesVN[after.Status])
	}
	if before.Class != after.Class {
		say("Loại tội phạm: %s → %s", class(before.Class), class(after.Class))
	}
	if before.Summary != after.Summary {
		say("Thủ tục rút gọn: %s", yesNo(after.Summary))
	}
	if before.Returns != after.Returns {
		say("Số lần Viện kiểm sát trả hồ sơ: %d", after.Returns)
	}
	if before.CourtReturns != after.CourtReturns {
		say("Số lần Tòa án trả hồ sơ: %d", after.CourtReturns)
	}
	for _, d := range []struct {
		what string
		a, b Moment
	}{
		{"Tiếp nhận nguồn tin", before.Received, after.Received}, {"Khởi tố vụ án", before.Opened, after.Opened},
		{"Kết luận điều tra", before.Concluded, after.Concluded}, {"Viện kiểm sát nhận hồ sơ", before.Arrived, after.Arrived},
		{"Cáo trạng", before.Indicted, after.Indicted}, {"Chuyển hồ sơ sang Tòa án", before.Sent, after.Sent},
		{"Tòa án thụ lý", before.Accepted, after.Accepted}, {"Quyết định đưa vụ án ra xét xử", before.Trial, after.Trial},
		{"Tuyên án", before.Judged, after.Judged}, {"Bản án có hiệu lực", before.Effective, after.Effective},
		{"Hạn điều tra được gia hạn", before.Extended.InvestigationUntil, after.Extended.InvestigationUntil},
	} {
		if d.a != d.b {
			say("%s: %s", d.what, moment(d.b))
		}
	}
	if n := len(after.Appeals); n != len(before.Appeals) {
		say("Kháng cáo, kháng nghị chưa giải quyết: %d", n)
	}
	for _, x := range after.Accused {
		var was Accused
		if i := slices.IndexFunc(before.Accused, func(o Accused) bool { return o.ID == x.ID }); i >= 0 {
			was = before.Accused[i]
		}
		out = append(out, changed(was, x)...)
	}
	for _, x := range before.Accused {
		if !slices.ContainsFunc(after.Accused, func(o Accused) bool { return o.ID == x.ID }) {
			say("{%s}: không còn hành vi tố tụng nào", x.ID)
		}
	}
	return out
}

func changed(a, b Accused) (out []string) {
	say := func(format string, args ...any) {
		out = append(out, "{"+string(b.ID)+"}: "+fmt.Sprintf(format, args...))
	}
	if a.Charged != b.Charged || !slices.Equal(a.Charges, b.Charges) {
		if b.Charged == "" {
			say("không còn bị khởi tố")
		} else {
			say("bị khởi tố theo %s (%s)", ChargesVN(b.Charges), class(b.Class))
		}
	}
	if a.Approved != b.Approved {
		say("phê chuẩn khởi tố: %s", moment(b.Approved))
	}
	if a.Status != b.Status && !(a.Status == "" && b.Status == "open") {
		say("trạng thái %s", statusesVN[b.Status])
	}
	if a.Measure != b.Measure || a.MeasureUntil != b.MeasureUntil {
		switch {
		case b.Measure == "":
			say("không còn bị áp dụng %s", measuresVN[a.Measure])
		case b.MeasureUntil != "":
			say("%s đến %s", measuresVN[b.Measure], b.MeasureUntil.VN())
		default:
			say("%s từ %s", measuresVN[b.Measure], b.MeasureSince.VN())
		}
	}
	if a.Juvenile != b.Juvenile {
		say("chưa đủ 18 tuổi: %s", yesNo(b.Juvenile))
	}
	if a.Escaped != b.Escaped {
		say("bỏ trốn: %s", moment(b.Escaped))
	}
	if a.Wanted != b.Wanted {
		say("truy nã: %s", moment(b.Wanted))
	}
	if a.Died != b.Died {
		say("chết: %s", moment(b.Died))
	}
	if a.ExitBan != b.ExitBan {
		say("tạm hoãn xuất cảnh: %s", moment(b.ExitBan))
	}
	if a.Property != b.Property {
		say("biện pháp kê biên, phong tỏa: %s", strconv.Itoa(b.Property))
	}
	if a.Sentence != b.Sentence && b.Sentence != "" {
		say("hình phạt %s", b.Sentence)
	}
	return out
}

func class(c law.Class) string {
	if s := classesVN[c]; s != "" {
		return s
	}
	return "chưa xác định"
}

func yesNo(b bool) string {
	if b {
		return "có"
	}
	return "không"
}

func moment(m Moment) string {
	if m == "" {
		return "không còn"
	}
	return m.VN()
}
