package criminal

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
)

// Registers returns every register with how many rows it has in an office (the asker's
// own if o is "") and a year (this one if it is 0).
func (s *Service) Registers(ctx context.Context, o auth.Office, year int) (out []RegisterCount, err error) {
	defer fault.Wrap(&err, "registers of %s", o)
	if o, err = s.seen(ctx, o); err != nil {
		return nil, err
	}
	if year == 0 {
		year = civil.On(s.now()).Year()
	}
	var kinds []string
	for _, r := range registers() {
		kinds = append(kinds, r.Kinds...)
	}
	counts, err := s.store.entryCounts(ctx, s.Scope(ctx), o, kinds, civil.Date(fmt.Sprintf("%04d-01-01", year)), civil.Date(fmt.Sprintf("%04d-01-01", year+1)))
	if err != nil {
		return nil, err
	}
	for _, r := range registers() {
		c := RegisterCount{Register: r}
		for _, k := range counts {
			if slices.Contains(r.Kinds, k.kind) {
				c.Rows += k.n
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// tidy is f with what was left out, in an office the asker may read.
func (s *Service) registerFilter(ctx context.Context, r Register, f RegisterFilter) (RegisterFilter, org.Office, error) {
	o, err := s.seen(ctx, f.Office)
	if err != nil {
		return f, org.Office{}, err
	}
	f.Office, f.Words = o, vn.Clean(f.Words)
	if f.From == "" && !r.Watch { // who is suspended for years must not drop out of sight
		f.From = civil.Date(fmt.Sprintf("%04d-01-01", civil.On(s.now()).Year()))
	}
	if f.State == "" {
		f.State = EveryRow
		if r.Watch {
			f.State = NotYet
		}
	}
	of, err := s.org.Office(ctx, o)
	return f, of, err
}

// Register returns a register and a page of its rows.
func (s *Service) Register(ctx context.Context, code string, f RegisterFilter) (r Register, out page.Of[RegisterRow], err error) {
	defer fault.Wrap(&err, "register %s", code)
	if r, err = register(code); err != nil {
		return r, out, err
	}
	f, of, err := s.registerFilter(ctx, r, f)
	if err != nil {
		return r, out, err
	}
	var rows []RegisterRow
	err = s.registerRows(ctx, r, f, of, f.Size()+1, func(row RegisterRow) error {
		rows = append(rows, row)
		return nil
	})
	return r, page.Cut(rows, f.Req, RegisterRow.key), err
}

// registerRows calls each for the rows that pass f, as many as limit; all if it is 0.
func (s *Service) registerRows(ctx context.Context, r Register, f RegisterFilter, of org.Office, limit int, each func(RegisterRow) error) error {
	q := registerQuery{scope: s.Scope(ctx), kinds: r.Kinds, office: f.Office, from: f.From, words: f.Words, oldest: f.Sort == EarliestFirst, limit: 500}
	if f.Below {
		q.below = of.Path + "%"
	}
	if f.To != "" {
		q.to = f.To.Add(1)
	}
	if limit > 0 && f.State == EveryRow {
		q.limit = limit
	}
	if at, id, ok := strings.Cut(f.After, "~"); ok {
		q.afterAt, q.after = ledger.Moment(at), ledger.ActID(id)
	}
	l, today, n := s.law(ctx), civil.On(s.now()), 0
	for {
		entries, err := s.store.entries(ctx, q)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := s.fillEntries(ctx, r, entries); err != nil {
			return err
		}
		for _, e := range entries {
			row := RegisterRow{Act: e.ID, Kind: e.Kind, Case: e.of.ID, Settled: e.settled(r.Ends), at: e.At}
			if f.State == NotYet && row.Settled || f.State == SettledBy && !row.Settled {
				continue
			}
			for _, c := range r.Columns {
				row.Cells = append(row.Cells, e.cell(l, c, today))
			}
			if err := each(row); err != nil {
				return err
			}
			if n++; n == limit {
				return nil
			}
		}
		if len(entries) < q.limit {
			return nil
		}
		last := entries[len(entries)-1]
		q.afterAt, q.after = last.At, last.ID
	}
}

// fillEntries gives entries the people of their cases and what came after.
func (s *Service) fillEntries(ctx context.Context, r Register, es []entryOf) error {
	var ids []ID
	for _, e := range es {
		ids = append(ids, e.of.ID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	people, err := s.store.peopleIn(ctx, ids)
	if err != nil {
		return err
	}
	later, err := s.store.laterActs(ctx, ids, r.follows())
	if err != nil {
		return err
	}
	persons, acts := map[ID][]Person{}, map[ID][]ledger.Act{}
	for _, p := range people {
		persons[p.of] = append(persons[p.of], p.Person)
	}
	for _, a := range later {
		acts[a.of] = append(acts[a.of], a.Act)
	}
	for i := range es {
		es[i].people, es[i].later = persons[es[i].of.ID], acts[es[i].of.ID]
	}
	return nil
}

// printRows is how many rows a register prints at once: more is a book, and a
// spreadsheet holds it.
const printRows = 2_000

// RegisterPaper is a register to be printed.
type RegisterPaper struct {
	Register
	Office, Above string // names
	About         []string
	Rows          []RegisterRow
	More          bool // there are more rows than are printed
	Made          civil.Date
}

// PrintRegister returns a register as it is printed: from the first row on.
func (s *Service) PrintRegister(ctx context.Context, code string, f RegisterFilter) (out RegisterPaper, err error) {
	defer fault.Wrap(&err, "print register %s", code)
	if out.Register, err = register(code); err != nil {
		return out, err
	}
	f, of, err := s.registerFilter(ctx, out.Register, f)
	if err != nil {
		return out, err
	}
	f.After, f.Sort = "", EarliestFirst
	out.Office, out.Above = s.heads(ctx, of)
	out.About, out.Made = registerAbout(f, of), civil.On(s.now())
	err = s.registerRows(ctx, out.Register, f, of, printRows+1, func(r RegisterRow) error {
		out.Rows = append(out.Rows, r)
		return nil
	})
	if len(out.Rows) > printRows {
		out.Rows, out.More = out.Rows[:printRows], true
	}
	return out, err
}

// ExportRegister writes a register as a spreadsheet, from the first row on. Open is
// called once it is known that there is one to write.
func (s *Service) ExportRegister(ctx context.Context, code string, f RegisterFilter, open func(name string) io.Writer) (err error) {
	defer fault.Wrap(&err, "export register %s", code)
	r, err := register(code)
	if err != nil {
		return err
	}
	f, of, err := s.registerFilter(ctx, r, f)
	if err != nil {
		return err
	}
	f.After, f.Sort = "", EarliestFirst
	p := sheet.Paper{Title: r.Title, About: registerAbout(f, of), Columns: []sheet.Column{{Title: "STT", Width: 5}}, Made: s.now()}
	p.Office, p.Above = s.heads(ctx, of)
	for _, c := range r.Columns {
		p.Columns = append(p.Columns, sheet.Column{Title: c.Title, Width: c.Width})
	}
	return sheet.Write(open(r.Title+" "+string(f.From)+".xlsx"), p, func(yield func([]string) error) error {
		n := 0
		return s.registerRows(ctx, r, f, of, 0, func(row RegisterRow) error {
			n++
			return yield(append([]string{strconv.Itoa(n)}, row.Cells...))
		})
	})
}

// heads are the names of an office and of the one above it, as papers have them.
func (s *Service) heads(ctx context.Context, o org.Office) (name, above string) {
	if o.Parent != "" {
		above = s.org.OfficeName(ctx, o.Parent)
	}
	return o.Name, above
}

// registerAbout says below the title what is in the register.
func registerAbout(f RegisterFilter, of org.Office) (out []string) {
	span := "Tất cả các ngày"
	switch {
	case f.From != "" && f.To != "":
		span = "Từ ngày " + f.From.VN() + " đến ngày " + f.To.VN()
	case f.From != "":
		span = "Từ ngày " + f.From.VN()
	case f.To != "":
		span = "Đến ngày " + f.To.VN()
	}
	if f.Below {
		span += ", gồm cả các đơn vị cấp dưới của " + of.Short
	}
	out = append(out, span)
	switch f.State {
	case NotYet:
		out = append(out, "Chưa giải quyết xong")
	case SettledBy:
		out = append(out, "Đã giải quyết xong")
	}
	if f.Words != "" {
		out = append(out, "Có chữ: "+f.Words)
	}
	return out
}

// hideUnseen takes out of numbers what they tell of cases the asker may not see.
func (s *Service) hideUnseen(ctx context.Context, ns []Number) error {
	var ids []ID
	for _, n := range ns {
		ids = append(ids, n.Case)
	}
	slices.Sort(ids)
	may, err := s.store.seenOf(ctx, s.Scope(ctx), slices.Compact(ids))
	if err != nil {
		return err
	}
	for i := range ns {
		if !slices.Contains(may, ns[i].Case) {
			ns[i] = Number{N: ns[i].N, Issued: ns[i].Issued, Author: ns[i].Author, Void: ns[i].Void}
		}
	}
	return nil
}

// ExportBook writes the numbers of a book as a spreadsheet, the last first.
func (s *Service) ExportBook(ctx context.Context, o auth.Office, book string, year int, open func(name string) io.Writer) (err error) {
	defer fault.Wrap(&err, "export book %s", book)
	if o, err = s.seen(ctx, o); err != nil {
		return err
	}
	of, err := s.org.Office(ctx, o)
	if err != nil {
		return err
	}
	p := sheet.Paper{Title: "Sổ cấp số " + book, About: []string{"Năm " + strconv.Itoa(year)}, Made: s.now(), Columns: []sheet.Column{
		{Title: "Số", Width: 16}, {Title: "Văn bản", Width: 44}, {Title: "Ngày", Width: 14}, {Title: "Vụ án", Width: 16}, {Title: "Cấp lúc", Width: 18}, {Title: "Lý do hủy", Width: 40}}}
	p.Office, p.Above = s.heads(ctx, of)
	l := s.law(ctx)
	return sheet.Write(open(p.Title+" "+strconv.Itoa(year)+".xlsx"), p, func(yield func([]string) error) error {
		for before := int64(0); ; {
			rows, err := s.store.numbers(ctx, o, book, year, before, 500)
			if err != nil || len(rows) == 0 {
				return err
			}
			if err := s.hideUnseen(ctx, rows); err != nil {
				return err
			}
			for _, n := range rows {
				before = n.N
				if err := yield([]string{Numbered(n.N, book), kindTitle(l, n.Kind), n.At.Day().VN(), n.CaseNumber, stamp(n.Issued), n.Void}); err != nil {
					return err
				}
			}
			if before == 1 {
				return nil
			}
		}
	})
}
