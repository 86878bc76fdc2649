// Package digitise turns one scanned file into what the archive keeps (số hóa tệp
// quét): a PDF/A with the text laid over the pictures, and a JSON with the words,
// their places and the papers that were recognised.
//
// It puts the engines together and has no skill of its own: scan takes the file
// apart, ocr reads the pages, paper says what papers they are, pdfa writes them
// down. Pages are read several at a time and written in order; of the pictures only
// a few lie on disk at once, and one in memory.
//
// A PDF that was signed is never written anew: its copy is the same, byte for byte,
// and its text stands in the JSON alone.
package digitise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"congminh/internal/dossier/ocr"
	"congminh/internal/dossier/paper"
	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/scan"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"
)

// Refusals of a file.
var (
	ErrOpen   = fault.New(fault.NotFound, "digitise.open", "Không mở được tệp này. Hãy kiểm tra đường dẫn và quyền đọc.")
	ErrFolder = fault.New(fault.Invalid, "digitise.folder", "Đây là thư mục, không phải tệp. Hãy nêu tên từng tệp trong đó.")
	ErrWrite  = fault.New(fault.Internal, "digitise.write", "Không ghi được kết quả. Hãy kiểm tra thư mục đích còn chỗ trống và cho phép ghi.")
	errPages  = fault.New(fault.Invalid, "digitise.pages", "Không đọc được trang nào của tệp này. Hãy quét lại.")
)

// Handlers is what a child process must serve for the engines of this package.
func Handlers() map[string]sandbox.Handler {
	h := scan.Handlers()
	maps.Copy(h, ocr.Handlers())
	return h
}

// Engines do the work. Their children must serve Handlers.
type Engines struct {
	Scanner *scan.Scanner
	Reader  *ocr.Reader
	Jobs    int // pages read at a time; 0 for one
}

// Options says what becomes of a file.
type Options struct {
	Dir     string   // folder of the results; "" for the current one
	Sources []string // other files that must not be written over, because they will be read
	Author  string   // the office, for the PDF
	DPI     int      // of a picture file that says none or a wrong one; 0: what it says, or A4 is assumed
	Engines
}

// Page is a page in the JSON.
type Page struct {
	N          int            `json:"n"`
	Rotation   int            `json:"rotation"`
	Skew       float64        `json:"skew"`
	Blank      bool           `json:"blank"`
	Confidence float64        `json:"confidence"`
	Text       string         `json:"text"`
	Words      []reading.Word `json:"words"`

	W        int               `json:"w"`
	H        int               `json:"h"`
	DPI      int               `json:"dpi"`
	Double   bool              `json:"double,omitempty"`
	Barcodes []reading.Barcode `json:"barcodes,omitempty"`
	Error    string            `json:"error,omitempty"` // why the page could not be read
}

// Document is a paper in the JSON: pages From to To.
type Document struct {
	From       int     `json:"from"`
	To         int     `json:"to"`
	Kind       string  `json:"kind"`
	Number     string  `json:"number"`
	Date       string  `json:"date"`
	Issuer     string  `json:"issuer"`
	Confidence float64 `json:"confidence"`

	Code      string   `json:"code"` // of the kind
	Title     string   `json:"title,omitempty"`
	Signer    string   `json:"signer,omitempty"`
	Persons   []string `json:"persons,omitempty"`
	Articles  []string `json:"articles,omitempty"`
	Separator bool     `json:"separator,omitempty"` // a sheet laid between papers
}

// Result is all that came of a file.
type Result struct {
	File      string     `json:"file"`
	SHA256    string     `json:"sha256"` // of the file as it came
	Pages     []Page     `json:"pages"`
	Documents []Document `json:"documents"`
	Signed    bool       `json:"signed,omitempty"` // so the PDF is the file itself

	PDF  string `json:"-"` // where the PDF is
	JSON string `json:"-"` // where the JSON is
}

// Problems are the pages that could not be read, as "trang 3: …".
func (r Result) Problems() (out []string) {
	for _, p := range r.Pages {
		if p.Error != "" {
			out = append(out, fmt.Sprintf("trang %d: %s", p.N, p.Error))
		}
	}
	return out
}

// Progress is told how far a file is. of is 0 while nobody knows.
type Progress func(done, of int)

// File digitises one file. Either both results are in place when it returns, or an
// error says why and nothing was changed. A page that cannot be read does not sink
// its file: it becomes an empty page with its Error.
func File(ctx context.Context, path string, opt Options, tell Progress) (r Result, err error) {
	defer fault.Wrap(&err, "digitise %s", path)
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return r, fmt.Errorf("%w: %w", ErrOpen, err)
	case st.IsDir():
		return r, ErrFolder
	case !st.Mode().IsRegular():
		return r, ErrOpen
	}
	head := make([]byte, 4096)
	if f, err := os.Open(path); err != nil {
		return r, fmt.Errorf("%w: %w", ErrOpen, err)
	} else {
		n, _ := io.ReadFull(f, head)
		head = head[:n]
		f.Close()
	}
	if kind, err := scan.Sniff(head); err != nil || kind != "jpeg" && kind != "png" && kind != "tiff" {
		opt.DPI = 0 // the pages of other files have a size, not pixels alone
	}
	work, err := os.MkdirTemp("", "congminh-digitise-")
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	defer os.RemoveAll(work)
	if opt.Dir == "" {
		opt.Dir = "."
	}
	if err := os.MkdirAll(opt.Dir, 0o777); err != nil {
		return r, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	base := filepath.Base(path)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	keep := slices.Concat(opt.Sources, []string{path})
	out, err := create(opt.Dir, stem, ".pdf", keep)
	if err != nil {
		return r, err
	}
	defer out.drop()
	side, err := create(opt.Dir, stem, ".json", keep)
	if err != nil {
		return r, err
	}
	defer side.drop()

	// The archive copy carries the day of the scan. The clock of this machine would
	// make the same file different every time.
	r, err = read(ctx, path, work, out, pdfa.Meta{Title: stem, Author: opt.Author, Creator: "congminh digitise", Time: st.ModTime().UTC().Truncate(time.Second)}, opt, tell)
	if err != nil {
		return r, err
	}
	r.File = base
	if r.Signed {
		if err := out.replace(path); err != nil {
			return r, err
		}
	}
	if err := r.write(side); err != nil {
		return r, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	if r.PDF, err = out.keep(); err != nil {
		return r, err
	}
	r.JSON, err = side.keep()
	return r, err
}

// outcome is a page picture and what was read on it.
type outcome struct {
	page scan.Page
	read reading.Page
	err  error // the whole file's, not this page's
}

// read takes the file apart, reads its pages and writes them into out.
func read(ctx context.Context, path, work string, out io.Writer, meta pdfa.Meta, opt Options, tell Progress) (r Result, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	pdf, err := pdfa.New(out, meta)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	w := &writer{pdf: pdf, tell: tell}
	// The queue holds the pages in order, each as the promise of its reading. Its
	// length bounds how many pictures lie in work.
	queue := make(chan chan outcome, 2*max(opt.Jobs, 1))
	written := make(chan struct{})
	go func() {
		defer close(written)
		for promise := range queue {
			o := <-promise
			if ctx.Err() == nil && o.err == nil {
				o.err = w.add(o)
			}
			if o.page.File != "" {
				os.Remove(o.page.File)
			}
			if o.err != nil {
				stop(o.err)
			}
		}
	}()
	info, err := opt.Scanner.Pages(ctx, path, work, func(p scan.Page) error {
		promise := make(chan outcome, 1)
		select {
		case queue <- promise:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		go func() { promise <- opt.read(ctx, p) }()
		return nil
	})
	close(queue)
	<-written
	if cause := context.Cause(ctx); cause != nil {
		return r, cause
	}
	if err != nil {
		return r, err
	}
	if w.bad == len(w.readings) {
		return r, errPages
	}
	r = Result{SHA256: info.SHA256, Signed: info.Signed, Pages: w.pages, Documents: []Document{}}
	for _, d := range paper.Recognise(w.readings) {
		r.Documents = append(r.Documents, document(d))
		if err := pdf.BookmarkPage(d.From, heading(d), 0); err != nil {
			return r, err
		}
	}
	if err := pdf.Close(); err != nil {
		return r, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return r, nil
}

// read reads one page. What is wrong with this page alone goes into its Err.
func (opt Options) read(ctx context.Context, p scan.Page) outcome {
	if p.Err != "" {
		return outcome{page: p}
	}
	if opt.DPI > 0 {
		p.DPI = opt.DPI
	}
	sheet, err := opt.Reader.ReadPage(ctx, p)
	g := sheet.Page
	refusal, refused := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
	case refused && refusal.Kind == fault.Invalid:
		p.Err = refusal.Text
	default: // no Tesseract here, or the work was called off
		return outcome{page: p, err: err}
	}
	// Where there is no text to go by, the file's own word on which way is up stands.
	if len(g.Words) == 0 && g.Rotation == 0 && p.Turn != 0 {
		g.Rotation = p.Turn
		if p.Turn%180 != 0 {
			g.W, g.H = g.H, g.W
		}
		for i := range g.Barcodes {
			g.Barcodes[i].Box = g.Barcodes[i].Box.Turn(p.Turn, p.W, p.H)
		}
	}
	return outcome{page: p, read: g}
}

// writer takes the pages in order.
type writer struct {
	pdf      *pdfa.Writer
	tell     Progress
	pages    []Page
	readings []reading.Page
	bad      int
}

func (w *writer) add(o outcome) error {
	g := o.read
	g.N = o.page.N
	why := o.page.Err
	if why == "" {
		err := w.picture(o)
		refusal, refused := errors.AsType[*fault.Error](err)
		switch {
		case err == nil:
		case refused && refusal.Kind == fault.Invalid:
			why = refusal.Text
		default:
			return fmt.Errorf("%w: %w", ErrWrite, err)
		}
	}
	if why != "" {
		w.bad++
		if err := w.pdf.AddPage(pdfa.Page{Picture: strings.NewReader(emptyA4), Format: "tiff", DPI: 72}); err != nil {
			return fmt.Errorf("%w: %w", ErrWrite, err)
		}
		g = reading.Page{N: g.N}
	}
	w.readings = append(w.readings, g)
	if g.Words == nil {
		g.Words = []reading.Word{}
	}
	w.pages = append(w.pages, Page{
		N: g.N, Rotation: g.Rotation, Skew: round(g.Skew, 2), Blank: g.Blank, Confidence: round(g.Confidence, 1), Text: g.Text, Words: g.Words,
		W: g.W, H: g.H, DPI: g.DPI, Double: g.Double, Barcodes: g.Barcodes, Error: why,
	})
	if w.tell != nil {
		w.tell(len(w.pages), o.page.Of)
	}
	return nil
}

func (w *writer) picture(o outcome) error {
	f, err := os.Open(o.page.File)
	if err != nil {
		return err
	}
	defer f.Close()
	return w.pdf.AddPage(pdfa.Page{Picture: f, Format: o.page.Format, DPI: o.read.DPI, Rotation: o.read.Rotation, Skew: o.read.Skew, Words: o.read.Words})
}

// emptyA4 stands for a page that could not be read, so that the pages after it keep
// their numbers: a white A4 sheet at 72 dpi, fax-coded. Each row is like the white
// one above, one bit.
var emptyA4 = func() string {
	const w, h = 595, 842
	le := func(vs ...uint16) string {
		var b strings.Builder
		for _, v := range vs {
			b.WriteByte(byte(v))
			b.WriteByte(byte(v >> 8))
		}
		return b.String()
	}
	code := strings.Repeat("\xff", h/8) + "\xc0\x04\x00\x40" // 842 = 105 × 8 + 2 ones, then the end of block
	entry := func(tag, v uint16) string { return le(tag, 3, 1, 0, v, 0) }
	dir := le(10) + entry(256, w) + entry(257, h) + entry(258, 1) + entry(259, 4) + entry(262, 0) + entry(266, 1) +
		entry(273, 8) + entry(277, 1) + entry(278, h) + entry(279, uint16(len(code))) + le(0, 0)
	return "II*\x00" + le(uint16(8+len(code)), 0) + code + dir
}()

func document(d paper.Document) Document {
	out := Document{
		From: d.From, To: d.To, Kind: d.KindName, Number: d.Number.Value, Date: d.Date.Value, Issuer: d.Issuer.Value, Confidence: round(d.Confidence, 3),
		Code: d.Kind, Title: d.Title, Signer: d.Signer.Value, Separator: d.Separator,
	}
	for _, p := range d.Persons {
		out.Persons = append(out.Persons, p.Name.Value)
	}
	for _, a := range d.Articles {
		out.Articles = append(out.Articles, a.Value)
	}
	return out
}

// heading is the bookmark of a paper.
func heading(d paper.Document) string {
	s := d.KindName
	if s == "" || d.Kind == paper.Other && d.Title != "" {
		s = d.Title
	}
	if s == "" {
		s = fmt.Sprintf("Trang %d", d.From)
	}
	if d.Number.Value != "" {
		s += " số " + d.Number.Value
	}
	return s
}

func round(f float64, digits int) float64 {
	k := math.Pow10(digits)
	return math.Round(f*k) / k
}
