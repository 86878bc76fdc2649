package search

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
)

const (
	maxWords = 8000 // words of one page that are indexed; a newspaper page has 5,000
	maxStem  = 6    // runes of a beginning that are indexed: a syllable; beyond them pages are looked at
	maxSeq   = int64(math.MaxInt64)
)

// The kinds of terms beside plain words. A word has only letters and digits,
// so nobody can type a term.
func pair(a, b Word) string      { return a.Fold + "_" + b.Fold }
func triple(a, b, c Word) string { return a.Fold + "_" + b.Fold + "_" + c.Fold }
func exact(w Word) string        { return "=" + w.Exact }
func begins(stem string) string  { return "^" + stem }

// tag hides what a tag says: it may be a name, and an index is copied about.
func tag(t string) string {
	h := sha256.Sum256([]byte(t))
	return "!" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h[:10]))
}

// terms returns what a page is found by, each once.
func terms(words []Word, tags []string) []string {
	seen := make(map[string]struct{}, 4*len(words))
	out := make([]string, 0, 4*len(words))
	add := func(t string) bool {
		if _, ok := seen[t]; ok {
			return false
		}
		seen[t] = struct{}{}
		out = append(out, t)
		return true
	}
	for i, w := range words {
		if add(w.Fold) {
			n := 0
			for at := range w.Fold {
				if n > maxStem {
					break
				}
				if n > 0 {
					add(begins(w.Fold[:at]))
				}
				n++
			}
		}
		if w.marked() {
			add(exact(w))
		}
		if i > 0 {
			add(pair(words[i-1], w))
		}
		if i > 1 && dense(words[i-2:i+1]) {
			add(triple(words[i-2], words[i-1], w))
		}
	}
	for _, t := range tags {
		add(tag(t))
	}
	return out
}

// expr is a term, all of some, or any of some.
type expr struct {
	term string
	any  bool
	kids []expr
}

func term(t string) expr      { return expr{term: t} }
func all(kids ...expr) expr   { return expr{kids: kids} }
func anyOf(kids ...expr) expr { return expr{any: true, kids: kids} }

// formula is what a page must hold and what it must not.
type formula struct{ all, none []expr }

// planned is a question as the index is asked it.
type planned struct {
	classes []class
	base    formula  // every hit of every class
	verify  bool     // the formulas let through pages that are not hits: see holds
	clauses []Clause // for holds
}

type class struct {
	score   float64
	formula formula
}

// plan turns a question into formulas; ok is false if nothing can answer it.
func plan(q Query) (p planned, ok bool) {
	p.clauses = Parse(q.Text).Clauses
	if len(q.Scope) == 0 || len(p.clauses) == 0 && strings.TrimSpace(q.Text) != "" {
		return p, false
	}
	var may []expr // tags are dense, so they are asked last
	for _, group := range append(q.Must[:len(q.Must):len(q.Must)], q.Scope) {
		if len(group) == 0 {
			return p, false
		}
		var kids []expr
		for _, t := range group {
			kids = append(kids, term(tag(t)))
		}
		may = append(may, anyOf(kids...))
	}
	// A word with its marks is the word without: where the marks are asked for, only
	// the words typed without any are asked for beside them.
	var pairs, marks, paired, single, fixed, none []expr
	var pairedBare, singleBare []expr
	for i, c := range p.clauses {
		e, sure := need(c)
		p.verify = p.verify || !sure
		if c.Not {
			if sure {
				none = append(none, e)
			}
			continue
		}
		for k, w := range c.Words {
			if w.marked() && !(c.Prefix && k == len(c.Words)-1) {
				marks = append(marks, term(exact(w)))
			}
		}
		left := i > 0 && joins(p.clauses[i-1], c)
		right := i+1 < len(p.clauses) && joins(c, p.clauses[i+1])
		if right {
			pairs = append(pairs, term(pair(c.Words[len(c.Words)-1], p.clauses[i+1].Words[0])))
		}
		bare := !c.Words[0].marked()
		switch {
		case len(c.Words) > 1 || c.Prefix:
			fixed = append(fixed, e)
		case left || right:
			if paired = append(paired, e); bare {
				pairedBare = append(pairedBare, e)
			}
		default:
			if single = append(single, e); bare {
				singleBare = append(singleBare, e)
			}
		}
	}
	near := concat(pairs, fixed, single, may) // side by side: the pairs hold the words
	far := concat(fixed, single, paired, may) // scattered
	nearMarks := concat(pairs, marks, fixed, singleBare, may)
	farMarks := concat(marks, fixed, singleBare, pairedBare, may)
	p.base = formula{far, none}
	switch {
	case len(pairs) > 0 && len(marks) > 0:
		p.classes = []class{
			{3, formula{nearMarks, none}},
			{2, formula{near, concat(none, []expr{all(marks...)})}},
			{1, formula{farMarks, concat(none, []expr{all(pairs...)})}},
			{0, formula{far, concat(none, []expr{all(pairs...), all(marks...)})}},
		}
	case len(pairs) > 0:
		p.classes = []class{
			{2, formula{near, none}},
			{0, formula{far, concat(none, []expr{all(pairs...)})}},
		}
	case len(marks) > 0:
		p.classes = []class{
			{1, formula{farMarks, none}},
			{0, formula{far, concat(none, []expr{all(marks...)})}},
		}
	default:
		p.classes = []class{{0, p.base}}
	}
	return p, true
}

// joins reports whether b was typed right after a and may stand so on the page.
func joins(a, b Clause) bool {
	return a.plain() && b.plain() && !a.Prefix && !(b.Prefix && len(b.Words) == 1)
}

// need returns what a page with c must hold, and whether holding it is enough.
func need(c Clause) (e expr, sure bool) {
	var kids []expr
	whole := c.Words // the words that are not a beginning
	if c.Prefix {
		whole = whole[:len(whole)-1]
	}
	for i := range len(whole) - 1 {
		kids = append(kids, term(pair(whole[i], whole[i+1])))
		if i > 0 && dense(whole[i-1:i+2]) {
			kids = append(kids, term(triple(whole[i-1], whole[i], whole[i+1])))
		}
	}
	if len(whole) == 1 {
		kids = append(kids, term(whole[0].Fold))
	}
	if !c.Prefix {
		return all(kids...), len(whole) < 3 || len(whole) == 3 && dense(whole)
	}
	f := c.Words[len(whole)].Fold
	stem := cut(f, maxStem)
	return all(append(kids, anyOf(term(f), term(begins(stem))))...), len(whole) == 0 && stem == f
}

// dense reports whether words are all so common that their pairs are common too.
// Only three of such words in a row are worth a term of their own.
func dense(words []Word) bool {
	for _, w := range words {
		if _, ok := commonest[w.Fold]; !ok {
			return false
		}
	}
	return true
}

// commonest is the commonest syllables of Vietnamese and of case files. Who
// changes it must rebuild the index.
var commonest = func() map[string]struct{} {
	m := map[string]struct{}{}
	for _, w := range strings.Fields(`an anh ban bat bi biet bo bien cac cach can cao canh cau chi chinh cho chu chung co con cong cu cua cung
		da dan dang dau day de den di dia dich dieu dinh do doc doi don dong du duoc dua duong gi gia giai giam gian giao gio giu
		ha hai han hanh hay het hien hieu ho hoa hoac hoi hon hop huyen hinh hoang khac khai khi khoan khoi khong kiem kien ket ky
		la lai lam lap le len lien loi luat luc luu ly mat minh moi mot mua muoi nam nay nen ngay nghe nghi nghia ngoai nguoi nguyen nha nhan nhat nhieu nhu nhung no noi
		o oi ong pha phai pham phan phap phat phong phu phuc phuong qua quan quang quyen quyet ra sai san sat sau so su
		ta tai tam tang te thang thanh the them theo thi thieu thoi thong thu thuc thuoc thuong tich tien tiep tieu tim tin tinh to toa toan toi ton tong tra trach tran tren tri trieu trinh tro trong tru truoc truong truy tu tung tuoi tuong
		va vai van vao ve viec vien viet vi voi vu vua xa xac xay xe xem xet xin xu y 1 2 3 4 5 6 7 8 9 10 11 12`) {
		m[w] = struct{}{}
	}
	return m
}()

// holds reports whether a page has what the formulas only promise. text is its
// words without marks, a space before and after each.
func (p planned) holds(text string) bool {
	for _, c := range p.clauses {
		if _, sure := need(c); sure {
			continue
		}
		var b strings.Builder
		for _, w := range c.Words {
			b.WriteString(" " + w.Fold)
		}
		if !c.Prefix {
			b.WriteByte(' ')
		}
		if strings.Contains(text, b.String()) == c.Not {
			return false
		}
	}
	return true
}

func concat(lists ...[]expr) []expr {
	var out []expr
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// fts5 writes f for SQLite. Terms hold no quotes.
func (f formula) fts5() string {
	var b strings.Builder
	list(&b, f.all, " AND ", `"`, " AND ", " OR ")
	if len(f.none) > 0 {
		b.WriteString(" NOT ")
		list(&b, f.none, " OR ", `"`, " AND ", " OR ")
	}
	return b.String()
}

// tsquery writes f for PostgreSQL.
func (f formula) tsquery() string {
	var b strings.Builder
	list(&b, f.all, "&", "'", "&", "|")
	if len(f.none) > 0 {
		b.WriteString("&!")
		list(&b, f.none, "|", "'", "&", "|")
	}
	return b.String()
}

func list(b *strings.Builder, kids []expr, sep, quote, and, or string) {
	b.WriteByte('(')
	for i, e := range kids {
		if i > 0 {
			b.WriteString(sep)
		}
		switch {
		case e.term != "":
			b.WriteString(quote + e.term + quote)
		case e.any:
			list(b, e.kids, or, quote, and, or)
		default:
			list(b, e.kids, and, quote, and, or)
		}
	}
	b.WriteByte(')')
}

// pack writes words small: the index must be able to look at a page, and to give
// it other tags, without asking the caller for its text.
func pack(words []Word) []byte {
	var b bytes.Buffer
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(&b)
	for i, x := range words {
		if i > 0 {
			io.WriteString(w, " ")
		}
		io.WriteString(w, x.Exact)
	}
	w.Close() // writing to memory does not fail
	return b.Bytes()
}

func unpack(packed []byte) (string, error) {
	r := unpackers.Get().(io.Reader)
	defer unpackers.Put(r)
	err := r.(flate.Resetter).Reset(bytes.NewReader(packed), []byte(common))
	if err != nil {
		return "", fmt.Errorf("unpack words: %w", err)
	}
	var b strings.Builder
	b.Grow(4 * len(packed))
	if _, err := io.Copy(&b, r); err != nil {
		return "", fmt.Errorf("unpack words: %w", err)
	}
	return b.String(), nil
}

// A flate writer is a megabyte, so writers and readers are used again.
var (
	packers = sync.Pool{New: func() any {
		w, err := flate.NewWriterDict(nil, 5, []byte(common))
		if err != nil {
			panic(err) // the level is a constant
		}
		return w
	}}
	unpackers = sync.Pool{New: func() any { return flate.NewReaderDict(nil, []byte(common)) }}
)

// common is what pages have in common; packing starts from it. It must never
// change: what is packed with it is unpacked with it.
const common = "cộng hòa xã hội chủ nghĩa việt nam độc lập tự do hạnh phúc " +
	"tòa án nhân dân tỉnh thành phố huyện bản án số ngày tháng năm hội đồng xét xử sơ thẩm phúc thẩm " +
	"cơ quan cảnh sát điều tra công an tỉnh biên bản ghi lời khai hỏi đáp người làm chứng người bị hại bị đơn nguyên đơn " +
	"bộ luật hình sự bộ luật tố tụng hình sự khoản điều luật tổ chức quy định tại điểm theo " +
	"quyết định khởi tố vụ án khởi tố bị can phê chuẩn lệnh bắt tạm giam gia hạn thời hạn tạm giữ kết luận giám định " +
	"xét thấy có đủ căn cứ xác định đã thực hiện hành vi phạm tội trộm cắp tài sản chiếm đoạt với số tiền đồng " +
	"sinh ngày nơi cư trú thôn xã phường quận nghề nghiệp trình độ văn hóa dân tộc kinh tôn giáo không quốc tịch con ông và bà " +
	"tiền án tiền sự nhân thân căn cước công dân cấp ngày giấy tờ tài liệu đồ vật kèm theo được lập xong hồi giờ phút cùng ngày " +
	"đã đọc lại cho mọi người cùng nghe công nhận đúng và ký tên dưới đây nguyễn văn trần thị lê phạm hoàng " +
	"kiểm sát viên điều tra viên thủ trưởng phó viện trưởng viện kiểm sát nhân dân cáo trạng truy tố trước tòa án để xét xử " +
	"nơi nhận lưu hồ sơ vụ án ký tên đóng dấu của các những trong khi cho đến này đó là một không có được người và"
