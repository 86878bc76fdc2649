package archive

import (
	"net/http"
	"strconv"

	"congminh/internal/criminal"
	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

func (s *Service) slipRoutes(m *web.Mux) {
	m.Page("GET /archive/slips", MayRead, s.slipsWeb)
	m.Page("GET /archive/slips/xlsx", MayRead, s.slipsSheet)
	m.Page("GET /archive/cases/{id}/lend", MayLend, s.lendPage)
	m.Page("POST /archive/cases/{id}/lend", MayLend, s.lendWeb)
	m.Page("GET /archive/slips/{id}", MayRead, s.slipWeb)
	m.Page("GET /archive/slips/{id}/print", MayRead, s.slipPaperWeb)
	m.Page("POST /archive/slips/{id}/renew", MayLend, s.renewWeb)
	m.Page("POST /archive/slips/{id}/back", MayLend, s.backWeb)
	m.Page("GET /archive/handovers", MayRead, s.handoversWeb)
	m.Page("GET /archive/handovers/xlsx", MayRead, s.handoversSheet)
	m.Page("GET /archive/handovers/new", MayRead, s.newHandoverWeb)
	m.Page("POST /archive/handovers", MayRead, s.handOverWeb)
	m.Page("GET /archive/handovers/{id}", MayRead, s.handoverWeb)
	m.Page("GET /archive/handovers/{id}/print", MayRead, s.handoverPaperWeb)
	m.Page("POST /archive/handovers/{id}/give", MayRead, s.giveWeb)
	m.Page("POST /archive/handovers/{id}/take", MayRead, s.takeWeb)
	m.Page("POST /archive/handovers/{id}/refuse", MayRead, s.refuseWeb)
}

func (s *Service) slipsWeb(w http.ResponseWriter, r *http.Request) error {
	var f SlipFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	ls, err := s.Slips(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, slipsPage(ls, f, viewOf(r, ls.Next), s.today()))
}

func (s *Service) slipsSheet(w http.ResponseWriter, r *http.Request) error {
	var f SlipFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "Số phiếu", Width: 13}, {Title: "Số vụ án", Width: 14}, {Title: "Tên vụ án", Width: 34}, {Title: "Số tập", Width: 7}, {Title: "Người mượn", Width: 22}, {Title: "Mục đích", Width: 30},
		{Title: "Ngày mượn", Width: 12}, {Title: "Hạn trả", Width: 12}, {Title: "Gia hạn", Width: 8}, {Title: "Người duyệt", Width: 20}, {Title: "Ngày trả", Width: 12}, {Title: "Tình trạng", Width: 14}, {Title: "Sai khác", Width: 9}}
	return send(s, w, r, "phieu-muon.xlsx", "Sổ mượn, trả hồ sơ", columns, func(p page.Req) (page.Of[Slip], error) {
		f.Req = p
		return s.Slips(r.Context(), f)
	}, func(l Slip) []string {
		back, differs := "", ""
		if l.Returned != nil {
			back = civil.On(*l.Returned).VN()
		}
		if l.Differs {
			differs = "Có"
		}
		return []string{l.Number, l.CaseNumber, l.CaseName, itoa(l.Count), l.BorrowerName, l.Purpose, civil.On(l.Lent).VN(), l.Due.VN(), itoa(l.Renewals), l.ApproverName, back, l.State(s.today()).VN(), differs}
	})
}

// lendView is the form of a slip.
type lendView struct {
	c                 criminal.Case
	vs                []Volume
	people, approvers []site.Option
	in                NewSlip
	wrong             error
}

func (s *Service) lendPage(w http.ResponseWriter, r *http.Request) error {
	var in NewSlip
	if err := web.Form(r, &in); err != nil { // a volume may be chosen already
		return err
	}
	return s.showLend(w, r, http.StatusOK, lendView{in: in})
}

func (s *Service) showLend(w http.ResponseWriter, r *http.Request, status int, x lendView) (err error) {
	ctx, c := r.Context(), criminal.ID(r.PathValue("id"))
	if x.c, err = s.cases.Get(ctx, c); err != nil {
		return err
	}
	if x.vs, _, err = s.OfCase(ctx, c); err != nil {
		return err
	}
	if x.people, err = s.colleagues(ctx, "—", anyone); err != nil {
		return err
	}
	if x.approvers, err = s.colleagues(ctx, "—", leads); err != nil {
		return err
	}
	return web.Show(w, r, status, lendFormPage(x))
}

func (s *Service) lendWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewSlip
	var l Slip
	err := web.Form(r, &in)
	if err == nil {
		l, err = s.Lend(r.Context(), criminal.ID(r.PathValue("id")), in)
	}
	if status, ok := shown(err); ok {
		return s.showLend(w, r, status, lendView{in: in, wrong: err})
	}
	return s.done(w, r, err, slipPath(l.ID, ""), "archive.lent")
}

// slipView is a slip with what may be done to it.
type slipView struct {
	l     Slip
	today civil.Date
	renew Renew
	backs []Back
	to    Place
	head  head
	wrong error
}

func slipID(r *http.Request) SlipID { return SlipID(r.PathValue("id")) }

func (s *Service) slipWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showSlip(w, r, http.StatusOK, slipView{})
}

func (s *Service) showSlip(w http.ResponseWriter, r *http.Request, status int, x slipView) (err error) {
	if x.l, err = s.Slip(r.Context(), slipID(r)); err != nil {
		return err
	}
	x.today = s.today()
	if x.backs == nil {
		for _, v := range x.l.Volumes {
			x.backs = append(x.backs, Back{Volume: v.Volume, Folios: -1})
		}
	}
	return web.Show(w, r, status, slipPage(x))
}

func (s *Service) slipPaperWeb(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Slip(r.Context(), slipID(r))
	if err != nil {
		return err
	}
	h, err := s.heads(r.Context(), l.Office)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, slipPaper(h, l))
}

func (s *Service) renewWeb(w http.ResponseWriter, r *http.Request) error {
	var in Renew
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Renew(r.Context(), slipID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showSlip(w, r, status, slipView{renew: in, wrong: err})
	}
	return s.done(w, r, err, slipPath(slipID(r), ""), "archive.saved")
}

// counts reads the volumes of a form with what was counted of each. What is no number
// counts as nothing counted, and is refused as such.
func counts(r *http.Request) (out []Back, err error) {
	var in struct {
		Volumes []VolumeID `form:"volume"`
		Folios  []string   `form:"folios"`
		States  []string   `form:"state"`
	}
	if err := web.Form(r, &in); err != nil {
		return nil, err
	}
	for i, v := range in.Volumes {
		b := Back{Volume: v, Folios: -1}
		if i < len(in.Folios) {
			if n, err := strconv.Atoi(in.Folios[i]); err == nil {
				b.Folios = n
			}
		}
		if i < len(in.States) {
			b.State = in.States[i]
		}
		out = append(out, b)
	}
	return out, nil
}

func (s *Service) backWeb(w http.ResponseWriter, r *http.Request) error {
	var to Place
	backs, err := counts(r)
	if err == nil {
		err = web.Form(r, &to)
	}
	if err == nil {
		_, err = s.TakeBack(r.Context(), slipID(r), backs, to)
	}
	if status, ok := shown(err); ok {
		return s.showSlip(w, r, status, slipView{backs: backs, to: to, wrong: err})
	}
	return s.done(w, r, err, slipPath(slipID(r), ""), "archive.back")
}

// Hand-overs.

func (s *Service) handoversWeb(w http.ResponseWriter, r *http.Request) error {
	var f HandoverFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	hs, err := s.Handovers(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, handoversPage(hs, f, viewOf(r, hs.Next)))
}

func (s *Service) handoversSheet(w http.ResponseWriter, r *http.Request) error {
	var f HandoverFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "Số biên bản", Width: 14}, {Title: "Người giao", Width: 24}, {Title: "Người nhận", Width: 24}, {Title: "Lý do", Width: 40}, {Title: "Ngày lập", Width: 12},
		{Title: "Giao ngày", Width: 12}, {Title: "Nhận ngày", Width: 12}, {Title: "Tình trạng", Width: 24}}
	return send(s, w, r, "ban-giao-ho-so.xlsx", "Sổ bàn giao hồ sơ", columns, func(p page.Req) (page.Of[Handover], error) {
		f.Req = p
		return s.Handovers(r.Context(), f)
	}, func(h Handover) []string {
		return []string{h.Number, h.GiverName, h.TakerName, h.Reason, civil.On(h.Made).VN(), dayOrNone(h.Given), dayOrNone(h.Taken), h.State().VN()}
	})
}

// newHandoverView is the form of a hand-over.
type newHandoverView struct {
	in     NewHandover
	vs     []Volume
	people []site.Option
	wrong  error
}

func (s *Service) newHandoverWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewHandover
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.showNewHandover(w, r, http.StatusOK, newHandoverView{in: in})
}

func (s *Service) showNewHandover(w http.ResponseWriter, r *http.Request, status int, x newHandoverView) (err error) {
	ctx := r.Context()
	if x.in.Giver == "" {
		x.in.Giver = org.StaffID(auth.From(ctx).ID)
	}
	if x.vs, err = s.HeldBy(ctx, x.in.Giver); err != nil {
		return err
	}
	if x.people, err = s.colleagues(ctx, "—", anyone); err != nil {
		return err
	}
	return web.Show(w, r, status, handoverFormPage(x))
}

func (s *Service) handOverWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewHandover
	var h Handover
	err := web.Form(r, &in)
	if err == nil {
		h, err = s.HandOver(r.Context(), in)
	}
	if status, ok := shown(err); ok {
		return s.showNewHandover(w, r, status, newHandoverView{in: in, wrong: err})
	}
	return s.done(w, r, err, handPath(h.ID, ""), "archive.handover")
}

// handoverView is minutes with what may be done to them.
type handoverView struct {
	h       Handover
	backs   []Back
	remarks string
	wrong   error
}

func handoverID(r *http.Request) HandoverID { return HandoverID(r.PathValue("id")) }

func (s *Service) handoverWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showHandover(w, r, http.StatusOK, handoverView{})
}

func (s *Service) showHandover(w http.ResponseWriter, r *http.Request, status int, x handoverView) (err error) {
	if x.h, err = s.Handover(r.Context(), handoverID(r)); err != nil {
		return err
	}
	return web.Show(w, r, status, handoverPage(x))
}

func (s *Service) handoverPaperWeb(w http.ResponseWriter, r *http.Request) error {
	h, err := s.Handover(r.Context(), handoverID(r))
	if err != nil {
		return err
	}
	top, err := s.heads(r.Context(), h.Office)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, handoverPaper(top, h))
}

func (s *Service) giveWeb(w http.ResponseWriter, r *http.Request) error {
	_, err := s.GiveUp(r.Context(), handoverID(r))
	if status, ok := shown(err); ok {
		return s.showHandover(w, r, status, handoverView{wrong: err})
	}
	return s.done(w, r, err, handPath(handoverID(r), ""), "archive.saved")
}

func (s *Service) takeWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Remarks string `form:"remarks,lines"`
	}
	backs, err := counts(r)
	if err == nil {
		err = web.Form(r, &in)
	}
	if err == nil {
		_, err = s.Take(r.Context(), handoverID(r), backs, in.Remarks)
	}
	if status, ok := shown(err); ok {
		return s.showHandover(w, r, status, handoverView{backs: backs, remarks: in.Remarks, wrong: err})
	}
	return s.done(w, r, err, handPath(handoverID(r), ""), "archive.taken")
}

func (s *Service) refuseWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Remarks string `form:"remarks,lines"`
	}
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Refuse(r.Context(), handoverID(r), in.Remarks)
	}
	if status, ok := shown(err); ok {
		return s.showHandover(w, r, status, handoverView{remarks: in.Remarks, wrong: err})
	}
	return s.done(w, r, err, handPath(handoverID(r), ""), "archive.saved")
}
