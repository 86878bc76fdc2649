package archive

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"congminh/internal/criminal/sheet"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/site"
)

func (s *Service) endRoutes(m *web.Mux) {
	m.Page("POST /archive/files/{id}/appraise", MayKeep, s.appraiseWeb)
	m.Page("GET /archive/files/{id}/transfer", MayKeep, s.transferPage)
	m.Page("POST /archive/files/{id}/transfer", MayKeep, s.transferWeb)
	m.Page("POST /archive/files/{id}/hold", MayDestroy, s.holdWeb)
	m.Page("POST /archive/holds/{id}/lift", MayDestroy, s.liftWeb)
	m.Page("GET /archive/transfers/{id}", MayRead, s.minutesWeb)
	m.Page("GET /archive/destructions", MayDestroy, s.destructionsWeb)
	m.Page("GET /archive/destructions/xlsx", MayDestroy, s.destructionsSheet)
	m.Page("GET /archive/destructions/new", MayDestroy, s.proposePage)
	m.Page("POST /archive/destructions", MayDestroy, s.proposeWeb)
	m.Page("GET /archive/destructions/{id}", MayDestroy, s.destructionWeb)
	m.Page("GET /archive/destructions/{id}/print", MayDestroy, s.destructionPaperWeb)
	m.Page("POST /archive/destructions/{id}/decide", MayDestroy, s.decideWeb)
	m.Page("POST /archive/destructions/{id}/carry", MayKeep, s.carryWeb)
	m.Page("GET /archive/retention", MayRead, s.rulesWeb)
	m.Page("GET /archive/retention/file", MayKeep, s.rulesFileWeb)
	m.Page("POST /archive/retention/file", MayKeep, s.confirmFileWeb)
	m.Page("GET /archive/retention/{code}", MayRead, s.ruleWeb)
	m.Page("POST /archive/retention/{code}", MayKeep, s.confirmWeb)
}

func (s *Service) appraiseWeb(w http.ResponseWriter, r *http.Request) error {
	var in Appraisal
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Appraise(r.Context(), fileID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showFile(w, r, status, fileID(r), fileView{appraisal: in, wrong: err})
	}
	return s.done(w, r, err, filePath(fileID(r), ""), "archive.saved")
}

func (s *Service) transferPage(w http.ResponseWriter, r *http.Request) error {
	return s.showTransfer(w, r, http.StatusOK, NewTransfer{}, nil)
}

func (s *Service) showTransfer(w http.ResponseWriter, r *http.Request, status int, in NewTransfer, wrong error) error {
	x, err := s.Dossier(r.Context(), fileID(r))
	if err != nil {
		return err
	}
	people, err := s.colleagues(r.Context(), "—", func(p org.Staff) bool { return true })
	if err != nil {
		return err
	}
	made, err := s.lastPackage(r.Context(), fileID(r))
	if err != nil {
		return err
	}
	if made != nil && wrong == nil {
		in.Package = made.More["manifest"]
	}
	return web.Show(w, r, status, transferFormPage(x, in, people, made, wrong))
}

// lastPackage is the line of the journal about the evidence package of a file that left
// last; nil if none did, or if the asker may not know.
func (s *Service) lastPackage(ctx context.Context, d dossier.ID) (*seal.Entry, error) {
	_, rows, err := s.files.Openings(ctx, d, seal.Filter{Verb: "dossier.export"})
	if errors.Is(err, auth.ErrMay) || errors.Is(err, dossier.ErrNone) {
		return nil, nil
	}
	for _, e := range rows.Items {
		if e.Object == "dossier/"+string(d) && e.More["manifest"] != "" {
			return &e, nil
		}
	}
	return nil, err
}

func (s *Service) transferWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewTransfer
	var t Transfer
	err := web.Form(r, &in)
	if err == nil {
		t, err = s.Transfer(r.Context(), fileID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showTransfer(w, r, status, in, err)
	}
	return s.done(w, r, err, "/archive/transfers/"+string(t.ID), "archive.stored")
}

func (s *Service) holdWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `form:"reason"`
	}
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Hold(r.Context(), fileID(r), in.Reason)
	}
	if status, ok := shown(err); ok {
		return s.showFile(w, r, status, fileID(r), fileView{reason: in.Reason, wrong: err})
	}
	return s.done(w, r, err, filePath(fileID(r), ""), "archive.saved")
}

func (s *Service) liftWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Why string `form:"why"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	h, err := s.Lift(r.Context(), HoldID(r.PathValue("id")), in.Why)
	if status, ok := shown(err); ok {
		return s.showFile(w, r, status, h.Dossier, fileView{why: in.Why, lift: h.ID, wrong: err})
	}
	return s.done(w, r, err, filePath(h.Dossier, ""), "archive.saved")
}

func (s *Service) minutesWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, x, err := s.Minutes(ctx, TransferID(r.PathValue("id")))
	if err != nil {
		return err
	}
	h, err := s.heads(ctx, t.Office)
	if err != nil {
		return err
	}
	rs, err := s.Rules(ctx)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, transferPaper(h, t, x, rs))
}

func (s *Service) destructionsWeb(w http.ResponseWriter, r *http.Request) error {
	var f DestructionFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	ds, err := s.Destructions(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, destructionsPage(ds, f, viewOf(r, ds.Next)))
}

func (s *Service) destructionsSheet(w http.ResponseWriter, r *http.Request) error {
	var f DestructionFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "Số", Width: 14}, {Title: "Số hồ sơ", Width: 9}, {Title: "Căn cứ", Width: 40}, {Title: "Người đề nghị", Width: 24}, {Title: "Ngày đề nghị", Width: 12},
		{Title: "Người quyết định", Width: 24}, {Title: "Ngày quyết định", Width: 12}, {Title: "Tình trạng", Width: 22}, {Title: "Ngày tiêu hủy", Width: 12}, {Title: "SHA-256 của biên bản", Width: 40}}
	return send(s, w, r, "tieu-huy-ho-so.xlsx", "Sổ tiêu hủy hồ sơ", columns, func(p page.Req) (page.Of[Destruction], error) {
		f.Req = p
		return s.Destructions(r.Context(), f)
	}, func(d Destruction) []string {
		return []string{d.Number, itoa(d.Count), d.Basis, d.ProposedName, civil.On(d.Proposed).VN(), d.DecidedName, dayOrNone(d.Decided), d.State.VN(), d.Day.VN(), d.Proof}
	})
}

// proposeView is the form of a proposal.
type proposeView struct {
	due   []File
	more  bool // than are shown
	rules []Rule
	in    NewDestruction
	wrong error
}

func (s *Service) proposePage(w http.ResponseWriter, r *http.Request) error {
	var in NewDestruction // a file may come ticked
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.showPropose(w, r, http.StatusOK, proposeView{in: in})
}

func (s *Service) showPropose(w http.ResponseWriter, r *http.Request, status int, x proposeView) (err error) {
	due, err := s.Files(r.Context(), FileFilter{Req: page.Req{Limit: 100}, Due: true, Sort: "until"})
	if err != nil {
		return err
	}
	x.due, x.more = due.Items, due.Next != ""
	if x.rules, err = s.Rules(r.Context()); err != nil {
		return err
	}
	return web.Show(w, r, status, proposeFormPage(x))
}

func (s *Service) proposeWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewDestruction
	var x Destruction
	err := web.Form(r, &in)
	if err == nil {
		x, err = s.Propose(r.Context(), in)
	}
	if status, ok := shown(err); ok {
		return s.showPropose(w, r, status, proposeView{in: in, wrong: err})
	}
	return s.done(w, r, err, endPath(x.ID, ""), "archive.proposed")
}

// endView is a destruction with what may be done to it.
type endView struct {
	x        Destruction
	rules    []Rule
	decision Decision
	carried  Carried
	wrong    error
}

func endID(r *http.Request) DestructionID { return DestructionID(r.PathValue("id")) }

func (s *Service) destructionWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showDestruction(w, r, http.StatusOK, endView{})
}

func (s *Service) showDestruction(w http.ResponseWriter, r *http.Request, status int, x endView) (err error) {
	if x.x, err = s.Destruction(r.Context(), endID(r)); err != nil {
		return err
	}
	if x.rules, err = s.Rules(r.Context()); err != nil {
		return err
	}
	return web.Show(w, r, status, destructionPage(x))
}

func (s *Service) destructionPaperWeb(w http.ResponseWriter, r *http.Request) error {
	x, err := s.Destruction(r.Context(), endID(r))
	if err != nil {
		return err
	}
	h, err := s.heads(r.Context(), x.Office)
	if err != nil {
		return err
	}
	rs, err := s.Rules(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, destructionPaper(h, x, rs))
}

func (s *Service) decideWeb(w http.ResponseWriter, r *http.Request) error {
	var in Decision
	err := web.Form(r, &in)
	if err == nil && in.Yes && !web.Sure(r) {
		x, err := s.Destruction(r.Context(), endID(r))
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/archive"}, approveAsk(r.Context(), x, in.Why)))
	}
	if err == nil {
		_, err = s.Decide(r.Context(), endID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showDestruction(w, r, status, endView{decision: in, wrong: err})
	}
	return s.done(w, r, err, endPath(endID(r), ""), "archive.saved")
}

func (s *Service) carryWeb(w http.ResponseWriter, r *http.Request) error {
	var in Carried
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Destroy(r.Context(), endID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showDestruction(w, r, status, endView{carried: in, wrong: err})
	}
	return s.done(w, r, err, endPath(endID(r), ""), "archive.destroyed")
}

// Retention.

func (s *Service) rulesWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRules(w, r, http.StatusOK, "", nil)
}

func (s *Service) showRules(w http.ResponseWriter, r *http.Request, status int, text string, wrong error) error {
	rs, err := s.Rules(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, status, rulesPage(rs, shipped().Version, text, wrong))
}

func (s *Service) rulesFileWeb(w http.ResponseWriter, r *http.Request) error {
	return web.File(w, r, web.Attachment{Name: "thoi-han-bao-quan.toml", Type: "text/plain; charset=utf-8"}, strings.NewReader(retention))
}

func (s *Service) confirmFileWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Text string `form:"file,lines"`
	}
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.ConfirmRules(r.Context(), in.Text)
	}
	if status, ok := shown(err); ok {
		return s.showRules(w, r, status, in.Text, err)
	}
	return s.done(w, r, err, "/archive/retention", "archive.saved")
}

func (s *Service) ruleWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRule(w, r, http.StatusOK, Period{}, nil)
}

func (s *Service) showRule(w http.ResponseWriter, r *http.Request, status int, in Period, wrong error) error {
	now, was, err := s.RuleHistory(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	if wrong == nil {
		in = now.Period
	}
	return web.Show(w, r, status, rulePage(now, was, in, wrong))
}

func (s *Service) confirmWeb(w http.ResponseWriter, r *http.Request) error {
	var in Period
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.ConfirmRule(r.Context(), r.PathValue("code"), in)
	}
	if status, ok := shown(err); ok {
		return s.showRule(w, r, status, in, err)
	}
	return s.done(w, r, err, "/archive/retention", "archive.saved")
}
