package dossier

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"congminh/internal/criminal"
)

// hangExhibits puts the exhibits of a case, of all its files, on the page of the case.
func (s *Service) hangExhibits() {
	s.cases.Hang(criminal.Panel{Title: "Vật chứng", Show: func(ctx context.Context, c criminal.ID) (templ.Component, error) {
		if !May(ctx, MayRead) {
			return nil, nil
		}
		ds, xs, err := s.ExhibitsOfCase(ctx, c)
		if err != nil {
			return nil, err
		}
		return exhibitPanel(ds, xs), nil
	}})
}

// measuresText writes what was measured of an exhibit in a line: "Số lượng: 2 chiếc".
func measuresText(ms []Measure) string {
	var out []string
	for _, m := range ms {
		out = append(out, strings.TrimSpace(m.Name+": "+m.Value+" "+m.Unit))
	}
	return strings.Join(out, "; ")
}
