package font

import (
	"testing"

	"golang.org/x/image/font/sfnt"
)

// Every letter of Vietnamese, and what papers of proceedings use beside them, is in
// every font.
func TestLetters(t *testing.T) {
	const letters = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxyfjwzFJWZ0123456789 " +
		"ÀÁẢÃẠẰẮẲẴẶẦẤẨẪẬÈÉẺẼẸỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌỒỐỔỖỘỜỚỞỠỢÙÚỦŨỤỪỨỬỮỰỲÝỶỸỴ" +
		"àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ₫–—“”…§°²³×/.,;:!?()[]%+-="
	for name, data := range map[string][]byte{"serif": Serif(), "serif bold": SerifBold(), "serif italic": SerifItalic(), "sans": Sans(), "mono": Mono()} {
		f, err := sfnt.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var b sfnt.Buffer
		for _, r := range letters {
			if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
				t.Errorf("%s has no %q", name, r)
			}
		}
	}
	Serif()[0]++
	if _, err := sfnt.Parse(Serif()); err != nil {
		t.Error("a caller changed the font of all others")
	}
}
