// Package ocr reads the picture of a page (nhận dạng chữ trên ảnh trang): which way
// up it is, how it leans, whether it is blank or two pages side by side, its
// barcodes, and its words with their places and how sure each is.
//
// The reading is Tesseract's, of a picture that was cleaned first (see raster): the
// red channel, in which seals vanish, at 200 dpi, evenly lit and straightened. A page
// with speckle goes through a median first and is read at 150 dpi. If the words are
// doubtful, or there was speckle, the page is read again, black and white by a local
// threshold at 150 dpi, and line by line the surer reading is kept. The picture that
// people see is not changed.
//
// No blur, and no median where there is no speckle: both take the curl off a hook
// above, and ẻ becomes é (measured with bench/ocr on its tuning set: 0.45 % wrong
// characters on clean pages with both, 0.39 % without the median, 0.03 % without
// either).
//
// All of it runs in a child process (kit/sandbox): Reader is the face to the
// program, Handlers the face in the child, where one handle of Tesseract and the
// pictures it works on are kept from page to page.
package ocr

import (
	"cmp"
	"context"
	"encoding/json"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/fault"
	"congminh/internal/kit/sandbox"
)

// ErrPicture refuses a picture that cannot be decoded.
var ErrPicture = fault.New(fault.Invalid, "ocr.picture",
	"Ảnh của trang bị hỏng hoặc quá lớn nên không đọc được. Hãy quét lại trang này rồi tải lên.")

// Options says how to read and what to make besides.
type Options struct {
	Language string  `json:"language,omitempty"` // of Tesseract's data; "vie"
	Data     string  `json:"data,omitempty"`     // folder of Tesseract's data; "" for the one it was built with
	Limit    float64 `json:"limit,omitempty"`    // mean confidence under which a page is read twice; 0 for SecondPass
	Access   bool    `json:"access,omitempty"`   // write the access copy: AccessPath
	Thumb    bool    `json:"thumb,omitempty"`    // write the thumbnail: ThumbPath
	Split    bool    `json:"split,omitempty"`    // write the halves of a double page: Sheet.Halves
}

// SecondPass is the mean word confidence under which a page is read twice. On the
// tuning set of bench/ocr, whose pages are not those whose error rates are reported,
// clean and medium pages have 95.0 to 96.3, so that they are read once.
const SecondPass = 94.5

// AccessPath is where the access copy of a page picture goes: an upright JPEG of at
// most 150 dpi for screens.
func AccessPath(file string) string { return file + ".access.jpg" }

// ThumbPath is where its thumbnail goes: an upright JPEG 200 pixels wide.
func ThumbPath(file string) string { return file + ".thumb.jpg" }

// Sheet is all that is known of one picture.
type Sheet struct {
	Page   reading.Page `json:"page"`
	Split  int          `json:"split,omitempty"`  // of a double page: the x that parts the two, upright
	Halves []Half       `json:"halves,omitempty"` // and the two pages, the left one first, if Options.Split
}

// Half is one of the two pages of a double page, as a picture of its own beside that
// of the sheet: turned upright, JPEG of quality 92 if the sheet is JPEG, else PNG.
type Half struct {
	File   string       `json:"file"`
	Format string       `json:"format"`
	Page   reading.Page `json:"page"` // the reading of the sheet, in pixels of this picture; Rotation is 0
}

// Reader reads page pictures in the children of a pool.
type Reader struct {
	pool *sandbox.Pool
	opt  Options
}

// New returns a reader. The children of pool must serve Handlers.
func New(pool *sandbox.Pool, opt Options) *Reader {
	opt.Language = cmp.Or(opt.Language, "vie")
	opt.Limit = cmp.Or(opt.Limit, SecondPass)
	return &Reader{pool, opt}
}

// Read reads one page picture. format is "jpeg", "png" or "tiff"; dpi 0 means that it
// is not known. If words is not nil the page has text of its own: the picture is
// only looked at, not read.
func (r *Reader) Read(ctx context.Context, file, format string, dpi int, words []reading.Word) (reading.Page, error) {
	s, err := r.ReadSheet(ctx, file, format, dpi, words)
	return s.Page, err
}

// ReadSheet is Read for a caller that wants double pages as two.
func (r *Reader) ReadSheet(ctx context.Context, file, format string, dpi int, words []reading.Word) (s Sheet, err error) {
	defer fault.Wrap(&err, "read %s", file)
	err = r.pool.Call(ctx, method, request{Options: r.opt, File: file, Format: format, DPI: dpi, Look: words != nil}, &s)
	if err == nil && words != nil {
		s.Page.Words = words
		s.Page.Text = reading.TextOf(words)
		s.Page.Confidence = mean(words)
		s.Page.Blank = s.Page.Blank && len(words) == 0
	}
	return s, err
}

const method = "ocr.read"

type request struct {
	Options
	File   string `json:"file"`
	Format string `json:"format"`
	DPI    int    `json:"dpi"`
	Look   bool   `json:"look"` // do not read words
	Turn   *int   `json:"turn"` // the turn that a person says makes it upright
}

// Handlers is what a child must serve. Tesseract is opened by the first page.
func Handlers() map[string]sandbox.Handler {
	d := &desk{}
	return map[string]sandbox.Handler{
		method: func(_ context.Context, args json.RawMessage) (any, error) {
			var q request
			if err := json.Unmarshal(args, &q); err != nil {
				return nil, err
			}
			return d.sheet(q)
		},
	}
}

func mean(words []reading.Word) float64 {
	if len(words) == 0 {
		return 0
	}
	sum := 0
	for _, w := range words {
		sum += w.C
	}
	return float64(sum) / float64(len(words))
}
