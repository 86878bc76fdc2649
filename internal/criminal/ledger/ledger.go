// Package ledger is the ledger of acts of a criminal case (sổ hành vi tố tụng của vụ
// án), without a database: what an act is, what state follows from the acts of a
// case, and which new act the law refuses or finds unusual.
//
// Nothing in a ledger is changed or deleted. A correction is a new act that
// supersedes an old one; the state is folded from those acts that stand. So "as it
// stood on day D" is the same fold over fewer acts.
package ledger

import (
	"time"

	"congminh/internal/kit/civil"
	"congminh/internal/law"
)

// Moment is a day, "2026-03-10", or a minute, "2026-03-10T22:30", Hà Nội time.
type Moment string

// ActID and PartyID identify acts and people of a case.
type (
	ActID   string
	PartyID string
)

// Day is the day of a moment; "" of none.
func (m Moment) Day() civil.Date {
	if len(m) < len("2026-03-10") {
		return ""
	}
	return civil.Date(m[:len("2026-03-10")])
}

// HasHour reports whether the minute is known.
func (m Moment) HasHour() bool { return len(m) > len("2026-03-10") }

// Charge is what one is charged with: article, clause, point (điều, khoản, điểm).
type Charge struct {
	Article string `json:"article"`
	Clause  string `json:"clause,omitempty"`
	Point   string `json:"point,omitempty"`
}

// Act is one procedural act (hành vi, quyết định tố tụng) as it was entered.
type Act struct {
	ID      ActID             `json:"id"`
	Kind    string            `json:"kind"` // law.ActKind.Code
	At      Moment            `json:"at"`   // when it was done, with the hour where the law counts hours
	Number  string            `json:"number,omitempty"`
	By      string            `json:"by,omitempty"`     // police, procuracy, court, other
	Issuer  string            `json:"issuer,omitempty"` // name of the agency
	Signer  string            `json:"signer,omitempty"`
	Parties []PartyID         `json:"parties,omitempty"` // whom it concerns; none: the whole case
	Until   Moment            `json:"until,omitempty"`   // the end written in it
	Charges []Charge          `json:"charges,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
	Note    string            `json:"note,omitempty"`

	// The page that proves it.
	Document string `json:"document,omitempty"`
	Folio    int    `json:"folio,omitempty"`

	// A correction: the act it supersedes and why. Void: nothing stands in its place.
	Supersedes ActID  `json:"supersedes,omitempty"`
	Void       bool   `json:"void,omitempty"`
	Why        string `json:"why,omitempty"`

	// Office is the procuracy that had the case when the act was entered.
	Office string `json:"-"`

	Entered time.Time `json:"entered"`
	Author  string    `json:"author"`
	Flags   []string  `json:"flags,omitempty"` // codes of the findings it was accepted with
}

// Party is a person, or a legal entity, in the case.
type Party struct {
	ID   PartyID `json:"id"`
	Role string  `json:"role"` // accused, victim, participant
	// Capacity is what a participant is: reported, in_custody, representative, counsel …
	Capacity string `json:"capacity,omitempty"`
	Entity   bool   `json:"entity,omitempty"`
	Name     string `json:"name"`
	Born     string `json:"born,omitempty"` // 2009, 2009-05 or 2009-05-17
	Died     string `json:"died,omitempty"`
	Sex      string `json:"sex,omitempty"` // male, female
}

// Case is everything the fold needs. Acts are in the order of their entry.
type Case struct {
	ID      string
	Acts    []Act
	Parties []Party
}

// Catalogue is what the ledger asks of the law. *law.Pack answers it.
type Catalogue interface {
	// Act returns a kind of act of the catalogue.
	Act(code string) (law.ActKind, bool)
	// ClassOf returns the class of a crime by the clause charged, as the Penal Code
	// stood on a day; law.NoClass if it is not known.
	ClassOf(article, clause string, day civil.Date) law.Class
	// Offence returns an article of the Penal Code as it stood on a day.
	Offence(article string, day civil.Date) (law.Offence, bool)
}

// State is what follows from the acts that stand.
type State struct {
	Stage        string    `json:"stage"`  // report, investigation, prosecution, first_instance, appeal, enforcement, cassation, reopening, supreme_review
	Status       string    `json:"status"` // open, suspended, terminated, transferred, closed
	Class        law.Class `json:"class"`  // heaviest of the accused
	Summary      bool      `json:"summary"`
	Opened       Moment    `json:"opened,omitempty"` // decision to open the case
	Returns      int       `json:"returns"`          // by the procuracy to the police, of its own accord
	CourtReturns int       `json:"court_returns"`
	Accused      []Accused `json:"accused,omitempty"` // those charged, and those held or reported

	Since     Moment    `json:"since,omitempty"`     // entered this stage
	Suspended Moment    `json:"suspended,omitempty"` // the whole case, since
	Why       string    `json:"why,omitempty"`       // reason of the suspension
	Limited   law.Class `json:"limited,omitempty"`   // class by which the limitation of prosecution is counted
	Waits     []Wait    `json:"waits,omitempty"`     // what it waits for from others
	Appeals   []Appeal  `json:"appeals,omitempty"`   // appeals and protests not withdrawn
	Received  Moment    `json:"received,omitempty"`  // crime report received
	Concluded Moment    `json:"concluded,omitempty"` // investigation concluded
	Arrived   Moment    `json:"arrived,omitempty"`   // file and conclusion at the procuracy
	Indicted  Moment    `json:"indicted,omitempty"`  // indictment
	Sent      Moment    `json:"sent,omitempty"`      // file sent to the court
	Accepted  Moment    `json:"accepted,omitempty"`  // accepted by the court
	Trial     Moment    `json:"trial,omitempty"`     // decision to bring to trial
	Judged    Moment    `json:"judged,omitempty"`    // judgment pronounced
	Effective Moment    `json:"effective,omitempty"` // judgment in effect
	Extended  Extended  `json:"extended,omitzero"`   // periods of the case that were extended
}

// Wait is an answer the case waits for.
type Wait struct {
	For   string `json:"for"` // expert, answer, police, court, procuracy, handover
	Since Moment `json:"since"`
	Act   ActID  `json:"act"`
}

// Appeal is an appeal (kháng cáo) or a protest (kháng nghị).
type Appeal struct {
	Kind    string    `json:"kind"` // appeal, protest, cassation, reopening
	At      Moment    `json:"at"`
	Act     ActID     `json:"act"`
	Parties []PartyID `json:"parties,omitempty"`
}

// Extended tells of extensions: how many, and the end written in the last.
type Extended struct {
	Report, Investigation, Prosecution, Trial                     int    `json:",omitempty"`
	ReportUntil, InvestigationUntil, ProsecutionUntil, TrialUntil Moment `json:",omitempty"`
}

// Accused is where one accused stands. One who is held or reported and not charged
// is here too, without a day of charge.
type Accused struct {
	ID           PartyID   `json:"id"`
	Charged      Moment    `json:"charged,omitempty"`
	Charges      []Charge  `json:"charges,omitempty"`
	Class        law.Class `json:"class"`
	Juvenile     bool      `json:"juvenile,omitempty"` // under 18 when the act charged was done; if that is not known on the day of the charge, or of the first act
	Status       string    `json:"status"`             // open, suspended, terminated, at_large, convicted, acquitted, split (left for another case)
	Measure      string    `json:"measure,omitempty"`  // measure in force: custody, detention, residence_ban, …
	MeasureUntil Moment    `json:"measure_until,omitempty"`
	Custody      bool      `json:"custody,omitempty"`  // held now: custody
	Detained     bool      `json:"detained,omitempty"` // held now: detention

	MeasureSince Moment     `json:"measure_since,omitempty"`
	MeasureBy    string     `json:"measure_by,omitempty"` // who decided or approved it last: only they may undo it
	Extensions   int        `json:"extensions,omitempty"` // of the measure in force
	ExitBan      Moment     `json:"exit_ban,omitempty"`   // since
	Property     int        `json:"property,omitempty"`   // seizures and frozen accounts in force
	Offence      civil.Date `json:"offence,omitempty"`    // day of the act charged, if known
	Limited      law.Class  `json:"limited,omitempty"`    // class by which limitation is counted: the basic clause where only the article is charged
	Approved     Moment     `json:"approved,omitempty"`   // charge approved by the procuracy
	Suspended    Moment     `json:"suspended,omitempty"`  // since
	Why          string     `json:"why,omitempty"`        // reason of the suspension
	Wanted       Moment     `json:"wanted,omitempty"`     // wanted notice
	Escaped      Moment     `json:"escaped,omitempty"`
	Died         Moment     `json:"died,omitempty"`
	Freed        Moment     `json:"freed,omitempty"`    // last custody or detention ended: release, another measure, escape, death
	Over         Moment     `json:"over,omitempty"`     // the case against them ended, or left for another
	Indicted     []Charge   `json:"indicted,omitempty"` // charges of the indictment
	Result       string     `json:"result,omitempty"`   // of the last judgment
	Sentence     string     `json:"sentence,omitempty"`

	overBy  ActID  // the act by which it is over
	ordered Moment // end written in an order of custody or detention that has not begun
}

// Severity says what a finding does.
type Severity string

// Refuse: the act may not be entered. Flag: it is entered and marked.
const (
	Refuse Severity = "refuse"
	Flag   Severity = "flag"
)

// Finding is what a check says of a new act.
type Finding struct {
	Code     string         `json:"code"` // returns.twice
	Severity Severity       `json:"severity"`
	Field    string         `json:"field,omitempty"` // input it is about
	Text     string         `json:"text"`            // Vietnamese: what is wrong
	Todo     string         `json:"todo"`            // Vietnamese: what to do
	Citation []law.Citation `json:"citation,omitempty"`
}
