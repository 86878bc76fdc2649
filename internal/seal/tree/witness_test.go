package tree

import (
	"bytes"
	"strings"
	"testing"
)

func TestSubmission(t *testing.T) {
	s := Submission{Old: 3, Proof: []Hash{{1}, {2}}, Checkpoint: signed(t)}
	body := s.Marshal()
	got, err := ParseSubmission(body)
	if err != nil || got.Old != 3 || len(got.Proof) != 2 || !bytes.Equal(got.Checkpoint, s.Checkpoint) {
		t.Fatal(got, err)
	}
	for _, bad := range []string{
		"", "old 3", "old 3\n", "old -1\n\nx", "old 03\n\nx", "old +3\n\nx", "Old 3\n\nx", "old 3\nx\n\nx",
		"old 3\n" + strings.Repeat(Hash{}.String()+"\n", 64) + "\nx", "old 99999999999999999999\n\nx",
		"old 3\r\n\r\nx", "old 3\n\n" + strings.Repeat("x", MaxSubmission),
	} {
		if _, err := ParseSubmission([]byte(bad)); err == nil {
			t.Errorf("%.40q was taken", bad)
		}
	}
}

// Whatever is read is written back byte for byte.
func FuzzSubmission(f *testing.F) {
	f.Add(Submission{Checkpoint: signed(f)}.Marshal())
	f.Add(Submission{Old: 7, Proof: []Hash{{1}, {2}, {3}}, Checkpoint: []byte("a\n1\nx\n\n— a b\n")}.Marshal())
	f.Add([]byte("old 1\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := ParseSubmission(body)
		if err == nil && !bytes.Equal(s.Marshal(), body) {
			t.Errorf("%q became %q", body, s.Marshal())
		}
		_ = Origin(s.Checkpoint)
	})
}
