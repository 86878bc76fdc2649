package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

// Lend writes a slip and gives the volumes out. All of them are of one case. What is
// out already, in somebody's charge, or under a hold, is refused, and with it the
// whole slip.
func (s *Service) Lend(ctx context.Context, c criminal.ID, in NewSlip) (l Slip, err error) {
	defer fault.Wrap(&err, "lend of case %s", c)
	if err := s.cases.Allow(ctx, MayLend, c); err != nil {
		return l, err
	}
	who := auth.From(ctx)
	all, err := s.store.volumesOfCase(ctx, c)
	if err != nil {
		return l, err
	}
	slices.Sort(in.Volumes)
	in.Volumes = slices.Compact(in.Volumes)
	vs := slices.DeleteFunc(all, func(v Volume) bool { return !slices.Contains(in.Volumes, v.ID) })
	borrower, approver, err := s.checkSlip(ctx, c, &in, len(vs) == len(in.Volumes))
	if err != nil {
		return l, err
	}
	var ds []dossier.ID
	for _, v := range vs {
		ds = append(ds, v.Dossier)
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		files, err := s.lockAll(ctx, ds)
		if err != nil {
			return err
		}
		first := files[vs[0].Dossier]
		l = Slip{ID: id.New[Slip](), Case: c, Office: first.Office, path: first.path, Borrower: borrower.ID, BorrowerName: borrower.Name, Purpose: in.Purpose, Due: in.Due,
			Approver: approver.ID, ApproverName: approver.Name, Lent: s.now(), LentBy: who.ID, LentName: who.Name}
		if l.Number, err = s.number(ctx, l.Office, "PM"); err != nil {
			return err
		}
		for i := range vs {
			v, err := s.store.volume(ctx, vs[i].ID) // as it is now that nobody else changes it
			if err == nil {
				err = lendable(v, files[v.Dossier])
			}
			if err != nil {
				return err
			}
			vs[i] = v
			l.Volumes = append(l.Volumes, SlipVolume{Volume: v.ID, Folios: v.Folios})
		}
		if err := s.store.insertSlip(ctx, l); err != nil {
			return err
		}
		for _, v := range vs {
			v.Slip = l.ID
			if err := s.store.updateVolume(ctx, v); err != nil {
				return err
			}
			if err := s.note(ctx, files[v.Dossier], v.ID, DidLend, l.BorrowerName, l.Number+": "+l.Purpose,
				map[string]string{"slip": string(l.ID), "borrower": string(l.Borrower), "approver": string(l.Approver), "due": string(l.Due), "folios": fmt.Sprint(v.Folios)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Slip{}, err
	}
	return s.store.slip(ctx, l.ID)
}

// lendable says why v may not go out.
func lendable(v Volume, f File) error {
	switch {
	case v.Destroyed || f.Stage == Destroyed:
		return ErrGone
	case f.Holds > 0:
		return ErrHeld
	case v.Slip != "" || v.Holder != "":
		return ErrOut
	}
	return nil
}

func (s *Service) checkSlip(ctx context.Context, of criminal.ID, in *NewSlip, known bool) (borrower, approver org.Staff, err error) {
	office := auth.From(ctx).Office
	borrower, works, err := s.colleague(ctx, office, in.Borrower)
	if err != nil {
		return borrower, approver, err
	}
	sees := false
	if works {
		if sees, err = s.maySee(ctx, borrower, of); err != nil {
			return borrower, approver, err
		}
	}
	approver, leader, err := s.colleague(ctx, office, in.Approver)
	if err != nil {
		return borrower, approver, err
	}
	in.Purpose = vn.Clean(in.Purpose)
	var c fault.Check
	c.Need(known && len(in.Volumes) > 0, "volume", "Hãy chọn ít nhất một tập của vụ án này.")
	c.Need(works, "borrower", "Hãy chọn một cán bộ đang làm việc tại đơn vị.")
	c.Need(!works || sees, "borrower", "Người mượn không có quyền xem vụ án này nên không được mượn hồ sơ giấy.")
	c.Need(in.Purpose != "" && len([]rune(in.Purpose)) <= 500, "purpose", "Hãy ghi mục đích mượn, nhiều nhất 500 chữ.")
	_, bad := civil.Parse(string(in.Due))
	c.Need(bad == nil && in.Due >= s.today(), "due", "Hạn trả phải là một ngày từ hôm nay trở đi.")
	c.Need(leader && leads(approver), "approver", "Hãy chọn lãnh đạo đã duyệt cho mượn.")
	c.Need(approver.ID != borrower.ID || approver.Has(org.Chief) || in.Borrower == "", "approver", "Người mượn không tự duyệt cho mình.")
	return borrower, approver, c.Err(ErrInvalid)
}

// openSlip returns a slip for those who may do v; the borrower may always read it.
func (s *Service) openSlip(ctx context.Context, id SlipID, v auth.Verb) (l Slip, err error) {
	if err := auth.Require(ctx, v); err != nil {
		return l, err
	}
	l, err = s.store.slip(ctx, id)
	if err == nil && (v != MayRead || string(l.Borrower) != auth.From(ctx).ID) {
		err = s.cases.Allow(ctx, v, l.Case)
	}
	if errors.Is(err, db.ErrNone) || errors.Is(err, criminal.ErrNone) {
		err = ErrNoSlip
	}
	if err != nil {
		return Slip{}, err
	}
	return l, nil
}

// Slip returns a slip with its volumes.
func (s *Service) Slip(ctx context.Context, id SlipID) (l Slip, err error) {
	defer fault.Wrap(&err, "slip %s", id)
	return s.openSlip(ctx, id, MayRead)
}

// Slips lists the slips one may see, and those one borrowed on, that pass f.
func (s *Service) Slips(ctx context.Context, f SlipFilter) (out page.Of[Slip], err error) {
	defer fault.Wrap(&err, "slips")
	to, err := s.sight(ctx)
	if err != nil {
		return out, err
	}
	rows, err := s.store.slips(ctx, to, f, auth.From(ctx).ID, s.today())
	return page.Cut(rows, f.Req, func(l Slip) string { return string(l.ID) }), err
}

// Renew gives a slip a later due date (gia hạn).
func (s *Service) Renew(ctx context.Context, id SlipID, in Renew) (l Slip, err error) {
	defer fault.Wrap(&err, "renew slip %s", id)
	if l, err = s.openSlip(ctx, id, MayLend); err != nil {
		return l, err
	}
	in.Reason = vn.Clean(in.Reason)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		files, err := s.lockAll(ctx, l.dossiers())
		if err != nil {
			return err
		}
		if l, err = s.store.lockSlip(ctx, id); err != nil {
			return err
		}
		if l.Returned != nil {
			return ErrBack
		}
		var c fault.Check
		_, bad := civil.Parse(string(in.Due))
		c.Need(bad == nil && in.Due > l.Due && in.Due >= s.today(), "due", "Hạn trả mới phải sau hạn cũ và từ hôm nay trở đi.")
		c.Need(in.Reason != "" && len([]rune(in.Reason)) <= 500, "reason", "Hãy ghi lý do gia hạn, nhiều nhất 500 chữ.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		for _, f := range files {
			if f.Holds > 0 {
				return ErrHeld
			}
		}
		x := Renewal{Due: in.Due, Was: l.Due, Reason: in.Reason, At: s.now(), ByName: auth.From(ctx).Name}
		if err := s.store.renew(ctx, l, x, auth.From(ctx).ID); err != nil {
			return err
		}
		for _, v := range l.Volumes {
			if err := s.note(ctx, files[v.dossier], v.Volume, DidRenew, l.BorrowerName, l.Number+": "+in.Reason, map[string]string{"slip": string(id), "due": string(in.Due), "was": string(l.Due)}); err != nil {
				return err
			}
		}
		l, err = s.store.slip(ctx, id)
		return err
	})
	return l, err
}

func (l Slip) dossiers() (out []dossier.ID) {
	for _, v := range l.Volumes {
		out = append(out, v.dossier)
	}
	return out
}

// TakeBack takes the volumes of a slip back, all at once, each counted and looked
// over. A difference does not stop it: it is recorded, and the slip says so for ever.
// Volumes go to the place given, or to the one they were taken from.
func (s *Service) TakeBack(ctx context.Context, id SlipID, backs []Back, to Place) (l Slip, err error) {
	defer fault.Wrap(&err, "take back slip %s", id)
	if l, err = s.openSlip(ctx, id, MayLend); err != nil {
		return l, err
	}
	to = to.tidy()
	by := map[VolumeID]Back{}
	for _, b := range backs {
		b.State = vn.Clean(b.State)
		by[b.Volume] = b
	}
	var c fault.Check
	to.check(&c)
	for _, v := range l.Volumes {
		b, ok := by[v.Volume]
		c.Need(ok && b.Folios >= 0 && b.Folios < 100_000 && len([]rune(b.State)) <= 500, "folios", "Hãy đếm và ghi số tờ của từng tập nhận lại.")
	}
	c.Need(len(by) == len(l.Volumes), "folios", "Hãy đếm và ghi số tờ của từng tập nhận lại.")
	if err := c.Err(ErrInvalid); err != nil {
		return l, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		files, err := s.lockAll(ctx, l.dossiers())
		if err != nil {
			return err
		}
		if l, err = s.store.lockSlip(ctx, id); err != nil {
			return err
		}
		if l.Returned != nil {
			return ErrBack
		}
		for _, x := range l.Volumes {
			b := by[x.Volume]
			x.Back, x.State = b.Folios, b.State
			l.Differs = l.Differs || x.Differs()
			if err := s.store.back(ctx, id, x); err != nil {
				return err
			}
			v, err := s.store.volume(ctx, x.Volume)
			if err != nil {
				return err
			}
			v.Slip, v.Folios = "", b.Folios
			if to != (Place{}) {
				v.Place = to
			}
			if err := s.store.updateVolume(ctx, v); err != nil {
				return err
			}
			note := l.Number
			if x.Differs() {
				note = fmt.Sprintf("%s: giao %d tờ, nhận lại %d tờ. %s", l.Number, x.Folios, x.Back, x.State)
			}
			if err := s.note(ctx, files[v.Dossier], v.ID, DidReturn, v.spot(), note, map[string]string{"slip": string(id), "folios": fmt.Sprint(b.Folios), "were": fmt.Sprint(x.Folios), "state": b.State}); err != nil {
				return err
			}
		}
		return s.store.closeSlip(ctx, l, s.now(), auth.From(ctx))
	})
	if err != nil {
		return l, err
	}
	return s.store.slip(ctx, id)
}

// Hand-overs between prosecutors.

// HandOver writes minutes of a hand-over of what the giver holds. Written by the
// giver it is confirmed by them at once; a clerk may write it for both.
func (s *Service) HandOver(ctx context.Context, in NewHandover) (h Handover, err error) {
	defer fault.Wrap(&err, "hand over")
	if err := auth.Require(ctx, MayRead); err != nil {
		return h, err
	}
	me := auth.From(ctx)
	if in.Giver == "" {
		in.Giver = org.StaffID(me.ID)
	}
	if string(in.Giver) != me.ID && !me.May(MayLend) {
		return h, ErrNotYours
	}
	in.Reason = vn.Clean(in.Reason)
	giver, gives, err := s.colleague(ctx, me.Office, in.Giver)
	if err != nil {
		return h, err
	}
	taker, takes, err := s.colleague(ctx, me.Office, in.Taker)
	if err != nil {
		return h, err
	}
	o, err := s.cases.Office(ctx, me.Office)
	if err != nil {
		return h, err
	}
	slices.Sort(in.Volumes)
	vs, err := s.toHand(ctx, slices.Compact(in.Volumes))
	if err != nil {
		return h, err
	}
	sees := true
	for _, v := range vs {
		if !takes || !sees {
			break
		}
		if sees, err = s.maySee(ctx, taker, v.Case); err != nil {
			return h, err
		}
	}
	var c fault.Check
	c.Need(gives, "giver", "Hãy chọn người giao đang làm việc tại đơn vị.")
	c.Need(takes && taker.ID != giver.ID, "taker", "Hãy chọn người nhận, khác người giao, đang làm việc tại đơn vị.")
	c.Need(sees, "taker", "Người nhận chưa có quyền xem một vụ án trong danh sách. Hãy phân công trước rồi bàn giao.")
	c.Need(len(vs) > 0, "volume", "Hãy chọn ít nhất một tập để bàn giao.")
	c.Need(in.Reason != "" && len([]rune(in.Reason)) <= 500, "reason", "Hãy ghi lý do bàn giao, ví dụ thay đổi Kiểm sát viên theo quyết định số …")
	c.Need(len([]rune(in.Note)) <= 2000, "note", "Ghi chú dài quá 2.000 chữ.")
	if err := c.Err(ErrInvalid); err != nil {
		return h, err
	}
	h = Handover{ID: id.New[Handover](), Office: me.Office, path: o.Path, Giver: giver.ID, GiverName: giver.Name, Taker: taker.ID, TakerName: taker.Name, Reason: in.Reason, Note: in.Note,
		Made: s.now(), MadeBy: me.ID}
	if string(giver.ID) == me.ID {
		h.Given = &h.Made
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		files, err := s.lockAll(ctx, dossiersOf(vs))
		if err != nil {
			return err
		}
		for _, v := range vs {
			if v, err = s.store.volume(ctx, v.ID); err != nil {
				return err
			}
			busy, err := s.store.promised(ctx, v.ID)
			if err != nil {
				return err
			}
			if v.Holder != giver.ID || v.Slip != "" || v.Destroyed || busy {
				return ErrMoved
			}
			h.Volumes = append(h.Volumes, HandoverVolume{Volume: v.ID, Folios: v.Folios})
		}
		if h.Number, err = s.number(ctx, h.Office, "BG"); err != nil {
			return err
		}
		if err := s.store.insertHandover(ctx, h); err != nil {
			return err
		}
		for _, v := range vs {
			if err := s.note(ctx, files[v.Dossier], v.ID, DidDraft, "", h.Number+": "+giver.Name+" → "+taker.Name, h.more()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Handover{}, err
	}
	return s.store.handover(ctx, h.ID)
}

func (h Handover) more() map[string]string {
	return map[string]string{"handover": string(h.ID), "giver": string(h.Giver), "taker": string(h.Taker)}
}

func dossiersOf(vs []Volume) (out []dossier.ID) {
	for _, v := range vs {
		out = append(out, v.Dossier)
	}
	return out
}

// toHand reads volumes the asker may see.
func (s *Service) toHand(ctx context.Context, ids []VolumeID) (vs []Volume, err error) {
	for _, id := range ids {
		v, err := s.openVolume(ctx, id, MayRead)
		if err != nil {
			return nil, err
		}
		vs = append(vs, v)
	}
	return vs, nil
}

// openHandover returns minutes for the giver, the taker, and those of the office who
// lend: of the others' cases, these see only what they may see.
func (s *Service) openHandover(ctx context.Context, id HandoverID) (h Handover, err error) {
	if err := auth.Require(ctx, MayRead); err != nil {
		return h, err
	}
	h, err = s.store.handover(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return Handover{}, ErrNoHandover
	}
	if err != nil {
		return Handover{}, err
	}
	me := auth.From(ctx).ID
	if string(h.Giver) == me || string(h.Taker) == me {
		return h, nil
	}
	if auth.RequireIn(ctx, MayLend, h.path) != nil && auth.RequireIn(ctx, MayDestroy, h.path) != nil {
		return Handover{}, ErrNoHandover
	}
	var seen []HandoverVolume
	for _, v := range h.Volumes {
		_, err := s.cases.Get(ctx, v.Case)
		if errors.Is(err, criminal.ErrNone) {
			continue
		}
		if err != nil {
			return Handover{}, err
		}
		seen = append(seen, v)
	}
	h.Volumes = seen
	return h, nil
}

// Handover returns minutes one may see.
func (s *Service) Handover(ctx context.Context, id HandoverID) (h Handover, err error) {
	defer fault.Wrap(&err, "hand-over %s", id)
	return s.openHandover(ctx, id)
}

// Handovers lists one's own and, for those who lend, those of the office. waiting
// cuts the list to those that wait for the asker.
func (s *Service) Handovers(ctx context.Context, f HandoverFilter) (out page.Of[Handover], err error) {
	defer fault.Wrap(&err, "hand-overs")
	if err := auth.Require(ctx, MayRead); err != nil {
		return out, err
	}
	like := ""
	for _, v := range []auth.Verb{MayLend, MayDestroy} {
		if reach, err := auth.Reach(ctx, v); err == nil {
			like = reach.Like()
		}
	}
	rows, err := s.store.handovers(ctx, like, auth.From(ctx).ID, f)
	return page.Cut(rows, f.Req, func(h Handover) string { return string(h.ID) }), err
}

// GiveUp is the giver's confirmation of minutes that somebody wrote for them.
func (s *Service) GiveUp(ctx context.Context, id HandoverID) (h Handover, err error) {
	defer fault.Wrap(&err, "confirm giving %s", id)
	return s.confirm(ctx, id, func(ctx context.Context, h *Handover, files map[dossier.ID]File) error {
		if string(h.Giver) != auth.From(ctx).ID {
			return ErrNotYours
		}
		if h.Given != nil {
			return ErrSettled
		}
		now := s.now()
		h.Given = &now
		return s.noteAll(ctx, *h, files, DidGive, "")
	})
}

// Take is the taker's confirmation: each volume counted. With it the volumes are in
// the taker's charge. A difference is recorded beside the volume.
func (s *Service) Take(ctx context.Context, id HandoverID, backs []Back, remarks string) (h Handover, err error) {
	defer fault.Wrap(&err, "confirm taking %s", id)
	by := map[VolumeID]int{}
	for _, b := range backs {
		by[b.Volume] = b.Folios
	}
	return s.confirm(ctx, id, func(ctx context.Context, h *Handover, files map[dossier.ID]File) error {
		if string(h.Taker) != auth.From(ctx).ID {
			return ErrNotYours
		}
		if h.Given == nil || h.Taken != nil {
			return ErrSettled
		}
		var c fault.Check
		differs := false
		for _, v := range h.Volumes {
			n, ok := by[v.Volume]
			c.Need(ok && n >= 0 && n < 100_000, "folios", "Hãy đếm và ghi số tờ của từng tập nhận bàn giao.")
			differs = differs || n != v.Folios
		}
		remarks = vn.Clean(remarks)
		c.Need(len(by) == len(h.Volumes), "folios", "Hãy đếm và ghi số tờ của từng tập nhận bàn giao.")
		c.Need(!differs || remarks != "", "remarks", "Số tờ khác với biên bản. Hãy ghi rõ khác ở tập nào, vì sao.")
		c.Need(len([]rune(remarks)) <= 2000, "remarks", "Ghi chú dài quá 2.000 chữ.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		now := s.now()
		h.Taken, h.Remarks = &now, remarks
		for _, x := range h.Volumes {
			v, err := s.store.volume(ctx, x.Volume)
			if err != nil {
				return err
			}
			if _, err := s.cases.Get(ctx, x.Case); err != nil {
				return err
			}
			if v.Holder != h.Giver || v.Slip != "" || v.Destroyed {
				return ErrMoved
			}
			x.Counted = by[x.Volume]
			if err := s.store.count(ctx, id, x); err != nil {
				return err
			}
			v.Holder, v.HolderName, v.Folios = h.Taker, h.TakerName, x.Counted
			if err := s.store.updateVolume(ctx, v); err != nil {
				return err
			}
			note := h.Number
			if x.Counted != x.Folios {
				note = fmt.Sprintf("%s: giao %d tờ, nhận %d tờ", h.Number, x.Folios, x.Counted)
			}
			more := h.more()
			more["folios"], more["were"] = fmt.Sprint(x.Counted), fmt.Sprint(x.Folios)
			if err := s.note(ctx, files[v.Dossier], v.ID, DidTake, h.TakerName, note, more); err != nil {
				return err
			}
		}
		return nil
	})
}

// Refuse ends minutes that one of the two does not confirm. Nothing has moved.
func (s *Service) Refuse(ctx context.Context, id HandoverID, why string) (h Handover, err error) {
	defer fault.Wrap(&err, "refuse hand-over %s", id)
	why = vn.Clean(why)
	return s.confirm(ctx, id, func(ctx context.Context, h *Handover, files map[dossier.ID]File) error {
		if me := auth.From(ctx).ID; string(h.Taker) != me && string(h.Giver) != me {
			return ErrNotYours
		}
		if h.Taken != nil {
			return ErrSettled
		}
		var c fault.Check
		c.Need(why != "" && len([]rune(why)) <= 2000, "remarks", "Hãy ghi lý do không bàn giao.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		now := s.now()
		h.Refused, h.Remarks = &now, why
		return s.noteAll(ctx, *h, files, DidRefuse, why)
	})
}

// confirm changes minutes that wait, alone.
func (s *Service) confirm(ctx context.Context, id HandoverID, work func(context.Context, *Handover, map[dossier.ID]File) error) (h Handover, err error) {
	if h, err = s.openHandover(ctx, id); err != nil {
		return h, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		var ds []dossier.ID
		for _, v := range h.Volumes {
			ds = append(ds, v.dossier)
		}
		files, err := s.lockAll(ctx, ds)
		if err != nil {
			return err
		}
		if h, err = s.store.lockHandover(ctx, id); err != nil {
			return err
		}
		if h.Refused != nil {
			return ErrSettled
		}
		if err := work(ctx, &h, files); err != nil {
			return err
		}
		return s.store.updateHandover(ctx, h)
	})
	if err != nil {
		return h, err
	}
	return s.store.handover(ctx, id)
}

func (s *Service) noteAll(ctx context.Context, h Handover, files map[dossier.ID]File, act StepAct, note string) error {
	for _, v := range h.Volumes {
		if err := s.note(ctx, files[v.dossier], v.Volume, act, "", join(h.Number, note), h.more()); err != nil {
			return err
		}
	}
	return nil
}

// HeldBy lists what somebody holds in their charge, of the cases the asker may see.
// One asks of oneself, or lends.
func (s *Service) HeldBy(ctx context.Context, who org.StaffID) (vs []Volume, err error) {
	defer fault.Wrap(&err, "paper held by %s", who)
	to, err := s.sight(ctx)
	if err != nil {
		return nil, err
	}
	me := auth.From(ctx)
	if string(who) != me.ID && !me.May(MayLend) {
		return nil, ErrNotYours
	}
	return s.store.heldBy(ctx, who, to.tags)
}
