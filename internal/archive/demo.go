package archive

import (
	"context"
	"time"

	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

// Demo gives paper to two invented files: one with volumes on the shelf and out on a
// slip that is overdue, and one that lies in the archive and whose period is over. as
// returns the context of one of the invented people. It does nothing where the first
// file has volumes.
func (s *Service) Demo(ctx context.Context, as func(login string) (context.Context, error), running, old dossier.Dossier) (err error) {
	defer fault.Wrap(&err, "demo of the archive")
	have, err := s.store.volumesIn(ctx, running.ID)
	if err != nil || len(have) > 0 {
		return err
	}
	people := map[string]context.Context{}
	for _, login := range []string{"vanthu", "luutru", "ksv2", "phovt"} {
		if people[login], err = as(login); err != nil {
			return err
		}
	}
	clerk := people["vanthu"]
	shelf := Place{Room: "Kho hồ sơ tầng 2", Cabinet: "Tủ 3", Shelf: "Ngăn 1"}
	var lent VolumeID
	for _, v := range []NewVolume{{Title: "Tố tụng", From: 1, To: 120, Place: shelf}, {Title: "Lời khai", From: 121, To: 212, Place: shelf}} {
		x, err := s.AddVolume(clerk, running.ID, v)
		if err != nil {
			return err
		}
		lent = x.ID
	}
	then := *s // the slip was written three weeks ago
	then.now = func() time.Time { return s.now().AddDate(0, 0, -21) }
	if _, err := then.Lend(clerk, running.Case, NewSlip{Volumes: []VolumeID{lent}, Borrower: org.StaffID(auth.From(people["ksv2"]).ID), Approver: org.StaffID(auth.From(people["phovt"]).ID),
		Purpose: "Nghiên cứu hồ sơ để báo cáo án", Due: civil.On(then.now()).Add(10)}); err != nil {
		return err
	}
	if _, err := s.AddVolume(clerk, old.ID, NewVolume{Title: "Hồ sơ kiểm sát", From: 1, To: 86, Place: Place{Room: "Kho lưu trữ", Cabinet: "Giá 1"}}); err != nil {
		return err
	}
	return s.in(people["luutru"], old.ID, MayKeep, func(ctx context.Context, f File) error {
		rs, err := s.rules(ctx)
		if err != nil {
			return err
		}
		closed := civil.On(s.now().AddDate(-21, 0, 0))
		f.Stage, f.Closed, f.Rule, f.RuleVersion, f.Until, f.Changed = Archived, closed, proposal(rs, f), 1, civil.On(s.now().AddDate(-1, 0, 0)), s.now()
		f.Opinion = "Theo bảng thời hạn bảo quản của đơn vị (số liệu mẫu)"
		if err := s.store.update(ctx, f); err != nil {
			return err
		}
		return s.note(ctx, f, "", DidAppraise, "", "Hồ sơ mẫu đã hết thời hạn bảo quản", f.more())
	})
}
