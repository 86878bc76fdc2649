package digitise

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/scan"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"

	"golang.org/x/term"
)

// Exit codes of Main.
const (
	exitGood = iota
	exitRefused
	exitUsage
)

const help = `congminh digitise [-o DIR] [--json] [--dpi N] [--jobs N] FILE…

Số hóa tệp quét, không cần máy chủ: từ mỗi FILE (PDF, TIFF, JPEG, PNG, DOCX) tạo
  NAME.pdf    PDF/A có lớp chữ để tìm và sao chép; ảnh giữ nguyên như máy quét đã quét
  NAME.json   chữ, vị trí và độ tin cậy từng trang; các tài liệu nhận ra trong tệp
PDF đã ký số được giữ nguyên từng byte; chữ của nó chỉ ghi vào NAME.json.
Tệp gốc không bao giờ bị ghi đè: nếu trùng tên, kết quả là NAME-2.pdf.

Digitise scans without a server: from each FILE makes NAME.pdf, a PDF/A with a text
layer over the untouched pictures, and NAME.json with words, boxes, confidence and
the papers found. A signed PDF is copied byte for byte. A source is never written
over: if it has the name, the result is NAME-2.pdf.

  -o DIR      thư mục ghi kết quả (mặc định: thư mục hiện tại) · folder of the results (default: current)
  --json      in JSON ra màn hình nữa, mỗi tệp một đối tượng · print the JSON on standard output too
  --dpi N     độ phân giải của tệp ảnh không ghi hoặc ghi sai · resolution of a picture file that gives none, or a wrong one
  --jobs N    số trang đọc cùng lúc (mặc định: số bộ xử lý) · pages read at a time (default: processors)

Mã kết thúc · exit code: 0 tốt cả · all good; 1 có tệp hoặc trang bị từ chối, tên và
lý do ở stderr · some files or pages refused, each named on stderr; 2 sai cú pháp · usage
`

// Main is the command congminh digitise. Its process must call sandbox.Child with
// Handlers first.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("digitise", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	dir := fs.String("o", ".", "")
	show := fs.Bool("json", false, "")
	dpi := fs.Int("dpi", 0, "")
	jobs := fs.Int("jobs", runtime.NumCPU(), "")
	files, err := parse(fs, args)
	bad := func(why string) int {
		fmt.Fprintf(stderr, "congminh digitise: %s\n\n%s", why, help)
		return exitUsage
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help)
		return exitGood
	case err != nil:
		return bad(err.Error())
	case len(files) == 0:
		return bad("chưa nêu tệp nào · no FILE given")
	case *dpi != 0 && (*dpi < 50 || *dpi > 2400):
		return bad("--dpi phải từ 50 đến 2400 · --dpi must be 50 to 2400")
	case *jobs < 1 || *jobs > 256:
		return bad("--jobs phải từ 1 đến 256 · --jobs must be 1 to 256")
	}

	pool := sandbox.NewPool(*jobs, sandbox.Limits{})
	office := sandbox.NewPool(1, sandbox.Limits{Memory: 4 << 30, CPU: 2 * time.Minute, Wall: 3 * time.Minute})
	defer office.Close()
	defer pool.Close()
	opt := Options{Dir: *dir, Sources: files, DPI: *dpi, Engines: Engines{Scanner: scan.New(pool, scan.Options{Office: office}), Reader: ocr.New(pool, ocr.Options{}), Jobs: *jobs}}
	bar := newBar(stderr, len(files))
	code := exitGood
	for i, f := range files {
		r, err := File(ctx, f, opt, bar.file(i, f))
		bar.clear()
		if err != nil {
			fmt.Fprintf(stderr, "%s: %s\n", f, sentence(err))
			code = exitRefused
			if ctx.Err() != nil {
				return code
			}
			continue
		}
		// What was written in this run is not written over in this run: two files of
		// the same name in different folders both keep their results.
		opt.Sources = append(opt.Sources, r.PDF, r.JSON)
		for _, p := range r.Problems() {
			fmt.Fprintf(stderr, "%s: %s\n", f, p)
			code = exitRefused
		}
		if *show {
			if err := r.write(stdout); err != nil {
				fmt.Fprintf(stderr, "%s: %s\n", f, sentence(fmt.Errorf("%w: %w", ErrWrite, err)))
				return exitRefused
			}
		}
	}
	return code
}

// parse takes options before, between and after the files.
func parse(fs *flag.FlagSet, args []string) (files []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		args = fs.Args()
		if len(args) == 0 {
			return files, nil
		}
		files, args = append(files, args[0]), args[1:]
	}
}

// sentence is what a person is told: the refusal, or what broke.
func sentence(err error) string {
	if errors.Is(err, context.Canceled) {
		return "đã dừng theo yêu cầu."
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if f.Kind == fault.Internal || f == ErrOpen { // where it lies says the system
			if p, ok := errors.AsType[*os.PathError](err); ok {
				return f.Text + " (" + p.Err.Error() + ")"
			}
		}
		return f.Text
	}
	return "lỗi ngoài dự kiến: " + err.Error()
}

// bar is the progress bar of a terminal; elsewhere it draws nothing.
type bar struct {
	w     io.Writer
	files int
	width int // columns of the terminal; 0 if it is none
}

func newBar(w io.Writer, files int) *bar {
	b := &bar{w: w, files: files}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.width = 80
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			b.width = width
		}
	}
	return b
}

func (b *bar) file(i int, name string) Progress {
	draw := func(done, of int) {
		if b.width == 0 {
			return
		}
		line := fmt.Sprintf("%s · %d trang", filepath.Base(name), done)
		if of > 0 {
			const cells = 20
			full := min(cells, cells*done/of)
			line = fmt.Sprintf("%s · %d/%d trang %s%s", filepath.Base(name), done, of, strings.Repeat("█", full), strings.Repeat("░", cells-full))
		}
		if b.files > 1 {
			line = fmt.Sprintf("[%d/%d] ", i+1, b.files) + line
		}
		if r := []rune(line); len(r) >= b.width {
			line = string(r[:b.width-1])
		}
		fmt.Fprintf(b.w, "\r\x1b[K%s", line)
	}
	draw(0, 0)
	return draw
}

func (b *bar) clear() {
	if b.width > 0 {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
