package hook

import (
	"crypto/hmac"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPostIsSigned(t *testing.T) {
	at := time.Date(2026, 3, 16, 7, 0, 0, 0, time.UTC)
	var got *http.Request
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer srv.Close()
	c := &Client{Inside: true}
	if err := c.Post(t.Context(), srv.URL, "bí mật", "018f", at, map[string]string{"subject": "Sắp hết hạn"}); err != nil {
		t.Fatal(err)
	}
	sent, _ := strconv.ParseInt(got.Header.Get("X-Congminh-Time"), 10, 64)
	want := "sha256=" + Sign("bí mật", time.Unix(sent, 0), body)
	if sig := got.Header.Get("X-Congminh-Signature"); !hmac.Equal([]byte(sig), []byte(want)) || got.Header.Get("X-Congminh-Id") != "018f" {
		t.Errorf("signature: got %s, want %s", sig, want)
	}
	if Sign("khác", at, body) == Sign("bí mật", at, body) || Sign("bí mật", at.Add(time.Second), body) == Sign("bí mật", at, body) {
		t.Error("the signature hangs on the secret and on the time")
	}
}

func TestOnlyTwoHundredsAreTaken(t *testing.T) {
	status := http.StatusOK
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a signed message followed a redirect") }))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(status)
	}))
	c := &Client{Inside: true}
	for _, s := range []int{http.StatusNoContent, http.StatusFound, http.StatusInternalServerError, http.StatusNotFound} {
		status = s
		err := c.Post(t.Context(), srv.URL, "s", "1", time.Unix(0, 0), 1)
		if (err == nil) != (s == http.StatusNoContent) {
			t.Errorf("%d: got %v", s, err)
		}
	}
	status = http.StatusOK
	if err := c.Ping(t.Context(), srv.URL); err != nil {
		t.Errorf("ping: %v", err)
	}
	srv.Close()
	if err := c.Ping(t.Context(), srv.URL); err == nil || !strings.Contains(err.Error(), "hook") {
		t.Errorf("nobody there: got %v", err)
	}
}

// What people give as an address leads outside, whatever it is called.
func TestInsideIsRefused(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a message went inside") }))
	defer srv.Close()
	c := &Client{}
	name := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	for _, address := range []string{srv.URL, name, "http://10.0.0.1:1", "http://192.168.1.1:1", "http://169.254.169.254", "http://[::1]:1", "http://[::ffff:127.0.0.1]:1", "http://0.0.0.0:1"} {
		if err := c.Post(t.Context(), address, "s", "1", time.Unix(0, 0), 1); !errors.Is(err, ErrInside) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
