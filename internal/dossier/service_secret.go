package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"congminh/internal/access"
	"congminh/internal/dossier/redact"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/job"
	"congminh/internal/kit/vn"
	"congminh/internal/org"
	"congminh/internal/seal"
)

const (
	wipeJob   = "dossier.wipe"  // delete bytes that no row names any more
	wipeAgain = 2 * time.Minute // how soon it is tried again while the same bytes came in just now
)

// More states of a scan.
const (
	Held    ScanState = "held"    // a state-secret mark was found; a person must decide
	Removed ScanState = "removed" // it was a state secret: its bytes are gone, a stub remains
)

// SecretState is what was decided about a scan with a state-secret mark.
type SecretState string

// The states.
const (
	Suspected SecretState = "held"
	Removing  SecretState = "proposed" // one person says it is a secret; a second one must agree
	Confirmed SecretState = "secret"
	NotSecret SecretState = "cleared"
)

// VN names s for a person.
func (s SecretState) VN() string {
	switch s {
	case Suspected:
		return "Chờ xác nhận"
	case Removing:
		return "Chờ người thứ hai đồng ý gỡ"
	case Confirmed:
		return "Tài liệu mật, đã gỡ"
	case NotSecret:
		return "Không phải tài liệu mật"
	}
	return string(s)
}

// Secret is a scan on which a state-secret mark was found (tài liệu có dấu mật). The
// networked program may not keep such a paper (Law 117/2025/QH15, Article 5): until a
// person decides, its pages are out of the file; once two have confirmed it, its bytes are
// deleted and this record says where the paper is.
type Secret struct {
	Scan     ScanID      `json:"scan"`
	Dossier  ID          `json:"dossier"`
	State    SecretState `json:"state" enum:"held,proposed,secret,cleared"`
	Level    int         `json:"level" doc:"1 MẬT, 2 TỐI MẬT, 3 TUYỆT MẬT"`
	Marked   int         `json:"marked" doc:"The page of the scan with the mark, from 1"`
	Pages    int         `json:"pages" doc:"How many were read before the mark stopped the reading"`
	SHA256   string      `json:"sha256" doc:"Of the file as it was received"`
	Size     int64       `json:"size"`
	Found    time.Time   `json:"found"`
	Place    string      `json:"place,omitempty" doc:"Where the paper is kept"`
	Register string      `json:"register,omitempty" doc:"Its number in the register of secret papers"`
	Reason   string      `json:"reason,omitempty"`
	Decided  *time.Time  `json:"decided,omitempty"`
	By       string      `json:"by,omitempty"`
	ByName   string      `json:"by_name,omitempty"`
	Second   string      `json:"second,omitempty" doc:"Who agreed that its bytes be deleted"`
	SecondAs string      `json:"second_name,omitempty"`
	Agreed   *time.Time  `json:"agreed,omitempty"`
	May      bool        `json:"may" doc:"You may look at it and decide"`
	kept     []Page      // while it is held
}

// SecretVN names a level of secrecy as its stamp does.
func SecretVN(level int) string {
	switch level {
	case 2:
		return "TỐI MẬT"
	case 3:
		return "TUYỆT MẬT"
	}
	return "MẬT"
}

// How this part of the module says no.
var (
	ErrNoSecret = fault.New(fault.NotFound, "dossier.no-secret", "Không tìm thấy tài liệu này, hoặc bạn không có quyền xem.")
	ErrSecret   = fault.New(fault.Invalid, "dossier.secret", "Tệp này là tài liệu bí mật nhà nước đã được gỡ khỏi hệ thống. Không được đưa lên lại; hãy quản lý bản giấy theo chế độ mật.")
	ErrMarked   = fault.New(fault.Invalid, "dossier.secret-mark", "Trang này có dấu chỉ độ mật. Hệ thống nối mạng không được nhận tài liệu bí mật nhà nước.")
	ErrSecond   = fault.New(fault.Conflict, "dossier.secret-second", "Bạn là người đề nghị gỡ tài liệu này, nên phải có người thứ hai đồng ý: người nhận bản quét hoặc lãnh đạo đơn vị.")
	ErrDecided  = fault.New(fault.Conflict, "dossier.secret-decided", "Tài liệu này đã được người khác xác nhận. Hãy tải lại trang.")
)

// errMarked stops the reading of a scan on whose page a mark was found.
var errMarked = errors.New("a state-secret mark was found")

// waits reports whether the scan is still held apart.
func (x Secret) waits() bool { return x.State == Suspected || x.State == Removing }

// stampOf finds the mark of pages that were just read, unless this installation may
// keep state secrets.
func (s *Service) stampOf(ctx context.Context, parts []picture) (redact.Stamp, bool, error) {
	if s.Secrets {
		return redact.Stamp{}, false, nil
	}
	for _, p := range parts {
		g, err := s.reading(ctx, p.Page)
		if err != nil {
			return redact.Stamp{}, false, err
		}
		if m, ok := redact.Secret(g); ok {
			return m, true, nil
		}
	}
	return redact.Stamp{}, false, nil
}

// suspect records that page n of a scan has a mark. Call it in the transaction that
// keeps the page, so that a crash forgets neither alone.
func (s *Service) suspect(ctx context.Context, c Scan, n, level int) error {
	return s.store.saveSecret(ctx, Secret{Scan: c.ID, Dossier: c.Dossier, State: Suspected, Level: level, Marked: n, SHA256: c.SHA256, Size: c.Size, Found: s.now()})
}

// held returns what is known of the mark of a scan; ok if there is one that counts.
func (s *Service) held(ctx context.Context, id ScanID) (x Secret, ok bool, err error) {
	x, err = s.store.secret(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return x, false, nil
	}
	return x, err == nil && x.waits(), err
}

// keepApart ends the reading of a scan with a mark: its pages leave the file and the
// index, and only those who may decide can look at them.
func (s *Service) keepApart(ctx context.Context, run *job.Run, c Scan, x Secret) (err error) {
	defer fault.Wrap(&err, "keep scan %s apart", c.ID)
	return run.Finish(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, c.Dossier)
		if err != nil {
			return err
		}
		if x.kept, err = s.store.pagesOfScan(ctx, c.ID); err != nil {
			return err
		}
		x.Pages = len(x.kept)
		if err := s.dropPages(ctx, c); err != nil {
			return err
		}
		if err := s.store.saveSecret(ctx, x); err != nil {
			return err
		}
		c.State, c.Reason, c.Pages, c.Done = Held, "Có dấu chỉ độ mật: tạm giữ, chờ người có thẩm quyền xác nhận.", 0, 0
		if err := s.store.updateScan(ctx, c); err != nil {
			return err
		}
		o, err := s.cases.Office(auth.With(ctx, org.Console()), file.Office) // nobody asked: the reader found it
		if err != nil {
			return err
		}
		return s.Journal.Note(ctx, seal.Entry{Verb: "secret.held", Object: "scan/" + string(c.ID), Actor: "reader", Name: "Máy đọc",
			Case: string(file.Case), Owner: o.Path, More: map[string]string{"level": SecretVN(x.Level), "source": c.SHA256}})
	})
}

// dropPages takes the pages of a scan out of the file and out of the index.
func (s *Service) dropPages(ctx context.Context, c Scan) error {
	pages, err := s.store.pagesOfScan(ctx, c.ID)
	if err != nil || len(pages) == 0 {
		return err
	}
	keys := make([]string, len(pages))
	for i, p := range pages {
		keys[i] = string(p.ID)
	}
	if err := s.Index.Delete(ctx, keys...); err != nil {
		return err
	}
	if err := s.store.deletePagesOfScan(ctx, c.ID); err != nil {
		return err
	}
	return s.store.addPages(ctx, c.Dossier, -len(pages))
}

// mayDecide reports whether the asker is who took a scan in, or leads the office of
// its file.
func (s *Service) mayDecide(ctx context.Context, d Dossier, c Scan) bool {
	return auth.From(ctx).ID == c.By || slices.Contains(s.cases.Scope(ctx), "x:"+string(d.Office))
}

// hideHeld takes away the names of scans that are held, from those who may not decide
// about them: the name of a file often says what it holds.
func (s *Service) hideHeld(ctx context.Context, d Dossier, cs []Scan) {
	for i, c := range cs {
		if c.State == Held && !s.mayDecide(ctx, d, c) {
			cs[i].Name = "Tệp đang tạm giữ"
		}
	}
}

// SecretsOf lists the scans of a file with a state-secret mark, those that wait first.
// Whoever may read the file sees that there is one and where the paper is, not what
// it says.
func (s *Service) SecretsOf(ctx context.Context, d ID) (xs []Secret, err error) {
	defer fault.Wrap(&err, "secrets of %s", d)
	file, err := s.open(ctx, d, MayRead)
	if err != nil {
		return nil, err
	}
	if xs, err = s.store.secrets(ctx, d); err != nil {
		return nil, err
	}
	for i := range xs {
		c, err := s.store.scan(ctx, xs[i].Scan)
		if err != nil {
			return nil, err
		}
		xs[i].May = s.mayDecide(ctx, file, c)
	}
	return xs, nil
}

// openSecret returns a scan with a mark to those who may decide about it.
func (s *Service) openSecret(ctx context.Context, id ScanID) (x Secret, c Scan, file Dossier, err error) {
	if err := auth.Require(ctx, MayRead); err != nil {
		return x, c, file, err
	}
	x, err = s.store.secret(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return x, c, file, ErrNoSecret
	}
	if err != nil {
		return x, c, file, err
	}
	if file, err = s.open(ctx, x.Dossier, MayRead); err != nil {
		return Secret{}, c, file, err
	}
	if c, err = s.store.scan(ctx, id); err != nil {
		return Secret{}, c, file, err
	}
	if !s.mayDecide(ctx, file, c) {
		return Secret{}, Scan{}, file, ErrNoSecret
	}
	x.May = true
	return x, c, file, nil
}

// Secret returns a scan with a mark, to those who may decide about it.
func (s *Service) Secret(ctx context.Context, id ScanID) (x Secret, c Scan, file Dossier, err error) {
	defer fault.Wrap(&err, "secret %s", id)
	return s.openSecret(ctx, id)
}

// SecretPicture opens the picture of page i, from 0, of a scan that is held, to those
// who may decide about it.
func (s *Service) SecretPicture(ctx context.Context, id ScanID, i int) (r io.ReadSeekCloser, ref blob.Ref, err error) {
	defer fault.Wrap(&err, "picture %d of secret %s", i, id)
	x, _, file, err := s.openSecret(ctx, id)
	if err != nil {
		return nil, ref, err
	}
	if !x.waits() || i < 0 || i >= len(x.kept) || x.kept[i].Access == "" {
		return nil, ref, ErrNoPage
	}
	if err := s.tell(ctx, file, "secret.view", "scan/"+string(id), "page", strconv.Itoa(x.kept[i].N)); err != nil {
		return nil, ref, err
	}
	return s.Blobs.Get(ctx, x.kept[i].Access)
}

// Decision is what a person says of a scan with a mark.
type Decision struct {
	Secret   bool   `json:"secret" form:"secret" doc:"It is a state secret"`
	Level    int    `json:"level,omitempty" form:"level" minimum:"0" maximum:"3"`
	Place    string `json:"place,omitempty" form:"place" maxLength:"300" doc:"Where the paper is kept"`
	Register string `json:"register,omitempty" form:"register" maxLength:"100" doc:"Its number in the register of secret papers"`
	Reason   string `json:"reason,omitempty" form:"reason" maxLength:"1000"`
}

// Decide ends the holding of a scan. Anything that is no state secret is read like any
// other scan. A state secret is deleted from this program but for a stub, which nobody
// does alone: the first who says so proposes it, the second agrees, or disagrees and
// leaves it held. Both must have proved who they are just now.
func (s *Service) Decide(ctx context.Context, id ScanID, in Decision) (x Secret, err error) {
	defer fault.Wrap(&err, "decide about secret %s", id)
	_, _, file, err := s.openSecret(ctx, id)
	if err != nil {
		return x, err
	}
	if in.Secret {
		if err := auth.RequireFresh(ctx, auth.FreshFor); err != nil {
			return x, err
		}
	}
	in.Place, in.Register, in.Reason = vn.Clean(in.Place), vn.Clean(in.Register), vn.Clean(in.Reason)
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.lock(ctx, file.ID); err != nil {
			return err
		}
		if x, err = s.store.secret(ctx, id); err != nil {
			return err
		}
		c, err := s.store.scan(ctx, id)
		if err != nil {
			return err
		}
		if !x.waits() || c.State != Held {
			return ErrDecided
		}
		if err := in.check(x.State); err != nil {
			return err
		}
		switch {
		case x.State == Suspected && in.Secret:
			return s.proposeRemoval(ctx, file, c, &x, in)
		case x.State == Suspected:
			return s.clearSecret(ctx, file, c, &x, in)
		case in.Secret:
			return s.agreeRemoval(ctx, file, c, &x)
		}
		x.State, x.Decided, x.By, x.ByName, x.Place, x.Register = Suspected, nil, "", "", "", ""
		x.Reason = in.Reason
		if err := s.store.saveSecret(ctx, x); err != nil {
			return err
		}
		return s.tell(ctx, file, "secret.declined", "scan/"+string(id), "reason", in.Reason, "source", c.SHA256)
	})
	return x, err
}

// check says what lacks in a decision about a scan in a state.
func (in Decision) check(now SecretState) error {
	var c fault.Check
	c.Need(!in.Secret || now == Removing || in.Place != "", "place", "Hãy ghi nơi giữ bản giấy.")
	c.Need(!in.Secret || now == Removing || in.Register != "", "register", "Hãy ghi số trong sổ đăng ký văn bản mật.")
	c.Need(in.Secret || in.Reason != "", "reason", "Hãy ghi vì sao không phải tài liệu mật.")
	c.Need(in.Level >= 0 && in.Level <= 3, "level", "Hãy chọn độ mật.")
	return c.Err(ErrInvalid)
}

// clearSecret lets a scan that is no secret be read.
func (s *Service) clearSecret(ctx context.Context, file Dossier, c Scan, x *Secret, in Decision) (err error) {
	now, who := s.now(), auth.From(ctx)
	x.kept, x.Decided, x.By, x.ByName, x.Reason = nil, &now, who.ID, who.Name, in.Reason
	x.State, c.State, c.Reason = NotSecret, Waiting, ""
	if err := s.store.saveSecret(ctx, *x); err != nil {
		return err
	}
	if c.Seq, err = s.store.nextSeq(ctx, c.Dossier); err != nil {
		return err
	}
	if err := s.store.waitAgain(ctx, c); err != nil {
		return err
	}
	if err := s.putRead(ctx, c); err != nil {
		return err
	}
	return s.tell(ctx, file, "secret.cleared", "scan/"+string(c.ID), "reason", in.Reason, "source", c.SHA256)
}

// proposeRemoval keeps what the first person says, and tells those who may be the second.
func (s *Service) proposeRemoval(ctx context.Context, file Dossier, c Scan, x *Secret, in Decision) error {
	now, who := s.now(), auth.From(ctx)
	x.State, x.Decided, x.By, x.ByName, x.Reason, x.Place, x.Register = Removing, &now, who.ID, who.Name, in.Reason, in.Place, in.Register
	if in.Level > 0 {
		x.Level = in.Level
	}
	if err := s.store.saveSecret(ctx, *x); err != nil {
		return err
	}
	to, err := s.cases.Leaders(ctx, file.Office)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(append(to, org.StaffID(c.By)), func(p org.StaffID) bool { return string(p) == who.ID })
	slices.Sort(to)
	n := access.NoticeV1{To: slices.Compact(to), Text: "Có tài liệu mật chờ người thứ hai đồng ý gỡ khỏi hệ thống", Href: secretPath(c.ID, ""), Urgent: true}
	if err := access.Notice.Emit(ctx, s.bus, n); err != nil {
		return err
	}
	return s.tell(ctx, file, "secret.proposed", "scan/"+string(c.ID), "level", SecretVN(x.Level), "register", x.Register, "place", x.Place, "source", c.SHA256)
}

// agreeRemoval deletes what the first person proposed to.
func (s *Service) agreeRemoval(ctx context.Context, file Dossier, c Scan, x *Secret) error {
	now, who := s.now(), auth.From(ctx)
	if who.ID == x.By {
		return ErrSecond
	}
	kept := x.kept
	x.State, x.kept, x.Second, x.SecondAs, x.Agreed = Confirmed, nil, who.ID, who.Name, &now
	if err := s.store.saveSecret(ctx, *x); err != nil {
		return err
	}
	if err := s.dropPages(ctx, c); err != nil {
		return err
	}
	// The name of the file may say what the paper says.
	if err := s.store.removeScan(ctx, c.ID, "Tài liệu mật đã gỡ", "Tài liệu mật, không lưu trên hệ thống nối mạng. Nơi giữ bản giấy ghi ở mục Độ mật."); err != nil {
		return err
	}
	if err := s.Jobs.Put(ctx, wipeJob, wipeWork{append(blobsOf(kept), c.SHA256)}); err != nil {
		return err
	}
	return s.tell(ctx, file, "secret.removed", "scan/"+string(c.ID), "level", SecretVN(x.Level), "register", x.Register, "place", x.Place,
		"source", c.SHA256, "proposed", x.By)
}

// HeldScan is a scan that waits for a decision, with the title of its file.
type HeldScan struct {
	Secret
	Title string `json:"title"`
}

// SecretsWaiting lists the scans about which the asker may decide, those that another
// person proposed to remove first.
func (s *Service) SecretsWaiting(ctx context.Context) (out []HeldScan, err error) {
	defer fault.Wrap(&err, "secrets that wait")
	if err := auth.Require(ctx, MayRead); err != nil {
		return nil, err
	}
	who := auth.From(ctx)
	ids, err := s.store.secretsWaiting(ctx, string(who.Office), who.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		x, _, file, err := s.openSecret(ctx, id)
		if errors.Is(err, ErrNoSecret) || errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, HeldScan{x, file.Title})
	}
	return out, nil
}

// blobsOf lists everything in the store that came of pages.
func blobsOf(pages []Page) (out []string) {
	for _, p := range pages {
		out = append(out, p.Picture, p.Words, p.Access, p.Thumb)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(sha string) bool { return sha == "" })
}

type wipeWork struct {
	Blobs []string `json:"blobs"`
}

// wipe deletes bytes from the store that no row names. It is a job, so that a crash
// after the decision leaves nothing behind.
func (s *Service) wipe(ctx context.Context, body json.RawMessage) (err error) {
	defer fault.Wrap(&err, "wipe")
	var w wipeWork
	if err := json.Unmarshal(body, &w); err != nil {
		return job.Permanent(err)
	}
	var recent []string // the same bytes came in again just now: whoever names them is seen later
	for _, sha := range w.Blobs {
		named, err := s.store.names(ctx, sha)
		if err != nil {
			return err
		}
		if named {
			continue
		}
		err = s.Blobs.Delete(ctx, sha)
		if errors.Is(err, blob.ErrRecent) {
			recent = append(recent, sha)
		} else if err != nil && !errors.Is(err, blob.ErrNone) {
			return err
		}
	}
	if len(recent) > 0 {
		return s.Jobs.Put(ctx, wipeJob, wipeWork{recent}, job.At(s.now().Add(wipeAgain)))
	}
	return nil
}

// refuseMarked refuses pages that have a mark, and has what was kept of them deleted.
func (s *Service) refuseMarked(ctx context.Context, parts []picture, original string) error {
	_, found, err := s.stampOf(ctx, parts)
	if err != nil || !found {
		return err
	}
	pages := make([]Page, len(parts))
	for i, p := range parts {
		pages[i] = p.Page
	}
	if err := s.Jobs.Put(ctx, wipeJob, wipeWork{append(blobsOf(pages), original)}); err != nil {
		return err
	}
	return ErrMarked
}

// Levels of a document.
const (
	Ordinary   = 0 // thường
	Restricted = 1 // hạn chế
)

// LevelVN names the level of a document for a person.
func LevelVN(level int) string {
	if level == Restricted {
		return "Hạn chế"
	}
	return "Thường"
}

// SetLevel says how widely a document may be read. It is for those who keep the file
// or lead its office, who are also those who may close it.
func (s *Service) SetLevel(ctx context.Context, id DocumentID, level int) (d Document, err error) {
	defer fault.Wrap(&err, "level of document %s", id)
	if d, err = s.openDocument(ctx, id, MayClose); err != nil {
		return d, err
	}
	if level != Ordinary && level != Restricted {
		return d, fault.Check{{Name: "level", Text: "Hãy chọn mức Thường hoặc Hạn chế."}}.Err(ErrInvalid)
	}
	return d, s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, d.Dossier)
		if err != nil {
			return err
		}
		if d, err = s.store.document(ctx, id); err != nil || d.Level == level {
			return err
		}
		d.Level = level
		if err := s.store.setLevel(ctx, id, level); err != nil {
			return err
		}
		act := "Đặt mức Thường cho tài liệu: "
		if level == Restricted {
			act = "Đặt mức Hạn chế cho tài liệu: "
		}
		if err := s.note(ctx, file.ID, act+d.Title, ""); err != nil {
			return err
		}
		return s.tell(ctx, file, "secret.level", "document/"+string(id), "level", LevelVN(level))
	})
}

// keepLevel lets pages take the level of the document they were in along, so that no
// arrangement opens what was restricted.
func (s *Service) keepLevel(ctx context.Context, pages []Page, after Arrangement) error {
	was := map[PageID]DocumentID{}
	for _, p := range pages {
		was[p.ID] = p.Document
	}
	level := map[DocumentID]int{}
	of := func(id DocumentID) (int, error) {
		if l, ok := level[id]; ok || id == "" {
			return l, nil
		}
		d, err := s.store.document(ctx, id)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return 0, err
		}
		level[id] = d.Level
		return d.Level, nil
	}
	for _, slot := range after.Slots {
		from := was[slot.Page]
		if from == slot.Document || from == "" || slot.Document == "" {
			continue
		}
		old, err := of(from)
		if err != nil {
			return err
		}
		now, err := of(slot.Document)
		if err != nil {
			return err
		}
		if old > now {
			level[slot.Document] = old
			if err := s.store.setLevel(ctx, slot.Document, old); err != nil {
				return err
			}
		}
	}
	return nil
}
