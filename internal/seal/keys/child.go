package keys

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"congminh/internal/kit/fault"
)

// maxFrame is the longest message, in bytes.
const maxFrame = 1 << 20

// request is what the child is asked: the certificates of a token, or a signature.
type request struct {
	Library       string
	Token, Serial string
	PIN           string
	Sign          bool
	Label, ID     string // of the private key; ID in hex
	Mechanism     ulong
	Data          []byte
}

type found struct {
	Label, ID string
	DER       []byte
}

type reply struct {
	Certificates []found      `json:",omitempty"`
	Signature    []byte       `json:",omitempty"`
	Fault        *fault.Error `json:",omitempty"`
	Error        string       `json:",omitempty"` // what is told beside the refusal
}

// refused is the reply to what cannot be done.
func refused(err error) reply {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		f = ErrSigner
	}
	return reply{Fault: f, Error: err.Error()}
}

func send(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxFrame {
		return fmt.Errorf("keys: a message of %d bytes is too long", len(b))
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func receive(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return fmt.Errorf("keys: a message of %d bytes is too long", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// Serve is the child process (congminh signer): it answers requests on standard input
// until that ends. What a library prints goes to standard error.
func Serve() error {
	out, err := takeStdout()
	if err != nil {
		return err
	}
	requests := make(chan request)
	go func() { // beside the work: the end of the parent ends a library that hangs, too
		in := bufio.NewReader(os.Stdin)
		for {
			var q request
			if err := receive(in, &q); err != nil {
				os.Exit(0)
			}
			requests <- q
		}
	}()
	runtime.LockOSThread() // C_Initialize was told of one thread
	libraries := map[string]*cryptoki{}
	for q := range requests {
		if err := send(out, answer(libraries, q)); err != nil {
			return err
		}
	}
	return nil
}

func answer(libraries map[string]*cryptoki, q request) reply {
	c := libraries[q.Library]
	if c == nil {
		var err error
		if c, err = loadCryptoki(q.Library); err != nil {
			return refused(err)
		}
		libraries[q.Library] = c
	}
	return c.do(q)
}
