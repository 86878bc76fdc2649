package tree

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is a head of a journal (đầu nhật ký): whose journal, how many entries,
// and the root over them.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

// ErrCheckpoint is the refusal of text that is no checkpoint, or not in its one form.
var ErrCheckpoint = errors.New("tree: not a checkpoint")

// Text is what is signed (C2SP tlog-checkpoint): three lines.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// ParseCheckpoint reads the text of a checkpoint. Lines after the third are an
// extension of other logs; ours have none and none is taken.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, bad := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || bad != nil || len(root) != len(Hash{}) || size < 0 || !originOK(lines[0]) {
		return Checkpoint{}, ErrCheckpoint
	}
	c := Checkpoint{lines[0], size, Hash(root)}
	if c.Text() != text { // 007, +7, loose base64
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}

// originOK reports whether s can name a key too (note: no space, no plus).
func originOK(s string) bool {
	return s != "" && len(s) <= 255 && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '+' || r == 0x7f || r == 0xa0 || r == 0x2028 || r == 0x2029 })
}

// Kinds of keys of signed notes.
const (
	kindEd25519     = 1 // the log's own
	kindCosignature = 4 // a witness, with the time it saw the checkpoint
)

// Key signs notes. It is Ed25519, wherever it is kept.
type Key struct {
	name   string
	kind   byte
	signer crypto.Signer
	now    func() time.Time
}

// NewKey is the key of a log. Name is the origin of its checkpoints.
func NewKey(name string, signer crypto.Signer) (*Key, error) {
	return newKey(name, kindEd25519, signer, nil)
}

// NewWitness is the key of a witness (C2SP tlog-cosignature, cosignature/v1).
func NewWitness(name string, signer crypto.Signer, now func() time.Time) (*Key, error) {
	return newKey(name, kindCosignature, signer, now)
}

func newKey(name string, kind byte, signer crypto.Signer, now func() time.Time) (*Key, error) {
	if _, ok := signer.Public().(ed25519.PublicKey); !ok {
		return nil, fmt.Errorf("tree: the key of %s is not Ed25519", name)
	}
	if !originOK(name) {
		return nil, fmt.Errorf("tree: %q cannot name a key: no spaces, no plus", name)
	}
	return &Key{name, kind, signer, now}, nil
}

// Name and KeyHash are what a line of signature begins with.
func (k *Key) Name() string    { return k.name }
func (k *Key) KeyHash() uint32 { return keyHash(k.name, k.public()) }

// public is the kind and the public key, as keys are written.
func (k *Key) public() []byte {
	return append([]byte{k.kind}, k.signer.Public().(ed25519.PublicKey)...)
}

// VerifierKey is the text others check this key's signatures with.
func (k *Key) VerifierKey() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.KeyHash(), base64.StdEncoding.EncodeToString(k.public()))
}

func keyHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// Sign signs the text of a note.
func (k *Key) Sign(text []byte) ([]byte, error) {
	if k.kind == kindEd25519 {
		return k.signer.Sign(nil, text, crypto.Hash(0))
	}
	at := uint64(k.now().Unix())
	sig, err := k.signer.Sign(nil, cosigned(at, text), crypto.Hash(0))
	return append(binary.BigEndian.AppendUint64(nil, at), sig...), err
}

func cosigned(at uint64, text []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// Verifier checks the signatures of one key of a log or a witness.
type Verifier struct {
	name   string
	kind   byte
	public ed25519.PublicKey
}

// ParseVerifier reads the text of a key (VerifierKey).
func ParseVerifier(text string) (*Verifier, error) {
	bad := fmt.Errorf("tree: %.80q is not a key of a log or a witness", text)
	name, rest, ok := strings.Cut(text, "+")
	hash, key64, also := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(key64)
	if !ok || !also || err != nil || len(key) != 1+ed25519.PublicKeySize || !originOK(name) {
		return nil, bad
	}
	v := &Verifier{name, key[0], key[1:]}
	if v.kind != kindEd25519 && v.kind != kindCosignature || hash != fmt.Sprintf("%08x", v.KeyHash()) || v.String() != text {
		return nil, bad
	}
	return v, nil
}

func (v *Verifier) Name() string    { return v.name }
func (v *Verifier) Witness() bool   { return v.kind == kindCosignature }
func (v *Verifier) KeyHash() uint32 { return keyHash(v.name, append([]byte{v.kind}, v.public...)) }
func (v *Verifier) String() string {
	return fmt.Sprintf("%s+%08x+%s", v.name, v.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{v.kind}, v.public...)))
}

// Verify reports whether sig is this key's under the text of a note.
func (v *Verifier) Verify(text, sig []byte) bool {
	if v.kind == kindEd25519 {
		return len(sig) == ed25519.SignatureSize && ed25519.Verify(v.public, text, sig)
	}
	at, ok := cosignedAt(sig)
	return ok && ed25519.Verify(v.public, cosigned(uint64(at.Unix()), text), sig[8:])
}

func cosignedAt(sig []byte) (time.Time, bool) {
	if len(sig) != 8+ed25519.SignatureSize {
		return time.Time{}, false
	}
	at := binary.BigEndian.Uint64(sig)
	if at > 1<<40 { // 36812: not a time
		return time.Time{}, false
	}
	return time.Unix(int64(at), 0).UTC(), true
}

// Sign returns the checkpoint as a signed note.
func (c Checkpoint) Sign(keys ...*Key) ([]byte, error) {
	if _, err := ParseCheckpoint(c.Text()); err != nil {
		return nil, fmt.Errorf("tree: checkpoint of %q at %d cannot be written", c.Origin, c.Size)
	}
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		signers[i] = k
	}
	return note.Sign(&note.Note{Text: c.Text()}, signers...)
}

// Signed is a checkpoint with who is proven to have signed it.
type Signed struct {
	Checkpoint
	Cosigned map[string]time.Time // witness, and when it saw the checkpoint
	Note     []byte
}

// maxNote is more than a checkpoint with a hundred witnesses takes.
const maxNote = 64 << 10

// Open checks a signed checkpoint: the key of its log must have signed it; witnesses
// that are known must have signed truly. Signatures of keys not given say nothing,
// unless they are of a log key given under a name that is not the origin.
func Open(signed []byte, log *Verifier, witnesses ...*Verifier) (Signed, error) {
	if len(signed) > maxNote || log == nil || log.Witness() {
		return Signed{}, ErrCheckpoint
	}
	known := []note.Verifier{log}
	for _, w := range witnesses {
		known = append(known, w)
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return Signed{}, fmt.Errorf("tree: checkpoint: %w", err)
	}
	s := Signed{Cosigned: map[string]time.Time{}, Note: signed}
	if s.Checkpoint, err = ParseCheckpoint(n.Text); err != nil {
		return Signed{}, err
	}
	own := false
	for _, sig := range append(n.Sigs, n.UnverifiedSigs...) { // spare bits of base64 are no place for anything
		if raw, err := base64.StdEncoding.DecodeString(sig.Base64); err != nil || base64.StdEncoding.EncodeToString(raw) != sig.Base64 {
			return Signed{}, ErrCheckpoint
		}
	}
	for _, sig := range n.Sigs {
		if sig.Name == log.name && sig.Hash == log.KeyHash() {
			own = s.Origin == log.name
			continue
		}
		raw, _ := base64.StdEncoding.DecodeString(sig.Base64) // note.Open has read it
		if at, ok := cosignedAt(raw[4:]); ok {
			s.Cosigned[sig.Name] = at
		}
	}
	if !own {
		return Signed{}, fmt.Errorf("tree: checkpoint of %q is not signed by the key of %s", s.Origin, log.name)
	}
	return s, nil
}

// Cosign adds the signature of a witness to a signed checkpoint. Whoever calls it has
// checked that it grew from the last one the witness saw (CheckConsistency).
func Cosign(s Signed, witness *Key) ([]byte, error) {
	if witness.kind != kindCosignature {
		return nil, fmt.Errorf("tree: %s is not the key of a witness", witness.name)
	}
	raw, err := witness.Sign([]byte(s.Text()))
	if err != nil {
		return nil, fmt.Errorf("tree: witness %s: %w", witness.name, err)
	}
	head := binary.BigEndian.AppendUint32(nil, witness.KeyHash())
	return fmt.Appendf(append([]byte(nil), s.Note...), "— %s %s\n", witness.name, base64.StdEncoding.EncodeToString(append(head, raw...))), nil
}
