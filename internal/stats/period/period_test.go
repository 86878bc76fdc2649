package period

import (
	"testing"

	"congminh/internal/kit/civil"
)

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		day        civil.Date
		text       string
		from, to   civil.Date
		before     string
		lastYear   string
		vietnamese string
	}{
		{Month, "2024-02-29", "2024-02", "2024-02-01", "2024-02-29", "2024-01", "2023-02", "Tháng 2/2024"},
		{Month, "2026-12-31", "2026-12", "2026-12-01", "2026-12-31", "2026-11", "2025-12", "Tháng 12/2026"},
		{Quarter, "2026-11-28", "2026-q4", "2026-10-01", "2026-12-31", "2026-q3", "2025-q4", "Quý IV/2026"},
		{Half, "2026-07-01", "2026-h2", "2026-07-01", "2026-12-31", "2026-h1", "2025-h2", "6 tháng cuối năm 2026"},
		{Year, "2026-07-01", "2026", "2026-01-01", "2026-12-31", "2025", "2025", "Năm 2026"},
		{WorkYear, "2026-10-01", "w2027", "2026-10-01", "2027-09-30", "w2026", "w2026", "Năm công tác 2027 (01/10/2026–30/09/2027)"},
		{WorkYear, "2026-09-30", "w2026", "2025-10-01", "2026-09-30", "w2025", "w2025", "Năm công tác 2026 (01/10/2025–30/09/2026)"},
		{WorkHalf, "2026-11-28", "w2027-h1", "2026-10-01", "2027-03-31", "w2026-h2", "w2026-h1", "6 tháng năm công tác (01/10/2026–31/03/2027)"},
		{WorkHalf, "2026-05-01", "w2026-h2", "2026-04-01", "2026-09-30", "w2026-h1", "w2025-h2", "6 tháng năm công tác (01/04/2026–30/09/2026)"},
	} {
		p := Of(c.kind, c.day)
		if p.String() != c.text || p.From != c.from || p.To != c.to || p.Shift(-1).String() != c.before || p.LastYear().String() != c.lastYear || p.Title() != c.vietnamese {
			t.Errorf("%s %s: %s %+v, before %s, last year %s, %s", c.kind, c.day, p, p, p.Shift(-1), p.LastYear(), p.Title())
		}
		if again, err := Parse(p.String()); err != nil || again != p {
			t.Errorf("%s: %+v, %v", p, again, err)
		}
		if p.Shift(3).Shift(-3) != p {
			t.Errorf("%s: there and back is %s", p, p.Shift(3).Shift(-3))
		}
	}
	p, err := Parse("2024-02-20..2024-02-29")
	if err != nil || p.Shift(1).String() != "2024-03-01..2024-03-10" || p.LastYear().String() != "2023-02-20..2023-02-28" {
		t.Error(p.Shift(1), p.LastYear(), err)
	}
	for _, bad := range []string{"", "2026-13", "2026-q5", "w2026-q1", "26-01", "2026-11-20..2026-11-03", "2026-h3", "w2026-01", "..", "2026-1"} {
		if p, err := Parse(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-11", "w2026-h1", "2026-11-03..2026-11-20"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(p.String()); err != nil || again != p {
			t.Fatalf("%q: %+v, %+v, %v", s, p, again, err)
		}
	})
}
