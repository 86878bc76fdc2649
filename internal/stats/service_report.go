package stats

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/org"
	"congminh/internal/stats/figure"
)

// masking says which small numbers are not told.
type masking int

const (
	maskByRight masking = iota // people, in cases the asker may not see
	maskPeople                 // people, whoever reads it
	maskAll                    // everything: for who is no official
)

// Pivot works a report out. Small numbers of people of cases the asker may not see are
// masked.
func (s *Service) Pivot(ctx context.Context, q Spec) (Pivot, error) {
	return s.pivot(ctx, q, s.today(), maskByRight)
}

// OpenData is Pivot for the public: every small number is masked.
func (s *Service) OpenData(ctx context.Context, q Spec) (Pivot, error) {
	return s.pivot(ctx, q, s.today(), maskAll)
}

func (s *Service) pivot(ctx context.Context, q Spec, today civil.Date, m masking) (p Pivot, err error) {
	defer fault.Wrap(&err, "report %s", strings.Join(q.Figures, ", "))
	if q.Office == "" {
		q.Office = auth.From(ctx).Office
	}
	if err := q.check(); err != nil {
		return p, err
	}
	o, err := s.reach(ctx, MayRead, q.Office)
	if err != nil {
		return p, err
	}
	span, err := periodOn(q.Period, today)
	if err != nil {
		return p, err
	}
	ask := Ask{Office: o.ID, Period: span, Figures: q.Figures, By: q.dims(), Where: q.Where}
	var figures []figure.Figure
	for _, x := range q.Figures {
		f, err := s.Figure(x, span)
		if err != nil {
			return p, err
		}
		if f.Stock() && momentary(slices.Concat(ask.By, keysOf(q.Where))) {
			return p, ErrMoment
		}
		if f.ID = x; strings.HasSuffix(x, Start) {
			f.Name += startName
		}
		figures = append(figures, f)
	}
	if err := s.Catch(ctx, few); err != nil {
		return p, err
	}
	counts, err := s.count(ctx, o.Path, ask)
	if err != nil {
		return p, err
	}
	small, err := s.small(ctx, o.Path, ask, figures, counts, m)
	if err != nil {
		return p, err
	}
	l, err := s.labels(ctx, o.Path)
	if err != nil {
		return p, err
	}
	past := span
	past.To = min(past.To, max(past.From, today))
	p, err = fold(q, figures, counts, months(past), l.title, l.order, small)
	p.Spec, p.Office, p.Period = q, o.Name, span
	return p, err
}

// momentary reports whether dimensions tell days apart.
func momentary(ds []Dim) bool { return slices.Contains(ds, ByMonth) || slices.Contains(ds, ByDay) }

// small tells which numbers may not be told.
func (s *Service) small(ctx context.Context, path string, q Ask, figures []figure.Figure, counts []Count, m masking) (func(Count) bool, error) {
	people := map[string]bool{}
	for _, f := range figures {
		people[f.ID] = f.Unit == figure.OfPerson || m == maskAll
	}
	low := func(c Count) bool { return people[c.Figure] && c.N > 0 && c.N < smallest }
	if m != maskByRight || !slices.ContainsFunc(counts, low) {
		return low, nil
	}
	seen := map[string]int64{}
	tags := s.cases.Scope(ctx)
	flows, stocks, starts := s.sort(q)
	for _, part := range []struct {
		figures  []string
		from, to civil.Date
		suffix   string
	}{{flows, q.Period.From, q.Period.To, ""}, {stocks, "", q.Period.To, ""}, {starts, "", q.Period.From.Add(-1), Start}} {
		if len(part.figures) == 0 {
			continue
		}
		rows, err := s.store.sumSeen(ctx, path+"%", part.figures, part.from, part.to, q.By, q.Where, tags)
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			c.Figure += part.suffix
			seen[cellKey(c)] = c.N
		}
	}
	return func(c Count) bool { return low(c) && seen[cellKey(c)] != c.N }, nil
}

func cellKey(c Count) string { return c.Figure + "\x00" + strings.Join(c.Key, "\x00") }

// labels are the names of the values of dimensions, and their order.
type labels struct {
	names map[Dim]map[string]string
	place map[Dim]map[string]int
}

func (s *Service) labels(ctx context.Context, path string) (l labels, err error) {
	l = labels{map[Dim]map[string]string{}, map[Dim]map[string]int{}}
	add := func(d Dim, code, name string) {
		if l.names[d] == nil {
			l.names[d], l.place[d] = map[string]string{}, map[string]int{}
		}
		l.names[d][code], l.place[d][code] = name, len(l.place[d])
	}
	offices, err := s.store.offices(ctx, path+"%")
	if err != nil {
		return l, err
	}
	for _, o := range offices {
		add(ByOffice, string(o.ID), o.Short)
	}
	chapters, _ := s.cases.Law(ctx).List("chapters")
	for _, c := range chapters.Items {
		add(ByChapter, c.Code, c.Code+". "+c.Title)
	}
	for _, c := range classNames {
		add(ByClass, string(c), c.VN())
	}
	for _, x := range sexNames {
		add(BySex, string(x), x.VN())
	}
	for _, a := range figure.Ages {
		add(ByAge, a, ageName(a).VN())
	}
	return l, nil
}

// title names a value of a dimension.
func (l labels) title(d Dim, v string) string {
	if t, ok := l.names[d][v]; ok {
		return t
	}
	switch {
	case v == "":
		return unknown
	case d == ByMonth && len(v) == 7:
		return v[5:] + "/" + v[:4]
	case d == ByDay:
		return civil.Date(v).VN()
	}
	return v
}

const unknown = "Không rõ"

// order compares two values of a dimension; what is not known comes last.
func (l labels) order(d Dim, a, b string) int {
	at := func(v string) int {
		if n, ok := l.place[d][v]; ok {
			return n
		}
		if v == "" {
			return 1 << 30
		}
		return 1 << 20
	}
	return cmp.Or(cmp.Compare(at(a), at(b)), strings.Compare(a, b))
}

// values lists the values of a dimension that facts may have, for choosing.
func (l labels) values(d Dim) []string {
	out := make([]string, 0, len(l.place[d]))
	for v := range l.place[d] {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(l.place[d][a], l.place[d][b]) })
	return out
}

// Reports returns the saved reports the asker may see: their own, those that were
// deleted last, and those others share.
func (s *Service) Reports(ctx context.Context) (mine, deleted, shared []Report, err error) {
	defer fault.Wrap(&err, "list reports")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, nil, nil, err
	}
	all, err := s.store.reports(ctx)
	me := org.StaffID(auth.From(ctx).ID)
	for _, r := range all {
		switch {
		case r.Owner != me:
			shared = append(shared, r)
		case r.Deleted.IsZero():
			mine = append(mine, r)
		case s.now().Sub(r.Deleted) < keepDeleted:
			deleted = append(deleted, r)
		}
	}
	return mine, deleted, shared, err
}

// keepDeleted is how long a deleted report may be taken back.
const keepDeleted = 30 * 24 * time.Hour

// Report returns a saved report.
func (s *Service) Report(ctx context.Context, i ReportID) (r Report, err error) {
	defer fault.Wrap(&err, "get report %s", i)
	if err := auth.Require(ctx, MayRead); err != nil {
		return r, err
	}
	if r, err = s.store.report(ctx, i); err != nil {
		return r, ErrReport
	}
	return r, nil
}

// ownReport returns a report of the asker.
func (s *Service) ownReport(ctx context.Context, i ReportID) (Report, error) {
	r, err := s.Report(ctx, i)
	if err == nil && r.Owner != org.StaffID(auth.From(ctx).ID) {
		err = ErrReport
	}
	return r, err
}

// SaveReport keeps a report under a name: a new one, or in place of what i was.
func (s *Service) SaveReport(ctx context.Context, i ReportID, name string, q Spec) (out Report, err error) {
	defer fault.Wrap(&err, "save report %q", name)
	var wrong fault.Check
	name = strings.TrimSpace(name)
	wrong.Need(name != "", "name", "Hãy đặt tên cho báo cáo.")
	wrong.Need(len([]rune(name)) <= 200, "name", "Tên báo cáo dài nhất 200 chữ.")
	if err := wrong.Err(ErrSpec); err != nil {
		return out, err
	}
	if _, err := s.Pivot(ctx, q); err != nil {
		return out, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		a := auth.From(ctx)
		out = Report{ID: id.New[Report](), Owner: org.StaffID(a.ID), By: a.Name, Office: a.Office, Path: auth.Path(a.Path)}
		if i != "" {
			if out, err = s.ownReport(ctx, i); err != nil {
				return err
			}
		}
		out.Name, out.Spec, out.Changed = name, q, s.now()
		return s.store.saveReport(ctx, out)
	})
	return out, err
}

// change does f to a report of the asker.
func (s *Service) change(ctx context.Context, i ReportID, what string, f func(*Report) error) (err error) {
	defer fault.Wrap(&err, "%s report %s", what, i)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.ownReport(ctx, i)
		if err == nil {
			err = f(&r)
		}
		if err != nil {
			return err
		}
		return s.store.saveReport(ctx, r)
	})
}

// ShareReport shares a report. Sharing it with offices below takes MayClose.
func (s *Service) ShareReport(ctx context.Context, i ReportID, share Share, with []org.StaffID) error {
	return s.change(ctx, i, "share", func(r *Report) error {
		var wrong fault.Check
		wrong.Need(slices.Contains(Shares, share), "share", "Hãy chọn chia sẻ với ai.")
		if share == ShareNamed {
			colleagues, err := s.org.Colleagues(ctx, r.Office)
			if err != nil {
				return err
			}
			slices.Sort(with)
			with = slices.Compact(with)
			with = slices.DeleteFunc(with, func(x org.StaffID) bool {
				return x == r.Owner || !slices.ContainsFunc(colleagues, func(c org.Staff) bool { return c.ID == x })
			})
			wrong.Need(len(with) > 0, "with", "Hãy chọn ít nhất một đồng nghiệp trong đơn vị.")
		} else {
			with = nil
		}
		if err := wrong.Err(ErrSpec); err != nil {
			return err
		}
		if share == ShareBelow && auth.RequireIn(ctx, MayClose, r.Path) != nil {
			return ErrPublish
		}
		r.Share, r.With, r.Changed = share, with, s.now()
		return nil
	})
}

// ScheduleReport has a report made by itself.
func (s *Service) ScheduleReport(ctx context.Context, i ReportID, c Schedule) error {
	return s.change(ctx, i, "schedule", func(r *Report) error {
		var wrong fault.Check
		wrong.Need(slices.Contains(Oftens, c.Often), "often", "Hãy chọn bao lâu lập một lần.")
		wrong.Need(c.Often != Weekly || 1 <= c.Day && c.Day <= 7, "day", "Hãy chọn thứ trong tuần: 1 là thứ Hai, 7 là Chủ nhật.")
		wrong.Need(c.Often != Monthly || 1 <= c.Day && c.Day <= 31, "day", "Hãy chọn ngày trong tháng, từ 1 đến 31.")
		_, bad := time.Parse("15:04", c.At)
		wrong.Need(c.Often == Never || bad == nil, "at", "Hãy ghi giờ dạng 07:30.")
		if err := wrong.Err(ErrSpec); err != nil {
			return err
		}
		if c.Often == Never {
			c = Schedule{}
		} else if c.Often == Daily {
			c.Day = 0
		}
		r.Schedule, r.Next, r.Changed = c, c.Next(s.now()), s.now()
		return nil
	})
}

// CopyReport makes a report one of the asker's own, shared with nobody.
func (s *Service) CopyReport(ctx context.Context, i ReportID) (Report, error) {
	r, err := s.Report(ctx, i)
	if err != nil {
		return r, err
	}
	name := []rune("Bản sao của " + r.Name)
	return s.SaveReport(ctx, "", string(name[:min(len(name), 200)]), r.Spec)
}

// DeleteReport takes a report away; RestoreReport takes that back.
func (s *Service) DeleteReport(ctx context.Context, i ReportID) error {
	return s.change(ctx, i, "delete", func(r *Report) error {
		if r.Deleted.IsZero() {
			r.Deleted, r.Next = s.now(), time.Time{}
		}
		return nil
	})
}

// RestoreReport takes a deletion back (hoàn tác), up to 30 days later.
func (s *Service) RestoreReport(ctx context.Context, i ReportID) error {
	return s.change(ctx, i, "restore", func(r *Report) error {
		if s.now().Sub(r.Deleted) >= keepDeleted {
			return ErrReport
		}
		r.Deleted, r.Next = time.Time{}, r.Schedule.Next(s.now())
		return nil
	})
}

// Runs returns the last reports that were made by themselves, the newest first.
func (s *Service) Runs(ctx context.Context) (out []Run, err error) {
	defer fault.Wrap(&err, "list reports made")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	return s.store.runs(ctx, 100)
}

// Unread is how many reports were made that the asker has not read.
func (s *Service) Unread(ctx context.Context) (int, error) { return s.store.unread(ctx) }

// Run returns a report as it was made, and notes that the asker has read it. Others than
// its owner need the right to the figures of its office too.
func (s *Service) Run(ctx context.Context, i RunID) (u Run, err error) {
	defer fault.Wrap(&err, "get report made %s", i)
	if err := auth.Require(ctx, MayRead); err != nil {
		return u, err
	}
	if u, err = s.store.run(ctx, i); err != nil {
		return u, ErrRun
	}
	if u.Fault == "" {
		if _, err := s.reach(ctx, MayRead, u.Pivot.Spec.Office); err != nil {
			return u, errors.Join(ErrRun, err)
		}
	}
	return u, s.store.markRead(ctx, i, auth.From(ctx).ID, s.now())
}

const reportJob = "stats.report"

// reportWork makes the reports whose time has come.
func (s *Service) reportWork(ctx context.Context, r *job.Run, _ json.RawMessage) error {
	return s.MakeDue(ctx, func(done int) error { return r.Progress(ctx, done, 0, "") })
}

// MakeDue makes the reports whose time has come; tell is called after each.
func (s *Service) MakeDue(ctx context.Context, tell func(done int) error) error {
	for done := 1; ; done++ {
		due, err := s.store.dueReports(ctx, s.now(), 1)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := s.make(ctx, due[0]); err != nil {
			return err
		}
		if err := tell(done); err != nil {
			return err
		}
	}
}

// make makes a report, by the rights its owner has now, and keeps it. What is shared is
// masked for everybody; moments that passed while nothing ran are made up for once.
func (s *Service) make(ctx context.Context, r Report) (err error) {
	defer fault.Wrap(&err, "make report %s", r.ID)
	m := maskByRight
	if r.Share != SharePrivate {
		m = maskPeople
	}
	u := Run{ID: id.New[Run](), Report: r.ID, Due: r.Next, Made: s.now(), Strict: m == maskPeople}
	day := civil.On(r.Next)
	u.Period, err = periodOn(r.Spec.Period, day)
	who := ctx
	if err == nil {
		who, err = s.owner(ctx, r.Owner)
	}
	if err == nil {
		u.Pivot, err = s.pivot(who, r.Spec, day, m)
	}
	if no, ok := errors.AsType[*fault.Error](err); ok {
		u.Fault, err = no.Text, nil
	}
	if err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		ok, err := s.store.advance(ctx, r.ID, r.Next, r.Schedule.Next(s.now()))
		if err != nil || !ok {
			return err
		}
		return s.store.insertRun(ctx, u)
	})
}

// owner is the owner of a report with the rights they have now.
func (s *Service) owner(ctx context.Context, id org.StaffID) (context.Context, error) {
	p, err := s.org.Person(auth.With(ctx, org.Console()), id)
	if err != nil {
		return ctx, err
	}
	a, err := s.org.ActorOf(ctx, p.Login)
	return auth.With(ctx, a), err
}
