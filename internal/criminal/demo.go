package criminal

import (
	"context"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

const demoOffice auth.Office = "lao-cai-kv3"

// demoCases are invented. The places are real, nobody in them is.
var demoCases = []struct {
	number, name    string
	stage           Stage
	secrecy         Secrecy
	key             bool
	opened          civil.Date
	persons         []Person
	conducts, joins string // logins of org.Demo
}{
	{"01/2026/HS", "Giàng Seo Vảng và đồng phạm – Trộm cắp tài sản", Prosecution, 0, false, "2026-03-12",
		[]Person{{Name: "Giàng Seo Vảng", Role: Accused}, {Name: "Lý A Chớ", Role: Accused}, {Name: "Nguyễn Thị Hảo", Role: Victim}}, "ksv", ""},
	{"02/2026/HS", "Trần Văn Hậu – Vi phạm quy định về tham gia giao thông đường bộ", Investigation, 0, false, "2026-04-02",
		[]Person{{Name: "Trần Văn Hậu", Role: Accused}, {Name: "Bùi Đức Thọ", Role: Victim}}, "ksv2", ""},
	{"03/2026/HS", "Nguyễn Thị Lụa và đồng phạm – Lừa đảo chiếm đoạt tài sản", Investigation, 0, true, "2026-05-20",
		[]Person{{Name: "Nguyễn Thị Lụa", Role: Accused}, {Name: "Phan Quốc Dũng", Role: Accused}, {Name: "Hoàng Văn Thành", Role: Victim}, {Name: "Đặng Thị Nhài", Role: Victim}}, "ksv", "ksv2"},
	{"04/2026/HS", "Tẩn Láo Lở – Mua bán trái phép chất ma túy", Prosecution, 0, false, "2026-02-18",
		[]Person{{Name: "Tẩn Láo Lở", Role: Accused}}, "ksv2", ""},
	{"05/2026/HS", "Lò Văn Pản – Cố ý gây thương tích", FirstInstance, 0, false, "2026-01-09",
		[]Person{{Name: "Lò Văn Pản", Role: Accused}, {Name: "Vàng A Sử", Role: Victim}}, "ksv", ""},
	{"06/2026/HS", "Vụ mua bán người tại khu vực biên giới", Investigation, 1, true, "2026-06-30",
		[]Person{{Name: "Sùng Thị Dợ", Role: Accused}}, "ksv2", ""},
	{"07/2026/TB", "Tin báo về hủy hoại rừng tại xã Mường Hum", Report, 0, false, "",
		[]Person{{Name: "Chảo A Khé", Role: Participant}}, "ksv", ""},
	{"118/2024/HS", "Đinh Công Tráng – Tham ô tài sản", Enforcement, 2, false, "2024-09-16",
		[]Person{{Name: "Đinh Công Tráng", Role: Accused}}, "vientruong", ""},
}

// Demo enters invented cases into the office of org.Demo, which must have run. It
// may run again: what is there stays.
func (s *Service) Demo(ctx context.Context) (out []Case, err error) {
	defer fault.Wrap(&err, "demo cases")
	verbs := []auth.Verb{org.MaySelf, org.MayRead, MayRead, MayManage, MayAssign}
	ctx = auth.With(ctx, auth.Actor{ID: "demo", Office: demoOffice, Path: []auth.Office{"tc", "lao-cai", demoOffice},
		Roles: []string{string(org.Chief)}, Verbs: verbs, Below: verbs})
	for _, d := range demoCases {
		old, err := s.numbered(ctx, demoOffice, d.number)
		if err != nil {
			return nil, err
		}
		if old != "" {
			c, err := s.Get(ctx, old)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
			continue
		}
		c, err := s.Create(ctx, New{Number: d.number, Name: d.name, Stage: d.stage, Secrecy: d.secrecy,
			Key: d.key, Opened: d.opened, Persons: d.persons})
		if err != nil {
			return nil, err
		}
		for login, task := range map[string]Task{d.conducts: Conducts, d.joins: Joins} {
			if login == "" {
				continue
			}
			p, err := s.org.PersonByLogin(ctx, login)
			if err != nil {
				return nil, err
			}
			if err := s.Assign(ctx, c.ID, p.ID, task); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	return out, nil
}
