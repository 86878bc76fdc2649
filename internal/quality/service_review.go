package quality

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/quality/draw"
	"congminh/internal/seal"
	"congminh/internal/stats/period"
)

// NewRound is a round to be opened.
type NewRound struct {
	Title  string        `form:"title" maxLength:"200"`
	Period period.Period `form:"-"`
}

// OpenRound opens a round of the asker's office: the seed is made and its commitment
// stands in the journal before anybody knows the list.
func (s *Service) OpenRound(ctx context.Context, in NewRound) (x Round, err error) {
	defer fault.Wrap(&err, "open a round of reviews")
	o, err := s.reach(ctx, MayManage, "")
	if err != nil {
		return x, err
	}
	in.Title = vn.Clean(in.Title)
	var c fault.Check
	c.Need(len([]rune(in.Title)) >= 5, "title", "Hãy đặt tên cho đợt đánh giá (ít nhất 5 chữ).")
	c.Need(in.Period.From != "" && in.Period.To >= in.Period.From, "day", "Hãy chọn kỳ đánh giá.")
	if err := c.Err(ErrRoundForm); err != nil {
		return x, err
	}
	a, seed, m := auth.From(ctx), s.Review.Seed(), s.Review.Selection
	x = Round{ID: id.New[Round](), Office: o.ID, Path: o.Path, Title: in.Title, Period: in.Period, State: RoundOpen, Commitment: draw.Commit(seed), Seed: seed,
		Share: m.Share, Method: m.Version, Author: a.ID, Name: a.Name, At: s.now()}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.putRound(ctx, x); err != nil {
			return err
		}
		return s.tellRound(ctx, "quality.round.open", x, map[string]string{"commitment": x.Commitment})
	})
	x.Seed = ""
	return x, err
}

func (s *Service) tellRound(ctx context.Context, verb string, x Round, more map[string]string) error {
	more["period"] = x.Period.String()
	return s.Journal.Note(ctx, seal.Entry{At: s.now(), Verb: verb, Object: "round/" + string(x.ID), Owner: x.Path, More: more})
}

// Round returns a round that the asker leads. The seed is not in it until it is drawn.
func (s *Service) Round(ctx context.Context, rid RoundID) (x Round, err error) {
	x, err = s.openRound(ctx, rid)
	if x.State != RoundDrawn {
		x.Seed = ""
	}
	return x, err
}

// openRound is Round with the seed.
func (s *Service) openRound(ctx context.Context, rid RoundID) (x Round, err error) {
	defer fault.Wrap(&err, "round %s", rid)
	if err := auth.Require(ctx, MayManage); err != nil {
		return x, err
	}
	x, err = s.store.round(ctx, rid)
	if errors.Is(err, db.ErrNone) {
		return Round{}, ErrRound
	}
	if err == nil {
		if e := auth.RequireIn(ctx, MayManage, x.Path); e != nil {
			return Round{}, ErrRound
		}
	}
	return x, err
}

// Rounds lists the rounds of the asker's office, the newest first.
func (s *Service) Rounds(ctx context.Context, r page.Req) (out page.Of[Round], err error) {
	defer fault.Wrap(&err, "rounds")
	reach, err := auth.Reach(ctx, MayManage)
	if err != nil {
		return out, err
	}
	rows, err := s.store.rounds(ctx, reach.Like(), r.After, r.Size()+1)
	for i := range rows {
		if rows[i].State != RoundDrawn {
			rows[i].Seed = ""
		}
	}
	return page.Cut(rows, r, func(x Round) string { return string(x.ID) }), err
}

// Freeze makes the list of a round: the cases that ended in its period, and whose they
// are, as the ledgers say.
func (s *Service) Freeze(ctx context.Context, rid RoundID) (err error) {
	defer fault.Wrap(&err, "freeze round %s", rid)
	x, err := s.openRound(ctx, rid)
	if err != nil {
		return err
	}
	if x.State != RoundOpen {
		return ErrRoundIn
	}
	if x.Period.To >= s.today() {
		return ErrTooSoon
	}
	all, err := s.store.ended(ctx, x.Path+"%", s.Review.Selection.Ends, x.Period.From, x.Period.To)
	if err != nil {
		return err
	}
	for i := range all {
		h, c, err := s.cases.Ledger(ctx, all[i].Case)
		if err != nil {
			return err
		}
		all[i].Who = conductor(h, &c, s.Review.Selection.Ends, all[i].Ended)
	}
	at := s.now()
	x.State, x.List, x.Cases, x.Frozen = RoundFrozen, draw.Digest(lots(all)), len(all), &at
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.moveRound(ctx, x, RoundOpen); err != nil {
			return err
		}
		if err := s.store.putList(ctx, x.ID, all); err != nil {
			return err
		}
		return s.tellRound(ctx, "quality.round.freeze", x, map[string]string{"list": x.List, "cases": strconv.Itoa(x.Cases)})
	})
}

// conductor is whose work a case is: who conducts it, or helps, or entered the act that
// ended it where nobody is assigned.
func conductor(h criminal.Head, c *ledger.Case, ends []string, ended civil.Date) (who string) {
	for _, t := range []criminal.Task{criminal.Conducts, criminal.Joins, criminal.Leads} {
		for _, a := range h.Assigned {
			if a.Task == t {
				return string(a.Staff)
			}
		}
	}
	for _, a := range ledger.Standing(c) {
		if slices.Contains(ends, a.Kind) && a.At.Day() == ended {
			who = a.Author
		}
	}
	return who
}

// lots are the cases of a list as they are drawn.
func lots(all []Eligible) (out []draw.Case) {
	for _, e := range all {
		out = append(out, draw.Case{ID: string(e.Case), Who: e.Who})
	}
	return out
}

// Draw reveals the seed of a round and chooses: what is mandatory, what is at risk, and
// the random sample; each case once, with every reason.
func (s *Service) Draw(ctx context.Context, rid RoundID) (err error) {
	defer fault.Wrap(&err, "draw round %s", rid)
	x, err := s.openRound(ctx, rid)
	if err != nil {
		return err
	}
	if x.State != RoundFrozen {
		return ErrRoundIn
	}
	all, err := s.store.frozen(ctx, x.ID)
	if err != nil {
		return err
	}
	why, err := s.reasons(ctx, x, all)
	if err != nil {
		return err
	}
	var made []Review
	for _, cid := range sortedCases(why) {
		r, err := s.newReview(ctx, x, cid, why[cid])
		if err != nil {
			return err
		}
		made = append(made, r)
	}
	at := s.now()
	x.State, x.Drawn = RoundDrawn, &at
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.moveRound(ctx, x, RoundFrozen); err != nil {
			return err
		}
		for _, r := range made {
			if err := s.begin(ctx, r); err != nil {
				return err
			}
		}
		return s.tellRound(ctx, "quality.round.draw", x, map[string]string{"seed": x.Seed, "commitment": x.Commitment, "list": x.List, "chosen": strconv.Itoa(len(made))})
	})
}

func sortedCases(why map[criminal.ID][]Reason) (out []criminal.ID) {
	for c := range why {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// reasons says for every case that is taken why.
func (s *Service) reasons(ctx context.Context, x Round, all []Eligible) (map[criminal.ID][]Reason, error) {
	why := map[criminal.ID][]Reason{}
	m := s.Review.Selection
	for _, t := range m.Triggers {
		hits, err := s.stats.Found(ctx, x.Path, x.Period, t.Figures)
		if err != nil {
			return nil, err
		}
		told := map[criminal.ID]bool{}
		for _, h := range hits {
			if !told[h.Case] { // once a case, by the first act
				told[h.Case] = true
				why[h.Case] = append(why[h.Case], Reason{Kind: Mandatory, Text: t.Name + " (" + h.Day.VN() + ")", Act: string(h.Act)})
			}
		}
	}
	risky, err := s.risky(ctx, all)
	if err != nil {
		return nil, err
	}
	for _, r := range risky {
		why[r.Case] = append(why[r.Case], Reason{Kind: ByRisk, Text: strconv.Itoa(r.points) + " điểm rủi ro", Score: r.lines})
	}
	for _, p := range draw.Sample(x.Seed, lots(all), x.Share) {
		c := criminal.ID(p.ID)
		why[c] = append(why[c], Reason{Kind: Random, Text: "Thứ " + strconv.Itoa(p.Place) + " trong " + strconv.Itoa(p.Of) + " vụ của cùng người thụ lý, thứ tự " + p.Order[:12]})
	}
	return why, nil
}

// risk is a case of a list with its score.
type risk struct {
	Eligible
	points int
	lines  []Scored
}

// risky are the cases of a list with a score high enough, the highest first.
func (s *Service) risky(ctx context.Context, all []Eligible) (out []risk, err error) {
	m := s.Review.Selection.Risk
	catalogue := s.cases.Law(ctx)
	for _, e := range all {
		_, c, err := s.cases.Ledger(ctx, e.Case)
		if err != nil {
			return nil, err
		}
		x := riskCase{all: c.Acts, standing: ledger.Standing(&c), state: ledger.Fold(catalogue, &c), end: e.Ended, key: e.Key}
		for _, a := range x.standing {
			if d := a.At.Day(); x.first == "" || d < x.first {
				x.first = d
			}
		}
		if points, lines := m.Score(x); points >= m.Bound {
			out = append(out, risk{e, points, lines})
		}
	}
	slices.SortFunc(out, func(a, b risk) int { return cmp.Or(b.points-a.points, cmp.Compare(a.Case, b.Case)) })
	return out[:min(len(out), (len(all)*m.Percent+99)/100)], nil
}

// newReview is the review of a case that was taken.
func (s *Service) newReview(ctx context.Context, x Round, c criminal.ID, why []Reason) (r Review, err error) {
	h, l, err := s.cases.Ledger(ctx, c)
	if err != nil {
		return r, err
	}
	ends := s.Review.Selection.Ends
	last := civil.Date("")
	for _, a := range ledger.Standing(&l) {
		if slices.Contains(ends, a.Kind) {
			last = max(last, a.At.Day())
		}
	}
	r = Review{ID: id.New[Review](), Round: x.ID, Case: c, Number: h.Number, Name: h.Name, Office: h.Office, Home: h.Path, Path: x.Path, State: Chosen,
		Handler: conductor(h, &l, ends, last),
		Body:    ReviewBody{Reasons: why, Items: s.Review.items(passed(ledger.Fold(s.cases.Law(ctx), &l))), Found: map[string]Found{}}}
	r.Body.Names.Handler, err = s.nameOf(ctx, r.Handler)
	return r, err
}

// nameOf is somebody's name; "" for nobody.
func (s *Service) nameOf(ctx context.Context, staff string) (string, error) {
	if staff == "" {
		return "", nil
	}
	n, err := s.store.staffName(ctx, staff)
	if errors.Is(err, db.ErrNone) {
		return staff, nil
	}
	return n, err
}

// begin writes a review that is new.
func (s *Service) begin(ctx context.Context, r Review) error {
	if err := s.store.putReview(ctx, r); err != nil {
		return err
	}
	return s.tellReview(ctx, r, DoChoose, "")
}

// NewSpecial is a case that a leader adds to a round.
type NewSpecial struct {
	Number  string `form:"number" maxLength:"60"`
	Trigger string `form:"trigger" maxLength:"40"` // of those by hand; "": the theme of the round
	Why     string `form:"why" maxLength:"500"`
}

// AddCase adds a case to a drawn round, with the reason.
func (s *Service) AddCase(ctx context.Context, rid RoundID, in NewSpecial) (out ReviewID, err error) {
	defer fault.Wrap(&err, "add a case to round %s", rid)
	x, err := s.openRound(ctx, rid)
	if err != nil {
		return "", err
	}
	if x.State != RoundDrawn {
		return "", ErrRoundIn
	}
	found, err := s.store.caseOf(ctx, x.Path+"%", strings.TrimSpace(in.Number))
	if err != nil {
		return "", err
	}
	had, err := s.store.reviewsOf(ctx, rid)
	if err != nil {
		return "", err
	}
	reason := Reason{Kind: Special, Text: strings.TrimSpace(in.Why)}
	for _, t := range s.Review.Selection.Triggers {
		if t.Manual && t.ID == in.Trigger {
			reason.Kind, reason.Text = Mandatory, t.Name+": "+reason.Text
		}
	}
	var c fault.Check
	c.Need(len(found) == 1, "number", "Không tìm thấy đúng một vụ án có số này trong phạm vi của đợt.")
	c.Need(len(found) != 1 || !slices.ContainsFunc(had, func(r Review) bool { return r.Case == found[0].Case }), "number", "Vụ án này đã có trong đợt.")
	c.Need(len([]rune(in.Why)) >= 10, "why", "Hãy ghi lý do và văn bản làm căn cứ (ít nhất 10 chữ).")
	if err := c.Err(ErrRoundForm); err != nil {
		return "", err
	}
	r, err := s.newReview(ctx, x, found[0].Case, []Reason{reason})
	if err != nil {
		return "", err
	}
	return r.ID, s.store.db.Tx(ctx, func(ctx context.Context) error { return s.begin(ctx, r) })
}

// Repeat draws the sample of a round again and reports whether seed, list and sample are
// those that were published.
func (s *Service) Repeat(ctx context.Context, rid RoundID) (sample []draw.Picked, all []Eligible, same bool, err error) {
	defer fault.Wrap(&err, "draw round %s again", rid)
	x, err := s.openRound(ctx, rid)
	if err != nil {
		return nil, nil, false, err
	}
	if x.State != RoundDrawn {
		return nil, nil, false, ErrRoundIn
	}
	if all, err = s.store.frozen(ctx, rid); err != nil {
		return nil, nil, false, err
	}
	sample = draw.Sample(x.Seed, lots(all), x.Share)
	rs, err := s.store.reviewsOf(ctx, rid)
	if err != nil {
		return nil, nil, false, err
	}
	taken := map[criminal.ID]bool{}
	for _, r := range rs {
		if slices.ContainsFunc(r.Body.Reasons, func(w Reason) bool { return w.Kind == Random }) {
			taken[r.Case] = true
		}
	}
	same = draw.Commit(x.Seed) == x.Commitment && draw.Digest(lots(all)) == x.List && len(taken) == len(sample)
	for _, p := range sample {
		same = same && taken[criminal.ID(p.ID)]
	}
	return sample, all, same, nil
}

// RoundList is the frozen list as its digest is made of, for whoever repeats the draw.
func (s *Service) RoundList(ctx context.Context, rid RoundID) (string, error) {
	_, all, _, err := s.Repeat(ctx, rid)
	return draw.List(lots(all)), err
}

// RoundReviews are the reviews of a round that the asker leads.
func (s *Service) RoundReviews(ctx context.Context, rid RoundID) (out []Review, err error) {
	if _, err := s.openRound(ctx, rid); err != nil {
		return nil, err
	}
	return s.store.reviewsOf(ctx, rid)
}

// SetNotice writes the lessons of a round and the need of training. What stood before is
// in the journal by its digest, and the reviews keep their own lessons.
func (s *Service) SetNotice(ctx context.Context, rid RoundID, notice, training string) (err error) {
	defer fault.Wrap(&err, "notice of round %s", rid)
	x, err := s.openRound(ctx, rid)
	if err != nil {
		return err
	}
	if x.State != RoundDrawn {
		return ErrRoundIn
	}
	x.Notice, x.Training = strings.TrimSpace(notice), strings.TrimSpace(training)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.moveRound(ctx, x, RoundDrawn); err != nil {
			return err
		}
		return s.tellRound(ctx, "quality.round.notice", x, map[string]string{"notice": draw.Commit(x.Notice), "training": draw.Commit(x.Training)})
	})
}

// Lessons are what the reviews of a round came to, for its notice: no names in it.
type Lessons struct {
	Round   Round
	Office  org.Office
	Above   string
	Grades  map[string]int // by name of the grade
	Order   []string       // names of the grades, the best first
	Classes map[Class][2]int
	Lesson  []string
	Train   []string
	Cases   int
	Decided int
}

// LessonsOf adds up a round.
func (s *Service) LessonsOf(ctx context.Context, rid RoundID) (out Lessons, err error) {
	defer fault.Wrap(&err, "lessons of round %s", rid)
	if out.Round, err = s.Round(ctx, rid); err != nil {
		return out, err
	}
	if out.Office, err = s.org.Office(ctx, out.Round.Office); err != nil {
		return out, err
	}
	if out.Office.Parent != "" {
		out.Above = s.org.OfficeName(ctx, out.Office.Parent)
	}
	rs, err := s.store.reviewsOf(ctx, rid)
	if err != nil {
		return out, err
	}
	out.Grades, out.Classes, out.Cases = map[string]int{}, map[Class][2]int{}, len(rs)
	for _, g := range s.Review.Grades.Grades {
		out.Order = append(out.Order, g.Name)
	}
	for _, r := range rs {
		if r.Grade == "" {
			continue
		}
		out.Decided++
		out.Grades[r.Body.Decision.Name]++
		for _, i := range r.Body.Faults() {
			n := out.Classes[i.Class]
			if r.Body.Found[i.ID].Mark == Serious {
				n[1]++
			} else {
				n[0]++
			}
			out.Classes[i.Class] = n
		}
		if x := r.Body.Decision.Lesson; x != "" && !slices.Contains(out.Lesson, x) {
			out.Lesson = append(out.Lesson, x)
		}
		if x := r.Body.Decision.Training; x != "" && !slices.Contains(out.Train, x) {
			out.Train = append(out.Train, x)
		}
	}
	return out, nil
}

// ExportRound writes the reviews of a round as a spreadsheet.
func (s *Service) ExportRound(ctx context.Context, rid RoundID, open func(name string) io.Writer) (err error) {
	defer fault.Wrap(&err, "export round %s", rid)
	l, err := s.LessonsOf(ctx, rid)
	if err != nil {
		return err
	}
	rs, err := s.store.reviewsOf(ctx, rid)
	if err != nil {
		return err
	}
	if err := s.tellRound(ctx, "quality.round.export", l.Round, map[string]string{}); err != nil {
		return err
	}
	p := sheet.Paper{Above: l.Above, Office: l.Office.Name, Title: "Kết quả đánh giá chất lượng vụ án", About: []string{l.Round.Title, "Từ " + l.Round.Period.From.VN() + " đến " + l.Round.Period.To.VN(), "Hạt giống: " + cmp.Or(l.Round.Seed, "chưa công bố")}, Made: s.now(),
		Columns: []sheet.Column{{Title: "STT", Width: 5}, {Title: "Số vụ án", Width: 16}, {Title: "Vụ án", Width: 36}, {Title: "Lý do chọn", Width: 40}, {Title: "Người thụ lý", Width: 20}, {Title: "Người đánh giá", Width: 20}, {Title: "Bước", Width: 16}, {Title: "Điểm", Width: 7}, {Title: "Lỗi nghiêm trọng", Width: 9}, {Title: "Thiếu sót", Width: 9}, {Title: "Xếp loại", Width: 14}}}
	return sheet.Write(open("Đánh giá chất lượng "+l.Round.Period.String()+".xlsx"), p, func(yield func([]string) error) error {
		for i, r := range rs {
			var why []string
			for _, w := range r.Body.Reasons {
				why = append(why, w.Kind.VN()+": "+w.Text)
			}
			b := r.Body
			if err := yield([]string{strconv.Itoa(i + 1), r.Number, r.Name, strings.Join(why, "; "), b.Names.Handler, b.Names.Reviewer, r.State.VN(),
				strconv.Itoa(b.Result.Points), strconv.Itoa(b.Result.Serious), strconv.Itoa(b.Result.Minor), b.Decision.Name}); err != nil {
				return err
			}
		}
		return nil
	})
}
