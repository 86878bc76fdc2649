package e2e

import (
	"testing"
	"time"

	"congminh/internal/archive"
	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/civil"
	"congminh/internal/org"
)

// long is a name as they come: every mark, and no end.
const long = "Hồ sơ kiểm sát việc khởi tố, điều tra vụ án Nguyễn Thị Lụa và đồng phạm phạm các tội “Lừa đảo chiếm đoạt tài sản”, “Sử dụng mạng máy tính, mạng viễn thông, phương tiện điện tử thực hiện hành vi chiếm đoạt tài sản” xảy ra tại các xã Bản Xèo, Mường Hum và phường Sa Pa"

// furnishArchive puts paper into the archive, at every step of its way: on the shelf,
// lent and overdue, held and being handed over, to be stored, stored, and proposed for
// destruction. What years and scans would bring is written into the database.
func (h *house) furnishArchive(t *testing.T, c criminal.Case, d dossier.Dossier, ids map[string]string) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clerk, keeper := h.as(t, "vanthu"), h.as(t, "luutru")
	staff := func(login string) org.StaffID {
		a, err := h.Org.ActorOf(t.Context(), login)
		ok(err)
		return org.StaffID(a.ID)
	}
	today := civil.On(time.Now())
	place := archive.Place{Room: "Kho lưu trữ số 1, tầng 2, nhà B", Cabinet: "Tủ 03", Shelf: "Giá 2, ngăn trên cùng"}
	volume := func(d dossier.ID, title string) archive.VolumeID {
		v, err := h.Archive.AddVolume(clerk, d, archive.NewVolume{Title: title, Folios: 204, Place: place})
		ok(err)
		return v.ID
	}
	file := func(title string) dossier.Dossier {
		f, err := h.Dossier.Create(clerk, dossier.New{Case: c.ID, Kind: dossier.ProcuracyFile, Title: title})
		ok(err)
		return f
	}
	set := func(query string, args ...any) {
		_, err := h.DB.Exec(t.Context(), query, args...)
		ok(err)
	}
	shelf, lent, held := volume(d.ID, "Thủ tục tố tụng"), volume(d.ID, "Lời khai của người bị hại và người làm chứng"), volume(d.ID, "")
	for _, v := range []archive.VolumeID{held, volume(d.ID, "Kết luận giám định")} {
		_, err := h.Archive.Move(clerk, v, archive.Move{Holder: staff("ksv")})
		ok(err)
	}
	slip, err := h.Archive.Lend(keeper, c.ID, archive.NewSlip{Volumes: []archive.VolumeID{lent}, Borrower: staff("ksv"), Purpose: "Nghiên cứu để xây dựng bản yêu cầu điều tra và tham gia hỏi cung bị can", Due: today.Add(5), Approver: staff("vientruong")})
	ok(err)
	set(`UPDATE archive_slip SET due = $2 WHERE id = $1`, slip.ID, today.Add(-3))
	given, err := h.Archive.HandOver(h.as(t, "ksv"), archive.NewHandover{Taker: staff("ksv2"), Volumes: []archive.VolumeID{held}, Reason: "Thay đổi Kiểm sát viên theo Quyết định số 12/QĐ-VKSKV3", Note: "Chờ kết luận giám định bổ sung"})
	ok(err)

	toStore, stored, proposed := file(long), file("Hồ sơ kiểm sát đã hết thời hạn bảo quản"), file("Hồ sơ kiểm sát đề nghị tiêu hủy")
	const rule, digest = "kiem-sat-an-hinh-su", "3f8e1f6a0c5b7d2e9a4c6b8d0f1e2a3c5d7e9f0b1a2c3d4e5f60718293a4b5c6"
	_, err = h.Archive.ConfirmRule(keeper, rule, archive.Period{Years: 1, Counted: archive.FromClosing, Source: "Bảng thời hạn bảo quản, mục 3"})
	ok(err)
	for _, f := range []dossier.Dossier{toStore, stored, proposed} {
		volume(f.ID, "")
		set(`UPDATE dossier SET state = 'closed', closed = $2, closed_by = 'x' WHERE id = $1`, f.ID, time.Now())
		set(`UPDATE archive_file SET stage = 'appraise', closed = $2 WHERE dossier = $1`, f.ID, today)
		_, err := h.Archive.Appraise(keeper, f.ID, archive.Appraisal{Rule: rule, Opinion: "Theo bảng thời hạn"})
		ok(err)
		if f.ID == toStore.ID {
			continue
		}
		in, err := h.Archive.Transfer(keeper, f.ID, archive.NewTransfer{Giver: staff("ksv"), Package: digest, Place: archive.Place{Room: "Kho lưu trữ"}})
		ok(err)
		ids["stored"] = string(in.ID)
		set(`UPDATE archive_file SET until = '2026-01-01' WHERE dossier = $1`, f.ID)
	}
	_, err = h.Archive.Hold(keeper, toStore.ID, "Đang giải quyết khiếu nại theo Công văn số 77/CV-VKS")
	ok(err)
	end, err := h.Archive.Propose(keeper, archive.NewDestruction{Files: []dossier.ID{proposed.ID}, Basis: "Hết thời hạn bảo quản"})
	ok(err)
	ids["dossier"], ids["to-store"], ids["end"] = string(d.ID), string(toStore.ID), string(end.ID)
	ids["volume"], ids["lent"], ids["slip"], ids["given"], ids["ksv"] = string(shelf), string(lent), string(slip.ID), string(given.ID), string(staff("ksv"))
}
