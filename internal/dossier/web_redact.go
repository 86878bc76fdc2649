package dossier

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/redact"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

func (s *Service) redactRoutes(m *web.Mux) {
	m.Flash("dossier.redaction-started", "Đã đề xuất vùng che. Hãy xem và xác nhận từng trang.")
	m.Flash("dossier.redaction-undone", "Đã hoàn tác thay đổi vùng che.")
	m.Flash("dossier.redaction-finished", "Đã xác nhận xong. Máy đang tạo bản cung cấp.")
	m.Flash("dossier.redaction-cancelled", "Đã bỏ lần che thông tin.")
	m.Page("GET /dossiers/{id}/redactions", MayExport, s.redactionsWeb)
	m.Page("POST /dossiers/{id}/redactions", MayExport, s.startRedactionWeb)
	m.Page("GET /redactions/{id}", MayExport, s.redactionWeb)
	m.Page("GET /redactions/{id}/events", MayExport, s.redactionEventsWeb)
	m.Page("GET /redactions/{id}/pages/{n}", MayExport, s.sheetWeb)
	m.Page("POST /redactions/{id}/pages/{n}", MayExport, s.coverWeb)
	m.Page("POST /redactions/{id}/undo", MayExport, s.undoBoxesWeb)
	m.Page("POST /redactions/{id}/finish", MayExport, s.finishRedactionWeb)
	m.Page("POST /redactions/{id}/cancel", MayExport, s.cancelRedactionWeb)
	m.Page("GET /redactions/{id}/pdf", MayExport, s.redactedPDFWeb)
}

func redactionPath(id RedactionID, more string) string { return "/redactions/" + string(id) + more }

func sheetPath(id RedactionID, n int) string { return redactionPath(id, "/pages/"+strconv.Itoa(n)) }

func redactionID(r *http.Request) RedactionID { return RedactionID(r.PathValue("id")) }

func (s *Service) redactionsWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRedactions(w, r, http.StatusOK, NewRedaction{From: 1}, nil)
}

func (s *Service) showRedactions(w http.ResponseWriter, r *http.Request, status int, in NewRedaction, wrong error) error {
	o, err := s.Overview(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	_, rs, err := s.Redactions(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	c, err := s.Contents(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	return web.Show(w, r, status, redactionsPage(o, rs, c.Documents, in, wrong))
}

func (s *Service) startRedactionWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		NewRedaction
		Folios string `form:"folios"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	if in.Folios != "" {
		in.From, in.Until, _ = ParseCite(in.Folios)
	}
	if in.Rules == nil {
		in.Rules = []string{} // nothing was ticked: a person covers by hand
	}
	x, err := s.StartRedaction(r.Context(), dossierID(r), in.NewRedaction)
	if errors.Is(err, ErrInvalid) {
		return s.showRedactions(w, r, http.StatusUnprocessableEntity, in.NewRedaction, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, sheetPath(x.ID, 1), "dossier.redaction-started")
}

func (s *Service) redactionWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRedaction(w, r, http.StatusOK, nil)
}

func (s *Service) showRedaction(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	v, err := s.Redaction(r.Context(), redactionID(r))
	if err != nil {
		return err
	}
	o, err := s.head(r, v.Dossier.ID)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, redactionPage(o, v, wrong))
}

// redactionEventsWeb tells the page of a redaction how far its derivative is.
func (s *Service) redactionEventsWeb(w http.ResponseWriter, r *http.Request) error {
	id := redactionID(r)
	if _, err := s.Redaction(r.Context(), id); err != nil {
		return err
	}
	return web.Events(w, r, func(ctx context.Context, send func(string, templ.Component) error) error {
		for j := range s.Jobs.Watch(ctx, RedactionTopic(id)) {
			v, err := s.Redaction(ctx, id)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			if err := send("state", redactionStep(v, int(j.Ready), int(j.Total))); err != nil {
				return nil
			}
		}
		return nil
	})
}

func pageNumber(r *http.Request) int {
	n, _ := strconv.Atoi(r.PathValue("n"))
	return n
}

func (s *Service) sheetWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showSheet(w, r, http.StatusOK, boxForm{}, nil)
}

func (s *Service) showSheet(w http.ResponseWriter, r *http.Request, status int, in boxForm, wrong error) error {
	v, err := s.RedactionSheet(r.Context(), redactionID(r), pageNumber(r))
	if err != nil {
		return err
	}
	o, err := s.head(r, v.Dossier.ID)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, sheetPage(o, v, in, wrong))
}

// boxForm is a rectangle as a form gives it, and what is to be done with it. The
// rectangle is left, top, width and height in pixels of the upright picture.
type boxForm struct {
	Do   string `form:"do"`
	Rule string `form:"rule"`
	X    int    `form:"x"`
	Y    int    `form:"y"`
	W    int    `form:"w"`
	H    int    `form:"h"`
	Seen int    `form:"seen"`
}

func (f boxForm) box() redact.Box {
	return redact.Box{Rule: f.Rule, Box: reading.Box{f.X, f.Y, f.X + f.W, f.Y + f.H}}
}

func (s *Service) coverWeb(w http.ResponseWriter, r *http.Request) (err error) {
	var in boxForm
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx, id, n := r.Context(), redactionID(r), pageNumber(r)
	next := sheetPath(id, n)
	switch in.Do {
	case "add":
		err = s.AddBox(ctx, id, n, in.box())
	case "drop":
		err = s.DropBox(ctx, id, n, in.box())
	case "check":
		err = s.CheckBoxes(ctx, id, n, in.Seen)
		next += "#rest" // the second look follows
	case "look":
		if err = s.LookAgain(ctx, id, n); err == nil {
			next, err = s.nextSheet(ctx, id, n)
		}
	default:
		return web.ErrForm
	}
	if errors.Is(err, ErrBox) || errors.Is(err, ErrStale) || errors.Is(err, ErrNotAllSeen) {
		return s.showSheet(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return web.Go(w, r, next)
}

// nextSheet is where a person goes on: the next page that was not looked at, or the
// whole once all were.
func (s *Service) nextSheet(ctx context.Context, id RedactionID, n int) (string, error) {
	v, err := s.Redaction(ctx, id)
	if err != nil {
		return "", err
	}
	for i := range v.Pages {
		if p := v.Pages[(n+i)%len(v.Pages)]; p.Looked == nil {
			return sheetPath(id, p.N), nil
		}
	}
	return redactionPath(id, ""), nil
}

func (s *Service) undoBoxesWeb(w http.ResponseWriter, r *http.Request) error {
	n, err := s.UndoBoxes(r.Context(), redactionID(r))
	if err != nil {
		return err
	}
	return web.Done(w, r, sheetPath(redactionID(r), n), "dossier.redaction-undone")
}

func (s *Service) finishRedactionWeb(w http.ResponseWriter, r *http.Request) error {
	err := s.FinishRedaction(r.Context(), redactionID(r))
	if errors.Is(err, ErrNotAllSeen) || errors.Is(err, ErrPagesChanged) {
		return s.showRedaction(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, redactionPath(redactionID(r), ""), "dossier.redaction-finished")
}

func (s *Service) cancelRedactionWeb(w http.ResponseWriter, r *http.Request) error {
	if !web.Sure(r) {
		v, err := s.Redaction(r.Context(), redactionID(r))
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusOK, site.ConfirmPage(site.Page{Nav: "/dossiers"}, cancelAsk(r.Context(), v.Redaction)))
	}
	if err := s.CancelRedaction(r.Context(), redactionID(r)); err != nil {
		return err
	}
	return web.Done(w, r, redactionPath(redactionID(r), ""), "dossier.redaction-cancelled")
}

func (s *Service) redactedPDFWeb(w http.ResponseWriter, r *http.Request) error {
	x, in, err := s.RedactedPDF(r.Context(), redactionID(r))
	if err != nil {
		return err
	}
	defer in.Close()
	// The name says nothing of the case either.
	return web.File(w, r, web.Attachment{Name: "Bản cung cấp đã che thông tin.pdf", Type: "application/pdf", Tag: x.SHA256}, in)
}
