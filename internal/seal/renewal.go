package seal

import (
	"slices"
	"time"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
)

// Policy is when proofs are renewed, and until when algorithms are believed in.
type Policy struct {
	Version    string      `toml:"version"`
	Days       int         `toml:"days"`
	Together   int         `toml:"together"`
	Citation   string      `toml:"citation"`
	Confidence string      `toml:"confidence"`
	Algorithms []Algorithm `toml:"algorithm"`
}

// Algorithm is a way to hash or to sign; Until is empty where no end is known.
type Algorithm struct {
	Name       string     `toml:"name"`
	Until      civil.Date `toml:"until"`
	Citation   string     `toml:"citation"`
	Confidence string     `toml:"confidence"`
}

// until is the end of the first of these algorithms that has one, or late.
func (p Policy) until(late time.Time, names ...string) time.Time {
	for _, a := range p.Algorithms {
		if a.Until == "" || !slices.Contains(names, a.Name) {
			continue
		}
		if end := a.Until.Add(1).Start(); end.Before(late) {
			late = end
		}
	}
	return late
}

// window is how long before its end a proof is renewed.
func (p Policy) window() time.Duration { return time.Duration(p.Days) * 24 * time.Hour }

// CertifiedID names a row.
type CertifiedID = id.Of[Certified]

// Certified is a document that was certified, as its proof stands after the last renewal.
type Certified struct {
	ID     CertifiedID `json:"id"`
	Object string      `json:"object"`
	Case   string      `json:"case,omitempty"`
	Title  string      `json:"title"`
	Office auth.Office `json:"office"`
	Signer string      `json:"signer"`
	Source string      `json:"source" doc:"SHA-256 before"`
	Result string      `json:"result" doc:"SHA-256 after"`
	At     time.Time   `json:"at" doc:"When it was certified or renewed"`
	GoodTo time.Time   `json:"good_to" doc:"Until when the proof holds if it is not renewed"`
	Renews CertifiedID `json:"renews,omitempty" doc:"The proof before"`

	Tried   *time.Time `json:"tried,omitempty"`
	Trouble Trouble    `json:"trouble,omitempty" doc:"Why the last renewal failed"`
	Detail  string     `json:"detail,omitempty"`
	Record  bool       `json:"record,omitempty" doc:"Proven by an evidence record (RFC 4998) beside the file"`

	owner, record, batch string
}

// Standing is what a certified document's proof is worth.
type Standing string

// From the best to the worst.
const (
	Good   Standing = "good"
	Due    Standing = "due"    // to be renewed
	Failed Standing = "failed" // a renewal failed; the proof still holds
	Over   Standing = "over"   // the proof ran out
)

// Standing is what c is worth at a time.
func (c Certified) Standing(now time.Time, p Policy) Standing {
	switch {
	case !c.GoodTo.After(now):
		return Over
	case c.Trouble != "":
		return Failed
	case c.GoodTo.Sub(now) <= p.window():
		return Due
	}
	return Good
}

// Standings lists them.
var Standings = []Standing{Good, Due, Failed, Over}

// Trouble is why a proof could not be renewed.
type Trouble string

// The troubles.
const (
	TroubleFile    Trouble = "file"    // its bytes are not there
	TroubleChanged Trouble = "changed" // its bytes are not those that were certified
	TroubleSeal    Trouble = "seal"    // its seal does not hold
	TroubleRevoked Trouble = "revoked" // it was signed after the revocation
	TroubleLate    Trouble = "late"    // its proof ran out before
	TroubleStamp   Trouble = "stamp"   // no timestamp was to be had
	TroubleSame    Trouble = "same"    // a new timestamp would not hold longer
	TroubleKeep    Trouble = "keep"    // it could not be kept
)

// SealFilter asks for some of the documents that were certified.
type SealFilter struct {
	page.Req
	Q     string   `query:"q" form:"q" maxLength:"200" doc:"Title, signer or case"`
	State Standing `query:"state" form:"state" maxLength:"10"`
}
