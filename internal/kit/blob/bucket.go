package blob

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"congminh/internal/kit/fault"
)

// bucket is a store in a bucket of any server that speaks S3.
type bucket struct {
	s3        *minio.Client
	name      string
	versioned bool
}

var _ Store = bucket{}

func openBucket(ctx context.Context, u *url.URL) (_ Store, err error) {
	defer fault.Wrap(&err, "open blob store %s", u.Redacted())
	name := strings.Trim(u.Path, "/")
	secret, _ := u.User.Password()
	if u.Host == "" || name == "" || strings.Contains(name, "/") {
		return nil, errors.New("want s3:https://KEY:SECRET@HOST/BUCKET")
	}
	door, err := minio.DefaultTransport(u.Scheme == "https")
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" && u.Query().Get("insecure") == "1" {
		door.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // asked for by name
	}
	// Trailing checksums stay off: not every server takes them over plain HTTP.
	s3, err := minio.New(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(u.User.Username(), secret, ""),
		Secure:       u.Scheme == "https",
		Region:       u.Query().Get("region"),
		BucketLookup: minio.BucketLookupPath,
		Transport:    door,
	})
	if err != nil {
		return nil, err
	}
	b := bucket{s3: s3, name: name}
	there, err := s3.BucketExists(ctx, name)
	if err == nil && !there {
		err = s3.MakeBucket(ctx, name, minio.MakeBucketOptions{Region: u.Query().Get("region")})
		if minio.ToErrorResponse(err).Code == "BucketAlreadyOwnedByYou" { // another process was quicker
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	if v, err := s3.GetBucketVersioning(ctx, name); err == nil { // a server that knows none says so
		b.versioned = v.Status != ""
	}
	return b, nil
}

func (b bucket) Put(ctx context.Context, r io.Reader) (ref Ref, err error) {
	defer fault.Wrap(&err, "put blob")
	tmp, ref, err := spool(ctx, "", r) // the name must be known before the first byte is sent
	if err != nil {
		return Ref{}, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	// Whoever is second is told so: an object that is there is never written again.
	opt := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true}
	opt.SetMatchETagExcept("*")
	err = b.send(ctx, tmp, ref, opt)
	if status(err) != http.StatusPreconditionFailed {
		return ref, err
	}
	switch old, err := b.Stat(ctx, ref.SHA256); {
	case err == nil && old.Size == ref.Size:
		return ref, nil
	case err != nil && !errors.Is(err, ErrNone):
		return Ref{}, err
	}
	// Cut short, or deleted meanwhile: here is a whole one.
	return ref, b.send(ctx, tmp, ref, minio.PutObjectOptions{ContentType: opt.ContentType, DisableMultipart: true})
}

func (b bucket) send(ctx context.Context, f *os.File, ref Ref, opt minio.PutObjectOptions) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	info, err := b.s3.PutObject(ctx, b.name, ref.SHA256, f, ref.Size, opt)
	if err == nil && info.Size != ref.Size {
		err = fmt.Errorf("sent %d bytes, server took %d", ref.Size, info.Size)
	}
	return err
}

func status(err error) int {
	if err == nil {
		return 0
	}
	return minio.ToErrorResponse(err).StatusCode
}

func (b bucket) Get(ctx context.Context, sha string) (io.ReadSeekCloser, Ref, error) {
	ref, err := b.Stat(ctx, sha)
	if err != nil {
		return nil, ref, err
	}
	o, err := b.s3.GetObject(ctx, b.name, sha, minio.GetObjectOptions{})
	if err != nil {
		return nil, ref, fmt.Errorf("get blob %s: %w", sha, err)
	}
	return check(o, ref), ref, nil
}

func (b bucket) Stat(ctx context.Context, sha string) (Ref, error) {
	if !valid(sha) {
		return Ref{}, none(sha)
	}
	info, err := b.s3.StatObject(ctx, b.name, sha, minio.StatObjectOptions{})
	if status(err) == http.StatusNotFound {
		return Ref{}, none(sha)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("stat blob %s: %w", sha, err)
	}
	return Ref{sha, info.Size}, nil
}

func (b bucket) List(ctx context.Context, after string, limit int) ([]Ref, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the listing when we have enough
	defer cancel()
	var out []Ref
	if limit < 1 {
		return out, nil
	}
	for o := range b.s3.ListObjects(ctx, b.name, minio.ListObjectsOptions{StartAfter: after, MaxKeys: min(limit, 1000), Recursive: true}) {
		if o.Err != nil {
			return nil, fmt.Errorf("list blobs: %w", o.Err)
		}
		if valid(o.Key) {
			out = append(out, Ref{o.Key, o.Size})
		}
		if len(out) == limit {
			break
		}
	}
	return out, ctx.Err()
}

// Delete deletes every version of the object: in a bucket with versions a plain delete
// would only hide the bytes. What is locked stays, and the error says so.
func (b bucket) Delete(ctx context.Context, sha string) error {
	if !valid(sha) {
		return nil
	}
	all := []string{""}
	if b.versioned {
		var err error
		if all, err = b.versions(ctx, sha); err != nil {
			return err
		}
	}
	var errs []error
	for _, v := range all {
		if err := b.s3.RemoveObject(ctx, b.name, sha, minio.RemoveObjectOptions{VersionID: v}); err != nil && status(err) != http.StatusNotFound {
			errs = append(errs, fmt.Errorf("delete blob %s: %w", sha, err))
		}
	}
	return errors.Join(errs...)
}

func (b bucket) versions(ctx context.Context, sha string) (out []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.s3.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: sha, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return nil, fmt.Errorf("versions of blob %s: %w", sha, o.Err)
		}
		out = append(out, o.VersionID)
	}
	return out, ctx.Err()
}

// Local fetches the blob into a file of its own; what arrives is checked.
func (b bucket) Local(ctx context.Context, sha string) (path string, done func(), err error) {
	defer fault.Wrap(&err, "fetch blob")
	r, _, err := b.Get(ctx, sha)
	if err != nil {
		return "", nil, err
	}
	defer r.Close()
	tmp, ref, err := spool(ctx, "", r)
	if err != nil {
		return "", nil, err
	}
	err = tmp.Close()
	if err == nil && ref.SHA256 != sha {
		err = ErrCorrupt
	}
	if err != nil {
		return "", nil, errors.Join(err, os.Remove(tmp.Name()))
	}
	return tmp.Name(), func() { _ = os.Remove(tmp.Name()) }, nil
}
