// Package sample draws criminal case files that never were (hồ sơ vụ án mẫu): the
// papers of an invented case, set out as the rules for official papers want them,
// as they would come from a scanner, together with what is true about each paper.
// Tests, the demonstration and the benchmarks use it; real files never leave an
// office. Places and laws are real, people, numbers and events are invented, and
// the same seed always gives the same file.
package sample

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"congminh/internal/kit/civil"
)

// Truth is what a reader of the paper should find.
type Truth struct {
	Kind      string // code of the kind, as package paper knows it
	Form      int    // number of the form in TT 03/2026/TT-VKSTC, or 0
	Title     string
	Number    string // 15/QĐ-VKSKV3, or ""
	Date      civil.Date
	Issuer    string // CƠ QUAN CẢNH SÁT ĐIỀU TRA, CÔNG AN TỈNH LÀO CAI, or ""
	Signer    string // Lò Văn Suối
	Post      string // PHÓ VIỆN TRƯỞNG
	Persons   []Person
	Articles  []string // điểm a khoản 1 Điều 173 Bộ luật Hình sự
	Separator bool
}

// Person is one the paper is about.
type Person struct{ Name, Role string }

// Doc is one paper of the file. Pages are its pages in File.Pages, from–to, from 1.
type Doc struct {
	Truth
	From, To int
}

// File is a whole case file.
type File struct {
	Case    string // Vụ án Lò Văn Suối, trộm cắp tài sản
	Code    string
	Accused []string
	Docs    []Doc
	Pages   []*Page
	Phrase  []int // pages that hold Phrase, and no others do
}

// Phrase stands in one paper of every file: something to search for.
const Phrase = "quá hạn tạm giam"

// Options put into a file what goes wrong in real scanning, or helps it.
type Options struct {
	Blank      bool // empty back sides that were scanned too
	Upside     bool // a page upside down
	Turned     bool // a page fed sideways
	Duplicate  bool // a page scanned twice
	Double     bool // an A3 sheet with two pages
	Separators bool // a separator sheet before every paper
	Labels     bool // a folio label on every page
}

// All is everything at once but separator sheets.
var All = Options{Blank: true, Upside: true, Turned: true, Duplicate: true, Double: true, Labels: true}

// Case draws a file of so many pages, without accidents.
func Case(seed int64, pages int) (*File, error) { return Make(seed, pages, Options{}) }

// Make draws a file of so many pages, before what the options add.
func Make(seed int64, pages int, opt Options) (*File, error) {
	p, err := newPress()
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(uint64(seed), 0x5eed))
	f := invent(r)
	papers := write(f, p, r, pages)
	out := &File{Case: f.caseName(), Code: f.code}
	for _, a := range f.accused {
		out.Accused = append(out.Accused, a.name)
	}
	var mishap mishaps
	for i, d := range papers {
		if opt.Separators {
			s, err := separator(p, "CM1;S;kind="+d.truth.Kind+";case="+f.code, d.truth.Title)
			if err != nil {
				return nil, err
			}
			out.add(Truth{Kind: "separator", Separator: true}, []*Page{s})
		}
		out.add(d.truth, mishap.befall(d.pages, opt, i, len(papers), r))
	}
	n := 0
	for i, pg := range out.Pages {
		pg.N = i + 1
		if opt.Labels && !out.Docs[pg.Doc].Separator && !pg.Blank && pg.CopyOf == 0 {
			n++
			text := fmt.Sprintf("CM1-BL-%05d", n)
			code, err := encode(text, true)
			if err != nil {
				return nil, err
			}
			pg.folio(n, code, text)
		}
		pg.settle()
	}
	for _, pg := range out.Pages {
		if pg.CopyOf != 0 { // the sheet before it, by construction
			pg.CopyOf = pg.N - 1
		}
		if contains(pg, Phrase) {
			out.Phrase = append(out.Phrase, pg.N)
		}
	}
	return out, nil
}

func (f *File) add(t Truth, pages []*Page) {
	for _, p := range pages {
		p.Doc = len(f.Docs)
	}
	from := len(f.Pages) + 1
	f.Pages = append(f.Pages, pages...)
	f.Docs = append(f.Docs, Doc{t, from, len(f.Pages)})
}

// mishaps spreads the accidents over the file: each happens at least once if
// there are papers enough, then now and again.
type mishaps struct{ upside, turned, twice, double, blank int }

func (m *mishaps) befall(pages []*Page, opt Options, i, n int, r *rand.Rand) []*Page {
	hit := func(on bool, count *int, per int) bool {
		if !on || *count > 0 && r.IntN(per) != 0 || *count == 0 && per > 12 && i+1 < n && r.IntN(3) != 0 {
			return false
		}
		*count++
		return true
	}
	pages = slices.Clone(pages)
	if len(pages) >= 3 && hit(opt.Double, &m.double, 12) {
		pages = append([]*Page{pages[0], beside(pages[1], pages[2])}, pages[3:]...)
	}
	if hit(opt.Upside, &m.upside, 25) {
		pages[r.IntN(len(pages))].Turn = 180
	}
	if k := r.IntN(len(pages)); pages[k].Turn == 0 && hit(opt.Turned, &m.turned, 25) {
		pages[k].Turn = 90 + 180*r.IntN(2)
	}
	if hit(opt.Duplicate, &m.twice, 30) {
		k := r.IntN(len(pages))
		again := *pages[k]
		again.CopyOf = -1
		pages = slices.Insert(pages, k+1, &again)
	}
	if hit(opt.Blank, &m.blank, 8) {
		pages = append(pages, &Page{W: a4w, H: a4h, Blank: true, press: pages[0].press})
	}
	return pages
}

// Separator draws the sheet that is laid before a paper to say where it begins. The
// payload is made by package paper; title and note are for the people who sort.
func Separator(payload, title string) (*Page, error) {
	p, err := newPress()
	if err != nil {
		return nil, err
	}
	s, err := separator(p, payload, title)
	if err != nil {
		return nil, err
	}
	s.N = 1
	s.settle()
	return s, nil
}

func separator(p *press, payload, title string) (*Page, error) {
	code, err := encode(payload, false)
	if err != nil {
		return nil, err
	}
	c := &composer{press: p, size: 14}
	c.page()
	c.y = 150
	c.title("TỜ PHÂN CÁCH TÀI LIỆU", title)
	const side = 260.0
	c.page().items = append(c.page().items, item{kind: aBars, x: (a4w - side) / 2, y: 240, w: side, h: side, text: payload, bars: code})
	c.y = 560
	c.put(payload, a4w/2, c.y, mono, 9, centre, black)
	c.y += 40
	c.mid("Đặt tờ này trước trang đầu của tài liệu. Tờ này không thuộc hồ sơ.", italic)
	return c.page(), nil
}
