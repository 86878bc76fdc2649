package criminal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/page"
	"congminh/internal/kit/web"
	"congminh/internal/site"
)

func (s *Service) numberRoutes(m *web.Mux) {
	m.Flash("criminal.book-opened", "Đã mở sổ. Số tiếp theo do hệ thống cấp.")
	m.Page("GET /numbers", MayRead, s.booksWeb)
	m.Page("POST /numbers", MayAssign, s.openBookWeb)
	m.Page("GET /numbers/book", MayRead, s.bookWeb)
	m.Page("GET /numbers/book/xlsx", MayRead, s.bookFileWeb)
}

// booksView is the books of an office and year.
type booksView struct {
	books   []Book
	shut    []site.Option // books of the catalogue that are not open yet
	offices []site.Option
	office  auth.Office
	year    int
	years   []site.Option
	mayOpen bool
	last    string
	err     error
}

func (s *Service) booksWeb(w http.ResponseWriter, r *http.Request) error {
	return s.showBooks(w, r, nil)
}

func (s *Service) showBooks(w http.ResponseWriter, r *http.Request, wrong error) error {
	var in struct {
		Office auth.Office `form:"office"`
		Year   int         `form:"year"`
		Last   string      `form:"last"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	ctx := r.Context()
	v := booksView{office: in.Office, year: in.Year, years: s.years(), last: in.Last, err: wrong}
	if v.office == "" {
		v.office = auth.From(ctx).Office
	}
	if v.year < 1990 || v.year > 2200 {
		v.year = civil.On(s.now()).Year()
	}
	books, err := s.Books(ctx, v.office)
	if err != nil {
		return err
	}
	for _, b := range books {
		if b.Year == v.year {
			v.books = append(v.books, b)
		}
	}
	if v.offices, _, err = s.officesBelow(ctx); err != nil {
		return err
	}
	v.shut = s.shutBooks(ctx, v.books)
	v.mayOpen = v.office == auth.From(ctx).Office && auth.From(ctx).May(MayAssign)
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Show(w, r, status, booksPage(v))
}

// shutBooks are the books the catalogue of acts names that are not among open.
func (s *Service) shutBooks(ctx context.Context, open []Book) (out []site.Option) {
	var codes []string
	for _, k := range s.Law(ctx).Acts() {
		if k.Number != "" && !slices.ContainsFunc(open, func(b Book) bool { return b.Code == k.Number }) {
			codes = append(codes, k.Number)
		}
	}
	slices.Sort(codes)
	for _, c := range slices.Compact(codes) {
		out = append(out, site.Option{Value: c, Text: c})
	}
	return out
}

func (s *Service) openBookWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Book string `form:"book"`
		Year int    `form:"year"`
		Last int64  `form:"last"`
	}
	if err := web.Form(r, &in); err != nil {
		return s.showBooks(w, r, err)
	}
	err := s.OpenBook(r.Context(), in.Book, in.Year, in.Last)
	if refusedAct(err) || errors.Is(err, ErrBook) {
		return s.showBooks(w, r, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, "/numbers?year="+strconv.Itoa(in.Year), "criminal.book-opened")
}

// bookView is a book with a page of its numbers.
type bookView struct {
	in      bookInput
	numbers page.Of[Number]
	kinds   Law
	next    string
}

// bookInput says which book, and from which number on.
type bookInput struct {
	Office auth.Office `form:"office"`
	Book   string      `form:"book"`
	Year   int         `form:"year"`
	Before int64       `form:"after"`
}

func (b bookInput) query() string {
	return "?" + url.Values{"office": {string(b.Office)}, "book": {b.Book}, "year": {strconv.Itoa(b.Year)}}.Encode()
}

func (s *Service) bookWeb(w http.ResponseWriter, r *http.Request) error {
	var v bookView
	if err := web.Form(r, &v.in); err != nil {
		return err
	}
	ctx := r.Context()
	if v.in.Office == "" {
		v.in.Office = auth.From(ctx).Office
	}
	var err error
	if v.numbers, err = s.Numbers(ctx, v.in.Office, v.in.Book, v.in.Year, v.in.Before); err != nil {
		return err
	}
	v.kinds, v.next = s.Law(ctx), with(r, "after", v.numbers.Next)
	return web.Show(w, r, http.StatusOK, bookPage(v))
}

func (s *Service) bookFileWeb(w http.ResponseWriter, r *http.Request) error {
	var in bookInput
	if err := web.Form(r, &in); err != nil {
		return err
	}
	return s.ExportBook(r.Context(), in.Office, in.Book, in.Year, attach(w))
}
