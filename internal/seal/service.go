package seal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/page"
	"congminh/internal/seal/tree"
)

// Service writes the journal and proves what it says.
type Service struct {
	store store
	now   func() time.Time
	keys  Keys
	log   atomic.Pointer[tree.Key] // the key heads are signed with now
	desk  desk
	files map[string]Holder // by the kind of the object
	jobs  *job.Runner

	policy Policy
}

// NewService returns a service that keeps its journal in d.
func NewService(d *db.DB, now func() time.Time) *Service {
	return &Service{store: store{db: d, edge: new(atomic.Pointer[edge])}, now: now, files: map[string]Holder{}, policy: asShipped()}
}

// Note writes a line of the journal in the transaction in ctx; without one it is
// durable when Note returns. What the entry does not say is filled in: when, who
// asks, from which office, whose the thing is.
func (s *Service) Note(ctx context.Context, e Entry) error {
	a := auth.From(ctx)
	if e.At.IsZero() {
		e.At = s.now()
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.Actor == "" {
		e.Actor, e.Name, e.Office = a.ID, a.Name, a.Office
	}
	if e.Owner == "" && a.Office != "" {
		e.Owner = pathOf(a)
	}
	return s.store.note(ctx, e)
}

func pathOf(a auth.Actor) string {
	if len(a.Path) == 0 {
		return auth.Path([]auth.Office{a.Office})
	}
	return auth.Path(a.Path)
}

// List returns the entries about things of the asker's offices that pass f, newest
// first.
func (s *Service) List(ctx context.Context, f Filter) (out page.Of[Entry], err error) {
	defer fault.Wrap(&err, "journal")
	reach, err := auth.Reach(ctx, MayAudit)
	if err != nil {
		return out, err
	}
	return s.list(ctx, reach.Like(), f)
}

// Read is List for somebody who looks: the look and its filter are a line of the journal
// themselves, before anything is shown. Turning the pages of one list is one look.
func (s *Service) Read(ctx context.Context, f Filter) (out page.Of[Entry], err error) {
	if out, err = s.List(ctx, f); err != nil || f.After != "" {
		return out, err
	}
	return out, s.noteLook(ctx, "seal.read", f)
}

// Export yields every entry that passes f, newest first. That it was taken out is a line
// of the journal, before the first entry is handed over.
func (s *Service) Export(ctx context.Context, f Filter, yield func(Entry) error) error {
	f.After, f.Limit = "", 100
	for first := true; first || f.After != ""; first = false {
		rows, err := s.List(ctx, f)
		if err == nil && first {
			err = s.noteLook(ctx, "seal.export", f)
		}
		if err != nil {
			return err
		}
		for _, e := range rows.Items {
			if err := yield(e); err != nil {
				return err
			}
		}
		f.After = rows.Next
	}
	return nil
}

func (s *Service) noteLook(ctx context.Context, verb string, f Filter) error {
	more := map[string]string{"verb": f.Verb, "actor": f.Actor, "case": f.Case, "object": f.Object, "from": string(f.From), "to": string(f.To)}
	maps.DeleteFunc(more, func(_, v string) bool { return v == "" })
	return s.Note(ctx, Entry{Verb: verb, Object: "journal", More: more})
}

// Of returns the entries about one case, newest first. Whether the asker may know
// them is for the caller to have asked: those in charge of a case see who opened it.
func (s *Service) Of(ctx context.Context, f Filter) (out page.Of[Entry], err error) {
	defer fault.Wrap(&err, "journal of case %s", f.Case)
	if f.Case == "" && f.Object == "" {
		return out, ErrNoEntry
	}
	return s.list(ctx, "%", f)
}

func (s *Service) list(ctx context.Context, like string, f Filter) (out page.Of[Entry], err error) {
	before := int64(1) << 62
	if f.After != "" {
		if before, err = strconv.ParseInt(f.After, 10, 64); err != nil {
			return out, ErrNoEntry
		}
	}
	rows, err := s.store.list(ctx, like, f, before, f.Size()+1)
	if err != nil {
		return out, err
	}
	es := make([]Entry, len(rows))
	for i, r := range rows {
		es[i] = r.Entry
	}
	return page.Cut(es, f.Req, func(e Entry) string { return strconv.FormatInt(e.N, 10) }), nil
}

// Entry returns one entry with the bytes the tree holds.
func (s *Service) Entry(ctx context.Context, n int64) (e Entry, leaf []byte, err error) {
	defer fault.Wrap(&err, "entry %d", n)
	reach, err := auth.Reach(ctx, MayAudit)
	if err != nil {
		return e, nil, err
	}
	r, err := s.store.entry(ctx, n)
	if errors.Is(err, db.ErrNone) || err == nil && !reach.Has(r.cols.Owner) {
		return e, nil, ErrNoEntry
	}
	return r.Entry, []byte(r.leaf), err
}

// Tree is the journal at one size: its head and what can be proved under it.
type Tree struct {
	Size   int64
	Root   tlog.Hash
	hashes tlog.HashReader
}

// Tree returns the journal as it stands.
func (s *Service) Tree(ctx context.Context) (t Tree, err error) {
	size, err := s.store.size(ctx)
	if err != nil {
		return t, err
	}
	return s.TreeAt(ctx, size)
}

// TreeAt returns the journal as it stood with size entries.
func (s *Service) TreeAt(ctx context.Context, size int64) (t Tree, err error) {
	defer fault.Wrap(&err, "journal of %d entries", size)
	t = Tree{Size: size, hashes: s.store.reader(ctx)}
	if size > 0 {
		t.Root, err = tlog.TreeHash(size, t.hashes)
	}
	return t, err
}

// Includes proves that entry n stands in t.
func (t Tree) Includes(n int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(t.Size, n, t.hashes)
}

// Extends proves that t grew from the journal of old entries and changed none.
func (t Tree) Extends(old int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(t.Size, old, t.hashes)
}

// Defect is something about the journal that is not as it must be.
type Defect struct {
	N    int64  `json:"n"`
	What string `json:"what"`
}

// Check reads the whole journal again: every leaf against the tree, every column
// against its leaf, places without gaps, and the root against the head given (the
// zero hash asks for none). It is what a restore, an auditor and a night job run.
func (s *Service) Check(ctx context.Context, head Tree) (found []Defect, t Tree, err error) {
	defer fault.Wrap(&err, "check journal")
	size, err := s.store.size(ctx)
	if err != nil {
		return nil, t, err
	}
	bad := func(n int64, format string, args ...any) {
		found = append(found, Defect{n, fmt.Sprintf(format, args...)})
	}
	made := hashes{made: map[int64]tlog.Hash{}}
	for n := int64(0); n < size; {
		rows, err := s.store.from(ctx, n, 1000)
		if err != nil {
			bad(n, "không đọc được: %v", err)
			return found, t, nil
		}
		if len(rows) == 0 {
			bad(n, "thiếu mọi dòng từ đây đến %d", size-1)
			return found, t, nil
		}
		for _, r := range rows {
			if r.cols.N != n {
				bad(n, "thiếu dòng này")
				return found, t, nil
			}
			if why := r.differs(); why != "" {
				bad(n, "cột %s khác nội dung đã ghi vào cây", why)
			}
			hs, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash([]byte(r.leaf)), made)
			if err != nil {
				return found, t, err
			}
			for i, h := range hs {
				made.made[tlog.StoredHashIndex(0, n)+int64(i)] = h
			}
			n++
		}
		wrong, err := s.wrongHashes(ctx, made)
		if err != nil {
			return found, t, err
		}
		for _, at := range wrong {
			_, leaf := tlog.SplitStoredHashIndex(at)
			bad(leaf, "dòng này hoặc mã băm của nó đã bị sửa")
		}
		made.prune(n)
	}
	if t, err = s.TreeAt(ctx, size); err != nil {
		bad(size, "không tính được gốc cây: %v", err)
		return found, t, nil
	}
	if head.Size > 0 {
		was, err := s.TreeAt(ctx, min(head.Size, size))
		if err != nil || head.Size > size || was.Root != head.Root {
			bad(head.Size, "nhật ký không còn khớp với đầu cây đã ký ở cỡ %d", head.Size)
		}
	}
	return found, t, nil
}

// differs names the column that is not what the leaf says.
func (r row) differs() string {
	e, c := r.Entry, r.cols
	switch {
	case e.N != c.N:
		return "n"
	case !e.At.Equal(c.At):
		return "at"
	case e.Actor != c.Actor:
		return "actor"
	case e.Verb != c.Verb:
		return "verb"
	case e.Object != c.Object:
		return "object"
	case e.Case != c.Case:
		return "case_id"
	case e.Owner != c.Owner:
		return "owner"
	case string(e.Leaf()) != r.leaf:
		return "leaf"
	}
	return ""
}

// wrongHashes compares hashes worked out afresh with those kept, and returns the
// places of those that differ or are missing.
func (s *Service) wrongHashes(ctx context.Context, fresh hashes) (out []int64, err error) {
	for places := range slices.Chunk(slices.Sorted(maps.Keys(fresh.made)), 500) {
		kept, err := s.store.nodes(ctx, places[0], places[len(places)-1])
		if err != nil {
			return nil, err
		}
		for _, at := range places {
			if got, ok := kept[at]; !ok || got != fresh.made[at].String() {
				out = append(out, at)
			}
		}
	}
	return out, nil
}

// prune forgets the hashes that a tree of n entries is not built on any more.
func (h hashes) prune(n int64) {
	keep := map[int64]tlog.Hash{}
	for _, at := range tree.Edge(n) {
		keep[at] = h.made[at]
	}
	clear(h.made)
	for at, v := range keep {
		h.made[at] = v
	}
}
