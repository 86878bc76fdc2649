package quality

import (
	"time"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/stats"
)

// Pattern is a way in which figures look made (dấu hiệu làm đẹp số liệu). It is data.
type Pattern struct {
	ID      string   `toml:"id"`
	Kind    string   `toml:"kind"` // rush, moved, again
	Name    string   `toml:"name"`
	Why     string   `toml:"why"`
	Figures []string `toml:"figures"` // rush: each is looked at
	Days    int      `toml:"days"`    // rush: how many last days of the period
	Factor  float64  `toml:"factor"`  // rush: how many times the usual share
	Least   int64    `toml:"least"`   // rush: fewer say nothing
	Within  int      `toml:"within"`  // again: days between taking out and entering again
}

// The kinds of patterns.
const (
	Rush  = "rush"
	Moved = "moved"
	Again = "again"
)

// Sign is what a pattern found for an office in a period.
type Sign struct {
	Pattern
	Figure     string // rush
	FigureName string
	All, Last  int64 // rush: of the period, and of its last days
	Share      float64
	Usual      float64
	Changes    []Change
	Lines      []stats.Line
	Hidden     int64 // of cases that the reader may not see
	More       bool  // not all are shown
}

// Change is an act that was moved, or taken out and entered again.
type Change struct {
	Case     criminal.ID
	Number   string
	CaseName string
	Office   auth.Office
	Kind     string
	Was, At  civil.Date
	Why      string
	Taken    time.Time // when what stood before was taken out
	Entered  time.Time
	Seen     bool `json:"-"` // the reader may see the case
}
