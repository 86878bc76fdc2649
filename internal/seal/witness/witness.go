// Package witness is how a journal and a witness speak over HTTP (nơi đối chứng đầu nhật
// ký): C2SP tlog-witness, add-checkpoint. What is said is tree.Submission; whether it is
// true is for who asks and who answers to find out.
package witness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Path is where a witness answers, below its address.
const Path = "/log/add-checkpoint"

// Said is the answer of a witness.
type Said struct {
	Status int
	Type   string
	Body   []byte
}

const text = "text/plain; charset=utf-8"

// Signed is the answer with a countersignature.
func Signed(line []byte) Said { return Said{http.StatusOK, text, line} }

// Conflict is the answer to whoever began from another size than the witness knows.
func Conflict(size int64) Said {
	return Said{http.StatusConflict, "text/x.tlog.size", fmt.Appendf(nil, "%d\n", size)}
}

// The refusals of tlog-witness.
func Malformed(why string) Said { return Said{http.StatusBadRequest, text, []byte(why + "\n")} }
func Unknown(why string) Said   { return Said{http.StatusNotFound, text, []byte(why + "\n")} }
func Unsigned(why string) Said  { return Said{http.StatusForbidden, text, []byte(why + "\n")} }
func Unproven(why string) Said {
	return Said{http.StatusUnprocessableEntity, text, []byte(why + "\n")}
}
func Busy() Said { return Said{http.StatusTooManyRequests, text, []byte("come back in a minute\n")} }

// OK, Stale and Broken say which answer it is.
func (s Said) OK() bool     { return s.Status == http.StatusOK }
func (s Said) Stale() bool  { return s.Status == http.StatusConflict }
func (s Said) Broken() bool { return s.Status == http.StatusUnprocessableEntity }

// Size is the size a Conflict tells.
func (s Said) Size() (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSuffix(string(s.Body), "\n"), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("witness: HTTP 409 without the size that is known")
	}
	return n, nil
}

// Err is any other answer as an error.
func (s Said) Err() error {
	return fmt.Errorf("witness: HTTP %d: %.200s", s.Status, bytes.TrimSpace(s.Body))
}

// answerLimit is the most that is read of an answer, in bytes.
const answerLimit = 16 << 10

// Post hands body to the witness at an address, and waits 10 s. Redirects are not
// followed: the address is what people agreed to.
func Post(ctx context.Context, address string, body []byte) (out Said, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+Path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		return out, err
	}
	defer res.Body.Close()
	out.Status, out.Type = res.StatusCode, res.Header.Get("Content-Type")
	out.Body, err = io.ReadAll(io.LimitReader(res.Body, answerLimit))
	return out, err
}
