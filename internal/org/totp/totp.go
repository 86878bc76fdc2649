// Package totp is the second factor (bước xác thực thứ hai) that any telephone can
// hold: a code of six digits that changes every 30 seconds (RFC 6238), made of a
// secret both sides know.
package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	period = 30 // seconds; what every application assumes
	skew   = 1  // steps a clock may be off, either way (RFC 6238, section 5.2)
)

// New returns a secret of 160 bits, the length RFC 4226 recommends, in base32.
func New(rand io.Reader) (string, error) {
	b := make([]byte, 20)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", fmt.Errorf("totp secret: %w", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b), nil
}

// URL is what an application reads from the picture (otpauth, the key URI format).
func URL(issuer, account, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	// Some applications show a + as it stands, so spaces are %20.
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Code returns the code at a time. It is for tests and for nothing else.
func Code(secret string, at time.Time) (string, error) { return code(secret, at.Unix()/period) }

func code(secret string, step int64) (string, error) {
	return hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
}

// Match reports whether typed is the code of secret at a time, and of which step of
// 30 seconds it is. Whoever keeps the greatest step accepted, and accepts only
// greater ones, lets no code be used twice (RFC 6238, section 5.2).
func Match(secret, typed string, at time.Time) (step int64, ok bool, err error) {
	typed = strings.ReplaceAll(typed, " ", "")
	now := at.Unix() / period
	for n := now - skew; n <= now+skew; n++ {
		want, err := code(secret, n)
		if err != nil {
			return 0, false, fmt.Errorf("totp secret: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 {
			step, ok = n, true
		}
	}
	return step, ok, nil
}

// Picture is a QR code: the dark modules as the path of a drawing that is Size
// units wide and high, with the empty margin the standard asks for.
type Picture struct {
	Size int
	Path string
}

// QR draws text.
func QR(text string) (p Picture, err error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN: 4, gozxing.EncodeHintType_ERROR_CORRECTION: decoder.ErrorCorrectionLevel_M,
	})
	if err != nil {
		return p, fmt.Errorf("qr code: %w", err)
	}
	var b strings.Builder
	for y := range m.GetHeight() {
		for x := range m.GetWidth() {
			if m.Get(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return Picture{m.GetWidth(), b.String()}, nil
}
