// Package law holds the law as versioned data: time limits, days off, the catalogue
// of procedural acts, forms, offences, measures, reasons and registers. Code holds
// no article numbers; it asks this package, and every answer carries its citation,
// the days it is in force and how sure we are of it.
//
// The data are files (data/*.toml in the program, and files of an installation that
// override them without a build). A set of files read together is a Pack; it never
// changes once loaded.
package law

import "congminh/internal/kit/civil"

// Class is the class of a crime (loại tội phạm, BLHS Điều 9), by the highest
// penalty of the clause charged.
type Class uint8

// The classes; NoClass is not yet known.
const (
	NoClass Class = iota
	INT           // ít nghiêm trọng: to 3 years
	NT            // nghiêm trọng: over 3 to 7 years
	RNT           // rất nghiêm trọng: over 7 to 15 years
	DBNT          // đặc biệt nghiêm trọng: over 15 years, life, death
)

// Confidence says how sure we are of a datum: A the text and a second source were
// read, B the text was read, C a secondary source or an unconfirmed change, D not
// seen. What is D is never computed.
type Confidence string

// Citation is a place in the law.
type Citation struct {
	Law     string `toml:"law" json:"law"`
	Article string `toml:"article" json:"article"`
	Clause  string `toml:"clause" json:"clause,omitempty"`
}

// Mode is how a length is counted.
type Mode string

// The modes; each is described in the assumptions of the pack (A-1 … A-10).
const (
	Hours         Mode = "hours"         // N × 60 minutes
	Days          Mode = "days"          // the first day is not counted
	Months        Mode = "months"        // the same-numbered day
	Years         Mode = "years"
	WorkingDays   Mode = "working_days"
	Custody       Mode = "custody"       // days of 24 hours
	Detention     Mode = "detention"     // both ends count, a month is 30 days
	BeforeDays    Mode = "before_days"
	BeforeHours   Mode = "before_hours"
	BeforeMonths  Mode = "before_months"
	BoundByParent Mode = "bound"         // not after the end of a parent rule
	OfParent      Mode = "parent"        // a fraction of the parent rule
)

// Length is how long.
type Length struct {
	Value int    `toml:"value" json:"value"`
	Unit  string `toml:"unit" json:"unit"` // hour, day, working_day, month, year
	Mode  Mode   `toml:"mode" json:"mode"`
}

// Competence says who decides, by the day of the decision.
type Competence struct {
	By    string     `toml:"by" json:"by"`
	Level string     `toml:"level" json:"level,omitempty"` // "", region, province, supreme, supreme_chief
	From  civil.Date `toml:"from" json:"from,omitempty"`
	To    civil.Date `toml:"to" json:"to,omitempty"`
}

// Extension is a lengthening of a rule's period.
type Extension struct {
	Seq         int          `toml:"seq" json:"seq"`         // its place in the chain; 9 is the special one (security)
	Classes     []string     `toml:"classes" json:"classes"` // none: every class
	Max         Length       `toml:"max" json:"max"`
	FromTrigger bool         `toml:"from_trigger" json:"from_trigger"` // counts from the trigger and replaces, else is added to the last nominal end
	Bound       string       `toml:"bound" json:"bound,omitempty"`     // rule whose end it may not pass
	Roll        bool         `toml:"roll" json:"roll"`
	DecidedBy   []Competence `toml:"decided_by" json:"decided_by"`
	Ask         *Length      `toml:"ask" json:"ask,omitempty"` // how long before the end it must be asked for
	Note        string       `toml:"note" json:"note,omitempty"`
}

// RuleKind is what a rule gives.
type RuleKind string

// The kinds.
const (
	MaxPeriod    RuleKind = "max_period"
	LatestBefore RuleKind = "latest_before"
	Modifier     RuleKind = "modifier"
)

// Status says whether a rule is used.
type Status string

// The statuses; Unverified is never computed.
const (
	Active     Status = "active"
	Unverified Status = "unverified"
	Off        Status = "off" // switched off in this installation
)

// Rule is one time limit (thời hạn).
type Rule struct {
	ID          string            `toml:"id" json:"id"`
	Title       string            `toml:"title" json:"title"`
	Citations   []Citation        `toml:"citation" json:"citations"`
	Stage       string            `toml:"stage" json:"stage"`
	Kind        RuleKind          `toml:"kind" json:"kind"`
	Trigger     string            `toml:"trigger" json:"trigger"` // name of the event it starts from
	TriggerText string            `toml:"trigger_text" json:"trigger_text"`
	Classes     []string          `toml:"classes" json:"classes"` // none: every class
	When        []string          `toml:"when" json:"when"`       // further conditions: simplified, not_simplified, juvenile, superior_court, lower_court, measure:…, …
	Actor       string            `toml:"actor" json:"actor"`     // who must act
	Own         bool              `toml:"own" json:"own"`         // a duty of the procuracy itself
	Scope       string            `toml:"scope" json:"scope"`     // case or person: whose clock it is
	Length      *Length           `toml:"length" json:"length,omitempty"`
	ByClass     map[string]Length `toml:"by_class" json:"by_class,omitempty"`
	Factor      string            `toml:"factor" json:"factor,omitempty"` // of a modifier: "1/2", "2/3", "1"
	Of          []string          `toml:"of" json:"of,omitempty"`         // rules a modifier changes, or by whose end this is bound
	Extensions  []Extension       `toml:"extension" json:"extensions,omitempty"`
	Cap         map[string]Length `toml:"cap" json:"cap,omitempty"` // by class; "" for all; DBNT_special
	Roll        bool              `toml:"roll" json:"roll"`
	Warn        []string          `toml:"warn" json:"warn"` // lead times, ISO 8601: P20D, PT4H, P6M
	Done        []string          `toml:"done" json:"done"` // kinds of act that end the duty in time
	From        civil.Date        `toml:"from" json:"from"`
	To          civil.Date        `toml:"to" json:"to,omitempty"`
	Status      Status            `toml:"status" json:"status"`
	Confidence  Confidence        `toml:"confidence" json:"confidence"`
	Competence  Confidence        `toml:"competence_confidence" json:"competence_confidence,omitempty"`
	Assumptions []string          `toml:"assumptions" json:"assumptions"`
	Uncertain   []string          `toml:"uncertain" json:"uncertain,omitempty"` // U-…
	Sources     []string          `toml:"sources" json:"sources"`
	Notes       string            `toml:"notes" json:"notes,omitempty"`
}

// ActKind is an entry of the catalogue of acts (danh mục hành vi, quyết định tố
// tụng): what may be entered in the ledger of a case, what it needs and what it
// does. The ledger gives the effects their meaning.
type ActKind struct {
	Code       string     `toml:"code" json:"code"` // case.open
	Title      string     `toml:"title" json:"title"`
	Group      string     `toml:"group" json:"group"`                 // report, opening, measure, investigation, prosecution, trial, appeal, enforcement, handover, violation, other
	Stages     []string   `toml:"stages" json:"stages"`               // stages in which it is ordinary; none: any
	Forms      []int      `toml:"forms" json:"forms"`                 // numbers in the list of forms
	Papers     []string   `toml:"papers" json:"papers"`               // kinds of paper (dossier) that prove it
	By         []string   `toml:"by" json:"by"`                       // police, procuracy, court, other: who does it
	Hour       bool       `toml:"hour" json:"hour"`                   // the law counts hours: the hour is needed
	Scope      string     `toml:"scope" json:"scope"`                 // case, person (one or more accused), any
	Number     string     `toml:"number" json:"number"`               // book its number comes from when the procuracy issues it; "": not numbered by us
	Until      string     `toml:"until" json:"until"`                 // "": no end written in it; optional; needed
	Handover   string     `toml:"handover" json:"handover,omitempty"` // the file changes hands, with minutes: out (the procuracy gives it), in (receives it)
	Charges    bool       `toml:"charges" json:"charges"`             // carries article, clause, point
	Reasons    string     `toml:"reasons" json:"reasons"`             // list of reasons one of which it gives
	Fields     []ActField `toml:"field" json:"fields"`                // what else is asked
	Events     []string   `toml:"events" json:"events"`               // engine events it raises (triggers of rules, and facts); name@field: on the day in that field
	Effects    []string   `toml:"effects" json:"effects"`             // what it does to the state, in the words of the ledger
	Citation   []Citation `toml:"citation" json:"citation"`
	Confidence Confidence `toml:"confidence" json:"confidence"`
	From       civil.Date `toml:"from" json:"from"`
	To         civil.Date `toml:"to" json:"to,omitempty"`
}

// ActField is a further thing an act tells.
type ActField struct {
	Name     string   `toml:"name" json:"name"`
	Title    string   `toml:"title" json:"title"`
	Type     string   `toml:"type" json:"type"` // text, number, date, moment, choice, office, yes
	Choices  []Choice `toml:"choice" json:"choices"`
	Required bool     `toml:"required" json:"required"`
	Each     bool     `toml:"each" json:"each,omitempty"` // asked for each person concerned: kept as name.ID
	Help     string   `toml:"help" json:"help,omitempty"`
}

// Choice is one of a list.
type Choice struct {
	Code  string `toml:"code" json:"code"`
	Title string `toml:"title" json:"title"`
}

// Offence is an article of the Penal Code (tội danh, BLHS) with its clauses.
type Offence struct {
	Article    string     `toml:"article" json:"article"` // 173, 217a
	Title      string     `toml:"title" json:"title"`
	Chapter    string     `toml:"chapter" json:"chapter"` // XVI
	Clauses    []Clause   `toml:"clause" json:"clauses"`
	From       civil.Date `toml:"from" json:"from"`
	To         civil.Date `toml:"to" json:"to,omitempty"`
	Confidence Confidence `toml:"confidence" json:"confidence"`
	Notes      string     `toml:"notes" json:"notes,omitempty"`
}

// Clause is one clause (khoản) of an offence.
type Clause struct {
	Number string   `toml:"number" json:"number"` // "" where the article has no numbered clauses
	Max    string   `toml:"max" json:"max"`       // highest penalty: 6m, 20y, life, death, or where no prison is threatened reform, fine, warning; "" unknown
	Min    string   `toml:"min" json:"min,omitempty"`
	Class  string   `toml:"class" json:"class"`         // INT … DBNT; "" unknown
	Kind   string   `toml:"kind" json:"kind,omitempty"` // "": a principal penalty; additional, entity: further penalties, those of a legal entity; other: no penalty of its own
	Text   string   `toml:"text" json:"text,omitempty"`
	Points []string `toml:"points" json:"points,omitempty"` // a, b, c, …
}

// Form is a form of the sector (mẫu).
type Form struct {
	Number int    `toml:"number" json:"number"`
	Title  string `toml:"title" json:"title"`
	Group  string `toml:"group" json:"group"`
}

// List is a short catalogue: measures, reasons of …, registers, roles, agencies.
type List struct {
	Code       string     `toml:"code" json:"code"`
	Title      string     `toml:"title" json:"title"`
	Items      []Choice   `toml:"item" json:"items"`
	Sources    []string   `toml:"sources" json:"sources"`
	Confidence Confidence `toml:"confidence" json:"confidence"`
}
