package pades

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mark is the visible text of a seal on page 1, top right (NĐ 30/2020/NĐ-CP, Điều 25
// and Phụ lục I: letters, no picture).
type Mark struct {
	Form   string // "BẢN SỐ HÓA", "BẢN SAO ĐIỆN TỬ": the form of the copy
	Office string // the office that seals
}

// The measures of a mark, in points.
const (
	markSize    = 10.0 // NĐ 30/2020, Phụ lục I
	markLeading = 12.0
	markWidth   = 250.0 // a longer line is broken
	markRight   = 24.0
	markTop     = 44.0 // below the folio number (bút lục)
	markGap     = 4.0
)

// vietnam is the zone of what is read by people (ISO 8601, +07:00).
var vietnam = time.FixedZone("", 7*3600)

const signedAt = "Thời gian ký: "

func (m Mark) lines(at time.Time) []string {
	var out []string
	for _, s := range []string{m.Form, m.Office} {
		if s != "" {
			out = append(out, s)
		}
	}
	return append(out, signedAt+at.In(vietnam).Format(time.RFC3339))
}

// row is a line as it is drawn.
type row struct {
	code  string
	width float64
}

// set breaks the lines at spaces where they are too long, and sets them.
func set(lines []string, l *letters) (rows []row) {
	width := func(s string) float64 { return float64(l.span(s)) * markSize / 1000 }
	add := func(s string) { rows = append(rows, row{l.code(s), width(s)}) }
	for _, line := range lines {
		var now string
		for word := range strings.FieldsSeq(line) {
			next := strings.TrimSpace(now + " " + word)
			if now != "" && width(next) > markWidth {
				add(now)
				next = word
			}
			now = next
		}
		add(now)
	}
	return rows
}

// sheet is the page as people see it, upright: the way from there to its own
// coordinates.
type sheet struct {
	x0, y0, x1, y1 float64 // the visible box
	turn           int     // clockwise, 0, 90, 180 or 270
}

func newSheet(inherited dict) sheet {
	s := sheet{0, 0, 595, 842, 0}
	for _, key := range []name{"MediaBox", "CropBox"} {
		if box, ok := numbers(inherited.get(key)); ok {
			s.x0, s.x1 = min(box[0], box[2]), max(box[0], box[2])
			s.y0, s.y1 = min(box[1], box[3]), max(box[1], box[3])
		}
	}
	if n, ok := integer(inherited.get("Rotate")); ok && n%90 == 0 {
		s.turn = ((n % 360) + 360) % 360
	}
	return s
}

func numbers(v any) (out [4]float64, ok bool) {
	a, _ := v.(array)
	if len(a) != 4 {
		return out, false
	}
	for i := range out {
		if out[i], ok = number(a[i]); !ok {
			return out, false
		}
	}
	return out, true
}

// rect is a box of w × h whose right edge is right points from the right of the
// upright page, and whose top is top points from its top.
func (s sheet) rect(w, h, right, top float64) [4]float64 {
	switch s.turn {
	case 90:
		return [4]float64{s.x0 + top, s.y1 - right - w, s.x0 + top + h, s.y1 - right}
	case 180:
		return [4]float64{s.x0 + right, s.y0 + top, s.x0 + right + w, s.y0 + top + h}
	case 270:
		return [4]float64{s.x1 - top - h, s.y0 + right, s.x1 - top, s.y0 + right + w}
	}
	return [4]float64{s.x1 - right - w, s.y1 - top - h, s.x1 - right, s.y1 - top}
}

// matrix turns what is drawn in a box of w × h upright.
func (s sheet) matrix(w, h float64) array {
	m := map[int][6]float64{0: {1, 0, 0, 1, 0, 0}, 90: {0, 1, -1, 0, h, 0}, 180: {-1, 0, 0, -1, w, h}, 270: {0, -1, 1, 0, 0, w}}[s.turn]
	return reals(m[:]...)
}

func reals(fs ...float64) array {
	out := array{}
	for _, f := range fs {
		out = append(out, raw(strconv.FormatFloat(f, 'f', 2, 64)))
	}
	return out
}

func overlap(a, b [4]float64) bool {
	return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

// draw adds the appearance of a mark and returns where it stands: below the marks
// that are there (taken), so that none hides another.
func (m Mark) draw(r *revision, at time.Time, s sheet, taken [][4]float64) (form ref, rect [4]float64, err error) {
	lines := m.lines(at)
	// With all digits, so that the subset is the same at any time.
	l, err := lettersFor(strings.Join(strings.Fields(strings.Join(lines, " ")), " ") + "0123456789")
	if err != nil {
		return ref{}, rect, err
	}
	rows := set(lines, l)
	w := slices.MaxFunc(rows, func(a, b row) int { return int(a.width - b.width) }).width + 1
	h := float64(len(rows)) * markLeading
	content := fmt.Appendf(nil, "BT 0 g\n/F %v Tf\n", markSize)
	for i, row := range rows {
		content = fmt.Appendf(content, "1 0 0 1 %.2f %.2f Tm %s Tj\n", w-row.width, h-float64(i+1)*markLeading+3, row.code)
	}
	top := markTop
	for rect = s.rect(w, h, markRight, top); slices.ContainsFunc(taken, func(t [4]float64) bool { return overlap(rect, t) }) && top < s.y1-s.y0+s.x1-s.x0; {
		top += markLeading
		rect = s.rect(w, h, markRight, top+markGap)
	}
	form = r.add(plain(append(content, "ET\n"...),
		entry{"Type", name("XObject")}, entry{"Subtype", name("Form")}, entry{"BBox", reals(0, 0, w, h)}, entry{"Matrix", s.matrix(w, h)},
		entry{"Resources", dict{{"Font", dict{{"F", l.write(r)}}}}}))
	return form, rect, nil
}
