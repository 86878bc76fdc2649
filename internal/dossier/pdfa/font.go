package pdfa

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf16"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// font is the font of the invisible text: as many characters as the file uses, and
// one glyph, empty and half as wide as the text is high, for all of them. Each
// character gets a code when it is first met, and ToUnicode says what it is; a
// viewer never has to guess (19005-2, 6.2.11.7).
type font struct {
	id    int
	codes map[rune]uint16
	runes []rune // runes[i] has code i+1
}

func newFont(id int) font { return font{id: id, codes: map[rune]uint16{}} }

func (f *font) used() bool { return len(f.runes) > 0 }

func (f *font) code(r rune) uint16 {
	c, ok := f.codes[r]
	if !ok && len(f.runes) < 0xfffe {
		f.runes = append(f.runes, r)
		c = uint16(len(f.runes))
		f.codes[r] = c
	}
	return c
}

// show writes s stretched to width, in units of the font size.
func (f *font) show(b []byte, s string, width float64) []byte {
	var code []byte
	for _, r := range s {
		// 19005-2, 6.2.11.7.2: these may not stand in ToUnicode.
		if r == 0 || r == 0xfeff || r == 0xfffe {
			continue
		}
		code = binary.BigEndian.AppendUint16(code, f.code(r))
	}
	if len(code) == 0 {
		return b
	}
	b = nums(b, 100*width/(float64(len(code)/2)*glyphWidth/1000))
	b = append(b, "Tz <"...)
	b = hex.AppendEncode(b, code)
	return append(b, "> Tj\n"...)
}

// glyphWidth is the advance of the empty glyph, in thousandths.
const glyphWidth = 500

// write writes the font as a Type 0 font over a CIDFontType2 (32000, 9.7), if any
// text was written.
func (f *font) write(o *objects) {
	if !f.used() {
		// Its number was given out; it must be an object.
		o.object(f.id, "null")
		return
	}
	ttf := glyphless()
	toGID := make([]byte, 2*(len(f.runes)+1))
	uni := make([]mapping, len(f.runes))
	for i, r := range f.runes {
		toGID[2*i+3] = 1
		uni[i] = mapping{uint16(i + 1), r}
	}
	gid := o.reserve()
	o.stream(gid, "", toGID)
	composite{
		id: f.id, name: "CongMinhBlank", ttf: ttf, toGID: fmt.Sprintf("%d 0 R", gid), toUnicode: uni,
		widths: fmt.Sprintf("/DW %d", glyphWidth), flags: 1 | 4, box: [4]int{0, -200, glyphWidth, 800}, ascent: 800, descent: -200, capHeight: 700,
	}.write(o)
}

// mapping says which character a code stands for.
type mapping struct {
	code uint16
	r    rune
}

// composite is what a Type 0 font with an embedded TrueType program is made of.
type composite struct {
	id                         int
	name                       string
	ttf                        []byte
	toGID                      string
	toUnicode                  []mapping
	widths                     string
	flags                      int
	box                        [4]int
	ascent, descent, capHeight int
}

func (c composite) write(o *objects) {
	cid, desc, file, uni := o.reserve(), o.reserve(), o.reserve(), o.reserve()
	o.object(c.id, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", c.name, cid, uni)
	o.object(cid, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R%s/CIDToGIDMap %s>>",
		c.name, desc, c.widths, c.toGID)
	o.object(desc, "<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		c.name, c.flags, c.box[0], c.box[1], c.box[2], c.box[3], c.ascent, c.descent, c.capHeight, file)
	o.stream(file, fmt.Sprintf("/Length1 %d", len(c.ttf)), c.ttf)
	o.stream(uni, "", toUnicode(c.toUnicode))
}

// toUnicode is a CMap from codes to UTF-16 (32000, 9.10.3), at most 100 in a block.
func toUnicode(ms []mapping) []byte {
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe)/Ordering (UCS)/Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	for block := range slices.Chunk(ms, 100) {
		b = fmt.Appendf(b, "%d beginbfchar\n", len(block))
		for _, m := range block {
			b = fmt.Appendf(b, "<%04X><", m.code)
			for _, u := range utf16.Encode([]rune{m.r}) {
				b = fmt.Appendf(b, "%04X", u)
			}
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}

// glyphless is a TrueType program (ISO 14496-22) with two glyphs: .notdef and the
// empty one. It is made here, so there is nobody's licence to keep.
func glyphless() []byte {
	u16 := func(vs ...int) (b []byte) {
		for _, v := range vs {
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		}
		return b
	}
	tables := []struct {
		tag  string
		data []byte
	}{ // in the order of their tags, as the directory must be
		{"glyf", make([]byte, 12)}, // .notdef: no contour, no instruction
		{"head", slices.Concat(u16(1, 0, 1, 0, 0, 0, 0x5f0f, 0x3cf5, 0, 1000), make([]byte, 16), u16(0, 0, 0, 0, 0, 8, 2, 0, 0))},
		{"hhea", u16(1, 0, 800, -200, 0, glyphWidth, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)},
		{"hmtx", u16(glyphWidth, 0, 0)}, // one width for both
		{"loca", u16(0, 6, 6)},          // in words: .notdef 12 bytes, the other none
		{"maxp", u16(1, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)},
	}
	const n = 6
	out := u16(1, 0, n, 64, 2, n*16-64)
	at := len(out) + 16*n
	var body []byte
	for _, t := range tables {
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(t.data))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	head := at + 12 // glyf stands before it
	out = append(out, body...)
	binary.BigEndian.PutUint32(out[head+8:], 0xb1b0afba-checksum(out))
	return out
}

func checksum(b []byte) (sum uint32) {
	for len(b)%4 != 0 {
		b = append(b[:len(b):len(b)], 0)
	}
	for ; len(b) > 0; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	return sum
}

// stampFont is a real font, for what is seen.
type stampFont struct {
	id    int
	ttf   []byte
	f     *sfnt.Font
	buf   sfnt.Buffer
	gids  map[uint16]rune
	width map[uint16]int
}

func newStampFont(ttf []byte, o *objects) (*stampFont, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("stamp font: %w", err)
	}
	return &stampFont{id: o.reserve(), ttf: ttf, f: f, gids: map[uint16]rune{}, width: map[uint16]int{}}, nil
}

// can reports whether the font has a glyph for all of s. A box in place of a letter
// is no folio number, and 19005-2, 6.2.11.8 forbids it.
func (f *stampFont) can(s string) error {
	if f == nil {
		return errors.New("a stamp needs Meta.Font")
	}
	for _, r := range norm.NFC.String(s) {
		if g, err := f.f.GlyphIndex(&f.buf, r); err != nil || g == 0 {
			return fmt.Errorf("the stamp font has no %q", r)
		}
	}
	return nil
}

// thousandths measures in thousandths of the font size.
func (f *stampFont) thousandths(v fixed.Int26_6) int {
	return int((int64(v)*1000 + int64(f.em())/2) / int64(f.em()))
}

func (f *stampFont) em() fixed.Int26_6 { return fixed.I(int(f.f.UnitsPerEm())) }

// code returns s as a string object of glyph numbers, and its width in font sizes.
func (f *stampFont) code(s string) (code []byte, width float64) {
	code = append(code, '<')
	for _, r := range norm.NFC.String(s) {
		g, _ := f.f.GlyphIndex(&f.buf, r) // can has asked
		gid := uint16(g)
		if _, ok := f.gids[gid]; !ok {
			f.gids[gid] = r
			if adv, err := f.f.GlyphAdvance(&f.buf, g, f.em(), xfont.HintingNone); err == nil {
				f.width[gid] = f.thousandths(adv)
			}
		}
		code = fmt.Appendf(code, "%04X", gid)
		width += float64(f.width[gid]) / 1000
	}
	return append(code, '>'), width
}

func (f *stampFont) write(o *objects) {
	if len(f.gids) == 0 {
		o.object(f.id, "null")
		return
	}
	c := composite{id: f.id, ttf: f.ttf, toGID: "/Identity", flags: 4}
	c.name, _ = f.f.Name(&f.buf, sfnt.NameIDPostScript)
	if c.name = name(c.name)[1:]; c.name == "" {
		c.name = "Stamp"
	}
	c.widths = "/W["
	for _, gid := range slices.Sorted(maps.Keys(f.gids)) {
		c.widths += fmt.Sprintf("%d[%d]", gid, f.width[gid])
		c.toUnicode = append(c.toUnicode, mapping{gid, f.gids[gid]})
	}
	c.widths += "]"
	if b, err := f.f.Bounds(&f.buf, f.em(), xfont.HintingNone); err == nil { // y grows downwards there
		c.box = [4]int{f.thousandths(b.Min.X), -f.thousandths(b.Max.Y), f.thousandths(b.Max.X), -f.thousandths(b.Min.Y)}
	}
	if m, err := f.f.Metrics(&f.buf, f.em(), xfont.HintingNone); err == nil {
		c.ascent, c.descent, c.capHeight = f.thousandths(m.Ascent), -f.thousandths(m.Descent), f.thousandths(m.CapHeight)
	}
	c.write(o)
}
