// Package deadline watches the time limits of criminal cases (theo dõi thời hạn tố
// tụng): which clock of which case runs, until when and by which article; who is
// told before it ends, and what happens when nobody answers.
//
// Clocks are never patched: after every act all clocks of the case are computed
// afresh from its ledger, and every night those of all cases, which must give what
// is stored. A warning is a fact: every step of it is written, and none is lost
// silently: what is not answered climbs, and what does not reach is noticed.
package deadline

import (
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/law"
	"congminh/internal/org"
)

// What one may do here.
const (
	MayRead   auth.Verb = "deadline.read"
	MayAct    auth.Verb = "deadline.act"    // answer warnings, say that a duty is done, set one's channels
	MayManage auth.Verb = "deadline.manage" // see to the watch itself: no case content
)

// How this module says no.
var (
	ErrNone    = fault.New(fault.NotFound, "deadline.none", "Không tìm thấy thời hạn này. Có thể quyết định làm phát sinh nó đã được đính chính; hãy mở lại vụ án.")
	ErrWarning = fault.New(fault.NotFound, "deadline.warning", "Không tìm thấy cảnh báo này trong phạm vi của bạn.")
	ErrStep    = fault.New(fault.Conflict, "deadline.step", "Cảnh báo đã sang bước khác nên không làm được việc này. Hãy tải lại trang.")
	ErrEnter   = fault.New(fault.Conflict, "deadline.enter", "Cảnh báo này chỉ đóng khi đã nhập ngày hết hạn, hoặc khi có quyết định kết thúc thời hạn.")
	ErrReason  = fault.New(fault.Invalid, "deadline.reason", "Thời hạn đã quá: phải ghi lý do không thực hiện đúng hạn.")
	ErrDone    = fault.New(fault.Invalid, "deadline.done", "Chưa ghi nhận được. Hãy sửa các ô được đánh dấu.")
	ErrSetting = fault.New(fault.Invalid, "deadline.setting", "Thiết lập chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrMonth   = fault.New(fault.Invalid, "deadline.month", "Tháng phải viết theo dạng năm-tháng, ví dụ 2026-11.")
)

// State is where a clock stands. Whether it is overdue is no state: it follows
// from the day (see Clock.Level).
type State string

// The states.
const (
	Running  State = "running"
	Manual   State = "manual"   // nothing could be computed: an end must be entered by hand
	Extended State = "extended" // a later link of the chain runs in its place
	Done     State = "done"     // in time
	Late     State = "late"     // done, after the legal date
	Stopped  State = "stopped"  // what it was for ended before it did
	Missed   State = "missed"   // what it was for ended after the legal date, and it was never done
	Lapsed   State = "lapsed"   // a right that nobody used in time: no failure
	Noted    State = "noted"    // a duty of another body that no act of ours would show as done
)

// VN names s for a person.
func (s State) VN() string {
	switch s {
	case Running:
		return "Đang chạy"
	case Manual:
		return "Cần nhập hạn"
	case Extended:
		return "Đã gia hạn"
	case Done:
		return "Xong đúng hạn"
	case Late:
		return "Xong quá hạn"
	case Stopped:
		return "Đã dừng"
	case Missed:
		return "Quá hạn, không thực hiện"
	case Lapsed:
		return "Hết thời hạn của quyền"
	case Noted:
		return "Chỉ ghi nhận"
	}
	return string(s)
}

// Level is how near the end of a running clock is.
type Level string

// The levels, worst first.
const (
	Breached Level = "breached" // after the legal end
	Overdue  Level = "overdue"  // after the nominal end, which people are driven by
	Today    Level = "today"
	Week     Level = "week"  // to Sunday
	Month    Level = "month" // within 30 days
	Later    Level = "later"
)

// Levels lists the levels, worst first.
var Levels = []Level{Breached, Overdue, Today, Week, Month, Later}

// VN names l for a person.
func (l Level) VN() string {
	switch l {
	case Breached:
		return "Quá hạn"
	case Overdue:
		return "Quá hạn danh nghĩa"
	case Today:
		return "Hết hạn hôm nay"
	case Week:
		return "Trong tuần này"
	case Month:
		return "Trong 30 ngày"
	case Later:
		return "Còn xa"
	}
	return string(l)
}

// ClockID identifies a clock. It is made of the case, the rule, whose it is, the act
// it starts from and its place in the chain, so it stays when all is computed again.
type ClockID = id.Of[Clock]

// Held says that a clock keeps somebody locked up.
type Held int

// Free, or what keeps them.
const (
	Free      Held = 0
	InCustody Held = 1 // tạm giữ
	Detained  Held = 2 // tạm giam
)

// VN names h for a person.
func (h Held) VN() string {
	switch h {
	case InCustody:
		return "Tạm giữ"
	case Detained:
		return "Tạm giam"
	case Free:
	}
	return ""
}

// Clock is one time limit that runs, or ran, in a case. What stands below the line
// is filled for people and not stored.
type Clock struct {
	ID      ClockID        `json:"id"`
	Case    criminal.ID    `json:"case"`
	Rule    string         `json:"rule"`
	Of      string         `json:"of,omitempty"`
	Subject ledger.PartyID `json:"subject,omitempty"`
	Source  ledger.ActID   `json:"source,omitempty"`
	Seq     int            `json:"seq"`
	Start   string         `json:"start"`
	Nominal string         `json:"nominal"`
	Legal   string         `json:"legal"`
	State   State          `json:"state"`
	Ended   string         `json:"ended,omitempty"`    // day or minute it was done or stopped
	EndedBy string         `json:"ended_by,omitempty"` // the act; or why: said, stage, suspended, terminated
	Own     bool           `json:"own"`                // a duty of the procuracy itself
	Held    Held           `json:"held,omitempty"`
	Urgent  bool           `json:"urgent,omitempty"` // hours, custody, detention: quiet hours do not delay it
	Office  auth.Office    `json:"office"`
	Staff   org.StaffID    `json:"staff,omitempty"`

	Number    string         `json:"number,omitempty"` // of the case
	CaseName  string         `json:"case_name,omitempty"`
	Title     string         `json:"title,omitempty"` // of the rule
	Actor     string         `json:"actor,omitempty"`
	Citations []law.Citation `json:"citations,omitempty"`
	Person    string         `json:"person,omitempty"` // name of the accused it is about
	StaffName string         `json:"staff_name,omitempty"`
	Level     Level          `json:"level,omitempty"`   // of one that runs
	Minutes   int            `json:"minutes,omitempty"` // to the nominal end; negative after it
	Days      int            `json:"days"`              // the same in days of the calendar
	Confirmed bool           `json:"confirmed"`         // the rule is of confidence A or B
	Open      *Warning       `json:"warning,omitempty"` // that waits for an answer

	path          string
	secret        bool
	leader        org.StaffID
	due, late     string
	next          string // when another limit that holds the person takes its place; "" never
	warned, warns string
	made          time.Time
	pts           []point // of one that was computed and waits
}

// waits reports whether a clock waits for something to be done: it runs, or needs an end.
func (k *Clock) waits() bool { return k.State == Running || k.State == Manual }

// Scope is whose clocks a board shows.
type Scope string

// The scopes.
const (
	Mine     Scope = "mine"     // of the cases in one's charge
	Unit     Scope = "unit"     // of the cases one leads
	Office   Scope = "office"   // of one's office
	Superior Scope = "superior" // of one's office and all below
)

// Scopes lists the scopes.
var Scopes = []Scope{Mine, Unit, Office, Superior}

// VN names s for a person.
func (s Scope) VN() string {
	switch s {
	case Mine:
		return "Của tôi"
	case Unit:
		return "Tôi phụ trách"
	case Office:
		return "Toàn đơn vị"
	case Superior:
		return "Đơn vị và cấp dưới"
	}
	return string(s)
}

// Filter asks for some of the clocks of a board. The zero Filter: all that run,
// nearest end first.
type Filter struct {
	page.Req
	Level  Level          `query:"level" form:"level" enum:"breached,overdue,today,week,month,later"`
	Day    civil.Date     `query:"day" form:"day" format:"date" doc:"Nominal end on this day"`
	Whose  string         `query:"whose" form:"whose" enum:"own,other" doc:"Duties of the procuracy, or of another body"`
	Held   Held           `query:"held" form:"held" minimum:"0" maximum:"2"`
	Rule   string         `query:"rule" form:"rule" maxLength:"20"`
	State  State          `query:"state" form:"state" enum:"running,manual" doc:"running if absent"`
	Office auth.Office    `query:"office" form:"office" maxLength:"64" doc:"Only this office, of those in scope"`
	Staff  org.StaffID    `query:"staff" form:"staff" maxLength:"64" doc:"Only in charge of this person"`
	Case   criminal.ID    `query:"case" form:"case" maxLength:"64"`
	Of     ledger.PartyID `query:"of" form:"of" maxLength:"64" doc:"Only of this accused"`
}

// Counts is how many clocks of a scope stand where. Levels count all that run;
// Waiting those of another body; Suspended counts cases.
type Counts struct {
	Breached  int `json:"breached"`
	Overdue   int `json:"overdue"` // nominal end passed, legal end not
	Today     int `json:"today"`
	Week      int `json:"week"`
	Month     int `json:"month"`
	Later     int `json:"later"`
	Own       int `json:"own"`
	Waiting   int `json:"waiting"`
	Manual    int `json:"manual"`
	Custody   int `json:"custody"`
	Detention int `json:"detention"`
	Suspended int `json:"suspended"`

	// Custody by hours left, detention by days left; see Left.
	CustodyLeft   []Left `json:"custody_left" nullable:"false"`
	DetentionLeft []Left `json:"detention_left" nullable:"false"`
}

// Of returns the count of a level.
func (c Counts) Of(l Level) int {
	switch l {
	case Breached:
		return c.Breached
	case Overdue:
		return c.Overdue
	case Today:
		return c.Today
	case Week:
		return c.Week
	case Month:
		return c.Month
	case Later:
		return c.Later
	}
	return 0
}

// Left is how many clocks of people held end within so many hours or days, and not
// within the step before. At 0 the time is over; at -1 is all that is further away.
type Left struct {
	Within int `json:"within"`
	Clocks int `json:"clocks"`
}

// The steps of Left: hours of custody, days of detention.
var (
	custodySteps   = []int{0, 6, 12, 24, 72}
	detentionSteps = []int{0, 5, 10, 30}
)

// Board is what a person sees in the morning.
type Board struct {
	Scope  Scope          `json:"scope"`
	At     time.Time      `json:"at"`
	Counts Counts         `json:"counts"`
	Rows   page.Of[Clock] `json:"rows"`
	Below  []OfficeCount  `json:"below,omitempty"` // superior: by office, worst first
}

// OfficeCount is one line of a superior office's board.
type OfficeCount struct {
	Office auth.Office `json:"office"`
	Name   string      `json:"name"`
	Counts Counts      `json:"counts"`
}

// Day is one day of the calendar.
type Day struct {
	Date  civil.Date `json:"date"`
	Own   int        `json:"own"`
	Other int        `json:"other"`
	Off   bool       `json:"off"` // no working day
}

// Explanation is how a clock came about.
type Explanation struct {
	Clock     Clock          `json:"clock"`
	Result    clock.Result   `json:"result"`
	Chain     []clock.Result `json:"chain"`    // the period and its extensions, granted or possible
	Sentence  string         `json:"sentence"` // Vietnamese
	Rule      law.Rule       `json:"rule"`
	Citations []law.Citation `json:"citations"`
	Uncertain []string       `json:"uncertain,omitempty"`
	Source    *ledger.Act    `json:"source,omitempty"` // the act it starts from
}

// Change is what an act would do to one clock.
type Change struct {
	Before *Clock `json:"before,omitempty"`
	After  *Clock `json:"after,omitempty"`
}

// WarningID identifies a warning.
type WarningID = id.Of[Warning]

// Warning is one warning of one clock (cảnh báo); see Life for its states.
type Warning struct {
	ID     WarningID   `json:"id"`
	Clock  ClockID     `json:"clock"`
	Case   criminal.ID `json:"case"`
	Office auth.Office `json:"office"`
	Kind   Kind        `json:"kind"`
	Point  string      `json:"point"` // when it was to be raised
	Life   Life        `json:"state"`
	Rank   Rank        `json:"level"`
	Staff  org.StaffID `json:"staff"` // who has it now
	Urgent bool        `json:"urgent"`
	Raised time.Time   `json:"raised"`
	Wake   time.Time   `json:"wake"` // when it climbs if nothing happens
	Late   bool        `json:"late"` // the act was entered after the point: nobody could be warned in time
	Failed bool        `json:"failed"`
	Reason string      `json:"reason,omitempty"`
	Closed bool        `json:"closed"`

	StaffName string `json:"staff_name,omitempty"`
}

// StepRow is one step of a warning as it was written down.
type StepRow struct {
	ID      string      `json:"id"`
	Warning WarningID   `json:"warning"`
	At      time.Time   `json:"at"`
	Step    Step        `json:"step"`
	Life    Life        `json:"state"`
	Rank    Rank        `json:"level"`
	By      string      `json:"by"`
	Staff   org.StaffID `json:"staff,omitempty"` // to whom
	Channel string      `json:"channel,omitempty"`
	Note    string      `json:"note,omitempty"`

	ByName, StaffName string
}

// Letter is something in a person's box.
type Letter struct {
	ID      string      `json:"id"`
	Warning WarningID   `json:"warning,omitempty"`
	Clock   ClockID     `json:"clock,omitempty"`
	Case    criminal.ID `json:"case,omitempty"`
	Kind    string      `json:"kind"` // lead, due, breach, enter, climbed, alarm, digest, access
	Text    string      `json:"text"` // Vietnamese
	Urgent  bool        `json:"urgent"`
	At      time.Time   `json:"at"`
	Seen    bool        `json:"seen"`
	Href    string      `json:"-"` // where one acts on it, if it is not about a clock
}

// Inbox is a person's box.
type Inbox struct {
	Unseen  int             `json:"unseen"`
	Letters page.Of[Letter] `json:"letters"`
	Open    []Warning       `json:"open" nullable:"false"` // wait for an answer of theirs
}

// Settings is how a person is told, beside the box that everybody has.
type Settings struct {
	Staff    org.StaffID `json:"staff"`
	Mail     string      `json:"mail" form:"mail" maxLength:"200"`
	MailOn   bool        `json:"mail_on" form:"mail_on"`
	Hook     string      `json:"hook" form:"hook" maxLength:"500" doc:"https address that is posted to"`
	Secret   string      `json:"secret,omitempty" form:"secret" maxLength:"200" doc:"Signs what is posted; empty keeps the old one"`
	HookOn   bool        `json:"hook_on" form:"hook_on"`
	Calendar bool        `json:"calendar"` // there is a secret address; NewCalendar tells it once
	Absences []Absence   `json:"absences,omitempty"`
}

// Absence is a time in which somebody else answers for a person.
type Absence struct {
	ID         string      `json:"id"`
	Staff      org.StaffID `json:"staff"`
	From       civil.Date  `json:"from" form:"from" format:"date"`
	To         civil.Date  `json:"to" form:"to" format:"date"`
	Substitute org.StaffID `json:"substitute,omitempty" form:"substitute"`
	By         string      `json:"by"`
}

// Suspended is a case on the watch list (vụ án tạm đình chỉ, TTLT 01/2020).
type Suspended struct {
	Case       criminal.ID `json:"case"`
	Number     string      `json:"number"`
	Name       string      `json:"name"`
	Office     auth.Office `json:"office"`
	Since      civil.Date  `json:"since"`
	Reason     string      `json:"reason"`
	Waiting    string      `json:"waiting,omitempty"` // whose answer is waited for
	NextCheck  civil.Date  `json:"next_check"`        // joint check of police and procuracy: month, half year, year
	Check      string      `json:"check"`             // month, half, year
	Limitation civil.Date  `json:"limitation,omitempty"`
	Days       int         `json:"days"` // to the end of the limitation period
}

// Health is how the watch itself stands.
type Health struct {
	OK         bool        `json:"ok"`
	At         time.Time   `json:"at"`
	LastTick   time.Time   `json:"last_tick"`
	Silent     int         `json:"silent"`  // seconds since
	Gaps       []Gap       `json:"gaps"`    // of the last 7 days
	Alarms     []Alarm     `json:"alarms"`  // open, then those of the last 7 days
	Waiting    int         `json:"waiting"` // messages not yet sent
	Failing    int         `json:"failing"` // messages given up in the last day
	Open       int         `json:"open"`    // warnings nobody has answered
	Night      Night       `json:"night"`   // last recomputation
	Difference []Different `json:"difference,omitempty"`
}

// Gap is a time in which no tick ran.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Alarm is something wrong with the watch itself.
type Alarm struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"`              // silence, clock, channel, stuck, nobody, night
	Subject string     `json:"subject,omitempty"` // which channel, office, clock or warning, of those kinds that have many
	Since   time.Time  `json:"since"`
	Until   *time.Time `json:"until,omitempty"`
	Note    string     `json:"note"`
	Remedy  string     `json:"remedy,omitempty"`
}

// Night is one recomputation of everything.
type Night struct {
	ID        string     `json:"id"`
	Started   time.Time  `json:"started"`
	Done      *time.Time `json:"done,omitempty"`
	Cases     int        `json:"cases"`
	Clocks    int        `json:"clocks"`
	Different int        `json:"different"`
}

// Different is one defect a recomputation found and repaired.
type Different struct {
	Case   criminal.ID `json:"case"`
	Clock  ClockID     `json:"clock"`
	Stored string      `json:"stored"`
	Right  string      `json:"right"`
	At     time.Time   `json:"at"`
}

// Updated is emitted when clocks of a case changed: whoever shows them looks again.
var Updated = event.Define[UpdatedV1]("deadline.updated")

// UpdatedV1 is the content of Updated.
type UpdatedV1 struct {
	Case    criminal.ID `json:"case"`
	Changed int         `json:"changed"`
}
