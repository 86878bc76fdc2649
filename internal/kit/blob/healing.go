package blob

import (
	"context"
	"errors"
	"io"
	"time"
)

// Healed is told each time a blob was missing or damaged: ref.SHA256 is its name, err
// is nil if it is whole again, and says why not otherwise.
type Healed func(ctx context.Context, sha string, found, err error)

// Healing is primary whose missing or damaged blobs are put right from the first of
// copies that has them whole. Every Get reads the blob to its end before it hands it
// out: a reader that was given half of it can no longer be helped. report may be nil.
func Healing(primary Store, report Healed, copies ...Store) Store {
	if report == nil {
		report = func(context.Context, string, error, error) {}
	}
	return healing{primary, report, copies}
}

type healing struct {
	Store
	report Healed
	copies []Store
}

func ill(err error) bool { return errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNone) }

// Get is GetVerified of the primary, after it was healed if need be. A blob that no
// copy has either stays ErrNone, or ErrCorrupt if anybody has a damaged one.
func (h healing) Get(ctx context.Context, sha string) (io.ReadSeekCloser, Ref, error) {
	r, ref, err := GetVerified(ctx, h.Store, sha)
	if !ill(err) || !valid(sha) {
		return r, ref, err
	}
	if err := h.heal(ctx, sha, err); err != nil {
		return nil, Ref{}, err
	}
	return GetVerified(ctx, h.Store, sha)
}

// Stat also finds what only a copy has.
func (h healing) Stat(ctx context.Context, sha string) (Ref, error) {
	ref, err := h.Store.Stat(ctx, sha)
	for _, c := range h.copies {
		if !errors.Is(err, ErrNone) {
			break
		}
		ref, err = c.Stat(ctx, sha)
	}
	return ref, err
}

// Local heals too: a child process cannot tell a damaged file.
func (h healing) Local(ctx context.Context, sha string) (string, func(), error) {
	r, _, err := h.Get(ctx, sha)
	if err != nil {
		return "", nil, err
	}
	if err := r.Close(); err != nil {
		return "", nil, err
	}
	return h.Store.Local(ctx, sha)
}

// heal writes the blob into the primary again, from the first copy that has it whole.
func (h healing) heal(ctx context.Context, sha string, found error) (err error) {
	defer func() { h.report(ctx, sha, found, err) }()
	whys := []error{found}
	for _, c := range h.copies {
		r, _, err := GetVerified(ctx, c, sha)
		if err != nil {
			whys = append(whys, err)
			continue
		}
		err = h.replace(ctx, sha, r)
		if err := errors.Join(err, r.Close()); err != nil {
			whys = append(whys, err)
			continue
		}
		return nil
	}
	return errors.Join(whys...)
}

// replace puts a verified blob. A bucket does not write over an object of the same
// size, so a damaged one is deleted first; a copy is at hand.
func (h healing) replace(ctx context.Context, sha string, r io.Reader) error {
	if err := h.Delete(ctx, sha); err != nil {
		return err
	}
	ref, err := h.Put(ctx, r)
	if err == nil && ref.SHA256 != sha {
		err = ErrCorrupt
	}
	return err
}

// Scrub reads up to limit blobs after the name from, in order, and calls bad for each
// that is missing or damaged (of a Healing store: that could not be healed). It reads
// no more than rate bytes a second; 0 is as fast as it goes. It returns the name to go
// on from, "" after the last. An error is one of the store as a whole, or of ctx.
func Scrub(ctx context.Context, s Store, from string, limit int, rate int64, bad func(Ref, error)) (next string, err error) {
	refs, err := s.List(ctx, from, limit)
	if err != nil {
		return from, err
	}
	for _, ref := range refs {
		if err := Verify(ctx, s, ref.SHA256); err != nil {
			if ctx.Err() != nil {
				return from, ctx.Err()
			}
			bad(ref, err)
		}
		from = ref.SHA256
		if rate > 0 && !rest(ctx, time.Duration(float64(ref.Size)/float64(rate)*float64(time.Second))) {
			return from, ctx.Err()
		}
	}
	if len(refs) < limit {
		return "", nil
	}
	return from, nil
}

// rest waits, and reports whether it was let to.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
