package ocr

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"congminh/internal/dossier/raster"
	"congminh/internal/dossier/reading"
	"congminh/internal/kit/fault"
)

// What binds this engine to what others made: libtesseract, called without cgo, and
// gozxing.

var (
	ErrNoEngine = fault.New(fault.Internal, "ocr.no-engine",
		"Máy này chưa có bộ nhận dạng chữ Tesseract nên không đọc được trang quét. Người quản trị cài bằng lệnh: apt install tesseract-ocr tesseract-ocr-vie")
	ErrNoLanguage = fault.New(fault.Internal, "ocr.no-language",
		"Tesseract trên máy này chưa có dữ liệu tiếng Việt nên không đọc được trang quét. Người quản trị cài bằng lệnh: apt install tesseract-ocr-vie")
)

// How Tesseract cuts a picture into lines (enum TessPageSegMode).
const (
	wholePage = 3
	oneBlock  = 6
)

// tesseract is one handle of libtesseract 5 (capi.h). It is used by one goroutine.
type tesseract struct {
	h uintptr

	setImage      func(h uintptr, pix *uint8, w, hh, bytesPerPixel, bytesPerLine int32)
	setResolution func(h uintptr, dpi int32)
	setMode       func(h uintptr, mode int32)
	recognise     func(h, monitor uintptr) int32
	iterator      func(h uintptr) uintptr
	clear         func(h uintptr)
	end, delete   func(h uintptr)

	text       func(it uintptr, level int32) *byte
	freeText   func(*byte)
	confidence func(it uintptr, level int32) float32
	next       func(it uintptr, level int32) int32
	free       func(it uintptr)
	box        func(it uintptr, level int32, x0, y0, x1, y1 *int32) int32
	last       func(it uintptr, level, element int32) int32
}

// Levels of the result iterator (enum TessPageIteratorLevel).
const (
	lineLevel = 2
	wordLevel = 3
)

// openTesseract loads the library and the data of one language. folder is where the
// data is; "" is where the library was built to look.
func openTesseract(folder, language string) (_ *tesseract, err error) {
	// One page is read by one thread: two that share it take more time of the
	// processor together, and the pool already keeps all processors busy. Tesseract's
	// OpenMP looks for this in C's environment, and only when it is loaded.
	if libc, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW|purego.RTLD_GLOBAL); err == nil {
		var setenv func(name, value string, overwrite int32) int32
		purego.RegisterLibFunc(&setenv, libc, "setenv")
		setenv("OMP_THREAD_LIMIT", "1", 1)
	}
	lib, err := purego.Dlopen("libtesseract.so.5", purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	// A name that is not there makes purego panic: the library is not Tesseract 5.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrNoEngine, r)
		}
	}()
	var (
		t      tesseract
		create func() uintptr
		start  func(h uintptr, folder *byte, language string, engine int32) int32
		set    func(h uintptr, name, value string) int32
	)
	for name, f := range map[string]any{
		"TessBaseAPICreate":                &create,
		"TessBaseAPIInit2":                 &start,
		"TessBaseAPISetVariable":           &set,
		"TessBaseAPISetImage":              &t.setImage,
		"TessBaseAPISetSourceResolution":   &t.setResolution,
		"TessBaseAPISetPageSegMode":        &t.setMode,
		"TessBaseAPIRecognize":             &t.recognise,
		"TessBaseAPIGetIterator":           &t.iterator,
		"TessBaseAPIClear":                 &t.clear,
		"TessBaseAPIEnd":                   &t.end,
		"TessBaseAPIDelete":                &t.delete,
		"TessResultIteratorGetUTF8Text":    &t.text,
		"TessDeleteText":                   &t.freeText,
		"TessResultIteratorConfidence":     &t.confidence,
		"TessResultIteratorNext":           &t.next,
		"TessResultIteratorDelete":         &t.free,
		"TessPageIteratorBoundingBox":      &t.box,
		"TessPageIteratorIsAtFinalElement": &t.last,
	} {
		purego.RegisterLibFunc(f, lib, name)
	}
	var dir *byte
	if folder != "" {
		dir = &append([]byte(folder), 0)[0]
	}
	const lstmOnly = 1
	t.h = create()
	if t.h == 0 {
		return nil, ErrNoEngine
	}
	set(t.h, "debug_file", "/dev/null")
	if start(t.h, dir, language, lstmOnly) != 0 {
		t.delete(t.h)
		return nil, fmt.Errorf("%w: %q", ErrNoLanguage, language)
	}
	return &t, nil
}

func (t *tesseract) close() {
	t.end(t.h)
	t.delete(t.h)
}

// spot is a word on the picture that Tesseract was given.
type spot struct {
	text string
	conf float32 // 0–100
	box  image.Rectangle
	line int
}

// read returns the words of g in Tesseract's reading order.
func (t *tesseract) read(g *raster.Gray, dpi, mode int) ([]spot, error) {
	if g.W < 8 || g.H < 8 {
		return nil, nil
	}
	t.setMode(t.h, int32(mode))
	t.setImage(t.h, &g.Pix[0], int32(g.W), int32(g.H), 1, int32(g.W)) // it copies
	t.setResolution(t.h, int32(dpi))
	defer t.clear(t.h)
	if t.recognise(t.h, 0) != 0 {
		return nil, errors.New("tesseract: recognition failed")
	}
	it := t.iterator(t.h)
	if it == 0 {
		return nil, nil // no text at all
	}
	defer t.free(it)
	var out []spot
	line := 0
	for {
		if p := t.text(it, wordLevel); p != nil {
			s := spot{text: strings.Clone(goString(p)), conf: t.confidence(it, wordLevel), line: line}
			t.freeText(p)
			var x0, y0, x1, y1 int32
			t.box(it, wordLevel, &x0, &y0, &x1, &y1)
			s.box = image.Rect(int(x0), int(y0), int(x1), int(y1))
			if strings.TrimSpace(s.text) != "" {
				out = append(out, s)
			}
			if t.last(it, lineLevel, wordLevel) != 0 {
				line++
			}
		}
		if t.next(it, wordLevel) == 0 {
			return out, nil
		}
	}
}

// goString returns the bytes before the zero that p points to, where they are.
func goString(p *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return unsafe.String(p, n)
}

// decodeCode reads the one barcode on g, if it can. The box is where it lies on g.
func decodeCode(g *raster.Gray, qr bool) (reading.Barcode, bool) {
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(g.Image())))
	if err != nil {
		return reading.Barcode{}, false
	}
	reader, format := gozxing.Reader(oned.NewCode128Reader()), "CODE128"
	if qr {
		reader, format = qrcode.NewQRCodeReader(), "QR"
	}
	r, err := reader.Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return reading.Barcode{}, false
	}
	return reading.Barcode{Format: format, Text: r.GetText()}, true
}
