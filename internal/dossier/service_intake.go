package dossier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/vn"
)

// maxPending is how many files one person may have begun to send to one file: far
// more than a page of the program sends at once, and an end to what can pile up.
const maxPending = 2000

// ErrPending is the refusal of one upload too many.
var ErrPending = fault.New(fault.Conflict, "dossier.pending", "Bạn còn quá nhiều tệp gửi dở vào hồ sơ này. Hãy gửi nốt hoặc bỏ các tệp đó rồi gửi tiếp.")

// Begin announces a file of size bytes. Its content follows with Append.
func (s *Service) Begin(ctx context.Context, d ID, name string, size int64) (u Upload, err error) {
	defer fault.Wrap(&err, "begin upload")
	if _, err := s.growing(ctx, d); err != nil {
		return u, err
	}
	if size < 0 || s.MaxFile > 0 && size > s.MaxFile {
		return u, ErrSize
	}
	by := auth.From(ctx).ID
	if n, err := s.store.pendingUploads(ctx, d, by); err != nil {
		return u, err
	} else if n >= maxPending {
		return u, ErrPending
	}
	u = Upload{ID: id.New[Upload](), Dossier: d, Name: fileName(name), Size: size, Started: s.now(), By: by}
	return u, s.store.insertUpload(ctx, u)
}

// Pending lists what the asker began to send to a file and has not finished, so
// that a browser that was closed can go on.
func (s *Service) Pending(ctx context.Context, d ID) (us []Upload, err error) {
	defer fault.Wrap(&err, "pending uploads")
	if _, err := s.open(ctx, d, MayIntake); err != nil {
		return nil, err
	}
	us, err = s.store.openUploads(ctx, d, auth.From(ctx).ID)
	for i := range us {
		us[i].Offset = s.spooled(us[i].ID)
	}
	return us, err
}

// Upload returns how far an upload has come, to who began it and still may add to
// its file.
func (s *Service) Upload(ctx context.Context, id UploadID) (u Upload, err error) {
	defer fault.Wrap(&err, "upload %s", id)
	if err := auth.Require(ctx, MayIntake); err != nil {
		return u, err
	}
	u, err = s.store.upload(ctx, id)
	if errors.Is(err, db.ErrNone) || err == nil && u.By != auth.From(ctx).ID {
		return Upload{}, ErrNoUpload
	}
	if err != nil {
		return Upload{}, err
	}
	if _, err := s.open(ctx, u.Dossier, MayIntake); err != nil {
		return Upload{}, err
	}
	u.Offset = u.Size
	if u.Scan == "" {
		u.Offset = s.spooled(id)
	}
	return u, nil
}

// Append adds what r holds, from offset on. What it acknowledges is on disk. When
// the last byte is there the file becomes a scan.
//
// Two may send the same part: a browser that lost its line sends again while the
// first request still waits for bytes. Each piece is written only where the file
// ends, so one of them goes on and the other is told that its offset is wrong.
func (s *Service) Append(ctx context.Context, id UploadID, offset int64, r io.Reader) (u Upload, err error) {
	defer fault.Wrap(&err, "append to upload %s", id)
	u, err = s.Upload(ctx, id)
	if err != nil || u.Scan != "" {
		return u, err
	}
	if _, err := s.growing(ctx, u.Dossier); err != nil {
		return u, err
	}
	if offset != u.Offset {
		return u, ErrOffset
	}
	f, err := os.OpenFile(s.spoolPath(id), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return u, err
	}
	defer f.Close()
	t := &tail{ctx: ctx, f: f, at: offset}
	_, copyErr := io.Copy(t, &cappedReader{r, u.Size - offset})
	// What arrived before the line was cut is kept: the next Append goes on from there.
	if err := f.Sync(); err != nil {
		return u, err
	}
	if offset == 0 { // the name of a new file must outlive a power cut too
		if err := syncFolder(s.Spool); err != nil {
			return u, err
		}
	}
	u.Offset = t.at
	switch {
	case errors.Is(copyErr, ErrSize):
		// Emptied and not removed: whoever else writes to it must see that.
		return u, errors.Join(copyErr, t.locked(func() error { return f.Truncate(0) }))
	case copyErr != nil || u.Offset < u.Size:
		return u, copyErr
	}
	err = t.locked(func() error {
		now, err := s.store.upload(ctx, id)
		if errors.Is(err, db.ErrNone) {
			return ErrNoUpload
		}
		if err != nil || now.Scan != "" { // the other sender was here
			u.Scan = now.Scan
			return err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		c, err := s.receive(ctx, u.Dossier, u.Name, "browser", f)
		if errors.Is(err, ErrInfected) { // it is kept nowhere
			return errors.Join(err, f.Truncate(0))
		}
		if err != nil {
			return err
		}
		if err := s.store.finishUpload(ctx, id, c.ID); err != nil {
			return err
		}
		_ = os.Remove(s.spoolPath(id))
		u.Scan = c.ID
		return nil
	})
	return u, err
}

// tail writes to the end of a file that others may be writing to: what is not the
// end any more is refused. The lock is held for one piece, never while bytes are
// waited for, and is the kernel's, so that it ends with the process.
type tail struct {
	ctx context.Context
	f   *os.File
	at  int64
}

func (t *tail) Write(p []byte) (n int, err error) {
	err = t.locked(func() error {
		info, err := t.f.Stat()
		if err != nil {
			return err
		}
		if info.Size() != t.at {
			return ErrOffset
		}
		n, err = t.f.WriteAt(p, t.at)
		t.at += int64(n)
		return err
	})
	return n, err
}

func (t *tail) locked(f func() error) error {
	for {
		err := syscall.Flock(int(t.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-t.ctx.Done():
			return t.ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	defer func() { _ = syscall.Flock(int(t.f.Fd()), syscall.LOCK_UN) }()
	return f()
}

// capped reads r and refuses, with ErrSize, to go on after limit bytes. It never ends
// early: nobody may take the beginning of a file for all of it. 0 is no limit.
func capped(r io.Reader, limit int64) io.Reader {
	if limit <= 0 {
		return r
	}
	return &cappedReader{r, limit}
}

type cappedReader struct {
	r    io.Reader
	left int64
}

func (c *cappedReader) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		n, err := io.ReadFull(c.r, one[:])
		if n > 0 {
			return 0, ErrSize
		}
		return 0, err
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Cancel gives up an upload.
func (s *Service) Cancel(ctx context.Context, id UploadID) (err error) {
	defer fault.Wrap(&err, "cancel upload %s", id)
	u, err := s.Upload(ctx, id)
	if err != nil {
		return err
	}
	_ = os.Remove(s.spoolPath(u.ID))
	return s.store.deleteUpload(ctx, u.ID)
}

// Receive takes in a whole file at once: from the command line, a scanner folder,
// or a program. When it returns, the bytes and the work to read them are durable.
// A file that the dossier already holds is not taken twice: the scan that has it
// is returned.
func (s *Service) Receive(ctx context.Context, d ID, name, via string, r io.Reader) (c Scan, err error) {
	defer fault.Wrap(&err, "receive %s", name)
	if _, err := s.growing(ctx, d); err != nil {
		return c, err
	}
	return s.receive(ctx, d, fileName(name), via, r)
}

// growing returns a file that may be added to.
func (s *Service) growing(ctx context.Context, id ID) (Dossier, error) {
	d, err := s.open(ctx, id, MayIntake)
	if err == nil && d.State != Open {
		err = ErrClosed
	}
	return d, err
}

func (s *Service) receive(ctx context.Context, d ID, name, via string, r io.Reader) (c Scan, err error) {
	r, done, err := s.screened(ctx, d, name, capped(r, s.MaxFile))
	defer done()
	if err != nil {
		return c, err
	}
	ref, err := s.Blobs.Put(ctx, r)
	if err != nil {
		return c, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, d)
		if err != nil {
			return err
		}
		if file.State != Open {
			return ErrClosed
		}
		c, err = s.store.scanBySHA(ctx, d, ref.SHA256)
		if err == nil {
			return s.again(ctx, &c)
		}
		if !errors.Is(err, db.ErrNone) {
			return err
		}
		c = Scan{
			ID: id.New[Scan](), Dossier: d, Name: name, SHA256: ref.SHA256, Size: ref.Size,
			State: Waiting, Via: via, Received: s.now(), By: auth.From(ctx).ID,
		}
		if c.Seq, err = s.store.nextSeq(ctx, d); err != nil {
			return err
		}
		if err := s.store.insertScan(ctx, c); err != nil {
			return err
		}
		if err := s.putRead(ctx, c); err != nil {
			return err
		}
		return Received.Emit(ctx, s.bus, ReceivedV1{d, c.ID, ref.SHA256})
	})
	if errors.Is(err, ErrSecret) { // sent once more: the bytes go again
		err = errors.Join(err, s.Jobs.Put(ctx, wipeJob, wipeWork{[]string{ref.SHA256}}))
	}
	return c, err
}

// again sees to it that a scan which is there already is read: a refused one is
// tried once more, as the last that came, for what it failed of may have been put
// right since.
func (s *Service) again(ctx context.Context, c *Scan) (err error) {
	switch c.State {
	case Read, Held:
		return nil
	case Removed:
		return ErrSecret
	case Refused:
		c.State, c.Reason = Waiting, ""
		if c.Seq, err = s.store.nextSeq(ctx, c.Dossier); err != nil {
			return err
		}
		if err := s.store.waitAgain(ctx, *c); err != nil {
			return err
		}
	case Waiting, Reading:
	}
	return s.putRead(ctx, *c)
}

// putRead puts the work of reading a scan, once for each time that it came.
func (s *Service) putRead(ctx context.Context, c Scan) error {
	return s.Jobs.PutUnique(ctx, readJob, fmt.Sprintf("%s/%d", c.ID, c.Seq), readWork{c.ID}, job.Topic(Topic(c.Dossier)))
}

// RetryScan reads a scan again that was refused, or whose reading was given up.
func (s *Service) RetryScan(ctx context.Context, id ScanID) (c Scan, err error) {
	defer fault.Wrap(&err, "retry scan %s", id)
	if err := auth.Require(ctx, MayIntake); err != nil {
		return c, err
	}
	c, err = s.store.scan(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return c, ErrNone
	}
	if err != nil {
		return c, err
	}
	if _, err := s.growing(ctx, c.Dossier); err != nil {
		return Scan{}, err
	}
	err = s.store.db.Tx(ctx, func(ctx context.Context) error {
		file, err := s.store.lock(ctx, c.Dossier)
		if err != nil {
			return err
		}
		if file.State != Open {
			return ErrClosed
		}
		if c, err = s.store.scan(ctx, id); err != nil {
			return err
		}
		return s.again(ctx, &c)
	})
	return c, err
}

// Scans returns what a file was made from, in order of arrival.
func (s *Service) Scans(ctx context.Context, d ID) (cs []Scan, err error) {
	defer fault.Wrap(&err, "scans of %s", d)
	file, err := s.open(ctx, d, MayRead)
	if err != nil {
		return nil, err
	}
	cs, err = s.store.scans(ctx, d)
	s.hideHeld(ctx, file, cs)
	return cs, err
}

// Original opens the bytes of a scan as they were received.
func (s *Service) Original(ctx context.Context, id ScanID) (c Scan, r io.ReadSeekCloser, err error) {
	defer fault.Wrap(&err, "original of scan %s", id)
	c, err = s.store.scan(ctx, id)
	if errors.Is(err, db.ErrNone) {
		return c, nil, ErrNone
	}
	if err != nil {
		return c, nil, err
	}
	file, err := s.open(ctx, c.Dossier, MayExport)
	if err == nil && (c.State == Removed || !s.Secrets && c.State != Read && c.State != Refused && !s.mayDecide(ctx, file, c)) {
		err = ErrNone // what is not read yet may turn out to be a state secret
	}
	if err == nil && file.right.Grant != "" {
		err = ErrOriginal
	}
	if err == nil {
		err = s.tell(ctx, file, "document.download", "scan/"+string(id), "document", c.Name, "source", c.SHA256)
	}
	if err != nil {
		return Scan{}, nil, err
	}
	r, _, err = s.Blobs.Get(ctx, c.SHA256)
	return c, r, err
}

// sweep throws away uploads that nobody went on with for a week, with their bytes,
// and folders of work that a crash left in the spool two days ago or earlier.
func (s *Service) sweep(ctx context.Context) error {
	week := s.now().Add(-7 * 24 * time.Hour)
	old, err := s.store.staleUploads(ctx, week)
	for _, u := range old {
		// A long file over a bad line takes days: what counts is the last byte.
		if info, err := os.Stat(s.spoolPath(u.ID)); err == nil && info.ModTime().After(week) {
			continue
		}
		_ = os.Remove(s.spoolPath(u.ID))
		err = errors.Join(err, s.store.deleteUpload(ctx, u.ID))
	}
	left, readErr := os.ReadDir(s.Spool)
	err = errors.Join(err, readErr)
	for _, e := range left {
		work := strings.HasPrefix(e.Name(), "read-") || strings.HasPrefix(e.Name(), "reread-") || strings.HasPrefix(e.Name(), "replace-") || strings.HasPrefix(e.Name(), "scan-")
		if info, infoErr := e.Info(); work && infoErr == nil && info.ModTime().Before(s.now().Add(-48*time.Hour)) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.Spool, e.Name())))
		}
	}
	return err
}

func (s *Service) spoolPath(id UploadID) string {
	return filepath.Join(s.Spool, "upload-"+filepath.Base(string(id)))
}

// spooled is how many bytes of an upload are on disk. The file is the truth: a row
// would have to be written after it, and a cut between the two would lie.
func (s *Service) spooled(id UploadID) int64 {
	info, err := os.Stat(s.spoolPath(id))
	if err != nil {
		return 0
	}
	return info.Size()
}

// fileName keeps the last part of a name that came from outside, made printable.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	name = vn.Clean(name)
	for len(name) > 200 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	if name == "" || name == "." || name == ".." {
		name = "khong-ten"
	}
	return name
}

// position is the place of a page that was never moved: after everything of the
// scans before, with room between two pages for what is put in later.
func position(seq, n, part int) int64 { return int64(seq)<<40 + int64(n)<<12 + int64(part)<<10 }
