// Package stats counts (thống kê): every figure of every office and period follows from
// the ledgers, opens the cases behind it, is checked while people work, closed, signed
// and consolidated.
//
// A case gives facts (figure.Fact): what it adds to which figure on which day. They are
// made again whenever its acts change, and a figure is their sum. Nothing is typed in.
package stats

import (
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/stats/period"
)

// What one may do here.
const (
	MayRead  auth.Verb = "stats.read"  // see figures; the cases behind them by the right to each
	MayClose auth.Verb = "stats.close" // close and sign the figures of one's office
)

// Dim is what figures can be told apart by.
type Dim string

// The dimensions.
const (
	ByOffice  Dim = "office"
	ByMonth   Dim = "month"
	ByDay     Dim = "day"
	ByChapter Dim = "chapter" // of the Penal Code
	ByClass   Dim = "class"   // of the crime
	BySex     Dim = "sex"
	ByAge     Dim = "age"
)

// Dims lists the dimensions in the order people are offered them.
var Dims = []Dim{ByOffice, ByMonth, ByDay, ByChapter, ByClass, BySex, ByAge}

// VN names d for a person.
func (d Dim) VN() string {
	switch d {
	case ByOffice:
		return "Đơn vị"
	case ByMonth:
		return "Tháng"
	case ByDay:
		return "Ngày"
	case ByChapter:
		return "Chương Bộ luật Hình sự"
	case ByClass:
		return "Loại tội phạm"
	case BySex:
		return "Giới tính"
	case ByAge:
		return "Nhóm tuổi"
	}
	return string(d)
}

// Ask asks for figures.
type Ask struct {
	Office  auth.Office // and every office below it
	Period  period.Period
	Figures []string         // ids; with ".start" a stock as it stood before the period; none: every figure
	By      []Dim            // apart by these
	Where   map[Dim][]string // only these values
}

// Count is a figure, apart by what was asked.
type Count struct {
	Figure string
	Key    []string // values of Ask.By, in its order; "" is not known
	N      int64
}

// Start behind the id of a stock means: as it stood before the period.
const Start = ".start"

// Drill asks for the cases behind a figure.
type Drill struct {
	page.Req
	Office auth.Office
	Period period.Period
	Figure string
	Where  map[Dim][]string
	Oldest bool // first; else the newest
}

// Line is a fact as people see it: what counted, of which case, by which act.
type Line struct {
	Case    criminal.ID    `json:"case"`
	Number  string         `json:"number"`
	Name    string         `json:"name"`
	Office  auth.Office    `json:"office"`
	Day     civil.Date     `json:"day"`
	Act     ledger.ActID   `json:"act,omitempty"`
	Kind    string         `json:"kind,omitempty" doc:"Of the act"`
	Person  ledger.PartyID `json:"person,omitempty"`
	Who     string         `json:"who,omitempty" doc:"Name of the person"`
	N       int            `json:"n" doc:"What it adds"`
	Entered time.Time      `json:"entered,omitzero"`
}

// Lines are some of the facts behind a figure.
type Lines struct {
	page.Of[Line]
	Sum    int64 `json:"sum" doc:"The figure"`
	Hidden int64 `json:"hidden" doc:"What cases add that the asker may not see"`
}

// How this module says no.
var (
	ErrFigure = fault.New(fault.NotFound, "stats.figure", "Không có chỉ tiêu thống kê này.")
	ErrOffice = fault.New(fault.NotFound, "stats.office", "Không tìm thấy đơn vị này trong phạm vi thống kê của bạn.")
	ErrDim    = fault.New(fault.Invalid, "stats.dim", "Không phân tổ được theo tiêu chí này.")
)
