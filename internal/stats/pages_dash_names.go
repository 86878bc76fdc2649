package stats

import (
	"context"

	"congminh/internal/kit/lang"
	"congminh/internal/site"
)

func monthColumns(ctx context.Context, b Board) []site.Column {
	out := []site.Column{{Text: lang.T(ctx, "Chỉ tiêu")}}
	for _, m := range b.Months {
		out = append(out, site.Column{Text: monthName(m), Number: true})
	}
	return out
}

func belowColumns(ctx context.Context, b Board) []site.Column {
	out := []site.Column{{Text: lang.T(ctx, "Đơn vị")}}
	for _, c := range b.Cards {
		if c.Known {
			out = append(out, site.Column{Text: c.Title, Lang: "vi", Number: true})
		}
	}
	return out
}

// officeHref is the board of an office below.
func officeHref(a asked, b Board, r OfficeRow) string {
	a.Office = r.Office.ID
	return a.Href("/stats/board", "set", b.Set.ID)
}

// belowHref is the cases behind a number of an office below, or of the office by itself.
func belowHref(a asked, r OfficeRow, c Card) string {
	a.Office = r.Office.ID
	if r.Itself {
		return a.Href("/stats/lines", "figure", c.Figure.ID, "where.office", string(r.Office.ID))
	}
	return a.Href("/stats/lines", "figure", c.Figure.ID)
}
