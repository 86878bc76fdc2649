package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"congminh/internal/kit/golden"
)

var year = []string{"12/2025", "01/2026", "02/2026", "03/2026", "04/2026", "05/2026", "06/2026", "07/2026", "08/2026", "09/2026", "10/2026", "11/2026"}

func examples() map[string]string {
	two := []Series{{"Năm nay", []float64{12, 8, 1500}}, {"Năm trước", []float64{10, 0, 1290}}}
	return map[string]string{
		"bars.svg":    Chart{ID: "c", Kind: Bars, Title: "Số vụ án mới khởi tố", Desc: "Lào Cai nhiều nhất.", Labels: []string{"Khu vực 1", "Viện kiểm sát nhân dân khu vực 3", "A & B"}, Series: two[:1]}.SVG(),
		"grouped.svg": Chart{ID: "c", Kind: Bars, Title: "So sánh", Desc: "Hai năm", Labels: []string{"KV1", "KV2", "KV3"}, Series: two}.SVG(),
		"lines.svg": Chart{ID: "c", Kind: Lines, Title: "12 tháng", Desc: "Tăng dần", Labels: year,
			Series: []Series{{"Mới", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, {"Còn", []float64{-2, 0, 1, math.NaN(), 1, 1, 2, 2, 3, 3, 4, 4}}}}.SVG(),
		"nothing.svg": Chart{ID: "c", Kind: Lines, Title: "Trống", Desc: "Không có số liệu"}.SVG(),
		"spark.svg":   Spark("s", "12 tháng: từ 3 đến 9", []float64{3, 4, 4, 9}),
	}
}

func TestGolden(t *testing.T) {
	for name, got := range examples() {
		golden.Check(t, name, []byte(got))
	}
}

// What is drawn reads as XML, names itself, and says what people typed as text.
func TestAccessible(t *testing.T) {
	all := examples()
	all["evil"] = Chart{ID: "c", Kind: Bars, Title: `<script>alert(1)</script>`, Labels: []string{`"><b>`}, Series: []Series{{`'<i>`, []float64{1}}}}.SVG()
	for name, s := range all {
		d := xml.NewDecoder(strings.NewReader(s))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := tok.(xml.StartElement); ok {
				switch e.Name.Local {
				case "script", "b", "i", "style":
					t.Errorf("%s: element %s", name, e.Name.Local)
				}
				for _, a := range e.Attr {
					if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
						t.Errorf("%s: attribute %s", name, a.Name.Local)
					}
				}
			}
		}
		if !strings.Contains(s, `role="img"`) || !strings.Contains(s, "<title") || !strings.Contains(s, "aria-labelledby") {
			t.Errorf("%s does not name itself", name)
		}
	}
}

// Series are told apart in black and white: no two have the same pattern, dashes or mark.
func TestNoColourAlone(t *testing.T) {
	var series []Series
	for range Most {
		series = append(series, Series{"x", []float64{1, 2}})
	}
	bars := Chart{ID: "c", Kind: Bars, Labels: []string{"a", "b"}, Series: series}.SVG()
	seen := map[string]bool{}
	for part := range strings.SplitSeq(bars, "<pattern ") {
		if _, body, ok := strings.Cut(part, `patternUnits="userSpaceOnUse">`); ok {
			body, _, _ = strings.Cut(body, "</pattern>")
			if seen[body] {
				t.Error("twice the same pattern", body)
			}
			seen[body] = true
		}
	}
	if len(seen) != Most {
		t.Errorf("%d patterns for %d series", len(seen), Most)
	}
	dash := map[string]bool{}
	for _, d := range dashes {
		dash[d] = true
	}
	if len(dash) != Most {
		t.Error("dashes repeat")
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12: "12", 1234: "1.234", 1234567: "1.234.567", -5: "−5", 12.5: "12,5", -1234.25: "−1.234,25", 100: "100", 1e6: "1.000.000"} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %s, want %s", v, got, want)
		}
	}
	if got := Number(math.NaN()); got != "–" {
		t.Error(got)
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		values          []float64
		low, high, step float64
	}{
		{nil, 0, 1, 1},
		{[]float64{0, 0}, 0, 1, 1},
		{[]float64{3}, 0, 3, 1},
		{[]float64{7}, 0, 8, 2},
		{[]float64{1500, 12}, 0, 1500, 500},
		{[]float64{-3, 4}, -4, 4, 2},
		{[]float64{math.NaN(), 25}, 0, 25, 5},
	} {
		low, high, step := scale([]Series{{"", c.values}})
		if low != c.low || high != c.high || step != c.step {
			t.Errorf("scale(%v) = %v to %v by %v, want %v to %v by %v", c.values, low, high, step, c.low, c.high, c.step)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		room int
		want string
	}{
		{"Khu vực 1", 20, "Khu vực 1"},
		{"Viện kiểm sát nhân dân khu vực 3", 18, "Viện kiểm sát nhân|dân khu vực 3"},
		{"một hai ba bốn năm sáu", 8, "một hai|ba bốn…"},
	} {
		if got := strings.Join(wrap(c.in, c.room), "|"); got != c.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.in, c.room, got, c.want)
		}
	}
}
