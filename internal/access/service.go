package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"congminh/internal/access/pattern"
	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// Service is what can be done about rights. It is the only thing another package may
// call.
type Service struct {
	store   store
	bus     *event.Bus
	people  *org.Service
	journal Journal
	jobs    *job.Runner
	now     func() time.Time
	cases   Catalog
	shelf   Shelf
	rules   procedure

	patterns pattern.Rules
}

// NewService returns a service that keeps its records in d.
func NewService(d *db.DB, bus *event.Bus, people *org.Service, journal *seal.Service, jobs *job.Runner, now func() time.Time) *Service {
	return &Service{store: store{d}, bus: bus, people: people, journal: journal, jobs: jobs, now: now, rules: shipped(), patterns: shippedPatterns()}
}

// Know has c say which cases there are; without it none is found. Call it while the
// program is put together.
func (s *Service) Know(c Catalog) { s.cases = c }

// Shelve has f say which documents a case has; without it only whole files are granted.
// Call it while the program is put together.
func (s *Service) Shelve(f Shelf) { s.shelf = f }

// find returns a case for somebody who named it by key. One that the asker may not see
// and that is more than ordinary is found only by its number or code: nobody learns of
// it by its identifier.
func (s *Service) find(ctx context.Context, key string) (o policy.Object, title string, seen bool, err error) {
	if s.cases == nil {
		return o, "", false, ErrNoCase
	}
	o, title, err = s.cases.Find(ctx, key)
	if fault.From(err).Kind == fault.NotFound && err != nil {
		return o, "", false, ErrNoCase
	}
	if err != nil {
		return o, "", false, err
	}
	a, err := s.Decide(ctx, o, policy.See)
	if err == nil && !a.Allow && o.Level > 0 && key == o.Case {
		err = ErrNoCase
	}
	return o, title, a.Allow, err
}

// Ask makes a request of each case named, all alike. If one of them cannot be asked
// for, none is.
func (s *Service) Ask(ctx context.Context, in New) (out []Request, err error) {
	defer fault.Wrap(&err, "ask for a file")
	if err := auth.Require(ctx, MayAsk); err != nil {
		return nil, err
	}
	who := auth.From(ctx)
	in, err = s.tidy(in)
	if err != nil {
		return nil, err
	}
	gains := org.Staff{ID: org.StaffID(who.ID), Name: who.Name}
	if in.For != "" && string(in.For) != who.ID {
		if gains, err = s.colleague(ctx, in.For, "for", ErrAsk); err != nil {
			return nil, err
		}
	}
	now := s.now()
	base := Request{Batch: string(id.New[Request]()), Kind: Asked, State: Submitted, Office: who.Office, Requester: org.StaffID(who.ID), RequesterName: who.Name,
		Beneficiary: gains.ID, BeneficiaryName: gains.Name, Mode: in.Mode, Parts: in.Parts, Purpose: in.Purpose, Basis: in.Basis,
		From: in.From.Start().UTC(), To: in.To.Add(1).Start().UTC(), Made: now, Due: now.Add(s.rules.Request.Answer)}
	if base.From.Before(now) {
		base.From = now
	}
	var wrong fault.Check
	for _, key := range in.Cases {
		r, err := s.draft(ctx, base, key, len(in.Cases) > 1)
		if f := fault.From(err); err != nil && f.Kind != fault.Internal && len(in.Cases) > 1 {
			wrong = append(wrong, fault.Field{Name: "cases", Text: key + ": " + f.Text})
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if err := wrong.Err(ErrAsk); err != nil {
		return nil, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		for i := range out {
			if err := s.add(ctx, &out[i], "access.request"); err != nil {
				return err
			}
			if err := s.mustAct(ctx, out[i], ""); err != nil {
				return err
			}
			out[i] = s.hide(ctx, out[i])
		}
		return nil
	})
	return out, err
}

func (s *Service) tidy(in New) (New, error) {
	var cases []string
	for _, c := range in.Cases {
		if c = vn.Clean(c); c != "" && !slices.Contains(cases, c) {
			cases = append(cases, c)
		}
	}
	in.Cases, in.Purpose, in.Basis, in.Parts = cases, vn.Clean(in.Purpose), vn.Clean(in.Basis), strings.TrimSpace(in.Parts)
	today := civil.On(s.now())
	if in.From == "" {
		in.From = today
	}
	var c fault.Check
	c.Need(len(in.Cases) > 0, "cases", "Hãy ghi số vụ án hoặc mã hồ sơ điện tử.")
	c.Need(len(in.Cases) <= s.rules.Request.Most, "cases", "Quá nhiều vụ án trong một lần yêu cầu. Hãy chia thành nhiều lần.")
	c.Need(in.Mode == policy.Reads || in.Mode == policy.Copies, "mode", "Hãy chọn chỉ xem, hay cả in và tải.")
	c.Need(len([]rune(in.Purpose)) >= 10, "purpose", "Hãy ghi rõ mục đích khai thác (ít nhất 10 chữ).")
	c.Need(in.Basis != "", "basis", "Hãy ghi căn cứ: văn bản, kế hoạch hoặc điều luật.")
	_, bad := civil.Parse(string(in.From))
	_, worse := civil.Parse(string(in.To))
	c.Need(bad == nil && in.From >= today, "from", "Ngày bắt đầu phải từ hôm nay trở đi.")
	c.Need(worse == nil && in.To >= in.From, "to", "Hãy ghi ngày kết thúc, không trước ngày bắt đầu.")
	c.Need(bad != nil || worse != nil || in.To < in.From.Add(s.rules.Request.Longest), "to", "Thời gian khai thác dài quá mức cho phép. Hãy rút ngắn.")
	return in, c.Err(ErrAsk)
}

// draft is base about one case.
func (s *Service) draft(ctx context.Context, base Request, key string, many bool) (r Request, err error) {
	o, title, seen, err := s.find(ctx, key)
	if err != nil {
		return r, err
	}
	if many && !beneath(o.Path, base.Office) {
		return r, ErrAbove
	}
	if err := s.mayGain(ctx, base, o); err != nil {
		return r, err
	}
	r = base
	r.ID, r.Case, r.Title, r.Key, r.seen, r.Level, r.Owner, r.path = id.New[Request](), o.Case, title, key, seen, int(o.Level), owner(o.Path), o.Path
	return r, nil
}

// mayGain refuses who was recused, and who needs no request.
func (s *Service) mayGain(ctx context.Context, r Request, o policy.Object) error {
	out, err := s.store.recused(ctx, string(r.Beneficiary))
	if err != nil {
		return err
	}
	if slices.Contains(out, o.Case) {
		return ErrRecused
	}
	if r.Beneficiary != r.Requester {
		return nil
	}
	wants := policy.Read
	if r.Mode == policy.Copies {
		wants = policy.Copy
	}
	a, err := s.Decide(ctx, o, wants)
	if err == nil && a.Allow {
		err = ErrHave
	}
	return err
}

// add writes a new request with its number and its line of the journal.
func (s *Service) add(ctx context.Context, r *Request, verb string) (err error) {
	if r.Number, err = s.store.number(ctx, r.Owner, "PKT", civil.On(r.Made).Year()); err != nil {
		return err
	}
	if err := s.store.insert(ctx, *r); err != nil {
		return err
	}
	return s.note(ctx, *r, verb, map[string]string{"purpose": r.Purpose, "basis": r.Basis, "parts": r.Parts, "to": string(r.Beneficiary),
		"mode": string(r.Mode), "until": r.To.UTC().Format(time.RFC3339)})
}

// note writes a step of r into the journal.
func (s *Service) note(ctx context.Context, r Request, verb string, more map[string]string) error {
	if more == nil {
		more = map[string]string{}
	}
	more["number"] = r.Number
	for k, v := range more {
		if v == "" {
			delete(more, k)
		}
	}
	e := seal.Entry{Verb: verb, Object: "access/" + string(r.ID), Case: r.Case, Owner: r.path, Grant: string(r.ID), More: more}
	if auth.From(ctx).ID == "" {
		e.Actor, e.Name = program, program
	}
	return s.journal.Note(ctx, e)
}

// program is who acts where no person does: a right that ran out.
const program = "congminh"

// colleague returns somebody who works in the asker's office, or refuses the field.
func (s *Service) colleague(ctx context.Context, who org.StaffID, field string, refusal *fault.Error) (org.Staff, error) {
	all, err := s.people.Colleagues(ctx, auth.From(ctx).Office)
	if err != nil {
		return org.Staff{}, err
	}
	for _, p := range all {
		if p.ID == who && !p.Has(org.SysAdmin) {
			return p, nil
		}
	}
	var c fault.Check
	c.Need(false, field, "Hãy chọn một cán bộ đang làm việc tại đơn vị.")
	return org.Staff{}, c.Err(refusal)
}

// Open opens a file in an emergency, for the asker alone. The owner hears of it at once.
func (s *Service) Open(ctx context.Context, in Emergency) (r Request, err error) {
	defer fault.Wrap(&err, "open in an emergency")
	if err := auth.Require(ctx, MayOpen); err != nil {
		return r, err
	}
	in.Case, in.Reason = vn.Clean(in.Case), vn.Clean(in.Reason)
	var c fault.Check
	c.Need(in.Case != "", "case", "Hãy ghi số vụ án hoặc mã hồ sơ điện tử.")
	c.Need(len([]rune(in.Reason)) >= 20, "reason", "Hãy ghi rõ vì sao không thể chờ duyệt (ít nhất 20 chữ).")
	if err := c.Err(ErrAsk); err != nil {
		return r, err
	}
	who, now := auth.From(ctx), s.now()
	o, title, seen, err := s.find(ctx, in.Case)
	if err != nil {
		return r, err
	}
	if o.Level > 1 {
		return r, ErrUrgent
	}
	late, err := s.store.unreviewed(ctx, who.ID, now)
	if err != nil {
		return r, err
	}
	if late > 0 {
		return r, ErrReview
	}
	r = Request{ID: id.New[Request](), Batch: string(id.New[Request]()), Kind: Urgent, State: Active, Case: o.Case, Title: title, Key: in.Case, seen: seen, Level: int(o.Level),
		Owner: owner(o.Path), path: o.Path, Office: who.Office, Requester: org.StaffID(who.ID), RequesterName: who.Name, Beneficiary: org.StaffID(who.ID), BeneficiaryName: who.Name,
		Mode: policy.Reads, Whole: true, Purpose: in.Reason, From: now, To: now.Add(s.rules.Emergency.Lasts), Made: now, Due: now.Add(s.rules.Emergency.Review)}
	if err := s.mayGain(ctx, r, o); err != nil {
		return r, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.add(ctx, &r, "access.emergency"); err != nil {
			return err
		}
		if err := s.mustAct(ctx, r, ""); err != nil {
			return err
		}
		return Opened.Emit(ctx, s.bus, OpenedV1{r.ID, r.Case, r.Title, r.Owner, r.RequesterName, r.Purpose})
	})
	return r, err
}

// List returns requests, newest first: one's own, or those of one's office for whoever
// decides there.
func (s *Service) List(ctx context.Context, f Filter) (out page.Of[Request], err error) {
	defer fault.Wrap(&err, "list requests")
	verb := MayAsk
	if f.Box != Mine && f.Box != "" {
		verb = MayDecide
	}
	if err := auth.Require(ctx, verb); err != nil {
		return out, err
	}
	rows, err := s.store.requests(ctx, sightOf(ctx), f, s.now())
	if err != nil {
		return out, err
	}
	for i := range rows {
		rows[i] = s.hide(ctx, rows[i].at(s.now()))
	}
	return cut(rows, f), nil
}

// Waiting counts what waits for the asker to decide or review.
func (s *Service) Waiting(ctx context.Context) (int, error) {
	if !auth.From(ctx).May(MayDecide) {
		return 0, nil
	}
	return s.store.waits(ctx, sightOf(ctx))
}

func sightOf(ctx context.Context) sight {
	a := auth.From(ctx)
	return sight{a.ID, a.Office}
}

// hide takes from r what the asker may not know: of a case that they could not see when
// they asked and were not granted, only what they themselves wrote.
func (s *Service) hide(ctx context.Context, r Request) Request {
	a := auth.From(ctx)
	opened := !r.Decided.IsZero() && r.State != Approved && r.State != Refused && r.State != Withdrawn || r.Kind == Urgent
	if !r.seen && !opened && !(a.Office == r.Owner && a.May(MayDecide)) && !s.seconds(a, r) {
		r.Title, r.Case, r.Level = "", "", 0
	}
	return r
}

// seconds reports whether a may be the second to decide r, for their place alone.
func (s *Service) seconds(a auth.Actor, r Request) bool {
	if !a.May(MayDecide) {
		return false
	}
	offices := auth.Offices(r.path)
	n := len(offices)
	above := n > 1 && a.Office == offices[n-2] && (r.State == Approved || a.ID == string(r.Second))
	return a.Office == r.Owner || above
}

// party reports whether a asked, or gains.
func party(a auth.Actor, r Request) bool {
	return a.ID == string(r.Requester) || a.ID == string(r.Beneficiary)
}

// Get returns a request with what the asker may do with it.
func (s *Service) Get(ctx context.Context, rid RequestID) (v View, err error) {
	defer fault.Wrap(&err, "get request %s", rid)
	if err := auth.Require(ctx, MayAsk); err != nil {
		return v, err
	}
	r, err := s.store.request(ctx, rid)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoRequest
	}
	if err != nil {
		return v, err
	}
	return s.view(ctx, r)
}

func (s *Service) view(ctx context.Context, r Request) (v View, err error) {
	a, now := auth.From(ctx), s.now()
	r = r.at(now)
	leads := a.May(MayDecide) && a.Office == r.Owner
	if !party(a, r) && !leads && !s.seconds(a, r) {
		return v, ErrNoRequest
	}
	v = View{Request: s.hide(ctx, r), Owner: leads, Now: now, Documents: r.Documents}
	may := func(ok bool, what string) {
		if ok {
			v.May = append(v.May, what)
		}
	}
	kept, err := s.keptOut(ctx, r.Case)
	if err != nil {
		return v, err
	}
	judge := !party(a, r) && !kept
	may(r.State == Submitted && leads && judge, "decide")
	may(r.State == Approved && s.seconds(a, r) && judge && a.ID != string(r.Approver), "second")
	may((r.State == Submitted || r.State == Approved) && a.ID == string(r.Requester), "withdraw")
	may(r.State == Active && party(a, r), "close")
	may(r.State == Active && leads && !party(a, r), "revoke")
	may(r.Kind == Urgent && r.Review == Unreviewed && leads && judge, "review")
	v.Waiting = waitsFor(r)
	if r.State == Active && a.ID == string(r.Beneficiary) && s.shelf != nil {
		all, err := s.shelf.Documents(ctx, r.Case)
		if err != nil {
			return v, err
		}
		placed(v.Documents, all)
	}
	if !v.Can("decide") {
		return v, nil
	}
	all, err := s.store.batch(ctx, r.Batch)
	if err != nil {
		return v, err
	}
	for _, x := range all {
		if x.ID != r.ID && x.State == Submitted && x.Owner == r.Owner {
			v.Batch++
		}
	}
	if s.shelf != nil {
		v.Documents, err = s.shelf.Documents(ctx, r.Case)
	}
	return v, err
}

// waitsFor says in words who must act next.
func waitsFor(r Request) string {
	switch {
	case r.State == Submitted:
		return "Lãnh đạo đơn vị thụ lý duyệt"
	case r.State == Approved:
		return "Lãnh đạo thứ hai (của đơn vị thụ lý hoặc cấp trên trực tiếp) duyệt"
	case r.Kind == Urgent && r.Review == Unreviewed:
		return "Lãnh đạo đơn vị thụ lý xem xét việc mở khẩn cấp"
	}
	return ""
}

func (s *Service) keptOut(ctx context.Context, of string) (bool, error) {
	out, err := s.store.recused(ctx, auth.From(ctx).ID)
	return slices.Contains(out, of), err
}

// step does f to a request if the asker may do what with it now.
func (s *Service) step(ctx context.Context, rid RequestID, what string, f func(ctx context.Context, r *Request) error) (v View, err error) {
	defer fault.Wrap(&err, "%s request %s", what, rid)
	if err := auth.Require(ctx, MayAsk); err != nil {
		return v, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		r, err := s.store.lock(ctx, rid)
		if errors.Is(err, db.ErrNone) {
			err = ErrNoRequest
		}
		if err != nil {
			return err
		}
		if v, err = s.view(ctx, r); err != nil {
			return err
		}
		if !v.Can(what) {
			return s.why(ctx, v, what)
		}
		if err := f(ctx, &r); err != nil {
			return err
		}
		if err := s.store.save(ctx, r); err != nil {
			return err
		}
		if r, err = s.store.request(ctx, rid); err != nil {
			return err
		}
		v, err = s.view(ctx, r)
		return err
	})
	return v, err
}

// why says why the asker may not do what to v.
func (s *Service) why(ctx context.Context, v View, what string) error {
	a := auth.From(ctx)
	switch {
	case what == "decide" && v.State != Submitted, what == "second" && v.State != Approved, (what == "close" || what == "revoke") && v.State != Active,
		what == "withdraw" && v.State != Submitted && v.State != Approved, what == "review" && (v.Kind != Urgent || v.Review != Unreviewed):
		return ErrState
	case what != "close" && what != "withdraw" && (party(a, v.Request) || a.ID == string(v.Approver)):
		return ErrOwn
	}
	return auth.ErrMay
}

// Judge is the first decision, by a leader of the owner. See Second.
func (s *Service) Judge(ctx context.Context, rid RequestID, d Decision) (v View, err error) {
	v, err = s.step(ctx, rid, "decide", func(ctx context.Context, r *Request) error {
		if err := s.judge(ctx, r, &d); err != nil || !d.All {
			return err
		}
		return s.judgeBatch(ctx, *r, d)
	})
	return v, err
}

// judgeBatch decides the rest of a batch alike. A partial grant is of one file, so the
// others are then left to be decided one by one.
func (s *Service) judgeBatch(ctx context.Context, first Request, d Decision) error {
	if d.Approve && !d.Whole {
		return nil
	}
	all, err := s.store.batch(ctx, first.Batch)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.ID == first.ID || x.State != Submitted || x.Owner != first.Owner {
			continue
		}
		r, err := s.store.lock(ctx, x.ID)
		if err != nil {
			return err
		}
		v, err := s.view(ctx, r)
		if err != nil {
			return err
		}
		if !v.Can("decide") {
			continue
		}
		if err := s.judge(ctx, &r, &d); err != nil {
			return err
		}
		if err := s.store.save(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) judge(ctx context.Context, r *Request, d *Decision) error {
	a, now := auth.From(ctx), s.now()
	d.Reason = vn.Clean(d.Reason)
	var c fault.Check
	c.Need(d.Approve || d.Reason != "", "reason", "Hãy ghi lý do từ chối.")
	c.Need(!d.Approve || now.Before(r.To), "approve", "Thời gian yêu cầu đã qua. Hãy từ chối và đề nghị gửi phiếu mới.")
	var parts []Document
	if d.Approve && !d.Whole {
		var err error
		if parts, err = s.choose(ctx, r.Case, d.Documents); err != nil {
			return err
		}
		c.Need(len(parts) > 0, "document", "Hãy chọn tài liệu được mở, hoặc chọn cả hồ sơ.")
	}
	if err := c.Err(ErrDecide); err != nil {
		return err
	}
	r.Approver, r.ApproverName, r.Decided, r.Reason = org.StaffID(a.ID), a.Name, now, d.Reason
	if !d.Approve {
		return s.refuse(ctx, r)
	}
	// The level is that of today: a case may have become secret since it was asked for.
	o, _, err := s.cases.Find(ctx, r.Case)
	if err == nil && owner(o.Path) != r.Owner {
		err = ErrMoved
	}
	if err != nil {
		return err
	}
	r.Whole = d.Whole
	if err := s.store.grantDocuments(ctx, r.ID, parts); err != nil {
		return err
	}
	more := map[string]string{"reason": d.Reason, "documents": ids(parts)}
	if o.Level > 0 || r.Level > 0 {
		r.State, r.Due = Approved, now.Add(s.rules.Request.Answer)
		if err := s.mustAct(ctx, *r, ""); err != nil {
			return err
		}
		return s.note(ctx, *r, "access.approve", more)
	}
	return s.begin(ctx, r, "access.approve", more)
}

// refuse says no, for the reason in r.
func (s *Service) refuse(ctx context.Context, r *Request) error {
	r.State = Refused
	if err := s.decided(ctx, *r); err != nil {
		return err
	}
	return s.note(ctx, *r, "access.refuse", map[string]string{"reason": r.Reason})
}

// begin opens r from now on, or from the day asked for if that is later.
func (s *Service) begin(ctx context.Context, r *Request, verb string, more map[string]string) error {
	r.State = Active
	if now := s.now(); r.From.Before(now) {
		r.From = now
	}
	if err := s.decided(ctx, *r); err != nil {
		return err
	}
	more["from"], more["until"] = r.From.UTC().Format(time.RFC3339), r.To.UTC().Format(time.RFC3339)
	return s.note(ctx, *r, verb, more)
}

func ids(ds []Document) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.ID)
	}
	return strings.Join(out, " ")
}

// choose returns those of a case's documents that are named.
func (s *Service) choose(ctx context.Context, of string, named []string) (out []Document, err error) {
	if s.shelf == nil || len(named) == 0 {
		return nil, nil
	}
	all, err := s.shelf.Documents(ctx, of)
	for _, d := range all {
		if slices.Contains(named, d.ID) {
			out = append(out, d)
		}
	}
	return out, err
}

// Second is the decision of the second leader, for what is more than ordinary.
func (s *Service) Second(ctx context.Context, rid RequestID, d Decision) (View, error) {
	return s.step(ctx, rid, "second", func(ctx context.Context, r *Request) error {
		a, now := auth.From(ctx), s.now()
		d.Reason = vn.Clean(d.Reason)
		var c fault.Check
		c.Need(d.Approve || d.Reason != "", "reason", "Hãy ghi lý do từ chối.")
		c.Need(!d.Approve || now.Before(r.To), "approve", "Thời gian yêu cầu đã qua. Hãy từ chối và đề nghị gửi phiếu mới.")
		if err := c.Err(ErrDecide); err != nil {
			return err
		}
		r.Second, r.SecondName, r.Seconded = org.StaffID(a.ID), a.Name, now
		if d.Reason != "" {
			r.Reason = d.Reason
		}
		if !d.Approve {
			return s.refuse(ctx, r)
		}
		return s.begin(ctx, r, "access.second", map[string]string{"reason": d.Reason})
	})
}

// Withdraw takes back a request before it is decided.
func (s *Service) Withdraw(ctx context.Context, rid RequestID) (View, error) {
	return s.step(ctx, rid, "withdraw", func(ctx context.Context, r *Request) error {
		return s.end(ctx, r, Withdrawn, "access.withdraw", "")
	})
}

// Close ends a right before its time, by whoever holds it.
func (s *Service) Close(ctx context.Context, rid RequestID) (View, error) {
	return s.step(ctx, rid, "close", func(ctx context.Context, r *Request) error {
		return s.end(ctx, r, Closed, "access.close", "")
	})
}

// Revoke ends a right before its time, by the owner, who says why.
func (s *Service) Revoke(ctx context.Context, rid RequestID, why string) (View, error) {
	why = vn.Clean(why)
	return s.step(ctx, rid, "revoke", func(ctx context.Context, r *Request) error {
		var c fault.Check
		c.Need(why != "", "why", "Hãy ghi lý do thu hồi.")
		if err := c.Err(ErrDecide); err != nil {
			return err
		}
		return s.end(ctx, r, Revoked, "access.revoke", why)
	})
}

func (s *Service) end(ctx context.Context, r *Request, to State, verb, why string) error {
	r.State, r.Ended, r.EndedName, r.EndedWhy = to, s.now(), auth.From(ctx).Name, why
	return s.note(ctx, *r, verb, map[string]string{"reason": why})
}

// Review says whether an emergency was justified.
func (s *Service) Review(ctx context.Context, rid RequestID, found Review, note string) (View, error) {
	note = vn.Clean(note)
	return s.step(ctx, rid, "review", func(ctx context.Context, r *Request) error {
		var c fault.Check
		c.Need(found == Justified || found == Unjustified, "review", "Hãy chọn việc mở khẩn cấp có căn cứ hay không.")
		c.Need(found != Unjustified || note != "", "note", "Hãy ghi vì sao không có căn cứ.")
		if err := c.Err(ErrDecide); err != nil {
			return err
		}
		a := auth.From(ctx)
		r.Review, r.Reviewer, r.ReviewerName, r.ReviewNote, r.Reviewed = found, org.StaffID(a.ID), a.Name, note, s.now()
		return s.note(ctx, *r, "access.review", map[string]string{"found": string(found), "reason": note})
	})
}

// Follow has the requests of a case follow what became of it: those that wait go to the
// office that has it now, and a right that one leader gave ends when the case becomes
// one for which two are needed. The module that keeps cases calls it in the transaction
// of the change.
func (s *Service) Follow(ctx context.Context, o policy.Object) (err error) {
	defer fault.Wrap(&err, "follow case %s", o.Case)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.moveRecusals(ctx, o.Case, owner(o.Path)); err != nil {
			return err
		}
		open, err := s.store.open(ctx, o.Case)
		if err != nil {
			return err
		}
		for _, rid := range open {
			r, err := s.store.lock(ctx, rid)
			if err != nil {
				return err
			}
			if err := s.follow(ctx, r, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) follow(ctx context.Context, r Request, o policy.Object) error {
	if r.Owner != owner(o.Path) {
		was := r.Number
		r.Owner, r.path = owner(o.Path), o.Path
		var err error
		if r.Number, err = s.store.number(ctx, r.Owner, "PKT", civil.On(s.now()).Year()); err != nil {
			return err
		}
		if err := s.store.move(ctx, r); err != nil {
			return err
		}
		if err := s.note(ctx, r, "access.move", map[string]string{"was": was}); err != nil {
			return err
		}
	}
	most := policy.Level(0) // that the decisions made suffice for
	switch {
	case r.Second != "":
		most = 2
	case r.Kind == Urgent:
		most = 1
	}
	if r.at(s.now()).State != Active || o.Level <= most {
		return nil
	}
	if err := s.end(ctx, &r, Revoked, "access.revoke", "Vụ án đã chuyển sang mức phải có hai lãnh đạo duyệt"); err != nil {
		return err
	}
	return s.store.save(ctx, r)
}

// Expire writes down what ran out. Nothing waits for it: a right is over at its time.
func (s *Service) Expire(ctx context.Context) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		now := s.now()
		over, err := s.store.over(ctx, now)
		if err != nil {
			return err
		}
		for _, rid := range over {
			r, err := s.store.lock(ctx, rid)
			if err != nil {
				return err
			}
			if r.State != Active {
				continue
			}
			r = r.at(now)
			if err := s.store.save(ctx, r); err != nil {
				return err
			}
			if err := s.note(ctx, r, "access.expire", nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// Uses returns what was done under a right, oldest first, for those it is about and
// the owner.
func (s *Service) Uses(ctx context.Context, r Request) (out []Use, err error) {
	defer fault.Wrap(&err, "uses of request %s", r.ID)
	f := seal.Filter{Case: r.Case, Actor: string(r.Beneficiary), From: civil.On(r.From), To: civil.On(r.To)}
	f.Limit = 100
	if r.Case == "" {
		return nil, nil
	}
	for range 20 { // two thousand lines say enough; the journal itself has them all
		es, err := s.journal.Of(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, e := range es.Items {
			if e.Grant == string(r.ID) && !strings.HasPrefix(e.Verb, "access.") {
				out = append(out, Use{e.At, e.Verb, e.Object, detail(e.More)})
			}
		}
		if f.After = es.Next; f.After == "" {
			break
		}
	}
	slices.Reverse(out)
	return out, nil
}

func detail(more map[string]string) string {
	for _, k := range []string{"folio", "document", "words"} {
		if more[k] != "" {
			return more[k]
		}
	}
	return ""
}
