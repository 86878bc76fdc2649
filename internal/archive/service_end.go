package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// Retention.

// Rules returns the kinds of file with the period of each as last confirmed.
func (s *Service) Rules(ctx context.Context) (out []Rule, err error) {
	defer fault.Wrap(&err, "retention rules")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	return s.rules(ctx)
}

func (s *Service) rules(ctx context.Context) ([]Rule, error) {
	rows, err := s.store.rules(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(shipped().Rules)
	for _, r := range rows { // oldest first: the last one stands
		if i := slices.IndexFunc(out, func(x Rule) bool { return x.Code == r.Code }); i >= 0 {
			out[i].Period, out[i].Version, out[i].At, out[i].ByName = r.Period, r.Version, r.At, r.ByName
		}
	}
	return out, nil
}

func (s *Service) rule(ctx context.Context, code string) (Rule, error) {
	all, err := s.rules(ctx)
	i := slices.IndexFunc(all, func(r Rule) bool { return r.Code == code })
	if err == nil && i < 0 {
		err = ErrNoRule
	}
	if err != nil {
		return Rule{}, err
	}
	return all[i], nil
}

// RuleHistory returns the versions of a rule that were confirmed here, newest first.
func (s *Service) RuleHistory(ctx context.Context, code string) (now Rule, was []Rule, err error) {
	defer fault.Wrap(&err, "retention rule %s", code)
	if err := auth.Require(ctx, MayRead); err != nil {
		return now, nil, err
	}
	if now, err = s.rule(ctx, code); err != nil {
		return now, nil, err
	}
	rows, err := s.store.rules(ctx)
	for _, r := range slices.Backward(rows) {
		if r.Code == code {
			was = append(was, r.Rule)
		}
	}
	return now, was, err
}

// ConfirmRule writes the period of a kind of file with its source. It is a new
// version: what was computed from an older one stands until the file is appraised
// anew, and what could not be computed for want of a period is computed now.
func (s *Service) ConfirmRule(ctx context.Context, code string, in Period) (r Rule, err error) {
	defer fault.Wrap(&err, "confirm retention of %s", code)
	if err := auth.Require(ctx, MayKeep); err != nil {
		return r, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err = s.confirmRule(ctx, code, in)
		return err
	})
	return r, err
}

// ConfirmRules is ConfirmRule for every rule of a file of the shipped form that gives
// a period: all of them, or none.
func (s *Service) ConfirmRules(ctx context.Context, text string) (out []Rule, err error) {
	defer fault.Wrap(&err, "confirm retention from a file")
	if err := auth.Require(ctx, MayKeep); err != nil {
		return nil, err
	}
	t, err := readTable(text)
	if err != nil {
		var c fault.Check
		c.Need(false, "file", "Không đọc được tệp. Hãy dùng tệp TOML tải từ trang này rồi thêm thời hạn, nguồn.")
		return nil, c.Err(ErrInvalid)
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		for _, x := range t.Rules {
			if x.Period == (Period{}) {
				continue
			}
			r, err := s.confirmRule(ctx, x.Code, x.Period)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		var c fault.Check
		c.Need(len(out) > 0, "file", "Tệp không ghi thời hạn nào.")
		return c.Err(ErrInvalid)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) confirmRule(ctx context.Context, code string, in Period) (r Rule, err error) {
	if r, err = s.rule(ctx, code); err != nil {
		return r, err
	}
	if in, err = in.tidy(); err != nil {
		return r, err
	}
	if r.Confirmed() && in == r.Period {
		return r, nil // the same file twice says nothing new
	}
	who, now := auth.From(ctx), s.now()
	r.Period, r.Version, r.At, r.ByName = in, r.Version+1, &now, who.Name
	fresh, err := s.store.insertRule(ctx, r, who.ID)
	if err == nil && !fresh {
		err = ErrSettled
	}
	if err != nil {
		return r, err
	}
	more := map[string]string{"code": code, "version": fmt.Sprint(r.Version), "years": fmt.Sprint(r.Years), "permanent": fmt.Sprint(r.Permanent), "counted": string(r.Counted), "source": r.Source}
	if err := s.tell(ctx, DidConfirm, "archive.rule/"+code, "", "", "", more); err != nil {
		return r, err
	}
	waiting, err := s.store.unset(ctx, code)
	if err != nil {
		return r, err
	}
	for _, d := range waiting {
		f, err := s.store.lock(ctx, d)
		if err != nil {
			return r, err
		}
		if f.Rule != code || f.RuleVersion != 0 {
			continue
		}
		f.apply(r)
		f.Changed = now
		if err := s.store.update(ctx, f); err != nil {
			return r, err
		}
		if err := s.note(ctx, f, "", DidRecompute, "", "", f.more()); err != nil {
			return r, err
		}
	}
	return r, nil
}

// apply writes what r means for f.
func (f *File) apply(r Rule) {
	f.Rule, f.RuleVersion, f.Permanent, f.Until = r.Code, r.Version, r.Confirmed() && r.Permanent, r.until(f.Closed)
}

func (f File) more() map[string]string {
	return map[string]string{"rule": f.Rule, "version": fmt.Sprint(f.RuleVersion), "until": string(f.Until), "permanent": fmt.Sprint(f.Permanent)}
}

// proposal is the rule likely for a file: the first for its kind.
func proposal(rs []Rule, f File) string {
	for _, r := range rs {
		if r.File == string(f.Kind) {
			return r.Code
		}
	}
	return ""
}

// Appraise decides the value of a closed file: how long it is kept (xác định giá
// trị). It may be done again until the file is destroyed.
func (s *Service) Appraise(ctx context.Context, d dossier.ID, in Appraisal) (f File, err error) {
	defer fault.Wrap(&err, "appraise %s", d)
	r, ruleErr := s.rule(ctx, in.Rule)
	if ruleErr != nil && !errors.Is(ruleErr, ErrNoRule) {
		return f, ruleErr
	}
	err = s.closedIn(ctx, d, func(ctx context.Context, now File) error {
		f = now
		var c fault.Check
		c.Need(ruleErr == nil, "rule", "Hãy chọn loại hồ sơ trong bảng thời hạn bảo quản.")
		c.Need(len([]rune(in.Opinion)) <= 2000, "opinion", "Ý kiến dài quá 2.000 chữ.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		busy, err := s.store.proposedFor(ctx, d)
		if err == nil && busy {
			err = ErrSettled
		}
		if err != nil {
			return err
		}
		f.apply(r)
		f.Opinion, f.Changed = in.Opinion, s.now()
		if f.Stage != Archived {
			f.Stage = ToStore
		}
		if err := s.store.update(ctx, f); err != nil {
			return err
		}
		return s.note(ctx, f, "", DidAppraise, "", r.Name, f.more())
	})
	return f, err
}

// closedIn is in for a file that is closed, for those who keep the archive.
func (s *Service) closedIn(ctx context.Context, d dossier.ID, work func(context.Context, File) error) error {
	return s.in(ctx, d, MayKeep, func(ctx context.Context, f File) error {
		of, err := s.files.Get(ctx, d)
		if err != nil {
			return err
		}
		if of.State != dossier.Closed || of.Closed == nil {
			return ErrOpen
		}
		f.Closed, f.Folios = civil.On(*of.Closed), of.LastFolio
		return work(ctx, f)
	})
}

// Transfer takes an appraised file into the archive (nộp lưu): its volumes go to
// their place there, and the minutes name the digest of its evidence package, so that
// what is kept on paper and what is kept as data are tied together. Who gives and who
// takes are two people.
func (s *Service) Transfer(ctx context.Context, d dossier.ID, in NewTransfer) (t Transfer, err error) {
	defer fault.Wrap(&err, "transfer %s", d)
	who := auth.From(ctx)
	in.Package, in.Place, in.Note = strings.ToLower(strings.TrimSpace(in.Package)), in.Place.tidy(), strings.TrimSpace(in.Note)
	giver, gives, err := s.colleague(ctx, who.Office, in.Giver)
	if err != nil {
		return t, err
	}
	err = s.closedIn(ctx, d, func(ctx context.Context, f File) error {
		if f.Stage != ToStore {
			return ErrStage
		}
		sum, bad := hex.DecodeString(in.Package)
		var c fault.Check
		c.Need(gives && string(giver.ID) != who.ID, "giver", "Hãy chọn người nộp, khác người nhận vào kho.")
		c.Need(bad == nil && len(sum) == 32, "package", "Hãy ghi mã SHA-256 của gói chứng cứ: 64 chữ số thập lục phân.")
		c.Need(in.Place != Place{}, "room", "Hãy ghi vị trí trong kho lưu trữ.")
		c.Need(len([]rune(in.Note)) <= 2000, "note", "Ghi chú dài quá 2.000 chữ.")
		in.Place.check(&c)
		vs, err := s.store.volumesIn(ctx, d)
		if err != nil {
			return err
		}
		c.Need(len(vs) > 0, "room", "Hồ sơ chưa ghi tập nào. Hãy lập tập trước khi nộp lưu.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		t = Transfer{ID: id.New[Transfer](), Dossier: d, Office: f.Office, Giver: giver.ID, GiverName: giver.Name, Package: in.Package, Note: in.Note,
			Rule: f.Rule, Until: f.Until, Permanent: f.Permanent, At: s.now(), ByName: who.Name}
		if t.Number, err = s.number(ctx, f.Office, "NL"); err != nil {
			return err
		}
		for _, v := range vs {
			busy, err := s.store.promised(ctx, v.ID)
			if err != nil {
				return err
			}
			if v.Slip != "" || busy {
				return ErrOut
			}
			v.Place, v.Holder, v.HolderName = in.Place, "", ""
			if err := s.store.updateVolume(ctx, v); err != nil {
				return err
			}
			if err := s.note(ctx, f, v.ID, DidTransfer, in.Place.String(), t.Number, map[string]string{"transfer": string(t.ID)}); err != nil {
				return err
			}
		}
		if err := s.store.insertTransfer(ctx, t, f, who.ID); err != nil {
			return err
		}
		f.Stage, f.Package, f.Changed = Archived, in.Package, s.now()
		if err := s.store.update(ctx, f); err != nil {
			return err
		}
		more := f.more()
		more["sha256"], more["giver"], more["transfer"] = in.Package, string(in.Giver), string(t.ID)
		return s.note(ctx, f, "", DidTransfer, in.Place.String(), t.Number, more)
	})
	return t, err
}

// Minutes returns minutes of a transfer, with the sheet of the file.
func (s *Service) Minutes(ctx context.Context, id TransferID) (t Transfer, x Sheet, err error) {
	defer fault.Wrap(&err, "minutes of transfer %s", id)
	if err := auth.Require(ctx, MayRead); err != nil {
		return t, x, err
	}
	if t, err = s.store.transfer(ctx, id); err == nil {
		x, err = s.Dossier(ctx, t.Dossier)
	}
	if errors.Is(err, db.ErrNone) || errors.Is(err, dossier.ErrNone) {
		err = ErrNoTransfer
	}
	return t, x, err
}

// Holds.

// Hold stops the destruction, and the lending, of a file until it is lifted.
func (s *Service) Hold(ctx context.Context, d dossier.ID, reason string) (h Hold, err error) {
	defer fault.Wrap(&err, "hold %s", d)
	reason = vn.Clean(reason)
	who := auth.From(ctx)
	err = s.in(ctx, d, MayDestroy, func(ctx context.Context, f File) error {
		var c fault.Check
		c.Need(reason != "" && len([]rune(reason)) <= 500, "reason", "Hãy ghi lý do và căn cứ tạm dừng hủy.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		h = Hold{ID: id.New[Hold](), Dossier: d, Reason: reason, At: s.now(), ByName: who.Name}
		if err := s.store.insertHold(ctx, h, who.ID); err != nil {
			return err
		}
		return s.note(ctx, f, "", DidHold, "", reason, map[string]string{"hold": string(h.ID)})
	})
	return h, err
}

// Lift ends a hold.
func (s *Service) Lift(ctx context.Context, id HoldID, why string) (h Hold, err error) {
	defer fault.Wrap(&err, "lift hold %s", id)
	if err := auth.Require(ctx, MayDestroy); err != nil {
		return h, err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return h, err
	}
	h, err = s.store.hold(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return h, ErrNoHold
	}
	if err != nil {
		return h, err
	}
	why = vn.Clean(why)
	who := auth.From(ctx)
	err = s.in(ctx, h.Dossier, MayDestroy, func(ctx context.Context, f File) error {
		var c fault.Check
		c.Need(why != "" && len([]rune(why)) <= 500, "why", "Hãy ghi lý do bỏ tạm dừng hủy.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		now := s.now()
		h.Lifted, h.LiftedName, h.LiftedWhy = &now, who.Name, why
		ok, err := s.store.lift(ctx, h, who.ID)
		if err == nil && !ok {
			err = ErrNoHold
		}
		if err != nil {
			return err
		}
		return s.note(ctx, f, "", DidLift, "", why, map[string]string{"hold": string(h.ID)})
	})
	if errors.Is(err, dossier.ErrNone) {
		err = ErrNoHold
	}
	return h, err
}

// Destruction.

// mayEnd says why a file may not be destroyed.
func (s *Service) mayEnd(ctx context.Context, f File) error {
	switch {
	case f.Stage == Destroyed:
		return ErrGone
	case f.Holds > 0:
		return ErrHeld
	case !f.Over(s.today()):
		return ErrKept
	}
	of, err := s.files.Get(ctx, f.Dossier)
	if err == nil && of.State != dossier.Closed {
		err = ErrOpen // it was opened again for a later stage
	}
	if err != nil {
		return err
	}
	vs, err := s.store.volumesIn(ctx, f.Dossier)
	if err == nil && slices.ContainsFunc(vs, func(v Volume) bool { return v.Slip != "" || v.Holder != "" }) {
		err = ErrOut
	}
	return err
}

// Propose proposes to destroy files whose period is over. It is for who keeps the
// archive.
func (s *Service) Propose(ctx context.Context, in NewDestruction) (x Destruction, err error) {
	defer fault.Wrap(&err, "propose destruction")
	who := auth.From(ctx)
	for _, v := range []auth.Verb{MayDestroy, MayKeep} {
		if err := auth.Require(ctx, v); err != nil {
			return x, err
		}
	}
	o, err := s.cases.Office(ctx, who.Office)
	if err != nil {
		return x, err
	}
	in.Basis = strings.TrimSpace(in.Basis)
	var c fault.Check
	c.Need(len(in.Files) > 0, "file", "Hãy chọn ít nhất một hồ sơ.")
	c.Need(in.Basis != "" && len([]rune(in.Basis)) <= 2000, "basis", "Hãy ghi căn cứ đề nghị tiêu hủy.")
	if err := c.Err(ErrInvalid); err != nil {
		return x, err
	}
	for _, d := range in.Files {
		if _, err := s.open(ctx, d, MayDestroy); err != nil {
			return x, err
		}
	}
	x = Destruction{ID: id.New[Destruction](), Office: o.ID, path: o.Path, State: ProposedD, Basis: in.Basis, Proposed: s.now(), ProposedBy: who.ID, ProposedName: who.Name}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		files, err := s.lockAll(ctx, in.Files)
		if err != nil {
			return err
		}
		if x.Number, err = s.number(ctx, o.ID, "TH"); err != nil {
			return err
		}
		for _, f := range inOrder(files) {
			if err := s.mayEnd(ctx, f); err != nil {
				return err
			}
			busy, err := s.store.proposedFor(ctx, f.Dossier)
			if err == nil && busy {
				err = ErrSettled
			}
			if err != nil {
				return err
			}
			x.Files = append(x.Files, DestructionFile{Dossier: f.Dossier, Case: f.Case, CaseNumber: f.CaseNumber, CaseName: f.CaseName, Title: f.Title, Folios: f.Folios,
				Volumes: f.Volumes, Rule: f.Rule, RuleVersion: f.RuleVersion, Until: f.Until, Package: f.Package})
		}
		if err := s.store.insertDestruction(ctx, x); err != nil {
			return err
		}
		return s.noteEach(ctx, x, files, DidPropose, x.Number)
	})
	if err != nil {
		return Destruction{}, err
	}
	return s.store.destruction(ctx, x.ID)
}

func inOrder(files map[dossier.ID]File) (out []File) {
	for _, f := range files {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(string(a.Dossier), string(b.Dossier)) })
	return out
}

func (s *Service) noteEach(ctx context.Context, x Destruction, files map[dossier.ID]File, act StepAct, note string) error {
	for _, f := range inOrder(files) {
		more := f.more()
		more["destruction"], more["sha256"], more["proof"] = string(x.ID), f.Package, x.Proof
		if err := s.note(ctx, f, "", act, "", note, more); err != nil {
			return err
		}
	}
	return nil
}

// openDestruction returns one of the asker's offices.
func (s *Service) openDestruction(ctx context.Context, id DestructionID) (x Destruction, err error) {
	if err := auth.Require(ctx, MayDestroy); err != nil {
		return x, err
	}
	x, err = s.store.destruction(ctx, id)
	if errors.Is(err, db.ErrNone) || err == nil && auth.RequireIn(ctx, MayDestroy, x.path) != nil {
		return Destruction{}, ErrNoDestruction
	}
	return x, err
}

// Destruction returns a proposal, or what became of it.
func (s *Service) Destruction(ctx context.Context, id DestructionID) (x Destruction, err error) {
	defer fault.Wrap(&err, "destruction %s", id)
	return s.openDestruction(ctx, id)
}

// Destructions lists those of one's offices, newest first.
func (s *Service) Destructions(ctx context.Context, f DestructionFilter) (out page.Of[Destruction], err error) {
	defer fault.Wrap(&err, "destructions")
	reach, err := auth.Reach(ctx, MayDestroy)
	if err != nil {
		return out, err
	}
	rows, err := s.store.destructions(ctx, reach.Like(), f)
	return page.Cut(rows, f.Req, func(d Destruction) string { return string(d.ID) }), err
}

// settle does work on a destruction and its files, alone.
func (s *Service) settle(ctx context.Context, id DestructionID, from DestructionState, work func(context.Context, *Destruction, map[dossier.ID]File) error) (x Destruction, err error) {
	if x, err = s.openDestruction(ctx, id); err != nil {
		return x, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		var ds []dossier.ID
		for _, f := range x.Files {
			ds = append(ds, f.Dossier)
		}
		files, err := s.lockAll(ctx, ds)
		if err != nil {
			return err
		}
		if x, err = s.store.lockDestruction(ctx, id); err != nil {
			return err
		}
		if x.State != from {
			return ErrSettled
		}
		return work(ctx, &x, files)
	})
	if err != nil {
		return x, err
	}
	return s.store.destruction(ctx, id)
}

// Decide says yes or no to a proposal. It is for somebody else than who proposed, and
// than who keeps the archive. Like what follows, it asks for a fresh proof of who asks.
func (s *Service) Decide(ctx context.Context, id DestructionID, in Decision) (x Destruction, err error) {
	defer fault.Wrap(&err, "decide destruction %s", id)
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return x, err
	}
	who := auth.From(ctx)
	in.Why = strings.TrimSpace(in.Why)
	return s.settle(ctx, id, ProposedD, func(ctx context.Context, x *Destruction, files map[dossier.ID]File) error {
		if who.May(MayKeep) || who.ID == x.ProposedBy {
			return ErrSame
		}
		var c fault.Check
		c.Need(in.Yes || in.Why != "", "why", "Hãy ghi lý do không duyệt.")
		c.Need(len([]rune(in.Why)) <= 2000, "why", "Ý kiến dài quá 2.000 chữ.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		act := DidReject
		x.State = RefusedD
		if in.Yes {
			act, x.State = DidApprove, ApprovedD
			for _, f := range inOrder(files) {
				if err := s.mayEnd(ctx, f); err != nil {
					return err
				}
			}
		}
		now := s.now()
		x.Decided, x.DecidedBy, x.DecidedName, x.Why = &now, who.ID, who.Name, in.Why
		if err := s.store.decide(ctx, *x); err != nil {
			return err
		}
		return s.noteEach(ctx, *x, files, act, join(x.Number, in.Why))
	})
}

// Destroy records that an approved destruction was carried out, by its committee on a
// day. Whatever holds a file, or was found meanwhile, stops it. The digest of each
// package, the minutes and the proof stay; the electronic content is taken away after.
func (s *Service) Destroy(ctx context.Context, id DestructionID, in Carried) (x Destruction, err error) {
	defer fault.Wrap(&err, "destroy %s", id)
	if err := auth.Require(ctx, MayKeep); err != nil {
		return x, err
	}
	if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
		return x, err
	}
	who := auth.From(ctx)
	return s.settle(ctx, id, ApprovedD, func(ctx context.Context, x *Destruction, files map[dossier.ID]File) error {
		members := 0
		for l := range strings.SplitSeq(in.Committee, "\n") {
			if strings.TrimSpace(l) != "" {
				members++
			}
		}
		in.Method = vn.Clean(in.Method)
		_, bad := civil.Parse(string(in.Day))
		var c fault.Check
		c.Need(members >= 2 && len([]rune(in.Committee)) <= 2000, "committee", "Hãy ghi thành viên hội đồng, mỗi người một dòng, ít nhất hai người.")
		c.Need(in.Method != "" && len([]rune(in.Method)) <= 500, "method", "Hãy ghi cách tiêu hủy.")
		c.Need(bad == nil && in.Day >= civil.On(*x.Decided) && in.Day <= s.today(), "day", "Ngày tiêu hủy phải từ ngày duyệt tới hôm nay.")
		if err := c.Err(ErrInvalid); err != nil {
			return err
		}
		now := s.now()
		x.State, x.Committee, x.Method, x.Day, x.Done, x.DoneName = DoneD, in.Committee, in.Method, in.Day, &now, who.Name
		x.Proof = x.Digest()
		for _, f := range inOrder(files) {
			if err := s.mayEnd(ctx, f); err != nil {
				return err
			}
			if err := s.end(ctx, f); err != nil {
				return err
			}
		}
		if err := s.store.carry(ctx, *x, who); err != nil {
			return err
		}
		if err := s.noteEach(ctx, *x, files, DidDestroy, x.Number); err != nil {
			return err
		}
		if s.jobs == nil || s.forget == nil {
			return nil
		}
		return s.jobs.Put(ctx, forgetJob, struct{}{})
	})
}

// end writes that the paper of a file is no more.
func (s *Service) end(ctx context.Context, f File) error {
	f.Stage, f.Content, f.Changed = Destroyed, ContentWaiting, s.now()
	if err := s.store.update(ctx, f); err != nil {
		return err
	}
	vs, err := s.store.volumesIn(ctx, f.Dossier)
	if err != nil {
		return err
	}
	for _, v := range vs {
		v.Destroyed, v.Place = true, Place{}
		if err := s.store.updateVolume(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

const forgetJob = "archive.forget"

// Forget takes away the electronic content of destroyed files, if it was said how.
// What fails is tried again the next day, and does not keep the others.
func (s *Service) Forget(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "forget destroyed files")
	if s.forget == nil {
		return nil
	}
	ds, err := s.store.waiting(ctx)
	if err != nil {
		return err
	}
	ctx = auth.With(ctx, auth.Actor{ID: "archive", Name: "Kho lưu trữ"})
	var errs []error
	for _, d := range ds {
		if err := s.forget(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d, err))
			continue
		}
		errs = append(errs, s.store.db.Tx(ctx, func(ctx context.Context) error {
			f, err := s.store.lock(ctx, d)
			if err != nil || f.Content != ContentWaiting {
				return err
			}
			f.Content, f.Changed = ContentGone, s.now()
			if err := s.store.update(ctx, f); err != nil {
				return err
			}
			return s.note(ctx, f, "", DidForget, "", "", map[string]string{"sha256": f.Package})
		}))
	}
	return errors.Join(errs...)
}

// The desk.

// Desk is what the paper asks of a person today.
type Desk struct {
	Mine      []Slip     `json:"mine" nullable:"false" doc:"What you borrowed and did not bring back"`
	Holding   []Volume   `json:"holding" nullable:"false" doc:"What you hold in your charge"`
	Waiting   []Handover `json:"waiting" nullable:"false" doc:"Hand-overs that wait for you"`
	Overdue   []Slip     `json:"overdue" nullable:"false" doc:"Of your offices; the first of them"`
	Out       []Slip     `json:"out" nullable:"false" doc:"Lent and not overdue; the first of them"`
	Appraise  []File     `json:"appraise" nullable:"false"`
	Transfer  []File     `json:"transfer" nullable:"false"`
	Due       []File     `json:"due" nullable:"false" doc:"Period over, nothing holds them"`
	Today     civil.Date `json:"today"`
	Unsettled int        `json:"unsettled" doc:"Retention rules without a confirmed period"`
}

// deskMost is how many lines of each kind the desk shows; the lists have the rest.
const deskMost = 10

// Desk returns the desk of the asker.
func (s *Service) Desk(ctx context.Context) (d Desk, err error) {
	defer fault.Wrap(&err, "desk of the archive")
	to, err := s.sight(ctx)
	if err != nil {
		return d, err
	}
	me := auth.From(ctx)
	d.Today = s.today()
	some := page.Req{Limit: deskMost}
	slips := func(f SlipFilter) (out []Slip) {
		if err == nil {
			f.Req = page.Req{Limit: deskMost - 1} // the store reads one more
			out, err = s.store.slips(ctx, to, f, me.ID, d.Today)
		}
		return out
	}
	files := func(f FileFilter) (out []File) {
		if err == nil {
			f.Req = page.Req{Limit: deskMost - 1}
			out, err = s.store.files(ctx, to, f, d.Today)
		}
		return out
	}
	d.Mine = slips(SlipFilter{State: Out, Mine: true})
	if err == nil {
		d.Holding, err = s.store.heldBy(ctx, org.StaffID(me.ID), to.tags)
	}
	if err == nil {
		var hs page.Of[Handover]
		hs, err = s.Handovers(ctx, HandoverFilter{Req: some, Waiting: true})
		d.Waiting = hs.Items
	}
	if me.May(MayLend) || me.May(MayDestroy) {
		d.Overdue = slips(SlipFilter{State: Overdue})
	}
	if me.May(MayLend) {
		d.Out = slices.DeleteFunc(slips(SlipFilter{State: Out}), func(l Slip) bool { return l.Overdue(d.Today) })
	}
	if me.May(MayKeep) || me.May(MayDestroy) {
		d.Appraise = files(FileFilter{Stage: ToValue})
		d.Transfer = files(FileFilter{Stage: ToStore})
		d.Due = files(FileFilter{Due: true, Sort: "until"})
	}
	if err != nil {
		return d, err
	}
	rs, err := s.rules(ctx)
	for _, r := range rs {
		if !r.Confirmed() {
			d.Unsettled++
		}
	}
	return d, err
}
