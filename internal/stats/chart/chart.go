// Package chart draws numbers as SVG (biểu đồ): bars, grouped bars, lines, and the line
// of a card. What it draws can be told apart without colour, by pattern, dashes and
// marks, and printed in black and white; title and description say it to who does not
// see it. The numbers themselves belong into a table beside it.
package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is how numbers are drawn.
type Kind string

// The kinds.
const (
	Bars  Kind = "bars"  // one group of bars for each label, a bar for each series
	Lines Kind = "lines" // a line for each series
)

// Series is a row of numbers with a name.
type Series struct {
	Name   string
	Values []float64 // one for each label; NaN: there is none
}

// Chart is what is drawn.
type Chart struct {
	ID     string // told from other charts of the page: letters, digits, hyphens
	Kind   Kind
	Title  string
	Desc   string // what one sees, in a sentence
	Labels []string
	Series []Series
}

// Most is how many series can be told apart.
const Most = len(dashes)

// Measures of the drawing, in units of the view box.
const (
	width, height = 720.0, 320.0
	left, right   = 62.0, 12.0
	top, bottom   = 14.0, 52.0
	row           = 20.0 // of the legend
	letter        = 6.6  // width of one, at the size of the labels
	fewBars       = 24   // up to as many have their number above them
)

var dashes = [...]string{"", "6 4", "2 3", "10 3 2 3", "1 5", "14 4"}

// SVG draws c.
func (c Chart) SVG() string {
	d := drawing{c: c, high: height + row*float64(len(c.Series))}
	d.low, d.top, d.step = scale(c.Series)
	d.open()
	d.patterns()
	d.axes()
	if c.Kind == Lines {
		d.lines()
	} else {
		d.bars()
	}
	d.legend()
	d.WriteString("</svg>")
	return d.String()
}

type drawing struct {
	strings.Builder
	c              Chart
	high           float64
	low, top, step float64 // of the axis of values
}

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.Builder, format, args...) }

func (d *drawing) open() {
	d.add(`<svg class="chart" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title %[3]s-desc">`, n(width), n(d.high), text(d.c.ID))
	d.add(`<title id="%s-title">%s</title><desc id="%[1]s-desc">%[3]s</desc>`, text(d.c.ID), text(d.c.Title), text(d.c.Desc))
}

// patterns are what the bars of a series are filled with: full, empty, striped one way
// or the other, dotted, crossed.
func (d *drawing) patterns() {
	if d.c.Kind == Lines {
		return
	}
	d.add("<defs>")
	for i, body := range []string{
		`<rect width="8" height="8" fill="currentColor"/>`,
		`<rect width="8" height="8" class="chart-paper"/>`,
		`<rect width="8" height="8" class="chart-paper"/><path d="M-2 2 2-2M0 8 8 0M6 10 10 6" stroke="currentColor" stroke-width="2"/>`,
		`<rect width="8" height="8" class="chart-paper"/><circle cx="4" cy="4" r="1.8" fill="currentColor"/>`,
		`<rect width="8" height="8" class="chart-paper"/><path d="M0 0 8 8M0 8 8 0" stroke="currentColor"/>`,
		`<rect width="8" height="8" class="chart-paper"/><path d="M0 4H8" stroke="currentColor" stroke-width="2.5"/>`,
	} {
		if i < len(d.c.Series) {
			d.add(`<pattern id="%s-p%d" width="8" height="8" patternUnits="userSpaceOnUse">%s</pattern>`, text(d.c.ID), i, body)
		}
	}
	d.add("</defs>")
}

// y is where a value stands.
func (d *drawing) y(v float64) float64 {
	return top + (height-top-bottom)*(1-(v-d.low)/(d.top-d.low))
}

// wide is the room each label has.
func (d *drawing) wide() float64 {
	return (width - left - right) / float64(max(1, len(d.c.Labels)))
}

func (d *drawing) axes() {
	d.add(`<g class="chart-axis">`)
	for v := d.low; v <= d.top+d.step/2; v += d.step {
		d.add(`<path d="M%s %sH%s"/><text x="%s" y="%s" text-anchor="end">%s</text>`,
			n(left), n(d.y(v)), n(width-right), n(left-6), n(d.y(v)+4), Number(v))
	}
	// Labels that would run into each other are left out, at even steps.
	longest := 0
	for _, l := range d.c.Labels {
		longest = max(longest, utf8.RuneCountInString(l))
	}
	room := int(math.Max(3, d.wide()/letter))
	every := 1
	if longest > 2*room && longest <= 8 {
		every = int(math.Ceil(float64(longest+1) / float64(room)))
	}
	for i, l := range d.c.Labels {
		if i%every != 0 {
			continue
		}
		for j, part := range wrap(l, max(room, 3)*every) {
			d.add(`<text x="%s" y="%s" text-anchor="middle">%s</text>`, n(left+d.wide()*(float64(i)+.5)), n(height-bottom+16+float64(j)*14), text(part))
		}
	}
	d.add("</g>")
}

// wrap cuts a label into at most two lines of a length.
func wrap(s string, room int) []string {
	if utf8.RuneCountInString(s) <= room {
		return []string{s}
	}
	out := []string{""}
	for _, w := range strings.Fields(s) {
		last := &out[len(out)-1]
		switch {
		case *last == "":
			*last = w
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(w) <= room:
			*last += " " + w
		default:
			out = append(out, w)
		}
	}
	more := len(out) > 2
	out = out[:min(2, len(out))]
	for i, l := range out {
		if r := []rune(l); len(r) > room {
			out[i] = string(r[:max(1, room-1)]) + "…"
		} else if more && i == 1 {
			out[i] = string(r[:min(len(r), max(1, room-1))]) + "…"
		}
	}
	return out
}

func (d *drawing) bars() {
	group := d.wide() * .8
	bar := group / float64(max(1, len(d.c.Series)))
	numbers := len(d.c.Labels)*len(d.c.Series) <= fewBars
	for i, s := range d.c.Series {
		d.add(`<g class="chart-series chart-%d">`, i)
		for j, v := range s.Values {
			if math.IsNaN(v) || j >= len(d.c.Labels) {
				continue
			}
			x := left + d.wide()*float64(j) + (d.wide()-group)/2 + bar*float64(i)
			y0, y1 := d.y(math.Max(v, 0)), d.y(math.Min(v, 0))
			d.add(`<rect x="%s" y="%s" width="%s" height="%s" fill="url(#%s-p%d)"><title>%s · %s: %s</title></rect>`,
				n(x), n(y0), n(math.Max(1, bar-2)), n(y1-y0), text(d.c.ID), i, text(d.c.Labels[j]), text(s.Name), Number(v))
			if numbers {
				d.add(`<text x="%s" y="%s" text-anchor="middle">%s</text>`, n(x+bar/2-1), n(y0-3), Number(v))
			}
		}
		d.add("</g>")
	}
}

func (d *drawing) lines() {
	for i, s := range d.c.Series {
		d.add(`<g class="chart-series chart-%d">`, i)
		path, pen := "", "M"
		for j, v := range s.Values {
			if math.IsNaN(v) || j >= len(d.c.Labels) {
				pen = "M"
				continue
			}
			path += pen + n(left+d.wide()*(float64(j)+.5)) + " " + n(d.y(v))
			pen = "L"
		}
		d.add(`<path d="%s" fill="none" stroke="currentColor" stroke-width="2"%s/>`, path, dashed(i))
		for j, v := range s.Values {
			if math.IsNaN(v) || j >= len(d.c.Labels) {
				continue
			}
			d.mark(i, left+d.wide()*(float64(j)+.5), d.y(v), d.c.Labels[j]+" · "+s.Name+": "+Number(v))
		}
		d.add("</g>")
	}
}

func dashed(i int) string {
	if s := dashes[i%Most]; s != "" {
		return ` stroke-dasharray="` + s + `"`
	}
	return ""
}

// mark is the point of a series: a dot, a square, a triangle, a lozenge, a cross, a ring.
func (d *drawing) mark(i int, x, y float64, title string) {
	shape := ""
	switch i % Most {
	case 0:
		shape = "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0"
	case 1:
		shape = "m-4-4h8v8h-8z"
	case 2:
		shape = "m0-5l5 9h-10z"
	case 3:
		shape = "m0-5l5 5l-5 5l-5-5z"
	case 4:
		shape = "m-4-1h3v-3h2v3h3v2h-3v3h-2v-3h-3z"
	default:
		shape = "m-4.500 0a4.500 4.500 0 1 0 9 0a4.500 4.500 0 1 0-9 0m2 0a2.500 2.500 0 1 1 5 0a2.500 2.500 0 1 1-5 0"
	}
	d.add(`<path d="M%s %s%s" fill="currentColor" fill-rule="evenodd">`, n(x), n(y), shape)
	if title != "" {
		d.add(`<title>%s</title>`, text(title))
	}
	d.add(`</path>`)
}

func (d *drawing) legend() {
	for i, s := range d.c.Series {
		y := height + row*float64(i)
		d.add(`<g class="chart-series chart-%d">`, i)
		if d.c.Kind == Lines {
			d.add(`<path d="M%s %sh34" fill="none" stroke="currentColor" stroke-width="2"%s/>`, n(left), n(y), dashed(i))
			d.mark(i, left+17, y, "")
		} else {
			d.add(`<rect x="%s" y="%s" width="34" height="12" fill="url(#%s-p%d)"/>`, n(left), n(y-7), text(d.c.ID), i)
		}
		d.add(`<text x="%s" y="%s">%s</text></g>`, n(left+42), n(y+4), text(short(s.Name, 90)))
	}
}

func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// scale chooses the ends and steps of the axis: 0 is on it, and steps are 1, 2 or 5
// times a power of ten, never less than 1: what is counted is whole.
func scale(series []Series) (low, high, step float64) {
	for _, s := range series {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
	}
	if low == high {
		high = low + 1
	}
	step = 1
	for i := 0; (high-low)/step > 6; i++ {
		step *= []float64{2, 2.5, 2}[i%3]
	}
	return math.Floor(low/step) * step, math.Ceil(high/step) * step, step
}

// Spark draws the line of a card: how a number moved, its last point marked.
func Spark(id, title string, values []float64) string {
	const w, h, pad = 160.0, 36.0, 5.0
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	if low == high {
		high++
	}
	path, x, y := "", 0.0, 0.0
	for i, v := range values {
		x = pad + (w-2*pad)*float64(i)/math.Max(1, float64(len(values)-1))
		y = pad + (h-2*pad)*(1-(v-low)/(high-low))
		pen := "L"
		if i == 0 {
			pen = "M"
		}
		path += pen + n(x) + " " + n(y)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-title"><title id="%[3]s-title">%s</title>`, n(w), n(h), text(id), text(title))
	if len(values) > 0 {
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="%s" cy="%s" r="3" fill="currentColor"/>`, path, n(x), n(y))
	}
	b.WriteString("</svg>")
	return b.String()
}

// Number writes a number as Vietnamese people do: 12.345,6.
func Number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
	if v != math.Trunc(v) {
		s = strings.TrimRight(strings.TrimRight(strconv.FormatFloat(math.Abs(v), 'f', 2, 64), "0"), ".")
	}
	whole, part, fraction := strings.Cut(s, ".")
	out := ""
	for len(whole) > 3 {
		out = "." + whole[len(whole)-3:] + out
		whole = whole[:len(whole)-3]
	}
	out = whole + out
	if fraction {
		out += "," + part
	}
	if v < 0 {
		out = "−" + out
	}
	return out
}

// n writes a number of the drawing, to a tenth.
func n(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(s, ".0")
}

func text(s string) string { return html.EscapeString(s) }
