package paper

import (
	"regexp"
	"strconv"
	"strings"
)

// Article is one place in a law (điều luật).
type Article struct {
	Point  string // b
	Clause int    // khoản 2
	Number int    // Điều 173
	Suffix string // the a of Điều 217a
	Law    string // Bộ luật Hình sự
}

// String writes it as papers do: điểm b khoản 2 Điều 173 Bộ luật Hình sự.
func (a Article) String() string {
	s := "Điều " + strconv.Itoa(a.Number) + a.Suffix
	if a.Clause > 0 {
		s = "khoản " + strconv.Itoa(a.Clause) + " " + s
	}
	if a.Point != "" {
		s = "điểm " + a.Point + " " + s
	}
	if a.Law != "" {
		s += " " + a.Law
	}
	return s
}

var articleRe = regexp.MustCompile(`^(?:điểm (\p{L}) )?(?:khoản (\d+) )?Điều (\d+)(\p{L}?)(?: (.+))?$`)

// ParseArticle reads what String writes.
func ParseArticle(s string) (Article, bool) {
	m := articleRe.FindStringSubmatch(s)
	if m == nil {
		return Article{}, false
	}
	clause, _ := strconv.Atoi(m[2])
	number, err := strconv.Atoi(m[3])
	return Article{m[1], clause, number, m[4], m[5]}, err == nil && number > 0
}

// laws are the laws a criminal case cites, by what their names look like once read.
var laws = []struct {
	words []string
	name  string
}{
	{strings.Fields("bo luat to tung hinh su"), "Bộ luật Tố tụng hình sự"},
	{strings.Fields("bo luat hinh su"), "Bộ luật Hình sự"},
	{strings.Fields("bo luat dan su"), "Bộ luật Dân sự"},
	{strings.Fields("bo luat to tung dan su"), "Bộ luật Tố tụng dân sự"},
	{strings.Fields("luat to chuc vien kiem sat nhan dan"), "Luật Tổ chức Viện kiểm sát nhân dân"},
	{strings.Fields("luat to chuc co quan dieu tra hinh su"), "Luật Tổ chức cơ quan điều tra hình sự"},
	{strings.Fields("luat tu phap nguoi chua thanh nien"), "Luật Tư pháp người chưa thành niên"},
	{strings.Fields("luat thi hanh tam giu tam giam"), "Luật Thi hành tạm giữ, tạm giam"},
	{strings.Fields("bltths"), "Bộ luật Tố tụng hình sự"},
	{strings.Fields("blhs"), "Bộ luật Hình sự"},
	{strings.Fields("blds"), "Bộ luật Dân sự"},
}

// lawAt reports which law is named from word i on.
func lawAt(ws []word, i int) (string, int) {
	for _, l := range laws { // as they are written
		if len(l.words) == 1 && ws[i].plain == l.words[0] {
			return l.name, 1
		}
	}
	for _, l := range laws {
		if i+len(l.words) > len(ws) {
			continue
		}
		wrong := 0
		for k, w := range l.words {
			if got := ws[i+k].plain; got != w {
				wrong++
				if !like(got, w) && !(len(w) == 2 && len(got) <= 3 && distance([]rune(got), []rune(w), 1) <= 1) {
					wrong += 9
				}
			}
		}
		if wrong == 0 || len(l.words) >= 4 && wrong <= len(l.words)/3 || len(l.words) == 1 && len(l.words[0]) > 4 && wrong <= 1 {
			return l.name, len(l.words)
		}
	}
	return "", 0
}

// articles finds the articles of laws that the paper cites, each once.
func articles(sheets []*sheet) []Field {
	var ws []word
	for _, s := range sheets {
		ws = append(ws, s.words...)
	}
	var out []Field
	seen := map[string]bool{}
	for i := 0; i < len(ws); i++ {
		if !article(ws[i].plain) || i+1 >= len(ws) {
			continue
		}
		list, end := cited(ws, i)
		if len(list) == 0 {
			continue
		}
		law, n := "", 0
		// The law is named after the last of several articles.
		for j := end; j < min(len(ws), end+40) && n == 0; j++ {
			if law, n = lawAt(ws, j); n > 0 {
				break
			}
			if strings.ContainsAny(ws[j].raw, ";:") || strings.HasSuffix(ws[j].raw, ".") && len([]rune(ws[j].raw)) > 2 || article(ws[j].plain) && startsLine(ws, j) {
				break
			}
		}
		if n == 0 {
			continue
		}
		point, clause, from := before(ws, i)
		for k, a := range list {
			if k == 0 {
				a.Point, a.Clause = point, clause
			}
			a.Law = law
			text := a.String()
			if seen[text] {
				continue
			}
			seen[text] = true
			out = append(out, field(text, .92, onePage(ws[from:end])))
		}
		i = end - 1
	}
	return out
}

// onePage keeps the words that stand on the page of the first.
func onePage(ws []word) []word {
	for i, w := range ws {
		if w.page != ws[0].page {
			return ws[:i]
		}
	}
	return ws
}

func article(s string) bool { return s == "dieu" || s == "dleu" || s == "dièu" || s == "ieu" }

func startsLine(ws []word, i int) bool {
	return i == 0 || ws[i].page != ws[i-1].page || ws[i].line != ws[i-1].line
}

var figure = regexp.MustCompile(`^([0-9oil]{1,3})([a-zđ]?)$`)

func number(s string) (int, string, bool) {
	m := figure.FindStringSubmatch(s)
	if m == nil || strings.Trim(m[1], "oil") == "" {
		return 0, "", false
	}
	n, err := strconv.Atoi(lookalike.Replace(m[1]))
	return n, m[2], err == nil && n > 0
}

// cited reads the numbers after "Điều": one, or "41, 236 và 243". It returns where
// they end. "Điều 1." at the beginning of a line is an article of the paper itself.
func cited(ws []word, i int) (list []Article, end int) {
	j := i + 1
	for j < len(ws) {
		n, suffix, ok := number(ws[j].plain)
		if !ok {
			break
		}
		raw := ws[j].raw
		if strings.HasSuffix(raw, ".") || strings.HasSuffix(raw, ":") {
			if startsLine(ws, i) {
				return nil, j + 1
			}
		}
		if n > 600 {
			break
		}
		list = append(list, Article{Number: n, Suffix: suffix})
		j++
		if strings.HasSuffix(raw, ",") && j < len(ws) {
			if _, _, ok := number(ws[j].plain); ok {
				continue
			}
		}
		if j+1 < len(ws) && ws[j].plain == "va" {
			if _, _, ok := number(ws[j+1].plain); ok {
				j++
				continue
			}
		}
		break
	}
	return list, max(j, i+1)
}

// before reads the clause and the point that stand before "Điều".
func before(ws []word, i int) (point string, clause, from int) {
	from = i
	if i >= 2 && like(ws[i-2].plain, "khoan") {
		if n, _, ok := number(ws[i-1].plain); ok && n < 20 {
			clause, from = n, i-2
			if i >= 4 && like(ws[i-4].plain, "diem") {
				if p := strings.ToLower(strings.Trim(ws[i-3].raw, ".,;“”\"'")); len([]rune(p)) == 1 {
					point, from = p, i-4
				}
			}
		}
	}
	return point, clause, from
}
