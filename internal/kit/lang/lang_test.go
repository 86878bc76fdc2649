package lang

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
)

func pack(text string) fstest.MapFS { return fstest.MapFS{"en.toml": {Data: []byte(text)}} }

func TestLoad(t *testing.T) {
	c, err := Load(pack(`"Lưu" = "Save"`), pack("\"Lưu\" = \"Save\"\n\"Tìm %d\" = \"Find %d\""))
	if err != nil || len(c[EN]) != 2 {
		t.Fatalf("%v, %v", c, err)
	}
	ctx := With(context.Background(), EN, c[EN])
	if got := T(ctx, "Tìm %d", 3); got != "Find 3" {
		t.Errorf("got %q", got)
	}
	if got := T(context.Background(), "Tìm %d", 3); got != "Tìm 3" {
		t.Errorf("got %q", got)
	}
	for name, packs := range map[string][]fs.FS{
		"two translations": {pack(`"Lưu" = "Save"`), pack(`"Lưu" = "Keep"`)},
		"no catalogue":     {fstest.MapFS{}},
		"not TOML":         {pack(`Lưu =`)},
	} {
		if _, err := Load(packs...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestBest(t *testing.T) {
	for header, want := range map[string]Tag{
		"": VI, "en": EN, "vi-VN,vi;q=0.9,en;q=0.8": VI, "EN-us;q=0.8, vi;q=0.2": EN, "fr, en;q=0.1": EN, "en;q=0": VI, "en;q=x": VI, ";;,": VI,
	} {
		if got := Best(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.go", `package a
var ErrNone = fault.New(fault.NotFound, "a.none", "Không có.")
func f(ctx context.Context, c fault.Check, m *web.Mux, x string) {
	lang.T(ctx, "Một")
	lang.T(ctx, "Hai " +
		"ba")
	lang.T(ctx, x)
	c.Need(x != "", "x", "Hãy ghi x.")
	m.Menu("Hồ sơ", "/d", MayRead)
	m.Flash("a.saved", "Đã lưu.")
	other.T(ctx, "không phải")
}
func (k Kind) VN() string {
	return map[Kind]string{One: "Loại một", Two: "Loại hai"}[k]
}
func (k Kind) Code() string { return "mã" }
`)
	write("a_test.go", "package a\nvar x = lang.T(ctx, \"trong thử\")")
	got, err := Sources(dir)
	want := []string{"Hai ba", "Hãy ghi x.", "Hồ sơ", "Không có.", "Loại hai", "Loại một", "Một", "Đã lưu."}
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
	write("b.go", "package")
	if _, err := Sources(dir); err == nil {
		t.Error("a file that is no Go is passed over")
	}
}
