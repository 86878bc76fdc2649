package stats

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
	"congminh/internal/seal"
	"congminh/internal/seal/pades"
	"congminh/internal/stats/form"
	"congminh/internal/stats/paper"
	"congminh/internal/stats/period"
)

// Draft is a form as it would be closed now.
type Draft struct {
	Filled
	OfficeAs org.Office
	Body     Body
	Last     *Closing  // the last closing, if there is one
	Below    []Closing // of the offices directly below, those that closed
	Due      civil.Date
	Over     bool // the period is over
}

// Draft works a form out as it would be closed: the office's own cases, and what the
// offices directly below it have closed.
func (s *Service) Draft(ctx context.Context, formID string, office auth.Office, p period.Period) (d Draft, err error) {
	defer fault.Wrap(&err, "draft of form %s, %s", formID, p)
	if err := s.Catch(ctx, few); err != nil {
		return d, err
	}
	return s.draft(ctx, formID, office, p)
}

// draft is Draft of the facts as they stand.
func (s *Service) draft(ctx context.Context, formID string, office auth.Office, p period.Period) (d Draft, err error) {
	if d.OfficeAs, err = s.reach(ctx, MayRead, office); err != nil {
		return d, err
	}
	f, err := s.Form(ctx, formID, p)
	if err != nil {
		return d, err
	}
	children, err := s.store.children(ctx, d.OfficeAs.ID, string(p.To))
	if err != nil {
		return d, err
	}
	d.Filled = Filled{Form: f, Office: d.OfficeAs.ID, Period: p}
	if d.Body.Figures, err = s.columns(ctx, f, d.OfficeAs.Path, p); err != nil {
		return d, err
	}
	for _, o := range children {
		c, err := s.store.lastClosing(ctx, formID, o.ID, p.String())
		switch {
		case errors.Is(err, db.ErrNone):
			d.Body.Missing = append(d.Body.Missing, o.ID)
			continue
		case err != nil:
			return d, err
		}
		d.Below = append(d.Below, c)
		d.Body.Sources = append(d.Body.Sources, c.ID)
		for where, figures := range c.Body.Figures {
			for name, n := range figures {
				if d.Body.Figures[where] == nil {
					d.Body.Figures[where] = map[string]float64{}
				}
				d.Body.Figures[where][name] += n
			}
		}
	}
	d.Values = f.Fill(func(figure string, where map[string][]string) float64 { return d.Body.Figures[keyOf(where)][figure] })
	d.Body.Values = d.Values
	before, err := s.store.lastClosing(ctx, formID, d.OfficeAs.ID, p.Shift(-1).String())
	if err != nil && !errors.Is(err, db.ErrNone) {
		return d, err
	}
	d.Failures = f.Verify(d.Values, before.Body.Values)
	for _, x := range d.Failures {
		d.Body.Failures = append(d.Body.Failures, Failed{x.Check.ID, x.Check.Title, x.Column, x.Left, x.Right})
	}
	last, err := s.store.lastClosing(ctx, formID, d.OfficeAs.ID, p.String())
	if err == nil {
		d.Last = &last
	} else if !errors.Is(err, db.ErrNone) {
		return d, err
	}
	d.Over = p.To < s.today()
	d.Due = s.due(ctx, f, d.OfficeAs.Level, p)
	d.Behind, err = s.Behind(ctx)
	return d, err
}

// due is the last day for closing a form of an office of a level.
func (s *Service) due(ctx context.Context, f *form.Ready, level org.Level, p period.Period) civil.Date {
	days, ok := s.Terms[cmp.Or(f.Lead, "procuracy")][string(level)]
	if !ok {
		return ""
	}
	return s.Calendar(ctx).AddWorking(p.To, days)
}

// Close closes a form for an office and a period (chốt số liệu). A reason is needed
// where checks fail, offices below have not closed, or it was closed before.
func (s *Service) Close(ctx context.Context, formID string, office auth.Office, p period.Period, reason string) (c Closing, err error) {
	defer fault.Wrap(&err, "close form %s, %s", formID, p)
	// Whoever may not close makes nobody count. Facts are made again outside the
	// transaction, which holds them still until the form is kept.
	if _, err := s.reach(ctx, MayClose, office); err != nil {
		return c, err
	}
	if err := s.Catch(ctx, few); err != nil {
		return c, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.hold(ctx); err != nil {
			return err
		}
		d, err := s.draft(ctx, formID, office, p)
		if err != nil {
			return err
		}
		a := auth.From(ctx)
		c = Closing{ID: id.New[Closing](), Form: formID, Version: d.Form.Version, Office: d.OfficeAs.ID, Path: d.OfficeAs.Path, Period: p, Revision: 1,
			Body: d.Body, Reason: reason, Author: a.ID, Name: a.Name, At: s.now(), Due: d.Due}
		text, digest := c.Body.keep()
		c.Digest = digest
		switch {
		case !d.Over:
			return ErrNotOver
		case !meant(d.Form, p.Kind):
			return ErrKind
		case d.Last != nil && d.Last.Digest == digest:
			return ErrSame
		case reason == "" && (d.Last != nil || len(d.Body.Failures) > 0 || len(d.Body.Missing) > 0):
			return ErrReason
		}
		if d.Last != nil {
			c.Revision = d.Last.Revision + 1
		}
		if err := s.store.putClosing(ctx, c, text); err != nil {
			return err
		}
		return s.tell(ctx, "stats.close", c, "")
	})
	return c, err
}

// tell writes a line of the journal about a closing.
func (s *Service) tell(ctx context.Context, verb string, c Closing, side Side) error {
	more := map[string]string{"form": c.Form, "period": c.Period.String(), "digest": c.Digest, "revision": itoa(c.Revision)}
	if side != "" {
		more["side"] = string(side)
	}
	return s.Journal.Note(ctx, seal.Entry{Verb: verb, Object: "closing/" + string(c.ID), Owner: c.Path, More: more})
}

// Closing returns a closing of an office whose figures the asker may see.
func (s *Service) Closing(ctx context.Context, closing ClosingID) (c Closing, err error) {
	defer fault.Wrap(&err, "closing %s", closing)
	if err := auth.Require(ctx, MayRead); err != nil {
		return c, err
	}
	c, err = s.store.closing(ctx, closing)
	if errors.Is(err, db.ErrNone) || err == nil && auth.RequireIn(ctx, MayRead, c.Path) != nil {
		return c, ErrClosing
	}
	return c, err
}

// Closings returns the closings of an office, the newest first.
func (s *Service) Closings(ctx context.Context, office auth.Office, formID string, r page.Req) (out page.Of[Closing], err error) {
	defer fault.Wrap(&err, "closings")
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return out, err
	}
	rows, err := s.store.closings(ctx, o.ID, formID, r.After, r.Size()+1)
	return page.Cut(rows, r, func(c Closing) string { return string(c.ID) }), err
}

// Below is an office directly below another, with what it closed for a period.
type Below struct {
	Office org.Office
	Last   *Closing
	Due    civil.Date
	Late   bool // it has not closed and its term is over, or it closed after it
}

// Below returns the offices directly below one, with what each closed of a form.
func (s *Service) Below(ctx context.Context, formID string, office auth.Office, p period.Period) (out []Below, err error) {
	defer fault.Wrap(&err, "offices below")
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return nil, err
	}
	f, err := s.Form(ctx, formID, p)
	if err != nil {
		return nil, err
	}
	children, err := s.store.children(ctx, o.ID, string(p.To))
	if err != nil {
		return nil, err
	}
	for _, child := range children {
		b := Below{Office: child, Due: s.due(ctx, f, child.Level, p)}
		c, err := s.store.lastClosing(ctx, formID, child.ID, p.String())
		switch {
		case err == nil:
			b.Last = &c
			first, err := s.store.firstClosed(ctx, formID, child.ID, p.String())
			if err != nil {
				return nil, err
			}
			b.Late = b.Due != "" && civil.On(first) > b.Due
		case errors.Is(err, db.ErrNone):
			b.Late = b.Due != "" && s.today() > b.Due
		default:
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// Drift tells which cells of a closing would be different now. What is entered late
// counts in the period it happened in, and shows here until somebody closes once more.
func (s *Service) Drift(ctx context.Context, closing ClosingID) (out []Drift, err error) {
	defer fault.Wrap(&err, "drift of closing %s", closing)
	c, err := s.Closing(ctx, closing)
	if err != nil {
		return nil, err
	}
	d, err := s.Draft(ctx, c.Form, c.Office, c.Period)
	if err != nil {
		return nil, err
	}
	return differ(d.Form, c.Body.Values, d.Values), nil
}

// Sign signs a closing for the procuracy: somebody other than its author, who has just
// proved who they are.
func (s *Service) Sign(ctx context.Context, closing ClosingID) (err error) {
	defer fault.Wrap(&err, "sign closing %s", closing)
	return s.sign(ctx, closing, func(ctx context.Context, c Closing) (Signature, error) {
		a := auth.From(ctx)
		if a.ID == c.Author {
			return Signature{}, ErrOwnWork
		}
		return Signature{Side: Procuracy, Staff: a.ID, Name: a.Name, How: Here}, auth.RequireFresh(ctx, signFresh)
	})
}

// SignedOnPaper notes that another side signed the printed form, and where it is kept.
func (s *Service) SignedOnPaper(ctx context.Context, closing ClosingID, side Side, name, title, kept string) (err error) {
	defer fault.Wrap(&err, "closing %s signed on paper", closing)
	return s.sign(ctx, closing, func(context.Context, Closing) (Signature, error) {
		var k fault.Check
		k.Need(name != "", "name", "Cần ghi họ tên người ký.")
		k.Need(title != "", "title", "Cần ghi chức vụ người ký.")
		k.Need(kept != "", "kept", "Cần ghi nơi giữ bản giấy đã ký.")
		return Signature{Side: side, Name: name, Title: title, How: OnPaper, Document: kept}, k.Err(ErrSignature)
	})
}

// ErrSignature is returned for a signature on paper that says too little.
var ErrSignature = fault.New(fault.Invalid, "stats.signature", "Thông tin về chữ ký chưa đủ. Hãy sửa các ô được đánh dấu.")

// SignedOnPDF takes the file of a closing back from another side, with its digital
// signature. The file has to begin with the very bytes that were handed out.
func (s *Service) SignedOnPDF(ctx context.Context, closing ClosingID, side Side, file []byte) (err error) {
	defer fault.Wrap(&err, "closing %s signed by %s", closing, side)
	return s.sign(ctx, closing, func(ctx context.Context, c Closing) (x Signature, err error) {
		ours, err := s.Paper(ctx, c)
		if err != nil {
			return x, err
		}
		if !bytes.HasPrefix(file, ours) || len(file) == len(ours) {
			return x, ErrSignFile
		}
		report, err := pades.Verify(file, s.Journal.Roots(), s.now())
		if err != nil || !report.Proven() {
			return x, errors.Join(ErrSignFile, err)
		}
		last := report.Seals[len(report.Seals)-1]
		ref, err := s.Blobs.Put(ctx, bytes.NewReader(file))
		return Signature{Side: side, Name: last.Signer.Subject.CommonName, How: OnPDF, Document: ref.SHA256}, err
	})
}

func (s *Service) sign(ctx context.Context, closing ClosingID, by func(context.Context, Closing) (Signature, error)) error {
	c, err := s.Closing(ctx, closing)
	if err != nil {
		return err
	}
	if err := auth.RequireIn(ctx, MayClose, c.Path); err != nil {
		return err
	}
	f, err := s.formOf(ctx, c)
	if err != nil {
		return err
	}
	x, err := by(ctx, c)
	if err != nil {
		return err
	}
	if !slices.Contains(Sides(f), x.Side) {
		return ErrSide
	}
	x.Digest, x.At = c.Digest, s.now()
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		last, err := s.store.lastClosing(ctx, c.Form, c.Office, c.Period.String())
		switch {
		case err != nil:
			return err
		case last.ID != c.ID:
			return ErrOld
		}
		if err := s.store.putSignature(ctx, c.ID, x); db.IsUnique(err) {
			return ErrSigned
		} else if err != nil {
			return err
		}
		return s.tell(ctx, "stats.sign", c, x.Side)
	})
}

// Conditions lists the conditions under which figures of a closing were counted.
func (b Body) Conditions() []string { return slices.SortedFunc(maps.Keys(b.Figures), strings.Compare) }

// formOf is the form of a closing, in the version that was closed.
func (s *Service) formOf(ctx context.Context, c Closing) (*form.Ready, error) {
	all, err := s.forms(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(f *form.Ready) bool { return f.ID == c.Form && f.Version == c.Version })
	if i < 0 {
		return nil, ErrForm
	}
	return all[i], nil
}

// Paper is a closing as a PDF, the same bytes whenever it is asked for.
func (s *Service) Paper(ctx context.Context, c Closing) ([]byte, error) {
	f, err := s.formOf(ctx, c)
	if err != nil {
		return nil, err
	}
	o, err := s.org.Office(ctx, c.Office)
	if err != nil {
		return nil, err
	}
	p := sheetOf(f, c.Body.Values)
	p.Office, p.About = strings.ToUpper(o.Short), []string{c.Period.Title()}
	if above, err := s.org.Office(ctx, o.Parent); err == nil {
		p.Above = strings.ToUpper(above.Short)
	}
	if c.Revision > 1 {
		p.About = append(p.About, "Chốt lại lần "+itoa(c.Revision-1)+": "+c.Reason)
	}
	p.Made, p.Code = c.At, "SHA-256 "+c.Digest
	var b bytes.Buffer
	err = paper.Write(&b, p)
	return b.Bytes(), err
}

// sheetOf lays a form with its values out for printing.
func sheetOf(f *form.Ready, v form.Values) paper.Paper {
	p := paper.Paper{Short: f.Short, Title: f.Title}
	for _, c := range f.Column {
		p.Columns = append(p.Columns, c.Title)
	}
	for _, x := range f.Row {
		r := paper.Row{Code: x.Code, Title: x.Title, Level: x.Level}
		if x.Code != "" {
			for _, c := range f.Column {
				r.Cells = append(r.Cells, number(v, x.Code, c.Code))
			}
		}
		p.Rows = append(p.Rows, r)
	}
	for _, side := range Sides(f) {
		p.Sides = append(p.Sides, strings.ToUpper(side.VN()))
	}
	return p
}

// number is a cell as it is printed: whole numbers as such, others with a comma.
func number(v form.Values, row, column string) string {
	n, ok := v.Get(row, column)
	if !ok {
		return ""
	}
	return strings.Replace(strconv.FormatFloat(math.Round(n*100)/100, 'f', -1, 64), ".", ",", 1)
}

// revisions are all closings of the form, office and period of c.
func (s *Service) revisions(ctx context.Context, c Closing) ([]Closing, error) {
	return s.store.revisions(ctx, c.Form, c.Office, c.Period.String())
}

// received tells how c came, if it came as a file.
func (s *Service) received(ctx context.Context, c Closing) (*Received, error) {
	return s.store.received(ctx, c.ID)
}

// source is a closing that another adds up.
func (s *Service) source(ctx context.Context, id ClosingID) (Closing, error) {
	return s.store.closing(ctx, id)
}
