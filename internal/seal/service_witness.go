package seal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/vn"
	"congminh/internal/seal/tree"
	"congminh/internal/seal/witness"
)

// PeerID names a peer.
type PeerID = id.Of[Peer]

// PeerState is where a peer stands.
type PeerState string

// A peer is proposed by one person and comes with the yes of another, and so it goes.
const (
	PeerAsked   PeerState = "asked"
	PeerActive  PeerState = "active"
	PeerLeaving PeerState = "leaving"
	PeerGone    PeerState = "gone"
)

// Alarm is what nobody may overlook about a peer.
type Alarm string

// The alarms.
const (
	AlarmFork   Alarm = "fork"   // it holds a head that the journal here does not grow from
	AlarmTheirs Alarm = "theirs" // it signed heads of its own journal that contradict each other
	AlarmLate   Alarm = "late"   // it was not reached for a day
)

// lateAfter is how long a witness may be out of reach before it is an alarm.
const lateAfter = 24 * time.Hour

// Peer is an office (đơn vị đối chứng) that keeps the heads of this journal
// (WitnessKey), whose journal's heads are kept here (LogKey), or both.
type Peer struct {
	ID         PeerID    `json:"id"`
	Name       string    `json:"name"`
	URL        string    `json:"url,omitempty" doc:"Where its Công Minh is served; of a witness"`
	LogKey     string    `json:"log_key,omitempty"`
	WitnessKey string    `json:"witness_key,omitempty"`
	Origin     string    `json:"origin,omitempty" doc:"Name of its journal"`
	State      PeerState `json:"state" enum:"asked,active,leaving"`

	AskedBy    string     `json:"asked_by"`
	AskedName  string     `json:"asked_name"`
	AskedAt    time.Time  `json:"asked_at"`
	AgreedBy   string     `json:"agreed_by,omitempty"`
	AgreedName string     `json:"agreed_name,omitempty"`
	AgreedAt   *time.Time `json:"agreed_at,omitempty"`

	Sent    int64      `json:"sent" doc:"Size of the last head of ours it countersigned"`
	Reached *time.Time `json:"reached,omitempty" doc:"When it last did"`
	Tried   *time.Time `json:"tried,omitempty"`
	Trouble string     `json:"trouble,omitempty" doc:"Why the last try failed"`

	Seen   int64      `json:"seen" doc:"Size of its last head that was seen here; -1: none"`
	SeenAt *time.Time `json:"seen_at,omitempty"`

	Alarm     Alarm      `json:"alarm,omitempty"`
	AlarmAt   *time.Time `json:"alarm_at,omitempty"`
	AlarmText string     `json:"alarm_text,omitempty"`

	owner string // path of the office that answers for it
}

// NewPeer is a peer somebody proposes.
type NewPeer struct {
	Name       string `form:"name"`
	URL        string `form:"url"`
	LogKey     string `form:"log_key"`
	WitnessKey string `form:"witness_key"`
}

// How the exchange says no to a person.
var (
	ErrNoPeer = fault.New(fault.NotFound, "seal.no-peer", "Không tìm thấy đơn vị đối chứng này.")
	ErrPeer   = fault.New(fault.Invalid, "seal.peer", "Thông tin đơn vị đối chứng chưa đúng.")
	ErrTwo    = fault.New(fault.Forbidden, "seal.two", "Việc này cần người thứ hai: người đề nghị không tự xác nhận được.")
	ErrMoved  = fault.New(fault.Conflict, "seal.moved", "Đơn vị đối chứng đã được người khác thay đổi. Hãy tải lại trang.")
)

// Peers returns the offices heads are exchanged with.
func (s *Service) Peers(ctx context.Context) (out []Peer, err error) {
	defer fault.Wrap(&err, "witnesses")
	if err := auth.Require(ctx, MayKeys); err != nil {
		return nil, err
	}
	return s.store.peers(ctx)
}

// ProposePeer has an office wait for the yes of a second person.
func (s *Service) ProposePeer(ctx context.Context, in NewPeer) (err error) {
	defer fault.Wrap(&err, "propose a witness")
	if err := auth.Require(ctx, MayKeys); err != nil {
		return err
	}
	p, err := s.newPeer(in)
	if err != nil {
		return err
	}
	a := auth.From(ctx)
	p.ID, p.State, p.AskedBy, p.AskedName, p.AskedAt, p.owner = id.New[Peer](), PeerAsked, a.ID, a.Name, s.now(), pathOf(a)
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		known, err := s.store.peers(ctx)
		if err != nil {
			return err
		}
		var c fault.Check
		for _, k := range known {
			c.Need(p.Origin == "" || k.Origin != p.Origin, "log_key", "Nhật ký này đã có trong danh sách. Hãy gỡ đơn vị cũ trước khi khai báo lại.")
			c.Need(p.WitnessKey == "" || k.WitnessKey != p.WitnessKey, "witness_key", "Khóa này đã có trong danh sách.")
		}
		if err := c.Err(ErrPeer); err != nil {
			return err
		}
		if err := s.store.addPeer(ctx, p); err != nil {
			return err
		}
		return s.notePeer(ctx, p, "seal.witness.propose", nil)
	})
}

// newPeer reads what a person typed.
func (s *Service) newPeer(in NewPeer) (p Peer, err error) {
	p = Peer{Name: vn.Clean(in.Name), URL: strings.TrimRight(strings.TrimSpace(in.URL), "/"), LogKey: strings.TrimSpace(in.LogKey), WitnessKey: strings.TrimSpace(in.WitnessKey)}
	var c fault.Check
	c.Need(p.Name != "" && len([]rune(p.Name)) <= 200, "name", "Hãy ghi tên đơn vị.")
	c.Need(p.LogKey != "" || p.WitnessKey != "", "log_key", "Hãy ghi khóa nhật ký, khóa đối chứng, hoặc cả hai.")
	if p.LogKey != "" {
		v, err := tree.ParseVerifier(p.LogKey)
		c.Need(err == nil && !v.Witness(), "log_key", "Không phải khóa của một nhật ký. Hãy chép nguyên dòng mà đơn vị ấy công bố.")
		if err == nil {
			p.Origin = v.Name()
			c.Need(p.Origin != s.Origin(), "log_key", "Đây là khóa của chính nhật ký này.")
		}
	}
	if p.WitnessKey != "" {
		v, err := tree.ParseVerifier(p.WitnessKey)
		c.Need(err == nil && v.Witness(), "witness_key", "Không phải khóa đối chứng. Hãy chép nguyên dòng mà đơn vị ấy công bố.")
		u, bad := url.Parse(p.URL)
		c.Need(bad == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && len(p.URL) <= 300,
			"url", "Hãy ghi địa chỉ Công Minh của đơn vị ấy, bắt đầu bằng https:// hoặc http://.")
	}
	return p, c.Err(ErrPeer)
}

// AgreePeer is the yes of the second person: a proposed peer comes, a leaving one goes.
func (s *Service) AgreePeer(ctx context.Context, id PeerID) (err error) {
	defer fault.Wrap(&err, "agree to witness %s", id)
	to := map[PeerState]PeerState{PeerAsked: PeerActive, PeerLeaving: PeerGone}
	verb := map[PeerState]string{PeerAsked: "seal.witness.add", PeerLeaving: "seal.witness.remove"}
	return s.movePeer(ctx, id, func(p *Peer, a auth.Actor) (PeerState, string, error) {
		if p.AskedBy == a.ID {
			return "", "", ErrTwo
		}
		now := s.now()
		p.AgreedBy, p.AgreedName, p.AgreedAt = a.ID, a.Name, &now
		return to[p.State], verb[p.State], nil
	})
}

// DropPeer takes a proposal back: of a peer that was to come, or to go. Of an active
// one it proposes that it goes.
func (s *Service) DropPeer(ctx context.Context, id PeerID) (err error) {
	defer fault.Wrap(&err, "drop witness %s", id)
	to := map[PeerState]PeerState{PeerAsked: PeerGone, PeerLeaving: PeerActive, PeerActive: PeerLeaving}
	verb := map[PeerState]string{PeerAsked: "seal.witness.refuse", PeerLeaving: "seal.witness.stay", PeerActive: "seal.witness.leave"}
	return s.movePeer(ctx, id, func(p *Peer, a auth.Actor) (PeerState, string, error) {
		if p.State == PeerActive {
			p.AskedBy, p.AskedName, p.AskedAt = a.ID, a.Name, s.now()
		}
		return to[p.State], verb[p.State], nil
	})
}

func (s *Service) movePeer(ctx context.Context, id PeerID, how func(*Peer, auth.Actor) (to PeerState, verb string, err error)) error {
	if err := auth.Require(ctx, MayKeys); err != nil {
		return err
	}
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.peer(ctx, id)
		if errors.Is(err, db.ErrNone) {
			return ErrNoPeer
		}
		if err != nil {
			return err
		}
		to, verb, err := how(&p, auth.From(ctx))
		if err == nil && to == "" {
			err = ErrMoved
		}
		if err != nil {
			return err
		}
		if ok, err := s.store.movePeer(ctx, p, to); err != nil || !ok {
			return errors.Join(err, ErrMoved)
		}
		return s.notePeer(ctx, p, verb, nil)
	})
}

// notePeer tells the journal about a peer.
func (s *Service) notePeer(ctx context.Context, p Peer, verb string, more map[string]string) error {
	e := Entry{Verb: verb, Object: "witness/" + string(p.ID), Owner: p.owner, More: map[string]string{"witness": p.Name}}
	if auth.From(ctx).ID == "" {
		e.Actor = "seal.witness"
	}
	for k, v := range map[string]string{"log": p.LogKey, "key": p.WitnessKey, "address": p.URL} {
		if v != "" {
			e.More[k] = v
		}
	}
	for k, v := range more {
		e.More[k] = v
	}
	return s.Note(ctx, e)
}

// raise tells an alarm about a peer, once, with what shows it. One about a journal that
// was changed is not replaced by another.
func (s *Service) raise(ctx context.Context, id PeerID, alarm Alarm, text string, more map[string]string) error {
	return s.alarm(ctx, id, func(p Peer) bool { return p.Alarm == "" || p.Alarm == AlarmLate && alarm != AlarmLate },
		func(ctx context.Context, p Peer) error {
			now := s.now()
			if err := s.store.alarm(ctx, id, alarm, &now, text); err != nil {
				return err
			}
			return s.notePeer(ctx, p, "seal.alarm."+string(alarm), with(more, "detail", text))
		})
}

// calm ends an alarm about a peer, if it is one of those given.
func (s *Service) calm(ctx context.Context, id PeerID, over ...Alarm) error {
	return s.alarm(ctx, id, func(p Peer) bool { return slices.Contains(over, p.Alarm) },
		func(ctx context.Context, p Peer) error {
			if err := s.store.alarm(ctx, id, "", nil, ""); err != nil {
				return err
			}
			return s.notePeer(ctx, p, "seal.alarm.over", map[string]string{"detail": p.AlarmText})
		})
}

func (s *Service) alarm(ctx context.Context, id PeerID, when func(Peer) bool, do func(context.Context, Peer) error) error {
	return s.store.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.peer(ctx, id)
		if errors.Is(err, db.ErrNone) || err == nil && !when(p) {
			return nil
		}
		if err != nil {
			return err
		}
		return do(ctx, p)
	})
}

func with(m map[string]string, k, v string) map[string]string {
	out := map[string]string{k: v}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// Alarms returns the peers about which there is an alarm. It holds no content: whoever
// reads the journal or keeps its keys is told.
func (s *Service) Alarms(ctx context.Context) (out []Peer, err error) {
	ps, err := s.store.peers(ctx)
	for _, p := range ps {
		if p.Alarm != "" {
			out = append(out, p)
		}
	}
	return out, err
}

// perMinute is how many heads of one journal are looked at in a minute: it signs one.
const perMinute = 30

// desk counts what journals ask of the witness, by their origin.
type desk struct {
	mu     sync.Mutex
	minute int64
	asked  map[string]int
}

// busy reports that a journal asks too often.
func (d *desk) busy(origin string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m := now.Unix() / 60; m != d.minute || d.asked == nil {
		d.minute, d.asked = m, map[string]int{}
	}
	d.asked[origin]++
	return d.asked[origin] > perMinute
}

// AddCheckpoint is this installation as a witness: it looks whether the new head of a
// journal it was told of grew from the last one, keeps it, and only then signs it. A head
// that does not fit, signed by the journal itself, is an alarm. The error is an accident;
// what the journal is told is in Said.
func (s *Service) AddCheckpoint(ctx context.Context, body []byte) (out witness.Said, err error) {
	defer fault.Wrap(&err, "add-checkpoint")
	if s.keys.Witness == nil {
		return witness.Unknown("this installation is no witness"), nil
	}
	in, err := tree.ParseSubmission(body)
	if err != nil {
		return witness.Malformed("not a request of add-checkpoint (c2sp.org/tlog-witness)"), nil
	}
	p, err := s.store.journalPeer(ctx, tree.Origin(in.Checkpoint))
	if errors.Is(err, db.ErrNone) {
		return witness.Unknown("this journal is not witnessed here"), nil
	}
	if err != nil {
		return out, err
	}
	if s.desk.busy(p.Origin, s.now()) {
		return witness.Busy(), nil
	}
	log, err := tree.ParseVerifier(p.LogKey)
	if err != nil {
		return out, err
	}
	head, err := tree.Open(in.Checkpoint, log)
	if err != nil {
		return witness.Unsigned("the head is not signed by the key known here"), nil
	}
	if in.Old > head.Size {
		return witness.Malformed("the old size is larger than the new one"), nil
	}
	wrong := ""
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		out, wrong, err = s.look(ctx, p, log, in, head)
		return err
	})
	if err != nil {
		return out, err
	}
	if wrong != "" {
		return out, s.raise(ctx, p.ID, AlarmTheirs, wrong, map[string]string{"head": string(in.Checkpoint)})
	}
	if out.Status != 0 {
		return out, nil
	}
	if p.Alarm == AlarmTheirs {
		if err := s.calm(ctx, p.ID, AlarmTheirs); err != nil {
			return out, err
		}
	}
	signed, err := tree.Cosign(head, s.keys.Witness)
	if err != nil {
		return out, err
	}
	return witness.Signed(signed[len(in.Checkpoint):]), nil
}

// look compares a signed head with the one that was seen last, and keeps it if it fits.
// wrong tells a head that contradicts it.
func (s *Service) look(ctx context.Context, p Peer, log *tree.Verifier, in tree.Submission, head tree.Signed) (out witness.Said, wrong string, err error) {
	known, err := s.store.seen(ctx, p.Origin)
	if err != nil {
		return out, "", err
	}
	if known.size != in.Old {
		return witness.Conflict(known.size), "", nil
	}
	var was tree.Signed
	if known.note != "" {
		// The journal may have another key now: what was kept was checked when it came.
		if was.Checkpoint, err = tree.ParseCheckpoint(textOf(known.note)); err != nil {
			return out, "", err
		}
	}
	switch {
	case known.note != "" && in.Old == head.Size && was.Root != head.Root:
		return witness.Conflict(known.size), fmt.Sprintf("nhật ký ký hai đầu khác nhau ở cùng cỡ %d dòng", head.Size), nil
	case known.note != "" && in.Old == head.Size:
		if len(in.Proof) > 0 {
			return witness.Unproven("a proof where none is needed"), "", nil
		}
		return out, "", nil
	case in.Old == 0:
		if len(in.Proof) > 0 {
			return witness.Unproven("a proof where none is needed"), "", nil
		}
	default:
		if tree.CheckConsistency(in.Proof, head.Size, head.Root, was.Size, was.Root) != nil {
			return witness.Unproven("the head did not grow from the one seen before"),
				fmt.Sprintf("đầu mới (%d dòng) không nối tiếp đầu đã thấy (%d dòng)", head.Size, was.Size), nil
		}
	}
	ok, err := s.store.see(ctx, p.Origin, log.String(), known, sight{head.Size, string(in.Checkpoint)}, s.now())
	if err == nil && !ok {
		known, err = s.store.seen(ctx, p.Origin)
		return witness.Conflict(known.size), "", err
	}
	return out, "", err
}

// textOf is what was signed of a note.
func textOf(note string) string {
	text, _, _ := strings.Cut(note, "\n\n")
	return text + "\n"
}

// WitnessKey is the text others check this installation's countersignatures with; "" if
// it is no witness.
func (s *Service) WitnessKey() string {
	if s.keys.Witness == nil {
		return ""
	}
	return s.keys.Witness.VerifierKey()
}

// Exchange hands the last head to every witness that does not have it. One that fails
// stops no other; what it failed at is kept with it.
func (s *Service) Exchange(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "hand heads to witnesses")
	h, err := s.Last(ctx)
	if errors.Is(err, ErrNoHead) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.hand(ctx, h)
}

func (s *Service) hand(ctx context.Context, h Head) error {
	ps, err := s.store.peers(ctx)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, len(ps))
	for i, p := range ps {
		if p.WitnessKey == "" || p.State == PeerAsked || p.Sent == h.Size && p.Alarm != AlarmFork && p.Reached != nil && s.now().Sub(*p.Reached) < time.Hour {
			continue
		}
		all.Go(func() { errs[i] = s.handTo(ctx, p, h) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// handTo hands a head to one witness and keeps what came of it.
func (s *Service) handTo(ctx context.Context, p Peer, h Head) error {
	fork, err := s.submit(ctx, p, h)
	switch {
	case fork != "":
		if err := s.store.tried(ctx, p.ID, s.now(), fork); err != nil {
			return err
		}
		return s.raise(ctx, p.ID, AlarmFork, fork, map[string]string{"head": h.Note})
	case err == nil && p.Alarm != "":
		return s.calm(ctx, p.ID, AlarmFork, AlarmLate)
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return err
	}
	if err := s.store.tried(ctx, p.ID, s.now(), err.Error()); err != nil {
		return err
	}
	since := p.AgreedAt
	if p.Reached != nil {
		since = p.Reached
	}
	if since != nil && s.now().Sub(*since) >= lateAfter {
		return s.raise(ctx, p.ID, AlarmLate, "đã quá một ngày không liên lạc được: "+err.Error(), nil)
	}
	return nil
}

// submit has a witness countersign a head, from the size it has. fork tells that what it
// has is not how this journal began.
func (s *Service) submit(ctx context.Context, p Peer, h Head) (fork string, err error) {
	key, err := tree.ParseVerifier(p.WitnessKey)
	if err != nil {
		return "", err
	}
	log, err := tree.ParseVerifier(s.LogKey(ctx))
	if err != nil {
		return "", err
	}
	old := min(p.Sent, h.Size)
	for range 3 {
		in := tree.Submission{Old: old, Checkpoint: []byte(h.Note)}
		if in.Proof, err = tree.ProveConsistency(s.store.reader(ctx), old, h.Size); err != nil {
			return "", err
		}
		said, err := s.keys.Reach(ctx, p.URL, in.Marshal())
		switch {
		case err != nil:
			return "", err
		case said.OK():
			return "", s.keepCosigned(ctx, p, h, log, key, said.Body)
		case said.Broken():
			return fmt.Sprintf("nhật ký ở đây không nối tiếp đầu %d dòng mà đơn vị đối chứng giữ", old), nil
		case !said.Stale():
			return "", said.Err()
		}
		size, err := said.Size()
		switch {
		case err != nil:
			return "", err
		case size == old && size == h.Size:
			return fmt.Sprintf("đơn vị đối chứng giữ một đầu nhật ký %d dòng khác với đầu ở đây", size), nil
		case size > h.Size:
			return s.beyond(ctx, size)
		}
		old = size
	}
	return "", errors.New("đơn vị đối chứng đổi số dòng đã biết liên tục")
}

// beyond judges a witness that has seen more than the head that was handed to it: another
// of our machines was faster, or the journal here has lost its end.
func (s *Service) beyond(ctx context.Context, size int64) (fork string, err error) {
	here, err := s.store.size(ctx)
	if err != nil || here >= size {
		return "", err
	}
	return fmt.Sprintf("đơn vị đối chứng giữ một đầu nhật ký %d dòng, ở đây chỉ còn %d dòng", size, here), nil
}

func (s *Service) keepCosigned(ctx context.Context, p Peer, h Head, log, key *tree.Verifier, body []byte) error {
	for line := range strings.Lines(string(body)) {
		signed, err := tree.Open([]byte(h.Note+line), log, key)
		if err != nil {
			continue
		}
		if at, ok := signed.Cosigned[key.Name()]; ok {
			if d := at.Sub(s.now()); d > time.Hour || d < -time.Hour {
				return fmt.Errorf("đồng hồ lệch: đơn vị đối chứng ghi %s", at.Format(time.RFC3339))
			}
			return s.store.db.Tx(ctx, func(ctx context.Context) error {
				return s.store.cosigned(ctx, p, h.Size, key.String(), line, s.now())
			})
		}
	}
	return errors.New("câu trả lời không có chữ ký của khóa đối chứng đã khai báo")
}

// Witnessed is h with what witnesses signed under it, and when they did.
func (s *Service) Witnessed(ctx context.Context, h Head) (Head, error) {
	hs, err := s.witnessed(ctx, []Head{h})
	if err != nil {
		return h, err
	}
	return hs[0], nil
}

// witnessed puts countersignatures under heads, the newest first.
func (s *Service) witnessed(ctx context.Context, hs []Head) ([]Head, error) {
	if len(hs) == 0 {
		return hs, nil
	}
	cs, err := s.store.cosignatures(ctx, hs[len(hs)-1].Size, hs[0].Size)
	if err != nil {
		return nil, err
	}
	for i := range hs {
		for _, c := range cs {
			if c.size == hs[i].Size {
				hs[i].Note += c.line
				name, _, _ := strings.Cut(c.witness, "+")
				hs[i].Witnesses = append(hs[i].Witnesses, Cosigned{Name: name, Key: c.witness, At: c.at})
			}
		}
	}
	return hs, nil
}

// Cosigned is a countersignature under a head.
type Cosigned struct {
	Name string    `json:"name"`
	Key  string    `json:"key"`
	At   time.Time `json:"at"`
}
