// Package archive keeps the paper of a case file (hồ sơ giấy): its volumes (tập) and
// where each one is, who borrowed it (phiếu mượn), who handed it to whom (bàn giao);
// and what becomes of a file when its case is over: its value (xác định giá trị), its
// way into the archive (nộp lưu), how long it is kept (thời hạn bảo quản), and its
// end (tiêu hủy).
//
// How long a file is kept is data, and none is shipped: a period that nobody of the
// installation confirmed, with its source, is never computed, and without it nothing
// is destroyed. Destruction takes two people, which the table itself enforces, and a
// legal hold (tạm dừng hủy) stops it at any time. The digest of what was destroyed,
// and the minutes, stay for ever.
//
// Who may hold a paper is who may see its case: nobody is lent, or handed, what they
// may not open on the screen.
package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
	"congminh/internal/org"
)

// Identifiers of the things of this module.
type (
	VolumeID      = id.Of[Volume]
	SlipID        = id.Of[Slip]
	HandoverID    = id.Of[Handover]
	HoldID        = id.Of[Hold]
	TransferID    = id.Of[Transfer]
	DestructionID = id.Of[Destruction]
)

// What one may do here.
const (
	MayRead    auth.Verb = "archive.read"    // see where the paper is; hand over what one holds
	MayLend    auth.Verb = "archive.lend"    // record volumes, move them, lend and take back
	MayKeep    auth.Verb = "archive.keep"    // appraise, take into the archive, confirm periods
	MayDestroy auth.Verb = "archive.destroy" // hold; propose (who keeps), decide (who does not)
)

// Place is where a volume stands.
type Place struct {
	Room    string `json:"room,omitempty" form:"room" maxLength:"100"`
	Cabinet string `json:"cabinet,omitempty" form:"cabinet" maxLength:"100"`
	Shelf   string `json:"shelf,omitempty" form:"shelf" maxLength:"100"`
}

// String writes p in one line, as a label says it: "Kho 1 · Tủ 3 · Giá 2".
func (p Place) String() string {
	var out []string
	for _, s := range []string{p.Room, p.Cabinet, p.Shelf} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

// Volume is one bound part of a paper file (tập). It is at its place, with somebody
// who holds it in their own charge, or out on a slip.
type Volume struct {
	ID      VolumeID   `json:"id"`
	Dossier dossier.ID `json:"dossier"`
	N       int        `json:"n" doc:"Its number in the file, from 1"`
	Title   string     `json:"title,omitempty"`
	From    int        `json:"from,omitempty" doc:"First folio; 0 while the papers carry no numbers"`
	To      int        `json:"to,omitempty"`
	Folios  int        `json:"folios" doc:"How many, as counted when it was bound or last taken back"`
	Place
	Holder     org.StaffID `json:"holder,omitempty" doc:"Who holds it in their charge, without a slip"`
	HolderName string      `json:"holder_name,omitempty"`
	Slip       SlipID      `json:"slip,omitempty" doc:"The slip it is out on"`
	Destroyed  bool        `json:"destroyed,omitempty"`
	Created    time.Time   `json:"created"`
	By         string      `json:"by"`
	ByName     string      `json:"by_name"`

	// Read with it, for people.
	Case       criminal.ID `json:"case"`
	CaseNumber string      `json:"case_number"`
	CaseName   string      `json:"case_name"`
	File       string      `json:"file" doc:"Title of the file"`
	Borrower   string      `json:"borrower,omitempty"`
	Due        civil.Date  `json:"due,omitempty"`
}

// Code is what the code on its label says, and what a scanner types.
func (v Volume) Code() string { return codePrefix + string(v.ID) }

const codePrefix = "congminh:volume/"

// Cite writes its folios: "BL 01–120".
func (v Volume) Cite() string { return dossier.Cite(v.From, v.To) }

// Name is what a list calls it.
func (v Volume) Name() string {
	n := fmt.Sprintf("Tập %d", v.N)
	if v.Title != "" {
		n += " – " + v.Title
	}
	return n
}

// NewVolume is a volume as a person records or corrects it.
type NewVolume struct {
	N      int    `json:"n,omitempty" form:"n" minimum:"0" doc:"The next number if 0"`
	Title  string `json:"title,omitempty" form:"title" maxLength:"200"`
	From   int    `json:"from,omitempty" form:"from" minimum:"0"`
	To     int    `json:"to,omitempty" form:"to" minimum:"0"`
	Folios int    `json:"folios,omitempty" form:"folios" minimum:"0" doc:"Only for papers without numbers; else from and to say it"`
	Place
}

// Move is where a volume goes: to a place, or to somebody.
type Move struct {
	Place
	Holder org.StaffID `json:"holder,omitempty" form:"holder" maxLength:"64"`
	Note   string      `json:"note,omitempty" form:"note" maxLength:"500"`
}

// Where is a choice of volumes by where they are.
type Where string

// The places a list may be cut to.
const (
	Shelved Where = "shelved"
	Held    Where = "held"
	Lent    Where = "lent"
	Nowhere Where = "nowhere"
	Gone    Where = "destroyed"
)

// Wheres lists them, in the order forms show them.
var Wheres = []Where{Shelved, Held, Lent, Nowhere, Gone}

// VN names w for a person.
func (w Where) VN() string {
	switch w {
	case Shelved:
		return "Tại kho"
	case Held:
		return "Cán bộ đang giữ"
	case Lent:
		return "Đang cho mượn"
	case Nowhere:
		return "Chưa ghi vị trí"
	case Gone:
		return "Đã tiêu hủy"
	}
	return string(w)
}

// Where says where v is.
func (v Volume) Where() Where {
	switch {
	case v.Destroyed:
		return Gone
	case v.Slip != "":
		return Lent
	case v.Holder != "":
		return Held
	case v.Place == Place{}:
		return Nowhere
	}
	return Shelved
}

// VolumeSort is the order of a list of volumes.
type VolumeSort string

// The orders. The zero one is the newest first.
const (
	ByCase  VolumeSort = "case"
	ByPlace VolumeSort = "place"
)

// VolumeFilter asks for some of the volumes one may see.
type VolumeFilter struct {
	page.Req
	Words string     `query:"q" form:"q" maxLength:"100" doc:"Words of the case, the file, the volume or its place"`
	Where Where      `query:"where" form:"where" enum:"shelved,held,lent,nowhere,destroyed"`
	Sort  VolumeSort `query:"sort" form:"sort" enum:"case,place"`
}

// Slip is a lending slip (phiếu mượn hồ sơ).
type Slip struct {
	ID           SlipID       `json:"id"`
	Case         criminal.ID  `json:"case"`
	CaseNumber   string       `json:"case_number"`
	CaseName     string       `json:"case_name"`
	Office       auth.Office  `json:"office"`
	Number       string       `json:"number" example:"PM-12/2026"`
	Borrower     org.StaffID  `json:"borrower"`
	BorrowerName string       `json:"borrower_name"`
	Purpose      string       `json:"purpose"`
	Due          civil.Date   `json:"due"`
	Approver     org.StaffID  `json:"approver"`
	ApproverName string       `json:"approver_name"`
	Renewals     int          `json:"renewals"`
	Differs      bool         `json:"differs" doc:"A volume came back with another number of folios, or damaged"`
	Lent         time.Time    `json:"lent"`
	LentBy       string       `json:"lent_by"`
	LentName     string       `json:"lent_name"`
	Returned     *time.Time   `json:"returned,omitempty"`
	ReturnedName string       `json:"returned_name,omitempty"`
	Count        int          `json:"count" doc:"How many volumes"`
	Volumes      []SlipVolume `json:"volumes,omitempty" doc:"Only when one slip is asked for"`
	Renewed      []Renewal    `json:"renewed,omitempty" doc:"Only when one slip is asked for"`

	path string
}

// Overdue reports whether the slip should have come back before today.
func (s Slip) Overdue(today civil.Date) bool { return s.Returned == nil && s.Due < today }

// SlipVolume is a volume on a slip.
type SlipVolume struct {
	Volume VolumeID `json:"volume"`
	Name   string   `json:"name"`
	File   string   `json:"file"`
	Cite   string   `json:"cite,omitempty"`
	Folios int      `json:"folios" doc:"When it went out"`
	Back   int      `json:"back" doc:"When it came back; -1 until then"`
	State  string   `json:"state,omitempty" doc:"What is wrong with it, empty if whole"`

	dossier dossier.ID
}

// Differs reports whether it came back as it did not go out.
func (v SlipVolume) Differs() bool { return v.Back >= 0 && (v.Back != v.Folios || v.State != "") }

// Renewal is a later due date given to a slip (gia hạn).
type Renewal struct {
	Due    civil.Date `json:"due"`
	Was    civil.Date `json:"was"`
	Reason string     `json:"reason"`
	At     time.Time  `json:"at"`
	ByName string     `json:"by_name"`
}

// NewSlip is a slip as it is written.
type NewSlip struct {
	Volumes  []VolumeID  `json:"volumes" form:"volume" nullable:"false"`
	Borrower org.StaffID `json:"borrower" form:"borrower" maxLength:"64"`
	Purpose  string      `json:"purpose" form:"purpose" maxLength:"500"`
	Due      civil.Date  `json:"due" form:"due" format:"date"`
	Approver org.StaffID `json:"approver" form:"approver" maxLength:"64"`
}

// Renew is a request for a later due date.
type Renew struct {
	Due    civil.Date `json:"due" form:"due" format:"date"`
	Reason string     `json:"reason" form:"reason" maxLength:"500"`
}

// Back is a volume that comes back, as it was counted.
type Back struct {
	Volume VolumeID `json:"volume"`
	Folios int      `json:"folios" minimum:"0"`
	State  string   `json:"state,omitempty" maxLength:"500" doc:"What is wrong with it, empty if whole"`
}

// SlipState is a choice of slips.
type SlipState string

// The choices.
const (
	Out      SlipState = "out"
	Overdue  SlipState = "overdue"
	Returned SlipState = "back"
)

// SlipStates lists them.
var SlipStates = []SlipState{Out, Overdue, Returned}

// VN names s for a person.
func (s SlipState) VN() string {
	switch s {
	case Out:
		return "Đang mượn"
	case Overdue:
		return "Quá hạn trả"
	case Returned:
		return "Đã trả"
	}
	return string(s)
}

// State is where s stands on a day.
func (s Slip) State(today civil.Date) SlipState {
	switch {
	case s.Returned != nil:
		return Returned
	case s.Overdue(today):
		return Overdue
	}
	return Out
}

// SlipFilter asks for some of the slips one may see.
type SlipFilter struct {
	page.Req
	Words string    `query:"q" form:"q" maxLength:"100" doc:"Words of the number, the borrower or the case"`
	State SlipState `query:"state" form:"state" enum:"out,overdue,back"`
	Mine  bool      `query:"mine" form:"mine" doc:"Only those you borrowed on"`
	Sort  string    `query:"sort" form:"sort" enum:"due,newest" doc:"By due date if absent"`
}

// Handover is minutes of papers going from one prosecutor to another (biên bản bàn
// giao hồ sơ). It holds when both have confirmed it; until then nothing moves.
type Handover struct {
	ID        HandoverID       `json:"id"`
	Office    auth.Office      `json:"office"`
	Number    string           `json:"number" example:"BG-3/2026"`
	Giver     org.StaffID      `json:"giver"`
	GiverName string           `json:"giver_name"`
	Taker     org.StaffID      `json:"taker"`
	TakerName string           `json:"taker_name"`
	Reason    string           `json:"reason"`
	Note      string           `json:"note,omitempty" doc:"What goes along: exhibits, recordings, work not done"`
	Remarks   string           `json:"remarks,omitempty" doc:"Of who took them, or why they did not"`
	Made      time.Time        `json:"made"`
	MadeBy    string           `json:"made_by"`
	Given     *time.Time       `json:"given,omitempty"`
	Taken     *time.Time       `json:"taken,omitempty"`
	Refused   *time.Time       `json:"refused,omitempty"`
	Volumes   []HandoverVolume `json:"volumes,omitempty"`

	path string
}

// HandoverVolume is a volume in minutes of a hand-over.
type HandoverVolume struct {
	Volume     VolumeID    `json:"volume"`
	Case       criminal.ID `json:"case"`
	CaseNumber string      `json:"case_number"`
	CaseName   string      `json:"case_name"`
	File       string      `json:"file"`
	Name       string      `json:"name"`
	Cite       string      `json:"cite,omitempty"`
	Folios     int         `json:"folios" doc:"As the giver says"`
	Counted    int         `json:"counted" doc:"As the taker counted; -1 until then"`

	dossier dossier.ID
}

// HandoverState is where a hand-over stands.
type HandoverState string

// The states.
const (
	AwaitsGiver HandoverState = "giver"
	AwaitsTaker HandoverState = "taker"
	HandedOver  HandoverState = "done"
	NotTaken    HandoverState = "refused"
)

// HandoverStates lists them.
var HandoverStates = []HandoverState{AwaitsGiver, AwaitsTaker, HandedOver, NotTaken}

// HandoverFilter narrows the list of hand-overs.
type HandoverFilter struct {
	page.Req
	Words   string        `query:"q" form:"q" maxLength:"100" doc:"Words of the number, of the giver or the taker, or of a case"`
	State   HandoverState `query:"state" form:"state" enum:"giver,taker,done,refused"`
	Waiting bool          `query:"waiting" doc:"Only those that wait for you"`
}

// VN names s for a person.
func (s HandoverState) VN() string {
	switch s {
	case AwaitsGiver:
		return "Chờ người giao xác nhận"
	case AwaitsTaker:
		return "Chờ người nhận xác nhận"
	case HandedOver:
		return "Đã bàn giao"
	case NotTaken:
		return "Không nhận bàn giao"
	}
	return string(s)
}

// State is where h stands.
func (h Handover) State() HandoverState {
	switch {
	case h.Refused != nil:
		return NotTaken
	case h.Given == nil:
		return AwaitsGiver
	case h.Taken == nil:
		return AwaitsTaker
	}
	return HandedOver
}

// NewHandover is a hand-over as it is written.
type NewHandover struct {
	Giver   org.StaffID `json:"giver" form:"giver" maxLength:"64"`
	Taker   org.StaffID `json:"taker" form:"taker" maxLength:"64"`
	Volumes []VolumeID  `json:"volumes" form:"volume" nullable:"false"`
	Reason  string      `json:"reason" form:"reason" maxLength:"500"`
	Note    string      `json:"note,omitempty" form:"note,lines" maxLength:"2000"`
}

// FileStage is how far a file has come on its way out of use.
type FileStage string

// The stages.
const (
	Current   FileStage = "current"
	ToValue   FileStage = "appraise"
	ToStore   FileStage = "transfer"
	Archived  FileStage = "archived"
	Destroyed FileStage = "destroyed"
)

// FileStages lists them in their order.
var FileStages = []FileStage{Current, ToValue, ToStore, Archived, Destroyed}

// VN names s for a person.
func (s FileStage) VN() string {
	switch s {
	case Current:
		return "Đang giải quyết"
	case ToValue:
		return "Chờ xác định giá trị"
	case ToStore:
		return "Chờ nộp lưu"
	case Archived:
		return "Đã nộp lưu"
	case Destroyed:
		return "Đã tiêu hủy"
	}
	return string(s)
}

// What is left of the electronic content of a destroyed file.
const (
	ContentKept    = "kept"
	ContentWaiting = "waiting" // destruction was carried out, the bytes wait to be taken away
	ContentGone    = "gone"
)

// File is a case file as far as the archive is concerned.
type File struct {
	Dossier     dossier.ID   `json:"dossier"`
	Case        criminal.ID  `json:"case"`
	CaseNumber  string       `json:"case_number"`
	CaseName    string       `json:"case_name"`
	Office      auth.Office  `json:"office"`
	Kind        dossier.Kind `json:"kind"`
	Title       string       `json:"title"`
	Folios      int          `json:"folios"`
	Stage       FileStage    `json:"stage"`
	Closed      civil.Date   `json:"closed,omitempty"`
	Rule        string       `json:"rule,omitempty" doc:"Code of its retention rule"`
	RuleVersion int          `json:"rule_version,omitempty" doc:"0: the period was not confirmed"`
	Permanent   bool         `json:"permanent,omitempty"`
	Until       civil.Date   `json:"until,omitempty" doc:"Last day it is kept; absent if permanent or not confirmed"`
	Opinion     string       `json:"opinion,omitempty"`
	Package     string       `json:"package,omitempty" doc:"SHA-256 of its evidence package"`
	Content     string       `json:"content" enum:"kept,waiting,gone"`
	Changed     time.Time    `json:"changed"`
	Volumes     int          `json:"volumes"`
	Holds       int          `json:"holds" doc:"Legal holds in force"`

	path string
}

// Over reports whether a file may be destroyed as far as time goes: it is in the
// archive, its period was confirmed, and ended before today.
func (f File) Over(today civil.Date) bool {
	return f.Stage == Archived && f.RuleVersion > 0 && !f.Permanent && f.Until != "" && f.Until < today
}

// FileFilter asks for some of the files one may see.
type FileFilter struct {
	page.Req
	Words string    `query:"q" form:"q" maxLength:"100"`
	Stage FileStage `query:"stage" form:"stage" enum:"current,appraise,transfer,archived,destroyed"`
	Due   bool      `query:"due" form:"due" doc:"Only those whose period is over, that no hold keeps and nobody proposed to destroy yet"`
	Held  bool      `query:"held" form:"held" doc:"Only those a hold keeps"`
	Sort  string    `query:"sort" form:"sort" enum:"newest,until,case"`
}

// Hold keeps a file from being destroyed or lent (tạm dừng hủy).
type Hold struct {
	ID         HoldID     `json:"id"`
	Dossier    dossier.ID `json:"dossier"`
	Reason     string     `json:"reason"`
	At         time.Time  `json:"at"`
	ByName     string     `json:"by_name"`
	Lifted     *time.Time `json:"lifted,omitempty"`
	LiftedName string     `json:"lifted_name,omitempty"`
	LiftedWhy  string     `json:"lifted_why,omitempty"`
}

// Transfer is minutes of a file going into the archive (biên bản nộp lưu).
type Transfer struct {
	ID        TransferID  `json:"id"`
	Dossier   dossier.ID  `json:"dossier"`
	Office    auth.Office `json:"office"`
	Number    string      `json:"number" example:"NL-1/2026"`
	Giver     org.StaffID `json:"giver"`
	GiverName string      `json:"giver_name"`
	Package   string      `json:"package" doc:"SHA-256"`
	Note      string      `json:"note,omitempty"`
	Rule      string      `json:"rule"`
	Until     civil.Date  `json:"until,omitempty"`
	Permanent bool        `json:"permanent,omitempty"`
	At        time.Time   `json:"at"`
	ByName    string      `json:"by_name"`
}

// NewTransfer is a transfer as it is written.
type NewTransfer struct {
	Giver   org.StaffID `json:"giver" form:"giver" maxLength:"64"`
	Package string      `json:"package" form:"package" maxLength:"64" doc:"SHA-256 of the evidence package, 64 hex digits"`
	Place
	Note string `json:"note,omitempty" form:"note,lines" maxLength:"2000"`
}

// Appraisal is what is decided of the value of a file.
type Appraisal struct {
	Rule    string `json:"rule" form:"rule" maxLength:"60" doc:"Code of a retention rule"`
	Opinion string `json:"opinion,omitempty" form:"opinion,lines" maxLength:"2000"`
}

// DestructionState is where a destruction stands.
type DestructionState string

// The states.
const (
	ProposedD DestructionState = "proposed"
	ApprovedD DestructionState = "approved"
	RefusedD  DestructionState = "refused"
	DoneD     DestructionState = "done"
)

// DestructionStates lists them.
var DestructionStates = []DestructionState{ProposedD, ApprovedD, RefusedD, DoneD}

// DestructionFilter narrows the list of destructions.
type DestructionFilter struct {
	page.Req
	Words string           `query:"q" form:"q" maxLength:"100" doc:"Words of the number or of a case"`
	State DestructionState `query:"state" form:"state" enum:"proposed,approved,refused,done"`
}

// VN names s for a person.
func (s DestructionState) VN() string {
	switch s {
	case ProposedD:
		return "Chờ quyết định"
	case ApprovedD:
		return "Đã duyệt, chờ tiêu hủy"
	case RefusedD:
		return "Không duyệt"
	case DoneD:
		return "Đã tiêu hủy"
	}
	return string(s)
}

// Destruction is files destroyed together, from the proposal to the minutes (hồ sơ
// tiêu hủy). It stays when they are gone.
type Destruction struct {
	ID           DestructionID     `json:"id"`
	Office       auth.Office       `json:"office"`
	Number       string            `json:"number" example:"TH-1/2026"`
	State        DestructionState  `json:"state" enum:"proposed,approved,refused,done"`
	Basis        string            `json:"basis"`
	Proposed     time.Time         `json:"proposed"`
	ProposedBy   string            `json:"proposed_by"`
	ProposedName string            `json:"proposed_name"`
	Decided      *time.Time        `json:"decided,omitempty"`
	DecidedBy    string            `json:"decided_by,omitempty"`
	DecidedName  string            `json:"decided_name,omitempty"`
	Why          string            `json:"why,omitempty"`
	Committee    string            `json:"committee,omitempty" doc:"A member a line: name, post"`
	Method       string            `json:"method,omitempty"`
	Day          civil.Date        `json:"day,omitempty"`
	Done         *time.Time        `json:"done,omitempty"`
	DoneName     string            `json:"done_name,omitempty"`
	Proof        string            `json:"proof,omitempty" doc:"SHA-256 of its statement"`
	Count        int               `json:"count"`
	Files        []DestructionFile `json:"files,omitempty" doc:"Only when one is asked for"`

	path string
}

// DestructionFile is what stays of a file that was destroyed.
type DestructionFile struct {
	Dossier     dossier.ID  `json:"dossier"`
	Case        criminal.ID `json:"case"`
	CaseNumber  string      `json:"case_number"`
	CaseName    string      `json:"case_name"`
	Title       string      `json:"title"`
	Folios      int         `json:"folios"`
	Volumes     int         `json:"volumes"`
	Rule        string      `json:"rule"`
	RuleVersion int         `json:"rule_version"`
	Until       civil.Date  `json:"until"`
	Package     string      `json:"package" doc:"SHA-256 of its evidence package"`
	Content     string      `json:"content" enum:"kept,waiting,gone"`
}

// Statement is the text whose SHA-256 is the proof of d: what was destroyed, by
// whose word, on which day, how. Its lines never change once it is carried out.
func (d Destruction) Statement() string {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%s: %s\n", name, strings.ReplaceAll(text, "\n", "; ")) }
	line("congminh-destruction", "1")
	line("number", d.Number)
	line("office", string(d.Office))
	line("basis", d.Basis)
	line("proposed", d.ProposedBy+" "+d.ProposedName)
	line("decided", d.DecidedBy+" "+d.DecidedName)
	line("committee", d.Committee)
	line("method", d.Method)
	line("day", string(d.Day))
	for _, f := range d.Files {
		line("file", fmt.Sprintf("%s | %s | %s | %s | folios %d | volumes %d | %s/%d | %s | sha256 %s",
			f.Dossier, f.CaseNumber, f.CaseName, f.Title, f.Folios, f.Volumes, f.Rule, f.RuleVersion, f.Until, f.Package))
	}
	return b.String()
}

// Digest is the SHA-256 of the statement of d.
func (d Destruction) Digest() string {
	sum := sha256.Sum256([]byte(d.Statement()))
	return hex.EncodeToString(sum[:])
}

// NewDestruction is a proposal.
type NewDestruction struct {
	Files []dossier.ID `json:"files" form:"file" nullable:"false"`
	Basis string       `json:"basis" form:"basis,lines" maxLength:"2000"`
}

// Decision is a yes or no to a proposal.
type Decision struct {
	Yes bool   `json:"yes" form:"yes"`
	Why string `json:"why,omitempty" form:"why,lines" maxLength:"2000"`
}

// Carried is the minutes of what was done.
type Carried struct {
	Committee string     `json:"committee" form:"committee,lines" maxLength:"2000"`
	Method    string     `json:"method" form:"method" maxLength:"500"`
	Day       civil.Date `json:"day" form:"day" format:"date"`
}

// Step is a line of the history of a file or of one of its volumes.
type Step struct {
	ID     string      `json:"id"`
	Case   criminal.ID `json:"case"`
	File   dossier.ID  `json:"file"`
	Volume VolumeID    `json:"volume,omitempty"`
	Act    StepAct     `json:"act"`
	Place  string      `json:"place,omitempty" doc:"Where it then was"`
	Note   string      `json:"note,omitempty"`
	At     time.Time   `json:"at"`
	By     string      `json:"by"`
	ByName string      `json:"by_name"`
}

// StepAct is what happened; the journal calls it "archive." and this.
type StepAct string

// What happens here.
const (
	DidVolume    StepAct = "volume"
	DidEdit      StepAct = "edit"
	DidMove      StepAct = "move"
	DidLend      StepAct = "lend"
	DidRenew     StepAct = "renew"
	DidReturn    StepAct = "return"
	DidDraft     StepAct = "handover-made"
	DidGive      StepAct = "handover-given"
	DidTake      StepAct = "handover-taken"
	DidRefuse    StepAct = "handover-refused"
	DidClose     StepAct = "to-appraise"
	DidAppraise  StepAct = "appraise"
	DidTransfer  StepAct = "transfer"
	DidHold      StepAct = "hold"
	DidLift      StepAct = "lift"
	DidPropose   StepAct = "destroy-propose"
	DidApprove   StepAct = "destroy-approve"
	DidReject    StepAct = "destroy-refuse"
	DidDestroy   StepAct = "destroy"
	DidForget    StepAct = "forget"
	DidConfirm   StepAct = "rule"
	DidRecompute StepAct = "until"
)

// VN names a for a person.
func (a StepAct) VN() string {
	switch a {
	case DidVolume:
		return "Lập tập"
	case DidEdit:
		return "Sửa thông tin tập"
	case DidMove:
		return "Chuyển vị trí"
	case DidLend:
		return "Cho mượn"
	case DidRenew:
		return "Gia hạn mượn"
	case DidReturn:
		return "Nhận lại"
	case DidDraft:
		return "Lập biên bản bàn giao"
	case DidGive:
		return "Người giao xác nhận bàn giao"
	case DidTake:
		return "Người nhận xác nhận bàn giao"
	case DidRefuse:
		return "Không nhận bàn giao"
	case DidClose:
		return "Hồ sơ đóng, đề xuất xác định giá trị"
	case DidAppraise:
		return "Xác định giá trị"
	case DidTransfer:
		return "Nộp lưu"
	case DidHold:
		return "Tạm dừng hủy"
	case DidLift:
		return "Bỏ tạm dừng hủy"
	case DidPropose:
		return "Đề nghị tiêu hủy"
	case DidApprove:
		return "Duyệt tiêu hủy"
	case DidReject:
		return "Không duyệt tiêu hủy"
	case DidDestroy:
		return "Tiêu hủy"
	case DidForget:
		return "Xóa nội dung điện tử"
	case DidConfirm:
		return "Xác nhận thời hạn bảo quản"
	case DidRecompute:
		return "Tính hạn bảo quản theo quy định vừa xác nhận"
	}
	return string(a)
}

// How this module says no.
var (
	ErrNoVolume      = fault.New(fault.NotFound, "archive.no-volume", "Không tìm thấy tập hồ sơ này, hoặc bạn không có quyền xem.")
	ErrNoSlip        = fault.New(fault.NotFound, "archive.no-slip", "Không tìm thấy phiếu mượn này.")
	ErrNoHandover    = fault.New(fault.NotFound, "archive.no-handover", "Không tìm thấy biên bản bàn giao này.")
	ErrNoTransfer    = fault.New(fault.NotFound, "archive.no-transfer", "Không tìm thấy biên bản nộp lưu này.")
	ErrNoDestruction = fault.New(fault.NotFound, "archive.no-destruction", "Không tìm thấy hồ sơ tiêu hủy này.")
	ErrNoRule        = fault.New(fault.NotFound, "archive.no-rule", "Không có loại hồ sơ này trong bảng thời hạn bảo quản.")
	ErrNoHold        = fault.New(fault.NotFound, "archive.no-hold", "Không tìm thấy lệnh tạm dừng hủy này, hoặc đã được bỏ.")
	ErrInvalid       = fault.New(fault.Invalid, "archive.invalid", "Thông tin chưa đúng. Hãy sửa các ô được đánh dấu.")
	ErrOut           = fault.New(fault.Conflict, "archive.out", "Có tập đang cho mượn hoặc đang do người khác giữ. Hãy nhận lại trước rồi làm tiếp.")
	ErrHeld          = fault.New(fault.Conflict, "archive.held", "Hồ sơ đang bị tạm dừng hủy nên không cho mượn, không tiêu hủy được. Hãy bỏ tạm dừng trước.")
	ErrGone          = fault.New(fault.Conflict, "archive.gone", "Hồ sơ này đã tiêu hủy.")
	ErrBack          = fault.New(fault.Conflict, "archive.back", "Phiếu này đã trả xong.")
	ErrMoved         = fault.New(fault.Conflict, "archive.moved", "Có tập không còn do người giao giữ. Hãy lập lại biên bản bàn giao.")
	ErrSettled       = fault.New(fault.Conflict, "archive.settled", "Việc này đã được người khác quyết định. Hãy tải lại trang.")
	ErrOpen          = fault.New(fault.Conflict, "archive.open", "Hồ sơ còn mở. Hãy đóng hồ sơ trước khi xác định giá trị, nộp lưu.")
	ErrStage         = fault.New(fault.Conflict, "archive.stage", "Hồ sơ chưa tới bước này. Hãy xem trạng thái của hồ sơ rồi làm bước trước.")
	ErrKept          = fault.New(fault.Conflict, "archive.kept", "Có hồ sơ chưa được phép tiêu hủy: thời hạn bảo quản chưa xác nhận, là vĩnh viễn, hoặc chưa hết.")
	ErrSame          = fault.New(fault.Forbidden, "archive.same", "Người đề nghị và người giữ kho không tự quyết định tiêu hủy. Hãy trình Viện trưởng.")
	ErrNotYours      = fault.New(fault.Forbidden, "archive.not-yours", "Chỉ người giao, người nhận được xác nhận phần của mình.")
)
