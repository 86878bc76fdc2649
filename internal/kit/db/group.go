package db

import (
	"context"
	"sync"
)

// group gathers what is kept late under one key by those who are in no transaction:
// while one transaction is on its way to the disk, those who come wait for the next
// one together (group commit), so that many pay for one sync.
type group[T any] struct {
	mu   sync.Mutex
	next *batch[T]
	turn chan struct{} // held by whoever writes a batch
}

type batch[T any] struct {
	items []T
	of    int // how many wait for it
	done  chan struct{}
	err   error
}

func newGroup[T any]() *group[T] { return &group[T]{turn: make(chan struct{}, 1)} }

// join puts items in the batch that is written next.
func (g *group[T]) join(items []T) *batch[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = &batch[T]{done: make(chan struct{})}
	}
	g.next.items = append(g.next.items, items...)
	g.next.of++
	return g.next
}

// take closes b to those who come now. It reports false if b was written already.
func (g *group[T]) take(b *batch[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next != b {
		return false
	}
	g.next = nil
	return true
}

// write returns when items are durable, or why they are not. The first of a batch
// whose turn it is writes for all of it, whoever of them gives up meanwhile; items
// that spoil a batch spoil it for nobody else.
func (g *group[T]) write(ctx context.Context, d *DB, write func(context.Context, []T) error, items []T) error {
	alone := func(items []T) error {
		return d.Tx(context.WithoutCancel(ctx), func(ctx context.Context) error { return write(ctx, items) })
	}
	b := g.join(items)
	select {
	case <-b.done:
	case g.turn <- struct{}{}:
		if g.take(b) {
			b.err = alone(b.items)
			close(b.done)
		}
		<-g.turn
	}
	if b.err != nil && b.of > 1 {
		return alone(items)
	}
	return b.err
}
