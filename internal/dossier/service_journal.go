package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
	"congminh/internal/seal"
)

// tell writes a line of the journal about a file: in the transaction in ctx, else
// before tell returns. What a person may look at is looked at only once the line is
// durable. more is pairs of a name and a value.
func (s *Service) tell(ctx context.Context, d Dossier, verb, object string, more ...string) error {
	o, err := s.cases.Office(ctx, d.Office)
	if err != nil {
		return err
	}
	e := seal.Entry{Verb: verb, Object: object, Case: string(d.Case), Owner: o.Path, Rule: string(d.right.Rule), Grant: d.right.Grant, More: map[string]string{}}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			e.More[more[i]] = more[i+1]
		}
	}
	return s.Journal.Note(ctx, e)
}

// again is how long one look at a page counts as one: its picture, its text and a
// second picture of it come as requests of their own.
const again = time.Minute

// looks remembers who looked at which page a moment ago. What it forgets is written
// once more, never once less.
type looks struct {
	mu sync.Mutex
	at map[string]*look
}

// look is one look at a page: since when, and whether the journal has it.
type look struct {
	from time.Time
	done chan struct{}
	err  error
}

// begin returns the look of who at p that covers one now, or begins a new one, which
// the caller has to tell.
func (l *looks) begin(who string, p PageID, now time.Time) (k *look, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := who + " " + string(p)
	if k, ok := l.at[key]; ok && now.Sub(k.from) < again && !now.Before(k.from) && !k.failed() {
		return k, false
	}
	if len(l.at) > 50_000 || l.at == nil {
		l.at = map[string]*look{}
	}
	k = &look{from: now, done: make(chan struct{})}
	l.at[key] = k
	return k, true
}

// failed reports whether the journal refused k.
func (k *look) failed() bool {
	select {
	case <-k.done:
		return k.err != nil
	default:
		return false
	}
}

// told waits until the journal has k.
func (k *look) told() error {
	<-k.done
	return k.err
}

// look begins to tell the journal that the asker opens a page. The page is got ready
// while the line goes to the disk, and shown to nobody before told returns nil.
func (s *Service) look(ctx context.Context, p Page) (told func() error) {
	k, fresh := s.looks.begin(auth.From(ctx).ID, p.ID, s.now())
	if fresh {
		file := *p.file // as it is now: the caller goes on with it
		p.file = &file
		go func() {
			defer close(k.done)
			// Who turns away meanwhile has asked for the page all the same.
			k.err = s.tellLook(context.WithoutCancel(ctx), p)
		}()
	}
	return k.told
}

func (s *Service) tellLook(ctx context.Context, p Page) error {
	d := *p.file
	d.right = p.right
	return s.tell(ctx, d, "page.view", "page/"+string(p.ID), "folio", Cite(p.Folio, p.Folio), "dossier", d.Title)
}

// digest is SHA-256 over the order, the folio numbers and the pictures of pages:
// what a closing and a numbering prove.
func digest(pages []Page) string {
	h := sha256.New()
	for _, p := range pages {
		if p.State != Excluded {
			fmt.Fprintf(h, "%d %s %s\n", p.Folio, p.ID, p.Picture)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Openings returns who opened, printed, exported or changed a file, newest first.
// It is for those who may read the file (ai đã mở hồ sơ của tôi).
func (s *Service) Openings(ctx context.Context, d ID, f seal.Filter) (file Dossier, out page.Of[seal.Entry], err error) {
	defer fault.Wrap(&err, "openings of %s", d)
	if file, err = s.open(ctx, d, MayRead); err != nil {
		return file, out, err
	}
	f.Case, f.Object = string(file.Case), ""
	out, err = s.Journal.Of(ctx, f)
	return file, out, err
}
