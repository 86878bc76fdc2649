package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"congminh/internal/kit/blob"
	"congminh/internal/kit/fault"
)

// healer is one Heal.
type healer struct {
	reading
	t      Target
	others []Target
	seen   map[string]bool
	healed []string
	left   []error
}

// Heal reads everything every snapshot of a target names, and puts what is missing or
// damaged right from the first of others that has it whole: repositories of one server
// call the same bytes by the same name. It returns the names of objects that were
// written anew, and an error for what is still not whole. A damaged manifest is told and
// not replaced: each target has a chain of its own.
func Heal(ctx context.Context, id *Identity, t Target, others ...Target) (healed []string, err error) {
	defer fault.Wrap(&err, "heal %s", t)
	names, err := Snapshots(ctx, t)
	if err != nil {
		return nil, err
	}
	h := &healer{reading: reading{id, t}, t: t, others: others, seen: map[string]bool{}}
	for _, name := range names {
		m, _, err := Load(ctx, id, t, name)
		if err != nil {
			h.left = append(h.left, err)
			continue
		}
		if err := h.snapshot(ctx, m); err != nil {
			return h.healed, err
		}
	}
	return h.healed, errors.Join(h.left...)
}

func (h *healer) snapshot(ctx context.Context, m Manifest) error {
	for _, f := range m.files() {
		for _, p := range f.Pieces {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !h.seen[p.Object] {
				h.seen[p.Object] = true
				h.piece(ctx, f, p)
			}
		}
	}
	return h.refs(ctx, m, func(ref blob.Ref) error {
		if !h.seen[ref.SHA256] {
			h.seen[ref.SHA256] = true
			h.blob(ctx, m.Names, ref)
		}
		return ctx.Err()
	})
}

// piece looks at one piece of a file.
func (h *healer) piece(ctx context.Context, f File, p Piece) {
	b, err := h.object(ctx, p.Object)
	if err == nil && sum(b) == p.SHA256 {
		return
	}
	for _, o := range h.others {
		sealed, err := o.Get(ctx, shelf(p.Object))
		if err != nil {
			continue
		}
		if b, err := h.id.open(sealed, limit); err != nil || sum(b) != p.SHA256 {
			continue
		}
		if err := h.t.Replace(ctx, shelf(p.Object), sealed); err != nil {
			h.left = append(h.left, err)
		} else {
			h.healed = append(h.healed, shelf(p.Object))
		}
		return
	}
	h.left = append(h.left, fmt.Errorf("%s: %s: %w: no other copy has it whole: %w", f.Name, shelf(p.Object), ErrAltered, err))
}

// blob looks at one blob as a whole: a part that opens may still be the part of another.
func (h *healer) blob(ctx context.Context, key []byte, ref blob.Ref) {
	err := h.whole(ctx, h.t, key, ref)
	if err == nil {
		return
	}
	if errors.Is(err, fs.ErrNotExist) {
		if _, ok, _ := h.removed(ctx, key, ref); ok {
			return
		}
	}
	for _, o := range h.others {
		if h.whole(ctx, o, key, ref) != nil {
			continue
		}
		for i := range parts(ref.Size) {
			name := shelf(partName(key, ref, i))
			sealed, err := o.Get(ctx, name)
			if err == nil {
				err = h.t.Replace(ctx, name, sealed)
			}
			if err != nil {
				h.left = append(h.left, err)
				return
			}
			h.healed = append(h.healed, name)
		}
		return
	}
	h.left = append(h.left, fmt.Errorf("blob %s: %w: no other copy has it whole: %w", ref.SHA256, ErrAltered, err))
}

// whole reads a blob in a target and returns why it is not what it was.
func (h *healer) whole(ctx context.Context, t Target, key []byte, ref blob.Ref) error {
	sum, size := sha256.New(), int64(0)
	for i := range parts(ref.Size) {
		b, err := (reading{h.id, t}).object(ctx, partName(key, ref, i))
		if err != nil {
			return err
		}
		sum.Write(b)
		size += int64(len(b))
	}
	if size != ref.Size || hex.EncodeToString(sum.Sum(nil)) != ref.SHA256 {
		return ErrAltered
	}
	return nil
}
