package law

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
)

// What one may do with the law as this installation uses it.
const (
	MayRead   auth.Verb = "law.read"   // see rules, days off, offences, acts
	MayManage auth.Verb = "law.manage" // confirm a rule, switch it off and on, read the files again
)

// Refusals.
var (
	ErrRule   = fault.New(fault.NotFound, "law.rule", "Không có quy tắc này.")
	ErrNone   = fault.New(fault.NotFound, "law.none", "Không có mục này trong dữ liệu pháp luật.")
	ErrReason = fault.New(fault.Invalid, "law.reason", "Xin xem lại các ô được đánh dấu.")
	ErrSwitch = fault.New(fault.Conflict, "law.switch", "Quy tắc đã ở trạng thái này. Xin tải lại trang.")
	ErrTop    = fault.New(fault.Forbidden, "law.top", "Chỉ cơ quan đứng đầu hệ thống được quyết định về quy tắc: quyết định có hiệu lực với mọi đơn vị dùng chung.")
)

// Verdict is what was decided about a rule.
type Verdict string

// The verdicts. A confirmation says that a person read the rule against the law; it
// switches nothing.
const (
	Confirmed   Verdict = "confirmed"
	SwitchedOff Verdict = "switched_off"
	SwitchedOn  Verdict = "switched_on"
)

// VN names the verdict.
func (v Verdict) VN() string {
	switch v {
	case Confirmed:
		return "Đã xác nhận"
	case SwitchedOff:
		return "Đã tắt"
	case SwitchedOn:
		return "Đã bật lại"
	}
	return string(v)
}

// Decision is one thing this installation decided about a version of a rule.
type Decision struct {
	ID      id.Of[Decision] `json:"id"`
	Rule    string          `json:"rule"`
	Version civil.Date      `json:"version"` // first day of the version
	What    Verdict         `json:"what"`
	Staff   string          `json:"staff"`
	Name    string          `json:"name"`
	Made    time.Time       `json:"made"`
	Reason  string          `json:"reason,omitempty"`
	Digest  string          `json:"digest"` // of the rule as it was then: if it differs, the rule was changed since
}

// Changed is emitted in the transaction in which the rules that are used change:
// whoever computes from them computes again. Pack, asked with the context of the
// event, answers with the change.
var Changed = event.Define[ChangedV1]("law.changed")

// ChangedV1 is the content of Changed.
type ChangedV1 struct {
	Rule    string     `json:"rule"` // "": any of them, the files were changed
	Version civil.Date `json:"version"`
	What    Verdict    `json:"what"`
}

// Service gives the law as this installation uses it.
type Service struct {
	store store
	bus   *event.Bus
	files fs.FS
	now   func() time.Time

	base   atomic.Pointer[Pack] // of the files
	used   atomic.Pointer[Pack] // with the decisions; nil: read them again
	making sync.Mutex           // one at a time makes used, or forgets it
}

// NewService returns the law of the program with files of the installation laid over
// it; nil files for none. Unsound files of the installation are refused, not an
// error: see Pack.Refused.
func NewService(d *db.DB, bus *event.Bus, files fs.FS, now func() time.Time) (*Service, error) {
	s := &Service{store: store{d}, bus: bus, files: files, now: now}
	return s, s.read()
}

// read reads the files. What is wrong with the program's own is an accident.
func (s *Service) read() error {
	var over []fs.FS
	if s.files != nil {
		over = append(over, s.files)
	}
	p, err := Load(Embedded(), over...)
	if p == nil {
		return err
	}
	s.base.Store(p)
	return nil
}

type packKey struct{}

// Pack returns the law with what this installation switched off. It is the same one
// until something changes, and costs nothing to ask for.
func (s *Service) Pack(ctx context.Context) (*Pack, error) {
	if p, ok := ctx.Value(packKey{}).(*Pack); ok {
		return p, nil
	}
	if p := s.used.Load(); p != nil {
		return p, nil
	}
	s.making.Lock()
	defer s.making.Unlock()
	if p := s.used.Load(); p != nil {
		return p, nil
	}
	all, err := s.store.decisions(db.Outside(ctx)) // a transaction that may fail leaves nothing here
	if err != nil {
		return nil, err
	}
	p := s.base.Load().decided(all)
	s.used.Store(p)
	return p, nil
}

func (s *Service) forget() {
	s.making.Lock()
	defer s.making.Unlock()
	s.used.Store(nil)
}

// Begin tells whoever computes from the law when the files are not those that were
// used last. Call it once at start, when everybody listens.
func (s *Service) Begin(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "begin law")
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx); err != nil {
			return err
		}
		p := s.base.Load()
		last, err := s.store.lastPack(ctx)
		if err != nil || last == p.Digest() {
			return err
		}
		if err := s.store.insertPack(ctx, string(id.New[Pack]()), p.Digest(), p.About.Version, s.now()); err != nil || last == "" {
			return err // the first time there is nothing to compute again
		}
		return s.emit(ctx, ChangedV1{})
	})
}

// Reread reads the files of the installation again.
func (s *Service) Reread(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "read law again")
	if err := s.manage(ctx); err != nil {
		return err
	}
	if err := s.read(); err != nil {
		return err
	}
	s.forget()
	return s.Begin(ctx)
}

// emit tells the change with a pack that has it.
func (s *Service) emit(ctx context.Context, e ChangedV1) error {
	all, err := s.store.decisions(ctx)
	if err != nil {
		return err
	}
	ctx = context.WithValue(ctx, packKey{}, s.base.Load().decided(all))
	return Changed.Emit(ctx, s.bus, e)
}

// manage is who may decide: the right, held at the top of the tree of offices.
func (s *Service) manage(ctx context.Context) error {
	if err := auth.Require(ctx, MayManage); err != nil {
		return err
	}
	if len(auth.From(ctx).Path) > 1 {
		return ErrTop
	}
	return nil
}

// MayDecide reports whether the asker may decide about rules.
func (s *Service) MayDecide(ctx context.Context) bool { return s.manage(ctx) == nil }

// Decide confirms a version of a rule, or switches it off or on. A switch needs a
// reason.
func (s *Service) Decide(ctx context.Context, rule string, version civil.Date, what Verdict, reason string) (err error) {
	defer fault.Wrap(&err, "decide on rule %s", rule)
	if err := s.manage(ctx); err != nil {
		return err
	}
	reason = vn.Clean(reason)
	var wrong fault.Check
	wrong.Need(what == Confirmed || reason != "", "reason", "Xin nêu lý do.")
	wrong.Need(len([]rune(reason)) <= 1000, "reason", "Lý do dài tối đa 1.000 chữ.")
	wrong.Need(oneOf(string(what), string(Confirmed), string(SwitchedOff), string(SwitchedOn)), "what", "Xin chọn xác nhận, tắt hoặc bật.")
	if err := wrong.Err(ErrReason); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx); err != nil {
			return err
		}
		all, err := s.store.decisions(ctx)
		if err != nil {
			return err
		}
		r, ok := s.base.Load().decided(all).rules.get(key(rule, version))
		switch {
		case !ok:
			return ErrRule
		case what == SwitchedOff && r.Status == Off, what == SwitchedOn && r.Status != Off:
			return ErrSwitch
		}
		a := auth.From(ctx)
		if err := s.store.insertDecision(ctx, Decision{id.New[Decision](), rule, version, what, a.ID, a.Name, s.now(), reason, r.Digest()}); err != nil {
			return err
		}
		db.AfterCommit(ctx, s.forget)
		return s.emit(ctx, ChangedV1{rule, version, what})
	})
}

// Filter picks rules for a list.
type Filter struct {
	Words      string `form:"q"`
	Stage      string `form:"stage"`
	Confidence string `form:"confidence"`
	Status     string `form:"status"` // active, unverified, off, unconfirmed
	Own        bool   `form:"own"`
	Past       bool   `form:"past"` // also versions no longer in force
}

// Find returns the rules that pass f, as they are in force on day; with Past every
// version.
func (p *Pack) Find(f Filter, day civil.Date) (out []Rule) {
	words := strings.Fields(vn.Fold(f.Words))
	for _, r := range p.rules.items {
		ended := r.To != "" && r.To < day
		switch {
		case ended && !f.Past,
			f.Stage != "" && r.Stage != f.Stage,
			f.Confidence != "" && string(r.Confidence) != f.Confidence,
			f.Own && !r.Own,
			!p.stands(r, f.Status),
			!hasAll(vn.Fold(strings.Join([]string{r.ID, r.Title, r.TriggerText, r.Actor, r.Notes, citesVN(r.Citations)}, " ")), words):
			continue
		}
		out = append(out, r)
	}
	return out
}

func (p *Pack) stands(r Rule, status string) bool {
	switch status {
	case "":
		return true
	case "unconfirmed":
		_, ok := p.Confirmation(r)
		return !ok
	}
	return string(r.Status) == status
}

func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Confirmation returns the last decision by which a person confirmed the rule with
// the content it has now.
func (p *Pack) Confirmation(r Rule) (Decision, bool) {
	for _, d := range p.Decisions(r.ID, r.From) {
		if d.What == Confirmed && d.Digest == r.Digest() {
			return d, true
		}
	}
	return Decision{}, false
}

// FindOffences returns the articles in force on day, of a chapter if one is named,
// whose number or words are asked for: at most limit, and how many there are in all.
func (p *Pack) FindOffences(asked, chapter string, day civil.Date, limit int) (out []Offence, n int) {
	words := strings.Fields(vn.Fold(asked))
	if len(words) > 1 && (words[0] == "dieu" || words[0] == "d") {
		words = words[1:]
	}
	for _, o := range p.offences.items {
		if !in(o.From, o.To, day) || chapter != "" && o.Chapter != chapter ||
			!(len(words) == 1 && words[0] == o.Article || hasAll(vn.Fold(o.Title), words)) {
			continue
		}
		if n++; n <= limit {
			out = append(out, o)
		}
	}
	return out, n
}

// Wordings returns the history of an article, oldest first.
func (p *Pack) Wordings(article string) (out []Offence) {
	for _, i := range p.wordings[article] {
		out = append(out, p.offences.items[i])
	}
	return out
}

// FindActs returns the acts of a group whose words are asked for.
func (p *Pack) FindActs(asked, group string) (out []ActKind) {
	words := strings.Fields(vn.Fold(asked))
	for _, a := range p.acts.items {
		if (group == "" || a.Group == group) && hasAll(vn.Fold(a.Code+" "+a.Title+" "+citesVN(a.Citation)), words) {
			out = append(out, a)
		}
	}
	return out
}

// IsProblems returns what is wrong with files, if that is what err says.
func IsProblems(err error) (Problems, bool) { return errors.AsType[Problems](err) }
