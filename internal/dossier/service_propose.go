package dossier

import (
	"context"
	"strconv"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/dossier/paper"
)

// suggest tells the case what act a confirmed paper seems to prove, so that nobody
// types it again.
func (s *Service) suggest(ctx context.Context, c criminal.ID, d Document, pages []Page) error {
	p := criminal.Proposal{Case: c, Dossier: string(d.Dossier), Document: string(d.ID), Paper: d.Kind, Title: d.Title,
		Number: d.Number, At: ledger.Moment(d.Date), Issuer: d.Issuer, Signer: d.Signer, Charges: penal(d.Articles)}
	for _, x := range pages {
		if x.Folio > 0 && (p.Folio == 0 || x.Folio < p.Folio) {
			p.Folio = x.Folio
		}
	}
	for _, x := range d.Persons {
		p.Names = append(p.Names, x.Name)
	}
	return s.cases.Propose(ctx, p)
}

// penal picks the places in the Penal Code among the articles a paper names.
func penal(articles []string) (out []ledger.Charge) {
	for _, text := range articles {
		a, ok := paper.ParseArticle(text)
		if !ok || !strings.HasPrefix(a.Law, "Bộ luật Hình sự") {
			continue
		}
		c := ledger.Charge{Article: strconv.Itoa(a.Number) + a.Suffix, Point: a.Point}
		if a.Clause > 0 {
			c.Clause = strconv.Itoa(a.Clause)
		}
		out = append(out, c)
	}
	return out
}
