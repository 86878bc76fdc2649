package listing

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"congminh/internal/dossier/paper"
)

// drawn is the first page of a PDF as a printer would print it.
func drawn(t *testing.T, pdf []byte, crop ...string) (*gozxing.BinaryBitmap, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftoppm is not installed")
		}
		t.Skip("pdftoppm is not installed")
	}
	args := append([]string{"-r", "200", "-gray", "-png", "-f", "1", "-l", "1", "-singlefile"}, crop...)
	if out, err := exec.Command(tool, append(args, file, filepath.Join(dir, "p"))...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "p.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return bits, string(text)
}

// What is printed says, to a reader of codes, what it was made to say.
func TestSeparators(t *testing.T) {
	var b bytes.Buffer
	m := paper.Meta{Case: "01/2026/HS", Text: "Vụ án 01/2026/HS"}
	if err := Separators(&b, m, 3, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	bits, text := drawn(t, b.Bytes())
	got, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatal(err)
	}
	back, ok := paper.Separator(got.GetText())
	if !ok || back != m {
		t.Errorf("read %q: %+v", got.GetText(), back)
	}
	if strings.Count(text, "TỜ PHÂN CÁCH TÀI LIỆU") != 3 {
		t.Errorf("text %q", text)
	}
}

func TestLabels(t *testing.T) {
	var b bytes.Buffer
	if err := Labels(&b, 7, 40, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	bits, text := drawn(t, b.Bytes(), "-x", "0", "-y", "0", "-W", "551", "-H", "290") // the first label
	got, err := oned.NewCode128Reader().Decode(bits, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := paper.Label(got.GetText()); !ok || n != 7 {
		t.Errorf("read %q", got.GetText())
	}
	for _, want := range []string{"BL 07", "BL 40"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not printed", want)
		}
	}
}
