package paper

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"congminh/internal/dossier/reading"
	"congminh/internal/kit/civil"
	"congminh/internal/kit/vn"
)

// word is a word with its plain form.
type word struct {
	raw, plain string
	box        reading.Box
	c          float64 // 0–1
	page       int     // n of its sheet
	line       int     // index into the lines of its sheet
}

// line is one line of one column.
type line struct {
	words []word
	plain string
	raw   string
	upper bool // in capitals
	box   reading.Box
}

// sheet is a page made ready for comparing.
type sheet struct {
	n     int // index into the pages given, from 1
	w, h  int
	blank bool
	hash  uint64
	codes []reading.Barcode
	lines []line
	words []word
	motto int // line of the name of the state, or -1

	titles map[string]titled // found already
}

var mottos = [][]rune{[]rune("cong hoa xa hoi chu nghia viet nam"), []rune("doc lap tu do hanh phuc"), []rune("cong hoa xa hoi")}

func newSheet(p reading.Page, n int) *sheet {
	s := &sheet{n: n, w: p.W, h: p.H, hash: p.Hash, codes: p.Barcodes, motto: -1, titles: map[string]titled{}}
	ws := p.Words
	if len(ws) == 0 {
		for i, l := range strings.Split(p.Text, "\n") {
			for _, t := range strings.Fields(l) {
				ws = append(ws, reading.Word{T: t, Line: i, C: int(p.Confidence)})
			}
		}
	}
	for _, l := range (reading.Page{Words: ws}).Lines() {
		for _, part := range columns(l) {
			s.add(part)
		}
	}
	s.blank = p.Blank || len(s.words) == 0
	for i, l := range s.lines {
		if i < 14 && mottoAt(l.plain) == 0 {
			s.motto = i
			break
		}
	}
	return s
}

// columns cuts a line at gaps too wide for a space: a reader often takes the left
// and the right column of a head for one line.
func columns(l []reading.Word) [][]reading.Word {
	var out [][]reading.Word
	from := 0
	for i := 1; i < len(l); i++ {
		h := max(l[i].Box.H(), l[i-1].Box.H())
		if l[i].Box != (reading.Box{}) && l[i].Box[0]-l[i-1].Box[2] > 5*h/2 {
			out = append(out, l[from:i])
			from = i
		}
	}
	return append(out, l[from:])
}

func (s *sheet) add(ws []reading.Word) {
	var l line
	var plains, raws []string
	up, letters := 0, 0
	for _, w := range ws {
		if strings.TrimSpace(w.T) == "" {
			continue
		}
		c := float64(w.C) / 100
		if w.C <= 0 {
			c = .6
		}
		x := word{raw: w.T, plain: plain(w.T), box: w.Box, c: min(1, c), page: s.n, line: len(s.lines)}
		for _, r := range w.T {
			if unicode.IsLetter(r) {
				letters++
				if unicode.IsUpper(r) {
					up++
				}
			}
		}
		if x.plain != "" {
			plains = append(plains, x.plain)
		}
		raws = append(raws, x.raw)
		l.words = append(l.words, x)
		l.box = l.box.Union(x.box)
	}
	if len(l.words) == 0 {
		return
	}
	l.plain, l.raw = strings.Join(plains, " "), strings.Join(raws, " ")
	l.upper = letters >= 3 && up*10 >= letters*7
	// The two columns of a head stand so close in some offices that only the words
	// tell them apart.
	if len(s.lines) < 14 {
		if at := mottoAt(l.plain); at > 0 {
			if k := strings.Count(l.plain[:at], " "); k > 0 && k < len(ws) {
				s.add(ws[:k])
				s.add(ws[k:])
				return
			}
		}
	}
	s.lines = append(s.lines, l)
	s.words = append(s.words, l.words...)
}

// mottoAt is where the name of the state or its motto begins in a line, or -1.
func mottoAt(text string) int {
	if len(text) < 14 {
		return -1
	}
	for _, m := range mottos {
		if at := within(m, []rune(text), len(m)/5); at >= 0 {
			for at > 0 && at < len(text) && text[at-1] != ' ' {
				at--
			}
			if at <= 2 {
				at = 0
			}
			return at
		}
	}
	return -1
}

// trust is how well the page was read.
func (s *sheet) trust() float64 {
	if len(s.words) == 0 {
		return 0
	}
	var sum float64
	for _, w := range s.words {
		sum += w.c
	}
	return .5 + .5*sum/float64(len(s.words))
}

func boxOf(ws []word) (b reading.Box, c float64) {
	for _, w := range ws {
		b = b.Union(w.box)
		c += w.c
	}
	if len(ws) > 0 {
		c /= float64(len(ws))
	}
	return b, c
}

func field(value string, sure float64, ws []word) Field {
	if len(ws) == 0 || value == "" {
		return Field{}
	}
	b, c := boxOf(ws)
	return Field{value, sure * c, ws[0].page, b}
}

func isLower(r rune) bool { return unicode.IsLower(r) }

// separator reports whether the page is a sheet laid between papers.
func (s *sheet) separator() (Meta, bool) {
	for _, c := range s.codes {
		if m, ok := Separator(c.Text); ok {
			return m, true
		}
	}
	return Meta{}, false
}

var pageNumber = regexp.MustCompile(`^(?:trang )?(\d{1,3})(?: (?:tren )?\d{1,3})?$`)

// printed is the page number printed at the head or the foot of the page, or 0.
func (s *sheet) printed() int {
	for i, l := range s.lines {
		top := i < 3 && (s.h == 0 || l.box == (reading.Box{}) || l.box[3]*8 < s.h)
		foot := i == len(s.lines)-1 && s.h > 0 && l.box[1]*10 > s.h*9
		if !top && !foot {
			continue
		}
		if m := pageNumber.FindStringSubmatch(l.plain); m != nil && len(l.words) <= 3 {
			n, _ := strconv.Atoi(m[1])
			return n
		}
	}
	return 0
}

// ends reports whether a paper seems to end on this page: someone signs, or it is
// said who gets it.
func (s *sheet) ends() bool {
	for _, l := range s.lines[len(s.lines)/3:] {
		if l.plain == "noi nhan" || strings.HasPrefix(l.plain, "noi nhan") {
			return true
		}
		if _, ok := postOf(l); ok {
			return true
		}
	}
	return false
}

// head is the number of lines above the title, where agency, number and day stand.
func (s *sheet) head() int {
	t := s.title("")
	if t.ok {
		return t.line
	}
	return min(14, len(s.lines))
}

var agencyWords = []string{"vien kiem sat", "vien ksnd", "cong an", "co quan", "toa an", "uy ban", "hoi dong", "phong", "trai tam giam", "nha tam giu", "bo cong an", "bo quoc phong", "chi cuc", "cuc", "vien khoa hoc", "vien phap y", "trung tam", "benh vien", "so tu phap", "so y te", "so tai chinh", "so nong nghiep", "so xay dung", "so noi vu", "so cong thuong", "so giao duc", "ngan hang", "bo doi", "don bien phong", "hat kiem lam", "doi", "tram", "van phong", "to chuc"}

func startsAgency(text string) bool {
	r := []rune(text)
	for _, a := range agencyWords {
		if len(a) <= 6 {
			if text == a || strings.HasPrefix(text, a+" ") {
				return true
			}
		} else if d, _ := prefix([]rune(a), r, 1+len(a)/8); d <= 1+len(a)/8 {
			return true
		}
	}
	return false
}

// numbered reports whether a line holds the number of a paper, however badly read.
func (l line) numbered() bool {
	if strings.HasPrefix(l.plain, "so ") && strings.ContainsAny(l.plain, "0123456789") {
		return true
	}
	for _, w := range strings.Fields(l.plain) {
		if w == "csdt" || w == "kths" || w == "hddg" || strings.HasPrefix(w, "vkskv") || strings.HasPrefix(w, "qd") {
			return true
		}
	}
	return false
}

// agencies are the lines of the left head, one slice for each agency, from the
// highest down.
func (s *sheet) agencies() [][]line {
	var out [][]line
	for i, l := range s.lines[:s.head()] {
		if !l.upper || mottoAt(l.plain) >= 0 || i > 14 || l.numbered() {
			continue
		}
		if s.w > 0 && l.box != (reading.Box{}) && l.box[0]+l.box[2] > s.w*5/4 {
			continue // stands in the right half
		}
		switch {
		case startsAgency(l.plain):
			out = append(out, []line{l})
		case len(out) > 0 && len(l.plain) >= 4*len(l.words)-1 || len(out) > 0 && strings.HasPrefix(l.plain, "khu vuc"):
			out[len(out)-1] = append(out[len(out)-1], l)
		}
	}
	return out
}

func (s *sheet) issuer() Field {
	var (
		names []string
		ws    []word
	)
	for _, a := range s.agencies() {
		var parts []string
		for _, l := range a {
			parts = append(parts, l.raw)
			ws = append(ws, l.words...)
		}
		names = append([]string{mend(vn.Clean(strings.Join(parts, " ")))}, names...)
	}
	if len(names) > 3 {
		names = names[:3]
	}
	return field(strings.Join(names, ", "), .95, ws)
}

// agencyNames are the parts of the names of agencies that are the same everywhere.
var agencyNames = []string{"VIỆN KIỂM SÁT NHÂN DÂN", "CƠ QUAN CẢNH SÁT ĐIỀU TRA", "CƠ QUAN AN NINH ĐIỀU TRA", "CÔNG AN TỈNH", "CÔNG AN THÀNH PHỐ", "CÔNG AN PHƯỜNG", "TÒA ÁN NHÂN DÂN", "ỦY BAN NHÂN DÂN", "PHÒNG KỸ THUẬT HÌNH SỰ", "HỘI ĐỒNG ĐỊNH GIÁ TÀI SẢN", "KHU VỰC"}

// mend writes the well-known parts of the name of an agency as they should be where a
// letter or two were misread.
func mend(name string) string {
	ws := strings.Fields(name)
	for _, a := range agencyNames {
		want := strings.Fields(a)
		text := []rune(plain(a))
		for i := 0; i+len(want) <= len(ws); i++ {
			got := []rune(plain(strings.Join(ws[i:i+len(want)], " ")))
			if d := distance(text, got, len(text)/6); d <= len(text)/6 {
				copy(ws[i:], want)
			}
		}
	}
	return strings.Join(ws, " ")
}

var (
	numberRe = regexp.MustCompile(`(?i)(?:^|\s)(s[\p{L}06]{1,2}|s)\s*[:;.,]?\s*([0-9oilsbz]{1,5}[a-z]?)((?:\s*/\s*[0-9]{4})?\s*[/|]\s*[\p{L}0-9]+(?:\s?[-–—_.]\s?[\p{L}0-9]+)*(?:\s*/\s*[\p{L}0-9]+(?:\s?[-–—]\s?[\p{L}0-9]+)*)?)`)
	bareRe   = regexp.MustCompile(`(?i)^()([0-9]{1,5}[a-z]?)((?:\s*/\s*[0-9]{4})?\s*/\s*[\p{Lu}0-9]+(?:\s?[-–—]\s?[\p{Lu}0-9]+)+)$`)
	// The stroke of a number is often lost in the rule above it, or taken for a letter.
	strokeRe = regexp.MustCompile(`(?i)^(s[\p{L}06]{1,2})\s*[:;.,]?\s*([0-9]{1,4})\s*[nfil1|\\!)]?\s*((?:q[đdðb]|ltg|lb|lkx|yc|ycđt|gtt|kl|klđt|pnk|ct|tb|vks[\p{L}0-9]*)\s?[-–—]\s?[\p{L}0-9]+)`)
)

// number is the number of the paper, from the head.
func (s *sheet) number() Field {
	for pass, re := range []*regexp.Regexp{numberRe, bareRe, strokeRe} {
		for _, l := range s.lines[:min(len(s.lines), s.head()+2, 18)] {
			m := re.FindStringSubmatchIndex(l.raw)
			if m == nil || strings.HasPrefix(l.plain, "mau") || strings.HasPrefix(l.plain, "theo") || strings.HasPrefix(l.plain, "ban hanh") { // of the form
				continue
			}
			n := digits(l.raw[m[4]:m[5]])
			if strings.Trim(n, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || n == "" || n[0] < '0' || n[0] > '9' {
				continue
			}
			rest := symbol(l.raw[m[6]:m[7]])
			if rest[0] != '/' {
				rest = "/" + rest
			}
			return field(n+rest, []float64{.97, .7, .5}[pass], l.span(m[4], m[7]))
		}
	}
	return Field{}
}

// span is the words of l between two places in raw.
func (l line) span(from, to int) []word {
	var out []word
	at := 0
	for _, w := range l.words {
		if at < to && at+len(w.raw) > from {
			out = append(out, w)
		}
		at += len(w.raw) + 1
	}
	return out
}

var lookalike = strings.NewReplacer("o", "0", "O", "0", "i", "1", "I", "1", "l", "1", "L", "1", "s", "5", "S", "5", "b", "8", "B", "8", "z", "2", "Z", "2")

// digits mends figures that were read as letters. A letter at the end may be one:
// number 15a stands between 15 and 16.
func digits(s string) string {
	if s == "" {
		return s
	}
	head, last := s[:len(s)-1], s[len(s)-1:]
	head = lookalike.Replace(head)
	if strings.ContainsAny(last, "oOiIlLsSzZ") || head == "" {
		last = lookalike.Replace(last)
	}
	return head + last
}

// symbols are the abbreviations in numbers of papers whose marks get lost.
var symbols = []string{"QĐ", "LTG", "LB", "LKX", "LKB", "YC", "YCĐT", "GTT", "GM", "KL", "KLĐT", "PNK", "CT", "CV", "TB", "BC", "KN", "KH", "LGTG", "CSĐT", "CSKT", "ANĐT", "VPCQCSĐT", "CSMT", "KTHS", "PC01", "PC02", "PC04", "PC09", "HĐĐG", "HS", "HĐXX", "TA", "TAND", "HSST", "HSPT", "VKS", "VKSTC", "VKSND", "CQĐT", "ĐTTH", "CSHS", "CAP", "CAX", "UBND", "TTPY", "GĐPY", "KLGĐ", "KLĐG", "PY"}

// symbol mends the part of a number behind the figures.
func symbol(s string) string {
	var b strings.Builder
	part := func(p string) string {
		p = strings.ToUpper(p)
		p = strings.NewReplacer("Ð", "Đ", "Ɖ", "Đ").Replace(p)
		for _, k := range symbols {
			if vn.Fold(k) == vn.Fold(p) {
				return k
			}
		}
		return p
	}
	cur := ""
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
		case r == '/' || r == '|':
			b.WriteString(part(cur) + "/")
			cur = ""
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			cur += string(r)
		default:
			b.WriteString(part(cur) + "-")
			cur = ""
		}
	}
	return b.String() + part(cur)
}

// titled is a title that was found.
type titled struct {
	ok   bool
	kind int
	sim  float64
	line int // first line of it
	text string
	box  reading.Box
}

var notTitle = []string{"vien truong vien", "vien truong", "thu truong", "pho thu truong", "can cu", "kinh gui", "hoi ", "hom nay", "dieu 1", "ho va ten", "chanh an", "toi ten", "vao hoi"}

func stopsTitle(text string) bool {
	for _, n := range notTitle {
		if strings.HasPrefix(text, n) {
			return true
		}
	}
	return false
}

// title finds the title and the kind that fits it best. maker, if known, settles
// between papers of the same title that several agencies make.
func (s *sheet) title(maker string) titled {
	if t, ok := s.titles[maker]; ok {
		return t
	}
	t := s.findTitle(maker)
	s.titles[maker] = t
	return t
}

func (s *sheet) findTitle(maker string) titled {
	c := data()
	best, out := 0.0, titled{}
	for i, l := range s.lines {
		if i >= 26 || s.h > 0 && l.box[1]*3 > s.h*2 {
			break
		}
		if !(l.upper || s.centred(l)) || mottoAt(l.plain) >= 0 || l.plain == "" {
			continue
		}
		head, _, _ := strings.Cut(l.plain, " ")
		text := []rune(l.plain)
		end := i + 1
		for ; end < len(s.lines) && end < i+6 && len(text) < 170; end++ {
			if n := s.lines[end]; stopsTitle(n.plain) || n.plain == "" || mottoAt(n.plain) >= 0 {
				break
			}
			text = append(append(text, ' '), []rune(s.lines[end].plain)...)
		}
		texts := [][]rune{text}
		if k := strings.Index(string(text), " ve viec "); k >= 0 && k < 14 {
			texts = append(texts, []rune(strings.Replace(string(text), " ve viec ", " ", 1)))
		}
		for _, t := range c.titles {
			if !like(head, t.head) {
				continue
			}
			limit := len(t.text)/7 + 1
			for _, text := range texts {
				d, n := prefix(t.text, text, limit)
				if d > limit {
					continue
				}
				value := float64(len(t.text)) - 4*float64(d) - .4*float64(i)
				if k := c.Kinds[t.kind].Issuer; k != "" && maker != "" && k != maker {
					value -= 7
				} else if k == "vks" && maker == "" {
					value -= 2
				}
				if !l.upper {
					value -= 3
				}
				if n < len(text) && text[n] != ' ' && n > 0 && text[n-1] != ' ' {
					value -= 3 // ends inside a word
				}
				if value > best {
					best = value
					out = titled{ok: true, kind: t.kind, sim: 1 - float64(d)/float64(len(t.text)), line: i}
					out.text, out.box = s.printedTitle(i, end, n)
				}
			}
		}
	}
	return out
}

// printedTitle is the text of the lines from i that hold n letters of the title, and
// those after them that go on in capitals.
func (s *sheet) printedTitle(i, end, n int) (string, reading.Box) {
	var parts []string
	var box reading.Box
	seen := 0
	for j := i; j < end; j++ {
		l := s.lines[j]
		if seen >= n-1 && !(l.upper && s.centred(l)) {
			break
		}
		parts = append(parts, l.raw)
		box = box.Union(l.box)
		seen += len([]rune(l.plain)) + 1
	}
	return strings.Join(parts, " "), box
}

// centred reports whether a line stands in the middle of the page and is short.
func (s *sheet) centred(l line) bool {
	if s.w == 0 || l.box == (reading.Box{}) {
		return false
	}
	mid := (l.box[0]+l.box[2])/2 - s.w/2
	return mid > -s.w/9 && mid < s.w/9 && l.box.W()*10 < s.w*7 && l.box[0]*5 > s.w
}

// letter reports whether this is an official letter, which has no title but a
// subject under its number.
func (s *sheet) letter() (reading.Box, bool) {
	if s.motto < 0 {
		return reading.Box{}, false
	}
	for i, l := range s.lines {
		if i > 20 {
			break
		}
		if strings.HasPrefix(l.plain, "v v ") || strings.HasPrefix(l.plain, "vv ") || strings.HasPrefix(l.plain, "ve viec ") && i < s.motto+8 {
			return l.box, true
		}
		if strings.HasPrefix(l.plain, "kinh gui") && s.number().Value != "" {
			return l.box, true
		}
	}
	return reading.Box{}, false
}

// day reads "ngày 10 tháng 3 năm 2026" whose "10" is word i; one of the words between
// the figures may be lost or past reading. It returns the words it took, or none. The
// day of a birth or of an identity card is not the day of a paper.
func day(ws []word, i int) (civil.Date, []word) {
	from := i
	if i > 0 && like(ws[i-1].plain, "ngay") {
		from--
	}
	for _, w := range ws[max(0, from-3):from] {
		if like(w.plain, "sinh") || w.plain == "cap" {
			return "", nil
		}
	}
	if m := numeric.FindStringSubmatch(ws[i].raw); m != nil { // 10/3/2026, 10-03-2026
		if d, ok := calendar(m[1], m[2], m[3]); ok {
			return d, ws[from : i+1]
		}
	}
	known, lost := i-from, 1-(i-from)
	j := i + 1
	for _, key := range []string{"thang", "nam"} {
		switch {
		case j < len(ws) && like(ws[j].plain, key):
			known++
			j++
		case j < len(ws) && len(ws[j].plain) < 8 && strings.Trim(ws[j].plain, "0123456789") != "" && strings.Trim(lookalike.Replace(ws[j].plain), "0123456789") != "":
			lost++
			j++
		default:
			lost++
		}
		j++
	}
	if j > len(ws) || known < 2 || lost > 1 {
		return "", nil
	}
	month := i + 2
	if lost > 0 && strings.Trim(lookalike.Replace(ws[i+1].plain), "0123456789") == "" {
		month = i + 1 // "tháng" is the word that is gone
	}
	d, ok := calendar(ws[i].plain, ws[month].plain, ws[j-1].plain)
	if !ok {
		return "", nil
	}
	return d, ws[from:j]
}

var numeric = regexp.MustCompile(`^[^\d]{0,2}(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})[^\d]*$`)

func calendar(day, month, year string) (civil.Date, bool) {
	n := [3]int{}
	for i, s := range []string{day, month, year} {
		v, err := strconv.Atoi(lookalike.Replace(s))
		if err != nil {
			return "", false
		}
		n[i] = v
	}
	if n[2] < 1945 || n[2] > 2100 || n[0] > 31 || n[1] > 12 || n[0] < 0 || n[1] < 0 {
		return "", false
	}
	d, err := civil.Parse(strconv.Itoa(n[2]) + "-" + two(n[1]) + "-" + two(n[0]))
	return d, err == nil
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// dateOf is the day of the paper: in the head beside the place; in a minute where it
// begins; in what a person writes before the signature.
func dateOf(sheets []*sheet, title int) Field {
	first, last := sheets[0], sheets[len(sheets)-1]
	// alone reports whether nothing but the day and perhaps the place stands on a line.
	alone := func(l line) bool {
		for i := range l.words {
			if _, took := day(l.words, i); len(took) > 0 {
				return i <= 7 && len(l.words) <= 12 && took[len(took)-1] == l.words[len(l.words)-1] &&
					(took[0] == l.words[0] || strings.HasSuffix(l.words[max(0, i-2)].raw, ",") || strings.HasSuffix(l.words[max(0, i-1)].raw, ","))
			}
		}
		return false
	}
	in := func(ws []word, sure float64) Field {
		for i := range ws {
			if d, took := day(ws, i); len(took) > 0 {
				return field(string(d), sure, took)
			}
		}
		return Field{}
	}
	headEnd := title
	if headEnd == 0 {
		headEnd = min(len(first.lines), 14)
	}
	for i, l := range first.lines {
		if i >= headEnd+2 {
			break
		}
		if len(l.words) > 14 || i >= headEnd && !alone(l) {
			continue
		}
		if f := in(l.words, .97); f.Value != "" {
			return f
		}
	}
	// A minute: "Hồi 9 giờ 00 phút, ngày …", "Hôm nay, ngày …", "Lập ngày …".
	for i, w := range first.words {
		made := w.plain == "lap" || w.plain == "chup"
		opens := i < 2 || first.words[i-2].line != w.line // at the beginning of its line
		if w.line < title || !made && (!opens || i > 260 || !like(w.plain, "hoi") && !like(w.plain, "luc") && (w.plain != "nay" || i == 0 || !like(first.words[i-1].plain, "hom"))) {
			continue
		}
		if f := in(first.words[i:min(len(first.words), i+16)], .9); f.Value != "" {
			return f
		}
	}
	for i := len(last.lines) - 1; i >= len(last.lines)/2; i-- {
		if l := last.lines[i]; alone(l) {
			if f := in(l.words, .8); f.Value != "" {
				return f
			}
		}
	}
	for i, w := range last.words {
		if w.plain == "lap" {
			if f := in(last.words[i:min(len(last.words), i+8)], .75); f.Value != "" {
				return f
			}
		}
	}
	return Field{}
}
