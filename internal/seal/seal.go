// Package seal proves (niêm phong, ký số, nhật ký): that a digitised document is
// the one that was certified, that a file was closed as it stands, and who opened
// what under which right.
//
// All proof hangs on one journal (nhật ký). An entry is written in the same
// transaction as the fact it tells, and is a leaf of a Merkle tree (RFC 6962) kept
// in the same database, so there is no state "changed but not told". The head of
// the tree is signed, handed to other offices as witnesses and printed for paper
// custody: whoever changes or removes an entry afterwards cannot make the old
// heads fit again, administrator or not.
package seal

import (
	"encoding/json"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/page"
)

// What one may do here.
const (
	MayAudit   auth.Verb = "seal.audit"   // read the journal of one's offices, without content
	MayCertify auth.Verb = "seal.certify" // sign for the office what was digitised
	MayKeys    auth.Verb = "seal.keys"    // see keys, witnesses and heads
)

// Entry is one line of the journal: who did what to which thing, under which right.
// It never holds what a page says.
type Entry struct {
	N      int64       `json:"n" doc:"Place in the journal, from 0"`
	At     time.Time   `json:"at"`
	Actor  string      `json:"actor" doc:"Staff, or a program"`
	Name   string      `json:"name" doc:"As it was then"`
	Office auth.Office `json:"office,omitempty" doc:"Of the actor"`
	Verb   string      `json:"verb" example:"page.view"`
	Object string      `json:"object,omitempty" example:"dossier/0192…" doc:"Kind and id"`
	Case   string      `json:"case,omitempty"`
	Owner  string      `json:"owner,omitempty" doc:"Path of the office whose thing it is"`
	Rule   string      `json:"rule,omitempty" doc:"The right it was done under"`
	Grant  string      `json:"grant,omitempty"`
	From   string      `json:"from,omitempty" doc:"Address"`
	// More is what else must be provable: digests, folios, reasons.
	More map[string]string `json:"more,omitempty"`
}

// Leaf is the bytes of e that the tree holds: JSON with the names above in this
// order and the keys of More sorted, UTF-8, no spaces (docs/formats/journal.md).
func (e Entry) Leaf() []byte {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	b, err := json.Marshal(e)
	if err != nil {
		panic("seal: an entry holds only text: " + err.Error())
	}
	return b
}

// Filter asks for some of the entries one may see, newest first.
type Filter struct {
	page.Req
	Verb   string     `query:"verb" form:"verb" maxLength:"40"`
	Actor  string     `query:"actor" form:"actor" maxLength:"64"`
	Case   string     `query:"case" form:"case" maxLength:"64"`
	Object string     `query:"object" form:"object" maxLength:"100"`
	From   civil.Date `query:"from" form:"from" format:"date"`
	To     civil.Date `query:"to" form:"to" format:"date"`
}

// How this module says no.
var (
	ErrNoEntry = fault.New(fault.NotFound, "seal.no-entry", "Không tìm thấy dòng nhật ký này.")
)
