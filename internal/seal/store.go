package seal

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"congminh/internal/kit/db"
	"congminh/internal/seal/tree"
)

//go:embed schema/*.sql
var schema embed.FS

type store struct {
	db   *db.DB
	edge *atomic.Pointer[edge]
}

// edge is what the next entry needs of the tree of size entries. It is remembered of
// committed trees only, and only the tree that grew to that size has it: entries are
// never taken back.
type edge struct {
	size   int64
	hashes map[int64]tlog.Hash
}

// note keeps entries for the end of the transaction in ctx.
func (s store) note(ctx context.Context, es ...Entry) error {
	return db.Late(ctx, s.db, "seal.entry", s.add, es...)
}

// add writes entries and the hashes that follow from them. It holds the row of the
// size until the transaction ends, so entries have no gaps and no two one place.
func (s store) add(ctx context.Context, es []Entry) error {
	size, err := db.One(ctx, s.db, db.Value[int64], `UPDATE seal_size SET size = size + $1 WHERE one = 1 RETURNING size`, len(es))
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	first := size - int64(len(es))
	leaves, entries := make([][]byte, len(es)), make([][]any, len(es))
	for i, e := range es {
		e.N = first + int64(i)
		leaves[i] = e.Leaf()
		entries[i] = []any{e.N, e.At, e.Actor, e.Verb, e.Object, e.Case, e.Owner, string(leaves[i])}
	}
	kept := hashes{ctx: ctx, s: s}
	if e := s.edge.Load(); e != nil && e.size == first {
		kept.made = e.hashes
	}
	made, err := tree.Append(kept, first, leaves)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := s.remember(ctx, kept, size, made); err != nil {
		return err
	}
	nodes := make([][]any, len(made))
	for i, n := range made {
		nodes[i] = []any{n.Index, n.Hash.String()}
	}
	if err := s.db.Insert(ctx, `INSERT INTO seal_entry (n, at, actor, verb, object, case_id, owner, leaf) VALUES`, entries); err != nil {
		return err
	}
	return s.db.Insert(ctx, `INSERT INTO seal_hash (i, hash) VALUES`, nodes)
}

// remember keeps the edge of the tree that has grown to size, once that is committed.
func (s store) remember(ctx context.Context, kept hashes, size int64, made []tree.Node) error {
	fresh := hashes{ctx: ctx, s: s, made: maps.Clone(kept.made)}
	if fresh.made == nil {
		fresh.made = map[int64]tlog.Hash{}
	}
	for _, n := range made {
		fresh.made[n.Index] = n.Hash
	}
	at := tree.Edge(size)
	hs, err := fresh.ReadHashes(at)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	e := &edge{size: size, hashes: make(map[int64]tlog.Hash, len(at))}
	for i, a := range at {
		e.hashes[a] = hs[i]
	}
	db.AfterCommit(ctx, func() { s.edge.Store(e) })
	return nil
}

// hashes reads the hashes of the tree, those just made first.
type hashes struct {
	ctx  context.Context
	s    store
	made map[int64]tlog.Hash
}

func (h hashes) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	var marks []string
	var args []any
	for i, a := range at {
		if v, ok := h.made[a]; ok {
			out[i] = v
			continue
		}
		args = append(args, a)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	if len(args) == 0 {
		return out, nil
	}
	found, err := db.All(h.ctx, h.s.db, scanNode, `SELECT i, hash FROM seal_hash WHERE i IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, err
	}
	read := map[int64]tlog.Hash{}
	for _, n := range found {
		raw, err := base64.StdEncoding.DecodeString(n.hash)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("hash %d of the journal is damaged", n.i)
		}
		read[n.i] = tlog.Hash(raw)
	}
	for i, a := range at {
		if _, ok := h.made[a]; ok {
			continue
		}
		v, ok := read[a]
		if !ok {
			return nil, fmt.Errorf("hash %d of the journal is missing", a)
		}
		out[i] = v
	}
	return out, nil
}

type node struct {
	i    int64
	hash string
}

func scanNode(r db.Row) (n node, err error) { err = r.Scan(&n.i, &n.hash); return }

// nodes returns the hashes kept from place from to place to, as text.
func (s store) nodes(ctx context.Context, from, to int64) (map[int64]string, error) {
	found, err := db.All(ctx, s.db, scanNode, `SELECT i, hash FROM seal_hash WHERE i BETWEEN $1 AND $2`, from, to)
	out := make(map[int64]string, len(found))
	for _, n := range found {
		out[n.i] = n.hash
	}
	return out, err
}

// reader reads hashes as they are now.
func (s store) reader(ctx context.Context) tlog.HashReader { return hashes{ctx: ctx, s: s} }

func (s store) size(ctx context.Context) (int64, error) {
	return db.One(ctx, s.db, db.Value[int64], `SELECT size FROM seal_size WHERE one = 1`)
}

// row is an entry with the columns it is found by.
type row struct {
	Entry
	leaf string
	cols Entry
}

const columns = `n, at, actor, verb, object, case_id, owner, leaf`

func scan(r db.Row) (x row, err error) {
	c := &x.cols
	if err = r.Scan(&c.N, &c.At, &c.Actor, &c.Verb, &c.Object, &c.Case, &c.Owner, &x.leaf); err == nil {
		err = json.Unmarshal([]byte(x.leaf), &x.Entry)
	}
	if err != nil {
		err = fmt.Errorf("entry %d of the journal: %w", c.N, err)
	}
	return x, err
}

func (s store) entry(ctx context.Context, n int64) (row, error) {
	return db.One(ctx, s.db, scan, `SELECT `+columns+` FROM seal_entry WHERE n = $1`, n)
}

// from returns up to limit entries from place n on, in order.
func (s store) from(ctx context.Context, n int64, limit int) ([]row, error) {
	return db.All(ctx, s.db, scan, `SELECT `+columns+` FROM seal_entry WHERE n >= $1 ORDER BY n LIMIT $2`, n, limit)
}

// list returns entries before place before, newest first, of things of offices like
// path, or done by people there.
func (s store) list(ctx context.Context, like string, f Filter, before int64, limit int) ([]row, error) {
	where, args := []string{"n < $1", "owner LIKE $2"}, []any{before, like}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf(cond, len(args)))
	}
	if f.Case != "" {
		add("case_id = $%d", f.Case)
	}
	if f.Actor != "" {
		add("actor = $%d", f.Actor)
	}
	if f.Object != "" {
		add("object = $%d", f.Object)
	}
	if f.Verb != "" {
		add("verb LIKE $%d", f.Verb+"%")
	}
	if f.From != "" {
		add("at >= $%d", f.From.Start())
	}
	if f.To != "" {
		add("at < $%d", f.To.Add(1).Start())
	}
	args = append(args, limit)
	return db.All(ctx, s.db, scan, fmt.Sprintf(`SELECT `+columns+` FROM seal_entry WHERE `+strings.Join(where, " AND ")+
		` ORDER BY n DESC LIMIT $%d`, len(args)), args...)
}
