// Package access is the right to a case file and the way to get one (phân quyền, quy
// trình khai thác hồ sơ trực tuyến).
//
// Who may do what with a file is for policy to say. Whoever is not among those may ask:
// a request names the case, the purpose, the legal basis, the parts and the time; a
// leader of the office that owns the case decides, for a restricted or confidential one
// a second leader too; then the right lives for its time and ends by itself. Whoever
// cannot wait opens in an emergency, for an hour, and the owner is told at once and
// says within a day whether that was justified. Nobody decides what they ask for: the
// table itself forbids it.
//
// Reading by the accused and counsel (TTLT 02/2018) is here too: a written request, an
// answer in days, sessions under supervision, minutes.
//
// Every step is a line of the journal, in the same transaction.
package access

import (
	"context"
	"strings"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// RequestID identifies a request.
type RequestID = id.Of[Request]

// What one may do here.
const (
	MayAsk    auth.Verb = "access.request"      // ask for a file; see one's own requests
	MayDecide auth.Verb = "access.decide"       // decide about files of one's office, review, keep out
	MayOpen   auth.Verb = "access.emergency"    // open in an emergency
	MayHost   auth.Verb = "access.read_session" // register readings and supervise sessions
)

// How this module says no.
var (
	ErrNoRequest = fault.New(fault.NotFound, "access.no-request", "Không tìm thấy phiếu khai thác này.")
	ErrNoCase    = fault.New(fault.NotFound, "access.no-case", "Không tìm thấy vụ án này. Hãy kiểm tra lại số vụ án hoặc mã hồ sơ điện tử.")
	ErrAsk       = fault.New(fault.Invalid, "access.ask", "Phiếu yêu cầu chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrHave      = fault.New(fault.Conflict, "access.have", "Bạn đã có quyền làm việc này với hồ sơ nên không cần phiếu.")
	ErrRecused   = fault.New(fault.Forbidden, "access.recused", "Người này không được tham gia vụ án (đã từ chối hoặc bị thay đổi) nên không thể khai thác hồ sơ.")
	ErrState     = fault.New(fault.Conflict, "access.state", "Phiếu không còn ở bước này. Hãy tải lại trang để xem bước hiện tại.")
	ErrDecide    = fault.New(fault.Invalid, "access.decision", "Quyết định chưa đủ. Hãy sửa các ô được đánh dấu.")
	ErrOwn       = fault.New(fault.Forbidden, "access.own", "Người yêu cầu, người được khai thác và người đã duyệt lần một không được quyết định phiếu này. Cần một lãnh đạo khác.")
	ErrUrgent    = fault.New(fault.Forbidden, "access.not-urgent", "Hồ sơ này không mở khẩn cấp được. Hãy gửi phiếu yêu cầu.")
	ErrMoved     = fault.New(fault.Conflict, "access.moved", "Vụ án đã chuyển sang đơn vị khác. Lãnh đạo đơn vị đang thụ lý quyết định phiếu này.")
	ErrReview    = fault.New(fault.Conflict, "access.unreviewed", "Lần mở khẩn cấp trước của bạn đã quá hạn mà chưa được đơn vị thụ lý xem xét. Hãy liên hệ lãnh đạo đơn vị đó trước.")
)

// Kind is how a right came to be.
type Kind string

// The kinds.
const (
	Asked  Kind = "request"
	Urgent Kind = "emergency"
)

// State is where a request stands.
type State string

// The states.
const (
	Submitted State = "submitted" // waits for the owner
	Approved  State = "approved"  // waits for the second leader
	Active    State = "active"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Closed    State = "closed"
	Expired   State = "expired"
	Revoked   State = "revoked"
)

// VN names s for a person.
func (s State) VN() string {
	switch s {
	case Submitted:
		return "Chờ duyệt"
	case Approved:
		return "Chờ duyệt lần hai"
	case Active:
		return "Đang mở"
	case Refused:
		return "Bị từ chối"
	case Withdrawn:
		return "Đã rút"
	case Closed:
		return "Đã đóng"
	case Expired:
		return "Đã hết hạn"
	case Revoked:
		return "Đã thu hồi"
	}
	return string(s)
}

// Review is what the owner says of an emergency.
type Review string

// The reviews.
const (
	Unreviewed  Review = ""
	Justified   Review = "justified"
	Unjustified Review = "unjustified"
)

// VN names r for a person.
func (r Review) VN() string {
	switch r {
	case Justified:
		return "Có căn cứ"
	case Unjustified:
		return "Không có căn cứ"
	}
	return "Chưa xem xét"
}

// Document is a document of a file, as it is chosen from.
type Document struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	File  string `json:"-"` // the file it is in, as it is now
}

// Href is where d is read, "" if that is not known. under is "" or where a sitting reads.
func (d Document) Href(under string) string {
	if d.File == "" {
		return ""
	}
	return under + "/dossiers/" + d.File + "/read?document=" + d.ID
}

// Request is a request to open a file (phiếu yêu cầu khai thác hồ sơ), or an emergency.
type Request struct {
	ID              RequestID   `json:"id"`
	Batch           string      `json:"batch" doc:"Of those asked for together"`
	Number          string      `json:"number" example:"PKT-12/2026"`
	Kind            Kind        `json:"kind" enum:"request,emergency"`
	State           State       `json:"state" enum:"submitted,approved,active,refused,withdrawn,closed,expired,revoked"`
	Case            string      `json:"case,omitempty" doc:"Absent for whoever may not know it"`
	Title           string      `json:"title,omitempty" doc:"Absent for whoever may not know it"`
	Key             string      `json:"asked" doc:"The number or code it was asked for by"`
	Level           int         `json:"level"`
	Owner           auth.Office `json:"owner"`
	Office          auth.Office `json:"office" doc:"Of the requester"`
	Requester       org.StaffID `json:"requester"`
	RequesterName   string      `json:"requester_name"`
	Beneficiary     org.StaffID `json:"beneficiary"`
	BeneficiaryName string      `json:"beneficiary_name"`
	Mode            policy.Mode `json:"mode" enum:"read,copy"`
	Parts           string      `json:"parts,omitempty" doc:"What is asked for, in words; the whole file if absent"`
	Whole           bool        `json:"whole" doc:"The whole file is granted"`
	Documents       []Document  `json:"documents,omitempty" doc:"Granted, if not the whole"`
	Purpose         string      `json:"purpose"`
	Basis           string      `json:"basis,omitempty" doc:"Legal basis"`
	From            time.Time   `json:"from"`
	To              time.Time   `json:"to"`
	Made            time.Time   `json:"made"`
	Due             time.Time   `json:"due" doc:"The next to act should have by then"`
	Approver        org.StaffID `json:"approver,omitempty"`
	ApproverName    string      `json:"approver_name,omitempty"`
	Decided         time.Time   `json:"decided,omitzero"`
	Reason          string      `json:"reason,omitempty" doc:"Of the decision"`
	Second          org.StaffID `json:"second,omitempty"`
	SecondName      string      `json:"second_name,omitempty"`
	Seconded        time.Time   `json:"seconded,omitzero"`
	Ended           time.Time   `json:"ended,omitzero"`
	EndedName       string      `json:"ended_name,omitempty"`
	EndedWhy        string      `json:"ended_why,omitempty"`
	Review          Review      `json:"review,omitempty" enum:"justified,unjustified"`
	Reviewer        org.StaffID `json:"reviewer,omitempty"`
	ReviewerName    string      `json:"reviewer_name,omitempty"`
	ReviewNote      string      `json:"review_note,omitempty"`
	Reviewed        time.Time   `json:"reviewed,omitzero"`

	path string // of the owner
	seen bool   // the requester could see the case when asking
}

// at is r as it stands at now: a right that ran out is over, whether or not anybody
// wrote it down yet.
func (r Request) at(now time.Time) Request {
	if r.State == Active && !now.Before(r.To) {
		r.State, r.Ended = Expired, r.To
	}
	return r
}

// Late reports whether somebody should have acted.
func (r Request) Late(now time.Time) bool { return r.Waits() && now.After(r.Due) }

// Waits reports whether somebody must act.
func (r Request) Waits() bool {
	return r.State == Submitted || r.State == Approved || r.Kind == Urgent && r.Review == Unreviewed
}

// New is a request as it is made.
type New struct {
	Cases   []string    `json:"cases" minItems:"1" nullable:"false" doc:"Numbers or electronic codes; more than one only by an office above their owners"`
	For     org.StaffID `json:"for,omitempty" form:"for" maxLength:"64" doc:"Who will read, if not the asker"`
	Mode    policy.Mode `json:"mode" form:"mode" enum:"read,copy"`
	Parts   string      `json:"parts,omitempty" form:"parts,lines" maxLength:"1000" doc:"Which parts, in words; empty for the whole file"`
	Purpose string      `json:"purpose" form:"purpose" maxLength:"500"`
	Basis   string      `json:"basis" form:"basis" maxLength:"300"`
	From    civil.Date  `json:"from" form:"from" format:"date" doc:"First day"`
	To      civil.Date  `json:"to" form:"to" format:"date" doc:"Last day"`
}

// Emergency is an opening that cannot wait.
type Emergency struct {
	Case   string `json:"case" form:"case" maxLength:"100"`
	Reason string `json:"reason" form:"reason" maxLength:"500"`
}

// Decision is what a leader says of a request.
type Decision struct {
	Approve   bool     `json:"approve" form:"approve"`
	Reason    string   `json:"reason,omitempty" form:"reason" maxLength:"500" doc:"Needed to refuse"`
	Whole     bool     `json:"whole,omitempty" form:"whole" doc:"Grant the whole file"`
	Documents []string `json:"documents,omitempty" form:"document" doc:"Else these"`
	All       bool     `json:"all,omitempty" form:"all" doc:"Decide alike all of the batch that wait for you; the whole file if approved"`
}

// Box is a choice of requests.
type Box string

// The boxes.
const (
	Mine     Box = "mine"
	ToDecide Box = "decide"
	Running  Box = "running"
	OfOffice Box = "office"
)

// undecided refuses a form on which neither yes nor no was chosen.
func undecided(choice string) error {
	var c fault.Check
	c.Need(choice == "yes" || choice == "no", "approve", "Hãy chọn đồng ý hoặc từ chối.")
	return c.Err(ErrDecide)
}

// Filter asks for some of the requests one may see, newest first.
type Filter struct {
	page.Req
	Box Box `query:"box" form:"box" enum:"mine,decide,running,office"`
}

// View is a request with what the asker may do with it now.
type View struct {
	Request
	May       []string // decide, second, withdraw, close, revoke, review
	Waiting   string   // who must act next, in words; "" for nobody
	Batch     int      // others of the batch that wait for the asker
	Documents []Document
	Owner     bool // the asker is of the owning office
	Now       time.Time
}

// Can reports whether the asker may do what now.
func (v View) Can(what string) bool {
	for _, m := range v.May {
		if m == what {
			return true
		}
	}
	return false
}

// Use is one thing done under a right.
type Use struct {
	At     time.Time `json:"at"`
	Verb   string    `json:"verb"`
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty" doc:"Folio, document or words"`
}

// Opened is heard when somebody opened a file in an emergency.
var Opened = event.Define[OpenedV1]("access.opened")

// OpenedV1 tells which file, by whom.
type OpenedV1 struct {
	Request RequestID   `json:"request"`
	Case    string      `json:"case"`
	Title   string      `json:"title"`
	Owner   auth.Office `json:"owner"`
	By      string      `json:"by"`
	Reason  string      `json:"reason"`
}

// Catalog knows the cases. The module that keeps them is above this one.
type Catalog interface {
	// Find returns a case by its id, number or electronic code, whoever asks, with
	// what it is called; an error of kind NotFound if there is none.
	Find(ctx context.Context, key string) (o policy.Object, title string, err error)
}

// Shelf knows the documents of a case, whoever asks. The module that keeps them is
// above this one.
type Shelf interface {
	Documents(ctx context.Context, of string) ([]Document, error)
}

// Journal is where every step is told, and asked for again.
type Journal interface {
	Note(context.Context, seal.Entry) error
	Of(context.Context, seal.Filter) (page.Of[seal.Entry], error)
	List(context.Context, seal.Filter) (page.Of[seal.Entry], error)
}

func owner(path string) auth.Office {
	o := auth.Offices(path)
	if len(o) == 0 {
		return ""
	}
	return o[len(o)-1]
}

// beneath reports whether the office at path stands below o.
func beneath(path string, o auth.Office) bool {
	return owner(path) != o && strings.Contains(path, "/"+string(o)+"/")
}
