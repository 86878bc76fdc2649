package quality

import (
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
)

// FaultKind is a kind of result that somebody may be at fault for. It is data.
type FaultKind struct {
	ID      string   `toml:"id"`
	Name    string   `toml:"name"`
	Figures []string `toml:"figures"` // each of whose lines is assessed
}

// FaultID is the identity of an assessment.
type FaultID string

// Verdict is whether somebody was at fault.
type Verdict string

// The verdicts.
const (
	Unassessed Verdict = "none"  // Chưa đánh giá
	AtFault    Verdict = "fault" // Có lỗi
	Clear      Verdict = "clear" // Không có lỗi
)

// Verdicts lists the verdicts in the order people see them.
var Verdicts = []Verdict{Unassessed, AtFault, Clear}

// VN names v for a person.
func (v Verdict) VN() string {
	switch v {
	case Unassessed:
		return "Chưa đánh giá"
	case AtFault:
		return "Có lỗi"
	case Clear:
		return "Không có lỗi"
	}
	return string(v)
}

// Party is who is at fault.
type Party string

// The parties. Only what the procuracy is at fault for counts in indicators.
const (
	ByProcuracy Party = "procuracy"
	ByPolice    Party = "police"
	ByCourt     Party = "court"
	ByOther     Party = "other"
)

// Parties lists the parties.
var Parties = []Party{ByProcuracy, ByPolice, ByCourt, ByOther}

// VN names p for a person.
func (p Party) VN() string {
	switch p {
	case ByProcuracy:
		return "Viện kiểm sát"
	case ByPolice:
		return "Cơ quan điều tra"
	case ByCourt:
		return "Tòa án"
	case ByOther:
		return "Cơ quan, người khác"
	}
	return string(p)
}

// Opinion is what somebody says about a fault.
type Opinion struct {
	Verdict Verdict     `form:"verdict" enum:"fault,clear"`
	Party   Party       `form:"party" enum:",procuracy,police,court,other"`
	Staff   org.StaffID `form:"staff" maxLength:"64"` // of the procuracy, where one person is responsible
	Why     string      `form:"why,lines" maxLength:"4000"`
	Folios  string      `form:"folios" maxLength:"60"` // 45, 47-49
}

// Subject is what is assessed: one line of a figure.
type Subject struct {
	Case   criminal.ID    `form:"case" maxLength:"64"`
	Act    ledger.ActID   `form:"act" maxLength:"64"`
	Person ledger.PartyID `form:"person" maxLength:"64"`
	Figure string         `form:"figure" maxLength:"80"`
}

// Fault is a line that is to be assessed, with what was decided about it.
type Fault struct {
	Subject
	ID       FaultID // "" while nobody has said anything
	Kind     string
	Office   auth.Office
	Day      civil.Date
	Number   string // of the case
	CaseName string
	Who      string // the person it is about
	ActKind  string
	Verdict  Verdict // decided
	Party    Party
	Staff    org.StaffID
	Waiting  Verdict // proposed and not decided; "" if nothing is
	Rev      int
}

// Counts reports whether f counts as a fault of the procuracy.
func (f Fault) Counts() bool { return f.Verdict == AtFault && f.Party == ByProcuracy }

// FaultStep is one step of an assessment.
type FaultStep struct {
	N    int
	Verb string // propose, decide, refuse
	Opinion
	ByID string
	By   string
	At   time.Time
}

// Assessment is a line with every step of its assessment.
type Assessment struct {
	Fault
	Steps []FaultStep
	// What the reader may do.
	MayPropose, MayDecide bool
	Conflict              bool // the reader handles the case
}

// FaultFilter chooses lines to assess.
type FaultFilter struct {
	After   string  `form:"after" maxLength:"220"`
	Limit   int     `form:"limit" minimum:"0" maximum:"100"`
	Kind    string  `form:"fault" maxLength:"40"`
	Figure  string  `form:"figure" maxLength:"80"`
	Verdict Verdict `form:"verdict" enum:",none,fault,clear"`
	Party   Party   `form:"party" enum:",procuracy,police,court,other"`
	Waiting bool    `form:"waiting"`
	Words   string  `form:"q" maxLength:"100"`
	Sort    string  `form:"sort" enum:",day,-day,number"`
}

// How this module says no.
var (
	ErrSubject  = fault.New(fault.NotFound, "quality.subject", "Không tìm thấy vụ, người này trong danh sách phải đánh giá, hoặc bạn không có quyền xem vụ.")
	ErrOpinion  = fault.New(fault.Invalid, "quality.opinion", "Đánh giá chưa đủ: hãy chọn có lỗi hay không có lỗi, ai có lỗi, và nêu lý do.")
	ErrHandler  = fault.New(fault.Forbidden, "quality.handler", "Bạn đang hoặc đã được phân công trong vụ này nên không đánh giá lỗi của vụ.")
	ErrAssessor = fault.New(fault.Forbidden, "quality.assessor", "Người đề xuất đánh giá không tự quyết định đánh giá của mình.")
	ErrNothing  = fault.New(fault.Conflict, "quality.nothing", "Không có đề xuất nào đang chờ quyết định.")
	ErrWaiting  = fault.New(fault.Conflict, "quality.waiting", "Đã có đề xuất đang chờ quyết định. Hãy chờ lãnh đạo quyết định đề xuất đó.")
	ErrMoved    = fault.New(fault.Conflict, "quality.moved", "Có người vừa thay đổi đánh giá này. Hãy mở lại trang.")
)
