package scan

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/fault"

	"golang.org/x/image/tiff"
)

const (
	drawDPI   = 200      // of a born-digital page
	lookDPI   = 36       // of the small drawing that a picture must equal to pass
	alike     = 20       // greatest difference of grey that is one of drawing, not of content
	maxDrawn  = 60e6     // pixels of a drawn page; a larger sheet is drawn at fewer dpi
	wholePage = 0.8      // part of a page that pictures cover if it is a scan
	maxRun    = 32       // pages drawn in one run: the limit of processor time is one for all of them
	pdfTail   = 64 << 10 // where the end of a PDF is looked for
)

// openPDF refuses what is cut, encrypted or broken, and counts the pages.
func openPDF(ctx context.Context, j job) (o opened, err error) {
	defer fault.Wrap(&err, "pdf")
	f, err := os.Open(j.Path)
	if err != nil {
		return o, err
	}
	defer f.Close()
	if err := checkEnd(f); err != nil {
		return o, err
	}
	if o.Signed, o.Script, err = marks(f); err != nil {
		return o, err
	}
	var out bytes.Buffer
	if err := run(ctx, ErrNoPoppler, &out, "pdfinfo", j.Path); err != nil {
		return o, err
	}
	for line := range strings.Lines(out.String()) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Pages":
			o.Pages, _ = strconv.Atoi(value)
		case "JavaScript":
			o.Script = o.Script || value == "yes"
		}
	}
	if o.Pages <= 0 {
		return o, fmt.Errorf("%w: no pages", ErrBroken)
	}
	return o, nil
}

// checkEnd wants the end of a PDF to be there. Poppler would rebuild a file without
// one, and nobody would see that pages are missing.
func checkEnd(f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	tail := make([]byte, min(size, pdfTail))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	// Some disks and servers fill files up with zeros.
	tail = bytes.TrimRight(tail, "\x00 \t\r\n\x1a")
	end := bytes.LastIndex(tail, []byte("%%EOF"))
	if end < 0 || len(tail)-end > 4096 || bytes.LastIndex(tail[:end], []byte("startxref")) < 0 {
		return ErrTruncated
	}
	if bytes.Contains(tail[end:], []byte("PK\x05\x06")) {
		return ErrPolyglot // a ZIP is read from its end
	}
	return nil
}

// byteRange finds the range a signature covers. It stands in the file in the clear
// whatever else is compressed: its place must be known to those who check it.
var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*0\s+(\d{1,19})\s+(\d{1,19})\s+(\d{1,19})\s*\]`)

// marks looks for a digital signature, and for scripts. Nothing depends on the latter:
// they may also hide in what is compressed, and are not run anyway.
func marks(f *os.File) (signed, script bool, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return false, false, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, false, err
	}
	const keep = 128 // longer than what is looked for
	buf := make([]byte, 1<<20)
	have := 0
	for {
		n, err := io.ReadFull(f, buf[have:])
		have += n
		script = script || bytes.Contains(buf[:have], []byte("/JavaScript"))
		for at := buf[:have]; !signed; {
			i := bytes.Index(at, []byte("/ByteRange"))
			if i < 0 {
				break
			}
			at = at[i:]
			m := byteRange.FindSubmatch(at[:min(len(at), keep)])
			signed = m != nil && within(m[1:], size)
			at = at[len("/ByteRange"):]
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return signed, script, nil
		}
		if err != nil {
			return false, false, err
		}
		have = copy(buf, buf[have-keep:have])
	}
}

// within reports whether the ranges 0+a and b+c make sense in a file of size bytes.
func within(v [][]byte, size int64) bool {
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(string(v[i]), 10, 64); err != nil {
			return false
		}
	}
	return n[0] > 0 && n[1] >= n[0] && n[1] <= size && n[2] <= size-n[1]
}

// sheet is what is known of a page of a PDF before it is a picture.
type sheet struct {
	n      int
	w, h   float64 // points, before rotation
	rotate int
	pics   []pic
	words  []bboxWord
	look   small // the page as people see it, small
	// Poppler draws what it can. White paper and one more complaint together mean that it
	// could nothing, unless there is a white picture.
	doubt bool
}

// pic is a picture on a page, as pdfimages lists it.
type pic struct {
	num        int // in the order of pdfimages
	kind       string
	w, h       int
	xppi, yppi float64
}

// cover is the part of s that p covers.
func (s sheet) cover(p pic) float64 {
	return float64(p.w) / p.xppi * 72 * float64(p.h) / p.yppi * 72 / (s.w * s.h)
}

// scan returns the picture that may be the whole of s.
func (s sheet) scan() (p pic, ok bool) {
	for _, q := range s.pics {
		if q.kind == "image" && s.cover(q) >= wholePage && (!ok || q.w*q.h > p.w*p.h) {
			p, ok = q, true
		}
	}
	return p, ok
}

// pictured reports whether s is made of pictures. The text of such a page is what
// some other program read on it.
func (s sheet) pictured() bool {
	sum := 0.0
	for _, p := range s.pics {
		if p.kind == "image" || p.kind == "stencil" {
			sum += s.cover(p)
		}
	}
	return sum >= wholePage
}

func pdfPages(ctx context.Context, j job) (out []Page, err error) {
	if j.Tmp, err = os.MkdirTemp(j.Tmp, ""); err != nil {
		return nil, err
	}
	defer os.RemoveAll(j.Tmp)
	sheets, err := survey(ctx, j)
	if err != nil {
		return nil, err
	}
	found, err := extract(ctx, j, sheets)
	if err != nil {
		return nil, err
	}
	out = make([]Page, len(sheets))
	for i := 0; i < len(sheets); {
		p, ok, err := sheets[i].pass(j, found[sheets[i].n])
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", sheets[i].n, err)
		}
		if ok {
			out[i] = p
			i++
			continue
		}
		if sheets[i].doubt {
			return nil, fmt.Errorf("%w: page %d is empty, and poppler complains", ErrBroken, sheets[i].n)
		}
		// Those that follow and must be drawn at the same dpi are drawn in the same run.
		k := i + 1
		for k < len(sheets) && k < i+maxRun && found[sheets[k].n] == "" && !sheets[k].doubt && sheets[k].drawAt(j) == sheets[i].drawAt(j) {
			k++
		}
		if err := drawRun(ctx, j, sheets[i:k], out[i:k]); err != nil {
			return nil, err
		}
		i = k
	}
	return out, nil
}

func (j job) rng() []string {
	return []string{"-f", strconv.Itoa(j.From), "-l", strconv.Itoa(j.To)}
}

func (j job) popplerArgs(before []string, after ...string) []string {
	return append(append(j.rng(), before...), after...)
}

var (
	pageSize = regexp.MustCompile(`^Page +(\d+) size: +([0-9.]+) x ([0-9.]+) pts`)
	pageRot  = regexp.MustCompile(`^Page +(\d+) rot: +(-?\d+)`)
)

// survey finds out what is on the pages of j.
func survey(ctx context.Context, j job) ([]sheet, error) {
	sheets := make([]sheet, j.To-j.From+1)
	for i := range sheets {
		sheets[i].n = j.From + i
	}
	at := func(s string) *sheet {
		n, err := strconv.Atoi(s)
		if err != nil || n < j.From || n > j.To {
			return nil
		}
		return &sheets[n-j.From]
	}

	var out bytes.Buffer
	usual, err := runTold(ctx, ErrNoPoppler, &out, "pdfinfo", j.popplerArgs(nil, j.Path)...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if m := pageSize.FindStringSubmatch(line); m != nil {
			if s := at(m[1]); s != nil {
				s.w, _ = strconv.ParseFloat(m[2], 64)
				s.h, _ = strconv.ParseFloat(m[3], 64)
			}
		} else if m := pageRot.FindStringSubmatch(line); m != nil {
			if s := at(m[1]); s != nil {
				r, _ := strconv.Atoi(m[2])
				s.rotate = (r%360 + 360) % 360
			}
		}
	}
	for _, s := range sheets {
		if s.w <= 0 || s.h <= 0 || s.rotate%90 != 0 {
			return nil, fmt.Errorf("%w: page %d has no size", ErrBroken, s.n)
		}
	}

	out.Reset()
	if err := run(ctx, ErrNoPoppler, &out, "pdfimages", j.popplerArgs([]string{"-list"}, j.Path)...); err != nil && !lenient(err) {
		return nil, err
	}
	for line := range strings.Lines(out.String()) {
		// page num type width height color comp bpc enc interp object ID x-ppi y-ppi size ratio
		c := strings.Fields(line)
		if len(c) < 14 {
			continue
		}
		s := at(c[0])
		if s == nil {
			continue
		}
		if c[10] == "[inline]" { // one column, not two
			c = append(c[:11], append([]string{""}, c[11:]...)...)
		}
		p := pic{kind: c[2]}
		p.num, _ = strconv.Atoi(c[1])
		p.w, _ = strconv.Atoi(c[3])
		p.h, _ = strconv.Atoi(c[4])
		p.xppi, _ = strconv.ParseFloat(c[12], 64)
		p.yppi, _ = strconv.ParseFloat(c[13], 64)
		if tooBig(j, p.w, p.h) {
			return nil, fmt.Errorf("%w: page %d: %d × %d", ErrBomb, s.n, p.w, p.h)
		}
		if p.xppi > 0 && p.yppi > 0 {
			s.pics = append(s.pics, p)
		}
	}

	out.Reset()
	if err := run(ctx, ErrNoPoppler, &out, "pdftotext", j.popplerArgs([]string{"-bbox-layout", "-cropbox"}, j.Path, "-")...); err != nil && !lenient(err) {
		return nil, err
	}
	for i, words := range parseBBox(&out) {
		if i < len(sheets) {
			sheets[i].words = words
		}
	}
	return sheets, look(ctx, j, sheets, usual)
}

// lenient reports whether err only means that this cannot be had from the file: a
// PDF may forbid to copy text and pictures while it lets itself be printed.
func lenient(err error) bool { return errors.Is(err, ErrBroken) }

// look draws the pages small. usual is how often poppler complains about the file
// whatever it does with it.
func look(ctx context.Context, j job, sheets []sheet, usual int) error {
	for i := 0; i < len(sheets); {
		// One run for neighbours of one size; a wall map among letters gets its own.
		k := i + 1
		dpi := sheets[i].lookAt()
		for k < len(sheets) && sheets[k].lookAt() == dpi {
			k++
		}
		part := j
		part.From, part.To = sheets[i].n, sheets[k-1].n
		root := filepath.Join(j.Tmp, "look")
		args := part.popplerArgs([]string{"-gray", "-cropbox", "-r", strconv.FormatFloat(dpi, 'f', 3, 64)}, j.Path, root)
		said, err := runTold(ctx, ErrNoPoppler, nil, "pdftoppm", args...)
		if err != nil {
			return err
		}
		for ; i < k; i++ {
			m, err := takePGM(root, sheets[i].n)
			if err != nil {
				return fmt.Errorf("%w: page %d: %v", ErrBroken, sheets[i].n, err)
			}
			sheets[i].look = m
			sheets[i].doubt = said > usual && len(sheets[i].words) == 0 && m.white()
		}
	}
	return nil
}

// fit is dpi, or less if a page would have more than most pixels then.
func (s sheet) fit(dpi, most float64) float64 {
	px := s.w / 72 * dpi * s.h / 72 * dpi
	if px > most {
		return math.Floor(dpi*math.Sqrt(most/px)*1000) / 1000
	}
	return dpi
}

// lookAt is the dpi of the small drawing: about lookDPI, but so that the sheet does not
// end on the border of a pixel. Poppler would stretch a picture into the next one then,
// and no cell of it would lie where the picture shrunk by us has it.
func (s sheet) lookAt() float64 {
	between := func(v float64) bool {
		_, f := math.Modf(v)
		return f > 0.3 && f < 0.8
	}
	dpi := s.fit(lookDPI, 1e6)
	for i := range 400 {
		if d := dpi * (1 + float64(i)/4000); between(s.w*d/72) && between(s.h*d/72) {
			return math.Round(d*1000) / 1000
		}
	}
	return dpi
}

func (s small) white() bool {
	for _, v := range s.pix {
		if v < 250 {
			return false
		}
	}
	return true
}

// takePGM reads and removes the drawing of page n. The number in its name has as many
// digits as the last page of the file needs.
func takePGM(root string, n int) (s small, err error) {
	name, err := numbered(root, n, ".pgm")
	if err != nil {
		return s, err
	}
	defer os.Remove(name)
	b, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	r := bufio.NewReader(bytes.NewReader(b))
	var depth int
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &s.w, &s.h, &depth); err != nil {
		return s, err
	}
	pix, err := io.ReadAll(r)
	if err != nil || len(pix) != s.w*s.h {
		return s, fmt.Errorf("%d bytes for %d × %d", len(pix), s.w, s.h)
	}
	s.pix = make([]float32, len(pix))
	for i, v := range pix {
		s.pix[i] = float32(v)
	}
	return s, nil
}

func numbered(root string, n int, ext string) (string, error) {
	for digits := 1; digits <= 8; digits++ {
		name := fmt.Sprintf("%s-%0*d%s", root, digits, n, ext)
		if _, err := os.Stat(name); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("no %s-%d%s", root, n, ext)
}

// extract takes the pictures that may be pages out of the file, by page.
func extract(ctx context.Context, j job, sheets []sheet) (map[int]string, error) {
	found := map[int]string{}
	root := filepath.Join(j.Tmp, "pic")
	for i := 0; i < len(sheets); i++ {
		if _, ok := sheets[i].scan(); !ok {
			continue
		}
		k := i + 1
		for k < len(sheets) {
			if _, ok := sheets[k].scan(); !ok {
				break
			}
			k++
		}
		part := j
		part.From, part.To = sheets[i].n, sheets[k-1].n
		err := run(ctx, ErrNoPoppler, nil, "pdfimages", part.popplerArgs([]string{"-p", "-png", "-j", "-ccitt"}, j.Path, root)...)
		if err != nil && !lenient(err) {
			return nil, err
		}
		first := math.MaxInt // pdfimages counts from the first picture of what it is asked for
		for _, s := range sheets[i:k] {
			for _, p := range s.pics {
				first = min(first, p.num)
			}
		}
		for _, s := range sheets[i:k] {
			p, _ := s.scan()
			names, _ := filepath.Glob(fmt.Sprintf("%s-*-%03d.*", root, p.num-first))
			for _, name := range names {
				if ext := filepath.Ext(name); ext != ".params" {
					to := filepath.Join(j.Tmp, fmt.Sprintf("page%d%s", s.n, ext))
					if os.Rename(name, to) == nil {
						found[s.n] = to
					}
				}
			}
		}
		rest, _ := filepath.Glob(root + "-*") // or the next run's would be mistaken
		for _, name := range rest {
			os.Remove(name)
		}
		i = k
	}
	return found, nil
}

// pass gives the picture in file as the page s, if s drawn by poppler looks like it:
// then nothing else is on the page, no filter changes it, no mask hides a part. This
// holds for whatever a PDF may do, and would show a redaction or a stamp laid over
// the scan.
func (s sheet) pass(j job, file string) (p Page, ok bool, err error) {
	if file == "" {
		return p, false, nil
	}
	src, _ := s.scan()
	b, err := readFile(file)
	if err != nil {
		return p, false, err
	}
	dpi := plausible(src.xppi, src.w, src.h)
	switch filepath.Ext(file) {
	case ".jpg":
		info, err := readJPEG(b)
		if errors.Is(err, ErrTruncated) {
			// Only the end mark may be missing. Then poppler draws the whole.
			if _, err := decodeJPEG(j, append(b, 0xff, 0xd9)); err != nil {
				return p, false, err
			}
			return p, false, nil
		}
		if err != nil || !info.known {
			return p, false, nil
		}
		m, err := decodeJPEG(j, b)
		if errors.Is(err, ErrBomb) || errors.Is(err, ErrTruncated) {
			return p, false, err
		}
		if err != nil {
			return p, false, nil
		}
		turn, same := s.looksLike(m)
		if !same {
			return p, false, nil
		}
		if info.components == 4 {
			p, err = pngOf(j, s.n, m, 1, dpi)
			p.Turn = turn
			return p, err == nil, err
		}
		// An EXIF orientation in it means nothing in a PDF: turn is what was seen.
		p = Page{N: s.n, W: info.w, H: info.h, DPI: dpi, Turn: turn, File: j.name(s.n, "jpg"), Format: "jpeg"}
		return p, true, os.WriteFile(p.File, b, 0o600)
	case ".png":
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			return p, false, nil
		}
		turn, same := s.looksLike(m)
		if !same {
			return p, false, nil
		}
		p, err = pngPage(j, s.n, b)
		p.Turn, p.DPI = turn, dpi
		return p, err == nil, err
	case ".ccitt":
		b := g4TIFF([][]byte{b}, src.w, src.h, dpi, src.h, 1)
		m, err := tiff.Decode(bytes.NewReader(b))
		if err != nil {
			return p, false, nil // G3, or rows that end on bytes
		}
		if turn, same := s.looksLike(m); same {
			p = Page{N: s.n, W: src.w, H: src.h, DPI: dpi, Turn: turn, File: j.name(s.n, "tif"), Format: "tiff"}
			return p, true, os.WriteFile(p.File, b, 0o600)
		}
		m = negative(m)
		if turn, same := s.looksLike(m); same {
			p, err = pngOf(j, s.n, m, 1, dpi)
			p.Turn = turn
			return p, err == nil, err
		}
	}
	return p, false, nil
}

// looksLike reports whether m, turned, is what is seen of s. The turn the page asks
// for is tried first: a blank one is alike in all.
func (s sheet) looksLike(m image.Image) (turn int, ok bool) {
	w, h := s.look.w, s.look.h
	for i := range 4 {
		turn := (s.rotate + 90*i) % 360
		tw, th := w, h
		if turn%180 != 0 {
			tw, th = h, w
		}
		if tw > m.Bounds().Dx() || th > m.Bounds().Dy() {
			continue
		}
		if differ(shrink(m, tw, th).turned(turn), s.look) <= alike {
			return turn, true
		}
	}
	return 0, false
}

// drawAt is the dpi to draw s at.
func (s sheet) drawAt(j job) int {
	dpi := float64(drawDPI)
	if s.pictured() {
		for _, q := range s.pics {
			if q.kind != "smask" && q.kind != "mask" {
				dpi = max(dpi, min(q.xppi, 300))
			}
		}
	}
	return int(s.fit(dpi, min(maxDrawn, float64(j.MaxPixels))))
}

// drawRun has poppler draw sheets, which follow each other and have one dpi, as out.
func drawRun(ctx context.Context, j job, sheets []sheet, out []Page) error {
	dpi := sheets[0].drawAt(j)
	if dpi < 1 {
		return fmt.Errorf("%w: page of %.0f × %.0f points", ErrBomb, sheets[0].w, sheets[0].h)
	}
	root := filepath.Join(j.Tmp, "draw")
	part := j
	part.From, part.To = sheets[0].n, sheets[len(sheets)-1].n
	args := part.popplerArgs([]string{"-cropbox", "-jpeg", "-jpegopt", "quality=90", "-r", strconv.Itoa(dpi)}, j.Path, root)
	if err := run(ctx, ErrNoPoppler, nil, "pdftoppm", args...); err != nil {
		return err
	}
	for i, s := range sheets {
		name, err := numbered(root, s.n, ".jpg")
		if err != nil {
			return fmt.Errorf("%w: %v", ErrBroken, err)
		}
		p := Page{N: s.n, DPI: dpi, File: j.name(s.n, "jpg"), Format: "jpeg"}
		if err := os.Rename(name, p.File); err != nil {
			return err
		}
		b, err := readFile(p.File)
		if err != nil {
			return err
		}
		info, err := readJPEG(b)
		if err != nil {
			return err
		}
		p.W, p.H = info.w, info.h
		if !s.pictured() {
			p.Text = place(s.words, float64(dpi)/72, p.W, p.H)
		}
		out[i] = p
	}
	return nil
}

// place turns words in points into words in pixels. Text in fonts of the time before
// Unicode (TCVN3, VNI) comes out as other letters than people see: none then, so that
// the page is read like a scan.
func place(words []bboxWord, scale float64, w, h int) []reading.Word {
	if len(words) == 0 || legacy(words) {
		return nil
	}
	out := make([]reading.Word, 0, len(words))
	for _, b := range words {
		px := func(v float64, most int) int { return min(max(int(math.Round(v*scale)), 0), most) }
		box := reading.Box{px(b.x0, w), px(b.y0, h), px(b.x1, w), px(b.y1, h)}
		if box.W() <= 0 || box.H() <= 0 {
			continue // outside of the page
		}
		out = append(out, reading.Word{T: b.text, Box: box, C: 100, Line: b.line})
	}
	return out
}

// legacy reports whether words have many letters that no Vietnamese text has, or that
// stand for nothing.
func legacy(words []bboxWord) bool {
	all, odd := 0, 0
	for _, w := range words {
		for _, r := range w.text {
			all++
			if strings.ContainsRune("¸µ¶¹¨¾¼½Æ®¬ÖßäåïûöñëøÄÅÏÛÑËØ\uFFFD", r) || r >= 0xE000 && r <= 0xF8FF {
				odd++
			}
		}
	}
	return odd*50 > all
}
