package quality

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/law"
	"congminh/internal/quality/draw"
	"congminh/internal/stats/period"
)

// Selection says which cases a round takes (data/selection.toml).
type Selection struct {
	Version    int            `toml:"version"`
	From       civil.Date     `toml:"from"`
	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`

	// In working days.
	SelfCheckDays int `toml:"self_check_days"`
	AnswerDays    int `toml:"answer_days"`
	SecondDays    int `toml:"second_days"`
	ReviewDays    int `toml:"review_days"`
	RemedyDays    int `toml:"remedy_days"`

	Ends     []string   `toml:"ends"` // kinds of acts that end a case
	Share    draw.Share `toml:"share"`
	Triggers []Trigger  `toml:"trigger"`
	Risk     Risk       `toml:"risk"`
}

// Trigger makes a review mandatory: a fact of the statistics, or what a leader adds by hand.
type Trigger struct {
	ID         string         `toml:"id"`
	Name       string         `toml:"name"`
	Figures    []string       `toml:"figures"`
	Manual     bool           `toml:"manual"`
	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`
}

// Risk is the score by which cases are taken (điểm rủi ro).
type Risk struct {
	Bound   int        `toml:"bound"`   // points from which a case is taken
	Percent int        `toml:"percent"` // of the list at most
	Lines   []RiskLine `toml:"line"`
}

// RiskLine is what one thing about a case adds to its score.
type RiskLine struct {
	ID         string         `toml:"id"`
	Name       string         `toml:"name"`
	Measure    string         `toml:"measure"`
	Kinds      []string       `toml:"kinds"`
	Over       int            `toml:"over"`
	Points     int            `toml:"points"`
	Each       int            `toml:"each"`
	Most       int            `toml:"most"`
	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`
}

// Scored is a line of a score: what was found, and what it adds.
type Scored struct {
	Name   string `json:"name"`
	Value  int    `json:"value"`
	Over   int    `json:"over"`
	Points int    `json:"points"`
}

// measures are what a line of risk may look at.
var measures = map[string]func(RiskLine, riskCase) int{
	"days": func(_ RiskLine, c riskCase) int {
		from := c.state.Opened.Day()
		if from == "" {
			from = c.first
		}
		if from == "" || c.end < from {
			return 0
		}
		return int(c.end.Start().Sub(from.Start()).Hours() / 24)
	},
	"acts": func(l RiskLine, c riskCase) (n int) {
		for _, a := range c.standing {
			if slices.Contains(l.Kinds, a.Kind) {
				n++
			}
		}
		return n
	},
	"corrections": func(_ RiskLine, c riskCase) (n int) {
		for _, a := range c.all {
			if a.Supersedes != "" {
				n++
			}
		}
		return n
	},
	"accused": func(_ RiskLine, c riskCase) int { return len(c.state.Accused) },
	"juvenile": func(_ RiskLine, c riskCase) (n int) {
		for _, a := range c.state.Accused {
			if a.Juvenile {
				n++
			}
		}
		return n
	},
	"key": func(_ RiskLine, c riskCase) int {
		if c.key {
			return 1
		}
		return 0
	},
	"returns": func(_ RiskLine, c riskCase) int { return c.state.Returns + c.state.CourtReturns },
}

// riskCase is what a score is worked out from.
type riskCase struct {
	all, standing []ledger.Act
	state         ledger.State
	first, end    civil.Date
	key           bool
}

// Score adds up the points of a case and says what each is for.
func (r Risk) Score(c riskCase) (sum int, lines []Scored) {
	for _, l := range r.Lines {
		v := measures[l.Measure](l, c)
		if v <= l.Over {
			continue
		}
		p := l.Points + l.Each*(v-l.Over-1)
		if l.Most > 0 {
			p = min(p, l.Most)
		}
		sum += p
		lines = append(lines, Scored{l.Name, v, l.Over, p})
	}
	return sum, lines
}

// check says what is wrong with a selection; has tells which figures there are.
func (s *Selection) check(has func(string) bool) error {
	for _, t := range s.Triggers {
		if t.ID == "" || t.Name == "" || t.Manual == (len(t.Figures) > 0) {
			return fmt.Errorf("trigger %q: needs a name, and either figures or manual", t.ID)
		}
		for _, f := range t.Figures {
			if !has(f) {
				return fmt.Errorf("trigger %s: no figure %s", t.ID, f)
			}
		}
	}
	for _, l := range s.Risk.Lines {
		if measures[l.Measure] == nil {
			return fmt.Errorf("risk %s: no measure %q", l.ID, l.Measure)
		}
	}
	if len(s.Ends) == 0 || s.Share.Percent < 0 || s.Share.Percent > 100 {
		return fmt.Errorf("needs kinds of acts that end a case, and a share of 0 to 100 percent")
	}
	return nil
}

// Sheet is a part of the review sheet (phiếu đánh giá), for the cases that passed a stage.
type Sheet struct {
	ID         string         `toml:"id"`
	Version    int            `toml:"version"`
	Title      string         `toml:"title"`
	Stage      criminal.Stage `toml:"stage"` // "": every case
	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`
	Items      []Item         `toml:"item"`
}

// Item is a thing that is looked at.
type Item struct {
	ID     string `toml:"id" json:"id"`
	Sheet  string `toml:"-" json:"sheet"`
	Class  Class  `toml:"class" json:"class"`
	Weight int    `toml:"weight" json:"weight"`
	Text   string `toml:"text" json:"text"`
	Look   string `toml:"look" json:"look"` // where to look
	Self   bool   `toml:"self" json:"self,omitempty"`
}

// Class is of what kind a fault is.
type Class string

// The classes.
const (
	OfProcedure Class = "procedure"
	OfEvidence  Class = "evidence"
	OfLaw       Class = "law"
	OfDocuments Class = "documents"
	OfDeadlines Class = "deadlines"
	OfData      Class = "data"
)

// Classes lists the classes in the order people read them.
var Classes = []Class{OfProcedure, OfEvidence, OfLaw, OfDocuments, OfDeadlines, OfData}

// VN names c for a person.
func (c Class) VN() string {
	switch c {
	case OfProcedure:
		return "Thủ tục"
	case OfEvidence:
		return "Chứng cứ"
	case OfLaw:
		return "Áp dụng pháp luật"
	case OfDocuments:
		return "Văn bản, hồ sơ"
	case OfDeadlines:
		return "Thời hạn"
	case OfData:
		return "Dữ liệu"
	}
	return string(c)
}

// Mark is what a reviewer says of an item.
type Mark string

// The marks.
const (
	NotYet  Mark = ""
	Fine    Mark = "fine"
	Minor   Mark = "minor"
	Serious Mark = "serious"
	NotHere Mark = "none" // does not occur in this case
)

// Marks lists what may be chosen.
var Marks = []Mark{Fine, Minor, Serious, NotHere}

// VN names m for a person.
func (m Mark) VN() string {
	switch m {
	case NotYet:
		return "Chưa đánh giá"
	case Fine:
		return "Đạt yêu cầu"
	case Minor:
		return "Thiếu sót"
	case Serious:
		return "Lỗi nghiêm trọng"
	case NotHere:
		return "Không phát sinh"
	}
	return string(m)
}

// Faulty reports whether m is a finding.
func (m Mark) Faulty() bool { return m == Minor || m == Serious }

// Found is what stands at an item of a sheet that is filled.
type Found struct {
	Mark   Mark   `json:"mark,omitempty"`
	Note   string `json:"note,omitempty"`
	Folios string `json:"folios,omitempty"` // 12, 15-17
	Answer string `json:"answer,omitempty"` // of the handler
}

// Grades are the grades and what faults cost (data/grades.toml).
type Grades struct {
	Version    int            `toml:"version"`
	Source     string         `toml:"source"`
	Confidence law.Confidence `toml:"confidence"`
	Cost       struct {
		Minor   int `toml:"minor"`
		Serious int `toml:"serious"`
	} `toml:"cost"`
	Grades []Grade `toml:"grade"` // the best first
}

// Grade is a grade (xếp loại): from so many points, with at most so many faults.
type Grade struct {
	ID      string `toml:"id" json:"id"`
	Name    string `toml:"name" json:"name"`
	From    int    `toml:"from" json:"from"`
	Serious int    `toml:"serious" json:"serious"`
	Minor   int    `toml:"minor" json:"minor"`
}

// Tally is what a filled sheet comes to.
type Tally struct {
	Points  int    `json:"points"` // of a hundred
	Grade   string `json:"grade"`
	Name    string `json:"name"`
	Serious int    `json:"serious"`
	Minor   int    `json:"minor"`
	Left    int    `json:"left"` // items not looked at
}

// Result adds up a sheet. What does not occur in the case does not count.
func (g Grades) Result(items []Item, found map[string]Found) (r Tally) {
	all, got := 0, 0
	for _, i := range items {
		switch found[i.ID].Mark {
		case NotYet:
			r.Left++
		case NotHere:
		case Fine:
			all, got = all+i.Weight*100, got+i.Weight*100
		case Minor:
			r.Minor++
			all, got = all+i.Weight*100, got+i.Weight*(100-g.Cost.Minor)
		case Serious:
			r.Serious++
			all, got = all+i.Weight*100, got+i.Weight*(100-g.Cost.Serious)
		}
	}
	r.Points = 100
	if all > 0 {
		r.Points = got * 100 / all
	}
	for _, x := range g.Grades {
		if r.Points >= x.From && r.Serious <= x.Serious && r.Minor <= x.Minor {
			r.Grade, r.Name = x.ID, x.Name
			return r
		}
	}
	last := g.Grades[len(g.Grades)-1]
	r.Grade, r.Name = last.ID, last.Name
	return r
}

// Worst is the grade that must not be decided without a second opinion.
func (g Grades) Worst() string { return g.Grades[len(g.Grades)-1].ID }

func (g Grades) check() error {
	if len(g.Grades) != 4 || !slices.IsSortedFunc(g.Grades, func(a, b Grade) int { return cmp.Compare(b.From, a.From) }) || g.Grades[3].From != 0 {
		return fmt.Errorf("four grades, the best first, the last from 0 points")
	}
	return nil
}

// Method is what reviews are done by.
type Method struct {
	Selection Selection
	Sheets    []Sheet
	Grades    Grades
	Seed      func() string // of 26 letters and digits that nobody can guess
}

// items are those for a case that passed some stages, each with the title of its sheet.
func (m Method) items(passed []criminal.Stage) (out []Item) {
	for _, s := range m.Sheets {
		if s.Stage != "" && !slices.Contains(passed, s.Stage) {
			continue
		}
		for _, i := range s.Items {
			i.Sheet = s.Title
			out = append(out, i)
		}
	}
	return out
}

// passed are the stages a case went through.
func passed(st ledger.State) (out []criminal.Stage) {
	for _, x := range []struct {
		at    ledger.Moment
		stage criminal.Stage
	}{{st.Received, criminal.Report}, {st.Opened, criminal.Investigation}, {cmp.Or(st.Arrived, st.Indicted), criminal.Prosecution},
		{cmp.Or(st.Accepted, st.Sent, st.Judged), criminal.FirstInstance}} {
		if x.at != "" || string(x.stage) == st.Stage {
			out = append(out, x.stage)
		}
	}
	return out
}

// RoundState is where a round stands.
type RoundState string

// The states of a round.
const (
	RoundOpen   RoundState = "open"   // the seed is committed to
	RoundFrozen RoundState = "frozen" // the list is known
	RoundDrawn  RoundState = "drawn"  // the seed is known
)

// VN names s for a person.
func (s RoundState) VN() string {
	switch s {
	case RoundOpen:
		return "Đã cam kết hạt giống"
	case RoundFrozen:
		return "Đã chốt danh sách"
	case RoundDrawn:
		return "Đã chọn vụ án"
	}
	return string(s)
}

// RoundID identifies a round.
type RoundID = id.Of[Round]

// Round is a round of reviews (đợt đánh giá) of an office and those below it.
type Round struct {
	ID         RoundID
	Office     auth.Office
	Path       string
	Title      string
	Period     period.Period
	State      RoundState
	Commitment string
	Seed       string // "" until it is drawn
	List       string // digest; "" until it is frozen
	Cases      int    // in the list
	Share      draw.Share
	Method     int // version of the selection
	Author     string
	Name       string
	At         time.Time
	Frozen     *time.Time
	Drawn      *time.Time
	Notice     string // lessons (thông báo rút kinh nghiệm)
	Training   string // need of training
}

// Eligible is a case of a frozen list.
type Eligible struct {
	Case   criminal.ID
	Who    string // who conducted it; "" for nobody
	Number string
	Name   string
	Office auth.Office
	Path   string
	Ended  civil.Date
	Key    bool
}

// Kind is why a case was taken.
type Kind string

// The kinds.
const (
	Mandatory Kind = "mandatory"
	ByRisk    Kind = "risk"
	Random    Kind = "random"
	Special   Kind = "special" // added by a leader
)

// Kinds lists the kinds in the order people read them.
var Kinds = []Kind{Mandatory, ByRisk, Random, Special}

// VN names k for a person.
func (k Kind) VN() string {
	switch k {
	case Mandatory:
		return "Bắt buộc"
	case ByRisk:
		return "Theo rủi ro"
	case Random:
		return "Ngẫu nhiên"
	case Special:
		return "Chuyên đề"
	}
	return string(k)
}

// Reason is why a case was taken, in words.
type Reason struct {
	Kind  Kind     `json:"kind"`
	Text  string   `json:"text"`
	Act   string   `json:"act,omitempty"` // that says so
	Score []Scored `json:"score,omitempty"`
}

// ReviewState is where a review stands.
type ReviewState string

// The states of a review.
const (
	Chosen    ReviewState = "chosen"    // waits for a reviewer
	Reviewing ReviewState = "reviewing" // the reviewer fills the sheet
	Answering ReviewState = "answering" // the handler answers
	Seconding ReviewState = "seconding" // a second reviewer gives an opinion
	Deciding  ReviewState = "deciding"  // the leader decides
	Remedying ReviewState = "remedying" // the handler puts right
	Ended     ReviewState = "ended"
)

// ReviewStates lists the states in their order.
var ReviewStates = []ReviewState{Chosen, Reviewing, Answering, Seconding, Deciding, Remedying, Ended}

// VN names s for a person.
func (s ReviewState) VN() string {
	switch s {
	case Chosen:
		return "Chờ phân công"
	case Reviewing:
		return "Đang đánh giá"
	case Answering:
		return "Chờ giải trình"
	case Seconding:
		return "Chờ ý kiến thứ hai"
	case Deciding:
		return "Chờ kết luận"
	case Remedying:
		return "Đang khắc phục"
	case Ended:
		return "Đã xong"
	}
	return string(s)
}

// ReviewID identifies a review.
type ReviewID = id.Of[Review]

// Review is the review of one case. What changes is in Body; every step keeps the whole of it.
type Review struct {
	ID       ReviewID
	Round    RoundID
	Case     criminal.ID
	Number   string
	Name     string
	Office   auth.Office // of the case
	Home     string      // path of that office
	Path     string      // of the office whose round it is
	State    ReviewState
	Handler  string // who conducted the case
	Reviewer string
	Second   string
	Due      civil.Date // of the state; "" for none
	Grade    string     // decided
	Revision int        // 0 until it is decided
	Rev      int        // counts changes, so that two people do not write over each other
	Body     ReviewBody
}

// ReviewBody is what a review says.
type ReviewBody struct {
	Reasons  []Reason         `json:"reasons"`
	Items    []Item           `json:"items"` // as they were when the case was taken
	Found    map[string]Found `json:"found"`
	Overall  string           `json:"overall,omitempty"`
	Result   Tally            `json:"result"`
	Answer   string           `json:"answer,omitempty"`
	Asks     bool             `json:"asks,omitempty"` // the handler asks for a second opinion
	Second   SecondView       `json:"second,omitzero"`
	Decision Decision         `json:"decision,omitzero"`
	Remedies []Remedy         `json:"remedies,omitempty"`
	Revised  string           `json:"revised,omitempty"` // why the result is decided again
	Grant    string           `json:"grant,omitempty"`   // request by which the reviewer may open the file
	Names    People           `json:"names"`
}

// People are the names of those concerned, as they were.
type People struct {
	Handler  string `json:"handler,omitempty"`
	Reviewer string `json:"reviewer,omitempty"`
	Second   string `json:"second,omitempty"`
}

// SecondView is what a second reviewer says.
type SecondView struct {
	Agree bool   `json:"agree"`
	Grade string `json:"grade,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Decision is what the leader concludes.
type Decision struct {
	Grade    string    `json:"grade,omitempty"`
	Name     string    `json:"name,omitempty"` // of the grade
	Text     string    `json:"text,omitempty"`
	Lesson   string    `json:"lesson,omitempty"`   // for the notice, without names
	Training string    `json:"training,omitempty"` // what should be taught
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at,omitzero"`
}

// Remedy is something to be put right (khắc phục).
type Remedy struct {
	Text  string     `json:"text"`
	Due   civil.Date `json:"due"`
	Proof string     `json:"proof,omitempty"` // folio or act that shows it
	Note  string     `json:"note,omitempty"`
	Done  civil.Date `json:"done,omitempty"`
}

// Late reports whether a remedy is overdue.
func (r Remedy) Late(today civil.Date) bool { return r.Done == "" && r.Due < today }

// Faults are the items with a finding.
func (b ReviewBody) Faults() (out []Item) {
	for _, i := range b.Items {
		if b.Found[i.ID].Mark.Faulty() {
			out = append(out, i)
		}
	}
	return out
}

// Late reports whether what is due has not been done.
func (r Review) Late(today civil.Date) bool {
	return r.State != Ended && r.Due != "" && r.Due < today
}

// Seat is what somebody is in a review.
type Seat string

// The seats.
const (
	IsHandler  Seat = "handler"
	IsReviewer Seat = "reviewer"
	IsSecond   Seat = "second"
	IsLeader   Seat = "leader" // of the office whose round it is
	IsHome     Seat = "home"   // leader of the office whose case it is: sees it
)

// Step is a line of the history of a review.
type Step struct {
	N    int
	Verb Verb
	Why  string
	By   string
	Name string
	At   time.Time
}

// Verb is what was done.
type Verb string

// The verbs.
const (
	DoChoose Verb = "choose"
	DoAssign Verb = "assign"
	DoSubmit Verb = "submit"
	DoAnswer Verb = "answer"
	DoSecond Verb = "second" // a second reviewer is named
	DoOpine  Verb = "opine"
	DoDecide Verb = "decide"
	DoProve  Verb = "prove"
	DoAccept Verb = "accept" // the remedy is accepted
	DoReturn Verb = "return" // it is not: to be done again
	DoRevise Verb = "revise"
)

// VN names v for a person.
func (v Verb) VN() string {
	switch v {
	case DoChoose:
		return "Chọn để đánh giá"
	case DoAssign:
		return "Phân công người đánh giá"
	case DoSubmit:
		return "Gửi kết quả đánh giá"
	case DoAnswer:
		return "Giải trình"
	case DoSecond:
		return "Lấy ý kiến thứ hai"
	case DoOpine:
		return "Nêu ý kiến thứ hai"
	case DoDecide:
		return "Kết luận"
	case DoProve:
		return "Báo cáo khắc phục"
	case DoAccept:
		return "Công nhận khắc phục"
	case DoReturn:
		return "Yêu cầu khắc phục lại"
	case DoRevise:
		return "Mở lại kết quả"
	}
	return string(v)
}

// moves says who may do what, in which states.
var moves = map[Verb]struct {
	from []ReviewState
	by   Seat
}{
	DoAssign: {[]ReviewState{Chosen, Reviewing}, IsLeader},
	DoSubmit: {[]ReviewState{Reviewing}, IsReviewer},
	DoAnswer: {[]ReviewState{Answering}, IsHandler},
	DoSecond: {[]ReviewState{Deciding, Seconding}, IsLeader},
	DoOpine:  {[]ReviewState{Seconding}, IsSecond},
	DoDecide: {[]ReviewState{Deciding, Answering}, IsLeader},
	DoProve:  {[]ReviewState{Remedying}, IsHandler},
	DoAccept: {[]ReviewState{Remedying}, IsLeader},
	DoReturn: {[]ReviewState{Remedying}, IsLeader},
	DoRevise: {[]ReviewState{Ended, Remedying}, IsLeader},
}

// May reports whether somebody in some seats may do v to r now.
func (r Review) May(v Verb, seats []Seat) bool {
	m := moves[v]
	return slices.Contains(m.from, r.State) && slices.Contains(seats, m.by)
}

// Box is which reviews somebody looks at.
type Box string

// The boxes.
const (
	AllMine  Box = ""
	ToReview Box = "review"
	ToAnswer Box = "answer"
	ToDecide Box = "decide"
	ToRemedy Box = "remedy"
)

// Boxes lists the boxes in the order people are offered them.
var Boxes = []Box{AllMine, ToReview, ToAnswer, ToDecide, ToRemedy}

// ReviewFilter narrows a list of reviews.
type ReviewFilter struct {
	Box   Box         `form:"box" enum:"review,answer,decide,remedy"`
	Words string      `form:"q" maxLength:"100"`
	State ReviewState `form:"state" enum:"chosen,reviewing,answering,seconding,deciding,remedying,ended"`
	Grade string      `form:"grade" maxLength:"20"`
	Round RoundID     `form:"round" maxLength:"64"`
	Sort  string      `form:"sort" enum:"due,number"`
	page.Req
}

// SelfCheck is what the handler found of a case that ended (tự kiểm tra).
type SelfCheck struct {
	Case   criminal.ID
	Number string
	Name   string
	Office auth.Office
	Ended  civil.Date
	Due    civil.Date
	Staff  string
	Who    string
	Done   *time.Time
	Found  map[string]Found
	Items  []Item
}

// How reviews say no.
var (
	ErrRound     = fault.New(fault.NotFound, "quality.round", "Không tìm thấy đợt đánh giá này.")
	ErrRoundIn   = fault.New(fault.Conflict, "quality.round-state", "Đợt đánh giá đang ở bước khác. Hãy tải lại trang.")
	ErrRoundForm = fault.New(fault.Invalid, "quality.round-form", "Chưa mở được đợt đánh giá. Hãy sửa các ô được đánh dấu.")
	ErrTooSoon   = fault.New(fault.Invalid, "quality.not-over", "Kỳ đánh giá chưa kết thúc. Chỉ chốt danh sách khi kỳ đã qua.")
	ErrReview    = fault.New(fault.NotFound, "quality.review", "Không tìm thấy lượt đánh giá này, hoặc bạn không phải người liên quan.")
	ErrReviewIn  = fault.New(fault.Conflict, "quality.review-state", "Lượt đánh giá không còn ở bước này. Hãy tải lại trang để xem bước hiện tại.")
	ErrReviewRev = fault.New(fault.Conflict, "quality.review-rev", "Người khác, hoặc một cửa sổ khác của bạn, vừa ghi. Hãy tải lại trang rồi sửa tiếp.")
	ErrConflict  = fault.New(fault.Invalid, "quality.conflict", "Người này không được đánh giá vụ án này.")
	ErrSheet     = fault.New(fault.Invalid, "quality.sheet", "Phiếu chưa đủ. Hãy sửa các ô được đánh dấu.")
	ErrNeeds     = fault.New(fault.Conflict, "quality.second", "Kết quả không đạt, hoặc người thụ lý yêu cầu: cần ý kiến của người đánh giá thứ hai trước khi kết luận.")
	ErrWait      = fault.New(fault.Conflict, "quality.wait", "Người thụ lý chưa giải trình và chưa hết hạn giải trình.")
	ErrProof     = fault.New(fault.Invalid, "quality.proof", "Chưa ghi được việc khắc phục. Hãy sửa các ô được đánh dấu.")
	ErrOwnReview = fault.New(fault.Forbidden, "quality.own-review", "Người thụ lý, người đánh giá không tự kết luận lượt đánh giá này. Cần một lãnh đạo khác.")
	ErrSelf      = fault.New(fault.NotFound, "quality.self", "Vụ án này chưa kết thúc, hoặc bạn không phải người thụ lý.")
)
