package auth

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestReach(t *testing.T) {
	province := Actor{ID: "u", Office: "lao-cai", Path: []Office{"tc", "lao-cai"},
		Verbs: []Verb{"read", "write"}, Below: []Verb{"read"}}
	for _, c := range []struct {
		name string
		who  Actor
		verb Verb
		path string
		err  error
	}{
		{"own office", province, "read", "/tc/lao-cai/", nil},
		{"an office below, by a right that reaches down", province, "read", "/tc/lao-cai/lao-cai-kv3/", nil},
		{"an office below, by a right that does not", province, "write", "/tc/lao-cai/lao-cai-kv3/", ErrMay},
		{"own office, by a right that does not reach down", province, "write", "/tc/lao-cai/", nil},
		{"the office above", province, "read", "/tc/", ErrMay},
		{"a neighbour", province, "read", "/tc/lai-chau/", ErrMay},
		{"a neighbour whose name begins the same", province, "read", "/tc/lao-cai-2/", ErrMay},
		{"a right not held", province, "delete", "/tc/lao-cai/", ErrMay},
		{"the public", Actor{}, "read", "/tc/lao-cai/", ErrWho},
		{"someone of no office", Actor{ID: "u", Verbs: []Verb{"read"}, Below: []Verb{"read"}}, "read", "/tc/", ErrMay},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := RequireIn(With(context.Background(), c.who), c.verb, c.path); !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
		})
	}
}

func TestPath(t *testing.T) {
	way := []Office{"tc", "lao-cai", "lao-cai-kv3"}
	if p := Path(way); p != "/tc/lao-cai/lao-cai-kv3/" || !slices.Equal(Offices(p), way) {
		t.Errorf("path %q reads back as %q", p, Offices(p))
	}
}

func TestRequireFresh(t *testing.T) {
	for _, c := range []struct {
		name  string
		proof Proof
		err   error
	}{
		{"just now", Proof{By: ByPassword}, nil},
		{"at the limit", Proof{By: ByPasskey, Ago: FreshFor}, nil},
		{"past it", Proof{By: ByPasskey, Ago: FreshFor + 1}, ErrFresh},
		{"never", Proof{}, ErrFresh},
	} {
		if err := RequireFresh(With(context.Background(), Actor{ID: "u", Proof: c.proof}), FreshFor); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
	}
	if err := RequireFresh(context.Background(), FreshFor); !errors.Is(err, ErrWho) {
		t.Errorf("nobody: %v", err)
	}
	for by, strong := range map[string]bool{"": false, ByPassword: false, ByCode: false, ByTOTP: true, ByRecovery: true, ByPasskey: true, ByOIDC: true, ByConsole: true} {
		if (Proof{By: by}).Strong() != strong {
			t.Errorf("by %q: strong %v", by, !strong)
		}
	}
}
