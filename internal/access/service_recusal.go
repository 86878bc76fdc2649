package access

import (
	"context"
	"errors"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

// How recusals are refused.
var (
	ErrRecusal   = fault.New(fault.Invalid, "access.recusal", "Thông tin chưa đủ. Hãy chọn cán bộ của đơn vị thụ lý, ghi lý do và căn cứ.")
	ErrNoRecusal = fault.New(fault.NotFound, "access.no-recusal", "Không tìm thấy việc từ chối, thay đổi này, hoặc người đó không còn bị loại khỏi vụ án.")
	ErrTwice     = fault.New(fault.Conflict, "access.recused-already", "Người này đã bị loại khỏi vụ án.")
)

// RecusalID identifies a recusal.
type RecusalID = id.Of[Recusal]

// RecusalKind is whose doing it was.
type RecusalKind string

// The kinds.
const (
	Declined RecusalKind = "refused"  // the person declined (từ chối tiến hành tố tụng)
	Replaced RecusalKind = "replaced" // a leader replaced them (bị thay đổi)
)

// RecusalKinds lists them.
var RecusalKinds = []RecusalKind{Declined, Replaced}

// VN names k for a person.
func (k RecusalKind) VN() string {
	switch k {
	case Declined:
		return "Từ chối tiến hành tố tụng"
	case Replaced:
		return "Bị thay đổi"
	}
	return string(k)
}

// Recusal is somebody who had to leave a case (từ chối, thay đổi người tiến hành tố
// tụng). While it lasts they are kept out of it, whatever they were granted.
type Recusal struct {
	ID          RecusalID   `json:"id"`
	Case        string      `json:"case"`
	Title       string      `json:"title"`
	Staff       org.StaffID `json:"staff"`
	Name        string      `json:"name"`
	Kind        RecusalKind `json:"kind" enum:"refused,replaced"`
	Reason      string      `json:"reason"`
	Basis       string      `json:"basis" doc:"Legal basis"`
	At          time.Time   `json:"at"`
	By          string      `json:"by"`
	Ended       time.Time   `json:"ended,omitzero"`
	EndedBy     string      `json:"ended_by,omitempty"`
	EndedReason string      `json:"ended_reason,omitempty"`
	EndedBasis  string      `json:"ended_basis,omitempty"`

	owner auth.Office
}

// NewRecusal is a recusal as a leader enters it.
type NewRecusal struct {
	Case   string      `json:"case" form:"case" maxLength:"100"`
	Staff  org.StaffID `json:"staff" form:"staff" maxLength:"64"`
	Kind   RecusalKind `json:"kind" form:"kind" enum:"refused,replaced"`
	Reason string      `json:"reason" form:"reason" maxLength:"500"`
	Basis  string      `json:"basis" form:"basis" maxLength:"300"`
}

// EndRecusal says why somebody may come back.
type EndRecusal struct {
	Reason string `json:"reason" form:"reason" maxLength:"500"`
	Basis  string `json:"basis" form:"basis" maxLength:"300"`
}

// RecusalFilter asks for some of the recusals in cases of one's office, newest first.
type RecusalFilter struct {
	page.Req
	Case  string `query:"case" form:"case" maxLength:"100" doc:"Number, code or identifier"`
	Ended bool   `query:"ended" form:"ended" doc:"Those that ended"`
}

// Recuse keeps somebody out of a case from now on, whatever they were granted.
func (s *Service) Recuse(ctx context.Context, in NewRecusal) (x Recusal, err error) {
	defer fault.Wrap(&err, "recuse %s", in.Staff)
	if err := auth.Require(ctx, MayDecide); err != nil {
		return x, err
	}
	in.Case, in.Reason, in.Basis = vn.Clean(in.Case), vn.Clean(in.Reason), vn.Clean(in.Basis)
	var c fault.Check
	c.Need(in.Case != "", "case", "Hãy ghi số vụ án hoặc mã hồ sơ điện tử.")
	c.Need(in.Staff != "", "staff", "Hãy chọn một cán bộ đang làm việc tại đơn vị.")
	c.Need(in.Kind == Declined || in.Kind == Replaced, "kind", "Hãy chọn từ chối hay bị thay đổi.")
	c.Need(in.Reason != "", "reason", "Hãy ghi lý do.")
	c.Need(in.Basis != "", "basis", "Hãy ghi căn cứ: văn bản, kế hoạch hoặc điều luật.")
	if err := c.Err(ErrRecusal); err != nil {
		return x, err
	}
	o, title, err := s.led(ctx, in.Case)
	if err != nil {
		return x, err
	}
	p, err := s.colleague(ctx, in.Staff, "staff", ErrRecusal)
	if err != nil {
		return x, err
	}
	x = Recusal{ID: id.New[Recusal](), Case: o.Case, Title: title, owner: owner(o.Path), Staff: p.ID, Name: p.Name, Kind: in.Kind, Reason: in.Reason, Basis: in.Basis,
		At: s.now().UTC(), By: auth.From(ctx).Name}
	return x, s.store.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.recuse(ctx, x)
		if err == nil && n == 0 {
			err = ErrTwice
		}
		if err != nil {
			return err
		}
		return s.journal.Note(ctx, seal.Entry{Verb: "access.recuse", Object: "staff/" + string(p.ID), Case: o.Case, Owner: o.Path,
			More: map[string]string{"kind": string(x.Kind), "reason": x.Reason, "basis": x.Basis}})
	})
}

// Unrecuse lets somebody back. Nobody lets themselves back: who is kept out does not
// find the case.
func (s *Service) Unrecuse(ctx context.Context, rid RecusalID, in EndRecusal) (x Recusal, err error) {
	defer fault.Wrap(&err, "end recusal %s", rid)
	if x, err = s.Recusal(ctx, rid); err != nil {
		return x, err
	}
	if !x.Ended.IsZero() {
		return x, ErrNoRecusal
	}
	in.Reason, in.Basis = vn.Clean(in.Reason), vn.Clean(in.Basis)
	var c fault.Check
	c.Need(in.Reason != "", "reason", "Hãy ghi lý do.")
	c.Need(in.Basis != "", "basis", "Hãy ghi căn cứ: văn bản, kế hoạch hoặc điều luật.")
	if err := c.Err(ErrRecusal); err != nil {
		return x, err
	}
	x.Ended, x.EndedBy, x.EndedReason, x.EndedBasis = s.now().UTC(), auth.From(ctx).Name, in.Reason, in.Basis
	o, _, err := s.led(ctx, x.Case)
	if err != nil {
		return x, err
	}
	return x, s.store.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.unrecuse(ctx, x)
		if err == nil && n == 0 {
			err = ErrNoRecusal
		}
		if err != nil {
			return err
		}
		return s.journal.Note(ctx, seal.Entry{Verb: "access.unrecuse", Object: "staff/" + string(x.Staff), Case: o.Case, Owner: o.Path,
			More: map[string]string{"reason": in.Reason, "basis": in.Basis}})
	})
}

// Recusal returns one recusal, to the leaders of the office that has the case.
func (s *Service) Recusal(ctx context.Context, rid RecusalID) (x Recusal, err error) {
	if err := auth.Require(ctx, MayDecide); err != nil {
		return x, err
	}
	x, err = s.store.recusal(ctx, rid)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoRecusal
	}
	if err != nil {
		return Recusal{}, err
	}
	if _, _, err := s.led(ctx, x.Case); err != nil {
		return Recusal{}, ErrNoRecusal
	}
	return x, nil
}

// Recusals returns who is kept out of cases of the asker's office, or was, to its
// leaders.
func (s *Service) Recusals(ctx context.Context, f RecusalFilter) (out page.Of[Recusal], err error) {
	defer fault.Wrap(&err, "list recusals")
	if err := auth.Require(ctx, MayDecide); err != nil {
		return out, err
	}
	if f.Case = vn.Clean(f.Case); f.Case != "" {
		o, _, err := s.led(ctx, f.Case)
		if err != nil {
			return out, err
		}
		f.Case = o.Case
	}
	who, err := s.Subject(ctx)
	if err != nil {
		return out, err
	}
	rows, err := s.store.recusals(ctx, auth.From(ctx).Office, f, who.Recused)
	return page.Cut(rows, f.Req, func(x Recusal) string { return string(x.ID) }), err
}

// led returns a case whose office the asker leads.
func (s *Service) led(ctx context.Context, key string) (o policy.Object, title string, err error) {
	if err := auth.Require(ctx, MayDecide); err != nil {
		return o, "", err
	}
	o, title, seen, err := s.find(ctx, key)
	if err == nil && (!seen || owner(o.Path) != auth.From(ctx).Office) {
		err = ErrNoCase
	}
	return o, title, err
}
