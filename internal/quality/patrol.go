package quality

import (
	"fmt"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/quality/watchlist"
)

// WatchedID identifies a finding, WatchNoticeID a written notice.
type (
	WatchedID     = id.Of[Watched]
	WatchNoticeID = id.Of[WatchNotice]
)

// WatchState is how far the handling of a finding has come.
type WatchState string

// The states of a finding.
const (
	WatchOpen     WatchState = "open"     // nobody has said anything yet
	WatchReminded WatchState = "reminded" // by word of mouth
	WatchNoticed  WatchState = "noticed"  // in writing
	WatchAnswered WatchState = "answered" // waits to be judged
	WatchClosed   WatchState = "closed"
)

// WatchStates lists the states.
var WatchStates = []WatchState{WatchOpen, WatchReminded, WatchNoticed, WatchAnswered, WatchClosed}

// VN names s for a person.
func (s WatchState) VN() string {
	switch s {
	case WatchOpen:
		return "Chưa nhắc"
	case WatchReminded:
		return "Đã nhắc miệng"
	case WatchNoticed:
		return "Đã thông báo"
	case WatchAnswered:
		return "Đã trả lời"
	case WatchClosed:
		return "Đã xong"
	}
	return string(s)
}

// How a finding was closed.
const (
	ByItself = "gone"     // what was found is no longer so
	ByJudge  = "remedied" // whoever supervises accepted the answer
)

// Watched is a finding of a patrol and what became of it.
type Watched struct {
	ID       WatchedID          `json:"id"`
	Case     criminal.ID        `json:"case"`
	Number   string             `json:"number"`
	CaseName string             `json:"case_name"`
	Rule     string             `json:"rule"`
	Title    string             `json:"title"` // of the rule
	Source   string             `json:"source"`
	Group    watchlist.Group    `json:"group"`
	Severity watchlist.Severity `json:"severity"`
	Office   auth.Office        `json:"office"`
	Staff    org.StaffID        `json:"staff,omitempty"` // who handles the case
	Handler  string             `json:"handler,omitempty"`
	Act      ledger.ActID       `json:"act,omitempty"`
	Folio    int                `json:"folio,omitempty"`
	Since    civil.Date         `json:"since,omitempty"`
	Text     string             `json:"text"` // Vietnamese
	Todo     string             `json:"todo"`
	Found    time.Time          `json:"found"`
	Repeated bool               `json:"repeated,omitempty"`
	Reminded *time.Time         `json:"reminded,omitempty"`
	Noticed  *time.Time         `json:"noticed,omitempty"`
	Answered *time.Time         `json:"answered,omitempty"`
	Reported *time.Time         `json:"reported,omitempty"`
	Due      civil.Date         `json:"due,omitempty"`
	Notice   WatchNoticeID      `json:"notice,omitempty"`
	Ended    *time.Time         `json:"ended,omitempty"`
	Closed   *time.Time         `json:"closed,omitempty"`
	How      string             `json:"how,omitempty"`

	path    string
	subject string
	person  ledger.PartyID
}

// State is how far its handling has come.
func (w Watched) State() WatchState {
	switch {
	case w.Closed != nil:
		return WatchClosed
	case w.Answered != nil:
		return WatchAnswered
	case w.Notice != "":
		return WatchNoticed
	case w.Reminded != nil:
		return WatchReminded
	}
	return WatchOpen
}

// Href opens the case where the finding is.
func (w Watched) Href() string {
	if w.Act != "" {
		return "/cases/" + string(w.Case) + "/acts/" + string(w.Act)
	}
	return "/cases/" + string(w.Case)
}

// WatchStep is one step in handling a finding or a notice.
type WatchStep struct {
	Verb   string       `json:"verb"` // found, reminded, noticed, answered, remedied, unremedied, reported, gone
	By     org.StaffID  `json:"by,omitempty"`
	ByName string       `json:"by_name,omitempty"`
	To     org.StaffID  `json:"to,omitempty"`
	ToName string       `json:"to_name,omitempty"`
	Note   string       `json:"note,omitempty"`
	Act    ledger.ActID `json:"act,omitempty"` // that proves an answer
	Folio  int          `json:"folio,omitempty"`
	At     time.Time    `json:"at"`
}

// NoticeState is how far a written notice has come.
type NoticeState string

// The states of a notice.
const (
	NoticeIssued     NoticeState = "issued"
	NoticeAnswered   NoticeState = "answered"
	NoticeRemedied   NoticeState = "remedied"
	NoticeUnremedied NoticeState = "unremedied" // answered, and found wanting
)

// NoticeStates lists the states.
var NoticeStates = []NoticeState{NoticeIssued, NoticeAnswered, NoticeUnremedied, NoticeRemedied}

// VN names s for a person.
func (s NoticeState) VN() string {
	switch s {
	case NoticeIssued:
		return "Chờ trả lời"
	case NoticeAnswered:
		return "Chờ đánh giá"
	case NoticeRemedied:
		return "Đã khắc phục"
	case NoticeUnremedied:
		return "Chưa khắc phục"
	}
	return string(s)
}

// WatchNotice is a written notice (thông báo giám sát) to whoever handles a case.
type WatchNotice struct {
	ID       WatchNoticeID `json:"id"`
	Office   auth.Office   `json:"office"`
	Year     int           `json:"year"`
	N        int64         `json:"n"`
	Case     criminal.ID   `json:"case"`
	Number   string        `json:"number"` // of the case
	CaseName string        `json:"case_name"`
	Staff    org.StaffID   `json:"staff"`
	Handler  string        `json:"handler"`
	Ask      string        `json:"ask"` // what is asked for
	State    NoticeState   `json:"state"`
	Due      civil.Date    `json:"due"`
	Level    int           `json:"level"` // how many steps it has gone up
	By       org.StaffID   `json:"by"`
	ByName   string        `json:"by_name"`
	At       time.Time     `json:"at"`
	Findings []Watched     `json:"findings,omitempty"` // only when one is asked for
	Steps    []WatchStep   `json:"steps,omitempty"`

	path     string
	lateFrom civil.Date
}

// Book is its number as it stands on the paper.
func (n WatchNotice) Book() string { return fmt.Sprintf("%d/%d/TB-GS", n.N, n.Year) }

// Over reports whether an answer is late on a day.
func (n WatchNotice) Over(day civil.Date) bool { return n.State == NoticeIssued && n.Due < day }

// WatchFilter asks for some findings.
type WatchFilter struct {
	page.Req
	Group    watchlist.Group    `form:"group" enum:"acceptance,measure,property,document,limit,right,entry"`
	Severity watchlist.Severity `form:"severity" enum:"serious,minor"`
	State    WatchState         `form:"state" enum:"open,reminded,noticed,answered,closed"` // none: all that are not closed
	Office   auth.Office        `form:"office" maxLength:"64"`
	Staff    org.StaffID        `form:"staff" maxLength:"64"`
	Case     criminal.ID        `form:"case" maxLength:"64"`
	Rule     string             `form:"rule" maxLength:"20"`
	Age      int                `form:"age" minimum:"0"` // found at least so many days ago
	Sort     string             `form:"sort" enum:"grave,newest,oldest"`
}

// WatchReply is the answer of whoever handles the case.
type WatchReply struct {
	Text  string       `form:"text,lines" maxLength:"2000"`
	Act   ledger.ActID `form:"act" maxLength:"64"`
	Folio int          `form:"folio" minimum:"0"`
}

// WatchLedger is the ledger of a month (sổ giám sát tháng): as it was closed, or as it
// stands if it is not closed yet.
type WatchLedger struct {
	Office  org.Office      `json:"office"`
	Month   string          `json:"month"` // 2026-11
	Due     civil.Date      `json:"due"`   // to close it
	Counts  watchlist.Month `json:"counts"`
	Closed  *time.Time      `json:"closed,omitempty"`
	Closer  string          `json:"closer,omitempty"`
	Earlier []MonthCount    `json:"earlier,omitempty"` // the months before, the oldest first
	Names   map[string]string
}

// MonthCount is the sum of an earlier month.
type MonthCount struct {
	Month  string
	Counts watchlist.Counts
}

// How supervision says no.
var (
	ErrWatched     = fault.New(fault.NotFound, "quality.watched", "Không tìm thấy phát hiện giám sát này trong phạm vi của bạn.")
	ErrWatchNotice = fault.New(fault.NotFound, "quality.watch-notice", "Không tìm thấy thông báo giám sát này trong phạm vi của bạn.")
	ErrWatchStep   = fault.New(fault.Conflict, "quality.watch-step", "Phát hiện này đã sang bước khác nên không làm được việc này. Hãy tải lại trang.")
	ErrWatchOwn    = fault.New(fault.Forbidden, "quality.watch-own", "Bạn đang thụ lý vụ này nên không tự giám sát được. Hãy để người khác làm.")
	ErrWatchNobody = fault.New(fault.Conflict, "quality.watch-nobody", "Vụ này chưa có Kiểm sát viên thụ lý để nhắc hoặc thông báo. Hãy phân công trước.")
	ErrWatchText   = fault.New(fault.Invalid, "quality.watch-text", "Chưa ghi được. Hãy sửa các ô được đánh dấu.")
	ErrWatchMonth  = fault.New(fault.Invalid, "quality.watch-month", "Tháng phải viết theo dạng năm-tháng, ví dụ 2026-11, và chưa ở tương lai.")
	ErrWatchEarly  = fault.New(fault.Conflict, "quality.watch-early", "Tháng này chưa hết nên chưa chốt sổ được.")
	ErrWatchKept   = fault.New(fault.Conflict, "quality.watch-kept", "Sổ tháng này đã chốt. Sổ đã chốt không thay đổi.")
)
