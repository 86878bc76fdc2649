package archive

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"congminh/internal/archive/label"
	"congminh/internal/criminal"
	"congminh/internal/criminal/sheet"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/site"
)

func (s *Service) web(m *web.Mux) {
	m.Menu("Kho lưu trữ", "/archive", MayRead)
	m.Handle("GET /static/archive/", auth.Anyone, assets)
	m.Flash("archive.saved", "Đã ghi.")
	m.Flash("archive.lent", "Đã cho mượn. Hãy in phiếu để hai bên ký.")
	m.Flash("archive.back", "Đã nhận lại hồ sơ.")
	m.Flash("archive.handover", "Đã lập biên bản bàn giao. Hồ sơ chuyển người giữ khi hai bên đã xác nhận.")
	m.Flash("archive.taken", "Đã nhận bàn giao. Hồ sơ nay do bạn giữ.")
	m.Flash("archive.stored", "Đã nộp lưu. Hãy in biên bản để hai bên ký.")
	m.Flash("archive.proposed", "Đã gửi đề nghị tiêu hủy tới lãnh đạo.")
	m.Flash("archive.destroyed", "Đã ghi biên bản tiêu hủy.")
	m.Page("GET /archive", MayRead, s.deskWeb)
	m.Page("GET /archive/volumes", MayRead, s.volumesWeb)
	m.Page("GET /archive/volumes/xlsx", MayRead, s.volumesSheet)
	m.Page("GET /archive/volumes/{id}", MayRead, s.volumeWeb)
	m.Page("POST /archive/volumes/{id}", MayLend, s.editVolumeWeb)
	m.Page("POST /archive/volumes/{id}/move", MayLend, s.moveWeb)
	m.Page("GET /archive/volumes/{id}/label", MayLend, s.labelWeb)
	m.Page("GET /archive/files", MayRead, s.filesWeb)
	m.Page("GET /archive/files/xlsx", MayRead, s.filesSheet)
	m.Page("GET /archive/files/{id}", MayRead, s.fileWeb)
	m.Page("GET /archive/files/{id}/labels", MayLend, s.labelsWeb)
	m.Page("GET /archive/files/{id}/volumes/new", MayLend, s.newVolumeWeb)
	m.Page("POST /archive/files/{id}/volumes", MayLend, s.addVolumeWeb)
	s.slipRoutes(m)
	s.endRoutes(m)
}

// shown reports whether a refusal is shown on the form it is about, and the status.
func shown(err error) (int, bool) {
	if err == nil {
		return 0, false
	}
	k := fault.From(err).Kind
	return k.Status(), k == fault.Invalid || k == fault.Conflict
}

// with is the address of the list at r with one thing changed; a change of order
// begins at the first page. No value, no address.
func with(r *http.Request, name, value string) string {
	if value == "" {
		return ""
	}
	q := url.Values{}
	for k, v := range r.URL.Query() {
		if k != "after" {
			q[k] = v
		}
	}
	q.Set(name, value)
	return "?" + q.Encode()
}

// same is the query of r without the page it is at, for the spreadsheet of a list.
func same(r *http.Request) string {
	q := r.URL.Query()
	q.Del("after")
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func itoa(n int) string { return strconv.Itoa(n) }

func (s *Service) deskWeb(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Desk(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, deskPage(d))
}

// listView is a list as a page shows it.
type listView struct {
	next, sheet string
	by          func(string) string
}

func viewOf(r *http.Request, next string) listView {
	return listView{with(r, "after", next), r.URL.Path + "/xlsx" + same(r), func(sort string) string { return with(r, "sort", sort) }}
}

func (s *Service) volumesWeb(w http.ResponseWriter, r *http.Request) error {
	var f VolumeFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if id, ok := strings.CutPrefix(f.Words, codePrefix); ok { // a scanner typed the code of a label
		return web.Go(w, r, volumePath(VolumeID(url.PathEscape(id)), ""))
	}
	vs, err := s.Volumes(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, volumesPage(vs, f, viewOf(r, vs.Next)))
}

func volumePath(id VolumeID, more string) string { return "/archive/volumes/" + string(id) + more }
func filePath(id dossier.ID, more string) string { return "/archive/files/" + string(id) + more }
func slipPath(id SlipID, more string) string     { return "/archive/slips/" + string(id) + more }
func handPath(id HandoverID, more string) string { return "/archive/handovers/" + string(id) + more }
func endPath(id DestructionID, more string) string {
	return "/archive/destructions/" + string(id) + more
}

func volumeID(r *http.Request) VolumeID { return VolumeID(r.PathValue("id")) }
func fileID(r *http.Request) dossier.ID { return dossier.ID(r.PathValue("id")) }

// people are the colleagues to choose from.
func (s *Service) colleagues(ctx context.Context, first string, ok func(org.Staff) bool) (out []site.Option, err error) {
	all, err := s.people.Colleagues(ctx, auth.From(ctx).Office)
	out = append(out, site.Option{Text: first})
	for _, p := range all {
		if !p.Has(org.SysAdmin) && ok(p) {
			out = append(out, site.Option{Value: string(p.ID), Text: p.Name})
		}
	}
	return out, err
}

func anyone(org.Staff) bool { return true }

// heads names an office and the one above it, for the head of a paper.
func (s *Service) heads(ctx context.Context, id auth.Office) (h head, err error) {
	o, err := s.cases.Office(ctx, id)
	if err != nil || o.Parent == "" {
		return head{"", o.Name}, err
	}
	up, err := s.cases.Office(ctx, o.Parent)
	return head{up.Name, o.Name}, err
}

type head struct{ above, office string }

// volumeView is one volume with what may be done to it.
type volumeView struct {
	v      Volume
	steps  []Step
	people []site.Option
	edit   NewVolume
	move   Move
	wrong  error
}

func (s *Service) volumeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showVolume(w, r, http.StatusOK, volumeView{})
}

func (s *Service) showVolume(w http.ResponseWriter, r *http.Request, status int, x volumeView) (err error) {
	ctx := r.Context()
	if x.v, x.steps, err = s.Volume(ctx, volumeID(r)); err != nil {
		return err
	}
	if x.wrong == nil {
		x.edit = NewVolume{N: x.v.N, Title: x.v.Title, From: x.v.From, To: x.v.To, Folios: x.v.Folios}
	}
	if May(ctx, MayLend) {
		if x.people, err = s.colleagues(ctx, "—", anyone); err != nil {
			return err
		}
	}
	return web.Show(w, r, status, volumePage(x))
}

func (s *Service) editVolumeWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewVolume
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.EditVolume(r.Context(), volumeID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showVolume(w, r, status, volumeView{edit: in, wrong: err})
	}
	return s.done(w, r, err, volumePath(volumeID(r), ""), "archive.saved")
}

// done leads on when err is nil.
func (s *Service) done(w http.ResponseWriter, r *http.Request, err error, path, flash string) error {
	if err != nil {
		return err
	}
	return web.Done(w, r, path, flash)
}

func (s *Service) moveWeb(w http.ResponseWriter, r *http.Request) error {
	var in Move
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.Move(r.Context(), volumeID(r), in)
	}
	if status, ok := shown(err); ok {
		v, _, openErr := s.Volume(r.Context(), volumeID(r))
		if openErr != nil {
			return openErr
		}
		edit := NewVolume{N: v.N, Title: v.Title, From: v.From, To: v.To, Folios: v.Folios}
		return s.showVolume(w, r, status, volumeView{edit: edit, move: in, wrong: err})
	}
	return s.done(w, r, err, volumePath(volumeID(r), ""), "archive.saved")
}

func (s *Service) labelWeb(w http.ResponseWriter, r *http.Request) error {
	v, _, err := s.Volume(r.Context(), volumeID(r))
	if err != nil {
		return err
	}
	return s.sendLabels(w, r, []Volume{v})
}

func (s *Service) labelsWeb(w http.ResponseWriter, r *http.Request) error {
	x, err := s.Dossier(r.Context(), fileID(r))
	if err != nil {
		return err
	}
	if len(x.Volumes) == 0 {
		return ErrNoVolume
	}
	return s.sendLabels(w, r, x.Volumes)
}

func (s *Service) sendLabels(w http.ResponseWriter, r *http.Request, vs []Volume) error {
	office := s.people.OfficeName(r.Context(), auth.From(r.Context()).Office)
	var ls []label.Label
	for _, v := range vs {
		ls = append(ls, label.Label{Code: v.Code(), Office: office, Case: v.CaseName, Number: v.CaseNumber, File: v.File, Name: v.Name(), Folios: v.Cite(), Place: v.Place.String()})
	}
	var b bytes.Buffer
	if err := label.Write(&b, ls, s.now()); err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: "nhan-tap-ho-so.pdf", Type: "application/pdf", Inline: true, Modified: s.now()}, bytes.NewReader(b.Bytes()))
}

func (s *Service) filesWeb(w http.ResponseWriter, r *http.Request) error {
	var f FileFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	fs, err := s.Files(r.Context(), f)
	if err != nil {
		return err
	}
	rs, err := s.Rules(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, filesPage(fs, f, viewOf(r, fs.Next), rs, s.today()))
}

// fileView is the sheet of a file with what may be done to it.
type fileView struct {
	Sheet
	rules     []Rule
	people    []site.Option
	today     civil.Date
	appraisal Appraisal
	reason    string
	why       string
	lift      HoldID // the hold that why is about
	wrong     error
}

func (s *Service) fileWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showFile(w, r, http.StatusOK, fileID(r), fileView{})
}

func (s *Service) showFile(w http.ResponseWriter, r *http.Request, status int, d dossier.ID, x fileView) error {
	ctx := r.Context()
	var err error
	if x.Sheet, err = s.Dossier(ctx, d); err != nil {
		return err
	}
	if x.rules, err = s.Rules(ctx); err != nil {
		return err
	}
	x.today = s.today()
	if x.appraisal.Rule == "" {
		if x.appraisal.Rule = x.File.Rule; x.appraisal.Rule == "" {
			x.appraisal.Rule = proposal(x.rules, x.File)
		}
	}
	if x.wrong == nil {
		x.appraisal.Opinion = x.File.Opinion
	}
	return web.Show(w, r, status, filePage(x))
}

func (s *Service) newVolumeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showNewVolume(w, r, http.StatusOK, NewVolume{}, nil)
}

func (s *Service) showNewVolume(w http.ResponseWriter, r *http.Request, status int, in NewVolume, wrong error) error {
	x, err := s.Dossier(r.Context(), fileID(r))
	if err != nil {
		return err
	}
	if wrong == nil { // the next volume goes on where the last one ends, and stands beside it
		if n := len(x.Volumes); n > 0 {
			in.Place = x.Volumes[n-1].Place
			if last := x.Volumes[n-1].To; last > 0 && last < x.File.Folios {
				in.From, in.To = last+1, x.File.Folios
			}
		} else if x.File.Folios > 0 {
			in.From, in.To = 1, x.File.Folios
		}
	}
	return web.Show(w, r, status, newVolumePage(x, in, wrong))
}

func (s *Service) addVolumeWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewVolume
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.AddVolume(r.Context(), fileID(r), in)
	}
	if status, ok := shown(err); ok {
		return s.showNewVolume(w, r, status, in, err)
	}
	return s.done(w, r, err, filePath(fileID(r), ""), "archive.saved")
}

// Spreadsheets that print like papers. They are papers of a Vietnamese office: their
// words are not translated.

// sheetMost is how many lines a spreadsheet has at most.
const sheetMost = 5000

// cutText stands below the last line of a spreadsheet that is not whole.
const cutText = "Còn nữa: bảng chỉ ghi 5.000 dòng đầu. Hãy lọc rồi tải lại."

// send writes every page of a list into a spreadsheet. The whole file is made first:
// half of one opens as none.
func send[T any](s *Service, w http.ResponseWriter, r *http.Request, name, title string, columns []sheet.Column, read func(page.Req) (page.Of[T], error), cells func(T) []string) error {
	ctx := r.Context()
	h, err := s.heads(ctx, auth.From(ctx).Office)
	if err != nil {
		return err
	}
	p := sheet.Paper{Above: h.above, Office: h.office, Title: title, Made: s.now(), About: []string{"Ngày lập: " + s.today().VN()}, Columns: append([]sheet.Column{{Title: "STT", Width: 5}}, columns...)}
	var b bytes.Buffer
	err = sheet.Write(&b, p, func(yield func([]string) error) error {
		req, n := page.Req{Limit: 100}, 0
		for {
			rows, err := read(req)
			if err != nil {
				return err
			}
			for _, x := range rows.Items {
				n++
				if err := yield(append([]string{itoa(n)}, cells(x)...)); err != nil {
					return err
				}
			}
			if req.After = rows.Next; rows.Next == "" {
				return nil
			}
			if n >= sheetMost {
				return yield([]string{"", cutText})
			}
		}
	})
	if err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: name, Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Modified: s.now()}, bytes.NewReader(b.Bytes()))
}

func (s *Service) volumesSheet(w http.ResponseWriter, r *http.Request) error {
	var f VolumeFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "Số vụ án", Width: 14}, {Title: "Tên vụ án", Width: 34}, {Title: "Hồ sơ", Width: 30}, {Title: "Tập", Width: 20}, {Title: "Bút lục", Width: 14},
		{Title: "Số tờ", Width: 8}, {Title: "Vị trí", Width: 28}, {Title: "Tình trạng", Width: 18}, {Title: "Người giữ, mượn", Width: 22}, {Title: "Hạn trả", Width: 12}}
	return send(s, w, r, "tap-ho-so.xlsx", "Sổ quản lý tập hồ sơ giấy", columns, func(p page.Req) (page.Of[Volume], error) {
		f.Req = p
		return s.Volumes(r.Context(), f)
	}, func(v Volume) []string {
		return []string{v.CaseNumber, v.CaseName, v.File, v.Name(), v.Cite(), itoa(v.Folios), v.Place.String(), v.Where().VN(), v.HolderName + v.Borrower, v.Due.VN()}
	})
}

func (s *Service) filesSheet(w http.ResponseWriter, r *http.Request) error {
	var f FileFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	rs, err := s.Rules(r.Context())
	if err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "Số vụ án", Width: 14}, {Title: "Tên vụ án", Width: 34}, {Title: "Hồ sơ", Width: 30}, {Title: "Số tập", Width: 8}, {Title: "Số bút lục", Width: 9},
		{Title: "Ngày đóng", Width: 12}, {Title: "Trạng thái", Width: 20}, {Title: "Loại hồ sơ", Width: 30}, {Title: "Bảo quản đến", Width: 14}, {Title: "Tạm dừng hủy", Width: 10}, {Title: "SHA-256 gói chứng cứ", Width: 40}}
	return send(s, w, r, "ho-so-luu-tru.xlsx", "Sổ quản lý hồ sơ lưu trữ", columns, func(p page.Req) (page.Of[File], error) {
		f.Req = p
		return s.Files(r.Context(), f)
	}, func(x File) []string {
		held := ""
		if x.Holds > 0 {
			held = "Có"
		}
		return []string{x.CaseNumber, x.CaseName, x.Title, itoa(x.Volumes), itoa(x.Folios), x.Closed.VN(), x.Stage.VN(), ruleName(rs, x.Rule), x.keptText(), held, x.Package}
	})
}

// keptText is how long f is kept, as papers say it.
func (f File) keptText() string {
	switch {
	case f.Rule == "":
		return ""
	case f.RuleVersion == 0:
		return "Chưa xác nhận"
	case f.Permanent:
		return "Vĩnh viễn"
	}
	return f.Until.VN()
}

// hang puts the paper of a case on the page of the case.
func (s *Service) hang() {
	s.cases.Hang(criminal.Panel{Title: "Hồ sơ giấy", Show: func(ctx context.Context, c criminal.ID) (templ.Component, error) {
		if !May(ctx, MayRead) {
			return nil, nil
		}
		vs, out, err := s.OfCase(ctx, c)
		if errors.Is(err, auth.ErrMay) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		var ds []dossier.Dossier
		if May(ctx, dossier.MayRead) {
			if ds, err = s.files.OfCase(ctx, c); err != nil {
				return nil, err
			}
		}
		return casePanel(c, vs, out, ds, s.today()), nil
	}})
}
