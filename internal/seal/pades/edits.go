package pades

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// edits tells each seal what was added behind it that is no seal. Earlier bytes
// cannot be changed behind a seal, but a later update may put other objects in
// place of those that were sealed (shadow attacks): so the file as it was sealed and
// the file as it is are compared object by object.
func (v *verifier) edits(seals []Seal) {
	for i := range seals {
		s := &seals[i]
		if s.der == nil || s.Whole || s.End == 0 {
			continue
		}
		then, err := open(v.f.b[:s.End])
		if err != nil {
			s.problem(Edited, "", "what it covers is no file of its own: %v", err)
			continue
		}
		if then.start == v.f.start {
			s.problem(Edited, fmt.Sprintf("bytes %d to %d", s.End, len(v.f.b)), "bytes stand behind the last revision")
			continue
		}
		for _, what := range differences(then, v.f) {
			s.problem(Edited, what, "changed by an update behind byte %d", s.End)
		}
		v.tail(seals, s)
	}
}

// tail reports what stands behind the last revision of the file, if no seal says so:
// there nothing may stand.
func (v *verifier) tail(seals []Seal, s *Seal) {
	for _, o := range seals {
		if o.Whole && o.der != nil {
			return
		}
	}
	i := bytes.LastIndex(v.f.b, []byte("%%EOF"))
	if i < 0 || len(bytes.Trim(v.f.b[i+len("%%EOF"):], "\r\n")) > 0 {
		s.problem(Edited, "", "something stands behind the last revision")
	}
}

// comparison is of a file as it was and as it is.
type comparison struct {
	then, now *file
	allowed   map[int]func(old, new any) bool // objects that seals change, and how they may
}

// differences are the objects that differ by more than seals, in order.
func differences(then, now *file) (out []string) {
	c := comparison{then, now, map[int]func(old, new any) bool{}}
	at, root, err := then.root()
	newAt, _, newErr := now.root()
	if err != nil || newErr != nil || at != newAt {
		return []string{"the catalog"}
	}
	c.allow(at, root)
	for _, n := range slices.Sorted(maps.Keys(then.places)) {
		old, is := then.places[n], now.places[n]
		if old == is && old.within == 0 || old.free || c.same(n) {
			continue
		}
		out = append(out, fmt.Sprintf("object %d", n))
	}
	return append(out, c.filled()...)
}

// filled are objects that were spoken of and missing when the file was sealed, and
// are there now: nobody saw then what is seen now.
func (c *comparison) filled() (out []string) {
	there := func(f *file, n int) bool { p, ok := f.places[n]; return ok && !p.free }
	missing := map[int]bool{}
	for n := range c.then.places {
		if v, err := c.then.get(n); err == nil {
			refs(v, func(r ref) { missing[r.n] = missing[r.n] || !there(c.then, r.n) && there(c.now, r.n) })
		}
	}
	for _, n := range slices.Sorted(maps.Keys(missing)) {
		if missing[n] {
			out = append(out, fmt.Sprintf("object %d, missing before", n))
		}
	}
	return out
}

func refs(v any, visit func(ref)) {
	switch v := v.(type) {
	case ref:
		visit(v)
	case array:
		for _, e := range v {
			refs(e, visit)
		}
	case dict:
		for _, e := range v {
			refs(e.value, visit)
		}
	case stream:
		refs(v.dict, visit)
	}
}

func (c *comparison) same(n int) bool {
	old, err1 := c.then.get(n)
	is, err2 := c.now.get(n)
	if err1 != nil || err2 != nil {
		return false
	}
	if equal(old, is) {
		return true
	}
	f := c.allowed[n]
	return f != nil && f(old, is)
}

func equal(a, b any) bool { return bytes.Equal(put(nil, a), put(nil, b)) }

// allow notes the objects that a seal more changes: the catalog, the form, its list
// of fields, pages, and their lists of annotations.
func (c *comparison) allow(at ref, root dict) {
	c.allowed[at.n] = func(old, is any) bool {
		a, ok1 := old.(dict)
		b, ok2 := is.(dict)
		if !ok1 || !ok2 || !equal(without(a, "AcroForm", "DSS", "Extensions"), without(b, "AcroForm", "DSS", "Extensions")) {
			return false
		}
		x, wasRef := a.get("AcroForm").(ref)
		y, isRef := b.get("AcroForm").(ref)
		if wasRef { // the form is compared as an object
			return isRef && x == y
		}
		return c.form(c.then.dict(a.get("AcroForm")), c.now.dict(b.get("AcroForm")))
	}
	if r, ok := root.get("AcroForm").(ref); ok {
		c.allowed[r.n] = func(old, is any) bool {
			a, ok1 := old.(dict)
			b, ok2 := is.(dict)
			return ok1 && ok2 && c.form(a, b)
		}
	}
	if r, ok := c.then.dict(root.get("AcroForm")).get("Fields").(ref); ok {
		c.allowed[r.n] = c.grown
	}
	// A page is whatever says so: annotations of what is none are seen by nobody.
	for n := range c.then.places {
		if old, is := c.then.places[n], c.now.places[n]; old == is {
			continue
		}
		v, err := c.then.get(n)
		if d, ok := v.(dict); err == nil && ok && d.get("Type") == any(name("Page")) {
			c.allowed[n] = c.page
			if r, ok := d.get("Annots").(ref); ok {
				c.allowed[r.n] = c.grown
			}
		}
	}
}

func without(d dict, keys ...name) dict {
	return slices.DeleteFunc(slices.Clone(d), func(e entry) bool { return slices.Contains(keys, e.key) })
}

func (c *comparison) form(old, is dict) bool {
	if !equal(without(old, "Fields", "SigFlags"), without(is, "Fields", "SigFlags")) {
		return false
	}
	return c.list(old, is, "Fields")
}

func (c *comparison) page(old, is any) bool {
	a, ok1 := old.(dict)
	b, ok2 := is.(dict)
	return ok1 && ok2 && equal(without(a, "Annots"), without(b, "Annots")) && c.list(a, b, "Annots")
}

// list compares arrays at a key: the same object, which is compared by itself, or
// grown.
func (c *comparison) list(old, is dict, key name) bool {
	if r, ok := old.get(key).(ref); ok && equal(r, is.get(key)) {
		return true
	}
	return c.grown(c.then.array(old.get(key)), c.now.array(is.get(key)))
}

// grown reports whether an array is what it was, and behind that new signature
// fields that are signed.
func (c *comparison) grown(old, is any) bool {
	a, ok1 := old.(array)
	b, ok2 := is.(array)
	if old != nil && !ok1 || !ok2 || len(b) < len(a) || !equal(a, append(array{}, b[:len(a)]...)) {
		return false
	}
	for _, v := range b[len(a):] {
		r, ok := v.(ref)
		d := c.now.dict(v)
		if _, was := c.then.places[r.n]; !ok || was || d.get("FT") != any(name("Sig")) || c.now.dict(d.get("V")).get("ByteRange") == nil {
			return false
		}
	}
	return true
}
