package label

import (
	"bytes"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// A printed label says what it should, and its code is read back from the picture.
func TestWrite(t *testing.T) {
	for _, tool := range []string{"pdftotext", "pdftoppm"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	l := Label{Code: "congminh:volume/0192f0c4-5c1e-7b51-9d3c-3a8c1f0e2b11", Office: "VKSND khu vực 3 – Lào Cai", Number: "12/2026/HS", Case: "Vàng A Lềnh – Trộm cắp tài sản",
		File: "Hồ sơ kiểm sát vụ án Vàng A Lềnh và rất nhiều người khác nữa", Name: "Tập 1", Folios: "BL 01–120", Place: "Kho 1 · Tủ 3 · Giá 2"}
	var b, again bytes.Buffer
	many := make([]Label, 11)
	for i := range many {
		many[i] = l
	}
	made := time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC)
	if err := Write(&b, many, made); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, many, made); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same labels give other bytes: %v", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "labels.pdf")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"12/2026/HS", "Tập 1", "BL 01–120", "Kho 1 · Tủ 3 · Giá 2", "…"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := bytes.Count(text, []byte("\f")); n != 2 {
		t.Errorf("%d sheets for eleven labels", n)
	}
	// The last label stands alone on its sheet.
	if out, err := exec.Command("pdftoppm", "-png", "-r", "150", "-f", "2", "-l", "2", "-singlefile", file, filepath.Join(dir, "page")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "page.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil || got.GetText() != l.Code {
		t.Errorf("read back %v, %v", got, err)
	}
}
