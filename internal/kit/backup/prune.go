package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"time"
)

// ErrLocked is what Prune says of a target that is locked: its lock ends by itself.
var ErrLocked = errors.New("backup: the target is locked, nothing is deleted there (kho bị khóa, không được xóa)")

// Keep says which snapshots stay: every one younger than All, then the last of each
// day for Days, then the last of each month. The newest always stays.
type Keep struct {
	All  time.Duration
	Days int
}

// kept returns the names that stay, of names in order of time.
func (k Keep) kept(names []string, now time.Time) map[string]bool {
	out, last := map[string]bool{}, map[string]string{}
	for _, name := range names {
		t, err := At(name)
		switch age := now.Sub(t); {
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

// Prune deletes the snapshots Keep does not keep, then the objects none of the others
// names. Nobody may write to the target meanwhile. A manifest that cannot be read stops
// it before anything is deleted. With dry nothing is deleted.
func Prune(ctx context.Context, id *Identity, t Target, k Keep, now time.Time, dry bool) (snapshots, objects int, err error) {
	if t.Locked() {
		return 0, 0, fmt.Errorf("%s: %w", t, ErrLocked)
	}
	names, err := Snapshots(ctx, t)
	if err != nil {
		return 0, 0, err
	}
	keep, needed := k.kept(names, now), map[string]bool{}
	var gone []string
	for _, name := range names {
		if !keep[name] {
			gone = append(gone, "snapshot/"+name)
			continue
		}
		if err := need(ctx, id, t, name, needed); err != nil {
			return 0, 0, err
		}
	}
	snapshots = len(gone)
	have, err := t.List(ctx, "data")
	if err != nil {
		return 0, 0, err
	}
	for _, name := range have {
		if !needed[path.Base(name)] {
			gone = append(gone, name)
		}
	}
	objects = len(gone) - snapshots
	if dry {
		return snapshots, objects, nil
	}
	for _, name := range gone { // manifests first: none may name what is gone
		if err := t.Delete(ctx, name); err != nil {
			return snapshots, objects, err
		}
	}
	return snapshots, objects, nil
}

// need adds the objects a snapshot names.
func need(ctx context.Context, id *Identity, t Target, name string, needed map[string]bool) error {
	m, _, err := Load(ctx, id, t, name)
	if err != nil {
		return err
	}
	for _, f := range append([]File{m.Database}, m.Shelves...) {
		for _, p := range f.Pieces {
			needed[p.Object] = true
		}
	}
	for _, shelf := range m.Shelves {
		var list bytes.Buffer
		if err := (reading{id, t}).file(ctx, shelf, &list); err != nil {
			return err
		}
		refs, err := parseList(&list)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			for i := range parts(ref.Size) {
				needed[partName(m.Names, ref, i)] = true
			}
		}
	}
	return nil
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
