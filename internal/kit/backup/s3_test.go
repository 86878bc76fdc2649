package backup_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"congminh/internal/kit/backup"
	"congminh/internal/kit/blob"
)

// gateway starts versitygw, which keeps versions, for one test.
func gateway(t *testing.T) *minio.Client {
	t.Helper()
	tool, err := exec.LookPath("versitygw")
	if err != nil {
		if out, err := exec.Command("go", "env", "GOPATH").Output(); err == nil {
			tool = filepath.Join(strings.TrimSpace(string(out)), "bin", "versitygw")
		}
	}
	if _, err := os.Stat(tool); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("versitygw is not installed: scripts/setup test")
		}
		t.Skip("versitygw is not installed: scripts/setup test")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	for _, name := range []string{"data", "versions"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), tool, "--port", addr, "posix", "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	c.Env = append(os.Environ(), "ROOT_ACCESS_KEY=congminh", "ROOT_SECRET_KEY=congminh-secret")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			s3, err := minio.New(addr, &minio.Options{Creds: credentials.NewStaticV4("congminh", "congminh-secret", ""), Region: "us-east-1", BucketLookup: minio.BucketLookupPath})
			if err != nil {
				t.Fatal(err)
			}
			return s3
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("versitygw does not answer: %s", &said)
	return nil
}

func address(s3 *minio.Client, bucket, more string) string {
	return fmt.Sprintf("s3:http://congminh:congminh-secret@%s/%s?region=us-east-1%s", s3.EndpointURL().Host, bucket, more)
}

// bucketed is build whose target is a bucket, with a lock of nine hours if locked.
func bucketed(t *testing.T, s3 *minio.Client, name string, locked bool) *house {
	t.Helper()
	h := build(t)
	h.now = time.Now().Truncate(time.Second).UTC() // the server has a clock of its own
	if err := s3.MakeBucket(t.Context(), name, minio.MakeBucketOptions{Region: "us-east-1", ObjectLocking: locked}); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.to, err = backup.OpenTarget(t.Context(), address(s3, name, "&lock=9h"), func() time.Time { return h.now }); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestBucket(t *testing.T) {
	h := bucketed(t, gateway(t), "plain", false)
	if h.to.Locked() {
		t.Fatal("a bucket without object lock is not locked")
	}
	first, before := h.must(t)
	h.exec(t, `INSERT INTO item (text) VALUES ('Nguyễn Thị Hòa')`)
	second, after := h.must(t)
	if first.Objects < 5 || second.Objects > 3 || second.Stored > 1<<20 {
		t.Errorf("not incremental: %+v, %+v", first, second)
	}
	for when, want := range map[time.Time][]byte{{}: after, h.now.Add(-time.Minute): before} {
		dir, err := h.restore(t, h.id, when)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "congminh.db")); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: the database is not the same, %v", when, err)
		}
	}
	// What is there is never written over: two servers write one name, the first stays.
	for _, text := range []string{"một", "hai"} {
		if err := h.to.Put(t.Context(), "data/ab/ab", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := h.to.Get(t.Context(), "data/ab/ab"); err != nil || string(got) != "một" {
		t.Errorf("%q, %v", got, err)
	}
	p, err := backup.Prune(t.Context(), h.id, h.to, backup.Keep{}, h.now.AddDate(1, 0, 0), false)
	if err != nil || p.Snapshots != 1 || p.Objects == 0 {
		t.Errorf("prune: %+v, %v", p, err)
	}
	if _, err := h.restore(t, h.id, time.Time{}); err != nil {
		t.Error(err)
	}
}

// A bucket with object lock: nothing goes before its time, by our hand or another's;
// what a disk damaged is found, and put right from another target beside the lock.
func TestLockedBucket(t *testing.T) {
	s3 := gateway(t)
	h := bucketed(t, s3, "locked", true)
	if !h.to.Locked() {
		t.Fatal("a bucket with object lock is locked")
	}
	secret := h.put(t, []byte("tài liệu gửi nhầm"))
	other, err := backup.OpenTarget(t.Context(), "file:"+filepath.Join(h.dir, "other"), func() time.Time { return h.now })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h.must(t)
		if _, _, err := h.write(t, t.Context(), other); err != nil {
			t.Fatal(err)
		}
		h.exec(t, `INSERT INTO item (text) VALUES ('Lê Văn Tám')`)
	}
	all := h.objects(t)

	if p, err := backup.Prune(t.Context(), h.id, h.to, backup.Keep{To: h.now}, h.now, false); !errors.Is(err, backup.ErrLocked) || p.Snapshots+p.Objects != 0 {
		t.Errorf("prune: %+v, %v", p, err)
	}
	until, err := backup.Remove(t.Context(), h.w, h.to, secret, h.now)
	if err != nil || until.Before(h.now.Add(time.Hour)) || until.After(h.now.Add(10*time.Hour)) {
		t.Errorf("remove: until %v, %v", until, err)
	}
	for _, name := range all {
		if err := h.to.Delete(t.Context(), name); !errors.Is(err, backup.ErrLocked) {
			t.Fatalf("%s: %v", name, err)
		}
		// Whoever has the password of the bucket cannot either.
		for o := range s3.ListObjects(t.Context(), "locked", minio.ListObjectsOptions{Prefix: name, WithVersions: true, Recursive: true}) {
			if err := s3.RemoveObject(t.Context(), "locked", name, minio.RemoveObjectOptions{VersionID: o.VersionID, GovernanceBypass: true}); err == nil {
				t.Fatalf("%s is deleted", name)
			}
		}
	}
	if got := h.objects(t); len(got) < len(all) {
		t.Errorf("%d objects of %d", len(got), len(all))
	}
	if _, err := h.restore(t, h.id, time.Time{}); err != nil {
		t.Error(err)
	}

	// Somebody puts other bytes on top. A restore names the object; another target heals.
	for _, name := range all {
		if strings.HasPrefix(name, "data/") {
			text := []byte("hỏng")
			if _, err := s3.PutObject(t.Context(), "locked", name, bytes.NewReader(text), int64(len(text)), minio.PutObjectOptions{SendContentMd5: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.restore(t, h.id, time.Time{}); !errors.Is(err, backup.ErrAltered) {
		t.Errorf("damaged: %v", err)
	}
	if healed, err := backup.Heal(t.Context(), h.id, h.to, other); err != nil || len(healed) == 0 {
		t.Errorf("healed %d, %v", len(healed), err)
	}
	if _, err := h.restore(t, h.id, time.Time{}); err != nil {
		t.Errorf("healed, and still: %v", err)
	}
}

// The blobs themselves in a bucket with versions: damage is healed from a copy, and what
// is deleted leaves no version behind.
func TestBlobBucket(t *testing.T) {
	s3 := gateway(t)
	if err := s3.MakeBucket(t.Context(), "blobs", minio.MakeBucketOptions{Region: "us-east-1"}); err != nil {
		t.Fatal(err)
	}
	if err := s3.EnableVersioning(t.Context(), "blobs"); err != nil {
		t.Fatal(err)
	}
	primary, err := blob.Open(t.Context(), address(s3, "blobs", ""))
	if err != nil {
		t.Fatal(err)
	}
	second, err := blob.Open(t.Context(), "file:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("Bút lục 12. "), 1000)
	ref, err := primary.Put(t.Context(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Put(t.Context(), bytes.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	body[7] ^= 1
	if _, err := s3.PutObject(t.Context(), "blobs", ref.SHA256, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := blob.Verify(t.Context(), primary, ref.SHA256); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("damaged: %v", err)
	}
	if err := blob.Verify(t.Context(), blob.Healing(primary, nil, second), ref.SHA256); err != nil {
		t.Errorf("not healed: %v", err)
	}
	if err := primary.Delete(t.Context(), ref.SHA256); err != nil {
		t.Fatal(err)
	}
	for o := range s3.ListObjects(t.Context(), "blobs", minio.ListObjectsOptions{WithVersions: true, Recursive: true}) {
		t.Errorf("a version is left: %+v %v", o.Key, o.Err)
	}
}

func TestPlainHasNoSecret(t *testing.T) {
	u := "s3:https://key:very-secret@kho.example/cong-minh?lock=2160h"
	if got := backup.Plain(u); got != "s3:kho.example/cong-minh" {
		t.Error(got)
	}
	if got := backup.Plain("s3:https://k:very-secret@ho st/%zz"); strings.Contains(got, "secret") {
		t.Error(got)
	}
}
