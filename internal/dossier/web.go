package dossier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Hồ sơ", "/dossiers", MayRead)
	m.Menu("Tìm kiếm", "/search", MaySearch)
	m.Handle("GET /static/dossier/", auth.Anyone, assets)
	m.Flash("dossier.created", "Đã lập hồ sơ. Hãy đưa tệp quét vào.")
	m.Flash("dossier.received", "Đã nhận tệp. Máy đang đọc từng trang.")
	m.Flash("dossier.retried", "Đã xếp lịch đọc lại bản quét.")
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
	m.Upload("POST /dossiers/{id}/scans", MayIntake, s.receiveWeb)
	m.Page("POST /scans/{id}/retry", MayIntake, s.retryScanWeb)
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
	var in struct {
		New
		Words string `form:"q"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.showNew(w, r, http.StatusOK, in.New, in.Words, nil)
}

// choice is how the case of a new file is chosen: it is known, or it is looked for.
type choice struct {
	Case  *criminal.Case
	Words string
	Cases []criminal.Case
	More  bool // than are shown
}

// showNew shows the form of a new file. The wrong case is the dearest mistake here,
// so none is chosen before the person has chosen it.
func (s *Service) showNew(w http.ResponseWriter, r *http.Request, status int, in New, words string, wrong error) error {
	ch := choice{Words: words}
	if in.Case != "" {
		c, err := s.cases.Get(r.Context(), in.Case)
		if err != nil {
			return err
		}
		ch.Case = &c
	} else {
		cs, err := s.cases.List(r.Context(), criminal.Filter{Words: words})
		if err != nil {
			return err
		}
		ch.Cases, ch.More = cs.Items, cs.Next != ""
	}
	return web.Show(w, r, status, newPage(in, ch, wrong))
}

func (s *Service) createWeb(w http.ResponseWriter, r *http.Request) error {
	var in New
	if err := web.Form(r, &in); err != nil {
		return err
	}
	if in.Case == "" {
		err := fault.Check{{Name: "case", Text: "Hãy chọn vụ án của hồ sơ."}}.Err(ErrInvalid)
		return s.showNew(w, r, http.StatusUnprocessableEntity, in, r.FormValue("q"), err)
	}
	d, err := s.Create(r.Context(), in)
	if errors.Is(err, ErrInvalid) {
		return s.showNew(w, r, http.StatusUnprocessableEntity, in, "", err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, path(d.ID, ""), "dossier.created")
}

func (s *Service) overviewWeb(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Overview(r.Context(), dossierID(r))
	if errors.Is(err, ErrAsk) { // whoever was granted a part goes straight to it
		if _, _, none := s.share(r.Context(), dossierID(r)); none == nil {
			return web.Go(w, r, path(dossierID(r), "/read"))
		}
	}
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, overviewPage(o))
}

// eventsWeb tells the page of a file how the reading goes. Every page that is read
// changes a job, several times a second; a look at a file of thousands of pages costs
// more than that, so changes are gathered and told once a second.
func (s *Service) eventsWeb(w http.ResponseWriter, r *http.Request) error {
	d := dossierID(r)
	if _, err := s.Get(r.Context(), d); err != nil {
		return err
	}
	return web.Events(w, r, func(ctx context.Context, send func(string, templ.Component) error) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		next := time.NewTimer(50 * time.Millisecond)
		defer next.Stop()
		changes := s.Jobs.Watch(ctx, Topic(d))
		for j := range changes {
			now := scansOf(j)
			for waiting := true; waiting; {
				select {
				case more, ok := <-changes:
					if !ok {
						return nil
					}
					maps.Copy(now, scansOf(more))
				case <-next.C:
					waiting = false
				}
			}
			o, err := s.Overview(ctx, d)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			if err := send("scans", scanTable(o, now)); err != nil {
				return nil
			}
			if err := send("next", nextSteps(o)); err != nil {
				return nil
			}
			next.Reset(time.Second)
		}
		return nil
	})
}

// receiveWeb takes files from a form, for browsers without a script. Each file is
// taken or refused by itself, and those that were refused are named.
func (s *Service) receiveWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := r.MultipartReader()
	if err != nil {
		return web.ErrForm
	}
	ctx, d := r.Context(), dossierID(r)
	if _, err := s.growing(ctx, d); err != nil {
		return err
	}
	taken := 0
	var refused []unsent
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return web.ErrForm
		}
		if part.FileName() == "" {
			continue
		}
		_, err = s.Receive(ctx, d, part.FileName(), "browser", part)
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind != fault.Internal {
			refused = append(refused, unsent{fileName(part.FileName()), f.Text})
			continue
		}
		if err != nil {
			return err
		}
		taken++
	}
	if len(refused) == 0 && taken > 0 {
		return web.Done(w, r, path(d, ""), "dossier.received")
	}
	o, err := s.Overview(ctx, d)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusUnprocessableEntity, receivedPage(o, taken, refused))
}

// unsent is a file of a form that was not taken in.
type unsent struct{ Name, Why string }

func (s *Service) retryScanWeb(w http.ResponseWriter, r *http.Request) error {
	c, err := s.RetryScan(r.Context(), ScanID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Done(w, r, path(c.Dossier, ""), "dossier.retried")
}

func (s *Service) rereadWeb(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Reread(r.Context(), dossierID(r), r.FormValue("every") == "on"); err != nil {
		return err
	}
	return web.Done(w, r, path(dossierID(r), ""), "dossier.reread")
}

func (s *Service) numbersWeb(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Overview(r.Context(), dossierID(r))
	if errors.Is(err, ErrAsk) { // whoever was granted a part goes straight to it
		if _, _, none := s.share(r.Context(), dossierID(r)); none == nil {
			return web.Go(w, r, path(dossierID(r), "/read"))
		}
	}
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
	if _, err := s.Number(r.Context(), dossierID(r), r.FormValue("seen")); err != nil {
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
		if v == Full && p.right.Grant == "" { // a marked one is made anew
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
