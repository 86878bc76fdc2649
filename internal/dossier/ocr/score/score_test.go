package score

import (
	"math"
	"testing"
)

func TestCER(t *testing.T) {
	for _, c := range []struct {
		got  string
		want []string
		cer  float64
	}{
		{"", []string{""}, 0},
		{"", []string{"abcd"}, 1},
		{"Viện kiểm sát", []string{"Viện kiểm sát"}, 0},
		{"Viện  kiểm\nsát ", []string{"Viện kiểm sát"}, 0},
		{"Viện kiểm sát", []string{"Viện kiểm sát"}, 0}, // decomposed
		{"Vien kiểm sát", []string{"Viện kiểm sát"}, 1.0 / 13},
		{"“QÐ” – 12", []string{`"QĐ" - 12`}, 0},
		{"b a", []string{"a b", "b a"}, 0},
		{"kitten", []string{"sitting"}, 3.0 / 7},
		{"sitting", []string{"kitten"}, 3.0 / 6},
		{"abcabc", []string{"abc"}, 1},
	} {
		if got := CER(c.got, c.want...); math.Abs(got-c.cer) > 1e-9 {
			t.Errorf("CER(%q, %q) = %v, want %v", c.got, c.want, got, c.cer)
		}
	}
}

func TestRecall(t *testing.T) {
	for _, c := range []struct {
		got, want string
		recall    float64
	}{
		{"", "", 1},
		{"", "một hai", 0},
		{"hai mot", "Một, hai", 1},
		{"điều tra", "dieu", 1},
		{"một", "một một", 0.5},
	} {
		if got := Recall(c.got, c.want); got != c.recall {
			t.Errorf("Recall(%q, %q) = %v, want %v", c.got, c.want, got, c.recall)
		}
	}
}
