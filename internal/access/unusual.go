package access

import (
	"time"

	"congminh/internal/access/pattern"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
)

// UnusualID identifies something unusual.
type UnusualID = id.Of[Unusual]

// How what is unusual is refused.
var (
	ErrNoUnusual = fault.New(fault.NotFound, "access.no-unusual", "Không tìm thấy dấu hiệu này.")
	ErrVerdict   = fault.New(fault.Invalid, "access.verdict", "Kết luận chưa đủ. Hãy sửa các ô được đánh dấu.")
	ErrOneself   = fault.New(fault.Forbidden, "access.oneself", "Không ai tự kết luận về việc đọc hồ sơ của chính mình. Cần một người khác.")
)

// UnusualState is what was said of something unusual.
type UnusualState string

// The states.
const (
	Noticed   UnusualState = "open"
	Dismissed UnusualState = "dismissed"
	Confirmed UnusualState = "confirmed"
)

// VN names s for a person.
func (s UnusualState) VN() string {
	switch s {
	case Noticed:
		return "Chờ xem xét"
	case Dismissed:
		return "Bình thường"
	case Confirmed:
		return "Đúng là bất thường"
	}
	return string(s)
}

// Unusual is an unusual way of reading files that the journal shows (dấu hiệu bất
// thường). It accuses nobody: a person looks, and says.
type Unusual struct {
	ID          UnusualID     `json:"id"`
	Rule        string        `json:"rule"`
	Rules       string        `json:"rules" doc:"Version of the rules"`
	Actor       string        `json:"actor"`
	ActorName   string        `json:"actor_name"`
	Office      auth.Office   `json:"office" doc:"Of the actor"`
	From        time.Time     `json:"from"`
	To          time.Time     `json:"to"`
	Found       int           `json:"found" doc:"What the rule counted"`
	Made        time.Time     `json:"made"`
	State       UnusualState  `json:"state" enum:"open,dismissed,confirmed"`
	Decided     time.Time     `json:"decided,omitzero"`
	Decider     string        `json:"decider,omitempty"`
	DeciderName string        `json:"decider_name,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	Lines       []UnusualLine `json:"lines,omitempty" doc:"Only when one is asked for"`

	path string
}

// UnusualLine is a line of the journal that made something unusual.
type UnusualLine struct {
	N      int64     `json:"n"`
	At     time.Time `json:"at"`
	Verb   string    `json:"verb"`
	Rule   string    `json:"rule"`
	Detail string    `json:"detail,omitempty"`
	Open   bool      `json:"-"` // the asker may read the line itself

	owner string
}

// UnusualFilter asks for some of what is unusual in one's offices, newest first.
type UnusualFilter struct {
	page.Req
	State UnusualState `query:"state" form:"state" enum:"open,dismissed,confirmed"`
}

// Verdict is what a person says of something unusual.
type Verdict struct {
	State  UnusualState `json:"state" form:"state" enum:"dismissed,confirmed"`
	Reason string       `json:"reason" form:"reason" maxLength:"1000"`
}

// rule is the rule by which x was found, as it is now.
func (s *Service) rule(x Unusual) pattern.Rule {
	for _, r := range s.patterns.Rule {
		if r.ID == x.Rule {
			return r
		}
	}
	return pattern.Rule{ID: x.Rule, Name: x.Rule}
}
