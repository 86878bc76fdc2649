package pack

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
)

// object is where an object of a PDF lies, and its text up to a stream.
type object struct {
	from, to int64
	head     []byte
}

var (
	objectHead = regexp.MustCompile(`(?:^|[\r\n])(\d{1,10}) 0 obj\b`)
	reference  = regexp.MustCompile(`(\d{1,10}) 0 R\b`)
	kids       = regexp.MustCompile(`/Kids\s*\[([^\]]*)\]`)
	pageType   = regexp.MustCompile(`/Type\s*/Page\b`)
	treeType   = regexp.MustCompile(`/Type\s*/Pages\b`)
	catalog    = regexp.MustCompile(`/Type\s*/Catalog\b`)
	pagesRef   = regexp.MustCompile(`/Pages\s+(\d{1,10}) 0 R`)
	parentRef  = regexp.MustCompile(`/(?:Parent|P|Dest|A|Next|Prev|StructParents?)\s*\d{1,10} 0 R`)
)

// pagesOf finds which bytes of a PDF belong to one page alone: its object and what it
// refers to, its picture above all. It reads files whose objects lie open, as our
// writer makes them; of others it returns nothing, and an altered byte is then told
// by file only.
func pagesOf(pdf []byte) []Page {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return nil
	}
	objects := objectsOf(pdf)
	order := pageOrder(objects)
	owner := map[int]int{} // object, page; 0 for more than one
	for i, id := range order {
		for _, part := range reach(objects, id) {
			if p, ok := owner[part]; ok && p != i+1 {
				owner[part] = 0
			} else {
				owner[part] = i + 1
			}
		}
	}
	out := make([]Page, len(order))
	for i := range out {
		out[i].N, out[i].Parts = i+1, []Part{}
	}
	for id, p := range owner {
		if p > 0 {
			o := objects[id]
			out[p-1].Parts = append(out[p-1].Parts, Part{o.from, o.to - o.from, digest(pdf[o.from:o.to])})
		}
	}
	for i := range out {
		slices.SortFunc(out[i].Parts, func(a, b Part) int { return int(a.At - b.At) })
	}
	return out
}

// objectsOf finds the objects, the last of those with one number (a later revision).
func objectsOf(pdf []byte) map[int]object {
	out := map[int]object{}
	for at := 0; ; {
		m := objectHead.FindSubmatchIndex(pdf[at:])
		if m == nil {
			return out
		}
		id, err := strconv.Atoi(string(pdf[at+m[2] : at+m[3]]))
		from, body := at+m[2], at+m[1]
		end := bytes.Index(pdf[body:], []byte("endobj"))
		if end < 0 || err != nil {
			return out
		}
		head := pdf[body : body+end]
		if s := bytes.Index(head, []byte("stream")); s >= 0 {
			head = pdf[body : body+s]
			skip := body + s + streamLength(head) // the stream may hold anything, endobj too
			if skip < len(pdf) {
				if e := bytes.Index(pdf[skip:], []byte("endobj")); e >= 0 {
					end = skip + e - body
				}
			}
		}
		to := body + end + len("endobj")
		out[id] = object{int64(from), int64(to), head}
		at = to
	}
}

var lengthKey = regexp.MustCompile(`/Length\s+(\d{1,10})(?:\s*[/>]|\s+[^0-9])`)

func streamLength(head []byte) int {
	if m := lengthKey.FindSubmatch(head); m != nil {
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return 0
}

// pageOrder walks the page tree.
func pageOrder(objects map[int]object) (out []int) {
	root := 0
	for _, o := range objects {
		if m := pagesRef.FindSubmatch(o.head); m != nil && catalog.Match(o.head) {
			root, _ = strconv.Atoi(string(m[1]))
		}
	}
	seen := map[int]bool{}
	var walk func(id int)
	walk = func(id int) {
		o, ok := objects[id]
		if !ok || seen[id] {
			return
		}
		seen[id] = true
		if treeType.Match(o.head) {
			if m := kids.FindSubmatch(o.head); m != nil {
				for _, k := range refs(m[1]) {
					walk(k)
				}
			}
		} else if pageType.Match(o.head) {
			out = append(out, id)
		}
	}
	walk(root)
	return out
}

func refs(b []byte) (out []int) {
	for _, m := range reference.FindAllSubmatch(b, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		out = append(out, n)
	}
	return out
}

// reach is an object and all it refers to, but not what it is part of.
func reach(objects map[int]object, id int) (out []int) {
	seen := map[int]bool{}
	for todo := []int{id}; len(todo) > 0; {
		n := todo[0]
		todo = todo[1:]
		o, ok := objects[n]
		if !ok || seen[n] || n != id && (pageType.Match(o.head) || treeType.Match(o.head)) {
			continue
		}
		seen[n] = true
		out = append(out, n)
		todo = append(todo, refs(parentRef.ReplaceAll(o.head, nil))...)
	}
	return out
}

// alteredPages tells which pages of a derivative are not what the manifest says. Bytes
// put in or taken out move what follows: it is looked for at the same distance from
// the end too.
func alteredPages(pages []Page, pdf []byte, size int64) (out []Page) {
	moved := int64(len(pdf)) - size
	holds := func(p Part, at int64) bool {
		return at >= 0 && p.Bytes >= 0 && at <= int64(len(pdf)) && p.Bytes <= int64(len(pdf))-at && digest(pdf[at:at+p.Bytes]) == p.SHA256
	}
	for _, p := range pages {
		if slices.ContainsFunc(p.Parts, func(x Part) bool { return !holds(x, x.At) && (moved == 0 || !holds(x, x.At+moved)) }) {
			out = append(out, p)
		}
	}
	return out
}
