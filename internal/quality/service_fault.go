package quality

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/stats/period"
)

// few is how many changed cases a list waits for; more are left to the job of stats.
const few = 50

// faultFigures lists the figures whose lines are assessed, of one kind or of all.
func (s *Service) faultFigures(kind string) (out []string) {
	for _, k := range s.FaultKinds {
		if kind == "" || k.ID == kind {
			out = append(out, k.Figures...)
		}
	}
	return out
}

// faultKind is the kind that a figure belongs to.
func (s *Service) faultKind(figure string) (k FaultKind) {
	for _, k := range s.FaultKinds {
		if slices.Contains(k.Figures, figure) {
			return k
		}
	}
	return k
}

// Faults lists what is to be assessed, and was, of an office in a period. Of cases that
// the asker may not see nothing is shown.
func (s *Service) Faults(ctx context.Context, office auth.Office, p period.Period, f FaultFilter) (out page.Of[Fault], err error) {
	defer fault.Wrap(&err, "faults of %s", p)
	o, err := s.reach(ctx, MayRead, office)
	if err != nil {
		return out, err
	}
	figures := s.faultFigures(f.Kind)
	if f.Figure != "" {
		if !slices.Contains(figures, f.Figure) {
			return out, ErrSubject
		}
		figures = []string{f.Figure}
	}
	if err := s.stats.Catch(ctx, few); err != nil {
		return out, err
	}
	rows, err := s.store.faults(ctx, o.Path+"%", figures, p.From, p.To, s.cases.Scope(ctx), f)
	if err != nil {
		return out, err
	}
	for n := range rows {
		rows[n].Kind = s.faultKind(rows[n].Figure).Name
	}
	return page.Cut(rows, f.req(), func(x Fault) string { return faultKey(x, f.Sort) }), nil
}

// subjectOf finds the line that is meant, if the asker may see its case and do v there.
func (s *Service) subjectOf(ctx context.Context, v auth.Verb, x Subject) (f Fault, err error) {
	if !slices.Contains(s.faultFigures(""), x.Figure) {
		return f, ErrSubject
	}
	if f, err = s.store.subject(ctx, s.cases.Scope(ctx), x); err != nil {
		return f, err
	}
	f.Kind = s.faultKind(f.Figure).Name
	_, err = s.reach(ctx, v, f.Office)
	return f, err
}

// Assessment returns a line with every step of its assessment.
func (s *Service) Assessment(ctx context.Context, x Subject) (out Assessment, err error) {
	defer fault.Wrap(&err, "assessment")
	if out.Fault, err = s.subjectOf(ctx, MayRead, x); err != nil {
		return out, err
	}
	if out.ID != "" {
		if out.Steps, err = s.store.steps(ctx, out.ID); err != nil {
			return out, err
		}
	}
	if out.Conflict, err = s.handles(ctx, out.Fault); err != nil {
		return out, err
	}
	_, propose := s.reach(ctx, MayAssess, out.Office)
	_, decide := s.reach(ctx, MayManage, out.Office)
	out.MayPropose = propose == nil && !out.Conflict && out.Waiting == ""
	out.MayDecide = decide == nil && !out.Conflict && out.Waiting != "" && out.proposer() != auth.From(ctx).ID
	return out, nil
}

// proposer is who made the proposal that waits.
func (a Assessment) proposer() string { return lastProposal(a.Steps).ByID }

func lastProposal(steps []FaultStep) (out FaultStep) {
	for _, x := range steps {
		if x.Verb == "propose" {
			out = x
		}
	}
	return out
}

// handles reports whether the asker works, or worked, on the case.
func (s *Service) handles(ctx context.Context, f Fault) (bool, error) {
	h, _, err := s.cases.Ledger(ctx, f.Case)
	if err != nil {
		return false, err
	}
	who := auth.From(ctx).ID
	for _, a := range h.Assigned {
		if string(a.Staff) == who {
			return true, nil
		}
	}
	return false, nil
}

// responsible are the colleagues who may be named as responsible for a line.
func (s *Service) responsible(ctx context.Context, office auth.Office) ([]org.Staff, error) {
	return s.org.Colleagues(ctx, office)
}

var folioList = regexp.MustCompile(`^\d+(\s*[-–]\s*\d+)?(\s*,\s*\d+(\s*[-–]\s*\d+)?)*$`)

// tidy makes an opinion clean and refuses one that does not say enough.
func (o Opinion) tidy() (Opinion, error) {
	o.Why, o.Folios = strings.TrimSpace(o.Why), vn.Clean(o.Folios)
	if o.Verdict == Clear {
		o.Party, o.Staff = "", ""
	}
	if o.Party != ByProcuracy {
		o.Staff = ""
	}
	var c fault.Check
	c.Need(o.Verdict == AtFault || o.Verdict == Clear, "verdict", "Chọn có lỗi hay không có lỗi.")
	c.Need(o.Verdict != AtFault || slices.Contains(Parties, o.Party), "party", "Chọn ai có lỗi.")
	c.Need(o.Why != "" && len(o.Why) <= longest, "why", "Nêu lý do, không quá 8.000 ký tự.")
	c.Need(o.Folios == "" || folioList.MatchString(o.Folios), "folios", "Ghi số bút lục, thí dụ 45, 47-49.")
	return o, c.Err(ErrOpinion)
}

// ProposeFault says whether somebody was at fault; a leader decides. It also changes what was
// decided before: then why is the reason for the change.
func (s *Service) ProposeFault(ctx context.Context, x Subject, rev int, o Opinion) (err error) {
	defer fault.Wrap(&err, "propose an assessment")
	f, err := s.subjectOf(ctx, MayAssess, x)
	if err != nil {
		return err
	}
	if o, err = o.tidy(); err != nil {
		return err
	}
	if handles, err := s.handles(ctx, f); err != nil || handles {
		return cmpErr(err, ErrHandler)
	}
	switch {
	case f.Waiting != "":
		return ErrWaiting
	case f.Rev != rev:
		return ErrMoved
	}
	fresh := f.ID == ""
	if fresh {
		f.ID = FaultID(id.New[Fault]())
		f.Verdict = Unassessed
	}
	f.Waiting = o.Verdict
	return s.faultStep(ctx, f, fresh, "propose", o)
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// DecideFault makes what was proposed hold, or refuses it with a reason.
func (s *Service) DecideFault(ctx context.Context, x Subject, rev int, accept bool, why string) (err error) {
	defer fault.Wrap(&err, "decide an assessment")
	f, err := s.subjectOf(ctx, MayManage, x)
	if err != nil {
		return err
	}
	if f.Waiting == "" {
		return ErrNothing
	}
	if handles, err := s.handles(ctx, f); err != nil || handles {
		return cmpErr(err, ErrHandler)
	}
	steps, err := s.store.steps(ctx, f.ID)
	if err != nil {
		return err
	}
	p := lastProposal(steps)
	why = vn.Clean(why)
	switch {
	case p.ByID == auth.From(ctx).ID:
		return ErrAssessor
	case f.Rev != rev:
		return ErrMoved
	case !accept && why == "":
		return ErrReason
	}
	o := p.Opinion
	o.Why = why
	verb := "refuse"
	if accept {
		verb = "decide"
		f.Verdict, f.Party, f.Staff = o.Verdict, o.Party, o.Staff
	}
	f.Waiting = ""
	return s.faultStep(ctx, f, false, verb, o)
}

// faultStep writes a step and how the assessment stands after it.
func (s *Service) faultStep(ctx context.Context, f Fault, fresh bool, verb string, o Opinion) error {
	a := auth.From(ctx)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.putFault(ctx, f, fresh); err != nil {
			return err
		}
		x := FaultStep{N: f.Rev + 1, Verb: verb, Opinion: o, ByID: a.ID, By: a.Name, At: s.now()}
		if err := s.store.addStep(ctx, f.ID, x); err != nil {
			return err
		}
		return s.note(ctx, "quality.fault."+verb, "case/"+string(f.Case)+"/quality/"+string(f.ID), map[string]string{"verdict": string(o.Verdict), "party": string(o.Party), "why": o.Why})
	})
}
