package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
)

// stores opens the second stores of blobs, by their addresses without secrets.
func (c Config) stores(ctx context.Context) (map[string]blob.Store, error) {
	out := map[string]blob.Store{}
	for _, address := range strings.Fields(c.Backup.Copies) {
		s, err := blob.Open(ctx, address)
		if err != nil {
			return nil, err
		}
		out[backup.Plain(address)] = s
	}
	return out, nil
}

// wake lets the copies be brought up to date now.
func (k *copies) wake() {
	select {
	case k.woken <- struct{}{}:
	default:
	}
}

// run brings the copies up to date until ctx is done. What is due is in the database:
// a process that died is gone on for by the next. Two may do the same thing at once,
// which does it once.
func (k *copies) run(ctx context.Context) {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		if err := k.follow(ctx); err != nil && ctx.Err() == nil {
			k.log.WarnContext(ctx, "copies are not brought up to date", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.woken:
		case <-tick.C:
		}
	}
}

// follow does what is due, until nothing is.
func (k *copies) follow(ctx context.Context) error {
	for {
		all, err := k.dues(ctx)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, d := range all {
			again, err := k.one(ctx, d)
			if err := ctx.Err(); err != nil {
				return err
			}
			switch {
			case err == nil && again.IsZero():
				err = k.done(ctx, d)
			case err == nil:
				d.Until, d.Error = &again, ""
				err = k.later(ctx, d, again.Add(time.Minute))
			default:
				d.Error = err.Error()
				err = k.later(ctx, d, k.now().Add(min(time.Duration(1+d.Tries*d.Tries)*10*time.Second, time.Hour)))
			}
			if err != nil {
				return err
			}
		}
	}
}

// one does one thing that is due. again is when it can be done, if not now.
func (k *copies) one(ctx context.Context, d due) (again time.Time, err error) {
	gone, err := k.gone(ctx, d.Ref.SHA256)
	if err != nil || gone != (d.Op == "delete") { // put again since, or deleted since
		return again, err
	}
	s, isStore := k.second[d.Store]
	switch {
	case isStore && d.Op == "put":
		return again, k.copyOne(ctx, s, d.Ref)
	case isStore:
		return again, s.Delete(ctx, d.Ref.SHA256)
	}
	for _, address := range strings.Fields(k.c.Backup.To) {
		if backup.Plain(address) == d.Store {
			return k.removeFrom(ctx, address, d)
		}
	}
	return again, nil // a place that is no longer one of ours
}

func (k *copies) copyOne(ctx context.Context, to blob.Store, ref blob.Ref) error {
	if there, err := to.Stat(ctx, ref.SHA256); err == nil && there.Size == ref.Size {
		return nil
	}
	r, _, err := blob.GetVerified(ctx, k.s, ref.SHA256)
	if errors.Is(err, blob.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	got, err := to.Put(ctx, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if got.SHA256 != ref.SHA256 {
		return errors.Join(fmt.Errorf("blob %s: %w", ref.SHA256, blob.ErrCorrupt), to.Delete(ctx, got.SHA256))
	}
	gone, err := k.gone(ctx, ref.SHA256) // deleted while it was copied
	if err == nil && gone {
		err = to.Delete(ctx, ref.SHA256)
	}
	return err
}

func (k *copies) removeFrom(ctx context.Context, address string, d due) (until time.Time, err error) {
	w, err := k.c.writer()
	if errors.Is(err, os.ErrNotExist) { // nothing was ever written there from here
		return until, nil
	}
	if err != nil {
		return until, err
	}
	t, err := backup.OpenTarget(ctx, address, k.now)
	if err != nil {
		return until, err
	}
	return backup.Remove(ctx, w, t, d.Ref, d.At)
}

// compare looks for blobs that a copy does not have, and for those it should not have
// any more: of the time before it was a copy, or before a restore.
func (k *copies) compare(ctx context.Context) error {
	var errs []error
	for name, s := range k.second {
		begun := k.now()
		missing, err := k.compareOne(ctx, name, s)
		errs = append(errs, k.note(ctx, BackupRun{At: begun, Kind: "compare", Target: name, Figure: int64(missing)}, err))
	}
	k.wake()
	return errors.Join(errs...)
}

// compareOne walks both lists, which are in order of name, side by side.
func (k *copies) compareOne(ctx context.Context, name string, s blob.Store) (missing int, err error) {
	a, b := lister{s: k.primary}, lister{s: s}
	for {
		x, more, err := a.head(ctx)
		if err != nil {
			return missing, err
		}
		y, others, err := b.head(ctx)
		switch {
		case err != nil:
			return missing, err
		case !more && !others:
			return missing, nil
		case more && others && x == y:
			a.next()
			b.next()
		case !others || more && x.SHA256 <= y.SHA256: // not there, or not of that length
			missing++
			if x.SHA256 == y.SHA256 {
				b.next()
			}
			a.next()
			if err := k.putDue(ctx, name, "put", x); err != nil {
				return missing, err
			}
		default:
			b.next()
			gone, err := k.gone(ctx, y.SHA256)
			if err == nil && gone {
				err = k.putDue(ctx, name, "delete", y)
			}
			if err != nil {
				return missing, err
			}
		}
	}
}

// lister walks a store in order of name.
type lister struct {
	s     blob.Store
	page  []blob.Ref
	after string
	ended bool
}

func (l *lister) head(ctx context.Context) (blob.Ref, bool, error) {
	if len(l.page) == 0 && !l.ended {
		var err error
		if l.page, err = l.s.List(ctx, l.after, 1000); err != nil {
			return blob.Ref{}, false, err
		}
		l.ended = len(l.page) < 1000
		if len(l.page) > 0 {
			l.after = l.page[len(l.page)-1].SHA256
		}
	}
	if len(l.page) == 0 {
		return blob.Ref{}, false, nil
	}
	return l.page[0], true, nil
}

func (l *lister) next() { l.page = l.page[1:] }
