package deadline

import (
	"slices"
	"time"
)

// Life is where a warning stands in its life:
//
//	scheduled → raised → delivered → acknowledged → remedied | extended | failed → escalated → closed
//
// A clock that runs has its next warning scheduled in next_warn; the row of a warning
// is written when it is raised.
type Life string

// The states of a warning.
const (
	Scheduled    Life = "scheduled"
	Raised       Life = "raised"
	Delivered    Life = "delivered"
	Acknowledged Life = "acknowledged"
	Remedied     Life = "remedied"
	Prolonged    Life = "extended"
	Failed       Life = "failed"
	Escalated    Life = "escalated"
	Closed       Life = "closed"
)

// VN names l for a person.
func (l Life) VN() string {
	switch l {
	case Scheduled:
		return "Đã lên lịch"
	case Raised:
		return "Đã phát"
	case Delivered:
		return "Đã chuyển đến"
	case Acknowledged:
		return "Đã nhận"
	case Remedied:
		return "Đã khắc phục"
	case Prolonged:
		return "Đã gia hạn"
	case Failed:
		return "Không thực hiện đúng hạn"
	case Escalated:
		return "Đã báo lên trên"
	case Closed:
		return "Đã đóng"
	}
	return string(l)
}

// Kind is what a warning says.
type Kind string

// The kinds.
const (
	Lead   Kind = "lead"   // the end comes near
	Due    Kind = "due"    // the nominal end has come
	Breach Kind = "breach" // the legal end has passed
	Enter  Kind = "enter"  // somebody is held, and until when only a person can say
)

// VN names k for a person.
func (k Kind) VN() string {
	switch k {
	case Lead:
		return "Sắp hết hạn"
	case Due:
		return "Đến hạn"
	case Breach:
		return "Đã quá hạn"
	case Enter:
		return "Cần nhập hạn"
	}
	return string(k)
}

// Rank is who is told, from the prosecutor in charge up.
type Rank int

// The ranks.
const (
	ToProsecutor Rank = iota
	ToDeputy
	ToChief
	ToSuperior
)

// VN names r for a person.
func (r Rank) VN() string {
	switch r {
	case ToProsecutor:
		return "Kiểm sát viên thụ lý"
	case ToDeputy:
		return "Phó Viện trưởng, lãnh đạo phụ trách"
	case ToChief:
		return "Viện trưởng"
	case ToSuperior:
		return "Viện kiểm sát cấp trên"
	}
	return ""
}

// Step is something that happens to a warning.
type Step string

// The steps.
const (
	Raise       Step = "raise"
	Deliver     Step = "deliver"     // a channel took it
	Bounce      Step = "bounce"      // a channel did not
	Acknowledge Step = "acknowledge" // a person said that they know
	Remedy      Step = "remedy"      // the act was done, or a person says what was done
	Extend      Step = "extend"      // the clock was lengthened
	Stop        Step = "stop"        // the clock stopped, or the act it came from was corrected
	Fail        Step = "fail"        // the legal end passed
	Explain     Step = "explain"     // a person gave the reason of a failure
	Escalate    Step = "escalate"    // to whoever was found above, or again to the highest
	Reroute     Step = "reroute"     // to another person: the first is absent
	Supersede   Step = "supersede"   // a later warning of the same clock takes over
	LateEntry   Step = "late"        // a note: the act was entered after the point
)

// VN names s for a person.
func (s Step) VN() string {
	switch s {
	case Raise:
		return "Phát cảnh báo"
	case Deliver:
		return "Chuyển đến người nhận"
	case Bounce:
		return "Không chuyển được"
	case Acknowledge:
		return "Người nhận xác nhận"
	case Remedy:
		return "Khắc phục"
	case Extend:
		return "Thời hạn được gia hạn"
	case Stop:
		return "Thời hạn dừng"
	case Fail:
		return "Quá hạn luật định"
	case Explain:
		return "Ghi lý do"
	case Escalate:
		return "Báo lên trên"
	case Reroute:
		return "Chuyển người khác do vắng mặt"
	case Supersede:
		return "Thay bằng cảnh báo sau"
	case LateEntry:
		return "Nhập muộn"
	}
	return string(s)
}

// life is the part of a warning its rules speak of.
type life struct {
	At     Life
	Rank   Rank
	Failed bool   // the legal end passed
	Over   bool   // nothing more can be done to the clock: only the reason is missing
	Reason string // given
}

// open reports whether somebody must still do something.
func (l life) open() bool { return l.At != Closed }

// ways says which steps may be taken where, and where they lead. A step that leads
// to "" leaves the state as it is: it is only written down.
var ways = map[Life]map[Step]Life{
	Scheduled:    {Raise: Raised},
	Raised:       {Deliver: Delivered, Bounce: "", Acknowledge: Acknowledged, Remedy: Remedied, Extend: Prolonged, Stop: Remedied, Fail: Failed, Escalate: Escalated, Reroute: "", Supersede: Remedied, LateEntry: ""},
	Delivered:    {Deliver: "", Bounce: "", Acknowledge: Acknowledged, Remedy: Remedied, Extend: Prolonged, Stop: Remedied, Fail: Failed, Escalate: Escalated, Reroute: "", Supersede: Remedied, LateEntry: ""},
	Acknowledged: {Deliver: "", Bounce: "", Remedy: Remedied, Extend: Prolonged, Stop: Remedied, Fail: Failed, Escalate: Escalated, Reroute: "", Supersede: Remedied},
	Escalated:    {Deliver: "", Bounce: "", Acknowledge: Acknowledged, Remedy: Remedied, Extend: Prolonged, Stop: Remedied, Fail: Failed, Escalate: "", Explain: "", Reroute: "", Supersede: Remedied, LateEntry: ""},
	Failed:       {Deliver: "", Bounce: "", Acknowledge: Acknowledged, Remedy: Remedied, Extend: Prolonged, Stop: Remedied, Escalate: Escalated, Explain: "", Reroute: "", LateEntry: ""},
	// Here what is left is to close; a failure is closed by its reason alone.
	Remedied:  {Deliver: "", Bounce: "", Explain: "", Escalate: "", Reroute: "", LateEntry: ""},
	Prolonged: {Deliver: "", Bounce: "", Explain: "", Escalate: "", Reroute: "", LateEntry: ""},
}

// outcomes are the states after which nothing is left to do but to give a reason.
var outcomes = []Life{Remedied, Prolonged}

// step takes a step. The error is ErrStep if it may not be taken here, ErrReason if
// it needs a reason. A warning whose clock failed is not closed before its reason is
// given, whatever became of the clock; without one it climbs on.
func (l life) step(s Step, reason string) (life, error) {
	to, ok := ways[l.At][s]
	if !ok && l.Failed && l.At == Acknowledged && s == Explain {
		ok = true
	}
	if !ok {
		return l, ErrStep
	}
	switch s {
	case Explain:
		if !l.Failed {
			return l, ErrStep
		}
		if reason == "" {
			return l, ErrReason
		}
		l.Reason = reason
	case Fail:
		if l.Failed {
			return l, ErrStep
		}
		l.Failed = true
	case Supersede:
		if l.Failed { // the failure itself is never taken over
			return l, ErrStep
		}
	}
	if to != "" {
		l.At = to
	}
	if slices.Contains(outcomes, l.At) {
		l.Over = true
	}
	if l.Over && (!l.Failed || l.Reason != "") {
		l.At = Closed
	}
	return l, nil
}

// wake returns when a warning climbs if nothing more happens: every open warning has
// such a moment, so none can be forgotten.
func (l life) wake(p Policy, now, end time.Time, urgent bool) time.Time {
	wait := p.Climb
	switch {
	case l.At == Acknowledged && !l.Failed && end.After(now):
		// Whoever knows of it has the time until it ends.
		return end
	case l.At == Acknowledged && !l.Failed && end.IsZero(): // nobody has said when it ends
	case l.Failed:
		wait = p.ClimbFailed
	case urgent:
		wait = p.ClimbUrgent
	}
	if l.Rank == ToSuperior { // there is no one above: it is said again
		wait = max(wait, p.Repeat)
	}
	t := now.Add(wait)
	if !l.Failed && end.After(now) && end.Before(t) {
		t = end
	}
	return t
}
