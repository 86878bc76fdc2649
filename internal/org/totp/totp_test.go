package totp

import (
	"bytes"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// The vectors of RFC 6238, appendix B, SHA-1, cut to six digits.
func TestRFC6238(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // "12345678901234567890"
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		got, err := Code(secret, time.Unix(at, 0))
		if err != nil || got != want {
			t.Errorf("at %d: %s, %v, want %s", at, got, err, want)
		}
		for _, c := range []struct {
			off time.Duration
			ok  bool
		}{{0, true}, {30 * time.Second, true}, {-30 * time.Second, true}, {90 * time.Second, false}, {-90 * time.Second, false}} {
			if step, ok, err := Match(secret, want, time.Unix(at, 0).Add(c.off)); ok != c.ok || ok && step != at/30 || err != nil {
				t.Errorf("at %d%+v: step %d, %v, %v", at, c.off, step, ok, err)
			}
		}
	}
	if _, ok, _ := Match(secret, "287 082", time.Unix(59, 0)); !ok {
		t.Error("a code written in two groups is refused")
	}
	for _, typed := range []string{"", "28708", "2870820", "२८७०८२"} {
		if _, ok, _ := Match(secret, typed, time.Unix(59, 0)); ok {
			t.Errorf("%q passes", typed)
		}
	}
	if _, _, err := Match("not base32!", "287082", time.Unix(59, 0)); err == nil {
		t.Error("a broken secret is no error")
	}
}

// The picture says what URL said, read by another program's eye.
func TestQR(t *testing.T) {
	secret, err := New(bytes.NewReader(bytes.Repeat([]byte{7}, 20)))
	if err != nil || len(secret) != 32 {
		t.Fatalf("%q, %v", secret, err)
	}
	text := URL("Công Minh", "pao", secret)
	if strings.Contains(text, "+") {
		t.Errorf("a space is a plus: %s", text)
	}
	p, err := QR(text)
	if err != nil {
		t.Fatal(err)
	}
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, p.Size*scale, p.Size*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`).FindAllStringSubmatch(p.Path, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		for dy := range scale {
			for dx := range scale {
				img.Set(x*scale+dx, y*scale+dy, color.Black)
			}
		}
	}
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bmp, nil)
	if err != nil || got.GetText() != text {
		t.Errorf("reads %v, %v, want %s", got, err, text)
	}
}
