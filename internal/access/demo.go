package access

import (
	"context"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

// Demo fills the pages of this module with invented requests about the cases of the
// demonstration: one that waits, one that is open, one that was refused, an emergency to
// review, readings that wait, are allowed or on their way, somebody kept out. as returns
// the context of one of the invented people. It does nothing where there are requests.
func (s *Service) Demo(ctx context.Context, as func(login string) (context.Context, error)) (err error) {
	defer fault.Wrap(&err, "demo of access")
	n, err := s.store.count(ctx)
	if err != nil || n > 0 {
		return err
	}
	people := map[string]context.Context{}
	for _, login := range []string{"truongphong", "vientruong", "phovt", "ksv2", "vanthu"} {
		if people[login], err = as(login); err != nil {
			return err
		}
	}
	today := civil.On(s.now())
	yesterday := *s // the requests that were decided were made the day before
	yesterday.now = func() time.Time { return s.now().Add(-20 * time.Hour) }
	above, chief, clerk := people["truongphong"], people["vientruong"], people["vanthu"]

	ask := func(s *Service, number, parts, purpose string, mode policy.Mode) (Request, error) {
		rs, err := s.Ask(above, New{Cases: []string{number}, Mode: mode, Parts: parts, Purpose: purpose, Basis: "Kế hoạch kiểm tra số 15/KH-VKS", From: civil.On(s.now()), To: today.Add(7)})
		if err != nil {
			return Request{}, err
		}
		return rs[0], nil
	}
	if _, err := ask(s, "04/2026/HS", "Kết luận điều tra, biên bản bắt người", "Kiểm tra việc gia hạn tạm giam", policy.Reads); err != nil {
		return err
	}
	for number, d := range map[string]Decision{"05/2026/HS": {Approve: true, Whole: true}, "02/2026/HS": {Reason: "Vụ án chưa kết thúc điều tra; đề nghị làm việc trực tiếp với đơn vị"}} {
		r, err := ask(&yesterday, number, "", "Rút kinh nghiệm công tác kiểm sát điều tra", policy.Copies)
		if err == nil {
			_, err = s.Judge(chief, r.ID, d)
		}
		if err != nil {
			return err
		}
	}
	if _, err := yesterday.Open(above, Emergency{Case: "01/2026/HS", Reason: "Đối tượng trong vụ án vừa bị bắt quả tang ở địa bàn khác, cần đối chiếu ngay trong đêm"}); err != nil {
		return err
	}
	for _, x := range []struct {
		in    NewReading
		allow bool
	}{
		{NewReading{Reader: "Luật sư Cù Thị Nga", Capacity: Counsel, Paper: "Thẻ luật sư, thông báo người bào chữa số 12", Kinds: "Kết luận điều tra, kết luận giám định", Received: today.Add(-1)}, true},
		{NewReading{Reader: "Luật sư Hồ Văn Quý", Capacity: Counsel, Paper: "Thẻ luật sư, thông báo người bào chữa số 15", Kinds: "Biên bản hỏi cung", Received: today}, false},
		{NewReading{Reader: "Tẩn Láo Lở", Capacity: Accused, Paper: "Giấy xác nhận của nơi giam giữ", Kinds: "Kết luận điều tra", Facility: "Trại tạm giam Công an tỉnh Lào Cai", Handed: today}, false},
	} {
		x.in.Case = "04/2026/HS"
		r, err := s.Register(clerk, x.in)
		if err == nil && x.allow {
			_, err = s.Answer(people["phovt"], r.ID, Decision{Approve: true, Whole: true})
		}
		if err != nil {
			return err
		}
	}
	_, err = s.Recuse(chief, NewRecusal{Case: "05/2026/HS", Staff: org.StaffID(auth.From(people["ksv2"]).ID), Kind: Declined, Reason: "Là người thân thích của bị hại", Basis: s.rules.Recusal.Grounds[0]})
	return err
}
