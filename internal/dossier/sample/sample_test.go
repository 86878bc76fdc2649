package sample

import (
	"bytes"
	"image"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/tiff"
)

func TestCase(t *testing.T) {
	for seed := range int64(12) {
		for _, n := range []int{1, 7, 60, 200} {
			f, err := Case(seed, n)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Pages) != n {
				t.Fatalf("seed %d: %d pages, want %d", seed, len(f.Pages), n)
			}
			at := 1
			for _, d := range f.Docs {
				if d.From != at || d.To < d.From || d.Kind == "" || d.Date == "" {
					t.Fatalf("seed %d: document %+v, want it to begin at %d", seed, d, at)
				}
				at = d.To + 1
			}
			if at != n+1 {
				t.Errorf("seed %d: documents end at %d", seed, at-1)
			}
			if n > 5 && len(f.Phrase) != 1 {
				t.Errorf("seed %d: %q stands on pages %v, want one", seed, Phrase, f.Phrase)
			}
		}
	}
}

func TestSame(t *testing.T) {
	a, _ := Make(3, 40, All)
	b, _ := Make(3, 40, All)
	for i, p := range a.Pages {
		if p.Text != b.Pages[i].Text {
			t.Fatalf("page %d differs between two runs", i+1)
		}
	}
	if !bytes.Equal(a.Pages[0].Render(60).Pix, b.Pages[0].Render(60).Pix) {
		t.Error("the same page is drawn differently")
	}
}

// Every accident must happen, and every page must say what happened to it.
func TestMishaps(t *testing.T) {
	f, err := Make(1, 120, All)
	if err != nil {
		t.Fatal(err)
	}
	var blank, up, side, twice, double, label int
	for i, p := range f.Pages {
		switch {
		case p.Blank:
			blank++
		case p.Double:
			double++
		case p.Turn == 180:
			up++
		case p.Turn != 0:
			side++
		}
		if p.Folio > 0 {
			label++
		}
		if p.CopyOf != 0 {
			twice++
			if p.Text != f.Pages[p.CopyOf-1].Text || p.CopyOf != i {
				t.Errorf("page %d is no copy of %d", p.N, p.CopyOf)
			}
		}
		w, h := p.Size(50)
		if b := p.Render(50).Bounds(); b.Dx() != w || b.Dy() != h {
			t.Errorf("page %d is %v, want %dx%d", p.N, b, w, h)
		}
		if p.Blank != (p.Text == "") {
			t.Errorf("page %d: blank %v, text %q", p.N, p.Blank, p.Text)
		}
	}
	for what, n := range map[string]int{"blank": blank, "upside down": up, "sideways": side, "twice": twice, "double": double, "labelled": label} {
		if n == 0 {
			t.Errorf("no page is %s", what)
		}
	}
}

// What the printer puts on paper, the reader of the engine must be able to read.
func TestBarcodes(t *testing.T) {
	f, err := Make(2, 3, Options{Separators: true, Labels: true})
	if err != nil {
		t.Fatal(err)
	}
	read := func(img image.Image, r gozxing.Reader) string {
		m, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Decode(m, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil {
			t.Fatal(err)
		}
		return res.GetText()
	}
	if got, want := read(f.Pages[0].Render(150), qrcode.NewQRCodeReader()), "CM1;S;kind="+f.Docs[1].Kind+";case="+f.Code; got != want {
		t.Errorf("separator says %q, want %q", got, want)
	}
	if got := read(f.Pages[1].Render(200), oned.NewCode128Reader()); got != "CM1-BL-00001" {
		t.Errorf("label says %q", got)
	}
}

func TestTIFF(t *testing.T) {
	f, err := Case(4, 2)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := (Scan{DPI: 100}).TIFF(&buf, f.Pages); err != nil {
		t.Fatal(err)
	}
	img, err := tiff.Decode(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if w, h := f.Pages[0].Size(100); img.Bounds() != image.Rect(0, 0, w, h) {
		t.Errorf("first page is %v", img.Bounds())
	}
}

func BenchmarkRender200(b *testing.B) {
	f, err := Case(1, 200)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		f.Pages[i%len(f.Pages)].Render(200)
	}
}
