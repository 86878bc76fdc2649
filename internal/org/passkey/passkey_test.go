package passkey

import (
	"errors"
	"testing"
)

func TestHost(t *testing.T) {
	for base, want := range map[string]string{
		"http://127.0.0.1:8080":            "localhost http://localhost:8080",
		"http://[::1]:8080":                "localhost http://localhost:8080",
		"http://0.0.0.0:80":                "localhost http://localhost:80",
		"http://:8080":                     "localhost http://localhost:8080",
		"http://localhost:8080":            "localhost http://localhost:8080",
		"https://congminh.vks.example/":    "congminh.vks.example https://congminh.vks.example",
		"https://congminh.vks.example:844": "congminh.vks.example https://congminh.vks.example:844",
	} {
		k, err := New(base, "x")
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if got := k.Host() + " " + k.wa.Config.RPOrigins[0]; got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
	if _, err := New("http://10.0.0.5:8080", "x"); !errors.Is(err, ErrHost) {
		t.Errorf("an address of numbers: %v", err)
	}
}
