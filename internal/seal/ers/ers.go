// Package ers makes and proves evidence records (bản ghi chứng cứ lâu dài) of RFC
// 4998: one timestamp over many documents, each with its way to it through a tree of
// hashes, renewed in bulk before the timestamp ages.
package ers

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"congminh/internal/seal/pki"
	"congminh/internal/seal/stamp"
)

// What a record can fail at.
var (
	ErrRecord   = errors.New("ers: not an evidence record")
	ErrDocument = errors.New("ers: the record is of another document")
)

var sha = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}

// archiveTimeStamp (RFC 4998, 4.1); each group of hashes is a PartialHashtree.
type archiveTimeStamp struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional,tag:0"`
	Tree      [][][]byte               `asn1:"optional,tag:2"`
	TimeStamp asn1.RawValue
}

// record is EvidenceRecord (RFC 4998, 3.1). A chain is renewed by timestamps, the
// sequence by chains when the hash is changed; here all is SHA-256, and there is one.
type record struct {
	Version    int
	Algorithms []pkix.AlgorithmIdentifier
	Sequence   [][]archiveTimeStamp
}

// Tree is a tree of hashes over a batch of documents.
type Tree struct{ levels [][][]byte }

// Build makes the tree over the SHA-256 of the documents, at least one.
func Build(leaves [][]byte) (*Tree, error) {
	if len(leaves) == 0 {
		return nil, errors.New("ers: a tree over no documents")
	}
	for i, l := range leaves {
		if len(l) != sha256.Size {
			return nil, fmt.Errorf("ers: hash %d has %d bytes, not those of SHA-256", i, len(l))
		}
	}
	t := &Tree{levels: [][][]byte{leaves}}
	for cur := leaves; len(cur) > 1; {
		var next [][]byte
		for pair := range slices.Chunk(cur, 2) {
			next = append(next, join(pair))
		}
		t.levels = append(t.levels, next)
		cur = next
	}
	return t, nil
}

// join is the hash of a group: of its members in binary order; of one, itself (RFC
// 4998, 4.2).
func join(group [][]byte) []byte {
	if len(group) == 1 {
		return group[0]
	}
	sorted := slices.SortedFunc(slices.Values(group), bytes.Compare)
	sum := sha256.Sum256(bytes.Join(sorted, nil))
	return sum[:]
}

// Root is what is to be stamped.
func (t *Tree) Root() []byte { return t.levels[len(t.levels)-1][0] }

// path is the reduced hash tree of document i (RFC 4998, 4.2).
func (t *Tree) path(i int) [][][]byte {
	out := [][][]byte{{t.levels[0][i]}}
	for _, level := range t.levels[:len(t.levels)-1] {
		if other := i ^ 1; other < len(level) {
			if len(out) == 1 && len(out[0]) == 1 {
				out[0] = append(out[0], level[other])
			} else {
				out = append(out, [][]byte{level[other]})
			}
		}
		i /= 2
	}
	return out
}

// Record is the evidence record, in DER, of document i, given the token over Root.
func (t *Tree) Record(i int, token []byte) ([]byte, error) {
	if i < 0 || i >= len(t.levels[0]) {
		return nil, fmt.Errorf("ers: document %d of %d", i, len(t.levels[0]))
	}
	return marshal(record{1, []pkix.AlgorithmIdentifier{sha}, [][]archiveTimeStamp{{t.stamped(i, token)}}})
}

func (t *Tree) stamped(i int, token []byte) archiveTimeStamp {
	return archiveTimeStamp{sha, t.path(i), asn1.RawValue{FullBytes: token}}
}

func marshal(r record) ([]byte, error) {
	der, err := asn1.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("ers: %w", err)
	}
	return der, nil
}

// Leaf is what a renewal of a record puts into its tree: the hash of the newest
// timestamp (RFC 4998, 5.2).
func Leaf(der []byte) ([]byte, error) {
	r, err := parse(der)
	if err != nil {
		return nil, err
	}
	return leaf(last(r)), nil
}

func last(r record) archiveTimeStamp {
	chain := r.Sequence[0]
	return chain[len(chain)-1]
}

func leaf(a archiveTimeStamp) []byte {
	sum := sha256.Sum256(a.TimeStamp.FullBytes)
	return sum[:]
}

// Renew adds to a record its place in a tree over the leaves of many, and the token
// over that. Records of one tree share their timestamp, so one leaf renews them all.
func (t *Tree) Renew(der []byte, i int, token []byte) ([]byte, error) {
	r, err := parse(der)
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= len(t.levels[0]) || !bytes.Equal(t.levels[0][i], leaf(last(r))) {
		return nil, fmt.Errorf("%w: leaf %d of the tree is not its timestamp", ErrDocument, i)
	}
	r.Sequence[0] = append(r.Sequence[0], t.stamped(i, token))
	return marshal(r)
}

func parse(der []byte) (r record, err error) {
	rest, err := asn1.Unmarshal(der, &r)
	if err != nil || len(rest) > 0 || r.Version != 1 || len(r.Sequence) != 1 || len(r.Sequence[0]) == 0 {
		return r, fmt.Errorf("%w, of one chain: %v", ErrRecord, err)
	}
	// Written again it has to be the same: no byte of it is without meaning.
	if again, err := asn1.Marshal(r); err != nil || !bytes.Equal(again, der) {
		return r, fmt.Errorf("%w in DER", ErrRecord)
	}
	if len(r.Algorithms) != 1 || !isSHA(r.Algorithms[0]) {
		return r, fmt.Errorf("%w over SHA-256", ErrRecord)
	}
	for _, a := range r.Sequence[0] {
		if !isSHA(a.Algorithm) || len(a.Tree) == 0 {
			return r, fmt.Errorf("%w over SHA-256 with a tree", ErrRecord)
		}
	}
	return r, nil
}

func isSHA(a pkix.AlgorithmIdentifier) bool {
	return a.Algorithm.Equal(sha.Algorithm) && len(a.Parameters.FullBytes) == 0
}

// climb computes what was stamped from what stands at the foot of the tree.
func (a archiveTimeStamp) climb(foot []byte) ([]byte, error) {
	if !slices.ContainsFunc(a.Tree[0], func(h []byte) bool { return bytes.Equal(h, foot) }) {
		return nil, ErrDocument
	}
	cur := join(a.Tree[0])
	for i, group := range a.Tree[1:] {
		if len(group) == 0 {
			return nil, fmt.Errorf("%w: group %d is empty", ErrRecord, i+1)
		}
		cur = join(append(slices.Clone(group), cur))
	}
	return cur, nil
}

// Verify proves as of a moment that a document with this SHA-256 was there, and
// returns since when. The newest timestamp must be good then, each older one when the
// next was given (RFC 4998, 5.3).
func Verify(der, document []byte, roots []*x509.Certificate, at time.Time, e pki.Evidence) (stamp.Time, error) {
	r, err := parse(der)
	if err != nil {
		return stamp.Time{}, err
	}
	chain := r.Sequence[0]
	var first stamp.Time
	for i := len(chain) - 1; i >= 0; i-- {
		foot := document
		if i > 0 {
			foot = leaf(chain[i-1])
		}
		top, err := chain[i].climb(foot)
		if err != nil {
			return stamp.Time{}, fmt.Errorf("timestamp %d of %d: %w", i+1, len(chain), err)
		}
		if first, err = stamp.Check(chain[i].TimeStamp.FullBytes, top, roots, at, e); err != nil {
			return stamp.Time{}, fmt.Errorf("ers: timestamp %d of %d: %w", i+1, len(chain), err)
		}
		at = first.At
	}
	return first, nil
}
