// Package roll reads lists that come from elsewhere (danh sách của cơ quan điều tra,
// tệp CSV, bảng tính): whatever the program that wrote them, one table of text comes
// out. It reads bytes nobody vouches for: what is too big, or no list at all, is
// refused before it costs memory.
package roll

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"congminh/internal/kit/vn"
)

// The limits of a list.
const (
	MaxBytes   = 20 << 20 // of a file
	MaxRows    = 20_000
	MaxColumns = 100
	maxCell    = 4_000 // letters; what is longer is no cell of a list
)

// The ways a list is refused.
var (
	ErrBig     = errors.New("roll: the file is too big")
	ErrRows    = errors.New("roll: too many rows")
	ErrColumns = errors.New("roll: too many columns")
	ErrCell    = errors.New("roll: a cell is too long")
	ErrEmpty   = errors.New("roll: no rows")
	ErrKind    = errors.New("roll: neither a list of text nor a spreadsheet")
	ErrBook    = errors.New("roll: the spreadsheet does not read")
	ErrSheet   = errors.New("roll: no such sheet")
)

// List is a list as it was read.
type List struct {
	Heads  []string // one for each column, never empty of all text
	Rows   []Row    // without rows that are empty
	Sheet  string   // it was read from
	Sheets []string // there are
}

// Row is a row and where it stands in the source, counted from 1 as a spreadsheet does.
type Row struct {
	Number int
	Cells  []string // as many as there are heads
}

// Read reads a file: a spreadsheet (XLSX) or text with separators. Sheet is the name of
// the sheet; "" is the first.
func Read(name string, data []byte, sheet string) (List, error) {
	switch {
	case len(data) > MaxBytes:
		return List{}, ErrBig
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return book(data, sheet)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")): // the old XLS
		return List{}, ErrKind
	case strings.EqualFold(path.Ext(name), ".xlsx"):
		return List{}, ErrBook
	}
	text, err := decode(data)
	if err != nil {
		return List{}, err
	}
	return Paste(text)
}

// Paste reads text copied from a table: cells separated by tabs, or by semicolons or
// commas with quotes.
func Paste(text string) (List, error) {
	if len(text) > MaxBytes {
		return List{}, ErrBig
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = separator(text), true, -1, true
	var t table
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t.list()
		}
		if err != nil {
			return List{}, fmt.Errorf("%w: %w", ErrKind, err)
		}
		line, _ := r.FieldPos(0)
		if err := t.add(line, cells); err != nil {
			return List{}, err
		}
	}
}

// separator is the letter that stands most often between the cells of the first lines.
// Tabs win: nobody types them.
func separator(text string) rune {
	sample := text[:min(len(text), 4096)]
	if strings.ContainsRune(sample, '\t') {
		return '\t'
	}
	if strings.Count(sample, ";") > strings.Count(sample, ",") {
		return ';'
	}
	return ','
}

// decode makes text of bytes: UTF-8, UTF-16 with or without its mark, or Windows-1258.
func decode(data []byte) (string, error) {
	data, marked := bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
	if !marked {
		if big, ok := wide(data); ok {
			return fromWide(data, big)
		}
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", ErrKind
	}
	if utf8.Valid(data) {
		return norm.NFC.String(string(data)), nil
	}
	out, err := charmap.Windows1258.NewDecoder().Bytes(data)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKind, err)
	}
	return norm.NFC.String(string(out)), nil // its tones are letters of their own
}

// wide reports whether data is UTF-16, and of which order.
func wide(data []byte) (big, ok bool) {
	switch {
	case len(data) < 2 || len(data)%2 != 0:
		return false, false
	case data[0] == 0xff && data[1] == 0xfe:
		return false, true
	case data[0] == 0xfe && data[1] == 0xff:
		return true, true
	}
	var zero [2]int
	sample := data[:min(len(data), 512)]
	for i, b := range sample {
		if b == 0 {
			zero[i%2]++
		}
	}
	enough := len(sample) / 5 // separators, digits and line ends alone are that many
	return zero[0] > enough, zero[0] > enough != (zero[1] > enough)
}

func fromWide(data []byte, big bool) (string, error) {
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		lo, hi := data[i], data[i+1]
		if big {
			lo, hi = hi, lo
		}
		units = append(units, uint16(lo)|uint16(hi)<<8)
	}
	if len(units) > 0 && units[0] == 0xfeff {
		units = units[1:]
	}
	return norm.NFC.String(string(utf16.Decode(units))), nil
}

// table gathers rows until it is known which is that of the heads.
type table struct {
	rows  []Row
	width int
}

func (t *table) add(number int, cells []string) error {
	if len(cells) > MaxColumns && strings.TrimSpace(strings.Join(cells[MaxColumns:], "")) != "" {
		return ErrColumns
	}
	cells = cells[:min(len(cells), MaxColumns)]
	row, last := Row{Number: number, Cells: make([]string, 0, len(cells))}, 0
	for i, c := range cells {
		if len(c) > 4*maxCell {
			return fmt.Errorf("%w: row %d", ErrCell, number)
		}
		c = vn.Clean(c)
		if row.Cells = append(row.Cells, c); c != "" {
			last = i + 1
		}
	}
	if last == 0 {
		return nil
	}
	if len(t.rows) > MaxRows+headLines {
		return ErrRows
	}
	row.Cells = row.Cells[:last]
	t.rows, t.width = append(t.rows, row), max(t.width, last)
	return nil
}

// headLines is how far down the heads are looked for: lists often begin with the
// name of the agency and a title.
const headLines = 15

// list takes for the heads the first row that has text in more than half as many cells
// as any of the first rows: a title has few, and a day or a number is no head.
func (t *table) list() (List, error) {
	texts := func(r Row) (n int) {
		for _, c := range r.Cells {
			if c != "" && !strings.ContainsAny(c[:1], "0123456789") {
				n++
			}
		}
		return n
	}
	first, most := t.rows[:min(len(t.rows), headLines)], 0
	for _, r := range first {
		most = max(most, texts(r))
	}
	head := slices.IndexFunc(first, func(r Row) bool { return 2*texts(r) > most })
	if head < 0 || len(t.rows) == head+1 {
		return List{}, ErrEmpty
	}
	l := List{Heads: pad(t.rows[head].Cells, t.width), Rows: t.rows[head+1:]}
	if numbered(l.Rows[0].Cells) && len(l.Rows) > 1 { // (1) (2) (3) below the heads
		l.Rows = l.Rows[1:]
	}
	if len(l.Rows) > MaxRows {
		return List{}, ErrRows
	}
	for i := range l.Rows {
		l.Rows[i].Cells = pad(l.Rows[i].Cells, t.width)
	}
	return l, nil
}

// numbered reports whether cells are 1, 2, 3 …, as columns are numbered.
func numbered(cells []string) bool {
	if len(cells) < 3 {
		return false
	}
	for i, c := range cells {
		if strings.Trim(c, "() ") != fmt.Sprint(i+1) {
			return false
		}
	}
	return true
}

func pad(cells []string, n int) []string {
	return append(cells, make([]string, max(0, n-len(cells)))...)
}
