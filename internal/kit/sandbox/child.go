package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"congminh/internal/kit/fault"
)

// Child serves requests and never returns if this process was started by Start;
// else it does nothing. Call it first in main and in TestMain.
func Child(handlers map[string]Handler) {
	set := os.Getenv(env)
	if set == "" {
		return
	}
	if err := serve(set, handlers); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
	}
	os.Exit(1)
}

func serve(set string, handlers map[string]Handler) error {
	var l setting
	if err := json.Unmarshal([]byte(set), &l); err != nil {
		return err
	}
	in, out, err := takePipes()
	if err != nil {
		return err
	}
	if err := confine(l.Limits); err != nil {
		return err
	}
	// The collector should work harder before the limit makes it an accident.
	debug.SetMemoryLimit(l.Memory / 4 * 3)
	// A child works on one large picture after another: with the usual 100 per cent
	// the picture before would lie beside each.
	debug.SetGCPercent(30)

	// Requests are read beside the work, so that the end of the parent is seen in
	// the middle of it.
	requests := make(chan request)
	go func() {
		r := bufio.NewReader(in)
		for {
			var q request
			if err := receive(r, &q); err != nil {
				if l.Temp {
					os.RemoveAll(l.Dir)
				}
				killSelf()
			}
			requests <- q
		}
	}()
	for q := range requests {
		if err := moreCPU(l.CPU); err != nil {
			return err
		}
		if err := send(out, answer(handlers, q)); err != nil {
			return err
		}
	}
	return nil
}

// answer does q. A panic is not caught: what it left behind is not to be trusted.
func answer(handlers map[string]Handler, q request) reply {
	h, ok := handlers[q.Method]
	if !ok {
		return reply{Error: "no such method"}
	}
	v, err := h(context.Background(), q.Args)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return reply{Fault: f}
	}
	if err != nil {
		return reply{Error: err.Error()}
	}
	raw, err := json.Marshal(v)
	if err == nil && len(raw) > maxFrame-1024 {
		err = fmt.Errorf("answer of %d bytes is too long", len(raw))
	}
	if err != nil {
		return reply{Error: err.Error()}
	}
	return reply{OK: raw}
}

// limitsHere returns the limits of this process, if it is a child.
func limitsHere() (l Limits, ok bool) {
	set := os.Getenv(env)
	return l, set != "" && json.Unmarshal([]byte(set), &l) == nil
}
