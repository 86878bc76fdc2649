// Package criminal keeps the register of criminal cases of an office (vụ án hình
// sự): what a case is called, where it stands, whom it is about, and who of the
// procuracy is in charge of it.
//
// Who may see a case is for access/policy to say. Every case carries tags, every
// asker has a scope of tags, and a case is seen by those whose scope holds one of
// its tags: the lists here ask it in SQL, and the search index of the files asks
// the same tags. What one may not see is not found.
package criminal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

// ID identifies a case.
type ID = id.Of[Case]

// Stage is where the case stands in the procedure (giai đoạn).
type Stage string

// The stages.
const (
	Report        Stage = "report"
	Investigation Stage = "investigation"
	Prosecution   Stage = "prosecution"
	FirstInstance Stage = "first_instance"
	Appeal        Stage = "appeal"
	Enforcement   Stage = "enforcement"
	Cassation     Stage = "cassation"
	Reopening     Stage = "reopening"
	SupremeReview Stage = "supreme_review"
)

// Stages lists the stages, in the order of the procedure.
var Stages = []Stage{Report, Investigation, Prosecution, FirstInstance, Appeal, Enforcement, Cassation, Reopening, SupremeReview}

// VN names s for a person.
func (s Stage) VN() string {
	switch s {
	case Report:
		return "Giải quyết nguồn tin"
	case Investigation:
		return "Khởi tố, điều tra"
	case Prosecution:
		return "Truy tố"
	case FirstInstance:
		return "Xét xử sơ thẩm"
	case Appeal:
		return "Xét xử phúc thẩm"
	case Enforcement:
		return "Thi hành án"
	case Cassation:
		return "Giám đốc thẩm"
	case Reopening:
		return "Tái thẩm"
	case SupremeReview:
		return "Xem xét lại quyết định của HĐTP"
	}
	return string(s)
}

// Status is whether anything more is to be done.
type Status string

// The statuses.
const (
	Open        Status = "open"
	Suspended   Status = "suspended"
	Terminated  Status = "terminated"
	Transferred Status = "transferred"
	Closed      Status = "closed"
)

// Statuses lists the statuses.
var Statuses = []Status{Open, Suspended, Terminated, Transferred, Closed}

// VN names s for a person.
func (s Status) VN() string {
	switch s {
	case Open:
		return "Đang giải quyết"
	case Suspended:
		return "Tạm đình chỉ"
	case Terminated:
		return "Đình chỉ"
	case Transferred:
		return "Đã chuyển"
	case Closed:
		return "Đã kết thúc"
	}
	return string(s)
}

// Secrecy is the level of a case: 0 is ordinary; from 1 on only those assigned and
// the leaders of its office see it.
type Secrecy int

// VN names s for a person.
func (s Secrecy) VN() string {
	switch s {
	case 0:
		return "Không mật"
	case 1:
		return "Hạn chế"
	case 2:
		return "Mật"
	}
	return "?"
}

// Role is what a person is in the case.
type Role string

// The roles a person may have here. The full record of each comes with the module's
// later parts.
const (
	Accused     Role = "accused"
	Victim      Role = "victim"
	Participant Role = "participant"
)

// Roles lists the roles.
var Roles = []Role{Accused, Victim, Participant}

// VN names r for a person.
func (r Role) VN() string {
	switch r {
	case Accused:
		return "Bị can, bị cáo"
	case Victim:
		return "Bị hại"
	case Participant:
		return "Người tham gia tố tụng khác"
	}
	return string(r)
}

// Person is someone, or a legal entity, that the case is about. Who one is seldom
// changes; what one is in the case follows from the acts.
type Person struct {
	ID       ledger.PartyID    `json:"id,omitempty" maxLength:"64"`
	Name     string            `json:"name" maxLength:"100"`
	Role     Role              `json:"role" enum:"accused,victim,participant"`
	Capacity string            `json:"capacity,omitempty" maxLength:"40" doc:"Of a participant: witness, counsel, representative …"`
	Entity   bool              `json:"entity,omitempty" doc:"Commercial legal entity"`
	Born     string            `json:"born,omitempty" maxLength:"10" doc:"Year, month or day"`
	Died     string            `json:"died,omitempty" maxLength:"10"`
	IDNumber string            `json:"id_number,omitempty" maxLength:"20"`
	More     map[string]string `json:"more,omitempty" doc:"Other particulars by name: sex, address, nationality, occupation, representative …"`
}

// sort is what people of one name are found by.
func (p Person) sort() string { return vn.Fold(p.Name) }

func (p Person) party() ledger.Party {
	return ledger.Party{ID: p.ID, Role: string(p.Role), Capacity: p.Capacity, Entity: p.Entity, Name: p.Name, Born: p.Born, Died: p.Died, Sex: p.More["sex"]}
}

// Task is what someone of the procuracy does in the case.
type Task string

// The tasks.
const (
	Leads    Task = "lead"    // the leader in charge
	Conducts Task = "conduct" // the prosecutor in charge
	Joins    Task = "join"    // a further prosecutor
	Helps    Task = "help"    // examiner, officer, clerk
)

// Tasks lists the tasks.
var Tasks = []Task{Conducts, Joins, Helps, Leads}

// VN names t for a person.
func (t Task) VN() string {
	switch t {
	case Leads:
		return "Lãnh đạo phụ trách"
	case Conducts:
		return "Kiểm sát viên thụ lý chính"
	case Joins:
		return "Kiểm sát viên tham gia"
	case Helps:
		return "Giúp việc"
	}
	return string(t)
}

// Assignment is who has charge of a case, and since when (phân công).
type Assignment struct {
	Staff org.StaffID `json:"staff"`
	Name  string      `json:"name"`
	Task  Task        `json:"task" enum:"lead,conduct,join,help"`
	From  civil.Date  `json:"from"`
	To    civil.Date  `json:"to,omitempty" doc:"Absent while it lasts"`
}

// Case is one criminal case, or a report that may become one.
type Case struct {
	ID       ID           `json:"id"`
	Number   string       `json:"number" example:"12/2026/HS" doc:"As the office numbers its cases"`
	EFile    string       `json:"efile,omitempty" doc:"National code of the electronic file"`
	Name     string       `json:"name"`
	Office   auth.Office  `json:"office"`
	Stage    Stage        `json:"stage" enum:"report,investigation,prosecution,first_instance,appeal,enforcement,cassation,reopening,supreme_review"`
	Status   Status       `json:"status" enum:"open,suspended,terminated,transferred,closed"`
	Class    string       `json:"class,omitempty" enum:"INT,NT,RNT,DBNT" doc:"Of the heaviest charge, once there is one"`
	Acts     int          `json:"acts" doc:"How many acts the ledger holds; stage and status follow from them if there are any"`
	Secrecy  Secrecy      `json:"secrecy" minimum:"0" maximum:"2"`
	Key      bool         `json:"key" doc:"Án điểm"`
	Opened   civil.Date   `json:"opened,omitempty" format:"date"`
	Created  time.Time    `json:"created"`
	Persons  []Person     `json:"persons,omitempty" doc:"Only when one case is asked for"`
	Assigned []Assignment `json:"assigned,omitempty" doc:"Only when one case is asked for; those in charge first"`
	Aliases  []Alias      `json:"aliases,omitempty" doc:"Only when one case is asked for: its numbers elsewhere"`
	Parent   ID           `json:"parent,omitempty" doc:"The case it was split from or merged into"`
	path     string       // of the office in the tree
}

// New is a case as it is entered or corrected.
type New struct {
	Number  string      `json:"number" form:"number" maxLength:"50"`
	EFile   string      `json:"efile,omitempty" form:"efile" maxLength:"50"`
	Name    string      `json:"name" form:"name" maxLength:"300"`
	Office  auth.Office `json:"office,omitempty" form:"office" maxLength:"64" doc:"Your own if absent; only for a new case"`
	Stage   Stage       `json:"stage" form:"stage" enum:"report,investigation,prosecution,first_instance,appeal,enforcement,cassation,reopening,supreme_review"`
	Status  Status      `json:"status,omitempty" form:"status" enum:"open,suspended,terminated,transferred,closed"`
	Secrecy Secrecy     `json:"secrecy,omitempty" form:"secrecy" minimum:"0" maximum:"2"`
	Key     bool        `json:"key,omitempty" form:"key"`
	Opened  civil.Date  `json:"opened,omitempty" form:"opened" format:"date"`
	Persons []Person    `json:"persons,omitempty"`
	Aliases []Alias     `json:"aliases,omitempty"`
}

// Alias is the number of a case elsewhere: the police's, the court's, an old one.
type Alias struct {
	Code  string `json:"code" maxLength:"60"`
	Whose string `json:"whose" maxLength:"20" example:"police"`
}

func (n New) tidy(today civil.Date) (New, error) {
	n.Number, n.EFile, n.Name = vn.Clean(n.Number), vn.Clean(n.EFile), vn.Clean(n.Name)
	if n.Status == "" {
		n.Status = Open
	}
	var ps []Person
	roles := true
	for _, p := range n.Persons {
		if p.Name = vn.Clean(p.Name); p.Name == "" {
			continue
		}
		roles = roles && slices.Contains(Roles, p.Role) && len([]rune(p.Name)) <= 100
		if !slices.ContainsFunc(ps, func(q Person) bool { return q.Name == p.Name && q.Role == p.Role && q.ID == p.ID }) {
			ps = append(ps, p)
		}
	}
	n.Persons = ps
	_, err := civil.Parse(string(n.Opened))
	var c fault.Check
	c.Need(n.Number != "" && len([]rune(n.Number)) <= 50, "number", "Hãy ghi số vụ án, nhiều nhất 50 chữ.")
	c.Need(n.Name != "" && len([]rune(n.Name)) <= 300, "name", "Hãy ghi tên vụ án, nhiều nhất 300 chữ.")
	c.Need(len([]rune(n.EFile)) <= 50, "efile", "Mã hồ sơ điện tử dài nhất 50 chữ.")
	c.Need(slices.Contains(Stages, n.Stage), "stage", "Hãy chọn giai đoạn.")
	c.Need(slices.Contains(Statuses, n.Status), "status", "Hãy chọn trạng thái.")
	c.Need(n.Secrecy >= 0 && n.Secrecy <= 2, "secrecy", "Hãy chọn mức độ mật.")
	c.Need(n.Opened == "" || err == nil && n.Opened <= today, "opened", "Ngày khởi tố phải là một ngày đã tới.")
	c.Need(roles && len(ps) <= 500, "persons", "Danh sách người chưa đúng: mỗi dòng một người, nhiều nhất 500 người.")
	return n, c.Err(ErrInvalid)
}

// Sort is the order of a list.
type Sort string

// The orders. The zero Sort is Newest.
const (
	Newest   Sort = "newest"
	ByOpened Sort = "opened"
	ByName   Sort = "name"
)

// Filter asks for some of the cases one may see.
type Filter struct {
	page.Req
	Words  string      `query:"q" form:"q" maxLength:"100" doc:"Words of number, code, name or persons, with or without marks"`
	Stage  Stage       `query:"stage" form:"stage" enum:"report,investigation,prosecution,first_instance,appeal,enforcement,cassation,reopening,supreme_review"`
	Status Status      `query:"status" form:"status" enum:"open,suspended,terminated,transferred,closed"`
	Office auth.Office `query:"office" form:"office" maxLength:"64"`
	Mine   bool        `query:"mine" form:"mine" doc:"Only those assigned to you"`
	Key    bool        `query:"key" form:"key"`
	Sort   Sort        `query:"sort" form:"sort" enum:"newest,opened,name"`
}

// What one may do with cases.
const (
	MayRead   auth.Verb = "case.read"
	MayManage auth.Verb = "case.manage"
	MayAssign auth.Verb = "case.assign" // also: set secrecy, send to another office
)

// How this module says no.
var (
	ErrNone    = fault.New(fault.NotFound, "criminal.none", "Không tìm thấy vụ án.")
	ErrInvalid = fault.New(fault.Invalid, "criminal.invalid", "Thông tin vụ án chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrNumber  = fault.New(fault.Conflict, "criminal.number", "Số vụ án này đã có trong đơn vị. Hãy kiểm tra lại số.")
	ErrSecrecy = fault.New(fault.Forbidden, "criminal.secrecy", "Chỉ lãnh đạo đơn vị được đổi mức độ mật của vụ án. Hãy trình lãnh đạo.")
	ErrAssign  = fault.New(fault.Invalid, "criminal.assign", "Chưa phân công được. Hãy sửa các ô được đánh dấu.")
)

// Created is emitted when a case is entered.
var Created = event.Define[CreatedV1]("criminal.created")

// CreatedV1 is the content of Created.
type CreatedV1 struct {
	ID     ID          `json:"id"`
	Office auth.Office `json:"office"`
	Stage  Stage       `json:"stage"`
}

// Changed is emitted when the office, the secrecy or the assignments of a case
// change: when other people than before may see it, so that its tags are others.
var Changed = event.Define[ChangedV1]("criminal.changed")

// ChangedV1 is the content of Changed.
type ChangedV1 struct {
	ID      ID          `json:"id"`
	Office  auth.Office `json:"office"`
	Secrecy Secrecy     `json:"secrecy"`
}

// object is c as the policy of access sees it. people are those it is about, assigned
// those who have charge of it now.
func (c Case) object(people []Person, assigned []org.StaffID) policy.Object {
	o := policy.Object{Case: string(c.ID), Path: c.path, Level: policy.Level(c.Secrecy)}
	day := c.Opened
	if day == "" {
		day = civil.On(c.Created)
	}
	for _, p := range people {
		o.Protected = o.Protected || (p.Role == Accused || p.Role == Victim) && minor(p.Born, day)
	}
	for _, a := range assigned {
		o.Assigned = append(o.Assigned, string(a))
	}
	return o
}

// minor reports whether somebody born on a day, in a month or in a year may be under 18
// on day. Where less than the day is known they may have been born at the end of it.
func minor(born string, day civil.Date) bool {
	if len(born) < 4 {
		return false
	}
	const latest = "9999-12-31"
	year, err := strconv.Atoi(born[:4])
	if err != nil {
		return false
	}
	return string(day) < fmt.Sprintf("%04d", year+18)+born[4:]+latest[len(born):]
}

// words is what one may find a case by.
func (c Case) words() string {
	all := []string{c.Number, c.EFile, c.Name}
	for _, a := range c.Aliases {
		all = append(all, a.Code)
	}
	for _, p := range c.Persons {
		all = append(all, p.Name)
	}
	return vn.Fold(strings.Join(all, " "))
}
