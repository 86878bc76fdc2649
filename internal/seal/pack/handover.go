package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"congminh/internal/seal/tree"
)

// HandOver is the verb of the journal's entry that names its next key (bàn giao khóa
// nhật ký). Its details are "previous" and "next", both as keys are written.
const HandOver = "seal.key"

// handOver is a hand-over that was proven: the head over its entry is signed by both keys.
type handOver struct{ previous, next *tree.Verifier }

// parseHandOver proves one. That both signed the head would say nothing by itself, for
// anybody may sign an old head too: what counts is that the entry that the old key signed
// over names the new one.
func parseHandOver(p Proof) (h handOver, err error) {
	var e struct {
		Verb string            `json:"verb"`
		More map[string]string `json:"more"`
	}
	if err := json.Unmarshal(p.Entry, &e); err != nil || e.Verb != HandOver {
		return h, errors.New("pack: the entry hands no key over")
	}
	if h.previous, err = tree.ParseVerifier(e.More["previous"]); err != nil {
		return h, err
	}
	if h.next, err = tree.ParseVerifier(e.More["next"]); err != nil {
		return h, err
	}
	if h.previous.Name() != h.next.Name() || h.previous.Witness() || h.next.Witness() {
		return h, fmt.Errorf("pack: a hand-over from %s to %s", h.previous, h.next)
	}
	if _, err := p.Check(p.Entry, h.previous); err != nil {
		return h, err
	}
	_, err = p.Check(p.Entry, h.next)
	return h, err
}

// chain proves hand-overs that follow each other up to the key log, and returns the keys
// before it, oldest first, and when the last of them was told.
func chain(ps []Proof, log *tree.Verifier) (before []*tree.Verifier, text string, err error) {
	for i, p := range ps {
		h, err := parseHandOver(p)
		if err != nil {
			return nil, "", fmt.Errorf("pack: hand-over %d: %w", i+1, err)
		}
		if text != "" && text != h.previous.String() {
			return nil, "", fmt.Errorf("pack: hand-over %d does not follow the one before", i+1)
		}
		before, text = append(before, h.previous), h.next.String()
	}
	if text != "" && text != log.String() {
		return nil, "", errors.New("pack: the hand-overs lead to another key")
	}
	return before, text, nil
}

// followed reports whether a key the checker knows was handed over, step by step, to the
// key of the package.
func (c *check) followed(log *tree.Verifier) bool {
	var ps []Proof
	for i := 1; ; i++ {
		stem := fmt.Sprintf("%s%03d", keyPrefix, i)
		text, err := c.bag.read(stem+".tlog-proof", 64<<10)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		var p Proof
		if err == nil {
			p.Proof, err = tree.ParseProof(text)
		}
		if err == nil {
			p.Entry, err = c.bag.read(stem+".json", tree.MaxEntry)
		}
		if err != nil {
			c.altered(stem, "Bàn giao khóa nhật ký không đọc được: "+err.Error(), "The hand-over of the journal's key cannot be read: "+err.Error())
			return false
		}
		ps = append(ps, p)
	}
	before, _, err := chain(ps, log)
	if err != nil {
		c.altered(keyPrefix+"001.tlog-proof", "Bàn giao khóa nhật ký không đúng: "+err.Error(), "The hand-over of the journal's key does not hold: "+err.Error())
		return false
	}
	for i, k := range before {
		if slices.ContainsFunc(c.o.Logs, func(l *tree.Verifier) bool { return l.String() == k.String() }) {
			c.find(Finding{State: Intact, File: keyPrefix + "001.json", What: fmt.Sprintf("Khóa nhật ký đã đổi %d lần từ khóa bạn tin; mỗi lần khóa cũ ký bàn giao cho khóa mới.", len(before)-i),
				WhatEN: fmt.Sprintf("The journal's key changed %d times since the one you trust; each time the old key signed the new one in.", len(before)-i),
				Do:     "Không cần làm gì; nên lấy khóa mới do cơ quan công bố cho lần sau.", DoEN: "Nothing to do; take the new key the agency publishes for the next time."})
			return true
		}
	}
	return false
}
