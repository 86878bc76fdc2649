package app

import (
	"context"
	"fmt"
	"os"
	"strings"

	"congminh/internal/kit/db"
)

// Backup writes the database of c, as it is at one moment, to a new file at path,
// while a server may be at work on it. It brings no table up to date: what one
// copies before an upgrade must be what was there. It returns the folder of the
// blobs, which are to be copied after the database; "" if they are in a bucket.
func Backup(ctx context.Context, c Config, path string) (blobs string, err error) {
	c = c.fill()
	at, ok := strings.CutPrefix(c.Database, "sqlite:")
	if !ok {
		return "", db.ErrBackup
	}
	if _, err := os.Stat(at); err != nil { // opening it would make one
		return "", fmt.Errorf("database: %w", err)
	}
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return "", err
	}
	defer d.Close()
	if dir, ok := strings.CutPrefix(c.Blobs, "file:"); ok {
		blobs = dir
	}
	return blobs, d.Backup(ctx, path)
}
