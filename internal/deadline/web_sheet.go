package deadline

import (
	"bytes"
	"net/http"

	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/web"
)

// Boards as spreadsheets that print like papers. They are papers of a Vietnamese
// office: their words are not translated.

// sheetMost is how many lines a spreadsheet has at most.
const sheetMost = 5000

// cutText stands below the last line of a spreadsheet that is not whole.
const cutText = "Còn nữa: bảng chỉ ghi 5.000 dòng đầu. Hãy lọc theo đơn vị, người thụ lý hoặc thời hạn rồi tải lại."

func (s *Service) boardSheet(w http.ResponseWriter, r *http.Request) error {
	v, err := s.board(r, 100)
	if err != nil {
		return err
	}
	scope := v.b.Scope
	p := s.paper(r, "Theo dõi thời hạn tố tụng", []sheet.Column{{Title: "STT", Width: 5}, {Title: "Hạn", Width: 20}, {Title: "Còn lại", Width: 16},
		{Title: "Thời hạn", Width: 34}, {Title: "Căn cứ", Width: 24}, {Title: "Số vụ án", Width: 14}, {Title: "Tên vụ án", Width: 34}, {Title: "Người", Width: 22},
		{Title: "Phải làm", Width: 24}, {Title: "Người thụ lý", Width: 20}})
	p.About = append(p.About, "Phạm vi: "+scope.VN())
	if l := v.f.Level; l != "" {
		p.About = append(p.About, "Lọc: "+l.VN())
	}
	ctx := r.Context()
	return send(w, r, p, "thoi-han.xlsx", func(yield func([]string) error) error {
		n := 0
		for {
			for _, k := range v.b.Rows.Items {
				n++
				if err := yield([]string{itoa(n), when(ctx, k.Nominal), left(ctx, k), k.Title, cites(k.Citations), k.Number, k.CaseName, k.Person, k.Actor, k.StaffName}); err != nil {
					return err
				}
			}
			if v.f.After = v.b.Rows.Next; v.f.After == "" {
				return nil
			}
			if n >= sheetMost {
				return yield([]string{"", cutText})
			}
			b, err := s.Board(ctx, scope, v.f)
			if err != nil {
				return err
			}
			v.b = b
		}
	})
}

func (s *Service) suspendedSheet(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Scope Scope `form:"scope"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	var f SuspendedFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	p := s.paper(r, "Danh sách theo dõi vụ án tạm đình chỉ", []sheet.Column{{Title: "STT", Width: 5}, {Title: "Số vụ án", Width: 14}, {Title: "Tên vụ án", Width: 40},
		{Title: "Tạm đình chỉ từ", Width: 14}, {Title: "Lý do", Width: 30}, {Title: "Đang chờ", Width: 24}, {Title: "Rà soát tới", Width: 22}, {Title: "Hết thời hiệu", Width: 14}, {Title: "Còn (ngày)", Width: 10}})
	p.About = append(p.About, "Phạm vi: "+in.Scope.VN())
	ctx := r.Context()
	return send(w, r, p, "an-tam-dinh-chi.xlsx", func(yield func([]string) error) error {
		n := 0
		for {
			rows, err := s.SuspendedNamed(ctx, in.Scope, f)
			if err != nil {
				return err
			}
			for _, x := range rows.Items {
				n++
				days := ""
				if x.Limitation != "" {
					days = itoa(x.Days)
				}
				if err := yield([]string{itoa(n), x.Number, x.Name, x.Since.VN(), x.Reason, waitingFor(ctx, x.Waiting), x.NextCheck.VN() + " (" + checkName(ctx, x.Check) + ")", x.Limitation.VN(), days}); err != nil {
					return err
				}
			}
			if f.After = rows.Next; f.After == "" {
				return nil
			}
			if n >= sheetMost {
				return yield([]string{"", cutText})
			}
		}
	})
}

// paper is what stands around a table of the asker's office.
func (s *Service) paper(r *http.Request, title string, columns []sheet.Column) sheet.Paper {
	ctx := r.Context()
	a := auth.From(ctx)
	p := sheet.Paper{Title: title, Columns: columns, Made: s.now(), Office: s.org.OfficeName(ctx, a.Office)}
	if len(a.Path) > 1 {
		p.Above = s.org.OfficeName(ctx, a.Path[len(a.Path)-2])
	}
	p.About = []string{"Ngày lập: " + civil.On(p.Made).VN()}
	return p
}

// send makes the whole file first: half of a spreadsheet opens as none.
func send(w http.ResponseWriter, r *http.Request, p sheet.Paper, name string, each func(func([]string) error) error) error {
	var b bytes.Buffer
	if err := sheet.Write(&b, p, each); err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: name, Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Modified: p.Made}, bytes.NewReader(b.Bytes()))
}
