package archive

import (
	"fmt"
	"strings"
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
)

// Counted is from when a period runs.
type Counted string

// The beginnings of a period.
const (
	FromClosing Counted = "closed"   // the day the file was closed
	FromYearEnd Counted = "year_end" // the end of the year in which it was closed
)

// Counteds lists them.
var Counteds = []Counted{FromYearEnd, FromClosing}

// VN names c for a person.
func (c Counted) VN() string {
	switch c {
	case FromClosing:
		return "Từ ngày đóng hồ sơ"
	case FromYearEnd:
		return "Từ hết năm đóng hồ sơ"
	}
	return string(c)
}

// Rule is a kind of file and how long it is kept. Version 0 has no period: nobody of
// this installation confirmed one, and nothing is computed from it.
type Rule struct {
	Code       string `json:"code" toml:"code"`
	Name       string `json:"name" toml:"name"`
	File       string `json:"file,omitempty" toml:"file" doc:"The kind of file it is proposed for"`
	Citation   string `json:"citation" toml:"citation"`
	Confidence string `json:"confidence" toml:"confidence" enum:"A,B,C"`

	Period
	Version int        `json:"version" toml:"-"`
	At      *time.Time `json:"at,omitempty" toml:"-"`
	ByName  string     `json:"by_name,omitempty" toml:"-"`
}

// Period is how long, from when, and where it says so.
type Period struct {
	Years     int     `json:"years,omitempty" toml:"years" form:"years" minimum:"0" maximum:"200"`
	Permanent bool    `json:"permanent,omitempty" toml:"permanent" form:"permanent"`
	Counted   Counted `json:"counted,omitempty" toml:"counted" form:"counted" enum:"closed,year_end"`
	Source    string  `json:"source,omitempty" toml:"source" form:"source" maxLength:"500" doc:"Number, date and place of the text that fixes it"`
}

func (p Period) tidy() (Period, error) {
	p.Source = vn.Clean(p.Source)
	if p.Permanent && p.Counted == "" {
		p.Counted = FromClosing
	}
	var c fault.Check
	c.Need(p.Permanent != (p.Years > 0) && p.Years >= 0 && p.Years <= 200, "years", "Hãy ghi số năm từ 1 đến 200, hoặc chọn vĩnh viễn; không cả hai.")
	c.Need(p.Counted == FromClosing || p.Counted == FromYearEnd, "counted", "Hãy chọn thời điểm bắt đầu tính.")
	c.Need(p.Source != "" && len([]rune(p.Source)) <= 500, "source", "Hãy ghi văn bản quy định thời hạn này: số, ngày, mục.")
	return p, c.Err(ErrInvalid)
}

// Confirmed reports whether r has a period.
func (r Rule) Confirmed() bool { return r.Version > 0 }

// Text writes the period of r as papers say it.
func (r Rule) Text() string {
	switch {
	case !r.Confirmed():
		return "Chưa xác nhận"
	case r.Permanent:
		return "Vĩnh viễn"
	}
	return fmt.Sprintf("%d năm", r.Years)
}

// until is the last day a file closed on a day is kept; "" if that cannot be said.
func (r Rule) until(closed civil.Date) civil.Date {
	if !r.Confirmed() || r.Permanent || closed == "" {
		return ""
	}
	if r.Counted == FromYearEnd {
		return civil.Date(fmt.Sprintf("%04d-12-31", closed.Year()+r.Years))
	}
	return civil.On(closed.Start().AddDate(r.Years, 0, 0))
}

// table is a file of rules.
type table struct {
	Version string `toml:"version"`
	Rules   []Rule `toml:"rule"`
}

// check says what is wrong with a shipped table; a period in it is wrong.
func (t table) check() error {
	seen := map[string]bool{}
	for _, r := range t.Rules {
		switch {
		case r.Code == "" || seen[r.Code]:
			return fmt.Errorf("retention: code %q is missing or stands twice", r.Code)
		case r.Name == "" || r.Citation == "" || !strings.Contains("ABC", r.Confidence) || r.Confidence == "":
			return fmt.Errorf("retention: %s needs a name, a citation and a confidence of A, B or C", r.Code)
		case r.Period != Period{}:
			return fmt.Errorf("retention: %s comes with a period: periods are confirmed where the program runs", r.Code)
		}
		seen[r.Code] = true
	}
	return nil
}
