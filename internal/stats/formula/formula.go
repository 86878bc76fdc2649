// Package formula reads the sums that forms and indicators are written in (công thức):
// "1 + 2 - 8", "report.settled / (report.carried + report.new)". Names are figures or
// codes of rows; numbers are written with a dot and stand for themselves only behind
// "=", so that rows may be called 1 and 2.
package formula

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Expr is a formula that was read.
type Expr struct {
	op       byte // 'n' name, '=' number, + - * /
	name     string
	number   float64
	lhs, rhs *Expr
}

// Error is what is wrong with a formula, and where: the byte, from 0.
type Error struct {
	At   int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("ký tự %d: %s", e.At+1, e.What) }

// deepest bounds how far parentheses nest: nobody writes more, and an attacker might.
const deepest = 50

// Parse reads a formula. Its errors are *Error, in Vietnamese.
func Parse(text string) (*Expr, error) {
	p := parser{text: text}
	e, err := p.sum(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(text) {
		return nil, &Error{p.at, fmt.Sprintf("không hiểu %q", text[p.at:min(len(text), p.at+1)])}
	}
	return e, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) skip() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// next returns the next byte that is no space; 0 at the end.
func (p *parser) next() byte {
	if p.skip(); p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) sum(depth int) (*Expr, error) {
	return p.chain("+-", func() (*Expr, error) { return p.chain("*/", func() (*Expr, error) { return p.one(depth) }) })
}

// chain reads operands with operators of one rank between them.
func (p *parser) chain(ops string, operand func() (*Expr, error)) (*Expr, error) {
	e, err := operand()
	for err == nil && p.next() != 0 && strings.IndexByte(ops, p.next()) >= 0 {
		op := p.next()
		p.at++
		var rhs *Expr
		if rhs, err = operand(); err == nil {
			e = &Expr{op: op, lhs: e, rhs: rhs}
		}
	}
	return e, err
}

func (p *parser) one(depth int) (*Expr, error) {
	switch c := p.next(); {
	case c == 0:
		return nil, &Error{p.at, "thiếu một số hạng"}
	case c == '(':
		if depth >= deepest {
			return nil, &Error{p.at, "quá nhiều ngoặc lồng nhau"}
		}
		p.at++
		e, err := p.sum(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.next() != ')' {
			return nil, &Error{p.at, "thiếu dấu )"}
		}
		p.at++
		return e, nil
	case c == '=':
		p.at++
		from := p.at
		for p.at < len(p.text) && (p.text[p.at] == '.' || '0' <= p.text[p.at] && p.text[p.at] <= '9') {
			p.at++
		}
		n, err := strconv.ParseFloat(p.text[from:p.at], 64)
		if err != nil {
			return nil, &Error{from, "sau dấu = phải là một số, thí dụ =100"}
		}
		return &Expr{op: '=', number: n}, nil
	case letter(c):
		from := p.at
		for p.at < len(p.text) && letter(p.text[p.at]) {
			p.at++
		}
		return &Expr{op: 'n', name: p.text[from:p.at]}, nil
	default:
		return nil, &Error{p.at, fmt.Sprintf("không hiểu %q", string(rune(c)))}
	}
}

func letter(c byte) bool {
	return c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// Names returns the names in e, each once, sorted.
func (e *Expr) Names() []string {
	seen := map[string]bool{}
	e.walk(func(x *Expr) {
		if x.op == 'n' {
			seen[x.name] = true
		}
	})
	out := make([]string, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func (e *Expr) walk(f func(*Expr)) {
	f(e)
	if e.lhs != nil {
		e.lhs.walk(f)
		e.rhs.walk(f)
	}
}

// Eval works e out. ok is false where something is divided by nothing.
func (e *Expr) Eval(value func(name string) float64) (v float64, ok bool) {
	switch e.op {
	case 'n':
		return value(e.name), true
	case '=':
		return e.number, true
	}
	a, aok := e.lhs.Eval(value)
	b, bok := e.rhs.Eval(value)
	if !aok || !bok {
		return 0, false
	}
	switch e.op {
	case '+':
		return a + b, true
	case '-':
		return a - b, true
	case '*':
		return a * b, true
	}
	if b == 0 {
		return 0, false
	}
	return a / b, true
}

// Linear reports whether e only adds and takes away names: what a single case gives to
// it is then e of what the case gives to its names.
func (e *Expr) Linear() bool {
	linear := true
	e.walk(func(x *Expr) { linear = linear && (x.op == 'n' || x.op == '+' || x.op == '-') })
	return linear
}

// String writes e so that Parse reads it again.
func (e *Expr) String() string {
	switch e.op {
	case 'n':
		return e.name
	case '=':
		return "=" + strconv.FormatFloat(e.number, 'f', -1, 64)
	}
	l, r := e.lhs.String(), e.rhs.String()
	if rank(e.lhs) < rank(e) {
		l = "(" + l + ")"
	}
	if rank(e.rhs) <= rank(e) {
		r = "(" + r + ")"
	}
	return l + " " + string(e.op) + " " + r
}

func rank(e *Expr) int {
	switch e.op {
	case '+', '-':
		return 1
	case '*', '/':
		return 2
	}
	return 3
}
