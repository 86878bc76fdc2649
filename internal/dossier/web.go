package dossier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Hồ sơ", "/dossiers", MayRead)
	m.Menu("Tìm kiếm", "/search", MaySearch)
	m.Handle("GET /static/dossier/", auth.Anyone, assets)
	m.Flash("dossier.created", "Đã lập hồ sơ. Hãy đưa tệp quét vào.")
	m.Flash("dossier.received", "Đã nhận tệp. Máy đang đọc từng trang.")
	m.Flash("dossier.reread", "Đã xếp lịch đọc lại.")
	m.Flash("dossier.numbered", "Đã đánh số bút lục.")
	m.Flash("dossier.closed", "Đã đóng hồ sơ.")
	m.Flash("dossier.reopened", "Đã mở tiếp hồ sơ.")
	m.Flash("dossier.remarked", "Đã ghi nhận xét.")
	m.Page("GET /dossiers", MayRead, s.listWeb)
	m.Page("GET /dossiers/new", MayIntake, s.newWeb)
	m.Page("POST /dossiers", MayIntake, s.createWeb)
	m.Page("GET /dossiers/{id}", MayRead, s.overviewWeb)
	m.Page("GET /dossiers/{id}/events", MayRead, s.eventsWeb)
	m.Page("POST /dossiers/{id}/scans", MayIntake, s.receiveWeb)
	m.Page("POST /dossiers/{id}/reread", MayCheck, s.rereadWeb)
	m.Page("GET /dossiers/{id}/numbers", MayNumber, s.numbersWeb)
	m.Page("POST /dossiers/{id}/numbers", MayNumber, s.numberWeb)
	m.Page("POST /dossiers/{id}/close", MayClose, s.closeWeb)
	m.Page("POST /dossiers/{id}/reopen", MayClose, s.reopenWeb)
	m.Page("GET /dossiers/{id}/history", MayRead, s.historyWeb)
	m.Page("POST /dossiers/{id}/remarks", MayNumber, s.remarkWeb)
	m.Page("GET /dossiers/{id}/pdf", MayExport, s.pdfWeb)
	m.Page("GET /scans/{id}/original", MayExport, s.originalWeb)
	m.Page("GET /documents/{id}/pdf", MayExport, s.documentPDFWeb)
	m.Page("GET /pages/{id}/picture", MayRead, s.pictureWeb(Full))
	m.Page("GET /pages/{id}/access", MayRead, s.pictureWeb(Light))
	m.Page("GET /pages/{id}/thumb", MayRead, s.pictureWeb(Small))
	m.Page("GET /search", MaySearch, s.searchWeb)
	s.webMore(m)
}

func path(d ID, more string) string { return "/dossiers/" + string(d) + more }

func dossierID(r *http.Request) ID { return ID(r.PathValue("id")) }

func (s *Service) listWeb(w http.ResponseWriter, r *http.Request) error {
	var f Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	es, err := s.List(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, listPage(es, f))
}

func (s *Service) newWeb(w http.ResponseWriter, r *http.Request) error {
	var in New
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.showNew(w, r, http.StatusOK, in, nil)
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request, status int, in New, err error) error {
	cases, listErr := s.cases.List(r.Context(), criminal.Filter{})
	if listErr != nil {
		return listErr
	}
	return web.Show(w, r, status, newPage(in, cases.Items, err))
}

func (s *Service) createWeb(w http.ResponseWriter, r *http.Request) error {
	var in New
	if err := web.Form(r, &in); err != nil {
		return err
	}
	d, err := s.Create(r.Context(), in)
	if errors.Is(err, ErrInvalid) {
		return s.showNew(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(d.ID, ""), "dossier.created")
}

func (s *Service) overviewWeb(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Overview(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, overviewPage(o))
}

// eventsWeb tells the page of a file how the reading goes.
func (s *Service) eventsWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, d := r.Context(), dossierID(r)
	o, err := s.Overview(ctx, d)
	if err != nil {
		return err
	}
	return web.Events(w, r, func(send func(string, templ.Component) error) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		for j := range s.Jobs.Watch(ctx, Topic(d)) {
			if o, err = s.Overview(ctx, d); err != nil {
				return err
			}
			if err := send("scans", scanTable(o, progress(o, j))); err != nil {
				return nil
			}
			if err := send("next", nextSteps(o)); err != nil {
				return nil
			}
		}
		return nil
	})
}

// receiveWeb takes files from a form, for browsers without a script. Each file is
// taken or refused by itself.
func (s *Service) receiveWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := r.MultipartReader()
	if err != nil {
		return web.ErrForm
	}
	d := dossierID(r)
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			return web.Done(w, r, path(d, ""), "dossier.received")
		}
		if err != nil {
			return web.ErrForm
		}
		if part.FileName() == "" {
			continue
		}
		if _, err := s.Receive(r.Context(), d, part.FileName(), "browser", part); err != nil {
			return err
		}
	}
}

func (s *Service) rereadWeb(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Reread(r.Context(), dossierID(r), r.FormValue("every") == "on"); err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), ""), "dossier.reread")
}

func (s *Service) numbersWeb(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Overview(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	n, err := s.Preview(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, numbersPage(o, n))
}

func (s *Service) numberWeb(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Number(r.Context(), dossierID(r)); err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), ""), "dossier.numbered")
}

func (s *Service) closeWeb(w http.ResponseWriter, r *http.Request) error {
	if !web.Sure(r) {
		o, err := s.Overview(r.Context(), dossierID(r))
		if err != nil {
			return err
		}
		return web.Show(w, r, http.StatusOK, closePage(o))
	}
	if err := s.Close(r.Context(), dossierID(r)); err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), ""), "dossier.closed")
}

func (s *Service) reopenWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Stage  Stage  `form:"stage"`
		Reason string `form:"reason"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.Reopen(r.Context(), dossierID(r), in.Stage, in.Reason)
	if errors.Is(err, ErrInvalid) {
		return s.showHistory(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), ""), "dossier.reopened")
}

func (s *Service) historyWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showHistory(w, r, http.StatusOK, nil)
}

func (s *Service) showHistory(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	ctx, d := r.Context(), dossierID(r)
	o, err := s.Overview(ctx, d)
	if err != nil {
		return err
	}
	ms, err := s.Remarks(ctx, d)
	if err != nil {
		return err
	}
	cs, err := s.History(ctx, d)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, historyPage(o, ms, cs, r.Form, wrong))
}

func (s *Service) remarkWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Folio  string `form:"folio"`
		Kind   string `form:"kind"`
		Reason string `form:"reason"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	folio, _, _ := ParseCite(in.Folio)
	_, err := s.Remark(r.Context(), dossierID(r), folio, in.Kind, in.Reason)
	if errors.Is(err, ErrInvalid) {
		return s.showHistory(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), "/history"), "dossier.remarked")
}

func (s *Service) pdfWeb(w http.ResponseWriter, r *http.Request) error {
	var e Export
	if err := web.Form(r, &e); err != nil {
		return err
	}
	return s.ExportPDF(r.Context(), dossierID(r), e, func(d Dossier, _ int) io.Writer {
		name := d.Title
		if e.From > 0 {
			name += " " + Cite(e.From, max(e.From, e.To))
		}
		h := w.Header()
		h.Set("Content-Type", "application/pdf")
		h.Set("Content-Disposition", web.Disposition(name+".pdf", r.FormValue("inline") == "on"))
		h.Set("Cache-Control", "private, no-store")
		return w
	})
}

func (s *Service) originalWeb(w http.ResponseWriter, r *http.Request) error {
	c, in, err := s.Original(r.Context(), ScanID(r.PathValue("id")))
	if err != nil {
		return err
	}
	defer in.Close()
	return web.File(w, r, web.Attachment{Name: c.Name, Type: "application/octet-stream", Tag: c.SHA256}, in)
}

func (s *Service) documentPDFWeb(w http.ResponseWriter, r *http.Request) error {
	d, in, err := s.DocumentPDF(r.Context(), DocumentID(r.PathValue("id")))
	if err != nil {
		return err
	}
	defer in.Close()
	return web.File(w, r, web.Attachment{Name: d.Title + ".pdf", Type: "application/pdf"}, in)
}

// pictureWeb sends a picture of a page. Its bytes never change under the digest in
// the tag, so a browser asks once and then only whether it may still see it.
func (s *Service) pictureWeb(v View) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, in, ref, err := s.Picture(r.Context(), PageID(r.PathValue("id")), v)
		if err != nil {
			return err
		}
		defer in.Close()
		kind := "image/jpeg"
		if v == Full {
			kind = "image/" + p.Format
		}
		return web.File(w, r, web.Attachment{Name: fmt.Sprintf("trang-%d.%s", p.N, kind[6:]), Type: kind, Tag: ref.SHA256, Inline: true}, in)
	}
}

func (s *Service) searchWeb(w http.ResponseWriter, r *http.Request) error {
	var q Query
	if err := web.Form(r, &q); err != nil {
		return err
	}
	found := Found{Exact: true}
	var err error
	if q.Words != "" || q.Person != "" {
		found, err = s.Search(r.Context(), q)
	}
	if err != nil {
		return err
	}
	if web.Fragment(r) {
		return web.Show(w, r, http.StatusOK, hits(q, found))
	}
	return web.Show(w, r, http.StatusOK, searchPage(q, found))
}

// query writes q as the query of an address, with some values changed.
func (q Query) query(change ...string) string {
	v := url.Values{}
	for k, x := range map[string]string{
		"q": q.Words, "case": string(q.Case), "dossier": string(q.Dossier), "office": string(q.Office), "kind": q.Kind,
		"group": q.Group, "from": string(q.From), "to": string(q.To), "person": q.Person,
	} {
		if x != "" {
			v.Set(k, x)
		}
	}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return "?" + v.Encode()
}

func itoa(n int) string { return strconv.Itoa(n) }
