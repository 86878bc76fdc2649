package digitise

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/raster"
	"congminh/internal/dossier/raster/degrade"
	"congminh/internal/dossier/sample"
	"congminh/internal/kit/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Child(Handlers())
	os.Exit(m.Run())
}

// need skips where a program is missing, and fails where all must be there.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	need(t, name)
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// digitise runs the command in dir and returns what it said.
func digitise(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	need(t, "tesseract", "pdftoppm")
	var o, e bytes.Buffer
	code = Main(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

// scans writes pages of an invented case file to path, scanned a little crooked.
func scans(t *testing.T, path string, pages ...int) *sample.File {
	t.Helper()
	return scansTurned(t, path, 0, pages...)
}

func scansTurned(t *testing.T, path string, turn int, pages ...int) *sample.File {
	t.Helper()
	f, err := sample.Case(7, 6)
	if err != nil {
		t.Fatal(err)
	}
	var chosen []*sample.Page
	for _, n := range pages {
		chosen = append(chosen, f.Pages[n-1])
	}
	s := sample.Scan{Grey: true, DPI: 200, Change: func(_ int, m image.Image) image.Image {
		return raster.TurnImage(degrade.Skew(m, 0.8), turn)
	}}
	var b bytes.Buffer
	switch filepath.Ext(path) {
	case ".pdf":
		err = s.PDF(&b, chosen)
	case ".tif":
		err = s.TIFF(&b, chosen)
	}
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, b.Bytes())
	return f
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	// The result carries the day of the scan.
	day := time.Date(2026, 3, 10, 1, 30, 0, 0, time.UTC)
	if err := os.Chtimes(path, day, day); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// words is text without its layout.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// The whole way: a scanned PDF comes back as PDF/A with text, and as JSON.
func TestScan(t *testing.T) {
	need(t, "qpdf", "pdftotext", "pdfimages")
	dir := t.TempDir()
	src := filepath.Join(dir, "Hồ sơ 1.pdf")
	truth := scans(t, src, 1, 2)
	out := filepath.Join(dir, "kết quả")
	code, stdout, stderr := digitise(t, "-o", out, "--json", src)
	if code != 0 || stderr != "" {
		t.Fatalf("code %d\n%s", code, stderr)
	}
	text := get(t, filepath.Join(out, "Hồ sơ 1.json"))
	if stdout != string(text) {
		t.Error("--json prints something else than the file")
	}
	// The shape is a promise to others: these fields, in this order, first.
	for _, want := range []string{
		`^\{"file":"Hồ sơ 1\.pdf","sha256":"[0-9a-f]{64}",\n"pages":\[`,
		`\n\{"n":1,"rotation":\d+,"skew":-?[\d.]+,"blank":false,"confidence":[\d.]+,"text":"[^"]*`,
		`"words":\[\{"t":"[^"]+","box":\[\d+,\d+,\d+,\d+\],"c":\d+`,
		`\n"documents":\[\n\{"from":1,"to":\d+,"kind":"[^"]*","number":"[^"]*","date":"[^"]*","issuer":"[^"]*","confidence":[\d.]+`,
	} {
		if !regexp.MustCompile(want).Match(text) {
			t.Errorf("the JSON does not look like %s:\n%.600s", want, text)
		}
	}
	var r Result
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Pages) != 2 || r.SHA256 != fmt.Sprintf("%x", sum(get(t, src))) {
		t.Errorf("%d pages, digest %s", len(r.Pages), r.SHA256)
	}
	pdf := filepath.Join(out, "Hồ sơ 1.pdf")
	run(t, "qpdf", "--check", pdf)
	pages := strings.Split(run(t, "pdftotext", pdf, "-"), "\f")
	for i, p := range r.Pages {
		want := truth.Pages[i].Reading(200)
		if c := common(words(want.Text), words(p.Text)); c < 0.9 {
			t.Errorf("page %d: %.0f %% of the words were read", p.N, 100*c)
		}
		// Two columns may be told in another order, so words are compared, not lines.
		if c := common(words(p.Text), words(pages[i])); c < 0.995 {
			t.Errorf("page %d: %.1f %% of the words of the JSON are in the PDF", p.N, 100*c)
		}
		if p.Rotation != 0 || p.Confidence < 80 || p.DPI != 200 || math.Abs(p.Skew-0.8) > 0.3 {
			t.Errorf("page %d: rotation %d, skew %v, confidence %v, dpi %d", p.N, p.Rotation, p.Skew, p.Confidence, p.DPI)
		}
	}
	outline := run(t, "qpdf", "--json=1", "--json-key=outlines", pdf)
	for _, d := range r.Documents {
		if !strings.Contains(outline, d.Kind+" số "+d.Number) {
			t.Errorf("%s has no bookmark:\n%s", d.Kind, outline)
		}
	}
	if same := pictures(t, src); !slices.Equal(same, pictures(t, pdf)) {
		t.Error("the pictures are not those of the scanner")
	}
	if info := run(t, "pdfinfo", "-isodates", pdf); !strings.Contains(info, "2026-03-10T01:30:00Z") {
		t.Errorf("the PDF has another day than the scan:\n%s", info)
	}
	if left, _ := fs.Glob(os.DirFS(out), "*"); len(left) != 2 {
		t.Errorf("in the folder are %v", left)
	}
}

// common is which part of the words of want is in got.
func common(want, got string) float64 {
	have := map[string]int{}
	for _, w := range strings.Fields(got) {
		have[w]++
	}
	n, found := 0, 0
	for _, w := range strings.Fields(want) {
		n++
		if have[w] > 0 {
			have[w]--
			found++
		}
	}
	return float64(found) / float64(max(n, 1))
}

// pictures are the digests of the pictures in a PDF, as they lie there.
func pictures(t *testing.T, pdf string) (out []string) {
	t.Helper()
	dir := t.TempDir()
	run(t, "pdfimages", "-all", pdf, filepath.Join(dir, "i"))
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		out = append(out, fmt.Sprintf("%x", sum(get(t, f))))
	}
	return out
}

// A page that lies on its side, in a TIFF, stays as it lies; its text stands up.
func TestTurned(t *testing.T) {
	need(t, "pdftotext")
	dir := t.TempDir()
	src := filepath.Join(dir, "a.tif")
	scansTurned(t, src, 90, 2)
	// The TIFF says 200 dpi; the person knows better.
	code, stdout, stderr := digitise(t, "-o", dir, "--json", "--jobs", "1", "--dpi", "210", src)
	if code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	var r Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	p := r.Pages[0]
	if p.Rotation != 270 || p.H < p.W || p.DPI != 210 {
		t.Fatalf("rotation %d, %d×%d at %d dpi", p.Rotation, p.W, p.H, p.DPI)
	}
	if got := run(t, "pdftotext", filepath.Join(dir, "a.pdf"), "-"); common(words(p.Text), words(got)) < 0.99 {
		t.Errorf("the PDF says\n%s\nwant\n%s", got, p.Text)
	}
}

// The same scan gives the same bytes.
func TestSameAgain(t *testing.T) {
	need(t, "pdftotext")
	dir := t.TempDir()
	src := filepath.Join(dir, "a.pdf")
	scans(t, src, 2)
	var made [2][]byte
	for i := range made {
		out := filepath.Join(dir, fmt.Sprint(i))
		if code, _, stderr := digitise(t, "-o", out, src); code != 0 {
			t.Fatal(stderr)
		}
		made[i] = append(get(t, filepath.Join(out, "a.pdf")), get(t, filepath.Join(out, "a.json"))...)
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("two runs gave different bytes")
	}
}

// A page that was born digital keeps the text it was born with.
func TestBornDigital(t *testing.T) {
	need(t, "pdftotext")
	dir := t.TempDir()
	src := filepath.Join(dir, "a.pdf")
	b := []byte("%PDF-1.4\n")
	var at []int
	content := "BT /F 20 Tf 72 700 Td (Written by a program, never scanned) Tj 0 -30 Td (l1O0 rn m) Tj ET"
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		at = append(at, len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, a := range at {
		b = fmt.Appendf(b, "%010d 00000 n \n", a)
	}
	b = fmt.Appendf(b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	put(t, src, b)
	out := filepath.Join(dir, "out")
	code, stdout, stderr := digitise(t, "-o", out, "--json", "--dpi", "100", src)
	if code != 0 {
		t.Fatal(stderr)
	}
	var r Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	const want = "Written by a program, never scanned\nl1O0 rn m"
	if r.Pages[0].Text != want {
		t.Errorf("the JSON says %q", r.Pages[0].Text)
	}
	if got := strings.TrimSpace(run(t, "pdftotext", filepath.Join(out, "a.pdf"), "-")); strings.ReplaceAll(got, "\n\n", "\n") != want {
		t.Errorf("the PDF says %q", got)
	}
}

// What was signed is kept to the byte.
func TestSigned(t *testing.T) {
	dir := t.TempDir()
	src := filepath.Join(dir, "ký.pdf")
	scans(t, src, 2)
	b := get(t, src)
	at := regexp.MustCompile(`startxref\s+(\d+)`).FindSubmatch(b)
	b = fmt.Appendf(b, "\n%% /ByteRange [0 100 200 300]\nstartxref\n%s\n%%%%EOF\n", at[1])
	put(t, src, b)
	out := filepath.Join(dir, "out")
	code, stdout, stderr := digitise(t, "-o", out, "--json", src)
	if code != 0 {
		t.Fatal(stderr)
	}
	if !bytes.Equal(get(t, filepath.Join(out, "ký.pdf")), b) {
		t.Error("the signed file changed")
	}
	var r Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || !r.Signed || len(r.Pages) != 1 || len(r.Pages[0].Words) == 0 {
		t.Errorf("signed %v, %d pages, %v", r.Signed, len(r.Pages), err)
	}
}

// One bad file does not hold up the others, and each is told why.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	good, empty, text, none := filepath.Join(dir, "tốt.tif"), filepath.Join(dir, "rỗng.pdf"), filepath.Join(dir, "giả.pdf"), filepath.Join(dir, "không có.pdf")
	scans(t, good, 2)
	put(t, empty, nil)
	put(t, text, []byte("Đây không phải là PDF.\n"))
	out := filepath.Join(dir, "out")
	code, stdout, stderr := digitise(t, empty, text, none, dir, good, "-o", out)
	if code != 1 || stdout != "" {
		t.Errorf("code %d, stdout %q", code, stdout)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if len(lines) != 4 {
		t.Fatalf("want a line for each of four:\n%s", stderr)
	}
	for i, want := range []string{empty + ": Tệp trống", text + ": Nội dung tệp không phải", none + ": Không mở được tệp", dir + ": Đây là thư mục"} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %q, want %q…", i+1, lines[i], want)
		}
	}
	left, _ := fs.Glob(os.DirFS(out), "*")
	if !slices.Equal(left, []string{"tốt.json", "tốt.pdf"}) {
		t.Errorf("in the folder are %v", left)
	}
}

// A page that is broken stays in its place, empty, and is named.
func TestBadPage(t *testing.T) {
	need(t, "qpdf", "pdftotext")
	dir := t.TempDir()
	src := filepath.Join(dir, "a.pdf")
	scans(t, src, 1, 2)
	b := get(t, src)
	// The second picture loses its start.
	i := bytes.LastIndex(b, []byte{0xff, 0xd8, 0xff})
	copy(b[i:], bytes.Repeat([]byte{'x'}, 4096))
	put(t, src, b)
	out := filepath.Join(dir, "out")
	code, stdout, stderr := digitise(t, "-o", out, "--json", src)
	if code != 1 || !strings.HasPrefix(stderr, src+": trang 2: ") || strings.Count(stderr, "\n") != 1 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	var r Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Pages) != 2 || r.Pages[1].Error == "" || r.Pages[1].Words == nil || len(r.Pages[0].Words) == 0 {
		t.Errorf("got %+v", r.Pages)
	}
	pdf := filepath.Join(out, "a.pdf")
	run(t, "qpdf", "--check", pdf)
	if n := strings.TrimSpace(run(t, "qpdf", "--show-npages", pdf)); n != "2" {
		t.Errorf("the PDF has %s pages", n)
	}
}

// Whatever the names, no source and no result of the same run is written over.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	scans(t, "a.pdf", 2)
	if err := os.Mkdir("b", 0o777); err != nil {
		t.Fatal(err)
	}
	scans(t, "b/a.tif", 1)
	before, digest := get(t, "a.pdf"), sum(get(t, "a.pdf"))
	code, _, stderr := digitise(t, "b/a.tif", "a.pdf")
	if code != 0 {
		t.Fatal(stderr)
	}
	if !bytes.Equal(get(t, "a.pdf"), before) {
		t.Error("the source was written over")
	}
	for name, want := range map[string]string{"a.json": "a.tif", "a-2.json": "a.pdf"} {
		var r Result
		if err := json.Unmarshal(get(t, name), &r); err != nil || r.File != want {
			t.Errorf("%s is of %s (%v), want %s", name, r.File, err, want)
		}
		if want == "a.pdf" && r.SHA256 != fmt.Sprintf("%x", digest) {
			t.Errorf("digest %s", r.SHA256)
		}
	}
	for _, name := range []string{"a-2.pdf", "a-3.pdf"} {
		if b := get(t, name); !bytes.HasPrefix(b, []byte("%PDF-1.7")) {
			t.Errorf("%s is no result", name)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"nothing", nil, 2, "chưa nêu tệp nào"},
		{"an unknown option", []string{"--bogus", "a.pdf"}, 2, "bogus"},
		{"a dpi no scanner has", []string{"--dpi", "5", "a.pdf"}, 2, "--dpi"},
		{"no jobs", []string{"a.pdf", "--jobs", "0"}, 2, "--jobs"},
		{"a word for a number", []string{"--jobs", "many", "a.pdf"}, 2, "jobs"},
		{"help", []string{"--help"}, 0, "Digitise scans without a server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o, e bytes.Buffer
			if code := Main(t.Context(), c.args, &o, &e); code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			where := &e
			if c.code == 0 {
				where = &o
			}
			if !strings.Contains(where.String(), c.says) || !strings.Contains(where.String(), "Số hóa tệp quét") {
				t.Errorf("says %q", where)
			}
		})
	}
}

// Called off in the middle, it leaves nothing behind.
func TestCalledOff(t *testing.T) {
	dir := t.TempDir()
	src := filepath.Join(dir, "a.pdf")
	scans(t, src, 1, 2)
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var e bytes.Buffer
	out := filepath.Join(dir, "out")
	if code := Main(ctx, []string{"-o", out, src}, io.Discard, &e); code != 1 || !strings.Contains(e.String(), "đã dừng") {
		t.Errorf("code %d: %s", code, &e)
	}
	for _, d := range []string{out, tmp} {
		if left, _ := os.ReadDir(d); len(left) != 0 {
			t.Errorf("in %s is %v", d, left)
		}
	}
}

// The page that stands for one that cannot be read is a page.
func TestEmptyPage(t *testing.T) {
	need(t, "pdftoppm")
	path := filepath.Join(t.TempDir(), "a.pdf")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pdfa.New(f, pdfa.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPage(pdfa.Page{Picture: strings.NewReader(emptyA4), Format: "tiff", DPI: 72}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	pgm := run(t, "pdftoppm", "-gray", "-r", "72", path)
	if head, pix, _ := strings.Cut(pgm, "\n255\n"); head != "P5\n595 842" || strings.Trim(pix, "\xff") != "" {
		t.Errorf("%s, not white", head)
	}
}

func sum(b []byte) [sha256.Size]byte { return sha256.Sum256(b) }
