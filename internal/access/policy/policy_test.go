package policy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)

// offices of a small country; names that are the beginning of others are there on
// purpose.
var paths = []string{"/tc/", "/tc/lao-cai/", "/tc/lao-cai/lao-cai-kv1/", "/tc/lao-cai/lao-cai-kv11/", "/tc/lao/", "/tc/lao/lao-kv1/", "/tc/vu-1/", ""}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func some(r *rand.Rand, prefix string, of, most int) (out []string) {
	for range r.IntN(most + 1) {
		out = append(out, prefix+strconv.Itoa(r.IntN(of)))
	}
	return out
}

func anyObject(r *rand.Rand) Object {
	o := Object{Case: "case" + strconv.Itoa(r.IntN(6)), Path: pick(r, paths), Level: Level(max(0, r.IntN(5)-2)), Protected: r.IntN(3) == 0, Assigned: some(r, "p", 8, 3)}
	if r.IntN(2) == 0 {
		// A document belongs to one case.
		o.Document = fmt.Sprintf("%s-d%d", o.Case, r.IntN(4))
	}
	return o
}

func anySubject(r *rand.Rand) Subject {
	s := Subject{ID: "p" + strconv.Itoa(r.IntN(8)), Leader: r.IntN(3) == 0, Keeper: r.IntN(4) == 0, Machine: r.IntN(12) == 0, Now: noon}
	s.Office = owner(pick(r, paths))
	if r.IntN(4) == 0 {
		s.Recused = some(r, "case", 6, 2)
	}
	for range r.IntN(4) {
		g := Grant{ID: "g" + strconv.Itoa(r.IntN(99)), Case: "case" + strconv.Itoa(r.IntN(6)), Mode: pick(r, []Mode{Reads, Copies}), Emergency: r.IntN(4) == 0,
			From: noon.Add(time.Duration(r.IntN(3)-2) * time.Hour), To: noon.Add(time.Duration(r.IntN(3)) * time.Hour)}
		if r.IntN(2) == 0 {
			for range 1 + r.IntN(2) {
				g.Documents = append(g.Documents, fmt.Sprintf("%s-d%d", g.Case, r.IntN(4)))
			}
		}
		s.Grants = append(s.Grants, g)
	}
	return s
}

// The two faces give one answer. CONGMINH_QUESTIONS asks for more of them.
func TestTwoFaces(t *testing.T) {
	n := 300_000
	if more, err := strconv.Atoi(os.Getenv("CONGMINH_QUESTIONS")); err == nil {
		n = more
	}
	r := rand.New(rand.NewPCG(3, 28))
	allowed := map[Rule]int{}
	for i := 0; i < n; {
		s := anySubject(r)
		scopes := [3]Scope{s.Scope(See), s.Scope(Read), s.Scope(Copy)}
		for range 20 {
			o := anyObject(r)
			tags := Tags(o)
			var last bool
			for a := Copy; a >= See; a-- {
				i++
				got := Decide(&s, &o, a)
				if want := scopes[a].Has(tags); got.Allow != want {
					t.Fatalf("Decide says %+v, Scope says %v\n%+v\n%+v\naction %d\ntags %v\nscope %v", got, want, s, o, a, tags, scopes[a])
				}
				if last && !got.Allow {
					t.Fatalf("who may do more may not do less: %+v %+v", s, o)
				}
				last = got.Allow
				allowed[got.Rule]++
			}
		}
	}
	for _, rule := range []Rule{Machines, Recused, Assigned, OwnOffice, Leader, Keeper, Colleague, Superior, Granted, Emergency, None} {
		if allowed[rule] < n/2000 {
			t.Errorf("rule %q was asked only %d times in %d", rule, allowed[rule], n)
		}
	}
}

// What the rules mean, in words.
func TestRules(t *testing.T) {
	const kv3, province = "/tc/lao-cai/lao-cai-kv3/", "lao-cai"
	plain := Object{Case: "c1", Path: kv3, Assigned: []string{"an"}}
	secret, child := plain, plain
	secret.Level, child.Protected = 1, true
	grant := Grant{ID: "g1", Case: "c1", Mode: Reads, From: noon, To: noon.Add(time.Hour)}
	part := grant
	part.Documents = []string{"d1"}
	page := plain
	page.Document = "d1"
	other := page
	other.Document = "d2"
	with := func(g Grant, now time.Time) Subject {
		return Subject{ID: "x", Office: "ha-noi", Grants: []Grant{g}, Now: now}
	}
	colleague := Subject{ID: "b", Office: "lao-cai-kv3", Now: noon}
	chief := Subject{ID: "c", Office: "lao-cai-kv3", Leader: true, Now: noon}
	keeper := Subject{ID: "k", Office: "lao-cai-kv3", Keeper: true, Now: noon}
	above := Subject{ID: "t", Office: province, Leader: true, Now: noon}
	for _, c := range []struct {
		name string
		s    Subject
		o    Object
		a    Action
		want Rule // with allow, if it is one that allows
		yes  bool
	}{
		{"the one assigned", Subject{ID: "an", Office: "ha-noi"}, secret, Copy, Assigned, true},
		{"recused though assigned", Subject{ID: "an", Recused: []string{"c1"}}, plain, See, Recused, false},
		{"who runs the machines, though assigned", Subject{ID: "an", Machine: true}, plain, See, Machines, false},
		{"a colleague", colleague, plain, Copy, OwnOffice, true},
		{"a colleague, a juvenile's case", colleague, child, See, Colleague, true},
		{"a colleague, a juvenile's pages", colleague, child, Read, None, false},
		{"the clerk, a juvenile's pages", keeper, child, Copy, Keeper, true},
		{"the clerk, a secret case", keeper, secret, See, None, false},
		{"the chief, a secret case", chief, secret, Copy, Leader, true},
		{"the office above sees", above, plain, See, Superior, true},
		{"the office above does not read unasked", above, plain, Read, None, false},
		{"the office above, a secret case", above, secret, See, None, false},
		{"another office", Subject{ID: "y", Office: "ha-noi"}, plain, See, None, false},
		{"a grant at its first moment", with(grant, noon), secret, Read, Granted, true},
		{"a grant a moment before", with(grant, noon.Add(-1)), plain, Read, None, false},
		{"a grant at its end", with(grant, noon.Add(time.Hour)), plain, See, None, false},
		{"a grant to read does not copy", with(grant, noon), plain, Copy, None, false},
		{"a part: the case is seen", with(part, noon), plain, See, Granted, true},
		{"a part: not the whole", with(part, noon), plain, Read, None, false},
		{"a part: its document", with(part, noon), page, Read, Granted, true},
		{"a part: another document", with(part, noon), other, Read, None, false},
		{"nobody", Subject{}, plain, See, None, false},
	} {
		if got := Decide(&c.s, &c.o, c.a); got.Allow != c.yes || got.Rule != c.want {
			t.Errorf("%s: %+v, want %v by %q", c.name, got, c.yes, c.want)
		}
		if scope := c.s.Scope(c.a); scope.Has(Tags(c.o)) != c.yes {
			t.Errorf("%s: scope %v, tags %v", c.name, scope, Tags(c.o))
		}
	}
	if got := Tags(secret); !slices.Equal(got, []string{"c:c1", "p:an", "w:c1", "x:lao-cai-kv3"}) {
		t.Error(got)
	}
}

func BenchmarkDecide(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	subjects, objects := make([]Subject, 256), make([]Object, 256)
	for i := range subjects {
		subjects[i], objects[i] = anySubject(r), anyObject(r)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		Decide(&subjects[i&255], &objects[(i>>3)&255], Action(i%3))
		i++
	}
}
