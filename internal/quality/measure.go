package quality

import (
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/quality/indicator"
	"congminh/internal/stats"
	"congminh/internal/stats/period"
)

// Measured is an indicator of some offices in a period.
type Measured struct {
	indicator.Value
	State   indicator.State
	Pending int64 // results whose fault nobody has decided yet: the value is for the time being
}

// Row is an indicator of an office as the board shows it.
type Row struct {
	*indicator.Indicator
	Target   indicator.Target
	Span     indicator.Span
	Now      Measured
	Before   indicator.Value // of the period before
	LastYear indicator.Value
	Trend    []indicator.Value // the oldest first; the last is the period itself
	Kept     *Result           // what it showed when the period was closed
	Notes    int               // explanations by the office
}

// Moved reports whether the ledgers now say something else than what was closed.
func (r Row) Moved() bool { return r.Kept != nil && r.Kept.Value != r.Now.Value }

// Board is every indicator of an office in a period.
type Board struct {
	Office  auth.Office
	Period  period.Period
	Cases   int64 // a year, of which the size of an office is
	Rows    []Row
	Closed  bool
	Ranking bool // whether offices may be ranked
}

// Count tells how many indicators are in a state.
func (b Board) Count(s indicator.State) (n int) {
	for _, r := range b.Rows {
		if r.Now.State == s {
			n++
		}
	}
	return n
}

// Part is a figure of a formula, as it is worked out.
type Part struct {
	Figure string
	Name   string
	Times  int64 // 1 or -1, seldom more
	N      int64
}

// Peer is an office beside others.
type Peer struct {
	Office auth.Office
	Short  string
	Cases  int64 // a year
	Measured
	Like bool // about as many cases as the office that is looked at
	Rank int  // 0 where offices are not ranked
	At   float64
}

// Detail is everything about one indicator of an office in a period.
type Detail struct {
	Row
	Office    auth.Office
	Period    period.Period
	Num, Den  []Part
	Below     []Peer // the offices right below
	Peers     []Peer // the offices that have the same work, as far as the reader may see them
	Quartiles []float64
	Gap       []Missed // what keeps it from its target
	GapHidden int64    // of cases that the reader may not see
	GapMore   bool
	History   []Result
	Notes     []Note
	Closed    bool
}

// Missed is a case, or a person in it, that keeps an indicator from its target.
type Missed struct {
	stats.Line
	Lacks int64
}

// Result is what an indicator showed when its period was closed, or when somebody
// looked at it again and said why it differs.
type Result struct {
	Indicator string
	Revision  int // 0: as it was closed
	Set       string
	Digest    string // of the definition
	indicator.Value
	Target string // in words
	State  indicator.State
	Reason string
	By     string
	At     time.Time
}

// Note is what an office says about a value of its own (giải trình).
type Note struct {
	ID   string
	Body string
	By   string
	At   time.Time
}

// Switched is a change of a switch.
type Switched struct {
	On     bool
	Reason string
	By     string
	At     time.Time
}

// likeShare is how far the number of cases of an office of like size may be off.
const likeShare = 0.3

// How this module says no.
var (
	ErrPeriod  = fault.New(fault.Invalid, "quality.period", "Kỳ không đúng. Hãy chọn loại kỳ và một ngày trong kỳ.")
	ErrNotOver = fault.New(fault.Conflict, "quality.not_over", "Kỳ này chưa hết. Hãy chốt khi kỳ đã qua.")
	ErrClosed  = fault.New(fault.Conflict, "quality.closed", "Kỳ này của đơn vị đã chốt. Số khác đi thì ghi nhận thay đổi cho từng chỉ tiêu.")
	ErrOpen    = fault.New(fault.Conflict, "quality.open", "Kỳ này của đơn vị chưa chốt.")
	ErrSame    = fault.New(fault.Conflict, "quality.same", "Số hiện nay không khác số đã chốt.")
	ErrReason  = fault.New(fault.Invalid, "quality.reason", "Hãy nêu lý do, không quá 8.000 ký tự.")
	ErrNote    = fault.New(fault.Invalid, "quality.note", "Hãy viết nội dung giải trình, không quá 8.000 ký tự.")
	ErrOwn     = fault.New(fault.Forbidden, "quality.own", "Chỉ đơn vị có số liệu mới giải trình được số liệu của mình.")
	ErrSupreme = fault.New(fault.Forbidden, "quality.supreme", "Chỉ Viện trưởng VKSND tối cao cho phép hoặc thôi cho phép xếp hạng.")
	ErrSet     = fault.New(fault.NotFound, "quality.set", "Không có tập chỉ tiêu này.")
)
