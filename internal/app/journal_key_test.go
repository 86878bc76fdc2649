package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/seal"
)

// A next key stands beside the one in use until the journal is handed over to it; before
// that no other is made, and afterwards the chain goes on.
func TestNextKey(t *testing.T) {
	c := Default()
	c.Data = t.TempDir()
	c = c.fill()
	now := func() time.Time { return time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC) }
	d, err := db.Open(t.Context(), c.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	start := func() *seal.Service {
		t.Helper()
		k, _, err := c.keys(now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s := seal.NewService(d, now)
		s.Use(k)
		if err := d.Migrate(t.Context(), "seal", s.Module().Schema); err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := start()
	if first.HasNext(t.Context()) || first.WitnessKey() == "" {
		t.Fatal("a new installation has a next key, or is no witness")
	}
	next, err := c.NextKey(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.NextKey(t.Context(), now); !errors.Is(err, ErrNextWaits) {
		t.Fatalf("a second one was made: %v", err)
	}
	s := start()
	if s.LogKey(t.Context()) != first.LogKey(t.Context()) || !s.HasNext(t.Context()) {
		t.Fatal("the old key has to sign until the journal is handed over")
	}
	if err := s.RollKey(asKeeper(t.Context())); err != nil {
		t.Fatal(err)
	}
	if again := start(); again.LogKey(t.Context()) != next || again.HasNext(t.Context()) {
		t.Errorf("after the hand-over %s signs, want %s", again.LogKey(t.Context()), next)
	}
	third, err := c.NextKey(t.Context(), now)
	if err != nil || third == next {
		t.Fatal(third, err)
	}
	if again := start(); again.LogKey(t.Context()) != next || !again.HasNext(t.Context()) {
		t.Error("with a third key the second goes on signing")
	}
}

// asKeeper is somebody who keeps keys.
func asKeeper(ctx context.Context) context.Context {
	return auth.With(ctx, auth.Actor{ID: "an", Name: "Phạm Thị An", Office: "tc", Path: []auth.Office{"tc"}, Verbs: []auth.Verb{seal.MayKeys}})
}
