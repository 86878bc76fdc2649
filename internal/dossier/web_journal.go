package dossier

import (
	"net/http"

	"congminh/internal/kit/web"
	"congminh/internal/seal"
)

func (s *Service) journalWeb(w http.ResponseWriter, r *http.Request) error {
	var f seal.Filter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	ctx, d := r.Context(), dossierID(r)
	o, err := s.Overview(ctx, d)
	if err != nil {
		return err
	}
	_, rows, err := s.Openings(ctx, d, f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, journalPage(o, rows, f))
}
