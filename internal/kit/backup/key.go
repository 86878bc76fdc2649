package backup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// Writer is the key a server backs up with. It can add snapshots and sign them, and
// cannot read a single one: what it seals only the Identity opens.
type Writer struct {
	to   age.Recipient
	name []byte // makes names that tell nothing of what they name
	sign ed25519.PrivateKey
}

// Identity is the key that opens snapshots, and knows whose signature they must bear.
// It is kept apart from the server and from the targets.
type Identity struct {
	opens []age.Identity
	by    ed25519.PublicKey
}

const (
	seedMark   = "# congminh-backup-seed: "
	signerMark = "# congminh-backup-signer: "
)

// NewKeys returns the texts of the two files of a new pair. The key is of age's hybrid
// kind (ML-KEM-768 with X25519): a backup taken away today is to stay closed when
// quantum computers can read old curves. random gives the seed of the writer.
func NewKeys(random io.Reader) (writer, identity []byte, err error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, nil, fmt.Errorf("backup key: %w", err)
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, nil, fmt.Errorf("backup key: %w", err)
	}
	writer = fmt.Appendf(nil, "%s%x\n%s\n", seedMark, seed, id.Recipient())
	w, err := ParseWriter(writer)
	if err != nil {
		return nil, nil, err
	}
	identity = fmt.Appendf(nil, "%s%x\n%s\n", signerMark, w.sign.Public(), id)
	return writer, identity, nil
}

// ParseWriter reads the file of a server.
func ParseWriter(text []byte) (*Writer, error) {
	seed, err := marked(text, seedMark, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("backup key: %w", err)
	}
	to, err := age.ParseRecipients(bytes.NewReader(text))
	if err != nil || len(to) != 1 {
		return nil, errors.New("backup key: want one age recipient")
	}
	name, err := hkdf.Key(sha256.New, seed, nil, "congminh backup names", 32)
	if err != nil {
		return nil, fmt.Errorf("backup key: %w", err)
	}
	return &Writer{to[0], name, ed25519.NewKeyFromSeed(seed)}, nil
}

// ParseIdentity reads the file that is kept apart.
func ParseIdentity(text []byte) (*Identity, error) {
	by, err := marked(text, signerMark, ed25519.PublicKeySize)
	if err != nil {
		return nil, fmt.Errorf("backup identity: %w", err)
	}
	opens, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("backup identity: no age identity in it") // its error may quote the secret
	}
	return &Identity{opens, by}, nil
}

func marked(text []byte, mark string, size int) ([]byte, error) {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			b, err := hex.DecodeString(strings.TrimSpace(rest))
			if err == nil && len(b) == size {
				return b, nil
			}
		}
	}
	return nil, fmt.Errorf("no line %q with %d bytes in hex", strings.TrimSpace(mark), size)
}

// called is the name of an object: the owner of a target, who may know a document,
// must not find out whether it is in the backup.
func called(key []byte, what string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(what))
	return hex.EncodeToString(h.Sum(nil))
}

func (w *Writer) seal(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	to, err := age.Encrypt(&out, w.to)
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(plain); err != nil {
		return nil, err
	}
	if err := to.Close(); err != nil { // writes the last part
		return nil, err
	}
	return out.Bytes(), nil
}

// open opens an object. It never returns more than limit bytes.
func (i *Identity) open(sealed []byte, limit int64) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), i.opens...)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, ErrKey
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(plain)) > limit {
		err = errors.New("longer than it may be")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAltered, err)
	}
	return plain, nil
}
