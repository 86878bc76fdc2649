package access

import (
	"context"
	"fmt"
	"sync"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
)

// How a bulk request is refused.
var ErrAbove = fault.New(fault.Forbidden, "access.above", "Chỉ đơn vị cấp trên của đơn vị thụ lý mới yêu cầu nhiều vụ án một lần.")

type memoKey struct{}

// memo keeps the rights of one asker for one request of the web.
type memo struct {
	sync.Mutex
	of      string
	known   time.Time // when
	subject policy.Subject
}

// fresh is how long rights that were read hold within one request: a stream of events is
// a request that lasts for hours.
const fresh = time.Second

// Remember returns a context in which the asker's rights are not read at every question.
// It is for one request: a right that ends counts from the next.
func Remember(ctx context.Context) context.Context { return context.WithValue(ctx, memoKey{}, &memo{}) }

// Subject returns the asker as the policy sees them, with what is granted to them now
// and the cases they are kept out of.
func (s *Service) Subject(ctx context.Context) (out policy.Subject, err error) {
	who := auth.From(ctx)
	m, ok := ctx.Value(memoKey{}).(*memo)
	if !ok {
		return s.subject(ctx, who)
	}
	m.Lock()
	defer m.Unlock()
	if m.of == who.ID && s.now().Sub(m.known).Abs() < fresh {
		return m.subject, nil
	}
	if out, err = s.subject(ctx, who); err == nil {
		m.of, m.known, m.subject = who.ID, s.now(), out
	}
	return out, err
}

func (s *Service) subject(ctx context.Context, who auth.Actor) (out policy.Subject, err error) {
	defer fault.Wrap(&err, "rights of %s", who.ID)
	out = policy.For(who, s.now())
	if who.ID == "" || out.Machine {
		return out, nil
	}
	if out.Grants, err = s.store.grants(ctx, who.ID, out.Now); err != nil {
		return out, err
	}
	out.Recused, err = s.store.recused(ctx, who.ID)
	return out, err
}

// Scope returns what the asker may do a to, for lists and the search index.
func (s *Service) Scope(ctx context.Context, a policy.Action) (policy.Scope, error) {
	who, err := s.Subject(ctx)
	if err != nil {
		return policy.Scope{}, err
	}
	return who.Scope(a), nil
}

// Decide says whether the asker may do a to o, and by which rule. It writes nothing.
func (s *Service) Decide(ctx context.Context, o policy.Object, a policy.Action) (policy.Answer, error) {
	who, err := s.Subject(ctx)
	if err != nil {
		return policy.Answer{}, err
	}
	return policy.Decide(&who, &o, a), nil
}

// Mark is what a page that is shown, printed or saved carries: who, from where, when,
// what for, by which request.
func (s *Service) Mark(ctx context.Context, a policy.Answer) string {
	who, at := auth.From(ctx), s.now().In(civil.Zone).Format("02/01/2006 15:04")
	purpose, number := ruleVN(a.Rule), ""
	if a.Grant != "" {
		if r, err := s.store.request(ctx, RequestID(a.Grant)); err == nil {
			purpose, number = r.Purpose, " – "+r.Number
		}
	}
	return fmt.Sprintf("%s – %s – %s – %s%s", who.Name, s.people.OfficeName(ctx, who.Office), at, purpose, number)
}

// ruleVN is for what somebody reads a page who needed no request.
func ruleVN(r policy.Rule) string {
	switch r {
	case policy.Assigned:
		return "Được phân công"
	case policy.OwnOffice:
		return "Cán bộ của đơn vị thụ lý"
	case policy.Leader:
		return "Lãnh đạo đơn vị thụ lý"
	case policy.Keeper:
		return "Văn thư, lưu trữ của đơn vị"
	}
	return "Theo thẩm quyền"
}
