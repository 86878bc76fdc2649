package db

import (
	"context"
	"maps"
	"slices"
)

// late is what a transaction writes once, just before it commits.
type late interface{ write(context.Context) error }

type collected[T any] struct {
	items []T
	to    func(context.Context, []T) error
}

func (c *collected[T]) write(ctx context.Context) error { return c.to(ctx, c.items) }

// Late keeps items until the transaction in ctx is about to commit and then hands all
// that were kept under key to write, in the order in which they came; outside a
// transaction it makes one for them and for what others bring at the same moment, and
// returns when it is committed. Rows that everybody writes, a count, the head of
// a journal, are locked for a moment instead of for the length of a transaction, and
// always in the order of their keys, so that two transactions never wait for each
// other. What write does must not keep anything late itself.
func Late[T any](ctx context.Context, d *DB, key string, write func(context.Context, []T) error, items ...T) error {
	t, ok := ctx.Value(txKey{}).(*tx)
	if !ok {
		g, _ := d.groups.LoadOrStore(key, newGroup[T]())
		return g.(*group[T]).write(ctx, d, write, items)
	}
	if t.late == nil {
		t.late = map[string]late{}
	}
	c, ok := t.late[key].(*collected[T])
	if !ok {
		c = &collected[T]{to: write}
		t.late[key] = c
	}
	c.items = append(c.items, items...)
	return nil
}

func (t *tx) settle(ctx context.Context) error {
	for _, key := range slices.Sorted(maps.Keys(t.late)) {
		if err := t.late[key].write(ctx); err != nil {
			return err
		}
	}
	return nil
}
