// Package pdfa writes archive PDFs (PDF/A, bản lưu trữ số hóa): each page is the
// scanned picture as it came from the scanner, with the words that were read laid
// over it as invisible text, so that the paper can be searched and copied from.
//
// The one thing not to forget: the picture is evidence. It is never re-sampled,
// straightened or turned; a JPEG or a fax-coded page goes into the file byte for
// byte. What is crooked stays crooked: the text is laid along it.
//
// The files follow ISO 19005-2 level B (PDF/A-2b) by default, ISO 19005-1 (1b)
// or ISO 19005-3 (3b, with attachments) when asked; "32000" below is ISO 32000-1,
// "19005" the part that is being written. The writer streams: it holds one picture
// at a time, and of the pages behind it only their numbers and labels.
// The same input gives the same bytes.
package pdfa

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/fault"
)

// Level is the part of ISO 19005 a file follows, always at conformance level B.
type Level int

// The levels. The zero Level is what the archive keeps.
const (
	A2B Level = iota // ISO 19005-2
	A1B              // ISO 19005-1: PDF 1.4; what older validators can check
	A3B              // ISO 19005-3: 2b that may carry attachments of any kind
)

func (l Level) part() int { return [...]int{2, 1, 3}[l] }

func (l Level) version() string {
	if l == A1B {
		return "1.4"
	}
	return "1.7"
}

// Refusals of a picture. The page is not written; the writer can go on.
var (
	ErrPicture = fault.New(fault.Invalid, "pdfa.picture", "Ảnh của trang bị hỏng hoặc không đúng định dạng JPEG, PNG hay TIFF một trang. Hãy quét lại trang này.")
	ErrCMYK    = fault.New(fault.Invalid, "pdfa.cmyk", "Ảnh của trang dùng hệ màu in CMYK, bản lưu PDF/A không nhận. Hãy quét lại ở chế độ màu RGB hoặc thang xám.")
	ErrHuge    = fault.New(fault.Invalid, "pdfa.huge", "Ảnh của trang quá lớn. Hãy quét lại ở độ phân giải 300 dpi.")
)

// Meta is what the file says about itself.
type Meta struct {
	Level    Level
	Title    string
	Author   string // the office that made the file
	Subject  string
	Keywords string
	Creator  string    // the program that made the document
	Time     time.Time // when it was made; its zone is written too
	Font     []byte    // a TrueType font, embedded whole, for the stamps; needed only if a page has one
}

// Page is one page to write.
type Page struct {
	Picture  io.Reader
	Format   string // "jpeg", "png", "tiff"
	W, H     int    // what the caller believes the stored picture measures; 0 if it has no belief
	DPI      int
	Rotation int            // clockwise turn that makes the picture upright: 0, 90, 180, 270
	Skew     float64        // degrees the upright text leans, clockwise positive
	Words    []reading.Word // in reading order; boxes on the upright picture, not straightened
	Label    string         // page label, such as "BL 45"; empty: its place in the file
	Stamps   []Stamp
}

// Stamp is a visible mark on an export copy. It lies over the picture and is no
// part of it.
type Stamp struct {
	Text   string
	Corner Corner
}

// Corner is where a stamp stands on the upright page.
type Corner int

// Where folio numbers stand (Thông tư liên tịch 04/2018, Điều 35).
const (
	TopRight Corner = iota
	BottomRight
)

// Attachment is a file carried inside a 3b file.
type Attachment struct {
	Name     string
	MIME     string
	Relation string // 19005-3, Annex E: Source, Data, Alternative, Supplement, Unspecified
	Note     string
	Time     time.Time
	Data     io.Reader
}

// Writer writes one file. Its methods are not safe for concurrent use.
type Writer struct {
	meta  Meta
	out   *objects
	layer font // the invisible text
	stamp *stampFont

	catalog, tree, info, xmp, intent int // object numbers given out beforehand

	nodes  []node // page tree nodes of the lowest level
	pages  []int
	labels labels
	marks  []mark
	next   []mark // bookmarks that wait for their page
	files  []attached

	picture bytes.Buffer // reused from page to page
	content []byte
}

type mark struct {
	title string
	level int
	page  int // object number
}

type attached struct {
	name string
	spec int
}

// New begins a file. An error of w is kept and returned by the next call.
func New(w io.Writer, m Meta) (*Writer, error) {
	p := &Writer{meta: m, out: newObjects(w, m.Level.version())}
	p.catalog, p.tree, p.info, p.xmp, p.intent = p.out.reserve(), p.out.reserve(), p.out.reserve(), p.out.reserve(), p.out.reserve()
	p.layer = newFont(p.out.reserve())
	if m.Font != nil {
		f, err := newStampFont(m.Font, p.out)
		if err != nil {
			return nil, err
		}
		p.stamp = f
	}
	p.out.stream(p.intent, "/N 3", srgb())
	return p, p.out.err
}

// Bookmark puts an entry into the outline, for the page that is added next. Level
// 0 is outermost; a deeper entry hangs under the last one that is less deep.
func (w *Writer) Bookmark(title string, level int) {
	w.next = append(w.next, mark{title: title, level: max(level, 0)})
}

// BookmarkPage is Bookmark for a page that was written already; the first is 1.
// Entries stand in the order they are made.
func (w *Writer) BookmarkPage(page int, title string, level int) error {
	if page < 1 || page > len(w.pages) {
		return fmt.Errorf("bookmark of page %d of %d", page, len(w.pages))
	}
	w.marks = append(w.marks, mark{title, max(level, 0), w.pages[page-1]})
	return nil
}

// AddPage writes a page. If it refuses the picture nothing was written, and the
// writer can go on with another.
func (w *Writer) AddPage(p Page) (err error) {
	defer fault.Wrap(&err, "page %d", len(w.pages)+1)
	if w.out.err != nil {
		return w.out.err
	}
	if p.Rotation%90 != 0 || p.Rotation < 0 || p.Rotation > 270 {
		return fmt.Errorf("rotation %d", p.Rotation)
	}
	if math.IsNaN(p.Skew) || math.Abs(p.Skew) > 45 {
		return fmt.Errorf("skew %v", p.Skew)
	}
	for _, s := range p.Stamps {
		if err := w.stamp.can(s.Text); err != nil {
			return err
		}
	}
	w.picture.Reset()
	if _, err := w.picture.ReadFrom(io.LimitReader(p.Picture, maxBytes+1)); err != nil {
		return err
	}
	pic, err := parse(w.picture.Bytes(), p.Format)
	if err != nil {
		return err
	}
	if p.W != 0 && p.W != pic.w || p.H != 0 && p.H != pic.h {
		return fmt.Errorf("picture is %d×%d, not %d×%d: %w", pic.w, pic.h, p.W, p.H, ErrPicture)
	}
	if len(w.pages)%fan == 0 {
		w.nodes = append(w.nodes, node{id: w.out.reserve()})
	}
	leaf := &w.nodes[len(w.nodes)-1]
	image, content, page := w.out.reserve(), w.out.reserve(), w.out.reserve()
	w.out.raw(image, pic.dict, pic.data...)
	s := newSheet(pic.w, pic.h, p)
	w.content = s.picture(w.content[:0])
	w.content = s.text(w.content, p.Words, &w.layer)
	w.content = s.stamps(w.content, p.Stamps, w.stamp)
	w.out.stream(content, "", w.content)
	w.out.object(page, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>%s>>>>",
		leaf.id, num(max(s.w, 3)), num(max(s.h, 3)), content, image, w.fonts(p))
	leaf.kids, leaf.count = append(leaf.kids, page), leaf.count+1
	w.labels.add(len(w.pages), p.Label)
	w.pages = append(w.pages, page)
	for _, m := range w.next {
		m.page = page
		w.marks = append(w.marks, m)
	}
	w.next = nil
	return w.out.err
}

// fonts is the entry of the page's resources for the fonts it uses.
func (w *Writer) fonts(p Page) string {
	var s string
	if len(p.Words) > 0 {
		s = fmt.Sprintf("/F %d 0 R", w.layer.id)
	}
	if len(p.Stamps) > 0 {
		s += fmt.Sprintf("/S %d 0 R", w.stamp.id)
	}
	if s == "" {
		return ""
	}
	return "/Font<<" + s + ">>"
}

// Attach puts a file inside a 3b file (19005-3, 6.8). The other levels take none.
func (w *Writer) Attach(a Attachment) (err error) {
	defer fault.Wrap(&err, "attach %s", a.Name)
	if w.meta.Level != A3B {
		return errors.New("only level 3b carries attachments")
	}
	switch a.Relation {
	case "Source", "Data", "Alternative", "Supplement", "Unspecified":
	default:
		return fmt.Errorf("relation %q", a.Relation)
	}
	data, err := io.ReadAll(a.Data)
	if err != nil {
		return err
	}
	file, spec := w.out.reserve(), w.out.reserve()
	w.out.stream(file, fmt.Sprintf("/Type/EmbeddedFile/Subtype%s/Params<</Size %d/ModDate(%s)>>", name(a.MIME), len(data), date(a.Time)), data)
	w.out.object(spec, "<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/%s/EF<</F %d 0 R/UF %d 0 R>>>>",
		text(a.Name), text(a.Name), text(a.Note), a.Relation, file, file)
	w.files = append(w.files, attached{a.Name, spec})
	return w.out.err
}

// Close writes what the pages need in common and ends the file. It does not close
// the writer below.
func (w *Writer) Close() error {
	if len(w.pages) == 0 && w.out.err == nil {
		return errors.New("pdfa: a file without pages")
	}
	w.layer.write(w.out)
	if w.stamp != nil {
		w.stamp.write(w.out)
	}
	w.pageTree()
	w.out.object(w.info, "%s", w.meta.info())
	w.out.raw(w.xmp, "/Type/Metadata/Subtype/XML", []byte(w.meta.xmp())) // 19005-1, 6.7.2: not compressed
	var more []byte
	more = append(more, w.labels.dict()...)
	if id := w.outline(); id != 0 {
		more = fmt.Appendf(more, "/PageMode/UseOutlines/Outlines %d 0 R", id)
	}
	more = append(more, w.attachments()...)
	w.out.object(w.catalog, "<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/Lang(vi-VN)/ViewerPreferences<</DisplayDocTitle true>>"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>]%s>>",
		w.tree, w.xmp, w.intent, more)
	return w.out.close(w.catalog, w.info)
}

// fan is how many children a node of the page tree has. A viewer that opens page
// 4,000 then reads two short nodes, and no array passes the 8,191 elements that
// PDF 1.4 allows (19005-1, 6.1.12).
const fan = 64

type node struct {
	id, count int
	kids      []int
}

// pageTree writes the nodes, bottom up (32000, 7.7.3.2).
func (w *Writer) pageTree() {
	level := w.nodes
	for len(level) > 1 {
		var up []node
		for i, n := range level {
			if i%fan == 0 {
				up = append(up, node{id: w.out.reserve()})
			}
			p := &up[len(up)-1]
			p.kids, p.count = append(p.kids, n.id), p.count+n.count
			w.node(n, p.id)
		}
		level = up
	}
	// The root has a number of its own, given out before the first page was seen.
	if len(level) == 1 {
		w.node(level[0], w.tree)
		w.node(node{id: w.tree, count: level[0].count, kids: []int{level[0].id}}, 0)
	}
}

func (w *Writer) node(n node, parent int) {
	b := fmt.Appendf(nil, "<</Type/Pages/Count %d", n.count)
	if parent != 0 {
		b = fmt.Appendf(b, "/Parent %d 0 R", parent)
	}
	b = append(b, "/Kids["...)
	for _, k := range n.kids {
		b = fmt.Appendf(b, "%d 0 R ", k)
	}
	w.out.object(n.id, "%s]>>", b)
}

// outline writes the bookmarks as a tree (32000, 12.3.3) and returns its root, or
// 0 if there are none. All entries stand open.
func (w *Writer) outline() int {
	if len(w.marks) == 0 {
		return 0
	}
	type entry struct {
		mark
		id, parent, prev, next, first, last, below int
	}
	all := make([]entry, len(w.marks)+1) // all[0] is the root
	all[0] = entry{mark: mark{level: -1}, id: w.out.reserve(), parent: -1}
	path := []int{0}
	for i, m := range w.marks {
		i++
		all[i] = entry{mark: m, id: w.out.reserve()}
		for all[path[len(path)-1]].level >= m.level {
			path = path[:len(path)-1]
		}
		up := path[len(path)-1]
		all[i].parent, all[i].prev = up, all[up].last
		if all[up].last == 0 {
			all[up].first = i
		} else {
			all[all[up].last].next = i
		}
		all[up].last = i
		for _, j := range path {
			all[j].below++
		}
		path = append(path, i)
	}
	for i, e := range all {
		var b []byte
		if i == 0 {
			b = append(b, "<</Type/Outlines"...)
		} else {
			b = fmt.Appendf(b, "<</Title%s/Parent %d 0 R/Dest[%d 0 R/Fit]", text(e.title), all[e.parent].id, e.page)
		}
		for _, l := range []struct {
			key string
			i   int
		}{{"Prev", e.prev}, {"Next", e.next}, {"First", e.first}, {"Last", e.last}} {
			if l.i != 0 {
				b = fmt.Appendf(b, "/%s %d 0 R", l.key, all[l.i].id)
			}
		}
		if e.below > 0 {
			b = fmt.Appendf(b, "/Count %d", e.below)
		}
		w.out.object(e.id, "%s>>", b)
	}
	return all[0].id
}

// labels gathers page labels (32000, 12.4.2). Folios count on, so a file of one
// sitting needs one entry however many pages it has.
type labels struct {
	nums   []byte
	prefix string
	n      int // the number the next page has if it continues the last range; 0 if none can
	any    bool
}

func (l *labels) add(page int, label string) {
	l.any = l.any || label != ""
	if label == "" {
		label = strconv.Itoa(page + 1)
	}
	prefix, n := label, 0
	i := len(label)
	for i > 0 && label[i-1] >= '0' && label[i-1] <= '9' {
		i--
	}
	for i < len(label) && label[i] == '0' {
		i++ // "BL 01" counts on as "BL 0" and 1
	}
	if v, err := strconv.Atoi(label[i:]); err == nil && v < 1<<30 {
		prefix, n = label[:i], v
	}
	if n > 0 && n == l.n && prefix == l.prefix {
		l.n++
		return
	}
	l.nums = fmt.Appendf(l.nums, "%d<<", page)
	if prefix != "" {
		l.nums = fmt.Appendf(l.nums, "/P%s", text(prefix))
	}
	if n > 0 {
		l.nums = fmt.Appendf(l.nums, "/S/D/St %d", n)
	}
	l.nums = append(l.nums, ">>"...)
	l.prefix, l.n = prefix, 0
	if n > 0 {
		l.n = n + 1
	}
}

func (l *labels) dict() string {
	if !l.any {
		return ""
	}
	return "/PageLabels<</Nums[" + string(l.nums) + "]>>"
}

// attachments is the part of the catalog that lists the files inside.
func (w *Writer) attachments() string {
	if len(w.files) == 0 {
		return ""
	}
	af, names := "/AF[", "/Names<</EmbeddedFiles<</Names["
	for _, f := range sortedByName(w.files) {
		af += fmt.Sprintf("%d 0 R ", f.spec)
		names += fmt.Sprintf("%s %d 0 R ", text(f.name), f.spec)
	}
	return af + "]" + names + "]>>>>"
}
