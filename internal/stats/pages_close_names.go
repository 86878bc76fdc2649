package stats

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/kit/lang"
	"congminh/internal/site"
	"congminh/internal/stats/form"
)

func stateKind(s State) string {
	switch s {
	case Overdue:
		return "danger"
	case Open:
		return "warning"
	case Closed:
		return "info"
	case Complete:
		return "success"
	case Waits:
	}
	return "neutral"
}

func countState(list []FormState, s State) (n int) {
	for _, x := range list {
		if x.State == s {
			n++
		}
	}
	return n
}

func formColumns(ctx context.Context, f *form.Ready) []site.Column {
	out := []site.Column{{Text: lang.T(ctx, "Mã dòng")}, {Text: lang.T(ctx, "Nội dung")}}
	for _, c := range f.Column {
		out = append(out, site.Column{Text: c.Title, Lang: "vi", Number: true})
	}
	return out
}

func columnTitle(f *form.Ready, code string) string {
	for _, c := range f.Column {
		if c.Code == code {
			return c.Title
		}
	}
	return code
}

func rowTitle(f *form.Ready, code string) string {
	for _, x := range f.Row {
		if x.Code == code {
			return x.Title
		}
	}
	return code
}

// plain is a number as people write it here: a comma before what is not whole.
func plain(n float64) string {
	return strings.Replace(strconv.FormatFloat(math.Round(n*100)/100, 'f', -1, 64), ".", ",", 1)
}

func signed(n float64) string {
	if n > 0 {
		return "+" + plain(n)
	}
	return strings.Replace(plain(n), "-", "−", 1)
}

func drifted(list []Drift, row, column string) bool {
	return slices.ContainsFunc(list, func(d Drift) bool { return d.Row == row && d.Column == column })
}

func partsOf(c AtFault) (out []part) {
	for _, id := range slices.Sorted(maps.Keys(c.Parts)) {
		out = append(out, part{Name: id, N: c.Parts[id]})
	}
	return out
}

func sideOptions(ctx context.Context, sides []Side) (out []site.Option) {
	for _, s := range sides {
		out = append(out, site.Option{Value: string(s), Text: lang.T(ctx, s.VN())})
	}
	return out
}

func belowOptions(ctx context.Context, fs []*form.Ready) []site.Option {
	out := []site.Option{{Text: lang.T(ctx, "Mọi biểu")}}
	for _, f := range fs {
		out = append(out, site.Option{Value: f.ID, Text: f.Short, Lang: "vi"})
	}
	return out
}
