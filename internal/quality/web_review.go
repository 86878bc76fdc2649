package quality

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

func (s *Service) reviewRoutes(m *web.Mux) {
	m.Flash("quality.saved", "Đã lưu.")
	m.Flash("quality.review.done", "Đã ghi vào lượt đánh giá.")
	m.Flash("quality.round.done", "Đã ghi vào đợt đánh giá.")
	m.Flash("quality.self.done", "Đã ghi kết quả tự kiểm tra.")

	m.Page("GET /quality/reviews", MayRead, s.reviewsWeb)
	m.Page("GET /quality/reviews/{id}", MayRead, s.reviewWeb)
	m.Page("GET /quality/reviews/{id}/print", MayRead, s.reviewPrintWeb)
	m.Page("POST /quality/reviews/{id}/assign", MayManage, s.reviewDo(assignWeb))
	m.Page("POST /quality/reviews/{id}/ask", MayReview, s.reviewDo(askWeb))
	m.Page("POST /quality/reviews/{id}/save", MayReview, s.saveSheetWeb)
	m.Page("POST /quality/reviews/{id}/undo", MayReview, s.reviewDo(undoWeb))
	m.Page("POST /quality/reviews/{id}/submit", MayReview, s.reviewDo(submitWeb))
	m.Page("POST /quality/reviews/{id}/answer", MayRead, s.reviewDo(answerWeb))
	m.Page("POST /quality/reviews/{id}/second", MayManage, s.reviewDo(secondWeb))
	m.Page("POST /quality/reviews/{id}/opine", MayReview, s.reviewDo(opineWeb))
	m.Page("POST /quality/reviews/{id}/decide", MayManage, s.reviewDo(decideWeb))
	m.Page("POST /quality/reviews/{id}/prove", MayRead, s.reviewDo(proveWeb))
	m.Page("POST /quality/reviews/{id}/accept", MayManage, s.reviewDo(acceptWeb))
	m.Page("POST /quality/reviews/{id}/return", MayManage, s.reviewDo(returnWeb))
	m.Page("POST /quality/reviews/{id}/revise", MayManage, s.reviewDo(reviseWeb))

	m.Page("GET /quality/rounds", MayManage, s.roundsWeb)
	m.Page("GET /quality/rounds/new", MayManage, s.roundNewWeb)
	m.Page("POST /quality/rounds/new", MayManage, s.roundOpenWeb)
	m.Page("GET /quality/rounds/{id}", MayManage, s.roundWeb)
	m.Page("POST /quality/rounds/{id}/freeze", MayManage, s.roundDo((*Service).Freeze))
	m.Page("POST /quality/rounds/{id}/draw", MayManage, s.roundDo((*Service).Draw))
	m.Page("POST /quality/rounds/{id}/add", MayManage, s.addCaseWeb)
	m.Page("GET /quality/rounds/{id}/again", MayManage, s.againWeb)
	m.Page("GET /quality/rounds/{id}/list", MayManage, s.roundListWeb)
	m.Page("GET /quality/rounds/{id}/xlsx", MayManage, s.roundSheetWeb)
	m.Page("GET /quality/rounds/{id}/notice", MayManage, s.noticeWeb)
	m.Page("POST /quality/rounds/{id}/notice", MayManage, s.noticeSaveWeb)

	m.Page("GET /quality/self", MayRead, s.selfWeb)
	m.Page("GET /quality/self/{id}", MayRead, s.selfOneWeb)
	m.Page("POST /quality/self/{id}", MayRead, s.selfCheckWeb)
}

// roundStep is something that is done to a round.
type roundStep func(*Service, context.Context, RoundID) error

func (s *Service) around(r *http.Request) reviewList {
	return reviewList{Leads: auth.From(r.Context()).May(MayManage), Today: s.today(), Grades: s.Review.Grades, at: r.URL}
}

func (s *Service) reviewsWeb(w http.ResponseWriter, r *http.Request) error {
	var f ReviewFilter
	if err := web.Form(r, &f); err != nil {
		return err
	}
	out, err := s.Reviews(r.Context(), f)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, reviewsPage(s.around(r), f, out))
}

func (s *Service) reviewWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showReview(w, r, http.StatusOK, nil)
}

func (s *Service) showReview(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	v, err := s.ReviewOf(r.Context(), ReviewID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if wrong != nil && r.PostForm.Has("rev") && v.Can(DoSubmit) { // what was typed stays
		in := sheetOf(r)
		v.Body.Found, v.Body.Overall = in.Found, in.Overall
	}
	return web.Show(w, r, status, reviewPage(v, s.Review.Grades, wrong))
}

func (s *Service) reviewPrintWeb(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ReviewOf(r.Context(), ReviewID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, reviewPrintPage(v))
}

// reviewDo does one thing to a review; what is wrong with the input is shown on its page.
func (s *Service) reviewDo(do func(*Service, *http.Request, ReviewID) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		rid := ReviewID(r.PathValue("id"))
		err := do(s, r, rid)
		if f := fault.From(err); err != nil && (f.Kind == fault.Invalid || errors.Is(err, ErrNeeds) || errors.Is(err, ErrWait) || errors.Is(err, ErrOwnReview)) {
			return s.showReview(w, r, f.Kind.Status(), err)
		}
		if err != nil {
			return err
		}
		return web.Done(w, r, reviewAt(rid, ""), "quality.review.done")
	}
}

func assignWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in struct {
		Staff org.StaffID `form:"reviewer" maxLength:"64"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.AssignReview(r.Context(), rid, in.Staff)
}

func secondWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in struct {
		Staff org.StaffID `form:"second" maxLength:"64"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.AskSecond(r.Context(), rid, in.Staff)
}

func askWeb(s *Service, r *http.Request, rid ReviewID) error { return s.AskToRead(r.Context(), rid) }

func undoWeb(s *Service, r *http.Request, rid ReviewID) error { return s.UndoSheet(r.Context(), rid) }

func acceptWeb(s *Service, r *http.Request, rid ReviewID) error { return s.Accept(r.Context(), rid) }

// foundOf reads the items of a sheet: mark-ID, note-ID, folios-ID.
func foundOf(r *http.Request) map[string]Found {
	out := map[string]Found{}
	for name := range r.PostForm {
		what, item, ok := strings.Cut(name, "-")
		if !ok {
			continue
		}
		f, v := out[item], strings.TrimSpace(r.PostForm.Get(name))
		switch what {
		case "mark":
			f.Mark = Mark(v)
		case "note":
			f.Note = v
		case "folios":
			f.Folios = v
		default:
			continue
		}
		out[item] = f
	}
	return out
}

func sheetOf(r *http.Request) SheetInput {
	rev, _ := strconv.Atoi(r.PostForm.Get("rev")) // what is no number is no revision there is
	return SheetInput{Rev: rev, Found: foundOf(r), Overall: r.PostForm.Get("overall")}
}

func submitWeb(s *Service, r *http.Request, rid ReviewID) error {
	if err := web.Form(r, &struct{}{}); err != nil {
		return err
	}
	return s.Submit(r.Context(), rid, sheetOf(r))
}

// saveSheetWeb answers a script with the next revision, and a person with the page.
func (s *Service) saveSheetWeb(w http.ResponseWriter, r *http.Request) error {
	if err := web.Form(r, &struct{}{}); err != nil {
		return err
	}
	rid := ReviewID(r.PathValue("id"))
	rev, err := s.SaveSheet(r.Context(), rid, sheetOf(r))
	if err != nil {
		return err
	}
	if r.Header.Get("Accept") == "text/plain" {
		w.Header().Set("X-Rev", strconv.Itoa(rev))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return web.Done(w, r, reviewAt(rid, ""), "quality.saved")
}

func answerWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in struct {
		Text   string `form:"text,lines" maxLength:"4000"`
		Second bool   `form:"second"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	answers := map[string]string{}
	for name := range r.PostForm {
		if item, ok := strings.CutPrefix(name, "answer-"); ok {
			answers[item] = r.PostForm.Get(name)
		}
	}
	return s.AnswerReview(r.Context(), rid, AnswerInput{answers, in.Text, in.Second})
}

func opineWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in struct {
		Agree bool   `form:"agree"`
		Grade string `form:"grade" maxLength:"20"`
		Text  string `form:"text,lines" maxLength:"4000"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.Opine(r.Context(), rid, SecondView{in.Agree, in.Grade, in.Text})
}

func decideWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in Conclusion
	if err := web.Form(r, &in); err != nil {
		return err
	}
	in.Remedies = strings.Split(r.PostForm.Get("remedies"), "\n")
	return s.Decide(r.Context(), rid, in)
}

// remedyInput is about the n-th remedy of a review.
type remedyInput struct {
	N     int    `form:"n"`
	Proof string `form:"proof" maxLength:"100"`
	Note  string `form:"note" maxLength:"500"`
	Why   string `form:"why" maxLength:"1000"`
}

func proveWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in remedyInput
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.Prove(r.Context(), rid, in.N, in.Proof, in.Note)
}

func returnWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in remedyInput
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.Return(r.Context(), rid, in.N, in.Why)
}

func reviseWeb(s *Service, r *http.Request, rid ReviewID) error {
	var in remedyInput
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.Revise(r.Context(), rid, in.Why)
}

func (s *Service) roundsWeb(w http.ResponseWriter, r *http.Request) error {
	var in page.Req
	if err := web.Form(r, &in); err != nil {
		return err
	}
	out, err := s.Rounds(r.Context(), in)
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, roundsPage(out))
}

func (s *Service) roundNewWeb(w http.ResponseWriter, r *http.Request) error {
	p := period.Of(period.Quarter, s.today())
	return web.Show(w, r, http.StatusOK, roundNewPage(NewRound{}, string(p.From), string(p.To), s.Review.Selection, nil))
}

func (s *Service) roundOpenWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		NewRound
		From civil.Date `form:"day" format:"date"`
		To   civil.Date `form:"to" format:"date"`
	}
	err := web.Form(r, &in)
	var x Round
	if err == nil {
		in.Period = period.Period{Kind: period.Days, From: in.From, To: in.To}
		x, err = s.OpenRound(r.Context(), in.NewRound)
	}
	if f := fault.From(err); err != nil && f.Kind == fault.Invalid {
		return web.Show(w, r, f.Kind.Status(), roundNewPage(in.NewRound, string(in.From), string(in.To), s.Review.Selection, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, roundAt(x.ID, ""), "quality.round.done")
}

func (s *Service) roundWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showRound(w, r, http.StatusOK, nil)
}

func (s *Service) showRound(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	rid := RoundID(r.PathValue("id"))
	x, err := s.Round(r.Context(), rid)
	if err != nil {
		return err
	}
	rows, err := s.RoundReviews(r.Context(), rid)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, roundPage(x, rows, s.around(r), s.Review.Selection, wrong))
}

func (s *Service) roundDo(do roundStep) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		rid := RoundID(r.PathValue("id"))
		err := do(s, r.Context(), rid)
		if f := fault.From(err); err != nil && f.Kind == fault.Invalid {
			return s.showRound(w, r, f.Kind.Status(), err)
		}
		if err != nil {
			return err
		}
		return web.Done(w, r, roundAt(rid, ""), "quality.round.done")
	}
}

func (s *Service) addCaseWeb(w http.ResponseWriter, r *http.Request) error {
	var in NewSpecial
	err := web.Form(r, &in)
	if err == nil {
		_, err = s.AddCase(r.Context(), RoundID(r.PathValue("id")), in)
	}
	if f := fault.From(err); err != nil && f.Kind == fault.Invalid {
		return s.showRound(w, r, f.Kind.Status(), err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, roundAt(RoundID(r.PathValue("id")), ""), "quality.round.done")
}

func (s *Service) againWeb(w http.ResponseWriter, r *http.Request) error {
	rid := RoundID(r.PathValue("id"))
	x, err := s.Round(r.Context(), rid)
	if err != nil {
		return err
	}
	sample, all, same, err := s.Repeat(r.Context(), rid)
	if err != nil {
		return err
	}
	of := map[criminal.ID]Eligible{}
	for _, e := range all {
		of[e.Case] = e
	}
	out := drawnAgain{Same: same}
	for _, p := range sample {
		e := of[criminal.ID(p.ID)]
		who, err := s.nameOf(r.Context(), p.Who)
		if err != nil {
			return err
		}
		out.Rows = append(out.Rows, drawnRow{Picked: p, Who: who, Number: e.Number, Name: e.Name})
	}
	return web.Show(w, r, http.StatusOK, againPage(x, out))
}

func (s *Service) roundListWeb(w http.ResponseWriter, r *http.Request) error {
	text, err := s.RoundList(r.Context(), RoundID(r.PathValue("id")))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", web.Disposition("danh-sach.txt", false))
	h.Set("Cache-Control", "private, no-store")
	_, err = io.WriteString(w, text)
	return err
}

func (s *Service) roundSheetWeb(w http.ResponseWriter, r *http.Request) error {
	return s.ExportRound(r.Context(), RoundID(r.PathValue("id")), func(name string) io.Writer {
		h := w.Header()
		h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		h.Set("Content-Disposition", web.Disposition(name, false))
		h.Set("Cache-Control", "private, no-store")
		return w
	})
}

func (s *Service) noticeWeb(w http.ResponseWriter, r *http.Request) error {
	l, err := s.LessonsOf(r.Context(), RoundID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, noticePage(l, s.today().VN()))
}

func (s *Service) noticeSaveWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Notice   string `form:"notice,lines" maxLength:"20000"`
		Training string `form:"training,lines" maxLength:"4000"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	rid := RoundID(r.PathValue("id"))
	if err := s.SetNotice(r.Context(), rid, in.Notice, in.Training); err != nil {
		return err
	}
	return web.Done(w, r, roundAt(rid, "/notice"), "quality.saved")
}

func (s *Service) selfWeb(w http.ResponseWriter, r *http.Request) error {
	all, err := s.SelfChecks(r.Context())
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, selfPage(all, string(s.today())))
}

func (s *Service) selfOneWeb(w http.ResponseWriter, r *http.Request) error {
	x, err := s.SelfCheck(r.Context(), criminal.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return web.Show(w, r, http.StatusOK, selfOnePage(x, x.Staff == auth.From(r.Context()).ID, nil))
}

func (s *Service) selfCheckWeb(w http.ResponseWriter, r *http.Request) error {
	if err := web.Form(r, &struct{}{}); err != nil {
		return err
	}
	c := criminal.ID(r.PathValue("id"))
	found := foundOf(r)
	err := s.CheckSelf(r.Context(), c, found)
	if f := fault.From(err); err != nil && f.Kind == fault.Invalid {
		x, e := s.SelfCheck(r.Context(), c)
		if e != nil {
			return e
		}
		x.Found = found
		return web.Show(w, r, f.Kind.Status(), selfOnePage(x, true, err))
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/quality/self", "quality.self.done")
}
