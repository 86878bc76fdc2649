package dossier

import (
	"context"
	"io"
	"slices"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/dossier/listing"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
)

// Index is the list of documents in a file (bảng thống kê tài liệu), with what a
// reader of the paper file must know of its folios.
type Index struct {
	Dossier  Dossier       `json:"dossier"`
	Case     criminal.Case `json:"case"`
	Lines    []IndexLine   `json:"lines" doc:"In the order of pages"`
	Pages    int           `json:"pages" doc:"Sum of the lines"`
	Free     int           `json:"free" doc:"Pages without a folio number; the list is a draft while there are any"`
	Remarks  []Remark      `json:"remarks,omitempty"`
	Exhibits []Exhibit     `json:"exhibits,omitempty"`
	Numberer string        `json:"numberer,omitempty" doc:"Who gave the last numbers"`
	Office   string        `json:"office"`
	Above    string        `json:"above,omitempty" doc:"The office above"`
	Groups   []GroupLine   `json:"-"`
}

// IndexLine is a document, or pages that belong to none.
type IndexLine struct {
	Document
	Note string `json:"note,omitempty"`
}

// Draft reports whether the list may still change without leaving a trace.
func (x Index) Draft() bool { return x.Free > 0 || x.Dossier.LastFolio == 0 }

// loose is the title of pages that belong to no document.
const loose = "Trang chưa xếp vào tài liệu"

// IndexOf returns the list of documents in a file.
func (s *Service) IndexOf(ctx context.Context, d ID) (x Index, err error) {
	defer fault.Wrap(&err, "index of %s", d)
	c, err := s.Contents(ctx, d)
	if err != nil {
		return x, err
	}
	x.Dossier = c.Dossier
	if x.Case, err = s.cases.Get(ctx, c.Dossier.Case); err != nil {
		return x, err
	}
	if x.Remarks, err = s.store.remarks(ctx, d); err != nil {
		return x, err
	}
	if x.Exhibits, err = s.exhibits(ctx, d, ExhibitFilter{}); err != nil {
		return x, err
	}
	if x.Groups, _, err = s.template(ctx, c.Dossier.Office); err != nil {
		return x, err
	}
	if x.Numberer, err = s.store.numberer(ctx, d); err != nil {
		return x, err
	}
	if x.Above, x.Office, err = s.officesOf(ctx, c.Dossier); err != nil {
		return x, err
	}
	x.Lines = indexLines(c, x.Remarks)
	for _, l := range x.Lines {
		x.Pages += l.Pages
	}
	for _, p := range c.Pages {
		if p.Folio == 0 && p.State != Excluded {
			x.Free++
		}
	}
	return x, nil
}

// officesOf names the office of a file and the one above it, for the head of a paper.
func (s *Service) officesOf(ctx context.Context, d Dossier) (above, office string, err error) {
	o, err := s.cases.Office(ctx, d.Office)
	if err != nil || o.Parent == "" {
		return "", o.Name, err
	}
	up, err := s.cases.Office(ctx, o.Parent)
	return up.Name, o.Name, err
}

// indexLines lists documents in the order of their first pages. Pages are counted
// here and not taken from the documents: those left out are no part of the list.
func indexLines(c Contents, remarks []Remark) (out []IndexLine) {
	at := map[DocumentID]int{}
	byID := map[DocumentID]Document{"": {Title: loose}}
	for _, d := range c.Documents {
		byID[d.ID] = d
	}
	missing := map[DocumentID][]string{}
	for _, p := range c.Pages {
		if p.State == Excluded {
			continue
		}
		i, ok := at[p.Document]
		if !ok {
			d := byID[p.Document]
			d.From, d.To, d.Pages = 0, 0, 0
			i, at[p.Document] = len(out), len(out)
			out = append(out, IndexLine{Document: d})
		}
		l := &out[i]
		l.Pages++
		if p.Folio > 0 && (l.From == 0 || p.Folio < l.From) {
			l.From = p.Folio
		}
		l.To = max(l.To, p.Folio)
		if p.State == Missing {
			what := "thiếu trang"
			if p.Folio > 0 {
				what = "thiếu " + Cite(p.Folio, p.Folio)
			}
			missing[p.Document] = append(missing[p.Document], what)
		}
	}
	for i := range out {
		l := &out[i]
		notes := missing[l.ID]
		for _, m := range remarks {
			if l.From > 0 && m.Folio >= l.From && m.Folio <= l.To {
				notes = append(notes, Cite(m.Folio, m.Folio)+": "+strings.ToLower(RemarkKindVN(m.Kind)))
			}
		}
		l.Note = strings.Join(slices.Compact(notes), "; ")
	}
	return out
}

// IndexSection is the lines of one evidence group.
type IndexSection struct {
	Code, Name string
	Lines      []IndexLine
	Pages      int
}

// ByGroup sorts the lines under the evidence groups of the office, as its template
// orders them. What has no group stands at the end.
func (x Index) ByGroup() (out []IndexSection) {
	for _, g := range x.Groups {
		out = append(out, IndexSection{Code: g.Code, Name: g.Name})
	}
	out = append(out, IndexSection{Name: "Chưa xếp nhóm"})
	for _, l := range x.Lines {
		i := slices.IndexFunc(out, func(s IndexSection) bool { return s.Code == l.Group })
		if i < 0 {
			i = len(out) - 1
		}
		out[i].Lines = append(out[i].Lines, l)
		out[i].Pages += l.Pages
	}
	return slices.DeleteFunc(out, func(s IndexSection) bool { return len(s.Lines) == 0 })
}

// Flat is all lines under no heading, in the order of folios: the order the file is
// handed over in.
func (x Index) Flat() []IndexSection {
	return []IndexSection{{Lines: x.Lines, Pages: x.Pages}}
}

// GroupName names the group of a line.
func (x Index) GroupName(code string) string {
	for _, g := range x.Groups {
		if g.Code == code {
			return g.Name
		}
	}
	return code
}

// IndexOrder is how the list is ordered.
type IndexOrder string

// The orders.
const (
	ByFolio IndexOrder = ""
	InGroup IndexOrder = "group"
)

// IndexFormat is what the list is written as.
type IndexFormat string

// The formats.
const (
	AsXLSX IndexFormat = "xlsx"
	AsPDF  IndexFormat = "pdf"
)

// WriteIndex writes the list to be taken away or printed. It checks before it
// writes: begin is called when nothing can be refused any more.
func (s *Service) WriteIndex(ctx context.Context, d ID, order IndexOrder, format IndexFormat, begin func(Index) io.Writer) (err error) {
	defer fault.Wrap(&err, "write index of %s", d)
	if _, err := s.open(ctx, d, MayExport); err != nil {
		return err
	}
	x, err := s.IndexOf(ctx, d)
	if err != nil {
		return err
	}
	l := x.listing(order)
	l.Made = s.now()
	if format == AsXLSX {
		return l.XLSX(begin(x))
	}
	return l.PDF(begin(x))
}

// listing is x as the paper says it.
func (x Index) listing(order IndexOrder) listing.List {
	l := listing.List{
		Above: x.Above, Office: x.Office, File: x.Dossier.Title, Case: x.Case.Name, Number: x.Case.Number,
		Folios: Cite(min(1, x.Dossier.LastFolio), x.Dossier.LastFolio), Draft: x.Draft(), Numberer: x.Numberer,
	}
	sections := x.Flat()
	if order == InGroup {
		sections = x.ByGroup()
	}
	for _, s := range sections {
		out := listing.Section{Name: s.Name}
		for _, r := range s.Lines {
			out.Rows = append(out.Rows, listing.Row{
				Title: r.Title, Number: r.Number, Date: r.Date.VN(), Issuer: r.Issuer, Signer: r.Signer,
				Folios: Cite(r.From, r.To), Pages: r.Pages, Group: x.GroupName(r.Group), Note: r.Note,
			})
		}
		l.Sections = append(l.Sections, out)
	}
	for _, m := range x.Remarks {
		l.Remarks = append(l.Remarks, listing.Remark{Folio: Cite(m.Folio, m.Folio), Kind: RemarkKindVN(m.Kind), Reason: m.Reason, Who: m.ByName, When: civil.On(m.At).VN()})
	}
	for _, e := range x.Exhibits {
		l.Exhibits = append(l.Exhibits, listing.Exhibit{Code: e.Code, Name: e.Name, Kind: e.Kind.VN(), Folio: Cite(e.Folio, e.Folio), Holder: e.Chain.VN()})
	}
	return l
}

// VN says where an exhibit is, for a person.
func (c Chain) VN() string {
	switch {
	case c.Over == Destroy:
		return "Đã tiêu hủy " + c.Since.VN()
	case c.Over == Return:
		return "Đã trả lại " + c.Holder
	case c.Holder == "":
		return "Chưa ghi"
	case c.Place != "":
		return c.Holder + ", " + c.Place
	}
	return c.Holder
}
