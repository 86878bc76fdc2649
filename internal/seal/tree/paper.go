package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// On paper a checkpoint is its origin, its size, and lines of four groups of four
// letters with two check letters (Crockford's base 32: no I, L, O, U). The lines hold
// the root, the size, and 80 bits of a hash over all three, so that a slip of the pen
// in a line is told by the line, and any other by the whole.
const (
	letters   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	lineBytes = 10 // 16 letters
	paperSize = 50
	prime     = 1021 // the largest below 32×32: one wrong letter, or two exchanged, never fit
)

// ErrPaper is the refusal of typed lines; those around it tell which.
var ErrPaper = errors.New("tree: what was typed is not a printed checkpoint")

func (c Checkpoint) seal() []byte {
	sum := sha256.Sum256([]byte("congminh paper v1\n" + c.Text()))
	return sum[:lineBytes]
}

// Paper is the checkpoint as printed for keeping on paper.
func (c Checkpoint) Paper() string {
	raw := append(c.Root[:], binary.BigEndian.AppendUint64(nil, uint64(c.Size))...)
	raw = append(raw, c.seal()...)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n", c.Origin, c.Size)
	for i := range paperSize / lineBytes {
		line := encodeLine(raw[i*lineBytes:][:lineBytes])
		fmt.Fprintf(&b, "%d  %s %s %s %s  %s\n", i+1, line[:4], line[4:8], line[8:12], line[12:], checkLetters(i+1, line))
	}
	return b.String()
}

func encodeLine(raw []byte) string {
	var out strings.Builder
	acc, bits := uint(0), 0
	for _, b := range raw {
		for acc, bits = acc<<8|uint(b), bits+8; bits >= 5; bits -= 5 {
			out.WriteByte(letters[acc>>(bits-5)&31])
		}
	}
	return out.String()
}

func checkLetters(n int, line string) string {
	sum := n % prime
	for _, r := range line {
		sum = (sum*32 + strings.IndexRune(letters, r)) % prime
	}
	return string([]byte{letters[sum>>5], letters[sum&31]})
}

// ParsePaper reads what a person typed from paper: small letters, I and L for 1, O for
// 0, and any spaces will do; number and order of the lines must be as printed.
func ParsePaper(text string) (Checkpoint, error) {
	var rows []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			rows = append(rows, l)
		}
	}
	if len(rows) != 2+paperSize/lineBytes {
		return Checkpoint{}, fmt.Errorf("%w: %d lines, not %d", ErrPaper, len(rows), 2+paperSize/lineBytes)
	}
	size, err := strconv.ParseInt(strings.Join(strings.Fields(rows[1]), ""), 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, fmt.Errorf("%w: the second line is the number of entries", ErrPaper)
	}
	var raw []byte
	for i, row := range rows[2:] {
		part, ok := decodeLine(i+1, row)
		if !ok {
			return Checkpoint{}, fmt.Errorf("%w: line %d", ErrPaper, i+1)
		}
		raw = append(raw, part...)
	}
	c := Checkpoint{rows[0], size, Hash(raw[:32])}
	if binary.BigEndian.Uint64(raw[32:]) != uint64(size) || string(raw[40:]) != string(c.seal()) || !originOK(c.Origin) {
		return Checkpoint{}, fmt.Errorf("%w: name, size and lines are not of one checkpoint", ErrPaper)
	}
	return c, nil
}

var alike = strings.NewReplacer("I", "1", "L", "1", "O", "0", "-", "")

func decodeLine(n int, row string) ([]byte, bool) {
	s := alike.Replace(strings.ToUpper(strings.Join(strings.Fields(row), "")))
	s, ok := strings.CutPrefix(s, strconv.Itoa(n))
	if !ok || len(s) != 18 || strings.Trim(s, letters) != "" || checkLetters(n, s[:16]) != s[16:] {
		return nil, false
	}
	var out []byte
	acc, bits := uint(0), 0
	for _, r := range s[:16] {
		acc, bits = acc<<5|uint(strings.IndexRune(letters, r)), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	return out, true
}
