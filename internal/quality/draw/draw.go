// Package draw takes a random sample that a stranger can repeat (chọn ngẫu nhiên có
// kiểm chứng): docs/formats/draw.md gives the same steps with sha256sum.
//
// A seed is made and its commitment published before the list of cases is known. When the
// list is frozen and its digest published, the seed is revealed. The cases of every
// prosecutor are put in the order of SHA-256(seed ‖ case id), and the first of them are
// taken. Whoever made the seed did not know the list; whoever made the list did not know
// the seed; and everybody can see that both are those that were published.
package draw

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Case is a case that may be drawn, and whose work it is.
type Case struct {
	ID  string
	Who string
}

// Share is how many cases of every prosecutor are taken.
type Share struct {
	Percent int `toml:"percent" json:"percent"` // of their cases, rounded up
	Min     int `toml:"min" json:"min"`         // at least so many, if they have them
}

// Of is how many of n cases are taken.
func (s Share) Of(n int) int {
	return min(n, max(s.Min, (n*s.Percent+99)/100))
}

// Picked is a case that was drawn.
type Picked struct {
	Case
	Order string // SHA-256(seed ‖ case id), hex
	Place int    // among the cases of the same prosecutor, from 1
	Of    int    // how many cases they have
}

// Commit is what is published of a seed before the list of cases is known: its SHA-256, hex.
func Commit(seed string) string { return hash(seed) }

// Order is where a case stands among others: SHA-256(seed ‖ case id), hex.
func Order(seed, id string) string { return hash(seed + id) }

// List is the list of cases as its digest is made of: a line a case, prosecutor, a tab,
// the case, in the order of their bytes. A line that stands twice is one case.
func List(cases []Case) string {
	lines := make([]string, len(cases))
	for i, c := range cases {
		lines[i] = fmt.Sprintf("%s\t%s\n", c.Who, c.ID)
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "")
}

// Digest is the SHA-256 of List, hex.
func Digest(cases []Case) string { return hash(List(cases)) }

// Sample draws: of the cases of every prosecutor the first of their order. It comes in the
// order of prosecutors, then of the draw, whatever the order of cases.
func Sample(seed string, cases []Case, share Share) (out []Picked) {
	of := map[string][]Picked{}
	for _, c := range cases {
		of[c.Who] = append(of[c.Who], Picked{Case: c, Order: Order(seed, c.ID)})
	}
	for _, mine := range of {
		slices.SortFunc(mine, func(a, b Picked) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) })
		mine = slices.CompactFunc(mine, func(a, b Picked) bool { return a.ID == b.ID })
		for i := range mine[:share.Of(len(mine))] {
			mine[i].Place, mine[i].Of = i+1, len(mine)
			out = append(out, mine[i])
		}
	}
	slices.SortFunc(out, func(a, b Picked) int { return cmp.Or(cmp.Compare(a.Who, b.Who), cmp.Compare(a.Place, b.Place)) })
	return out
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
