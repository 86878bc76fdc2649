package quality

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/access"
	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// seats is what the asker is in a review; none: it is none of their business.
func (s *Service) seats(ctx context.Context, r Review) (out []Seat) {
	me := auth.From(ctx).ID
	if me == "" {
		return nil
	}
	if r.Handler == me {
		out = append(out, IsHandler)
	}
	if r.Reviewer == me {
		out = append(out, IsReviewer)
	}
	if r.Second == me {
		out = append(out, IsSecond)
	}
	if auth.RequireIn(ctx, MayManage, r.Path) == nil {
		out = append(out, IsLeader)
	} else if auth.RequireIn(ctx, MayManage, r.Home) == nil {
		out = append(out, IsHome)
	}
	return out
}

// aboutReview returns a review and what the asker is in it.
func (s *Service) aboutReview(ctx context.Context, rid ReviewID) (r Review, seats []Seat, err error) {
	if err := auth.Require(ctx, MayRead); err != nil {
		return r, nil, err
	}
	r, err = s.store.review(ctx, rid)
	if errors.Is(err, db.ErrNone) {
		return r, nil, ErrReview
	}
	if err != nil {
		return r, nil, err
	}
	if seats = s.seats(ctx, r); len(seats) == 0 {
		return Review{}, nil, ErrReview
	}
	if r.State == Reviewing && !slices.Contains(seats, IsReviewer) {
		// What is being written is the reviewer's alone until it is handed in.
		r.Body.Found, r.Body.Overall, r.Body.Result = map[string]Found{}, "", Tally{}
	}
	return r, seats, nil
}

// ReviewView is a review as one of those concerned sees it.
type ReviewView struct {
	Review
	Seats   []Seat
	Steps   []Step
	Files   []dossier.Dossier // that the asker may open
	Opens   bool              // the asker may read the case file
	Drafts  int               // savings that can be taken back
	Offices map[auth.Office]string
	Staff   []org.Staff // who may be chosen, for a leader
	Today   civil.Date
	Grades  Grades
}

// Can reports whether the asker may do v now.
func (v ReviewView) Can(do Verb) bool { return v.May(do, v.Seats) }

// ReviewOf returns a review to somebody it concerns.
func (s *Service) ReviewOf(ctx context.Context, rid ReviewID) (v ReviewView, err error) {
	defer fault.Wrap(&err, "review %s", rid)
	if v.Review, v.Seats, err = s.aboutReview(ctx, rid); err != nil {
		return v, err
	}
	v.Today, v.Grades = s.today(), s.Review.Grades
	if v.Steps, err = s.store.reviewSteps(ctx, rid); err != nil {
		return v, err
	}
	answer, err := s.cases.Decide(ctx, v.Case, "", 0, policy.Read)
	if err != nil && !errors.Is(err, criminal.ErrNone) {
		return v, err
	}
	if v.Opens = err == nil && answer.Allow; v.Opens && s.files != nil {
		if v.Files, err = s.files.OfCase(ctx, v.Case); err != nil {
			v.Files = nil // the links go without
		}
	}
	if v.Drafts, err = s.store.drafts(ctx, rid); err != nil {
		return v, err
	}
	if v.Can(DoAssign) || v.Can(DoSecond) {
		if v.Staff, err = s.store.staffBelow(ctx, v.Path+"%"); err != nil {
			return v, err
		}
		slices.SortStableFunc(v.Staff, func(a, b org.Staff) int { // another office than the case's is better
			return boolInt(a.Office == v.Office) - boolInt(b.Office == v.Office)
		})
	}
	v.Offices, err = s.store.officeNames(ctx, v.Path+"%")
	return v, err
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Reviews lists the reviews that concern the asker.
func (s *Service) Reviews(ctx context.Context, f ReviewFilter) (out page.Of[Review], err error) {
	defer fault.Wrap(&err, "reviews")
	if err := auth.Require(ctx, MayRead); err != nil {
		return out, err
	}
	like := ""
	if reach, err := auth.Reach(ctx, MayManage); err == nil {
		like = reach.Like()
	}
	f.Words = strings.TrimSpace(f.Words)
	rows, err := s.store.reviews(ctx, auth.From(ctx).ID, like, vn.Fold(f.Words), f, f.Size()+1)
	for i := range rows {
		rows[i].Body.Found = nil // not shown in lists
	}
	return page.Cut(rows, f.Req, func(r Review) string {
		key := string(r.Due)
		if r.Due == "" || r.State == Ended {
			key = "9"
		}
		if f.Sort == "number" {
			key = r.Number
		}
		return key + "~" + string(r.ID)
	}), err
}

// tellReview writes a step of a review and its line of the journal.
func (s *Service) tellReview(ctx context.Context, r Review, v Verb, why string) error {
	a := auth.From(ctx)
	if err := s.store.putStep(ctx, r, Step{Verb: v, Why: why, By: a.ID, Name: a.Name, At: s.now()}); err != nil {
		return err
	}
	return s.Journal.Note(ctx, seal.Entry{At: s.now(), Verb: "quality.review." + string(v), Object: "review/" + string(r.ID), Case: string(r.Case), Owner: r.Path,
		More: map[string]string{"state": string(r.State), "grade": r.Grade, "revision": strconv.Itoa(r.Revision)}})
}

// step does v to a review: change says what becomes of it, and why it is said to be done.
func (s *Service) step(ctx context.Context, rid ReviewID, v Verb, change func(ctx context.Context, r *Review) (why string, err error)) (err error) {
	defer fault.Wrap(&err, "%s review %s", v, rid)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, seats, err := s.aboutReview(ctx, rid)
		if err != nil {
			return err
		}
		if !r.May(v, seats) {
			return ErrReviewIn
		}
		if v == DoAssign || v == DoSecond { // the sheet that is being filled stays
			if r, err = s.store.review(ctx, rid); err != nil {
				return err
			}
		}
		why, err := change(ctx, &r)
		if err != nil {
			return err
		}
		if err := s.store.setReview(ctx, r); err != nil {
			return err
		}
		return s.tellReview(ctx, r, v, why)
	})
}

// working is the last of n working days from today.
func (s *Service) working(ctx context.Context, n int) civil.Date {
	return s.stats.Calendar(ctx).AddWorking(s.today(), n)
}

// Unfit says why somebody must not review a case; none: they may.
func (s *Service) Unfit(ctx context.Context, r Review, staff org.StaffID) (out []string, actor auth.Actor, err error) {
	p, err := s.org.Person(ctx, staff)
	if err != nil {
		return []string{"Hãy chọn một cán bộ trong phạm vi của bạn."}, actor, nil
	}
	actor, err = s.org.ActorOf(ctx, p.Login)
	if err != nil {
		return []string{"Người này không còn làm việc."}, actor, nil
	}
	h, c, err := s.cases.Ledger(ctx, r.Case)
	if err != nil {
		return nil, actor, err
	}
	no := func(bad bool, text string) {
		if bad && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	is := string(staff)
	no(!actor.May(MayReview), "Người này không có quyền đánh giá chất lượng vụ án.")
	no(is == r.Handler, "Người thụ lý không được đánh giá vụ án của mình.")
	for _, a := range h.Assigned {
		no(a.Staff == staff, "Người này được phân công trong vụ án.")
	}
	if d, err := s.cases.Detail(ctx, r.Case); err == nil {
		for _, a := range d.Assigned { // also those whose part is over
			no(a.Staff == staff, "Người này được phân công trong vụ án.")
		}
	}
	for _, a := range c.Acts {
		no(a.Author == is, "Người này đã nhập hành vi tố tụng của vụ án.")
		no(a.By == "procuracy" && a.Signer != "" && vn.Fold(a.Signer) == vn.Fold(p.Name), "Người này đã ký, duyệt văn bản trong vụ án.")
	}
	answer, err := s.cases.Decide(auth.With(ctx, actor), r.Case, "", 0, policy.Read)
	if err != nil && !errors.Is(err, criminal.ErrNone) {
		return nil, actor, err
	}
	no(answer.Rule == policy.Recused, "Người này đã từ chối hoặc bị thay đổi trong vụ án.")
	return out, actor, nil
}

// fit refuses whoever must not review r.
func (s *Service) fit(ctx context.Context, r Review, staff org.StaffID, field string, others ...string) (auth.Actor, error) {
	why, actor, err := s.Unfit(ctx, r, staff)
	if err != nil {
		return actor, err
	}
	if slices.Contains(others, string(staff)) {
		why = append(why, "Người đánh giá lại phải khác người đánh giá trước.")
	}
	var c fault.Check
	for _, w := range why {
		c.Need(false, field, w)
	}
	return actor, c.Err(ErrConflict)
}

// AssignReview names the reviewer.
func (s *Service) AssignReview(ctx context.Context, rid ReviewID, staff org.StaffID) error {
	return s.step(ctx, rid, DoAssign, func(ctx context.Context, r *Review) (string, error) {
		a, err := s.fit(ctx, *r, staff, "reviewer")
		if err != nil {
			return "", err
		}
		if r.Reviewer != a.ID { // somebody else begins anew
			r.Body.Found, r.Body.Overall, r.Body.Grant = map[string]Found{}, "", ""
			if err := s.store.clearDrafts(ctx, rid); err != nil {
				return "", err
			}
		}
		r.State, r.Reviewer, r.Body.Names.Reviewer = Reviewing, a.ID, a.Name
		r.Due = s.working(ctx, s.Review.Selection.ReviewDays)
		return a.Name, nil
	})
}

// AskToRead asks the owner of the case file for the right to read it for the time of the
// review (phiếu khai thác). Their leader decides, as of any file; it ends by itself.
func (s *Service) AskToRead(ctx context.Context, rid ReviewID) (err error) {
	defer fault.Wrap(&err, "ask to read for review %s", rid)
	r, seats, err := s.aboutReview(ctx, rid)
	if err != nil {
		return err
	}
	if !(slices.Contains(seats, IsReviewer) && r.State == Reviewing) && !(slices.Contains(seats, IsSecond) && r.State == Seconding) || s.Ask == nil {
		return ErrReviewIn
	}
	x, err := s.store.round(ctx, r.Round)
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		made, err := s.Ask(ctx, access.New{Cases: []string{string(r.Case)}, Mode: policy.Reads, Purpose: "Đánh giá chất lượng vụ án", Basis: x.Title, From: s.today(), To: max(r.Due, s.today())})
		if err != nil {
			return err
		}
		r.Body.Grant = string(made[0].ID)
		return s.store.setReview(ctx, r)
	})
}

// SheetInput is a sheet as it is filled.
type SheetInput struct {
	Rev     int
	Found   map[string]Found
	Overall string
}

// SaveSheet keeps what the reviewer has filled so far, and returns the next Rev.
func (s *Service) SaveSheet(ctx context.Context, rid ReviewID, in SheetInput) (rev int, err error) {
	defer fault.Wrap(&err, "save the sheet of review %s", rid)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, seats, err := s.aboutReview(ctx, rid)
		if err != nil {
			return err
		}
		if !r.May(DoSubmit, seats) {
			return ErrReviewIn
		}
		if r.Rev != in.Rev {
			return ErrReviewRev
		}
		if err := s.store.keepDraft(ctx, r); err != nil {
			return err
		}
		s.fill(&r, in)
		rev = r.Rev + 1
		return s.store.setReview(ctx, r)
	})
	return rev, err
}

// fill puts what was filled into a review: only its own items, only marks there are.
func (s *Service) fill(r *Review, in SheetInput) {
	found := map[string]Found{}
	for _, i := range r.Body.Items {
		f := in.Found[i.ID]
		if !slices.Contains(Marks, f.Mark) {
			f.Mark = NotYet
		}
		f.Note, f.Folios, f.Answer = strings.TrimSpace(f.Note), strings.TrimSpace(f.Folios), ""
		if f != (Found{}) {
			found[i.ID] = f
		}
	}
	r.Body.Found, r.Body.Overall = found, strings.TrimSpace(in.Overall)
	r.Body.Result = s.Review.Grades.Result(r.Body.Items, found)
}

// UndoSheet takes back the last saving.
func (s *Service) UndoSheet(ctx context.Context, rid ReviewID) (err error) {
	defer fault.Wrap(&err, "undo in review %s", rid)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, seats, err := s.aboutReview(ctx, rid)
		if err != nil {
			return err
		}
		if !r.May(DoSubmit, seats) {
			return ErrReviewIn
		}
		b, err := s.store.takeDraft(ctx, rid)
		if errors.Is(err, db.ErrNone) {
			return nil // nothing to take back
		}
		if err != nil {
			return err
		}
		r.Body.Found, r.Body.Overall, r.Body.Result = b.Found, b.Overall, b.Result
		return s.store.setReview(ctx, r)
	})
}

// Submit hands the sheet in: every item looked at, every fault told with its folios.
func (s *Service) Submit(ctx context.Context, rid ReviewID, in SheetInput) error {
	return s.step(ctx, rid, DoSubmit, func(ctx context.Context, r *Review) (string, error) {
		if r.Rev != in.Rev {
			return "", ErrReviewRev
		}
		s.fill(r, in)
		var c fault.Check
		for _, i := range r.Body.Items {
			f := r.Body.Found[i.ID]
			c.Need(f.Mark != NotYet, "mark-"+i.ID, "Chưa đánh giá nội dung này.")
			c.Need(!f.Mark.Faulty() || len([]rune(f.Note)) >= 10, "note-"+i.ID, "Hãy mô tả lỗi (ít nhất 10 chữ).")
			c.Need(!f.Mark.Faulty() || f.Folios != "", "folios-"+i.ID, "Hãy dẫn bút lục của lỗi này.")
			c.Need(f.Folios == "" || folios(f.Folios) != nil, "folios-"+i.ID, "Bút lục ghi như 12, 15-17.")
		}
		if err := c.Err(ErrSheet); err != nil {
			return "", err
		}
		if err := s.store.clearDrafts(ctx, rid); err != nil {
			return "", err
		}
		r.State, r.Due = Answering, s.working(ctx, s.Review.Selection.AnswerDays)
		if r.Handler == "" { // nobody is there to answer
			r.State, r.Due = Deciding, ""
		}
		return fmt.Sprintf("%d/100, %s", r.Body.Result.Points, r.Body.Result.Name), nil
	})
}

// folios reads "12, 15-17"; nil if it does not read so.
func folios(text string) (out []string) {
	for _, x := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		if _, _, ok := dossier.ParseCite(x); !ok {
			return nil
		}
		out = append(out, strings.TrimSpace(x))
	}
	return out
}

// AnswerInput is what the handler says of the findings.
type AnswerInput struct {
	Answers map[string]string // by item
	Text    string
	Second  bool // asks for a second opinion
}

// AnswerReview is the handler's answer (giải trình).
func (s *Service) AnswerReview(ctx context.Context, rid ReviewID, in AnswerInput) error {
	return s.step(ctx, rid, DoAnswer, func(ctx context.Context, r *Review) (string, error) {
		in.Text = strings.TrimSpace(in.Text)
		said := in.Text != ""
		for _, i := range r.Body.Faults() {
			f := r.Body.Found[i.ID]
			f.Answer = strings.TrimSpace(in.Answers[i.ID])
			r.Body.Found[i.ID], said = f, said || f.Answer != ""
		}
		var c fault.Check
		c.Need(said, "text", "Hãy ghi ý kiến: đồng ý, hoặc không đồng ý ở điểm nào.")
		if err := c.Err(ErrSheet); err != nil {
			return "", err
		}
		r.Body.Answer, r.Body.Asks = in.Text, in.Second
		r.State, r.Due = Deciding, ""
		return in.Text, nil
	})
}

// AskSecond names a second reviewer, who is another than the first.
func (s *Service) AskSecond(ctx context.Context, rid ReviewID, staff org.StaffID) error {
	return s.step(ctx, rid, DoSecond, func(ctx context.Context, r *Review) (string, error) {
		a, err := s.fit(ctx, *r, staff, "second", r.Reviewer)
		if err != nil {
			return "", err
		}
		r.State, r.Second, r.Body.Names.Second, r.Body.Second = Seconding, a.ID, a.Name, SecondView{}
		r.Due = s.working(ctx, s.Review.Selection.SecondDays)
		return a.Name, nil
	})
}

// Opine is the second reviewer's opinion.
func (s *Service) Opine(ctx context.Context, rid ReviewID, in SecondView) error {
	return s.step(ctx, rid, DoOpine, func(_ context.Context, r *Review) (string, error) {
		in.Text = strings.TrimSpace(in.Text)
		if in.Agree {
			in.Grade = r.Body.Result.Grade
		}
		_, ok := s.Review.Grades.name(in.Grade)
		var c fault.Check
		c.Need(ok, "grade", "Hãy chọn xếp loại.")
		c.Need(len([]rune(in.Text)) >= 10, "text", "Hãy ghi ý kiến (ít nhất 10 chữ).")
		if err := c.Err(ErrSheet); err != nil {
			return "", err
		}
		r.Body.Second = in
		r.State, r.Due = Deciding, ""
		return in.Text, nil
	})
}

// Conclusion is what the leader decides.
type Conclusion struct {
	Grade    string   `form:"grade" maxLength:"20"`
	Text     string   `form:"text,lines" maxLength:"4000"`
	Lesson   string   `form:"lesson,lines" maxLength:"2000"`
	Training string   `form:"training" maxLength:"500"`
	Remedies []string `form:"-"`
}

// Decide concludes a review. "Không đạt", and what the handler asks for, need a second
// opinion before; a handler who has not answered has their days.
func (s *Service) Decide(ctx context.Context, rid ReviewID, in Conclusion) error {
	return s.step(ctx, rid, DoDecide, func(ctx context.Context, r *Review) (string, error) {
		a := auth.From(ctx)
		if a.ID == r.Handler || a.ID == r.Reviewer || a.ID == r.Second {
			return "", ErrOwnReview
		}
		if r.State == Answering && !(r.Due < s.today()) {
			return "", ErrWait
		}
		worst := s.Review.Grades.Worst()
		if r.Body.Second.Text == "" && (r.Body.Asks || r.Body.Result.Grade == worst || in.Grade == worst) {
			return "", ErrNeeds
		}
		name, ok := s.Review.Grades.name(in.Grade)
		in.Text = strings.TrimSpace(in.Text)
		var c fault.Check
		c.Need(ok, "grade", "Hãy chọn xếp loại.")
		c.Need(in.Text != "" || in.Grade == r.Body.Result.Grade, "text", "Xếp loại khác kết quả của người đánh giá: hãy ghi lý do.")
		if err := c.Err(ErrSheet); err != nil {
			return "", err
		}
		r.Body.Decision = Decision{Grade: in.Grade, Name: name, Text: in.Text, Lesson: strings.TrimSpace(in.Lesson), Training: strings.TrimSpace(in.Training), By: a.Name, At: s.now()}
		r.Grade, r.State, r.Due = in.Grade, Ended, ""
		r.Revision++
		r.Body.Remedies = nil
		for _, x := range in.Remedies {
			if x = strings.TrimSpace(x); x != "" {
				r.State, r.Due = Remedying, s.working(ctx, s.Review.Selection.RemedyDays)
				r.Body.Remedies = append(r.Body.Remedies, Remedy{Text: x, Due: r.Due})
			}
		}
		return name, nil
	})
}

// name of a grade.
func (g Grades) name(grade string) (string, bool) {
	for _, x := range g.Grades {
		if x.ID == grade {
			return x.Name, true
		}
	}
	return "", false
}

// Prove is the handler's report that something was put right, with the folio or act that
// shows it.
func (s *Service) Prove(ctx context.Context, rid ReviewID, n int, proof, note string) error {
	return s.step(ctx, rid, DoProve, func(ctx context.Context, r *Review) (string, error) {
		proof = strings.TrimSpace(proof)
		_, c, err := s.cases.Ledger(ctx, r.Case)
		if err != nil {
			return "", err
		}
		act := slices.ContainsFunc(c.Acts, func(a ledger.Act) bool { return proof != "" && (a.Number == proof || string(a.ID) == proof) })
		var wrong fault.Check
		wrong.Need(n >= 0 && n < len(r.Body.Remedies), "proof", "Không có việc khắc phục này.")
		wrong.Need(folios(proof) != nil || act, "proof", "Hãy dẫn bút lục (như 12, 15-17) hoặc số văn bản đã nhập trong vụ án.")
		if err := wrong.Err(ErrProof); err != nil {
			return "", err
		}
		m := &r.Body.Remedies[n]
		m.Proof, m.Note, m.Done = proof, strings.TrimSpace(note), s.today()
		return m.Text + ": " + proof, nil
	})
}

// Accept ends a review once everything is put right.
func (s *Service) Accept(ctx context.Context, rid ReviewID) error {
	return s.step(ctx, rid, DoAccept, func(ctx context.Context, r *Review) (string, error) {
		if auth.From(ctx).ID == r.Handler {
			return "", ErrOwnReview
		}
		for _, m := range r.Body.Remedies {
			if m.Done == "" {
				var c fault.Check
				c.Need(false, "proof", "Còn việc chưa khắc phục.")
				return "", c.Err(ErrProof)
			}
		}
		r.State, r.Due = Ended, ""
		return "", nil
	})
}

// Return asks for a remedy to be done again.
func (s *Service) Return(ctx context.Context, rid ReviewID, n int, why string) error {
	return s.step(ctx, rid, DoReturn, func(_ context.Context, r *Review) (string, error) {
		why = strings.TrimSpace(why)
		var c fault.Check
		c.Need(n >= 0 && n < len(r.Body.Remedies), "why", "Không có việc khắc phục này.")
		c.Need(len([]rune(why)) >= 10, "why", "Hãy ghi lý do (ít nhất 10 chữ).")
		if err := c.Err(ErrProof); err != nil {
			return "", err
		}
		r.Body.Remedies[n].Done = ""
		return r.Body.Remedies[n].Text + ": " + why, nil
	})
}

// Revise opens a result again, with the reason. The result that stood is kept in its step.
func (s *Service) Revise(ctx context.Context, rid ReviewID, why string) error {
	return s.step(ctx, rid, DoRevise, func(_ context.Context, r *Review) (string, error) {
		why = strings.TrimSpace(why)
		var c fault.Check
		c.Need(len([]rune(why)) >= 10, "why", "Hãy ghi lý do (ít nhất 10 chữ).")
		if err := c.Err(ErrSheet); err != nil {
			return "", err
		}
		r.State, r.Due, r.Body.Revised = Deciding, "", why
		return why, nil
	})
}
