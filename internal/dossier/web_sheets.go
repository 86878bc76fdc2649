package dossier

import (
	"io"
	"net/http"

	"congminh/internal/kit/web"
)

// sheetsWeb sends separator sheets or folio labels to be printed.
func (s *Service) sheetsWeb(w http.ResponseWriter, r *http.Request) error {
	var p Sheets
	if err := web.Form(r, &p); err != nil {
		return err
	}
	return s.PrintSheets(r.Context(), dossierID(r), p, func(name string) io.Writer {
		h := w.Header()
		h.Set("Content-Type", "application/pdf")
		h.Set("Content-Disposition", web.Disposition(name, true))
		h.Set("Cache-Control", "private, no-store")
		return w
	})
}
