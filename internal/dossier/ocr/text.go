package ocr

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// tidy brings a word as Tesseract gives it to the form that is kept: NFC, the
// Vietnamese Đ (U+0110) where Tesseract reads the Icelandic one (U+00D0), and one Đ
// where it reads both for the same letter.
func tidy(s string) string {
	s = norm.NFC.String(strings.TrimSpace(s))
	if strings.ContainsAny(s, "Ðð") {
		s = strings.NewReplacer("ĐÐ", "Đ", "ÐĐ", "Đ", "Ð", "Đ", "đð", "đ", "ð", "đ").Replace(s)
	}
	return s
}
