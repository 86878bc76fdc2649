// Package search finds pages by what is written on them: one full-text index for
// Vietnamese, inside the program's own database, on SQLite and PostgreSQL alike.
//
// Vietnamese is written syllable by syllable, and without its marks one common
// syllable stands on a third of all pages. An index of single words therefore
// finds everything and ranks nothing. This one holds for each page a set of terms
// made here and not by the database: every word without marks, every pair of
// neighbours ("tam_giu"), every word with its marks ("=tạm"), every beginning
// ("^ta"), and the tags that say who may see the page. Pairs are rare, so a phrase
// is found by its pairs; what a person may see is part of the question asked of
// the index, never a filter after it.
//
// Nothing is scored one hit at a time. The hits fall into four classes, best
// first: the words side by side with the marks as typed; side by side; scattered
// but with the marks; scattered. Within a class the newer page comes first. Each
// class is a question the index answers from its newest end, so the first answers
// cost the same however many there are.
//
// Put, Delete and Retag join the transaction in ctx (see kit/db).
package search

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/vn"
)

// Doc is a page to be found.
type Doc struct {
	Key  string   // what the caller calls the page
	Text string   // what is written on it
	Tags []string // scopes and facets: "o:hn", "c:<case>", "m:202603"; any text, compared whole
}

// Query is a question.
type Query struct {
	Text  string     // as typed, see Parse; empty asks for the newest pages
	Scope []string   // a hit has at least one of these tags: what the person may see. Empty: nothing
	Must  [][]string // and of each group at least one; an empty group has none
	After string     // Found.Next of the page before
	Limit int        // at most 200; 0 is 20
}

// Hit is a page that answers.
type Hit struct {
	Key   string
	Score float64 // the class, 3 is best; within a class newer pages come first
}

// Found is a screenful of hits.
type Found struct {
	Hits  []Hit
	Next  string // ask with it as After for what follows; "" if nothing does. There can be a Next without a hit, see Find
	Total int    // how many hits there are in all, if Exact; else there are at least so many
	Exact bool
}

// ErrCursor is the refusal of an After that no Find returned.
var ErrCursor = fault.New(fault.Invalid, "search.cursor", "Địa chỉ trang kết quả không đúng. Hãy tìm lại từ đầu.")

const (
	limit    = 20
	maxLimit = 200
	countTo  = 1000 // a person does not care whether 5,000 or 6,000 pages were found
	verifyTo = 100  // the same where each page must be looked at
	lookAt   = 300  // how many pages one Find looks at
)

// Index is the index in a database.
type Index struct {
	db      *db.DB
	store   store
	countTo int
	lookAt  int
}

// New returns the index in d. Its tables must be there, see Migrate.
func New(d *db.DB) *Index {
	ix := &Index{db: d, store: sqlite{d, recent}, countTo: countTo, lookAt: lookAt}
	if d.Postgres() {
		ix.store = postgres{d, blockBits}
	}
	return ix
}

// Migrate makes the tables of the index if they are not there.
func (ix *Index) Migrate(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "migrate search")
	return ix.db.Tx(ctx, ix.store.migrate)
}

// Put adds pages, or replaces what was known of them. A page keeps its age.
func (ix *Index) Put(ctx context.Context, docs ...Doc) (err error) {
	defer fault.Wrap(&err, "index pages")
	pages := make([]page, 0, len(docs))
	at := map[string]int{}
	for _, d := range docs {
		words := split(d.Text)
		p := page{d.Key, pack(words), terms(words, d.Tags)}
		if i, ok := at[d.Key]; ok {
			pages[i] = p
			continue
		}
		at[d.Key] = len(pages)
		pages = append(pages, p)
	}
	return ix.db.Tx(ctx, func(ctx context.Context) error {
		return ix.store.put(ctx, pages)
	})
}

// Rebuild empties the index and fills it with docs, oldest first. It is for an
// import or a restore: it commits as it goes, and until it returns the index
// answers with what it has so far.
func (ix *Index) Rebuild(ctx context.Context, docs iter.Seq2[Doc, error]) (err error) {
	defer fault.Wrap(&err, "rebuild search")
	return ix.store.rebuild(ctx, func() error {
		var batch []Doc
		for d, err := range docs {
			if err != nil {
				return err
			}
			if batch = append(batch, d); len(batch) == 500 {
				if err := ix.Put(ctx, batch...); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		return ix.Put(ctx, batch...)
	})
}

// Retag gives a page other tags. A page that is not in the index stays out of it.
func (ix *Index) Retag(ctx context.Context, key string, tags []string) (err error) {
	defer fault.Wrap(&err, "retag page %s", key)
	return ix.db.Tx(ctx, func(ctx context.Context) error {
		packed, err := ix.store.packed(ctx, key)
		if err != nil || packed == nil {
			return err
		}
		text, err := unpack(packed)
		if err != nil {
			return err
		}
		return ix.store.put(ctx, []page{{key, packed, terms(split(text), tags)}})
	})
}

// Delete takes pages out of the index.
func (ix *Index) Delete(ctx context.Context, keys ...string) (err error) {
	defer fault.Wrap(&err, "delete pages from index")
	return ix.db.Tx(ctx, func(ctx context.Context) error {
		for _, k := range keys {
			if err := ix.store.delete(ctx, k); err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
		}
		return nil
	})
}

// Optimise puts the index in its best order after much was added; for the night.
func (ix *Index) Optimise(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "optimise search")
	return ix.store.optimise(ctx)
}

// Find answers a question.
//
// A phrase of three words and more is the one thing the index only suspects; each
// suspect is looked at. If three hundred of them gave too few hits, Find returns
// those it has, and Next goes on from there.
func (ix *Index) Find(ctx context.Context, q Query) (f Found, err error) {
	defer fault.Wrap(&err, "search")
	f.Exact = true
	at, err := parseCursor(q.After)
	if err != nil {
		return f, err
	}
	if q.Limit <= 0 {
		q.Limit = limit
	}
	q.Limit = min(q.Limit, maxLimit)
	p, ok := plan(q)
	if !ok {
		return f, nil
	}
	want := q.Limit + 1
	if p.verify && at.first() {
		want = max(want, verifyTo+1)
	}
	var found []row
	looked, stop := 0, cursor{}
	for i := at.class; i < len(p.classes) && len(found) < want && stop.first(); i++ {
		below := maxSeq
		if i == at.class && !at.first() {
			below = at.below
		}
		for len(found) < want && stop.first() {
			n := want - len(found)
			if p.verify {
				n = min(max(n, 100), ix.lookAt-looked)
			}
			rows, err := ix.store.find(ctx, p.classes[i].formula, below, n, p.verify)
			if err != nil {
				return f, err
			}
			for _, r := range rows {
				r.class, below = i, r.seq
				ok, err := p.look(r)
				if err != nil {
					return f, err
				}
				if ok {
					found = append(found, r)
				}
			}
			if looked += len(rows); len(rows) < n {
				break
			}
			if p.verify && looked >= ix.lookAt {
				stop = cursor{class: i, below: below}
			}
		}
	}
	f.Total, f.Exact = at.total, at.exact
	switch {
	case !at.first():
	case !stop.first():
		f.Total, f.Exact = len(found), false
	case len(found) < want:
		f.Total, f.Exact = len(found), true
	case p.verify:
		f.Total, f.Exact = len(found)-1, false
	default:
		// A case or another facet is worth counting to its end. Common words that are
		// seldom together are not: that is the dearest question there is.
		f.Total, f.Exact, err = ix.store.count(ctx, p.base, ix.countTo+1, len(q.Must) > 0)
		if err != nil {
			return f, err
		}
		f.Total = max(min(f.Total, ix.countTo), len(found)-1)
	}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		last := found[len(found)-1]
		stop = cursor{class: last.class, below: last.seq}
	}
	if !stop.first() {
		stop.total, stop.exact = f.Total, f.Exact
		f.Next = stop.String()
	}
	for _, r := range found {
		f.Hits = append(f.Hits, Hit{r.key, p.classes[r.class].score})
	}
	return f, nil
}

// look reports whether a page that the index offers is a hit.
func (p planned) look(r row) (bool, error) {
	if !p.verify {
		return true, nil
	}
	text, err := unpack(r.packed)
	if err != nil {
		return false, fmt.Errorf("%s: %w", r.key, err)
	}
	return p.holds(" " + vn.Fold(text) + " "), nil
}

// cursor is a place in a list of hits, with what is already known of the whole.
type cursor struct {
	class int
	below int64
	total int
	exact bool
}

func (c cursor) first() bool { return c.below == 0 }

func (c cursor) String() string {
	exact := 0
	if c.exact {
		exact = 1
	}
	return fmt.Sprintf("%d.%d.%d.%d", c.class, c.below, c.total, exact)
}

func parseCursor(s string) (c cursor, err error) {
	if s == "" {
		return c, nil
	}
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return c, ErrCursor
	}
	var n [4]int64
	for i, p := range parts {
		if n[i], err = strconv.ParseInt(p, 10, 64); err != nil || n[i] < 0 {
			return c, ErrCursor
		}
	}
	if n[0] > 3 || n[1] == 0 || n[2] > countTo || n[3] > 1 {
		return c, ErrCursor
	}
	return cursor{int(n[0]), n[1], int(n[2]), n[3] == 1}, nil
}
