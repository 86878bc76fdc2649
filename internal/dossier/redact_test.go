package dossier

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"image"
	imagedraw "image/draw"
	"image/jpeg"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"congminh/internal/dossier/pdfa"
	"congminh/internal/dossier/reading"
	"congminh/internal/dossier/redact"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/blob"
	"congminh/internal/kit/db"
	"congminh/internal/kit/db/dbtest"
	"congminh/internal/kit/font"
	"congminh/internal/kit/vn"
)

// papered puts a file with pages of text into the tables: names of people, numbers,
// addresses, and words that must stay.
func (o *office) papered() (Dossier, []Page) {
	o.t.Helper()
	texts := []string{
		"Biên bản ghi lời khai của bị hại số CCCD 010188004567 điện thoại 0912345678 khai như sau",
		"Người làm chứng sinh ngày 02/09/1988 nơi cư trú thôn Tả Van, xã Mường Hum. Khai báo tự nguyện",
		"Không có gì cần che trên trang này",
	}
	return o.shelf(3, func(i int) string { return texts[i] }, nil)
}

// inside returns every run of bytes of a PDF that may hold text: the file itself and
// each stream, inflated where it is deflated.
func inside(t *testing.T, pdf []byte) []byte {
	t.Helper()
	all := bytes.Clone(pdf)
	for _, at := range regexp.MustCompile(`stream\r?\n`).FindAllIndex(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(pdf[at[1]:]))
		if err != nil {
			continue
		}
		raw, _ := io.ReadAll(z)
		all = append(append(all, '\n'), raw...)
	}
	return all
}

// leaks lists which of what was covered is in a PDF: read by pdftotext, or among its
// bytes as UTF-8, as UTF-16 or as the digits of UTF-16.
func leaks(t *testing.T, pdf []byte, covered []string) (out []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	bare := strings.Join(strings.Fields(vn.Fold(string(text))), "")
	bytesOf := inside(t, pdf)
	upper := bytes.ToUpper(bytesOf)
	for _, s := range covered {
		var be []byte
		for _, u := range utf16.Encode([]rune(s)) {
			be = append(be, byte(u>>8), byte(u))
		}
		switch {
		case strings.Contains(bare, strings.Join(strings.Fields(vn.Fold(s)), "")):
			out = append(out, s+" in the text")
		case bytes.Contains(bytesOf, []byte(s)), bytes.Contains(bytesOf, be), bytes.Contains(upper, fmt.Appendf(nil, "%X", be)):
			out = append(out, s+" in the bytes")
		}
	}
	return out
}

func TestRedaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		file, pages := o.papered()
		ksv := o.as("ksv")

		if _, err := o.StartRedaction(ksv, file.ID, NewRedaction{From: 1, Until: 3}); !errors.Is(err, ErrInvalid) {
			t.Errorf("begun for nobody and nothing: %v", err)
		}
		if _, err := o.StartRedaction(o.as("quantri"), file.ID, NewRedaction{From: 1, Until: 3, To: "x", Purpose: "x", Ground: "x"}); err == nil {
			t.Error("the system administrator takes pages out")
		}
		r, err := o.StartRedaction(ksv, file.ID, NewRedaction{From: 1, Until: 3, To: "Tòa án nhân dân khu vực 3", Purpose: "Xét xử", Ground: "Công văn số 12/CV-TA"})
		o.ok(err)
		v, err := o.Redaction(ksv, r.ID)
		o.ok(err)
		found := map[string]int{}
		for _, p := range v.Pages {
			for _, b := range p.Boxes {
				found[b.Rule]++
			}
		}
		for _, rule := range []string{"identity", "phone", "birth", "address"} {
			if found[rule] == 0 {
				t.Errorf("nothing proposed for %s: %v", rule, found)
			}
		}
		if len(v.Pages) != 3 || v.Pages[0].From != pages[0].Picture {
			t.Fatalf("pages %+v", v.Pages)
		}

		// A person covers one more word, takes it back, and uncovers one.
		before := len(v.Pages[2].Boxes)
		_, g, err := o.Words(ksv, v.Pages[2].Page)
		o.ok(err)
		o.ok(o.AddBox(ksv, r.ID, 3, redact.Box{Box: g.Words[0].Box}))
		n, err := o.UndoBoxes(ksv, r.ID)
		o.ok(err)
		v, err = o.Redaction(ksv, r.ID)
		o.ok(err)
		if n != 3 || len(v.Pages[2].Boxes) != before || v.Undo != "" {
			t.Errorf("undo on page %d left %v; %q can be undone", n, v.Pages[2].Boxes, v.Undo)
		}
		if _, err := o.UndoBoxes(ksv, r.ID); !errors.Is(err, ErrNoUndo) {
			t.Errorf("undone twice: %v", err)
		}
		if err := o.AddBox(ksv, r.ID, 3, redact.Box{Box: reading.Box{-5, 0, 10, 10}}); !errors.Is(err, ErrBox) {
			t.Errorf("a box off the page: %v", err)
		}
		phone := v.Pages[0].Boxes[0]
		for _, b := range v.Pages[0].Boxes {
			if b.Rule == "phone" {
				phone = b
			}
		}
		o.ok(o.DropBox(ksv, r.ID, 1, phone))
		sheet, err := o.RedactionSheet(ksv, r.ID, 1)
		o.ok(err)
		if left := strings.Join(sheet.Left, "|"); !strings.Contains(left, "0912345678") {
			t.Errorf("the second look does not tell that a number is readable: %q", left)
		}
		if all := strings.Join(sheet.Lines, " "); strings.Contains(all, "010188004567") || !strings.Contains(all, "Biên bản") {
			t.Errorf("readable: %q", all)
		}
		o.ok(o.AddBox(ksv, r.ID, 1, phone))

		// Nothing is made before every page was seen twice.
		if err := o.FinishRedaction(ksv, r.ID); !errors.Is(err, ErrNotAllSeen) {
			t.Errorf("made unseen: %v", err)
		}
		if err := o.LookAgain(ksv, r.ID, 1); !errors.Is(err, ErrNotAllSeen) {
			t.Errorf("looked again before the first look: %v", err)
		}
		seeAll := func() {
			v, err := o.Redaction(ksv, r.ID)
			o.ok(err)
			for _, p := range v.Pages {
				o.ok(o.CheckBoxes(ksv, r.ID, p.N, len(p.Boxes)))
				o.ok(o.LookAgain(ksv, r.ID, p.N))
			}
		}
		seeAll()

		// A page that was corrected meanwhile must be seen again.
		o.ok(o.Correct(o.as("vanthu"), pages[2].ID, "Không có gì cần che trên trang này 0987654321"))
		if err := o.FinishRedaction(ksv, r.ID); !errors.Is(err, ErrPagesChanged) {
			t.Errorf("a changed page went out: %v", err)
		}
		seeAll()
		v, err = o.Redaction(ksv, r.ID)
		o.ok(err)
		var covered []string
		for _, p := range v.Pages {
			pg, err := o.store.page(ksv, p.Page)
			o.ok(err)
			g, err := o.reading(ksv, pg)
			o.ok(err)
			covered = append(covered, redact.Under(g.Words, p.Boxes)...)
			for _, s := range redact.Under(g.Words, p.Boxes) {
				covered = append(covered, strings.Fields(s)...)
			}
		}
		// A word that also stands elsewhere, uncovered, is no leak.
		rest := vn.Fold("Bản cung cấp đã che thông tin") // what every such file is called
		for i := range v.Pages {
			sh, err := o.RedactionSheet(ksv, r.ID, i+1)
			o.ok(err)
			rest += " " + vn.Fold(strings.Join(sh.Lines, " "))
		}
		var must []string
		for _, s := range covered {
			if len(s) > 3 && !strings.Contains(rest, vn.Fold(s)) {
				must = append(must, s)
			}
		}
		if len(must) < 6 {
			t.Fatalf("covered only %q", must)
		}
		o.ok(o.FinishRedaction(ksv, r.ID))
		if err := o.AddBox(ksv, r.ID, 1, phone); !errors.Is(err, ErrRedacted) {
			t.Errorf("changed after the end: %v", err)
		}
		o.work()

		r, in, err := o.RedactedPDF(ksv, r.ID)
		o.ok(err)
		pdf, err := io.ReadAll(in)
		o.ok(err)
		in.Close()
		if r.State != Covered || r.Size != int64(len(pdf)) || len(r.SHA256) != 64 {
			t.Errorf("made %+v", r)
		}
		for _, l := range leaks(t, pdf, must) {
			t.Errorf("%s", l)
		}
		for _, s := range []string{file.Title, "Hưởng", r.To, r.Ground, "redact"} {
			if bytes.Contains(inside(t, pdf), []byte(s)) {
				t.Errorf("the file says %q", s)
			}
		}
		// The test can fail: the plain export holds all of it.
		var plain bytes.Buffer
		o.ok(o.ExportPDF(ksv, file.ID, Export{From: 1, To: 3}, func(Dossier, int) io.Writer { return &plain }))
		if n := len(leaks(t, plain.Bytes(), must)); n < len(must)/2 {
			t.Errorf("only %d of %d strings are found in the plain export", n, len(must))
		}

		rs := []Redaction(nil)
		_, rs, err = o.Redactions(ksv, file.ID)
		o.ok(err)
		if len(rs) != 1 || rs[0].Checked != 3 || rs[0].Looked != 3 {
			t.Errorf("list %+v", rs)
		}
	})
}

// The pictures in the derivative are black under the boxes, also where a person
// turned the page.
func TestRedactedPictureTurned(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	ksv := o.as("ksv")
	picture := photo(t, 200)
	ref, err := o.Blobs.Put(ksv, bytes.NewReader(picture))
	o.ok(err)
	file, _ := o.shelf(1, func(int) string { return "chữ" }, func(_ int, p *Page) {
		p.Picture, p.W, p.H, p.Rotation, p.Turn = ref.SHA256, 480, 640, 90, 90
	})
	r, err := o.StartRedaction(ksv, file.ID, NewRedaction{From: 1, To: "A", Purpose: "B", Ground: "C"})
	o.ok(err)
	box := reading.Box{100, 200, 180, 260}
	o.ok(o.AddBox(ksv, r.ID, 1, redact.Box{Rule: "hand", Box: box}))
	v, err := o.Redaction(ksv, r.ID)
	o.ok(err)
	o.ok(o.CheckBoxes(ksv, r.ID, 1, len(v.Pages[0].Boxes)))
	o.ok(o.LookAgain(ksv, r.ID, 1))
	o.ok(o.FinishRedaction(ksv, r.ID))
	o.work()
	_, in, err := o.RedactedPDF(ksv, r.ID)
	o.ok(err)
	pdf, err := io.ReadAll(in)
	o.ok(err)
	in.Close()
	at := bytes.Index(pdf, []byte("\xff\xd8"))
	if at < 0 {
		t.Fatal("no JPEG inside")
	}
	img, err := jpeg.Decode(bytes.NewReader(pdf[at:]))
	o.ok(err)
	if b := img.Bounds(); b.Dx() != 480 || b.Dy() != 640 {
		t.Fatalf("the picture is %v", b)
	}
	black := func(x, y int) bool { r, g, b, _ := img.At(x, y).RGBA(); return r>>8 < 14 && g>>8 < 14 && b>>8 < 14 }
	if !black(101, 201) || !black(179, 259) || black(60, 230) || black(220, 230) || black(140, 150) || black(140, 300) {
		t.Error("the rectangle is not where it was drawn")
	}
}

// secretPDF is a scan of two pages, the first with a stamp.
func secretPDF(t *testing.T) []byte {
	t.Helper()
	face, err := opentype.Parse(font.Serif())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := pdfa.New(&b, pdfa.Meta{Title: "Quét"})
	if err != nil {
		t.Fatal(err)
	}
	for _, lines := range [][]string{
		{"CÔNG AN TỈNH LÀO CAI", "Số: 12/KH-CAT", "TỐI MẬT", "", "KẾ HOẠCH", "về việc trinh sát địa bàn xã Mường Hum và các xã lân cận", "trong quý hai, thực hiện nhiệm vụ được giao"},
		{"Các tổ công tác phối hợp trinh sát địa bàn theo phân công,", "báo cáo kết quả về phòng trước ngày cuối tháng"},
	} {
		img := image.NewGray(image.Rect(0, 0, 1654, 2339))
		imagedraw.Draw(img, img.Bounds(), image.White, image.Point{}, imagedraw.Src)
		size, err := opentype.NewFace(face, &opentype.FaceOptions{Size: 14, DPI: 200})
		if err != nil {
			t.Fatal(err)
		}
		pen := xfont.Drawer{Dst: img, Src: image.Black, Face: size}
		for i, l := range lines {
			pen.Dot = fixed.P(200, 240+90*i)
			pen.DrawString(l)
		}
		var jpg bytes.Buffer
		if err := jpeg.Encode(&jpg, img, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.AddPage(pdfa.Page{Picture: &jpg, Format: "jpeg", DPI: 200}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSecretPaper(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		clerk, ksv, chief := o.as("vanthu"), o.as("ksv"), o.as("vientruong")
		file, err := o.Create(clerk, New{Case: o.cases[0].ID, Kind: CaseFile})
		o.ok(err)
		pdf := secretPDF(t)
		c, err := o.Receive(clerk, file.ID, "kế hoạch trinh sát.pdf", "api", bytes.NewReader(pdf))
		o.ok(err)
		o.work()

		// It is held: no page, no hit, no original for whoever else reads the file.
		if c, err = o.store.scan(clerk, c.ID); err != nil || c.State != Held {
			t.Fatalf("scan %+v, %v", c, err)
		}
		got, err := o.Contents(ksv, file.ID)
		o.ok(err)
		if len(got.Pages) != 0 || len(got.Documents) != 0 || got.Dossier.Pages != 0 {
			t.Errorf("%d pages and %d documents of a held scan", len(got.Pages), len(got.Documents))
		}
		hits, err := o.Search(ksv, Query{Words: "trinh sat dia ban"})
		o.ok(err)
		if len(hits.Hits) != 0 {
			t.Error("the index finds a held scan")
		}
		if _, _, err := o.Original(ksv, c.ID); !errors.Is(err, ErrNone) {
			t.Errorf("the original is open: %v", err)
		}
		if _, _, _, err := o.Secret(ksv, c.ID); !errors.Is(err, ErrNoSecret) {
			t.Errorf("a prosecutor sees it: %v", err)
		}
		if _, err := o.Decide(ksv, c.ID, Decision{Secret: true, Place: "x", Register: "x"}); !errors.Is(err, ErrNoSecret) {
			t.Errorf("a prosecutor decides: %v", err)
		}
		for _, who := range []string{"vanthu", "vientruong"} {
			x, _, _, err := o.Secret(o.as(who), c.ID)
			o.ok(err)
			if x.Level != 2 || x.Pages == 0 {
				t.Errorf("%s sees %+v", who, x)
			}
			in, _, err := o.SecretPicture(o.as(who), c.ID, 0)
			o.ok(err)
			in.Close()
		}
		xs, err := o.SecretsOf(ksv, file.ID)
		o.ok(err)
		if len(xs) != 1 || xs[0].May || xs[0].State != Suspected {
			t.Errorf("listed %+v", xs)
		}

		// What was kept of it is known here, so that its end can be proved.
		x, err := o.store.secret(clerk, c.ID)
		o.ok(err)
		was := append(blobsOf(x.kept), c.SHA256)
		if len(was) < 5 {
			t.Fatalf("kept %v", was)
		}
		if _, err := o.Decide(chief, c.ID, Decision{Secret: true}); !errors.Is(err, ErrInvalid) {
			t.Errorf("removed without saying where the paper is: %v", err)
		}
		decide := func(who context.Context, in Decision) (SecretState, error) {
			x, err := o.Decide(who, c.ID, in)
			return x.State, err
		}
		say := Decision{Secret: true, Level: 3, Place: "Tủ sắt phòng Văn thư mật", Register: "07/TLM-2026"}
		stale := auth.From(chief)
		stale.Proof.Ago = auth.FreshFor + 1
		if _, err := decide(auth.With(chief, stale), say); !errors.Is(err, auth.ErrFresh) {
			t.Errorf("proposed from a screen left open: %v", err)
		}
		if st, err := decide(chief, say); err != nil || st != Removing {
			t.Fatalf("proposed: %s, %v", st, err)
		}
		// One person alone deletes nothing.
		if _, err := decide(chief, Decision{Secret: true}); !errors.Is(err, ErrSecond) {
			t.Errorf("proposed and agreed by one person: %v", err)
		}
		o.work()
		for _, sha := range was {
			if _, err := o.Blobs.Stat(clerk, sha); err != nil {
				t.Errorf("%s went before anyone agreed: %v", sha, err)
			}
		}
		for who, n := range map[string]int{"vanthu": 1, "vientruong": 1, "ksv": 0} {
			xs, err := o.SecretsWaiting(o.as(who))
			o.ok(err)
			if len(xs) != n {
				t.Errorf("%s sees %d that wait", who, len(xs))
			}
		}
		// The second person may disagree; then it is held as before.
		if _, err := decide(clerk, Decision{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("disagreed without a reason: %v", err)
		}
		if st, err := decide(clerk, Decision{Reason: "chưa thấy bản giấy"}); err != nil || st != Suspected {
			t.Fatalf("disagreed: %s, %v", st, err)
		}
		if st, err := decide(chief, say); err != nil || st != Removing {
			t.Fatalf("proposed again: %s, %v", st, err)
		}
		if st, err := decide(clerk, Decision{Secret: true}); err != nil || st != Confirmed {
			t.Fatalf("agreed: %s, %v", st, err)
		}
		if _, err := decide(clerk, Decision{Reason: "nhầm"}); !errors.Is(err, ErrDecided) {
			t.Errorf("decided twice: %v", err)
		}
		o.work()
		for _, sha := range was {
			if _, err := o.Blobs.Stat(clerk, sha); !errors.Is(err, blob.ErrNone) {
				t.Errorf("%s is still there: %v", sha, err)
			}
		}
		xs, err = o.SecretsOf(ksv, file.ID)
		o.ok(err)
		if s := xs[0]; s.State != Confirmed || s.Level != 3 || s.Place == "" || s.Register != "07/TLM-2026" || s.SHA256 != c.SHA256 || s.Decided == nil || s.ByName == "" || s.SecondAs == "" || s.Second == s.By || s.Agreed == nil {
			t.Errorf("stub %+v", s)
		}
		if c, err = o.store.scan(clerk, c.ID); err != nil || c.State != Removed || strings.Contains(c.Name, "trinh sát") {
			t.Errorf("scan %+v, %v", c, err)
		}
		if _, _, err := o.Original(chief, c.ID); !errors.Is(err, ErrNone) {
			t.Errorf("the original is open: %v", err)
		}

		// The same file does not come back.
		if _, err := o.Receive(clerk, file.ID, "lại.pdf", "api", bytes.NewReader(pdf)); !errors.Is(err, ErrSecret) {
			t.Errorf("taken in again: %v", err)
		}
		o.work()
		if _, err := o.Blobs.Stat(clerk, c.SHA256); !errors.Is(err, blob.ErrNone) {
			t.Errorf("its bytes came back: %v", err)
		}
	})
}

func TestNotSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		clerk := o.as("vanthu")
		file, err := o.Create(clerk, New{Case: o.cases[0].ID, Kind: CaseFile})
		o.ok(err)
		c, err := o.Receive(clerk, file.ID, "tờ bìa.pdf", "api", bytes.NewReader(secretPDF(t)))
		o.ok(err)
		o.work()
		if _, err := o.Decide(clerk, c.ID, Decision{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("cleared without a reason: %v", err)
		}
		_, err = o.Decide(clerk, c.ID, Decision{Reason: "Đã giải mật theo Quyết định số 5/QĐ"})
		o.ok(err)
		o.work()
		got, err := o.Contents(clerk, file.ID)
		o.ok(err)
		if c, err = o.store.scan(clerk, c.ID); err != nil || c.State != Read || len(got.Pages) != 2 || got.Dossier.Pages != 2 {
			t.Fatalf("scan %s, %d pages, %v", c.State, len(got.Pages), err)
		}
		hits, err := o.Search(o.as("ksv"), Query{Words: "trinh sat dia ban"})
		o.ok(err)
		if len(hits.Hits) == 0 {
			t.Error("a cleared scan is not found")
		}
	})
}

// Where the installation stands in a network of its own, secret papers are ordinary.
func TestSecretsAllowed(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	o.Secrets = true
	clerk := o.as("vanthu")
	file, err := o.Create(clerk, New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	c, err := o.Receive(clerk, file.ID, "a.pdf", "api", bytes.NewReader(secretPDF(t)))
	o.ok(err)
	o.work()
	if c, err = o.store.scan(clerk, c.ID); err != nil || c.State != Read {
		t.Errorf("scan %+v, %v", c, err)
	}
}

func TestLevel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		file, pages := o.shelf(14, func(i int) string { return fmt.Sprintf("trang %d", i) }, func(_ int, p *Page) { p.State = Excluded })
		clerk := o.as("vanthu")
		if _, err := o.SetLevel(o.as("ksv"), pages[0].Document, Restricted); !errors.Is(err, auth.ErrMay) {
			t.Errorf("a prosecutor sets a level: %v", err)
		}
		if _, err := o.SetLevel(clerk, pages[0].Document, 7); !errors.Is(err, ErrInvalid) {
			t.Errorf("level 7: %v", err)
		}
		_, err := o.SetLevel(clerk, pages[0].Document, Restricted)
		o.ok(err)
		level := func(id DocumentID) int {
			doc, err := o.store.document(clerk, id)
			o.ok(err)
			return doc.Level
		}
		// Saving what a document is does not open it, and neither does a page that is
		// put into another.
		doc, err := o.store.document(clerk, pages[0].Document)
		o.ok(err)
		doc.Level, doc.Title = 0, "Tên khác"
		o.ok(o.store.saveDocument(clerk, doc))
		if level(doc.ID) != Restricted {
			t.Error("saving a document opened it")
		}
		o.ok(o.keepLevel(clerk, pages, Arrangement{Slots: []Slot{{Page: pages[0].ID, Document: pages[7].Document}}}))
		if level(pages[7].Document) != Restricted {
			t.Error("a page of a restricted document was opened by moving it")
		}
		_ = file
	})
}

// The pages a person goes through, as a browser without a script sees them.
func TestRedactionPages(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	file, _ := o.papered()
	h := o.pages()
	list := path(file.ID, "/redactions")
	if w := ask(h, "vanthu", list, nil); w.Code != 403 {
		t.Errorf("a clerk may not take papers out, got %d", w.Code)
	}
	body(t, ask(h, "ksv", list, nil), 200)
	body(t, ask(h, "ksv", list, url.Values{"folios": {"1-3"}}), 422)
	w := ask(h, "ksv", list, url.Values{"folios": {"1-3"}, "to": {"Tòa án"}, "purpose": {"Xét xử"}, "ground": {"Công văn 12"}, "rule": {"identity", "phone", "birth", "address"}})
	first := w.Header().Get("Location")
	if w.Code != 303 || !strings.HasSuffix(first, "/pages/1") {
		t.Fatalf("%d to %q", w.Code, first)
	}
	whole := strings.TrimSuffix(first, "/pages/1")
	for n := 1; n <= 3; n++ {
		at := fmt.Sprintf("%s/pages/%d", whole, n)
		page := body(t, ask(h, "ksv", at, nil), 200)
		boxes := strings.Count(page, `class="redact-box"`)
		if n == 1 {
			if boxes < 2 || !strings.Contains(page, "data-redact") {
				t.Errorf("page 1 has %d boxes", boxes)
			}
			body(t, ask(h, "ksv", at, url.Values{"do": {"add"}, "rule": {"hand"}, "x": {"5000"}, "y": {"1"}, "w": {"9"}, "h": {"9"}}), 422)
			body(t, ask(h, "ksv", at, url.Values{"do": {"add"}, "rule": {"hand"}, "x": {"10"}, "y": {"10"}, "w": {"90"}, "h": {"40"}}), 303)
			body(t, ask(h, "ksv", whole+"/undo", url.Values{}), 303)
			body(t, ask(h, "ksv", at, url.Values{"do": {"check"}, "seen": {itoa(boxes + 1)}}), 422)
		}
		body(t, ask(h, "ksv", at, url.Values{"do": {"check"}, "seen": {itoa(boxes)}}), 303)
		if n == 1 {
			body(t, ask(h, "ksv", whole+"/finish", url.Values{}), 422)
		}
		body(t, ask(h, "ksv", at, url.Values{"do": {"look"}}), 303)
	}
	body(t, ask(h, "ksv", whole, nil), 200)
	body(t, ask(h, "ksv", whole+"/pdf", nil), 404)
	body(t, ask(h, "ksv", whole+"/finish", url.Values{}), 303)
	o.work()
	if pdf := body(t, ask(h, "ksv", whole+"/pdf", nil), 200); !strings.HasPrefix(pdf, "%PDF-") {
		t.Error("no PDF came")
	}
	body(t, ask(h, "ksv", whole, nil), 200)
}

func TestSecretPages(t *testing.T) {
	o := open(t, dbtest.SQLite(t))
	clerk := o.as("vanthu")
	file, err := o.Create(clerk, New{Case: o.cases[0].ID, Kind: CaseFile})
	o.ok(err)
	c, err := o.Receive(clerk, file.ID, "kế hoạch trinh sát.pdf", "api", bytes.NewReader(secretPDF(t)))
	o.ok(err)
	o.work()
	h := o.pages()
	if page := body(t, ask(h, "ksv", path(file.ID, "/secrets"), nil), 200); strings.Contains(page, "/secrets/"+string(c.ID)) || strings.Contains(page, "trinh sát") {
		t.Error("a prosecutor is led to a held scan")
	}
	if page := body(t, ask(h, "ksv", path(file.ID, ""), nil), 200); strings.Contains(page, "trinh sát") {
		t.Error("the name of a held scan is shown to all")
	}
	body(t, ask(h, "ksv", secretPath(c.ID, ""), nil), 404)
	body(t, ask(h, "ksv", secretPath(c.ID, "/pictures/1"), nil), 404)
	if page := body(t, ask(h, "vientruong", secretPath(c.ID, ""), nil), 200); !strings.Contains(page, "TỐI MẬT") {
		t.Error("the leader does not see what mark was read")
	}
	body(t, ask(h, "vientruong", secretPath(c.ID, "/pictures/1"), nil), 200)
	body(t, ask(h, "vientruong", secretPath(c.ID, ""), url.Values{"say": {"secret"}, "level": {"2"}}), 422)
	body(t, ask(h, "vientruong", secretPath(c.ID, ""), url.Values{"say": {"secret"}, "level": {"2"}, "place": {"Tủ sắt số 1"}, "register": {"07/TLM"}}), 303)
	body(t, ask(h, "vientruong", secretPath(c.ID, ""), url.Values{"say": {"secret"}}), 409)
	if page := body(t, ask(h, "vanthu", "/secrets", nil), 200); !strings.Contains(page, secretPath(c.ID, "")) {
		t.Error("who took it in is not led to what waits")
	}
	if page := body(t, ask(h, "vanthu", secretPath(c.ID, ""), nil), 200); !strings.Contains(page, "07/TLM") {
		t.Error("the second person does not see what was proposed")
	}
	body(t, ask(h, "vanthu", secretPath(c.ID, ""), url.Values{"say": {"secret"}}), 303)
	o.work()
	if page := body(t, ask(h, "ksv", path(file.ID, "/secrets"), nil), 200); !strings.Contains(page, "Tủ sắt số 1") || !strings.Contains(page, "07/TLM") {
		t.Error("the stub does not say where the paper is")
	}
	body(t, ask(h, "ksv", "/documents/x/level", url.Values{"level": {"1"}}), 403)
}
