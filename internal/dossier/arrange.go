package dossier

import (
	"slices"
)

// Arrangement is the order of a file and what belongs together: everything that
// can be changed before the pages are numbered, and nothing else. All changes to
// it are pure functions, so that each can be tested, refused and undone alike.
type Arrangement struct {
	Slots []Slot `json:"slots"`
}

// Slot is one page in its place.
type Slot struct {
	Page     PageID     `json:"page"`
	Document DocumentID `json:"document,omitempty"`
	State    PageState  `json:"state"`
	Turn     int        `json:"turn,omitempty"`
	Folio    int        `json:"folio,omitempty"`
}

// clone returns a copy that shares nothing with a.
func (a Arrangement) clone() Arrangement { return Arrangement{slices.Clone(a.Slots)} }

func (a Arrangement) index(p PageID) int {
	return slices.IndexFunc(a.Slots, func(s Slot) bool { return s.Page == p })
}

// free returns the slot indexes of pages, in file order. All must be there, and
// stand after the last numbered page: what stands before it has its place for ever,
// with a number or without.
func (a Arrangement) free(pages []PageID) ([]int, error) {
	fixed := a.fixed()
	want := make(map[PageID]bool, len(pages))
	for _, p := range pages {
		want[p] = true
	}
	var at []int
	for i, s := range a.Slots {
		if !want[s.Page] {
			continue
		}
		if i < fixed {
			return nil, ErrNumbered
		}
		at = append(at, i)
	}
	if len(at) != len(want) || len(at) == 0 {
		return nil, ErrNoPage
	}
	return at, nil
}

// fixed is how many slots have their place for ever: those up to the last number.
func (a Arrangement) fixed() int {
	for i := len(a.Slots); i > 0; i-- {
		if a.Slots[i-1].Folio != 0 {
			return i
		}
	}
	return 0
}

// Move puts pages, in the order they have now, before the page called before; at
// the end if before is "". They join the document they land in the middle of, and
// keep their own otherwise.
func (a Arrangement) Move(pages []PageID, before PageID) (Arrangement, error) {
	at, err := a.free(pages)
	if err != nil {
		return a, err
	}
	var moved, rest []Slot
	for i, s := range a.Slots {
		if slices.Contains(at, i) {
			moved = append(moved, s)
		} else {
			rest = append(rest, s)
		}
	}
	to := len(rest)
	if before != "" {
		to = slices.IndexFunc(rest, func(s Slot) bool { return s.Page == before })
		if to < 0 {
			return a, ErrNoPage
		}
	}
	if to < a.fixed() {
		return a, ErrNumbered // nothing comes between or before numbered pages
	}
	if to > 0 && to < len(rest) && rest[to-1].Document != "" && rest[to-1].Document == rest[to].Document {
		for i := range moved {
			moved[i].Document = rest[to].Document
		}
	}
	out := slices.Concat(rest[:to:to], moved, rest[to:])
	return Arrangement{regroup(out)}, nil
}

// Turn adds a clockwise turn of degrees (a multiple of 90) to pages. How a page
// is shown is not its place, so numbered pages may be turned.
func (a Arrangement) Turn(pages []PageID, degrees int) (Arrangement, error) {
	b := a.clone()
	for _, p := range pages {
		i := b.index(p)
		if i < 0 {
			return a, ErrNoPage
		}
		b.Slots[i].Turn = ((b.Slots[i].Turn+degrees)%360 + 360) % 360
	}
	return b, nil
}

// Mark sets the state of pages: Checked, Excluded or, to take them in again,
// Proposed. Excluded pages belong to no document.
func (a Arrangement) Mark(pages []PageID, state PageState) (Arrangement, error) {
	at, err := a.free(pages)
	if err != nil {
		return a, err
	}
	b := a.clone()
	for _, i := range at {
		if b.Slots[i].State == Missing {
			return a, ErrNoPage
		}
		b.Slots[i].State = state
		if state == Excluded {
			b.Slots[i].Document = ""
		} else if b.Slots[i].Document == "" {
			b.Slots[i].Document = b.neighbour(i)
		}
	}
	return Arrangement{regroup(b.Slots)}, nil
}

// neighbour is the document a page at i without one should join: the one before,
// else the one after.
func (a Arrangement) neighbour(i int) DocumentID {
	for j := i - 1; j >= 0; j-- {
		if a.Slots[j].Folio != 0 {
			break
		}
		if a.Slots[j].Document != "" {
			return a.Slots[j].Document
		}
	}
	for _, s := range a.Slots[i+1:] {
		if s.Document != "" {
			return s.Document
		}
	}
	return ""
}

// Split makes the document of page end before it: page and what follows of the
// document become the document fresh.
func (a Arrangement) Split(page PageID, fresh DocumentID) (Arrangement, error) {
	at, err := a.free([]PageID{page})
	if err != nil {
		return a, err
	}
	i := at[0]
	doc := a.Slots[i].Document
	b := a.clone()
	if doc == "" { // a page that was left out comes in again, at the head of what follows
		b.Slots[i].Document, b.Slots[i].State = fresh, Proposed
		doc = a.around(i)
	}
	for j := i; j < len(b.Slots); j++ {
		if doc != "" && b.Slots[j].Document == doc {
			b.Slots[j].Document = fresh
		}
	}
	return Arrangement{regroup(b.Slots)}, nil
}

// around is the document that has pages on both sides of i, or "".
func (a Arrangement) around(i int) DocumentID {
	for j := i - 1; j >= 0; j-- {
		if d := a.Slots[j].Document; d != "" {
			if slices.ContainsFunc(a.Slots[i:], func(s Slot) bool { return s.Document == d }) {
				return d
			}
			return ""
		}
	}
	return ""
}

// Merge joins the document of page with the one before it.
func (a Arrangement) Merge(page PageID) (Arrangement, error) {
	at, err := a.free([]PageID{page})
	if err != nil {
		return a, err
	}
	doc := a.Slots[at[0]].Document
	before := DocumentID("")
	for _, s := range a.Slots {
		if s.Document == doc {
			break
		}
		if s.Document != "" {
			before = s.Document
		}
		if s.Folio != 0 {
			before = ""
		}
	}
	if doc == "" || before == "" {
		return a, ErrNoDocument
	}
	b := a.clone()
	for i := range b.Slots {
		if b.Slots[i].Document == doc {
			b.Slots[i].Document = before
		}
	}
	return Arrangement{regroup(b.Slots)}, nil
}

// regroup makes each document one run of pages (left-out pages may lie between):
// a page that lies apart from the first run of its document joins its neighbours.
func regroup(slots []Slot) []Slot {
	seen := map[DocumentID]bool{}
	var current DocumentID
	for i := range slots {
		d := slots[i].Document
		if d == "" {
			continue
		}
		if d != current && seen[d] && slots[i].Folio == 0 {
			d = current
			slots[i].Document = d
		}
		seen[d], current = true, d
	}
	return slots
}

// Documents lists the documents in file order.
func (a Arrangement) Documents() []DocumentID {
	var out []DocumentID
	for _, s := range a.Slots {
		if s.Document != "" && (len(out) == 0 || out[len(out)-1] != s.Document) {
			out = append(out, s.Document)
		}
	}
	return out
}

// Number gives the pages without a number the numbers after last, in order, and
// returns what it gave. Left-out pages get none; a missing page keeps its place in
// the paper file and so takes a number.
func (a Arrangement) Number(last int) (Arrangement, []Slot) {
	b := a.clone()
	var given []Slot
	for i, s := range b.Slots {
		if s.Folio != 0 || s.State == Excluded {
			continue
		}
		last++
		b.Slots[i].Folio = last
		given = append(given, b.Slots[i])
	}
	return b, given
}
