package dossier

import (
	"context"
	"strconv"

	"congminh/internal/criminal"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/search"
	"congminh/internal/kit/vn"
	"congminh/internal/seal"
)

// Query asks for pages by their words.
type Query struct {
	Words   string      `query:"q" form:"q" maxLength:"300" doc:"Words with or without marks, \"a phrase\", begin*, -not"`
	Case    criminal.ID `query:"case" form:"case"`
	Dossier ID          `query:"dossier" form:"dossier"`
	Office  auth.Office `query:"office" form:"office"`
	Kind    string      `query:"kind" form:"kind" doc:"Code of a kind of paper"`
	Group   string      `query:"group" form:"group" doc:"Code of an evidence group"`
	From    civil.Date  `query:"from" form:"from" format:"date" doc:"Date of the document, from"`
	To      civil.Date  `query:"to" form:"to" format:"date"`
	Person  string      `query:"person" form:"person" maxLength:"100" doc:"Whole name of a person the document concerns"`
	After   string      `query:"after" form:"after"`
	Limit   int         `query:"limit" form:"limit" default:"20" minimum:"1" maximum:"100"`
}

// Hit is a page that a search found.
type Hit struct {
	Page       Page          `json:"page"`
	Document   *Document     `json:"document,omitempty"`
	Dossier    Dossier       `json:"dossier"`
	CaseNumber string        `json:"case_number"`
	CaseName   string        `json:"case_name"`
	Cite       string        `json:"cite,omitempty" example:"BL 45"`
	Snippet    []Piece       `json:"snippet"`
	Boxes      []reading.Box `json:"boxes" doc:"Where the words stand on the picture"`
	Best       int           `json:"best" doc:"Which of the boxes shows most of what was looked for"`
}

// Piece is a run of text; Hit ones are what was looked for.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// Found is one page of hits, best first.
type Found struct {
	Hits  []Hit  `json:"hits" nullable:"false"`
	Next  string `json:"next,omitempty"`
	Total int    `json:"total"`
	Exact bool   `json:"exact" doc:"False: there are more than total"`
}

// Search finds pages in all files one may see. Rights are part of the question to
// the index, so that no page is counted that may not be opened.
func (s *Service) Search(ctx context.Context, q Query) (out Found, err error) {
	defer fault.Wrap(&err, "search")
	if err := auth.Require(ctx, MaySearch); err != nil {
		return out, err
	}
	out.Hits = []Hit{}
	ask := search.Query{Text: q.Words, Scope: s.cases.ReadScope(ctx), After: q.After, Limit: q.Limit}
	if ask.Limit < 1 || ask.Limit > 100 {
		ask.Limit = 20
	}
	must := func(tags ...string) { ask.Must = append(ask.Must, tags) }
	if q.Case != "" {
		must("c:" + string(q.Case))
	}
	if q.Dossier != "" {
		must("d:" + string(q.Dossier))
	}
	if q.Office != "" {
		must("o:"+string(q.Office), "x:"+string(q.Office), "s:"+string(q.Office))
	}
	if q.Kind != "" {
		must("k:" + q.Kind)
	}
	if q.Group != "" {
		must("g:" + q.Group)
	}
	if q.Person != "" {
		must("n:" + vn.Fold(q.Person))
	}
	if months := months(q.From, q.To, civil.On(s.now())); months != nil {
		must(months...)
	}
	found, err := s.Index.Find(ctx, ask)
	if err == nil {
		err = s.Journal.Note(ctx, seal.Entry{Verb: "dossier.search", Object: "search", Case: string(q.Case),
			More: map[string]string{"words": q.Words, "found": strconv.Itoa(found.Total)}})
	}
	if err != nil {
		return out, err
	}
	out.Next, out.Total, out.Exact = found.Next, found.Total, found.Exact
	ids := make([]PageID, len(found.Hits))
	for i, h := range found.Hits {
		ids[i] = PageID(h.Key)
	}
	if len(ids) == 0 {
		return out, nil
	}
	pages, err := s.store.pagesByID(ctx, ids)
	if err != nil {
		return out, err
	}
	byID := map[PageID]Page{}
	for _, p := range pages {
		byID[p.ID] = p
	}
	files := map[ID]*Hit{}
	for _, id := range ids {
		p, ok := byID[id]
		if !ok {
			continue
		}
		base, ok := files[p.Dossier]
		if !ok {
			d, err := s.store.get(ctx, p.Dossier)
			if err != nil {
				return out, err
			}
			c, err := s.cases.Get(ctx, d.Case)
			if err == nil {
				base = &Hit{Dossier: d, CaseNumber: c.Number, CaseName: c.Name}
			} else if fault.From(err) != criminal.ErrNone {
				return out, err
			}
			files[p.Dossier] = base // nil: rights changed and the index has not followed yet
		}
		if base == nil {
			continue
		}
		h := *base
		h.Page, h.Cite = p, Cite(p.Folio, p.Folio)
		if _, err := s.openPart(ctx, p.Dossier, p.Document, MayRead); err != nil {
			if fault.From(err).Kind == fault.Internal {
				return out, err
			}
			continue // rights changed and the index has not followed yet
		}
		if p.Document != "" {
			d, err := s.store.document(ctx, p.Document)
			if err == nil {
				if (q.From != "" && d.Date < q.From) || (q.To != "" && d.Date > q.To) {
					continue // the index knows months; the day is checked here
				}
				h.Document = &d
			}
		}
		g, err := s.reading(ctx, p)
		if err != nil {
			return out, err
		}
		h.Snippet, h.Boxes, h.Best = snippet(q.Words, g.Words)
		out.Hits = append(out.Hits, h)
	}
	return out, nil
}

// Marks returns where the words of a search stand on a page.
func Marks(query string, words []reading.Word) []reading.Box {
	_, boxes, _ := snippet(query, words)
	return boxes
}

// snippet cuts the text around the best hit, and returns the places of all and which
// of them is the best: the longest run of what was looked for.
func snippet(query string, words []reading.Word) (out []Piece, boxes []reading.Box, best int) {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.T
	}
	hit := make([]bool, len(words))
	q := search.Parse(query)
	longest := 0
	for _, span := range search.Match(q, texts) {
		if n := span.To - span.From; n > longest {
			longest, best = n, len(boxes)
		}
		for i := span.From; i < span.To; i++ {
			hit[i] = true
			if i > span.From && words[i].Line == words[i-1].Line {
				boxes[len(boxes)-1] = boxes[len(boxes)-1].Union(words[i].Box)
			} else {
				boxes = append(boxes, words[i].Box)
			}
		}
	}
	cut := search.Snippet(q, texts, 40)
	from, to := cut.From, cut.From+len(cut.Words)
	for i := from; i < to; i++ {
		t := texts[i]
		if len(out) > 0 && out[len(out)-1].Hit == hit[i] {
			out[len(out)-1].Text += " " + t
			continue
		}
		out = append(out, Piece{t, hit[i]})
	}
	if len(out) > 0 && from > 0 {
		out[0].Text = "… " + out[0].Text
	}
	if len(out) > 0 && cut.More {
		out[len(out)-1].Text += " …"
	}
	return out, boxes, best
}

// months lists the month tags from one day to another, or nil for no limit. An
// open end is the first year of the present codes, or today.
func months(from, to, today civil.Date) []string {
	if from == "" && to == "" {
		return nil
	}
	if from == "" {
		from = "1988-01-01"
	}
	if to == "" || to > today {
		to = today
	}
	var out []string
	for y, m := from.Year(), from.Month(); ; m++ {
		if m > 12 {
			y, m = y+1, 1
		}
		month := civil.MonthOf(y, m)
		if month > string(to[:7]) {
			break
		}
		out = append(out, "m:"+month)
	}
	if out == nil {
		out = []string{"m:none"} // from lies after to: nothing is there
	}
	return out
}
