package lang

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/BurntSushi/toml"
)

// Load merges the catalogues of all packages: a file called en.toml at the root of
// each file system. One source text has one translation in the whole program.
func Load(packages ...fs.FS) (Catalogues, error) {
	all := Catalogues{}
	for _, tag := range Tags[1:] {
		all[tag] = Catalogue{}
		for _, p := range packages {
			var c Catalogue
			if _, err := toml.DecodeFS(p, string(tag)+".toml", &c); err != nil {
				return nil, fmt.Errorf("catalogue %s: %w", tag, err)
			}
			for source, text := range c {
				if old, ok := all[tag][source]; ok && old != text {
					return nil, fmt.Errorf("catalogue %s: %q is both %q and %q", tag, source, old, text)
				}
				all[tag][source] = text
			}
		}
	}
	return all, nil
}

// Best returns the first language of an Accept-Language header that the program
// speaks. Vietnamese is the language of procedure: it is the answer in doubt.
func Best(accept string) Tag {
	best, weight := VI, -1.0
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(name), "-")
		w := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(q), "q="); ok {
			if _, err := fmt.Sscanf(v, "%g", &w); err != nil {
				continue
			}
		}
		for _, tag := range Tags {
			if string(tag) == base && w > weight && w > 0 {
				best, weight = tag, w
			}
		}
	}
	return best
}
