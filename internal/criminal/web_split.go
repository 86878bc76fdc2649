package criminal

import (
	"errors"
	"net/http"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
	"congminh/internal/org"
)

func (s *Service) splitRoutes(m *web.Mux) {
	m.Flash("criminal.split", "Đã tách vụ án. Đây là vụ án mới.")
	m.Flash("criminal.merged", "Đã nhập vụ án.")

	m.Page("GET /cases/{id}/split", MayAct, s.splitPage)
	m.Page("POST /cases/{id}/split", MayAct, s.splitWeb)
	m.Page("GET /cases/{id}/merge", MayAct, s.mergePage)
	m.Page("POST /cases/{id}/merge", MayAct, s.mergeWeb)
	m.Page("GET /cases/{id}/transfer", MayAssign, s.transferPage)
	m.Page("POST /cases/{id}/transfer", MayAssign, s.transferWeb)
}

// moveInput is what the forms of splitting, merging and transferring send.
type moveInput struct {
	Parties    []ledger.PartyID `form:"parties"`
	CaseNumber string           `form:"case_number"`
	Name       string           `form:"name"`
	Other      ID               `form:"other"`
	Words      string           `form:"q"`
	To         string           `form:"office"`
	At         civil.Date       `form:"at"`
	Number     string           `form:"number"`
	By         string           `form:"by"`
	Issuer     string           `form:"issuer"`
	Signer     string           `form:"signer"`
	Reason     string           `form:"reason"`
	Outside    bool             `form:"outside"`
	Sure       bool             `form:"sure"`
}

func (in moveInput) act() ledger.Act {
	return ledger.Act{At: ledger.Moment(in.At), Number: in.Number, By: in.By, Issuer: in.Issuer, Signer: in.Signer, Reason: in.Reason}
}

// moveView is one of these forms.
type moveView struct {
	Story
	law      Law
	kind     string // case.split, case.merge, case.transfer
	in       moveInput
	others   []Case
	offices  []org.Office
	signers  []string
	may      rights
	findings []ledger.Finding
	err      error
}

func (s *Service) splitPage(w http.ResponseWriter, r *http.Request) error {
	return s.startMove(w, r, "case.split")
}

func (s *Service) mergePage(w http.ResponseWriter, r *http.Request) error {
	return s.startMove(w, r, "case.merge")
}

func (s *Service) transferPage(w http.ResponseWriter, r *http.Request) error {
	return s.startMove(w, r, "case.transfer")
}

func (s *Service) startMove(w http.ResponseWriter, r *http.Request, kind string) error {
	var in moveInput
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.showMove(w, r, http.StatusOK, moveView{kind: kind, in: in})
}

// showMove shows one of the forms, with what is likely where nothing was given.
func (s *Service) showMove(w http.ResponseWriter, r *http.Request, status int, v moveView) (err error) {
	ctx := r.Context()
	if v.Story, err = s.Story(ctx, caseOf(r), ""); err != nil {
		return err
	}
	if err := auth.RequireIn(ctx, MayAct, v.path); err != nil {
		return err
	}
	v.law, v.may = s.law(ctx), rightsIn(ctx, v.Case)
	if v.signers, err = s.Signers(ctx, v.Office); err != nil {
		return err
	}
	if kind, ok := v.law.Act(v.kind); ok && v.in.By == "" {
		a, err := s.Start(ctx, v.Story, kind, ledger.Act{By: "procuracy"})
		if err != nil {
			return err
		}
		v.in.By, v.in.Issuer, v.in.Signer = a.By, a.Issuer, a.Signer
		if v.in.At == "" {
			v.in.At = a.At.Day()
		}
	}
	switch v.kind {
	case "case.merge":
		f := Filter{Words: v.in.Words, Office: v.Office}
		f.Limit = 50
		found, err := s.List(ctx, f)
		if err != nil {
			return err
		}
		for _, c := range found.Items {
			if c.ID != v.ID && c.Status != Closed {
				v.others = append(v.others, c)
			}
		}
	case "case.transfer":
		if v.offices, err = s.Receivers(ctx); err != nil {
			return err
		}
	}
	return web.Show(w, r, status, movePage(v))
}

// moved answers one of the forms: done where it was done, else with the form again.
func (s *Service) moved(w http.ResponseWriter, r *http.Request, kind string, do func(in moveInput) (path, flash string, err error)) error {
	var in moveInput
	err := web.Form(r, &in)
	var found []ledger.Finding
	if err == nil {
		a := in.act()
		a.Kind, a.Parties = kind, in.Parties
		if found, err = s.Preview(r.Context(), caseOf(r), a); err == nil {
			err = refused(found)
		}
	}
	if err == nil && (!flags(found) || in.Sure) {
		var path, flash string
		if path, flash, err = do(in); err == nil {
			return web.Done(w, r, path, flash)
		}
	}
	if err == nil || refusedAct(err) || invalid(err) {
		return s.showMove(w, r, http.StatusUnprocessableEntity, moveView{kind: kind, in: in, findings: found, err: moveBeside(err)})
	}
	return err
}

// moveBeside puts what is said of the number of a new case beside its input: the
// number of the decision stands on the same form.
func moveBeside(err error) error {
	if errors.Is(err, ErrNumber) {
		return refusal{ErrNumber}.Need(false, "case_number", ErrNumber.Text)
	}
	return err
}

func (s *Service) splitWeb(w http.ResponseWriter, r *http.Request) error {
	return s.moved(w, r, "case.split", func(in moveInput) (string, string, error) {
		c, _, err := s.Split(r.Context(), caseOf(r), in.Parties, New{Number: in.CaseNumber, Name: in.Name}, in.act())
		if errors.Is(err, ErrInvalid) && in.CaseNumber == "" {
			err = refusal{ErrAct}.Need(false, "case_number", "Hãy ghi số của vụ án mới.")
		}
		return at(c.ID, ""), "criminal.split", err
	})
}

func (s *Service) mergeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.moved(w, r, "case.merge", func(in moveInput) (string, string, error) {
		if in.Other == "" {
			return "", "", refusal{ErrAct}.Need(false, "other", "Hãy chọn vụ án nhập vào.")
		}
		_, err := s.Merge(r.Context(), caseOf(r), in.Other, in.act())
		return at(caseOf(r), ""), "criminal.merged", err
	})
}

func (s *Service) transferWeb(w http.ResponseWriter, r *http.Request) error {
	return s.moved(w, r, "case.transfer", func(in moveInput) (string, string, error) {
		a := in.act()
		if in.Outside {
			a.Fields = map[string]string{"out_of_province": "yes"}
		}
		to, err := s.Receiver(r.Context(), in.To)
		if err != nil {
			return "", "", err
		}
		_, err = s.Transfer(r.Context(), caseOf(r), to, a)
		return "/cases", "criminal.sent", err
	})
}
