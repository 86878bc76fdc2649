package scan

import (
	"bufio"
	"html"
	"io"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// bboxWord is a word of pdftotext -bbox-layout, in points from the upper left.
type bboxWord struct {
	text           string
	x0, y0, x1, y1 float64
	line           int
}

// parseBBox reads the output of pdftotext -bbox-layout, page by page. It goes line by
// line and by hand: poppler puts control characters of the text there as they are, and
// an XML reader would refuse the whole for one of them.
func parseBBox(r io.Reader) (pages [][]bboxWord) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	line := -1
	for in.Scan() {
		s := strings.TrimSpace(in.Text())
		switch {
		case strings.HasPrefix(s, "<page "):
			pages, line = append(pages, nil), -1
		case strings.HasPrefix(s, "<line "):
			line++
		case strings.HasPrefix(s, "<word ") && len(pages) > 0:
			tag, text, ok := strings.Cut(s, ">")
			if !ok {
				continue
			}
			text = strings.TrimSuffix(text, "</word>")
			w := bboxWord{line: max(line, 0)}
			if w.text = tidy(html.UnescapeString(text)); w.text == "" {
				continue
			}
			good := true
			for name, to := range map[string]*float64{"xMin": &w.x0, "yMin": &w.y0, "xMax": &w.x1, "yMax": &w.y1} {
				v, ok := attr(tag, name)
				*to, good = v, good && ok
			}
			if good {
				last := len(pages) - 1
				pages[last] = append(pages[last], w)
			}
		}
	}
	return pages
}

// tidy makes text one NFC word without control characters.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xad || r == ' ' || r == 0xa0 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return norm.NFC.String(text)
}

func attr(tag, name string) (float64, bool) {
	_, s, ok := strings.Cut(tag, " "+name+`="`)
	if !ok {
		return 0, false
	}
	s, _, ok = strings.Cut(s, `"`)
	v, err := strconv.ParseFloat(s, 64)
	return v, ok && err == nil && !math.IsNaN(v) && math.Abs(v) < 1e6
}
