package dossier

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"congminh/internal/criminal"
	"congminh/internal/kit/web"
)

func (s *Service) indexRoutes(m *web.Mux) {
	m.Page("GET /dossiers/{id}/index", MayRead, s.indexWeb)
	m.Page("GET /dossiers/{id}/index.xlsx", MayExport, s.indexFileWeb(AsXLSX))
	m.Page("GET /dossiers/{id}/index.pdf", MayExport, s.indexFileWeb(AsPDF))
}

// hang puts the files of a case on the page of the case.
func (s *Service) hang() {
	s.cases.Hang(criminal.Panel{Title: "Hồ sơ", Show: func(ctx context.Context, c criminal.ID) (templ.Component, error) {
		if !May(ctx, MayRead) {
			return nil, nil
		}
		ds, err := s.OfCase(ctx, c)
		if err != nil || len(ds) == 0 && !May(ctx, MayIntake) {
			return nil, err
		}
		return casePanel(c, ds), nil
	}})
}

// indexView is how the list is looked at.
type indexView struct {
	Order IndexOrder `form:"order"`
	Group string     `form:"group"`
}

// query writes v as the query of an address, without the group: what is taken away
// is the whole list.
func (v indexView) query(more ...string) string {
	q := url.Values{}
	if v.Order != ByFolio {
		q.Set("order", string(v.Order))
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// sections are the lines to show.
func (v indexView) sections(x Index) (out []IndexSection) {
	if v.Group == "" && v.Order == ByFolio {
		return x.Flat()
	}
	for _, s := range x.ByGroup() {
		if v.Group == "" || s.Code == v.Group {
			out = append(out, s)
		}
	}
	return out
}

func (s *Service) indexWeb(w http.ResponseWriter, r *http.Request) error {
	var v indexView
	if err := web.Form(r, &v); err != nil {
		return err
	}
	x, err := s.IndexOf(r.Context(), dossierID(r))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, indexPage(x, v))
}

func (s *Service) indexFileWeb(as IndexFormat) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var v indexView
		if err := web.Form(r, &v); err != nil {
			return err
		}
		return s.WriteIndex(r.Context(), dossierID(r), v.Order, as, func(x Index) io.Writer {
			kind := "application/pdf"
			if as == AsXLSX {
				kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
			}
			h := w.Header()
			h.Set("Content-Type", kind)
			h.Set("Content-Disposition", web.Disposition("Bảng thống kê tài liệu "+x.Case.Number+"."+string(as), as == AsPDF && r.FormValue("inline") == "on"))
			h.Set("Cache-Control", "private, no-store")
			return w
		})
	}
}
