package dossier

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"congminh/internal/kit/auth"
	"congminh/internal/kit/db"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/id"
	"congminh/internal/kit/job"
	"congminh/internal/kit/vn"
)

// Begin announces a file of size bytes. Its content follows with Append.
func (s *Service) Begin(ctx context.Context, d ID, name string, size int64) (u Upload, err error) {
	defer fault.Wrap(&err, "begin upload")
	if _, err := s.growing(ctx, d); err != nil {
		return u, err
	}
	if size < 0 || s.MaxFile > 0 && size > s.MaxFile {
		return u, ErrSize
	}
	u = Upload{ID: id.New[Upload](), Dossier: d, Name: fileName(name), Size: size, Started: s.now(), By: auth.From(ctx).ID}
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

// Upload returns how far an upload has come.
func (s *Service) Upload(ctx context.Context, id UploadID) (u Upload, err error) {
	defer fault.Wrap(&err, "upload %s", id)
	if err := auth.Require(ctx, MayIntake); err != nil {
		return u, err
	}
	u, err = s.store.upload(ctx, id)
	if errors.Is(err, db.ErrNone) || err == nil && u.By != auth.From(ctx).ID {
		return Upload{}, ErrNoUpload
	}
	u.Offset = u.Size
	if u.Scan == "" {
		u.Offset = s.spooled(id)
	}
	return u, err
}

// Append adds what r holds, from offset on. What it acknowledges is on disk. When
// the last byte is there the file becomes a scan.
func (s *Service) Append(ctx context.Context, id UploadID, offset int64, r io.Reader) (u Upload, err error) {
	defer fault.Wrap(&err, "append to upload %s", id)
	u, err = s.Upload(ctx, id)
	if err != nil || u.Scan != "" {
		return u, err
	}
	if offset != u.Offset {
		return u, ErrOffset
	}
	f, err := os.OpenFile(s.spoolPath(id), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return u, err
	}
	defer f.Close()
	n, copyErr := io.Copy(f, io.LimitReader(r, u.Size-offset+1))
	// What arrived before the line was cut is kept: the next Append goes on from there.
	if err := f.Sync(); err != nil {
		return u, err
	}
	u.Offset += n
	if u.Offset > u.Size {
		_ = os.Remove(s.spoolPath(id))
		return u, ErrSize
	}
	if copyErr != nil {
		return u, copyErr
	}
	if u.Offset < u.Size {
		return u, nil
	}
	in, err := os.Open(s.spoolPath(id))
	if err != nil {
		return u, err
	}
	defer in.Close()
	c, err := s.receive(ctx, u.Dossier, u.Name, "browser", in)
	if err != nil {
		return u, err
	}
	if err := s.store.finishUpload(ctx, id, c.ID); err != nil {
		return u, err
	}
	_ = os.Remove(s.spoolPath(id))
	u.Scan = c.ID
	return u, nil
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
		if err == nil || !errors.Is(err, db.ErrNone) {
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
		if err := s.Jobs.Put(ctx, readJob, readWork{c.ID}, job.Topic(Topic(d))); err != nil {
			return err
		}
		return Received.Emit(ctx, s.bus, ReceivedV1{d, c.ID, ref.SHA256})
	})
	return c, err
}

// Scans returns what a file was made from, in order of arrival.
func (s *Service) Scans(ctx context.Context, d ID) (cs []Scan, err error) {
	defer fault.Wrap(&err, "scans of %s", d)
	if _, err := s.open(ctx, d, MayRead); err != nil {
		return nil, err
	}
	return s.store.scans(ctx, d)
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
	if _, err := s.open(ctx, c.Dossier, MayExport); err != nil {
		return Scan{}, nil, err
	}
	r, _, err = s.Blobs.Get(ctx, c.SHA256)
	return c, r, err
}

// sweep throws away uploads that nobody went on with for a week, and their bytes.
func (s *Service) sweep(ctx context.Context) error {
	old, err := s.store.staleUploads(ctx, s.now().Add(-7*24*time.Hour))
	for _, u := range old {
		_ = os.Remove(s.spoolPath(u.ID))
		err = errors.Join(err, s.store.deleteUpload(ctx, u.ID))
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
