package criminal

import (
	"context"
	"time"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/law"
)

// MayAct is to enter acts in the ledger of a case.
const MayAct auth.Verb = "case.act"

// How the ledger says no.
var (
	ErrAct      = fault.New(fault.Invalid, "criminal.act", "Chưa ghi được hành vi tố tụng. Hãy sửa các ô được đánh dấu.")
	ErrNoAct    = fault.New(fault.NotFound, "criminal.no-act", "Không tìm thấy hành vi tố tụng này trong vụ án.")
	ErrPerson   = fault.New(fault.Invalid, "criminal.person", "Thông tin người tham gia chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrInLedger = fault.New(fault.Conflict, "criminal.in-ledger", "Người này đã có trong một hành vi tố tụng nên không thể bỏ. Hãy sửa thông tin của người đó.")
	ErrAnswered = fault.New(fault.Conflict, "criminal.answered", "Đề xuất này đã được xử lý. Hãy tải lại trang.")
	ErrBook     = fault.New(fault.Conflict, "criminal.book", "Sổ số này đã mở. Số tiếp theo do hệ thống cấp.")
)

// Acted is emitted in the transaction in which an act, or the correction of one, is
// entered: whoever computes from acts computes again.
var Acted = event.Define[ActedV1]("criminal.acted")

// ActedV1 is the content of Acted. Act is "" when it was a person of the case that
// changed: an age, a death.
type ActedV1 struct {
	Case   ID           `json:"case"`
	Act    ledger.ActID `json:"act"`
	Kind   string       `json:"kind"`
	Office auth.Office  `json:"office"`
}

// Law is what this module asks of the law; a pack answers it.
type Law interface {
	ledger.Catalogue
	Acts() []law.ActKind
	List(code string) (law.List, bool)
	Offences() []law.Offence
}

// Head is what a module above must know of a case to watch over it, whoever asks.
type Head struct {
	ID       ID
	Number   string
	Name     string
	Office   auth.Office
	Path     string // of the office in the tree
	Stage    Stage
	Status   Status
	Secrecy  Secrecy
	Assigned []Assignment // those that last, without names
}

// Guard is asked by Record before an act is entered. A module above that computes
// from acts refuses or flags what it alone can see.
type Guard func(ctx context.Context, h Head, before ledger.Case, a ledger.Act) ([]ledger.Finding, error)

// Same is a person of another case who seems to be the same.
type Same struct {
	Person   Person `json:"person"`
	Case     ID     `json:"case"`
	Number   string `json:"number"`
	CaseName string `json:"case_name"`
}

// Book is a book numbers are taken from, one for each year (sổ cấp số).
type Book struct {
	Office auth.Office `json:"office"`
	Code   string      `json:"code" example:"QĐ-VKS"`
	Year   int         `json:"year"`
	Last   int64       `json:"last"`
}

// Number is a number that was given, and to what.
type Number struct {
	N          int64         `json:"n"`
	Act        ledger.ActID  `json:"act"`
	Case       ID            `json:"case"`
	CaseNumber string        `json:"case_number"`
	Kind       string        `json:"kind"`
	At         ledger.Moment `json:"at"`
	Issued     time.Time     `json:"issued"`
	Author     string        `json:"author"`
	Void       string        `json:"void,omitempty" doc:"Why it is void, if it is"`
}

// ProposalID identifies a proposal.
type ProposalID = id.Of[Proposal]

// ProposalState is what became of a proposal.
type ProposalState string

// The states of a proposal.
const (
	Proposed ProposalState = "open"
	Taken    ProposalState = "taken"
	Declined ProposalState = "declined"
)

// Proposal is an act that a scanned paper seems to prove (đề xuất từ bản quét).
type Proposal struct {
	ID       ProposalID      `json:"id"`
	Case     ID              `json:"case"`
	Dossier  string          `json:"dossier"`
	Document string          `json:"document"`
	Folio    int             `json:"folio,omitempty"`
	Paper    string          `json:"paper" doc:"Kind of paper, as the dossier knows it"`
	Title    string          `json:"title"`
	Kind     string          `json:"kind" doc:"Kind of act, from the catalogue"`
	Number   string          `json:"number,omitempty"`
	At       ledger.Moment   `json:"at,omitempty"`
	Issuer   string          `json:"issuer,omitempty"`
	Signer   string          `json:"signer,omitempty"`
	Names    []string        `json:"names,omitempty" doc:"People the paper names"`
	Charges  []ledger.Charge `json:"charges,omitempty"`
	State    ProposalState   `json:"state"`
	Act      ledger.ActID    `json:"act,omitempty"`
	Made     time.Time       `json:"made"`
}

// Pending is a case whose papers propose acts that nobody answered.
type Pending struct {
	Case   ID     `json:"case"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Count  int    `json:"count"`
}
