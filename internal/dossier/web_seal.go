package dossier

import (
	"io"
	"net/http"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
	"congminh/internal/seal/pack"
)

func (s *Service) certifyWeb(w http.ResponseWriter, r *http.Request) error {
	d := dossierID(r)
	if _, err := s.Certify(r.Context(), d); err != nil {
		return err
	}
	return web.Done(w, r, path(d, ""), "dossier.sealed")
}

func (s *Service) packageWeb(w http.ResponseWriter, r *http.Request) error {
	form, name := pack.Bag, "goi-chung-cu-"
	if pack.Form(r.FormValue("form")) == pack.EARK {
		form, name = pack.EARK, "goi-nop-luu-"
	}
	return s.PackageAs(r.Context(), dossierID(r), form, func(d Dossier) io.Writer {
		// A large file takes longer than a page.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", web.Disposition(name+string(civil.On(s.now()))+"-"+d.Title+".zip", false))
		return w
	})
}
