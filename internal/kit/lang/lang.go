// Package lang gives the texts of the program in the language of the reader.
//
// The source text is Vietnamese, in place, where officers can review it:
//
//	lang.T(ctx, "Tìm trong %d hồ sơ", n)
//
// Other languages are catalogues keyed by the source text. A test of app finds
// every source text and fails if a catalogue lacks it.
package lang

import (
	"context"
	"fmt"
)

// Tag is a language the program speaks.
type Tag string

// The languages.
const (
	VI Tag = "vi"
	EN Tag = "en"
)

// Catalogue holds translations of source texts.
type Catalogue map[string]string

type key struct{}

type reader struct {
	tag  Tag
	text Catalogue
}

// With returns a context whose reader reads tag, by the texts in c.
func With(ctx context.Context, tag Tag, c Catalogue) context.Context {
	return context.WithValue(ctx, key{}, reader{tag, c})
}

// Of returns the language of the reader; Vietnamese unless With said otherwise.
func Of(ctx context.Context) Tag {
	if r, ok := ctx.Value(key{}).(reader); ok {
		return r.tag
	}
	return VI
}

// T returns the source text in the reader's language, with args put in as
// fmt.Sprintf does.
func T(ctx context.Context, source string, args ...any) string {
	if r, ok := ctx.Value(key{}).(reader); ok {
		if s, ok := r.text[source]; ok {
			source = s
		}
	}
	if len(args) == 0 {
		return source
	}
	return fmt.Sprintf(source, args...)
}

// Catalogues holds the catalogue of every language but the source's.
type Catalogues map[Tag]Catalogue

// Tags are the languages there are, the source's first.
var Tags = []Tag{VI, EN}
