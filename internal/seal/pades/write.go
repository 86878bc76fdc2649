package pades

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// revision is an incremental update being written (32000, 7.5.6). Its bytes follow
// those of the file.
type revision struct {
	f    *file
	out  []byte // what follows the file: that is large, and is not copied
	at   map[int]int
	gens map[int]int
	size int
}

func (f *file) begin(room int) *revision {
	r := &revision{f: f, out: make([]byte, 0, room), at: map[int]int{}, gens: map[int]int{}, size: f.size}
	if f.b[len(f.b)-1] != '\n' {
		r.out = append(r.out, '\n')
	}
	return r
}

// end is where the file with its update ends so far.
func (r *revision) end() int { return len(r.f.b) + len(r.out) }

func (r *revision) reserve() ref {
	r.size++
	return ref{r.size - 1, 0}
}

func (r *revision) set(at ref, v any) {
	r.at[at.n], r.gens[at.n] = r.end(), at.gen
	r.out = fmt.Appendf(r.out, "%d %d obj\n", at.n, at.gen)
	r.out = append(put(r.out, v), "\nendobj\n"...)
}

func (r *revision) add(v any) ref {
	at := r.reserve()
	r.set(at, v)
	return at
}

// finish writes the cross-reference section, of the kind the file has.
func (r *revision) finish() {
	trailer := dict{{"Root", r.f.trailer.get("Root")}, {"Prev", raw(strconv.Itoa(r.f.start))}, {"ID", r.id()}}
	if info := r.f.trailer.get("Info"); info != nil {
		trailer = trailer.with("Info", info)
	}
	var start int
	if r.f.table {
		start = r.finishTable(trailer)
	} else {
		start = r.finishStream(trailer)
	}
	r.out = fmt.Appendf(r.out, "startxref\n%d\n%%%%EOF\n", start)
}

func (r *revision) finishTable(trailer dict) (start int) {
	start = r.end()
	r.out = append(r.out, "xref\n"...)
	for _, run := range runs(r.at) {
		r.out = fmt.Appendf(r.out, "%d %d\n", run[0], len(run))
		for _, n := range run {
			r.out = fmt.Appendf(r.out, "%010d %05d n \n", r.at[n], r.gens[n])
		}
	}
	r.out = append(r.out, "trailer\n"...)
	r.out = append(put(r.out, trailer.with("Size", raw(strconv.Itoa(r.size)))), '\n')
	return start
}

func (r *revision) finishStream(trailer dict) (start int) {
	self := r.reserve()
	start = r.end()
	r.at[self.n] = start
	var rows []byte
	index := array{}
	for _, run := range runs(r.at) {
		index = append(index, raw(strconv.Itoa(run[0])), raw(strconv.Itoa(len(run))))
		for _, n := range run {
			at, gen := r.at[n], r.gens[n]
			rows = append(rows, 1, byte(at>>32), byte(at>>24), byte(at>>16), byte(at>>8), byte(at), byte(gen>>8), byte(gen))
		}
	}
	s := plain(rows, entry{"Type", name("XRef")}, entry{"Size", raw(strconv.Itoa(r.size))}, entry{"W", array{raw("1"), raw("5"), raw("2")}}, entry{"Index", index})
	s.dict = append(s.dict, trailer...)
	r.set(self, s)
	return start
}

// runs are the numbers in order, cut where one is missing.
func runs(at map[int]int) (out [][]int) {
	for _, n := range slices.Sorted(maps.Keys(at)) {
		if last := len(out) - 1; last >= 0 && out[last][len(out[last])-1] == n-1 {
			out[last] = append(out[last], n)
		} else {
			out = append(out, []int{n})
		}
	}
	return out
}

// id keeps the first half, which names the document, and changes the second, which
// names the revision (32000, 14.4).
func (r *revision) id() array {
	sum := sha256.Sum256(r.out)
	fresh := str{raw: "<" + hex.EncodeToString(sum[:16]) + ">"}
	if old := r.f.array(r.f.trailer.get("ID")); len(old) == 2 {
		if first, ok := old[0].(str); ok {
			return array{first, fresh}
		}
	}
	return array{fresh, fresh}
}
