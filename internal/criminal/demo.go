package criminal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

const demoOffice auth.Office = "lao-cai-kv3"

// demoAct is an act of an invented case. Days are counted from today, so that the
// boards always have something due today, this week and overdue.
type demoAct struct {
	day     int
	hour    string
	kind    string
	number  string // of another agency; ours are issued
	who     []int  // places in the list of persons; none: the whole case
	until   int    // days from today; 0: no end is written in it
	charges string // 173-1-b 134-1
	reason  string
	fields  map[string]string // "@-20" is a day; "sentence.0" is of the first person; "by" says who did it, if not whoever always does
	note    string
}

type demoCase struct {
	number, name    string
	stage           Stage // as it was entered, before there are acts
	secrecy         Secrecy
	key             bool
	opened          civil.Date
	persons         []Person // Born "-16": so many years ago
	conducts, joins string   // logins of org.Demo
	acts            []demoAct
}

// leads is the leader in charge: the chief of the key cases, the deputy of the others.
func (d demoCase) leads() string {
	switch {
	case d.conducts == "vientruong":
		return ""
	case d.key:
		return "vientruong"
	}
	return "phovt"
}

func about(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

var one = []int{0}

// opened is a case opened by the police, and what must follow.
func opened(day int, number, charges string, fields map[string]string) []demoAct {
	return []demoAct{
		{day, "", "case.open", number, nil, 0, charges, "", fields, ""},
		{day, "", "case.sent_to_vks", "", nil, 0, "", "", nil, ""},
		{day + 1, "", "report.result", "", nil, 0, "", "", nil, ""},
	}
}

// charged is the charge of some, received and approved.
func charged(day int, number string, who []int, charges string, offence string) []demoAct {
	return []demoAct{
		{day, "", "defendant.charge", number, who, 0, charges, "", about("offence_day", offence), ""},
		{day + 1, "", "defendant.charge_received", "", who, 0, "", "", nil, ""},
		{day + 2, "", "defendant.approve", "", who, 0, charges, "", nil, ""},
	}
}

// held is the custody of the first, and who was told.
func held(day int, hour, told, number string) []demoAct {
	return []demoAct{
		{day, hour, "custody.decide", number, one, 0, "", "", nil, ""},
		{day, hour, "custody.start", "", one, 0, "", "", nil, ""},
		{day, told, "custody.sent_to_vks", "", one, 0, "", "", nil, ""},
		{day, told, "arrest.family_notice", "", one, 0, "", "", nil, ""},
	}
}

// demoCases are invented. The places are real, nobody in them is.
var demoCases = []demoCase{
	{"01/2026/HS", "Giàng Seo Vảng và đồng phạm – Trộm cắp tài sản", Investigation, 0, false, "",
		[]Person{
			{Name: "Giàng Seo Vảng", Role: Accused, Born: "-24", More: about("sex", "male", "ethnicity", "Mông", "nationality", "Việt Nam", "occupation", "Làm ruộng, nông nghiệp", "address", "Thôn Tả Van, xã Mường Hum, tỉnh Lào Cai", "attributes", "lead")},
			{Name: "Lý A Chớ", Role: Accused, Born: "-16", More: about("sex", "male", "ethnicity", "Mông", "education", "Trung học cơ sở", "representative", "Lý A Páo", "representative_is", "Cha đẻ", "attributes", "juvenile with_adult")},
			{Name: "Nguyễn Thị Hảo", Role: Victim, Born: "-51"},
			{Name: "Lý A Páo", Role: Participant, Capacity: "representative"},
		}, "ksv", "", slices.Concat(
			opened(-84, "112/QĐ-CSĐT", "173-1", about("offence_day", "@-88", "place", "Xã Mường Hum, tỉnh Lào Cai")),
			held(-84, "08:00", "10:30", "41/QĐ-CSĐT"),
			charged(-82, "118/QĐ-CSĐT", []int{0, 1}, "173-1", "@-88"),
			[]demoAct{
				{-81, "", "measure.residence_ban", "43/L-CSĐT", one, -24, "", "", nil, "Thay cho tạm giữ khi hết hạn."},
				{-81, "", "measure.residence_ban", "44/L-CSĐT", []int{1}, -24, "", "", nil, ""},
				{-60, "", "investigation.request", "", nil, 0, "", "", about("content", "Làm rõ việc tiêu thụ chiếc xe máy; thu giữ biển số."), ""},
				{-40, "", "measure.renewal_request", "", []int{0, 1}, 0, "", "", nil, ""},
				{-30, "", "investigation.evaluate", "", nil, 0, "", "", nil, ""},
				{-24, "", "measure.cancel", "47/QĐ-CSĐT", []int{0, 1}, 0, "", "", about("measure", "residence_ban"), "Hết thời hạn."},
				{-9, "", "investigation.conclude", "35/KLĐT-CSĐT", []int{0, 1}, 0, "", "", about("pages", "186"), ""},
				{-7, "", "file.to_vks", "", nil, 0, "", "", about("pages", "186", "complete", "yes"), ""},
				{-7, "", "measure.residence_ban", "", []int{0, 1}, 13, "", "", about("by", "procuracy"), ""},
			})},
	{"02/2026/HS", "Trần Văn Hậu – Vi phạm quy định về tham gia giao thông đường bộ", Investigation, 0, false, "",
		[]Person{{Name: "Trần Văn Hậu", Role: Accused, Born: "-38", More: about("sex", "male", "ethnicity", "Kinh", "occupation", "Lái xe")}, {Name: "Bùi Đức Thọ", Role: Victim, Born: "-44"}}, "ksv2", "", slices.Concat(
			opened(-86, "109/QĐ-CSĐT", "260-1-a", about("offence_day", "@-92", "place", "Quốc lộ 4D")),
			charged(-66, "131/QĐ-CSĐT", one, "260-1-a", "@-92"),
			[]demoAct{
				{-63, "", "measure.residence_ban", "52/L-CSĐT", one, 4, "", "", nil, ""},
				{-50, "", "measure.exit_ban", "12/QĐ-CSĐT", one, 4, "", "", nil, ""},
				{-12, "", "measure.renewal_request", "", one, 0, "", "", nil, ""},
				{-12, "", "investigation.evaluate", "", nil, 0, "", "", nil, ""},
			})},
	{"03/2026/HS", "Nguyễn Thị Lụa và đồng phạm – Lừa đảo chiếm đoạt tài sản", Investigation, 0, true, "",
		[]Person{{Name: "Nguyễn Thị Lụa", Role: Accused, Born: "-33", More: about("sex", "female", "attributes", "small_child lead")}, {Name: "Phan Quốc Dũng", Role: Accused, Born: "-41"}, {Name: "Hoàng Văn Thành", Role: Victim}, {Name: "Đặng Thị Nhài", Role: Victim}}, "ksv", "ksv2", slices.Concat(
			opened(-118, "98/QĐ-CSĐT", "174-3-a", about("offence_day", "@-150", "place", "Phường Sa Pa")),
			charged(-118, "101/QĐ-CSĐT", []int{0, 1}, "174-3-a", "@-150"),
			[]demoAct{
				{-117, "", "detention.order", "30/L-CSĐT", one, 3, "", "", nil, ""},
				{-116, "", "detention.approve", "", one, 3, "", "", nil, ""},
				{-116, "", "detention.start", "", one, 3, "", "", nil, ""},
				{-110, "", "person.escape", "", []int{1}, 0, "", "at_liberty", nil, ""},
				{-108, "", "wanted.notice", "07/QĐTN-CSĐT", []int{1}, 0, "", "", nil, ""},
				{-60, "", "measure.account_freeze", "05/L-CSĐT", one, 0, "", "", about("amount", "1250000000"), ""},
				{-30, "", "investigation.suspend", "19/QĐ-CSĐT", []int{1}, 0, "", "whereabouts", nil, ""},
				{-29, "", "investigation.suspend_sent", "", []int{1}, 0, "", "", nil, ""},
				{-13, "", "investigation.extend_request", "61/ĐN-CSĐT", nil, 0, "", "", about("by", "police", "seq", "1"), ""},
				{-10, "", "detention.extend_request", "62/ĐN-CSĐT", one, 0, "", "", about("seq", "1"), ""},
			})},
	{"04/2026/HS", "Tẩn Láo Lở – Mua bán trái phép chất ma túy", Investigation, 0, false, "",
		[]Person{{Name: "Tẩn Láo Lở", Role: Accused, Born: "-29", More: about("sex", "male", "ethnicity", "Dao", "attributes", "addict")}}, "ksv2", "", slices.Concat(
			[]demoAct{{-140, "21:40", "arrest.caught", "", one, 0, "", "", about("place", "Xã Y Tý, tỉnh Lào Cai"), ""}},
			held(-140, "22:10", "22:30", "33/QĐ-BPCK"),
			opened(-138, "90/QĐ-CSĐT", "251-2-i", about("offence_day", "@-140", "place", "Xã Y Tý")),
			charged(-138, "91/QĐ-CSĐT", one, "251-2-i", "@-140"),
			[]demoAct{
				{-138, "", "detention.order", "27/L-CSĐT", one, -21, "", "", nil, ""},
				{-137, "", "detention.file_received", "", one, 0, "", "", nil, ""},
				{-137, "", "detention.approve", "", one, -21, "", "", nil, ""},
				{-137, "", "detention.start", "", one, -21, "", "", nil, ""},
				{-48, "", "investigation.evaluate", "", nil, 0, "", "", nil, ""},
				{-36, "", "investigation.conclude", "31/KLĐT-CSĐT", one, 0, "", "", about("pages", "212"), ""},
				{-33, "", "file.to_vks", "", nil, 0, "", "", about("pages", "212", "complete", "yes"), ""},
				{-29, "", "detention.ending_notice", "", one, 0, "", "", nil, ""},
				{-23, "", "detention.order_vks", "", one, 8, "", "", nil, "Để hoàn thành cáo trạng."},
			})},
	{"05/2026/HS", "Lò Văn Pản – Cố ý gây thương tích", Investigation, 0, false, "",
		[]Person{{Name: "Lò Văn Pản", Role: Accused, Born: "-45", More: about("sex", "male", "ethnicity", "Thái")}, {Name: "Vàng A Sử", Role: Victim, Born: "-30"}}, "ksv", "", slices.Concat(
			opened(-150, "71/QĐ-CSĐT", "134-1-a", about("offence_day", "@-160")),
			charged(-148, "73/QĐ-CSĐT", one, "134-1-a", "@-160"),
			[]demoAct{
				{-105, "", "investigation.evaluate", "", nil, 0, "", "", nil, ""},
				{-95, "", "investigation.conclude", "22/KLĐT-CSĐT", one, 0, "", "", about("pages", "140"), ""},
				{-93, "", "file.to_vks", "", nil, 0, "", "", about("pages", "140", "complete", "yes"), ""},
				{-80, "", "case.indict", "", one, 0, "134-1-a", "", nil, ""},
				{-78, "", "case.indict_delivered", "", one, 0, "", "", nil, ""},
				{-78, "", "file.to_court", "", nil, 0, "", "", about("pages", "151"), ""},
				{-76, "", "court.accept", "31/2026/TLST-HS", nil, 0, "", "", nil, ""},
				{-75, "", "court.assign_judge", "31/2026/QĐ-TA", nil, 0, "", "", about("judge", "Đào Thị Mai"), ""},
				{-35, "", "court.trial_decision", "28/2026/QĐXXST-HS", nil, 0, "", "", about("trial_date", "@-12"), ""},
				{-34, "16:00", "court.decision_sent", "", nil, 0, "", "", nil, ""},
				{-33, "", "court.trial_decision_delivered", "", one, 0, "", "", nil, ""},
				{-12, "", "court.judgment", "25/2026/HS-ST", one, 0, "134-1-a", "as_charged", about("sentence.0", "09 tháng tù, cho hưởng án treo"), ""},
				{-5, "", "court.judgment_received", "", nil, 0, "", "", nil, ""},
			})},
	{"06/2026/HS", "Vụ mua bán người tại khu vực biên giới", Investigation, 1, true, "",
		[]Person{{Name: "Sùng Thị Dợ", Role: Accused, Born: "-27", More: about("sex", "female", "ethnicity", "Mông")}}, "ksv2", "", slices.Concat(
			[]demoAct{{-5, "09:15", "hold.urgent", "02/L-CSĐT", one, 0, "", "", about("place", "Cửa khẩu Bản Vược"), ""}},
			held(-5, "14:00", "17:30", "55/QĐ-CSĐT"),
			opened(-3, "160/QĐ-CSĐT", "150-2", about("offence_day", "@-20")),
			[]demoAct{
				{-3, "10:00", "custody.extend_file_received", "", one, 0, "", "", nil, ""},
				{-3, "15:30", "custody.extend", "", one, 0, "", "", about("seq", "1"), ""},
			})},
	{"07/2026/TB", "Tin báo về hủy hoại rừng tại xã Mường Hum", Report, 0, false, "",
		[]Person{{Name: "Chảo A Khé", Role: Participant, Capacity: "reported"}}, "ksv", "", []demoAct{
			{-19, "", "report.receive", "", nil, 0, "", "", about("source", "news", "reporter", "Hạt Kiểm lâm khu vực"), ""},
			{-18, "", "report.notify", "", nil, 0, "", "", nil, ""},
			{-19, "", "report.classify", "", nil, 0, "", "", nil, ""},
			{-17, "", "report.assign", "", nil, 0, "", "", nil, ""},
		}},
	{"118/2024/HS", "Đinh Công Tráng – Tham ô tài sản", Enforcement, 2, false, "2024-09-16",
		[]Person{{Name: "Đinh Công Tráng", Role: Accused}}, "vientruong", "", nil},
	{"08/2026/HS", "Vụ trộm cắp trâu tại xã Bát Xát", Investigation, 0, false, "",
		[]Person{{Name: "Vàng Seo Dìn", Role: Victim, Born: "-58"}}, "ksv2", "", slices.Concat(
			opened(-130, "88/QĐ-CSĐT", "173-1", about("offence_day", "@-133", "place", "Xã Bát Xát, tỉnh Lào Cai")),
			[]demoAct{
				{-71, "", "investigation.suspend", "15/QĐ-CSĐT", nil, 0, "", "unknown_accused", nil, ""},
				{-70, "", "investigation.suspend_sent", "", nil, 0, "", "", nil, ""},
			})},
	{"09/2026/HS", "Ma A Dơ – Cướp giật tài sản", Investigation, 0, false, "",
		[]Person{{Name: "Ma A Dơ", Role: Accused, Born: "-22", More: about("sex", "male", "ethnicity", "Mông", "attributes", "convicted")}, {Name: "Trịnh Thị Nga", Role: Victim, Born: "-36"}}, "ksv", "", slices.Concat(
			[]demoAct{{-3, "19:20", "arrest.caught", "", one, 0, "", "", about("place", "Chợ Mường Hum"), ""}},
			held(-3, "20:00", "21:15", "57/QĐ-CSĐT"),
			opened(-2, "163/QĐ-CSĐT", "171-1", about("offence_day", "@-3", "place", "Chợ Mường Hum")))},
}

// Demo enters invented cases into the office of org.Demo, which must have run. It
// may run again: what is there stays.
func (s *Service) Demo(ctx context.Context) (out []Case, err error) {
	defer fault.Wrap(&err, "demo cases")
	verbs := []auth.Verb{org.MaySelf, org.MayRead, MayRead, MayManage, MayAssign, MayAct}
	me := auth.Actor{ID: "demo", Office: demoOffice, Path: []auth.Office{"tc", "lao-cai", demoOffice}, Roles: []string{string(org.Chief)}, Verbs: verbs, Below: verbs}
	chief, err := s.org.PersonByLogin(auth.With(ctx, me), "vientruong")
	if err != nil {
		return nil, err
	}
	me.ID, me.Name = string(chief.ID), chief.Name
	ctx = auth.With(ctx, me)
	for _, d := range demoCases {
		old, err := s.numbered(ctx, demoOffice, d.number)
		if err != nil {
			return nil, err
		}
		var c Case
		if old != "" {
			c, err = s.Get(ctx, old)
		} else {
			c, err = s.demoCase(ctx, d)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// demoCase enters one case with its people and its acts, or nothing of it.
func (s *Service) demoCase(ctx context.Context, d demoCase) (c Case, err error) {
	defer fault.Wrap(&err, "case %s", d.number)
	today := civil.On(s.now())
	var people []Person
	for _, p := range d.persons {
		if ago, ok := strings.CutPrefix(p.Born, "-"); ok {
			var years int
			if _, err := fmt.Sscan(ago, &years); err != nil {
				return c, err
			}
			p.Born = string(civil.MonthOf(today.Year()-years, 2)) + "-11"
		}
		p.More = maps.Clone(p.More)
		people = append(people, p)
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if c, err = s.Create(ctx, New{Number: d.number, Name: d.name, Stage: d.stage, Secrecy: d.secrecy, Key: d.key, Opened: d.opened, Persons: people}); err != nil {
			return err
		}
		for login, task := range map[string]Task{d.conducts: Conducts, d.joins: Joins, d.leads(): Leads} {
			if login == "" {
				continue
			}
			p, err := s.org.PersonByLogin(ctx, login)
			if err != nil {
				return err
			}
			if err := s.Assign(ctx, c.ID, p.ID, task); err != nil {
				return err
			}
		}
		there, err := s.store.persons(ctx, c.ID)
		if err != nil {
			return err
		}
		acts := slices.Clone(d.acts)
		slices.SortStableFunc(acts, func(a, b demoAct) int { return a.day - b.day })
		for _, a := range acts {
			if err := s.demoAct(ctx, c.ID, there, a); err != nil {
				return err
			}
		}
		c, err = s.Get(ctx, c.ID)
		return err
	})
	return c, err
}

// demoAct enters an act as it would have been entered: on the evening of its day.
func (s *Service) demoAct(ctx context.Context, c ID, people []Person, d demoAct) error {
	now := s.now()
	today := civil.On(now)
	kind, _ := s.law(ctx).Act(d.kind)
	a := ledger.Act{Kind: d.kind, At: moment(today.Add(d.day), d.hour), Number: d.number, Reason: d.reason, Note: d.note, Fields: map[string]string{}}
	a.By = d.fields["by"]
	if a.By == "" && len(kind.By) > 0 {
		a.By = kind.By[0]
	}
	switch a.By {
	case "police":
		a.Issuer, a.Signer = "Cơ quan CSĐT Công an tỉnh Lào Cai", "Lê Hồng Quân"
	case "procuracy":
		a.Issuer, a.Signer = "VKSND khu vực 3 – Lào Cai", auth.From(ctx).Name
	case "court":
		a.Issuer, a.Signer = "TAND khu vực 3 – Lào Cai", "Đào Thị Mai"
	}
	for _, i := range d.who {
		a.Parties = append(a.Parties, people[i].ID)
	}
	if d.until != 0 {
		a.Until = ledger.Moment(today.Add(d.until))
	}
	for _, text := range strings.Fields(d.charges) {
		x, _ := parseCharge(text)
		a.Charges = append(a.Charges, x)
	}
	for k, v := range d.fields {
		if k == "by" {
			continue
		}
		var days int
		if n, err := fmt.Sscanf(v, "@%d", &days); n == 1 && err == nil {
			v = string(today.Add(days))
		}
		if name, ok := strings.CutSuffix(k, ".0"); ok {
			k = name + "." + string(people[0].ID)
		}
		a.Fields[k] = v
	}
	then := now.Add(time.Duration(d.day) * 24 * time.Hour)
	if evening := time.Date(then.In(civil.Zone).Year(), then.In(civil.Zone).Month(), then.In(civil.Zone).Day(), 23, 0, 0, 0, civil.Zone); evening.Before(now) {
		then = evening
	}
	past := *s
	past.now = func() time.Time { return then }
	_, _, err := past.Record(ctx, c, a)
	return err
}
