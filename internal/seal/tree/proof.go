package tree

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Proof is all that shows one entry to stand in a journal (C2SP tlog-proof): its
// place, the hashes to the root, and the signed checkpoint that holds the root.
type Proof struct {
	Index      int64
	Hashes     []Hash
	Checkpoint []byte // signed note
}

const proofHead = "c2sp.org/tlog-proof@v1"

var errProofText = errors.New("tree: not a proof in the form c2sp.org/tlog-proof@v1")

// Marshal writes the proof as text.
func (p Proof) Marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", proofHead, p.Index)
	for _, h := range p.Hashes {
		fmt.Fprintln(&b, h)
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// ParseProof reads what Marshal writes, in that one form.
func ParseProof(text []byte) (p Proof, err error) {
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(text) > maxNote || len(lines) < 2 || len(lines) > 66 || lines[0] != proofHead {
		return p, errProofText
	}
	n, ok := strings.CutPrefix(lines[1], "index ")
	if p.Index, err = strconv.ParseInt(n, 10, 64); !ok || err != nil || p.Index < 0 {
		return Proof{}, errProofText
	}
	for _, l := range lines[2:] {
		h, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(h) != len(Hash{}) {
			return Proof{}, errProofText
		}
		p.Hashes = append(p.Hashes, Hash(h))
	}
	p.Checkpoint = checkpoint
	if !bytes.Equal(p.Marshal(), text) {
		return Proof{}, errProofText
	}
	return p, nil
}

// Check proves that entry is in the journal whose key is given.
func (p Proof) Check(entry []byte, log *Verifier, witnesses ...*Verifier) (Signed, error) {
	s, err := Open(p.Checkpoint, log, witnesses...)
	if err != nil {
		return s, err
	}
	return s, CheckInclusion(p.Hashes, s.Size, s.Root, p.Index, Leaf(entry))
}
