// Package dossier turns the paper file of a case (hồ sơ giấy) into an electronic
// case file (hồ sơ điện tử): scans (bản quét) are taken in and kept for ever as
// they came, read page by page, arranged into documents (tài liệu), checked by a
// person, and numbered folio by folio (đánh số bút lục).
//
// A folio number (bút lục) is given once, without gaps, and never changes; a page
// that has one can be neither moved nor taken away. A mistake is put right by a
// signed remark with its reason (TTLT 04/2018/TTLT-VKSNDTC-BCA-BQP, Điều 35). The
// bytes that were received are never changed: what people see and search is
// derived from them and can be made again.
//
// A scan goes through these states: received → reading → read, or refused with a
// reason. A page is proposed → checked, and may be left out (excluded) before
// numbering; it stays in the file, unnumbered.
package dossier

import (
	"fmt"
	"strings"
	"time"

	"congminh/internal/access/policy"
	"congminh/internal/criminal"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/event"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/page"
)

// Identifiers of the things of this module.
type (
	ID         = id.Of[Dossier]
	ScanID     = id.Of[Scan]
	UploadID   = id.Of[Upload]
	PageID     = id.Of[Page]
	DocumentID = id.Of[Document]
)

// What one may do with case files.
const (
	MayRead     auth.Verb = "dossier.read"     // open and read
	MaySearch   auth.Verb = "dossier.search"   // search across files
	MayIntake   auth.Verb = "dossier.intake"   // make files, add scans
	MayCheck    auth.Verb = "dossier.check"    // arrange, correct, accept
	MayNumber   auth.Verb = "dossier.number"   // give folio numbers, write remarks
	MayClose    auth.Verb = "dossier.close"    // close, open again for a later stage
	MayAnnotate auth.Verb = "dossier.annotate" // marks and margin notes
	MayExport   auth.Verb = "dossier.export"   // download and print
	MayExhibit  auth.Verb = "dossier.exhibit"  // record exhibits and who holds them
)

// Kind is whose file it is.
type Kind string

// The kinds of file.
const (
	CaseFile      Kind = "case_file"      // hồ sơ vụ án
	ProcuracyFile Kind = "procuracy_file" // hồ sơ kiểm sát
)

// Kinds lists the kinds, in the order forms show them.
var Kinds = []Kind{CaseFile, ProcuracyFile}

// VN names k for a person.
func (k Kind) VN() string {
	if k == ProcuracyFile {
		return "Hồ sơ kiểm sát"
	}
	return "Hồ sơ vụ án"
}

// State is whether a file may still grow.
type State string

// The states of a file.
const (
	Open   State = "open"
	Closed State = "closed"
)

// Stage is the stage of proceedings in which pages are numbered; a later stage
// continues the numbers of the one before.
type Stage string

// The stages that add pages to a file.
const (
	Investigation Stage = "investigation" // điều tra
	Prosecution   Stage = "prosecution"   // truy tố
	Trial         Stage = "trial"         // xét xử
)

// Stages lists the stages in their order.
var Stages = []Stage{Investigation, Prosecution, Trial}

// VN names s for a person.
func (s Stage) VN() string {
	switch s {
	case Investigation:
		return "Điều tra"
	case Prosecution:
		return "Truy tố"
	case Trial:
		return "Xét xử"
	}
	return string(s)
}

// Dossier is one electronic file of a case.
type Dossier struct {
	ID        ID          `json:"id"`
	Case      criminal.ID `json:"case"`
	Office    auth.Office `json:"office"`
	Kind      Kind        `json:"kind" enum:"case_file,procuracy_file"`
	Title     string      `json:"title"`
	State     State       `json:"state" enum:"open,closed"`
	Stage     Stage       `json:"stage" enum:"investigation,prosecution,trial"`
	LastFolio int         `json:"last_folio" doc:"The highest folio number given; 0 if none"`
	Pages     int         `json:"pages" doc:"How many pages it holds, left-out ones included"`
	Created   time.Time   `json:"created"`
	CreatedBy string      `json:"created_by"`
	Closed    *time.Time  `json:"closed,omitempty"`
	ClosedBy  string      `json:"closed_by,omitempty"`

	right policy.Answer // by which the asker opened it
}

// New asks for a file to be made.
type New struct {
	Case  criminal.ID `json:"case" form:"case"`
	Kind  Kind        `json:"kind" form:"kind" enum:"case_file,procuracy_file"`
	Title string      `json:"title,omitempty" form:"title" maxLength:"300" doc:"The name of the case if absent"`
}

// Filter asks for some of the files one may see, newest first.
type Filter struct {
	page.Req
	State State  `query:"state" form:"state" enum:"open,closed"`
	Words string `query:"q" form:"q" maxLength:"100"`
}

// ScanState is how far the reading of a scan has come.
type ScanState string

// The states of a scan.
const (
	Waiting ScanState = "received"
	Reading ScanState = "reading"
	Read    ScanState = "read"
	Refused ScanState = "refused"
)

// VN names s for a person.
func (s ScanState) VN() string {
	switch s {
	case Waiting:
		return "Chờ đọc"
	case Reading:
		return "Đang đọc"
	case Read:
		return "Đã đọc xong"
	case Refused:
		return "Không nhận được"
	case Held:
		return "Tạm giữ, có dấu mật"
	case Removed:
		return "Tài liệu mật, đã gỡ"
	}
	return string(s)
}

// Scan is a file as it was received (bản quét). Its bytes are kept for ever.
type Scan struct {
	ID       ScanID    `json:"id"`
	Dossier  ID        `json:"dossier"`
	Seq      int       `json:"seq" doc:"The order of arrival in the file, from 1"`
	Name     string    `json:"name"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Kind     string    `json:"kind,omitempty" doc:"pdf, tiff, jpeg, png or docx; absent until it is read"`
	State    ScanState `json:"state" enum:"received,reading,read,refused,held,removed"`
	Reason   string    `json:"reason,omitempty" doc:"Why it was refused"`
	Pages    int       `json:"pages" doc:"0 until known"`
	Done     int       `json:"done" doc:"Pages read so far"`
	Bad      int       `json:"bad,omitempty" doc:"Pages that could not be read"`
	Signed   bool      `json:"signed,omitempty" doc:"The PDF came signed: it is never written anew"`
	Via      string    `json:"via" enum:"browser,folder,cli,api,demo"`
	Received time.Time `json:"received"`
	By       string    `json:"by"`
}

// Upload is a file that is still arriving. It can be resumed after a cut.
type Upload struct {
	ID      UploadID  `json:"id"`
	Dossier ID        `json:"dossier"`
	Name    string    `json:"name"`
	Size    int64     `json:"size"`
	Offset  int64     `json:"offset" doc:"Bytes that are safe on disk; send the rest from here"`
	Scan    ScanID    `json:"scan,omitempty" doc:"The scan it became"`
	Started time.Time `json:"started"`
	By      string    `json:"by"`
}

// PageState is what a person decided about a page.
type PageState string

// The states of a page.
const (
	Proposed PageState = "proposed" // as the machine left it
	Checked  PageState = "checked"  // a person looked at it
	Excluded PageState = "excluded" // kept, but not part of the numbered file: blank, separator, duplicate
	Missing  PageState = "missing"  // stands for a page of the paper file that is not there
)

// VN names s for a person.
func (s PageState) VN() string {
	switch s {
	case Proposed:
		return "Chưa kiểm tra"
	case Checked:
		return "Đã kiểm tra"
	case Excluded:
		return "Để ngoài"
	case Missing:
		return "Thiếu"
	}
	return string(s)
}

// Page is one side of one leaf (trang).
type Page struct {
	ID         PageID     `json:"id"`
	Dossier    ID         `json:"dossier"`
	Scan       ScanID     `json:"scan,omitempty"`
	N          int        `json:"n" doc:"Its place in the scan, from 1"`
	Part       int        `json:"part,omitempty" doc:"1 and 2 are the left and right half of an A3 sheet"`
	Position   int64      `json:"-"`
	Document   DocumentID `json:"document,omitempty"`
	State      PageState  `json:"state" enum:"proposed,checked,excluded,missing"`
	Folio      int        `json:"folio,omitempty" doc:"Its folio number (bút lục)"`
	Label      int        `json:"label,omitempty" doc:"The folio number its printed label says"`
	Picture    string     `json:"picture,omitempty" doc:"SHA-256 of the picture as it was received"`
	Format     string     `json:"format,omitempty"`
	W          int        `json:"w" doc:"Pixels of the upright picture"`
	H          int        `json:"h"`
	DPI        int        `json:"dpi"`
	Rotation   int        `json:"rotation" doc:"Clockwise turn that makes the picture upright"`
	Turn       int        `json:"turn,omitempty" doc:"A further turn made by a person"`
	Skew       float64    `json:"skew"`
	Blank      bool       `json:"blank,omitempty"`
	Spread     bool       `json:"spread,omitempty" doc:"Two pages side by side"`
	Twin       PageID     `json:"twin,omitempty" doc:"The page it seems to repeat"`
	TwinExact  bool       `json:"twin_exact,omitempty"`
	Hash       string     `json:"-"`
	Confidence float64    `json:"confidence" doc:"Mean confidence of its words, 0–100"`
	Words      string     `json:"-"` // blob of the reading.Page
	Access     string     `json:"-"` // blob of the light picture
	Thumb      string     `json:"-"`
	Locked     bool       `json:"locked,omitempty" doc:"A person corrected the text; no re-reading changes it"`
	Reader     int        `json:"-"` // version of the reading engine
	Problem    string     `json:"problem,omitempty" doc:"Why it could not be read"`
	Version    int        `json:"version" doc:"Counts replacements of the picture, from 1"`
	ReadAt     time.Time  `json:"read_at"`

	right policy.Answer // by which the asker opened it
	file  *Dossier      // it was opened in
}

// Weak reports whether a person should look at the text of p: below this mean
// confidence more than about one letter in fifty is wrong (docs/performance.md).
func (p Page) Weak() bool {
	return !p.Blank && !p.Locked && p.Problem == "" && p.State != Missing && p.Confidence < WeakBelow
}

// WeakBelow is the confidence below which a page goes to the correction queue.
const WeakBelow = 88

// DocumentState is whether a person accepted what the machine proposed.
type DocumentState string

// The states of a document.
const (
	Guessed  DocumentState = "proposed"
	Accepted DocumentState = "accepted"
)

// Seen is where a field of a document was read, and how surely.
type Seen struct {
	Page       PageID      `json:"page,omitempty"`
	Box        reading.Box `json:"box"`
	Confidence float64     `json:"confidence"`
}

// Document is one paper of the file (tài liệu): the pages that belong together.
type Document struct {
	ID         DocumentID      `json:"id"`
	Dossier    ID              `json:"dossier"`
	Kind       string          `json:"kind" doc:"Code of the kind of paper"`
	Form       int             `json:"form,omitempty" doc:"Number of the form, where the kind has one"`
	Group      string          `json:"group" doc:"Code of its evidence group"`
	Title      string          `json:"title"`
	Number     string          `json:"number,omitempty"`
	Date       civil.Date      `json:"date,omitempty"`
	Issuer     string          `json:"issuer,omitempty"`
	Signer     string          `json:"signer,omitempty"`
	Persons    []Person        `json:"persons,omitempty"`
	Articles   []string        `json:"articles,omitempty"`
	Seen       map[string]Seen `json:"seen,omitempty" doc:"By field: where it was read"`
	Confidence float64         `json:"confidence" doc:"Of the whole proposal, 0–1"`
	State      DocumentState   `json:"state" enum:"proposed,accepted"`
	Accepted   *time.Time      `json:"accepted,omitempty"`
	AcceptedBy string          `json:"accepted_by,omitempty"`
	PDF        string          `json:"pdf,omitempty" doc:"SHA-256 of its PDF/A"`
	PDFState   string          `json:"pdf_state,omitempty" enum:"none,waiting,made,signed"`

	right policy.Answer // by which the asker opened it

	Level int `json:"level,omitempty" minimum:"0" maximum:"1" doc:"1: restricted (hạn chế)"`

	// Counted from its pages when it is shown.
	From  int `json:"from,omitempty" doc:"First folio, or 0"`
	To    int `json:"to,omitempty"`
	Pages int `json:"pages"`
}

// Person is somebody a document concerns.
type Person struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
}

// PageVersion is a picture that a page had before it was replaced.
type PageVersion struct {
	Version int       `json:"version"`
	Picture string    `json:"picture"`
	Access  string    `json:"-"`
	Thumb   string    `json:"-"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
}

// Remark is an entry that corrects or explains a folio: the number itself stays.
type Remark struct {
	ID      string    `json:"id"`
	Dossier ID        `json:"dossier"`
	Folio   int       `json:"folio"`
	Kind    string    `json:"kind" enum:"correction,erasure,damage,other"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	ByName  string    `json:"by_name"`
}

// Change is a line of the history of a file.
type Change struct {
	ID     string    `json:"id"`
	Act    string    `json:"act"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	ByName string    `json:"by_name"`
	before string    // what Undo needs
}

// Cite writes folios the way a document of proceedings cites them: "BL 45",
// "BL 45–47".
func Cite(from, to int) string {
	switch {
	case from == 0:
		return ""
	case to <= from:
		return fmt.Sprintf("BL %02d", from)
	}
	return fmt.Sprintf("BL %02d–%02d", from, to)
}

// ParseCite reads what Cite wrote, and what people type: "45", "bl45-47",
// "BL 45–47".
func ParseCite(s string) (from, to int, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimPrefix(s, "BL"))
	s = strings.NewReplacer("–", "-", "—", "-", " ", "").Replace(s)
	a, b, ranged := strings.Cut(s, "-")
	number := func(s string) (n int) {
		if s == "" || len(s) > 7 {
			return 0
		}
		for _, c := range s {
			if c < '0' || c > '9' {
				return 0
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	from = number(a)
	to = from
	if ranged {
		to = number(b)
	}
	return from, to, from > 0 && to >= from
}

// How this module says no.
var (
	ErrNone        = fault.New(fault.NotFound, "dossier.none", "Không tìm thấy hồ sơ, hoặc bạn không có quyền xem hồ sơ này.")
	ErrAsk         = fault.New(fault.Forbidden, "dossier.ask", "Bạn biết có vụ án này nhưng chưa có quyền đọc hồ sơ. Hãy gửi phiếu khai thác cho đơn vị thụ lý ở mục Khai thác hồ sơ.")
	ErrOriginal    = fault.New(fault.Forbidden, "dossier.original", "Bản quét gốc chỉ dành cho đơn vị thụ lý. Theo phiếu khai thác, hãy tải bản sao có ghi tên người tải.")
	ErrNoPage      = fault.New(fault.NotFound, "dossier.no-page", "Không tìm thấy trang này trong hồ sơ.")
	ErrNoDocument  = fault.New(fault.NotFound, "dossier.no-document", "Không tìm thấy tài liệu này trong hồ sơ.")
	ErrNoUpload    = fault.New(fault.NotFound, "dossier.no-upload", "Không tìm thấy lượt tải lên này; hãy tải tệp lên lại từ đầu.")
	ErrInvalid     = fault.New(fault.Invalid, "dossier.invalid", "Thông tin hồ sơ chưa đủ.")
	ErrClosed      = fault.New(fault.Conflict, "dossier.closed", "Hồ sơ đã đóng. Hãy mở tiếp cho giai đoạn sau nếu cần thêm tài liệu.")
	ErrNumbered    = fault.New(fault.Conflict, "dossier.numbered", "Trang đã đánh số bút lục thì không được dời, bỏ ra hay tách. Muốn sửa sai, hãy ghi nhận xét đính chính kèm lý do.")
	ErrReading     = fault.New(fault.Conflict, "dossier.reading", "Còn bản quét đang đọc. Hãy chờ đọc xong rồi làm lại.")
	ErrUnchecked   = fault.New(fault.Conflict, "dossier.unchecked", "Còn tài liệu chưa được kiểm tra. Hãy chấp nhận hoặc sửa từng đề xuất trước khi đánh số bút lục.")
	ErrNothing     = fault.New(fault.Conflict, "dossier.nothing", "Không có trang nào để đánh số bút lục.")
	ErrNotNumbered = fault.New(fault.Conflict, "dossier.not-numbered", "Còn trang chưa đánh số bút lục. Hãy đánh số trước khi đóng hồ sơ.")
	ErrOffset      = fault.New(fault.Conflict, "dossier.offset", "Phần tải lên không nối tiếp phần đã nhận. Hãy hỏi lại số byte đã nhận rồi gửi tiếp từ đó.")
	ErrSize        = fault.New(fault.Invalid, "dossier.size", "Tệp lớn hơn mức cho phép, hoặc khác với dung lượng đã báo.")
	ErrStale       = fault.New(fault.Conflict, "dossier.stale", "Hồ sơ vừa được người khác sắp xếp. Hãy tải lại trang rồi làm tiếp.")
	ErrNoUndo      = fault.New(fault.Conflict, "dossier.no-undo", "Không còn thao tác nào để hoàn tác.")
)

// Topics of this module.
var (
	Received   = event.Define[ReceivedV1]("dossier.received")
	AcceptedIn = event.Define[AcceptedV1]("dossier.accepted")
	ClosedIn   = event.Define[ClosedV1]("dossier.closed")
)

// ReceivedV1 says that a scan is safe in the store.
type ReceivedV1 struct {
	Dossier ID     `json:"dossier"`
	Scan    ScanID `json:"scan"`
	SHA256  string `json:"sha256"`
}

// AcceptedV1 says that a person confirmed a document.
type AcceptedV1 struct {
	Dossier  ID          `json:"dossier"`
	Case     criminal.ID `json:"case"`
	Document DocumentID  `json:"document"`
	Kind     string      `json:"kind"`
	Number   string      `json:"number"`
	Date     civil.Date  `json:"date"`
}

// ClosedV1 says that a file was numbered to its end and closed.
type ClosedV1 struct {
	Dossier   ID          `json:"dossier"`
	Case      criminal.ID `json:"case"`
	LastFolio int         `json:"last_folio"`
}
