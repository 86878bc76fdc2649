package criminal

import (
	"context"
	"strconv"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
)

// Books returns the books of an office, of the asker's own if o is "".
func (s *Service) Books(ctx context.Context, o auth.Office) (out []Book, err error) {
	defer fault.Wrap(&err, "books of %s", o)
	if o, err = s.seen(ctx, o); err != nil {
		return nil, err
	}
	return s.store.books(ctx, o)
}

// Numbers returns the numbers given in a book, newest first; void ones stay with
// their reason. Of a case the asker may not see, nothing but the number is told.
func (s *Service) Numbers(ctx context.Context, o auth.Office, book string, year int, before int64) (out page.Of[Number], err error) {
	defer fault.Wrap(&err, "numbers of %s", book)
	if o, err = s.seen(ctx, o); err != nil {
		return out, err
	}
	req := page.Req{Limit: 50}
	rows, err := s.store.numbers(ctx, o, book, year, before, req.Size()+1)
	if err == nil {
		err = s.hideUnseen(ctx, rows)
	}
	return page.Cut(rows, req, func(n Number) string { return strconv.FormatInt(n.N, 10) }), err
}

// seen is the office asked for, if one may read cases in it.
func (s *Service) seen(ctx context.Context, o auth.Office) (auth.Office, error) {
	if o == "" {
		o = auth.From(ctx).Office
	}
	reach, err := auth.Reach(ctx, MayRead)
	if err != nil {
		return o, err
	}
	of, err := s.org.Office(ctx, o)
	if err == nil && !reach.Has(of.Path) {
		err = ErrNone
	}
	return o, err
}

// OpenBook says which number of a paper book was the last before this program issues
// its numbers. It can be said once, before the first.
func (s *Service) OpenBook(ctx context.Context, book string, year int, last int64) (err error) {
	defer fault.Wrap(&err, "open book %s", book)
	if err := auth.Require(ctx, MayAssign); err != nil {
		return err
	}
	if last < 0 || last > 1_000_000 || year < 2000 || year > s.now().Year()+1 {
		return refusal{ErrAct}.Need(false, "last", "Số cuối cùng trên sổ giấy phải từ 0 đến 1.000.000.")
	}
	err = s.store.openBook(ctx, auth.From(ctx).Office, book, year, last)
	if db.IsUnique(err) {
		err = ErrBook
	}
	return err
}
