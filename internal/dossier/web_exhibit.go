package dossier

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"congminh/internal/kit/fault"
	"congminh/internal/kit/web"
)

func (s *Service) exhibitRoutes(m *web.Mux) {
	m.Flash("dossier.exhibit-saved", "Đã lưu vật chứng.")
	m.Flash("dossier.exhibit-file", "Đã nhận tệp của vật chứng.")
	m.Flash("dossier.custody", "Đã ghi việc bảo quản vật chứng.")
	m.Page("GET /dossiers/{id}/exhibits", MayRead, s.exhibitsWeb)
	m.Page("GET /dossiers/{id}/exhibits/new", MayExhibit, s.newExhibitWeb)
	m.Page("POST /dossiers/{id}/exhibits", MayExhibit, s.addExhibitWeb)
	m.Page("GET /exhibits/{id}", MayRead, s.exhibitWeb)
	m.Page("GET /exhibits/{id}/edit", MayExhibit, s.editExhibitPage)
	m.Page("POST /exhibits/{id}", MayExhibit, s.editExhibitWeb)
	m.Upload("POST /exhibits/{id}/files", MayExhibit, s.attachWeb)
	m.Page("POST /exhibits/{id}/custody", MayExhibit, s.addCustodyWeb)
	m.Page("GET /exhibits/{id}/custody", MayRead, s.custodyWeb)
	m.Page("GET /exhibit-files/{id}", MayRead, s.exhibitFileWeb)
	m.Page("GET /exhibit-files/{id}/original", MayExport, s.exhibitOriginalWeb)
}

func exhibitPath(id ExhibitID, more string) string { return "/exhibits/" + string(id) + more }

func exhibitID(r *http.Request) ExhibitID { return ExhibitID(r.PathValue("id")) }

func (s *Service) exhibitsWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, d := r.Context(), dossierID(r)
	var f ExhibitFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	o, err := s.head(r, d)
	if err != nil {
		return err
	}
	xs, err := s.Exhibits(ctx, d, f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, exhibitsPage(o, xs, f))
}

// head is what the frame of a page says of its file: nothing is counted for it.
func (s *Service) head(r *http.Request, id ID) (o Overview, err error) {
	if o.Dossier, err = s.Get(r.Context(), id); err != nil {
		return o, err
	}
	o.Case, err = s.cases.Get(r.Context(), o.Dossier.Case)
	return o, err
}

// exhibitForm is NewExhibit as a form sends it: measures come in three columns.
type exhibitForm struct {
	NewExhibit
	BL      string   `form:"folio"`
	Measure []string `form:"measure"`
	Amount  []string `form:"amount"`
	Unit    []string `form:"unit"`
}

// read fills f from a form. A folio that does not read as one is kept as typed, for
// the person to put right.
func (f *exhibitForm) read(r *http.Request) error {
	if err := web.Form(r, f); err != nil {
		return err
	}
	cell := func(in []string, i int) string {
		if i < len(in) {
			return in[i]
		}
		return ""
	}
	for i := range max(len(f.Measure), len(f.Amount), len(f.Unit)) {
		f.Measures = append(f.Measures, Measure{cell(f.Measure, i), cell(f.Amount, i), cell(f.Unit, i)})
	}
	if f.BL != "" {
		from, _, ok := ParseCite(f.BL)
		if !ok {
			from = -1 // there is none
		}
		f.Folio = from
	}
	return nil
}

func (s *Service) newExhibitWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showExhibitForm(w, r, http.StatusOK, dossierID(r), "", exhibitForm{}, nil)
}

func (s *Service) showExhibitForm(w http.ResponseWriter, r *http.Request, status int, d ID, x ExhibitID, in exhibitForm, wrong error) error {
	o, err := s.head(r, d)
	if err != nil {
		return err
	}
	ms, err := s.MinutesIn(r.Context(), d)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, exhibitFormPage(o, x, in, ms, wrong))
}

func (s *Service) addExhibitWeb(w http.ResponseWriter, r *http.Request) error {
	var in exhibitForm
	if err := in.read(r); err != nil {
		return err
	}
	x, err := s.AddExhibit(r.Context(), dossierID(r), in.NewExhibit)
	if errors.Is(err, ErrInvalid) {
		return s.showExhibitForm(w, r, http.StatusUnprocessableEntity, dossierID(r), "", in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, exhibitPath(x.ID, ""), "dossier.exhibit-saved")
}

func (s *Service) editExhibitPage(w http.ResponseWriter, r *http.Request) error {
	x, _, _, err := s.Exhibit(r.Context(), exhibitID(r))
	if err != nil {
		return err
	}
	in := exhibitForm{NewExhibit: NewExhibit{Code: x.Code, Name: x.Name, Kind: x.Kind, About: x.About, Measures: x.Measures, Page: x.Page}}
	if x.Folio > 0 {
		in.BL = itoa(x.Folio)
	}
	return s.showExhibitForm(w, r, http.StatusOK, x.Dossier, x.ID, in, nil)
}

func (s *Service) editExhibitWeb(w http.ResponseWriter, r *http.Request) error {
	var in exhibitForm
	if err := in.read(r); err != nil {
		return err
	}
	id := exhibitID(r)
	_, err := s.EditExhibit(r.Context(), id, in.NewExhibit)
	if errors.Is(err, ErrInvalid) {
		x, _, _, openErr := s.Exhibit(r.Context(), id)
		if openErr != nil {
			return openErr
		}
		return s.showExhibitForm(w, r, http.StatusUnprocessableEntity, x.Dossier, id, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, exhibitPath(id, ""), "dossier.exhibit-saved")
}

// exhibitView is one exhibit with all that is shown of it.
type exhibitView struct {
	Overview
	x     Exhibit
	files []ExhibitFile
	steps []Custody

	above, office string // of the head of the paper
}

func (s *Service) exhibitWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showExhibit(w, r, http.StatusOK, NewCustody{}, nil)
}

func (s *Service) exhibitView(r *http.Request) (v exhibitView, err error) {
	if v.x, v.files, v.steps, err = s.Exhibit(r.Context(), exhibitID(r)); err != nil {
		return v, err
	}
	v.Overview, err = s.head(r, v.x.Dossier)
	return v, err
}

func (s *Service) showExhibit(w http.ResponseWriter, r *http.Request, status int, in NewCustody, wrong error) error {
	v, err := s.exhibitView(r)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, exhibitPage(v, in, wrong))
}

func (s *Service) custodyWeb(w http.ResponseWriter, r *http.Request) error {
	v, err := s.exhibitView(r)
	if err != nil {
		return err
	}
	if v.above, v.office, err = s.officesOf(r.Context(), v.Dossier); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, custodyPage(v))
}

func (s *Service) addCustodyWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewCustody
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.AddCustody(r.Context(), exhibitID(r), in)
	}
	if errors.Is(err, ErrInvalid) || errors.Is(err, web.ErrFields) {
		return s.showExhibit(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, exhibitPath(exhibitID(r), ""), "dossier.custody")
}

// attachWeb takes the files of a form, each as it arrives. A file that is refused
// stops the rest; those before it stay.
func (s *Service) attachWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := r.MultipartReader()
	if err != nil {
		return web.ErrForm
	}
	id := exhibitID(r)
	taken := 0
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
		_, err = s.AttachFile(r.Context(), id, part.FileName(), part)
		if errors.Is(err, ErrEmptyFile) || errors.Is(err, ErrSize) {
			return s.showExhibit(w, r, http.StatusUnprocessableEntity, NewCustody{}, beside(err, "files"))
		}
		if err != nil {
			return err
		}
		taken++
	}
	if taken == 0 {
		return s.showExhibit(w, r, http.StatusUnprocessableEntity, NewCustody{}, beside(ErrEmptyFile, "files"))
	}
	return web.Done(w, r, exhibitPath(id, ""), "dossier.exhibit-file")
}

// beside puts a refusal of a whole form beside one of its inputs.
func beside(err error, name string) error {
	f := *fault.From(err)
	f.Fields = []fault.Field{{Name: name, Text: f.Text}}
	return &f
}

// exhibitFileWeb sends a file to be looked at in the page, whole or the ranges that a
// player asks for. What cannot be shown is taken away with exhibitOriginalWeb.
func (s *Service) exhibitFileWeb(w http.ResponseWriter, r *http.Request) error {
	f, in, err := s.OpenExhibitFile(r.Context(), ExhibitFileID(r.PathValue("id")), MayRead)
	if err != nil {
		return err
	}
	defer in.Close()
	if f.shown() == "" {
		return ErrNoExhibitFile
	}
	return web.File(w, r, web.Attachment{Name: f.Name, Type: f.Type, Tag: f.SHA256, Inline: true}, in)
}

func (s *Service) exhibitOriginalWeb(w http.ResponseWriter, r *http.Request) error {
	f, in, err := s.OpenExhibitFile(r.Context(), ExhibitFileID(r.PathValue("id")), MayExport)
	if err != nil {
		return err
	}
	defer in.Close()
	return web.File(w, r, web.Attachment{Name: f.Name, Type: f.Type, Tag: f.SHA256}, in)
}

// shown is the element of a page that shows f: img, video, audio, or "" for none.
func (f ExhibitFile) shown() string {
	switch f.Type {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return "img"
	case "video/mp4", "video/webm", "video/quicktime", "video/3gpp", "video/x-matroska":
		return "video"
	}
	if strings.HasPrefix(f.Type, "audio/") && f.Type != "audio/amr" {
		return "audio"
	}
	return ""
}

// query writes f as the query of an address.
func (f ExhibitFilter) query() string {
	v := url.Values{}
	if f.Kind != "" {
		v.Set("kind", string(f.Kind))
	}
	if f.Words != "" {
		v.Set("q", f.Words)
	}
	return v.Encode()
}
