package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"congminh/internal/kit/blob"
	"congminh/internal/kit/fault"
)

const removal = "congminh backup removal 1\n"

// Removed is a blob that was taken out of a repository on purpose.
type Removed struct {
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"`
}

func removedName(key []byte, sha string) string { return "removed/" + called(key, "removed "+sha) }

// Remove takes a blob out of every snapshot of a target: its parts are deleted, and a
// signed note stays so that a restore knows why they are not there. In a place that is
// locked they stay to the time returned, which is zero when nothing is left; call it
// again then. What is not in the target is removed already. The database in older
// snapshots is not touched: see Keep.From.
func Remove(ctx context.Context, w *Writer, t Target, ref blob.Ref, at time.Time) (until time.Time, err error) {
	defer fault.Wrap(&err, "remove blob %s from %s", ref.SHA256, t)
	text, err := json.Marshal(Removed{ref.SHA256, at.UTC()})
	if err != nil {
		return until, err
	}
	note, err := w.signed(removal, text)
	if err != nil {
		return until, err
	}
	if err := t.Put(ctx, removedName(w.name, ref.SHA256), note); err != nil { // first: no restore may find a hole
		return until, err
	}
	var errs []error
	for i := range parts(ref.Size) {
		err := t.Delete(ctx, shelf(partName(w.name, ref, i)))
		if l, ok := errors.AsType[*LockedError](err); ok {
			if l.Until.After(until) {
				until = l.Until
			}
			continue
		}
		errs = append(errs, err)
	}
	return until, errors.Join(errs...)
}

// removed reports whether a blob was removed, by a note the server signed.
func (r reading) removed(ctx context.Context, key []byte, ref blob.Ref) (x Removed, ok bool, err error) {
	note, err := r.from.Get(ctx, removedName(key, ref.SHA256))
	if errors.Is(err, fs.ErrNotExist) {
		return x, false, nil
	}
	if err != nil {
		return x, false, err
	}
	text, err := r.id.unsigned(removal, note)
	if err == nil {
		err = json.Unmarshal(text, &x)
	}
	if err == nil && x.SHA256 != ref.SHA256 {
		err = fmt.Errorf("%w: it is about another blob", ErrAltered)
	}
	return x, err == nil, err
}
