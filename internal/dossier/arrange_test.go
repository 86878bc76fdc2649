package dossier

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// draw reads an arrangement from text: pages a–z, documents in order of the
// groups, "!" for a page that is left out, digits for folio numbers.
//
//	"ab cd!e" is a and b in D1; c, d (left out) and e in D2
func draw(text string) (a Arrangement) {
	for g, group := range strings.Fields(text) {
		for _, r := range group {
			last := len(a.Slots) - 1
			switch {
			case r == '!':
				a.Slots[last].State, a.Slots[last].Document = Excluded, ""
			case r >= '0' && r <= '9':
				a.Slots[last].Folio = a.Slots[last].Folio*10 + int(r-'0')
			default:
				a.Slots = append(a.Slots, Slot{Page: PageID(r), Document: DocumentID(fmt.Sprintf("D%d", g+1)), State: Proposed})
			}
		}
	}
	return a
}

// sketch writes an arrangement as draw reads it, documents told apart by spaces.
func sketch(a Arrangement) string {
	var b strings.Builder
	var current DocumentID
	for _, s := range a.Slots {
		if s.Document != "" {
			if current != "" && s.Document != current {
				b.WriteByte(' ')
			}
			current = s.Document
		}
		b.WriteString(string(s.Page))
		if s.State == Excluded {
			b.WriteByte('!')
		}
		if s.Folio != 0 {
			fmt.Fprint(&b, s.Folio)
		}
	}
	return b.String()
}

func TestArrange(t *testing.T) {
	for _, c := range []struct {
		name, from string
		act        Act
		want       string
		err        error
	}{
		{"a page goes before another", "abc", Act{Do: "move", Pages: []PageID{"c"}, Before: "a"}, "cab", nil},
		{"pages keep their order when they move", "abcd", Act{Do: "move", Pages: []PageID{"d", "c"}, Before: "a"}, "cdab", nil},
		{"a page that lands inside a document joins it", "ab cd", Act{Do: "move", Pages: []PageID{"a"}, Before: "d"}, "b cad", nil},
		{"to the end", "ab c", Act{Do: "move", Pages: []PageID{"a"}}, "b ca", nil},
		{"a numbered page does not move", "a1b", Act{Do: "move", Pages: []PageID{"a"}}, "", ErrNumbered},
		{"nothing comes before a numbered page", "a1b2c", Act{Do: "move", Pages: []PageID{"c"}, Before: "b"}, "", ErrNumbered},
		{"nothing comes before a numbered page, even past one left out", "a1b!c2d", Act{Do: "move", Pages: []PageID{"d"}, Before: "b"}, "", ErrNumbered},
		{"a page that is not there", "ab", Act{Do: "move", Pages: []PageID{"z"}}, "", ErrNoPage},
		{"a document is cut in two", "abcd", Act{Do: "split", Pages: []PageID{"c"}}, "ab cd", nil},
		{"a document with numbers is not cut", "a1b2", Act{Do: "split", Pages: []PageID{"b"}}, "", ErrNumbered},
		{"two documents become one", "ab cd", Act{Do: "merge", Pages: []PageID{"d"}}, "abcd", nil},
		{"the first has nothing to join", "ab cd", Act{Do: "merge", Pages: []PageID{"a"}}, "", ErrNoDocument},
		{"a document does not join one that is numbered", "a1 bc", Act{Do: "merge", Pages: []PageID{"b"}}, "", ErrNoDocument},
		{"a page is left out", "abc", Act{Do: "exclude", Pages: []PageID{"b"}}, "ab!c", nil},
		{"and taken in again, into the document before it", "ab! c", Act{Do: "include", Pages: []PageID{"b"}}, "ab c", nil},
		{"the first page, taken in again, joins the one after", "a!b", Act{Do: "include", Pages: []PageID{"a"}}, "ab", nil},
		{"a numbered page is not left out", "a1", Act{Do: "exclude", Pages: []PageID{"a"}}, "", ErrNumbered},
		{"a quarter turn must be one", "a", Act{Do: "turn", Pages: []PageID{"a"}, Turn: 45}, "", ErrInvalid},
		{"no pages", "a", Act{Do: "check"}, "", ErrNoPage},
		{"an act nobody knows", "a", Act{Do: "burn", Pages: []PageID{"a"}}, "", ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := draw(c.from)
			got, err := c.act.apply(from, "NEW")
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if c.err == nil && sketch(got) != c.want {
				t.Errorf("got %q, want %q", sketch(got), c.want)
			}
			if sketch(from) != sketch(draw(c.from)) {
				t.Errorf("the arrangement it began with was changed to %q", sketch(from))
			}
		})
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		name, from string
		last       int
		want       string
		given      int
	}{
		{"once, from one, without gaps", "ab c", 0, "a1b2 c3", 3},
		{"a page left out gets none", "ab!c", 0, "a1b!c2", 2},
		{"a later stage goes on", "a1b2 cd", 2, "a1b2 c3d4", 2},
		{"numbering twice changes nothing", "a1b2", 2, "a1b2", 0},
	} {
		got, given := draw(c.from).Number(c.last)
		if sketch(got) != c.want || len(given) != c.given {
			t.Errorf("%s: got %q and %d, want %q and %d", c.name, sketch(got), len(given), c.want, c.given)
		}
	}
}

// Whatever people do: no page is lost or doubled, a document is one run of pages,
// and what is numbered stays where it is, with its number.
func TestArrangeAny(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	dos := []string{"move", "turn", "check", "exclude", "include", "split", "merge"}
	for round := range 300 {
		a := draw("abc defg hi jklm")
		last := 0
		for step := range 40 {
			n := len(a.Slots)
			act := Act{Do: dos[r.IntN(len(dos))], Turn: 90 * r.IntN(4)}
			for range 1 + r.IntN(3) {
				act.Pages = append(act.Pages, a.Slots[r.IntN(n)].Page)
			}
			if r.IntN(3) > 0 {
				act.Before = a.Slots[r.IntN(n)].Page
			}
			if r.IntN(25) == 0 {
				var given []Slot
				a, given = a.Number(last)
				last += len(given)
				continue
			}
			b, err := act.apply(a, DocumentID(fmt.Sprintf("N%d-%d", round, step)))
			if err != nil {
				continue
			}
			seen := map[PageID]bool{}
			for _, s := range b.Slots {
				seen[s.Page] = true
			}
			if len(seen) != n || len(b.Slots) != n {
				t.Fatalf("%+v on %q gave %q", act, sketch(a), sketch(b))
			}
			for i, s := range a.Slots {
				if s.Folio != 0 && (b.Slots[i].Page != s.Page || b.Slots[i].Folio != s.Folio) {
					t.Fatalf("%+v moved a numbered page: %q → %q", act, sketch(a), sketch(b))
				}
			}
			docs := b.Documents()
			slices.Sort(docs)
			if len(slices.Compact(slices.Clone(docs))) != len(docs) {
				t.Fatalf("%+v tore a document: %q → %q", act, sketch(a), sketch(b))
			}
			a = b
		}
	}
}

func TestCite(t *testing.T) {
	for _, c := range []struct {
		text     string
		from, to int
		ok       bool
	}{
		{"BL 45–47", 45, 47, true}, {"bl45-47", 45, 47, true}, {"45", 45, 45, true}, {" BL 07 ", 7, 7, true},
		{"", 0, 0, false}, {"BL", 0, 0, false}, {"47-45", 47, 45, false}, {"x", 0, 0, false}, {"1e9", 0, 0, false}, {"99999999999999999999", 0, 0, false},
	} {
		from, to, ok := ParseCite(c.text)
		if ok != c.ok || ok && (from != c.from || to != c.to) {
			t.Errorf("%q: got %d–%d %v", c.text, from, to, ok)
		}
		if ok {
			if f, u, ok := ParseCite(Cite(from, to)); !ok || f != from || u != to {
				t.Errorf("%q does not come back", Cite(from, to))
			}
		}
	}
}
