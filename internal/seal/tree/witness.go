package tree

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Submission is what a journal hands to a witness (C2SP tlog-witness, add-checkpoint):
// its new head, and the proof that it grew from the last one the witness saw.
type Submission struct {
	Old        int64 // size of that one; 0 if there was none
	Proof      []Hash
	Checkpoint []byte // signed note
}

// MaxSubmission is more than the bytes any submission takes: a line, 63 hashes, a head.
const MaxSubmission = maxNote + 4096

var errSubmission = errors.New("tree: not a request of add-checkpoint")

// Marshal writes the submission as the body of the request.
func (s Submission) Marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", s.Old)
	for _, h := range s.Proof {
		fmt.Fprintln(&b, h)
	}
	b.WriteByte('\n')
	b.Write(s.Checkpoint)
	return b.Bytes()
}

// ParseSubmission reads what Marshal writes, in that one form. Nothing is proven by it.
func ParseSubmission(body []byte) (s Submission, err error) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(body) > MaxSubmission || len(lines) > 64 {
		return s, errSubmission
	}
	n, ok := strings.CutPrefix(lines[0], "old ")
	if s.Old, err = strconv.ParseInt(n, 10, 64); !ok || err != nil || s.Old < 0 {
		return Submission{}, errSubmission
	}
	for _, l := range lines[1:] {
		h, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(h) != len(Hash{}) {
			return Submission{}, errSubmission
		}
		s.Proof = append(s.Proof, Hash(h))
	}
	s.Checkpoint = checkpoint
	if !bytes.Equal(s.Marshal(), body) {
		return Submission{}, errSubmission
	}
	return s, nil
}

// Origin is the first line of a note, whoever signed it, if anybody did.
func Origin(note []byte) string {
	line, _, _ := strings.Cut(string(note[:min(len(note), 256)]), "\n")
	return line
}
