// Package font is the letters for what the program draws itself: papers in PDF,
// stamps on pages, pages of samples.
//
// The Liberation fonts have the measures of Times, Arial and Courier, which the
// rules for official papers ask for (NĐ 30/2020/NĐ-CP, Phụ lục I), and every
// Vietnamese letter. Their licence stands beside them.
package font

import "embed"

//go:embed *.ttf
var files embed.FS

// Serif is Liberation Serif, as a TrueType file.
func Serif() []byte { return file("Serif-Regular") }

// SerifBold is Liberation Serif, bold.
func SerifBold() []byte { return file("Serif-Bold") }

// SerifItalic is Liberation Serif, italic.
func SerifItalic() []byte { return file("Serif-Italic") }

// Sans is Liberation Sans.
func Sans() []byte { return file("Sans-Regular") }

// Mono is Liberation Mono.
func Mono() []byte { return file("Mono-Regular") }

// file is a copy: nobody can change the letters of another.
func file(name string) []byte {
	b, err := files.ReadFile("Liberation" + name + ".ttf")
	if err != nil {
		panic(err) // the file is inside the program: it was built wrong
	}
	return b
}
