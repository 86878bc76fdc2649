package seal

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/seal/pack"
	"congminh/internal/seal/tree"
)

// ErrNoNext is the refusal of a hand-over to no key.
var ErrNoNext = fault.New(fault.Conflict, "seal.no-next", "Máy chủ chưa có khóa mới cho nhật ký. Hãy nhờ quản trị đặt khóa mới rồi khởi động lại.")

// LogKey is a key of the journal and when it was first used.
type LogKey struct {
	Key   string    `json:"key"`
	Since time.Time `json:"since"`
	// HandedOver: the key before it vouches for it.
	HandedOver bool `json:"handed_over"`

	leaf, proof string
}

// signer is the key heads are signed with: the one the journal was handed over to last,
// by this process or another one.
func (s *Service) signer(ctx context.Context) (*tree.Key, error) {
	k := s.log.Load()
	if k == nil {
		return nil, ErrNoKeys
	}
	if s.keys.Next == nil || k == s.keys.Next {
		return k, nil
	}
	last, err := s.store.lastKey(ctx)
	if err == nil && last.Key == s.keys.Next.VerifierKey() {
		k = s.keys.Next
		s.log.Store(k)
	}
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return k, err
}

// HasNext reports whether there is a key to hand the journal over to.
func (s *Service) HasNext(ctx context.Context) bool {
	k, err := s.signer(ctx)
	return err == nil && s.keys.Next != nil && k != s.keys.Next
}

// LogKeys returns the keys the journal was signed with, oldest first.
func (s *Service) LogKeys(ctx context.Context) (out []LogKey, err error) {
	defer fault.Wrap(&err, "keys of the journal")
	if out, err = s.store.logKeys(ctx); err != nil {
		return nil, err
	}
	now := s.LogKey(ctx)
	for i := range out {
		out[i].HandedOver = out[i].proof != ""
	}
	if now != "" && (len(out) == 0 || out[len(out)-1].Key != now) {
		out = append(out, LogKey{Key: now})
	}
	return out, nil
}

// RollKey hands the journal over to its next key: an entry names it, and a head over the
// entry is signed by both. So the old key vouches for the new one, and the new one shows
// that it is there; a head that both signed without the entry would prove nothing, for
// anybody may put a signature under an old head.
func (s *Service) RollKey(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "hand the journal over")
	if err := auth.Require(ctx, MayKeys); err != nil {
		return err
	}
	old, err := s.signer(ctx)
	if err != nil {
		return err
	}
	next := s.keys.Next
	if next == nil || next == old {
		return ErrNoNext
	}
	if next.Name() != old.Name() {
		return fmt.Errorf("the next key is of %q: %w", next.Name(), ErrNoNext)
	}
	n, err := s.write(ctx, Entry{Verb: pack.HandOver, Object: "journal-key", More: map[string]string{"previous": old.VerifierKey(), "next": next.VerifierKey()}})
	if err != nil {
		return err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	h, err := s.signAt(ctx, t, old, next)
	if err != nil {
		return err
	}
	p, err := s.proofUnder(ctx, n, h)
	if err != nil {
		return err
	}
	since := s.now()
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.putKey(ctx, LogKey{Key: old.VerifierKey(), Since: since.Add(-time.Microsecond)}); err != nil {
			return err
		}
		if err := s.store.putKey(ctx, LogKey{Key: next.VerifierKey(), Since: since, leaf: string(p.Entry), proof: base64.StdEncoding.EncodeToString(p.Marshal())}); err != nil {
			return err
		}
		return s.store.turnHead(ctx, h)
	})
	if err == nil {
		s.log.Store(next)
	}
	return err
}

// handOvers are the proofs that lead from the journal's first key to the one it has.
func (s *Service) handOvers(ctx context.Context) (out []pack.Proof, err error) {
	keys, err := s.store.logKeys(ctx)
	for _, k := range keys {
		if k.proof == "" {
			out = nil // nothing leads over it
			continue
		}
		text, err := base64.StdEncoding.DecodeString(k.proof)
		if err != nil {
			return nil, err
		}
		p, err := tree.ParseProof(text)
		if err != nil {
			return nil, err
		}
		out = append(out, pack.Proof{Entry: []byte(k.leaf), Proof: p})
	}
	return out, err
}
