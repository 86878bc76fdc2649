package quality

import (
	"bytes"
	"encoding/csv"
	"net/http"

	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/quality/indicator"
	"congminh/internal/site"
)

func (s *Service) indicatorRoutes(m *web.Mux) {
	m.Flash("quality.closed", "Đã chốt chỉ tiêu của kỳ.")
	m.Flash("quality.revised", "Đã ghi nhận thay đổi.")
	m.Flash("quality.noted", "Đã ghi giải trình.")
	m.Flash("quality.proposed", "Đã gửi đề xuất đánh giá lỗi tới lãnh đạo.")
	m.Flash("quality.decided", "Đã quyết định đánh giá lỗi.")
	m.Flash("quality.ranking", "Đã ghi việc cho phép xếp hạng.")
	m.Page("GET /quality", MayRead, s.boardWeb)
	m.Page("GET /quality/xlsx", MayRead, s.boardSheet)
	m.Page("GET /quality/csv", MayRead, s.boardCSV)
	m.Page("POST /quality/close", MayManage, s.closeWeb)
	m.Page("GET /quality/indicators/{id}", MayRead, s.indicatorWeb)
	m.Page("POST /quality/indicators/{id}/notes", MayAssess, s.explainWeb)
	m.Page("POST /quality/indicators/{id}/revise", MayManage, s.reviseWeb)
	m.Page("GET /quality/faults", MayRead, s.faultsWeb)
	m.Page("GET /quality/faults/xlsx", MayRead, s.faultsSheet)
	m.Page("GET /quality/faults/line", MayRead, s.faultWeb)
	m.Page("POST /quality/faults/line", MayAssess, s.proposeWeb)
	m.Page("POST /quality/faults/decide", MayManage, s.decideWeb)
	m.Page("GET /quality/gaming", MayRead, s.gamingWeb)
	m.Page("GET /quality/sets", MayRead, s.setsWeb)
	m.Page("GET /quality/sets/{id}/{version}", MayRead, s.setWeb)
	m.Page("POST /quality/ranking", MayManage, s.rankingWeb)
}

func (s *Service) boardWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	var f struct {
		State indicator.State `form:"state" enum:",met,exceeded,failed,none,early,unknown"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	b, err := s.Board(r.Context(), a.Office, a.Period)
	if err != nil {
		return err
	}
	_, manage := s.reach(r.Context(), MayManage, a.Office)
	return web.Show(w, r, http.StatusOK, boardPage(a, b, f.State, manage == nil && !b.Closed && a.Period.To < s.today()))
}

func (s *Service) closeWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	if !web.Sure(r) {
		return web.Show(w, r, http.StatusOK, closePage(a, closeAsk(r.Context(), a)))
	}
	if err := s.CloseResults(r.Context(), a.Office, a.Period); err != nil {
		return err
	}
	return web.Done(w, r, a.Href("/quality"), "quality.closed")
}

// said is what a form of an indicator held, and what is wrong with it.
type said struct {
	Body   string `form:"body,lines" maxLength:"4000"`
	Reason string `form:"reason" maxLength:"1000"`
	wrong  error
}

func (s *Service) indicatorWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showIndicator(w, r, http.StatusOK, said{})
}

func (s *Service) showIndicator(w http.ResponseWriter, r *http.Request, status int, x said) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	d, err := s.Detail(ctx, a.Office, a.Period, r.PathValue("id"))
	if err != nil {
		return err
	}
	_, assess := s.reach(ctx, MayAssess, a.Office)
	_, manage := s.reach(ctx, MayManage, a.Office)
	return web.Show(w, r, status, indicatorPage(a, d, x, assess == nil && mine(ctx, a.Office), manage == nil))
}

func (s *Service) explainWeb(w http.ResponseWriter, r *http.Request) error {
	return s.sayIndicator(w, r, "quality.noted", func(a asked, x said) error {
		return s.Explain(r.Context(), a.Office, a.Period, r.PathValue("id"), x.Body)
	})
}

func (s *Service) reviseWeb(w http.ResponseWriter, r *http.Request) error {
	return s.sayIndicator(w, r, "quality.revised", func(a asked, x said) error {
		return s.ReviseResult(r.Context(), a.Office, a.Period, r.PathValue("id"), x.Reason)
	})
}

func (s *Service) sayIndicator(w http.ResponseWriter, r *http.Request, flash string, do func(asked, said) error) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	var x said
	if err := web.Form(r, &x); err != nil {
		return err
	}
	err = do(a, x)
	if status, ok := refused(err); ok {
		x.wrong = err
		return s.showIndicator(w, r, status, x)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, a.Href("/quality/indicators/"+r.PathValue("id")), flash)
}

// faultView is a list of lines to assess as a page shows it.
type faultView struct {
	asked
	FaultFilter
	kinds []FaultKind
}

func (s *Service) faultList(r *http.Request) (v faultView, list page.Of[Fault], err error) {
	if v.asked, err = s.read(r); err != nil {
		return v, list, err
	}
	if err = web.Form(r, &v.FaultFilter); err != nil {
		return v, list, err
	}
	v.kinds = s.FaultKinds
	list, err = s.Faults(r.Context(), v.Office, v.Period, v.FaultFilter)
	return v, list, err
}

func (s *Service) faultsWeb(w http.ResponseWriter, r *http.Request) error {
	v, list, err := s.faultList(r)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, faultsPage(v, list))
}

// faultForm is what the forms of an assessment held.
type faultForm struct {
	Subject
	Opinion
	Rev    int    `form:"rev" minimum:"0"`
	Accept string `form:"accept" enum:",on,off"`
	Answer string `form:"answer" maxLength:"1000"`
	wrong  error
	people []site.Option
	files  []site.Link
}

func (s *Service) faultWeb(w http.ResponseWriter, r *http.Request) error {
	var x faultForm
	if err := web.Form(r, &x.Subject); err != nil {
		return err
	}
	return s.showFault(w, r, http.StatusOK, x)
}

func (s *Service) showFault(w http.ResponseWriter, r *http.Request, status int, x faultForm) error {
	ctx := r.Context()
	a, err := s.Assessment(ctx, x.Subject)
	if err != nil {
		return err
	}
	if a.MayPropose {
		people, err := s.responsible(ctx, a.Office)
		if err != nil {
			return err
		}
		x.people = append(x.people, site.Option{Text: "—"})
		for _, p := range people {
			if !p.Has(org.SysAdmin) {
				x.people = append(x.people, site.Option{Value: string(p.ID), Text: p.Name})
			}
		}
	}
	// Folios of the assessment lead to the files of the case, where one may read them.
	if s.files != nil {
		if ds, err := s.files.OfCase(ctx, a.Case); err == nil {
			for _, d := range ds {
				x.files = append(x.files, site.Link{Text: d.Title, Href: "/dossiers/" + string(d.ID) + "/read"})
			}
		}
	}
	return web.Show(w, r, status, faultPage(a, x))
}

func (s *Service) proposeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.sayFault(w, r, "quality.proposed", func(x faultForm) error { return s.ProposeFault(r.Context(), x.Subject, x.Rev, x.Opinion) })
}

func (s *Service) decideWeb(w http.ResponseWriter, r *http.Request) error {
	return s.sayFault(w, r, "quality.decided", func(x faultForm) error {
		return s.DecideFault(r.Context(), x.Subject, x.Rev, x.Accept == "on", x.Answer)
	})
}

func (s *Service) sayFault(w http.ResponseWriter, r *http.Request, flash string, do func(faultForm) error) error {
	var x faultForm
	for _, in := range []any{&x.Subject, &x.Opinion, &x} {
		if err := web.Form(r, in); err != nil {
			return err
		}
	}
	err := do(x)
	if status, ok := refused(err); ok {
		x.wrong = err
		return s.showFault(w, r, status, x)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, linePath(x.Subject), flash)
}

func (s *Service) gamingWeb(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	signs, err := s.Signs(r.Context(), a.Office, a.Period)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, gamingPage(a, signs, s.Patterns))
}

func (s *Service) setsWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showSets(w, r, http.StatusOK, "", nil)
}

func (s *Service) showSets(w http.ResponseWriter, r *http.Request, status int, reason string, wrong error) error {
	sets, err := s.TargetSets(r.Context())
	if err != nil {
		return err
	}
	switched, err := s.Ranking(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, status, setsPage(sets, switched, s.today(), s.MaySwitch(r.Context()), reason, wrong))
}

func (s *Service) setWeb(w http.ResponseWriter, r *http.Request) error {
	set, base, changes, err := s.TargetSet(r.Context(), r.PathValue("id")+"/"+r.PathValue("version"))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, setPage(set, base, changes))
}

func (s *Service) rankingWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		On     string `form:"on" enum:"on,off"`
		Reason string `form:"reason" maxLength:"1000"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := s.SetRanking(r.Context(), in.On == "on", in.Reason)
	if status, ok := refused(err); ok {
		return s.showSets(w, r, status, in.Reason, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/quality/sets", "quality.ranking")
}

// Spreadsheets and CSV. They are papers of a Vietnamese office: their words are not
// translated.

var boardColumns = []sheet.Column{{Title: "Số", Width: 7}, {Title: "Chỉ tiêu", Width: 60}, {Title: "Mức", Width: 16}, {Title: "Số lượng", Width: 11}, {Title: "Trên tổng số", Width: 11},
	{Title: "Tỷ lệ %", Width: 10}, {Title: "Kết quả", Width: 20}, {Title: "Chưa đánh giá lỗi", Width: 12}, {Title: "Kỳ trước", Width: 12}, {Title: "Cùng kỳ năm trước", Width: 12}, {Title: "Đã chốt", Width: 14}, {Title: "Ghi chú", Width: 40}}

// boardCells is a row of the board as a paper writes it.
func boardCells(r Row) []string {
	kept := ""
	if r.Kept != nil {
		kept = plain(r.Indicator, r.Kept.Value)
	}
	num, den, rate := "", "", ""
	if r.NumOf != nil {
		num = itoa(r.Now.Num)
		if r.DenOf != nil {
			den = itoa(r.Now.Den)
		}
		rate = percentText(r.Now.Value)
	}
	note := r.Missing
	if note == "" {
		note = r.Note
	}
	return []string{r.No(), r.Name, r.Target.Words(), num, den, rate, r.Now.State.VN(), itoa(r.Now.Pending), plain(r.Indicator, r.Before), plain(r.Indicator, r.LastYear), kept, note}
}

func (s *Service) boardSheet(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	b, err := s.Board(r.Context(), a.Office, a.Period)
	if err != nil {
		return err
	}
	return s.sendTable(w, r, a, "chi-tieu.xlsx", "Chỉ tiêu công tác", boardColumns, func(yield func([]string) error) error {
		for _, row := range b.Rows {
			if err := yield(boardCells(row)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sendTable sends a spreadsheet. The whole file is made first: half of one opens as none.
func (s *Service) sendTable(w http.ResponseWriter, r *http.Request, a asked, name, title string, columns []sheet.Column, each func(func([]string) error) error) error {
	p := sheet.Paper{Office: s.org.OfficeName(r.Context(), a.Office), Title: title, Made: s.now(), Columns: columns,
		About: []string{"Kỳ: " + a.Period.From.VN() + "–" + a.Period.To.VN(), "Ngày lập: " + s.today().VN()}}
	if o, err := s.org.Office(r.Context(), a.Office); err == nil && o.Parent != "" {
		p.Above = s.org.OfficeName(r.Context(), o.Parent)
	}
	var out bytes.Buffer
	if err := sheet.Write(&out, p, each); err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: name, Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Modified: s.now()}, bytes.NewReader(out.Bytes()))
}

func (s *Service) boardCSV(w http.ResponseWriter, r *http.Request) error {
	a, err := s.read(r)
	if err != nil {
		return err
	}
	b, err := s.Board(r.Context(), a.Office, a.Period)
	if err != nil {
		return err
	}
	out := bytes.NewBufferString("\ufeff") // without it Excel reads Vietnamese wrong
	c := csv.NewWriter(out)
	head := make([]string, 0, len(boardColumns))
	for _, x := range boardColumns {
		head = append(head, x.Title)
	}
	rows := [][]string{head}
	for _, row := range b.Rows {
		rows = append(rows, boardCells(row))
	}
	if err := c.WriteAll(rows); err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: "chi-tieu.csv", Type: "text/csv; charset=utf-8", Modified: s.now()}, bytes.NewReader(out.Bytes()))
}

// listMost is how many lines a spreadsheet has at most.
const listMost = 5000

// cutLine stands below the last line of a spreadsheet that is not whole.
const cutLine = "Còn nữa: bảng chỉ ghi 5.000 dòng đầu. Hãy lọc rồi tải lại."

func (s *Service) faultsSheet(w http.ResponseWriter, r *http.Request) error {
	v, list, err := s.faultList(r)
	if err != nil {
		return err
	}
	columns := []sheet.Column{{Title: "STT", Width: 6}, {Title: "Ngày", Width: 12}, {Title: "Số vụ án", Width: 16}, {Title: "Tên vụ án", Width: 40}, {Title: "Người", Width: 24},
		{Title: "Việc phải đánh giá", Width: 36}, {Title: "Đánh giá", Width: 18}, {Title: "Ai có lỗi", Width: 20}, {Title: "Chờ quyết định", Width: 16}}
	return s.sendTable(w, r, v.asked, "danh-gia-loi.xlsx", "Danh sách đánh giá lỗi", columns, func(yield func([]string) error) error {
		n := 0
		for {
			for _, f := range list.Items {
				n++
				if err := yield([]string{itoa(n), f.Day.VN(), f.Number, f.CaseName, f.Who, f.Kind, f.Verdict.VN(), f.Party.VN(), f.Waiting.VN()}); err != nil {
					return err
				}
			}
			if v.After = list.Next; v.After == "" {
				return nil
			}
			if n >= listMost {
				return yield([]string{"", cutLine})
			}
			if list, err = s.Faults(r.Context(), v.Office, v.Period, v.FaultFilter); err != nil {
				return err
			}
		}
	})
}
