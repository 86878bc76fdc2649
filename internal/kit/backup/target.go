package backup

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"congminh/internal/kit/fault"
)

// Target is a place for a repository: objects that are written once.
type Target interface {
	// Put keeps b under a name; when it returns, b outlives a power cut. What has
	// the name already stays as it is.
	Put(ctx context.Context, name string, b []byte) error
	// Get returns what Put kept, or fs.ErrNotExist.
	Get(ctx context.Context, name string) ([]byte, error)
	// Replace is Put that puts b in the place of what is damaged. What a locked place
	// had under the name stays there too, until its lock ends.
	Replace(ctx context.Context, name string, b []byte) error
	// List tells all names below a folder, in any order.
	List(ctx context.Context, folder string) ([]string, error)
	// Delete forgets what Put kept, all of it, or returns a *LockedError.
	Delete(ctx context.Context, name string) error
	// Until tells to when the place refuses to delete what has a name; the zero time
	// if it does not, or if nothing has it.
	Until(ctx context.Context, name string) (time.Time, error)
	// Locked reports whether the place itself refuses to delete and to overwrite.
	Locked() bool
	// String is the address, without secrets.
	String() string
}

// OpenTarget opens file:DIR or s3:https://KEY:SECRET@HOST/BUCKET?region=…&lock=720h.
// If the bucket has object lock, what is written is locked (COMPLIANCE) for lock, or
// for 90 days from now().
func OpenTarget(ctx context.Context, address string, now func() time.Time) (Target, error) {
	if dir, ok := strings.CutPrefix(address, "file:"); ok && dir != "" {
		return openFolder(dir)
	}
	if rest, ok := strings.CutPrefix(address, "s3:"); ok {
		u, err := url.Parse(rest)
		if err != nil { // its text holds the secret
			return nil, errors.New("backup target: the s3 address is not a URL")
		}
		return openBucket(ctx, u, now)
	}
	scheme, _, _ := strings.Cut(address, ":")
	return nil, fmt.Errorf("backup target: %q is neither file:DIR nor s3:", scheme)
}

// Plain is an address without its secrets, as String of what it opens.
func Plain(address string) string {
	if rest, ok := strings.CutPrefix(address, "s3:"); ok {
		u, err := url.Parse(rest)
		if err != nil {
			return "s3:?"
		}
		return "s3:" + u.Host + "/" + strings.Trim(u.Path, "/")
	}
	if dir, ok := strings.CutPrefix(address, "file:"); ok {
		if abs, err := filepath.Abs(dir); err == nil {
			return "file:" + abs
		}
	}
	return address
}

// LockedError is what a place says that refuses to delete. It is an ErrLocked.
type LockedError struct {
	At    string
	Name  string
	Until time.Time
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: %s bị khóa đến %s · locked until then", e.At, e.Name, e.Until.UTC().Format(time.RFC3339))
}

// Is makes it an ErrLocked.
func (*LockedError) Is(err error) bool { return err == ErrLocked }

// Folder is a target in a folder. Its Sync is what makes bytes and names durable;
// tests put another one in to see that its absence is noticed.
type Folder struct {
	Dir  string
	Sync func(*os.File) error
}

var _ Target = Folder{}

func openFolder(dir string) (Target, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("backup target: %w", err)
	}
	return Folder{dir, (*os.File).Sync}, nil
}

func (f Folder) String() string { return "file:" + f.Dir }

// Locked is false: whoever can write here can delete here.
func (Folder) Locked() bool { return false }

// Until is the zero time.
func (Folder) Until(context.Context, string) (time.Time, error) { return time.Time{}, nil }

// Put writes a file beside and links it to its name, which fails if the name is taken.
func (f Folder) Put(_ context.Context, name string, b []byte) (err error) {
	defer fault.Wrap(&err, "%s: put %s", f, name)
	at := filepath.Join(f.Dir, filepath.FromSlash(name))
	if _, err := os.Lstat(at); err == nil {
		return f.syncDir(filepath.Dir(at)) // who put it may not have come so far yet
	}
	return f.beside(at, b, func(tmp string) error {
		err := os.Link(tmp, at)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return nil
		}
		if _, there := os.Lstat(at); there == nil {
			return nil
		}
		return os.Rename(tmp, at) // a disk that has no links
	})
}

// Replace writes a file beside and gives it the name.
func (f Folder) Replace(_ context.Context, name string, b []byte) (err error) {
	defer fault.Wrap(&err, "%s: replace %s", f, name)
	at := filepath.Join(f.Dir, filepath.FromSlash(name))
	return f.beside(at, b, func(tmp string) error { return os.Rename(tmp, at) })
}

// beside writes b to a file in the folder of at and hands it to name, which gives it
// its name.
func (f Folder) beside(at string, b []byte, name func(tmp string) error) error {
	if err := f.mkdir(filepath.Dir(at)); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(at), ".part-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Chmod(0o440)
	}
	if err == nil {
		err = f.Sync(tmp)
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := name(tmp.Name()); err != nil {
		return err
	}
	return f.syncDir(filepath.Dir(at))
}

// mkdir is MkdirAll whose folders survive a power cut.
func (f Folder) mkdir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := f.mkdir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.syncDir(filepath.Dir(dir))
}

func (f Folder) syncDir(dir string) error {
	if runtime.GOOS == "windows" { // has no such call; its journal keeps names
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(d), d.Close())
}

// Get returns a file.
func (f Folder) Get(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.Dir, filepath.FromSlash(name)))
}

// List walks a folder; one that is not there is empty.
func (f Folder) List(ctx context.Context, folder string) (out []string, err error) {
	err = filepath.WalkDir(filepath.Join(f.Dir, folder), func(p string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(f.Dir, p)
		if err == nil && !strings.HasPrefix(e.Name(), ".part-") {
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	return out, err
}

// Delete forgets a file.
func (f Folder) Delete(_ context.Context, name string) error {
	err := os.Remove(filepath.Join(f.Dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// bucket is a target in a bucket of any server that speaks S3.
type bucket struct {
	s3        *minio.Client
	name      string
	host      string
	lock      time.Duration // 0: the bucket has no object lock
	versioned bool          // what is deleted or written over is kept, until every version of it is deleted
	now       func() time.Time
}

func openBucket(ctx context.Context, u *url.URL, now func() time.Time) (_ Target, err error) {
	defer fault.Wrap(&err, "backup target %s", u.Redacted())
	name := strings.Trim(u.Path, "/")
	secret, _ := u.User.Password()
	if u.Host == "" || name == "" || strings.Contains(name, "/") {
		return nil, errors.New("want s3:https://KEY:SECRET@HOST/BUCKET")
	}
	lock := 90 * 24 * time.Hour
	if s := u.Query().Get("lock"); s != "" {
		if lock, err = time.ParseDuration(s); err != nil || lock <= 0 {
			return nil, errors.New("lock must be a duration such as 720h")
		}
	}
	door, err := minio.DefaultTransport(u.Scheme == "https")
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" && u.Query().Get("insecure") == "1" {
		door.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // asked for by name
	}
	s3, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https",
		Region: u.Query().Get("region"), BucketLookup: minio.BucketLookupPath, Transport: door,
	})
	if err != nil {
		return nil, err
	}
	b := bucket{s3: s3, name: name, host: u.Host, now: now}
	there, err := s3.BucketExists(ctx, name)
	if err == nil && !there {
		err = errors.New("there is no such bucket: make it, with object lock if it is to be the copy nobody can overwrite")
	}
	if err != nil {
		return nil, err
	}
	if state, _, _, _, err := s3.GetObjectLockConfig(ctx, name); err == nil && state == "Enabled" {
		b.lock = lock
	}
	if v, err := s3.GetBucketVersioning(ctx, name); err == nil {
		b.versioned = v.Status != ""
	}
	return b, nil
}

func (b bucket) String() string { return "s3:" + b.host + "/" + b.name }
func (b bucket) Locked() bool   { return b.lock > 0 }

func (b bucket) Put(ctx context.Context, name string, body []byte) error {
	opt := minio.PutObjectOptions{}
	opt.SetMatchETagExcept("*")
	err := b.put(ctx, name, body, opt)
	if answer(err).StatusCode == http.StatusPreconditionFailed { // it is there
		return nil
	}
	return err
}

func (b bucket) Replace(ctx context.Context, name string, body []byte) error {
	return b.put(ctx, name, body, minio.PutObjectOptions{})
}

func (b bucket) put(ctx context.Context, name string, body []byte, opt minio.PutObjectOptions) error {
	opt.ContentType, opt.DisableMultipart = "application/octet-stream", true
	if b.lock > 0 {
		opt.Mode, opt.RetainUntilDate = minio.Compliance, b.now().Add(b.lock).UTC()
		opt.SendContentMd5 = true // S3 asks it of objects that are locked
	}
	if _, err := b.s3.PutObject(ctx, b.name, name, bytes.NewReader(body), int64(len(body)), opt); err != nil {
		return fmt.Errorf("%s: put %s: %w", b, name, err)
	}
	return nil
}

func (b bucket) Get(ctx context.Context, name string) ([]byte, error) {
	o, err := b.s3.GetObject(ctx, b.name, name, minio.GetObjectOptions{})
	if err == nil {
		defer o.Close()
		var body []byte
		if body, err = io.ReadAll(o); err == nil {
			return body, nil
		}
	}
	if answer(err).StatusCode == http.StatusNotFound {
		err = fs.ErrNotExist
	}
	return nil, fmt.Errorf("%s: get %s: %w", b, name, err)
}

func (b bucket) List(ctx context.Context, folder string) (out []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.s3.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: folder + "/", Recursive: true}) {
		if o.Err != nil {
			return nil, fmt.Errorf("%s: list: %w", b, o.Err)
		}
		out = append(out, o.Key)
	}
	return out, ctx.Err()
}

// answer is what the server said, if err is of the server.
func answer(err error) minio.ErrorResponse {
	a, _ := errors.AsType[minio.ErrorResponse](err)
	return a
}

// versions lists what is kept under a name.
func (b bucket) versions(ctx context.Context, name string) (out []string, err error) {
	if !b.versioned {
		return []string{""}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.s3.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: name, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return nil, fmt.Errorf("%s: versions of %s: %w", b, name, o.Err)
		}
		if o.Key == name {
			out = append(out, o.VersionID)
		}
	}
	return out, ctx.Err()
}

// Delete deletes every version: a plain delete would only hide them. None goes while
// one is locked.
func (b bucket) Delete(ctx context.Context, name string) error {
	until, err := b.Until(ctx, name)
	if err != nil {
		return err
	}
	if until.After(b.now()) {
		return &LockedError{b.String(), name, until}
	}
	all, err := b.versions(ctx, name)
	for _, v := range all {
		one := b.s3.RemoveObject(ctx, b.name, name, minio.RemoveObjectOptions{VersionID: v})
		if one != nil && answer(one).StatusCode != http.StatusNotFound {
			err = errors.Join(err, fmt.Errorf("%s: delete %s: %w", b, name, one))
		}
	}
	return err
}

func (b bucket) Until(ctx context.Context, name string) (until time.Time, err error) {
	if b.lock == 0 {
		return until, nil
	}
	all, err := b.versions(ctx, name)
	for _, v := range all {
		// The head of an object tells its lock by every server; what GetObjectRetention
		// is answered differs.
		info, one := b.s3.StatObject(ctx, b.name, name, minio.StatObjectOptions{VersionID: v})
		switch code := answer(one).StatusCode; {
		case one == nil:
			if at, bad := time.Parse(time.RFC3339, info.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date")); bad == nil && at.After(until) {
				until = at
			}
		case code != http.StatusNotFound && code != http.StatusMethodNotAllowed: // 405: the mark of a delete
			err = errors.Join(err, fmt.Errorf("%s: lock of %s: %w", b, name, one))
		}
	}
	return until, err
}

// shelf is where an object of this name lies.
func shelf(name string) string { return path.Join("data", name[:2], name) }
