package pades

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"unicode/utf16"

	"congminh/internal/kit/font"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// typeface is the font the visible text is set in, opened once.
type typeface struct {
	sfnt    *sfnt.Font
	tables  map[string][]byte
	em      int
	metrics int // glyphs with a width of their own in hmtx
}

var serif = sync.OnceValues(func() (*typeface, error) { return openFace(font.Serif()) })

func openFace(ttf []byte) (*typeface, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("pades: font: %w", err)
	}
	t := &typeface{sfnt: f, tables: map[string][]byte{}, em: int(f.UnitsPerEm())}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) { // sfnt.Parse has checked the directory
		d := ttf[12+16*i:]
		at, n := binary.BigEndian.Uint32(d[8:]), binary.BigEndian.Uint32(d[12:])
		t.tables[string(d[:4])] = ttf[at : at+n]
	}
	t.metrics = int(binary.BigEndian.Uint16(t.tables["hhea"][34:]))
	if binary.BigEndian.Uint16(t.tables["head"][50:]) != 1 {
		return nil, fmt.Errorf("pades: font: loca is not of 32 bits")
	}
	return t, nil
}

// letters is a subset of a typeface: the glyphs of some characters, numbered anew in
// their order, 0 being the missing one. Once made it does not change, and many may
// set text in it.
type letters struct {
	face   *typeface
	gids   []uint16 // gids[new] is the number in the typeface
	runes  []rune   // what each stands for; 0 for parts of others
	number map[uint16]uint16
	codes  map[rune]uint16

	program, unicode stream // coded: what takes long to make
}

// kept are the subsets that were made: an office seals with the same words all day.
var kept struct {
	sync.Mutex
	letters map[string]*letters
}

// keptLimit bounds what is kept; each takes some 30 KB.
const keptLimit = 64

// lettersFor returns a subset with all characters of words.
func lettersFor(words string) (*letters, error) {
	runes := slices.Compact(slices.Sorted(slices.Values([]rune(norm.NFC.String(words)))))
	key := string(runes)
	kept.Lock()
	defer kept.Unlock()
	if l := kept.letters[key]; l != nil {
		return l, nil
	}
	face, err := serif()
	if err != nil {
		return nil, err
	}
	l, err := newLetters(face, runes)
	if err != nil {
		return nil, err
	}
	if len(kept.letters) >= keptLimit || kept.letters == nil {
		kept.letters = map[string]*letters{}
	}
	kept.letters[key] = l
	return l, nil
}

func newLetters(face *typeface, runes []rune) (*letters, error) {
	l := &letters{face: face, number: map[uint16]uint16{}, codes: map[rune]uint16{}}
	l.add(0, 0)
	var buf sfnt.Buffer
	for _, r := range runes {
		g, err := face.sfnt.GlyphIndex(&buf, r)
		if err != nil || g == 0 { // 19005-2, 6.2.11.8: a box in its place is forbidden
			return nil, fmt.Errorf("pades: the visible text has %q, which the font has not", r)
		}
		l.codes[r] = l.add(uint16(g), r)
	}
	ttf := l.build()
	l.program = flated(ttf, entry{"Length1", raw(strconv.Itoa(len(ttf)))})
	l.unicode = flated(l.toUnicode())
	return l, nil
}

func (l *letters) add(gid uint16, r rune) uint16 {
	n, ok := l.number[gid]
	if !ok {
		n = uint16(len(l.gids))
		l.number[gid] = n
		l.gids, l.runes = append(l.gids, gid), append(l.runes, r)
	}
	return n
}

// code returns a line as a string of two-byte codes. Its characters are among those
// the subset was made for.
func (l *letters) code(line string) string {
	var codes []byte
	for _, r := range norm.NFC.String(line) {
		codes = binary.BigEndian.AppendUint16(codes, l.codes[r])
	}
	return "<" + hex.EncodeToString(codes) + ">"
}

// span is the width of a line in thousandths of the size.
func (l *letters) span(line string) (width int) {
	for _, r := range norm.NFC.String(line) {
		width += l.width(l.codes[r])
	}
	return width
}

func (l *letters) width(n uint16) int {
	i := min(int(l.gids[n]), l.face.metrics-1)
	return (int(binary.BigEndian.Uint16(l.face.tables["hmtx"][4*i:]))*1000 + l.face.em/2) / l.face.em
}

// glyph is the outline of a glyph of the typeface (ISO 14496-22, glyf).
func (t *typeface) glyph(gid uint16) []byte {
	loca := t.tables["loca"][4*int(gid):]
	return t.tables["glyf"][binary.BigEndian.Uint32(loca):binary.BigEndian.Uint32(loca[4:])]
}

// renumber returns a glyph whose parts are named by their new numbers.
func (l *letters) renumber(g []byte) []byte {
	if len(g) < 10 || int16(binary.BigEndian.Uint16(g)) >= 0 {
		return g
	}
	g = slices.Clone(g)
	for at := 10; ; {
		flags := binary.BigEndian.Uint16(g[at:])
		binary.BigEndian.PutUint16(g[at+2:], l.add(binary.BigEndian.Uint16(g[at+2:]), 0))
		at += 6
		if flags&1 != 0 { // ARG_1_AND_2_ARE_WORDS
			at += 2
		}
		switch {
		case flags&8 != 0: // WE_HAVE_A_SCALE
			at += 2
		case flags&0x40 != 0: // WE_HAVE_AN_X_AND_Y_SCALE
			at += 4
		case flags&0x80 != 0: // WE_HAVE_A_TWO_BY_TWO
			at += 8
		}
		if flags&0x20 == 0 { // MORE_COMPONENTS
			return g
		}
	}
}

// build is the subset as a TrueType program with the tables 32000, 9.9 asks for.
func (l *letters) build() []byte {
	var glyf, loca, hmtx []byte
	for i := 0; i < len(l.gids); i++ { // grows while parts are met
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, l.renumber(l.face.glyph(l.gids[i]))...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	for _, gid := range l.gids {
		m := min(int(gid), l.face.metrics-1)
		hmtx = append(hmtx, l.face.tables["hmtx"][4*m:4*m+4]...)
	}
	head, hhea, maxp := slices.Clone(l.face.tables["head"]), slices.Clone(l.face.tables["hhea"]), slices.Clone(l.face.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(l.gids)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(l.gids)))
	return assemble([]table{
		{"cvt ", l.face.tables["cvt "]}, {"fpgm", l.face.tables["fpgm"]}, {"glyf", glyf}, {"head", head}, {"hhea", hhea},
		{"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}, {"prep", l.face.tables["prep"]},
	})
}

type table struct {
	tag  string
	data []byte
}

// assemble writes tables, given in the order of their tags, as a font file.
func assemble(tables []table) []byte {
	tables = slices.DeleteFunc(tables, func(t table) bool { return len(t.data) == 0 })
	n := len(tables)
	steps, log := 1, 0
	for steps*2 <= n {
		steps, log = steps*2, log+1
	}
	out := []byte{0, 1, 0, 0}
	for _, v := range []int{n, steps * 16, log, n*16 - steps*16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at, head := 12+16*n, 0
	var body []byte
	for _, t := range tables {
		if t.tag == "head" {
			head = at + len(body)
		}
		out = append(out, t.tag...)
		for _, v := range []uint32{checksum(t.data), uint32(at + len(body)), uint32(len(t.data))} {
			out = binary.BigEndian.AppendUint32(out, v)
		}
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[head+8:], 0xb1b0afba-checksum(out))
	return out
}

func checksum(b []byte) (sum uint32) {
	for i := 0; i < len(b); i += 4 {
		var word [4]byte
		copy(word[:], b[i:])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}

// write adds the subset as a Type 0 font (32000, 9.7) and returns its number.
func (l *letters) write(r *revision) ref {
	file := r.add(l.program)
	set := make([]byte, (len(l.gids)+7)/8) // 19005-1, 6.3.5: every glyph that is there
	widths := array{}
	for n := range l.gids {
		set[n/8] |= 0x80 >> (n % 8)
		widths = append(widths, raw(strconv.Itoa(l.width(uint16(n)))))
	}
	base := name(l.prefix() + "+LiberationSerif")
	box := func(table string, at int) raw {
		v := int(int16(binary.BigEndian.Uint16(l.face.tables[table][at:])))
		return raw(strconv.Itoa(v * 1000 / l.face.em))
	}
	descriptor := r.add(dict{
		{"Type", name("FontDescriptor")}, {"FontName", base}, {"Flags", raw("4")},
		{"FontBBox", array{box("head", 36), box("head", 38), box("head", 40), box("head", 42)}},
		{"ItalicAngle", raw("0")}, {"Ascent", box("hhea", 4)}, {"Descent", box("hhea", 6)}, {"CapHeight", raw("660")}, {"StemV", raw("80")},
		{"FontFile2", file}, {"CIDSet", r.add(plain(set))},
	})
	cid := r.add(dict{
		{"Type", name("Font")}, {"Subtype", name("CIDFontType2")}, {"BaseFont", base},
		{"CIDSystemInfo", dict{{"Registry", str{raw: "(Adobe)"}}, {"Ordering", str{raw: "(Identity)"}}, {"Supplement", raw("0")}}},
		{"FontDescriptor", descriptor}, {"W", array{raw("0"), widths}}, {"CIDToGIDMap", name("Identity")},
	})
	return r.add(dict{
		{"Type", name("Font")}, {"Subtype", name("Type0")}, {"BaseFont", base}, {"Encoding", name("Identity-H")},
		{"DescendantFonts", array{cid}}, {"ToUnicode", r.add(l.unicode)},
	})
}

// prefix is six capitals that differ with the glyphs (32000, 9.6.4).
func (l *letters) prefix() string {
	h := uint64(14695981039346656037) // FNV-1a
	for _, g := range l.gids {
		h = (h ^ uint64(g)) * 1099511628211
	}
	b := make([]byte, 6)
	for i := range b {
		b[i] = 'A' + byte(h%26)
		h /= 26
	}
	return string(b)
}

// toUnicode is a CMap from codes to UTF-16 (32000, 9.10.3), at most 100 in a block.
func (l *letters) toUnicode() []byte {
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe)/Ordering (UCS)/Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	var lines [][]byte
	for n, r := range l.runes {
		if r == 0 {
			continue
		}
		line := fmt.Appendf(nil, "<%04X><", n)
		for _, u := range utf16.Encode([]rune{r}) {
			line = fmt.Appendf(line, "%04X", u)
		}
		lines = append(lines, append(line, ">\n"...))
	}
	for block := range slices.Chunk(lines, 100) {
		b = fmt.Appendf(b, "%d beginbfchar\n%sendbfchar\n", len(block), slices.Concat(block...))
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}
