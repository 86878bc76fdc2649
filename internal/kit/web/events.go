package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// heartbeat keeps a quiet stream open through proxies, which cut at 30 or 60 seconds.
const heartbeat = 15 * time.Second

// longest is the life of a stream. The browser asks again after it, and is refused
// if the person has signed out or lost the right meanwhile.
const longest = 10 * time.Minute

type endKey struct{}

// EndStreams returns a context whose event streams end when done is closed: a server
// that stops waits for its requests, and a stream would never end by itself.
func EndStreams(ctx context.Context, done <-chan struct{}) context.Context {
	return context.WithValue(ctx, endKey{}, done)
}

// Events sends parts of a page as they change, until feed returns. When the person
// leaves, or the stream has lived long enough, or the server stops, the context that
// feed gets is done and send returns an error. What breaks in feed ends the stream,
// and the browser asks again.
//
// An event is a name, "progress", or a name and how far the stream has come,
// "progress#17". After a lost connection the browser asks again, and LastEvent
// says "17". To stop it asking, send "close" last: site.js ends the stream then.
func Events(w http.ResponseWriter, r *http.Request, feed func(ctx context.Context, send func(event string, c templ.Component) error) error) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the stream
	out := http.NewResponseController(w)
	// The server may limit how long an answer takes; this one takes as long as it takes.
	_ = out.SetWriteDeadline(time.Time{})
	w.WriteHeader(http.StatusOK)

	ctx, cancel := context.WithTimeout(r.Context(), longest)
	defer cancel()
	end, _ := ctx.Value(endKey{}).(<-chan struct{})
	var mu sync.Mutex
	write := func(b []byte) error {
		mu.Lock()
		defer mu.Unlock()
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		return out.Flush()
	}
	if err := write([]byte("retry: 3000\n\n")); err != nil {
		return nil
	}
	stop := make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() {
		t := time.NewTicker(heartbeat)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if write([]byte(":\n\n")) != nil {
					return
				}
			case <-end: // never, if there is none
				cancel()
				return
			case <-stop:
				return
			case <-ctx.Done():
				return
			}
		}
	})
	err := feed(ctx, func(event string, c templ.Component) error {
		name, at, _ := strings.Cut(event, "#")
		var b, body bytes.Buffer
		fmt.Fprintf(&b, "event: %s\n", name)
		if at != "" {
			fmt.Fprintf(&b, "id: %s\n", at)
		}
		if c != nil {
			if err := c.Render(ctx, &body); err != nil {
				return err
			}
		}
		for line := range strings.SplitSeq(body.String(), "\n") {
			fmt.Fprintf(&b, "data: %s\n", strings.TrimRight(line, "\r"))
		}
		b.WriteByte('\n')
		return write(b.Bytes())
	})
	close(stop)
	beat.Wait() // w must not be written to after the handler has returned
	if err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// LastEvent returns how far the browser has seen the stream, "" at its beginning.
func LastEvent(r *http.Request) string { return r.Header.Get("Last-Event-ID") }
