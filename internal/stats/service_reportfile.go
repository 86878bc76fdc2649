package stats

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"congminh/internal/criminal/sheet"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/stats/figure"
	"congminh/internal/stats/paper"
)

// maskNote explains the marks in a table.
const maskNote = "<5: số người dưới 5, không nêu số cụ thể; *: số không nêu để không suy ra được số dưới 5."

// about says below a title what a report counts.
func (p Pivot) about() (out []string) {
	out = append(out, p.Period.Title())
	if p.Masked {
		out = append(out, maskNote)
	}
	return out
}

// heads are the names of an office and of the one above it, as papers have them.
func (s *Service) heads(ctx context.Context, o auth.Office) (above, name string) {
	x, err := s.org.Office(ctx, o)
	if err != nil {
		return "", s.org.OfficeName(ctx, o)
	}
	if x.Parent != "" {
		above = s.org.OfficeName(ctx, x.Parent)
	}
	return above, x.Name
}

// ReportSheet writes a report as a spreadsheet.
func (s *Service) ReportSheet(ctx context.Context, w io.Writer, title string, p Pivot) error {
	head, rows := p.Grid()
	out := sheet.Paper{Title: title, About: p.about(), Made: s.now()}
	out.Above, out.Office = s.heads(ctx, p.Spec.Office)
	for i, h := range head {
		wide := 16.0
		if i < max(1, len(p.Spec.Rows)) {
			wide = 36
		}
		out.Columns = append(out.Columns, sheet.Column{Title: h, Width: wide})
	}
	return sheet.Write(w, out, func(yield func([]string) error) error {
		for _, r := range rows {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReportCSV writes a report as CSV, in UTF-8 with the mark that spreadsheets look for.
func ReportCSV(w io.Writer, p Pivot) error { return writeCSV(w, p.Grid) }

func writeCSV(w io.Writer, table func() ([]string, [][]string)) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	head, rows := table()
	return c.WriteAll(append([][]string{head}, rows...))
}

// mostPrinted is how many columns of numbers a printed sheet has room for.
const mostPrinted = 10

// ReportPaper prints a report.
func (s *Service) ReportPaper(ctx context.Context, w io.Writer, title string, p Pivot) error {
	if len(p.Columns) > mostPrinted {
		return ErrWide
	}
	out := paper.Paper{Short: "Báo cáo tự chọn", Title: title, About: []string{p.Period.Title()}, Sides: []string{"NGƯỜI LẬP", "LÃNH ĐẠO ĐƠN VỊ"}, Made: s.now()}
	above, name := s.heads(ctx, p.Spec.Office)
	out.Above, out.Office = strings.ToUpper(above), strings.ToUpper(name)
	head, rows := p.Grid()
	n := max(1, len(p.Spec.Rows))
	out.Columns = head[n:]
	sum := sha256.New()
	for i, r := range rows {
		row := paper.Row{Title: strings.Join(slices.DeleteFunc(slices.Clone(r[:n]), func(t string) bool { return t == "" }), " · "), Cells: r[n:]}
		if i < len(rows)-1 {
			row.Code = strconv.Itoa(i + 1)
		}
		out.Rows = append(out.Rows, row)
		for _, x := range r {
			sum.Write([]byte(x + "\x00"))
		}
	}
	if p.Masked {
		out.Notes = append(out.Notes, maskNote)
	}
	out.Code = hex.EncodeToString(sum.Sum(nil)[:8])
	return paper.Write(w, out)
}

// defined explains a figure or a dimension to who reads open data (từ điển dữ liệu).
type defined struct {
	Name       string            `json:"name"` // in the data
	Title      string            `json:"title"`
	Unit       string            `json:"unit,omitempty"`
	Version    int               `json:"version,omitempty"`
	Source     string            `json:"source,omitempty"`
	Confidence string            `json:"confidence,omitempty"`
	Note       string            `json:"note,omitempty"`
	Codes      map[string]string `json:"codes,omitempty"`
}

// dictionary explains what is in the open data of a report.
func (s *Service) dictionary(ctx context.Context, p Pivot) (out []defined, err error) {
	o, err := s.reach(ctx, MayRead, p.Spec.Office)
	if err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, o.Path)
	if err != nil {
		return nil, err
	}
	for _, id := range p.Spec.Figures {
		f, err := s.Figure(id, p.Period)
		if err != nil {
			return nil, err
		}
		kind := "Số phát sinh trong kỳ."
		switch {
		case strings.HasSuffix(id, Start):
			kind = "Số tồn trước ngày đầu kỳ."
		case f.Stock():
			kind = "Số tồn cuối kỳ."
		}
		out = append(out, defined{Name: id, Title: f.Name, Unit: f.Unit.VN(), Version: f.Version, Source: f.Source, Confidence: string(f.Confidence), Note: strings.TrimSpace(kind + " " + f.Note)})
	}
	for i, d := range p.Spec.dims() {
		codes := map[string]string{}
		for _, r := range p.Rows {
			if i < len(r.Key) {
				codes[r.Key[i]] = l.title(d, r.Key[i])
			}
		}
		if d == p.Spec.Column {
			for _, c := range p.Columns {
				if !c.Total {
					codes[c.Value] = c.Title
				}
			}
		}
		out = append(out, defined{Name: string(d), Title: d.VN(), Codes: codes})
	}
	return append(out, defined{Name: "value", Title: "Giá trị", Note: "Trống nếu số không được nêu."},
		defined{Name: "masked", Title: "Vì sao không nêu số", Codes: map[string]string{string(Small): "Từ 1 đến 4", string(Apart): "Không nêu để không suy ra được số dưới 5"}}), nil
}

// OpenJSON writes the open data of a report with its dictionary. p comes from OpenData.
func (s *Service) OpenJSON(ctx context.Context, w io.Writer, title string, p Pivot) error {
	words, err := s.dictionary(ctx, p)
	if err != nil {
		return err
	}
	head, rows := p.Tidy()
	type row map[string]any
	out := struct {
		Title      string    `json:"title"`
		Office     string    `json:"office"`
		From       string    `json:"period_from"`
		To         string    `json:"period_to"`
		Made       time.Time `json:"made"`
		Mask       string    `json:"mask"`
		Dictionary []defined `json:"dictionary"`
		Data       []row     `json:"data"`
	}{title, p.Office, string(p.Period.From), string(p.Period.To), s.now().UTC().Truncate(time.Second), maskNote, words, []row{}}
	for _, r := range rows {
		x := row{}
		for i, h := range head {
			x[h] = r[i]
		}
		x["value"] = nil
		if v, err := strconv.ParseInt(r[len(r)-2], 10, 64); err == nil {
			x["value"] = v
		}
		out.Data = append(out.Data, x)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// OpenCSV writes the open data of a report; its dictionary is a file beside it.
func OpenCSV(w io.Writer, p Pivot) error { return writeCSV(w, p.Tidy) }

// DictionaryCSV writes the dictionary of the open data of a report.
func (s *Service) DictionaryCSV(ctx context.Context, w io.Writer, p Pivot) error {
	words, err := s.dictionary(ctx, p)
	if err != nil {
		return err
	}
	return writeCSV(w, func() ([]string, [][]string) {
		var rows [][]string
		for _, d := range words {
			rows = append(rows, []string{d.Name, "", d.Title, d.Unit, d.Source, d.Confidence, d.Note})
			codes := make([]string, 0, len(d.Codes))
			for c := range d.Codes {
				codes = append(codes, c)
			}
			slices.Sort(codes)
			for _, c := range codes {
				rows = append(rows, []string{d.Name, c, d.Codes[c], "", "", "", ""})
			}
		}
		return []string{"name", "code", "title", "unit", "source", "confidence", "note"}, rows
	})
}

// lineLimit is how many cases a spreadsheet of them has at most.
const lineLimit = 5000

// ExportLines writes the cases behind a figure that the asker may see as a spreadsheet,
// and notes in the journal that they did.
func (s *Service) ExportLines(ctx context.Context, q Drill) (title string, out []byte, err error) {
	defer fault.Wrap(&err, "export cases behind %s", q.Figure)
	o, err := s.reach(ctx, MayRead, q.Office)
	if err != nil {
		return "", nil, err
	}
	f, err := s.Figure(q.Figure, q.Period)
	if err != nil {
		return "", nil, err
	}
	p := sheet.Paper{Title: f.Name, About: []string{q.Period.Title()}, Made: s.now(), Columns: []sheet.Column{{Title: "STT", Width: 5}, {Title: "Ngày", Width: 12},
		{Title: "Số", Width: 18}, {Title: "Vụ án", Width: 60}, {Title: "Người", Width: 28}, {Title: "Đơn vị", Width: 24}, {Title: "Cộng", Width: 7}}}
	p.Above, p.Office = s.heads(ctx, o.ID)
	var b bytes.Buffer
	n := 0
	names := map[auth.Office]string{}
	err = sheet.Write(&b, p, func(yield func([]string) error) error {
		q.Req.Limit = 100
		for {
			l, err := s.Lines(ctx, q)
			if err != nil {
				return err
			}
			for _, x := range l.Items {
				if names[x.Office] == "" {
					names[x.Office] = s.org.OfficeName(ctx, x.Office)
				}
				n++
				if err := yield([]string{itoa(n), x.Day.VN(), x.Number, x.Name, x.Who, names[x.Office], itoa(x.N)}); err != nil {
					return err
				}
			}
			switch q.Req.After = l.Next; {
			case l.Next == "" && l.Hidden == 0:
				return nil
			case l.Next == "":
				return yield([]string{"", "", "", "Ngoài ra có những vụ bạn không có quyền xem.", "", "", ""})
			case n >= lineLimit:
				return yield([]string{"", "", "", "Còn nữa: bảng chỉ ghi 5.000 dòng đầu. Hãy lọc rồi tải lại.", "", "", ""})
			}
		}
	})
	if err != nil {
		return "", nil, err
	}
	return f.Name, b.Bytes(), s.Journal.Note(ctx, seal.Entry{Verb: "stats.export", Object: "figure/" + q.Figure, Owner: o.Path,
		More: map[string]string{"period": q.Period.String(), "lines": itoa(n)}})
}

// Colleagues lists with whom the asker may share a report by name: who works in their
// office.
func (s *Service) Colleagues(ctx context.Context) ([]org.Staff, error) {
	a := auth.From(ctx)
	all, err := s.org.Colleagues(ctx, a.Office)
	return slices.DeleteFunc(all, func(p org.Staff) bool { return string(p.ID) == a.ID }), err
}

// find is the figure people mean by what they typed: an id, a name, or the only one whose
// name has these words.
func find(all []figure.Figure, typed string) (string, bool) {
	typed = strings.TrimSpace(typed)
	base, start := strings.CutSuffix(typed, startName)
	suffix := ""
	if start {
		suffix = Start
	}
	var like []string
	for _, f := range all {
		if start && !f.Stock() {
			continue
		}
		if f.ID == base || f.Name == base {
			return f.ID + suffix, true
		}
		if strings.Contains(strings.ToLower(f.Name), strings.ToLower(base)) {
			like = append(like, f.ID)
		}
	}
	if len(like) == 1 && base != "" {
		return like[0] + suffix, true
	}
	return "", false
}

// startName stands behind the name of a stock as it was before the period.
const startName = " (đầu kỳ)"
