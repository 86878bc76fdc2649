package dossier

import (
	"context"
	"errors"
	"slices"
	"strings"

	"congminh/internal/access"
	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
)

// Part is what of a file is open to the asker: all of it; the documents that were
// granted to them; those that are not above what they may read; or those that are laid
// before the accused or counsel in a sitting. What is not in it is not there: the asker
// learns only how many documents the file has.
type Part struct {
	Open, All int          // documents; 0, 0 for the whole file
	only      []DocumentID // nil: the whole file
	sitting   access.SessionID
}

func (p Part) whole() bool { return p.only == nil }

// Has reports whether the pages of a document are in p.
func (p Part) Has(d DocumentID) bool { return p.only == nil || slices.Contains(p.only, d) }

type sittingKey struct{}

// atSitting returns a context in which a file shows what may be read in a sitting.
func atSitting(ctx context.Context, x access.SessionID) context.Context {
	return context.WithValue(ctx, sittingKey{}, x)
}

func sittingOf(ctx context.Context) access.SessionID {
	x, _ := ctx.Value(sittingKey{}).(access.SessionID)
	return x
}

// share opens a file as far as the asker may read it. Whoever may read no document of
// it is refused as by open.
func (s *Service) share(ctx context.Context, id ID) (d Dossier, p Part, err error) {
	if err := auth.Require(ctx, MayRead); err != nil {
		return d, p, err
	}
	if d, err = s.store.get(ctx, id); errors.Is(err, db.ErrNone) {
		return Dossier{}, p, ErrNone
	}
	if err != nil {
		return Dossier{}, p, err
	}
	right, refused := s.allow(ctx, d, Document{}, MayRead)
	if refused != nil && !errors.Is(refused, ErrAsk) {
		return Dossier{}, p, refused
	}
	d.right = right
	p.sitting = sittingOf(ctx)
	if refused == nil && p.sitting == "" {
		n, err := s.store.leveled(ctx, id)
		if err != nil || n == 0 {
			return d, p, err
		}
	}
	papers, err := s.store.papers(ctx, id)
	if err == nil {
		p.only, err = s.readable(ctx, d, refused == nil)
	}
	if err != nil {
		return Dossier{}, p, err
	}
	d.LastFolio, d.Pages = 0, 0
	for _, x := range papers {
		p.All++
		if p.Has(x.ID) {
			p.Open++
			d.LastFolio, d.Pages = max(d.LastFolio, x.To), d.Pages+x.Pages
		}
	}
	switch {
	case p.Open == 0 && refused != nil:
		return Dossier{}, p, refused
	case p.Open == p.All && refused == nil && p.sitting == "": // nothing is kept back
		d, err = s.store.get(ctx, id)
		d.right = right
		return d, Part{}, err
	}
	return d, p, nil
}

// readable returns the documents of a file that the asker may read; whole says that
// they may read what belongs to no document too. In a sitting it is those laid before
// the reader.
func (s *Service) readable(ctx context.Context, d Dossier, whole bool) (out []DocumentID, err error) {
	docs, err := s.store.documents(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	o, err := s.cases.Object(ctx, d.Case)
	if err != nil {
		return nil, err
	}
	var laid []access.Document
	sitting := sittingOf(ctx)
	if sitting != "" {
		if laid, err = s.Sitting(ctx, sitting); err != nil {
			return nil, err
		}
	}
	out = []DocumentID{}
	if whole && sitting == "" {
		out = append(out, "")
	}
	scope := s.cases.ReadScope(ctx)
	for _, x := range docs {
		one := o
		one.Document, one.Level = string(x.ID), max(o.Level, policy.Level(x.Level))
		if !within(scope, policy.Tags(one)) || sitting != "" && !slices.ContainsFunc(laid, func(l access.Document) bool { return l.ID == string(x.ID) }) {
			continue
		}
		out = append(out, x.ID)
	}
	return out, nil
}

// within reports whether something with these tags is in a scope as policy lists it.
func within(scope, tags []string) (in bool) {
	for _, t := range tags {
		if of, ok := strings.CutPrefix(t, "c:"); ok && slices.Contains(scope, policy.KeptOut+of) {
			return false
		}
		in = in || slices.Contains(scope, t)
	}
	return in
}

// rightTo is the right by which a page of a part is read.
func (s *Service) rightTo(ctx context.Context, d Dossier, part Part, p Page) (policy.Answer, error) {
	if part.whole() || p.Document == "" {
		return d.right, nil
	}
	of, err := s.openPart(ctx, d.ID, p.Document, MayRead)
	return of.right, err
}

// leaves reads the pages of a part in order.
func (s *Service) leaves(ctx context.Context, d ID, part Part) ([]Leaf, error) {
	ls, err := s.store.leaves(ctx, d)
	if err != nil || part.whole() {
		return ls, err
	}
	return slices.DeleteFunc(ls, func(l Leaf) bool { return !part.Has(l.Document) }), nil
}

func (s *Service) firstPage(ctx context.Context, d ID, part Part) (PageID, error) {
	if part.whole() {
		return s.store.firstPage(ctx, d)
	}
	ls, err := s.leaves(ctx, d, part)
	if err == nil && len(ls) == 0 {
		err = db.ErrNone
	}
	if err != nil {
		return "", err
	}
	return ls[0].Page, nil
}

// beside finds the place of the page that is open, and the pages next to it.
func (s *Service) beside(ctx context.Context, o *Opened) (err error) {
	if o.Part.whole() {
		if o.Prev, o.Next, err = s.store.beside(ctx, o.Page); err != nil {
			return err
		}
		o.Index, o.All, err = s.store.place(ctx, o.Page)
		o.Index++
		return err
	}
	ls, err := s.leaves(ctx, o.Dossier.ID, o.Part)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ls, func(l Leaf) bool { return l.Page == o.Page.ID })
	o.Index, o.All = i+1, len(ls)
	if i > 0 {
		o.Prev = ls[i-1].Page
	}
	if i >= 0 && i+1 < len(ls) {
		o.Next = ls[i+1].Page
	}
	return nil
}

// ownOnly leaves of the notes on a page those the asker may see: the notes of the office
// are its own work, not shown to who reads on request, nor in a sitting.
func ownOnly(ctx context.Context, right policy.Answer, ms []Mark) []Mark {
	switch {
	case sittingOf(ctx) != "":
		return nil
	case right.Grant != "":
		return slices.DeleteFunc(ms, func(m Mark) bool { return m.By != auth.From(ctx).ID })
	}
	return ms
}

// marksWithin leaves of the marks of a file those in a part.
func (s *Service) marksWithin(ctx context.Context, d Dossier, part Part, ms []Mark) ([]Mark, error) {
	ms = ownOnly(ctx, d.right, ms)
	if part.whole() || len(ms) == 0 {
		return ms, nil
	}
	ls, err := s.leaves(ctx, d.ID, part)
	return slices.DeleteFunc(ms, func(m Mark) bool {
		return !slices.ContainsFunc(ls, func(l Leaf) bool { return l.Page == m.Page })
	}), err
}
