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
	N, Of     int // from 1, of so many
	W, H, DPI int // of the picture as stored
	Turn      int // the clockwise turn the source says the picture needs: 0, 90, 180, 270
	File      string
	Format    string         // "jpeg", "png", "tiff" (one page, CCITT G4)
	Text      []reading.Word // words of a born-digital page, boxes in pixels of the picture; nil for a scan
	Err       string         // why this page could not be had; nothing else but N is set then
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

// batch is how many pages a child does at a time: enough to share the start of the
// programs, few enough that the disk holds little and a limit means something.
const batch = 8

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

// deliver hands over the pages batch by batch. A batch that fails is done again page
// by page, to find the one that is to blame.
func (s *Scanner) deliver(ctx context.Context, j job, pages int, each func(Page) error) error {
	deaths, bad := 0, 0
	var last *fault.Error
	for from := 1; from <= pages; from += batch {
		to := min(from+batch-1, pages)
		got, err := s.pages(ctx, j, from, to)
		if _, ok := errors.AsType[*fault.Error](err); ok && from < to {
			got, err = nil, nil
			for n := from; n <= to; n++ {
				one, err := s.pages(ctx, j, n, n)
				if err != nil {
					f, ok := errors.AsType[*fault.Error](err)
					if !ok {
						return err
					}
					one = []Page{{N: n, Err: pageFault(f).Text}}
					if last = f; errors.Is(f, ErrHeavy) {
						if deaths++; deaths == maxDeaths {
							return ErrHeavy
						}
					}
				} else {
					deaths = 0
				}
				got = append(got, one...)
			}
		}
		if err != nil {
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || pages == 1 {
				return err
			}
			last, got = f, []Page{{N: from, Err: pageFault(f).Text}}
		}
		for _, p := range got {
			if p.Err != "" {
				bad++
				for _, ext := range []string{"jpg", "png", "tif"} { // half a picture of a child that died
					os.Remove(j.name(p.N, ext))
				}
			}
			p.Of = pages
			if err := each(p); err != nil {
				return err
			}
		}
	}
	if bad == pages && pages > 0 {
		if last != nil && pages == 1 {
			return last
		}
		return ErrBroken
	}
	return nil
}

func pageFault(f *fault.Error) *fault.Error {
	if p, ok := ofPage[f.Code]; ok {
		return p
	}
	return f
}

func (s *Scanner) pages(ctx context.Context, j job, from, to int) (got []Page, err error) {
	j.From, j.To = from, to
	err = call(ctx, s.pool, "scan.pages", j, &got)
	return got, err
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
