package main

import (
	"encoding/json"
	"errors"
	"io"
	"runtime/debug"
	"strings"
)

// component is one thing a program is built from, as CycloneDX 1.5 writes it.
type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
}

// bom is a CycloneDX 1.5 document. It carries no time and no serial number, so that
// the same build always gives the same bytes.
type bom struct {
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Version  int    `json:"version"`
	Metadata struct {
		Component component `json:"component"`
	} `json:"metadata"`
	Components []component `json:"components"`
}

// writeSBOM writes what this program is built from: the Go toolchain and the modules
// the linker took in, as the binary itself remembers them. Programs outside (Tesseract,
// LibreOffice …) are not part of it.
func writeSBOM(w io.Writer, version string) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this binary does not say what it was built from; build it with go build")
	}
	out := bom{Format: "CycloneDX", Spec: "1.5", Version: 1}
	out.Metadata.Component = component{Type: "application", Name: info.Main.Path, Version: version}
	out.Components = []component{{Type: "framework", Name: "go", Version: info.GoVersion, PURL: "pkg:generic/go@" + strings.TrimPrefix(info.GoVersion, "go")}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		out.Components = append(out.Components, component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
