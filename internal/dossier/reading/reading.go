// Package reading is what was read on a picture of a page (kết quả đọc trang):
// the words, where they stand and how sure the reader was. It is the one language
// that the engines of dossier speak with each other, and the page object of the
// JSON that congminh digitise writes.
package reading

import "strings"

// Box is a rectangle x0, y0, x1, y1 in pixels of the page picture as people see
// it: turned upright by Page.Rotation, not straightened. x grows to the right, y
// downwards; x1 and y1 are exclusive.
type Box [4]int

// W is the width of b in pixels.
func (b Box) W() int { return b[2] - b[0] }

// H is the height of b in pixels.
func (b Box) H() int { return b[3] - b[1] }

// Union is the smallest box that holds b and c. An empty box holds nothing.
func (b Box) Union(c Box) Box {
	if b == (Box{}) {
		return c
	}
	if c == (Box{}) {
		return b
	}
	return Box{min(b[0], c[0]), min(b[1], c[1]), max(b[2], c[2]), max(b[3], c[3])}
}

// Word is one word of the text, in reading order.
type Word struct {
	T    string `json:"t"`           // NFC
	Box  Box    `json:"box"`         // around the word as it stands on the picture
	C    int    `json:"c"`           // confidence, 0–100
	Line int    `json:"l,omitempty"` // number of its line on the page, from 0
}

// Barcode is a QR code or a Code 128 found on the page.
type Barcode struct {
	Format string `json:"format"` // "QR", "CODE128"
	Text   string `json:"text"`
	Box    Box    `json:"box"`
}

// Page is one page as it was read.
type Page struct {
	N          int       `json:"n"`        // its place in the file it came from, from 1
	W          int       `json:"w"`        // width in pixels after Rotation
	H          int       `json:"h"`        // height in pixels after Rotation
	DPI        int       `json:"dpi"`      // dots per inch of the picture
	Rotation   int       `json:"rotation"` // clockwise turn that makes the stored picture upright: 0, 90, 180, 270
	Skew       float64   `json:"skew"`     // degrees the upright text leans, clockwise positive
	Blank      bool      `json:"blank"`
	Double     bool      `json:"double,omitempty"` // two A4 pages side by side (an A3 sheet)
	Confidence float64   `json:"confidence"`       // mean word confidence, 0–100
	Text       string    `json:"text"`             // lines separated by \n, NFC
	Words      []Word    `json:"words"`
	Barcodes   []Barcode `json:"barcodes,omitempty"`
	Hash       uint64    `json:"hash,omitempty,string"` // perceptual hash of the upright picture, for near duplicates
	Pass       int       `json:"pass,omitempty"`        // which reading was kept: 1 grey, 2 binarised, 0 text of the file itself
}

// Lines returns the words line by line.
func (p Page) Lines() [][]Word {
	var out [][]Word
	for i, w := range p.Words {
		if i == 0 || w.Line != p.Words[i-1].Line {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], w)
	}
	return out
}

// TextOf joins words into lines: the Text of a page with these words.
func TextOf(words []Word) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case w.Line != words[i-1].Line:
			b.WriteByte('\n')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(w.T)
	}
	return b.String()
}

// Turn is b on a picture of w by h pixels that was turned clockwise by degrees, a
// multiple of 90.
func (b Box) Turn(degrees, w, h int) Box {
	switch ((degrees % 360) + 360) % 360 {
	case 90:
		return Box{h - b[3], b[0], h - b[1], b[2]}
	case 180:
		return Box{w - b[2], h - b[3], w - b[0], h - b[1]}
	case 270:
		return Box{b[1], w - b[2], b[3], w - b[0]}
	}
	return b
}
