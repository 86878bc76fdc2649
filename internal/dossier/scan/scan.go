// Package scan turns a file that came from outside into pictures of its pages
// (tiếp nhận tệp quét): PDF, TIFF, JPEG, PNG and DOCX.
//
// A picture that is the page passes through as it is stored: the bytes the scanner
// made are evidence and are not compressed a second time. Everything else is drawn.
// Whatever reads foreign bytes does so in a child of kit/sandbox (see Handlers); the
// program itself looks at the first bytes only, and counts the SHA-256. A hostile or
// broken file is refused with a reason; a broken page does not sink its file.
package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"
)

// Info is what is known of a file.
type Info struct {
	Kind   string // "pdf", "tiff", "jpeg", "png", "docx"
	SHA256 string // of the file as it came
	Size   int64
	Pages  int
	Signed bool // a PDF with a digital signature in it
	Script bool // a PDF with JavaScript in it; it is never run
}

// Page is one page, as a picture in a file.
type Page struct {
	N, Of     int // from 1, of so many in the file
	W, H, DPI int // of the picture as stored
	Turn      int // the clockwise turn the source says the picture needs: 0, 90, 180, 270
	File      string
	Format    string         // "jpeg", "png", "tiff" (one page, CCITT G4)
	Text      []reading.Word // words of a born-digital page, boxes in pixels of the picture; nil for a scan
	Err       string         // why this page could not be had; nothing else but N and Of is set then
}

// Options is what a Scanner accepts. A zero field takes its default.
type Options struct {
	MaxSize   int64         // bytes of a file; 4 GiB
	MaxPages  int           // pages of a file; 10 000
	MaxPixels int64         // pixels of a picture; 200 million
	Office    *sandbox.Pool // children for LibreOffice, which wants more memory and time; the common ones
}

// The refusals.
var (
	ErrEmpty       = fault.New(fault.Invalid, "scan.empty", "Tệp trống (0 byte). Hãy quét lại hoặc sao chép lại tệp từ máy quét.")
	ErrTooLarge    = fault.New(fault.Invalid, "scan.too_large", "Tệp lớn hơn mức hệ thống nhận. Hãy chia hồ sơ thành nhiều tập rồi tải lên từng tập.")
	ErrTooMany     = fault.New(fault.Invalid, "scan.too_many", "Tệp có nhiều trang hơn mức hệ thống nhận. Hãy chia hồ sơ thành nhiều tập rồi tải lên từng tập.")
	ErrUnknown     = fault.New(fault.Invalid, "scan.unknown", "Nội dung tệp không phải PDF, TIFF, JPEG, PNG hay DOCX, dù phần mở rộng ghi gì. Hãy quét hoặc xuất lại thành một trong các loại đó.")
	ErrOldWord     = fault.New(fault.Invalid, "scan.old_word", "Tệp là Word đời cũ (.doc) hoặc văn bản Word có mật khẩu. Hãy mở bằng Word, bỏ mật khẩu và lưu lại thành .docx hoặc PDF.")
	ErrPolyglot    = fault.New(fault.Invalid, "scan.polyglot", "Tệp giả dạng: cùng lúc mang nội dung của hai loại tệp. Không mở tệp này; hãy xin bản khác từ nơi gửi và báo người phụ trách an toàn thông tin.")
	ErrTruncated   = fault.New(fault.Invalid, "scan.truncated", "Tệp bị cụt: thiếu phần cuối, thường do sao chép hoặc tải lên dở dang. Hãy sao chép lại từ nguồn rồi tải lên.")
	ErrEncrypted   = fault.New(fault.Invalid, "scan.encrypted", "Tệp PDF có mật khẩu nên không đọc được. Hãy mở bằng mật khẩu, lưu lại bản không mật khẩu rồi tải lên.")
	ErrBroken      = fault.New(fault.Invalid, "scan.broken", "Tệp hỏng: cấu trúc bên trong sai nên không đọc được trang nào. Hãy quét lại hoặc xuất lại tệp.")
	ErrBomb        = fault.New(fault.Invalid, "scan.bomb", "Ảnh có quá nhiều điểm ảnh so với một trang giấy. Hãy quét lại ở 200–300 dpi.")
	ErrHeavy       = fault.New(fault.Invalid, "scan.heavy", "Tệp đòi nhiều bộ nhớ hoặc thời gian xử lý hơn mức cho phép, như một tệp phá hoại. Hãy kiểm tra nguồn gốc; nếu tệp đáng tin, hãy in ra và quét lại.")
	ErrArchive     = fault.New(fault.Invalid, "scan.archive", "Tệp DOCX chứa dữ liệu nén hoặc đường dẫn bất thường, như một tệp phá hoại. Hãy mở bằng Word và lưu lại, hoặc xin bản khác từ nơi gửi.")
	ErrPage        = fault.New(fault.Invalid, "scan.page", "Trang này hỏng nên không đọc được. Hãy quét lại trang này; các trang khác không bị ảnh hưởng.")
	ErrPageBomb    = fault.New(fault.Invalid, "scan.page_bomb", "Trang này có ảnh với quá nhiều điểm ảnh. Hãy quét lại trang này ở 200–300 dpi; các trang khác không bị ảnh hưởng.")
	ErrPageHeavy   = fault.New(fault.Invalid, "scan.page_heavy", "Trang này đòi nhiều bộ nhớ hoặc thời gian xử lý hơn mức cho phép. Hãy in trang này ra và quét lại; các trang khác không bị ảnh hưởng.")
	ErrUnsupported = fault.New(fault.Invalid, "scan.unsupported", "Trang này nén theo kiểu hệ thống chưa đọc được. Hãy quét lại, hoặc chuyển sang PDF hay JPEG.")
	ErrNoPoppler   = fault.New(fault.Invalid, "scan.no_poppler", "Máy chủ chưa có chương trình đọc PDF. Người quản trị hãy cài gói poppler-utils.")
	ErrNoOffice    = fault.New(fault.Invalid, "scan.no_office", "Máy chủ chưa có LibreOffice nên không đọc được DOCX. Người quản trị hãy cài gói libreoffice-writer; hoặc bạn hãy lưu văn bản thành PDF rồi tải lên.")
)

// ofPage is what a refusal says when it is about one page of many.
var ofPage = map[string]*fault.Error{
	ErrBroken.Code:    ErrPage,
	ErrTruncated.Code: ErrPage,
	ErrBomb.Code:      ErrPageBomb,
	ErrHeavy.Code:     ErrPageHeavy,
}

// Scanner reads files.
type Scanner struct {
	pool *sandbox.Pool
	opt  Options
}

// New returns a Scanner that works in the children of pool; their program must serve
// Handlers.
func New(pool *sandbox.Pool, opt Options) *Scanner {
	if opt.MaxSize <= 0 {
		opt.MaxSize = 4 << 30
	}
	if opt.MaxPages <= 0 {
		opt.MaxPages = 10_000
	}
	if opt.MaxPixels <= 0 {
		opt.MaxPixels = 200_000_000
	}
	if opt.Office == nil {
		opt.Office = pool
	}
	return &Scanner{pool, opt}
}

// job is what a child is asked to do.
type job struct {
	Path      string
	Dir       string // where the pictures go
	Tmp       string // for everything else; the program removes it, whatever became of the child
	Kind      string
	From, To  int // pages
	MaxPages  int
	MaxPixels int64
}

// A child does several pages at a time, to share the start of the programs: few at
// first, so that the reading can begin, more while all goes well.
const (
	firstBatch = 8
	lastBatch  = 64
)

// maxDeaths is how many pages in a row may exhaust the limits before the file as a
// whole is taken for an attack.
const maxDeaths = 5

// Pages reads the file at path and hands its pages to each, in order. The pictures
// are files in workdir and belong to each, which may remove them. Pages never has
// more than a batch of them lying there on its own account.
func (s *Scanner) Pages(ctx context.Context, path, workdir string, each func(Page) error) (info Info, err error) {
	defer fault.Wrap(&err, "scan")
	if path, err = filepath.Abs(path); err != nil {
		return info, err
	}
	if workdir, err = filepath.Abs(workdir); err != nil {
		return info, err
	}
	if info, err = s.look(ctx, path); err != nil {
		return info, err
	}
	tmp, err := os.MkdirTemp(workdir, "scan")
	if err != nil {
		return info, err
	}
	defer os.RemoveAll(tmp)
	j := job{Path: path, Dir: workdir, Tmp: tmp, Kind: info.Kind, MaxPages: s.opt.MaxPages, MaxPixels: s.opt.MaxPixels}
	if j.Kind == "docx" {
		if err := call(ctx, s.opt.Office, "scan.convert", j, &j.Path); err != nil {
			return info, err
		}
		j.Kind = "pdf"
	}
	var o opened
	if err := call(ctx, s.pool, "scan.open", j, &o); err != nil {
		return info, err
	}
	info.Pages, info.Signed, info.Script = o.Pages, o.Signed, o.Script
	return info, s.deliver(ctx, j, info.Pages, each)
}

// look sees what the program itself may see of a file.
func (s *Scanner) look(ctx context.Context, path string) (info Info, err error) {
	f, err := os.Open(path)
	if err != nil {
		return info, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return info, err
	}
	info.Size = st.Size()
	switch {
	case info.Size == 0:
		return info, ErrEmpty
	case info.Size > s.opt.MaxSize:
		return info, ErrTooLarge
	}
	head := make([]byte, sniffLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return info, err
	}
	if info.Kind, err = Sniff(head[:n]); err != nil {
		return info, err
	}
	h := sha256.New()
	h.Write(head[:n])
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return info, err
	}
	info.SHA256 = hex.EncodeToString(h.Sum(nil))
	return info, nil
}

// reader stops reading when ctx ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// deliver hands over the pages batch by batch.
func (s *Scanner) deliver(ctx context.Context, j job, pages int, each func(Page) error) error {
	d := delivery{s: s, j: j, of: pages, each: each}
	size := firstBatch
	for from := 1; from <= pages; {
		to := min(from+size-1, pages)
		bad := d.bad
		if err := d.some(ctx, from, to); err != nil {
			return err
		}
		if from, size = to+1, min(2*size, lastBatch); d.bad > bad {
			size = firstBatch
		}
	}
	switch {
	case d.bad < pages:
		return nil
	case pages == 1:
		return d.last
	}
	return ErrBroken
}

type delivery struct {
	s      *Scanner
	j      job
	of     int
	each   func(Page) error
	bad    int          // pages that could not be had
	last   *fault.Error // why the last of them could not
	deaths int          // pages in a row that exhausted the limits
}

// some delivers the pages from from to to. If that fails it does them again in parts,
// to find the page that is to blame.
func (d *delivery) some(ctx context.Context, from, to int) error {
	j := d.j
	j.From, j.To = from, to
	var got []Page
	err := call(ctx, d.s.pool, "scan.pages", j, &got)
	f, refused := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		d.deaths = 0
	case !refused, errors.Is(err, ErrNoPoppler):
		return err
	case from < to:
		part := (to - from + 1) / 2
		if errors.Is(err, ErrHeavy) {
			part = 1 // each further try costs as much as the limits allow
		}
		for ; from <= to; from += part {
			if err := d.some(ctx, from, min(from+part-1, to)); err != nil {
				return err
			}
		}
		return nil
	default:
		for _, ext := range []string{"jpg", "png", "tif"} { // half a picture of a child that died
			os.Remove(j.name(from, ext))
		}
		d.bad, d.last = d.bad+1, f
		if errors.Is(err, ErrHeavy) {
			if d.deaths++; d.deaths == maxDeaths {
				return ErrHeavy
			}
		}
		if d.of == 1 {
			return nil // the refusal of the file says it all
		}
		got = []Page{{N: from, Err: pageFault(f).Text}}
	}
	for _, p := range got {
		p.Of = d.of
		if err := d.each(p); err != nil {
			return err
		}
	}
	return nil
}

func pageFault(f *fault.Error) *fault.Error {
	if p, ok := ofPage[f.Code]; ok {
		return p
	}
	return f
}

// call asks a child. That it died is the fault of the file.
func call(ctx context.Context, pool *sandbox.Pool, method string, j job, out any) error {
	err := pool.Call(ctx, method, j, out)
	if d, ok := errors.AsType[*sandbox.Died](err); ok {
		if d.Reason == sandbox.Crash {
			return errors.Join(ErrBroken, err)
		}
		return errors.Join(ErrHeavy, err)
	}
	return err
}
