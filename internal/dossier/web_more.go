package dossier

import (
	"congminh/internal/kit/web"
	"congminh/internal/seal"
)

// webMore registers the larger screens, each in a file of its own.
func (s *Service) webMore(m *web.Mux) {
	m.Page("GET /dossiers/{id}/sheets", MayIntake, s.sheetsWeb)
	s.readerRoutes(m)
	s.checkRoutes(m)
	s.indexRoutes(m)
	s.exhibitRoutes(m)
	s.redactRoutes(m)
	s.secretRoutes(m)
	m.Page("GET /dossiers/{id}/journal", MayRead, s.journalWeb)
	m.Page("POST /dossiers/{id}/seal", seal.MayCertify, web.Fresh(s.certifyWeb))
	m.Page("GET /dossiers/{id}/package", MayExport, s.packageWeb)
	m.Flash("dossier.sealed", "Đã ký chứng thực các tài liệu của hồ sơ.")
}
