package mail

import (
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// server is a real SMTP server in this process.
type server struct {
	mu     sync.Mutex
	to     []string
	body   []string
	refuse bool
}

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }

type session struct {
	s  *server
	to string
}

func (x *session) Mail(string, *smtp.MailOptions) error { return nil }
func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if x.s.refuse {
		return &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
	}
	x.to = to
	return nil
}
func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.to, x.s.body = append(x.s.to, x.to), append(x.s.body, string(b))
	return err
}
func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }

func serve(t *testing.T) (*server, *net.TCPAddr) {
	t.Helper()
	s := &server{}
	srv := smtp.NewServer(s)
	srv.Domain = "localhost"
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close() })
	return s, ln.Addr().(*net.TCPAddr)
}

var letter = Letter{To: "pao@example.vn", ID: "018f", Subject: "Sắp hết hạn: vụ 12/2026/HS, INV-01", At: time.Date(2026, 3, 16, 7, 0, 0, 0, time.UTC), Urgent: true,
	Lines: []string{"• Sắp hết hạn: vụ 12/2026/HS", "  https://congminh.example/cases/1"}}

func TestLetterArrives(t *testing.T) {
	s, at := serve(t)
	c, err := New(Options{Host: "127.0.0.1", Port: at.Port, From: "canhbao@vks.example.vn", TLS: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	if len(s.body) != 1 || s.to[0] != "pao@example.vn" {
		t.Fatalf("got %v", s.to)
	}
	m, err := mail.ReadMessage(strings.NewReader(s.body[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != letter.Subject {
		t.Errorf("subject: got %q, %v", subject, err)
	}
	if id := m.Header.Get("Message-Id"); id != "<018f@vks.example.vn>" {
		t.Errorf("the same letter has the same id: got %q", id)
	}
	if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Importance") == "" {
		t.Errorf("headers: got %v", m.Header)
	}
}

func TestRefusalAndSilenceAreErrors(t *testing.T) {
	s, at := serve(t)
	s.refuse = true
	c, err := New(Options{Host: "127.0.0.1", Port: at.Port, From: "canhbao@vks.example.vn", TLS: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), letter); err == nil || !strings.Contains(err.Error(), "550") {
		t.Errorf("refused: got %v", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0") // takes calls and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err = New(Options{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, From: "canhbao@vks.example.vn", TLS: "none", Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := c.Send(t.Context(), letter); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("silence: got %v after %v", err, time.Since(began))
	}
	// A server that offers no TLS gets no letter where TLS is demanded.
	s.refuse = false
	c, err = New(Options{Host: "127.0.0.1", Port: at.Port, From: "canhbao@vks.example.vn"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), letter); err == nil {
		t.Error("without TLS: sent")
	}
	if err := errors.Join(wrong(Options{}), wrong(Options{Host: "h", From: "a@b.vn", TLS: "maybe"})); err != nil {
		t.Error(err)
	}
}

func wrong(o Options) error {
	if _, err := New(o); err == nil {
		return errors.New("made a client of nothing")
	}
	return nil
}
