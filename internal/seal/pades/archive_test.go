package pades

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"congminh/internal/dossier/pdfa"
)

// preflight checks files of level 1b with PDFBox, and returns what it says.
func preflight(t *testing.T, files ...string) string {
	t.Helper()
	var class []string
	for _, j := range []string{"preflight.jar", "pdfbox2.jar", "xmpbox.jar", "fontbox2.jar", "commons-logging.jar", "commons-io.jar"} {
		p := filepath.Join("/usr/share/java", j)
		if _, err := os.Stat(p); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("PDFBox Preflight is not installed: ", err)
			}
			t.Skip("PDFBox Preflight is not installed: ", err)
		}
		class = append(class, p)
	}
	dir, path := t.TempDir(), strings.Join(class, ":")
	sources, err := filepath.Glob(filepath.Join("..", "..", "dossier", "pdfa", "testdata", "preflight", "*.java"))
	if err != nil || len(sources) == 0 {
		t.Fatal("the checker's source is not there: ", err)
	}
	run(t, "java", append([]string{"-m", "jdk.compiler/com.sun.tools.javac.Main", "-cp", path, "-d", dir}, sources...)...)
	return run(t, "java", append([]string{"-cp", dir + ":" + path, "Preflight"}, files...)...)
}

// A file that is PDF/A stays it: sealed, sealed again, renewed. 1b is what can be
// checked; what is added is the same for 2b, and what 1b asks of it is more.
func TestArchive(t *testing.T) {
	o := newOffice(t)
	plain := scan(t, pdfa.A1B, 2)
	one := o.sign(t, plain, o.officer)
	two := o.sign(t, one, o.agency)
	files := []string{save(t, "plain.pdf", plain), save(t, "one.pdf", one), save(t, "two.pdf", two), save(t, "long.pdf", o.renew(t, two))}
	out := preflight(t, files...)
	for _, f := range files {
		if !strings.Contains(out, f+": valid\n") {
			t.Errorf("%s is not PDF/A-1b:\n%s", filepath.Base(f), out)
		}
	}
	broken := update(t, plain, func(f *file, r *revision) {
		_, root, _ := f.root()
		at, page, _, _ := f.firstPage(root)
		bare := r.add(dict{{"Type", name("Annot")}, {"Subtype", name("Widget")}, {"FT", name("Sig")}, {"T", text("x")}, {"F", raw("2")}, {"Rect", reals(0, 0, 9, 9)}})
		r.set(at, page.with("Annots", array{bare}))
	})
	if strings.Contains(preflight(t, save(t, "broken.pdf", broken)), ": valid") {
		t.Error("the checker takes a hidden field; does it check?")
	}
}

// Two marks stand below each other, upright whichever way the page is turned.
func TestMark(t *testing.T) {
	s := newSheet(dict{{"MediaBox", array{raw("0"), raw("0"), raw("600"), raw("800")}}})
	for turn, want := range map[int][4]float64{
		0: {376, 720, 576, 756}, 90: {44, 576, 80, 776}, 180: {24, 44, 224, 80}, 270: {520, 24, 556, 224},
	} {
		s.turn = turn
		got := s.rect(200, 36, markRight, markTop)
		if got != want {
			// On the upright page of 90°, right is up and top is left.
			t.Errorf("turned by %d: %v, want %v", turn, got, want)
		}
	}
	o := newOffice(t)
	out := o.sign(t, o.sign(t, scan(t, pdfa.A2B, 1), o.officer), o.agency)
	f, err := open(out)
	if err != nil {
		t.Fatal(err)
	}
	_, root, _ := f.root()
	_, page, _, _ := f.firstPage(root)
	boxes := f.taken(f.array(page.get("Annots")))
	if len(boxes) != 2 || overlap(boxes[0], boxes[1]) || boxes[1][3] > boxes[0][1] {
		t.Errorf("%v", boxes)
	}
	if text := run(t, "pdffonts", save(t, "fonts.pdf", out)); strings.Count(text, "LiberationSerif") != 2 || strings.Count(text, "yes yes yes") < 2 {
		t.Errorf("the font is not embedded, as a subset, with its letters:\n%s", text)
	}
}
