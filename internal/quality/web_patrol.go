package quality

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/quality/watchlist"
	"congminh/internal/site"
	"congminh/internal/stats/period"
)

func (s *Service) patrolRoutes(m *web.Mux) {
	m.Flash("quality.reminded", "Đã ghi việc nhắc miệng và báo cho người thụ lý.")
	m.Flash("quality.noticed", "Đã ra thông báo giám sát. Hãy in để ký, gửi.")
	m.Flash("quality.answered", "Đã gửi trả lời.")
	m.Flash("quality.judged", "Đã ghi đánh giá.")
	m.Flash("quality.ledger", "Đã chốt sổ giám sát tháng.")
	m.Page("GET /quality/patrol", MayRead, s.patrolWeb)
	m.Page("GET /quality/patrol/xlsx", MayRead, s.patrolSheet)
	m.Page("GET /quality/patrol/print", MayRead, s.patrolPrint)
	m.Page("GET /quality/patrol/{id}", MayRead, s.watchedWeb)
	m.Page("POST /quality/patrol/{id}/remind", MayWatch, s.remindWeb)
	m.Page("POST /quality/patrol/{id}/answer", MayRead, s.answerWatchedWeb)
	m.Page("POST /quality/patrol/{id}/judge", MayWatch, s.judgeWatchedWeb)
	m.Page("POST /quality/patrol/{id}/notice", MayWatch, s.giveNoticeWeb)
	m.Page("GET /quality/notices", MayRead, s.noticesWeb)
	m.Page("GET /quality/notices/{id}", MayRead, s.watchNoticeWeb)
	m.Page("GET /quality/notices/{id}/print", MayRead, s.noticePrint)
	m.Page("POST /quality/notices/{id}/answer", MayRead, s.answerNoticeWeb)
	m.Page("POST /quality/notices/{id}/judge", MayWatch, s.judgeNoticeWeb)
	m.Page("GET /quality/ledger", MayWatch, s.watchLedgerWeb)
	m.Page("GET /quality/ledger/xlsx", MayWatch, s.watchLedgerSheet)
	m.Page("POST /quality/ledger/close", MayWatch, s.closeWatchLedgerWeb)
}

// patrolView is the patrol list as a page shows it.
type patrolView struct {
	f        WatchFilter
	list     page.Of[Watched]
	sum      map[watchlist.Group]map[watchlist.Severity]int
	handlers []org.Staff
	watches  bool // the asker supervises
	today    civil.Date
	query    url.Values
	round    string // when the last whole patrol went round
	above    string
	office   string
	rows     []Watched // of a print
}

// with is the address of the list with one thing changed, from the first page.
func (v patrolView) with(path, name, value string) string {
	q := url.Values{}
	for k, x := range v.query {
		if k != "after" {
			q[k] = x
		}
	}
	if q.Del(name); value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (s *Service) patrolView(r *http.Request) (v patrolView, err error) {
	if err := web.Form(r, &v.f); err != nil {
		return v, err
	}
	ctx := r.Context()
	v.query, v.today, v.watches = r.URL.Query(), s.today(), auth.From(ctx).May(MayWatch)
	var at *time.Time
	if v.handlers, at, err = s.watchers(ctx); at != nil {
		v.round = vnMoment(*at)
	}
	return v, err
}

func (s *Service) patrolWeb(w http.ResponseWriter, r *http.Request) error {
	v, err := s.patrolView(r)
	if err != nil {
		return err
	}
	if v.list, err = s.Watchlist(r.Context(), v.f); err != nil {
		return err
	}
	if v.sum, err = s.WatchSum(r.Context(), v.f); err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, patrolPage(v))
}

// sheetMost is the most rows a spreadsheet or a print of findings has.
const sheetMost = 5000

// eachWatched calls f for every finding of a list, at most n.
func (s *Service) eachWatched(ctx context.Context, q WatchFilter, n int, f func(Watched) error) error {
	q.After, q.Limit = "", 100
	for {
		got, err := s.Watchlist(ctx, q)
		if err != nil {
			return err
		}
		for _, x := range got.Items {
			if n--; n < 0 {
				return nil
			}
			if err := f(x); err != nil {
				return err
			}
		}
		if q.After = got.Next; got.Next == "" {
			return nil
		}
	}
}

func (s *Service) patrolSheet(w http.ResponseWriter, r *http.Request) error {
	v, err := s.patrolView(r)
	if err != nil {
		return err
	}
	p := sheet.Paper{Title: "Danh sách tuần tra giám sát", About: []string{"Ngày lập: " + v.today.VN()}, Columns: []sheet.Column{{Title: "STT", Width: 5}, {Title: "Số vụ án", Width: 14}, {Title: "Tên vụ án", Width: 30},
		{Title: "Nhóm", Width: 18}, {Title: "Mức", Width: 12}, {Title: "Phát hiện", Width: 50}, {Title: "Cần làm", Width: 40}, {Title: "Bút lục", Width: 8}, {Title: "Người thụ lý", Width: 20}, {Title: "Ngày phát hiện", Width: 13}, {Title: "Tình trạng", Width: 15}, {Title: "Hạn", Width: 12}}}
	return s.sendSheet(w, r, "tuan-tra.xlsx", p, func(yield func([]string) error) error {
		n := 0
		return s.eachWatched(r.Context(), v.f, sheetMost, func(x Watched) error {
			n++
			return yield([]string{count(n), x.Number, x.CaseName, x.Group.VN(), x.Severity.VN(), x.Text, x.Todo, folio(x.Folio), x.Handler, civil.On(x.Found).VN(), x.State().VN(), x.Due.VN()})
		})
	})
}

// sendSheet sends a spreadsheet with the heads of the asker's office.
func (s *Service) sendSheet(w http.ResponseWriter, r *http.Request, name string, p sheet.Paper, each func(func([]string) error) error) (err error) {
	if p.Above, p.Office, err = s.paperHeads(r.Context()); err != nil {
		return err
	}
	p.Made = s.now()
	var b bytes.Buffer
	if err := sheet.Write(&b, p, each); err != nil {
		return err
	}
	return web.File(w, r, web.Attachment{Name: name, Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Modified: s.now()}, bytes.NewReader(b.Bytes()))
}

// paperHeads are the names at the top of a paper of the asker's office.
func (s *Service) paperHeads(ctx context.Context) (above, office string, err error) {
	o, err := s.org.Office(ctx, auth.From(ctx).Office)
	if err == nil && o.Parent != "" {
		above = s.org.OfficeName(ctx, o.Parent)
	}
	return above, o.Name, err
}

// printMost is the most rows a print has: more is for the spreadsheet.
const printMost = 500

func (s *Service) patrolPrint(w http.ResponseWriter, r *http.Request) error {
	v, err := s.patrolView(r)
	if err != nil {
		return err
	}
	if v.above, v.office, err = s.paperHeads(r.Context()); err != nil {
		return err
	}
	err = s.eachWatched(r.Context(), v.f, printMost, func(x Watched) error {
		v.rows = append(v.rows, x)
		return nil
	})
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, patrolPaper(v))
}

// watchedView is a finding as its page shows it.
type watchedView struct {
	w      Watched
	steps  []WatchStep
	others []Watched // of the same case, that one notice may cover too
	acts   []site.Option
	me     org.StaffID
	watch  bool // the asker may supervise it
	in     watchedForm
	wrong  error
	answer civil.Date // due, if a notice is given now
}

// watchedForm is what the forms on that page send.
type watchedForm struct {
	Note     string      `form:"note,lines" maxLength:"2000"`
	Ask      string      `form:"ask,lines" maxLength:"2000"`
	More     []WatchedID `form:"more"`
	Remedied string      `form:"remedied" maxLength:"3"`
	WatchReply
}

func (s *Service) watchedWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showWatched(w, r, http.StatusOK, watchedForm{}, nil)
}

func (s *Service) showWatched(w http.ResponseWriter, r *http.Request, status int, in watchedForm, wrong error) (err error) {
	ctx, v := r.Context(), watchedView{in: in, wrong: wrong}
	if v.w, v.steps, err = s.Watched(ctx, WatchedID(r.PathValue("id"))); err != nil {
		return err
	}
	a := auth.From(ctx)
	v.me, v.answer = org.StaffID(a.ID), s.workdays(ctx, s.Watch.Handle.AnswerDays)
	v.watch = a.May(MayWatch) && v.w.Staff != v.me
	if v.acts, err = s.actOptions(ctx, v.w); err != nil {
		return err
	}
	if v.watch {
		f := WatchFilter{Case: v.w.Case}
		err = s.eachWatched(ctx, f, 50, func(x Watched) error {
			if x.ID != v.w.ID && x.Notice == "" {
				v.others = append(v.others, x)
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	return web.Show(w, r, status, watchedPage(v))
}

// actOptions are the acts of a case that may prove an answer, the last first.
func (s *Service) actOptions(ctx context.Context, w Watched) ([]site.Option, error) {
	led, _, err := s.cases.Acts(ctx, w.Case, "")
	if err != nil {
		return nil, err
	}
	out := []site.Option{{Value: "", Text: "—"}}
	acts, cat := ledger.Standing(&led), s.cases.Law(ctx)
	for i := len(acts) - 1; i >= 0; i-- {
		title := acts[i].Kind
		if k, ok := cat.Act(title); ok {
			title = k.Title
		}
		out = append(out, site.Option{Value: string(acts[i].ID), Text: acts[i].At.Day().VN() + " · " + title, Lang: "vi"})
	}
	return out, nil
}

// wrongForm is the status of an answer that shows the form again.
func wrongForm(err error) (int, bool) {
	if err == nil {
		return 0, false
	}
	k := fault.From(err).Kind
	return k.Status(), k == fault.Invalid || k == fault.Conflict
}

// onWatched does something with a finding and shows its page, again with what is wrong.
func (s *Service) onWatched(w http.ResponseWriter, r *http.Request, flash string, do func(WatchedID, watchedForm) (string, error)) error {
	var in watchedForm
	to := ""
	err := web.Form(r, &in)
	if err == nil {
		to, err = do(WatchedID(r.PathValue("id")), in)
	}
	if status, ok := wrongForm(err); ok {
		return s.showWatched(w, r, status, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, to, flash)
}

func (s *Service) remindWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onWatched(w, r, "quality.reminded", func(i WatchedID, in watchedForm) (string, error) {
		return watchPath(i), s.Remind(r.Context(), i, in.Note)
	})
}

func (s *Service) answerWatchedWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onWatched(w, r, "quality.answered", func(i WatchedID, in watchedForm) (string, error) {
		return watchPath(i), s.AnswerWatched(r.Context(), i, in.WatchReply)
	})
}

func (s *Service) judgeWatchedWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onWatched(w, r, "quality.judged", func(i WatchedID, in watchedForm) (string, error) {
		return watchPath(i), s.JudgeWatched(r.Context(), i, in.Remedied == "yes", in.Note)
	})
}

func (s *Service) giveNoticeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onWatched(w, r, "quality.noticed", func(i WatchedID, in watchedForm) (string, error) {
		n, err := s.GiveNotice(r.Context(), i, in.More, in.Ask)
		return noticePath(n.ID), err
	})
}

func (s *Service) noticesWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		State NoticeState `form:"state" enum:",issued,answered,unremedied,remedied"`
		page.Req
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	l, err := s.Notices(r.Context(), in.State, in.Req)
	if err != nil {
		return err
	}
	next := ""
	if l.Next != "" {
		next = "/quality/notices?" + url.Values{"state": {string(in.State)}, "after": {l.Next}}.Encode()
	}
	return web.Show(w, r, http.StatusOK, noticesPage(l.Items, in.State, next, s.today()))
}

// noticeView is a notice as its page shows it.
type noticeView struct {
	n             WatchNotice
	acts          []site.Option
	me            org.StaffID
	watch         bool
	in            watchedForm
	wrong         error
	today         civil.Date
	above, office string
}

func (s *Service) watchNoticeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showNotice(w, r, http.StatusOK, watchedForm{}, nil)
}

func (s *Service) noticeView(r *http.Request) (v noticeView, err error) {
	ctx := r.Context()
	a := auth.From(ctx)
	v.me, v.today = org.StaffID(a.ID), s.today()
	if v.n, err = s.Notice(ctx, WatchNoticeID(r.PathValue("id"))); err != nil {
		return v, err
	}
	v.watch = a.May(MayWatch) && v.n.Staff != v.me
	if v.n.Staff == v.me {
		v.acts, err = s.actOptions(ctx, v.n.about())
	}
	return v, err
}

func (s *Service) showNotice(w http.ResponseWriter, r *http.Request, status int, in watchedForm, wrong error) error {
	v, err := s.noticeView(r)
	if err != nil {
		return err
	}
	v.in, v.wrong = in, wrong
	return web.Show(w, r, status, watchNoticePage(v))
}

func (s *Service) noticePrint(w http.ResponseWriter, r *http.Request) error {
	v, err := s.noticeView(r)
	if err != nil {
		return err
	}
	o, err := s.org.Office(r.Context(), v.n.Office)
	if err != nil {
		return err
	}
	v.office = o.Name
	if o.Parent != "" {
		v.above = s.org.OfficeName(r.Context(), o.Parent)
	}
	return web.Show(w, r, http.StatusOK, noticePaper(v))
}

func (s *Service) onNotice(w http.ResponseWriter, r *http.Request, flash string, do func(WatchNoticeID, watchedForm) error) error {
	var in watchedForm
	i := WatchNoticeID(r.PathValue("id"))
	err := web.Form(r, &in)
	if err == nil {
		err = do(i, in)
	}
	if status, ok := wrongForm(err); ok {
		return s.showNotice(w, r, status, in, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, noticePath(i), flash)
}

func (s *Service) answerNoticeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onNotice(w, r, "quality.answered", func(i WatchNoticeID, in watchedForm) error {
		return s.AnswerNotice(r.Context(), i, in.WatchReply)
	})
}

func (s *Service) judgeNoticeWeb(w http.ResponseWriter, r *http.Request) error {
	return s.onNotice(w, r, "quality.judged", func(i WatchNoticeID, in watchedForm) error {
		return s.JudgeNotice(r.Context(), i, in.Remedied == "yes", in.Note)
	})
}

// ledgerAsked is which ledger of a month is asked for.
type ledgerAsked struct {
	Office auth.Office `form:"office" maxLength:"64"`
	Month  string      `form:"month" maxLength:"7"`
}

func (s *Service) askedLedger(r *http.Request) (l WatchLedger, err error) {
	var in ledgerAsked
	if err := web.Form(r, &in); err != nil {
		return l, err
	}
	if in.Month == "" {
		in.Month = period.Of(period.Month, s.today()).String()
	}
	return s.WatchLedger(r.Context(), in.Office, in.Month)
}

func (s *Service) watchLedgerWeb(w http.ResponseWriter, r *http.Request) error {
	l, err := s.askedLedger(r)
	if err != nil {
		return err
	}
	offices, err := s.offices(r.Context(), MayRead)
	if err != nil {
		return err
	}
	var choices []site.Option
	for _, o := range offices {
		choices = append(choices, site.Option{Value: string(o.ID), Text: o.Short})
	}
	p, err := s.watchMonth(l.Month)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, watchLedgerPage(l, choices, l.Closed == nil && p.To < s.today() && l.Office.ID == auth.From(r.Context()).Office))
}

func (s *Service) watchLedgerSheet(w http.ResponseWriter, r *http.Request) error {
	l, err := s.askedLedger(r)
	if err != nil {
		return err
	}
	p := sheet.Paper{Title: "Sổ giám sát tháng " + l.Month, About: []string{l.Office.Name, closedText(l)}, Columns: []sheet.Column{{Title: "Phân tổ", Width: 22}, {Title: "Giá trị", Width: 30}}}
	for _, c := range ledgerColumns {
		p.Columns = append(p.Columns, sheet.Column{Title: c.title, Width: 12})
	}
	return s.sendSheet(w, r, "so-giam-sat-"+l.Month+".xlsx", p, func(yield func([]string) error) error {
		line := func(by, name string, c watchlist.Counts) error {
			cells := []string{by, name}
			for _, col := range ledgerColumns {
				cells = append(cells, col.of(c))
			}
			return yield(cells)
		}
		if err := line("Tổng số", "", l.Counts.All); err != nil {
			return err
		}
		for _, part := range l.parts() {
			for _, x := range part.lines {
				if err := line(part.title, part.name(x.Key), x.Counts); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *Service) closeWatchLedgerWeb(w http.ResponseWriter, r *http.Request) error {
	var in ledgerAsked
	if err := web.Form(r, &in); err != nil {
		return err
	}
	if err := s.CloseWatchLedger(r.Context(), in.Office, in.Month); err != nil {
		return err
	}
	return web.Done(w, r, "/quality/ledger?"+url.Values{"month": {in.Month}, "office": {string(in.Office)}}.Encode(), "quality.ledger")
}
