package deadline

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/criminal/ledger"
	"congminh/internal/deadline/clock"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/law"
	"congminh/internal/org"
)

// Part is one part of the first screen of the morning.
type Part string

// The parts. Whoever is held comes first: there an hour too long is a wrong that no
// later act undoes.
const (
	PartCustody   Part = "custody"   // by hours left
	PartToday     Part = "today"     // own duties
	PartDetention Part = "detention" // that end within ten days, or have ended
	PartWeek      Part = "week"
	PartBreached  Part = "breached" // after the legal end
	PartOverdue   Part = "overdue"  // after the nominal end only
	PartManual    Part = "manual"   // an end must be entered
	PartWaiting   Part = "waiting"  // for another body, within 30 days
	PartMonth     Part = "month"
)

// Parts lists the parts in the order of the screen.
var Parts = []Part{PartCustody, PartToday, PartDetention, PartWeek, PartBreached, PartOverdue, PartManual, PartWaiting, PartMonth}

// VN names p for a person.
func (p Part) VN() string {
	switch p {
	case PartCustody:
		return "Đang tạm giữ: còn bao nhiêu giờ"
	case PartBreached:
		return "Quá hạn luật định"
	case PartOverdue:
		return "Quá hạn danh nghĩa, chưa quá hạn luật định"
	case PartToday:
		return "Hết hạn hôm nay"
	case PartDetention:
		return "Tạm giam còn 10 ngày trở xuống"
	case PartWeek:
		return "Trong tuần này"
	case PartManual:
		return "Cần nhập hạn bằng tay"
	case PartWaiting:
		return "Chờ cơ quan khác"
	case PartMonth:
		return "Trong 30 ngày tới"
	}
	return string(p)
}

// part says where a clock of one's own cases stands on the screen; "" is further away.
func (k *Clock) part() Part {
	switch {
	case k.State == Manual:
		return PartManual
	case k.Held == InCustody:
		return PartCustody
	case k.Held == Detained && k.Days < 10: // the last day counts
		return PartDetention
	case k.Level == Breached:
		return PartBreached
	case k.Level == Overdue:
		return PartOverdue
	case k.Level == Later:
		return ""
	case !k.Own:
		return PartWaiting
	case k.Level == Today:
		return PartToday
	case k.Level == Week:
		return PartWeek
	}
	return PartMonth
}

// DeskFilter asks for some of the lines of the first screen.
type DeskFilter struct {
	Words string `form:"q"`
	Whose string `form:"whose"` // own, other, warned: with a warning to answer
	Sort  string `form:"sort"`  // "": nearest end; case, person
}

// Desk is the first screen of a person in the morning (việc của tôi).
type Desk struct {
	Papers []criminal.Pending // scanned papers that propose acts
	At     time.Time
	Counts Counts
	Groups []DeskGroup
	Calls  []Call  // warnings for the asker whose clock stands in none of the groups
	Warned int     // warnings that wait for an answer of the asker
	Unseen int     // letters in the box
	Shown  int     // lines
	Hidden int     // that the filter leaves out
	Lead   *Counts // of the whole office, for its leaders
	Cut    bool    // there are more than a first screen shows
}

// DeskGroup is one part with its lines.
type DeskGroup struct {
	Part   Part
	Clocks []Clock
}

// Call is a warning with its clock.
type Call struct {
	Warning Warning
	Clock   Clock
}

// deskMost is how many clocks a first screen shows at most: more in the charge of one
// person is no desk but a board.
const deskMost = 500

// Desk returns the first screen of the asker.
func (s *Service) Desk(ctx context.Context, f DeskFilter) (d Desk, err error) {
	defer fault.Wrap(&err, "desk")
	l, err := s.look(ctx, Mine)
	if err != nil {
		return d, err
	}
	d.At = s.now()
	if d.Counts, err = s.counts(ctx, l); err != nil {
		return d, err
	}
	if o := l; leadsOffice(ctx, l.path) {
		o.scope = Office
		c, err := s.counts(ctx, o)
		if err != nil {
			return d, err
		}
		d.Lead = &c
	}
	all, err := s.near(ctx, l)
	if err != nil {
		return d, err
	}
	d.Cut = len(all) >= deskMost
	by := map[Part][]Clock{}
	shown := map[ClockID]bool{}
	for _, k := range all {
		p := k.part()
		if p == "" {
			continue
		}
		shown[k.ID] = true
		if !f.pass(k, l.me) {
			d.Hidden++
			continue
		}
		by[p] = append(by[p], k)
		d.Shown++
	}
	for _, p := range Parts {
		if ks := by[p]; len(ks) > 0 {
			f.sort(p, ks)
			d.Groups = append(d.Groups, DeskGroup{p, ks})
		}
	}
	if d.Papers, err = s.cases.Pending(ctx); err != nil {
		return d, err
	}
	return d, s.calls(ctx, &d, shown)
}

// near returns the clocks of a person that end within 30 days, nearest first, and
// those that need an end.
func (s *Service) near(ctx context.Context, l look) (out []Clock, err error) {
	for _, state := range []State{Manual, Running} {
		f := Filter{State: state, Req: page.Req{Limit: 100}}
		for len(out) < deskMost {
			rows, err := s.store.rows(ctx, l, f)
			if err != nil {
				return nil, err
			}
			got := page.Cut(rows, f.Req, func(k Clock) string { return string(k.ID) })
			out = append(out, got.Items...)
			n := len(got.Items)
			if f.After = got.Next; got.Next == "" || got.Items[n-1].due > closes(string(l.month)) {
				break
			}
		}
	}
	return out, s.dress(ctx, out)
}

func (f DeskFilter) pass(k Clock, me org.StaffID) bool {
	switch f.Whose {
	case "own":
		if !k.Own {
			return false
		}
	case "other":
		if k.Own {
			return false
		}
	case "warned":
		if k.Open == nil || !k.Open.answerable(me) {
			return false
		}
	}
	text := vn.Fold(strings.Join([]string{k.Number, k.CaseName, k.Person, k.Title, k.Actor}, " "))
	for _, w := range strings.Fields(vn.Fold(f.Words)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// sort orders the lines of a part, which come nearest end first. What is overdue
// begins with one's own duties and with what can still be mended: a limit that passed
// a year ago is rather a paper that nobody entered.
func (f DeskFilter) sort(p Part, ks []Clock) {
	switch {
	case f.Sort == "case":
		slices.SortStableFunc(ks, func(a, b Clock) int { return strings.Compare(a.Number, b.Number) })
	case f.Sort == "person":
		slices.SortStableFunc(ks, func(a, b Clock) int { return strings.Compare(vn.Fold(a.Person), vn.Fold(b.Person)) })
	case p == PartBreached, p == PartOverdue:
		slices.SortStableFunc(ks, func(a, b Clock) int {
			return cmp.Or(number(b.Own)-number(a.Own), strings.Compare(b.due, a.due))
		})
	}
}

// answerable reports whether a warning waits for this person to say that they know.
func (w Warning) answerable(me org.StaffID) bool {
	return !w.Closed && w.Staff == me && (w.Life == Raised || w.Life == Delivered || w.Life == Escalated || w.Life == Failed)
}

// Extension is a lengthening that could still be granted to a clock.
type Extension struct {
	clock.Result
	Say string     // what it gives and on what it hangs, Vietnamese
	Ask civil.Date // last day to ask for it; "" where the law names none
}

// Sheet is everything the page of a clock tells.
type Sheet struct {
	Explanation
	Office      string
	Assumptions []law.Statement
	Doubts      []law.Statement
	Possible    []Extension
	EndedAct    *ledger.Act
	EndedTitle  string
	SourceTitle string
	Papers      map[string]string // address of a paper by its document
	Warnings    []WarningLog      // newest first
	Planned     []StepRow         // warnings still to be raised
	MayAct      bool
	Me          org.StaffID
	Links       []Clock // the other links of the same chain
	Today       civil.Date
}

// WarningLog is a warning with all its steps.
type WarningLog struct {
	Warning
	Steps []StepRow
}

// Sheet returns the page of a clock.
func (s *Service) Sheet(ctx context.Context, cid ClockID) (sh Sheet, err error) {
	defer fault.Wrap(&err, "sheet of clock %s", cid)
	if sh.Explanation, err = s.Explain(ctx, cid); err != nil {
		return sh, err
	}
	k := sh.Clock
	if k.Staff != "" {
		if ks, err := s.store.namedClock(ctx, cid, s.cases.Scope(ctx)); err == nil && len(ks) == 1 {
			sh.Clock.StaffName = ks[0].StaffName
		}
	}
	sh.Office, sh.Me = s.org.OfficeName(ctx, k.Office), org.StaffID(auth.From(ctx).ID)
	sh.Today = civil.On(s.now())
	sh.MayAct = auth.RequireIn(ctx, MayAct, k.path) == nil
	l, err := s.laws(ctx)
	if err != nil {
		return sh, err
	}
	sh.Assumptions, sh.Doubts = statements(l, sh.Result.Assumptions), doubts(l, sh.Explanation.Uncertain)
	_, c, err := s.cases.Ledger(ctx, k.Case)
	if err != nil {
		return sh, err
	}
	sh.Possible = possible(l, sh.Explanation, classFor(ledger.Fold(l, &c), k.Subject))
	for i := range c.Acts {
		if a := &c.Acts[i]; string(a.ID) == k.EndedBy {
			sh.EndedAct, sh.EndedTitle = a, titleOf(l, a.Kind)
		}
	}
	if sh.Source != nil {
		sh.SourceTitle = titleOf(l, sh.Source.Kind)
	}
	papers, err := s.cases.Papers(ctx, k.Case)
	if err != nil {
		return sh, err
	}
	sh.Papers = map[string]string{}
	for _, p := range papers {
		sh.Papers[p.Document] = "/dossiers/" + p.Dossier + "/read?document=" + p.Document
	}
	others, err := s.OfCase(ctx, k.Case)
	if err != nil {
		return sh, err
	}
	for _, o := range others {
		if o.ID != k.ID && o.Rule == k.Rule && o.Subject == k.Subject && o.Source == k.Source {
			sh.Links = append(sh.Links, o)
		}
	}
	steps, err := s.WarningLog(ctx, cid)
	if err != nil {
		return sh, err
	}
	for _, x := range steps {
		if x.Life == Scheduled && x.Warning == "" {
			sh.Planned = append(sh.Planned, x)
		}
	}
	sh.Warnings, err = s.log(ctx, cid)
	return sh, err
}

func titleOf(l *Law, kind string) string {
	if k, ok := l.Act(kind); ok {
		return k.Title
	}
	return kind
}

// statements puts the codes of assumptions into words.
func statements(l *Law, codes []string) (out []law.Statement) {
	for _, c := range codes {
		x := law.Statement{ID: c, Text: c}
		if found, ok := l.Assumption(c); ok {
			x = found
		}
		out = append(out, x)
	}
	return out
}

// doubts does it for uncertainties; what is no code is a text already.
func doubts(l *Law, codes []string) (out []law.Statement) {
	for _, c := range codes {
		x := law.Statement{Text: c}
		if found, ok := l.Uncertainty(c); ok {
			x = found
		}
		out = append(out, x)
	}
	return out
}

// classFor is the class of crime by which the clock of a person, or of the case, is
// lengthened.
func classFor(st ledger.State, who ledger.PartyID) string {
	for _, a := range st.Accused {
		if a.ID == who {
			return a.Class.String()
		}
	}
	return st.Class.String()
}

// possible returns what could still be granted after this link of the chain.
func possible(l *Law, e Explanation, class string) (out []Extension) {
	if !e.Clock.waits() {
		return nil
	}
	for _, r := range e.Chain {
		if r.Granted || r.Seq <= e.Clock.Seq || r.Nominal == "" {
			continue
		}
		x := Extension{Result: r}
		for _, ext := range e.Rule.Extensions {
			if ext.Seq != r.Seq || len(ext.Classes) > 0 && !slices.Contains(ext.Classes, class) {
				continue
			}
			// It is asked for before the end of the link it follows.
			if ext.Ask != nil && ext.Ask.Unit == "day" && r.Seq == e.Clock.Seq+1 {
				x.Ask = day(e.Clock.Nominal).Add(-ext.Ask.Value)
			}
			ext.Note, ext.Ask, ext.Classes = "", nil, nil // said beside it, or of the law and not of this case
			x.Say = l.SayExtension(ext)
		}
		out = append(out, x)
	}
	return out
}

// MonthDay is a day of the calendar with what is special about it.
type MonthDay struct {
	Day
	Name    string // of a holiday or of a Saturday worked
	MakeUp  bool
	Pending string // the State has not decided yet whether it is off
}

// Month returns the days of a month with their names.
func (s *Service) Month(ctx context.Context, month string, scope Scope) (out []MonthDay, err error) {
	days, err := s.Calendar(ctx, month, scope)
	if err != nil {
		return nil, err
	}
	l, err := s.laws(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		m, c := MonthDay{Day: d}, l.Calendar()
		if x, ok := c.On(d.Date); ok {
			m.Name, m.MakeUp = x.Name, c.IsWorking(d.Date)
		}
		if p, ok := c.Pending(d.Date); ok {
			m.Pending = p.Text
		}
		out = append(out, m)
	}
	return out, nil
}

// StaffCount is one line of a unit's or an office's board.
type StaffCount struct {
	Staff  org.StaffID
	Name   string
	Counts Counts
}

// ByStaff returns how many clocks of a scope stand where, by who has charge of them;
// those with the most breached first.
func (s *Service) ByStaff(ctx context.Context, scope Scope) (out []StaffCount, err error) {
	defer fault.Wrap(&err, "board %s by person", scope)
	l, err := s.look(ctx, scope)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.byStaff(ctx, l)
	if err != nil {
		return nil, err
	}
	by := map[org.StaffID]int{}
	for _, r := range rows {
		i, ok := by[r.staff]
		if !ok {
			i = len(out)
			by[r.staff] = i
			out = append(out, StaffCount{Staff: r.staff, Name: r.name})
		}
		out[i].Counts.add(r.bucket)
	}
	slices.SortStableFunc(out, func(a, b StaffCount) int {
		return cmp.Or(b.Counts.Breached-a.Counts.Breached, b.Counts.Overdue-a.Counts.Overdue, b.Counts.Today-a.Counts.Today, strings.Compare(a.Name, b.Name))
	})
	return out, nil
}

// CasePanel is the clocks of a case for its page: running ones nearest first.
type CasePanel struct {
	Case          criminal.ID
	Running, Over []Clock
}

func (s *Service) casePanel(ctx context.Context, id criminal.ID) (p CasePanel, err error) {
	ks, err := s.OfCase(ctx, id)
	p.Case = id
	for _, k := range ks {
		if k.waits() {
			p.Running = append(p.Running, k)
		} else {
			p.Over = append(p.Over, k)
		}
	}
	slices.Reverse(p.Over) // the last that ended first
	return p, err
}

// callsMost is how many warnings the first screen lists that stand in none of its
// groups; the box has all.
const callsMost = 50

// calls adds to a desk the warnings that wait for the asker: those of clocks that are
// not on it, for instance of a subordinate's case.
func (s *Service) calls(ctx context.Context, d *Desk, shown map[ClockID]bool) error {
	me := org.StaffID(auth.From(ctx).ID)
	open, err := s.store.openFor(ctx, me, callsMost+deskMost)
	if err != nil {
		return err
	}
	seen := map[ClockID]bool{}
	tags := s.cases.Scope(ctx)
	var more []Clock
	var of []Warning
	for _, w := range open { // newest first: an older one of the same clock says no more
		if !w.answerable(me) || seen[w.Clock] {
			continue
		}
		seen[w.Clock] = true
		d.Warned++
		if shown[w.Clock] || len(of) == callsMost {
			continue
		}
		ks, err := s.store.namedClock(ctx, w.Clock, tags)
		if err != nil {
			return err
		}
		if len(ks) == 0 { // corrected since, or no longer for this asker
			d.Warned--
			continue
		}
		more, of = append(more, ks[0]), append(of, w)
	}
	if err := s.dress(ctx, more); err != nil {
		return err
	}
	for i := range of {
		d.Calls = append(d.Calls, Call{of[i], more[i]})
	}
	slices.SortStableFunc(d.Calls, func(a, b Call) int { return strings.Compare(b.Clock.due, a.Clock.due) })
	d.Unseen, err = s.store.unseen(ctx, me)
	return err
}

// log returns the warnings of a clock with their steps, newest first.
func (s *Service) log(ctx context.Context, id ClockID) (out []WarningLog, err error) {
	ws, err := s.store.warningsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	steps, err := s.store.steps(ctx, id)
	for _, w := range slices.Backward(ws) {
		x := WarningLog{Warning: w}
		for _, t := range steps {
			if t.Warning == w.ID {
				x.Steps = append(x.Steps, t)
			}
		}
		out = append(out, x)
	}
	return out, err
}

// TestMail sends one mail to see whether mail goes out. What the server answers is
// told whole: whoever asks must mend it.
func (s *Service) TestMail(ctx context.Context, to string) (err error) {
	if err := auth.Require(ctx, MayManage); err != nil {
		return err
	}
	var c fault.Check
	c.Need(s.Mail != nil, "to", "Chưa cấu hình máy chủ thư.")
	c.Need(strings.Contains(to, "@") && len(to) <= 200, "to", "Hãy ghi một địa chỉ thư điện tử đúng.")
	if err := c.Err(ErrSetting); err != nil {
		return err
	}
	text := "Đây là thư thử của bộ theo dõi thời hạn. Nếu bạn đọc được, kênh thư điện tử hoạt động."
	return s.Mail.Send(ctx, Message{To: to, ID: string(id.New[Message]()), Subject: "Thư thử: theo dõi thời hạn", At: s.now(),
		Lines: []Line{{Text: text, Link: s.Base + "/system/watch"}}})
}

// Colleagues are the people of the asker's office who can stand in for them.
func (s *Service) Colleagues(ctx context.Context) (out []org.Staff, err error) {
	defer fault.Wrap(&err, "colleagues")
	me := auth.From(ctx)
	if err := auth.Require(ctx, org.MaySelf); err != nil {
		return nil, err
	}
	there, err := s.org.Colleagues(watcher(ctx), me.Office)
	for _, p := range there {
		if string(p.ID) != me.ID && !p.Has(org.SysAdmin) {
			out = append(out, p)
		}
	}
	return out, err
}

// ClockOf returns the clock of a warning that the asker may see.
func (s *Service) ClockOf(ctx context.Context, w WarningID) (_ ClockID, err error) {
	defer fault.Wrap(&err, "clock of warning %s", w)
	x, err := s.store.warning(ctx, w)
	if errors.Is(err, db.ErrNone) {
		return "", ErrWarning
	}
	if err != nil {
		return "", err
	}
	k, err := s.visible(ctx, MayRead, x.Clock)
	return k.ID, err
}

// mailError says what the mail server answered.
func mailError(err error) error {
	return refusal{ErrMail}.Need(false, "to", ErrMail.Text+" "+err.Error())
}

// ErrMail is the refusal of a test mail by its server.
var ErrMail = fault.New(fault.Invalid, "deadline.mail", "Máy chủ thư không nhận thư. Hãy xem lại cấu hình theo câu trả lời của máy chủ:")

// reasonOf puts the code of a reason of a suspension into words.
func reasonOf(l *Law, code string) string {
	for _, name := range []string{"suspend_investigation", "suspend_report"} {
		list, _ := l.List(name)
		for _, x := range list.Items {
			if x.Code == code {
				return x.Title
			}
		}
	}
	return code
}

// SuspendedFilter asks for some of the suspended cases.
type SuspendedFilter struct {
	Words string `form:"q"`
	Near  bool   `form:"near"` // prosecution is time-barred within half a year, or already
	After string `form:"after"`
}

// nearBarred is how many days before prosecution is time-barred a case is near it:
// two half-yearly reviews see it before then.
const nearBarred = 180

// suspendedMost is how many suspended cases a page shows.
const suspendedMost = 100

// SuspendedNamed is SuspendedList with the reasons in words, of the cases that pass f.
func (s *Service) SuspendedNamed(ctx context.Context, scope Scope, f SuspendedFilter) (out page.Of[Suspended], err error) {
	l, err := s.laws(ctx)
	if err != nil {
		return out, err
	}
	out.Items = []Suspended{}
	ask := Filter{Req: page.Req{Limit: suspendedMost, After: f.After}}
	for {
		got, err := s.SuspendedList(ctx, scope, ask)
		if err != nil {
			return out, err
		}
		for i, x := range got.Items {
			if x.Reason = reasonOf(l, x.Reason); !f.pass(x) {
				continue
			}
			if out.Items = append(out.Items, x); len(out.Items) == suspendedMost && (i+1 < len(got.Items) || got.Next != "") {
				out.Next = string(x.Case)
				return out, nil
			}
		}
		if ask.After = got.Next; got.Next == "" {
			return out, nil
		}
	}
}

func (f SuspendedFilter) pass(x Suspended) bool {
	if f.Near && (x.Limitation == "" || x.Days > nearBarred) {
		return false
	}
	text := vn.Fold(strings.Join([]string{x.Number, x.Name, x.Reason}, " "))
	for _, w := range strings.Fields(vn.Fold(f.Words)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// refreshDesks gives a sign to the open pages of whoever has charge of a case whose
// clocks changed.
func (s *Service) refreshDesks(ctx context.Context, e UpdatedV1) error {
	row, err := s.store.caseRow(ctx, e.Case)
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	db.AfterCommit(ctx, func() {
		s.poke(row.Staff)
		s.poke(row.Leader)
	})
	return nil
}

// Numbers returns the numbers of the cases that letters are about, of those the asker
// may see.
func (s *Service) Numbers(ctx context.Context, letters []Letter) (map[criminal.ID]string, error) {
	out := map[criminal.ID]string{}
	for _, x := range letters {
		if _, ok := out[x.Case]; ok || x.Case == "" {
			continue
		}
		c, err := s.cases.Get(ctx, x.Case)
		if err != nil && !errors.Is(err, criminal.ErrNone) {
			return nil, err
		}
		if out[x.Case] = ""; err == nil {
			out[x.Case] = c.Number + " " + c.Name
		}
	}
	return out, nil
}
