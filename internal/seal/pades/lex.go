package pades

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// lexer reads values (32000, 7.2 and 7.3). Past its end it reads nothing.
type lexer struct {
	b     []byte
	at    int
	depth int
}

// More than these no sane file has.
const (
	depthLimit = 64
	keyLimit   = 4096
)

func space(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func regular(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return false
	}
	return !space(c)
}

func (l *lexer) skip() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case space(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

func (l *lexer) fail(what string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrFile, what, l.at)
}

// word reads a run of regular characters.
func (l *lexer) word() string {
	from := l.at
	for l.at < len(l.b) && regular(l.b[l.at]) {
		l.at++
	}
	return string(l.b[from:l.at])
}

// take reads a keyword if it stands there.
func (l *lexer) take(keyword string) bool {
	l.skip()
	end := l.at + len(keyword)
	if !bytes.HasPrefix(l.b[l.at:], []byte(keyword)) || end < len(l.b) && regular(l.b[end]) {
		return false
	}
	l.at = end
	return true
}

func (l *lexer) integer() (int, bool) {
	l.skip()
	from := l.at
	n, err := strconv.Atoi(l.word())
	if err != nil || n < 0 {
		l.at = from
		return 0, false
	}
	return n, true
}

func (l *lexer) value() (any, error) {
	if l.depth++; l.depth > depthLimit {
		return nil, l.fail("values nested too deep")
	}
	defer func() { l.depth-- }()
	l.skip()
	if l.at >= len(l.b) {
		return nil, l.fail("the end instead of a value")
	}
	switch c := l.b[l.at]; {
	case c == '/':
		l.at++
		return l.name()
	case c == '(':
		return l.literal()
	case c == '[':
		l.at++
		return l.array()
	case c == '<' && l.at+1 < len(l.b) && l.b[l.at+1] == '<':
		l.at += 2
		return l.dict()
	case c == '<':
		return l.hex()
	}
	return l.plain()
}

// plain reads a number, a reference or a keyword.
func (l *lexer) plain() (any, error) {
	if n, ok := l.integer(); ok {
		after := l.at
		if gen, ok := l.integer(); ok && l.take("R") {
			return ref{n, gen}, nil
		}
		l.at = after
		return raw(strconv.Itoa(n)), nil
	}
	w := l.word()
	switch {
	case w == "null":
		return nil, nil
	case w == "true" || w == "false":
		return raw(w), nil
	case w != "" && (w[0] >= '0' && w[0] <= '9' || w[0] == '+' || w[0] == '-' || w[0] == '.'):
		return raw(w), nil
	}
	return nil, l.fail(fmt.Sprintf("%q instead of a value", w))
}

func (l *lexer) name() (any, error) {
	w := l.word()
	if !strings.Contains(w, "#") {
		return name(w), nil
	}
	var out []byte
	for i := 0; i < len(w); i++ {
		if w[i] == '#' && i+2 < len(w) {
			if b, err := hex.DecodeString(w[i+1 : i+3]); err == nil {
				out = append(out, b[0])
				i += 2
				continue
			}
		}
		out = append(out, w[i])
	}
	return name(out), nil
}

func (l *lexer) array() (any, error) {
	out := array{}
	for {
		l.skip()
		if l.at < len(l.b) && l.b[l.at] == ']' {
			l.at++
			return out, nil
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func (l *lexer) dict() (any, error) {
	out := dict{}
	for {
		l.skip()
		if bytes.HasPrefix(l.b[l.at:], []byte(">>")) {
			l.at += 2
			return out, nil
		}
		if l.at >= len(l.b) || l.b[l.at] != '/' {
			return nil, l.fail("no key in a dictionary")
		}
		l.at++
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		k := key.(name)
		if len(out) == keyLimit {
			return nil, l.fail("too many keys in a dictionary")
		}
		if out.get(k) != nil { // readers differ in which they believe
			return nil, l.fail("key " + string(k) + " twice in a dictionary")
		}
		out = append(out, entry{k, v})
	}
}

func (l *lexer) hex() (any, error) {
	from := l.at
	end := bytes.IndexByte(l.b[from:], '>')
	if end < 0 {
		return nil, l.fail("a string without an end")
	}
	l.at = from + end + 1
	digits := make([]byte, 0, end)
	for _, c := range l.b[from+1 : l.at-1] {
		if !space(c) {
			digits = append(digits, c)
		}
	}
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	s := str{value: make([]byte, len(digits)/2), raw: string(l.b[from:l.at]), at: from, end: l.at}
	if _, err := hex.Decode(s.value, digits); err != nil {
		return nil, l.fail("a string that is not hexadecimal")
	}
	return s, nil
}

// literal reads a string in parentheses. Its escapes are kept: only Contents is ever
// looked into, and that is hexadecimal.
func (l *lexer) literal() (any, error) {
	from, open := l.at, 0
	for ; l.at < len(l.b); l.at++ {
		switch l.b[l.at] {
		case '\\':
			l.at++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.at++
				return str{value: l.b[from+1 : l.at-1], raw: string(l.b[from:l.at]), at: from, end: l.at}, nil
			}
		}
	}
	l.at = len(l.b)
	return nil, l.fail("a string without an end")
}
