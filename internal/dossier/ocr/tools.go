package ocr

import (
	"os"
	"path/filepath"
)

// Tool is something outside the program that reading needs.
type Tool struct {
	Name    string
	Found   bool
	Why     string // what cannot be done without it, Vietnamese
	Package string // what to install on Debian and Ubuntu
}

// Tools tells what is there.
func Tools() []Tool {
	there := func(patterns ...string) bool {
		for _, p := range patterns {
			if found, err := filepath.Glob(p); err == nil && len(found) > 0 {
				return true
			}
		}
		return false
	}
	const why = "đọc chữ trên trang quét"
	data := []string{"/usr/share/tesseract-ocr/*/tessdata/vie.traineddata", "/usr/share/tessdata/vie.traineddata"}
	if d := os.Getenv("TESSDATA_PREFIX"); d != "" {
		data = append(data, filepath.Join(d, "vie.traineddata"))
	}
	return []Tool{
		{"libtesseract", there("/usr/lib/*/libtesseract.so.5", "/usr/lib/libtesseract.so.5", "/usr/lib64/libtesseract.so.5", "/usr/local/lib/libtesseract.so.5"), why, "tesseract-ocr"},
		{"vie.traineddata", there(data...), why, "tesseract-ocr-vie"},
	}
}
