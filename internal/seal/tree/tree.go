// Package tree is the Merkle tree under the journal (cây băm của nhật ký): what is
// added to it, its root at any size, proofs that an entry is in it and that it only
// grew, its signed heads with the cosignatures of witnesses, and the files it is
// served as.
//
// Sources: RFC 6962, 2.1 (hashes of leaves and nodes, proofs), golang.org/x/mod/sumdb
// (the order of stored hashes, signed notes), C2SP tlog-checkpoint, tlog-cosignature,
// tlog-proof and tlog-tiles (c2sp.org). docs/formats/journal.md says the same for who
// has no program of ours.
package tree

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 value of the tree.
type Hash = tlog.Hash

// Hashes reads stored hashes by their index, in the order of tlog.StoredHashIndex.
type Hashes = tlog.HashReader

// Node is a hash to store: never changed, only added.
type Node struct {
	Index int64
	Hash  Hash
}

// ErrProof is the refusal of a proof that does not lead to the root.
var ErrProof = errors.New("tree: the proof does not lead to the root")

// Leaf is the hash of an entry's bytes: SHA-256 of a zero byte and the bytes.
func Leaf(entry []byte) Hash { return tlog.RecordHash(entry) }

// Edge lists the indices of the hashes that a tree of size entries is built on: all that
// the next entries need of it.
func Edge(size int64) (at []int64) {
	for level := 0; size>>level > 0; level++ {
		if size>>level&1 == 1 {
			at = append(at, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	return at
}

// Append returns the hashes to store so that the tree of size entries holds those
// given too. Nothing is written: the caller does it, in the transaction of what the
// entries tell.
func Append(kept Hashes, size int64, entries [][]byte) ([]Node, error) {
	if size < 0 {
		return nil, fmt.Errorf("tree: size %d", size)
	}
	made := map[int64]Hash{}
	read := tlog.HashReaderFunc(func(at []int64) ([]Hash, error) {
		out := make([]Hash, len(at))
		var ask []int64
		var place []int
		for i, a := range at {
			if h, ok := made[a]; ok {
				out[i] = h
				continue
			}
			ask, place = append(ask, a), append(place, i)
		}
		if len(ask) == 0 {
			return out, nil
		}
		found, err := kept.ReadHashes(ask)
		if err == nil && len(found) != len(ask) {
			err = fmt.Errorf("tree: %d hashes asked for, %d read", len(ask), len(found))
		}
		if err != nil {
			return nil, err
		}
		for i, h := range found {
			out[place[i]] = h
		}
		return out, nil
	})
	var out []Node
	for i, e := range entries {
		n := size + int64(i)
		hs, err := tlog.StoredHashesForRecordHash(n, Leaf(e), read)
		if err != nil {
			return nil, fmt.Errorf("tree: entry %d: %w", n, err)
		}
		for j, h := range hs {
			at := tlog.StoredHashIndex(0, n) + int64(j)
			made[at] = h
			out = append(out, Node{at, h})
		}
	}
	return out, nil
}

// Root is the hash over the first size entries. An empty tree has the SHA-256 of
// nothing (RFC 6962, 2.1).
func Root(kept Hashes, size int64) (Hash, error) {
	h, err := tlog.TreeHash(size, kept)
	if err != nil {
		return Hash{}, fmt.Errorf("tree: root at %d: %w", size, err)
	}
	return h, nil
}

// ProveInclusion proves that entry n stands in the tree of size entries.
func ProveInclusion(kept Hashes, size, n int64) ([]Hash, error) {
	if n < 0 || n >= size {
		return nil, fmt.Errorf("tree: no entry %d among %d", n, size)
	}
	p, err := tlog.ProveRecord(size, n, kept)
	if err != nil {
		return nil, fmt.Errorf("tree: inclusion of %d in %d: %w", n, size, err)
	}
	return p, nil
}

// ProveConsistency proves that the tree of size entries begins with that of old.
func ProveConsistency(kept Hashes, old, size int64) ([]Hash, error) {
	if old < 0 || old > size {
		return nil, fmt.Errorf("tree: %d entries do not begin with %d", size, old)
	}
	if old == 0 { // everything begins with nothing
		return nil, nil
	}
	p, err := tlog.ProveTree(size, old, kept)
	if err != nil {
		return nil, fmt.Errorf("tree: consistency of %d with %d: %w", size, old, err)
	}
	return p, nil
}

// CheckInclusion checks that the entry with this hash stands at n under the root.
func CheckInclusion(proof []Hash, size int64, root Hash, n int64, leaf Hash) error {
	if n < 0 || n >= size || tlog.CheckRecord(proof, size, root, n, leaf) != nil {
		return ErrProof
	}
	return nil
}

// CheckConsistency checks that what root covers begins with what oldRoot covers.
func CheckConsistency(proof []Hash, size int64, root Hash, old int64, oldRoot Hash) error {
	switch {
	case old < 0 || old > size:
		return ErrProof
	case old == 0:
		if len(proof) > 0 || oldRoot != empty {
			return ErrProof
		}
		return nil
	case tlog.CheckTree(proof, size, root, old, oldRoot) != nil:
		return ErrProof
	}
	return nil
}

var empty = Hash{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
	0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}
