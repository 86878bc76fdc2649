package seal

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/web"
	"congminh/internal/seal/tree"
	"congminh/internal/seal/witness"
	"congminh/internal/site"
)

func (s *Service) lifeWeb(m *web.Mux) {
	m.Menu("Tài liệu đã ký", "/seals", MayCertify)
	m.Page("GET /seals", MayCertify, s.sealsWeb)
	m.Page("GET /seals/export", MayCertify, s.exportWeb)
	m.Page("GET /seals/{id}", MayCertify, s.sealWeb)
	m.Page("POST /seals/renew", MayCertify, web.Fresh(s.renewWeb))
	m.Flash("seal.renewing", "Đang gia hạn. Hãy tải lại trang sau ít phút.")
	m.Menu("Đơn vị đối chứng", "/witnesses", MayKeys)
	m.Page("GET /witnesses", MayKeys, s.witnessesWeb)
	m.Page("POST /witnesses", MayKeys, web.Fresh(s.proposeWeb))
	m.Page("POST /witnesses/{id}/agree", MayKeys, web.Fresh(s.agreeWeb))
	m.Page("POST /witnesses/{id}/drop", MayKeys, web.Fresh(s.dropWeb))
	m.Flash("seal.proposed", "Đã ghi đề nghị. Hãy nhờ người thứ hai xác nhận.")
	m.Flash("seal.peer-moved", "Đã cập nhật đơn vị đối chứng.")
	m.Page("POST "+witness.Path, auth.Anyone, s.addCheckpointWeb)
	m.Page("GET /log/witness", auth.Anyone, s.witnessKeyWeb)
}

func (s *Service) view(r *http.Request) sealsView {
	a := auth.From(r.Context())
	return sealsView{now: s.now(), policy: s.Policy(), development: s.Development(), canRenew: a.May(MayCertify), canAudit: a.May(MayAudit)}
}

// Query is f in an address, without its place.
func (f SealFilter) Query() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"q": f.Q, "state": string(f.State)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

func (s *Service) sealsWeb(w http.ResponseWriter, r *http.Request) error {
	var f SealFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rows, counts, err := s.Seals(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, sealsPage(rows, counts, f, s.view(r)))
}

func (s *Service) sealWeb(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Look(r.Context(), CertifiedID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, sealPage(p, s.view(r)))
}

// exportWeb writes every document that passes the filter as CSV.
func (s *Service) exportWeb(w http.ResponseWriter, r *http.Request) error {
	var f SealFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	f.After, f.Limit = "", 100
	rows, _, err := s.Seals(r.Context(), f)
	if err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a long list takes longer than a page
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", web.Disposition("tai-lieu-da-ky-"+string(civil.On(s.now()))+".csv", false))
	t := func(text string) string { return lang.T(r.Context(), text) }
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets take it for UTF-8 then
		return err
	}
	out := csv.NewWriter(w)
	line := []string{t("Tài liệu"), t("Người ký"), t("Ký, gia hạn lúc"), t("Chứng minh được đến"), t("Trạng thái"), t("Lý do"), "SHA-256"}
	if err := out.Write(line); err != nil {
		return err
	}
	for {
		for _, c := range rows.Items {
			line := []string{cell(titleOf(c)), cell(c.Signer), at(c.At), at(c.GoodTo), t(standingVN(c.Standing(s.now(), s.policy))), "", c.Result}
			if c.Trouble != "" {
				line[5] = t(troubleVN(c.Trouble))
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
		if f.After = rows.Next; f.After == "" {
			break
		}
		if rows, _, err = s.Seals(r.Context(), f); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cell keeps a spreadsheet from taking text for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (s *Service) renewWeb(w http.ResponseWriter, r *http.Request) error {
	together := r.FormValue("together") == "on"
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/seals"}, renewAsk(r.Context(), together)))
	}
	if err := s.RenewNow(r.Context(), together); err != nil {
		return err
	}
	return web.Done(w, r, "/seals", "seal.renewing")
}

func (s *Service) rollWeb(w http.ResponseWriter, r *http.Request) error {
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/journal-heads"}, rollAsk(r.Context())))
	}
	if err := s.RollKey(r.Context()); err != nil {
		return err
	}
	return web.Done(w, r, "/journal-heads", "seal.key")
}

func (s *Service) witnessesWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showWitnesses(w, r, http.StatusOK, NewPeer{}, nil)
}

func (s *Service) showWitnesses(w http.ResponseWriter, r *http.Request, status int, in NewPeer, wrong error) error {
	ps, err := s.Peers(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, status, witnessesPage(ps, in, s.LogKey(r.Context()), s.WitnessKey(), auth.From(r.Context()).ID, wrong))
}

func (s *Service) proposeWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewPeer
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.ProposePeer(r.Context(), in)
	if errors.Is(err, ErrPeer) {
		return s.showWitnesses(w, r, fault.Invalid.Status(), in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/witnesses", "seal.proposed")
}

func (s *Service) agreeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.movePeerWeb(w, r, agreeAsk, s.AgreePeer)
}

func (s *Service) dropWeb(w http.ResponseWriter, r *http.Request) error {
	return s.movePeerWeb(w, r, dropAsk, s.DropPeer)
}

func (s *Service) movePeerWeb(w http.ResponseWriter, r *http.Request, ask func(context.Context, Peer) site.Ask, do func(context.Context, PeerID) error) error {
	id := PeerID(r.PathValue("id"))
	if !web.Sure(r) {
		ps, err := s.Peers(r.Context())
		if err != nil {
			return err
		}
		for _, p := range ps {
			if p.ID == id {
				return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/witnesses"}, ask(r.Context(), p)))
			}
		}
		return ErrNoPeer
	}
	if err := do(r.Context(), id); err != nil {
		return err
	}
	return web.Done(w, r, "/witnesses", "seal.peer-moved")
}

// addCheckpointWeb is the witness, for journals: it speaks C2SP tlog-witness.
func (s *Service) addCheckpointWeb(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, tree.MaxSubmission+1))
	if err != nil {
		return web.ErrForm
	}
	said, err := s.AddCheckpoint(r.Context(), body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", said.Type)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(said.Status)
	_, err = w.Write(said.Body)
	return err
}

func (s *Service) witnessKeyWeb(w http.ResponseWriter, _ *http.Request) error {
	if s.WitnessKey() == "" {
		return ErrNoKeys
	}
	return plain(w, []byte(s.WitnessKey()+"\n"))
}
