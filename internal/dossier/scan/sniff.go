package scan

import (
	"bytes"
)

// sniffLen is how much of a file Sniff wants to see.
const sniffLen = 1024

// Sniff tells by its first bytes what a file is. The name has no say in it.
func Sniff(head []byte) (kind string, err error) {
	head = head[:min(len(head), sniffLen)]
	if len(head) == 0 {
		return "", ErrEmpty
	}
	has := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	// Viewers look for %PDF- anywhere in the beginning: what has it elsewhere than at
	// byte 0 is one thing to them and another to us.
	pdf := bytes.Index(head, []byte("%PDF-"))
	switch {
	case pdf > 0:
		return "", ErrPolyglot
	case pdf == 0:
		low := bytes.ToLower(head)
		for _, s := range []string{"<html", "<script", "<!doctype html"} {
			if bytes.Contains(low, []byte(s)) {
				return "", ErrPolyglot
			}
		}
		return "pdf", nil
	case has("II*\x00"), has("MM\x00*"):
		return "tiff", nil
	case has("\xff\xd8\xff"):
		return "jpeg", nil
	case has("\x89PNG\r\n\x1a\n"):
		return "png", nil
	case has("PK\x03\x04"): // whether it is a document, the child sees
		return "docx", nil
	case has("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return "", ErrOldWord
	}
	return "", ErrUnknown
}
