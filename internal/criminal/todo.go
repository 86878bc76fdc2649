package criminal

import (
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// TodoID identifies a Todo.
type TodoID = id.Of[Todo]

// TodoState is whether it is still to be done.
type TodoState string

// The states of a Todo.
const (
	TodoOpen      TodoState = "open"
	TodoDone      TodoState = "done"
	TodoCancelled TodoState = "cancelled"
)

// VN names s for a person.
func (s TodoState) VN() string {
	switch s {
	case TodoDone:
		return "Đã làm"
	case TodoCancelled:
		return "Không làm nữa"
	}
	return "Chưa làm"
}

// Todo is something to be done in a case (việc cần làm) that no law sets a clock for:
// call a witness, ask for a paper. A Task is what somebody is in the case.
type Todo struct {
	ID       TodoID      `json:"id"`
	Case     ID          `json:"case"`
	Number   string      `json:"number" doc:"Of the case"`
	CaseName string      `json:"case_name"`
	Text     string      `json:"text"`
	Due      civil.Date  `json:"due,omitempty" format:"date"`
	Staff    org.StaffID `json:"staff" doc:"Who is to do it"`
	Name     string      `json:"name"`
	Created  time.Time   `json:"created"`
	Author   string      `json:"author"`
	State    TodoState   `json:"state" enum:"open,done,cancelled"`
	Changed  time.Time   `json:"changed" doc:"When it came to be in this state"`
	By       string      `json:"changed_by" doc:"Who changed its state"`
	Why      string      `json:"why,omitempty" doc:"Why it was cancelled"`
}

// Overdue reports whether it was to be done before day and is not.
func (t Todo) Overdue(day civil.Date) bool { return t.State == TodoOpen && t.Due != "" && t.Due < day }

// NewTodo is a Todo as it is given to somebody.
type NewTodo struct {
	Text  string      `json:"text" form:"text" minLength:"1" maxLength:"300"`
	Due   civil.Date  `json:"due,omitempty" form:"due" format:"date" doc:"None if absent"`
	Staff org.StaffID `json:"staff,omitempty" form:"staff" maxLength:"64" doc:"Yourself if absent"`
}

// TodoFilter asks for some of what the asker is to do.
type TodoFilter struct {
	page.Req
	State TodoState `query:"state" form:"state" enum:"open,done,cancelled" doc:"Open if absent"`
}

// How this part of the module says no.
var (
	ErrTodo   = fault.New(fault.Invalid, "criminal.task", "Chưa ghi được việc cần làm. Hãy sửa các ô được đánh dấu.")
	ErrNoTodo = fault.New(fault.NotFound, "criminal.no-task", "Không tìm thấy việc này trong vụ án.")
	ErrTodoIn = fault.New(fault.Conflict, "criminal.task-state", "Việc này vừa được người khác cập nhật. Hãy tải lại trang.")
)
