package dossier

import (
	"errors"
	"net/http"
	"strconv"

	"congminh/internal/kit/web"
)

func (s *Service) secretRoutes(m *web.Mux) {
	m.Flash("dossier.secret-removed", "Đã gỡ tài liệu mật khỏi hệ thống. Phiếu ghi nơi giữ bản giấy còn lại.")
	m.Flash("dossier.secret-cleared", "Đã ghi không phải tài liệu mật. Máy đọc lại bản quét.")
	m.Flash("dossier.level", "Đã đặt mức của tài liệu.")
	m.Flash("dossier.secret-proposed", "Đã đề nghị gỡ. Tài liệu vẫn được tạm giữ cho tới khi người thứ hai đồng ý.")
	m.Flash("dossier.secret-declined", "Đã ghi không đồng ý gỡ. Tài liệu vẫn được tạm giữ.")
	m.Page("GET /secrets", MayRead, s.secretsWaitingWeb)
	m.Page("GET /dossiers/{id}/secrets", MayRead, s.secretsWeb)
	m.Page("GET /secrets/{id}", MayRead, s.secretWeb)
	m.Page("GET /secrets/{id}/pictures/{n}", MayRead, s.secretPictureWeb)
	m.Page("POST /secrets/{id}", MayRead, s.decideWeb)
	m.Page("POST /documents/{id}/level", MayClose, s.levelWeb)
}

func secretPath(id ScanID, more string) string { return "/secrets/" + string(id) + more }

func (s *Service) secretsWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, d := r.Context(), dossierID(r)
	xs, err := s.SecretsOf(ctx, d)
	if err != nil {
		return err
	}
	o, err := s.head(r, d)
	if err != nil {
		return err
	}
	c, err := s.Contents(ctx, d)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, secretsPage(o, xs, c.Documents))
}

func (s *Service) secretsWaitingWeb(w http.ResponseWriter, r *http.Request) error {
	xs, err := s.SecretsWaiting(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, secretsWaitingPage(xs))
}

func (s *Service) secretWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showSecret(w, r, http.StatusOK, Decision{}, nil)
}

func (s *Service) showSecret(w http.ResponseWriter, r *http.Request, status int, in Decision, wrong error) error {
	x, c, file, err := s.Secret(r.Context(), ScanID(r.PathValue("id")))
	if err != nil {
		return err
	}
	o, err := s.head(r, file.ID)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, secretPage(o, x, c, in, wrong))
}

func (s *Service) secretPictureWeb(w http.ResponseWriter, r *http.Request) error {
	n, _ := strconv.Atoi(r.PathValue("n"))
	in, ref, err := s.SecretPicture(r.Context(), ScanID(r.PathValue("id")), n-1)
	if err != nil {
		return err
	}
	defer in.Close()
	w.Header().Set("Cache-Control", "private, no-store")
	return web.File(w, r, web.Attachment{Name: "trang-" + strconv.Itoa(n) + ".jpeg", Type: "image/jpeg", Tag: ref.SHA256, Inline: true}, in)
}

func (s *Service) decideWeb(w http.ResponseWriter, r *http.Request) error {
	var form struct {
		Decision
		Say string `form:"say"`
	}
	if err := web.Form(r, &form); err != nil {
		return err
	}
	if form.Say != "secret" && form.Say != "not" {
		return web.ErrForm
	}
	in, id := form.Decision, ScanID(r.PathValue("id"))
	in.Secret = form.Say == "secret"
	x, err := s.Decide(r.Context(), id, in)
	if errors.Is(err, ErrInvalid) {
		return s.showSecret(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	said := map[SecretState]string{Removing: "dossier.secret-proposed", Suspected: "dossier.secret-declined",
		Confirmed: "dossier.secret-removed", NotSecret: "dossier.secret-cleared"}
	return web.Done(w, r, path(x.Dossier, "/secrets"), said[x.State])
}

func (s *Service) levelWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Level int `form:"level"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	d, err := s.SetLevel(r.Context(), DocumentID(r.PathValue("id")), in.Level)
	if err != nil {
		return err
	}
	return web.Done(w, r, path(d.Dossier, "/secrets"), "dossier.level")
}
