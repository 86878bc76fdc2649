package criminal

import (
	"context"
	"slices"
	"strconv"

	"congminh/internal/kit/lang"
	"congminh/internal/site"
)

// importState is the query of an address that shows rows of one state.
func importState(s RowState) string {
	if s == "" {
		return ""
	}
	return "?state=" + string(s)
}

// importTabLinks are the groups of rows there are, with their counts.
func importTabLinks(ctx context.Context, v importView) []site.Link {
	out := []site.Link{{Text: lang.T(ctx, "Tất cả") + " (" + strconv.Itoa(v.total()) + ")", Href: importAt(v.im.ID, "")}}
	for _, s := range RowStates {
		if n := v.counts[s]; n > 0 {
			out = append(out, site.Link{Text: lang.T(ctx, s.VN()) + " (" + strconv.Itoa(n) + ")", Href: importAt(v.im.ID, importState(s))})
		}
	}
	return out
}

func importHeads(v importView, fixed ...string) (out []site.Column) {
	for _, f := range fixed {
		out = append(out, site.Column{Text: f})
	}
	for _, i := range v.shown() {
		out = append(out, site.Column{Text: v.im.Heads[i], Lang: "vi"})
	}
	return out
}

// reads reports whether a column of the form is among those that are shown.
func (v importView) reads(column string) bool {
	return column != "" && slices.Contains(v.im.Columns, column)
}

func cellOf(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

// rowKind is the kind of badge of a state.
func rowKind(s RowState) string {
	switch s {
	case RowReady:
		return "info"
	case RowWrong, RowRefused, RowKept:
		return "danger"
	case RowDone:
		return "success"
	}
	return "neutral"
}

// thing names what a row makes.
func thing(ctx context.Context, l Law, t RowThing) string {
	switch {
	case t.Case != "":
		return lang.T(ctx, "Vụ án mới %s", t.Case)
	case t.Role != "":
		return lang.T(ctx, t.Role.VN()) + ": " + t.Name
	}
	return kindTitle(l, t.Act) + ", " + momentVN(t.At)
}

// noteText says what is worth a look.
func noteText(ctx context.Context, n RowNote) string {
	if n.Number != "" {
		return lang.T(ctx, "Người này có thể đã có ở vụ án %s: %s", n.Number, n.Name)
	}
	return n.Text
}
