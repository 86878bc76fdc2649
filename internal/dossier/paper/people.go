package paper

import (
	"slices"
	"strings"
	"unicode"

	"congminh/internal/dossier/reading"
)

// surnames cover nine in ten people of Viet Nam; one of them makes a name surer.
var surnames = strings.Fields("nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan mai to truong ha cao lam luong luu dao ta chu thai quach phung vuong tong trieu la lo lu vang giang sung hang thao cu lau quang tong cam deo lung luong vi ha ma nong be hua ban phan chao tan a chang mua ho y k siu rmah ksor kpa nay ro rcom h")

// nameAt takes a person's name from ws: two to five words that begin with a capital
// letter. It returns how many, or 0, and how sure it is a name.
func nameAt(ws []word) (n int, sure float64) {
	caps := false
	for n < len(ws) && n < 6 {
		w := strings.Trim(ws[n].raw, ".,;:()\"'“”")
		r := []rune(w)
		if len(r) == 0 || !unicode.IsUpper(r[0]) || !letters(r) {
			break
		}
		if n > 0 && ws[n].page == ws[0].page && ws[n].line > ws[0].line+1 {
			break
		}
		all := len(r) > 1 && strings.ToUpper(w) == w
		if n == 0 {
			caps = all
		} else if all != caps && len(r) > 1 {
			break
		}
		if n > 0 && n+1 < len(ws) && !strings.HasSuffix(ws[n].raw, ";") && !strings.HasSuffix(ws[n].raw, ",") && after(ws[n].plain, ws[n+1].plain) {
			break
		}
		if n >= 2 && ws[n].plain == "gioi" && n+1 < len(ws) && !startsLine(ws, n) && !startsLine(ws, n+1) {
			break // "Giới tính", whose second word is gone
		}
		n++
		if strings.ContainsAny(ws[n-1].raw, ".,;:)") {
			break
		}
	}
	if n < 2 || n > 5 || caps && n > 4 {
		return 0, 0
	}
	sure = .75
	if slices.Contains(surnames, ws[0].plain) {
		sure = .95
	}
	if n == 5 {
		sure -= .2
	}
	return n, sure
}

// notName are pairs of words that follow names on the same line, the first with a
// capital letter like the name before it.
var notName = map[string]bool{
	"gioi tinh": true, "gioi nam": true, "gioi nu": true, "sinh ngay": true, "sinh nam": true, "quoc tich": true, "nghe nghiep": true,
	"noi cu": true, "noi o": true, "chuc vu": true, "chuc danh": true, "dan toc": true, "ton giao": true,
	"ten goi": true, "so cccd": true, "so cmnd": true, "dieu tra": true, "kiem sat": true, "kiem tra": true,
	"can bo": true, "cong an": true, "co quan": true, "bi can": true, "ve toi": true, "ve hanh": true,
	"cap bac": true, "nam sinh": true, "cu tru": true, "tru tai": true, "bo luat": true, "vien kiem": true,
}

// after reports whether two words begin what stands after a name.
func after(a, b string) bool {
	if notName[a+" "+b] || a == "dieu" && strings.Trim(b, "0123456789") == "" {
		return true
	}
	return like(a, "gioi") && like(b, "tinh") || like(a, "sinh") && like(b, "ngay") || like(a, "quoc") && like(b, "tich")
}

func letters(r []rune) bool {
	for i, c := range r {
		if !unicode.IsLetter(c) && c != '\'' && c != '-' && !(i > 0 && len(r) > 2 && (c == '0' || c == '1')) {
			return false
		}
	}
	return true
}

func nameOf(ws []word) string {
	var parts []string
	for _, w := range ws {
		t := strings.NewReplacer("0", "o", "1", "l").Replace(strings.Trim(w.raw, ".,;:()\"'“”"))
		if r := []rune(t); len(r) > 1 && strings.ToUpper(t) == t {
			t = string(r[:1]) + strings.ToLower(string(r[1:]))
		}
		parts = append(parts, t)
	}
	return strings.Join(parts, " ")
}

// postOf reports whether a line is the post of one who signs.
func postOf(l line) (post, bool) {
	if len(l.words) > 7 {
		return post{}, false
	}
	if !l.upper {
		return post{}, false
	}
	text := l.plain
	for _, lead := range []string{"kt ", "tm ", "tl ", "tuq ", "q "} {
		text = strings.TrimPrefix(text, lead)
	}
	r := []rune(text)
	best, found := 99, post{}
	for _, p := range data().posts {
		limit := len(p.text) / 6
		if len(p.text) <= 6 {
			limit = 0
		}
		if d := distance(p.text, r, limit); d <= limit && d < best {
			best, found = d, p
		}
	}
	return found, best < 99
}

// isPost reports whether words that look like a name are a post.
func isPost(ws []word) bool {
	text := []rune(plain(nameOf(ws)))
	for _, p := range data().posts {
		if d, _ := prefix(p.text, text, 1); d <= 1 || distance(p.text, text, 2) <= 2 && len(p.text) > 10 {
			return true
		}
	}
	return false
}

// signer finds who signed: on the last page where a post stands alone on a line with
// a name below it.
func signer(sheets []*sheet) (name, as Field) {
	for i := len(sheets) - 1; i >= 0; i-- {
		s := sheets[i]
		best := 99
		for j := len(s.lines) - 1; j >= 0; j-- {
			p, ok := postOf(s.lines[j])
			if !ok || p.rank >= best {
				continue
			}
			// A deputy signs below the one whom he stands for: the lower line counts.
			if ws, sure := s.under(j); len(ws) > 0 {
				best = p.rank
				name = field(nameOf(ws), sure, ws)
				as = field(p.name, .95, s.lines[j].words)
			}
		}
		if name.Value != "" {
			return name, as
		}
		if i < len(sheets)-2 {
			break // signatures do not stand in the middle of a paper
		}
	}
	return Field{}, Field{}
}

// under finds the name below the post on line j.
func (s *sheet) under(j int) ([]word, float64) {
	at := s.lines[j].box
	bestGap := 1 << 30
	var best []word
	var sure float64
	for k := range s.lines {
		l := s.lines[k]
		if k == j {
			continue
		}
		if at == (reading.Box{}) || l.box == (reading.Box{}) {
			if k < j || k > j+4 {
				continue
			}
			if n, c := nameAt(l.words); n == len(l.words) {
				return l.words, c * .9
			}
			continue
		}
		gap := l.box[1] - at[1]
		if gap <= at.H()/2 || gap > s.h/5 {
			continue
		}
		// Signing columns may be read as one line: try every run of words on it that
		// stands below the post.
		ws := l.words
		for len(ws) > 0 && ws[0].box[2] < at[0]-s.w/12 {
			ws = ws[1:]
		}
		// Scribbles of the pen are read as odd letters beside the name.
		for len(ws) > 2 {
			if n, _ := nameAt(ws); n >= 2 {
				break
			}
			ws = ws[1:]
		}
		n, c := nameAt(ws)
		if len(ws) < len(l.words) && n == 2 {
			c *= .6 // what was taken for scribble may be the surname under the seal
		}
		if n == 0 || n < len(ws)-1 {
			continue
		}
		b, _ := boxOf(ws[:n])
		off := (b[0]+b[2])/2 - (at[0]+at[2])/2
		if off < 0 {
			off = -off
		}
		if off > s.w/8 {
			continue
		}
		if _, isPost := postOf(l); isPost {
			continue
		}
		if gap < bestGap {
			bestGap, best, sure = gap, ws[:n], c
		}
	}
	return best, sure
}

// persons finds whom the paper concerns. role is what the one is whose particulars
// are given, if the words around do not say.
func persons(sheets []*sheet, role string) []Person {
	var ws []word
	for _, s := range sheets {
		ws = append(ws, s.words...)
	}
	var out []Person
	add := func(at int, role string, sure float64) {
		for at < len(ws) && skip[ws[at].plain] {
			at++
		}
		n, c := nameAt(ws[min(at, len(ws)):])
		if n == 0 || isPost(ws[at:at+n]) {
			return
		}
		p := Person{field(nameOf(ws[at:at+n]), sure*c, ws[at:at+n]), role}
		key := plain(p.Name.Value)
		for i, q := range out {
			if k := plain(q.Name.Value); k == key || distance([]rune(k), []rune(key), 1) <= 1 && len(k) > 8 {
				if q.Role == "" || p.Role != "" && q.Name.Confidence < p.Name.Confidence-.05 {
					out[i].Role = p.Role
				}
				if p.Name.Confidence > q.Name.Confidence {
					out[i].Name = p.Name
				}
				return
			}
		}
		out = append(out, p)
	}
	last, lastAt := "", -1000 // the role named last
	stated := ""              // "Tư cách tham gia tố tụng: …", "(Bị hại)"
	for i := range ws {
		if n, r := roleAt(ws, i); n > 0 {
			last, lastAt = r, i
			if i > 0 && strings.HasPrefix(ws[i].raw, "(") || i > 1 && like(ws[i-1].plain, "tung") && strings.HasSuffix(ws[i-1].raw, ":") {
				stated = r
			}
		}
	}
	last, lastAt = "", -1000
	for i := range ws {
		if n, r := roleAt(ws, i); n > 0 {
			if r != "người chứng kiến" { // those who only look on are many, and no party
				last, lastAt = r, i
				if strings.ToUpper(ws[i].raw) != ws[i].raw { // in capitals it is a title or a place to sign
					add(i+n, r, .9)
				}
			}
			continue
		}
		n := particulars(ws, i)
		if n == 0 {
			continue
		}
		r := stated
		if r == "" && i-lastAt < 60 {
			r = last
		}
		if r == "" || role != "" && stated == "" && r != role && i-lastAt > 25 {
			r = role
		}
		add(i+n, r, 1)
	}
	return out
}

var skip = map[string]bool{"": true, "ong": true, "ba": true, "anh": true, "chi": true, "ong ba": true, "la": true, "ten": true, "co": true, "sau": true}

// roleAt reports whether words from i on name a role, and of how many words.
func roleAt(ws []word, i int) (int, string) {
	if !data().roleHeads[ws[i].plain] { // most words are not: the first must be whole
		return 0, ""
	}
	for _, exact := range []bool{true, false} {
		for _, l := range data().roles {
			if i+len(l.words) > len(ws) {
				continue
			}
			ok := true
			wrong := 0
			for k, w := range l.words {
				if got := ws[i+k].plain; got != w {
					wrong++
					ok = ok && !exact && wrong <= 1 && len(w) >= 3 && len(l.words) >= 3 && like(got, w)
				}
			}
			if ok {
				return len(l.words), l.role
			}
		}
	}
	return 0, ""
}

var openings = [][]string{{"ho", "va", "ten"}, {"ho", "ten"}, {"toi", "ten", "la"}, {"ten", "toi", "la"}}

// particulars reports whether words from i on open the particulars of a person. Those
// of parents and spouses do not count.
func particulars(ws []word, i int) int {
	for _, o := range openings {
		if i+len(o) > len(ws) {
			continue
		}
		wrong := 0
		for k, w := range o {
			if ws[i+k].plain != w {
				wrong++
				if len(w) < 3 || !like(ws[i+k].plain, w) {
					wrong = 9
				}
			}
		}
		if wrong > 1 {
			continue
		}
		if n := i + len(o); n < len(ws) {
			switch ws[n].plain {
			case "bo", "me", "cha", "vo", "chong", "con":
				return 0
			}
		}
		return len(o)
	}
	return 0
}
