package backup

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"congminh/internal/kit/blob"
)

// ErrLocked is what a place says that refuses to delete: its lock ends by itself.
var ErrLocked = errors.New("backup: locked, and not deleted (còn bị khóa, chưa xóa được)")

// Keep says which snapshots stay: every one younger than All, then the last of each
// day for Days, then the last of each month. The newest always stays; of the others
// none that was made after From and not after To.
type Keep struct {
	All      time.Duration
	Days     int
	From, To time.Time
}

// kept returns the names that stay, of names in order of time.
func (k Keep) kept(names []string, now time.Time) map[string]bool {
	out, last := map[string]bool{}, map[string]string{}
	for _, name := range names {
		t, err := At(name)
		switch age := now.Sub(t); {
		case err == nil && t.After(k.From) && !t.After(k.To):
		case err != nil || age <= k.All:
			out[name] = true
		case age <= time.Duration(k.Days)*24*time.Hour:
			last[t.Format("2006-01-02")] = name
		default:
			last[t.Format("2006-01")] = name
		}
	}
	for _, name := range last {
		out[name] = true
	}
	if len(names) > 0 {
		out[names[len(names)-1]] = true
	}
	return out
}

// Pruned is what Prune deleted, or would, and what it may not delete before Until.
type Pruned struct {
	Snapshots, Objects int
	Locked             int
	Until              time.Time // the end of the last lock
}

// Prune deletes the snapshots Keep does not keep, then the objects none of the others
// names. Nobody may write to the target meanwhile. A manifest that cannot be read stops
// it before anything is deleted. A snapshot that is still locked stays, with all it
// names; if nothing could go for that reason, ErrLocked says so. With dry nothing is
// deleted.
func Prune(ctx context.Context, id *Identity, t Target, k Keep, now time.Time, dry bool) (p Pruned, err error) {
	names, err := Snapshots(ctx, t)
	if err != nil {
		return p, err
	}
	locked := func(name string) (bool, error) {
		until, err := t.Until(ctx, name)
		if err != nil || !until.After(now) {
			return false, err
		}
		p.Locked++
		if until.After(p.Until) {
			p.Until = until
		}
		return true, nil
	}
	keep, needed := k.kept(names, now), map[string]bool{}
	var gone []string
	for _, name := range names {
		stays := keep[name]
		if !stays {
			if stays, err = locked("snapshot/" + name); err != nil {
				return p, err
			}
		}
		if !stays {
			gone = append(gone, "snapshot/"+name)
			continue
		}
		if err := need(ctx, id, t, name, needed); err != nil {
			return p, err
		}
	}
	p.Snapshots = len(gone)
	have, err := t.List(ctx, "data")
	if err != nil {
		return p, err
	}
	for _, name := range have {
		if needed[path.Base(name)] {
			continue
		}
		if stays, err := locked(name); err != nil {
			return p, err
		} else if !stays {
			gone = append(gone, name)
		}
	}
	p.Objects = len(gone) - p.Snapshots
	if len(gone) == 0 && p.Locked > 0 {
		return p, fmt.Errorf("%s: %d phần, lâu nhất đến %s: %w", t, p.Locked, p.Until.UTC().Format(time.RFC3339), ErrLocked)
	}
	if dry {
		return p, nil
	}
	for _, name := range gone { // manifests first: none may name what is gone
		if err := t.Delete(ctx, name); err != nil {
			return p, err
		}
	}
	return p, nil
}

// need adds the objects a snapshot names.
func need(ctx context.Context, id *Identity, t Target, name string, needed map[string]bool) error {
	m, _, err := Load(ctx, id, t, name)
	if err != nil {
		return err
	}
	for _, f := range m.files() {
		for _, p := range f.Pieces {
			needed[p.Object] = true
		}
	}
	return (reading{id, t}).refs(ctx, m, func(ref blob.Ref) error {
		for i := range parts(ref.Size) {
			needed[partName(m.Names, ref, i)] = true
		}
		return nil
	})
}

// Gap is a snapshot whose predecessor is not there: it was pruned, or taken away.
type Gap struct{ Name, Before string }

// Gaps reads every manifest of a target and tells where the chain of hashes is broken.
func Gaps(ctx context.Context, id *Identity, t Target) (all []Manifest, gaps []Gap, err error) {
	names, err := Snapshots(ctx, t)
	before := ""
	for _, name := range names {
		m, sum, err := Load(ctx, id, t, name)
		if err != nil {
			return all, gaps, err
		}
		if m.Before != before {
			gaps = append(gaps, Gap{name, m.Before})
		}
		all, before = append(all, m), sum
	}
	return all, gaps, err
}
