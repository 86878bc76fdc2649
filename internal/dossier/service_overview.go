package dossier

import (
	"context"

	"congminh/internal/criminal"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
)

// Overview is a file at a glance: what came in, what was made of it, and what is to
// be done next.
type Overview struct {
	Dossier Dossier
	Case    criminal.Case
	Scans   []Scan

	Documents int // with pages
	Guessed   int // of them, not accepted yet
	Sure      int // of those, at least as sure as SureFrom
	Weak      int // pages whose text is doubtful
	Problem   int // pages that could not be read
	Blank     int
	Excluded  int
	Missing   int
	Twins     int  // pages that seem to repeat another
	Free      int  // pages that wait for a number
	Sealed    int  // documents certified, or signed when they came
	Waiting   int  // documents whose PDF/A is being made
	Trial     bool // what is signed here has no legal value
	Busy      bool
}

// SureFrom is the confidence from which a proposal may be accepted with others at
// once.
const SureFrom = 0.85

// Overview returns a file at a glance.
func (s *Service) Overview(ctx context.Context, d ID) (o Overview, err error) {
	defer fault.Wrap(&err, "overview of %s", d)
	c, err := s.Contents(ctx, d)
	if err != nil {
		return o, err
	}
	o.Dossier = c.Dossier
	if o.Case, err = s.cases.Get(ctx, c.Dossier.Case); err != nil {
		return o, err
	}
	if o.Scans, err = s.store.scans(ctx, d); err != nil {
		return o, err
	}
	s.hideHeld(ctx, o.Dossier, o.Scans)
	for _, x := range o.Scans {
		o.Busy = o.Busy || x.State == Waiting || x.State == Reading
	}
	for _, x := range c.Documents {
		o.Documents++
		switch x.PDFState {
		case sealedState, "signed":
			o.Sealed++
		case "waiting":
			o.Waiting++
		}
		if x.State == Guessed {
			o.Guessed++
			if x.Confidence >= SureFrom {
				o.Sure++
			}
		}
	}
	o.Trial = s.Journal.Development()
	for _, p := range c.Pages {
		count := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		count(&o.Excluded, p.State == Excluded)
		count(&o.Blank, p.Blank)
		count(&o.Missing, p.State == Missing)
		count(&o.Problem, p.Problem != "" && p.State != Missing)
		count(&o.Weak, p.Weak() && p.State != Excluded)
		count(&o.Twins, p.Twin != "" && p.State != Excluded)
		count(&o.Free, p.Folio == 0 && p.State != Excluded)
	}
	return o, nil
}

// May reports whether the asker may do v, so that a page offers only what works.
func May(ctx context.Context, v auth.Verb) bool { return auth.Require(ctx, v) == nil }
