package dossier

import (
	"context"
	"errors"
	"slices"

	"congminh/internal/criminal"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/search"
)

// Leaf is what the reader knows of every page of a file: enough to lay all of them
// out before it has seen one.
type Leaf struct {
	Page      PageID
	Document  DocumentID
	Folio     int
	W, H, DPI int // of the upright picture; 0 where there is none
	Rotation  int // what made it upright
	Turn      int
	Flags     int
}

// The flags of a leaf.
const (
	LeafExcluded = 1 << iota
	LeafMissing
	LeafProblem
	LeafBlank
	LeafBare // has no picture to show
)

// Leaves returns the pages of a file in order.
func (s *Service) Leaves(ctx context.Context, d ID) (ls []Leaf, err error) {
	defer fault.Wrap(&err, "leaves of %s", d)
	_, part, err := s.share(ctx, d)
	if err != nil {
		return nil, err
	}
	return s.leaves(ctx, d, part)
}

// At says where to open a file. The first of these that is given counts; with none,
// or with words that stand nowhere, it is the first page.
type At struct {
	Page     PageID     `form:"page"`
	Folio    string     `form:"folio"`
	Cite     string     `form:"bl"`
	Document DocumentID `form:"document"`
	Words    string     `form:"q"` // also marked on the page
}

// Opened is a file opened at a page.
type Opened struct {
	Dossier    Dossier
	Case       criminal.Case
	Page       Page // zero if the file is empty
	Index, All int  // its place from 1, and how many there are
	Prev, Next PageID
	From, To   int // the folios asked for, if any
	Read       reading.Page
	Hits       []reading.Box
	Tree       []Branch
	Marks      []Mark // on the page
	Groups     []GroupLine
	Found      InFile // where the words stand in the file, if no page was asked for
	Part       Part   // what of the file is open

	// Told returns nil once the journal says that the page was opened; nothing of it may
	// leave the program before. nil if there is no page.
	Told func() error
}

// Paper is a document as the table of contents shows it.
type Paper struct {
	ID       DocumentID
	Group    string
	Title    string
	Number   string
	Date     civil.Date
	From, To int // folios, 0 where it has none
	Pages    int
}

// Branch is an evidence group of a file with what is in it.
type Branch struct {
	Code, Name string
	Papers     []Paper
	Bookmarks  []Mark
}

// OpenAt opens a file at a page. It asks for that page and never for all of them:
// a file of 5,000 pages opens like one of five. The caller waits for Told before it shows
// anything.
func (s *Service) OpenAt(ctx context.Context, d ID, at At) (o Opened, err error) {
	defer fault.Wrap(&err, "open %s", d)
	if o.Dossier, o.Part, err = s.share(ctx, d); err != nil {
		return o, err
	}
	page, err := s.find(ctx, &o, at)
	if err != nil {
		return o, err
	}
	if page == "" {
		o.Case, err = s.cases.Get(ctx, o.Dossier.Case)
		return o, err
	}
	if o.Page, err = s.store.page(ctx, page); errors.Is(err, db.ErrNone) || err == nil && (o.Page.Dossier != d || !o.Part.Has(o.Page.Document)) {
		return Opened{}, ErrNoPage
	}
	if err == nil {
		o.Page.right, err = s.rightTo(ctx, o.Dossier, o.Part, o.Page)
	}
	if err != nil {
		return Opened{}, err
	}
	o.Page.file = &o.Dossier
	o.Told = s.look(ctx, o.Page) // as early as can be: all below is got ready meanwhile
	if o.Case, err = s.cases.Get(ctx, o.Dossier.Case); err != nil {
		return o, err
	}
	if err = s.beside(ctx, &o); err != nil {
		return o, err
	}
	if o.Read, err = s.reading(ctx, o.Page); err != nil {
		return o, err
	}
	if at.Words != "" {
		o.Hits = Marks(at.Words, o.Read.Words)
	}
	if o.Marks, err = s.store.marksOfPage(ctx, page, auth.From(ctx).ID); err != nil {
		return o, err
	}
	o.Marks = ownOnly(ctx, o.Page.right, o.Marks)
	o.Tree, o.Groups, err = s.tree(ctx, o.Dossier, o.Part)
	return o, err
}

// find is the page that at means, "" in an empty file.
func (s *Service) find(ctx context.Context, o *Opened, at At) (page PageID, err error) {
	d := o.Dossier.ID
	cite := at.Folio
	if cite == "" {
		cite = at.Cite
	}
	switch {
	case at.Page != "":
		return at.Page, nil
	case cite != "":
		from, to, ok := ParseCite(cite)
		if !ok {
			return "", ErrNoPage
		}
		o.From, o.To = from, min(to, max(o.Dossier.LastFolio, from))
		page, err = s.store.folioPage(ctx, d, from)
	case at.Document != "":
		page, err = s.store.firstOfDocument(ctx, at.Document)
	default:
		if at.Words != "" {
			if o.Found.Pages, o.Found.All, err = s.findIn(ctx, d, o.Part, at.Words); err != nil {
				return "", err
			}
			if o.Found.Hits, err = s.inPages(ctx, o.Found.Pages[:min(foundAtOnce, len(o.Found.Pages))], at.Words); err != nil {
				return "", err
			}
			if len(o.Found.Pages) > 0 {
				return o.Found.Pages[0], nil
			}
		}
		if page, err = s.firstPage(ctx, d, o.Part); errors.Is(err, db.ErrNone) {
			return "", nil
		}
	}
	if errors.Is(err, db.ErrNone) {
		err = ErrNoPage
	}
	return page, err
}

// Tree returns the table of contents of a file: its documents and bookmarks under
// the evidence groups of its office.
func (s *Service) Tree(ctx context.Context, d ID) (t []Branch, err error) {
	defer fault.Wrap(&err, "tree of %s", d)
	file, part, err := s.share(ctx, d)
	if err != nil {
		return nil, err
	}
	t, _, err = s.tree(ctx, file, part)
	return t, err
}

func (s *Service) tree(ctx context.Context, d Dossier, part Part) ([]Branch, []GroupLine, error) {
	groups, _, err := s.template(ctx, d.Office)
	if err != nil {
		return nil, nil, err
	}
	papers, err := s.store.papers(ctx, d.ID)
	if err != nil {
		return nil, nil, err
	}
	marks, err := s.store.marks(ctx, d.ID, auth.From(ctx).ID)
	if err != nil {
		return nil, nil, err
	}
	papers = slices.DeleteFunc(papers, func(p Paper) bool { return !part.Has(p.ID) })
	marks, err = s.marksWithin(ctx, d, part, marks)
	return branches(groups, papers, marks), groups, err
}

// branches sorts what is in a file under its groups. What has no group, or a hidden
// one, stands at the end: nothing is ever out of reach.
func branches(groups []GroupLine, papers []Paper, marks []Mark) (out []Branch) {
	at := map[string]int{}
	for _, g := range groups {
		if !g.Hidden {
			at[g.Code] = len(out)
			out = append(out, Branch{Code: g.Code, Name: g.Name})
		}
	}
	rest := len(out)
	out = append(out, Branch{})
	of := func(group string) *Branch {
		if i, ok := at[group]; ok {
			return &out[i]
		}
		return &out[rest]
	}
	for _, p := range papers {
		b := of(p.Group)
		b.Papers = append(b.Papers, p)
	}
	for _, m := range marks {
		if m.Kind == Bookmark {
			b := of(m.Group)
			b.Bookmarks = append(b.Bookmarks, m)
		}
	}
	kept := out[:0]
	for _, b := range out {
		if len(b.Papers)+len(b.Bookmarks) > 0 {
			kept = append(kept, b)
		}
	}
	return kept
}

// Layer is what lies over the picture of a page: its words, the hits of a search and
// the marks the asker may see.
type Layer struct {
	Page  Page
	Read  reading.Page
	Hits  []reading.Box
	Marks []Mark
}

// LayerOf returns what lies over a page, with the hits of words if there are any.
func (s *Service) LayerOf(ctx context.Context, page PageID, words string) (l Layer, err error) {
	defer fault.Wrap(&err, "layer of page %s", page)
	if l.Page, err = s.openPage(ctx, page, MayRead); err != nil {
		return l, err
	}
	told := s.look(ctx, l.Page)
	if l.Read, err = s.reading(ctx, l.Page); err != nil {
		return l, err
	}
	if words != "" {
		l.Hits = Marks(words, l.Read.Words)
	}
	if l.Marks, err = s.store.marksOfPage(ctx, page, auth.From(ctx).ID); err != nil {
		return l, err
	}
	l.Marks = ownOnly(ctx, l.Page.right, l.Marks)
	return l, told()
}

// InFile is what a search in one file found, in the order of its pages.
type InFile struct {
	Pages []PageID // every page with a hit, if All
	All   bool     // false: there are more
	Hits  []InPage // some of Pages, see FindIn
}

// InPage is one page of InFile.
type InPage struct {
	Page    PageID
	Folio   int
	Snippet []Piece
	Boxes   []reading.Box
}

const (
	findMost    = 10000 // pages that a search in one file lists
	foundAtOnce = 30    // of them, those shown at once with their text
)

// FindIn searches one file. The hits from the one at place from are given with their
// text, a screenful: the text of each page has to be read for that.
func (s *Service) FindIn(ctx context.Context, d ID, words string, from int) (out InFile, err error) {
	defer fault.Wrap(&err, "search in %s", d)
	_, part, err := s.share(ctx, d)
	if err != nil {
		return out, err
	}
	if out.Pages, out.All, err = s.findIn(ctx, d, part, words); err != nil {
		return out, err
	}
	from = min(max(from, 0), len(out.Pages))
	out.Hits, err = s.inPages(ctx, out.Pages[from:min(from+foundAtOnce, len(out.Pages))], words)
	return out, err
}

// inPages shows where words stand in pages.
func (s *Service) inPages(ctx context.Context, ids []PageID, words string) (hits []InPage, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	pages, err := s.store.pagesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[PageID]Page, len(pages))
	for _, p := range pages {
		byID[p.ID] = p
	}
	for _, id := range ids {
		p := byID[id]
		g, err := s.reading(ctx, p)
		if err != nil {
			return nil, err
		}
		h := InPage{Page: id, Folio: p.Folio}
		h.Snippet, h.Boxes, _ = snippet(words, g.Words)
		hits = append(hits, h)
	}
	return hits, nil
}

// findIn asks the index for every page of a file that holds words.
func (s *Service) findIn(ctx context.Context, d ID, part Part, words string) (ids []PageID, all bool, err error) {
	if len(search.Parse(words).Clauses) == 0 {
		return nil, true, nil // the index would take no words for all pages
	}
	q := search.Query{Text: words, Scope: s.cases.ReadScope(ctx), Must: [][]string{{"d:" + string(d)}}, Limit: 200}
	for {
		found, err := s.Index.Find(ctx, q)
		if err != nil {
			return nil, false, err
		}
		for _, h := range found.Hits {
			ids = append(ids, PageID(h.Key))
		}
		if q.After = found.Next; q.After == "" || len(ids) >= findMost {
			break
		}
	}
	if len(ids) == 0 {
		return nil, true, nil
	}
	if ids, err = s.store.inPageOrder(ctx, d, ids); err != nil || part.whole() {
		return ids, q.After == "", err
	}
	ls, err := s.leaves(ctx, d, part)
	ids = slices.DeleteFunc(ids, func(p PageID) bool {
		return !slices.ContainsFunc(ls, func(l Leaf) bool { return l.Page == p })
	})
	return ids, q.After == "", err
}
