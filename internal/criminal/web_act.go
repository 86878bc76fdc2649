package criminal

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/lang"
	"congminh/internal/kit/vn"
	"congminh/internal/kit/web"
	"congminh/internal/law"
)

func (s *Service) actRoutes(m *web.Mux) {
	m.Flash("criminal.acted", "Đã ghi hành vi tố tụng.")
	m.Flash("criminal.corrected", "Đã đính chính. Nội dung cũ vẫn giữ trong lịch sử.")
	m.Flash("criminal.voided", "Đã hủy việc nhập. Nội dung và lý do vẫn giữ trong lịch sử.")
	m.Flash("criminal.declined", "Đã bỏ qua đề xuất.")

	m.Page("GET /cases/{id}/acts/new", MayAct, s.newActWeb)
	m.Page("POST /cases/{id}/acts", MayAct, s.recordWeb)
	m.Page("POST /cases/{id}/acts/check", MayAct, s.checkActWeb)
	m.Page("GET /cases/{id}/acts/{act}", MayRead, s.actWeb)
	m.Page("GET /cases/{id}/acts/{act}/correct", MayAct, s.correctPage)
	m.Page("POST /cases/{id}/acts/{act}/correct", MayAct, s.correctWeb)
	m.Page("GET /cases/{id}/acts/{act}/void", MayAct, s.voidPage)
	m.Page("POST /cases/{id}/acts/{act}/void", MayAct, s.voidWeb)
	m.Page("POST /cases/{id}/proposals/{proposal}/take", MayAct, s.takeWeb)
	m.Page("POST /cases/{id}/proposals/{proposal}/decline", MayAct, s.declineWeb)
}

func caseOf(r *http.Request) ID { return ID(r.PathValue("id")) }

func actID(r *http.Request) ledger.ActID { return ledger.ActID(r.PathValue("act")) }

// actInput is an act as the form sends it.
type actInput struct {
	Kind     string           `form:"kind"`
	Proposal ProposalID       `form:"proposal"`
	Like     ledger.ActID     `form:"like"`  // an act to begin like
	After    ledger.ActID     `form:"after"` // the act entered just before: its day, issuer and people stay
	Old      ledger.ActID     `form:"old"`   // the act that is corrected
	At       civil.Date       `form:"at"`
	Hour     string           `form:"hour"`
	Number   string           `form:"number"`
	By       string           `form:"by"`
	Issuer   string           `form:"issuer"`
	Signer   string           `form:"signer"`
	Parties  []ledger.PartyID `form:"parties"`
	Until    civil.Date       `form:"until"`
	UntilAt  string           `form:"until_at"`
	Charges  []string         `form:"charges"`
	Reason   string           `form:"reason"`
	Note     string           `form:"note,lines"`
	Document string           `form:"document"`
	Folio    int              `form:"folio"`
	Why      string           `form:"why"`
	Sure     bool             `form:"sure"`
	Next     bool             `form:"next"` // enter another one afterwards
	fields   map[string]string
}

// fieldName is the input of a further field of a kind of act, for one person if it is
// asked of each.
func fieldName(f law.ActField, of ledger.PartyID) string {
	if f.Each {
		return "field." + f.Name + "." + string(of)
	}
	return "field." + f.Name
}

func readAct(r *http.Request) (in actInput, err error) {
	err = web.Form(r, &in)
	in.fields = map[string]string{}
	for k := range r.Form {
		if name, ok := strings.CutPrefix(k, "field."); ok {
			in.fields[name] = vn.Clean(r.Form.Get(k))
		}
	}
	in.Parties = slices.DeleteFunc(in.Parties, func(p ledger.PartyID) bool { return p == "" })
	return in, err
}

// act is what was sent as an act. Charges that do not read are named in the refusal.
func (in actInput) act() (a ledger.Act, err error) {
	a = ledger.Act{Kind: in.Kind, At: moment(in.At, in.Hour), Number: in.Number, By: in.By, Issuer: in.Issuer, Signer: in.Signer,
		Parties: in.Parties, Until: moment(in.Until, in.UntilAt), Reason: in.Reason, Note: in.Note, Document: in.Document, Folio: in.Folio, Fields: map[string]string{}}
	for k, v := range in.fields {
		if _, of, each := strings.Cut(k, "."); each && !slices.Contains(in.Parties, ledger.PartyID(of)) {
			continue
		}
		switch {
		case v == "on":
			v = "yes"
		case strings.HasPrefix(k, "charges."):
			v = ownCharges(v)
		}
		a.Fields[k] = v
	}
	var c fault.Check
	for _, text := range in.Charges {
		if text == "" {
			continue
		}
		x, ok := parseCharge(text)
		c.Need(ok, "charges", "Tội danh ghi theo dạng điều-khoản-điểm, ví dụ 173-1-a hoặc 174-2.")
		a.Charges = append(a.Charges, x)
	}
	return a, c.Err(ErrAct)
}

// instead is an act in the place of the one that is corrected, if one is.
func (in actInput) instead(a ledger.Act) ledger.Act {
	if in.Old != "" {
		a.Supersedes, a.Why = in.Old, in.Why
	}
	return a
}

func moment(d civil.Date, hour string) ledger.Moment {
	if d == "" || hour == "" {
		return ledger.Moment(d)
	}
	if len(hour) > len("22:30") {
		hour = hour[:len("22:30")]
	}
	return ledger.Moment(string(d) + "T" + hour)
}

var (
	short   = regexp.MustCompile(`(?i)^(?:điều\s*)?(\d{1,3}[a-d]?)(?:[-./,\s]+(?:khoản\s*)?(\d{1,2}))?(?:[-./,\s]+(?:điểm\s*)?([a-zđ]\d?))?$`)
	written = regexp.MustCompile(`(?i)^(?:điểm\s*([a-zđ]\d?)[\s,]+)?(?:khoản\s*(\d{1,2})[\s,]+)?điều\s*(\d{1,3}[a-d]?)`)
)

// parseCharge reads article, clause and point as people type them: 173-1-a, 173.1,
// điểm a khoản 1 Điều 173.
func parseCharge(s string) (ledger.Charge, bool) {
	s = strings.TrimSpace(s)
	if m := short.FindStringSubmatch(s); m != nil {
		return ledger.Charge{Article: strings.ToLower(m[1]), Clause: m[2], Point: strings.ToLower(m[3])}, true
	}
	if m := written.FindStringSubmatch(s); m != nil {
		return ledger.Charge{Article: strings.ToLower(m[3]), Clause: m[2], Point: strings.ToLower(m[1])}, true
	}
	return ledger.Charge{}, false
}

// ownCharges writes the charges of one person, typed 173-1-a; 174-2, as the ledger
// keeps them: 173/1/a 174/2. What does not read is left for the ledger to refuse.
func ownCharges(s string) string {
	var out []string
	for _, text := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ' ' }) {
		if c, ok := parseCharge(text); ok {
			text = strings.TrimRight(c.Article+"/"+c.Clause+"/"+c.Point, "/")
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// filled is the form of an act.
func (in actInput) filled(a ledger.Act) actInput {
	in.Kind, in.At, in.Number, in.By, in.Issuer, in.Signer, in.Parties = a.Kind, a.At.Day(), a.Number, a.By, a.Issuer, a.Signer, a.Parties
	in.Until, in.Reason, in.Note, in.Document, in.Folio, in.fields = a.Until.Day(), a.Reason, a.Note, a.Document, a.Folio, a.Fields
	in.Hour, in.UntilAt = clockOf(a.At), clockOf(a.Until)
	in.Charges = nil
	for _, c := range a.Charges {
		in.Charges = append(in.Charges, chargeShort(c))
	}
	return in
}

func clockOf(m ledger.Moment) string {
	if !m.HasHour() {
		return ""
	}
	return string(m[len("2026-03-10T"):])
}

// actView is the form of an act.
type actView struct {
	Story
	law      Law
	kind     law.ActKind
	in       actInput
	starts   map[string]ledger.Act // what is likely, by who does it
	signers  []string
	issuers  []string
	papers   []Proposal
	findings []ledger.Finding
	err      error
}

// newActWeb asks which act, then shows its form.
func (s *Service) newActWeb(w http.ResponseWriter, r *http.Request) error {
	in, err := readAct(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	st, err := s.Story(ctx, caseOf(r), "")
	if err != nil {
		return err
	}
	if err := auth.RequireIn(ctx, MayAct, st.path); err != nil {
		return err
	}
	var a ledger.Act
	switch {
	case in.Proposal != "":
		if _, a, err = s.Draft(ctx, in.Proposal); err != nil {
			return err
		}
		if in.Kind != "" {
			a.Kind = in.Kind
		}
	case in.Like != "":
		old, ok := st.act(in.Like)
		if !ok {
			return ErrNoAct
		}
		a = ledger.Act{Kind: old.Kind, At: old.At, By: old.By, Issuer: old.Issuer, Signer: old.Signer, Charges: old.Charges, Reason: old.Reason, Until: old.Until, Fields: old.Fields}
	default:
		a.Kind = in.Kind
		if old, ok := st.act(in.After); ok {
			a.At, a.Parties = ledger.Moment(old.At.Day()), old.Parties
			if k, ok := s.law(ctx).Act(in.Kind); ok && slices.Contains(k.By, old.By) {
				a.By, a.Issuer, a.Signer = old.By, old.Issuer, old.Signer
			}
		}
	}
	kind, ok := s.law(ctx).Act(a.Kind)
	if !ok {
		return web.Show(w, r, http.StatusOK, chooserPage(chooser{Story: st, law: s.law(ctx), words: r.Form.Get("q"), after: in.After, recent: recentKinds(r)}))
	}
	if a, err = s.Start(ctx, st, kind, a); err != nil {
		return err
	}
	return s.showAct(w, r, http.StatusOK, actView{Story: st, kind: kind, in: in.filled(a)})
}

// showAct shows the form of an act.
func (s *Service) showAct(w http.ResponseWriter, r *http.Request, status int, v actView) (err error) {
	ctx := r.Context()
	v.law = s.law(ctx)
	v.starts = map[string]ledger.Act{}
	for _, by := range v.kind.By {
		if v.starts[by], err = s.Start(ctx, v.Story, v.kind, ledger.Act{By: by}); err != nil {
			return err
		}
	}
	if v.signers, err = s.Signers(ctx, v.Office); err != nil {
		return err
	}
	if v.papers, err = s.Papers(ctx, v.ID); err != nil {
		return err
	}
	for _, a := range slices.Backward(v.Ledger.Acts) {
		if a.Issuer != "" && !slices.Contains(v.issuers, a.Issuer) {
			v.issuers = append(v.issuers, a.Issuer)
		}
		if a.Signer != "" && !slices.Contains(v.signers, a.Signer) {
			v.signers = append(v.signers, a.Signer)
		}
	}
	return web.Show(w, r, status, actPage(v))
}

// besideFields puts what the ledger says of a further field beside its input.
func besideFields(err error, kind law.ActKind) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	e := *f
	e.Fields = slices.Clone(f.Fields)
	for i, x := range e.Fields {
		name := strings.TrimPrefix(strings.TrimPrefix(x.Name, "fields."), "field.")
		base, _, _ := strings.Cut(name, ".")
		if slices.ContainsFunc(kind.Fields, func(k law.ActField) bool { return k.Name == base }) && x.Name != "charges" {
			e.Fields[i].Name = "field." + name
		}
	}
	return &e
}

// refusedAct reports whether the form of an act can show err.
func refusedAct(err error) bool {
	return errors.Is(err, ErrAct) || errors.Is(err, web.ErrFields)
}

// enterAct previews what was sent, and does it if nothing stands against it: a
// finding that only marks an act asks for one yes. done is false if the form was
// shown again.
func (s *Service) enterAct(w http.ResponseWriter, r *http.Request, do func(ctx context.Context, in actInput, a ledger.Act) (ledger.Act, error)) (in actInput, out ledger.Act, done bool, err error) {
	ctx := r.Context()
	in, wrong := readAct(r)
	if wrong != nil && !refusedAct(wrong) {
		return in, out, false, wrong
	}
	a, err := in.act()
	if wrong == nil {
		wrong = err
	}
	var found []ledger.Finding
	if wrong == nil {
		if found, wrong = s.Preview(ctx, caseOf(r), in.instead(a)); wrong == nil {
			wrong = refused(found)
		}
	}
	if wrong == nil && (!flags(found) || in.Sure) {
		if out, wrong = do(ctx, in, a); wrong == nil {
			return in, out, true, nil
		}
	}
	if wrong != nil && !refusedAct(wrong) {
		return in, out, false, wrong
	}
	st, err := s.Story(ctx, caseOf(r), "")
	if err != nil {
		return in, out, false, err
	}
	kind, ok := s.law(ctx).Act(in.Kind)
	if !ok {
		return in, out, false, web.Show(w, r, http.StatusUnprocessableEntity, chooserPage(chooser{Story: st, law: s.law(ctx), err: wrong, recent: recentKinds(r)}))
	}
	return in, out, false, s.showAct(w, r, http.StatusUnprocessableEntity, actView{Story: st, kind: kind, in: in, findings: found, err: besideFields(wrong, kind)})
}

func (s *Service) recordWeb(w http.ResponseWriter, r *http.Request) error {
	in, a, done, err := s.enterAct(w, r, func(ctx context.Context, in actInput, a ledger.Act) (out ledger.Act, err error) {
		if in.Proposal != "" {
			out, _, err = s.Take(ctx, in.Proposal, a)
			return out, err
		}
		out, _, err = s.Record(ctx, caseOf(r), a)
		return out, err
	})
	if err != nil || !done {
		return err
	}
	rememberKind(w, r, a.Kind)
	if in.Next {
		return web.Done(w, r, at(caseOf(r), "/acts/new?after="+string(a.ID)), "criminal.acted")
	}
	return web.Done(w, r, at(caseOf(r), "#act-"+string(a.ID)), "criminal.acted")
}

// checkActWeb says, while one types, what the ledger finds and what the act would
// change.
func (s *Service) checkActWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, wrong := readAct(r)
	if wrong != nil && !refusedAct(wrong) {
		return wrong
	}
	st, err := s.Story(ctx, caseOf(r), "")
	if err != nil {
		return err
	}
	a, err := in.act()
	if wrong == nil {
		wrong = err
	}
	v := checkView{Story: st, law: s.law(ctx), act: a}
	kind, ok := v.law.Act(in.Kind)
	if !ok {
		return ErrAct
	}
	v.kind = kind
	if a.At == "" { // nothing was read off the paper yet
		return web.Show(w, r, http.StatusOK, checkPart(v))
	}
	if wrong == nil {
		if v.findings, wrong = s.Preview(ctx, st.ID, in.instead(a)); wrong != nil && !refusedAct(wrong) {
			return wrong
		}
		v.checked = wrong == nil
	}
	v.err = wrong
	if v.checked && refused(v.findings) == nil {
		for _, p := range s.panels {
			if p.preview == nil {
				continue
			}
			c, err := p.preview(ctx, st.ID, a)
			if err != nil {
				return err
			}
			if c != nil {
				v.effects = append(v.effects, c)
			}
		}
	}
	return web.Show(w, r, http.StatusOK, checkPart(v))
}

// checkView is what is known of an act before it is entered.
type checkView struct {
	Story
	law      Law
	kind     law.ActKind
	act      ledger.Act
	findings []ledger.Finding
	checked  bool
	err      error
	effects  []templ.Component
}

// takeWeb enters what a paper proposes. What lacks something, or what the ledger has
// a word to say about, goes through the form.
func (s *Service) takeWeb(w http.ResponseWriter, r *http.Request) error {
	ctx, id, pid := r.Context(), caseOf(r), ProposalID(r.PathValue("proposal"))
	of, a, err := s.Draft(ctx, pid)
	if err != nil {
		return err
	}
	if of != id {
		return ErrNone
	}
	form := at(id, "/acts/new?proposal="+string(pid))
	kind, ok := s.law(ctx).Act(a.Kind)
	if !ok || !ready(kind, a) {
		return web.Go(w, r, form)
	}
	st, err := s.Story(ctx, id, "")
	if err != nil {
		return err
	}
	if a, err = s.Start(ctx, st, kind, a); err != nil {
		return err
	}
	findings, err := s.Preview(ctx, id, a)
	if err != nil && !refusedAct(err) {
		return err
	}
	if err != nil || len(findings) > 0 {
		return web.Go(w, r, form)
	}
	if _, _, err = s.Take(ctx, pid, a); refusedAct(err) {
		return web.Go(w, r, form)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, at(id, "#proposals"), "criminal.acted")
}

// ready reports whether a paper told all that an act of a kind needs.
func ready(k law.ActKind, a ledger.Act) bool {
	return a.At != "" && (!k.Hour || a.At.HasHour()) && (k.Scope != "person" || len(a.Parties) > 0) && (k.Until != "needed" || a.Until != "") &&
		(!k.Charges || len(a.Charges) > 0) && (k.Reasons == "" || a.Reason != "") &&
		!slices.ContainsFunc(k.Fields, func(f law.ActField) bool { return f.Required })
}

func (s *Service) declineWeb(w http.ResponseWriter, r *http.Request) error {
	if err := s.Decline(r.Context(), ProposalID(r.PathValue("proposal"))); err != nil {
		return err
	}
	return web.Done(w, r, at(caseOf(r), "#proposals"), "criminal.declined")
}

// actWeb shows everything about one act.
func (s *Service) actWeb(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	st, err := s.Story(ctx, caseOf(r), "")
	if err != nil {
		return err
	}
	a, ok := st.act(actID(r))
	if !ok {
		return ErrNoAct
	}
	return web.Show(w, r, http.StatusOK, oneActPage(actTold{Story: st, law: s.law(ctx), a: a, may: rightsIn(ctx, st.Case)}))
}

// actTold is one act with all that is known of it.
type actTold struct {
	Story
	law Law
	a   ledger.Act
	may rights
}

// standingAct is an act that may be corrected.
func (s *Service) standingAct(r *http.Request) (st Story, a ledger.Act, err error) {
	if st, err = s.Story(r.Context(), caseOf(r), ""); err != nil {
		return st, a, err
	}
	if err := auth.RequireIn(r.Context(), MayAct, st.path); err != nil {
		return st, a, err
	}
	a, ok := st.act(actID(r))
	if !ok || !st.Stands[a.ID] {
		return st, a, ErrNoAct
	}
	return st, a, nil
}

func (s *Service) correctPage(w http.ResponseWriter, r *http.Request) error {
	st, a, err := s.standingAct(r)
	if err != nil {
		return err
	}
	kind, ok := s.law(r.Context()).Act(a.Kind)
	if !ok {
		return ErrNoAct
	}
	return s.showAct(w, r, http.StatusOK, actView{Story: st, kind: kind, in: actInput{Old: a.ID}.filled(a)})
}

func (s *Service) correctWeb(w http.ResponseWriter, r *http.Request) error {
	_, a, done, err := s.enterAct(w, r, func(ctx context.Context, in actInput, a ledger.Act) (ledger.Act, error) {
		out, _, err := s.Correct(ctx, caseOf(r), actID(r), a, in.Why)
		return out, err
	})
	if err != nil || !done {
		return err
	}
	return web.Done(w, r, actAt(caseOf(r), a.ID, ""), "criminal.corrected")
}

func (s *Service) voidPage(w http.ResponseWriter, r *http.Request) error {
	return s.showVoid(w, r, http.StatusOK, "", nil)
}

func (s *Service) showVoid(w http.ResponseWriter, r *http.Request, status int, why string, wrong error) error {
	st, a, err := s.standingAct(r)
	if err != nil {
		return err
	}
	return web.Show(w, r, status, voidPage(actTold{Story: st, law: s.law(r.Context()), a: a}, why, wrong))
}

func (s *Service) voidWeb(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Why string `form:"why"`
	}
	if err := web.Form(r, &in); err != nil {
		return err
	}
	err := refusal{ErrAct}.Need(in.Why != "", "why", "Hãy ghi lý do hủy việc nhập.")
	if err == nil {
		_, _, err = s.Void(r.Context(), caseOf(r), actID(r), in.Why)
	}
	if errors.Is(err, ErrAct) {
		return s.showVoid(w, r, http.StatusUnprocessableEntity, in.Why, err)
	}
	if err != nil {
		return err
	}
	return web.Done(w, r, at(caseOf(r), ""), "criminal.voided")
}

// chooser is the question which act.
type chooser struct {
	Story
	law    Law
	words  string
	after  ledger.ActID
	recent []string
	err    error
}

// recentCookie keeps the kinds of act that this person entered last: a convenience of
// one browser, so it stays in the browser.
const recentCookie = "acts"

func recentKinds(r *http.Request) []string {
	kinds := web.Remembered(r, recentCookie)
	if kinds == "" {
		return nil
	}
	return strings.Split(kinds, "|")
}

func rememberKind(w http.ResponseWriter, r *http.Request, kind string) {
	all := append([]string{kind}, slices.DeleteFunc(recentKinds(r), func(k string) bool { return k == kind })...)
	web.Remember(w, r, recentCookie, strings.Join(all[:min(len(all), 6)], "|"))
}

// kindGroup is a heading of the chooser with its kinds.
type kindGroup struct {
	title string
	rank  int // 0: most likely meant
	kinds []law.ActKind
}

// groups are the kinds of act that pass the words: now those entered last, those about
// a measure in force and those ordinary in the stage of the case, later the others,
// each by group.
func (c chooser) groups(ctx context.Context) (now, later []kindGroup) {
	seen := map[string]bool{}
	add := func(to *[]kindGroup, rank int, title string, in func(law.ActKind) bool) {
		g := kindGroup{title: title, rank: rank}
		for _, k := range c.law.Acts() {
			inForce := (k.From == "" || k.From <= c.Today) && (k.To == "" || c.Today <= k.To)
			if inForce && !seen[k.Code] && in(k) && strings.Contains(searchable(k), vn.Fold(c.words)) {
				seen[k.Code] = true
				g.kinds = append(g.kinds, k)
			}
		}
		if len(g.kinds) > 0 {
			*to = append(*to, g)
		}
	}
	add(&now, 0, lang.T(ctx, "Vừa dùng"), func(k law.ActKind) bool { return slices.Contains(c.recent, k.Code) })
	add(&now, 0, lang.T(ctx, "Biện pháp đang áp dụng"), func(k law.ActKind) bool {
		return slices.ContainsFunc(c.State.Accused, func(x ledger.Accused) bool { return touches(k, x) })
	})
	stage := string(c.Stage)
	add(&now, 1, lang.T(ctx, ofStage(c.Stage).VN()), func(k law.ActKind) bool {
		return group(k.Group) == ofStage(c.Stage) && slices.Contains(k.Stages, stage)
	})
	for _, g := range groups {
		add(&now, 1, lang.T(ctx, g.VN()), func(k law.ActKind) bool { return group(k.Group) == g && slices.Contains(k.Stages, stage) })
	}
	for _, g := range groups {
		add(&later, 2, lang.T(ctx, g.VN()), func(k law.ActKind) bool { return group(k.Group) == g })
	}
	return now, later
}

// searchable is what a kind of act is found by: its title without marks, and the first
// letters of its words, so that "ghtg" finds "Gia hạn tạm giữ".
func searchable(k law.ActKind) string {
	folded := vn.Fold(k.Title)
	var initials strings.Builder
	for _, w := range strings.FieldsFunc(folded, func(r rune) bool { return r == ' ' || r == ',' || r == '(' || r == ')' }) {
		initials.WriteByte(w[0])
	}
	return folded + " | " + initials.String() + " | " + k.Code
}
