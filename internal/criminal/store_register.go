package criminal

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"congminh/internal/criminal/ledger"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/db"
	"congminh/internal/kit/vn"
)

// registerQuery asks for entries of a register that scope may see.
type registerQuery struct {
	scope    []string
	kinds    []string
	office   auth.Office
	below    string     // pattern of the paths of the offices, instead of office
	from, to civil.Date // "" is no limit; to is not in it
	words    string
	oldest   bool // first
	afterAt  ledger.Moment
	after    ledger.ActID // of the last entry that was seen, with its moment
	limit    int
}

func scanEntryOf(r db.Row) (e entryOf, err error) {
	e.Act, err = scanAct(r, &e.of.ID, &e.of.Number, &e.of.Name, &e.of.Stage, &e.of.Status)
	return
}

// entries returns acts in the order of their moments. Each kind is asked for by itself
// and the answers are laid together: so the index of an office and a kind, or of a
// kind, is walked in its order and left after a page, however many acts there are.
func (s store) entries(ctx context.Context, q registerQuery) (out []entryOf, err error) {
	for _, k := range q.kinds {
		part, err := s.entriesOf(ctx, q, k)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	slices.SortFunc(out, func(a, b entryOf) int {
		c := cmp.Or(strings.Compare(string(a.At), string(b.At)), strings.Compare(string(a.ID), string(b.ID)))
		if q.oldest {
			return c
		}
		return -c
	})
	return out[:min(len(out), q.limit)], nil
}

// isCopied finds the flag of acts that came from another case: a register has them
// once, where they were entered.
const isCopied = `' ' || a.flags || ' ' LIKE '% ` + Copied + ` %'`

func (s store) entriesOf(ctx context.Context, q registerQuery, kind string) ([]entryOf, error) {
	sql, args := s.registerSQL(q, kind)
	return db.All(ctx, s.db, scanEntryOf, sql, args...)
}

func (s store) registerSQL(q registerQuery, kind string) (string, []any) {
	in, out := sides(q.scope)
	where, of := `a.office = $3`, string(q.office)
	if q.below != "" {
		where, of = `c.office_path LIKE $3`, q.below
	}
	past, order := `(a.at, a.id) < ($9, $10)`, `a.at DESC, a.id DESC`
	if q.oldest {
		past, order = `(a.at, a.id) > ($9, $10)`, `a.at, a.id`
	}
	return `
		SELECT ` + actColumns + `, c.id, c.number, c.name, c.stage, c.status
		FROM criminal_act a JOIN criminal c ON c.id = a.case_id
		WHERE a.kind = $4 AND ` + where + ` AND a.at >= $5 AND a.at < $6 AND a.stands = TRUE AND NOT (` + isCopied + `)
		  AND ($7 = '' OR c.words LIKE '%' || $7 || '%' OR a.number LIKE '%' || $8 || '%')
		  AND ($10 = '' OR ` + past + `)
		  AND ` + s.walked() + `
		ORDER BY ` + order + ` LIMIT $11`,
		[]any{in, out, of, kind, q.from, upTo(q.to), vn.Fold(q.words), vn.Clean(q.words), q.afterAt, q.after, q.limit}
}

// upTo is a text after every moment before day; after all if there is no day.
func upTo(day civil.Date) string {
	if day == "" {
		return "9999"
	}
	return string(day)
}

type kindCount struct {
	kind string
	n    int64
}

func scanKindCount(r db.Row) (k kindCount, err error) { err = r.Scan(&k.kind, &k.n); return }

// entryCounts counts the acts of each kind of an office and a span of days.
func (s store) entryCounts(ctx context.Context, scope []string, o auth.Office, kinds []string, from, to civil.Date) ([]kindCount, error) {
	in, out := sides(scope)
	list, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanKindCount, `
		SELECT a.kind, COUNT(*)
		FROM criminal_act a JOIN criminal c ON c.id = a.case_id
		WHERE a.office = $3 AND a.kind IN (`+s.db.Strings("$4")+`) AND a.at >= $5 AND a.at < $6 AND a.stands = TRUE AND NOT (`+isCopied+`)
		  AND `+s.walked()+`
		GROUP BY a.kind`, in, out, o, string(list), from, upTo(to))
}

// laterActs returns the acts of some kinds that stand in some cases, in the order they
// were done.
func (s store) laterActs(ctx context.Context, cases []ID, kinds []string) ([]actOf, error) {
	in, err := json.Marshal(append([]ID{}, cases...))
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(kinds)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanActOf, `
		SELECT `+actColumns+`, a.case_id FROM criminal_act a
		WHERE a.case_id IN (`+s.db.Strings("$1")+`) AND a.kind IN (`+s.db.Strings("$2")+`) AND a.stands = TRUE
		ORDER BY a.at, a.seq`, string(in), string(list))
}

type personOf struct {
	Person
	of ID
}

func scanPersonOf(r db.Row) (p personOf, err error) {
	var more string
	if err = r.Scan(&p.ID, &p.Role, &p.Capacity, &p.Entity, &p.Name, &p.Born, &p.Died, &p.IDNumber, &more, &p.of); err != nil {
		return p, err
	}
	p.More, err = readFields(more)
	return p, err
}

// peopleIn returns the people of some cases, in the order they were entered.
func (s store) peopleIn(ctx context.Context, cases []ID) ([]personOf, error) {
	in, err := json.Marshal(append([]ID{}, cases...))
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, scanPersonOf, `SELECT `+partyColumns+`, p.case_id FROM criminal_person p WHERE p.case_id IN (`+s.db.Strings("$1")+`) ORDER BY p.case_id, p.place`, string(in))
}

// seenOf returns those of some cases that scope may see.
func (s store) seenOf(ctx context.Context, scope []string, cases []ID) ([]ID, error) {
	in, out := sides(scope)
	these, err := json.Marshal(append([]ID{}, cases...))
	if err != nil {
		return nil, err
	}
	return db.All(ctx, s.db, db.Value[ID], `SELECT c.id FROM criminal c WHERE c.id IN (`+s.db.Strings("$3")+`) AND `+s.walked(), in, out, string(these))
}
