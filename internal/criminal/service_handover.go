package criminal

import (
	"context"
	"slices"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/fault"
	"congminh/internal/law"
)

// ErrMinutes is returned for an act in which nothing is handed over.
var ErrMinutes = fault.New(fault.NotFound, "criminal.no-minutes", "Hành vi này không có biên bản giao nhận. Chỉ việc giao, nhận, chuyển, trả hồ sơ có biên bản.")

// Minutes is what minutes of a hand-over tell (biên bản giao nhận hồ sơ).
type Minutes struct {
	Case          Case
	Act           ledger.Act
	Title         string // of the act
	Office, Above string // names
	Giver, Taker  string // who hands over and who receives; "" to be written by hand
}

// MinutesOf returns the minutes of a hand-over in a case one may see.
func (s *Service) MinutesOf(ctx context.Context, c ID, a ledger.ActID) (m Minutes, err error) {
	defer fault.Wrap(&err, "minutes of act %s", a)
	if m.Case, err = s.Detail(ctx, c); err != nil {
		return m, err
	}
	led, _, err := s.Acts(ctx, c, "")
	if err != nil {
		return m, err
	}
	i := slices.IndexFunc(led.Acts, func(x ledger.Act) bool { return x.ID == a })
	if i < 0 {
		return m, ErrNoAct
	}
	m.Act = led.Acts[i]
	kind, _ := s.law(ctx).Act(m.Act.Kind)
	if kind.Handover == "" {
		return m, ErrMinutes
	}
	of, err := s.org.Office(ctx, m.Case.Office)
	if err != nil {
		return m, err
	}
	m.Title = kind.Title
	m.Office, m.Above = s.heads(ctx, of)
	m.sides(kind)
	return m, nil
}

// sides says who gives and who takes: what was entered, or else what the kind of act
// tells of our own office and of the agency.
func (m *Minutes) sides(kind law.ActKind) {
	m.Giver, m.Taker = m.Act.Fields["giver"], m.Act.Fields["receiver"]
	ours, theirs := m.Office, m.Act.Issuer
	if m.Act.By == "procuracy" {
		theirs = m.Act.Fields["court"]
	}
	given := m.Act.Reason == "procuracy_police" || m.Act.Reason == "procuracy_court" || kind.Handover == "out"
	if m.Giver == "" {
		if m.Giver = theirs; given {
			m.Giver = ours
		}
	}
	if m.Taker == "" {
		if m.Taker = ours; given {
			m.Taker = theirs
		}
	}
}

// dots is a place to write by hand, n letters long.
func dots(n int) string { return strings.Repeat("…", (n+1)/2) }

// orDots is s, or a place to write it.
func orDots(s string, n int) string {
	if s == "" {
		return dots(n)
	}
	return s
}

// padded writes a number of pages as folios are written.
func padded(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ". " + b
}

// minutesTime is a moment as minutes begin: hồi 8 giờ 30 phút ngày …
func minutesTime(m ledger.Moment) string {
	d := m.Day()
	day := "ngày " + string(d[8:10]) + " tháng " + string(d[5:7]) + " năm " + string(d[:4])
	if m.HasHour() {
		return "hồi " + string(m[11:13]) + " giờ " + string(m[14:]) + " phút " + day
	}
	return "hồi " + dots(6) + " giờ " + dots(6) + " phút " + day
}
