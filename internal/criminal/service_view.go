package criminal

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
	"congminh/internal/law"
	"congminh/internal/org"
)

// Story is all that the page of a case tells.
type Story struct {
	Case
	Ledger    ledger.Case
	State     ledger.State
	Today     civil.Date
	On        civil.Date // as it stood at the end of this day; "" now
	Proposals []Proposal
	Authors   map[string]string // names of those who entered acts
	Files     map[string]string // in which file a paper lies, by the id of the paper
	Stands    map[ledger.ActID]bool
	Home      org.Office // the office it is in
	Parents   []Case     // the case it was split from or merged into, if one may see it
}

// Story returns a case that the asker may see with its ledger: now, or as it stood at
// the end of day on.
func (s *Service) Story(ctx context.Context, id ID, on civil.Date) (out Story, err error) {
	defer fault.Wrap(&err, "story of case %s", id)
	if out.Case, err = s.Detail(ctx, id); err != nil {
		return out, err
	}
	out.On, out.Today = on, civil.On(s.now())
	if out.Ledger, out.State, err = s.Acts(ctx, id, on); err != nil {
		return out, err
	}
	if out.Home, err = s.org.Office(ctx, out.Office); err != nil {
		return out, err
	}
	var who []string
	for _, a := range out.Ledger.Acts {
		if !slices.Contains(who, a.Author) {
			who = append(who, a.Author)
		}
	}
	if out.Authors, err = s.store.staffNames(ctx, who); err != nil {
		return out, err
	}
	papers, err := s.store.paperOf(ctx, id)
	if err != nil {
		return out, err
	}
	out.Files, out.Stands = map[string]string{}, map[ledger.ActID]bool{}
	for _, a := range ledger.Standing(&out.Ledger) {
		out.Stands[a.ID] = true
	}
	for _, p := range papers {
		out.Files[p.Document] = p.Dossier
		if p.State == Proposed {
			out.Proposals = append(out.Proposals, p)
		}
	}
	slices.SortStableFunc(out.Proposals, func(a, b Proposal) int { return strings.Compare(string(a.At), string(b.At)) })
	if out.Parent != "" {
		if p, err := s.Get(ctx, out.Parent); err == nil {
			out.Parents = append(out.Parents, p)
		} else if !errors.Is(err, ErrNone) {
			return out, err
		}
	}
	return out, nil
}

// Papers returns the papers of a case that proved, or seemed to prove, an act.
func (s *Service) Papers(ctx context.Context, id ID) (out []Proposal, err error) {
	defer fault.Wrap(&err, "papers of case %s", id)
	if _, err := s.get(ctx, MayRead, id); err != nil {
		return nil, err
	}
	return s.store.paperOf(ctx, id)
}

// act returns an act of the ledger.
func (st Story) act(id ledger.ActID) (ledger.Act, bool) {
	i := slices.IndexFunc(st.Ledger.Acts, func(a ledger.Act) bool { return a.ID == id })
	if i < 0 {
		return ledger.Act{}, false
	}
	return st.Ledger.Acts[i], true
}

// over returns the act that supersedes one.
func (st Story) over(id ledger.ActID) (ledger.Act, bool) {
	i := slices.IndexFunc(st.Ledger.Acts, func(a ledger.Act) bool { return a.Supersedes == id })
	if i < 0 {
		return ledger.Act{}, false
	}
	return st.Ledger.Acts[i], true
}

// older returns what an act superseded, newest first.
func (st Story) older(a ledger.Act) (out []ledger.Act) {
	for a.Supersedes != "" {
		old, ok := st.act(a.Supersedes)
		if !ok {
			break
		}
		out, a = append(out, old), old
	}
	return out
}

// person returns one of the people.
func (c Case) person(id ledger.PartyID) (Person, bool) {
	i := slices.IndexFunc(c.Persons, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return c.Persons[i], true
}

func (c Case) ofRole(r Role) (out []Person) {
	for _, p := range c.Persons {
		if p.Role == r {
			out = append(out, p)
		}
	}
	return out
}

// accusedState is where one accused stands, if the acts tell.
func accusedState(st ledger.State, id ledger.PartyID) (ledger.Accused, bool) {
	i := slices.IndexFunc(st.Accused, func(a ledger.Accused) bool { return a.ID == id })
	if i < 0 {
		return ledger.Accused{}, false
	}
	return st.Accused[i], true
}

// found says which people of the case a paper names, and which names are nobody's.
func found(c Case, names []string) (in []Person, unknown []string) {
	for _, n := range names {
		i := slices.IndexFunc(c.Persons, func(p Person) bool { return p.sort() == vn.Fold(n) })
		if i < 0 {
			unknown = append(unknown, n)
			continue
		}
		in = append(in, c.Persons[i])
	}
	return in, unknown
}

// Start is an act of a kind as the form begins: with what the case, the last act of
// its kind and the asker make likely. What the asker gave in a is kept.
func (s *Service) Start(ctx context.Context, st Story, kind law.ActKind, a ledger.Act) (_ ledger.Act, err error) {
	defer fault.Wrap(&err, "start of %s in case %s", kind.Code, st.ID)
	a.Kind = kind.Code
	if a.By == "" && len(kind.By) > 0 {
		a.By = kind.By[0]
	}
	last := lastLike(st, func(x ledger.Act) bool { return x.Kind == a.Kind && x.By == a.By })
	if last.ID == "" {
		last = lastLike(st, func(x ledger.Act) bool { return x.By == a.By })
	}
	if last.ID == "" {
		of, err := s.store.lastOfKind(ctx, s.Scope(ctx), st.Office, a.Kind)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return a, err
		}
		if of.By == a.By {
			last = of
		}
	}
	if a.At == "" && a.By == "procuracy" { // what others issued is read off the paper
		a.At = s.Now()
		if !kind.Hour {
			a.At = ledger.Moment(a.At.Day())
		}
	}
	if a.Issuer == "" {
		a.Issuer = last.Issuer
		if a.By == "procuracy" {
			a.Issuer = st.Home.Short
		}
	}
	if a.Signer == "" {
		a.Signer = last.Signer
		if me := auth.From(ctx); a.By == "procuracy" && (me.Is(string(org.Chief)) || me.Is(string(org.DeputyChief))) {
			a.Signer = me.Name
		}
	}
	if of := st.likely(kind); len(a.Parties) == 0 && len(of) == 1 {
		a.Parties = of
	}
	if kind.Charges && len(a.Charges) == 0 {
		for _, x := range st.State.Accused {
			if len(a.Parties) == 0 || slices.Contains(a.Parties, x.ID) {
				a.Charges = x.Charges
				break
			}
		}
	}
	if n := st.next(kind, a.Parties); n > 0 && a.Fields["seq"] == "" {
		a.Fields = with1(a.Fields, "seq", strconv.Itoa(n))
	}
	return a, nil
}

// likely are those whom an act of a kind can concern: the people under the measure it
// lengthens or ends, those whose charge waits for approval, else every accused.
func (st Story) likely(kind law.ActKind) (out []ledger.PartyID) {
	if kind.Scope != "person" {
		return nil
	}
	for _, x := range st.State.Accused {
		if touches(kind, x) || slices.Contains(kind.Effects, "approve") && x.Charged != "" && x.Approved == "" {
			out = append(out, x.ID)
		}
	}
	if len(out) == 0 {
		out = accused(st.Ledger)
	}
	return out
}

// touches reports whether a kind of act lengthens or ends the measure an accused is
// under.
func touches(k law.ActKind, x ledger.Accused) bool {
	return x.Measure != "" && (slices.Contains(k.Effects, "extend_measure:"+x.Measure) || slices.Contains(k.Effects, "release:"+x.Measure))
}

// next is which extension an act of a kind would be; 0 if it is none.
func (st Story) next(kind law.ActKind, who []ledger.PartyID) int {
	if !slices.ContainsFunc(kind.Fields, func(f law.ActField) bool { return f.Name == "seq" }) {
		return 0
	}
	done := map[string]int{"extend:report": st.State.Extended.Report, "extend:investigation": st.State.Extended.Investigation,
		"extend:prosecution": st.State.Extended.Prosecution, "extend:trial": st.State.Extended.Trial}
	for _, e := range kind.Effects {
		if n, ok := done[e]; ok {
			return n + 1
		}
	}
	for _, x := range st.State.Accused {
		if slices.Contains(who, x.ID) && touches(kind, x) {
			return x.Extensions + 1
		}
	}
	return 0
}

// lastLike returns the act that was entered last among those that stand and pass.
func lastLike(st Story, pass func(ledger.Act) bool) ledger.Act {
	for _, a := range slices.Backward(st.Ledger.Acts) {
		if st.Stands[a.ID] && pass(a) {
			return a
		}
	}
	return ledger.Act{}
}

// Signers are those who sign for the office of a case: its leaders.
func (s *Service) Signers(ctx context.Context, o auth.Office) (out []string, err error) {
	defer fault.Wrap(&err, "signers of %s", o)
	there, err := s.org.Colleagues(ctx, o)
	for _, p := range there {
		if p.Has(org.Chief) || p.Has(org.DeputyChief) {
			out = append(out, p.Name)
		}
	}
	return out, err
}

// Receivers are the offices a case can be sent to: all that exist today, without the
// units of the Supreme Procuracy's own house.
func (s *Service) Receivers(ctx context.Context) (out []org.Office, err error) {
	defer fault.Wrap(&err, "offices to send to")
	f := org.OfficeFilter{Day: civil.On(s.now())}
	f.Limit = 100
	for {
		got, err := s.org.Offices(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, o := range got.Items {
			if o.Level != org.Unit {
				out = append(out, o)
			}
		}
		if f.After = got.Next; got.Next == "" {
			return out, nil
		}
	}
}

// Receiver is the office that was meant: by its name, with or without marks, or by its
// code. What is none is returned as it came, to be refused where it is used.
func (s *Service) Receiver(ctx context.Context, text string) (out auth.Office, err error) {
	defer fault.Wrap(&err, "receiver %q", text)
	all, err := s.Receivers(ctx)
	for _, o := range all {
		if string(o.ID) == text || vn.Fold(o.Short) == vn.Fold(text) || vn.Fold(o.Name) == vn.Fold(text) {
			return o.ID, nil
		}
	}
	return auth.Office(text), err
}
