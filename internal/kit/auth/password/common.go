package password

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the format of the published lists of breached passwords, not a protection
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"unicode"
)

// common is 49,233 passwords people use most, as the first 6 bytes of SHA-256,
// sorted. Source and licence: common.txt. Two passwords share 6 bytes once in
// 2^48, so a good password is refused by accident about never.
//
//go:embed common.bin
var common []byte

const width = 6

func listed(pw string) bool {
	sum := sha256.Sum256([]byte(pw))
	n := len(common) / width
	i := sort.Search(n, func(i int) bool { return bytes.Compare(common[i*width:(i+1)*width], sum[:width]) >= 0 })
	return i < n && bytes.Equal(common[i*width:(i+1)*width], sum[:width])
}

// Common reports whether pw is one of the passwords tried first: on the list
// whatever the case, on the list with digits or signs put at its ends, or one
// short thing over and over.
func Common(pw string) bool {
	pw = strings.ToLower(Normal(pw))
	bare := strings.TrimFunc(pw, func(r rune) bool { return !unicode.IsLetter(r) })
	return listed(pw) || bare == "" || listed(bare) || repeats(pw) || repeats(bare)
}

func repeats(pw string) bool {
	for n := 1; n <= len(pw)/2; n++ {
		unit := pw[:n]
		if strings.Repeat(unit, len(pw)/n)+unit[:len(pw)%n] == pw && (n <= 4 || listed(unit)) {
			return true
		}
	}
	return false
}

// Breached looks pw up in a file of SHA-1 hashes, one a line in order, each with
// ":count" or nothing behind it: the format in which lists of breached passwords
// are published. The file is searched, not read: it may be tens of gigabytes.
func Breached(path, pw string) (found bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("list of breached passwords: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("list of breached passwords: %w", err)
	}
	sum := sha1.Sum([]byte(Normal(pw))) //nolint:gosec // see above
	want := strings.ToUpper(hex.EncodeToString(sum[:]))

	// Between lo and hi stands the start of the line, if it is there.
	lo, hi := int64(0), st.Size()
	for lo < hi {
		mid := lo + (hi-lo)/2
		start, line, err := lineAt(f, mid, lo)
		if err != nil {
			return false, err
		}
		hash, _, _ := strings.Cut(strings.ToUpper(line), ":")
		switch hash = strings.TrimSpace(hash); {
		case hash == want:
			return true, nil
		case hash < want:
			lo = start + int64(len(line)) + 1
		default:
			hi = start
		}
	}
	return false, nil
}

// lineAt returns the line that holds the byte at off and where it starts, not
// before floor.
func lineAt(f io.ReaderAt, off, floor int64) (start int64, line string, err error) {
	const most = 128
	from := max(floor, off-most)
	buf := make([]byte, off-from+most)
	n, err := f.ReadAt(buf, from)
	if err != nil && err != io.EOF {
		return 0, "", fmt.Errorf("list of breached passwords: %w", err)
	}
	buf = buf[:n]
	at := int(off - from)
	begin := bytes.LastIndexByte(buf[:min(at, n)], '\n') + 1
	end := bytes.IndexByte(buf[begin:], '\n')
	if end < 0 {
		end = n - begin
	}
	return from + int64(begin), string(buf[begin : begin+end]), nil
}
