package search

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
)

// open returns an index whose blocks and counts are so small that a test crosses
// their borders.
func open(t *testing.T, d *db.DB) *Index {
	t.Helper()
	ix := New(d)
	ix.countTo, ix.lookAt = 12, 15
	ix.store = sqlite{d, 21 << 1}
	if d.Postgres() {
		ix.store = postgres{d, 1}
	}
	for range 2 { // again does no harm
		if err := ix.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return ix
}

func keys(hits []Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Key)
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	pages := []Doc{
		{"1", "Quyết định gia hạn tạm giữ số 12/QĐ-VKS ngày 3/2/2026", []string{"o:hn", "c:1"}},
		{"2", "QUYET DINH GIA HAN TAM GIU (bản chữ không dấu)", []string{"o:hn", "c:1"}},
		{"3", "Tạm thời giữ nguyên hiện trường; Toà án nhân dân", []string{"o:hn", "c:2"}},
		{"4", "Biên bản tạm giữ đồ vật, tài liệu. Lê Văn Hoà, Đặng Thị Thuỷ", []string{"o:hn", "c:2"}},
		{"5", "Lệnh tạm giam bị can Nguyễn Văn Đức, nơi ở Đà Nẵng", []string{"o:hp"}},
		{"6", "Hóa đơn đỏ", []string{"o:hn", "k:hóa đơn"}},
	}
	hn := []string{"o:hn"}
	tests := map[string]struct {
		q    Query
		want string
	}{
		"side by side first, with the marks as typed":    {Query{Text: "tạm giữ", Scope: hn}, "4 1 2 3"},
		"without marks all are alike, newest first":      {Query{Text: "tam giu", Scope: hn}, "4 2 1 3"},
		"in quotes only side by side":                    {Query{Text: `"tạm giữ"`, Scope: hn}, "4 1 2"},
		"three in quotes are looked at":                  {Query{Text: `"gia hạn tạm"`, Scope: hn}, "1 2"},
		"quotes need no space":                           {Query{Text: `hiện"tạm thời"`, Scope: hn}, "3"},
		"not in this order":                              {Query{Text: `"tạm hạn gia"`, Scope: hn}, ""},
		"a number of a document is one thing":            {Query{Text: "12/QĐ-VKS", Scope: hn}, "1"},
		"a day is one thing":                             {Query{Text: "3/2/2026", Scope: hn}, "1"},
		"the other way round it is another":              {Query{Text: "2/3/2026", Scope: hn}, ""},
		"hoà is hòa":                                     {Query{Text: "hòa", Scope: hn}, "4 6"},
		"thuỷ is thủy":                                   {Query{Text: "thủy", Scope: hn}, "4"},
		"eth is đ":                                       {Query{Text: "\u00d0ặng", Scope: hn}, "4"},
		"d finds đ":                                      {Query{Text: "da nang", Scope: []string{"o:hp"}}, "5"},
		"the beginning of a word":                        {Query{Text: "ta* gi*", Scope: hn}, "4 3 2 1"},
		"the beginning of the last word in quotes":       {Query{Text: `"tạm gi*"`, Scope: hn}, "4 1 2"},
		"a whole word is its own beginning":              {Query{Text: "giữ*", Scope: hn}, "4 3 2 1"},
		"without a word":                                 {Query{Text: "tạm giữ -quyết", Scope: hn}, "4 3"},
		"without a phrase":                               {Query{Text: `giữ -"gia hạn tạm giữ"`, Scope: hn}, "4 3"},
		"only without":                                   {Query{Text: "-giữ", Scope: hn}, "6"},
		"what one may not see is not there":              {Query{Text: "bị can", Scope: hn}, ""},
		"one of several scopes":                          {Query{Text: "tạm", Scope: []string{"o:hp", "c:2"}}, "5 4 3"},
		"no scope, nothing":                              {Query{Text: "tạm"}, ""},
		"a facet":                                        {Query{Text: "tạm", Scope: hn, Must: [][]string{{"c:2", "c:9"}}}, "4 3"},
		"a facet with marks":                             {Query{Scope: hn, Must: [][]string{{"k:hóa đơn"}}}, "6"},
		"a facet of nothing":                             {Query{Text: "tạm", Scope: hn, Must: [][]string{{}}}, ""},
		"no words, the newest":                           {Query{Scope: hn}, "6 4 3 2 1"},
		"words without a letter find nothing":            {Query{Text: "*** -- \"\"", Scope: hn}, ""},
		"a tag cannot be typed":                          {Query{Text: tag("o:hn") + " c:1 !c:1", Scope: hn}, ""},
		"a term cannot be typed":                         {Query{Text: "=tạm_giữ", Scope: hn}, "4 1 2"},
		"the words of the query language are only words": {Query{Text: "tạm AND giữ NOT NEAR(", Scope: hn}, ""},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix := open(t, d)
		if err := ix.Put(t.Context(), pages...); err != nil {
			t.Fatal(err)
		}
		for name, tt := range tests {
			f, err := ix.Find(t.Context(), tt.q)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := keys(f.Hits); got != tt.want || f.Total != len(f.Hits) || !f.Exact {
				t.Errorf("%s: got %s (%d, %t), want %s", name, got, f.Total, f.Exact, tt.want)
			}
		}
		for _, c := range []string{"x", "1.2.3", "9.1.1.1", "0.0.0.0", "0.-1.0.0", "0.1.99999.0", "0.1.1.1.1"} {
			if _, err := ix.Find(t.Context(), Query{Text: "tạm", Scope: hn, After: c}); !errors.Is(err, ErrCursor) {
				t.Errorf("cursor %q: got %v, want ErrCursor", c, err)
			}
		}
	})
}

// What is changed leaves no ghost, and what is rolled back leaves nothing.
func TestChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix := open(t, d)
		ctx := t.Context()
		expect := func(text, scope, want string) {
			t.Helper()
			f, err := ix.Find(ctx, Query{Text: text, Scope: []string{scope}})
			if err != nil {
				t.Fatal(err)
			}
			if got := keys(f.Hits); got != want {
				t.Errorf("%q in %s: got %q, want %q", text, scope, got, want)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(ix.Put(ctx, Doc{"a", "tạm giữ", []string{"x"}}, Doc{"b", "tạm giam", []string{"x"}}))
		must(ix.Put(ctx, Doc{"a", "gia hạn tạm hoãn", []string{"x"}}))
		expect("giữ", "x", "")
		expect("tạm", "x", "b a") // a corrected page does not jump to the top
		expect(`"gia hạn tạm"`, "x", "a")
		must(ix.Retag(ctx, "a", []string{"y"}))
		must(ix.Retag(ctx, "nobody", []string{"y"}))
		expect("tạm", "x", "b")
		expect("tạm hoãn", "y", "a")
		boom := errors.New("boom")
		err := d.Tx(ctx, func(ctx context.Context) error {
			must(ix.Put(ctx, Doc{"c", "tạm ứng", []string{"x"}}))
			must(ix.Delete(ctx, "b"))
			f, err := ix.Find(ctx, Query{Text: "tạm", Scope: []string{"x"}})
			if err != nil || keys(f.Hits) != "c" {
				t.Errorf("inside the transaction: got %v, %v", f, err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		expect("tạm", "x", "b")
		must(ix.Delete(ctx, "b", "nobody"))
		expect("tạm", "x", "")
		must(ix.Put(ctx, Doc{"b", "khác", []string{"x"}}, Doc{"empty", "", []string{"x"}}))
		expect("tạm", "x", "")
		expect("", "x", "empty b")
		must(ix.Optimise(ctx))
		expect("khac", "x", "b")
	})
}

func TestRebuild(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix := open(t, d)
		if err := ix.Put(t.Context(), Doc{"old", "tạm giữ", []string{"x"}}); err != nil {
			t.Fatal(err)
		}
		boom, n := errors.New("boom"), 1200
		docs := func(fail bool) iter.Seq2[Doc, error] {
			return func(yield func(Doc, error) bool) {
				for i := range n {
					if !yield(Doc{fmt.Sprint(i), fmt.Sprintf("tạm giữ bút lục %d", i), []string{"x"}}, nil) {
						return
					}
				}
				if fail {
					yield(Doc{}, boom)
				}
			}
		}
		if err := ix.Rebuild(t.Context(), docs(true)); !errors.Is(err, boom) {
			t.Fatalf("got %v, want boom", err)
		}
		if err := ix.Rebuild(t.Context(), docs(false)); err != nil {
			t.Fatal(err)
		}
		f, err := ix.Find(t.Context(), Query{Text: "tạm giữ", Scope: []string{"x"}, Limit: 2})
		if err != nil || keys(f.Hits) != "1199 1198" || f.Exact {
			t.Errorf("got %v, %v", f, err)
		}
		if f, err = ix.Find(t.Context(), Query{Text: `"lục 7"`, Scope: []string{"x"}}); err != nil || keys(f.Hits) != "7" {
			t.Errorf("got %v, %v", f, err)
		}
	})
}

// A phrase whose pairs are everywhere and that is nowhere but on the oldest page
// is found, a piece of the index at a time.
func TestSuspects(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix := open(t, d)
		docs := []Doc{{"it", "bút lục mờ nhòe", []string{"x"}}}
		for i := range 100 {
			docs = append(docs, Doc{fmt.Sprint(i), "lục mờ nhòe, bút lục mờ", []string{"x"}})
		}
		if err := ix.Put(t.Context(), docs...); err != nil {
			t.Fatal(err)
		}
		q := Query{Text: `"bút lục mờ nhòe"`, Scope: []string{"x"}}
		for turns := 1; ; turns++ {
			f, err := ix.Find(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if q.After = f.Next; q.After != "" {
				if len(f.Hits) > 0 || f.Exact {
					t.Fatalf("turn %d: got %+v", turns, f)
				}
				continue
			}
			if keys(f.Hits) != "it" || turns != 1+100/ix.lookAt {
				t.Errorf("turn %d: got %+v", turns, f)
			}
			break
		}
	})
}

// One page at a time leaves SQLite with many pieces; Optimise makes them one.
func TestOptimise(t *testing.T) {
	d := dbtest.SQLite(t)
	ix := open(t, d)
	pieces := func() int {
		n, err := db.One(t.Context(), d, db.Value[int], `SELECT count(DISTINCT segid) FROM search_term_idx`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range 40 {
		if err := ix.Put(t.Context(), Doc{fmt.Sprint(i), common, []string{"x"}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := pieces(); n < 2 {
		t.Fatalf("%d pieces before: this proves nothing", n)
	}
	if err := ix.Optimise(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := pieces(); n != 1 {
		t.Errorf("%d pieces, want 1", n)
	}
}

// Who may see many things may still ask.
func TestManyScopes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix := open(t, d)
		var scope []string
		for i := range 3000 {
			scope = append(scope, fmt.Sprint("c:", i))
		}
		if err := ix.Put(t.Context(), Doc{"a", "tạm giữ", scope[2990:]}, Doc{"b", "tạm giữ", []string{"c:3000"}}); err != nil {
			t.Fatal(err)
		}
		f, err := ix.Find(t.Context(), Query{Text: "tạm giữ", Scope: scope, Must: [][]string{scope}})
		if err != nil || keys(f.Hits) != "a" {
			t.Errorf("got %v, %v", f, err)
		}
	})
}

// oracle is the index as one would explain it: read every page.
type oracle struct{ docs []Doc } // oldest first

func (o oracle) find(q Query) (hits []Hit) {
	clauses := Parse(q.Text).Clauses
	if len(clauses) == 0 && strings.TrimSpace(q.Text) != "" {
		return nil
	}
	text := func(ws []Word, form func(Word) string) string {
		var b strings.Builder
		for _, w := range ws {
			b.WriteString(" " + form(w))
		}
		return b.String()
	}
	fold, exact := func(w Word) string { return w.Fold }, func(w Word) string { return w.Exact }
	for _, d := range slices.Backward(o.docs) {
		ok := true
		for _, group := range append(slices.Clone(q.Must), q.Scope) {
			ok = ok && slices.ContainsFunc(group, func(t string) bool { return slices.Contains(d.Tags, t) })
		}
		words := split(d.Text)
		folds, exacts := text(words, fold)+" ", text(words, exact)+" "
		side, sides, marks := true, 0, 0
		exactly := true
		for i, c := range clauses {
			has := text(c.Words, fold)
			if !c.Prefix {
				has += " "
			}
			ok = ok && strings.Contains(folds, has) != c.Not
			if c.Not {
				continue
			}
			for k, w := range c.Words {
				if w.Exact != w.Fold && !(c.Prefix && k == len(c.Words)-1) {
					marks++
					exactly = exactly && strings.Contains(exacts, " "+w.Exact+" ")
				}
			}
			if i+1 == len(clauses) {
				continue
			}
			n := clauses[i+1]
			if c.Quoted || n.Not || n.Quoted || c.Prefix || n.Prefix && len(n.Words) == 1 {
				continue
			}
			sides++
			side = side && strings.Contains(folds, " "+c.Words[len(c.Words)-1].Fold+" "+n.Words[0].Fold+" ")
		}
		if !ok {
			continue
		}
		score := 0.0
		if sides > 0 && side {
			score += 2
		}
		if marks > 0 && exactly {
			score++
		}
		hits = append(hits, Hit{d.Key, score})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return int(b.Score - a.Score) })
	return hits
}

var (
	someWords = strings.Fields("tạm tam tám giữ giu giú hòa hoà hoa án an ăn đã da gia già 12 173 qđ vks nguyễn nguyen " +
		"nguyenvanabcdefghij nguyenvanabcxyz " + strings.Repeat("dài", 20) + " " + strings.Repeat("dài", 20) + "ơ ng g t")
	someTags = strings.Fields("o:1 o:2 o:3 c:1 c:2 k:a k:b")
)

func pick(r *rand.Rand, from []string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = from[int(float64(len(from))*r.Float64()*r.Float64())]
	}
	return out
}

func randomQuery(r *rand.Rand) Query {
	var parts []string
	for range 1 + r.IntN(3) {
		sign := ""
		if r.IntN(6) == 0 {
			sign = "-"
		}
		w := pick(r, someWords, 1+r.IntN(4))
		switch r.IntN(7) {
		case 0:
			parts = append(parts, sign+`"`+strings.Join(w, " ")+`"`)
		case 1:
			parts = append(parts, sign+`"`+strings.Join(w, " ")+`*"`)
		case 2:
			parts = append(parts, sign+strings.Join(w, "/"))
		case 3:
			parts = append(parts, sign+cut(w[0], 1+r.IntN(18))+"*")
		default:
			parts = append(parts, sign+w[0])
		}
	}
	q := Query{Text: strings.Join(parts, " "), Scope: pick(r, someTags, 1+r.IntN(3)), Limit: 1 + r.IntN(9)}
	if r.IntN(12) == 0 {
		q.Text = ""
	}
	for range r.IntN(3) {
		q.Must = append(q.Must, pick(r, someTags, r.IntN(10)))
	}
	return q
}

// mustLook reports whether q is one of those that the index only suspects.
func mustLook(q Query) bool {
	p, _ := plan(q)
	return p.verify
}

// Both databases give the same hits in the same order as reading every page,
// after any changes, however one turns the pages of the answer.
func TestSameAsReading(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix, ctx, hits := open(t, d), t.Context(), 0
		r := rand.New(rand.NewPCG(1, 2))
		var o oracle
		for round := range 20 {
			err := d.Tx(ctx, func(ctx context.Context) error {
				for range 10 {
					key := fmt.Sprintf("p%02d", r.IntN(60))
					at := slices.IndexFunc(o.docs, func(d Doc) bool { return d.Key == key })
					doc := Doc{key, strings.Join(pick(r, someWords, r.IntN(30)), " "), pick(r, someTags, r.IntN(4))}
					switch {
					case at < 0:
						o.docs = append(o.docs, doc)
					case r.IntN(4) == 0:
						o.docs = slices.Delete(o.docs, at, at+1)
						if err := ix.Delete(ctx, key); err != nil {
							return err
						}
						continue
					case r.IntN(3) == 0:
						o.docs[at].Tags = doc.Tags
						if err := ix.Retag(ctx, key, doc.Tags); err != nil {
							return err
						}
						continue
					default:
						o.docs[at] = doc
					}
					if err := ix.Put(ctx, doc); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 100 {
				q := randomQuery(r)
				want := o.find(q)
				hits += len(want)
				var got []Hit
				for {
					f, err := ix.Find(ctx, q)
					if err != nil {
						t.Fatalf("round %d: %+v: %v", round, q, err)
					}
					if f.Exact && f.Total != len(want) || f.Total > len(want) || !f.Exact && f.Total < min(q.Limit, ix.countTo) && !mustLook(q) {
						t.Fatalf("round %d: %+v: total %d %t, want %d", round, q, f.Total, f.Exact, len(want))
					}
					got = append(got, f.Hits...)
					if q.After = f.Next; q.After == "" {
						break
					}
					if verify := mustLook(q); len(f.Hits) != q.Limit && !verify {
						t.Fatalf("round %d: %+v: %d hits on a full page", round, q, len(f.Hits))
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("round %d: %+v:\n got %v\nwant %v", round, q, got, want)
				}
			}
		}
		if hits < 5000 {
			t.Errorf("only %d hits in all: the questions are too hard to prove anything", hits)
		}
	})
}

// odd is what people and their clipboards type.
var odd = []string{`tạm "giữ`, `-"a b* c*" -x* 12/3`, "AND OR NOT NEAR(a b, 3) {t}: ^x + *", `' \ & | ! <-> :* %00`,
	"\x00\xff“”", "İ ﬁ \u0300 \u200b", strings.Repeat("chữ ", 500), strings.Repeat("x", 5000) + "*", "-", "*", `"`, `-"`}

// No text is a wrong question.
func TestAnyText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ix := open(t, d)
		for _, s := range odd {
			if err := ix.Put(t.Context(), Doc{s, s, []string{s}}); err != nil && !strings.Contains(s, "\x00") {
				t.Errorf("put %q: %v", s, err)
			}
			f, err := ix.Find(t.Context(), Query{Text: s, Scope: []string{s}, Must: [][]string{{s}}})
			if err != nil {
				t.Errorf("find %q: %v", s, err)
			}
			if len(Parse(s).Clauses) == 0 && len(f.Hits) > 0 {
				t.Errorf("%q found %v", s, f.Hits)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range odd {
		f.Add(s)
	}
	d, err := db.Open(f.Context(), "sqlite:"+filepath.Join(f.TempDir(), "fuzz.db"))
	if err != nil {
		f.Fatal(err)
	}
	defer d.Close()
	ix := New(d)
	if err := ix.Migrate(f.Context()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		for _, c := range Parse(s).Clauses {
			n += len(c.Words)
			if len(c.Words) == 0 {
				t.Errorf("Parse(%q): an empty clause", s)
			}
			for _, w := range c.Words {
				if w.Fold == "" || strings.ContainsAny(w.Exact+w.Fold, " \t\n\"'*_=^#!&|()\\\x00") {
					t.Errorf("Parse(%q): not a word: %q", s, w)
				}
			}
		}
		if n > maxQuery {
			t.Errorf("Parse(%q): %d words", s, n)
		}
		if _, err := ix.Find(t.Context(), Query{Text: s, Scope: []string{"x"}}); err != nil {
			t.Errorf("Find(%q): %v", s, err)
		}
	})
}

func BenchmarkTerms(b *testing.B) {
	text := strings.Repeat(common+" ", 1)
	b.Run("split", func(b *testing.B) {
		for b.Loop() {
			split(text)
		}
	})
	w := split(text)
	b.Run("terms", func(b *testing.B) {
		b.ReportMetric(float64(len(w)), "words")
		for b.Loop() {
			b.ReportMetric(float64(len(terms(w, nil))), "terms")
		}
	})
	b.Run("pack", func(b *testing.B) {
		for b.Loop() {
			pack(w)
		}
	})
	p := pack(w)
	b.Run("unpack", func(b *testing.B) {
		for b.Loop() {
			unpack(p)
		}
	})
}
