package stats

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/stats/form"
	"congminh/internal/stats/period"
)

// Refusals about forms.
var (
	ErrForm  = fault.New(fault.NotFound, "stats.form", "Không có biểu thống kê này.")
	ErrCheck = fault.New(fault.Invalid, "stats.check", "Không chỉ ra được từng vụ cho phép kiểm tra này: công thức không phải là cộng trừ, hoặc so với kỳ trước.")
)

// Form returns the version of a form that is in force at the end of a period.
func (s *Service) Form(ctx context.Context, id string, p period.Period) (*form.Ready, error) {
	all, err := s.forms(ctx)
	if err != nil {
		return nil, err
	}
	if f := inForce(all, id, p.To); f != nil {
		return f, nil
	}
	return nil, ErrForm
}

// inForce is the newest version of a form that is in force on a day, nil if none is.
func inForce(all []*form.Ready, id string, day civil.Date) (found *form.Ready) {
	for _, f := range all {
		if f.ID == id && f.From <= day && (f.To == "" || day <= f.To) && (found == nil || f.Version > found.Version) {
			found = f
		}
	}
	return found
}

// FormList returns the forms in force on a day, in the order of the files, those that
// people wrote after them.
func (s *Service) FormList(ctx context.Context, day civil.Date) (out []*form.Ready, err error) {
	all, err := s.forms(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range all {
		if !seen[f.ID] {
			if now := inForce(all, f.ID, day); now != nil {
				out = append(out, now)
			}
			seen[f.ID] = true
		}
	}
	return out, nil
}

// forms are those of the program and those that were published here.
func (s *Service) forms(ctx context.Context) ([]*form.Ready, error) {
	out := slices.Clone(s.Forms)
	rows, err := s.store.published(ctx)
	for _, text := range rows {
		var f form.Form
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return nil, err
		}
		r, wrong := form.Read(f, s.Figures.Has)
		if len(wrong) == 0 { // a figure it counts may have been taken away since
			out = append(out, r)
		}
	}
	return out, err
}

// Filled is a form with its numbers.
type Filled struct {
	Form     *form.Ready
	Office   auth.Office
	Period   period.Period
	Values   form.Values
	Failures []form.Failure
	Behind   int // cases that wait to be counted again
}

// Fill works a form out for an office and those below it, with its checks. What is
// carried over is checked against what closed says of the period before, nil if nothing.
func (s *Service) Fill(ctx context.Context, id string, office auth.Office, p period.Period, closed form.Values) (out Filled, err error) {
	defer fault.Wrap(&err, "form %s of %s", id, p)
	f, err := s.Form(ctx, id, p)
	if err != nil {
		return out, err
	}
	return s.fill(ctx, f, office, p, closed)
}

func (s *Service) fill(ctx context.Context, f *form.Ready, office auth.Office, p period.Period, closed form.Values) (out Filled, err error) {
	out = Filled{Form: f, Office: office, Period: p}
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return out, err
	}
	if err := s.Catch(ctx, few); err != nil {
		return out, err
	}
	sums, err := s.columns(ctx, f, o.Path+"%", p)
	if err != nil {
		return out, err
	}
	out.Values = f.Fill(func(figure string, where map[string][]string) float64 { return sums[keyOf(where)][figure] })
	out.Failures = f.Verify(out.Values, closed)
	out.Behind, err = s.Behind(ctx)
	return out, err
}

func keyOf(where map[string][]string) string {
	b, _ := json.Marshal(where) // the keys of a map come out sorted
	return string(b)
}

func dimsOf(where map[string][]string) map[Dim][]string {
	out := map[Dim][]string{}
	for k, v := range where {
		out[Dim(k)] = v
	}
	return out
}

// AtFault is a case that keeps a check from holding.
type AtFault struct {
	Case   criminal.ID `json:"case"`
	Number string      `json:"number"`
	Name   string      `json:"name"`
	Off    float64     `json:"off" doc:"By how much"`
	// Parts tells what the case adds to which figure.
	Parts map[string]int64 `json:"parts"`
}

// Faults returns the cases that keep a check of a form from holding in a column, those
// the asker may see; hidden is how many others there are.
func (s *Service) Faults(ctx context.Context, id, check, column string, office auth.Office, p period.Period) (out []AtFault, hidden int, err error) {
	defer fault.Wrap(&err, "cases at fault, check %s of form %s", check, id)
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return nil, 0, err
	}
	f, err := s.Form(ctx, id, p)
	if err != nil {
		return nil, 0, err
	}
	weights, where, err := f.Weights(check, column)
	if err != nil {
		return nil, 0, errors.Join(ErrCheck, err)
	}
	cases := map[criminal.ID]*AtFault{}
	flows, stocks, starts := s.sort(Ask{Period: p, Figures: slices.Sorted(maps.Keys(weights))})
	for _, part := range []struct {
		figures  []string
		from, to civil.Date
		suffix   string
	}{{flows, p.From, p.To, ""}, {stocks, "", p.To, ""}, {starts, "", p.From.Add(-1), Start}} {
		if len(part.figures) == 0 {
			continue
		}
		rows, err := s.store.byCase(ctx, o.Path+"%", part.figures, part.from, part.to, dimsOf(where))
		if err != nil {
			return nil, 0, err
		}
		for _, r := range rows {
			c := cases[r.id]
			if c == nil {
				c = &AtFault{Case: r.id, Parts: map[string]int64{}}
				cases[r.id] = c
			}
			c.Off += weights[r.figure+part.suffix] * float64(r.n)
			c.Parts[r.figure+part.suffix] = r.n
		}
	}
	maps.DeleteFunc(cases, func(_ criminal.ID, c *AtFault) bool { return c.Off == 0 })
	names, err := s.store.named(ctx, slices.Sorted(maps.Keys(cases)), s.cases.Scope(ctx))
	if err != nil {
		return nil, 0, err
	}
	for _, n := range names {
		c := cases[n.Case]
		c.Number, c.Name = n.Number, n.Name
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b AtFault) int { return strings.Compare(a.Number, b.Number) })
	return out, len(cases) - len(names), nil
}
