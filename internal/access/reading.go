package access

import (
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// Identifiers of readings.
type (
	ReadingID = id.Of[Reading]
	SessionID = id.Of[Session]
)

// How readings are refused.
var (
	ErrNoReading = fault.New(fault.NotFound, "access.no-reading", "Không tìm thấy văn bản yêu cầu đọc tài liệu này.")
	ErrReading   = fault.New(fault.Invalid, "access.reading", "Thông tin chưa đủ. Hãy sửa các ô được đánh dấu.")
	ErrToday     = fault.New(fault.Conflict, "access.two-today", "Hôm nay đã đủ số buổi đọc. Buổi tiếp theo phải sang ngày khác.")
	ErrRunning   = fault.New(fault.Conflict, "access.session-running", "Một buổi đọc đang diễn ra. Hãy kết thúc và lập biên bản trước.")
	ErrNoMinutes = fault.New(fault.NotFound, "access.no-minutes", "Buổi đọc này chưa kết thúc nên chưa có biên bản.")
	ErrOver      = fault.New(fault.Conflict, "access.session-over", "Buổi đọc đã hết giờ hoặc đã kết thúc.")
)

// Capacity is in what quality somebody reads.
type Capacity string

// The capacities.
const (
	Accused        Capacity = "accused"
	Representative Capacity = "representative"
	Counsel        Capacity = "counsel"
)

// Capacities lists them.
var Capacities = []Capacity{Accused, Representative, Counsel}

// VN names c for a person.
func (c Capacity) VN() string {
	switch c {
	case Accused:
		return "Bị can"
	case Representative:
		return "Người đại diện của pháp nhân phạm tội"
	case Counsel:
		return "Người bào chữa"
	}
	return string(c)
}

// ReadingState is where a reading stands.
type ReadingState string

// The states.
const (
	Forwarding ReadingState = "forwarding" // a detained person handed it in where they are held; the paper is on its way
	Received   ReadingState = "received"
	Allowed    ReadingState = "allowed"
	Denied     ReadingState = "refused"
	Finished   ReadingState = "done"
)

// VN names s for a person.
func (s ReadingState) VN() string {
	switch s {
	case Forwarding:
		return "Chờ nơi giam giữ chuyển"
	case Received:
		return "Chờ trả lời"
	case Allowed:
		return "Được đọc"
	case Denied:
		return "Bị từ chối"
	case Finished:
		return "Đã đọc xong"
	}
	return string(s)
}

// Reading is a written request of the accused or counsel to read papers that were
// digitised (yêu cầu đọc, ghi chép tài liệu đã số hóa, TTLT 02/2018).
type Reading struct {
	ID          ReadingID    `json:"id"`
	Number      string       `json:"number" example:"DTL-3/2026"`
	Office      auth.Office  `json:"office"`
	Case        string       `json:"case"`
	Title       string       `json:"title"`
	Reader      string       `json:"reader" doc:"Who reads"`
	Capacity    Capacity     `json:"capacity" enum:"accused,representative,counsel"`
	Paper       string       `json:"paper" doc:"What they prove who they are with"`
	Kinds       string       `json:"kinds" doc:"Which papers they ask for"`
	Facility    string       `json:"facility,omitempty" doc:"Where the accused is held, if they asked from there"`
	Handed      civil.Date   `json:"handed,omitempty" doc:"Handed in there"`
	ForwardDue  civil.Date   `json:"forward_due,omitempty" doc:"Last day for the facility to send it on"`
	Received    civil.Date   `json:"received,omitempty" doc:"Absent while it is on its way"`
	Due         civil.Date   `json:"due,omitempty" doc:"Last day to answer; absent until it is received"`
	State       ReadingState `json:"state" enum:"forwarding,received,allowed,refused,done"`
	Registered  org.StaffID  `json:"registered"`
	Registrar   string       `json:"registrar"`
	Whole       bool         `json:"whole"`
	Documents   []Document   `json:"documents,omitempty"`
	Decider     org.StaffID  `json:"decider,omitempty"`
	DeciderName string       `json:"decider_name,omitempty"`
	Decided     time.Time    `json:"decided,omitzero"`
	Reason      string       `json:"reason,omitempty"`
	Made        time.Time    `json:"made"`

	path string
}

// Late reports whether somebody should have acted: the office, or the place where the
// reader is held.
func (r Reading) Late(today civil.Date) bool {
	return r.State == Received && r.Due < today || r.State == Forwarding && r.ForwardDue < today
}

// Slow reports whether the place where the reader is held sent the request on too late:
// a matter for the supervision of detention.
func (r Reading) Slow() bool { return r.Facility != "" && r.Received > r.ForwardDue }

// next is who must act and by when; "" for nobody.
func (r Reading) next() (who string, by civil.Date) {
	switch r.State {
	case Forwarding:
		return "Nơi giam giữ chuyển văn bản yêu cầu", r.ForwardDue
	case Received:
		return "Lãnh đạo đơn vị trả lời", r.Due
	case Allowed, Denied, Finished:
	}
	return "", ""
}

// NewReading is a written request as an officer registers it.
type NewReading struct {
	Case     string     `json:"case" form:"case" maxLength:"100"`
	Reader   string     `json:"reader" form:"reader" maxLength:"100"`
	Capacity Capacity   `json:"capacity" form:"capacity" enum:"accused,representative,counsel"`
	Paper    string     `json:"paper" form:"paper" maxLength:"200"`
	Kinds    string     `json:"kinds" form:"kinds,lines" maxLength:"1000"`
	Received civil.Date `json:"received,omitempty" form:"received" format:"date" doc:"Absent if it is still on its way from where the accused is held"`
	Facility string     `json:"facility,omitempty" form:"facility" maxLength:"200" doc:"Where the accused is held, if they asked from there"`
	Handed   civil.Date `json:"handed,omitempty" form:"handed" format:"date" doc:"Day it was handed in there"`
}

// Session is one sitting under supervision (buổi đọc).
type Session struct {
	ID         SessionID   `json:"id"`
	Reading    ReadingID   `json:"reading"`
	Day        civil.Date  `json:"day"`
	N          int         `json:"n" doc:"Of the day, from 1"`
	Place      string      `json:"place"`
	Supervisor org.StaffID `json:"supervisor"`
	Name       string      `json:"supervisor_name"`
	Begun      time.Time   `json:"begun"`
	Until      time.Time   `json:"until" doc:"It is over then, whether or not anybody ended it"`
	Ended      time.Time   `json:"ended,omitzero"`
	Minutes    string      `json:"minutes,omitempty"`
}

// Running reports whether s is going on.
func (s Session) Running(now time.Time) bool { return s.Ended.IsZero() && now.Before(s.Until) }

// NewSession is a sitting as it begins.
type NewSession struct {
	Place      string      `json:"place" form:"place" maxLength:"200"`
	Supervisor org.StaffID `json:"supervisor,omitempty" form:"supervisor" maxLength:"64" doc:"The asker if absent"`
}

// ReadingView is a reading with its sittings and what the asker may do.
type ReadingView struct {
	Reading
	Sessions []Session  `json:"sessions" nullable:"false"`
	Decide   bool       `json:"may_decide"`
	Arrive   bool       `json:"may_arrive"`
	Begin    bool       `json:"may_begin"`
	Choice   []Document `json:"-"` // to grant from
	Now      time.Time  `json:"-"`
}

// SessionView is a sitting, with what may be read in it.
type SessionView struct {
	Session
	Of  Reading
	Now time.Time
}

// ReadingFilter asks for some of the readings of one's office, newest first.
type ReadingFilter struct {
	page.Req
	State ReadingState `query:"state" form:"state" enum:"forwarding,received,allowed,refused,done"`
}
