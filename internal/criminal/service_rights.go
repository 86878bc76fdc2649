package criminal

import (
	"context"
	"encoding/json"

	"congminh/internal/access/policy"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/vn"
)

// remarkJob writes the tags of every case anew, after the policy changed.
const remarkJob = "criminal.remark"

// Begin sees to it that the tags of all cases are those of the policy of this program.
// Until the work is done a list may still follow the old ones; a page never does, for it
// is decided on by what the case is.
func (s *Service) Begin(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "rights of cases")
	v, err := s.store.policy(ctx)
	if err != nil || v >= policy.Version {
		return err
	}
	return s.jobs.PutUnique(ctx, remarkJob, "policy", struct{}{})
}

func (s *Service) remarkAll(ctx context.Context, run *job.Run, _ json.RawMessage) error {
	for after := ID(""); ; {
		ids, err := s.store.idsAfter(ctx, after, batch)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return s.store.setPolicy(ctx, policy.Version)
		}
		for _, id := range ids {
			if err := s.store.db.Tx(ctx, func(ctx context.Context) error {
				if err := s.store.lock(ctx, id); err != nil {
					return err
				}
				c, err := s.store.any(ctx, id)
				if err != nil {
					return err
				}
				return s.remark(ctx, c)
			}); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

// Find returns a case by its id, its national code or its number, whoever asks, for a
// request to be sent to its office. A number that several offices use names none: the
// code does.
func (s *Service) Find(ctx context.Context, key string) (o policy.Object, title string, err error) {
	defer fault.Wrap(&err, "find case %s", key)
	found, err := s.store.named(ctx, vn.Clean(key))
	if err == nil && len(found) != 1 {
		err = ErrNone
	}
	if err != nil {
		return o, "", err
	}
	c := found[0]
	o, err = s.object(ctx, c)
	return o, c.Number + " – " + c.Name, err
}
