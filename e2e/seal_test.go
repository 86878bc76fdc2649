package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"congminh/e2e/browser"
	"congminh/internal/app"
	"congminh/internal/criminal"
	"congminh/internal/dossier"
	"congminh/internal/kit/auth"
	"congminh/internal/kit/backup"
	"congminh/internal/kit/db"
	"congminh/internal/seal"
	"congminh/internal/seal/pack"
)

func (h *house) as(t *testing.T, login string) context.Context {
	t.Helper()
	a, err := h.Org.ActorOf(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	return auth.With(t.Context(), a)
}

// closedFile is a file of a few pages, read, accepted, numbered and closed.
func (h *house) closedFile(t *testing.T, number string) dossier.ID {
	t.Helper()
	ctx := h.as(t, "vanthu")
	cases, err := h.Criminal.List(ctx, criminal.Filter{Words: number})
	if err != nil || len(cases.Items) != 1 {
		t.Fatal(err, cases)
	}
	file, err := h.Dossier.Create(ctx, dossier.New{Case: cases.Items[0].ID, Kind: dossier.CaseFile})
	if err != nil {
		t.Fatal(err)
	}
	_, files := paper(t, 10)
	in, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := h.Dossier.Receive(ctx, file.ID, "tap-1.pdf", "test", in); err != nil {
		t.Fatal(err)
	}
	h.wait(t, "the scan is read", func() bool {
		o, err := h.Dossier.Overview(ctx, file.ID)
		return err == nil && !o.Busy && o.Dossier.Pages > 0
	})
	all, err := h.Dossier.Contents(ctx, file.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all.Documents {
		f := dossier.Fields{Kind: d.Kind, Group: d.Group, Title: d.Title}
		if f.Kind == "" {
			f.Kind = "khac"
		}
		if f.Title == "" {
			f.Title = "Tài liệu chưa rõ tên"
		}
		if _, err := h.Dossier.Accept(ctx, d.ID, f); err != nil {
			t.Fatal(err)
		}
	}
	n, err := h.Dossier.Preview(ctx, file.ID)
	if err == nil {
		_, err = h.Dossier.Number(ctx, file.ID, n.Seen)
	}
	if err == nil {
		err = h.Dossier.Close(ctx, file.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.wait(t, "every PDF/A is made", func() bool {
		o, err := h.Dossier.Overview(ctx, file.ID)
		return err == nil && o.Waiting == 0
	})
	return file.ID
}

func (h *house) wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: ", what)
		}
	}
}

// A file is sealed; another office asks for it, is let in, reads it with its name burnt
// into every page; the package that leaves is checked by our verifier and by others',
// one byte is altered and told; a backup is restored on an empty machine and everything
// is checked again.
func TestSealAndAccess(t *testing.T) {
	h := open(t)
	const number = "02/2026/HS"
	file := h.closedFile(t, number)
	b := browser.New(t)

	// The clerk certifies the file.
	h.signIn(t, b, "vanthu")
	b.Open(t, h.url+"/dossiers/"+string(file))
	b.Look(t, "seal-closed")
	h.sure(t, b, "seal")
	until(t, b, time.Minute, "the file is certified", has("Đã ký chứng thực các tài liệu"))
	b.Look(t, "seal-certified")

	// The office above knows of the case, may not read it, and asks.
	h.signOutIn(t, b, "truongphong")
	b.Open(t, h.url+"/dossiers/"+string(file)+"/read")
	until(t, b, 20*time.Second, "the file is not opened", has("chưa có quyền đọc hồ sơ"))
	b.Open(t, h.url+"/access/new?case="+number)
	today := time.Now().Format(time.DateOnly)
	browser.Eval[bool](t, b, fmt.Sprintf(`(() => {
		const f = document.querySelector('form[action="/access/new"]');
		f.elements.purpose.value = "Kiểm tra việc phê chuẩn lệnh tạm giam";
		f.elements.basis.value = "Kế hoạch kiểm tra số 15/KH-VKS";
		f.elements.from.value = %[1]q; f.elements.to.value = %[1]q;
		f.querySelector("input[name=mode][value=read]").checked = true;
		f.requestSubmit(); return true })()`, today))
	until(t, b, 20*time.Second, "the request is sent", `location.pathname.startsWith("/access/0")`)
	b.Look(t, "access-asked")
	request := browser.Eval[string](t, b, "location.pathname")

	// The chief of the office that owns the case lets them in.
	h.signOutIn(t, b, "vientruong")
	b.Open(t, h.url+"/access?box=decide")
	b.Look(t, "access-to-decide")
	b.Open(t, h.url+request)
	b.Look(t, "access-decide")
	browser.Eval[bool](t, b, `(() => {
		const f = document.querySelector('form[action$="/decide"]');
		f.querySelector("input[name=approve][value=yes]").checked = true;
		f.elements.whole.checked = true;
		f.requestSubmit(); return true })()`)
	until(t, b, 20*time.Second, "decided", has("Đang mở"))

	// They read it, with their name on every page.
	h.signOutIn(t, b, "truongphong")
	b.Open(t, h.url+"/dossiers/"+string(file)+"/read")
	until(t, b, 20*time.Second, "the file is open", `[...document.images].some(i => i.complete && i.naturalWidth > 400)`)
	b.Shot(t, "access-read", 1280, 900)
	ctx := h.as(t, "ksv")
	all, err := h.Dossier.Contents(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	page := all.Pages[0].ID
	plain := h.picture(t, "ksv", page)
	marked := h.picture(t, "truongphong", page)
	if bytes.Equal(plain, marked) {
		t.Error("what is read on request carries no name")
	}
	if _, _, err := h.Dossier.DocumentPDF(h.as(t, "truongphong"), all.Documents[0].ID); err == nil {
		t.Error("a right to read was enough to take a copy")
	}

	// The owner sees who opened the file, under which right.
	h.signOutIn(t, b, "vientruong")
	b.Open(t, h.url+"/dossiers/"+string(file)+"/journal?verb=page.view")
	until(t, b, 20*time.Second, "who opened it", has("Nguyễn Đức Khải"))
	until(t, b, 20*time.Second, "by which right", has("Phiếu khai thác"))
	b.Look(t, "seal-who-opened")
	b.NoOutside(t)

	// The package, to whoever has only it, our program and openssl's and poppler's.
	out := filepath.Join(t.TempDir(), "goi.zip")
	h.pack(t, ctx, file, pack.Bag, out)
	trust := h.trust(t)
	if r := pack.Verify(out, trust); r.State != pack.Intact {
		t.Fatalf("%+v", r)
	}
	archived := filepath.Join(t.TempDir(), "nop-luu.zip")
	h.pack(t, ctx, file, pack.EARK, archived)
	if r := pack.Verify(archived, trust); r.State != pack.Intact {
		t.Fatalf("for the archive: %+v", r)
	}
	one := h.derivative(t, out)
	stranger(t, one, h.Config.Data)

	// One byte of one page.
	altered, name := alter(t, out)
	r := pack.Verify(altered, trust)
	if r.State != pack.Altered || len(r.Findings) == 0 {
		t.Fatalf("an altered byte of %s was not told: %+v", name, r)
	}
	told := false
	for _, f := range r.Findings {
		told = told || f.Page > 0 && strings.HasSuffix(name, f.File[strings.LastIndexByte(f.File, '/')+1:])
	}
	if !told {
		t.Errorf("which page was altered is not told: %+v", r.Findings)
	}

	h.restored(t, out)
}

func (h *house) picture(t *testing.T, login string, p dossier.PageID) []byte {
	t.Helper()
	_, r, _, err := h.Dossier.Picture(h.as(t, login), p, dossier.Light)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (h *house) pack(t *testing.T, ctx context.Context, file dossier.ID, form pack.Form, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		err = h.Dossier.PackageAs(ctx, file, form, func(dossier.Dossier) io.Writer { return f })
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) trust(t *testing.T) (o pack.Options) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(h.Config.Data, "keys", "roots.txt"))
	if err == nil {
		err = o.Trust(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.At = time.Now()
	return o
}

// derivative writes the first sealed document of a package to a file of its own.
func (h *house) derivative(t *testing.T, zipped string) string {
	t.Helper()
	z, err := zip.OpenReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "derivative.pdf") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		r.Close()
		path := filepath.Join(t.TempDir(), "tai-lieu.pdf")
		if err == nil {
			err = os.WriteFile(path, body, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Fatal("no document in the package")
	return ""
}

// stranger checks a sealed document with poppler and NSS alone.
func stranger(t *testing.T, pdf, data string) {
	t.Helper()
	for _, tool := range []string{"pdfsig", "certutil"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Logf("%s is not installed", tool)
			return
		}
	}
	dir := t.TempDir()
	roots, err := os.ReadFile(filepath.Join(data, "keys", "roots.txt"))
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(root, roots[bytes.Index(roots, []byte("-----BEGIN")):], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"certutil", "-N", "-d", dir, "--empty-password"}, {"certutil", "-A", "-d", dir, "-n", "root", "-t", "CT,C,C", "-i", root}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	out, err := exec.Command("pdfsig", "-nssdir", dir, pdf).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Signature is Valid")) || !bytes.Contains(out, []byte("Certificate is Trusted")) || !bytes.Contains(out, []byte("Total document signed")) {
		t.Errorf("pdfsig: %v\n%s", err, out)
	}
}

// alter copies a package with one bit changed in the middle of the picture of a page.
func alter(t *testing.T, zipped string) (path, name string) {
	t.Helper()
	z, err := zip.OpenReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	path = filepath.Join(t.TempDir(), "sua.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(body, []byte("/DCTDecode")); name == "" && at >= 0 && strings.HasSuffix(e.Name, "derivative.pdf") {
			name = e.Name
			body[at+4000] ^= 1
		}
		out, err := w.CreateHeader(&zip.FileHeader{Name: e.Name, Method: e.Method, Modified: e.Modified})
		if err == nil {
			_, err = out.Write(body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil || name == "" {
		t.Fatal("no page to alter", err)
	}
	return path, name
}

// restored saves the house, restores it into an empty place, and checks it all again:
// every byte, the journal against the head that was signed, and the package.
func (h *house) restored(t *testing.T, zipped string) {
	t.Helper()
	if !strings.HasPrefix(h.Config.Database, "sqlite:") {
		return // PostgreSQL is saved with its own tools
	}
	ctx := t.Context()
	dir := t.TempDir()
	c := h.Config
	c.Backup.Key = filepath.Join(dir, "backup.key")
	identity, target, fresh := filepath.Join(dir, "identity.key"), "file:"+filepath.Join(dir, "copies"), filepath.Join(dir, "fresh")
	writer, err := app.BackupKey(c, rand.Reader, identity)
	if err != nil {
		t.Fatal(err)
	}
	c.Backup.Key = writer
	head, err := h.Seal.SignHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.BackupTo(ctx, c, []string{target}, time.Now, func(string, backup.Result, error) {}); err != nil {
		t.Fatal(err)
	}
	from, id, err := app.OpenBackup(ctx, target, identity, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Find(ctx, id, from, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.Proven(ctx, id, from, m, fresh, "", nil, app.JournalWhole, func(ctx context.Context, d *db.DB) error {
		then, err := seal.NewService(d, time.Now).TreeAt(ctx, head.Size)
		if err == nil && base64.StdEncoding.EncodeToString(then.Root[:]) != head.Root {
			err = errors.New("the journal of the copy has another root")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := pack.Verify(zipped, h.trust(t)); r.State != pack.Intact {
		t.Errorf("after the restore: %+v", r)
	}
}
