package blob_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"congminh/internal/kit/blob"
	"congminh/internal/kit/blob/blobtest"
)

func TestFolder(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) (blob.Store, func(string, []byte)) {
		dir := filepath.Join(t.TempDir(), "new", "store")
		s, err := blob.Open(t.Context(), "file:"+dir)
		if err != nil {
			t.Fatal(err)
		}
		return s, func(sha string, with []byte) {
			path := filepath.Join(dir, sha[:2], sha)
			os.Remove(path)
			if err := os.WriteFile(path, with, 0o640); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// CONGMINH_TEST_S3 holds the address of a server, http://KEY:SECRET@HOST; every
// test makes a bucket of its own in it. CI starts versitygw for this.
func TestBucket(t *testing.T) {
	address := os.Getenv("CONGMINH_TEST_S3")
	if address == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CONGMINH_TEST_S3 is not set")
		}
		t.Skip("CONGMINH_TEST_S3 is not set")
	}
	u, err := url.Parse(strings.TrimPrefix(address, "s3:"))
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := u.User.Password()
	raw, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https"})
	if err != nil {
		t.Fatal(err)
	}
	blobtest.Run(t, func(t *testing.T) (blob.Store, func(string, []byte)) {
		u := *u
		bucket := "t" + strconv.FormatInt(time.Now().UnixNano(), 36)
		u.Path = "/" + bucket
		s, err := blob.Open(t.Context(), "s3:"+u.String())
		if err != nil {
			t.Fatal(err)
		}
		return s, func(sha string, with []byte) {
			if _, err := raw.PutObject(t.Context(), bucket, sha, bytes.NewReader(with), int64(len(with)), minio.PutObjectOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"", "ftp://x", "s3:https://host", "s3:https://k:very-secret@host/a/b", "s3:https://k:very-secret@ho st/%zz"} {
		_, err := blob.Open(t.Context(), address)
		if err == nil {
			t.Errorf("%q opens", address)
		} else if strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%q: the secret is in the message: %v", address, err)
		}
	}
}
